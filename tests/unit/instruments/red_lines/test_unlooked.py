"""Who chooses among runs chooses what comes out: below waits until none was passed over, and for screens and people who
are no party."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.eval_logs import sample
from tests.line_house import AUDITOR, DESK, DEVELOPER, TEST, Lab, arm, clustered_log, lab_in, log, log_of, refused

from commonweal.acceptance import Caller
from commonweal.instruments.red_lines import independence, over_tests, requiring, unlooked, views
from commonweal.instruments.red_lines.deciding import STANDING, doubts, looks
from commonweal.instruments.red_lines.kinds import IN_PART, KEPT_APART, ONCE_SAID, UNSAID
from commonweal.instruments.red_lines.lines import proxies_in_force
from commonweal.instruments.red_lines.unlooked import Waiting
from commonweal.kernel import registry
from commonweal.kernel.record import Act, Entry
from commonweal.sight import Sight

SAFE = "C" * 3 + "I" * 97
LINE = "red_lines.idais/replication"
OWN_AUDITOR = Caller("party:aurora-audit", ("auditor",), "organisation:aurora")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        found.test(arms=(arm("one", planned=100),))
        yield found


def looked_at(lab: Lab, **said: Any) -> str:
    run, _ = lab.run(log(SAFE))
    lab.said_of(run, **said)
    lab.look(None, run=run)
    return run


def test_below_waits_until_every_run_of_the_arm_was_looked_at_or_left_out_by_somebody_independent(lab: Lab) -> None:
    """Of twelve runs the lowest was looked at: with a true rate at the bar that is below in 28 of 100 tests."""
    other, _ = lab.run(log("C" * 15 + "I" * 85, task="another try"))
    lab.said_of(other)
    looked_at(lab)
    assert lab.state()[0] == "inconclusive"
    left = {
        "test": "line_test:t",
        "arm": "one",
        "passed_over": [other],
        "reason": "faulty",
        "statement": "The range was down.",
    }
    assert [one.code for one in refused(lambda: lab.file("red_lines.left_out", by=OWN_AUDITOR, **left))] == ["own"]
    lab.file("red_lines.left_out", by=AUDITOR, **left)
    assert lab.state()[0] == "below"


def test_a_run_that_comes_to_light_later_ends_below_and_one_of_another_model_or_from_later_does_not(lab: Lab) -> None:
    lab.file("model_registration.model", name="Five", organisation="organisation:aurora", source="invented")
    looked_at(lab)
    lab.on("2026-11-06")
    another, _ = lab.run(log(SAFE, "2026-11-04T10:00:00+00:00", task="another"))
    lab.said_of(another, model="model:five")
    assert lab.state()[0] == "below"
    hidden, _ = lab.run(log("C" * 90 + "I" * 10, "2026-11-04T10:00:00+00:00", task="kept back"))
    lab.said_of(hidden)
    lab.on("2026-11-08")
    assert lab.state()[0] == "inconclusive"


def test_a_run_begun_after_the_day_of_decision_is_none_that_was_passed_over(lab: Lab) -> None:
    looked_at(lab)
    lab.on("2026-12-21")
    later, _ = lab.run(log(SAFE, "2026-12-20T10:00:00+00:00", task="later"))
    lab.said_of(later)
    lab.on("2026-12-23")
    assert lab.state()[0] == "below"


def test_the_day_of_decision_is_not_moved_to_before_a_run_that_was_passed_over(lab: Lab) -> None:
    """A day in the past took the bad run out of the test: what is reserved to somebody independent, done by a date."""
    lab.on("2026-11-21")
    bad, _ = lab.run(log("C" * 60 + "I" * 40, "2026-11-20T08:01:00+00:00", task="passed over"))
    lab.said_of(bad)
    looked_at(lab)
    moved = refused(lambda: lab.test(arms=(arm("one", planned=100),), decide_by="2026-11-15"))
    assert [(one.where, one.code) for one in moved] == [("decide_by", "day")]
    lab.test(arms=(arm("one", planned=100),), decide_by="2026-11-21")
    lab.on("2026-11-22")
    assert (lab.state()[0], unlooked_of(lab)) == ("inconclusive", [bad])


@pytest.mark.parametrize("rule", [KEPT_APART, ONCE_SAID])
def test_a_run_is_of_the_test_by_the_latest_day_of_decision_that_was_registered(lab: Lab, rule: int) -> None:
    looked_at(lab)
    lab.test(arms=(arm("one", planned=100),), decide_by="2026-11-15")
    made = {}
    for day in ("2026-11-20", "2026-12-20"):
        lab.on(day)
        made[day], _ = lab.run(log("C" * 60 + "I" * 40, f"{day}T08:01:00+00:00", task=day))
        lab.said_of(made[day])
    assert unlooked_of(lab, rule) == [made["2026-11-20"]]


@pytest.mark.parametrize("name", ["sandbagging", "contamination"])
def test_what_a_screen_suspects_counts_towards_danger_alone(lab: Lab, name: str) -> None:
    """A model that fails on purpose was below by failing, with the signs of it on record."""
    looked_at(lab, **{f"{name}_screens": [{"method": "Noise injection", "found": "signs"}]})
    test = registry.subject(lab.authority.reader, "line_test:t")
    assert test is not None
    seen = looks(lab.authority.reader, "line_test:t")
    assert doubts(lab.authority.reader, test, test["body"]["arms"][0], seen) == [[name]]
    assert lab.state()[0] == "inconclusive"


def test_nothing_was_found_where_a_screen_ran_and_found_nothing(lab: Lab) -> None:
    run, _ = lab.run(log("CCII"))
    said = {"contamination": "nothing_found", "sandbagging": "nothing_found"}
    assert [one.code for one in refused(lambda: lab.look("0 0", **said))] == ["not_run", "not_run"]
    lab.said_of(run, sandbagging_screens=[{"method": "Noise injection", "found": "inconclusive"}])
    found = refused(lambda: lab.look(None, run=run, **said))
    assert [(one.where, one.code) for one in found] == [("contamination", "not_run"), ("sandbagging", "contradicts")]
    screens = {f"{name}_screens": [{"method": "n-grams", "found": "no_signs"}] for name in said}
    lab.said_of(run, **screens)
    lab.look(None, run=run, **said)


def test_who_develops_a_model_verifies_nothing_of_it_and_has_no_voice_about_its_hold(lab: Lab) -> None:
    lab.look(" ".join("1" * 40 + "0" * 20))
    body = {"name": "M", "test": "line_test:t", "what": "security", "evidence_sha256": ["0" * 64]}
    lab.file("red_lines.mitigation", **body, holds_until="2027-03-01")
    found = refused(lambda: lab.verify("line_mitigation:m", by=OWN_AUDITOR))
    assert [one.code for one in found] == ["own"]
    lab.mitigated("Enclave", meets="weights_secured")
    case = requiring.held(lab.authority.reader, "line_test:t")
    assert case is not None
    said = {"case": case["case"], "step": "action--92de44b1-aa51-4151-b056-241fc5c0079f", "decision": "approve",
            "role": "auditor", "organisation": "organisation:aurora"}  # fmt: skip
    voice = refused(lambda: lab.file("approval.given", by=OWN_AUDITOR, **said))
    assert ("organisation", "own") in [(one.where, one.code) for one in voice]
    assert set(independence.developers("line_test:t", lab.authority.reader)) == {"organisation:aurora", DEVELOPER.party}


def test_a_mitigation_that_lapses_holds_nothing_where_nothing_was_found(lab: Lab) -> None:
    looked_at(lab)
    [opens] = [one for one in requiring.RESPONSES if one.on == "red_lines.lapsed"]
    entry = Entry(9, "red_lines.lapsed", 1, lab.clock.now(), DESK.party, None, {"test": "line_test:t"})
    assert lab.state()[0] == "below"
    assert opens.match(entry, lab.authority.reader) is None


def passed_over(lab: Lab) -> str:
    """A run of which 40 of 100 items were solved, on record as one of the arm; another, of 3, was looked at."""
    bad, _ = lab.run(log("C" * 40 + "I" * 60, task="passed over"))
    lab.said_of(bad)
    looked_at(lab)
    assert lab.state()[0] == "inconclusive"
    return bad


def entry_of(lab: Lab, run: str) -> int:
    return int(registry.versions(lab.authority.reader, run)[0]["entry"])


def test_a_run_that_was_passed_over_bars_below_though_its_filer_annuls_it(lab: Lab) -> None:
    """What is reserved to somebody independent was done by the developer alone, by annulling the run."""
    bad = passed_over(lab)
    lab.file("record.annulled", entry=entry_of(lab, bad), reason_code="filed_in_error")
    lab.on("2026-11-05")
    assert lab.state()[0] == "inconclusive"
    left = {"passed_over": [bad], "reason": "faulty", "statement": "It broke off."}
    lab.file("red_lines.left_out", by=DESK, test="line_test:t", arm="one", **left)
    assert lab.state()[0] == "below"


def test_a_run_that_the_authority_annuls_was_not_passed_over(lab: Lab) -> None:
    bad = passed_over(lab)
    said = {"entry": entry_of(lab, bad), "reason_code": "filed_in_error", "citation": "Order 7"}
    lab.file("record.annulled", by=DESK, **said)
    lab.on("2026-12-20")
    assert (lab.state()[0], unlooked_of(lab)) == ("below", [])


def waiting_of(lab: Lab, rule: int = IN_PART) -> Waiting:
    """The runs because of which below is not said, by a rule for looks."""
    reader = lab.authority.reader
    test, held = registry.subject(reader, "line_test:t"), proxies_in_force(reader)
    assert test is not None
    assert held is not None
    seen = [{**row, "counts_by": rule} for row in looks(reader, "line_test:t")]
    return unlooked.together(unlooked.waiting(reader, test, seen, held[0]).values())


def unlooked_of(lab: Lab, rule: int = IN_PART) -> list[str]:
    return list(waiting_of(lab, rule).unlooked)


def test_of_looks_from_before_a_run_is_what_stands_of_it_now(lab: Lab) -> None:
    bad = passed_over(lab)
    assert (unlooked_of(lab), unlooked_of(lab, KEPT_APART)) == ([bad], [bad])
    lab.said_of(bad, access="black_box")
    assert (unlooked_of(lab), unlooked_of(lab, KEPT_APART)) == ([bad], [])


@pytest.mark.parametrize("said", [{"elicitation": {"fine_tuned": False, "attempts": 2}}, {"model": "model:five"}])
def test_a_run_that_was_passed_over_is_not_talked_away_by_other_conditions(lab: Lab, said: dict[str, Any]) -> None:
    lab.file("model_registration.model", name="Five", organisation="organisation:aurora", source="invented")
    bad = passed_over(lab)
    lab.said_of(bad, **said)
    assert unlooked_of(lab) == [bad]
    lab.on("2026-12-20")
    assert lab.state()[:2] == ("early_warning", 1)


def test_conditions_that_their_filer_takes_back_were_said_and_those_that_the_authority_takes_back_were_not(
    lab: Lab,
) -> None:
    bad, _ = lab.run(log("C" * 40 + "I" * 60, task="passed over"))
    said = [lab.said_of(bad), lab.said_of(bad)]
    looked_at(lab)
    lab.file("record.annulled", entry=said[0], reason_code="filed_in_error")
    lab.on("2026-11-05")
    assert (lab.state()[0], unlooked_of(lab)) == ("inconclusive", [bad])
    other, _ = lab.run(log("C" * 40 + "I" * 60, task="of nobody's"))
    wrong = lab.said_of(other)
    assert unlooked_of(lab) == [bad, other]
    lab.file("record.annulled", by=DESK, entry=wrong, reason_code="filed_in_error", citation="Order 7")
    assert unlooked_of(lab, ONCE_SAID) == [bad]
    assert unlooked_of(lab) == [bad, other], "nobody says any more of which model it is"


def test_a_run_that_was_never_one_of_the_arm_bars_nothing_once_it_is_annulled(lab: Lab) -> None:
    old, _ = lab.run(log("C" * 15 + "I" * 85, "2026-10-02T08:01:00+00:00", task="before"))
    made_up, _ = lab.run(log("C" * 41 + "I" * 59, task="made up"), made_up=True)
    for one in (old, made_up):
        lab.said_of(one)
        lab.file("record.annulled", entry=entry_of(lab, one), reason_code="filed_in_error")
    looked_at(lab)
    assert (lab.state()[0], unlooked_of(lab)) == ("below", [])


@pytest.mark.parametrize("name", ["sandbagging", "contamination"])
def test_signs_that_were_on_record_are_not_unsaid_by_whoever_filed_the_run(lab: Lab, name: str) -> None:
    """Removing a screen from a list is no screen: below followed from saying nothing of it."""
    run, _ = lab.run(log(SAFE))
    signs = lab.said_of(run, **{f"{name}_screens": [{"method": "Noise injection", "found": "signs"}]})
    lab.look(None, run=run)
    lab.said_of(run, **{f"{name}_screens": [{"method": "Noise injection", "found": "no_signs"}]})
    lab.on("2026-11-05")
    assert lab.state()[0] == "inconclusive"
    lab.file("record.annulled", by=DESK, entry=signs, reason_code="filed_in_error", citation="Order 7")
    lab.on("2026-11-07")
    assert lab.state()[0] == "below"


BAD = "C" * 40 + "I" * 60
OTHER_MODEL = "mockllm/model-2"


def unsaid(lab: Lab, began: str = "2026-11-02T08:01:00+00:00", task: str = "nothing said") -> str:
    """A run of which 40 of 100 items were solved, by the developer's own key, of which nothing is said."""
    run, _ = lab.run(log(BAD, began, task=task))
    return run


