"""Whoever has a conflict of interest in a case is shown nothing of it by any page: it is asked once, of what it is of.

What a page reads from tables stands there in the clear: one page that forgot to ask told the title that the entry
closes, what was decided and answered, and which clocks run.
"""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors import api
from commonweal.doors.portal import app
from commonweal.instruments import discover
from commonweal.instruments.incident_reports import INSTRUMENT
from commonweal.instruments.incident_reports.desk import queue
from commonweal.instruments.incident_reports.desk.cases import FREE
from commonweal.instruments.incident_reports.suggestions import HeldReports, suggested
from commonweal.kernel import registry
from commonweal.kernel.disclosure.reads import REFUSAL
from commonweal.kernel.instrument import Page
from commonweal.sight import Sight

from ...doors.portal.people import fields_of, sign_in
from .test_conflict_of_every_act import EVIDENCE, INVESTIGATION, TEAM
from .test_desk import CALLER, LAB, REPORT, House
from .test_desk_portal import send
from .test_recusal import OWED

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

MOLE, MOREAU = "party:mole", "party:moreau"
DESK = "/incident-reports/desk"
OTHERS = "A wrong dose of zorgon was given by the pump on ward seven."
TOLD = {"models": ["model:large"], "title": "Zorgon quux", "what_happened": OTHERS, "reporter": "employee"}
CANARIES = ("zorgon quux", "quux", "triagewords", "asked when", "at noon", "notewords", "findout", "report a death")
"""What stands in tables and entries of the case, in lower case."""
PLACES = {"report": "r-1", "slug": "r-1", "incident": "i-1", "doing": "change", "recommendation": "rec-1"}
THERE = {"desk_statement": 404, "desk_doing": 404, "investigation_doing": 404, "investigation_report": 404}
"""What is answered to others where there is nothing: no claim to the safe harbour, no such form, no report yet."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A case about the laboratory at which one officer holds a post, and one that is like it and free for everybody."""
    found = House(tmp_path_factory.mktemp("house") / "a")
    mole = {"person": "person:mole", "party": MOLE, "name": "Mole", "roles": ["officer"]}
    found.file("person.joined", {**mole, "organisation": "organisation:lab"})
    found.file("incident_reports.report", {**found.report("R 1"), **TOLD}, CALLER)
    found.file("incident_reports.report", {"name": "P 1", **OWED}, LAB)
    found.desk("incident", name="I 1", category="concern", title="Zorgon quux", models=["model:large"])
    found.desk("triage", report=REPORT, urgency="today", decision="handle", reasons="triagewords")
    found.desk("linked", report=REPORT, incident="incident:i-1", relation="same")
    found.desk("linked", report="report:p-1", incident="incident:i-1", relation="same")
    found.desk("question", report=REPORT, text="asked when")
    found.file("incident_reports.answer", {"report": REPORT, "text": "at noon"}, CALLER)
    found.desk("note", about=REPORT, text="notewords")
    found.desk("assignment", about=REPORT, assignee="party:weaver")
    found.desk("watch", about=REPORT, watcher="party:authority", watches=True)
    officer = Caller(MOREAU, ("officer",))
    found.file("incident_reports.investigation", {**INVESTIGATION, "incident": "incident:i-1", "team": TEAM}, officer)
    found.file("incident_reports.evidence", {**EVIDENCE, "what": "findout"}, officer)
    asked = {"name": "Rec 1", "investigation": "investigation:v-1", "addressee": "organisation:lab", "text": "findout"}
    found.file("incident_reports.recommendation", {**asked, "due": "2026-12-01"}, officer)
    other = found.report("R 9", title="A dose of zorgon", what_happened=OTHERS, developer_named="Other")
    found.file("incident_reports.report", other, CALLER)
    found.desk("incident", name="I 9", category="concern", title="A dose of zorgon", summary=OTHERS)
    yield found
    found.authority.close()


