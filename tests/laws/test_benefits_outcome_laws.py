"""Whatever payers, members, officers and the bank do, in whatever order: statements say what the ledger holds.

Accounts of the ledger are closed under the fund's feet, files are corrected, the bank answers late, twice and
otherwise, a death is recorded and taken back. After each step every account holds to the cent what statements and the
fund's page come to, each payment is settled at most once, and what the bank paid beyond that is owed back.
Money comes back after it was settled, also less a fee, files never leave, and receipts are taken back.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.instruments.portable_benefits.conftest import DRIVER, FUND, MEMBER, SEVERAL, SWIFT, Fund, opened, table
from tests.unit.kernel.accounts.test_bank import report

from bank_house import ACCOUNTS, notice
from commonweal.acceptance import Caller
from commonweal.instruments import rule_file
from commonweal.instruments.portable_benefits import books, files, owing, settling, tables
from commonweal.instruments.portable_benefits.banking import BANK
from commonweal.instruments.portable_benefits.programmes import newest
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Debtor
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, stamp

RECOVERY = Path(owing.__file__).parent / "choices" / "recovery.toml"
OTHER = Caller("party:second-officer", ("officer",), "authority", "")
DEBTOR = Debtor("Benefits fund (fictitious)", "DE89370400440532013000", "COBADEFFXXX")
OUT = {"programme": SEVERAL, "member": MEMBER, "pot": "health"}
CLOSED = ("member.pb_1.health", "payer.swift", "payable", "bank", "owing.pb_1", "member.pb_1.retirement")


def paid_in(fund: Fund, number: int) -> None:
    row = f"PB-1,2025-01-01,2025-03-31,USD,{1000 + number},{number},0"
    (act,) = files.read(table(row), "file.csv").acts
    fund.authority.act(act, SWIFT)


def paid_over(fund: Fund, number: int) -> None:
    told = {"programme": SEVERAL, "payer": "benefits_payer:swift", "on": "2025-04-01", "reference": f"B{number}"}
    fund.two("paid", **told, cents=10 * number + 1)


def brought_in(fund: Fund, number: int) -> None:
    fund.two("brought_in", **OUT, cents=number + 1, scheme="before", on="2025-04-01", reference=f"R{number}")


def taken_out(fund: Fund, number: int) -> None:
    programme = newest(fund.reader, SEVERAL)
    assert programme is not None
    free = tables.pots_of(fund.reader, programme[0], MEMBER, fund.clock.now().date())
    fund.file("taken_out", DRIVER, **OUT, cents=min(free["health"].free, number + 1), reason="health")


def closed(fund: Fund, number: int) -> None:
    name = f"benefits.several_payers.{CLOSED[number % len(CLOSED)]}"
    fund.authority.act(Act(accounts.CLOSED.id, {"of": "benefits", "accounts": [name]}, ""))


def sent(fund: Fund, number: int) -> None:
    paying = BANK.paying(fund.reader, SEVERAL)
    assert paying is not None
    act = BANK.file_act(fund.reader, paying, DEBTOR, on=fund.clock.now().date(), made=fund.clock.now())
    fund.two("bank_file", **act.body)


def answered(fund: Fund, number: int) -> None:
    made = fund.reader.select(BANK.files, order=("entry",))
    if made:
        one = made[number % len(made)]
        states = ("ACSC", "RJCT", "PDNG")
        said = [
            (id, states[(number + at) % 3], "AC04" if states[(number + at) % 3] == "RJCT" else "")
            for at, id in enumerate(one["body"]["payment_ids"])
        ]
        fund.bank_says(report(*said, message=one["message"]))


def given_back(fund: Fund, number: int) -> None:
    """Money of some attempt comes back, whether or not the bank ever said that it had settled it; less a fee, or so
    that it cannot be."""
    if made := fund.reader.select(BANK.sent, order=("id",)):
        one = made[number % len(made)]
        kept = (0, one["cents"] // 2, 1, -1)[number // 7 % 4]
        data = notice((one["id"], "CRDT", accounts.written(one["cents"] - kept, "USD"), "AC04"))
        fund.bank_says(data)


def never_left(fund: Fund, number: int) -> None:
    if made := fund.reader.select(BANK.files, order=("entry",)):
        message = made[number % len(made)]["message"]
        fund.never_left(message)


def says_where(fund: Fund, number: int) -> None:
    fund.file("payee", DRIVER, member=MEMBER, person="A driver", paid_to=ACCOUNTS[number % len(ACCOUNTS)])


def died(fund: Fund, number: int) -> None:
    on = fund.clock.now() - timedelta(days=number % 4)
    fund.file("died", FUND if number % 2 else OTHER, member=MEMBER, on=stamp(on)[:10])


def alive(fund: Fund, number: int) -> None:
    fund.file("alive", FUND if number % 2 else OTHER, member=MEMBER, words="A mistake (fictitious).")


def recovered(fund: Fund, number: int) -> None:
    for row in fund.reader.select(tables.OWING, {}, limit=1):
        body = {"programme": SEVERAL, "member": MEMBER, "payment": row["payment"], "on": "2025-04-02"}
        fund.two("recovered", **body, cents=min(number + 1, owing.open_of(row) or 1), reference=f"Z{number}")


def receipt_taken_back(fund: Fund, number: int) -> None:
    about = {"what": ("in", tables.COMES), "done": 1}
    if rows := fund.reader.select(tables.MOVE, about, order=("entry",)):
        told = {"programme": SEVERAL, "receipt": rows[number % len(rows)]["entry"], "words": "None (fictitious)."}
        fund.two("receipt_taken_back", **told)


def fee_made_good(fund: Fund, number: int) -> None:
    if fees := fund.held("benefits.several_payers.fees"):
        told = {"programme": SEVERAL, "on": "2025-04-02", "reference": f"F{number}"}
        fund.two("fee_made_good", **told, cents=number % fees + 1)


def a_day_passes(fund: Fund, number: int) -> None:
    fund.at(stamp(fund.clock.now() + timedelta(days=1 + number % 3)))


STEPS: Mapping[str, Callable[[Fund, int], None]] = {
    one.__name__: one
    for one in (
        paid_in, paid_over, brought_in, taken_out, closed, sent, answered, given_back, never_left, says_where, died,
        alive, recovered, receipt_taken_back, fee_made_good, a_day_passes,
    )
}  # fmt: skip
USUAL = ("paid_in", "brought_in", "taken_out", "sent", "answered", "says_where")


def sound(fund: Fund) -> None:
    assert [*accounts.reconciled(fund.reader), *accounts.apart(fund.reader, books.BOOKS)] == []
    bank, payable = (fund.held(f"benefits.several_payers.{name}") for name in ("bank", "payable"))
    assert tables.at_the_bank(fund.reader, SEVERAL) == bank - payable, "the sum that is kept is what the ledger holds"
    kept = sum(row["kept"] for row in fund.reader.select(BANK.sent))
    assert 0 <= fund.held("benefits.several_payers.fees") <= kept, "what the bank kept, as far as the ledger took it"
    settled = Counter[str]()
    for row in fund.reader.select(settling.OUT, {"state": settling.SETTLED}):
        settled[row["payment"]] += 1
    assert not settled or max(settled.values()) == 1, "each payment leaves the bank's account once"
    twice = sum(row["cents"] for row in fund.reader.select(settling.OUT, {"state": settling.DOUBLE}))
    owed = fund.reader.select(tables.OWING, {"why": tables.TWICE})
    assert twice == sum(row["cents"] - row["returned"] for row in owed), "less what the bank itself gave back of it"
    for row in fund.reader.select(tables.OWING, {}):
        most = row["cents"] + (row["returned"] if row["why"] == tables.TWICE else 0)
        assert 0 <= row["returned"] <= row["back"] <= most


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.one_of(st.sampled_from(USUAL), st.sampled_from(sorted(STEPS))), st.integers(0, 400)),
        min_size=8, max_size=20,
    )
)  # fmt: skip
def test_statements_say_what_the_ledger_holds_whatever_is_done(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as scratch, opened(Path(scratch) / "fund") as fund:
        fund.authority.adopt(rule_file(RECOVERY.read_text("utf-8")))
        fund.file("payee", DRIVER, member=MEMBER, person="A driver", paid_to="GB29NWBK60161331926819")
        brought_in(fund, 300)
        for name, number in steps:
            try:
                STEPS[name](fund, number)
            except BadInput:
                continue
            fund.authority.follow()
            sound(fund)