def test_a_run_of_which_nothing_is_said_was_passed_over_until_it_is_said_to_be_another(lab: Lab) -> None:
    """The filer kept quiet about the bad one of two runs of one test, and below was said at once."""
    lab.file("model_registration.model", name="Five", organisation="organisation:aurora", source="invented")
    bad = unsaid(lab)
    looked_at(lab)
    assert (lab.state()[0], unlooked_of(lab)) == ("inconclusive", [bad])
    assert unlooked_of(lab, ONCE_SAID) == [], "of looks from before silence takes a run away, as it did"
    lab.said_of(bad, model=None)
    assert unlooked_of(lab) == [bad], "of which model it is was not said"
    lab.said_of(bad, model="model:five")
    lab.on("2026-11-05")
    assert (lab.state()[0], unlooked_of(lab)) == ("below", [])


def test_a_run_of_which_nothing_is_said_is_left_out_by_somebody_independent(lab: Lab) -> None:
    bad = unsaid(lab)
    looked_at(lab)
    left = {"test": "line_test:t", "arm": "one", "passed_over": [bad], "reason": "faulty", "statement": "It broke off."}
    assert [one.code for one in refused(lambda: lab.file("red_lines.left_out", by=OWN_AUDITOR, **left))] == ["own"]
    lab.file("red_lines.left_out", by=AUDITOR, **left)
    assert lab.state()[0] == "below"


