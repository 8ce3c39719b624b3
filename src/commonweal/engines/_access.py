"""What every engine's keeping of access shares: bearer keys, registered public keys, whom they speak for.

They are not projections: they are present state, and the record says nothing about them. A bearer key is
`weal_<id>_<secret>`; only SHA-256 of the secret is kept (the secret has 256 random bits, so a slow hash would add
nothing), and it is compared in constant time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from commonweal.kernel.persons import ANONYMOUS
from commonweal.kernel.values import BadInput, Conflict, Fault, FaultCollector, NotFound, instant, stamp

from ._drafts import Drafts
from ._passkeys import HeldPasskey, Passkeys
from ._sessions import Invitation, Sessions

SCOPES = ("file", "observe", "read")
PROGRAM = "program"
"""The scope of a key for programs: it signs nobody in, and opens at the API what a person's own key does not once they
have a passkey, for there nothing asks for that."""
RATE_PER_S_DEFAULT = 50.0
PARTY_CHARS_MAX = 128
NONCE_CHARS_MAX = 128
ORGANISATION = re.compile(r"[a-z0-9][a-z0-9:_.\-]{0,95}")
_TOKEN_PARTS = 3
OIDC = "oidc-"
"""How the id of a key begins that stands for an account of an identity provider; the account's SHA-256 follows."""
COLUMNS = "id, form, proof, party, roles, scopes, rate_per_s, label, issued, expires, organisation"
SHOWN = "id, form, party, roles, scopes, rate_per_s, label, issued, expires, revoked, organisation"
FOUND = (
    "party, roles, scopes, rate_per_s, proof, expires, organisation, issued, "
    "coalesce((SELECT at FROM access_confirmed WHERE access_confirmed.id = access_key.id), '')"
)
Judge = Callable[[str, Sequence[str], str, str], tuple[tuple[str, ...], str] | None]
"""Given party, roles, organisation and time of issue of a key: the roles that count now, and for which organisation;
None where the key opens nothing now."""
ByTwo = Callable[[str, bool], bool]
"""Given a party, and whether a key was ever made for it: whether two persons let it in."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The party that a key speaks for. `rate_per_s` is how many requests a second the key may make on average;
    `organisation` is the body the party approves for, empty for none."""

    keyid: str
    party: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    rate_per_s: float = RATE_PER_S_DEFAULT
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as an operator sees it; the secret is not here, because it is nowhere."""

    id: str
    form: str
    party: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    rate_per_s: float
    label: str
    issued: str
    expires: str | None
    revoked: str | None
    organisation: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Access(Sessions, Passkeys, Drafts, ABC):
    """API keys, public keys, nonces, sessions and drafts, wherever an engine keeps them; safe from any thread."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._judge: Judge | None = None
        self._by_two: ByTwo | None = None

    def judged_by(self, judge: Judge, by_two: ByTwo | None = None) -> None:
        """Let `judge` say, at each look, what a key opens at that moment, and `by_two` who is let in by two."""
        self._judge, self._by_two = judge, by_two

    def let_in_by_two(self, party: str) -> bool:
        return self._by_two is not None and self._by_two(party, bool(list(self._issued(party))))

    def issue_key(
        self,
        party: str,
        roles: Sequence[str] = (),
        scopes: Sequence[str] = SCOPES,
        expires: datetime | None = None,
        *,
        rate_per_s: float = RATE_PER_S_DEFAULT,
        label: str = "",
        organisation: str = "",
    ) -> str:
        """A new bearer token for a party, shown this once. Raises `BadInput`."""
        grant = _Grant(party, roles, scopes, expires, rate_per_s, label, organisation).checked(self._now())
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        self._insert(self._values(grant, key_id, "bearer", _hashed(secret)))
        return f"weal_{key_id}_{secret}"

    def register_public_key(
        self,
        party: str,
        key: bytes | str,
        roles: Sequence[str] = (),
        scopes: Sequence[str] = SCOPES,
        expires: datetime | None = None,
        *,
        rate_per_s: float = RATE_PER_S_DEFAULT,
        label: str = "",
        organisation: str = "",
    ) -> str:
        """Register a party's Ed25519 public key (32 raw bytes, or their base64); its key id. Raises `BadInput`."""
        raw = _raw_ed25519(key)
        grant = _Grant(party, roles, scopes, expires, rate_per_s, label, organisation).checked(self._now())
        key_id = f"ed25519-{hashlib.sha256(raw).hexdigest()[:16]}"
        if not self._insert(self._values(grant, key_id, "ed25519", raw)):
            raise Conflict(f"key {key_id} is registered already; revoke it first, or use another key")
        return key_id

    def link(self, party: str, account: str, roles: Sequence[str], scopes: Sequence[str] = SCOPES) -> str:
        """Let a party in with an account of an identity provider (64 hex digits); the key id that stands for it.

        Raises `Conflict` where the account lets somebody else in.
        """
        grant = _Grant(party, roles, scopes, None, RATE_PER_S_DEFAULT, "", "").checked(self._now())
        key_id = f"{OIDC}{account}"
        values = self._values(grant, key_id, "oidc", bytes.fromhex(account))
        if not self._insert(values):
            sql = """UPDATE access_key SET revoked = NULL, party = ?, roles = ?, scopes = ?, issued = ?
                     WHERE id = ? AND form = 'oidc' AND (revoked IS NOT NULL OR party = ?)"""
            anew = (party, values[4], values[5], values[8], key_id, party)
            if not self._changed(sql, anew):
                raise Conflict("this account lets another person in; they take it away first")
        return key_id

    def caller_of(self, token: str) -> Holder | None:
        """Whom a bearer token speaks for, or None if it is unknown, wrong, expired or revoked."""
        parts = token.split("_", _TOKEN_PARTS - 1)
        well_formed = len(parts) == _TOKEN_PARTS and parts[0] == "weal"
        row = self._row(parts[1] if well_formed else "", "bearer")
        offered = _hashed(parts[2] if well_formed else token)
        right = hmac.compare_digest(row[1] if row else bytes(32), offered)
        return row[0] if row and right else None

    def resting(self, token: str) -> str:
        """The party of a bearer token that is right and opens nothing now, for they hold nothing; "" for any other."""
        parts = token.split("_", _TOKEN_PARTS - 1)
        well_formed = len(parts) == _TOKEN_PARTS and parts[0] == "weal"
        row = self._at_rest(parts[1] if well_formed else "", "bearer")
        right = hmac.compare_digest(row[1] if row else bytes(32), _hashed(parts[2] if well_formed else token))
        return row[0] if row and right else ""

    def ran_out(self, token: str) -> str:
        """When a bearer token ended that is right and was not revoked; "" for any other. Only who holds the whole of it
        is told."""
        parts = token.split("_", _TOKEN_PARTS - 1)
        well_formed = len(parts) == _TOKEN_PARTS and parts[0] == "weal"
        row = self._found(parts[1] if well_formed else "", "bearer")
        right = hmac.compare_digest(bytes(row[4]) if row else bytes(32), _hashed(parts[2] if well_formed else token))
        over = row is not None and row[5] is not None and instant(row[5]) <= self._now()
        return str(row[5]) if row is not None and right and over else ""

    def resting_device(self, keyid: str) -> tuple[bytes, str] | None:
        """As `resting`, of a device: its key (32 bytes), by which it has yet to be proven, and the party."""
        row = self._at_rest(keyid, "ed25519")
        return (row[1], row[0]) if row else None

    def _at_rest(self, keyid: str, form: str) -> tuple[str, bytes] | None:
        row = self._found(keyid, form)
        if row is None or (row[5] is not None and instant(row[5]) <= self._now()) or self._judge is None:
            return None
        if self._is_past((row[0], tuple(json.loads(row[1])), row[6]), _counts_as_made(row)):
            return None  # ended with what came since: it opens nothing later either
        judged = self._judge(row[0], tuple(json.loads(row[1])), row[6], _counts_as_made(row))
        return (row[0], bytes(row[4])) if judged is None else None

    def public_key(self, keyid: str) -> tuple[bytes, Holder] | None:
        """A registered Ed25519 key (32 bytes) and whom it speaks for, or None if unknown, expired or revoked."""
        row = self._row(keyid, "ed25519")
        return (row[1], row[0]) if row else None

    def holder_of(self, keyid: str) -> Holder | None:
        """Whom a key of any form speaks for, or None if it is unknown, expired or revoked."""
        found = self._row(keyid, "bearer") or self._row(keyid, "ed25519") or self._row(keyid, "oidc")
        return found[0] if found else None

    def _check_invitation(self, made: Invitation) -> None:
        named = (made.party, made.roles, made.scopes, instant(made.expires), RATE_PER_S_DEFAULT, made.label)
        _Grant(*named, made.organisation).checked(self._now())

    def _outdated(self, found: Invitation) -> bool:
        return self._is_past((found.party, found.roles, found.organisation), found.issued)

    def _ended(self, party: str, made: str) -> bool:
        return self._is_past((party, (), ""), made)

    def _is_past(self, named: tuple[str, Sequence[str], str], made: str) -> bool:
        """Whether a key of then opens nothing, where one that is made now would."""
        return self._judge is not None and self._judge(*named, made) is None and self._judge(*named, "") is not None

    def _made(self, found: Invitation, public_key: bytes | str | None) -> tuple[str, str]:
        until = instant(found.key_expires) if found.key_expires else None
        named: dict[str, Any] = {"label": found.label, "organisation": found.organisation}
        if public_key is not None:
            return self.register_public_key(found.party, public_key, found.roles, found.scopes, until, **named), ""
        token = self.issue_key(found.party, found.roles, found.scopes, until, **named)
        return token.split("_")[1], token

    def spend_nonce(self, keyid: str, nonce: str, until: float) -> bool:
        """True the first time a key uses a nonce; `until` (POSIX seconds) is when it may be forgotten."""
        return self.spend_nonces([(keyid, nonce, until)])[0]

    @abstractmethod
    def spend_nonces(self, nonces: Sequence[tuple[str, str, float]]) -> list[bool]:
        """`spend_nonce` for each of several, in this order and in one transaction."""

    def issued(self) -> list[Key]:
        """Every key ever issued or registered, oldest first."""
        return [_key(row) for row in self._issued()]

    def organisation_of(self, party: str, at: datetime) -> str:
        """For which organisation a party's keys spoke at an instant; "" where for none, or for several."""
        when = stamp(at)
        found = {
            key.organisation
            for key in map(_key, self._issued(party))
            if key.issued <= when and all(end is None or when < end for end in (key.expires, key.revoked))
        }
        return found.pop() if len(found) == 1 else ""

    def spoke_for(self, party: str, since: str = "") -> set[str]:
        """The bodies for which a party's keys spoke at an instant (as `stamp` writes it; "" for ever) or later."""
        keys = map(_key, self._issued(party))
        return {
            key.organisation
            for key in keys
            if key.organisation and all(end is None or since < end for end in (key.expires, key.revoked))
        }

    def confirm(self, keyid: str, held: HeldPasskey) -> None:
        """Let a key carry what its holder holds now, for it was used together with this passkey.

        One that was made since it carries less confirms nothing: whoever has such a key may have made that one with it.
        Nor does any for a key that one person alone let somebody in with, where what its holder holds now takes two:
        who moved them there may hold both.
        """
        if (found := self._any(keyid)) is None or (self.let_in_by_two(found[0]) and self.given_by_one(keyid)):
            return
        of_key, of_passkey = self._carries(found, _counts_as_made(found)), self._carries(found, held.made)
        if of_key is not None and of_passkey is not None and of_passkey <= of_key:
            sql = "INSERT INTO access_confirmed (id, at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at"
            self._changed(sql, (keyid, stamp(self._now())))

    def for_programs(self, holder: Holder) -> bool:
        """Whether a key is for programs, and signs nobody in."""
        return PROGRAM in holder.scopes

    def asks_passkey(self, holder: Holder) -> bool:
        """Whether a key opens something only together with a passkey: its holder has one, and it is for no program."""
        return not self.for_programs(holder) and bool(self.passkeys(holder.party))

    def whole(self, keyid: str) -> tuple[str, ...]:
        """The roles that a key would carry if it were made now."""
        found = self._any(keyid)
        return tuple(sorted(self._carries(found, "") or ())) if found is not None else ()

    def carries_all(self, keyid: str) -> bool:
        """Whether a key that is not revoked carries all that it would if it were made now."""
        found = self._any(keyid)
        return found is not None and self._carries(found, _counts_as_made(found)) == self._carries(found, "")

    def _any(self, keyid: str) -> Sequence[Any] | None:
        """The `FOUND` of a key of any form."""
        rows = (self._found(keyid, form) for form in ("bearer", "ed25519", "oidc"))
        return next((row for row in rows if row is not None), None)

    def _carries(self, row: Sequence[Any], made: str) -> set[str] | None:
        """The roles of a key (its `FOUND`) that count if it was made then; None where it opens nothing."""
        roles = tuple(json.loads(row[1]))
        judged = self._judge(row[0], roles, row[6], made) if self._judge is not None else (roles, row[6])
        return None if judged is None else set(judged[0])

    def revoke(self, keyid: str) -> None:
        """End a key now. Raises `NotFound`; revoking twice is harmless."""
        if not self._revoke(keyid, stamp(self._now())):
            raise NotFound("API key", keyid, "`weal key list` shows the keys")

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _insert(self, values: Sequence[Any]) -> bool:
        """Keep a key, given by `COLUMNS`. False where its id is taken."""

    @abstractmethod
    def _found(self, keyid: str, form: str) -> Sequence[Any] | None:
        """The `FOUND` of a key that is not revoked."""

    @abstractmethod
    def _issued(self, party: str | None = None) -> Iterable[Sequence[Any]]:
        """The `SHOWN` of every key (of a party), oldest first."""

    @abstractmethod
    def _revoke(self, keyid: str, at: str) -> bool:
        """Mark a key as revoked, unless it is already. False where there is none."""

    def _values(self, grant: _Grant, key_id: str, form: str, proof: bytes) -> Sequence[Any]:
        return (
            *(key_id, form, proof, grant.party, _json(grant.roles), _json(grant.scopes), grant.rate_per_s, grant.label),
            *(stamp(self._now()), stamp(grant.expires) if grant.expires else None, grant.organisation),
        )

    def _row(self, keyid: str, form: str) -> tuple[Holder, bytes] | None:
        row = self._found(keyid, form)
        if row is None or (row[5] is not None and instant(row[5]) <= self._now()):
            return None
        roles, organisation = tuple(json.loads(row[1])), row[6]
        if self._judge is not None:
            judged = self._judge(row[0], roles, organisation, _counts_as_made(row))
            if judged is None:
                return None
            roles, organisation = judged
        holder = Holder(keyid, row[0], roles, tuple(json.loads(row[2])), row[3], organisation)
        return holder, bytes(row[4])


