"""Whoever judges a case has no conflict of interest in it, whatever they file; what was declared is kept and binds.

The model that the report names is Lab's. Party a declared an interest in Lab when another report was given to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, instant

from .test_desk import CALLER, INCIDENT, REPORT, House
from .test_desk_portal import TestClient, officer, send, shown

A, B = Caller("party:a", ("officer",)), Caller("party:b", ("officer",))
OTHER = "report:r-2"
TEAM = [
    {"party": "party:weaver", "role": "lead", "interests": ["A university"]},
    {"party": A.party},
    {"party": B.party},
]
"""Whoever is of it may add to the investigation, unless a conflict came up since: that is what is asked here."""
FOUND = {"annotator": "A", "taxonomy": "mit_domain", "codes": {}}
PUBLIC = {"name": "I 1", "incident": INCIDENT, "published_on": "2026-10-01", "title": "t"}
JUDGED: dict[str, dict[str, Any]] = {
    "triage": {"report": REPORT, "urgency": "week", "decision": "handle"},
    "linked": {"report": OTHER, "incident": INCIDENT, "relation": "variant"},
    "unlinked": {"report": REPORT, "incident": INCIDENT, "reasons": "Another matter."},
    "incident": {"name": "I 1", "category": "concern", "title": "Written anew"},
    "annotation": {"incident": INCIDENT, **FOUND},
    "embargo": {"incident": INCIDENT, "until": "2026-10-02", "reasons": "A court asked for it."},
    "sharing": PUBLIC,
    "passed": {**PUBLIC, "recipient": "party:reader", "until": "2026-12-01", "purpose": "A study."},
    "publication": PUBLIC,
    "factor": {"investigation": "investigation:v-1", "factor": "model", "what": "It drifts.", "confidence": "likely"},
    "recommendation": {
        "name": "C 2", "investigation": "investigation:v-1", "addressee": "organisation:other", "text": "Test it.",
        "due": "2027-01-01",
    },
    "recommendation_finding": {"recommendation": "recommendation:c-1", "finding": "closed", "reasons": "Overtaken."},
    "final_report": {"investigation": "investigation:v-1", "text": "It drifted."},
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A case that is ready for each act of judgement, and a declaration at another one."""
    found = House(tmp_path_factory.mktemp("judging") / "a")
    found.file("incident_reports.report", found.report("R 2"), CALLER)
    found.file(
        "model_registration.organisation", {"name": "Other", "countries": ["FR"]}, Caller("party:other", ("developer",))
    )
    found.incident()
    found.authority.access.issue_key("party:reader", ("observer",), ("read",))
    found.desk("linked", report=REPORT, incident=INCIDENT, relation="same")
    found.desk("investigation", name="V 1", incident=INCIDENT, mandate="Why.", legal_basis="Act, 3", team=TEAM)
    found.desk("assignment", about=OTHER, assignee="party:a", interests=["Lab"])
    found.desk(
        "recommendation", name="C 1", investigation="investigation:v-1", addressee="organisation:other", text="Log it.",
        due="2027-01-01",
    )  # fmt: skip
    yield found
    found.authority.close()


def refusals(house: House, kind: str, body: dict[str, Any], caller: Caller) -> list[tuple[str, str]]:
    try:
        house.authority.check(Act(f"incident_reports.{kind}", body, ""), caller)
    except BadInput as error:
        return [(fault.code, str(fault.told and fault.told["zh"])) for fault in error.faults]
    return []


@pytest.mark.parametrize("kind", JUDGED)
def test_no_act_of_judgement_is_filed_by_who_has_a_conflict(house: House, kind: str) -> None:
    ((code, told),) = refusals(house, kind, JUDGED[kind], A)
    assert code == "conflict"
    assert "须由无利益冲突的官员决定" in told, "it is told in Chinese too, and what it is, is not"
    assert "Lab" not in told
    assert refusals(house, kind, JUDGED[kind], B) == []


