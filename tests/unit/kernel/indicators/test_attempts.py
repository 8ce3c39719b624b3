"""Payloads of attempts are sent by whoever may file a run: what is read of them stays bounded by what was sent."""

from __future__ import annotations

import os
import tracemalloc

import pytest
import zstandard

from commonweal.kernel import indicators
from commonweal.kernel.indicators import Attempt
from commonweal.kernel.values import BadInput

HEAD = b'{"secret":"' + b"ab" * 32 + b'","version":2}'
WIDE = b'\n["",1,"",{' + b",".join(b'"%d":0' % name for name in range(50_000)) + b"}]"
MIB = 1 << 20


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(b"\n" * (48 * MIB), id="newlines"),
        pytest.param(HEAD + b'\n["",1,""]' * 90_000, id="more samples than so few bytes commit to"),
        pytest.param(HEAD + WIDE * 60, id="scores without end"),
        pytest.param(HEAD + b'\n["",1,"",{},{"a":[' + b"[]," * 100_000 + b"[]]}]", id="what no log says"),
        pytest.param(HEAD + b'\n["' + b"a" * 2 * MIB + b'",1,""]' + os.urandom(MIB // 8), id="a line too long"),
    ],
)
def test_a_payload_that_unpacks_to_more_than_it_can_hold_costs_little(told: bytes) -> None:
    """A payload of 1.5 kB that unpacked to newlines made the house hold fifteen bytes for each byte of a gigabyte."""
    data = zstandard.ZstdCompressor(level=6).compress(told)
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match=r"\(payload\)"):
            indicators.read_attempts(data)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


def test_a_payload_that_breaks_off_or_says_another_size_is_refused() -> None:
    whole = indicators.write_attempts([Attempt(str(n), 1, os.urandom(32).hex()) for n in range(5_000)], b"s" * 32)
    for data in (
        whole[: len(whole) // 2],
        whole[:-1],
        zstandard.ZstdCompressor(write_content_size=False).compress(HEAD),
    ):
        with pytest.raises(BadInput):
            indicators.read_attempts(data)


def test_attempts_come_back_as_they_were_written() -> None:
    said = {"a": None, "b": True, "c": "word", "d": {"sha256": "ab"}}
    attempts = [Attempt(str(n), 1, os.urandom(32).hex(), {"match": 1.0}, said, edited=("match",)) for n in range(50)]
    found = indicators.read_attempts(indicators.write_attempts(attempts, b"s" * 32, apart=True))
    assert found == indicators.Attempts(b"s" * 32, attempts, indicators.ATTEMPTS_VERSION, apart=True)


def test_made_up_samples_that_share_a_digest_are_read() -> None:
    """They pack to next to nothing; so few of them cost nothing either."""
    attempts = [Attempt(str(n), 1, "ab" * 32, {"match": 1.0}) for n in range(5_000)]
    assert len(indicators.read_attempts(indicators.write_attempts(attempts, b"s" * 32)).attempts) == 5_000


def test_an_attempt_of_another_test_in_the_log_is_none_and_one_without_its_score_is_missing() -> None:
    attempts = [
        Attempt("1", 1, "", {"a": 1.0}),
        Attempt("2", 1, "", {"b": 0.0}),
        Attempt("3", 1, "", {}, {"a": None}),
        Attempt("4", 1, "", failed=True),
    ]
    apart = indicators.by_item(attempts, "a", apart=True)
    assert list(apart.values()) == [[1.0], [], [None], [None]]
    assert list(indicators.by_item(attempts, "a").values()) == [[1.0], [None], [None], [None]]
