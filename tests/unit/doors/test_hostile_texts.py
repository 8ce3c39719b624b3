"""Hostile texts through every way in, looked at on every way out: refused with one answer, or text and nothing more."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from commonweal.authority import Authority
from commonweal.doors import api, portal
from commonweal.doors.cli import main
from commonweal.engines.effects.mailing import Office, message
from commonweal.instruments.incident_reports.feeds import ATOM
from commonweal.kernel import registry
from commonweal.kernel.protocols.outlets import Outlet
from commonweal.kernel.values import Text
from hostile import ALL, HARMLESS, REFUSED, REPORT, RUNS_AS_FORMULA, TAKEN, Bones, published, report, slug

from .api.conftest import OPEN, Client
from .portal.people import sign_in
from .portal.test_forms import Browser, began

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SITE = "https://office.example"
DESK = "/incident-reports/desk"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with published(tmp_path_factory.mktemp("hostile") / "office") as made:
        yield made


@pytest.fixture(scope="module")
def public(office: Authority) -> Iterator[Any]:
    with TestClient(portal.app(office), base_url=SITE, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def officer(office: Authority) -> Iterator[Any]:
    with TestClient(portal.app(office), base_url=SITE, follow_redirects=False) as client:
        assert sign_in(client, office.access.issue_key("party:desk", ("officer",), ("file", "read"))).status_code == 303
        yield client


# ── ways in ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", REFUSED)
def test_a_character_that_no_filing_has_is_refused_by_name_at_every_door(
    office: Authority, public: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    text, before = REFUSED[what], office.store.size()
    named = f"U+{next(ord(ch) for ch in text if not ch.isprintable()):04X}"
    lab = Client(api.app(office, limits=OPEN)).with_key(office.access.issue_key("party:lab", ("developer",)))
    answer = lab.post(
        f"/api/v1/filings/{REPORT}", content=json.dumps(report("x-1", text)),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert named in answer.text
    called = {**report("x-1", HARMLESS), "name": text}  # of which an identifier is made
    answer = lab.post(
        f"/api/v1/filings/{REPORT}", content=json.dumps(called), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, named in answer.text) == (422, True)
    file = tmp_path / "one.json"
    file.write_text(json.dumps([report("x-1", text)]), "utf-8")
    assert main(["file", str(office.folder), REPORT, str(file)]) == 1
    told = capsys.readouterr().err
    assert named in told
    assert "Traceback" not in told
    if what != "surrogate":  # no browser sends one: UTF-8 has no bytes for it
        browser = began(Browser(public), "incident").fill(category="concern").fill(reporter="public")
        browser.fill(title=text, what_happened=HARMLESS)
        assert browser.status == 422
        assert "aria-invalid" in browser.page
    assert office.store.size() == before


def test_a_text_by_each_way_in_is_kept_as_it_was_said(office: Authority, public: Any, tmp_path: Path) -> None:
    """By form, API, CLI and importer: no way in rewrites a text, none runs it."""
    lab = Client(api.app(office, limits=OPEN)).with_key(office.access.issue_key("party:lab", ("developer",)))
    batch = [{"kind": REPORT, "body": report(f"api {number}", text)} for number, text in enumerate(TAKEN.values())]
    answer = lab.post("/api/v1/batches", json={"acts": batch})
    assert answer.status_code == 201, answer.text
    file = tmp_path / "batch.json"
    file.write_text(json.dumps([report(f"cli {number}", text) for number, text in enumerate(TAKEN.values())]), "utf-8")
    main(["file", str(office.folder), REPORT, str(file)])
    said = [
        {
            "data_type": "AVID",
            "metadata": {"report_id": f"avid {number}"},
            "problemtype": {"description": {"value": text}},
            "description": {"value": text},
        }
        for number, text in enumerate(TAKEN.values())
    ]
    lines = tmp_path / "avid.json"
    lines.write_text(json.dumps(said), "utf-8")
    main(["import", str(office.folder), "incident_reports", "avid", str(lines)])
    office.follow()
    for number, text in enumerate(TAKEN.values()):
        for way in ("api", "cli"):
            row = registry.subject(office.reader, f"report:{way}-{number}")
            assert row is not None
            assert office.entry(row["entry"]).body["title"] == text.strip()
        row = registry.subject(office.reader, f"report:avid-{number}")
        assert row is not None
        assert office.entry(row["entry"]).body["title"].split() == text.split(), "on one line"


def test_a_form_shows_what_was_typed_as_text_and_files_it(office: Authority, public: Any) -> None:
    """Saved page by page, shown again to be changed and to be checked, filed, and read back by who came back."""
    browser = began(Browser(public), "incident").fill(category="concern").fill(reporter="public")
    page = browser.url
    browser.fill(title=HARMLESS, what_happened=HARMLESS)
    while not browser.url.endswith("/check"):
        browser.fill()
    want = Bones(browser.page).tags
    for what, text in TAKEN.items():
        browser.go(f"{page}?back=check").fill(title=text, what_happened=text)
        assert browser.url.endswith("/check"), (what, browser.words)
        shown = Bones(browser.page)
        assert shown.run() == [], what
        assert shown.tags == want, what
        assert Bones(browser.go(page).page).run() == [], what
        assert text.split()[0] in "".join(shown.words), what
    browser.go(page).fill(title=TAKEN["script"], what_happened=TAKEN["template"])
    browser.go(page.rpartition("/")[0] + "/check").send("/file")
    assert "It is filed" in browser.words
    assert Bones(browser.page).run() == []


# ── ways out ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ["/incidents/{}", "/zh/incidents/{}", DESK + "/{}"])
def test_a_page_has_the_same_bones_whatever_its_words(office: Authority, officer: Any, address: str) -> None:
    """Every tag and attribute of a page is the house's own: a hostile text adds none and takes none away."""
    last = len(ALL) - 1
    want = Bones(officer.get(address.format(slug(last))).text)
    for number, (what, text) in enumerate(ALL.items()):
        found = officer.get(address.format(slug(number)))
        assert found.status_code == 200, what
        page = Bones(found.text)
        assert page.run() == [], what
        assert _without_links(page) == _without_links(want), what
        assert text.split()[0] in "".join(page.words), what
        assert "default-src 'none'" in found.headers["content-security-policy"]


