"""Programmes in force and the claims under them, as laid out from the record: where each stands, and what is due.

What the help was at a time follows from the switches in the order in which they were recorded, each from the day on
which it was known. A figure that is revised afterwards changes what is called for from then on; what was paid stands,
and that the crossing would not have been is shown (`claim_pages.revised`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from commonweal.kernel import accounts, registry
from commonweal.kernel.instrument import Reader, Row
from commonweal.kernel.record import Days
from commonweal.kernel.values import BadInput, NotFound, add_months
from commonweal.methods import phasing

from .amounts import Job, Worker, last_day, month_of, months_from
from .kinds import (
    APPEAL,
    APPEAL_DECIDED,
    CHANGED,
    CLAIM,
    CLAIM_NOUN,
    CORRECTED,
    CORRECTION,
    DECIDED,
    PROGRAMME_NOUN,
    WRITTEN_DOWN,
)
from .packages import Written, read_written
from .spells import OFF, Silence, came_on, crossing, silences, went_off
from .tables import (
    ASKED,
    BACK,
    CALLED,
    CLAIMED,
    CLOSING,
    CROSSING,
    DOUBLED,
    FEE,
    FIRING,
    HELD,
    OPEN,
    PAYMENT,
    REPORTS,
    RUN_ROW,
    STEP,
    STOPPED,
    TABLES,
    UNPAID,
    died,
    keep,
    made_good,
    put_payment,
    put_run,
    steps_of,
    takings_back,
    withdrawn,
)
from .terms import Answer, Assessment, Condition, FactName, Finding, Frame, Words, assess, shifted
from .works import Fit, about, first_that_fits, without_work, works

State = Literal["waits", "eligible", "not_eligible"]
SHARE_PARTS = 10**7
"""A share is exact to so many parts: six decimals of a trigger's scale, less whole months of a phase-out."""
MANY = 400
"""Claims that are read at once."""


# ── programmes ──────────────────────────────────────────────────────────────────────────────────────────────────────


@functools.lru_cache(maxsize=64)
def _read(text: str) -> Written:
    return read_written(text)


def adopted(reader: Reader, package: str, on: date | None = None, before: int = 2**53) -> Written | None:
    """The text of a package that was adopted last before an entry (now), of those that are law on a day where one is
    asked for: a text adopted ahead is not law yet. None for none, or where one that is newer cannot be read."""
    try:
        while row := registry.text_before(reader, package, before):
            text, before = _read(row["text"]), row["adopted"]
            if on is None or text.in_force.holds(on):
                return text
    except BadInput:
        pass
    return None


FIGURES = Condition(
    fact="area", op="is", than="area",
    clause="In force: while no figures say that it is still on, nobody new comes under it",
    title=Words(en="Figures say that this is still on", zh="数据显示援助仍在启动中"),
)  # fmt: skip
"""What is asked of whoever comes under a programme while its trigger is not known; who was granted it keeps it."""
SOME_IS_ON = Words(en="Some of the help is on when one comes under it", zh="纳入之时援助尚未全部退出")
"""What is asked of whoever comes under a programme whose trigger went off: by its text they would get no part of it."""


@dataclass(frozen=True)
class Programme:
    """A package switched on for an area: what was decided, under which text, and since which entry; and from which
    month on nothing is left of the help, where that is known."""

    id: str
    entry: int
    body: Mapping[str, Any]
    text: Written
    closed: str = ""
    silences: tuple[Silence, ...] = ()
    gone_from: date | None = None

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
    def files_until(self) -> date | None:
        """The last day on which somebody who came under it can claim; None where nothing ends that."""
        until = [one for one in self.text.claims.condition if one.fact == "filed_on" and one.than == "closes_on"] if (
            self.text.claims) else []  # fmt: skip
        if self.closes_on is None or not until:
            return None
        return min(shifted(self.closes_on, one.shift) if one.shift else self.closes_on for one in until)

    @property
    def budget(self) -> int:
        return accounts.amount_of(str(self.body["budget"]), self.unit)

    @property
    def accounts(self) -> str:
        """How the names of its accounts begin."""
        return f"safety_net.p{self.entry}."

    @property
    def fund(self) -> str:
        return f"{self.accounts}fund"

    @property
    def given(self) -> str:
        """The transfer that brings its budget into its fund, by its id."""
        return f"net/p{self.entry}"

    @property
    def fees(self) -> str:
        """The account of what banks kept of money that they gave back."""
        return f"{self.accounts}fees"

    def account(self, first: int) -> str:
        """The account of a claim, by the entry by which that was first filed: it tells nobody's identity."""
        return f"{self.accounts}c{first}"

    @property
    def frame(self) -> Frame:
        return Frame(self.area, self.opens_on, self.closes_on)


