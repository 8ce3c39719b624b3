"""A package in force: what opens it, what a claim comes to, what is paid once, and what each odd case is answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import discover, rule_file
from commonweal.instruments.adaptive_safety_net import ceilings, claim_pages, counting, owed, packages, programmes
from commonweal.instruments.adaptive_safety_net.control import CONTROL
from commonweal.instruments.adaptive_safety_net.conversation import clocks, talk
from commonweal.kernel import accounts
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden, RuleFault, add_months
from commonweal.sight import Sight
from net_house import CLAIM, JUDGE, MICHIGAN, NET, OFFICER, WORKER, Net, somebody

ACCOUNT = "GB29NWBK60161331926819"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found


def refused(net: Net, kind: str, caller: Any = OFFICER, **body: Any) -> dict[str, str]:
    """The faults of an act by field, each with what would be right; nothing of it is recorded."""
    size = net.authority.store.size()
    with pytest.raises(BadInput) as error:
        net.file(kind, caller, **body)
    assert net.authority.store.size() == size
    return {fault.where: fault.want for fault in error.value.faults}


def grant(net: Net, claim: str) -> None:
    """A second officer grants what asked for a look."""
    facts = net.standing(claim).entry
    net.file("decided", JUDGE, claim=claim, outcome="eligible", facts=facts, words="The pay slips say so.")


# ── switching on ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_opened_once_for_a_crossing_on_the_text_in_force_within_expiry_and_ceiling(net: Net) -> None:
    """The package's own ceiling is 8 billion a year, its expiry 36 months and 6 of phase-out. With two years for who
    enrols last, in October 2029, it pays in seven budget years, 2026 to 2032."""
    net.month("2026-01")
    net.month("2026-02")
    good = net.opening()
    assert refused(net, "programme", **{**good, "version": "0"}) == {
        "version": "the version that is law on 2026-04-20: 7"
    }
    assert set(refused(net, "programme", **{**good, "crossed": "2026-01"})) == {"crossed"}
    wrong = refused(
        net, "programme", **{**good, "opens_on": "2026-04-16", "closes_on": "2029-10-16", "budget": "56000000000.01"}
    )
    assert wrong["opens_on"].startswith("2026-04-17 or later: 4w after the crossing")
    assert wrong["closes_on"].startswith("2029-10-15 at the latest")
    assert wrong["budget"] == "at most 56000000000.00 USD: what the text leaves for the years 2026 to 2032"
    assert set(refused(net, "programme", **{**good, "area": "area:us-oh", "unit": "EUR"})) == {"crossed", "unit"}
    assert set(refused(net, "programme", **{**good, "budget": "1.001"})) == {"(whole)"}
    with pytest.raises(Forbidden):
        net.file("programme", WORKER, **good)
    net.two("programme", **good)
    again = refused(net, "programme", **{**good, "name": "WI-MI-2026-B", "budget": "39999900000.01"})
    assert "WI-MI-2026 rests on it" in again["crossed"], "what expires is not renewed by opening it again"
    assert again["budget"].startswith("at most 39999900000.00 USD: what the text leaves for the years 2026 to 2030")
    assert "close it" in refused(net, "programme", **{**good, "reasons": "Other words."})["name"]
    assert net.ledger() == {"safety_net.treasury.usd": 10_000_000, net.programme().fund: 10_000_000}


def test_a_silence_and_figures_that_come_late_bring_no_crossing_beside_the_one_there_was(net: Net) -> None:
    """Half a year without figures; then all of them come, and show the trigger on throughout. It never went off."""
    net.opened(closes_on="2026-10-19")
    for number in range(7, 13):
        net.at(f"2026-{number:02}-28T12:00:00Z")
    net.at("2027-01-20T12:00:00Z")
    net.figures(date(2026, 3, 1), date(2026, 12, 1), {date(2026, at, 1): 7.0 + 0.3 * at for at in range(3, 13)})
    switches = net.authority.reader.select(programmes.CROSSING, {"rule": "us.wage_insurance"}, order=("entry",))
    again = [row for row in switches if row["from_state"] == "unknown" and row["to_state"] == "firing"]
    assert again, "the machine says it is on again"
    good = net.opening(name="WI-MI-2027", opens_on="2027-02-20", closes_on="2029-02-19")
    assert "came on" in refused(net, "programme", **{**good, "crossed": again[-1]["at"][:7]})["crossed"]
    assert programmes.went_off(net.authority.reader, programmes.crossing_of(net.authority.reader, net.programme())) is (
        None
    )


def test_while_figures_are_missing_nobody_new_comes_under_it_and_who_was_granted_it_keeps_it(net: Net) -> None:
    """Figures stop with April 2026. In November 2027 nobody knows whether help is still on: a claim waits for them."""
    net.opened(closes_on="2029-10-15")
    for month in ("2026-03", "2026-04"):
        net.month(month)
    net.claim()
    for when in ("2026-09-28", "2027-11-28"):
        net.at(f"{when}T12:00:00Z")
    late = Caller("party:late", ("observer",))
    net.claim(late, name="L", lost_on="2027-09-01", jobs=[{"began": "2027-11-02", "monthly": "1200.00"}])
    stands = net.standing("support_claim:l")
    assert (stands.state, net.standing().state) == ("waits", "eligible")
    assert programmes.assessment(net.programme(), stands).missing == [], "it is nothing that they could tell"
    body = {"claim": stands.claim, "facts": stands.entry, "outcome": "eligible"}
    assert "Figures say that this is still on" in refused(net, "decided", **body)["outcome"]
    net.figures(date(2026, 5, 1), date(2027, 10, 1), {add_months(date(2026, 5, 1), at): 7 + at / 2 for at in range(18)})
    net.file("decided", **body)
    assert net.standing("support_claim:l").state == "eligible", "they have come, and say that it was on"


def test_no_trigger_comes_into_force_that_exposure_alone_can_fire_whatever_stands_beside_it(net: Net) -> None:
    """Neither beside a condition that was never false, nor by a series that is reckoned from exposure."""
    trigger = packages.texts_of("wage_insurance")[0].replace('version = "1"', 'version = "2"')
    derived = (packages.HERE / "rules" / "occupational_exposure.toml").read_text("utf-8")
    derived = derived.replace("us.occupational_exposure", "us.tasks_at_hand")
    net.authority.adopt(rule_file(derived))
    for alone in ("us.occupational_exposure >= 0.3 and laus.labour_force > 0", "us.tasks_at_hand >= 0.3 and rate3 > 1"):
        with pytest.raises(RuleFault, match="what could be affected"):
            net.authority.adopt(rule_file(trigger.replace('expr = "gap >= line"', f'expr = "{alone}"')))
    net.authority.adopt(rule_file(trigger.replace("gap >= line", "gap >= line and us.tasks_at_hand >= 0.3", 1)))


def test_a_trigger_that_went_off_before_anybody_decided_opens_nothing(net: Net) -> None:
    net.month("2026-01")
    net.month("2026-02")
    good = net.opening()
    for number in range(3, 12):
        month = f"2026-{number:02}"
        net.month(month, {date.fromisoformat(f"{month}-01"): 3.0})
    assert "still on" in refused(net, "programme", **good)["crossed"]


def test_a_programme_is_open_once_a_second_officer_confirmed_it(net: Net) -> None:
    """Its whole budget comes out of the public purse; nothing is of it before, and what is put aside is none."""
    net.month("2026-01")
    net.month("2026-02")
    good = net.opening()
    asked = net.file("programme", **good)
    reader = net.authority.reader
    assert (programmes.programmes(reader), net.ledger()) == ([], {})
    assert "one at a time" in refused(net, "programme", **{**good, "reasons": "Once more."})["(whole)"]
    assert "confirms that first" in refused(net, "support_claim", WORKER, **CLAIM)["programme"]
    reading = net.authority.reading("en", JUDGE.party, Sight(net.authority, JUDGE, "portal /test"))
    facts = dict(CONTROL.view(reading, {"entry": str(asked)})["facts"])
    assert facts["Budget, out of the public purse"] == "100000.00 USD"
    assert set(refused(net, "seconded", OFFICER, entry=asked)) == {"entry"}
    net.file("set_aside", JUDGE, entry=asked, words="Not yet.")
    assert programmes.programmes(reader) == []
    again = net.file("programme", **{**good, "budget": "90000.00"})
    net.file("seconded", JUDGE, entry=again)
    assert [one.budget for one in programmes.programmes(reader)] == [90_000_00]
    assert net.ledger()[net.programme().fund] == 90_000_00
    before = net.authority.dump()
    net.authority.rebuild()
    assert net.authority.dump() == before


# ── claims ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_that_fits_is_granted_at_once_and_what_is_missing_is_named(net: Net) -> None:
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    net.claim(lost_on=None)
    found = programmes.assessment(net.programme(), net.standing())
    assert (found.answer, found.missing, net.standing().state) == ("unknown", ["lost_on"], "waits")
    body = {"claim": "support_claim:c-1", "facts": net.standing().entry, "words": "No."}
    assert "not known: lost_on" in refused(net, "decided", outcome="eligible", **body)["outcome"]
    net.claim()
    assert net.standing().state == "eligible"
    net.claim(area="area:us-oh", lost_on=None)
    assert programmes.answer(net.programme(), net.standing()) == "not_eligible", "one that fails decides alone"
    assert net.standing().state == "waits", "only a person says no"
    body["facts"] = net.standing().entry
    net.file("decided", outcome="not_eligible", **body)
    assert net.standing().state == "not_eligible"


def test_amounts_are_whole_cents_of_one_currency_and_nobody_claims_twice(net: Net) -> None:
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    for earned in ("4200.005", "-1.00", "a lot"):
        told = {**CLAIM, "earned": earned, "paid_to": "GB29NWBK60161331926818"}
        assert set(refused(net, "support_claim", WORKER, **told)) == {"earned", "paid_to"}, "each at its own question"
    assert (
        "in which WI-MI-2026 pays" in refused(net, "support_claim", WORKER, **{**CLAIM, "currency": "EUR"})["currency"]
    )
    overlap = [{"began": "2026-02-01", "monthly": "1.00"}]
    assert "beside" in refused(net, "support_claim", WORKER, **{**CLAIM, "jobs": overlap})["jobs.0.began"]
    net.claim()
    assert "C-1 again" in refused(net, "support_claim", WORKER, **{**CLAIM, "name": "C-2"})["programme"]


# ── payments ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_month_is_paid_once_with_every_step_said(net: Net) -> None:
    """Half of 4,200 - 3,200 is 500; five sixths of that, as called for when she took the work up, is 416.66."""
    net.opened()
    net.month("2026-04")
    net.claim()
    net.run("2026-05")
    assert net.paid() == {"2026-05": 41_666}
    steps = net.authority.reader.select(programmes.PAYMENT)[0]["steps"]
    assert [(one["rule"], one["cents"]) for one in steps] == [
        ("before", 420_000), ("now", 320_000), ("loss", 100_000), ("replaces", 50_000), ("scale", 41_666),
        ("cap", 41_666), ("month", 41_666),
    ]  # fmt: skip
    assert all(one["clause"] and one["words"]["en"] != one["words"]["zh"] for one in steps)
    net.run("2026-05")
    assert net.paid() == {"2026-05": 41_666}
    assert net.ledger()[net.programme().account(net.standing().first)] == 41_666
    assert "order" not in refused(net, "payment_run", programme="programme:wi-mi-2026", month="2026-06")
    net.month("2026-05")
    net.run("2026-06")
    assert "2026-06 or later" in refused(net, "payment_run", programme="programme:wi-mi-2026", month="2026-05")["month"]


def test_two_jobs_at_once_add_up_and_a_month_without_work_gives_nothing(net: Net) -> None:
    """May: 31 days of 2,000 and 16 of 31 of 1,000: 2,516.12. Half of 1,683.88 is 841.94, and 5/6 of it 701.61."""
    net.opened()
    net.at("2026-07-20T12:00:00Z")
    net.claim(jobs=[
        {"began": "2026-05-01", "ended": "2026-05-31", "monthly": "2000.00"}, {"began": "2026-05-16",
         "ended": "2026-05-31", "monthly": "1000.00"},
    ])  # fmt: skip
    net.run("2026-05")
    net.run("2026-06")
    assert net.paid() == {"2026-05": 70_161}


def test_what_was_paid_too_much_is_taken_off_by_half_a_month_at_most_and_arrears_come_at_once(net: Net) -> None:
    """She corrects her new pay to 3,800: 166.66 a month were due, 416.66 are at the bank; half of 166.66 is 83.33.

    Put right again, more would be due for months that were paid: that is for a person.
    """
    net.opened_to_set_off_at_once()
    net.month("2026-04")
    net.claim(paid_to=ACCOUNT)
    net.run("2026-05")
    net.goes_out()
    net.month("2026-05")
    net.claim(paid_to=ACCOUNT, jobs=[{"began": "2026-05-01", "monthly": "3800.00"}])
    assert owed.overpaid(net.authority.reader, net.programme(), net.standing(), date(2026, 5, 1)) == 25_000
    net.run("2026-06")
    assert net.paid()["2026-06"] == 16_666 - 8_333
    net.month("2026-06")
    net.claim(paid_to=ACCOUNT)
    assert net.standing().state == "waits"
    grant(net, "support_claim:c-1")
    net.run("2026-07")
    assert sum(net.paid().values()) == 3 * 41_666, "put right again, all of it is made up"


def test_death_ends_it_with_its_day_and_a_move_changes_nothing(net: Net) -> None:
    net.opened()
    net.month("2026-04")
    net.claim()
    net.file("changed", WORKER, claim="support_claim:c-1", what="moved", on="2026-05-10")
    net.run("2026-05")
    net.month("2026-05")
    net.month("2026-06")
    net.run("2026-06")
    net.died("2026-05-30")
    net.run("2026-07")
    assert net.paid() == {"2026-07": 40_322}, "thirty days of May; what was not at the bank was stopped"
    assert "died" in refused(net, "changed", claim="support_claim:c-1", what="moved", on="2026-06-01")["what"]


def test_what_goes_beyond_the_budget_is_refused_or_cut_alike_and_the_rest_stays_due(net: Net) -> None:
    net.opened(budget="600.00")
    net.month("2026-04")
    net.claim()
    net.claim(somebody("C-2"), name="C-2")
    assert "that is over" in refused(net, "payment_run", programme=net.programme().id, month="2026-05")["month"]
    net.at("2026-06-01T09:00:00Z")
    wanted = refused(net, "payment_run", programme=net.programme().id, month="2026-05")["month"]
    assert "600.00 that are left" in wanted
    assert "833.32 are due" in wanted
    net.run("2026-05", cut_alike=True)
    assert net.paid() == net.paid("support_claim:c-2") == {"2026-05": 30_000}
    assert net.ledger()[net.programme().fund] == 0
    steps = net.authority.reader.select(programmes.PAYMENT)[0]["steps"]
    assert steps[-1]["rule"] == "budget"


def test_killed_after_a_run_was_recorded_what_follows_from_it_is_paid_once(net: Net, tmp_path: Path) -> None:
    """The run is durable and nothing of it was followed; opened anew, the authority goes on from there, once."""
    net.opened()
    net.month("2026-04")
    net.claim()
    net.at("2026-06-01T09:00:00Z")
    asked = net.file("payment_run", programme="programme:wi-mi-2026", month="2026-05")
    net.authority.act(Act(NET + "seconded", {"entry": asked}, ""), JUDGE)
    assert net.paid() == {}
    installed = {"adaptive_safety_net": discover()["adaptive_safety_net"]}
    with Authority.open(tmp_path / "ministry", clock=net.clock, installed=installed) as again:
        again.follow()
        kept = again.store.size()
        again.rebuild()
        again.follow()
        assert again.store.size() == kept
        other = Net(again, net.clock)
        assert other.paid() == {"2026-05": 41_666}
        assert other.ledger()[other.programme().fund] == 10_000_000 - 41_666
        assert not list(accounts.reconciled(again.reader))


def test_a_revision_that_would_have_kept_it_off_is_shown_and_takes_nothing_back(net: Net) -> None:
    net.opened()
    net.month("2026-04")
    net.claim()
    net.run("2026-05")
    assert claim_pages.revised(net.authority.reader, net.programme()) is None
    low = {date(2025, 12, 1): 4.0, date(2026, 1, 1): 4.1, date(2026, 2, 1): 4.2}
    net.figures(date(2025, 12, 1), date(2026, 2, 1), low)
    found = claim_pages.revised(net.authority.reader, net.programme())
    assert found is not None
    assert found["event"] == "2026-02-01"
    net.month("2026-05")
    net.run("2026-06")
    assert net.paid() == {"2026-05": 41_666, "2026-06": 41_666}


# ── appeals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_appeal_is_decided_by_somebody_else_and_then_holds(net: Net) -> None:
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    net.claim(area="area:us-oh")
    about = {"claim": "support_claim:c-1"}
    assert "waits" in refused(net, "appeal", WORKER, words="I disagree.", **about)["claim"]
    net.file("decided", outcome="not_eligible", facts=net.standing().entry, words="Ohio.", **about)
    net.file("appeal", WORKER, words="The plant stands in Michigan.", **about)
    assert set(refused(net, "appeal", WORKER, words="Again.", **about)) == {"claim"}
    body = {"outcome": "allowed", "words": "The plant does.", **about}
    assert "does not decide what is said against it" in refused(net, "appeal_decided", **body)["claim"]
    assert "lost in the area" in refused(net, "appeal_decided", JUDGE, **body)["outcome"], "it decides facts"
    net.file("appeal_decided", JUDGE, **body, area=MICHIGAN)
    assert net.standing().state == "eligible"
    net.run("2026-05")
    assert net.paid() == {"2026-05": 41_666}


def test_a_late_appeal_says_why_and_one_that_is_allowed_carries_the_right_fact_into_the_amount(net: Net) -> None:
    """She earned 4,500: half of 1,300 is 650, five sixths of it 541.66 a month, from the first month on."""
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    net.claim()
    net.run("2026-05")
    net.at("2026-08-03T09:00:00Z")
    about = {"claim": "support_claim:c-1", "words": "I earned 4,500."}
    assert "2026-07-01" in refused(net, "appeal", WORKER, **about)["good_cause"], "thirty days after it was paid"
    net.file("appeal", WORKER, **about, good_cause="I was in hospital until today.")
    body = {"claim": "support_claim:c-1", "words": "She is right."}
    assert set(refused(net, "appeal_decided", JUDGE, **body, outcome="upheld", earned="4500.00")) == {"earned"}
    assert set(refused(net, "appeal_decided", JUDGE, **body, outcome="allowed", earned="4500.005")) == {"earned"}
    net.file("appeal_decided", JUDGE, **body, outcome="allowed", earned="4500.00")
    net.run("2026-07")
    assert net.paid() == {"2026-05": 41_666, "2026-07": 3 * 54_166 - 41_666}
    net.claim()
    assert net.standing().state == "eligible"
    assert net.standing().earned == 450_000, "what was decided holds whatever is claimed again"


def test_no_budgets_are_promised_that_the_years_in_which_they_are_paid_could_not_hold(net: Net) -> None:
    """Cash is paid once, in the year in which it opens; wage insurance over years, each with a ceiling of its own."""
    wages, cash = (packages.shipped()[name].data for name in ("wage_insurance", "fast_cash"))
    assert ceilings.years_of(cash, date(2026, 9, 30), date(2026, 12, 1)) == (2026, 2026)
    assert ceilings.years_of(wages, date(2026, 4, 20), date(2028, 4, 19)) == (2026, 2030)
    net.opened(budget="39000000000.00")
    other = net.opening(name="WI-MI-2029", opens_on="2029-04-20", closes_on="2029-05-19")
    left = {closes: ceilings.left_to_open({**other, "closes_on": closes}, wages, net.authority.reader)
            for closes in ("2029-05-19", "2030-05-19")}  # fmt: skip
    assert left == {
        "2029-05-19": (9 * 10**11, (2029, 2031)), "2030-05-19": (17 * 10**11, (2029, 2032)),
    }, "of six (seven) years' 48 (56) billion, 39 are promised to the first five"  # fmt: skip
    early = {**other, "opens_on": "2026-05-20", "closes_on": "2026-06-19"}
    assert ceilings.left_to_open(early, wages, net.authority.reader) == (10**11, (2026, 2028)), (
        "of the five years to 2030, 39 of 40 billion are promised"
    )


def test_what_all_programmes_of_a_package_pay_in_a_year_stays_below_its_ceiling(net: Net) -> None:
    """The ceiling is of a year's payments, by the day of the run (the budget year begins in October)."""
    trigger, text = packages.texts_of("wage_insurance")
    text = text.replace("usd_a_year = 8e9", "usd_a_year = 1000").replace('version = "7"', 'version = "7-small"')
    net.authority.adopt(rule_file(trigger))
    net.authority.adopt(rule_file(text))
    net.opened(version="7-small", budget="1000.00")
    net.month("2026-04")
    net.claim()
    net.claim(somebody("C-2"), name="C-2")
    net.run("2026-05")
    assert programmes.left(net.authority.reader, net.programme(), date(2026, 6, 1)) == 100_000 - 83_332
    assert programmes.left(net.authority.reader, net.programme(), date(2026, 10, 1)) == 100_000 - 83_332, "its budget"


