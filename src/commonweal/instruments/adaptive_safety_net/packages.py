"""Packages of help as dated, cited data: what switches one on, how much, to whom, how it ends, and what the law lacks.

A package is a folder with `trigger.toml`, a rule in the house's rule language, and `package.toml`. A design is a file
that names packages to run beside each other. Nothing here knows a threshold or an amount.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from commonweal.kernel.expressions import holds_alone
from commonweal.kernel.instrument import Potential, Text
from commonweal.kernel.thresholds import ThresholdRule, can_be_swept, read_rule, varied
from commonweal.kernel.values import BadInput, Fault, FaultCollector, NotFound, RuleFault, faults_of, read_toml, text

from . import laus
from .terms import Aid, Terms, Words

HERE = Path(__file__).parent
PACKAGES, DESIGNS = HERE / "packages", HERE / "designs"
FILE, TRIGGER = "package.toml", "trigger.toml"
SUFFIX = ".package"
"""A package is adopted under the id of its trigger with this behind it."""
HAPPENED = ("laus.*", "ui.*", "postings.*")
"""Series that say what happened. Any other says what could be affected: none may switch a package on by itself."""
MUST_END = ("phase_out", "expiry", "budget")
NUMBERS = ("replaces", "cap_usd", "months", "share", "usd", "loss_usd")
CHARS_MAX, PACKAGES_MAX = 100_000, 20
_GROUPED = re.compile(r"^\d{1,3}(,\d{3})+(\.\d+)?$")
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_ID = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
_STRICT = ConfigDict(defer_build=True, extra="forbid", frozen=True)


class InForce(BaseModel):
    """The days on which the package is law, or would be."""

    model_config = _STRICT
    start: date = Field(alias="from")
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.start <= day and (self.until is None or day <= self.until)


class Begins(BaseModel):
    """How long after the figures are released the first payment can be."""

    model_config = _STRICT
    after: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]?)[dw]$")] = "0d"

    @property
    def days(self) -> int:
        return int(self.after[:-1]) * (7 if self.after[-1] == "w" else 1)


Months = Annotated[str, Field(pattern=r"^([1-9]|[1-9][0-9]|1[01][0-9]|120)mo$")]


class PhaseOut(BaseModel):
    """From all of it to nothing takes at least so long."""

    model_config = _STRICT
    over: Months


class Expiry(BaseModel):
    """How long it may last once it is on, and what it takes to begin again."""

    model_config = _STRICT
    longest: Months
    renewal: Words


class Budget(BaseModel):
    """The most that may be paid in a year that begins with a month."""

    model_config = _STRICT
    usd_a_year: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    year_begins: Annotated[int, Field(ge=1, le=12)] = 1


Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _in_order(told: tuple[float, float, float]) -> tuple[float, float, float]:
    if not told[0] <= told[1] <= told[2]:
        raise ValueError("low, central and high, in that order")
    return told


Range = Annotated[tuple[Amount, Amount, Amount], AfterValidator(_in_order)]
SHARES_MOST = {"unemployed": 1, "labour_force": 2}
"""Nobody can pay more people than there are. Adults are less than twice the labour force in every state and year."""


class Pays(BaseModel):
    """What is paid: to which share of whom, how much; each as low, central and high.

    `while_on`: every month while it is on; `enrols`: whoever enrols while it is on is paid for `months`; `at_start`:
    once each time it comes on. The amount is `usd` (a month, or once), or a share of a monthly loss up to a cap. What
    makes up for a loss is paid for so many calendar months, or `from_day` to day; and drops parts of a cent at each
    step, or `once`, at the end. The months count from the new work, or from the `earlier` of that and the day on which
    unemployment benefits were used up.
    """

    model_config = _STRICT
    how: Literal["while_on", "enrols", "at_start"]
    to: Literal["unemployed", "labour_force"]
    counts: Literal["persons", "areas"] = "persons"
    share: Range
    usd: Range | None = None
    months: Annotated[int, Field(ge=1, le=120)] = 1
    counts_months: Literal["by_calendar", "from_day"] = "by_calendar"
    months_from: Literal["work", "earlier"] = "work"
    drops: Literal["each_step", "once"] = "each_step"
    replaces: Annotated[float, Field(gt=0, le=1)] | None = None
    loss_usd: Range | None = None
    cap_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    prices: Annotated[int, Field(ge=1970, le=2100)]
    basis: Words

    @field_validator("share", mode="after")
    @classmethod
    def _of_people(cls, share: tuple[float, float, float], info: ValidationInfo) -> tuple[float, float, float]:
        most = SHARES_MOST.get(info.data.get("to", ""))
        if most is not None and share[2] > most:
            raise ValueError(f"at most {most}: there are no more people than that")
        return share

    def amounts(self) -> tuple[float, float, float]:
        """Low, central and high dollars: a month, or once."""
        if self.usd is not None:
            return self.usd
        assert self.replaces is not None
        assert self.loss_usd is not None
        assert self.cap_usd is not None
        low, central, high = (min(self.replaces * loss, self.cap_usd / self.months) for loss in self.loss_usd)
        return low, central, high


class Written(BaseModel):
    """The file `package.toml`."""

    model_config = _STRICT
    format: Literal[1]
    id: Annotated[str, Field(pattern=_ID)]
    version: Annotated[str, Field(min_length=1)]
    whose: Literal["law", "proposal"]
    citation: Annotated[str, Field(min_length=1)]
    url: Annotated[str, Field(pattern=r"^https://")]
    title: Words
    text: Words
    benefit: Annotated[str, Field(pattern=_ID)] | None = None
    """What it is, where several packages are triggers of one benefit: nobody gets that twice for a month, nor under two
    programmes of a package that says none."""
    in_force: InForce
    begins: Begins = Begins()
    phase_out: PhaseOut | None = None
    expiry: Expiry | None = None
    budget: Budget | None = None
    pays: Pays
    lacks: dict[Literal["phase_out", "expiry", "budget"], Words] = {}
    claims: Terms | None = None
    aid: Aid | None = None

    @property
    def gives(self) -> str:
        """The benefit: a package that shares it with no other is one of its own."""
        return self.benefit or self.id

    @property
    def unit(self) -> str | None:
        """In what it pays: people on its terms, or an area's government; None where it can be replayed only."""
        terms = self.claims or self.aid
        return terms.unit if terms else None

    @property
    def longest(self) -> int | None:
        """Months after which it expires; None where it does not."""
        return int(self.expiry.longest.removesuffix("mo")) if self.expiry else None

    @property
    def over(self) -> int | None:
        """Months that it takes at least to go from all of it to nothing; None where it may end at once."""
        return int(self.phase_out.over.removesuffix("mo")) if self.phase_out else None

    @property
    def rule(self) -> str:
        """The id of its trigger, which is its own without the last part."""
        return self.id.removesuffix(SUFFIX)


