"""Killed at every step between the first byte of an upload and the receipt of its entry: whole, or not there.

The steps are everything that reaches the disk: a write to the draft, each wait for the disk, the new name, the secret
beside the keys, the commit of the record, and the secret's end.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import attaching_house as h
from commonweal.engines.sqlite import SqliteKeys, SqliteRecord
from commonweal.engines.sqlite.files import _Draft
from commonweal.kernel.disclosure.attachments import BOUNDS
from dying import die, in_a_process

DATA = b"What happened, in words.\n" * 8_000
STEPS: tuple[tuple[Any, str], ...] = (
    (_Draft, "write"),
    (_Draft, "keep"),
    (os, "fsync"),
    (os, "utime"),
    (Path, "replace"),
    (SqliteKeys, "put_secret"),
    (SqliteRecord, "append"),
    (SqliteKeys, "drop_secrets"),
)


def dying_at(number: int) -> None:
    """Have this process end itself before or after one step: twice as many places as there are steps."""
    at = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **more: Any) -> Any:
            nonlocal at
            for before in (True, False):
                if at == number:
                    die()
                at += 1
                if before:
                    result = real(*arguments, **more)
            return result

        return step

    for owner, name in STEPS:
        setattr(owner, name, counted(getattr(owner, name)))


def work(folder: Path, number: int) -> None:
    """Upload and file; what was acknowledged is written down, as a caller who waits would."""
    with h.opened(folder) as house:
        dying_at(number)
        named = h.uploaded(house, DATA, "words.txt")
        receipt = house.act(h.finding(f"finding {number}", named, key=str(number)), h.LAB)
        (folder.parent / "acknowledged").write_text(str(receipt.index))


def test_killed_anywhere_an_attachment_is_whole_or_not_there(tmp_path: Path) -> None:
    folder, told = tmp_path / "house", tmp_path / "acknowledged"
    h.founded(folder).close()
    sha256, recorded, number, status = hashlib.sha256(DATA).hexdigest(), 0, 0, -9
    while status == -9:
        status = in_a_process(lambda at=number: work(folder, at))  # type: ignore[misc]
        with h.opened(folder) as house:
            assert house.verify() == []
            for path in (folder / "blobs").glob("??/*"):
                assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
            there = house.store.newest(h.KIND, f"finding:finding-{number}")
            assert there is not None or not told.exists(), "what was acknowledged is lost"
            if there is None:  # whoever was not answered begins again, and nothing stands in the way
                named = h.uploaded(house, DATA, "words.txt")
                again = house.act(h.finding(f"finding {number}", named, key=str(number)), h.LAB)
                assert not again.again
                there = house.store.entry(again.index)
            else:
                recorded += 1
            assert h.read(house, there.index, sha256, "filer") == DATA
        told.unlink(missing_ok=True)
        number += 1
    assert status == 0
    assert number > 2 * len(STEPS)
    assert recorded >= 2
    swept_clean(folder, number)


def swept_clean(folder: Path, entries: int) -> None:
    """A day later there is a file for each entry, and nothing else."""
    clock = h.Dial()
    clock.at += timedelta(seconds=BOUNDS.sweep_after_s + 1)
    drafts = list((folder / "blobs" / ".drafts").iterdir())
    for path in drafts:
        os.utime(path, (0, 0))
    with h.opened(folder, clock) as house:
        house.tick()
        assert house.keys.secrets("upload:") == {}
        assert house.verify() == []
    assert len(list((folder / "blobs").glob("??/*"))) == entries
    assert list((folder / "blobs" / ".drafts").iterdir()) == []
    assert drafts, "no step left a draft behind: then none of them was killed within one"
