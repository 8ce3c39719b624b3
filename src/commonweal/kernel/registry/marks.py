"""What is said later of an entry: that it was wrong (annulled, corrected), and whose a subject is from now on.

The leaf stays, and so do its receipt and whatever followed from it; a mark is an entry of its own, and everyone who
reads the first sees the second. An annulment is undone by filing again, never by annulling the annulment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record.entries import AUTHORITY, Act, Entry, Stored
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import Conflict, FaultCollector, Forbidden, Text, is_subject, stamp

from .references import NotFuture

INDEX_MAX = 2**53 - 1
STEWARDS = ("authority", "officer")
OBSERVATIONS = "observations.batch"
Index = Annotated[int, Field(ge=0, le=INDEX_MAX)]
Citation = Annotated[str, Field(min_length=3, max_length=400)]
Remark = Annotated[str, Field(max_length=4000)]
Reason = Literal["filed_in_error", "wrong_subject", "duplicate", "source_withdrawn", "ordered"]


class Annulled(Filing):
    """Says that an entry was wrong: it no longer counts. `kind` is that entry's; the record fills it in."""

    entry: Annotated[Index, PUBLIC]
    kind: Annotated[str | None, Field(max_length=120), PUBLIC] = None
    reason_code: Annotated[Reason, PUBLIC]
    citation: Annotated[Citation | None, PUBLIC] = None
    remark: Remark | None = None


class Corrected(Filing):
    """Says that an entry was wrong and which later one, of the same kind and subject, puts it right."""

    entry: Annotated[Index, PUBLIC]
    by: Annotated[Index, PUBLIC]
    kind: Annotated[str | None, Field(max_length=120), PUBLIC] = None
    reason_code: Annotated[Reason, PUBLIC]
    citation: Annotated[Citation | None, PUBLIC] = None
    remark: Remark | None = None


