from __future__ import annotations

from datetime import UTC, datetime

import pytest

from commonweal.kernel.protocols.durations import duration
from commonweal.kernel.values import BadInput


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("P0D", "2026-01-31T10:00", "2026-01-31T10:00"),
        ("P2W", "2026-01-31T10:00", "2026-02-14T10:00"),
        ("P1M", "2026-01-31T10:00", "2026-02-28T10:00"),  # no 31 February: that month's last day
        ("P1Y2M3D", "2024-02-29T00:00", "2025-05-02T00:00"),
        ("PT36H", "2026-01-31T10:00", "2026-02-01T22:00"),
        ("P1DT1M", "2026-01-31T10:00", "2026-02-01T10:01"),
        ("2 weeks", "2026-01-31T10:00", "2026-02-14T10:00"),
    ],
)
def test_a_duration_is_added_by_the_calendar(text: str, start: str, end: str) -> None:
    assert duration(text).after(at(start)) == at(end)


def test_a_period_as_a_table_means_the_same_as_in_words() -> None:
    assert duration({"n": 3, "unit": "months"}) == duration("P3M")


@pytest.mark.parametrize(
    "value", ["", "P", "PT", "P1H", "P-1D", "1D", "P1.5D", "P101Y", "P1D ", "P99999999999D", 5, None, "10 working days"]
)
def test_anything_else_is_refused_with_what_would_be_right(value: object) -> None:
    # working days need a legal calendar, which a playbook has none of
    with pytest.raises(BadInput) as caught:
        duration(value)
    assert "ISO 8601" in caught.value.faults[0].want
