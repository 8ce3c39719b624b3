"""A derived series as data: TOML that says how its values follow from those of other series.

```toml
format = 1                       # of this file; a newer one is refused rather than half understood
id = "us.national_rate"          # with version, citation, url, [title], [text], [in_force] from/until
series = "us.unemployment_rate"  # the series that it makes
unit = "percent"                 # of that series
every = "1mo"                    # the grid of its values
by = "subject"                   # or "all": one value over all subjects, about `subject`, summed with sum_by; or
                                 # ["subject", "sex"]: one a subject and sex, of what is read with that dimension
members = 51                     # by = "all": how many subjects must have a value for a sum to be known
expr = "100 * a / b"             # a number
[let]                            # named quantities, each usable in the ones below it and in `expr`
a = "sum_by(laus.unemployed)"
[units]                          # of the series that it reads; then units are checked through the expression
"laus.unemployed" = "persons"
[about]                          # series that speak of one subject and are read for every other, such as weights
"gpts.exposure" = "area:us"
```

A value stands at each period in which something that it reads (weights in `[about]` apart) was observed. Bounds of what
it reads become bounds of what it makes, by interval arithmetic.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, cast

from commonweal.kernel.expressions import UNIT_WANT, WORDS, Expression, Grid, Units, grid, parse, remembered, units
from commonweal.kernel.expressions.names import DIMENSION, any_of, name_parts, overlap, selected
from commonweal.kernel.expressions.units import spelled
from commonweal.kernel.values import LANGUAGES, BadInput, FaultCollector, RuleFault, Text, is_subject, read_toml, shown

from ._columns import series_name

FORMAT = 1
RULE_ID = re.compile(r"^[a-z][a-z0-9_.\-]{1,80}$")
LET_NAME = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
TEXTS = ("id", "version", "citation", "url", "series", "unit", "every", "subject", "expr")
REQUIRED = ("id", "version", "citation", "series", "every", "expr")
TABLES = ("title", "text", "in_force", "let", "units", "about", "labels")
KEYS = {*TEXTS, *TABLES, "format", "by", "members"}
LETS_MAX = 40
DIMENSIONS_OF_BY = 4


@dataclass(frozen=True)
class DerivedRule:
    """A rule that passed every check. `about` gives the one subject of each series that is read for every other."""

    id: str
    version: str
    title: Text
    text: Text
    citation: str
    url: str
    in_force_from: date
    in_force_until: date | None
    series: str
    unit: str
    units: Mapping[str, str]
    grid: Grid
    by: Literal["subject", "all"]
    dims: tuple[str, ...]
    subject: str
    about: Mapping[str, str]
    lets: Mapping[str, Expression]
    expr: Expression

    @property
    def reads(self) -> frozenset[str]:
        """The series that it reads, as they stand in its expression; `*` stands for any value of a dimension."""
        return self.expr.series

    @functools.cached_property
    def sources(self) -> frozenset[str]:
        """The same as the record names them: with the dimensions in `by`, which weights in `[about]` need not have."""
        weights = {name for name in self.reads if self.from_about(name)}
        return frozenset({any_of(name, self.dims) for name in self.reads} | weights)

    @functools.cached_property
    def makes(self) -> str:
        """The series that it makes, each of them where it has dimensions."""
        return any_of(self.series, self.dims)

    @property
    def history(self) -> int:
        """Periods before the current one that a value depends on."""
        return self.expr.history

    def from_about(self, series: str) -> str:
        """The subject about which a series is read for every other; empty for one that is each subject's own."""
        return next((subject for name, subject in self.about.items() if selected([name], series)), "")


@functools.lru_cache(maxsize=256)
def read_derived(text: str) -> DerivedRule:
    """Read and check a rule file. Raises `RuleFault` naming every fault, in expressions down to the character."""
    return _Reader(read_toml(text, "derived series")).rule()


def in_order(rules: Iterable[DerivedRule]) -> list[DerivedRule]:
    """The rules so that each comes after those whose series it reads.

    Raises `RuleFault` where a series would depend on itself, naming the way round.
    """
    by_id = {rule.id: rule for rule in rules}
    done: dict[str, DerivedRule] = {}
    for rule_id in sorted(by_id):
        _visit(by_id[rule_id], by_id, done, ())
    return list(done.values())


