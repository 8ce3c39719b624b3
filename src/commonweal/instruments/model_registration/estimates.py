"""How much training compute a filing speaks of: every method's own interval, their agreement, one combined interval.

The figures that are judgement (factors, utilisation, hardware peaks) come from the adopted rule text
`model_registration.compute`; the arithmetic from `commonweal.methods.compute`.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commonweal.kernel import registry
from commonweal.kernel.instrument import Interval, Reader, Text
from commonweal.kernel.values import digest
from commonweal.methods import compute
from commonweal.methods.compute import Estimate

from .lineage import LINEAGE_ID, Parent, Rules, carried, carrying_ancestors, parents, read_rules, shipped_rules
from .lineage import read as read_lineage

PARAMETERS_ID = "model_registration.compute"
TEXTS = (PARAMETERS_ID, LINEAGE_ID)
LINEAGE_DEPTH_MAX = 32
ASSESSED_MAX = 4096
# So many shared ancestors are told apart; beyond it, what is shared is left between nothing and everything.
SHARED_MAX = 50
MODIFICATION = ("modification_flop", "modification_confidence", "synthetic_data_flop")
ESTIMATED_FROM = (
    "compute_flop", "compute_confidence", "parameters", "parameters_active", "architecture", "training_tokens",
    "epochs", "hardware", "base_model", "base_model_name", "derived_from", *MODIFICATION,
)  # fmt: skip
MethodId = Literal["declared", "operations", "hardware", "lineage"]

METHODS: Mapping[str, Text] = {
    "declared": Text(en="Published or declared figure", zh="公布或申报的数值"),
    "operations": Text(en="Operations counted (6·N·D)", zh="运算计数（6·N·D）"),
    "hardware": Text(en="Hardware-hours", zh="硬件工时"),
    "lineage": Text(en="Base model and what came after", zh="基础模型及后续训练"),
}


@dataclass(frozen=True)
class Method:
    """One method: its estimate, or why it cannot be applied. `basis` says in figures what it rests on."""

    id: MethodId
    estimate: Estimate | None
    basis: Text | None = None
    why_not: Text | None = None


@dataclass(frozen=True)
class Assessment:
    """Every method's answer for one model, and what they say together (None when no method applies)."""

    methods: tuple[Method, ...]
    combined: compute.Combined | None
    bound_flop: float | None
    published_flop: float | None

    @property
    def interval(self) -> Interval | None:
        return as_interval(self.combined.estimate) if self.combined else None


def as_interval(estimate: Estimate) -> Interval:
    return Interval(estimate.low, estimate.point, estimate.high, compute.LEVEL)


@dataclass(frozen=True)
class Parameters:
    """The adopted texts `model_registration.compute` and `model_registration.lineage`, read once."""

    version: str
    data: Mapping[str, Any]
    sha256: str = ""
    lineage: Rules = dataclasses.field(default_factory=shipped_rules)

    def factor(self, confidence: str) -> float:
        return self._factors[confidence]

    @functools.cached_property
    def assessed(self) -> dict[str, Assessment]:
        """What filings came to by these figures."""
        return {}

    @functools.cached_property
    def _factors(self) -> dict[str, float]:
        return {item["class"]: float(item["factor"]) for item in self.data["confidence"]}

    @functools.cached_property
    def _peaks(self) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for item in self.data["hardware"]:
            for name in (item["name"], *item.get("aliases", ())):
                found[name.casefold()] = item
        return found

    def peak_flop_s(self, hardware: str) -> float | None:
        """Dense 16-bit tensor throughput of a chip, or None for one that is not in the table."""
        item = self._peaks.get(hardware.casefold())
        return float(item["peak_flop_s"]) if item else None

    def peak_bound_flop_s(self, hardware: str, number_format: str | None) -> float | None:
        """The highest throughput that training in this number format (or any, when not filed) can have reached."""
        item = self._peaks.get(hardware.casefold())
        if item is None:
            return None
        if number_format in ("FP32", "TF32", "FP16", "BF16"):
            return float(item["peak_flop_s"])
        return float(item.get("peak_low_flop_s", item["peak_flop_s"]))


