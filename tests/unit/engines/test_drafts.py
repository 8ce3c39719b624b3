"""Drafts and visits, over each engine: whose they are, what is on disk, and how they end."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.engines import _drafts
from commonweal.engines._drafts import DRAFT_BYTES_MAX, DRAFTS_OF_ONE_MAX
from commonweal.kernel.values import BadInput, Busy, TooLarge
from commonweal.networks import Sender
from engine_houses import House, SqliteHouse

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
MINE, OTHERS = "my-secret-0123456789", "other-secret-0123456789"
KEEPS = timedelta(days=14)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_draft_is_read_by_its_holder_alone(engine: House) -> None:
    access = engine.access(Clock())
    draft = access.begin_draft(MINE, "fair", b"{}", KEEPS)
    assert access.draft(MINE, draft.id) == draft
    assert access.draft(OTHERS, draft.id) is None
    assert access.draft(MINE, "0" * 16) is None
    access.drop_draft(OTHERS, draft.id)
    assert [one.id for one in access.drafts(MINE)] == [draft.id]
    access.drop_draft(MINE, draft.id)
    assert access.drafts(MINE) == []


def test_of_two_saves_over_the_same_version_one_is_told_so(engine: House) -> None:
    access = engine.access(Clock())
    draft = access.begin_draft(MINE, "fair", b"0", KEEPS)
    saved = access.save_draft(MINE, draft, b"1", KEEPS)
    assert saved is not None
    assert access.save_draft(MINE, draft, b"2", KEEPS) is None
    found = access.draft(MINE, draft.id)
    assert found is not None
    assert (found.content, found.version) == (b"1", 1)


def test_a_draft_ends_so_long_after_its_last_change(engine: House) -> None:
    clock = Clock()
    access = engine.access(clock)
    draft = access.begin_draft(MINE, "fair", b"0", KEEPS)
    clock.now += timedelta(days=10)
    draft = access.save_draft(MINE, draft, b"1", KEEPS) or draft
    clock.now += timedelta(days=13)
    assert access.draft(MINE, draft.id) is not None
    clock.now += timedelta(days=2)
    assert access.draft(MINE, draft.id) is None
    access.begin_draft(OTHERS, "fair", b"", KEEPS)  # what has run out is deleted when the next is begun
    clock.now = NOW
    assert access.draft(MINE, draft.id) is None


def test_drafts_are_bounded_in_size_and_number(engine: House) -> None:
    access = engine.access(Clock())
    with pytest.raises(TooLarge):
        access.begin_draft(MINE, "fair", bytes(DRAFT_BYTES_MAX + 1), KEEPS)
    for _ in range(DRAFTS_OF_ONE_MAX):
        draft = access.begin_draft(MINE, "fair", b"", KEEPS)
    with pytest.raises(BadInput, match="10 drafts"):
        access.begin_draft(MINE, "fair", b"", KEEPS)
    with pytest.raises(TooLarge):
        access.save_draft(MINE, draft, bytes(DRAFT_BYTES_MAX + 1), KEEPS)
    access.begin_draft(OTHERS, "fair", b"", KEEPS)


def test_a_flood_of_drafts_keeps_nobody_from_beginning_one(engine: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were begun and never typed in go first, after an hour; then those that lay longest, after a day."""
    monkeypatch.setattr(_drafts, "DRAFTS_MAX", 3)
    clock = Clock()
    access = engine.access(clock)
    typed = access.begin_draft(MINE, "fair", b"", KEEPS)
    assert access.save_draft(MINE, typed, b"The lion bit.", KEEPS)
    for at in range(2):
        access.begin_draft(f"flood-{at}-0123456789", "fair", b"", KEEPS)
    with pytest.raises(Busy):
        access.begin_draft(OTHERS, "fair", b"", KEEPS)
    clock.now += timedelta(hours=2)
    kept = access.begin_draft(OTHERS, "fair", b"", KEEPS)
    assert access.draft(MINE, typed.id) is not None
    assert access.save_draft(OTHERS, kept, b"x", KEEPS)
    draft = access.begin_draft("flood-0123456789", "fair", b"", KEEPS)
    assert access.save_draft("flood-0123456789", draft, b"x", KEEPS)
    clock.now += timedelta(days=2)
    access.begin_draft(OTHERS, "fair", b"", KEEPS)
    assert access.draft(MINE, typed.id) is None


