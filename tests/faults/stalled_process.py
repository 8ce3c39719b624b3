"""A process that stops in the middle of a transaction, holding its lock, until it is killed or told to go on.

`python stalled_process.py URL record|tables [STALLED_S]`: everything is written and only the commit is missing when it
prints `inside`. Told to go on by a line on its input, it commits; then it prints where its act came to stand.
"""

from __future__ import annotations

import sys
from typing import Any

from sqlalchemy import Connection
from writer_process import SIGNER, draft

from commonweal.engines.postgres import Database, PostgresRecord, PostgresTables, record
from commonweal.kernel.record import Table

TABLE = Table("stalled", columns={"id": "text"}, key=("id",))


def stop_before_the_first_commit() -> None:
    commit = Connection.commit

    def stopped(self: Connection) -> Any:
        Connection.commit = commit  # type: ignore[method-assign]
        print("inside", flush=True)
        sys.stdin.readline()
        return commit(self)

    Connection.commit = stopped  # type: ignore[method-assign]


def main(url: str, what: str, stalled_s: str = "30") -> None:
    record.STALLED_S = int(stalled_s)
    database = Database(url)
    if what == "record":
        store = PostgresRecord(database, SIGNER)
        stop_before_the_first_commit()
        print(store.append([draft("stalled", 0, (0, 1))])[0].index, flush=True)
    else:
        tables = PostgresTables(database)
        tables.declare([TABLE])
        stop_before_the_first_commit()
        with tables.transaction() as writer:
            writer.put(TABLE, {"id": "stalled"})
            tables.set_cursor(0, 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
