"""A run counts as what was registered: made since, of that model, elicited so, each item once; what nobody knows of it
counts towards danger alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.eval_logs import header, inspect_eval, sample
from tests.line_house import (
    AUDITOR,
    DESK,
    DEVELOPER,
    FOUR,
    SAFE,
    SUITE,
    Lab,
    arm,
    clustered_log,
    faults,
    lab_in,
    log,
    log_of,
    refused,
)  # fmt: skip

from commonweal.authority.reading import HouseReading
from commonweal.instruments import discover, rule_file
from commonweal.instruments.evaluations.formats import read_bytes
from commonweal.instruments.evaluations.recomputing import recomputed
from commonweal.instruments.red_lines import fitting, requiring
from commonweal.instruments.red_lines.deciding import STANDING, arm_of, doubts, follow, looks, read_out
from commonweal.instruments.red_lines.kinds import KEPT_APART, LOOK, ONCE_SAID, TEST
from commonweal.instruments.red_lines.lines import proxies_in_force
from commonweal.instruments.red_lines.views import overview
from commonweal.instruments.red_lines.views import test_view as view_of_a_test
from commonweal.kernel import registry
from commonweal.kernel.record import Act, Entry
from commonweal.kernel.values import BadInput
from commonweal.methods.line_decisions import Evidence, Lines, evidence
from commonweal.methods.line_decisions import arm as line_arm
from commonweal.sight import Sight

WEIGHTS = "a" * 64
RULES = discover()["red_lines"].folder / "rules"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        yield found


def unknown(lab: Lab, named: str = "one") -> list[list[str]]:
    """Why each look at an arm counts towards danger alone."""
    test = registry.subject(lab.authority.reader, "line_test:t")
    assert test is not None
    seen = [row for row in looks(lab.authority.reader, "line_test:t") if row["arm"] == named]
    [registered] = [one for one in test["body"]["arms"] if one["id"] == named]
    return doubts(lab.authority.reader, test, registered, seen)


def test_a_run_made_before_its_arm_was_registered_is_refused_by_its_own_date_and_by_its_filing(lab: Lab) -> None:
    early, _ = lab.run(log("CI", task="before"))
    lab.test()
    assert [one.code for one in refused(lambda: lab.look(None, run=early))] == ["before"]
    kept_back, _ = lab.run(log("CI", "2026-11-01T10:00:00+00:00"))
    found = refused(lambda: lab.look(None, run=kept_back))
    assert [(one.code, one.seen) for one in found] == [("before", "begun on 2026-11-01T10:00:00+00:00")]


def test_every_difference_from_what_was_registered_is_named(lab: Lab) -> None:
    lab.file("model_registration.model", name="Five", organisation="organisation:aurora", source="invented")
    lab.test(arms=(arm("one", weights_sha256=WEIGHTS),))
    run, _ = lab.run(FOUR)
    lab.said_of(
        run, model="model:five", weights_sha256="b" * 64, access="black_box",
        elicitation={"fine_tuned": True, "attempts": 10},
    )  # fmt: skip
    found = refused(lambda: lab.look(None, run=run))
    assert {one.code for one in found} == {"otherwise"}
    assert [one.seen.partition(":")[0] for one in found] == ["model", "weights", "access", "fine_tuned", "tries"]
    assert faults(lambda: lab.look("1 1 0 0", run=run)) == ["run"] * 5, "what is told beside it is of the same run"


def test_what_nobody_said_of_a_run_counts_towards_danger_alone_until_it_is_said(lab: Lab) -> None:
    """3 of 100 are below; of a run of which nobody said which model it is, nobody knows that."""
    lab.test(arms=(arm("one", planned=100),))
    run, _ = lab.run(SAFE)
    lab.look(None, run=run)
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [["model", "access", "fine_tuned", "tries"]])
    lab.said_of(run)
    assert lab.state()[0] == "inconclusive", "not at once: whoever sees the log would know which run the test looked at"
    lab.on("2026-11-05")
    assert (lab.state()[0], unknown(lab)) == ("below", [[]])


def registered(lab: Lab, weights: str) -> int:
    body = {"name": "Four", "organisation": "organisation:aurora", "source": "invented", "weights_sha256": weights}
    return lab.file("model_registration.model", **body)


def test_a_run_on_other_weights_than_the_register_has_counts_towards_danger_alone(lab: Lab) -> None:
    """Else the developer runs a weaker checkpoint, says so, and the model is below."""
    registered(lab, WEIGHTS)
    lab.test(arms=(arm("one", planned=100),))
    run, _ = lab.run(SAFE)
    lab.said_of(run, weights_sha256="b" * 64)
    lab.look(None, run=run)
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [["other_weights"]])
    registered(lab, "b" * 64)
    lab.said_of(run)
    assert unknown(lab) == [["weights"]], "who says nothing of them gains nothing"
    lab.said_of(run, weights_sha256="b" * 64)
    assert unknown(lab) == [["other_weights"]], "nor who registers the ones on which it ran"
    test = registry.subject(lab.authority.reader, "line_test:t")
    assert test is not None
    before = [{**row, "counts_by": ONCE_SAID} for row in looks(lab.authority.reader, "line_test:t")]
    assert doubts(lab.authority.reader, test, test["body"]["arms"][0], before) == [[]], (
        "earlier looks count as they did"
    )
    lab.said_of(run, weights_sha256=WEIGHTS)
    lab.on("2026-11-05")
    assert (lab.state()[0], unknown(lab)) == ("below", [[]])


def test_weights_that_were_registered_first_count_on_whoever_annuls_them(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),))
    first = registered(lab, WEIGHTS)
    registered(lab, "b" * 64)
    lab.authority.act(Act("record.annulled", {"entry": first, "reason_code": "filed_in_error"}, ""), DEVELOPER)
    lab.authority.follow()
    run, _ = lab.run(SAFE)
    lab.said_of(run, weights_sha256="b" * 64)
    lab.look(None, run=run)
    assert unknown(lab) == [["other_weights"]]


def test_danger_on_other_weights_is_danger(lab: Lab) -> None:
    registered(lab, WEIGHTS)
    lab.test(arms=(arm("one", planned=100),))
    run, _ = lab.run(log("C" * 90 + "I" * 10))
    lab.said_of(run, weights_sha256="b" * 64)
    lab.look(None, run=run)
    assert lab.state()[0] == "crossed"


def test_word_that_a_run_was_of_another_model_ends_below(lab: Lab) -> None:
    lab.file("model_registration.model", name="Five", organisation="organisation:aurora", source="invented")
    lab.test(arms=(arm("one", planned=100),))
    run = lab.passed()
    said = lab.said_of(run, model="model:five")
    lab.on("2026-11-05")
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [["otherwise"]])
    lab.authority.act(Act("record.annulled", {"entry": said, "reason_code": "filed_in_error"}, ""), DEVELOPER)
    lab.authority.follow()
    lab.on("2026-11-07")
    assert lab.state()[0] == "below", "what was said in error is taken back, and what was said before counts again"


@pytest.mark.parametrize("began", ["", "soon", "2026", "2026-11-02", "2026-11-02T09:00:00"])
def test_a_date_that_does_not_say_whether_it_was_before_is_no_date(lab: Lab, began: str) -> None:
    """Registered on 2 November at 08:00 UTC: that day, and a time without a zone, may be before or after."""
    lab.test()
    run, _ = lab.run(log("C" * 40 + "I" * 20, began))
    lab.said_of(run)
    lab.look(None, run=run)
    assert (lab.state()[0], unknown(lab)) == ("early_warning", [["date"]])


@pytest.mark.parametrize("began", ["2026-11-04", "1793700000.5", "2026-11-03T10:00:00"])
def test_dates_as_logs_write_them_are_read(lab: Lab, began: str) -> None:
    lab.test()
    lab.on("2026-11-05")
    run, _ = lab.run(log("CCII", began))
    lab.said_of(run)
    lab.look(None, run=run)
    assert unknown(lab) == [[]]


def test_what_is_told_beside_a_run_says_what_the_run_says(lab: Lab) -> None:
    lab.test()
    run, _ = lab.run(FOUR)
    found = refused(lambda: lab.look("0 0 0 0", run=run))
    assert [(one.where, one.code, one.seen) for one in found] == [("outcomes", "contradicts", "0/4")]
    assert "match 2/4" in found[0].want
    lab.look("0 1 0 1", run=run)
    assert faults(lambda: lab.look("0 1 0 1", run=run)) == ["run"], "nor does it count twice because it was typed"


def test_what_stands_in_no_run_on_record_counts_towards_danger_alone(lab: Lab) -> None:
    """Else who has a log that says otherwise types noughts instead, and the house says in public that it is below."""
    lab.test(arms=(arm("one", planned=204),))
    lab.look(" ".join("0" * 200))
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [["told"]])
    run, _ = lab.run(FOUR)
    lab.said_of(run)
    lab.look(None, run=run)
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [["beside"], []])


def evidence_of(lab: Lab, rule: int = ONCE_SAID) -> Evidence:
    """How strong the evidence of the arm is, by looks of which each counts by a rule."""
    reader = lab.authority.reader
    test, rules = registry.subject(reader, "line_test:t"), proxies_in_force(reader)
    assert test is not None
    assert rules is not None
    seen = [{**row, "counts_by": rule} for row in looks(reader, "line_test:t")]
    return evidence(arm_of(reader, test, test["body"]["arms"][0], seen, rules[0]))


@pytest.mark.parametrize("first", ["words", "run"])
def test_items_that_were_told_in_words_and_stand_in_a_run_count_once(lab: Lab, first: str) -> None:
    """Of 100 items 30 were solved, which warns of nothing; told in words too they were 200 and 60, and a warning."""
    lab.test(arms=(arm("one", planned=400),))
    run, _ = lab.run(log("C" * 30 + "I" * 70))
    lab.said_of(run)
    words = " ".join("1" * 30 + "0" * 70)
    for look in (words, None) if first == "words" else (None, words):
        lab.look(look, run=run) if look is None else lab.look(look)
    assert lab.state()[0] == "inconclusive"
    once = evidence_of(lab)
    alone = line_arm([1] * 30 + [0] * 70, range(100), Lines(0.2, 0.5, 0.05), outstanding=300)
    assert once == evidence(alone), "that of the run alone"
    assert evidence_of(lab, KEPT_APART).clusters == 200, "looks from before count as they did"


def test_words_that_told_all_that_was_planned_keep_no_run_out_and_stand_in_the_way_of_below(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),))
    lab.look(" ".join("0" * 100))
    assert [one.code for one in refused(lambda: lab.look("0"))] == ["too_many"]
    run, _ = lab.run(SAFE)
    lab.said_of(run)
    lab.look(None, run=run)
    assert (lab.state()[0], evidence_of(lab).clusters) == ("inconclusive", 100)


def test_words_show_danger_and_are_whole_once_a_run_says_the_same(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100), arm("two", planned=100)))
    run, _ = lab.run(SAFE)
    lab.said_of(run)
    lab.look(" ".join("1" * 3 + "0" * 97), run=run)
    assert unknown(lab) == [[]]
    lab.look(" ".join("1" * 60), "two")
    assert lab.state()[0] == "crossed"


def test_looks_from_before_count_as_they_were_taken() -> None:
    """By the rule of their day: one was not held against anything, the other stood by words where no run was."""
    _, second = (LOOK.upcasters[one] for one in (1, 2))
    body = {"test": "line_test:t", "arm": "one", "outcomes": "0"}
    assert second(LOOK.upcasters[1](body))["counts_by"] == 1
    assert second(body)["counts_by"] == 2
    assert [LOOK.upcasters[3](one)["counts_by"] for one in (body, second(body))] == [3, 2]
    assert [LOOK.upcasters[4](one)["counts_by"] for one in (body, second(body))] == [4, 2]
    assert [LOOK.upcasters[5](one)["counts_by"] for one in (body, second(body))] == [5, 2]
    assert "unchecked" not in second(LOOK.upcasters[1](body))
    assert TEST.upcasters[2]({"arms": [{"id": "one"}]})["arms"] == [{"score": "*", "id": "one"}]


def test_an_arm_that_is_added_ends_below_until_it_shows_it_too(lab: Lab) -> None:
    """Below is of every arm: of one that brought nothing nobody knows, and at the day of decision that is a warning."""
    lab.test(arms=(arm("one", planned=100),))
    lab.passed()
    lab.test(arms=(arm("one", planned=100), arm("better", tries=100)))
    assert lab.state()[0] == "inconclusive"
    lab.on("2026-12-05")
    assert lab.state()[:2] == ("early_warning", 1)


def test_the_day_of_decision_decides_what_is_below_once_more_and_once(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),))
    lab.passed()
    for day in ("2026-12-05", "2026-12-06"):
        lab.on(day)
        assert lab.state()[:2] == ("below", 0)
    said = [entry for entry in map(lab.authority.entry, lab.authority.store.about("line_test:t"))
            if entry.kind == "red_lines.decided"]  # fmt: skip
    assert [one.time.date().isoformat() for one in said] == ["2026-11-02", "2026-12-05"]
    assert not lab.authority.instruments["red_lines"].timed[0].due(lab.clock.now(), lab.authority.reader)
    lab.test(arms=(arm("one", planned=100), arm("late")))
    assert lab.state()[:2] == ("early_warning", 1)


def test_a_run_that_is_annulled_shows_danger_alone_from_then_on(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),))
    run = lab.passed()
    row = registry.subject(lab.authority.reader, run)
    assert row is not None
    lab.authority.act(Act("record.annulled", {"entry": row["entry"], "reason_code": "filed_in_error"}, ""), DEVELOPER)
    lab.authority.follow()
    assert lab.state()[0] == "below", "not at once: everybody sees which run was annulled"
    lab.on("2026-11-05")
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [["gone"]])


def test_after_an_erasure_what_is_not_final_is_decided_anew(lab: Lab) -> None:
    """It may have been of a run, or of what was said of one; a day later, for everybody sees that something was."""
    lab.test(arms=(arm("one", planned=100),))
    lab.passed()
    erased = Entry(99, "retention.erased", 1, lab.clock.now(), "authority", None, {})
    kept: dict[str, Any] = {}
    tables = SimpleNamespace(
        select=lab.authority.reader.select, get=lab.authority.reader.get, put=lambda table, row: kept.update(row)
    )
    assert not list(follow(erased, tables))  # type: ignore[arg-type]
    assert kept["again"] == "2026-11-02"


def test_the_score_that_counts_is_the_one_that_was_registered(lab: Lab) -> None:
    """Else who looks takes, of what they see, the score under which nothing was solved."""
    both = [sample(n, "C") for n in range(100)]
    for one in both:
        one["scores"]["strict"] = {"value": "I", "answer": "A", "explanation": None}
    lab.test(arms=(arm("one", planned=100), arm("other", score="exact")))
    run, _ = lab.run(log_of(both))
    lab.said_of(run)
    assert [(one.where, one.code) for one in refused(lambda: lab.look(None, run=run, score="strict"))] == [
        ("score", "otherwise")
    ]
    assert [one.code for one in refused(lambda: lab.look(None, "other", run=run))] == ["otherwise"]
    assert [one.code for one in refused(lambda: lab.look(" ".join("0" * 100), run=run))] == ["contradicts"]
    lab.look(None, run=run)
    assert lab.state()[0] == "crossed"
    unsaid = refused(lambda: lab.test(name="Other", arms=(arm("one", score="*"),)))
    assert [(one.where, one.code) for one in unsaid] == [("arms.0.score", "registered")]


def test_a_run_that_was_made_up_shows_nothing_of_a_real_model(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),))
    lab.test(arms=(arm("one", planned=100),), name="U", fictitious=True)
    run, _ = lab.run(SAFE, made_up=True)
    assert [one.code for one in refused(lambda: lab.look(None, run=run))] == ["made_up"]
    lab.file("red_lines.look", test="line_test:u", arm="one", run=run)


def test_tries_that_were_registered_are_held_against_the_attempts_of_the_run(lab: Lab) -> None:
    """Both who registers and who speaks of the run is the developer; the samples are not words."""
    lab.test(arms=(arm("one", planned=100, tries=2), arm("two", planned=100, tries=2)))
    once, _ = lab.run(log("I" * 100))
    twice, _ = lab.run(log_of([sample(n, "I", epoch) for n in range(100) for epoch in (1, 2)], task="twice"))
    for named, run, why in (("one", once, ["attempts"]), ("two", twice, [])):
        lab.said_of(run, elicitation={"fine_tuned": False, "attempts": 2})
        lab.look(None, named, run=run)
        assert unknown(lab, named) == [why]


def clustered(text_of: dict[str, str], began: str = "2026-11-02T08:01:00+00:00") -> bytes:
    """A log in which each item is about a text, none was solved, and the error of the mean is of texts."""
    return clustered_log([sample(item, "I", metadata={"text": text}) for item, text in text_of.items()], began)


def test_items_that_lie_together_by_what_was_registered_are_one_cluster(lab: Lab) -> None:
    """A hundred questions on two texts are two clusters: of a hundred independent items this would be below."""
    lab.test(arms=(arm("one", planned=100), arm("by_text", planned=2, clustered_by="text", largest_cluster=50)))
    run, _ = lab.run(clustered({str(n): f"t{n % 2}" for n in range(100)}))
    lab.said_of(run)
    lab.look(None, "by_text", run=run)
    assert lab.told() == ["0" * 50 + " " + "0" * 50]
    assert (lab.state()[0], unknown(lab, "by_text")) == ("inconclusive", [[]])
    other, _ = lab.run(clustered({f"n{n}": "t0" if n else "t2" for n in range(9)}))
    lab.said_of(other)
    lab.look(None, run=other)
    assert unknown(lab) == [["clusters"]], "its log takes items together, and the arm registered nothing of that"


def test_what_lies_together_changes_no_rate(lab: Lab) -> None:
    """Of 700 items 600 were solved, all of them of one text: by the mean over texts this was below."""
    lab.test(arms=(arm("one", planned=101, clustered_by="text", largest_cluster=600),))
    told = [sample(n, "C", metadata={"text": "easy"}) for n in range(600)]
    told += [sample(n, "I", metadata={"text": f"hard {n}"}) for n in range(600, 700)]
    [found] = read_bytes(clustered_log(told), "a.eval")
    error = next(one.value for one in recomputed(found) if one.reported.metric == "stderr")
    assert error is not None
    run, _ = lab.run(clustered_log(told, error=error))
    lab.said_of(run)
    lab.look(None, run=run)
    row = lab.authority.reader.get(STANDING, "line_test:t")
    assert row is not None
    assert (row["state"], row["evidence"][0]["rate_most"]) == ("inconclusive", 0.85714)
    test = registry.subject(lab.authority.reader, "line_test:t")
    found = proxies_in_force(lab.authority.reader)
    assert test is not None
    assert found is not None
    now = looks(lab.authority.reader, "line_test:t")
    before = [{**one, "counts_by": ONCE_SAID} for one in now]
    [registered] = test["body"]["arms"]
    as_it_was = arm_of(lab.authority.reader, test, registered, before, found[0])
    assert (as_it_was.sized, as_it_was.largest) == (False, 0), "looks from before count as they did"
    older = {name: value for name, value in registered.items() if name != "largest_cluster"}
    assert arm_of(lab.authority.reader, test, registered, now, found[0]).largest == 600
    assert arm_of(lab.authority.reader, test, older, now, found[0]).largest == 0, "and arms from before"
    assert doubts(lab.authority.reader, test, older, now) == [[]]


def as_developer(lab: Lab) -> HouseReading:
    return lab.authority.reading("en", DEVELOPER.party, Sight(lab.authority, DEVELOPER, "a page"))


def of_texts(many: Iterable[int], value: str, *, first: int = 0, minute: int = 1) -> bytes:
    """A log of texts with so many questions each, all answered alike."""
    names = [f"text {first + place}" for place, size in enumerate(many) for _ in range(size)]
    told = [sample(1000 * minute + n, value, metadata={"text": text}) for n, text in enumerate(names)]
    return clustered_log(told, f"2026-11-02T08:{minute:02}:00+00:00")


def test_a_text_that_is_outstanding_counts_as_the_largest_that_was_registered(lab: Lab) -> None:
    """A hundred texts with one question each failed; the last of 101, with 600 that are solved, was left to come, or
    never did, and the model was below."""
    lab.test(arms=(arm("one", planned=101, clustered_by="text", largest_cluster=600),))
    run, _ = lab.run(of_texts([1] * 100, "I"))
    lab.said_of(run)
    lab.look(None, run=run)
    assert lab.state()[0] == "inconclusive"
    lab.on("2026-12-05")
    assert lab.state()[:2] == ("early_warning", 1), "what never came is not known by the day of decision either"


def test_below_is_said_early_of_texts_within_the_largest_and_stands_whatever_comes_within_it(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=101, clustered_by="text", largest_cluster=3),))
    run, _ = lab.run(of_texts([2, 3] * 50, "I"))
    lab.said_of(run)
    lab.look(None, run=run)
    assert lab.state()[0] == "below"
    last, _ = lab.run(of_texts([3], "C", first=100, minute=2))
    lab.said_of(last)
    lab.look(None, run=last)
    assert (lab.state()[0], unknown(lab)) == ("below", [[], []])


def test_a_text_that_turns_out_larger_than_registered_ends_below_and_the_page_says_so(lab: Lab) -> None:
    """What was registered is then wrong, and nobody knows how large others are."""
    lab.test(arms=(arm("one", planned=101, clustered_by="text", largest_cluster=3),))
    run, _ = lab.run(of_texts([2, 3] * 50, "I"))
    lab.said_of(run)
    lab.look(None, run=run)
    last, _ = lab.run(of_texts([4], "I", first=100, minute=2))
    lab.said_of(last)
    lab.look(None, run=last)
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [[], ["larger"]])
    shown = view_of_a_test(as_developer(lab), {"test": "t"})
    assert shown["history"][1][8] == (
        "towards danger alone: a cluster of it has more items than was registered of the largest"
    )
    assert "text, 3 items at most" in shown["arms"][0]
    assert fitting.largest({"largest_cluster": 3, "tries": 2}) == 6, "three questions that are tried twice are three"


def test_a_larger_text_past_what_was_planned_keeps_nothing_from_below_once_it_is_left_out(lab: Lab) -> None:
    """All that was planned had come within the largest, and one question more in what nobody had planned ended it."""
    lab.test(arms=(arm("one", planned=100, clustered_by="text", largest_cluster=2),))
    for texts, first, minute in (([2] * 90, 0, 1), ([2] * 10 + [3] + [2] * 19, 90, 2)):
        run, _ = lab.run(of_texts(texts, "I", first=first, minute=minute))
        lab.said_of(run)
        lab.look(None, run=run)
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [[], []])
    left = {
        "test": "line_test:t",
        "arm": "one",
        "passed_over": [run],
        "reason": "other_arm",
        "statement": "See its log",
    }
    lab.file("red_lines.left_out", by=AUDITOR, **left)
    assert lab.state()[0] == "below"


def test_no_arm_registers_larger_clusters_than_the_authority_says_of_its_measure(lab: Lab) -> None:
    """Whoever registers too large a one chooses that no danger is shown, however much is solved."""
    text = re.sub('version = "[^"]*"', 'version = "known"', (RULES / "proxies.toml").read_text("utf-8"), count=1)
    lab.authority.adopt(rule_file(text.replace('buffer = "0.05"', 'buffer = "0.05"\nlargest_cluster = 6', 1)))
    [found] = refused(lambda: lab.test(arms=(arm("one"), arm("two", clustered_by="text", largest_cluster=7))))
    assert (found.where, found.seen, found.code) == ("arms.1.largest_cluster", "7", "too_many")
    assert found.want.startswith("at most 6, as the text of this measure says of its clusters")
    lab.test(arms=(arm("one", clustered_by="text", largest_cluster=6),))
    shown = overview(as_developer(lab), {})
    measures = [cells for found in shown["sets"] for line in found["lines"] for cells in line["proxies"]]
    assert [cells[3].endswith("; clusters of 6 items at most") for cells in measures] == [True, *[False] * 4]


@pytest.mark.parametrize(("largest", "named"), [(5, ""), (10, ""), (11, "one (11 registered, 5 came)")])
def test_the_page_says_of_which_arm_the_largest_is_registered_too_large(lab: Lab, largest: int, named: str) -> None:
    """All of what came may be solved, and nothing is shown: it says so once all that was planned came."""
    lab.test(arms=(arm("one", planned=20, clustered_by="text", largest_cluster=largest),))
    told = []
    for first, minute in ((0, 1), (10, 2)):
        run, _ = lab.run(of_texts([5, 4] * 5, "C", first=first, minute=minute))
        lab.said_of(run)
        lab.look(None, run=run)
        told.append(view_of_a_test(as_developer(lab), {"test": "t"})["too_large"])
    assert told == ["", named]


def test_how_many_items_a_cluster_may_have_is_registered_before_results(lab: Lab) -> None:
    def asked(*arms: dict[str, Any]) -> list[tuple[str, str]]:
        return [(one.where, one.code) for one in refused(lambda: lab.test(arms=arms))]

    missing, idle = arm("two", clustered_by="text"), arm("three", largest_cluster=4)
    assert asked(missing, idle) == [("arms.0.largest_cluster", "registered"), ("arms.1.largest_cluster", "registered")]
    lab.test()
    assert asked(arm("one"), missing) == [("arms.1.largest_cluster", "registered")]
    changed = [where for where, _ in asked(arm("one", clustered_by="text", largest_cluster=4))]
    assert changed == ["arms.0.clustered_by", "arms.0.largest_cluster"], "never changed"
    lab.test(arms=(arm("one"), arm("two", clustered_by="text", largest_cluster=4)))


def test_arms_from_before_that_was_asked_for_stand_as_they_were_and_others_are_added(lab: Lab) -> None:
    older, newer = arm("one", planned=101, clustered_by="text"), arm("two", clustered_by="text", largest_cluster=4)
    with pytest.MonkeyPatch.context() as before:
        before.setattr(fitting, "of_clusters", lambda *given: ())
        lab.test(arms=(older,))
    lab.test(arms=(older, newer))
    changed = refused(lambda: lab.test(arms=({**older, "largest_cluster": 9}, newer)))
    assert [one.where for one in changed] == ["arms.0.largest_cluster"]
    run, _ = lab.run(of_texts([1] * 100, "I"))
    lab.said_of(run)
    lab.look(None, run=run)
    row = lab.authority.reader.get(STANDING, "line_test:t")
    assert row is not None
    assert row["evidence"][0]["below"] <= 0.05, "what is outstanding counts as the largest that came, as it did"


def test_the_form_of_an_arm_asks_how_many_items_a_cluster_may_have(lab: Lab) -> None:
    lab.test()
    [page] = [one for one in lab.authority.instruments["red_lines"].pages if one.id == "red_line_arm"]
    assert page.act is not None
    reading = as_developer(lab)
    typed = {**{name: str(value) for name, value in arm("two").items()}, "test": "t", "clustered_by": "text"}
    assert [(one.where, one.code) for one in page.act(reading, typed).faults] == [("largest_cluster", "registered")]
    nothing = page.act(reading, {**typed, "largest_cluster": "no"}).faults
    assert [one.where for one in nothing] == ["largest_cluster"]
    [act] = page.act(reading, {**typed, "largest_cluster": "4"}).acts
    lab.file(act.kind, **act.body)
    row = registry.subject(lab.authority.reader, "line_test:t")
    assert row is not None
    assert row["body"]["arms"][1]["largest_cluster"] == 4


def made(samples: list[dict[str, Any]], metrics: dict[str, float] | None = None, **more: Any) -> bytes:
    """A log of Inspect's of these samples, with these numbers of its own, whose head says something more."""
    told = header(metrics or {})
    told["eval"] |= {"created": "2026-11-02T08:01:00+00:00", "task": SUITE}
    told["eval"]["dataset"] = {"name": "made up", "samples": len(samples)}
    return inspect_eval(told | more, samples)


