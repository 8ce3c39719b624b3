"""The log of reads keeps every line in order, in one chain, whoever writes at the same time, and gives it back."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from commonweal.engines.sqlite import SqliteReads
from commonweal.kernel.disclosure.reads import Logged, Read
from commonweal.kernel.values import Busy
from engine_houses import House, SqliteHouse

READ = Read("2026-03-01T09:00:00Z", "party:desk", ("officer",), "k1", "org:office", 7, ("statement",), "api entry", "x")


def link_by_hand(before: bytes, line: Logged) -> bytes:
    """The next link from the words of docs/reading.md: SHA-256 over the one before and the line as sorted JSON."""
    said = json.dumps(line.read.as_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(before + said.encode()).digest()


def test_lines_come_back_as_they_were_written_and_each_is_linked_to_the_one_before(engine: House) -> None:
    reads: Any = engine.reads()
    assert reads.head() == (0, bytes(32))
    other = replace(READ, party="party:é\x00", roles=(), entry=8, fields=("a", "b"), purpose="")
    reads.append([READ, other])
    reads.append([READ])
    lines = list(engine.reads().lines())
    assert [(line.number, line.read) for line in lines] == [(1, READ), (2, other), (3, READ)]
    link = bytes(32)
    for line in lines:
        link = link_by_hand(link, line)
        assert line.link == link
    assert reads.head() == (3, link)
    assert [line.number for line in reads.lines(2)] == [2, 3]


def test_reads_are_found_by_party_entry_and_time_newest_first(engine: House) -> None:
    reads: Any = engine.reads()
    later = replace(READ, at="2026-03-02T09:00:00Z", entry=9)
    reads.append([READ, replace(READ, party="party:other"), later])

    def numbers(**wanted: Any) -> list[int]:
        return [line.number for line in reads.found(**wanted)]

    assert numbers() == [3, 2, 1]
    assert numbers(party="party:desk") == [3, 1]
    assert numbers(entries=[7]) == [2, 1]
    assert numbers(entries=[]) == []
    assert numbers(entries=range(5000), limit=2) == [3, 2]
    assert numbers(since="2026-03-02", party="party:desk") == [3]
    assert numbers(until="2026-03-02") == [2, 1]


def test_reads_that_are_alike_are_counted_together_however_many(engine: House) -> None:
    reads: Any = engine.reads()
    evening, other = replace(READ, at="2026-03-01T20:00:00Z", purpose="y"), replace(READ, party="party:other", entry=8)
    reads.append([READ, evening, other, replace(other, fields=("name",)), replace(READ, party="party:me")])
    found = [(one.entry, one.day, one.fields, one.times) for one in reads.alike([7, 8], "party:me")]
    day = "2026-03-01"
    assert found == [(8, day, ("name",), 1), (8, day, ("statement",), 1), (7, day, ("statement",), 2)]
    assert reads.alike([], "") == []


def test_many_who_read_at_once_in_two_processes_make_one_chain(engine: House) -> None:
    stores: list[Any] = [engine.reads(), engine.reads()]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: stores[n % 2].append([replace(READ, entry=n)] * 2), range(40)))
    lines = list(stores[0].lines())
    assert [line.number for line in lines] == list(range(1, 81))
    assert sorted(line.read.entry for line in lines) == sorted([*range(40)] * 2)
    link = bytes(32)
    for line in lines:
        link = link_by_hand(link, line)
        assert line.link == link


def test_a_line_cannot_be_changed_or_taken_out_by_a_statement(tmp_path: Any) -> None:
    house = SqliteHouse(tmp_path)
    reads = house.reads()
    reads.append([READ])
    for statement in ("DELETE FROM read_log", "UPDATE read_log SET party = 'party:nobody'"):
        with pytest.raises(Exception, match="only grows"):
            reads._rows(statement, ())
    assert reads.head()[0] == 1
    house.close()


def test_a_log_that_cannot_be_written_says_so(tmp_path: Any) -> None:
    (tmp_path / "reads.sqlite").mkdir()
    with pytest.raises(Busy, match=r"reads\.sqlite"):
        SqliteReads(tmp_path / "reads.sqlite").append([READ])
