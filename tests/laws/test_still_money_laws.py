"""Money that was granted and booked on a claim never waits with nobody told.

A reviewer's worker told a higher pay, which waited for a person, and then took the claim back: what had been booked
before stood still for ever, and the desk showed a claim that was over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank_house import given_back
from commonweal.instruments.adaptive_safety_net import claim_pages, programmes
from commonweal.instruments.adaptive_safety_net.banking import BANK, paying_of
from commonweal.kernel import accounts
from commonweal.kernel.values import BadInput
from net_house import CONFIRMS, DEBTOR, JUDGE, PAYS, Caller, Net

PROGRAMME = "programme:wi-mi-2026"


class Life:
    """One claim and what can happen to it, each only where it is allowed."""

    def __init__(self, net: Net, number: int) -> None:
        self.net, self.name, self.claim = net, f"L-{number}", f"support_claim:l-{number}"
        self.account, self.other = (f"021000021/{which}{number:05}" for which in "12")
        self.worker = Caller(f"party:l-{number}", ("observer",))
        self.told()

    def told(self, **changed: Any) -> None:
        self.net.claim(self.worker, name=self.name, **{"paid_to": self.account, **changed})

    def file(self, kind: str, caller: Caller, **body: Any) -> int:
        return self.net.file(kind, caller, claim=self.claim, **body)

    def decided(self, outcome: str) -> None:
        facts = self.net.standing(self.claim).entry
        self.file("decided", JUDGE, outcome=outcome, facts=facts, words="It was looked at.")

    def mistaken(self) -> None:
        back = programmes.takings_back(self.net.standing(self.claim).steps)
        self.file("not_taken_back", JUDGE, withdrawal=back[-1]["entry"] if back else 0, words="A mistake.")

    def appealed(self) -> None:
        self.file("appeal", self.worker, words="It is wrong.", good_cause="I was ill.")
        self.file("appeal_decided", Caller(f"party:judge-{self.name.lower()}", ("officer",), "authority"),
                  outcome="allowed", words="It is.")  # fmt: skip

    def run(self) -> None:
        month = programmes.newest_month(self.net.programme(), self.net.clock.now().date())
        self.net.two("payment_run", programme=PROGRAMME, month=month.isoformat()[:7], cut_alike=True)

    def sent(self) -> None:
        act = BANK.file_act(self.net.authority.reader, paying_of(self.net.programme()), DEBTOR,
                            on=self.net.clock.now().date(), made=self.net.clock.now())  # fmt: skip
        self.net.two("bank_file", **act.body)

    def back(self) -> None:
        for row in self.net.authority.reader.select(BANK.sent, {"state": "sent"}, order=("id",), limit=1):
            self.net.bank_says(given_back(row["id"], accounts.written(row["cents"], "USD")))

    def handed(self, reason: str) -> None:
        heir = Caller(f"{self.worker.party}-heir", ("observer",))
        told = {"to": heir.party, "reason_code": reason, "citation": "Letters of administration 5/2026"}
        self.net.file("seconded", CONFIRMS, entry=self.net.file("hand_over", JUDGE, about=self.claim, **told))
        self.worker = heir


AGAINST: dict[str, Any] = {"against_record": True, "words": "As the register has it."}
ACTS: dict[str, Callable[[Life], None]] = {
    "more": lambda life: life.told(earned="4900.00"),
    "less": lambda life: life.told(earned="3300.00"),
    "no area": lambda life: life.told(area=None),
    "another account": lambda life: life.told(paid_to=life.other),
    "no account": lambda life: life.told(paid_to=None),
    "taken back": lambda life: life.file("withdrawn", life.worker) and None,
    "no taking back": Life.mistaken,
    "granted": lambda life: life.decided("eligible"),
    "refused": lambda life: life.decided("not_eligible"),
    "appealed": Life.appealed,
    "reported dead": lambda life: life.file("changed", PAYS, what="died", on="2026-06-12", **AGAINST) and None,
    "says that they live": lambda life: life.file("lives", life.worker) and None,
    "died": lambda life: life.net.died("2026-06-10", life.claim) and None,
    "lives": lambda life: life.file("changed", JUDGE, what="alive", on="2026-06-10", words="She does.") and None,
    "inherited": lambda life: life.handed("succession"),
    "ordered": lambda life: life.handed("ordered"),
    "paid": Life.run,
    "sent": Life.sent,
    "sent back": Life.back,
}


def stands_well(net: Net, claim: str) -> None:
    """Each payment is at the bank, or goes there with the next file, or is in the fund again, or somebody reads at the
    desk why it does not; and what was granted and waits for a person is there to decide."""
    reader, one = net.authority.reader, net.programme()
    desk = claim_pages.desk_view(net.authority.reading("en", JUDGE.party), {})["rows"]
    (row,) = [each for each in desk if each["name"] == net.standing(claim).name]
    goes = {each.id for each in BANK.ready(reader, paying_of(one)).payments.values()}
    stopped = {each["transfer"].removesuffix("/back") for each in programmes.stopped(reader, one)}
    stands = net.standing(claim)
    for payment in reader.select(programmes.PAYMENT, {"claim": claim}):
        id = f"net/c{stands.first}/{payment['month']}"
        assert not payment["asked"]
        here = BANK.with_us(reader, id) and id not in goes and not (payment["stopped"] and id in stopped)
        assert bool(row["still"]) or not here, f"{payment['month']} stands still and the desk says nothing"
    waits = stands.state == "waits" and programmes.granted(reader, stands) is not None
    assert row["decide"] or not waits


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    found = Net.found(tmp_path_factory.mktemp("net") / "ministry")
    with found.authority:
        found.opened()
        found.at("2026-07-20T09:00:00Z")
        yield found


_lives = iter(range(10_000))


def live(net: Net, told: list[str]) -> Life:
    life = Life(net, next(_lives))
    for what in told:
        try:
            ACTS[what](life)
        except BadInput:
            continue
        stands_well(net, life.claim)
    return life


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.sampled_from(sorted(ACTS)), min_size=6, max_size=10))
def test_whatever_happens_to_a_claim_its_money_moves_or_somebody_is_told(net: Net, told: list[str]) -> None:
    live(net, ["paid", *told])


def test_what_was_booked_before_a_claim_was_changed_and_taken_back_is_for_the_desk_to_decide(net: Net) -> None:
    """Granted, it goes out, and nothing is due for the months after; refused, it is in the fund again."""
    for outcome in ("granted", "refused"):
        life = live(net, ["paid", "more", "taken back"])
        desk = claim_pages.desk_view(net.authority.reading("en", JUDGE.party), {})["rows"]
        (row,) = [each for each in desk if each["name"] == life.name]
        assert (row["words"], row["decide"]) == ("taken back", True)
        assert row["still"] == ["money that was granted waits for a decision"]
        ACTS[outcome](life)
        goes = BANK.ready(net.authority.reader, paying_of(net.programme())).payments.values()
        assert any(one.whose == life.name for one in goes) is (outcome == "granted")
        assert bool(net.paid(life.claim)) is (outcome == "granted")
