"""A run counts as what was registered: made since, of that model, elicited so, each item once; what nobody knows of it
counts towards danger alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.line_house import AUDITOR, DESK, DEVELOPER, FOUR, Lab, arm, faults, lab_in, log, refused

from commonweal.instruments.red_lines import mitigating
from commonweal.instruments.red_lines.deciding import doubts, looks
from commonweal.kernel import registry
from commonweal.kernel.record import Act, Entry
from commonweal.kernel.values import BadInput

WEIGHTS = "a" * 64
SAFE = "C" * 3 + "I" * 97


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        yield found


def unknown(lab: Lab) -> list[list[str]]:
    """Why each look at the first arm counts towards danger alone."""
    test = registry.subject(lab.authority.reader, "line_test:t")
    assert test is not None
    return doubts(lab.authority.reader, test, test["body"]["arms"][0], looks(lab.authority.reader, "line_test:t"))


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
    run, _ = lab.run(log(SAFE))
    lab.look(None, run=run)
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [["model", "access", "fine_tuned", "tries"]])
    lab.said_of(run)
    assert lab.state()[0] == "inconclusive", "not at once: whoever sees the log would know which run the test looked at"
    lab.on("2026-11-05")
    assert (lab.state()[0], unknown(lab)) == ("below", [[]])


def test_word_that_a_run_was_of_another_model_ends_below(lab: Lab) -> None:
    lab.file("model_registration.model", name="Five", organisation="organisation:aurora", source="invented")
    lab.test(arms=(arm("one", planned=100),))
    run, _ = lab.run(log(SAFE))
    lab.said_of(run)
    lab.look(None, run=run)
    assert lab.state()[0] == "below"
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


def test_what_was_only_told_counts_towards_danger_alone_once_a_run_of_the_arm_is_on_record(lab: Lab) -> None:
    """Else what the run shows is outvoted by what somebody types beside it."""
    lab.test(arms=(arm("one", planned=104),))
    lab.look(" ".join("1" * 2 + "0" * 98))
    assert unknown(lab) == [[]]
    run, _ = lab.run(FOUR)
    lab.said_of(run)
    lab.look(None, run=run)
    assert (lab.state()[0], unknown(lab)) == ("inconclusive", [["told"], []])


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
    named = {"test": "line_test:t", "mitigation": "line_mitigation:enclave", "method": "test"}
    entry = lab.file("red_lines.mitigation", **body, holds_until="2026-12-30")
    lab.file("red_lines.verified", by=AUDITOR, **named, in_place=True, holds_until="2026-11-20")
    lab.file("red_lines.mitigation", **body, holds_until="2027-03-30")
    assert mitigations(lab) == [("unverified", "2026-11-20")]
    said = {"entry": entry, "reason_code": "filed_in_error", "citation": "Order 1"}
    with pytest.raises(BadInput, match="its last day stands"):
        lab.authority.act(Act("record.annulled", said, ""), DEVELOPER)
    lab.on("2026-11-22")
    assert mitigations(lab) == [("unverified", "")]
    assert lab.authority.store.newest("red_lines.lapsed") is not None
    lab.file("red_lines.verified", by=AUDITOR, **named, in_place=True, holds_until="2026-12-20")
    assert mitigations(lab) == [("in_place", "2026-12-20")]
    lab.file("red_lines.verified", by=AUDITOR, **named, in_place=False, holds_until="2026-12-20")
    assert mitigations(lab) == [("not_in_place", "")]


def mitigations(lab: Lab) -> list[tuple[str, str]]:
    rows = lab.authority.reader.select(lab.authority.instruments["red_lines"].tables[-1])
    return [(row["state"], row["until"]) for row in rows]


def test_a_hold_comes_back_where_a_mitigation_is_found_not_in_place(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which was lifted on it; a mitigation of a test that found nothing opens none."""
    [opens] = [one for one in mitigating.RESPONSES if one.on == "red_lines.verified"]
    monkeypatch.setattr(mitigating, "held", lambda reader, test: {"state": "closed"})
    found = {
        in_place: Entry(9, "red_lines.verified", 1, lab.clock.now(), "party:checker", None,
                        {"test": "line_test:t", "mitigation": "line_mitigation:m", "in_place": in_place})
        for in_place in (True, False)
    }  # fmt: skip
    lab.test()
    assert opens.match(found[False], lab.authority.reader) is None
    lab.look(" ".join("1" * 40 + "0" * 20))
    assert [opens.match(found[one], lab.authority.reader) for one in (True, False)] == [None, "line_test:t"]
