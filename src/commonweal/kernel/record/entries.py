"""What is written and what is read back: acts go in, entries come out.

An `Act` is what somebody wants recorded. Sealed, it becomes a `Draft`; sequenced, a `Stored` entry with an index in
the log; opened again with its key, an `Entry` that the rooms above follow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Protocol

from commonweal.kernel.values import Conflict, Stale

from .keyring import Keyring, Turn


def unkeyed(text: str) -> str:
    """What stands for a text where there is no house, and so no secret of one: the SHA-256 of it in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


AUTHORITY = "party:authority"
# The authority records the destruction of a key under this and the key's id: once, and nothing is sealed to it after.
ERASURE = "erasure:"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file that was sealed before the entry that names it: where its ciphertext lies, and what opens it.

    `fresh` is one that no entry holds yet; the others an earlier entry brought in, and a later one names again.
    """

    address: str
    key: bytes = field(repr=False)
    media_type: str
    size: int
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be recorded. `key` makes it idempotent: the same author and key give the same receipt again.

    `blobs` are big things by name (an observation batch's columns); `causes` are indexes of the
    earlier entries this one follows from. `attached` are the files that its body names, by the SHA-256 of each: the
    door that checks an act looks them up. `onto` is the entry of the version of its subject that it was written from:
    where another is the newest by now, it is refused (`Superseded`); None overwrites whatever stands.
    """

    kind: str
    body: Mapping[str, Any]
    key: str
    subject: str | None = None
    causes: tuple[int, ...] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    attached: Mapping[str, SealedFile] = field(default_factory=dict)
    onto: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What an act was checked against: the entries before `size`.

    An entry of one of these `kinds` that was recorded since may have changed what the check saw; one of a kind that is
    `apart` changes nothing where it is the first about its subject.
    """

    size: int
    kinds: frozenset[str]
    apart: frozenset[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A sealed act, ready to be sequenced: public leaf bytes beside private ciphertext.

    `request` is the SHA-256 of the canonical act: the same `author` and `key` with another `request` is a conflict.
    `blobs` maps the SHA-256 of each ciphertext to the ciphertext. `own` refuses the draft where another author was the
    first to file this kind about this subject: then the subject is that author's.

    `sealed_to` is the id (hex) of the key it was sealed to: it is refused (`Stale`) where the destruction of that key
    stands in the record. `at` is the index it must get: it is refused (`Stale`) where the log has another size.
    `turn` is what it changes about the log itself, kept beside it in the same transaction. `attached` are the addresses
    of the files that it brings in: each must be kept, and be no other entry's. `seen` is what it was checked against:
    it is refused (`Overtaken`) where that has changed before the drafts that it comes with.
    """

    leaf: bytes
    payload: bytes
    kind: str
    subject: str | None
    author: str
    time: str
    key: str
    request: str
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    own: bool = False
    sealed_to: str = ""
    at: int | None = None
    turn: Turn | None = None
    attached: tuple[str, ...] = ()
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A sequenced entry as the store holds it (still sealed)."""

    index: int
    leaf: bytes
    payload: bytes
    kind: str
    subject: str | None
    author: str
    time: str
    key: str
    request: str


class Overtaken(Stale):
    """What a draft was checked against has changed: another act was recorded meanwhile. Check it again."""


class Outdated(Conflict):
    """A draft was dated before the entry that it would follow: another was sequenced meanwhile. Seal it anew."""

    def __init__(self, newest: str) -> None:
        super().__init__(f"an entry dated {newest} was recorded meanwhile; nothing was written")
        self.newest = newest


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a draft ended up: its index, and whether it was there already (`again`)."""

    index: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An opened entry. `body` holds JSON values as filed; `blob(name)` fetches and opens one of its blobs.

    `erased` marks one whose key was erased: it stands in its place with an empty body, and nothing follows from it.
    `retention` is its class, `sealed_to` the id (hex) of the key it was sealed to, `leaf` what stands in the log.
    `mark(text)` gives what tells in a table whether two people said the same, and to nobody who has the tables alone
    what it was: a digest under a secret of the house, for what can be guessed. `zone` is that of the clocks by which
    its day counts (`days`). What was asked for by another entry and takes effect by this one says which (`asked_by`).
    `filed_as` is the version of its kind as which it was filed, before it was brought up to `version`; None: the same.
    """

    index: int
    kind: str
    version: int
    time: datetime
    author: str
    subject: str | None
    body: Mapping[str, Any]
    key: str = ""
    causes: tuple[int, ...] = ()
    blob: Callable[[str], bytes] = field(default=lambda name: b"", compare=False, repr=False)
    erased: bool = False
    retention: str = ""
    sealed_to: str = ""
    leaf: bytes = field(default=b"", compare=False, repr=False)
    mark: Callable[[str], str] = field(default=unkeyed, compare=False, repr=False)
    zone: tzinfo = field(default=UTC, compare=False, repr=False)
    asked_by: int | None = None
    filed_as: int | None = None

    @property
    def filed_version(self) -> int:
        return self.version if self.filed_as is None else self.filed_as

    @property
    def day(self) -> date:
        """The day on which it was recorded, where the authority was then."""
        return self.time.astimezone(self.zone).date()

    @property
    def says(self) -> int:
        """The entry in which its words stand: the one that asked for it, else itself."""
        return self.index if self.asked_by is None else self.asked_by


class RecordStore(Protocol):
    """The durable, ordered log. Implemented by an engine; `append` is one transaction for all that it is given."""

    def append(self, drafts: Sequence[Draft]) -> list[Placed]:
        """Write drafts, their tiles and a signed checkpoint durably, all or none.

        Callers in other threads share one commit. Raises `Outdated` (dated before the newest entry: seal it anew),
        `Conflict` (same author and key, other request), `Forbidden`
        (an `own` draft about another author's subject), `Stale` and `Overtaken` (see `Draft`) and `Busy`.
        """

    def placed(self, author: str, key: str) -> tuple[Placed, str] | None:
        """Where an earlier act with this author and key stands, and its `request` digest."""

    def placed_all(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[Placed, str]]:
        """`placed` for many pairs of author and key at once; pairs that stand nowhere are left out."""

    def newest(self, kind: str = "", subject: str | None = None) -> Stored | None:
        """The newest entry of all, of a kind, about a subject, or of a kind about a subject."""

    def newest_of(self, kinds: Collection[str], start: int) -> dict[str, int]:
        """Of each of these kinds the newest entry from an index on, where there is one."""

    def around(self, author: str) -> list[tuple[int, str | None, str]]:
        """Index, subject and author of each entry by an author, or about what that author filed anything about."""

    def about(self, subject: str) -> list[int]:
        """The entries about a subject, in order."""

    def size(self) -> int: ...

    def entry(self, index: int) -> Stored: ...

    def entries(self, start: int, stop: int) -> list[Stored]: ...

    def blob(self, ciphertext_sha256: str) -> bytes:
        """A ciphertext by its SHA-256, a file's among them. Raises `NotFound`."""

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint (a C2SP signed note)."""

    def tile(self, level: int, n: int, width: int) -> bytes:
        """A tile of `width` hashes; `level` −1 is the entry bundle. Raises `NotFound`."""


class FileDraft(Protocol):
    """A ciphertext that is being written: gone without a trace unless it is kept."""

    def write(self, piece: bytes) -> None:
        """More of it. Raises `Busy` where it cannot be written."""

    def keep(self, address: str, at: datetime) -> None:
        """Keep it under the SHA-256 of the whole, durably, as come at that moment. Raises `Busy`."""


class SealedFiles(Protocol):
    """Ciphertexts too large for a row, each under its SHA-256: whole or not at all, and never changed."""

    def draft(self) -> AbstractContextManager[FileDraft]:
        """Begin one."""

    def pieces(self, address: str) -> Iterator[bytes]:
        """One in pieces of bounded size. Raises `NotFound`."""

    def size(self, address: str) -> int:
        """How many bytes one has. Raises `NotFound`."""

    def holds(self, address: str) -> bool: ...


class KeptRecord(RecordStore, Protocol):
    """A record with everything that is kept beside its leaves and payloads, as an engine opens it."""

    @property
    def files(self) -> SealedFiles:
        """Where the files that entries name lie."""

    def attached(self, address: str) -> bool:
        """Whether an entry brought this file in."""

    def sweep(self, before: datetime, sparing: Collection[str] = ()) -> int:
        """Remove the files that came before a moment and that no entry brought in, but for those spared by address;
        gives how many there were."""

    def signed(self) -> tuple[bytes, int]:
        """The newest signed checkpoint and the size it is of."""

    def signed_trees(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Size, root as kept, and note of every checkpoint, oldest first."""

    def tiles(self) -> Iterator[tuple[int, int]]:
        """Level and number of every hash tile that is kept."""

    def root(self) -> bytes:
        """The root hash in the newest checkpoint."""

    def keyring(self, founded: str = "") -> Keyring:
        """The log's keys and whether it is closed, as committed by anyone.

        `founded` is the key of a record from before it was kept. Raises `RecordFault` where there is none.
        """

    def turns(self) -> list[tuple[int, Turn]]:
        """What entries changed about the log itself, with their indexes."""

    def first_covering(self, index: int) -> tuple[bytes, int]:
        """The first checkpoint whose tree holds an entry, and its size. Raises `NotFound`."""

    def counts(self) -> dict[str, int]:
        """How many entries of each kind there are."""

    def wait_for(self, size: int, timeout_s: float = 10.0) -> bool:
        """Wait until the record holds at least `size` entries, written by anyone. False if it did not in time."""

    def close(self) -> None: ...
