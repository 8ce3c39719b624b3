"""What is public of incidents, as others' software reads it: each form is read back by somebody else's reader."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
import yaml
from starlette.testclient import TestClient

from commonweal.doors.portal import app
from commonweal.instruments.incident_reports import printing, spreadsheet
from commonweal.instruments.incident_reports.exporting import EXPORTS, as_aiid, as_atlas, as_avid
from commonweal.instruments.incident_reports.feeds import ATOM, Item, atom
from commonweal.instruments.incident_reports.importing import aiid, atlas, avid
from commonweal.instruments.incident_reports.importing.again import without_own
from commonweal.instruments.incident_reports.printing import as_pdf
from commonweal.instruments.incident_reports.publication import OPEN
from commonweal.instruments.incident_reports.spreadsheet import COLUMNS, as_xlsx, book_of
from commonweal.instruments.incident_reports.telling import title_of
from commonweal.kernel.values import BadInput, subject_id

from .conftest import Office

MARKS = {
    "entry": 7,
    "version": 2,
    "first_published": "2026-03-02",
    "updated": "2026-03-09T10:11:12Z",
    "status": "published",
}
READER: Any = SimpleNamespace(
    language="en", authority="Office for AI", address="https://office.example", origin="office.example/log"
)
ORIGIN = "office.example/log"
FIRST = {"incident:i-1": 7}
"""By which entry an incident was first published."""
HOSTILE = [
    '=HYPERLINK("http://evil")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "a\x00b\x0bc",
]


def said(**more: Any) -> dict[str, Any]:
    return {"name": "I 1", "incident": "incident:i-1", "title": "A title", **MARKS, **more}


def test_the_database_gets_its_own_snapshot_back(shared_data: Path) -> None:
    """Imported, published as it is and exported: number, day, reports, names and words of all are what they were."""
    data = (shared_data / "aiid" / "incidents.csv").read_bytes()
    bodies = [act.body for act in aiid.read(data, "incidents.csv").acts]
    published = [
        said(
            name=body["name"], incident=subject_id("incident", body["name"]), **{n: body[n] for n in OPEN if n in body}
        )
        for body in bodies
    ]
    back = list(csv.DictReader(io.StringIO(as_aiid(published, ORIGIN, {}).decode())))
    first = list(csv.DictReader(io.StringIO(data.decode())))
    assert len(back) == len(first) == 1367
    for was, now in zip(first, back, strict=True):
        assert now["incident_id"] == was["incident_id"]
        assert now["date"] == was["date"]
        assert json.loads(now["reports"]) == json.loads(was["reports"])
        assert now["title"].split() == was["title"].split()
        assert now["description"].strip() == was["description"].strip()
        for column in aiid._WHO.values():
            assert set(json.loads(now[column])) == set(json.loads(was[column]))


WHOLE: dict[str, Any] = {
    "title": "A title",
    "title_zh": "标题",
    "summary": "Words.",
    "summary_zh": "摘要。",
    "category": "serious_incident",
    "occurred": "2026-02",
    "occurred_until": "2026-03-01",
    "outcome": "realised",
    "harms": ["death"],
    "severity": "critical",
    "reversibility": "irreversible",
    "affected_min": 1,
    "affected_max": 3,
    "deaths": 1,
    "children_concerned": True,
    "warnings": ["deception"],
    "misuses": ["other"],
    "sectors": ["health"],
    "models": ["model:m-1"],
    "systems_named": ["A system, version 2"],
    "developers_named": ["Acme, Inc."],
    "deployers_named": ["Ward"],
    "harmed_named": ["a patient"],
    "countries": ["DE"],
    "variant_of": "incident:i-2",
    "external": ["AIID 7", "AVID-2023-V001", "ATLAS AML.CS0001", "ATLAS AML.T0015", "OECD 3"],
    "sources": ["https://news.example/a", "A newspaper of 3 March, page 2"],
}
"""An incident of which every field is said."""
READERS = {"aiid.csv": (as_aiid, aiid), "avid.jsonl": (as_avid, avid), "atlas.yaml": (as_atlas, atlas)}


@pytest.mark.parametrize("suffix", READERS)
def test_a_form_says_what_it_has_no_place_for(suffix: str) -> None:
    """What comes back by our own reader is as it was but for what the form names; and it names nothing that does."""
    assert set(WHOLE) == set(OPEN)
    write, reader = READERS[suffix]
    back = reader.read(write([said(**WHOLE)], ORIGIN, FIRST), "x").acts[0].body

    def is_back(field: str) -> bool:
        now, was = back.get(field), WHOLE[field]
        return set(was) <= set(now or ()) if isinstance(was, list) else now == was

    lost = {field for field in OPEN if not is_back(field)}
    form = next(item for item in EXPORTS if item.suffix == suffix)
    assert len(form.lacks) == len(lost) + 2, "beside what was kept back and corrected"
    for field in lost - {"models", "external", "sources"}:
        assert title_of(field) in form.lacks, field


def test_an_incident_that_aiid_does_not_number_is_one_that_its_readers_take() -> None:
    """Columns in their order, a whole number, a day, lists: what comes after is ours, and whoever reads by name passes
    over it. Of the same incident the number stays, whatever is corrected."""
    own = said(**{**WHOLE, "external": [], "occurred": "2026-11~"})
    (row,) = csv.DictReader(io.StringIO(as_aiid([own], ORIGIN, FIRST).decode()))
    theirs = ["_id", "incident_id", "date", "reports", *aiid._WHO.values(), "description", "title"]
    assert [*row] == [*theirs, *aiid.MORE]
    assert (row["incident_id"], row["date"], row["reports"]) == ("900000007", "2026-11-01", "[]")
    assert re.fullmatch(r"ObjectId\([0-9a-f]{24}\)", row["_id"])
    (act,) = aiid.read(as_aiid([own], ORIGIN, FIRST), "x").acts
    assert act.body["name"] == "office.example/log I 1", "whose it is: everybody has an I 1"
    assert (act.body["occurred"], act.body["title_zh"]) == ("2026-11~", "标题")
    assert act.body["sources"] == WHOLE["sources"]


@pytest.mark.parametrize("suffix", READERS)
def test_what_an_office_gave_out_comes_back_as_nothing_new(office: Office, suffix: str) -> None:
    """What it published is not what it has on file: taken for another's word, it would overwrite that."""
    office.file("incident", name="I 1", title="As it is on file")
    office.file("publication", name="I 1", incident="incident:i-1", published_on="2026-03-02", title="For everybody")
    form = next(item for item in EXPORTS if item.suffix == suffix)
    reading = office.authority.reading()
    found = READERS[suffix][1].read(form.make(reading, {}), "x")
    assert [act.body["name"] for act in found.acts] == [f"{reading.origin} I 1"]
    ours = without_own(found, reading.origin)
    assert (ours.acts, ours.places, ours.there) == ((), (), 1)
    assert without_own(found, "other.example/log").acts == found.acts


