"""What is wrong with an act about a person, beyond its form: held against what the record says of them.

The same is asked at the door, of whoever files, and again when the entry is followed: what should not have been let in
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from commonweal.kernel.record.entries import AUTHORITY, Act
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import Fault, FaultCollector, Forbidden, Unsound, nearest, stamp

from .kinds import (
    ANONYMOUS,
    APPOINTMENT_ASKED,
    DELEGATED,
    DELEGATION,
    INVITED,
    JOINED,
    LEFT,
    LINKED,
    MOVED,
    NOTED,
    PERSON,
    POST,
    REVOKED,
    UNLINKED,
)
from .law import EXCLUSIVE, administers, check_alone, check_exclusive
from .standing import covers, person_of, post_at
from .two import BY_TWO, check_two, holds_now_or_later

_KNOWN = "a person of this record; `weal person list` shows them"


def check_filing(
    act: Act,
    party: str,
    roles: Collection[str],
    reader: Reader,
    *,
    now: datetime,
    known: Callable[[], Collection[str]],
    exclusive: Sequence[Sequence[str]] = EXCLUSIVE,
    filed: Callable[[str], bool] = lambda party: False,
) -> None:
    """Refuse an act about a person that does not fit. `known` gives the roles that there are.

    `filed` says whether a party filed anything yet: who is given such a party would speak as whoever that was.
    Of a body that is faulty in part (`Sound`), what the rest shows is told. Raises `BadInput` with every fault,
    `Forbidden` where it is not theirs to file, or not theirs alone (`law`).
    """

    def taken(wanted: str) -> bool:
        unknown = person_of(reader, wanted) is None
        return unknown and (wanted.startswith(ANONYMOUS) or (party != AUTHORITY and filed(wanted)))

    if act.kind in BY_TWO:
        check_two(
            act.kind, act.body, party, reader, when=now,
            fits=lambda post, faults: _appointed(
                post, reader, now=now, known=known, exclusive=exclusive, taken=taken, faults=faults
            ),
        )  # fmt: skip
        return
    faults = FaultCollector(act.kind)
    faults.extend(faults_of(act.kind, act.body, reader, now))
    if act.kind in (JOINED.id, MOVED.id):
        with suppress(Unsound):
            _check_roles(act.body["roles"], known, exclusive, faults)
    if act.kind == JOINED.id:
        with suppress(Unsound):
            _check_party(act.body["party"], taken, faults)
    if act.kind == DELEGATED.id:
        with suppress(Unsound):
            begins = max(act.body.get("since") or "", stamp(now))
            held = _held_meanwhile(reader, act.body["to"], begins, act.body["until"])
            check_exclusive("roles", [*held, *act.body["roles"]], exclusive, faults, act.body["to"])
    faults.done()
    _check_may(act, party, roles, reader)


def post_kind(reader: Reader, person: str, now: datetime) -> str:
    """By which kind of entry somebody comes to a post: who holds one is moved, others join."""
    return MOVED.id if holds_now_or_later(reader, person, stamp(now)) else JOINED.id


def _appointed(
    post: Mapping[str, Any],
    reader: Reader,
    *,
    now: datetime,
    known: Callable[[], Collection[str]],
    exclusive: Sequence[Sequence[str]],
    taken: Callable[[str], bool],
    faults: FaultCollector,
) -> None:
    """What is wrong with the post of an administrator, beside that two of them give it."""
    if not administers(post["roles"]):
        want = "authority among them: who does not become an administrator joins or moves by one act"
        faults.add("roles", ", ".join(post["roles"]), want, "administrator")
    faults.extend(faults_of(APPOINTMENT_ASKED.id, post, reader, now))
    _check_roles(post["roles"], known, exclusive, faults)
    _check_party(post["party"], taken, faults)


def _check_roles(
    roles: Sequence[str],
    known: Callable[[], Collection[str]],
    exclusive: Sequence[Sequence[str]],
    faults: FaultCollector,
) -> None:
    listed = sorted(known())
    for role in roles:
        if role not in listed:
            faults.add("roles", role, f"a role that there is, the nearest first: {nearest(role, listed)}", "role")
    check_exclusive("roles", roles, exclusive, faults)


def _check_party(party: str, taken: Callable[[str], bool], faults: FaultCollector) -> None:
    if party == AUTHORITY:
        faults.add("party", AUTHORITY, "a party of the person's own; that one is the authority itself", "party")
    elif taken(party):
        want = "a party of the person's own, under which nobody has filed anything yet; this one is somebody's already"
        faults.add("party", party, want, "taken")


def _held_meanwhile(reader: Reader, person: str, since: str, until: str) -> set[str]:
    """What somebody holds or exercises for others at any time between two instants."""
    posts = [row for row in _posts(reader, person) if _overlaps(row, since, until)]
    lent = [row for row in reader.select(DELEGATION, {"to": person}) if _overlaps(row, since, until)]
    return {role for row in (*posts, *lent) for role in row["roles"]}


def _overlaps(row: Row, since: str, until: str) -> bool:
    return bool(row["since"] < until and (row["until"] is None or since < row["until"]))


def faults_of(kind: str, body: Mapping[str, Any], reader: Reader, now: datetime) -> list[Fault]:
    """Everything that is wrong with an act about a person, as of `now`, whoever files it."""
    faults = FaultCollector(kind)
    at = stamp(now)
    with suppress(Unsound):
        begins = max(body.get("since") or at, at)
        with suppress(Unsound):
            until = body.get("until")
            if until is not None and until <= begins:
                faults.add("until", until, f"an instant after it begins ({begins})", "until")
        _CHECKS[kind](body, reader, at, begins, faults)
    return list(faults.found)


def _check_may(act: Act, party: str, roles: Collection[str], reader: Reader) -> None:
    """Nobody changes what they hold themselves; who is no administrator lends and takes back only their own."""
    if party == AUTHORITY and act.kind != LINKED.id:
        return
    own = person_of(reader, party)
    mine = own["person"] if own else None
    if act.kind in (JOINED.id, MOVED.id) and mine == act.body["person"]:
        raise Forbidden("nobody gives roles to themselves: another administrator records this")
    if act.kind in (LINKED.id, UNLINKED.id) and mine != act.body["person"]:
        raise Forbidden("nobody links an account for another: they do it themselves, signed in with their key")
    if act.kind == INVITED.id and mine == act.body["person"]:
        raise Forbidden("nobody invites themselves: another administrator does")
    if act.kind == DELEGATED.id and mine == act.body["to"]:
        raise Forbidden("nobody takes another's roles for themselves: they lend them, or another administrator does")
    if act.kind in (DELEGATED.id, REVOKED.id) and not administers(roles) and mine != act.body["person"]:
        raise Forbidden("roles are lent and taken back by who holds them, or by an administrator of the authority")
    if act.kind == NOTED.id and not administers(roles) and (act.body.get("name") or mine != act.body["person"]):
        raise Forbidden("names and reasons are recorded by an administrator; by others only why they lent a role")
    check_alone(act.kind, act.body, mine, reader)


def _joined(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    person, party = body["person"], body["party"]
    known, other = reader.get(PERSON, person), person_of(reader, party)
    if other is not None and other["person"] != person:
        faults.add("party", party, f"a party of their own: this one is {other['person']}'s", "party")
    if known is not None and known["party"] != party:
        faults.add("party", party, "the party under which this person acted before", "party")
    for row in _later(reader, person, begins) if known is not None else ():
        want = f"somebody who does not work here yet; they do since {row['since']}: record that they moved"
        faults.add("person", person, want, "joined")
        break


def _moved(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    person = body["person"]
    if reader.get(PERSON, person) is None:
        faults.add("person", person, _KNOWN, "reference")
    elif not any(_reaches(row, at, begins) for row in _posts(reader, person)):
        want = f"somebody who holds a role until {begins} or longer; record that they joined"
        faults.add("person", person, want, "moved")


def _posted(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    """Somebody becomes an administrator: moved where they hold a post, else joining."""
    known = reader.get(PERSON, body["person"])
    if known is None or not holds_now_or_later(reader, body["person"], at):
        _joined(body, reader, at, begins, faults)
        return
    if known["party"] != body["party"]:
        faults.add("party", body["party"], "the party under which this person acts", "party")
    _moved(body, reader, at, begins, faults)


def _invited(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    person = body["person"]
    if reader.get(PERSON, person) is None:
        faults.add("person", person, _KNOWN, "reference")
    elif not holds_now_or_later(reader, person, at):
        want = f"somebody who holds a role, now or later; {person} holds no role: record that they joined first"
        faults.add("person", person, want, "holds")


def _noted(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    """A note says something; whom it is about may be recorded in the same breath."""
    if not (body.get("name") or body.get("note")):
        faults.add("note", "", "a name or a note: one of both says something", "empty")


def _left(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    person, on = body["person"], max(body.get("on") or begins, begins)
    if reader.get(PERSON, person) is None:
        faults.add("person", person, _KNOWN, "reference")
    elif not _later(reader, person, on):
        faults.add("person", person, f"somebody who holds a role after {on}", "left")


def _delegated(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    person, to = body["person"], body["to"]
    for name in ("person", "to"):
        if reader.get(PERSON, body[name]) is None:
            faults.add(name, body[name], _KNOWN, "reference")
    if person == to:
        faults.add("to", to, "another person than who lends the role", "to")
    mine, theirs = post_at(reader, person, begins), post_at(reader, to, begins)
    if faults.count:
        return
    if mine is None:
        faults.add("person", person, f"somebody who holds a role at {begins}", "holds")
    if theirs is None:
        faults.add("to", to, f"somebody who holds a role at {begins}", "holds")
    if mine is None or theirs is None:
        return
    if mine["organisation"] != theirs["organisation"]:
        want = f"somebody of {mine['organisation']}: roles are lent within one organisation"
        faults.add("to", to, want, "organisation")
    _check_lent(body, reader, begins, faults, own=mine["roles"], theirs=theirs["roles"])


def _check_lent(
    body: Mapping[str, Any],
    reader: Reader,
    begins: str,
    faults: FaultCollector,
    *,
    own: Collection[str],
    theirs: Collection[str],
) -> None:
    """Only roles of one's own post are lent, to one other at a time, and to nobody who holds them anyway."""
    person, to = body["person"], body["to"]
    lent = [row for row in reader.select(DELEGATION, {"person": person}) if row["since"] < row["until"]]
    meanwhile = [row for row in lent if row["since"] < body["until"] and begins < row["until"]]
    for role in body["roles"]:
        if role not in own:
            want = f"a role of {person}'s own post: {', '.join(own)}; what is lent is not lent on"
            faults.add("roles", role, want, "own")
        elif role in theirs:
            faults.add("roles", role, f"a role that {to} does not hold already: they have it by their own post", "held")
        for row in meanwhile:
            if role in row["roles"]:
                want = f"a role that nobody exercises meanwhile: entry {row['entry']} lends it until {row['until']}"
                faults.add("roles", role, want, "lent")


