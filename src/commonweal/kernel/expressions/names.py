"""The full name of a series: a dotted name, and its dimensions sorted by name, `laus.unemployed{age=16-24,sex=f}`."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

ANY = "*"
"""As a dimension's value in a selector: every value that is known (`sum_over` reads so)."""
BASE = r"[a-z][a-z0-9_]{0,31}(?:\.[a-z][a-z0-9_]{0,31}){0,3}"
DIMENSION = r"[a-z][a-z0-9_]{0,31}"
VALUE = r"[A-Za-z0-9][A-Za-z0-9_.:+\-]{0,63}"
DIMENSIONS_MAX = 8
_FULL = re.compile(rf"^({BASE})(?:\{{({DIMENSION}=(?:{VALUE}|\*)(?:,{DIMENSION}=(?:{VALUE}|\*))*)\}})?$")


def full_name(base: str, dims: Mapping[str, str]) -> str:
    """The one spelling of a series with dimensions: names sorted, no blanks, no braces where there are none."""
    inside = ",".join(f"{name}={dims[name]}" for name in sorted(dims))
    return f"{base}{{{inside}}}" if inside else base


@functools.lru_cache(maxsize=65_536)
def name_parts(full: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """`(base, ((dimension, value), ...))` of a full name; a text that is no such name is all base."""
    match = _FULL.match(full)
    if match is None or not match[2]:
        return full, ()
    pairs = (part.split("=", 1) for part in match[2].split(","))
    return match[1], tuple((name, value) for name, value in pairs)


def is_full_name(text: str) -> bool:
    """Whether a text is the one spelling of a series (a value may be `*`, in a selector)."""
    match = _FULL.match(text)
    if match is None:
        return False
    base, pairs = name_parts(text)
    return len(dict(pairs)) == len(pairs) <= DIMENSIONS_MAX and full_name(base, dict(pairs)) == text


def selects(selector: str, full: str) -> bool:
    """Whether a series is what a selector reads: the same name, `*` standing for any value of a dimension."""
    if selector == full:
        return True
    if ANY not in selector:
        return False
    (base, wanted), (other, given) = name_parts(selector), name_parts(full)
    if base != other or len(wanted) != len(given):
        return False
    pairs = zip(wanted, given, strict=True)
    return all(name == found and value in (ANY, have) for (name, value), (found, have) in pairs)


def overlap(one: str, other: str) -> bool:
    """Whether some series is selected by both of two selectors."""
    (base, wanted), (its, given) = name_parts(one), name_parts(other)
    if base != its or [name for name, _ in wanted] != [name for name, _ in given]:
        return False
    return all(a == b or ANY in (a, b) for (_, a), (_, b) in zip(wanted, given, strict=True))


def any_of(full: str, dims: Iterable[str]) -> str:
    """A series, or a selector, with dimensions of any value besides its own."""
    base, pairs = name_parts(full)
    return full_name(base, {**dict(pairs), **dict.fromkeys(dims, ANY)})


def moved(full: str, subject: str, dims: Iterable[str]) -> tuple[str, str] | None:
    """`(series, subject)` with dimensions taken off the series and put on the subject, `area:us{sector=11}`.

    None where the series lacks one of them.
    """
    base, pairs = name_parts(full)
    its = dict(pairs)
    if any(name not in its for name in dims):
        return None
    return full_name(base, {k: v for k, v in its.items() if k not in dims}), full_name(
        subject, {k: its[k] for k in dims}
    )


def parted(about: str) -> tuple[str, dict[str, str]]:
    """A subject that bears dimensions, and these."""
    subject, _, inside = about.removesuffix("}").partition("{")
    return subject, dict(pair.split("=", 1) for pair in inside.split(",")) if inside else {}


def selected(selectors: Iterable[str], full: str) -> bool:
    """Whether any selector reads a series."""
    return any(selects(selector, full) for selector in selectors)


def bound(full: str, **dims: str) -> str:
    """A full name with some of its dimensions set."""
    base, pairs = name_parts(full)
    return full_name(base, {**dict(pairs), **dims})
