"""What is said later of an entry: that it was wrong (annulled, corrected), and whose a subject is from now on.

The leaf stays, and so do its receipt and whatever followed from it; a mark is an entry of its own, and everyone who
reads the first sees the second. An annulment is undone by filing again, never by annulling the annulment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel.disclosure.kinds import HOUSE_SAYS, PERSONAL, PUBLIC, Filing, Index, Kind
from commonweal.kernel.record.entries import AUTHORITY, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import Text, stamp

from .references import Day, NotFuture

STEWARDS = ("authority", "officer")
Citation = Annotated[str, Field(min_length=3, max_length=400)]
Remark = Annotated[str, Field(max_length=4000)]
Reason = Literal["filed_in_error", "wrong_subject", "duplicate", "source_withdrawn", "ordered"]


class Annulled(Filing):
    """Says that an entry was wrong: it no longer counts. `kind` is that entry's; the record fills it in.

    Whose its subject is does not change by it. `passes` marks one from before that was so: whoever filed the next
    version had the subject then, or, where none was left, whoever filed it anew.
    """

    entry: Annotated[Index, PUBLIC]
    kind: Annotated[str | None, Field(max_length=120), PUBLIC] = None
    reason_code: Annotated[Reason, PUBLIC]
    citation: Annotated[Citation | None, PUBLIC] = None
    remark: Remark | None = None
    passes: Annotated[bool, HOUSE_SAYS] = False


class Corrected(Filing):
    """Says that an entry was wrong and which later one, of the same kind and subject, puts it right."""

    entry: Annotated[Index, PUBLIC]
    by: Annotated[Index, PUBLIC]
    kind: Annotated[str | None, Field(max_length=120), PUBLIC] = None
    reason_code: Annotated[Reason, PUBLIC]
    citation: Annotated[Citation | None, PUBLIC] = None
    remark: Remark | None = None


class HandedOver(Filing):
    """The authority hands a registered subject to a party: from here on it is that party's to amend.

    `person_too` marks one from before who holds something for a person was told from that person: both became another.
    """

    to: Annotated[str, PERSONAL, Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")]
    reason_code: Annotated[Literal["claimed_by_its_developer", "succession", "filed_for_another", "ordered"], PUBLIC]
    citation: Annotated[Citation | None, PUBLIC] = None
    since: Annotated[Day | None, NotFuture()] = None
    remark: Remark | None = None
    person_too: Annotated[bool, HOUSE_SAYS] = False


def _person_too(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "person_too": True}


def _passes(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "passes": True}


_FILERS = ("authority", "officer", "developer", "observer", "auditor")
_TOLD = "whoever reads an entry, or holds its receipt, must find that it counts no more"
ANNULLED = Kind(
    id="record.annulled", schema=Annulled, title=Text(en="Entry annulled", zh="条目作废"), files=_FILERS,
    tells=dict.fromkeys(("entry", "reason_code", "citation"), _TOLD), version=2, upcasters={1: _passes},
)  # fmt: skip
CORRECTED = Kind(
    id="record.corrected", schema=Corrected, title=Text(en="Entry corrected", zh="条目更正"), files=_FILERS,
    tells=dict.fromkeys(("entry", "by", "reason_code", "citation"), _TOLD),
)  # fmt: skip
HANDED_OVER = Kind(
    id="registry.handed_over", schema=HandedOver, title=Text(en="Subject handed over", zh="主体移交"), files=STEWARDS,
    version=2, upcasters={1: _person_too},
)  # fmt: skip
MARKS = (ANNULLED.id, CORRECTED.id, HANDED_OVER.id)
MARKING = {ANNULLED.id: "annulled", CORRECTED.id: "corrected"}

MARK = Table(
    "registry_mark",
    columns={
        "entry": "integer", "by": "integer", "mark": "text", "reason_code": "text", "citation": "text",
        "replaced_by": "integer", "on": "text", "kind": "text", "subject": "text", "author": "text", "body": "json",
    },
    key=("entry", "by"),
    indexes=(("by",), ("subject",), ("author",)),
)  # fmt: skip
OWNER = Table(
    "registry_owner",
    columns={"subject": "text", "party": "text", "entry": "integer", "before": "json"},
    key=("subject",),
    indexes=(("entry",),),
)
FORMER = Table(
    "registry_former",
    columns={"subject": "text", "party": "text", "entry": "integer", "since": "integer", "passes": "integer"},
    key=("subject",),
)
"""Whose a subject is of which no version is left, and `since` which entry; `entry` is the one that was annulled. All
that was done about it is still about its identifier, so that is nobody else's until the authority hands it over."""

