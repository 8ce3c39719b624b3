"""Programmes in force and the claims under them, as laid out from the record: where each stands, and what is due.

What the help was at a time follows from the switches in the order in which they were recorded, each from the day on
which it was known. A figure that is revised afterwards changes what is called for from then on; what was paid stands,
and that the crossing would not have been is shown (`revised`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Literal

from commonweal.kernel import accounts, indicators, registry
from commonweal.kernel.expressions import frame
from commonweal.kernel.instrument import Entry, Reader, Row, Table, Tables
from commonweal.kernel.thresholds import THRESHOLD_SWITCHED, replay, rule_of, states
from commonweal.kernel.values import BadInput, NotFound, add_months, stamp

from . import sameness
from .amounts import Due, Job, Payment, Worker, dues, month_of, months_from, payment
from .kinds import (
    APPEAL,
    APPEAL_DECIDED,
    CHANGED,
    CLAIM_NOUN,
    CLOSED,
    CORRECTED,
    DECIDED,
    PAID,
    PROGRAMME_NOUN,
    RUN_DONE,
    STEPS,
    WITHDRAWN,
)
from .packages import SUFFIX, Written, read_written
from .terms import Answer, Assessment, Condition, FactName, Finding, Frame, Words, assess

FIRING, OFF, UNKNOWN = "firing", ("ok", "pending"), "unknown"
REVISION = "revision"
"""The cause of a switch by figures that came for a month judged before."""
"""A run that went off does not begin again: that takes a crossing, and a decision, of its own. Silence leaves it on."""
OBSERVATIONS = "observations.batch"
CROSSING = Table(
    "adaptive_safety_net_crossing",
    columns={
        "entry": "integer", "rule": "text", "subject": "text", "at": "text", "known": "text", "from_state": "text",
        "to_state": "text", "cause": "text", "scale": "real", "counterfactual": "integer",
    },
    key=("entry",),
    indexes=(("rule", "subject"),),
)  # fmt: skip
"""Every switch that was recorded, with the day on which it was (`known`) and the month that it is about (`at`)."""
CALLED = Table(
    "adaptive_safety_net_called",
    columns={"rule": "text", "subject": "text", "entry": "integer", "known": "text", "scale": "real"},
    key=("rule", "subject", "entry"),
)
"""Which part of the help the trigger of an adopted package called for, each time that figures changed it."""
PACKAGE = Table("adaptive_safety_net_package", columns={"rule": "text", "entry": "integer"}, key=("rule",))
"""The triggers of which a package was adopted."""
STEP = Table(
    "adaptive_safety_net_step",
    columns={"claim": "text", "entry": "integer", "at": "text", "kind": "text", "by": "text", "body": "json"},
    key=("claim", "entry"),
    indexes=(("entry",),),
)
CLOSING = Table(
    "adaptive_safety_net_closing", columns={"programme": "text", "entry": "integer", "on": "text"}, key=("programme",)
)
RUN_ROW = Table(
    "adaptive_safety_net_run",
    columns={
        "programme": "text", "entry": "integer", "month": "text", "day": "text", "paid": "integer", "cents": "integer",
        "largest": "integer", "second": "integer", "wanted": "integer", "refused": "integer", "state": "text",
        "told": "integer",
    },
    key=("programme", "entry"),
    indexes=(("entry",),),
)  # fmt: skip
"""A run of payments: how many it paid, what it paid in all and its two largest; `state` is paid, cut, refused or held.