@dataclass(frozen=True)
class Package:
    """A package that passed every check. Designs and sweeps name it by `name`, the last part of its trigger's id."""

    data: Written
    rule: ThresholdRule
    trigger_text: str
    written: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.data.rule.rpartition(".")[2]

    def parameters(self) -> list[str]:
        """What a sweep can vary, e.g. `wage_insurance.trigger.let.line`."""
        trigger = [f"trigger.{path}" for path in can_be_swept(self.trigger_text)]
        pays = [f"pays.{name}" for name in NUMBERS if name in self.written["pays"]]
        ends = [f"{table}.{key}" for table, key in _ENDS if table in self.written]
        return [f"{self.name}.{path}" for path in (*trigger, "begins.after", *ends, *pays)]

    def value_of(self, path: str) -> str:
        """What a parameter (without the package's name) is as written; of a range the central value."""
        table, _, key = path.partition(".")
        if table == "trigger":
            data = tomllib.loads(self.trigger_text)
            return str(data["let"][key.removeprefix("let.")] if key.startswith("let.") else data[key])
        found = self.written.get(table, {}).get(key, Begins().after)
        return f"{found[1] if isinstance(found, list) else found:,.15g}" if not isinstance(found, str) else found

    def varied(self, path: str, value: str) -> Package:
        """The package with another value of one parameter (without its name). Raises `BadInput`."""
        if path.startswith("trigger."):
            changed = varied(self.trigger_text, path.removeprefix("trigger."), value)
            _lines(changed, "safety net")
            return replace(self, trigger_text=changed, rule=_rule(changed))
        if f"{self.name}.{path}" not in self.parameters():
            want = f"one of {', '.join(self.parameters())}"
            raise BadInput(Fault("parameter", f"{self.name}.{path}", want, "parameter"), "safety net")
        table, _, key = path.partition(".")
        number, before = _value(path, value), self.written.get(table, {}).get(key)
        if path in RANGES and number[1] == before[1]:
            return self  # as it is written, with how sure that is
        changed_data = {**self.written, table: {**self.written.get(table, {}), key: number}}
        return replace(self, data=_checked(changed_data, self.name), written=changed_data)


