"""safety_net.replay_s: a full design with all packages over all states and fifty years; sweep200_s: 200 points of it.

Against a plain Python program written from the packages' words, month by month, without arrays, our expressions or our
machines; costs and state-months must agree, or there is no figure. `.cold` reads data and rules first.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.figures import Figure, seconds
from benchmarks.plain import Counts
from benchmarks.plain_safety_net import replayed
from commonweal.instruments.adaptive_safety_net import laus, replaying, sweeping
from commonweal.instruments.adaptive_safety_net.packages import designs

AGAIN, PLAIN_POINTS, POINTS = 5, 5, 200
CAPS = "wage_insurance.pays.cap_usd=6000..15950/50"
LINES = "wage_insurance.trigger.let.line=0.500..2.490/0.01"
CLOSE = 1e-9


def measure() -> list[Figure]:
    cold = seconds(_cold)
    past, design = replaying.history(), designs()["all_packages"]
    packages = {one.name: one for one in design.packages if one.name != "eb_insured_rate"}
    found: dict[str, Any] = {}
    plain = seconds(lambda: found.update(theirs=replayed(packages, _counts(), past.released)))
    warm = statistics.median(seconds(lambda: found.update(ours=replaying.replay(design, past))) for _ in range(AGAIN))
    _agree([replaying.summary(one, past) for one in found["ours"]], found["theirs"])
    print("  200 points", file=sys.stderr, flush=True)
    swept = seconds(lambda: found.update(rows=sweeping.sweep(design, [LINES], past)))
    caps = seconds(lambda: found.update(caps=sweeping.sweep(design, [CAPS], past)))
    few = found["caps"][:PLAIN_POINTS]
    varied = [{"wage_insurance": design.varied(*next(iter(row["point"].items()))).packages[_at(design)]} for row in few]
    peer = seconds(lambda: found.update(peer=[replayed(one, _counts(), past.released) for one in varied]))
    for row, other in zip(few, found["peer"], strict=True):
        assert math.isclose(row["cost_usd_swept"], other["wage_insurance"][0], rel_tol=CLOSE)
    assert len(found["rows"]) == len(found["caps"]) == POINTS
    words = f"plain Python, month by month, the same costs and state-months ({len(packages)} of {len(design.packages)} "
    words += f"packages, {len(past.frame.subjects)} states × {len(past.months)} months)"
    each = f"the same program for {PLAIN_POINTS} of the points, times {POINTS // PLAIN_POINTS}"
    return [
        Figure("safety_net.replay_s", warm, "s", words, plain, "the machines, a step a month"),
        Figure("safety_net.replay_s.cold", cold, "s", words, plain, "reading the table of figures"),
        Figure("safety_net.sweep200_s", swept, "s", each, peer * POINTS / PLAIN_POINTS, "reading 200 rule texts"),
        Figure("safety_net.sweep200_s.amount", caps, "s", each, peer * POINTS / PLAIN_POINTS, "summing up each point"),
    ]


def _cold() -> None:
    for kept in (replaying.history, laus.months):
        kept.cache_clear()
    replaying.replay(designs()["all_packages"], replaying.history())


def _at(design: Any) -> int:
    return [one.name for one in design.packages].index("wage_insurance")


def _counts() -> Counts:
    past = replaying.history()
    columns = {name: past.frame.column(name).T.tolist() for name in ("laus.labour_force", "laus.unemployed")}
    return {area: {name: rows[at] for name, rows in columns.items()} for at, area in enumerate(past.frame.subjects)}


def _agree(ours: list[Mapping[str, Any]], theirs: Mapping[str, tuple[float, ...]]) -> None:
    for one in ours:
        if one["package"] in theirs:
            cost, on, unknown = theirs[one["package"]]
            assert (one["months_on"], one["months_unknown"]) == (on, unknown), one["package"]
            assert math.isclose(one["cost_usd"]["central"], cost, rel_tol=CLOSE), one["package"]
