"""What follows from an act of a package in force: funds are opened, claims that fit are granted, what is due is paid.

Everything here is worked out from what the record holds, and every act has a key that follows from its cause: done a
second time, after a crash or on another machine, it is the same act, and pays nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, Transfer
from commonweal.kernel.instrument import Act, Entry, Tables, Text

from . import aiding, programmes
from .amounts import Payment, Step, cut_alike
from .kinds import CLAIM, DECIDED, OPENED, PAID, RUN, RUN_DONE
from .programmes import Programme, Standing
from .terms import Assessment

OF = "safety_net"
TREASURY = "safety_net.treasury"
CODE = "support"


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """The acts that follow from an entry."""
    programmes.keep(entry, tables)
    aiding.keep(entry, tables)
    if entry.erased or entry.subject is None:
        return
    if entry.kind == OPENED.id:
        one = programmes.programme(tables, entry.subject)
        if one is not None and one.entry == entry.index:
            yield from _funded(entry, one)
    elif entry.kind == CLAIM.id:
        yield from _granted(entry, tables)
    elif entry.kind == RUN.id:
        one = programmes.programme(tables, str(entry.body["programme"]))
        if one is not None:
            yield from (_paid if one.text.aid is None else _aided)(entry, one, tables)


def treasury(unit: str) -> str:
    """The account from which funds of a unit come: what was given out of the public purse, on its debit side."""
    return f"{TREASURY}.{unit.lower()}"


def _funded(entry: Entry, one: Programme) -> Iterator[Act]:
    """The fund may never be overdrawn: the ledger itself refuses what goes beyond the budget."""
    fund = Account(one.fund, one.unit, floor=0)
    yield from _caused(entry, accounts.opening(OF, [Account(treasury(one.unit), one.unit, "debit"), fund]))
    budget = Transfer(f"net/p{one.entry}", treasury(one.unit), fund.account, one.budget, _day(entry), code="budget")
    yield from _caused(entry, [accounts.transfers_act(OF, [budget], one.name)])


def _granted(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Where every condition of the text holds, the authority says so at once; that one does not, only a person says."""
    stands = programmes.standing(tables, str(entry.subject))
    one = programmes.programme(tables, str(entry.body["programme"]))
    if stands is None or one is None or stands.entry != entry.index:
        return
    found = programmes.assessment(one, stands)
    if found.answer == "eligible":
        body = {"claim": stands.claim, "outcome": "eligible", "facts": entry.index, "conditions": told(found)}
        yield Act(DECIDED.id, body, f"net:granted:{entry.index}", stands.claim, causes=(entry.index,))


def told(found: Assessment) -> list[dict[str, Any]]:
    """What each condition came to, as a decision holds it."""
    return [
        {
            "title": dict(item.condition.title.text()), "clause": item.condition.clause, "fact": item.condition.fact,
            "holds": item.holds, "seen": item.seen, "wanted": item.wanted,
        }
        for item in found.findings
    ]  # fmt: skip


def _paid(entry: Entry, one: Programme, tables: Tables) -> Iterator[Act]:
    """One transfer for each claim and month. Beyond the budget all are cut alike if the run says so, else unpaid.

    What is paid is laid out here at once, so that a run that was recorded before this one's entries were sees it.
    """
    month = str(entry.body["month"])
    due = programmes.payments(tables, one, date.fromisoformat(f"{month}-01"))
    wanted = {claim: made.cents for claim, (_, made) in due.items()}
    left = one.budget - programmes.spent(tables, one.id)
    state = "paid" if sum(wanted.values()) <= left else "cut" if entry.body.get("cut_alike") else "refused"
    given = {} if state == "refused" else cut_alike(wanted, left)
    given = {claim: cents for claim, cents in given.items() if cents > 0}
    sizes = [*sorted(given.values(), reverse=True), 0, 0]
    done = {
        "programme": one.id, "run": entry.index, "month": month, "state": state, "paid": len(given),
        "cents": sum(sizes), "largest": sizes[0], "second": sizes[1], "wanted": sum(wanted.values()),
    }  # fmt: skip
    programmes.put_run(tables, done, entry.time.date())
    yield from _caused(entry, [Act(RUN_DONE.id, done, f"net:run:{entry.index}", one.id)])
    if given:
        of = {claim: due[claim][0] for claim in given}
        yield from _caused(entry, _moved(entry, one, month, of, given))
    for claim, cents in given.items():
        made = due[claim][1]
        body = {
            "claim": claim, "run": entry.index, "month": month, "amount": accounts.written(cents, one.unit),
            "unit": one.unit, "overpaid": accounts.written(made.overpaid, one.unit), "steps": _steps(one, made, cents),
        }  # fmt: skip
        programmes.put_payment(tables, claim, body, entry.time.date())
        yield Act(PAID.id, body, f"net:paid:{entry.index}:{claim}", claim, causes=(entry.index,))


def _aided(entry: Entry, one: Programme, tables: Tables) -> Iterator[Act]:
    """An area's government is paid what it is owed; beyond the budget so much as is left if the run says so."""
    month = str(entry.body["month"])
    found = aiding.owed(tables, one, date.fromisoformat(f"{month}-01"))
    left = one.budget - programmes.spent(tables, one.id)
    state = "paid" if found.cents <= left else "cut" if entry.body.get("cut_alike") else "refused"
    cents = 0 if state == "refused" else min(found.cents, left)
    done = {
        "programme": one.id, "run": entry.index, "month": month, "state": state, "paid": int(cents > 0),
        "cents": cents, "largest": cents, "second": 0, "wanted": found.cents,
    }  # fmt: skip
    programmes.put_run(tables, done, entry.time.date())
    yield from _caused(entry, [Act(RUN_DONE.id, done, f"net:run:{entry.index}", one.id)])
    if cents:
        yield from _caused(entry, [*aiding.moved(entry, one, month, cents), aiding.paid_act(entry, one, found, cents)])


def _moved(
    entry: Entry, one: Programme, month: str, of: dict[str, Standing], given: dict[str, int]
) -> Iterator[Act]:  # fmt: skip
    yield from accounts.opening(OF, [Account(one.account(stands.first), one.unit) for stands in of.values()])
    moves = [
        Transfer(
            f"net/c{of[claim].first}/{month}", one.fund, one.account(of[claim].first), cents, _day(entry), code=CODE
        )
        for claim, cents in given.items()
    ]
    yield accounts.transfers_act(OF, moves, f"{one.name} {month}")


def _steps(one: Programme, made: Payment, cents: int) -> list[dict[str, Any]]:
    steps = [step.as_json() for step in made.steps]
    if cents < made.cents:
        words = Text(
            en="The budget did not reach: everybody was cut by the same part. The rest stays due.",
            zh="预算不足：人人按同一比例减少，余额仍为应付。",
        )
        assert one.text.claims is not None
        steps.append(Step("budget", one.text.claims.clause_scale, words, cents).as_json())
    return steps


def _caused(entry: Entry, acts: Iterable[Act]) -> Iterator[Act]:
    for act in acts:
        yield replace(act, causes=(entry.index,))


def _day(entry: Entry) -> int:
    return entry.time.date().toordinal()
