"""Projections: rows and cursor move together, one writer at a time, and a dump that is equal when the rows are."""

from __future__ import annotations

import gc
import json
import threading
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteTables
from commonweal.kernel.record import Table
from commonweal.kernel.values import Busy, Conflict, RecordFault, canonical

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


def test_rows_and_cursor_are_there_together_or_not_at_all(tables: SqliteTables) -> None:
    with pytest.raises(ValueError, match="a room failed"):
        follow(tables, "a", 0, 1, fail=True)
    assert (tables.cursor(), tables.reader().count(DUTY)) == (0, 0)
    follow(tables, "a", 0, 1)
    assert (tables.cursor(), tables.reader().count(DUTY)) == (1, 1)


def test_a_follower_that_was_overtaken_leaves_nothing(tmp_path: Path) -> None:
    """Two processes follow one record: the second finds the cursor moved and its rows are undone."""
    one, two = SqliteTables(tmp_path), SqliteTables(tmp_path)
    for tables in (one, two):
        tables.declare([DUTY, OTHER])
    follow(one, "a", 0, 3)
    with pytest.raises(Conflict, match="from 0 to 3"):
        follow(two, "b", 0, 3)
    assert [found["id"] for found in two.reader().select(DUTY)] == ["a"]
    assert two.cursor() == 3


def test_readers_see_commits_and_only_commits(tables: SqliteTables) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(tables.reader().count(DUTY))

    with tables.transaction() as writer:
        writer.put(DUTY, row("a"))
        assert writer.count(DUTY) == 1
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    look()
    assert seen == [0, 1]


def test_the_cursor_is_told_without_waiting_for_a_follower(tables: SqliteTables) -> None:
    """A status page must answer while a long stretch of the record is being followed."""
    seen: list[int] = []
    with tables.transaction():
        tables.set_cursor(0, 7)
        assert tables.cursor() == 7
        thread = threading.Thread(target=lambda: seen.append(tables.cursor()))
        thread.start()
        thread.join(10)
        assert seen == [0]
    assert tables.cursor() == 7


def test_a_snapshot_stays_as_it_was(tables: SqliteTables) -> None:
    with tables.snapshot() as before:
        with tables.transaction() as writer:
            writer.put(DUTY, row("a"))
        assert before.count(DUTY) == 0
        assert tables.reader().count(DUTY) == 1


def test_other_tables_than_before_are_laid_out_anew(tables: SqliteTables, tmp_path: Path) -> None:
    """A table that is new or different can only be filled from the record, so all of them start again."""
    with tables.transaction() as writer:
        writer.put(DUTY, row("a"))
        tables.set_cursor(0, 9)
    again = SqliteTables(tmp_path)
    assert not again.declare([OTHER, DUTY])
    assert (again.cursor(), again.reader().count(DUTY)) == (9, 1)
    wider = Table("duty", columns={**DUTY.columns, "state": "text"}, key=("id",))
    assert again.declare([wider, OTHER])
    assert (again.cursor(), again.reader().select(wider)) == (0, [])


def test_the_dump_is_canonical_and_depends_on_rows_alone(tmp_path: Path) -> None:
    dumps = []
    for folder, names in ((tmp_path / "one", "abc"), (tmp_path / "two", "cab")):
        folder.mkdir()
        tables = SqliteTables(folder)
        tables.declare([DUTY, OTHER] if folder.name == "one" else [OTHER, DUTY])
        with tables.transaction() as writer:
            writer.put(DUTY, *(row(name) for name in names))
            writer.put(OTHER, {"id": 1, "share": 1e25}, {"id": 2, "share": 1.0})
        dumps.append(tables.dump())
    assert dumps[0] == dumps[1] == canonical(json.loads(dumps[0]))
    assert b'"share":1e+25' in dumps[0]


def test_dropping_everything_starts_at_the_first_entry(tables: SqliteTables) -> None:
    with tables.transaction() as writer:
        writer.put(DUTY, row("a"))
        tables.set_cursor(0, 2)
    tables.drop_all()
    with pytest.raises(Busy, match="laid out anew"):
        tables.reader().select(DUTY)
    assert tables.declare([DUTY, OTHER])
    assert (tables.cursor(), tables.dump()) == (0, b'{"duty":[],"other":[]}')


