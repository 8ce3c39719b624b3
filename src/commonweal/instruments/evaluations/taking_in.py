"""From a log to what is filed of it: what it says, what follows from its samples, and what somebody says of the run."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Imported, Importer, Opened, Reader, Speaks, Text
from commonweal.kernel.values import subject_id

from . import following, formats, payload, scores
from .formats.log import Log, check_reported
from .kinds import CONDITIONS, NAMED_MAX, NOUN, RUN, SAMPLES, SAMPLES_MAX, SCREENS_MAX, UNSAID, tally
from .recomputing import Recomputed, recomputed

LINE_MAX, TASK_MAX, PIECE_BYTES = 200, 2000, 1 << 20


def digest_of_log(path: Path) -> str:
    """The SHA-256 by which a log is known, in hexadecimal: of its file; of several files (results, and samples beside
    them) of the lines `sha256sum` writes of these, in order of name, so that other samples are another log."""
    files = formats.files_of(path)
    if len(files) == 1:
        return digest_of(path)
    lines = sorted((one.name, digest_of(one)) for one in files)
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in lines).encode()).hexdigest()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal, read in pieces."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            found.update(piece)
    return found.hexdigest()


def acts_of(logs: Sequence[Log], log_sha256: str, conditions: Mapping[str, Any], fictitious: bool = False) -> list[Act]:
    """An act for each log of a file, and where conditions are told, one for those of its run. Raises `BadInput`."""
    acts = []
    for number, log in enumerate(logs, 1):
        run = _act(log, log_sha256, number if len(logs) > 1 else 0, fictitious)
        acts.append(run)
        if conditions:
            acts.append(Act(CONDITIONS.id, {**conditions, "evaluation": run.subject}, f"{run.key}/conditions"))
    return acts


def is_there(reader: Reader, log_sha256: str) -> bool:
    """Whether the runs of a log with this digest are on record."""
    names = (name_of(log_sha256), name_of(log_sha256, 1))
    named = any(registry.subject(reader, subject_id(NOUN, name)) is not None for name in names)
    return named or bool(following.of_log(reader, log_sha256))


def name_of(log_sha256: str, number: int = 0) -> str:
    """What a run is called on record: by the digest of its log, which tells nobody what is in it."""
    return f"Run {log_sha256[:12]}" + (f"-{number}" if number else "")


def _act(log: Log, log_sha256: str, number: int, fictitious: bool) -> Act:
    secret = hashlib.sha256(f"made up: {log_sha256}".encode()).digest() if fictitious else b""
    # of what is made up the same salts each time: nothing of it is secret
    check_reported(len(log.reported), formats.LIMITS, log.run)
    data = payload.written(log.samples, log.format, secret)
    kept, found = payload.read(data), recomputed(log)
    counts = {"same": 0, "differs": 0, "beyond": 0}
    for one in found:
        counts[tally(one.verdict)] += 1
    name = name_of(log_sha256, number)
    body = {
        "name": name,
        "format": log.format,
        "samples": len(log.samples),
        "root": kept.tree().root.hex(),
        "commitment": kept.version,
        **counts,
        "log_sha256": log_sha256,
        "written_by": _line(log.written_by),
        "run_id": _line(log.run),
        "task": _line(log.task, TASK_MAX),
        "status": log.status,
        "began": log.began[:60],
        **({"completed": log.completed[:60]} if log.completed else {}),
        **kept.counts(),
        "clustered_by": _clustered_by(log)[:SCREENS_MAX],
        **_data_set(log),
        "repeats": [_repeat(one) for one in kept.repeats()[:NAMED_MAX]],
        "unread": [_unread(one) for one in scores.unread(log.samples, payload.has_words(log.format))[:NAMED_MAX]],
        "results": [_result(one) for one in found],
        "model_named": _line(log.model),
        **({"fictitious": True} if fictitious else {}),
    }
    key = f"evaluations/{log_sha256[:24]}/{number}"
    return Act(RUN.id, body, key, subject=subject_id(NOUN, name), blobs={SAMPLES: data})


def _line(text: str, most: int = LINE_MAX) -> str:
    """A text of a log as one line that is not too long; `UNSAID` where it says nothing."""
    plain = " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())
    return (plain if len(plain) <= most else plain[: most - 1] + "…") or UNSAID


def _clustered_by(log: Log) -> list[str]:
    """By what the numbers of a log take items together: the errors of its means are of clusters."""
    said = (one.options.get("cluster") for one in log.reported)
    return list(dict.fromkeys(_line(one) for one in said if isinstance(one, str)))


def _data_set(log: Log) -> dict[str, Any]:
    """How large the data set is of which a log has samples, and whether a part was chosen; nothing where it says none
    of that."""
    size = {} if log.data_set is None else {"data_set": _within(0, log.data_set)}
    tries = {"tries_planned": _within(1, log.epochs)} if log.epochs != 1 else {}
    return {**size, **tries, **({"part_taken": True} if log.part_taken else {})}


def _within(least: int, told: int) -> int:
    return min(max(least, told), SAMPLES_MAX)


def _repeat(ids: Sequence[str]) -> dict[str, Any]:
    first, *again = [_line(one) for one in ids[: SCREENS_MAX + 1]]
    return {"item": first, "again": again}


def _unread(one: scores.Unread) -> dict[str, Any]:
    return {"score": _line(one.score), "said": _line(one.said), "samples": one.samples}


def _result(one: Recomputed) -> dict[str, Any]:
    reported, value = one.reported.value, one.value
    told = {
        "name": _line(one.reported.name),
        "score": _line(one.reported.score),
        "metric": _line(one.reported.metric),
        "reported": reported if math.isfinite(reported) else None,
        "recomputed": value if value is not None and math.isfinite(value) else None,
        "verdict": one.verdict,
        "n": one.n,
        "why": one.why[:400],
    }
    return {name: value for name, value in told.items() if value is not None and value != ""}


def _read(data: bytes, name: str) -> Imported:
    return Imported(tuple(acts_of(formats.read_bytes(data, name), hashlib.sha256(data).hexdigest(), {})))


def _made_up(data: bytes, name: str) -> Imported:
    return Imported(tuple(acts_of(formats.read_bytes(data, name), hashlib.sha256(data).hexdigest(), {}, True)))


def _settled(imported: Imported, reader: Reader, opened: Opened, speaks: Speaks) -> Imported:
    """Without the runs that are on record already: a log says the same again, and its salts would not."""
    new = [act for act in imported.acts if registry.subject(reader, str(act.subject)) is None]
    return Imported(new, there=len(imported.acts) - len(new))


IMPORTERS = (
    Importer("log", Text(en="Log of an evaluation", zh="评测日志"), _read, settled=_settled),
    Importer(
        "made_up", Text(en="Log that was made up, to try this", zh="虚构日志（试用）"), _made_up, settled=_settled
    ),
)
