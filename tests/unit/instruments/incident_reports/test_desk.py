"""The desk: where a report stands follows from what was filed, and nobody is given what they have a part in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commonweal import sight
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.identity import People
from commonweal.instruments.incident_reports import tables as filed
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.instruments.incident_reports.desk.checking import GIVEN
from commonweal.instruments.incident_reports.desk.conflicts import conflicts
from commonweal.instruments.incident_reports.desk.queue import SORTS
from commonweal.kernel import registry
from commonweal.kernel.instrument import for_nobody
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings

LAB, CALLER = Caller("party:lab", ("developer",)), Caller("party:caller", ("observer",))
STAFF = ("a", "b", "o", "s", "officer", "moreau", "weaver")
REPORT, INCIDENT = "report:r-1", "incident:i-1"


class House:
    """An authority with a developer, its model, and one report of somebody else about it."""

    def __init__(self, folder: Path, people: People | None = None, **more: Any) -> None:
        self.clock = ReplayClock(instant("2026-10-01T08:00:00Z"))
        settings = Settings(Text(en="Test", zh="测试"), "test.example/record", instant("2026-10-01"), replay=True)
        settings = replace(settings, people=people or settings.people, **more)
        self.authority = Authority.create(folder, settings, clock=self.clock)
        for number, name in enumerate(STAFF):
            joined = {"person": f"person:{name}", "party": f"party:{name}", "name": f"{name.title()} {number}"}
            self.authority.act(
                Act("person.joined", {**joined, "roles": ["officer"], "organisation": "ministry"}, key=""),
            )
        self.file("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, LAB)
        self.file("model_registration.model", {"name": "Large", "organisation": "organisation:lab"}, LAB)
        self.file("incident_reports.report", self.report("R 1", models=["model:large"], severity="serious"), CALLER)

    def report(self, name: str, **more: Any) -> dict[str, Any]:
        said = {"category": "concern", "reporter": "user", "title": "t", "what_happened": "w"}
        return {"name": name, **said, **more}

    def file(self, kind: str, body: dict[str, Any], caller: Caller | None = None) -> int:
        index = self.authority.act(Act(kind, body, ""), caller) if caller else self.authority.act(Act(kind, body, ""))
        self.authority.follow()
        return index.index

    def desk(self, what: str, /, **body: Any) -> int:
        return self.file(f"incident_reports.{what}", body)

    def state(self, report: str = REPORT) -> Any:
        row = desk.standing(self.authority.reader, report)
        return row and row["state"]

    def refused(self, what: str, /, **body: Any) -> list[tuple[str, str]]:
        with pytest.raises(BadInput) as caught:
            self.desk(what, **body)
        return [(fault.where, fault.want) for fault in caught.value.faults]

    def incident(self, **more: Any) -> None:
        self.desk("incident", name="I 1", category="concern", title="t", **more)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path / "a")
    yield found
    found.authority.close()


def test_a_report_goes_through_the_states_as_it_is_worked_on(house: House) -> None:
    """New, triaged, given to somebody, waiting for its reporter, linked, closed with its incident, and open again."""
    seen = [house.state()]
    house.desk("triage", report=REPORT, urgency="week", decision="handle")
    seen.append(house.state())
    house.desk("assignment", about=REPORT, assignee="party:officer")
    seen.append(house.state())
    house.desk("question", report=REPORT, text="When?")
    seen.append(house.state())
    house.file("incident_reports.answer", {"report": REPORT, "text": "At noon."}, CALLER)
    seen.append(house.state())
    house.incident()
    house.desk("linked", report=REPORT, incident=INCIDENT, relation="same")
    seen.append(house.state())
    house.incident(closed_on="2026-10-01")
    seen.append(house.state())
    house.desk("unlinked", report=REPORT, incident=INCIDENT, reasons="Another thing.")
    seen.append(house.state())
    assert seen == ["new", "triaged", "assigned", "waiting", "assigned", "linked", "closed", "assigned"]


def test_an_incident_that_is_made_of_a_report_is_linked_to_it_until_that_is_undone(house: House) -> None:
    """What the desk, the counts and the incident's page read is one link, however it was made."""
    house.incident(made_of=REPORT, relation="same")
    assert house.state() == "linked"
    assert [row["by"] for row in filed.linkings(house.authority.reader, INCIDENT)] == ["party:authority"]
    house.desk("incident", name="I 1", category="concern", title="t 2")
    assert house.state() == "linked", "a later version says nothing of it, and undoes nothing"
    house.desk("unlinked", report=REPORT, incident=INCIDENT, reasons="Another thing.")
    assert house.state() != "linked"
    assert house.refused("incident", name="I 2", category="concern", title="t", made_of=REPORT) == [
        ("(whole)", "made_of and relation are said together: a report, and how it tells of the incident")
    ]


