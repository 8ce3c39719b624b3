"""The command line as a person meets it: what it answers, what it exits with, and that a refusal writes nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from commonweal.authority import Authority, examine
from commonweal.doors.cli import main
from commonweal.kernel.record.notes import ED25519, NoteVerifier

LENDING = Path(__file__).parent.parent / "lending"
WEAL = [sys.executable, "-c", "import sys; from commonweal.doors.cli import main; sys.exit(main())"]


@dataclass
class Said:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _lending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_INSTRUMENTS", str(LENDING))


@pytest.fixture
def weal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    def run(*argv: object, stdin: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(item) for item in argv])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Said(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One authority, copied for each test: founding takes the longest."""
    folder = tmp_path_factory.mktemp("founded") / "house"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMMONWEAL_INSTRUMENTS", str(LENDING))
        assert main(["open", str(folder), "--origin", "log.example/test", "--name", "Test house"]) == 0
    return folder


@pytest.fixture
def house(founded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(founded, tmp_path / "house"))


@pytest.fixture
def unchanged(house: Path) -> Iterator[None]:
    """Nothing was written by what the test did."""
    before = examine(house)
    yield
    assert examine(house) == before


def book(**fields: Any) -> bytes:
    return json.dumps({"name": "A History", **fields}).encode()


# ── opening ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_open_makes_an_authority_and_then_says_what_is_there(weal: Callable[..., Said], tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = weal("open", folder, "--name", "House", "--origin", "log.example/new")
    assert made.code == 0
    assert "Opened House (log.example/new)" in made.out
    again = weal("open", folder)
    assert again.code == 0
    assert "holds House" in again.out
    assert "lending" in again.out
    assert weal("open", folder, "--name", "House", "--origin", "log.example/new").code == 0
    other = weal("open", folder, "--name", "Mint", "--origin", "log.example/mint")
    assert (other.code, other.out) == (1, ""), "what was asked for is not there"
    for told in ("Mint", "House", "log.example/mint", "log.example/new"):
        assert told in other.err


def test_open_refuses_a_bad_origin_and_a_folder_of_others(weal: Callable[..., Said], tmp_path: Path) -> None:
    refused = weal("open", tmp_path / "new", "--origin", "https://log.example")
    assert refused.code == 1
    assert "without a scheme" in refused.err
    assert not (tmp_path / "new").exists()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "private.txt").write_text("dear")
    assert weal("open", tmp_path / "letters").code == 1
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["private.txt"]


def test_a_broken_instrument_folder_stops_the_start_and_founds_nothing(
    weal: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "__init__.py").write_text("INSTRUMENT = undefined_name\n")
    monkeypatch.setenv("COMMONWEAL_INSTRUMENTS", str(tmp_path / "broken"))
    refused = weal("open", tmp_path / "new")
    assert refused.code == 1
    assert "undefined_name" in refused.err
    assert "broken" in refused.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('id = "lending.bad"\nversion = 3\n', "version"),
        ('id = "lending.bad"\nversion = "1"\n[[rule]]\n', "citation"),
        ("not toml at all =", "TOML"),
    ],
    ids=["no version", "law without citation", "not TOML"],
)
def test_an_instrument_with_a_rule_that_cannot_be_used_founds_nothing(
    weal: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, said: str
) -> None:
    shutil.copytree(LENDING, tmp_path / "lending")
    (tmp_path / "lending" / "rules" / "bad.toml").write_text(rule)
    monkeypatch.setenv("COMMONWEAL_INSTRUMENTS", str(tmp_path / "lending"))
    refused = weal("open", tmp_path / "new")
    assert refused.code == 1
    assert said in refused.err
    assert not (tmp_path / "new").exists()


# ── filing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_file_prints_a_receipt_and_the_same_again(weal: Callable[..., Said], house: Path, tmp_path: Path) -> None:
    first = weal("file", house, "lending.book", "-", "--as", "party:lab", stdin=book())
    assert first.code == 0
    receipt = json.loads(first.out)
    again = weal("file", house, "lending.book", "-", "--as", "party:lab", stdin=book())
    assert json.loads(again.out)["index"] == receipt["index"]
    assert "1 was there already" in again.err
    keyed = weal("file", house, "lending.book", "-", "--key", "k", stdin=book(pages=1))
    assert keyed.code == 0
    other = weal("file", house, "lending.book", "-", "--key", "k", stdin=book(pages=2))
    assert other.code == 1
    assert "new key" in other.err


