"""Whatever an officer files about a case is held against a conflict of interest in it, unless its kind says why not.

Lists of what is held forgot a kind each time one was made; this walks all there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.incident_reports import INSTRUMENT, surveillance
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.instruments.incident_reports.desk.cases import CASES, EXEMPT, LEADS, asked_of, references
from commonweal.instruments.incident_reports.reports import STEWARDS
from commonweal.instruments.incident_reports.tables import THREAD
from commonweal.kernel import registry
from commonweal.kernel.instrument import Filer, Kind
from commonweal.kernel.record import Act
from commonweal.kernel.retention import NeedsTwo
from commonweal.kernel.values import BadInput, CommonwealError, instant
from commonweal.sight import Sight

from .test_desk import CALLER, LAB, REPORT, House

MOLE, MOREAU, WEAVER = (Caller(f"party:{name}", ("officer",)) for name in ("mole", "moreau", "weaver"))
INVESTIGATION = {"name": "V 1", "mandate": "m", "legal_basis": "Act 3"}
EVIDENCE = {
    "name": "E 1", "investigation": "investigation:v-1", "what": "log", "form": "log", "sha256": "0" * 64,
    "collected_at": "2026-10-01T07:00:00Z", "collected_by": "x", "source": "x", "held_at": "x",
}  # fmt: skip
LETTER = {"template": "incident_reports.final", "party": CALLER.party}


def team(party: str) -> list[dict[str, str]]:
    return [{"party": party, "role": "lead"}]


TEAM = [*team("party:weaver"), {"party": MOREAU.party, "role": "investigator"}]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An officer with a post at the laboratory, and an investigation into what a report says of its model."""
    found = House(tmp_path / "a")
    mole = {"person": "person:mole", "party": "party:mole", "name": "Mole", "roles": ["officer"]}
    found.file("person.joined", {**mole, "organisation": "organisation:lab"})
    found.incident(models=["model:large"])
    found.desk("incident", name="I 2", category="concern", title="t")
    found.desk("linked", report=REPORT, incident="incident:i-1", relation="same")
    found.desk("investigation", **INVESTIGATION, incident="incident:i-1", team=TEAM)
    yield found
    found.authority.close()


def codes(house: House, kind: str, caller: Caller, subject: str | None = None, /, **body: Any) -> set[str]:
    try:
        house.authority.act(Act(kind, body, "", subject), caller)
    except BadInput as refused:
        return {fault.code for fault in refused.faults}
    house.authority.follow()
    return set()


def filed_by_stewards() -> list[Kind]:
    return [kind for kind in INSTRUMENT.kinds if set(STEWARDS) & set(kind.files)]


@pytest.mark.parametrize("kind", filed_by_stewards(), ids=lambda kind: kind.id)
def test_no_kind_that_officers_file_forgets_to_ask(house: House, kind: Kind) -> None:
    """Of each kind: it names a case, or something that leads to one, or is known to be about some, and is asked; or it
    says why it is not."""
    if kind.id in EXEMPT:
        assert len(EXEMPT[kind.id]) > 20
        return
    assert kind.noun in (*CASES, *LEADS) or references(kind) or kind.id in surveillance.ABOUT
    officer = Filer("party:mole", instant("2026-10-01T09:00:00Z"), {"party:mole"}, ("officer",))
    assert asked_of(kind, Act(kind.id, {"report": REPORT}, "", REPORT), house.authority.reader, officer)


def test_every_noun_of_the_instrument_leads_to_a_case(house: House) -> None:
    assert {kind.noun for kind in filed_by_stewards() if kind.noun} <= {*CASES, *LEADS}
    for exempt in EXEMPT:
        assert exempt in {kind.id for kind in INSTRUMENT.kinds}


@pytest.mark.parametrize(
    ("kind", "body", "subject"),
    [
        (
            "incident_reports.investigation",
            {**INVESTIGATION, "incident": "incident:i-1", "team": team("party:o")},
            None,
        ),
        (
            "incident_reports.investigation",
            {**INVESTIGATION, "incident": "incident:i-2", "team": team("party:o")},
            None,
        ),
        ("incident_reports.evidence", EVIDENCE, None),
        ("incident_reports.event", {"investigation": "investigation:v-1", "occurred": "2026-09", "what": "No."}, None),
        ("incident_reports.final_report", {"investigation": "investigation:v-1", "text": "Nobody."}, None),
        ("letter.wanted", LETTER | {"values": {"name": "R 1", "outcome": "Nothing.", "law": "voluntary"}}, REPORT),
        (
            "retention.hold_placed",
            {"basis": "litigation", "legal_basis": "Order 1", "ordered_by": "me", "scope": "subject", "about": REPORT},
            None,
        ),
    ],
)
def test_nothing_is_done_inside_an_investigation_nor_by_the_kinds_of_other_rooms(
    house: House, kind: str, body: dict[str, Any], subject: str | None
) -> None:
    """A letter to who reported, a hold that keeps their identity from being destroyed."""
    assert "conflict" in codes(house, kind, MOLE, subject, **body)