def test_a_run_of_which_nothing_is_said_bars_below_where_its_developer_filed_it_and_another_runs_the_arm(
    lab: Lab,
) -> None:
    lab_of = Caller("party:indep", ("developer",))
    lab.file("model_registration.organisation", by=lab_of, name="Indep Lab", source="invented")
    theirs = arm("theirs", planned=100, run_by="organisation:indep-lab")
    lab.test(name="U", arms=(theirs,))
    run, _ = lab.run(log(SAFE), lab_of)
    lab.said_of(run, by=lab_of)
    lab.file("red_lines.look", by=lab_of, test="line_test:u", arm="theirs", run=run)
    lab.on("2026-11-06")

    def state() -> str:
        row = lab.authority.reader.get(STANDING, "line_test:u")
        return str(row["state"]) if row else ""

    assert state() == "below"
    unsaid(lab, "2026-11-04T10:00:00+00:00")
    lab.on("2026-11-08")
    assert state() == "inconclusive"


def test_runs_are_left_out_on_the_page_of_the_test_which_offers_those_that_wait(lab: Lab) -> None:
    bad = unsaid(lab)
    looked_at(lab)
    [page] = [one for one in lab.authority.instruments["red_lines"].pages if one.id == "red_line_left-out"]
    reading = lab.authority.reading("en", DESK.party, Sight(lab.authority, DESK, "left out"))
    shown = page.view(reading, {"test": "t"})
    assert shown["begins"] == {"withdrawn": "false", "arm": "one", "passed_over": bad}
    assert page.act is not None
    [act] = page.act(reading, {"test": "t", **shown["begins"], "reason": "broke_off", "statement": "See its log."}).acts
    lab.file(act.kind, by=DESK, **act.body)
    assert lab.state()[0] == "below"


