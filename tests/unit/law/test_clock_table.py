"""A table of dated cases: what is filed, and the last day and the instant that the law gives, each worked by hand.

`tests/stories/clocks/*.toml` holds them; `source` cites the law and does the arithmetic. What is filed goes into a
record, the room of obligations follows it under the shipped law, and its own rows are read. Where it is not known
whether a duty is owed, `due` is the end that would hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clock_cases import CASES, PERIODS, TEXTS, Table, laws_of, played
from commonweal.kernel.obligations import due_after, duties, law_of, read_calendar
from commonweal.kernel.values import instant, period

CASES_MIN = 60
KEYS = {"rule", "state", "last_day", "due", "missing", "late", "steps", "refused"}


@pytest.mark.parametrize(("file", "case"), CASES, ids=[f"{file}: {case['name']}" for file, case in CASES])
def test_the_law_gives_what_was_worked_out_by_hand(file: str, case: Mapping[str, Any]) -> None:
    table = played(file, case)
    assert case["source"].strip()
    assert case["expect"]
    for wanted in case["expect"]:
        assert set(wanted) <= KEYS
        (row,) = duties(table.tables, subject=table.subject, rule=wanted["rule"], private=True)
        seen: dict[str, Any] = {
            "rule": row["rule"],
            "state": row["state"],
            "last_day": row["last_day"],
            "due": row["due"] or row["due_if_owed"],
            "missing": row["missing"],
            "late": None if row["late"] is None else bool(row["late"]),
            "steps": [step["code"] for step in row["why"]["steps"]],
            "refused": len((row["clock"] or {"refused": ()})["refused"]),
        }
        assert {name: seen[name] for name in wanted} == wanted, case["source"]
        _agrees(table, row, wanted)


def _agrees(table: Table, row: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """The two that a case gives by hand fit each other: a last day ends where the instant is, or holds it."""
    if "due" in wanted and "last_day" in wanted:
        zone = ZoneInfo(law_of(table.tables, row["sha256"]).time_zone)
        local = instant(wanted["due"]).astimezone(zone)
        before = local.date().toordinal() - (local.hour == local.minute == local.second == 0)
        assert date.fromordinal(before).isoformat() == wanted["last_day"]


@pytest.mark.parametrize("case", PERIODS, ids=[case["name"] for case in PERIODS])
def test_a_period_ends_where_it_was_worked_out_by_hand(case: Mapping[str, Any]) -> None:
    found = due_after(
        read_calendar(TEXTS[case["calendar"]]), case["zone"], instant(case["event"]), period(case["period"])
    )
    assert found.at == instant(case["due"]), case["source"]


def test_the_table_is_as_long_as_it_should_be_and_covers_every_law_of_incidents() -> None:
    assert len(CASES) + len(PERIODS) >= CASES_MIN
    told = {law for _, case in CASES for law in laws_of(case)}
    assert {name for name in TEXTS if name.endswith("_incidents")} <= told
