"""Keeping, as laws: no sequence of schedules and filings ever shortens what was promised, and all of it is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import retaining as r
from commonweal.kernel import retention
from commonweal.kernel.obligations import PLAIN, due_after
from commonweal.kernel.record import Entry
from commonweal.kernel.values import period, stamp
from fakes import MemoryTables

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
KEEPS = ("none", "30 days", "6 months", "1 year", "10 years", "for_good")
KEY = "ab" * 16
ADOPT = st.tuples(st.just("adopt"), st.sampled_from(("one.text", "two.text")), st.sampled_from(KEEPS))
FILE = st.tuples(st.just("file"), st.integers(0, 400), st.none())
LONGEST = "9999"


def entry(index: int, kind: str, when: datetime, body: dict[str, Any], sealed_to: str = "") -> Entry:
    return Entry(
        index, kind, 1, when, "party:a", r.ONE if sealed_to else None, body, retention=r.CLASS, sealed_to=sealed_to
    )


def adopted(index: int, rule_id: str, keep: str, when: datetime) -> Entry:
    text = r.text(keep, version=str(index), rule_id=rule_id)
    return entry(index, "rule.adopted", when, {"rule_id": rule_id, "room": "retention", "text": text})


def end(keep: str, filed: datetime) -> str:
    """Until when one version keeps one entry: worked out from its own words."""
    if keep == "for_good":
        return LONGEST
    return stamp(filed) if keep == "none" else stamp(due_after(PLAIN, "Europe/Brussels", filed, period(keep)).at)


def promised(row: dict[str, Any] | None) -> str:
    """Until when a key is kept; what no schedule names is kept until one does."""
    if row is None or row["state"] == "unscheduled":
        return ""
    return LONGEST if row["state"] == "for_good" else str(row["keep_until"])


@given(st.lists(ADOPT | FILE, max_size=14))
def test_what_is_kept_is_the_longest_of_all_versions_since_it_was_filed(
    steps: list[tuple[str, Any, str | None]],
) -> None:
    tables, room = MemoryTables(), retention.Retention()
    now, before = START, ""
    force: dict[str, str] = {}
    kept: list[str] = []
    filed: list[datetime] = []
    for index, (what, which, keep) in enumerate(steps):
        if what == "adopt":
            room.follow(adopted(index, which, str(keep), now), tables)
            force[which] = str(keep)
            kept += [end(str(keep), when) for when in filed]
        else:
            now += timedelta(days=which)
            room.follow(entry(index, r.KIND, now, {"name": "one"}, KEY), tables)
            filed.append(now)
            kept += [end(keep, now) for keep in force.values()]
        rows = retention.keys_of_holder(tables, r.ONE)
        found = promised(rows[0] if rows else None)
        assert found >= before, "a promise was shortened"
        assert found == max(kept, default="")
        before = found


@given(st.sampled_from(KEEPS), st.sampled_from(KEEPS), st.integers(0, 5000))
def test_nothing_is_due_or_erasable_before_its_minimum(first: str, second: str, days: int) -> None:
    tables, room = MemoryTables(), retention.Retention()
    room.follow(adopted(0, "one.text", first, START), tables)
    room.follow(entry(1, r.KIND, START, {"name": "one"}, KEY), tables)
    room.follow(adopted(2, "one.text", second, START), tables)
    at = START + timedelta(days=days)
    (row,) = retention.keys_of_holder(tables, r.ONE)
    try:
        retention.refuse(tables, row, "asked", at, lambda index: "")
    except retention.TooEarly:
        refused = True
    else:
        refused = False
    assert refused == (stamp(at) < max(end(first, START), end(second, START)))
