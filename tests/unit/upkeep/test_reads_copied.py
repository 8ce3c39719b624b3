"""The log of reads goes with the keys, never into the backup; a copy of more than there is now is never replaced."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.upkeep.conftest import SETTINGS

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.engines.sqlite import SqliteReads
from commonweal.kernel.disclosure.reads import Read
from commonweal.kernel.values import Busy, ReplayClock
from commonweal.upkeep import backup, fsck, rehearse, restore
from commonweal.upkeep.upgrading import check_unused

READ = Read("2026-03-01T09:00:00Z", "party:desk", ("officer",), "k1", "", 7, ("statement",), "api entry", "case 9")
NOW = datetime.now(UTC)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    with Authority.create(tmp_path / "office", SETTINGS, installed={}):
        return tmp_path / "office"


def read(office: Path, number: int, *, days: int = 0) -> None:
    with Authority.open(office, clock=ReplayClock(NOW + timedelta(days=days)), installed={}) as authority:
        authority.reads.append([READ] * number)
        authority.tick()


def held(path: Path) -> int:
    reads = SqliteReads(path)
    try:
        return reads.head()[0]
    finally:
        reads.close()


def gone(office: Path) -> None:
    for path in office.glob("reads.sqlite*"):
        path.unlink()


def test_it_comes_back_with_the_keys_and_is_not_in_the_backup(place: Path, tmp_path: Path) -> None:
    read(place, 3)
    backup(place, tmp_path / "backup", keys=tmp_path / "keys")
    assert not list((tmp_path / "backup").rglob("*reads*")), "a backup without keys tells nobody who read what"
    copy = tmp_path / "keys" / "reads.sqlite"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restore(tmp_path / "backup", tmp_path / "again", keys=tmp_path / "keys", nothing_after=True)
    assert held(tmp_path / "again" / "reads.sqlite") == 3
    assert fsck(tmp_path / "again").found == ()
    assert rehearse(place).holds


def test_beside_a_key_file_of_another_name_it_takes_that_name(place: Path, tmp_path: Path) -> None:
    read(place, 1)
    backup(place, tmp_path / "backup", keys=tmp_path / "elsewhere" / "ours.sqlite")
    assert held(tmp_path / "elsewhere" / "ours.reads.sqlite") == 1
    restore(tmp_path / "backup", tmp_path / "a", keys=tmp_path / "elsewhere" / "ours.sqlite", nothing_after=True)
    assert held(tmp_path / "a" / "reads.sqlite") == 1


def test_each_backup_replaces_the_copy_by_the_longer_log(place: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        read(place, 1)
        assert backup(place, tmp_path / "backup", keys=tmp_path / "keys").reads_kept == ""
        assert held(tmp_path / "keys" / "reads.sqlite") == number


def test_a_restore_of_an_older_copy_is_noticed(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read(place, 2)
    backup(place, tmp_path / "backup", keys=tmp_path / "keys")
    older = shutil.copy(tmp_path / "keys" / "reads.sqlite", tmp_path / "older")
    read(place, 3, days=1)
    backup(place, tmp_path / "backup", keys=tmp_path / "keys")
    shutil.copy(older, tmp_path / "keys" / "reads.sqlite")
    command = ["restore", str(tmp_path / "backup"), str(tmp_path / "again"), "--keys", str(tmp_path / "keys")]
    assert main([*command, "--nothing-after"]) == 1
    said = capsys.readouterr()
    assert "lines 3 to 5 were cut off, or an older copy was put back" in said.out + said.err


def test_after_a_loss_was_stated_the_log_goes_on_from_the_copy_and_is_copied_and_restored_again(
    place: Path, tmp_path: Path
) -> None:
    """The disk of the log fails three lines after the last backup; its copy is put back, the rest stated as lost."""
    read(place, 2)
    backup(place, tmp_path / "backup", keys=tmp_path / "keys")
    read(place, 3, days=1)
    gone(place)
    shutil.copy(tmp_path / "keys" / "reads.sqlite", place / "reads.sqlite")
    assert main(["reads-lost", str(place), "--reason", "the disk of the log failed"]) in (0, None)
    read(place, 1, days=2)
    assert backup(place, tmp_path / "backup", keys=tmp_path / "keys").reads_kept == ""
    assert held(tmp_path / "keys" / "reads.sqlite") == 3
    restore(tmp_path / "backup", tmp_path / "again", keys=tmp_path / "keys", nothing_after=True)
    assert fsck(tmp_path / "again").found == ()
    assert rehearse(place).holds


@pytest.mark.parametrize("left", [0, 1])
def test_a_log_that_was_cut_does_not_replace_a_whole_copy(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], left: int
) -> None:
    read(place, 3)
    command = ["backup", str(place), str(tmp_path / "backup"), "--keys", str(tmp_path / "keys")]
    assert main(command) in (0, None)
    gone(place)
    if left:
        cut = SqliteReads(place / "reads.sqlite")
        cut.append([READ] * left)
        cut.close()
    capsys.readouterr()
    assert main(command) in (0, None), "the record is copied all the same"
    assert "it holds 3 reads, and" in capsys.readouterr().err
    assert held(tmp_path / "keys" / "reads.sqlite") == 3
    shutil.copy(tmp_path / "keys" / "reads.sqlite", place / "reads.sqlite")
    assert fsck(place).found == ()


def test_an_upgrade_waits_for_whoever_has_it_open(place: Path) -> None:

    read(place, 1)
    opened = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM read_log')"
    script = opened + "; print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script, str(place / "reads.sqlite")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:  # fmt: skip
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Busy, match=r"reads\.sqlite"):
            check_unused(place)
        other.kill()
