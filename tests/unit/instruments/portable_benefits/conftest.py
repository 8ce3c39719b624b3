"""A benefits fund on a clock that is moved by hand: a driver, an employer, platforms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import discover
from commonweal.instruments.portable_benefits import checking, files, tables
from commonweal.instruments.portable_benefits.banking import BANK
from commonweal.instruments.portable_benefits.control import CONTROL
from commonweal.kernel import accounts
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

FUND = Caller("party:fund", ("officer",), "authority", "")
SECOND = Caller("party:second", ("officer",), "authority", "")
THIRD = Caller("party:third", ("officer",), "authority", "")
REGISTRAR, ANSWERER = (Caller(f"party:{name}", ("officer",), "authority", "") for name in ("registrar", "answerer"))
DRIVER = Caller("party:driver", ("observer",))
SWIFT, CITY, SHOP = (Caller(f"party:{name}", ("developer",)) for name in ("swift", "city", "shop"))
AUDITOR = Caller("party:auditor", ("auditor",))
SEVERAL, FOUR, LEAVE = (
    f"portable_benefits.{name}" for name in ("several_payers", "quarterly_four_percent", "pooled_leave")
)
HEADING = "programme,payer,period,member,from,to,currency,earnings,hours,jobs"
MEMBER = "benefits_member:pb-1"
START = instant("2025-04-02T09:00:00Z")


def person(number: int) -> Caller:
    """Whose account `PB-<number>` is: each is another person's, the first the driver's."""
    return DRIVER if number == 1 else Caller(f"party:person-{number}", ("observer",))


def table(*rows: str, programme: str = SEVERAL, payer: str = "SWIFT", period: str = "2025-Q1") -> bytes:
    """A payer's file; each row from `member` on."""
    return "\n".join([HEADING, *(f"{programme},{payer},{period},{row}" for row in rows)]).encode()


