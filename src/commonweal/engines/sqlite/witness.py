"""`witness.sqlite`: what this authority, as a witness, has cosigned for others. `witnessed.sqlite`: what others
cosigned for it.

Both are apart from the record, so that restoring an older record does not make a witness, or the log, forget.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from commonweal.kernel.record import Cosigner, NoteVerifier
from commonweal.kernel.record.asking import Known, Outcome, Standing
from commonweal.kernel.record.witness import Answer, Seen, admit, decide, origin_hash
from commonweal.kernel.values import NotFound

from ._files import connect, immediate, translated

_SEEN = """
CREATE TABLE IF NOT EXISTS seen (
  origin TEXT PRIMARY KEY, origin_hash TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, root BLOB NOT NULL,
  time INTEGER NOT NULL, note BLOB NOT NULL
) STRICT;
"""
_WITNESSED = """
CREATE TABLE IF NOT EXISTS standing (
  witness TEXT PRIMARY KEY, size INTEGER NOT NULL, time INTEGER NOT NULL, tried INTEGER NOT NULL,
  failures INTEGER NOT NULL, state TEXT NOT NULL, alarm TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS cosignature (
  size INTEGER NOT NULL, witness TEXT NOT NULL, lines TEXT NOT NULL, PRIMARY KEY (size, witness)
) STRICT;
CREATE TABLE IF NOT EXISTS published (
  size INTEGER PRIMARY KEY, root BLOB NOT NULL, note BLOB NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS testimony (
  size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL, source TEXT NOT NULL, PRIMARY KEY (size, root)
) STRICT;
"""
_STANDING = "witness, size, time, tried, failures, state, alarm, detail"


class SqliteWitness:
    """A witness in a file, safe for several threads and processes: who asks second is told the size of the first."""

    def __init__(self, path: Path, logs: Mapping[str, Sequence[NoteVerifier]], cosigners: Sequence[Cosigner]) -> None:
        self._path, self._logs, self.cosigners = path, logs, tuple(cosigners)
        self._lock = threading.Lock()
        self._connection = connect(path)
        with translated(path):
            self._connection.executescript(_SEEN)

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs this witness knows."""
        return tuple(self._logs)

    def add_checkpoint(self, body: bytes, now: int) -> Answer:
        """Answer a request (c2sp.org/tlog-witness). What is answered with 200 is on disk before this returns.

        `now` is POSIX seconds. Raises `Busy` when the file cannot be written; nothing was cosigned then.
        """
        asked = admit(body, self._logs)
        if isinstance(asked, Answer):
            return asked
        with self._lock, immediate(self._connection, self._path):
            answer, new = decide(asked, self._seen(asked.origin), self.cosigners, now)
            if new is not None:
                self._connection.execute(
                    "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)",
                    (asked.origin, origin_hash(asked.origin), new.size, new.root, new.time, new.note),
                )
        return answer

    def checkpoint(self, hashed: str) -> bytes:
        """The newest cosigned checkpoint of a log, by the SHA-256 of its origin in hex. Raises `NotFound`."""
        with self._lock, translated(self._path):
            row = self._connection.execute("SELECT note FROM seen WHERE origin_hash = ?", (hashed,)).fetchone()
        if row is None:
            raise NotFound("checkpoint of a log", hashed, "this witness never cosigned one for it")
        return bytes(row[0])

    def seen(self) -> dict[str, Seen]:
        """The largest tree cosigned for each log, by origin."""
        with self._lock, translated(self._path):
            rows = self._connection.execute("SELECT origin, size, root, time, note FROM seen ORDER BY origin")
            return {row[0]: Seen(*row[1:]) for row in rows}

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _seen(self, origin: str) -> Seen | None:
        row = self._connection.execute("SELECT size, root, time, note FROM seen WHERE origin = ?", (origin,)).fetchone()
        return Seen(*row) if row else None


class SqliteCosignatures:
    """The `CosignatureStore` in a file of the authority's folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection = connect(path)
        with translated(path):
            self._connection.executescript(_WITNESSED)

    def standings(self) -> dict[str, Standing]:
        """How each witness stands, by verifier key."""
        return {row[0]: Standing(*row) for row in self._rows(f"SELECT {_STANDING} FROM standing")}

    def lines(self, size: int) -> dict[str, tuple[str, ...]]:
        """The signature lines kept for a tree size, by the witness's verifier key."""
        rows = self._rows("SELECT witness, lines FROM cosignature WHERE size = ? ORDER BY witness", size)
        return {witness: tuple(lines.splitlines(keepends=True)) for witness, lines in rows}

    def keep(self, outcomes: Iterable[Outcome]) -> None:
        """Remember how each asked witness stands, and what it signed. An older answer never undoes a newer one."""
        with self._lock, immediate(self._connection, self._path):
            for outcome in outcomes:
                now = outcome.standing
                values = (now.witness, now.size, now.time, now.tried, now.failures, now.state, now.alarm, now.detail)
                self._connection.execute(
                    f"INSERT INTO standing ({_STANDING}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                    "size = max(size, excluded.size), time = max(time, excluded.time), tried = excluded.tried, "
                    "failures = excluded.failures, state = excluded.state, alarm = excluded.alarm, "
                    "detail = excluded.detail",
                    values,
                )
                if outcome.tree is not None:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO cosignature VALUES (?, ?, ?)",
                        (outcome.tree.size, now.witness, "".join(outcome.lines)),
                    )

    def publish(self, known: Known, at: int) -> None:
        """Remember a checkpoint that has its quorum; loose signature lines of smaller trees are forgotten."""
        with self._lock, immediate(self._connection, self._path):
            row = (known.size, known.root, known.note, known.source, at)
            self._connection.execute("INSERT OR REPLACE INTO published VALUES (?, ?, ?, ?, ?)", row)
            self._connection.execute("DELETE FROM cosignature WHERE size < ?", (known.size,))

    def published(self, count: int) -> list[tuple[Known, int]]:
        """The newest published checkpoints, largest first, each with the POSIX time it was published."""
        query = "SELECT size, root, note, source, at FROM published ORDER BY size DESC LIMIT ?"
        return [(Known(*row[:4]), row[4]) for row in self._rows(query, count)]

    def testify(self, known: Known) -> None:
        """Remember a checkpoint that contradicts the record in this folder."""
        with self._lock, immediate(self._connection, self._path):
            row = (known.size, known.root, known.note, known.source)
            self._connection.execute("INSERT OR IGNORE INTO testimony VALUES (?, ?, ?, ?)", row)

    def testimony(self) -> list[Known]:
        """Checkpoints that contradicted the record when they were found."""
        return [Known(*row) for row in self._rows("SELECT size, root, note, source FROM testimony ORDER BY size")]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _rows(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, translated(self._path):
            return self._connection.execute(query, values).fetchall()
