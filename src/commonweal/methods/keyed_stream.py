"""One rule over a stream of events of many keys, one event after the other: the scalar form.

This file is read twice. Imported, it is plain Python that works on lists or arrays. Its text is also the frame into
which a rule's own `judge` is set, and the whole is then compiled by numba; so what is here uses numbers, flat arrays
and loops only. `keyed_columns` is the same in NumPy, and all three come to the same edges and the same memory.

Of each key it keeps whole numbers in `memory`: the machine of `dwelling`, up to which period everything is closed, and
for a ring of the newest periods and each series the place of the event that brought its value (the highest counts, and
of one place what is told last); behind them, for a rule with levels, the level and the share it stands at and a machine
a level. The values themselves are in `values`, NaN where none came. A period is judged once, when an event lies more
than the lateness after it; an event for a period that is closed is set aside. So edges do not depend on how the stream
was cut, nor on the order in which events within the lateness came.

`law` holds, in this order: before_firing, keep_firing, fire_at_least, rest_at_least, gap, what missing means, lateness,
ring size - 1, number of series, how many numbers the levels take; from `LADDER` on, before_firing and keep_firing
of each level.
"""

# ruff: noqa: PLR0912, PLR0917, PLR0124 - one loop over numbers and flat arrays: the form that compiles to fast code

from __future__ import annotations

from typing import Any

NEVER = -(2**62)
UNKNOWN, OK, PENDING, FIRING = 0, 1, 2, 3
STATE, BASE, PENDING_SINCE, CLEAR_SINCE, FIRED, ENDED, LAST, CLOSED = 0, 1, 2, 3, 4, 5, 6, 7
HEAD = 8
OBSERVATION, SILENCE = 0, 1
EDGE = 7
LADDER = 10
NO_LEVEL, OWN_SHARE = -1, -1
MILLION = 1000000.0
WHOLE_FROM = 4503599627370496.0
HEARTBEAT = -1


def nearest(x: float, scale: float) -> float:
    """`x` rounded to a multiple of 1/scale, half to even, by the very steps that NumPy takes."""
    y = x * scale
    if 0.0 <= y < WHOLE_FROM:
        y = (y + WHOLE_FROM) - WHOLE_FROM
    elif -WHOLE_FROM < y < 0.0:
        y = -((WHOLE_FROM - y) - WHOLE_FROM)
    return y / scale


def rounded(x: float, scale: float) -> float:
    """Half away from zero; what lies within 1e-9 of a tie counts as one."""
    if x != x or x == 0.0:
        return x
    y = nearest(abs(x) * scale, 1e9) + 0.5
    if y < WHOLE_FROM:
        y = float(int(y))
    return y / scale if x > 0.0 else -y / scale


def divided(a: float, b: float) -> float:
    """Quotient; dividing by zero gives NaN."""
    return a / b if b != 0.0 else NAN


def both(a: float, b: float) -> float:
    """Kleene's *and*."""
    if a == 0.0 or b == 0.0:
        return 0.0
    return NAN if a != a or b != b else 1.0


def either(a: float, b: float) -> float:
    """Kleene's *or*."""
    if a == 1.0 or b == 1.0:
        return 1.0
    return NAN if a != a or b != b else 0.0


def least(a: float, b: float) -> float:
    """The smaller; NaN where either is."""
    if a != a or b != b:
        return NAN
    return a if a < b else b


def greatest(a: float, b: float) -> float:
    """The greater; NaN where either is."""
    if a != a or b != b:
        return NAN
    return a if a > b else b


def judge(values: Any, ring: int, period: int, mask: int, series: int) -> tuple[float, float]:
    """`(breached, clear)` of a period from a key's ring. A rule's own takes the place of this one."""
    raise NotImplementedError


def climb(
    memory: Any, values: Any, place: int, ring: int, period: int, mask: int, series: int,
    waited: int, shown: int, base: int, law: Any,
) -> bool:  # fmt: skip
    """Move the levels' machines in a period; whether the rule came to another level. A rule's own takes its place."""
    return False


def heard(values: Any, at: int, series: int) -> bool:
    """Whether any series has a value in a slot of the ring."""
    some = False
    for column in range(series):
        some = some or values[at + column] == values[at + column]
    return some


def clean(memory: Any, values: Any, at: int, ring: int, first: int, last: int, mask: int, series: int) -> None:
    """Empty the slots of a key's ring for the periods from `first` to `last`."""
    if last - first > mask:
        first = last - mask
    for period in range(first, last + 1):
        slot = (period & mask) * series
        for column in range(series):
            values[ring + slot + column] = NAN
            memory[at + HEAD + slot + column] = NEVER


