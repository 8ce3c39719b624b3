"""The log and its witnesses: asking them, publishing what has its quorum, and stopping when the record was rolled back.

A checkpoint is *published* once the witnesses in `policy.txt` have cosigned it by the policy's quorum. While they are
away, acts are accepted as ever and published late. With no policy a checkpoint is published as it is signed.

With batches (`batches.py`) the checkpoint that is due to be published, and that witnesses are asked about, is the one
that stood here at the last turn. What strangers may know of this log is `Witnesses.size` entries, and no door tells
them of more. Whoever filed something has the receipt of it at once, in a tree that is signed and not published yet.

Two things are told apart. What a witness *says* (409, 422) is an alarm: it may be the witness that is wrong. A
checkpoint signed with this log's own key that this record did not grow out of is *proof* that the record was rolled
back or forked: from then on nothing is written, since every new entry would be a fork under this log's name.
"""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from commonweal.batches import Batches
from commonweal.kernel.record import (
    Checkpoint,
    Keyring,
    NoteVerifier,
    Policy,
    PolicyWitness,
    RecordStore,
    TileHashes,
    TlogProof,
)
from commonweal.kernel.record.asking import (
    LOG_ALARMS,
    SHRUNK,
    Asking,
    CosignatureStore,
    Known,
    Outcome,
    Standing,
    Tree,
    contradiction,
)
from commonweal.kernel.record.witness import NEVER, Seen, WitnessPort
from commonweal.kernel.values import BadInput, Busy, Conflict, Fault, RecordFault, stamp

ASKED_AT_ONCE = 8
PUBLISHED_LOOKED_AT = 1_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a submitter gets: the leaf and a `tlog-proof` that it is in the signed log. Verifies offline.

    Its grade is `accepted` under the log's own signature, and `witnessed` once a published checkpoint covers it.
    """

    index: int
    kind: str
    subject: str | None
    origin: str
    accepted_on: str
    leaf: bytes
    proof: str
    vkey: str
    again: bool = False
    grade: str = "accepted"

    def with_leaf(self) -> bytes:
        """The tlog-proof file with the leaf on its extra line, so that the file alone can be verified."""
        proof = TlogProof.parse(self.proof.encode())
        return TlogProof(proof.index, proof.hashes, proof.checkpoint, self.leaf).dumps()

    def as_dict(self) -> dict[str, Any]:
        return {
            "grade": self.grade,
            "index": self.index,
            "kind": self.kind,
            "subject": self.subject,
            "origin": self.origin,
            "accepted_on": self.accepted_on,
            "leaf": base64.b64encode(self.leaf).decode(),
            "proof": self.proof,
            "vkey": self.vkey,
            "again": self.again,
        }


def checkpoint_of(note: bytes) -> Checkpoint:
    """The checkpoint in the log's own note, taken as it stands (verifying is for readers)."""
    return Checkpoint.from_text(note.decode().rpartition("\n\n")[0] + "\n")


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """One witness as people are shown it: `lag` is how many entries it has yet to cosign; times may be empty."""

    name: str
    key: str
    url: str
    state: str
    size: int
    lag: int
    cosigned: str
    tried: str
    alarm: str
    detail: str


@dataclass(frozen=True, slots=True)
class WitnessedLog:
    """A log for which this authority is the witness: the size it last cosigned, and when (empty: never)."""

    origin: str
    size: int
    cosigned: str

    def as_dict(self) -> dict[str, Any]:
        return {"origin": self.origin, "size": self.size, "cosigned": self.cosigned}


@dataclass(slots=True)
class _Published:
    """The newest checkpoint that has its quorum."""

    size: int = -1
    note: bytes = b""
    at: int = 0