DECIDED = {"rule": "eu.ai_act_incidents.general", "decision": "lift", "decided_by": "officer", "basis": "Finding 1"}
DONE = {"rule": "eu.ai_act_incidents.measures"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("duty.clock_sealed", DECIDED),
        ("duty.clock", DECIDED),
        ("duty.receipt_confirmed", {"entry": 1, "basis": "The postmark"}),
        ("duty.done", DONE),
        ("duty.done_sealed", DONE),
        ("duty.stated", {**DONE, "on": "2026-09-01", "reference": "x", "evidence": "seen"}),
    ],
)
def test_no_duty_is_lifted_or_called_done_with_a_conflict_in_what_it_is_about(
    house: House, kind: str, body: dict[str, Any]
) -> None:
    """On a report, and on an alert that was given of one: both are one matter, and one company would be let off."""
    told = {"name": "A 1", "what": "incident", "about": "model:large", "capability": "gives wrong doses"}
    house.file("containment.alert", told, MOREAU)
    house.file("incident_reports.escalation", {"about": REPORT, "alert": "alert:a-1"}, MOREAU)
    for about in (REPORT, "alert:a-1"):
        assert "conflict" in codes(house, kind, MOLE, None, **body, about=about)
        with suppress(CommonwealError):
            assert "conflict" not in codes(house, kind, MOREAU, None, **body, about=about)


def test_an_investigation_stays_with_its_incident(house: House) -> None:
    """Moved to another one, it would be free of who has a conflict in the first."""
    moved = {**INVESTIGATION, "incident": "incident:i-2", "team": TEAM}
    assert codes(house, "incident_reports.investigation", MOREAU, **moved) == {"changed"}


@pytest.mark.parametrize("what", ["answer", "question", "note", "event", "evidence", "report"])
def test_nothing_of_what_others_said_is_annulled(house: House, what: str) -> None:
    of = {"investigation": "investigation:v-1", "occurred": "2026-09"}
    bodies: dict[str, tuple[dict[str, Any], Caller]] = {
        "answer": ({"report": REPORT, "text": "Lab knew."}, CALLER),
        "question": ({"report": REPORT, "text": "When?"}, MOREAU),
        "note": ({"about": REPORT, "text": "Lab lied."}, MOREAU),
        "event": ({**of, "what": "Lab switched it off."}, MOREAU),
        "evidence": (EVIDENCE, MOREAU),
    }
    row = registry.subject(house.authority.reader, REPORT)
    assert row is not None
    entry = row["entry"] if what == "report" else house.file(f"incident_reports.{what}", *bodies[what])
    ordered = {"entry": entry, "reason_code": "ordered", "citation": "Art. 1"}
    assert codes(house, "record.annulled", MOLE, **ordered) == {"conflict"}


def test_who_reported_annuls_their_own_answer(house: House) -> None:
    entry = house.file("incident_reports.answer", {"report": REPORT, "text": "Lab knew."}, CALLER)
    assert codes(house, "record.annulled", CALLER, entry=entry, reason_code="filed_in_error") == set()
    assert house.authority.reader.select(THREAD, {"entry": entry}) == []


def test_what_was_found_out_is_not_read_by_who_has_a_conflict(house: House) -> None:
    entry = house.file("incident_reports.evidence", EVIDENCE, MOREAU)
    assert "what" in Sight(house.authority, MOREAU, "test").entry(entry).fields
    assert "what" not in Sight(house.authority, MOLE, "test").entry(entry).fields


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("watch", {"about": REPORT, "watcher": "party:moreau", "watches": False}),
        ("view", {"keeper": "party:moreau", "name": "Mine"}),
    ],
)
def test_nobody_writes_what_another_watches_or_keeps(house: House, kind: str, body: dict[str, Any]) -> None:
    assert codes(house, f"incident_reports.{kind}", MOLE, **body) == {"own"}
    own = {name: "party:mole" if value == "party:moreau" else value for name, value in body.items()}
    assert codes(house, f"incident_reports.{kind}", MOLE, **own) == set()


