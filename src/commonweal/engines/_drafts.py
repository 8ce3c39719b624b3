"""Drafts of forms, and who came back with a return code: what every engine's keeping of them shares.

Both are present state beside sessions, not projections. A draft is sealed (AES-256-GCM) under a key made from a secret
that stands in its holder's cookie alone; of the secret a SHA-256 is kept. So neither who runs the authority nor who
steals its disk reads what somebody began to write and did not send. A visit is a session by return code: the
party as which its holder acts is sealed under the cookie too, and of when they came no more is kept than when the visit
ends: after half an hour without use at the latest, in steps of ten minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from commonweal.kernel.values import BadInput, Busy, Fault, TooLarge, instant, stamp
from commonweal.networks import NOBODY, Lying, Room, Sender

DRAFT_BYTES_MAX = 1 << 20
DRAFTS_OF_ONE_MAX = 10
DRAFTS_MAX = 20_000
DRAFTS_BYTES_MAX = 2 << 30
UNTOUCHED, LAIN, MADE_ROOM = timedelta(hours=1), timedelta(days=1), 500
VISIT_LASTS = timedelta(hours=12)
VISIT_IDLE, VISIT_STEP = timedelta(minutes=20), timedelta(minutes=10)
_NONCE_BYTES = 12
_VISIT = "(visit)"  # is no form, whose id is letters
_COLUMNS = "id, form, version, began, changed, until, sealed"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as its holder reads it. `version` counts its saves; `content` is what was saved last."""

    id: str
    form: str
    version: int
    began: str
    changed: str
    until: str
    content: bytes


