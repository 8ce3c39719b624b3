"""Which key signs a log at which size, and whether the log is closed: what a few entries of the log itself say.

Such an entry is a *turn*. It takes effect with the tree that holds it, so everything is told by sizes and anyone who
reads the log comes to the same ranges. With a turn at index i:

| turn | old key counts alone up to | new key counts from |
|---|---|---|
| `rotated`, overlap n | size i + 1 + n, both signing meanwhile | i + 1 |
| `lost` | size i | i + 1 |
| `compromised`, void from v | size v - 1 (v at most i + 1) | i + 1 |
| `withdrawn`, void from v: a key that was replaced before | size v - 1 at most | there is none |
| `closed` | no larger tree is signed | |
| `succeeded` | as it was: another log, which was closed, goes on in this one | |

An overlap is of `OVERLAP_MAX` entries at most. It is there so that those who know only the old key learn of the new
one, and as long as it lasts whoever gets hold of the old key signs as the log: it must end in sight. 2^20 entries are a
day of a log that takes twelve a second without rest, and years of most.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

from commonweal.kernel.values import Conflict, RecordFault

from .checkpoint import Checkpoint, open_checkpoint
from .notes import NoteVerifier, split_note

FOUNDED, ROTATED, LOST, COMPROMISED, CLOSED = "founded", "rotated", "lost", "compromised", "closed"
SUCCEEDED, WITHDRAWN = "succeeded", "withdrawn"
OVERLAP_MAX = 1 << 20
FOUNDING = -1


class LogClosed(Conflict):
    """The log has ended: it takes no entry more, through whatever door."""

    code = "log-closed"
    title = "This log was closed; nothing was written"


@dataclass(frozen=True, slots=True)
class Turn:
    """What an entry changes about the log itself. From the size `void_from` on, a stolen key counts for nothing.

    `disclosures` open the entry's fields, all of them public: kept, so that a loss of keys does not close them.
    """

    what: str
    old: str = ""
    new: str = ""
    overlap: int = 0
    void_from: int = 0
    successor: str = ""
    disclosures: tuple[str, ...] = field(default=(), compare=False)
    successor_vkey: str = ""
    successor_url: str = ""
    predecessor: str = ""

    def dumps(self) -> str:
        """The turn as a store keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def loads(cls, text: str) -> Turn:
        found = json.loads(text)
        return cls(**{**found, "disclosures": tuple(found.get("disclosures", ()))})


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log and the sizes of the trees for which its signature counts: `start` to `stop`, both included.

    `stop` is None for the key in force; `ended` says why an earlier one ended; `entry` brought it in.
    """

    vkey: str
    start: int
    stop: int | None = None
    ended: str = ""
    entry: int | None = None

    def counts_at(self, size: int) -> bool:
        return self.start <= size and (self.stop is None or size <= self.stop)


@dataclass(frozen=True)
class Keyring:
    """A log's keys, oldest first, and the size at which it was closed, if it was, with the log that goes on.

    `withdrawn` are the entries that gave up keys which had been replaced before.
    """

    origin: str
    keys: tuple[LogKey, ...]
    closed: int | None = None
    successor: str = ""
    successor_vkey: str = ""
    successor_url: str = ""
    withdrawn: tuple[int, ...] = ()

    @classmethod
    def of(cls, origin: str, vkey: str, turns: Iterable[tuple[int, Turn]] = ()) -> Keyring:
        """The keys of a log founded under `vkey`, after turns in their order. Raises `Conflict` where they clash."""
        ring = cls(origin, (LogKey(vkey, 0),))
        for index, turn in turns:
            ring = ring.after(index, turn)
        return ring

    def after(self, index: int, turn: Turn) -> Keyring:
        """The keys once the entry at `index` stands. Raises `Conflict` for a turn that does not follow."""
        if self.closed is not None:
            raise LogClosed(self.why_closed)
        if turn.what == CLOSED:
            successor = {name: getattr(turn, name) for name in ("successor", "successor_vkey", "successor_url")}
            return replace(self, closed=index + 1, **successor)
        if turn.what == SUCCEEDED:
            return self
        if turn.what == WITHDRAWN:
            return self._without(index, turn)
        now = self.keys[-1]
        if turn.old != now.vkey or NoteVerifier.from_vkey(turn.new).name != self.origin or turn.new in self.vkeys:
            raise Conflict(f"the log's key is {now.vkey}; a change from {turn.old} to {turn.new} does not follow on it")
        if not 0 <= turn.overlap <= OVERLAP_MAX:
            raise Conflict(f"an overlap of {turn.overlap} entries; at most {OVERLAP_MAX}, so that the old key ends")
        stop = {ROTATED: index + 1 + turn.overlap, LOST: index, COMPROMISED: min(turn.void_from - 1, index)}[turn.what]
        ended = replace(now, stop=stop, ended=turn.what)
        earlier = self.keys[:-1]
        if turn.what != ROTATED:  # whoever lost one key, or had it stolen, may not count on those before it either
            earlier = tuple(replace(key, stop=min(stop, stop if key.stop is None else key.stop)) for key in earlier)
        return replace(self, keys=(*earlier, ended, LogKey(turn.new, index + 1, entry=index)))

    def _without(self, index: int, turn: Turn) -> Keyring:
        """The keys once one that was replaced before is given up as stolen; the others count as they did."""
        place = next((at for at, key in enumerate(self.keys[:-1]) if key.vkey == turn.old), None)
        if place is None:
            raise Conflict(f"{turn.old} is no earlier key of this log; the one in force is replaced, not withdrawn")
        key = self.keys[place]
        assert key.stop is not None
        stop = min(key.stop, turn.void_from - 1, index)
        if (stop, COMPROMISED) == (key.stop, key.ended):
            raise Conflict(f"{turn.old} was given up already and counts up to {key.stop} entries, no further than said")
        given_up = replace(key, stop=stop, ended=COMPROMISED)
        keys = (*self.keys[:place], given_up, *self.keys[place + 1 :])
        return replace(self, keys=keys, withdrawn=(*self.withdrawn, index))

    @property
    def current(self) -> str:
        """The verifier key in force."""
        return self.keys[-1].vkey

    @property
    def vkeys(self) -> tuple[str, ...]:
        return tuple(key.vkey for key in self.keys)

    @property
    def why_closed(self) -> str:
        at = f" at {self.successor_url}" if self.successor_url else ""
        on = f"; it goes on as {self.successor}{at}" if self.successor else "; no other log goes on from it"
        return f"this log was closed at {self.closed} entries and takes no more{on}"

    @cached_property
    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """Every key there ever was."""
        return tuple(NoteVerifier.from_vkey(key.vkey) for key in self.keys)

    def at(self, size: int) -> tuple[LogKey, ...]:
        """The keys whose signature counts for a tree of `size`."""
        return tuple(key for key in self.keys if key.counts_at(size))

    def signing(self, size: int, turns: Sequence[Turn] = ()) -> tuple[str, ...]:
        """The keys that sign a tree of `size` in which `turns` are new: a key that hands over signs that tree too."""
        leaving = [turn.old for turn in turns if turn.what == ROTATED]
        return tuple(dict.fromkeys([key.vkey for key in reversed(self.at(size))] + leaving))

    def open(self, note: bytes, *, own: bool = False) -> Checkpoint:
        """Verify a checkpoint under the keys in force at its size. Raises `RecordFault`.

        `own`: it lies in the log's own store, which is held against the tree anyway; there, what a key signed before
        it was known to be stolen stays as it is.
        """
        found = open_checkpoint(note, self.verifiers, self.origin)
        if self.closed is not None and found.size > self.closed:
            problem = (
                f"signs {found.size} entries, but this log was closed at {self.closed}: somebody goes on in its name"
            )
            raise RecordFault("checkpoint", problem)
        signed = self._signed(note)
        if any(key.counts_at(found.size) or (own and self._was_in_force(key, found.size)) for key in signed):
            return found
        raise RecordFault("checkpoint", "; ".join(_why_not(key, found.size) for key in signed))

    def key_of(self, note: bytes) -> str:
        """The newest key that a note names, nothing verified; the one in force where it names none."""
        found = self._signed(note)
        return found[-1].vkey if found else self.current

    def _signed(self, note: bytes) -> list[LogKey]:
        named = {(item.name, item.key_id) for item in split_note(note)[1]}
        return [key for key, item in zip(self.keys, self.verifiers, strict=True) if (item.name, item.key_id) in named]

    def _was_in_force(self, key: LogKey, size: int) -> bool:
        """Whether this was the log's newest key when its tree had `size` entries, whatever was said of it since."""
        later = self.keys[self.keys.index(key) + 1 :]
        return key.start <= size and (not later or size < later[0].start)


def _why_not(key: LogKey, size: int) -> str:
    if size < key.start:
        return f"{key.vkey} signs trees of {key.start} entries and more, not one of {size}"
    why = {COMPROMISED: "was stolen", LOST: "was lost"}.get(key.ended, "was replaced")
    return f"{key.vkey} {why}: its signature counts up to {key.stop} entries, not for {size}; ask for a newer proof"
