"""A sample of rows for an auditor, each with what proves that it is a row of a file as it was recorded.

A leaf of a file's tree is sixteen bytes of salt followed by the cells of a row (`files.Line`, without where it stood),
parted by tabs, amounts in the smallest part of the currency and hours in hundredths; hashed up as RFC 6962 says. Salts
are HMAC-SHA-256 of `row` and the place (eight bytes, big-endian), cut to sixteen bytes, under a random secret that lies
in the sealed payload: a row that is shown gives no other away.

Which rows are drawn follows from a seed that the auditor names: whoever keeps the record cannot choose them. A row is
proven by its salt and its way to the root, which the entry commits to; the entry is proven by the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from commonweal.kernel import record
from commonweal.kernel.values import BadInput, Fault

from .files import leaves

SAMPLE_MAX = 200
SALT_BYTES = 16


def drawn(seed: str, sizes: Mapping[int, int], many: int) -> list[tuple[int, int]]:
    """Entry and place (from 0) of each row that is drawn, of files by entry with so many rows.

    Every row is as likely as any other. Raises `BadInput`.
    """
    total = sum(sizes.values())
    if not 1 <= many <= SAMPLE_MAX:
        raise BadInput(Fault("n", str(many), f"1 to {SAMPLE_MAX} rows"), "sample")
    if not 1 <= len(seed) <= 200:
        raise BadInput(Fault("seed", seed, "1 to 200 characters of your own choice"), "sample")
    places: dict[int, None] = {}
    at = 0
    while len(places) < min(many, total):
        found = int.from_bytes(hashlib.sha256(f"{seed}/{at}".encode()).digest(), "big") % total
        places.setdefault(found)
        at += 1
    return [_place(found, sizes) for found in places]


def _place(at: int, sizes: Mapping[int, int]) -> tuple[int, int]:
    for entry, size in sorted(sizes.items()):
        if at < size:
            return entry, at
        at -= size
    raise AssertionError("it was taken modulo the total")


def proven(data: bytes, at: int) -> dict[str, Any]:
    """One row of a payload with its salt, its place and its way to the root."""
    leaf = leaves(data)
    hashes: list[Sequence[bytes]] = [[record.leaf_hash(one) for one in leaf]]
    while len(hashes[-1]) > 1:
        row = hashes[-1]
        hashes.append([record.node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=False)])
    read: Callable[[int, int], bytes] = lambda level, index: hashes[level][index]  # noqa: E731
    return {
        "row": leaf[at][SALT_BYTES:].decode("ascii").split("\t"),
        "salt": leaf[at][:SALT_BYTES].hex(),
        "place": at,
        "rows": len(leaf),
        "path": [one.hex() for one in record.inclusion_proof(at, len(leaf), read)],
    }


def check(proof: Mapping[str, Any], root: str) -> None:
    """Check that a row is one of the file with that root. Raises `RecordFault`."""
    leaf = bytes.fromhex(proof["salt"]) + "\t".join(proof["row"]).encode("ascii")
    path = [bytes.fromhex(one) for one in proof["path"]]
    record.verify_inclusion(record.leaf_hash(leaf), proof["place"], proof["rows"], path, bytes.fromhex(root))