@pytest.mark.parametrize("decision", ["reject", "not_ai", "duplicate"])
def test_what_is_not_handled_is_closed_until_it_is_triaged_anew(house: House, decision: str) -> None:
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    repeats = {"duplicate_of": "report:r-2"} if decision == "duplicate" else {"reasons": "None of ours."}
    house.desk("triage", report=REPORT, urgency="routine", decision=decision, **repeats)
    assert house.state() == "closed"
    house.desk("triage", report=REPORT, urgency="routine", decision="handle")
    assert house.state() == "triaged"


def test_a_report_that_is_taken_back_is_closed_and_one_that_is_annulled_leaves_the_desk(house: House) -> None:
    house.file("incident_reports.withdrawal", {"report": REPORT}, CALLER)
    assert house.state() == "closed"
    entry = house.file("incident_reports.report", house.report("R 2"), CALLER)
    house.desk("watch", about="report:r-2", watcher="party:authority")
    house.file("record.annulled", {"entry": entry, "reason_code": "ordered", "citation": "Order 7"})
    assert house.state("report:r-2") is None
    assert desk.watching(house.authority.reader, about="report:r-2") == []


def test_who_reported_annuls_a_version_and_never_the_last_one(house: House) -> None:
    """Else a report of a danger to life would be gone from the desk without a word, lead and all: a withdrawal is seen
    by an officer, and an annulment was the way round it."""
    first = house.file("incident_reports.report", house.report("R 2"), CALLER)
    again = house.file("incident_reports.report", house.report("R 2", imminent_risk_to_life=True), CALLER)
    house.file("record.annulled", {"entry": first, "reason_code": "filed_in_error"}, CALLER)
    with pytest.raises(BadInput, match="what was reported is not unsaid") as caught:
        house.file("record.annulled", {"entry": again, "reason_code": "filed_in_error"}, CALLER)
    (fault,) = caught.value.faults
    assert (fault.where, fault.code) == ("entry", "take_back")
    assert fault.told is not None
    assert "incident_reports.withdrawal" in fault.told["zh"]
    house.file("incident_reports.withdrawal", {"report": "report:r-2"}, CALLER)
    row = desk.standing(house.authority.reader, "report:r-2")
    assert row is not None
    assert (row["state"], row["pressing"]) == ("new", 0)


def test_an_incident_is_annulled_once_no_report_is_part_of_it(house: House) -> None:
    """Its reports were neither new nor part of anything that is there, and nobody could undo the link."""
    house.incident(made_of=REPORT, relation="same")
    entry = registry.versions(house.authority.reader, INCIDENT)[0]["entry"]
    assert [where for where, want in annulling(house, entry) if REPORT in want] == ["entry"]
    house.desk("incident", name="I 1", category="concern", title="t 2")
    assert annulling(house, entry) == [], "another version of it is left"
    house.file("record.annulled", {"entry": entry + 1, "reason_code": "filed_in_error"})
    house.desk("unlinked", report=REPORT, incident=INCIDENT, reasons="There was no such thing.")
    house.file("record.annulled", {"entry": entry, "reason_code": "filed_in_error"})
    assert (house.state(), filed.links(house.authority.reader, report=REPORT)) == ("new", [])


