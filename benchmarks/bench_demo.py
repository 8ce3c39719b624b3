"""demo.seconds: the demonstration as `make demo SERVE=0` runs it, Python's start included.

Against the physical limit of a record that acknowledges each entry by itself: the same entries, byte for byte, one
durable commit each. The demonstration besides checks, seals, hashes, signs and follows them, and evaluates every rule.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, seconds
from benchmarks.peers import entry_rows, rows_seconds
from commonweal.engines.sqlite import SqliteRecord

WEAL = Path(sys.executable).with_name("weal")


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        ours = seconds(lambda: subprocess.run([WEAL, "demo", folder], check=True, capture_output=True))
        record = SqliteRecord(folder)
        rows = entry_rows(record.entries(0, record.size()))
        record.close()
        theirs = rows_seconds(Path(scratch) / "rows.sqlite", rows, batch=1)
    against = f"its {len(rows)} entries as rows, a durable commit each (SQLite, synchronous=FULL)"
    return [Figure("demo.seconds", ours, "s", against, theirs)]
