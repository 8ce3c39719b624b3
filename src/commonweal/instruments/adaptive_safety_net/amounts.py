"""What a claim comes to, month by month: whole cents, and every step with its rule, its clause, its input and result.

Pure arithmetic; fractions are exact, never binary. Parts of a cent are dropped once, at the end, so what is paid is
never more than the rule gives; by texts from before that was so, at each step of a loss, which may give a cent more.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from commonweal.kernel.accounts import amount_of, written
from commonweal.kernel.instrument import Text
from commonweal.kernel.values import add_months

from .packages import Written
from .terms import Terms

SATURDAY = 5


@dataclass(frozen=True)
class Job:
    """Work with what it pays in a whole month (cents), from a day until a day (None: it goes on).

    `hours` are those of a week, `same_firm` (`yes`, `no`) whether it is at the firm that had the work that was lost;
    None where nobody said.
    """

    began: date
    ended: date | None
    monthly: int
    hours: int | None = None
    same_firm: str | None = None

    def on(self, day: date) -> bool:
        """Whether it goes on on a day."""
        return self.began <= day <= (self.ended or day)


@dataclass(frozen=True)
class Drawn:
    """What a month is not due for, since it counts on another claim to the same benefit: so many weeks of it (1 where
    the benefit is none by the week) `now`, and in all so many `weeks` and `cents` of what the text gives at most.
    `ends` are the last days of those of these weeks of which it is known which they are.
    """

    now: int = 0
    weeks: int = 0
    cents: int = 0
    ends: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Worker:
    """What amounts ask of a claim. `earned` is the pay of a month before the loss, in cents; None where unknown.

    `ends` is the day of what first ended the claim, after whose month none is due; `died` the last day of a life, after
    which no day and no week is. `weekly` are the cents of a week's benefit, which was used up on `exhausted_on`. `away`
    are the days on which it was taken back and made again. `drawn` is what counts elsewhere, as of each month.
    """

    earned: int | None
    jobs: Sequence[Job]
    ends: date | None = None
    ended_for: str = ""
    died: date | None = None
    weekly: int | None = None
    exhausted_on: date | None = None
    away: Sequence[tuple[date, date]] = ()
    drawn: Mapping[date, Drawn] = field(default_factory=dict)

    def ended(self, month: date) -> str:
        """What keeps a month from being due at all, by the name that it has in the terms; empty where nothing does."""
        if self.ends is not None and month > self.ends:
            return self.ended_for
        return "withdrawn" if any(since < month < month_of(again) for since, again in self.away) else ""


@dataclass(frozen=True)
class Step:
    """One step: which rule by which clause, what went in, and the cents that came out."""

    rule: str
    clause: str
    words: Text
    cents: int

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "clause": self.clause, "words": dict(self.words), "cents": self.cents}


@dataclass(frozen=True)
class Due:
    """What is due for a month (its first day), with the steps that lead there; the last of them is the sum.

    `weeks` is for how many weeks, where it is due by weeks, and `ends` are the last days of these; `bound` says that it
    is less for what there is in all.
    """

    month: date
    cents: int
    steps: Sequence[Step]
    weeks: int = 0
    bound: bool = False
    ends: tuple[date, ...] = ()


@dataclass(frozen=True)
class Called:
    """The part of the help that is on in a month, and the most of it that there was until then."""

    share: Fraction
    best: Fraction

    def weeks_and_money(self, phased: bool) -> tuple[Fraction, Fraction]:
        """Of help by the week: which part of all weeks there is, and which part of a week's money.

        Where a text lets it end at once, fewer weeks are called for. Where it goes out step by step, as many weeks stay
        as there were at best, each for less: else every step would take weeks that were drawn already.
        """
        if not phased or not self.best:
            return self.share, Fraction(1) if self.share else Fraction(0)
        return self.best, self.share / self.best


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def months_from(first: date, last: date) -> list[date]:
    """First days of the months from one through another."""
    many = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(first, at) for at in range(max(many, 0))]


def worked_in(jobs: Sequence[Job], month: date) -> tuple[list[Fraction], int, int]:
    """`(cents, days, of)`: what each job pays in a month by its days, on how many of its days there was any."""
    many = calendar.monthrange(month.year, month.month)[1]
    last = month.replace(day=many)
    pay, days = list[Fraction](), set[int]()
    for job in jobs:
        first_day, last_day = max(job.began, month), min(job.ended or last, last)
        if first_day <= last_day:
            pay.append(Fraction(job.monthly * (last_day.day - first_day.day + 1), many))
            days |= set(range(first_day.day, last_day.day + 1))
    return pay, len(days), many


def weeks_in(since: date, month: date, until: date = date.max) -> list[tuple[date, date]]:
    """The weeks from Sunday to Saturday that end in a month and by a day, and begin on a day or later."""
    last = add_months(month, 1)
    ends = [day for at in range((last - month).days) if (day := month + timedelta(days=at)).weekday() == SATURDAY]
    return [(first, end) for end in ends if (first := end - timedelta(days=6)) >= since and end <= until]


def earned_between(jobs: Sequence[Job], first: date, last: date) -> Fraction:
    """Cents that jobs pay from a day through another, each month's spread evenly over its days."""
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    each = ((job.monthly, calendar.monthrange(day.year, day.month)[1]) for day in days for job in jobs if job.on(day))
    return sum((Fraction(cents, many) for cents, many in each), Fraction(0))