_ENDS = (("phase_out", "over"), ("expiry", "longest"), ("budget", "usd_a_year"))


WANTED = {
    "begins.after": Text(en="days or weeks, such as 0d, 10d or 4w", zh="天数或周数，例如 0d、10d 或 4w"),
    "phase_out.over": Text(en="from 1 to 120 months, such as 6mo", zh="1 至 120 个月，例如 6mo"),
    "expiry.longest": Text(en="from 1 to 120 months, such as 36mo", zh="1 至 120 个月，例如 36mo"),
    "budget.usd_a_year": Text(
        en="dollars, more than 0, such as 8,000,000,000", zh="大于 0 的美元数，例如 8,000,000,000"
    ),
    "pays.share": Text(
        en="a share from 0 to 1 of the unemployed, or to 2 of the labour force (adults: about 1.6), such as 0.02",
        zh="比例：占失业者 0 至 1，或占劳动力 0 至 2（全体成年人约为 1.6），例如 0.02",
    ),
    "pays.usd": Text(en="dollars, 0 or more, such as 1,300", zh="不小于 0 的美元数，例如 1,300"),
    "pays.replaces": Text(
        en="a share of the loss, more than 0 and at most 1, such as 0.5", zh="大于 0 且不超过 1 的比例，例如 0.5"
    ),
    "pays.loss_usd": Text(en="dollars a month, 0 or more, such as 900", zh="不小于 0 的每月美元数，例如 900"),
    "pays.cap_usd": Text(en="dollars, more than 0, such as 10,000", zh="大于 0 的美元数，例如 10,000"),
    "pays.months": Text(en="whole months from 1 to 120, such as 24", zh="1 至 120 的整月数，例如 24"),
    "trigger.let": Text(
        en="a number in the unit of the trigger, such as 0.5; a line to go off is not above the one to come on",
        zh="以触发条件单位表示的数值，例如 0.5；结束界线不得高于启动界线",
    ),
    "trigger": Text(en="whole months, such as 3mo", zh="整月数，例如 3mo"),
}
"""What each number of a package may be, for whoever changes it; a trigger's by the head of its path."""


def wanted(path: str, language: str = "en") -> str:
    """What a parameter (without its package's name) may be."""
    head = "trigger.let" if path.startswith("trigger.let.") else path.partition(".")[0]
    return (WANTED.get(path) or WANTED[head]).in_(language)


def _lines(trigger: str, about: str) -> None:
    """Numbers of a trigger are finite, and what goes off does so no higher than it came on. Raises `BadInput`."""
    let = {name: value for name, value in tomllib.loads(trigger).get("let", {}).items() if _is_number(value)}
    faults = FaultCollector(about)
    for name, value in let.items():
        if not math.isfinite(float(value)):
            faults.add(f"trigger.let.{name}", str(value), "a finite number", "number")
    if "line" in let and "line_off" in let and float(let["line_off"]) > float(let["line"]):
        want = f"at most {let['line']}, the line to come on: above it, it would go off as it comes on"
        faults.add("trigger.let.line_off", str(let["line_off"]), want, "lines")
    faults.done()


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


