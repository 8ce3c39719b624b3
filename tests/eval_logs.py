"""Evaluation logs as their tools write them, small enough to read: Inspect's zips, with members of any method.

Python's own `zipfile` writes no Zstandard before 3.14, and writes no broken archive at all.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from struct import pack
from typing import Any, NamedTuple

import zstandard

STORED, DEFLATE, ZSTANDARD = 0, 8, 93


class Part(NamedTuple):
    """A member to be written, and what the directory is to say of it where that is not true."""

    name: str
    data: bytes
    method: int = ZSTANDARD
    says_size: int | None = None
    says_crc: int | None = None
    flags: int = 0
    packed: bytes | None = None


def archive(parts: Iterable[Part], *, shared: bool = False) -> bytes:
    """A zip of these members; `shared` lets all of them lie at the place of the first."""
    body, directory, first, count = bytearray(), bytearray(), b"", 0
    for one in parts:
        name = one.name.encode()
        packed = one.packed if one.packed is not None else packed_by(one.method, one.data)
        size = len(one.data) if one.says_size is None else one.says_size
        crc = zlib.crc32(one.data) if one.says_crc is None else one.says_crc
        told = pack("<3L", crc, len(packed), size) + pack("<2H", len(name), 0)
        place = 0 if shared else len(body)
        if not (shared and first):
            first = pack("<4s5H", b"PK\x03\x04", 45, one.flags, one.method, 0, 0) + told + name + packed
            body += first
        directory += pack("<4s6H", b"PK\x01\x02", 45, 45, one.flags, one.method, 0, 0) + told
        directory += pack("<3H2L", 0, 0, 0, 0, place) + name
        count += 1
    end = pack("<4s4H2LH", b"PK\x05\x06", 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), len(directory), len(body), 0)
    return bytes(body + directory + (_end64(count, len(directory), len(body)) if count >= 0xFFFF else b"") + end)


def _end64(count: int, size: int, start: int) -> bytes:
    record = pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    return record + pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1)


def packed_by(method: int, data: bytes) -> bytes:
    """Bytes as a zip holds them by a method."""
    if method == DEFLATE:
        stream = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        return stream.compress(data) + stream.flush()
    if method == ZSTANDARD:
        stream = zstandard.ZstdCompressor(level=3).compressobj()  # as a stream: the frame does not say its size
        return stream.compress(data) + stream.flush()
    return data


def sample(item: int | str, value: Any, epoch: int = 1, **more: Any) -> dict[str, Any]:
    """A sample of one score, with a transcript that says as little as it can."""
    return {
        "id": item,
        "epoch": epoch,
        "input": f"What is asked of {item}?",
        "target": "A",
        "messages": [{"role": "user", "content": f"What is asked of {item}?"}],
        "output": {"model": "made", "choices": [], "completion": ""},
        "scores": {"match": {"value": value, "answer": "A", "explanation": None}},
        "metadata": {"topic": f"t{len(str(item)) % 3}"},
        "events": [],
        **more,
    }


def header(metrics: Mapping[str, float], *, reducer: str | None = None, scored: int | None = None, **more: Any) -> Any:
    """What a log says of itself, with one result of these metrics."""
    result = {
        "name": "match",
        "scorer": "match",
        **({"reducer": reducer} if reducer else {}),
        **({"scored_samples": scored, "unscored_samples": 0} if scored is not None else {}),
        "params": {},
        "metrics": {name: {"name": name, "value": value, "params": {}} for name, value in metrics.items()},
    }
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": "made-up",
            "run_id": "made-up-run",
            "created": "2026-11-01T10:00:00+00:00",
            "task": "made_up",
            "task_id": "made-up-task",
            "dataset": {"name": "made up", "samples": 3},
            "model": "made/model-1",
            "config": {"epochs": 1},
            "packages": {"inspect_ai": "0.3.285"},
        },
        "plan": {"steps": [{"solver": "generate", "params": {}}], "config": {}},
        "results": {"scores": [result]},
        "stats": {},
        **more,
    }


def inspect_eval(
    told: Any, samples: Sequence[Any], method: int = ZSTANDARD, names: Sequence[str] | None = None
) -> bytes:
    """A `.eval` of a header and samples."""
    names = names or [f"samples/{one['id']}_epoch_{one['epoch']}.json" for one in samples]
    parts = [Part("_journal/start.json", json.dumps({"version": 2, "eval": told["eval"]}).encode(), method)]
    parts += [Part(name, json.dumps(one).encode(), method) for name, one in zip(names, samples, strict=True)]
    parts.append(Part("header.json", json.dumps(told).encode(), method))
    return archive(parts)


def json_lines(rows: Iterable[Any]) -> bytes:
    """Rows as JSON Lines."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in rows)