class HandedOver(Filing):
    """The authority hands a registered subject to a party: from here on it is that party's to amend."""

    to: Annotated[str, Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")]
    reason_code: Annotated[Literal["claimed_by_its_developer", "succession", "filed_for_another", "ordered"], PUBLIC]
    citation: Annotated[Citation | None, PUBLIC] = None
    since: Annotated[str | None, Field(pattern=r"^\d{4}-\d\d-\d\d$"), NotFuture()] = None
    remark: Remark | None = None


_FILERS = ("authority", "officer", "developer", "observer")
ANNULLED = Kind(id="record.annulled", schema=Annulled, title=Text(en="Entry annulled", zh="条目作废"), files=_FILERS)
CORRECTED = Kind(
    id="record.corrected", schema=Corrected, title=Text(en="Entry corrected", zh="条目更正"), files=_FILERS
)
HANDED_OVER = Kind(
    id="registry.handed_over", schema=HandedOver, title=Text(en="Subject handed over", zh="主体移交"), files=STEWARDS
)
MARKS = (ANNULLED.id, CORRECTED.id, HANDED_OVER.id)
MARKING = {ANNULLED.id: "annulled", CORRECTED.id: "corrected"}

MARK = Table(
    "registry_mark",
    columns={
        "entry": "integer", "by": "integer", "mark": "text", "reason_code": "text", "citation": "text",
        "replaced_by": "integer", "on": "text", "kind": "text", "subject": "text", "author": "text", "body": "json",
    },
    key=("entry", "by"),
    indexes=(("by",), ("subject",)),
)  # fmt: skip
OWNER = Table(
    "registry_owner",
    columns={"subject": "text", "party": "text", "entry": "integer", "before": "json"},
    key=("subject",),
)


# ── before it is recorded ───────────────────────────────────────────────────────────────────────────────────────────


def complete(act: Act, stored: Stored | None, later: Stored | None = None) -> Act:
    """An annulment or correction with what the record knows of the entry it names: subject, kind and cause."""
    if act.kind not in MARKING or stored is None:
        return act
    causes = tuple(dict.fromkeys((*act.causes, *(item.index for item in (stored, later) if item))))
    return replace(act, subject=stored.subject, body={**act.body, "kind": stored.kind}, causes=causes)


def named(act: Act) -> tuple[int | None, int | None]:
    """The entries that an annulment or correction names: the wrong one, and the one that puts it right."""
    if act.kind not in MARKING:
        return None, None
    found = [act.body.get(name) for name in ("entry", "by")]
    wrong, by = (item if isinstance(item, int) else None for item in found)
    return wrong, by


def check_mark(
    act: Act,
    party: str,
    roles: Sequence[str],
    reader: Reader,
    *,
    marked: tuple[Stored | None, Stored | None],
    kinds: Mapping[str, Kind],
) -> None:
    """Hold an annulment, correction or hand-over against the record. Raises `BadInput`, `Forbidden`, `Conflict`."""
    if act.kind == HANDED_OVER.id:
        _check_hand_over(act, reader)
    if act.kind not in MARKING:
        return
    stored, later = marked
    faults = FaultCollector(act.kind)
    if stored is None:
        faults.add("entry", act.body["entry"], "the index of an entry in the record", "reference")
    if stored and act.kind == CORRECTED.id:
        right = later and (later.kind, later.subject) == (stored.kind, stored.subject) and later.index > stored.index
        if not right:
            want = f"a later entry of the kind {stored.kind} about the same subject; file that first"
            faults.add("by", act.body["by"], want, "reference")
    faults.done()
    assert stored is not None
    steward = bool(set(STEWARDS) & set(roles))
    if not steward and stored.author != party:
        raise Forbidden(f"entry {stored.index} was filed by another party; only that party or the authority may say so")
    if steward and stored.author not in (party, AUTHORITY) and not act.body.get("citation"):
        want = "the legal basis on which another party's entry is marked, e.g. an order or a statute"
        faults.add("citation", "(absent)", want, "missing")
        faults.done()
    if act.kind == ANNULLED.id:
        _check_annulment(stored, kinds.get(stored.kind), reader)


def _check_annulment(stored: Stored, kind: Kind | None, reader: Reader) -> None:
    if earlier := marks(reader, stored.index, "annulled"):
        raise Conflict(f"entry {stored.index} was annulled by entry {earlier[0]['by']} already")
    if kind is None or not (kind.noun or kind.id == OBSERVATIONS):
        raise Conflict(f"entry {stored.index} ({stored.kind}) cannot be annulled: {_instead(stored.kind)}")
    if not kind.noun or stored.subject is None:
        return
    from .subjects import referring, versions

    there = versions(reader, stored.subject)
    if [row["entry"] for row in there] == [stored.index] and (others := referring(reader, stored.subject)):
        raise Conflict(
            f"entry {stored.index} is the only filing of {stored.subject}, to which others refer: "
            f"{', '.join(others[:5])}{' …' if len(others) > 5 else ''}. Amend or annul those first"
        )


def _instead(kind: str) -> str:
    """What to do where there is no undoing: what others relied on is changed by a new act, not taken back."""
    if kind == "rule.adopted":
        return "adopt another text; what was judged under this one stands"
    if kind in MARKING:
        return "file what was annulled again"
    if kind.startswith(("case.", "approval.")):
        return "a case went on from it; its playbook says how a decision is reversed"
    if kind.startswith(("duty.", "threshold.", "credential.", "clock.", "model_registration.certificate")):
        return "it followed from other entries; annul what it follows from, and it follows again"
    return "what was decided or declared by it stands; file a new one that says otherwise"


def _check_hand_over(act: Act, reader: Reader) -> None:
    from .subjects import filer, subject

    faults = FaultCollector(act.kind)
    named = act.subject or ""
    if not is_subject(named) or subject(reader, named) is None:
        faults.add("subject", act.subject, "the identifier of a registered subject", "reference")
    elif filer(reader, named) == act.body["to"]:
        faults.add("to", act.body["to"], f"another party than {act.body['to']}, whose it is already", "owner")
    faults.done()


# ── once it is recorded ─────────────────────────────────────────────────────────────────────────────────────────────


def follow_marks(entry: Entry, tables: Tables, filed: Row | None) -> None:
    """Keep a mark; `filed` is the version of a subject that it is about, if it is about one."""
    body, known = entry.body, filed or {}
    row = {
        "entry": body["entry"],
        "by": entry.index,
        "mark": MARKING[entry.kind],
        "reason_code": body["reason_code"],
        "citation": body.get("citation"),
        "replaced_by": body.get("by"),
        "on": stamp(entry.time)[:10],
        "kind": body.get("kind") or "",
        "subject": entry.subject,
        "author": known.get("author"),
        "body": known.get("body"),
    }
    tables.put(MARK, row)


def follow_hand_over(entry: Entry, tables: Tables, before: str) -> None:
    held = tables.get(OWNER, entry.subject)
    former = [*(held["before"] if held else []), before]
    row = {"subject": entry.subject, "party": entry.body["to"], "entry": entry.index, "before": former}
    tables.put(OWNER, row)


def set_aside(entry: Entry, tables: Tables) -> bool:
    """Whether a version comes from a party that owned the subject once and does not any more.

    It was checked before the hand-over was recorded, and sequenced after it: at any place in the record there is
    exactly one owner.
    """
    held = tables.get(OWNER, entry.subject)
    if held is None or entry.author not in held["before"] or entry.author in (held["party"], AUTHORITY):
        return False
    why = {"mark": "set_aside", "reason_code": "handed_over", "citation": None, "replaced_by": None}
    about = {"entry": entry.index, "by": held["entry"], "on": stamp(entry.time)[:10], "kind": entry.kind}
    rest = {"subject": entry.subject, "author": entry.author, "body": None}
    tables.put(MARK, {**why, **about, **rest})
    return True


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def marks(reader: Reader, entry: int, mark: str = "") -> list[Row]:
    """What was said later of an entry, oldest first: `mark` (annulled, corrected), `by` which entry, why, when."""
    return reader.select(MARK, {"entry": entry, **({"mark": mark} if mark else {})}, order=("by",))


def annulled(reader: Reader) -> set[int]:
    """Every entry that was annulled."""
    return {row["entry"] for row in reader.select(MARK, {"mark": "annulled"})}


def handed_over(reader: Reader, subject: str) -> Row | None:
    """To whom a subject was handed last, by which entry; None if it is its first filer's."""
    return reader.get(OWNER, subject)


def moved(reader: Reader, subjects: Iterable[str]) -> set[str]:
    """Those of these subjects that are no longer simply their first filer's: handed over, or a filing annulled."""
    where = {"subject": ("in", tuple(subjects))}
    return (
        {row["subject"] for table in (OWNER, MARK) for row in reader.select(table, where)}
        if where["subject"][1]
        else set()
    )


def as_filed(entry: Entry, reader: Reader) -> Entry:
    """For an annulment, the entry as it stood before it was annulled; any other as it is.

    For whoever asks what an entry touches: what a filing touched, its annulment touches too.
    """
    if entry.kind != ANNULLED.id:
        return entry
    row = reader.get(MARK, entry.body.get("entry"), entry.index)
    return replace(entry, kind=str(entry.body.get("kind")), body=(row and row["body"]) or {})


def plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Marks as they are shown to anybody."""
    taken = ("mark", "by", "reason_code", "citation", "replaced_by", "on")
    return [{name: row[name] for name in taken if row[name] is not None} for row in rows]