Factor = Annotated[float, Field(strict=True, ge=1, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, gt=0, le=1)]
Peak = Annotated[float, Field(strict=True, gt=0, le=1e30)]


class Part(BaseModel):
    """A table of the text, with where its figures come from."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    citation: str = ""
    url: str = ""


class Class(Part):
    """Within which factor a figure of a class is right."""

    of: Annotated[str, Field(alias="class")]
    factor: Factor


class Operations(Part):
    """Within which factor operations counted are right."""

    factor: Factor
    factor_architecture_not_stated: Factor


class Utilisation(Part):
    """What share of its peak hardware reaches, and within which factor one that is filed is right."""

    low: Share
    point: Share
    high: Share
    filed_factor: Factor

    @model_validator(mode="after")
    def _rises(self) -> Utilisation:
        if not self.low <= self.point <= self.high:
            raise ValueError("low, point and high, in that order")
        return self


class Metering(Part):
    """Within which factor meters and plans are right, and from how many readings a rate is taken."""

    factor: Factor
    window_readings: Annotated[int, Field(strict=True, ge=2, le=100_000)]
    planned_factor: Factor


class Hardware(Part):
    """A chip: its dense 16-bit throughput, and the highest of any format."""

    name: Annotated[str, Field(min_length=1)]
    aliases: tuple[str, ...] = ()
    peak_flop_s: Peak
    peak_low_flop_s: Peak | None = None


class Compute(registry.Head):
    """How training compute is estimated."""

    confidence: list[Class]
    operations: Operations
    utilisation: Utilisation
    metering: Metering
    hardware: list[Hardware]

    @model_validator(mode="after")
    def _every_class(self) -> Compute:
        if lacking := sorted(set(_CLASSES) - {one.of for one in self.confidence}):
            raise ValueError(f"a factor for each class: {', '.join(lacking)} is not there")
        return self


@functools.lru_cache(maxsize=8)
def read(text: str) -> Compute:
    """What a text of estimates says. Raises `RuleFault` naming every fault."""
    return registry.read_text(Compute, text, PARAMETERS_ID)


@functools.lru_cache(maxsize=8)
def _read(text: str, lineage: str = "") -> Parameters:
    data = registry.parsed(text, "application/toml")
    rules = read_rules(lineage) if lineage else shipped_rules()
    return Parameters(str(data["version"]), data, digest((text + lineage).encode()), rules)


@functools.cache
def _shipped_text() -> str:
    return (Path(__file__).parent / "rules" / "compute.toml").read_text("utf-8")


def shipped() -> Parameters:
    """The texts that come with the package; they count where an authority has not adopted any."""
    return _read(_shipped_text())


def parameters(reader: Reader, as_of: datetime | None = None) -> Parameters:
    """The estimation parameters in force at an instant (the newest, without one)."""
    text = registry.newest_read(reader, PARAMETERS_ID, read, as_of)
    lineage = registry.newest_read(reader, LINEAGE_ID, read_lineage, as_of)
    return _read(text[1]["text"] if text else _shipped_text(), lineage[1]["text"] if lineage else "")


@dataclass
class _Walk:
    """One way up a lineage: what each model came to, which ones are being worked out, and how many have been."""

    reader: Reader | None
    found: dict[str, Estimate | None] = dataclasses.field(default_factory=dict)
    above: list[str] = dataclasses.field(default_factory=list)
    lines: dict[str, set[str]] = dataclasses.field(default_factory=dict)

    def line(self, model: str, use: Parameters) -> set[str]:
        """A model and all those whose compute its own contains, looked up once."""
        if model not in self.lines:
            assert self.reader is not None
            self.lines[model] = carrying_ancestors(self.reader, model, use.lineage)
        return self.lines[model]


def assess(body: Mapping[str, Any], use: Parameters, reader: Reader | None = None) -> Assessment:
    """Apply every method to a model's filing. `reader` is asked for the filings of what it was made from.

    What a filing without a lineage comes to depends on these fields alone, and is kept: every fact and every duty
    of a model, its organisation's largest figure and its certificate ask for it again.
    """
    return _assessed(body, use, _Walk(reader))


def _assessed(body: Mapping[str, Any], use: Parameters, walk: _Walk) -> Assessment:
    fields = {name: body[name] for name in ESTIMATED_FROM if body.get(name) is not None}
    if _is_derived(fields, use):
        return _assess(fields, use, walk)
    asked = repr(fields)
    if (found := use.assessed.get(asked)) is None:
        if len(use.assessed) >= ASSESSED_MAX:
            use.assessed.clear()
        found = use.assessed[asked] = _assess(fields, use, walk)
    return found


def _assess(body: Mapping[str, Any], use: Parameters, walk: _Walk) -> Assessment:
    methods = (
        _declared(body, use),
        _operations(body, use),
        _hardware(body, use),
        _lineage(body, use, walk),
    )
    found = [item.estimate for item in methods if item.estimate is not None]
    bound = bound_flop(body, use)
    together = compute.combined(found, bound) if found else None
    return Assessment(methods, together, bound, body.get("compute_flop"))


def _declared(body: Mapping[str, Any], use: Parameters) -> Method:
    flop = body.get("compute_flop")
    if flop is None:
        return Method("declared", None, why_not=Text(en="no figure was published or filed", zh="没有公布或申报的数值"))
    confidence = body.get("compute_confidence") or "unknown"
    factor = use.factor(confidence)
    basis = Text(
        en=f"{float(flop):.3g} FLOP, {confidence}: right within ×/÷ {factor:g}",
        zh=f"{float(flop):.3g} FLOP（{_CLASSES[confidence]}）：误差 ×/÷ {factor:g} 以内",
    )
    return Method("declared", compute.around(float(flop), factor), basis)


_CLASSES = {
    "confident": "可信",
    "likely": "较可信",
    "speculative": "推测性",
    "declared": "由提供者申报",
    "unknown": "未说明",
}


def _operations(body: Mapping[str, Any], use: Parameters) -> Method:
    if _is_derived(body, use):
        return Method(
            "operations", None, why_not=Text(en="counted with its base model instead", zh="与其基础模型一并计算")
        )
    return _with_synthetic(_own_operations(body, use), body, use)


def _with_synthetic(method: Method, body: Mapping[str, Any], use: Parameters) -> Method:
    """A method that counts training alone, with the generation of training data that is not publicly accessible."""
    flop = body.get("synthetic_data_flop")
    if flop is None or method.estimate is None or method.basis is None:
        return method
    factor = use.factor("declared")
    whole = compute.summed([method.estimate, compute.around(float(flop), factor)])
    basis = Text(
        en=f"{method.basis['en']}; generating its data {float(flop):.3g} FLOP: ×/÷ {factor:g}",
        zh=f"{method.basis['zh']}；生成训练数据 {float(flop):.3g} FLOP：×/÷ {factor:g}",
    )
    return Method(method.id, whole, basis)


def _own_operations(body: Mapping[str, Any], use: Parameters) -> Method:
    active, tokens = body.get("parameters_active"), body.get("training_tokens")
    sparse = body.get("architecture") == "sparse"
    if active is None and not sparse:
        active = body.get("parameters")
    if active is None and sparse:
        why = Text(en="parameters active for a token are not stated", zh="未说明每个词元激活的参数量")
    elif active is None or tokens is None:
        why = Text(en="parameters or training tokens are not stated", zh="未说明参数量或训练词元数")
    else:
        seen = float(tokens) * max(1.0, float(body.get("epochs") or 1.0))
        stated = body.get("architecture") is not None or body.get("parameters_active") is not None
        factor = float(use.data["operations"]["factor" if stated else "factor_architecture_not_stated"])
        basis = Text(
            en=f"6 × {float(active):.3g} parameters × {seen:.3g} tokens: ×/÷ {factor:g}",
            zh=f"6 × {float(active):.3g} 个参数 × {seen:.3g} 个词元：×/÷ {factor:g}",
        )
        return Method("operations", compute.from_operations(float(active), seen, factor), basis)
    return Method("operations", None, why_not=why)


def _hardware(body: Mapping[str, Any], use: Parameters) -> Method:
    hardware = body.get("hardware") or {}
    name, chips, hours = hardware.get("name"), hardware.get("chips"), hardware.get("hours")
    if not (name and chips and hours):
        return Method(
            "hardware",
            None,
            why_not=Text(en="chips, their number or hours are not stated", zh="未说明芯片型号、数量或工时"),
        )
    if _is_derived(body, use):
        return Method(
            "hardware",
            None,
            why_not=Text(en="covers only what came after the base model", zh="仅覆盖基础模型之后的训练"),
        )
    return _with_synthetic(_own_hardware(hardware, use), body, use)


def _own_hardware(hardware: Mapping[str, Any], use: Parameters) -> Method:
    name, chips, hours = hardware["name"], hardware["chips"], hardware["hours"]
    peak = use.peak_flop_s(name)
    if peak is None:
        return Method("hardware", None, why_not=Text(en=f"no peak is on file for {name}", zh=f"没有 {name} 的峰值数据"))
    utilisation = _utilisation(hardware.get("utilisation"), use)
    shares = f"{utilisation.low:.2f}–{utilisation.high:.2f}"
    basis = Text(
        en=f"{chips:g} × {name}, {hours:g} h, {peak:.3g} FLOP/s, utilisation {shares}",
        zh=f"{chips:g} × {name}，{hours:g} 小时，{peak:.3g} FLOP/s，利用率 {shares}",
    )
    return Method("hardware", compute.from_hardware(chips, hours, peak, utilisation), basis)


def _utilisation(filed: float | None, use: Parameters) -> Estimate:
    table = use.data["utilisation"]
    if filed is None:
        return Estimate(table["low"], table["point"], table["high"])
    return compute.capped(compute.around(filed, float(table["filed_factor"])), 1.0)


def bound_flop(body: Mapping[str, Any], use: Parameters) -> float | None:
    """What the hardware filed can have done at utilisation 1; None when it is not known or there is a base model."""
    hardware = body.get("hardware") or {}
    name, chips, hours = hardware.get("name"), hardware.get("chips"), hardware.get("hours")
    if not (name and chips and hours) or _is_derived(body, use):
        return None
    peak = use.peak_bound_flop_s(name, hardware.get("number_format"))
    data = float(body.get("synthetic_data_flop") or 0.0) * use.factor("declared")
    return compute.ceiling(chips, hours, peak) + data if peak else None


def _is_derived(body: Mapping[str, Any], use: Parameters) -> bool:
    """Whether the compute of another model counts in this one's."""
    return bool(carried(body, use.lineage))


