"""What the story does not show of red lines: bad input named whole, a finding that stands, losses, and the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.eval_logs import sample
from tests.line_house import FOUR, TEST, Lab, arm, faults, lab_in, log, log_of, refused

from commonweal.authority import Caller
from commonweal.instruments import discover, rule_file
from commonweal.instruments.red_lines.deciding import STANDING
from commonweal.instruments.red_lines.lines import read_lines, read_proxies
from commonweal.instruments.red_lines.outcomes import says_what_was_invalidated
from commonweal.instruments.red_lines.plan_pages import design
from commonweal.instruments.red_lines.views import overview
from commonweal.instruments.red_lines.views import test_view as view_of_a_test
from commonweal.kernel.values import BadInput, RuleFault

FOLDER = discover()["red_lines"].folder


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        yield found


def test_what_was_found_stands_when_arms_that_show_nothing_are_added(lab: Lab) -> None:
    """With one arm 22 of 50 warn (p = .0104); with nine Holm's correction would undo it, and who adds eight idle arms
    must not thereby lift a hold."""
    lab.test()
    lab.look(" ".join("1" if place % 25 < 11 else "0" for place in range(50)))
    assert lab.state()[0] == "early_warning"
    lab.test(arms=(arm("one"), *(arm(f"idle_{place}") for place in range(8))))
    lab.look("0", "idle_0")
    assert lab.state()[0] == "early_warning"


def test_an_arm_added_once_there_are_results_warns_at_a_bound_of_its_own(lab: Lab) -> None:
    """22 of 50 warn (p = .0104) of an arm that was registered before any result, and not of one that came after."""
    told, worse = (" ".join("1" if place % 25 < many else "0" for place in range(50)) for many in (11, 14))
    lab.test()
    lab.look("0 0")
    lab.test(arms=(arm("one"), arm("after"), arm("again")))
    lab.look(told, "after")
    assert lab.state()[0] == "inconclusive"
    lab.look(worse, "after")
    assert lab.state()[0] == "early_warning", "it is worse than all before it, so it still warns"
    row = lab.authority.reader.get(STANDING, TEST)
    assert row is not None
    assert row["decided_by"] == ["after"]
    assert [one.get("registered_later", False) for one in row["evidence"]] == [False, True, True]


def test_under_a_text_that_keeps_nothing_for_it_a_later_arm_is_another_test(lab: Lab) -> None:
    """Rules of before: what they held an error of .05 for was the arms that were there, so no other comes in."""
    text = (FOLDER / "rules" / "proxies.toml").read_text("utf-8")
    old = re.sub(r"error_later.*\n", "", text).replace('"2026-12-03"', '"before"', 1)
    lab.authority.adopt(rule_file(old))
    lab.test()
    lab.test(arms=(arm("one"), arm("two")))
    lab.look("0 0")
    (fault,) = refused(lambda: lab.test(arms=(arm("one"), arm("two"), arm("three"))))
    assert (fault.where, fault.code) == ("arms.2", "late")
    assert "Register another test" in fault.want
    with pytest.raises(RuleFault, match="less than error"):
        read_proxies(text.replace('error_later = "0.01"', 'error_later = "0.05"'))


def test_what_was_planned_and_never_came_counts_on_the_day_of_decision(lab: Lab) -> None:
    """Thirty tries solved none; of the 170 that never came nobody knows, so the warning is not for nothing."""
    lab.test(decide_by="2026-11-20")
    lab.look(" ".join("0" * 30))
    assert lab.state()[0] == "inconclusive"
    lab.clock.set(datetime(2026, 11, 22, 8, tzinfo=UTC))
    lab.authority.tick()
    assert lab.state() == ("early_warning", 1, 1)


def test_every_fault_of_a_look_is_named_and_nothing_is_kept(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=3),))
    assert faults(lambda: lab.look("0 0", "two")) == ["arm"]
    assert faults(lambda: lab.look("0 0 0 0")) == ["outcomes"]
    assert faults(lambda: lab.look("0 2")) == ["outcomes"]
    assert faults(lambda: lab.look("0  0")) == ["outcomes"]
    assert lab.state() == ("", 0, 0)


def test_a_look_at_a_run_on_record_tells_no_more_than_the_run_has(lab: Lab) -> None:
    lab.test()
    run, digest = lab.run(FOUR)
    assert faults(lambda: lab.look("1 1 0 0 0", run=run)) == ["outcomes"]
    assert faults(lambda: lab.look("1 1 0 0", run=run, log_sha256="a" * 64)) == ["log_sha256"]
    assert faults(lambda: lab.look("1 1 0 0", run="evaluation:none")) == ["run"]
    lab.look("1 1 0 0", run=run, log_sha256=digest)
    assert lab.state()[2] == 1


def test_a_run_on_record_is_read_out_once_and_by_whoever_filed_it(lab: Lab) -> None:
    """What its samples are committed to is what counts: nobody types it, and nobody counts it twice."""
    lab.test(arms=(arm("one", planned=6),))
    run, _ = lab.run(FOUR)
    assert faults(lambda: lab.look(None, run=run, score="grace")) == ["score"]
    assert faults(lambda: lab.look(None)) == ["(whole)"]
    lab.look(None, run=run)
    assert lab.told() == ["1 1 0 0"]
    assert lab.state()[2] == 1
    assert faults(lambda: lab.look(None, run=run)) == ["run"]  # used already, and it brings no item that was not told


def test_what_was_invalidated_or_says_nothing_known_is_missing_and_not_failed(lab: Lab) -> None:
    """A word of a scorer's own was counted as failed, and a sample that was thrown out as solved."""
    thrown_out = {"invalidation": {"author": "a", "reason": "saw the answer"}}
    said = [sample(0, "C"), sample(1, "C", **thrown_out), sample(2, "PASS"), sample(3, True), sample(4, "I")]
    lab.test()
    run, _ = lab.run(log_of(said))
    lab.look(None, run=run)
    assert lab.told() == ["1 x x 1 0"]


