"""Sealed files: whatever is changed, moved, left out or cut off in the ciphertext, nothing of it opens."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from commonweal.kernel.disclosure.segments import MAGIC, SEGMENT_BYTES, TAG_BYTES, Segments, opened_segments
from commonweal.kernel.values import RecordFault

FULL = SEGMENT_BYTES + TAG_BYTES


def sealed(data: bytes, size: int = 40_000) -> tuple[bytes, bytes]:
    segments = Segments()
    found = b"".join(segments.feed(data[at : at + size]) for at in range(0, len(data), size))
    return segments.key, found + segments.finish()


def opened(key: bytes, data: bytes, size: int = 50_001) -> bytes:
    return b"".join(opened_segments(key, (data[at : at + size] for at in range(0, len(data), size)), "test"))


@pytest.mark.parametrize("length", [1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES, 200_000])
@pytest.mark.parametrize("size", [1 << 20, 977])
def test_what_was_sealed_opens_to_the_same(length: int, size: int) -> None:
    data = bytes(number * 7 % 251 for number in range(length))
    key, found = sealed(data, size)
    assert opened(key, found, size) == data
    assert len(found) == len(MAGIC) + length + TAG_BYTES * -(-length // SEGMENT_BYTES)


def test_the_form_is_what_the_module_says_so_that_others_can_open_it() -> None:
    """AES-256-GCM by hand: nonce is the number in 11 bytes and a byte for the last, the magic is bound to each."""
    key, found = sealed(b"x" * (SEGMENT_BYTES + 5))
    body = found.removeprefix(MAGIC)
    assert AESGCM(key).decrypt(bytes(12), body[:FULL], MAGIC) == b"x" * SEGMENT_BYTES
    assert AESGCM(key).decrypt(bytes(10) + b"\x01\x01", body[FULL:], MAGIC) == b"x" * 5


def test_nothing_that_was_altered_opens() -> None:
    key, found = sealed(b"a" * SEGMENT_BYTES + b"b" * SEGMENT_BYTES + b"c")
    head, first, second, last = (
        found[: len(MAGIC)],
        found[len(MAGIC) :][:FULL],
        found[len(MAGIC) :][FULL : 2 * FULL],
        found[len(MAGIC) + 2 * FULL :],
    )
    altered = {
        "cut off after a segment": head + first + second,
        "cut off within one": found[:-1],
        "a segment left out": head + first + last,
        "two exchanged": head + second + first + last,
        "one repeated": head + first + first + second + last,
        "something after the last": found + b"x",
        "a bit turned": found[:100] + bytes([found[100] ^ 1]) + found[101:],
        "no magic": found[len(MAGIC) :],
        "another magic": b"C" + found[1:],
        "nothing": b"",
    }
    for data in altered.values():
        with pytest.raises(RecordFault):
            opened(key, data)


def test_two_files_of_the_same_bytes_have_nothing_in_common() -> None:
    assert sealed(b"the same words")[1] != sealed(b"the same words")[1]