def test_a_table_is_filed_whole_or_refused_by_row(weal: Callable[..., Said], house: Path, tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_text("name,pages\nA,1\nB,0\nC,x\n", "utf-8")
    assert "row 4, pages: saw 'x'" in weal("file", house, "lending.book", path).err
    path.write_text("name,pages\nA,1\nB,0\n", "utf-8")
    refused = weal("file", house, "lending.book", path)
    assert refused.code == 1
    assert "row 3, pages" in refused.err
    path.write_text("name,pages\nA,1\nB,2\n", "utf-8")
    assert "none of them, when a table is filed" in weal("file", house, "lending.book", path, "--key", "k").err
    first = weal("file", house, "lending.book", path).out.splitlines()
    assert [re.sub(r"\d+, ", "N, ", line) for line in first[:2]] == ["row 2: entry N, book:a", "row 3: entry N, book:b"]
    assert first[2].startswith("Recorded 2 entries; 0 were there already")
    path.write_text("name,pages\nA,1\nB,2\nC,3\n", "utf-8")
    assert "2 were there already" in weal("file", house, "lending.book", path).out, "it goes on where it stopped"
    receipts = json.loads(weal("file", house, "lending.book", path, "--json").out)
    assert [(one["subject"], one["again"]) for one in receipts] == [
        ("book:a", True),
        ("book:b", True),
        ("book:c", True),
    ]


def test_a_receipt_verifies_offline_with_the_published_key_only(
    weal: Callable[..., Said], house: Path, tmp_path: Path
) -> None:
    receipt = json.loads(weal("file", house, "lending.book", "-", stdin=book()).out)
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt))
    shutil.rmtree(house)
    good = weal("verify", path, "--vkey", receipt["vkey"])
    assert good.code == 0
    assert f"entry {receipt['index']}" in good.out
    without = weal("verify", path)
    assert without.code == 1
    assert "--vkey" in without.err
    for wrong in (
        {"index": 0},
        {"index": True},
        {"kind": "lending.shelf"},
        {"accepted_on": "2020-01-01"},
        {"accepted_on": None},
        {"origin": "log.example/other"},
        {"leaf": "bm8="},
        {"proof": receipt["proof"][:-5]},
        {"leaf": 3},
    ):
        path.write_text(json.dumps({**receipt, **wrong}))
        assert weal("verify", path, "--vkey", receipt["vkey"]).code == 1, wrong
    path.write_text("[1, 2")
    assert weal("verify", path, "--vkey", receipt["vkey"]).code == 1


def test_a_receipt_says_what_it_proves_and_repeats_nothing_else_as_fact(
    weal: Callable[..., Said], house: Path, tmp_path: Path
) -> None:
    """Whoever holds a receipt can write another subject into it: the proof is about the leaf alone."""
    receipt = json.loads(weal("file", house, "lending.book", "-", stdin=book()).out)
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps({**receipt, "subject": "book:somebody-elses", "grade": "golden"}))
    said = weal("verify", path, "--vkey", receipt["vkey"])
    assert said.code == 0
    assert "somebody-elses" not in said.out
    assert "golden" not in said.out
    assert "Not proved, only said by this file: subject, grade, again." in said.out


def test_a_key_that_is_none_or_of_another_log_is_wrong_usage(
    weal: Callable[..., Said], house: Path, tmp_path: Path
) -> None:
    receipt = json.loads(weal("file", house, "lending.book", "-", stdin=book()).out)
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt))
    for target in (path, house):
        for malformed in ("nonsense", "log.example/test+00000000+AAAA", receipt["vkey"][:-4], "x" * 10_000):
            said = weal("verify", target, "--vkey", malformed)
            assert (said.code, said.out) == (2, ""), malformed
            assert "--vkey" in said.err
    other = NoteVerifier("log.example/other", bytes(32), ED25519).vkey
    said = weal("verify", path, "--vkey", other)
    assert said.code == 2
    assert "log.example/other" in said.err
    assert "log.example/test" in said.err


