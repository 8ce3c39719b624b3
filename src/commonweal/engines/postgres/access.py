"""Who may come in through the API, for every host alike: a nonce spent at one is spent at all, and a revocation holds
everywhere at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from .._access import COLUMNS, CONFIRMED_SCHEMA, FOUND, SHOWN, Access, nonce_fits
from .._drafts import SCHEMA as DRAFTS_SCHEMA
from .._drafts import VISITS_SCHEMA
from .._passkeys import SCHEMA as PASSKEYS_SCHEMA
from .._sessions import SCHEMA as SESSIONS_SCHEMA
from ._database import Database, kept

_SCHEMA = """
CREATE TABLE IF NOT EXISTS access_key (
  id TEXT COLLATE "C" PRIMARY KEY, form TEXT NOT NULL, proof BYTEA NOT NULL, party TEXT NOT NULL, roles TEXT NOT NULL,
  scopes TEXT NOT NULL, rate_per_s DOUBLE PRECISION NOT NULL, label TEXT NOT NULL, issued TEXT COLLATE "C" NOT NULL,
  expires TEXT, revoked TEXT, organisation TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS access_nonce (
  keyid TEXT COLLATE "C" NOT NULL, nonce TEXT COLLATE "C" NOT NULL, until DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (keyid, nonce)
);
CREATE INDEX IF NOT EXISTS access_nonce_until ON access_nonce (until);
"""


class PostgresAccess(Access):
    """API keys, public keys and nonces in a PostgreSQL database."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self._database = database
        database.layout("access", _SCHEMA)
        database.layout("confirmed", CONFIRMED_SCHEMA.format(strict=""))
        database.layout("sessions", SESSIONS_SCHEMA.format(bytes="BYTEA", strict=""))
        database.layout("passkeys", PASSKEYS_SCHEMA.format(bytes="BYTEA", integer="BIGINT", strict=""))
        database.layout("drafts", DRAFTS_SCHEMA.format(bytes="BYTEA", strict=""))
        database.layout("visits", VISITS_SCHEMA.format(bytes="BYTEA", strict=""))

    def spend_nonces(self, nonces: Sequence[tuple[str, str, float]]) -> list[bool]:
        """True for each that its key uses for the first time, at any host; `until` (POSIX seconds) is when it may be
        forgotten.

        Committed without waiting for the disk: a server that lost its power comes back after the short window in which
        a signature is accepted.
        """
        if not any(nonce_fits(nonce) for _, nonce, _ in nonces):
            return [False] * len(nonces)
        sql = "INSERT INTO access_nonce VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
        with self._database.begin() as connection:
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            connection.exec_driver_sql("DELETE FROM access_nonce WHERE until < %s", (self._now().timestamp(),))
            return [
                nonce_fits(nonce) and connection.exec_driver_sql(sql, (kept(keyid), kept(nonce), until)).rowcount == 1
                for keyid, nonce, until in nonces
            ]

    def close(self) -> None:
        """The database stays open."""

    def _insert(self, values: Sequence[Any]) -> bool:
        places = ", ".join(["%s"] * len(values))
        sql = f"INSERT INTO access_key ({COLUMNS}) VALUES ({places}) ON CONFLICT DO NOTHING"
        with self._database.begin() as connection:
            return connection.exec_driver_sql(sql, tuple(values)).rowcount == 1

    def _found(self, keyid: str, form: str) -> Sequence[Any] | None:
        query = f"SELECT {FOUND} FROM access_key WHERE id = %s AND form = %s AND revoked IS NULL"
        found: Sequence[Any] | None = self._database.one(query, kept(keyid), form)
        return found

    def _issued(self, party: str | None = None) -> Iterable[Sequence[Any]]:
        sql = f"SELECT {SHOWN} FROM access_key WHERE party = coalesce(%s, party) ORDER BY issued, id"
        return self._database.rows(sql, party)

    def _revoke(self, keyid: str, at: str) -> bool:
        with self._database.begin() as connection:
            sql = "UPDATE access_key SET revoked = coalesce(revoked, %s) WHERE id = %s"
            return connection.exec_driver_sql(sql, (at, kept(keyid))).rowcount == 1

    def _changed(self, statement: str, values: Sequence[Any]) -> int:
        with self._database.begin() as connection:
            given = tuple(kept(value) if isinstance(value, str) else value for value in values)
            return connection.exec_driver_sql(statement.replace("?", "%s"), given).rowcount

    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        given = tuple(kept(value) if isinstance(value, str) else value for value in values)
        found: Sequence[Sequence[Any]] = self._database.rows(query.replace("?", "%s"), *given)
        return found
