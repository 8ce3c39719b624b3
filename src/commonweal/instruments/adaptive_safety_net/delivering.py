"""How the help in force is delivered, month by month: how long a first payment takes, what waits, and what is in error.

Delay and what waits are counts of all there is, so they have no uncertainty; they are told when a month is over, by
what stood then: whatever is recorded first afterwards finds it laid out, however late the clock ticks.
Errors are found by looking: an officer or auditor draws payments of a month by lot, somebody else says how many were
wrong, and the share of all is told with its exact interval. The draw is put on record before anybody knows what it
draws (`record.lot_of`). Nothing is told of fewer claims than a total of payments takes.

That there is a claim, and since when, everybody reads; what is done about it is in confidence. So a figure is about the
claims among which the newest were enough when they came to be counted: which these are follows from what everybody
reads. Of those that wait, and of those that do not, a count is told where it is nought or enough, and where they differ
from those of each month that was told by none or by enough: what was told is taken from what is told
(A. Hundepool and others 2012, section 4.2, on linked tables). Enough are people who know of claims (`knowers`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from statistics import median
from typing import Any, NamedTuple

from commonweal.kernel import indicators, record, registry
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.instrument import (
    Act,
    Column,
    Deed,
    Entry,
    Fault,
    Filer,
    Listing,
    Question,
    Reader,
    Reading,
    Row,
    Table,
    Tables,
    Text,
    Timed,
)
from commonweal.kernel.record import Days, day_of
from commonweal.kernel.values import NotFound, add_months
from commonweal.methods.trends import share_interval

from . import owed, programmes
from .kinds import CLAIM, OPENED, REVIEWED, RUN_DONE, SAMPLED, STEPS
from .knowers import as_people, knowers_of
from .programmes import Programme, Standing
from .tables import CLAIMED
from .telling import least, protection

SERIES_SET, TICK = "safety_net.delivery", "clock.tick"
DELAY, BACKLOG, ERRORS = "safety_net.delay_days", "safety_net.backlog", "safety_net.error_share"
DECISION, MONEY = f"{BACKLOG}{{waits_for=decision}}", f"{BACKLOG}{{waits_for=payment}}"
UNITS: Mapping[str, str] = {DELAY: "days", DECISION: "claims", MONEY: "claims", ERRORS: "1"}
CITATION = "This authority's own record of claims, decisions and payments"
LOOKED_OVER = (
    "A sample of payments drawn by lot, looked over one by one; 95 percent, C. J. Clopper and E. S. Pearson 1934"
)
WATCHED = Table(
    "adaptive_safety_net_watched", columns={"programme": "text", "month": "text"}, key=("programme",)
)  # fmt: skip
"""The month of each programme that was not told yet: while it takes people, pays, or anything of it waits."""
REVIEW = Table(
    "adaptive_safety_net_review",
    columns={"programme": "text", "month": "text", "entry": "integer", "drawn": "integer", "wrong": "integer"},
    key=("programme", "month"),
)
"""The sample of each programme and month, with how many of the payments drawn were wrong."""
SAMPLE = Table(
    "adaptive_safety_net_sample",
    columns={
        "programme": "text", "month": "text", "entry": "integer", "by": "text", "lot": "text", "paid": "integer",
        "claims": "json",
    },
    key=("programme", "month"),
)  # fmt: skip
"""The claims that were drawn of those paid for a month, by which lot, and who drew."""
COUNTED = Table(
    "adaptive_safety_net_counted",
    columns={"programme": "text", "series": "text", "month": "text", "among": "integer", "waits": "json"},
    key=("programme", "series", "month"),
)
"""Of each count that was told the claims that waited (the number of the entry of each), of so many first ones."""
MONTH_OVER = Table(
    "adaptive_safety_net_month_over",
    columns={"programme": "text", "series": "text", "month": "text", "value": "real"},
    key=("programme", "month", "series"),
)
"""What months that are over came to, until it is told."""
TABLES = (WATCHED, REVIEW, SAMPLE, COUNTED, MONTH_OVER)
_STEPS = frozenset(kind.id for kind in STEPS)


# ── what time makes happen ──────────────────────────────────────────────────────────────────────────────────────────


def keep(entry: Entry, tables: Tables) -> None:
    """Watch a programme from the month on in which anything of it happens."""
    about = None if entry.erased else _about(entry, tables)
    if about and tables.get(WATCHED, about) is None:
        tables.put(WATCHED, {"programme": about, "month": entry.day.isoformat()[:7]})


def _about(entry: Entry, tables: Reader) -> str | None:
    """The programme of an entry; None where it is about none."""
    if entry.kind == OPENED.id:
        return entry.subject
    if entry.kind in (CLAIM.id, RUN_DONE.id):
        return str(entry.body["programme"])
    if entry.kind in _STEPS:
        row = registry.subject(tables, str(entry.body["claim"]))
        return str(row["body"]["programme"]) if row and not row["erased"] else None
    return None


def due(now: datetime, reader: Reader) -> bool:
    """Whether a month of a programme is over that was not told yet."""
    watched = reader.select(WATCHED, {"month": ("<", day_of(reader, now).isoformat()[:7])}, limit=1)
    return bool(watched or reader.select(MONTH_OVER, limit=1))


def over(entry: Entry, tables: Tables, zone: tzinfo) -> Iterable[Act]:
    """When months are over: what they come to, in one batch. Of a programme of which nothing waits no more is told.

    By terms from before (`counts_by` 1) a month came to what stood when the clock ticked.
    """
    this = entry.day.isoformat()[:7]
    rows = tables.select(WATCHED, {"month": ("<", this)}, order=("programme",))
    if rows and (entry.kind == TICK or protection(tables).counts_by > 1):
        _lay_out(rows, this, tables)
    if entry.kind != TICK:
        return
    told = [
        Observation(row["series"], row["programme"], _first(row["month"]), row["value"], unit=UNITS[row["series"]])
        for row in tables.select(MONTH_OVER, order=("programme", "month", "series"))
    ]
    for one in told:
        tables.delete(MONTH_OVER, one.subject, one.event.isoformat()[:7], one.series)
    if told:
        act = batch_act(told, series_set=SERIES_SET, citation=CITATION, released_on=entry.time.date())
        yield replace(act, key=f"{SERIES_SET}:{entry.index}", causes=(entry.index,))


def _lay_out(rows: Sequence[Row], this: str, tables: Tables) -> None:
    """What the months before this one came to that were not laid out yet, of the programmes that are watched."""
    for row in rows:
        one = programmes.programme(tables, row["programme"])
        found = list(_months(tables, one, _first(row["month"]), _first(this))) if one else []
        for month, stood in found:
            for series, value in _observed(row["programme"], month, stood, tables):
                told = {"programme": row["programme"], "series": series, "month": month.isoformat()[:7]}
                tables.put(MONTH_OVER, {**told, "value": value})
        if one is None or (found and found[-1][1].idle(one, found[-1][0])):
            tables.delete(WATCHED, row["programme"])
        else:
            tables.put(WATCHED, {**row, "month": this})


TIMED = Timed(due, over)


# ── what a month comes to ───────────────────────────────────────────────────────────────────────────────────────────


class Delivered(NamedTuple):
    """A month of a programme: for each claim that was first paid in it the days since it was granted; which waited for
    a decision when it was over, and to which something was still due for the months before. Each claim is the entry by
    which it was filed first."""

    delays: Mapping[int, int]
    undecided: frozenset[int]
    unpaid: frozenset[int]

    def idle(self, one: Programme, month: date) -> bool:
        """Whether nothing more can come of it by time alone: it takes nobody, nothing waits and nobody was paid."""
        over = one.closes_on is not None and one.closes_on < add_months(month, 1)
        return over and not (self.delays or self.undecided or self.unpaid)


def _months(reader: Reader, one: Programme, month: date, until: date) -> Iterator[tuple[date, Delivered]]:
    every = list(programmes.claims(reader, one.id))
    while month < until:
        yield month, delivered(reader, one, month, every)
        month = add_months(month, 1)


def delivered(reader: Reader, one: Programme, month: date, every: Iterable[Standing]) -> Delivered:
    """What a month of a programme came to, as its claims stood when it was over."""
    end, before = add_months(month, 1).isoformat(), add_months(month, -1)
    called = programmes.shares(reader, one, before)
    delays, undecided, unpaid = dict[int, int](), set[int](), set[int]()
    for claim in every:
        stood = _as_of(reader, claim, end)
        if stood is None:
            continue
        if stood.undecided:
            undecided.add(claim.first)
        paid = sorted(programmes.paid(reader, {"claim": claim.claim, "day": ("<", end)}), key=lambda row: row["day"])
        there = sum(line.cents for line in owed.due(reader, one, stood, before, called))
        if there > sum(row["cents"] for row in paid):
            unpaid.add(claim.first)
        if paid and paid[0]["day"] >= month.isoformat() and (grant := stood.granted_first) is not None:
            delays[claim.first] = (date.fromisoformat(paid[0]["day"]) - _day(grant)).days
    return Delivered(delays, frozenset(undecided), frozenset(unpaid))


def _as_of(reader: Reader, claim: Standing, end: str) -> Standing | None:
    """A claim as it stood before a day; None where it was not filed yet."""
    versions, days = registry.versions(reader, claim.claim), Days.of(reader)
    there = [row for row in versions if days.day(row["filed_on"]).isoformat() < end and not row["erased"]]
    if not there:
        return None
    steps = tuple(row for row in claim.steps if row["on"] < end)
    return replace(claim, body=programmes.facts(steps, there[-1]), entry=there[-1]["entry"], steps=steps)


def _observed(about: str, month: date, stood: Delivered, tables: Tables) -> Iterator[tuple[str, float]]:
    """What is told of a month of a programme, by series."""
    enough, claimed = least(tables), tables.select(CLAIMED, {"programme": about}, order=("first",))
    every = [row["first"] for row in claimed]
    people = _people(tables, {row["claim"]: row["first"] for row in claimed})
    first = every[: _counted(tables, claimed, month, people)]
    among = frozenset(first)
    delays = {claim: days for claim, days in stood.delays.items() if claim in among}
    if _many(delays, people) >= enough:
        yield DELAY, float(median(delays.values()))
    for series, waiting in ((DECISION, stood.undecided), (MONEY, stood.unpaid)):
        key, waits = {"programme": about, "series": series}, among & waiting
        told = [
            (frozenset(row["waits"]), frozenset(every[: row["among"]]) - frozenset(row["waits"]))
            for row in tables.select(COUNTED, key)
        ]
        if among and _tells((waits, among - waits), told, enough, people):
            row = {**key, "month": month.isoformat()[:7], "among": len(first), "waits": sorted(waits)}
            tables.put(COUNTED, row)
            yield series, float(len(waits))


_People = Mapping[int, str]
"""Each claim (the number of its first entry) with who knows of it."""


def _people(reader: Reader, claims: Mapping[str, int]) -> _People:
    """Who knows of each of these claims; by terms from before each counts by itself."""
    if protection(reader).counts_by == 1:
        return {first: claim for claim, first in claims.items()}
    return {claims[claim]: who for claim, who in as_people(knowers_of(reader, claims), claims).items()}


def _many(claims: Iterable[int], people: _People) -> int:
    """How many people know of claims."""
    return len({people.get(claim, str(claim)) for claim in claims})


def _counted(reader: Reader, claimed: Sequence[Row], month: date, people: _People) -> int:
    """How many of a programme's claims, the first ones, figures of a month are about: all that were there at the end of
    the last one by which enough had come since it was so before."""
    enough, days = least(reader), Days.of(reader)
    filed = Counter(days.day(row["filed_on"]).isoformat()[:7] for row in claimed)
    there = counted = 0
    for until in sorted(when for when in filed if when <= month.isoformat()[:7]):
        there += filed[until]
        newest = _many((row["first"] for row in claimed[counted:there]), people)
        counted = there if newest >= enough else counted
    return counted


_Apart = tuple[frozenset[int], frozenset[int]]
"""The claims that wait, and those that do not."""


def _tells(apart: _Apart, told: Iterable[_Apart], enough: int, people: _People) -> bool:
    """Whether it is told how many claims wait: beside their number, and beside each count that was told."""

    def tells(some: frozenset[int]) -> bool:
        return not some or _many(some, people) >= enough

    return all(map(tells, apart)) and all(
        tells(now ^ then) for before in told for now, then in zip(apart, before, strict=True)
    )


# ── what is in error ────────────────────────────────────────────────────────────────────────────────────────────────


def reviewed(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A sample was looked over: the share of all payments of the month that is in error, with its interval."""
    if entry.kind != REVIEWED.id or entry.erased:
        return
    body = entry.body
    names = ("programme", "month", "drawn", "wrong")
    tables.put(REVIEW, {**{name: body[name] for name in names}, "entry": entry.index})
    sample = tables.get(SAMPLE, body["programme"], body["month"])
    claims = {claim: at for at, claim in enumerate(sample["claims"])} if sample else {}
    if min(body["drawn"], _many(claims.values(), _people(tables, claims))) < least(tables):
        return
    point, low, high = (float(one) for one in share_interval(body["wrong"], body["drawn"]))
    row = Observation(ERRORS, body["programme"], _first(body["month"]), point, low, high, UNITS[ERRORS])
    act = batch_act([row], series_set=SERIES_SET, citation=LOOKED_OVER, released_on=entry.time.date())
    yield replace(act, key=f"{SERIES_SET}:{entry.index}", causes=(entry.index,))


