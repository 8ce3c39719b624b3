"""Values: canonical bytes, bounded reading, instants, identifiers. Untrusted bytes must be refused before they cost."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.values import (
    BadInput,
    Fault,
    Interval,
    ReplayClock,
    TooLarge,
    add_months,
    canonical,
    coarsened,
    instant,
    is_subject,
    read_json,
    shown,
    slug,
    stamp,
    subject_id,
)

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_canonical_bytes_read_back_to_the_same_value_and_bytes(value: object) -> None:
    data = canonical(value)
    assert read_json(data) == value
    assert canonical(read_json(data)) == data


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b'{"a": NaN}', "finite"),
        (b'{"a": 1e400}', "finite"),
        (b'{"a": -Infinity}', "finite"),
        (b'{"a": ' + b"9" * 5000 + b"}", "64 characters"),
        (b'{"a": 1, "a": 2}', "once"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": }', "Expecting value"),
        (b"", "Expecting value"),
    ],
)
def test_unreadable_json_is_refused_and_says_what_would_be_right(data: bytes, want: str) -> None:
    with pytest.raises(BadInput, match=want):
        read_json(data)


def test_deep_and_large_json_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TooLarge, match="nesting"):
        read_json(b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(TooLarge, match="bytes"):
        read_json(b'"' + b"x" * 100 + b'"', bytes_max=50)


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    assert read_json(json.dumps("[" * 1000).encode()) == "[" * 1000


def test_an_unclosed_string_of_escapes_costs_linear_time() -> None:
    start = time.process_time()
    with pytest.raises(BadInput):
        read_json(b'"' + b"\\a" * 400_000)
    assert time.process_time() - start < 20, "reading must not be quadratic in the input's length"


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC)))
def test_a_stamp_reads_back_to_the_second(when: datetime) -> None:
    assert instant(stamp(when)) == when.replace(microsecond=0)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "yesterday", "0001-01-01", "2026-01-01T10:00:00", "9999-01-01"]
)
def test_impossible_or_ambiguous_instants_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        instant(text)


@pytest.mark.parametrize(
    ("day", "months", "want"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2023, 12, 15), 1, date(2024, 1, 15)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 11, 30), 1, date(2024, 12, 30)),
    ],
)
def test_adding_months_keeps_the_day_or_ends_the_month(day: date, months: int, want: date) -> None:
    assert add_months(day, months) == want


def test_a_coarse_time_shows_no_more_than_its_class() -> None:
    when = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
    assert [coarsened(when, to) for to in ("month", "day", "hour")] == ["2026-11", "2026-11-22", "2026-11-22T09Z"]


@given(st.text())
def test_every_name_has_a_valid_and_stable_identifier(name: str) -> None:
    assert is_subject(subject_id("model", name))
    assert slug(name) == slug(name)


def test_a_clock_never_runs_backwards() -> None:
    clock = ReplayClock(datetime(2020, 1, 1, tzinfo=UTC))
    clock.set(datetime(2021, 1, 1, tzinfo=UTC))
    clock.set(datetime(2019, 1, 1, tzinfo=UTC))
    assert clock.now().year == 2021


@given(st.text())
def test_what_an_error_shows_is_bounded_and_printable(text: str) -> None:
    assert len(shown(text)) <= 120
    assert all(ch.isprintable() for ch in shown(text))


def test_an_error_names_every_fault_with_the_value_seen() -> None:
    error = BadInput([Fault("a", "1", "must be 2"), Fault("b", "x", "must be y")], "filing")
    assert str(error).splitlines() == ["filing: 2 faults", "  - a: saw '1'; must be 2", "  - b: saw 'x'; must be y"]


@pytest.mark.parametrize("numbers", [(2, 1, 3), (1, 2, float("inf")), (float("nan"), 1, 2)])
def test_an_interval_that_is_none_is_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="interval"):
        Interval(*numbers)


@pytest.mark.parametrize("zone", ["+14:00", "-12:00"])
def test_the_first_and_last_days_start_can_be_read_back_from_any_zone(zone: str) -> None:
    for day in ("1900-01-01", "2200-12-31"):
        began = datetime.fromisoformat(f"{day}T00:00:00{zone}")
        assert instant(stamp(began)) == began
    for day in ("1899-12-30", "2201-01-03", "0001-01-01", "9999-12-31"):
        with pytest.raises(BadInput, match="a year from 1900 to 2200"):
            instant(f"{day}T00:00:00{zone}")
