"""Formal letters: numbered by the record, readable by people and machines, and sent as what they are."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest
from starlette.testclient import TestClient

from commonweal import letters, sending
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.doors.portal import app
from commonweal.engines import typesetting
from commonweal.imprint import Imprint
from commonweal.kernel import notices, protocols
from commonweal.kernel.disclosure import public_kind
from commonweal.kernel.notices.templates import _said
from commonweal.kernel.record import Act
from commonweal.kernel.record.heads import IN_CONFIDENCE
from commonweal.kernel.values import BadInput, Busy, Conflict, NotFound, ReplayClock, RuleFault, Text, instant
from commonweal.letterheads import letterhead
from commonweal.settings import Settings
from commonweal.telemetry import Lines
from mail_server import MailServer
from sending_house import declare

from .doors.portal.people import sign_in

VALUES = {"name": "A-17", "received": "2026-11-02", "until": "2026-11-23", "law": "Example Act, section 4"}
WANTED = letters.Wanted("applications.received", ["Ada Example", "2 Long Road"], VALUES, basis=0)
HOME = Imprint(time_zone="Asia/Shanghai", address={"en": ("1 Harbour Street",), "zh": ("海港街1号",)})
SETTINGS = Settings(
    Text(en="Office", zh="办公室"), "aio.example/log", instant("2026-01-01T00:00:00Z"), imprint=HOME,
    public_url="https://aio.example",
)  # fmt: skip


@pytest.fixture
def pages() -> None:
    """What laying out needs: Typst, and a font with Chinese."""
    try:
        typesetting.typeset({"reference": "X", "day": [2026, 1, 1], "to": ["x"], "wordings": [_wording("x")]})
    except Busy as error:
        pytest.skip(str(error))


def _wording(text: str) -> dict[str, object]:
    return {
        "lang": "en",
        "region": "GB",
        "office": ["O"],
        "head": ["H"],
        "title": text,
        "paragraphs": [text],
        "parts": [],
    }


def office(folder: Path, now: str = "2026-11-28T09:00:00Z") -> Authority:
    return Authority.create(folder, SETTINGS, clock=ReplayClock(instant(now)))


def texts(pdf: bytes) -> list[str]:
    """The text of each page, as another program reads it out of the file."""
    pypdf = pytest.importorskip("pypdf")
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_numbers_have_no_gap_and_begin_anew_with_the_year_of_the_authoritys_own_time_zone(tmp_path: Path) -> None:
    """2026-12-31 16:00 UTC is midnight in Shanghai (UTC+8): what is written then is of 2027."""
    clock = ReplayClock(instant("2026-12-31T15:58:00Z"))
    with Authority.create(tmp_path / "a", SETTINGS, clock=clock) as authority:
        given = [letters.write(authority, WANTED)["reference"] for _ in range(2)]
        clock.set(datetime.fromisoformat("2026-12-31T16:00:00+00:00"))
        given += [letters.write(authority, replace(WANTED, to=["Bo"]))["reference"] for _ in range(2)]
        assert given == ["AIO-2026-1", "AIO-2026-2", "AIO-2027-1", "AIO-2027-2"]
        was = authority.dump()
        authority.rebuild()
        assert authority.dump() == was
        with pytest.raises(BadInput):
            letters.write(authority, replace(WANTED, values={}))
        assert letters.write(authority, WANTED)["reference"] == "AIO-2027-3", "what is refused takes no number"


def test_the_same_key_writes_one_letter(tmp_path: Path) -> None:
    with office(tmp_path / "a") as authority:
        one = letters.write(authority, replace(WANTED, key="file 17"))
        assert letters.write(authority, replace(WANTED, key="file 17")) == one
        with pytest.raises(Conflict):
            letters.write(authority, replace(WANTED, key="file 17", to=["Somebody else"]))
        assert len(notices.letters(authority.reader)) == 1


@pytest.mark.usefixtures("pages")
def test_a_letter_says_everything_in_both_languages_and_its_digest_is_on_record(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    with office(tmp_path / "a") as authority:
        row = letters.write(authority, WANTED)
        (row,) = letters.issue(authority)
        pdf = letters.pdf(authority, "aio-2026-1")
        entry = authority.entry(row["issued"])
        assert entry.body["sha256"] == sha256(pdf).hexdigest()
        assert entry.causes == (row["entry"],)
        assert authority.typeset(letters.content(authority, row)).pdf == pdf, "the same bytes for the same entry"
        assert letters.issue(authority) == []
        assert authority.verify() == []
    english, chinese = texts(pdf)
    said = ("Office", "1 Harbour Street", "Ada Example", "AIO-2026-1", "28 November 2026", "2 November 2026", "1 / 2")
    for part in (*said, "Legal basis", "Example Act, section 4", "What you can do", f"/record/{row['entry']}"):
        assert part in english
    for part in ("办公室", "海港街", "编号", "法律依据", "您的权利与救济", "2 / 2"):
        assert part in chinese
    file = pypdf.PdfReader(io.BytesIO(pdf))
    root = file.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"], "tagged"
    assert root["/Lang"] == "en-GB"
    assert file.metadata.title == "AIO-2026-1: Receipt of your application A-17"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data(), "it says that it is PDF/UA"


@pytest.mark.usefixtures("pages")
def test_what_others_wrote_is_set_as_text_and_stays_on_the_page(tmp_path: Path) -> None:
    hostile = '#strong[x] $x^2$ <b> \\n `y` @z "q" //c ' + "W" * 150
    with office(tmp_path / "a") as authority:
        letters.write(authority, replace(WANTED, to=["*x* = _y_"], values=VALUES | {"name": hostile}, languages=["en"]))
        letters.issue(authority)
        said = "".join("".join(texts(letters.pdf(authority, "AIO-2026-1"))).split())
    for part in ("#strong[x]$x^2$<b>\\n`y`@z", "//c", "*x*=_y_"):
        assert part in said
    assert said.replace("\u200b", "").count("W" * 150) >= 1
    pdfium = pytest.importorskip("pypdfium2")
    with office(tmp_path / "b") as authority:
        letters.write(authority, replace(WANTED, values=VALUES | {"law": "Act " * 490}))
        (row,) = letters.issue(authority)
        pdf = letters.pdf(authority, row["reference"])
    assert row["pages"] == len(texts(pdf)) > 2
    page = pdfium.PdfDocument(pdf)[0]
    width = page.get_size()[0]
    text = page.get_textpage()
    boxes = [text.get_charbox(at) for at in range(text.count_chars())]
    assert all(box[0] > 0 and box[2] < width for box in boxes), "nothing runs off the page"


@pytest.mark.parametrize("name", ["a\u202eb", "a\x00b", "a\u2028b", "", "x" * 2001])
def test_what_cannot_be_shown_as_text_is_refused_with_every_fault_named(tmp_path: Path, name: str) -> None:
    with office(tmp_path / "a") as authority:
        wanted = replace(WANTED, values={"name": name, "received": "2026-13-01", "until": "soon", "extra": "x"})
        with pytest.raises(BadInput) as error:
            letters.write(authority, wanted)
        found = {fault.where.removeprefix("values.") for fault in error.value.faults}
        assert found == {"name", "received", "until", "law", "extra"}
        with pytest.raises(BadInput) as error:
            letters.write(authority, replace(WANTED, languages=["en", "fr"], basis=10**6, deliver=["nowhere"]))
        assert {fault.where for fault in error.value.faults} == {"language", "basis", "deliver"}
        with pytest.raises(NotFound, match=r"applications\.received"):
            letters.write(authority, replace(WANTED, template="applications.none"))
        assert notices.letters(authority.reader) == []


def stuck(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> str:
    """The reference of a letter with a cuneiform sign, written where nothing could be laid out to find that out."""
    with monkeypatch.context() as without:
        without.setattr(typesetting, "can_typeset", lambda: False)
        return str(letters.write(authority, replace(WANTED, to=["\U00012000"], languages=["en"]))["reference"])


@pytest.mark.usefixtures("pages")
def test_a_letter_that_no_font_can_show_is_refused_before_it_takes_a_number(tmp_path: Path) -> None:
    """It stood in the record for ever, never to be issued, under a number that nothing carries."""
    with office(tmp_path / "a") as authority:
        with pytest.raises(BadInput, match="characters that"):
            letters.write(authority, replace(WANTED, to=["\U00012000"]))
        assert letters.write(authority, WANTED)["reference"] == "AIO-2026-1"


@pytest.mark.usefixtures("pages")
def test_a_stuck_letter_is_warned_of_by_the_next_one_and_can_be_taken_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every later one claimed to have failed, so an officer wrote it again, and the addressee had it twice."""
    folder = str(tmp_path / "a")
    with office(tmp_path / "a") as authority:
        assert stuck(authority, monkeypatch) == "AIO-2026-1"
    values = [part for name, value in VALUES.items() for part in ("--value", f"{name}={value}")]
    write = ["letter", "write", folder, "applications.received", "--to", "Ada", "--language", "en", *values]
    assert main(write) == 0
    said = capsys.readouterr()
    assert "AIO-2026-2: issued" in said.out
    assert "Warning: not issued: AIO-2026-1." in said.err
    assert main(["letter", "make", folder]) == 1
    assert "AIO-2026-1: saw 'U+12000'" in capsys.readouterr().err
    assert main(["letter", "withdraw", folder, "AIO-2026-2", "--why", "x"]) == 1
    assert "was issued" in capsys.readouterr().err
    assert main(["letter", "withdraw", folder, "aio-2026-1", "--why", "No font shows it."]) == 0
    assert main(["letter", "make", folder]) == 0
    assert "Every letter is issued." in capsys.readouterr().out
    assert main(["letter", "list", folder]) == 0
    assert "withdrawn" in capsys.readouterr().out
    with Authority.open(Path(folder)) as authority:
        was = authority.dump()
        authority.rebuild()
        assert authority.dump() == was


