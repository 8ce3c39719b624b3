"""An upgrade says what it will do, does no more, finishes what was killed, and leaves a folder in use alone."""

from __future__ import annotations

import json
import lzma
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from commonweal import __version__, upkeep
from commonweal.authority import Authority, examine
from commonweal.doors.cli import main
from commonweal.kernel import registry
from commonweal.kernel.values import BadInput, Busy, Lasting, RecordFault
from commonweal.releases import RELEASE_FILE, noted
from dying import killed_at

FROZEN = Path(__file__).parents[2] / "fixtures" / "authority-0.1" / "authority.tar.xz"
STEPS = ("os.rename", "os.remove", "sqlite3.connect", "open")
STRIDE, STEPS_MAX = 23, 4000
"""Every so many steps one kill: each opening of a file in an import counts as well, before the upgrade begins."""


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """An authority as release 0.1 left it: no note of the release, no tables, stores without later columns."""
    with tarfile.open(fileobj=BytesIO(lzma.decompress(FROZEN.read_bytes()))) as tar:
        tar.extractall(tmp_path / "frozen", filter="data")
    return tmp_path / "frozen"


@pytest.fixture
def older(office: Path) -> Path:
    """The office as if a release before had laid its tables out: one lacks, one has a column less, one is of yore."""
    with closing(sqlite3.connect(office / "projections.sqlite")) as tables:
        tables.execute("DROP TABLE authority_clock")
        tables.execute("ALTER TABLE authority_fault DROP COLUMN problem")
        tables.execute("CREATE TABLE of_yore (id INTEGER)")
        tables.execute("UPDATE weal_meta SET value = 'another' WHERE name = 'layout'")
        tables.commit()
    (office / RELEASE_FILE).write_text(
        '{"format": 1, "release": "0.0.9", "since": "2025-01-01T00:00:00Z", "earlier": []}'
    )
    return office


def log_of(folder: Path) -> tuple[int, str]:
    found = examine(folder)
    assert found.findings == ()
    return found.size, found.root


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        item.name: item.read_bytes() for item in folder.iterdir() if item.suffix not in (".sqlite-wal", ".sqlite-shm")
    }


def test_looking_says_what_will_change_and_changes_nothing(older: Path) -> None:
    before = files_of(older)
    plan = upkeep.look(older)
    assert files_of(older) == before
    assert (plan.release, plan.to, plan.needed, plan.anew) == ("0.0.9", __version__, True, True)
    assert (plan.new, plan.gone, plan.changed) == (("authority_clock",), ("of_yore",), ("authority_fault",))
    assert plan.stores == ()


def test_a_folder_of_this_release_needs_nothing(office: Path) -> None:
    assert upkeep.look(office).needed is False
    assert upkeep.upgrade(office).plan.needed is False, "and none asks for a backup"


def test_the_frozen_folder_of_the_first_release_is_upgraded(frozen: Path, tmp_path: Path) -> None:
    log = log_of(frozen)
    plan = upkeep.look(frozen)
    assert plan.release.startswith("0.1")
    assert "keys.sqlite: access_session" in plan.stores, "sign-in came after that folder was made"
    made = upkeep.upgrade(frozen, to=tmp_path / "copy", keys=tmp_path / "keys")
    assert (made.entries, made.faults) == (log[0], 0)
    assert made.copied is not None
    assert made.copied.size == log[0]
    assert log_of(frozen) == log, "no entry was changed and none was added"
    assert (noted(frozen).release, noted(frozen).upgrading_to) == (__version__, "")
    assert upkeep.look(frozen).needed is False


def test_rule_texts_stay_in_force_and_those_that_came_with_the_release_are_named(frozen: Path) -> None:
    made = upkeep.upgrade(frozen, backed_up=True)
    told = {text.rule: text.in_force for text in made.texts}
    with Authority.open(frozen) as authority:
        assert registry.text_in_force(authority.reader, "us_ca.sb53")["version"] == told["us_ca.sb53"] == "2026-01"
    assert told["us_ny.raise"] == "", "a law that the folder never adopted is not adopted by an upgrade"


def test_what_was_noted_is_kept_as_history(older: Path) -> None:
    upkeep.upgrade(older, backed_up=True)
    assert noted(older).earlier == (("0.0.9", "2025-01-01T00:00:00Z"),)


def test_nothing_is_changed_without_a_backup(older: Path) -> None:
    before = files_of(older)
    with pytest.raises(BadInput, match="--backed-up"):
        upkeep.upgrade(older)
    assert files_of(older) == before


def test_a_folder_that_a_process_has_open_is_left_alone(older: Path) -> None:
    """Also one of a release that knew of no upgrade: SQLite's own lock tells it."""
    hold = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT count(*) FROM entry').fetchone(); "
        "print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(older / "record.sqlite")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        before = files_of(older)
        with pytest.raises(Busy, match=r"record\.sqlite"):
            upkeep.upgrade(older, backed_up=True)
        assert files_of(older) == before
        holder.communicate()
    upkeep.upgrade(older, backed_up=True)


