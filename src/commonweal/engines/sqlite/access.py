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

from .._access import COLUMNS, CONFIRMED_SCHEMA, FOUND, SHOWN, Access, nonce_fits
from .._drafts import SCHEMA as DRAFTS_SCHEMA
from .._drafts import VISITS_SCHEMA
from .._passkeys import SCHEMA as PASSKEYS_SCHEMA
from .._sessions import SCHEMA as SESSIONS_SCHEMA
from ._files import connect, immediate, translated

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
""" + (SESSIONS_SCHEMA + DRAFTS_SCHEMA + VISITS_SCHEMA + PASSKEYS_SCHEMA + CONFIRMED_SCHEMA).format(
    bytes="BLOB", integer="INTEGER", strict=" STRICT"
)


class SqliteAccess(Access):
    """API keys, public keys and nonces in one SQLite file."""

    def __init__(self, path: Path | str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self._lock, self._path = threading.Lock(), Path(path)
        self._db = connect(self._path)
        with translated(self._path):
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
        return self._changed(sql, values) == 1

    def _found(self, keyid: str, form: str) -> Sequence[Any] | None:
        query = f"SELECT {FOUND} FROM access_key WHERE id = ? AND form = ? AND revoked IS NULL"
        return next(iter(self._rows(query, (keyid, form))), None)

    def _issued(self, party: str | None = None) -> Iterable[Sequence[Any]]:
        sql = f"SELECT {SHOWN} FROM access_key WHERE party = coalesce(?, party) ORDER BY issued, id"
        return self._rows(sql, (party,))

    def _revoke(self, keyid: str, at: str) -> bool:
        return self._changed("UPDATE access_key SET revoked = coalesce(revoked, ?) WHERE id = ?", (at, keyid)) == 1

    def _changed(self, statement: str, values: Sequence[Any]) -> int:
        """How many rows a statement changed. Raises `Busy` where another process holds the file for long, or it is
        full; nothing was written then."""
        with self._lock, translated(self._path):
            return self._db.execute(statement, values).rowcount

    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        with self._lock, translated(self._path):
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _relaxed(self) -> Iterator[sqlite3.Connection]:
        """One transaction that survives the process but need not survive the power supply. Raises `Busy`."""
        with self._lock, translated(self._path):
            self._db.execute("PRAGMA synchronous=NORMAL")
            try:
                with immediate(self._db, self._path):
                    yield self._db
            finally:
                self._db.execute("PRAGMA synchronous=FULL")
