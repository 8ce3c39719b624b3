"""An officer hands over, stops, resumes and reverses a case at the portal, and reads first what will happen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, instant
from plays import book, sid, step
from sending_house import SETTINGS, installed

from .people import fields_of, sign_in

START = instant("2026-01-05T09:00:00Z")
DAY = timedelta(days=1)
LAW = {"deadline": {"from_event": "cause.due", "duration": "P9D", "escalate_to": "@end.branch"}}
OURS = {"deadline": {"from_event": "step.entered", "duration": "P9D", "escalate_to": "@end.branch"}}
UNDO = {"deadline": {"from_event": "step.entered", "duration": "P2D", "escalate_to": "@end"}}
BOOK = book(
    step("start", "action.do"),
    step("action.do", "parallel", {"reversal_step": "@action.undo"}),
    step("parallel", next_steps=["@action.look", "@action.wait"]),
    step("action.look", "end.branch", OURS),
    step("action.wait", "end.branch", LAW, description="Wait for it"),
    step("action.undo", "end", UNDO, description="Give the access back"),
    step("end.branch"),
    step("end"),
).replace('"version": "1.1.0"', '"version": "1.2.0"')  # fmt: skip


class House:
    """An authority with one case, whose first step is done: two steps wait at desks until the 14th.

    One of the two days is the law's: the fact that it counts from is unknown, so it is counted from the opening.
    """

    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self.clock = authority, clock
        self.browsers: list[TestClient] = []

    def person(self, party: str, role: str = "officer", scopes: tuple[str, ...] = ("file", "read")) -> Any:
        browser = TestClient(app(self.authority), base_url="https://office.example", follow_redirects=False)
        self.browsers.append(browser)
        key = self.authority.access.issue_key(party, (role,), scopes, organisation="authority")
        assert sign_in(browser, key).status_code == 303
        return browser

    @property
    def case(self) -> protocols.Case:
        self.authority.follow()
        return protocols.case(self.authority.reader, protocols.cases(self.authority.reader)[0]["case"])

    def path(self, move: str = "") -> str:
        return f"/cases/{self.case.id.partition(':')[2]}" + (f"/{move}" if move else "")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = ReplayClock(START)
    with Authority.create(tmp_path / "office", SETTINGS, clock=clock, installed=installed()) as authority:
        authority.adopt(rule_file(BOOK, ".json"))
        authority.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, ""))
        authority.follow()
        made = House(authority, clock)
        done = {"case": made.case.id, "step": sid("action.do")}
        authority.act(Act("case.step_done", done, "", made.case.subject))
        authority.follow()
        yield made
        for browser in made.browsers:
            browser.close()


def form_of(page: str) -> dict[str, str]:
    """The form of a page that carries a form's key."""
    return fields_of(page, next(n for n in range(6) if "key" in fields_of(page, n)))


def test_a_stop_is_read_before_it_is_recorded_and_its_end_moves_what_the_law_did_not_set(house: House) -> None:
    browser, size = house.person("party:clerk"), house.authority.store.size()
    page = browser.get(house.path()).text
    assert f'href="{house.path("stop")}"' in page
    assert f'href="{house.path("resume")}"' not in page, "it is not stopped"
    form = {**form_of(browser.get(house.path("stop")).text), "reason": "A court said so.\r\nTwice."}
    preview = browser.post(house.path("stop"), data=form)
    assert (preview.status_code, house.authority.store.size()) == (200, size), "nothing is recorded yet"
    expected = ("The case is stopped", "later by as long as the case is stopped", "it may pass meanwhile")
    for words in ("What will happen", *expected):
        assert words in preview.text, words
    sent = {**form_of(preview.text), "confirmed": "yes"}
    answer = browser.post(house.path("stop"), data=sent)
    entry = house.authority.entry(int(answer.headers["location"].rpartition("=")[2]))
    assert (entry.kind, entry.author) == ("case.stopped", "party:clerk")
    assert entry.body["reason"] == "A court said so.\nTwice."
    assert browser.post(house.path("stop"), data=sent).headers["location"] == answer.headers["location"]
    page = browser.get(answer.headers["location"]).text
    assert "It is recorded: the case is stopped." in page
    assert f'href="{house.path("stop")}"' not in page
    house.clock.set(START + 3 * DAY)
    form = {**form_of(browser.get(house.path("resume")).text), "reason": "It said otherwise."}
    preview = browser.post(house.path("resume"), data=form)
    assert "17 January 2026" in preview.text, "the 14th, and three days"
    assert "later by 3 days" in preview.text
    assert "it stays: a fact of the law sets it" in preview.text
    assert browser.post(house.path("resume"), data={**form_of(preview.text), "confirmed": "yes"}).status_code == 303
    deadlines = {one.step: one.deadline for one in house.case.standing}
    assert deadlines == {sid("action.look"): START + 12 * DAY, sid("action.wait"): START + 9 * DAY}


