"""Who is told that a line was reached: by the text that the test began under, each within its hours of the decision.

The clock begins at the first decision since when that state stands without a break: that it is decided once more, on
the day or by evidence that comes later, puts nothing off. A decision that is graver than the one before is told anew,
and so is a state that was left and is decided again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Table, Tables
from commonweal.kernel.values import instant, stamp

from . import consequences
from .consequences import Recipient
from .deciding import FINAL, STANDING
from .kinds import TOLD

SAID = Table(
    "red_lines_told",
    columns={"test": "text", "state": "text", "recipient": "text", "entry": "integer", "at": "text"},
    key=("test", "state", "recipient"),
)
"""Who was told of which state of a test, by which entry, and when that was put on record: first since it stands."""
TABLES = (SAID,)


class Telling(NamedTuple):
    """A recipient: by when it is told, and by which entry it was (0: not yet); `late`: not by then."""

    recipient: Recipient
    by: str
    entry: int
    at: str
    late: bool


def follow(entry: Entry, tables: Tables) -> None:
    """Keep who was told."""
    if entry.kind == TOLD.id:
        body = entry.body
        named = {"test": str(body["test"]), "state": str(body["state"]), "recipient": str(body["whom"])}
        stands, told = tables.get(STANDING, named["test"]), tables.get(SAID, *named.values())
        if told is None or (stands is not None and told["entry"] < stands["since"]):
            tables.put(SAID, {**named, "entry": entry.index, "at": stamp(entry.time)})


def of_test(reader: Reader, test: str, now: datetime) -> list[Telling]:
    """Who is to be told what was decided of a test, and was; nobody before a warning, or under no text."""
    stands = reader.get(STANDING, test)
    text = consequences.of_test(reader, stands["follows"]) if stands else None
    if stands is None or text is None or stands["state"] not in FINAL:
        return []
    found = []
    for one in text.told(stands["line"], stands["state"]):
        by = instant(stands["since_at"]) + timedelta(hours=one.hours)
        said = reader.get(SAID, test, stands["state"], one.id)
        row = said if said is not None and said["entry"] > stands["since"] else None
        at = instant(row["at"]) if row else now
        found.append(Telling(one, stamp(by), row["entry"] if row else 0, row["at"] if row else "", at > by))
    return found


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with saying that somebody was told: of the newest decision, somebody whom it names, once."""
    if act.kind != TOLD.id:
        return
    body, stands = act.body, reader.get(STANDING, str(act.body["test"]))
    if stands is None:
        return
    if stands["state"] not in FINAL or body["state"] != stands["state"]:
        want = "what was decided of the test last, where that is an early warning or a crossing"
        yield Fault("state", body["state"], want, "other")
        return
    who = {one.recipient.id: one for one in of_test(reader, stands["test"], filer.at)}
    if body["whom"] not in who:
        want = f"a recipient whom this decision names: {', '.join(who) or 'none'}"
        yield Fault("whom", body["whom"], want, "unknown")
    elif told := who[body["whom"]].entry:
        yield Fault("whom", body["whom"], f"one who was not told yet: entry {told} says so", "duplicate")
