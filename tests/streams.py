"""Files of events for tests of rules over streams."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = """
id = "test.load"
version = "1"
citation = "made for a test"
every = "1m"
title = { en = "Load", zh = "负载" }
text = { en = "Load.", zh = "负载。" }
in_force = { from = 2000-01-01 }
expr = "unit.load >= 80"
clear = "unit.load < 75"
for = "2m"
keep_firing_for = "1m"
lateness = "2m"
max_gap = "3m"
"""


def events(keys: int = 7, minutes: int = 200, seed: int = 1) -> pl.DataFrame:
    """Loads by the minute, some missing, some late: within what the rule allows, and beyond it."""
    dice = np.random.default_rng(seed)
    rows = keys * minutes
    minute = np.repeat(np.arange(minutes), keys)
    late = dice.random(rows) < 0.05
    minute = np.maximum(minute - np.where(late, dice.integers(1, 6, rows), 0), 0)
    frame = pl.DataFrame(
        {
            "subject": [f"unit:{key}" for key in np.tile(np.arange(keys), minutes)],
            "event": pl.Series(minute).cast(pl.Duration("us")) * 60_000_000 + pl.Series([BEGIN] * rows),
            "value": 75 + 12 * np.sin(minute / 9 + np.tile(np.arange(keys), minutes)) + dice.normal(size=rows),
        }
    ).with_columns(pl.col("event").cast(pl.Datetime("us", "UTC")))
    return frame.filter(
        pl.Series(dice.random(rows) < 0.93) & ~((pl.col("subject") == "unit:3") & pl.Series(minute > 150))
    )


def record(folder: Path, frame: pl.DataFrame | None = None) -> Path:
    path = folder / "events.parquet"
    (events() if frame is None else frame).write_parquet(path)
    return path
