"""The log of reads for every host alike: one chain, which one process at a time adds to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._group_commit import Job
from .._reads import COLUMNS, INDEXES, Reads, lines_of
from ._database import Database, kept, read

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS read_log (
  number BIGINT PRIMARY KEY, at TEXT COLLATE "C" NOT NULL, party TEXT COLLATE "C" NOT NULL, roles TEXT NOT NULL,
  keyid TEXT NOT NULL, organisation TEXT NOT NULL, entry BIGINT NOT NULL, fields TEXT NOT NULL, door TEXT NOT NULL,
  purpose TEXT NOT NULL, link BYTEA NOT NULL
);
{INDEXES}
"""


class PostgresReads(Reads):
    """Reads in a PostgreSQL database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.name)
        self._database = database
        database.layout("reads", _SCHEMA)

    def close(self) -> None:
        """The database stays open."""

    def _write(self, jobs: list[Job]) -> None:
        places = ", ".join(["%s"] * len(COLUMNS.split(", ")))
        with self._database.begin("reads") as connection:
            last = connection.exec_driver_sql("SELECT number, link FROM read_log ORDER BY number DESC LIMIT 1").first()
            rows = [tuple(kept(one) if isinstance(one, str) else one for one in row) for row in lines_of(jobs, last)]
            connection.exec_driver_sql(f"INSERT INTO read_log ({COLUMNS}) VALUES ({places})", rows)

    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        given = tuple(kept(value) if isinstance(value, str) else value for value in values)
        rows = self._database.rows(query.replace("?", "%s"), *given)
        return [[read(value) if isinstance(value, str) else value for value in row] for row in rows]
