"""Who develops a model is no judge of it, under whatever name it goes on, and whoever of its people files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.line_house import AUDITOR, DESK, DEVELOPER, SAFE, TEST, Lab, arm, lab_in, log, refused

from commonweal import schemas
from commonweal.acceptance import Caller
from commonweal.instruments import discover, rule_file
from commonweal.instruments.red_lines import deeds, independence, requiring, unlooked
from commonweal.instruments.red_lines.deciding import looks
from commonweal.instruments.red_lines.lines import proxies_in_force
from commonweal.instruments.red_lines.mitigating import HELD
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.sight import Sight

MITIGATION = "line_mitigation:m"
EVE = Caller("party:eve", ("auditor",), "organisation:aurora")
BOB = Caller("party:bob", ("developer",), "organisation:aurora")
RIVAL = Caller("party:rival", ("developer",), "organisation:rival")
RULES = discover()["red_lines"].folder / "rules"


HIDDEN = log("C" * 90 + "I" * 10, "2026-11-02T08:02:00+00:00", task="another")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_in(tmp_path) as found:
        yield found


@pytest.fixture
def crossed(lab: Lab) -> Lab:
    """A test that found a crossing, and a mitigation that nobody verified yet."""
    lab.test(arms=(arm("one", planned=100),))
    lab.look(" ".join("1" * 90))
    assert lab.state()[0] == "crossed"
    body = {"name": "M", "test": TEST, "what": "security", "evidence_sha256": ["0" * 64], "holds_until": "2027-06-01"}
    lab.file("red_lines.mitigation", **body)
    return lab


def moved(lab: Lab, *, by: Caller | None = None, annulled: Caller | None = None) -> None:
    """The developer says that the model is another organisation's, and somebody annuls what it said first."""
    lab.file("model_registration.organisation", by=by, name="Shell", source="invented")
    lab.file("model_registration.model", name="Four", organisation="organisation:shell", source="invented")
    if annulled is not None:
        [first, _] = registry.versions(lab.authority.reader, "model:four")
        body = {"entry": first["entry"], "reason_code": "filed_in_error", "citation": "Order 1"}
        lab.authority.act(Act("record.annulled", body, ""), annulled)
        lab.authority.follow()


@pytest.mark.parametrize("annulled", [None, DEVELOPER], ids=["said anew", "taken back"])
def test_a_model_that_goes_on_under_another_name_is_its_developers_as_before(
    crossed: Lab, annulled: Caller | None
) -> None:
    """Its developer moved it to a shell, and an auditor of the developer's found its mitigation in place."""
    evidence = crossed.evidence(MITIGATION)
    moved(crossed, annulled=annulled)
    found = refused(lambda: crossed.verify(MITIGATION, by=EVE, rests_on=[evidence]))
    assert [one.code for one in found] == ["own"]
    left = {"test": TEST, "arm": "one", "passed_over": [crossed.run(SAFE)[0]], "reason": "faulty", "statement": "Broke"}
    assert [one.code for one in refused(lambda: crossed.file("red_lines.left_out", by=EVE, **left))] == ["own"]
    case = requiring.held(crossed.authority.reader, TEST)
    assert case is not None
    said = {"case": case["case"], "step": "action--92de44b1-aa51-4151-b056-241fc5c0079f", "decision": "approve",
            "role": "auditor", "organisation": "organisation:aurora"}  # fmt: skip
    assert "own" in [one.code for one in refused(lambda: crossed.file("approval.given", by=EVE, **said))]


def test_a_version_that_the_authority_annulled_makes_nobody_a_developer(crossed: Lab) -> None:
    """Whoever named another organisation by mistake has it put right."""
    moved(crossed, annulled=DESK)
    assert "organisation:aurora" not in independence.developers(TEST, crossed.authority.reader)
    crossed.verify(MITIGATION, by=EVE)


def test_for_whom_those_speak_who_registered_a_model_is_of_them(crossed: Lab) -> None:
    """The party that registered the model works for a parent that is named nowhere."""
    access = crossed.authority.access
    access.issue_key(DEVELOPER.party, DEVELOPER.roles, organisation="organisation:parent")
    aunt = Caller("party:aunt", ("auditor",), "organisation:parent")
    assert [one.code for one in refused(lambda: crossed.verify(MITIGATION, by=aunt))] == ["own"]
    case = requiring.held(crossed.authority.reader, TEST)
    assert case is not None
    said = {"case": case["case"], "step": "action--92de44b1-aa51-4151-b056-241fc5c0079f", "decision": "approve",
            "role": "auditor", "organisation": "organisation:parent"}  # fmt: skip
    assert "own" in [one.code for one in refused(lambda: crossed.file("approval.given", by=aunt, **said))]


