"""What the demonstration pays in: a year of work of people made up from a seed, for made-up employers and platforms.

For whom they work, for how long and for how much is drawn by `synthetic`; every account and payer says that it is
synthetic. What payers pay over is what the programme asks of them, to the cent.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Act, Reader
from commonweal.kernel.values import subject_id

from .comparing import SEED, shipped
from .due import HUNDRED, Work, due
from .files import COLUMNS, read, root_of, salted
from .kinds import (
    BROUGHT_IN,
    CLAIM,
    CONFIRMED,
    MEMBER,
    MEMBER_NOUN,
    PAID,
    PAYER,
    PAYER_NOUN,
    ROWS,
    STATEMENT,
    TAKEN_OUT,
)
from .programmes import PUBLIC_PURSE
from .synthetic import QUARTERS, population
from .tables import FILE, HOLDER, MOVE, POSTED

PEOPLE, EMPLOYERS, PLATFORMS = 20, 2, 3
SEVERAL, POOLED = "several_payers", "pooled_leave"
OPENED, LEFT, CLAIMED = date(2025, 1, 6), date(2026, 1, 12), date(2026, 2, 9)
CLAIMANTS = 4
Filed = tuple[datetime, str, Act]
"""When, as which party (empty: the fund), what."""
Quarter = Mapping[str, Mapping[str, Work]]
"""What each payer said of a quarter, by number of the payer and of the member."""


class Sums(NamedTuple):
    """How many people, payers and files; cents that became due, that payers paid over, and decided to go out again."""

    people: int
    payers: int
    files: int
    due: int
    paid: int
    out: int


def sums(reader: Reader) -> Sums:
    """What the fund of the demonstration has come to."""
    moved: defaultdict[str, int] = defaultdict(int)
    for row in reader.select(MOVE, {"done": 1}, only=("what", "cents")):
        moved[row["what"]] += row["cents"]
    return Sums(
        reader.count(HOLDER, {"noun": MEMBER_NOUN}), reader.count(HOLDER, {"noun": PAYER_NOUN}), reader.count(FILE, {}),
        sum(row["cents"] for row in reader.select(POSTED, {}, only=("cents",))),
        moved["paid"], moved["taken_out"] + moved["claim"],
    )  # fmt: skip


def filings() -> Iterator[Filed]:
    """Everything in order of time: accounts, files, a correction, payments, what is taken out and claimed."""
    yield from sorted(itertools.chain(_registered(), _paid_in(), _moved()), key=lambda item: item[0])


@cache
def worked() -> Mapping[str, Quarter]:
    """What payers say of twenty workers, quarter by quarter."""
    found: dict[str, dict[str, dict[str, Work]]] = {quarter: defaultdict(dict) for quarter in QUARTERS}
    for number, worker in enumerate(itertools.islice(population(SEED), PEOPLE), 1):
        for quarter, works in worker.quarters.items():
            for work in works:
                payer = _payer(work.payer, number)
                found[quarter][payer].setdefault(_member(number), work._replace(payer=subject_id(PAYER_NOUN, payer)))
    return found


def _payer(drawn: str, number: int) -> str:
    """One of a few payers; who is self-employed pays in for themselves."""
    sort, _, which = drawn.partition("-")
    if sort == "self":
        return f"SYN-SELF-{number}"
    return f"SYN-{sort.upper()}-{int(which) % (EMPLOYERS if sort == 'employer' else PLATFORMS) + 1}"


def _member(number: int) -> str:
    return f"SYN-{number:02}"


def _of(number: str) -> str:
    """The party of an account or payer."""
    return f"party:synthetic-{number.lower().removeprefix('syn-')}"


def _registered() -> Iterator[Filed]:
    for number in range(1, PEOPLE + 1):
        body = {"name": _member(number), "fictitious": True}
        yield _at(OPENED), _of(_member(number)), Act(MEMBER.id, body, f"practice:{_member(number)}")
    for payer in sorted({payer for quarter in worked().values() for payer in quarter}):
        sort = {"EMPLOYER": "employer", "PLATFORM": "platform"}.get(payer.split("-")[1], "self_employed")
        called = f"{payer.removeprefix('SYN-').replace('-', ' ').capitalize()} (synthetic, nobody exists)"
        body = {"name": payer, "fictitious": True, "called": called, "sort": sort}
        yield _at(OPENED), _of(payer), Act(PAYER.id, body, f"practice:{payer}")
        yield _at(OPENED, 11), "", Act(CONFIRMED.id, {"payer": subject_id(PAYER_NOUN, payer)}, f"practice:{payer}:is")


def _paid_in() -> Iterator[Filed]:
    """Each payer's file ten days after the quarter, and what it owes ten days later; employers pay for leave too."""
    for quarter, payers in worked().items():
        for design, said in ((SEVERAL, payers), (POOLED, _employers(payers))):
            first, last = next(iter(next(iter(said.values())).values()))[1:3]
            for payer, works in sorted(said.items()):
                yield _at(last + timedelta(days=10)), _of(payer), _file(design, payer, quarter, works)
            on = last + timedelta(days=20)
            for payer, cents in sorted(_owed(design, said, first).items()):
                body = {"programme": shipped()[design].id, "payer": payer, "cents": cents, "on": on.isoformat()}
                yield _at(on), "", Act(PAID.id, body, f"practice:{design}:{quarter}:{payer}")


