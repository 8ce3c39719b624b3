"""What an expression means once it is parsed: a tree of small frozen nodes that evaluators and compilers walk.

| node | written as |
|---|---|
| `Number` | `6.5`, `1e25 FLOP`; `Truth`: `true`, `false` |
| `Series` | `laus.unemployed{sex="f"}`, by its full name |
| `Quantity` | the name of a `[let]`; `of` is its tree, one object however often it is named |
| `Unary` | `-x`, `not x` |
| `Binary` | `+ - * /`, `and or`, `least(a, b)`, `greatest(a, b)` |
| `Compare` | `> >= < <= == !=` |
| `Choice` | `c ? a : b` |
| `Window` | `mean(x, 3mo)` and its like over numbers and truths; `periods` counts periods of the grid |
| `Since` | `since(a, b, 12mo)` |
| `Apply` | `abs(x)`, `round(x, 1)`, `known(x)` |
| `Total` | `sum_by(x)`: over subjects |
| `Over` | `sum_over(occupation, x)`: over the values of a dimension |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

BinaryOp = Literal["+", "-", "*", "/", "and", "or", "least", "greatest"]
CompareOp = Literal[">", ">=", "<", "<=", "==", "!="]
WindowOp = Literal["mean", "sum", "min", "max", "lag", "last", "rate", "always", "once", "count"]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number; `unit` is as it was written ("" where none was)."""

    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """A literal truth."""

    value: bool


@dataclass(frozen=True, slots=True)
class Series:
    """A measured (or derived) series by its full name; a dimension that a `sum_over` around it binds is `*`."""

    name: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named quantity of the rule, computed once a frame."""

    name: str
    of: Node


@dataclass(frozen=True, slots=True)
class Unary:
    """The opposite of a number, or of a truth."""

    op: Literal["-", "not"]
    of: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, the smaller or greater of two, or two truths joined."""

    op: BinaryOp
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two numbers."""

    op: CompareOp
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? then : otherwise`; not known where the condition is not."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Window:
    """A function of the last `periods` values, the present one included (`lag`: the value so many periods ago)."""

    op: WindowOp
    of: Node
    periods: int
    span: str


@dataclass(frozen=True, slots=True)
class Since:
    """`start` held at some of the last `periods`, and `hold` ever after it."""

    hold: Node
    start: Node
    periods: int
    span: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of the present value alone; `places` are the decimals of `round`."""

    op: Literal["abs", "round", "known"]
    of: Node
    places: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """The sum over subjects; not known where fewer than `members` of them have a value."""

    of: Node
    members: int


@dataclass(frozen=True, slots=True)
class Over:
    """The sum over the values of a dimension for which what is inside is known; not known with fewer than `members`."""

    dimension: str
    of: Node
    members: int = 0


Node = Number | Truth | Series | Quantity | Unary | Binary | Compare | Choice | Window | Since | Apply | Total | Over


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one, in the order they were written."""
    match node:
        case Number() | Truth() | Series():
            return ()
        case Binary() | Compare():
            return node.left, node.right
        case Choice():
            return node.condition, node.then, node.otherwise
        case Since():
            return node.hold, node.start
        case _:
            return (node.of,)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, each named quantity's tree once."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if id(at) in seen:
            continue
        seen.add(id(at))
        yield at
        waiting.extend(reversed(children(at)))


def with_children(node: Node, below: tuple[Node, ...]) -> Node:
    """The same node over other children."""
    match node:
        case Number() | Truth() | Series():
            return node
        case Binary() | Compare():
            return replace(node, left=below[0], right=below[1])
        case Choice():
            return replace(node, condition=below[0], then=below[1], otherwise=below[2])
        case Since():
            return replace(node, hold=below[0], start=below[1])
        case _:
            return replace(node, of=below[0])
