"""Near misses watched as they come in: has one kind of warning been reported more often than was to be expected?

Each kind of warning has a log-likelihood ratio (Poisson MaxSPRT: Kulldorff and others, Sequential Analysis 30 (2011)),
held against the critical value that goes with the plan: so looking after every report raises a false alarm with the
agreed chance in all, and not each time; that chance is of one kind of warning by itself. How many are expected, from
when and for how long is an adopted text (`rules/surveillance.toml`); nothing is expected before an authority first
adopted one, for nobody could report to it.

What a report says is confidential, and the record is public: so nothing follows from a report, a triage or a link by
itself. When a day (UTC) on which any came in is over, every kind of warning that they touched is looked at. Only where
one crossed its bound is anything recorded: the signal, and with it ratio and critical value as series that a threshold
rule reads. Until then officers see how it stands, and nobody else does. What is observed is by kind of warning, never
by model or reporter; and of a plan that asks for several incidents no signal tells what any one of them said.

What is counted are incidents, not papers (`counting`), from the day on which the authority was first told. What was
once told counts, for those who are watched must not be able to silence a warning: neither a withdrawal nor a later
version nor an annulment by whoever filed it takes a near miss back. The authority does, where it annuls the filing,
turns the report away or finds it a duplicate.

Anybody may report without a key, as often as they like, and a signal is public: so, where the plan says it, what came
without one counts only once an officer decided to handle it, and copies count once. It counts from the day on which it
came all the same: who lets a report lie changes no day. How many of the incidents an officer looked over the signal
says.

The test assumes that events come independently of each other, and reports do not: one company files its backlog on one
day, and a form that is opened brings reports of every kind. So a plan may say more. What one filer tells of within
`filer_days` of the first counts once; what happened more than `occurred_within_days` before it was told does not count;
a signal stands on `filers_min` filers; and no fewer are taken to be expected than `share_of_all` of all near misses
that count in the period, whatever the calendar says. Each can only take signals away, never make one: so the chance of
a false alarm stays at most what the plan says. Who filed is told by `_filers`; a body with several keys that names
itself in none of its reports is several.

A test ends when its bound is first crossed: its chance of a false alarm is spent. So a signal is an entry of its own
and stands, whatever is counted later, until an officer closes it with reasons; then a new period begins. One exception:
where the authority annuls what a signal stood on, it was no signal, and the period goes on. A period that ends without
a signal begins anew by itself.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel import persons, registry
from commonweal.kernel.indicators import batch_act
from commonweal.kernel.instrument import (
    PUBLIC,
    Act,
    Entry,
    Fault,
    Filer,
    Filing,
    Index,
    Reader,
    Row,
    Table,
    Tables,
    Text,
    Timed,
)
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.registry import Day
from commonweal.kernel.values import NotFound, span, stamp
from commonweal.methods.surveillance import Plan, critical_value, llr

from .counting import counted_as, looked_over, repeating, without_copies
from .deidentifying import DEIDENTIFIED
from .desk.kinds import TRIAGE
from .incidents import UNLINKED, link_in
from .reports import REPORT, STEWARDS, TECHNICAL, Count, Line, Said, kind_of, of_an_organisation
from .scales import Warning_
from .tables import ANNULLED

PARAMETERS = "incident_reports.surveillance"
CITATION_MOST = 500
"""What a batch of observations takes: of a longer one a signal could not be observed."""
SERIES, LINE = "incident_reports.near_miss_llr", "incident_reports.near_miss_line"
SUBJECT = "reports:near-misses"
ADOPTED, TICK = "rule.adopted", "clock.tick"

Finding = Literal["alert", "explained", "not_confirmed", "annulled"]
FINDINGS: Mapping[Finding, Text] = {
    "alert": Text(en="Confirmed: an alert was given", zh="属实：已发出警报"),
    "explained": Text(en="More was reported, not more happened", zh="报告增多，而非事件增多"),
    "not_confirmed": Text(en="Read together, the reports show nothing in common", zh="合并研读后未见共同问题"),
    "annulled": Text(en="What it stood on was annulled", zh="所依据的条目已作废"),
}
"""What came of a signal. The last is the authority's own finding, when it annuls entries."""