def _without_links(page: Bones) -> list[Any]:
    """How many reports read alike differs from text to text; everything else does not."""
    return [tag for tag in page.tags if tag[0] not in ("li", "ul", "a", "h2", "time")]


def test_lists_and_searches_run_nothing(office: Authority, officer: Any) -> None:
    for what, text in ALL.items():
        for path in ("/incident_reports/incidents", "/zh/incident_reports/incidents", DESK):
            found = officer.get(path, params={"q": text})
            assert found.status_code in (200, 422), (what, path)
            assert Bones(found.text).run() == [], (what, path)
    for number, what in enumerate(ALL):
        for path in ("/incident-reports/publish/{}", "/incident-reports/suggestions/{}", f"{DESK}/{{}}/triage"):
            found = officer.get(path.format(slug(number)))
            assert (found.status_code, Bones(found.text).run()) == (200, []), (what, path)


def test_no_cell_of_a_table_runs(public: Any) -> None:
    for name in ("incidents.csv", "incidents.aiid.csv"):
        rows = list(csv.reader(io.StringIO(public.get(f"/incident_reports/{name}").content.decode("utf-8"))))
        assert len(rows) == len(ALL) + 1
        for row in rows:
            for cell in row:
                assert not cell.lstrip(" ").startswith(RUNS_AS_FORMULA), cell
    book = openpyxl.load_workbook(io.BytesIO(public.get("/incident_reports/incidents.xlsx").content))
    for row in book.active.iter_rows():
        for cell in row:
            assert cell.data_type in ("s", "n"), cell.value
            assert cell.hyperlink is None


def test_what_programs_read_is_whole_and_says_the_text(public: Any) -> None:
    feed = ElementTree.fromstring(public.get("/incident_reports/incidents.atom").content)
    titles = {entry.findtext(f"{{{ATOM}}}title") for entry in feed.iter(f"{{{ATOM}}}entry")}
    assert {HARMLESS, TAKEN["script"], TAKEN["markup"]} <= titles
    full = json.loads(public.get("/incident_reports/incidents.full.json").content)
    assert {one["title"] for one in full} == {text.strip() for text in ALL.values()}
    stix = json.loads(public.get("/incident_reports/incidents.stix.json").content)
    urls = [ref["url"] for one in stix["objects"] for ref in one.get("external_references", ()) if "url" in ref]
    assert urls == [], "no text is taken for an address"
    for name in ("snapshot.json", "atlas.yaml"):
        json.loads(public.get(f"/incident_reports/incidents.{name}").content)


def test_no_header_and_no_file_name_takes_anything_from_a_text(office: Authority, officer: Any) -> None:
    for number, what in enumerate(ALL):
        for path in (f"/incidents/{slug(number)}", f"{DESK}/{slug(number)}", "/incident_reports/incidents.csv"):
            for name, value in officer.get(path).headers.items():
                assert "Bcc" not in f"{name}: {value}", what
                assert re.fullmatch(r"[ -~]*", value), (what, name)


@pytest.mark.parametrize("what", TAKEN)
def test_no_header_of_a_mail_takes_anything_from_a_text(what: str) -> None:
    text = TAKEN[what]
    row = {"effect": "effect:" + "0" * 40, "case": "case:x", "requested_at": "2026-01-02T03:04:05Z"}
    row |= {"reference": text, "text": {"en": text, "zh": text}}
    for whole in (True, False):
        mail = message(
            Office("test.example/log", Text(en=text, zh=text)), Outlet("press", "mail", ("one@desk.example",), whole),
            row, sender="office@test.example", to="one@desk.example",
        )  # fmt: skip
        head = bytes(mail).partition(b"\r\n\r\n")[0].decode("ascii")
        names = [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith(" ")]
        assert "Bcc" not in names
        assert len(names) == len(set(names))
