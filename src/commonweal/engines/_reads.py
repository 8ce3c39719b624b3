"""The log of reads, whatever keeps it: callers queue up, and one of them writes for all that wait, in one commit."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

from commonweal.kernel.disclosure.reads import NO_LINK, Alike, Logged, Read, linked

from ._group_commit import GroupCommit, Job

COLUMNS = "number, at, party, roles, keyid, organisation, entry, fields, door, purpose, link"
INDEXES = """
CREATE INDEX IF NOT EXISTS read_log_entry ON read_log (entry);
CREATE INDEX IF NOT EXISTS read_log_party ON read_log (party);
CREATE INDEX IF NOT EXISTS read_log_at ON read_log (at);
"""
LINES_AT_ONCE = 2000
ENTRIES_AT_ONCE = 400
ALIKE = "entry, substr(at, 1, 10), roles, organisation, fields, door"


class Reads(ABC):
    """Lines of reads in a table `read_log`, over the statements that an engine runs (`?` is a place for a value)."""

    def __init__(self, name: str) -> None:
        self._commits = GroupCommit(name, self._write)

    def append(self, reads: Sequence[Read]) -> None:
        """Write reads durably, all or none. Raises `Busy` and `RecordFault`."""
        self._commits.append(cast(Any, reads))

    def head(self) -> tuple[int, bytes]:
        """How many reads there are, and the last link."""
        rows = self._rows("SELECT number, link FROM read_log ORDER BY number DESC LIMIT 1", ())
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else (0, NO_LINK)

    def lines(self, start: int = 1) -> Iterator[Logged]:
        """Every read in order, from a number on."""
        query = f"SELECT {COLUMNS} FROM read_log WHERE number >= ? ORDER BY number LIMIT {LINES_AT_ONCE}"
        while rows := self._rows(query, (start,)):
            yield from map(_logged, rows)
            start = int(rows[-1][0]) + 1

    def found(
        self,
        *,
        party: str = "",
        entries: Collection[int] | None = None,
        since: str = "",
        until: str = "",
        below: int = 0,
        limit: int = 1000,
    ) -> list[Logged]:
        """The newest reads first, as `ReadLog` has it."""
        asked: list[tuple[str, Any]] = [
            ("party = ?", party), ("at >= ?", since), ("at < ?", until), ("number < ?", below),
        ]  # fmt: skip
        if entries is None:
            return self._found(asked, (), limit)
        wanted, rows = sorted(entries), []
        for at in range(0, len(wanted), ENTRIES_AT_ONCE):
            rows += self._found(asked, wanted[at : at + ENTRIES_AT_ONCE], limit)
        return sorted(rows, key=lambda line: -line.number)[:limit]

    def alike(self, entries: Collection[int], but: str) -> list[Alike]:
        """Every read of these entries by another than one party, those that are alike together, the newest first."""
        wanted, rows = sorted(entries), list[Sequence[Any]]()
        for at in range(0, len(wanted), ENTRIES_AT_ONCE):
            some = wanted[at : at + ENTRIES_AT_ONCE]
            query = (
                f"SELECT MAX(number), {ALIKE}, COUNT(*) FROM read_log "
                f"WHERE party <> ? AND entry IN ({', '.join('?' * len(some))}) GROUP BY {ALIKE}"
            )
            rows += self._rows(query, (but, *some))
        return [
            Alike(int(entry), day, tuple(json.loads(roles)), organisation, tuple(json.loads(fields)), door, int(times))
            for _, entry, day, roles, organisation, fields, door, times in sorted(rows, key=lambda row: -int(row[0]))
        ]

    def _found(self, wanted: Sequence[tuple[str, Any]], entries: Sequence[int], limit: int) -> list[Logged]:
        asked = [(clause, value) for clause, value in wanted if value]
        clauses, values = [clause for clause, _ in asked], [value for _, value in asked]
        if entries:
            clauses.append(f"entry IN ({', '.join('?' * len(entries))})")
            values += entries
        where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
        query = f"SELECT {COLUMNS} FROM read_log{where} ORDER BY number DESC LIMIT ?"
        return [_logged(row) for row in self._rows(query, (*values, limit))]

    @abstractmethod
    def _write(self, jobs: list[Job]) -> None:
        """Put a batch of jobs into one transaction that no other process is in (`_lines` gives their rows)."""

    @abstractmethod
    def _rows(self, query: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """What a query gives; nothing while no log was begun."""


def lines_of(jobs: Sequence[Job], last: Sequence[Any] | None) -> list[tuple[Any, ...]]:
    """The rows of a batch, numbered and linked on from the last row (number and link) that there is."""
    number, link = (int(last[0]), bytes(last[1])) if last else (0, NO_LINK)
    rows = []
    for read in (cast(Read, draft) for job in jobs for draft in job.drafts):
        number, link = number + 1, linked(link, read)
        rows.append(
            (number, read.at, read.party, json.dumps(read.roles), read.keyid, read.organisation, read.entry,
             json.dumps(read.fields), read.door, read.purpose, link)
        )  # fmt: skip
    return rows


def _logged(row: Sequence[Any]) -> Logged:
    number, at, party, roles, keyid, organisation, entry, fields, door, purpose, link = row
    parts = (party, tuple(json.loads(roles)), keyid, organisation, int(entry), tuple(json.loads(fields)), door, purpose)
    return Logged(int(number), Read(at, *parts), bytes(link))
