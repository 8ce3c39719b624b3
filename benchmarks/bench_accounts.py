"""The ledger: transfers in batches, one at a time, and all on one account, beside bare SQLite with the same tables.
`hot` is an account without a floor, `hot_floor` one that stands at its floor after every second transfer.

`accounts.transfers_per_s.*` is a transfer from the act to its followed, durable balance: recorded (checked, sealed,
sequenced, in one FULL commit) and followed into the tables. The limit is SQLite alone with the tables of the ledger,
synchronous=FULL: the same rows, balances and sums of days written, and nothing checked or proved. It is told in two
ways, a statement for each transfer and with what a batch adds to each account summed first; the faster of both counts.
`accounts.follow_per_s` is the follower's part of the first. `accounts.rss_mb` is a process that opens the tables of a
ledger and follows batches into them, beside one that only imports what that takes.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, quantile, seconds
from benchmarks.ledger_process import BATCH, BATCHES, MEMBERS_OF, batches, followed
from benchmarks.peers import durable
from commonweal.authority import Authority
from commonweal.engines.sqlite import SqliteTables
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Transfer
from commonweal.kernel.values import Text
from commonweal.settings import Settings

SINGLES = 200
Told = Callable[[Sequence[Transfer]], None]
ROOT = Path(__file__).parents[1]
SETTINGS = Settings(Text(en="Bench", zh="测量"), "bench.example/log", datetime(2026, 1, 1, tzinfo=UTC))


def measure() -> list[Figure]:
    rng = random.Random(20_260_101)
    spread, hot = list(batches(rng, BATCHES)), list(batches(rng, BATCHES, drawn="hot"))
    singles = list(batches(rng, SINGLES, size=1))
    floored = list(batches(rng, BATCHES, drawn="hot_floor"))
    figures = []
    of_transfers = (
        ("accounts.transfers_per_s.batch", spread), ("accounts.transfers_per_s.single", singles),
        ("accounts.transfers_per_s.hot", hot), ("accounts.transfers_per_s.hot_floor", floored),
    )  # fmt: skip
    for name, told in of_transfers:
        print(f"  {name.rpartition('.')[2]}", file=sys.stderr, flush=True)
        ours, theirs = _side_by_side(told)
        limit = "checks, sealing and the follower, beside rows alone"
        figures.append(Figure(name, ours, "1/s", "bare SQLite FULL, same tables", theirs, limit))
    with tempfile.TemporaryDirectory() as scratch:
        ours = _rate(followed(Path(scratch), spread), BATCH)
    figures.append(
        Figure("accounts.follow_per_s", ours, "1/s", "bare SQLite FULL, same tables", figures[0].against_value,
               "the follower's tables are not FULL: what is durable is the record")
    )  # fmt: skip
    limit = "imports, and SQLite's cache of pages"
    figures.append(Figure("accounts.rss_mb", _rss("follow"), "MB", "imports alone", _rss("import"), limit))
    return figures


def _side_by_side(told: Sequence[Sequence[Transfer]]) -> tuple[float, float]:
    """Transfers a second of ours and of bare SQLite, each batch given to one and then to the other."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as open_:
        ours = open_.enter_context(_whole(Path(scratch) / "house"))
        each = open_.enter_context(_bare(Path(scratch) / "bare.sqlite", _row_by_row))
        summed = open_.enter_context(_bare(Path(scratch) / "summed.sqlite", _summed))
        ways = (ours, each, summed)
        took = [[seconds(lambda way=way, batch=batch: way(batch)) for way in ways] for batch in told]  # type: ignore[misc]
    rates = [_rate(list(of), len(told[0])) for of in zip(*took, strict=True)]
    print(
        f"    ours {rates[0]:,.0f}, bare row by row {rates[1]:,.0f}, summed first {rates[2]:,.0f} a second",
        file=sys.stderr,
    )
    return rates[0], max(rates[1:])


def _rate(took: Sequence[float], size: int) -> float:
    return size / quantile(list(took), 0.5)


@contextmanager
def _whole(folder: Path) -> Iterator[Told]:
    with Authority.create(folder, SETTINGS) as authority:
        authority.act_all(accounts.opening("bench", MEMBERS_OF))
        authority.follow()

        def told(batch: Sequence[Transfer]) -> None:
            receipt = authority.act(accounts.transfers_act("bench", batch))
            authority.follow()
            step = accounts.caused(authority.reader, receipt.index)
            assert step is not None
            assert step["done"] == len(batch)

        yield told


Moves = list[tuple[int, int, int]]
"""What is added up: the account's number, the day, the amount."""


def _row_by_row(moves: Moves) -> Moves:
    return moves


def _summed(moves: Moves) -> Moves:
    sums: dict[tuple[int, int], int] = {}
    for number, day, amount in moves:
        sums[number, day] = sums.get((number, day), 0) + amount
    return [(number, day, amount) for (number, day), amount in sums.items()]


@contextmanager
def _bare(path: Path, added: Callable[[Moves], Moves]) -> Iterator[Told]:
    """The same rows and sums under the same tables, by SQLite alone; `added` brings its moves together."""
    layout = path.with_suffix(".layout")
    made = SqliteTables(layout)
    made.declare(accounts.TABLES)
    made.close()
    with sqlite3.connect(layout) as source:
        named = "SELECT sql FROM sqlite_master WHERE tbl_name LIKE 'accounts_%' AND sql IS NOT NULL ORDER BY type DESC"
        schema = [row[0] for row in source.execute(named)]
    db = durable(path)
    for statement in schema:
        db.execute(statement)
    numbers = {one.account: number for number, one in enumerate(MEMBERS_OF, 1)}
    names = {number: name for name, number in numbers.items()}
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO accounts_account VALUES (?, ?, 'EUR', 'credit', NULL, NULL, 0, NULL, 0, 0, 0, 0)", numbers.items()
    )
    db.execute("COMMIT")
    count = 0

    def told(batch: Sequence[Transfer]) -> None:
        nonlocal count
        rows = [
            (number, one.id, numbers[one.debit], numbers[one.credit], one.amount, one.day, 0, "", None, 0, one.code, 0,
             None, 0)
            for number, one in enumerate(batch, count)
        ]  # fmt: skip
        count += len(batch)
        db.execute("BEGIN IMMEDIATE")
        db.executemany(f"INSERT INTO accounts_transfer VALUES ({', '.join('?' * 14)})", rows)
        for side, name in (("debits", "debit"), ("credits", "credit")):
            moves = added([(numbers[getattr(one, name)], one.day, one.amount) for one in batch])
            db.executemany(
                f"UPDATE accounts_account SET {side} = {side} + ? WHERE account = ?",
                [(amount, names[number]) for number, _, amount in moves],
            )
            values = "?, ?, ?, 0" if side == "debits" else "?, ?, 0, ?"
            db.executemany(
                f"INSERT INTO accounts_day VALUES ({values}) "
                f"ON CONFLICT (account, day) DO UPDATE SET {side} = {side} + excluded.{side}",
                moves,
            )
        db.execute("COMMIT")

    yield told
    db.close()


def _rss(what: str) -> float:
    """The most memory of a process of its own, in MB."""
    command = [sys.executable, "-m", "benchmarks.ledger_process", what]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return float(told)
