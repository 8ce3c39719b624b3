"""Reading TOML that others wrote: what does not parse is told by its line, what TOML does not hold is refused."""

from __future__ import annotations

import functools
import pickle
import re
import tomllib
from typing import Any

from .errors import BadInput, Fault, RuleFault, quoted, shown

INTEGER_BITS = 63
KEPT_CHARS_MAX = 65_536
_LONG_NUMBER = re.compile(r"[0-9_]{60,}")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
_KEYS = re.compile(r"\(((?:'[^']*',? ?)+)\)")
_CHARACTER = re.compile(r"character ('(?:[^'\\]|\\.)*'|\"'\")")


def utf8(data: bytes, about: str, error: type[BadInput] = RuleFault) -> str:
    """Bytes as the text that they are in UTF-8. Raises `error` with the first byte that is none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        seen = f"byte 0x{data[problem.start]:02x} at position {problem.start}"
        raise error(Fault("(whole)", seen, "must be text in UTF-8", "encoding"), about) from problem


def read_toml(text: str, about: str, error: type[BadInput] = RuleFault) -> dict[str, Any]:
    """The tables of a TOML text. Raises `error` with the line and the column that cannot be read.

    A whole number outside 64 bits is refused, as TOML 1.0 asks where one cannot be kept without loss.
    """
    try:
        packed, wide = _parsed(text) if len(text) <= KEPT_CHARS_MAX else _parsed.__wrapped__(text)
    except tomllib.TOMLDecodeError as problem:
        raise error(_unread(text, str(problem)), about) from problem
    except RecursionError as problem:
        raise error(Fault("(whole)", shown(text[:80]), "must be TOML nested less deeply", "toml"), about) from problem
    except ValueError as problem:  # the language refuses to read a number of thousands of digits
        found = _LONG_NUMBER.search(text)
        where = f"line {text.count(chr(10), 0, found.start()) + 1}" if found else "(whole)"
        raise error(Fault(where, shown(found[0] if found else text[:80]), _WHOLE, "toml"), about) from problem
    if wide:
        raise error([Fault(where, shown(value), _WHOLE, "range") for where, value in wide], about)
    data: dict[str, Any] = pickle.loads(packed)
    return data


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[bytes, tuple[tuple[str, int], ...]]:
    """The tables of a text, packed, and each whole number in it that is too wide, with the keys that lead there.

    The same law, form or letter is read again and again, and parsing is slow.
    """
    data = tomllib.loads(text)
    return pickle.dumps(data), tuple(_wide(data, ""))


_WHOLE = "a whole number of at most 64 bits"


def _unread(text: str, problem: str) -> Fault:
    """The fault that the parser found: its line as seen, its words, and its place."""
    at = _AT.search(problem)
    said = _KEYS.sub(lambda found: ".".join(re.findall(r"'([^']*)'", found[1])), _AT.sub("", problem))
    said = _CHARACTER.sub(lambda found: f"character {quoted(_plain(found[1]))}", said)
    if at is None or at[1] is None:
        return Fault("end of the text" if at else "(whole)", shown(text[-40:]), f"must be TOML: {said}", "toml")
    line = "".join(text.split("\n")[int(at[1]) - 1 : int(at[1])]).rstrip("\r")
    return Fault(f"line {at[1]}, column {at[2]}", shown(line[:80]), f"must be TOML: {said}", "toml")


def _plain(literal: str) -> str:
    """The one character that the parser quotes in its own language."""
    return literal[1:-1].encode("ascii", "backslashreplace").decode("unicode_escape")


def _wide(value: Any, where: str) -> list[tuple[str, int]]:
    """Each whole number beyond 64 bits, with the keys that lead to it."""
    if isinstance(value, dict):
        return [wide for key, item in value.items() for wide in _wide(item, f"{where}.{key}" if where else key)]
    if isinstance(value, list):
        return [wide for number, item in enumerate(value, 1) for wide in _wide(item, f"{where}[{number}]")]
    return [(where, value)] if isinstance(value, int) and value.bit_length() > INTEGER_BITS else []
