"""Work at a desk, done from the inbox: what was found goes on with the case, what could not be done is said so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.record import Act
from plays import book, sid, step
from sending_house import SETTINGS, installed

from .people import fields_of, sign_in

LOOK, WAITS_FOR_FACT = sid("action.look"), sid("if-condition")
BOOK = book(
    step("start", "action.look"),
    step("action.look", "if-condition", out_args=["__found_it__"], on_failure="@end.given_up"),
    step("if-condition", condition="__found_it__:value = 'yes'", on_true="@end.found", on_false="@end.nothing"),
    step("end.found", ext={"outcome": "found"}),
    step("end.nothing", ext={"outcome": "nothing"}),
    step("end.given_up", ext={"outcome": "given_up"}),
    playbook_variables={"__found_it__": {"type": "string"}},
)


class Desk:
    """An authority with one case that lies on a desk, and browsers to work at it with."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.browsers: list[TestClient] = []

    def person(self, party: str, roles: tuple[str, ...] = ("officer",)) -> TestClient:
        browser = TestClient(app(self.authority), base_url="https://office.example", follow_redirects=False)
        self.browsers.append(browser)
        key = self.authority.access.issue_key(party, roles, ("file", "read"), organisation="authority")
        assert sign_in(browser, key).status_code == 303
        return browser

    @property
    def row(self) -> dict[str, Any]:
        self.authority.follow()
        return protocols.cases(self.authority.reader)[0]

    def path(self, step_id: str = LOOK) -> str:
        return f"/inbox/{self.row['case'].partition(':')[2]}/{step_id}"

    def entry_of(self, answer: Any) -> Any:
        assert answer.status_code == 303, answer.text
        return self.authority.entry(int(answer.headers["location"].rpartition("=")[2]))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Authority.create(tmp_path / "office", SETTINGS, installed=installed()) as authority:
        authority.adopt(rule_file(BOOK, ".json"))
        authority.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, ""))
        authority.follow()
        made = Desk(authority)
        yield made
        for browser in made.browsers:
            browser.close()


def form_of(page: str, outcome: str = "done", **variables: str) -> dict[str, str]:
    number = next(n for n in range(6) if "key" in fields_of(page, n))
    given = {f"var.__{name}__": value for name, value in variables.items()}
    return {**fields_of(page, number), "outcome": outcome, "statement": "", **given}


def test_work_waits_for_officers_and_asks_for_what_is_to_be_found(desk: Desk) -> None:
    browser = desk.person("party:clerk")
    assert desk.path() in browser.get("/inbox").text
    page = browser.get(desk.path()).text
    for words in ("What came of it", "It is done", "It could not be done", "found it", "do look"):
        assert words in page, words
    assert "Your decision" not in page
    stranger = desk.person("party:lab", roles=("developer",))
    assert "Nothing waits for you." in stranger.get("/inbox").text
    assert stranger.get(desk.path()).status_code == 403


@pytest.mark.parametrize(("found", "outcome"), [("yes", "found"), ("no", "nothing")])
def test_what_a_desk_found_goes_with_the_step_and_decides_how_the_case_goes_on(
    desk: Desk, found: str, outcome: str
) -> None:
    browser = desk.person("party:clerk")
    form = {**form_of(browser.get(desk.path()).text, found_it=f" {found} "), "statement": "Seen\r\nit."}
    answer = browser.post(desk.path(), data=form)
    entry = desk.entry_of(answer)
    assert (entry.kind, entry.author) == ("case.step_done", "party:clerk")
    assert {name: entry.body[name] for name in ("outcome", "variables", "note")} == {
        "outcome": "done", "variables": {"__found_it__": found}, "note": "Seen\nit.",
    }  # fmt: skip
    assert (desk.row["state"], desk.row["outcome"]) == ("closed", outcome)
    assert "The step is recorded as done." in browser.get(answer.headers["location"]).text


