"""Group commit: callers in other threads queue up, and whoever comes to the front writes for all that wait.

Every engine's record shares this: a bounded queue with back-pressure, batches, and one caller's fault kept from the
others. An engine gives the one thing that differs, a function that writes a batch in one transaction.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from commonweal.kernel.record import (
    AUTHORITY,
    ERASURE,
    LEAF_BYTES_MAX,
    Draft,
    Keyring,
    Outdated,
    Overtaken,
    Placed,
    Seen,
    Turn,
)
from commonweal.kernel.record.keyring import LogClosed
from commonweal.kernel.values import Busy, CommonwealError, Conflict, Fault, Forbidden, RecordFault, Stale, TooLarge

BATCH_DRAFTS_MAX = 4_096
QUEUE_DRAFTS_MAX = 65_536
LOOK_S = 0.05


@dataclass(eq=False, slots=True)
class Job:
    """One caller's drafts, and what became of them."""

    drafts: Sequence[Draft]
    placed: list[Placed] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False


class GroupCommit:
    """The queue before a record. `write` puts a batch of jobs into one transaction.

    `write` fills in each job's `placed`, or its `error`, and raises only for what concerns the whole batch.
    """

    def __init__(self, name: str, write: Callable[[list[Job]], None]) -> None:
        """`name` is what people call the record in messages, e.g. record.sqlite."""
        self._name = name
        self.write = write
        self._gate = threading.Condition()
        self._queue: deque[Job] = deque()
        self.queued = 0
        self._leading = self._closed = False

    def append(self, drafts: Sequence[Draft]) -> list[Placed]:
        """Have drafts written, all or none, and give their places. Raises what befell them, and `Busy`."""
        if not drafts:
            return []
        job = Job(drafts)
        if self._enqueue(job):
            self._lead(job)
        if job.error is not None:
            raise job.error
        return job.placed

    def _enqueue(self, job: Job) -> bool:
        """Queue a job and wait until it is done (False) or it is this thread's turn to write for all (True)."""
        with self._gate:
            if self._closed:
                raise Busy(f"{self._name} was closed; nothing was written")
            if self._queue and self.queued + len(job.drafts) > QUEUE_DRAFTS_MAX:
                raise Busy(f"{self.queued} acts are waiting to be written already; nothing was written")
            self._queue.append(job)
            self.queued += len(job.drafts)
            while self._leading and not job.done:
                self._gate.wait()
            if not job.done:
                self._leading = True
            return not job.done

    def _lead(self, own: Job) -> None:
        """Write what waits, batch by batch, until this thread's own job is done."""
        try:
            while not own.done:
                self.finish(self._take())
        finally:
            with self._gate:
                self._leading = False
                self._gate.notify_all()

    def _take(self) -> list[Job]:
        with self._gate:
            jobs = [self._queue.popleft()]
            count = len(jobs[0].drafts)
            while self._queue and count + len(self._queue[0].drafts) <= BATCH_DRAFTS_MAX:
                jobs.append(self._queue.popleft())
                count += len(jobs[-1].drafts)
            self.queued -= count
            return jobs

    def finish(self, jobs: list[Job]) -> None:
        """Write a batch and wake its callers. A fault of the storage is everybody's; any other, of its own job only."""
        try:
            try:
                self.write(jobs)
            except (Busy, RecordFault):
                raise
            except Exception:
                if len(jobs) == 1:
                    raise
                for job in jobs:
                    self.finish([job])
        except BaseException as error:
            for job in jobs:
                job.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            with self._gate:
                for job in jobs:
                    job.done = True
                self._gate.notify_all()

    def wait_for(self, size: int, sized: Callable[[], int], timeout_s: float) -> bool:
        """Wait until a record holds `size` entries, written by anyone. False if it did not in time."""
        until = time.monotonic() + timeout_s
        while sized() < size:
            left = until - time.monotonic()
            if left <= 0:
                return False
            with self._gate:
                self._gate.wait(min(left, LOOK_S))
        return True

    def close(self) -> None:
        """Take nothing more, and wait until what was taken is written. Closing twice is harmless."""
        with self._gate:
            self._closed = True
            while self._leading or self._queue:
                self._gate.wait(LOOK_S)