def sampled(entry: Entry, tables: Tables) -> None:
    """A sample is drawn: which payments, follows from its entry."""
    if entry.kind != SAMPLED.id or entry.erased:
        return
    body, lot = entry.body, record.lot_of(entry)
    one = programmes.programme(tables, str(body["programme"]))
    if one is None or tables.get(SAMPLE, one.id, body["month"]) is not None:
        return
    paid = payments(tables, one, str(body["month"]))
    told = {"programme": one.id, "month": body["month"], "entry": entry.index, "by": entry.author, "lot": lot}
    tables.put(SAMPLE, {**told, "paid": len(paid), "claims": record.drawn_of(lot, paid, int(body["drawn"]))})


def check_sample(body: Mapping[str, Any], one: Programme, reader: Reader) -> Iterator[Fault]:
    """A sample is of a month that was paid, no larger than that, and the only one of it."""
    paid = payments(reader, one, str(body["month"]))
    if body["drawn"] > len(paid):
        want = f"at most {len(paid)}, as many payments as were made for {body['month']}"
        yield Fault("drawn", str(body["drawn"]), want, "too_many")
    if there := reader.get(SAMPLE, one.id, str(body["month"])):
        want = f"a month that was not sampled: entry {there['entry']} did, and who draws again could choose"
        yield Fault("month", str(body["month"]), want, "duplicate")