def test_atlas_readers_get_a_day_and_not_a_text() -> None:
    (study,) = yaml.safe_load(as_atlas([said(occurred="2026-02")], ORIGIN, FIRST))["case-studies"]
    assert study["incident-date"] == date(2026, 2, 1)


def test_another_database_reads_what_is_exported_for_it() -> None:
    one = said(
        systems_named=["A system"],
        developers_named=["Acme"],
        external=["ATLAS AML.CS0001", "ATLAS AML.T0015"],
        occurred="2026-02",
        summary="Words.",
        category="misuse",
    )
    (vulnerability,) = avid.read(as_avid([one], ORIGIN, FIRST), "x").acts
    assert vulnerability.body["developers_named"] == ["Acme"]
    (broken,) = avid.read(as_avid([{**one, "summary": "One line.\u2028Another."}], ORIGIN, FIRST), "x").acts
    assert broken.body["summary"] == "One line.\u2028Another.", "a line of JSON ends where JSON has it end"
    (study,) = atlas.read(as_atlas([one], ORIGIN, FIRST), "x").acts
    assert study.body["name"] == "ATLAS AML.CS0001"
    assert study.body["occurred"] == "2026-02"
    assert study.body["external"] == ["ATLAS AML.CS0001", "ATLAS AML.T0015"]
    assert study.body["category"] == "misuse"