def test_an_empty_list_is_a_fault(weal: Callable[..., Said], house: Path) -> None:
    said = weal("file", house, "lending.book", "-", stdin=b"[]")
    assert (said.code, said.out) == (1, "")
    assert "at least one" in said.err


def test_numbers_that_are_none_are_named_at_their_field_with_all_other_faults(
    weal: Callable[..., Said], house: Path
) -> None:
    body = b'{"name": "", "pages": NaN, "weight_kg": 1e400, "price_paid": -Infinity, "bought_on": "yesterday"}'
    said = weal("file", house, "lending.book", "-", stdin=body)
    assert said.code == 1
    for field in ("name", "pages", "weight_kg", "price_paid", "bought_on"):
        assert f"  - {field}: saw" in said.err
    assert "Input should" not in said.err


def test_a_list_is_filed_whole_or_not_at_all(weal: Callable[..., Said], house: Path) -> None:
    good = json.dumps([{"name": "A"}, {"name": "B"}]).encode()
    bad = json.dumps([{"name": "C"}, {"name": ""}]).encode()
    refused = weal("file", house, "lending.book", "-", stdin=bad)
    assert refused.code == 1
    assert "item 2, name" in refused.err
    assert len(json.loads(weal("file", house, "lending.book", "-", stdin=good).out)) == 2
    assert json.loads(weal("status", house, "--json").out)["entries"]["lending.book"] == 2


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (book(name=7, pages="many"), ["name", "pages"]),
        (book(bought_on="2026-02-30"), ["bought_on"]),
        (book(bought_on="2199-01-01"), ["not after the moment of filing"]),
        (book(weight_kg=-1), ["weight_kg"]),
        (b'{"name": "A", "weight_kg": NaN}', ["finite"]),
        (b'{"name": "A", "weight_kg": 1' + b"0" * 400 + b"}", ["weight_kg", "a finite number"]),
        (b"[" * 1000, ["nesting"]),
        (b"\xff\xfe", ["UTF-8"]),
        (b"[1]", ["item 1"]),
        (b" " * (9 << 20), ["at most"]),
    ],
    ids=["types", "no such day", "future", "negative", "NaN", "10^400", "1,000 deep", "encoding", "no object", "9 MB"],
)
def test_bad_filings_are_refused_with_every_fault(
    weal: Callable[..., Said], house: Path, data: bytes, said: list[str]
) -> None:
    refused = weal("file", house, "lending.book", "-", stdin=data)
    assert refused.code == 1
    assert refused.out == ""
    for text in said:
        assert text in refused.err


@pytest.mark.usefixtures("unchanged")
def test_who_files_and_what_is_filed_are_judged_in_one_answer(
    weal: Callable[..., Said], house: Path, tmp_path: Path
) -> None:
    """Whoever mends the role should not hear of the party, and then of the body, and a role that is none is told so."""
    who = ("--as", "bad party", "--role", "ofificer")
    (tmp_path / "t.csv").write_text("name,pages\nA,many\n")
    for source, sent, places in (
        ("-", b'{"name": 7}', ["--role", "--as", "name"]),
        ("-", b'[{"name": "A"}, {"name": 7}]', ["--role", "--as", "item 2, name"]),
        ("-", b'{"name":', ["--role", "--as", "line 1, column 9"]),
        ("-", b"", ["--role", "--as", "(whole)"]),
    ):
        said = weal("file", house, "lending.book", source, *who, stdin=sent).err
        assert re.findall(r"^  - (.*?): saw", said, re.MULTILINE) == places
        assert "saw 'ofificer'; a role that there is, the nearest first: officer, " in said
    said = weal("file", house, "lending.book", tmp_path / "t.csv", *who).err
    assert "--role: saw" in said
    assert "pages" in said


@pytest.mark.usefixtures("unchanged")
def test_filings_of_nothing_by_nobody(weal: Callable[..., Said], house: Path, tmp_path: Path) -> None:
    assert "perhaps lending.book" in weal("file", house, "lending.nothing", "-", stdin=b"{}").err
    assert "party:example-lab" in weal("file", house, "lending.book", "-", "--as", "somebody", stdin=book()).err
    assert "weal rule adopt" in weal("file", house, "rule.adopted", "-", stdin=b"{}").err
    assert "--as" in weal("file", house, "lending.book", "-", "--role", "officer", stdin=book()).err
    assert weal("file", house, "lending.book", tmp_path / "nowhere.json").code == 1
    assert weal("file", tmp_path / "nowhere", "lending.book", "-", stdin=book()).code == 1