def test_what_is_stopped_is_there_again_for_the_year_of_the_run_that_had_paid_it(net: Net) -> None:
    """August was paid on either side of 1 October; what the first run paid frees nothing of the second year."""
    trigger, text = packages.texts_of("wage_insurance")
    text = text.replace("usd_a_year = 8e9", "usd_a_year = 2500").replace('version = "7"', 'version = "7-small"')
    net.authority.adopt(rule_file(trigger))
    net.authority.adopt(rule_file(text))
    net.opened(version="7-small", budget="6000.00")
    net.at("2026-05-11T09:00:00Z")
    net.claim()
    net.at("2026-09-02T09:00:00Z")
    net.run("2026-08")
    net.claim(somebody("C-2"), name="C-2", jobs=[{"began": "2026-08-01", "monthly": "3200.00"}])
    net.at("2026-10-01T15:00:00Z")
    net.run("2026-08")
    net.died("2026-05-02")
    left = [programmes.left(net.authority.reader, net.programme(), date(2026, month, 1)) for month in (9, 10)]
    assert left == [250_000, 250_000 - 41_666]


# ── what is told, and to whom ───────────────────────────────────────────────────────────────────────────────────────


def test_a_trigger_on_exposure_alone_is_not_adopted_however_it_is_spelt(net: Net) -> None:
    trigger = packages.texts_of("wage_insurance")[0]
    for alone in ("us.occupational_exposure >= 0.3", "gap >= line or us.exposure_score >= 0.3"):
        text = trigger.replace('expr = "gap >= line"', f'expr = "{alone}"').replace('version = "1"', 'version = "2"')
        with pytest.raises(RuleFault, match="could be affected"):
            net.authority.adopt(rule_file(text))


