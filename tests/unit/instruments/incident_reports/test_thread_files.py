"""Questions and answers take files: typed and bounded as those of a report, and for whom the words are for."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import attaching_house as h
import retaining as r
from commonweal import held, sight
from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.doors.portal.forms import ANONYMOUS_KEY
from commonweal.forms import new_code, party_of
from commonweal.kernel.disclosure import Erased
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, NotFound, instant

from ...doors.portal.people import sign_in
from ...doors.portal.test_forms import SITE, Browser, fields_in
from .test_desk import House

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

CODE = new_code()
WHO = Caller(party_of(CODE), ("reporter",))
REPORT = "report:r-2"
DESK = f"/incident-reports/desk/{REPORT.partition(':')[2]}"
OCTETS = "application/octet-stream"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A report of somebody who holds nothing but a return code."""
    found = House(tmp_path / "a")
    found.authority.act(Act("incident_reports.report", found.report("R 2"), ANONYMOUS_KEY), WHO)
    found.authority.follow()
    yield found
    found.authority.close()


def browser(house: House) -> Browser:
    return Browser(TestClient(app(house.authority), base_url=SITE, follow_redirects=False))


def officer(house: House) -> Browser:
    found = browser(house)
    assert sign_in(found.client, house.authority.access.issue_key("party:moreau", ("officer",))).status_code == 303
    return found


def reporter(house: House, prefix: str = "") -> Browser:
    found = browser(house)
    found.go(f"{prefix}/return").send("/return", code=CODE)
    return found.go(f"{prefix}/return/{REPORT}")


def attached(found: Browser, action: str, data: bytes, name: str, **given: str) -> Browser:
    """Send the first form of this page with such an action with a file, as a browser without scripts does."""
    form = next(
        one for one in re.findall(r"<form[^>]*>.*?</form>", found.page, re.DOTALL) if re.search(f'{action}"', one)
    )
    assert 'enctype="multipart/form-data"' in form
    target = re.search(r'action="([^"]*)"', form)
    assert target
    texts = {key: value for key, value in fields_in(form).items() if key != "file.attachments"}
    file = {"file.attachments": (name, data, OCTETS)}
    return found._at(found.client.post(unescape(target[1]), data={**texts, **given}, files=file))


def filed(house: House, kind: str) -> Any:
    found = house.authority.store.newest(f"incident_reports.{kind}", REPORT)
    assert found is not None
    return house.authority.entry(found.index)


def links(page: str) -> list[str]:
    return re.findall(r'href="([^"]*/attachments/[0-9a-f]{64})"', page)


def test_a_question_with_a_file_is_answered_by_return_code_with_one(house: House) -> None:
    desk = officer(house).go(f"{DESK}/ask")
    attached(desk, f"{DESK}/ask", h.PNG, "screen.png", text="Is this what you saw?", change="add:attachments")
    assert desk.status == 200
    assert "screen.png" in desk.page
    desk.send(f"{DESK}/ask")
    question = filed(house, "question")
    assert [one["name"] for one in question.body["attachments"]] == ["screen.png"]
    back = reporter(house)
    (link,) = links(back.page)
    assert back.client.get(link).content == h.PNG
    attached(back, "/answer", h.PDF, "letter.pdf", text="No: this.", question=str(question.index))
    assert "It is recorded" in back.page
    answer = filed(house, "answer")
    assert (answer.author, [one["name"] for one in answer.body["attachments"]]) == (WHO.party, ["letter.pdf"])
    assert len(links(back.page)) == 2
    (mine,) = [one for one in links(desk.go(DESK).page) if f"/record/{answer.index}/" in one]
    assert desk.client.get(mine).content == h.PDF
    lines = [
        (one.read.party, one.read.fields) for one in house.authority.reads.lines() if one.read.entry == answer.index
    ]
    assert any(party == "party:moreau" and "attachments" in fields for party, fields in lines), "it is logged"


def test_nobody_else_is_given_a_file_of_the_conversation(house: House) -> None:
    house.file("incident_reports.answer", with_file(house, h.PDF, "letter.pdf", WHO), WHO)
    answer = filed(house, "answer")
    sha = answer.body["attachments"][0]["sha256"]
    stranger = browser(house)
    assert stranger.go(f"/record/{answer.index}/attachments/{sha}").status == 404
    for role in ("developer", "observer", "peer", "auditor", "reporter"):
        seeing = sight.Sight(house.authority, Caller("party:other", (role,)), "portal /test")
        assert seeing.attachments(answer.index) == []
        with pytest.raises(NotFound):
            seeing.attachment(answer.index, sha)


