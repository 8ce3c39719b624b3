"""What a run pays on a claim of what is due, month by month, and what of it is set off.

Each month stands by itself, as though it had been run alone: what was too little for it comes whole, and of what was
too much for months before at most the terms' part of each later month is taken off, once that is final where the text
asks it. So neither the order in which something becomes known nor how often an office runs changes what is set off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from commonweal.kernel.accounts import written
from commonweal.kernel.instrument import Text

from .amounts import Due, Step
from .terms import Terms

OVERPAID = "overpaid"


@dataclass(frozen=True)
class Part:
    """What is paid with a later month for an earlier one (its first day), with the steps that lead there."""

    month: date
    cents: int
    steps: Sequence[Step]

    def as_json(self) -> dict[str, Any]:
        steps = [step.as_json() for step in self.steps]
        return {"month": self.month.isoformat()[:7], "cents": self.cents, "steps": steps}


@dataclass(frozen=True)
class Paid:
    """Cents that were paid with a month, `earlier` of them for months before; None where nobody said which. `off` is
    what was set off against each month as it was paid."""

    month: date
    cents: int
    earlier: Mapping[date, int] | None = None
    off: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Payment:
    """What is paid with a month in the end, with the steps after what is due for it: what comes for `earlier` months,
    and what is set off. `overpaid` is what is left to be."""

    cents: int
    steps: Sequence[Step]
    overpaid: int
    earlier: Sequence[Part] = ()

    def as_paid(self, month: date) -> Paid:
        """The same once it was paid with a month."""
        earlier = {part.month: part.cents for part in self.earlier}
        off = {part.month: taken(step.as_json() for step in part.steps) for part in self.earlier}
        return Paid(month, self.cents, earlier, {**off, month: taken(step.as_json() for step in self.steps)})


def taken(steps: Iterable[Mapping[str, Any]]) -> int:
    """Cents that were set off against a month, by the steps of what was paid for it."""
    return sum(one["cents"] - then["cents"] for one, then in pairwise(steps) if then["rule"] == OVERPAID)


@dataclass(frozen=True)
class NotFinal:
    """That nothing is set off against the months before one (its first day), and why."""

    before: date
    why: Text


@dataclass(frozen=True)
class _Month:
    """A month as it is settled: what is due, what it was given, what comes now, and what is set off against it of what
    was too much `before`; `left` is what there was left in all, where that is less than would come. `why` says why
    nothing is set off, where that is not final."""

    line: Due
    given: int
    before: int
    off: int
    more: int
    left: int | None = None
    why: Text | None = None

    @property
    def after(self) -> int:
        return self.before + self.given + self.more - self.line.cents

    def steps(self, terms: Terms) -> list[Step]:
        """What is due for it in steps, and how that becomes what comes now."""
        steps, cents = list(self.line.steps), self.line.cents
        if self.before > 0 and (self.off or not self.given):
            steps.append(_overpaid(terms, self.before, self.off, cents := cents - self.off, self.why))
        if self.given:
            more = max(cents - self.given, 0) if self.left is not None else self.more
            steps.append(_given(terms, self.given, max(self.given - cents, 0), more))
        if self.left is not None:
            steps.append(_left_in_all(terms, self.left, self.more))
        return steps


def payment(
    terms: Terms, found: Sequence[Due], before: Iterable[Paid], *, most: int | None = None,
    waits: NotFinal | None = None,
) -> Payment:  # fmt: skip
    """What to pay now, where `found` is due through this month, the last of it, and so much was paid `before`; of
    `most` cents in all, where they are bounded: what was paid too much counts to these."""
    months = _settled(terms, found, list(before), most, waits)
    left = months[-1].after if months else 0
    last = found[-1].month if found else None
    this = next((one for one in months if one.line.month == last), None)
    if this is None:
        return Payment(0, (), max(left, 0))
    taken = any(one.off for one in months if one.more or one is this)
    parts = [Part(one.line.month, one.more, one.steps(terms)) for one in months
             if one.line.month < this.line.month and (one.more or (taken and one.given > one.line.cents))]  # fmt: skip
    arrears, steps = sum(one.cents for one in parts), this.steps(terms)
    if arrears:
        steps.append(_arrears(terms, arrears, this.more + arrears))
    return Payment(this.more + arrears, steps, max(left, 0), parts)


def given(before: Iterable[Paid], found: Iterable[Due]) -> dict[date, int]:
    """How much was paid for each month. What was paid where nobody said so was settled together, through the last month
    with which it was: it counts for the earliest of these months, as much as is due for each, and the rest for that."""
    given, together, last = dict[date, int](), 0, date.min
    for paid in before:
        left = paid.cents
        if paid.earlier is None:
            together, last = together + left, max(last, paid.month)
            continue
        for month, cents in paid.earlier.items():
            part = min(max(cents, 0), left)
            given[month], left = given.get(month, 0) + part, left - part
        given[paid.month] = given.get(paid.month, 0) + left
    for line in sorted(found, key=lambda one: one.month):
        if line.month <= last and (part := min(max(line.cents - given.get(line.month, 0), 0), together)):
            given[line.month], together = given.get(line.month, 0) + part, together - part
    if together:
        given[last] = given.get(last, 0) + together
    return given


def _settled(
    terms: Terms, found: Sequence[Due], before: Sequence[Paid], most: int | None, waits: NotFinal | None
) -> list[_Month]:  # fmt: skip
    """Every month that is due or was paid, in order. Where there is no more in all, what comes for months that were
    paid is no more than is due for all of them: what an earlier month has more of it a later one has less. While
    it is not final nothing is taken off a month but what was when it was paid."""
    lines, had = {line.month: line for line in found}, given(before, found)
    last = max(had, default=date.min)
    room = None
    if any(line.bound for line in found):
        room = max(sum(line.cents for line in found) - sum(had.values()), 0)
    left = None if most is None else max(most - sum(had.values()), 0)
    months, over, part = list[_Month](), 0, Fraction(terms.overpaid.part)
    for month in sorted({*lines, *had}):
        line, there = lines.get(month, Due(month, 0, ())), had.get(month, 0)
        off = min(max(over, 0), line.cents * part.numerator // part.denominator)
        why = waits.why if waits is not None and month < waits.before else None
        if why is not None:
            off = min(off, max((paid.off.get(month, 0) for paid in before), default=0))
        more = max(line.cents - off - there, 0)
        if room is not None and month <= last:
            more = min(more, room)
            room -= more
        short = left if left is not None and left < more else None
        more = more if short is None else short
        left = None if left is None else left - more
        off = min(off, max(line.cents - there - more, 0))
        months.append(_Month(line, there, over, off, more, short, why))
        over = months[-1].after
    return months


def netted(terms: Terms, found: Sequence[Due], paid: int) -> Payment:
    """The same by the rule from before, where so much was `paid`: what was too much is taken off whole from what comes
    for months before this, and only of this at most the terms' part."""
    this = found[-1].cents if found else 0
    earlier = sum(one.cents for one in found[:-1]) - paid
    steps = list(found[-1].steps) if found else []
    if earlier > 0:
        return Payment(this + earlier, [*steps, _arrears(terms, earlier, this + earlier)], 0)
    over = -earlier
    part = Fraction(terms.overpaid.part)
    off = min(over, this * part.numerator // part.denominator)
    if over:
        steps.append(_overpaid(terms, over, off, this - off))
    return Payment(this - off, steps, over - off)


def cut(made: Payment, cents: int, last: Step) -> Payment:
    """A payment of which no more than so many cents are there: each month of it cut by the same part (to a cent),
    with the step that says so."""
    if cents >= made.cents:
        return made
    parts, so_far = list[Part](), 0
    for part in made.earlier:
        some = (so_far + part.cents) * cents // made.cents - so_far * cents // made.cents
        so_far += part.cents
        parts.append(replace(part, cents=some, steps=[*part.steps, replace(last, cents=some)] if some else part.steps))
    return replace(made, cents=cents, steps=[*made.steps, replace(last, cents=cents)], earlier=parts)


# ── in words ─────


def _arrears(terms: Terms, cents: int, comes: int) -> Step:
    told = f"{written(cents, terms.unit)} {terms.unit}"
    words = Text(en=f"With {told} that is still due for earlier months.", zh=f"并补发此前各月应付未付的 {told}。")
    return Step("arrears", terms.clause_amount, words, comes)


def _overpaid(terms: Terms, over: int, off: int, comes: int, why: Text | None = None) -> Step:
    unit = terms.unit
    if why is not None and not off:
        told = f"{written(over, unit)} {unit}"
        words = Text(en=f"{told} were paid too much before. {why['en']}", zh=f"此前多付 {told}。{why['zh']}")
        return Step(OVERPAID, terms.overpaid.clause, words, comes)
    return Step(OVERPAID, terms.overpaid.clause, Text(
        en=f"{written(over, unit)} {unit} were paid too much before; {written(off, unit)} of it are taken off now. "
           f"{terms.overpaid.text.en}",
        zh=f"此前多付 {written(over, unit)} {unit}，本次扣除 {written(off, unit)}。{terms.overpaid.text.zh}"),
        comes)  # fmt: skip


def _left_in_all(terms: Terms, left: int, comes: int) -> Step:
    told = f"{written(left, terms.unit)} {terms.unit}"
    words = Text(
        en=f"Of what there is in all {told} are left, since what was paid too much counts to it.",
        zh=f"多付之款亦计入合计上限，上限内尚余 {told}。",
    )
    return Step("in_all", terms.clause_cap or terms.clause_amount, words, comes)


def _given(terms: Terms, cents: int, over: int, comes: int) -> Step:
    unit = terms.unit
    told = f"{written(cents, unit)} {unit}"
    if not over:
        words = Text(en=f"{told} of it were paid before.", zh=f"其中 {told} 此前已发放。")
        return Step("given", terms.clause_amount, words, comes)
    much = f"{written(over, unit)} {unit}"
    words = Text(en=f"{told} were paid for it before: {much} too much.", zh=f"此前已就本月发放 {told}，多付 {much}。")
    return Step("given", terms.overpaid.clause, words, comes)
