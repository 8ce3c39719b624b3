"""A threshold rule as data: TOML in the shape people know from Prometheus, with what a safety monitor needs besides.

```toml
format = 2                       # of this file; a newer one is refused rather than half understood
id = "us.example"                # with version, citation, url, [title], [text], [in_force] from/until
every = "1mo"                    # the grid: seconds (s) to hours (h), days (d), weeks (w) or months (mo)
by = "subject"                   # "all": one state, shown as `subject`; ["subject", "sector"]: one for each of both
members = 51                     # by = "all": how many subjects must have reported for a sum to be known
expr = "rate >= line"            # breached when true
clear = "rate < line - 0.2"      # may stop firing when true (default: not expr)
value = "rate"                   # the quantity to show, and `line` the quantity to draw beside it
for = "2mo"                      # breached so long before it fires (default 0)
keep_firing_for = "1mo"          # clear so long before it stops (default 0)
fire_at_least = "3mo"            # once on, on at least so long; `rest_at_least`: once off, off at least so long
max_gap = "3mo"                  # silence longer than this is unknown (required: silence is never "fine")
on_missing = "unknown"           # or breach, ok, hold: what an evaluation without enough figures means
lateness = "2mo"                 # what comes so late is judged where it belongs; later, it is set aside and counted
act_on = "point"                 # or lower, upper: which bound of what may be so is acted on
then = "coordinated_pausing"     # the playbook that runs (in format 1: free words), or a table
[units]                          # of series; with them a clash is refused
"a.b" = "persons"
[let]                            # named quantities, each usable in the ones below it
rate = "100 * mean(a.b, 3mo) / mean(a.c, 3mo)"
line = "6.5"
[[level]]                        # how much of the response, from where: `at` or `below`, with hysteresis of its own
name = "half"
at = "6.5"
scale = 0.5
[labels]
severity = "statutory"
```

Or, in place of expressions, `after`, `expect`, `within` and `same`: what must follow what. docs/rules.md has it all.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from commonweal.kernel.expressions import (
    DURATION_WANT,
    UNIT_WANT,
    WORDS,
    Duration,
    Expression,
    Grid,
    Units,
    duration,
    grid,
    is_full_name,
    parse,
    remembered,
    units,
)
from commonweal.kernel.expressions.names import selected
from commonweal.kernel.expressions.units import spelled
from commonweal.kernel.values import BadInput, FaultCollector, RuleFault, Text, is_subject, read_toml, shown

from ._machine import Dwell, OnMissing
from ._parts import Level, LevelReader, Periods, Plan, Response, read_plan, read_response

FORMAT = 2
RULE_ID = re.compile(r"^[a-z][a-z0-9_.\-]{1,80}$")
LET_NAME = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
DIMENSION = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
DWELLS = ("for", "keep_firing_for", "fire_at_least", "rest_at_least")
TEXT_KEYS = ("id", "version", "citation", "url", "every", "subject", "expr", "clear", "value", "line")
RESPONSE_KEYS = {"after", "expect", "within", "same"}
SERIES_KEYS = {
    "expr",
    "clear",
    "value",
    "line",
    *DWELLS,
    "max_gap",
    "on_missing",
    "lateness",
    "act_on",
    "level",
    "members",
}
KEYS = {*TEXT_KEYS, *SERIES_KEYS, *RESPONSE_KEYS, "by", "then", "format", "title", "text", "unit", "in_force"}
TABLE_KEYS = {"let", "labels", "units"}
PROSE = {"format", "version", "citation", "url", "title", "text", "unit", "in_force", "line", "labels", "then"}
"""What a text says about itself and about what follows: it bears on no state."""
LETS_MAX = 40
LATENESS_MAX = 1200
ActOn = Literal["point", "lower", "upper"]


@dataclass(frozen=True)
class ThresholdRule:
    """A rule that passed every check. `lets` are its named quantities; `history` the periods it looks back.

    `lateness` is in periods, None where the rule names none; `spans` holds the durations as they were written.
    `response` is set for a rule about what must follow what: it reads entries and no series, and `expr` is never true.
    """

    id: str
    version: str
    title: Text
    text: Text
    citation: str
    url: str
    in_force_from: date
    in_force_until: date | None
    grid: Grid
    by: Literal["subject", "all"]
    subject: str
    members: int
    lets: Mapping[str, Expression]
    expr: Expression
    clear: Expression | None
    value: str
    line: str
    unit: Text
    dwell: Dwell
    max_gap: Duration
    labels: Mapping[str, str]
    then: str
    dims: tuple[str, ...] = ()
    lateness: int | None = None
    act_on: ActOn = "point"
    levels: tuple[Level, ...] = ()
    plan: Plan = field(default_factory=Plan)
    response: Response | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    spans: Mapping[str, Duration] = field(default_factory=dict)

    @functools.cached_property
    def parts(self) -> tuple[Expression, ...]:
        """Every expression of the rule."""
        truths = [truth for level in self.levels for truth in (level.on, level.off) if truth]
        return (self.expr, *self.lets.values(), *([self.clear] if self.clear else []), *truths)

    @functools.cached_property
    def series(self) -> frozenset[str]:
        """Every series that the rule reads, by full name; `*` stands for any value of a dimension."""
        return frozenset().union(*(part.series for part in self.parts))

    @functools.cached_property
    def history(self) -> int:
        """Periods before the current one that the rule looks at."""
        return max(part.history for part in self.parts)

    def reads(self, series: str) -> bool:
        """Whether the rule reads a series, by its full name (the dimensions in `by` already taken off)."""
        return selected(self.series, series)

    def in_force(self, day: date) -> bool:
        """Whether the rule is law on a day; a replay outside those days is counterfactual and says so."""
        return self.in_force_from <= day and (self.in_force_until is None or day <= self.in_force_until)


@functools.lru_cache(maxsize=256)
def read_rule(text: str) -> ThresholdRule:
    """Read and check a rule file. Raises `RuleFault` naming every fault, in expressions down to the character."""
    return _Reader(read_toml(text, "threshold rule")).rule()


def judges_alike(one: str, other: str) -> bool:
    """Whether two rule files, both good, judge by the same words: they differ in `PROSE` and layout at most."""
    first, second = (
        {key: said for key, said in tomllib.loads(text).items() if key not in PROSE} for text in (one, other)
    )
    return first == second


class _Reader:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.units: dict[str, Units] | None = None
        self.faults = FaultCollector(f"threshold rule {shown(str(data.get('id', '(no id)')))}", RuleFault)

    def rule(self) -> ThresholdRule:
        self._keys()
        days = self._in_force()
        on = grid(self.data.get("every", "1d" if self.responding else None))
        if on is None:
            want = "1d, 1w, 1mo or a multiple of one, or 30s, 5m, 1h"
            self.faults.add("every", self.data.get("every", "(absent)"), want, "duration")
        texts = {name: self._bilingual(name) for name in ("title", "text")}
        unit = self._bilingual("unit") if "unit" in self.data else Text(en="", zh="")
        labels = {str(key): str(value) for key, value in self._table("labels").items()}
        required = {name: self._required(name) for name in ("id", "version", "citation")}
        if required["id"] and not RULE_ID.match(required["id"]):
            self.faults.add("id", required["id"], "a name like us.sahm_gap", "name")
        then, plan = read_plan(self.data.get("then"), self.data.get("format", 1) != 1, self.faults)
        judged = self._response(on) if self.responding else self._series(on)
        self.faults.done()
        assert on is not None
        return ThresholdRule(
            id=required["id"],
            version=required["version"],
            citation=required["citation"],
            title=texts["title"],
            text=texts["text"],
            url=str(self.data.get("url", "")),
            in_force_from=days[0],
            in_force_until=days[1],
            grid=on,
            unit=unit,
            labels=MappingProxyType(labels),
            then=then,
            plan=plan,
            **judged,
        )

    @property
    def responding(self) -> bool:
        """Whether the text says what must follow what, and reads no series."""
        return bool({"after", "expect", "within"} & set(self.data))

    def _response(self, on: Grid | None) -> dict[str, Any]:
        """What a rule about entries has in place of expressions."""
        for key in sorted({*SERIES_KEYS, "let", "units", "by", "subject"} & set(self.data)):
            self.faults.add(
                key, key, "not together with after, expect and within: those read entries, not series", "key"
            )
        response = read_response(self.data, self.faults)
        return {
            "by": "subject",
            "subject": "",
            "members": 0,
            "lets": MappingProxyType({}),
            "expr": parse("false", on or Grid(Duration(1, "d")), {}, "expr"),
            "clear": None,
            "value": "",
            "line": "",
            "dwell": Dwell(0, 0, 0, 0, 0, "unknown"),
            "max_gap": Duration(0, "d"),
            "response": response,
            "spans": MappingProxyType({"within": response.within} if response else {}),
        }

    def _series(self, on: Grid | None) -> dict[str, Any]:
        """What a rule over series says: its expressions, dwell, levels and how it takes what is late or unsure."""
        by, dims = self._by()
        members = self._members()
        subject = self._subject(by)
        self.units = self._units()
        lets = self._lets(on, members)
        expr = self._expression("expr", on, lets, members, by)
        clear = self._expression("clear", on, lets, members, by) if "clear" in self.data else None
        names = {name: self._quantity(name, lets) for name in ("value", "line")}
        dwell, max_gap = self._dwell(on)

        def bound(where: str, text: str) -> Expression | None:
            return self._parsed(text, on, lets, members, where) if on else None

        value = lets.get(names["value"])
        dwells: Periods = lambda where, written: self._span(where, written, on)  # noqa: E731
        levels = LevelReader(value, bound, dwells, dwell, self.faults).read(self.data.get("level"))
        return {
            "by": by,
            "dims": dims,
            "subject": subject,
            "members": members,
            "lets": MappingProxyType(lets),
            "expr": expr,
            "clear": clear,
            "value": names["value"],
            "line": names["line"],
            "dwell": dwell,
            "max_gap": max_gap,
            "levels": levels,
            "lateness": self._lateness(on),
            "act_on": self._choice("act_on", get_args(ActOn), "point"),
            "units": MappingProxyType({name: spelled(unit) for name, unit in (self.units or {}).items()}),
            "spans": MappingProxyType(
                {name: span for name in (*DWELLS, "max_gap", "lateness") if (span := duration(self.data.get(name)))}
            ),
        }

    def _by(self) -> tuple[str, tuple[str, ...]]:
        """`by`: one state a subject, over all subjects, or one a subject and value of each dimension named."""
        found = self.data.get("by", "subject")
        if found in ("subject", "all"):
            return str(found), ()
        names = found if isinstance(found, list) else []
        dims = names[1:]
        good = names[:1] == ["subject"] and all(isinstance(name, str) and DIMENSION.match(name) for name in dims)
        if not good or len(set(dims)) < len(dims) or len(dims) > 4 or "subject" in dims:
            want = 'one of subject, all; or ["subject", "sector"], with at most 4 dimensions'
            self.faults.add("by", found, want, "choice")
            return "subject", ()
        return "subject", tuple(sorted(dims))

    def _lateness(self, on: Grid | None) -> int | None:
        if "lateness" not in self.data:
            return None
        found = self._span("lateness", self.data["lateness"], on)
        if found > LATENESS_MAX:
            self.faults.add("lateness", self.data["lateness"], f"at most {LATENESS_MAX} periods", "range")
        return found

    def _keys(self) -> None:
        written = self.data.get("format", 1)
        if isinstance(written, bool) or written not in range(1, FORMAT + 1):
            self.faults.add("format", written, f"1 to {FORMAT}; a newer format needs a newer release", "format")
        for key in self.data:
            if key not in KEYS | TABLE_KEYS:
                self.faults.add(key, key, f"a known key: {', '.join(sorted(KEYS | TABLE_KEYS))}", "unknown_key")
        for key in TEXT_KEYS:
            if not isinstance(self.data.get(key, ""), str):
                self.faults.add(key, self.data[key], "a text", "type")

    def _required(self, name: str) -> str:
        found = self.data.get(name, "")
        if not isinstance(found, str) or not found.strip():
            self.faults.add(name, self.data.get(name, "(absent)"), "a text that is not empty", "missing")
            return ""
        return found

    def _bilingual(self, name: str) -> Text:
        found = self.data.get(name)
        good = isinstance(found, dict) and all(
            isinstance(found.get(lang), str) and found[lang] for lang in ("en", "zh")
        )
        if not good:
            self.faults.add(name, found if found is not None else "(absent)", "a table { en = …, zh = … }", "missing")
            return Text(en="", zh="")
        assert isinstance(found, dict)
        return Text(en=found["en"], zh=found["zh"])

    def _table(self, name: str) -> dict[str, Any]:
        found = self.data.get(name, {})
        if not isinstance(found, dict):
            self.faults.add(name, found, "a table", "type")
            return {}
        return found

    def _in_force(self) -> tuple[date, date | None]:
        found = self._table("in_force")
        start, until = found.get("from"), found.get("until")
        for name, day in (("from", start), ("until", until)):
            wrong = not isinstance(day, date) or isinstance(day, datetime)
            if wrong and not (day is None and name == "until"):
                self.faults.add(f"in_force.{name}", day if day is not None else "(absent)", "a date", "date")
                return date.min, None
        assert isinstance(start, date)
        if until is not None and until < start:
            self.faults.add("in_force.until", until, f"a day on or after {start}", "order")
        return start, until

    def _choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        found = self.data.get(name, default)
        if found not in choices:
            self.faults.add(name, found, f"one of {', '.join(choices)}", "choice")
            return default
        return str(found)

    def _members(self) -> int:
        found = self.data.get("members", 0)
        if isinstance(found, bool) or not isinstance(found, int) or found < 0:
            self.faults.add("members", found, "a whole number of subjects", "type")
            return 0
        return found

    def _named(self, name: str) -> str:
        """The text under a key, "" where it is none: that was named with the forms of all keys."""
        found = self.data.get(name, "")
        return found if isinstance(found, str) else ""

    def _subject(self, by: str) -> str:
        found = self._named("subject")
        if by == "all" and not is_subject(found):
            self.faults.add("subject", found or "(absent)", 'with by = "all", an identifier like area:us', "name")
        if by == "subject" and found:
            self.faults.add("subject", found, 'only together with by = "all"', "name")
        return found

    def _units(self) -> dict[str, Units] | None:
        """The unit of each series that the rule reads; None where it declares none."""
        found: dict[str, Units] = {}
        for name, text in self._table("units").items():
            unit = units(text) if isinstance(text, str) else None
            if not is_full_name(name):
                self.faults.add(f"units.{shown(name)}", name, 'a series like "laus.unemployed"', "name")
            elif unit is None:
                self.faults.add(f"units.{name}", text, UNIT_WANT, "unit")
            else:
                found[name] = unit
        return found if "units" in self.data else None

    def _lets(self, on: Grid | None, members: int) -> dict[str, Expression]:
        lets: dict[str, Expression] = {}
        written = self._table("let")
        if len(written) > LETS_MAX:
            self.faults.add("let", len(written), f"at most {LETS_MAX} quantities", "too_many")
            return lets
        for name, text in written.items():
            if not LET_NAME.match(name) or name in WORDS:
                self.faults.add(f"let.{shown(name)}", name, "a lower-case name that is no word of the language", "name")
            elif not isinstance(text, str):
                self.faults.add(f"let.{name}", text, "an expression in quotation marks", "type")
            elif on is not None:
                found = self._parsed(text, on, lets, members, f"let.{name}")
                if found:
                    lets[name] = remembered(name, found)
        return lets

    def _parsed(
        self, text: str, on: Grid, lets: Mapping[str, Expression], members: int, where: str
    ) -> Expression | None:
        try:
            return parse(text, on, lets, where, members, units=self.units)
        except BadInput as error:
            self.faults.extend(error.faults)
            return None

    def _expression(
        self, name: str, on: Grid | None, lets: Mapping[str, Expression], members: int, by: str
    ) -> Expression | None:
        text = self._required(name)
        if not text or on is None:
            return None
        found = self._parsed(text, on, lets, members, name)
        if found is None:
            return None
        if found.type != "truth":
            self.faults.add(name, text, "a comparison: something true or false, not a number", "type")
        if found.scope != by:
            want = "sums over subjects (sum_by)" if by == "all" else "each subject's own series (no sum_by)"
            self.faults.add(name, text, f'with by = "{by}", {want}', "scope")
        return found

    def _quantity(self, name: str, lets: Mapping[str, Expression]) -> str:
        found = self._named(name)
        if found and (found not in lets or lets[found].type != "number"):
            numbers = [let for let, tree in lets.items() if tree.type == "number"]
            want = f"the name of a number in [let]: {', '.join(numbers) or 'there is none yet'}"
            named = f'; an expression gets a name there, like shown = "{shown(found)}"' if found not in lets else ""
            self.faults.add(name, found, want + named, "name")
        return found

    def _dwell(self, on: Grid | None) -> tuple[Dwell, Duration | None]:
        spans = [self._periods(name, on) for name in DWELLS]
        if "max_gap" not in self.data:
            self.faults.add("max_gap", "(absent)", f"{DURATION_WANT}: how long silence may last", "missing")
        gap = self._periods("max_gap", on)
        if "max_gap" in self.data and gap == 0 and duration(self.data["max_gap"]):
            self.faults.add("max_gap", self.data["max_gap"], "at least one period", "duration")
        on_missing = self._choice("on_missing", get_args(OnMissing), "unknown")
        dwell = Dwell(spans[0], spans[1], spans[2], spans[3], gap, cast(OnMissing, on_missing))
        return dwell, duration(self.data.get("max_gap"))

    def _periods(self, name: str, on: Grid | None) -> int:
        return self._span(name, self.data.get(name, "0d"), on)

    def _span(self, where: str, written: object, on: Grid | None) -> int:
        span = duration(written)
        periods = on.periods(span) if on and span else None
        if periods is None and on is not None:
            self.faults.add(where, written, f"{DURATION_WANT}, a whole number of periods of {on.every}", "duration")
        return periods or 0