@pytest.fixture(params=[MOLE, MOREAU])
def client(request: pytest.FixtureRequest, house: House) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        key = house.authority.access.issue_key(request.param, ("officer",), ("file", "read"))
        assert sign_in(found, key).status_code == 303
        found.headers["x-who"] = request.param
        yield found


def words(answer: Any) -> str:
    main = answer.text.split("<main")[-1].split("</main")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", main))).lower()


def address(page: Page, **places: str) -> str:
    slug = "v-1" if page.path.startswith("/incident-reports/investigating") else "r-1"
    return page.path.format(**{**PLACES, "slug": slug, **places})


def of_one() -> list[Page]:
    """The pages for the office of instruments that say who keeps out, each of one thing."""
    asked = [item.instrument for item in discover().values() if item.instrument.recusal]
    return [
        page
        for one in asked
        for page in one.pages
        if "{" in page.path and one.recusal and set(page.roles) & set(one.recusal.roles)
    ]


@pytest.mark.parametrize("page", of_one(), ids=lambda page: page.id)
def test_no_page_for_the_office_forgets_to_say_what_it_is_of(page: Page) -> None:
    assert page.about is not None
    assert INSTRUMENT.recusal is not None
    assert page.about({**PLACES, "slug": "r-1"}).partition(":")[0] in INSTRUMENT.recusal.nouns


def test_a_page_of_a_case_shows_who_has_a_conflict_in_it_nothing_and_the_others_what_stands_there(
    client: Any, house: House
) -> None:
    mole, shown = client.headers["x-who"] == MOLE, set[str]()
    before = house.authority.reads.head()[0]
    for page in of_one():
        answer = client.get(address(page))
        assert answer.status_code == (403 if mole else THERE.get(page.id, 200)), page.id
        told = answer.text.lower() if page.path.endswith(".json") else words(answer)
        shown |= {one for one in CANARIES if one in told}
    assert shown == (set() if mole else set(CANARIES))
    row = registry.subject(house.authority.reader, REPORT)
    lines = [line.read for line in house.authority.reads.lines(before + 1)]
    refused = [one for one in lines if row and one.entry == row["entry"] and REFUSAL in one.fields]
    assert bool(refused) == mole, "that there is a conflict was told, and that stands in the log"


def test_lists_and_suggestions_of_other_cases_leave_out_what_somebody_keeps_out_of(client: Any, house: House) -> None:
    """A dictionary could be tried against what is suggested, and a filter against what a list leaves in."""
    mole = client.headers["x-who"] == MOLE
    for path in (
        "/incident-reports/suggestions/r-9",
        "/incident-reports/incidents/i-9",
        f"{DESK}?urgency=today",
        f"{DESK}?q=zorgon",
        f"{DESK}/bulk?r.r-1=1",
        "/incident-reports/investigating",
    ):
        told = words(client.get(path))
        assert bool(re.search(r"quux|\br 1\b|rec 1", told)) != mole, path
    only = client.get(f"{DESK}?urgency=today").text
    assert ("No report stands under these filters" in only) == mole, "nor is it counted"
    told = words(client.get(DESK))
    assert "r 1" in told, "that it is there everybody of the office knows"
    assert any(one in told for one in (*CANARIES, "weaver")) != mole


@pytest.mark.parametrize("who", [MOLE, MOREAU])
def test_no_order_number_or_place_in_the_queue_tells_of_what_somebody_keeps_out_of(house: House, who: str) -> None:
    """A page of 24 in the order of gravity said that the one left out is among the gravest; a total less its rows, in
    which state it is."""
    reading = house.authority.reading("en", who, Sight(house.authority, Caller(who, ("officer",)), "portal /test"))
    for query in ({}, {"sort": "gravest"}, {"sort": "clock"}, {"state": "linked"}, {"urgency": "today"}):
        page = queue.queue_view(reading, query)
        assert page["pager"]["total"] == len(page["rows"]), query
        assert any(row["name"] == "R 1" for row in page["rows"]) == (who != MOLE), query
    counts = {state: number for state, _, number, _ in queue.queue_view(reading, {})["counts"]}
    assert sum(counts.values()) == (1 if who == MOLE else 3), "of the one about the laboratory and its own no number"


