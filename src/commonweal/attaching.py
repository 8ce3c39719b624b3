"""Attachments from upload to download: received and sealed, named by an entry, opened for whoever may read the field.

An upload is sealed as it comes, under a key of its own that lies with the keys. The entry that names it takes that key
into its payload, which is sealed to its holder's key: from then on the file lives and dies with the entry. What no
entry names within a day is swept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote

from commonweal.acceptance import Caller
from commonweal.kernel.disclosure import Attachment, Erased, KeyStore, Kind, Presentation, open_entry
from commonweal.kernel.disclosure.attachments import (
    BOUNDS,
    Bounds,
    attached_fields,
    attachments_in,
    check_bounds,
    file_name,
    is_of_a_device,
)
from commonweal.kernel.disclosure.custody import Sealed
from commonweal.kernel.disclosure.media import Inspection, Media, media_of
from commonweal.kernel.disclosure.sealing import attached_files
from commonweal.kernel.disclosure.segments import Segments, opened_segments
from commonweal.kernel.record import Act, KeptRecord, SealedFile
from commonweal.kernel.record.entries import FileDraft
from commonweal.kernel.values import BadInput, Busy, Conflict, Fault, FaultCollector, NotFound, RecordFault, TooLarge
from commonweal.kernel.values import stamp as stamped
from commonweal.networks import NOBODY, Lying, Room, Sender

WAITING = "upload:"
HELD = "held:"
SEALED = b"\x01"
ABOUT = "attachment"
SWEPT_EVERY = timedelta(hours=1)
JUST_CAME = timedelta(minutes=1)
# Sent again within this time, a file is the one that waits; later it is kept anew, so that it waits a day.
SENT_AGAIN = timedelta(hours=12)


class Secrets(Protocol):
    """Small secrets kept with the keys: what opens an upload until an entry holds that."""

    def seed(self, name: str) -> bytes: ...

    def secret(self, name: str) -> bytes | None: ...

    def put_secret(self, name: str, value: bytes) -> None: ...

    def secrets(self, prefix: str) -> dict[str, bytes]: ...

    def drop_secrets(self, names: Iterable[str]) -> None: ...


class KeysAndSecrets(KeyStore, Secrets, Protocol):
    """The keys, and what is kept with them."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An upload that no entry names yet: what it is, whose, where it lies, when it came."""

    attachment: Attachment
    party: str
    file: SealedFile
    came: datetime
    bounds: Bounds = BOUNDS

    @property
    def until(self) -> datetime:
        """The moment from which on no entry can name it any more."""
        return self.came + timedelta(seconds=self.bounds.waiting_s)

    def dumps(self) -> bytes:
        """The upload as it is kept with the keys."""
        file = {"address": self.file.address, "key": b64encode(self.file.key).decode()}
        return json.dumps(
            {**self.attachment.model_dump(), **file, "party": self.party, "came": stamped(self.came)}
        ).encode()

    @classmethod
    def loads(cls, data: bytes, bounds: Bounds) -> Waiting:
        """The upload again."""
        found: dict[str, Any] = json.loads(data)
        attachment = Attachment(**{name: found[name] for name in Attachment.model_fields})
        file = SealedFile(found["address"], b64decode(found["key"]), attachment.media_type, attachment.size)
        return cls(attachment, found["party"], file, datetime.fromisoformat(found["came"]), bounds)


@dataclass(frozen=True, slots=True)
class Held:
    """A file that lies with a draft: what it is, where it lies, and the key that opens it, which stands there alone."""

    attachment: Attachment
    file: SealedFile

    def packed(self) -> dict[str, Any]:
        """The file as a draft keeps it."""
        key = b64encode(self.file.key).decode()
        return {**self.attachment.model_dump(), "address": self.file.address, "key": key}

    @classmethod
    def unpacked(cls, found: Mapping[str, Any]) -> Held:
        """The file again."""
        attachment = Attachment(**{name: found[name] for name in Attachment.model_fields})
        file = SealedFile(found["address"], b64decode(found["key"]), attachment.media_type, attachment.size)
        return cls(attachment, file)


