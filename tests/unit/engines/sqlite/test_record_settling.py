"""The record's write-ahead log is moved into the file beside the filings, not by whoever files."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteRecord
from commonweal.engines.sqlite import record as module
from commonweal.kernel.record import Draft, NoteSigner, check_log

ORIGIN = "example.org/log"
SIGNER = NoteSigner(ORIGIN, bytes(range(32)))


def draft(number: int) -> Draft:
    payload = f"payload {number}".encode()
    leaf = json.dumps({"kind": "test.act/1", "payload_sha256": hashlib.sha256(payload).hexdigest(), "blobs": []})
    return Draft(leaf.encode(), payload, "test.act", None, "party:a", "2026-11-22T00:00:00Z", f"k{number}", "r")


def in_the_file_alone(folder: Path, beside: Path) -> int:
    """How many entries the file holds without its write-ahead log."""
    beside.mkdir()
    # By another process: whoever closes a file gives up all locks that this process has on it, SQLite's too.
    subprocess.run(["cp", str(folder / "record.sqlite"), str(beside)], check=True)
    with closing(sqlite3.connect(beside / "record.sqlite")) as alone:
        tables = {name for (name,) in alone.execute("SELECT name FROM sqlite_schema")}
        return int(alone.execute("SELECT count(*) FROM entry").fetchone()[0]) if "entry" in tables else 0


def test_after_enough_entries_a_thread_moves_them_and_no_commit_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAL_PAGES", 0)  # no commit moves anything
    monkeypatch.setattr(module, "SETTLED_ENTRIES", 20)
    record = SqliteRecord(tmp_path, SIGNER)
    for number in range(19):
        record.append([draft(number)])
    assert not record._settling.is_alive()
    assert in_the_file_alone(tmp_path, tmp_path / "before") == 0
    record.append([draft(19)])
    record._settling.join(30)
    assert in_the_file_alone(tmp_path, tmp_path / "after") == 20
    record.append([draft(20)])
    assert record.size() == 21
    assert check_log(record, SIGNER.verifier, ORIGIN) == []
    record.close()


def test_a_reader_that_needs_the_log_keeps_it_and_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAL_PAGES", 0)
    monkeypatch.setattr(module, "SETTLED_ENTRIES", 5)
    record = SqliteRecord(tmp_path, SIGNER)
    with closing(sqlite3.connect(tmp_path / "record.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchone()
        record.append([draft(number) for number in range(5)])
        record._settling.join(30)
        record.append([draft(5)])
        assert reader.execute("SELECT count(*) FROM entry").fetchone()[0] == 0
        reader.execute("COMMIT")
    record.append([draft(number) for number in range(6, 10)])
    record._settling.join(30)
    assert in_the_file_alone(tmp_path, tmp_path / "moved") == 10
    record.close()
