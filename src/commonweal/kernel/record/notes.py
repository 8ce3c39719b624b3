"""Signed notes (c2sp.org/signed-note): a text, a blank line, and lines of signatures.

Three kinds of key are understood: Ed25519 (0x01), with which a log signs, and the timestamped cosignatures of
witnesses, Ed25519 (0x04) and ML-DSA-44 (0x06). Signatures by keys that are not known are ignored; a signature that
names a known key and fails refuses the whole note.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commonweal.kernel.values import BadInput, Fault, RecordFault, shown

from .cosignature import COSIGNATURE_V1, KEY_BYTES, SEED_BYTES, cosign, public_of, split_cosignature, verify_cosignature

ED25519 = 0x01
NOTE_BYTES_MAX = 1_000_000
SIGNATURES_MAX = 100
VKEY_CHARS_MAX = 4_096
_KEY_BYTES = {ED25519: 32, **KEY_BYTES}
_KEY_ID_BYTES = 4
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_VKEY_WANT = "a verifier key <name>+<8 hex digits>+<base64 of an Ed25519 or ML-DSA-44 key>"


def decode_base64(text: str) -> bytes | None:
    """Bytes of standard, padded base64 in its one canonical spelling; None for anything else."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode() == text else None


def encode_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648, section 4), as text."""
    return base64.b64encode(data).decode()


def is_key_name(name: str) -> bool:
    """Non-empty, without Unicode spaces, control characters or plus signs."""
    return bool(name) and not any(char.isspace() or char < " " or char == "+" for char in name)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes by which signature lines name a key."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, its four id bytes, and the signature itself."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {encode_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True)
class NoteVerifier:
    """A public key that is known. `kind` is 0x01 (a log's Ed25519), or 0x04 or 0x06 (a witness's cosignature)."""

    name: str
    public: bytes
    kind: int = ED25519

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.public) != _KEY_BYTES.get(self.kind):
            seen = f"name {shown(self.name)}, kind {self.kind:#04x}, {len(self.public)} key bytes"
            raise BadInput(Fault("vkey", seen, _VKEY_WANT), "verifier key")

    @classmethod
    def from_vkey(cls, vkey: str) -> NoteVerifier:
        """Read a verifier key. Raises `BadInput` for an unknown algorithm, a wrong length or an id that is not its."""
        name, _, rest = vkey.strip().partition("+")
        hex_id, _, encoded = rest.partition("+")
        key = decode_base64(encoded) if len(vkey) <= VKEY_CHARS_MAX else None
        if not key or not re.fullmatch(r"[0-9a-f]{8}", hex_id, re.ASCII):
            raise BadInput(Fault("vkey", shown(vkey), _VKEY_WANT), "verifier key")
        verifier = cls(name, key[1:], key[0])
        if verifier.key_id.hex() != hex_id:
            want = f"the key id {verifier.key_id.hex()}, which this name and key give"
            raise BadInput(Fault("vkey", hex_id, want), "verifier key")
        return verifier

    @cached_property
    def key_id(self) -> bytes:
        return key_id(self.name, self.kind, self.public)

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    @property
    def cosigns(self) -> bool:
        """Whether this is a witness's kind of key, whose signatures carry the time they were made."""
        return self.kind in KEY_BYTES

    def time_of(self, signature: bytes) -> int:
        """When a cosignature says it was made, in POSIX seconds; 0 for any other signature."""
        found = split_cosignature(self.kind, signature) if self.cosigns else None
        return found.time if found else 0

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` (without the key id) is this key's over the note's `text`."""
        if self.cosigns:
            return verify_cosignature(self.kind, self.name, self.public, text, signature)
        try:
            self._key.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    @cached_property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key that somebody else holds, such as a token: its public part, and a way to have bytes signed."""

    public: bytes
    sign: Callable[[bytes], bytes]


class NoteSigner:
    """A log's Ed25519 key under its name. `private` is the 32-byte seed of RFC 8032 (never shown again), or a key
    that is held elsewhere."""

    def __init__(self, name: str, private: bytes | SigningKey) -> None:
        if isinstance(private, bytes):
            if len(private) != SEED_BYTES:
                want = "the 32 bytes of an Ed25519 seed"
                raise BadInput(Fault("private key", f"{len(private)} bytes", want), "signer")
            key = Ed25519PrivateKey.from_private_bytes(private)
            private = SigningKey(key.public_key().public_bytes_raw(), key.sign)
        self._key = private
        self.name = name
        self.verifier = NoteVerifier(name, private.public)

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    @property
    def key_id(self) -> bytes:
        return self.verifier.key_id

    def signature(self, text: bytes) -> Signature:
        return Signature(self.name, self.key_id, self._key.sign(text))


class Cosigner:
    """A witness's key under its name: Ed25519 (0x04) or ML-DSA-44 (0x06). `seed` has 32 bytes and is not shown again.

    The Ed25519 message does not name the witness, so a seed serves one name and one purpose only.
    """

    def __init__(self, name: str, seed: bytes, kind: int = COSIGNATURE_V1) -> None:
        if len(seed) != SEED_BYTES or kind not in KEY_BYTES:
            seen = f"{len(seed)} bytes, kind {kind:#04x}"
            raise BadInput(Fault("seed", seen, "32 bytes, for the kind 0x04 or 0x06"), "cosigner")
        self._seed, self._kind = seed, kind
        self.name = name
        self.verifier = NoteVerifier(name, public_of(kind, seed), kind)

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    def signature(self, text: bytes, time: int) -> Signature:
        """The cosignature over a checkpoint's text at a POSIX time. Raises `ValueError` where that is no checkpoint."""
        return Signature(self.name, self.verifier.key_id, cosign(self._kind, self.name, self._seed, time, text))


@dataclass(frozen=True, slots=True)
class Note:
    """An opened note: its `text`, the keys that `signed` it and were known, and every signature line it carries."""

    text: str
    signed: tuple[NoteVerifier, ...]
    signatures: tuple[Signature, ...]


def sign_note(text: str, signers: NoteSigner | Sequence[NoteSigner]) -> bytes:
    """The signed note over `text`, which must end in a newline. Raises `BadInput`."""
    data = text.encode()
    if not text.endswith("\n") or _CONTROL.search(data):
        want = "text that ends in a newline and has no other control characters"
        raise BadInput(Fault("text", shown(text[-20:]), want), "note")
    signers = [signers] if isinstance(signers, NoteSigner) else signers
    return data + b"\n" + "".join(signer.signature(data).line for signer in signers).encode()


def open_note(data: bytes, verifiers: Iterable[NoteVerifier]) -> Note:
    """Verify a signed note with the keys known.

    Raises `RecordFault` when it is malformed or over a limit (1 MB, 100 signatures), when a signature of a known key
    fails, or when no known key signed it.
    """
    text, signatures = split_note(data)
    known = _by_name_and_id(verifiers)
    body = text.encode()
    signed: list[NoteVerifier] = []
    for signature in signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.verifies(body, signature.value):
            raise RecordFault("note", f"the signature of {verifier.vkey} does not verify")
        if verifier not in signed:
            signed.append(verifier)
    if not signed:
        names = ", ".join(sorted(shown(item.name) for item in signatures[:5]))
        raise RecordFault("note", f"no known key signed it; signatures name {names}")
    return Note(text, tuple(signed), tuple(signatures))


def split_note(data: bytes) -> tuple[str, list[Signature]]:
    """Text and signatures of a note, nothing verified. The text ends at the *last* blank line. Raises `RecordFault`."""
    if len(data) > NOTE_BYTES_MAX:
        raise RecordFault("note", f"has {len(data)} bytes; at most {NOTE_BYTES_MAX} are read")
    if _CONTROL.search(data):
        raise RecordFault("note", "holds a control character")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordFault("note", f"is not UTF-8 at byte {error.start}") from error
    text, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise RecordFault("note", "has no blank line followed by complete signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise RecordFault("note", f"has {len(lines)} signatures; at most {SIGNATURES_MAX} are read")
    return text + "\n", [signature_of(line) for line in lines]


def signature_of(line: str) -> Signature:
    """Read one signature line, without its newline. Raises `RecordFault`."""
    parts = line.split(" ")
    value = decode_base64(parts[2]) if len(parts) == 3 else None
    if value is None or parts[0] != "—" or not is_key_name(parts[1]) or len(value) <= _KEY_ID_BYTES:
        raise RecordFault("note", f"has a malformed signature line {shown(line)!r}")
    return Signature(parts[1], value[:_KEY_ID_BYTES], value[_KEY_ID_BYTES:])


def _by_name_and_id(verifiers: Iterable[NoteVerifier]) -> dict[tuple[str, bytes], NoteVerifier]:
    known: dict[tuple[str, bytes], NoteVerifier] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            want = "one key for each name and key id"
            raise BadInput(Fault("verifiers", verifier.vkey, want), "verifiers")
    return known
