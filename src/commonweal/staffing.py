"""People of an authority: what is done with them as one step, where an entry and somebody's keys go together.

The entry comes first: it decides (`kernel/persons`), and the keys only follow. A crash in between leaves a key that
opens nothing, never one that opens too much.
"""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from commonweal.acceptance import ORGANISATION, Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import persons, protocols, registry
from commonweal.kernel.protocols.kinds import APPROVER_WITHDRAWN
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, Conflict, Fault, NotFound, instant, stamp
from commonweal.witnessing import Receipt

INVITED_FOR = timedelta(days=7)
SCOPES = ("file", "read")
_NEAR_MAX, _CLOSE = 3, 0.7
_WHICH_ACT = re.compile(r"^act \d+: ")


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


def speaks_for(authority: Authority, named: str) -> tuple[str, str]:
    """For which body a key or a post speaks that is said to be for `named`, and a remark where that needs one.

    A registered organisation is named by its identifier, and what it owes is shown to whoever speaks for it; its slug
    or its name will do where nothing else is called so. Any other code names a body that approves, as a court does.
    Raises `BadInput` where several are called so.
    """
    own = persons.ADMINISTRATORS[0]
    if named in ("", own) or (":" in named and not named.startswith(ORGANISATION)):
        return named, ""
    authority.follow()
    rows = {row["subject"]: row["name"] for row in registry.subjects(authority.reader, ORGANISATION[:-1])}
    if named in rows:
        return named, ""
    wanted = named.removeprefix(ORGANISATION).casefold()
    found = sorted(one for one, name in rows.items() if wanted in (one.removeprefix(ORGANISATION), name.casefold()))
    bodies = _bodies(authority)
    if found and named not in bodies and not named.startswith(ORGANISATION):
        if len(found) > 1:
            raise BadInput(Fault("organisation", named, f"one of them: {', '.join(found)}", "ambiguous"))
        return found[0], f"{named} is on the register as {found[0]}: that is for whom it speaks."
    names = {one.removeprefix(ORGANISATION): one for one in rows} | {name.casefold(): one for one, name in rows.items()}
    near = list(dict.fromkeys(names[name] for name in difflib.get_close_matches(wanted, names, _NEAR_MAX, _CLOSE)))
    meant = f" Perhaps {' or '.join(near)} is meant." if near else ""
    if named.startswith(ORGANISATION):
        return named, f"{named} is not on the register yet: what it owes is shown once it is.{meant}"
    if named in bodies:
        other = f"{named} is a body that speaks here already, and not {' or '.join(found)}, which is on the register."
        return named, other if found else ""
    return named, f"{named} is no organisation on the register, so no duties are shown to it; it may approve.{meant}"


def colleagues(authority: Authority, caller: Caller) -> set[str]:
    """Who ever acted for the registered organisation for which a caller acts, and the caller."""
    found = {caller.party}
    if caller.organisation.startswith(ORGANISATION):
        found |= {key.party for key in authority.access.issued() if key.organisation == caller.organisation}
        posts = {row["person"] for row in persons.posts(authority.reader) if row["organisation"] == caller.organisation}
        found |= {row["party"] for row in persons.persons(authority.reader) if row["person"] in posts}
    return found


def _bodies(authority: Authority) -> set[str]:
    """Every body for which somebody here speaks or approves."""
    posts = (row["organisation"] for row in persons.posts(authority.reader))
    approve = (row["organisation"] for row in protocols.approvers(authority.reader, standing=False))
    return {*posts, *approve, *(key.organisation for key in authority.access.issued())}


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
    """Record an act about a person and let it count at once; who leaves or is recovered by it loses every key now.

    Names and reasons are recorded beside it, so that they can be erased without what is judged by (`acts_of`).

    Repeated where a crash came in between, it does what is left. Raises what acting does.
    """
    try:
        receipt = authority.act_all(acts_of(kind, body, key), caller)[0]
    except BadInput as error:  # whoever fills in one form need not know that it makes two entries
        raise BadInput([replace(one, where=_WHICH_ACT.sub("", one.where)) for one in error.faults], kind) from error
    authority.follow()
    if kind == persons.LEFT.id:
        found = member(authority, str(body["person"]))
        if not found.standing.roles:
            end_keys(authority, found.row["party"], caller)
    if kind == persons.RECOVERY_CONFIRMED.id and not receipt.again:
        end_keys(authority, member(authority, str(body["person"])).row["party"])
    return receipt


def acts_of(kind: str, body: Mapping[str, Any], key: str = "") -> list[Act]:
    """What is recorded for an act about a person: itself without words, and beside it the words (`person.noted`).

    A name that is given and blank is said too, so that it is refused; an empty note says nothing.
    """
    said = {name: body[name] for name in ("name", "note") if name in body and (name == "name" or body[name])}
    acts = [Act(kind, {name: value for name, value in body.items() if name not in ("name", "note")}, key=key)]
    if said:
        acts.append(Act(persons.NOTED.id, {"person": body["person"], **said}, key=f"{key}:noted" if key else ""))
    return acts


