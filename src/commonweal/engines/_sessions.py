"""Who is signed in at the portal, and who is invited to be: what every engine's keeping of sessions shares.

Sessions are present state beside the keys they were opened with, not projections: a session speaks for its key, so
ending the key ends its sessions at once. Of a session's cookie, as of an invitation's code, only SHA-256 of the secret
is kept. `form` is how somebody signed in: `key` (a pasted key) or `device` (a signature by a registered key), with
`+passkey` after it where a second factor was asked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel.persons import HalfACode
from commonweal.kernel.values import Forbidden, NotFound, instant, stamp

SESSION_LASTS = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
PENDING_LASTS = timedelta(minutes=5)
PENDING = "first:"
"""How the form of a session begins whose holder has still to use their passkey: it opens nothing."""
SEEN_EVERY = timedelta(minutes=1)
SESSIONS_KEPT = timedelta(days=30)
LABEL_CHARS_MAX = 120
SESSION_COLUMNS = "id, keyid, party, form, label, began, seen, until, ended"
INVITATION_COLUMNS = (
    "id, party, roles, scopes, organisation, label, issued, expires, key_expires, used, keyid, "
    "coalesce((SELECT given_by FROM access_invited_by WHERE access_invited_by.id = access_invitation.id), '')"
)


@dataclass(frozen=True, slots=True)
class Session:
    """One person signed in with one key. `holder` is what the key allows (`_access.Holder`)."""

    id: str
    keyid: str
    party: str
    form: str
    label: str
    began: str
    seen: str
    until: str
    ended: str | None = None
    holder: Any = field(default=None, compare=False)

    def as_dict(self) -> dict[str, Any]:
        found = asdict(self)
        del found["holder"]
        return found


@dataclass(frozen=True, slots=True)
class Invitation:
    """What whoever holds the code may have: a key of their own for this party, in these roles, once.

    `given_by` is the person who gave it, "" for whoever runs the machine.
    """

    id: str
    party: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    organisation: str
    label: str
    issued: str
    expires: str
    key_expires: str | None
    used: str | None = None
    keyid: str | None = None
    given_by: str = ""


class Sessions(ABC):
    """Sessions and invitations, over two statements that an engine runs (`?` is a place for a value)."""

    _now: Callable[[], datetime]

    @abstractmethod
    def _changed(self, statement: str, values: Sequence[Any]) -> int:
        """Run one durable statement; how many rows it changed."""

    @abstractmethod
    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """The rows of a query, as of now."""

    @abstractmethod
    def holder_of(self, keyid: str) -> Any | None:
        """Whom a key of any form speaks for; None where it is unknown, expired or revoked."""

    @abstractmethod
    def _outdated(self, found: Invitation) -> bool:
        """Whether what happened since an invitation was made (a recovery) lets no key count that it would make."""

    @abstractmethod
    def let_in_by_two(self, party: str) -> bool:
        """Whether a person's invitation opens a key of this party only together with one of another person."""

    @abstractmethod
    def _made(self, found: Invitation, public_key: bytes | str | None) -> tuple[str, str]:
        """The key that an invitation is for: its id, and the token of a bearer key."""

    # ── sessions ────────────────────────────────────────────────────────────────────────────────────────────────

    def open_session(self, keyid: str, *, form: str = "key", label: str = "") -> str:
        """Sign the holder of a key in; gives the cookie's value, kept nowhere. Raises `Forbidden` for a dead key."""
        holder, now = self.holder_of(keyid), self._now()
        if holder is None:
            raise Forbidden("this key is unknown, expired or revoked")
        session_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        self._changed("DELETE FROM access_session WHERE until < ?", (stamp(now - SESSIONS_KEPT),))
        names = "id, proof, keyid, party, form, label, began, seen, until"
        at = stamp(now)
        label = "".join(ch for ch in label if ch.isprintable())[:LABEL_CHARS_MAX]
        values = (
            session_id, _hashed(secret), keyid, holder.party, form, label, at, at, stamp(now + SESSION_LASTS),
        )  # fmt: skip
        self._changed(f"INSERT INTO access_session ({names}) VALUES ({', '.join('?' * len(values))})", values)
        return f"{session_id}.{secret}"

    def begin_session(self, keyid: str, *, form: str, label: str = "") -> str:
        """The first of two factors was right: a cookie's value that opens nothing until the second (`pending_of`).

        Raises `Forbidden` for a dead key.
        """
        cookie = self.open_session(keyid, form=PENDING + form, label=label)
        until = stamp(self._now() + PENDING_LASTS)
        self._changed("UPDATE access_session SET until = ? WHERE id = ?", (until, cookie.partition(".")[0]))
        return cookie

    def session_of(self, cookie: str) -> Session | None:
        """The session of a cookie, with what its key allows now; None where it ended, or was idle for too long."""
        found = self._found_session(cookie)
        return None if found is None or found.form.startswith(PENDING) else found

    def pending_of(self, cookie: str) -> Session | None:
        """Who has given the first of two factors, by that cookie; `form` is how. None where it is too long ago."""
        found = self._found_session(cookie)
        if found is None or not found.form.startswith(PENDING):
            return None
        return Session(**{**found.as_dict(), "form": found.form.removeprefix(PENDING), "holder": found.holder})

    def _found_session(self, cookie: str) -> Session | None:
        session_id, _, secret = cookie.partition(".")
        rows = self._rows(f"SELECT proof, {SESSION_COLUMNS} FROM access_session WHERE id = ?", (session_id[:32],))
        right = hmac.compare_digest(bytes(rows[0][0]) if rows else bytes(32), _hashed(secret))
        if not rows or not right:
            return None
        session, now = Session(*rows[0][1:]), self._now()
        if session.ended is not None or not self._lives(session, now):
            return None
        holder = self.holder_of(session.keyid)
        if holder is None:
            return None
        if now - instant(session.seen) >= SEEN_EVERY:
            self._changed("UPDATE access_session SET seen = ? WHERE id = ?", (stamp(now), session.id))
        return Session(**{**session.as_dict(), "holder": holder})

    def sessions(self, party: str = "") -> list[Session]:
        """The sessions that are open (of one party), newest first."""
        where, values = ("WHERE party = ?", (party,)) if party else ("", ())
        query = f"SELECT {SESSION_COLUMNS} FROM access_session {where} ORDER BY began DESC, id"
        found, now = [Session(*row) for row in self._rows(query, values)], self._now()
        whole = [one for one in found if one.ended is None and not one.form.startswith(PENDING)]
        return [one for one in whole if self._lives(one, now) and self.holder_of(one.keyid)]

    def end_session(self, session_id: str, party: str) -> None:
        """Sign out. Raises `NotFound` where the party has no such session; ending one twice is harmless."""
        sql = "UPDATE access_session SET ended = coalesce(ended, ?) WHERE id = ? AND party = ?"
        if not self._changed(sql, (stamp(self._now()), session_id, party)):
            raise NotFound("session", session_id)

    @staticmethod
    def _lives(session: Session, now: datetime) -> bool:
        return now < instant(session.until) and now - instant(session.seen) < SESSION_IDLE

    # ── invitations ─────────────────────────────────────────────────────────────────────────────────────────────

    def invite(
        self,
        party: str,
        roles: Sequence[str],
        scopes: Sequence[str],
        expires: datetime,
        *,
        organisation: str = "",
        label: str = "",
        key_expires: datetime | None = None,
        given_by: str = "",
    ) -> str:
        """A code with which somebody makes a key of their own for a party, once; shown this once. Raises `BadInput`.

        Where a party is let in by two persons it is half of one, of whom it is `given_by`.
        """
        invitation_id, secret, now = secrets.token_hex(4), secrets.token_urlsafe(18), stamp(self._now())
        ends = stamp(key_expires) if key_expires else None
        made = Invitation(
            invitation_id, party, tuple(roles), tuple(scopes), organisation, label, now, stamp(expires), ends,
            given_by=given_by,
        )  # fmt: skip
        self._check_invitation(made)
        names = "proof, id, party, roles, scopes, organisation, label, issued, expires, key_expires"
        given = (json.dumps(list(roles)), json.dumps(list(scopes)), organisation, label, now, made.expires, ends)
        values = (_hashed(secret), invitation_id, party, *given)
        if given_by:  # first: without it the code would count as one of whoever runs the machine
            self._changed("INSERT INTO access_invited_by (id, given_by) VALUES (?, ?)", (invitation_id, given_by))
        self._changed(f"INSERT INTO access_invitation ({names}) VALUES ({', '.join('?' * len(values))})", values)
        return f"{invitation_id}.{secret}"

    @abstractmethod
    def _check_invitation(self, made: Invitation) -> None:
        """Raise `BadInput` where a key could not be given out like this."""

    def invitation_of(self, code: str) -> Invitation | None:
        """What a code invites to, or None if it is unknown, wrong, used or too old."""
        invitation_id, _, secret = code.strip().partition(".")
        rows = self._rows(
            f"SELECT proof, {INVITATION_COLUMNS} FROM access_invitation WHERE id = ?", (invitation_id[:32],)
        )
        right = hmac.compare_digest(bytes(rows[0][0]) if rows else bytes(32), _hashed(secret))
        if not rows or not right:
            return None
        found = _invitation(rows[0][1:])
        return found if found.used is None and self._now() < instant(found.expires) else None

    def end_invitations(self, party: str, given_by: str | None = None) -> None:
        """Let no invitation of a party count any more that was not used yet: none, or none that was `given_by` one."""
        now, values = stamp(self._now()), (() if given_by is None else (given_by,))
        sql = "UPDATE access_invitation SET expires = ? WHERE party = ? AND used IS NULL AND expires > ?"
        if values:
            sql += " AND id IN (SELECT id FROM access_invited_by WHERE given_by = ?)"
        self._changed(sql, (now, party, now, *values))

    def invitations(self) -> list[Invitation]:
        """Every invitation ever made, oldest first, without its code."""
        rows = self._rows(f"SELECT {INVITATION_COLUMNS} FROM access_invitation ORDER BY issued, id", ())
        return [_invitation(row) for row in rows]

    def other_half_given(self, party: str, given_by: str) -> bool:
        """Whether another person than `given_by` gave a party a half of their code that counts still."""
        now = self._now()
        return any(
            one.party == party and one.given_by not in ("", given_by) and one.used is None
            and now < instant(one.expires) and not self._outdated(one)
            for one in self.invitations()
        )  # fmt: skip

    def given_by_one(self, keyid: str) -> bool:
        """Whether a key was made with the code of one person alone, and not by whoever runs the machine."""
        sql = f"SELECT {INVITATION_COLUMNS} FROM access_invitation WHERE keyid = ?"
        givers = {_invitation(row).given_by for row in self._rows(sql, (keyid,))}
        return len(givers) == 1 and "" not in givers

    def accept(self, code: str, public_key: bytes | str | None = None, *, second: str = "") -> tuple[str, str]:
        """Use an invitation: register the device's Ed25519 key, or without one issue a bearer key.

        Whoever is let in by two has half a code of each: `second` is the other's.

        Gives the key's id and, for a bearer key, the token (shown this once). Raises `Forbidden` where the code does
        not count any more, `BadInput` and `Conflict` as registering a key does; only a key that was made uses it up.
        """
        found = self.invitation_of(code)
        if found is None or self._outdated(found):
            raise Forbidden("this invitation is unknown, was used already, or has run out; ask for a new one")
        halves = [found.id, *self._other_half(found, second)]
        places = ", ".join("?" * len(halves))
        unused = f"(SELECT count(*) FROM access_invitation WHERE id IN ({places}) AND used IS NULL) = ?"
        sql = f"UPDATE access_invitation SET used = ? WHERE id IN ({places}) AND {unused}"
        if not self._changed(sql, (stamp(self._now()), *halves, *halves, len(halves))):
            raise Forbidden("this invitation was used a moment ago; ask for a new one")
        try:
            keyid, token = self._made(found, public_key)
        except BaseException:
            self._changed(f"UPDATE access_invitation SET used = NULL WHERE id IN ({places})", halves)
            raise
        self._changed(f"UPDATE access_invitation SET keyid = ? WHERE id IN ({places})", (keyid, *halves))
        return keyid, token

    def _other_half(self, found: Invitation, second: str) -> list[str]:
        """The id of the half that another person gave, where it takes two to let this party in. Raises `HalfACode`."""
        if not found.given_by or not self.let_in_by_two(found.party):
            return []
        other = self.invitation_of(second)
        if other is None or self._outdated(other) or other.party != found.party:
            raise HalfACode("this is half a code: two administrators each give you one, and both are typed in")
        if other.given_by in ("", found.given_by):
            raise HalfACode("both halves are of one person: another administrator gives you the second")
        return [other.id]


