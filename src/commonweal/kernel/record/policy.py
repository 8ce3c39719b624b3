"""Policies (c2sp.org/tlog-policy): which witnesses must have cosigned a checkpoint before it counts.

A policy is a text of four kinds of line: `log`, `witness`, `group` and `quorum`. It is kept as bytes, as the
specification has it; names are compared byte by byte. The same `group` and `quorum` lines say who must have approved
an act, so the grammar stands on its own in `Quorum`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from commonweal.kernel.values import BadInput, FaultCollector, RecordFault, shown

from .checkpoint import Checkpoint, open_checkpoint
from .cosignature import COSIGNATURE_V1, ML_DSA_44
from .notes import ED25519, NoteVerifier, open_note

POLICY_BYTES_MAX = 1 << 20
MEMBERS_MAX = 256
NONE = "none"
_SPACES = re.compile(r"[ \t]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_URL = re.compile(r"https?://[^\s/?#]+[^\s?#]*")
_LOG_KINDS = (ED25519, ML_DSA_44)
_WITNESS_KINDS = (COSIGNATURE_V1, ML_DSA_44)


@dataclass(frozen=True, slots=True)
class Group:
    """At least `needed` of the `members`, each a witness or a group defined before."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Quorum:
    """The rule itself: `groups` by name, and `name`, which is a member, a group, or none."""

    name: str
    groups: Mapping[str, Group]

    def satisfied_by(self, present: Collection[str]) -> bool:
        """Whether the members that are present make a quorum."""
        reached = set(present) - {NONE}
        for name, group in self.groups.items():  # in order of definition: a group stands after its members
            if sum(member in reached for member in group.members) >= group.needed:
                reached.add(name)
        return self.name == NONE or self.name in reached

    @classmethod
    def parse(cls, text: str, members: Collection[str], about: str = "quorum") -> Quorum:
        """Read `group` lines and the `quorum` line over members that are known beforehand, in the same grammar.

        Raises `BadInput` naming every fault by its line; `log` and `witness` lines have no place there.
        """
        return _Reading(about, members).read(text.encode()).quorum

    def least(self) -> int:
        """How many members make a quorum at the least (no member stands in two groups)."""
        costs: dict[str, int] = {}
        for name, group in self.groups.items():
            costs[name] = sum(sorted(costs.get(member, 1) for member in group.members)[: group.needed])
        return 0 if self.name == NONE else costs.get(self.name, 1)


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness that a policy names: `name` within the policy, its key, and its submission prefix where it has one."""

    name: str
    verifier: NoteVerifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log that a policy accepts. Its key's name is its origin."""

    verifier: NoteVerifier
    url: str = ""


