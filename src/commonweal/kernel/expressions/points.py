"""The value of an expression over a whole frame at once: one array a node, NaN for *not known*."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from commonweal.methods import series as maths

from .frames import Frame
from .names import ANY, bound, full_name, name_parts, selects
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
    walk,
    with_children,
)

WINDOWS: Mapping[str, Callable[[maths.Floats, int], maths.Floats]] = {
    "mean": maths.windowed_mean,
    "sum": maths.windowed_sum,
    "min": maths.windowed_min,
    "max": maths.windowed_max,
    "lag": maths.lagged,
    "last": maths.windowed_last,
    "rate": maths.windowed_rate,
    "always": maths.windowed_both,
    "once": maths.windowed_either,
    "count": maths.windowed_sum,
}


def divided(a: maths.Floats, b: maths.Floats) -> maths.Floats:
    """Quotient; dividing by zero gives *not known*, never infinity."""
    quotient: maths.Floats = np.divide(a, b, out=np.full(np.broadcast(a, b).shape, np.nan), where=(b != 0))
    return quotient


BINARY: Mapping[str, Callable[[maths.Floats, maths.Floats], maths.Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": divided,
    "and": maths.both,
    "or": maths.either,
    "least": np.minimum,
    "greatest": np.maximum,
}


def value(node: Node, frame: Frame) -> maths.Floats:
    """The array [periods, subjects], or [periods, 1] where it is the same for every subject."""
    match node:
        case Quantity():
            return remembered(node, frame, value)
        case Number() | Truth():
            return np.full((len(frame), 1), float(node.value))
        case Series():
            return frame.column(node.name)
        case Over():
            return over(node, [value(each, frame) for each in bindings(node, frame)], len(frame))
        case _:
            return applied(node, [value(child, frame) for child in children(node)])


def remembered(node: Quantity, frame: Frame, how: Callable[[Node, Frame], maths.Floats]) -> maths.Floats:
    """A named quantity, computed once a frame however often it is used."""
    key = (how, id(node.of))
    held = frame.memo.get(key)
    if held is None:
        held = frame.memo[key] = (node.of, how(node.of, frame))  # the tree is kept, so that its id stays its own
    found: maths.Floats = held[1]
    return found


def applied(node: Node, below: list[maths.Floats]) -> maths.Floats:
    """What a node makes of the arrays of its children."""
    match node:
        case Unary():
            return np.negative(below[0]) if node.op == "-" else maths.negated(below[0])
        case Binary():
            return BINARY[node.op](below[0], below[1])
        case Compare():
            return np.where(np.isfinite(below[0] - below[1]), maths.compared(below[0], node.op, below[1]), np.nan)
        case Choice():
            condition, then, otherwise = below
            return np.where(np.isnan(condition), np.nan, np.where(condition == 1.0, then, otherwise))
        case Window():
            return WINDOWS[node.op](below[0], node.periods)
        case Since():
            return maths.windowed_since(below[0], below[1], node.periods)
        case Apply():
            return _apply(node, below[0])
        case Total():
            return total(below[0], node.members)
        case _:
            raise TypeError(f"{type(node).__name__} has no array of its own")


def _apply(node: Apply, x: maths.Floats) -> maths.Floats:
    if node.op == "known":
        return (~np.isnan(x)).astype(np.float64)
    return np.abs(x) if node.op == "abs" else maths.rounded(x, node.places)


def total(values: maths.Floats, members: int) -> maths.Floats:
    """Sum over subjects, column by column in their order; not known where fewer than `members` have a value."""
    known = ~np.isnan(values)
    summed = np.zeros((len(values), 1))
    for column in range(values.shape[1]):
        summed[:, 0] += np.where(known[:, column], values[:, column], 0.0)
    present = np.sum(known, axis=1, keepdims=True)
    return np.where((present >= members) & (present > 0), summed, np.nan)


def bindings(node: Over, frame: Frame) -> list[Node]:
    """What is inside a `sum_over`, once for every value of the dimension that the frame holds, in their order."""
    selectors = {at.name for at in walk(node.of) if isinstance(at, Series) and ANY in at.name}
    found = {
        dict(name_parts(name)[1]).get(node.dimension, "")
        for name in frame.values
        if any(selects(selector, name) for selector in selectors)
    }
    return [bind(node.of, node.dimension, each) for each in sorted(found - {""})]


def bind(node: Node, dimension: str, to: str) -> Node:
    """A tree with one dimension set wherever a series leaves it open; named quantities stay as they are."""
    if isinstance(node, Quantity):
        return node
    if isinstance(node, Series):
        base, pairs = name_parts(node.name)
        return Series(bound(full_name(base, dict(pairs)), **{dimension: to})) if (dimension, ANY) in pairs else node
    return with_children(node, tuple(bind(child, dimension, to) for child in children(node)))


def over(node: Over, parts: list[maths.Floats], length: int) -> maths.Floats:
    """The sum of the parts that are known, in their order; not known where fewer than `members` (at least one) are."""
    summed, present = np.zeros((length, 1)), np.zeros((length, 1), dtype=np.int64)
    for part in parts:
        known = ~np.isnan(part)
        summed = summed + np.where(known, part, 0.0)
        present = present + known
    return np.where((present >= node.members) & (present > 0), summed, np.nan)
