"""Made-up workers, all synthetic: how several payers and uneven quarters look, for comparing designs. Nobody exists.

Numbers are drawn from a seed by rules written below, not fitted to any survey: shares of kinds of work, hours, pay and
how often there is none are assumptions. Designs are compared on the same people, so what differs is the design.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from .due import Work
from .programmes import span_of

QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
DRAWN = ("one_job", "two_jobs", "job_and_platforms", "platforms", "self_employed")
SHARES = (40, 12, 18, 22, 8)
"""Of a hundred workers: an assumption, and not what any country has."""
EMPLOYERS, PLATFORMS = 400, 6
SEVERAL_PAYERS = ("two_jobs", "job_and_platforms", "platforms")
ONE_PAYER = ("one_job", "one_platform", "self_employed")


class Worker(NamedTuple):
    """One made-up worker: what each payer says, quarter by quarter."""

    quarters: dict[str, list[Work]]

    @property
    def kind(self) -> str:
        """One of `SEVERAL_PAYERS` or `ONE_PAYER`, by who had work for them in the year; empty where nobody had."""
        payers = {one.payer for works in self.quarters.values() for one in works}
        sorts = Counter(payer.partition("-")[0] for payer in payers)
        several = len(payers) > 1
        if sorts["employer"]:
            return "job_and_platforms" if sorts["platform"] else "two_jobs" if several else "one_job"
        if sorts["platform"]:
            return "platforms" if several else "one_platform"
        return "self_employed" if payers else ""


def population(seed: int) -> Iterator[Worker]:
    """Workers without end, one after the other; the same seed gives the same people."""
    for number in count():
        yield _worker(random.Random(f"{seed}/{number}"))


def _worker(chance: random.Random) -> Worker:
    group = chance.choices(DRAWN, SHARES)[0]
    jobs = {"one_job": 1, "two_jobs": 2, "job_and_platforms": 1}.get(group, 0)
    platforms = chance.randint(1, 3) if "platforms" in group else 0
    payers = [(f"employer-{one}", _paid(chance, 14, 38), _hours(chance, 520 // (jobs + (platforms > 0))))
              for one in chance.sample(range(EMPLOYERS), jobs)]  # fmt: skip
    payers += [(f"platform-{one}", _paid(chance, 11, 24), _hours(chance, 260 // max(1, platforms)))
               for one in chance.sample(range(PLATFORMS), platforms)]  # fmt: skip
    if group == "self_employed":
        payers = [("self", _paid(chance, 8, 60), _hours(chance, 450))]
    return Worker({quarter: _quarter(chance, quarter, payers) for quarter in QUARTERS})


def _paid(chance: random.Random, low: int, high: int) -> int:
    """Cents an hour."""
    return chance.randint(low * 100, high * 100)


def _hours(chance: random.Random, full: int) -> int:
    return chance.randint(full // 6, full)


def _quarter(chance: random.Random, quarter: str, payers: list[tuple[str, int, int]]) -> list[Work]:
    """What payers say of a quarter; each has no work in one of seven."""
    span = span_of(quarter)
    assert span is not None
    found = []
    for payer, cents, usual in payers:
        if chance.random() >= 1 / 7:
            hours = max(1, round(usual * chance.uniform(0.5, 1.2)))
            jobs = hours * 2 if payer.startswith("platform") else 0
            found.append(Work(payer, *span, cents * hours, hours * 100, jobs))
    return found
