"""A hand-over killed at each of its steps, on either side: the same command again ends what was begun, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from commonweal import handover
from commonweal.authority import Authority, examine
from witnesses import founded, grow

NEXT = "log.example/next"
CLOSING = ("before the entry commits", "entry recorded", "followed")
ACCEPTING = ("before the archive", "archive whole", "archive kept", "before the entry commits", "entry recorded")


def die(*given: object, **more: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(work: Callable[[], None]) -> bool:
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def after(call: Callable[..., object]) -> Callable[..., None]:
    def dying(*given: object, **more: object) -> None:
        call(*given, **more)
        die()

    return dying


def close(folder: Path, vkey: str, step: str = "") -> None:
    with Authority.open(folder, installed={}) as authority:
        authority.follow()
        if step == CLOSING[0]:
            authority.store._store = after(authority.store._store)  # type: ignore[method-assign]
        if step == CLOSING[1]:
            authority.turn = after(authority.turn)  # type: ignore[method-assign]
        if step == CLOSING[2]:
            authority.witnesses.status = die  # type: ignore[method-assign]
        handover.close_log(authority, NEXT, vkey)


@pytest.mark.parametrize("step", CLOSING)
def test_killed_while_it_is_closed(tmp_path: Path, step: str) -> None:
    folder = tmp_path / "office"
    with founded(folder) as authority, founded(tmp_path / "next", origin=NEXT) as successor:
        grow(authority, "a")
        size, vkey = authority.store.size(), successor.vkey
    assert killed(lambda: close(folder, vkey, step))
    with Authority.open(folder, installed={}) as authority:
        assert (authority.store.keyring().closed is None) == (step == CLOSING[0])
    close(folder, vkey)
    with Authority.open(folder, installed={}) as authority:
        assert authority.store.size() == authority.store.keyring().closed == size + 1
    assert examine(folder).findings == ()


def accept(folder: Path, old: Path, step: str = "") -> None:
    with Authority.open(folder, installed={}) as authority:
        if step == ACCEPTING[0]:
            handover._keep = die
        if step == ACCEPTING[1]:
            handover.export_log = after(handover.export_log)
        if step == ACCEPTING[2]:
            handover._keep = after(handover._keep)
        if step == ACCEPTING[3]:
            authority.store._store = after(authority.store._store)  # type: ignore[method-assign]
        if step == ACCEPTING[4]:
            authority.turn = after(authority.turn)  # type: ignore[method-assign]
        handover.accept(authority, str(old))


@pytest.mark.parametrize("step", ACCEPTING)
def test_killed_while_it_is_accepted(tmp_path: Path, step: str) -> None:
    old, new = tmp_path / "office", tmp_path / "next"
    with founded(old) as authority, founded(new, origin=NEXT) as successor:
        grow(authority, *(f"a{number}" for number in range(300)))
        handover.close_log(authority, NEXT, successor.vkey)
        size = successor.store.size()
    assert killed(lambda: accept(new, old, step))
    assert examine(new).findings == ()
    accept(new, old)
    accept(new, old)
    with Authority.open(new, installed={}) as successor:
        assert successor.store.size() == size + 1
        assert [item["archive"] for item in handover.handed(successor)["predecessors"]] == [True]
    assert examine(new).findings == ()