def check(body: Mapping[str, Any], one: Programme, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A review is of the sample on record, once, by somebody else than who drew it."""
    month = str(body["month"])
    sample = reader.get(SAMPLE, one.id, month)
    if sample is None:
        yield Fault("month", month, f"a month of which a sample was drawn (“{SAMPLED.title['en']}”)", "not_drawn")
        return
    if sample["by"] in filer.speaks_for:
        yield Fault("month", month, "somebody else than who drew the sample", "same_person")
    if body["seed"] != sample["lot"] or body["drawn"] != len(sample["claims"]):
        want = f"the lot and number of the sample, entry {sample['entry']}: {sample['lot']}, {len(sample['claims'])}"
        yield Fault("seed", str(body["seed"]), want, "mismatch")
    if there := reader.get(REVIEW, one.id, month):
        want = f"a month that was not looked over: entry {there['entry']} says what was found"
        yield Fault("month", month, want, "duplicate")


def payments(reader: Reader, one: Programme, month: str) -> list[str]:
    """The claims that were paid for a month, by name."""
    runs = [row["entry"] for row in programmes.runs(reader, one.id)]
    rows = programmes.paid(reader, {"run": ("in", runs), "month": month}) if runs else []
    return sorted(row["claim"] for row in rows)


def sample_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The payments of a month that were drawn, for whoever looks them over. Raises `NotFound`."""
    one = _one(reading.tables, query["slug"])
    row = reading.tables.get(SAMPLE, one.id, query.get("month", ""))
    if row is None:
        raise NotFound("sample", query.get("month", ""), f"/safety-net/programmes/{query['slug']}/sample draws one")
    return {
        "log": reading.origin, "programme": one.id, "month": row["month"], "draw": row["entry"], "lot": row["lot"],
        "paid": row["paid"],
        "drawn": [{"claim": claim, "page": f"/safety-net/claims/{claim.partition(':')[2]}"} for claim in row["claims"]],
        "then": f"weal file DIR {REVIEWED.id} - --as PARTY --role officer",
    }  # fmt: skip


def sampling_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form by which a month's payments are drawn, and what was drawn. Raises `NotFound`."""
    one = _one(reading.tables, query["slug"])
    path = f"/safety-net/programmes/{query['slug']}"
    rows = reading.tables.select(SAMPLE, {"programme": one.id}, order=("-month",))
    return {
        "name": one.name, "back": path, "action": f"{path}/sample",
        "drawn": [(row["month"], len(row["claims"]), f"{path}/sample.json?month={row['month']}") for row in rows],
        "asks": (
            Question("month", Text(en="Month, such as 2026-05", zh="月份，例如 2026-05"), "text", required=True),
            Question("drawn", Text(en="Payments to draw", zh="抽取笔数"), "number", required=True),
        ),
    }  # fmt: skip


def sampling_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """A draw is put on record; only then does anybody know what it draws."""
    one, many = _one(reading.tables, given["slug"]), given.get("drawn", "")
    body = {
        "programme": one.id, "month": given.get("month", "").strip(),
        "drawn": int(many) if many.isascii() and many.isdigit() else many,
    }  # fmt: skip
    return Deed((Act(SAMPLED.id, body, ""),), f"/safety-net/programmes/{given['slug']}/sample")


def _one(reader: Reader, slug: str) -> Programme:
    one = programmes.programme(reader, f"programme:{slug}")
    if one is None:
        raise NotFound("programme", slug, "/safety-net/programmes lists those that there are")
    return one


# ── what is shown ───────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(reader: Reader, one: Programme) -> list[dict[str, Any]]:
    """A row a month that anything was told of, newest first; None where nothing was."""
    found: dict[str, dict[str, Any]] = {}
    for series, name in ((DELAY, "delay"), (DECISION, "undecided"), (MONEY, "unpaid"), (ERRORS, "errors")):
        for row in indicators.values(reader, series, one.id):
            told = found.setdefault(row["event"][:7], dict.fromkeys(("delay", "undecided", "unpaid", "errors", "of")))
            told[name] = row["value"]
            if name == "errors":
                told |= {"low": row["low"], "high": row["high"]}
    for row in reader.select(REVIEW, {"programme": one.id}):
        if row["month"] in found and found[row["month"]]["errors"] is not None:
            found[row["month"]]["of"] = row["drawn"]
    return [{"month": month, **found[month]} for month in sorted(found, reverse=True)]


def told_of(reader: Reader, one: Programme) -> list[str]:
    """The series of a programme of which anything was told."""
    return [series for series in UNITS if indicators.values(reader, series, one.id)]


def cells(row: Row) -> list[str]:
    """A row for a table: numbers as text, what is not told as a dash, a share with its interval in percent."""
    errors = "–"
    if row["errors"] is not None:
        errors = f"{row['errors']:.1%} ({row['low']:.1%}–{row['high']:.1%}; {row['of']})"
    counts = ("–" if row[name] is None else f"{row[name]:g}" for name in ("delay", "undecided", "unpaid"))
    return [row["month"], *counts, errors]


def _listed(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    return [
        {"programme": one.name, "low": None, "high": None, **row}
        for one in programmes.programmes(reading.tables)
        for row in rows_of(reading.tables, one)
    ]


SHOWN = (
    Column("month", Text(en="Month", zh="月份")),
    Column(
        "delay", Text(en="Days from decision to first payment (median)", zh="决定至首次发放天数（中位数）"), "number"
    ),
    Column("undecided", Text(en="Wait for a decision", zh="待决定"), "number"),
    Column("unpaid", Text(en="Wait for payment", zh="待发放"), "number"),
    Column(
        "errors", Text(en="In error, of a sample (95 % interval; drawn)", zh="抽样差错率（95%区间；样本数）"), "number"
    ),
)
LISTING = Listing(
    "delivery",
    Text(en="Delivery by month", zh="逐月发放情况"),
    (
        Column("programme", Text(en="Programme", zh="项目")),
        *SHOWN,
        Column("low", Text(en="Lower bound", zh="下限"), "number"),
        Column("high", Text(en="Upper bound", zh="上限"), "number"),
        Column("of", Text(en="Payments drawn", zh="抽样笔数"), "number"),
    ),
    _listed,
    summary=Text(
        en="How long a first payment took, how many claims waited when a month was over, and what share of payments "
        "was in error as far as a sample tells. Nothing is told of few claims.",
        zh="首次发放所需时间、月末待处理申领数，以及据抽样推断的差错率。涉及申领数过少者不予公布。",
    ),
)


def _day(row: Row) -> date:
    return date.fromisoformat(row["on"])


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
