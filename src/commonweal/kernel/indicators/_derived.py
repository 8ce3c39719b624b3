"""Derived series followed: what an entry touched is computed again, and only what came out otherwise is a new vintage.

However the values came in, what is known of a derived series afterwards equals what computing it whole would give.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from commonweal.kernel.expressions import Frame, frame, units
from commonweal.kernel.expressions.names import bound, full_name, moved, parted, selected
from commonweal.kernel.record.entries import Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import BadInput, FaultCollector, RuleFault, stamp
from commonweal.methods.series import Bools, Floats

from ._columns import base_of, event_of, event_text
from ._queries import SUBJECTS_IN_QUERY, by_event, least_event, resolved
from ._rules import DerivedRule, in_order, read_derived
from ._tables import OBSERVATION, RULE, SERIES, UNIT, VINTAGE_ORDER

ROOM = "indicators"
CELLS_AT_ONCE = 4_000_000
INPUTS_AT_ONCE = 50_000


Touched = dict[tuple[str, str], set[date]]
"""By series and subject, the events of which an entry changed what is known."""


class _Input(NamedTuple):
    """One value that a rule reads, on the rule's grid; in the order of periods."""

    period: int
    event: str
    series: str
    subject: str
    value: float
    low: float | None
    high: float | None


def derived_rules(reader: Reader) -> list[DerivedRule]:
    """The newest usable version of every adopted rule, each after those whose series it reads."""
    rows = {row["rule"]: row for row in reader.select(RULE, {"fault": ""}, order=("adopted",))}
    return in_order(read_derived(row["text"]) for row in rows.values())


def rule_of_series(reader: Reader, base: str) -> str:
    """The rule in force that makes a series of that name; empty if none does."""
    rows = {row["rule"]: row for row in reader.select(RULE, {"fault": ""}, order=("adopted",))}
    return next((rule for rule, row in rows.items() if base_of(row["series"]) == base), "")


def check_adoption(rule_id: str, text: str, reader: Reader | None = None) -> DerivedRule:
    """Read a rule text and hold it against those in force and the units on record. Raises `RuleFault`."""
    rule = read_derived(text)
    faults = FaultCollector(f"derived series {rule.id}", RuleFault)
    if rule_id != rule.id:
        faults.add("id", rule.id, rule_id, "mismatch")
    if reader is not None:
        others = [other for other in derived_rules(reader) if other.id != rule.id]
        for other in others:
            if base_of(other.series) == base_of(rule.series):
                faults.add("series", rule.series, f"another name: the rule {other.id} makes {other.series}", "taken")
        if reader.select(SERIES, {"base": base_of(rule.series), "rule": ""}, limit=1):
            faults.add("series", rule.series, "another name: under this one values are observed", "taken")
        for name, unit, there in other_units({**rule.units, **({rule.series: rule.unit} if rule.unit else {})}, reader):
            faults.add(f"unit of {name}", unit, f"{there}, the unit on record", "unit")
        try:
            in_order([*others, rule])
        except BadInput as error:
            faults.extend(error.faults)
    faults.done()
    return rule


def other_units(told: Mapping[str, str], reader: Reader) -> Iterator[tuple[str, str, str]]:
    """Units told of series, where the record has another: (series, unit told, unit on record)."""
    for name, unit in told.items():
        there = reader.get(UNIT, base_of(name))
        if there is not None and not same_unit(unit, there["unit"]):
            yield name, unit, there["unit"]


def same_unit(one: str, other: str) -> bool:
    """Whether two spellings are of one unit."""
    return one == other or (units(one) is not None and units(one) == units(other))