def _visit(
    rule: DerivedRule, by_id: Mapping[str, DerivedRule], done: dict[str, DerivedRule], way: Sequence[str]
) -> None:
    if rule.id in done:
        return
    if rule.id in way:
        faults = FaultCollector(f"derived series {rule.id}", RuleFault)
        round_ = [*way[way.index(rule.id) :], rule.id]
        faults.add("expr", " → ".join(round_), "series of which none depends on itself", "circle")
        faults.done()
    for other in sorted(by_id):
        if any(overlap(name, by_id[other].makes) for name in rule.sources):
            _visit(by_id[other], by_id, done, (*way, rule.id))
    done[rule.id] = rule


def _are_dimensions(names: Sequence[Any]) -> bool:
    """Whether a list says by which dimensions: each a name, and said once."""
    named = [name for name in names if isinstance(name, str) and re.fullmatch(DIMENSION, name) and name != "subject"]
    return 0 < len(named) == len(names) == len(set(named)) <= DIMENSIONS_OF_BY


class _Reader:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.faults = FaultCollector(f"derived series {shown(str(data.get('id', '(no id)')))}", RuleFault)

    def rule(self) -> DerivedRule:
        self._keys()
        on = grid(self.data.get("every"))
        if on is None and isinstance(self.data.get("every"), str):
            self.faults.add("every", self.data["every"], "a grid such as 1mo, 1w, 1d, 1h, 5m or 30s", "duration")
        by, dims, subject, members = self._by()
        start, until = self._in_force()
        texts = {name: self._bilingual(name) for name in ("title", "text")}
        series = self._series(dims)
        declared = self._units()
        lets, expr = self._expressions(on, members, declared)
        if expr is not None:
            self._fits(expr, by)
        about = self._about(expr)
        self.faults.done()
        assert on is not None
        assert expr is not None
        return DerivedRule(
            id=self.data["id"],
            version=self.data["version"],
            title=texts["title"],
            text=texts["text"],
            citation=self.data["citation"],
            url=self.data.get("url", ""),
            in_force_from=start,
            in_force_until=until,
            series=series,
            unit=self.data.get("unit", ""),
            units=MappingProxyType(self._table("units")),
            grid=on,
            by=cast(Literal["subject", "all"], by),
            dims=dims,
            subject=subject,
            about=MappingProxyType(about),
            lets=MappingProxyType(lets),
            expr=expr,
        )

    def _keys(self) -> None:
        if self.data.get("format", FORMAT) != FORMAT:
            self.faults.add("format", self.data["format"], f"{FORMAT}; a newer format needs a newer release", "format")
        for key in sorted(set(self.data) - KEYS):
            self.faults.add(key, key, f"a known key: {', '.join(sorted(KEYS))}", "unknown_key")
        for key in TEXTS:
            found = self.data.get(key, "")
            if not isinstance(found, str) or (key in REQUIRED and not found.strip()):
                self.faults.add(key, self.data.get(key, "(absent)"), "a text that is not empty", "missing")
        rule_id = self.data.get("id")
        if isinstance(rule_id, str) and rule_id and not RULE_ID.match(rule_id):
            self.faults.add("id", rule_id, "a name like us.national_rate", "name")

    def _table(self, name: str) -> dict[str, Any]:
        found = self.data.get(name, {})
        if not isinstance(found, dict):
            self.faults.add(name, found, "a table", "type")
            return {}
        return found

    def _bilingual(self, name: str) -> Text:
        found = self.data.get(name)
        if not (
            isinstance(found, dict) and all(isinstance(found.get(lang), str) and found[lang] for lang in LANGUAGES)
        ):
            self.faults.add(name, found if found is not None else "(absent)", "a table { en = …, zh = … }", "missing")
            return Text(dict.fromkeys(LANGUAGES, ""))
        return Text({language: found[language] for language in LANGUAGES})

    def _in_force(self) -> tuple[date, date | None]:
        found = self._table("in_force")
        start, until = found.get("from"), found.get("until")
        for name, day in (("from", start), ("until", until)):
            if (not isinstance(day, date) or isinstance(day, datetime)) and not (day is None and name == "until"):
                self.faults.add(f"in_force.{name}", day if day is not None else "(absent)", "a date", "date")
                return date.min, None
        assert isinstance(start, date)
        if until is not None and until < start:
            self.faults.add("in_force.until", until, f"a day on or after {start}", "order")
        return start, until

    def _by(self) -> tuple[str, tuple[str, ...], str, int]:
        by, subject, members = self.data.get("by", "subject"), self.data.get("subject", ""), self.data.get("members", 0)
        dims: tuple[str, ...] = ()
        if isinstance(by, list) and by[:1] == ["subject"] and _are_dimensions(by[1:]):
            by, dims = "subject", tuple(sorted(by[1:]))
        if by not in ("subject", "all"):
            want = f'one of subject, all; or ["subject", "sector"], with at most {DIMENSIONS_OF_BY} dimensions'
            self.faults.add("by", by, want, "choice")
            by = "subject"
        if (by == "all") != bool(subject) or (subject and not is_subject(subject)):
            want = 'an identifier like area:us, with by = "all" and only there'
            self.faults.add("subject", subject or "(absent)", want, "name")
        if isinstance(members, bool) or not isinstance(members, int) or members < 0:
            self.faults.add("members", members, "a whole number of subjects", "type")
            members = 0
        return by, dims, str(subject), members

    def _series(self, dims: Iterable[str]) -> str:
        written = self.data.get("series", "")
        full = series_name(written)
        if isinstance(written, str) and written and full is None:
            self.faults.add("series", written, "a name like us.unemployment_rate", "name")
        own = dict(name_parts(full or "")[1])
        if both := [name for name in dims if name in own]:
            self.faults.add("series", written, f"a name without {', '.join(both)}, which `by` gives it", "name")
        return full or ""

    def _units(self) -> dict[str, Units] | None:
        """The declared units of what is read; None where none are, and then none are checked."""
        found: dict[str, Units] = {}
        for name, text in self._table("units").items():
            full, unit = series_name(name), units(text) if isinstance(text, str) else None
            if full is None or unit is None:
                self.faults.add(f"units.{name}", text, f"a series, and {UNIT_WANT}", "unit")
            else:
                found[full] = unit
        return found or None

    def _expressions(
        self, on: Grid | None, members: int, declared: Mapping[str, Units] | None
    ) -> tuple[dict[str, Expression], Expression | None]:
        lets: dict[str, Expression] = {}
        written = self._table("let")
        if len(written) > LETS_MAX:
            self.faults.add("let", len(written), f"at most {LETS_MAX} quantities", "too_many")
        if on is None or len(written) > LETS_MAX:
            return lets, None
        for name, text in written.items():
            if not LET_NAME.match(name) or name in WORDS:
                self.faults.add(f"let.{shown(name)}", name, "a lower-case name that is no word of the language", "name")
            elif not isinstance(text, str):
                self.faults.add(f"let.{name}", text, "an expression in quotation marks", "type")
            elif found := self._parsed(text, on, lets, members, f"let.{name}", declared=declared):
                lets[name] = remembered(name, found)
        text = self.data.get("expr")
        if not isinstance(text, str) or not text.strip():
            return lets, None
        return lets, self._parsed(text, on, lets, members, "expr", declared=declared)

    def _parsed(
        self,
        text: str,
        on: Grid,
        lets: Mapping[str, Expression],
        members: int,
        where: str,
        *,
        declared: Mapping[str, Units] | None,
    ) -> Expression | None:
        try:
            return parse(text, on, lets, where, members, units=declared)
        except BadInput as error:
            self.faults.extend(error.faults)
            return None

    def _fits(self, expr: Expression, by: str) -> None:
        if expr.type != "number":
            self.faults.add("expr", expr.text, "a number, not something true or false", "type")
        if expr.scope != by:
            want = "sums over subjects (sum_by)" if by == "all" else "each subject's own series (no sum_by)"
            self.faults.add("expr", expr.text, f'with by = "{by}", {want}', "scope")
        stated = self.data.get("unit") or "1"
        said = units(stated) if isinstance(stated, str) else None
        if self.data.get("unit") and said is None:
            self.faults.add("unit", self.data["unit"], UNIT_WANT, "unit")
        elif expr.unit is not None and not expr.literal and said is not None and said != expr.unit:
            want = f"{spelled(expr.unit)}, which is what the expression comes to"
            self.faults.add("unit", self.data.get("unit", "(absent)"), want, "unit")

    def _about(self, expr: Expression | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, subject in self._table("about").items():
            if not is_subject(subject if isinstance(subject, str) else ""):
                self.faults.add(f"about.{name}", subject, "an identifier like area:us", "name")
            read = [series for series in expr.series if series.split("{")[0] == name or series == name] if expr else []
            if expr and not read:
                self.faults.add(f"about.{name}", name, f"a series of the expression: {', '.join(sorted(expr.series))}")
            found |= dict.fromkeys(read, str(subject))
        return found
