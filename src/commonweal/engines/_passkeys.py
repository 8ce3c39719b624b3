"""Passkeys, the second factor of signing in: what every engine's keeping of them shares.

Present state beside the keys, as sessions are. A passkey opens nothing by itself: who has one must use it, after their
key, before a session opens. Its counter is kept so that a copy of an authenticator is noticed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from commonweal.kernel.protocols.passkeys import Passkey
from commonweal.kernel.values import Conflict, Forbidden, NotFound, stamp

LABEL_CHARS_MAX = 120
COLUMNS = "id, party, credential, key, rp_id, origin, count, label, made, seen"


@dataclass(frozen=True, slots=True)
class HeldPasskey:
    """One passkey of a party: `credential` its id and `key` its public key (a COSE key in CBOR), `count` what its
    counter said last, `seen` when it was used last."""

    id: str
    party: str
    credential: bytes
    key: bytes
    rp_id: str
    origin: str
    count: int
    label: str
    made: str
    seen: str | None = None

    @property
    def passkey(self) -> Passkey:
        return Passkey(self.credential, self.key, self.rp_id, self.origin)

    def as_dict(self) -> dict[str, Any]:
        """What is shown of it."""
        found = asdict(self)
        return {name: found[name] for name in ("id", "label", "made", "seen", "rp_id")}


class Passkeys(ABC):
    """Passkeys, over two statements that an engine runs (`?` is a place for a value)."""

    _now: Callable[[], datetime]

    @abstractmethod
    def _changed(self, statement: str, values: Sequence[Any]) -> int:
        """Run one durable statement; how many rows it changed."""

    @abstractmethod
    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """The rows of a query, as of now."""

    @abstractmethod
    def _ended(self, party: str, made: str) -> bool:
        """Whether what was made for a party at a time counts no more: it was let in anew, or came back, since."""

    def add_passkey(self, party: str, made: Passkey, count: int, label: str = "") -> None:
        """Keep a passkey of a party, with what its counter says. Raises `Conflict` where its id is taken."""
        label = "".join(ch for ch in label if ch.isprintable())[:LABEL_CHARS_MAX]
        values = (made.name, party, made.credential, made.key, made.rp_id, made.origin, count, label,
                  stamp(self._now()))  # fmt: skip
        names = "id, party, credential, key, rp_id, origin, count, label, made"
        places = ", ".join("?" * len(values))
        sql = f"INSERT INTO access_passkey ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"
        if not self._changed(sql, values):
            raise Conflict(f"the passkey {made.name} is registered already")

    def passkeys(self, party: str) -> list[HeldPasskey]:
        """The passkeys of a party that count, oldest first."""
        query = f"SELECT {COLUMNS} FROM access_passkey WHERE party = ? AND ended IS NULL ORDER BY made, id"
        found = [_held(row) for row in self._rows(query, (party,))]
        return [one for one in found if not self._ended(party, one.made)]

    def used_passkey(self, held: HeldPasskey, count: int) -> None:
        """Note that a passkey was used. Raises `Forbidden` where its counter did not go on: it may be a copy.

        Authenticators without a counter always say 0.
        """
        sql = """UPDATE access_passkey SET count = ?, seen = ?
                 WHERE id = ? AND ended IS NULL AND (count < ? OR (count = 0 AND ? = 0))"""
        if not self._changed(sql, (count, stamp(self._now()), held.id, count, count)):
            raise Forbidden("the counter of this passkey did not go on: it may have been copied; have it taken away")

    def end_passkey(self, passkey_id: str, party: str) -> None:
        """Let a passkey count no more. Raises `NotFound` where the party has no such one; twice is harmless."""
        sql = "UPDATE access_passkey SET ended = coalesce(ended, ?) WHERE id = ? AND party = ?"
        if not self._changed(sql, (stamp(self._now()), passkey_id, party)):
            raise NotFound("passkey", passkey_id)

    def end_passkeys(self, party: str) -> None:
        """Let no passkey of a party count any more."""
        sql = "UPDATE access_passkey SET ended = ? WHERE party = ? AND ended IS NULL"
        self._changed(sql, (stamp(self._now()), party))


def _held(row: Sequence[Any]) -> HeldPasskey:
    passkey_id, party, credential, key, *rest = row
    return HeldPasskey(passkey_id, party, bytes(credential), bytes(key), *rest)


SCHEMA = """
CREATE TABLE IF NOT EXISTS access_passkey (
    id TEXT PRIMARY KEY, party TEXT NOT NULL, credential {bytes} NOT NULL, key {bytes} NOT NULL, rp_id TEXT NOT NULL,
    origin TEXT NOT NULL, count {integer} NOT NULL, label TEXT NOT NULL, made TEXT NOT NULL, seen TEXT, ended TEXT
){strict};
CREATE INDEX IF NOT EXISTS access_passkey_party ON access_passkey (party);
"""
