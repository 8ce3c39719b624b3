"""Witnesses for tests: real ones in files, reached without a network, and authorities that ask them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from commonweal.adoption import Act
from commonweal.authority import HOUSE, Authority
from commonweal.engines.sqlite import SqliteWitness
from commonweal.kernel.record import Cosigner, NoteVerifier
from commonweal.kernel.record.witness import Answer, by_origin, origin_hash
from commonweal.kernel.values import Busy, NotFound, Text
from commonweal.settings import POLICY_FILE, Settings

ORIGIN = "log.example/test"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
NOW = 1_800_000_000


@dataclass
class Network:
    """The `WitnessPort` over witnesses in this process. What is in `away` does not answer; `said` overrides answers."""

    witnesses: dict[str, SqliteWitness] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    silent_reading: set[str] = field(default_factory=set)
    said: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add_checkpoint(self, url: str, body: bytes) -> Answer:
        self.asked.append(url)
        if url in self.away:
            raise Busy(f"{url} does not answer")
        if self.said.get(url):
            return self.said[url].pop(0)
        return self.witnesses[url].add_checkpoint(body, NOW)

    def checkpoint(self, url: str, origin: str) -> bytes | None:
        if url in self.away | self.silent_reading:
            return None
        try:
            return self.witnesses[url].checkpoint(origin_hash(origin))
        except NotFound:
            return None

    def close(self) -> None:
        for witness in self.witnesses.values():
            witness.close()


def witness_of(path: Path, number: int, *logs: NoteVerifier) -> SqliteWitness:
    """A witness of some logs, with a key made from a number."""
    return SqliteWitness(path, by_origin(logs), [Cosigner(f"w{number}.example", bytes([number]) * 32)])


def url(number: int) -> str:
    return f"https://w{number}.example"


def policy_text(quorum: str, count: int, *groups: str) -> str:
    lines = [
        f"witness w{number} {Cosigner(f'w{number}.example', bytes([number]) * 32).vkey} {url(number)}"
        for number in range(1, count + 1)
    ]
    return "\n".join([*lines, *groups, f"quorum {quorum}"]) + "\n"


def founded(folder: Path, policy: str = "", origin: str = ORIGIN) -> Authority:
    """An authority without instruments, with a policy if one is given."""
    Authority.create(folder, Settings(Text(en="Test", zh="测试"), origin, CREATED), installed={}).close()
    if policy:
        (folder / POLICY_FILE).write_text(policy)
    return Authority.open(folder, installed={})


def grow(authority: Authority, *keys: str) -> int:
    """Record one small act for each key; gives the index of the last."""
    acts = [Act("clock.tick", {"at": "2026-11-22T00:00:00Z"}, key=key) for key in keys]
    return authority.act_all(acts, HOUSE)[-1].index