def _employers(payers: Quarter) -> Quarter:
    return {payer: said for payer, said in payers.items() if "EMPLOYER" in payer}


def _owed(design: str, payers: Quarter, begins: date) -> dict[str, int]:
    """Cents that each payer owes for a quarter; what the public purse adds is left out."""
    found: defaultdict[str, int] = defaultdict(int)
    for member in sorted({member for said in payers.values() for member in said}):
        works = [said[member] for said in payers.values() if member in said]
        for (payer, _), cents in due(shipped()[design], begins, works).items():
            found[payer] += cents
    return {payer: cents for payer, cents in found.items() if payer != PUBLIC_PURSE}


def _file(design: str, payer: str, quarter: str, said: Mapping[str, Work]) -> Act:
    programme = shipped()[design]
    rows = [
        (programme.id, payer, quarter, member, one.first, one.last, programme.currency,
         accounts.written(one.earnings, programme.currency), f"{one.hours / HUNDRED:.2f}", one.jobs, "")
        for member, one in said.items()
    ]  # fmt: skip
    lines = [",".join(map(str, row)) for row in (COLUMNS, *rows)]
    (act,) = read("\n".join(lines).encode(), f"{payer}, {quarter}").acts
    key = f"practice:{design}:{quarter}:{payer}"
    secret = hashlib.sha256(key.encode()).digest()  # nobody's amounts: drawn again it is the same file
    data = salted(act.blobs[ROWS].partition(b"\n")[2], secret)
    return replace(act, key=key, body={**act.body, "root": root_of(data)}, blobs={ROWS: data})


def _moved() -> Iterator[Filed]:
    """Some bring money in, take some out and ask for a letter; claims are decided by the rule, whatever it says."""
    pot = shipped()[SEVERAL].pot[0].id
    for number, mine in enumerate(_busiest(), 1):
        member, party, name = subject_id(MEMBER_NOUN, mine), _of(mine), f"practice:{mine}"
        own = {"programme": shipped()[SEVERAL].id, "member": member, "pot": pot}
        brought = {**own, "cents": 50_00 * number, "scheme": "A scheme that is synthetic", "on": "2025-06-02"}
        yield _at(date(2025, 6, 2)), "", Act(BROUGHT_IN.id, brought, f"{name}:in")
        out = {**own, "cents": 12_50 * number, "reason": "health"}
        yield _at(date(2025, 8, 4)), party, Act(TAKEN_OUT.id, out, f"{name}:out")
        claim = {"programme": shipped()[POOLED].id, "member": member, "begins": LEFT.isoformat(), "weeks": number}
        yield _at(CLAIMED), party, Act(CLAIM.id, claim, f"{name}:claim")
        yield _at(CLAIMED, 11), party, Act(STATEMENT.id, {"member": member}, f"{name}:letter")


def member() -> str:
    """The party of an account in which much happened."""
    return _of(_busiest()[0])


def employer() -> str:
    """The party of a payer."""
    return _of("SYN-EMPLOYER-1")


def _busiest() -> list[str]:
    """Who worked most for employers in the year; some qualify for leave by it."""
    hours: Counter[str] = Counter()
    for payers in worked().values():
        for said in _employers(payers).values():
            hours.update({member: work.hours for member, work in said.items()})
    return [member for member, _ in hours.most_common(CLAIMANTS)]


def _at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