def test_what_happened_is_no_exercise_for_atlas() -> None:
    """ATLAS calls an exercise what was only shown to be possible; those that it holds as one stay one."""

    def told(**more: Any) -> str:
        return str(json.loads(as_atlas([said(**more)], ORIGIN, FIRST))["case-studies"][0]["case-study-type"])

    assert told(category="serious_incident", deaths=1) == "incident"
    assert told() == "incident"
    assert told(fictitious=True, category="misuse") == "exercise"
    assert told(external=["ATLAS AML.CS0003"]) == "exercise"
    assert told(external=["ATLAS AML.CS0001"], category="misuse") == "incident"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_runs_as_a_formula_and_no_character_breaks_a_file(text: str) -> None:
    one = said(name=text, title=text, summary=text, systems_named=[text], sources=[text], external=[text])
    sheet = openpyxl.load_workbook(io.BytesIO(book_of([one], READER))).active
    cells = {cell.value: row[1] for cell, row in ((row[0], row) for row in zip(*sheet.iter_rows(), strict=True))}
    assert cells["Title"].data_type == "s", "text, never a formula"
    assert cells["Title"].hyperlink is None
    row = next(csv.DictReader(io.StringIO(as_aiid([one], ORIGIN, FIRST).decode())))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    feed = ElementTree.fromstring(atom([Item("incident:i-1", MARKS["updated"], text, text, "2026-03-02")], READER))
    assert feed.find(f"{{{ATOM}}}entry/{{{ATOM}}}title") is not None


@pytest.mark.parametrize("filler", ["x", "病", "😀"])
def test_a_cell_that_excel_would_cut_says_so_and_where_the_whole_is(filler: str) -> None:
    """Excel counts UTF-16 units: 32,767 to a cell (Excel specifications and limits)."""
    whole = filler * 40_000
    book = openpyxl.load_workbook(io.BytesIO(book_of([said(summary=whole), said(summary="short")], READER)))
    at = COLUMNS.index("summary") + 1
    cut = book["incidents"].cell(2, at).value
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert cut.startswith(filler * 16_000)
    assert cut.endswith("[…cut here: sheet “cut”]")
    assert book["incidents"].cell(3, at).value == "short"
    rows = [[cell.value for cell in row] for row in book["cut"].iter_rows()]
    units = len(whole.encode("utf-16-le")) // 2
    assert rows[1:] == [["D2", "Summary", units, "https://office.example/incidents/i-1"]]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", {"Reference": "I 1", "Harms": "Death", "Severity": "Critical", "Countries": "Germany (DE); Narnia"}),
        (
            "zh",
            {
                "编号": "I 1",
                "损害类型": "死亡",
                "国家或地区": "德国（DE）; Narnia",
                "未予公布": "受害者（报告所称）（保护个人）",
            },
        ),
    ],
)
def test_a_sheet_is_in_words_of_its_reader(language: str, told: Mapping[str, str]) -> None:
    one = said(**{**WHOLE, "countries": ["DE", "Narnia"], "withheld": {"harmed_named": "personal"}})
    sheet = openpyxl.load_workbook(io.BytesIO(book_of([one], SimpleNamespace(language=language, address="")))).active  # type: ignore[arg-type]
    cells = dict(zip(*([cell.value for cell in row] for row in sheet.iter_rows()), strict=True))
    assert told.items() <= cells.items()


