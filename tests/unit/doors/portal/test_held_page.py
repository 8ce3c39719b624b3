"""What is held about somebody, at the portal: for who is signed in, who came by code, and who answers for another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.doors.portal.people import sign_in

from commonweal.doors.portal import app
from held_office import JANE, VISITOR, Office, held_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with held_office(tmp_path_factory.mktemp("held") / "office") as found:
        yield found


def browser(office: Office) -> Any:
    return TestClient(app(office.authority), base_url="http://portal.example", follow_redirects=False)


def signed_in(office: Office, party: str, *roles: str, scopes: tuple[str, ...] = ("file", "read")) -> Any:
    client = browser(office)
    assert sign_in(client, str(office.authority.access.issue_key(party, roles, scopes))).status_code == 303
    return client


def by_code(office: Office, client: Any = None) -> Any:
    client = client or browser(office)
    client.cookies.set("weal-return", office.authority.access.begin_visit(VISITOR.party))
    return client


def test_strangers_are_told_how_they_come_to_it_and_nothing_else(office: Office) -> None:
    page = browser(office).get("/held")
    assert page.status_code == 200
    assert "/return" in page.text
    assert "Entry " not in page.text.partition("<main")[2].partition("</main>")[0]
    assert browser(office).get("/held.json").status_code in (303, 403)
    assert "关于您的所存信息" in browser(office).get("/zh/held").text


def test_who_came_back_by_code_finds_all_of_it_and_who_read_it(office: Office) -> None:
    desk = signed_in(office, "party:desk", "officer")
    assert "Words-of-mine" in desk.get(f"/record/{office.at['mine']}?purpose=Case+4").text
    client = by_code(office)
    thread = client.get("/return/report:nr-1")
    assert 'href="/held"' in thread.text
    readers = thread.text.partition('<section class="read-by"')[2].partition("</section>")[0]
    assert "to do the work that it is kept for" in readers
    assert "Case 4" not in readers, "an officer's own words may name others"
    assert "Officer" in readers
    assert "desk" not in readers
    for address in ("/held", "/zh/held"):
        page = client.get(address)
        assert page.headers["cache-control"] == "private, no-store"
        for there in ("Words-of-mine", "me@home.example", "Question-of-desk", "C-579/21"):
            assert there in page.text, there
        for closed in ("Case 4", "Note-of-desk", "Words-of-lab", "Reasons-of-desk", JANE):
            assert closed not in page.text, closed
    assert "Words-of-mine" in client.get(f"/record/{office.at['mine']}").text, "its page is theirs too"
    assert "Words-of-lab" not in client.get(f"/record/{office.at['theirs']}").text
    mine = client.get("/reads/mine").text
    assert "to do the work that it is kept for" in mine
    assert "party:desk" not in mine


def test_no_line_for_good_says_when_somebody_came_back_by_code(office: Office) -> None:
    """The log of reads is for reads by others. It is kept for ever, in backups, and read by the authority's heads."""
    before = office.authority.reads.head()[0]
    for path in ("/return/report:nr-1", "/held", "/held.json", f"/record/{office.at['mine']}"):
        answer = by_code(office).get(path)
        assert "Words-of-mine" in answer.text
        assert "no-store" in answer.headers["cache-control"], "nor does anybody on the way keep it"
    assert office.authority.reads.head()[0] == before


def test_the_file_says_the_same_in_pages(office: Office) -> None:
    client = by_code(office)
    answer = client.get("/held.json")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "attachment" in answer.headers["content-disposition"]
    found = answer.json()
    assert found["form"] == "commonweal/held/v1"
    assert found["count"] == len(found["entries"])
    entry = next(item for item in found["entries"] if item["entry"] == office.at["mine"])
    assert entry["fields"]["what_happened"] == "Words-of-mine"
    assert entry["kept"]["class"] == "incident_reports"
    assert client.get(f"/held.json?first={office.at['mine'] + 1}").json()["entries"][0]["entry"] > office.at["mine"]
    assert client.get("/held.json?first=x").status_code == 422


def test_a_browser_is_one_of_two(office: Office) -> None:
    """While somebody is here by code, who is signed in here is not looked up, so that nothing ties them together."""
    own = by_code(office, signed_in(office, JANE, "officer")).get("/held").text
    assert "Words-of-mine" in own
    assert "Jane Doe" not in own


def test_an_officer_answers_for_another_and_a_fault_names_all(office: Office) -> None:
    desk = signed_in(office, "party:desk", "officer")
    assert 'name="purpose"' in desk.get("/held").text
    page = desk.get("/held?party=person:77&purpose=Letter+of+2+March")
    assert "Jane Doe" in page.text
    assert "Note-on-jane" not in page.text
    told = json.loads(re.sub(r"\s+", " ", desk.get("/held.json?party=jane&purpose=Letter+of+2+March").text))
    assert told["answered_for_them"] is True
    refused = desk.get("/held?party=party:authority")
    assert refused.status_code == 422
    assert "purpose" in refused.text
    assert "party:authority" in refused.text
    assert 'name="purpose"' not in signed_in(office, "party:lab", "developer").get("/held").text
    assert signed_in(office, "party:lab", "developer").get("/held?party=jane&purpose=x").status_code == 403
    assert signed_in(office, JANE, "officer", scopes=("file",)).get("/held").status_code == 403
    assert by_code(office).get("/held?party=jane&purpose=x").status_code == 403


def test_reads_come_in_pages_newest_first(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line once, in the whole log and for whoever filed."""
    monkeypatch.setattr("commonweal.doors.portal.reads.SHOWN_MAX", 1)
    desk = signed_in(office, "party:desk", "officer")
    assert [desk.get(f"/record/{office.at['mine']}").status_code for _ in range(2)] == [200, 200]
    log, admin = office.authority.reads, signed_in(office, "party:admin", "authority")
    count, address, seen = log.head()[0], "/reads", 0
    while address:
        page = admin.get(address).text
        seen += page.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr")
        link = re.search(r'rel="next" href="([^"]*)"', page)
        address = link[1].replace("&amp;", "&") if link else ""
    assert seen == count
    assert 'rel="next"' in by_code(office).get("/reads/mine").text
    assert admin.get("/reads?below=x").status_code == 422
