"""Who lost their device is let in anew by two persons: one asks, another confirms, and neither is the one recovered.

Both hold the role `authority`, the first still at the moment of the second. The authority itself, as whoever runs the
machine, is neither: two persons answer for it by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import FaultCollector, Forbidden, NotFound, instant, stamp

from .kinds import ADMINISTRATORS, PERSON, POST, RECOVERY, RECOVERY_ASKED
from .standing import covers, person_of, standing

OPEN_MAX = timedelta(days=7)


def entitled(reader: Reader, party: str, recovered: str, when: datetime) -> str:
    """The person who acts under a party, where they may recover `recovered`. Raises `Forbidden`."""
    row = person_of(reader, party)
    if row is None:
        raise Forbidden("a recovery is asked for and confirmed by persons with a key of their own, two of them")
    if row["person"] == recovered:
        raise Forbidden("nobody recovers themselves: two other administrators do")
    if not set(ADMINISTRATORS) & set(standing(reader, row["person"], when).roles):
        raise Forbidden(f"a recovery is asked for and confirmed by who holds the role {' or '.join(ADMINISTRATORS)}")
    return str(row["person"])


def check_recovery(kind: str, body: Mapping[str, Any], party: str, reader: Reader, when: datetime) -> str:
    """The person who asks for a recovery or confirms it. Raises `BadInput` with every fault, and `Forbidden`."""
    person, faults = body["person"], FaultCollector(kind)
    by = entitled(reader, party, person, when)
    if reader.get(PERSON, person) is None:
        faults.add("person", person, "a person of this record; `weal person list` shows them", "reference")
    elif not _holds_now_or_later(reader, person, stamp(when)):
        faults.add("person", person, "somebody who holds a role, now or later: record that they joined", "holds")
    if kind == RECOVERY_ASKED.id:
        _asked(body, reader, when, faults)
    else:
        _confirmed(body, by, reader, when, faults)
    faults.done()
    return by


def recovery(reader: Reader, entry: int) -> Row:
    """What an entry asks for, and who confirmed it. Raises `NotFound`."""
    row = reader.get(RECOVERY, entry)
    if row is None:
        raise NotFound("recovery", entry, "`weal person recover` prints the entry that asks for one")
    return row


def last_recovered(reader: Reader, party: str) -> Row | None:
    """The newest recovery of the person who acts under a party; None where there was none."""
    person = person_of(reader, party)
    rows = reader.select(RECOVERY, {"person": person["person"]}) if person else []
    done = [row for row in rows if row["confirmed"] is not None]
    return max(done, key=lambda row: int(row["confirmed"]), default=None)


def _open(reader: Reader, person: str, when: datetime) -> list[Row]:
    """What waits for a second person: in time, and asked by somebody who may still ask."""
    rows = reader.select(RECOVERY, {"person": person, "confirmed": None}, order=("entry",))
    return [row for row in rows if stamp(when) < row["until"] and _still_entitled(reader, row, when)]


def _asked(body: Mapping[str, Any], reader: Reader, when: datetime, faults: FaultCollector) -> None:
    until, latest = body["until"], stamp(when + OPEN_MAX)
    if not stamp(when) < until <= latest:
        faults.add("until", until, f"an instant after {stamp(when)} and not after {latest}", "until")
    for row in _open(reader, body["person"], when):
        want = f"somebody whose recovery is not asked for already: confirm entry {row['entry']}, as another person"
        faults.add("person", body["person"], want, "asked")


def _confirmed(body: Mapping[str, Any], by: str, reader: Reader, when: datetime, faults: FaultCollector) -> None:
    row = reader.get(RECOVERY, body["recovery"])
    if row is None or row["person"] != body["person"]:
        want = f"the entry that asks for the recovery of {body['person']}"
        faults.add("recovery", body["recovery"], want, "reference")
    elif row["confirmed"] is not None:
        faults.add("recovery", body["recovery"], f"one to confirm; entry {row['confirmed']} did", "confirmed")
    elif instant(row["until"]) <= when:
        faults.add("recovery", body["recovery"], f"one still open; it ended at {row['until']}: ask anew", "ended")
    elif not _still_entitled(reader, row, when):
        want = f"one asked by somebody who still may; {row['asked_by']} may not any more: ask anew"
        faults.add("recovery", body["recovery"], want, "asker")
    elif row["asked_by"] == by:
        raise Forbidden("the same person asked for it: another administrator confirms it")


def _still_entitled(reader: Reader, row: Row, when: datetime) -> bool:
    return bool(set(ADMINISTRATORS) & set(standing(reader, row["asked_by"], when).roles))


def _holds_now_or_later(reader: Reader, person: str, at: str) -> bool:
    posts = reader.select(POST, {"person": person})
    return any(row["since"] != row["until"] and (covers(row, at) or row["since"] > at) for row in posts)
