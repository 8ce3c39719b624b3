"""What is held about somebody, told to them: each entry and field, what for, until when, to whom it was shown.

An answer is about a party: whoever filed something, also without a name (by a return code), and whoever works here or
for a partner. It shows what the policies open to that party as the one who filed it or whom it is about, whatever else
their key may do; so an answer is the same whoever asks for it, and nobody comes to read by it what they could not read
before. Whoever answers for somebody else reads of it only what they may read themselves, says why, and stands in the
log of reads with every entry. Modelled on Article 15 of Regulation (EU) 2016/679; `words.toml` cites what is said.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from commonweal import listing_files, sight
from commonweal.acceptance import STEWARDS, Caller
from commonweal.authority import Authority
from commonweal.kernel import persons, retention
from commonweal.kernel.disclosure import Audience, Erased, Kind, Lost, Marking, Ruling, sealed_key
from commonweal.kernel.disclosure.reads import NO_ENTRY, WHOSE, Read
from commonweal.kernel.disclosure.releasing import may_be_released, releases
from commonweal.kernel.record import AUTHORITY, Row, Stored
from commonweal.kernel.values import (
    FaultCollector,
    Forbidden,
    Text,
    coarsened,
    read_toml,
    stamp,
    text,
)
from commonweal.releasing import YOURS, entries
from commonweal.sight import Sight

FORM = "commonweal/held/v1"
AT_ONCE, MOST = 50, 500
READS_MAX = 1000
PARTY, PERSON = "party:", "person:"
PARTY_CHARS_MAX = 128
ADMINISTERS = "authority"
ANSWERING, AUTHORISED, PASSED_ON, HANDLING = "answering", "authorised", "passed_on", "handling"
"""What somebody else read an entry for: to answer what is held, by an authorisation, as an outside reader, or to do the
work that it is kept for."""
_OUTSIDE = frozenset(("peer", "auditor", "named", "addressee"))
_ANSWERS = frozenset(("api held", "portal /held", "portal /held.json", "weal held"))


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says, and on what that rests."""

    text: Text
    source: str

    def as_dict(self) -> dict[str, Any]:
        return {"text": dict(self.text), "source": self.source}