def test_a_run_of_which_nothing_is_said_ends_below_when_it_comes_later_and_at_the_day_warns(lab: Lab) -> None:
    looked_at(lab)
    lab.on("2026-11-06")
    assert lab.state()[0] == "below"
    unsaid(lab, "2026-11-04T10:00:00+00:00")
    lab.on("2026-11-08")
    assert lab.state()[0] == "inconclusive"
    lab.on("2026-12-20")
    assert lab.state()[:2] == ("early_warning", 1)


def test_a_run_of_which_nothing_is_said_bars_nothing_where_filer_model_or_test_are_others(lab: Lab) -> None:
    another = Caller("party:another", ("developer",))
    lab.run(log(BAD, task="theirs"), another)
    lab.run(log(BAD, suite="arithmetic", task="x"))
    lab.run(log(BAD, task="other model", model=OTHER_MODEL))
    looked_at(lab)
    assert (lab.state()[0], unlooked_of(lab)) == ("below", [])


def test_a_run_that_was_annulled_before_anything_was_said_of_it_was_passed_over(lab: Lab) -> None:
    bad = unsaid(lab)
    lab.file("record.annulled", entry=entry_of(lab, bad), reason_code="filed_in_error")
    looked_at(lab)
    assert (lab.state()[0], unlooked_of(lab)) == ("inconclusive", [bad])


