"""Files in a form without scripts: added one by one, kept sealed with the draft, filed with it, gone with it."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import attaching_house as h
from commonweal.authority import Authority
from commonweal.doors.portal import app, deeds
from commonweal.doors.portal.drafting import Came
from commonweal.doors.portal.uploading import BYTES_MAX
from commonweal.forms import party_of
from commonweal.kernel.disclosure.attachments import BOUNDS, Attached
from commonweal.kernel.values import BadInput, Fault
from commonweal.settings import Settings

from .conftest import TestClient
from .people import sign_in
from .test_forms import SETTINGS, SITE, Browser, began, code_on, fields_in, filings

NAMED = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
OCTETS = "application/octet-stream"


class Dial:
    """A clock that stands where it was put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Dial:
    return Dial(datetime.fromisoformat("2026-03-01T09:00:00+00:00"))


@pytest.fixture
def office(tmp_path: Path, clock: Dial) -> Any:
    settings: Settings = SETTINGS
    with Authority.create(tmp_path / "office", settings, clock=clock) as authority:
        yield authority


@pytest.fixture
def browser(office: Authority) -> Any:
    with TestClient(app(office), base_url=SITE, follow_redirects=False) as client:
        yield Browser(client)


def to_files(browser: Browser) -> Browser:
    began(browser, "incident").fill(category="concern").fill(reporter="public")
    browser.fill(title="It lied", what_happened="It said that it had not.")
    while not browser.url.endswith("/files"):
        browser.fill()
    return browser


def sent(browser: Browser, data: bytes, name: str, go: str = "add:attachments", **more: Any) -> Browser:
    """Send the page that the browser stands on with a file, as a browser without scripts does."""
    form = re.search(r'<form class="questions".*?</form>', browser.page, re.DOTALL)
    assert form
    assert 'enctype="multipart/form-data"' in form[0]
    given = {key: value for key, value in fields_in(form[0]).items() if key != "q.attachments"}
    texts = {**given, "go": go, **more}
    file = {"q.attachments": (name, data, OCTETS)}
    return browser._at(browser.client.post(browser.url.partition("?")[0], data=texts, files=file))


def on_to_check(browser: Browser) -> Browser:
    while not browser.url.endswith("/check"):
        browser.fill()
    return browser


def loose(office: Authority) -> list[Path]:
    """Every file of the store of sealed files, and what is left of drafts of them."""
    return [path for path in (office.folder / "blobs").rglob("*") if path.is_file()]


def test_an_anonymous_reporter_adds_two_files_takes_one_out_and_files_the_other(
    office: Authority, browser: Browser
) -> None:
    to_files(browser)
    sent(browser, h.PDF, "letter.pdf")
    assert browser.status == 200
    assert "letter.pdf" in browser.words
    sent(browser, h.PNG, "截图.png")
    assert {"letter.pdf", "截图.png"} <= set(re.findall(r"[\w截图]+\.(?:pdf|png)", browser.words))
    gone = re.search(r'value="(remove:attachments:[0-9a-f]{64})"', browser.page)
    assert gone
    browser.send("/files", go=gone[1])
    assert "letter.pdf" not in browser.words
    assert "截图.png" in browser.words
    on_to_check(browser)
    assert "截图.png" in browser.words
    browser.send("/file")
    code = code_on(browser)
    party = party_of(code)
    [row] = filings(office, "report")
    assert row["author"] == party
    [told] = office.entry(row["entry"]).body["attachments"]
    assert (told["name"], told["media_type"], told["size"]) == ("截图.png", "image/png", len(h.PNG))
    assert office.keys.secrets("held:") == {}
    assert office.keys.secrets("upload:") == {}
    # who filed it comes back by the code, and looks at what they sent
    page = browser.go("/return").send("/return", code=code).page
    own = re.search(r'href="(/record/\d+/attachments/[0-9a-f]{64})"', page)
    assert own
    assert browser.client.get(own[1]).content == h.PNG
    # the officer of the desk finds it on the page of the report, and is given it as a file
    sign_in(browser.client, office.access.issue_key("party:desk", ("officer",), rate_per_s=1e5))
    page = browser.go(f"/incident-reports/desk/{row['subject'].partition(':')[2]}").page
    link = re.search(r'href="(/record/\d+/attachments/[0-9a-f]{64})"', page)
    assert link
    assert "截图.png" in page
    answer = browser.client.get(link[1])
    assert answer.content == h.PNG
    assert answer.headers["content-disposition"].startswith("attachment; ")
    stranger = TestClient(app(office), base_url=SITE)
    assert stranger.get(link[1]).status_code == 404


