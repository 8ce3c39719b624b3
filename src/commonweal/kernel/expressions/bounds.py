"""Interval arithmetic: what an expression may be, given that each value lies somewhere between its bounds.

`bounds(tree, frame)` gives `(low, high)`. For every choice of values within the bounds, the expression's value lies
between them wherever it is known: each step is monotone in its arguments (IEEE rounding is, too), or takes the worst
of its corners. A truth is bounded the same way: `(0, 0)` is surely false, `(1, 1)` surely true, `(0, 1)` may be either.

Whether something is known may itself depend on the choice: a quotient is not where the divisor is zero. So each step
also says where it may be not known, and whatever passes over the unknown (`last`, `known`, `sum_by`, `sum_over`, *and*,
*or*) takes the worst of both. A bound is NaN where nothing can be known, whatever the choice.

A quantity used twice is taken as if its two uses could differ, so bounds may be wider than they need be, never
narrower.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from commonweal.methods import series as maths

from .frames import Frame
from .points import WINDOWS, applied, bindings, value
from .tree import (
    Apply,
    Binary,
    Choice,
    Compare,
    Node,
    Number,
    Over,
    Quantity,
    Series,
    Since,
    Total,
    Truth,
    Unary,
    Window,
    children,
)

Bounds = tuple[maths.Floats, maths.Floats]


class Span(NamedTuple):
    """The least and the greatest that something can be where it is known (NaN: never), and where it may be unknown."""

    low: maths.Floats
    high: maths.Floats
    may: maths.Bools

    @property
    def can(self) -> maths.Bools:
        """Where it may be known."""
        return ~np.isnan(self.low)


def bounds(node: Node, frame: Frame, *, truth: bool = False) -> Bounds:
    """The least and the greatest that an expression can be, each [periods, subjects] or [periods, 1].

    Of a `truth`, what is surely true or surely false is so for every choice: where it may be not known too, the bound
    that would say so is NaN.
    """
    with np.errstate(all="ignore"):
        low, high, may = span(node, frame)
    if truth:
        return np.where(may & (low == 1.0), np.nan, low), np.where(may & (high == 0.0), np.nan, high)
    return low, high


def span(node: Node, frame: Frame) -> Span:
    """What an expression can be over a frame."""
    match node:
        case Quantity():
            key = ("bounds", id(node.of))
            if key not in frame.memo:
                frame.memo[key] = (node.of, span(node.of, frame))
            found: Span = frame.memo[key][1]
            return found
        case Number() | Truth():
            same = value(node, frame)
            return Span(same, same, np.isnan(same))
        case Series():
            low, high = frame.bound(node.name, "low"), frame.bound(node.name, "high")
            return Span(low, high, np.isnan(low) | (node.name in frame.maybe))
        case Over():
            parts = [span(each, frame) for each in bindings(node, frame)]
            return _summed(parts, node.members, (len(frame), 1))
        case _:
            return _combined(node, [span(child, frame) for child in children(node)])


def _combined(node: Node, below: list[Span]) -> Span:
    match node:
        case Unary() if node.op == "not":
            return _not(below[0])
        case Binary() if node.op in _PAIRED:
            return _PAIRED[node.op](*below)
        case Choice():
            return _chosen(*below)
        case Window() if node.op in _PASSING:
            return _folded(_PASSING[node.op], below[0], node.periods)
        case Since():
            return _since(below[0], below[1], node.periods)
        case Apply() if node.op == "known":
            return _truths(below[0].may, below[0].can, np.zeros_like(below[0].may))
        case Total():
            return _summed(_columns(below[0]), node.members, (len(below[0].low), 1))
        case Compare():
            return _strict(_compared(node.op, *((each.low, each.high) for each in below)), below, (0.0, 1.0))
        case Window():
            return _windowed(node, below[0])
        case _:
            return _strict(_moved(node, [(each.low, each.high) for each in below]), below)


# --- what is known only where all of it is -------------------------------------------------------------------------


def _strict(found: Bounds, below: Iterable[Span], widest: tuple[float, float] = (-np.inf, np.inf)) -> Span:
    """A step that is known only where everything below it is.

    Where it comes to nothing although all may be known (infinity less infinity), it may be anything, or not known.
    """
    can = functools.reduce(np.logical_and, [each.can for each in below])
    may = functools.reduce(np.logical_or, [each.may for each in below])
    low, high = found
    lost = can & (np.isnan(low) | np.isnan(high))
    return Span(np.where(lost, widest[0], low), np.where(lost, widest[1], high), may | lost | ~can)


def _moved(node: Node, below: list[Bounds]) -> Bounds:
    match node:
        case Unary():
            return -below[0][1], -below[0][0]
        case Binary() if node.op in _ARITHMETIC:
            return _ARITHMETIC[node.op](*below)
        case Apply() if node.op == "abs":
            return _absolute(*below[0])
        case _:  # greater arguments never give a smaller result
            return applied(node, [each[0] for each in below]), applied(node, [each[1] for each in below])


def _windowed(node: Window, x: Span) -> Span:
    """A window that is known only where every period in it is (`lag`: that one)."""
    if node.op == "rate":
        before = _windowed(Window("lag", node.of, node.periods, node.span), x)
        low, high = _minus((x.low, x.high), (before.low, before.high))
        return _strict((low / node.periods, high / node.periods), [x, before])
    apply = WINDOWS["lag" if node.op == "lag" else "max"]
    may = apply(x.may.astype(np.float64), node.periods) != 0.0  # before the beginning nothing is known: NaN
    return Span(applied(node, [x.low]), applied(node, [x.high]), may)


def _minus(left: Bounds, right: Bounds) -> Bounds:
    return left[0] - right[1], left[1] - right[0]


def _times(left: Bounds, right: Bounds) -> Bounds:
    return _corners([_product(a, b) for a in left for b in right])


def _product(a: maths.Floats, b: maths.Floats) -> maths.Floats:
    """0 times infinity is 0 here: the bound of a product with an exact zero."""
    return np.where((a == 0) & ~np.isnan(b) | (b == 0) & ~np.isnan(a), 0.0, a * b)


def _over(left: Span, right: Span) -> Span:
    """Quotient: without bound where the divisor may be zero, not known where it can be nothing else."""
    known = left.can & right.can
    zero = known & (right.low == 0) & (right.high == 0)
    spans = known & (right.low <= 0) & (right.high >= 0)
    low, high = _corners(
        [np.nan_to_num(a / b, nan=0.0) for a in (left.low, left.high) for b in (right.low, right.high)]
    )
    low, high = np.where(spans, -np.inf, low), np.where(spans, np.inf, high)
    found = known & ~zero
    return Span(np.where(found, low, np.nan), np.where(found, high, np.nan), left.may | right.may | spans | ~found)


def _corners(found: list[maths.Floats]) -> Bounds:
    return functools.reduce(np.minimum, found), functools.reduce(np.maximum, found)


def _absolute(low: maths.Floats, high: maths.Floats) -> Bounds:
    a, b = np.abs(low), np.abs(high)
    nearest = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(a, b))
    return np.where(np.isnan(low), np.nan, nearest), np.maximum(a, b)


def _compared(op: str, left: Bounds, right: Bounds) -> Bounds:
    if op in ("<", "<="):
        op, left, right = (">" if op == "<" else ">="), right, left
    if op in (">", ">="):
        return maths.compared(left[0], op, right[1]), maths.compared(left[1], op, right[0])
    low, high = _equal(left, right)
    return (low, high) if op == "==" else (1.0 - high, 1.0 - low)


def _equal(left: Bounds, right: Bounds) -> Bounds:
    reached = maths.both(maths.compared(left[1], ">=", right[0]), maths.compared(right[1], ">=", left[0]))
    tight = maths.both(maths.compared(left[1], "<=", right[0]), maths.compared(right[1], "<=", left[0]))
    return tight, reached  # what is tight is reached: no low lies above its high


# --- what passes over the unknown ----------------------------------------------------------------------------------


def _truths(false: maths.Bools, true: maths.Bools, may: maths.Bools) -> Span:
    """A truth of which it is said whether it can be false, true, not known."""
    low = np.where(false, 0.0, np.where(true, 1.0, np.nan))
    high = np.where(true, 1.0, np.where(false, 0.0, np.nan))
    return Span(low, high, may)


def _both(a: Span, b: Span) -> Span:
    """Kleene's *and*: false if either can be, not known if one can be and the other can be that or true."""
    true = (a.high == 1.0) & (b.high == 1.0)
    may = a.may & (b.may | (b.high == 1.0)) | b.may & (a.may | (a.high == 1.0))
    return _truths((a.low == 0.0) | (b.low == 0.0), true, may)