`refused` counts the payments that the ledger did not take. Until the ledger has said so it is what is wanted. `told`
says whether its figures are told to everybody, null where its entry does not (`telling`)."""
PAYMENT = Table(
    "adaptive_safety_net_payment",
    columns={
        "claim": "text", "month": "text", "run": "integer", "day": "text", "cents": "integer",
        "overpaid": "integer", "steps": "json", "asked": "integer",
    },
    key=("claim", "month"),
    indexes=(("run",),),
)  # fmt: skip
"""What was paid on a claim for a month. With `asked` the ledger was asked to, and has not answered yet."""
ASKED = Table(
    "adaptive_safety_net_asked",
    columns={
        "transfer": "text",
        "run": "integer",
        "whose": "text",
        "month": "text",
        "cents": "integer",
        "body": "json",
    },
    key=("transfer",),
    indexes=(("run",),),
)
"""Transfers that a run asked the ledger for, with what is recorded of each (`body`) if it makes it."""
UNPAID = Table(
    "adaptive_safety_net_refused",
    columns={
        "whose": "text", "month": "text", "programme": "text", "run": "integer", "cents": "integer", "outcome": "text",
    },
    key=("whose", "month"),
    indexes=(("programme",),),
)  # fmt: skip
"""What the ledger did not take, of a claim or an area, and why: still due, until a later run pays it."""
TABLES = (CROSSING, CALLED, PACKAGE, STEP, CLOSING, RUN_ROW, PAYMENT, ASKED, UNPAID, sameness.MARK)
_STEPS = frozenset(kind.id for kind in STEPS)
State = Literal["waits", "eligible", "not_eligible"]


# ── what is laid out ────────────────────────────────────────────────────────────────────────────────────────────────


def keep(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says, before any fact of a claim is asked for."""
    if entry.erased:
        return
    sameness.keep(entry, tables)
    body = entry.body
    if entry.kind == THRESHOLD_SWITCHED.id:
        taken = ("rule", "subject", "at", "from_state", "to_state", "cause", "scale")
        told = {name: body.get(name) for name in taken}
        known, not_law = entry.time.date().isoformat(), int(body.get("counterfactual", False))
        tables.put(CROSSING, {"entry": entry.index, "known": known, "counterfactual": not_law, **told})
    elif entry.kind == registry.RULE_ADOPTED.id and str(body["rule_id"]).endswith(SUFFIX):
        tables.put(PACKAGE, {"rule": str(body["rule_id"]).removesuffix(SUFFIX), "entry": entry.index})
    elif entry.kind == OBSERVATIONS:
        _keep_called(entry, tables)
    elif entry.kind in _STEPS:
        told = {"kind": entry.kind, "by": entry.author, "body": dict(body)}
        tables.put(STEP, {"claim": body["claim"], "entry": entry.index, "at": stamp(entry.time), **told})
    elif entry.kind == PAID.id:
        put_payment(tables, body["claim"], body, entry.time.date())
    elif entry.kind == RUN_DONE.id:
        put_run(tables, body, entry.time.date())
    elif entry.kind == CLOSED.id and tables.get(CLOSING, body["programme"]) is None:
        on = entry.time.date().isoformat()
        tables.put(CLOSING, {"programme": body["programme"], "entry": entry.index, "on": on})


def put_payment(tables: Tables, claim: str, body: Mapping[str, Any], day: date, *, asked: bool = False) -> None:
    """Lay out what was paid on a claim, or what the ledger is `asked` to pay; said again, it is the same."""
    unit = body["unit"]
    cents, over = (accounts.amount_of(body[name], unit) for name in ("amount", "overpaid"))
    told = {"run": body["run"], "day": day.isoformat(), "cents": cents, "overpaid": over, "steps": list(body["steps"])}
    tables.put(PAYMENT, {"claim": claim, "month": body["month"], **told, "asked": int(asked)})
    if not asked:
        made_good(tables, claim)


def made_good(tables: Tables, whose: str) -> None:
    """A payment brings what was refused before with it: arrears come whole."""
    for row in tables.select(UNPAID, {"whose": whose}):
        tables.delete(UNPAID, row["whose"], row["month"])


def put_run(tables: Tables, body: Mapping[str, Any], day: date) -> None:
    """Lay out what a run came to; said again, it is the same."""
    taken = ("programme", "month", "state", "paid", "cents", "largest", "second", "wanted")
    told = {name: body[name] for name in taken}
    told["told"] = None if body.get("told") is None else int(body["told"])
    tables.put(RUN_ROW, {**told, "refused": body.get("refused", 0), "entry": body["run"], "day": day.isoformat()})


