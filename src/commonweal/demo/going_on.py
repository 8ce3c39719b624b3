"""Time goes on in the demonstration, with months that are made up, so that help which is on can be tried.

The real figures end; without figures nobody new comes under a package. In the months that are made up each state stays
as it was in the last real one, but unemployment in Michigan rises, so that the trigger of wage insurance, which came on
there by real figures, stays on. A package is opened for it, a few people made up from a seed claim, and everything
else (a claim of one's own, payments, the bank, appeals) is for whoever tries it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from xml.sax.saxutils import escape

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.instruments.adaptive_safety_net import crossings, laus, practice, programmes
from commonweal.instruments.adaptive_safety_net.control import CONTROL
from commonweal.instruments.portable_benefits import practice as benefits
from commonweal.kernel import indicators
from commonweal.kernel.record import Act, Reader
from commonweal.kernel.values import BadInput, Fault, NotFound, ReplayClock, add_months

from .stepping import ORIGIN, SECOND, Step, seconds, take

AREA, PACKAGE = "area:us-mi", "us.wage_insurance.package"
RATES = (5.2, 6.2, 7.2, 8.2)
"""Percent unemployed there in the months that are made up; the last goes on."""
BEGINS = datetime(2026, 2, 10, 9, tzinfo=UTC)
"""The morning after the last day of the demonstration."""
LONGEST = timedelta(days=2 * 366)
MONTHS = 30
"""So many months are made up: more than those of which figures come by then."""
NAME, PROGRAMME = "WI-MI-2026", "programme:wi-mi-2026"
SEED = 2026
PEOPLE = 6
FOR_DAYS = 730
ACCOUNT = "021000021/{:05}"
"""To which account each of them wants to be paid: the routing number of a bank, and an account that nobody has."""
SETTLED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">'
    "<CstmrPmtStsRpt><GrpHdr/><OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>"
    "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
)


class Somebody(NamedTuple):
    """As whom one can look at the demonstration: what they do there, as which party, in which role."""

    what: str
    party: str
    role: str


def people() -> Sequence[Somebody]:
    """As whom one can look: who works there, and one each of those who are made up."""
    return (
        Somebody("an officer", "party:first-desk", "officer"),
        Somebody("a second officer, who confirms what the first asks for", SECOND.party, "officer"),
        Somebody("an administrator", "party:administrator", "authority"),
        Somebody("an auditor", "party:auditor", "auditor"),
        Somebody("a member of portable benefits", benefits.member(), "developer"),
        Somebody("an employer that pays for members", benefits.employer(), "developer"),
        Somebody("who claimed under the safety net", practice.party_of(practice.OPENINGS[-1], 1), "reporter"),
    )


def go_on(authority: Authority, to: date) -> None:
    """Let time pass to the morning of a day. Raises `BadInput` for a day that was, or that lies too far ahead."""
    clock, now = checked(authority), authority.reading().now
    until = datetime.combine(to, time(9), UTC)
    if not now < until <= BEGINS + LONGEST:
        first, last = (now + timedelta(days=1)).date(), (BEGINS + LONGEST).date()
        raise BadInput(Fault("--to", to.isoformat(), f"a day from {first} to {last}: time does not go back"), "demo")
    for step in _steps(authority.reader):
        if step.when <= until:
            take(authority, clock, step)
    take(authority, clock, Step(until, 0, 0, OPERATOR, ()))


def checked(authority: Authority) -> ReplayClock:
    """The clock of the demonstration. Raises `NotFound` for any other authority, whose time nobody moves."""
    if authority.settings.origin != ORIGIN or not isinstance(authority.clock, ReplayClock):
        raise NotFound("demonstration", authority.settings.origin, "the folder of one that `weal demo` made")
    return authority.clock


def settled(authority: Authority, message: str) -> str:
    """What a bank that does not exist says of a file of payments: all of it settled (pain.002). Raises `NotFound`."""
    checked(authority)
    banks = [item.bank for item in authority.instruments.values() if item.bank]
    if not any(bank.files and authority.reader.get(bank.files, message) for bank in banks):
        raise NotFound("payment file", message, "one that was made here and confirmed (weal account bank-file)")
    return SETTLED.format(message=escape(message))


def told(authority: Authority) -> Iterator[str]:
    """Where it has come to: the day, and the programme that is open."""
    reading = authority.reading()
    yield f"It is {reading.today:%-d %B %Y} in the demonstration. Figures after {max(laus.months()):%B %Y} are made up."
    one = programmes.programme(authority.reader, PROGRAMME)
    if one is not None:
        yield f"Open: {one.name} ({one.text.title.en}, {laus.area_name(one.area, 'en')}). Claim it at /forms/support."
        yield f"A month that is over is paid at /safety-net/programmes/{PROGRAMME.partition(':')[2]}/pay."


def _steps(reader: Reader) -> list[Step]:
    found = list[Step]()
    for number, (when, caller, act) in enumerate([*_figures(), *_claims(reader)]):
        found.append(Step(when, 0, 2 * number, caller, (act,)))
        if act.kind in CONTROL.two:
            found.append(Step(when, 0, 2 * number + 1, OPERATOR, (), seconds(CONTROL, when)))
    return sorted(found)


def _figures() -> Iterator[tuple[datetime, Caller, Act]]:
    """Each month that is made up, on the day on which its figures would be released, or at the beginning."""
    observer, last = Caller("party:us-bls", ("observer",)), max(laus.months())
    for number in range(MONTHS):
        month = add_months(last, number + 1)
        share = RATES[min(number, len(RATES) - 1)]
        yield max(laus.released_at(month), BEGINS), observer, laus.made_up(month, {AREA: share}, indicators.MADE_UP)


def _claims(reader: Reader) -> Iterator[tuple[datetime, Caller, Act]]:
    """The decision that opens the package, and a claim of each of those who are made up. Nothing where somebody opened
    another programme for that crossing."""
    opens = BEGINS.date()
    there = [one for one in crossings.open_to_a_decision(reader, opens, PACKAGE) if one.area == AREA]
    one = practice.Opening(
        "wage_insurance", NAME, AREA, there[0].month if there else "", opens, opens, opens + timedelta(days=FOR_DAYS),
        10**7, PEOPLE, lost=opens - timedelta(days=120), within_days=18,
    )  # fmt: skip
    if there:
        _, _, act = practice.opened(one)
        yield BEGINS, OPERATOR, replace(act, body={**act.body, "version": there[0].text.version})
    if there or programmes.programme(reader, PROGRAMME):
        for number, (when, party, act) in enumerate(practice.claimed(one, random.Random(SEED)), 1):
            body = {**act.body, "paid_to": ACCOUNT.format(number)}
            yield when, Caller(party, ("reporter",)), replace(act, body=body)