class Fund:
    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self.clock = authority, clock

    @property
    def reader(self) -> Any:
        return self.authority.reader

    def at(self, when: str) -> None:
        self.clock.set(instant(when))
        self.authority.tick()

    def file(self, kind: str, caller: Caller = FUND, **body: Any) -> int:
        """An act; the entry as which it takes effect. Payers pay what they like here: only what is about the question
        is asked."""
        if kind == "paid":
            body = {"more_than_owed": True, **body}
        asked = self.asked(kind, caller, **body)
        if kind == "died":  # it takes effect once another officer confirmed it, who has no hand in what follows
            return self.asked("seconded", REGISTRAR, entry=asked)
        if kind == "alive" and any(row["entry"] == asked for row in CONTROL.rows(self.reader)):
            return self.asked("seconded", ANSWERER, entry=asked)
        return asked

    def asked(self, kind: str, caller: Caller = FUND, **body: Any) -> int:
        """An act as it is filed, with nobody who confirms it; its entry. A death lies where a test has it."""
        if kind == "died":
            body = {"against_record": True, "words": "As the register has it (fictitious).", **body}
        receipt = self.authority.act(Act(f"portable_benefits.{kind}", body, ""), caller)
        self.authority.follow()
        return receipt.index

    def two(self, kind: str, **body: Any) -> int:
        """What takes two officers: one asks for it, another confirms it; the entry as which it takes effect."""
        return self.two_of((FUND, SECOND), kind, **body)

    def two_of(self, hands: tuple[Caller, Caller], kind: str, **body: Any) -> int:
        """The same by two others."""
        return self.file("seconded", hands[1], entry=self.file(kind, hands[0], **body))

    def bank_says(self, data: bytes, message: str = "") -> int:
        """A bank's document of a file; what takes a second officer has one. The entry as which it takes effect."""
        asked = self.authority.act(BANK.answer_act(self.reader, data, message), FUND).index
        self.authority.follow()
        if any(row["entry"] == asked for row in CONTROL.rows(self.reader)):
            return self.file("seconded", SECOND, entry=asked)
        return asked

    def never_left(self, message: str, programme: str = SEVERAL) -> int:
        """A file never left, as one says who had no hand in it."""
        told = {"programme": programme, "file_id": message, "words": "The disk was full (fictitious)."}
        return self.two_of((THIRD, SECOND), "bank_file_never_left", **told)

    def payer(self, caller: Caller, name: str, sort: str = "employer") -> None:
        """A payer that registers itself and is confirmed by the fund."""
        self.file("payer", caller, name=name, called=f"{name} (fictitious)", sort=sort)
        self.file("confirmed", payer=f"benefits_payer:{name.lower()}")

    def send(self, data: bytes, caller: Caller = SWIFT) -> tuple[int, bool]:
        """File a payer's table; its entry, and whether it was there already."""
        (act,) = files.read(data, "file.csv").acts
        if not checking.fresh([act], self.reader):
            (row,) = (row for row in checking.same(act, self.reader) if not row["replaced"])
            return row["entry"], True
        receipt = self.authority.act(act, caller)
        self.authority.follow()
        return receipt.index, receipt.again

    def settle(self, programme: str = SEVERAL) -> None:
        """Every payer, and the public purse, pays what it owes."""
        owed = Counter[str]()
        for row in self.reader.select(tables.OWED, {"programme": programme}):
            owed[row["payer"]] += row["cents"]
        for row in self.reader.select(tables.MOVE, {"programme": programme, "what": "paid", "done": 1}):
            owed[row["payer"]] -= row["cents"]
        purse = "benefits_payer:public"
        if owed[purse] > 0 and not tables.holder(self.reader, purse):
            self.file("payer", name="PUBLIC", called="Public purse (fictitious)")
        for payer, cents in sorted(owed.items()):
            if cents > 0:
                told = {"on": "2025-04-01", "reference": f"{self.authority.store.size()}"}
                self.two("paid", programme=programme, payer=payer, cents=cents, **told)

    def goes_out(self, programme: str = SEVERAL, *, member: str = MEMBER, caller: Caller = DRIVER) -> str:
        """A member says to which account, and all that waits goes to the bank; the file's id."""
        self.file("payee", caller, member=member, person="A member (fictitious)", paid_to="GB29NWBK60161331926819")
        paying = BANK.paying(self.reader, programme)
        assert paying is not None
        debtor = accounts.Debtor("Benefits fund (fictitious)", "DE89370400440532013000", "COBADEFFXXX")
        act = BANK.file_act(self.reader, paying, debtor, on=self.clock.now().date(), made=self.clock.now())
        self.two("bank_file", **act.body)
        return str(act.body["file_id"])

    def transfers(self) -> int:
        return sum(1 for _ in accounts.everything(self.reader))

    def held(self, account: str) -> int:
        """What an account of the ledger holds, on the side on which it grows; 0 where there is none."""
        found = accounts.account(self.reader, account)
        return accounts.balance(self.reader, account).on(found.side) if found else 0


@pytest.fixture
def fund(tmp_path: Path) -> Iterator[Fund]:
    with opened(tmp_path / "fund") as found:
        yield found


@contextmanager
def opened(folder: Path, start: datetime = START, **imprint: Any) -> Iterator[Fund]:
    """A fund of its own, with a driver's account and three payers."""
    clock = ReplayClock(start)
    settings = Settings(Text(en="Fund", zh="基金"), "fund.example/log", start, replay=True)
    settings = replace(settings, imprint=replace(settings.imprint, **imprint))
    installed = {name: item for name, item in discover().items() if name == "portable_benefits"}
    with Authority.create(folder, settings, clock=clock, installed=installed) as authority:
        found = Fund(authority, clock)
        found.file("member", DRIVER, name="PB-1")
        for caller, name, sort in (
            (SWIFT, "SWIFT", "platform"),
            (CITY, "CITY", "platform"),
            (SHOP, "SHOP", "employer"),
        ):
            found.payer(caller, name, sort)
        yield found
