"""Moving a clock: decisions that stop it, let it go on or extend it, and duties that recur. Pure functions.

A decision counts from the instant that it gives (never later than its entry), decisions in the order of those instants
and, within one, of their entries. A stop moves the end on by as long as the clock stood: in a period of minutes or
hours to the second, in working days by the working days that passed, else by days from the day as it was counted, and
only then on to a working day where the calendar rolls. An extension runs from the end as it then is. So neither ever
brings the end forward.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from commonweal.kernel.values import Period, Text, add_months, stamp
from commonweal.kernel.values.periods import N_MAX, UNITS

from .calendars import EXACT, Calendar, Due, Step, day_end, due_after, next_working_days, rolled
from .clauses import Allowance
from .laws import Law, Rule

Kind = Literal["stop", "resume", "extend"]
ROUNDS_KEPT = 50
_NONE = Text(en="-", zh="-")


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about a clock: who decided (a role), when, for which of the law's reasons, on what basis."""

    entry: int
    kind: Kind
    on: datetime
    reason: str = ""
    by: str = ""
    basis: str = ""
    period: Period | None = None


@dataclass(frozen=True)
class Clocked:
    """A clock after its decisions: its end (None while it stands), since when it stands and by when it goes on.

    `refused` has the decisions that do not count, with what would have been right.
    """

    due: Due | None
    steps: tuple[Step, ...] = ()
    stopped_on: datetime | None = None
    goes_on: datetime | None = None
    refused: tuple[tuple[Decision, str], ...] = ()
    stops: int = 0
    extensions: int = 0


@dataclass(frozen=True)
class _Moving:
    """A clock on its way: its end so far; `stopped` by which decision, until when.

    `stops` and `extensions` are those so far, by their reasons; `granted` has the lengths of the extensions, `stood`
    for how many days it stood.
    """

    due: Due
    stopped: Decision | None = None
    limit: datetime | None = None
    stops: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    granted: tuple[Period, ...] = ()
    stood: int = 0


def clocked(
    base: Due,
    start: datetime,
    decisions: Sequence[Decision],
    *,
    words: tuple[Law, Rule],
    calendar: Calendar,
    now: datetime,
) -> Clocked:
    """The end of a clock that began at `start` and would end at `base`, after the decisions up to `now`."""
    clock = _Clockwork(*words, calendar, start)
    at = _Moving(base)
    refused: list[tuple[Decision, str]] = []
    for decision in sorted(decisions, key=lambda one: (one.on, one.entry)):
        at = clock.gone_on(at, decision.on)
        if wrong := clock.objection(at, decision):
            refused.append((decision, wrong))
        else:
            at = clock.moved(at, decision)
    at = clock.gone_on(at, now)
    stopped = at.stopped.on if at.stopped is not None else None
    return Clocked(
        None if at.stopped is not None else at.due,
        at.due.steps if at.stopped is None else _open(at.due.steps),
        stopped,
        at.limit if at.stopped is not None else None,
        tuple(refused),
        len(at.stops),
        len(at.extensions),
    )


def objection(
    base: Due,
    start: datetime,
    before: Sequence[Decision],
    new: Decision,
    *,
    words: tuple[Law, Rule],
    calendar: Calendar,
) -> str:
    """Why a decision would not count after those before it, as what would be right instead; "" where it counts."""
    found = clocked(base, start, [*before, new], words=words, calendar=calendar, now=new.on)
    return next((wrong for decision, wrong in found.refused if decision is new), "")


