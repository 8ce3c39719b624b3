"""By what is on record somebody lived on a day: they opened an account, took money out or claimed themselves, or payers
say work that began then. A death before that is asked about.

Of what payers say no day is told, to the second officer either: whoever reports a death does not read somebody's work.
"""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel import registry
from commonweal.kernel.control import OnRecord
from commonweal.kernel.instrument import Reader, Text
from commonweal.kernel.record import Days

from .tables import MOVE, WORK, before_endings, holder, person_of, theirs

OPENED = Text(en="they opened an account", zh="本人开立账户")
ACTED = Text(en="they took money out, or claimed", zh="本人提取或申领")
WORKED = Text(en="payers say work that began later", zh="缴费方申报了其后开始的工作")


def on_record(reader: Reader, member: str) -> Iterator[OnRecord]:
    """What is on record of the person of an account, over all of theirs: the newest of each sort."""
    person, accounts, days = person_of(reader, member), theirs(reader, member), Days.of(reader)
    first = [row for one in accounts for row in registry.versions(reader, one)[:1] if row["author"] == person]
    own = [one for one in accounts if holder(reader, one) == person]
    moves = [
        row for row in reader.select(MOVE, {"member": ("in", own), "what": ("in", ["taken_out", "claim"])})
        if not row["body"].get("said_by") and row["body"].get("reason") != "death"
    ]  # fmt: skip
    work = before_endings(reader, reader.select(WORK, {"member": ("in", accounts)}))
    found = [
        *(OnRecord(OPENED, days.day(row["filed_on"]).isoformat(), row["entry"]) for row in first),
        *(OnRecord(ACTED, str(row["on"]), row["entry"], secret=True) for row in moves),
        *(OnRecord(WORKED, str(row["first"]), row["entry"], secret=True) for row in work),
    ]
    for what in (OPENED, ACTED, WORKED):
        yield from sorted((one for one in found if one.what is what), key=lambda one: one.day)[-1:]
