"""Investigations: evidence stays what it was, a recorder opens to nobody by rank, and recommendations are answered."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.identity import People
from commonweal.instruments.incident_reports.desk.staff import staff
from commonweal.instruments.incident_reports.investigating import consulting, opining, recommending
from commonweal.instruments.incident_reports.investigating import tables as investigating
from commonweal.instruments.incident_reports.investigating.forms import team_of
from commonweal.kernel import registry
from commonweal.kernel.disclosure import Audience
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden, instant
from commonweal.sight import Sight
from envelopes import AUDITOR, Envelope

from ...doors.portal.people import fields_of
from .test_desk import CALLER, INCIDENT, LAB, REPORT, House
from .test_desk_portal import officer, send, shown

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

MOREAU, WEAVER = (Caller(f"party:{name}", ("officer",)) for name in ("moreau", "weaver"))
ABOUT, PIECE, ADVICE = "investigation:v-1", "evidence:e-1", "recommendation:rec-1"
PATH = "/incident-reports/investigating"
SEGMENT = {
    "name": "S 1", "system_named": "An assistant", "begins": "2026-09-30T10:00:00Z", "ends": "2026-09-30T11:00:00Z",
    "records": 12, "weights_sha256": "1" * 64, "inputs_sha256": "2" * 64, "outputs_sha256": "3" * 64,
    "method": "SHA-256 over the records", "held_at": "The laboratory", "content": "SECRETWORD in record 9",
}  # fmt: skip


class Inquiry(House):
    """The house of the desk, with an investigation into an incident to which its report is linked."""

    def __init__(self, folder: Path, people: People | None = None) -> None:
        super().__init__(folder, people)
        self.incident()
        self.desk("linked", report=REPORT, incident=INCIDENT, relation="same")
        self.desk("investigation", **self.opened())

    def opened(self, **more: Any) -> dict[str, Any]:
        team = [{"party": "party:moreau", "role": "lead"}]
        return {"name": "V 1", "incident": INCIDENT, "mandate": "Why.", "legal_basis": "s. 9", "team": team, **more}

    def evidence(self, **more: Any) -> dict[str, Any]:
        said = {"what": "A log", "form": "log", "sha256": "a" * 64, "collected_at": "2026-10-01T07:00:00Z"}
        where = {"collected_by": "Lind", "source": "The laboratory", "held_at": "Room 1"}
        return {"name": "E 1", "investigation": ABOUT, **said, **where, **more}

    def recommend(self, due: str = "2026-10-20") -> None:
        body = {"investigation": ABOUT, "addressee": "organisation:lab", "text": "Close the filter.", "due": due}
        self.desk("recommendation", name="REC 1", **body)

    def answer(self, answer: str, caller: Caller = LAB, **more: Any) -> None:
        body = {"recommendation": ADVICE, "organisation": "organisation:lab", "answer": answer, **more}
        self.file("incident_reports.recommendation_answer", body, caller)

    def stands(self) -> Any:
        row = recommending.recommendation(self.authority.reader, ADVICE)
        return row and row["state"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Inquiry]:
    found = Inquiry(tmp_path / "a")
    yield found
    found.authority.close()


@pytest.fixture
def client(house: Inquiry) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


def confirm(client: Any, told: Any) -> Any:
    """Say yes to what a page says will be recorded."""
    action = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', told.text)[0]
    return client.post(action, data={**fields_of(told.text), "confirmed": "yes"})


def hand(at: str, giver: str, taker: str) -> dict[str, str]:
    return {"at": f"2026-10-01T{at}:00Z", "giver": giver, "taker": taker, "why": "transport"}


def test_who_has_a_part_in_the_matter_is_not_on_the_team(house: Inquiry) -> None:
    team = [{"party": "party:moreau", "role": "lead"}, {"party": "party:caller"}]
    ((where, want),) = house.refused("investigation", **house.opened(team=team))
    assert (where, "somebody without a conflict of interest" in want) == ("team.1.party", True)
    assert "report:r-1" not in want, "who reported is not told to whoever tries names"
    team = [{"party": "party:moreau", "role": "lead", "interests": ["Lab"]}]
    ((where, want),) = house.refused("investigation", **house.opened(team=team))
    assert (where, "somebody without a conflict of interest" in want) == ("team.0.party", True)


def test_who_investigates_is_of_the_staff_that_day_and_who_advises_holds_a_role(house: Inquiry) -> None:
    """Officers file what an investigation finds; a name that stands for nobody on record binds nobody."""
    joined = {"person": "person:lind", "party": "party:lind", "name": "Lind", "organisation": "university"}
    house.file("person.joined", {**joined, "roles": ["auditor"]})
    team = [{"party": "party:moreau", "role": "lead"}, {"party": "party:lind"}, {"party": "party:x", "role": "adviser"}]
    told = dict(house.refused("investigation", **house.opened(team=team)))
    assert told["team.1.party"].endswith("who holds the role officer or authority today: they hold auditor")
    assert told["team.2.party"].endswith("who holds a role today: the record names no such person")
    team = [team[0], {**team[1], "role": "expert"}]
    house.desk("investigation", **house.opened(team=team))
    house.file("person.left", {"person": "person:lind"})
    house.clock.set(instant("2026-10-02T08:00:00Z"))
    ((where, want),) = house.refused("investigation", **house.opened(team=team, mandate="Why, and how."))
    assert (where, "they hold no role" in want) == ("team.1.party", True)
    house.desk("investigation", **house.opened(team=team, closed_on="2026-10-01"))


@pytest.mark.parametrize(
    "team",
    [
        [],
        [{"party": "party:a"}],
        [{"party": "party:a", "role": "lead"}, {"party": "party:b", "role": "lead"}],
        [{"party": "party:a", "role": "lead"}, {"party": "party:a"}],
    ],
)
def test_a_team_has_one_in_charge_and_names_each_once(house: Inquiry, team: list[dict[str, str]]) -> None:
    assert [where for where, _ in house.refused("investigation", **house.opened(team=team))] == ["team"]


@pytest.mark.parametrize("role", ["investigator", "expert"])
def test_only_who_investigates_adds_to_an_investigation_reports_and_closes(house: Inquiry, role: str) -> None:
    """Any officer could write into an investigation and end it with one click; who advises decides nothing either."""
    event = {"investigation": ABOUT, "occurred": "2026-09-30", "what": "Keys leaked.", "confidence": "likely"}
    acts = {
        "event": event,
        "final_report": {"investigation": ABOUT, "text": "Nothing."},
        "evidence": house.evidence(),
        "investigation": house.opened(closed_on="2026-10-01"),
    }
    for what, body in acts.items():
        with pytest.raises(BadInput) as caught:
            house.file(f"incident_reports.{what}", body, WEAVER)
        [fault] = caught.value.faults
        assert (fault.code, "party:moreau leads it" in str(fault.told)) == ("not_theirs", True), what
    team = [{"party": "party:moreau", "role": "lead"}, {"party": "party:weaver", "role": role}]
    house.file("incident_reports.investigation", house.opened(team=team), MOREAU)
    if role == "expert":
        with pytest.raises(BadInput):
            house.file("incident_reports.event", event, WEAVER)
    else:
        house.file("incident_reports.event", event, WEAVER)


def test_who_is_not_of_the_team_annuls_nothing_that_it_added_and_is_told_who_leads(house: Inquiry, client: Any) -> None:
    added = house.file("incident_reports.evidence", house.evidence(), MOREAU)
    body = {"entry": added, "reason_code": "filed_in_error", "citation": "s. 9"}
    with pytest.raises(BadInput, match="party:moreau leads this one"):
        house.authority.check(Act("record.annulled", body, ""), WEAVER)
    house.authority.check(Act("record.annulled", body, ""), MOREAU)
    officer(client, house, "party:weaver")
    page = shown(client.get(f"{PATH}/v-1"))
    assert "Moreau 5 leads, and can take you into the team" in page
    assert (f"{PATH}/v-1/verify" in page, f"{PATH}/v-1/report" in page) == (True, False), "a finding is the office's"
    told = shown(client.get(f"/zh{PATH}/v-1/report"))
    assert "负责人为 Moreau 5" in told
    assert 'id="f-text"' not in told, "nobody writes a report to be refused at its end"


def test_the_role_of_the_authority_gives_an_investigation_another_team_and_does_nothing_else_in_it(
    house: Inquiry,
) -> None:
    """Else an investigation ends where its lead leaves; to add or to close it, one is of the team."""
    chief = Caller("party:chief", ("authority",))
    team = [{"party": "party:weaver", "role": "lead"}]
    with pytest.raises(BadInput, match="party:moreau leads this one"):
        house.file("incident_reports.investigation", house.opened(closed_on="2026-10-01"), chief)
    house.file("incident_reports.investigation", house.opened(team=team), chief)
    with pytest.raises(BadInput, match="party:weaver leads this one"):
        house.file("incident_reports.final_report", {"investigation": ABOUT, "text": "Nothing."}, chief)
    house.file("incident_reports.final_report", {"investigation": ABOUT, "text": "Nothing."}, WEAVER)


def test_who_has_a_conflict_is_not_told_who_leads(house: Inquiry) -> None:
    """They read of the case what everybody reads, and the team is not public."""
    house.desk("release", about=INCIDENT, assignee="party:o", why="recused")
    with pytest.raises(BadInput) as caught:
        house.file(
            "incident_reports.final_report", {"investigation": ABOUT, "text": "t"}, Caller("party:o", ("officer",))
        )
    assert [fault.code for fault in caught.value.faults] == ["conflict"]
    assert "moreau" not in str(caught.value)


def test_evidence_keeps_its_digest_and_every_hand_it_went_through(house: Inquiry) -> None:
    first, second = hand("07:10", "Lind", "Courier"), hand("07:40", "Courier", "Room 1")
    house.desk("evidence", **house.evidence(custody=[first]))
    house.desk("evidence", **house.evidence(custody=[first, second]))
    changed = house.refused("evidence", **house.evidence(sha256="b" * 64, custody=[second]))
    assert sorted(where for where, _ in changed) == ["custody", "custody.0.giver", "sha256"]
    ((_, want),) = house.refused("evidence", **house.evidence(custody=[first, hand("07:50", "Moreau", "Room 2")]))
    assert "Courier" in want
    assert house.refused("evidence", **house.evidence(custody=[first, hand("07:00", "Courier", "Room 1")]))
    later = {**hand("07:50", "Room 1", "Room 2"), "at": "2027-01-01T00:00:00Z"}
    found = house.refused("evidence", **house.evidence(custody=[first, second, later]))
    assert [where for where, _ in found] == ["custody.2.at"]
    row = registry.subject(house.authority.reader, PIECE)
    assert row is not None
    assert [one["taker"] for one in row["body"]["custody"]] == ["Courier", "Room 1"]


def test_a_chain_begins_with_who_collected_it_and_a_wrong_version_is_annulled(house: Inquiry, client: Any) -> None:
    """What was wrong stays on record and counts no longer; the digest in capitals is the same digest."""
    found = house.refused("evidence", **house.evidence(custody=[hand("07:10", "Somebody", "Courier")]))
    assert found == [("custody.0.giver", "Lind, who collected it")]
    ((where, _),) = house.refused("evidence", **house.evidence(custody=[hand("06:10", "Lind", "Courier")]))
    assert where == "custody.0.at"
    house.desk("evidence", **house.evidence(sha256="A" * 64))
    first, wrong = hand("07:10", "Lind", "Courier"), hand("07:40", "Courier", "Nobody")
    house.desk("evidence", **house.evidence(custody=[first]))
    officer(client, house)
    moved = {"piece": PIECE, "at": wrong["at"], "giver": "Courier", "taker": "Nobody", "because": "transport"}
    assert send(client, f"{PATH}/v-1/custody", **moved, held_at="Nowhere").status_code == 303
    why = {"reason_code": "filed_in_error", "remark": "It never left the courier."}
    assert send(client, f"{PATH}/v-1/annul", piece="evidence:e-9", **why).status_code == 422
    assert send(client, f"{PATH}/v-1/annul", piece=PIECE, **why).status_code == 303
    row = registry.subject(house.authority.reader, PIECE)
    assert row is not None
    assert (row["body"]["custody"], row["body"]["held_at"]) == ([first], "Room 1")
    assert house.refused("evidence", **house.evidence(collected_by="Weaver")) != []


def test_what_a_segment_was_bound_to_is_not_replaced(house: Inquiry) -> None:
    house.desk("recorder_segment", **SEGMENT)
    told = house.refused("recorder_segment", **{**SEGMENT, "outputs_sha256": "4" * 64, "records": 13})
    assert [where for where, _ in told] == ["records", "outputs_sha256"]
    assert "3" * 64 in told[1][1]
    entry = house.desk("recorder_segment", **{**SEGMENT, "held_at": "The office"})
    house.file("record.annulled", {"entry": entry, "reason_code": "filed_in_error"})
    row = registry.subject(house.authority.reader, "segment:s-1")
    assert row is not None
    assert row["body"]["held_at"] == "The laboratory"


def test_no_investigation_is_closed_before_it_was_opened(house: House) -> None:
    """One was closed seven years before, and the day is public. A day's difference is another place's."""
    house.desk("investigation", **house.opened())
    with pytest.raises(BadInput, match="not before the investigation was opened here"):
        house.desk("investigation", **house.opened(closed_on="2020-01-01"))
    house.desk("investigation", **house.opened(closed_on="2026-09-30"))


def test_a_closed_investigation_takes_nothing_in_until_it_is_opened_again_with_a_reason(
    house: Inquiry, client: Any
) -> None:
    house.desk("evidence", **house.evidence())
    house.recommend()
    house.desk("investigation", **house.opened(closed_on="2026-10-01"))
    event = {"investigation": ABOUT, "occurred": "2026", "what": "w"}
    for kind, body in {
        "event": event,
        "factor": {"investigation": ABOUT, "factor": "model", "what": "w", "confidence": "likely"},
        "evidence": house.evidence(name="E 2"),
        "recommendation": {"name": "REC 2", "investigation": ABOUT, "addressee": "organisation:lab", "text": "t",
                           "due": "2026-10-20"},
    }.items():  # fmt: skip
        ((where, want),) = house.refused(kind, **body)
        assert (where, "closed on 2026-10-01" in want) == ("investigation", True), kind
    house.desk("evidence", **house.evidence(custody=[hand("07:10", "Lind", "Courier")]))
    house.answer("accepted")
    ((where, _),) = house.refused("investigation", **house.opened())
    assert where == "reopened_because"
    officer(client, house)
    page = shown(client.get(f"{PATH}/v-1"))
    assert (f"{PATH}/v-1/event" in page, f"{PATH}/v-1/reopen" in page) == (False, True)
    assert send(client, f"{PATH}/v-1/reopen", reopened_because="A second log was found.").status_code == 303
    assert "A second log was found." in shown(client.get(f"{PATH}/v-1"))
    house.desk("event", **event)


def test_a_recommendation_is_for_a_day_to_come(house: Inquiry) -> None:
    """The clock stands on 1 October 2026. One that is amended after its day keeps it."""
    body = {"name": "REC 1", "investigation": ABOUT, "addressee": "organisation:lab", "text": "t"}
    ((where, want),) = house.refused("recommendation", **body, due="2026-09-30")
    assert (where, "2026-10-01" in want) == ("due", True)
    house.desk("recommendation", **body, due="2026-10-01")
    house.clock.set(instant("2026-10-05T08:00:00Z"))
    house.desk("recommendation", **body, due="2026-10-01", background="b")


def test_nothing_is_established_without_evidence_of_the_same_investigation(house: Inquiry) -> None:
    factor = {"investigation": ABOUT, "factor": "safeguard", "what": "w", "confidence": "established"}
    assert house.refused("factor", **factor)
    house.desk("investigation", **house.opened(name="V 2", beside_because="Another question."))
    house.desk("evidence", **house.evidence(investigation="investigation:v-2"))
    ((where, _),) = house.refused("factor", **factor, evidence=[PIECE])
    assert where == "evidence.0"
    house.desk("evidence", **house.evidence(name="E 2"))
    house.desk("factor", **factor, evidence=["evidence:e-2"])


def test_the_timeline_is_in_the_order_in_which_things_happened_and_a_correction_takes_its_place(house: Inquiry) -> None:
    def event(occurred: str, **more: Any) -> int:
        return house.desk("event", investigation=ABOUT, occurred=occurred, what=occurred, **more)

    late, early = event("2026-09-30T12:00:00+02:00"), event("2026-09")
    day = event("2026-09-30")

    def order() -> list[int]:
        return [row["entry"] for row in investigating.found_out(house.authority.reader, ABOUT, "event")]

    assert order() == [early, day, late]
    corrected = event("2026-08", corrects=late)
    assert order() == [corrected, early, day]
    ((where, _),) = house.refused("event", investigation=ABOUT, occurred="2026", what="w", corrects=late)
    assert where == "corrects"


def test_a_recommendation_is_answered_by_its_addressee_and_verified_by_the_authority(house: Inquiry) -> None:
    house.recommend()
    assert house.refused("recommendation_finding", recommendation=ADVICE, finding="verified", reasons="r")
    seen = [house.stands()]
    house.answer("accepted")
    seen.append(house.stands())
    house.answer("implemented")
    seen.append(house.stands())
    house.desk("recommendation_finding", recommendation=ADVICE, finding="not_verified", reasons="The filter is open.")
    seen.append(house.stands())
    house.answer("implemented")
    house.desk("recommendation_finding", recommendation=ADVICE, finding="verified", reasons="Tried.")
    seen.append(house.stands())
    assert seen == ["open", "accepted", "implemented", "accepted", "verified"]
    with pytest.raises(BadInput, match="not verified already"):
        house.answer("rejected", reasons="Too late.")


def test_only_the_addressee_answers_and_a_rejection_says_why(house: Inquiry) -> None:
    house.recommend()
    with pytest.raises(Forbidden):
        house.answer("accepted", CALLER)
    other = Caller("party:other", ("developer",))
    house.file("model_registration.organisation", {"name": "Other", "countries": ["FR"]}, other)
    body = {"recommendation": ADVICE, "organisation": "organisation:other", "answer": "accepted"}
    with pytest.raises(BadInput, match="its addressee, organisation:lab"):
        house.file("incident_reports.recommendation_answer", body, other)
    with pytest.raises(BadInput, match="why it is rejected"):
        house.answer("rejected")
    house.answer("rejected", reasons="It would break what works.")
    assert house.stands() == "rejected"


def test_a_recommendation_is_overdue_from_the_day_after_its_last_for_everybody_to_see(
    house: Inquiry, client: Any
) -> None:
    house.recommend(due="2026-10-20")
    listed = "/incident_reports/recommendations.json"
    house.clock.set(instant("2026-10-20T23:00:00Z"))
    assert [row["state"] for row in client.get(listed).json()] == ["open"]
    house.clock.set(instant("2026-10-21T01:00:00Z"))
    house.authority.tick()
    assert [row["state"] for row in client.get(listed).json()] == ["overdue"]
    assert "逾期" in client.get("/zh/incident_reports/recommendations?state=overdue").text
    house.answer("implemented")
    assert [row["state"] for row in client.get(listed).json()] == ["implemented"]


def test_what_a_recorder_holds_opens_to_nobody_by_rank_by_name_or_because_they_filed_it(house: Inquiry) -> None:
    kind, policies = house.authority.kinds["incident_reports.recorder_segment"], house.authority.policies
    for role in ("public", "officer", "authority", "auditor", "named", "filer", "authorised"):
        for field in ("content", "files"):
            assert not policies.may_see(Audience.of(role), kind, field), (role, field)
    assert policies.may_see(Audience.of("authorised", bases={"content": "a court order"}), kind, "content")
    assert policies.may_see(Audience.of("officer"), kind, "inputs_sha256")


def test_an_authorisation_by_several_organisations_opens_a_recorder_to_who_asked(tmp_path: Path) -> None:
    envelope = Envelope.found(tmp_path / "office")
    with envelope.authority as office:
        who = Caller("party:lab", ("developer",))
        body = {**SEGMENT, "begins": "2026-01-01T10:00:00Z", "ends": "2026-01-01T11:00:00Z"}
        envelope.model = office.act(Act("incident_reports.recorder_segment", body, ""), who).index
        office.follow()
        envelope.granted(fields=("content",))
        (opened,) = envelope.open(AUDITOR)["presentations"]
        assert opened["fields"] == {"content": SEGMENT["content"]}


def test_pages_and_the_file_of_an_investigation_say_all_but_what_the_recorder_holds(
    house: Inquiry, client: Any
) -> None:
    house.desk("recorder_segment", **SEGMENT, investigation=ABOUT)
    house.desk("evidence", **house.evidence())
    house.desk("event", investigation=ABOUT, occurred="2026-09-30", what="The key leaves.", evidence=[PIECE])
    house.recommend()
    for path in (PATH, f"{PATH}/v-1", f"{PATH}/v-1.json", f"{PATH}/v-1/event", f"{PATH}/open"):
        assert client.get(path).status_code == 403
    officer(client, house)
    page, file = client.get(f"{PATH}/v-1"), client.get(f"{PATH}/v-1.json")
    for text in (shown(page), file.text):
        assert "The key leaves." in text
        assert "2" * 64 in text
        assert "SECRETWORD" not in text
    assert "sealed: only an authorisation in force opens it" in shown(page)
    assert file.headers["cache-control"] == "private, no-store"
    told = json.loads(file.text)
    assert [set(one) for one in told["entries"]] == [{"entry", "body"}] * 5  # opened, segment, evidence, event, advice
    assert client.get(f"{PATH}/v-9.json").status_code == 404


def test_an_investigation_is_led_through_its_forms_to_its_report(house: Inquiry, client: Any) -> None:
    officer(client, house)
    opened = {"name": "V 7", "incident": INCIDENT, "mandate": "Why.", "legal_basis": "s. 9"}
    found = send(client, f"{PATH}/open", **opened, team="party:moreau, lead")
    assert (found.status_code, "investigation:v-1 is open" in shown(found)) == (422, True)
    opened["beside_because"] = "The first asks who; this one asks why."
    refused = send(client, f"{PATH}/open", **opened, team="party:caller, lead")
    assert (refused.status_code, "without a conflict of interest" in shown(refused)) == (422, True)
    assert send(client, f"{PATH}/open", **opened, team="party:moreau, chief").status_code == 422
    assert send(client, f"{PATH}/open", **opened, team="party:moreau, lead, A university").status_code == 303
    path = f"{PATH}/v-7"
    piece = {"name": "E 7", "what": "A log", "form": "log", "sha256": "c" * 64, "source": "Lab", "held_at": "Room 1"}
    send(client, f"{path}/evidence", **piece, collected_at="2026-10-01T07:00:00Z", collected_by="Lind")
    moved = {"piece": "evidence:e-7", "at": "2026-10-01T07:30:00Z", "giver": "Lind", "taker": "Room 1"}
    send(client, f"{path}/custody", **moved, because="storage", held_at="Room 1")
    proof = {"evidence.evidence:e-7": "1"}
    assert re.search(r'name="evidence\.evidence:e-7"[^>]*> E 7</label>', client.get(f"{path}/event").text)
    send(client, f"{path}/event", occurred="2026-09-30", what="It left.", confidence="likely", **proof)
    factor = {"factor": "model", "what": "A reward.", "confidence": "established"}
    assert send(client, f"{path}/factor", **factor).status_code == 422
    send(client, f"{path}/factor", **factor, **proof)
    advice = {"name": "REC 1", "addressee": "organisation:lab", "text": "Close it.", "due": "2026-12-01"}
    told = send(client, f"{path}/recommend", **{**advice, "text": "Close it, as jane@home.example asks."})
    assert (told.status_code, "“jane@home.example” (looks like an address" in shown(told)) == (200, True)
    assert house.stands() is None, "it is public for good, so what may give somebody away is confirmed first"
    told = send(client, f"{path}/recommend", **advice)
    for words in ("public at once for everybody", "answers on its page", "Nothing was found", "As it will read"):
        assert words in shown(told), words
    assert house.stands() is None
    confirm(client, told)
    house.answer("implemented")
    send(client, f"{path}/verify", recommendation=ADVICE, finding="verified", reasons="Tried.")
    assert house.stands() == "verified"
    assert send(client, f"{path}/team", team="party:moreau, lead\nparty:lind, expert").status_code == 422
    joined = {"person": "person:lind", "party": "party:lind", "name": "Lind", "organisation": "university"}
    house.file("person.joined", {**joined, "roles": ["auditor"]})
    send(client, f"{path}/team", team="party:moreau, lead\nparty:lind, expert")
    told = send(client, f"{path}/report", text="The filter was open.")
    assert "Nothing of the report is public" in shown(told)
    assert confirm(client, told).status_code == 303
    page = shown(client.get(path))
    for words in (
        "<strong>Moreau 5</strong>",
        "Lind → Room 1",
        "It left.",
        "A reward.",
        "Close it.",
        "The filter was open.",
        "closed",
        "Lind",
    ):
        assert words in page, words


def test_a_team_is_read_from_lines_as_people_are_shown_and_what_there_is_not_is_named(house: Inquiry) -> None:
    """A page shows "Moreau 5 (party:moreau)"; whoever types that, or the name alone, means her."""
    reading = house.authority.reading()
    shown_as = next(one.label["en"] for one in staff(reading) if one.value == "party:moreau")
    for said in (shown_as, shown_as.partition(" (")[0].upper(), "moreau", "party:moreau"):
        assert team_of(reading, f"{said}, in charge, Lab, Shop\n\nparty:b") == [
            {"party": "party:moreau", "role": "lead", "interests": ["Lab", "Shop"]},
            {"party": "party:b", "role": "investigator", "interests": []},
        ]
    with pytest.raises(BadInput) as caught:
        team_of(reading, "party:a, Lab\nMoro, lead")
    assert [(fault.where, fault.code) for fault in caught.value.faults] == [
        ("team.0.role", "unknown_name"), ("team.1.party", "unknown_name"),
    ]  # fmt: skip
    assert "(party:moreau)" in caught.value.faults[1].want


def test_an_investigation_is_opened_by_the_names_that_are_shown_and_every_fault_is_said_at_once(
    client: Any, house: Inquiry
) -> None:
    officer(client, house)
    answers = {"name": "V 9", "mandate": "Why.", "legal_basis": "s. 9", "beside_because": "Another question."}
    refused = send(client, f"{PATH}/open", name="V 9", incident="I 7", team="Moro, lead")
    page = shown(refused)
    assert refused.status_code == 422
    for words in ("Nobody here is called Moro. There are: ", "There are: I 1 (incident:i-1)", "#f-mandate"):
        assert words in page, words
    assert "此处无人名为“Moro”。现有：" in shown(send(client, f"/zh{PATH}/open", incident="I 7", team="Moro"))
    shown_as = next(one.label["en"] for one in staff(house.authority.reading()) if one.value == "party:moreau")
    opened = send(client, f"{PATH}/open", **answers, incident="i 1", team=f"{shown_as}, lead")
    assert opened.status_code == 303, re.findall(r"<li><a href=.#f-.*", shown(opened))


def test_investigations_are_laid_out_again_from_the_record_alone(house: Inquiry) -> None:
    house.desk("evidence", **house.evidence())
    house.desk("recorder_segment", **SEGMENT, investigation=ABOUT)
    entry = house.desk("event", investigation=ABOUT, occurred="2026", what="w")
    house.desk("event", investigation=ABOUT, occurred="2026-01", what="w", corrects=entry)
    house.recommend()
    house.answer("accepted")
    house.desk("final_report", investigation=ABOUT, text="t")
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before


GOES_OUT = {"name": "I 1", "incident": INCIDENT, "published_on": "2026-10-01", "title": "A filter was off"}


def test_who_investigates_does_not_publish_where_the_office_says_so(tmp_path: Path) -> None:
    """Nor does who was of the team once; whoever was not does, and what harms somebody is withdrawn by anybody."""
    house = Inquiry(tmp_path / "apart", People(investigators_publish=False))
    with house.authority:
        team = [{"party": "party:s", "role": "lead"}]
        house.desk("investigation", **house.opened(team=team, mandate="Another goes on."))
        for kind in ("publication", "sharing"):
            with pytest.raises(BadInput) as refused:
                house.file(f"incident_reports.{kind}", GOES_OUT, MOREAU)
            [fault] = refused.value.faults
            assert (fault.where, fault.code) == ("incident", "investigated")
            assert fault.told is not None
            assert "is or was of the team of investigation:v-1" in fault.told["en"] == fault.want
            assert "本机构规定调查者不得公布" in fault.told["zh"]
        house.file("incident_reports.publication", GOES_OUT, WEAVER)
        back = {**GOES_OUT, "status": "withdrawn", "withdrawn_for": "personal", "correction": "It named somebody."}
        house.file("incident_reports.publication", back, MOREAU)


def test_who_investigates_publishes_where_nothing_is_said_of_it(house: Inquiry) -> None:
    """A small office has no second officer: the rule is its own choice, in authority.toml."""
    assert house.file("incident_reports.publication", GOES_OUT, MOREAU)


def consulted(house: Inquiry, role: str = "observer", **more: Any) -> tuple[int, int]:
    """An expert of a university is asked to read a piece of evidence; and an event that they are not asked to read."""
    joined = {"person": "person:lind", "party": "party:lind", "name": "Lind", "organisation": "university"}
    house.file("person.joined", {**joined, "roles": [role]})
    team = [{"party": "party:moreau", "role": "lead"}, {"party": "party:lind", "role": "expert"}]
    house.file("incident_reports.investigation", house.opened(team=team), MOREAU)
    piece = house.file("incident_reports.evidence", house.evidence(notes="The clock is wrong."), MOREAU)
    other = house.file("incident_reports.event", {"investigation": ABOUT, "occurred": "2026", "what": "w"}, MOREAU)
    asked = {"investigation": ABOUT, "expert": "party:lind", "entries": [piece], "question": "Is it whole?", **more}
    house.file("incident_reports.consultation", {"until": "2026-10-10", **asked}, MOREAU)
    return piece, other


def test_an_expert_reads_what_they_are_asked_to_and_nothing_else_until_the_day(house: Inquiry) -> None:
    """Somebody named to a team who holds no role of the office could read nothing of what they were to judge."""
    piece, other = consulted(house)
    lind = Caller("party:lind", ("observer",))

    def reads(index: int, caller: Caller = lind) -> Any:
        return Sight(house.authority, caller, "api /test").opened(index)

    assert reads(piece)["notes"] == "The clock is wrong."
    assert "what" not in reads(other)
    assert "notes" not in reads(piece, Caller("party:stranger", ("observer",)))
    mandate = registry.subject(house.authority.reader, ABOUT)
    assert mandate is not None
    assert reads(mandate["entry"])["mandate"] == "Why."
    assert "team" not in reads(mandate["entry"]), "what the others declare is not theirs to read"
    house.clock.set(instant("2026-10-11T08:00:00Z"))
    assert "notes" not in reads(piece)


def test_what_an_expert_reads_ends_when_they_leave_the_team_or_it_is_taken_back(house: Inquiry) -> None:
    piece, _ = consulted(house)
    lind = Caller("party:lind", ("observer",))
    house.file("incident_reports.investigation", house.opened(), MOREAU)
    assert "notes" not in Sight(house.authority, lind, "api /test").opened(piece)
    team = [{"party": "party:moreau", "role": "lead"}, {"party": "party:lind", "role": "expert"}]
    house.file("incident_reports.investigation", house.opened(team=team), MOREAU)
    assert "notes" in Sight(house.authority, lind, "api /test").opened(piece)
    back = {"investigation": ABOUT, "expert": "party:lind", "entries": [piece], "question": "q", "until": "2026-10-10"}
    house.file("incident_reports.consultation", {**back, "withdrawn": True}, MOREAU)
    assert "notes" not in Sight(house.authority, lind, "api /test").opened(piece)


def test_no_recorder_is_opened_to_an_expert_and_only_what_is_of_the_case_to_who_advises(house: Inquiry) -> None:
    segment = house.desk("recorder_segment", **SEGMENT, investigation=ABOUT)
    consulted(house, entries=[segment])
    told = Sight(house.authority, Caller("party:lind", ("observer",)), "api /test").opened(segment)
    assert ("inputs_sha256" in told, "content" in told) == (True, False)
    asked = {"investigation": ABOUT, "question": "q", "until": "2026-10-10"}
    found = dict(house.refused("consultation", **asked, expert="party:weaver", entries=[0]))
    assert set(found) == {"expert", "entries.0"}


def test_an_expert_is_asked_at_the_page_and_finds_it_in_their_inbox(house: Inquiry, client: Any) -> None:
    consulted(house)
    found = {"factor": "safeguard", "what": "No limit.", "confidence": "established", "evidence": [PIECE]}
    factor = house.file("incident_reports.factor", {"investigation": ABOUT, **found}, MOREAU)
    asked = {"investigation": ABOUT, "expert": "party:lind", "entries": [factor], "question": "Is it so?"}
    house.file("incident_reports.consultation", {"until": "2026-10-10", **asked}, MOREAU)
    officer(client, house)
    piece = registry.subject(house.authority.reader, PIECE)
    assert piece is not None
    answers = {"expert": "party:lind", f"entries.{piece['entry']}": "1", "question": "Read it?", "until": "2026-10-12"}
    told = send(client, f"{PATH}/v-1/consult", **answers)
    assert "Lind may read this until the end of 12 October 2026" in shown(told)
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    officer(client, house, "party:lind", "observer")
    assert "You are asked to read in an investigation" in shown(client.get("/inbox"))
    page = shown(client.get("/incident-reports/asked-to-read"))
    for words in ("Read it?", "The clock is wrong.", "Why.", "E 1"):
        assert words in page, words
    page = shown(client.get("/zh/incident-reports/asked-to-read"))
    for words in ('<dt>形式</dt><dd class="wrap">日志</dd>', "保障措施", "已确定"):
        assert words in page, words
    assert "2026年10月1日 07:00 UTC</time>" in page, "an instant is told where the office is"
    assert client.get(f"{PATH}/v-1").status_code == 403


def test_what_is_for_other_roles_is_refused_in_words_and_not_by_codes(house: Inquiry, client: Any) -> None:
    """ "… is filed by developer or …; party:judge is court" was told to a person who pressed a button."""
    house.recommend()
    officer(client, house, "party:judge", "court")
    form = {"token": fields_of(client.get("/account").text)["token"], "key": "a" * 24, "answer": "accepted"}
    told = shown(client.post("/recommendations/rec-1", data=form))
    assert "“Answer to a recommendation” is for: " in told
    assert "party:judge is" not in told


LIND = Caller("party:lind", ("observer",))
ASKED = "/incident-reports/asked-to-read"


def opinion(house: Inquiry, asked: int, **more: Any) -> dict[str, Any]:
    return {"investigation": ABOUT, "consultation": asked, "opinion": "The clock is whole.", **more}


def asked_by(house: Inquiry) -> int:
    consulted(house)
    return int(consulting.consultations(house.authority.reader, ABOUT)[0]["act"])


def test_an_expert_answers_on_their_page_and_who_investigates_reads_who_and_when(house: Inquiry, client: Any) -> None:
    """They could read and not reply; what they say is for those who investigate, and for nobody else."""
    asked = asked_by(house)
    officer(client, house, "party:lind", "observer")
    assert f'href="{ASKED}/{asked}"' in client.get(ASKED).text
    told = send(client, f"{ASKED}/{asked}", opinion="The clock is whole.")
    assert "Goes to the officers who may read V 1" in shown(told)
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    assert "The clock is whole." in shown(client.get(ASKED))
    assert "更正或撤回意见" in shown(client.get(f"/zh{ASKED}/{asked}"))
    officer(client, house)
    page = shown(client.get(f"{PATH}/v-1"))
    assert ("The clock is whole." in page, "Lind" in page) == (True, True)
    assert "An expert answered" in shown(client.get("/inbox"))
    assert any("The clock is whole." in str(one["body"]) for one in client.get(f"{PATH}/v-1.json").json()["entries"])
    officer(client, house, "party:lind", "observer")
    told = send(client, f"{ASKED}/{asked}", what="withdraw", correction="I misread it.")
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    officer(client, house)
    page = shown(client.get(f"{PATH}/v-1"))
    assert ("I misread it." in page, "An expert answered" in shown(client.get("/inbox"))) == (True, False)
    everybody = TestClient(app(house.authority), base_url="http://portal.example")
    entry = opining.opinions(house.authority.reader)[0]["entry"]
    public = shown(everybody.get(f"/record/{entry}"))
    assert ("whole" in public, "lind" in public.casefold()) == (False, False), "who was asked is not public"
    assert everybody.get(f"{ASKED}/{asked}").status_code == 404


@pytest.mark.parametrize("role", ["expert", "court"])
def test_whoever_may_be_asked_may_answer_and_hold_a_key_of_their_own(house: Inquiry, role: str) -> None:
    """A role that only a playbook names, such as the independent expert, no kind can name: it files as approvers do,
    and nothing that is for officers."""
    consulted(house, role)
    xu = Caller("party:lind", (role,))
    asked = int(consulting.consultations(house.authority.reader, ABOUT)[0]["act"])
    house.file("incident_reports.opinion", opinion(house, asked), xu)
    assert [one["consultation"] for one in opining.opinions(house.authority.reader)] == [asked]
    with pytest.raises(BadInput, match="key"):  # past who files it: the key itself is asked for
        house.authority.check(Act("approver.registered", {}, ""), xu)
    with pytest.raises(Forbidden, match="is filed by"):
        house.authority.check(Act("incident_reports.consultation", {}, ""), xu)


def test_only_who_was_asked_answers_while_it_is_open_and_corrects_what_is_theirs(house: Inquiry) -> None:
    asked = asked_by(house)
    kind = "incident_reports.opinion"

    def wrong(caller: Caller, **more: Any) -> set[tuple[str, str]]:
        with pytest.raises(BadInput) as caught:
            house.authority.check(Act(kind, opinion(house, asked, **more), ""), caller)
        return {(fault.where, fault.code) for fault in caught.value.faults}

    assert wrong(WEAVER) == {("consultation", "not_asked")}
    first = house.file(kind, opinion(house, asked), LIND)
    assert wrong(LIND) == {("corrects", "missing")}
    assert wrong(WEAVER, corrects=first, correction="c") == {("corrects", "reference")}
    house.clock.set(instant("2026-10-11T08:00:00Z"))
    second = house.file(kind, opinion(house, asked, corrects=first, correction="One word."), LIND)
    assert wrong(LIND, corrects=first, correction="c") == {("corrects", "reference")}
    team = [{"party": "party:moreau", "role": "lead"}, {"party": "party:lind", "role": "expert"}]
    house.file("incident_reports.investigation", house.opened(team=team, closed_on="2026-10-11"), MOREAU)
    assert wrong(LIND, corrects=second, correction="c") == {("investigation", "closed")}
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before


def test_what_an_expert_is_asked_is_taken_back_on_a_form_all_of_it_and_no_other(house: Inquiry, client: Any) -> None:
    """By the API the entries went, and the question stayed open; what two acts opened, one took back for both."""
    asked = asked_by(house)
    piece = registry.subject(house.authority.reader, PIECE)
    assert piece is not None
    other = {"investigation": ABOUT, "expert": "party:lind", "entries": [piece["entry"]], "question": "And now?"}
    house.file("incident_reports.consultation", {**other, "until": "2026-10-12"}, MOREAU)
    officer(client, house)
    assert "unconsult" in client.get(f"{PATH}/v-1").text
    told = send(client, f"{PATH}/v-1/unconsult", consultation=str(asked), withdrawn_because="Done.")
    assert "Lind reads no more of the investigation" in shown(told)
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    assert consulting.asked_of(house.authority.reader, asked) is None
    assert client.get(f"/zh{PATH}/v-1").status_code == 200
