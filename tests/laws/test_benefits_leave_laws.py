"""Leave is for weeks without work, and it makes no difference which comes first: the claim or a payer's word of work.
A word of more days than the programme's text gives is none of a week.

Weeks are claimed one by one while payers, late and in any order, say when there was work. Whatever was claimed before
and whatever after: what a week comes to in the end, less what of it is to come back, is the same.
"""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.unit.instruments.portable_benefits.conftest import (
    CITY,
    DRIVER,
    LEAVE,
    MEMBER,
    SEVERAL,
    SHOP,
    SWIFT,
    Fund,
    opened,
    table,
)
from tests.unit.instruments.portable_benefits.test_money import worked

from commonweal.instruments.portable_benefits import books, tables
from commonweal.instruments.portable_benefits.programmes import newest
from commonweal.kernel import accounts
from commonweal.kernel.record import Row
from commonweal.kernel.values import BadInput

MONDAY, WEEKS, EACH = date(2026, 1, 5), 5, 1_542_00
PAYERS = {"SWIFT": (SWIFT, LEAVE), "CITY": (CITY, SEVERAL)}
"""Of one payer the work counts for the pool, of the other for another programme: work is work in either."""
Span = tuple[int, int]


def claims(fund: Fund, week: int) -> None:
    begins = MONDAY + timedelta(weeks=week)
    fund.file("claim", DRIVER, programme=LEAVE, member=MEMBER, begins=begins.isoformat(), weeks=1)


def says(fund: Fund, payer: str, spans: list[Span]) -> None:
    caller, programme = PAYERS[payer]
    days = [(MONDAY + timedelta(days=first), MONDAY + timedelta(days=first + many)) for first, many in spans]
    rows = [f"PB-1,{first},{last},USD,10,1,0" for first, last in days]
    fund.send(table(*rows, programme=programme, payer=payer, period="2026-Q1"), caller)


def weeks_of(first: int, many: int) -> set[int]:
    return {day // 7 for day in range(first, first + many + 1)} if many < 7 else set()


def claimed(fund: Fund) -> list[Row]:
    return fund.reader.select(tables.MOVE, {"what": "claim", "done": 1})


def ends(fund: Fund) -> dict[int, int]:
    """What each week came to, less what of it is to come back."""
    found = dict.fromkeys(range(WEEKS), 0)
    for row in claimed(fund):
        owed = sum(one["cents"] for one in fund.reader.select(tables.OWING, {"payment": row["entry"]}))
        found[(date.fromisoformat(row["on"]) - MONDAY).days // 7] += row["cents"] - owed
    return found


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(
    st.permutations([*range(WEEKS), *PAYERS]),
    st.fixed_dictionaries({payer: st.tuples(st.integers(0, 28), st.integers(0, 9)) for payer in PAYERS}),
)
def test_a_week_with_work_in_it_ends_unpaid_whichever_message_comes_first(
    messages: list[int | str], spans: dict[str, Span]
) -> None:
    with tempfile.TemporaryDirectory() as scratch, opened(Path(scratch) / "fund") as fund:
        fund.at("2026-03-02T09:00:00Z")
        worked(fund, SHOP, programme=LEAVE, earnings="900000", hours="300")
        refused = set[str]()
        for message in messages:
            try:
                if isinstance(message, int):
                    claims(fund, message)
                else:
                    says(fund, message, [spans[message]])
            except BadInput as error:
                refused |= {fault.code for fault in error.faults}
            programme = newest(fund.reader, LEAVE)
            assert programme is not None
            assert tables.pool_of(fund.reader, programme[0]) == tables.pool_of(fund.reader, programme[0], date.max)
            assert [*accounts.reconciled(fund.reader), *accounts.apart(fund.reader, books.BOOKS)] == []
        assert refused <= {"worked"}
        busy = {payer: weeks_of(*spans[payer]) for payer in PAYERS}
        every = set.union(*busy.values())
        assert ends(fund) == {week: 0 if week in every else EACH for week in range(WEEKS)}
        says(fund, "SWIFT", [(42, 1)])
        paid = {(date.fromisoformat(row["on"]) - MONDAY).days // 7 for row in claimed(fund)}
        assert ends(fund) == {week: EACH if week in paid - busy["CITY"] else 0 for week in range(WEEKS)}
