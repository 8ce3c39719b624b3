"""Projections: rows and cursor move together, one writer at a time, and a dump that is equal when the rows are."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteTables
from commonweal.kernel.record import Table
from commonweal.kernel.values import RecordFault

DUTY = Table("duty", columns={"id": "text", "due": "text", "facts": "json"}, key=("id",), indexes=(("due",),))
OTHER = Table("other", columns={"id": "integer", "share": "real"}, key=("id",))


def row(name: str, due: str | None = None) -> dict[str, object]:
    return {"id": name, "due": due, "facts": {"b": [1, None], "a": "é"}}


def follow(tables: SqliteTables, name: str, start: int, stop: int, *, fail: bool = False) -> None:
    """What a follower does: a row, the cursor, and perhaps a failure before it is done."""
    with tables.transaction() as writer:
        writer.put(DUTY, row(name))
        tables.set_cursor(start, stop)
        if fail:
            raise ValueError("a room failed")


@pytest.fixture
def tables(tmp_path: Path):
    made = SqliteTables(tmp_path)
    made.declare([DUTY, OTHER])
    yield made
    made.close()


def test_a_prefix_uses_the_index(tables: SqliteTables) -> None:
    with tables.transaction() as writer:
        plan = writer._connection.execute(
            'EXPLAIN QUERY PLAN SELECT * FROM duty WHERE ("due" >= ? AND "due" < ?)', ("2026-", "2026.")
        ).fetchall()
    assert "USING INDEX duty_0" in plan[0][3]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "projections.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(RecordFault, match=r"projections\.sqlite"):
        SqliteTables(tmp_path)


def test_connections_end_with_their_threads(tables: SqliteTables) -> None:
    """A door's thread pool comes and goes; its connections must not pile up."""
    for _ in range(5):
        thread = threading.Thread(target=lambda: tables.reader().count(DUTY))
        thread.start()
        thread.join()
    gc.collect()
    assert len(tables._readers._all) <= 1


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_what_a_killed_rebuild_left_is_no_hindrance(tables: SqliteTables, tmp_path: Path) -> None:
    for suffix in ("", "-wal"):
        (tmp_path / f"projections.sqlite.new{suffix}").write_bytes(b"half written" * 500)
    with tables.fresh() as built:
        follow(built, "new", 0, 1)
    assert tables.cursor() == 1


@pytest.mark.parametrize("how", ["deleted", "replaced", "dropped", "rebuilt"])
def test_what_is_gone_from_the_rows_is_gone_from_the_bytes(tables: SqliteTables, tmp_path: Path, how: str) -> None:
    """Projections hold plaintext; after an erasure not even freed pages or the log may still hold it."""
    secret = "telephone-of-a-person-" * 400
    with tables.transaction() as writer:
        writer.put(DUTY, {**row("a"), "facts": {"note": secret}})
    assert secret[:22].encode() in files(tmp_path)
    if how == "dropped":
        tables.drop_all()
    elif how == "rebuilt":
        with tables.fresh() as built:
            follow(built, "b", 0, 1)
    else:
        with tables.transaction() as writer:
            if how == "deleted":
                writer.delete(DUTY, "a")
            else:
                writer.put(DUTY, row("a"))
        tables.close()
    assert secret[:22].encode() not in files(tmp_path)
