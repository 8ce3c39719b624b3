"""The small typed language in which a rule says when it is breached: a subset of CEL, with words for time.

```
choice  := truth ("?" choice ":" choice)?
truth   := both (("or" | "||") both)*   both := no (("and" | "&&") no)*       no := "not" no | relation
relation:= sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)?
sum     := product (("+" | "-") product)*        product := signed (("*" | "/") signed)*
signed  := ("-" | "!") signed | atom
atom    := number unit? | "true" | "false" | series | name | call | "(" choice ")"
series  := dotted.name ("{" dimension "=" string ("," dimension "=" string)* "}")?
call    := mean | sum | min | max | last (number, 3mo)   over the last 3 months, the present one included
         | lag(number, 3mo)   the value 3 months ago      | rate(number, 3mo)   the change a period over 3 months
         | always | once | count (truth, 3mo)             | since(truth, truth, 3mo)
         | least | greatest (number, number)              | round(number, 1) | abs(number) | known(number)
         | sum_by(number)   over subjects                 | sum_over(dimension, number)   over a dimension
```

A name is one of the rule's own earlier `[let]` quantities. Everything is parsed and typed once, when the rule is
loaded; a fault names the character. Values are arrays [periods, subjects]; NaN is *not known* and truth is
three-valued (Kleene), so `known false and unknown` is false and `known true or unknown` is true. `Expression.tree` is
what was read, for whoever compiles or explains it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, NoReturn, cast

from commonweal.kernel.values import Fault, RuleFault, shown
from commonweal.methods import series as maths

from .bounds import Bounds, bounds
from .frames import Frame
from .grid import DURATION_WANT, Grid, duration
from .names import ANY, DIMENSIONS_MAX, VALUE, full_name
from .points import WINDOWS, value
from .tree import (
    Apply,
    Binary,
    BinaryOp,
    Choice,
    Compare,
    CompareOp,
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
    WindowOp,
    walk,
)
from .units import NAME, Units, multiplied, spelled, units
from .units import WANT as UNIT_WANT

Type = Literal["number", "truth"]
Scope = Literal["subject", "all", "any"]

CHARS_MAX = 2000
DEPTH_MAX = 40
DECIMALS_MAX = 6
WINDOW_MAX = 1200
MEMBERS_MAX = 100_000
NUMBER_WINDOWS = ("mean", "sum", "min", "max", "lag", "last", "rate")
TRUTH_WINDOWS = ("always", "once", "count")
PAIRS = ("least", "greatest")
FUNCTIONS = (*NUMBER_WINDOWS, *TRUTH_WINDOWS, "since", *PAIRS, "sum_by", "sum_over", "round", "abs", "known")
WORDS = ("and", "or", "not", "true", "false")
OPERAND = "a number, a series, a quantity, a function or '('"
_TOKEN = re.compile(
    r"\s*(?:(?P<duration>\d+(?:mo|[smhdwy])\b)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)|(?P<string>\"[^\"\\\n]*\"|'[^'\\\n]*')"
    r"|(?P<op>&&|\|\||>=|<=|==|!=|[-+*/()<>,{}=?:!]))"
)
_UNIT = re.compile(rf"\s*({NAME}(?:[*/]{NAME})*)")


@dataclass(frozen=True)
class Expression:
    """A checked expression: `history` is how many periods before the current one its value depends on.

    `series` are the full names it reads (`*` stands for any value of a dimension). `unit` is None where a series in it
    declares none, and `literal` tells a bare number, which takes the unit of whatever it stands beside.
    """

    text: str
    type: Type
    scope: Scope
    history: int
    series: frozenset[str]
    tree: Node
    unit: Units | None = None
    literal: bool = False

    def evaluate(self, frame: Frame) -> maths.Floats:
        """Its value over a frame, [periods, subjects] or [periods, 1]."""
        return value(self.tree, frame)

    def bounds(self, frame: Frame) -> Bounds:
        """The least and the greatest it can be, given the bounds of the values in the frame."""
        return bounds(self.tree, frame, truth=self.type == "truth")


class Token(NamedTuple):
    """One word of an expression, and where it begins (counted from 0)."""

    kind: str
    text: str
    at: int


def parse(
    text: str,
    grid: Grid,
    lets: Mapping[str, Expression],
    where: str,
    members: int = 0,
    *,
    units: Mapping[str, Units] | None = None,
) -> Expression:
    """Parse and type one expression. Raises `RuleFault` naming the character (counted from 1).

    `lets` are the named quantities that may be used; `members` is how many subjects `sum_by` must find (0: any).
    `units` gives the unit of each series, by full name or name without dimensions; None: no units are declared.
    """
    return _Parser(text, grid, lets, where, members, units=units).whole()


def remembered(name: str, inner: Expression) -> Expression:
    """A named quantity, computed once a frame however often it is used."""
    return replace(inner, tree=Quantity(name, inner.tree))


class _Parser:
    def __init__(
        self,
        text: str,
        grid: Grid,
        lets: Mapping[str, Expression],
        where: str,
        members: int,
        *,
        units: Mapping[str, Units] | None,
    ) -> None:
        self.text, self.grid, self.lets, self.where, self.members = text, grid, lets, where, members
        self.units = units
        self.depth = 0
        self.open: list[str] = []
        if len(text) > CHARS_MAX:
            raise RuleFault(Fault(where, f"{len(text)} characters", f"at most {CHARS_MAX}", "too_long"), "expression")
        self.tokens = self._tokens()
        self.next = 0

    def whole(self) -> Expression:
        found = self._choice()
        if self._peek().kind != "end":
            equals = " (== compares)" if self._peek().text == "=" else ""
            self._refuse(self._peek(), f"an operator or the end of the expression{equals}")
        return replace(found, text=self.text)

    # --- words ---------------------------------------------------------------------------------------------------

    def _tokens(self) -> list[Token]:
        found: list[Token] = []
        at, end = 0, len(self.text.rstrip())
        while at < end:
            unit = _UNIT.match(self.text, at) if found and found[-1].kind == "number" else None
            if unit and unit[1] not in WORDS:
                found.append(Token("unit", unit[1], unit.start(1)))
                at = unit.end()
                continue
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

    # --- operators, from the loosest to the tightest -------------------------------------------------------------

    def _choice(self) -> Expression:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            self._refuse(self._peek(), f"nesting of at most {DEPTH_MAX}")
        found = self._either()
        if token := self._if("?"):
            self._typed(found, "truth", token)
            then = self._choice()
            colon = self._expect(":")
            found = self._chosen(found, then, self._choice(), token, colon)
        self.depth -= 1
        return found

    def _chosen(
        self, condition: Expression, then: Expression, otherwise: Expression, token: Token, colon: Token
    ) -> Expression:
        self._typed(otherwise, then.type, colon)
        both = self._combined(then, otherwise, colon, then.type, then.tree)
        tree = Choice(condition.tree, then.tree, otherwise.tree)
        found = self._combined(condition, both, token, then.type, tree)
        unit, literal = self._alike(then, otherwise, colon) if then.type == "number" else (None, False)
        return replace(found, unit=unit, literal=literal)

    def _either(self) -> Expression:
        left = self._both()
        while token := self._if("or", "||"):
            left = self._joined(left, self._both(), token, "or")
        return left

    def _both(self) -> Expression:
        left = self._not()
        while token := self._if("and", "&&"):
            left = self._joined(left, self._not(), token, "and")
        return left

    def _not(self) -> Expression:
        negations = 0
        token = self._peek()
        while self._if("not"):
            negations += 1
        inner = self._relation()
        if negations:
            self._typed(inner, "truth", token)
        return replace(inner, tree=Unary("not", inner.tree)) if negations % 2 else inner

    def _relation(self) -> Expression:
        left = self._sum()
        token = self._if(">=", "<=", ">", "<", "==", "!=")
        if token is None:
            return left
        right = self._sum()
        self._typed(left, "number", token)
        self._typed(right, "number", token)
        self._alike(left, right, token)
        tree = Compare(cast(CompareOp, token.text), left.tree, right.tree)
        return self._combined(left, right, token, "truth", tree)

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
        signs: list[Token] = []
        while token := self._if("-", "!"):
            signs.append(token)
        inner = self._atom()
        if signs:
            op: Literal["-", "not"] = "-" if signs[0].text == "-" else "not"
            for other in signs[1:]:
                if other.text != signs[0].text:
                    self._refuse(other, f"{signs[0].text!r} or what it stands before")
            self._typed(inner, "number" if op == "-" else "truth", signs[0])
            if len(signs) % 2:
                return replace(inner, tree=Unary(op, inner.tree))
        return inner

    # --- atoms ---------------------------------------------------------------------------------------------------

    def _atom(self) -> Expression:
        token = self._take()
        if token.kind == "number":
            return self._number(token)
        if token.kind == "op" and token.text == "(":
            inner = self._choice()
            self._expect(")")
            return inner
        if token.kind == "name":
            return self._call(token) if self._peek().text == "(" else self._named(token)
        self._refuse(token, OPERAND)

    def _number(self, token: Token) -> Expression:
        written = self._take() if self._peek().kind == "unit" else None
        unit = units(written.text) if written else ()
        if written and unit is None:
            self._refuse(written, UNIT_WANT)
        tree = Number(float(token.text), written.text if written else "")
        return Expression("", "number", "any", 0, frozenset(), tree, unit, literal=written is None)

    def _named(self, token: Token) -> Expression:
        if token.text in ("true", "false"):
            return Expression("", "truth", "any", 0, frozenset(), Truth(token.text == "true"))
        if token.text in WORDS:
            self._refuse(token, OPERAND)
        if token.text in self.lets:
            return self.lets[token.text]
        if "." not in token.text:
            known = ", ".join(self.lets) or "none"
            self._refuse(token, f"a series (with a dot, like laus.unemployed) or a quantity defined above ({known})")
        return self._series(token)

    def _series(self, token: Token) -> Expression:
        dims = dict.fromkeys(self.open, ANY)
        if self._if("{"):
            dims |= self._selector(token.text)
        name = full_name(token.text, dims)
        unit = None
        if self.units is not None:
            unit = self.units.get(name, self.units.get(token.text))
            if unit is None:
                self._refuse(token, f"a series with a unit in [units]; declared there: {', '.join(sorted(self.units))}")
        return Expression("", "number", "subject", 0, frozenset({name}), Series(name), unit)

    def _selector(self, base: str) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            name = self._take()
            if name.kind != "name" or "." in name.text or name.text in found:
                self._refuse(name, f'a dimension of {base}, each once, like {{sex="f"}}')
            self._expect("=")
            text = self._take()
            if text.kind != "string" or not re.fullmatch(VALUE, text.text[1:-1]):
                self._refuse(
                    text, 'the dimension\'s value in quotation marks, like "16-24" (letters, digits, . _ : + -)'
                )
            found[name.text] = text.text[1:-1]
            if len(found) > DIMENSIONS_MAX:
                self._refuse(name, f"at most {DIMENSIONS_MAX} dimensions")
            if not self._if(","):
                self._expect("}")
                return found

    # --- functions -----------------------------------------------------------------------------------------------

    def _call(self, token: Token) -> Expression:
        if token.text not in FUNCTIONS:
            self._refuse(token, f"one of the functions {', '.join(FUNCTIONS)}")
        self._expect("(")
        if token.text == "sum_over":
            found = self._summed_over(token)
        else:
            inner = self._choice()
            truth = token.text in (*TRUTH_WINDOWS, "since")
            self._typed(inner, "truth" if truth else "number", token)
            found = self._applied(token, inner)
        self._expect(")")
        return found

    def _applied(self, token: Token, inner: Expression) -> Expression:
        if token.text in WINDOWS:
            return self._window(token, inner)
        if token.text == "since":
            return self._since(token, inner)
        if token.text in PAIRS:
            self._expect(",")
            other = self._choice()
            self._typed(other, "number", token)
            return self._arithmetic(inner, other, token)
        if token.text == "round":
            self._expect(",")
            return replace(inner, tree=Apply("round", inner.tree, self._whole(DECIMALS_MAX, "decimals")))
        if token.text == "sum_by":
            return self._summed(token, inner)
        if token.text == "known":
            return self._known(token, inner)
        return replace(inner, tree=Apply("abs", inner.tree))

    def _known(self, token: Token, inner: Expression) -> Expression:
        plain = (Series, Window, Total, Over, Quantity)
        if not all(isinstance(node, plain) for node in walk(inner.tree)):
            self._refuse(token, "known of a series, or of a window or sum of one")
        return replace(inner, type="truth", tree=Apply("known", inner.tree), unit=None, literal=False)

    def _span(self) -> tuple[int, str]:
        self._expect(",")
        span = self._take()
        read = duration(span.text) if span.kind == "duration" else None
        if read is None:
            self._refuse(span, DURATION_WANT)
        periods = self.grid.periods(read)
        if not periods or periods > WINDOW_MAX:
            self._refuse(span, f"a positive whole number of periods of {self.grid.every} (at most {WINDOW_MAX})")
        return periods, span.text

    def _window(self, token: Token, inner: Expression) -> Expression:
        periods, span = self._span()
        op = cast(WindowOp, token.text)
        found = replace(
            inner,
            type="truth" if op in ("always", "once") else "number",
            history=inner.history + (periods if op in ("lag", "rate") else periods - 1),
            tree=Window(op, inner.tree, periods, span),
        )
        if op == "rate" and self.units is None:
            return replace(found, unit=None, literal=False)  # no units are declared, so none are checked
        if op == "rate" and inner.unit is not None:
            every = self.grid.every
            under: Units = ((every.unit if every.count == 1 else str(every), 1),)
            return replace(found, unit=multiplied(inner.unit, under, -1), literal=False)
        return replace(found, unit=(), literal=True) if op == "count" else found

    def _since(self, token: Token, hold: Expression) -> Expression:
        self._expect(",")
        start = self._choice()
        self._typed(start, "truth", token)
        periods, span = self._span()
        found = self._combined(hold, start, token, "truth", Since(hold.tree, start.tree, periods, span))
        return replace(found, history=found.history + periods - 1)

    def _whole(self, most: int, what: str) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit() or int(token.text) > most:
            self._refuse(token, f"a number of {what} from 0 to {most}")
        return int(token.text)

    def _summed(self, token: Token, inner: Expression) -> Expression:
        if inner.scope != "subject":
            self._refuse(token, "sum_by over a series that has subjects")
        return replace(inner, scope="all", tree=Total(inner.tree, self.members), literal=False)

    def _summed_over(self, token: Token) -> Expression:
        name = self._take()
        if name.kind != "name" or "." in name.text or name.text in self.open:
            self._refuse(name, "the dimension to sum over, like occupation, each once")
        self._expect(",")
        self.open.append(name.text)
        inner = self._choice()
        self.open.pop()
        self._typed(inner, "number", token)
        if not any((name.text + "=" + ANY) in series for series in inner.series):
            self._refuse(name, f"a series inside that is summed over {name.text}")
        members = self._whole(MEMBERS_MAX, "values that must be known") if self._if(",") else 0
        return replace(inner, tree=Over(name.text, inner.tree, members), literal=False)

    # --- types and units -----------------------------------------------------------------------------------------

    def _typed(self, found: Expression, want: Type, token: Token) -> None:
        if found.type != want:
            self._refuse(token, f"a {want} here, not a {found.type}")

    def _joined(self, left: Expression, right: Expression, token: Token, op: BinaryOp) -> Expression:
        self._typed(left, "truth", token)
        self._typed(right, "truth", token)
        return self._combined(left, right, token, "truth", Binary(op, left.tree, right.tree))

    def _arithmetic(self, left: Expression, right: Expression, token: Token) -> Expression:
        self._typed(left, "number", token)
        self._typed(right, "number", token)
        found = self._combined(left, right, token, "number", Binary(cast(BinaryOp, token.text), left.tree, right.tree))
        if token.text in ("*", "/"):
            sign = 1 if token.text == "*" else -1
            known = left.unit is not None and right.unit is not None
            unit = multiplied(left.unit or (), right.unit or (), sign) if known else None
            return replace(found, unit=unit, literal=left.literal and right.literal)
        unit, literal = self._alike(left, right, token)
        return replace(found, unit=unit, literal=literal)

    def _alike(self, left: Expression, right: Expression, token: Token) -> tuple[Units | None, bool]:
        """The unit that two quantities share, and whether both are bare numbers; refused where they clash."""
        if left.literal or right.literal:
            other = right if left.literal else left
            return other.unit, other.literal
        if left.unit is None or right.unit is None:
            return None, False
        if left.unit != right.unit:
            self._refuse(token, f"the same unit on both sides, not {spelled(left.unit)} against {spelled(right.unit)}")
        return left.unit, False

    def _combined(self, left: Expression, right: Expression, token: Token, type_: Type, tree: Node) -> Expression:
        scopes = {left.scope, right.scope} - {"any"}
        if len(scopes) > 1:
            self._refuse(token, "both sides about each subject, or both about all (sum_by) subjects")
        scope: Scope = scopes.pop() if scopes else "any"
        history = max(left.history, right.history)
        return Expression("", type_, scope, history, left.series | right.series, tree)
