"""Token Status Lists (draft-ietf-oauth-status-list): one signed bit array says how every credential stands.

Statuses of 1, 2, 4 or 8 bits lie in bytes from the least significant bit up; the array is compressed (zlib) and written
in base64url. Nobody who asks for a list says which credential is being looked up.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from commonweal.kernel.disclosure.commitments import b64
from commonweal.kernel.disclosure.signatures import IssuerKey, keys_in, open_signed, payload_of, unb64
from commonweal.kernel.values import BadInput, Fault, FaultCollector, TooLarge, shown

STATUS_TYPE = "statuslist+jwt"
MEDIA_TYPE = "application/statuslist+jwt"
VALID, INVALID, SUSPENDED = 0, 1, 2
WIDTHS = (1, 2, 4, 8)
LIST_BYTES_MAX = 16 << 20
AGE_MAX = timedelta(days=7)
"""How old a token may be at most, whatever end it gives itself: an old one kept hides no suspension for long. The draft
 leaves a token's end to its issuer (5.1); this is the verifier's own. Terms with a longer life cannot be adopted."""


@dataclass(frozen=True, slots=True)
class StatusList:
    """Statuses by index, packed: `bits` each, in `data`."""

    bits: int
    data: bytes

    @classmethod
    def of(cls, statuses: Mapping[int, int], size: int, bits: int = 2) -> StatusList:
        """A list of `size` statuses, 0 but where said otherwise. Raises `BadInput` for what does not fit."""
        _check_bits(bits)
        data = bytearray(-(-size * bits // 8))
        for index, status in statuses.items():
            if not (0 <= index < size and 0 <= status < 1 << bits):
                want = f"an index below {size} and a status below {1 << bits}"
                raise BadInput(Fault("status", f"{status} at {index}", want, "range"), "status list")
            byte, shift = divmod(index * bits, 8)
            data[byte] |= status << shift
        return cls(bits, bytes(data))

    def __len__(self) -> int:
        return len(self.data) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        """The status at an index. Raises `BadInput` outside the list."""
        if not 0 <= index < len(self):
            raise BadInput(Fault("idx", str(index), f"an index below {len(self)}", "range"), "status list")
        byte, shift = divmod(index * self.bits, 8)
        return self.data[byte] >> shift & (1 << self.bits) - 1

    def claim(self) -> dict[str, Any]:
        """The claim `status_list` of a token."""
        return {"bits": self.bits, "lst": b64(zlib.compress(self.data, 9))}

    @classmethod
    def read(cls, claim: Any, bytes_max: int = LIST_BYTES_MAX) -> StatusList:
        """Read an untrusted claim; at most `bytes_max` bytes are ever unpacked. Raises `BadInput`, `TooLarge`."""
        faults = FaultCollector("status list")
        if not isinstance(claim, Mapping):
            faults.add("status_list", claim, "an object with bits and lst", "malformed")
            faults.done()
        _check_bits(claim.get("bits"))
        packed = unb64(claim["lst"]) if isinstance(claim.get("lst"), str) else None
        if packed is None:
            faults.add("lst", shown(claim.get("lst")), "base64url without padding", "malformed")
            faults.done()
        return cls(claim["bits"], _unpacked(packed or b"", bytes_max))


@dataclass(frozen=True, slots=True)
class StatusToken:
    """A verified status list token: the list at `uri`, as it was at `issued_at`.

    From `expires_at` on it says nothing. After `ttl_s` a cache asks again (5.1); until its end the token still holds.
    """

    uri: str
    issued_at: datetime
    expires_at: datetime
    ttl_s: int | None
    statuses: StatusList
    log_size: int | None = None


def status_token(
    key: IssuerKey, uri: str, statuses: StatusList, *, now: datetime, lives: timedelta, ttl_s: int,
    log: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """A signed token: good from `now` for as long as it `lives`; `log` says which part of the record it reflects."""
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "exp": issued + int(lives.total_seconds()), "iat": issued, "status_list": statuses.claim(), "sub": uri,
        "ttl": ttl_s,
    } | ({"log": dict(log)} if log else {})  # fmt: skip
    return key.sign(STATUS_TYPE, payload_of(claims))


def read_status_token(token: str, keys: Mapping[str, Any]) -> StatusToken:
    """Verify a token's form and signature; whether it is about the right list, and fresh, its reader decides.

    The draft leaves `exp` to the issuer (5.1); here a token without one is refused, for it would never grow stale.
    Raises `BadInput` naming every fault.
    """
    claims = open_signed(token.strip(), keys_in(keys), STATUS_TYPE, "status token").claims
    faults = FaultCollector("status token")
    uri = claims.get("sub")
    if not isinstance(uri, str):
        faults.add("status token sub", uri, "the address of the list", "malformed")
    issued = instant_in(claims, "iat", "status token", faults, needed=True)
    expires = instant_in(claims, "exp", "status token", faults, needed=True)
    ttl = claims.get("ttl")
    if ttl is not None and (not isinstance(ttl, int) or isinstance(ttl, bool) or ttl <= 0):
        faults.add("status token ttl", ttl, "a whole number of seconds above 0", "malformed")
    statuses = StatusList(1, b"")
    try:
        statuses = StatusList.read(claims.get("status_list"))
    except BadInput as error:
        faults.extend(error.faults)
    faults.done()
    log = claims.get("log")
    size = log.get("size") if isinstance(log, Mapping) else None
    assert issued is not None
    assert expires is not None
    return StatusToken(str(uri), issued, expires, ttl, statuses, size if isinstance(size, int) else None)


def instant_in(
    claims: Mapping[str, Any], name: str, about: str, faults: FaultCollector, *, needed: bool = False
) -> datetime | None:
    """A NumericDate claim as an instant; None (and a fault) where it is none, None where it may be absent."""
    value = claims.get(name)
    if value is None and not needed:
        return None
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**36
    if not good:
        faults.add(f"{about} {name}", value, "seconds since 1970", "malformed")
        return None
    return datetime.fromtimestamp(float(value or 0), UTC)


def _check_bits(bits: Any) -> None:
    if bits not in WIDTHS or isinstance(bits, bool):
        raise BadInput(Fault("bits", shown(bits), "1, 2, 4 or 8", "range"), "status list")


def _unpacked(data: bytes, bytes_max: int) -> bytes:
    """Decompress untrusted bytes, never more than a limit of them."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(data, bytes_max + 1)
    except zlib.error as error:
        raise BadInput(Fault("lst", f"{len(data)} bytes", "one zlib stream", "malformed"), "status list") from error
    if len(found) > bytes_max:
        want = f"at most {bytes_max} bytes when unpacked"
        raise TooLarge(Fault("lst", f"over {bytes_max} bytes", want, "too_large"), "status list")
    if not reader.eof or reader.unused_data:
        raise BadInput(Fault("lst", f"{len(data)} bytes", "one whole zlib stream and nothing after it", "malformed"),
                       "status list")  # fmt: skip
    return found