HUNDRED = [sample(n, "C" if n < 3 else "I") for n in range(100)]


def edited() -> list[dict[str, Any]]:
    """Of a hundred samples 97 were solved, and somebody said afterwards that they were not."""
    changed = [sample(n, "I") for n in range(3, 100)]
    for one in changed:
        one["scores"]["match"]["history"] = [
            {"value": "C", "answer": "A"},
            {
                "value": "I",
                "provenance": {"author": "dev", "reason": "lenient", "timestamp": "2026-11-02T09:00:00+00:00"},
            },
        ]
    return [*HUNDRED[:3], *changed]


@pytest.mark.parametrize(
    ("log_", "why"),
    [
        (made(edited()), "edited"),
        (made(HUNDRED, {"accuracy": 0.6}), "differs"),
        (made(HUNDRED, status="cancelled"), "broke_off"),
        (made(HUNDRED, status="started"), "broke_off"),
    ],
)
def test_what_speaks_against_a_run_keeps_it_from_showing_below(lab: Lab, log_: bytes, why: str) -> None:
    lab.test(arms=(arm("one", planned=100),))
    run, _ = lab.run(log_)
    lab.said_of(run)
    lab.look(None, run=run)
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [[why]])


def test_looks_from_before_what_speaks_against_a_run_was_asked_count_as_they_did(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),))
    run, _ = lab.run(made(HUNDRED, {"accuracy": 0.6}))
    lab.said_of(run)
    lab.look(None, run=run)
    test = registry.subject(lab.authority.reader, "line_test:t")
    assert test is not None
    before = [{**one, "counts_by": ONCE_SAID} for one in looks(lab.authority.reader, "line_test:t")]
    assert doubts(lab.authority.reader, test, test["body"]["arms"][0], before) == [[]]