def worked(jobs: Sequence[Job], first: date, last: date) -> bool:
    """Whether there was any work from a day through another."""
    return any(job.began <= last and (job.ended or last) >= first for job in jobs)


def dues(
    text: Written, worker: Worker, begins: date, through: date, shares: Mapping[date, Fraction]
) -> list[Due]:  # fmt: skip
    """What is due for each month from that in which somebody comes under the package, through another.

    `shares` is the part of the response that is called for in each month. With `enrols` the part of the first month
    holds for all, for so many months of the calendar or to the day; with `while_on` each month has its own; `at_start`
    is paid once.
    """
    counted, months = spanned(text, worker, begins, through)
    found: list[Due] = []
    for month in months:
        found.append(due_for(text, counted, month, found, called_for(text, month_of(begins), month, shares)))
    return found


def spanned(text: Written, worker: Worker, begins: date, through: date) -> tuple[Worker, list[date]]:
    """Somebody as they count from the day on which they come under a package, and the months for which they do."""
    first, pays = month_of(begins), text.pays
    if text.claims is not None and text.claims.work == "first_that_fits":
        worker = _working_from(worker, begins)
    if text.claims is not None and any(one.fact == "same_firm" for one in text.claims.condition):
        worker = _working_elsewhere(worker)
    longest = {"at_start": 1, "enrols": pays.months, "while_on": 1200}[pays.how]
    if pays.counts_months == "from_day":
        over = last_day(text, worker, begins)
        worker, longest = _working_until(worker, over), len(months_from(first, over))
    if (died := worker.died) is not None:
        worker = _working_until(worker, died)
        if died < begins:
            worker = replace(worker, ends=add_months(first, -1), ended_for="died")
    worker = replace(worker, exhausted_on=max(begins, worker.exhausted_on or begins))
    return worker, months_from(first, month_of(through))[:longest]


def last_day(text: Written, worker: Worker, begins: date) -> date:
    """Until when a text that counts its months to the day pays whoever comes under it on a day; before that day where
    the months were over by then."""
    used_up = worker.exhausted_on if text.pays.months_from == "earlier" else None
    return add_months(min(begins, used_up or begins), text.pays.months) - timedelta(days=1)