def test_import_and_observe_read_files_all_or_nothing(weal: Callable[..., Said], house: Path, tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_bytes("name,pages\nÄ,1\nB,2\n".encode("latin-1"))
    before = examine(house)
    for command in ("import", "observe"):
        refused = weal(command, house, "lending", "csv", path)
        assert refused.code == 1
        assert "UTF-8" in refused.err
    assert examine(house) == before
    path.write_text("name,pages\nÄ,1\nB,2\n", "utf-8")
    done = weal("import", house, "lending", "csv", path)
    assert done.code == 0
    assert "Recorded 2 entries; 0 were there already" in done.out
    assert "note: one remark" in done.err
    assert "Recorded 0 entries; 2 were there already" in weal("observe", house, "lending", "csv", path).out
    assert "it reads: csv" in weal("import", house, "lending", "xml", path).err
    assert "there are:" in weal("import", house, "nothing", "csv", path).err


@pytest.mark.usefixtures("unchanged")
def test_a_download_without_a_network_says_so(weal: Callable[..., Said], house: Path) -> None:
    refused = weal("observe", house, "lending", "--download")
    assert refused.code == 1
    assert "Is there a network here?" in refused.err
    assert "weal observe DIR lending csv FILE" in refused.err
    assert weal("observe", house, "lending").code == 1
    assert weal("observe", house, "lending", "csv", "file", "--download").code == 1


# ── looking and checking ────────────────────────────────────────────────────────────────────────────────────────────


def test_status_is_for_people_and_for_programs(weal: Callable[..., Said], house: Path) -> None:
    status = json.loads(weal("status", house, "--json").out)
    assert {"instruments", "entries", "duties", "thresholds", "log"} <= set(status)
    assert "lending" in status["instruments"]
    assert len(status["log"]["root"]) == 64
    assert status["log"]["root"] in weal("status", house).out


def test_export_gives_what_the_listing_shows(weal: Callable[..., Said], house: Path, tmp_path: Path) -> None:
    weal(
        "file",
        house,
        "lending.book",
        "-",
        stdin=json.dumps([{"name": "=A", "condition": "new"}, {"name": "B"}]).encode(),
    )
    rows = list(csv.DictReader(io.StringIO(weal("export", house, "lending").out)))
    assert [row["name"] for row in rows] == ["'=A", "B"]
    path = tmp_path / "books.json"
    done = weal("export", house, "lending", "books", "--format", "json", "-o", path, "-w", "condition=new")
    assert done.code == 0
    assert [row["name"] for row in json.loads(path.read_text("utf-8"))] == ["=A"]
    assert "it has: books" in weal("export", house, "lending", "nothing").err
    assert "one of: csv, json" in weal("export", house, "lending", "books", "--format", "xml").err
    assert "filters condition" in weal("export", house, "lending", "-w", "colour=red").err
    assert weal("export", house, "lending", "-w", "colour").code == 1


def flipped(house: Path, table: str, column: str, where: str) -> None:
    """One byte of the record is changed behind the authority's back."""
    with sqlite3.connect(house / "record.sqlite") as record:
        rowid, data = record.execute(f"SELECT rowid, {column} FROM {table} WHERE {where}").fetchone()
        changed = bytearray(data)
        changed[len(changed) // 2] ^= 1
        record.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (bytes(changed), rowid))
    record.close()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("entry", "leaf", '"index" = 1'), "leaf 1"),
        (("entry", "payload", '"index" = 2'), "payload 2"),
        (("tile", "data", "level = 0"), "tile/0/000"),
        (("checkpoint", "note", "size = (SELECT max(size) FROM checkpoint)"), "checkpoint"),
        (("checkpoint", "root", "size = (SELECT max(size) FROM checkpoint)"), "checkpoint"),
    ],
)
def test_verify_says_which_byte_was_changed(
    weal: Callable[..., Said], house: Path, place: tuple[str, str, str], said: str
) -> None:
    assert weal("verify", house).code == 0
    flipped(house, *place)
    refused = weal("verify", house)
    assert refused.code == 1
    assert said in refused.err


