"""The state of one rule about one subject: dwell, hysteresis, and silence that is a state of its own.

```
              breached                 breached for `for`
   ok ───────────────────▶ pending ───────────────────────▶ firing
   ▲                          │ not breached                   │ clear for `keep_firing_for`,
   └──────────────────────────┴────────────────────────────────┘ and on for `fire_at_least`

   any ── nothing known, or silence longer than `max_gap` ──▶ unknown ── known again ──▶ as the figures say
```

Only an observation moves a rule towards firing; silence never does. A rule that was firing when silence fell stays
*latched* behind `unknown`: it comes back as firing unless the figures say clear.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from commonweal.methods.dwelling import Spans

State = Literal["unknown", "ok", "pending", "firing"]
STATES: tuple[State, ...] = ("unknown", "ok", "pending", "firing")
OnMissing = Literal["unknown", "breach", "ok", "hold"]


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long things must last, in periods of the rule's grid; `gap` is the longest hole that is not silence."""

    before_firing: int
    keep_firing: int
    fire_at_least: int
    rest_at_least: int
    gap: int
    on_missing: OnMissing

    @property
    def spans(self) -> Spans:
        """The same as numbers alone, for machines in columns."""
        spans = (self.before_firing, self.keep_firing, self.fire_at_least, self.rest_at_least, self.gap)
        return Spans(*spans, get_args(OnMissing).index(self.on_missing))


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything that a later step depends on. Numbers are periods; `state` is what is shown."""

    state: State = "unknown"
    base: State = "ok"
    pending: int | None = None
    clearing: int | None = None
    fired: int | None = None
    ended: int | None = None
    last: int | None = None

    def as_json(self) -> list[str | int | None]:
        return [self.state, self.base, self.pending, self.clearing, self.fired, self.ended, self.last]


def machine(data: Sequence[Any]) -> Machine:
    """A machine from its JSON form."""
    return Machine(*data)


def silenced(m: Machine) -> Machine:
    """Silence: what is shown becomes unknown, waiting to fire is forgotten, having fired is not."""
    return replace(m, state="unknown", base="firing" if m.base == "firing" else "ok", pending=None, clearing=None)


def stood(m: Machine, state: State, period: int) -> Machine:
    """The machine once it is said to be in a state since a period: what led there does not matter any more."""
    if state == "unknown":
        return silenced(m)
    begun = {"pending": period if state == "pending" else None, "fired": period if state == "firing" else None}
    ended = period if state == "ok" and m.base == "firing" else m.ended
    return replace(m, state=state, base=state, clearing=None, ended=ended, **begun)


def step(m: Machine, period: int, breached: float, clear: float, dwell: Dwell) -> Machine:
    """The machine after an observation in `period` (later than its last).

    `breached` and `clear` are 1.0, 0.0 or NaN (not known); a clear condition that is not known does not clear.
    """
    if m.last is not None and period - m.last > dwell.gap:
        m = silenced(m)
    if math.isnan(breached):
        if dwell.on_missing == "hold":
            return _held(m, period)
        if dwell.on_missing == "unknown":
            return replace(silenced(m), last=period)
        breached, clear = (1.0, 0.0) if dwell.on_missing == "breach" else (0.0, 1.0)
    moved = _firing(m, period, breached, clear, dwell) if m.base == "firing" else _idle(m, period, breached, dwell)
    return replace(moved, state=moved.base, last=period)


def _held(m: Machine, period: int) -> Machine:
    """Time spent not knowing counts towards no dwell: whatever began, began that much later."""
    waited = period - m.last if m.last is not None else 0
    pending, clearing, fired, ended = (
        None if began is None else began + waited for began in (m.pending, m.clearing, m.fired, m.ended)
    )
    return replace(m, pending=pending, clearing=clearing, fired=fired, ended=ended, last=period)


def _firing(m: Machine, period: int, breached: float, clear: float, dwell: Dwell) -> Machine:
    if breached == 1.0 or clear != 1.0:
        return replace(m, clearing=None)
    clearing = period if m.clearing is None else m.clearing
    fired = period if m.fired is None else m.fired
    if period - clearing >= dwell.keep_firing and period - fired >= dwell.fire_at_least:
        return replace(m, base="ok", clearing=None, fired=None, ended=period)
    return replace(m, clearing=clearing)


def _idle(m: Machine, period: int, breached: float, dwell: Dwell) -> Machine:
    if breached != 1.0:
        return replace(m, base="ok", pending=None)
    pending = period if m.pending is None else m.pending
    rested = m.ended is None or period - m.ended >= dwell.rest_at_least
    if period - pending >= dwell.before_firing and rested:
        return replace(m, base="firing", pending=None, clearing=None, fired=period)
    return replace(m, base="pending", pending=pending)