def called_for(text: Written, first: date, month: date, shares: Mapping[date, Fraction]) -> Called:
    """The part of the help that is on in a month for whoever came under it in the `first`."""
    share = shares.get(first if text.pays.how == "enrols" else month, Fraction(0))
    return Called(share, max((part for at, part in shares.items() if at <= month), default=share))


def at_most(text: Written, called: Called) -> int | None:
    """How much there is in all: weeks, of help by the week, else cents; None where nothing bounds it."""
    terms = text.claims
    assert terms is not None, "who pays claims has read the terms"
    if terms.per_week is not None:
        assert terms.weeks_at_most is not None, "who pays by weeks has read for how many"
        of, _ = called.weeks_and_money(text.phase_out is not None)
        return terms.weeks_at_most * of.numerator // of.denominator
    return in_all(text)


def in_all(text: Written) -> int | None:
    """How many cents there are in all; None where nothing bounds them, or it is weeks that are bounded."""
    terms, cap = text.claims, text.pays.cap_usd
    assert terms is not None, "who pays claims has read the terms"
    return None if cap is None or terms.per_week is not None else amount_of(f"{cap:.2f}", terms.unit)


def _working_until(worker: Worker, last: date) -> Worker:
    """Of no work the days after one count."""
    jobs = [replace(one, ended=min(one.ended or last, last)) for one in worker.jobs if one.began <= last]
    return replace(worker, jobs=jobs)


def _working_from(worker: Worker, first: date) -> Worker:
    """Of no work the days before one count."""
    jobs = [replace(one, began=max(one.began, first)) for one in worker.jobs if (one.ended or first) >= first]
    return replace(worker, jobs=jobs)


def _working_elsewhere(worker: Worker) -> Worker:
    """Of no work the days count on which some of it was at the firm from which they were separated."""
    jobs = [one for one in worker.jobs if one.same_firm != "yes"]
    for back in (one for one in worker.jobs if one.same_firm == "yes"):
        last, pieces = back.ended or date.max, list[Job]()
        for one in jobs:
            if one.began < back.began:
                pieces.append(replace(one, ended=min(one.ended or date.max, back.began - timedelta(days=1))))
            if last < (one.ended or date.max):
                pieces.append(replace(one, began=max(one.began, last + timedelta(days=1))))
        jobs = pieces
    return replace(worker, jobs=jobs)


def _weekly(text: Written, worker: Worker, month: date, called: Called, earlier: Sequence[Due]) -> Due:
    terms = text.claims
    assert terms is not None, "who pays claims has read the terms"
    assert worker.exhausted_on is not None, "no week before the opening counts"
    unit, weekly = terms.unit, worker.weekly or 0
    over = weeks_in(worker.exhausted_on, month, worker.died or date.max)
    idle = sum(not worked(worker.jobs, *week) for week in over)
    pays = {week[1]: cents for week in over if (cents := _week(terms, weekly, worker.jobs, *week)) is not None}
    there = len(pays)
    _, part = called.weeks_and_money(text.phase_out is not None)
    most, drawn = at_most(text, called), worker.drawn.get(month, Drawn())
    assert most is not None, "weeks have a bound"
    now, elsewhere = drawn.now, drawn.weeks
    named = drawn.ends if terms.partial is not None else frozenset()  # else each week pays the same
    free = [end for end in pays if end not in named][max(now - len(named), 0) :]
    left = max(most - elsewhere - sum(one.weeks for one in earlier), 0)
    ends = free[:left] if part else []
    weeks, paid = len(ends), sum(pays[end] for end in ends)
    cents = paid * part.numerator // part.denominator
    steps = [
        Step("weekly", terms.clause_amount, Text(
            en=f"Your benefit was {written(weekly, unit)} {unit} a week, as you told us.",
            zh=f"您此前的失业金为每周 {written(weekly, unit)} {unit}（依您所述）。"), weekly),
        Step("weeks", terms.clause_amount, Text(
            en=f"{idle} whole weeks without work end in this month.",
            zh=f"本月结束的无工作整周共 {idle} 周。"), weekly * idle),
        Step("cap", terms.clause_cap or terms.clause_amount, Text(
            en=f"At most {most} weeks in all are called for, of which {left} are left.",
            zh=f"当时所启动的援助合计最多 {most} 周，尚余 {left} 周。"), paid),
    ]  # fmt: skip
    if elsewhere:
        steps.insert(2, Step("drawn", terms.clause_cap or terms.clause_amount, Text(
            en=f"{elsewhere} weeks of this benefit, {now} of them of this month, are counted elsewhere already.",
            zh=f"同一给付已有 {elsewhere} 周（其中本月 {now} 周）计入他处。"),
            sum(pays[end] for end in free)))  # fmt: skip
    if terms.partial is not None and idle < len(over):
        some, few, spared = len(over) - idle, there - idle, written(int(terms.partial.spares(weekly)), unit)
        steps.insert(2, Step("partial", terms.partial.clause, Text(
            en=f"Weeks with work: {some}; of these paid: {few}. What you earned beyond {spared} {unit} in a week is"
               " taken off that week.",
            zh=f"有工作的周：{some} 周，其中给付 {few} 周。每周收入超过 {spared} {unit} 的部分从该周给付中扣除。"),
            sum(pays.values())))  # fmt: skip
    if part != 1:
        steps.append(Step("scale", terms.clause_scale, Text(
            en=f"{percent(part)} percent of it: what is left of the help as it goes out.",
            zh=f"取其 {percent(part)}%：即援助逐步退出时所余比例。"), cents))  # fmt: skip
    return Due(month, cents, steps, weeks, bool(part) and len(free) > left, tuple(ends))


