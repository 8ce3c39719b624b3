"""An erased claim leaves no money that nobody can reach, and none that is paid twice: a reviewer's officer erased one
after three days, and its money stayed on an account of nobody's or the same months were paid again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.unit.kernel.accounts.test_bank import report

from bank_house import given_back
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR
from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import looking, programmes, sameness
from commonweal.instruments.adaptive_safety_net.banking import BANK, paying_of
from commonweal.kernel import retention
from commonweal.kernel.accounts import Debtor
from commonweal.kernel.record import Act
from net_house import CONFIRMS, OFFICER, PAYS, WORKER, Net

CLAIM, SECOND, IBAN = "support_claim:c-1", "support_claim:c-9", "GB29NWBK60161331926819"
ASKED = "data_subject_request"
THERE = Caller("party:ines", ("officer",)), Caller("party:bob", ("officer",))
DEBTOR = Debtor("Ministry (fictitious)", "DE89370400440532013000", "COBADEFFXXX")


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """One claim of a worker, of which May was paid on the ledger."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened()
        found.at("2026-05-11T09:00:00Z")
        found.claim(paid_to=IBAN)
        found.run("2026-05")
        yield found
        before = found.authority.dump()
        assert not found.apart()
        found.authority.rebuild()
        assert found.authority.dump() == before


def sent(net: Net) -> str:
    day = net.clock.now().date()
    act = BANK.file_act(net.authority.reader, paying_of(net.programme()), DEBTOR, on=day, made=net.clock.now())
    net.two("bank_file", **act.body)
    return str(act.body["file_id"])


def answered(net: Net, data: bytes, first: Caller = PAYS, second: Caller = CONFIRMS) -> None:
    net.bank_says(data, "", (first, second))


def settled(net: Net) -> None:
    answered(net, report(group="ACSC", message=sent(net)))


def erase(net: Net, basis: str = ASKED, caller: Caller = OFFICER) -> int:
    return net.authority.erasures.erase(CLAIM, "support_claims", basis, caller)


def by_two(net: Net) -> int:
    """Two persons of the office erase it for a cause."""
    for name in ("ines", "bob"):
        post = {"person": f"person:{name}", "party": f"party:{name}", "name": name.title(), "organisation": "authority"}
        net.authority.act(Act("person.joined", {**post, "roles": ["officer"]}, key=""))
    net.authority.follow()
    about = {"holder": CLAIM, "retention_class": "support_claims", "basis": ASKED, "reasons": "Sam asked for it."}
    first, second = THERE
    asked = net.authority.act(Act(retention.ERASURE_ASKED.id, about, key=""), first).index
    return net.authority.erasures.erase(CLAIM, "support_claims", ASKED, second, confirms=asked, reasons="So it is.")


def test_the_schedule_says_what_its_citation_says() -> None:
    """2 CFR 200.334 keeps such records for three years."""
    import commonweal.instruments.adaptive_safety_net as room

    assert room.__file__
    text = rule_file((Path(room.__file__).parent / "rules/retention.toml").read_text()).text
    found = retention.read_schedules(text).classes
    assert {name: str(one.keep) for name, one in found.items()} == {
        "support_claims": "3 years", "support_marks": "3 years",
    }  # fmt: skip


def test_nothing_is_erased_early_nor_while_something_is_under_way(net: Net) -> None:
    with pytest.raises(retention.TooEarly):
        erase(net)
    net.at("2029-07-01T09:00:00Z")
    with pytest.raises(retention.UnderWay, match="that the bank has not got yet; it is owed"):
        erase(net)
    plan = net.authority.erasures.plans(CLAIM, "support_claims", ASKED)[0]
    assert "is not erased" in plan.obstacle


def test_an_appeal_that_nobody_answered_outlasts_the_time(net: Net) -> None:
    net.file("appeal", WORKER, claim=CLAIM, words="Too little.")
    net.at("2031-07-01T09:00:00Z")
    with pytest.raises(retention.UnderWay, match="is under appeal"):
        erase(net, retention.ENDED)
    assert net.authority.erasures.automatic() == []
    assert net.standing().appeal is not None


def test_what_the_bank_can_still_send_back_keeps_the_claim(net: Net) -> None:
    """Its file went late: by time alone it would go in June 2031."""
    net.at("2031-05-20T09:00:00Z")
    message = sent(net)
    net.at("2031-06-10T09:00:00Z")
    with pytest.raises(retention.UnderWay, match="the bank has not said"):
        erase(net, retention.ENDED)
    answered(net, report(group="ACSC", message=message))
    with pytest.raises(retention.UnderWay, match="can come back until 2032-06-20"):
        erase(net, retention.ENDED)
    net.at("2032-06-21T09:00:00Z")
    assert programmes.standing(net.authority.reader, CLAIM) is None, "gone by itself once it is settled"


def over(net: Net) -> None:
    """The claim was taken back on the first of June, both months are settled, and three years are over."""
    net.file("withdrawn", WORKER, claim=CLAIM)
    net.run("2026-06")
    settled(net)
    net.at("2029-08-01T09:00:00Z")


def test_where_money_was_paid_it_takes_two_and_a_second_claim_shows(net: Net) -> None:
    over(net)
    for caller in (OFFICER, OPERATOR):
        with pytest.raises(retention.NeedsTwo, match="on which money was paid"):
            erase(net, caller=caller)
    marks = {row["mark"] for row in net.authority.reader.select(sameness.MARK, {"claim": CLAIM})}
    by_two(net)
    assert {row["mark"] for row in net.authority.reader.select(sameness.MARK, {"claim": CLAIM})} == marks
    net.claim(WORKER, name="C-9", person="Sam (fictitious)", paid_to=IBAN)
    assert net.standing(SECOND).state == "waits"
    said = [one.words["en"] for one in looking.looks(net.authority.reader, net.programme(), net.standing(SECOND))]
    assert "An erased claim had the same account. Paid on it were: 2026-05, 2026-06." in said
    assert "An erased claim had the same name, and no other day of birth. Paid on it were: 2026-05, 2026-06." in said


def test_the_marks_stay_while_the_programme_pays_and_then_go(net: Net) -> None:
    over(net)
    by_two(net)
    net.at("2032-01-05T09:00:00Z")
    net.claim(Caller("party:other", ("observer",)), name="C-2")
    net.at("2034-08-10T09:00:00Z")
    with pytest.raises(retention.UnderWay, match="the programme pays"):
        net.authority.erasures.erase(CLAIM, "support_marks", retention.ENDED, OPERATOR)
    assert net.authority.reader.select(sameness.MARK, {"claim": CLAIM})
    for day in ("10", "11"):
        net.at(f"2037-02-{day}T09:00:00Z")
    assert net.authority.reader.select(sameness.MARK) == []


def test_what_comes_back_of_an_erased_claim_reaches_the_fund(net: Net) -> None:
    over(net)
    first = net.standing().first
    by_two(net)
    assert net.ledger()[net.programme().account(first)] == 2 * 41_666
    answered(net, given_back(f"net/c{first}/2026-05", "416.66"), *THERE)
    held = net.ledger()
    assert held[net.programme().account(first)] == 41_666
    assert held[net.programme().fund] == 10_000_000 - 41_666
    assert programmes.spent(net.authority.reader, net.programme()) == 41_666
    answered(net, given_back(f"net/c{first}/2026-05", "416.66", why="MD07"), *THERE)
    assert net.ledger()[net.programme().fund] == 10_000_000 - 41_666, "told again, it is the same money"
    assert date(2029, 7, 1) <= net.clock.now().date()