def programme(reader: Reader, subject: str) -> Programme | None:
    """The programme of that id; None where there is none, it is not open yet, or its text can no longer be read."""
    row = registry.subject(reader, subject)
    return _programme(reader, row) if row is not None and not row["erased"] else None


def opened(reader: Reader, subject: str) -> bool:
    """Whether a programme was opened, by two officers since two are asked for."""
    return reader.get(OPEN, subject) is not None


def _programme(reader: Reader, row: Row) -> Programme | None:
    there = reader.get(OPEN, row["subject"])
    if there is None or there["entry"] != row["entry"]:
        return None
    opens_on = date.fromisoformat(str(row["body"]["opens_on"]))
    text = adopted(reader, row["body"]["package"], opens_on, row["entry"])
    closing = reader.get(CLOSING, row["subject"])
    if text is None:
        return None
    found = Programme(row["subject"], row["entry"], row["body"], text, closing["on"] if closing else "")
    came_on = crossing(reader, text.rule, found.area, str(found.body["crossed"]), found.entry)
    if came_on is None:
        return found
    return replace(found, silences=tuple(silences(reader, came_on)), gone_from=_gone_from(reader, found, came_on))


def programmes(reader: Reader) -> list[Programme]:
    """Every programme, newest first."""
    rows = registry.subjects(reader, PROGRAMME_NOUN)
    found = [one for row in rows if not row["erased"] and (one := _programme(reader, row))]
    return sorted(found, key=lambda one: -one.entry)


def crossing_of(reader: Reader, one: Programme) -> Row:
    """The crossing on which a programme rests. Raises `NotFound` where its trigger was never judged here."""
    row = crossing(reader, one.text.rule, one.area, str(one.body["crossed"]), one.entry)
    if row is None:
        raise NotFound("crossing", f"{one.text.rule} in {one.body['crossed']}")
    return row


def shares(reader: Reader, one: Programme, through: date) -> dict[date, Fraction]:
    """Which part of the help is on in each month, from the opening on: what is in effect on its first day, falling no
    faster than the text lets it, and not beyond its expiry (`phasing`, which the replay follows too).

    It falls from what was called for before the opening too: what opens while the help goes out is a part of it, and
    not a cliff. The expiry counts from the opening."""
    first = month_of(one.opens_on)
    if through < first:
        return {}
    came_on = crossing_of(reader, one)
    about = {"rule": came_on["rule"], "subject": came_on["subject"], "entry": (">=", came_on["entry"])}
    off = [row["known"] for row in reader.select(CROSSING, about, order=("entry",)) if row["to_state"] in OFF]
    until = off[0] if off else "9999"
    told = [row for row in (came_on, *reader.select(CALLED, about, order=("entry",))) if row["known"] < until]
    known = [*(row["known"] for row in told), *off[:1]]
    parts = np.array([*(1.0 if row["scale"] is None else row["scale"] for row in told), *(0.0 for _ in off[:1]), 0.0])
    begins = [date.fromisoformat(day) + timedelta(days=one.text.begins.days) for day in known]
    earlier, months = months_from(month_of(begins[0]), add_months(first, -1)), months_from(first, through)
    days = [*earlier, *(max(month, one.opens_on) for month in months)]
    called = parts[phasing.in_effect(begins, days)].reshape(-1, 1)
    called[len(earlier) :], _ = phasing.followed(called[len(earlier) :], one.text.longest, None)
    found, _ = phasing.followed(called, None, one.text.over)
    return {
        month: Fraction(part).limit_denominator(SHARE_PARTS)
        for month, part in zip(months, found[len(earlier) :, 0].tolist(), strict=True)
    }