class _Clockwork:
    """Judges and applies decisions under one rule."""

    def __init__(self, law: Law, rule: Rule, calendar: Calendar, start: datetime) -> None:
        self._zone, self._rule, self._calendar, self._start = law.time_zone, rule, calendar, start

    def gone_on(self, at: _Moving, now: datetime) -> _Moving:
        """A stop that has lasted as long as it may ends by itself."""
        if at.stopped is None or at.limit is None or now < at.limit:
            return at
        return self._resumed(at, at.limit, {"code": "resumed_itself", "day": self._day(at.limit).isoformat()})

    def objection(self, at: _Moving, decision: Decision) -> str:
        """What would be right instead of a decision; "" where it counts."""
        rule = self._rule
        allowed = rule.extendable if decision.kind == "extend" else rule.stoppable
        if allowed is None:
            what = "extended" if decision.kind == "extend" else "stopped"
            return f"a rule whose clock may be {what}: {rule.id} ({rule.citation}) does not say so"
        if decision.by not in allowed.by:
            return f"a decision by {' or '.join(allowed.by)} ({allowed.citation})"
        if decision.kind == "resume":
            return "" if at.stopped is not None else "a clock that stands: this one runs"
        if decision.reason not in allowed.reasons:
            return f"one of the reasons that the law allows: {', '.join(allowed.reasons)} ({allowed.citation})"
        if decision.on < self._start:
            return f"an instant not before the clock began: {stamp(self._start)}"
        if at.stopped is None and decision.on >= at.due.at:
            return f"an instant before the clock ran out: {stamp(at.due.at)}"
        if decision.kind == "stop":
            return self._no_stop(at, decision, allowed)
        return self._no_extension(at, decision, allowed)

    def _no_stop(self, at: _Moving, decision: Decision, allowed: Allowance) -> str:
        if at.stopped is not None:
            return f"a clock that runs: this one stands since {stamp(at.stopped.on)}"
        return _too_often(at.stops, decision.reason, allowed, "stops")

    def _no_extension(self, at: _Moving, decision: Decision, allowed: Allowance) -> str:
        if decision.period is None:
            return "an extension with its period, e.g. '10 days'"
        if wrong := _too_often(at.extensions, decision.reason, allowed, "extensions"):
            return wrong
        granted = (*at.granted, decision.period)
        of = self._rule.period
        if allowed.whole and of is not None and decision.period.unit != of.unit:
            return f"an extension in {of.unit}: it is one period with the {of} of the rule ({allowed.citation})"
        if allowed.max is not None and self._beyond(at.due, granted, allowed.max):
            return f"extensions of {allowed.max} together at most ({allowed.citation})"
        return ""

    def moved(self, at: _Moving, decision: Decision) -> _Moving:
        """The clock after a decision that counts."""
        day = self._day(decision.on).isoformat()
        if decision.kind == "resume":
            return self._resumed(at, decision.on, {"code": "resumed", "day": day})
        if decision.kind == "stop":
            step = {**self._said("stopped", decision, self._rule.stoppable), "day": day}
            longest = self._rule.stoppable.max if self._rule.stoppable else None
            limit = due_after(self._calendar, self._zone, decision.on, longest).at if longest is not None else None
            return replace(
                at, due=_with(at.due, step), stopped=decision, limit=limit, stops=(*at.stops, decision.reason)
            )
        assert decision.period is not None
        due = self._as_one(at, decision.period) if self._is_whole() else self._later(at.due, decision.period)
        length = {"n": decision.period.n, "unit": decision.period.unit, "to": due.last_day.isoformat()}
        step = {**self._said("extended", decision, self._rule.extendable), **length}
        return replace(
            at,
            due=_with(due, step),
            extensions=(*at.extensions, decision.reason),
            granted=(*at.granted, decision.period),
        )

    def _said(self, code: str, decision: Decision, allowed: Allowance | None) -> Step:
        reason = allowed.reasons.get(decision.reason, _NONE) if allowed is not None else _NONE
        return {"code": code, "reason": dict(reason), "basis": decision.basis, "by": decision.by}

    def _resumed(self, at: _Moving, on: datetime, step: Step) -> _Moving:
        assert at.stopped is not None
        due = self._shifted(at.due, at.stopped.on, on)
        stood = at.stood + max(0, (self._day(on) - self._day(at.stopped.on)).days)
        due = _with(due, {**step, "to": due.last_day.isoformat()})
        return replace(at, due=due, stopped=None, limit=None, stood=stood)

    def _shifted(self, due: Due, since: datetime, until: datetime) -> Due:
        """An end moved on by as long as the clock stood."""
        unit = self._rule.period.unit if self._rule.period is not None else "days"
        if unit in EXACT:
            return self._at(due, due.at + (until - since))
        first, last = self._day(since), self._day(until)
        if last <= first:
            return due
        if unit == "working_days":
            span = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
            passed = sum(1 for day in span if not self._calendar.closed(day))
            return self._ending(due, next_working_days(self._calendar, due.last_day, passed))
        counted = (due.counted or due.last_day) + (last - first)
        # The end so far holds the working days that the period must (Art. 3(5)), so any end not before it does too.
        last = max(rolled(self._calendar, counted, []), due.last_day)
        return replace(self._ending(due, last), counted=counted)

    def _later(self, due: Due, length: Period) -> Due:
        """An end moved on by a period that runs from it."""
        if length.unit in EXACT:
            return self._at(due, due.at + timedelta(**{length.unit: length.n}))
        found = due_after(self._calendar, self._zone, due.at - timedelta(seconds=1), length)
        if found.last_day <= due.last_day:
            return due
        return replace(self._ending(due, found.last_day), counted=found.counted)

    def _is_whole(self) -> bool:
        return self._rule.extendable is not None and self._rule.extendable.whole and self._rule.period is not None

    def _as_one(self, at: _Moving, length: Period) -> Due:
        """The end of the period and all its extensions as one period from the start, moved on by what the clock stood.

        So a first end that had moved on from a weekend, or fell on the last day of a short month, moves no later one.
        """
        of = self._rule.period
        assert of is not None
        total = replace(of, n=of.n + length.n + sum(one.n for one in at.granted))
        found = due_after(self._calendar, self._zone, self._start, total)
        counted = (found.counted or found.last_day) + timedelta(days=at.stood)
        last = max(rolled(self._calendar, counted, []), at.due.last_day)
        return replace(self._ending(at.due, last), counted=counted)

    def _beyond(self, due: Due, granted: Sequence[Period], most: Period) -> bool:
        """Whether extensions are together longer than they may be: as they were granted, not as last days move on.

        In one unit their numbers are added up; lengths in several units are laid end to end from the last day.
        """
        return self._length(due.last_day, granted) > self._length(due.last_day, (most,))

    def _length(self, day: date, periods: Sequence[Period]) -> datetime:
        """The end of periods laid end to end from a day, the longest units first, moved on to no working day."""
        sums = {unit: sum(one.n for one in periods if one.unit == unit) for unit in UNITS}
        day = add_months(day, 12 * sums["years"] + sums["months"]) + timedelta(days=7 * sums["weeks"] + sums["days"])
        day = next_working_days(self._calendar, day, sums["working_days"])
        return datetime.combine(day, time.min) + timedelta(hours=sums["hours"], minutes=sums["minutes"])

    def _at(self, due: Due, at: datetime) -> Due:
        last = (at - timedelta(microseconds=1)).astimezone(ZoneInfo(self._zone)).date()
        return Due(at, last, (*_open(due.steps), {"code": "ends_hour", "at": stamp(at)}))

    def _ending(self, due: Due, last: date) -> Due:
        if last == due.last_day:
            return due
        return day_end(last, self._zone, list(_open(due.steps)))

    def _day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self._zone)).date()