def annulling(house: House, entry: int) -> list[tuple[str, str]]:
    """For what an annulment by the desk would be refused."""
    try:
        house.authority.check(Act("record.annulled", {"entry": entry, "reason_code": "filed_in_error"}, ""))
    except BadInput as error:
        return [(fault.where, fault.want) for fault in error.faults]
    return []


def test_only_an_answer_to_the_oldest_question_ends_its_wait(house: House) -> None:
    first, second = (house.desk("question", report=REPORT, text=text) for text in ("When?", "Where?"))
    house.file("incident_reports.answer", {"report": REPORT, "question": second, "text": "Here."}, CALLER)
    waiting = desk.unanswered(house.authority.reader, REPORT)
    assert waiting is not None
    assert waiting["entry"] == first


@pytest.mark.parametrize(
    ("assignee", "interests"),
    [
        ("party:caller", []),  # filed it
        ("party:lab", []),  # registered the developer of the model named
        ("party:o", ["LAB"]),
        ("party:o", ["organisation:lab"]),
    ],
)
def test_nobody_with_a_conflict_of_interest_is_given_a_report(
    house: House, assignee: str, interests: list[str]
) -> None:
    told = house.refused("assignment", about=REPORT, assignee=assignee, interests=interests)
    assert told == [("assignee", GIVEN["en"])]
    assert desk.assigned(house.authority.reader, about=REPORT) == []


def test_a_conflict_in_one_report_is_a_conflict_in_the_incident_it_is_linked_to(house: House) -> None:
    house.incident(deployers_named=["Bank of Nowhere"])
    now = house.clock.now()
    assert conflicts(house.authority.reader, INCIDENT, "party:caller", (), now, spoke=for_nobody) == []
    house.desk("linked", report=REPORT, incident=INCIDENT, relation="same")
    found = conflicts(house.authority.reader, INCIDENT, "party:caller", (), now, spoke=for_nobody)
    assert [one.lasting for one in found] == [True], "who filed it"
    assert house.refused("assignment", about=INCIDENT, assignee="party:o", interests=["bank of nowhere"])
    house.desk("assignment", about=INCIDENT, assignee="party:o", interests=["Another Bank"])


def test_however_many_conflicts_somebody_has_it_is_said_once(house: House) -> None:
    """How many there are would tell, too, which of the names that were tried are in the report."""
    house.file("incident_reports.report", house.report("R 1", developer_named="Lab", deployer_named="Shop"), CALLER)
    found = house.refused("assignment", about=REPORT, assignee="party:caller", interests=["shop", "lab"])
    assert found == [("assignee", GIVEN["en"])]


def test_there_is_one_lead_and_who_recused_themselves_stays_away(house: House) -> None:
    house.desk("assignment", about=REPORT, assignee="party:a")
    house.desk("assignment", about=REPORT, assignee="party:s", part="support")
    house.desk("assignment", about=REPORT, assignee="party:b")
    reader = house.authority.reader
    assert [(row["assignee"], row["part"]) for row in desk.assigned(reader, about=REPORT)] == [
        ("party:b", "lead"), ("party:s", "support"),
    ]  # fmt: skip
    house.desk("release", about=REPORT, assignee="party:b", why="recused", reasons="A relative.")
    assert house.state() == "new"
    assert house.refused("assignment", about=REPORT, assignee="party:b") == [("assignee", GIVEN["en"])]
    ((where, _),) = house.refused("release", about=REPORT, assignee="party:b", why="done")
    assert where == "assignee"


def test_the_same_words_give_back_what_was_taken_away(house: House) -> None:
    """An assignment in the words of an earlier one is a new one where that one was ended meanwhile."""
    for _ in range(2):
        house.desk("assignment", about=REPORT, assignee="party:a")
        assert house.state() == "assigned"
        house.desk("release", about=REPORT, assignee="party:a", why="done")
        assert house.state() == "new"


