"""An investigation's final report as a document: in both languages, under a reference, on the page and by command."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import OPERATOR
from commonweal.doors.cli import main
from commonweal.instruments.incident_reports.investigating.printing import report_view
from commonweal.instruments.incident_reports.telling import parted
from commonweal.kernel.values import NotFound
from commonweal.sight import Sight

from .test_desk_portal import officer, shown
from .test_investigating import ABOUT, PATH, Inquiry, client, house

__all__ = ["client", "house"]
TEXT = "Why it happened.\n\n# Findings\n1. The filter was off.\n2. #let x = 1\n\nNobody saw it.\n## Thanks\nTo all."
REPORT = f"{PATH}/v-1/report.pdf"


def closed(house: Inquiry, **more: str) -> int:
    house.recommend()
    return house.desk("final_report", investigation=ABOUT, text=TEXT, **more)


def read(house: Inquiry, language: str) -> Any:
    """As an officer reads it."""
    sight = Sight(house.authority, OPERATOR, "portal /test")
    return report_view(house.authority.reading(language, OPERATOR.party, sight), {"slug": "v-1"})


def test_a_text_is_parted_under_the_titles_that_stand_in_it() -> None:
    assert parted(TEXT, "Report") == [
        ("Report", ["Why it happened."]),
        ("Findings", ["1. The filter was off.\n2. #let x = 1", "Nobody saw it."]),
        ("Thanks", ["To all."]),
    ]
    assert parted("#1 is no title\n", "") == [("", ["#1 is no title"])]
    assert parted("# Only a title", "Report") == [("Only a title", [])]


def test_its_reader_gets_it_in_their_language_first_and_knows_what_it_is(house: Inquiry) -> None:
    """The reference is the investigation's with the entry of the report: one that is filed anew has another."""
    entry = closed(house, text_zh="经过。")
    for language, first in (("en", "Final report of the investigation V 1"), ("zh", "调查最终报告（V 1）")):
        told = read(house, language)
        assert told["reference"] == f"V 1/{entry}"
        assert [one.language for one in told["wordings"]] == ([language, "zh"] if language == "en" else ["zh", "en"])
        assert told["wordings"][0].title == first
    english = next(one for one in told["wordings"] if one.language == "en")
    assert english.head[0] == f"Reference: V 1/{entry}"
    assert "Not public" in english.head[2]
    parts = dict(english.parts)
    assert [*parts][1:4] == ["Report", "Findings", "Thanks"]
    assert parts["Recommendations"][1] == "Close the filter."
    assert f"entry {entry} of the public log" in parts["How to check this report"][0]


def test_a_language_in_which_nothing_was_written_says_so(house: Inquiry) -> None:
    closed(house)
    chinese = read(house, "zh")["wordings"][0]
    assert "无中文正文，以下为原文。" in chinese.parts[0][1]
    assert "Why it happened." in dict(chinese.parts)["报告正文"]


def test_it_is_had_on_the_page_by_officers_alone_and_that_it_was_read_is_logged(client: Any, house: Inquiry) -> None:
    pypdf, _ = pytest.importorskip("pypdf"), pytest.importorskip("typst")
    assert client.get(REPORT).status_code == 403
    officer(client, house)
    assert client.get(REPORT).status_code == 404, "there is none yet"
    entry = closed(house)
    page = client.get(f"{PATH}/v-1")
    assert f'href="{REPORT}"' in page.text
    assert "<h3>Findings</h3>" in page.text, "on the page too"
    found = client.get(REPORT)
    assert (found.status_code, found.headers["content-type"]) == (200, "application/pdf"), shown(found)
    assert "no-store" in found.headers["cache-control"]
    read = pypdf.PdfReader(io.BytesIO(found.content))
    text = "".join("".join(one.extract_text() for one in read.pages).split())
    for words in (f"V1/{entry}", "#letx=1", "Findings", "建议", "Closethefilter."):
        assert words in text, words
    assert (entry, "text") in {
        (one.read.entry, name) for one in house.authority.reads.lines(1) for name in one.read.fields
    }


def test_the_same_by_command(house: Inquiry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("typst")
    closed(house)
    folder, target = str(house.authority.folder), tmp_path / "report.pdf"
    house.authority.close()
    assert main(["document", folder, REPORT, "-o", str(target), "--language", "zh"]) == 0
    assert target.read_bytes().startswith(b"%PDF")
    assert main(["document", folder, REPORT, "-o", str(target)]) == 1, "what is there is not written over"
    assert main(["document", folder, REPORT, "--as", "party:lab", "--role", "developer"]) == 1
    assert main(["document", folder, "/nowhere.pdf"]) == 1
    assert "{slug}/report.pdf" in capsys.readouterr().err


def test_there_is_none_of_an_investigation_that_goes_on(house: Inquiry) -> None:
    with pytest.raises(NotFound):
        read(house, "en")