def _gone_from(reader: Reader, one: Programme, came_on: Row) -> date | None:
    """The first month from which nothing is left of the help, once its trigger went off; None while some may be."""
    if (off := went_off(reader, came_on)) is None:
        return None
    first = max(date.fromisoformat(off["known"]) + timedelta(days=one.text.begins.days), one.opens_on)
    through = add_months(month_of(first), (one.text.over or 0) + 1)
    left = [month for month, part in shares(reader, one, through).items() if part]
    return add_months(left[-1], 1) if left else month_of(one.opens_on)


# ── claims ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _grants(row: Row) -> bool:
    """Whether by a step a claim is granted: a decision, or an appeal that is allowed."""
    return row["kind"] in (DECIDED.id, APPEAL_DECIDED.id) and row["body"]["outcome"] in ("eligible", "allowed")


@dataclass(frozen=True)
class Standing:
    """Where a claim stands: its newest version, the entry, author and time of its first, the days for which both count
    (`began`, `told`), and every act about it in order."""

    claim: str
    name: str
    body: Mapping[str, Any]
    entry: int
    first: int
    author: str
    filed_on: str
    began: date
    told: date
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
    def granted_first(self) -> Row | None:
        """What granted it first; None where nothing did."""
        return next((row for row in self.steps if _grants(row)), None)

    @property
    def state(self) -> State:
        """`waits` where nobody decided, or the facts were changed since and do not decide by themselves."""
        row = self.decision
        if row is None:
            return "waits"
        if row["kind"] == APPEAL_DECIDED.id:
            return "eligible" if row["entry"] > self.entry else "waits"
        if row["body"]["facts"] != self.entry:
            return "waits"
        found: State = row["body"]["outcome"]
        return found

    @property
    def stage(self) -> Literal["waits", "eligible", "not_eligible", "withdrawn"]:
        """Its state as it is told: one that was taken back is that, whatever was decided before."""
        return "withdrawn" if self.withdrawn else self.state

    @property
    def undecided(self) -> bool:
        """Whether it is for somebody to decide: also where it was taken back while what was changed on it waited, once
        it had been granted. What is due for the months before follows from that."""
        return self.state == "waits" and (self.granted_first is not None or not self.withdrawn)

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken back, and not made again since."""
        return withdrawn(self.steps) is not None

    @property
    def away(self) -> tuple[tuple[date, date], ...]:
        """From which day to which it was taken back, each time that it was made again."""
        found, since = list[tuple[date, date]](), None
        counts = {row["entry"] for row in takings_back(self.steps)}
        for row in self.steps:
            if row["entry"] in counts:
                since = date.fromisoformat(row["on"])
            elif row["kind"] == CLAIM.id and since is not None:
                found.append((since, date.fromisoformat(row["on"])))
                since = None
        return tuple(found)

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
            monthly = accounts.amount_of(job["monthly"], unit)
            told = job.get("weekly_hours"), job.get("same_firm")
            found.append(Job(date.fromisoformat(job["began"]), ended, monthly, *told))
        return tuple(sorted(found, key=lambda one: one.began))

    @property
    def facts(self) -> dict[FactName, Any]:
        """What is known of a claim, by the name under which conditions ask for it; of new work, of the first."""
        body, jobs, earned = self.body, self.jobs, self.earned
        return {
            "area": body.get("area"), "born_on": _day(body.get("born_on")), "lost_on": _day(body.get("lost_on")),
            "earned": earned,
            "weekly_benefit": self._cents("weekly_benefit"), "exhausted_on": _day(body.get("exhausted_on")),
            "filed_on": self.began,
            "out_of_work": self._out_of_work(jobs), **about(works(jobs), earned),
        }  # fmt: skip

    def fit(self, one: Programme) -> Fit:
        """What a programme's conditions come to, with the facts that they ask and the work from which it counts."""
        terms = one.text.claims
        assert terms is not None, "a programme is opened on a text with terms"
        facts, jobs = self.facts, self.jobs
        since = max(facts["exhausted_on"] or one.opens_on, one.opens_on) if terms.per_week else self.began
        weekly, partial = self.weekly or 0, terms.partial
        line = weekly + partial.spares(weekly) if partial else Fraction(0)
        facts["without_work"] = without_work(jobs, self.body.get("working"), since, self.told, line)
        if terms.work == "first_that_fits":
            return first_that_fits(terms, facts, jobs, facts["earned"], one.frame)
        return Fit(assess(terms, facts, one.frame), facts, facts["took_up_on"])

    def facts_under(self, one: Programme) -> dict[FactName, Any]:
        """The same with how many days it reaches back under a programme: from the day on which it was claimed to that
        from which it would be paid, while it was never granted."""
        assert one.text.claims is not None, "a programme is opened on a text with terms"
        facts = {**self.fit(one).facts}
        if any(row["kind"] == DECIDED.id and row["body"]["outcome"] == "eligible" for row in self.steps):
            return facts
        since = facts["exhausted_on"] if one.text.claims.per_week else None
        reached = max(self.begins(one), since or one.opens_on)
        return {**facts, "days_back": max((self.told - reached).days, 0)}

    def _out_of_work(self, jobs: Sequence[Job]) -> str | None:
        """None where they said neither that they have work nor that what they had ended: silence is no answer."""
        if self.body.get("working") == "yes" or any(one.ended is None for one in jobs):
            return "no"
        return "yes" if self.body.get("working") == "no" or jobs else None

    @property
    def earned(self) -> int | None:
        return self._cents("earned")

    @property
    def weekly(self) -> int | None:
        return self._cents("weekly_benefit")

    def _cents(self, name: str) -> int | None:
        """An amount of the claim, in cents; None where it was not told."""
        told = self.body.get(name)
        return None if told is None else accounts.amount_of(str(told), str(self.body.get("currency", "USD")))

    def worker(self, text: Written) -> Worker:
        """What amounts ask of it. A death ends the days also where something else had ended the months."""
        assert text.claims is not None, "a programme is opened on a text with terms"
        ends = sorted((on, what) for on, what in self._changes() if getattr(text.claims, what).does == "ends")
        died = next((on for on, what in ends if what == "died"), None)
        exhausted_on, lost_on = _day(self.body.get("exhausted_on")), _day(self.body.get("lost_on"))
        if exhausted_on and lost_on and exhausted_on < lost_on and text.pays.months_from == "earlier":
            exhausted_on = None  # of another loss
        last, why = ends[0] if ends else (None, "")
        return Worker(self.earned, self.jobs, last, why, died, self.weekly, exhausted_on, self.away)

    @property
    def died(self) -> Row | None:
        """What says that they died, as it was said last; None where nothing does, or it was taken back."""
        return died(self.steps)

    def _changes(self) -> Iterator[tuple[date, str]]:
        """What happened in somebody's life, by the name that it has in the terms, with its day."""
        if self.died is not None:
            yield date.fromisoformat(self.died["body"]["on"]), "died"
        for row in self.steps:
            if row["kind"] == CHANGED.id and row["body"]["what"] == "moved":
                yield date.fromisoformat(row["body"]["on"]), "moved"
        taken_back = withdrawn(self.steps)
        if taken_back is not None:
            yield date.fromisoformat(taken_back["on"]), "withdrawn"

    def begins(self, one: Programme) -> date:
        """The day on which it comes under a programme."""
        assert one.text.claims is not None, "a programme is opened on a text with terms"
        if one.text.pays.how != "enrols":
            return one.opens_on
        since = self.facts["lost_on"] if one.text.claims.begins == "lost_on" else self.fit(one).since
        return max(one.opens_on, since) if since else one.opens_on


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def standing(reader: Reader, claim: str) -> Standing | None:
    """Where a claim stands; None where there is none, or nobody can read it any more."""
    row, first = registry.subject(reader, claim), reader.get(CLAIMED, claim)
    if row is None or row["erased"] or first is None:
        return None
    return _standing(first, row, Days.of(reader), tuple(steps_of(reader, claim)))


