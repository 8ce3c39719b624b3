"""Training runs: what a run will have done in all, when it crosses a line, and since when that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Text
from commonweal.kernel.values import instant
from commonweal.methods import compute
from commonweal.methods.compute import Estimate, Reading

from .estimates import Method, Parameters, parameters

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2199, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Total:
    """What a run will have done when it ends: each source of the figure, and what they say together."""

    methods: tuple[Method, ...]
    combined: compute.Combined | None


@dataclass(frozen=True)
class Forecast:
    """When the cumulative FLOP of a run pass a line. `within_plan` is False when that is after the expected end."""

    state: Literal["crossed", "forecast"]
    earliest: datetime
    point: datetime
    latest: datetime
    within_plan: bool


def readings(body: Mapping[str, Any]) -> list[Reading]:
    """Meter readings as `(seconds since 1970, FLOP)`, from a zero at the start of the run."""
    found = [(_seconds(instant(item["at"])), float(item["flop_so_far"])) for item in body.get("readings", ())]
    start = body.get("starts_on")
    if start and found and _seconds(instant(start)) < found[0][0]:
        found.insert(0, (_seconds(instant(start)), 0.0))
    return found


def total(body: Mapping[str, Any], use: Parameters) -> Total:
    """The cumulative training compute that a run will end with, base model included, by plan and by meter."""
    metering = use.data["metering"]
    methods = (_planned(body, float(metering["planned_factor"])), _metered(body, use))
    found = [item.estimate for item in methods if item.estimate is not None]
    return Total(methods, compute.combined(found) if found else None)


def _planned(body: Mapping[str, Any], factor: float) -> Method:
    flop = body.get("expected_total_flop")
    if body.get("status") in ("finished", "abandoned") and body.get("readings"):
        why = Text(en="the run is over; its meters count", zh="任务已结束，以计量为准")
        return Method("declared", None, why_not=why)
    if flop is None:
        return Method("declared", None, why_not=Text(en="no expected total was filed", zh="未申报预计总量"))
    whole = float(flop) + float(body.get("base_model_flop") or 0.0)
    return Method("declared", compute.around(whole, factor), _text(f"{whole:.3g} FLOP", "expected", "预计", factor))


def _metered(body: Mapping[str, Any], use: Parameters) -> Method:
    read, metering = readings(body), use.data["metering"]
    if not read or read[-1][1] <= 0:
        return Method("hardware", None, why_not=Text(en="no meter readings yet", zh="尚无计量读数"))
    factor, base = float(metering["factor"]), float(body.get("base_model_flop") or 0.0)
    done = compute.around(read[-1][1] + base, factor)
    if body.get("status") != "running":
        return Method("hardware", done, _text(f"{done.point:.3g} FLOP", "metered", "已计量", factor))
    if not body.get("expected_end_on"):
        return Method("hardware", None, why_not=Text(en="no expected end was filed", zh="未申报预计结束日期"))
    end = _seconds(_end_of(body["expected_end_on"]))
    found = compute.projected_total(read, end, factor, int(metering["window_readings"]))
    if found is None:
        return Method(
            "hardware", None, why_not=Text(en="one reading tells no rate yet", zh="仅有一次读数，无法得出速率")
        )
    whole = Estimate(found.low + base, found.point + base, found.high + base)
    until = body["expected_end_on"]
    basis = Text(
        en=f"{read[-1][1]:.3g} FLOP metered, then at its rate until {until}",
        zh=f"已计量 {read[-1][1]:.3g} FLOP，其后按计量速率至 {until}",
    )
    return Method("hardware", whole, basis)


def _text(figure: str, en: str, zh: str, factor: float) -> Text:
    return Text(en=f"{figure} {en}: ×/÷ {factor:g}", zh=f"{zh} {figure}：×/÷ {factor:g}")


def forecast(body: Mapping[str, Any], line_flop: float, use: Parameters) -> Forecast | None:
    """When this run's cumulative FLOP (base model included) pass a line; None when nothing can be told."""
    read, metering = readings(body), use.data["metering"]
    left = line_flop - float(body.get("base_model_flop") or 0.0)
    if body.get("status") == "planned":
        return None
    if left <= 0:
        return _from_the_start(body, read)
    if not read:
        return None
    found = compute.crossing(read, left, float(metering["factor"]), int(metering["window_readings"]))
    if found is None or (found.state == "forecast" and body.get("status") != "running"):
        return None
    end = body.get("expected_end_on")
    within = found.state == "crossed" or end is None or found.point_s <= _seconds(_end_of(end))
    return Forecast(found.state, _when(found.earliest_s), _when(found.point_s), _when(found.latest_s), within)


def _from_the_start(body: Mapping[str, Any], read: list[Reading]) -> Forecast | None:
    """A run whose base model alone passes the line has passed it when it starts, or by its first reading."""
    filed = body.get("starts_on")
    if not filed and not read:
        return None
    start = instant(filed) if filed else _when(read[0][0])
    return Forecast("crossed", start, start, start, True)


def known_to_cross(reader: Reader, subject: str, line_flop: float) -> datetime | None:
    """The filing from which on it was known that the run passes a line: its expected total has exceeded it since.

    Training is planned ahead, so a provider knows before it ends (Regulation (EU) 2024/1689, recital 112).
    """
    since: datetime | None = None
    for version in registry.versions(reader, subject):
        filed = instant(version["filed_on"])
        together = total(version["body"], parameters(reader, filed)).combined
        if together is None or together.estimate.point <= line_flop:
            since = None
        elif since is None:
            since = filed
    return since


def _seconds(when: datetime) -> float:
    return (when - EPOCH).total_seconds()


def _end_of(day: str) -> datetime:
    return instant(day) + timedelta(days=1)


def _when(seconds: float) -> datetime:
    """An instant, or the end of the calendar that the house keeps, for what lies beyond it."""
    whole = min(round(seconds), round(_seconds(LATEST)))
    return EPOCH + timedelta(seconds=whole)