def test_a_step_is_handed_over_to_another_desk(house: House) -> None:
    browser = house.person("party:clerk")
    page = browser.get(house.path("hand-over")).text
    assert "all that lie on a desk" in page
    form = {**form_of(page), "step": sid("action.look"), "to": "Not A Code", "reason": "It is theirs."}
    refused = browser.post(house.path("hand-over"), data=form)
    assert refused.status_code == 422
    assert "It is theirs." in refused.text, "what was typed is kept"
    nobody = browser.post(house.path("hand-over"), data={**form, "to": "ministry-of-labour"})
    assert nobody.status_code == 422, "nobody sits at that desk: the step would lie where nobody looks"
    assert "is not known here. Known are: " in nobody.text
    house.authority.access.issue_key("party:m", ("officer",), ("file", "read"), organisation="ministry-of-labour")
    preview = browser.post(house.path("hand-over"), data={**form, "to": "ministry-of-labour"})
    assert "is handed over to ministry-of-labour" in preview.text
    assert "it stays as it is" in preview.text
    again = browser.post(house.path("hand-over"), data={**form_of(preview.text), "change": "yes"})
    assert 'value="ministry-of-labour"' in again.text
    assert browser.post(house.path("hand-over"), data={**form_of(preview.text), "confirmed": "yes"}).status_code == 303
    assert [one.desk for one in house.case.standing if one.desk] == ["ministry-of-labour"]
    assert house.case.at(sid("action.look")).desk == "ministry-of-labour"  # type: ignore[union-attr]


def test_a_reversal_says_which_steps_run_and_what_is_dropped(house: House) -> None:
    browser = house.person("party:clerk")
    form = {**form_of(browser.get(house.path("reverse")).text), "reason": "It was the wrong model."}
    preview = browser.post(house.path("reverse"), data=form)
    for words in ("<strong>undo</strong> – Give the access back", "look; wait", "7 January 2026"):
        assert words in preview.text, words
    assert browser.post(house.path("reverse"), data={**form_of(preview.text), "confirmed": "yes"}).status_code == 303
    assert [one.step for one in house.case.standing] == [sid("action.undo")]
    again = browser.get(house.path("reverse"))
    assert (again.status_code, "There is nothing to undo" in again.text) == (409, True)


def test_what_several_approved_is_said_to_be_undone_only_once_as_many_approve(house: House) -> None:
    """The page says so before the order, in both languages, and nothing that waits is dropped by the order."""
    ask = {"n": 2, "of_roles": ["officer"], "distinct_organisations": True}
    text = book(
        step("start", "action.call"), step("action.call", "action.watch", {"reversal_step": "@action.lift"}),
        step("action.watch", "end"), step("end"),
        step("action.lift", "end.lifted", {"approval": ask, **UNDO}), step("end.lifted"),
    ).replace('"version": "1.1.0"', '"version": "1.3.0"')  # fmt: skip
    house.authority.adopt(rule_file(text, ".json"))
    house.authority.act(Act("model_registration.organisation", {"name": "Other", "countries": ["FR"]}, ""))
    house.authority.follow()
    assert [one.step for one in house.case.standing] == [sid("action.call")]
    done = {"case": house.case.id, "step": sid("action.call")}
    house.authority.act(Act("case.step_done", done, "", house.case.subject))
    browser = house.person("party:clerk")
    form = {**form_of(browser.get(house.path("reverse")).text), "reason": "It was the wrong model."}
    preview = browser.post(house.path("reverse"), data=form)
    expected = ("Nothing is undone by this order alone", "approval by 2 of", "of different organisations")
    for words in (*expected, "Dropped once that is approved, because it waits now: watch"):
        assert words in preview.text, words
    chinese = browser.post("/zh" + house.path("reverse"), data={**form, "key": "other"}).text
    assert "仅凭此命令不撤销任何事项" in chinese
    assert browser.post(house.path("reverse"), data={**form_of(preview.text), "confirmed": "yes"}).status_code == 303
    assert {one.step for one in house.case.standing} == {sid("action.watch"), sid("action.lift")}


