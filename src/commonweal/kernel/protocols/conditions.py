"""Conditions over a case's variables, in the comparison part of STIX patterning that CACAO 2.0 uses.

`__regime__:value = 'eu'`, `!=`, `IN ('a', 'b')`, joined by `AND`, `OR`, `NOT` and parentheses. A variable whose value
is not known makes the answer unknown (Kleene's three-valued logic), never false: the step then waits for the fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from commonweal.kernel.values import BadInput, Fault, shown

Values = Mapping[str, str | None]
CHARS_MAX = 2000
DEPTH_MAX = 20
WANT = "a comparison like __regime__:value = 'eu', joined by AND, OR, NOT and parentheses"
VARIABLE = re.compile(r"__[a-zA-Z_][a-zA-Z0-9_-]{0,199}?__")
_TOKEN = re.compile(
    rf"\s*(?:(?P<variable>{VARIABLE.pattern}):value|(?P<literal>'[^']*')|(?P<sign>==|!=|=|\(|\)|,)"
    r"|(?P<word>AND|OR|NOT|IN)\b)"
)


@dataclass(frozen=True, slots=True)
class Compare:
    """One variable against one or more literals; `negated` for `!=`."""

    variable: str
    among: tuple[str, ...]
    negated: bool = False

    def holds(self, values: Values) -> bool | None:
        value = values.get(self.variable)
        return None if value is None else (value in self.among) != self.negated

    def variables(self) -> tuple[str, ...]:
        return (self.variable,)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition; of an unknown one, unknown."""

    part: Condition

    def holds(self, values: Values) -> bool | None:
        known = self.part.holds(values)
        return None if known is None else not known

    def variables(self) -> tuple[str, ...]:
        return self.part.variables()


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts joined by AND (`decisive` False: one false part decides) or by OR (`decisive` True)."""

    parts: tuple[Condition, ...]
    decisive: bool

    def holds(self, values: Values) -> bool | None:
        answers = [part.holds(values) for part in self.parts]
        if self.decisive in answers:
            return self.decisive
        return None if None in answers else not self.decisive

    def variables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for part in self.parts for name in part.variables()))


Condition = Compare | Not | Joined


def comparisons(found: Condition) -> Iterator[Compare]:
    """Every comparison in a condition."""
    if isinstance(found, Compare):
        yield found
    else:
        for part in (found.part,) if isinstance(found, Not) else found.parts:
            yield from comparisons(part)


def condition(text: str) -> Condition:
    """Read a condition. Raises `BadInput` saying what could not be read."""
    if not isinstance(text, str) or len(text) > CHARS_MAX:
        raise BadInput(Fault("condition", shown(text), WANT, "condition"))
    reader = _Reader(list(_tokens(text)), text)
    found = reader.joined("OR", 0)
    if reader.peek() != ("end", ""):
        reader.fail()
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, stop = 0, len(text.rstrip())
    while at < stop:
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadInput(Fault("condition", shown(text[at:]), WANT, "condition"))
        yield str(found.lastgroup), found[str(found.lastgroup)]
        at = found.end()
    yield "end", ""


class _Reader:
    """Recursive descent over tokens: OR binds weaker than AND, AND weaker than NOT."""

    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self.tokens, self.text, self.at = tokens, text, 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at]

    def take(self, kind: str, *values: str) -> str:
        found, value = self.peek()
        if found != kind or (values and value not in values):
            self.fail()
        self.at += 1
        return value

    def fail(self) -> None:
        raise BadInput(Fault("condition", shown(self.peek()[1] or self.text), WANT, "condition"))

    def joined(self, word: str, depth: int) -> Condition:
        if depth > DEPTH_MAX:
            self.fail()
        parts = [self.joined("AND", depth) if word == "OR" else self.single(depth)]
        while self.peek() == ("word", word):
            self.at += 1
            parts.append(self.joined("AND", depth) if word == "OR" else self.single(depth))
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), word == "OR")

    def single(self, depth: int) -> Condition:
        if depth > DEPTH_MAX:
            self.fail()
        if self.peek() == ("word", "NOT"):
            self.at += 1
            return Not(self.single(depth + 1))
        if self.peek() == ("sign", "("):
            self.at += 1
            inner = self.joined("OR", depth + 1)
            self.take("sign", ")")
            return inner
        return self.comparison()

    def comparison(self) -> Condition:
        variable = self.take("variable")
        if self.peek() == ("word", "IN"):
            self.at += 1
            return Compare(variable, self.literals())
        sign = self.take("sign", "=", "==", "!=")
        return Compare(variable, (self.take("literal")[1:-1],), sign == "!=")

    def literals(self) -> tuple[str, ...]:
        self.take("sign", "(")
        found = [self.take("literal")[1:-1]]
        while self.peek() == ("sign", ","):
            self.at += 1
            found.append(self.take("literal")[1:-1])
        self.take("sign", ")")
        return tuple(found)
