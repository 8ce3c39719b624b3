"""Files that entries name, sealed, in a table of the record's database: there, every host that writes finds them.

What comes is written to a file that has no name, where a slow sender holds no transaction open; once it is whole, it
is copied into the database in one transaction, in pieces, so that neither end holds it in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO, cast

from commonweal.kernel.values import Busy, NotFound

from ._database import Database

PIECE_BYTES = 1 << 20
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sealed_file (
  sha256 TEXT COLLATE "C" NOT NULL, n BIGINT NOT NULL, came TIMESTAMPTZ NOT NULL, data BYTEA NOT NULL,
  PRIMARY KEY (sha256, n)
);
ALTER TABLE sealed_file ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE IF NOT EXISTS attached (sha256 TEXT COLLATE "C" PRIMARY KEY);
"""
_LOOSE = "SELECT sha256 FROM sealed_file WHERE n = 0 AND came < %s AND sha256 NOT IN (SELECT sha256 FROM attached)"


class PostgresFiles:
    """The `SealedFiles` in a PostgreSQL database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.layout("files", _SCHEMA)

    @contextmanager
    def draft(self) -> Iterator[_Draft]:
        """Begin a file; what is not kept is gone."""
        with tempfile.TemporaryFile() as file:
            yield _Draft(self._database, cast(BinaryIO, file))

    def pieces(self, address: str) -> Iterator[bytes]:
        """A file in pieces of at most a mebibyte. Raises `NotFound`."""
        number, query = 0, "SELECT data FROM sealed_file WHERE sha256 = %s AND n = %s"
        while row := self._database.one(query, address, number):
            yield bytes(row[0])
            number += 1
        if not number:
            raise NotFound("blob", address)

    def size(self, address: str) -> int:
        """How many bytes a file has. Raises `NotFound`."""
        row = self._database.one("SELECT sum(length(data)) FROM sealed_file WHERE sha256 = %s", address)
        if row[0] is None:
            raise NotFound("blob", address)
        return int(row[0])

    def holds(self, address: str) -> bool:
        return self._database.one("SELECT 1 FROM sealed_file WHERE sha256 = %s AND n = 0", address) is not None

    def attached(self, address: str) -> bool:
        """Whether an entry brought this file in."""
        return self._database.one("SELECT 1 FROM attached WHERE sha256 = %s", address) is not None

    def sweep(self, before: datetime, sparing: Collection[str]) -> int:
        """Remove the files that came before a moment and that no entry brought in, while no entry is written."""
        with self._database.begin("sequencer") as connection:
            loose = [row[0] for row in connection.exec_driver_sql(_LOOSE, (before,)) if row[0] not in sparing]
            connection.exec_driver_sql("DELETE FROM sealed_file WHERE sha256 = ANY(%s)", (loose,))
        return len(loose)


class _Draft:
    """A file that is being written."""

    def __init__(self, database: Database, file: BinaryIO) -> None:
        self._database, self._file = database, file

    def write(self, piece: bytes) -> None:
        try:
            self._file.write(piece)
        except OSError as error:
            raise Busy(f"a temporary file: {error.strerror}; nothing was kept. Free some space") from error

    def keep(self, address: str, at: datetime) -> None:
        """Keep it under the SHA-256 of the whole, as come at that moment."""
        self._database.again(lambda: self._keep(address, at))

    def _keep(self, address: str, at: datetime) -> None:
        self._file.seek(0)
        number = 0
        with self._database.begin() as connection:
            while piece := self._file.read(PIECE_BYTES):
                row = (address, number, at, piece)
                connection.exec_driver_sql(
                    "INSERT INTO sealed_file VALUES (%s, %s, %s, %b) ON CONFLICT DO NOTHING", row
                )
                number += 1
