"""Following: from a durable cursor every entry is followed in order, and what follows from it is recorded.

Rooms and instruments update their tables and give acts; the acts are recorded before the cursor moves, so a crash in
between repeats the step and the acts' keys keep them from being recorded twice.
"""

from __future__ import annotations

import functools
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from commonweal.kernel import disclosure, obligations
from commonweal.kernel.disclosure import KeyStore, Kind
from commonweal.kernel.record import (
    AUTHORITY,
    Act,
    Entry,
    Partly,
    Reader,
    RecordStore,
    Stored,
    Table,
    Tables,
    Taken,
    days,
)
from commonweal.kernel.record.entries import unkeyed
from commonweal.kernel.record.heads import IN_CONFIDENCE, kind_untold
from commonweal.kernel.values import BadInput, Busy, Fault, NotFound, stamp

FOLLOW_CHUNK = 256
READ_AT_ONCE = 32
# Where several processes follow or ask, none holds the tables longer than this, but for the entry it is at, and then
# lets go for a moment: whoever waits looks again many times in it.
HELD_S, LET_GO_S = 0.1, 0.005
REST_S, PATIENCE_S = 0.002, 10.0
AHEAD_MAX = 1_000
"""How many acts that follow from one are followed before any is recorded: a check looks at what they do. What more
follows from is to be recorded first, before anything is checked against it."""
TICK = "clock.tick"
CLOCK = Table("authority_clock", columns={"one": "integer", "latest": "text", "ticked": "text"}, key=("one",))
"""One row: the time of the newest entry, and of the newest that says what time it is, or of the first."""
FAULT = Table("authority_fault", columns={"entry": "integer", "room": "text", "problem": "text"}, key=("entry", "room"))
STEP = Table(
    "authority_step",
    columns={"one": "integer", "entry": "integer", "room": "integer", "part": "integer"},
    key=("one",),
)
"""How far an entry is followed that is followed in parts: which room asks for which part next."""
COUNT = Table(
    "authority_count",
    columns={"kind": "text", "entries": "integer", "version": "integer", "untold": "integer", "withheld": "json"},
    key=("kind",),
)
"""How many entries of a kind were followed; the oldest version and the fields left out as which the first was laid out.
Later ones, followed before the tables are laid out anew, change nothing of that."""
TABLES = (CLOCK, COUNT, FAULT, STEP, days.PLACE)


def _note_time(entry: Entry, tables: Tables) -> None:
    known = tables.get(CLOCK, 1) or {"one": 1, "latest": "", "ticked": stamp(entry.time)}
    newest = {"latest": max(known["latest"], stamp(entry.time))}
    if entry.kind == TICK:
        newest["ticked"] = max(known["ticked"], stamp(entry.time))
    if known | newest != known:
        tables.put(CLOCK, known | newest)