def _parent(item: Parent, use: Parameters, walk: _Walk) -> Estimate | None:
    """What a model that another was made from came to itself (a circle or too long a line ends the search)."""
    if not item.model or walk.reader is None or item.model in walk.above or len(walk.above) >= LINEAGE_DEPTH_MAX:
        return None
    if item.model not in walk.found:
        row = registry.subject(walk.reader, item.model)
        walk.above.append(item.model)
        together = _assessed(row["body"], use, walk).combined if row is not None else None
        walk.above.pop()
        walk.found[item.model] = together.estimate if together else None
    return walk.found[item.model]


def _lineage(body: Mapping[str, Any], use: Parameters, walk: _Walk) -> Method:
    """What the model was made from, and what was trained afterwards."""
    above = carried(body, use.lineage)
    if not above:
        return _no_lineage(body)
    known = [(item, _parent(item, use, walk)) for item in above]
    if missing := [item.model or item.name for item, estimate in known if estimate is None]:
        names = ", ".join(missing[:3])
        why = Text(en=f"the base model's compute is not on file: {names}", zh=f"基础模型的计算量未备案：{names}")
        return Method("lineage", None, why_not=why)
    base = _together([(item.model, estimate) for item, estimate in known if estimate is not None], use, walk)
    start = Text(en=f"base {base.point:.3g} FLOP", zh=f"基础模型 {base.point:.3g} FLOP")
    if adds_nothing(body, use.lineage):
        return Method(
            "lineage", base, Text(en=f"{start['en']}; nothing trained since", zh=f"{start['zh']}；其后无训练")
        )
    later = modification(body, use)
    if later is not None:
        point = later.point if later.estimate else 0.0
        basis = Text(en=f"{start['en']}; then {point:.3g} FLOP", zh=f"{start['zh']}；其后 {point:.3g} FLOP")
        whole = compute.summed([base, later.estimate]) if later.estimate else base
        return _with_synthetic(Method("lineage", whole, basis), body, use)
    own = _own_operations(body, use)
    if own.estimate is None:
        why = Text(en="what came after the base model is not stated", zh="未说明基础模型之后的训练量")
        return Method("lineage", None, why_not=why)
    rest = own.basis or Text(en="", zh="")
    basis = Text(
        en=f"{start['en']}; then {rest['en']}, which may or may not count the base's tokens",
        zh=f"{start['zh']}；其后 {rest['zh']}，其中可能包含、也可能不包含基础模型的词元",
    )
    return _with_synthetic(Method("lineage", compute.continued(base, own.estimate), basis), body, use)


