"""Training runs by their expected compute, which is public, and by the size of their cluster, which is not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Dimension, Statistic, Text

RULE = "model_registration.statistics"
UNKNOWN = "not_stated"


def dimensions(rule: Mapping[str, Any]) -> Sequence[Dimension]:
    """Expected compute and size of the cluster, in the classes of the rule text."""
    flop, chips = rule["classes"]["compute_flop"], rule["classes"]["chips"]
    return (
        Dimension("compute", Text(en="Expected compute (FLOP)", zh="预计计算量（FLOP）"), _classes(flop), public=True),
        Dimension("chips", Text(en="Chips in the cluster", zh="集群芯片数"), _classes(chips), public=False),
    )


def classes_of(body: Mapping[str, Any], rule: Mapping[str, Any]) -> Sequence[str]:
    """The class of one training run on each dimension, as it was first filed."""
    hardware = body.get("hardware") or {}
    return (
        _class_of(body.get("expected_total_flop"), rule["classes"]["compute_flop"]),
        _class_of(hardware.get("chips"), rule["classes"]["chips"]),
    )


def _classes(bounds: Sequence[float]) -> dict[str, Text]:
    if not bounds or not all(0 < bound < math.inf for bound in bounds) or list(bounds) != sorted(set(bounds)):
        raise ValueError(f"lower bounds of classes: numbers above 0 that rise, not {list(bounds)}")
    names = [_figure(bound) for bound in bounds]
    found = {
        UNKNOWN: Text(en="Not stated", zh="未说明"),
        "under_0": Text(en=f"under {names[0]}", zh=f"低于 {names[0]}"),
    }
    for at, name in enumerate(names, start=1):
        last = at == len(names)
        found[f"from_{at}"] = Text(
            en=f"{name} or more" if last else f"{name} to under {names[at]}",
            zh=f"{name} 及以上" if last else f"{name} 至低于 {names[at]}",
        )
    return found


def _class_of(value: float | None, bounds: Sequence[float]) -> str:
    if value is None:
        return UNKNOWN
    at = sum(value >= bound for bound in bounds)
    return f"from_{at}" if at else "under_0"


def _figure(value: float) -> str:
    power = math.log10(value)
    return f"10^{power:.0f}" if value >= 1e6 and power.is_integer() else f"{value:,.0f}"


STATISTICS = (
    Statistic(
        id="model_registration.training_hardware",
        title=Text(en="Training runs by compute and size of cluster", zh="训练任务：按计算量与集群规模"),
        summary=Text(
            en="Training runs first registered in a quarter. Their chips are not public; small counts are hidden.",
            zh="某季度首次登记的训练任务。各任务所用芯片不公开；小数目予以隐去。",
        ),
        noun="training_run",
        rule=RULE,
        dimensions=dimensions,
        of=classes_of,
    ),
)