def _week(terms: Terms, weekly: int, jobs: Sequence[Job], first: date, last: date) -> int | None:
    """What a whole week pays, in cents; None where it is no week of unemployment."""
    if not worked(jobs, first, last):
        return weekly
    cents = terms.partial.pays(weekly, earned_between(jobs, first, last)) if terms.partial is not None else 0
    return cents or None


def due_for(text: Written, worker: Worker, month: date, earlier: Sequence[Due], called: Called) -> Due:
    """What is due for a month after the months before it."""
    terms = text.claims
    assert terms is not None, "who pays claims has read the terms"
    if why := worker.ended(month):
        change = getattr(terms, why)
        return Due(month, 0, [Step("ended", change.clause, change.text.text(), 0)])
    if terms.per_week is not None:
        return _weekly(text, worker, month, called, earlier)
    drawn = worker.drawn.get(month, Drawn())
    if drawn.now:
        words = Text(en="This month is paid by another claim to the same benefit.",
                     zh="本月已依同一给付的另一申领发放。")  # fmt: skip
        return Due(month, 0, [Step("drawn", terms.clause_amount, words, 0)])
    share = called.share
    steps, exact = _loss(text, terms, worker, month) if text.pays.replaces is not None else _fixed(terms)
    part = int(exact * share)
    told = percent(share)
    steps.append(Step("scale", terms.clause_scale, Text(
        en=f"{told} percent of it: the part of the help that was called for.",
        zh=f"取其 {told}%：即当时所启动的援助比例。"), part))  # fmt: skip
    if (cap := at_most(text, called)) is not None:
        steps.append(_capped(terms, part, cap, sum(one.cents for one in earlier) + drawn.cents))
    bound = steps[-1].cents < part
    if text.pays.how == "enrols":
        steps.append(Step("month", terms.clause_amount, _which(len(earlier) + 1, text.pays.months), steps[-1].cents))
    return Due(month, steps[-1].cents, steps, bound=bound)


def _which(number: int, of: int) -> Text:
    """Which of the months it is; one more where they are counted to the day."""
    if number > of:
        return Text(en=f"The last days of {of} months, which began on a later day of the month.",
                    zh=f"{of} 个月的最后几日（起算日不在月初）。")  # fmt: skip
    return Text(en=f"Month {number} of at most {of}.", zh=f"第 {number} 个月，最多 {of} 个月。")


