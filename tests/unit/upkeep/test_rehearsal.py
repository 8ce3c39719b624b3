"""A restore rehearsed: of a living authority under load, and of copies that would not do, each of which is told."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from commonweal.authority import Act, Authority
from commonweal.doors.cli import main
from commonweal.kernel.values import BadInput, Busy, NotFound, Text, instant
from commonweal.settings import Settings
from commonweal.upkeep import EQUAL, NOT_COMPARED, backup, rehearse
from commonweal.upkeep.copies import _alone
from dying import die, in_a_process


def organisation(name: str) -> Act:
    return Act("model_registration.organisation", {"name": name, "countries": ["FR"]}, key=name)


@contextmanager
def filing(office: Path, noted: Path) -> Iterator[None]:
    """A process that files and follows without a pause, and notes the index of each act that was acknowledged."""
    child = os.fork()
    if not child:
        with Authority.open(office) as authority, noted.open("w") as file:
            number = 0
            while True:
                number += 1
                file.write(f"{authority.act(organisation(f'Under load {number}')).index}\n")
                file.flush()
                authority.follow()
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def acknowledged(noted: Path, at_least: int) -> int:
    """The index of the last act that was acknowledged, once there are so many."""
    while True:
        lines = noted.read_text().splitlines()[:-1] if noted.is_file() else []
        if len(lines) >= at_least:
            return int(lines[-1])
        time.sleep(0.05)


def test_a_living_authority_under_load_would_come_back(office: Path, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    with filing(office, noted):
        last = acknowledged(noted, 5)
        found = rehearse(office)
        after = acknowledged(noted, 6)
    assert found.holds, found
    assert found.same_tree
    assert found.size > last, "what was acknowledged before the copy was begun is in it"
    assert found.live_size > found.size, "the authority went on meanwhile"
    assert f"there are {found.size}" in (found.refused or ""), "told of that, the copy does not write"
    assert after >= last
    assert found.copy_bytes > 0
    assert found.keys_bytes > 0
    assert not office.with_name("office.rehearsing").exists()
    quiet = rehearse(office)
    assert (quiet.holds, quiet.tables, quiet.refused) == (True, EQUAL, None)
    assert quiet.size == quiet.live_size > after


def test_the_copy_that_there_is_is_rehearsed_and_refuses_to_write_below_what_was_signed(
    office: Path, tmp_path: Path
) -> None:
    backup(office, tmp_path / "copy", keys=tmp_path / "keys")
    with Authority.open(office) as authority:
        size = authority.store.size()
        authority.act(organisation("After the copy"))
        authority.follow()
        root = authority.store.root()
    found = rehearse(office, copy=tmp_path / "copy", keys=tmp_path / "keys")
    assert (found.holds, found.size, found.tables, found.backup_s) == (True, size, NOT_COMPARED, None)
    assert found.refused
    assert not found.wrote_on
    with Authority.open(office) as authority:
        assert authority.store.root() == root, "nothing was written to the living authority"
        assert authority.witnesses.halted == ""
    assert {item.name for item in (tmp_path / "copy").iterdir()} >= {"backup.json", "record.sqlite"}


def test_a_copy_with_a_payload_that_was_altered_would_not_do(office: Path, tmp_path: Path) -> None:
    backup(office, tmp_path / "copy", keys=tmp_path / "keys")
    with closing(sqlite3.connect(tmp_path / "copy" / "record.sqlite")) as record:
        (payload,) = record.execute('SELECT payload FROM entry WHERE "index" = 100').fetchone()
        record.execute('UPDATE entry SET payload = ? WHERE "index" = 100', (payload[:-1] + bytes([payload[-1] ^ 1]),))
        record.commit()
    found = rehearse(office, copy=tmp_path / "copy", keys=tmp_path / "keys")
    assert not found.holds
    assert any("100" in finding for finding in found.findings)


def test_the_copy_of_another_authority_would_not_do(office: Path, tmp_path: Path) -> None:
    settings = Settings(Text(en="Other", zh="其他"), "test.example/log", instant("2026-01-01T00:00:00Z"))
    with Authority.create(tmp_path / "other", settings, installed={}):
        pass
    backup(tmp_path / "other", tmp_path / "copy", keys=tmp_path / "keys")
    found = rehearse(office, copy=tmp_path / "copy", keys=tmp_path / "keys")
    assert not found.same_tree
    assert not found.holds


def test_an_old_copy_of_the_keys_is_told(office: Path, tmp_path: Path) -> None:
    """Keys copied before the record cannot open what was filed since (docs/backup.md)."""
    backup(office, tmp_path / "first", keys=tmp_path / "keys")
    with Authority.open(office) as authority:
        authority.act_all([organisation("New one")])
    backup(office, tmp_path / "copy")
    found = rehearse(office, copy=tmp_path / "copy", keys=tmp_path / "keys")
    assert not found.holds
    assert found.findings


def test_what_weal_backup_suggests_passes_also_after_the_authority_went_on(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever tries a copy tomorrow should hear whether it would do, and not that their log has ended."""
    for keys, told in (([], True), (["--keys", str(tmp_path / "keys")], False)):
        assert main(["backup", str(office), str(tmp_path / "copy"), *keys]) == 0
        suggested = shlex.split(capsys.readouterr().err.partition("Try it, now or at any later time: ")[2])
        with Authority.open(office) as authority:
            size = authority.store.size()
            authority.act(organisation(f"After the copy {keys}"))
            authority.follow()
            root = authority.store.root()
        assert main(suggested[1:]) == 0
        said = capsys.readouterr()
        assert f"The copy holds {size} of " in said.out
        assert "refused once it knew that more had been signed" in said.out
        assert ("They are in no backup" in said.err) is told, "present keys are no copy of the keys"
        assert main(["rehearse", str(office), "--backup", str(tmp_path / "copy"), "--keys", str(office)]) == 0
        assert "They are in no backup" in capsys.readouterr().err
        with Authority.open(office) as authority:
            assert (authority.store.root(), authority.witnesses.halted) == (root, "")


