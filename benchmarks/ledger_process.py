"""A process that keeps a ledger and nothing else: follows batches of transfers into its tables, and says its memory.

`python -m benchmarks.ledger_process import|follow` prints the most memory that it ever held, in MB: having imported
what that takes, or having followed batches too.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Literal

from commonweal.engines.sqlite import SqliteTables
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, Transfer
from commonweal.kernel.record import Act, Entry

BATCH, BATCHES, MEMBERS = 8_190, 12, 10_000
FIRST = date(2026, 1, 1).toordinal()
MEMBERS_OF = [
    Account("fund", "EUR", "debit"), Account("pool", "EUR", floor=0),
    *(Account(f"member.m{number}", "EUR") for number in range(MEMBERS)),
]  # fmt: skip
Drawn = Literal["spread", "hot", "hot_floor"]


def batches(rng: random.Random, count: int, size: int = BATCH, drawn: Drawn = "spread") -> Iterable[list[Transfer]]:
    """Payments between members; `hot`, all out of the fund; `hot_floor`, in turn from the fund into a pool and from
    there to a member the same amount, so that the pool stands at its floor after every second."""
    amount = 0

    def one(at: int, day: int) -> Transfer:
        nonlocal amount
        debit, credit = rng.sample(range(MEMBERS), 2)
        sides = {
            "spread": (f"member.m{debit}", f"member.m{credit}"),
            "hot": ("fund", f"member.m{credit}"),
            "hot_floor": ("pool", f"member.m{credit}") if at % 2 else ("fund", "pool"),
        }[drawn]
        id, anew = rng.randbytes(16).hex(), rng.randint(1, 10**5)
        amount = amount if drawn == "hot_floor" and at % 2 else anew
        return Transfer(id, *sides, amount, FIRST + day, code="pay")

    return ([one(at, number % 30) for at in range(size)] for number in range(count))


def followed(folder: Path, told: Iterable[Sequence[Transfer]]) -> list[float]:
    """Follow batches into the tables of a ledger; how long each took, in seconds."""
    tables, room = SqliteTables(folder), accounts.Accounts()
    tables.declare(accounts.TABLES)
    index, when = 0, datetime(2026, 1, 1, tzinfo=UTC)

    def follow(act: Act) -> float:
        nonlocal index
        begun = perf_counter()
        with tables.transaction() as writer:
            room.follow(Entry(index, act.kind, 1, when, "a", None, act.body, blob=act.blobs.__getitem__), writer)
        index += 1
        return perf_counter() - begun

    for act in accounts.opening("bench", MEMBERS_OF):
        follow(act)
    took = [follow(accounts.transfers_act("bench", batch)) for batch in told]
    tables.close()
    return took


def main(what: str) -> None:
    if what == "follow":
        with tempfile.TemporaryDirectory() as scratch:
            followed(Path(scratch), batches(random.Random(20_260_101), BATCHES))
    (peak,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    print(int(peak) / 1024)


if __name__ == "__main__":
    main(sys.argv[1])
