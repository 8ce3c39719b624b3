"""Files that officers attach at the desk: as bounded, typed and sealed as those of the public form, without scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import attaching_house as h
from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import BOUNDS

from ...doors.portal.people import answers_of
from .test_desk_portal import officer, shown
from .test_investigating import ABOUT, PATH, Inquiry, TestClient, app, confirm

EVIDENCE, REPORT = f"{PATH}/v-1/evidence", f"{PATH}/v-1/report"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"
PIECE = {
    "name": "E 1", "what": "A letter", "form": "document", "collected_at": "2026-10-01T07:00:00Z",
    "collected_by": "Lind", "source": "The laboratory", "held_at": "Room 1",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Inquiry]:
    found = Inquiry(tmp_path / "a")
    yield found
    found.authority.close()


@pytest.fixture
def client(house: Inquiry) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        officer(found, house)
        yield found


class Desk:
    """An officer at a page with a form, whose browser sends it as it stands."""

    def __init__(self, client: Any, path: str) -> None:
        self.client, self.path = client, path
        self.answer = client.get(path)

    @property
    def page(self) -> str:
        return shown(self.answer)

    def send(self, name: str = "", data: bytes = b"", /, **answers: str) -> Any:
        """Send the form with these answers and a file, or, where it has no name, with none chosen."""
        [form] = re.findall(r'<form class="stack".*?</form>', self.answer.text, re.DOTALL)
        assert 'enctype="multipart/form-data"' in form
        texts = {key: value for key, value in answers_of(form).items() if key != "file.files"}
        file = {"file.files": (name, data, "application/octet-stream")}
        self.answer = self.client.post(self.path, data={**texts, **answers}, files=file)
        return self.answer

    def add(self, name: str, data: bytes, /, **answers: str) -> Any:
        return self.send(name, data, change="add:files", **answers)


def loose(house: Inquiry) -> list[Path]:
    return [path for path in (house.authority.folder / "blobs").rglob("*") if path.is_file()]


def on_file(house: Inquiry, subject: str = "evidence:e-1") -> dict[str, Any]:
    row = registry.subject(house.authority.reader, subject)
    assert row is not None
    return dict(house.authority.entry(row["entry"]).body)


def test_a_piece_of_evidence_is_bound_by_its_file_which_officers_have_and_strangers_do_not(
    house: Inquiry, client: Any
) -> None:
    desk = Desk(client, EVIDENCE)
    assert desk.add("letter.pdf", h.PDF, **PIECE).status_code == 200
    assert "letter.pdf" in desk.page
    assert 'value="The laboratory"' in desk.page, "what was typed stays"
    assert desk.add("截图.png", h.PNG).status_code == 200
    [letter] = [one for one in json.loads(held_by(desk)) if one["name"] == "letter.pdf"]
    assert desk.send(change=f"remove:files:{letter['sha256']}").status_code == 200
    assert "letter.pdf" not in desk.page
    assert desk.send().status_code == 303
    house.authority.follow()
    body = on_file(house)
    assert [(one["name"], one["size"]) for one in body["files"]] == [("截图.png", len(h.PNG))]
    assert body["sha256"] == body["files"][0]["sha256"]
    page = shown(client.get(f"{PATH}/v-1"))
    [link] = re.findall(r'href="(/record/\d+/attachments/[0-9a-f]{64})">截图\.png<', page)
    answer = client.get(link)
    assert answer.content == h.PNG
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert TestClient(app(house.authority), base_url="http://portal.example").get(link).status_code == 404


def held_by(desk: Desk) -> str:
    """What the page says was sent so far."""
    found = re.search(r'<input type="hidden" name="files" value="([^"]*)"', desk.answer.text)
    assert found
    return unescape(found[1])


def test_the_button_that_records_takes_the_chosen_file_along_and_sent_twice_it_is_one_act(
    house: Inquiry, client: Any
) -> None:
    desk = Desk(client, REPORT)
    told = desk.send("report.pdf", h.PDF, text="It had no limit.")
    assert (told.status_code, "report.pdf" in desk.page) == (200, True), "it closes the case, so it is confirmed first"
    first, again = confirm(client, told), confirm(client, told)
    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    house.authority.follow()
    assert len([one for one in house.authority.store.entries(0, house.authority.store.size())
                if one.kind == "incident_reports.final_report"]) == 1  # fmt: skip
    assert ">report.pdf</a>" in shown(client.get(f"{PATH}/v-1"))


def test_who_takes_evidence_over_keeps_its_file(house: Inquiry, client: Any) -> None:
    Desk(client, EVIDENCE).send("letter.pdf", h.PDF, **PIECE)
    house.authority.follow()
    page = client.get(f"{PATH}/v-1/custody").text
    [form] = re.findall(r'<form class="stack".*?</form>', page, re.DOTALL)
    moved = {"piece": "evidence:e-1", "at": "2026-10-01T07:30:00Z", "giver": "Lind", "taker": "Room 2"}
    answers = {**answers_of(form), **moved, "because": "storage", "held_at": "Room 2"}
    assert client.post(f"{PATH}/v-1/custody", data=answers).status_code == 303
    house.authority.follow()
    assert [(one["name"], on_file(house)["held_at"]) for one in on_file(house)["files"]] == [("letter.pdf", "Room 2")]


HOSTILE = (
    ("picture.svg", SVG, "plain name"),
    ("picture.png", SVG, "not what its name says"),
    ("page.html", HTML, "plain name"),
    ("notes.txt", HTML, "web page"),
    ("both.pdf", h.PDF[:-6] + h.ZIP + b"%%EOF\n", "two kinds of file"),
    ("letter.zip", h.ZIP, "plain name"),
    ("letter.docx", h.ZIP, "plain name"),
    ("../../etc/cron.d/letter.pdf", h.PDF, "plain name"),
    ("..\\letter.pdf", h.PDF, "plain name"),
    ("letter\u202efdp.pdf", h.PDF, "plain name"),
    ("con.pdf", h.PDF, "name of a device"),
    ("nothing.pdf", b"", "empty"),
    ("notes.txt", b"\0" * 64, "not what its name says"),
    ("large.pdf", b"%PDF-1.4\n" + b"a" * BOUNDS.bytes_max, "too large"),
)


@pytest.mark.parametrize("button", [{"change": "add:files"}, {}])
def test_a_hostile_file_is_answered_in_words_and_nothing_is_recorded_or_left(
    house: Inquiry, client: Any, button: dict[str, str]
) -> None:
    """None of these may be attached (docs/attachments.md), whichever button sends them."""
    size, desk = house.authority.store.size(), Desk(client, EVIDENCE)
    for name, data, said in HOSTILE:
        assert desk.send(name, data, **PIECE, **button).status_code == 422, name
        assert said in desk.page, name
        assert 'value="The laboratory"' in desk.page
        assert 'class="file-list"' not in desk.page
        assert (loose(house), house.authority.keys.secrets("upload:")) == ([], {}), name
    assert house.authority.store.size() == size


def test_what_is_wrong_with_a_file_is_said_in_chinese_too(client: Any) -> None:
    desk = Desk(client, "/zh" + EVIDENCE)
    desk.add("notes.txt", HTML)
    assert "网页" in desk.page
    assert "一日内未予记录的文件将被删除" in desk.page


def test_to_add_nothing_or_the_same_twice_is_answered_and_twenty_are_enough(client: Any) -> None:
    desk = Desk(client, EVIDENCE)
    assert (desk.send(change="add:files").status_code, "Choose a file first" in desk.page) == (422, True)
    desk.add("0.txt", b"number 0")
    assert (desk.add("again.txt", b"number 0").status_code, "here already" in desk.page) == (422, True)
    for number in range(1, 20):
        assert desk.add(f"{number}.txt", b"number %d" % number).status_code == 200
    assert desk.page.count('value="remove:files:') == 20
    assert 'type="file"' not in desk.page
    assert (desk.add("20.txt", b"number 20").status_code, "No more files" in desk.page) == (422, True)


def test_a_file_comes_only_from_who_was_shown_a_page_that_asks_for_it(house: Inquiry, client: Any) -> None:
    desk = Desk(client, EVIDENCE)
    assert desk.add("letter.pdf", h.PDF, token="x").status_code == 403
    token = re.search(r'name="token" value="([^"]+)"', client.get(EVIDENCE).text)
    assert token
    file = {"file.files": ("letter.pdf", h.PDF, "application/pdf")}
    for path in (f"{PATH}/v-1/event", f"{PATH}/open", "/incident-reports/desk/r-1/note"):
        refused = client.post(path, data={"token": token[1]}, files=file)
        assert (refused.status_code, "files only where this page asks for them" in shown(refused)) == (422, True)
    elsewhere = {"files": ("letter.pdf", h.PDF, "application/pdf")}
    assert client.post(EVIDENCE, data={"token": token[1]}, files=elsewhere).status_code == 422
    stranger = TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False)
    assert stranger.post(EVIDENCE, data={"token": token[1]}, files=file).status_code == 403
    officer(stranger, house, "party:lab", "developer")
    assert stranger.post(EVIDENCE, data={"token": token[1]}, files=file).status_code == 403
    assert loose(house) == []


@pytest.mark.parametrize("said", ["{", "[1]", '[{"sha256": "x"}]', "7", "null", '"a"', "[" * 90 + "]" * 90])
def test_files_named_as_no_page_names_them_are_refused_in_words(client: Any, said: str) -> None:
    desk = Desk(client, EVIDENCE)
    assert desk.send(**PIECE, files=said).status_code == 422
    assert "open the page again" in desk.page


def test_nobody_files_what_another_uploaded_or_nobody_did(house: Inquiry, client: Any) -> None:
    """Naming a digest opens no file: it counts only for who sent the bytes."""
    theirs = h.uploaded(house.authority, h.PDF, "letter.pdf", "party:lab")
    desk = Desk(client, EVIDENCE)
    assert desk.send(**PIECE, files=json.dumps([theirs.model_dump()])).status_code == 422
    assert "uploaded within a day" in desk.page
    assert "letter.pdf" in desk.page
    assert registry.subject(house.authority.reader, "evidence:e-1") is None
    assert registry.subject(house.authority.reader, ABOUT) is not None


def test_a_digest_that_is_not_the_files_binds_nothing(house: Inquiry, client: Any) -> None:
    """Whoever looks at it later compares its bytes with the digest on record. A thing is bound by its description."""
    desk = Desk(client, EVIDENCE)
    assert desk.send("letter.pdf", h.PDF, **PIECE, sha256="0" * 64).status_code == 422
    assert "the digest of its file letter.pdf" in desk.page
    assert desk.send(sha256="").status_code == 303
    desk = Desk(client, EVIDENCE)
    thing = {**PIECE, "name": "E 2", "form": "object"}
    assert desk.send("photo.pdf", h.PDF, **thing, sha256="0" * 64).status_code == 303