def _no_lineage(body: Mapping[str, Any]) -> Method:
    if parents(body):
        why = Text(en="nothing of what it was made from counts", zh="其来源模型的计算量不计入")
        return Method("lineage", None, why_not=why)
    return Method("lineage", None, why_not=Text(en="has no base model", zh="没有基础模型"))


def _together(known: list[tuple[str, Estimate]], use: Parameters, walk: _Walk) -> Estimate:
    """The compute of several models whose weights were combined; an ancestor that they share counts once.

    Where what is shared has no figure of its own, the truth lies between the largest of them and their sum.
    """
    whole = compute.summed([estimate for _, estimate in known])
    least = max(estimate.low for _, estimate in known)
    if walk.reader is None or len(known) < 2 or not use.lineage.shared_once:
        return whole
    lines = [walk.line(model, use) for model, _ in known]
    counted = {each: sum(each in line for line in lines) for line in lines for each in line}
    shared = {each for each, times in counted.items() if times > 1}
    if not shared:
        return whole
    if len(shared) > SHARED_MAX:
        return Estimate(least, whole.point, whole.high)
    top = _nearest(shared, use, walk)
    twice = [_parent(Parent(each, "", ""), use, walk) for each in top]
    if any(estimate is None for estimate in twice):
        return Estimate(least, whole.point, whole.high)
    again = [
        estimate.scaled(counted[each] - 1) for each, estimate in zip(top, twice, strict=True) if estimate is not None
    ]
    extra = compute.summed(again)
    point = max(whole.point - extra.point, *(estimate.point for _, estimate in known))
    low = min(max(whole.low - extra.high, least), point)
    return Estimate(low, point, max(whole.high - extra.low, point))


