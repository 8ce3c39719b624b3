"""Whether a rule's clear condition can hold while the rule is breached: then it would say stop and go on at once.

Decided where both conditions compare the same figure (or one difference of two) with plain numbers, joined by `and`,
`or` and `not`; truth changes at those numbers only, so it is enough to look at them and between them. Of anything
else it is not said: two different figures may be meant to move apart.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from commonweal.kernel.expressions.tree import (
    Binary,
    Compare,
    Node,
    Number,
    Quantity,
    Truth,
    Unary,
    children,
    walk,
    with_children,
)
from commonweal.kernel.expressions.words import formula, number

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_FOLDED: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "least": min,
    "greatest": max,
}


@dataclass(frozen=True, slots=True)
class _Figure:
    """What is compared: one figure, or by how much one is above another."""

    high: Node | None
    low: Node | None

    def __str__(self) -> str:
        parts = [formula(node) for node in (self.high, self.low) if node is not None]
        return " − ".join(parts) if self.high is not None else f"−{parts[0]}"


def holding_together(breach: Node, clear: Node) -> str:
    """Where both conditions hold, in words: `share = 6`; "" where they cannot, or where that is not decided."""
    one, other = _plain(breach), _plain(clear)
    if one == other:
        return "whenever it is breached"
    figures = {_side(node)[0] for tree in (one, other) for node in walk(tree) if isinstance(node, Compare)}
    if len(figures) != 1 or not all(_decided(tree) for tree in (one, other)):
        return ""
    (figure,) = figures
    ends = sorted({_side(node)[1] for tree in (one, other) for node in walk(tree) if isinstance(node, Compare)})
    between = [(low + high) / 2 for low, high in itertools.pairwise(ends)]
    for value in sorted([ends[0] - 1, *ends, *between, ends[-1] + 1]):
        if _true(one, value) and _true(other, value):
            named = figure if figure.high is not None else _Figure(figure.low, None)
            return f"where {named} = {number(value if figure.high is not None else -value)}"
    return ""


def _plain(node: Node) -> Node:
    """The tree with every named quantity written out."""
    if isinstance(node, Quantity):
        return _plain(node.of)
    return with_children(node, tuple(map(_plain, children(node))))


def _decided(node: Node) -> bool:
    match node:
        case Truth() | Compare():
            return True
        case Unary(op="not"):
            return _decided(node.of)
        case Binary(op="and" | "or"):
            return _decided(node.left) and _decided(node.right)
        case _:
            return False


def _true(node: Node, value: float) -> bool:
    match node:
        case Compare():
            return _HOLDS[node.op](value, _side(node)[1])
        case Unary():
            return not _true(node.of, value)
        case Binary(op="and"):
            return _true(node.left, value) and _true(node.right, value)
        case Binary():
            return _true(node.left, value) or _true(node.right, value)
        case _:
            return isinstance(node, Truth) and node.value


def _side(node: Compare) -> tuple[_Figure, float]:
    """A comparison as `figure op number`: what is compared stands left, what is added to it right."""
    (high, added), (low, taken) = _parted(node.left), _parted(node.right)
    return _Figure(high, low), taken - added


def _parted(node: Node) -> tuple[Node | None, float]:
    """A number that is added to a figure, apart from it; a plain number is no figure."""
    if (whole := _number(node)) is not None:
        return None, whole
    if isinstance(node, Binary) and node.op in ("+", "-"):
        right = _number(node.right)
        if right is not None:
            figure, added = _parted(node.left)
            return figure, _FOLDED[node.op](added, right)
    return node, 0.0


def _number(node: Node) -> float | None:
    """The value of an expression of numbers alone."""
    if isinstance(node, Number):
        return node.value
    parts = [_number(child) for child in _operands(node)]
    known = [part for part in parts if part is not None]
    if not parts or len(known) < len(parts):
        return None
    if isinstance(node, Unary):
        return -known[0]
    assert isinstance(node, Binary)
    return None if node.op == "/" and known[1] == 0 else _FOLDED[node.op](known[0], known[1])


def _operands(node: Node) -> Iterator[Node]:
    if (isinstance(node, Unary) and node.op == "-") or (isinstance(node, Binary) and node.op in _FOLDED):
        yield from children(node)
