"""Who may come in: bearer keys, registered public keys, nonces already seen, and the
portal's sessions and drafts.

They live in `keys.sqlite` beside the sealing keys (own tables).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .._access import COLUMNS, FOUND, SHOWN, Access, nonce_fits
from .._drafts import SCHEMA as DRAFTS_SCHEMA
from .._passkeys import SCHEMA as PASSKEYS_SCHEMA
from .._sessions import SCHEMA as SESSIONS_SCHEMA
from ._files import connect, translated

_SCHEMA = """
CREATE TABLE IF NOT EXISTS access_key (
    id TEXT PRIMARY KEY, form TEXT NOT NULL, proof BLOB NOT NULL, party TEXT NOT NULL, roles TEXT NOT NULL,
    scopes TEXT NOT NULL, rate_per_s REAL NOT NULL, label TEXT NOT NULL, issued TEXT NOT NULL, expires TEXT,
    revoked TEXT, organisation TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS access_nonce (
    keyid TEXT NOT NULL, nonce TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (keyid, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS access_nonce_until ON access_nonce (until);
""" + (SESSIONS_SCHEMA + DRAFTS_SCHEMA + PASSKEYS_SCHEMA).format(bytes="BLOB", integer="INTEGER", strict=" STRICT")


class SqliteAccess(Access):
    """API keys, public keys and nonces in one SQLite file."""

    def __init__(self, path: Path | str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self._lock = threading.Lock()
        self._db = connect(Path(path))
        with translated(Path(path)):
            self._db.executescript(_SCHEMA)
            self._add_organisation()

    def _add_organisation(self) -> None:
        """Bring a file made before keys had an organisation up to date."""
        named = {row[1] for row in self._db.execute("PRAGMA table_info(access_key)")}
        if "organisation" not in named:
            with suppress(sqlite3.OperationalError):  # another process has added it meanwhile
                self._db.execute("ALTER TABLE access_key ADD COLUMN organisation TEXT NOT NULL DEFAULT ''")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def spend_nonces(self, nonces: Sequence[tuple[str, str, float]]) -> list[bool]:
        """True for each that its key uses for the first time; `until` (POSIX seconds) is when it may be forgotten.

        Committed without an fsync: a killed process remembers it, and a lost power supply outlasts the short window
        in which a signature is accepted.
        """
        if not any(nonce_fits(nonce) for _, nonce, _ in nonces):
            return [False] * len(nonces)
        insert = "INSERT OR IGNORE INTO access_nonce VALUES (?, ?, ?)"
        with self._relaxed() as db:
            db.execute("DELETE FROM access_nonce WHERE until < ?", (self._now().timestamp(),))
            return [nonce_fits(item[1]) and db.execute(insert, item).rowcount == 1 for item in nonces]

    def _insert(self, values: Sequence[Any]) -> bool:
        sql = f"INSERT OR IGNORE INTO access_key ({COLUMNS}) VALUES ({', '.join('?' * len(values))})"
        with self._lock:
            return self._db.execute(sql, values).rowcount == 1

    def _found(self, keyid: str, form: str) -> Sequence[Any] | None:
        query = f"SELECT {FOUND} FROM access_key WHERE id = ? AND form = ? AND revoked IS NULL"
        with self._lock:
            found: Sequence[Any] | None = self._db.execute(query, (keyid, form)).fetchone()
            return found

    def _issued(self, party: str | None = None) -> Iterable[Sequence[Any]]:
        with self._lock:
            sql = f"SELECT {SHOWN} FROM access_key WHERE party = coalesce(?, party) ORDER BY issued, id"
            return self._db.execute(sql, (party,)).fetchall()

    def _revoke(self, keyid: str, at: str) -> bool:
        with self._lock:
            sql = "UPDATE access_key SET revoked = coalesce(revoked, ?) WHERE id = ?"
            return self._db.execute(sql, (at, keyid)).rowcount == 1

    def _changed(self, statement: str, values: Sequence[Any]) -> int:
        with self._lock:
            return self._db.execute(statement, values).rowcount

    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _relaxed(self) -> Iterator[sqlite3.Connection]:
        """One transaction that survives the process but need not survive the power supply."""
        with self._lock:
            self._db.execute("PRAGMA synchronous=NORMAL")
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            finally:
                self._db.execute("PRAGMA synchronous=FULL")