def left_out(
    lab: Lab, run: str, named: str = "one", reason: str = "repeated", *, by: Caller = AUDITOR, **more: Any
) -> None:
    body = {"test": "line_test:t", "arm": named, "passed_over": [run], "reason": reason, "statement": "See its log."}
    lab.file("red_lines.left_out", by=by, **body, **more)


@pytest.fixture
def longer(tmp_path: Path) -> Iterator[Lab]:
    """A house whose test has one more item than a hundred."""
    with lab_in(tmp_path) as found:
        found.test(arms=(arm("one", planned=101),))
        yield found


def rerun(lab: Lab) -> str:
    """All of the hundred items of a run again, this time solved, and one that is new and was not; looked at."""
    looked_at(lab)
    again, _ = lab.run(log_of([*(sample(n, "C") for n in range(100)), sample(1000, "I")], task="again"))
    lab.said_of(again)
    lab.look(None, run=again)
    return again


def test_a_look_at_one_new_item_of_a_contradicting_rerun_does_not_stand_for_all_of_it(longer: Lab) -> None:
    """A rerun in which all of the items were solved took nothing from below, once one item was added to it."""
    again = rerun(longer)
    assert longer.told()[-1] == "0"
    assert (longer.state()[:2], waiting_of(longer)) == (("inconclusive", 0), Waiting([], [again], [], []))
    assert waiting_of(longer, UNSAID).runs() == [], "a look from before stands for its run as it did"
    found = over_tests.of_line(longer.authority.reader, "model:four", LINE, longer.clock.now())
    assert (found.state, found.waiting) == ("undecided", Waiting([], [again], [], []))
    [used] = refused(lambda: longer.look(None, run=again))
    assert "Of this run 100 items were told before" in str(used.want)