def test_an_investigation_is_not_closed_by_who_has_a_conflict(house: House) -> None:
    team = [one for one in TEAM if one["party"] != A.party]
    closed = {"name": "V 1", "incident": INCIDENT, "mandate": "Why.", "legal_basis": "Act, 3", "team": team}
    other = {**closed, "mandate": "Why, and how."}
    assert [code for code, _ in refusals(house, "investigation", other, A)] == ["conflict"], "nor changed otherwise"
    closed |= {"closed_on": "2026-10-01"}
    assert [code for code, _ in refusals(house, "investigation", closed, A)] == ["conflict"]
    assert refusals(house, "investigation", closed, B) == []


def test_a_finding_is_not_made_about_one_s_own_organisation(house: House) -> None:
    """Party other registered Other, to which the recommendation is addressed, and which no report names."""
    found = Caller("party:other", ("officer",))
    ((code, _),) = refusals(house, "recommendation_finding", JUDGED["recommendation_finding"], found)
    assert code == "conflict"
    refused = [code for code, _ in refusals(house, "final_report", JUDGED["final_report"], found)]
    assert refused == ["not_theirs"], "of the team they are not, but a conflict in the case they do not have"


def test_what_was_declared_is_kept_with_who_when_and_for_which_case(house: House) -> None:
    (row,) = desk.declared(house.authority.reader, party="party:a", about=OTHER)
    assert (row["about"], row["interests"], row["at"][:10], row["by"]) == (
        OTHER,
        ["Lab"],
        "2026-10-01",
        "party:authority",
    )
    (member,) = [row for row in desk.declared(house.authority.reader, about=INCIDENT) if row["interests"]]
    assert (member["party"], member["interests"]) == ("party:weaver", ["A university"])


def test_what_was_declared_is_shown_at_the_case_and_a_refusal_is_said_in_the_reader_s_language(house: House) -> None:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as client:
        officer(client, house, "party:a")
        seen = shown(client.get("/incident-reports/desk/r-2")).replace('<span class="soft">', "")
        assert "A 0: Lab (recorded by authority" in seen
        of_the_incident = f"/zh/incident-reports/incidents/{INCIDENT.partition(':')[2]}"
        assert "Weaver 6：A university" not in shown(client.get(of_the_incident)), "a has a conflict in this one"
        officer(client, house, "party:b")
        assert "Weaver 6：A university" in shown(client.get(of_the_incident))
        officer(client, house, "party:a")
        assert "您对此存在利益冲突" in shown(client.get("/zh/incident-reports/desk/r-1/triage"))
        page = send(client, "/zh/incident-reports/desk/r-2/link", incident=INCIDENT, relation="same")
        assert "须由无利益冲突的官员决定" in shown(page)


def test_who_has_a_conflict_with_a_report_alone_links_it_to_nothing(house: House) -> None:
    """The incident is nobody's yet; the report is Lab's own model, whichever of the two is looked at."""
    apart = "report:r-9"
    house.file("incident_reports.report", house.report("R 9", models=["model:large"]), CALLER)
    house.desk("incident", name="I 9", category="concern", title="t")
    link = {"report": apart, "incident": "incident:i-9", "relation": "same"}
    ((code, _),) = refusals(house, "linked", link, A)
    assert code == "conflict"
    assert refusals(house, "linked", {**link, "report": OTHER}, A) == []
    for kind in ("note", "watch"):
        body = {"about": INCIDENT, **({"text": "Read."} if kind == "note" else {"watcher": "party:a"})}
        assert refusals(house, kind, body, A) == [], "a note decides nothing, and whoever knows something may say it"
    ((code, _),) = refusals(house, "question", {"report": REPORT, "text": "When?"}, A)
    assert code == "conflict", "who reported is not questioned by whoever they told of"


# These change the case, and come last.


def test_a_conflict_that_another_set_aside_for_a_case_binds_there_no_more(house: House) -> None:
    despite = "Nobody else reads the language."
    house.file("incident_reports.assignment", {"about": REPORT, "assignee": "party:a", "despite": despite}, B)
    assert refusals(house, "triage", JUDGED["triage"], A) == []
    assert [code for code, _ in refusals(house, "final_report", JUDGED["final_report"], A)] == ["conflict"]


