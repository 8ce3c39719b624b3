"""What is erased for a cause goes by two where it must still be kept, belongs to what is still being handled or was
paid on, or was filed by somebody else and goes on a ground that waits for no minimum: one officer asks for it with
reasons, another confirms it with theirs, as two let somebody in anew who lost their device.

Both are persons of this record who hold an office then, the first still at the moment of the second. Whoever runs the
machine is neither: two persons answer for it by name. What came to the end of its time goes by one; what a filed act or
a schedule ends by itself asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel import persons
from commonweal.kernel.record import Reader, Row
from commonweal.kernel.values import FaultCollector, Forbidden, stamp

from .kinds import ASKED, ERASURE, ERASURE_ASKED, KEY, OFFICE
from .queries import bases
from .schedules import ENDED, Basis

CONFIRMS = "confirms"


class NeedsTwo(Forbidden):
    """What somebody still needs, or may still need, goes by two officers."""

    code = "needs_two"
    title = "This takes two officers"


def is_early(row: Row, at: datetime) -> bool:
    """Whether what a key holds must still be kept at an instant, but for a basis that goes before the minimum."""
    return bool(row["state"] != "until" or stamp(at) < row["keep_until"])


def why_two(row: Row, basis: Basis, party: str, at: datetime, *, unsettled: str) -> str:
    """Why it takes two officers to erase what a key holds, where a party erases it on a basis; "" where one is enough.

    `unsettled` says what of anything that it is about is still being handled, empty where nothing is.
    """
    if is_early(row, at):
        return "must still be kept"
    if basis.code == ENDED:
        return ""
    if unsettled:
        return unsettled
    return "was filed by others than who erases it" if basis.before_minimum and set(row["authors"]) - {party} else ""


def check_asked(body: Mapping[str, Any], party: str, reader: Reader, now: datetime) -> None:
    """Hold a request against the record. Raises `BadInput`, and `Forbidden` where who asks is no officer by name."""
    _officer(reader, party, now)
    faults = FaultCollector(ERASURE_ASKED.id)
    where = {"holder": body["holder"], "retention": body["retention_class"], "phase": ("!=", "erased")}
    rows = reader.select(KEY, where, limit=1)
    if not rows:
        want = "whose, and of which class, something is sealed; `weal retention DIR` lists them"
        faults.add("holder", f"{body['holder']} × {body['retention_class']}", want, "reference")
    early = not rows or is_early(rows[0], now)
    found = bases(reader, body["retention_class"])
    known = sorted(code for code, (one, _) in found.items() if one.before_minimum or not (early or code == ENDED))
    if body["basis"] not in known:
        when = " before its minimum has passed" if early else ""
        want = f"one on which {body['retention_class']} is erased{when}: {', '.join(known) or 'there is none'}"
        faults.add("basis", body["basis"], want, "basis")
    faults.done()


def requests(reader: Reader, now: datetime) -> list[Row]:
    """What waits for a second officer, oldest first."""
    done = {row["asked_in"] for row in reader.select(ERASURE, {"asked_in": ("!=", None)}, only=("asked_in",))}
    rows = reader.select(ASKED, {"until": (">", stamp(now))}, order=("entry",))
    return [row for row in rows if row["entry"] not in done]


def confirmed(
    reader: Reader, row: Row, basis: str, *, why: str, number: int | None, reasons: str, party: str, now: datetime
) -> Row:  # fmt: skip
    """The request by which a key goes though it needs two (`why`), confirmed by another officer than who asked.

    Raises `NeedsTwo` without a request, `BadInput` naming what is wrong with one, and `Forbidden`.
    """
    about = f"{row['holder']} × {row['retention']}"
    if number is None:
        raise NeedsTwo(
            f"{about} {why}: on {basis} one officer asks for its erasure with reasons "
            "(`weal erase --ask`), and another confirms it (`weal erase --confirms ENTRY`)"
        )
    by = _officer(reader, party, now)
    faults = FaultCollector("erasure")
    if not reasons.strip():
        faults.add("reasons", "", "why it may go, in the words of who confirms", "missing")
    asked = reader.get(ASKED, number)
    wanted = (row["holder"], row["retention"], basis)
    if asked is None or (asked["holder"], asked["retention"], asked["basis"]) != wanted:
        faults.add(CONFIRMS, number, f"the entry that asks for the erasure of {about} on {basis}", "reference")
    elif all(one["entry"] != number for one in requests(reader, now)):
        want = f"one still open; it ended at {asked['until']}, or was confirmed: ask anew"
        faults.add(CONFIRMS, number, want, "ended")
    elif row["last"] > number:
        faults.add(CONFIRMS, number, f"one made since entry {row['last']}, which would go with it: ask anew", "grown")
    faults.done()
    assert asked is not None, "a request that is not there was refused"
    if _officer(reader, asked["by"], now) == by:
        raise Forbidden("the same person asked for it: another officer confirms it")
    return asked


def _officer(reader: Reader, party: str, now: datetime) -> str:
    """The person who acts under a party, where they hold an office. Raises `Forbidden`."""
    row = persons.person_of(reader, party)
    if row is None or not set(OFFICE) & set(persons.standing(reader, row["person"], now).roles):
        want = "two officers with keys of their own, each a person of this record"
        raise Forbidden(f"this is asked for and confirmed by {want}; {party} is none")
    return str(row["person"])
