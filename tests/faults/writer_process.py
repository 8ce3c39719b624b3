"""A process that writes to a record until it is killed or done, and says on its output what was acknowledged.

`python writer_process.py FOLDER-OR-URL NAME COUNT [THREADS]`: each thread appends COUNT acts in small groups; for each
group that was acknowledged one line `first-number last-number first-index` is printed.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import threading
from pathlib import Path
from typing import Any

from commonweal.engines.sqlite import SqliteRecord
from commonweal.kernel.record import Draft, NoteSigner

ORIGIN = "example.org/log"
SIGNER = NoteSigner(ORIGIN, bytes(range(32)))


def draft(name: str, number: int, group: tuple[int, int]) -> Draft:
    """An act of writer `name`; its payload says which group it belongs to, so that half a group can be told."""
    payload = json.dumps([number, *group]).encode() + b" " * (number * 37 % 3_000)
    blob = f"blob {name} {number}".encode() * 40
    address = hashlib.sha256(blob).hexdigest()
    claims = {"kind": "test.act/1", "payload_sha256": hashlib.sha256(payload).hexdigest(), "blobs": [address]}
    leaf = json.dumps(claims).encode()
    return Draft(leaf, payload, "test.act", None, name, "2026-11-22T00:00:00Z", str(number), "r", {address: blob})


def opened(where: str) -> Any:
    """The record in a folder, or in the database at a URL."""
    if "://" not in where:
        return SqliteRecord(Path(where), SIGNER)
    from commonweal.engines.postgres import Database, PostgresRecord

    return PostgresRecord(Database(where), SIGNER)


def write(record: Any, name: str, count: int) -> None:
    number = 0
    while number < count:
        stop = min(count, number + random.randint(1, 5))
        group = [draft(name, at, (number, stop)) for at in range(number, stop)]
        places = record.append(group)
        os.write(1, f"{name} {number} {stop} {places[0].index}\n".encode())
        number = stop


def main(folder: str, name: str, count: str, threads: str = "1") -> None:
    record = opened(folder)
    writers = [
        threading.Thread(target=write, args=(record, f"{name}.{number}", int(count))) for number in range(int(threads))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    record.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