def end_keys(authority: Authority, party: str, caller: Caller = OPERATOR) -> None:
    """End every key, session and invitation of a party; its approver's keys are withdrawn in the record."""
    authority.access.end_invitations(party)
    authority.access.end_passkeys(party)
    for key in authority.access.issued():
        if key.party == party and key.revoked is None:
            authority.revoke_key(key.id, caller)
    for row in protocols.approvers(authority.reader, party=party):
        authority.act(Act(APPROVER_WITHDRAWN.id, {"key_id": row["key_id"]}, key=f"left:{row['key_id']}"), caller)
    authority.follow()


def invite(authority: Authority, found: Member, until: datetime, caller: Caller = OPERATOR, label: str = "") -> str:
    """Record that a person is invited, and give a code, good once, with which they make a key that follows them.

    The key opens what they hold at each moment. Earlier invitations that were not used end. An administrator does this
    only where no key of theirs stands that carries all they hold: else two recover them (`persons.law`). Where two let
    them in (`halved`), each of the two gives half the code, and ends no half but their own; where one alone lets in
    somebody with a role of the office, the entry says so.
    Raises `Conflict` where that is so, what acting does, and `BadInput` for somebody who holds nothing, now or later.
    """
    if caller.party != OPERATOR.party and (key := standing_key(authority, found.row)) is not None:
        raise Conflict(
            f"{found.row['person']} holds the key {key}: who lost their device is let in anew by two administrators "
            "(person.recovery_asked)"
        )
    by_two = halved(authority, found, caller)
    alone = not by_two and persons.brought_in_by_one(authority.reader, found.row["party"], authority.reading().now)
    body = {"person": found.row["person"], **({"by_one": True} if alone else {})}
    authority.act(Act(persons.INVITED.id, body, key=f"invited:{secrets.token_hex(12)}"), caller)
    authority.follow()
    giver = _giver(authority, caller)
    authority.access.end_invitations(found.row["party"], giver if by_two else None)
    for key in _outdated(authority, found.row):
        authority.revoke_key(key, caller)
    return authority.access.invite(found.row["party"], (persons.FOLLOWS,), SCOPES, until, label=label, given_by=giver)


def halved(authority: Authority, found: Member, caller: Caller) -> bool:
    """Whether the code that a caller gives a person is half of one, because two let them in."""
    return bool(_giver(authority, caller)) and authority.access.let_in_by_two(found.row["party"])


def complete(authority: Authority, found: Member, caller: Caller) -> bool:
    """Whether a person has the other half too, with which the code that a caller gives them opens."""
    return authority.access.other_half_given(found.row["party"], _giver(authority, caller))


def _giver(authority: Authority, caller: Caller) -> str:
    """By whom an invitation counts as given; "" for whoever runs the machine."""
    if caller.party == OPERATOR.party:
        return ""
    row = persons.person_of(authority.reader, caller.party)
    return str(row["person"]) if row else caller.party


def asked(authority: Authority, entry: int) -> tuple[str, str]:
    """By which kind what an entry asks for is confirmed, and for whom. Raises `NotFound`."""
    for kind, found in (
        (persons.APPOINTMENT_CONFIRMED.id, persons.appointment),
        (persons.RECOVERY_CONFIRMED.id, persons.recovery),
    ):
        with suppress(NotFound):
            return kind, str(found(authority.reader, entry)["person"])
    raise NotFound("recovery or appointment", entry, "the entry that asks for one has this number")


def standing_key(authority: Authority, row: Row) -> str | None:
    """A key of somebody's that counts, was not given up, and carries all that they hold; None for none. One from before
    they joined counts too."""
    since = _counts_from(authority, row)
    now = stamp(datetime.now(UTC))
    for key in authority.access.issued():
        lives = key.revoked is None and (key.expires is None or key.expires > now)
        if key.party == row["party"] and lives and key.issued >= since and authority.access.carries_all(key.id):
            return key.id
    return None


def _outdated(authority: Authority, row: Row) -> list[str]:
    """Keys from before somebody was let in anew, where that was filed at a door that ends none."""
    since = _counts_from(authority, row)
    return [
        key.id
        for key in authority.access.issued()
        if key.party == row["party"] and key.revoked is None and key.issued < since
    ]


def _counts_from(authority: Authority, row: Row) -> str:
    """From when on keys of a person count: since they came back, or were let in anew; "" where any counts.

    Instants are kept to the second: a key of the very second in which two let somebody in anew is one from before.
    """
    recovered = persons.last_recovered(authority.reader, row["party"])
    after = stamp(instant(recovered["confirmed_at"]) + timedelta(seconds=1)) if recovered else ""
    return max(row["joined_at"] if row["again"] else "", after)
