"""A ministry with the safety net in force, on made-up figures of one state, under a clock that is moved by hand.

Michigan stands at 4 percent through November 2025, at 5 in December and at 6 from January 2026 on. Over three months
that is 5, 5.67 and 6 percent in January, February and March: a rise of 1, 1.67 and 2 points. So the trigger of wage
insurance comes on with the figures of February, released on 20 March, at five sixths of the help (a quarter at half a
point, all of it at two: 0.25 + 0.75 x 1.1667 / 1.5), and calls for all of it with those of March, released on 20 April.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import discover, rule_file
from commonweal.instruments.adaptive_safety_net import laus, packages, programmes
from commonweal.instruments.adaptive_safety_net.banking import BANK, paying_of
from commonweal.instruments.adaptive_safety_net.books import BOOKS
from commonweal.instruments.adaptive_safety_net.control import CONTROL
from commonweal.kernel import accounts
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, add_months, instant
from commonweal.settings import Settings

NET = "adaptive_safety_net."
MICHIGAN = "area:us-mi"
PEOPLE = 5_000_000
START = "2026-01-25T12:00:00Z"
OFFICER = Caller("party:desk", ("officer",), "authority")
JUDGE = Caller("party:second-desk", ("officer",), "authority")
PAYS, CONFIRMS = (Caller(f"party:{name}", ("officer",), "authority") for name in ("cashier", "second-cashier"))
WORKER = Caller("party:worker-1", ("observer",))
CLAIM: Mapping[str, Any] = {
    "name": "C-1", "programme": "programme:wi-mi-2026", "fictitious": True, "person": "Sam (fictitious)",
    "area": MICHIGAN, "lost_on": "2026-02-16", "earned": "4200.00", "currency": "USD",
    "jobs": [{"began": "2026-05-01", "monthly": "3200.00", "weekly_hours": 40, "same_firm": "no"}],
}  # fmt: skip


def rate(month: date) -> float:
    """Percent in a month."""
    if month < date(2025, 12, 1):
        return 4.0
    return 5.0 if month < date(2026, 1, 1) else 6.0


def published(first: date, last: date, percent: Mapping[date, float] | None = None) -> bytes:
    """Figures of Michigan in the bureau's file format."""
    lines = ["series_id\tyear\tperiod\tvalue\tfootnote_codes"]
    month = first
    while month <= last:
        unemployed = round(PEOPLE * (percent or {}).get(month, rate(month)) / 100)
        for measure, value in (("04", unemployed), ("06", PEOPLE)):
            lines.append(f"LASST2600000000000{measure}\t{month.year}\tM{month.month:02}\t{value}\t")
        month = add_months(month, 1)
    return ("\n".join(lines) + "\n").encode()


def somebody(name: str) -> Caller:
    """Whoever claims under a name: each is a person of their own."""
    return Caller(f"party:somebody-{name.lower()}", ("observer",))


DEBTOR = accounts.Debtor("Ministry (fictitious)", "DE89370400440532013000", "COBADEFFXXX")


