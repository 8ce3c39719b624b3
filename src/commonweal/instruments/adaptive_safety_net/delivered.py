"""How unemployment insurance reached people from 2020 on, by state: a small table that ships, with where it comes from.

Take-up and surge alone: they follow from weekly claims and the unemployed. Delay, backlog and errors are in no file
that ships. The table is made again, of a newer file, by
`python -m commonweal.instruments.adaptive_safety_net.delivered FILE`.
"""

from __future__ import annotations

import csv
import functools
import io
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from commonweal.kernel.instrument import Text

from . import claims, replaying

DATA = Path(__file__).parent / "data"
TABLE, SOURCE = DATA / "insurance.csv", DATA / "insurance.toml"
COLUMNS = ("area", "from", "to", "weeks", "take_up", "take_up_newest", "take_up_month", "initial_usual", "initial_peak",
           "initial_peak_week", "surge", "initial_newest", "initial_newest_week", "surge_newest")  # fmt: skip
_SHARES = ("take_up", "take_up_newest", "surge", "surge_newest")
_COUNTS = ("weeks", "initial_usual", "initial_peak", "initial_newest")


def unemployed() -> Mapping[tuple[str, date], float]:
    """Unemployed persons by area and month, as they ship."""
    past = replaying.history()
    persons = past.frame.column("laus.unemployed")
    return {
        (area, month): float(persons[row, at])
        for row, month in enumerate(past.months)
        for at, area in enumerate(past.frame.subjects)
    }


def made(data: bytes, name: str) -> list[dict[str, Any]]:
    """The table of a file of weekly claims. Raises as `claims.read`."""
    return claims.delivery(claims.read(data, name), unemployed())


@functools.cache
def shipped() -> Sequence[Mapping[str, Any]]:
    """The table that ships, a row for each area."""
    rows = csv.DictReader(io.StringIO(TABLE.read_text("utf-8")))
    return [
        {**row, **{name: float(row[name]) for name in _SHARES}, **{name: int(row[name]) for name in _COUNTS}}
        for row in rows
    ]


@functools.cache
def source() -> Mapping[str, Any]:
    """Where it comes from: citation, address, on which day it was read, and what the figures are."""
    return tomllib.loads(SOURCE.read_text("utf-8"))


def note() -> Text:
    """What the table is, for whoever reads it."""
    return Text(source()["text"])


def written(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table as it ships."""
    out = io.StringIO()
    put = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    put.writeheader()
    put.writerows(rows)
    return out.getvalue()


if __name__ == "__main__":
    file = Path(sys.argv[1])
    TABLE.write_text(written(made(file.read_bytes(), file.name)), "utf-8")