def test_who_claims_is_told_each_step_and_the_days_of_an_appeal(net: Net) -> None:
    """45 days from 1 June 2026, on which the month was paid and appealed, end on 16 July."""
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    net.claim()
    net.run("2026-05")
    net.file("appeal", WORKER, claim="support_claim:c-1", words="It is too little.")
    lines = "\n".join(line["en"] for one in talk(net.authority.reader, "support_claim:c-1") for line in one.lines)
    assert "May 2026: 416.66 USD are due since 1 June 2026." in lines
    assert "83.3333 percent of it" in lines
    assert "You can appeal until 19 June 2026" in lines
    assert "You can appeal this amount until 1 July 2026." in lines, "an amount is a decision with a time of its own"
    assert "Your appeal is decided by 16 July 2026: Terms of this authority" in lines
    duty = clocks(net.authority.reader, "support_claim:c-1")[0]
    assert duty["state"] == "owed"
    net.file("appeal_decided", JUDGE, claim="support_claim:c-1", outcome="upheld", words="It is what the text gives.")
    assert clocks(net.authority.reader, "support_claim:c-1")[0]["state"] == "met"


def test_the_sum_of_few_people_is_not_told_and_that_of_many_is(net: Net) -> None:
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    net.claim()
    net.run("2026-05")
    for number in range(2, 9):
        net.claim(somebody(f"C-{number}"), name=f"C-{number}")
    net.run("2026-05")
    rows = counting.runs(net.authority.reading("en"), net.programme())
    few = "withheld: it would tell of few people"
    assert [(row["recipients"], row["amount"]) for row in rows] == [(few, few), (7, "2916.62")]
    assert [row["state"] for row in rows] == ["–", "due in full"]


