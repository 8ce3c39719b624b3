"""When a batch is due, and how often `authority.toml` may say that it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from commonweal.authority import HOUSE, Authority
from commonweal.batches import HOURLY, Batches, is_interval
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import FILE, Settings

START = instant("2026-10-01T08:20:00Z")
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/record", START, published_every=60)


@pytest.mark.parametrize(
    ("minutes", "now", "turn"),
    [
        (60, "2026-10-01T08:59:59Z", "2026-10-01T08:00:00Z"),
        (60, "2026-10-01T09:00:00Z", "2026-10-01T09:00:00Z"),
        (15, "2026-10-01T08:50:00Z", "2026-10-01T08:45:00Z"),
        (1440, "2026-10-01T23:59:59Z", "2026-10-01T00:00:00Z"),
    ],
)
def test_turns_are_at_fixed_minutes_of_the_day_whatever_was_recorded(minutes: int, now: str, turn: str) -> None:
    assert Batches(minutes, lambda: instant(now).timestamp()).turn() == instant(turn).timestamp()


def test_batches_part_a_day_evenly() -> None:
    assert [one for one in (0, 1, 7, 15, 45, 60, 100, 1440, 2880, -60) if is_interval(one)] == [0, 1, 15, 45, 60, 1440]
    assert not is_interval(True)
    assert not is_interval("60")


def test_an_office_that_says_nothing_publishes_every_hour_and_a_replay_at_once(tmp_path: Path) -> None:
    SETTINGS.write(tmp_path)
    assert "published_every" not in (tmp_path / FILE).read_text()
    assert Settings.read(tmp_path).published_every == HOURLY
    replace(SETTINGS, published_every=0).write(tmp_path)
    text = (tmp_path / FILE).read_text()
    assert Settings.read(tmp_path).published_every == 0
    (tmp_path / FILE).write_text(text.replace("published_every = 0", "published_every = 7"))
    with pytest.raises(BadInput, match="published_every"):
        Settings.read(tmp_path)
    replace(SETTINGS, replay=True).write(tmp_path / "replay")
    assert Settings.read(tmp_path / "replay").published_every == 0


def test_the_last_batch_is_remembered_and_an_hour_without_a_look_is_one_batch(tmp_path: Path) -> None:
    """Whoever opens the folder in the same hour publishes no more: else each start would tell how far the log is."""
    clock = ReplayClock(START)
    with Authority.create(tmp_path / "a", SETTINGS, clock=clock, installed={}) as authority:
        size = authority.public_size
        authority.act(Act("clock.tick", {"at": "2026-10-01T08:20:00Z"}, "t"), HOUSE)
        assert authority.public_size == size
    with Authority.open(tmp_path / "a", clock=clock, installed={}) as authority:
        assert authority.public_size == size < authority.store.size()
        clock.set(instant("2026-10-01T09:00:00Z"))
        assert authority.public_size == authority.store.size() == size + 1
        authority.act(Act("clock.tick", {"at": "2026-10-01T09:00:00Z"}, "t2"), HOUSE)
        assert authority.public_size == size + 1
        authority.witnesses.release(authority.store.size() - 1)
        assert authority.public_size == size + 2
