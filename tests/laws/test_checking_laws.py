"""The quick look at a body and the thorough one agree: what the quick look lets through has no fault and a form."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.disclosure.checking import DEPTH_MAX, _checked, _sound
from commonweal.kernel.values import FaultCollector, canonical

_texts = st.text(st.characters(codec=None), max_size=12)  # controls, overrides of direction and lone surrogates too
_numbers = st.integers() | st.floats() | st.sampled_from([2**53 - 1, 2**53, -(2**53), 2**1100, math.inf, -0.0, 1e21])
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _texts | st.dates() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4) | st.tuples(inner),
    max_leaves=12,
)


@given(_values)
def test_what_the_quick_look_lets_through_is_what_the_thorough_one_would_record(value: object) -> None:
    """Otherwise a body would be recorded that `validate` promises to refuse."""
    if not _sound(value, DEPTH_MAX):
        return
    faults = FaultCollector("law")
    assert _checked(value, "", faults, DEPTH_MAX, exact=True) == value
    assert faults.count == 0
    assert canonical(value)


_plain = st.recursive(
    st.none() | st.booleans() | st.text("abc é中", max_size=9) | st.integers(-9, 9) | st.just(0.5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab"), inner, max_size=4),
)


@given(_plain)
def test_the_quick_look_does_let_plain_bodies_through(value: object) -> None:
    """A look that refused everything would be right, and of no use."""
    assert _sound(value, DEPTH_MAX)


def test_what_is_too_deep_or_too_long_is_left_to_the_thorough_look() -> None:
    deep: object = 1
    for _ in range(DEPTH_MAX + 1):
        deep = [deep]
    assert not _sound(deep, DEPTH_MAX)
    assert not _sound([0] * 10_001, DEPTH_MAX)
    assert not _sound("x" * 262_145, DEPTH_MAX)
