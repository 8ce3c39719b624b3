"""Following: from a durable cursor every entry is followed in order, and what follows from it is recorded.

Rooms and instruments update their tables and give acts; the acts are recorded before the cursor moves, so a crash in
between repeats the step and the acts' keys keep them from being recorded twice.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from commonweal.kernel import disclosure
from commonweal.kernel.disclosure import KeyStore, Kind
from commonweal.kernel.record import AUTHORITY, Act, Entry, Reader, RecordStore, Stored, Table, Tables
from commonweal.kernel.values import BadInput, NotFound, stamp

FOLLOW_CHUNK = 256
AHEAD_MAX = 64
"""How many acts that follow from one are followed before any is recorded: a check looks at what they do."""
CLOCK = Table("authority_clock", columns={"one": "integer", "latest": "text"}, key=("one",))
FAULT = Table("authority_fault", columns={"entry": "integer", "room": "text", "problem": "text"}, key=("entry", "room"))
COUNT = Table("authority_count", columns={"kind": "text", "entries": "integer", "version": "integer"}, key=("kind",))
TABLES = (CLOCK, COUNT, FAULT)

Follow = Callable[[Entry, Tables], Iterable[Act]]
Progress = Callable[[int, int], None]


Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Tried(Generic[Seen]):
    """What would follow from an act: what was looked at `before` and `after`, and the `acts` that would follow.

    It is `whole` unless more would follow than was asked for; `problems` are what a room could not derive.
    """

    before: Seen
    after: Seen
    acts: Sequence[Act]
    whole: bool
    problems: Sequence[str]


@dataclass(frozen=True)
class Ahead:
    """The tables of a transaction that will be undone: they had followed the entries before `size` when it began.

    `follow(index, act, when, author)` follows an act in it, with what follows from that, and gives the next index.
    """

    tables: Reader
    size: int
    follow: Callable[[int, Act, datetime, str], int]


class _Undone(Exception):
    """All that was tried was looked at: the transaction ends without it."""


class Projections(Protocol):
    """The tables with their cursor, as an engine keeps them."""

    def cursor(self) -> int: ...

    def set_cursor(self, start: int, stop: int) -> None:
        """Move the cursor, from inside the transaction. Raises `Conflict` where it is not at `start`."""

    def transaction(self) -> AbstractContextManager[Any]:
        """The tables to write to, all or nothing."""

    def cleared(self) -> int:
        """The newest erasure (its entry) of whose text nothing is left in these tables; -1 for none."""

    def set_cleared(self, entry: int) -> None:
        """Remember that. It is kept with the rows, in the same file, and is no part of the dump."""

    def emptied(self) -> bool:
        """Move what is written into the file and empty the log beside it; False where a reader keeps it."""

    def fresh(self) -> AbstractContextManager[Any]:
        """Empty tables that take the place of these when the block ends well."""


class Following:
    """The one that follows. `followers` in the order of the house: what each writes, the next may read."""

    def __init__(
        self,
        store: RecordStore,
        keys: KeyStore,
        kinds: Mapping[str, Kind],
        projections: Projections,
        followers: Sequence[Follow],
        *,
        record: Callable[[Sequence[Act], datetime], object],
        taken: Callable[[int], Entry | None],
    ) -> None:
        """`record(acts, time)` records reactions; `taken(index)` gives an entry that was just written, opened."""
        self._store, self._keys, self._kinds = store, keys, kinds
        self._tables, self._followers = projections, followers
        self._record_all, self._taken = record, taken
        self._following = threading.Lock()

    def follow(self, progress: Progress | None = None, *, most: int | None = None) -> int:
        """Bring tables and reactions up to the end of the record, or on by about `most` entries.

        Gives the number of entries followed.
        """
        done = 0
        chunk = FOLLOW_CHUNK if most is None else min(most, FOLLOW_CHUNK)
        with self._following:
            while (most is None or done < most) and (start := self._tables.cursor()) < (size := self._store.size()):
                done += self._follow_chunk(start, min(size, start + chunk))
                if progress:
                    progress(self._tables.cursor(), self._store.size())
        return done

    def _follow_chunk(self, start: int, stop: int) -> int:
        """Follow entries in one transaction; what follows from them is recorded before the cursor moves.

        A crash in between repeats the chunk, and the acts' keys keep them from being recorded twice.
        """
        with self._tables.transaction() as tables:
            if tables.cursor() != start:  # another process was here first
                return 0
            acts: list[tuple[Act, datetime]] = []
            for entry in self.opened(start, stop):
                acts.extend((act, entry.time) for act in self._follow_one(entry, tables))
            self._record(acts)
            self._tables.set_cursor(start, stop)
        return stop - start

    def _follow_one(self, entry: Entry, tables: Any) -> list[Act]:
        """What follows from an entry. A room that cannot derive anything from it leaves a fault, and the rest goes on.

        No filing, however odd, may stop the authority: what the room wrote about this entry is undone, `status` names
        the entry, and a rebuild comes to the same.
        """
        acts: list[Act] = []
        for follow in self._followers:
            try:
                with tables.part():
                    found = [self._valid(act) for act in follow(entry, tables)]
            except (ArithmeticError, LookupError, TypeError, ValueError, BadInput, NotFound) as error:
                problem = f"{type(error).__name__}: {error}"[:500]
                tables.put(FAULT, {"entry": entry.index, "room": follow.__module__, "problem": problem})
            else:
                acts.extend(found)
        count = tables.get(COUNT, entry.kind)
        entries = (count["entries"] if count else 0) + 1
        tables.put(COUNT, {"kind": entry.kind, "entries": entries, "version": entry.version})
        latest = tables.get(CLOCK, 1)
        if latest is None or latest["latest"] < stamp(entry.time):
            tables.put(CLOCK, {"one": 1, "latest": stamp(entry.time)})
        return acts

    def _valid(self, act: Act) -> Act:
        return replace(act, body=disclosure.validate(self._kinds[act.kind], act.body))

    def _record(self, acts: Sequence[tuple[Act, datetime]]) -> None:
        """Record reactions, each at the time of what caused it, all in the fewest transactions."""
        batch: list[Act] = []
        for number, (act, time) in enumerate(acts):
            batch.append(act)
            if number + 1 == len(acts) or acts[number + 1][1] != time:
                self._record_all(batch, time)
                batch = []

    def tried(self, act: Act, when: datetime, look: Callable[[Reader], Seen], most: int) -> Tried[Seen]:
        """What would follow if the authority recorded an act now: the rooms follow it, and what follows from it, in a
        transaction that is undone. Nothing is recorded, nothing else is followed meanwhile.
        """
        with self._following:
            found: list[Tried[Seen]] = []
            try:
                with self._tables.transaction() as tables:
                    found.append(self._try(act, when, look, most, tables))
                    raise _Undone
            except _Undone:
                return found[0]

    @contextmanager
    def ahead(self) -> Iterator[Ahead]:
        """A transaction in which acts are followed before they are recorded: it is undone when the block ends.

        Nothing else is followed meanwhile.
        """
        with self._following, suppress(_Undone), self._tables.transaction() as tables:
            yield Ahead(tables, tables.cursor(), functools.partial(self._follow_ahead, tables))
            raise _Undone

    def _follow_ahead(self, tables: Any, index: int, act: Act, when: datetime, author: str) -> int:
        """Follow an act as if it were recorded, and what follows from it; gives the next index."""
        acts, done = [(act, author)], 0
        while done < len(acts) and done <= AHEAD_MAX:
            one, whose = acts[done]
            new = self._follow_one(self._as_if(one, index, when, whose), tables)
            acts += [
                (each, AUTHORITY) for each in new if not each.key or self._store.placed(AUTHORITY, each.key) is None
            ]
            index, done = index + 1, done + 1
        return index

    def _as_if(self, act: Act, index: int, when: datetime, author: str) -> Entry:
        kind = self._kinds[act.kind]
        body = disclosure.validate(kind, act.body)
        return Entry(index, act.kind, kind.version, when, author, act.subject, body, act.key, act.causes,
                     lambda name: act.blobs[name], retention=kind.retention)  # fmt: skip

    def _try(self, act: Act, when: datetime, look: Callable[[Reader], Seen], most: int, tables: Any) -> Tried[Seen]:
        before, size = look(tables), self._store.size()
        acts, done = [act], 0
        while done < len(acts) and done <= most:
            new = self._follow_one(self._as_if(acts[done], size + done, when, AUTHORITY), tables)
            acts += [each for each in new if not each.key or self._store.placed(AUTHORITY, each.key) is None]
            done += 1
        rows = tables.select(FAULT, {"entry": (">=", size)})
        problems = [f"{row['room']}: {row['problem']}" for row in rows]
        return Tried(before, look(tables), acts[1:], done == len(acts), problems)

    def opened(self, start: int, stop: int) -> Iterable[Entry]:
        """Entries in order, those just written from memory. An erased one comes without its body."""
        kept = {index: entry for index in range(start, stop) if (entry := self._taken(index))}
        missing = [index for index in range(start, stop) if index not in kept]
        stored = {item.index: item for item in self._store.entries(missing[0], missing[-1] + 1)} if missing else {}
        for index in range(start, stop):
            yield kept[index] if index in kept else self.unseal(stored[index])

    def unseal(self, stored: Stored) -> Entry:
        """A stored entry, opened; a tombstone where its key was erased."""
        try:
            return disclosure.unseal(stored, self._keys, self._store.blob, self._kinds)
        except disclosure.Erased:
            return disclosure.tombstone(stored, self._kinds)

    def rebuild(self, progress: Progress | None = None, cleared: int = -1) -> None:
        """Lay every projection out again from the record, in place of the old ones. Records nothing.

        Every entry is read from the record, none from memory: of what was erased nothing is left here. `cleared` is the
        newest erasure of which that is known: it is kept with the tables.
        """
        with self._following, self._tables.fresh() as fresh:
            size = min(self._tables.cursor(), self._store.size())
            fresh.set_cleared(cleared)
            for start in range(0, size, FOLLOW_CHUNK):
                stop = min(size, start + FOLLOW_CHUNK)
                with fresh.transaction() as tables:
                    for entry in map(self.unseal, self._store.entries(start, stop)):
                        self._follow_one(entry, tables)
                    fresh.set_cursor(start, stop)
                if progress:
                    progress(stop, size)
