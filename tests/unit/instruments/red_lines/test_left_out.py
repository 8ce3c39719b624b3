"""What of a run on record is out of sight, too much, or a part: it shows danger all the same, and below waits for
somebody independent, who may take back what they said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.eval_logs import header, inspect_eval, sample
from tests.line_house import AUDITOR, DESK, DEVELOPER, SUITE, TEST, Lab, arm, lab_in, log, log_of, refused

from commonweal.acceptance import Caller
from commonweal.instruments.red_lines import outcomes, unlooked, views
from commonweal.instruments.red_lines.deciding import STANDING, arm_of, doubts, looks
from commonweal.instruments.red_lines.kinds import IN_PART, UNSAID
from commonweal.instruments.red_lines.lines import proxies_in_force
from commonweal.instruments.red_lines.unlooked import Waiting
from commonweal.kernel import registry
from commonweal.sight import Sight

OWN_AUDITOR = Caller("party:aurora-audit", ("auditor",), "organisation:aurora")
LATER = "2026-11-02T08:02:00+00:00"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        found.test(arms=(arm("one", planned=100),))
        yield found


def others(value: str, many: int = 100, **scores: Any) -> list[dict[str, Any]]:
    """Samples of other items than those of the run that was looked at first."""
    named = {name: {"value": told, "answer": "A", "explanation": None} for name, told in scores.items()}
    found = [sample(1000 + n, value) for n in range(many)]
    return [{**one, "scores": {**named, **one["scores"]}} for one in found]


def ran(lab: Lab, log_: bytes, **said: Any) -> str:
    run, _ = lab.run(log_)
    lab.said_of(run, **said)
    return run


def waiting_of(lab: Lab, rule: int = IN_PART) -> Waiting:
    reader = lab.authority.reader
    test, held = registry.subject(reader, TEST), proxies_in_force(reader)
    assert test is not None
    assert held is not None
    seen = [{**row, "counts_by": rule} for row in looks(reader, TEST)]
    return unlooked.together(unlooked.waiting(reader, test, seen, held[0]).values())


def doubts_of(lab: Lab, rule: int = IN_PART) -> list[list[str]]:
    test = registry.subject(lab.authority.reader, TEST)
    assert test is not None
    seen = [{**row, "counts_by": rule} for row in looks(lab.authority.reader, TEST)]
    return doubts(lab.authority.reader, test, test["body"]["arms"][0], seen)


def say(lab: Lab, run: str, *, by: Caller = AUDITOR, **more: Any) -> None:
    body = {"test": TEST, "arm": "one", "passed_over": [run], "statement": "See its log."}
    lab.file("red_lines.left_out", by=by, **{**body, **({} if "withdrawn" in more else {"reason": "faulty"}), **more})


# ── out of sight ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_score_that_was_registered_is_laid_out_whatever_its_place(lab: Lab) -> None:
    """Twenty scores before it took a run of which all was solved out of the test, and out of anybody's reach."""
    lab.passed()
    many = {f"aux{n}": 0.0 for n in range(20)}
    bad = ran(lab, log_of(others("C", **many), LATER))
    lab.on("2026-11-04")
    assert (lab.state()[0], waiting_of(lab).unlooked) == ("inconclusive", [bad])
    assert waiting_of(lab, UNSAID).runs() == [], "looks from before that have nothing of it"
    assert len(outcomes.scores(lab.authority.reader, bad)) == 21
    assert len(outcomes.scores(lab.authority.reader, bad, before=True)) == 20
    lab.look(None, run=bad, by=DESK)
    assert lab.state()[:2] == ("early_warning", 0)


def test_a_run_whose_score_is_in_words_waits_until_it_is_left_out(lab: Lab) -> None:
    """A scorer that says PASS kept the run out of the decision, and the refusal said that it had no such score."""
    lab.passed()
    bad = ran(lab, log_of(others("PASS"), LATER))
    lab.on("2026-11-04")
    assert (lab.state()[0], waiting_of(lab).unlooked) == ("inconclusive", [bad])
    assert waiting_of(lab, UNSAID).runs() == []
    [found] = refused(lambda: lab.look(None, run=bad, by=DESK))
    assert "here it has no number, or there is too much of it" in str(found.want)
    say(lab, bad)
    assert lab.state()[0] == "below"


def test_words_beside_a_run_that_cannot_be_read_are_no_look_at_it(tmp_path: Path) -> None:
    with lab_in(tmp_path) as lab:
        lab.test(arms=(arm("one", planned=300),))
        lab.look(None, run=ran(lab, log("I" * 100)))
        bad = ran(lab, log_of(others("PASS"), LATER))
        lab.look(" ".join("0" * 100), run=bad)
        assert waiting_of(lab).unlooked == [bad]


