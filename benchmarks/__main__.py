"""`make bench`: run every benchmark (or those named), print a table for people, then one JSON line a figure."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys

from rich import box
from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.figures import Figure

WIDTH = 180


def main(names: list[str]) -> int:
    figures: list[Figure] = []
    ran = False
    for module in sorted(item.name for item in pkgutil.iter_modules(benchmarks.__path__)):
        if module.startswith("bench_") and (not names or module.removeprefix("bench_") in names):
            print(f"… {module.removeprefix('bench_')}", file=sys.stderr, flush=True)
            ran = True
            figures.extend(importlib.import_module(f"benchmarks.{module}").measure())
    table = Table(box=box.SIMPLE_HEAD)
    wrapped = {"against", "what limits it"}
    for heading in ("figure", "value", "unit", "against", "its value", "ratio", "what limits it"):
        table.add_column(heading, no_wrap=heading not in wrapped, justify="right" if "value" in heading else "left")
    for figure in figures:
        row = figure.as_dict()
        table.add_row(
            figure.figure,
            f"{row['value']:g}",
            figure.unit,
            figure.against,
            f"{row['against_value']:g}",
            f"{row['ratio']:g}" if row["ratio"] is not None else "-",
            figure.limit,
        )
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)
    for figure in figures:
        print(json.dumps(figure.as_dict()))
    return 0 if ran else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