def _not(a: Span) -> Span:
    return Span(1.0 - a.high, 1.0 - a.low, a.may)


def _either(a: Span, b: Span) -> Span:
    return _not(_both(_not(a), _not(b)))


def _joined(a: Span, b: Span) -> Span:
    """What is the one or the other."""
    return Span(np.fmin(a.low, b.low), np.fmax(a.high, b.high), a.may | b.may)


def _picked(which: maths.Bools, a: Span, b: Span) -> Span:
    low, high = np.where(which, a.low, b.low), np.where(which, a.high, b.high)
    return Span(low, high, np.where(which, a.may, b.may))


def _chosen(condition: Span, then: Span, otherwise: Span) -> Span:
    """Where the condition may be either, anything between the least and the greatest of both branches."""
    either = condition.can & (condition.low != condition.high)
    found = _picked(either, _joined(then, otherwise), _picked(condition.low == 1.0, then, otherwise))
    low, high = (np.where(condition.can, side, np.nan) for side in (found.low, found.high))
    return Span(low, high, condition.may | found.may)


def _first_known(a: Span, b: Span) -> Span:
    """The first, or the second where the first is not known."""
    found = _picked(a.may, _joined(a, b), a)
    return Span(found.low, found.high, a.may & b.may)


def _back(x: Span, periods: int) -> Span:
    """A span so many periods ago; not known before the beginning."""
    lag = WINDOWS["lag"]
    return Span(lag(x.low, periods), lag(x.high, periods), lag(x.may.astype(np.float64), periods) != 0.0)


