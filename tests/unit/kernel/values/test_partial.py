"""When something happened, as precisely as is known (EDTF, ISO 8601-2 level 0 and `~`)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from commonweal.kernel.values import anywhere, ends_before, partial, partial_in, span


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2024", at(2024, 1, 1), at(2025, 1, 1)),
        ("2024-12", at(2024, 12, 1), at(2025, 1, 1)),
        ("2024-02~", at(2024, 2, 1), at(2024, 3, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2026-11-28T00:30+01:00", at(2026, 11, 27, 23, 30), at(2026, 11, 27, 23, 30, 0, 1)),
    ],
)
def test_what_is_written_is_what_is_known(text: str, begins: datetime, ends: datetime) -> None:
    assert partial(text) == text
    assert span(text) == (begins, ends)


@pytest.mark.parametrize(
    "text",
    ["", "~", "last week", "26", "2024-13", "2023-02-29", "2024-1-1", "2024-01-01T10", "2024-01-01T10:00", "1066",
     "20240101", "2024-W01", "٢٠٢٤", "2024-01-01 10:00:00"],
)  # fmt: skip
def test_what_cannot_be_placed_in_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        partial(text)


@pytest.mark.parametrize(
    ("until", "began", "before"),
    [
        ("2026-11-20", "2026-11-20T02:30:00Z", False),  # a known hour, and the day alone
        ("2026-11", "2026-11-20", False),
        ("2026", "2026-11-20T02:30:00Z", False),
        ("2026-11-19", "2026-11-20T02:30:00Z", False),  # the 19th still in Los Angeles
        ("2026-11-18", "2026-11-20T02:30:00Z", True),
        ("2026-11-19", "2026-11-20", True),
        ("2026-11-20T01:00:00Z", "2026-11-20T02:30:00Z", True),
        ("2026-11-20T02:30:00Z", "2026-11-20T02:30:00Z", False),
        ("2026-11-19T12:00:00Z", "2026-11-20", False),  # the 20th already in Auckland
        ("2026-11-19T09:00:00Z", "2026-11-20", True),
        ("2026-10~", "2026-11", True),
    ],
)
def test_an_end_lies_before_its_beginning_only_where_it_does_however_little_is_known(
    until: str, began: str, before: bool
) -> None:
    assert ends_before(until, began) is before


def test_a_day_is_a_day_somewhere_on_earth_and_an_instant_is_the_same_everywhere() -> None:
    assert anywhere("2026-11-30") == (datetime(2026, 11, 29, 10, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert anywhere("2026-11-30T08:00+08:00") == span("2026-11-30T00:00:00Z")


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("2026", "2026", "2026年"),
        ("2026-11~", "about November 2026", "约2026年11月"),
        ("2026-11-28", "28 November 2026", "2026年11月28日"),
        ("2026-11-28T09:30:00+08:00", "28 November 2026, 09:30 UTC+08:00", "2026年11月28日09:30 UTC+08:00"),
        ("some time", "some time", "some time"),
        ("2026-13", "2026-13", "2026-13"),
    ],
)
def test_it_is_told_in_words_as_precisely_as_it_is_known(text: str, english: str, chinese: str) -> None:
    assert (partial_in(text, "en"), partial_in(text, "zh")) == (english, chinese)