def test_no_sum_is_told_from_which_another_can_be_taken(net: Net) -> None:
    """The same five in June as in May; a sixth comes in July, whose pay would be the difference; in August one alone
    gets something else."""
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    for number in range(1, 6):
        net.claim(somebody(f"C-{number}"), name=f"C-{number}")
    net.run("2026-05")
    net.run("2026-06")
    net.claim(somebody("C-6"), name="C-6", earned="4900.00", jobs=[{"began": "2026-07-01", "monthly": "3200.00"}])
    net.run("2026-07")
    net.file("withdrawn", somebody("C-6"), claim="support_claim:c-6")
    net.claim(somebody("C-5"), name="C-5", jobs=[{"began": "2026-05-01", "monthly": "3100.00"}])
    grant(net, "support_claim:c-5")
    net.run("2026-08")
    told = [row["amount"] for row in counting.runs(net.authority.reading("en"), net.programme())]
    assert told == ["2083.30", "2083.30", *["withheld: it would tell of few people"] * 2]


def test_a_claim_that_is_erased_leaves_nothing_of_the_person_and_no_money_behind(net: Net) -> None:
    """May was on the ledger and never went to the bank: it is in the fund again, and on no account of nobody's."""
    net.opened()
    net.month("2026-04")
    net.claim()
    net.run("2026-05")
    net.at("2031-06-05T12:00:00Z")
    net.authority.rebuild()
    assert net.paid() == {}
    assert programmes.spent(net.authority.reader, net.programme()) == 0
    held = net.ledger()
    assert held.pop(net.programme().fund) == held.pop("safety_net.treasury.usd") == 10_000_000
    assert not any(held.values())
    assert b"4200.00" not in net.authority.dump()