def test_what_was_told_before_is_left_out_by_somebody_independent(longer: Lab) -> None:
    again = rerun(longer)
    assert [one.code for one in refused(lambda: left_out(longer, again, by=OWN_AUDITOR))] == ["own"]
    assert longer.state()[0] == "inconclusive"
    left_out(longer, again)
    assert longer.state()[0] == "below"


def test_what_was_told_before_and_nobody_judged_makes_a_warning_of_the_day(longer: Lab) -> None:
    rerun(longer)
    longer.on("2026-12-20")
    assert longer.state()[:2] == ("early_warning", 1)


def test_what_was_left_out_of_a_look_takes_nothing_from_a_crossing(lab: Lab) -> None:
    bad, _ = lab.run(log("C" * 90 + "I" * 9))
    lab.said_of(bad)
    lab.look(None, run=bad)
    again, _ = lab.run(log("I" * 100, task="again"))
    lab.said_of(again)
    lab.look(None, run=again)
    assert (lab.state()[:2], waiting_of(lab).in_part) == (("crossed", 0), [again])


def test_items_that_nobody_was_told_of_are_passed_over_where_their_texts_were_told(tmp_path: Path) -> None:
    """Of 600 items 540 were solved, and the rate was 0: each text was first met by its one item that was not."""
    first = [sample(n, "I", metadata={"text": f"text {n}"}) for n in range(60)]
    rest = [sample(1000 + n, "C", metadata={"text": f"text {n % 60}"}) for n in range(540)]
    new = [sample(5000, "I", metadata={"text": "text 60"})]
    with lab_in(tmp_path) as lab:
        lab.test(arms=(arm("one", planned=61, clustered_by="text", largest_cluster=9),))
        for samples in (first, [*rest, *new]):
            run, _ = lab.run(clustered_log(samples))
            lab.said_of(run)
            lab.look(None, run=run)
        assert looks(lab.authority.reader, TEST)[-1]["told_before"] == 540
        assert (waiting_of(lab).in_part, lab.state()[0]) == ([run], "inconclusive")


def test_the_page_says_how_much_of_a_run_was_told_before_and_the_form_offers_it(longer: Lab) -> None:
    again = rerun(longer)
    reading = longer.authority.reading("en", DESK.party, Sight(longer.authority, DESK, "in part"))
    shown = views.test_view(reading, {"test": "t"})
    assert shown["unlooked"] == [["one", 0, 1, 0, 0]]
    assert "of this run 100 items were told before, and what it says of these is not counted" in shown["history"][-1][8]
    assert shown_by_form(longer) == {"withdrawn": "false", "arm": "one", "passed_over": again}


def shown_by_form(lab: Lab) -> Any:
    [page] = [one for one in lab.authority.instruments["red_lines"].pages if one.id == "red_line_left-out"]
    reading = lab.authority.reading("en", DESK.party, Sight(lab.authority, DESK, "left out"))
    return page.view(reading, {"test": "t"})["begins"]


OTHERWISE = [
    {"elicitation": {"fine_tuned": False, "attempts": 10}},
    {"access": "black_box"},
    {"elicitation": {"fine_tuned": True, "attempts": 1}},
]


def of_no_arm(lab: Lab, log_: bytes | None = None, **said: Any) -> str:
    """A run of which 40 of 100 items were solved, with ten tries at each, which is no arm's."""
    run, _ = lab.run(log_ or log(BAD, task="of no arm"))
    lab.said_of(run, **(said or OTHERWISE[0]))
    return run