def _keep_called(entry: Entry, tables: Tables) -> None:
    for package in tables.select(PACKAGE):
        for row in states(tables, package["rule"]):
            if row["state"] != FIRING or row["scale"] is None:
                continue
            about = {"rule": package["rule"], "subject": row["subject"]}
            before = tables.select(CALLED, about, order=("-entry",), limit=1)
            if not before or before[0]["scale"] != row["scale"]:
                known = entry.time.date().isoformat()
                tables.put(CALLED, {**about, "entry": entry.index, "known": known, "scale": row["scale"]})


# ── programmes ──────────────────────────────────────────────────────────────────────────────────────────────────────


@functools.lru_cache(maxsize=64)
def _read(text: str) -> Written:
    return read_written(text)


def adopted(reader: Reader, package: str, before: int = 2**53) -> Written | None:
    """The text of a package that was in force before an entry (now); None for none, or one that cannot be read."""
    row = registry.text_before(reader, package, before)
    try:
        return _read(row["text"]) if row else None
    except BadInput:
        return None


@dataclass(frozen=True)
class Silence:
    """A time in which no figures said whether a trigger was still on, and that did not end with its being so.

    `until` is the day on which figures said that it was off; None while there are none.
    """

    since: str
    until: str | None


FIGURES = Condition(
    fact="area", op="is", than="area",
    clause="In force: while no figures say that it is still on, nobody new comes under it",
    title=Words(en="Figures say that this is still on", zh="数据显示援助仍在启动中"),
)  # fmt: skip
"""What is asked of whoever comes under a programme while its trigger is not known; who was granted it keeps it."""


@dataclass(frozen=True)
class Programme:
    """A package switched on for an area: what was decided, under which text, and since which entry."""

    id: str
    entry: int
    body: Mapping[str, Any]
    text: Written
    closed: str = ""
    silences: tuple[Silence, ...] = ()

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def area(self) -> str:
        return str(self.body["area"])

    @property
    def unit(self) -> str:
        return str(self.body["unit"])

    @property
    def opens_on(self) -> date:
        return date.fromisoformat(self.body["opens_on"])

    @property
    def closes_on(self) -> date | None:
        """The last day on which somebody comes under it: as decided, or when it was closed before that."""
        days = [date.fromisoformat(one) for one in (self.body.get("closes_on"), self.closed) if one]
        return min(days) if days else None

    @property
    def budget(self) -> int:
        return accounts.amount_of(str(self.body["budget"]), self.unit)

    @property
    def fund(self) -> str:
        return f"safety_net.p{self.entry}.fund"

    def account(self, first: int) -> str:
        """The account of a claim, by the entry by which that was first filed: it tells nobody's identity."""
        return f"safety_net.p{self.entry}.c{first}"

    @property
    def frame(self) -> Frame:
        return Frame(self.area, self.opens_on, self.closes_on)


def programme(reader: Reader, subject: str) -> Programme | None:
    """The programme of that id; None where there is none, or its text can no longer be read."""
    row = registry.subject(reader, subject)
    return _programme(reader, row) if row is not None and not row["erased"] else None


def _programme(reader: Reader, row: Row) -> Programme | None:
    text = adopted(reader, row["body"]["package"], row["entry"])
    closing = reader.get(CLOSING, row["subject"])
    if text is None:
        return None
    found = Programme(row["subject"], row["entry"], row["body"], text, closing["on"] if closing else "")
    came_on = crossing(reader, text.rule, found.area, str(found.body["crossed"]), found.entry)
    return replace(found, silences=tuple(_silences(reader, came_on))) if came_on else found


def _silences(reader: Reader, came_on: Row) -> Iterator[Silence]:
    about = {"rule": came_on["rule"], "subject": came_on["subject"], "entry": (">", came_on["entry"])}
    since = ""
    for row in reader.select(CROSSING, about, order=("entry",)):
        if row["to_state"] == UNKNOWN:
            since = since or row["known"]
        elif since:
            if row["to_state"] in OFF:
                yield Silence(since, row["known"])
            since = ""
    if since:
        yield Silence(since, None)


def programmes(reader: Reader) -> list[Programme]:
    """Every programme, newest first."""
    rows = registry.subjects(reader, PROGRAMME_NOUN)
    found = [one for row in rows if not row["erased"] and (one := _programme(reader, row))]
    return sorted(found, key=lambda one: -one.entry)


