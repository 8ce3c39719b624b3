"""Untrusted bytes stay bounded: sizes before reading, rates before working."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import anyio
from starlette.requests import ClientDisconnect, Request

from commonweal.kernel.values import BadInput, Busy, Fault, TooLarge

from .problems import Unsupported

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one authority's API takes. Rates are requests a second, bursts how many may come at once.

    A key's own rate is set when it is issued; its burst is `key_burst_s` seconds of that rate. A body is large when it
    may be longer than `json_bytes_max`; of those, so many are in hand at once, in all and of one key. Uploads are never
    held whole, so more of them may be under way, and longer.
    """

    json_bytes_max: int = MIB
    batch_bytes_max: int = 8 * MIB
    batch_acts_max: int = 1_000
    observations_bytes_max: int = 64 * MIB
    body_seconds_max: float = 30.0
    large_bodies_max: int = 4
    large_bodies_of_one: int = 2
    address_per_s: float = 50.0
    address_burst: float = 200.0
    key_burst_s: float = 4.0
    failed_login_costs: float = 10.0
    signature_age_s: int = 300
    page_max: int = 1_000
    uploads_max: int = 32
    uploads_of_one: int = 4
    upload_seconds_max: float = 600.0


async def body_of(request: Request, bytes_max: int, seconds_max: float, encodings: tuple[str, ...] = ()) -> bytes:
    """The body, never reading more than one chunk past the limit.

    One in `encodings` is let through, the bytes as they came. Raises `TooLarge` (before reading anything when the
    length is declared), `Unsupported` for another content encoding,
    `BadInput` when the body does not arrive in time or whole.
    """
    _check_head(request, bytes_max, encodings)
    pieces: list[bytes] = []
    size = 0
    try:
        with anyio.fail_after(seconds_max):
            async for piece in request.stream():
                pieces.append(piece)
                size += len(piece)
                if size > bytes_max:
                    raise _too_large(f"more than {bytes_max} bytes", bytes_max)
    except TimeoutError as error:
        raise _slow(size, seconds_max) from error
    except ClientDisconnect as error:
        raise _cut_off(size) from error
    return b"".join(pieces)


async def pieces_of(request: Request, bytes_max: int, seconds_max: float) -> AsyncIterator[bytes]:
    """The body piece by piece as it comes, for who need not hold it; ends as `body_of` does."""
    _check_head(request, bytes_max, ())
    stream, until, size = aiter(request.stream()), anyio.current_time() + seconds_max, 0
    while True:
        try:
            with anyio.fail_after(max(0.0, until - anyio.current_time())):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise _slow(size, seconds_max) from error
        except ClientDisconnect as error:
            raise _cut_off(size) from error
        size += len(piece)
        if size > bytes_max:
            raise _too_large(f"more than {bytes_max} bytes", bytes_max)
        yield piece


def _check_head(request: Request, bytes_max: int, encodings: tuple[str, ...]) -> None:
    headers = request.headers
    if (encoding := headers.get("content-encoding", "identity").lower()) not in ("identity", *encodings):
        raise Unsupported(
            Fault("Content-Encoding", encoding, "no content encoding: send the bytes as they are"), "body"
        )
    declared = headers.get("content-length", "")
    if declared.isdigit() and len(declared) < 20 and int(declared) > bytes_max:
        raise _too_large(f"{declared} bytes", bytes_max)
    if len(declared) >= 20:
        raise _too_large("more than 10^19 bytes", bytes_max)


def _slow(size: int, seconds_max: float) -> BadInput:
    want = f"the whole body within {seconds_max:g} s"
    return BadInput(Fault("(whole)", f"{size} bytes so far", want, "slow"), "body")


def _cut_off(size: int) -> BadInput:
    return BadInput(Fault("(whole)", f"{size} bytes, then nothing", "the whole body", "cut_off"), "body")


def _too_large(seen: str, bytes_max: int) -> TooLarge:
    return TooLarge(Fault("(whole)", seen, f"at most {bytes_max} bytes", "too_large"), "body")


class InHand:
    """How many of something are in hand, in all and of each key."""

    def __init__(self, most: int, of_one: int, what: str) -> None:
        """`what` they are called in messages, e.g. large bodies."""
        self._most, self._of_one, self._what = most, of_one, what
        self._in_hand: Counter[str] = Counter()

    @contextmanager
    def one(self, keyid: str) -> Iterator[None]:
        """One more while this lasts. Raises `Busy`; nothing was read then."""
        if self._in_hand.total() >= self._most:
            raise Busy(f"{self._most} {self._what} are being read already; nothing was written")
        if self._in_hand[keyid] >= self._of_one:
            raise Busy(f"{self._of_one} {self._what} of this key are being read already")
        self._in_hand[keyid] += 1
        try:
            yield
        finally:
            self._in_hand[keyid] -= 1
            self._in_hand += Counter()  # forgets the keys that have none in hand


class LargeBodies(InHand):
    """The large bodies in hand: memory stays bounded however many come at once."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits.large_bodies_max, limits.large_bodies_of_one, "large bodies")
        self._limits = limits

    def is_large(self, request: Request, bytes_max: int) -> bool:
        """Whether the body of a request may be large; a server lets no more through than the length declared."""
        if bytes_max <= self._limits.json_bytes_max:
            return False
        declared = request.headers.get("content-length", "")
        return not (declared.isdigit() and len(declared) < 20 and int(declared) <= self._limits.json_bytes_max)
