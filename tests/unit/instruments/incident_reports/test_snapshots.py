"""A week as it was: when it ends, that it comes by itself, and what leaves it again without breaking a citation."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.imprint import Imprint
from commonweal.instruments.incident_reports.exporting import EXPORTS
from commonweal.instruments.incident_reports.going_out import snapshot_rows
from commonweal.instruments.incident_reports.searching import public
from commonweal.instruments.incident_reports.snapshots import SNAPSHOT, as_taken, snapshot
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.listing_files import made
from commonweal.methods.linking import Index
from commonweal.settings import Settings

from .conftest import Office

SAYS: dict[str, Any] = {
    "title": "Jean Petit fell",
    "summary": "Jean Petit was hurt by a drone.",
    "harmed_named": ["Jean Petit"],
    "severity": "serious",
    "developers_named": ["Petit Robots"],
    "sources": ["https://example.org/jean-petit"],
}
WEEK = {"snapshot": "2026-W10"}


@pytest.fixture
def shanghai(tmp_path: Path) -> Iterator[Office]:
    """Where Monday 9 March 2026 begins at 16:00 UTC on Sunday (UTC+8)."""
    clock = ReplayClock(instant("2026-03-02T09:00:00Z"))
    settings = Settings(
        Text(en="Office", zh="办公室"),
        "shanghai.example/log",
        clock.now(),
        imprint=Imprint(time_zone="Asia/Shanghai"),
    )
    with Authority.create(tmp_path / "a", settings, clock=clock) as authority:
        yield Office(authority, clock)


def tick(office: Office, when: str) -> None:
    office.at(when)
    office.authority.tick()
    office.authority.follow()


def publish(office: Office, number: int = 1, **more: Any) -> int:
    said = {"name": f"I {number}", "incident": f"incident:i-{number}", "published_on": "2026-03-02", "title": "A title"}
    return office.file("publication", **{**said, **more})


def weeks(office: Office) -> dict[str, dict[str, Any]]:
    return {row["snapshot"]: dict(row) for row in snapshot_rows(office.authority.reading(), {})}


def file_of(office: Office, week: str = "2026-W10") -> dict[str, Any]:
    listing = next(one for one in office.authority.instruments["incident_reports"].listings if one.id == "incidents")
    return dict(json.loads(made(listing, "snapshot.json", office.authority.reading(), {"snapshot": week})))


def checked(office: Office, week: str = "2026-W10") -> str:
    """The digest of a snapshot worked out from its file and the leaves of the record, as docs/incidents.md says."""
    parts = file_of(office, week)["parts"]
    for entry, leaf in parts:
        assert sha256(office.authority.store.entry(entry).leaf).hexdigest() == leaf
    return sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def test_a_week_ends_where_the_authority_is_and_not_with_the_next_publication(shanghai: Office) -> None:
    for number in (1, 2, 3):
        shanghai.file("incident", name=f"I {number}", title="A title")
    publish(shanghai, 1)
    shanghai.at("2026-03-08T15:59:59Z")
    publish(shanghai, 2)
    shanghai.at("2026-03-08T16:00:00Z")
    publish(shanghai, 3)
    (kept,) = weeks(shanghai).values()
    assert (kept["snapshot"], kept["count"]) == ("2026-W10", 2)
    assert kept["until"] == "2026-03-08"
    assert file_of(shanghai)["ended"] == "2026-03-08T16:00:00Z"
    assert [one["name"] for one in public(shanghai.authority.reading(), WEEK)] == ["I 2", "I 1"]


def test_weeks_come_by_themselves_once_each_and_a_quiet_one_too(office: Office) -> None:
    tick(office, "2026-03-09T00:00:01Z")
    assert weeks(office) == {}, "before anything was published there is nothing to cite"
    office.file("incident", name="I 1", title="A title")
    publish(office)
    tick(office, "2026-03-15T23:59:59Z")
    assert weeks(office) == {}
    tick(office, "2026-03-16T00:00:00Z")
    tick(office, "2026-03-16T00:00:01Z")
    assert set(weeks(office)) == {"2026-W11"}
    size = office.authority.store.size()
    tick(office, "2026-03-22T12:00:00Z")
    assert office.authority.store.size() == size, "nothing is due, so nothing is recorded"
    tick(office, "2026-04-08T09:00:00Z")
    tick(office, "2026-04-08T09:00:01Z")
    found = weeks(office)
    assert list(found) == ["2026-W14", "2026-W13", "2026-W12", "2026-W11"], "nobody looked for three weeks"
    assert {row["count"] for row in found.values()} == {1}
    assert len({row["sha256"] for row in found.values()}) == 1, "the same entries have the same digest"
    before = office.authority.dump()
    office.authority.rebuild()
    assert office.authority.dump() == before


def test_the_last_week_of_a_year_is_named_as_iso_8601_names_it(office: Office) -> None:
    """ISO 8601: 2026 has 53 weeks; Monday 4 January 2027 begins week 1 of 2027."""
    office.at("2026-12-30T09:00:00Z")
    office.file("incident", name="I 1", title="A title")
    publish(office)
    tick(office, "2027-01-11T09:00:00Z")
    assert list(weeks(office)) == ["2027-W01", "2026-W53"]


def test_what_was_annulled_since_stays_in_the_week_and_leaves_the_next(office: Office) -> None:
    office.file("incident", name="I 1", title="A title")
    wrong = publish(office)
    tick(office, "2026-03-09T09:00:00Z")
    office.annul(wrong)
    tick(office, "2026-03-16T09:00:00Z")
    assert {name: row["count"] for name, row in weeks(office).items()} == {"2026-W10": 1, "2026-W11": 0}
    assert [one["name"] for one in public(office.authority.reading(), WEEK)] == ["I 1"]
    assert checked(office) == weeks(office)["2026-W10"]["sha256"]


def everything(office: Office, **query: str) -> str:
    """What any form of the list says under a query, in both languages, as one text."""
    openpyxl, pypdf = pytest.importorskip("openpyxl"), pytest.importorskip("pypdf")
    told = []
    for language in ("en", "zh"):
        reading = office.authority.reading(language)
        for item in EXPORTS:
            data = item.make(reading, {**WEEK, **query})
            if item.suffix == "xlsx":
                book = openpyxl.load_workbook(io.BytesIO(data))
                told += [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
            elif item.suffix == "pdf":
                told += [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
            else:
                told.append(data.decode())
    browser = TestClient(app(office.authority), base_url="https://office.example")
    for prefix in ("", "/zh"):
        told.append(browser.get(f"{prefix}/incidents-snapshots/2026-W10").text)
        told.append(browser.get(f"{prefix}/incident_reports/incidents?snapshot=2026-W10").text)
        told += [
            browser.get(f"{prefix}/incident_reports/incidents.{form}?snapshot=2026-W10").text
            for form in ("csv", "json")
        ]
    return " ".join("\n".join(told).split())


def taken_in_week_10(office: Office, **more: Any) -> str:
    """Two incidents, in the snapshot of week 10; its digest."""
    office.file("incident", name="I 1", title="A title")
    office.file("incident", name="I 2", title="Another")
    publish(office, **{**SAYS, **more})
    publish(office, 2, title="Another")
    tick(office, "2026-03-09T09:00:00Z")
    return str(weeks(office)["2026-W10"]["sha256"])


def test_words_withdrawn_to_protect_somebody_leave_every_snapshot_which_says_so(office: Office) -> None:
    pytest.importorskip("typst")
    digest = taken_in_week_10(office)
    assert "Jean Petit" in everything(office)
    assert public(office.authority.reading(), {**WEEK, "q": "Jean Petit"})
    gone = publish(
        office, title="I 1", status="withdrawn", withdrawn_for="personal", correction="It named somebody who was hurt."
    )
    text = everything(office)
    for word in ("Jean", "Petit", "drone", "jean-petit"):
        assert word not in text, word
    assert public(office.authority.reading(), {**WEEK, "q": "Jean Petit"}) == []
    week = snapshot(office.authority.reader, "2026-W10")
    assert week is not None
    one, other = as_taken(office.authority.reading(), week)
    assert (one["gone"], one["title"], other["title"]) == (True, "I 1", "Another")
    assert {each["field"] for each in one["taken_out"]} >= {"title", "summary", "harmed_named", "severity"}
    assert {(each["why"], each["since"], each["entry"]) for each in one["taken_out"]} == {
        ("personal", "2026-03-09", gone)
    }
    assert checked(office) == digest == weeks(office)["2026-W10"]["sha256"], "a citation of it is still checked"
    before = office.authority.dump()
    office.authority.rebuild()
    assert office.authority.dump() == before


def test_the_words_of_a_snapshot_are_laid_out_once_for_all_who_search_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may search; laid out for each question, thousands of publications would cost seconds of a processor."""
    taken_in_week_10(office)
    added: list[str] = []
    add = Index.add

    def counted(self: Index, key: str, said: Any) -> None:
        added.append(key)
        add(self, key, said)

    monkeypatch.setattr(Index, "add", counted)
    for words in ("drone", "Another", "drone"):
        assert public(office.authority.reading(), {**WEEK, "q": words}), words
    assert sorted(added) == ["incident:i-1", "incident:i-2"]