def test_only_a_letter_that_waits_is_withdrawn_once(tmp_path: Path) -> None:
    """By whichever door an administrator says so: another entry is none, and what was taken back is taken back."""
    with office(tmp_path / "a") as authority:
        entry = letters.write(authority, WANTED)["entry"]
        authority.act(Act("letter.withdrawn", {"letter": entry, "reasons": "Wrong name."}, ""))
        for letter in (0, entry):
            with pytest.raises(BadInput, match="not issued yet"):
                authority.act(Act("letter.withdrawn", {"letter": letter, "reasons": "Again."}, ""))


@pytest.mark.usefixtures("pages")
def test_a_letter_that_no_font_can_show_does_not_keep_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office(tmp_path / "a") as authority:
        stuck(authority, monkeypatch)
        letters.write(authority, WANTED)
        with pytest.raises(BadInput, match="characters that"):
            letters.issue(authority)
        assert [row["issued"] is None for row in notices.letters(authority.reader)] == [True, False]
        with pytest.raises(Conflict, match="not issued yet"):
            letters.pdf(authority, "AIO-2026-1")


def test_without_typst_letters_wait_in_the_record_and_the_way_to_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "can_typeset", lambda: False)
    with office(tmp_path / "a") as authority:
        letters.write(authority, WANTED)
        with pytest.raises(Busy, match=r"pip install 'commonweal\[letters\]'"):
            letters.issue(authority)
        assert notices.letter(authority.reader, "AIO-2026-1")["issued"] is None
        with pytest.raises(Conflict, match=r"not issued yet: .*pip install 'commonweal\[letters\]'"):
            letters.pdf(authority, "AIO-2026-1")


