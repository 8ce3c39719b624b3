"""The ledger as somebody sees it who opens accounts, sends batches and reads statements."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, How, Transfer
from commonweal.kernel.record import Act, Entry
from commonweal.kernel.values import BadInput, instant
from fakes import MemoryTables

DAY = date(2026, 3, 2).toordinal()
WHEN = datetime(2026, 3, 2, tzinfo=UTC)
FUND, ADA, YEN = Account("fund", "EUR", "debit"), Account("member.ada_l", "EUR", floor=0), Account("yen", "JPY")


class Book:
    def __init__(self) -> None:
        self.tables, self.index = MemoryTables(), -1

    def told(self, act: Act, on: int = DAY, erased: bool = False, at: time = time.min) -> Any:
        self.index += 1
        when = datetime.combine(date.fromordinal(on), at, UTC)
        body = {} if erased else act.body
        entry = Entry(self.index, act.kind, 1, when, "authority", None, body, blob=act.blobs.__getitem__, erased=erased)
        assert accounts.Accounts().follow(entry, self.tables) == []
        return accounts.caused(self.tables, self.index)


@pytest.fixture
def book() -> Book:
    book = Book()
    for act in accounts.opening("benefits", [FUND, ADA, YEN]):
        book.told(act)
    return book


def pay(id: str, amount: int, **more: Any) -> Transfer:
    return Transfer(id, **{"debit": "fund", "credit": "member.ada_l", "amount": amount, "day": DAY, **more})


def test_an_account_that_is_there_in_another_unit_stays_what_it_was(book: Book) -> None:
    (act,) = accounts.opening("benefits", [Account("fund", "JPY", "debit"), Account("new", "JPY")])
    assert book.told(act)["otherwise"] == {"units": [0]}
    assert accounts.account(book.tables, "fund") == FUND
    assert accounts.account(book.tables, "new") == Account("new", "JPY")


def test_bounds_can_be_changed_and_hold_from_then_on(book: Book) -> None:
    assert book.told(accounts.transfers_act("benefits", [pay("a", 500)]))["done"] == 1
    (act,) = accounts.opening("benefits", [ADA._replace(ceiling=800)])
    assert book.told(act)["otherwise"] == {"bounds": [0]}, "opening one that is there changes nothing"
    (act,) = accounts.bounding("benefits", [ADA._replace(ceiling=800)], "first")
    book.told(act)
    step = book.told(accounts.transfers_act("benefits", [pay("b", 301), pay("c", 300)]))
    assert (step["done"], step["otherwise"]) == (1, {"ceiling": [0]})
    assert accounts.balance(book.tables, "member.ada_l").credits == 800


def test_who_opened_accounts_before_bounds_had_an_act_of_their_own_finds_them_as_they_were(book: Book) -> None:
    (act,) = accounts.opening("benefits", [ADA._replace(ceiling=800)])
    told = {name: value for name, value in act.body.items() if name != "fresh"}
    assert book.told(Act(act.kind, told, act.key))["accounts"] == 1
    assert accounts.account(book.tables, ADA.account) == ADA._replace(ceiling=800)


def test_nobody_changes_bounds_by_opening_again() -> None:
    """Bounds that what an account holds would break are refused: opened again, they would be set unchecked."""
    (act,) = accounts.opening("benefits", [ADA._replace(floor=10**9)])
    assert accounts.check_filing(act, datetime(2026, 3, 1, tzinfo=UTC)) is None
    for body in ({**act.body, "fresh": False}, {name: act.body[name] for name in ("of", "accounts")}):
        with pytest.raises(BadInput, match=r"accounts\.bounded"):
            accounts.check_filing(Act(act.kind, body, ""), datetime(2026, 3, 1, tzinfo=UTC))


def test_what_is_reserved_ends_with_its_day_whether_or_not_anything_is_filed(book: Book) -> None:
    """A reader on the day after sees it released; the row is mended by the next batch."""
    book.told(accounts.transfers_act("benefits", [pay("r", 700, how=How.PEND, expires=DAY + 3)]))
    assert accounts.balance(book.tables, "fund", DAY + 3).debits_pending == 700
    assert accounts.balance(book.tables, "fund", DAY + 4).debits_pending == 0
    late = pay("s", 700, how=How.SETTLE, pending="r", day=DAY + 4)
    assert book.told(accounts.transfers_act("benefits", [late]), on=DAY + 4)["otherwise"] == {"expired": [0]}
    assert accounts.balance(book.tables, "fund").debits_pending == 0
    assert list(accounts.reconciled(book.tables)) == []


def test_no_money_of_a_later_day_is_spent_today_and_nothing_is_settled_before_it_was_reserved(book: Book) -> None:
    """A floor would else hold for the sum of all days alone, and a balance by a day could stand below it."""
    out = {"debit": "member.ada_l", "credit": "fund"}
    told = book.told(accounts.transfers_act("x", [pay("later", 1_000, day=DAY + 2), pay("spent", 900, **out)]))
    assert told["otherwise"] == {"ahead": [0], "floor": [1]}
    book.told(accounts.transfers_act("x", [pay("in", 1_000), pay("r", 500, how=How.PEND)]))
    settled = pay("early", 500, how=How.SETTLE, pending="r", day=DAY - 400)
    assert book.told(accounts.transfers_act("x", [settled]))["otherwise"] == {"before": [0]}


def test_a_day_that_has_begun_in_kiribati_is_not_ahead_in_greenwich(book: Book) -> None:
    """The ledger knows no time zone: an authority of UTC+9 files at nine in the morning what UTC calls yesterday's."""
    assert book.told(accounts.transfers_act("x", [pay("a", 1, day=DAY + 1)]))["otherwise"] == {"ahead": [0]}
    assert book.told(accounts.transfers_act("x", [pay("b", 1, day=DAY + 1)]), at=time(10))["otherwise"] == {}