@pytest.mark.parametrize(("why", "hidden"), [("personal", True), ("investigation", False)])
def test_a_field_kept_back_later_leaves_it_and_the_rest_stays(office: Office, why: str, hidden: bool) -> None:
    words = {"title": "A fall", "summary": "Somebody was hurt by a drone.", "sources": []}
    digest = taken_in_week_10(office, **words)
    kept = {**SAYS, **words, "harmed_named": [], "withheld": {"harmed_named": why}, "correction": "The name goes."}
    entry = publish(office, **kept)
    browser = TestClient(app(office.authority), base_url="https://office.example")
    page = browser.get("/incidents-snapshots/2026-W10").text
    said = file_of(office)["incidents"][0]
    assert said["summary"] == words["summary"]
    assert ("Jean Petit" not in json.dumps(said)) == hidden
    assert ("Who was harmed, as named – protects people" in " ".join(page.split())) == hidden
    assert said.get("taken_out", []) == (
        [{"field": "harmed_named", "why": "personal", "since": "2026-03-09", "entry": entry}] if hidden else []
    )
    assert checked(office) == digest


def test_what_is_said_again_later_comes_back(office: Office) -> None:
    """A field is kept out as long as the newest version keeps it back, no longer."""
    words = {"title": "A fall", "summary": "Somebody was hurt.", "sources": []}
    taken_in_week_10(office, **words)
    kept = {
        **SAYS,
        **words,
        "harmed_named": [],
        "withheld": {"harmed_named": "personal"},
        "correction": "The name goes.",
    }
    publish(office, **kept)
    publish(office, **{**SAYS, **words, "correction": "He agreed."})
    assert file_of(office)["incidents"][0]["harmed_named"] == ["Jean Petit"]


