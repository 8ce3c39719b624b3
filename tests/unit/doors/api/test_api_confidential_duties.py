"""Duties that rest on what is told in confidence: for whoever owes them and for officers, by a key that reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

from .conftest import OPEN, Client, app

LAB, RULE = "organisation:lab", "eu.ai_act_incidents.death"
SAID = {
    "category": "serious_incident", "organisation": LAB, "title": "A wrong dose", "what_happened": "A wrong dose.",
    "harms": ["death"], "jurisdictions": ["EU"], "high_risk_system": True, "equivalent_reporting": False,
    "aware_at": "2026-12-04T10:00:00Z",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """A provider's report, and a deployer's, which leaves open who the provider is."""
    clock = ReplayClock(instant("2026-12-07T10:00:00Z"))
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", clock.now(), replay=True)
    lab = Caller("party:lab", ("developer",), "")
    with Authority.create(tmp_path_factory.mktemp("confidential") / "a", settings, clock=clock) as made:
        made.act(Act("model_registration.organisation", {"name": "Lab"}, key="lab"), lab)
        for name, reporter in (("P 1", "provider"), ("D 1", "deployer")):
            made.act(Act("incident_reports.report", {**SAID, "name": name, "reporter": reporter}, key=name), lab)
        made.follow()
        yield made


def told(
    house: Authority, organisation: str | None = None, *roles: str, scopes: tuple[str, ...] = ("read",),
    party: str = "party:somebody",
) -> list[str]:  # fmt: skip
    client = Client(app(house, limits=OPEN))
    if organisation is not None:
        key = house.access.issue_key(party, roles, scopes, rate_per_s=1e5, organisation=organisation)
        client = client.with_key(key)
    rows = client.get(f"/api/v1/duties?rule={RULE}").json()["duties"]
    return [f"{row['subject']} {row['state']} {row['last_day']}" for row in rows]


def test_only_whoever_it_concerns_is_told_that_there_is_one(house: Authority) -> None:
    """Ten days from Friday 4 December 2026 end with Monday 14 (Art. 73(4)); the provider reported on Monday 7."""
    mine, open_ = (
        "report:p-1 met 2026-12-14",
        "report:d-1 unknown None",
    )  # when the provider knew, nobody says
    assert told(house) == []
    assert told(house, "organisation:other", "developer") == []
    assert told(house, "", "developer") == [], "whose provider is not known is not everybody's"
    assert told(house, LAB, "developer") == [mine]
    assert told(house, LAB, "developer", scopes=("file",)) == [], "a key that may not read reads as the public"
    assert told(house, "ministry", "officer", party="party:moreau") == [open_, mine]
    assert told(house, "ministry", "officer") == [], "who spoke for Lab keeps out of what is reported about it"


def test_who_files_and_asks_at_once_is_told_what_is_owed_and_up_to_which_entry_that_goes(house: Authority) -> None:
    """Right after its receipt the answer was that nothing is owed, and a program wrote that down."""
    key = house.access.issue_key("party:lab", ("developer",), ("file", "read"), rate_per_s=1e5, organisation=LAB)
    client = Client(app(house, limits=OPEN, wake=lambda: None)).with_key(key)
    lab = Caller("party:lab", ("developer",), "")
    index = house.act(
        Act("incident_reports.report", {**SAID, "name": "U 1", "reporter": "provider"}, key="u"), lab
    ).index
    told = client.get("/api/v1/duties?subject=report:U%201").json()
    assert (told["count"] > 0, told["followed"] > index) == (True, True), "also by the reference as it is written"
    assert told == client.get("/api/v1/duties?subject=report:u-1").json()


def test_of_a_subject_that_is_not_there_nothing_is_said_to_be_owed(house: Authority) -> None:
    key = house.access.issue_key("party:lab", ("developer",), ("file", "read"), rate_per_s=1e5, organisation=LAB)
    client = Client(app(house, limits=OPEN))
    for reader in (client, client.with_key(key)):
        assert reader.get("/api/v1/duties?subject=report:none").status_code == 404
    assert client.get("/api/v1/duties").json()["followed"] == house.public_size