def test_every_fault_of_a_template_is_named() -> None:
    bad = """
id = "Bad"
version = 3
colour = "red"
title = { en = "x {who}", zh = "x" }
legal_basis = { en = "only English" }
remedy = { en = "{ a", zh = "a" }
[values.n]
type = "colour"
title = { en = "n", zh = "n" }
"""
    with pytest.raises(RuleFault) as error:
        notices.read_template(bad)
    found = {fault.where for fault in error.value.faults}
    assert {
        "id",
        "version",
        "colour",
        "title.en",
        "title",
        "legal_basis",
        "remedy.en",
        "values.n",
        "paragraph",
    } <= found


@pytest.mark.usefixtures("pages")
def test_a_letter_goes_out_with_its_pdf_where_the_target_gets_the_whole(tmp_path: Path) -> None:
    pytest.importorskip("dbos")
    folder, drop = tmp_path / "a", tmp_path / "drop"
    drop.mkdir()
    office(folder).close()
    with MailServer() as server:
        targets = {
            "print": ("mail", ["print@desk.example"], "whole = true"),
            "plain": ("mail", ["ada@desk.example"], 'language = "en"'),
            "drop": ("folder", str(drop)),
        }
        declare(folder, targets, server.relay)
        with Authority.open(folder) as authority:
            letters.write(authority, replace(WANTED, deliver=list(targets)))
            sender = sending.Sender(authority)
            assert sender.send(20) == 0
            sender.close()
            rows = protocols.effects(authority.reader)
            assert {row["target"]: row["state"] for row in rows} == dict.fromkeys(targets, "delivered")
            pdf = letters.pdf(authority, notices.letters(authority.reader)[0]["reference"])
            was = authority.dump()
            authority.rebuild()
            assert authority.dump() == was
            assert authority.verify() == []
    taken = dict(server.taken)
    (attached,) = taken["print@desk.example"].iter_attachments()
    assert (attached.get_content(), attached.get_content_type()) == (pdf, "application/pdf")
    assert attached.get_filename() == "AIO-2026-1.pdf"
    plain = taken["ada@desk.example"]
    assert not list(plain.iter_attachments())
    assert "AIO-2026-1" in plain["Subject"]
    assert "A-17" not in plain.as_string()
    assert (drop / "AIO-2026-1.pdf").read_bytes() == pdf
    (message,) = drop.glob("*.json")
    assert json.loads(message.read_bytes())["letter"] == {"reference": "AIO-2026-1", "sha256": sha256(pdf).hexdigest()}


