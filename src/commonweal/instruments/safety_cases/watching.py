"""What a case rests on is watched: when that changes how the case stands, this is an entry of its own.

A page shows how a case stands on the day it is read. Nobody reads it on the night on which evidence expires, so the
case is judged anew whenever something that it rests on comes or goes (an entry, a subject's newest version, a rule's
state, a value of a series, also by what is annulled or adopted, what is said about it) and on the day on which time
alone changes it. Of a case that had stood and is defeated a playbook tells whoever relies on it.

A day here is over once it is over everywhere: a page of an office further east may show a case defeated for up to 26
hours before this says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from commonweal.kernel import indicators, protocols, registry, thresholds
from commonweal.kernel.instrument import Act, Entry, Reader, Response, Row, Table, Tables, Timed
from commonweal.kernel.values import stamp
from commonweal.kernel.values.partial import LAST_ON_EARTH

from . import findings, whose
from .evidence import Binding
from .filed import FiledCase, filed_case, stands
from .kinds import CASE, NOUN, SAID, TURNED, WEIGHED
from .knowing import OfTheRecord
from .standing import CaseStanding
from .weighing import DEFEATED, STANDS, UNDECIDED

TICK, ANNULLED = "clock.tick", "record.annulled"
ADOPTED = registry.RULE_ADOPTED.id
READS = (indicators.OBSERVATIONS_BATCH.id, thresholds.THRESHOLD_SWITCHED.id, ANNULLED, ADOPTED, *findings.READS)
MEASURES = (indicators.OBSERVATIONS_BATCH.id, ANNULLED, ADOPTED)
"""What may give a series another newest value: it comes, is withdrawn or annulled, or is derived otherwise."""
FALLEN = "playbook.a_safety_case_fell"
THROUGH_MAX = 50
WATCH = Table(
    "safety_cases_watch",
    columns={"safety_case": "text", "what": "text", "name": "text", "newest": "text"},
    key=("safety_case", "what", "name"),
    indexes=(("what", "name"),),
)
"""What each case rests on: an `entry`, a `subject`, a `finding`, a `rule` about a subject, a `series` about one, with
which was the `newest` of its values when that was last looked at."""
STANDING = Table(
    "safety_cases_standing",
    columns={
        "safety_case": "text",
        "state": "text",
        "stood": "integer",
        "next": "text",
        "entry": "integer",
        "said": "text",
        "since": "text",
        "unsaid": "integer",
    },
    key=("safety_case",),
    indexes=(("next",), ("unsaid",)),
)
"""How each case was last seen to stand, whether it ever stood, the next day on which time may change that (empty for
none), by which entry it turned, how that `said` it stands and `since` when, and whether it is `unsaid` that it stands
otherwise: after an erasure, or a release that judges otherwise, tables are laid out anew and nothing is recorded."""
TABLES = (WATCH, STANDING, findings.FINDING)


def day(now: datetime) -> date:
    """The day before which every day is over wherever one is."""
    return (now.astimezone(UTC) - LAST_ON_EARTH).date()


# ── what it rests on comes or goes ──────────────────────────────────────────────────────────────────────────────────


def follow(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Judge each case anew that an entry touches."""
    if entry.kind == TURNED.id:
        _turned(entry, tables)
    for subject in dict.fromkeys(_touched(entry, tables)):
        yield from _judged(subject, entry, tables)


def _turned(entry: Entry, tables: Tables) -> None:
    row = tables.get(STANDING, str(entry.body["case"]))
    if row is not None:
        said = str(entry.body["state"])
        tables.put(STANDING, {**row, "entry": entry.index, "said": said, "since": stamp(entry.time),
                              "unsaid": int(row["state"] != said)})  # fmt: skip


def _touched(entry: Entry, tables: Tables) -> Iterator[str]:
    """The cases that may stand otherwise since an entry."""
    if entry.kind == CASE.id:
        yield str(entry.subject)
    elif entry.kind in (SAID.id, WEIGHED.id):
        yield str(entry.body["case"])
    elif entry.kind == thresholds.THRESHOLD_SWITCHED.id:
        yield from _watching(tables, "rule", f"{entry.body['rule']} {entry.body['subject']}")
    elif found := findings.follow(entry, tables):
        yield from _watching(tables, "finding", found)
    elif entry.kind == ADOPTED:
        yield from (row["safety_case"] for row in tables.select(WATCH, {"what": "rule"}))
    elif entry.kind == ANNULLED:
        yield from _watching(tables, "entry", str(entry.body["entry"]))
        if str(entry.subject).startswith(f"{NOUN}:"):
            yield str(entry.subject)
    if entry.kind in MEASURES:
        yield from _measured(tables)
    if entry.subject and entry.kind != TURNED.id:
        yield from _watching(tables, "subject", entry.subject)


def _watching(tables: Reader, what: str, name: str) -> list[str]:
    return [row["safety_case"] for row in tables.select(WATCH, {"what": what, "name": name})]


def _measured(tables: Tables) -> Iterator[str]:
    """The cases that rest on a series of which another value is the newest now."""
    for row in tables.select(WATCH, {"what": "series"}):
        newest = _newest(row["name"], tables)
        if newest != row["newest"]:
            tables.put(WATCH, {**row, "newest": newest})
            yield row["safety_case"]