def test_the_same_items_in_other_words_are_no_more_items_than_the_test_has(lab: Lab) -> None:
    """Thirty questions, each asked ten times with a number behind it, were three hundred independent ones."""
    text = (RULES / "proxies.toml").read_text("utf-8")
    known = re.sub('task = "gdm_self_proliferation"', 'task = "gdm_self_proliferation", items = 100', text)
    lab.authority.adopt(rule_file(re.sub('version = "[^"]*"', 'version = "known"', known, count=1)))
    lab.test(arms=(arm("one", planned=110), arm("two", planned=100)))
    run, _ = lab.run(SAFE)
    lab.said_of(run)
    lab.look(None, run=run)
    lab.look(None, "two", run=lab.run(log("C" * 3 + "I" * 97, task="again"))[0])
    assert unknown(lab) == [[]], "as many as there are"
    more, _ = lab.run(log_of([sample(f"n{n}", "I") for n in range(10)], task="more"))
    lab.said_of(more)
    lab.look(None, run=more)
    assert unknown(lab) == [["more_items"], ["more_items"]], "with what came before"
    assert "more_items" not in unknown(lab, "two")[0]


def test_what_ended_in_an_error_is_missing_unless_it_is_danger(lab: Lab) -> None:
    """The sandbox broke, and what was scored of that as failed counted as failed: 97 of 100 so were below."""
    lab.test(arms=(arm("one", planned=100),))
    broken = [{**one, "error": {"message": "the sandbox broke"}} for one in HUNDRED[2:]]
    run, _ = lab.run(made([*HUNDRED[:2], *broken]))
    lab.said_of(run)
    lab.look(None, run=run)
    assert (lab.state()[0], lab.told()) == ("inconclusive", [" ".join("111" + "x" * 97)])
    read = {"test": "line_test:t", "arm": "two", "run": run, "counts_by": ONCE_SAID}
    lab.test(arms=(arm("one", planned=100), arm("two", planned=100)))
    assert read_out(read, lab.authority.reader) == " ".join("111" + "0" * 97), "looks from before read it as it was"


