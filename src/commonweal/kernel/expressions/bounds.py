"""Interval arithmetic: what an expression may be, given that each value lies somewhere between its bounds.

`bounds(tree, frame)` gives `(low, high)`. For every choice of values within the bounds, the expression's value lies
between them wherever it is known: each step is monotone in its arguments (IEEE rounding is, too), or takes the worst
of its corners. A truth is bounded the same way: `(0, 0)` is surely false, `(1, 1)` surely true, `(0, 1)` may be either.
A quantity used twice is taken as if its two uses could differ, so bounds may be wider than they need be, never
narrower.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np

from commonweal.methods import series as maths

from .frames import Frame
from .points import WINDOWS, applied, bindings, over, value
from .tree import Apply, Binary, Choice, Compare, Node, Number, Over, Quantity, Series, Since, Truth, Unary, children

Bounds = tuple[maths.Floats, maths.Floats]


def bounds(node: Node, frame: Frame) -> Bounds:
    """The least and the greatest that an expression can be, each [periods, subjects] or [periods, 1]."""
    match node:
        case Quantity():
            key = ("bounds", id(node.of))
            if key not in frame.memo:
                frame.memo[key] = (node.of, bounds(node.of, frame))
            found: Bounds = frame.memo[key][1]
            return found
        case Number() | Truth():
            same = value(node, frame)
            return same, same
        case Series():
            return frame.bound(node.name, "low"), frame.bound(node.name, "high")
        case Over():
            parts = [bounds(each, frame) for each in bindings(node, frame)]
            low, high = (over(node, [part[side] for part in parts], len(frame)) for side in (0, 1))
            return low, high
        case _:
            with np.errstate(all="ignore"):
                return _combined(node, [bounds(child, frame) for child in children(node)])


def _combined(node: Node, below: list[Bounds]) -> Bounds:
    match node:
        case Unary():
            low, high = below[0]
            return applied(node, [high]), applied(node, [low])
        case Binary():
            return _BINARY.get(node.op, functools.partial(_monotone, node))(*below)
        case Compare():
            return _compared(node.op, *below)
        case Choice():
            return _chosen(*below)
        case Since():
            return applied(node, [each[0] for each in below]), applied(node, [each[1] for each in below])
        case Apply() if node.op == "abs":
            return _absolute(*below[0])
        case Apply() if node.op == "known":
            return np.isfinite(below[0][0]) * 1.0 * np.isfinite(below[0][1]), applied(node, [below[0][1]])
        case _:
            if getattr(node, "op", "") == "rate":
                return _rate(below[0], node.periods)  # type: ignore[union-attr]
            return applied(node, [below[0][0]]), applied(node, [below[0][1]])


def _monotone(node: Binary, left: Bounds, right: Bounds) -> Bounds:
    """Greater arguments never give a smaller result."""
    return applied(node, [left[0], right[0]]), applied(node, [left[1], right[1]])


def _minus(left: Bounds, right: Bounds) -> Bounds:
    return left[0] - right[1], left[1] - right[0]


def _rate(x: Bounds, periods: int) -> Bounds:
    lag = WINDOWS["lag"]
    low, high = _minus(x, (lag(x[0], periods), lag(x[1], periods)))
    return low / periods, high / periods


def _times(left: Bounds, right: Bounds) -> Bounds:
    return _corners([_product(a, b) for a in left for b in right])


def _product(a: maths.Floats, b: maths.Floats) -> maths.Floats:
    """0 times infinity is 0 here: the bound of a product with an exact zero."""
    return np.where((a == 0) & ~np.isnan(b) | (b == 0) & ~np.isnan(a), 0.0, a * b)


def _over(left: Bounds, right: Bounds) -> Bounds:
    """Quotient: without bound where the divisor may be zero, not known where it can be nothing else."""
    known = ~(np.isnan(left[0]) | np.isnan(right[0]))
    zero = known & (right[0] == 0) & (right[1] == 0)
    spans = known & (right[0] <= 0) & (right[1] >= 0) & ~zero
    low, high = _corners([np.nan_to_num(a / b, nan=0.0) for a in left for b in right])
    low, high = np.where(spans, -np.inf, low), np.where(spans, np.inf, high)
    return np.where(known & ~zero, low, np.nan), np.where(known & ~zero, high, np.nan)


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
    return maths.both(tight, reached), reached


def _chosen(condition: Bounds, then: Bounds, otherwise: Bounds) -> Bounds:
    """Where the condition may be either, anything between the least and the greatest of both branches."""
    sides = []
    for pick, a, b in ((np.minimum, then[0], otherwise[0]), (np.maximum, then[1], otherwise[1])):
        either = np.where(condition[0] == condition[1], np.where(condition[0] == 1.0, a, b), pick(a, b))
        sides.append(np.where(np.isnan(condition[0]) | np.isnan(condition[1]), np.nan, either))
    return sides[0], sides[1]


_BINARY: Mapping[str, Callable[[Bounds, Bounds], Bounds]] = {"-": _minus, "*": _times, "/": _over}