@dataclass(frozen=True)
class Policy:
    """What makes a checkpoint count: signed by one of the `logs`, cosigned by a quorum of the `witnesses`."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    quorum: Quorum

    @classmethod
    def parse(cls, data: bytes | str, about: str = "policy") -> Policy:
        """Read a policy file strictly. Raises `BadInput` naming every fault by its line."""
        return _Reading(about).read(data.encode() if isinstance(data, str) else data)

    @property
    def asks_witnesses(self) -> bool:
        """Whether any cosignature is needed at all."""
        return self.quorum.name != NONE

    def cosigners(self, note: bytes) -> dict[str, int]:
        """The witnesses whose cosignatures on a note verify, by name, each with its time in POSIX seconds.

        Raises `RecordFault` when the note is malformed, when a known key's signature fails, or when no known witness
        cosigned it.
        """
        opened = open_note(note, [item.verifier for item in self.witnesses])
        times = {
            (line.name, line.key_id): verifier.time_of(line.value)
            for verifier in opened.signed
            for line in opened.signatures
            if (line.name, line.key_id) == (verifier.name, verifier.key_id)
        }
        names = [(item.name, (item.verifier.name, item.verifier.key_id)) for item in self.witnesses]
        return {name: times[key] for name, key in names if key in times}

    def satisfied_by(self, note: bytes) -> bool:
        """Whether the cosignatures on a note make this policy's quorum (the log's own signature is not looked at)."""
        try:
            return self.quorum.satisfied_by(self.cosigners(note))
        except RecordFault:
            return not self.asks_witnesses

    def verify(self, note: bytes, logs: Iterable[NoteVerifier] = ()) -> tuple[Checkpoint, dict[str, int]]:
        """Open a checkpoint of one of this policy's logs (or of `logs`); gives it with its cosigners and their times.

        Raises `RecordFault` when no such log signed it or the quorum is not reached, saying who did cosign.
        """
        known = [item.verifier for item in self.logs] + list(logs)
        checkpoint = _open_for(note, known, [item.verifier for item in self.witnesses])
        try:
            cosigned = self.cosigners(note)
        except RecordFault:  # the known signatures were verified above, so no witness signed it
            cosigned = {}
        if not self.quorum.satisfied_by(cosigned):
            who = ", ".join(cosigned) or "nobody that the policy knows"
            raise RecordFault("checkpoint", f"lacks the quorum {shown(self.quorum.name)!r}; it was cosigned by {who}")
        return checkpoint, cosigned


def _open_for(note: bytes, logs: Iterable[NoteVerifier], witnesses: list[NoteVerifier]) -> Checkpoint:
    origin = note.split(b"\n", 1)[0].decode("utf-8", "replace")
    mine = [verifier for verifier in logs if verifier.name == origin]
    if not mine:
        raise RecordFault("checkpoint", f"is of the log {shown(origin)!r}, which the policy does not list")
    return open_checkpoint(note, [*mine, *witnesses], origin)


class _Reading:
    """One pass over a policy's lines; every fault is collected, then all are raised."""

    def __init__(self, about: str, members: Collection[str] | None = None) -> None:
        self._faults = FaultCollector(about)
        self._given = members is not None
        self._logs: list[PolicyLog] = []
        self._witnesses: list[PolicyWitness] = []
        self._groups: dict[str, Group] = {}
        self._quorum = ""
        self._names: set[str] = set(members or ())
        self._used: dict[str, str] = {}

    def read(self, data: bytes) -> Policy:
        if len(data) > POLICY_BYTES_MAX:
            self._faults.add("(whole)", f"{len(data)} bytes", f"at most {POLICY_BYTES_MAX} bytes", "too_large")
            self._faults.done()
        if data and not data.endswith(b"\n"):
            self._fault("last line", data[-40:], "a newline at its end")
        # Octets over 0x7F are opaque: latin-1 keeps each as it is, and they are written out again the same way.
        for number, line in enumerate(data.decode("latin-1").split("\n"), 1):
            self._line(f"line {number}", line)
        if not self._quorum:
            self._faults.add("(whole)", "no quorum line", "exactly one line `quorum <name>` or `quorum none`")
        self._faults.done()
        groups = {_text(name): Group(g.needed, tuple(map(_text, g.members))) for name, g in self._groups.items()}
        return Policy(tuple(self._logs), tuple(self._witnesses), Quorum(_text(self._quorum), groups))

    def _line(self, where: str, line: str) -> None:
        if any((char < " " and char != "\t") or char == "\x7f" for char in line):
            self._fault(where, line, "no control characters but tab and newline")
            return
        words = [word for word in _SPACES.split(line) if word]
        if not words or words[0].startswith("#"):
            return
        read = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum_line}
        if self._given:
            del read["log"], read["witness"]
        if words[0] not in read:
            self._fault(where, words[0], f"one of {', '.join(read)}, or # for a comment")
            return
        read[words[0]](where, words[1:])

    def _log(self, where: str, words: list[str]) -> None:
        if len(words) not in (1, 2):
            self._fault(where, " ".join(words), "log <vkey> [<url>]")
            return
        verifier = self._verifier(where, words[0], _LOG_KINDS, "log")
        url = self._url(where, words[1:])
        if verifier:
            self._logs.append(PolicyLog(verifier, url))

    def _witness(self, where: str, words: list[str]) -> None:
        if len(words) not in (2, 3):
            self._fault(where, " ".join(words), "witness <name> <vkey> [<url>]")
            return
        self._define(where, words[0])
        verifier = self._verifier(where, words[1], _WITNESS_KINDS, "witness")
        url = self._url(where, words[2:])
        if verifier:
            self._witnesses.append(PolicyWitness(_text(words[0]), verifier, url))

    def _group(self, where: str, words: list[str]) -> None:
        if len(words) < 3:
            self._fault(where, " ".join(words), "group <name> all|any|<k> <name>…, with at least one member")
            return
        name, threshold, members = words[0], words[1], words[2:]
        for member in members:
            self._member(where, name, member)
        needed = {"all": len(members), "any": 1}.get(threshold) or _number(threshold)
        if not 1 <= needed <= len(members) or len(members) > MEMBERS_MAX:
            self._fault(where, threshold, f"all, any, or a number from 1 to {len(members)}")
        self._define(where, name)
        self._groups.setdefault(name, Group(needed, tuple(members)))

    def _member(self, where: str, group: str, member: str) -> None:
        if member == NONE or member not in self._names:
            self._fault(where, member, "the name of a witness or group defined on an earlier line")
        elif member in self._used:
            self._fault(where, member, f"a name that is in no other group; it is in {shown(self._used[member])}")
        self._used.setdefault(member, group)

    def _quorum_line(self, where: str, words: list[str]) -> None:
        if len(words) != 1:
            self._fault(where, " ".join(words), "quorum <name>")
        elif self._quorum:
            self._fault(where, words[0], "one quorum line only")
        else:
            self._quorum = words[0]
            if words[0] != NONE and words[0] not in self._names:
                self._fault(where, words[0], "none, or a witness or group defined on an earlier line")

    def _define(self, where: str, name: str) -> None:
        if name == NONE or name in self._names:
            self._fault(where, name, "a name that is not taken (none is predefined)")
        self._names.add(name)

    def _verifier(self, where: str, vkey: str, kinds: tuple[int, ...], what: str) -> NoteVerifier | None:
        try:
            found = NoteVerifier.from_vkey(vkey.encode("latin-1").decode("utf-8", "replace"))
        except BadInput as error:
            self._fault(where, error.faults[0].seen, f"{what}: {error.faults[0].want}")
            return None
        if found.kind not in kinds:
            want = f"{what}: a key of the kind {' or '.join(f'{kind:#04x}' for kind in kinds)}"
            self._fault(where, f"{found.kind:#04x}", want)
            return None
        others = self._logs if what == "log" else self._witnesses
        if any(item.verifier.public == found.public for item in others):
            self._fault(where, vkey, f"a key that no other {what} line has")
            return None
        return found

    def _url(self, where: str, words: list[str]) -> str:
        url = _text(words[0]) if words else ""
        if url and not _URL.fullmatch(url):
            self._fault(where, url, "an address that begins with https:// or http:// and has no query")
        return url.rstrip("/")

    def _fault(self, where: str, seen: str | bytes, want: str) -> None:
        text = seen.decode("utf-8", "replace") if isinstance(seen, bytes) else _text(seen)
        self._faults.add(where, text, want)


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def _text(octets: str) -> str:
    """Octets as text for people: UTF-8 where they are, and what they are one by one where not."""
    raw = octets.encode("latin-1")
    return raw.decode("utf-8", "surrogateescape")
