"""Whoever needs the tables while others write them: waits for its turn, and what was recorded is answered as recorded.

After a rush the follower is behind for minutes, and an entry such as a law coming into force moves thousands of
subjects at once. A person's page must not fail for that.
"""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from commonweal import following
from commonweal.authority import Authority
from commonweal.following import Following
from commonweal.kernel.obligations.kinds import WAITING
from commonweal.kernel.obligations.room import PART_SUBJECTS, Obligations
from commonweal.kernel.record import Act, Taken
from commonweal.kernel.values import Busy, ReplayClock, Text
from commonweal.settings import Settings

FOUNDED, LATER = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
SETTINGS = Settings(Text(en="A", zh="甲"), "waiting.example/log", FOUNDED)
WAIT_S = 60.0


def file(authority: Authority, *numbers: int) -> None:
    kind = "model_registration.organisation"
    authority.place_all([Act(kind, {"name": f"Lab {number}"}, f"lab-{number}") for number in numbers])


class Others:
    """Tables that others write all the time: never free here, and brought forward while one rests."""

    def __init__(self, *, forward: bool) -> None:
        self.at, self.forward, self.rests = 0, forward, 0

    def monotonic(self) -> float:
        return float(self.rests)

    def sleep(self, seconds: float) -> None:
        self.rests += 1
        self.at += self.forward

    def cursor(self) -> int:
        return self.at

    def reader(self) -> Any:
        return SimpleNamespace(get=lambda *_: None)

    def transaction(self, *, wait: bool = True) -> Any:
        assert not wait, "whoever follows does not stand in line: others may do it"
        raise Taken("another process writes")


@pytest.mark.parametrize("forward", [True, False])
def test_whoever_follows_waits_for_others_as_long_as_they_come_forward(
    monkeypatch: pytest.MonkeyPatch, forward: bool
) -> None:
    """Catching up takes minutes, many times as long as anybody waits for a process that stands still."""
    others, entries = Others(forward=forward), 600
    store: Any = SimpleNamespace(size=lambda: entries)
    one = Following(store, Any, {}, others, [], record=lambda *_: None, taken=lambda _: None)  # type: ignore[arg-type]
    monkeypatch.setattr(following, "time", others)
    if forward:
        assert one.follow() == 0
        assert others.at == entries
    else:
        with pytest.raises(Busy, match="has not come forward for 10 s; nothing was written"):
            one.follow()
        assert others.rests == pytest.approx(following.PATIENCE_S, abs=1)


def test_who_follows_lets_others_have_the_tables_between_two_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The follower may not go on with the second entry before somebody else was let in after the first."""
    monkeypatch.setattr(following, "HELD_S", 0.0)
    monkeypatch.setattr(following, "LET_GO_S", 1.0)
    with Authority.create(tmp_path / "a", SETTINGS) as service, Authority.open(tmp_path / "a") as beside:
        file(service, *range(4))
        beside.share_tables()
        begun, let_in = threading.Event(), threading.Event()
        seen: list[bool] = []

        def slow(entry: Any, tables: Any) -> list[Act]:
            if begun.is_set():
                seen.append(let_in.wait(5.0))
            begun.set()
            return []

        monkeypatch.setattr(beside._following, "_followers", [*beside._following._followers, slow])
        thread = threading.Thread(target=beside.follow)
        thread.start()
        try:
            assert begun.wait(WAIT_S)
            with service._following.ahead():  # as a form does that files two things at once
                let_in.set()
        finally:
            let_in.set()
            thread.join()
        assert seen == [True] * 3


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A folder in which laws have come into force since anybody looked: time alone moves each of its subjects."""
    with Authority.create(tmp_path / "a", SETTINGS, clock=ReplayClock(FOUNDED)) as authority:
        file(authority, *range(2 * PART_SUBJECTS + 5))
        authority.follow()
    return tmp_path / "a"


def ticked(folder: Path, *, shared: bool) -> bytes:
    with Authority.open(folder, clock=ReplayClock(LATER)) as authority:
        if shared:
            authority.share_tables()
        authority.tick()
        dump = authority.dump()
        authority.rebuild()
        assert authority.dump() == dump, "laid out again it is the same"
        return dump


def test_an_entry_that_moves_many_subjects_is_followed_in_parts_to_the_same_end(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of reports are judged anew when a law comes into force: others get the tables in between."""
    monkeypatch.setattr(following, "HELD_S", 0.0)
    copy = Path(shutil.copytree(moved, moved.with_name("b")))
    whole = ticked(moved, shared=False)
    let_go: list[int] = []
    chunk = Following._follow_chunk

    def counted(self: Following, start: int, stop: int) -> int:
        let_go.append(start)
        return chunk(self, start, stop)

    monkeypatch.setattr(Following, "_follow_chunk", counted)
    assert ticked(copy, shared=True) == whole
    parts = max(let_go.count(start) for start in let_go)
    assert parts == 3, "the tick was followed in three transactions, of 32 subjects at most"


def test_an_entry_of_which_a_part_was_followed_is_taken_up_there_after_a_crash(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "HELD_S", 0.0)
    copy = Path(shutil.copytree(moved, moved.with_name("b")))
    go_on = Obligations.go_on

    class Killed(BaseException):
        pass

    def killed(self: Obligations, entry: Any, tables: Any, part: int) -> list[Act]:
        if part == 2:
            raise Killed
        return go_on(self, entry, tables, part)

    with monkeypatch.context() as patch:
        patch.setattr(Obligations, "go_on", killed)
        with pytest.raises(Killed):
            ticked(copy, shared=True)
    asked: list[int] = []

    def noted(self: Obligations, entry: Any, tables: Any, part: int) -> list[Act]:
        asked.append(part)
        return go_on(self, entry, tables, part)

    with monkeypatch.context() as patch:
        patch.setattr(Obligations, "go_on", noted)
        with Authority.open(copy, clock=ReplayClock(LATER)) as authority:
            assert asked == [2], "what was judged stands"
            dump = authority.dump()
    assert dump == ticked(moved, shared=False)


def test_a_part_that_cannot_be_derived_is_told_and_the_rest_goes_on(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Obligations.go_on

    def odd(self: Obligations, entry: Any, tables: Any, part: int) -> list[Act]:
        if part == 1:
            raise ValueError("odd")
        return go_on(self, entry, tables, part)

    monkeypatch.setattr(Obligations, "go_on", odd)
    with Authority.open(moved, clock=ReplayClock(LATER)) as authority:
        authority.tick()
        assert [fault["problem"] for fault in authority.faults()] == ["ValueError: odd"]
        assert authority.reader.count(WAITING) == 0
        assert authority.followed == authority.store.size()
