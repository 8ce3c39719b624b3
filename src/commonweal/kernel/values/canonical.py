"""Canonical bytes and bounded reading of JSON.

`canonical` is RFC 8785 (JSON Canonicalization Scheme). `read_json` refuses untrusted bytes over a size, depth or
member limit *before* building objects from them, as well as duplicate keys, NaN, Infinity and lone surrogates.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from json.encoder import encode_basestring
from typing import Any

import rfc8785

from .errors import BadInput, Fault, TooLarge, shown
from .malformed import malformed

JSON_BYTES_MAX = 1 << 20
JSON_DEPTH_MAX = 32
JSON_NUMBER_CHARS_MAX = 64
TWICE_MAX = 50
EXACT_INTEGER_MAX = 2**53 - 1
# A string without its end still matches, to the end of the data: otherwise each of its quotes would be tried in turn,
# and 40 kB of \" would take seconds.
_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_TEXTS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value. Raises `BadInput` for NaN, Infinity or integers beyond 2^53."""
    try:
        return _written(value).encode("utf-8")
    except (_Unusual, UnicodeEncodeError, RecursionError):
        return _as_published(value)


def _as_published(value: Any) -> bytes:
    """The same by the published implementation: several times slower, it takes or refuses everything else."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise BadInput(Fault("(whole)", shown(value), f"must have an RFC 8785 form: {error}")) from error


class _Unusual(Exception):
    """A value that `_written` leaves to the published implementation."""


def _written(value: Any) -> str:
    """RFC 8785 text of the values that nearly all JSON is made of. A law holds it equal to the published one."""
    form = type(value)
    if form is str:
        return encode_basestring(value)
    if form is dict:
        if not all(type(name) is str and name.isascii() for name in value):
            raise _Unusual  # other keys sort by UTF-16 code units
        items = [f"{encode_basestring(name)}:{_written(value[name])}" for name in sorted(value)]
        return "{" + ",".join(items) + "}"
    if form is list or form is tuple:
        return "[" + ",".join([_written(item) for item in value]) + "]"
    if form is float:
        return _number(value)
    if form is int and -EXACT_INTEGER_MAX <= value <= EXACT_INTEGER_MAX:
        return str(value)
    if value is None:
        return "null"
    if form is bool:
        return "true" if value else "false"
    raise _Unusual


def _number(value: float) -> str:
    """A number as ECMAScript writes it, where that is Python's shortest form or a matter of its ending."""
    text = repr(value)
    digits, e, exponent = text.partition("e")
    if e:
        power = int(exponent)
        if -7 < power < 21:
            raise _Unusual  # written out by ECMAScript, not by Python
        return f"{digits}e{power:+d}"
    if text == "-0.0" or not digits[-1].isdigit():
        raise _Unusual  # also nan and inf
    return text.removesuffix(".0")


def digest(data: bytes) -> str:
    """SHA-256 of bytes as lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def depth_of(data: bytes, stop_above: int = JSON_DEPTH_MAX) -> int:
    """Nesting depth of JSON bytes, counted without parsing; stops counting just above `stop_above`."""
    depth = deepest = 0
    for bracket in _TEXTS.sub(b"", data).translate(None, _NO_BRACKETS):
        if bracket in b"[{":
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > stop_above:
                    return deepest
        else:
            depth -= 1
    return deepest


def read_json(
    data: bytes, *, bytes_max: int = JSON_BYTES_MAX, depth_max: int = JSON_DEPTH_MAX, finite: bool = True
) -> Any:
    """Parse untrusted JSON bytes within limits.

    Raises `TooLarge` above `bytes_max` or `depth_max`, and `BadInput` for anything that is not one JSON value in
    UTF-8 with unique keys and finite numbers. With `finite=False`, numbers that are not finite or have more than 64
    characters become `nan` or `inf`, and halves of surrogate pairs stay, for a caller who names them at their field
    among all other faults.
    """
    if len(data) > bytes_max:
        raise TooLarge(Fault("(whole)", f"{len(data)} bytes", f"at most {bytes_max} bytes", "too_large"))
    if (depth := depth_of(data, depth_max)) > depth_max:
        raise TooLarge(Fault("(whole)", f"nesting over {depth - 1}", f"nesting of at most {depth_max}", "too_deep"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = f"byte 0x{data[error.start]:02x} at position {error.start}"
        raise BadInput(Fault("(whole)", bad, "must be UTF-8 text", "encoding")) from error
    twice: list[Fault] = []
    try:
        found = json.loads(
            text,
            object_pairs_hook=lambda pairs: _unique(pairs, twice),
            parse_constant=_refuse_constant if finite else float,
            parse_float=_finite if finite else _any_float,
            parse_int=_bounded_int if finite else _any_int,
        )
    except json.JSONDecodeError as error:
        raise BadInput([*twice, malformed(error)]) from error
    if twice:
        raise BadInput(twice)
    if finite and (half := _HALF.search(text)) and _has_halves(found):
        line = text.count("\n", 0, half.start()) + 1
        raise BadInput(Fault(f"line {line}", half[0], "no half of a surrogate pair: it is no character", "encoding"))
    return found


def _has_halves(value: Any) -> bool:
    """Whether a text in a JSON value has no UTF-8 form."""
    if isinstance(value, str):
        return any("\ud800" <= ch <= "\udfff" for ch in value)
    if isinstance(value, dict):
        return any(_has_halves(key) or _has_halves(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_has_halves, value))


def _unique(pairs: list[tuple[str, Any]], twice: list[Fault]) -> dict[str, Any]:
    """The object that pairs make; a name that it has again is added to `twice`, of which so many are told."""
    found = dict(pairs)
    if len(found) < len(pairs) and len(twice) < TWICE_MAX:
        first: dict[str, Any] = {}
        for name, value in pairs:
            if name not in first:
                first[name] = value
            elif len(twice) < TWICE_MAX:
                want = f"each key may appear once: before, it says {shown(first[name])}"
                twice.append(Fault(shown(name), shown(value), want, "duplicate_key"))
    return found


def _refuse_constant(name: str) -> Any:
    raise BadInput(Fault("(whole)", name, "numbers must be finite", "not_finite"))


def _finite(text: str) -> float:
    value = float(text) if len(text) <= JSON_NUMBER_CHARS_MAX else math.inf
    if not math.isfinite(value):
        raise BadInput(Fault("(whole)", text, "numbers must be finite and at most 64 characters", "not_finite"))
    return value


def _bounded_int(text: str) -> int | float:
    if len(text) > JSON_NUMBER_CHARS_MAX:
        raise BadInput(Fault("(whole)", shown(text), "numbers must be at most 64 characters", "not_finite"))
    value = int(text)
    return value if abs(value) <= 2**53 else float(value)


def _any_float(text: str) -> float:
    return float(text) if len(text) <= JSON_NUMBER_CHARS_MAX else math.inf


def _any_int(text: str) -> int | float:
    return _bounded_int(text) if len(text) <= JSON_NUMBER_CHARS_MAX else math.inf
