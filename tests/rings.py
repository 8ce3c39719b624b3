"""Logs in memory that change their keys, and what whoever holds some of those keys can put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from commonweal.kernel.disclosure.commitments import commit, digests, leaf_bytes
from commonweal.kernel.disclosure.succession import turn_of
from commonweal.kernel.record import (
    Checkpoint,
    Keyring,
    LogState,
    NoteSigner,
    TileHashes,
    TlogProof,
    Turn,
    grow,
    inclusion_proof,
    leaf_hash,
    root_of,
)
from commonweal.kernel.record.keyring import ROTATED

ORIGIN = "log.example/ring"
EVIL = NoteSigner(ORIGIN, b"\x66" * 32)
CHANGED, WITHDRAWN, CLOSED = "log.key_changed", "log.key_withdrawn", "log.closed"
LISTS = {CHANGED: "changes", WITHDRAWN: "withdrawn"}


def leaf_of(kind: str, body: dict[str, Any]) -> tuple[bytes, list[str]]:
    """A leaf that commits to a body, as anyone can make it, and the disclosures that open it."""
    disclosures = commit(body)
    claims = {"_sd": digests(disclosures), "_sd_alg": "sha-256", "author": "-", "blobs": [], "iss": ORIGIN}
    claims |= {"kind": f"{kind}/1", "marking": "", "payload_sha256": "", "refs": [], "retention": ""}
    return leaf_bytes({**claims, "time": "2026-01-01T00:00:00Z"}), disclosures


def proof_in(leaves: Sequence[bytes], index: int, size: int, *signers: NoteSigner) -> str:
    """The proof of a leaf in a tree of one's own making, under keys of one's own choosing."""
    tiles = {(tile.level, tile.n): tile.data for tile in grow(LogState(), list(leaves[:size]), EVIL).tiles}
    read = TileHashes(lambda level, n, width: tiles[level, n][: width * 32], size).read
    note = Checkpoint(ORIGIN, size, root_of(leaf_hash(leaf) for leaf in leaves[:size])).signed(list(signers))
    return TlogProof(index, tuple(inclusion_proof(index, size, read)), note, leaves[index]).text()


def forged(kind: str, body: dict[str, Any], index: int, size: int, *signers: NoteSigner) -> dict[str, Any]:
    """An item of a list of keys about an entry that never was, in a tree that is made up."""
    leaf, disclosures = leaf_of(kind, body)
    leaves = [leaf if at == index else b"made up %d" % at for at in range(size)]
    return {"disclosures": disclosures, "proof": proof_in(leaves, index, size, *signers)}


def change(old: NoteSigner, new: NoteSigner, what: str, overlap: int = 0, void: int = 0) -> dict[str, Any]:
    return {"old_key": old.vkey, "new_key": new.vkey, "change": what, "overlap": overlap, "void_from": void}


@dataclass
class Log:
    """An honest log: it signs each tree as its ring says, and publishes its keys as `/api/v1/log-keys` does."""

    signers: list[NoteSigner] = field(default_factory=lambda: [NoteSigner(ORIGIN, bytes(32))])
    leaves: list[bytes] = field(default_factory=list)
    turned: list[tuple[int, str, list[str], Turn]] = field(default_factory=list)

    @property
    def ring(self) -> Keyring:
        return Keyring.of(ORIGIN, self.signers[0].vkey, [(index, turn) for index, _, _, turn in self.turned])

    def tick(self, count: int = 1) -> None:
        self.leaves += [b"entry %d" % (len(self.leaves) + at) for at in range(count)]

    def rotate(self, what: str = ROTATED, overlap: int = 0, void: int = 0) -> None:
        new = NoteSigner(ORIGIN, bytes([len(self.signers)]) * 32)
        body = change(self.signers[-1], new, what, overlap, void)
        self._turn(CHANGED, body)
        self.signers.append(new)

    def withdraw(self, which: int, void: int) -> None:
        self._turn(WITHDRAWN, {"key": self.signers[which].vkey, "void_from": void})

    def _turn(self, kind: str, body: dict[str, Any]) -> None:
        turn = turn_of(kind, body)
        assert turn is not None
        self.ring.after(len(self.leaves), turn)
        leaf, disclosures = leaf_of(kind, body)
        self.turned.append((len(self.leaves), kind, disclosures, turn))
        self.leaves.append(leaf)

    def proof(self, index: int, size: int) -> str:
        """The proof of an entry in the tree of a size, signed as it was when the log stood there."""
        seen = [(at, turn) for at, _, _, turn in self.turned if at < size]
        ring = Keyring.of(ORIGIN, self.signers[0].vkey, seen)
        names = ring.signing(size, [turn for at, turn in seen if at == size - 1])
        return proof_in(self.leaves, index, size, *(item for item in self.signers if item.vkey in names))

    def document(self) -> dict[str, Any]:
        """What stands at `/api/v1/log-keys`, as far as it is read by who follows it."""
        found: dict[str, Any] = {"changes": [], "withdrawn": []}
        for index, kind, disclosures, _ in self.turned:
            item = {"disclosures": disclosures, "proof": self.proof(index, index + 1)}
            item["later"] = self.proof(index, self.turned[-1][0] + 1)
            found[LISTS[kind]].append(item)
        return found
