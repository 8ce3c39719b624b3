"""A change of the log's key killed at each of its steps: whoever opens the authority next ends what was begun."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from commonweal import keeping
from commonweal.authority import Authority
from commonweal.engines.sqlite import SqliteKeys
from dying import die, in_a_process
from witnesses import founded, grow

STEPS = ("before it is begun", "begun", "before the entry commits", "entry recorded", "settled")


def rotate(folder: Path, step: str) -> None:
    authority = Authority.open(folder, installed={})
    begin, settle, store = authority.keys.begin_change, authority.keys.settle, authority.store._store

    def dying_begin(*given, **more):  # type: ignore[no-untyped-def]
        if step == STEPS[0]:
            die()
        begin(*given, **more)
        if step == STEPS[1]:
            die()

    def dying_store(*given):  # type: ignore[no-untyped-def]
        store(*given)
        if step == STEPS[2]:
            die()

    def dying_settle(vkey: str) -> None:
        if step == STEPS[3]:
            die()
        settle(vkey)
        die()

    authority.keys.begin_change, authority.keys.settle = dying_begin, dying_settle  # type: ignore[method-assign]
    authority.store._store = dying_store  # type: ignore[method-assign]
    keeping.change_log_key(authority, overlap=2)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_of_a_rotation(tmp_path: Path, step: str) -> None:
    folder = tmp_path / "office"
    with founded(folder) as authority:
        grow(authority, "a")
        old, size = authority.vkey, authority.store.size()
    assert in_a_process(lambda: rotate(folder, step)) == -signal.SIGKILL
    keys = SqliteKeys(folder / "keys.sqlite")
    begun = keys.pending()
    keys.close()
    assert (begun is not None) == (step in STEPS[1:4])
    with Authority.open(folder, installed={}) as authority:
        changed = step != STEPS[0]
        assert authority.store.size() == size + changed
        assert (authority.vkey != old) == changed
        assert authority.keys.pending() is None
        if begun:
            assert authority.vkey == begun["new_key"]
        grow(authority, "b")
        assert authority.verify() == []