@pytest.mark.parametrize("release", ["0.2.0", "1.0.0", "0.10.0"])
def test_a_folder_of_a_later_release_is_refused_in_words(
    office: Path, release: str, capsys: pytest.CaptureFixture[str]
) -> None:
    note = {"format": 1, "release": release, "since": "2027-01-01T00:00:00Z", "earlier": [["0.1.0", ""]]}
    (office / RELEASE_FILE).write_text(json.dumps(note))
    before = files_of(office)
    for command in (["upgrade", office, "--check"], ["upgrade", office, "--backed-up"], ["status", office]):
        assert main([str(item) for item in command]) == 1
        said = capsys.readouterr().err
        assert f"release {release}" in said
        assert __version__ in said
    assert files_of(office) == before


def test_another_patch_of_the_same_release_is_opened(office: Path) -> None:
    """So that a patch can be taken back in a hurry."""
    minor = ".".join(__version__.split(".")[:2])
    (office / RELEASE_FILE).write_text(json.dumps({"format": 1, "release": f"{minor}.99", "since": "", "earlier": []}))
    Authority.open(office).close()


def test_an_upgrade_under_way_to_a_later_release_keeps_this_one_out(office: Path) -> None:
    note = {"format": 1, "release": __version__, "since": "", "earlier": [], "upgrading_to": "0.2.0"}
    (office / RELEASE_FILE).write_text(json.dumps(note))
    with pytest.raises(Lasting, match=r"0\.2\.0"):
        Authority.open(office)


@pytest.mark.parametrize(
    "note", ["{", "[]", '{"format": 2}', '{"format": 1, "release": "new", "since": "", "earlier": []}']
)
def test_a_note_that_cannot_be_read_is_not_guessed(office: Path, note: str) -> None:
    (office / RELEASE_FILE).write_text(note)
    with pytest.raises(RecordFault, match="cannot be read"):
        Authority.open(office)


def test_a_backup_of_a_later_release_is_not_restored_by_an_earlier_one(office: Path, tmp_path: Path) -> None:
    upkeep.backup(office, tmp_path / "copy", keys=tmp_path / "keys")
    note = {"format": 1, "release": "0.2.0", "since": "", "earlier": []}
    (tmp_path / "copy" / RELEASE_FILE).write_text(json.dumps(note))
    with pytest.raises(Lasting, match=r"0\.2\.0"):
        upkeep.restore(tmp_path / "copy", tmp_path / "restored", keys=tmp_path / "keys", nothing_after=True)
    assert not (tmp_path / "restored").exists()


def test_killed_at_any_step_the_next_run_finishes_it(frozen: Path, tmp_path: Path) -> None:
    log = log_of(frozen)
    upkeep.upgrade(shutil.copytree(frozen, tmp_path / "whole"), backed_up=True)
    with Authority.open(tmp_path / "whole") as authority:
        wanted = authority.dump()
    kills = 0
    for step in range(1, STEPS_MAX, STRIDE):
        folder = shutil.copytree(frozen, tmp_path / "killed")
        if not killed_at(step, STEPS, lambda folder=folder: upkeep.upgrade(folder, backed_up=True)):  # type: ignore[misc]
            break
        kills += 1
        upkeep.upgrade(folder, backed_up=True)
        assert log_of(folder) == log
        assert (noted(folder).release, noted(folder).upgrading_to) == (__version__, "")
        with Authority.open(folder) as authority:
            assert authority.dump() == wanted
        shutil.rmtree(folder)
    assert kills >= 3, "it was never killed in the midst of it"


def test_killed_while_it_follows_the_record_the_next_run_finishes_it(older: Path) -> None:
    """Three hundred entries are followed in several pieces: the tables are half full when the end comes."""
    log = log_of(older)

    def progress(so_far: int, total: int) -> None:
        if so_far > 150:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        upkeep.upgrade(older, backed_up=True, progress=progress)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    plan = upkeep.look(older)
    assert plan.interrupted
    assert plan.needed
    made = upkeep.upgrade(older, backed_up=True)
    assert (made.faults, log_of(older)) == (0, log)
    with Authority.open(older) as authority:
        assert authority.followed == log[0]
        before = authority.dump()
        authority.rebuild()
        assert authority.dump() == before


def test_the_command_says_what_it_did(frozen: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade", str(frozen), "--check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["needed"] is True
    assert main(["upgrade", str(frozen)]) == 1
    assert "--backup" in capsys.readouterr().err
    assert main(["upgrade", str(frozen), "--backup", str(tmp_path / "copy")]) == 0
    said = capsys.readouterr().out
    for words in ("is of release 0.1", "every table is laid out again from the 42 entries", "no entry is changed",
                  "us_ca.sb53: version 2026-01 stays in force", "without the keys"):  # fmt: skip
        assert words in said, words
    assert main(["upgrade", str(frozen)]) == 0
    assert "nothing is to be done" in capsys.readouterr().out