class Net:
    """The authority and its clock, with what tests do to it."""

    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self.clock = authority, clock

    @classmethod
    def found(cls, folder: Path, start: str = START, **imprint: Any) -> Net:
        """Founded with the package of wage insurance adopted, and figures through December 2025 on file."""
        clock = ReplayClock(instant(start))
        settings = Settings(Text(en="Ministry", zh="部"), "ministry.example/log", instant(start), replay=True)
        settings = replace(settings, imprint=replace(settings.imprint, **imprint))
        installed = {"adaptive_safety_net": discover()["adaptive_safety_net"]}
        net = cls(Authority.create(folder, settings, clock=clock, installed=installed), clock)
        for text in packages.texts_of("wage_insurance"):
            net.authority.adopt(rule_file(text))
        net.figures(date(2024, 6, 1), date(2025, 12, 1))
        return net

    def at(self, when: str) -> None:
        self.clock.set(instant(when))
        self.authority.tick()

    def figures(self, first: date, last: date, percent: Mapping[date, float] | None = None) -> None:
        self.authority.act_all(laus.parse(published(first, last, percent), "figures").acts)
        self.authority.follow()

    def month(self, month: str, percent: Mapping[date, float] | None = None) -> None:
        """Time passes to the 20th of the month after, on which a month's figures come."""
        first = date.fromisoformat(f"{month}-01")
        self.at(f"{add_months(first, 1).isoformat()[:8]}20T12:00:00Z")
        self.figures(first, first, percent)

    def file(self, kind: str, caller: Caller = OFFICER, subject: str | None = None, **body: Any) -> int:
        receipt = self.authority.act(Act(NET + kind, body, "", subject), caller)
        self.authority.follow()
        return receipt.index

    def opening(self, **changed: Any) -> dict[str, Any]:
        """The decision that opens wage insurance in Michigan, or another package that ships."""
        package = changed.get("package", "us.wage_insurance.package")
        return {
            "name": "WI-MI-2026", "fictitious": True, "package": package,
            "version": packages.shipped()[package.split(".")[1]].data.version,
            "area": MICHIGAN, "crossed": "2026-02", "opens_on": "2026-04-20", "closes_on": "2028-04-19",
            "unit": "USD", "budget": "100000.00", "reasons": "Unemployment in Michigan rose by two points.", **changed,
        }  # fmt: skip

    def opened(self, **changed: Any) -> int:
        """Through March 2026: the trigger is on, and the programme is open."""
        self.month("2026-01")
        self.month("2026-02")
        return self.two("programme", **self.opening(**changed))

    def opened_to_set_off_at_once(self) -> None:
        """Opened on the text of wage insurance from before it asked what was decided to be final."""
        text = packages.texts_of("wage_insurance")[1]
        text = text.replace("once_final = true\n", "").replace('version = "7"', 'version = "6"')
        self.authority.adopt(rule_file(text))
        self.opened(version="6")

    def claim(self, caller: Caller = WORKER, **changed: Any) -> int:
        """One of another name is of another person, unless it says whose. Work is full time and at
        another firm unless it says so."""
        person = {"person": f"Person {changed['name']} (fictitious)"} if changed.get("name", "C-1") != "C-1" else {}
        told = {**CLAIM, **person, **changed}
        told["jobs"] = [{"weekly_hours": 40, "same_firm": "no", **job} for job in told["jobs"]]
        return self.file("support_claim", caller, **told)

    def run(self, month: str, **more: Any) -> int:
        """A month is paid on the day after it, or today if that is over."""
        over = f"{add_months(date.fromisoformat(f'{month}-01'), 1).isoformat()}T09:00:00Z"
        if self.clock.now() < instant(over):
            self.at(over)
        return self.two("payment_run", programme="programme:wi-mi-2026", month=month, **more)

    def two(self, kind: str, **body: Any) -> int:
        """What takes two officers: one asks for it, the other confirms it; the entry as which it takes effect. Neither
        has to do with claims."""
        return self.file("seconded", CONFIRMS, entry=self.file(kind, PAYS, **body))

    def died(self, on: str, claim: str = "support_claim:c-1", **more: Any) -> int:
        """Two officers record that whoever claims died; its entry. That it fits to what is on record is not asked."""
        more = {"against_record": True, "words": "As the register has it (fictitious).", **more}
        return self.two("changed", claim=claim, what="died", on=on, **more)

    def goes_out(self) -> str:
        """All that is ready goes to the bank; the file's id."""
        paying = paying_of(self.programme())
        now = self.clock.now()
        act = BANK.file_act(self.authority.reader, paying, DEBTOR, on=now.date(), made=now)
        self.two("bank_file", **act.body)
        return str(act.body["file_id"])

    def bank_says(self, data: bytes, message: str = "", hands: tuple[Caller, Caller] = (PAYS, CONFIRMS)) -> int:
        """A bank's document of a file; what takes a second officer has one. The entry as which it takes effect."""
        asked = self.authority.act(BANK.answer_act(self.authority.reader, data, message), hands[0]).index
        self.authority.follow()
        if any(row["entry"] == asked for row in CONTROL.rows(self.authority.reader)):
            return self.file("seconded", hands[1], entry=asked)
        return asked

    def programme(self, name: str = "programme:wi-mi-2026") -> programmes.Programme:
        found = programmes.programme(self.authority.reader, name)
        assert found is not None
        return found

    def standing(self, claim: str = "support_claim:c-1") -> programmes.Standing:
        found = programmes.standing(self.authority.reader, claim)
        assert found is not None
        return found

    def paid(self, claim: str = "support_claim:c-1") -> dict[str, int]:
        """Cents by month, without what was stopped."""
        rows = programmes.paid(self.authority.reader, {"claim": claim})
        return {row["month"]: row["cents"] for row in rows}

    def apart(self) -> list[accounts.Difference]:
        """Where the ledger does not hold what the safety net's own tables say."""
        return list(accounts.apart(self.authority.reader, BOOKS))

    def ledger(self) -> dict[str, int]:
        """Balances by account, each as it grows on its own side."""
        kept = accounts.kept(self.authority.reader, "safety_net")
        return {one.account.account: one.balance.on(one.account.side) for one in kept}
