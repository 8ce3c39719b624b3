"""Subjects as versioned filings: each filing about a subject is a version of it, with differences between versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commonweal.kernel.disclosure.kinds import Kind
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables, Where
from commonweal.kernel.values import stamp

from .references import Ref, fields_marked, ids_in
from .texts import TEXT, follow_text

SUBJECT = Table(
    "registry_subject",
    columns={
        "subject": "text",
        "noun": "text",
        "kind": "text",
        "name": "text",
        "version": "integer",
        "entry": "integer",
        "filed_on": "text",
        "author": "text",
        "body": "json",
        "erased": "integer",
    },
    key=("subject",),
    indexes=(("noun", "name"),),
)
# No line of descent is as long; a walk through references ends here whatever was filed.
REFERENCES_WALKED_MAX = 1000
VERSION = Table(
    "registry_version",
    columns={
        "subject": "text",
        "version": "integer",
        "entry": "integer",
        "kind": "text",
        "filed_on": "text",
        "author": "text",
        "body": "json",
        "erased": "integer",
    },
    key=("subject", "version"),
    indexes=(("entry",),),
)
REFERENCE = Table(
    "registry_reference",
    columns={"subject": "text", "field": "text", "target": "text"},
    key=("subject", "field", "target"),
    indexes=(("target", "field"),),
)
TABLES = (SUBJECT, VERSION, REFERENCE, TEXT)


class Registry:
    """Follows every entry whose kind has a noun; the subject's newest filing is its present state.

    A filing whose key was erased stays a version, marked `erased`: it says nothing, and names the subject by its id.
    """

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.id: kind for kind in kinds if kind.noun}
        self._refs = {kind.id: fields_marked(kind.schema, Ref) for kind in self._kinds.values()}

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if not entry.erased:
            follow_text(entry, tables)
        kind = self._kinds.get(entry.kind)
        if kind is None or entry.subject is None:
            return []
        before = tables.get(SUBJECT, entry.subject)
        row = {
            "subject": entry.subject,
            "version": (before["version"] if before else 0) + 1,
            "entry": entry.index,
            "kind": entry.kind,
            "filed_on": stamp(entry.time),
            "author": entry.author,
            "body": dict(entry.body),
            "erased": int(entry.erased),
        }
        tables.put(VERSION, row)
        tables.put(SUBJECT, {**row, "noun": kind.noun, "name": str(entry.body.get(kind.name_field, entry.subject))})
        self._relate(entry, tables, before)
        return []

    def due(self, now: object, tables: Reader) -> bool:
        """Nothing in the registry happens by time alone."""
        return False

    def _relate(self, entry: Entry, tables: Tables, before: Row | None) -> None:
        fields = self._refs[entry.kind]
        for name in fields if before else ():
            for target in ids_in(before["body"].get(name)) if before else ():
                tables.delete(REFERENCE, entry.subject, name, target)
        for name in fields:
            for target in ids_in(entry.body.get(name)):
                tables.put(REFERENCE, {"subject": entry.subject, "field": name, "target": target})


def subject(reader: Reader, subject_id: str) -> Row | None:
    """The newest version of a subject, or None."""
    return reader.get(SUBJECT, subject_id)


def filer(reader: Reader, subject_id: str) -> str | None:
    """The party that filed a subject first, whose it is; None if it is not registered."""
    first = reader.get(VERSION, subject_id, 1)
    return str(first["author"]) if first else None


def subjects(reader: Reader, noun: str, where: Where | None = None) -> list[Row]:
    """All subjects of a noun, by name."""
    return reader.select(SUBJECT, {"noun": noun, **(where or {})}, order=("name",))


def versions(reader: Reader, subject_id: str) -> list[Row]:
    """Every version of a subject, oldest first."""
    return reader.select(VERSION, {"subject": subject_id}, order=("version",))


def referring(reader: Reader, subject_id: str, field: str = "") -> list[str]:
    """The subjects whose newest filing refers to this one (through one field)."""
    where: dict[str, Any] = {"target": subject_id, **({"field": field} if field else {})}
    return sorted({row["subject"] for row in reader.select(REFERENCE, where)})


def leads_to(reader: Reader, start: str, field: str, goal: str) -> bool:
    """Whether one comes from `start` to `goal` (or is there already) by following this field from filing to filing."""
    seen, waiting = {start}, [start]
    while waiting and len(seen) <= REFERENCES_WALKED_MAX:
        here = waiting.pop()
        if here == goal:
            return True
        for row in reader.select(REFERENCE, {"subject": here, "field": field}, order=("target",)):
            if row["target"] not in seen:
                seen.add(row["target"])
                waiting.append(row["target"])
    return goal in waiting


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What changed between two bodies: `(field, before, after)` in field order; nested objects by dotted path."""
    changes: list[tuple[str, Any, Any]] = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            changes.extend((f"{name}.{path}", a, b) for path, a, b in diff(before, after))
        else:
            changes.append((name, before, after))
    return changes
