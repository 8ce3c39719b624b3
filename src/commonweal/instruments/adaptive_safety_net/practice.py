"""What the demonstration pays: packages as though they had been law, and a handful of people made up from a seed.

The switches are those of the real figures. Everybody who claims is synthetic and says so; nothing here is in force
anywhere.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commonweal.kernel.accounts import written
from commonweal.kernel.instrument import Act
from commonweal.kernel.values import add_months, subject_id

from .kinds import CLAIM, OPENED, PROGRAMME_NOUN, RUN
from .packages import texts_of

SEED, FICTITIOUS = 20_082_020, "Made up by the demonstration from a seed; as though the package had been law."
NEVER_LAW = "replay"
STATES = ("mi", "oh", "ca", "tx", "ny", "fl", "pa", "nv")
Filed = tuple[datetime, str, Act]
"""When, as which party, what."""


@dataclass(frozen=True)
class Opening:
    """A package that the replay opens: for the crossing of which month, from when, until when, for how many people.

    Whoever claims wage insurance lost their work in the eighty days from `lost` on, and took up another within so many
    days of the opening.
    """

    package: str
    name: str
    area: str
    crossed: str
    decided: date
    opens: date
    closes: date
    budget: int
    people: int
    lost: date = date(2020, 4, 3)
    within_days: int = 420


OPENINGS = (
    Opening("fast_cash", "FC-2008", "area:us", "2008-04", date(2008, 6, 2), date(2008, 6, 20),
            date(2008, 7, 19), 10**6, 8),
    Opening("fast_cash", "FC-2020", "area:us", "2020-04", date(2020, 6, 1), date(2020, 6, 22),
            date(2020, 7, 21), 10**6, 8),
    Opening("wage_insurance", "WI-MI-2020", "area:us-mi", "2020-05", date(2020, 7, 6), date(2020, 7, 20),
            date(2022, 7, 19), 10**7, 6),
)  # fmt: skip
ADOPTED: Mapping[str, date] = {"fast_cash": date(2008, 1, 7), "wage_insurance": date(2020, 1, 6)}
LAW_FROM: Mapping[str, str] = {"fast_cash": "2019-05-16", "wage_insurance": "2026-01-01"}


def texts() -> Iterator[tuple[datetime, str]]:
    """The texts that the replay adopts, each with when: the shipped ones, as law since before its crossings."""
    for package, day in ADOPTED.items():
        for text in texts_of(package):
            replayed = text.replace(f"from = {LAW_FROM[package]}", "from = 1976-01-01")
            yield _at(day), re.sub('^version = ".+"', f'version = "1-{NEVER_LAW}"', replayed, count=1, flags=re.M)


def filings() -> Iterator[Filed]:
    """Decisions, claims and runs of payments in order of time."""
    found = [item for number, one in enumerate(OPENINGS) for item in _of(one, random.Random(SEED + number))]
    yield from sorted(found, key=lambda item: item[0])


def _of(one: Opening, chance: random.Random) -> Iterator[Filed]:
    yield opened(one)
    yield from claimed(one, chance)
    for month in _months(one):
        run = {"programme": subject_id(PROGRAMME_NOUN, one.name), "month": month.isoformat()[:7]}
        yield _at(add_months(month, 1)), "", Act(RUN.id, run, f"practice:{one.name}:{run['month']}")


def opened(one: Opening) -> Filed:
    """The decision that switches a package on."""
    body = {
        "name": one.name, "fictitious": True, "package": f"us.{one.package}.package", "version": f"1-{NEVER_LAW}",
        "area": one.area, "crossed": one.crossed,
        "opens_on": one.opens.isoformat(), "closes_on": one.closes.isoformat(), "unit": "USD",
        "budget": written(one.budget, "USD"), "reasons": FICTITIOUS,
    }  # fmt: skip
    return _at(one.decided), "", Act(OPENED.id, body, f"practice:{one.name}")


def claimed(one: Opening, chance: random.Random) -> Iterator[Filed]:
    """What people made up by a generator claim under it."""
    for number in range(1, one.people + 1):
        told = _cash(chance) if one.package == "fast_cash" else _wages(one, chance)
        filed = max(one.opens, date.fromisoformat(told["jobs"][0]["began"]) if told.get("jobs") else one.opens)
        claim = {
            "name": f"{one.name}-{number:02}", "programme": subject_id(PROGRAMME_NOUN, one.name), "fictitious": True,
            "person": f"Synthetic person {number} of {one.name}", **told,
        }  # fmt: skip
        yield (
            _at(filed + timedelta(days=2)),
            party_of(one, number),
            Act(CLAIM.id, claim, f"practice:{one.name}:{number}"),
        )


def party_of(one: Opening, number: int) -> str:
    """Who filed the claim of that number."""
    return f"party:synthetic-{one.name.lower()}-{number:02}"


def _months(one: Opening) -> list[date]:
    """Cash is paid once; wage insurance every third month, the rest as arrears."""
    first = one.opens.replace(day=1)
    return [first] if one.package == "fast_cash" else [add_months(first, at) for at in range(2, 33, 3)]


def _cash(chance: random.Random) -> dict[str, Any]:
    born = date(1950, 1, 1) + timedelta(days=chance.randrange(13_000))
    return {"area": f"area:us-{chance.choice(STATES)}", "born_on": born.isoformat()}


def _wages(one: Opening, chance: random.Random) -> dict[str, Any]:
    earned = chance.randrange(320_000, 560_000, 5_000)
    began = one.opens + timedelta(days=chance.randrange(14, one.within_days))
    monthly = written(earned * chance.randrange(60, 92) // 100, "USD")
    lost = one.lost + timedelta(days=chance.randrange(80))
    return {
        "area": one.area, "lost_on": lost.isoformat(), "earned": written(earned, "USD"),
        "jobs": [{"began": began.isoformat(), "monthly": monthly, "weekly_hours": 40, "same_firm": "no"}],
    }  # fmt: skip


def _at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
