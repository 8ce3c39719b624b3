"""A disk that is full, closed to writing, locked or damaged: a clear answer, nothing half written, and on it goes."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteKeys, SqliteRecord
from commonweal.kernel.record import check_log
from commonweal.kernel.values import Busy, RecordFault

sys.path.insert(0, str(Path(__file__).parent))
from writer_process import ORIGIN, SIGNER, draft


@pytest.fixture
def record(tmp_path: Path):
    made = SqliteRecord(tmp_path, SIGNER)
    made.append([draft("a", number, (number, number + 1)) for number in range(300)])
    yield made
    made.close()


def still_whole(record: SqliteRecord, size: int = 300) -> None:
    assert record.size() == size
    assert check_log(record, SIGNER.verifier, ORIGIN) == []


def new() -> list:
    return [draft("b", number, (number, number + 1)) for number in range(200)]


def test_a_full_disk_writes_nothing_and_goes_on_when_there_is_room(record: SqliteRecord) -> None:
    pages = record._connection.execute("PRAGMA page_count").fetchone()[0]
    record._connection.execute(f"PRAGMA max_page_count={pages + 10}")
    with pytest.raises(Busy, match=r"record\.sqlite: the disk is full; nothing was written"):
        record.append(new())
    still_whole(record)
    record._connection.execute("PRAGMA max_page_count=1000000")
    record.append(new())
    still_whole(record, 500)


def test_a_file_closed_to_writing_says_so(record: SqliteRecord) -> None:
    record._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(Busy, match="permissions"):
        record.append(new())
    still_whole(record)


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Busy, match=r"record\.sqlite cannot be opened"):
        SqliteRecord(tmp_path / "gone" / "record.sqlite", SIGNER)


def test_a_lock_held_too_long_is_busy(record: SqliteRecord, tmp_path: Path) -> None:
    record._connection.execute("PRAGMA busy_timeout=20")
    holder = sqlite3.connect(tmp_path / "record.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match="locked by another process"):
        record.append(new())
    holder.execute("ROLLBACK")
    holder.close()
    record.append(new())
    still_whole(record, 500)


@pytest.mark.parametrize("make", [lambda path: SqliteRecord(path, SIGNER), SqliteKeys])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, make) -> None:
    path = tmp_path / "some.sqlite"
    path.write_bytes(b"This is no database.\n" * 500)
    with pytest.raises(RecordFault, match=r"some\.sqlite: is damaged or no database"):
        make(path)
    assert path.read_bytes().startswith(b"This is no database.")


def test_a_torn_page_is_reported_not_returned(record: SqliteRecord, tmp_path: Path) -> None:
    record.close()
    path = tmp_path / "record.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(RecordFault, match="damaged"):
        SqliteRecord(tmp_path, SIGNER)
