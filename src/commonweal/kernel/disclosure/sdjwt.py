"""SD-JWT (RFC 9901): a signed payload of digests, with the disclosures that open some of them.

A presentation of an entry has the *leaf itself* as its payload, byte for byte. So whoever holds the entry's receipt can
check each field against the log, whoever holds the issuer's key can check it with any SD-JWT software, and everything
that was ever shown of one entry, to whomever, is provably of the same original.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from commonweal.kernel.record import Keyring, NoteVerifier, TlogProof
from commonweal.kernel.values import BadInput, Fault, FaultCollector, RecordFault, TooLarge, read_json

from .commitments import digest_of, field_name, kind_claim, read_leaf, verify_disclosures
from .signatures import IssuerKey, Signed, keys_in, open_signed, unb64

ENTRY_TYPE = "commonweal-entry+sd-jwt"
SD_JWT_BYTES_MAX = 4 << 20
DISCLOSURES_MAX = 10_000
DEPTH_MAX = 32
_SHA256 = "sha-256"


@dataclass(frozen=True, slots=True)
class SdJwt:
    """The issuer's JWT and the disclosures beside it; `str()` is what travels: `<JWT>~<disclosure>~…~`."""

    jwt: str
    disclosures: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "~".join([self.jwt, *self.disclosures, ""])

    @classmethod
    def parse(cls, text: str) -> SdJwt:
        """Split an SD-JWT, nothing verified. Raises `TooLarge` and `BadInput`; a key-binding JWT is not read here."""
        text = text.strip()
        if len(text) > SD_JWT_BYTES_MAX or text.count("~") > DISCLOSURES_MAX:
            seen = f"{len(text)} bytes, {text.count('~')} parts"
            want = f"at most {SD_JWT_BYTES_MAX} bytes and {DISCLOSURES_MAX} disclosures"
            raise TooLarge(Fault("(whole)", seen, want, "too_large"), "SD-JWT")
        jwt, *disclosures = text.split("~")
        if not disclosures or disclosures[-1] or not all(disclosures[:-1]):
            want = "a JWT and its disclosures, each followed by ~ (without a key-binding JWT)"
            raise BadInput(Fault("(whole)", text[-40:], want, "malformed"), "SD-JWT")
        return cls(jwt, tuple(disclosures[:-1]))


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A verified SD-JWT: the issuer's token, and its claims with what was disclosed put in its place."""

    signed: Signed
    claims: Mapping[str, Any]
    disclosures: tuple[str, ...]


def open_sd_jwt(text: str, keys: Mapping[str, Any], typ: str | Iterable[str], about: str = "SD-JWT") -> Unfolded:
    """Verify an SD-JWT of a type with an issuer's keys (RFC 9901, 7.1). Raises `BadInput` naming every fault."""
    found = SdJwt.parse(text)
    signed = open_signed(found.jwt, keys_in(keys), typ, about)
    return Unfolded(signed, unfold(signed.claims, found.disclosures, about), found.disclosures)


def unfold(payload: Mapping[str, Any], disclosures: Iterable[str], about: str = "SD-JWT") -> dict[str, Any]:
    """A payload with its disclosures put in their places, digests and decoys taken out (RFC 9901, 7.1).

    Raises `BadInput` naming every disclosure that is malformed, repeated, misplaced or committed to by nothing, and
    every digest that stands twice.
    """
    faults = FaultCollector(about)
    if payload.get("_sd_alg", _SHA256) != _SHA256:
        faults.add("_sd_alg", payload["_sd_alg"], _SHA256, "algorithm")
        faults.done()
    unfolding = _Unfolding(faults)
    unfolding.read(disclosures)
    claims = unfolding.object({name: value for name, value in payload.items() if name != "_sd_alg"})
    unfolding.leftover()
    faults.done()
    return claims


class _Unfolding:
    """One pass over a payload; every digest is met once, every disclosure used once."""

    def __init__(self, faults: FaultCollector) -> None:
        self._faults = faults
        self._waiting: dict[str, list[Any]] = {}
        self._met: set[str] = set()
        self._depth = 0

    def read(self, disclosures: Iterable[str]) -> None:
        for at, text in enumerate(disclosures):
            item = _disclosure(text)
            if item is None:
                want = "base64url of a JSON list [salt, name, value] or [salt, value]"
                self._faults.add(f"disclosure {at}", text[:40], want, "malformed")
            elif (named := digest_of(text)) in self._waiting:
                self._faults.add(f"disclosure {at}", text[:40], "each disclosure once", "repeated")
            else:
                self._waiting[named] = item

    def object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: self._value(item) for name, item in value.items() if name != "_sd"}
        digests = value.get("_sd", [])
        if not isinstance(digests, list):
            self._faults.add("_sd", digests, "a list of digests", "malformed")
            digests = []
        for named in digests:
            item = self._take(named, 3)
            if item is None:
                continue
            name = item[1]
            if not isinstance(name, str) or name in {"_sd", "...", "_sd_alg"} or name in value or name in found:
                self._faults.add("disclosure", name, "a claim name that does not stand there already", "misplaced")
            else:
                found[name] = self._value(item[2])
        return found

    def _value(self, value: Any) -> Any:
        """What stands here, opened; disclosures within disclosures only so deep, as JSON itself is."""
        if not isinstance(value, Mapping | list):
            return value
        if self._depth >= DEPTH_MAX:
            self._faults.add("disclosure", f"nesting over {DEPTH_MAX}", f"nesting of at most {DEPTH_MAX}", "too_deep")
            return None
        self._depth += 1
        try:
            return self.object(value) if isinstance(value, Mapping) else list(self._items(value))
        finally:
            self._depth -= 1

    def _items(self, values: list[Any]) -> Iterator[Any]:
        for value in values:
            if isinstance(value, Mapping) and set(value) == {"..."}:
                item = self._take(value["..."], 2)
                if item is not None:
                    yield self._value(item[1])
            else:
                yield self._value(value)

    def _take(self, named: Any, length: int) -> list[Any] | None:
        """The disclosure with a digest, None for a decoy or one that stays closed."""
        if not isinstance(named, str) or named in self._met:
            self._faults.add("_sd", named, "each digest once, as text", "repeated")
            return None
        self._met.add(named)
        item = self._waiting.pop(named, None)
        if item is not None and len(item) != length:
            self._faults.add("disclosure", item[1:2], f"a disclosure of {length} parts stands here", "misplaced")
            return None
        return item

    def leftover(self) -> None:
        for item in self._waiting.values():
            self._faults.add("disclosure", item[1], "its digest must stand in the signed payload", "not_committed")