def test_what_does_not_add_up_is_named(book: Book) -> None:
    from commonweal.kernel.accounts._tables import ACCOUNT

    book.told(accounts.transfers_act("benefits", [pay("a", 500)]))
    row = book.tables.get(ACCOUNT, "member.ada_l")
    book.tables.put(ACCOUNT, {**row, "credits": 501})
    found = list(accounts.reconciled(book.tables))
    assert ("member.ada_l credits", 501, 500) in found
    assert ("debits and credits in EUR", 500, 501) in found


def test_a_payload_that_is_not_what_the_entry_says_moves_nothing(book: Book) -> None:
    act = accounts.transfers_act("benefits", [pay("a", 500)])
    other = accounts.transfers_act("benefits", [pay("a", 500), pay("b", 500)])
    with pytest.raises(BadInput, match="2, as in the payload"):
        accounts.check_filing(Act(act.kind, act.body, act.key, blobs=other.blobs), WHEN)
    with pytest.raises(BadInput, match="one payload named movements"):
        accounts.check_filing(Act(act.kind, act.body, act.key), WHEN)
    assert "as in the payload" in book.told(Act(act.kind, act.body, "", blobs=other.blobs))["otherwise"]["unreadable"]
    assert accounts.balance(book.tables, "fund").debits == 0


def columns(**changed: Any) -> bytes:
    told = {"accounts": ["fund", "ada"], "id": ["a", "b", "c"], "debit": 0, "credit": 1, "amount": [5, 6, 7],
            "day": "2026-01-01"}  # fmt: skip
    return json.dumps({name: value for name, value in {**told, **changed}.items() if value is not None}).encode()


def test_of_a_million_transfers_the_one_that_is_wrong_is_named() -> None:
    many = 1_000_000
    amount = [1 + at % 977 for at in range(many)]
    amount[654_321] = 0
    with pytest.raises(BadInput) as refused:
        accounts.read_columns(columns(id=[f"t{at}" for at in range(many)], amount=amount))
    assert [(fault.where, fault.seen) for fault in refused.value.faults] == [("row 654322, amount", "0")]


def test_a_batch_is_columns_that_anybody_can_read() -> None:
    """A column of one value is that value, one of which nothing is used is left out."""
    read = accounts.read_columns(columns(code=["", "pay", ""])).transfers
    assert read == [
        Transfer(id, "fund", "ada", amount, date(2026, 1, 1).toordinal(), code=code)
        for id, amount, code in (("a", 5, ""), ("b", 6, "pay"), ("c", 7, ""))
    ]