def crossing(reader: Reader, rule: str, area: str, month: str, before: int = 2**53) -> Row | None:
    """The newest switch before an entry by which a trigger came on in an area with the figures of a month.

    To come on it must have been off: after a silence it goes on as it was, and figures that came late or were revised
    bring no crossing beside one that there was, until the trigger has gone off by figures that were new.
    """
    rows = reader.select(CROSSING, {"rule": rule, "subject": area, "entry": ("<", before)}, order=("entry",))
    found, stood, crossed = None, "", False
    for row in rows:
        if row["to_state"] == FIRING and stood != FIRING and not (crossed and row["cause"] == REVISION):
            crossed = True
            found = row if row["at"][:7] == month else found
        if row["to_state"] in OFF and row["cause"] != REVISION:
            crossed = False  # that spell is over: what a revision switches on after it is another
        stood = stood if row["to_state"] == UNKNOWN else row["to_state"]
    return found


def crossing_of(reader: Reader, one: Programme) -> Row:
    """The crossing on which a programme rests. Raises `NotFound` where its trigger was never judged here."""
    row = crossing(reader, one.text.rule, one.area, str(one.body["crossed"]), one.entry)
    if row is None:
        raise NotFound("crossing", f"{one.text.rule} in {one.body['crossed']}")
    return row


def went_off(reader: Reader, came_on: Row) -> Row | None:
    """The first switch after one that came on by which it was off again; None while it is on, or silent."""
    later = reader.select(CROSSING, {"rule": came_on["rule"], "subject": came_on["subject"]}, order=("entry",))
    return next((row for row in later if row["entry"] > came_on["entry"] and row["to_state"] in OFF), None)


def revised(reader: Reader, one: Programme) -> Row | None:
    """The month of the crossing judged on the figures as they are now, where the trigger would not come on by it.

    None where it still would: `event`, `state` and `value` say what it would be.
    """
    row = crossing_of(reader, one)
    rule = rule_of(reader, row["rule"])
    rows = [
        (item["series"], item["subject"], date.fromisoformat(item["event"]), item["value"])
        for item in indicators.newest(reader, rule.series)
        if item["event"] <= row["at"] and (rule.by == "all" or item["subject"] == row["subject"])
    ]
    judged = replay(rule, frame(rows, rule.grid)).judged.get(row["subject"], ())
    found = next((item for item in judged if item.event == row["at"]), None)
    return found._asdict() if found is not None and found.state != FIRING else None


def shares(reader: Reader, one: Programme, through: date) -> dict[date, Fraction]:
    """Which part of the help is on in each month, from the opening on: as called for, never falling faster than the
    text lets it, and not beyond its expiry."""
    came_on = crossing_of(reader, one)
    about = {"rule": came_on["rule"], "subject": came_on["subject"], "entry": (">=", came_on["entry"])}
    off = [row["known"] for row in reader.select(CROSSING, about, order=("entry",)) if row["to_state"] in OFF]
    scales = [came_on, *reader.select(CALLED, about, order=("entry",))]
    wait, text = timedelta(days=one.text.begins.days), one.text
    longest = int(text.expiry.longest.removesuffix("mo")) if text.expiry else None
    slope = Fraction(1, int(text.phase_out.over.removesuffix("mo"))) if text.phase_out else Fraction(1)
    found: dict[date, Fraction] = {}
    before, ended = Fraction(0), False
    for number, month in enumerate(months_from(month_of(one.opens_on), through)):
        on = (max(month, one.opens_on) - wait).isoformat()
        ended = ended or (longest is not None and number >= longest) or any(day <= on for day in off)
        told = [row["scale"] for row in scales if row["known"] <= on]
        called = Fraction(0) if ended or not told else Fraction(1) if told[-1] is None else Fraction(str(told[-1]))
        before = found[month] = max(called, before - slope, Fraction(0))
    return found


