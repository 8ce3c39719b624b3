"""Anchors of the log of reads: once a day the record states how long that log is, and what its last link is.

Whoever can write the log's file can cut it, rewrite its whole chain, or put back an older copy: the chain alone would
still fit. Against what the record states it no longer does. How many lines there are is public. The link is not:
whoever knows the links around a day could try out which lines give them, and so find who looked at whom. The leaf
commits to it under a salt, and the authority's officers may read it.

Where lines were lost (a disk failed, an older copy had to be put back), no statement of before can be met. Then the
record says so in public, once: which lines, from when to when. What is said to be lost is no longer missed; everything
else is held as before, and verifying tells of each loss for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol

from pydantic import Field

from commonweal.kernel.record import Act, Finding, Stored
from commonweal.kernel.values import Conflict, FaultCollector, NotFound, RecordFault, Text

from .keys import Erased, KeyStore
from .kinds import PUBLIC, Filing, Kind
from .reads import NO_LINK, ReadLog, linked
from .sealing import open_entry

WHERE = "log of reads"
SUBJECT = "reads:log"
ALTERED_SHOWN = 20
REASON_CHARS_MAX = 2000
_Count = Annotated[int, Field(ge=0, le=2**53), PUBLIC]
_Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), PUBLIC]


class ReadsDay(Filing):
    """The log of reads holds `reads` lines, the last of which has the link `head` (SHA-256, as in `reads.linked`).

    `previous` is the entry of the anchor before this one, so that all are found from the newest.
    """

    reads: Annotated[int, Field(ge=1, le=2**53), PUBLIC]
    head: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    previous: Annotated[int | None, Field(ge=0, le=2**53), PUBLIC] = None


class ReadsLost(Filing):
    """Lines `first` to `last` of the log of reads are lost: they were written from `since` to `until`.

    Of those days the earlier is that of the last statement that is still met (or of the record's beginning), the later
    that of the last one that is not. The log goes on with `reads` lines there, the last of which has the link `head`;
    `previous` is the anchor, or the statement, before this one.
    """

    first: Annotated[int, Field(ge=1, le=2**53), PUBLIC]
    last: Annotated[int, Field(ge=1, le=2**53), PUBLIC]
    since: _Day
    until: _Day
    reads: _Count
    head: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)]
    previous: _Count


READS_DAY = Kind(id="reads.day", schema=ReadsDay, title=Text(en="Log of reads anchored", zh="查阅日志锚定"), files=())
READS_LOST = Kind(
    id="reads.lost", schema=ReadsLost, title=Text(en="Lines of the log of reads lost", zh="查阅日志遗失"), files=()
)
KINDS: tuple[Kind, ...] = (READS_DAY, READS_LOST)
ANCHORS = frozenset(kind.id for kind in KINDS)


class Anchored(Protocol):
    """What is asked of a record."""

    def newest(self, kind: str = "", subject: str | None = None) -> Stored | None: ...

    def entry(self, index: int) -> Stored: ...

    def counts(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class Anchor:
    """What one entry states of the log of reads, and of which day it is; `lost` are the lines that it says are gone."""

    entry: int
    day: str
    count: int
    head: bytes
    previous: int | None
    lost: tuple[int, int] | None = None
    span: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        return f"entry {self.entry} of {self.day}"

    def excuses(self, other: Anchor) -> bool:
        """Whether what another states can no longer be met, by what this says is lost."""
        return self.lost is not None and self.lost[0] <= other.count <= self.lost[1]


def day_due(log: ReadLog, record: Anchored, keys: KeyStore, now: datetime) -> Act | None:
    """The anchor of the day of `now` (UTC), where none was recorded that day or later and the log has grown since."""
    newest, day = _newest(record), now.date().isoformat()
    if newest is not None and newest.kind == READS_DAY.id and newest.time[:10] >= day:
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
    What the record says was lost is none of it (`told_lost`).
    """
    try:
        return _held_against(log, record, keys).findings
    except RecordFault as error:
        return [Finding(WHERE, f"cannot be read ({error.where}: {error.problem})")]


def told_lost(record: Anchored, keys: KeyStore) -> list[str]:
    """What the record says was lost of the log of reads, oldest first, in words. Raises `RecordFault`."""
    return [
        f"lines {anchor.lost[0]} to {anchor.lost[1]}, written from {anchor.span[0]} to {anchor.span[1]}, are lost, "
        f"as {anchor} states"
        for anchor in list(_anchors(record, keys, []))[::-1] if anchor.lost
    ]  # fmt: skip


def loss(log: ReadLog, record: Anchored, keys: KeyStore, reason: str) -> Act:
    """The statement that lines which the record anchors are lost: which, and from when to when, as the log stands now.

    Raises `BadInput` for a reason that is none, `Conflict` where nothing is missing or lines are altered or taken out
    from between (a whole copy is to be put back first), and `RecordFault` where the log cannot be read.
    """
    faults = FaultCollector("loss of reads")
    if not 1 <= len(reason.strip()) <= REASON_CHARS_MAX:
        want = f"what happened and what was done, in 1 to {REASON_CHARS_MAX} characters"
        faults.add("reason", f"{len(reason.strip())} characters", want, "reason")
    faults.done()
    found = _held_against(log, record, keys)
    if found.broken:
        raise Conflict(
            "lines of the log of reads are altered, or taken out from between others: that is no loss of its end. Put "
            "a whole copy back, or move the damaged file aside so that a new log begins"
        )
    if not found.unmet:
        raise Conflict("nothing is missing: the log of reads is what the record states")
    count, head = log.head()
    last = max(anchor.count for anchor in found.unmet)
    met = found.met_before(found.unmet[0])
    cut = count < min(anchor.count for anchor in found.unmet)
    body: dict[str, Any] = {
        "first": (count if cut else met.count if met else 0) + 1, "last": last,
        "since": met.day if met else record.entry(0).time[:10], "until": found.unmet[-1].day,
        "reads": count, "head": head.hex(), "reason": reason.strip(), "previous": found.newest,
    }  # fmt: skip
    return Act(READS_LOST.id, body, key=f"reads-lost:{found.newest}", subject=SUBJECT)


@dataclass(slots=True)
class _Held:
    """The log of reads held against the anchors that stand: those it meets and those it does not, oldest first."""

    findings: list[Finding]
    broken: bool
    met: list[Anchor]
    unmet: list[Anchor]
    newest: int

    def met_before(self, anchor: Anchor) -> Anchor | None:
        """The newest anchor before one that the log meets: up to there its lines are those that were written."""
        return max((one for one in self.met if one.entry < anchor.entry), key=lambda one: one.count, default=None)


def _held_against(log: ReadLog, record: Anchored, keys: KeyStore) -> _Held:
    """Raises `RecordFault` where log or anchors cannot be read."""
    findings: list[Finding] = []
    anchors = list(_anchors(record, keys, findings))[::-1]
    standing: list[Anchor] = []
    for anchor in anchors:
        standing = [*(one for one in standing if not anchor.excuses(one)), anchor]
    told = len(findings)
    held = _chain(log, {anchor.count for anchor in standing}, findings)
    broken = len(findings) > told
    met = [one for one in standing if held.get(one.count) == one.head]
    unmet = [one for one in standing if one not in met and (one.count in held or one.count > max(held))]
    found = _Held(findings, broken, met, unmet, anchors[-1].entry if anchors else 0)
    if unmet:
        findings.append(_unmet(found, max(held)))
    return found


def _unmet(found: _Held, last: int) -> Finding:
    """What the first anchor that is not met shows: lines were cut off after the `last`, or others stand there."""
    anchor, newest = found.unmet[0], found.unmet[-1]
    if last < anchor.count:
        there = f"holds {last} lines" if last else "is empty or gone"
        problem = f"{there}, and {newest} states {newest.count}: lines {last + 1} to {newest.count}"
        return Finding(WHERE, f"{problem} were cut off, or an older copy was put back")
    met = found.met_before(anchor)
    problem = (
        f"lines {met.count + 1 if met else 1} to {anchor.count} are not those that {anchor} states: they were replaced"
    )
    return Finding(WHERE, problem)


def _chain(log: ReadLog, wanted: set[int], findings: list[Finding]) -> dict[int, bytes]:
    """The links of the lines with certain numbers, and of the last (0: before the first); tells of lines that do not
    fit the one before."""
    held: dict[int, bytes] = {0: NO_LINK}
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
    stored, passed = _newest(record), 0
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
    counts = record.counts()
    if passed != (there := sum(counts.get(kind, 0) for kind in ANCHORS)):
        findings.append(Finding(WHERE, f"{there} entries anchor it; {passed} are told of by the newest of them"))


def _newest(record: Anchored) -> Stored | None:
    """The newest entry that states anything of the log of reads."""
    found = [one for kind in KINDS if (one := record.newest(kind.id, SUBJECT)) is not None]
    return max(found, key=lambda one: one.index, default=None)


def _before(record: Anchored, anchor: Anchor) -> Stored:
    if anchor.previous is not None and anchor.previous < anchor.entry:
        try:
            found = record.entry(anchor.previous)
        except NotFound as error:
            raise RecordFault(f"entry {anchor.entry}", f"names entry {anchor.previous}, which is not there") from error
        if found.kind in ANCHORS:
            return found
    raise RecordFault(f"entry {anchor.entry}", f"names entry {anchor.previous} as the anchor before it, which is none")


def _anchor(stored: Stored, keys: KeyStore) -> Anchor:
    body = open_entry(stored, keys).fields
    previous, lost = body.get("previous"), stored.kind == READS_LOST.id
    return Anchor(
        stored.index, stored.time[:10], int(str(body["reads"])), bytes.fromhex(str(body["head"])),
        None if previous is None else int(str(previous)),
        (int(str(body["first"])), int(str(body["last"]))) if lost else None,
        (str(body["since"]), str(body["until"])) if lost else ("", ""),
    )  # fmt: skip
