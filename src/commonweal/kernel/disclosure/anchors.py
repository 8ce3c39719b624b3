"""Anchors of the log of reads: once a day the record states how long that log is, and what its last link is.

Whoever can write the log's file can cut it, rewrite its whole chain, or put back an older copy: the chain alone would
still fit. Against what the record states it no longer does. How many lines there are is public. The link is not:
whoever knows the links around a day could try out which lines give them, and so find who looked at whom. The leaf
commits to it under a salt, and the authority's officers may read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from commonweal.kernel.record import Act, Finding, Stored
from commonweal.kernel.values import NotFound, RecordFault, Text

from .keys import Erased, KeyStore
from .kinds import PUBLIC, Filing, Kind
from .reads import NO_LINK, ReadLog, linked
from .sealing import open_entry

WHERE = "log of reads"
SUBJECT = "reads:log"
ALTERED_SHOWN = 20


class ReadsDay(Filing):
    """The log of reads holds `reads` lines, the last of which has the link `head` (SHA-256, as in `reads.linked`).

    `previous` is the entry of the anchor before this one, so that all are found from the newest.
    """

    reads: Annotated[int, Field(ge=1, le=2**53), PUBLIC]
    head: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    previous: Annotated[int | None, Field(ge=0, le=2**53), PUBLIC] = None


READS_DAY = Kind(id="reads.day", schema=ReadsDay, title=Text(en="Log of reads anchored", zh="查阅日志锚定"), files=())
KINDS: tuple[Kind, ...] = (READS_DAY,)


class Anchored(Protocol):
    """What is asked of a record."""

    def newest(self, kind: str = "", subject: str | None = None) -> Stored | None: ...

    def entry(self, index: int) -> Stored: ...

    def counts(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class Anchor:
    """What one entry states of the log of reads, and of which day it is."""

    entry: int
    day: str
    count: int
    head: bytes
    previous: int | None

    def __str__(self) -> str:
        return f"entry {self.entry} of {self.day}"


def day_due(log: ReadLog, record: Anchored, keys: KeyStore, now: datetime) -> Act | None:
    """The anchor of the day of `now` (UTC), where none was recorded that day or later and the log has grown since."""
    newest, day = record.newest(READS_DAY.id, SUBJECT), now.date().isoformat()
    if newest is not None and newest.time[:10] >= day:
        return None
    count, head = log.head()
    try:
        anchored = _anchor(newest, keys).count if newest else 0
    except Erased:
        anchored = 0
    if count <= anchored:
        return None
    body = {"reads": count, "head": head.hex(), **({"previous": newest.index} if newest else {})}
    return Act(READS_DAY.id, body, key=f"reads:{day}", subject=SUBJECT)


def check_reads(log: ReadLog, record: Anchored, keys: KeyStore) -> list[Finding]:
    """Every way in which the log of reads is not what was written: lines altered, taken out, cut off, or replaced.

    Reads all of it, and the anchors from the newest back. Lines after the newest anchor are held by their links alone.
    """
    findings: list[Finding] = []
    try:
        anchors = list(_anchors(record, keys, findings))[::-1]
        held = _chain(log, {anchor.count for anchor in anchors}, findings)
    except RecordFault as error:
        return [*findings, Finding(WHERE, f"cannot be read ({error.where}: {error.problem})")]
    sound = 0
    for anchor in anchors:
        link = held.get(anchor.count)
        if link is None and max(held, default=0) < anchor.count:
            last = max(held, default=0)
            there = f"holds {last} lines" if last else "is empty or gone"
            problem = f"{there}, and {anchors[-1]} states {anchors[-1].count}: lines {last + 1} to {anchors[-1].count}"
            findings.append(Finding(WHERE, f"{problem} were cut off, or an older copy was put back"))
            break
        if link is not None and link != anchor.head:
            problem = f"lines {sound + 1} to {anchor.count} are not those that {anchor} states: they were replaced"
            findings.append(Finding(WHERE, problem))
            break
        sound = anchor.count
    return findings


def _chain(log: ReadLog, wanted: set[int], findings: list[Finding]) -> dict[int, bytes]:
    """The links of the lines with certain numbers, and of the last; tells of lines that do not fit the one before."""
    held: dict[int, bytes] = {}
    number, link, altered = 0, NO_LINK, []
    try:
        for line in log.lines():
            if line.number != number + 1:
                problem = f"lines {number + 1} to {line.number - 1} were taken out"
                findings.append(Finding(WHERE, problem))
            elif line.link != linked(link, line.read):
                altered.append(line.number)
            number, link = line.number, line.link
            if number in wanted:
                held[number] = link
    except (ValueError, TypeError) as error:
        raise RecordFault(WHERE, f"line {number + 1} or the next cannot be read: {error}") from error
    for at in altered[:ALTERED_SHOWN]:
        findings.append(Finding(WHERE, f"line {at} does not fit its link: it was altered, or the line before it was"))
    if len(altered) > ALTERED_SHOWN:
        findings.append(Finding(WHERE, f"… and {len(altered) - ALTERED_SHOWN} more lines"))
    if number:
        held[number] = link
    return held


def _anchors(record: Anchored, keys: KeyStore, findings: list[Finding]) -> Iterator[Anchor]:
    """The anchors, newest first. Where the keys of one were erased or lost, nothing is known of it and those before."""
    stored, passed = record.newest(READS_DAY.id, SUBJECT), 0
    while stored is not None:
        try:
            anchor = _anchor(stored, keys)
        except Erased:
            return
        yield anchor
        passed += 1
        if anchor.previous is None:
            break
        stored = _before(record, anchor)
    if passed != (there := record.counts().get(READS_DAY.id, 0)):
        findings.append(Finding(WHERE, f"{there} entries anchor it; {passed} are told of by the newest of them"))


def _before(record: Anchored, anchor: Anchor) -> Stored:
    if anchor.previous is not None and anchor.previous < anchor.entry:
        try:
            found = record.entry(anchor.previous)
        except NotFound as error:
            raise RecordFault(f"entry {anchor.entry}", f"names entry {anchor.previous}, which is not there") from error
        if found.kind == READS_DAY.id:
            return found
    raise RecordFault(f"entry {anchor.entry}", f"names entry {anchor.previous} as the anchor before it, which is none")


def _anchor(stored: Stored, keys: KeyStore) -> Anchor:
    body = open_entry(stored, keys).fields
    previous = body.get("previous")
    return Anchor(
        stored.index, stored.time[:10], int(str(body["reads"])), bytes.fromhex(str(body["head"])),
        None if previous is None else int(str(previous)),
    )  # fmt: skip