# ── claims ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Standing:
    """Where a claim stands: its newest version, the entry and author of its first, and every act about it in order."""

    claim: str
    name: str
    body: Mapping[str, Any]
    entry: int
    first: int
    author: str
    filed_on: str
    steps: tuple[Row, ...]

    def newest(self, *kinds: str) -> Row | None:
        return next((row for row in reversed(self.steps) if row["kind"] in kinds), None)

    @property
    def decision(self) -> Row | None:
        """What decided it last: a decision, or an appeal that was allowed."""
        return next(
            (
                row
                for row in reversed(self.steps)
                if row["kind"] == DECIDED.id
                or (row["kind"] == APPEAL_DECIDED.id and row["body"]["outcome"] == "allowed")
            ),
            None,
        )

    @property
    def state(self) -> State:
        """`waits` where nobody decided, or the facts were changed since and do not decide by themselves."""
        row = self.decision
        if row is None:
            return "waits"
        if row["kind"] == APPEAL_DECIDED.id:
            return "eligible" if row["entry"] > self.entry else "waits"
        if row["body"]["facts"] < self.entry:
            return "waits"
        found: State = row["body"]["outcome"]
        return found

    @property
    def appeal(self) -> Row | None:
        """The appeal that waits for a decision."""
        asked = self.newest(APPEAL.id)
        over = self.newest(APPEAL_DECIDED.id)
        return asked if asked and (over is None or over["entry"] < asked["entry"]) else None

    @property
    def jobs(self) -> tuple[Job, ...]:
        unit = str(self.body.get("currency", "USD"))
        found = []
        for job in self.body.get("jobs", ()):
            ended = date.fromisoformat(job["ended"]) if job.get("ended") else None
            found.append(Job(date.fromisoformat(job["began"]), ended, accounts.amount_of(job["monthly"], unit)))
        return tuple(sorted(found, key=lambda one: one.began))

    @property
    def facts(self) -> dict[FactName, Any]:
        """What is known of a claim, by the name under which conditions ask for it."""
        body, jobs = self.body, self.jobs
        earned = self.earned
        first = jobs[0].began if jobs else None
        there = sum(one.monthly for one in jobs if first and one.began <= first <= (one.ended or first))
        return {
            "area": body.get("area"), "born_on": _day(body.get("born_on")), "lost_on": _day(body.get("lost_on")),
            "took_up_on": first, "earned": earned,
            "weekly_benefit": self._cents("weekly_benefit"), "exhausted_on": _day(body.get("exhausted_on")),
            "filed_on": _day(self.filed_on[:10]),
            "out_of_work": self._out_of_work(jobs),
            "lost_pay": earned - there if earned is not None and jobs else None,
        }  # fmt: skip

    def _out_of_work(self, jobs: Sequence[Job]) -> str | None:
        """None where they said neither that they have work nor that what they had ended: silence is no answer."""
        if self.body.get("working") == "yes" or any(one.ended is None for one in jobs):
            return "no"
        return "yes" if self.body.get("working") == "no" or jobs else None

    @property
    def earned(self) -> int | None:
        return self._cents("earned")

    def _cents(self, name: str) -> int | None:
        """An amount of the claim, in cents; None where it was not told."""
        told = self.body.get(name)
        return None if told is None else accounts.amount_of(str(told), str(self.body.get("currency", "USD")))

    def worker(self, text: Written) -> Worker:
        """What amounts ask of it."""
        assert text.claims is not None, "a programme is opened on a text with terms"
        ends = sorted((on, what) for on, what in self._changes() if getattr(text.claims, what).does == "ends")
        weekly, exhausted_on = self._cents("weekly_benefit"), _day(self.body.get("exhausted_on"))
        last, why = ends[0] if ends else (None, "")
        return Worker(self.earned, self.jobs, last, why, weekly, exhausted_on)

    @property
    def died(self) -> Row | None:
        """What says that they died, as it was said last; None where nothing does, or it was taken back."""
        told = [row for row in self.steps if row["kind"] == CHANGED.id and row["body"]["what"] in ("died", "alive")]
        return told[-1] if told and told[-1]["body"]["what"] == "died" else None

    def _changes(self) -> Iterator[tuple[date, str]]:
        """What happened in somebody's life, by the name that it has in the terms, with its day."""
        if self.died is not None:
            yield date.fromisoformat(self.died["body"]["on"]), "died"
        for row in self.steps:
            if row["kind"] == CHANGED.id and row["body"]["what"] == "moved":
                yield date.fromisoformat(row["body"]["on"]), "moved"
            elif row["kind"] == WITHDRAWN.id:
                yield date.fromisoformat(row["at"][:10]), "withdrawn"

    def begins(self, one: Programme) -> date:
        """The day on which it comes under a programme."""
        assert one.text.claims is not None, "a programme is opened on a text with terms"
        since = self.facts[one.text.claims.begins] if one.text.pays.how == "enrols" else None
        return max(one.opens_on, since) if since else one.opens_on


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def standing(reader: Reader, claim: str) -> Standing | None:
    """Where a claim stands; None where there is none, or nobody can read it any more."""
    row = registry.subject(reader, claim)
    if row is None or row["erased"]:
        return None
    return _standing(reader, row, tuple(reader.select(STEP, {"claim": claim}, order=("entry",))))