def adopt(entry: Entry, tables: Tables) -> DerivedRule | None:
    """Note an adopted text; gives the rule if it can be used. The version before stays in force if it cannot."""
    body = entry.body
    rule: DerivedRule | None = None
    fault = ""
    try:
        rule = check_adoption(body["rule_id"], body["text"], tables)
    except BadInput as error:
        fault = str(error)
    if rule is not None and rule.version != body["version"]:
        fault = f"the act says version {body['version']}, the text says {rule.version}"
        rule = None
    row = {"rule": body["rule_id"], "adopted": entry.index, "adopted_on": stamp(entry.time)}
    made = rule.series if rule else ""
    tables.put(RULE, {**row, "version": body["version"], "series": made, "text": body["text"], "fault": fault})
    if rule is not None and rule.unit and tables.get(UNIT, base_of(rule.series)) is None:
        tables.put(UNIT, {"base": base_of(rule.series), "unit": rule.unit, "entry": entry.index})
    return rule


def changed_values(rule: DerivedRule, entry: Entry, tables: Reader, touched: Touched | None) -> Iterator[list[Row]]:
    """The rows of a derived series that come out otherwise than they are on record, a stretch of periods at a time.

    `touched` are the values that the entry changed; None computes the series whole.
    """
    names = resolved(tables, rule.sources)
    found = touched if touched is not None else _everything(tables, names)
    read = {pair: _placed(rule, *pair) for pair in found if selected(rule.sources, pair[0])}
    on = rule.grid
    periods = sorted({on.period(event) for pair in read for event in found[pair]})
    if not periods:
        return
    everyone = rule.by == "all" or touched is None or any(rule.from_about(series) for series, _ in read.values())
    subjects = None if everyone else sorted({parted(subject)[0] for _, subject in read.values()})
    source = _Source(rule, tables, names, subjects)
    for stretch in _stretches(periods, rule.history):
        for first, last in source.pieces(*stretch):
            rows = list(_changed(source, entry, first, last))
            if rows:
                yield rows


def _changed(source: _Source, entry: Entry, first: int, last: int) -> Iterator[Row]:
    """What comes out otherwise in a stretch of periods."""
    rule, subjects = source.rule, source.subjects
    inputs, before = source.inputs(first, last), source.on_record(first, last)
    for start, end in _parts(first, last, _periods_at_once(inputs, source.names)):
        computed = _computed(rule, inputs, start, end)
        if subjects is not None and rule.by == "subject":  # who is only read as weights is not judged here
            computed = {at: cells for at, cells in computed.items() if parted(at[0])[0] in subjects}
        for at in [key for key in before if start <= rule.grid.period(event_of(key[1])) <= end]:
            computed.setdefault(at, _UNKNOWN)
        for at, cells in computed.items():
            if before.get(at, _UNKNOWN) != cells:
                yield _row(rule, entry, at, cells)


def _placed(rule: DerivedRule, series: str, subject: str) -> tuple[str, str]:
    """A series and its subject as the rule's expression names them: the dimensions in `by` stand on the subject."""
    return (moved(series, subject, rule.dims) if rule.dims else None) or (series, subject)


_UNKNOWN = (None, None, None)
Cells = tuple[float | None, float | None, float | None]


def _everything(tables: Reader, names: Sequence[str]) -> Touched:
    rows = tables.select(SERIES, {"series": ("in", list(names))}, only=("series", "subject")) if names else []
    pairs = [(row["series"], row["subject"]) for row in rows]
    return {pair: {event_of(known[0]["event"]) for known in by_event(tables, *pair)} for pair in pairs}