def counts_told(reader: Reader) -> dict[str, int]:
    """How many entries of each kind were followed, as the log tells their kinds to everybody."""
    told = Counter[str]()
    for row in reader.select(COUNT):
        told[row["kind"]] += row["entries"] - row["untold"]
        told[IN_CONFIDENCE] += row["untold"]
    return {kind: told[kind] for kind in sorted(told) if told[kind]}


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Fields of a kind that tables hold and shall not, or lack though they may hold them now."""

    kind: str
    held: tuple[str, ...]
    lacking: tuple[str, ...]


def laid_out_otherwise(counts: Iterable[Mapping[str, Any]], kinds: Mapping[str, Kind]) -> tuple[Otherwise, ...]:
    """The kinds whose entries were laid out when other fields of them were kept out of tables than now (`COUNT`)."""
    found = []
    for row in counts:
        if (kind := kinds.get(row["kind"])) is not None:
            then, now = frozenset(row["withheld"] or ()), kind.in_no_table()
            if then != now:
                found.append(Otherwise(kind.id, tuple(sorted(now - then)), tuple(sorted(then - now))))
    return tuple(found)


def outdated(reader: Reader, place: tuple[Sequence[str], str], kinds: Mapping[str, Kind], *, ours: bool) -> bool:
    """Whether tables hold entries as an older version of their kind had them or with fields that they shall not hold,
    or duties of another office; or lack, where they are not `ours`, what another release could not follow and this may.
    """
    if not ours and reader.select(FAULT, limit=1):
        return True
    judged, counts = reader.get(obligations.OFFICE, 1), reader.select(COUNT)
    if judged is not None and (judged["jurisdictions"], judged["time_zone"]) != (list(place[0]), place[1]):
        return True
    older = any(row["version"] < kinds[row["kind"]].version for row in counts if row["kind"] in kinds)
    return older or bool(laid_out_otherwise(counts, kinds))


UNDERIVED = (ArithmeticError, LookupError, TypeError, ValueError, BadInput, NotFound)

Follow = Callable[[Entry, Tables], Iterable[Act]]
GoOn = Callable[[Entry, Tables, int], Iterable[Act]]
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

    def transaction(self, *, wait: bool = True) -> AbstractContextManager[Any]:
        """The tables to write to, all or nothing. Raises `Taken` where another has them, at once unless it may wait."""

    def reader(self) -> Reader:
        """The tables to look at, as they were committed last."""

    def cleared(self) -> int:
        """The newest erasure (its entry) of whose text nothing is left in these tables; -1 for none."""

    def set_cleared(self, entry: int) -> None:
        """Remember that. It is kept with the rows, in the same file, and is no part of the dump."""

    def emptied(self) -> bool:
        """Move what is written into the file and empty the log beside it; False where a reader keeps it."""

    def fresh(self) -> AbstractContextManager[Any]:
        """Empty tables that take the place of these when the block ends well."""


class _Waiting:
    """How long one waits for others who have the tables: as long as they come forward, or for so many seconds."""

    _seen: object

    def __init__(self, mark: Callable[[], object], within_s: float | None) -> None:
        """`mark()` changes when anybody comes forward."""
        self._mark, self._seen, self._since = mark, None, time.monotonic()
        self._until = math.inf if within_s is None else self._since + within_s

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._until

    def rest(self) -> None:
        """Rest a moment. Raises `Busy` where those who have the tables have not come forward for long."""
        now, mark = time.monotonic(), self._mark()
        if mark != self._seen:
            self._seen, self._since = mark, now
        if now - self._since >= PATIENCE_S:
            raise Busy(
                "what was filed before is still being laid out, and whoever does that has not come forward for "
                f"{PATIENCE_S:.0f} s; nothing was written. Try again in a while"
            )
        time.sleep(REST_S)


class Following:
    """The one that follows. `followers` in the order of the house: what each writes, the next may read.

    `goes_on` gives, for a follower that may do with a part of an entry at a time (`Partly`), what does the next part.
    """

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
        goes_on: Mapping[Follow, GoOn] | None = None,
        whole: Collection[Follow] = (),
        mark: Callable[[str], str] = unkeyed,
    ) -> None:
        """`record(acts, time)` records reactions; `taken(index)` gives an entry that was just written, opened.

        Followers that are `whole` are given entries as they were filed, all others without what no table holds. `mark`
        is that of each entry (`Entry`).
        """
        self._store, self._keys, self._kinds = store, keys, kinds
        self._tables, self._followers, self._goes_on = projections, followers, goes_on or {}
        self._record_all, self._taken, self._whole = record, taken, frozenset(whole)
        self._keyed = mark
        self._as_if_filed: dict[int, Mapping[str, Any]] = {}
        self._following = threading.Lock()
        self._shared = False

    def share(self) -> None:
        """From now on others may wait for the tables: they are held for a moment at a time, and let go in between."""
        self._shared = True

    def follow(
        self, progress: Progress | None = None, *, most: int | None = None, within_s: float | None = None
    ) -> int:
        """Bring tables and reactions up to the end of the record, or on by about `most` entries.

        Gives the number of entries followed here. Where others have the tables it waits for them to come forward as
        far; raises `Busy` where they do not. `within_s`: as far as it comes in so many seconds, and no error.
        """
        done, waiting = 0, _Waiting(self._mark, within_s)
        chunk = FOLLOW_CHUNK if most is None else min(most, FOLLOW_CHUNK)
        while (most is None or done < most) and (start := self._tables.cursor()) < (size := self._store.size()):
            if waiting.over:
                break
            try:
                done += self._follow_chunk(start, min(size, start + chunk))
            except Taken:
                waiting.rest()
                continue
            if progress:
                progress(self._tables.cursor(), self._store.size())
            if self._shared and self._tables.cursor() < self._store.size():
                time.sleep(LET_GO_S)
        return done

    def _mark(self) -> object:
        """What changes when anybody comes forward."""
        return self._tables.cursor(), self._tables.reader().get(STEP, 1)

    def _follow_chunk(self, start: int, stop: int) -> int:
        """Follow entries in one transaction; what follows from them is recorded before the cursor moves.

        A crash in between repeats the chunk, and the acts' keys keep them from being recorded twice. Raises `Taken`
        where another has the tables.
        """
        if not self._following.acquire(timeout=REST_S):
            raise Taken("the tables are in use here")
        try:
            with self._tables.transaction(wait=False) as tables:
                if tables.cursor() != start:  # another process was here first
                    return 0
                until = time.monotonic() + (HELD_S if self._shared else math.inf)
                acts: list[tuple[Act, datetime]] = []
                reached = start
                for entry in self.opened(start, stop):
                    new, whole = self._follow_on(entry, tables, until)
                    acts.extend((act, entry.time) for act in new)
                    reached += whole
                    if not whole or time.monotonic() >= until:
                        break
                self._record(acts)
                if reached > start:
                    tables.set_cursor(start, reached)
            return reached - start
        finally:
            self._following.release()

    def _follow_one(self, entry: Entry, tables: Any) -> list[Act]:
        """What follows from an entry, all of it."""
        return self._follow_on(entry, tables, math.inf)[0]

    def _follow_on(self, entry: Entry, tables: Any, until: float) -> tuple[list[Act], bool]:
        """What follows from an entry, and whether that is all. A room that may do with a part at a time stops `until`
        then; whoever comes next goes on from there.

        No filing, however odd, may stop the authority: what a room wrote that cannot derive anything from it is undone,
        the rest goes on, `status` names the entry, and a rebuild comes to the same.
        """
        acts: list[Act] = []
        days.note(entry, tables)
        entry = replace(entry, mark=self._keyed, zone=days.Days.of(tables).zone(entry.time))
        filed, entry = entry, self._laid_out(entry)
        step = tables.get(STEP, 1)
        room, part = (step["room"], step["part"]) if step and step["entry"] == entry.index else (0, 0)
        for number in range(room, len(self._followers)):
            more = True
            while more:
                told = filed if self._followers[number] in self._whole else entry
                found, more = self._follow_part(number, part, told, tables)
                acts.extend(found)
                part = part + 1 if more else 0
                if more and time.monotonic() >= until:
                    tables.put(STEP, {"one": 1, "entry": entry.index, "room": number, "part": part})
                    return acts, False
        if step is not None:
            tables.delete(STEP, 1)
        self._count(entry, tables)
        _note_time(entry, tables)
        return acts, True

    def _count(self, entry: Entry, tables: Tables) -> None:
        count = tables.get(COUNT, entry.kind)
        if count is None:
            kind = self._kinds.get(entry.kind)
            withheld = sorted(kind.in_no_table()) if kind is not None else []
            count = {"kind": entry.kind, "entries": 0, "version": entry.version, "untold": 0, "withheld": withheld}
        more = {"entries": count["entries"] + 1, "untold": count["untold"] + kind_untold(entry.leaf)}
        tables.put(COUNT, count | more | {"version": min(count["version"], entry.version)})

    def _laid_out(self, entry: Entry) -> Entry:
        """An entry as rooms follow it: without what is closed to everybody and what people tell in their own words, so
        that no table can come to hold it."""
        kind = self._kinds.get(entry.kind)
        sealed = kind.in_no_table() if kind is not None else frozenset()
        if sealed.isdisjoint(entry.body):
            return entry
        return replace(entry, body={name: value for name, value in entry.body.items() if name not in sealed})

    def body(self, index: int) -> Mapping[str, Any]:
        """What an entry says, also one that is followed as if it were recorded; nothing where it was erased."""
        if index in self._as_if_filed:
            return self._as_if_filed[index]
        return self.unseal(self._store.entry(index)).body

    def _follow_part(self, number: int, part: int, entry: Entry, tables: Any) -> tuple[list[Act], bool]:
        """What one room derives from a part of an entry (most do all at once), and whether to ask it for more."""
        follow = self._followers[number]
        go_on = self._goes_on.get(follow)
        try:
            with tables.part():
                found = go_on(entry, tables, part) if part and go_on else follow(entry, tables)
                return [self._valid(act) for act in found], isinstance(found, Partly)
        except UNDERIVED as error:
            problem = f"{type(error).__name__}: {error}"[:500]
            tables.put(FAULT, {"entry": entry.index, "room": follow.__module__, "problem": problem})
            return [], part > 0 and go_on is not None

    def _valid(self, act: Act) -> Act:
        return replace(act, body=disclosure.validate(self._kinds[act.kind], act.body))

    def _record(self, acts: Sequence[tuple[Act, datetime]]) -> None:
        """Record reactions, each at the time of what caused it, all in the fewest transactions."""
        batch: list[Act] = []
        for number, (act, at) in enumerate(acts):
            batch.append(act)
            if number + 1 == len(acts) or acts[number + 1][1] != at:
                self._record_all(batch, at)
                batch = []

    def tried(self, act: Act, when: datetime, look: Callable[[Reader], Seen], most: int) -> Tried[Seen]:
        """What would follow if the authority recorded an act now: the rooms follow it, and what follows from it, in a
        transaction that is undone. Nothing is recorded, nothing else is followed meanwhile.
        """
        with self._alone():
            found: list[Tried[Seen]] = []
            try:
                with self._tables.transaction() as tables:
                    found.append(self._try(act, when, look, most, tables))
                    raise _Undone
            except _Undone:
                return found[0]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nothing else is followed here meanwhile. Raises `Busy` where what is under way does not end."""
        if not self._following.acquire(timeout=PATIENCE_S):
            raise Busy(f"the tables were in use for {PATIENCE_S:.0f} s; nothing was written. Try again in a while")
        try:
            yield
        finally:
            self._as_if_filed.clear()
            self._following.release()

    @contextmanager
    def ahead(self) -> Iterator[Ahead]:
        """A transaction in which acts are followed before they are recorded: it is undone when the block ends.

        Nothing else is followed meanwhile.
        """
        with self._alone(), suppress(_Undone), self._tables.transaction() as tables:
            yield Ahead(tables, tables.cursor(), functools.partial(self._follow_ahead, tables))
            raise _Undone

    def _follow_ahead(self, tables: Any, index: int, act: Act, when: datetime, author: str) -> int:
        """Follow an act as if it were recorded, and what follows from it; gives the next index.

        Raises `BadInput` where more follows than is looked at: what comes after the act cannot be checked beside it.
        """
        acts, done = [(act, author)], 0
        while done < len(acts):
            if len(acts) - 1 > AHEAD_MAX:
                want = (
                    f"an act from which at most {AHEAD_MAX} others follow, or this one filed before what comes after it"
                )
                raise BadInput(Fault("(whole)", act.kind, want, "too_much_follows"), act.kind)
            one, whose = acts[done]
            new = self._follow_one(self._as_if(one, index, when, whose), tables)
            acts += [
                (each, AUTHORITY) for each in new if not each.key or self._store.placed(AUTHORITY, each.key) is None
            ]
            index, done = index + 1, done + 1
        return index

    def _as_if(self, act: Act, index: int, when: datetime, author: str) -> Entry:
        kind = self._kinds[act.kind]
        body = self._as_if_filed[index] = disclosure.validate(kind, act.body)
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
        """Entries in order, each read when it is its turn, those just written from memory. An erased one comes without
        its body.
        """
        stored: dict[int, Stored] = {}
        for index in range(start, stop):
            if (kept := self._taken(index)) is not None:
                yield kept
                continue
            if index not in stored:
                stored = {item.index: item for item in self._store.entries(index, min(stop, index + READ_AT_ONCE))}
            yield self.unseal(stored[index])

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
        with self._alone(), self._tables.fresh() as fresh:
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