@pytest.mark.usefixtures("pages")
def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "a")
    with Authority.create(Path(folder), SETTINGS):
        pass
    assert main(["letter", "templates", folder]) == 0
    assert "applications.received" in capsys.readouterr().out
    values = [part for name, value in VALUES.items() for part in ("--value", f"{name}={value}")]
    assert main(["letter", "write", folder, "applications.received", "--to", "Ada", "--language", "zh", *values]) == 0
    said = capsys.readouterr().out
    assert "AIO-2026-1: written" in said
    assert "SHA-256" in said
    each = [*values[:-2], "--value", "law.en=Example Act", "--value", "law.zh=示例法"]
    assert main(["letter", "write", folder, "applications.received", "--to", "Ada", *each]) == 0
    with Authority.open(Path(folder)) as authority:
        laws = [
            one["legal_basis"]
            for one in authority.entry(notices.letters(authority.reader)[1]["entry"]).body["wordings"]
        ]
    assert "Example Act" in laws[0]
    assert "示例法" in laws[1]
    assert main(["letter", "list", folder]) == 0
    assert "issued, 1 page " in capsys.readouterr().out
    assert main(["letter", "make", folder]) == 0
    assert main(["letter", "save", folder, "AIO-2026-1", "-o", str(tmp_path / "x.pdf")]) == 0
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF-")
    capsys.readouterr()
    assert main(["letter", "write", folder, "applications.received", "--to", "Ada", "--value", "name"]) == 1
    assert "NAME=VALUE" in capsys.readouterr().err
    assert main(["letter", "save", folder, "AIO-2026-9", "-o", str(tmp_path / "y.pdf")]) == 1
    assert "weal letter list" in capsys.readouterr().err
    assert not (tmp_path / "y.pdf").exists()


