"""What a backup without keys tells is what docs/backup.md says, and no more."""

from __future__ import annotations

import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.upkeep.conftest import SETTINGS

from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.doors.cli import main
from commonweal.upkeep import backup

DOCS = Path(__file__).parents[3] / "docs" / "backup.md"
REPORTER = Caller("party:reporter-0000", ("reporter",))
REPORT = {
    "name": "IR-2026-777", "category": "near_miss", "reporter": "employee", "title": "Quokka in the loop",
    "what_happened": "The quokka wrote its own orders.",
}  # fmt: skip
WORDS = (b"uokka", b"jane@home.example", b"Jane Whistle", b"statement of Jane", b"statement.txt")
FILES = {".lock", "authority.toml", "backup.json", "record.sqlite", "release.json", "witnessed.sqlite"}
BESIDE = {"index", "kind", "subject", "author", "time", "key", "request", "leaf", "payload"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The backup of an office with a report, its file, and who reported."""
    with Authority.create(tmp_path / "office", SETTINGS) as authority:
        file = authority.attachments.attach([b"statement of Jane"], "statement.txt", REPORTER.party).attachment
        body = {**REPORT, "attachments": [file.model_dump()]}
        authority.act(Act("incident_reports.report", body, "one"), REPORTER)
        authority.follow()
        said = {"report": "report:ir-2026-777", "person": "Jane Whistle", "contact": "jane@home.example"}
        authority.act(Act("incident_reports.identity", said, "two"), REPORTER)
        authority.follow()
    backup(tmp_path / "office", tmp_path / "copy")
    return tmp_path / "copy"


def test_it_tells_nothing_of_what_was_filed(copy: Path) -> None:
    """Words, contacts, names and contents of files stand in no byte of it; nor do tables, drafts, keys and reads."""
    files = [path for path in copy.rglob("*") if path.is_file()]
    assert {path.name for path in files if path.parent == copy} == FILES
    assert len(files) == len(FILES) + 1, "and the attachment, sealed"
    assert [path for path in files for word in WORDS if word in path.read_bytes()] == []
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700


def test_it_tells_who_filed_what_about_what_and_when_and_the_guide_says_so(copy: Path) -> None:
    """That is not for whoever finds a disk. Whoever takes a column away, or adds one, puts the guide right."""
    with closing(sqlite3.connect(copy / "record.sqlite")) as record:
        columns = {row[1] for row in record.execute("PRAGMA table_info(entry)")}
        told = record.execute("SELECT kind, subject, author FROM entry WHERE key = 'two'").fetchone()
        request = record.execute("SELECT request FROM entry WHERE key = 'two'").fetchone()[0]
        tables = {row[0] for row in record.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert columns == BESIDE
    assert told == ("incident_reports.identity", "report:ir-2026-777", REPORTER.party)
    assert request.startswith("k1:"), "tried out by nobody without the secret that lies with the keys"
    guide = DOCS.read_text().partition("## What a backup tells without keys")[2].partition("\n## ")[0]
    rows = " ".join(re.findall(r"^\| ([^|]+) \|", guide, re.MULTILINE))
    assert all(name in rows for name in {*BESIDE, *tables} - {"index", "leaf", "entry", "tile", "blob", "attached"})


def test_whoever_makes_one_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["backup", str(copy.parent / "office"), str(copy)])
    assert "who filed what kind of entry about which subject and when" in capsys.readouterr().err