class Signal(Filing):
    """Near misses with one kind of warning crossed the bound of the plan: recorded by the authority.

    `on` is the day on which that was so, `incidents` how many there were since `began`, `expected` how many were to be
    expected, `llr` the log-likelihood ratio and `line` the critical value that it reached, `plan` the text's version.
    What one filer told of in one stretch counts once, where the plan says so. `looked_over` is of how many of the
    incidents an officer had decided to handle a report by then, `filers` how many had filed them.
    """

    warning: Annotated[Warning_, PUBLIC]
    on: Annotated[Day, PUBLIC]
    began: Annotated[Day, PUBLIC]
    incidents: Annotated[Count, PUBLIC]
    looked_over: Annotated[Count | None, PUBLIC] = None
    filers: Annotated[Count | None, PUBLIC] = None
    expected: Annotated[float, Field(gt=0), PUBLIC]
    llr: Annotated[float, Field(ge=0), PUBLIC]
    line: Annotated[float, Field(ge=0), PUBLIC]
    plan: Annotated[Line, PUBLIC]


class Closing(Filing):
    """An officer closes a signal, with what was found and why: from then on the warning is watched anew."""

    signal: Annotated[Index, PUBLIC]
    finding: Annotated[Finding, PUBLIC]
    reasons: Said


SIGNAL = kind_of("signal", Signal, Text(en="Near misses: a signal", zh="未遂事件信号"), ())
CLOSED = kind_of(
    "signal_closed", Closing, Text(en="Signal closed", zh="信号了结"), STEWARDS, retention=TECHNICAL, renewable=True
)
KINDS = (SIGNAL, CLOSED)
FIELDS: Mapping[str, Text] = {
    "began": Text(en="Watched since", zh="监测起始日"),
    "expected": Text(en="Expected", zh="预期数"),
    "filers": Text(en="Filed by so many", zh="报告方数量"),
    "finding": Text(en="What was found", zh="研判结论"),
    "incidents": Text(en="Incidents", zh="事件数"),
    "line": Text(en="Critical value", zh="临界值"),
    "llr": Text(en="Log-likelihood ratio", zh="对数似然比"),
    "looked_over": Text(en="Of these looked over by an officer", zh="其中经官员审阅"),
    "plan": Text(en="Version of the plan", zh="方案版本"),
    "signal": Text(en="Signal", zh="信号"),
    "warning": Text(en="Kind of warning", zh="警示类别"),
}

NEAR_MISSES = Table(
    "incident_reports_near_miss",
    columns={
        "entry": "integer", "warning": "text", "report": "text", "on": "text", "keyed": "integer", "author": "text",
        "organisation": "text", "days_after": "integer",
    },
    key=("entry", "warning"),
    indexes=(("warning",), ("report",)),
)  # fmt: skip
"""Each version of a report that told of a near miss, by warning ("" where it names none), with the day on which it came
in; `keyed` is 0 where whoever filed it had no key. `author` filed it for themselves (None: the authority wrote it down
for somebody), `organisation` is the body that says it reports, and `days_after` how many days it came after the last
day on which it may have happened (None where that is not said)."""
SIGNALS = Table(
    "incident_reports_signal",
    columns={
        "entry": "integer", "at": "text", "warning": "text", "on": "text", "began": "text", "incidents": "integer",
        "looked_over": "integer", "filers": "integer", "expected": "real", "llr": "real", "line": "real",
        "closed": "integer", "closed_at": "text", "finding": "text",
    },
    key=("entry",),
    indexes=(("warning",),),
)  # fmt: skip
"""Signals as they were recorded, each with the entry that closed it."""
TOUCHED = Table(
    "incident_reports_touched",
    columns={"day": "text", "warning": "text", "annulled": "integer"},
    key=("day", "warning"),
)
"""What is looked at once a day is over: the kinds of warning that its entries touched, `annulled` where the authority
annulled a report of one. A day on which anything came in has a row without a kind too: so that the time is recorded
tells nobody what came in."""
TABLES = (NEAR_MISSES, SIGNALS, TOUCHED)