@dataclass(frozen=True, slots=True)
class Kept:
    """How long an entry is kept: by which class, and where a schedule names it, what that says.

    `state`: until, for_good, no_event (its time has not begun) or unscheduled; `until` and `due` are instants.
    """

    retention: str
    state: str
    until: str | None = None
    due: str | None = None
    title: Text | None = None
    says: Text | None = None
    source: str = ""

    def as_dict(self) -> dict[str, Any]:
        says = {"title": self.title, "text": self.says}
        return {
            "class": self.retention, "state": self.state, "until": self.until, "erased_after": self.due,
            **{name: dict(one) if one else None for name, one in says.items()}, "source": self.source,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadBy:
    """Somebody else who read an entry, as often on one day: in which roles, for whom, which fields and what for (a key
    of `read_for`)."""

    day: str
    roles: tuple[str, ...]
    organisation: str
    fields: tuple[str, ...]
    purpose: str
    times: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "day": self.day, "roles": list(self.roles), "organisation": self.organisation,
            "fields": list(self.fields), "purpose": self.purpose, "times": self.times,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Released:
    """A field that an officer opened to the party: by which entry, and on which day."""

    field: str
    act: int
    day: str

    def as_dict(self) -> dict[str, Any]:
        return {"field": self.field, "entry": self.act, "day": self.day}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `state` is open, erased (its key was destroyed, by `erased`) or lost (its key was, by nobody's will).

    `withheld` gives, for each field of its kind that is not shown, why (a key of `reasons`); the name is empty where
    not even that may be told. It follows from the kind and the reader alone, and never says what was filed. `released`
    are the fields that an officer opened to the party; `releasable`, for an officer who answers, those that may be.
    """

    index: int
    at: str
    kind: str
    title: Text
    subject: str | None
    why: str
    source: str
    purpose: Text
    kept: Kept
    state: str = "open"
    erased: Row | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    withheld: tuple[tuple[str, str], ...] = ()
    released: tuple[Released, ...] = ()
    releasable: tuple[str, ...] = ()
    shown_to: tuple[ReadBy, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        gone = self.erased or {}
        return {
            "entry": self.index, "at": self.at, "kind": self.kind, "title": dict(self.title), "subject": self.subject,
            "why": self.why, "source": self.source, "purpose": dict(self.purpose), "kept": self.kept.as_dict(),
            "state": self.state,
            "erased": {name: gone[name] for name in ("entry", "at", "legal_basis")} if gone else None,
            "fields": listing_files.plain(self.fields),
            "withheld": [{"field": name or None, "why": why} for name, why in self.withheld],
            "released": [one.as_dict() for one in self.released], "releasable": list(self.releasable),
            "shown_to": [one.as_dict() for one in self.shown_to],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What is held about a party: `items` in the order of the record, of `count` in all; the rest from `onward` on.

    `keys` and `sessions` are how they come in here, `reads` what they read themselves that is not public, newest first
    (`more`: there is more of it); None where whoever answers for them may not know that.
    """

    party: str
    behalf: bool
    made_at: str
    origin: str
    name: Text
    count: int
    items: tuple[Item, ...]
    onward: int | None
    keys: Sequence[Mapping[str, Any]] | None
    sessions: Sequence[Mapping[str, Any]] | None
    reads: Sequence[Mapping[str, Any]] | None
    more: bool

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with the words in every language."""
        held = words()
        return {
            "form": FORM, "about": self.party, "answered_for_them": self.behalf, "made_at": self.made_at,
            "authority": {"origin": self.origin, "name": dict(self.name)},
            **{name: one.as_dict() for name, one in held.items()},
            "reasons": {code: one.as_dict() for code, one in reasons().items()},
            "read_for": {code: dict(one) for code, one in read_for().items()},
            "count": self.count, "entries": [item.as_dict() for item in self.items], "next": self.onward,
            "keys": self.keys, "sessions": self.sessions, "reads_by_them": self.reads,
            "older_reads_left_out": self.more,
        }  # fmt: skip


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@functools.cache
def _texts() -> Mapping[str, Any]:
    return read_toml((Path(__file__).parent / "words.toml").read_text("utf-8"), "words of an answer")


def _said(item: Mapping[str, str]) -> Said:
    return Said(text({"en": item["en"], "zh": item["zh"]}), item.get("source", ""))


def words() -> dict[str, Said]:
    """What stands in every answer: `model`, `not_listed`, `own_work`, `recipients`, `purposes`, `rights`."""
    return {
        name: _said(_texts()[name])
        for name in ("model", "not_listed", "own_work", "recipients", "purposes", "rights")
    }  # fmt: skip


def reasons() -> dict[str, Said]:
    """Why something is not in an answer, by code."""
    return {code: _said(item) for code, item in _texts()["withheld"].items()}


def read_for() -> dict[str, Text]:
    """What an entry was read for, by code."""
    return {code: _said(item).text for code, item in _texts()["read_for"].items()}


def purpose_of(roles: Iterable[str], door: str) -> str:
    """What an entry was read for, as far as the person whose it is is told: never what the reader wrote."""
    if "authorised" in roles:
        return AUTHORISED
    if door in _ANSWERS:
        return ANSWERING
    return PASSED_ON if _OUTSIDE & set(roles) else HANDLING


def purpose(authority: Authority, kind_id: str) -> Text:
    """What entries of a kind are kept for: of a mechanism, what that is for."""
    room = kind_id.partition(".")[0]
    if room in authority.instruments:
        return authority.instruments[room].summary
    purposes = _texts()["purpose"]
    return _said(purposes.get(room, purposes["unknown"])).text


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def own(authority: Authority, party: str, seeing: Sight, *, first: int = 0, most: int = AT_ONCE) -> Answer:
    """What is held about whoever is asking. `seeing` is theirs: what they read of it is logged when the door does."""
    return _Answering(authority, party, seeing, behalf=False).answer(first, most)


def for_another(authority: Authority, named: str, seeing: Sight, *, first: int = 0, most: int = AT_ONCE) -> Answer:
    """What is held about somebody else, for an officer who answers them, by party or by `person:…`.

    Each entry, and that it is theirs, stands in the log of reads under the officer and the reason stated. Raises
    `Forbidden`, `NotFound` (no such person) and `BadInput` naming every fault.
    """
    if seeing.caller is None or not STEWARDS & set(seeing.caller.roles):
        raise Forbidden("what is held about somebody is told to themselves, and to officers who answer for them")
    faults = FaultCollector("what is held")
    if not seeing.purpose.strip():
        faults.add("purpose", "(absent)", "why you answer for them: it stands in the log of reads", "missing")
    whole = named.startswith((PARTY, PERSON)) and len(named) <= PARTY_CHARS_MAX and named.isprintable()
    if not whole or named == AUTHORITY:
        faults.add("party", named, "a person or filer, such as party:jane-doe or person:…", "party")
    faults.done()
    party = str(persons.person(authority.reader, named)["party"]) if named.startswith(PERSON) else named
    return _Answering(authority, party, seeing, behalf=True).answer(first, most)


class _Answering:
    """One answer being made."""

    def __init__(self, authority: Authority, party: str, seeing: Sight, *, behalf: bool) -> None:
        self._authority, self._party, self._seeing, self._behalf = authority, party, seeing, behalf
        self._theirs = Caller(party)
        self._rows: dict[tuple[str, str], list[Row]] = {}
        self._schedules = {
            name: schedule for _, classes in retention.texts(authority.reader) for name, schedule in classes.items()
        }

    def answer(self, first: int, most: int) -> Answer:
        authority = self._authority
        told = {
            index: why
            for index, why in entries(authority.reader, authority.store, self._party).items()
            if self._may_know(index, why)
        }
        here = [index for index in told if index >= first]
        page = here[:most]
        readers = self._readers(page)
        if not page:
            self._seeing.asked_about(self._party)
        read, more = self._reads() if not self._behalf or self._administers() else (None, False)
        comes_in = not self._behalf or self._administers()
        return Answer(
            self._party, self._behalf, stamp(authority.reading().now), authority.settings.origin,
            authority.settings.name, len(told),
            tuple(self._item(index, told[index], readers.get(index, ())) for index in page),
            here[most] if len(here) > most else None,
            self._keys() if comes_in else None, self._sessions() if comes_in else None, read, more,
        )  # fmt: skip

    def _administers(self) -> bool:
        return self._seeing.caller is not None and ADMINISTERS in self._seeing.caller.roles

    def _audience(self, stored: Stored) -> Audience:
        """As whom the party itself reads an entry, whatever its key may do besides."""
        return sight.audience(self._authority, self._theirs, stored.author, stored.subject, stored.index)

    def _may_know(self, index: int, why: str) -> bool:
        """What others filed about something of theirs is told where they may know whom it is about; to an officer who
        answers them also what may be released to them."""
        if why != YOURS:
            return True
        stored = self._authority.store.entry(index)
        theirs = sight.is_about_theirs if self._behalf else sight.is_theirs
        return theirs(self._authority, stored, self._party) or sight.subject_seen(
            self._authority, stored.kind, stored.subject, self._audience(stored)
        )

    # one entry

    def _item(self, index: int, why: str, shown_to: Iterable[ReadBy]) -> Item:
        stored = self._authority.store.entry(index)
        kind = self._authority.kinds.get(stored.kind)
        theirs = self._audience(stored)
        mine = self._seeing.audience_of(stored) if self._behalf else theirs
        if self._behalf:
            self._seeing.follows(index, WHOSE)
        item = Item(
            index, coarsened(datetime.fromisoformat(stored.time), kind.time_class if kind else "day"), stored.kind,
            kind.title if kind else Text(en=stored.kind, zh=stored.kind), self._subject(stored, mine), why,
            self._source(stored), purpose(self._authority, stored.kind), self._kept(stored, kind),
            shown_to=self._tellable(stored, kind, theirs, mine, shown_to),
        )  # fmt: skip
        if kind is None:
            return item
        return self._opened(item, kind, theirs, mine)

    def _opened(self, item: Item, kind: Kind, theirs: Audience, mine: Audience) -> Item:
        ruling = self._authority.ruling(kind, item.index)
        try:
            shown = self._authority.presentation(item.index, theirs).fields
        except Erased as error:
            gone = retention.erased_by(self._authority.reader, sealed_key(self._authority.store.entry(item.index)))
            return replace(item, state="lost" if isinstance(error, Lost) else "erased", erased=gone)
        fields = {name: value for name, value in shown.items() if ruling.may_see(mine, name)}
        self._seeing.reads(item.index, kind, fields, mine)
        known = kind.about_field if item.why == YOURS else ""  # that it is about what they filed, they are told already
        return replace(
            item, fields=fields,
            withheld=tuple(one for one in self._withheld(ruling, theirs, mine) if not known or one[0] != known),
            released=self._released(item.index, ruling, theirs),
            releasable=tuple(name for name in self._releasable(ruling, theirs) if name != known)
            if self._behalf else (),
        )  # fmt: skip

    def _released(self, index: int, ruling: Ruling, theirs: Audience) -> tuple[Released, ...]:
        """What is released and not closed all the same, by a policy or because it was taken back."""
        rows, seen = releases(self._authority.reader, self._party, index), ruling.seen(theirs)
        return tuple(Released(row["field"], row["act"], row["at"][:10]) for row in rows if row["field"] in seen)

    def _releasable(self, ruling: Ruling, theirs: Audience) -> tuple[str, ...]:
        seen = ruling.seen(theirs)
        return tuple(
            name for name in ruling.kind.schema.model_fields if name not in seen and may_be_released(ruling, name)
        )

    def _withheld(self, ruling: Ruling, theirs: Audience, mine: Audience) -> tuple[tuple[str, str], ...]:
        """Each field of the kind that is not shown, and why; of those for named persons only that there are some."""
        kind, seen, here = ruling.kind, ruling.seen(theirs), ruling.seen(theirs) & ruling.seen(mine)
        found = {}
        for name in kind.schema.model_fields:
            if name not in here:
                found["" if kind.marking(name) is Marking.RED else name] = (
                    "theirs" if name in seen else _reason(kind, name, theirs)
                )
        return tuple(found.items())

    def _subject(self, stored: Stored, mine: Audience) -> str | None:
        seen = sight.subject_seen(self._authority, stored.kind, stored.subject, mine)
        return stored.subject if seen or (not self._behalf and stored.author == self._party) else None

    def _source(self, stored: Stored) -> str:
        """Where it comes from: the party itself, the authority, or another."""
        return {self._party: "you", AUTHORITY: "authority"}.get(stored.author, "another")

    def _kept(self, stored: Stored, kind: Kind | None) -> Kept:
        name, holder = kind.retention if kind else "", stored.subject or stored.author
        if (holder, name) not in self._rows:
            self._rows[holder, name] = retention.keys_of_holder(self._authority.reader, holder, name, erased=True)
        rows = [row for row in self._rows[holder, name] if row["first"] <= stored.index <= row["last"]]
        schedule = self._schedules.get(name)
        row: Row = rows[-1] if rows else {"state": "unscheduled", "keep_until": None, "due_at": None}
        state, until, due = row["state"], row["keep_until"], row["due_at"]
        if schedule is None:
            return Kept(name, state, until, due)
        return Kept(name, state, until, due, schedule.title, schedule.text, schedule.citation)

    # who read it, and what they read

    def _readers(self, indexes: Sequence[int]) -> dict[int, list[ReadBy]]:
        counted: Counter[tuple[int, tuple[Any, ...]]] = Counter()
        for one in self._authority.reads.alike(indexes, self._party):
            told = (one.day, one.roles, one.organisation, one.fields, purpose_of(one.roles, one.door))
            counted[one.entry, told] += one.times
        found: dict[int, list[ReadBy]] = {}
        for (index, told), times in counted.items():
            found.setdefault(index, []).append(ReadBy(*told, times))
        return found

    def _tellable(
        self, stored: Stored, kind: Kind | None, theirs: Audience, mine: Audience, found: Iterable[ReadBy]
    ) -> tuple[ReadBy, ...]:
        """Readers without the names of fields that are for named persons only, where this reader is none of them."""

        def known(name: str) -> bool:
            if kind is None or name not in kind.schema.model_fields or kind.marking(name) is not Marking.RED:
                return True
            ruling = self._authority.ruling(kind, stored.index)
            return ruling.may_see(theirs, name) and ruling.may_see(mine, name)

        return tuple(
            ReadBy(one.day, one.roles, one.organisation, tuple(filter(known, one.fields)), one.purpose, one.times)
            for one in found
        )

    def _reads(self) -> tuple[list[Mapping[str, Any]], bool]:
        lines = self._authority.reads.found(party=self._party, limit=READS_MAX + 1)
        names = ("at", "entry", "fields", "door", "purpose")
        told: list[Mapping[str, Any]] = [
            {name: line.read.as_dict()[name] for name in names} | _no_entry(line.read) for line in lines[:READS_MAX]
        ]
        return told, len(lines) > READS_MAX

    def _keys(self) -> list[Mapping[str, Any]]:
        return [key.as_dict() for key in self._authority.access.issued() if key.party == self._party]

    def _sessions(self) -> list[Mapping[str, Any]]:
        return [one.as_dict() for one in self._authority.access.sessions(self._party)]


def _no_entry(read: Read) -> dict[str, None]:
    return {"entry": None} if read.entry == NO_ENTRY else {}


def _reason(kind: Kind, name: str, theirs: Audience) -> str:
    if "filer" in theirs.roles:
        return "closed"
    return {Marking.RED: "named", Marking.GREEN: "community"}.get(kind.marking(name), "office")