def _disclosure(text: str) -> list[Any] | None:
    data = unb64(text)
    try:
        item = read_json(data, bytes_max=SD_JWT_BYTES_MAX) if data else None
    except BadInput:
        return None
    return item if isinstance(item, list) and len(item) in (2, 3) and isinstance(item[0], str) else None


# ── presentations of entries ────────────────────────────────────────────────────────────────────────────────────────


def present(leaf: bytes, disclosures: Iterable[str], key: IssuerKey) -> SdJwt:
    """An entry's leaf, signed as it is, with the disclosures that open some of its fields."""
    return SdJwt(key.sign(ENTRY_TYPE, leaf), tuple(disclosures))


@dataclass(frozen=True, slots=True)
class Presented:
    """What a presentation proves: these `fields` of entry `index` of the log `origin`, of this `kind`."""

    origin: str
    index: int
    size: int
    kind: str
    time: str
    fields: Mapping[str, Any]
    signed_by: str = ""


class Quorum(Protocol):
    """What makes a checkpoint count beyond the log's own signature (a `tlog-policy`)."""

    def verify(self, note: bytes, logs: Iterable[NoteVerifier]) -> Any:
        """Raises `RecordFault` when a checkpoint of one of the logs lacks its cosignatures."""


def verify_presentation(
    text: str,
    proof: bytes,
    vkey: str | Keyring,
    keys: Mapping[str, Any] | None = None,
    required: Iterable[str] = (),
    *,
    policy: Quorum | None = None,
) -> Presented:
    """Check a presentation offline against the entry's `tlog-proof` and the log's key, or its keys that were proved.

    The log alone is enough: what is presented is what its leaf commits to. With the issuer's `keys` the issuer's
    signature is checked too. `required` names fields that must be there: who tampers with a disclosure can always
    leave it away instead; a `policy` asks for witnesses too. Raises `BadInput` naming every fault.
    """
    faults = FaultCollector("presentation")
    found = SdJwt.parse(text)
    parts = found.jwt.split(".")
    leaf = (unb64(parts[1]) if len(parts) == 3 else None) or b""
    signed_by = ""
    if keys is not None:
        try:
            signed_by = str(open_signed(found.jwt, keys_in(keys), ENTRY_TYPE, "presentation").header.get("kid", ""))
        except BadInput as error:
            faults.extend(error.faults)
    proved: tuple[str, int, int] = ("", 0, 0)
    fields: dict[str, Any] = {}
    claims: Mapping[str, Any] = {}
    try:
        proved = included(leaf, proof, vkey, policy)
        claims = read_leaf(leaf)
        fields = verify_disclosures(claims, found.disclosures)
    except RecordFault as error:
        faults.add(error.where, error.problem, "a leaf that stands in the log", "not_in_log")
    except BadInput as error:
        faults.extend(error.faults)
    for name in sorted(set(required) - set(fields)) if claims else ():
        faults.add(name, "(not disclosed)", "a disclosure that opens this field", "missing")
    faults.done()
    origin, index, size = proved
    return Presented(origin, index, size, kind_claim(claims).rpartition("/")[0], str(claims["time"]), fields, signed_by)


def included(leaf: bytes, proof: bytes, vkey: str | Keyring, policy: Quorum | None = None) -> tuple[str, int, int]:
    """Origin, index and tree size under which a proof shows a leaf in the log of a key, or of a ring of keys.

    Of a ring, a key must count at that size. Raises `RecordFault`.
    """
    ring = vkey if isinstance(vkey, Keyring) else Keyring.of(NoteVerifier.from_vkey(vkey).name, vkey)
    found = TlogProof.parse(proof)
    if policy is not None:
        policy.verify(found.checkpoint, ring.verifiers)
    size = ring.open(found.checkpoint).size
    found.verify(leaf, ring.verifiers, ring.origin)
    return ring.origin, found.index, size


def same_original(presentations: Iterable[str]) -> bool:
    """Whether presentations are all of one entry: their payloads are the same bytes."""
    heads = {hashlib.sha256(SdJwt.parse(text).jwt.split(".")[1].encode()).digest() for text in presentations}
    return len(heads) == 1


def opened_names(disclosures: Iterable[str]) -> dict[str, str]:
    """Disclosures by the name of the field that each opens."""
    items = {text: _disclosure(text) for text in disclosures}
    return {field_name(str(item[1])): text for text, item in items.items() if item and len(item) == 3}
