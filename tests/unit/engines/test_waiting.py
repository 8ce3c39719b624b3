"""Waiting for another process's transaction: looked at again and again, in rests that do not grow."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from commonweal.engines.sqlite import _files
from commonweal.engines.sqlite._files import WAIT_S, _begin, connect, immediate
from commonweal.kernel.values import Busy


def test_a_writer_goes_on_as_soon_as_another_lets_go(tmp_path: Path) -> None:
    """SQLite's own waiting would sleep 1, 2, 5, 10 … 100 ms, whenever the other one ends."""
    held, waiting = connect(tmp_path / "x.sqlite"), connect(tmp_path / "x.sqlite")
    held.execute("BEGIN IMMEDIATE")
    rests: list[float] = []

    def rest(seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 20:
            held.execute("COMMIT")

    _begin(waiting, rest)
    assert rests == [WAIT_S] * 20
    assert waiting.in_transaction
    waiting.execute("ROLLBACK")
    assert waiting.execute("PRAGMA busy_timeout").fetchone()[0] == _files.BUSY_MS  # whatever else waits as before


def test_a_lock_that_is_never_let_go_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    held, waiting = connect(path), connect(path)
    waiting.execute("PRAGMA busy_timeout=30")
    held.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match="was locked by another process"), immediate(waiting, path):
        pytest.fail("the lock was taken twice")
    assert not waiting.in_transaction


def test_a_fault_other_than_waiting_is_not_waited_for(tmp_path: Path) -> None:
    connection = connect(tmp_path / "x.sqlite")
    connection.execute("BEGIN")
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        _begin(connection, lambda seconds: pytest.fail("waited"))