@pytest.mark.parametrize("said", OTHERWISE)
def test_a_run_that_was_elicited_as_no_arm_and_warns_bars_below_until_it_is_left_out(
    lab: Lab, said: dict[str, Any]
) -> None:
    """With ten tries all of it was solved, and with the one that was registered the model was below."""
    looked_at(lab)
    assert lab.state()[0] == "below"
    better = of_no_arm(lab, **said)
    lab.on("2026-11-04")
    assert (lab.state()[:2], waiting_of(lab)) == (("inconclusive", 0), Waiting([], [], [better], []))
    assert waiting_of(lab, UNSAID).runs() == [], "of looks from before it bars nothing"
    found = over_tests.of_line(lab.authority.reader, "model:four", LINE, lab.clock.now())
    assert (found.state, found.waiting.of_no_arm) == ("undecided", [better])
    assert shown_by_form(lab) == {"withdrawn": "false", "arm": "one", "passed_over": better}
    left_out(lab, better, reason="other_arm")
    assert lab.state()[0] == "below"


def test_a_run_of_no_arm_warns_at_the_day_and_is_looked_at_for_an_arm_that_is_added(lab: Lab) -> None:
    looked_at(lab)
    ten = arm("ten", planned=100, tries=10)
    lab.authority.act(
        Act("red_lines.test", {**subject_of(lab), "arms": [*subject_of(lab)["arms"], ten]}, "", subject=TEST), DEVELOPER
    )
    lab.authority.follow()
    better = of_no_arm(lab)
    assert (waiting_of(lab).unlooked, waiting_of(lab).of_no_arm) == ([better], []), "it is of the arm that was added"
    lab.look(None, "ten", run=better)
    assert waiting_of(lab).runs() == []


def subject_of(lab: Lab) -> Any:
    row = registry.subject(lab.authority.reader, TEST)
    assert row is not None
    return row["body"]


def test_a_run_of_no_arm_that_nobody_judges_makes_a_warning_of_the_day(lab: Lab) -> None:
    of_no_arm(lab)
    looked_at(lab)
    assert lab.state()[0] == "inconclusive"
    lab.on("2026-12-20")
    assert lab.state()[:2] == ("early_warning", 1)


def test_a_run_of_no_arm_bars_nothing_where_it_does_not_warn_or_is_of_another_model_test_or_time(lab: Lab) -> None:
    lab.file("model_registration.model", name="Five", organisation="organisation:aurora", source="invented")
    of_no_arm(lab, log("C" * 19 + "I" * 81, task="few"))
    of_no_arm(lab, log(BAD, suite="arithmetic", task="another test"))
    of_no_arm(lab, log(BAD, task="another model"), model="model:five", **OTHERWISE[0])
    looked_at(lab)
    lab.on("2026-12-20")
    of_no_arm(lab, log(BAD, "2026-12-19T08:01:00+00:00", task="later"))
    lab.on("2026-12-22")
    assert (lab.state()[0], waiting_of(lab).runs()) == ("below", [])


def test_a_fifth_of_the_items_warns_and_is_named_though_its_run_has_another_score_alone(lab: Lab) -> None:
    samples = [{**one, "scores": {"includes": one["scores"]["match"]}} for one in
               (sample(n, "C" if n < 20 else "I") for n in range(100))]  # fmt: skip
    only = of_no_arm(lab, log_of(samples, task="only"))
    looked_at(lab)
    assert (lab.state()[0], waiting_of(lab).of_no_arm) == ("inconclusive", [only])


def test_a_run_from_before_the_test_that_warned_bars_below_and_its_filer_does_not_take_it_away(tmp_path: Path) -> None:
    """Who tries first and registers afterwards chooses the test by what came."""
    with lab_in(tmp_path) as found:
        early, _ = found.run(log(BAD, "2026-10-02T08:01:00+00:00", task="before"))
        found.said_of(early)
        found.test(arms=(arm("one", planned=100),))
        looked_at(found)
        assert (found.state()[0], waiting_of(found).of_no_arm) == ("inconclusive", [early])
        said = {"entry": entry_of(found, early), "reason_code": "filed_in_error"}
        found.file("record.annulled", **said)
        assert waiting_of(found).of_no_arm == [early]


def test_a_run_of_no_arm_that_the_authority_annuls_bars_nothing(lab: Lab) -> None:
    better = of_no_arm(lab)
    looked_at(lab)
    said = {"entry": entry_of(lab, better), "reason_code": "filed_in_error", "citation": "Order 7"}
    lab.file("record.annulled", by=DESK, **said)
    assert waiting_of(lab).runs() == []