def test_a_voucher_is_one_account_for_whoever_lost_work_and_has_none(net: Net) -> None:
    """At 6.0 percent over three months four tenths of the help are called for: 1,200.00 of 3,000.00, once."""
    for text in packages.texts_of("training_vouchers"):
        net.authority.adopt(rule_file(text))
    for month in ("2026-01", "2026-02", "2026-03"):
        net.month(month)
    net.at("2026-05-18T09:00:00Z")
    net.two("programme", **net.opening(
        name="TV-MI-2026", package="us.training_vouchers.package", crossed="2026-03", opens_on="2026-05-18",
    ))  # fmt: skip
    told = {**CLAIM, "programme": "programme:tv-mi-2026", "lost_on": "2026-06-10", "earned": None}
    net.at("2026-06-20T09:00:00Z")
    net.file("support_claim", WORKER, **{**told, "jobs": [], "working": "no"})
    other = Caller("party:worker-2", ("observer",))
    net.file("support_claim", other, **{**told, "name": "C-2", "jobs": [{"began": "2026-06-15", "monthly": "1.00"}]})
    assert (net.standing().state, net.standing("support_claim:c-2").state) == ("eligible", "waits")
    failed = [one for one in programmes.assessment(net.programme("programme:tv-mi-2026"),
              net.standing("support_claim:c-2")).findings if one.holds is False]  # fmt: skip
    assert [one.condition.fact for one in failed] == ["without_work"]
    for month in ("2026-05", "2026-06", "2026-07"):
        net.at(f"{month[:5]}08-20T09:00:00Z")
        net.two("payment_run", programme="programme:tv-mi-2026", month=month)
    assert net.paid() == {"2026-06": 1_200_00}


