"""By what is on record whoever claims lived on a day: they filed something themselves, lost work, began new work.

A death before that is asked about, one before their birth is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.control import FOR_THEM, OnRecord, check_day
from commonweal.kernel.instrument import Fault, Reader, Text
from commonweal.kernel.record import Days

from .kinds import ANSWER, APPEAL, WITHDRAWN
from .programmes import Standing

FILED = Text(en="they filed something themselves", zh="本人自行提交")
LOST = Text(en="the work was lost", zh="失去工作")
BEGAN = Text(en="new work began", zh="新工作开始")


def on_record(reader: Reader, stands: Standing) -> Iterator[OnRecord]:
    """What is on record of the person of a claim, whose it was first: the newest of each sort.

    That they say that they live is answered for itself (`REPORTS`)."""
    handed, days = registry.handed_over(reader, stands.claim), Days.of(reader)
    person = handed["before"][0] if handed and handed["before"] else registry.filer(reader, stands.claim)
    versions = [row for row in registry.versions(reader, stands.claim) if row["author"] == person
                and (row["body"] or {}).get("said_by") != FOR_THEM]  # fmt: skip
    filed = [(days.day(row["filed_on"]).isoformat(), int(row["entry"])) for row in versions]
    said = (ANSWER.id, APPEAL.id, WITHDRAWN.id)
    filed += [
        (str(row["on"]), int(row["entry"])) for row in stands.steps if row["by"] == person and row["kind"] in said
    ]
    for day, entry in sorted(filed)[-1:]:
        yield OnRecord(FILED, day, entry)
    if stands.body.get("lost_on"):
        yield OnRecord(LOST, str(stands.body["lost_on"]), stands.entry)
    for began in sorted(one.began.isoformat() for one in stands.jobs)[-1:]:
        yield OnRecord(BEGAN, began, stands.entry)


def check(body: Mapping[str, Any], stands: Standing, reader: Reader) -> Iterator[Fault]:
    """What is wrong with the day of a death of whoever claims."""
    born, on = stands.body.get("born_on"), str(body["on"])
    if born and on < born:
        want = f"{born} or later: the day of birth on the claim"
        told = Text(en=f"{on} – {want}.", zh=f"{on}——须不早于申领所载出生日期 {born}。")
        yield Fault("on", on, want, "days", told, (stands.entry,))
        return
    yield from check_day(body, on_record(reader, stands))