def test_an_item_that_is_asked_again_is_one_cluster_and_no_new_evidence(lab: Lab) -> None:
    """Under another id it is the same question; in another run of the same arm it was told of before."""
    asked = [sample(0, "C", input="a"), sample(1, "I", input="a"), sample(2, "I", input="b")]
    lab.test(arms=(arm("one"), arm("two")))
    first, _ = lab.run(log_of(asked))
    again, _ = lab.run(log_of([sample(7, "C", input="b"), sample(8, "C", input="c")]))
    nothing, _ = lab.run(log_of([sample(9, "C", input="c")]))
    lab.look(None, run=first)
    lab.look(None, run=again)
    assert lab.told() == ["10 0", "1"]
    assert faults(lambda: lab.look(None, run=nothing)) == ["run"]
    lab.look(None, "two", run=nothing)  # of another arm it is the first time
    assert lab.told() == ["10 0", "1", "1"]


def test_a_run_that_does_not_say_which_attempts_were_invalidated_is_not_read_out() -> None:
    """Of runs from before it was kept it is known how many were, and not which."""
    assert [says_what_was_invalidated({"invalidated": many, "commitment": version}) for many, version in
            ((0, 1), (1, 1), (1, 2))] == [True, False, True]  # fmt: skip


def test_a_run_of_somebody_else_is_not_read_out_by_naming_it(lab: Lab) -> None:
    """Else whoever runs an arm learns another's results from what is decided."""
    lab.test()
    run, _ = lab.run(FOUR, Caller("party:other", ("developer",)))
    assert faults(lambda: lab.look(None, run=run)) == ["run"]
    assert faults(lambda: lab.look("1 1 0 0", run=run)) == ["run"], "nor is it guessed by typing"


def test_grades_count_as_they_are_where_the_proxy_says_so_and_as_solved_from_its_mark_elsewhere(lab: Lab) -> None:
    text = (FOLDER / "rules" / "proxies.toml").read_text("utf-8")
    text = text.replace('version = "2026-12-03"', 'version = "another"', 1)
    text = text.replace('buffer = "0.05"', 'buffer = "0.05"\nsolved_from = "0.5"', 1)
    graded = text[text.index("[[proxy]]") :].split("[[proxy]]")[1].replace("replication_tasks", "graded_tasks")
    graded = graded.replace('solved_from = "0.5"', "graded = true")
    lab.authority.adopt(rule_file(f"{text}\n[[proxy]]{graded}"))
    lab.test(arms=(arm("one"), arm("two", proxy="graded_tasks"), arm("three")))
    run, _ = lab.run(log((0.25, 0.5, 1.0, 7.0)))
    lab.look(None, run=run)
    other, _ = lab.run(log((0.125, 0.5, 1.0, 7.0)))
    lab.look(None, "two", run=other)
    assert lab.told() == ["0 1 1 1", "0.125 0.5 1 x"]  # no share is above one: it is missing, and counts as its worst
    assert faults(lambda: lab.look("0.5 1", "three")) == ["outcomes"]
    lab.look("0.25,x 1", "two")
    assert lab.told()[-1] == "0.25,x 1"