class Receiving:
    """An upload under way: each piece is looked at, sealed and written, and never held."""

    def __init__(self, name: str, media: Media, draft: FileDraft, bounds: Bounds) -> None:
        self.name, self.media, self.bounds = name, media, bounds
        self._draft, self._segments, self._inspection = draft, Segments(), Inspection(media)
        self._plain, self._plain512, self._sealed = hashlib.sha256(), hashlib.sha512(), hashlib.sha256()

    def write(self, piece: bytes) -> None:
        """The next bytes. Raises `TooLarge` at the first byte over the bound, and `Busy`."""
        if self._inspection.size + len(piece) > self.bounds.bytes_max:
            seen = f"more than {self.bounds.bytes_max} bytes"
            raise TooLarge(Fault("(bytes)", seen, f"at most {self.bounds.bytes_max} bytes", "too_large"), ABOUT)
        self._inspection.feed(piece)
        self._plain.update(piece)
        self._plain512.update(piece)
        self._put(self._segments.feed(piece))

    def digests(self) -> Mapping[str, bytes]:
        """The digests of all that came, by their names in HTTP (RFC 9530)."""
        return {"sha-256": self._plain.digest(), "sha-512": self._plain512.digest()}

    def whole(self) -> Attachment:
        """What came, all of it. Raises `BadInput` with every way in which the bytes are not what the name says."""
        faults = FaultCollector(ABOUT)
        self._inspection.finish(faults)
        faults.done()
        media_type, size = self.media.media_type, self._inspection.size
        return Attachment(sha256=self._plain.hexdigest(), name=self.name, media_type=media_type, size=size)

    def keep(self, at: datetime) -> SealedFile:
        """Keep it, durably."""
        self._put(self._segments.finish())
        address = self._sealed.hexdigest()
        self._draft.keep(address, at)
        return SealedFile(address, self._segments.key, self.media.media_type, self._inspection.size)

    def _put(self, sealed: bytes) -> None:
        self._sealed.update(sealed)
        self._draft.write(sealed)


Kept = TypeVar("Kept")


class Upload(Generic[Kept]):
    """What `Attachments.receiving` and `holding` give: write pieces, then `finish` once."""

    def __init__(self, receiving: Receiving, keep: Callable[[Receiving], Kept]) -> None:
        self._receiving, self._keep = receiving, keep
        self.write, self.digests = receiving.write, receiving.digests

    def finish(self) -> Kept:
        """Keep what came, durably. Raises `BadInput` and `Busy`."""
        return self._keep(self._receiving)