def test_a_copy_put_back_by_hand_says_what_to_do_where_the_authority_lives(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The present keys know of more than the copy holds: that is a refusal to write, and no loss."""
    main(["backup", str(office), str(tmp_path / "copy")])
    with Authority.open(office) as authority:
        authority.act(organisation("After the copy"))
    capsys.readouterr()
    put_back = ["restore", str(tmp_path / "copy"), str(tmp_path / "back"), "--keys", str(office), "--nothing-after"]
    assert main(put_back) == 1
    said = capsys.readouterr().err
    assert (
        f"nothing is lost: go on with that one, and try a copy of it with `weal rehearse DIR --backup {tmp_path}"
        in said
    )
    assert "so this is an older state of it" in said


def test_keys_without_the_copy_that_they_belong_to_are_refused(office: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--backup COPY"):
        rehearse(office, keys=tmp_path / "keys")


def test_no_copy_there_leaves_nothing_behind(office: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        rehearse(office, copy=tmp_path / "none", keys=tmp_path / "none")
    assert not office.with_name("office.rehearsing").exists()


def test_a_killed_rehearsal_is_cleared_away_by_the_next_and_meanwhile_is_its_owners_alone(office: Path) -> None:
    left = office.with_name("office.rehearsing")

    def killed() -> None:
        rehearse(office, progress=lambda *_: die())

    assert in_a_process(killed) == -signal.SIGKILL
    assert (left / "keys" / "keys.sqlite").is_file()
    assert left.stat().st_mode & 0o077 == 0
    assert rehearse(office).holds
    assert not left.exists()


def test_two_at_once_are_refused(office: Path) -> None:
    place = office.with_name("office.rehearsing")
    place.mkdir()
    with _alone(place), pytest.raises(Busy):
        rehearse(office)
    shutil.rmtree(place)


def test_the_command_says_how_it_came_out(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["rehearse", str(office)]) == 0
    said = capsys.readouterr().out
    for words in ("made in", "MB", "Restored in", "the same as that of the authority", "equal to those of the",
                  "would bring the authority back."):  # fmt: skip
        assert words in said, words
    assert main(["rehearse", str(office), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True