def _folded(step: Callable[[Span, Span], Span], x: Span, periods: int) -> Span:
    """The last so many periods drawn together, the newest first."""
    return functools.reduce(step, [_back(x, back) for back in range(periods)])


def _since(hold: Span, start: Span, periods: int) -> Span:
    found = _back(start, periods - 1)
    for back in range(periods - 2, -1, -1):
        found = _either(_back(start, back), _both(_back(hold, back), found))
    return found


def _columns(x: Span) -> list[Span]:
    places = [slice(at, at + 1) for at in range(x.low.shape[1])]
    return [Span(x.low[:, place], x.high[:, place], x.may[:, place]) for place in places]


def _summed(parts: list[Span], members: int, shape: tuple[int, int]) -> Span:
    """The sum of the parts that are known, known where at least `members` (and one) are.

    A part that may be not known adds between nothing and all of it; where every part that can be known must be for
    the sum to be known, they all add what they are.
    """
    needed = max(members, 1)
    least = functools.reduce(np.add, [~part.may * 1 for part in parts], np.zeros(shape, dtype=np.int64))
    most = functools.reduce(np.add, [part.can * 1 for part in parts], np.zeros(shape, dtype=np.int64))
    low, high = np.zeros(shape), np.zeros(shape)
    for part in parts:
        out = part.may & (most > needed)
        low = low + np.where(part.can, np.where(out, np.minimum(part.low, 0.0), part.low), 0.0)
        high = high + np.where(part.can, np.where(out, np.maximum(part.high, 0.0), part.high), 0.0)
    known = most >= needed
    return Span(np.where(known, low, np.nan), np.where(known, high, np.nan), least < needed)


_PAIRED: Mapping[str, Callable[[Span, Span], Span]] = {"and": _both, "or": _either, "/": _over}
_PASSING: Mapping[str, Callable[[Span, Span], Span]] = {"last": _first_known, "always": _both, "once": _either}
_ARITHMETIC: Mapping[str, Callable[[Bounds, Bounds], Bounds]] = {"-": _minus, "*": _times}
