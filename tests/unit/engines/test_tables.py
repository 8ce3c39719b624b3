"""Projections: rows and cursor move together, one writer at a time, and a dump that is equal when the rows are."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from commonweal.kernel.record import Table
from commonweal.kernel.values import Busy, Conflict, canonical
from engine_houses import House

DUTY = Table("duty", columns={"id": "text", "due": "text", "facts": "json"}, key=("id",), indexes=(("due",),))
OTHER = Table("other", columns={"id": "integer", "share": "real"}, key=("id",))


def row(name: str, due: str | None = None) -> dict[str, object]:
    return {"id": name, "due": due, "facts": {"b": [1, None], "a": "é"}}


def follow(tables: Any, name: str, start: int, stop: int, *, fail: bool = False) -> None:
    """What a follower does: a row, the cursor, and perhaps a failure before it is done."""
    with tables.transaction() as writer:
        writer.put(DUTY, row(name))
        tables.set_cursor(start, stop)
        if fail:
            raise ValueError("a room failed")


@pytest.fixture
def tables(engine: House) -> Any:
    made = engine.tables()
    made.declare([DUTY, OTHER])
    return made


def test_rows_and_cursor_are_there_together_or_not_at_all(tables: Any) -> None:
    with pytest.raises(ValueError, match="a room failed"):
        follow(tables, "a", 0, 1, fail=True)
    assert (tables.cursor(), tables.reader().count(DUTY)) == (0, 0)
    follow(tables, "a", 0, 1)
    assert (tables.cursor(), tables.reader().count(DUTY)) == (1, 1)


def test_a_follower_that_was_overtaken_leaves_nothing(engine: House) -> None:
    """Two processes follow one record: the second finds the cursor moved and its rows are undone."""
    one, two = engine.tables(), engine.tables()
    for tables in (one, two):
        tables.declare([DUTY, OTHER])
    follow(one, "a", 0, 3)
    with pytest.raises(Conflict, match="from 0 to 3"):
        follow(two, "b", 0, 3)
    assert [found["id"] for found in two.reader().select(DUTY)] == ["a"]
    assert two.cursor() == 3


def test_readers_see_commits_and_only_commits(tables: Any) -> None:
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


def test_the_cursor_is_told_without_waiting_for_a_follower(tables: Any) -> None:
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


def test_a_snapshot_stays_as_it_was(tables: Any) -> None:
    with tables.snapshot() as before:
        with tables.transaction() as writer:
            writer.put(DUTY, row("a"))
        assert before.count(DUTY) == 0
        assert tables.reader().count(DUTY) == 1


def test_other_tables_than_before_are_laid_out_anew(tables: Any, engine: House) -> None:
    """A table that is new or different can only be filled from the record, so all of them start again."""
    with tables.transaction() as writer:
        writer.put(DUTY, row("a"))
        tables.set_cursor(0, 9)
    again = engine.tables()
    assert not again.declare([OTHER, DUTY])
    assert (again.cursor(), again.reader().count(DUTY)) == (9, 1)
    wider = Table("duty", columns={**DUTY.columns, "state": "text"}, key=("id",))
    assert again.declare([wider, OTHER])
    assert (again.cursor(), again.reader().select(wider)) == (0, [])


def test_the_dump_is_canonical_and_depends_on_rows_alone(engine: House) -> None:
    dumps = []
    for declared, names in (([DUTY, OTHER], "abc"), ([OTHER, DUTY], "cab")):
        tables = engine.tables()
        tables.drop_all()
        tables.declare(declared)
        with tables.transaction() as writer:
            writer.put(DUTY, *(row(name) for name in names))
            writer.put(OTHER, {"id": 1, "share": 1e25}, {"id": 2, "share": 1.0})
        dumps.append(tables.dump())
    assert dumps[0] == dumps[1] == canonical(json.loads(dumps[0]))
    assert b'"share":1e+25' in dumps[0]


def test_dropping_everything_starts_at_the_first_entry(tables: Any) -> None:
    with tables.transaction() as writer:
        writer.put(DUTY, row("a"))
        tables.set_cursor(0, 2)
    tables.drop_all()
    with pytest.raises(Busy, match="laid out anew"):
        tables.reader().select(DUTY)
    assert tables.declare([DUTY, OTHER])
    assert (tables.cursor(), tables.dump()) == (0, b'{"duty":[],"other":[]}')


def test_a_long_list_of_values_is_looked_up(tables: Any) -> None:
    """SQLite takes a limited number of parameters; a list of a thousand subjects must still do."""
    with tables.transaction() as writer:
        writer.put_many(DUTY, [row(f"d{number}") for number in range(2_000)])
        assert writer.count(DUTY, {"id": ("in", [f"d{number}" for number in range(0, 2_000, 2)])}) == 1_000


@pytest.mark.parametrize(
    "bad",
    [
        Table("Bad name", columns={"id": "text"}, key=("id",)),
        Table("bad", columns={"id; drop": "text"}, key=("id; drop",)),
        Table("bad", columns={"id": "text"}, key=("other",)),
        Table("bad", columns={"id": "text"}, key=()),
        Table("bad", columns={"id": "text", "due": "text"}, key=("id",), lies=("due", "id")),
        Table("weal_meta", columns={"id": "text"}, key=("id",)),
    ],
)
def test_tables_that_cannot_be_are_refused(tables: Any, bad: Table) -> None:
    with pytest.raises(ValueError, match=r"bad|Bad|weal_meta"):
        tables.declare([bad])


def test_mistakes_of_a_room_are_told_at_once(tables: Any) -> None:
    reader = tables.reader()
    with pytest.raises(ValueError, match="no column 'colour'"):
        reader.select(DUTY, {"colour": 1})
    with pytest.raises(ValueError, match="no comparison"):
        reader.select(DUTY, {"id": ("like", "a")})
    with pytest.raises(ValueError, match="not declared"):
        reader.get(Table("third", columns={"id": "text"}, key=("id",)), "a")
    with pytest.raises(ValueError, match="columns differ by \\['facts'\\]"), tables.transaction() as writer:
        writer.put(DUTY, {"id": "a", "due": None})


def test_reading_after_closing_says_so(tables: Any) -> None:
    reader = tables.reader()
    reader.count(DUTY)
    tables.close()
    with pytest.raises(Busy, match="was closed"):
        reader.count(DUTY)


def test_fresh_tables_take_the_place_of_the_old_ones_at_once(tables: Any, engine: House) -> None:
    follow(tables, "old", 0, 5)
    elsewhere = engine.tables()
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
    assert engine.leftovers() == []


def test_a_rebuild_that_fails_leaves_everything_as_it_was(tables: Any, engine: House) -> None:
    follow(tables, "old", 0, 5)
    with pytest.raises(ValueError, match="a room failed"), tables.fresh() as built:
        follow(built, "new", 0, 3, fail=True)
    assert [found["id"] for found in tables.reader().select(DUTY)] == ["old"]
    assert tables.cursor() == 5
    assert engine.leftovers() == []


def test_two_rebuilds_at_a_time_are_one_too_many(tables: Any, engine: House) -> None:
    other = engine.tables()
    other.declare([DUTY, OTHER])
    with tables.fresh(), pytest.raises(Busy, match="being rebuilt"), other.fresh():
        pytest.fail("the second must not begin")