def test_save_and_go_on_takes_the_chosen_file_along(browser: Browser) -> None:
    sent(to_files(browser), h.PDF, "letter.pdf", go="next")
    assert browser.url.endswith("/reach-you")
    assert "letter.pdf" in on_to_check(browser).words


def test_a_new_version_keeps_the_files_of_the_last_and_may_add_one(office: Authority, browser: Browser) -> None:
    on_to_check(sent(to_files(browser), h.PDF, "letter.pdf", go="next")).send("/file")
    code = code_on(browser)
    browser.go("/return").send("/return", code=code)
    assert "letter.pdf" in browser.words
    browser.send("/amend").go(browser.url.replace("/check", "/files"))
    on_to_check(sent(browser, h.PNG, "picture.png", go="next")).send("/file")
    [row] = filings(office, "report")
    assert [item["name"] for item in office.entry(row["entry"]).body["attachments"]] == ["letter.pdf", "picture.png"]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A temporary folder into which no other test writes."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (SVG, "picture.svg", "plain name"),
        (SVG, "picture.png", "not what its name says"),
        (HTML, "page.html", "plain name"),
        (HTML, "notes.txt", "web page"),
        (h.PDF[:-6] + h.ZIP + b"%%EOF\n", "both.pdf", "two kinds of file"),
        (h.PDF, "../../etc/cron.d/letter.pdf", "plain name"),
        (h.PDF, "..\\letter.pdf", "plain name"),
        (h.PDF, "letter\u202efdp.pdf", "plain name"),
        (h.PDF, "con.pdf", "name of a device"),
        (b"", "nothing.pdf", "empty"),
        (h.ZIP, "letter.docx", "plain name"),
        (b"\0" * 64, "notes.txt", "not what its name says"),
        (b"%PDF-1.4\n" + b"a" * BOUNDS.bytes_max, "large.pdf", "too large"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_answered_in_words_and_leaves_nothing(
    office: Authority, browser: Browser, data: bytes, name: str, said: str
) -> None:
    """None of these may be attached (docs/attachments.md); other answers stay, and nothing lies anywhere."""
    sent(to_files(browser), data, name)
    assert browser.status == 422
    assert said in browser.words
    assert 'class="file-list"' not in browser.page
    assert loose(office) == []
    assert office.keys.secrets("held:") == {}
    assert [path for path in Path(tempfile.gettempdir()).iterdir() if path.is_file()] == []
    chinese = browser._at(browser.client.get("/zh" + browser.url))
    assert "个文件" in chinese.page


def test_what_lies_with_a_draft_is_sealed_and_its_key_stands_in_the_draft_alone(
    office: Authority, browser: Browser
) -> None:
    secret = b"\n".join(b"the whistle was blown at %d o'clock" % hour for hour in range(24))
    sent(to_files(browser), secret, "notes.txt")
    [path] = loose(office)
    for kept in [path, *office.folder.glob("*.sqlite*")]:
        assert b"whistle was blown" not in kept.read_bytes()
    [(name, told)] = office.keys.secrets("held:").items()
    assert name == f"held:{path.name}"
    assert set(re.findall(rb'"(\w+)":', told)) == {b"until", b"size", b"came"}, "nor from where"


def test_one_line_that_fills_the_room_with_files_keeps_nobody_else_from_attaching_theirs(
    office: Authority, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home has 256 networks of IPv6: none of them counts for itself, and what it never files makes room."""
    monkeypatch.setattr(office.attachments, "bounds", replace(BOUNDS, held_max=4))

    def from_(address: str) -> Browser:
        made = TestClient(browser.client.app, base_url=SITE, follow_redirects=False, client=(address, 1))
        return to_files(Browser(made))

    for at in range(5):
        sent(flood := from_(f"2001:db8:1:{at}::7"), b"a line %d" % at, "a.txt")
        assert flood.status == (200 if at < 4 else 422)
    sent(stranger := from_("203.0.113.9"), b"evidence", "mine.txt")
    assert stranger.status == 200
    assert "mine.txt" in stranger.words
    assert on_to_check(stranger).send("/file").status == 200
    assert len(filings(office, "report")) == 1


def test_a_deleted_draft_takes_its_files_along_and_one_that_is_kept_keeps_them(
    office: Authority, browser: Browser, clock: Dial
) -> None:
    sent(to_files(browser), h.PDF, "letter.pdf")
    clock.at += timedelta(days=10)  # longer than an upload waits, shorter than a draft is kept
    assert office.attachments.sweep() == 0
    sent(browser, h.PNG, "picture.png")  # saved: kept for fourteen days more
    clock.at += timedelta(days=10)
    assert office.attachments.sweep() == 0
    assert len(loose(office)) == 2
    browser.send("/discard")
    assert office.attachments.sweep() == 2
    assert loose(office) == []


def test_a_draft_that_runs_out_takes_its_files_along(office: Authority, browser: Browser, clock: Dial) -> None:
    sent(to_files(browser), h.PDF, "letter.pdf")
    clock.at += timedelta(days=14, hours=1)
    assert office.attachments.sweep() == 1
    assert office.keys.secrets("held:") == {}


def test_no_more_than_ten_files_and_each_once(browser: Browser) -> None:
    sent(to_files(browser), b"number 0", "0.txt")
    assert "here already" in sent(browser, b"number 0", "again.txt").words
    browser.go(browser.url)
    for number in range(1, 10):
        sent(browser, b"number %d" % number, f"{number}.txt")
    assert browser.page.count('value="remove:attachments:') == 10
    assert 'type="file"' not in browser.page
    assert "No more files" in sent(browser, b"number 10", "10.txt").words


def test_to_add_nothing_is_answered(browser: Browser) -> None:
    assert "Choose a file first" in sent(to_files(browser), b"", "").words


def test_nobody_sends_a_file_who_was_shown_no_page(office: Authority, browser: Browser) -> None:
    to_files(browser)
    assert sent(browser, h.PDF, "letter.pdf", token="x").status == 403
    path = browser.url
    other = TestClient(app(office), base_url=SITE)
    assert other.post(path, data={"token": ""}, files={"q.attachments": ("a.pdf", h.PDF, OCTETS)}).status_code == 403
    late = b'--b\r\nContent-Disposition: form-data; name="q.attachments"; filename="a.pdf"\r\n\r\n' + h.PDF
    answer = other.post(
        path, content=late + b"\r\n--b--\r\n", headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 403
    assert loose(office) == []


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("multipart/form-data", b"x", 422),
        ("multipart/form-data; boundary=b", b"--b\r\n", 422),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", 403),
        ("multipart/form-data; boundary=b", NAMED + b"\xff\r\n--b--\r\n", 422),
        ("multipart/form-data; boundary=b", b"--b\r\nX: " + b"y" * 9000, 422),
        ("multipart/form-data; boundary=b", NAMED + b"y" * 800_000, 413),
        ("multipart/form-data; boundary=b", (NAMED + b"\r\n") * 1300, 422),
        ("text/plain", b"x", 422),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused_in_words(browser: Browser, kind: str, content: bytes, status: int) -> None:
    to_files(browser)
    answer = browser.client.post(browser.url, content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_what_never_ends_is_cut_off(office: Authority, browser: Browser) -> None:
    """A file over its bound is read on, so that its sender is there for the answer, but not without end."""
    to_files(browser)
    form = re.search(r'name="token" value="([^"]+)"', browser.page)
    assert form
    part = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    head = part % (b"token", b"") + form[1].encode() + b"\r\n"
    head += part % (b"q.attachments", b'; filename="a.pdf"')
    pieces = [head, *[b"a" * (1 << 20)] * ((BYTES_MAX >> 20) + 1)]
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = browser.client.post(browser.url, content=iter(pieces), headers=kind)
    assert answer.status_code == 413
    assert loose(office) == []


def test_of_a_file_that_a_page_does_not_take_the_endings_of_its_field_are_named() -> None:
    """A payer's clerk was told to use `.png`, which had just been refused."""
    form = deeds.Filled({"change": "add:file"})
    form.came = Came("file", None, BadInput(Fault("name", "f.png", "one of .csv", "file_name"), "upload"))
    _, (problem,) = deeds._with_files(form, {"file": Attached(types=("csv",))})
    assert problem.given["endings"] == ".csv"
