"""Advances one rule by one entry: what is judged, in which order, what is set aside, and which switches that makes.

A period newer than the last is judged in event order. One that came late is judged where it belongs if the rule's
`lateness` reaches back so far: everything from there on is judged again, from the machine as it stood before, and the
answer is the one that the right order would have given. What comes later than that is set aside and counted. A switch
on the record stays; where judging again ends in another state, that is a switch of its own, caused by a revision.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np

from commonweal.kernel.expressions import Frame
from commonweal.kernel.indicators import (
    Observation,
    event_of,
    event_text,
    latest_events,
    least_event,
    newest,
    order_of,
)
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Row, Tables
from commonweal.kernel.values import digest, instant, stamp

from ._adopt import Held, alike, carried, carried_levels, replaced
from ._backtest import evaluate
from ._kinds import LATE, LATE_IN, STATE, SWITCH, THRESHOLD_SWITCHED, TRACK, Cause
from ._levels import climbed, rungs, standing
from ._machine import Machine, State, silenced, step, stood
from ._rules import ThresholdRule
from ._slots import Slot, Step, Told, from_period, laid_out, placed, read_from

SLOTS_READ = 400
KEY_CHARS_MAX = 200
PLAYBOOKS = "playbook."
Name = tuple[str, str]
"""A series and a subject."""


class Figures(NamedTuple):
    """What one period of one subject is judged on."""

    breached: float
    clear: float
    quantities: dict[str, float | None]
    on: tuple[float, ...]
    off: tuple[float, ...]
    at: tuple[float, ...]
    value: float


class Judge:
    """Advances one rule by one entry."""

    def __init__(self, held: Held, entry: Entry, tables: Tables, cause: Cause) -> None:
        self.held, self.rule, self.entry, self.tables, self.cause = held, held.rule, entry, tables, cause
        self.switches: list[Row] = []
        self.tracks: dict[tuple[str, int], Row] = {}
        self.late: dict[str, tuple[int, int, int]] = {}
        self.now = stamp(entry.time)
        self.heard: dict[str, datetime] = {}
        self.back = self.rule.history if self.rule.lateness is None else self.rule.lateness

    # --- the three occasions -------------------------------------------------------------------------------------

    def observed(self, observations: Iterable[Observation]) -> list[Act]:
        """Values became known: advance the subjects they speak of."""
        told: dict[str, list[Told]] = defaultdict(list)
        places: dict[tuple[str, str], tuple[str, str, str] | None] = {}
        for row in sorted(observations, key=lambda row: order_of(row.event)):
            name = (row.series, row.subject)
            if name not in places:
                places[name] = placed(self.rule, *name)
            place = places[name]
            if place is not None:
                period = self.rule.grid.period(row.event)
                told[place[0]].append(Told(*place, period, row.event, (row.value, row.low, row.high)))
        slots = self._slots(sorted(told))
        for slot in slots:
            self._fall_silent(slot)
            told[slot.about] = self._in_time(slot, told[slot.about])
        latest = self._latest(slots, told, {place[1:]: name for name, place in places.items() if place})
        self._advance(slots, {slot.about: self._taken(slot, told[slot.about], latest) for slot in slots})
        return self._done(slots)

    def silent(self, row: Row) -> list[Act]:
        """The clock passed the end of a subject's allowed silence."""
        slot = Slot.of(row)
        self._fall_silent(slot)
        return self._done([slot])

    def recorded(self, row: Row, body: Mapping[str, Any]) -> None:
        """A switch on the record that does not follow here: it stands, as any reaction recorded before.

        An earlier release let silence fall at the very end of the wait, and not only after it; and of several values in
        one period it took the one told last.
        """
        slot, at = Slot.of(row), body["at"]
        if body["cause"] == "silence":
            if slot.silent_at is not None and self._silent_from(slot) == at:
                self._end_of(slot)
                self._done([slot])
        elif slot.machine.state == body["from_state"]:
            slot.machine = stood(slot.machine, body["to_state"], self.rule.grid.period(event_of(at)))
            slot.value, slot.quantities = body["value"], body["quantities"]
            after = body["to_state"], body.get("level", slot.level), body.get("scale", slot.scale)
            self._switch(slot, body["from_state"], after, at, body["cause"])
            self._done([slot])

    def adopted(self) -> list[Act]:
        """A version came into force, or what is known was restated: go on from what is known, in the state it had.

        Where the version before judged by the same words nothing is judged: it is as if nobody had adopted anything.
        """
        rule = self.rule
        earlier = {row["subject"]: Slot.of(row) for row in self.tables.select(STATE, {"rule": rule.id})}
        before = self.held if self.cause == "revision" else replaced(self.held, self.tables)
        if self.cause == "adoption" and before is not None and alike(before, self.held, self.tables):
            slots = [earlier[subject] for subject in sorted(earlier)]
            for slot in slots:
                self._fall_silent(slot)
            return self._done(slots)
        told: dict[str, list[Told]] = defaultdict(list)
        for row in newest(self.tables, read_from(rule)):
            place = placed(rule, row["series"], row["subject"])
            if place is None:
                continue
            event = event_of(row["event"])
            cell = row["value"], row["low"], row["high"]
            told[place[0]].append(Told(*place, rule.grid.period(event), event, cell))
            when = instant(row["known"])
            self.heard[place[0]] = max(self.heard.get(place[0], when), when)
        for subject in sorted(earlier):
            self.tables.delete(STATE, rule.id, subject)
        slots = [self._renewed(earlier.get(subject), before, subject, told[subject]) for subject in sorted(told)]
        self._advance(slots, {slot.about: ([], [] if slot.silent_at is None else [_end(slot)]) for slot in slots})
        return self._done(slots)

    # --- advancing -----------------------------------------------------------------------------------------------

    def _renewed(self, old: Slot | None, before: Held | None, about: str, told: Sequence[Told]) -> Slot:
        """A slot that will judge just the newest period of what is known, in the state it had before.

        One of which nothing was heard for the allowed silence is silent, and will judge nothing.
        """
        slot = self._fresh(about)
        slot.end = max(row.period for row in told)
        for row in told:
            slot.cells.setdefault((row.series, row.subject), {})[row.period] = row.cell
        known = self.heard[about]
        if old is not None:
            was = before.rule if before is not None and before.rule.grid == self.rule.grid else None
            slot.machine = carried(old.machine, slot.end, was)
            levels = carried_levels(old.levels, slot.end, was, self.rule)
            slot.levels = levels or slot.levels
            slot.since, slot.level, slot.scale = old.since, old.level, old.scale
            slot.value, slot.quantities = old.value, old.quantities
            known = max(known, instant(old.known))
        slot.known, slot.silent_at = stamp(known), stamp(self.rule.max_gap.after(known))
        self._fall_silent(slot)
        return slot

    def _fresh(self, about: str) -> Slot:
        return Slot(about, levels=(Machine(),) * len(self.rule.levels), scale=0.0 if self.rule.levels else None)

    def _slots(self, about: Sequence[str]) -> list[Slot]:
        found: dict[str, Slot] = {}
        for at in range(0, len(about), SLOTS_READ):
            part = tuple(about[at : at + SLOTS_READ])
            for row in self.tables.select(STATE, {"rule": self.rule.id, "subject": ("in", part)}):
                found[row["subject"]] = Slot.of(row)
        return [found.get(subject) or self._fresh(subject) for subject in about]

    def _advance(self, slots: Sequence[Slot], judged: Mapping[str, tuple[Sequence[int], Sequence[int]]]) -> None:
        """Judge in event order the periods of each slot: `(again, anew)`."""
        periods = sorted({period for again, later in judged.values() for period in (*again, *later)})
        figures: dict[tuple[str, int], Figures] = {}
        wanted = {(about, period) for about, (again, later) in judged.items() for period in (*again, *later)}
        for part, frame, place in laid_out(self.rule, slots, periods):
            these = set(part)
            figures |= self._figures(frame, [key for key in wanted if key[1] in these], place)
        for slot in slots:
            again, later = judged[slot.about]
            if again:
                self._judge_again(slot, again, figures)
            for period in later:
                self._judge(slot, period, figures[slot.about, period])
            if slot.last is not None:
                slot.end = slot.last
                slot.forget(slot.last - self.rule.history - (self.rule.lateness or 0))

    def _in_time(self, slot: Slot, told: Sequence[Told]) -> list[Told]:
        """What a slot was told but for what comes too late, which is counted."""
        if slot.last is None or slot.machine.last is None:
            return list(told)
        floor, kept = slot.last - self.back, []
        for row in told:
            if row.period >= floor:
                kept.append(row)
                continue
            count, low, high = self.late.get(slot.about, (0, row.period, row.period))
            self.late[slot.about] = count + 1, min(low, row.period), max(high, row.period)
        return kept

    def _latest(
        self, slots: Sequence[Slot], told: Mapping[str, Sequence[Told]], names: Mapping[Name, Name]
    ) -> dict[tuple[str, str, int], str]:
        """By series, subject and period, the latest event known of, where a period has a value and is told another."""
        again = [row for slot in slots for row in told[slot.about] if slot.holds(row)]
        if not again:
            return {}
        on, periods = self.rule.grid, [row.period for row in again]
        pairs = {(row.series, row.subject) for row in again}
        series, subjects = ({names[pair][side] for pair in pairs} for side in (0, 1))
        first, end = least_event(on, min(periods)), least_event(on, max(periods) + 1)
        found = latest_events(self.tables, series, sorted(subjects), first, end)
        return {(*pair, on.period(event_of(at))): at for pair in pairs for at in found.get(names[pair], ())}

    def _taken(
        self, slot: Slot, told: Sequence[Told], latest: Mapping[tuple[str, str, int], str]
    ) -> tuple[list[int], list[int]]:
        """`(again, later)`: the periods to judge again and anew, once the slot has taken what it was told.

        What is about an earlier instant than a value that is known of the same period moves nothing.
        """
        last = slot.last
        fresh: set[int] = set()
        for row in told:
            at = (row.series, row.subject, row.period)
            if at in latest and event_text(row.event) < latest[at]:
                continue
            slot.cells.setdefault((row.series, row.subject), {})[row.period] = row.cell
            fresh.add(row.period)
        if last is None:
            return [], sorted(fresh)
        old = sorted(period for period in fresh if period <= last)
        later = sorted(period for period in fresh if period > last)
        if not old or not slot.trail:
            return [], later
        if self.rule.lateness is not None:
            trail = {each.period for each in slot.trail[from_period(slot.trail, old[0]) :]}
            return sorted(trail | set(old)), later
        return ([last] if slot.silent_at is not None else []), later

    def _figures(
        self, frame: Frame, wanted: Iterable[tuple[str, int]], place: Mapping[int, int]
    ) -> dict[tuple[str, int], Figures]:
        breached, clear, quantities, _ = evaluate(self.rule, frame)
        with np.errstate(all="ignore"):
            climb = rungs(self.rule, frame)
        column = {subject: at for at, subject in enumerate(frame.subjects)}
        found = {}
        for about, period in wanted:
            row, at = place[period], 0 if self.rule.by == "all" else column[about]
            named = {name: _number(array[row, at]) for name, array in quantities.items()}
            steps = climb.cell(row, at) if climb else ((), (), (), math.nan)
            found[about, period] = Figures(float(breached[row, at]), float(clear[row, at]), named, *steps)
        return found

    def _stepped(self, slot: Slot, period: int, found: Figures) -> tuple[str, float | None]:
        """Step the machines of a slot; what level and scale it then stands at."""
        slot.machine = step(slot.machine, period, found.breached, found.clear, self.rule.dwell)
        slot.levels = climbed(self.rule, slot.levels, period, found.on, found.off)
        if slot.machine.state == "unknown":
            return slot.level, slot.scale
        held = [level.base == "firing" for level in slot.levels]
        return standing(self.rule, slot.machine.base == "firing", held, found.value, found.at)

    def _judge(self, slot: Slot, period: int, found: Figures) -> None:
        """Judge a period newer than all before it."""
        self._remember(slot, Step(period, slot.machine, slot.levels, fell=slot.known != "" and slot.silent_at is None))
        before = slot.machine.state
        level, scale = self._stepped(slot, period, found)
        slot.value, slot.quantities = found.quantities.get(self.rule.value), found.quantities
        self._switch(slot, before, (slot.machine.state, level, scale), self._event(period), self.cause)
        heard = self.heard.get(slot.about, self.entry.time)
        if slot.known:
            heard = max(heard, instant(slot.known))  # a clock that ran backwards makes nobody silent sooner
        slot.known, slot.silent_at = stamp(heard), stamp(self.rule.max_gap.after(heard))
        self._track(slot, period, found)

    def _judge_again(self, slot: Slot, periods: Sequence[int], figures: Mapping[tuple[str, int], Figures]) -> None:
        """Judge periods again from the machine before the first of them, up to the newest that was judged."""
        trail = {each.period: each for each in slot.trail}
        shown, stood, on_level = slot.machine.state, slot.machine, (slot.level, slot.scale)
        first = slot.trail[from_period(slot.trail, periods[0])]
        slot.machine, slot.levels = first.machine, first.levels
        del slot.trail[from_period(slot.trail, periods[0]) :]
        slot.level, slot.scale = self._level_before(slot, periods[0])
        since, run = periods[0], (slot.machine.state, slot.level)
        for period in periods:
            was = trail.get(period)
            fell = was is not None and was.fell
            if fell:
                self._silence(slot)
            self._remember(slot, Step(period, slot.machine, slot.levels, fell))
            found = figures[slot.about, period]
            slot.level, slot.scale = level, scale = self._stepped(slot, period, found)
            if (slot.machine.state, level) != run:
                since, run = period, (slot.machine.state, level)
            self._track(slot, period, found)
        slot.value, slot.quantities = found.quantities.get(self.rule.value), found.quantities
        slot.level, slot.scale = on_level
        if slot.silent_at is None:
            self._silence(slot)
            return
        cause: Cause = "revision" if self.cause == "observation" else self.cause
        again = slot.machine
        slot.machine = stood
        self._switch(slot, shown, (again.state, level, scale), self._event(since), cause)
        slot.machine = again

    def _level_before(self, slot: Slot, period: int) -> tuple[str, float | None]:
        """The level and scale on which the last period judged before one stood."""
        fresh = self._fresh(slot.about)
        where = {"rule": self.rule.id, "subject": slot.about, "event": ("<", self._event(period))}
        for row in self.tables.select(TRACK, where, order=("-event",), limit=1) if self.rule.levels else ():
            return row["level"], row["scale"]
        return fresh.level, fresh.scale

    def _remember(self, slot: Slot, taken: Step) -> None:
        slot.trail.append(taken)
        keep = taken.period - (self.rule.lateness or 0)
        del slot.trail[: from_period(slot.trail, keep)]

    def _silence(self, slot: Slot) -> None:
        slot.machine = silenced(slot.machine)
        slot.levels = tuple(silenced(level) for level in slot.levels)

    def _fall_silent(self, slot: Slot) -> None:
        """Silence falls once the allowed wait is over, even if the clock was not looked at just then.

        What is heard at its very end is heard in time, as a hole of just `max_gap` periods is no silence.
        """
        if slot.silent_at is not None and slot.silent_at < self.now:
            self._end_of(slot)

    def _end_of(self, slot: Slot) -> None:
        at, before = self._silent_from(slot), slot.machine.state
        slot.silent_at = None
        self._silence(slot)
        self._switch(slot, before, ("unknown", slot.level, slot.scale), at, "silence")

    def _silent_from(self, slot: Slot) -> str:
        fallen = instant(slot.silent_at or "")
        return event_text(fallen.date() if self.rule.grid.daily else fallen)

    # --- results -------------------------------------------------------------------------------------------------

    def _event(self, period: int) -> str:
        return event_text(self.rule.grid.start(period))

    def _track(self, slot: Slot, period: int, found: Figures) -> None:
        self.tracks[slot.about, period] = {
            "rule": self.rule.id,
            "subject": slot.about,
            "event": self._event(period),
            "entry": self.entry.index,
            "state": slot.machine.state,
            "breached": None if math.isnan(found.breached) else int(found.breached),
            "value": found.quantities.get(self.rule.value),
            "quantities": found.quantities,
            "level": slot.level,
            "scale": slot.scale,
        }

    def _switch(self, slot: Slot, before: State, after: tuple[State, str, float | None], at: str, cause: Cause) -> None:
        """Note the state, level and scale a slot has come to; a switch where the state or the level is another."""
        state, level, scale = after
        same = before == state and slot.level == level
        slot.level, slot.scale = level, scale
        if same:
            slot.since = slot.since or at
            return
        slot.since = at
        self.switches.append(
            {
                "rule": self.rule.id,
                "subject": slot.about,
                "entry": self.entry.index,
                "at": at,
                "cause": cause,
                "rule_version": self.rule.version,
                "from_state": before,
                "to_state": state,
                "known": self.now[:10],
                "value": slot.value,
                "quantities": dict(slot.quantities),
                "counterfactual": int(not self.rule.in_force(date.fromisoformat(at[:10]))),
                "level": level,
                "scale": scale,
                "latched": int(slot.latched),
                "filed": None,
            }
        )

    def _done(self, slots: Iterable[Slot]) -> list[Act]:
        self.tables.put_many(STATE, [self._row(slot) for slot in slots if slot.end is not None])
        self.tables.put_many(TRACK, list(self.tracks.values()))
        for about, counted in sorted(self.late.items()):
            self._set_aside(about, *counted)
        if self.late:
            self._set_aside_in_all()
        if self.switches:
            self.tables.put_many(SWITCH, self.switches)
        return [switch_act(self.rule, row) for row in self.switches]

    def _set_aside(self, about: str, count: int, low: int, high: int) -> None:
        """Count what came too late, one row a subject however much it was."""
        held = self.tables.get(LATE, self.rule.id, about)
        first, last = self._event(low), self._event(high)
        row = {
            "rule": self.rule.id,
            "subject": about,
            "count": count + (held["count"] if held else 0),
            "first": min(first, held["first"]) if held else first,
            "last": max(last, held["last"]) if held else last,
            "entry": self.entry.index,
        }
        self.tables.put(LATE, row)

    def _set_aside_in_all(self) -> None:
        """Count what of this entry came too late, so that whoever filed it can be told."""
        counts, lows, highs = zip(*self.late.values(), strict=True)
        self.tables.put(
            LATE_IN,
            {
                "rule": self.rule.id,
                "entry": self.entry.index,
                "subjects": len(self.late),
                "count": sum(counts),
                "first": self._event(min(lows)),
                "last": self._event(max(highs)),
            },
        )

    def _row(self, slot: Slot) -> Row:
        assert slot.end is not None
        return {
            "rule": self.rule.id,
            "subject": slot.about,
            "version": self.rule.version,
            "adopted": self.held.adopted,
            "state": slot.machine.state,
            "since": slot.since,
            "event": self._event(slot.end),
            "known": slot.known,
            "silent_at": slot.silent_at,
            "value": slot.value,
            "quantities": slot.quantities,
            "level": slot.level,
            "scale": slot.scale,
            "latched": int(slot.latched),
            "memory": slot.memory(),
        }


