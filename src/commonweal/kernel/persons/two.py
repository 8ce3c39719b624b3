"""What one administrator asks for and another confirms: letting somebody in anew who lost their device (a recovery),
and making somebody an administrator (an appointment). Neither of the two is the person it is about.

Both hold the role `authority`, the first still at the moment of the second. The authority itself, as whoever runs the
machine, is neither: two persons answer for it by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel.record.tables import Reader, Row, Table
from commonweal.kernel.values import FaultCollector, Forbidden, NotFound, instant, stamp

from .kinds import (
    APPOINTMENT,
    APPOINTMENT_ASKED,
    APPOINTMENT_CONFIRMED,
    PERSON,
    POST,
    RECOVERY,
    RECOVERY_ASKED,
    RECOVERY_CONFIRMED,
)
from .law import OPEN_MAX, administers
from .standing import covers, person_of, standing

ASKED = {RECOVERY_ASKED.id: (RECOVERY, "until"), APPOINTMENT_ASKED.id: (APPOINTMENT, "confirm_by")}
"""For each kind by which something is asked for: its table, and the field that says until when it can be confirmed."""
CONFIRMED = {RECOVERY_CONFIRMED.id: (RECOVERY, "recovery"), APPOINTMENT_CONFIRMED.id: (APPOINTMENT, "appointment")}
"""For each kind by which it is confirmed: its table, and the field that names what was asked for."""
BY_TWO = frozenset((*ASKED, *CONFIRMED))
Fits = Callable[[Mapping[str, Any], FaultCollector], None]
"""Adds what is wrong with a post that is asked for, as of now."""


def entitled(reader: Reader, party: str, about: str, when: datetime) -> str:
    """The person who acts under a party, where they may ask or confirm about another. Raises `Forbidden`."""
    row = person_of(reader, party)
    if row is None:
        raise Forbidden("this is asked for and confirmed by persons with a key of their own, two of them")
    if row["person"] == about:
        raise Forbidden("nobody recovers or appoints themselves: two other administrators do")
    if not administers(standing(reader, row["person"], when).roles):
        raise Forbidden("this is asked for and confirmed by who holds the role authority")
    return str(row["person"])


def check_two(
    kind: str, body: Mapping[str, Any], party: str, reader: Reader, *, when: datetime, fits: Fits
) -> tuple[str, Row | None]:
    """The person who asks or confirms, and what a confirmation confirms. `fits` looks at the post of an appointment.

    Raises `BadInput` with every fault, and `Forbidden`.
    """
    about, faults = body["person"], FaultCollector(kind)
    by = entitled(reader, party, about, when)
    if kind in (RECOVERY_ASKED.id, RECOVERY_CONFIRMED.id):
        if reader.get(PERSON, about) is None:
            faults.add("person", about, "a person of this record; `weal person list` shows them", "reference")
        elif not holds_now_or_later(reader, about, stamp(when)):
            faults.add("person", about, "somebody who holds a role, now or later: record that they joined", "holds")
    row = None
    if kind in ASKED:
        _asked(kind, body, reader, when, faults)
        if kind == APPOINTMENT_ASKED.id:
            fits(body, faults)
    else:
        row = _confirmed(kind, body, by, reader, when=when, faults=faults)
        if row is not None and kind == APPOINTMENT_CONFIRMED.id:
            fits(row["post"], faults)
    faults.done()
    return by, row


def recovery(reader: Reader, entry: int) -> Row:
    """The recovery that an entry asks for, and who confirmed it. Raises `NotFound`."""
    return _found(reader, RECOVERY, "recovery", entry)


def appointment(reader: Reader, entry: int) -> Row:
    """The appointment that an entry asks for, and who confirmed it. Raises `NotFound`."""
    return _found(reader, APPOINTMENT, "appointment", entry)


def open_requests(reader: Reader, when: datetime) -> list[tuple[str, Row]]:
    """What waits for a second person, oldest first: `recovery` or `appointment`, and its row."""
    found = [
        (name, row)
        for table, name in CONFIRMED.values()
        for row in reader.select(table, {"confirmed": None}, order=("entry",))
        if _stands(reader, row, when)
    ]
    return sorted(found, key=lambda one: int(one[1]["entry"]))


def _found(reader: Reader, table: Table, noun: str, entry: int) -> Row:
    row = reader.get(table, entry)
    if row is None:
        raise NotFound(noun, entry, "the entry that asks for one has this number")
    return row


def _stands(reader: Reader, row: Row, when: datetime) -> bool:
    """Whether a request is in time, and asked by somebody who may still ask."""
    return bool(stamp(when) < row["until"] and _still_entitled(reader, row, when))


def _asked(kind: str, body: Mapping[str, Any], reader: Reader, when: datetime, faults: FaultCollector) -> None:
    table, named = ASKED[kind]
    until, latest = body[named], stamp(when + OPEN_MAX)
    if not stamp(when) < until <= latest:
        faults.add(named, until, f"an instant after {stamp(when)} and not after {latest}", "until")
    for row in reader.select(table, {"person": body["person"], "confirmed": None}, order=("entry",)):
        if _stands(reader, row, when):
            want = f"somebody for whom this is not asked already: confirm entry {row['entry']}, as another person"
            faults.add("person", body["person"], want, "asked")


def _confirmed(
    kind: str, body: Mapping[str, Any], by: str, reader: Reader, *, when: datetime, faults: FaultCollector
) -> Row | None:
    table, named = CONFIRMED[kind]
    row, entry = reader.get(table, body[named]), body[named]
    if row is None or row["person"] != body["person"]:
        faults.add(named, entry, f"the entry that asks for it for {body['person']}", "reference")
        return None
    if row["confirmed"] is not None:
        faults.add(named, entry, f"one to confirm; entry {row['confirmed']} did", "confirmed")
    elif instant(row["until"]) <= when:
        faults.add(named, entry, f"one still open; it ended at {row['until']}: ask anew", "ended")
    elif not _still_entitled(reader, row, when):
        want = f"one asked by somebody who still may; {row['asked_by']} may not any more: ask anew"
        faults.add(named, entry, want, "asker")
    elif row["asked_by"] == by:
        raise Forbidden("the same person asked for it: another administrator confirms it")
    return row


def _still_entitled(reader: Reader, row: Row, when: datetime) -> bool:
    return administers(standing(reader, row["asked_by"], when).roles)


def holds_now_or_later(reader: Reader, person: str, at: str) -> bool:
    """Whether a person holds a post at an instant (as `stamp` writes it) or begins one after it."""
    posts = reader.select(POST, {"person": person})
    return any(row["since"] != row["until"] and (covers(row, at) or row["since"] > at) for row in posts)
