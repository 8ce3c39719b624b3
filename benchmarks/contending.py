"""One of several processes that file single acts.

`python -m benchmarks.contending URL elected|queued SECONDS THREADS N`

`elected` is how it is done: each batch takes the lock. `queued` is how it might be: acts are handed over in a table,
without waiting for the disk, to the process that holds the lock for good; whoever handed one over waits for its place.
Prints how many acts this process had acknowledged.
"""

from __future__ import annotations

import sys
import threading
import time

from commonweal.engines.postgres import Database, PostgresRecord
from commonweal.kernel.record import Draft, NoteSigner

SIGNER = NoteSigner("benchmark.example/log", bytes(range(32)))
LEAF, PAYLOAD = b"x" * 1_000, b"y" * 1_500


def draft(author: str, number: int) -> Draft:
    return Draft(LEAF, PAYLOAD, "bench.act", None, author, "2026-01-01T00:00:00Z", str(number), "r")


def elected(database: Database, record: PostgresRecord, author: str, until: float) -> int:
    number = 0
    while time.monotonic() < until:
        record.append([draft(author, number)])
        number += 1
    return number


def queued(database: Database, record: PostgresRecord, author: str, until: float) -> int:
    number = 0
    while time.monotonic() < until:
        with database.begin() as run:
            run.exec_driver_sql("SET LOCAL synchronous_commit = off")
            sql = "INSERT INTO handed VALUES (%s, %s, %b, %b)"
            run.exec_driver_sql(sql, (author, number, LEAF, PAYLOAD))
        while database.one("SELECT 1 FROM handed WHERE author = %s AND number = %s", author, number):
            if time.monotonic() > until + 1:
                return number
            time.sleep(0.001)
        number += 1
    return number


def sequence(database: Database, record: PostgresRecord, until: float) -> None:
    """The one sequencer: takes what was handed over, records it, takes it off the table."""
    while time.monotonic() < until + 0.5:
        rows = database.rows("SELECT author, number FROM handed LIMIT 4096")
        if not rows:
            time.sleep(0.001)
            continue
        record.append([draft(author, number) for author, number in rows])
        with database.begin() as run:
            run.exec_driver_sql("SET LOCAL synchronous_commit = off")
            run.exec_driver_sql("DELETE FROM handed WHERE author = %s AND number = %s", [tuple(row) for row in rows])


def main(url: str, how: str, seconds: str, threads: str, process: str) -> None:
    database = Database(url)
    record = PostgresRecord(database, SIGNER)
    database.layout(
        "handed", "CREATE TABLE IF NOT EXISTS handed (author TEXT, number BIGINT, leaf BYTEA, payload BYTEA)"
    )
    time.sleep(1.0 - time.time() % 1.0)
    until = time.monotonic() + float(seconds)
    done: list[int] = []
    work = elected if how == "elected" else queued
    names = [f"{how}:{process}:{n}:{time.time()}" for n in range(int(threads))]
    running = [
        threading.Thread(target=lambda name=name: done.append(work(database, record, name, until))) for name in names
    ]
    if how == "queued" and process == "0":
        running.append(threading.Thread(target=sequence, args=(database, record, until)))
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    print(sum(done))


if __name__ == "__main__":
    main(*sys.argv[1:])