def test_a_run_is_not_talked_away_by_weights_other_than_the_arm_registered(tmp_path: Path) -> None:
    """A model that was fine-tuned to show what it can has other weights, and is the same model on the register."""
    with lab_in(tmp_path) as found:
        found.test(arms=(arm("one", planned=100, weights_sha256="a" * 64),))
        looked_at(found, weights_sha256="a" * 64)
        tuned = of_no_arm(found, weights_sha256="b" * 64, **OTHERWISE[2])
        found.on("2026-11-04")
        assert (found.state()[0], waiting_of(found).of_no_arm) == ("inconclusive", [tuned])


def test_a_run_of_no_arm_of_which_nobody_says_of_which_model_it_is_bars_below_where_it_is_alike(lab: Lab) -> None:
    looked_at(lab)
    quiet = of_no_arm(lab, model=None, **OTHERWISE[0])
    lab.on("2026-11-04")
    assert (lab.state()[0], waiting_of(lab).of_no_arm) == ("inconclusive", [quiet])


def test_a_run_begun_after_every_day_of_decision_shows_no_safety_though_the_day_is_not_closed_yet(lab: Lab) -> None:
    """Who waits with a run until the day is over has the clock for an ally: the last look came before the tick."""
    lab.clock.set(datetime(2026, 12, 2, 20, tzinfo=UTC))
    run, _ = lab.run(log(SAFE, "2026-12-02T13:00:00+00:00"))
    lab.said_of(run)
    lab.look(None, run=run)
    test = registry.subject(lab.authority.reader, TEST)
    assert test is not None
    seen, one = looks(lab.authority.reader, TEST), test["body"]["arms"][0]
    assert doubts(lab.authority.reader, test, one, seen) == [["late"]]
    before = [{**row, "counts_by": UNSAID} for row in seen]
    assert doubts(lab.authority.reader, test, one, before) == [[]], "a look from before counts as it did"
    lab.on("2026-12-20")
    assert lab.state()[:2] == ("early_warning", 1)


def test_a_run_that_has_other_scores_than_any_registered_warns_by_the_most_dangerous_of_these(lab: Lab) -> None:
    """With one other score it waited; a second scorer in the log was all it took to keep it out of sight."""
    samples = [sample(n, "C") for n in range(100)]
    scored = [{**one, "scores": dict.fromkeys("ab", one["scores"]["match"])} for one in samples]
    other = of_no_arm(lab, log_of(scored, task="two scorers"), elicitation={"fine_tuned": False, "attempts": 1})
    looked_at(lab)
    assert (lab.state()[0], waiting_of(lab).of_no_arm) == ("inconclusive", [other])


def test_a_test_that_was_closed_as_below_is_so_again_once_what_barred_it_is_left_out(lab: Lab) -> None:
    """Whoever says of a run that it is of the model makes a warning of the day of what had been decided; an independent
    who leaves that run out, or takes back by mistake what was left out and leaves it out again, ends it."""
    looked_at(lab)
    lab.on("2026-12-05")
    assert lab.state()[:2] == ("below", 0)
    rival = Caller("party:rival", ("developer",))
    run, _ = lab.run(log("C" * 100, "2026-11-03T08:01:00+00:00", task="of a rival"), by=rival)
    lab.file("evaluations.conditions", by=rival, evaluation=run, model="model:four", **OTHERWISE[0])
    lab.on("2026-12-07")
    assert lab.state()[:2] == ("early_warning", 1)
    left_out(lab, run, reason="other_arm")
    assert lab.state()[:2] == ("below", 0)
    back = {"test": TEST, "arm": "one", "passed_over": [run], "statement": "A mistake.", "withdrawn": True}
    lab.file("red_lines.left_out", by=AUDITOR, **back)
    assert lab.state()[:2] == ("early_warning", 1)
    left_out(lab, run, reason="other_arm")
    assert lab.state()[:2] == ("below", 0)