def test_who_sees_a_danger_warns_whoever_they_are(house: House) -> None:
    """Alert first: the exemption is of use to those in danger."""
    house.file(
        "containment.alert",
        {"name": "A 1", "what": "incident", "about": "model:large", "capability": "gives wrong doses"},
        MOREAU,
    )
    assert codes(house, "incident_reports.escalation", MOLE, about=REPORT, alert="alert:a-1") == set()


def test_the_laboratory_files_what_is_asked_of_it(house: House) -> None:
    """Whoever is concerned has a conflict of interest by it, and answers all the same."""
    asked = {"name": "Rec 1", "investigation": "investigation:v-1", "addressee": "organisation:lab", "text": "Stop it"}
    house.file("incident_reports.recommendation", {**asked, "due": "2026-12-01"}, MOREAU)
    answer = {"recommendation": "recommendation:rec-1", "organisation": "organisation:lab", "answer": "accepted"}
    with pytest.raises(CommonwealError):
        house.file("incident_reports.recommendation_answer", answer, MOLE)
    house.file("incident_reports.recommendation_answer", answer, LAB)


def test_an_alert_from_before_a_report_came_warns_of_it_only_with_a_reason(house: House) -> None:
    """Else any alert whatever would let somebody classify first and warn nobody."""
    told = {"name": "Old", "what": "incident", "about": "model:large", "capability": "gives wrong doses"}
    house.file("containment.alert", told, MOREAU)
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    given = {"about": "report:r-2", "alert": "alert:old"}
    assert codes(house, "incident_reports.escalation", MOREAU, **given) == {"alert_first"}
    assert codes(house, "incident_reports.escalation", MOREAU, **given, reasons="The same doses.") == set()


def test_reports_repeat_each_other_in_no_ring_and_none_that_was_turned_away(house: House) -> None:
    """All of them would be closed, and nobody would handle the matter."""
    for number in (2, 3):
        house.file("incident_reports.report", house.report(f"R {number}"), CALLER)
    repeats: dict[str, Any] = {"urgency": "routine", "decision": "duplicate"}
    kind = "incident_reports.triage"
    assert codes(house, kind, MOREAU, report=REPORT, duplicate_of="report:r-2", **repeats) == set()
    assert codes(house, kind, MOREAU, report="report:r-2", duplicate_of="report:r-3", **repeats) == set()
    assert codes(house, kind, MOREAU, report="report:r-3", duplicate_of=REPORT, **repeats) == {"circle"}
    away = {"urgency": "routine", "decision": "reject", "reasons": "Made up."}
    assert codes(house, kind, MOREAU, report="report:r-3", **away) == set()
    assert codes(house, kind, MOREAU, report=REPORT, duplicate_of="report:r-2", **repeats) == {"turned_away"}


def test_a_recommendation_says_nothing_in_public_before_the_end_of_an_embargo(house: House) -> None:
    house.desk("embargo", incident="incident:i-1", until="2027-01-01", reasons="A court asked for it.")
    told = {"name": "Rec 1", "investigation": "investigation:v-1", "addressee": "organisation:lab", "text": "Stop it"}
    assert codes(house, "incident_reports.recommendation", MOREAU, **told, due="2026-12-01") == {"embargo"}


def test_a_signal_is_about_the_near_misses_that_were_told(house: House) -> None:
    """Who works for the one that all of them tell of would explain it away, and the count would begin anew."""
    for number in range(4):
        told = {"category": "near_miss", "reporter": "employee", "warnings": ["self_exfiltration"]}
        body = house.report(f"R {number + 10}", models=["model:large"], what_happened=f"Near {number}", **told)
        house.file("incident_reports.report", body, Caller(f"party:employee-{number}", ("observer",)))
        house.desk("triage", report=f"report:r-{number + 10}", urgency="week", decision="handle")
    house.clock.set(instant("2026-10-02T00:30:00Z"))
    house.authority.tick()
    house.authority.follow()
    (signal,) = surveillance.signals(house.authority.reader)
    closing = {"signal": signal["entry"], "finding": "explained", "reasons": "Nothing to see."}
    assert codes(house, "incident_reports.signal_closed", MOLE, **closing) == {"conflict"}
    assert codes(house, "incident_reports.signal_closed", MOREAU, **closing) == set()


# ── erasing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

BASIS = "unlawful_processing"
ANONYMOUS = Caller("party:reporter-1", ("reporter",))