def test_an_address_that_somebody_kept_finds_nothing_rather_than_a_fault(office: Office) -> None:
    """Of a year without incidents there is a list with nothing in it; what is no year is told."""
    office.file("incident", name="I 1", title="A title")
    who = {"developers_named": ["Acme, Inc.", "Other"]}
    more = {"occurred": "2026-02~", "countries": ["DE"], **who}
    office.file("publication", name="I 1", incident="incident:i-1", published_on="2026-03-02", title="A title", **more)
    browser = TestClient(app(office.authority), base_url="https://office.example", follow_redirects=False)
    for form in ("", ".csv", ".json", ".aiid.csv"):
        assert browser.get(f"/incident_reports/incidents{form}?year=1999").status_code == 200, form
        assert browser.get(f"/incident_reports/incidents{form}?year=soon").status_code == 422, form
    (row,) = browser.get("/incident_reports/incidents.json").json()
    assert row["developers"] == ["Acme, Inc.", "Other"], "names hold commas"
    assert "约2026年2月" in browser.get("/zh/incident_reports/incidents").text
    page = browser.get("/incidents/i-1").text
    assert "about February 2026" in page
    assert "Germany (DE)" in page


def test_what_fits_has_no_second_sheet_and_more_than_a_sheet_holds_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of([said(summary="x" * 32_767)], READER)))
    assert book.sheetnames == ["incidents"]
    monkeypatch.setattr(spreadsheet, "ROWS_MAX", 1)
    office.file("incident", name="I 1", title="A title")
    office.file("publication", name="I 1", incident="incident:i-1", published_on="2026-03-02", title="A title")
    with pytest.raises(BadInput, match="filter the list"):
        as_xlsx(office.authority.reading(), {})


def test_every_form_is_at_the_lists_address_and_refuses_what_the_list_refuses(office: Office) -> None:
    office.file("incident", name="I 1", title="A title")
    office.file("publication", name="I 1", incident="incident:i-1", published_on="2026-03-02", title="A title")
    browser = TestClient(app(office.authority), base_url="https://office.example", follow_redirects=False)
    page = browser.get("/incident_reports/incidents").text
    for item in EXPORTS:
        address = f"/incident_reports/incidents.{item.suffix}"
        assert address in page
        found = browser.get(address)
        assert found.status_code == 200, address
        assert found.headers["content-type"].startswith(item.media_type.partition(";")[0])
        assert b"A title" in found.content or item.suffix in ("xlsx", "pdf")
        assert browser.get(address, headers={"If-None-Match": found.headers["etag"]}).status_code == 304
        assert browser.get(address + "?colour=red").status_code == 422
    assert browser.get("/incidents/i-1").status_code == 200
    assert "已公布事件" in browser.get("/zh/incidents/i-1").text
    assert browser.get("/incident-reports/publish/i-1").status_code == 403


@pytest.mark.parametrize(("language", "kept"), [("en", "Kept back"), ("zh", "未予公布")])
def test_an_incident_is_printed_as_its_page_says_it(office: Office, language: str, kept: str) -> None:
    """Read back by another library: words, what is kept back, versions with what changed; never markup or a formula."""
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("typst")
    said = {"name": "I 1", "incident": "incident:i-1", "published_on": "2026-03-02", "summary": HOSTILE[0]}
    office.file("incident", name="I 1", title="A title")
    office.file("publication", **said, title="#let x = 1", title_zh="标题", severity="minor")
    more = {"severity": "serious", "withheld": {"harmed_named": "personal"}, "correction": "It was graver."}
    office.file("publication", **said, title="#let x = 1", title_zh="标题", **more)
    pdf = as_pdf(office.authority.reading(language), {"reference": "I 1"})
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    plain = "".join(text.split())
    title = "标题" if language == "zh" else "#letx=1"
    for words in (title, "".join(kept.split()), "Itwasgraver.", "".join(HOSTILE[0].split()), "I1"):
        assert words in plain, words


def test_more_than_can_be_printed_is_refused_with_what_to_do(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        office.file("incident", name=f"I {number}", title="A title")
        said = {"name": f"I {number}", "incident": f"incident:i-{number}", "published_on": "2026-03-02"}
        office.file("publication", **said, title="A title")
    monkeypatch.setattr(printing, "PRINTED_MAX", 1)
    with pytest.raises(BadInput, match="reference="):
        as_pdf(office.authority.reading(), {})