def test_every_fault_of_every_row_is_named_with_what_would_be_right() -> None:
    wrong = columns(
        id=["a", "", "c"], credit=[1, 1, 2], amount=[0, 5, -3], day=["2026-01-01", "1066-01-01", "2026-02-30"],
        how=["post", "settle", "pay"], expires=["2026-01-09", "", ""], code=["pay", "Pay!", ""],
    )  # fmt: skip
    with pytest.raises(BadInput) as refused:
        accounts.read_columns(wrong)
    seen = {fault.where: fault.seen for fault in refused.value.faults}
    assert seen == {
        "row 1, amount": "0", "row 1, expires": "2026-01-09", "row 2, id": "", "row 2, day": "1066-01-01",
        "row 2, pending": "", "row 2, code": "Pay!", "row 3, credit": "2", "row 3, amount": "-3",
        "row 3, day": "2026-02-30", "row 3, how": "pay",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"day": None, "memo": "x"}, {"column day", "column memo"}),
        ({"id": "a"}, {"column id"}),
        ({"amount": [5, 6]}, {"column amount"}),
        ({"id": [], "amount": []}, {"rows"}),
        ({"accounts": ["fund", "Ada!", 7]}, {"account 1", "account 2"}),
        ({"accounts": ["fund", "fund"]}, {"column accounts"}),
        ({"amount": [1.5, True, "7"]}, {"row 1, amount", "row 2, amount", "row 3, amount"}),
        ({"amount": [10**15 + 1, 10**30, None]}, {"row 1, amount", "row 2, amount", "row 3, amount"}),
        ({"linked": [1, False, []]}, {"row 1, linked", "row 3, linked"}),
        ({"id": ["a", ["b"], "c\n"]}, {"row 2, id", "row 3, id"}),
    ],
)
def test_columns_that_cannot_be_are_named(changed: dict[str, Any], where: set[str]) -> None:
    with pytest.raises(BadInput) as refused:
        accounts.read_columns(columns(**changed))
    assert {fault.where for fault in refused.value.faults} == where


@pytest.mark.parametrize("data", [b"id,debit\n", b"[" * 100_000, b'{"id": ' + b"9" * 5_000, b"\xff", b"[1]"])
def test_bytes_that_are_no_columns_are_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="must be"):
        accounts.read_columns(data)


def test_of_very_many_faults_fifty_are_named() -> None:
    """A batch of which every row is wrong is answered as shortly as one with few."""
    with pytest.raises(BadInput) as refused:
        accounts.read_columns(columns(id=[f"a{at}" for at in range(2_000)], amount=0))
    assert len(refused.value.faults) == 51
    assert refused.value.faults[-1].seen == "1950 more faults"


def test_a_journal_adds_up_to_the_balances_that_it_asserts(book: Book) -> None:
    """Read as Beancount does: postings summed by account, and each balance held against the sum."""
    book.told(
        accounts.transfers_act("benefits", [pay("a", 1234, code="top-up"), pay("b", 1, day=DAY + 40)]), on=DAY + 40
    )
    book.told(accounts.transfers_act("benefits", [pay("r", 700, how=How.PEND, day=DAY + 40)]), on=DAY + 40)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    asserted = {}
    opened = []
    for line in accounts.beancount(book.tables):
        if found := re.fullmatch(r"  ([A-Z][\w:-]+)  (-?[\d.]+) [A-Z]+", line):
            sums[found[1]] += Decimal(found[2])
        elif found := re.fullmatch(r"\d{4}-\d\d-\d\d balance (\S+)  (-?[\d.]+) [A-Z]+", line):
            asserted[found[1]] = Decimal(found[2])
        elif found := re.fullmatch(r"\d{4}-\d\d-\d\d open (\S+) ([A-Z]+)", line):
            opened.append((found[1], found[2]))
    assert opened == [("Assets:Fund", "EUR"), ("Liabilities:Member:Ada-l", "EUR"), ("Liabilities:Yen", "JPY")]
    assert asserted == {"Assets:Fund": Decimal("12.35"), "Liabilities:Member:Ada-l": Decimal("-12.35"),
                        "Liabilities:Yen": Decimal(0)}  # fmt: skip
    assert all(sums[name] == amount for name, amount in asserted.items())


