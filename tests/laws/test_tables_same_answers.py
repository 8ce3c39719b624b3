"""The projections of every engine answer exactly as the in-memory fake does, so what rooms' tests show holds in use."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.record import Table
from engine_houses import PostgresHouse, SqliteHouse
from fakes import MemoryTables

TABLE = Table(
    "law_row",
    columns={
        "name": "text",
        "number": "integer",
        "amount": "real",
        "word": "text",
        "count": "integer",
        "detail": "json",
    },
    key=("name", "number"),
    indexes=(("word", "amount"), ("amount",)),
    lies=("number", "name"),  # how rows lie is no answer
)
TEXTS = st.text(st.sampled_from("aAbßéÉ漢\x00\x01\x02kK\u212aİ\U0001f469\ud7ff\ue000%_"), max_size=4)
NUMBERS = st.integers(-3, 3) | st.sampled_from([2**53 - 1, 1 - 2**53])
AMOUNTS = st.sampled_from([-1.5, 0.0, 0.1, 1e25, 3.0])
DETAILS = st.none() | st.dictionaries(
    TEXTS, st.lists(TEXTS, max_size=2) | st.booleans() | st.integers(2, 9), max_size=2
)
ROWS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "number": NUMBERS,
        "amount": st.none() | AMOUNTS,
        "word": st.none() | TEXTS,
        "count": st.none() | st.integers(-3, 3),
        "detail": DETAILS,
    }
)


def comparisons(column: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
    ordered = st.tuples(st.sampled_from(["<", "<=", ">", ">="]), values)
    other = st.tuples(st.just("!="), st.none() | values) | st.tuples(
        st.just("in"), st.lists(st.none() | values, max_size=3)
    )
    other |= st.tuples(st.just("between"), st.tuples(values, values))
    return st.tuples(st.just(column), st.none() | values | ordered | other)


LOOKS = st.lists(
    comparisons("name", TEXTS)
    | comparisons("number", NUMBERS)
    | comparisons("amount", AMOUNTS)
    | comparisons("word", TEXTS)
    | st.tuples(st.just("word"), st.tuples(st.sampled_from(["prefix", "contains"]), TEXTS))
    | st.tuples(st.just("number"), st.tuples(st.sampled_from(["prefix", "contains"]), st.sampled_from("123-")))
    | st.tuples(st.just("detail"), DETAILS | st.tuples(st.just("contains"), st.sampled_from("aé漢"))),
    max_size=3,
).map(dict)
ORDER = st.lists(
    st.sampled_from(["name", "-name", "amount", "-amount", "word", "-word", "-number"]), max_size=3, unique=True
)
ONLY = st.just([]) | st.lists(st.sampled_from(list(TABLE.columns)), min_size=1, unique=True)
STEPS = st.lists(
    st.tuples(st.just("put"), st.lists(ROWS, max_size=6))
    | st.tuples(st.just("add"), st.dictionaries(st.tuples(TEXTS, NUMBERS), st.integers(-3, 3), max_size=4))
    | st.tuples(st.just("delete"), st.tuples(TEXTS, NUMBERS))
    | st.tuples(st.just("get"), st.tuples(TEXTS, NUMBERS))
    | st.tuples(st.just("look"), st.tuples(LOOKS, ORDER, st.integers(-1, 4), st.integers(0, 3), ONLY)),
    max_size=25,
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def tables(request: pytest.FixtureRequest):
    with tempfile.TemporaryDirectory() as folder:
        sqlite = request.param == "sqlite"
        house = SqliteHouse(Path(folder)) if sqlite else PostgresHouse(request.getfixturevalue("postgres"))
        made = house.tables()
        made.declare([TABLE])
        yield made
        house.close()


@settings(max_examples=200, deadline=None)
@given(steps=STEPS)
def test_every_engine_answers_as_memory_does(tables: Any, steps: list[tuple[str, Any]]) -> None:
    memory, reader = MemoryTables(), tables.reader()
    with tables.transaction() as writer:
        for row in writer.select(TABLE):
            writer.delete(TABLE, row["name"], row["number"])
    for step, given_ in steps:
        with tables.transaction() as writer:
            if step == "put":
                writer.put_many(TABLE, given_)
                memory.put_many(TABLE, given_)
            elif step == "add":
                columns = {
                    "name": [n for n, _ in given_],
                    "number": [n for _, n in given_],
                    "count": [*given_.values()],
                }
                writer.add(TABLE, columns)
                memory.add(TABLE, columns)
            elif step == "delete":
                writer.delete(TABLE, *given_)
                memory.delete(TABLE, *given_)
            inside = answers(writer, step, given_)
        assert inside == answers(reader, step, given_) == answers(memory, step, given_)
    assert json.loads(tables.dump()) == {TABLE.name: memory.select(TABLE)}


def answers(reader: Any, step: str, given_: Any) -> Any:
    if step == "get":
        return reader.get(TABLE, *given_)
    if step != "look":
        return reader.select(TABLE)
    where, order, limit, offset, only = given_
    found = reader.select(TABLE, where, order=order, limit=limit, offset=offset, only=only)
    return found, reader.count(TABLE, where)


def test_what_is_looked_for_need_not_be_among_the_columns_asked(tables: Any) -> None:
    """A condition that an engine tests for itself, row by row, is on a column that nobody wanted to see."""
    rows = [
        {"name": name, "number": number, "amount": None, "word": "w", "count": None, "detail": None}
        for name, number in (("a", 12), ("b", 21), ("c", 3))
    ]
    with tables.transaction() as writer:
        for row in writer.select(TABLE):
            writer.delete(TABLE, row["name"], row["number"])
        writer.put_many(TABLE, rows)
    found = tables.reader().select(TABLE, {"number": ("prefix", "2")}, only=["name"])
    assert found == [{"name": "b"}]