def test_a_long_list_of_values_is_looked_up(tables: SqliteTables) -> None:
    """SQLite takes a limited number of parameters; a list of a thousand subjects must still do."""
    with tables.transaction() as writer:
        writer.put_many(DUTY, [row(f"d{number}") for number in range(2_000)])
        assert writer.count(DUTY, {"id": ("in", [f"d{number}" for number in range(0, 2_000, 2)])}) == 1_000


def test_a_prefix_uses_the_index(tables: SqliteTables) -> None:
    with tables.transaction() as writer:
        plan = writer._connection.execute(
            'EXPLAIN QUERY PLAN SELECT * FROM duty WHERE ("due" >= ? AND "due" < ?)', ("2026-", "2026.")
        ).fetchall()
    assert "USING INDEX duty_0" in plan[0][3]


@pytest.mark.parametrize(
    "bad",
    [
        Table("Bad name", columns={"id": "text"}, key=("id",)),
        Table("bad", columns={"id; drop": "text"}, key=("id; drop",)),
        Table("bad", columns={"id": "text"}, key=("other",)),
        Table("bad", columns={"id": "text"}, key=()),
        Table("weal_meta", columns={"id": "text"}, key=("id",)),
    ],
)
def test_tables_that_cannot_be_are_refused(tables: SqliteTables, bad: Table) -> None:
    with pytest.raises(ValueError, match=r"bad|Bad|weal_meta"):
        tables.declare([bad])


def test_mistakes_of_a_room_are_told_at_once(tables: SqliteTables) -> None:
    reader = tables.reader()
    with pytest.raises(ValueError, match="no column 'colour'"):
        reader.select(DUTY, {"colour": 1})
    with pytest.raises(ValueError, match="no comparison"):
        reader.select(DUTY, {"id": ("like", "a")})
    with pytest.raises(ValueError, match="not declared"):
        reader.get(Table("third", columns={"id": "text"}, key=("id",)), "a")
    with pytest.raises(ValueError, match="columns differ by \\['facts'\\]"), tables.transaction() as writer:
        writer.put(DUTY, {"id": "a", "due": None})


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


def test_reading_after_closing_says_so(tables: SqliteTables) -> None:
    reader = tables.reader()
    reader.count(DUTY)
    tables.close()
    with pytest.raises(Busy, match="was closed"):
        reader.count(DUTY)


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_fresh_tables_take_the_place_of_the_old_ones_at_once(tables: SqliteTables, tmp_path: Path) -> None:
    follow(tables, "old", 0, 5)
    elsewhere = SqliteTables(tmp_path)
    assert not elsewhere.declare([DUTY, OTHER])
    with tables.snapshot() as before:
        with tables.fresh() as built:
            assert (built.cursor(), built.reader().count(DUTY)) == (0, 0)
            follow(built, "new", 0, 3)
            assert [found["id"] for found in tables.reader().select(DUTY)] == ["old"]
        assert [found["id"] for found in before.select(DUTY)] == ["old"], "who began to read before reads on"
    for here in (tables, elsewhere):
        assert [found["id"] for found in here.reader().select(DUTY)] == ["new"]
        assert here.cursor() == 3
    follow(elsewhere, "next", 3, 4)
    assert [found["id"] for found in tables.reader().select(DUTY)] == ["new", "next"]
    assert not [path.name for path in tmp_path.iterdir() if ".new" in path.name]


def test_a_rebuild_that_fails_leaves_everything_as_it_was(tables: SqliteTables, tmp_path: Path) -> None:
    follow(tables, "old", 0, 5)
    with pytest.raises(ValueError, match="a room failed"), tables.fresh() as built:
        follow(built, "new", 0, 3, fail=True)
    assert [found["id"] for found in tables.reader().select(DUTY)] == ["old"]
    assert tables.cursor() == 5
    assert not [path.name for path in tmp_path.iterdir() if ".new" in path.name]


def test_what_a_killed_rebuild_left_is_no_hindrance(tables: SqliteTables, tmp_path: Path) -> None:
    for suffix in ("", "-wal"):
        (tmp_path / f"projections.sqlite.new{suffix}").write_bytes(b"half written" * 500)
    with tables.fresh() as built:
        follow(built, "new", 0, 1)
    assert tables.cursor() == 1


def test_two_rebuilds_at_a_time_are_one_too_many(tables: SqliteTables, tmp_path: Path) -> None:
    other = SqliteTables(tmp_path)
    other.declare([DUTY, OTHER])
    with tables.fresh(), pytest.raises(Busy, match="being rebuilt"), other.fresh():
        pytest.fail("the second must not begin")


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