def conflicted(house: House, caller: Caller, holder: str, retention_class: str = "incident_reports") -> list[bool]:
    """Whether an officer's looking at what an erasure would do, erasing, and asking another to are each a conflict."""
    body = {"holder": holder, "retention_class": retention_class, "basis": BASIS, "reasons": "It may not be held."}
    erasures, found = house.authority.erasures, list[bool]()
    for does in (
        lambda: erasures.plans(holder, retention_class, BASIS, caller=caller),
        lambda: erasures.erase(holder, retention_class, BASIS, caller),
        lambda: house.authority.act(Act("retention.erasure_asked", body, ""), caller),
    ):
        try:
            does()
        except CommonwealError as refused:
            found.append({"conflict"} == {one.code for one in getattr(refused, "faults", ())})
        else:
            found.append(False)
    return found


def test_nobody_erases_anything_of_what_they_have_a_conflict_in_nor_asks_another_to(house: House) -> None:
    """A report, who reported it, what was found out about it, and what is held by the party that who reported has: what
    an erasure destroys is gone for good, whatever else its officer may not do."""
    told = house.report("R 2", models=["model:large"])
    house.file("incident_reports.report", told, ANONYMOUS)
    house.file("incident_reports.identity", {"report": "report:r-2", "person": "W", "contact": "w@x"}, ANONYMOUS)
    house.file("incident_reports.evidence", EVIDENCE, MOREAU)
    for holder, one in (
        (REPORT, "incident_reports"),
        ("report:r-2", "reporter_identity"),
        ("evidence:e-1", "incident_reports"),
    ):
        assert conflicted(house, MOLE, holder, one) == [True, True, True], holder
        assert conflicted(house, MOREAU, holder, one) == [False, False, False], holder
    for holder in ("party:reporter-1", "party:authority"):
        about = house.authority.erasures.about(holder, "incident_reports")
        assert ("report:r-2" in about) == (holder != "party:authority")
    assert "title" in Sight(house.authority, MOREAU, "test").entry(_newest(house, REPORT)).fields


def test_who_had_no_conflict_when_they_asked_for_an_erasure_has_none_when_another_confirms_it(house: House) -> None:
    """Else what they came to have in the matter meanwhile would count for nothing."""
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    body = {"holder": REPORT, "retention_class": "incident_reports", "basis": BASIS, "reasons": "It may not be held."}
    asked = house.authority.act(Act("retention.erasure_asked", body, ""), MOREAU).index
    house.desk("assignment", about="report:r-2", assignee=MOREAU.party, interests=["Lab"])
    with pytest.raises(BadInput, match="conflict of interest"):
        house.authority.erasures.erase(REPORT, "incident_reports", BASIS, WEAVER, confirms=asked, reasons="So it is.")
    assert house.authority.entry(_newest(house, REPORT)).body["title"] == "t"


def test_of_a_report_that_is_open_one_alone_erases_nothing_on_any_ground(house: House) -> None:
    """Who reported, too: their strip must be kept for a day only, and who shreds it is never told of again."""
    house.file("incident_reports.identity", {"report": REPORT, "person": "W", "contact": "w@x"}, CALLER)
    house.clock.set(instant("2026-10-05T08:00:00Z"))
    house.authority.tick()
    house.file("incident_reports.report", house.report("R 3"), CALLER)
    erase = house.authority.erasures.erase
    for basis in ("shredded", BASIS):
        with pytest.raises(NeedsTwo, match="still being handled"):
            erase(REPORT, "reporter_identity", basis, MOREAU)
    away = {"report": REPORT, "urgency": "routine", "decision": "reject", "reasons": "Made up."}
    assert codes(house, "incident_reports.triage", MOREAU, **away) == set()
    with pytest.raises(NeedsTwo, match="filed by others"):
        erase(REPORT, "reporter_identity", BASIS, MOREAU)
    assert house.authority.entry(erase(REPORT, "reporter_identity", "shredded", MOREAU)).body.get("asked_in") is None


def _newest(house: House, subject: str) -> int:
    row = registry.subject(house.authority.reader, subject)
    assert row is not None
    return int(row["entry"])


def test_a_stale_page_replaces_no_decision_that_it_did_not_show(house: House) -> None:
    row = registry.subject(house.authority.reader, REPORT)
    assert row is not None
    kind, shown = "incident_reports.triage", row["entry"]
    said: dict[str, Any] = {"report": REPORT, "urgency": "today", "decision": "handle"}
    assert codes(house, kind, MOREAU, **said, seen=shown) == set()
    away = {**said, "decision": "reject", "reasons": "Made up."}
    assert codes(house, kind, MOREAU, **away, seen=shown) == {"superseded"}
    newest = desk.triage(house.authority.reader, REPORT)
    assert newest is not None
    assert codes(house, kind, MOREAU, **away, seen=newest["entry"]) == set()
