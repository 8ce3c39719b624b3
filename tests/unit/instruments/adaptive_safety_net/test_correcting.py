"""A slip in the facts of an appeal that is allowed takes a second pair of eyes, and can be put right.

A reviewer's officers allowed an appeal with one nought too many: 9,583.34 were paid where 416.66 were due, and neither
the claimant's right figure nor another officer's mended it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import claim_pages, kinds, looking, packages
from commonweal.instruments.adaptive_safety_net.control import CONTROL
from commonweal.instruments.adaptive_safety_net.conversation import talk
from commonweal.kernel import notices
from commonweal.kernel.values import BadInput
from commonweal.sight import Sight
from net_house import CONFIRMS, JUDGE, MICHIGAN, OFFICER, PAYS, WORKER, Caller, Net

CLAIM = "support_claim:c-1"
CHIEF = Caller("party:chief", ("officer",), "authority")


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """A claim of which May was paid, 416.66."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened()
        found.at("2026-05-11T09:00:00Z")
        found.claim()
        found.run("2026-05")
        yield found
        before = found.authority.dump()
        found.authority.rebuild()
        assert found.authority.dump() == before


def refused(net: Net, kind: str, caller: Caller, **body: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as error:
        net.file(kind, caller, claim=CLAIM, **body)
    return {fault.where: fault.want for fault in error.value.faults}


def appealed(net: Net) -> int:
    return net.file("appeal", WORKER, claim=CLAIM, words="I earned more.")


def allowed(earned: str) -> dict[str, str]:
    return {"outcome": "allowed", "words": "The pay slips say so.", "earned": earned}


def correction(net: Net, earned: str, **more: Any) -> dict[str, Any]:
    return {"claim": CLAIM, "facts": net.standing().entry, "words": "The slips.", "earned": earned, **more}


@pytest.mark.parametrize("earned", ["42000.00", "5000.00", "15000.01"])
def test_what_goes_beyond_a_limit_or_raises_much_of_what_is_due_takes_two(net: Net, earned: str) -> None:
    """5,000 bring 900 a month before the share, where 500 were due; above 15,000 a person looks at any claim."""
    appeal = appealed(net)
    assert kinds.CORRECTION.id in refused(net, "appeal_decided", JUDGE, **allowed(earned))["earned"]
    asked = net.file("correction", JUDGE, **correction(net, earned, appeal=appeal))
    assert (net.standing().earned, net.standing().appeal is not None) == (420_000, True), "nothing holds by one"
    reading = net.authority.reading("en", CHIEF.party, Sight(net.authority, CHIEF, "portal /test"))
    assert f"4200.00 → {earned}" in [words for _, words in CONTROL.view(reading, {"entry": str(asked)})["facts"]]
    net.file("seconded", CHIEF, entry=asked)
    stands = net.standing()
    assert (stands.body["earned"], stands.state, stands.appeal) == (earned, "eligible", None)
    net.file("appeal", WORKER, claim=CLAIM, words="And more.")
    for caller in (JUDGE, CHIEF):
        assert "does not decide" in refused(net, "appeal_decided", caller, **allowed("4300.00"))["claim"]


def test_that_new_work_is_at_the_firm_as_before_is_read_by_who_confirms_it_and_who_claims(net: Net) -> None:
    """It decides whether anything is due, and read as no change: a second officer confirmed it blind."""
    first = dict(net.standing().body["jobs"][0])
    second = {"began": "2026-05-08", "monthly": "500.00", "weekly_hours": 10, "same_firm": "no"}
    net.two("correction", claim=CLAIM, facts=net.standing().entry, words="The slips.", jobs=[first, second])
    jobs = [first, {**second, "same_firm": "yes"}]
    asked = net.file("correction", PAYS, claim=CLAIM, facts=net.standing().entry, words="The firm.", jobs=jobs)
    firms = {"en": ("at another firm", "at the firm whose work was lost"), "zh": ("在其他单位", "在原离职单位")}
    lines = {
        language: [f"2026-05-01 – …: 3200.00, 40 h, {words[0]}; 2026-05-08 – …: 500.00, 10 h, {each}" for each in words]
        for language, words in firms.items()
    }
    for language, (was, now) in lines.items():
        reading = net.authority.reading(language, CHIEF.party, Sight(net.authority, CHIEF, "portal /test"))
        assert f"{was} → {now}" in [words for _, words in CONTROL.view(reading, {"entry": str(asked)})["facts"]]
    net.file("seconded", CONFIRMS, entry=asked)
    read = [line for item in talk(net.authority.reader, CLAIM) for line in item.lines]
    assert "Corrected: the new work, from {} to {}.".format(*lines["en"]) in [line["en"] for line in read]
    assert "更正：新工作由 {} 改为 {}。".format(*lines["zh"]) in [line["zh"] for line in read]


@pytest.mark.parametrize("today", ["2026-05-28", "2026-06-08"])
def test_what_nothing_is_due_of_yet_is_held_against_what_it_can_bring(tmp_path: Path, today: str) -> None:
    """A reviewer's officer raised a week's benefit fourfold on the day of the claim, on which no week had ended."""
    net = Net.found(tmp_path / "weekly")
    with net.authority:
        for text in packages.texts_of("eb_total_rate"):
            net.authority.adopt(rule_file(text))
        high = {date(2026, month, 1): 9.0 for month in range(1, 4)}
        for month in ("2026-01", "2026-02", "2026-03"):
            net.month(month, high)
        opening = net.opening(
            name="EB-MI", package="us.eb_total_rate.package", version="6", crossed="2026-02", opens_on="2026-05-08"
        )
        del opening["closes_on"]
        net.two("programme", **opening)
        net.at(f"{today}T09:00:00Z")
        told = {"area": MICHIGAN, "person": "Erin (fictitious)", "currency": "USD", "exhausted_on": "2026-05-27"}
        net.file("support_claim", WORKER, name="C-1", programme="programme:eb-mi", fictitious=True, working="no",
                 weekly_benefit="300.00", **told)  # fmt: skip
        appealed(net)
        raised: dict[str, Any] = {"outcome": "allowed", "words": "The notice says so."}
        assert (
            kinds.CORRECTION.id
            in refused(net, "appeal_decided", JUDGE, **raised, weekly_benefit="1200.00")["weekly_benefit"]
        )
        net.file("appeal_decided", JUDGE, claim=CLAIM, **raised, weekly_benefit="400.00")
        assert net.standing().weekly == 40_000


def test_an_appeal_that_waits_for_a_second_officer_is_shown_and_not_decided_otherwise(net: Net) -> None:
    """A reviewer's officer asked to allow one, found an empty form, and had it stand as decided: two answers to one."""
    appeal = appealed(net)
    asked = net.file("correction", JUDGE, **correction(net, "9200.00", appeal=appeal))
    for caller in (JUDGE, PAYS):
        want = refused(net, "appeal_decided", caller, outcome="upheld", words="As it was.")["claim"]
        assert f"entry {asked} waits" in want
    officer = Sight(net.authority, JUDGE, "portal /test")
    reading = net.authority.reading("en", JUDGE.party, officer)
    page = claim_pages.decide_view(reading, {"slug": "c-1"})
    assert [one.value for one in page["asks"][0].choices] == ["died"], "nothing is decided on it meanwhile"
    assert page["waits"]["href"] == f"/safety-net/second/{asked}"
    reading = net.authority.reading("en", WORKER.party, Sight(net.authority, WORKER, "portal /test"))
    assert claim_pages.claim_view(reading, {"slug": "c-1"})["waits"]["href"] == ""
    net.file("set_aside", CHIEF, entry=asked, words="Not what the slips say.")
    net.file("appeal_decided", JUDGE, claim=CLAIM, outcome="upheld", words="As it was.")
    assert net.standing().appeal is None


def test_one_corrects_what_raises_little_of_it(net: Net) -> None:
    appealed(net)
    net.file("appeal_decided", JUDGE, claim=CLAIM, **allowed("4700.00"))
    assert net.standing().earned == 470_000


def test_what_officers_correct_one_after_another_is_held_together_against_what_two_decided_last(net: Net) -> None:
    """4,700 bring half more than 4,200, and 5,200 a third more than that: two steps by one each where one takes two."""
    appealed(net)
    net.file("appeal_decided", JUDGE, claim=CLAIM, **allowed("4700.00"))
    appeal = appealed(net)
    assert kinds.CORRECTION.id in refused(net, "appeal_decided", CHIEF, **allowed("5200.00"))["earned"]
    asked = net.file("correction", CHIEF, **correction(net, "5200.00", appeal=appeal))
    net.file("seconded", OFFICER, entry=asked)
    appealed(net)
    net.file("appeal_decided", PAYS, claim=CLAIM, **allowed("5400.00"))
    assert net.standing().earned == 540_000, "a tenth more than what two decided"


def test_the_page_asks_a_second_officer_for_what_takes_two(net: Net) -> None:
    appeal = appealed(net)
    reading = net.authority.reading("en", JUDGE.party, Sight(net.authority, JUDGE, "portal /test"))
    for earned, kind in (("4300.00", "appeal_decided"), ("42000.00", "correction"), ("4.2.0", "appeal_decided")):
        (act,) = claim_pages.decide_deed(reading, {"slug": "c-1", **allowed(earned)}).acts
        assert act.kind == f"adaptive_safety_net.{kind}"
        assert kind != "correction" or act.body["appeal"] == appeal


def test_a_slip_is_put_right_by_whoever_claims_or_by_two_officers(net: Net) -> None:
    appeal = appealed(net)
    net.file("seconded", CHIEF, entry=net.file("correction", JUDGE, **correction(net, "42000.00", appeal=appeal)))
    net.claim()
    assert net.standing().body["earned"] == "42000.00", "what was claimed before the appeal undoes nothing"
    net.claim(earned="4300.00")
    assert (net.standing().earned, net.standing().state) == (430_000, "eligible"), "they say otherwise since"
    net.claim(earned="42000.00")
    assert looking.RAISED["en"] in [
        one.words["en"] for one in looking.looks(net.authority.reader, net.programme(), net.standing())
    ]


def test_two_officers_put_right_what_nobody_appealed(net: Net) -> None:
    for told, where in (({"earned": "4200.00"}, "(whole)"), ({"earned": "3000.00"}, "(whole)"),
                        ({"earned": "x"}, "earned"), ({"facts": 1}, "facts"), ({"appeal": 3}, "appeal")):  # fmt: skip
        body = {**correction(net, "4000.00"), **told}
        body.pop("claim")
        assert where in refused(net, "correction", JUDGE, **body)
    reading = net.authority.reading("en", JUDGE.party, Sight(net.authority, JUDGE, "portal /test"))
    given = {"slug": "c-1", "what": "correct", "words": "The slips.", "earned": "4000.00"}
    (act,) = claim_pages.decide_deed(reading, given).acts
    asked = net.authority.act(act, JUDGE).index
    net.authority.follow()
    net.file("seconded", CHIEF, entry=asked)
    assert net.standing().earned == 400_000
    assert any(
        "Two officers corrected" in line["en"] for one in talk(net.authority.reader, CLAIM) for line in one.lines
    )
    net.run("2026-06")
    assert net.paid() == {"2026-05": 41_666, "2026-06": 33_333}, "half of 800, five sixths of it"
    net.run("2026-07")
    assert net.paid()["2026-07"] == 33_333 - 8_333, "once it is final what was too much is set off"


def test_an_appeal_is_filed_by_whoever_claims_or_by_two_officers_for_them(net: Net) -> None:
    assert "only they appeal" in refused(net, "appeal", OFFICER, words="More.")["claim"]
    body = {"claim": CLAIM, "what": "appeal", "facts": net.standing().entry, "words": "He rang: it is too little."}
    asked = net.file("written_down", OFFICER, **body)
    assert net.standing().appeal is None
    net.file("seconded", CHIEF, entry=asked)
    appeal = net.standing().appeal
    assert appeal is not None
    assert appeal["body"]["words"] == "He rang: it is too little."
    assert [row["template"].split()[0] for row in net.authority.reader.select(notices.LETTER)] == [
        "adaptive_safety_net.appeal_written"
    ]
    upheld = {"outcome": "upheld", "words": "It is what the text gives."}
    assert "has a hand" in refused(net, "appeal_decided", OFFICER, **upheld)["claim"]
    told = {name: value for name, value in body.items() if name != "claim"}
    assert set(refused(net, "written_down", PAYS, **told)) == {"claim"}, "one appeal at a time"
    net.file("appeal_decided", JUDGE, claim=CLAIM, **upheld)
    net.at("2026-09-01T09:00:00Z")
    assert set(refused(net, "written_down", PAYS, **told)) == {"good_cause"}
    asked = net.file("written_down", PAYS, **body, good_cause="He was ill.")
    net.file("seconded", CONFIRMS, entry=asked)
    assert net.standing().appeal is not None


def test_an_appeal_decides_facts_and_not_the_text_which_an_order_alone_goes_beyond_by_two(net: Net) -> None:
    """A reviewer's appeal officer allowed the claim of somebody who lost the work in another state: it was paid."""
    appealed(net)
    told = {"outcome": "allowed", "words": "It is hard on them."}
    elsewhere = {**told, "area": "area:us-oh"}
    assert "what the text allows, or the order" in refused(net, "appeal_decided", JUDGE, **elsewhere)["outcome"]
    body = correction(net, "4300.00", appeal=appealed_entry(net), area="area:us-oh")
    body.pop("claim")
    assert "the order of a court" in refused(net, "correction", JUDGE, **body)["(whole)"]
    order = {"citation": "Wayne County Circuit Court, 26-1234-AE, 11 May 2026"}
    upheld = {"outcome": "upheld", "words": "No."}
    assert set(refused(net, "appeal_decided", JUDGE, **upheld, **order)) == {"citation"}
    asked = net.file("appeal_decided", JUDGE, claim=CLAIM, **elsewhere, **order)
    assert net.standing().appeal is not None, "nothing holds by one"
    reading = net.authority.reading("en", CHIEF.party, Sight(net.authority, CHIEF, "portal /test"))
    facts = dict(CONTROL.view(reading, {"entry": str(asked)})["facts"])
    assert facts["The order"] == order["citation"]
    net.file("seconded", CHIEF, entry=asked)
    stands = net.standing()
    assert (stands.state, stands.body["area"], stands.appeal) == ("eligible", "area:us-oh", None)
    assert any(
        "It was ordered: Wayne County" in line["en"] for one in talk(net.authority.reader, CLAIM) for line in one.lines
    )
    net.file("appeal", WORKER, claim=CLAIM, words="More.")
    for caller in (JUDGE, CHIEF):
        assert "does not decide" in refused(net, "appeal_decided", caller, **allowed("4300.00"))["claim"]


def appealed_entry(net: Net) -> int:
    appeal = net.standing().appeal
    assert appeal is not None
    return int(appeal["entry"])


def test_the_form_of_an_appeal_asks_for_the_order(net: Net) -> None:
    appealed(net)
    reading = net.authority.reading("en", JUDGE.party, Sight(net.authority, JUDGE, "portal /test"))
    given = {"slug": "c-1", **allowed("42000.00"), "citation": "Court of Appeals, 12/2026"}
    (act,) = claim_pages.decide_deed(reading, given).acts
    assert (act.kind, act.body["citation"]) == ("adaptive_safety_net.appeal_decided", given["citation"])


def test_an_order_decides_though_the_claimant_files_anew_while_it_waits_and_the_second_officer_is_told(
    net: Net,
) -> None:
    """A reviewer's claimant did so: the order was confirmed, came before their filing, and nothing said that it was
    void."""
    appealed(net)
    order = {"citation": "Wayne County Circuit Court, 26-1234-AE, 11 May 2026", "area": "area:us-oh"}
    body = {"claim": CLAIM, "outcome": "allowed", "words": "It is hard on them.", **order}
    asked = net.file("appeal_decided", JUDGE, **body)
    sight = Sight(net.authority, CHIEF, "portal /test")
    reading = net.authority.reading("en", CHIEF.party, sight)
    assert not [label for label, _ in CONTROL.view(reading, {"entry": str(asked)})["facts"] if "since" in label]
    anew = net.claim(area="area:us-oh")
    assert net.standing().state == "waits", "the text refuses it"
    facts = dict(CONTROL.view(reading, {"entry": str(asked)})["facts"])
    assert facts["Filed anew since this was asked for: entries"] == str(anew)
    took = net.file("seconded", CHIEF, entry=asked)
    stands = net.standing()
    assert (stands.state, stands.appeal) == ("eligible", None)
    assert asked < anew < took == stands.steps[-1]["entry"]
    told = list(claim_pages.claim_view(reading, {"slug": "c-1"})["reasons"])
    assert (told[-1]["entry"], told[-1]["words"][1]) == (asked, "It is hard on them."), "opened where its words stand"


def test_what_else_came_while_it_waited_is_told_too(net: Net) -> None:
    told = {"claim": CLAIM, "facts": net.standing().entry, "person": net.standing().body["person"]}
    appeal = {**told, "what": "appeal", "words": "She came by."}
    asked = net.file("written_down", PAYS, **appeal)
    question = net.file("question", JUDGE, claim=CLAIM, text="Since when do you work?")
    reading = net.authority.reading("en", CHIEF.party, Sight(net.authority, CHIEF, "portal /test"))
    facts = dict(CONTROL.view(reading, {"entry": str(asked)})["facts"])
    assert facts["Done about it since this was asked for: entries"] == str(question)


def test_a_corrected_day_is_held_against_work_and_birth_as_a_claim_s_own_is(net: Net) -> None:
    """An officer allowed an appeal with a day of loss after the new work began: days before the loss were paid."""
    told: dict[str, Any] = {"lost_on": "2026-02-16", "born_on": "1980-03-01", "paid_to": None}
    net.claim(**told)
    net.file("decided", JUDGE, claim=CLAIM, outcome="eligible", facts=net.standing().entry, words="Seen.")
    appeal = appealed(net)
    allows: dict[str, Any] = {"outcome": "allowed", "words": "Papers."}
    corrects = {"facts": net.standing().entry, "words": "Papers.", "appeal": appeal}
    late, young = {"lost_on": "2026-05-10"}, {"lost_on": "1979-03-01"}
    for kind, body in (("appeal_decided", allows), ("correction", corrects)):
        want = refused(net, kind, CHIEF, **body, **late)["lost_on"]
        assert "a day before 2026-05-01, on which new work 1 began: work beside" in want
        assert "a day after the day of birth, 1980-03-01" in refused(net, kind, CHIEF, **body, **young)["lost_on"]
        ahead = {"jobs": [{"began": "2026-05-01", "ended": "2027-01-01", "monthly": "3200.005"}]}
        assert set(refused(net, kind, CHIEF, **body, **ahead)) == {"jobs.0.ended", "jobs.0.monthly"}
    for changed, field in ((late, "lost_on"), ({"born_on": "2026-03-01"}, "born_on")):
        with pytest.raises(BadInput) as error:
            net.claim(**{**told, **changed})
        assert [fault.where for fault in error.value.faults] == [field], "the same of a claim"
    net.died("2026-03-10")
    with pytest.raises(BadInput) as error:
        net.claim(**{**told, "lost_on": "2026-03-11"})
    assert "the day of the death that is on record" in error.value.faults[0].want


def test_work_that_was_beside_the_lost_one_is_corrected_with_the_day(net: Net) -> None:
    """The day is right, and the earlier job counts in neither: the officer says both, and it stays so whatever else is
    claimed again."""
    jobs = [{"began": "2026-05-01", "monthly": "3200.00", "weekly_hours": 40, "ended": "2026-05-20"},
            {"began": "2026-05-25", "monthly": "3300.00", "weekly_hours": 40}]  # fmt: skip
    net.claim(jobs=jobs)
    net.file("decided", JUDGE, claim=CLAIM, outcome="eligible", facts=net.standing().entry, words="Seen.")
    appealed(net)
    reading = net.authority.reading("en", CHIEF.party, Sight(net.authority, CHIEF, "portal /test"))
    asks = {one.field: one for one in claim_pages.decide_view(reading, {"slug": "c-1"})["asks"]}
    assert [one.value for one in asks["beside"].choices] == ["2026-05-01", "2026-05-25"]
    given = {"slug": "c-1", "outcome": "allowed", "words": "Papers.", "lost_on": "2026-05-10", "beside": "2026-05-01"}
    (act,) = claim_pages.decide_deed(reading, given).acts
    assert [job["began"] for job in act.body["jobs"]] == ["2026-05-25"]
    entry = net.file(act.kind.partition(".")[2], CHIEF, **act.body)
    if act.kind == kinds.CORRECTION.id:
        net.file("seconded", PAYS, entry=entry)
    stands = net.standing()
    assert (stands.body["lost_on"], [job.began.isoformat() for job in stands.jobs]) == ("2026-05-10", ["2026-05-25"])
    net.claim(jobs=jobs, person="Sam (fictitious)", paid_to="GB29NWBK60161331926819")
    assert [job.began.isoformat() for job in net.standing().jobs] == ["2026-05-25"], "it is no news"
    both = [jobs[0], {**jobs[1], "ended": "2026-05-30"}]
    with pytest.raises(BadInput) as error:
        net.claim(jobs=both)
    assert {fault.where: fault.want for fault in error.value.faults}["jobs.0.began"].startswith(
        "a day after 2026-05-10"
    )


def test_whoever_claims_reads_which_facts_were_corrected_from_what_to_what(net: Net) -> None:
    """A corrected day stood nowhere on the page: nobody could appeal it with sense."""
    appealed(net)
    net.file("appeal_decided", JUDGE, claim=CLAIM, outcome="allowed", words="The slips.", earned="4300.00")
    net.file("seconded", PAYS, entry=net.file("correction", CHIEF, **correction(net, "4250.00", lost_on="2026-02-20")))
    lines = [
        line for one in talk(net.authority.reader, CLAIM) for line in one.lines if line["en"].startswith("Correct")
    ]
    assert [line["en"] for line in lines] == [
        "Corrected: the pay of a month before, from 4200.00 USD to 4300.00 USD.",
        "Corrected: the day on which the work was lost, from 16 February 2026 to 20 February 2026.",
        "Corrected: the pay of a month before, from 4300.00 USD to 4250.00 USD.",
    ]
    assert lines[1]["zh"] == "更正：失去工作之日由 2026年2月16日 改为 2026年2月20日。"
    reading = net.authority.reading("en", WORKER.party, Sight(net.authority, WORKER, "portal /test"))
    reasons = claim_pages.claim_view(reading, {"slug": "c-1"})["reasons"]
    assert [line for one in reasons for line in one["words"] if line in [each["en"] for each in lines]] == [
        line["en"] for line in lines
    ]