def _invitation(row: Sequence[Any]) -> Invitation:
    invitation_id, party, roles, scopes, *rest = row
    return Invitation(invitation_id, party, tuple(json.loads(roles)), tuple(json.loads(scopes)), *rest)


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


SCHEMA = """
CREATE TABLE IF NOT EXISTS access_session (
    id TEXT PRIMARY KEY, proof {bytes} NOT NULL, keyid TEXT NOT NULL, party TEXT NOT NULL, form TEXT NOT NULL,
    label TEXT NOT NULL, began TEXT NOT NULL, seen TEXT NOT NULL, until TEXT NOT NULL, ended TEXT
){strict};
CREATE INDEX IF NOT EXISTS access_session_party ON access_session (party);
CREATE TABLE IF NOT EXISTS access_invitation (
    id TEXT PRIMARY KEY, proof {bytes} NOT NULL, party TEXT NOT NULL, roles TEXT NOT NULL, scopes TEXT NOT NULL,
    organisation TEXT NOT NULL, label TEXT NOT NULL, issued TEXT NOT NULL, expires TEXT NOT NULL, key_expires TEXT,
    used TEXT, keyid TEXT
){strict};
CREATE TABLE IF NOT EXISTS access_invited_by (id TEXT PRIMARY KEY, given_by TEXT NOT NULL){strict};
"""
