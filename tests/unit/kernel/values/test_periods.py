"""Periods are read from what people write in rule files; anything else is refused with what would be right."""

from __future__ import annotations

import pytest

from commonweal.kernel.values import BadInput, Period, period, shown


@pytest.mark.parametrize(
    ("given", "n", "unit"),
    [
        ("2 weeks", 2, "weeks"),
        ("1 week", 1, "weeks"),
        ("72 hours", 72, "hours"),
        ("15 working days", 15, "working_days"),
        ("1 working_day", 1, "working_days"),
        ({"n": 3, "unit": "months"}, 3, "months"),
        ({"n": 1, "unit": "year"}, 1, "years"),
        ("100 years", 100, "years"),
        ("1200 months", 1200, "months"),
    ],
)
def test_reads_text_and_tables(given: object, n: int, unit: str) -> None:
    assert period(given) == Period(n, unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "two weeks",
        "0 days",
        "-1 days",
        "1.5 days",
        "2 fortnights",
        "99999 days",
        "10001 hours",
        "5201 weeks",
        "1201 months",
        "101 years",
        "9000 years",
        {"n": 9000, "unit": "years"},
        {"n": True, "unit": "days"},
        {"n": 2},
        7,
    ],
)
def test_refuses_anything_else_and_shows_it(given: object) -> None:
    with pytest.raises(BadInput) as caught:
        period(given, "rule x, period")  # type: ignore[arg-type]
    fault = caught.value.faults[0]
    assert fault.where == "rule x, period"
    assert "working_days" in fault.want
    assert fault.seen == shown(given)


def test_says_itself_in_both_languages() -> None:
    assert str(period("1 working day")) == "1 working day"
    assert period("2 weeks").text() == {"en": "2 weeks", "zh": "2 周"}


def test_text_and_reading_agree() -> None:
    for text in ("1 day", "2 days", "6 months", "10 working days", "1 year"):
        assert str(period(text)) == text