def with_file(house: House, data: bytes, name: str, caller: Caller, **more: Any) -> dict[str, Any]:
    """The body of an answer with a file that its party uploaded."""
    up = house.authority.attachments.attach([data], name, caller.party)
    return {"report": REPORT, "text": "See there.", "attachments": [up.attachment.model_dump()], **more}


@pytest.mark.parametrize(
    ("prefix", "name", "data", "words"),
    [
        ("", "run.exe", b"MZ", "Give the file a plain name"),
        ("/zh", "run.exe", b"MZ", "请为文件取一个简单的名称"),
        ("", "letter.pdf", b"no PDF", "not what its name says"),
        ("/zh", "letter.pdf", b"no PDF", "文件内容与其名称所示类型不符"),
        ("", "empty.txt", b"", "This file is empty"),
    ],
)
def test_a_file_that_may_not_come_is_refused_in_words_and_what_was_written_stays(
    house: House, prefix: str, name: str, data: bytes, words: str
) -> None:
    house.desk("question", report=REPORT, text="When?")
    back = reporter(house, prefix)
    attached(back, "/answer", data, name, text="What I wrote stands here.")
    assert back.status in (413, 422)
    assert "What I wrote stands here." in unescape(back.page)
    alert = re.findall(r'role="alert"[^>]*>(.*?)</div>', back.page, re.DOTALL)
    assert any(words in unescape(one) for one in alert), alert
    assert house.authority.store.newest("incident_reports.answer", REPORT) is None


def test_a_file_comes_only_from_who_was_shown_the_page_and_only_where_it_is_asked_for(house: House) -> None:
    back = reporter(house)
    file = {"file.attachments": ("letter.pdf", h.PDF, OCTETS)}
    path = f"/return/{REPORT}/answer"
    assert back.client.post(path, data={"token": "", "text": "x"}, files=file).status_code == 403
    token = fields_in(back.page)["token"][0]
    assert (
        back.client.post(path, data={"token": token}, files={"file.text": file["file.attachments"]}).status_code == 422
    )
    assert browser(house).client.post(path, data={"token": token, "text": "x"}, files=file).status_code == 403
    other = officer(house)
    assert other.client.post(path, data={"token": token, "text": "x"}, files=file).status_code == 403
    assert house.authority.store.newest("incident_reports.answer", REPORT) is None


def test_more_than_may_come_with_one_answer_is_refused_with_the_bounds(house: House) -> None:
    body = with_file(house, h.PDF, "0.pdf", WHO)
    body["attachments"] = [
        house.authority.attachments.attach(
            [b"number %d\n" % number], f"{number}.txt", WHO.party
        ).attachment.model_dump()
        for number in range(11)
    ]
    with pytest.raises(BadInput, match="at most 10 in this field"):
        house.file("incident_reports.answer", body, WHO)


def test_what_an_officer_wrote_down_comes_with_its_letter_and_is_told_to_who_said_it(house: House) -> None:
    """A scan of what came by post: the officer's upload, shown to the reporter and held about them."""
    desk = officer(house).go(f"{DESK}/answer")
    attached(desk, f"{DESK}/answer", h.PDF, "scan.pdf", text="At noon.", received_by="letter", change="add:attachments")
    desk.send(f"{DESK}/answer", received_by="letter", text="At noon.")
    answer = filed(house, "answer")
    assert [one["name"] for one in answer.body["attachments"]] == ["scan.pdf"]
    back = reporter(house)
    (link,) = links(back.page)
    assert back.client.get(link).content == h.PDF
    told = held.own(house.authority, WHO.party, sight.Sight(house.authority, WHO, "portal /test"))
    one = next(one for one in told.items if one.index == answer.index)
    assert [each["name"] for each in one.fields["attachments"]] == ["scan.pdf"]


def test_when_a_report_is_erased_the_files_of_its_conversation_go_with_it(house: House) -> None:
    """What opens a file lies in its entry, and its bytes are removed: five years on, nothing is left of either."""
    house.file("incident_reports.answer", with_file(house, h.PDF, "letter.pdf", WHO), WHO)
    answer = filed(house, "answer")
    sha = answer.body["attachments"][0]["sha256"]
    seeing = sight.Sight(house.authority, WHO, "portal /test")
    assert b"".join(seeing.attachment(answer.index, sha).pieces) == h.PDF
    house.clock.set(instant("2033-10-01T08:00:00Z"))
    house.authority.tick()
    r.by_two(house.authority, REPORT, "incident_reports", "no_longer_needed")  # it was never closed
    with pytest.raises(Erased):
        seeing.attachment(answer.index, sha)
    assert house.authority.verify() == []
