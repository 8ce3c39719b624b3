"""The record states once a day how long the log of reads is: what is cut, rewritten or put back from a copy shows."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority, examine
from commonweal.doors.cli import main
from commonweal.engines.sqlite import SqliteReads
from commonweal.kernel.disclosure import Audience
from commonweal.kernel.disclosure import anchors as anchors_of
from commonweal.kernel.disclosure.reads import Read
from commonweal.kernel.record import Act
from commonweal.kernel.values import Forbidden, ReplayClock, Text
from commonweal.settings import Settings
from commonweal.upkeep import fsck
from engine_houses import PostgresHouse
from postgres_server import Server

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
READ = Read("2026-03-01T09:00:00Z", "party:desk", ("officer",), "k1", "", 7, ("statement",), "api entry", "case 9")
KIND = "reads.day"


def founded(folder: Path, *, replay: bool = False) -> Authority:
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", DAY, replay=replay)
    return Authority.create(folder, settings, clock=ReplayClock(DAY), installed={})


def read_and_tick(authority: Authority, day: int, *reads: Read) -> None:
    authority.reads.append(list(reads))
    authority.tick(DAY + timedelta(days=day))


def anchors(authority: Authority) -> list[tuple[int, dict[str, object]]]:
    every = (authority.entry(index) for index in range(authority.store.size()))
    return [(entry.index, dict(entry.body)) for entry in every if entry.kind == KIND]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Three days: two lines, three lines, two lines; each anchored."""
    folder = tmp_path / "office"
    with founded(folder) as authority:
        for day, number in enumerate((2, 3, 2)):
            read_and_tick(authority, day, *(replace(READ, entry=10 * day + n) for n in range(number)))
    return folder


def told(folder: Path) -> list[str]:
    """What verifying a folder says, the same at each of its three doors (`fsck` is for records in files)."""
    said = [str(item.problem) for item in examine(folder).findings if item.where == "log of reads"]
    if not Settings.read(folder).database:
        assert said == [str(i.finding.problem) for i in fsck(folder).found if i.finding.where == "log of reads"]
    with Authority.open(folder, clock=ReplayClock(DAY), installed={}) as authority:
        assert said == [str(item.problem) for item in authority.verify()]
    return said


def by_hand(folder: Path, *statements: str) -> None:
    """Somebody who may write the file, and takes its guards off."""
    with closing(sqlite3.connect(folder / "reads.sqlite")) as file:
        for statement in ("DROP TRIGGER read_log_kept", "DROP TRIGGER read_log_unchanged", *statements):
            file.execute(statement)
        file.commit()


def written_anew(folder: Path, change: Callable[[Read], Read]) -> None:
    """A whole new chain that fits itself, with other lines."""
    old = SqliteReads(folder / "reads.sqlite")
    lines = [change(line.read) for line in old.lines()]
    old.close()
    for path in folder.glob("reads.sqlite*"):
        path.unlink()
    new = SqliteReads(folder / "reads.sqlite")
    new.append(lines)
    new.close()


def test_each_day_on_which_something_was_read_is_anchored_once(tmp_path: Path) -> None:
    with founded(tmp_path / "a") as authority:
        authority.tick(DAY)
        assert anchors(authority) == [], "nothing was read: nothing to state"
        read_and_tick(authority, 0, READ)
        read_and_tick(authority, 0, READ)
        assert len(anchors(authority)) == 1, "once a day"
        authority.tick(DAY + timedelta(days=1))
        authority.tick(DAY + timedelta(days=2))
        found = anchors(authority)
        assert [body["reads"] for _, body in found] == [1, 2], "and not where nothing was added"
        assert found[1][1]["previous"] == found[0][0]
        assert found[1][1]["head"] == authority.reads.head()[1].hex()
        assert authority.store.entry(found[1][0]).time.startswith("2026-03-02")
        assert authority.verify() == []
        dump = authority.dump()
        authority.rebuild()
        assert authority.dump() == dump
    with Authority.open(tmp_path / "a", clock=ReplayClock(DAY), installed={}) as again:
        again.tick(DAY + timedelta(days=1))
        assert len(anchors(again)) == 2, "a clock that went back anchors nothing"


def test_a_replay_anchors_the_days_of_its_own_clock(tmp_path: Path) -> None:
    with founded(tmp_path / "a", replay=True) as authority:
        authority.clock.set(DAY + timedelta(days=40))  # type: ignore[attr-defined]
        authority.reads.append([READ])
        authority.tick()
        assert authority.store.entry(anchors(authority)[0][0]).time.startswith("2026-04-10")


