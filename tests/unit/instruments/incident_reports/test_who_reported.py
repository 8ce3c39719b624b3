"""Who reported: open to who was given the report, each time they say what for, at every door; to nobody else here.

Directive (EU) 2019/1937, Article 16(1): nobody beyond the authorised staff members competent to receive or follow up on
reports learns who reports. The Aviation Safety Reporting System keeps the strip from its analysts as well.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR
from commonweal.doors import api
from commonweal.instruments.incident_reports.publishing.drafts import identities
from commonweal.sight import Sight, matrix

from .test_desk import CALLER, INCIDENT, REPORT
from .test_desk import House as Desk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

MOREAU, CHIEF = (Caller(f"party:{name}", ("officer",)) for name in ("moreau", "chief"))
STRIP = {"person", "contact", "may_be_named_to"}
SAID = {"report": REPORT, "person": "Jane Doe", "contact": "jane@home.example", "may_be_named_to": ["The press"]}


class House(Desk):
    strip: int

    def reads(self, caller: Caller, purpose: str = "") -> set[str]:
        return STRIP & set(Sight(self.authority, caller, "test", purpose=purpose).entry(self.strip).fields)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path / "a")
    found.strip = found.file("incident_reports.identity", SAID, CALLER)
    yield found
    found.authority.close()


@pytest.mark.parametrize("part", ["lead", "support"])
def test_it_opens_to_who_has_the_report_once_they_say_what_for(house: House, part: str) -> None:
    assert house.reads(MOREAU, "To call back") == set()
    house.desk("assignment", about=REPORT, assignee=MOREAU.party, part=part)
    assert house.reads(MOREAU, "To call back") == STRIP
    assert house.reads(MOREAU) == house.reads(MOREAU, "  ") == set(), "no look without a reason"
    assert house.reads(CHIEF, "To call back") == set()
    assert house.reads(Caller(MOREAU.party, ("observer",)), "To call back") == set(), "the post is over"
    assert house.reads(CALLER) == STRIP, "what is theirs they read"
    assert house.reads(OPERATOR) == STRIP, "whoever holds the folder holds the keys"
    house.desk("release", about=REPORT, assignee=MOREAU.party, why="done")
    assert house.reads(MOREAU, "To call back") == set()


def test_who_takes_a_report_for_themselves_does_not_open_it(house: House) -> None:
    """Any officer gave it to themselves and read who reported in the same second."""
    mine = {"about": REPORT, "assignee": MOREAU.party}
    house.file("incident_reports.assignment", {**mine, "part": "support"}, MOREAU)
    assert house.reads(MOREAU, "x") == set()
    house.file("incident_reports.assignment", {**mine, "part": "lead"}, MOREAU)
    assert house.reads(MOREAU, "x") == set()
    house.file("incident_reports.assignment", {**mine, "part": "support"}, CHIEF)
    assert house.reads(MOREAU, "To call back") == STRIP
    house.file("incident_reports.assignment", {**mine, "part": "lead"}, MOREAU)
    assert house.reads(MOREAU, "To call back") == STRIP, "it was given to them, whatever part they take of it"
    house.desk("release", about=REPORT, assignee=MOREAU.party, why="done")
    house.file("incident_reports.assignment", {**mine, "part": "lead"}, MOREAU)
    assert house.reads(MOREAU, "To call back") == set()


def test_a_report_that_one_has_opens_no_other_s_strip(house: House) -> None:
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    house.desk("assignment", about="report:r-2", assignee=MOREAU.party)
    assert house.reads(MOREAU, "To call back") == set()


def test_over_the_api_a_refusal_says_to_whom_it_is_open(house: House) -> None:
    with TestClient(api.app(house.authority)) as client:

        def asked(caller: Caller, purpose: str = "") -> Any:
            key = house.authority.access.issue_key(caller.party, caller.roles)
            path = f"/api/v1/entries/{house.strip}" + (f"?purpose={purpose}" if purpose else "")
            return client.get(path, headers={"Authorization": f"Bearer {key}"}).json()

        house.desk("assignment", about=REPORT, assignee=MOREAU.party)
        for found in (asked(CHIEF, "To call back"), asked(MOREAU)):
            assert STRIP.isdisjoint(found["fields"])
            assert found["closed"].keys() == STRIP
            (told,) = found["closed"]["contact"]
            assert told["policy"] == "incident_reports.identity"
            assert "were given the report" in told["title"]["en"]
            assert "获指派" in told["title"]["zh"]
        found = asked(MOREAU, "To call back")
        assert found["fields"]["contact"] == SAID["contact"]
        assert found["closed"] == {}
    (line,) = [one.read for one in house.authority.reads.lines() if "contact" in one.read.fields]
    assert (line.party, line.purpose, set(line.fields) >= STRIP) == (MOREAU.party, "To call back", True)
    assert "handling" in line.roles


def test_whoever_publishes_is_warned_of_a_name_that_they_may_not_read_and_the_comparison_is_logged(
    house: House,
) -> None:
    """Else who was not given the report would publish what gives somebody away."""
    house.incident()
    house.desk("linked", report=REPORT, incident=INCIDENT, relation="same")
    seeing = Sight(house.authority, CHIEF, "test")
    (strip,) = identities(house.authority.reading("en", CHIEF.party, seeing), INCIDENT)
    assert strip == {"person": "Jane Doe", "contact": "jane@home.example"}
    seeing.logged()
    assert [set(one.read.fields) for one in house.authority.reads.lines()] == [{"person", "contact"}]


def test_the_matrix_says_who_may_read_it(house: House) -> None:
    kind = house.authority.kinds["incident_reports.identity"]
    for line in matrix(house.authority, kind):
        able = {role for role, one in line.decisions.items() if one.allowed}
        if line.field in STRIP:
            assert able == {"filer", "handling", "authorised"}
        assert "handling" in able