def _too_often(before: Sequence[str], reason: str, allowed: Allowance, what: str) -> str:
    """What would be right where there have been as many as are allowed, for any reason or for this one; else ""."""
    if allowed.times and len(before) >= allowed.times:
        return f"at most {allowed.times} {what} ({allowed.citation})"
    if reason in allowed.each and before.count(reason) >= allowed.each[reason]:
        return f"at most {allowed.each[reason]} {what} for the reason {reason} ({allowed.citation})"
    return ""


def _open(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps of a clock without the one that says when it ends."""
    return tuple(steps[:-1]) if steps and str(steps[-1]["code"]).startswith("ends") else tuple(steps)


def _with(due: Due, step: Step) -> Due:
    """An end with one more reason, before the sentence that says when it is."""
    kept = _open(due.steps)
    return replace(due, steps=(*kept, step, *due.steps[len(kept) :]))


# ── duties that recur ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Rounds:
    """A duty that recurs: the rounds that were answered (the last 50 in `kept`), and the one that is open.

    `stated` of those answered in time are so by a day that the debtor states of what was received later. `missed` are
    the periods that went by with nothing, beyond the one that was answered late or is open. `last` is the last answer,
    also one that is no round of its own. `due` is the end of the round that is open; None once it is `over`, with
    nothing left unanswered.
    """

    met: int
    late: int
    stated: int
    missed: int
    kept: tuple[dict[str, Any], ...]
    last: tuple[datetime, datetime] | None
    due: Due | None
    over: bool


@dataclass
class _Round:
    """One round that was answered: by when it was due, when it was done and first received, what went by before."""

    due: Due
    on: datetime
    received: datetime
    missed: int = 0

    @property
    def late(self) -> bool:
        return self.on >= self.due.at

    @property
    def stated(self) -> bool:
        return self.on < self.due.at <= self.received

    def told(self, n: int) -> dict[str, Any]:
        own = stamp(self.received) if self.on < self.received else None
        return {
            "n": n,
            "due": stamp(self.due.at),
            "last_day": self.due.last_day.isoformat(),
            "met_on": stamp(self.on),
            "received_on": own,
            "late": self.late,
            "stated": self.stated,
            "missed": self.missed,
        }


def rounds(
    start: datetime,
    every: Period,
    answers: Sequence[tuple[datetime, datetime]],
    over: datetime | None,
    *,
    zone: str,
    calendar: Calendar,
) -> Rounds:
    """The rounds of a duty that recurs every so often from `start`, then from the last answer, until it is `over`.

    An answer is the instant at which it counts and the one at which it was received; those that count at the same
    instant are one answer, received with the first. Each moves the next end, but a period in which several came is
    answered once: periods run from `start`, and anew from an answer that is late. The round that is open when it is
    over is asked for only if its end had passed by then.
    """
    received: dict[datetime, datetime] = {}
    for on, filed in answers:
        received[on] = min(filed, received.get(on, filed))

    def ended(due: Due, until: datetime) -> int:
        return periods_ended(due.at, every, until, zone=zone, calendar=calendar)

    found: list[_Round] = []
    last = None
    first = due = due_after(calendar, zone, start, every)  # `first`: the end of the first period since the last break
    closes = start  # the end of the period that was answered last
    for on in sorted(on for on in received if on >= start and (over is None or on < over)):
        if on < closes:
            found[-1].received = min(found[-1].received, received[on])
        elif on < due.at:
            found.append(_Round(due, on, received[on]))
            closes = _period_end(first.at, every, ended(first, on), zone, calendar)
        else:
            found.append(_Round(due, on, received[on], ended(due, on) - 1))
            first, closes = due_after(calendar, zone, on, every), on
        last, due = on, due_after(calendar, zone, on, every)
    done = over is not None and over <= due.at
    missed = 0
    if over is not None and not done:  # the last round ran out before the end: filed since, it is answered
        missed = ended(due, over - timedelta(microseconds=1)) - 1
        answered = min((on for on in received if on >= over), default=None)
        if answered is not None:
            found.append(_Round(due, answered, received[answered], missed))
            missed, last, done = 0, answered, True
    kept = [one.told(n) for n, one in enumerate(found, 1)][-ROUNDS_KEPT:]
    return Rounds(
        len(found),
        sum(one.late for one in found),
        sum(one.stated for one in found),
        missed + sum(one.missed for one in found),
        tuple(kept),
        (last, received[last]) if last is not None else None,
        None if done else due,
        done,
    )


def periods_ended(due: datetime, every: Period, until: datetime, *, zone: str, calendar: Calendar) -> int:
    """How many periods have ended by an instant, of which the first ends at `due` and each lasts `every`."""
    if until < due:
        return 0
    most = int((until - due) / _SHORTEST[every.unit]) // every.n + 2
    return 1 + bisect.bisect_right(range(1, most), until, key=lambda n: _period_end(due, every, n, zone, calendar))


def _period_end(due: datetime, every: Period, n: int, zone: str, calendar: Calendar) -> datetime:
    """The end of the n-th period after the one that ends at `due`."""
    if every.unit in EXACT:
        return due + n * timedelta(**{every.unit: every.n})
    while n > 0:  # a period is only so long
        some = min(n, N_MAX[every.unit] // every.n)
        due = due_after(calendar, zone, due - timedelta(seconds=1), replace(every, n=some * every.n)).at
        n -= some
    return due


_SHORTEST = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(hours=20),
    "working_days": timedelta(hours=20),
    "weeks": timedelta(days=6),
    "months": timedelta(days=27),
    "years": timedelta(days=364),
}
"""No such unit is shorter, wherever clocks change."""
