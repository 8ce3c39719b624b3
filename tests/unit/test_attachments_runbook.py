"""docs/attachments.md: its bounds and types are those of the code, and its commands do what it says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from attaching_house import PDF
from commonweal.doors.cli import main
from commonweal.kernel.disclosure.attachments import BOUNDS, MIB
from commonweal.kernel.disclosure.media import media_types

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "attachments.md").read_text("utf-8")


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose first heading is so."""
    table = PAGE.partition(f"| {first} |")[2].partition("\n\n")[0].split("\n")[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_its_bounds_are_those_that_hold() -> None:
    told = dict(rows("bound"))
    assert told == {
        "one file": f"{BOUNDS.bytes_max // MIB} MiB",
        "one field": f"{BOUNDS.count_max} files, or fewer where its kind says so",
        "one entry": f"{BOUNDS.entry_bytes_max // MIB} MiB",
        "waiting for one party": f"{BOUNDS.waiting_of_one_max} files, {BOUNDS.waiting_bytes_of_one_max // MIB} MiB",
        "waiting in all": f"{BOUNDS.waiting_max:,} files, {BOUNDS.waiting_bytes_max // 1024 // MIB} GiB",
        "an upload waits": "one day; an hour later it is swept",
        "lying with drafts of forms": (
            f"{BOUNDS.held_max:,} files, {BOUNDS.held_bytes_max // 1024 // MIB} GiB; as long as the draft, or "
            f"{BOUNDS.held_lapses_s // 3600} hours once there is no room"
        ),
    }
    assert (BOUNDS.waiting_s, BOUNDS.sweep_after_s) == (24 * 3600, 25 * 3600)
    assert f"at most {BOUNDS.name_chars_max} characters" in PAGE.replace("\n", " ")


def test_its_types_are_those_that_are_taken() -> None:
    endings = {ending for row in rows("type") for ending in re.findall(r"`\.(\w+)`", row[1])}
    assert endings == {ending for item in media_types().values() for ending in item.endings}


def test_its_commands_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("letter.pdf").write_bytes(PDF)
    Path("notes.txt").write_text("By telephone.")
    Path("application.json").write_text('{"name": "A 1", "under": "us_foia", "received_on": "2026-03-02"}')
    block = re.search(r"```sh\n(weal file.*?)```", PAGE, re.DOTALL)
    assert block
    assert main(["open", "office"]) == 0
    file, listing, fetch = block[1].strip().split("\n")
    capsys.readouterr()
    assert main(shlex.split(file)[1:]) == 0
    index = str(json.loads(capsys.readouterr().out)["index"])
    assert main(shlex.split(listing.replace("17", index))[1:]) == 0
    digest = next(line.split()[-1] for line in capsys.readouterr().out.split("\n") if "letter.pdf" in line)
    Path("letter.pdf").unlink()
    assert main(shlex.split(fetch.replace("17", index).replace("9f86d0", digest[:6]))[1:]) == 0
    assert Path("letter.pdf").read_bytes() == PDF