def _standing(reader: Reader, row: Row, steps: tuple[Row, ...]) -> Standing:
    first = registry.versions(reader, row["subject"])[0]
    return Standing(
        row["subject"],
        row["name"],
        {**row["body"], **corrected(steps)},
        row["entry"],
        first["entry"],
        first["author"],
        first["filed_on"],
        steps,
    )


def corrected(steps: Sequence[Row]) -> dict[str, Any]:
    """The facts that appeals corrected: they hold whatever is claimed again, until another appeal says otherwise."""
    found = dict[str, Any]()
    for row in steps:
        if row["kind"] == APPEAL_DECIDED.id and row["body"]["outcome"] == "allowed":
            found |= {name: row["body"][name] for name in CORRECTED if row["body"].get(name) is not None}
    return found


def appeal_until(reader: Reader, one: Programme, stands: Standing) -> date:
    """The last day on which an appeal is in time: so many days after what was decided or paid last."""
    assert one.text.claims is not None, "a programme is opened on a text with terms"
    days = [row["day"] for row in reader.select(PAYMENT, {"claim": stands.claim}, only=("day",))]
    days += [stands.decision["at"][:10]] if stands.decision else [stands.filed_on[:10]]
    return date.fromisoformat(max(days)) + timedelta(days=one.text.claims.appeals.within_days)


def left(reader: Reader, one: Programme, day: date) -> int:
    """What a programme may still pay on a day, in cents: of its own budget, and of what the text lets all programmes of
    its package pay in a year."""
    own = one.budget - spent(reader, one.id)
    if one.text.budget is None:
        return own
    year, total = year_of(one.text, day), 0
    for other in programmes(reader):
        if other.body["package"] == one.body["package"]:
            rows = runs(reader, other.id)
            total += sum(row["cents"] for row in rows if year_of(one.text, date.fromisoformat(row["day"])) == year)
    return min(own, accounts.amount_of(f"{one.text.budget.usd_a_year:.2f}", one.unit) - total)


def claims(reader: Reader, programme_id: str = "") -> Iterator[Standing]:
    """Every claim (under a programme) that can be read, in the order in which they were first filed."""
    about: dict[str, list[Row]] = {}
    for step in reader.select(STEP, order=("claim", "entry")):
        about.setdefault(step["claim"], []).append(step)
    rows = [row for row in registry.subjects(reader, CLAIM_NOUN) if not row["erased"]]
    found = [
        _standing(reader, row, tuple(about.get(row["subject"], ())))
        for row in rows
        if programme_id in ("", row["body"]["programme"])
    ]
    yield from sorted(found, key=lambda one: one.first)


def assessment(one: Programme, stands: Standing) -> Assessment:
    """What the text says of a claim, by what is known now."""
    assert one.text.claims is not None, "a programme is opened on a text with terms"
    return _beside_figures(assess(one.text.claims, stands.facts, one.frame), one, stands)


def _beside_figures(found: Assessment, one: Programme, stands: Standing) -> Assessment:
    """The same where figures said that the help was on when somebody came under it; else that waits for them."""
    since = stands.begins(one).isoformat() if one.text.pays.how == "enrols" else stands.filed_on[:10]
    within = next((gap for gap in one.silences if gap.since <= since < (gap.until or "9999")), None)
    if within is None:
        return found
    holds = None if within.until is None else False
    seen = Finding(FIGURES, holds, f"no figures from {within.since} on", "figures")
    answers: dict[Answer, Answer] = {"eligible": "unknown" if holds is None else "not_eligible"}
    return Assessment(answers.get(found.answer, found.answer), [*found.findings, seen])