CONFIRMED = Table("registry_confirmed", columns={"entry": "integer", "asked": "integer"}, key=("entry",))
"""By which entry another person confirmed what an earlier one (`asked`) asked for."""


def says(reader: Reader, entry: int) -> int:
    """The entry in which the words stand of what took effect by one: what it confirms, else itself."""
    row = reader.get(CONFIRMED, entry)
    return int(row["asked"]) if row else entry


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
    """Keep whose a subject is from here on; `before` is whose it was. One of which no version is left is its new
    owner's to file anew."""
    if (gone := tables.get(FORMER, entry.subject)) is not None:
        tables.put(FORMER, {**gone, "party": entry.body["to"], "since": entry.index, "passes": 0})
        return
    held = tables.get(OWNER, entry.subject)
    former = [*(held["before"] if held else []), before]
    row = {"subject": entry.subject, "party": entry.body["to"], "entry": entry.index, "before": former}
    tables.put(OWNER, row)


def follow_left(entry: Entry, dropped: Row, whose: str, after: str, tables: Tables) -> None:
    """Keep whose a subject is as a version of it is annulled: `whose` it was, though the first that is left is filed
    by somebody else (`after`; empty where none is)."""
    subject, passes = dropped["subject"], bool(entry.body.get("passes"))
    since = (tables.get(OWNER, subject) or dropped)["entry"]
    if not after:
        tables.delete(OWNER, subject)
        gone = {"subject": subject, "party": whose, "entry": dropped["entry"], "since": since, "passes": int(passes)}
        tables.put(FORMER, gone)
    elif after != whose and not passes and tables.get(OWNER, subject) is None:
        tables.put(OWNER, {"subject": subject, "party": whose, "entry": since, "before": []})


def follow_anew(entry: Entry, party: str, tables: Tables) -> None:
    """Keep whose a subject is that is new, or filed anew: of whom it was, whoever files it again, or of the party for
    which it is filed (empty: its filer's)."""
    gone = tables.get(FORMER, entry.subject)
    tables.delete(FORMER, entry.subject)
    if gone is not None and not gone["passes"]:
        if gone["party"] != entry.author:
            row = {"subject": entry.subject, "party": gone["party"], "entry": gone["since"], "before": []}
            tables.put(OWNER, row)
    elif party:
        follow_filed_for(entry, party, tables)


def follow_filed_for(entry: Entry, party: str, tables: Tables) -> None:
    """Keep whose a new subject is that was filed for another."""
    tables.put(OWNER, {"subject": entry.subject, "party": party, "entry": entry.index, "before": []})


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


def annulled_of(reader: Reader, subject: str) -> list[Row]:
    """The annulled versions of a subject, by entry, each with its `author` and the `body` that it had."""
    return reader.select(MARK, {"subject": subject, "mark": "annulled"}, order=("entry",))


def former(reader: Reader, subject: str) -> Row | None:
    """Whose a subject is of which no version is left: `party`, and which `entry` was annulled; else None."""
    return reader.get(FORMER, subject)


def filed_once(reader: Reader, party: str) -> list[Row]:
    """The versions of subjects that a party filed and that were annulled since."""
    return reader.select(MARK, {"author": party, "mark": "annulled"}, order=("entry",))


def handed_over(reader: Reader, subject: str) -> Row | None:
    """To whom a subject was handed last, or for whom it was filed, by which entry; None if it is its first filer's."""
    return reader.get(OWNER, subject)


def handed_since(reader: Reader, entry: int) -> set[str]:
    """The subjects that became another's after an entry."""
    return {row["subject"] for row in reader.select(OWNER, {"entry": (">", entry)}) if row["before"]}


def owners(reader: Reader, noun: str) -> dict[str, tuple[str]]:
    """By subject of a noun that was handed over, or filed for somebody, whose it is."""
    rows = reader.select(OWNER, only=("subject", "party"))
    return {row["subject"]: (row["party"],) for row in rows if row["subject"].startswith(f"{noun}:")}


def held_by(reader: Reader, noun: str) -> dict[str, list[str]]:
    """By subject of a noun that was handed over, or filed for somebody, whose it was and is, in order."""
    rows = reader.select(OWNER, {"subject": ("prefix", f"{noun}:")}, only=("subject", "party", "before"))
    return {row["subject"]: [*row["before"], row["party"]] for row in rows}


def handed_to(reader: Reader, party: str) -> list[str]:
    """The subjects that were handed to a party, or filed for it, and are still theirs."""
    return [row["subject"] for row in reader.select(OWNER, {"party": party}, order=("subject",))]


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
