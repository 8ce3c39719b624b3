"""Rows that an entry commits to by one root, so that each can be shown later, proven, and give no other away.

A leaf is a salt of sixteen bytes followed by the row, hashed up as RFC 6962 says. Salts are HMAC-SHA-256 of `row` and
the place (eight bytes, big-endian), cut to sixteen bytes, under a random secret that lies in a sealed payload: what is
in a row is often soon guessed, and without the salt whoever reads the root could try every guess.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .merkle import EMPTY_ROOT, inclusion_proof, leaf_hash, parents, root_of, verify_inclusion

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with its salt, its place (from 0) among so many, and its way to the root."""

    row: bytes
    salt: bytes
    place: int
    rows: int
    path: Sequence[bytes]

    def check(self, root: bytes) -> None:
        """Check that it is a row under that root. Raises `RecordFault`."""
        verify_inclusion(leaf_hash(self.salt + self.row), self.place, self.rows, self.path, root)


def salted(rows: Iterable[bytes], secret: bytes) -> list[bytes]:
    """The leaf of each row: its salt, then the row."""
    return [
        hmac.digest(secret, b"row" + place.to_bytes(8, "big"), "sha256")[:SALT_BYTES] + row
        for place, row in enumerate(rows)
    ]


def rows_root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves as `salted` makes them."""
    return root_of(map(leaf_hash, leaves))


class RowTree:
    """The tree over leaves as `salted` makes them, from which any of them can be shown."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._leaves = leaves
        self._hashes = [[leaf_hash(one) for one in leaves]]
        while len(self._hashes[-1]) > 1:
            self._hashes.append(parents(self._hashes[-1]))
        self.root = root_of(self._hashes[0]) if leaves else EMPTY_ROOT

    def shown(self, place: int) -> ShownRow:
        """One row with what proves it. Raises `BadInput` for a place that there is not."""
        read: Callable[[int, int], bytes] = lambda level, index: self._hashes[level][index]  # noqa: E731
        path = inclusion_proof(place, len(self._leaves), read)
        leaf = self._leaves[place]
        return ShownRow(leaf[SALT_BYTES:], leaf[:SALT_BYTES], place, len(self._leaves), path)