def _runs(rule: ThresholdRule, row: Row) -> str:
    """The playbook that a switch sets going ("" for none): for beginning to fire, or for falling silent."""
    if row["counterfactual"] or row["from_state"] == row["to_state"]:
        return ""
    name = rule.plan.playbook if row["to_state"] == "firing" else rule.plan.silence if row["cause"] == "silence" else ""
    return name and PLAYBOOKS + name.removeprefix(PLAYBOOKS)


def switch_act(rule: ThresholdRule, row: Row) -> Act:
    """The act that files a switch."""
    taken = ("rule", "rule_version", "subject", "from_state", "to_state", "at", "cause", "value", "quantities")
    body: dict[str, Any] = {name: row[name] for name in taken}
    body["counterfactual"] = bool(row["counterfactual"])
    if row["level"] or row["scale"] is not None:
        body |= {"level": row["level"], "scale": row["scale"]}
    if row["latched"]:
        body["latched"] = True
    if runs := _runs(rule, row):
        body["runs"] = runs
        if "{" in row["subject"]:
            body["runs_for"] = row["subject"]
    named = f"{row['rule']}@{row['rule_version']}/{row['subject']}/{row['entry']}/{row['at']}/{row['cause']}"
    key = f"threshold/{named}" if len(named) <= KEY_CHARS_MAX else f"threshold/{digest(named.encode())}"
    return Act(THRESHOLD_SWITCHED.id, body, key, subject=row["subject"].partition("{")[0], causes=(row["entry"],))


def _end(slot: Slot) -> int:
    assert slot.end is not None
    return slot.end


def _number(value: Any) -> float | None:
    return float(f"{value:.12g}") if math.isfinite(value) else None