@dataclass(frozen=True, slots=True)
class Watch:
    """What is agreed beforehand: events of one kind expected in thirty days, from when, and the plan.

    `handled_only` is whether what came without a key counts only once an officer decided to handle it, `resemblance`
    from which on two reports are copies; None where a copy counts as what is no copy. What one filer tells of within
    `filer_days` counts once, `filers_min` filers make a signal, what happened more than `within_days` before it came
    does not count, and `share` of all near misses are expected of one kind; None and 1 where a plan asks for no such
    thing.
    """

    per_30_days: float
    since: date
    plan: Plan
    alpha: float
    citation: str
    version: str
    handled_only: bool = False
    resemblance: float | None = None
    filer_days: int | None = None
    filers_min: int = 1
    within_days: int | None = None
    share: float | None = None

    @property
    def line(self) -> float:
        """The critical value that goes with the plan."""
        return _line(self.plan, self.alpha)

    def began(self, start: date, day: date) -> date:
        """When the period of a day began, watching since `start`: periods follow each other without a gap."""
        run_days = max(1, int(self.plan.limit / self.per_30_days * 30))
        return start + timedelta(days=max(0, (day - start).days) // run_days * run_days)

    def expected(self, began: date, day: date) -> float:
        """How many events are expected from the beginning of a period until the end of a day, by the calendar."""
        return ((day - began).days + 1) * self.per_30_days / 30

    def expected_of(self, began: date, day: date, every: Sequence[Told]) -> float:
        """The same, but no fewer than its share of everything told of until then (`every`, in order of days)."""
        there = bisect.bisect_right(every, day, key=lambda one: one.on)
        return max(self.expected(began, day), (self.share or 0) * there)


@functools.lru_cache(maxsize=64)
def _line(plan: Plan, alpha: float) -> float:
    return critical_value(plan, alpha)


def watch(text: Mapping[str, Any]) -> Watch:
    """The plan that an adopted text of parameters gives. Raises `ValueError` where it gives none."""
    try:
        plan = Plan(float(text["limit"]), int(text["events_min"]))
        per_30_days, alpha = float(text["per_30_days"]), float(text["alpha"])
        since = date.fromisoformat(str(text["since"]))
        said = str(text["citation"]), str(text["version"]), _handled_only(text), _resemblance(text)
        found = Watch(per_30_days, since, plan, alpha, *said, **_sources(text))
        if not 0 < found.per_30_days <= plan.limit:
            raise ValueError(f"per_30_days must lie above 0 and not above the limit, saw {per_30_days}")
        if not 3 <= len(found.citation) <= CITATION_MOST:
            raise ValueError(f"citation must have 3 to {CITATION_MOST} characters, saw {len(found.citation)}")
        _ = found.line
    except KeyError as error:
        raise ValueError(f"a plan of surveillance needs {error}") from error
    return found


def _handled_only(text: Mapping[str, Any]) -> bool:
    """What a text says of reports without a key; one that says nothing counts them at once, as it was adopted."""
    without = text.get("without_a_key", "at_once")
    if without not in ("at_once", "once_handled"):
        raise ValueError(f"without_a_key must be at_once or once_handled, saw {without!r}")
    return bool(without == "once_handled")


def _resemblance(text: Mapping[str, Any]) -> float | None:
    if "copies_from" not in text:
        return None
    least = float(text["copies_from"])
    if not 0 < least <= 1:
        raise ValueError(f"copies_from must lie above 0 and not above 1, saw {least}")
    return least


def _sources(text: Mapping[str, Any]) -> dict[str, Any]:
    """What a text says of who files and of how much is filed in all; one that says nothing asks for nothing."""
    found: dict[str, Any] = {}
    for key, name in (
        ("filer_days", "filer_days"),
        ("filers_min", "filers_min"),
        ("occurred_within_days", "within_days"),
    ):
        if key in text:
            found[name] = int(text[key])
            if found[name] < 1:
                raise ValueError(f"{key} must be 1 or more, saw {text[key]}")
    if "share_of_all" in text:
        found["share"] = float(text["share_of_all"])
        if not 0 < found["share"] < 1:
            raise ValueError(f"share_of_all must lie above 0 and below 1, saw {text['share_of_all']}")
    return found


def watch_in_force(reader: Reader, at: datetime) -> Watch | None:
    """The plan in force at an instant; None where none was adopted, or where the text adopted gives none.

    Watching begins no earlier than the day on which a plan was first adopted.
    """
    with suppress(NotFound, ValueError, TypeError):
        row = registry.text_in_force(reader, PARAMETERS, at)
        found = watch(registry.parsed(row["text"], row["media_type"]))
        first = registry.adopted_first(reader, PARAMETERS) or row
        return replace(found, since=max(found.since, date.fromisoformat(first["adopted_on"][:10])))
    return None


# ── following ───────────────────────────────────────────────────────────────────────────────────────────────────────


def touched(entry: Entry, tables: Reader) -> set[str]:
    """The kinds of warning whose count an entry may change: asked before the entry is laid out, and after it."""
    body = entry.body
    if entry.erased:
        return set()
    if link := link_in(entry):
        return _told(tables, repeating(tables, [link["report"]]))
    if entry.kind in (TRIAGE.id, UNLINKED.id, DEIDENTIFIED.id):
        return _told(tables, repeating(tables, [body["report"]]))
    if entry.kind == ADOPTED and body.get("rule_id") == PARAMETERS:
        return {row["warning"] for row in tables.select(NEAR_MISSES, only=("warning",))}
    if entry.kind == SIGNAL.id:
        return {str(body["warning"])}
    if entry.kind == CLOSED.id:
        return {row["warning"] for row in tables.select(SIGNALS, {"entry": body["signal"]})}
    if entry.kind == ANNULLED and (entry.subject or "").startswith(f"{REPORT.noun}:"):
        return _told(tables, repeating(tables, [str(entry.subject)]))
    return set()


def _told(tables: Reader, reports: Iterable[str]) -> set[str]:
    rows = tables.select(NEAR_MISSES, {"report": ("in", sorted(reports))}, only=("warning",))
    return {row["warning"] for row in rows}


def follow(entry: Entry, tables: Tables, before: Iterable[str]) -> Iterable[Act]:
    """Keep what an entry says of near misses and signals, and that it is to be looked at when its day is over.

    `before` are the warnings that the entry touched before it was laid out. Signals are laid out from their entries
    alone, so an erasure undoes none. What they come to is observed with them.
    """
    annulled = _keep(entry, tables)
    touching = touched(entry, tables)
    if entry.kind in (SIGNAL.id, CLOSED.id):
        yield from _observed(entry, tables, touching)
    elif link_in(entry) or (entry.kind in _TOUCHING and _ours(entry)):
        day = stamp(entry.time)[:10]
        for warning in sorted({"", *before, *touching, *annulled, *_said(entry)}):
            was = tables.get(TOUCHED, day, warning) or {"annulled": 0}
            undone = int(warning in annulled or bool(was["annulled"]))
            tables.put(TOUCHED, {"day": day, "warning": warning, "annulled": undone})


def _ours(entry: Entry) -> bool:
    """Whether an adoption or annulment, which the house has of everything, is one of these kinds or of the plan."""
    if entry.kind == ADOPTED:
        return entry.body.get("rule_id") == PARAMETERS
    return entry.kind != ANNULLED or entry.body.get("kind") in _TOUCHING


_TOUCHING = frozenset({REPORT.id, TRIAGE.id, UNLINKED.id, DEIDENTIFIED.id, ADOPTED, ANNULLED})


def _observed(entry: Entry, tables: Tables, warnings: Iterable[str]) -> Iterator[Act]:
    """With a signal the ratio and the line that it crossed; once it is closed no ratio, and the line of the plan."""
    agreed, day = watch_in_force(tables, entry.time), entry.time.date()
    if agreed is None or entry.erased:
        return
    rows: list[tuple[str, str, date, float]] = []
    for warning in sorted(warnings):
        there = tables.select(SIGNALS, {"warning": warning, "closed": None}, limit=1)
        ratio, line = (there[0]["llr"], there[0]["line"]) if there else (0.0, agreed.line)
        named = f"{{warning={warning}}}"
        rows += [(SERIES + named, SUBJECT, day, float(ratio)), (LINE + named, SUBJECT, day, float(line))]
    act = batch_act(rows, series_set=PARAMETERS, citation=agreed.citation, released_on=day, sequence=entry.index)
    yield replace(act, key=f"{PARAMETERS}:{entry.index}", causes=(entry.index,))


def due(now: datetime, reader: Reader) -> bool:
    """Whether a day is over on which anything came in that was not looked at yet."""
    return bool(reader.select(TOUCHED, {"day": ("<", stamp(now)[:10])}, limit=1))


def over(entry: Entry, tables: Tables, zone: tzinfo) -> Iterable[Act]:
    """When days are over: the signals whose bound was crossed, and those that stand on nothing any more."""
    if entry.kind != TICK:
        return
    agreed = watch_in_force(tables, entry.time)
    told: set[str] = set()
    near = near_misses(tables, agreed) if agreed is not None else None
    for row in tables.select(TOUCHED, {"day": ("<", stamp(entry.time)[:10])}, order=("day", "warning")):
        tables.delete(TOUCHED, row["day"], row["warning"])
        day, warning = date.fromisoformat(row["day"]), row["warning"]
        if agreed is None or near is None or not warning or warning in told or day < agreed.since:
            continue
        found = stand(tables, agreed, warning, day, near)
        acts = [*_signalled(found, agreed), *(_undone(found) if row["annulled"] else ())]
        told.update(warning for _ in acts)
        yield from acts


TIMED = Timed(due, over)


def _said(entry: Entry) -> set[str]:
    """The kinds of warning of which a report tells, where it tells of a near miss; "" where it names none."""
    if entry.kind != REPORT.id or entry.erased or entry.body.get("category") != "near_miss":
        return set()
    return set(entry.body.get("warnings") or [""])


def _keep(entry: Entry, tables: Tables) -> set[str]:
    """Lay out an entry; gives the kinds of warning of which the authority annulled a report."""
    for warning in _said(entry):
        row = {"entry": entry.index, "warning": warning, "report": entry.subject, "on": stamp(entry.time)[:10]}
        keyed = int(not entry.author.startswith(persons.ANONYMOUS))
        author = None if _of_the_authority(entry, tables) else entry.author
        organisation = entry.body["organisation"] if of_an_organisation(entry.body) else None
        whose = {"author": author, "organisation": organisation, "days_after": _days_after(entry)}
        tables.put(NEAR_MISSES, {**row, "keyed": keyed, **whose})
    if entry.kind == SIGNAL.id and not entry.erased:
        told = {name: entry.body[name] for name in ("warning", "incidents", "expected", "llr", "line")}
        days = {name: str(entry.body[name]) for name in ("on", "began")}
        since = {name: entry.body.get(name) for name in ("looked_over", "filers")}
        still = {**since, "closed": None, "closed_at": None, "finding": None}
        tables.put(SIGNALS, {"entry": entry.index, "at": stamp(entry.time), **told, **days, **still})
    elif entry.kind == CLOSED.id and not entry.erased:
        row = tables.get(SIGNALS, entry.body["signal"]) or {}
        closed = {"closed": entry.index, "closed_at": stamp(entry.time), "finding": entry.body["finding"]}
        if row and row["closed"] is None:
            tables.put(SIGNALS, {**row, **closed})
    elif entry.kind == ANNULLED and entry.body.get("kind") == REPORT.id and _by_the_authority(entry, tables):
        gone = tables.select(NEAR_MISSES, {"entry": entry.body["entry"]})
        for row in gone:
            tables.delete(NEAR_MISSES, row["entry"], row["warning"])
        return {row["warning"] for row in gone}
    return set()


def _days_after(entry: Entry) -> int | None:
    """How many days after the last day on which it may have happened an entry came in; None where that is not said."""
    if not (when := entry.body.get("occurred_until") or entry.body.get("occurred")):
        return None
    _, after = span(str(when))
    return max(0, (entry.time.date() - (after - timedelta(microseconds=1)).date()).days)


def _by_the_authority(entry: Entry, tables: Reader) -> bool:
    """Whether an annulment is the authority's: filed by it, by one who holds office there, or of another's entry."""
    filed = next(iter(registry.marks(tables, entry.body["entry"], "annulled")), {})
    return entry.author != filed.get("author") or _of_the_authority(entry, tables)


def _of_the_authority(entry: Entry, tables: Reader) -> bool:
    """Whether the authority filed an entry, or one who holds office there."""
    if entry.author == AUTHORITY:
        return True
    person = persons.person_of(tables, entry.author)
    return person is not None and bool(
        set(STEWARDS) & set(persons.standing(tables, person["person"], entry.time).roles)
    )  # fmt: skip


def _signalled(found: Stand, agreed: Watch) -> Iterator[Act]:
    if found.crossed is not None and found.signal is None:
        body = {"warning": found.warning, "began": found.began.isoformat(), "plan": agreed.version, **found.crossed}
        yield Act(SIGNAL.id, body, key=f"{SIGNAL.id}:{found.warning}:{found.before}")


def _undone(found: Stand) -> Iterator[Act]:
    """A signal that stood on what the authority annulled is closed as none."""
    if found.signal is not None and found.crossed is None:
        reasons = "The authority annulled reports on which it stood: without them the bound is not crossed."
        body = {"signal": found.signal["entry"], "finding": "annulled", "reasons": reasons}
        yield Act(CLOSED.id, body, key=f"{CLOSED.id}:{found.signal['entry']}")


# ── how one kind of warning stands ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Stand:
    """How one kind of warning stands on a day: what the page says, and what is looked at when the day is over.

    `incidents` count of the `in_all` that were told of since `began`, as what one filer tells of in one stretch counts
    once; `filers` filed them, and officers looked over `looked_over`, where `expected` were to be expected by the day's
    end; `waiting` more came without a key and wait for an officer to look at them, and `nears` is
    whether with these the bound would be crossed. `before` is how many signals were recorded so far.
    `llr` is the ratio that they come to, of a signal the one with which it crossed `line`. `signal` is the recorded
    signal that stands (`SIGNALS`), `crossed` when and with what the bound is first crossed as things are counted now.
    """

    warning: str
    began: date
    before: int
    incidents: int
    expected: float
    llr: float
    line: float
    signal: Row | None
    crossed: Mapping[str, Any] | None
    looked_over: int
    waiting: int
    nears: bool
    in_all: int
    filers: int


def stand(reader: Reader, agreed: Watch, warning: str, day: date, near: Near | None = None) -> Stand:
    """How one kind of warning stands at the end of a day; `near` is what was told of near misses, if it is known."""
    rows = reader.select(SIGNALS, {"warning": warning}, order=("entry",))
    signal = next((row for row in rows if row["closed"] is None), None)
    last = next((row for row in reversed(rows) if row["closed"] and row["finding"] != "annulled"), None)
    start = max(agreed.since, date.fromisoformat(last["closed_at"][:10])) if last else agreed.since
    began = date.fromisoformat(signal["began"]) if signal else agreed.began(start, day)
    after = int(last["closed"]) if last else -1
    near = near or near_misses(reader, agreed)
    told, waiting = _incidents(reader, near, warning, began, after)
    every = near.every(began, after)
    counted = joined(told, agreed.filer_days)
    expected, line = agreed.expected_of(began, day, every), agreed.line
    crossed = _crossed(agreed, began, counted, every, line)
    standing = signal or crossed
    ratio = standing["llr"] if standing else _ratio(agreed, len(counted), expected)
    with_these = joined([*told, *waiting], agreed.filer_days)
    return Stand(
        warning, began, len(rows), len(counted), expected, float(ratio), line, signal, crossed,
        looked_over=sum(one.looked_over for one in counted), waiting=len(waiting),
        nears=bool(waiting) and _crossed(agreed, began, with_these, every, line) is not None,
        in_all=len(told), filers=len({one.filer for one in counted}),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """An incident of a period: the day on which it was first told of, whether an officer looked over a report, and who
    filed the first one that counts."""

    on: date
    looked_over: bool
    filer: str = ""


def joined(told: Iterable[Told], days: int | None) -> list[Told]:
    """What one filer tells of within so many days of the first, that day counted, as one on the day of the first."""
    found: list[Told] = []
    last: dict[str, int] = {}
    for one in sorted(told):
        at = last.get(one.filer)
        if days is None or at is None or (one.on - found[at].on).days >= days:
            last[one.filer] = len(found)
            found.append(one)
        elif one.looked_over:
            found[at] = replace(found[at], looked_over=True)
    return found


@dataclass(frozen=True, slots=True)
class Near:
    """What was told of near misses under a plan, of whatever kind.

    The rows (`NEAR_MISSES`) that tell of the present, by report the incidents that it tells of and the newest entry
    that an officer had seen, and by entry who filed it.
    """

    agreed: Watch
    rows: Sequence[Row]
    told: Mapping[str, frozenset[str]]
    looked: Mapping[str, int]
    filers: Mapping[int, str]

    def counts(self, row: Row) -> bool:
        """Whether what a version told of counts: at once, or once an officer who had read it decides to handle it."""
        if self.agreed.handled_only and not row["keyed"]:
            return bool(row["entry"] <= self.looked.get(row["report"], -1))
        return True

    def every(self, began: date, after: int) -> list[Told]:
        """All that counts of a period, of whatever kind, as one kind of warning is counted: what its share is of.

        Copies are not looked for: what one filer tells of in one stretch is one already.
        """
        first: dict[str, Row] = {}
        for row in self.rows:
            for incident in self.told[row["report"]] if self.counts(row) else ():
                first.setdefault(incident, row)
        here = (row for row in first.values() if row["entry"] > after and row["on"] >= began.isoformat())
        told = (Told(date.fromisoformat(row["on"]), False, self.filers[row["entry"]]) for row in here)
        return joined(told, self.agreed.filer_days)


def near_misses(reader: Reader, agreed: Watch) -> Near:
    """What was told of near misses, as a plan counts it: nothing that had happened long before it was told."""
    rows = reader.select(NEAR_MISSES, order=("entry", "warning"))
    filers = _filers(rows)
    if agreed.within_days is not None:
        rows = [row for row in rows if row["days_after"] is None or row["days_after"] <= agreed.within_days]
    told = counted_as(reader, dict.fromkeys(row["report"] for row in rows))
    return Near(agreed, rows, told, looked_over(reader, told), filers)


def _filers(rows: Iterable[Row]) -> dict[int, str]:
    """By entry who filed it, each once: parties that ever reported for one body, and bodies for which one party did.

    What the authority wrote down for somebody is filed by the body that it names, else by itself alone: an officer
    vouches that somebody told of it.
    """
    rows = list(rows)
    same: dict[str, str] = {}

    def first(one: str) -> str:
        while same.setdefault(one, one) != one:
            one = same[one]
        return one

    for row in rows:
        if row["author"] and row["organisation"]:
            same[first(row["author"])] = first(row["organisation"])
    return {row["entry"]: first(row["organisation"] or row["author"] or row["report"]) for row in rows}


def _incidents(
    reader: Reader, near: Near, warning: str, began: date, after: int
) -> tuple[list[Told], list[Told]]:  # fmt: skip
    """The incidents of a period by the day on which each was first told of: those that count, and those that wait."""
    rows = [row for row in near.rows if row["warning"] == warning]
    told = {row["report"]: near.told[row["report"]] for row in rows}
    looked = near.looked.keys() & told.keys()
    count = {row["report"] for row in rows if near.counts(row)}
    if (least := near.agreed.resemblance) is not None:
        told |= without_copies(reader, {report: told[report] for report in sorted(count)}, least)
    first: dict[str, Row] = {}
    filer: dict[str, str] = {}
    for row in rows:
        for incident in told[row["report"]]:
            first.setdefault(incident, row)
            if near.counts(row):
                filer.setdefault(incident, near.filers[row["entry"]])
    there, seen = ({incident for report in among for incident in told[report]} for among in (count, looked))
    here = {
        incident: Told(
            date.fromisoformat(row["on"]), incident in seen, filer.get(incident) or near.filers[row["entry"]]
        )
        for incident, row in first.items()
        if row["entry"] > after and row["on"] >= began.isoformat()
    }
    counted = sorted(one for incident, one in here.items() if incident in there)
    return counted, sorted(one for incident, one in here.items() if incident not in there)


def _ratio(agreed: Watch, incidents: int, expected: float) -> float:
    """The log-likelihood ratio; 0 while there are fewer than the plan asks for."""
    return float(llr(incidents, expected)) if incidents >= agreed.plan.events_min else 0.0


def _crossed(
    agreed: Watch, began: date, counted: Sequence[Told], every: Sequence[Told], line: float
) -> Mapping[str, Any] | None:  # fmt: skip
    """When and with what the bound was first crossed before the plan's limit, by as many filers as it asks for."""
    filers: set[str] = set()
    for number, told in enumerate(counted, 1):
        filers.add(told.filer)
        if len(filers) < agreed.filers_min or agreed.expected(began, told.on) > agreed.plan.limit:
            continue
        expected = agreed.expected_of(began, told.on, every)
        if (ratio := _ratio(agreed, number, expected)) >= line:
            looked = sum(one.looked_over for one in counted[:number])
            on = {"on": told.on.isoformat(), "incidents": number, "looked_over": looked, "filers": len(filers)}
            return {**on, "expected": expected, "llr": ratio, "line": line}
    return None


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """Only a signal that stands is closed; that it stood on nothing is said by an annulment."""
    if act.kind != CLOSED.id:
        return
    row = reader.get(SIGNALS, act.body["signal"])
    if row is None or row["closed"] is not None:
        there = ", ".join(f"{one['entry']} ({one['warning']})" for one in signals(reader) if one["closed"] is None)
        yield Fault(
            "signal", str(act.body["signal"]), f"a signal that stands: {there or 'no signal stands'}", "reference"
        )
    if act.body["finding"] == "annulled":
        want = "alert, explained or not_confirmed; annulled follows by itself where the authority annuls reports"
        yield Fault("finding", "annulled", want, "not_theirs")


def counted_for(act: Act, reader: Reader) -> list[str]:
    """The reports that told of a near miss of a signal's kind since its period began: what closing it is about.

    Which a signal counted is told to nobody, and whoever closes it begins the count of all of them anew.
    """
    row = reader.get(SIGNALS, act.body["signal"])
    if row is None:
        return []
    rows = reader.select(NEAR_MISSES, {"warning": row["warning"], "on": (">=", row["began"])}, only=("report",))
    return sorted({one["report"] for one in rows})


ABOUT = {CLOSED.id: counted_for}
"""By kind, the cases that an act is about though it names none of them: who has a conflict in one files none."""


def signals(reader: Reader) -> list[Row]:
    """Signals as they were recorded, the newest first, each with the entry that closed it."""
    return reader.select(SIGNALS, order=("-entry",))


def name_of(subject: str, language: str) -> str:
    """What the subject of these series is called."""
    return "未遂事件报告" if language == "zh" else "Reports of near misses"
