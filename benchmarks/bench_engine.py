"""Sealing, sequencing and proving, each beside its limit: HPKE alone, SQLite's own rows, another Merkle tree.

`record.sequenced_per_s` is sealed drafts to durable, checkpointed entries in batches, against the same rows under the
same schema in the same batches. `record.proofs_per_s` is the inclusion proof of a random leaf as the text of a proof
file: `.warm` with the tiles in memory; `.cold` in a fresh process whose cache begins empty; `.uncached` with the cache
emptied before every proof. The peer for appending and proving is pymerkle's SQLite tree over the same leaves.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated, Any

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pydantic import create_model

from benchmarks import foreign
from benchmarks.figures import Figure, quantile, seconds
from benchmarks.peers import entry_rows, insert, laid_out
from commonweal.engines.sqlite import SqliteKeys, SqliteRecord
from commonweal.kernel.disclosure import PUBLIC, Filing, Kind, seal, validate
from commonweal.kernel.record import Act, Draft, Stored, TileHashes, TlogProof, inclusion_proof
from commonweal.kernel.values import Text

ORIGIN = "benchmark.example/log"
BATCH, BATCHES, SEALS, PROOFS = 2_048, 12, 3_000, 4_000
FIELDS = 12
ROOT = Path(__file__).parents[1]


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        keys = SqliteKeys(folder / "keys.sqlite")
        record = SqliteRecord(folder, keys.log_signer(ORIGIN))
        drafts = sealed(keys, SEALS)
        figures = [_sealing(keys), _sequencing(record, drafts, folder)]
        print("  proofs", file=sys.stderr, flush=True)
        leaves = [item.leaf for item in record.entries(0, record.size())]
        peer = foreign.pymerkle(folder, leaves, BATCH, PROOFS)
        figures += [_beside(figures[1], peer), *_proofs(record, folder, peer)]
        record.close()
        keys.close()
    return figures


def _sealing(keys: SqliteKeys) -> Figure:
    holder = keys.public_key("model:example", "permanent")
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    ours = SEALS / seconds(lambda: sealed(keys, SEALS))
    limit = SEALS / seconds(lambda: [suite.encrypt(bytes(32), holder) for _ in range(SEALS)])
    return Figure(
        "disclosure.seals_per_s", ours, "1/s", "HPKE wraps alone", limit, "HPKE: two X25519 operations a payload"
    )


def sealed(keys: SqliteKeys, count: int) -> list[Draft]:
    fields = {f"field_{number}": (Annotated[float | str, PUBLIC], ...) for number in range(FIELDS)}
    schema = create_model("Sample", __base__=Filing, **fields)  # type: ignore[call-overload]
    kind = Kind("benchmark.sample", schema, Text(en="Sample", zh="样本"), noun="model")
    values = {f"field_{n}": 1e25 * n if n % 3 else f"some words of field {n}" for n in range(FIELDS)}
    body = validate(kind, values)
    now = datetime.now(UTC)
    acts = [Act(kind.id, body, f"k{number}", "model:example") for number in range(count)]
    return [seal(kind, act, author="party:lab", time=now, issuer=ORIGIN, keys=keys) for act in acts]


def _sequencing(record: SqliteRecord, samples: list[Draft], folder: Path) -> Figure:
    """Batches of ours and of bare rows take turns; both figures are medians."""
    ours, theirs = [], []
    keys, numbers = count(), count()
    with closing(laid_out(folder / "rows.sqlite")) as rows:
        for _ in range(BATCHES):
            drafts = [replace(samples[n % len(samples)], key=f"n{next(keys)}") for n in range(BATCH)]
            ours.append(BATCH / seconds(lambda drafts=drafts: record.append(drafts)))  # type: ignore[misc]
            data = entry_rows(_numbered(drafts, numbers))
            theirs.append(BATCH / seconds(lambda data=data: insert(rows, data, BATCH)))  # type: ignore[misc]
    against = f"SQLite: the same rows and indexes, {BATCH} to a durable commit"
    limit = "SQLite's insert; then hashing and looking up each key"
    return Figure("record.sequenced_per_s", quantile(ours, 0.5), "1/s", against, quantile(theirs, 0.5), limit)


def _numbered(drafts: list[Draft], numbers: count[int]) -> list[Stored]:
    return [
        Stored(next(numbers), d.leaf, d.payload, d.kind, d.subject, d.author, d.time, d.key, d.request) for d in drafts
    ]


def _beside(ours: Figure, peer: foreign.Measured) -> Figure:
    """The same figure against another durable Merkle tree, which keeps leaf and hash and nothing else."""
    against = f"pymerkle's SQLite tree, leaves only, {BATCH} to a commit" if peer.version else f"({peer.skipped})"
    return replace(ours, figure="record.sequenced_per_s.pymerkle", against=against, against_value=peer.appended_per_s)


def _proofs(record: SqliteRecord, folder: Path, peer: foreign.Measured) -> list[Figure]:
    against = f"pymerkle {peer.version}: hashes of the path alone" if peer.version else f"({peer.skipped})"
    warm, note, size = TileHashes(record.tile, record.size()), record.checkpoint(), record.size()
    prove(warm, note, random_leaves(size, PROOFS))
    figures = [
        Figure("record.proofs_per_s.warm", PROOFS / seconds(lambda: prove(warm, note, random_leaves(size, PROOFS))),
               "1/s", against, peer.warm_per_s, "Python: base64 of the path and the note")
    ]  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.cold", str(folder), str(PROOFS)]
    cold: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    figures += [
        Figure("record.proofs_per_s.cold", cold["cold"], "1/s", against, peer.cold_per_s,
               "reading and hashing each tile once"),
        Figure("record.proofs_per_s.uncached", cold["uncached"], "1/s", against, peer.cold_per_s,
               "reading and hashing two tiles a proof"),
    ]  # fmt: skip
    return figures


def prove(hashes: TileHashes, note: bytes, leaves: list[int]) -> None:
    """Proof files of leaves in the tree of `note`."""
    for index in leaves:
        TlogProof(index, tuple(inclusion_proof(index, hashes.size, hashes)), note).text()


def random_leaves(size: int, number: int) -> list[int]:
    """Leaves all over the tree, the same every time."""
    dice = random.Random(size)
    return [dice.randrange(size) for _ in range(number)]
