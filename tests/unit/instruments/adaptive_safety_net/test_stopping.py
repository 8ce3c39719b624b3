"""What is not at the bank yet goes out no more once it is not due any more: of a death, a refusal, a claim taken back,
of facts that are corrected. What the office still holds it keeps: to set it off later may never come to pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.unit.kernel.accounts.test_bank import report

from commonweal.authority import OPERATOR, Authority
from commonweal.instruments import discover
from commonweal.instruments.adaptive_safety_net import owed, programmes
from commonweal.instruments.adaptive_safety_net.banking import BANK, paying_of
from commonweal.instruments.adaptive_safety_net.conversation import talk
from commonweal.instruments.adaptive_safety_net.kinds import CHANGED
from commonweal.kernel import accounts
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput
from net_house import CONFIRMS, DEBTOR, JUDGE, PAYS, WORKER, Net

CLAIM, ACCOUNT = "support_claim:c-1", "GB29NWBK60161331926819"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """A claim of which May, June and July were paid, 416.66 each, and nothing is at the bank."""
    found = Net.found(tmp_path / "ministry")
    try:
        found.opened()
        found.at("2026-05-11T09:00:00Z")
        found.claim(paid_to=ACCOUNT)
        for month in ("2026-05", "2026-06", "2026-07"):
            found.run(month)
        yield found
        assert not list(accounts.reconciled(found.authority.reader))
        out = sum(sum(found.paid(one.claim).values()) for one in programmes.claims(found.authority.reader))
        assert found.ledger()[found.programme().fund] == 10_000_000 - out, "the fund holds what was not paid"
        assert programmes.spent(found.authority.reader, found.programme()) == out
        before = found.authority.dump()
        assert not found.apart()
        found.authority.rebuild()
        assert found.authority.dump() == before
    finally:
        found.authority.close()


def ready(net: Net) -> dict[str, int]:
    """What the next file for the bank holds, by month."""
    found = BANK.ready(net.authority.reader, paying_of(net.programme())).payments
    return {id.split("/")[2]: one.amount for id, one in found.items()}


def refuse(net: Net) -> None:
    words = "The employer says this person never worked there."
    net.file("decided", claim=CLAIM, outcome="not_eligible", facts=net.standing().entry, words=words)


def test_of_who_died_nothing_goes_out_that_is_not_due_and_what_is_due_comes_with_the_next_run(net: Net) -> None:
    """Twenty days of May are due: 4,200 and 3,200 by 20 of 31 days are 2,709.67 and 2,064.51; 5/6 of half is 268.81."""
    net.died("2026-05-20")
    assert ready(net) == net.paid() == {}
    net.run("2026-08")
    assert ready(net) == net.paid() == {"2026-08": 26_881}


@pytest.mark.parametrize("at_the_bank", [False, True])
def test_a_death_ends_the_days_of_a_claim_that_was_taken_back_before(net: Net, at_the_bank: bool) -> None:
    """Taken back on 5 August, the month was paid; ten days of it are due: 4,200 and 3,200 by 10 of 31 days are 1,354.84
    and 1,032.26; 5/6 of half the difference is 134.40. Somebody was paid all of the month after the death."""
    net.at("2026-08-05T09:00:00Z")
    net.file("withdrawn", WORKER, claim=CLAIM)
    net.run("2026-08")
    assert net.paid()["2026-08"] == 41_666, "taken back it ends the months after"
    if at_the_bank:
        net.goes_out()
    net.died("2026-08-10")
    through = date(2026, 9, 1)
    over = owed.overpaid(net.authority.reader, net.programme(), net.standing(), through)
    assert ("2026-08" in net.paid(), over) == ((True, 41_666 - 13_440) if at_the_bank else (False, 0))
    net.run("2026-09")
    assert net.paid().get("2026-09") == (None if at_the_bank else 13_440)


def test_what_was_recorded_of_a_death_before_it_ended_those_days_stands_as_it_did(net: Net) -> None:
    """A record from before stops nothing that it did not stop then; the next run pays by the rule of now."""
    item, folder = discover()["adaptive_safety_net"], net.authority.folder
    net.at("2026-08-05T09:00:00Z")
    net.file("withdrawn", WORKER, claim=CLAIM)
    net.run("2026-08")
    changed = replace(CHANGED, version=3, upcasters={})
    kinds = tuple(changed if one.id == changed.id else one for one in item.instrument.kinds)
    then = {"adaptive_safety_net": replace(item, instrument=replace(item.instrument, kinds=kinds))}
    net.authority.close()
    with Authority.open(folder, clock=net.clock, installed=then) as authority:
        Net(authority, net.clock).died("2026-08-10")
        authority.follow()
    net.authority = Authority.open(folder, clock=net.clock, installed={"adaptive_safety_net": item})
    net.authority.follow()
    assert net.paid()["2026-08"] == 41_666
    assert not net.apart()
    net.run("2026-09")
    over = owed.overpaid(net.authority.reader, net.programme(), net.standing(), date(2026, 9, 1))
    assert (net.paid()["2026-08"], over) == (41_666, 41_666 - 13_440)


def test_of_a_refused_claim_nothing_goes_out_and_an_appeal_brings_it_again(net: Net) -> None:
    refuse(net)
    assert ready(net) == net.paid() == {}
    net.file("appeal", WORKER, claim=CLAIM, words="I did.")
    net.file("appeal_decided", JUDGE, claim=CLAIM, outcome="allowed", words="Pay slips show it.")
    net.run("2026-08")
    assert net.paid() == {"2026-08": 4 * 41_666}


def test_what_is_at_the_bank_stays_paid_and_what_the_bank_sends_back_is_kept(net: Net) -> None:
    message = net.goes_out()
    net.died("2026-05-31")
    assert sum(net.paid().values()) == 3 * 41_666, "it is with the bank, and told as paid too much"
    assert owed.overpaid(net.authority.reader, net.programme(), net.standing(), date(2026, 7, 1)) == 2 * 41_666
    (june,) = [row["id"] for row in net.authority.reader.select(BANK.sent) if row["id"].endswith("2026-06")]
    data = report((june, "RJCT", "MD07"), group="ACSC", message=message)
    net.bank_says(data)
    assert sorted(net.paid()) == ["2026-05", "2026-07"]
    with pytest.raises(BadInput, match="nothing to pay"):
        net.goes_out()


def test_a_file_that_waits_for_a_second_officer_goes_out_with_no_payment_that_was_stopped_meanwhile(net: Net) -> None:
    on = net.clock.now().date()
    act = BANK.file_act(net.authority.reader, paying_of(net.programme()), DEBTOR, on=on, made=net.clock.now())
    asked = net.file("bank_file", PAYS, **act.body)
    net.died("2026-05-20")
    with pytest.raises(BadInput, match="entry"):
        net.file("seconded", CONFIRMS, entry=asked)
    assert net.paid() == {}


def test_while_a_person_looks_at_a_claim_that_was_paid_its_payments_stay_here(net: Net) -> None:
    net.claim(paid_to=ACCOUNT, area=None)
    assert net.standing().state == "waits"
    assert ready(net) == {}
    assert len(net.paid()) == 3, "nobody has said that it is not due"
    net.claim(paid_to=ACCOUNT)
    assert len(ready(net)) == 3


def test_whoever_claims_is_told_what_the_bank_did_and_what_was_stopped(net: Net) -> None:
    """Not that it was paid, where the bank has not taken it, or it never went there."""

    def lines() -> str:
        return "\n".join(line["en"] for one in talk(net.authority.reader, CLAIM) for line in one.lines)

    assert lines().count("Not sent to the bank yet.") == 3
    assert lines().count("416.66 USD are due since") == 3
    assert "were paid" not in lines()
    message = net.goes_out()
    assert lines().count("Sent to the bank.") == 3
    (june,) = [row["id"] for row in net.authority.reader.select(BANK.sent) if row["id"].endswith("2026-06")]
    data = report((june, "RJCT", "AC04"), group="ACSC", message=message)
    net.bank_says(data)
    assert lines().count("The bank settled it.") == 2
    assert lines().count("416.66 USD were paid (due since") == 2
    assert "The bank sent it back (RJCT AC04)" in lines()
    net.died("2026-05-31")
    assert "It was stopped before it went out: the money is in the fund again." in lines()


def test_a_claim_taken_back_keeps_the_months_before_it(net: Net) -> None:
    """Taken back on 1 August, the months to July were due; what is not yet at the bank of them goes out."""
    net.file("withdrawn", WORKER, claim=CLAIM)
    assert len(ready(net)) == 3


def test_what_the_ledger_does_not_put_back_goes_out_as_little_and_the_next_run_asks_again(net: Net) -> None:
    account = net.programme().account(net.standing().first)
    closed = Act("accounts.closed", {"of": "safety_net", "accounts": [account], "reason": "By mistake."}, "")
    net.authority.act(closed, OPERATOR)
    net.authority.follow()
    refuse(net)
    assert ready(net) == {}
    assert sum(net.paid().values()) == 3 * 41_666, "the ledger has it there still"
    net.run("2026-08")
    assert ready(net) == {}


def otherwise(net: Net, **job: str) -> None:
    """The claim filed again, with something else of its one job; a person looks at it where it waits."""
    net.claim(paid_to=ACCOUNT, jobs=[{"began": "2026-05-01", "monthly": "3200.00", "weekly_hours": 40, **job}])
    if net.standing().state == "waits":
        facts = net.standing().entry
        net.file("decided", JUDGE, claim=CLAIM, facts=facts, outcome="eligible", words="Seen.")


def test_of_corrected_facts_what_is_here_goes_out_as_it_is_due(net: Net) -> None:
    """The new job pays 3,700.00 and not 3,200.00: 5/6 of half of 500.00 are 208.33 a month, and 416.66 were to go."""
    otherwise(net, monthly="3700.00")
    assert ready(net) == net.paid() == {}
    net.run("2026-08")
    assert ready(net) == net.paid() == {"2026-08": 4 * 20_833}


def test_facts_by_which_more_is_due_stop_nothing(net: Net) -> None:
    otherwise(net, monthly="2700.00")
    assert ready(net) == dict.fromkeys(("2026-05", "2026-06", "2026-07"), 41666)


def test_who_says_that_the_new_job_ended_is_sent_nothing_for_the_months_after(net: Net) -> None:
    """It ended in May: of nothing that is due later could June and July be taken off."""
    otherwise(net, ended="2026-05-31")
    assert ready(net) == net.paid() == {"2026-05": 41_666}


def test_what_the_bank_has_is_taken_off_as_the_text_says_and_not_kept_whole(net: Net) -> None:
    """All three months are with the bank when it comes out that 208.33 a month are due. Of August at most half is taken
    off (19 U.S.C. 2315(a)), and what is left of it stays right when the same is filed once more."""
    net.goes_out()
    otherwise(net, monthly="3700.00")
    net.run("2026-08")
    assert ready(net) == {"2026-08": 20_833 - 10_416}
    otherwise(net, monthly="3700.00")
    assert ready(net) == {"2026-08": 20_833 - 10_416}


def test_what_the_bank_sends_back_of_which_less_is_due_by_now_stays_here(net: Net) -> None:
    message = net.goes_out()
    otherwise(net, monthly="3700.00")
    assert len(net.paid()) == 3
    (july,) = [row["id"] for row in net.authority.reader.select(BANK.sent) if row["id"].endswith("2026-07")]
    net.bank_says(report((july, "RJCT", "AC04"), group="ACSC", message=message))
    assert ready(net) == {}
    assert sorted(net.paid()) == ["2026-05", "2026-06"]
