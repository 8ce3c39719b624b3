"""Evaluation logs as Inspect writes them, of any size: what the benchmark of readers gives to each.

A sample has a conversation, its output, a transcript of nine events and a score, some eight kilobytes; members are
packed with Zstandard, a journal of summaries goes with them, and header and reductions carry what Inspect itself would
have computed. Written by the standard library and `zstandard` alone, so that the peer reads a log that it did not make.
"""

from __future__ import annotations

import json
import math
import random
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import pack
from typing import Any

import zstandard

SEED, JOURNAL, MODEL = 20261129, 15, "made/model-1"
WORDS = ["the", "of", "a", "model", "asks", "which", "option", "holds", "when", "two", "keys", "are", "given"]


def write_log(path: Path, samples: int) -> None:
    """Write a log of so many samples, each attempted once."""
    draw = random.Random(SEED)
    pack_ = zstandard.ZstdCompressor(level=3)
    zipped = _Zip(path)
    zipped.add(pack_, "_journal/start.json", {"version": 2, "eval": _spec(samples), "plan": _plan()})
    correct, summaries, reduced = 0, [], []
    for number in range(samples):
        one = _sample(number, draw)
        value = one["scores"]["choice"]["value"]
        correct += value == "C"
        zipped.add(pack_, f"samples/{one['id']}_epoch_1.json", one)
        summaries.append(_summary(one))
        reduced.append({"value": float(value == "C"), "answer": "A", "history": [], "sample_id": one["id"]})
    for number in range(0, samples, JOURNAL):
        zipped.add(pack_, f"_journal/summaries/{number // JOURNAL + 1}.json", summaries[number : number + JOURNAL])
    zipped.add(pack_, "summaries.json", summaries)
    zipped.add(pack_, "reductions.json", [{"scorer": "choice", "reducer": "mean", "samples": reduced}])
    zipped.add(pack_, "header.json", _header(samples, correct))
    zipped.close()


class _Zip:
    def __init__(self, path: Path) -> None:
        self._file, self._directory, self._count = path.open("wb"), bytearray(), 0

    def add(self, packer: zstandard.ZstdCompressor, name: str, value: Any) -> None:
        data, raw = json.dumps(value, separators=(",", ":")).encode(), name.encode()
        stream = packer.compressobj()
        packed = stream.compress(data) + stream.flush()
        told = pack("<3L2H", zlib.crc32(data), len(packed), len(data), len(raw), 0)
        place = self._file.tell()
        self._file.write(pack("<4s5H", b"PK\x03\x04", 63, 0, 93, 0, 33) + told + raw + packed)
        self._directory += (
            pack("<4s6H", b"PK\x01\x02", 63, 63, 0, 93, 0, 33) + told + pack("<3H2L", 0, 0, 0, 0, place) + raw
        )
        self._count += 1

    def close(self) -> None:
        place = self._file.tell()
        self._file.write(self._directory)
        assert self._count < 0xFFFF
        self._file.write(
            pack("<4s4H2LH", b"PK\x05\x06", 0, 0, self._count, self._count, len(self._directory), place, 0)
        )
        self._file.close()


def _text(draw: random.Random, words: int) -> str:
    return " ".join(draw.choices(WORDS, k=words))


def _name(draw: random.Random) -> str:
    return f"{draw.getrandbits(120):022x}"[:22]


def _sample(number: int, draw: random.Random) -> dict[str, Any]:
    question, answer = f"Item {number}: {_text(draw, 60)}?", _text(draw, 120)
    value = "C" if draw.random() < 0.6 else "I"
    usage = {"input_tokens": 210, "output_tokens": 130, "total_tokens": 340}
    asked = {"id": _name(draw), "content": question, "source": "input", "role": "user"}
    said = {"id": _name(draw), "content": answer, "source": "generate", "role": "assistant", "model": MODEL}
    output = {
        "model": MODEL, "choices": [{"message": said, "stop_reason": "stop"}], "completion": answer, "usage": usage,
        "time": 0.8,
    }  # fmt: skip
    return {
        "id": f"item-{number:05d}", "epoch": 1, "input": question, "choices": ["A", "B", "C", "D"], "target": "A",
        "messages": [asked, said], "output": output,
        "scores": {"choice": {"value": value, "answer": "A", "explanation": answer, "history": []}},
        "metadata": {"topic": f"topic-{number % 20}", "difficulty": round(draw.random(), 3)},
        "store": {}, "events": list(_events(draw, question, asked, output, value)),
        "model_usage": {MODEL: usage}, "started_at": "2026-11-29T10:00:00+00:00",
        "completed_at": "2026-11-29T10:00:01+00:00", "total_time": 1.0, "working_time": 0.9, "uuid": _name(draw),
        "attachments": {},
    }  # fmt: skip


