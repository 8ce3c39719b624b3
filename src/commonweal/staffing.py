"""People of an authority: what is done with them as one step, where an entry and somebody's keys go together.

The entry comes first: it decides (`kernel/persons`), and the keys only follow. A crash in between leaves a key that
opens nothing, never one that opens too much.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import persons, protocols
from commonweal.kernel.protocols.kinds import APPROVER_WITHDRAWN
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import Conflict, stamp
from commonweal.witnessing import Receipt

INVITED_FOR = timedelta(days=7)
SCOPES = ("file", "read")


@dataclass(frozen=True, slots=True)
class Member:
    """A person with what they may do at an instant."""

    row: Row
    standing: persons.Standing

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        found = self.standing
        return {
            "person": self.row["person"],
            "party": self.row["party"],
            "name": self.row["name"],
            "organisation": found.organisation,
            "roles": list(found.roles),
            "own": list(found.own),
            "exercises_for": dict(found.lent),
            "lent_to": dict(found.away),
        }


def new_person() -> str:
    """A number for somebody who joins: public, and without a meaning."""
    return f"person:{secrets.token_hex(5)}"


def members(authority: Authority, when: datetime | None = None) -> list[Member]:
    """Every person there ever was here, with what each may do at an instant (now)."""
    reader, at = authority.reader, when or authority.reading().now
    return [Member(row, persons.standing(reader, row["person"], at)) for row in persons.persons(reader)]


def member(authority: Authority, named: str, when: datetime | None = None) -> Member:
    """One person, by number or party. Raises `NotFound`."""
    row = persons.person(authority.reader, named)
    return Member(row, persons.standing(authority.reader, row["person"], when or authority.reading().now))


def record(
    authority: Authority, kind: str, body: Mapping[str, Any], caller: Caller = OPERATOR, key: str = ""
) -> Receipt:
    """Record an act about a person and let it count at once; who leaves by it loses every key now.

    Repeated where a crash came in between, it does what is left. Raises what acting does.
    """
    receipt = authority.act(Act(kind, body, key=key), caller)
    authority.follow()
    if kind == persons.LEFT.id:
        found = member(authority, str(body["person"]))
        if not found.standing.roles:
            end_keys(authority, found.row["party"], caller)
    return receipt


def end_keys(authority: Authority, party: str, caller: Caller = OPERATOR) -> None:
    """End every key, session and invitation of a party; its approver's keys are withdrawn in the record."""
    authority.access.end_invitations(party)
    for key in authority.access.issued():
        if key.party == party and key.revoked is None:
            authority.revoke_key(key.id, caller)
    for row in protocols.approvers(authority.reader, party=party):
        authority.act(Act(APPROVER_WITHDRAWN.id, {"key_id": row["key_id"]}, key=f"left:{row['key_id']}"), caller)
    authority.follow()


def confirm(authority: Authority, body: Mapping[str, Any], caller: Caller, until: datetime) -> tuple[Receipt, str]:
    """Confirm a recovery, end every key of who is recovered, and give the one code with which they make a new one.

    `body` is that of `person.recovery_confirmed`. Confirmed again it gives no second code: where the first was lost, or
    a crash came in between, two persons recover anew. Raises what acting does, and `Conflict`.
    """
    receipt = authority.act(Act(persons.RECOVERY_CONFIRMED.id, body, ""), caller)
    authority.follow()
    asked = persons.recovery(authority.reader, body["recovery"])
    if receipt.again or asked["confirmed"] != receipt.index:
        raise Conflict(
            f"entry {body['recovery']} was confirmed before, and its invitation is given once: ask for a recovery anew"
        )
    found = member(authority, body["person"])
    end_keys(authority, found.row["party"])
    return receipt, invite(authority, found, until)


def invite(authority: Authority, found: Member, until: datetime, label: str = "") -> str:
    """A code, good once, with which a person makes a key that follows them: it opens what they hold at each moment.

    Raises `Conflict` for somebody who holds nothing, now or later.
    """
    now = stamp(authority.reading().now)
    posts = persons.history(authority.reader, found.row["person"])["posts"]
    if not any(post["since"] != post["until"] and (post["until"] or now) >= now for post in posts):
        raise Conflict(f"{found.row['person']} holds no role, now or later: record that they joined first")
    return authority.access.invite(found.row["party"], (persons.FOLLOWS,), SCOPES, until, label=label)