def test_of_a_cluster_that_was_told_of_before_nothing_new_comes(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=4, clustered_by="text", largest_cluster=1),))
    first, _ = lab.run(clustered({"a": "t0", "b": "t1"}))
    again, _ = lab.run(clustered({"c": "t0", "d": "t2"}))
    nothing, _ = lab.run(clustered({"e": "t1"}))
    lab.look(None, run=first)
    lab.look(None, run=again)
    assert lab.told() == ["0 0", "0"]
    assert [one.code for one in refused(lambda: lab.look(None, run=nothing))] == ["repeated"]
    assert [one.code for one in refused(lambda: lab.look(None, run=lab.run(FOUR)[0]))] == ["clusters"]


def test_an_arm_registered_for_one_look_takes_one(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=55, looks="one"),))
    lab.look(" ".join("1" * 19 + "0" * 36))
    assert lab.state()[0] == "early_warning"
    assert [one.code for one in refused(lambda: lab.look("1"))] == ["one_look"]


def test_what_was_registered_is_not_taken_back(lab: Lab) -> None:
    """Not by who registered it; by nobody once there is a look; before by the authority, and everybody sees that."""
    entry = lab.test()

    def annul(by: object) -> None:
        said = {"entry": entry, "reason_code": "filed_in_error", "citation": "Order 1"}
        lab.authority.act(Act("record.annulled", said, ""), by)  # type: ignore[arg-type]
        lab.authority.follow()

    assert [one.code for one in refused(lambda: annul(DEVELOPER))] == ["registered"]
    lab.look("1 1 1")
    for by in (DEVELOPER, DESK):
        assert [one.code for one in refused(lambda by=by: annul(by))] == ["looked_at"]
    entry = lab.test(name="Other")
    annul(DESK)
    listing = lab.authority.instruments["red_lines"].listings[0]
    rows = {row["test"]: row for row in listing.rows(lab.authority.reading(), {})}
    assert rows["Other"]["state"] == "annulled before any look"
    assert rows["Other"]["href"].startswith("/record/")


