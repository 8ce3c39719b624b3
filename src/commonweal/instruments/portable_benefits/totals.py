"""What everybody is told of the fund: by quarters that are over, what came in and went out of each pot.

A quarter's transfers count for its days and never change afterwards, so that nobody learns anything by asking again.
There are no balances: the difference of two would tell of the few who moved something in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Column, Listing, Reader, Reading, Row, Text

from .confiding import ACCOUNTS, OF
from .programmes import Programme, in_force, span_of

QUARTERS = 8
WITHHELD = Text(en="withheld", zh="不予公布")
WHAT: Mapping[str, Text] = {
    "contribution": Text(en="Paid in", zh="缴入"),
    "taken_back": Text(en="Taken back by corrected files", zh="更正文件冲回"),
    "brought_in": Text(en="Brought in", zh="转入"),
    "taken_out": Text(en="Taken out", zh="提取"),
    "claim": Text(en="Paid from a pool", zh="共济给付"),
}


class Cell(NamedTuple):
    """One figure: of which quarter, programme, pot and sort of movement."""

    quarter: str
    programme: str
    pot: str
    what: str


class Figure(NamedTuple):
    """How many people's money, and how much (in the smallest part of the currency); None for both where withheld."""

    people: int | None
    amount: int | None


def quarters(today: date) -> list[str]:
    """The quarters that are over, newest first."""
    number = today.year * 4 + (today.month - 1) // 3
    return [f"{at // 4}-Q{at % 4 + 1}" for at in range(number - 1, number - 1 - QUARTERS, -1)]


def of_quarter(reader: Reader, quarter: str) -> dict[Cell, Figure]:
    """Every figure of a quarter that is over, with those of few people withheld, and what would give them away."""
    span = span_of(quarter)
    assert span is not None, "made by `quarters`"
    amounts: defaultdict[Cell, int] = defaultdict(int)
    people: defaultdict[Cell, set[str]] = defaultdict(set)
    found = accounts.flows(reader, ACCOUNTS, span[0].toordinal(), span[1].toordinal())
    for (debit, credit, code), flow in found.items():
        what = code.partition(".")[0]
        theirs = next((name for name in (debit, credit) if ".member." in name or ".pool." in name), None)
        if theirs is None or what not in WHAT:
            continue
        cell = Cell(quarter, theirs.split(".")[1], theirs.rpartition(".")[2], what)
        amounts[cell] += flow.amount
        people[cell] |= flow.people
    told: dict[Cell, Figure] = {}
    enough = ACCOUNTS.least(reader)
    for group in {(cell.programme, cell.what) for cell in amounts}:
        many = {cell: len(people[cell]) for cell in amounts if (cell.programme, cell.what) == group}
        hidden = accounts.small(many, enough)
        told |= {cell: Figure(None, None) if cell in hidden else Figure(many[cell], amounts[cell]) for cell in many}
    return told


def rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """The figures by quarter (newest first), programme, pot and sort of movement."""
    language = reading.language
    known = {one.short: one for one, _ in in_force(reading.tables)}
    found: list[dict[str, Any]] = []
    for quarter in quarters(reading.today):
        told = reading.kept(  # looked up anew each day: the last entries of a quarter may be followed after it is over
            f"benefits.totals.{quarter}.{reading.today}",
            partial(of_quarter, reading.tables, quarter),
        )
        for cell, figure in sorted(told.items()):
            if (programme := known.get(cell.programme)) and cell.pot in programme.pots:
                found.append(_row(cell, figure, programme, language))
    return found


def _row(cell: Cell, figure: Figure, programme: Programme, language: str) -> dict[str, Any]:
    amount = None if figure.amount is None else accounts.written(figure.amount, programme.currency)
    withheld = WITHHELD.in_(language)
    return {
        "quarter": cell.quarter,
        "programme": programme.title.text().in_(language),
        "pot": programme.pots[cell.pot].title.text().in_(language),
        "what": WHAT[cell.what].in_(language),
        "people": withheld if figure.people is None else figure.people,
        "amount": amount or withheld,
        "currency": programme.currency,
    }


LISTING = Listing(
    f"{OF}_totals",
    Text(en="Portable benefits: totals by quarter", zh="可携带福利：季度合计"),
    (
        Column("quarter", Text(en="Quarter", zh="季度")),
        Column("programme", Text(en="Programme", zh="方案")),
        Column("pot", Text(en="Pot", zh="子账户")),
        Column("what", Text(en="What moved", zh="变动类别")),
        Column("people", Text(en="People", zh="人数"), "number"),
        Column("amount", Text(en="Amount", zh="金额"), "number"),
        Column("currency", Text(en="Currency", zh="币种")),
    ),
    rows,
    summary=Text(
        en="What came in and went out of each pot in the quarters that are over. A figure of few people is "
        "withheld, and another beside it where it could be worked out from that.",
        zh="已结束各季度每个子账户的收支。涉及人数过少的数字不予公布；如可由其他数字推算得出，则另有一项一并不予公布。",
    ),
)