@dataclass(frozen=True)
class _Source:
    """What a rule reads: series by their full names, about some subjects (None: about all)."""

    rule: DerivedRule
    tables: Reader
    names: Sequence[str]
    subjects: Sequence[str] | None

    def pieces(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """A stretch of periods in pieces for which not too many rows are read; none is read more than twice."""
        periods = last - first + 1
        if periods > max(1, 2 * self.rule.history) and self._count(first, last) > INPUTS_AT_ONCE:
            middle = first + periods // 2
            yield from self.pieces(first, middle - 1)
            yield from self.pieces(middle, last)
        else:
            yield first, last

    def inputs(self, first: int, last: int) -> list[_Input]:
        """What the rule reads for a stretch, as far back as it looks, newest vintages only, in the order of events."""
        wanted = None if self.subjects is None else {*self.subjects, *self.rule.about.values()}
        rows = self.tables.select(OBSERVATION, self._where(first, last), order=VINTAGE_ORDER, only=_READ)
        newest = {(row["event"], row["series"], row["subject"]): row for row in rows}
        seen: dict[str, int] = {}
        found = []
        for event, series, subject in sorted(newest):
            row = newest[event, series, subject]
            if row["value"] is not None and (wanted is None or parted(subject)[0] in wanted):
                if event not in seen:
                    seen[event] = self.rule.grid.period(event_of(event))
                name = _placed(self.rule, series, subject)
                found.append(_Input(seen[event], event, *name, row["value"], row["low"], row["high"]))
        return sorted(found, key=lambda item: (item.period, item.event))

    def on_record(self, first: int, last: int) -> dict[tuple[str, str], Cells]:
        """What is known of what the rule makes in a stretch: `(subject, event)` to value and bounds."""
        subjects = None if self.rule.by == "all" else self.subjects
        where: dict[str, Any] = {"series": ("in", resolved(self.tables, [self.rule.makes]))}
        where["event"] = ("between", (self._edge(first), self._edge(last + 1)))
        if subjects is not None and len(subjects) <= SUBJECTS_IN_QUERY:
            where["subject"] = ("in", list(subjects))
        found: dict[tuple[str, str], Cells] = {}
        for row in self.tables.select(OBSERVATION, where, order=VINTAGE_ORDER, only=_READ):
            about = _placed(self.rule, row["series"], row["subject"])[1]
            found[about, row["event"]] = (row["value"], row["low"], row["high"])
        return {at: found[at] for at in found if subjects is None or parted(at[0])[0] in subjects}

    def _count(self, first: int, last: int) -> int:
        return self.tables.count(OBSERVATION, self._where(first, last))

    def _where(self, first: int, last: int) -> dict[str, Any]:
        span = ("between", (self._edge(first - self.rule.history), self._edge(last + 1)))
        where: dict[str, Any] = {"series": ("in", list(self.names)), "event": span}
        if self.subjects is not None and len(self.subjects) + len(self.rule.about) <= SUBJECTS_IN_QUERY:
            where["subject"] = ("in", sorted({*self.subjects, *self.rule.about.values()}))
        return where

    def _edge(self, period: int) -> str:
        return least_event(self.rule.grid, period)


_READ = ("series", "subject", "event", *VINTAGE_ORDER, "value", "low", "high")


def _periods_at_once(inputs: Sequence[_Input], names: Sequence[str]) -> int:
    subjects = len({item.subject for item in inputs}) or 1
    return max(1, CELLS_AT_ONCE // (subjects * max(len(names), 1)))


def _stretches(periods: Sequence[int], history: int) -> Iterator[tuple[int, int]]:
    """The stretches of periods that a change in some periods can reach."""
    first, last = periods[0], periods[0] + history
    for period in periods[1:]:
        if period > last + 1:
            yield first, last
            first = period
        last = period + history
    yield first, last


def _parts(first: int, last: int, most: int) -> Iterator[tuple[int, int]]:
    """A stretch in parts of at most so many periods."""
    for start in range(first, last + 1, most):
        yield start, min(start + most - 1, last)


def _computed(rule: DerivedRule, inputs: Sequence[_Input], first: int, last: int) -> dict[tuple[str, str], Cells]:
    """The values of a stretch: `(subject, event)` to value and bounds, where something was observed."""
    low = bisect_left(inputs, first - rule.history, key=lambda item: item.period)
    high = bisect_right(inputs, last, key=lambda item: item.period)
    kept = inputs[low:high]
    if not kept:
        return {}
    on = rule.grid
    grid_rows = [(i.series, i.subject, on.start(i.period), i.value, i.low, i.high) for i in kept]
    laid = _spread(rule, frame(grid_rows, on))
    width = 1 if rule.by == "all" else len(laid.subjects)
    shape = (len(laid), width)
    with np.errstate(all="ignore"):
        point = np.broadcast_to(rule.expr.evaluate(laid), shape)
        sides: tuple[Floats | None, Floats | None] = (None, None)
        if laid.lows or laid.highs:
            below, above = rule.expr.bounds(laid)
            sides = np.broadcast_to(below, shape), np.broadcast_to(above, shape)
    heard = _heard(rule, kept, laid)
    found: dict[tuple[str, str], Cells] = {}
    for row in range(max(first - laid.start, 0), min(last - laid.start + 1, len(laid))):
        event = event_text(on.start(laid.start + row))
        for column in np.flatnonzero(heard[row]):
            subject = rule.subject if rule.by == "all" else laid.subjects[column]
            cells = _cells(point[row, column], *(None if side is None else side[row, column] for side in sides))
            if cells[0] is not None:
                found[subject, event] = cells
    return found


def _spread(rule: DerivedRule, laid: Frame) -> Frame:
    """The frame with what is about one subject read for every other."""
    if not rule.about:
        return laid
    place = {subject: at for at, subject in enumerate(laid.subjects)}

    def wide(side: Mapping[str, Floats]) -> dict[str, Floats]:
        return {name: _for_all(rule, laid, place, name, array) for name, array in side.items()}

    return Frame(laid.start, laid.subjects, wide(laid.values), wide(laid.lows), wide(laid.highs))


def _for_all(rule: DerivedRule, laid: Frame, place: Mapping[str, int], name: str, array: Floats) -> Floats:
    """The column of the one subject under every other; a value of the same dimensions comes before one without."""
    subject = rule.from_about(name)
    if not subject:
        return array
    plain = array[:, place[subject]] if subject in place else np.full(len(array), np.nan)
    wide = np.broadcast_to(plain[:, None], array.shape)
    if not rule.dims:
        return wide
    wide = wide.copy()
    for column, about in enumerate(laid.subjects):
        own = place.get(full_name(subject, parted(about)[1]))
        if own is not None:
            wide[:, column] = np.where(np.isnan(laid.values[name][:, own]), plain, array[:, own])
    return wide


def _heard(rule: DerivedRule, kept: Sequence[_Input], laid: Frame) -> Bools:
    """Where something that is not about one subject for all was observed: [periods, subjects of the rule]."""
    heard: Bools = np.zeros((len(laid), len(laid.subjects)), dtype=np.bool_)
    place = {subject: at for at, subject in enumerate(laid.subjects)}
    own = {name for name in laid.values if not rule.from_about(name)}
    for item in kept:
        if item.series in own and item.period >= laid.start:
            heard[item.period - laid.start, place[item.subject]] = True
    return heard.any(axis=1).reshape(-1, 1) if rule.by == "all" else heard


def _cells(value: float, low: float | None, high: float | None) -> Cells:
    """A value and its bounds, which enclose it; bounds that are the value itself are none."""
    if not np.isfinite(value):
        return _UNKNOWN
    if low is None or high is None or not np.isfinite(low) or not np.isfinite(high) or low == high == value:
        return float(value), None, None
    return float(value), float(low), float(high)


def _row(rule: DerivedRule, entry: Entry, at: tuple[str, str], cells: Cells) -> Row:
    """A value that follows from an entry is known since that entry's values are."""
    today = entry.time.date().isoformat()
    subject, dims = parted(at[0])
    return {
        "series": bound(rule.series, **dims),
        "subject": subject,
        "event": at[1],
        "entry": entry.index,
        "released": today,
        "sequence": 0,
        "known": max(entry.body.get("released_on", today), today),
        "filed": stamp(entry.time),
        "value": cells[0],
        "low": cells[1],
        "high": cells[2],
        "source_ref": "",
    }