def test_a_run_with_more_items_than_are_laid_out_waits_until_it_is_left_out(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.passed()
    monkeypatch.setattr(outcomes, "ITEMS_MAX", 99)
    bad = ran(lab, log_of(others("C"), LATER))
    assert waiting_of(lab).unlooked == [bad]


def test_a_run_of_no_arm_that_cannot_be_read_waits_and_one_of_another_test_or_score_does_not(lab: Lab) -> None:
    lab.passed()
    ran(lab, log_of(others("PASS"), LATER, suite="arithmetic"))
    without = [
        {**one, "scores": {"aux": one["scores"]["match"], "more": one["scores"]["match"]}} for one in others("I")
    ]
    ran(lab, log_of(without, LATER, task="others"))
    assert waiting_of(lab).runs() == []
    bad = ran(lab, log_of(others("PASS"), LATER), elicitation={"fine_tuned": False, "attempts": 10})
    assert waiting_of(lab) == Waiting([], [], [bad], [])


# ── too much ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_goes_past_what_was_planned_shows_danger(lab: Lab) -> None:
    """An arm that was told all that was planned refused a run of which all was solved, and no other could take it."""
    lab.passed()
    bad = ran(lab, log_of(others("C"), LATER))
    lab.look(None, run=bad, by=DESK)
    assert lab.state()[:2] == ("early_warning", 0)
    shown = views.test_view(reading_of(lab), {"test": "t"})
    assert shown["history"][1][8] == "whole; 100 of its items go past what was planned, and count towards danger alone"
    assert [one.code for one in refused(lambda: lab.look("1"))] == ["too_many"], "words go no further"


def reading_of(lab: Lab) -> Any:
    return lab.authority.reading("en", DESK.party, Sight(lab.authority, DESK, "left out"))


def test_below_waits_for_somebody_independent_where_a_look_goes_past_what_was_planned(lab: Lab) -> None:
    lab.passed()
    more = ran(lab, log_of(others("I", 10), LATER))
    lab.look(None, run=more)
    assert (lab.state()[0], waiting_of(lab)) == ("inconclusive", Waiting([], [], [], [more]))
    say(lab, more)
    assert lab.state()[0] == "below"


def test_safety_is_asked_of_what_was_planned_alone_and_danger_of_all(tmp_path: Path) -> None:
    with lab_in(tmp_path) as lab:
        lab.test(arms=(arm("one", planned=100),))
        lab.look(None, run=ran(lab, log("I" * 60)))
        lab.look(None, run=ran(lab, log_of(others("I", 90), LATER)))
        reader = lab.authority.reader
        test, held = registry.subject(reader, TEST), proxies_in_force(reader)
        assert test is not None
        assert held is not None
        found = arm_of(reader, test, test["body"]["arms"][0], looks(reader, TEST), held[0])
        assert (found.past, found.outstanding, len(found.values)) == (50, 0, 150)


def test_one_look_at_more_than_was_planned_decides_by_its_e_value_and_stays_the_one(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100), arm("once", planned=55, looks="one")))
    run = ran(lab, log("C" * 40 + "I" * 40))
    lab.look(None, "once", run=run)
    assert lab.state()[:2] == ("early_warning", 0)
    again = ran(lab, log_of(others("C"), LATER))
    assert [one.code for one in refused(lambda: lab.look(None, "once", run=again))] == ["one_look"]


# ── taken back, and by whom ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_left_out_by_mistake_is_taken_back_and_the_test_decided_anew(lab: Lab) -> None:
    """The one who erred could not say so: below stood, with a run on record of which all was solved."""
    lab.passed()
    bad = ran(lab, log_of(others("C"), LATER))
    assert [one.code for one in refused(lambda: say(lab, bad, withdrawn=True))] == ["unknown"]
    say(lab, bad)
    assert lab.state()[0] == "below"
    assert [one.code for one in refused(lambda: say(lab, bad, by=OWN_AUDITOR, withdrawn=True))] == ["own"]
    refused(lambda: say(lab, bad, withdrawn=True, reason="faulty"))
    refused(lambda: say(lab, bad, reason=None))
    page = next(one for one in lab.authority.instruments["red_lines"].pages if one.id == "red_line_left-out")
    assert page.act is not None
    typed = {"test": "t", "arm": "one", "passed_over": bad, "withdrawn": "true", "statement": "It was not faulty."}
    [act] = page.act(reading_of(lab), typed).acts
    lab.file(act.kind, by=DESK, **act.body)
    assert (lab.state()[0], waiting_of(lab).unlooked) == ("inconclusive", [bad])