def test_what_somebody_declared_is_mended_by_another_and_never_by_themselves(house: House) -> None:
    given = {"about": OTHER, "assignee": "party:a", "interests": ["A university"]}
    house.file("incident_reports.assignment", given, A)
    assert [code for code, _ in refusals(house, "final_report", JUDGED["final_report"], A)] == ["conflict"]
    house.file("incident_reports.assignment", given, B)
    assert refusals(house, "final_report", JUDGED["final_report"], A) == []


def annulled(house: House, entry: int, caller: Caller) -> list[str]:
    """For what an annulment would be refused; nothing where it would be recorded."""
    body = {"entry": entry, "reason_code": "filed_in_error", "citation": "Act, 3"}
    try:
        house.authority.check(Act("record.annulled", body, ""), caller)
    except BadInput as error:
        return [fault.code for fault in error.faults]
    return []


ANNULLED: dict[str, dict[str, Any]] = {
    "incident": {"name": "I 1", "category": "concern", "title": "Written anew"},
    "annotation": {"incident": INCIDENT, "annotator": "C", "taxonomy": "mit_causal",
                   "codes": {"entity": ["AI"], "intent": ["Other"], "timing": ["Other"]}},
    "sharing": PUBLIC,
    "publication": PUBLIC,
    "factor": JUDGED["factor"],
    "recommendation": JUDGED["recommendation"],
}  # fmt: skip


@pytest.mark.parametrize("kind", ANNULLED)
def test_what_was_judged_in_a_case_is_annulled_by_nobody_who_has_a_conflict_in_it(house: House, kind: str) -> None:
    """An annulment undoes a judgement, and a recusal is for good, also where one filed it oneself before."""
    entry = house.file(f"incident_reports.{kind}", ANNULLED[kind], B)
    house.file("incident_reports.assignment", {"about": OTHER, "assignee": "party:s", "interests": ["Lab"]}, B)
    assert annulled(house, entry, Caller("party:s", ("officer",))) == ["conflict"]
    assert annulled(house, entry, Caller("party:weaver", ("officer",))) == []
    house.desk("release", about=INCIDENT, assignee="party:o", why="recused")
    assert annulled(house, entry, Caller("party:o", ("officer",))) == ["conflict"]


def test_who_reported_annuls_a_version_of_theirs_and_an_officer_with_a_conflict_does_not(house: House) -> None:
    entry = house.file("incident_reports.report", house.report("R 7", models=["model:large"]), CALLER)
    assert annulled(house, entry, CALLER) == ["take_back"], "with the last one the report would leave the desk unseen"
    later = house.file("incident_reports.report", house.report("R 7"), CALLER)
    assert annulled(house, later, CALLER) == []
    house.file("incident_reports.assignment", {"about": OTHER, "assignee": "party:s", "interests": ["Lab"]}, B)
    assert annulled(house, entry, Caller("party:s", ("officer",))) == ["conflict"]
    assert annulled(house, entry, Caller("party:weaver", ("officer",))) == []


def test_a_withdrawal_is_not_annulled_under_an_embargo_until_that_is_over(house: House) -> None:
    """Else what was withdrawn would stand again, past everything that a publication is held against."""
    house.desk("incident", name="I 5", category="concern", title="t")
    said = {"name": "I 5", "incident": "incident:i-5", "published_on": "2026-10-01", "title": "t"}
    house.desk("publication", **said)
    withdrawal = house.desk("publication", **said, status="withdrawn", correction="Too early.")
    embargo = house.desk("embargo", incident="incident:i-5", until="2026-12-01", reasons="A court asked for it.")
    body = {"entry": withdrawal, "reason_code": "filed_in_error"}
    with pytest.raises(BadInput) as caught:
        house.authority.check(Act("record.annulled", body, ""))
    ((where, want),) = [(fault.where, fault.want) for fault in caught.value.faults]
    assert where == "entry"
    assert f"before 2026-12-01: entry {embargo} set an embargo" in want
    assert "设有禁发" in str(caught.value.faults[0].told and caught.value.faults[0].told["zh"])
    house.clock.set(instant("2026-12-01T08:00:00Z"))
    house.authority.check(Act("record.annulled", body, ""))