def test_alert_first_classify_second(house: House) -> None:
    urgent = {"report": REPORT, "urgency": "immediate", "decision": "handle"}
    ((where, want),) = house.refused("triage", **urgent)
    assert (where, "alert first" in want) == ("no_alert_because", True)
    house.desk("triage", **urgent, no_alert_because="Its provider has switched it off.")
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    alert = {"name": "A 1", "what": "incident", "about": "model:large", "capability": "wrong doses"}
    house.file("containment.alert", alert)
    house.desk("escalation", about="report:r-2", alert="alert:a-1")
    house.desk("triage", report="report:r-2", urgency="immediate", decision="handle")
    assert house.state("report:r-2") == "triaged"


def test_watches_and_views_are_each_ones_own_and_end(house: House) -> None:
    reader = house.authority.reader
    for on in (True, False, True):
        house.desk("watch", about=REPORT, watcher="party:a", watches=on)
        assert [row["about"] for row in desk.watching(reader, watcher="party:a")] == ([REPORT] if on else [])
    for query in ("state=new", "state=waiting", ""):
        house.desk("view", keeper="party:a", name="Mine", query=query)
        assert [row["query"] for row in desk.views(reader, "party:a")] == ([query] if query else [])
    house.desk("view", keeper="party:a", name="Mine", query="state=new")
    assert desk.views(reader, "party:b") == []


def test_a_rebuild_lays_the_desk_out_as_it_was_and_an_erasure_leaves_no_word(house: House) -> None:
    house.desk("note", about=REPORT, text="SECRETNOTE")
    house.desk("triage", report=REPORT, urgency="today", decision="handle")
    house.desk("assignment", about=REPORT, assignee="party:a")
    house.desk("watch", about=REPORT, watcher="party:a")
    authority = house.authority
    before = authority.dump()
    authority.rebuild()
    assert authority.dump() == before
    authority.keys.erase(REPORT, "incident_reports")
    authority.rebuild()
    row = desk.standing(authority.reader, REPORT)
    assert row is not None
    assert (row["state"], row["severity"], row["name"]) == ("closed", None, REPORT), (
        "nothing is left to be done about it"
    )
    assert desk.notes(authority.reader, REPORT) == []


@pytest.mark.parametrize("what", ["triage", "note", "assignment", "escalation", "release", "watch", "view"])
def test_what_the_desk_notes_is_for_officers_and_nobody_else_files_it(house: House, what: str) -> None:
    kind = house.authority.kinds[f"incident_reports.{what}"]
    assert set(kind.files) == {"officer", "authority"}
    told = set(kind.public_fields()) - {"report", "about", "alert"}
    assert told == set()


def test_nobody_answers_or_takes_back_for_who_reported_without_saying_so(house: House) -> None:
    """An officer writes down what was said on the telephone under their own name, and never as the reporter's act."""
    asked = house.desk("question", report=REPORT, text="When?")
    for kind, body in {"answer": {"text": "At noon.", "question": asked}, "withdrawal": {"reasons": "r"}}.items():
        ((where, want),) = house.refused(kind, report=REPORT, **body)
        assert (where, "telephone" in want) == ("received_by", True)
    ((where, _),) = house.refused("harbour_waiver", report=REPORT, waives="confidence", towards=["An inspector"])
    assert where == "report"
    house.desk("answer", report=REPORT, question=asked, text="At noon.", received_by="telephone")
    assert house.state() == "new"
    with pytest.raises(BadInput, match="only where somebody else writes it down"):
        house.file("incident_reports.answer", {"report": REPORT, "text": "I rang.", "received_by": "telephone"}, CALLER)


