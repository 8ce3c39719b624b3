"""What is wrong with an act about a person, beyond its form: held against what the record says of them.

The same is asked at the door, of whoever files, and again when the entry is followed: what should not have been let in
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel.record.entries import AUTHORITY, Act
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import Fault, FaultCollector, Forbidden, stamp

from .kinds import (
    ADMINISTRATORS,
    DELEGATED,
    DELEGATION,
    JOINED,
    LEFT,
    MOVED,
    PERSON,
    POST,
    RECOVERY_ASKED,
    RECOVERY_CONFIRMED,
    REVOKED,
)
from .recovery import check_recovery
from .standing import covers, person_of, post_at

_KNOWN = "a person of this record; `weal person list` shows them"

RECOVERIES = frozenset((RECOVERY_ASKED.id, RECOVERY_CONFIRMED.id))


def check_filing(
    act: Act,
    party: str,
    roles: Collection[str],
    reader: Reader,
    *,
    now: datetime,
    known: Callable[[], Collection[str]],
) -> None:
    """Refuse an act about a person that does not fit. `known` gives the roles that there are.

    Raises `BadInput` with every fault, `Forbidden` where it is not theirs to file.
    """
    if act.kind in RECOVERIES:
        check_recovery(act.kind, act.body, party, reader, now)
    if act.kind not in _CHECKS:
        return
    faults = FaultCollector(act.kind)
    faults.extend(faults_of(act.kind, act.body, reader, now))
    if act.kind in (JOINED.id, MOVED.id):
        listed = sorted(known())
        for role in act.body["roles"]:
            if role not in listed:
                faults.add("roles", role, "one of " + ", ".join(listed), "role")
    if act.kind == JOINED.id and act.body["party"] == AUTHORITY:
        faults.add("party", AUTHORITY, "a party of the person's own; that one is the authority itself", "party")
    faults.done()
    _check_may(act, party, roles, reader)


def faults_of(kind: str, body: Mapping[str, Any], reader: Reader, now: datetime) -> list[Fault]:
    """Everything that is wrong with an act about a person, as of `now`, whoever files it."""
    faults = FaultCollector(kind)
    at = stamp(now)
    begins = max(body.get("since") or at, at)
    until = body.get("until")
    if until is not None and until <= begins:
        faults.add("until", until, f"an instant after it begins ({begins})", "until")
    _CHECKS[kind](body, reader, at, begins, faults)
    return list(faults.found)


def _check_may(act: Act, party: str, roles: Collection[str], reader: Reader) -> None:
    """Nobody changes what they hold themselves; who is no administrator lends and takes back only their own."""
    if party == AUTHORITY:
        return
    own = person_of(reader, party)
    mine = own["person"] if own else None
    administers = bool(set(ADMINISTRATORS) & set(roles))
    if act.kind in (JOINED.id, MOVED.id) and mine == act.body["person"]:
        raise Forbidden("nobody gives roles to themselves: another administrator records this")
    if act.kind == DELEGATED.id and mine == act.body["to"]:
        raise Forbidden("nobody takes another's roles for themselves: they lend them, or another administrator does")
    if act.kind in (DELEGATED.id, REVOKED.id) and not administers and mine != act.body["person"]:
        raise Forbidden("roles are lent and taken back by who holds them, or by an administrator of the authority")


def _joined(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    person, party = body["person"], body["party"]
    known, other = reader.get(PERSON, person), person_of(reader, party)
    if other is not None and other["person"] != person:
        faults.add("party", party, f"a party of their own: this one is {other['person']}'s", "party")
    if known is not None and known["party"] != party:
        faults.add("party", party, "the party under which this person acted before", "party")
    for row in _later(reader, person, begins) if known is not None else ():
        want = f"somebody who holds nothing from {begins} on; they do since {row['since']}: record that they moved"
        faults.add("person", person, want, "joined")
        break


def _moved(body: Mapping[str, Any], reader: Reader, at: str, begins: str, faults: FaultCollector) -> None:
    person = body["person"]
    if reader.get(PERSON, person) is None:
        faults.add("person", person, _KNOWN, "reference")
    elif not any(_reaches(row, at, begins) for row in _posts(reader, person)):
        want = f"somebody who holds a role until {begins} or longer; record that they joined"
        faults.add("person", person, want, "moved")


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
            faults.add("roles", role, f"a role that {to} does not hold of their own", "held")
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
}