@dataclass
class Witnesses:
    """The witnesses of one log, as its policy names them. Safe from any thread; one round of asking at a time."""

    store: RecordStore
    cosignatures: CosignatureStore
    ring: Callable[[], Keyring]
    policy: Policy | None
    port: WitnessPort
    now: Callable[[], float] = time.time
    remembered: Callable[[], Known | None] = lambda: None
    batches: Batches = field(default_factory=Batches)
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _turning: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _published: _Published = field(default_factory=_Published, repr=False)
    _looked_at: tuple[int, int] = field(default=(-1, 0), repr=False)
    _due: tuple[int, Tree] | None = field(default=None, repr=False)
    _halted: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Raises `BadInput` for a policy that lists logs, but not this one."""
        logs, ring = [item.verifier for item in self.policy.logs] if self.policy else [], self.ring()
        if logs and not set(logs) & set(ring.verifiers):
            fault = Fault("log", ", ".join(item.vkey for item in logs), f"a line `log {ring.current}`, or none")
            raise BadInput(fault, "policy.txt")
        self._load_published()
        self._halted = self._rolled_back()

    @property
    def verifier(self) -> NoteVerifier:
        """The log's key in force."""
        return self.ring().verifiers[-1]

    # ── what is published ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def wanted(self) -> bool:
        """Whether checkpoints need cosignatures before they are published."""
        return self.policy is not None and self.policy.asks_witnesses

    @property
    def batched(self) -> bool:
        """Whether entries are published in batches. To a log that is closed nothing comes any more: all of it is."""
        return bool(self.batches) and self.ring().closed is None

    @property
    def size(self) -> int:
        """Of how many entries strangers are told: all of them, or with batches those of the published checkpoint."""
        if not self.batched:
            return self.store.size()
        self._turn()
        return min(max(self._published.size, 0), self.store.size())

    def told(self) -> bytes:
        """The checkpoint of the entries that strangers are told of; nothing, where they are told of none."""
        if not self.batched:
            return self.store.checkpoint()
        self._turn()
        return self._published.note

    def published(self) -> bytes:
        """The newest published checkpoint. Raises `Busy` while none has had its quorum."""
        if not self.wanted and not self.batched:
            return self.store.checkpoint()
        self._turn()
        if self._published.size < 0:
            raise Busy(
                "no checkpoint has been cosigned by a quorum of this log's witnesses yet; acts are accepted meanwhile, "
                "and the first checkpoint is published as soon as they answer"
            )
        return self._published.note

    def covering(self, index: int) -> bytes | None:
        """The published checkpoint, if its tree holds the entry and witnesses cosigned it; None otherwise.

        A record that was rolled back no longer holds the tree that was published, so it proves nothing in it.
        """
        return self.holding(index) if self.wanted else None

    def holding(self, index: int) -> bytes | None:
        """The published checkpoint, where it is not simply the newest one and its tree holds the entry; else None."""
        if self._halted or not (self.wanted or self.batched):
            return None
        if self._published.size <= index:
            self._turn()
        return self._published.note if self._published.size > index else None

    def vouch_for(self, index: int) -> bool:
        """Whether an entry is under a checkpoint that has its quorum, where one is asked.

        What waits for that, as an approval does, waits for no batch.
        """
        if not self.wanted or self.covering(index) is not None:
            return True
        self.release(index)
        return False

    def release(self, index: int) -> None:
        """Publish an entry, and all before it, as soon as witnesses have cosigned it: without waiting for the turn.

        For what the log says of itself, and for what cannot wait.
        """
        if not self.batched or self._halted:
            return
        with self._turning:
            if self._due is not None and self._due[1].size > index:
                return
            tree = self._tree()
            self._due = self.batches.turn(), tree
            if not self.wanted:
                self._keep(tree)

    def _turn(self) -> None:
        """Take over what was published; without witnesses, publish what is due. Where it cannot be kept, that waits."""
        with self._turning:
            self._load_published()
            if self.wanted or self._halted or not self.batched or self._published.at >= self.batches.turn():
                return
            with suppress(Busy):
                self._keep(self._tree())

    def _time(self) -> int:
        return int(self.batches.now() if self.batches else self.now())

    def _keep(self, tree: Tree) -> None:
        at = self._time()
        self.cosignatures.publish(Known(tree.size, tree.checkpoint.root, tree.note, "this authority's own copy"), at)
        self._published = _Published(tree.size, tree.note, at)

    def _next(self) -> Tree:
        """The tree that is to be published next: the newest, or with batches the one of the last turn.

        Witnesses are asked about that one for as long as they take, so that they learn no more than everybody.
        """
        if not self.batched or self._halted:
            return self._tree()
        with self._turning:
            turn = self.batches.turn()
            if self._due is None or self._due[0] < turn:
                self._load_published()
                there = self._published.at >= turn  # another process was faster, or this one before it ended
                self._due = turn, self._tree_at(self._published.note) if there else self._tree()
            return self._due[1]

    def _load_published(self) -> None:
        """Take over what was published last, by this or another process, if today's policy is satisfied with it."""
        if not (self.wanted or self.batched):
            return
        newest = [(known.size, at) for known, at in self.cosignatures.published(1)]
        if not newest or newest[0] == self._looked_at:
            return
        self._looked_at = newest[0]
        for known, at in self.cosignatures.published(PUBLISHED_LOOKED_AT):
            if known.size < self._published.size:
                return
            if self.policy is None or self.policy.satisfied_by(known.note):
                self._published = _Published(known.size, known.note, at)
                return

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, everyone: bool = False) -> bool:
        """Ask every witness that is due about the checkpoint that is next; True if that published one.

        Without witnesses, what is due is published.

        With `everyone`, those that have cosigned it are asked too: a folder that was put back from a copy does not
        know what it has forgotten, but they do.

        One round takes about as long as the slowest witness may take to answer. What a witness does raises nothing;
        `Busy` means that the outcome could not be kept.
        """
        if not self.wanted:
            self._turn()
            return False
        with self._asking:
            self._halted = self._halted or self._rolled_back()  # another process may have found proof
            tree, now, at = self._next(), int(self.now()), self._time()
            known = self.cosignatures.standings()
            due = []
            for witness in self._askable():
                standing = known.get(witness.verifier.vkey, Standing(witness.verifier.vkey))
                if everyone or standing.due(tree.size, now):
                    due.append((witness, standing))
            if not due:
                return self._publish([tree], at)
            with ThreadPoolExecutor(min(len(due), ASKED_AT_ONCE), "witness") as pool:
                outcomes = list(pool.map(lambda pair: self._ask_one(pair[0], pair[1], tree, now), due))
            self.cosignatures.keep(outcomes)
            self._named(outcomes, known)
            return self._publish([tree, *(outcome.tree for outcome in outcomes if outcome.tree)], at)

    def _ask_one(self, witness: PolicyWitness, standing: Standing, tree: Tree, now: int) -> Outcome:
        asking = Asking(self.port, witness, standing, now)
        outcome = asking.ask(tree)
        if outcome.standing.alarm == SHRUNK and (newer := self._tree()).size > tree.size:
            outcome = asking.ask(newer)  # another process of this log wrote and asked in the meantime
        if outcome.standing.alarm in LOG_ALARMS and outcome.tree is None:
            self._look_for_proof(witness)
        return outcome

    def _look_for_proof(self, witness: PolicyWitness) -> None:
        """A witness says that this log shrank or forked: ask for the checkpoint that it holds, signed by this log."""
        ring = self.ring()
        note = self.port.checkpoint(witness.url, ring.origin)
        if note is None:
            return
        try:
            found = ring.open(note)
        except RecordFault:
            return
        known = Known(found.size, found.root, note, f"the witness {witness.name}")
        if problem := contradiction(known, self._tree()):
            self.cosignatures.testify(known)
            self._halt(problem)

    def _publish(self, trees: Iterable[Tree], at: int) -> bool:
        """Publish the largest of these trees that has its quorum and is larger than what is published.

        `at` is when asking began: what takes until after the next turn is no batch of that one.
        """
        assert self.policy is not None
        names = {item.verifier.vkey: item.name for item in self.policy.witnesses}
        for tree in sorted(trees, key=lambda tree: -tree.size):
            if tree.size <= self._published.size:
                break
            lines = {key: found for key, found in self.cosignatures.lines(tree.size).items() if key in names}
            note = tree.note + "".join(line for found in lines.values() for line in found).encode()
            if self.policy.quorum.satisfied_by({names[key] for key in lines}) and self.policy.satisfied_by(note):
                known = Known(tree.size, tree.checkpoint.root, note, "this authority's own copy")
                self.cosignatures.publish(known, at)
                self._published = _Published(tree.size, note, at)
                return True
        return False

    def _named(self, outcomes: Iterable[Outcome], before: Mapping[str, Standing]) -> None:
        """Log an alarm once, when it begins."""
        for outcome in outcomes:
            found, was = outcome.standing, before.get(outcome.standing.witness)
            if found.alarm and (was is None or was.alarm != found.alarm):
                _log.error("alarm %s: witness %s: %s", found.alarm, found.witness[:80], found.detail)

    def _askable(self) -> list[PolicyWitness]:
        return [item for item in self.policy.witnesses if item.url] if self.policy else []

    def _tree(self) -> Tree:
        return tree_of(self.store)

    def _tree_at(self, note: bytes) -> Tree:
        checkpoint = checkpoint_of(note)
        return Tree(checkpoint, note, TileHashes(self.store.tile, checkpoint.size).read)

    # ── stopping ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def halted(self) -> str:
        """Why nothing may be written; empty while all is well."""
        return self._halted

    def check_writing(self) -> None:
        """Raise `Conflict`, saying what to do, when this record contradicts what its own key signed before."""
        if self._halted:
            raise Conflict(
                f"nothing is written: {self._halted}. This record was rolled back or forked; writing to it would fork "
                "the log under its own name. Put back the newest copy of record.sqlite, one that holds those entries, "
                "and start again. If there is none, found a new authority with another origin and say so in public"
            )

    def notice(self) -> None:
        """Find out whether another process has proof by now that this record was rolled back."""
        if self.wanted:
            self._halted = self._halted or self._rolled_back()

    def _halt(self, problem: str) -> None:
        if not self._halted:
            _log.error("nothing is written any more: %s", problem)
        self._halted = problem

    def _rolled_back(self) -> str:
        """How the record contradicts what is remembered apart from it; empty where it does not."""
        return rolled_back(self.store, self.cosignatures, self.remembered())

    # ── saying how it stands ────────────────────────────────────────────────────────────────────────────────────

    def lines(self, size: int | None = None) -> list[WitnessLine]:
        """Each witness of the policy, in its order; `size`: of how many entries whoever is shown them is told."""
        size, known = self.store.size() if size is None else size, self.cosignatures.standings()
        found = []
        for item in self.policy.witnesses if self.policy else ():
            now = known.get(item.verifier.vkey, Standing(item.verifier.vkey))
            found.append(
                WitnessLine(
                    name=item.name,
                    key=item.verifier.vkey,
                    url=item.url,
                    state=now.state,
                    size=now.size,
                    lag=max(0, size - now.size),
                    cosigned=_instant(now.time),
                    tried=_instant(now.tried),
                    alarm=now.alarm,
                    detail=now.detail,
                )
            )
        return found

    def status(self, size: int | None = None) -> dict[str, Any]:
        """How the log stands with its witnesses, for JSON; `waiting` counts entries that are not published yet.

        `size`: of how many entries whoever is shown it is told.
        """
        self._turn()
        size = self.store.size() if size is None else size
        published = max(self._published.size, 0) if self.wanted or self.batched else size
        lines = self.lines(size)
        return {
            "quorum": self.policy.quorum.name if self.policy else "none",
            "published": published,
            "published_at": _instant(self._published.at),
            "waiting": max(0, size - published),
            "published_every": self.batches.minutes,
            "halted": self._halted,
            "alarms": [{"witness": item.name, "alarm": item.alarm, "detail": item.detail}
                       for item in lines if item.alarm],
            "witnesses": [{"name": item.name, "state": item.state, "size": item.size, "lag": item.lag,
                           "cosigned": item.cosigned, "detail": item.detail} for item in lines],
        }  # fmt: skip


