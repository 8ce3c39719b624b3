"""Follows rules, observations and the clock; keeps each rule's state about each subject; files every switch.

What happens when: an adopted rule is judged at once on what is known; a batch advances exactly the subjects it speaks
of, in event order; a value revised within a rule's window changes later judgements, and the newest period is judged
again; a period older than the window, or already passed, is never judged again, so a switch on the record stays true
to what was known then. Silence falls at `max_gap` after the last new period, whether or not a tick marked the instant.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import numpy as np

from commonweal.kernel.expressions import Frame, earliest, frame
from commonweal.kernel.indicators import OBSERVATIONS_BATCH, Observation, event_of, newest, observed, restated
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import BadInput, day_start, digest, instant, stamp
from commonweal.methods.series import Floats

from ._backtest import evaluate
from ._kinds import RULE, STATE, SWITCH, THRESHOLD_SWITCHED, TRACK, Cause
from ._machine import Machine, State, machine, silenced, step
from ._rules import ThresholdRule, read_rule

RULE_ADOPTED = "rule.adopted"
CLOCK_TICK = "clock.tick"
ANNULLED = "record.annulled"
ROOM, DERIVED_ROOM = "thresholds", "indicators"


class Thresholds:
    """The room's follower."""

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.erased:
            return []
        if entry.kind == OBSERVATIONS_BATCH.id:
            return self._observed(entry, tables)
        if entry.kind == CLOCK_TICK:
            return self._ticked(entry, tables)
        if entry.kind == RULE_ADOPTED and entry.body.get("room") == ROOM:
            return self._adopted(entry, tables)
        if entry.kind == RULE_ADOPTED and entry.body.get("room") == DERIVED_ROOM:
            return self._restated(entry, tables)
        if entry.kind == ANNULLED and entry.body.get("kind") == OBSERVATIONS_BATCH.id:
            return self._restated(entry, tables)
        if entry.kind == THRESHOLD_SWITCHED.id:
            _note_filed(entry, tables)
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Whether some subject has been silent for longer than its rule allows."""
        return bool(tables.select(STATE, {"silent_at": ("<=", stamp(now))}, limit=1))

    def _observed(self, entry: Entry, tables: Tables) -> list[Act]:
        try:
            observations = observed(entry, tables)
        except BadInput:
            return []  # the indicators keep the batch with its faults; there is nothing to judge
        acts: list[Act] = []
        named = {row.series for row in observations}
        for held in current_rules(tables):
            if named & held.rule.series:
                acts += _Judge(held, entry, tables, "observation").observed(observations)
        return acts

    def _restated(self, entry: Entry, tables: Tables) -> list[Act]:
        """A batch was annulled, or a derived series adopted: rules go on from what is known now, in their state.

        What was judged stays judged, as after any revision; the newest period that is left is judged again.
        """
        named = {row["series"] for row in restated(tables, entry.index)}
        acts: list[Act] = []
        for held in current_rules(tables):
            if named & held.rule.series:
                acts += _Judge(held, entry, tables, "revision").adopted()
        return acts

    def _ticked(self, entry: Entry, tables: Tables) -> list[Act]:
        rules = {held.rule.id: held for held in current_rules(tables)}
        acts: list[Act] = []
        for row in tables.select(STATE, {"silent_at": ("<=", stamp(entry.time))}):
            if row["rule"] in rules:
                acts += _Judge(rules[row["rule"]], entry, tables, "silence").silent(row)
        return acts

    def _adopted(self, entry: Entry, tables: Tables) -> list[Act]:
        body = entry.body
        row = {
            "rule": body["rule_id"],
            "adopted": entry.index,
            "adopted_on": stamp(entry.time),
            "version": body["version"],
            "text": body["text"],
            "fault": _fault(body),
        }
        tables.put(RULE, row)
        if row["fault"]:
            return []
        return _Judge(Held.of(row), entry, tables, "adoption").adopted()


def _fault(body: Mapping[str, Any]) -> str:
    """Why an adopted text cannot be used ("" if it can). The version before it then stays in force."""
    try:
        rule = read_rule(body["text"])
    except BadInput as error:
        return str(error)
    said, written = (body["rule_id"], body["version"]), (rule.id, rule.version)
    return "" if said == written else f"the act says {said}, the text says {written}"


def _note_filed(entry: Entry, tables: Tables) -> None:
    """Remember which entry a switch became."""
    body = entry.body
    if entry.causes:
        row = tables.get(SWITCH, body["rule"], body["subject"], entry.causes[0], body["at"], body["cause"])
        if row is not None:
            tables.put(SWITCH, {**row, "filed": entry.index})


@dataclass(frozen=True)
class Held:
    """A rule in force, with the entry that put it there."""

    rule: ThresholdRule
    adopted: int

    @classmethod
    def of(cls, row: Row) -> Held:
        return cls(read_rule(row["text"]), row["adopted"])


def current_rules(reader: Reader) -> list[Held]:
    """The newest usable version of every adopted rule, in order of rule id."""
    rows = {row["rule"]: row for row in reader.select(RULE, {"fault": ""}, order=("adopted",))}
    return [Held.of(rows[rule]) for rule in sorted(rows)]


@dataclass
class _Slot:
    """One rule's memory about one subject, while it is being advanced."""

    subject: str
    machine: Machine = field(default_factory=Machine)
    before: Machine = field(default_factory=Machine)
    since: str = ""
    known: str = ""
    silent_at: str | None = None
    end: int | None = None
    window: Frame = field(default_factory=lambda: Frame(0, (), {}))
    value: float | None = None
    quantities: dict[str, float | None] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Row) -> _Slot:
        kept = row["memory"]
        shape = (kept["rows"], len(kept["subjects"]))
        values = {name: _array(cells).reshape(shape) for name, cells in kept["values"].items()}
        return cls(
            row["subject"],
            machine(kept["machine"]),
            machine(kept["before"]),
            row["since"],
            row["known"],
            row["silent_at"],
            kept["end"],
            Frame(kept["end"] - kept["rows"] + 1, tuple(kept["subjects"]), values),
            row["value"],
            dict(row["quantities"]),
        )