_DAY, _AMOUNT = r"\d{4}-\d\d-\d\d", r"-?\d+(?:\.\d+)?"
_NAME, _UNIT = r"(?:Assets|Liabilities)(?::[A-Z0-9][A-Za-z0-9-]*)+", r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]"
SYNTAX = re.compile(
    "|".join(
        (
            'option "title" "[^"]*"',
            f"{_DAY} open {_NAME} {_UNIT}",
            f'{_DAY} \\* "[^"]*"',
            r'  [a-z][A-Za-z0-9_-]+: (?:"[^"]*"|\d+)',
            f"  {_NAME}  {_AMOUNT} {_UNIT}",
            f"{_DAY} balance {_NAME}  {_AMOUNT} {_UNIT}",
            "",
        )
    )
)
"""Lines of a journal, after "Beancount Language Syntax" (beancount.github.io): names, commodities, directives."""


def test_a_journal_is_of_the_published_syntax(book: Book) -> None:
    odd = [
        Account("a.0_b.c__d", "flop.10-18", "debit"),
        Account("z_9.7f3a", "flop.10-18"),
        Account("h1", "hr", floor=-5),
    ]
    for act in accounts.opening("benefits", odd):
        book.told(act)
    moved = [pay("a:1/2", 1234, code="top-up"), pay("x", 5, debit=odd[0].account, credit=odd[1].account)]
    assert book.told(accounts.transfers_act("benefits", moved))["done"] == 2
    assert [line for line in accounts.beancount(book.tables) if not SYNTAX.fullmatch(line)] == []


@pytest.mark.parametrize("wrong", ["a._b", "A.b", "a..b", "a-b", "a." * 8 + "b", "", "ä"])
def test_names_that_no_account_can_have_are_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        accounts.OPENED.schema.model_validate({"of": "x", "accounts": [{"account": wrong, "unit": "EUR"}]})


@pytest.mark.parametrize("wrong", ["EURO", "x", "flop-", "Eur", ""])
def test_units_that_cannot_be_are_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        accounts.OPENED.schema.model_validate({"of": "x", "accounts": [{"account": "a", "unit": wrong}]})


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [("12.34", "EUR", 1234), ("12", "EUR", 1200), ("-0.05", "EUR", -5), ("7", "JPY", 7), ("1.250", "KWD", 1250),
     ("1.5", "hour", 150), ("12.340", "EUR", 1234), ("3", "credit", 3), ("0.25", "gpu_hour.e-3", 250),
     ("1e25", "flop.e15", 10**10), ("3.2E21", "flop.e15", 3_200_000), ("4000000000000000", "flop.e15", 4),
     ("0", "flop.e15", 0)],
)  # fmt: skip
def test_amounts_are_whole_numbers_of_the_smallest_part(text: str, unit: str, amount: int) -> None:
    assert accounts.amount_of(text, unit) == amount
    assert Decimal(accounts.written(amount, unit)) == Decimal(text)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("12.345", "EUR"),
        ("1,50", "EUR"),
        ("1e3", "EUR"),
        ("7.5", "JPY"),
        ("", "EUR"),
        ("NaN", "EUR"),
        ("9" * 16, "EUR"),
        ("1", "flop.e15"),
        ("1e40", "flop.e15"),
        ("1e99", "flop.e15"),
        ("1.0001", "gpu_hour.e-3"),
        ("١٢٣", "EUR"),
        ("１２.５０", "EUR"),
        ("1e٢٥", "flop.e15"),
    ],
)
def test_fractional_cents_and_other_writings_are_refused(text: str, unit: str) -> None:
    with pytest.raises(ValueError, match=r"a number of|a whole (number|multiple)|at most"):
        accounts.amount_of(text, unit)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_a_period_is_over_where_the_authority_is_and_on_the_books(zone: str) -> None:
    """It is 1 June in one of the two, here or in UTC, and 31 May in the other."""
    moment = {"Asia/Shanghai": "2026-05-31T20:00:00Z", "America/New_York": "2026-06-01T02:00:00Z"}[zone]
    now = instant(moment).astimezone(ZoneInfo(zone))
    accounts.check_filing(Act(accounts.PERIOD.id, {"through": "2026-05-30"}, ""), now)
    with pytest.raises(BadInput, match="a day that is over, before 2026-05-31"):
        accounts.check_filing(Act(accounts.PERIOD.id, {"through": "2026-05-31"}, ""), now)
