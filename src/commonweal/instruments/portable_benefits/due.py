"""What is due for one person in one period: by whom, into which pot, to the cent.

It is a function of all that payers said of their work in the period and of the programme. Files that come late, twice
or corrected change what was said; what is posted then is the difference to what was posted before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from commonweal.kernel.accounts import apportioned

from .programmes import PUBLIC_PURSE, Contribution, Programme, exact

HUNDRED = 100


class Work(NamedTuple):
    """What a payer says of one person's work from `first` to `last`: cents earned, hundredths of hours, jobs done."""

    payer: str
    first: date
    last: date
    earnings: int
    hours: int
    jobs: int

    @property
    def any(self) -> bool:
        return bool(self.earnings or self.hours or self.jobs)


class Sums(NamedTuple):
    """The same for a payer and a period."""

    earnings: int = 0
    hours: int = 0
    jobs: int = 0


Parts = Mapping[tuple[str, str], int]
"""Cents by payer and pot."""


def by_payer(works: Sequence[Work]) -> dict[str, Sums]:
    """The sums of each payer, in order of name: the order in which files came says nothing."""
    found: dict[str, Sums] = {}
    for one in works:
        was = found.get(one.payer, Sums())
        found[one.payer] = Sums(was.earnings + one.earnings, was.hours + one.hours, was.jobs + one.jobs)
    return dict(sorted(found.items()))


def due(programme: Programme, begins: date, works: Sequence[Work]) -> dict[tuple[str, str], int]:
    """Cents by payer and pot for one person and the period that begins on a day; what is nothing is left out."""
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in parts(programme, works):
        pots, shares = zip(*programme.shares(one.rule, begins), strict=True)
        for pot, part in zip(pots, apportioned(one.cents, shares), strict=True):
            found[one.payer, pot] += part
    return {key: part for key, part in found.items() if part}


class Part(NamedTuple):
    """Cents that a payer owes by one rule, and what it would owe if the rule had no bound; `paid_in` is what payers owe
    by all rules before it."""

    rule: Contribution
    payer: str
    cents: int
    unbounded: int
    paid_in: int


def parts(programme: Programme, works: Sequence[Work]) -> Iterator[Part]:
    """What each payer owes for one person and period by each rule: what the public purse adds comes last."""
    sums, paid_in = by_payer(works), 0
    for rule in sorted(programme.contribution, key=lambda one: one.per == "contributed"):
        before = paid_in
        raw = _matched(rule, paid_in) if rule.per == "contributed" else _amounts(programme, rule, sums)
        for payer, cents in (raw if rule.per == "period" else _bounded(programme, rule, raw)).items():
            paid_in += cents if payer != PUBLIC_PURSE else 0
            yield Part(rule, payer, cents, raw[payer], before)


def due_by_account(
    programme: Programme, begins: date, works: Mapping[str, Sequence[Work]]
) -> dict[str, dict[tuple[str, str], int]]:
    """The same for a person who has several accounts, by account: in all what is due for one who has one.

    Each payer's part is divided by what it says of each account (earnings, else hours, else jobs), what is paid from
    taxes by what payers pay in.
    """
    found: dict[str, dict[tuple[str, str], int]] = {account: {} for account in works}
    whole = due(programme, begins, [one for said in works.values() for one in said])
    sums = [by_payer(said) for said in works.values()]
    for (payer, pot), cents in sorted(whole.items(), key=lambda item: item[0][0] == PUBLIC_PURSE):
        if payer == PUBLIC_PURSE:
            weights = [sum(part for (by, _), part in parts.items() if by != payer) for parts in found.values()]
        else:
            theirs = [one.get(payer, Sums()) for one in sums]
            weights = next((list(each) for each in zip(*theirs, strict=True) if any(each)), [])
        if not any(weights):
            weights = [1] + [0] * (len(works) - 1)
        for account, part in zip(works, apportioned(cents, weights), strict=True):
            if part:
                found[account][payer, pot] = part
    return found


def rounded(amount: Fraction) -> int:
    """The nearest whole number; halves go up."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def _amounts(programme: Programme, rule: Contribution, sums: Mapping[str, Sums]) -> dict[str, int]:
    """What each payer owes by one rule, without its bound."""
    counting = {payer: one for payer, one in sums.items() if _qualifies(programme, rule, one, sums)}
    if rule.per == "period":
        return _divided(programme, rule, counting)
    return {payer: rounded(_raw(programme, rule, one)) for payer, one in counting.items()}


def _raw(programme: Programme, rule: Contribution, sums: Sums) -> Fraction:
    if rule.per == "earnings":
        return sums.earnings * exact(str(rule.rate))
    cents = programme.cents(str(rule.amount))
    return Fraction(cents * sums.hours, HUNDRED) if rule.per == "hour" else Fraction(cents * sums.jobs)


def _qualifies(programme: Programme, rule: Contribution, own: Sums, sums: Mapping[str, Sums]) -> bool:
    asks = rule.qualifies
    if asks is None:
        return True
    counted = [own] if asks.counted == "each" else list(sums.values())
    earned, worked = sum(one.earnings for one in counted), sum(one.hours for one in counted)
    return earned >= programme.cents(asks.earnings) and worked >= exact(asks.hours) * HUNDRED


def _divided(programme: Programme, rule: Contribution, sums: Mapping[str, Sums]) -> dict[str, int]:
    """An amount a period, of which the payers bear their shares; less for who worked less than full hours."""
    weights = [one.earnings if rule.shared_by == "earnings" else one.hours for one in sums.values()]
    if not sum(weights):
        return {}
    whole = Fraction(programme.cents(str(rule.amount)))
    if rule.full_hours is not None:
        whole *= min(Fraction(1), Fraction(sum(one.hours for one in sums.values()), HUNDRED) / exact(rule.full_hours))
    return dict(zip(sums, apportioned(rounded(whole), weights), strict=True))


def _matched(rule: Contribution, paid_in: int) -> dict[str, int]:
    """What the public purse adds to what others paid in."""
    return {PUBLIC_PURSE: rounded(paid_in * exact(str(rule.rate)))}


def _bounded(programme: Programme, rule: Contribution, amounts: dict[str, int]) -> dict[str, int]:
    """The same within what one person gets at most in a period, each payer bearing less alike."""
    if rule.at_most is None or sum(amounts.values()) <= (most := programme.cents(rule.at_most)):
        return amounts
    return dict(zip(amounts, apportioned(most, list(amounts.values())), strict=True))
