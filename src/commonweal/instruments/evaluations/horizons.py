"""Time horizons of the agents in METR's runs, and the trend through them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np

from commonweal.kernel.values import BadInput, Fault, FaultCollector
from commonweal.methods import horizon, scoring
from commonweal.methods.horizon import Horizon, Systems, Trend
from commonweal.methods.scoring import Floats, Whole

from .formats.log import Log, Sample
from .formats.metr import FAMILY, MINUTES
from .recomputing import as_number, run_weights

EPOCH = date(2020, 1, 1)
DAYS_TOLD_MAX = 365 * 200
"""A day further off is told as none: the trend says nothing of it."""
SAME_LENGTH = 1e-6
"""Two lengths of a task that differ by no more than this share are one, written with fewer digits."""


@dataclass(frozen=True)
class Agent:
    """An agent with its horizons at chances of a half and four fifths, and the replicates of the first, in minutes."""

    name: str
    runs: int
    tasks: int
    half: Horizon
    most: Horizon
    replicates: Floats

    def as_dict(self) -> dict[str, Any]:
        """It as plain data: what is no finite number is absent."""
        told: dict[str, Any] = {"agent": self.name, "runs": self.runs, "tasks": self.tasks}
        for name, one in (("p50", self.half), ("p80", self.most)):
            told[name] = {key: value if math.isfinite(value) else str(value) for key, value in one._asdict().items()}
        return told

    def cells(self) -> list[object]:
        """It as a row of a table."""
        found: list[object] = [self.name, self.runs, self.tasks]
        for one in (self.half, self.most):
            found += [f"{one.minutes:.3g}", f"{one.low:.3g} – {one.high:.3g}"]
        return [*found, f"{self.half.undefined:.1%}"]


def of_logs(logs: Sequence[Log], score: str, weighting: str, replicates: int, seed: int) -> list[Agent]:
    """The horizons of the agents in a file of METR's runs. Raises `BadInput` for another format, or too few runs.

    Families and tasks are drawn for all agents at once, by their names: what came of a replicate depends on no order of
    lines or agents.
    """
    faults, scored = FaultCollector("horizon"), dict[str, list[Sample]]()
    for log in logs:
        name = str(log.settings.get("alias", log.model))
        if log.format != "metr":
            faults.add(name, log.format, "METR's runs: no other log says how long people take", "format")
            continue
        samples = [one for one in log.samples if math.isfinite(as_number(one.scores.get(score)))]
        if (many := len({one.id for one in samples})) < 2:
            faults.add(name, f"{many} tasks with a {score}", "two tasks at least", "few")
            continue
        scored[name] = sorted(samples, key=lambda one: (*_task(one), as_number(one.scores[score])))
    _of_one_length(scored.values(), faults)
    faults.done()
    tasks = sorted({_task(one) for samples in scored.values() for one in samples})
    families = np.unique([family for family, _ in tasks], return_inverse=True)[1]
    times = horizon.copies(families, replicates, np.random.default_rng(seed))
    places = {task: number for number, task in enumerate(tasks)}
    together = _Together(places, times, seed)
    return [_agent(name, samples, score, weighting, together) for name, samples in scored.items()]


def _of_one_length(scored: Iterable[Sequence[Sample]], faults: FaultCollector) -> None:
    """Names each task whose runs, of whichever agents, say that people take differently long for it."""
    lengths: dict[tuple[str, str], set[float]] = {}
    for samples in scored:
        for one in samples:
            lengths.setdefault(_task(one), set()).add(one.traits[MINUTES])
    for (_, task), told in sorted(lengths.items()):
        if max(told) - min(told) > SAME_LENGTH * max(told):
            seen = ", ".join(f"{minutes:g}" for minutes in sorted(told))
            faults.add(f"task {task}, {MINUTES}", seen, "one length, the same for all runs of the task", "length")


def _task(sample: Sample) -> tuple[str, str]:
    """The task of a run, with its family before it."""
    return str(sample.traits[FAMILY]), sample.id


class _Together(NamedTuple):
    """The tasks of all agents in order, and how often each was drawn in each replicate (tasks, replicates)."""

    places: Mapping[tuple[str, str], int]
    times: Whole
    seed: int


def _agent(name: str, samples: Sequence[Sample], score: str, weighting: str, together: _Together) -> Agent:
    """An agent by its runs in order of task, of which each was drawn as often as for all agents."""
    places, times, seed = together
    families, tasks = zip(*map(_task, samples), strict=True)
    codes = np.array([places[_task(one)] for one in samples])
    minutes = np.array([one.traits[MINUTES] for one in samples])
    values = np.array([as_number(one.scores[score]) for one in samples])
    weights = run_weights(tasks, families)[weighting]
    gathered = horizon.by_task(minutes, values, codes, scoring.codes(families), weights)
    own = [seed, int.from_bytes(sha256(name.encode()).digest()[:8])]
    curve = horizon.fit(gathered)
    drawn = horizon.bootstrapped(gathered, len(times[0]), own, drawn=times[np.unique(codes)])
    half, most = (horizon.horizon(curve, drawn, chance) for chance in (0.5, 0.8))
    return Agent(name, len(samples), len(set(codes.tolist())), half, most, horizon.minutes_at(drawn))


def trend_of(agents: Sequence[Agent], released: Mapping[str, date], line: float, seed: int) -> Trend:
    """The trend through the horizons of those agents whose day of release is told. Raises `BadInput`."""
    known = sorted((one for one in agents if one.name in released), key=lambda one: one.name)
    days = np.array([float((released[one.name] - EPOCH).days) for one in known])
    drawn = np.array([one.replicates for one in known]).T
    try:
        return horizon.trend(Systems(days, np.array([one.half.minutes for one in known]), drawn), line, seed)
    except ValueError as error:
        names = ", ".join(one.name for one in known) or "none"
        raise BadInput(Fault("released", names, str(error)), "horizon") from error


def day_of(value: float) -> date | None:
    """The day of a forecast; None where there is none, or none within two hundred years."""
    return EPOCH + timedelta(days=round(value)) if math.isfinite(value) and abs(value) < DAYS_TOLD_MAX else None


def plain(trend: Trend, line: float) -> dict[str, Any]:
    """A trend as plain data."""
    told: dict[str, Any] = {
        name: value if math.isfinite(value) else str(value)
        for name, value in trend._asdict().items() if name.startswith("doubling")
    }  # fmt: skip
    if line:
        days = {name: day_of(getattr(trend, name)) for name in ("reached_day", "reached_low", "reached_high")}
        told |= {"line_minutes": line, "never": trend.never}
        told |= {name: day.isoformat() if day else None for name, day in days.items()}
    return told


def in_words(trend: Trend, line: float) -> Iterator[str]:
    """A trend in sentences, with what it does not know."""
    if not math.isfinite(trend.doubling_days):
        yield "Horizons do not grow over these releases."
    else:
        high = f"{trend.doubling_high:.0f}" if math.isfinite(trend.doubling_high) else "never"
        yield f"Horizons double every {trend.doubling_days:.0f} days (95 of 100: {trend.doubling_low:.0f} to {high})."
    if line:
        day, low, high_ = (day_of(one) for one in (trend.reached_day, trend.reached_low, trend.reached_high))
        yield (
            f"{line:g} minutes are reached on {day or 'no day that it tells'} "
            f"(95 of 100: {low or 'none'} to {high_ or 'no end that it tells'}), if the trend goes on; "
            f"in {trend.never:.0%} of replicates never."
        )