def test_the_page_of_a_week_says_how_it_is_cited_in_both_languages(office: Office) -> None:
    digest = taken_in_week_10(office)
    browser = TestClient(app(office.authority), base_url="https://office.example")
    for prefix, words in (("", "Cite it as"), ("/zh", "引用格式")):
        page = browser.get(f"{prefix}/incidents-snapshots/2026-W10").text
        assert words in page
        assert digest in page
        assert f"{office.authority.settings.origin}" in page.split(words)[1].split("</dd>")[0], "two weeks can be alike"
        assert re.search(r"read on \d+ March 2026|查阅日期：2026年3月\d+日", page)
        assert f"{prefix}/incident_reports/incidents.snapshot.json?snapshot=2026-W10" in page
        assert f"{prefix}/incidents-snapshots/2026-W10" in browser.get(f"{prefix}/incident_reports/snapshots").text
    assert browser.get("/incidents-snapshots/2026-W11").status_code == 404
    assert browser.get("/incidents-snapshots/x").status_code == 404


def test_a_snapshot_of_the_first_version_is_read_as_it_was(office: Office) -> None:
    """It gave the last entry before it, and its digest was that of the incidents themselves; its week ended by UTC."""
    taken_in_week_10(office)
    first = {"name": "2026-W10", "as_of": office.authority.store.size() - 1, "count": 2, "sha256": "0" * 64}
    body = SNAPSHOT.upcasters[1](first)
    SNAPSHOT.schema.model_validate(body)
    assert body["ended"] == "2026-03-09T00:00:00Z"
    assert [
        one["name"] for one in as_taken(office.authority.reading(), {"subject": "snapshot:2026-w10", "body": body})
    ] == ["I 1", "I 2"]