class _Judge:
    """Advances one rule by one entry."""

    def __init__(self, held: Held, entry: Entry, tables: Tables, cause: Cause) -> None:
        self.held, self.rule, self.entry, self.tables, self.cause = held, held.rule, entry, tables, cause
        self.switches: list[Row] = []
        self.tracks: dict[tuple[str, int], Row] = {}
        self.now = stamp(entry.time)
        self.heard: dict[str, datetime] = {}

    # --- the three occasions -------------------------------------------------------------------------------------

    def observed(self, observations: Sequence[Observation]) -> list[Act]:
        """A batch came: advance the subjects it speaks of."""
        rule = self.rule
        fresh = frame((row[:4] for row in observations if row.series in rule.series), rule.grid)
        slots = self._slots((rule.subject,) if rule.by == "all" else fresh.subjects)
        for slot in slots:
            self._fall_silent(slot)
        self._advance(slots, fresh)
        return self._done(slots)

    def silent(self, row: Row) -> list[Act]:
        """The clock passed the end of a subject's allowed silence."""
        slot = _Slot.of(row)
        self._fall_silent(slot)
        return self._done([slot])

    def adopted(self) -> list[Act]:
        """The rule came into force: begin from what is known, carrying over the state an earlier version left."""
        rule = self.rule
        rows = newest(self.tables, rule.series)
        known = [(row["series"], row["subject"], event_of(row["event"]), row["value"]) for row in rows]
        for row in rows:
            about = rule.subject if rule.by == "all" else row["subject"]
            when = day_start(date.fromisoformat(row["known"]))
            self.heard[about] = max(self.heard.get(about, when), when)
        fresh = frame(known, rule.grid)
        earlier = {row["subject"]: _Slot.of(row) for row in self.tables.select(STATE, {"rule": rule.id})}
        subjects = {rule.subject} if rule.by == "all" else {*fresh.subjects, *earlier}
        for subject in sorted(earlier):
            self.tables.delete(STATE, rule.id, subject)
        slots = [self._renewed(earlier.get(subject), subject, fresh) for subject in sorted(subjects)] if known else []
        self._advance(slots, fresh)
        return self._done(slots)

    # --- advancing -----------------------------------------------------------------------------------------------

    def _renewed(self, old: _Slot | None, subject: str, fresh: Frame) -> _Slot:
        """A slot that will judge just the newest period of what is known, in the state it had before."""
        columns = [at for at, name in enumerate(fresh.subjects) if self.rule.by == "all" or name == subject]
        rows = np.zeros(len(fresh), dtype=np.bool_)
        for array in fresh.values.values():
            rows |= (~np.isnan(array[:, columns])).any(axis=1)
        slot = _Slot(subject)
        if rows.any():
            slot.end = fresh.start + int(np.flatnonzero(rows)[-1]) - 1
        if old is not None:
            base: State = "firing" if old.machine.base == "firing" else "ok"
            slot.machine = slot.before = replace(Machine(), state=old.machine.state, base=base)
            if base == "firing":
                slot.machine = slot.before = replace(slot.machine, fired=slot.end)
            slot.since, slot.known = old.since, old.known
        return slot

    def _slots(self, subjects: Sequence[str]) -> list[_Slot]:
        found: dict[str, _Slot] = {}
        for at in range(0, len(subjects), 400):
            part = tuple(subjects[at : at + 400])
            for row in self.tables.select(STATE, {"rule": self.rule.id, "subject": ("in", part)}):
                found[row["subject"]] = _Slot.of(row)
        return [found.get(subject) or _Slot(subject) for subject in subjects]

    def _advance(self, slots: Sequence[_Slot], fresh: Frame) -> None:
        """Judge, in event order, every period of `fresh` that is new to a slot, and its newest one if revised."""
        whole = self._merged(slots, fresh)
        if not len(whole):
            return
        breached, clear, quantities, _ = evaluate(self.rule, whole)
        new = evaluate_heard(self.rule, fresh, whole)
        for slot in slots:
            column = 0 if self.rule.by == "all" else whole.subjects.index(slot.subject)
            periods = [whole.start + int(row) for row in np.flatnonzero(new[:, column])]
            if not periods:
                continue
            for period in self._judged(slot, periods):
                row = period - whole.start
                figures = {name: _number(array[row, column]) for name, array in quantities.items()}
                self._judge(slot, period, float(breached[row, column]), float(clear[row, column]), figures)
            self._keep(slot, whole)

    def _judged(self, slot: _Slot, periods: list[int]) -> list[int]:
        """The periods to judge: those after the last, and the last itself when something it rests on was revised."""
        last = slot.machine.last if slot.machine.last is not None else slot.end
        if last is None:
            return periods
        later = [period for period in periods if period > last]
        revised = any(last - self.rule.history <= period <= last for period in periods)
        return [last, *later] if revised and slot.machine.last is not None and slot.silent_at is not None else later

    def _judge(self, slot: _Slot, period: int, breached: float, clear: float, figures: dict[str, float | None]) -> None:
        again = slot.machine.last == period
        start = slot.before if again else slot.machine
        after = step(start, period, breached, clear, self.rule.dwell)
        slot.value = figures.get(self.rule.value)
        slot.quantities = figures
        event = self.rule.grid.start(period).isoformat()
        cause: Cause = "revision" if again and self.cause == "observation" else self.cause
        self._switch(slot, after.state, event, cause)
        slot.before, slot.machine = start, after
        if not again:
            heard = self.heard.get(slot.subject, self.entry.time)
            slot.known, slot.silent_at = stamp(heard), stamp(self.rule.max_gap.after(heard))
        self.tracks[slot.subject, period] = {
            "rule": self.rule.id,
            "subject": slot.subject,
            "event": event,
            "entry": self.entry.index,
            "state": after.state,
            "breached": None if math.isnan(breached) else int(breached),
            "value": slot.value,
            "quantities": figures,
        }

    def _fall_silent(self, slot: _Slot) -> None:
        """Silence falls at the end of the allowed wait, even if the clock was not looked at just then."""
        if slot.silent_at is None or slot.silent_at > self.now:
            return
        fallen = instant(slot.silent_at).date().isoformat()
        slot.silent_at = None
        self._switch(slot, "unknown", fallen, "silence")
        slot.machine = slot.before = silenced(slot.machine)

    def _switch(self, slot: _Slot, to_state: str, at: str, cause: Cause) -> None:
        if slot.machine.state == to_state:
            slot.since = slot.since or at
            return
        slot.since = at
        self.switches.append(
            {
                "rule": self.rule.id,
                "subject": slot.subject,
                "entry": self.entry.index,
                "at": at,
                "cause": cause,
                "rule_version": self.rule.version,
                "from_state": slot.machine.state,
                "to_state": to_state,
                "known": self.now[:10],
                "value": slot.value,
                "quantities": dict(slot.quantities),
                "counterfactual": int(not self.rule.in_force(date.fromisoformat(at))),
                "filed": None,
            }
        )

    # --- windows -------------------------------------------------------------------------------------------------

    def _merged(self, slots: Sequence[_Slot], fresh: Frame) -> Frame:
        """Windows and new values on one grid; where both speak of a cell, the new value counts."""
        starts = [slot.window.start for slot in slots if slot.window.subjects]
        whole_known = [slot for slot in slots if slot.window.subjects]
        start = min(starts) if len(whole_known) == len(slots) and starts else min([*starts, fresh.start])
        ends = [slot.end for slot in whole_known if slot.end is not None]
        stop = max([*ends, fresh.start + len(fresh) - 1]) + 1
        subjects = tuple(sorted({*fresh.subjects, *(name for slot in slots for name in slot.window.subjects)}))
        start = max(start, earliest(stop, len(subjects), len(self.rule.series)))
        place = {name: at for at, name in enumerate(subjects)}
        values = {name: np.full((max(stop - start, 0), len(subjects)), np.nan) for name in sorted(self.rule.series)}
        for part in (*(slot.window for slot in whole_known), fresh):
            _lay(values, part, start, [place[name] for name in part.subjects])
        return Frame(start, subjects, values)

    def _keep(self, slot: _Slot, whole: Frame) -> None:
        """Cut out of the merged frame the window that later judgements will look back on."""
        end = slot.machine.last if slot.machine.last is not None else slot.end
        if end is None:
            return
        first = max(whole.start, end - self.rule.history)
        rows = slice(first - whole.start, end - whole.start + 1)
        at = 0 if self.rule.by == "all" else whole.subjects.index(slot.subject)
        columns = slice(None) if self.rule.by == "all" else slice(at, at + 1)
        subjects = whole.subjects[columns]
        slot.end = end
        slot.window = Frame(first, subjects, {name: array[rows, columns] for name, array in whole.values.items()})

    # --- results -------------------------------------------------------------------------------------------------

    def _done(self, slots: Iterable[_Slot]) -> list[Act]:
        self.tables.put_many(STATE, [self._row(slot) for slot in slots if slot.end is not None])
        self.tables.put_many(TRACK, list(self.tracks.values()))
        if self.switches:
            self.tables.put_many(SWITCH, self.switches)
        return [self._act(row) for row in self.switches]

    def _row(self, slot: _Slot) -> Row:
        end = slot.machine.last if slot.machine.last is not None else slot.end
        assert end is not None
        return {
            "rule": self.rule.id,
            "subject": slot.subject,
            "version": self.rule.version,
            "adopted": self.held.adopted,
            "state": slot.machine.state,
            "since": slot.since,
            "event": self.rule.grid.start(end).isoformat(),
            "known": slot.known,
            "silent_at": slot.silent_at,
            "value": slot.value,
            "quantities": slot.quantities,
            "memory": {
                "machine": slot.machine.as_json(),
                "before": slot.before.as_json(),
                "end": end,
                "rows": len(slot.window),
                "subjects": list(slot.window.subjects),
                "values": {name: _cells(array) for name, array in slot.window.values.items()},
            },
        }

    def _act(self, row: Row) -> Act:
        taken = ("rule", "rule_version", "subject", "from_state", "to_state", "at", "cause", "value", "quantities")
        body = {**{name: row[name] for name in taken}, "counterfactual": bool(row["counterfactual"])}
        named = f"{row['rule']}@{row['rule_version']}/{row['subject']}/{row['entry']}/{row['at']}/{row['cause']}"
        key = f"threshold/{named}" if len(named) <= 200 else f"threshold/{digest(named.encode())}"
        return Act(THRESHOLD_SWITCHED.id, body, key, subject=row["subject"], causes=(self.entry.index,))


