"""What a person looks at before it is granted: claims that may be of one person, and figures out of measure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import claim_pages, packages, programmes, sameness
from commonweal.kernel.values import BadInput
from commonweal.sight import Sight
from net_house import CLAIM, CONFIRMS, JUDGE, OFFICER, WORKER, Net

IBAN, OTHER = "DE89370400440532013000", "GB29NWBK60161331926819"
SAM = {"person": "Sam Smith (fictitious)", "born_on": "1980-02-03", "paid_to": IBAN}


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened()
        found.at("2026-05-11T09:00:00Z")
        found.claim(**SAM)
        yield found


def state(net: Net, number: int, **told: Any) -> str:
    """What becomes of a claim without a key: each is of a party of its own."""
    net.claim(Caller(f"party:stranger-{number}", ("reporter",)), name=f"C-{number}", **told)
    return net.standing(f"support_claim:c-{number}").state


def test_a_second_claim_of_one_person_or_account_is_granted_by_nobody_but_a_person(net: Net) -> None:
    """Four claims under other return codes: the first is granted, of the others each waits with those it is like."""
    assert net.standing().state == "eligible"
    assert state(net, 2, **SAM) == "waits"
    assert state(net, 3, **{**SAM, "person": "Kim (fictitious)", "paid_to": "DE89 3704 0044 0532 0130 00"}) == "waits"
    assert state(net, 5, **{**SAM, "born_on": "1990-01-01", "paid_to": None}) == "eligible", "another Sam Smith"
    assert state(net, 4, person="smith, SAM (Fictitious)", paid_to=OTHER) == "waits", "no day of birth says otherwise"
    assert state(net, 6, person=None) == "waits", "nobody's claim"
    sight = Sight(net.authority, OFFICER, "portal /test")
    page = claim_pages.decide_view(net.authority.reading("en", OFFICER.party, sight), {"slug": "c-2"})
    assert [(one["words"], [name for name, *_ in one["claims"]]) for one in page["looks"]] == [
        ("Another claim has the same account.", ["C-1", "C-3"]),
        ("Another claim has the same name, and no other day of birth.", ["C-1", "C-4"]),
    ]
    assert page["asks"][0].choices[0].value == "grant"
    dump = net.authority.dump()
    net.authority.rebuild()
    assert net.authority.dump() == dump


def test_what_an_officer_granted_seeing_the_others_is_not_asked_again_until_another_comes(net: Net) -> None:
    state(net, 2, **SAM)
    claim = net.standing("support_claim:c-2")
    body = {"claim": claim.claim, "outcome": "eligible", "facts": claim.entry}
    with pytest.raises(BadInput, match="words"):
        net.file("decided", **body)
    net.file("decided", **body, words="Two people, by their papers.", same_as=[])
    assert net.standing(claim.claim).state == "eligible"
    assert state(net, 2, **SAM, earned="4100.00") == "eligible"
    assert state(net, 3, **SAM) == "waits"
    assert state(net, 2, **SAM, earned="4000.00") == "waits", "the third was not there when it was granted"


def test_it_holds_over_all_programmes_and_no_job_told_is_not_out_of_work(net: Net) -> None:
    """K44: who works under wage insurance claims a voucher and tells of no job."""
    for text in packages.texts_of("training_vouchers"):
        net.authority.adopt(rule_file(text))
    net.figures(date(2026, 3, 1), date(2026, 3, 1))
    net.month("2026-04")
    row = net.authority.reader.select(
        programmes.CROSSING, {"rule": "us.training_vouchers", "to_state": "firing"}, order=("entry",)
    )[0]
    net.at("2026-06-22T09:00:00Z")
    net.two("programme", **net.opening(
        name="TV", package="us.training_vouchers.package", crossed=row["at"][:7], opens_on="2026-06-22",
    ))  # fmt: skip
    told = {**CLAIM, **SAM, "name": "C-9", "programme": "programme:tv", "earned": None, "jobs": [],
            "lost_on": "2026-06-10"}  # fmt: skip
    net.file("support_claim", WORKER, **told)
    one = net.programme("programme:tv")
    assert programmes.assessment(one, net.standing("support_claim:c-9")).missing == ["without_work"]
    net.file("support_claim", WORKER, **told, working="no")
    found = net.standing("support_claim:c-9")
    assert (programmes.answer(one, found), found.state) == ("eligible", "waits")
    assert {each.claim for each in sameness.matches(net.authority.reader, found.claim)} == {"support_claim:c-1"}


def test_figures_out_of_measure_and_work_that_is_to_come_are_not_granted_by_themselves(net: Net) -> None:
    assert state(net, 2, earned="100000000.00") == "waits"
    assert state(net, 3, earned="15000.00", jobs=[{"began": "2026-05-01", "monthly": "10000.00"}]) == "eligible"
    assert state(net, 4, earned="9000.00", jobs=[{"began": "2026-05-01", "monthly": "0.00"}]) == "waits"
    for told in ({"began": "2027-01-01"}, {"began": "2026-05-01", "ended": "2026-05-12"}):
        with pytest.raises(BadInput, match="jobs"):
            net.claim(WORKER, jobs=[{**told, "monthly": "1.00"}])
    with pytest.raises(BadInput, match="has work now"):
        net.claim(WORKER, working="no")


def test_work_without_pay_is_no_new_work_and_short_hours_or_less_than_the_minimum_wage_are_for_a_person(
    net: Net,
) -> None:
    """The statute's supplement stands on full-time work, or 20 hours a week beside training (19 U.S.C. 2318)."""
    may = {"began": "2026-05-01", "monthly": "3200.00"}
    for number, (jobs, missing, answer, state_) in enumerate([
        ([{**may, "monthly": "0.00"}], [], "not_eligible", "waits"),
        ([{**may, "weekly_hours": 19}], [], "not_eligible", "waits"),
        ([{**may, "weekly_hours": None}], ["weekly_hours"], "unknown", "waits"),
        ([{**may, "weekly_hours": 34}], [], "eligible", "waits"),
        ([{**may, "monthly": "1099.57"}], [], "eligible", "waits"),
        ([{**may, "monthly": "1099.58", "weekly_hours": 35}], [], "eligible", "eligible"),
        ([{**may, "weekly_hours": 20}, {"began": "2026-05-01", "monthly": "800.00", "weekly_hours": 15}], [],
         "eligible", "eligible"),
        ([{**may, "ended": "2026-05-03"}, {"began": "2026-05-04", "monthly": "0.00"}], [], "eligible", "waits"),
    ], 20):  # fmt: skip
        seen = state(net, number, jobs=jobs)
        found = programmes.assessment(net.programme(), net.standing(f"support_claim:c-{number}"))
        assert (found.missing, found.answer, seen) == (missing, answer, state_), jobs


