"""A page that shows a few fields of an entry says in the log of reads that those were read, and no others.

Whoever looks at a list has not read the reports in it: the log answers to the people whom reports are about (Regulation
(EU) 2016/679, Art. 15; Court of Justice, C-579/21), so that it must not say more than happened either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import commonweal
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.desk.queue import ROWS
from commonweal.instruments.incident_reports.harbour.terms import terms_of
from commonweal.instruments.incident_reports.investigating.pages import investigation_view
from commonweal.kernel import registry
from commonweal.kernel.disclosure.reads import NO_ENTRY, OWED, SEARCH, Read

from .test_desk import CALLER, INCIDENT, REPORT, House
from .test_desk_portal import DESK, TestClient, officer
from .test_investigating import ABOUT, SEGMENT, Inquiry

DETAILED = {"what_happened": "In ward seven.", "exposure": "All wards.", "measures_taken": "Switched off."}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path / "a")
    found.file("incident_reports.report", found.report("R 2", title="Wrong doses", **DETAILED))
    found.incident(summary="Doses were wrong.", occurred="2026-09-01")
    yield found
    found.authority.close()


@pytest.fixture
def client(house: House) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        officer(found, house)
        yield found


def read_of(house: House, client: Any, path: str, subject: str) -> set[str]:
    """The fields of the newest version of a subject that the log says were read for one page."""
    row = registry.subject(house.authority.reader, subject)
    assert row is not None
    return fields_of_entry(house, client, path, row["entry"])


def fields_of_entry(house: House, client: Any, path: str, entry: int) -> set[str]:
    return {field for read in reads_for(house, client, path) if read.entry == entry for field in read.fields}


def reads_for(house: House, client: Any, path: str) -> list[Read]:
    before = house.authority.reads.head()[0]
    assert client.get(path).status_code == 200
    return [line.read for line in house.authority.reads.lines(before + 1)]


@pytest.mark.parametrize("path", [DESK, f"{DESK}?sort=clock", f"{DESK}/bulk?what=triage&r.r-2=1"])
def test_a_list_of_reports_is_a_read_of_their_titles(house: House, client: Any, path: str) -> None:
    assert "Wrong doses" in client.get(path).text
    queue = {"title", "category", OWED}
    assert read_of(house, client, path, "report:r-2") == ({"title"} if "bulk" in path else queue)


@pytest.mark.parametrize("path", [f"{DESK}/r-1/assign", f"{DESK}/bulk?what=assign&r.r-2=1"])
def test_whom_something_can_be_given_to_is_a_read_of_what_they_are_calledis_a_read_of_their_names(
    house: House, client: Any, path: str
) -> None:
    named = registry.subject(house.authority.reader, "report:r-1")
    assert named is not None
    found = {read.fields for read in reads_for(house, client, path) if read.entry < named["entry"]}
    assert found == {("party", "name")}


def test_the_page_of_a_report_is_a_read_of_the_whole_report(house: House, client: Any) -> None:
    assert read_of(house, client, f"{DESK}/r-2", "report:r-2") >= {"title", *DETAILED}


def test_what_a_report_may_tell_of_is_a_read_of_what_is_compared(house: House, client: Any) -> None:
    path = "/incident-reports/suggestions/r-2"
    told, why = read_of(house, client, path, "report:r-2"), read_of(house, client, path, INCIDENT)
    assert told == {"title", "what_happened", "models"}, "words that both have in common are shown"
    assert why >= {"title", "summary", "occurred"}
    assert why.isdisjoint({"category", "outcome", "harms", "sectors"})


def test_an_incident_beside_others_is_a_read_of_its_title(house: House, client: Any) -> None:
    variant = {"name": "I 2", "category": "concern", "title": "Again", "variant_of": INCIDENT, "summary": "Twice."}
    house.desk("incident", **variant)
    assert read_of(house, client, "/incident-reports/incidents/i-1", "incident:i-2") == {"title"}


def test_who_reported_is_a_read_of_that_and_not_of_what_they_reported(house: House, client: Any) -> None:
    strip = house.desk("identity", report=REPORT, contact="me@home.example", person="Jo")
    house.desk("assignment", about=REPORT, assignee="party:moreau")
    path = f"{DESK}/r-1/reporter?purpose=To call back"
    assert read_of(house, client, path, REPORT) == {"reporter"}
    assert fields_of_entry(house, client, path, strip) >= {"contact"}


class Authorised:
    """Somebody to whom an authorisation opens everything, with the fields that were read."""

    def __init__(self, house: House) -> None:
        self.house, self.read = house, set[str]()
        self.roles = ("officer",)

    def speaks_for(self, subject: str) -> bool:
        return False

    def opened(self, index: int) -> Mapping[str, Any]:
        return self.part(index, list(self.house.authority.entry(index).body))

    def part(self, index: int, names: Collection[str]) -> Mapping[str, Any]:
        body = self.house.authority.entry(index).body
        self.read |= {name for name in names if name in body}
        return {name: value for name, value in body.items() if name in names}

    def compared(self, index: int, names: Collection[str]) -> Mapping[str, Any]:
        return self.part(index, names)

    def opens(self, index: int, name: str) -> bool:
        return name in self.house.authority.entry(index).body


def test_a_recorder_is_not_said_to_be_read_where_a_page_only_says_that_it_can_be(tmp_path: Path) -> None:
    inquiry = Inquiry(tmp_path / "a")
    inquiry.desk("recorder_segment", **SEGMENT, investigation=ABOUT)
    seeing = Authorised(inquiry)
    told = investigation_view(inquiry.authority.reading("en", "party:moreau", seeing), {"slug": "v-1"})
    assert [one["opens"] for one in told["pieces"]] == [True]
    assert "outputs_sha256" in seeing.read
    assert seeing.read.isdisjoint({"content", "files"})
    inquiry.authority.close()


def test_the_safe_harbour_s_findings_and_whom_confidence_is_waived_towards_are_reads(house: House, client: Any) -> None:
    """On the report's page, and in the file for who decides about sanctions."""
    claim = {**house.report("R 3"), "category": "near_miss", "safe_harbour": True}
    house.file("incident_reports.report", claim, CALLER)
    terms = terms_of(house.authority.reader, "report:r-3")
    findings = [{"term": one.code, "finding": "open", "reasons": "Not looked into."} for one in terms.terms]
    decided = house.desk("harbour_decision", report="report:r-3", terms_version=terms.version, findings=findings,
                         outcome="inconclusive")  # fmt: skip
    waiver = {"report": "report:r-3", "waives": "confidence", "towards": ["The ministry"]}
    waived = house.file("incident_reports.harbour_waiver", waiver, CALLER)
    assert "The ministry" in client.get(f"{DESK}/r-3").text
    assert fields_of_entry(house, client, f"{DESK}/r-3", waived) == {"waives", "towards"}
    assert fields_of_entry(house, client, f"{DESK}/r-3", decided) >= {"outcome", "findings"}
    assert fields_of_entry(house, client, f"{DESK}/r-3/safe-harbour.json", waived) == {"towards"}
    assert fields_of_entry(house, client, f"{DESK}/r-3/safe-harbour.json", decided) >= {"outcome"}


