"""What this authority, as a witness, has cosigned for others; and what others cosigned for it.

Tables of their own beside the record: who puts the database back from an old copy puts all of it back. Then the
witnesses are the ones who notice, and `keys` if they are kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from commonweal.kernel.record import Cosigner, NoteVerifier
from commonweal.kernel.record.asking import Known, Outcome, Standing
from commonweal.kernel.record.witness import Answer, Seen, admit, decide, origin_hash
from commonweal.kernel.values import NotFound

from ._database import Database, kept, read

_SEEN = """
CREATE TABLE IF NOT EXISTS seen (
  origin TEXT COLLATE "C" PRIMARY KEY, origin_hash TEXT COLLATE "C" NOT NULL UNIQUE, size BIGINT NOT NULL,
  root BYTEA NOT NULL, time BIGINT NOT NULL, note BYTEA NOT NULL
);
"""
_WITNESSED = """
CREATE TABLE IF NOT EXISTS standing (
  witness TEXT COLLATE "C" PRIMARY KEY, size BIGINT NOT NULL, time BIGINT NOT NULL, tried BIGINT NOT NULL,
  failures BIGINT NOT NULL, state TEXT NOT NULL, alarm TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS cosignature (
  size BIGINT NOT NULL, witness TEXT COLLATE "C" NOT NULL, lines TEXT NOT NULL, PRIMARY KEY (size, witness)
);
CREATE TABLE IF NOT EXISTS published (
  size BIGINT PRIMARY KEY, root BYTEA NOT NULL, note BYTEA NOT NULL, source TEXT NOT NULL, at BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS testimony (
  size BIGINT NOT NULL, root BYTEA NOT NULL, note BYTEA NOT NULL, source TEXT NOT NULL, PRIMARY KEY (size, root)
);
"""
_STANDING = "witness, size, time, tried, failures, state, alarm, detail"
_KEEP = f"""
INSERT INTO standing ({_STANDING}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (witness) DO UPDATE SET
size = greatest(standing.size, excluded.size), time = greatest(standing.time, excluded.time), tried = excluded.tried,
failures = excluded.failures, state = excluded.state, alarm = excluded.alarm, detail = excluded.detail
"""


class PostgresWitness:
    """A witness in a database, one answer at a time over all hosts: who asks second is told the size of the first."""

    def __init__(
        self, database: Database, logs: Mapping[str, Sequence[NoteVerifier]], cosigners: Sequence[Cosigner]
    ) -> None:
        self._database, self._logs, self.cosigners = database, logs, tuple(cosigners)
        database.layout("witness", _SEEN)

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs this witness knows."""
        return tuple(self._logs)

    def add_checkpoint(self, body: bytes, now: int) -> Answer:
        """Answer a request (c2sp.org/tlog-witness). What is answered with 200 is on disk before this returns.

        `now` is POSIX seconds. Raises `Busy` when the database cannot be written to; nothing was answered then.
        """
        asked = admit(body, self._logs)
        if isinstance(asked, Answer):
            return asked
        with self._database.begin("witness", 30) as connection:
            answer, new = decide(asked, _seen(connection, asked.origin), self.cosigners, now)
            if new is not None:
                connection.exec_driver_sql(
                    "INSERT INTO seen VALUES (%s, %s, %s, %b, %s, %b) ON CONFLICT (origin) DO UPDATE SET "
                    "size = excluded.size, root = excluded.root, time = excluded.time, note = excluded.note",
                    (asked.origin, origin_hash(asked.origin), new.size, new.root, new.time, new.note),
                )
        return answer

    def checkpoint(self, hashed: str) -> bytes:
        """The newest cosigned checkpoint of a log, by the SHA-256 of its origin in hex. Raises `NotFound`."""
        row = self._database.one("SELECT note FROM seen WHERE origin_hash = %s", kept(hashed))
        if row is None:
            raise NotFound("checkpoint of a log", hashed, "this witness never cosigned one for it")
        return bytes(row[0])

    def seen(self) -> dict[str, Seen]:
        """The largest tree cosigned for each log, by origin."""
        rows = self._database.rows("SELECT origin, size, root, time, note FROM seen ORDER BY origin")
        return {row[0]: _as_seen(row[1:]) for row in rows}

    def close(self) -> None:
        """The database stays open."""


class PostgresCosignatures:
    """The `CosignatureStore` in a PostgreSQL database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.layout("cosignatures", _WITNESSED)

    def standings(self) -> dict[str, Standing]:
        """How each witness stands, by verifier key."""
        rows = self._database.rows(f"SELECT {_STANDING} FROM standing")
        return {row[0]: Standing(*[*row[:7], read(row[7])]) for row in rows}

    def lines(self, size: int) -> dict[str, tuple[str, ...]]:
        """The signature lines kept for a tree size, by the witness's verifier key."""
        query = "SELECT witness, lines FROM cosignature WHERE size = %s ORDER BY witness"
        return {row[0]: tuple(row[1].splitlines(keepends=True)) for row in self._database.rows(query, size)}

    def keep(self, outcomes: Iterable[Outcome]) -> None:
        """Remember how each asked witness stands, and what it signed. An older answer never undoes a newer one."""
        with self._database.begin("cosignatures") as connection:
            for outcome in outcomes:
                now = outcome.standing
                seen = (now.witness, now.size, now.time, now.tried, now.failures, now.state, now.alarm)
                connection.exec_driver_sql(_KEEP, (*seen, kept(now.detail)))
                if outcome.tree is not None:
                    connection.exec_driver_sql(
                        "INSERT INTO cosignature VALUES (%s, %s, %s) "
                        "ON CONFLICT (size, witness) DO UPDATE SET lines = excluded.lines",
                        (outcome.tree.size, now.witness, "".join(outcome.lines)),
                    )

    def publish(self, known: Known, at: int) -> None:
        """Remember a checkpoint that has its quorum; loose signature lines of smaller trees are forgotten."""
        with self._database.begin("cosignatures") as connection:
            connection.exec_driver_sql(
                "INSERT INTO published VALUES (%s, %b, %b, %s, %s) ON CONFLICT (size) DO UPDATE SET "
                "root = excluded.root, note = excluded.note, source = excluded.source, at = excluded.at",
                (known.size, known.root, known.note, kept(known.source), at),
            )
            connection.exec_driver_sql("DELETE FROM cosignature WHERE size < %s", (known.size,))

    def published(self, count: int) -> list[tuple[Known, int]]:
        """The newest published checkpoints, largest first, each with the POSIX time it was published."""
        query = "SELECT size, root, note, source, at FROM published ORDER BY size DESC LIMIT %s"
        return [(_as_known(row), row[4]) for row in self._database.rows(query, count)]

    def testify(self, known: Known) -> None:
        """Remember a checkpoint that contradicts the record here."""
        with self._database.begin("cosignatures") as connection:
            connection.exec_driver_sql(
                "INSERT INTO testimony VALUES (%s, %b, %b, %s) ON CONFLICT DO NOTHING",
                (known.size, known.root, known.note, kept(known.source)),
            )

    def testimony(self) -> list[Known]:
        """Checkpoints that contradicted the record when they were found."""
        rows = self._database.rows("SELECT size, root, note, source FROM testimony ORDER BY size")
        return [_as_known(row) for row in rows]

    def close(self) -> None:
        """The database stays open."""


def _as_known(row: Sequence[Any]) -> Known:
    return Known(row[0], bytes(row[1]), bytes(row[2]), read(row[3]))


def _as_seen(row: Sequence[Any]) -> Seen:
    return Seen(row[0], bytes(row[1]), row[2], bytes(row[3]))


def _seen(connection: Connection, origin: str) -> Seen | None:
    query = "SELECT size, root, time, note FROM seen WHERE origin = %s"
    row = connection.exec_driver_sql(query, (origin,)).fetchone()
    return _as_seen(row) if row else None