def held(since: int, waited: int) -> int:
    """When something began, if the time spent not knowing is to count towards no dwell."""
    return since if since == NEVER else since + waited


def while_firing(
    period: int, staying: bool, clear_since: int, fired: int, ended: int, keep: int, least_on: int
) -> tuple[int, int, int, int]:  # fmt: skip
    """One step of a key that fires: `(base, clear_since, fired, ended)`."""
    if staying:
        return FIRING, NEVER, fired, ended
    if clear_since == NEVER:
        clear_since = period
    began = period if fired == NEVER else fired
    if period - clear_since >= keep and period - began >= least_on:
        return OK, NEVER, NEVER, period
    return FIRING, clear_since, fired, ended


def while_idle(period: int, breached: bool, since: int, ended: int, wait: int, rest: int) -> tuple[int, int]:
    """One step of a key that does not fire: `(base, pending_since)`."""
    if not breached:
        return OK, NEVER
    if since == NEVER:
        since = period
    if period - since >= wait and (ended == NEVER or period - ended >= rest):
        return FIRING, NEVER
    return PENDING, since


def step(
    shown: int, base: int, since: int, clear_since: int, fired: int, ended: int, waited: int,
    period: int, breached: float, clear: float, wait: int, keep: int, least_on: int, rest: int, missing: int,
) -> tuple[int, int, int, int, int, int]:  # fmt: skip
    """A key's machine after an observation, `waited` periods after the one before: the first six numbers anew."""
    if breached != breached:
        if missing == 3:
            since, clear_since = held(since, waited), held(clear_since, waited)
            return shown, base, since, clear_since, held(fired, waited), held(ended, waited)
        if missing == 0:
            return UNKNOWN, FIRING if base == FIRING else OK, NEVER, NEVER, fired, ended
        breached = 1.0 if missing == 1 else 0.0
        clear = 0.0 if missing == 1 else 1.0
    if base == FIRING:
        base, clear_since, fired, ended = while_firing(
            period, breached == 1.0 or clear != 1.0, clear_since, fired, ended, keep, least_on
        )  # fmt: skip
    else:
        base, since = while_idle(period, breached == 1.0, since, ended, wait, rest)
        if base == FIRING:
            clear_since, fired = NEVER, period
    return base, base, since, clear_since, fired, ended


def rung(
    memory: Any, at: int, period: int, waited: int, on: float, off: float, number: int, law: Any
) -> bool:  # fmt: skip
    """Move the machine of one level, `waited` periods after its last observation; whether it is on."""
    shown, base, since, clear_since = memory[at], memory[at + 1], memory[at + 2], memory[at + 3]
    if waited > law[4]:
        shown, base, since, clear_since = UNKNOWN, FIRING if base == FIRING else OK, NEVER, NEVER
    shown, base, since, clear_since, fired, ended = step(
        shown, base, since, clear_since, memory[at + 4], memory[at + 5], waited,
        period, on, off, law[LADDER + 2 * number], law[LADDER + 2 * number + 1], 0, 0, law[5],
    )  # fmt: skip
    memory[at], memory[at + 1], memory[at + 2], memory[at + 3] = shown, base, since, clear_since
    memory[at + 4], memory[at + 5], memory[at + 6] = fired, ended, period
    return bool(base == FIRING)


def shared(value: float, at: float, beyond: float, scale: float, further: float) -> int:
    """The share between a level and the next in millionths, or `OWN_SHARE` where it is the level's own."""
    width = beyond - at
    if value - value != 0.0 or width != width:
        return OWN_SHARE
    part = (value - at) / width if width != 0.0 else 0.0
    if part != part:
        return OWN_SHARE
    part = 0.0 if part < 0.0 else (1.0 if part > 1.0 else part)
    return int(((scale + part * (further - scale)) * MILLION + WHOLE_FROM) - WHOLE_FROM)


def stand(memory: Any, place: int, level: int, share: int) -> bool:
    """Note the level and the share that a key stands at; whether the level is another."""
    other = memory[place] != level
    memory[place], memory[place + 1] = level, share
    return bool(other)