@pytest.mark.usefixtures("pages")
def test_the_service_lays_letters_out_also_where_nothing_is_sent_and_one_that_cannot_keeps_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without mail or targets nobody came to it: letters waited for a command that whoever wrote them cannot give."""
    with office(tmp_path / "a") as authority:
        stuck(authority, monkeypatch)
        letters.write(authority, WANTED)
        clerk = letters.Clerk(authority)
        for _ in range(2):
            clerk.round()
        assert [row["issued"] is None for row in notices.letters(authority.reader)] == [True, False]
        (told,) = [Lines("json").format(one) for one in caplog.records if hasattr(one, "weal") and "waits" in one.weal]
        assert "AIO-2026-1" in told
        assert "no font here shows" in told
        assert "Ada" not in told
        assert "U+" not in told, "which letter waits and why, and nothing that stands in it"
        clerk.start()
        letters.write(authority, replace(WANTED, key="third"))
        looks = (letters.waiting(authority)[1:] and not Event().wait(0.05) for _ in range(400))
        assert not all(looks), "the thread lays it out by itself"
        clerk.stop()


def test_where_nothing_can_be_laid_out_a_letter_waits_and_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "can_typeset", lambda: False)
    typesetting.ready.cache_clear()
    with office(tmp_path / "a") as authority:
        letters.write(authority, WANTED)
        with pytest.raises(Busy, match="no PDF can be laid out here"):
            letters.Clerk(authority).round()
        browser = TestClient(app(authority), base_url="https://aio.example")
        sign_in(browser, authority.access.issue_key("party:desk", ("officer",), ("read",), organisation="authority"))
        assert "no PDF can be laid out on this machine yet" in browser.get("/letters").text
    typesetting.ready.cache_clear()


@pytest.mark.usefixtures("pages")
def test_of_a_letter_about_a_report_in_confidence_the_log_tells_nothing_to_the_last_receipt(tmp_path: Path) -> None:
    """Neither that it was written, issued and asked to be sent, nor that it went out: one entry would point at all."""
    pytest.importorskip("dbos")
    folder, drop = tmp_path / "a", tmp_path / "drop"
    drop.mkdir()
    office(folder).close()
    declare(folder, {"drop": ("folder", str(drop))})
    said = {"name": "NR 1", "category": "near_miss", "reporter": "user", "title": "t", "what_happened": "w"}
    with Authority.open(folder) as authority:
        filed = authority.act(Act("incident_reports.report", said, "nr"), Caller("party:ada", ("observer",))).index
        about = replace(WANTED, subject="report:nr-1", basis=filed, deliver=["drop"])
        letters.write(authority, about)
        sender = sending.Sender(authority)
        assert sender.send(20) == 0
        sender.close()
        later = authority.store.entries(filed + 1, authority.store.size())
        done = ["letter.written", "letter.issued", "effect.requested", "effect.delivered"]
        assert [one.kind for one in later if one.kind in done] == done
        assert {public_kind(one) for one in later if one.kind in done} == {IN_CONFIDENCE}


def test_a_letterhead_says_the_name_once() -> None:
    """Many write their name as the first line of their address; in Chinese the English one stood below the Chinese."""
    imprint = Imprint(address={"en": ("Office for AI", "1 Example Street")})
    settings = Settings(
        Text(en="Office for AI", zh="人工智能办公室"), "a.example/log", instant("2026-11-29T00:00:00Z"), imprint=imprint
    )
    head = letterhead(settings, {})
    assert list(head.lines["en"]) == ["Office for AI", "1 Example Street"]
    assert list(head.lines["zh"]) == ["人工智能办公室", "1 Example Street"]


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ("2027-01-13", "13 January 2027", "2027年1月13日"),
        ("2027-01-13T00:30:00-05:00", "13 January 2027, 00:30 (UTC-05:00)", "2027年1月13日00:30（UTC-05:00）"),
        ("2027-01-13T05:30:00Z", "13 January 2027, 05:30 (UTC)", "2027年1月13日05:30（UTC）"),
        ("2027-01-13T00:30:00", None, None),
        ("2027-01-13 and more", None, None),
        ("13 January", None, None),
    ],
)
def test_a_letter_names_the_hour_at_which_a_day_does_not_end(
    value: str, english: str | None, chinese: str | None
) -> None:
    """The last day 13 January, of a clock that ends at half past midnight makes its reader late."""
    assert (_said("day", value, "en"), _said("day", value, "zh")) == (english, chinese)
