"""A restore killed at each of its steps: what it leaves is no authority, or one that knows that it may not write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commonweal import keeping
from commonweal.authority import Authority
from commonweal.engines.places import open_place
from commonweal.kernel.values import Conflict, NotFound
from commonweal.upkeep import backup, restore
from dying import killed_at
from witnesses import founded, grow

STEPS = ("os.mkdir", "os.rename", "os.remove", "os.chmod", "sqlite3.connect")
STEPS_MAX = 200


def check_left(folder: Path) -> None:
    """What lies there cannot be written to: it is no authority's folder, or its log is known to have gone on."""
    try:
        left = Authority.open(folder, installed={})
    except NotFound:
        return
    with left:
        assert left.witnesses.halted
        with pytest.raises(Conflict, match="nothing is written"):
            grow(left, "a fork")


def test_killed_at_any_step_it_leaves_nothing_that_forks_the_log(tmp_path: Path) -> None:
    """The log went on after the backup, and only its export tells so."""
    office, back = tmp_path / "office", tmp_path / "back"
    with founded(office) as authority:
        grow(authority, "1")
        backup(office, tmp_path / "copy", keys=tmp_path / "keys")
        grow(authority, "2", "3")
        keeping.exporting(authority, str(tmp_path / "public")).round()
    export = open_place(str(tmp_path / "public"))

    def work() -> object:
        return restore(tmp_path / "copy", back, keys=tmp_path / "keys", export=export)

    for step in range(1, STEPS_MAX):
        shutil.rmtree(back, ignore_errors=True)
        if not killed_at(step, STEPS, work):
            break
        for folder in (back, tmp_path / "back.restoring"):
            check_left(folder)
    assert 10 < step < STEPS_MAX - 1, "a restore has more steps than this test has looked at, or hardly any"
    assert not (tmp_path / "back.restoring").exists(), "what a killed one left is cleared away by the next"
    check_left(back)
    with Authority.open(back, installed={}) as authority:
        assert authority.store.size() < 4
