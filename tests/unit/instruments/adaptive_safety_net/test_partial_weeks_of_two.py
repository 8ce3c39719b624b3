"""Two claims of one person to weeks of help that pay unlike sums bring what one claim would, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from commonweal.instruments.adaptive_safety_net.amounts import Job, Worker, months_from
from commonweal.instruments.adaptive_safety_net.one_person import Paid, Share, together
from commonweal.instruments.adaptive_safety_net.packages import shipped

TOTAL, INSURED = (shipped()[name].data for name in ("eb_total_rate", "eb_insured_rate"))
JUNE, JULY = date(2026, 6, 28), date(2026, 7, 12)
EARLY, LATE = Job(JUNE, date(2026, 7, 11), 2000_00), Job(JULY, date(2026, 7, 25), 2000_00)


def worker(*jobs: Job) -> Worker:
    return Worker(None, jobs, weekly=450_00, exhausted_on=date(2026, 5, 1))


def share(first: int, who: Worker, begins: date, through: date, *, paid: Sequence[Paid] = ()) -> Share:
    called = dict.fromkeys(months_from(begins.replace(day=1), through), Fraction(1))
    return Share(first, TOTAL if first == 1 else INSURED, who, begins, called, True, first, paid=paid)


def came(shares: Sequence[Share], through: date) -> int:
    return sum(line.cents for lines in together(shares, through).values() for line in lines)


@pytest.mark.parametrize("job", [EARLY, LATE], ids=["work in the first weeks", "work in the last weeks"])
def test_a_week_that_counts_on_another_claim_is_the_one_that_is_left_out(job: Job) -> None:
    """Two weeks were paid twice, or the better ones not at all: which weeks were counted elsewhere was not known."""
    through = date(2026, 7, 1)
    alone = came([share(1, worker(job), JUNE, through)], through)
    assert came([share(1, worker(job), JULY, through), share(2, worker(job), JUNE, through)], through) == alone


def test_a_week_that_was_paid_whole_and_is_due_in_part_counts_once() -> None:
    """Thirteen weeks were counted as twenty-one, and the claim that went on got none of the seven that were left."""
    begins, paid_through, through = date(2026, 6, 1), date(2026, 8, 1), date(2027, 3, 1)
    works = worker(Job(date(2026, 6, 1), date(2026, 8, 31), 2000_00))
    ended = replace(works, ends=date(2026, 8, 31), ended_for="withdrawn")
    sums = []
    for paid_by in (worker(), works):
        lines = together([share(1, paid_by, begins, paid_through)], paid_through)[1]
        paid = [Paid(100 + at, line.month, line.cents) for at, line in enumerate(lines) if line.cents]
        sums.append(came([share(1, ended, begins, through, paid=paid), share(2, works, begins, through)], through))
    assert sums[0] == sums[1]