RANGES = ("pays.share", "pays.usd", "pays.loss_usd")
"""The parameters that are written as low, central and high."""


def _value(path: str, value: str) -> Any:
    """A parameter's value as its file would hold it; one number for a range stands for all three."""
    if path in ("begins.after", "phase_out.over", "expiry.longest"):
        return value
    try:
        number = float(value.replace(",", "") if _GROUPED.match(value) else value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(Fault(path, value, wanted(path), "number"), "safety net")
    if path == "pays.months":
        return int(number) if number == int(number) else number
    return [number] * 3 if path in RANGES else number


def _checked(data: Mapping[str, Any], about: str) -> Written:
    faults = FaultCollector(f"package {about}", RuleFault)
    found: Written | None = None
    try:
        found = Written.model_validate(data)
    except ValidationError as error:
        faults.extend(faults_of(error))
    faults.extend(_between(data))
    faults.done()
    assert found is not None
    return found


def _between(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong between the tables of a package and between what one of them holds, whatever else is wrong."""
    pays, claims, lacks = (_table(data, name) for name in ("pays", "claims", "lacks"))
    for name in MUST_END:
        if (name in data) == (name in lacks):
            seen = "a table and why there is none" if name in data else "(absent)"
            yield Fault(name, seen, f"either a table {name}, or lacks.{name} that says why there is none", "either")
    loss = [name for name in ("replaces", "loss_usd", "cap_usd") if name in pays]
    if pays and (("usd" in pays) == bool(loss) or 0 < len(loss) < 3):
        seen = ", ".join([*(["usd"] if "usd" in pays else []), *loss]) or "(absent)"
        yield Fault("pays", seen, "either usd, or all three of replaces, loss_usd and cap_usd", "either")
    if pays.get("counts_months") == "from_day" and (pays.get("how") != "enrols" or "replaces" not in pays):
        want = "by_calendar, or left out: months are counted to the day where whoever enrols is paid a share of a loss"
        yield Fault("pays.counts_months", "from_day", want, "from_day")
    if pays.get("months_from") == "earlier" and pays.get("counts_months") != "from_day":
        want = "work, or left out: earlier only where months are counted to the day"
        yield Fault("pays.months_from", "earlier", want, "from_day")
    if "until" in claims and pays.get("months_from") != "earlier":
        want = 'none, or pays.months_from = "earlier": it is asked where the months began earlier than the work'
        yield Fault("claims.until", "a table", want, "until")
    if "claims" in data and "aid" in data:
        yield Fault("aid", "claims and aid", "either claims, for people, or aid, for an area's government", "either")
    how = str(pays.get("how")), str(pays.get("counts", "persons"))
    if "aid" in data and how != ("while_on", "areas"):
        want = 'how = "while_on" and counts = "areas": aid is paid to areas, every month while it is on'
        yield Fault("pays.how", ", ".join(how), want, "aid")
    own = [name for name in ("amount", "per_week") if name in claims]
    if claims and bool(own) != ("replaces" not in pays):
        want = "amount or per_week where there is no loss to replace, and only there"
        yield Fault("claims", ", ".join(own) or "(absent)", want, "either")


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return found if isinstance(found, Mapping) else {}


def _rule(trigger: str) -> ThresholdRule:
    """A trigger: a monthly rule over series, which nothing but exposure can never breach. Raises `RuleFault`."""
    rule = read_rule(trigger)
    faults = FaultCollector(f"trigger {rule.id}", RuleFault)
    if rule.response is not None or str(rule.grid.every) != "1mo" or rule.dims:
        faults.add("every", rule.grid.every, "a rule over monthly series, by subject or over all", "grid")
    if by_exposure_alone(rule):
        want = "a rule that needs something that happened, such as unemployment: exposure alone switches nothing on"
        faults.add("expr", rule.expr.text, want, "exposure_alone")
    faults.done()
    return rule


def by_exposure_alone(rule: ThresholdRule) -> bool:
    """Whether a trigger can come on by other series than of what happened, wherever unemployment was seen to stand."""
    alone = [name for name in rule.expr.series if not _happened(name)]
    return bool(alone) and holds_alone(rule.expr, lambda series: not _happened(series), observed())


def _happened(series: str) -> bool:
    return any(fnmatchcase(series.partition("{")[0], one) for one in HAPPENED)


@functools.cache
def observed() -> Sequence[Mapping[str, Sequence[float]]]:
    """Where unemployment stood in each area, from its calmest month to its worst by the tenth of the way."""
    table: dict[str, dict[date, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for rows in laus.months().values():
        for row in rows:
            table[row.subject][row.event][row.series] = row.value
    ranked = {
        area: sorted(months.values(), key=lambda one: one[laus.UNEMPLOYED] / one[laus.LABOUR_FORCE])
        for area, months in sorted(table.items())
    }
    return [
        {
            name: [months[(len(months) - 1) * tenth // 10][name] for months in ranked.values()]
            for name in (laus.LABOUR_FORCE, laus.UNEMPLOYED)
        }
        for tenth in range(11)
    ]


POTENTIAL = Potential(("us.exposure_score", "us.employment_share", "*exposure*"), observed)
"""What counts as exposure where any rule of the house is adopted."""


def read_package(package: str, trigger: str) -> Package:
    """A package from its two texts. Raises `RuleFault` naming every fault of both."""
    faults = FaultCollector("package", RuleFault)
    found: Written | None = None
    rule: ThresholdRule | None = None
    written: Mapping[str, Any] = {}
    try:
        written = read_toml(package, FILE)
        found = read_written(package)
    except BadInput as error:
        faults.extend(replace(fault, where=f"{FILE}: {fault.where}") for fault in error.faults)
    try:
        rule = _rule(trigger)
    except BadInput as error:
        faults.extend(replace(fault, where=f"{TRIGGER}: {fault.where}") for fault in error.faults)
    if found and rule and found.rule != rule.id:
        faults.add(f"{TRIGGER}: id", rule.id, f"the id of the package without its {SUFFIX}, {found.rule}", "name")
    faults.done()
    assert found is not None
    assert rule is not None
    return Package(found, rule, trigger, written)


def read_written(package: str) -> Written:
    """The text of a package alone, without its trigger. Raises `RuleFault` naming every fault."""
    written = read_toml(package, FILE)
    return _checked(written, str(written.get("id", "(no id)")))


def package_at(folder: Path) -> Package:
    """The package in a folder. Raises `NotFound`, `RuleFault`."""
    return read_package(_text(folder / FILE), _text(folder / TRIGGER))


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            found = file.read(CHARS_MAX + 1)
    except UnicodeDecodeError as error:
        raise BadInput(Fault(path.name, "bytes that are no text", "must be UTF-8 text", "encoding"), "file") from error
    except OSError as error:
        raise NotFound("file", str(path), f"a package is a folder with {FILE} and {TRIGGER}") from error
    if len(found) > CHARS_MAX:
        raise BadInput(Fault(path.name, "a longer text", f"at most {CHARS_MAX} characters", "too_large"), "file")
    return found


def texts_of(name: str, folder: Path = PACKAGES) -> tuple[str, str]:
    """The two texts by which a package comes into force: its trigger, then the package. Raises `NotFound`."""
    return _text(folder / name / TRIGGER), _text(folder / name / FILE)


@functools.cache
def shipped() -> Mapping[str, Package]:
    """The packages that come with the instrument, by name."""
    found = [package_at(path.parent) for path in sorted(PACKAGES.glob(f"*/{FILE}"))]
    return {package.name: package for package in found}


@dataclass(frozen=True)
class Design:
    """Packages that run beside each other."""

    id: str
    version: str
    title: Text
    text: Text
    packages: tuple[Package, ...]

    def varied(self, path: str, value: str) -> Design:
        """The design with another value of a parameter like `wage_insurance.trigger.let.line`. Raises `BadInput`."""
        name, _, rest = path.partition(".")
        if name not in {package.name for package in self.packages}:
            named = ", ".join(package.name for package in self.packages)
            raise BadInput(Fault("parameter", path, f"begins with a package of the design: {named}", "name"), self.id)
        packages = [one.varied(rest, value) if one.name == name else one for one in self.packages]
        return replace(self, packages=tuple(packages))

    def parameters(self) -> list[str]:
        return [path for package in self.packages for path in package.parameters()]


class _WrittenDesign(BaseModel):
    model_config = _STRICT
    format: Literal[1]
    id: Annotated[str, Field(pattern=_ID)]
    version: Annotated[str, Field(min_length=1)]
    packages: Annotated[list[str], Field(min_length=1, max_length=PACKAGES_MAX)]
    title: Words
    text: Words


def read_design(written: str, beside: Path | None = None) -> Design:
    """A design; a package it names is a shipped one, or else a folder beside its file. Raises `RuleFault`."""
    try:
        data = _WrittenDesign.model_validate(read_toml(written, "design"))
    except ValidationError as error:
        raise RuleFault(faults_of(error), "design") from error
    faults = FaultCollector(f"design {data.id}", RuleFault)
    found: list[Package] = []
    for name in data.packages:
        if data.packages.count(name) > 1 and name not in {one.name for one in found}:
            faults.add("packages", name, "each package once", "duplicate")
        package = shipped().get(name) or _beside(name, beside, faults)
        found += [package] if package else []
    faults.done()
    return Design(data.id, data.version, data.title.text(), data.text.text(), tuple(found))


def _beside(name: str, folder: Path | None, faults: FaultCollector) -> Package | None:
    if folder is None or not _NAME.match(name) or not (folder / name / FILE).is_file():
        want = f"a shipped package ({', '.join(shipped())}), or a folder with {FILE} beside the design"
        faults.add("packages", name, want, "name")
        return None
    try:
        return package_at(folder / name)
    except BadInput as error:
        faults.extend(error.faults)
        return None


def designs() -> Mapping[str, Design]:
    """The designs that come with the instrument, by the last part of their ids."""
    found = [read_design(path.read_text("utf-8")) for path in sorted(DESIGNS.glob("*.toml"))]
    return {design.id.rpartition(".")[2]: design for design in found}


def design_named(name: str, changes: Iterable[str] = ()) -> Design:
    """A shipped design by name or one in a file, with changes like `fast_cash.trigger.let.line=0.4`.

    Raises `NotFound` for a name of neither, `BadInput` for a change that cannot be made.
    """
    design = designs().get(name)
    if design is None:
        path = Path(name)
        if path.suffix != ".toml":
            raise NotFound("design", name, f"one of {', '.join(designs())}, or a file ending in .toml")
        design = read_design(_text(path), path.parent)
    faults = FaultCollector("changes", BadInput)
    for change in changes:
        path_, equals, value = change.partition("=")
        if not equals:
            faults.add("--set", change, "a parameter and its value, like fast_cash.trigger.let.line=0.4", "change")
            continue
        try:
            design = design.varied(path_.strip(), value.strip())
        except BadInput as error:
            faults.extend(error.faults)
    faults.done()
    return design


@dataclass(frozen=True)
class Benchmark:
    """The recessions that a replay is held against, as first and last months, and how long after each counts."""

    title: Text
    text: Text
    citation: str
    url: str
    after: int
    recessions: Sequence[tuple[date, date]]


@functools.cache
def benchmark() -> Benchmark:
    """The benchmark that is shipped, `data/recessions.toml`."""
    data = tomllib.loads((HERE / "data" / "recessions.toml").read_text("utf-8"))
    months = [(item["peak"], item["trough"]) for item in data["recession"]]
    after = int(data["after"].removesuffix("mo"))
    return Benchmark(text(data["title"]), text(data["text"]), data["citation"], data["url"], after, months)
