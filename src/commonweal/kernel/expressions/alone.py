"""Whether a truth can hold on some series alone, whatever they are, while nothing is known of any other.

What a rule may not be triggered by is so refused by its meaning, not by its spelling: `exposure >= 0.3 or known(x)` is
as much a trigger on exposure as `exposure >= 0.3`. Each node is followed to the outcomes that it can have; where two
parts hang together this may name one that cannot come about, and never misses one that can.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

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

Outcomes = frozenset[bool | None]
"""Of a truth: what it can be, None for not known. Of a number: whether it can be known (True) and not known (None)."""
UNKNOWN: Outcomes = frozenset({None})
NUMBER: Outcomes = frozenset({True, None})
TRUTHS: Outcomes = frozenset({True, False, None})


def holds_alone(tree: Node, alone: Callable[[str], bool]) -> bool:
    """Whether a truth can be true while only the series that `alone` names are known."""
    return True in _outcomes(tree, alone)


def _outcomes(node: Node, alone: Callable[[str], bool]) -> Outcomes:
    match node:
        case Number():
            return frozenset({True})
        case Truth(value=value):
            return frozenset({value})
        case Series(name=name):
            return NUMBER if alone(name) else UNKNOWN
        case Binary() | Compare() | Since():
            return _of_two(node, alone)
        case Choice():
            return _chosen(node, alone)
        case _:
            return _of_one(node, _outcomes(node.of, alone))


def _of_one(node: Quantity | Unary | Window | Apply | Total | Over, of: Outcomes) -> Outcomes:
    match node:
        case Unary(op="not"):
            return frozenset(None if one is None else not one for one in of)
        case Apply(op="known"):
            return frozenset(one is not None for one in of)
        case Window(op="count"):
            return UNKNOWN if of == UNKNOWN else NUMBER
        case Window():
            return of | UNKNOWN
        case _:
            return of


def _of_two(node: Binary | Compare | Since, alone: Callable[[str], bool]) -> Outcomes:
    left, right = (_outcomes(one, alone) for one in children(node))
    if isinstance(node, Binary) and node.op in ("and", "or"):
        return frozenset(_joined(node.op == "or", *pair) for pair in product(left, right))
    if isinstance(node, Since):
        return frozenset(_joined(False, *pair) for pair in product(left, right)) | {False, None}
    both = _both(left, right)
    return both if isinstance(node, Binary) else TRUTHS if True in both else UNKNOWN


def _joined(either: bool, left: bool | None, right: bool | None) -> bool | None:
    """Kleene's or, or his and."""
    if either in (left, right):
        return either
    return None if None in (left, right) else not either


def _both(left: Outcomes, right: Outcomes) -> Outcomes:
    found = {None} if None in left | right else set()
    return frozenset(found | ({True} if True in left and True in right else set()))


def _chosen(choice: Choice, alone: Callable[[str], bool]) -> Outcomes:
    found: set[bool | None] = set()
    for one in _outcomes(choice.condition, alone):
        branch = choice.then if one else choice.otherwise
        found |= UNKNOWN if one is None else _outcomes(branch, alone)
    return frozenset(found)
