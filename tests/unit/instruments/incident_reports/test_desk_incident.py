"""An incident at the desk: made of a report, put together and taken apart in sight, with what was filed before it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.tables import links
from commonweal.kernel import registry
from commonweal.kernel.values import instant

from ...doors.portal.people import answers_of
from .test_desk import CALLER, INCIDENT, LAB, REPORT, House
from .test_desk_portal import DESK, officer, shown

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PAGE = "/incident-reports/incidents/i-1"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The tests of this module follow one another, as an incident is worked on."""
    found = House(tmp_path_factory.mktemp("incident") / "a")
    told = {"title": "Assistant doubled a dose", "what_happened": "It doubled the dose of a patient at a clinic."}
    for number in (2, 3):
        found.file("incident_reports.report", found.report(f"R {number}", **told), CALLER)
    yield found
    found.authority.close()


@pytest.fixture
def client(house: House) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        officer(found, house)
        yield found


def send(client: Any, path: str, **answers: str) -> Any:
    """Send the form of a page with these answers, as a browser would."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    form = re.findall(r'<form class="stack".*?</form>', page.text, re.DOTALL)[0]
    return client.post(path, data={**answers_of(form), **answers})


def part(page: str, title: str) -> str:
    """What stands under a heading, up to the next one."""
    return unescape(re.split(r"<h[23]", re.split(rf"<h[23]>{title}</h[23]>", page)[1])[0])


def test_an_incident_is_made_of_a_report_and_linked_to_it_in_one_act(client: Any, house: House) -> None:
    form = {
        "name": "I 1",
        "title": "A dose was doubled",
        "harms.health": "1",
        "sectors.health": "1",
        "relation": "same",
    }
    more = {"affected_max": "1", "harmed_named": "Mrs Sample\r\nMr Sample", "children_concerned": "false"}
    refused = send(client, f"{DESK}/r-1/incident", **form, occurred="soon", deaths="none")
    assert refused.status_code == 422
    assert {"#f-occurred", "#f-deaths"} <= set(re.findall(r"#f-\w+", refused.text))
    assert links(house.authority.reader, report=REPORT) == []
    assert registry.subject(house.authority.reader, INCIDENT) is None
    before = house.authority.store.size()
    done = send(client, f"{DESK}/r-1/incident", **form, **more)
    assert done.status_code == 303, shown(done)
    entries = house.authority.store.entries(before, house.authority.store.size())
    assert [entry.kind for entry in entries] == ["incident_reports.incident"], (
        "no link beside it tells of what it is made"
    )
    row = registry.subject(house.authority.reader, INCIDENT)
    assert row is not None
    body = {name: row["body"][name] for name in ("harms", "harmed_named", "children_concerned", "affected_max")}
    assert body == {
        "harms": ["health"], "harmed_named": ["Mrs Sample", "Mr Sample"], "children_concerned": False, "affected_max": 1
    }  # fmt: skip
    assert [one["incident"] for one in links(house.authority.reader, report=REPORT)] == [INCIDENT]


def test_links_are_made_and_undone_here_and_the_page_says_by_whom_and_why(client: Any) -> None:
    page = client.get(PAGE).text
    suggested = part(page, "Open reports that may tell of it")
    assert ("R 2" in suggested, "R 3" in suggested, "R 1 " in suggested) == (True, True, False)
    for slug in ("r-2", "r-3"):
        done = send(client, f"{PAGE}/link", report=f"report:{slug}", relation="same", reasons=f"The words of {slug}.")
        assert done.status_code == 303
    done = send(client, f"{PAGE}/unlink", report="report:r-3", reasons="Another clinic.")
    assert done.status_code == 303
    page = client.get(PAGE).text
    history = part(page, "Links made and undone")
    assert [words in history for words in ("Moreau 5", "The words of r-3.", "Another clinic.")] == [True] * 3
    told = part(page, "Reports that tell of it")
    assert ("R 2" in told, "R 3" in told) == (True, False)
    assert "R 3" not in part(page, "Open reports that may tell of it"), "an officer said that it does not"
    assert f"{PAGE}/unlink" in page


def test_it_is_written_anew_with_what_stands_there_already_chosen(client: Any, house: House) -> None:
    form = client.get(f"{PAGE}/change").text
    assert re.search(r'name="harms.health" value="1" checked', form)
    assert not re.search(r'name="harms.death" value="1" checked', form)
    send(client, f"{PAGE}/change", title="A dose was doubled twice", **{"harms.death": "1"}, harmed_named="Mrs Sample")
    versions = registry.versions(house.authority.reader, INCIDENT)
    assert sorted(versions[-1]["body"]["harms"]) == ["death", "health"]
    assert "A dose was doubled twice" in part(client.get(PAGE).text, "Versions")
    house.desk("incident", name="I 2", title="The same elsewhere", variant_of=INCIDENT)
    assert "The same elsewhere" in part(client.get(PAGE).text, "Variants of it")


def test_what_was_filed_before_it_happened_is_linked_to_the_case_and_what_came_after_is_not(
    client: Any, house: House
) -> None:
    """Of the model, of its developer, and of what belongs to these; by the day that is on file of the incident."""
    run = {"name": "Run 1", "organisation": "organisation:lab", "model": "model:large", "status": "planned"}
    house.file("model_registration.training_run", run, LAB)
    house.clock.set(instant("2026-10-04T08:00:00Z"))
    house.file(
        "model_registration.model", {"name": "Large", "organisation": "organisation:lab", "open_weights": True}, LAB
    )
    stood = dict(registry.subject(house.authority.reader, INCIDENT)["body"])  # type: ignore[index]
    house.desk("incident", **{**stood, "models": ["model:large"], "occurred": "2026-10-03"})
    before = part(client.get(PAGE).text, "What was on file before")
    for subject in ("/models/large", "Lab", "Run 1"):
        assert subject in before, subject
    assert "version 2" not in before
    house.desk("incident", **{**stood, "models": ["model:large"], "occurred": "2020"})
    assert "Nothing was filed about them before." in part(client.get(PAGE).text, "What was on file before")


def test_it_shows_what_went_out_to_whom(client: Any, house: House) -> None:
    said = {"name": "I 1", "incident": INCIDENT, "title": "A dose", "published_on": "2026-10-04"}
    house.desk("sharing", **said)
    house.desk("publication", **said, withheld={"harmed_named": "personal"})
    house.authority.access.issue_key("party:scholar", ("observer",), ("read",))
    house.desk("passed", **said, recipient="party:scholar", until="2026-10-09", purpose="A study.")
    page = client.get(PAGE).text
    assert "Who was harmed, as named (protects people)" in part(page, "To everybody")
    assert "version 1" in part(page, "To fellow authorities and auditors")
    assert "scholar" in part(page, "To one named reader")


def test_it_is_for_officers_says_what_is_not_there_and_speaks_chinese(client: Any, house: House) -> None:
    assert client.get("/incident-reports/incidents/i-99").status_code == 404
    assert client.get(f"{PAGE}/dance").status_code == 404
    page = shown(client.get("/zh" + PAGE))
    assert "关联的建立与撤销" in page
    assert "Links made" not in page
    officer(client, house, "party:lab", "developer")
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}/note", data={"text": "x"}).status_code == 403


def test_an_incident_s_page_is_there_though_a_report_elsewhere_was_erased(house: House, client: Any) -> None:
    """What may tell of an incident is sought among open reports: one of them was erased, and each incident was gone."""
    told = {"title": "Assistant doubled a dose again", "what_happened": "It doubled the dose of a patient at a clinic."}
    house.file("incident_reports.report", house.report("R 8", **told), CALLER)
    asked = {"holder": "report:r-8", "retention_class": "incident_reports", "basis": "unlawful_processing"}
    entry = house.file(
        "retention.erasure_asked", {**asked, "reasons": "Not theirs."}, Caller("party:weaver", ("officer",))
    )
    erase = house.authority.erasures.erase
    erase(*asked.values(), Caller("party:moreau", ("officer",)), confirms=entry, reasons="So it is.")
    house.authority.follow()
    page = client.get("/incident-reports/desk/r-8").text
    assert f'href="/record/{entry + 1}"' in page, "the page says by which entry it was erased"
    assert client.get(PAGE).status_code == 200