def _revoked(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    row = reader.get(DELEGATION, body["delegation"])
    if row is None or row["person"] != body["person"]:
        faults.add("delegation", body["delegation"], f"the entry of a delegation by {body['person']}", "reference")
    elif row["until"] <= begins:
        faults.add("delegation", body["delegation"], f"one that is still to end; it ended at {row['until']}", "ended")


def _posts(reader: Reader, person: str) -> list[Row]:
    """The posts that are or were held, without those that ended as they began."""
    return [row for row in reader.select(POST, {"person": person}) if row["since"] != row["until"]]


def _reaches(row: Row, at: str, begins: str) -> bool:
    """Whether a post is held up to the instant at which another begins; one that has ended reaches nothing."""
    return bool(row["since"] <= begins and (row["until"] is None or (at < row["until"] and begins <= row["until"])))


def _later(reader: Reader, person: str, at: str) -> list[Row]:
    """The posts that are held at an instant or after it."""
    return [row for row in _posts(reader, person) if covers(row, at) or row["since"] > at]


_CHECKS: Mapping[str, Callable[[Mapping[str, Any], Reader, str, str, FaultCollector], None]] = {
    JOINED.id: _joined,
    MOVED.id: _moved,
    LEFT.id: _left,
    DELEGATED.id: _delegated,
    REVOKED.id: _revoked,
    INVITED.id: _invited,
    LINKED.id: _invited,
    UNLINKED.id: _invited,
    NOTED.id: _noted,
    APPOINTMENT_ASKED.id: _posted,
}