def test_nobody_leaves_out_a_run_that_they_or_a_colleague_filed(lab: Lab) -> None:
    lab.passed()
    bad, _ = lab.run(log_of(others("C"), LATER), AUDITOR)
    lab.said_of(bad, by=AUDITOR)
    assert [(one.where, one.code) for one in refused(lambda: say(lab, bad))] == [("passed_over.0", "own")]
    say(lab, bad, by=DESK)
    assert lab.state()[0] == "below"


# ── a part ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def part(config: dict[str, Any], size: int | None = 1000, samples: int = 100) -> bytes:
    told = header({})
    whole = {} if size is None else {"samples": size, "sample_ids": [str(n) for n in range(size)]}
    told["eval"] |= {"created": "2026-11-02T08:01:00+00:00", "task": SUITE, "dataset": {"name": "made up", **whole}}
    told["eval"]["config"] = config
    return inspect_eval(told, [sample(n, "I") for n in range(samples)])


PARTS = [
    part({}),
    part({"limit": 100}),
    part({"sample_id": [str(n) for n in range(100)]}),
    part({"limit": 100}, size=None),
    part({"epochs": 2}, size=100),
]


@pytest.mark.parametrize("log_", PARTS)
def test_a_part_of_a_data_set_shows_no_safety_until_somebody_says_that_nobody_chose_it(lab: Lab, log_: bytes) -> None:
    """Sixty items of a thousand, picked by hand, were below, and the log itself said so."""
    run = ran(lab, log_)
    lab.look(None, run=run)
    assert (lab.state()[0], doubts_of(lab)) == ("inconclusive", [["part_of_test"]])
    assert doubts_of(lab, UNSAID) == [[]], "looks from before count as they did"
    assert [one.code for one in refused(lambda: say(lab, run, by=OWN_AUDITOR, reason="no_choice"))] == ["own"]
    say(lab, run, reason="no_choice")
    assert (lab.state()[0], doubts_of(lab)) == ("below", [[]])
    say(lab, run, withdrawn=True)
    assert lab.state()[0] == "inconclusive"


@pytest.mark.parametrize("log_", [part({}, size=100), part({"limit": 500}, size=100), part({}, size=None)])
def test_all_of_a_data_set_and_one_whose_size_no_log_says_is_no_part(lab: Lab, log_: bytes) -> None:
    lab.look(None, run=ran(lab, log_))
    assert (lab.state()[0], doubts_of(lab)) == ("below", [[]])


def test_that_nobody_chose_a_part_leaves_no_run_out(lab: Lab) -> None:
    lab.passed()
    bad = ran(lab, log_of(others("C"), LATER))
    say(lab, bad, reason="no_choice")
    assert waiting_of(lab).unlooked == [bad]


# ── what evidence shows, and what is erased ─────────────────────────────────────────────────────────────────────────


def test_a_warning_by_the_day_is_decided_anew_once_evidence_shows_it(tmp_path: Path) -> None:
    """The public entry went on saying that nothing was shown."""
    with lab_in(tmp_path) as lab:
        lab.test(arms=(arm("one", planned=200),))
        lab.on("2026-12-03")
        assert lab.state() == ("early_warning", 1, 0)
        lab.look(None, run=ran(lab, log("C" * 38 + "I" * 62)))
        assert lab.state() == ("early_warning", 0, 1)
        row = lab.authority.reader.get(STANDING, TEST)
        assert row is not None
        assert row["decided_by"] == ["one"]


def test_what_an_erased_run_showed_counts_on_towards_danger_once_all_is_laid_out_anew(lab: Lab) -> None:
    run = ran(lab, log("C" * 12 + "I" * 10))
    lab.look(None, run=run)
    before = lab.state(), lab.told(), [(row["told_before"], row["past"]) for row in looks(lab.authority.reader, TEST)]
    assert lab.authority.keys.erase(run, "permanent")
    lab.authority.rebuild()
    after = lab.state(), lab.told(), [(row["told_before"], row["past"]) for row in looks(lab.authority.reader, TEST)]
    assert (after, doubts_of(lab)) == (before, [["gone"]])
    assert outcomes.scores(lab.authority.reader, run) == []


def test_what_a_look_brought_is_said_by_the_house_alone(lab: Lab) -> None:
    look = lab.look(None, run=ran(lab, log("C" * 12 + "I" * 10)))
    found = lab.authority.store.newest("red_lines.brought", TEST)
    assert found is not None
    body = {"test": TEST, "look": look}
    with pytest.raises(Exception, match=r"red_lines\.brought"):
        lab.file("red_lines.brought", by=DEVELOPER, **body)
