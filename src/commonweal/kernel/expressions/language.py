"""The small typed language in which a rule says when it is breached.

```
truth   := both ("or" both)*            both := no ("and" no)*            no := "not" no | relation
relation:= sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)?
sum     := product (("+" | "-") product)*        product := signed (("*" | "/") signed)*
signed  := "-" signed | atom
atom    := number | name | call | "(" truth ")"
call    := mean(x, 3mo) | sum(x, 3mo) | min(x, 12mo) | max(x, 12mo) | lag(x, 12mo)
         | sum_by(x) | round(x, 1) | abs(x)
```

A name is a series (`laus.unemployed`) or one of the rule's own earlier `[let]` quantities. Everything is parsed and
typed once, when the rule is loaded; a fault names the character. Values are arrays [periods, subjects]; NaN is *not
known* and truth is three-valued (Kleene), so `known false and unknown` is false and `known true or unknown` is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, NoReturn

import numpy as np

from commonweal.kernel.values import Fault, RuleFault, shown
from commonweal.methods import series as maths

from .frames import Frame
from .grid import DURATION_WANT, Grid, duration

Type = Literal["number", "truth"]
Scope = Literal["subject", "all", "any"]
Evaluate = Callable[[Frame], maths.Floats]

CHARS_MAX = 2000
DEPTH_MAX = 40
DECIMALS_MAX = 6
WINDOW_MAX = 1200
WINDOWS: Mapping[str, Callable[[maths.Floats, int], maths.Floats]] = {
    "mean": maths.windowed_mean,
    "sum": maths.windowed_sum,
    "min": maths.windowed_min,
    "max": maths.windowed_max,
    "lag": maths.lagged,
}
FUNCTIONS = (*WINDOWS, "sum_by", "round", "abs")
_TOKEN = re.compile(
    r"\s*(?:(?P<duration>\d+(?:mo|[smhdwy])\b)|(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)"
    r"|(?P<op>>=|<=|==|!=|[-+*/()<>,]))"
)


@dataclass(frozen=True)
class Expression:
    """A checked expression: `history` is how many periods before the current one its value depends on."""

    text: str
    type: Type
    scope: Scope
    history: int
    series: frozenset[str]
    evaluate: Evaluate


class Token(NamedTuple):
    """One word of an expression, and where it begins (counted from 0)."""

    kind: str
    text: str
    at: int


def parse(text: str, grid: Grid, lets: Mapping[str, Expression], where: str, members: int = 0) -> Expression:
    """Parse and type one expression. Raises `RuleFault` naming the character (counted from 1).

    `lets` are the named quantities that may be used; `members` is how many subjects `sum_by` must find (0: any).
    """
    return _Parser(text, grid, lets, where, members).whole()


def remembered(inner: Expression) -> Expression:
    """A named quantity, computed once a frame however often it is used."""

    def evaluate(frame: Frame) -> maths.Floats:
        if evaluate not in frame.memo:
            frame.memo[evaluate] = inner.evaluate(frame)
        return frame.memo[evaluate]

    return replace(inner, evaluate=evaluate)


class _Parser:
    def __init__(self, text: str, grid: Grid, lets: Mapping[str, Expression], where: str, members: int) -> None:
        self.text, self.grid, self.lets, self.where, self.members = text, grid, lets, where, members
        self.depth = 0
        if len(text) > CHARS_MAX:
            raise RuleFault(Fault(where, f"{len(text)} characters", f"at most {CHARS_MAX}", "too_long"), "expression")
        self.tokens = self._tokens()
        self.next = 0

    def whole(self) -> Expression:
        found = self._truth()
        if self._peek().kind != "end":
            self._refuse(self._peek(), "an operator or the end of the expression")
        return replace(found, text=self.text)

    def _tokens(self) -> list[Token]:
        found, at = [], 0
        end = len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                blank = len(self.text[at:]) - len(self.text[at:].lstrip())
                self._refuse(Token("other", self.text[at + blank], at + blank), "a number, name, operator or bracket")
            kind = str(match.lastgroup)
            found.append(Token(kind, match[kind], match.start(kind)))
            at = match.end()
        return [*found, Token("end", "", end)]

    def _refuse(self, token: Token, want: str) -> NoReturn:
        where = f"{self.where}, character {token.at + 1}"
        seen = shown(token.text or "(end of text)")
        line = self.text.replace("\n", " ")
        start = max(0, token.at - 30)
        pointed = f"{line[start : token.at]}⟦{token.text}⟧{line[token.at + len(token.text) : token.at + 30]}"
        raise RuleFault(Fault(where, seen, f"{want}; here: {pointed}", "expression"), "expression")

    def _peek(self) -> Token:
        return self.tokens[self.next]

    def _take(self) -> Token:
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def _if(self, *texts: str) -> Token | None:
        token = self._peek()
        return self._take() if token.kind in ("op", "name") and token.text in texts else None

    def _expect(self, text: str) -> Token:
        token = self._if(text)
        if token is None:
            self._refuse(self._peek(), f"{text!r}")
        return token

    def _truth(self) -> Expression:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            self._refuse(self._peek(), f"nesting of at most {DEPTH_MAX}")
        left = self._both()
        while token := self._if("or"):
            left = self._joined(left, self._both(), token, maths.either)
        self.depth -= 1
        return left

    def _both(self) -> Expression:
        left = self._not()
        while token := self._if("and"):
            left = self._joined(left, self._not(), token, maths.both)
        return left

    def _not(self) -> Expression:
        negations = 0
        token = self._peek()
        while self._if("not"):
            negations += 1
        inner = self._relation()
        if negations:
            self._typed(inner, "truth", token)
        return _mapped(inner, maths.negated, "truth") if negations % 2 else inner

    def _relation(self) -> Expression:
        left = self._sum()
        token = self._if(">=", "<=", ">", "<", "==", "!=")
        if token is None:
            return left
        right = self._sum()
        self._typed(left, "number", token)
        self._typed(right, "number", token)
        op = token.text
        return self._combined(left, right, token, "truth", lambda a, b: maths.compared(a, op, b))

    def _sum(self) -> Expression:
        left = self._product()
        while token := self._if("+", "-"):
            left = self._arithmetic(left, self._product(), token)
        return left

    def _product(self) -> Expression:
        left = self._signed()
        while token := self._if("*", "/"):
            left = self._arithmetic(left, self._signed(), token)
        return left

    def _signed(self) -> Expression:
        minus = self._peek()
        signs = 0
        while self._if("-"):
            signs += 1
        inner = self._atom()
        if signs:
            self._typed(inner, "number", minus)
        return _mapped(inner, np.negative, "number") if signs % 2 else inner

    def _atom(self) -> Expression:
        token = self._take()
        if token.kind == "number":
            return _constant(float(token.text))
        if token.kind == "op" and token.text == "(":
            inner = self._truth()
            self._expect(")")
            return inner
        if token.kind == "name":
            return self._call(token) if self._peek().text == "(" else self._named(token)
        self._refuse(token, "a number, a series, a quantity, a function or '('")

    def _named(self, token: Token) -> Expression:
        if token.text in ("and", "or", "not"):
            self._refuse(token, "a number, a series, a quantity, a function or '('")
        if token.text in self.lets:
            return self.lets[token.text]
        if "." not in token.text:
            known = ", ".join(self.lets) or "none"
            self._refuse(token, f"a series (with a dot, like laus.unemployed) or a quantity defined above ({known})")
        return _series(token.text)

    def _call(self, token: Token) -> Expression:
        if token.text not in FUNCTIONS:
            self._refuse(token, f"one of the functions {', '.join(FUNCTIONS)}")
        self._expect("(")
        inner = self._truth()
        self._typed(inner, "number", token)
        if token.text in WINDOWS:
            found = self._window(token, inner)
        elif token.text == "round":
            self._expect(",")
            found = self._rounded(inner)
        elif token.text == "sum_by":
            found = self._summed(token, inner)
        else:
            found = _mapped(inner, np.abs, "number")
        self._expect(")")
        return found

    def _window(self, token: Token, inner: Expression) -> Expression:
        self._expect(",")
        span = self._take()
        read = duration(span.text) if span.kind == "duration" else None
        if read is None:
            self._refuse(span, DURATION_WANT)
        periods = self.grid.periods(read)
        if not periods or periods > WINDOW_MAX:
            self._refuse(span, f"a positive whole number of periods of {self.grid.every} (at most {WINDOW_MAX})")
        apply = WINDOWS[token.text]
        history = inner.history + (periods if token.text == "lag" else periods - 1)
        return Expression(
            "", "number", inner.scope, history, inner.series, lambda frame: apply(inner.evaluate(frame), periods)
        )

    def _rounded(self, inner: Expression) -> Expression:
        token = self._take()
        if token.kind != "number" or "." in token.text or int(token.text) > DECIMALS_MAX:
            self._refuse(token, f"a number of decimals from 0 to {DECIMALS_MAX}")
        decimals = int(token.text)
        return _mapped(inner, lambda x: maths.rounded(x, decimals), "number")

    def _summed(self, token: Token, inner: Expression) -> Expression:
        if inner.scope != "subject":
            self._refuse(token, "sum_by over a series that has subjects")
        members = self.members

        def total(frame: Frame) -> maths.Floats:
            return _total(inner.evaluate(frame), members)

        return Expression("", "number", "all", inner.history, inner.series, total)

    def _typed(self, found: Expression, want: Type, token: Token) -> None:
        if found.type != want:
            self._refuse(token, f"a {want} here, not a {found.type}")

    def _joined(
        self, left: Expression, right: Expression, token: Token, apply: Callable[..., maths.Floats]
    ) -> Expression:
        self._typed(left, "truth", token)
        self._typed(right, "truth", token)
        return self._combined(left, right, token, "truth", apply)

    def _arithmetic(self, left: Expression, right: Expression, token: Token) -> Expression:
        self._typed(left, "number", token)
        self._typed(right, "number", token)
        return self._combined(left, right, token, "number", _ARITHMETIC[token.text])

    def _combined(
        self, left: Expression, right: Expression, token: Token, type_: Type, apply: Callable[..., maths.Floats]
    ) -> Expression:
        scopes = {left.scope, right.scope} - {"any"}
        if len(scopes) > 1:
            self._refuse(token, "both sides about each subject, or both about all (sum_by) subjects")
        return Expression(
            "",
            type_,
            scopes.pop() if scopes else "any",
            max(left.history, right.history),
            left.series | right.series,
            lambda frame: apply(left.evaluate(frame), right.evaluate(frame)),
        )


def _total(values: maths.Floats, members: int) -> maths.Floats:
    """Sum over subjects, column by column in their order; not known where fewer than `members` have a value."""
    known = ~np.isnan(values)
    total = np.zeros((len(values), 1))
    for column in range(values.shape[1]):
        total[:, 0] += np.where(known[:, column], values[:, column], 0.0)
    present = np.sum(known, axis=1, keepdims=True)
    return np.where((present >= members) & (present > 0), total, np.nan)


def _divided(a: maths.Floats, b: maths.Floats) -> maths.Floats:
    """Quotient; dividing by zero gives *not known*, never infinity."""
    quotient: maths.Floats = np.divide(a, b, out=np.full(np.broadcast(a, b).shape, np.nan), where=(b != 0))
    return quotient


_ARITHMETIC: Mapping[str, Callable[[maths.Floats, maths.Floats], maths.Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divided,
}


def _constant(value: float) -> Expression:
    return Expression("", "number", "any", 0, frozenset(), lambda frame: np.full((len(frame), 1), value))


def _series(name: str) -> Expression:
    return Expression("", "number", "subject", 0, frozenset({name}), lambda frame: frame.column(name))


def _mapped(inner: Expression, apply: Callable[..., maths.Floats], type_: Type) -> Expression:
    return Expression("", type_, inner.scope, inner.history, inner.series, lambda frame: apply(inner.evaluate(frame)))
