"""A rule's expressions as statements over one key's ring of values.

Points are computed in the very order in which the columns of `expressions.points` are, bounds in that of
`expressions.bounds`, so that the results are bit for bit the same. Where bounds are asked for, each series has three
columns in the ring: its value, and what it may be at least and at most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from commonweal.kernel.expressions import Expression
from commonweal.kernel.expressions import tree as t

from ._rules import ActOn

BOUNDED = 3
"""Columns a series where bounds are kept."""


class Writer:
    """Writes a tree as statements; `put` gives the name that holds a node's value in a period."""

    def __init__(self, columns: Sequence[str], bounded: bool = False) -> None:
        self.columns, self.wide = columns, BOUNDED if bounded else 1
        self.lines: list[str] = []
        self.known: dict[tuple[int, str], str] = {}
        self.spans: dict[tuple[int, str], str] = {}
        self.names = 0
        self.depth = 1

    def say(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def made(self, value: str) -> str:
        """A new name for a value."""
        self.names += 1
        self.say(f"v{self.names} = {value}")
        return f"v{self.names}"

    def side(self, found: Expression, side: ActOn) -> str:
        """The name of an expression's value in the period judged, or of the bound of it that is acted on."""
        if side == "point":
            return self.put(found.tree, "period")
        span = self.span(found.tree, "period")
        if found.type == "truth":
            return self.made(f"sure_{'low' if side == 'lower' else 'high'}({span})")
        return self.made(f"{span}[{0 if side == 'lower' else 1}]")

    def _cell(self, series: str, at: str, which: int) -> str:
        column = self.columns.index(series) * self.wide + which
        return self.made(f"values[ring + ({at} & mask) * series + {column}]")

    def put(self, node: t.Node, at: str) -> str:
        """The name of a node's value in the period that `at` names; what is the same is computed once."""
        key = (id(node.of), at) if isinstance(node, t.Quantity) else (id(node), at)
        if key not in self.known:
            self.known[key] = self.put(node.of, at) if isinstance(node, t.Quantity) else self._written(node, at)
        return self.known[key]

    def _written(self, node: t.Node, at: str) -> str:
        match node:
            case t.Number() | t.Truth():
                return f'float("{float(node.value)!r}")' if math.isinf(node.value) else repr(float(node.value))
            case t.Series():
                return self._cell(node.name, at, 0)
            case t.Unary():
                inner = self.put(node.of, at)
                return self.made(f"-{inner}" if node.op == "-" else f"1.0 - {inner}")
            case t.Binary():
                return self.made(_binary(node.op, self.put(node.left, at), self.put(node.right, at)))
            case t.Compare():
                difference = self.made(f"{self.put(node.left, at)} - {self.put(node.right, at)}")
                told = f"1.0 if nearest({difference}, 1e9) {node.op} 0.0 else 0.0"
                return self.made(f"NAN if {difference} - {difference} != 0.0 else ({told})")
            case t.Choice():
                condition, then, otherwise = (self.put(child, at) for child in t.children(node))
                return self.made(
                    f"NAN if {condition} != {condition} else ({then} if {condition} == 1.0 else {otherwise})"
                )
            case t.Apply():
                return self._applied(node, self.put(node.of, at))
            case t.Window():
                return self._window(node, at)
            case t.Since():
                return self._since(node, at)
            case _:
                raise TypeError(f"{type(node).__name__} is not judged key by key")

    def _applied(self, node: t.Apply, inner: str) -> str:
        if node.op == "known":
            return self.made(f"0.0 if {inner} != {inner} else 1.0")
        return self.made(f"abs({inner})" if node.op == "abs" else f"rounded({inner}, {10.0**node.places!r})")

    def _window(self, node: t.Window, at: str) -> str:
        if node.op in ("lag", "rate"):
            before = self.put(node.of, self.made(f"{at} - {node.periods}"))
            return before if node.op == "lag" else self.made(f"({self.put(node.of, at)} - {before}) / {node.periods}.0")
        start, fold = _FOLDS[node.op]
        folded = self.made(start)

        def line(past: str) -> str:
            return f"{folded} = {fold.format(folded, self.put(node.of, past))}"

        self._looped(node.periods, at, line, newest_first=node.op == "last")
        return self.made(f"{folded} / {node.periods}.0") if node.op == "mean" else folded

    def _since(self, node: t.Since, at: str) -> str:
        folded = self.made("0.0")

        def line(past: str) -> str:
            return f"{folded} = either({self.put(node.start, past)}, both({self.put(node.hold, past)}, {folded}))"

        self._looped(node.periods, at, line)
        return folded

    def _looped(
        self, periods: int, at: str, line: Callable[[str], str], newest_first: bool = False, skipped: int = 0
    ) -> None:
        """A loop over the periods of a window, but for those `skipped` that are the newest."""
        back = self.made("0")
        forward = f"{skipped}, {periods}" if skipped else str(periods)
        self.say(f"for {back} in range({forward if newest_first else f'{periods - 1}, -1, -1'}):")
        self.depth += 1
        self.say(line(self.made(f"{at} - {back}")))
        self.depth -= 1

    # --- bounds --------------------------------------------------------------------------------------------------

    def span(self, node: t.Node, at: str) -> str:
        """The name of what a node can be in the period that `at` names: `(low, high, may)`."""
        node = node.of if isinstance(node, t.Quantity) else node
        key = (id(node), at)
        if key not in self.spans:
            self.spans[key] = self.made(self._spanned(node, at))
        return self.spans[key]

    def _spanned(self, node: t.Node, at: str) -> str:
        match node:
            case t.Quantity():
                return self.span(node.of, at)
            case t.Number() | t.Truth():
                same = self._written(node, at)
                return f"({same}, {same}, False)"
            case t.Series():
                low, high = self._cell(node.name, at, 1), self._cell(node.name, at, 2)
                return f"({low}, {high}, {low} != {low})"
            case t.Unary():
                return f"span_{'opposite' if node.op == '-' else 'not'}({self.span(node.of, at)})"
            case t.Binary():
                return f"{_SPANS[node.op]}({self.span(node.left, at)}, {self.span(node.right, at)})"
            case t.Compare():
                pair = self.span(node.left, at), self.span(node.right, at)
                left, right = reversed(pair) if node.op in ("<", "<=") else pair
                return f"{_SPANS[node.op]}({left}, {right})"
            case t.Choice():
                return f"span_chosen({', '.join(self.span(child, at) for child in t.children(node))})"
            case t.Apply():
                return self._span_applied(node, self.span(node.of, at))
            case t.Window():
                return self._span_window(node, at)
            case t.Since():
                return self._span_since(node, at)
            case _:
                raise TypeError(f"{type(node).__name__} is not judged key by key")

    def _span_applied(self, node: t.Apply, inner: str) -> str:
        if node.op != "round":
            return f"span_{'known' if node.op == 'known' else 'size'}({inner})"
        low, high = (f"rounded({inner}[{side}], {10.0**node.places!r})" for side in (0, 1))
        return f"strict({low}, {high}, {inner}[0] == {inner}[0], {inner}[2])"

    def _span_window(self, node: t.Window, at: str) -> str:
        if node.op in ("lag", "rate"):
            before = self.span(node.of, self.made(f"{at} - {node.periods}"))
            if node.op == "lag":
                return before
            now = self.span(node.of, at)
            low, high = (f"({now}[{a}] - {before}[{1 - a}]) / {node.periods}.0" for a in (0, 1))
            return f"strict({low}, {high}, known_both({now}, {before}), {now}[2] or {before}[2])"
        if node.op in _PASSING:
            return self._span_passing(node, at)
        start, fold = _FOLDS[node.op]
        low, high, may = self.made(start), self.made(start), self.made("False")

        def line(past: str) -> str:
            found = self.span(node.of, past)
            folds = f"{fold.format(low, f'{found}[0]')}, {fold.format(high, f'{found}[1]')}"
            return f"{low}, {high}, {may} = {folds}, {may} or {found}[2]"

        self._looped(node.periods, at, line)
        end = f" / {node.periods}.0" if node.op == "mean" else ""
        return f"({low}{end}, {high}{end}, {may})"

    def _span_passing(self, node: t.Window, at: str) -> str:
        """The last so many periods drawn together, the newest first."""
        folded = self.made(self.span(node.of, at))

        def line(past: str) -> str:
            return f"{folded} = {_PASSING[node.op]}({folded}, {self.span(node.of, past)})"

        self._looped(node.periods, at, line, newest_first=True, skipped=1)
        return folded

    def _span_since(self, node: t.Since, at: str) -> str:
        oldest = self.made(f"{at} - {node.periods - 1}")
        folded = self.made(self.span(node.start, oldest))

        def line(past: str) -> str:
            held = f"span_both({self.span(node.hold, past)}, {folded})"
            return f"{folded} = span_either({self.span(node.start, past)}, {held})"

        self._looped(node.periods - 1, at, line)
        return folded


_FOLDS = {
    "mean": ("0.0", "{} + {}"),
    "sum": ("0.0", "{} + {}"),
    "count": ("0.0", "{} + {}"),
    "min": ('float("inf")', "least({}, {})"),
    "max": ('-float("inf")', "greatest({}, {})"),
    "last": ("NAN", "{1} if {0} != {0} else {0}"),
    "always": ("1.0", "both({}, {})"),
    "once": ("0.0", "either({}, {})"),
}


def _binary(op: str, left: str, right: str) -> str:
    words = {"/": "divided", "and": "both", "or": "either", "least": "least", "greatest": "greatest"}
    return f"{words[op]}({left}, {right})" if op in words else f"{left} {op} {right}"


_PASSING = {"last": "span_first", "always": "span_both", "once": "span_either"}
_SPANS = {
    "+": "span_plus",
    "-": "span_minus",
    "*": "span_times",
    "/": "span_over",
    "and": "span_both",
    "or": "span_either",
    "least": "span_least",
    "greatest": "span_greatest",
    ">": "span_passed",
    "<": "span_passed",
    ">=": "span_reached",
    "<=": "span_reached",
    "==": "span_same",
    "!=": "span_other",
}