def test_who_reports_after_the_deadline_is_told_that_it_does_not_count(house: House) -> None:
    """Before they file, with the answer, and on the page of the case; what they filed is in the record all the same."""
    browser = house.person("party:clerk")
    path = f"/inbox{house.path().removeprefix('/cases')}/{sid('action.look')}"
    assert "The deadline has passed" not in browser.get(path).text
    house.clock.set(START + 10 * DAY)
    page = browser.get(path).text
    assert "The deadline has passed" in page
    answer = browser.post(path, data={**form_of(page), "outcome": "done", "statement": "It is done."})
    assert answer.headers["location"].startswith("/inbox?said=late")
    index = int(answer.headers["location"].rpartition("=")[2])
    assert house.authority.entry(index).body["note"] == "It is done."
    assert "does not count" in browser.get(answer.headers["location"]).text
    assert "What came for “look” came after its deadline" in browser.get(house.path()).text
    assert "不予计入" in browser.get("/zh" + house.path()).text


def test_what_happened_meanwhile_is_shown_before_anything_is_recorded(house: House) -> None:
    browser = house.person("party:clerk")
    form = {**form_of(browser.get(house.path("reverse")).text), "reason": "r"}
    read = form_of(browser.post(house.path("reverse"), data=form).text)
    done = {"case": house.case.id, "step": sid("action.look")}
    house.authority.act(Act("case.step_done", done, "", house.case.subject))
    size = house.authority.store.size()
    answer = browser.post(house.path("reverse"), data={**read, "confirmed": "yes"})
    assert (answer.status_code, "The case went on meanwhile" in answer.text) == (409, True)
    assert "look; wait" not in answer.text
    assert house.authority.store.size() >= size
    assert not house.case.reversing
    assert browser.post(house.path("reverse"), data={**form_of(answer.text), "confirmed": "yes"}).status_code == 303


def test_without_a_reason_nothing_is_recorded(house: House) -> None:
    browser = house.person("party:clerk")
    for move in ("stop", "reverse", "hand-over"):
        page = browser.get(house.path(move)).text
        form = {**form_of(page), "reason": " \n", "to": "x", "confirmed": "yes", "seen": str(house.case.seen)}
        answer = browser.post(house.path(move), data=form)
        assert (answer.status_code, "Say why" in answer.text) == (422, True)
        assert 'aria-invalid="true"' in answer.text
    assert house.case.stopped_at is None


@pytest.mark.parametrize("move", ["stop", "resume", "hand-over", "reverse"])
def test_who_may_not_is_refused_and_sees_no_button(house: House, move: str) -> None:
    officer = house.person("party:clerk")
    form = {"reason": "r", "key": "k", "confirmed": "yes", "seen": str(house.case.seen), "to": "x"}
    size = house.authority.store.size()
    lab = house.person("party:lab", role="developer")
    reader = house.person("party:reader", scopes=("read",))
    for browser in (lab, reader):
        assert house.path(move) not in browser.get(house.path()).text
        assert browser.get(house.path(move)).status_code == 403
        token = form_of_any(browser)
        assert browser.post(house.path(move), data={**form, "token": token}).status_code == 403
    assert officer.post(house.path(move), data={**form, "token": "forged"}).status_code == 403
    stranger = TestClient(app(house.authority), base_url="https://office.example", follow_redirects=False)
    assert stranger.get(house.path(move)).headers["location"].startswith("/sign-in")
    assert house.path(move) not in stranger.get(house.path()).text
    stranger.close()
    assert house.authority.store.size() == size


def form_of_any(browser: Any) -> str:
    page = browser.get("/account").text
    return next(found["token"] for n in range(3) if "token" in (found := fields_of(page, n)))


def test_there_is_no_such_move_or_case(house: House) -> None:
    browser = house.person("party:clerk")
    assert browser.get(house.path("burn")).status_code == 404
    assert browser.get("/cases/nobody/stop").status_code == 404


def test_the_pages_are_there_in_chinese(house: House) -> None:
    browser = house.person("party:clerk")
    page = browser.get("/zh" + house.path("stop")).text
    assert "中止本案" in page
    preview = browser.post("/zh" + house.path("stop"), data={**form_of(page), "reason": "法院命令"}).text
    assert "按本案中止的时长相应顺延" in preview
    answer = browser.post("/zh" + house.path("stop"), data={**form_of(preview), "confirmed": "yes"})
    assert answer.headers["location"].startswith("/zh/cases/")
    assert "已记录：本案已中止。" in browser.get(answer.headers["location"]).text
