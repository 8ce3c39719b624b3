"""Return codes: what is mistyped is told apart from what is wrong, and how a code is written does not matter."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.forms import Mistyped, new_code, party_of, read_code, reference
from commonweal.forms.codes import ALPHABET

CODES = st.builds(new_code)


def test_a_code_is_six_groups_of_four_with_110_random_bits() -> None:
    codes = {new_code() for _ in range(100)}
    assert len(codes) == 100
    assert all(re.fullmatch(f"([{ALPHABET}]{{4}}-){{5}}[{ALPHABET}]{{4}}", code) for code in codes)


@given(CODES)
def test_a_code_may_be_typed_in_small_letters_without_hyphens_or_in_full_width(code: str) -> None:
    wide = "".join(chr(ord(ch) + 0xFEE0) for ch in code)
    alike = code.replace("0", "o").replace("1", "l")
    assert {read_code(one) for one in (code.lower(), code.replace("-", " "), code.replace("-", ""), wide, alike)} == {
        code
    }


@given(CODES, st.integers(0, 23), st.integers(1, 31))
def test_every_wrong_character_is_noticed(code: str, at: int, step: int) -> None:
    plain = code.replace("-", "")
    wrong = plain[:at] + ALPHABET[(ALPHABET.index(plain[at]) + step) % 32] + plain[at + 1 :]
    with pytest.raises(Mistyped):
        read_code(wrong)


@given(CODES, st.integers(0, 20))
def test_neighbours_that_changed_places_are_noticed(code: str, at: int) -> None:
    plain = code.replace("-", "")
    if plain[at] != plain[at + 1]:
        with pytest.raises(Mistyped):
            read_code(plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :])


@pytest.mark.parametrize("typed", ["", "7KQ2", "U" * 24, "é" * 24, "0" * 100_000, "\x00" * 24, "0" * 23])
def test_what_is_no_code_is_mistyped(typed: str) -> None:
    with pytest.raises(Mistyped):
        read_code(typed)


def test_the_party_of_a_code_does_not_give_the_code_away() -> None:
    code = new_code()
    assert party_of(code) == party_of(read_code(code.lower()))
    assert re.fullmatch(r"party:reporter-[a-z0-9]{24}", party_of(code))
    assert code.replace("-", "").lower() not in party_of(code)
    assert party_of(code) != party_of(new_code())


def test_a_reference_holds_the_year_and_nothing_else_of_the_filing() -> None:
    assert re.fullmatch(rf"IR-2026-[{ALPHABET}]{{8}}", reference("IR-", datetime(2026, 5, 1, tzinfo=UTC)))