def evaluate_heard(rule: ThresholdRule, fresh: Frame, whole: Frame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where `fresh` has a value, on the grid of `whole`: [periods, subjects of the rule]."""
    marks = {name: np.full_like(array, np.nan) for name, array in whole.values.items()}
    place = {name: at for at, name in enumerate(whole.subjects)}
    _lay(marks, fresh, whole.start, [place[name] for name in fresh.subjects])
    heard = np.zeros((len(whole), len(whole.subjects)), dtype=np.bool_)
    for array in marks.values():
        heard |= ~np.isnan(array)
    return heard.any(axis=1).reshape(-1, 1) if rule.by == "all" else heard


def _lay(values: Mapping[str, Floats], part: Frame, start: int, columns: Sequence[int]) -> None:
    """Write a frame's known cells into arrays that begin at `start`; periods before `start` are too old to matter."""
    skip = max(start - part.start, 0)
    for name, array in part.values.items():
        known = array[skip:]
        if name not in values or not len(known):
            continue
        top = part.start + skip - start
        target = values[name][top : top + len(known), columns]
        values[name][top : top + len(known), columns] = np.where(np.isnan(known), target, known)


def _number(value: Any) -> float | None:
    return None if math.isnan(value) else float(f"{value:.12g}")


def _cells(array: Floats) -> list[float | None]:
    """An array as JSON, row by row; what is not known is null."""
    known: Sequence[float] = array.ravel().tolist()
    return [None if math.isnan(cell) else cell for cell in known]


def _array(cells: list[float | None]) -> Floats:
    return np.array([math.nan if cell is None else cell for cell in cells], dtype=np.float64)