def test_who_came_under_it_claims_until_a_last_day_and_what_reaches_far_back_is_for_a_person(net: Net) -> None:
    """Else a programme that was closed pays for ever, in one sum, on figures of years ago that nobody looked at."""
    net.two("programme_closed", programme=net.programme().id, reasons="The year's money is bound.")
    assert net.programme().closes_on == date(2026, 5, 11)
    assert net.programme().files_until == date(2026, 8, 9)
    net.at("2026-08-01T09:00:00Z")
    assert state(net, 2) == "eligible", "92 days from 1 May"
    net.claim(Caller("party:stranger-3", ("reporter",)), name="C-3", lost_on=None)
    net.at("2026-08-02T09:00:00Z")
    assert state(net, 3) == "waits", "filed in time, but what it is granted on was told on the 93rd day"
    assert programmes.answer(net.programme(), net.standing("support_claim:c-3")) == "eligible"
    net.at("2026-08-10T09:00:00Z")
    assert state(net, 4, jobs=[{"began": "2026-05-11", "monthly": "3200.00"}]) == "waits"
    assert programmes.answer(net.programme(), net.standing("support_claim:c-4")) == "not_eligible"


def test_a_death_recorded_by_mistake_is_taken_back_with_reasons_and_what_was_withheld_is_paid(net: Net) -> None:
    about = {"claim": "support_claim:c-1"}
    net.at("2026-06-02T09:00:00Z")
    net.died("2026-04-02")
    net.run("2026-05")
    assert net.paid() == {}, "nothing for time after the death"
    with pytest.raises(BadInput, match="words"):
        net.file("changed", what="alive", on="2026-06-20", **about)
    with pytest.raises(BadInput, match="what"):
        net.file("changed", WORKER, what="alive", on="2026-06-02", words="I am here.", **about)
    net.at("2026-07-02T09:00:00Z")
    alive = {"what": "alive", "on": "2026-06-20", "words": "The file was about another Sam.", **about}
    net.file("seconded", CONFIRMS, entry=net.file("changed", JUDGE, **alive))
    net.run("2026-06")
    assert net.paid() == {"2026-06": 83_332}


def test_a_death_that_is_said_again_takes_the_place_of_what_was_said_before(net: Net) -> None:
    for on in ("2026-05-04", "2026-05-10"):
        net.died(on)
    net.run("2026-05")
    assert net.paid() == {"2026-05": 13_440}, "ten of 31 days: (1,354.83 - 1,032.25) / 2 is 161.29, 5/6 of it 134.40"


def test_what_an_officer_enters_for_who_has_no_key_is_paid_once_another_officer_saw_it(net: Net) -> None:
    """A reviewer's officer entered claims of people that nobody knew, to an account of his own: all were granted."""
    net.claim(OFFICER, name="C-9", person="Nobody (fictitious)", paid_to=OTHER)
    stands = net.standing("support_claim:c-9")
    assert stands.state == "waits"
    body = {"claim": stands.claim, "outcome": "eligible", "facts": stands.entry, "words": "It fits."}
    with pytest.raises(BadInput, match="has a hand"):
        net.file("decided", OFFICER, **body)
    net.file("decided", JUDGE, **body)
    assert net.standing("support_claim:c-9").state == "eligible"
