"""JSON of strangers decoded into structs that hold only what is needed, with what JSON has no number for.

Python programs write `NaN` and `Infinity` into JSON, and Inspect marks by `NaN` that a sample was not scored. The fast
decoder rightly refuses these. Where it refuses, and only there, they are written as texts of the same length (no byte
moves), which `number` reads back.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from commonweal.kernel.values import Fault, FaultCollector

T = TypeVar("T")
_CONSTANTS = {
    b"NaN": b'"\x7f"',
    b"Infinity": b'"\x7f++++\x7f"',
    b"-Infinity": b'"\x7f-----\x7f"',
}
_NUMBERS = {text[1:-1].decode(): float(name) for name, text in _CONSTANTS.items()}
_BACK = {text: name for name, text in _CONSTANTS.items()}
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|-?Infinity|NaN', re.DOTALL)
_WRITTEN = re.compile(b"|".join(re.escape(text) for text in _BACK))


def decoded(data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """A JSON text as a struct. Raises `msgspec.DecodeError`, `UnicodeDecodeError` and `RecursionError`."""
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        plain = without_constants(bytes(data))
        if plain == data:
            raise
        return decoder.decode(plain)


def without_constants(data: bytes) -> bytes:
    """The same text with `NaN` and its like as texts of the same length; what stands within texts is left alone."""
    return _TOKENS.sub(lambda found: _CONSTANTS.get(found.group(), found.group()), data)


def with_constants(data: bytes) -> bytes:
    """A part of what `without_constants` gave, as it was before."""
    return _WRITTEN.sub(lambda found: _BACK[found.group()], data)


def number(value: Any) -> Any:
    """A decoded score with the constants that JSON lacks as numbers, in whichever list or mapping they stand."""
    if isinstance(value, str):
        return _NUMBERS.get(value, value) if value[:1] == "\x7f" else value
    if isinstance(value, list):
        return [number(one) for one in value]
    if isinstance(value, dict):
        return {name: number(one) for name, one in value.items()}
    return value


def as_float(value: Any, where: str, faults: FaultCollector, right: str = "a number") -> float | None:
    """A number that a log tells, NaN and the infinite ones too; None where it is none, or a whole number beyond what a
    float holds, which is a fault at its place."""
    found = number(value)
    if not isinstance(found, bool) and isinstance(found, int | float):
        try:
            return float(found)
        except OverflowError:
            right = f"a number of at most {sys.float_info.max:.1e}"
    faults.add(where, found, right, "number")
    return None


_SORTED = msgspec.json.Encoder(order="sorted")


def digest_of(value: Any) -> bytes:
    """The SHA-256 of a decoded value, however its tool had written it: keys sorted, no white space."""
    return sha256(_SORTED.encode(value)).digest()


def is_unscored(value: Any) -> bool:
    """Whether a score says that there is none: NaN, as Inspect writes it, or nothing at all."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def why(error: Exception, where: str) -> Fault:
    """A text that could not be decoded, as a fault at a place."""
    if isinstance(error, RecursionError):
        return Fault(where, "nested too deep", "nesting of at most about a thousand levels", "too_deep")
    if isinstance(error, msgspec.ValidationError):
        return Fault(where, str(error), "the fields of this format", "fields")
    return Fault(where, str(error), "one whole JSON value in UTF-8", "json")


def lines(data: Any, bytes_max: int) -> Iterator[tuple[int, bytes | int]]:
    """The lines of mapped JSON Lines by number, 1 for the first; of one that is too long, how long it is.

    Lines of white space are passed over. Works on anything with `find` and slices, so on a mapped file.
    """
    at, line, end = 0, 0, len(data)
    while at < end:
        line += 1
        after = data.find(b"\n", at)
        after = end if after < 0 else after
        if after - at > bytes_max:
            yield line, after - at
        elif text := data[at:after].strip():
            yield line, text
        at = after + 1


DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
