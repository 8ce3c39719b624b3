"""How values are shown: the same value in the words of each language."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.doors.portal.formats import Formats, mantissa_and_exponent, raised
from commonweal.doors.portal.languages import LANGUAGES, _filled, split

EN, ZH = Formats("en"), Formats("zh")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.2e25, "1.2 × 10<sup>25</sup> FLOP"),
        (1e26, "10<sup>26</sup> FLOP"),
        (9.996e25, "10<sup>26</sup> FLOP"),
        (None, "–"),
    ],
)
def test_compute_is_shown_as_a_power_of_ten(value: float | None, shown: str) -> None:
    assert str(EN.flop(value)).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        ("2026-01-26", "26 January 2026", "2026年1月26日"),
        ("2026-01", "January 2026", "2026年1月"),
        ("2026", "2026", "2026年"),
        ("soon", "soon", "soon"),
        ("2026-01-26T00:00:00Z", "26 January 2026", "2026年1月26日"),
        ("2026-01-26T14:05:00Z", "26 January 2026 14:05 UTC", "2026年1月26日 14:05 UTC"),
        (datetime(2026, 1, 26, 14, 5, tzinfo=UTC), "26 January 2026 14:05 UTC", "2026年1月26日 14:05 UTC"),
        (None, "–", "–"),
    ],
)
def test_dates_are_words_of_the_language_as_exact_as_they_were_given(value: object, en: str, zh: str) -> None:
    assert EN.when(value) == en
    assert ZH.when(value) == zh


@pytest.mark.parametrize(
    ("zone", "value", "en"),
    [
        # Central European time begins summer time on the last Sunday of March, at 01:00 UTC.
        ("Europe/Paris", "2026-03-29T00:59:00Z", "29 March 2026 01:59 UTC+1"),
        ("Europe/Paris", "2026-03-29T01:01:00Z", "29 March 2026 03:01 UTC+2"),
        ("Europe/Paris", "2026-12-31T23:30:00Z", "1 January 2027 00:30 UTC+1"),
        ("Asia/Kolkata", "2026-01-26T14:05:00Z", "26 January 2026 19:35 UTC+5:30"),
        ("America/St_Johns", "2026-01-26T02:00:00Z", "25 January 2026 22:30 UTC−3:30"),
        ("Asia/Shanghai", "2026-01-26T00:00:00Z", "26 January 2026"),
    ],
)
def test_times_of_day_are_those_of_the_authority_and_days_stay_days(zone: str, value: str, en: str) -> None:
    assert Formats("en", ZoneInfo(zone)).when(value) == en


@given(st.floats(min_value=1e-30, max_value=1e40))
def test_a_power_of_ten_is_the_number_to_three_digits(value: float) -> None:
    digits, exponent = mantissa_and_exponent(value)
    assert float(f"{digits}e{exponent}") == pytest.approx(value, rel=0.006)


@given(st.text(alphabet="/abczh", max_size=8))
def test_the_address_of_a_page_leads_back_to_its_language_and_path(tail: str) -> None:
    path = "/" + tail.strip("/")
    if split(path)[0].code == "en":
        for language in LANGUAGES.values():
            assert split(language.address(path)) == (language, path)


def test_a_translation_with_a_percent_sign_breaks_nothing_and_values_are_escaped() -> None:
    assert _filled("%(share)s % 的州月", {"share": "<5>"}) == "&lt;5&gt; % 的州月"
    assert _filled("400 % zoom", {}) == "400 % zoom"


def test_powers_that_are_typed_are_raised_and_nothing_else() -> None:
    assert raised("above 10^25 FLOP, 10^-3") == "above 10²⁵ FLOP, 10⁻³"
    assert raised("1.52e+25 FLOP metered") == "1.52 × 10²⁵ FLOP metered"
    assert raised("2^10, 110^2, 10^x, 10^2500, e+25, v1.2e+25") == "2^10, 110^2, 10^x, 10^2500, e+25, v1.2e+25"