class Placing:
    """What a batch adds: drafts that are new, each with the index it will have.

    `find` gives index and request of an act that stands already, by author and key; `owner` who was the first to file
    a kind about a subject. Both look from inside the write transaction. `newest` is the time of the newest entry there.
    `ring` holds the keys of the log: a draft may turn it (`turns`), and where it is closed nothing is placed.
    `since` gives kind and subject of the entries from an index on, `begun` the first entry about a subject.
    """

    def __init__(
        self,
        first: int,
        find: Callable[[str, str], tuple[int, str] | None],
        owner: Callable[[str, str], str | None],
        newest: str = "",
        ring: Keyring | None = None,
        *,
        since: Callable[[int], Iterable[tuple[str, str | None]]],
        begun: Callable[[str], int | None],
        free: Callable[[str], bool] = lambda address: False,
    ) -> None:
        self._find, self._owner, self._newest, self._free = find, owner, newest, free
        self._since, self._begun = since, begun
        self._attached: set[str] = set()
        self.ring = ring
        self.turns: list[tuple[int, Turn]] = []
        self._next = first
        self._by_key: dict[tuple[str, str], tuple[int, str]] = {}
        self._owners: dict[tuple[str, str], str] = {}
        self._gone: dict[str, bool] = {}
        self.drafts: list[Draft] = []

    def place_each(self, jobs: Sequence[Job]) -> None:
        """Places for every job's drafts, or the error with which that job alone is refused."""
        for job in jobs:
            job.error = None
            try:
                job.placed = self.place(job.drafts)
            except CommonwealError as error:
                job.error = error

    def place(self, drafts: Sequence[Draft]) -> list[Placed]:
        """Places for one caller's drafts; none is kept if one is `Outdated`, `Stale` or refused otherwise."""
        added: list[Draft] = []
        newest = self._newest
        by_key: dict[tuple[str, str], tuple[int, str]] = {}
        owners: dict[tuple[str, str], str] = {}
        placed = []
        attached: set[str] = set()
        ring, turns = self.ring, []
        seen: set[Seen] = set()
        for draft in drafts:
            name = (draft.author, draft.key)
            found = by_key.get(name) or self._by_key.get(name) or self._find(*name)
            if found is None:
                _check_size(draft)
                self._check_owner(draft, owners)
                self._check_stale(draft, self._next + len(added), by_key)
                self._check_attached(draft, attached)
                if draft.seen is not None and draft.seen not in seen:
                    self._check_seen(draft.seen)
                    seen.add(draft.seen)
                if draft.time < newest:
                    raise Outdated(newest)
                newest = draft.time
                ring = _turned(ring, self._next + len(added), draft.turn)
                if draft.turn:
                    turns.append((self._next + len(added), draft.turn))
                found = by_key[name] = (self._next + len(added), draft.request)
                added.append(draft)
                owners.setdefault((draft.kind, draft.subject or ""), draft.author)
                placed.append(Placed(found[0]))
            elif found[1] == draft.request:
                placed.append(Placed(found[0], again=True))
            else:
                raise Conflict(
                    f"key {draft.key!r} was used for another act (entry {found[0]}); "
                    "send a new key for a new act, or the same content for the same receipt"
                )
        self.drafts += added
        self._attached |= attached
        self._newest = newest
        self.ring, self.turns = ring, self.turns + turns
        for about, author in owners.items():
            self._owners.setdefault(about, author)
        self._by_key |= by_key
        self._next += len(added)
        return placed

    def _check_seen(self, seen: Seen) -> None:
        """Refuse what was checked against a record that says something else by now. What came with it was seen."""
        found = [*self._since(seen.size), *((draft.kind, draft.subject) for draft in self.drafts)]
        for kind, subject in found:
            if kind in seen.kinds and not (kind in seen.apart and subject and self._is_new(subject, seen.size)):
                raise Overtaken(f"a {kind} was recorded since this was checked; nothing was written. Check it again")

    def _is_new(self, subject: str, size: int) -> bool:
        first = self._begun(subject)
        return first is None or first >= size

    def _check_attached(self, draft: Draft, beside: set[str]) -> None:
        """Each file that a draft brings in is there, and no other entry's: it lives and dies with this one."""
        for address in draft.attached:
            if address in self._attached or address in beside or not self._free(address):
                raise Conflict(
                    "an attachment was swept, or filed with another entry, meanwhile; nothing was written. Upload it "
                    "again, once for each entry that names it"
                )
            beside.add(address)

    def _check_owner(self, draft: Draft, beside: Mapping[tuple[str, str], str]) -> None:
        about = (draft.kind, draft.subject or "")
        if not draft.own or draft.subject is None:
            return
        owner = self._owner(*about) or self._owners.get(about) or beside.get(about)
        if owner not in (None, draft.author):
            raise Forbidden(
                f"{draft.subject} was filed by another party; only that party or the authority may amend it"
            )

    def _check_stale(self, draft: Draft, index: int, beside: Mapping[tuple[str, str], object]) -> None:
        """Refuse a draft that must stand at another index, or is sealed to a key whose destruction is recorded."""
        if draft.at not in (None, index):
            raise Stale(f"the record grew from {draft.at} to {index} entries since this was checked; check it again")
        if not draft.sealed_to:
            return
        name = (AUTHORITY, ERASURE + draft.sealed_to)
        if draft.sealed_to not in self._gone:
            self._gone[draft.sealed_to] = self._find(*name) is not None
        if self._gone[draft.sealed_to] or name in self._by_key or name in beside:
            raise Stale("the key that this was sealed to was erased meanwhile; nothing was written. Send it again")


def _turned(ring: Keyring | None, index: int, turn: Turn | None) -> Keyring | None:
    """The keys after an entry. Raises `Conflict` for a turn that does not follow, and in a log that is closed."""
    if ring is None:
        if turn is not None:
            raise Conflict("this engine keeps no turns of the log; nothing was written")
        return None
    if ring.closed is not None:
        raise LogClosed(ring.why_closed)
    return ring.after(index, turn) if turn else ring


def _check_size(draft: Draft) -> None:
    if len(draft.leaf) > LEAF_BYTES_MAX:
        fault = Fault("leaf", f"{len(draft.leaf)} bytes", f"at most {LEAF_BYTES_MAX} bytes", "too_large")
        raise TooLarge(fault, draft.kind)
