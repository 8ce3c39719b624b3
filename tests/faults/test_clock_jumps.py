"""A clock that jumps while acts come in from all sides: no entry is dated before an earlier one, nothing is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors import portal
from commonweal.doors.cli.filing import say_clock
from commonweal.kernel.record import Act
from commonweal.kernel.values import Text, instant
from commonweal.serve import Timekeeper
from commonweal.settings import Settings

START = instant("2026-01-01T00:00:00Z")
FILERS, ACTS = 4, 15


class JumpingClock:
    """A clock that anybody may set to anything."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def authority(tmp_path: Path, clock: JumpingClock) -> Iterator[Authority]:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", START)
    with Authority.create(tmp_path / "office", settings, clock=clock) as made:
        yield made


def organisation(name: str) -> Act:
    return Act("model_registration.organisation", {"name": name}, key=name)


def times(authority: Authority) -> list[str]:
    return [item.time for item in authority.store.entries(0, authority.store.size())]


def test_a_clock_that_jumps_under_load(authority: Authority, clock: JumpingClock) -> None:
    """Back and forth by up to three days, while four filers file and the authority follows."""
    placed: dict[str, int] = {}
    failed: list[BaseException] = []

    def file(filer: int) -> None:
        try:
            for number in range(ACTS):
                name = f"Laboratory {filer} {number}"
                placed[name] = authority.act(organisation(name), Caller(f"party:{filer}", ("developer",))).index
                authority.follow()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=file, args=(filer,)) for filer in range(FILERS)]
    for thread in threads:
        thread.start()
    dice = random.Random(7)
    while any(thread.is_alive() for thread in threads):
        clock.at = START + timedelta(seconds=dice.uniform(-3 * 86_400, 3 * 86_400))
    for thread in threads:
        thread.join()
    assert failed == []
    authority.follow()
    assert {name: authority.store.entry(index).key for name, index in placed.items()} == {name: name for name in placed}
    assert len(placed) == FILERS * ACTS
    assert times(authority) == sorted(times(authority))
    assert authority.verify() == []
    before = authority.dump()
    authority.rebuild()
    assert authority.dump() == before


def test_a_clock_set_years_ahead_by_mistake_and_put_right(authority: Authority, clock: JumpingClock) -> None:
    """What was dated too late stays so, since the record never runs back; acts go on, and the status says it."""
    clock.at = START + timedelta(days=3650)
    ahead = authority.act(organisation("Ahead"), Caller("party:a", ("developer",))).index
    clock.at = START + timedelta(hours=1)
    after = authority.act(organisation("After"), Caller("party:a", ("developer",))).index
    authority.follow()
    assert authority.store.entry(after).time == authority.store.entry(ahead).time
    assert authority.verify() == []
    said = [fault["problem"] for fault in authority.faults()]
    assert any("clock" in problem and "2035-12-30" in problem for problem in said), said


def test_while_the_clock_is_behind_the_newest_entry_every_door_says_so(
    authority: Authority, clock: JumpingClock, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who filed on the day was told "met late" and nothing else; the board named an entry that does not exist."""
    keeper = Timekeeper(authority)
    with TestClient(portal.app(authority), base_url="http://portal.example") as browser:
        keeper.round()
        assert (caplog.messages, "later than the clock" in browser.get("/board").text) == ([], False)
        clock.at = START + timedelta(days=20)
        authority.act(organisation("Ahead"), Caller("party:a", ("developer",)))
        authority.follow()
        clock.at = START + timedelta(hours=1)
        keeper.round()
        keeper.round()
        say_clock(authority)
        assert len(caplog.messages) == 1
        for told in (caplog.messages[0], capsys.readouterr().err):
            assert "what is told as late may not be late" in told
        board, elsewhere = browser.get("/board").text, browser.get("/zh/duties").text
        assert "The newest entry is dated later than the clock says" in board
        assert "could not be followed" not in board
        assert "所示逾期未必属实" in elsewhere
        clock.at = START + timedelta(days=20)
        keeper.round()
        assert len(caplog.messages) == 2
        assert "later than the clock" not in browser.get("/").text


def test_an_authority_opened_under_a_clock_that_is_behind_goes_on(tmp_path: Path, authority: Authority) -> None:
    authority.act(organisation("Before"), Caller("party:a", ("developer",)))
    authority.close()
    behind = JumpingClock()
    behind.at = START - timedelta(days=400)
    with Authority.open(tmp_path / "office", clock=behind) as again:
        again.act(organisation("After"), Caller("party:a", ("developer",)))
        again.follow()
        assert times(again) == sorted(times(again))
        assert again.verify() == []
