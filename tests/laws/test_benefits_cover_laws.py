"""What all people are told that they can take out is never more than the fund's bank holds, whatever came before.

Payers report and correct, pay less or more than they owe, people take out what they are told is free, money is brought
in and comes back, receipts are taken back or are another payer's, files go to the bank, which pays or sends back, in
random order. After each step the fund could pay all that its statements call free, to everybody at once, but for what
is owed of money that did not stay; the bank's account is what really came and stayed; whoever has more than is due or
was paid by now owes just that; and nobody owes anything because a payer said more of others. No payment that is sent to
the bank is more than is due when it is sent, and nothing is owed of one that is here. In the end payers pay all they
owe: then everybody whose money nobody else took has all of it.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.unit.instruments.portable_benefits.conftest import CITY, SEVERAL, SWIFT, Fund, opened, person, table
from tests.unit.kernel.accounts.test_bank import report

from commonweal.instruments.portable_benefits import books, owing, settling, tables, undue
from commonweal.instruments.portable_benefits.banking import BANK, payment_id
from commonweal.instruments.portable_benefits.programmes import newest
from commonweal.kernel import accounts
from commonweal.kernel.values import BadInput

PEOPLE, POTS, PERIODS = 3, ("health", "training"), ("2025-Q1", "2025-Q2")
PAYERS = (SWIFT, CITY)
SPANS = {"2025-Q1": "2025-01-01,2025-03-31", "2025-Q2": "2025-04-01,2025-06-30"}
Numbers = tuple[int, int, int]


def member(number: int) -> str:
    return f"benefits_member:pb-{number % PEOPLE + 1}"


def reports(fund: Fund, numbers: Numbers) -> None:
    """A payer says of a period who worked, in the place of what it said before: not who it leaves out."""
    which, earned, who = numbers
    payer, period = PAYERS[which % 2], PERIODS[which // 2 % 2]
    rows = [
        f"PB-{number + 1},{SPANS[period]},USD,{1000 + 40 * earned * (number + 1)},{who},0"
        for number in range(PEOPLE)
        if who >> number & 1
    ]
    fund.send(table(*rows, payer=payer.party[6:].upper(), period=period), payer)


def pays(fund: Fund, numbers: Numbers) -> None:
    which, cents, _ = numbers
    told = {"programme": SEVERAL, "payer": f"benefits_payer:{PAYERS[which % 2].party[6:]}", "on": "2025-07-01"}
    fund.two("paid", **told, cents=100 * cents + 1, reference=f"{fund.authority.store.size()}")


def held(fund: Fund, number: int) -> dict[str, tables.Held]:
    programme = newest(fund.reader, SEVERAL)
    assert programme is not None
    return tables.pots_of(fund.reader, programme[0], member(number), fund.clock.now().date())


def free(fund: Fund, number: int) -> dict[str, int]:
    pots = held(fund, number)
    assert all(one.balance >= 0 for one in pots.values()), "what was taken beyond stands as a receivable"
    return {pot: one.free for pot, one in pots.items()}


def takes_out(fund: Fund, numbers: Numbers) -> None:
    number, part, which = numbers
    pot = POTS[which % 2]
    cents = free(fund, number)[pot] * (part % 3 + 1) // 3
    told = {"programme": SEVERAL, "member": member(number), "pot": pot, "cents": cents, "reason": pot}
    fund.file("taken_out", person(number % PEOPLE + 1), **told)


def is_brought_in(fund: Fund, numbers: Numbers) -> None:
    number, cents, which = numbers
    told = {"programme": SEVERAL, "member": member(number), "pot": POTS[which % 2], "on": "2025-07-01"}
    fund.two("brought_in", **told, cents=cents + 1, scheme="before", reference=f"{fund.authority.store.size()}")


def comes_back(fund: Fund, numbers: Numbers) -> None:
    for row in fund.reader.select(tables.OWING, {}):
        if open_ := owing.open_of(row):
            told = {"programme": SEVERAL, "member": row["member"], "payment": row["payment"], "on": "2025-07-01"}
            fund.two("recovered", **told, cents=min(open_, numbers[1] + 1), reference=f"{fund.authority.store.size()}")


def is_taken_back(fund: Fund, numbers: Numbers) -> None:
    """A receipt that did not stay, or was another payer's."""
    which, number, who = numbers
    about = {"programme": SEVERAL, "what": ("in", tables.COMES), "done": 1}
    if rows := fund.reader.select(tables.MOVE, about, order=("entry",)):
        row = rows[number % len(rows)]
        told = {"programme": SEVERAL, "receipt": row["entry"], "words": "It bounced (fictitious)."}
        if which % 3 == 0 and row["payer"]:
            told["payer"] = f"benefits_payer:{PAYERS[who % 2].party[6:]}"
        fund.two("receipt_taken_back", **told)