class Drafts(ABC):
    """Drafts and visits, over two statements that an engine runs (`?` is a place for a value)."""

    _now: Callable[[], datetime]

    @abstractmethod
    def _changed(self, statement: str, values: Sequence[Any]) -> int:
        """Run one durable statement; how many rows it changed."""

    @abstractmethod
    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """The rows of a query, as of now."""

    # ── drafts ──────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _senders(self) -> OrderedDict[str, Sender]:
        """From where drafts were begun or changed since the start: in memory alone, so that nothing on disk says it."""
        return OrderedDict()

    def begin_draft(self, secret: str, form: str, content: bytes, keeps: timedelta, sender: Sender = NOBODY) -> Draft:
        """A new draft for the holder of a secret, by a sender. Raises `BadInput` (at ten), `TooLarge`, `Busy`."""
        now = self._now()
        self._changed("DELETE FROM access_draft WHERE until < ?", (stamp(now),))
        holder = _holder(secret)
        if self._rows("SELECT count(*) FROM access_draft WHERE holder = ?", (holder,))[0][0] >= DRAFTS_OF_ONE_MAX:
            seen, want = f"{DRAFTS_OF_ONE_MAX} drafts", "fewer drafts: go on with one, or delete it"
            raise BadInput(Fault("draft", seen, want, "too_many"), "draft")
        if not self._room(now, sender):
            raise Busy("as many drafts are kept as there is room for; try again tomorrow, or file through the API")
        draft_id, at = secrets.token_hex(8), stamp(now)
        self._came(draft_id, sender)
        sealed = _sealed(secret, draft_id, form, content)
        sql = f"INSERT INTO access_draft (holder, size, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        until = stamp(now + keeps)
        self._changed(sql, (holder, len(sealed), draft_id, form, 0, at, at, until, sealed))
        return Draft(draft_id, form, 0, at, at, until, content)

    def _room(self, now: datetime, sender: Sender) -> bool:
        """Whether there is room for one more. Drafts nobody typed in make it; then those of the sender who has most, if
        that is more than the newcomer has; then those that lay for a day (`networks.Room`).

        What was left at the start, and not gone on with since, may be anybody's: it takes no room from what is begun
        now, up to as much again, and makes room when it lay for a day.
        """
        if self._holds_less():
            return True
        self._changed("DELETE FROM access_draft WHERE version = 0 AND changed < ?", (stamp(now - UNTOUCHED),))
        if self._holds_less():
            return True
        rows = self._rows("SELECT id, size, changed FROM access_draft", ())
        known = {row[0]: one for row in rows if (one := self._senders.get(row[0]))}
        self._senders.clear()
        self._senders.update(known)
        there = [Lying(row[0], known[row[0]], row[1], instant(row[2])) for row in rows if row[0] in known]
        left = sorted((row for row in rows if row[0] not in known), key=lambda row: str(row[2]))
        lapsed = [row for row in left if instant(row[2]) <= now - LAIN][: MADE_ROOM + 1]
        gone = _made(there, left, sender, now, spare=MADE_ROOM)
        if gone is None and lapsed:
            gone = _made(there, left[len(lapsed) :], sender, now)
            gone = None if gone is None else [*gone, *(row[0] for row in lapsed)]
        for draft_id in gone or ():
            self._changed("DELETE FROM access_draft WHERE id = ?", (draft_id,))
        return gone is not None

    def _came(self, draft_id: str, sender: Sender) -> None:
        """Note from where a draft came: of so many as there is room for, also where most are deleted meanwhile."""
        self._senders.pop(draft_id, None)
        self._senders[draft_id] = sender
        while len(self._senders) > 2 * DRAFTS_MAX:
            self._senders.popitem(last=False)

    def _holds_less(self) -> bool:
        count, size = self._rows("SELECT count(*), coalesce(sum(size), 0) FROM access_draft", ())[0]
        return bool(count < DRAFTS_MAX and size < DRAFTS_BYTES_MAX)

    def draft(self, secret: str, draft_id: str) -> Draft | None:
        """A draft of this holder; None where there is none, it is another's, or it has run out."""
        query = f"SELECT {_COLUMNS} FROM access_draft WHERE id = ? AND holder = ?"
        rows = self._rows(query, (draft_id[:32], _holder(secret)))
        return self._opened(secret, rows[0]) if rows else None

    def drafts(self, secret: str) -> list[Draft]:
        """The drafts of one holder, changed last first."""
        query = f"SELECT {_COLUMNS} FROM access_draft WHERE holder = ? ORDER BY changed DESC, id"
        found = [self._opened(secret, row) for row in self._rows(query, (_holder(secret),))]
        return [draft for draft in found if draft is not None]

    def save_draft(
        self, secret: str, draft: Draft, content: bytes, keeps: timedelta, sender: Sender | None = None
    ) -> Draft | None:
        """Save a draft over the version that was read, by whoever goes on with it; None where another save came in
        between. Raises `TooLarge`."""
        now = self._now()
        sealed = _sealed(secret, draft.id, draft.form, content)
        sql = (
            "UPDATE access_draft SET version = ?, changed = ?, until = ?, sealed = ?, size = ? "
            "WHERE id = ? AND holder = ? AND version = ?"
        )
        at, until, version = stamp(now), stamp(now + keeps), draft.version + 1
        values = (version, at, until, sealed, len(sealed), draft.id, _holder(secret), draft.version)
        if not self._changed(sql, values):
            return None
        if sender is not None:
            self._came(draft.id, sender)
        return Draft(draft.id, draft.form, version, draft.began, at, until, content)

    def drop_draft(self, secret: str, draft_id: str) -> None:
        """Delete a draft; harmless where it is gone."""
        if self._changed("DELETE FROM access_draft WHERE id = ? AND holder = ?", (draft_id[:32], _holder(secret))):
            self._senders.pop(draft_id[:32], None)

    def _opened(self, secret: str, row: Sequence[Any]) -> Draft | None:
        draft_id, form, version, began, changed, until, sealed = row
        if instant(until) < self._now():
            return None
        try:
            content = _unsealed(secret, draft_id, form, bytes(sealed))
        except InvalidTag:  # damaged on disk: what cannot be read is no draft any more
            return None
        return Draft(draft_id, form, version, began, changed, until, content)

    # ── visits by return code ───────────────────────────────────────────────────────────────────────────────────

    def begin_visit(self, party: str) -> str:
        """Let the holder of a return code in; gives the cookie's value, kept nowhere."""
        now, visit_id, secret = self._now(), secrets.token_hex(8), secrets.token_urlsafe(32)
        self.sweep_visits()
        sql = "INSERT INTO access_visiting (id, proof, party, idle, until) VALUES (?, ?, ?, ?, ?)"
        proof = hashlib.sha256(secret.encode()).digest()
        sealed = _sealed(secret, visit_id, _VISIT, party.encode())
        until = _stepped(now + VISIT_LASTS - VISIT_STEP)
        self._changed(sql, (visit_id, proof, sealed, _stepped(now + VISIT_IDLE), until))
        return f"{visit_id}.{secret}"

    def visitor_of(self, cookie: str) -> str:
        """The party of a visit; "" where it has ended, or stood idle for too long."""
        visit_id, _, secret = cookie.partition(".")
        rows = self._rows("SELECT proof, party, idle, until FROM access_visiting WHERE id = ?", (visit_id[:32],))
        offered = hashlib.sha256(secret.encode("utf-8", "replace")).digest()
        right = hmac.compare_digest(bytes(rows[0][0]) if rows else bytes(32), offered)
        if not rows or not right:
            return ""
        _, sealed, idle, until = rows[0]
        now = self._now()
        if now >= instant(until) or now >= instant(idle):
            return ""
        if (onward := _stepped(now + VISIT_IDLE)) != idle:
            self._changed("UPDATE access_visiting SET idle = ? WHERE id = ?", (onward, visit_id))
        return _unsealed(secret, visit_id, _VISIT, bytes(sealed)).decode()

    def end_visit(self, cookie: str) -> None:
        """End a visit; harmless where it has ended."""
        if self.visitor_of(cookie):
            self._changed("DELETE FROM access_visiting WHERE id = ?", (cookie.partition(".")[0],))

    def sweep_visits(self) -> int:
        """Forget the visits that have ended; how many there were."""
        at = stamp(self._now())
        ended = "FROM access_visiting WHERE until < ? OR idle < ?"
        return self._changed(f"DELETE {ended}", (at, at)) if self._rows(f"SELECT id {ended} LIMIT 1", (at, at)) else 0