def _newest(name: str, reader: Reader) -> str:
    """Of when the newest value of a series about a subject is, and by which entry; empty where there is none."""
    series, _, subject = name.rpartition(" ")
    row = indicators.latest(reader, series, subject)
    return f"{row['event']} {row['entry']}" if row is not None else ""


def _judged(subject: str, entry: Entry, tables: Tables) -> Iterator[Act]:
    """How a case stands since an entry, kept; the act that says so where it stands otherwise than before."""
    case = filed_case(tables, subject)
    if case is None:
        tables.delete(STANDING, subject)
        return
    today = day(entry.time)
    now, before = stands(tables, case, today), tables.get(STANDING, subject)
    _watch(case, now, tables)
    was = before or {"safety_case": subject, "stood": 0, "entry": 0, "said": UNDECIDED, "since": ""}
    stood, unsaid = int(bool(was["stood"]) or now.state == STANDS), now.state != was["said"]
    found = {"state": now.state, "stood": stood, "next": _next(now, today, tables), "unsaid": int(unsaid)}
    tables.put(STANDING, {**was, **found})
    if unsaid:
        body = {"case": subject, "state": now.state, "version": case.entry, "through": now.because[:THROUGH_MAX]}
        yield Act(TURNED.id, body, key=f"{subject}:{entry.index}", subject=subject, causes=(entry.index,))


def _watch(case: FiledCase, now: CaseStanding, tables: Tables) -> None:
    """Keep what a case rests on now, and nothing of what it rested on."""
    wanted = {pair for binding in now.bound.values() for pair in _rests_on(binding)}
    wanted |= {(what, str(one)) for things in now.below.values() for what, one in things}
    kept = {(row["what"], row["name"]) for row in tables.select(WATCH, {"safety_case": case.subject})}
    for what, name in kept - wanted:
        tables.delete(WATCH, case.subject, what, name)
    for what, name in sorted(wanted - kept):
        newest = _newest(name, tables) if what == "series" else ""
        tables.put(WATCH, {"safety_case": case.subject, "what": what, "name": name, "newest": newest})


def _rests_on(binding: Binding) -> Iterator[tuple[str, str]]:
    if binding.entry is not None:
        yield "entry", str(binding.entry)
        if binding.subject is not None:
            yield "subject", binding.subject
            if findings.is_carried(binding.subject):
                yield "finding", binding.subject
    for one in binding.conditions:
        if one.found:
            yield "finding", one.subject
        else:
            yield ("rule" if one.rule is not None else "series"), f"{one.rule or one.series} {one.subject}"


# ── time alone ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _next(now: CaseStanding, today: date, reader: Reader) -> str:
    """The next day on which what a case rests on counts otherwise by time alone; empty for none."""
    known = OfTheRecord(reader)
    days = [one for binding in now.bound.values() for one in _days(binding, known) if one > today]
    return min(days).isoformat() if days else ""


def _days(binding: Binding, known: OfTheRecord) -> Iterator[date]:
    yield from (one for one in (binding.since, binding.expires) if one is not None)
    for one in binding.conditions:
        if one.series is not None and one.days_max is not None and (newest := known.newest(one.series, one.subject)):
            yield newest[0] + timedelta(days=one.days_max + 1)


def _over(reader: Reader, today: date) -> list[Row]:
    rows = reader.select(STANDING, {"next": ("<=", today.isoformat())})
    unsaid = reader.select(STANDING, {"unsaid": 1})
    return [row for row in rows if row["next"] and not row["unsaid"]] + unsaid


def due(now: datetime, reader: Reader) -> bool:
    """Whether a day has come on which a case may stand otherwise, or one does of which that is not said yet."""
    return bool(_over(reader, day(now)))


def over(entry: Entry, tables: Tables, zone: tzinfo) -> Iterable[Act]:
    """Judge each case anew whose day has come."""
    if entry.kind == TICK:
        for row in _over(tables, day(entry.time)):
            yield from _judged(row["safety_case"], entry, tables)


TIMED = Timed(due, over)


# ── what follows ────────────────────────────────────────────────────────────────────────────────────────────────────


def alarm(reader: Reader, case: str) -> Row | None:
    """The newest case under the playbook of a fallen safety case; None where it never fell."""
    return next(iter(protocols.cases(reader, subject=case, playbook=FALLEN, limit=1)), None)


def _fell(entry: Entry, reader: Reader) -> str | None:
    """The subject of a case to open: of a safety case that had stood and is defeated, and on which somebody may rely
    (`whose.counts_for_others`), while none is open."""
    subject = str(entry.body["case"])
    row, before = reader.get(STANDING, subject), alarm(reader, subject)
    if entry.body["state"] != DEFEATED or row is None or not row["stood"]:
        return None
    if not whose.counts_for_others(reader, subject):
        return None
    return None if before is not None and before["state"] == "open" else subject


RESPONSES = (Response(TURNED.id, FALLEN, _fell),)


def turned(reader: Reader, subject: str) -> Row | None:
    """How a case was last seen to stand, and by which entry it turned; None where nobody has filed it."""
    return reader.get(STANDING, subject)


def seen(reader: Reader, subject: str) -> str:
    """`stands`, `open` or `defeated`, as a case was last seen to stand."""
    row = turned(reader, subject)
    return str(row["state"]) if row else UNDECIDED
