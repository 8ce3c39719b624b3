"""Retention schedules as texts: read with every fault named, and what each says about one date."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from commonweal.kernel.obligations import PLAIN, Calendar, due_after
from commonweal.kernel.obligations.reading import ID, VERSION, Fields, Lines, toml, zone_name
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import FaultCollector, Period, RuleFault, Text, digest, period, shown
from commonweal.kernel.values.periods import PERIOD_WANT

from .kinds import TEXT

CLASS = r"[a-z][a-z0-9_]{1,40}"
CODE = r"[a-z][a-z0-9_]{1,60}"
ENDED = "retention_ended"
FOR_GOOD, NONE = "for_good", "none"
_KIND = r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"
_FIELD = r"[a-z][a-z0-9_]{0,60}"
_SCHEDULES_MAX, _BASES_MAX = 100, 40
_KEEP_WANT = f"{PERIOD_WANT}; or '{FOR_GOOD}', or '{NONE}'"
_COMPARED_FROM = datetime(2024, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Basis:
    """On what something may be erased once its minimum has passed, or `before_minimum` already.

    Where it names `kinds`, a key that holds anything else is not erased on it.
    """

    code: str
    title: Text
    citation: str
    before_minimum: bool = False
    kinds: tuple[str, ...] = ()

    def beyond(self, held: Iterable[str]) -> list[str]:
        """The kinds, of those that a key holds, that this basis does not reach."""
        return sorted(set(held) - set(self.kinds)) if self.kinds else []


@dataclass(frozen=True, slots=True)
class Ending:
    """An entry about the holder that ends the keeping of a class, `after` a period if one is given, on a basis."""

    kind: str
    where: Mapping[str, str]
    after: Period | None
    basis: str


@dataclass(frozen=True)
class Schedule:
    """One class: kept at least `keep` (None: no minimum, unless `for_good`), due to be erased after `erase_after`.

    Counted from each entry's own time, or from the newest date that `event_field` of `event_kind` gives. An entry that
    `ended_by` names ends it sooner, once the minimum has passed. `kept_for` is what the minimum rests on against
    somebody who asks for an erasure.
    """

    retention: str
    title: Text
    text: Text
    citation: str
    for_good: bool
    keep: Period | None
    erase_after: Period | None
    event_kind: str = ""
    event_field: str = ""
    automatic: bool = False
    bases: Mapping[str, Basis] = field(default_factory=dict)
    kept_for: tuple[Basis, ...] = ()
    ended_by: tuple[Ending, ...] = ()

    def ending(self, kind: str, body: Mapping[str, Any]) -> Ending | None:
        """How an entry ends the keeping; None where it does not."""
        fit = (one for one in self.ended_by if one.kind == kind)
        return next((one for one in fit if all(body.get(name) == value for name, value in one.where.items())), None)

    def ends(self, calendar: Calendar, zone: str, event: datetime) -> tuple[datetime | None, datetime | None]:
        """Until when it is kept at least (None: for good), and from when it is due to be erased (None: not by time)."""
        if self.for_good:
            return None, None
        kept = due_after(calendar, zone, event, self.keep).at if self.keep else event
        due = due_after(calendar, zone, event, self.erase_after).at if self.erase_after else None
        return kept, max(due, kept) if due else None

    def shorter_than(self, other: Schedule) -> bool:
        """Whether this would keep for less than another schedule of the class, counted from one and the same day."""
        mine, theirs = (item.ends(PLAIN, "UTC", _COMPARED_FROM)[0] for item in (self, other))
        return mine is not None and (theirs is None or mine < theirs)


@dataclass(frozen=True)
class Schedules:
    """One text: its schedules by class."""

    id: str
    version: str
    title: Text
    zone: str
    calendar: str
    citation: str
    classes: Mapping[str, Schedule]


@functools.lru_cache(maxsize=128)
def read_schedules(text: str) -> Schedules:
    """Read a text of schedules. Raises `RuleFault` naming every fault with its line."""
    data = toml(text, "retention schedules")
    about = data.get("id")
    faults = FaultCollector(about if isinstance(about, str) else "retention schedules", RuleFault)
    lines = Lines(text)
    top = Fields(data, faults, lines)
    source = top.table("source", "a table {citation, url}", {})
    citation = source.string("citation", "the text that says so") if source else ""
    if source:
        source.string("url", "an address", "")
        source.words("verified", "against what it was checked", {"en": "-", "zh": "-"})
        source.end()
    classes = _classes(top, faults, lines)
    zone = top.string("time_zone", "an IANA time zone, e.g. Europe/Brussels")
    top.parsed("time_zone", zone or "UTC", zone_name, "an IANA time zone, e.g. Europe/Brussels")
    found = Schedules(
        id=top.string("id", "an identifier such as eu.retention", pattern=ID),
        version=top.string("version", "a version such as 2026-01", pattern=VERSION),
        title=top.words("title", "what these schedules are called"),
        zone=zone,
        calendar=top.string("calendar", "a calendar such as calendar.eu_1182_71", "", pattern=ID),
        citation=citation,
        classes=classes,
    )
    top.string("jurisdiction", "a jurisdiction such as EU")
    top.words("note", "a note", {"en": "-", "zh": "-"})
    top.end()
    faults.done()
    return found


def check_adoption(rule_id: str, text: str, reader: Reader | None = None) -> Schedules:
    """What would be adopted, before it is. Raises `RuleFault` for a text with faults.

    With a `reader` also for other words under an adopted version, and for one that leaves out a class that the text in
    force names: nothing adopted may end what is promised by saying nothing.
    """
    found = read_schedules(text)
    faults = FaultCollector(rule_id, RuleFault)
    if found.id != rule_id:
        faults.add("id", found.id, f"{rule_id}, the id under which it is adopted", "id")
    rows = reader.select(TEXT, {"rule_id": rule_id}, order=("adopted",)) if reader is not None else []
    for row in rows:
        if row["version"] == found.version and row["sha256"] != digest(text.encode()):
            faults.add(
                "version", found.version, f"a new version: {found.version} was adopted with other words", "version"
            )
    for name in sorted(set(read_schedules(rows[-1]["text"]).classes) - set(found.classes)) if rows else ():
        faults.add("schedule", name, f"a schedule for {name} too: the version in force has one", "left_out")
    faults.done()
    return found


def _classes(top: Fields, faults: FaultCollector, lines: Lines) -> dict[str, Schedule]:
    tables = top.take("schedule", list, "one table [[schedule]] for each class")
    found: dict[str, Schedule] = {}
    if not tables or len(tables) > _SCHEDULES_MAX:
        top.fault("schedule", f"{len(tables or ())} schedules", f"1 to {_SCHEDULES_MAX} tables [[schedule]]")
    for at, data in enumerate(tables or ()):
        if not isinstance(data, Mapping):
            top.fault("schedule", data, "tables [[schedule]]", "type")
            continue
        one = Fields(data, faults, lines, place=("schedule", at), label=f"schedule {shown(data.get('class', at))}")
        schedule = _schedule(one)
        if schedule.retention in found:
            one.fault("class", schedule.retention, "each class once in a text", "duplicate")
        found[schedule.retention] = schedule
    return found


def _schedule(one: Fields) -> Schedule:
    kept = one.take("keep", (str, dict), _KEEP_WANT)
    keep = _period(one, "keep", kept) if kept not in (FOR_GOOD, NONE, None) else None
    after = one.take("erase_after", (str, dict), PERIOD_WANT, None)
    event_kind, event_field = _event(one)
    bases = _bases(one)
    found = Schedule(
        retention=one.string("class", "the retention class of kinds, e.g. technical_documentation", pattern=CLASS),
        title=one.words("title", "what is kept"),
        text=one.words("text", "what the rule says, in words of our own"),
        citation=one.string("citation", "the provision that says so"),
        for_good=kept == FOR_GOOD,
        keep=keep,
        erase_after=_period(one, "erase_after", after) if after is not None else None,
        event_kind=event_kind,
        event_field=event_field,
        automatic=one.flag("automatic", False),
        bases=bases,
        kept_for=tuple(_bases(one, "kept_for").values()),
        ended_by=_endings(one, bases),
    )
    one.end()
    _check_ends(one, found, after)
    return found


def _check_ends(one: Fields, found: Schedule, after: Any) -> None:
    if found.for_good and after is not None:
        one.fault("erase_after", after, "nothing: what is kept for good is never due to be erased")
    if found.keep and found.erase_after:
        kept, due = (due_after(PLAIN, "UTC", _COMPARED_FROM, item).at for item in (found.keep, found.erase_after))
        if due < kept:
            one.fault("erase_after", str(found.erase_after), f"a period not shorter than keep ({found.keep})")
    if found.automatic and not found.erase_after:
        one.fault("automatic", True, "an `erase_after` beside it, or false: nothing is erased that is never due")


def _period(one: Fields, key: str, value: Any) -> Period | None:
    return one.parsed(key, value, period, PERIOD_WANT)


def _event(one: Fields) -> tuple[str, str]:
    table = one.table("counted_from", "a table {kind, field}", {})
    if table is None or not table.data:
        return "", ""
    kind = table.string("kind", "a kind of entry, e.g. model_registration.model", pattern=_KIND)
    name = table.string("field", "a field of it that holds a date", pattern=_FIELD)
    table.end()
    return kind, name


def _bases(one: Fields, key: str = "basis") -> dict[str, Basis]:
    tables = one.take(key, list, f"tables [[schedule.{key}]]", [])
    if len(tables) > _BASES_MAX:
        one.fault(key, f"{len(tables)} bases", f"at most {_BASES_MAX}")
    found: dict[str, Basis] = {}
    for at, data in enumerate(tables[:_BASES_MAX]):
        if not isinstance(data, Mapping):
            one.fault(key, data, "a table {code, title, citation}", "type")
            continue
        inner = one.inner(data, f"{key}.{at}")
        code = inner.string("code", "a code such as unlawful_processing", pattern=CODE)
        if code in found or code == ENDED:
            inner.fault("code", code, f"each code once, and not {ENDED}, which stands for the end by time", "duplicate")
        title, citation = inner.words("title", "the basis in words"), inner.string("citation", "the provision")
        if key == "basis":
            found[code] = Basis(code, title, citation, inner.flag("before_minimum", False), _reached(inner))
        else:
            found[code] = Basis(code, title, citation)
        inner.end()
    return found


def _reached(inner: Fields) -> tuple[str, ...]:
    kinds = inner.take("kinds", list, "a list of kinds of entries", [])
    if not all(isinstance(kind, str) and re.fullmatch(_KIND, kind) for kind in kinds):
        inner.fault("kinds", kinds, "kinds of entries, e.g. incident_reports.publication", "type")
        return ()
    return tuple(kinds)


def _endings(one: Fields, bases: Mapping[str, Basis]) -> tuple[Ending, ...]:
    tables = one.take("ended_by", list, "tables [[schedule.ended_by]]", [])
    if len(tables) > _BASES_MAX:
        one.fault("ended_by", f"{len(tables)} endings", f"at most {_BASES_MAX}")
    found = []
    for at, data in enumerate(tables[:_BASES_MAX]):
        if not isinstance(data, Mapping):
            one.fault("ended_by", data, "a table {kind, where, after, basis}", "type")
            continue
        inner = one.inner(data, f"ended_by.{at}")
        after = inner.take("after", (str, dict), PERIOD_WANT, None)
        where = inner.take("where", dict, "a table of fields and the texts that they must hold", {})
        if not all(isinstance(value, str) for value in where.values()):
            inner.fault("where", where, "a table of fields and the texts that they must hold", "type")
        kind = inner.string("kind", "a kind of entry, e.g. incident_reports.strip", pattern=_KIND)
        basis = inner.string("basis", "the code of a basis of this schedule")
        if basis not in bases:
            inner.fault("basis", basis, f"one of this schedule's bases: {', '.join(bases) or 'there is none'}")
        found.append(Ending(kind, where, _period(inner, "after", after) if after is not None else None, basis))
        inner.end()
    return tuple(found)