def _fixed(terms: Terms) -> tuple[list[Step], Fraction]:
    assert terms.amount is not None
    cents = amount_of(terms.amount, terms.unit)
    told = f"{terms.amount} {terms.unit}"
    words = Text(en=f"The same for everybody: {told}.", zh=f"人人相同：{told}。")
    return [Step("amount", terms.clause_amount, words, cents)], Fraction(cents)


def _loss(text: Written, terms: Terms, worker: Worker, month: date) -> tuple[list[Step], Fraction]:
    """The steps that lead to the part of a loss that is replaced, and how much that is, with the parts of a cent that
    the text does not drop yet."""
    unit, earned = terms.unit, worker.earned or 0
    once = text.pays.drops == "once"

    def kept(cents: Fraction) -> Fraction:
        return cents if once else Fraction(int(cents))

    pay, days, many = worked_in(worker.jobs, month)
    exact_now, exact_was = sum(map(kept, pay), Fraction(0)), kept(Fraction(earned * days, many))
    exact = max(exact_was - exact_now, Fraction(0))
    now, was, loss = int(exact_now), int(exact_was), int(exact)
    steps = [Step("before", terms.clause_amount, Text(
        en=f"You earned {written(earned, unit)} {unit} a month before, as you told us.",
        zh=f"您此前的月薪为 {written(earned, unit)} {unit}（依您所述）。"), earned)]  # fmt: skip
    if 0 < days < many:
        steps.append(Step("days", terms.clause_amount, Text(
            en=f"You worked on {days} of the {many} days of this month: that part of it counts.",
            zh=f"本月 {many} 天中您工作 {days} 天：按此比例计算。"), was))  # fmt: skip
    steps.append(Step("now", terms.clause_amount, Text(
        en=f"On these days your work pays {written(now, unit)} {unit}.",
        zh=f"这些天您的工作收入为 {written(now, unit)} {unit}。"), now))  # fmt: skip
    if not days:
        words = Text(en="No new work in this month, so there is no lower pay to make up for.",
                     zh="本月没有新工作，因此没有可补的工资差额。")  # fmt: skip
    else:
        words = Text(en=f"The difference is {written(loss, unit)} {unit}.", zh=f"差额为 {written(loss, unit)} {unit}。")
    replaces = Fraction(str(text.pays.replaces))
    exact_part = kept(exact * replaces)
    part = Step("replaces", terms.clause_amount, Text(
        en=f"{percent(replaces)} percent of the difference, parts of a cent dropped{' at the end' if once else ''}.",
        zh=f"差额的 {percent(replaces)}%，不足一分者" + ("于最后舍去。" if once else "舍去。")),
        int(exact_part))  # fmt: skip
    return [*steps, Step("loss", terms.clause_amount, words, loss), part], exact_part


def _capped(terms: Terms, part: int, cap: int, before: int) -> Step:
    left = max(cap - before, 0)
    unit = terms.unit
    return Step("cap", terms.clause_cap or terms.clause_amount, Text(
        en=f"At most {written(cap, unit)} {unit} in all months together, of which {written(left, unit)} are left.",
        zh=f"各月合计最多 {written(cap, unit)} {unit}，尚余 {written(left, unit)}。"), min(part, left))  # fmt: skip


def percent(share: Fraction) -> str:
    """A part as percent, with at most four places behind the point."""
    return f"{float(share * 100):.4f}".rstrip("0").rstrip(".")


def cut_alike(wanted: Mapping[str, int], left: int) -> dict[str, int]:
    """What each gets where no more than `left` is there: all cut by the same part, parts of a cent dropped."""
    total = sum(wanted.values())
    return dict(wanted) if total <= left else {name: cents * max(left, 0) // total for name, cents in wanted.items()}