def _events(
    draw: random.Random, question: str, asked: dict[str, Any], output: dict[str, Any], value: str
) -> Iterator[dict[str, Any]]:
    """The transcript of a question that is asked, answered and scored, in the order in which Inspect records it."""
    span = _name(draw)

    def event(kind: str, **more: Any) -> dict[str, Any]:
        return {"uuid": _name(draw), "span_id": span, "timestamp": "2026-11-29T10:00:00.500000+00:00",
                "working_start": 0.1, "event": kind, **more}  # fmt: skip

    sample = {"input": question, "choices": ["A", "B", "C", "D"], "target": "A", "id": "item"}
    state = {"messages": [asked], "tools": [], "tool_choice": None, "store": {}, "output": {}, "completed": False}
    yield event("span_begin", id=span, type="init", name="init")
    yield event("sample_init", sample=sample, state=state)
    yield event("span_end", id=span)
    yield event("span_begin", id=span, type="solver", name="multiple_choice")
    yield event(
        "model", model=MODEL, input=[asked], tools=[], tool_choice="none", config={"temperature": 0.0}, output=output,
        call={"request": {"model": MODEL, "messages": [{"role": "user", "content": question}]},
              "response": {"content": output["completion"]}},
        completed="2026-11-29T10:00:01+00:00", working_time=0.8,
    )  # fmt: skip
    said = output["choices"][0]["message"]
    yield event("state", changes=[{"op": "add", "path": "/messages/1", "value": said}])
    yield event("span_end", id=span)
    yield event("score", score={"value": value, "answer": "A", "explanation": output["completion"]}, target="A")
    yield event("span_end", id=span)


def _summary(one: dict[str, Any]) -> dict[str, Any]:
    kept = ("id", "epoch", "input", "choices", "target", "metadata", "scores", "model_usage", "started_at",
            "completed_at", "total_time", "working_time", "uuid")  # fmt: skip
    return {name: one[name] for name in kept} | {"completed": True, "message_count": 2}


def _spec(samples: int) -> dict[str, Any]:
    metrics = [{"name": "inspect_ai/accuracy", "options": {}}, {"name": "inspect_ai/stderr", "options": {}}]
    return {
        "eval_id": "made-up", "run_id": "made-up-run", "created": "2026-11-29T10:00:00+00:00", "task": "made_up",
        "task_id": "made-up-task", "task_version": 1, "task_args": {}, "model": MODEL, "model_args": {},
        "dataset": {"name": "made up", "samples": samples, "sample_ids": [f"item-{n:05d}" for n in range(samples)]},
        "config": {"epochs": 1, "epochs_reducer": ["mean"], "log_samples": True},
        "packages": {"inspect_ai": "0.3.285"}, "scorers": [{"name": "choice", "options": {}, "metrics": metrics}],
    }  # fmt: skip


def _plan() -> dict[str, Any]:
    return {"name": "plan", "steps": [{"solver": "multiple_choice", "params": {}}], "config": {}}


def _header(samples: int, correct: int) -> dict[str, Any]:
    share = correct / samples
    error = math.sqrt(share * (1 - share) / (samples - 1))
    metrics = {
        name: {"name": name, "value": value, "params": {}} for name, value in (("accuracy", share), ("stderr", error))
    }
    score = {"name": "choice", "scorer": "choice", "reducer": "mean", "scored_samples": samples, "unscored_samples": 0,
             "params": {}, "metrics": metrics}  # fmt: skip
    return {
        "version": 2, "status": "success", "eval": _spec(samples), "plan": _plan(),
        "results": {"total_samples": samples, "completed_samples": samples, "scores": [score]},
        "stats": {"started_at": "2026-11-29T10:00:00+00:00", "completed_at": "2026-11-29T11:00:00+00:00"},
        "invalidated": False,
    }  # fmt: skip
