"""How much training compute a filing speaks of: every method's own interval, their agreement, one combined interval.

The figures that are judgement (factors, utilisation, hardware peaks) come from the adopted rule text
`model_registration.compute`; the arithmetic from `commonweal.methods.compute`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from commonweal.kernel import registry
from commonweal.kernel.instrument import Interval, Reader, Text
from commonweal.kernel.values import NotFound, digest
from commonweal.methods import compute
from commonweal.methods.compute import Estimate

PARAMETERS_ID = "model_registration.compute"
LINEAGE_DEPTH_MAX = 8
ASSESSED_MAX = 4096
ESTIMATED_FROM = (
    "compute_flop", "compute_confidence", "parameters", "parameters_active", "architecture", "training_tokens",
    "epochs", "hardware", "base_model", "base_model_name",
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
    """The adopted text `model_registration.compute`, read once."""

    version: str
    data: Mapping[str, Any]
    sha256: str = ""

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


@functools.lru_cache(maxsize=8)
def _read(text: str) -> Parameters:
    data = registry.parsed(text, "application/toml")
    return Parameters(str(data["version"]), data, digest(text.encode()))


@functools.cache
def shipped() -> Parameters:
    """The text that comes with the package; it counts where an authority has not adopted one."""
    return _read((Path(__file__).parent / "rules" / "compute.toml").read_text("utf-8"))


def parameters(reader: Reader, as_of: datetime | None = None) -> Parameters:
    """The estimation parameters in force at an instant (the newest, without one)."""
    try:
        return _read(registry.text_in_force(reader, PARAMETERS_ID, as_of)["text"])
    except NotFound:
        return shipped()


def assess(body: Mapping[str, Any], use: Parameters, reader: Reader | None = None, depth: int = 0) -> Assessment:
    """Apply every method to a model's filing. `reader` is asked for its base model's filing.

    What a filing without a base model comes to depends on these fields alone, and is kept: every fact and every duty
    of a model, its organisation's largest figure and its certificate ask for it again.
    """
    fields = {name: body[name] for name in ESTIMATED_FROM if body.get(name) is not None}
    if _is_derived(fields):
        return _assess(fields, use, reader, depth)
    asked = repr(fields)
    if (found := use.assessed.get(asked)) is None:
        if len(use.assessed) >= ASSESSED_MAX:
            use.assessed.clear()
        found = use.assessed[asked] = _assess(fields, use, reader, depth)
    return found


def _assess(body: Mapping[str, Any], use: Parameters, reader: Reader | None, depth: int) -> Assessment:
    base = _base(body, use, reader, depth)
    methods = (
        _declared(body, use),
        _operations(body, use),
        _hardware(body, use),
        _lineage(body, use, base),
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
    if _is_derived(body):
        return Method(
            "operations", None, why_not=Text(en="counted with its base model instead", zh="与其基础模型一并计算")
        )
    return _own_operations(body, use)


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
    if _is_derived(body):
        return Method(
            "hardware",
            None,
            why_not=Text(en="covers only what came after the base model", zh="仅覆盖基础模型之后的训练"),
        )
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
    if not (name and chips and hours) or _is_derived(body):
        return None
    peak = use.peak_bound_flop_s(name, hardware.get("number_format"))
    return compute.ceiling(chips, hours, peak) if peak else None


def _is_derived(body: Mapping[str, Any]) -> bool:
    return bool(body.get("base_model") or body.get("base_model_name"))


def _base(body: Mapping[str, Any], use: Parameters, reader: Reader | None, depth: int) -> Estimate | None:
    """The base model's combined estimate, followed up its lineage (a circle or a long line ends the search)."""
    target = body.get("base_model")
    if not target or reader is None or depth >= LINEAGE_DEPTH_MAX:
        return None
    row = registry.subject(reader, target)
    if row is None:
        return None
    together = assess(row["body"], use, reader, depth + 1).combined
    return together.estimate if together else None


def _lineage(body: Mapping[str, Any], use: Parameters, base: Estimate | None) -> Method:
    if not _is_derived(body):
        return Method("lineage", None, why_not=Text(en="has no base model", zh="没有基础模型"))
    if base is None:
        return Method(
            "lineage", None, why_not=Text(en="the base model's compute is not on file", zh="基础模型的计算量未备案")
        )
    own = _own_operations(body, use)
    if own.estimate is None:
        return Method(
            "lineage",
            None,
            why_not=Text(en="what came after the base model is not stated", zh="未说明基础模型之后的训练量"),
        )
    rest = own.basis or Text(en="", zh="")
    basis = Text(
        en=f"base {base.point:.3g} FLOP; then {rest['en']}, which may or may not count the base's tokens",
        zh=f"基础模型 {base.point:.3g} FLOP；其后 {rest['zh']}，其中可能包含、也可能不包含基础模型的词元",
    )
    return Method("lineage", compute.continued(base, own.estimate), basis)