def _made(
    there: Sequence[Lying], left: Sequence[Sequence[Any]], sender: Sender, now: datetime, spare: int = 0
) -> list[str] | None:
    """What goes, so that there is room for one more of what came since the start beside what was `left` then; None
    where there is none (`Room.makes_room`)."""
    count = min(DRAFTS_MAX, 2 * DRAFTS_MAX - len(left))
    size = min(DRAFTS_BYTES_MAX, 2 * DRAFTS_BYTES_MAX - sum(row[1] for row in left))
    return Room(count, size, LAIN).makes_room(there, sender, 0, now, spare) if count > 0 and size > 0 else None


def _stepped(when: datetime) -> str:
    """The next whole step of ten minutes: when somebody came is kept no more exactly."""
    seconds = int(VISIT_STEP.total_seconds())
    return stamp(datetime.fromtimestamp(-(-int(when.timestamp()) // seconds) * seconds, UTC))


def _holder(secret: str) -> bytes:
    return hashlib.sha256(b"commonweal/draft-holder\0" + secret.encode()).digest()


def _key(secret: str, draft_id: str) -> bytes:
    return HKDF(SHA256(), 32, draft_id.encode(), b"commonweal/draft-key").derive(secret.encode())


def _sealed(secret: str, draft_id: str, form: str, content: bytes) -> bytes:
    if len(content) > DRAFT_BYTES_MAX:
        want = f"at most {DRAFT_BYTES_MAX} bytes; put long texts into a document"
        raise TooLarge(Fault("draft", f"{len(content)} bytes", want, "too_large"), "draft")
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret, draft_id)).encrypt(nonce, content, _bound(draft_id, form))


def _unsealed(secret: str, draft_id: str, form: str, blob: bytes) -> bytes:
    """What was sealed. Raises `InvalidTag`."""
    key = AESGCM(_key(secret, draft_id))
    return key.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], _bound(draft_id, form))


def _bound(draft_id: str, form: str) -> bytes:
    return f"{draft_id} {form}".encode()


SCHEMA = """
CREATE TABLE IF NOT EXISTS access_draft (
    id TEXT PRIMARY KEY, holder {bytes} NOT NULL, form TEXT NOT NULL, version INTEGER NOT NULL, began TEXT NOT NULL,
    changed TEXT NOT NULL, until TEXT NOT NULL, size INTEGER NOT NULL, sealed {bytes} NOT NULL
){strict};
CREATE INDEX IF NOT EXISTS access_draft_holder ON access_draft (holder);
"""
VISITS_SCHEMA = """
DROP TABLE IF EXISTS access_visit;
CREATE TABLE IF NOT EXISTS access_visiting (
    id TEXT PRIMARY KEY, proof {bytes} NOT NULL, party {bytes} NOT NULL, idle TEXT NOT NULL, until TEXT NOT NULL
){strict};
"""
