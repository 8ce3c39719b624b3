"""What a payload says in the clear of an entry whose leaf does not say of which kind it is.

```
payload = "CWP1" | …                                    the leaf says kind and retention class
payload = "CWP2" | length (2, big-endian) | head | …     the leaf says only that something was done in confidence
head    = {"kind": "<kind>/<version>", "retention": "<class>"}, as JSON
```

Payloads are not published. The leaf names the SHA-256 of the whole payload, so what is said here is fixed by the log
all the same: whoever holds the record checks it without a key.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from commonweal.kernel.values import RecordFault

IN_CONFIDENCE = "record.in_confidence"
TOLD, UNTOLD = b"CWP1", b"CWP2"
_LENGTH_BYTES = 2
_SAID = b'"kind":"%s/' % IN_CONFIDENCE.encode()
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


class Head(NamedTuple):
    """What a payload says in the clear, and where the rest of it begins."""

    kind: str
    retention: str
    rest: int


def head_bytes(kind: str, retention: str) -> bytes:
    """The beginning of a payload whose leaf tells neither."""
    head = _encode({"kind": kind, "retention": retention})
    return UNTOLD + len(head).to_bytes(_LENGTH_BYTES, "big") + head


def untold(payload: bytes) -> bool:
    """Whether the leaf of this payload says only that something was done in confidence."""
    return payload.startswith(UNTOLD)


def kind_untold(leaf: bytes) -> bool:
    """Whether a leaf says only that something was done in confidence."""
    return _SAID in leaf


def head_of(payload: bytes, where: str) -> Head | None:
    """What a payload says in the clear; None where its leaf says it. Raises `RecordFault`."""
    if not untold(payload):
        return None
    start = len(UNTOLD) + _LENGTH_BYTES
    stop = start + int.from_bytes(payload[len(UNTOLD) : start], "big")
    try:
        said = _decode(payload[start:stop])
        return Head(said["kind"], said["retention"], stop)
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
        raise RecordFault(where, "does not say of which kind it is") from error