def test_the_last_link_is_for_officers_because_lines_could_be_guessed_from_it(tmp_path: Path) -> None:
    with founded(tmp_path / "a") as authority:
        read_and_tick(authority, 0, READ)
        index = anchors(authority)[0][0]
        assert authority.presentation(index).fields == {"reads": 1}
        assert set(authority.presentation(index, Audience.of("officer")).fields) == {"reads", "head"}
        assert authority.reads.head()[1].hex().encode() not in authority.store.entry(index).leaf


def test_a_log_that_nobody_touched_verifies(office: Path) -> None:
    assert told(office) == []


def test_lines_cut_off_the_end_are_missed(office: Path) -> None:
    by_hand(office, "DELETE FROM read_log WHERE number > 4")
    (said,) = told(office)
    assert said.startswith("holds 4 lines, and entry ")
    assert "of 2026-03-03 states 7: lines 5 to 7 were cut off" in said


def test_a_chain_that_was_written_anew_is_not_the_one_that_was_anchored(office: Path) -> None:
    written_anew(office, lambda read: replace(read, purpose="") if read.entry >= 10 else read)
    (said,) = told(office)
    assert said.startswith("lines 3 to 5 are not those that entry ")
    assert "of 2026-03-02" in said


def test_a_line_that_was_altered_or_taken_out_is_named(office: Path) -> None:
    by_hand(
        office, "UPDATE read_log SET party = 'party:nobody' WHERE number = 4", "DELETE FROM read_log WHERE number = 2"
    )
    assert told(office) == [
        "lines 2 to 2 were taken out",
        "line 4 does not fit its link: it was altered, or the line before it was",
    ]  # fmt: skip


def test_what_cannot_be_read_is_said_and_no_crash(office: Path) -> None:
    by_hand(office, "UPDATE read_log SET fields = 'x' WHERE number = 4")
    (said,) = told(office)
    assert "line 4 or the next cannot be read" in said


def test_a_log_that_is_gone_is_missed(office: Path) -> None:
    for path in office.glob("reads.sqlite*"):
        path.unlink()
    (said,) = told(office)
    assert "is empty or gone" in said
    assert "lines 1 to 7" in said
    assert not (office / "reads.sqlite").exists(), "looking does not begin one"


def test_an_older_copy_that_was_put_back_is_missed_also_when_it_has_grown_since(tmp_path: Path) -> None:
    folder, copy = tmp_path / "office", tmp_path / "copy"
    with founded(folder) as authority:
        read_and_tick(authority, 0, READ)
    shutil.copy(folder / "reads.sqlite", copy)
    with founded(folder) as authority:
        read_and_tick(authority, 1, READ, READ)
    for path in folder.glob("reads.sqlite*"):
        path.unlink()
    shutil.copy(copy, folder / "reads.sqlite")
    assert "lines 2 to 3 were cut off, or an older copy was put back" in told(folder)[0]
    with founded(folder) as authority:
        read_and_tick(authority, 2, *[replace(READ, party="party:other")] * 5)
    assert "lines 2 to 3 are not those that entry" in told(folder)[0]


def test_an_anchor_that_passes_over_earlier_ones_is_told(office: Path) -> None:
    """Whoever holds the log's key too could write a new chain and an anchor that forgets the old ones."""
    with Authority.open(office, clock=ReplayClock(DAY + timedelta(days=9)), installed={}) as authority:
        body = {"reads": 7, "head": authority.reads.head()[1].hex()}
        authority.turn(Act(KIND, body, key="forged", subject="reads:log"))
    assert told(office) == ["4 entries anchor it; 1 are told of by the newest of them"]


def test_no_door_takes_an_anchor(tmp_path: Path) -> None:
    caller = Caller("party:x", ("authority", "officer"))
    with founded(tmp_path / "a") as authority, pytest.raises(Forbidden, match="recorded by the authority itself"):
        authority.act(Act(KIND, {"reads": 1, "head": "0" * 64}, key="x"), caller)


# ── what was lost, and said to be ───────────────────────────────────────────────────────────────────────────────────


def opened(folder: Path, day: int = 0) -> Authority:
    return Authority.open(folder, clock=ReplayClock(DAY + timedelta(days=day)), installed={})


def stated(folder: Path, day: int, reason: str = "disk 2 of the office failed") -> dict[str, object]:
    """State the loss, and give what was stated."""
    with opened(folder, day) as authority:
        act = anchors_of.loss(authority.reads, authority.store, authority.keys, reason)
        return dict(authority.entry(authority.turn(act, authority.store.size())).body)