def test_a_search_of_the_queue_is_a_read_with_its_words_and_of_what_it_finds_without(house: House, client: Any) -> None:
    """Words tried out one after the other tell what stands in sealed text, also where nothing is found.

    Who filed what is found sees that it was searched, and not for what: that may name another person.
    """
    found = reads_for(house, client, f"{DESK}?q=ward+seven")
    assert (NO_ENTRY, (f"{SEARCH} ward seven",)) in {(one.entry, one.fields) for one in found}
    assert SEARCH in read_of(house, client, f"{DESK}?q=ward+seven", "report:r-2")
    (line,) = reads_for(house, client, f"{DESK}?q=nowhere+at+all")
    assert (line.entry, line.fields) == (NO_ENTRY, (f"{SEARCH} nowhere at all",))
    mine = "".join(one for read in found if read.entry != NO_ENTRY for one in read.fields)
    assert "ward" not in mine


def test_the_queue_reads_the_clocks_of_the_reports_that_it_shows_and_no_others(house: House, client: Any) -> None:
    """So that a look at a page takes as long with thousands of reports as with a few."""
    subject = house.file("incident_reports.report", house.report("R 0"), CALLER)
    for number in range(ROWS):
        house.file("incident_reports.report", house.report(f"N {number}"), CALLER)
    read = {one.entry for one in reads_for(house, client, f"{DESK}?sort=newest") if OWED in one.fields}
    assert len(read) <= ROWS
    assert subject not in read


def test_no_page_and_no_door_asks_for_duties_in_confidence_past_the_log() -> None:
    """They have `Reading.duties` and `Sight.owed`, which write down what is shown."""
    root = Path(commonweal.__file__).parent
    views = [path for path in root.rglob("*.py") if path.is_relative_to(root / "doors") or "Page(" in path.read_text()]
    past = {path.name for path in views if "private=True" in path.read_text()}
    assert len(views) > 50
    assert past == set()


def test_how_pressing_a_report_is_and_who_has_it_are_reads_too(house: House, client: Any) -> None:
    """What officers said of a report is sealed, as the report is; the queue shows it of a table."""
    triaged = house.desk("triage", report="report:r-2", urgency="week", decision="handle", reasons="Not at once.")
    given = house.desk("assignment", about="report:r-2", assignee="party:weaver")
    assert "Weaver 6" in client.get(DESK).text
    assert fields_of_entry(house, client, DESK, triaged) == {"urgency", "decision"}
    assert fields_of_entry(house, client, DESK, given) == {"assignee", "part"}
