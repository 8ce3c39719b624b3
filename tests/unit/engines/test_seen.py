"""What the projections' writer remembers: it answers as the file would, and does not ask the file twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines._layout import encode
from commonweal.engines.sqlite.tables import SqliteTables
from commonweal.kernel.record import Table

THING = Table("thing", columns={"id": "text", "kind": "text", "n": "integer", "due": "text", "body": "json"},
              key=("id",), indexes=(("kind",), ("due",)))  # fmt: skip
OTHER = Table("other", columns={"n": "integer", "x": "real"}, key=("n",))


def row(name: str, kind: str = "k", n: int | None = 1, due: str | None = None) -> dict[str, Any]:
    return {"id": name, "kind": kind, "n": n, "due": due, "body": {"n": n}}


@pytest.fixture
def tables(tmp_path: Path) -> SqliteTables:
    store = SqliteTables(tmp_path)
    store.declare([THING, OTHER])
    return store


class Asked:
    """The statements that the writer's connection runs."""

    def __init__(self, store: SqliteTables) -> None:
        self.statements: list[str] = []
        store._connection.set_trace_callback(self.statements.append)

    def count(self, start: str) -> int:
        return sum(statement.startswith(start) for statement in self.statements)


names = st.sampled_from(["a", "b", "c"])
steps = st.one_of(
    st.tuples(st.just("put"), names, st.sampled_from(["k", "l"]), st.none() | st.integers(0, 3)),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("part"), names, st.booleans()),
    st.tuples(st.just("end"), st.booleans()),
    st.tuples(st.just("elsewhere"), names),
)


@given(st.lists(steps, max_size=25))
@settings(max_examples=60, deadline=None)
def test_after_whatever_was_written_the_writer_gives_what_a_new_reader_gives(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[Any, ...]]
) -> None:
    store = SqliteTables(tmp_path_factory.mktemp("seen"))
    store.declare([THING, OTHER])
    beside = SqliteTables(store._path)
    beside.declare([THING, OTHER])
    transactions: list[list[tuple[Any, ...]]] = [[]]
    for step in script:
        transactions[-1].append(step)
        if step[0] in ("end", "elsewhere"):
            transactions.append([])
    for transaction in transactions:
        try:
            with store.transaction() as writer:
                _same(store, writer)
                for step in transaction:
                    _do(writer, step)
                    _same(store, writer)
        except _Undone:
            pass
        if transaction and transaction[-1][0] == "elsewhere":
            with beside.transaction() as other:
                other.put(THING, row(transaction[-1][1], "elsewhere"))
    store.close()
    beside.close()


class _Undone(Exception):
    pass


def _do(writer: Any, step: tuple[Any, ...]) -> None:
    if step[0] == "put":
        writer.put(THING, row(step[1], step[2], step[3]))
    elif step[0] == "delete":
        writer.delete(THING, step[1])
    elif step[0] == "part":
        try:
            with writer.part():
                writer.put(THING, row(step[1], "part"))
                writer.get(THING, step[1])
                if step[2]:
                    raise _Undone
        except _Undone:
            pass
    elif step[0] == "end" and step[1]:
        raise _Undone


QUESTIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "1"),
    ({"kind": "k"}, "kind = 'k'"),
    ({"kind": ("in", ["part", "elsewhere"])}, "kind IN ('part', 'elsewhere')"),
    ({"n": None}, "n IS NULL"),
    ({"n": (">", 1)}, "n > 1"),
]


def _same(store: SqliteTables, writer: Any) -> None:
    """The writer's answers, of what it has not written yet too, against those of the file once it is."""
    ask, names = store._connection.execute, ("a", "b", "c")
    seen = [writer.get(THING, name) for name in names]
    writer.written()
    for name, row in zip(names, seen, strict=True):
        found = ask("SELECT kind, n FROM thing WHERE id = ?", (name,)).fetchone()
        assert (None if row is None else (row["kind"], row["n"])) == found
    for where, clause in QUESTIONS:
        found = [name for (name,) in ask(f"SELECT id FROM thing WHERE {clause} ORDER BY id")]
        assert [row["id"] for row in writer.select(THING, where)] == found
        assert writer.count(THING, where) == len(found)