def _standing(first: Row, row: Row, days: Days, steps: tuple[Row, ...]) -> Standing:
    return Standing(
        row["subject"], row["name"], facts(steps, row), row["entry"], first["first"],
        first["author"], first["filed_on"], days.day(first["filed_on"]), days.day(row["filed_on"]), steps,
    )  # fmt: skip


def facts(steps: Sequence[Row], version: Row) -> dict[str, Any]:
    """What a version of a claim says, with what was corrected and written down by these steps."""
    body = version["body"]
    return {**body, **corrected(steps, body), **_account(steps, version["entry"])}


def _account(steps: Sequence[Row], version: int) -> dict[str, Any]:
    """Where the money goes by what two officers wrote down since a version of a claim; nothing where they did not."""
    row = account_written(steps, version)
    return {"paid_to": row["body"]["paid_to"]} if row else {}


def account_written(steps: Sequence[Row], version: int) -> Row | None:
    """What two officers wrote down last of the account since a version (entry) of a claim."""
    told = [row for row in steps if row["kind"] == WRITTEN_DOWN.id and row["body"]["what"] == "account"]
    return next((row for row in reversed(told) if row["entry"] > version), None)


def granted(reader: Reader, stands: Standing) -> Standing | None:
    """A claim by the version on which it was granted last, with what appeals corrected since; None where it never was,
    or nobody can read that version."""
    for row in reversed(stands.steps):
        if row["kind"] == DECIDED.id and row["body"]["outcome"] == "eligible":
            until = row["body"]["facts"]
        elif row["kind"] == APPEAL_DECIDED.id and row["body"]["outcome"] == "allowed":
            until = row["entry"]
        else:
            continue
        versions = [one for one in registry.versions(reader, stands.claim) if one["entry"] <= until]
        if not versions or versions[-1]["erased"]:
            return None
        body = versions[-1]["body"]
        return replace(stands, body={**body, **corrected(stands.steps, body)}, entry=versions[-1]["entry"])
    return None