def test_a_flood_makes_room_for_strangers_and_takes_none_of_theirs(
    engine: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However fresh the drafts of a flood are, and whatever was typed in them: who has most makes room first."""
    monkeypatch.setattr(_drafts, "DRAFTS_MAX", 8)
    monkeypatch.setattr(_drafts, "MADE_ROOM", 0)
    access, flood = engine.access(Clock()), Sender("2001:db8:1::/48")
    mine = access.begin_draft(MINE, "fair", b"", KEEPS, Sender("198.51.100.0/24"))
    for at in range(7):
        draft = access.begin_draft(f"flood-{at}-0123456789", "fair", b"", KEEPS, flood)
        assert access.save_draft(f"flood-{at}-0123456789", draft, b"x", KEEPS)
    with pytest.raises(Busy):
        access.begin_draft("flood-0123456789", "fair", b"", KEEPS, flood)
    assert access.begin_draft(OTHERS, "fair", b"", KEEPS, Sender("203.0.113.0/24"))
    assert access.draft(MINE, mine.id) is not None


def test_what_a_flood_left_before_a_start_keeps_nobody_from_beginning_a_draft(
    engine: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From where things came is in memory alone: of what lies there after a start nobody knows whose it is.

    None of it goes while it is fresh, for it may be anybody's; it takes no room from what is begun now, up to as much
    again, however often the service starts.
    """
    monkeypatch.setattr(_drafts, "DRAFTS_MAX", 4)
    monkeypatch.setattr(_drafts, "MADE_ROOM", 0)
    clock, flood = Clock(), Sender("2001:db8:1::/48")

    def flooded(access: Any) -> None:
        for _ in range(8):
            with suppress(Busy):
                draft = access.begin_draft(secret := secrets.token_hex(16), "fair", b"", KEEPS, flood)
                assert access.save_draft(secret, draft, b"x", KEEPS, flood)

    before = engine.access(clock)
    mine = before.begin_draft(MINE, "fair", b"", KEEPS, Sender("198.51.100.0/24"))
    flooded(before)
    after = engine.access(clock)
    begun = after.begin_draft(OTHERS, "fair", b"", KEEPS, Sender("203.0.113.0/24"))
    flooded(after)
    assert after.save_draft(MINE, after.draft(MINE, mine.id), b"The lion bit.", KEEPS, Sender("198.51.100.0/24"))
    assert after.draft(OTHERS, begun.id) is not None
    for _ in range(3):
        flooded(again := engine.access(clock))
    count = len(again._rows("SELECT id FROM access_draft", ()))
    assert count <= 2 * 4 + 1, "what lies there is bounded, however often it starts"
    assert again.draft(MINE, mine.id) is not None
    clock.now += timedelta(days=2)
    assert again.begin_draft(OTHERS, "fair", b"", KEEPS, Sender("203.0.113.0/24"))


def test_what_is_remembered_of_where_drafts_came_from_is_bounded(
    engine: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drafts that are begun and deleted again fill no room, and no memory either."""
    monkeypatch.setattr(_drafts, "DRAFTS_MAX", 4)
    access = engine.access(Clock())
    for at in range(12):
        draft = access.begin_draft(MINE, "fair", b"", KEEPS, Sender(f"2001:db8:{at}::/48"))
        access.drop_draft(MINE, draft.id)
    assert not access._senders
    for at in range(12):
        access._came(f"{at}", Sender(f"2001:db8:{at}::/48"))
    assert len(access._senders) == 8


def test_what_is_on_disk_opens_under_no_other_secret_and_in_no_other_place(engine: House) -> None:
    """Whoever holds the file alone reads nothing; a row put in the place of another is no draft."""
    if not isinstance(engine, SqliteHouse):
        pytest.skip("looks into the file of SQLite; what is written to PostgreSQL is the same")
    access = engine.access(Clock())
    first = access.begin_draft(MINE, "fair", b"The lion bit.", KEEPS)
    second = access.begin_draft(MINE, "fair", b"other", KEEPS)
    with sqlite3.connect(engine.folder / "keys.sqlite") as db:
        rows = db.execute("SELECT id, holder, sealed FROM access_draft").fetchall()
        assert all(b"lion" not in row[2] and MINE.encode() not in row[1] + row[2] for row in rows)
        sealed = {row[0]: row[2] for row in rows}
        db.execute("UPDATE access_draft SET sealed = ? WHERE id = ?", (sealed[first.id], second.id))
    db.close()
    assert access.draft(MINE, second.id) is None


def test_a_visit_ends_when_it_stands_idle_or_is_ended(engine: House) -> None:
    clock = Clock()
    access = engine.access(clock)
    cookie = access.begin_visit("party:reporter-x")
    for _ in range(3):
        clock.now += timedelta(minutes=19)
        assert access.visitor_of(cookie) == "party:reporter-x"
    clock.now += timedelta(minutes=30)
    assert access.visitor_of(cookie) == ""
    again = access.begin_visit("party:reporter-x")
    access.end_visit(again[:-1] + "~")
    assert access.visitor_of(again) == "party:reporter-x"
    access.end_visit(again)
    assert [access.visitor_of(text) for text in (again, "", ".", "x" * 9999)] == [""] * 4


def test_of_a_visit_no_disk_tells_who_came_or_when(engine: House) -> None:
    """Beside the flow logs of an employer's network an instant would do. What ended is swept."""
    clock = Clock()
    clock.now = NOW + timedelta(minutes=3, seconds=21)
    access = engine.access(clock)
    cookie = access.begin_visit("party:reporter-x")
    (row,) = access._rows("SELECT * FROM access_visiting", ())
    assert b"reporter-x" not in b"".join(bytes(one) for one in row[1:3])
    assert [str(one) for one in row[3:]] == ["2026-05-01T09:30:00Z", "2026-05-01T21:00:00Z"], "whole ten minutes"
    assert access.visitor_of(cookie) == "party:reporter-x"
    assert access.sweep_visits() == 0
    clock.now += timedelta(minutes=30)
    assert access.sweep_visits() == 1


def test_a_file_that_another_process_holds_is_told_as_busy_and_nothing_is_lost(tmp_path: Path) -> None:
    """A copy, or a change of custody, holds `keys.sqlite` for long: whoever types is asked to try again, at every
    statement, and never shown what SQLite says."""
    access = SqliteHouse(tmp_path).access(Clock())
    draft = access.begin_draft(MINE, "fair", b"0", KEEPS)
    access._db.execute("PRAGMA busy_timeout=20")
    other = sqlite3.connect(access._path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tries: list[Callable[[], object]] = [
        lambda: access.begin_draft(MINE, "fair", b"1", KEEPS),
        lambda: access.save_draft(MINE, draft, b"1", KEEPS),
        lambda: access.drop_draft(MINE, draft.id),
        lambda: access.begin_visit("party:x"),
        lambda: access.spend_nonces([("k", "n" * 16, NOW.timestamp())]),
        lambda: access.issue_key("party:x", ("officer",)),
    ]
    for attempt in tries:
        with pytest.raises(Busy, match="locked by another process"):
            attempt()
    other.execute("ROLLBACK")
    assert [one.content for one in access.drafts(MINE)] == [b"0"]
    assert access.save_draft(MINE, draft, b"1", KEEPS) is not None