def test_what_was_read_is_not_read_again_until_it_is_written(tables: SqliteTables) -> None:
    with tables.transaction() as writer:
        writer.put(THING, row("a"))
    asked = Asked(tables)
    for _ in range(3):  # over transactions too
        with tables.transaction() as writer:
            for _ in range(3):
                assert writer.get(THING, "a") == row("a")
                assert writer.get(THING, "nobody") is None
                assert writer.select(THING, {"kind": "k"}) == [row("a")]
                assert writer.count(THING, {"kind": "k"}) == 1
    assert asked.count("SELECT") == 4
    with tables.transaction() as writer:
        writer.put(OTHER, {"n": 1, "x": 1.0})
        writer.get(THING, "a")
        writer.put(THING, row("b"))
        assert writer.get(THING, "a") == row("a")
        assert [found["id"] for found in writer.select(THING, {"kind": "k"})] == ["a", "b"]
    assert asked.count("SELECT") == 5


def test_a_long_answer_is_not_kept(tables: SqliteTables, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million values read in pieces would all be there again."""
    monkeypatch.setattr("commonweal.engines.sqlite.tables.ANSWER_ROWS_MAX", 2)
    asked = Asked(tables)
    with tables.transaction() as writer:
        writer.put(THING, row("a"), row("b"), row("c", "l"))
        for _ in range(2):
            assert len(writer.select(THING)) == 3
            assert len(writer.select(THING, {"kind": "k"})) == 2
    assert asked.count("SELECT") == 2 + 1


def test_a_row_that_was_given_can_be_changed_without_changing_what_is_remembered(tables: SqliteTables) -> None:
    with tables.transaction() as writer:
        writer.put(THING, row("a"))
        found = writer.get(THING, "a")
        assert found is not None
        found["body"]["n"] = found["kind"] = "changed"
        assert writer.get(THING, "a") == row("a")


def test_a_part_that_writes_nothing_costs_no_savepoint(tables: SqliteTables) -> None:
    asked = Asked(tables)
    with tables.transaction() as writer:
        for _ in range(5):
            with writer.part():
                writer.get(THING, "a")
        assert asked.count("SAVEPOINT") == 0
        with writer.part():
            writer.put(THING, row("a"))
            writer.put(THING, row("b"))
    assert asked.count("SAVEPOINT") == asked.count("RELEASE") == 1


def test_numbers_of_another_kind_are_asked_for_each_time(tables: SqliteTables) -> None:
    """To SQLite 1 and 1.0 differ beside text; to a dictionary they are one key. What was put under 1 is known."""
    with tables.transaction() as writer:
        writer.put(OTHER, {"n": 1, "x": 1.0})
        asked = Asked(tables)
        assert [writer.get(OTHER, key) for key in (1, 1.0, True)] == [{"n": 1, "x": 1.0}] * 3
        writer.put(OTHER, {"n": True, "x": 2.0})
        assert writer.get(OTHER, 1) == {"n": 1, "x": 2.0}
    assert asked.count("SELECT") == 3


def test_rows_that_are_put_are_written_together_and_before_a_part_ends(tables: SqliteTables) -> None:
    """A report moves dozens of duties, each put by itself: one statement writes them all."""
    asked = Asked(tables)
    with tables.transaction() as writer:
        with writer.part():
            for name in ("a", "b", "c"):
                writer.put(THING, row(name))
                assert writer.get(THING, name) is not None
            assert asked.count("INSERT") == 0
        assert asked.count("INSERT") == 3
        _do(writer, ("part", "d", True))
        assert writer.get(THING, "d") is None
        writer.put(OTHER, {"n": 7, "x": 1.0})
        writer.put_columns(OTHER, {"n": [7], "x": [2.0]})
        writer.put(THING, row("e"))
    assert tables.reader().select(OTHER) == [{"n": 7, "x": 2.0}]
    assert [one["id"] for one in tables.reader().select(THING)] == ["a", "b", "c", "e"]


def test_json_columns_keep_no_number_that_is_not_finite() -> None:
    assert encode({"b": [1.5, None, "null"], "a": {"中": 1e25}}) == '{"a":{"中":1e+25},"b":[1.5,null,"null"]}'
    assert encode({"b": 1, "a": "é"}) == '{"a":"é","b":1}'
    for bad in (float("nan"), {"a": [float("inf")]}):
        with pytest.raises(ValueError, match="Out of range"):
            encode(bad)