def _counts_as_made(row: Sequence[Any]) -> str:
    """When a key (its `FOUND`) was made, or confirmed since."""
    return max(str(row[7]), str(row[8]))


def nonce_fits(nonce: str) -> bool:
    """Whether a nonce is of a length that is kept."""
    return 0 < len(nonce) <= NONCE_CHARS_MAX


def _key(row: Sequence[Any]) -> Key:
    key_id, form, party, roles, scopes, *rest = row
    return Key(key_id, form, party, tuple(json.loads(roles)), tuple(json.loads(scopes)), *rest)


def _json(values: Iterable[str]) -> str:
    return json.dumps(list(values))


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _raw_ed25519(key: bytes | str) -> bytes:
    want = "an Ed25519 public key: 32 bytes, in base64"
    if isinstance(key, str):
        try:
            key = base64.b64decode(key, validate=True)
        except ValueError as error:
            seen = f"{len(key)} characters that are not base64"  # not shown: it may be a private key, by mistake
            raise BadInput(Fault("key", seen, want, "key")) from error
    if len(key) != 32:
        raise BadInput(Fault("key", f"{len(key)} bytes", want, "key"))
    return key


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a new key is to allow."""

    party: str
    roles: Sequence[str]
    scopes: Sequence[str]
    expires: datetime | None
    rate_per_s: float
    label: str
    organisation: str

    def checked(self, now: datetime) -> _Grant:
        faults = FaultCollector("API key")
        if not self.party or len(self.party) > PARTY_CHARS_MAX or not self.party.isprintable():
            want = f"a name of 1 to {PARTY_CHARS_MAX} characters, e.g. party:example-lab"
            faults.add("party", self.party, want, "party")
        if self.party.startswith(ANONYMOUS):
            faults.add("party", self.party, "a party of somebody known: this one stands for a return code", "anonymous")
        for role in self.roles:
            if not role or not role.isprintable():
                faults.add("roles", role, "role names such as developer", "role")
        for scope in self.scopes:
            if scope not in (*SCOPES, PROGRAM):
                faults.add("scopes", scope, f"one of {', '.join((*SCOPES, PROGRAM))}", "scope")
        if self.organisation and not ORGANISATION.fullmatch(self.organisation):
            want = "a short name such as ministry-of-labour: a-z, 0-9 and : _ . -, at most 96 characters"
            faults.add("organisation", self.organisation, want, "organisation")
        if not 0 < self.rate_per_s <= 1e6:
            faults.add("rate_per_s", self.rate_per_s, "more than 0 and at most 1000000 requests a second", "rate")
        if self.expires is not None and self.expires <= now:
            faults.add("expires", stamp(self.expires), "an instant in the future", "past")
        faults.done()
        return self


CONFIRMED_SCHEMA = """
CREATE TABLE IF NOT EXISTS access_confirmed (id TEXT PRIMARY KEY, at TEXT NOT NULL){strict};
"""
