"""From an act to a draft and back: `seal` and `unseal`.

The draft's leaf says in public that something of this kind was recorded at about this time and commits to every
field; the payload holds the rest, readable with the holder's key.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import msgspec

from commonweal.kernel.record.entries import Act, Draft, Entry, SealedFile, Stored
from commonweal.kernel.record.heads import IN_CONFIDENCE, TOLD, head_bytes, head_of, untold
from commonweal.kernel.values import BadInput, NotFound, RecordFault, canonical, coarsened, digest, stamp

from .commitments import (
    SALT_BYTES,
    b64,
    commit,
    digests,
    kind_claim,
    leaf_bytes,
    read_leaf,
    verify_disclosures,
    width,
)
from .envelope import EntryKey, Wrap, payload_of, sealed_to, unwrap, wrap_here
from .keys import KEY_ID_BYTES, Erased, KeyStore, Lost, id_of, key_id
from .kinds import Kind, Marking

BlobReader = Callable[[str], bytes]
KEYED = "k1:"
UNTOLD_CLASS, UNTOLD_STEP = "in_confidence", 16
_RANK = {mark: rank for rank, mark in enumerate(Marking)}
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder().decode


def holder_of(subject: str | None, author: str) -> str:
    """Whose key seals an entry: its subject's, or its author's where it has no subject."""
    return subject or author


def key_of(kind: Kind, act: Act, author: str) -> tuple[str, str]:
    """The name of the key that sealing an act uses, so that those of a batch can be made in one go."""
    return holder_of(act.subject, author), kind.retention


def author_claim(author: str, salt: str) -> str:
    """What a leaf says of its author: a digest that differs from entry to entry, and is checked with the sealed salt.

    Were it the same for all entries of a party, one of them that names the party would tell who filed all others.
    """
    return b64(hashlib.sha256(f"{salt}{author}".encode()).digest()[:KEY_ID_BYTES])


def request_digest(act: Act) -> str:
    """The digest that tells a repeated act from another one under the same key (RFC 8785 form, blobs by digest)."""
    blobs = {name: digest(data) for name, data in act.blobs.items()}
    return digest(canonical([act.kind, act.subject, dict(act.body), list(act.causes), blobs]))


class Marks:
    """What stands for a text in a table, so that equal ones can be found: digests under a secret kept with the keys.

    Of a bank account or a day of birth there are few enough to try them all.
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = functools.cache(secret)

    def of(self, text: str) -> str:
        return hmac.digest(self._secret(), text.encode(), "sha256").hex()


