"""Nobody overwrites what came after the version that they began from without having seen it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import Superseded

from ...doors.portal.people import answers_of, sign_in
from .test_desk import House
from .test_desk_portal import client, house, officer, shown

__all__ = ["client", "house"]

PAGE = "/incident-reports/incidents/i-9/change"
FIRST = {"name": "I 9", "title": "First", "summary": "As it was told."}


def form_of(text: str) -> tuple[str, dict[str, str]]:
    """Where the last form of a page goes, and what it sends untouched."""
    form = re.findall(r'<form[^>]*method="post"[^>]*>.*?</form>', text, re.DOTALL)[-1]
    return unescape(re.findall(r'action="([^"]*)"', form)[0]), answers_of(form)


def newest(house: House, subject: str = "incident:i-9") -> dict[str, Any]:
    row = registry.subject(house.authority.reader, subject)
    assert row is not None
    return dict(house.authority.entry(row["entry"]).body)


@pytest.mark.parametrize(
    ("prefix", "says"), [("", "it now says “Put right”; your own words"), ("/zh", "现为“Put right”")]
)
def test_the_desk_sees_what_a_colleague_changed_and_goes_on_from_that(
    client: Any, house: House, prefix: str, says: str
) -> None:
    officer(client, house)
    house.file("incident_reports.incident", FIRST)
    action, began = form_of(client.get(prefix + PAGE).text)
    later = {**FIRST, "title": "Put right", "severity": "serious", "harms": ["death"], "deaths": 2}
    house.file("incident_reports.incident", later)
    size = house.authority.store.size()
    mine = {**began, "title": "My title", "countries": "FR"}
    answer = client.post(action, data=mine)
    assert (answer.status_code, house.authority.store.size()) == (422, size), "nothing is recorded"
    assert says in shown(answer)
    action, goes_on = form_of(answer.text)
    assert (goes_on["title"], goes_on["countries"], goes_on["deaths"]) == ("My title", "FR", "2")
    assert client.post(action, data=goes_on).status_code == 303
    found = newest(house)
    assert (found["title"], found["countries"], found["severity"]) == ("My title", ["FR"], "serious")
    assert (found["harms"], found["deaths"], found["summary"]) == (["death"], 2, FIRST["summary"])


def test_a_form_that_nobody_overtook_is_recorded_at_once(client: Any, house: House) -> None:
    officer(client, house)
    house.file("incident_reports.incident", FIRST)
    action, began = form_of(client.get(PAGE).text)
    assert client.post(action, data={**began, "deaths": "1"}).status_code == 303
    assert newest(house)["deaths"] == 1


def test_an_act_that_goes_on_from_another_version_than_the_newest_is_refused(house: House) -> None:
    """Also where the other came a moment ago, and no table knows of it yet; the same act again is its receipt."""
    first = house.authority.act(Act("incident_reports.incident", FIRST, "a")).index
    second = Act("incident_reports.incident", {**FIRST, "deaths": 1}, "b", "incident:i-9", onto=first)
    index = house.authority.act(second).index
    with pytest.raises(Superseded, match=f"entry {index} is the newest version of incident:i-9"):
        house.authority.act(Act("incident_reports.incident", {**FIRST, "deaths": 2}, "c", "incident:i-9", onto=first))
    assert house.authority.act(second).index == index


@pytest.mark.parametrize(("prefix", "says"), [("", "was: First; now: Second"), ("/zh", "原为：First；现为：Second")])
def test_a_draft_of_a_new_version_goes_on_from_what_came_after_it_was_begun(
    client: Any, house: House, prefix: str, says: str
) -> None:
    said = house.report("R 77", category="serious_incident", reporter="public", title="First")
    reporter = Caller("party:w", ("reporter",))
    house.file("incident_reports.report", said, reporter)
    sign_in(client, house.authority.access.issue_key(reporter.party, reporter.roles, ("file", "read")))
    page = client.get(f"{prefix}/return/report:r-77").text
    token = re.findall(r'name="token" value="([^"]*)"', page)[0]
    begun = client.post(re.findall(r'action="([^"]*amend[^"]*)"', page)[0], data={"token": token})
    check = begun.headers["location"]
    later = {**said, "title": "Second", "deaths": 3, "harms": ["death"], "what_happened": "Much more is known."}
    house.file("incident_reports.report", later, reporter)
    size = house.authority.store.size()
    refused = client.post(check.replace("/check", "/file"), data={"token": token})
    assert (refused.status_code, house.authority.store.size()) == (409, size), "nothing is recorded"
    assert says in shown(refused)
    draft = check.removesuffix("/check")
    assert client.post(f"{draft}/newest", data={"token": token}).status_code == 303
    assert "First" not in shown(client.get(check))
    unchanged = client.post(f"{draft}/file", data={"token": token})
    assert unchanged.status_code == 422, "it says what stands there already"
    client.post(
        f"{draft}/what-happened", data={"token": token, "q.title": "Third", "q.what_happened": "Much more is known."}
    )
    assert "/receipt" in client.post(f"{draft}/file", data={"token": token}).headers["location"]
    found = newest(house, "report:r-77")
    assert (found["title"], found["deaths"], found["harms"]) == ("Third", 3, ["death"])
    assert found["what_happened"] == "Much more is known."


FILED_OVER_HTTP = {
    "category": "near_miss", "reporter": "public", "severity": "critical", "affected_min": 2, "affected_max": 2,
    "high_risk_system": True, "jurisdictions": ["CN"], "cn_grade": "major", "developer": "organisation:lab",
    "causes": [{"cause": "A cache", "likelihood": "likely"}], "imminent_risk_to_life": True, "outcome": "unknown",
}  # fmt: skip
"""Of these the form asks a member of the public, who reports a near miss, for the jurisdictions and the risk only."""


class Draft:
    """A draft of a new version of a report that came over the API, begun by whoever filed it."""

    def __init__(self, client: Any, house: House, prefix: str = "", **said: Any) -> None:
        self.client, self.house, reporter = client, house, Caller("party:w", ("reporter",))
        house.file("incident_reports.report", house.report("R 77", **said), reporter)
        sign_in(client, house.authority.access.issue_key(reporter.party, reporter.roles, ("file", "read")))
        page = client.get(f"{prefix}/return/report:r-77").text
        self.token = re.findall(r'name="token" value="([^"]*)"', page)[0]
        amend = re.findall(r'action="([^"]*amend[^"]*)"', page)[0]
        self.path = self.send(amend).headers["location"].removesuffix("/check")

    def send(self, path: str, **given: str) -> Any:
        return self.client.post(path, data={"token": self.token, **given})

    def check(self) -> str:
        return shown(self.client.get(f"{self.path}/check"))

    def filed(self) -> dict[str, Any]:
        assert "/receipt" in self.send(f"{self.path}/file").headers["location"]
        self.house.authority.follow()
        return newest(self.house, "report:r-77")


def test_what_came_over_the_api_survives_a_new_version_by_the_form(client: Any, house: House) -> None:
    """The pages that answers lead to are not all that was said: who was affected would have been taken back unseen."""
    draft = Draft(client, house, **FILED_OVER_HTTP)
    kept = draft.check().partition("From the version before")[2]
    for words in ("A cache", "Lab", "2 people", "yes"):
        assert words in kept, kept
    draft.send(f"{draft.path}/what-happened", **{"q.title": "Put right", "q.what_happened": "More."})
    found = draft.filed()
    assert {name: found.get(name) for name in FILED_OVER_HTTP} == FILED_OVER_HTTP
    assert found["title"] == "Put right"


def test_what_is_kept_can_be_left_out_and_what_an_answer_leads_to_no_more_can_be_kept(
    client: Any, house: House
) -> None:
    said = {
        "category": "misuse",
        "reporter": "public",
        "misuses": ["fraud"],
        "severity": "serious",
        "cn_grade": "major",
    }
    draft = Draft(client, house, **said, jurisdictions=["CN"])
    draft.send(f"{draft.path}/what-kind", **{"q.category": "concern"})
    draft.send(f"{draft.path}/where", **{"q.jurisdictions": "EU"})
    page = draft.check()
    assert "only with CN among the jurisdictions" in page or "China" in page
    assert draft.send(f"{draft.path}/file").status_code == 422, "what is kept contradicts what was changed"
    draft.send(f"{draft.path}/kept", drop="cn_grade")
    draft.send(f"{draft.path}/kept", keep="severity")
    draft.send(f"{draft.path}/kept", keep="no such field")
    found = draft.filed()
    assert {name: found.get(name) for name in ("category", "misuses", "severity", "cn_grade", "jurisdictions")} == {
        "category": "concern", "misuses": [], "severity": "serious", "cn_grade": None, "jurisdictions": ["EU"],
    }  # fmt: skip