def _nearest(shared: set[str], use: Parameters, walk: _Walk) -> list[str]:
    """Of shared ancestors, those that no other of them contains."""
    inside = {other for each in shared for other in walk.line(each, use) if other != each}
    return sorted(shared - inside) or sorted(shared)


# ── what was trained on top ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Modification:
    """What one step on another model trained; `estimate` is None where it trained nothing at all."""

    estimate: Estimate | None
    source: str

    @property
    def point(self) -> float:
        return self.estimate.point if self.estimate else 0.0


def adds_nothing(body: Mapping[str, Any], rules: Rules) -> bool:
    """Whether every way in which it was made from others trains nothing: a copy, a quantised version."""
    made = parents(body)
    return bool(made) and not any(rules.of(item.relation).adds for item in made)


def modification(body: Mapping[str, Any], use: Parameters) -> Modification | None:
    """The compute trained on top of what a model was made from; None where it is not on file.

    The figure filed, else the hardware-hours filed: with a base model those cover what came after it.
    """
    if adds_nothing(body, use.lineage):
        return Modification(None, "its making trains nothing")
    flop = body.get("modification_flop")
    if flop is not None:
        factor = use.factor(body.get("modification_confidence") or "unknown")
        around = compute.around(float(flop), factor) if flop > 0 else None
        return Modification(around, "filed as modification_flop")
    hardware = body.get("hardware") or {}
    if carried(body, use.lineage) and all(hardware.get(name) for name in ("name", "chips", "hours")):
        found = _own_hardware(hardware, use)
        return Modification(found.estimate, "hardware-hours filed") if found.estimate else None
    return None
