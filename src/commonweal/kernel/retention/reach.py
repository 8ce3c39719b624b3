"""What a hold on an organisation reaches: everything ever filed by its parties, and about it or one of its models.

Only what was filed counts, never what the register shows now. An annulment, a hand-over, a later version that is silent
or another filer take nothing back: these tables only ever grow. What they hold came from entries that the hold
preserves itself, so that no erasure takes anything out of them that it rests on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.record import AUTHORITY, Entry, Reader, Row, Tables

from .kinds import MENTION, PARTY

AUTHORS_MAX = 1000
HANDED_OVER = "registry.handed_over"
ORGANISATION, MODEL, SOMEBODY = "organisation:", "model:", "party:"
_NAMED = re.compile(rf"(?:{ORGANISATION}|{MODEL})[a-z0-9][a-z0-9_.\-]{{0,159}}", re.ASCII)


def note(entry: Entry, tables: Tables) -> None:
    """Keep whose an organisation or model was, and which of them an entry names."""
    subject = entry.subject
    if subject and subject.startswith((ORGANISATION, MODEL)):
        _note_party(subject, entry, tables)
    if entry.erased or not (subject or entry.sealed_to):
        return
    holder = subject or entry.author
    for target in sorted(set(_named(entry.body)) - {holder}):
        if tables.get(MENTION, holder, entry.retention, target) is None:
            tables.put(MENTION, {"holder": holder, "retention": entry.retention, "target": target})


def ever_filed(reader: Reader, subject: str) -> bool:
    """Whether an organisation or model was ever in the register, also if what was filed is annulled by now."""
    return bool(reader.select(PARTY, {"subject": subject}, limit=1))


def reaches(reader: Reader, about: str, row: Row) -> bool:
    """Whether a hold on the organisation `about` preserves what a key (a row of `KEY`) holds.

    Of a party's own keys, those that hold something about it; of a subject's, all if anything ever filed for it names
    the organisation or one of its models: one that names it, that a party of its filed, or that derives from such a
    one. A key of so many authors that not all are known is preserved.
    """
    parties = _parties(reader, about)
    if row["holder"] in parties or parties & set(row["authors"]) or len(row["authors"]) >= AUTHORS_MAX:
        return True
    seen, waiting = {str(row["holder"])}, [str(row["holder"])]
    while waiting:
        here = waiting.pop()
        if here == about or (here.startswith(MODEL) and parties & _parties(reader, here)):
            return True
        if here.startswith(ORGANISATION):  # what names another organisation is not about this one
            continue
        own = {"retention": row["retention"]} if here.startswith(SOMEBODY) else {}
        for item in reader.select(MENTION, {"holder": here, **own}):
            if item["target"] not in seen:
                seen.add(item["target"])
                waiting.append(item["target"])
    return False


def _note_party(subject: str, entry: Entry, tables: Tables) -> None:
    """Every party that filed a version or was handed the subject; the authority only if it filed the first."""
    version = registry.subject(tables, subject)
    found = [entry.author] if version is not None and version["entry"] == entry.index else []
    if entry.kind == HANDED_OVER and not entry.erased:
        found.append(str(entry.body["to"]))
    for party in found:
        if party == AUTHORITY and ever_filed(tables, subject):
            continue
        if tables.get(PARTY, subject, party) is None:
            tables.put(PARTY, {"subject": subject, "party": party})


def _parties(reader: Reader, subject: str) -> set[str]:
    return {row["party"] for row in reader.select(PARTY, {"subject": subject})}


def _named(value: Any) -> Iterator[str]:
    """The organisations and models that are named anywhere in a filing."""
    if isinstance(value, str):
        if _NAMED.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _named(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _named(item)
