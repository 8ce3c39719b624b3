"""What everybody is told of the fund: by quarters that are over, what came in and went out of each pot.

These are the blocks that `telling` tells, put together: a quarter's never change afterwards, and no difference of any
two figures is about fewer people than a block is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Column, Listing, Reader, Reading, Row, Text

from .confiding import OF
from .programmes import Programme, in_force, span_of
from .telling import blocks

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


def quarters(today: date) -> list[str]:
    """The quarters that are over, newest first."""
    number = today.year * 4 + (today.month - 1) // 3
    return [f"{at // 4}-Q{at % 4 + 1}" for at in range(number - 1, number - 1 - QUARTERS, -1)]


def told(reader: Reader, spans: Sequence[str]) -> dict[Cell, tuple[int, int]]:
    """Movements and amount (in the smallest part of the currency) of each figure of these quarters."""
    days = {quarter: span for quarter in spans if (span := span_of(quarter))}
    many, amounts = Counter[Cell](), Counter[Cell]()
    for one in blocks(reader):
        theirs = next((name for name in (one.debit, one.credit) if ".member." in name or ".pool." in name), None)
        when = date.fromordinal(one.day)
        quarter = next((name for name, (first, last) in days.items() if first <= when <= last), None)
        if theirs is None or quarter is None or one.code not in WHAT:
            continue
        cell = Cell(quarter, theirs.split(".")[1], theirs.rpartition(".")[2], one.code)
        many[cell] += one.many
        amounts[cell] += one.amount
    return {cell: (many[cell], amounts[cell]) for cell in many}


def rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """The figures by quarter (newest first), programme, pot and sort of movement."""
    known = {one.short: one for one, _ in in_force(reading.tables)}
    spans = quarters(reading.today)
    found = told(reading.tables, spans)
    return [
        _row(cell, found[cell], programme, reading.language)
        for cell in sorted(found, key=lambda cell: (spans.index(cell.quarter), cell))
        if (programme := known.get(cell.programme)) and cell.pot in programme.pots
    ]


def _row(cell: Cell, figure: tuple[int, int], programme: Programme, language: str) -> Row:
    return {
        "quarter": cell.quarter,
        "programme": programme.title.text().in_(language),
        "pot": programme.pots[cell.pot].title.text().in_(language),
        "what": WHAT[cell.what].in_(language),
        "movements": figure[0],
        "amount": accounts.written(figure[1], programme.currency),
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
        Column("movements", Text(en="Movements", zh="笔数"), "number"),
        Column("amount", Text(en="Amount", zh="金额"), "number"),
        Column("currency", Text(en="Currency", zh="币种")),
    ),
    rows,
    summary=Text(
        en="What came in and went out of each pot in the quarters that are over. What only a few people moved is told "
        "in a later quarter, together with what others moved by then.",
        zh="已结束各季度每个子账户的收支。仅涉及少数人的变动并入以后季度，与届时他人的变动一并公布。",
    ),
)
