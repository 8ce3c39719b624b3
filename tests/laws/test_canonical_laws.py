"""The quick way to RFC 8785 bytes gives what the published implementation gives, and refuses what it refuses."""

from __future__ import annotations

from typing import Any

import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from commonweal.kernel.values import BadInput, canonical

# Anything a JSON parser or a schema can hand over, with what RFC 8785 treats specially: numbers at the turns of
# ECMAScript's notation, keys that sort by UTF-16 code units, characters that are escaped, and what it refuses.
_numbers = st.one_of(
    st.floats(),
    st.integers(),
    st.integers(-(2**53) - 2, 2**53 + 2),
    st.builds(lambda digits, power: digits * 10.0**power, st.floats(-10, 10), st.integers(-12, 25)),
)
_texts = st.text(st.characters())
_values = st.recursive(
    st.one_of(st.none(), st.booleans(), _numbers, _texts),
    lambda inner: st.one_of(st.lists(inner), st.tuples(inner, inner), st.dictionaries(_texts, inner)),
    max_leaves=12,
)


@given(_values)
@example(-0.0)
@example([1e16, 1e20, 1e21, 1e-4, 1e-5, 1e-6, 1e-7, 6.2e24, 5e-324])
@example({"\ue000": 1, "\U00010000": 2})
@example({"\ud800": 1})
@example(["\x00\x1f\x7f\u2028/", '"\\\b\f\n\r\t'])
@example({"a": float("nan")})
@example(2**53)
def test_canonical_bytes_are_those_of_the_published_implementation(value: Any) -> None:
    assert _ours(value) == _published(value)


def _ours(value: Any) -> bytes | None:
    try:
        return canonical(value)
    except BadInput:
        return None


def _published(value: Any) -> bytes | None:
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):  # the latter for a lone surrogate in a key
        return None
