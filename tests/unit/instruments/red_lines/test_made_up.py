"""What is made up to try this shows nothing of what is not; among what is made up it counts as anything does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.line_house import AUDITOR, DESK, SAFE, TEST, Lab, arm, lab_in, log, refused

from commonweal import schemas
from commonweal.instruments.red_lines import over_pages, over_tests, requiring
from commonweal.instruments.red_lines.kinds import VERIFIED
from commonweal.instruments.red_lines.over_tests import Over
from commonweal.kernel import registry
from commonweal.kernel.values import NotFound
from commonweal.sight import Sight

LINE, PRACTICE = "red_lines.idais/replication", "line_test:practice"
WARNING = " ".join("1" * 24 + "0" * 26)
BOUND = {"name": "Bound", "quantity": "tries that got through", "at_most": 0.01, "confidence": 0.99,
         "by_method": "Wilson"}  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        yield found


@pytest.fixture
def warned(lab: Lab) -> Lab:
    """A test that is not made up and gave a warning, beside one of the same model that is."""
    lab.test(decide_by="2027-01-10")
    lab.look(WARNING)
    lab.test(name="Practice", arms=(arm("one", planned=100),), fictitious=True)
    return lab


def over(lab: Lab, *, made_up: bool = False) -> Over:
    return over_tests.of_line(lab.authority.reader, "model:four", LINE, lab.clock.now(), made_up=made_up)


def asked(lab: Lab, test: str = TEST) -> dict[str, str]:
    today = lab.clock.now().date().isoformat()
    return {one.requirement.id: one.state for one in requiring.of_test(lab.authority.reader, test, today)}


def mitigation(lab: Lab, test: str = TEST, **more: Any) -> str:
    body = {"name": "M", "test": test, "what": "security", "meets": "weights_secured", "evidence_sha256": ["0" * 64],
            "holds_until": "2027-06-01", **more}  # fmt: skip
    lab.file("red_lines.mitigation", **body)
    return f"line_mitigation:{body['name']}".lower()


def codes(lab: Lab, **more: Any) -> list[tuple[str, str]]:
    """Why a mitigation is not verified."""
    return [(one.where, one.code) for one in refused(lambda: lab.verify("line_mitigation:m", **more))]


def made_up_run(lab: Lab) -> int:
    run, _ = lab.run(log("CI"), AUDITOR, made_up=True)
    lab.file("evaluations.conditions", by=AUDITOR, evaluation=run, model="model:four")
    [entry] = [int(one["entry"]) for one in registry.versions(lab.authority.reader, run)]
    return entry


def test_a_model_is_below_by_no_test_that_is_made_up(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),), fictitious=True)
    run, _ = lab.run(SAFE, made_up=True)
    lab.said_of(run)
    lab.look(None, run=run)
    found, tried = over(lab), over(lab, made_up=True)
    assert (found.state, found.single, len(found.tests)) == ("not_tested", "", 0)
    assert found.uncovered == ["replication_tasks"]
    assert (tried.state, tried.single, len(tried.tests)) == ("below", "below", 1)


def test_a_test_that_is_made_up_changes_nothing_of_how_a_model_stands(lab: Lab) -> None:
    """Sixty of sixty told in practice made the model cross the line."""
    lab.test(arms=(arm("one", planned=100),))
    before = over_pages.told(over(lab))
    lab.test(name="Practice", arms=(arm("one", planned=100),), fictitious=True)
    lab.file("red_lines.look", test=PRACTICE, arm="one", outcomes=" ".join("1" * 60))
    assert over_pages.told(over(lab)) == before
    tried = over(lab, made_up=True)
    assert (tried.state, tried.held, [one.test["subject"] for one in tried.members]) == ("crossed", True, [PRACTICE])


def test_the_pages_and_files_name_what_is_made_up(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),))
    lab.test(name="Practice", arms=(arm("one", planned=100),), fictitious=True)
    lab.file("red_lines.look", test=PRACTICE, arm="one", outcomes=" ".join("1" * 60))
    officer = lab.authority.reading("en", DESK.party, Sight(lab.authority, DESK, "test"))
    rows = [row for row in over_pages.overview(officer, {})["rows"] if row["tests"]]
    assert [row["state"] for row in rows] == ["not tested", "at the line (made up)"]
    path, _, asks = rows[1]["href"].partition("?")
    assert (path, asks) == (rows[0]["href"], "made_up=1")
    where = {"model": "four", "set": "idais", "line": "replication"}
    shown = [over_pages.one_view(officer, {**where, **more}) for more in ({}, {"made_up": "1"})]
    assert [(one["fictitious"], one["code"], one["held"]) for one in shown] == [
        (False, "not_tested", False), (True, "crossed", True),
    ]  # fmt: skip
    assert shown[1]["file"].endswith("/replication.json?made_up=1")
    assert over_pages.one_file(officer, {**where, "made_up": "1"})["fictitious"] is True
    told = [one for one in over_pages.overview_file(officer, {})["standing"] if one["arms"]]
    assert [(one["fictitious"], one["state"]) for one in told] == [(False, "not_tested"), (True, "crossed")]
    with pytest.raises(NotFound):
        over_pages.one_view(officer, {**where, "line": "power", "made_up": "1"})


def test_a_mitigation_of_a_test_that_is_made_up_meets_nothing_that_a_hold_waits_for(warned: Lab) -> None:
    """The voices for lifting were no more refused."""
    made = mitigation(warned, PRACTICE)
    shown = warned.evidence(made, test=PRACTICE, fictitious=True)
    warned.verify(made, test=PRACTICE, rests_on=[shown, made_up_run(warned)])
    assert asked(warned) == {"weights_secured": "none"}
    [lacking] = list(requiring.owing(TEST, warned.authority.reader, warned.clock.now()))
    assert "Weights are kept from theft" in lacking.want
    warned.file("red_lines.look", test=PRACTICE, arm="one", outcomes=WARNING)
    assert asked(warned, PRACTICE) == {"weights_secured": "in_place"}, "of its own test it is one"


def test_a_mitigation_stays_with_its_test(warned: Lab) -> None:
    """Verified by practice, it was filed once more for the test that counts, and met what a hold waits for."""
    made = mitigation(warned, PRACTICE)
    warned.verify(made, test=PRACTICE, rests_on=[warned.evidence(made, test=PRACTICE, fictitious=True)])
    [fault] = refused(lambda: mitigation(warned, TEST))
    assert (fault.where, fault.code) == ("test", "registered")
    assert fault.want.startswith(f"{PRACTICE}, as it was filed first")
    assert asked(warned) == {"weights_secured": "none"}


def test_one_that_was_verified_before_that_was_asked_meets_what_it_did(
    warned: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "check_house_says", lambda *given, **named: None)
    made = mitigation(warned, PRACTICE)
    warned.verify(made, test=PRACTICE, rests_on=[warned.evidence(made, test=PRACTICE)], counts_by=2)
    assert asked(warned) == {"weights_secured": "in_place"}


def test_a_mitigation_of_a_test_that_is_not_made_up_is_not(warned: Lab) -> None:
    [fault] = refused(lambda: mitigation(warned, fictitious=True))
    assert (fault.where, fault.code) == ("fictitious", "made_up")


def test_a_mitigation_is_verified_on_nothing_that_is_made_up(warned: Lab) -> None:
    made = mitigation(warned)
    assert codes(warned, rests_on=[warned.evidence(made, fictitious=True)]) == [("rests_on.0", "made_up")]
    good = warned.evidence(made)
    assert codes(warned, rests_on=[good, made_up_run(warned)]) == [("rests_on.1", "made_up")]
    warned.verify(made, rests_on=[good])
    assert asked(warned) == {"weights_secured": "in_place"}


@pytest.mark.parametrize("rule", [2, 3])
@pytest.mark.parametrize("says", ["made up", "about another"])
def test_a_mitigation_lapses_once_what_shows_it_is_said_to_be_made_up_or_about_another(
    warned: Lab, monkeypatch: pytest.MonkeyPatch, says: str, rule: int
) -> None:
    """And one that was verified before that was asked holds as it did."""
    monkeypatch.setattr(schemas, "check_house_says", lambda *given, **named: None)
    made, other = mitigation(warned), mitigation(warned, name="Other", meets=None)
    warned.verify(made, rests_on=[warned.evidence(made, name="Report")], counts_by=rule)
    warned.evidence(made if says == "made up" else other, name="Report", fictitious=says == "made up")
    assert asked(warned)["weights_secured"] == ("in_place" if rule == 2 else "lapsed")


@pytest.mark.parametrize("found", ["not_in_place", "unclear"])
def test_a_mitigation_is_not_verified_on_evidence_that_says_otherwise_since(warned: Lab, found: str) -> None:
    """Who waited for the correction, and named the number of before, had a verification that stood to its last day."""
    made = mitigation(warned)
    once = warned.evidence(made, name="Report")
    guarantee = warned.file("safety_cases.guarantee", by=DESK, **BOUND, source=once)
    since = warned.evidence(made, name="Report", found=found)
    for entry in (once, guarantee, since):
        assert codes(warned, rests_on=[entry]) == [("rests_on.0", "contradicts")]
    warned.verify(made, rests_on=[once], in_place=False)
    warned.evidence(made, name="Report")
    warned.verify(made, rests_on=[once])
    assert asked(warned) == {"weights_secured": "in_place"}
    warned.evidence(mitigation(warned, name="Other"), name="Report")
    assert codes(warned, rests_on=[once]) == [("rests_on.0", "other")]


def test_nor_on_a_guarantee_that_rests_on_something_else_since(warned: Lab) -> None:
    made = mitigation(warned)
    once = warned.file("safety_cases.guarantee", by=DESK, **BOUND, source=warned.evidence(made))
    above = warned.file("safety_cases.guarantee", by=DESK, **{**BOUND, "name": "Above"}, source=once)
    warned.verify(made, rests_on=[once, above])
    unclear = warned.evidence(made, found="unclear")
    warned.file("safety_cases.guarantee", by=DESK, **BOUND, source=unclear)
    assert codes(warned, rests_on=[once, above]) == [("rests_on.0", "contradicts"), ("rests_on.1", "contradicts")]


def test_a_verification_from_before_is_read_as_one() -> None:
    body = {"test": TEST, "mitigation": "line_mitigation:m", "method": "test", "in_place": True,
            "holds_until": "2026-12-20"}  # fmt: skip
    assert VERIFIED.upcasters[3](dict(body))["counts_by"] == 2
    assert VERIFIED.upcasters[3](VERIFIED.upcasters[2](dict(body)))["counts_by"] == 1


def test_a_guarantee_that_is_made_up_shows_nothing_though_what_it_rests_on_is_not(warned: Lab) -> None:
    made = mitigation(warned)
    bound = {**BOUND, "source": warned.evidence(made)}
    marked = warned.file("safety_cases.guarantee", by=DESK, **bound, fictitious=True)
    above = warned.file("safety_cases.guarantee", by=DESK, **{**bound, "name": "Above", "source": marked})
    for entry in (marked, above):
        assert codes(warned, rests_on=[entry]) == [("rests_on.0", "made_up")]


@pytest.mark.parametrize(
    "since", ["marked as made up", "of made-up evidence", "of another mitigation", "of evidence that it is not"]
)
def test_a_mitigation_lapses_once_its_guarantee_shows_nothing_of_it_any_more(warned: Lab, since: str) -> None:
    """It went on meeting what a hold waits for, though a new verification on the same was refused."""
    made, other = mitigation(warned), mitigation(warned, name="Other")
    bound = {**BOUND, "source": warned.evidence(made)}
    warned.verify(made, rests_on=[warned.file("safety_cases.guarantee", by=DESK, **bound)])
    assert asked(warned) == {"weights_secured": "in_place"}
    bound |= {
        "marked as made up": {"fictitious": True},
        "of made-up evidence": {"source": warned.evidence(made, name="Report 2", fictitious=True)},
        "of another mitigation": {"source": warned.evidence(other, name="Report 3")},
        "of evidence that it is not": {"source": warned.evidence(made, name="Report 4", found="not_in_place")},
    }[since]
    warned.file("safety_cases.guarantee", by=DESK, **bound)
    assert asked(warned)["weights_secured"] != "in_place"
