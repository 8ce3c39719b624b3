"""Another database says something anew: what the desk made of it stays, and what changed there comes in."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from commonweal.instruments.incident_reports.importing import aiid, settled
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput

from .conftest import Office

HEADING = ["incident_id", "date", "reports", *aiid._WHO.values(), "description", "title"]
SUBJECT = "incident:aiid-7"


def snapshot(*numbers: str, title: str = "A title", described: str = "What happened.") -> bytes:
    file = io.StringIO()
    rows = [[number, "2021-03-04", "[11]", '["acme"]', "[]", "[]", described, title] for number in numbers]
    csv.writer(file).writerows([HEADING, *rows])
    return file.getvalue().encode()


def imported(office: Office, data: bytes) -> tuple[int, int, list[str]]:
    """How many entries an import files, how many were there, and what it remarks on."""
    authority = office.authority
    read, opened = aiid.read(data, "incidents.csv"), lambda index: authority.entry(index).body
    found = settled(read, authority.reader, opened, lambda subject: True)
    office.authority.act_all(found.acts) if found.acts else None
    office.authority.follow()
    return len(found.acts), found.there, list(found.remarks)


def newest(office: Office) -> dict[str, Any]:
    row = registry.subject(office.authority.reader, SUBJECT)
    assert row is not None
    return dict(row["body"])


def by_desk(office: Office, **changed: Any) -> None:
    office.authority.act(Act("incident_reports.incident", {**newest(office), **changed}, "", SUBJECT))
    office.authority.follow()


def test_the_same_snapshot_again_leaves_what_the_desk_wrote(office: Office) -> None:
    """Each week's snapshot brings every row again; a closed incident does not open by it."""
    assert imported(office, snapshot("7"))[:2] == (1, 0)
    by_desk(office, title="Better", category="serious_incident", severity="serious", closed_on="2026-02-01")
    before = newest(office)
    filed, there, remarks = imported(office, snapshot("7"))
    assert (filed, there, remarks, newest(office)) == (0, 1, [], before)


def test_what_changed_there_is_taken_and_what_was_changed_here_is_kept_and_told(office: Office) -> None:
    imported(office, snapshot("7"))
    by_desk(office, title="Better", severity="serious")
    filed, _, remarks = imported(office, snapshot("7", title="Their new title", described="More is known."))
    found = newest(office)
    assert (filed, found["title"], found["summary"], found["severity"]) == (1, "Better", "More is known.", "serious")
    (told,) = remarks
    assert told.startswith(f"row 2 ({SUBJECT}): kept: title: here ")
    assert "Better" in told
    assert "Their new title" in told
    again = imported(office, snapshot("7", title="Their new title", described="Yet more."))
    assert (again[0], newest(office)["summary"]) == (1, "Yet more."), "what was taken from there goes on from there"


def test_what_was_imported_before_digests_were_kept_is_held_against_its_first_version(office: Office) -> None:
    office.authority.act_all(aiid.read(snapshot("7"), "incidents.csv").acts)
    office.authority.follow()
    by_desk(office, title="Better", countries=["FR"])
    assert imported(office, snapshot("7"))[:2] == (0, 1)
    assert imported(office, snapshot("7", described="More is known."))[0] == 1
    found = newest(office)
    assert (found["title"], found["summary"], found["countries"]) == ("Better", "More is known.", ["FR"])


def test_a_file_that_lacks_a_column_says_nothing_of_that_field(office: Office) -> None:
    """A file of four columns took deployers, developers, harmed parties and report numbers out of all that it named."""
    imported(office, snapshot("7"))
    before = newest(office)
    part = b"incident_id,date,title,description\n7,2021-03-04,A title,What happened.\n"
    assert imported(office, part) == (0, 1, [])
    filed, _, remarks = imported(office, part.replace(b"What happened.", b"More is known."))
    found = newest(office)
    assert (filed, remarks, found["summary"]) == (1, [], "More is known.")
    same = ("deployers_named", "sources", "external")
    assert [found[name] for name in same] == [before[name] for name in same]


def test_a_party_that_the_source_names_no_more_goes_with_a_remark(office: Office) -> None:
    imported(office, snapshot("7"))
    filed, _, remarks = imported(office, snapshot("7").replace(b'"[""acme""]"', b"[]"))
    assert (filed, newest(office)["deployers_named"]) == (1, [])
    (told,) = remarks
    assert "deployers_named: the source no longer names" in told
    assert "acme" in told


def test_one_number_twice_in_a_file_names_both_rows() -> None:
    with pytest.raises(BadInput) as refused:
        aiid.read(snapshot("7", "8", "7"), "incidents.csv")
    (fault,) = refused.value.faults
    assert (fault.where, fault.code) == ("row 4", "repeated")
    assert "row 2" in fault.want
