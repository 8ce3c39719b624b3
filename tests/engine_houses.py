"""Each engine as the tests open it: `record()`, `tables()` … give a new store over the same data, as a process has."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from commonweal.engines.postgres import (
    Database,
    PostgresAccess,
    PostgresCosignatures,
    PostgresKeys,
    PostgresReads,
    PostgresRecord,
    PostgresTables,
    PostgresWitness,
)
from commonweal.engines.sqlite import (
    SqliteAccess,
    SqliteCosignatures,
    SqliteKeys,
    SqliteReads,
    SqliteRecord,
    SqliteTables,
    SqliteWitness,
)
from commonweal.kernel.record import Cosigner, NoteSigner, NoteVerifier
from postgres_server import Server

Now = Callable[[], datetime]
Logs = Mapping[str, Sequence[NoteVerifier]]


class SqliteHouse:
    """Files in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: list[Any] = []

    def record(self, signer: NoteSigner | None = None) -> SqliteRecord:
        return self._kept(SqliteRecord(self.folder, signer))

    def tables(self) -> SqliteTables:
        return self._kept(SqliteTables(self.folder))

    def keys(self) -> SqliteKeys:
        return self._kept(SqliteKeys(self.folder / "keys.sqlite"))

    def access(self, now: Now) -> SqliteAccess:
        return self._kept(SqliteAccess(self.folder / "keys.sqlite", now=now))

    def reads(self) -> SqliteReads:
        return self._kept(SqliteReads(self.folder / "reads.sqlite"))

    def witness(self, logs: Logs, cosigners: Sequence[Cosigner]) -> SqliteWitness:
        return self._kept(SqliteWitness(self.folder / "witness.sqlite", logs, cosigners))

    def cosignatures(self) -> SqliteCosignatures:
        return self._kept(SqliteCosignatures(self.folder / "witnessed.sqlite"))

    def sql(self, statement: str) -> None:
        """Change the record behind everybody's back."""
        with sqlite3.connect(self.folder / "record.sqlite") as connection:
            connection.execute(statement.replace("ZEROS", "zeroblob(320)"))
        connection.close()

    def leftovers(self) -> list[str]:
        """What a rebuild should have cleared away."""
        return [path.name for path in self.folder.iterdir() if ".new" in path.name]

    def arguments(self) -> str:
        """Where the data are, for a process that a test starts."""
        return str(self.folder)

    def close(self) -> None:
        for store in self._open:
            store.close()

    def _kept(self, store: Any) -> Any:
        self._open.append(store)
        return store


class PostgresHouse:
    """A schema of its own in the tests' server."""

    name = "postgres"
    _made = 0

    def __init__(self, server: Server) -> None:
        PostgresHouse._made += 1
        self.server = server
        self.schema = f"house_{PostgresHouse._made}"
        self.url = server.url(self.schema)
        self._open: list[Any] = []

    def database(self) -> Database:
        made = Database(self.url)
        self._open.append(made)
        return made

    def record(self, signer: NoteSigner | None = None) -> PostgresRecord:
        return PostgresRecord(self.database(), signer)

    def tables(self) -> PostgresTables:
        return PostgresTables(self.database())

    def keys(self) -> PostgresKeys:
        return PostgresKeys(self.database())

    def access(self, now: Now) -> PostgresAccess:
        return PostgresAccess(self.database(), now=now)

    def reads(self) -> PostgresReads:
        return PostgresReads(self.database())

    def witness(self, logs: Logs, cosigners: Sequence[Cosigner]) -> PostgresWitness:
        return PostgresWitness(self.database(), logs, cosigners)

    def cosignatures(self) -> PostgresCosignatures:
        return PostgresCosignatures(self.database())

    def sql(self, statement: str) -> None:
        """Change the record behind everybody's back."""
        with self.database().begin() as connection:
            connection.exec_driver_sql(statement.replace("ZEROS", "decode(repeat('00', 320), 'hex')"))

    def leftovers(self) -> list[str]:
        """What a rebuild should have cleared away."""
        query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s"
        return [row[0] for row in self.database().rows(query, f"{self.schema}%new")]

    def arguments(self) -> str:
        """Where the data are, for a process that a test starts."""
        return self.url

    def drop(self) -> None:
        """Lose everything."""
        with self.database().begin() as connection:
            for suffix in ("", "_tables", "_tables_new"):
                connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{self.schema}{suffix}" CASCADE')

    def close(self) -> None:
        self.drop()
        for database in self._open:
            database.close()


House = SqliteHouse | PostgresHouse
