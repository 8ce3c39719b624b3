"""What the claims of one person under one benefit bring together: each month once, and all of it bounded as one.

What was paid stays where it was paid, in the order of the runs, also beyond what is due on that claim by now: the
others have so much less. What nobody was paid yet goes month by month to the claim that was filed first. So no order in
which somebody claims, is granted and is paid brings more than one claim would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from .amounts import Drawn, Due, Worker, at_most, called_for, due_for, month_of, months_from, spanned
from .packages import Written


@dataclass(frozen=True)
class Paid:
    """Cents that a run (its entry) paid on a claim through a month."""

    run: int
    month: date
    cents: int


@dataclass
class Share:
    """A claim, by the entry `first` by which it was filed, with what amounts ask of it and what was paid on it.

    `stands` says whether more than that is due. `since` is the entry from which on a run knew that it stands and whose
    it is. `kept` are cents by month that count for it as paid, `sizes` the same in what the benefit is bounded by:
    weeks of help by the week, else cents; `over` is what was paid beyond, in that measure. `ends` are the last days of
    the weeks that `sizes` count, and `beyond` the cents paid beyond, where weeks may be paid in part.
    """

    first: int
    text: Written
    worker: Worker
    begins: date
    called: Mapping[date, Fraction]
    stands: bool
    since: int
    paid: Sequence[Paid] = ()
    kept: dict[date, int] = field(default_factory=dict)
    sizes: dict[date, int] = field(default_factory=dict)
    ends: dict[date, tuple[date, ...]] = field(default_factory=dict)
    over: int = 0
    beyond: int = 0

    @property
    def weekly(self) -> bool:
        return self.text.claims is not None and self.text.claims.per_week is not None

    def size(self, line: Due) -> int:
        return line.weeks if self.weekly else line.cents

    def now(self, size: int) -> int:
        """For how many weeks (1 for a month) of a month it counts."""
        return size if self.weekly else int(size > 0)

    def keeps(self, line: Due, cents: int) -> None:
        """So many cents more of what is due for a month count as paid."""
        kept = self.kept[line.month] = self.kept.get(line.month, 0) + cents
        self.sizes[line.month] = -(-line.weeks * kept // line.cents) if self.weekly else kept
        self.ends[line.month] = line.ends[: self.sizes[line.month]]

    @property
    def in_part(self) -> bool:
        """Whether a week of it may pay less than another."""
        return self.text.claims is not None and self.text.claims.partial is not None


def together(shares: Iterable[Share], through: date) -> dict[int, list[Due]]:
    """What is due on each claim that stands through a month, by its first entry."""
    every = sorted(shares, key=lambda one: one.first)
    payments = [(paid.run, one.first, one, paid) for one in every for paid in one.paid]
    for run, _, whose, paid in sorted(payments, key=lambda each: each[:2]):
        known = [one for one in every if one is whose or (one.stands and one.since < run)]
        _keep(whose, paid.cents, _walked(every, known, paid.month)[whose.first], every, paid.month)
    return _walked(every, [one for one in every if one.stands], through)


def _keep(whose: Share, cents: int, lines: Sequence[Due], every: Sequence[Share], month: date) -> None:
    """Hold what was paid against what was due then, month by month; what is beyond counts up to the bound."""
    for line in lines:
        more = min(cents, line.cents - whose.kept.get(line.month, 0))
        if more > 0:
            whose.keeps(line, more)
            cents -= more
    most = at_most(whose.text, called_for(whose.text, month_of(whose.begins), month, whose.called))
    room = cents if most is None else max(most - sum(sum(one.sizes.values()) + one.over for one in every), 0)
    each = whose.worker.weekly or 1
    if whose.in_part:  # a week that is due in part, and was paid whole, counts once
        whose.beyond += cents
        weeks = -(-(sum(whose.kept.values()) + whose.beyond) // each) - sum(whose.sizes.values())
        whose.over = min(max(weeks, 0), whose.over + room)
    else:
        whose.over += min(-(-cents // each) if whose.weekly else cents, room)


def _walked(every: Sequence[Share], walks: Sequence[Share], through: date) -> dict[int, list[Due]]:
    """What is due on some of the claims month by month, where all the others have what they keep."""
    found = {one.first: list[Due]() for one in walks}
    spans = {one.first: spanned(one.text, one.worker, one.begins, through) for one in walks}
    begins = min((months[0] for _, months in spans.values() if months), default=through)
    for month in months_from(begins, month_of(through)):
        for one in walks:
            worker, months = spans[one.first]
            if month not in months:
                continue
            others = [(each, found.get(each.first, [])) for each in every if each is not one]
            later = sum(size for at, size in one.sizes.items() if at > month)
            before = later + sum(_has(each, lines) for each, lines in others)
            ends = frozenset(end for each, lines in others for end in _ends(each, lines, month))
            drawn = Drawn(sum(_now(each, lines, month) for each, lines in others), before, before, ends)
            called = called_for(one.text, month_of(one.begins), month, one.called)
            counted = replace(worker, drawn={month: drawn})
            found[one.first].append(due_for(one.text, counted, month, found[one.first], called))
    return found


def _has(one: Share, lines: Sequence[Due]) -> int:
    """How much of the bound a claim has: what is due until here with what it keeps after, or all that was paid."""
    walked = {line.month for line in lines}
    due = sum(one.size(line) for line in lines) + sum(size for at, size in one.sizes.items() if at not in walked)
    return max(due, sum(one.sizes.values()) + one.over)


def _now(one: Share, lines: Sequence[Due], month: date) -> int:
    """For how much of a month a claim counts."""
    size = next((one.size(line) for line in reversed(lines) if line.month == month), one.sizes.get(month, 0))
    return one.now(size)


def _ends(one: Share, lines: Sequence[Due], month: date) -> Sequence[date]:
    """The last days of the weeks of a month for which a claim counts."""
    return next((line.ends for line in reversed(lines) if line.month == month), one.ends.get(month, ()))


__all__ = ["Paid", "Share", "together"]
