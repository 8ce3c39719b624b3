"""A page for certain roles: nobody else gets it, and what it opens of sealed bodies is logged before it leaves."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import Installed
from commonweal.kernel.instrument import PUBLIC, Column, Filing, Instrument, Kind, Listing, Page
from commonweal.kernel.record import Act
from commonweal.kernel.registry import subjects
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

from .people import sign_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
DESK, LAB = "party:desk", Caller("party:lab", ("developer",))


class Report(Filing):
    """Half of it is public."""

    name: Annotated[str, PUBLIC]
    statement: str


def queue(reading: Any, query: Mapping[str, str]) -> dict[str, Any]:
    rows = subjects(reading.tables, "report")
    return {"bodies": [reading.opened(row["entry"]) for row in rows], "reader": reading.party}


def listed(reading: Any, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """A list that would open what it should not."""
    rows = subjects(reading.tables, "report")
    return [{"name": str(reading.opened(row["entry"]).get("statement", "sealed"))} for row in rows]


DESKS = Instrument(
    id="desk",
    title=Text(en="Desk", zh="办公台"),
    summary=Text(en="Reports.", zh="报告。"),
    kinds=(Kind("desk.report", Report, Text(en="Report", zh="报告"), noun="report"),),
    listings=(Listing("all", Text(en="All", zh="全部"), (Column("name", Text(en="Name", zh="名称")),), listed),),
    pages=(
        Page("front", "/desk", Text(en="Desk", zh="办公台"), "queue.html", queue, menu=True),
        Page(
            "queue", "/desk/queue", Text(en="Queue of reports", zh="报告队列"), "queue.html", queue, True, ("officer",)
        ),
    ),
)
PAGE = "{% for body in bodies %}<p>{{ body.name }}: {{ body.get('statement', 'sealed') }}</p>{% endfor %}[{{ reader }}]"
TEMPLATE = '{% extends "layout.html" %}{% block content %}<h1>{{ title }}</h1>' + PAGE + "{% endblock %}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Authority]:
    (tmp_path / "desk" / "pages").mkdir(parents=True)
    (tmp_path / "desk" / "pages" / "queue.html").write_text(TEMPLATE)
    settings = Settings(Text(en="Office", zh="机关"), "desk.example", START)
    installed = {"desk": Installed(DESKS, tmp_path / "desk")}
    with Authority.create(tmp_path / "house", settings, clock=ReplayClock(START), installed=installed) as found:
        found.act(Act("desk.report", {"name": "One", "statement": "What nobody else may read"}, ""), LAB)
        found.follow()
        yield found


@pytest.fixture
def client(office: Authority) -> Iterator[TestClient]:
    with TestClient(app(office), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


def signed_in(client: Any, office: Authority, party: str = DESK, role: str = "officer", *scopes: str) -> None:
    assert sign_in(client, office.access.issue_key(party, (role,), scopes or ("file", "read"))).status_code == 303


def logged(office: Authority) -> list[tuple[str, int, tuple[str, ...], str]]:
    return [(one.read.party, one.read.entry, one.read.fields, one.read.door) for one in office.reads.lines()]


def test_a_page_for_a_role_is_told_to_nobody_else_and_says_how_to_sign_in(client: Any, office: Authority) -> None:
    assert "Queue of reports" not in client.get("/desk").text
    found = client.get("/desk/queue")
    assert found.status_code == 403
    assert "officer" in found.text.lower()
    assert "/sign-in?next=%2Fdesk%2Fqueue" in found.text
    signed_in(client, office, "party:lab", "developer")
    other = client.get("/zh/desk/queue")
    assert (other.status_code, "官员" in other.text) == (403, True)
    assert "报告队列" not in other.text
    assert logged(office) == []


def test_whoever_has_the_role_finds_it_on_the_menu_and_reads_sealed_bodies_there(
    client: Any, office: Authority
) -> None:
    signed_in(client, office)
    found = client.get("/desk/queue?purpose=case+9")
    assert "Queue of reports" in client.get("/record").text
    assert "One: What nobody else may read" in found.text
    assert f"[{DESK}]" in found.text
    assert found.headers["cache-control"] == "private, no-store"
    assert "nobody else" not in client.get("/").text
    index = subjects(office.reader, "report")[0]["entry"]
    assert logged(office) == [(DESK, index, ("statement",), "portal /desk/queue")]
    assert next(office.reads.lines()).read.purpose == "case 9"


def test_the_same_view_shows_others_what_is_public_and_logs_nothing(client: Any, office: Authority) -> None:
    assert "One: sealed" in client.get("/desk").text
    signed_in(client, office, DESK, "officer", "file")  # a key that may not read
    assert "One: sealed" in client.get("/desk").text
    assert client.get("/desk/queue").status_code == 403
    assert logged(office) == []


def test_a_list_is_public_whoever_is_signed_in_because_it_leaves_as_files(client: Any, office: Authority) -> None:
    signed_in(client, office)
    for address in ("/desk/all", "/desk/all.csv", "/desk/all.json"):
        found = client.get(address)
        assert ("sealed" in found.text, "nobody else" in found.text) == (True, False), address
    assert logged(office) == []


def test_where_the_log_cannot_be_written_nothing_is_shown(client: Any, office: Authority) -> None:
    signed_in(client, office)
    (office.folder / "reads.sqlite").mkdir()
    found = client.get("/desk/queue")
    assert (found.status_code, "nobody else" in found.text) == (503, False)
    assert client.get("/record").status_code == 200  # what is public needs no log


def test_the_pages_of_an_entry_and_of_a_subject_set_apart_what_is_not_public(client: Any, office: Authority) -> None:
    index = subjects(office.reader, "report")[0]["entry"]
    pages = (f"/record/{index}", "/subjects/report:one")
    for page in pages:
        assert "nobody else" not in client.get(page).text
    signed_in(client, office)
    for page in pages:
        found = client.get(page)
        assert found.headers["cache-control"] == "private, no-store"
        assert "What nobody else may read" in found.text.split("Not public: you see this as Officer")[1]
    for address in (f"/record/{index}.json", f"/record/{index}.presentation.json", "/record.csv"):
        assert "nobody else" not in client.get(address).text
    doors = ["portal /record/{index}", "portal /subjects/{subject}"]
    assert logged(office) == [(DESK, index, ("statement",), door) for door in doors]


def test_whoever_filed_an_entry_reads_all_of_it_there_and_another_party_does_not(
    client: Any, office: Authority
) -> None:
    index = subjects(office.reader, "report")[0]["entry"]
    signed_in(client, office, "party:lab", "developer")
    assert "Not public: you see this as Developer, Who filed it" in client.get(f"/record/{index}").text
    assert "非公开内容" in client.get(f"/zh/record/{index}").text
    client.cookies.clear()
    signed_in(client, office, "party:rival", "developer")
    assert "nobody else" not in client.get(f"/record/{index}").text