def goes_out(fund: Fund, numbers: Numbers) -> None:
    """All that waits goes to the bank: nobody has more then than is due, without what they are known to owe."""
    number = numbers[0] % PEOPLE
    fund.goes_out(member=member(number), caller=person(number + 1))
    for who in range(PEOPLE):
        has = Counter[str]()
        for row in fund.reader.select(tables.MOVE, {"member": member(who), "what": "taken_out", "done": 1}):
            last = BANK.newest(fund.reader, payment_id(row))
            has[row["pot"]] += last["cents"] if last and not undue.is_here(fund.reader, row) else 0
        for row in fund.reader.select(tables.OWING, {"member": member(who)}):
            has[row["pot"]] -= row["cents"] - row["returned"]
        for pot, one in held(fund, who).items():
            assert has[pot] <= min(one.vested, one.received) + one.brought_in


def the_bank_says(fund: Fund, numbers: Numbers) -> None:
    which, number, _ = numbers
    if sent := fund.reader.select(BANK.sent, order=("id",)):
        one = sent[number % len(sent)]
        state = ("ACSC", "ACSC", "RJCT")[which % 3]
        said = report((one["id"], state, "AC04" if state == "RJCT" else ""), message=one["message"])
        fund.authority.act(BANK.answer_act(fund.reader, said))
        fund.authority.follow()


STEPS: Mapping[str, Callable[[Fund, Numbers], None]] = {
    one.__name__: one
    for one in (reports, pays, takes_out, is_brought_in, comes_back, is_taken_back, goes_out, the_bank_says)
}
OFTEN = ("reports", "pays", "takes_out", "takes_out", "goes_out")


def sound(fund: Fund) -> None:
    assert [*accounts.reconciled(fund.reader), *accounts.apart(fund.reader, books.BOOKS)] == []
    every = [free(fund, number) for number in range(PEOPLE)]
    there, moves = tables.at_the_bank(fund.reader, SEVERAL), fund.reader.select(tables.MOVE, {"done": 0})
    if any(row["body"].get("taken_back") for row in moves):
        there += sum(owing.open_of(row) for row in fund.reader.select(tables.OWING, {}))
    assert sum(sum(one.values()) for one in every) <= max(0, there)
    came = fund.reader.select(tables.MOVE, {"what": ("in", tables.COMES), "done": 1})
    left = fund.reader.select(settling.OUT, {"state": ("in", (settling.SETTLED, settling.DOUBLE))})
    stayed = sum(row["cents"] for row in came) - sum(row["cents"] for row in left)
    assert fund.held("benefits.several_payers.bank") == stayed, "what really came"
    for row in fund.reader.select(tables.OWING, {"why": owing.CORRECTED}):
        assert not owing.open_of(row) or not undue.is_here(fund.reader, fund.reader.get(tables.MOVE, row["payment"]))
    for row in fund.reader.select(tables.USED, {"member": (">", "")}):
        about = {name: row[name] for name in ("programme", "payer", "member", "pot")}
        posted = fund.reader.select(tables.POSTED, about)
        assert row["beyond"] == max(0, row["cents"] - sum(one["cents"] for one in posted))
    debts = {(row["member"], row["pot"]) for row in fund.reader.select(tables.OWING, {}) if owing.open_of(row)}
    used = fund.reader.select(tables.USED, {})
    beyond = {(row["member"], row["pot"]) for row in used if row["beyond"] or row["unpaid"]}
    assert debts == beyond, "who owes took what no payer says, or paid, by now, and nobody else does"


def settled(fund: Fund) -> None:
    """Payers pay what they owe: what is due to everybody is there, but for what others took of the same payer's."""
    fund.settle()
    for row in fund.reader.select(tables.COVER, {}):
        about = {"programme": row["programme"], "payer": row["payer"]}
        if not fund.reader.select(tables.USED, {**about, "beyond": (">", 0)}):
            period = fund.reader.select(tables.OWED, {**about, "period": row["period"]})
            assert row["paid"] == row["due"] or not sum(one["cents"] for one in period)
    for number in range(PEOPLE):
        for pot in POTS:
            if cents := free(fund, number)[pot]:
                told = {"programme": SEVERAL, "member": member(number), "pot": pot, "cents": cents, "reason": pot}
                fund.file("taken_out", person(number + 1), **told)
    sound(fund)


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(
    st.lists(
        st.tuples(
            st.one_of(st.sampled_from(OFTEN), st.sampled_from(sorted(STEPS))),
            st.tuples(st.integers(0, 11), st.integers(0, 300), st.integers(1, 7)),
        ),
        min_size=10, max_size=24,
    )
)  # fmt: skip
def test_what_people_are_told_is_free_is_never_more_than_the_bank_holds(steps: list[tuple[str, Numbers]]) -> None:
    with tempfile.TemporaryDirectory() as scratch, opened(Path(scratch) / "fund") as fund:
        fund.at("2025-07-02T09:00:00Z")
        for number in range(1, PEOPLE):
            fund.file("member", person(number + 1), name=f"PB-{number + 1}")
        reports(fund, (0, 100, 1))
        pays(fund, (0, 400, 0))
        for name, numbers in steps:
            try:
                STEPS[name](fund, numbers)
            except BadInput:
                continue
            sound(fund)
        settled(fund)
        before = fund.authority.dump()
        fund.authority.rebuild()
        assert fund.authority.dump() == before
