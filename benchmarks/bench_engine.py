"""Sealing and sequencing, each beside the limit it cannot pass: HPKE alone, and SQLite's own durable rows."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pydantic import create_model

from benchmarks.figures import Figure, quantile, seconds
from commonweal.engines.sqlite import SqliteKeys, SqliteRecord
from commonweal.kernel.disclosure import PUBLIC, Filing, Kind, seal, validate
from commonweal.kernel.record import Act, Draft
from commonweal.kernel.values import Text

ORIGIN = "benchmark.example/log"
BATCH, BATCHES, SEALS, SINGLES = 2_048, 12, 3_000, 400
FIELDS = 12


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        keys = SqliteKeys(Path(folder) / "keys.sqlite")
        record = SqliteRecord(Path(folder), keys.log_signer(ORIGIN))
        drafts = _sealed(keys, SEALS)
        figures = [_sealing(keys), *_sequencing(record, drafts, Path(folder))]
        record.close()
        keys.close()
    return figures


def _sealing(keys: SqliteKeys) -> Figure:
    holder = keys.public_key("model:example", "permanent")
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    ours = SEALS / seconds(lambda: _sealed(keys, SEALS))
    limit = SEALS / seconds(lambda: [suite.encrypt(bytes(32), holder) for _ in range(SEALS)])
    return Figure("disclosure.seals_per_s", ours, "1/s", "HPKE wraps alone", limit)


def _sealed(keys: SqliteKeys, count: int) -> list[Draft]:
    fields = {f"field_{number}": (Annotated[float | str, PUBLIC], ...) for number in range(FIELDS)}
    schema = create_model("Sample", __base__=Filing, **fields)  # type: ignore[call-overload]
    kind = Kind("benchmark.sample", schema, Text(en="Sample", zh="样本"), noun="model")
    values = {f"field_{n}": 1e25 * n if n % 3 else f"some words of field {n}" for n in range(FIELDS)}
    body = validate(kind, values)
    now = datetime.now(UTC)
    acts = [Act(kind.id, body, f"k{number}", "model:example") for number in range(count)]
    return [seal(kind, act, author="party:lab", time=now, issuer=ORIGIN, keys=keys) for act in acts]


def _sequencing(record: SqliteRecord, samples: list[Draft], folder: Path) -> list[Figure]:
    rows = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=8000"):
        rows.execute(f"PRAGMA {pragma}")
    rows.execute("CREATE TABLE rows (n INTEGER PRIMARY KEY, data BLOB)")
    size = len(samples[0].leaf) + len(samples[0].payload)
    ours, limit, one_act, one_row = [], [], [], []
    for batch in range(BATCHES):
        drafts = [_renamed(samples[n % len(samples)], f"b{batch}-{n}") for n in range(BATCH)]
        ours.append(BATCH / seconds(lambda drafts=drafts: record.append(drafts)))  # type: ignore[misc]
        data = [(os.urandom(size),) for _ in range(BATCH)]
        limit.append(BATCH / seconds(lambda data=data: _insert(rows, data)))  # type: ignore[misc]
    for number in range(SINGLES):
        draft = _renamed(samples[0], f"s{number}")
        one_act.append(seconds(lambda draft=draft: record.append([draft])))  # type: ignore[misc]
        data = [(os.urandom(size),)]
        one_row.append(seconds(lambda data=data: _insert(rows, data)))  # type: ignore[misc]
    rows.close()
    return [
        Figure("record.sequenced_per_s", quantile(ours, 0.5), "1/s", "SQLite FULL rows of the size",
               quantile(limit, 0.5)),
        Figure("record.single_act_p50_ms", 1e3 * quantile(one_act, 0.5), "ms", "one-row FULL commit",
               1e3 * quantile(one_row, 0.5)),
    ]  # fmt: skip


def _renamed(draft: Draft, key: str) -> Draft:
    return Draft(
        draft.leaf, draft.payload, draft.kind, draft.subject, draft.author, draft.time, key, draft.request, draft.blobs
    )


def _insert(rows: sqlite3.Connection, data: list[tuple[bytes]]) -> None:
    rows.execute("BEGIN IMMEDIATE")
    rows.executemany("INSERT INTO rows (data) VALUES (?)", data)
    rows.execute("COMMIT")
