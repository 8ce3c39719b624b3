"""registry.epoch_import_s: Epoch's table read, filed and followed to the end, as `weal import` does it.

Against `csv.DictReader` and one SQLite transaction that keeps the same rows: no checks, no keys, no log, no duties.
Where the published table is not at hand, one of the same shape is written here, and the figure says so.
"""

from __future__ import annotations

import csv
import io
import random
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.figures import Figure, seconds
from benchmarks.filings import founded
from benchmarks.peers import durable
from commonweal.authority import Authority
from commonweal.instruments.model_registration import epoch

PUBLISHED = Path(__file__).parents[2] / "shared" / "data" / "epoch" / "notable_ai_models_2026-01-26.csv"
ROWS, ORGANISATIONS, WITH_COMPUTE = 976, 430, 515
PROSE = "A sentence of about the length that the table's notes and abstracts have, over and over. " * 12
COLUMNS = (
    "Model", "Organization", "Publication date", "Domain", "Task", "Parameters", "Training compute (FLOP)",
    "Training dataset size (gradients)", "Confidence", "Link", "Abstract", "Organization categorization",
    "Country (of organization)", "Epochs", "Training hardware", "Hardware quantity", "Base model",
    "Model accessibility",
)  # fmt: skip


def measure() -> list[Figure]:
    at_hand = PUBLISHED.is_file()
    data = PUBLISHED.read_bytes() if at_hand else written()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "models.csv"
        source.write_bytes(data)
        theirs = seconds(lambda: _kept(source, Path(scratch) / "peer.sqlite"))
        with founded(Path(scratch) / "authority") as authority:
            print("  filing and following the table", file=sys.stderr, flush=True)
            ours = seconds(lambda: _imported(authority, source))
            models = authority.status()["subjects"]["model"]
    assert models == ROWS, f"{models} models came in, not {ROWS}"
    which = "the published table" if at_hand else "a table of the same shape, written for this"
    against = f"csv.DictReader and one SQLite transaction of the same rows ({which})"
    return [Figure("registry.epoch_import_s", ours, "s", against, theirs)]


def _imported(authority: Authority, source: Path) -> None:
    imported = epoch.read(source.read_bytes(), source.name)
    authority.place_all(imported.acts)
    authority.follow()


def _kept(source: Path, target: Path) -> None:
    with source.open(encoding="utf-8-sig", newline="") as file, closing(durable(target)) as connection:
        rows = csv.DictReader(file)
        names = [f'"{name}"' for name in rows.fieldnames or ()]
        connection.execute(f"CREATE TABLE model ({', '.join(names)})")
        connection.execute("BEGIN IMMEDIATE")
        insert = f"INSERT INTO model VALUES ({', '.join('?' * len(names))})"
        connection.executemany(insert, ([*row.values()] for row in rows))
        connection.execute("COMMIT")


def written() -> bytes:
    """A table of the published one's shape: as many rows, developers and compute figures; the same every time."""
    dice = random.Random(976)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for number in range(ROWS):
        size = 10 ** dice.uniform(6, 12)
        row = {
            "Model": f"Model {number}",
            "Organization": f"Developer {number % ORGANISATIONS}",
            "Publication date": f"{2010 + number % 15}-{1 + number % 12:02d}-{1 + number % 28:02d}",
            "Domain": "Language",
            "Task": "Language modeling/generation",
            "Parameters": f"{size:.0f}",
            "Training dataset size (gradients)": f"{20 * size:.0f}",
            "Confidence": "Likely",
            "Link": "https://developer.example/paper",
            "Abstract": PROSE,
            "Organization categorization": "Industry",
            "Country (of organization)": "France",
            "Model accessibility": "Unreleased",
        }
        if number < WITH_COMPUTE:
            row["Training compute (FLOP)"] = f"{120 * size * size:.4g}"
        writer.writerow(row)
    return out.getvalue().encode()