def tree_of(store: RecordStore) -> Tree:
    """The newest signed tree of a store."""
    note = store.checkpoint()
    checkpoint = checkpoint_of(note)
    return Tree(checkpoint, note, TileHashes(store.tile, checkpoint.size).read)


def rolled_back(store: RecordStore, cosignatures: CosignatureStore, signed: Known | None = None) -> str:
    """How a log contradicts what is remembered of its witnesses and of what its key `signed`; empty if it does not.

    What is remembered is read before the log: another process may write and publish in between, and a log that has
    grown meanwhile contradicts nothing.
    """
    remembered = [item for item, _ in cosignatures.published(1)] + cosignatures.testimony()
    remembered += [signed] if signed else []
    largest = max((item.size for item in cosignatures.standings().values()), default=0)
    tree = tree_of(store)
    for item in remembered:
        if problem := contradiction(item, tree):
            return problem
    if largest > tree.size:
        return f"a witness has cosigned {largest} entries of this log; there are {tree.size} here"
    return ""


def witnessed_logs(origins: Iterable[str], seen: Mapping[str, Seen]) -> list[WitnessedLog]:
    """What a witness has cosigned, for each log that it knows."""
    logs = [(origin, seen.get(origin, NEVER)) for origin in origins]
    return [WitnessedLog(origin, latest.size, _instant(latest.time)) for origin, latest in logs]


def _instant(posix: int) -> str:
    return stamp(datetime.fromtimestamp(posix, UTC)) if posix else ""
