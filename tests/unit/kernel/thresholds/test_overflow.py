"""A figure that grew beyond what a number can hold is not known: nobody responds to it, whoever judges."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.kernel import thresholds
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.thresholds import InProcess, Job
from commonweal.kernel.values import ReplayClock, Text, day_start
from commonweal.settings import Settings

RULE = """
format = 2
id = "test.ratio"
version = "1"
citation = "made for a test"
every = "1d"
title = { en = "Ratio", zh = "比率" }
text = { en = "Ratio.", zh = "比率。" }
in_force = { from = 2000-01-01 }
by = ["subject"]
value = "ratio"
expr = "ratio >= 2"
max_gap = "300d"
[let]
ratio = "calls.failed / calls.made"
[[level]]
name = "look"
at = "2"
scale = 0.5
[[level]]
name = "act"
at = "4"
scale = 1.0
"""
DAY = date(2026, 3, 2)
SERIES = ("calls.failed", "calls.made")
TOLD = {"service:beyond": (1e308, 1e-308), "service:below": (-1e308, 1e-308), "service:sound": (9.0, 3.0)}


def test_nothing_fires_live_where_a_figure_overflows(tmp_path: Path) -> None:
    clock = ReplayClock(day_start(DAY) + timedelta(hours=12))
    settings = Settings(Text(en="Test", zh="测试"), "overflow.example/log", day_start(DAY), replay=True)
    with Authority.create(tmp_path / "a", settings, clock=clock) as house:
        house.adopt(rule_file(RULE))
        rows = [
            Observation(series, about, DAY, value)
            for about, both in TOLD.items()
            for series, value in zip(SERIES, both, strict=True)
        ]
        house.act(batch_act(rows, series_set="t", citation="test", released_on=DAY))
        house.follow()
        states = {row["subject"]: (row["state"], row["level"]) for row in house.reader.select(thresholds.STATE)}
    assert states == {
        "service:beyond": ("unknown", ""), "service:below": ("unknown", ""), "service:sound": ("firing", "look"),
    }  # fmt: skip


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_nor_in_a_bulk_run(tmp_path: Path, engine: str) -> None:
    pl.DataFrame(
        {
            "subject": [about for about in TOLD for _ in SERIES],
            "event": [DAY] * len(TOLD) * len(SERIES),
            "series": [series for _ in TOLD for series in SERIES],
            "value": [value for both in TOLD.values() for value in both],
        }
    ).write_parquet(tmp_path / "events.parquet")
    found = InProcess().run(Job(RULE, tmp_path / "events.parquet", engine=engine))  # type: ignore[arg-type]
    fired = found.edges.filter(pl.col("to_state") == "firing")
    assert fired.select("subject", "level").rows() == [("service:sound", "look")]