def test_a_test_that_cannot_be_decided_is_not_registered(lab: Lab) -> None:
    def registered(**more: Any) -> list[str]:
        return faults(lambda: lab.test(**more))

    assert registered(line="red_lines.idais/greed") == ["line"]
    assert registered(arms=(arm("one", proxy="range_takeover"),)) == ["arms.0.proxy"]
    assert registered(decide_by="2026-11-01") == ["decide_by"]
    assert registered(decide_by="2027-11-01") == ["decide_by"]
    assert registered(arms=(arm("one"), arm("one"))) == ["arms"]
    assert registered(model="model:nobody") == ["model"]


def test_what_a_test_was_registered_as_is_changed_by_no_later_version(lab: Lab) -> None:
    """A day that is over already would decide at once, and take out of the test what came since; a test that was real
    takes no runs that were made up."""

    def changed(**more: Any) -> list[tuple[str, str]]:
        return [(one.where, one.code) for one in refused(lambda: lab.test(**more))]

    lab.test(decide_by="2026-11-20")
    assert changed(fictitious=True, decide_by="2026-11-20") == [("fictitious", "registered")]
    assert changed(decide_by="2026-11-21") == [("decide_by", "registered")]
    assert changed(decide_by="2026-11-01") == [("decide_by", "day")]
    lab.on("2026-11-23")
    assert changed(decide_by="2026-11-19") == [("decide_by", "day")]
    lab.test(decide_by="2026-11-20", arms=(arm("one"), arm("two")))


def test_of_an_arm_the_fields_are_named_that_differ(lab: Lab) -> None:
    """It was told as all that the arm says, run together."""
    lab.test(arms=(arm("one"), arm("two", fine_tuned=True, task="gdm")))
    changed = arm("two", planned=109, fine_tuned=False)
    found = refused(lambda: lab.test(arms=(arm("one"), changed)))
    as_registered = "as registered; what is done otherwise is an arm of its own"
    assert [(one.where, one.seen, one.want) for one in found] == [
        ("arms.1.fine_tuned", "no", f"yes, {as_registered}"),
        ("arms.1.planned", "109", f"200, {as_registered}"),
        ("arms.1.task", "(absent)", f"gdm, {as_registered}"),
    ]
    assert faults(lambda: lab.test(arms=(changed | {"id": "three"}, arm("one")))) == ["arms"]


@pytest.mark.parametrize(
    "name", ["idais.toml", "openai_preparedness.toml", "google_deepmind_fsf.toml", "anthropic_rsp.toml"]
)
def test_every_line_has_a_warning_before_it_and_says_where_it_is_from(name: str) -> None:
    text = read_lines((FOLDER / "rules" / name).read_text("utf-8"))
    known = {line.id for line in read_lines((FOLDER / "rules" / "idais.toml").read_text("utf-8")).line}
    for line in text.line:
        assert line.citation
        assert line.warning
        assert line.condition or {one.removeprefix("red_lines.idais/") for one in line.bears_on} <= known


def test_a_text_of_proxies_that_contradicts_itself_is_refused_whole() -> None:
    text = (FOLDER / "rules" / "proxies.toml").read_text("utf-8")
    with pytest.raises(RuleFault) as caught:
        read_proxies(text.replace('buffer = "0.05"', 'buffer = "0.2"').replace('line_at = "0.7"', 'line_at = "0.4"'))
    assert len(caught.value.faults) == 2


def test_the_designer_names_every_number_that_is_wrong(lab: Lab) -> None:
    reading = lab.authority.reading()
    assert design(reading, {})["needed"] == 420
    with pytest.raises(BadInput) as caught:
        design(reading, {"line": "2", "error": "x", "every": "0", "most": "9999999", "power": "NaN"})
    assert {one.where for one in caught.value.faults} == {"line", "error", "every", "most", "power"}
    with pytest.raises(BadInput):
        design(reading, {"line": "0.5", "rate": "0.4"})


def test_a_stranger_reads_what_was_decided_and_not_of_which_model(lab: Lab) -> None:
    lab.test()
    lab.look("0 1 0 1")
    shown = view_of_a_test(lab.authority.reading(), {"test": "t"})
    assert shown["state"] == "inconclusive"
    assert (shown["model"], shown["arms"], shown["history"], shown["chart_"]) == ("", [], [], None)
    assert (shown["evidence"], shown["rates"]) == ([], [])
    assert "four" not in str(overview(lab.authority.reading("zh"), {})).lower()
