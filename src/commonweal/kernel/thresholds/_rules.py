"""A threshold rule as data: TOML in the shape people know from Prometheus, with what a safety monitor needs besides.

```toml
format = 1                       # of this file; a newer one is refused rather than half understood
id = "us.example"                # with version, citation, url, [title], [text], [in_force] from/until
every = "1mo"                    # the grid: periods of days (d), weeks (w) or months (mo)
by = "subject"                   # or "all": one state over all subjects, shown as `subject`, summed with sum_by
members = 51                     # by = "all": how many subjects must have reported for a sum to be known
expr = "rate >= line"            # breached when true
clear = "rate < line - 0.2"      # may stop firing when true (default: not expr)
value = "rate"                   # the quantity to show, and `line` the quantity to draw beside it
for = "2mo"                      # breached so long before it fires (default 0)
keep_firing_for = "1mo"          # clear so long before it stops (default 0)
fire_at_least = "3mo"            # once on, on at least so long; `rest_at_least`: once off, off at least so long
max_gap = "3mo"                  # silence longer than this is unknown (required: silence is never "fine")
on_missing = "unknown"           # or breach, ok, hold: what an evaluation without enough figures means
then = "what this is for"        # a name the instrument binds a response to
[let]                            # named quantities, each usable in the ones below it
rate = "100 * mean(a.b, 3mo) / mean(a.c, 3mo)"
line = "6.5"
[labels]
severity = "statutory"
```
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
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
from commonweal.kernel.values import BadInput, FaultCollector, RuleFault, Text, is_subject, shown

from ._machine import Dwell, OnMissing

FORMAT = 1
RULE_ID = re.compile(r"^[a-z][a-z0-9_.\-]{1,80}$")
LET_NAME = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
DWELLS = ("for", "keep_firing_for", "fire_at_least", "rest_at_least")
TEXT_KEYS = ("id", "version", "citation", "url", "every", "by", "subject", "expr", "clear", "value", "line", "then")
KEYS = {*TEXT_KEYS, *DWELLS, "format", "title", "text", "unit", "in_force", "members", "max_gap", "on_missing"}
TABLE_KEYS = {"let", "labels", "units"}
LETS_MAX = 40


@dataclass(frozen=True)
class ThresholdRule:
    """A rule that passed every check. `lets` are its named quantities; `history` the periods it looks back."""

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

    @functools.cached_property
    def series(self) -> frozenset[str]:
        """Every series that the rule reads."""
        parts = [self.expr, *self.lets.values(), *([self.clear] if self.clear else [])]
        return frozenset().union(*(part.series for part in parts))

    @functools.cached_property
    def history(self) -> int:
        """Periods before the current one that the rule looks at."""
        parts = [self.expr, *self.lets.values(), *([self.clear] if self.clear else [])]
        return max(part.history for part in parts)

    def in_force(self, day: date) -> bool:
        """Whether the rule is law on a day; a replay outside those days is counterfactual and says so."""
        return self.in_force_from <= day and (self.in_force_until is None or day <= self.in_force_until)


@functools.lru_cache(maxsize=256)
def read_rule(text: str) -> ThresholdRule:
    """Read and check a rule file. Raises `RuleFault` naming every fault, in expressions down to the character."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults = FaultCollector("threshold rule", RuleFault)
        faults.add("(whole)", text[:40], f"must be TOML: {error}", "toml")
        faults.done()
        raise
    return _Reader(data).rule()


class _Reader:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.units: dict[str, Units] | None = None
        self.faults = FaultCollector(f"threshold rule {shown(str(data.get('id', '(no id)')))}", RuleFault)

    def rule(self) -> ThresholdRule:
        self._keys()
        days = self._in_force()
        on = grid(self.data.get("every"))
        if on is None:
            self.faults.add("every", self.data.get("every", "(absent)"), "1d, 1w, 1mo or a multiple of one", "duration")
        by = self._choice("by", ("subject", "all"), "subject")
        members = self._members()
        subject = self._subject(by)
        texts = {name: self._bilingual(name) for name in ("title", "text")}
        unit = self._bilingual("unit") if "unit" in self.data else Text(en="", zh="")
        self.units = self._units()
        lets = self._lets(on, members)
        expr = self._expression("expr", on, lets, members, by)
        clear = self._expression("clear", on, lets, members, by) if "clear" in self.data else None
        names = {name: self._quantity(name, lets) for name in ("value", "line")}
        dwell, max_gap = self._dwell(on)
        labels = {str(key): str(value) for key, value in self._table("labels").items()}
        required = {name: self._required(name) for name in ("id", "version", "citation")}
        if required["id"] and not RULE_ID.match(required["id"]):
            self.faults.add("id", required["id"], "a name like us.sahm_gap", "name")
        self.faults.done()
        assert on is not None
        assert expr is not None
        assert max_gap is not None
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
            by=cast(Literal["subject", "all"], by),
            subject=subject,
            members=members,
            lets=MappingProxyType(lets),
            expr=expr,
            clear=clear,
            unit=unit,
            dwell=dwell,
            max_gap=max_gap,
            labels=MappingProxyType(labels),
            then=str(self.data.get("then", "")),
            value=names["value"],
            line=names["line"],
        )

    def _keys(self) -> None:
        if self.data.get("format", FORMAT) != FORMAT:
            self.faults.add("format", self.data["format"], f"{FORMAT}; a newer format needs a newer release", "format")
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

    def _subject(self, by: str) -> str:
        found = str(self.data.get("subject", ""))
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
        found = str(self.data.get(name, ""))
        if found and (found not in lets or lets[found].type != "number"):
            self.faults.add(name, found, f"the name of a number in [let]: {', '.join(lets) or 'none'}", "name")
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
        written = self.data.get(name, "0d")
        span = duration(written)
        periods = on.periods(span) if on and span else None
        if periods is None and on is not None:
            self.faults.add(name, written, f"{DURATION_WANT}, a whole number of periods of {on.every}", "duration")
        return periods or 0