@pytest.mark.parametrize("before", [False, True])
def test_who_developed_a_model_is_not_apart_from_it(lab: Lab, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    """A measure asks for an arm that others run: the model was moved, and its developer's own arm was others'."""
    text = (RULES / "proxies.toml").read_text("utf-8").replace('version = "2026-12-03"', 'version = "apart"')
    asked = 'elicited = { access = ["grey_box", "white_box"] }'
    lab.authority.adopt(rule_file(text.replace(asked, asked.replace(" }", ", apart = true }"))))
    lab.file("model_registration.organisation", by=DESK, name="Shell", source="invented")
    for organisation in ("organisation:aurora", "organisation:shell"):
        body = {"name": "Five", "organisation": organisation, "source": "invented"}
        lab.file("model_registration.model", by=DESK, **body)
    monkeypatch.setattr(schemas, "check_house_says", lambda *given, **named: None)
    lab.test(arms=(arm("one", planned=100),), model="model:five", by=DESK, counts_by=1 if before else 2)
    run, _ = lab.run(SAFE)
    lab.said_of(run, model="model:five")
    lab.look(None, run=run)
    assert lab.state()[0] == ("below" if before else "inconclusive"), "what was registered before is held as it was"


def waiting(lab: Lab) -> list[str]:
    row, found = registry.subject(lab.authority.reader, TEST), proxies_in_force(lab.authority.reader)
    assert row is not None
    assert found is not None
    arms = row["body"]["arms"]
    return unlooked.of_arm(lab.authority.reader, row, arms[0], looks(lab.authority.reader, TEST), found[0])


def test_a_run_that_a_colleague_files_in_silence_was_passed_over(lab: Lab) -> None:
    """The developer looked at the good one of two runs; a colleague had filed the bad one, and said nothing of it."""
    lab.test(arms=(arm("one", planned=100),))
    bad, _ = lab.run(HIDDEN, BOB)
    run, _ = lab.run(SAFE)
    lab.said_of(run)
    lab.look(None, run=run)
    assert (lab.state()[0], waiting(lab)) == ("inconclusive", [bad])
    told, kept = waiting(lab), lab.authority.reader.select(unlooked.MADE)
    lab.authority.rebuild()
    assert (waiting(lab), lab.authority.reader.select(unlooked.MADE)) == (told, kept)


def test_a_colleagues_run_that_comes_later_ends_below(lab: Lab) -> None:
    lab.test(arms=(arm("one", planned=100),))
    lab.passed()
    lab.run(HIDDEN, RIVAL)
    lab.on("2026-11-05")
    assert lab.state()[0] == "below", "somebody else's of the same name says nothing"
    lab.run(log("C" * 91 + "I" * 9, "2026-11-05T08:02:00+00:00"), BOB)
    lab.on("2026-11-08")
    assert lab.state()[0] == "inconclusive"


def test_for_whom_somebody_spoke_is_what_the_door_knows_and_not_what_they_say(crossed: Lab) -> None:
    lab = crossed
    lab.authority.access.issue_key(BOB.party, BOB.roles, organisation="organisation:other")
    run, _ = lab.run(HIDDEN, BOB)
    row = registry.subject(lab.authority.reader, run)
    assert row is not None
    assert row["body"]["spoke_for"] == ["organisation:aurora", "organisation:other"]
    said = lab.evidence(MITIGATION, by=AUDITOR, spoke_for=["organisation:else"])
    assert lab.authority.entry(said).body["spoke_for"] == []


@pytest.mark.parametrize("by", [DEVELOPER, BOB], ids=["the developer", "a colleague"])
def test_a_test_that_the_developers_people_made_is_no_other_than_its_developers(crossed: Lab, by: Caller) -> None:
    evidence = crossed.evidence(MITIGATION, by=by)
    assert [one.code for one in refused(lambda: crossed.verify(MITIGATION, rests_on=[evidence]))] == ["own"]
    crossed.verify(MITIGATION, rests_on=[evidence, crossed.evidence(MITIGATION)])
    row = crossed.authority.reader.get(HELD, MITIGATION)
    assert row is not None
    assert row["state"] == "in_place"


def offers(lab: Lab, by: Caller) -> list[str]:
    reading = lab.authority.reading("en", by.party, Sight(lab.authority, by, "test"))
    return [address.rpartition("/")[2] for address, _ in deeds.offered(reading, TEST, "t")]


def test_a_competitor_files_no_evidence_about_a_mitigation(crossed: Lab) -> None:
    """It said of another's mitigation that it was not in place, in public; nor is it asked to."""
    found = refused(lambda: crossed.evidence(MITIGATION, by=RIVAL, found="not_in_place"))
    assert [(one.where, one.code) for one in found] == [("test", "not_yours")]
    assert "model:four" not in found[0].want
    assert "evidence" not in offers(crossed, RIVAL)
    for by in (DEVELOPER, AUDITOR, DESK):
        assert "evidence" in offers(crossed, by)
        crossed.evidence(MITIGATION, by=by)
    body: dict[str, Any] = crossed.authority.reader.get(HELD, MITIGATION) or {}
    assert body["state"] == "unverified"