def corrected(steps: Sequence[Row], version: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that appeals, or two officers, corrected. Each holds whatever is claimed again, until another
    correction, or a version that says of it something else than what was claimed when it was corrected."""
    found = dict[str, Any]()
    for row in steps:
        body = row["body"]
        if (row["kind"] == APPEAL_DECIDED.id and body["outcome"] == "allowed") or (
            row["kind"] == CORRECTION.id and body.get("appeal") is None
        ):
            was = body.get("was", {})
            for name in CORRECTED:
                if body.get(name) is not None and was.get(name, version.get(name)) == version.get(name):
                    found[name] = body[name]
    return found


def corrects(steps: Sequence[Row], row: Row) -> dict[str, tuple[Any, Any]]:
    """Which facts a step corrects, each from what to what."""
    was = row["body"].get("was", {})
    before = {**was, **corrected([each for each in steps if each["entry"] < row["entry"]], was)}
    return {name: (before[name], row["body"][name]) for name in CORRECTED if name in was}


def appeal_until(reader: Reader, one: Programme, stands: Standing) -> date:
    """The last day on which an appeal is in time: so many days after what was decided, corrected or paid last."""
    assert one.text.claims is not None, "a programme is opened on a text with terms"
    days = [row["day"] for row in reader.select(PAYMENT, {"claim": stands.claim}, only=("day",))]
    days += [row["on"] for row in (stands.decision, stands.newest(CORRECTION.id)) if row] or [stands.began.isoformat()]
    return date.fromisoformat(max(days)) + timedelta(days=one.text.claims.appeals.within_days)


def left(reader: Reader, one: Programme, day: date, *, twice: bool = True) -> int:
    """What a programme may still pay on a day, in cents: of its own budget, and of what the text lets all programmes of
    its package pay in a year. What was stopped is there again for the year of the run that had paid it; what the bank
    paid twice is paid in the year in which that was known, until it is back (before it was counted: not `twice`)."""
    own = one.budget - spent(reader, one)
    if one.text.budget is None:
        return own
    year, total = year_of(one.text, day), 0
    for other in programmes(reader):
        if other.body["package"] == one.body["package"]:
            total += sum(row["cents"] for row in runs(reader, other.id) if _year(one, row) == year)
            total -= sum(row["cents"] for row in stopped(reader, other) if _year(one, row) == year)
            more = reader.select(DOUBLED, {"programme": other.id}) if twice else ()
            total += sum(row["cents"] for row in more if _year(one, row) == year)
    return min(own, accounts.amount_of(f"{one.text.budget.usd_a_year:.2f}", one.unit) - total)


def _year(one: Programme, row: Row) -> int:
    """The budget year of the day on which something was paid."""
    return year_of(one.text, date.fromisoformat(row["day"]))


def claims(reader: Reader, programme_id: str = "") -> Iterator[Standing]:
    """Every claim (under a programme) that can be read, in the order in which they were first filed."""
    where = {"programme": programme_id} if programme_id else {}
    filed, days = reader.select(CLAIMED, where, order=("first",)), Days.of(reader)
    for first in range(0, len(filed), MANY):
        some = {row["claim"]: row for row in filed[first : first + MANY]}
        about: dict[str, list[Row]] = {}
        for step in reader.select(STEP, {"claim": ("in", list(some))}, order=("claim", "entry")):
            about.setdefault(step["claim"], []).append(step)
        newest = {row["subject"]: row for row in registry.subjects(reader, CLAIM_NOUN, {"subject": ("in", list(some))})}
        for claim, row in some.items():
            if claim in newest and not newest[claim]["erased"]:
                yield _standing(row, newest[claim], days, tuple(about.get(claim, ())))


def theirs(reader: Reader, programme_id: str, parties: Iterable[str]) -> Iterator[Standing]:
    """The claims under a programme that one of these parties filed first; no other is read."""
    about = {"programme": programme_id, "author": ("in", sorted(parties))}
    for row in reader.select(CLAIMED, about, order=("first",)):
        if (stands := standing(reader, row["claim"])) is not None:
            yield stands


def claim_of(reader: Reader, transfer: str) -> str | None:
    """The claim on which a transfer pays, by its id: `net/c12/2026-06`."""
    told = transfer.split("/")[1].removeprefix("c")
    rows = reader.select(CLAIMED, {"first": int(told)}, only=("claim",)) if told.isdigit() else []
    return str(rows[0]["claim"]) if rows else None


def assessment(one: Programme, stands: Standing) -> Assessment:
    """What the text says of a claim, by what is known now."""
    return _beside_figures(_while_on(_not_over(stands.fit(one), one, stands), one, stands), one, stands)


def _not_over(fit: Fit, one: Programme, stands: Standing) -> Assessment:
    """The same where some of the months were left when they took up work, and until when; else they would be none."""
    worker, begins, terms = stands.worker(one.text), stands.begins(one), one.text.claims
    if not (terms and terms.until and fit.since) or (worker.exhausted_on or begins) >= begins:
        return fit.assessment
    return terms.until.held(fit.assessment, begins, last_day(one.text, worker, begins))


def _while_on(found: Assessment, one: Programme, stands: Standing) -> Assessment:
    """The same where some of the help was on when somebody came under it; else it would be granted, and pay nothing."""
    terms = one.text.claims
    assert terms is not None, "a programme is opened on a text with terms"
    by_week = stands.facts["exhausted_on"] if terms.per_week else None
    since = max(stands.begins(one), by_week or one.opens_on)
    if one.gone_from is None or since < one.gone_from:
        return found
    asked = Condition(fact="area", op="is", than="area", clause=terms.clause_scale, title=SOME_IS_ON)
    seen = Finding(asked, False, since.isoformat(), one.gone_from.isoformat())
    return Assessment("not_eligible", [*found.findings, seen])


def _beside_figures(found: Assessment, one: Programme, stands: Standing) -> Assessment:
    """The same where figures said that the help was on when somebody came under it; else that waits for them."""
    since = stands.begins(one).isoformat() if one.text.pays.how == "enrols" else stands.began.isoformat()
    within = next((gap for gap in one.silences if gap.since <= since < (gap.until or "9999")), None)
    if within is None:
        return found
    holds = None if within.until is None else False
    seen = Finding(FIGURES, holds, f"no figures from {within.since} on", "figures")
    answers: dict[Answer, Answer] = {"eligible": "unknown" if holds is None else "not_eligible"}
    return Assessment(answers.get(found.answer, found.answer), [*found.findings, seen])


def answer(one: Programme, stands: Standing) -> Answer:
    return assessment(one, stands).answer


# ── what was paid ─────────────────────────────────────────────────────────────────────────────────────────────────────


def paid_before(reader: Reader, claim: str) -> int:
    """What was paid on a claim so far and not stopped, in cents, with what the bank paid twice."""
    return sum(int(row["cents"]) for row in paid(reader, {"claim": claim})) + paid_twice(reader, claim)


def paid_twice(reader: Reader, claim: str) -> int:
    """What the bank paid twice on a claim, in cents."""
    return sum(int(row["cents"]) for row in reader.select(DOUBLED, {"claim": claim}, only=("cents",)))


def paid(reader: Reader, where: Mapping[str, Any]) -> list[Row]:
    """Payments in the order of their months, without those whose money is back in the fund."""
    rows = reader.select(PAYMENT, where, order=("month", "claim"))
    return [row for row in rows if row["stopped"] != BACK]


def newest_month(one: Programme, today: date) -> date:
    """The newest month that can be paid: one that is over, for nobody has lived through another; what is paid once at
    the start is not for a month."""
    this = month_of(today)
    return this if one.text.pays.how == "at_start" else add_months(this, -1)


def spent(reader: Reader, one: Programme) -> int:
    """What a programme has paid and did not stop, in cents, with what the bank paid twice."""
    rows = reader.select(RUN_ROW, {"programme": one.id}, only=("cents",))
    twice = reader.select(DOUBLED, {"programme": one.id}, only=("cents",))
    back = sum(int(row["cents"]) for row in stopped(reader, one))
    return sum(int(row["cents"]) for row in (*rows, *twice)) - back


def stopped(reader: Reader, one: Programme) -> list[Row]:
    """What is back in a programme's fund of payments that did not go out."""
    return reader.select(STOPPED, {"fund": one.fund})


def runs(reader: Reader, programme_id: str) -> list[Row]:
    """The runs of payments of a programme in their order, with what each paid in cents."""
    return reader.select(RUN_ROW, {"programme": programme_id}, order=("entry",))


def year_of(one: Written, day: date) -> int:
    """The budget year in which a day lies, named by the calendar year in which it ends where it begins late."""
    begins = one.budget.year_begins if one.budget else 1
    return day.year + (day.month >= begins > 1)


__all__ = [
    "ASKED", "BACK", "CLOSING", "CROSSING", "DOUBLED", "FEE", "FIRING", "HELD", "OFF", "PAYMENT", "REPORTS", "RUN_ROW",
    "STEP", "STOPPED", "TABLES", "UNPAID", "Programme", "Standing", "account_written", "adopted", "answer",
    "appeal_until",
    "assessment", "came_on", "claim_of", "claims", "corrects", "crossing", "crossing_of", "granted", "keep", "left",
    "made_good",
    "newest_month", "opened", "paid", "paid_before", "programme", "programmes", "put_payment", "put_run", "runs",
    "shares", "spent", "standing", "stopped", "takings_back", "theirs", "went_off", "year_of",
]  # fmt: skip