def test_who_reported_says_that_they_said_otherwise_than_was_written_down(house: House) -> None:
    own = house.file("incident_reports.answer", {"report": REPORT, "text": "In the yard."}, CALLER)
    asked = house.desk("question", report=REPORT, text="When?")
    taken = house.desk("answer", report=REPORT, question=asked, text="At noon.", received_by="telephone")
    right = {"report": REPORT, "text": "At one."}
    for corrects, caller, want in (
        (own, CALLER, "somebody wrote down"), (10_000, CALLER, "somebody wrote down"), (taken, None, "filed by who"),
    ):  # fmt: skip
        body = {**right, "corrects": corrects, **({} if caller else {"received_by": "letter"})}
        with pytest.raises(BadInput, match=want):
            house.file("incident_reports.answer", body, caller)
    put_right = house.file("incident_reports.answer", {**right, "corrects": taken}, CALLER)
    told = {one.entry: one for one in filed.talk(house.authority.reader, REPORT)}
    assert (told[taken].by, told[taken].corrected) == ("party:authority", put_right)
    assert (told[own].by, told[put_right].corrects) == ("", taken)
    assert told[asked].answered == put_right, "the answer that stands is theirs"
    theirs = sight.audience(house.authority, CALLER, "party:authority", REPORT, taken)
    assert house.authority.presentation(taken, theirs).fields["text"] == "At noon.", "it is read where it stands too"
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before


def test_a_report_goes_back_from_final_only_with_a_reason(house: House) -> None:
    def version(**more: Any) -> None:
        house.file("incident_reports.report", house.report("R 1", **more), CALLER)

    version(stage="final", resolved_on="2026-10-01")
    with pytest.raises(BadInput) as caught:
        version(stage="initial")
    assert {fault.where for fault in caught.value.faults} == {"stage", "resolved_on"}
    version(stage="final", resolved_on="2026-09-30")
    version(stage="interim", reopened_because="It happened again.")


def test_work_is_given_to_who_holds_a_role_here_today(house: House) -> None:
    """Nobody, a developer, one who leaves: 1 November is the first moment at which Weaver holds nothing."""
    house.file("person.left", {"person": "person:weaver", "on": "2026-11-01"})
    house.desk("assignment", about=REPORT, assignee="party:weaver")
    house.clock.set(instant("2026-11-01T00:00:00Z"))
    for party, why in {
        "party:nobody": "the record names no such person",
        "party:chemist": "the record names no such person",
        "party:weaver": "their role ended at 2026-11-01",
    }.items():
        ((where, want),) = house.refused("assignment", about=REPORT, assignee=party)
        assert (where, why in want) == ("assignee", True), party


def _order(house: House) -> list[str]:
    rows = house.authority.reader.select(desk.DESK, {}, order=SORTS[""][1], only=("report",))
    return [row["report"].removeprefix("report:") for row in rows]


def test_danger_to_life_now_comes_before_everything_until_an_officer_has_decided_about_it(house: House) -> None:
    """Whatever the urgency of others, and also where it was said only after a first triage: unread it costs lives."""
    for name in ("R 2", "R 3", "R 4"):
        house.file("incident_reports.report", house.report(name, severity="critical"), CALLER)
    house.desk("triage", report="report:r-2", urgency="immediate", decision="handle", no_alert_because="Switched off.")
    house.desk("triage", report="report:r-3", urgency="week", decision="handle")
    assert _order(house) == ["r-2", "r-4", "r-1", "r-3"]
    house.file("incident_reports.report", house.report("R 3", imminent_risk_to_life=True), CALLER)
    assert _order(house)[0] == "r-3"
    assert desk.unheeded(house.authority.reader, "report:r-3")
    week = {"report": "report:r-3", "urgency": "week", "decision": "handle"}
    assert [where for where, _ in house.refused("triage", **week)] == ["reasons"]
    house.desk("triage", **week, reasons="The ward is closed already.")
    assert _order(house) == ["r-2", "r-4", "r-1", "r-3"]
    house.file("incident_reports.report", house.report("R 3", imminent_risk_to_life=True, title="again"), CALLER)
    assert _order(house)[-1] == "r-3", "it was decided already, and says nothing else"


def test_among_equally_urgent_reports_danger_to_life_leads(house: House) -> None:
    for name, at_risk in (("R 2", False), ("R 3", True)):
        house.file("incident_reports.report", house.report(name, imminent_risk_to_life=at_risk), CALLER)
        house.desk("triage", report=f"report:r-{name[-1]}", urgency="week", decision="handle", reasons="Seen to.")
    assert _order(house) == ["r-1", "r-3", "r-2"]