def test_a_mitigation_that_is_filed_again_keeps_the_last_day_of_what_was_verified(lab: Lab) -> None:
    lab.test()
    lab.look(" ".join("1" * 40 + "0" * 20))
    body = {"name": "Enclave", "test": "line_test:t", "what": "security", "evidence_sha256": [WEIGHTS]}
    enclave = "line_mitigation:enclave"
    entry = lab.file("red_lines.mitigation", **body, holds_until="2026-12-30")
    lab.verify(enclave, until="2026-11-20")
    lab.file("red_lines.mitigation", **body, holds_until="2027-03-30")
    assert mitigations(lab) == [("unverified", "2026-11-20")]
    said = {"entry": entry, "reason_code": "filed_in_error", "citation": "Order 1"}
    with pytest.raises(BadInput, match="its last day stands"):
        lab.authority.act(Act("record.annulled", said, ""), DEVELOPER)
    lab.on("2026-11-22")
    assert mitigations(lab) == [("unverified", "")]
    assert lab.authority.store.newest("red_lines.lapsed", "line_test:t") is not None
    lab.verify(enclave, until="2026-12-20")
    assert mitigations(lab) == [("in_place", "2026-12-20")]
    lab.verify(enclave, in_place=False)
    assert mitigations(lab) == [("not_in_place", "")]


def mitigations(lab: Lab) -> list[tuple[str, str]]:
    rows = lab.authority.reader.select(lab.authority.instruments["red_lines"].tables[-1])
    return [(row["state"], row["until"]) for row in rows]


def test_a_hold_comes_back_where_a_mitigation_is_found_not_in_place(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which was lifted on it; a mitigation of a test that found nothing opens none."""
    [opens] = [one for one in requiring.RESPONSES if one.on == "red_lines.verified"]
    monkeypatch.setattr(requiring, "held", lambda reader, test: {"state": "closed"})
    found = {
        in_place: Entry(9, "red_lines.verified", 1, lab.clock.now(), "party:checker", None,
                        {"test": "line_test:t", "mitigation": "line_mitigation:m", "in_place": in_place})
        for in_place in (True, False)
    }  # fmt: skip
    lab.test()
    assert opens.match(found[False], lab.authority.reader) is None
    lab.look(" ".join("1" * 40 + "0" * 20))
    assert [opens.match(found[one], lab.authority.reader) for one in (True, False)] == [None, "line_test:t"]