def test_verify_survives_files_that_are_none(weal: Callable[..., Said], house: Path, tmp_path: Path) -> None:
    (house / "record.sqlite-wal").unlink(missing_ok=True)
    (house / "record.sqlite").write_bytes(b"not a database" * 1000)
    assert "record.sqlite" in weal("verify", house).err
    (house / "record.sqlite").unlink()
    missing = weal("verify", house)
    assert missing.code == 1
    assert "missing" in missing.err
    assert not (house / "record.sqlite").exists(), "checking makes no file"
    assert weal("verify", tmp_path / "nowhere").code == 1


def test_rebuild_comes_to_the_same_projections(weal: Callable[..., Said], house: Path) -> None:
    weal("file", house, "lending.book", "-", stdin=book())
    with Authority.open(house) as authority:
        before = authority.dump()
    done = weal("rebuild", house)
    assert done.code == 0
    assert "differ" not in done.err
    with Authority.open(house) as authority:
        assert authority.dump() == before


def test_kinds_show_a_stranger_how_to_file(weal: Callable[..., Said], house: Path) -> None:
    assert "lending.book" in weal("kinds", house).out
    shown = weal("kinds", house, "lending.book").out
    assert "TLP:AMBER" in shown
    assert "new | worn" in shown
    example = json.loads(shown[shown.index("{") :])
    filed = weal("file", house, "lending.book", "-", stdin=json.dumps(example).encode())
    assert filed.code == 0, "it is taken as it stands, where no shelf is on the register yet"
    assert json.loads(weal("kinds", house, "lending.book", "--json").out)["type"] == "object"


# ── rules, keys, stories ────────────────────────────────────────────────────────────────────────────────────────────

OPENING = 'id = "lending.opening"\nversion = "2026-02"\nhours = 9\n'


def test_rules_are_listed_shown_checked_and_adopted(weal: Callable[..., Said], house: Path, tmp_path: Path) -> None:
    path = tmp_path / "opening.toml"
    path.write_text(OPENING)
    assert "lending.opening" in weal("rule", house).out
    assert "hours = 8" in weal("rule", "show", house, "lending.opening").out
    assert "can be adopted" in weal("rule", "check", path).out
    assert "can be adopted" in weal("rule", house, "check", path).out
    receipt = json.loads(weal("rule", "adopt", house, path).out)
    assert receipt["kind"] == "rule.adopted"
    assert "hours = 9" in weal("rule", house, "show", "lending.opening").out
    assert json.loads(weal("rule", "list", house, "--json").out)
    assert "`weal rule list DIR`" in weal("rule", "show", house, "nothing").err


LAW = """
id = "x.law"
version = "1"
title = {{ en = "Law", zh = "法" }}
jurisdiction = "EU"
time_zone = "Europe/Brussels"
calendar = "calendar.eu_1182_71"
[source]
citation = "Act 1"
verified = {{ en = "by hand", zh = "人工核对" }}
[facts]
compute_flop = {{ en = "Compute", zh = "算力", public = true }}
{rules}
"""
CITED = 'citation = "Art. 1"'
RULE = """
[[rule]]
id = "x.law.one"
version = "{version}"
title = {{ en = "One", zh = "一" }}
text = {{ en = "Words.", zh = "文字。" }}
{citation}
noun = "model"
duty = "notification"
owed_by = {{ en = "Developer", zh = "开发者" }}
in_force = {{ from = 2025-01-01 }}
when = {{ all = [ {{ fact = "compute_flop", op = ">", value = 1e25, act_on = "point" }} ] }}
start = {{ event = "known" }}
period = "2 weeks"
"""


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (RULE.format(version="1", citation=""), "citation"),
        (RULE.format(version="1", citation=CITED) + RULE.format(version="2", citation=CITED), "overlap"),
    ],
    ids=["without citation", "overlapping dates"],
)  # fmt: skip
def test_a_law_that_cannot_be_used_is_not_adopted(
    weal: Callable[..., Said], house: Path, tmp_path: Path, rules: str, said: str
) -> None:
    path = tmp_path / "law.toml"
    path.write_text(LAW.format(rules=rules), "utf-8")
    for words in (("check", path), ("adopt", house, path)):
        refused = weal("rule", *words)
        assert refused.code == 1
        assert said in refused.err.lower()