def edge(
    out: Any, n: int, key: int, period: int, before: int, after: int, cause: int, memory: Any, place: int, tail: int
) -> int:  # fmt: skip
    """Write one edge, with the level and share that the key stands at; returns how many there are."""
    at = n * EDGE
    out[at] = key
    out[at + 1] = period
    out[at + 2] = before
    out[at + 3] = after
    out[at + 4] = cause
    out[at + 5] = memory[place] if tail > 0 else NO_LEVEL
    out[at + 6] = memory[place + 1] if tail > 0 else 0
    return n + 1


def receive(
    first: int, keys: Any, periods: Any, columns: Any, observed: Any, places: Any, aside: Any,
    memory: Any, values: Any, law: Any, out: Any,
) -> tuple[int, int]:  # fmt: skip
    """Take in events from the `first` on, while edges fit into `out`.

    An event whose column is `HEARTBEAT` says that time has come to the end of its period: everything up to it is
    closed, and silence is noted. Returns the first event not taken in, and how many edges there are. `aside[i]` becomes
    1 where an event came too late.
    """
    gap, lateness, mask, series, tail = law[4], law[6], law[7], law[8], law[9]
    size = (mask + 1) * series
    n, count, room = 0, len(keys), len(out) // EDGE - 2 * lateness - 3
    for i in range(first, count):
        key, period, column = keys[i], periods[i], columns[i]
        at, ring = key * (HEAD + size + tail), key * size
        place = at + HEAD + size
        closed = memory[at + CLOSED]
        upto = period if column < 0 else period - lateness - 1
        if upto > closed:
            if n > room:
                return i, n
            memory[at + CLOSED] = upto
            newest = closed + lateness + 1
            shown, base, since, clear_since = memory[at], memory[at + 1], memory[at + 2], memory[at + 3]
            fired, ended, last = memory[at + 4], memory[at + 5], memory[at + 6]
            for q in range(closed + 1, (upto if upto < newest else newest) + 1 if closed != NEVER else closed):
                if not heard(values, ring + (q & mask) * series, series):
                    continue
                waited = 0 if last == NEVER else q - last
                if waited > gap:
                    if shown != UNKNOWN:
                        n = edge(out, n, key, last + gap + 1, shown, UNKNOWN, SILENCE, memory, place, tail)
                    shown, base, since, clear_since = UNKNOWN, FIRING if base == FIRING else OK, NEVER, NEVER
                breached, clear = judge(values, ring, q, mask, series)
                before, last = shown, q
                shown, base, since, clear_since, fired, ended = step(
                    shown, base, since, clear_since, fired, ended, waited,
                    q, breached, clear, law[0], law[1], law[2], law[3], law[5],
                )  # fmt: skip
                climbed = climb(memory, values, place, ring, q, mask, series, waited, shown, base, law)
                if shown != before or climbed:
                    n = edge(out, n, key, q, before, shown, OBSERVATION, memory, place, tail)
            if column < 0 and last != NEVER and upto - last > gap:
                if shown != UNKNOWN:
                    n = edge(out, n, key, last + gap + 1, shown, UNKNOWN, SILENCE, memory, place, tail)
                shown, base, since, clear_since = UNKNOWN, FIRING if base == FIRING else OK, NEVER, NEVER
            memory[at], memory[at + 1], memory[at + 2], memory[at + 3] = shown, base, since, clear_since
            memory[at + 4], memory[at + 5], memory[at + 6] = fired, ended, last
            if closed != NEVER:
                clean(memory, values, at, ring, newest + 1, upto + lateness + 1, mask, series)
        elif period <= closed:
            aside[i] = column >= 0
            continue
        if column >= 0:
            slot = (period & mask) * series + column
            if places[i] >= memory[at + HEAD + slot]:
                values[ring + slot] = observed[i]
                memory[at + HEAD + slot] = places[i]
    return count, n


def receive_one(
    key: int, period: int, column: int, value: float, place: int, box: Any, observed: Any, aside: Any,
    memory: Any, values: Any, law: Any, out: Any,
) -> int:  # fmt: skip
    """Take in one event; returns how many edges there are, or -1 where it came too late.

    `box` is room for five whole numbers, `observed` for one value and `aside` for one mark: numbers and arrays of the
    kinds that a batch has (a 0 in the text is a kind of its own), so that `receive` is compiled once for both.
    """
    box[0], box[1], box[2], box[3], box[4], observed[0], aside[0] = key, period, column, place, 0, value, 0
    _, n = receive(
        box[4], box[0:1], box[1:2], box[2:3], observed, box[3:4], aside, memory, values, law, out
    )  # fmt: skip
    return -1 if aside[0] != 0 else n


NAN = float("nan")
