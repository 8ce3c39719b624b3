"""What is known as it stands is no news; whatever else a table says is, and nothing of it is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from commonweal.kernel.indicators import Indicators, Observation, batch_act, catalogue, news, read_columns, vintages
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.memory import MemoryTables

NAME, WHO = "a.rate{sex=f}", "area:us-ca"
FILED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def act(released: str, *rows: tuple[object, ...], sequence: int = 0) -> Act:
    """A batch of `(day, value[, low, high, unit, source_ref])` rows."""
    said = [Observation(NAME, WHO, date.fromisoformat(str(row[0])), *row[1:]) for row in rows]  # type: ignore[arg-type]
    day = date.fromisoformat(released)
    return batch_act(said, series_set="t", citation="a test", released_on=day, sequence=sequence)


def filed(*acts: Act) -> MemoryTables:
    tables = MemoryTables()
    for index, one in enumerate(acts):
        Indicators().follow(Entry(index, one.kind, 1, FILED, "p", None, one.body, blob=one.blobs.__getitem__), tables)
    return tables


def left(tables: MemoryTables, *acts: Act) -> list[list[float]]:
    return [[row.value for row in read_columns(one.blobs["columns"])] for _, one in news(tables, acts).acts]


KNOWN = act("2026-01-10", ("2025-01-01", 5.0, 4.0, 6.0, "percent"), ("2025-02-01", 7.0))


@pytest.mark.parametrize(
    ("row", "is_news"),
    [
        (("2025-01-01", 5.0, 4.0, 6.0, "percent"), False),
        (("2025-01-01", 5.0, 4.0, 6.0), False),
        (("2025-01-01", 5.0, 4.0, 6.0, "percent", "table 3"), False),
        (("2025-01-01", 5.5, 4.0, 6.0, "percent"), True),
        (("2025-01-01", 5.0, 4.5, 6.0, "percent"), True),
        (("2025-01-01", 5.0, None, None, "percent"), True),
        (("2025-01-01", 5.0, 4.0, 6.0, "persons"), True),
        (("2025-03-01", 5.0), True),
    ],
)
def test_news_is_another_value_another_bound_another_unit_another_event(row: tuple[object, ...], is_news: bool) -> None:
    """One in another unit is left for the door to refuse by name."""
    tables = filed(KNOWN)
    found = news(tables, [act("2026-02-10", row, ("2025-02-01", 7.0))])
    assert found.unchanged == (1 if is_news else 2)
    assert len(found.acts) == int(is_news)


def test_a_narrowed_batch_says_what_it_holds_and_can_be_filed() -> None:
    told = act("2026-02-10", ("2025-01-01", 5.0, 4.0, 6.0), ("2025-02-01", 7.5), ("2025-03-01", 8.0))
    ((place, one),) = news(filed(KNOWN), [told]).acts
    assert place == 0
    assert {name: one.body[name] for name in ("rows", "event_from", "event_to", "released_on", "series_set")} == {
        "rows": 2,
        "event_from": "2025-02-01",
        "event_to": "2025-03-01",
        "released_on": "2026-02-10",
        "series_set": "t",
    }
    tables = filed(KNOWN, one)
    (noted,) = catalogue(tables)
    assert (noted["events"], noted["revised"]) == (3, 1)
    assert [row["value"] for row in vintages(tables, NAME, WHO, "2025-02-01")] == [7.0, 7.5]


def test_a_table_of_old_releases_read_again_is_known_whole() -> None:
    """January said 5, February 6, March 5 again: three releases, each other than the one before it."""
    releases = [act(f"2026-0{month}-01", ("2025-01-01", value)) for month, value in ((1, 5.0), (2, 6.0), (3, 5.0))]
    assert left(MemoryTables(), *releases) == [[5.0], [6.0], [5.0]]
    assert left(filed(*releases), *releases) == []
    assert news(filed(*releases), releases).unchanged == 3


def test_releases_that_say_the_same_are_one_vintage() -> None:
    same = [act(f"2026-0{month}-01", ("2025-01-01", 5.0, None, None, "percent")) for month in (1, 2, 3)]
    assert left(MemoryTables(), *same) == [[5.0]]


def test_going_back_to_an_old_value_is_another_act_than_the_first() -> None:
    """The same rows as long ago, under the same key, would count as filed already and the newer value would stand."""
    first, second = act("2026-01-01", ("2025-01-01", 5.0), ("2025-02-01", 7.0)), act("2026-02-01", ("2025-01-01", 6.0))
    once = news(filed(first), [act("2026-02-01", ("2025-01-01", 6.0), ("2025-02-01", 7.0))]).acts[0][1]
    back = act("2026-02-01", ("2025-01-01", 5.0), ("2025-02-01", 7.0), sequence=1)
    twice = news(filed(first, second), [back]).acts[0][1]
    again = news(filed(first, second, twice, second), [back]).unchanged
    assert (once.key == second.key, twice.key.endswith("/after-1"), again) == (False, True, 2)


def test_what_was_withdrawn_is_news_when_it_is_said_again() -> None:
    tables = filed(KNOWN)
    gone = {"entry": 0, "kind": "observations.batch"}
    Indicators().follow(Entry(1, "record.annulled", 1, FILED, "p", None, gone), tables)
    assert left(tables, KNOWN) == [[5.0, 7.0]]
