"""A company's people file for it: what one of them began another goes on with, and the record says who did what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports import surveillance
from commonweal.kernel import obligations, registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden, Text
from commonweal.settings import Settings
from commonweal.sight import Sight

from .doors.portal.people import sign_in

OSTARA = "organisation:ostara"
OWN = {"name": "W 1", "category": "concern", "reporter": "employee", "title": "Near", "what_happened": "Bob hides it."}
REPORT = {**OWN, "name": "R 1", "category": "near_miss", "reporter": "provider", "what_happened": "Nearly.",
          "organisation": OSTARA}  # fmt: skip
REGISTERED = Act("model_registration.organisation", {"name": "Ostara", "countries": ["FR"]}, "")
ANNE, BOB = Caller("party:anne", ("developer",), OSTARA), Caller("party:bob", ("developer",), OSTARA)
OTHER = Caller("party:eve", ("developer",), "organisation:rival")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Authority]:
    settings = Settings(Text(en="X", zh="X"), "colleagues.example/log", datetime(2026, 1, 1, tzinfo=UTC))
    with Authority.create(tmp_path / "a", settings) as authority:
        for caller in (ANNE, BOB, OTHER):
            authority.access.issue_key(caller.party, caller.roles, organisation=caller.organisation)
        authority.act(REGISTERED)
        authority.follow()
        filed(authority, ANNE, "report", **REPORT)
        yield authority


def filed(office: Authority, caller: Caller, kind: str, **body: Any) -> int:
    index = office.act(Act(f"incident_reports.{kind}", body, ""), caller).index
    office.follow()
    return index


def test_a_colleague_files_a_later_version_and_the_record_says_who(office: Authority) -> None:
    filed(office, BOB, "report", **REPORT, stage="interim")
    assert [row["author"] for row in registry.versions(office.reader, "report:r-1")] == ["party:anne", "party:bob"]
    assert registry.filer(office.reader, "report:r-1") == "party:anne"
    filed(office, ANNE, "report", **REPORT, stage="final")


def test_a_colleague_answers_what_was_asked_without_an_officer_between(office: Authority) -> None:
    asked = office.act(Act("incident_reports.question", {"report": "report:r-1", "text": "When?"}, "")).index
    office.follow()
    index = filed(office, BOB, "answer", report="report:r-1", question=asked, text="In May.")
    assert office.store.entry(index).author == "party:bob"
    read = Sight(office, BOB, "test").entry(asked).fields
    assert read["text"] == "When?", "who answers has read the question"


def test_a_person_acts_for_the_body_of_their_post(office: Authority) -> None:
    """Of a person the record says for whom they acted, whatever their key was issued for."""
    for name in ("anne", "bob"):
        body = {"person": f"person:{name}", "party": f"party:p-{name}", "organisation": OSTARA, "roles": ["developer"]}
        office.act(Act("person.joined", body, ""))
    office.follow()
    anne, bob = (Caller(f"party:p-{name}", ("developer",), OSTARA) for name in ("anne", "bob"))
    filed(office, anne, "report", **{**REPORT, "name": "R 3"})
    filed(office, bob, "report", **{**REPORT, "name": "R 3"}, stage="interim")
    assert [row["author"] for row in registry.versions(office.reader, "report:r-3")] == [anne.party, bob.party]


def test_its_people_report_for_an_organisation_that_the_office_put_on_the_register(office: Authority) -> None:
    """As the README has it: the office registers, people join for it. They read no more of it than they did."""
    body = {"person": "person:cho", "party": "party:cho", "organisation": OSTARA, "roles": ["developer"]}
    office.act(Act("person.joined", body, ""))
    office.follow()
    cho = Caller("party:cho", ("developer",), OSTARA)
    told = {**REPORT, "name": "R 9"}
    for other in (OTHER, Caller("party:dan", ("developer",))):
        with pytest.raises(Forbidden, match="filed by another party"):
            filed(office, other, "report", **told)
    index = filed(office, cho, "report", **told)
    assert office.entry(index).body["organisation"] == OSTARA
    office.act(Act("model_registration.organisation", {"name": "Ostara", "countries": ["FR", "DE"]}, ""), cho)
    office.follow()
    row = registry.subject(office.reader, OSTARA)
    assert row is not None
    assert row["body"]["countries"] == ["FR", "DE"]
    office.act(Act("person.left", {"person": "person:cho"}, ""))
    with pytest.raises(Forbidden):
        filed(office, cho, "report", **{**told, "name": "R 10"})


@pytest.mark.parametrize(
    "stranger",
    [OTHER, Caller("party:bob", ("developer",)), Caller("party:bob", ("developer",), "organisation:rival")],
)
def test_nobody_else_does(office: Authority, stranger: Caller) -> None:
    with pytest.raises(Forbidden):
        filed(office, stranger, "report", **REPORT, stage="interim")
    with pytest.raises((Forbidden, BadInput)):
        filed(office, stranger, "answer", report="report:r-1", text="Me.")
    assert "title" not in Sight(office, stranger, "test").entry(1).fields


def test_it_counts_for_whom_somebody_acted_when_they_filed(tmp_path: Path) -> None:
    """Who came to a company later brings nothing along that they filed before, for themselves or for another."""
    settings = Settings(Text(en="X", zh="X"), "colleagues.example/log", datetime(2026, 1, 1, tzinfo=UTC))
    with Authority.create(tmp_path / "b", settings) as office:
        alone = Caller("party:anne", ("developer",))
        office.act(REGISTERED, alone)
        filed(office, alone, "report", **REPORT)
        later = datetime.now(UTC) + timedelta(days=1)
        office.access._now = lambda: later
        office.access.issue_key("party:anne", ("developer",), organisation=OSTARA)
        with pytest.raises(Forbidden):
            filed(office, BOB, "report", **REPORT, stage="interim")


def test_who_speaks_for_several_is_nobody_s_colleague(office: Authority) -> None:
    office.access.issue_key("party:anne", ("developer",), organisation="organisation:rival")
    with pytest.raises(Forbidden):
        filed(office, OTHER, "report", **REPORT, stage="interim")


def test_who_reported_stays_with_who_said_so(office: Authority) -> None:
    index = filed(office, ANNE, "identity", report="report:r-1", contact="anne at home")
    assert "contact" in Sight(office, ANNE, "test").entry(index).fields
    assert "contact" not in Sight(office, BOB, "test").entry(index).fields


@pytest.mark.parametrize("more", [{}, {"organisation": OSTARA}, {"reporter": "provider"}])
def test_what_somebody_reports_for_themselves_is_no_colleague_s(office: Authority, more: dict[str, Any]) -> None:
    """Who reports where they work under the key that the company gave them is read and silenced by nobody there."""
    index = filed(office, ANNE, "report", **{**OWN, **more})
    told = Sight(office, BOB, "test")
    assert "what_happened" not in told.entry(index).fields
    for kind, body in (
        ("report", {**OWN, **more}), ("answer", {"report": "report:w-1", "text": "All is well."}),
        ("withdrawal", {"report": "report:w-1"}),
        ("harbour_waiver", {"report": "report:w-1", "waives": "confidence", "towards": ["the board"]}),
    ):  # fmt: skip
        with pytest.raises((BadInput, Forbidden)):
            filed(office, BOB, kind, **body)
    rows = obligations.duties_told(office.reader, lambda party: party == OSTARA, subject="report:w-1")
    assert [row for row in rows if row["party"] == OSTARA] == [], "nor are they told by what it makes them owe"
    filed(office, ANNE, "withdrawal", report="report:w-1")


def test_it_is_nobody_else_s_though_a_later_version_names_the_organisation(office: Authority) -> None:
    """What was said first was said in confidence; and a colleague takes no report of the organisation for their own."""
    filed(office, ANNE, "report", **OWN)
    filed(office, ANNE, "report", **{**REPORT, "name": "W 1"})
    with pytest.raises(Forbidden):
        filed(office, BOB, "report", **{**REPORT, "name": "W 1"}, stage="interim")
    with pytest.raises(BadInput, match="a report of your own"):
        filed(office, BOB, "report", **{**OWN, "name": "R 1"}, stage="interim")


def test_who_reported_is_waived_given_and_shredded_by_themselves_alone(office: Authority) -> None:
    """Of what an organisation reports, too: a board could have itself told who it was, or cut them off."""
    filed(office, ANNE, "identity", report="report:r-1", contact="anne at home")
    for kind, body in (
        ("identity", {"contact": "ask the board"}), ("harbour_waiver", {"waives": "confidence", "towards": ["us"]}),
        ("strip_taken", {"how": "shred"}),
    ):  # fmt: skip
        with pytest.raises(BadInput, match="no colleague"):
            filed(office, BOB, kind, report="report:r-1", **body)
    key = office.access.issue_key("party:bob", ("developer",), ("file", "read"), organisation=OSTARA)
    with TestClient(app(office), base_url="https://portal.example", follow_redirects=False) as client:
        sign_in(client, key)
        assert "identity strip" not in client.get("/return/report:r-1").text
    filed(office, ANNE, "strip_taken", report="report:r-1", how="shred")


def test_a_colleague_does_not_annul_what_another_filed(office: Authority) -> None:
    """Only whoever filed a near miss, or the authority, says that it was filed in error; both may correct it."""
    (row,) = registry.versions(office.reader, "report:r-1")
    filed(office, ANNE, "report", **REPORT, stage="interim")
    annul = Act("record.annulled", {"entry": row["entry"], "reason_code": "filed_in_error"}, "")
    with pytest.raises(Forbidden):
        office.act(annul, BOB)
    assert office.reader.count(surveillance.NEAR_MISSES) == 2
    office.act(annul, ANNE)


def test_who_reports_without_a_key_has_no_colleagues(office: Authority) -> None:
    anonymous = Caller("party:reporter-1", ("reporter",))
    filed(office, anonymous, "report", **{**OWN, "name": "R 2"})
    with pytest.raises(Forbidden):
        filed(office, BOB, "report", **{**OWN, "name": "R 2"}, stage="interim")


def test_a_colleague_comes_back_to_it_in_the_portal(office: Authority) -> None:
    key = office.access.issue_key("party:bob", ("developer",), ("file", "read"), organisation=OSTARA)
    with TestClient(app(office), base_url="https://portal.example", follow_redirects=False) as client:
        sign_in(client, key)
        assert "/return/report:r-1" in client.get("/return").text
        assert "Nearly." in client.get("/return/report:r-1").text


def test_a_later_version_keeps_the_files_whoever_of_them_filed_the_one_before(office: Authority) -> None:
    """The final report names the files of the interim one; nobody has them but who uploaded them, weeks ago."""
    files = {
        "attachments": [office.attachments.attach([b"hello world\n"], "x.txt", "party:anne").attachment.model_dump()]
    }
    filed(office, ANNE, "report", **REPORT, **files)
    filed(office, BOB, "report", **REPORT, **files, stage="interim")
    office.act(
        Act(
            "incident_reports.report",
            {**REPORT, **files, "stage": "interim", "severity": "serious", "received_by": "letter"},
            "",
        )
    )
    office.follow()
    final = filed(office, ANNE, "report", **REPORT, **files, stage="final")
    row = registry.subject(office.reader, "report:r-1")
    assert row is not None
    assert (row["entry"], office.entry(final).body["attachments"]) == (final, files["attachments"])
    with pytest.raises(BadInput, match="upload it first"):
        filed(office, OTHER, "report", **{**REPORT, "name": "R 2"}, **files)