def answer(one: Programme, stands: Standing) -> Answer:
    return assessment(one, stands).answer


# ── what is due ─────────────────────────────────────────────────────────────────────────────────────────────────────


def due(one: Programme, stands: Standing, through: date, called: Mapping[date, Fraction]) -> list[Due]:
    """What is due on a claim through a month; nothing where it was found not to be eligible."""
    if stands.state != "eligible":
        return []
    return dues(one.text, stands.worker(one.text), stands.begins(one), through, called)


def paid_before(reader: Reader, claim: str) -> int:
    """What was paid on a claim so far, in cents."""
    return sum(row["cents"] for row in reader.select(PAYMENT, {"claim": claim}, only=("cents",)))


def overpaid(reader: Reader, one: Programme, stands: Standing, through: date) -> int:
    """By how much more was paid on a claim than is due, by what is known now."""
    found = due(one, stands, through, shares(reader, one, month_of(through)))
    return (
        max(paid_before(reader, stands.claim) - sum(line.cents for line in found), 0) if stands.state != "waits" else 0
    )


def payments(reader: Reader, one: Programme, month: date) -> dict[str, tuple[Standing, Payment]]:
    """What a run for a month would pay on each claim that was not paid for that month, in the order of their filing.

    Claims that wait for a decision are left out: what is due on them comes with the first run after it.
    """
    terms = one.text.claims
    assert terms is not None
    called = shares(reader, one, month)
    told = month.isoformat()[:7]
    runs = [row["entry"] for row in reader.select(RUN_ROW, {"programme": one.id}, only=("entry",))]
    done, before = set[str](), dict[str, int]()
    for row in reader.select(PAYMENT, {"run": ("in", runs)}, only=("claim", "month", "cents")) if runs else ():
        before[row["claim"]] = before.get(row["claim"], 0) + row["cents"]
        if row["month"] == told:
            done.add(row["claim"])
    found = {}
    for stands in claims(reader, one.id):
        if stands.claim in done or stands.state != "eligible":
            continue
        lines = due(one, stands, month, called)
        this = lines if lines and lines[-1].month == month else [*lines, Due(month, 0, ())]
        made = payment(terms, this, before.get(stands.claim, 0))
        if made.cents > 0:
            found[stands.claim] = (stands, made)
    return found


def newest_month(one: Programme, today: date) -> date:
    """The newest month that can be paid: one that is over, for nobody has lived through another; what is paid once at
    the start is not for a month."""
    this = month_of(today)
    return this if one.text.pays.how == "at_start" else add_months(this, -1)


def spent(reader: Reader, programme_id: str) -> int:
    """What a programme has paid, in cents."""
    return sum(row["cents"] for row in reader.select(RUN_ROW, {"programme": programme_id}, only=("cents",)))


def runs(reader: Reader, programme_id: str) -> list[Row]:
    """The runs of payments of a programme in their order, with what each paid in cents."""
    return reader.select(RUN_ROW, {"programme": programme_id}, order=("entry",))


def year_of(one: Written, day: date) -> int:
    """The budget year in which a day lies, named by the calendar year in which it ends where it begins late."""
    begins = one.budget.year_begins if one.budget else 1
    return day.year + (day.month >= begins > 1)


def last_enrolment(text: Written, opens_on: date) -> date | None:
    """The last day to which a decision may let people come under a package; None where its text sets no end."""
    if text.expiry is None:
        return None
    months = int(text.expiry.longest.removesuffix("mo"))
    months += int(text.phase_out.over.removesuffix("mo")) if text.phase_out else 0
    return add_months(opens_on, months) - timedelta(days=1)


__all__ = [
    "TABLES", "Programme", "Standing", "adopted", "answer", "appeal_until", "assessment", "claims", "crossing",
    "due", "keep", "last_enrolment", "left", "newest_month", "overpaid", "paid_before", "payments",
    "programme", "programmes", "revised", "runs", "shares", "spent", "standing", "went_off", "year_of",
]  # fmt: skip
