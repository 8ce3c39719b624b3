"""Acts that come together: each is checked against the record as it will be once those before it stand in it.

A check that looks at tables sees what came before in the same batch, followed in a transaction that is undone; and what
it saw must still hold when the act is recorded, or the act is checked again. Most filings are found sound without a
look at any table: for those nothing is followed, and nothing is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any

from commonweal.acceptance import STEWARDS, Acceptance, Caller
from commonweal.following import Ahead, Following
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.indicators import OBSERVATIONS_BATCH
from commonweal.kernel.record import Act, Overtaken, Reader, Relaying, Seen
from commonweal.kernel.values import BadInput, Busy, CommonwealError, Conflict, Fault, Forbidden
from commonweal.refusing import Taken
from commonweal.writing import Writing

CHECKED_AGAIN_MAX = 16
Placed = tuple[int, bool]


class Recording:
    """Checks acts and has them written: what a check saw is what the record says when its act becomes an entry."""

    def __init__(
        self,
        acceptance: Acceptance,
        writing: Writing,
        following: Following,
        *,
        followed: Callable[[], int],
        settle: Callable[[Iterable[tuple[Act, Caller]]], None],
    ) -> None:
        """`followed` says how far the tables are; `settle` is told what was recorded, for the files that it names."""
        self._acceptance, self._writing, self._following = acceptance, writing, following
        self._followed, self._settle = followed, settle
        self._kinds = deciding(acceptance.kinds)

    def place_all(self, acts: Sequence[Act], caller: Caller) -> list[Placed]:
        """Record acts in one transaction, all or none: index of each, and whether it was there already.

        Each is checked as if those before it stood in the record. Raises what a check raises (`BadInput` with the
        faults of all), and `Busy` where others decide faster than this can be checked.
        """
        for _ in range(CHECKED_AGAIN_MAX):
            with self._together() as together:
                checked = [(act, caller) for act in self._checked(acts, caller, together)]
            try:
                placed = self._writing.append(checked, self._acceptance.now(), seen=together.seen)
            except Overtaken:
                continue
            self._settle(checked)
            return placed
        raise Busy(
            f"what this was checked against changed {CHECKED_AGAIN_MAX} times while it was checked; nothing was "
            "written. Send it again"
        )

    def place_each(self, acts: Sequence[tuple[Act, Caller]]) -> list[Placed | Exception]:
        """Record acts of several callers, each on its own: one that is refused stops no other.

        Gives, for each, its index and whether it was there already, or the error with which it was refused. They are
        recorded in one transaction but for those whose check looked at what the record says: these come after, singly.
        """
        results: list[Any] = [None] * len(acts)
        alone: list[int] = []
        with self._together() as together:
            check = self._check_of(together)
            for number, (act, caller) in enumerate(acts):
                together.seen_size = None
                results[number] = _attempt(
                    check, act, caller, set(), of=Exception
                )  # a fault of ours is that act's alone
                if isinstance(results[number], Taken):
                    self._acceptance.log_taken(results[number], caller)
                if isinstance(results[number], Act) and together.seen is not None:
                    alone.append(number)
        good = [n for n, act in enumerate(results) if isinstance(act, Act) and n not in alone]
        pairs, now = [(results[number], acts[number][1]) for number in good], self._acceptance.now()
        placed: Any = _attempt(self._writing.append, pairs, now)
        if isinstance(placed, (Conflict, Forbidden)):  # one of them stands in the way of all
            placed = [_attempt(self._writing.append, [pair], now) for pair in pairs]
            placed = [one if isinstance(one, CommonwealError) else one[0] for one in placed]
        self._settle(pairs)
        for at, number in enumerate(good):
            results[number] = placed if isinstance(placed, CommonwealError) else placed[at]
        for number in alone:
            one = _attempt(self.place_all, [acts[number][0]], acts[number][1], of=Exception)
            results[number] = one if isinstance(one, Exception) else one[0]
        return results

    def tried(self, act: Act, caller: Caller, also: set[str]) -> Act:
        """An act as it would be recorded: body normalised, subject and key filled in. Writes nothing.

        Raises `BadInput` with every fault, or `Forbidden`. Whether a name was taken a moment ago by somebody else is
        told to who files under it, and to nobody who tries.
        """
        try:
            return self._acceptance.check(act, caller, also)
        except Taken as error:
            return error.act

    def _checked(self, acts: Sequence[Act], caller: Caller, together: Together) -> list[Act]:
        faults: list[Fault] = []
        refused: list[tuple[CommonwealError, Fault]] = []
        taken: Taken | None = None
        checked: list[Act] = []
        new: set[str] = set()
        newest: dict[tuple[str, str | None], tuple[Act, Act]] = {}
        check = self._check_of(together)
        for number, act in enumerate(acts):
            try:
                one = check(act, caller, new)
            except Taken as error:  # told last: whoever asks by it files what else they send
                error.among = [_refused(number, act, error)] if len(acts) > 1 else ()
                taken = taken or error
                new |= self._acceptance.would_file(act)
                continue
            except (Forbidden, Conflict) as error:
                if len(acts) == 1:
                    raise
                refused.append((error, _refused(number, act, error)))
                new |= self._acceptance.would_file(act)
                continue
            except BadInput as error:
                if len(acts) == 1:
                    raise
                faults.extend(replace(fault, where=f"act {number}: {fault.where}") for fault in error.faults)
                new |= self._acceptance.would_file(act)  # who refers to it is told of the fault in it, once
                continue
            before, stands = newest.get((one.kind, one.subject), (None, one))
            if not act.key and before == act and not self._acceptance.kinds[one.kind].renewable:
                one = replace(one, key=stands.key)  # the same row once more is its receipt
            elif not act.key and one.subject in new:  # another version in the same breath is not a repeat
                one = replace(one, key=f"{one.key}:{number}")
            newest[one.kind, one.subject] = act, one
            checked.append(one)
            new.add(one.subject or "")
            together.add(one, caller.party)
        if faults:
            raise BadInput([*faults, *(fault for _, fault in refused)], f"{len(acts)} acts")
        if refused:
            refused[0][0].among = [fault for _, fault in refused]
            raise refused[0][0]
        if taken is not None:
            self._acceptance.log_taken(taken, caller)
            raise taken
        return checked

    def _together(self) -> Together:
        return Together(self._acceptance, self._following, self._followed, self._kinds)

    def _check_of(self, together: Together) -> Callable[[Act, Caller, set[str]], Act]:
        return self._acceptance.for_many(together, together.follow, together.look).check


class Together(Relaying):
    """The reader of a batch's checks: the tables, and from the second act on what the acts before it will change."""

    def __init__(
        self,
        acceptance: Acceptance,
        following: Following,
        followed: Callable[[], int],
        kinds: tuple[frozenset[str], frozenset[str]],
    ) -> None:
        """`followed` says how far the tables are; `kinds` change what a check may see (`deciding`)."""
        self._acceptance, self._following, self._followed, self._kinds = acceptance, following, followed, kinds
        self._waiting: list[tuple[Act, str]] = []
        self._open: Ahead | None = None
        self._next = 0
        self.seen_size: int | None = None
        self._closing = ExitStack()

    def __enter__(self) -> Together:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
        self._open = None

    def add(self, act: Act, author: str) -> None:
        """An act that was found sound: those after it are checked as if it stood in the record."""
        self._waiting.append((act, author))

    def follow(self) -> int:
        """Bring the tables up to the record and to the acts before the one that is checked."""
        done = self._acceptance.follow() if self._open is None else 0
        if not self._waiting:
            return done
        store = self._acceptance.store
        if self._open is None:
            self._open = self._closing.enter_context(self._following.ahead())
            self._next = max(store.size(), self._open.size)
        now = self._acceptance.house().now
        there = store.placed_all([(author, act.key) for act, author in self._waiting])
        for act, author in self._waiting:
            if (author, act.key) not in there:
                self._next = self._open.follow(self._next, act, now, author)
        self._waiting.clear()
        return done

    def look(self) -> int:
        """`follow`, for a check on whose answer the act depends: what it sees must hold when the act is recorded."""
        done = self.follow()
        size = self._open.size if self._open is not None else self._followed()
        self.seen_size = size if self.seen_size is None else min(size, self.seen_size)
        return done

    @property
    def seen(self) -> Seen | None:
        """What the acts were checked against; None where no check looked."""
        return Seen(self.seen_size, *self._kinds) if self.seen_size is not None else None

    def _now(self) -> Reader:
        return self._open.tables if self._open is not None else self._acceptance.reader


def deciding(kinds: Mapping[str, Kind]) -> tuple[frozenset[str], frozenset[str]]:
    """The kinds of entries that change what a check may see, and of these the ones that do not by a first filing.

    What the authority records by itself follows from entries that count, or from time, for which a check asks the
    clock; values observed are no check's business; a subject that a stranger begins was not there to be looked at.
    """
    filed = {name: kind for name, kind in kinds.items() if kind.files and name != OBSERVATIONS_BATCH.id}
    apart = (name for name, kind in filed.items() if kind.noun and not set(kind.files) <= STEWARDS)
    return frozenset(filed), frozenset(apart)


def _refused(number: int, act: Act, error: CommonwealError) -> Fault:
    """What was refused among several acts, by its place among them."""
    where = error.where if isinstance(error, Forbidden) else ""
    return Fault(f"act {number}: {where or '(whole)'}", act.kind, str(error), error.code)


def _attempt(function: Callable[..., Any], *arguments: Any, of: type[Exception] = CommonwealError) -> Any:
    """What a function gives, or the error of a class that it raises."""
    try:
        return function(*arguments)
    except of as error:
        return error