class Requests:
    """Tells a repeated act from another one, by digests under a secret that is kept with the keys.

    They stand in the clear beside what is sealed, and outlast an erasure: without the secret nobody can try out what
    was filed. In entries of earlier records, which are compared as they were made, they have none.
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = functools.cache(secret)

    def of(self, act: Act) -> str:
        """The digest of a new act."""
        return KEYED + hmac.digest(self._secret(), request_digest(act).encode(), "sha256").hex()

    def same(self, said: str, act: Act) -> bool:
        """Whether an entry that says so is this very act."""
        return said == (self.of(act) if said.startswith(KEYED) else request_digest(act))


@dataclass(frozen=True, slots=True)
class Sealing:
    """An act to be sealed, whose body was checked by `validate`: see `Draft` for what `own` refuses.

    `in_confidence`: its leaf says that something was done in confidence, and not what, about whom or after what
    (`Untold.closes`); kind and class stand in the payload. `tells_causes`: its leaf says what it follows from, which is
    sealed otherwise.
    """

    kind: Kind
    act: Act
    author: str
    own: bool = False
    request: str | None = None
    in_confidence: bool = False
    tells_causes: bool = False


def seal(
    kind: Kind, act: Act, *, author: str, time: datetime, issuer: str, keys: KeyStore, request: str | None = None
) -> Draft:
    """Seal an act, whose body was checked by `validate`, into a public leaf and a private payload.

    `issuer` is the log's origin; `time` is kept to the second; `request` is `request_digest(act)`, for a caller that
    has worked it out already. For many acts use `seal_all`. Raises `TooLarge` when the leaf would not fit.
    """
    one = Sealing(kind, act, author, request=request, tells_causes=kind.tells_causes())
    return seal_all([one], time=time, issuer=issuer, keys=keys)[0]


def seal_all(
    acts: Sequence[Sealing], *, time: datetime, issuer: str, keys: KeyStore, wrap: Wrap = wrap_here
) -> list[Draft]:
    """Seal acts of one moment, as `seal` does each. `wrap` wraps their keys meanwhile, elsewhere if it can.

    Every entry has a key and an encapsulation of its own, so each stays openable alone and dies with its holder's key.
    """
    fresh = [EntryKey() for _ in acts]
    holders = [keys.public_key(holder_of(one.act.subject, one.author), one.kind.retention) for one in acts]
    pairs = [(key.raw, holder.public_bytes_raw()) for key, holder in zip(fresh, holders, strict=True)]
    heads = wrap(pairs)
    try:
        begun = [
            _Begun(one, key, time=time, issuer=issuer, holder=holder)
            for one, key, (_, holder) in zip(acts, fresh, pairs, strict=True)
        ]
    finally:
        wrapped_keys = heads()  # whoever wraps is asked for the result, also where one could not be sealed
    return [one.draft(wrapped_key) for one, wrapped_key in zip(begun, wrapped_keys, strict=True)]


class _Begun:
    """An act sealed but for the wrapping of its key; `holder` is the raw public key that its key is wrapped to."""

    __slots__ = ("_blobs", "_claims", "_holder", "_one", "_private", "_sealed", "_stamp", "_start")

    def __init__(
        self,
        one: Sealing,
        key: EntryKey,
        *,
        time: datetime,
        issuer: str,
        holder: bytes,
    ) -> None:
        kind, act = one.kind, one.act
        self._one, self._stamp, self._holder = one, stamp(time), holder
        blobs = key.seal_blobs(act.blobs)
        addresses = {name: digest(data) for name, data in blobs.items()}
        fresh = [file.address for file in act.attached.values() if file.fresh]
        disclosures = commit(act.body)
        salt = b64(os.urandom(SALT_BYTES))
        self._private: dict[str, Any] = {
            "author": one.author,
            "author_salt": salt,
            "blobs": addresses,
            "disclosures": disclosures,
            "key": act.key,
            "request": one.request or request_digest(act),
            "subject": act.subject,
            "time": self._stamp,
        }
        tells_causes = one.tells_causes and not one.in_confidence
        if not tells_causes:
            self._private["causes"] = list(act.causes)
        if act.attached:
            self._private["attached"] = {
                name: [file.address, b64(file.key), file.media_type, file.size] for name, file in act.attached.items()
            }
        self._claims: dict[str, Any] = {
            "_sd": digests(disclosures, UNTOLD_STEP if one.in_confidence else width(len(kind.schema.model_fields))),
            "_sd_alg": "sha-256",
            "author": author_claim(one.author, salt),
            "blobs": sorted([*addresses.values(), *fresh]),
            "iss": issuer,
            "kind": f"{kind.id}/{kind.version}",
            "marking": highest_marking(kind, act.body),
            "refs": list(act.causes) if tells_causes else [],
            "retention": kind.retention,
            "time": coarsened(time, kind.time_class),
        }
        self._start = TOLD
        if one.in_confidence:
            self._start = head_bytes(self._claims["kind"], kind.retention)
            self._claims |= _untold(time)
        elif kind.carries:
            self._claims |= {"entry_kind": self._claims["kind"], **kind.carries(act.body)}
        self._sealed = key.seal(_encode(self._private), _bound_to(self._claims))
        self._blobs = {addresses[name]: data for name, data in blobs.items()}

    def draft(self, wrapped_key: bytes) -> Draft:
        """The whole, with the entry key wrapped to its holder."""
        one = self._one
        payload = payload_of(id_of(self._holder), wrapped_key, self._sealed, self._start)
        return Draft(
            leaf=leaf_bytes({**self._claims, "payload_sha256": digest(payload)}),
            payload=payload,
            kind=one.kind.id,
            subject=one.act.subject,
            author=one.author,
            time=self._stamp,
            key=one.act.key,
            request=self._private["request"],
            blobs=self._blobs,
            own=one.own,
            sealed_to=id_of(self._holder).hex(),
            attached=tuple(file.address for file in one.act.attached.values() if file.fresh),
        )


def _untold(time: datetime) -> dict[str, Any]:
    """What every leaf says alike of what is done in confidence."""
    return {
        "kind": f"{IN_CONFIDENCE}/1",
        "marking": Marking.AMBER_STRICT,
        "refs": [],
        "retention": UNTOLD_CLASS,
        "time": coarsened(time, "day"),
    }


def unseal(stored: Stored, keys: KeyStore, blob_reader: BlobReader, kinds: Mapping[str, Kind]) -> Entry:
    """Open a stored entry, its body brought up to the newest version of its kind.

    An entry of a kind that is no longer known is opened as it was filed. Raises `Erased` when its key is gone and
    `RecordFault` when leaf, payload and columns do not agree.
    """
    opened = open_entry(stored, keys)
    name, filed_as = opened.kind_version
    body, version = _upcast(kinds.get(name), filed_as, opened.fields, stored.index)
    return Entry(
        index=stored.index,
        kind=name,
        version=version,
        time=opened.time,
        author=opened.private["author"],
        subject=opened.private["subject"],
        body=body,
        key=opened.private["key"],
        causes=tuple(opened.private.get("causes", opened.leaf["refs"])),
        blob=lambda blob: _open_blob(opened, blob, blob_reader),
        retention=opened.retention,
        sealed_to=sealed_key(stored),
        leaf=stored.leaf,
        filed_as=filed_as,
    )


def tombstone(stored: Stored, kinds: Mapping[str, Kind]) -> Entry:
    """What is left of an entry whose key was erased: its place, kind, subject, author and time, with an empty body.

    What it followed from is known where its leaf says so (`Kind.tells_causes`). Its blobs raise `Erased`. Raises
    `RecordFault` when leaf, payload and columns do not agree.
    """
    leaf = check_leaf(stored)
    (name, version), retention = said_of(stored, leaf)
    kind = kinds.get(name)
    return Entry(
        index=stored.index,
        kind=name,
        version=kind.version if kind else version,
        time=datetime.fromisoformat(stored.time),
        author=stored.author,
        subject=stored.subject,
        body={},
        key=stored.key,
        causes=tuple(leaf["refs"]),
        blob=lambda blob: _erased_blob(stored.index),
        erased=True,
        retention=retention,
        sealed_to=sealed_key(stored),
        leaf=stored.leaf,
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """A stored entry with everything in it checked against its leaf: `fields` as filed, with their `disclosures`."""

    index: int
    leaf: Mapping[str, Any]
    private: Mapping[str, Any]
    fields: dict[str, Any]
    time: datetime
    key: EntryKey
    kind_version: tuple[str, int]
    retention: str


def open_entry(stored: Stored, keys: KeyStore, names: Collection[str] | None = None) -> Opened:
    """Decrypt a stored entry and check it: payload hash, every digest, and the columns it is filed under.

    With `names`, only those fields are checked and given.
    """
    leaf = check_leaf(stored)
    where = f"entry {stored.index} payload"
    sealed_by = sealed_to(stored.payload, where)
    kind, retention = said_of(stored, leaf)
    holder = keys.private_key(holder_of(stored.subject, stored.author), retention)
    if holder is None or key_id(holder.public_key()) != sealed_by:
        if keys.erased(sealed_by):
            raise Erased(stored.index)
        if stored.index < keys.lost_before():
            raise Lost(stored.index)
        raise RecordFault(where, "is sealed to a key that is neither held nor was erased")
    key = unwrap(stored.payload, holder, where)
    private = _decode(key.open(stored.payload, _bound_to(leaf), where))
    for column in ("author", "key", "request", "subject", "time"):
        if private[column] != getattr(stored, column):
            raise RecordFault(f"entry {stored.index} column {column}", "differs from the sealed payload")
    salt = private.get("author_salt")  # leaves of before 2026-11-28 have the author's key id in its place
    if salt is not None and author_claim(stored.author, salt) != leaf["author"]:
        raise RecordFault(f"entry {stored.index} leaf", "does not commit to its author")
    try:
        fields = verify_disclosures(leaf, private["disclosures"], names)
    except BadInput as error:
        raise RecordFault(f"entry {stored.index} leaf", f"does not commit to its payload: {error}") from error
    time = datetime.fromisoformat(private["time"])
    return Opened(stored.index, leaf, private, fields, time, key, kind, retention)


def attached_files(opened: Opened) -> dict[str, SealedFile]:
    """The files that an opened entry holds, by the SHA-256 of what they are in the open."""
    found = opened.private.get("attached", {})
    return {
        name: SealedFile(address, urlsafe_b64decode(key + "="), media_type, size, fresh=False)
        for name, (address, key, media_type, size) in found.items()
    }


def sealed_key(stored: Stored) -> str:
    """The id (hex) of the key that a stored entry is sealed to: with that key, it falls."""
    return sealed_to(stored.payload, f"entry {stored.index} payload").hex()


def check_leaf(stored: Stored) -> dict[str, Any]:
    """What can be checked without a key: the leaf reads, and its digest is that of the payload. Gives the claims."""
    leaf = read_leaf(stored.leaf, f"entry {stored.index} leaf")
    if leaf["payload_sha256"] != digest(stored.payload):
        raise RecordFault(f"entry {stored.index} payload", "its SHA-256 is not the one in the leaf")
    if untold(stored.payload) != (kind_claim(leaf).rpartition("/")[0] == IN_CONFIDENCE):
        raise RecordFault(f"entry {stored.index} payload", "is not of the form that its leaf asks for")
    if said_of(stored, leaf)[0][0] != stored.kind:
        raise RecordFault(f"entry {stored.index} column kind", "differs from the leaf")
    return leaf


def public_kind(stored: Stored) -> str:
    """Of which kind everybody may know an entry to be: what its leaf says."""
    return IN_CONFIDENCE if untold(stored.payload) else stored.kind


def said_of(stored: Stored, leaf: Mapping[str, Any]) -> tuple[tuple[str, int], str]:
    """Kind with its version, and retention class: from the leaf, or from the payload where the leaf does not tell."""
    if (head := head_of(stored.payload, f"entry {stored.index} payload")) is not None:
        return _named(head.kind, f"entry {stored.index} payload"), head.retention
    return kind_version(leaf, f"entry {stored.index} leaf"), str(leaf["retention"])


def kind_version(leaf: Mapping[str, Any], where: str = "leaf") -> tuple[str, int]:
    """`("model_registration.model", 1)` from a leaf."""
    return _named(kind_claim(leaf), where)


def _named(said: str, where: str) -> tuple[str, int]:
    name, _, version = said.rpartition("/")
    if not name or not version.isdigit():
        raise RecordFault(where, f"its kind {said!r} is not of the form name/version")
    return name, int(version)


def highest_marking(kind: Kind, body: Mapping[str, Any]) -> Marking:
    """The most restrictive marking among the fields that are present (CLEAR when there are none)."""
    marked = kind.markings().get
    marks = {marked(name, Marking.AMBER) for name, value in body.items() if value is not None}
    return max(marks, key=_RANK.__getitem__, default=Marking.CLEAR)


def _bound_to(leaf: Mapping[str, Any]) -> bytes:
    """What a payload is bound to: everything in its leaf but its own digest."""
    return b"commonweal payload v1\n" + _encode({name: leaf[name] for name in leaf if name != "payload_sha256"})


def _upcast(kind: Kind | None, version: int, body: dict[str, Any], index: int) -> tuple[dict[str, Any], int]:
    while kind is not None and version < kind.version:
        step = kind.upcasters.get(version)
        if step is None:
            raise RecordFault(f"entry {index}", f"{kind.id} has no upcaster from version {version}")
        body, version = step(body), version + 1
    return body, version


def _erased_blob(index: int) -> NoReturn:
    raise Erased(index)


def _open_blob(opened: Opened, name: str, blob_reader: BlobReader) -> bytes:
    address = opened.private["blobs"].get(name)
    if address is None:
        raise NotFound(f"blob in entry {opened.index}", name)
    ciphertext = blob_reader(address)
    where = f"entry {opened.index} blob {name}"
    if digest(ciphertext) != address:
        raise RecordFault(where, "its SHA-256 is not the one in the leaf")
    return opened.key.open_blob(name, ciphertext, where)