def test_what_could_not_be_done_takes_the_way_for_failure(desk: Desk) -> None:
    browser = desk.person("party:clerk")
    answer = browser.post(desk.path(), data=form_of(browser.get(desk.path()).text, "failed"))
    entry = desk.entry_of(answer)
    assert (entry.body["outcome"], entry.body.get("variables") or {}) == ("failed", {})
    assert (desk.row["state"], desk.row["outcome"]) == ("closed", "given_up")
    assert "The step is recorded as not possible." in browser.get(answer.headers["location"]).text


def test_a_step_is_not_done_without_what_it_was_to_find(desk: Desk) -> None:
    """The decision after it goes by that fact; where it cannot be found, the step could not be done."""
    browser, size = desk.person("party:clerk"), desk.authority.store.size()
    answer = browser.post(desk.path(), data=form_of(browser.get(desk.path()).text))
    assert (answer.status_code, desk.authority.store.size()) == (422, size)
    assert "variables.__found_it__" in answer.text
    assert "a decision goes by it" in answer.text
    assert (desk.row["state"], desk.row["waiting_for"]) == ("open", "desk")


def test_a_fact_that_was_left_open_is_asked_for_in_a_task_of_its_own(desk: Desk) -> None:
    """Here what could not be done leads to the decision, which has a deadline and asks for the fact itself."""
    over = {"deadline": {"from_event": "step.entered", "duration": "P9D", "escalate_to": "@end.given_up"}}
    way = {"condition": "__found_it__:value = 'yes'", "on_true": "@end.found", "on_false": "@end.nothing"}
    look = step("action.look", "if-condition", out_args=["__found_it__"], on_failure="@if-condition")
    ends = [step(f"end.{word}", ext={"outcome": word}) for word in ("found", "nothing", "given_up")]
    said = {"playbook_variables": {"__found_it__": {"type": "string"}}}
    text = book(step("start", "action.look"), look, step("if-condition", ext=over, **way), *ends, **said)
    desk.authority.adopt(rule_file(text, ".json"))
    desk.authority.act(Act("model_registration.organisation", {"name": "Another", "countries": ["FR"]}, ""))
    browser = desk.person("party:clerk")
    browser.post(desk.path(), data=form_of(browser.get(desk.path()).text, "failed"))
    assert (desk.row["state"], desk.row["waiting_for"]) == ("open", "fact")
    page = browser.get(desk.path(WAITS_FOR_FACT)).text
    silent = browser.post(desk.path(WAITS_FOR_FACT), data=form_of(page))
    assert silent.status_code == 422
    assert "the fact that is waited for: __found_it__" in silent.text
    page = browser.get(desk.path(WAITS_FOR_FACT)).text
    assert "found it" in page
    desk.entry_of(browser.post(desk.path(WAITS_FOR_FACT), data=form_of(page, found_it="yes")))
    assert desk.row["outcome"] == "found"


def test_work_is_recorded_once_and_what_was_done_meanwhile_is_told(desk: Desk) -> None:
    first, second = desk.person("party:first"), desk.person("party:second")
    form, late = (form_of(one.get(desk.path()).text, found_it="yes") for one in (first, second))
    answers = [first.post(desk.path(), data=form) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    size = desk.authority.store.size()
    answer = second.post(desk.path(), data=late)
    assert (answer.status_code, desk.authority.store.size()) == (409, size)
    assert "It was decided meanwhile; nothing was recorded of this form." in answer.text


def test_what_the_step_does_not_give_is_refused_by_name_and_the_form_keeps_what_was_typed(desk: Desk) -> None:
    browser = desk.person("party:clerk")
    size = desk.authority.store.size()
    form = form_of(browser.get(desk.path()).text, found_it="perhaps", other="x")
    answer = browser.post(desk.path(), data=form)
    assert (answer.status_code, desk.authority.store.size()) == (422, size)
    assert "variables.__other__" in answer.text
    assert 'value="perhaps"' in answer.text
    assert desk.row["state"] == "open"