@pytest.mark.usefixtures("unchanged")
def test_rule_files_that_are_none(weal: Callable[..., Said], house: Path, tmp_path: Path) -> None:
    for name, data, said in [
        ("a.toml", 'id = "x"'.encode("utf-16"), "UTF-8"),
        ("b.toml", b"x" * 500_000, "at most"),
        ("c.toml", b"[[[", "TOML"),
        ("d.json", b"{", "line 1"),
    ]:
        (tmp_path / name).write_bytes(data)
        refused = weal("rule", "adopt", house, tmp_path / name)
        assert refused.code == 1
        assert said in refused.err
    assert weal("rule", "adopt", house, tmp_path / "nowhere.toml").code == 1


def test_an_invitation_is_a_link_whose_code_makes_one_key(weal: Callable[..., Said], house: Path) -> None:
    said = weal("key", "invite", house, "party:jane", "--role", "officer", "--organisation", "court")
    link = said.out.strip()
    assert link.startswith("http://localhost:8321/enrol#")
    assert "public_url" in said.err
    with Authority.open(house) as authority:
        keyid, _ = authority.access.accept(link.partition("#")[2])
        assert authority.access.holder_of(keyid).organisation == "court"
    assert weal("key", "invite", house, "garbage  party").code == 1
    assert weal("key", "invite", house, "party:jane", "--expires", "2020-01-01").code == 1


def test_keys_are_issued_once_listed_and_revoked(weal: Callable[..., Said], house: Path) -> None:
    token = weal("key", "issue", house, "party:lab", "--label", "for the test").out.strip()
    listed = json.loads(weal("key", "list", house, "--json").out)
    assert [key["party"] for key in listed] == ["party:lab"]
    assert token not in json.dumps(listed)
    assert "for the test" in weal("key", house).out
    with Authority.open(house) as authority:
        assert authority.access.caller_of(token) is not None
        assert weal("key", "revoke", house, listed[0]["id"]).code == 0
        assert authority.access.caller_of(token) is None, "at once, though another process revoked it"
    assert weal("key", house, "issue", "party:lab", "--scope", "everything").code == 1
    assert weal("key", "revoke", house, "nobody").code == 1


