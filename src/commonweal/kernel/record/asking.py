"""The log's side of the witness protocol: what a witness's answer means, and what is remembered of each.

Words for what stands between a log and one of its witnesses:

| state | alarm | meaning |
|---|---|---|
| `new` | | not asked yet |
| `cosigned` | | it cosigned the newest tree it was asked about |
| `away` | | it could not be reached, or was busy; asked again later |
| `refused` | | it does not know this log (404), or did not accept its key (403) or form (400) |
| `alarm` | `log-shrunk` | it has cosigned a larger tree of this log than there is here |
| `alarm` | `log-forked` | the tree here does not begin with the one that it cosigned |
| `alarm` | `witness-went-back` | it says that it holds a smaller tree than the one it cosigned before |
| `alarm` | `witness-key` | it answered with a cosignature that is not by the key in the policy |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from commonweal.kernel.values import BadInput, Busy, RecordFault, shown

from .checkpoint import Checkpoint, decimal
from .merkle import Read, consistency_proof, root_at
from .policy import PolicyWitness
from .witness import AddCheckpoint, Answer, WitnessPort, cosignatures_in

SHRUNK, FORKED, WENT_BACK, WRONG_KEY = "log-shrunk", "log-forked", "witness-went-back", "witness-key"
LOG_ALARMS = (SHRUNK, FORKED)
TRIES = 4
WAIT_S_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one witness, by its verifier key. Times are POSIX seconds; `size` is what it last cosigned."""

    witness: str
    size: int = 0
    time: int = 0
    tried: int = 0
    failures: int = 0
    state: str = "new"
    alarm: str = ""
    detail: str = ""

    def due(self, size: int, now: float) -> bool:
        """Whether to ask it about a tree of `size`: at once, or after failures less and less often."""
        wait = min(WAIT_S_MAX, 2.0**self.failures) if self.failures else 0.0
        return (self.state != "cosigned" or self.size < size) and (now >= self.tried + wait or now < self.tried)


@dataclass(frozen=True, slots=True)
class Known:
    """A checkpoint of this log, signed by its own key, that somebody holds: the log must have grown out of it."""

    size: int
    root: bytes
    note: bytes
    source: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The log's newest signed tree, and how to read its nodes."""

    checkpoint: Checkpoint
    note: bytes
    read: Read = field(compare=False)

    @property
    def size(self) -> int:
        return self.checkpoint.size


@dataclass(frozen=True, slots=True)
class Outcome:
    """What asking one witness came to: how it stands now, and the tree it cosigned with its signature lines."""

    standing: Standing
    tree: Tree | None = None
    lines: tuple[str, ...] = ()


class CosignatureStore(Protocol):
    """What the log remembers of its witnesses, apart from the record so that a restored record does not undo it."""

    def standings(self) -> dict[str, Standing]: ...

    def lines(self, size: int) -> dict[str, tuple[str, ...]]:
        """The signature lines kept for a tree size, by witness."""

    def keep(self, outcomes: Iterable[Outcome]) -> None:
        """Remember outcomes durably."""

    def publish(self, known: Known, at: int) -> None:
        """Remember a checkpoint with its quorum; smaller trees' loose signature lines are forgotten."""

    def published(self, count: int) -> list[tuple[Known, int]]:
        """The newest published checkpoints, largest first, each with the time."""

    def testify(self, known: Known) -> None:
        """Remember a checkpoint that contradicts the record here."""

    def testimony(self) -> list[Known]: ...


class Asking:
    """One log asking one witness, until it cosigns or there is a reason why it does not."""

    def __init__(self, port: WitnessPort, witness: PolicyWitness, standing: Standing, now: int) -> None:
        self._port, self._witness, self._now = port, witness, now
        self._standing = replace(standing, tried=now)
        self._went_back = ""

    def ask(self, tree: Tree, old: int | None = None) -> Outcome:
        """Ask for a cosignature of `tree`, from the size the witness is believed to hold.

        Never raises for what the witness does. A 409 is followed up from the size it names; where that is larger than
        the tree, the caller looks whether the log has grown meanwhile before it believes that it has shrunk.
        """
        old = self._standing.size if old is None else old
        try:
            for _ in range(TRIES):
                if old > tree.size:
                    return self._alarm(SHRUNK, f"it cosigned {old} entries of this log; there are {tree.size} here")
                proof = consistency_proof(old, tree.size, tree.read)
                answer = self._port.add_checkpoint(
                    self._witness.url, AddCheckpoint(old, tuple(proof), tree.note).dumps()
                )
                if answer.status != 409:
                    return self._meant(answer, tree, old)
                old = self._conflicting(answer)
        except Busy as error:
            return self._failed("away", str(error))
        except (RecordFault, BadInput) as error:
            return self._failed("refused", str(error))
        return self._failed("away", "others kept asking it about the same log; trying again later")

    def _conflicting(self, answer: Answer) -> int:
        """The size in a 409; a witness that holds less than it cosigned has gone back, which is worth an alarm."""
        size = decimal(answer.body.decode("ascii", "replace").removesuffix("\n"))
        if size is None:
            raise RecordFault("answer", f"409 with {shown(answer.body[:60])} where a tree size belongs")
        if size < self._standing.size:
            self._went_back = f"it says that it holds {size} entries, after cosigning {self._standing.size}"
        return size

    def _meant(self, answer: Answer, tree: Tree, old: int) -> Outcome:
        said = shown(answer.body.decode("utf-8", "replace").strip()[:200])
        if answer.status == 200:
            return self._cosigned(answer, tree)
        if answer.status == 422:
            return self._alarm(FORKED, f"the log here does not begin with the {old} entries that it cosigned ({said})")
        if answer.status in (400, 403, 404):
            return self._failed("refused", f"{answer.status}: {said}")
        return self._failed("away", f"it answered {answer.status}")

    def _cosigned(self, answer: Answer, tree: Tree) -> Outcome:
        verifier = self._witness.verifier
        text = tree.checkpoint.text().encode()
        try:
            lines = cosignatures_in(answer.body, text, verifier)
        except RecordFault as error:
            return self._alarm(WRONG_KEY, str(error))
        standing = replace(self._standing, size=tree.size, time=self._now, failures=0, state="cosigned")
        if self._went_back:
            standing = replace(standing, alarm=WENT_BACK, detail=self._went_back)
        elif standing.alarm != WENT_BACK:
            standing = replace(standing, alarm="", detail="")
        return Outcome(standing, tree, tuple(lines))

    def _alarm(self, name: str, detail: str) -> Outcome:
        standing = replace(self._standing, failures=self._standing.failures + 1, state="alarm")
        return Outcome(replace(standing, alarm=name, detail=detail))

    def _failed(self, state: str, detail: str) -> Outcome:
        """It did not cosign, for a reason that is no alarm; an alarm that stands keeps standing."""
        standing = replace(self._standing, failures=min(self._standing.failures + 1, 16))
        if standing.alarm:
            return Outcome(standing)
        return Outcome(replace(standing, state=state, detail=detail))


def contradiction(known: Known, tree: Tree) -> str:
    """How the log here contradicts a checkpoint that its own key signed; empty where it grew out of it."""
    if known.size > tree.size:
        return (
            f"{known.source} holds a checkpoint of {known.size} entries, signed with this log's key; "
            f"there are {tree.size} here, so this is an older state of it"
        )
    if root_at(known.size, tree.read) != known.root:
        return f"{known.source} holds another tree of {known.size} entries, signed with this log's key"
    return ""