@pytest.mark.parametrize(
    ("left", "lines", "span"),
    [(0, (1, 7), ("2026-03-01", "2026-03-03")), (2, (3, 7), ("2026-03-01", "2026-03-03")),
     (4, (5, 7), ("2026-03-01", "2026-03-03")), (5, (6, 7), ("2026-03-02", "2026-03-03"))],
)  # fmt: skip
def test_what_was_lost_is_stated_once_and_then_told_and_not_missed(
    office: Path, capsys: pytest.CaptureFixture[str], left: int, lines: tuple[int, int], span: tuple[str, str]
) -> None:
    """Of `office`: lines 1–2 are of 1 March, 3–5 of the 2nd, 6–7 of the 3rd; the record is founded on the 1st."""
    by_hand(office, f"DELETE FROM read_log WHERE number > {left}")
    assert len(told(office)) == 1
    said = stated(office, 4)
    assert (said["first"], said["last"]) == lines
    assert (said["since"], said["until"]) == span
    assert said["reads"] == left
    assert told(office) == []
    assert main(["verify", str(office)]) == 0
    assert f"lines {lines[0]} to {lines[1]}, written from {span[0]} to {span[1]}, are lost" in capsys.readouterr().out
    for day in (5, 6):  # the log goes on and is anchored and held as before
        with opened(office, day) as authority:
            read_and_tick(authority, day, READ, READ)
    assert told(office) == []
    by_hand(office, f"DELETE FROM read_log WHERE number > {left + 1}")
    assert "were cut off" in told(office)[0], "what is stated once excuses nothing that comes after"


def test_an_older_copy_that_grew_unnoticed_is_stated_from_the_last_line_that_is_known(tmp_path: Path) -> None:
    folder, copy = tmp_path / "office", tmp_path / "copy"
    with founded(folder) as authority:
        read_and_tick(authority, 0, READ)
    shutil.copy(folder / "reads.sqlite", copy)
    with founded(folder) as authority:
        read_and_tick(authority, 1, READ, READ)
    for path in folder.glob("reads.sqlite*"):
        path.unlink()
    shutil.copy(copy, folder / "reads.sqlite")
    with founded(folder) as authority:
        read_and_tick(authority, 2, *[replace(READ, party="party:other")] * 5)
    said = stated(folder, 3)
    assert (said["first"], said["last"], said["reads"]) == (2, 3, 6)
    assert told(folder) == []


def test_a_loss_that_is_none_is_not_stated(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["reads-lost", str(office), "--reason", "why"]
    assert main(command) == 1
    assert "nothing is missing" in capsys.readouterr().err
    altered = "UPDATE read_log SET party = 'party:nobody' WHERE number = 4"
    by_hand(office, altered, "DELETE FROM read_log WHERE number > 5")
    assert main(command) == 1
    assert "altered" in capsys.readouterr().err, "nobody hides an alteration behind a loss"
    assert main([*command[:-1], " "]) == 1
    assert "what happened and what was done" in capsys.readouterr().err


def test_the_command_says_first_what_it_would_record(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_hand(office, "DELETE FROM read_log WHERE number > 5")
    size = examine(office).size
    assert main(["reads-lost", str(office), "--reason", "why", "--check"]) in (0, None)
    assert "would be recorded: lines 6 to 7, written from 2026-03-02 to 2026-03-03, are lost" in capsys.readouterr().out
    assert examine(office).size == size
    assert main(["reads-lost", str(office), "--reason", "why"]) in (0, None)
    assert "recorded by entry" in capsys.readouterr().out
    with opened(office, 9) as authority:
        newest = authority.store.newest("reads.lost", "reads:log")
        assert newest is not None
        public = authority.presentation(newest.index).fields
        assert set(public) == {"first", "last", "since", "until", "reads", "previous"}
        assert authority.presentation(newest.index, Audience.of("officer")).fields["reason"] == "why"


def test_in_postgresql_the_log_is_held_against_the_record_as_in_a_file(postgres: Server, tmp_path: Path) -> None:
    """Whole, cut, stated as lost, gone on, altered, gone: each answer as for the file above."""
    house, folder = PostgresHouse(postgres), tmp_path / "office"
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", DAY, database=house.url)
    with Authority.create(folder, settings, clock=ReplayClock(DAY), installed={}) as authority:
        for day, number in enumerate((2, 3, 2)):
            read_and_tick(authority, day, *(replace(READ, entry=10 * day + n) for n in range(number)))
    assert told(folder) == []
    house.sql("DELETE FROM read_log WHERE number > 4")
    assert "lines 5 to 7 were cut off" in told(folder)[0]
    assert (stated(folder, 4)["first"], told(folder)) == (5, [])
    with opened(folder, 5) as authority:
        read_and_tick(authority, 5, READ)
    assert told(folder) == []
    house.sql("UPDATE read_log SET purpose = 'another' WHERE number = 2")
    assert told(folder) == ["line 2 does not fit its link: it was altered, or the line before it was"]
    house.sql("UPDATE read_log SET purpose = 'case 9' WHERE number = 2")
    assert told(folder) == []
    house.sql("DELETE FROM read_log")
    assert "is empty or gone" in told(folder)[0]
    house.close()