def test_a_story_is_told_with_its_outcome(
    weal: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = weal("story", "lending")
    assert told.code == 0
    assert "A book is put on it." in told.out
    assert "all came true" in told.out
    shutil.copytree(LENDING, tmp_path / "lending")
    path = tmp_path / "lending" / "story.toml"
    path.write_text(path.read_text("utf-8").replace("where = { pages = 300", "where = { pages = 301"), "utf-8")
    monkeypatch.setenv("COMMONWEAL_INSTRUMENTS", str(tmp_path / "lending"))
    wrong = weal("story", "lending")
    assert wrong.code == 1
    assert "WRONG" in wrong.out
    assert weal("story", "nothing").code == 1


# ── the command line itself ─────────────────────────────────────────────────────────────────────────────────────────


def test_usage_is_answered_with_two(weal: Callable[..., Said], tmp_path: Path) -> None:
    wrong: list[list[object]] = [
        ["nothing"],
        ["status"],
        ["status", "a", "b"],
        ["rule", "check"],
        ["serve", tmp_path, "--port", "0"],
        ["serve", tmp_path, "--port", "x"],
    ]
    for argv in wrong:
        said = weal(*argv)
        assert said.code == 2, argv
        assert "--help" in said.err
    assert weal().code == 0
    assert weal("--help").code == 0
    assert weal("--version").out.strip()


def test_ctrl_c_says_that_nothing_is_half_written(
    weal: Callable[..., Said], house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("commonweal.doors.cli.commands.Authority.open", stops)
    said = weal("status", house)
    assert said.code == 130
    assert "half written" in said.err


def test_what_nobody_foresaw_is_no_traceback(
    weal: Callable[..., Said], house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("commonweal.doors.cli.commands.Authority.open", fails)
    said = weal("status", house)
    assert said.code == 1
    assert "WEAL_TRACEBACK" in said.err
    assert "half written" not in said.err, "nobody knows where it failed"
    assert "weal status DIR" in said.err


def test_text_from_a_record_cannot_steer_the_terminal(weal: Callable[..., Said], house: Path) -> None:
    refused = weal("file", house, "lending.\x1b[2J", "-", stdin=b"{}")
    assert "\x1b" not in refused.err


def test_the_command_is_installed_and_ends_quietly_when_nobody_reads(house: Path) -> None:
    env = {**os.environ, "COMMONWEAL_INSTRUMENTS": str(LENDING)}
    version = subprocess.run([*WEAL, "--version"], capture_output=True, text=True, env=env, check=True)
    assert version.stdout.strip()
    quiet = subprocess.run(["bash", "-c", '"$@" | true', "x", *WEAL, "status", str(house), "--json"],
                           capture_output=True, text=True, env=env, check=False)  # fmt: skip
    assert quiet.stderr == ""


def test_serve_answers_and_closes_cleanly_on_sigterm(house: Path, weal: Callable[..., Said]) -> None:
    """The whole service as a process: portal, API and log on one port; a filing is followed without being asked."""
    token = weal("key", "issue", house, "party:lab").out.strip()
    with httpx.Client() as probe:
        port = _free_port()
        env = {**os.environ, "COMMONWEAL_INSTRUMENTS": str(LENDING)}
        server = subprocess.Popen([*WEAL, "serve", str(house), "--port", str(port)], env=env, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        base = f"http://127.0.0.1:{port}"
        try:
            _until(lambda: probe.get(f"{base}/api/v1/health").status_code == 200)
            assert "text/html" in probe.get(base).headers["content-type"]
            assert probe.get(f"{base}/log/checkpoint").text.startswith("log.example/test\n")
            headers = {"Authorization": f"Bearer {token}"}
            filed = probe.post(f"{base}/api/v1/filings/lending.book", json={"name": "A"}, headers=headers)
            assert filed.status_code == 201
            _until(lambda: probe.get(f"{base}/api/v1/subjects/book:a", headers=headers).status_code == 200)
            assert probe.get(f"{base}/api/v1/subjects/book:a").status_code == 404, (
                "strangers see it with the next batch"
            )
            too_long = probe.post(f"{base}/api/v1/filings/lending.book", content=b"x" * 10_000_000,
                                  headers={**headers, "Content-Type": "application/json"})  # fmt: skip
            assert too_long.status_code == 413
            taken = weal("serve", house, "--port", port)
            assert taken.code == 1
            assert "--port" in taken.err
            assert "the record" not in taken.err, "a port in use says nothing of the record"
        finally:
            server.send_signal(signal.SIGTERM)
            output, _ = server.communicate(timeout=30)
    assert server.returncode == 0, output
    assert "Traceback" not in output
    assert weal("verify", house).code == 0


def test_a_server_that_is_killed_leaves_nobody_serving(house: Path) -> None:
    """Or the folder would be answered for by a process that nobody knows of, and its port stay taken."""
    port = _free_port()
    server = subprocess.Popen([*WEAL, "serve", str(house), "--port", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    with httpx.Client() as probe:
        _until(lambda: probe.get(f"http://127.0.0.1:{port}/api/v1/health").status_code == 200)
    server.kill()
    server.wait(timeout=30)
    _until(lambda: _refused(port))


def _refused(port: int) -> bool:
    with suppress(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/api/v1/health")
        return False
    return True


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(condition: Callable[[], bool], seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")


def test_a_key_is_for_a_party_and_in_roles_that_there_are(weal: Callable[..., Said], tmp_path: Path) -> None:
    """Every fault at once; and a private key handed over by mistake is not shown on the screen."""
    weal("open", tmp_path / "office")
    said = weal("key", "issue", tmp_path / "office", "garbage  party", "--role", "bogus", "--role", "named")
    assert said.code != 0
    for seen in ("garbage  party", "bogus", "named", "the nearest first", "auditor"):
        assert seen in said.err
    secret = "\n".join(("-----BEGIN " + "PRIVATE KEY-----", "MC4CAQAwBQYDK2Vw"))
    (tmp_path / "pem").write_text(secret)
    said = weal("key", "issue", tmp_path / "office", "party:lab", "--public-key", tmp_path / "pem")
    assert said.code != 0
    assert "MC4CAQ" not in said.err + said.out
