"""Readers of other people's logs, one module a format, each within limits and answering once with every fault."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import msgspec

from commonweal.kernel.values import BadInput, Fault, NotFound, TooLarge

from . import every_eval_ever, garak, inspect_log, lm_eval, metr
from .decoding import DECODE_ERRORS, decoded, lines
from .limits import LIMITS, SUMMED_UP, UNHASHED, WHOLE, How, Limits
from .log import Log, Reported, Sample, Total

__all__ = [
    "LIMITS",
    "SUMMED_UP",
    "UNHASHED",
    "WHOLE",
    "How",
    "Limits",
    "Log",
    "Reported",
    "Sample",
    "Total",
    "files_of",
    "logs_in",
    "read",
    "read_bytes",
    "sample_in",
    "text_of",
]

FORMATS = (
    "an Inspect log (.eval or .json), an Every Eval Ever record (.json), results of lm-eval (results_*.json), "
    "a garak report (.report.jsonl) or METR runs (.jsonl)"
)
Data = mmap.mmap | bytes
Beside = Callable[[str], mmap.mmap | None]
"""Gives the file of a name beside the one that is read, where there is one."""
_ZIP = b"PK"
_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_HEAD_BYTES = 1 << 20


def logs_in(folder: Path) -> Iterator[Path]:
    """The files of a folder that may be logs, in order of name, those in folders within it too.

    Files of samples that belong to a file of results are read with that, and are left out here.
    """
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        if path.suffix in (".eval", ".json") or (path.suffix == ".jsonl" and not _belongs(path)):
            yield path


def _belongs(path: Path) -> bool:
    """Whether a file of lines holds the samples of a file of results that is beside it, or goes by the name of such."""
    results = path.with_suffix(".json")
    return path.name.startswith(lm_eval.SAMPLES) or (results.is_file() and path in files_of(results))


def files_of(path: Path, limits: Limits = LIMITS) -> list[Path]:
    """The files of which a log consists: itself, and those with its samples that are beside it, in order of name.

    Nothing is checked but what the file says of others; of one that cannot be read, itself.
    """
    alone = path.suffix != ".json" or not any(path.parent.glob("*.jsonl"))
    if alone or not 0 < path.stat().st_size <= limits.document_bytes_max:
        return [path]
    data = path.read_bytes()
    try:
        named = _named_beside(data, path.name, decoded(data, _TOP))
    except (*DECODE_ERRORS, BadInput):
        return [path]
    return [path, *(found for name in sorted(set(named)) if (found := path.parent / name).is_file())]


def _named_beside(data: bytes, name: str, fields: dict[str, msgspec.Raw]) -> list[str]:
    """The names of the files that a document says hold its samples. Raises `BadInput`."""
    if "evaluation_results" in fields and "model_info" in fields:
        return [found] if (found := every_eval_ever.beside(data, name)) else []
    if "results" in fields and ("configs" in fields or "config" in fields):
        return list(lm_eval.names_beside(data, name).values())
    return []


def read(path: Path, limits: Limits = LIMITS, how: How = WHOLE) -> list[Log]:
    """The logs in a file: one, or of METR's one for each agent. Raises `BadInput` naming every fault.

    Of an Inspect zip so much is read as is asked for.
    """
    with ExitStack() as stack:
        data = _mapped(path, limits, stack)

        def beside(name: str) -> mmap.mmap | None:
            found = path.parent / name
            return _mapped(found, limits, stack) if found.is_file() else None

        return _read(data, path.name, limits, beside, how)


def read_bytes(data: bytes, name: str, limits: Limits = LIMITS) -> list[Log]:
    """The logs in a file that came without any beside it. Raises `BadInput` naming every fault."""
    if not data:
        raise BadInput(Fault(name, "0 bytes", FORMATS, "empty"), name)
    return _read(data, name, limits, lambda _: None)


def _read(data: Data, name: str, limits: Limits, beside: Beside, how: How = WHOLE) -> list[Log]:
    if data[:2] == _ZIP:
        return [inspect_log.read_eval(data, name, limits, how)]
    if name.endswith(".jsonl"):
        return _of_lines(data, name, limits)
    return [_of_document(data, name, limits, beside)]


def text_of(path: Path, digest: bytes, limits: Limits = LIMITS) -> bytes:
    """What a log holds of the sample with this digest, byte for byte. Raises `NotFound`, `BadInput`.

    For a file of results, hand in the file of its samples.
    """
    with ExitStack() as stack:
        data = _mapped(path, limits, stack)
        for text in _texts(data, path, limits):
            if sha256(text).digest() == digest:
                return text
        if path.suffix == ".jsonl" and (found := lm_eval.text_of(data, digest, limits)) is not None:
            return found
    raise NotFound("sample", digest.hex(), f"{path.name} holds none of that SHA-256")


_IN_TEXT: Mapping[str, Callable[[bytes, Sample], Sample]] = {
    "inspect": inspect_log.sample_in,
    "every_eval_ever": every_eval_ever.sample_in,
    "lm_eval": lm_eval.sample_in,
    "garak": garak.sample_in,
    "metr": metr.sample_in,
}


def sample_in(text: bytes, format_: str, told: Sample) -> Sample | str:
    """What the text of one sample says by itself, under the name and the scores that were `told` of it.

    A sentence that says why, where it says nothing: a sample in several parts, or no text of that format.
    """
    if format_ not in _IN_TEXT:
        return f"no format that is read here: {format_}"
    try:
        return _IN_TEXT[format_](text, told)
    except (*DECODE_ERRORS, ValueError, KeyError) as error:
        return str(error) or type(error).__name__


def _texts(data: mmap.mmap, path: Path, limits: Limits) -> Iterator[bytes]:
    if data[:2] == _ZIP:
        return inspect_log.texts_of_eval(data, path.name, limits)
    if path.suffix == ".jsonl":
        return (text for _, text in lines(data, limits.member_bytes_max) if isinstance(text, bytes))
    return inspect_log.texts_of_json(data[:], path.name)


def _mapped(path: Path, limits: Limits, stack: ExitStack) -> mmap.mmap:
    size = path.stat().st_size
    if size > limits.file_bytes_max:
        raise TooLarge(
            Fault(path.name, f"{size} bytes", f"at most {limits.file_bytes_max} bytes", "too_large"), path.name
        )
    if size == 0:
        raise BadInput(Fault(path.name, "0 bytes", FORMATS, "empty"), path.name)
    file = stack.enter_context(path.open("rb"))
    return stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _unknown(name: str, seen: str) -> BadInput:
    return BadInput(Fault(name, seen, FORMATS, "format"), name)


def _of_lines(data: Data, name: str, limits: Limits) -> list[Log]:
    """The logs in JSON Lines, told by the fields of the first line."""
    first = next((text for _, text in lines(data, limits.member_bytes_max)), b"")
    try:
        fields = decoded(first, _TOP) if isinstance(first, bytes) else {}
    except DECODE_ERRORS:
        fields = {}
    if "entry_type" in fields:
        return [garak.read(data, name, limits)]
    if {"task_id", "run_id", "alias"} <= fields.keys():
        return metr.read(data, name, limits)
    if "evaluation_id" in fields or "doc_id" in fields:
        raise _unknown(name, "samples that belong to a file of results: hand in that, with this beside it")
    raise _unknown(name, f"lines with {', '.join(list(fields)[:8]) or 'no JSON fields'}")


def _of_document(data: Data, name: str, limits: Limits, beside: Beside) -> Log:
    """The log in one JSON value, told by its fields, with the files beside it that belong to it."""
    if len(data) > limits.document_bytes_max:
        want = f"at most {limits.document_bytes_max} bytes in one JSON value"
        raise TooLarge(Fault(name, f"{len(data)} bytes", want, "too_large"), name)
    whole = data[:]
    try:
        fields = decoded(whole, _TOP)
    except DECODE_ERRORS as error:
        raise _unknown(name, f"no JSON object: {error or type(error).__name__}") from error
    if "eval" in fields and "status" in fields:
        return inspect_log.read_json(whole, name, limits)
    if "evaluation_results" in fields and "model_info" in fields:
        named = every_eval_ever.beside(whole, name)
        found = beside(named) if named else None
        if named and found is None:
            raise BadInput(Fault(named, "(absent)", "the file of samples that the record names, beside it"), name)
        return every_eval_ever.read(whole, name, limits, found)
    if "results" in fields and ("configs" in fields or "config" in fields):
        names = lm_eval.names_beside(whole, name)
        samples = {task: found for task, file in names.items() if (found := beside(file)) is not None}
        return lm_eval.read(whole, name, limits, samples)
    raise _unknown(name, f"a JSON object with {', '.join(list(fields)[:8]) or 'no fields'}")