def test_extended_benefits_are_paid_by_the_week_once_the_total_rate_is_on(net: Net) -> None:
    """At 7 percent thirteen weeks are called for. Three whole weeks from the opening on end in May."""
    for text in packages.texts_of("eb_total_rate"):
        net.authority.adopt(rule_file(text))
    high = {date(2026, month, 1): 7.0 for month in (1, 2, 3)}
    for month in ("2026-01", "2026-02", "2026-03"):
        net.month(month, high)
    net.at("2026-05-04T09:00:00Z")
    crossed = programmes.CROSSING, {"rule": "us.eb_total_rate", "to_state": "firing"}
    month = net.authority.reader.select(*crossed, order=("entry",))[0]["at"][:7]
    net.two("programme", **net.opening(
        name="EB-MI-2026", package="us.eb_total_rate.package", crossed=month, opens_on="2026-05-04", closes_on=None,
        version=packages.shipped()["eb_total_rate"].data.version,
    ))  # fmt: skip
    told = {**CLAIM, "programme": "programme:eb-mi-2026", "jobs": [], "working": "no", "earned": None, "lost_on": None}
    net.file("support_claim", WORKER, **told)
    assert programmes.assessment(net.programme("programme:eb-mi-2026"), net.standing()).missing == [
        "exhausted_on", "weekly_benefit",
    ]  # fmt: skip
    net.file("support_claim", WORKER, **{**told, "weekly_benefit": "450.00", "exhausted_on": "2026-04-28"})
    assert net.standing().state == "eligible"
    net.at("2026-06-02T09:00:00Z")
    net.two("payment_run", programme="programme:eb-mi-2026", month="2026-05")
    assert net.paid() == {"2026-05": 3 * 450_00}, "opened on a Monday: the first week is that from 10 May on"


@pytest.mark.parametrize(
    ("zone", "when", "over"),
    [("Asia/Shanghai", "2026-05-31T20:00:00Z", True), ("America/New_York", "2026-06-01T02:00:00Z", False)],
)
def test_a_month_is_over_where_the_authority_is(tmp_path: Path, zone: str, when: str, over: bool) -> None:
    """Its days were counted in UTC: in China May could not be paid on 1 June, in New York it was before it was over."""
    net = Net.found(tmp_path / "ministry", time_zone=zone)
    with net.authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim()
        net.at(when)
        if over:
            net.two("payment_run", programme="programme:wi-mi-2026", month="2026-05")
            assert "2026-05" in net.paid()
        else:
            with pytest.raises(BadInput, match=r"to 2026-04 \(the newest that is over\)"):
                net.two("payment_run", programme="programme:wi-mi-2026", month="2026-05")