class Attachments:
    """The attachments of one authority."""

    def __init__(
        self, store: KeptRecord, keys: KeysAndSecrets, now: Callable[[], datetime], bounds: Bounds = BOUNDS
    ) -> None:
        self._store, self._keys, self._now, self.bounds = store, keys, now, bounds
        self._lock = threading.Lock()
        self._swept: datetime | None = None
        self._senders: dict[str, Sender] = {}
        self._offered: list[tuple[str, Held]] = []

    # ── coming in ───────────────────────────────────────────────────────────────────────────────────────────────

    def attach(self, pieces: Iterable[bytes], name: str, party: str) -> Waiting:
        """Receive a file from somebody, for an entry of theirs to name within a day.

        Raises `BadInput` naming every fault, `TooLarge`, `Conflict` (too many wait) and `Busy`; nothing is kept then.
        """
        with self.receiving(name, party) as upload:
            for piece in pieces:
                upload.write(piece)
            return upload.finish()

    @contextmanager
    def receiving(self, name: str, party: str, bytes_max: int = BOUNDS.bytes_max) -> Iterator[Upload[Waiting]]:
        """An upload whose pieces come one by one. Raises as `attach` does; what is not finished leaves nothing."""
        name, media = _named(name)
        with self._lock:
            self._check_room(party, 1)
        with self._store.files.draft() as draft:
            yield Upload(Receiving(name, media, draft, self._within(bytes_max)), lambda came: self.kept(came, party))

    @contextmanager
    def holding(self, name: str, until: datetime, bytes_max: int, sender: Sender = NOBODY) -> Iterator[Upload[Held]]:
        """A file of a sender for a draft, kept until then; only what `finish` gives opens it. Raises as `receiving`."""
        name, media = _named(name)
        with self._lock:
            self._make_room(1, sender)

        def keep(came: Receiving) -> Held:
            attachment = came.whole()
            with self._lock:
                self._make_room(attachment.size, sender)
                held, now = Held(attachment, came.keep(self._now())), self._now()
                self._senders[held.file.address] = sender
                self._hold(held, until, now)
            return held

        with self._store.files.draft() as draft:
            yield Upload(Receiving(name, media, draft, self._within(bytes_max)), keep)

    def _within(self, bytes_max: int) -> Bounds:
        return replace(self.bounds, bytes_max=min(bytes_max, self.bounds.bytes_max))

    def hold(self, files: Iterable[Held], until: datetime) -> None:
        """Keep the files of a draft that is kept for longer; one that made room for another's stays gone."""
        for held in files:
            if (told := self._keys.secret(HELD + held.file.address)) is not None:
                self._hold(held, until, _came(json.loads(told)))

    def release(self, files: Iterable[Held]) -> None:
        """Files that no draft names any more: the next sweep removes those that no entry took in."""
        self._keys.drop_secrets([HELD + held.file.address for held in files])

    @contextmanager
    def offered(self, files: Sequence[Held], party: str) -> Iterator[None]:
        """While this lasts, an act of this party in this process may name files of its draft."""
        mine = [(self._name(party, held.attachment.sha256), held) for held in files]
        with self._lock:
            self._offered = [*self._offered, *mine]
        try:
            yield
        finally:
            with self._lock:
                self._offered = [one for one in self._offered if all(one is not other for other in mine)]

    def _hold(self, held: Held, until: datetime, came: datetime) -> None:
        told = {"until": stamped(until), "size": held.attachment.size, "came": stamped(came)}
        self._keys.put_secret(HELD + held.file.address, json.dumps(told).encode())

    def _held(self) -> dict[str, Lying]:
        """The files of drafts by address; those of drafts that ran out are not among them."""
        now = self._now()
        told = {name.removeprefix(HELD): json.loads(data) for name, data in self._keys.secrets(HELD).items()}
        return {
            address: Lying(address, self._senders.get(address, NOBODY), one["size"], _came(one))
            for address, one in told.items()
            if datetime.fromisoformat(one["until"]) > now
        }

    def _make_room(self, size: int, sender: Sender) -> None:
        """Make room for a file of a sender among those of drafts. Raises `Busy` where there is none for it."""
        there, now = self._held(), self._now()
        self._senders = {address: one for address, one in self._senders.items() if address in there}
        room = Room(self.bounds.held_max, self.bounds.held_bytes_max, timedelta(seconds=self.bounds.held_lapses_s))
        gone = room.makes_room(list(there.values()), sender, size, now, spare=self.bounds.held_max // 50)
        if gone is None:
            raise Busy("as many files lie with drafts as there is room for; nothing was kept")
        if gone:
            self._keys.drop_secrets([HELD + address for address in gone])
            # What an upload of this moment just wrote may not be known to lie there yet.
            waiting = {item.file.address for item in self._uploads(self._keys.secrets(WAITING)).values()}
            self._store.sweep(now - JUST_CAME, {*there.keys() - set(gone), *waiting})

    def kept(self, receiving: Receiving, party: str) -> Waiting:
        """Keep what was received, where there is room for it. What the same party sent already is not kept twice."""
        now, attachment = self._now(), receiving.whole()
        name = self._name(party, attachment.sha256)
        with self._lock:
            before = self._standing(name)
            if before and now - before.came < SENT_AGAIN:
                waiting = replace(before, attachment=attachment)
            else:
                self._check_room(party, attachment.size)
                waiting = Waiting(attachment, party, receiving.keep(now), now, self.bounds)
            self._keys.put_secret(name, SEALED + self._sealing.wrap(name, waiting.dumps()))
        return waiting

    def waiting(self) -> list[Waiting]:
        """Every upload that no entry names yet and that one still can."""
        now = self._now()
        found = self._uploads(self._keys.secrets(WAITING)).values()
        return [item for item in found if item.until > now]

    def _check_room(self, party: str, more: int) -> None:
        """Raise `Conflict` where one party has too much waiting, `Busy` where all have together."""
        there, bounds = self.waiting(), self.bounds
        own = [item.attachment.size for item in there if item.party == party]
        if len(own) >= bounds.waiting_of_one_max or sum(own) + more > bounds.waiting_bytes_of_one_max:
            raise Conflict(
                f"{len(own)} uploads of {party} ({sum(own)} bytes) wait for an entry that names them; at most "
                f"{bounds.waiting_of_one_max} and {bounds.waiting_bytes_of_one_max} bytes may. File that entry first, "
                "or come back tomorrow"
            )
        total = sum(item.attachment.size for item in there)
        if len(there) >= bounds.waiting_max or total + more > bounds.waiting_bytes_max:
            raise Busy("too many uploads wait for entries that name them; nothing was kept")

    @property
    def _sealing(self) -> Sealed:
        """Uploads lie encrypted beside the keys: no row there, nor what is left of one, tells what a file is called."""
        return Sealed(self._keys.seed("uploads"))

    def _uploads(self, there: Mapping[str, bytes]) -> dict[str, Waiting]:
        """Uploads as they are kept with the keys, opened; those that an earlier release kept lie there as they are."""
        return {
            name: Waiting.loads(
                self._sealing.unwrap(name, data.removeprefix(SEALED)) if data.startswith(SEALED) else data, self.bounds
            )
            for name, data in there.items()
        }

    def _name(self, party: str, sha256: str) -> str:
        """Under what an upload is kept: it tells neither whose it is nor what."""
        told = json.dumps([party, sha256]).encode()
        return WAITING + hmac.digest(self._keys.seed("upload-names"), told, "sha256").hex()

    # ── named by an entry ───────────────────────────────────────────────────────────────────────────────────────

    def named(
        self, kind: Kind, act: Act, caller: Caller, faults: FaultCollector, goes_on: Callable[[], bool]
    ) -> dict[str, SealedFile]:
        """The files that a checked body names, by digest: uploads of the caller, or those of the version before.

        `goes_on` says whether that is the caller's to go on from. Adds a fault for each that is not there, and for each
        that is not as the body says.
        """
        if not any(act.body.get(name) for name in attached_fields(kind.schema)):
            return {}
        check_bounds(kind.schema, act.body, faults)
        before = self._before(act) if goes_on() else {}
        found: dict[str, SealedFile] = {}
        for _, where, item in attachments_in(kind.schema, act.body):
            file = self._uploaded(caller.party, item["sha256"]) or before.get(item["sha256"])
            if file is None:
                want = (
                    f"the SHA-256 of what {caller.party} uploaded within a day, or of what the version before holds; "
                    "upload it first"
                )
                faults.add(f"{where}.sha256", item["sha256"], want, "no_attachment")
                continue
            if file.size != item["size"]:
                faults.add(f"{where}.size", item["size"], f"{file.size}, as was uploaded", "attachment_size")
            if file.media_type != item["media_type"]:
                faults.add(
                    f"{where}.media_type", item["media_type"], f"{file.media_type}, as was uploaded", "attachment_type"
                )
            found[item["sha256"]] = file
        return found

    def sent(self, party: str, sha256: str) -> bytes:
        """What a party uploaded and no entry names yet, whole. Raises `NotFound`; `RecordFault` where it changed."""
        file = self._uploaded(party, sha256)
        if file is None:
            raise NotFound("upload that waits for an entry", sha256, "send the file again: it is kept for a day")
        where = f"upload {sha256[:16]}"
        return b"".join(opened_segments(file.key, self._store.files.pieces(file.address), where))

    def _uploaded(self, party: str, sha256: str) -> SealedFile | None:
        name = self._name(party, sha256)
        offered = next((held.file for known, held in self._offered if known == name), None)
        if offered is not None and self._is_loose(offered):
            return offered
        found = self._standing(name)
        return found.file if found else None

    def _is_loose(self, file: SealedFile) -> bool:
        return not self._store.attached(file.address) and self._store.files.holds(file.address)

    def _standing(self, name: str) -> Waiting | None:
        """An upload that an entry can name now."""
        data = self._keys.secret(name)
        found = self._uploads({name: data})[name] if data else None
        if found is None or found.until <= self._now():
            return None
        return found if self._is_loose(found.file) else None

    def _before(self, act: Act) -> dict[str, SealedFile]:
        """The files of the newest entry of this kind about this subject."""
        last = self._store.newest(act.kind, act.subject) if act.subject else None
        if last is None:
            return {}
        with suppress(Erased):
            return attached_files(open_entry(last, self._keys))
        return {}

    def settle(self) -> None:
        """Forget the keys of uploads that entries hold now: what opens them is in those entries alone."""
        self._drop_attached(self._keys.secrets(WAITING))

    def settle_used(self, party: str, used: Iterable[str]) -> None:
        """`settle` for what one party just filed, by digest."""
        names = [self._name(party, sha256) for sha256 in used]
        self._drop_attached({name: data for name in names if (data := self._keys.secret(name))})

    def _drop_attached(self, there: Mapping[str, bytes]) -> None:
        waiting = self._uploads(there)
        self._keys.drop_secrets(name for name, item in waiting.items() if self._store.attached(item.file.address))

    def sweep(self) -> int:
        """Forget what no entry named in time, and remove the files; gives how many files there were."""
        now = self._now()
        self.settle()
        there = self._uploads(self._keys.secrets(WAITING))
        self._keys.drop_secrets(name for name, item in there.items() if item.until <= now)
        held = self._held()
        self._keys.drop_secrets([name for name in self._keys.secrets(HELD) if name.removeprefix(HELD) not in held])
        return self._store.sweep(now - timedelta(seconds=self.bounds.sweep_after_s), held)

    def sweep_hourly(self) -> None:
        """Sweep, unless that was done within the hour; where others are in the way, the next time does it."""
        now = self._now()
        if self._swept is None or now - self._swept >= SWEPT_EVERY:
            self._swept = now
            with suppress(Busy):
                self.sweep()

    # ── going out ───────────────────────────────────────────────────────────────────────────────────────────────

    def shown(self, presentation: Presentation, kind: Kind | None, sha256: str) -> Shown:
        """An attachment that a presentation shows, with its bytes, which are checked whole before the first is given.

        Raises `NotFound` where it shows none of that digest, `Erased`, and `RecordFault` where the file is missing or
        was altered.
        """
        said = next((item for item in all_shown(presentation, kind) if item[1].sha256 == sha256), None)
        if said is None:
            raise NotFound(f"attachment in what you may read of entry {presentation.index}", sha256)
        file = attached_files(open_entry(self._store.entry(presentation.index), self._keys)).get(sha256)
        where = f"entry {presentation.index} attachment {sha256[:16]}"
        if file is None:
            raise RecordFault(where, "is named by a field, but the payload holds no key for it")
        try:
            found = hashlib.sha256()
            for piece in self._store.files.pieces(file.address):
                found.update(piece)
        except NotFound as error:
            raise RecordFault(where, f"its file blob {file.address} is missing; restore it from a copy") from error
        if found.hexdigest() != file.address:
            raise RecordFault(where, f"its file blob {file.address} was altered; restore it from a copy")
        return Shown(*said, opened_segments(file.key, self._store.files.pieces(file.address), where))


@dataclass(frozen=True, slots=True)
class Shown:
    """An attachment for somebody who may have it: the field that names it, what it is, and its bytes, given once."""

    field: str
    attachment: Attachment
    pieces: Iterator[bytes]

    def headers(self) -> dict[str, str]:
        """What an answer in HTTP says with the bytes: a file to be kept, which no browser shows or runs.

        That types are not guessed (`nosniff`) the doors say of every answer.
        """
        plain = "".join(letter if letter.isascii() and letter not in '\\"%' else "_" for letter in self.attachment.name)
        coded = quote(self.attachment.name, "")
        text = "; charset=utf-8" if self.attachment.media_type.startswith("text/") else ""
        return {
            "Content-Type": self.attachment.media_type + text,
            "Content-Length": str(self.attachment.size),
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        }


def all_shown(presentation: Presentation, kind: Kind | None) -> list[tuple[str, Attachment]]:
    """The attachments that a presentation shows, each with the field that names it."""
    items = attachments_in(kind.schema, presentation.fields) if kind else ()
    return [(field, Attachment(**item)) for field, _, item in items]


def _came(told: Mapping[str, Any]) -> datetime:
    """When a file of a draft came; one that was kept before that was noted came long ago."""
    return datetime.fromisoformat(told.get("came", "1970-01-01T00:00:00Z"))


def _named(name: str) -> tuple[str, Media]:
    """A file's name, and the type that it says. Raises `BadInput`."""
    try:
        found = file_name(name)
    except ValueError as error:
        code = "device_name" if is_of_a_device(name) else "file_name"
        raise BadInput(Fault("name", _plain(name), str(error), code), ABOUT) from error
    media = media_of(found)
    assert media is not None, "a file name ends as what may be attached"
    return found, media


def _plain(name: str) -> str:
    """A name that was refused, with what cannot be seen in it written out."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in name)