@pytest.mark.parametrize("who", [MOLE, MOREAU])
def test_the_chance_that_something_is_new_is_reckoned_as_if_what_somebody_keeps_out_of_were_not_there(
    house: House, who: str
) -> None:
    """Else who files texts and asks reads off by the chance which words a confidential report has."""
    reading = house.authority.reading("en", who, Sight(house.authority, Caller(who, ("officer",)), "portal /test"))
    found = suggested(reading, "report:r-9")
    assert (found.beside, found.among) == ((0, 1) if who == MOLE else (2, 2))
    seen = HeldReports().suggest(reading, "report:r-9")
    assert (seen.chance_new == HeldReports().suggest(NoneBeside(reading), "report:r-9").chance_new) == (who == MOLE)


class NoneBeside:
    """A reading in which no other report is there."""

    def __init__(self, reading: Any) -> None:
        self.tables = reading.tables

    def kept_out(self, subject: str) -> bool:
        return subject != "report:r-9"


@pytest.mark.parametrize("noun", ["report", "incident"])
def test_who_keeps_out_is_shown_what_they_may_still_do(client: Any, house: House, noun: str) -> None:
    """They warn, leave a note, leave the case or hand it on; each form asks for that, and tells nothing of the case."""
    if client.headers["x-who"] != MOLE:
        return
    path = f"{DESK}/r-1" if noun == "report" else "/incident-reports/incidents/i-1"
    found = set(re.findall(rf'href="{path}/(\w+)"', client.get(path).text))
    assert found == set(FREE) - ({"refer"} if noun == "incident" else set())
    for doing in found:
        answer = client.get(f"{path}/{doing}")
        assert answer.status_code == 200
        assert not any(one in words(answer) for one in (*CANARIES, "weaver")), doing


def test_what_they_may_still_do_is_recorded_and_said_so(client: Any, house: House) -> None:
    if client.headers["x-who"] != MOLE:
        return
    sent = send(client, f"{DESK}/r-1/note", text="I worked there until May.")
    assert sent.status_code == 303
    onward = client.get(sent.headers["location"])
    assert onward.status_code == 403
    assert "it is recorded" in words(onward)
    assert client.post(f"{DESK}/r-1/triage", data=fields_of(client.get(f"{DESK}/r-1/note").text)).status_code == 403


@pytest.mark.parametrize("party", [MOLE, MOREAU])
def test_what_is_kept_of_a_case_and_what_an_erasure_would_do_is_told_to_nobody_with_a_conflict_in_it(
    house: House, party: str
) -> None:
    """That an identity strip lies there is of use to who looks for it."""
    key = house.authority.access.issue_key(party, ("officer",), ("file", "read"), rate_per_s=1e6)
    with TestClient(api.app(house.authority), headers={"Authorization": f"Bearer {key}"}) as found:
        kept = {row["holder"] for row in found.get("/api/v1/retention").json()["kept"]}
        wanted = {"holder": REPORT, "basis": "unlawful_processing", "dry_run": True}
        looked = found.post("/api/v1/erasures", json=wanted)
    assert kept >= {"report:r-9"}
    assert (REPORT in kept, looked.status_code) == ((False, 422) if party == MOLE else (True, 200))


def test_what_a_page_shows_of_the_working_tables_stands_in_the_log(client: Any, house: House) -> None:
    before = house.authority.reads.head()[0]
    shown = client.get("/incident-reports/suggestions/r-9")
    row = registry.subject(house.authority.reader, "report:r-9")
    assert row is not None
    assert "a dose of zorgon" in words(shown)
    (line,) = [one.read for one in house.authority.reads.lines(before + 1) if one.read.entry == row["entry"]]
    assert "title" in line.fields
