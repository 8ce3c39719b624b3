"""Units of quantities: names multiplied and divided, compared by spelling. Nothing is converted: a clash is refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

Units = tuple[tuple[str, int], ...]
"""Names with exponents, sorted: `persons/mo` is `(("mo", -1), ("persons", 1))`; `()` is a pure number."""

NAME = r"[A-Za-z%][A-Za-z0-9_]*"
WORDS = re.compile(rf"^(?:1|{NAME})(?:[*/]{NAME})*$")
WANT = "a unit like persons, percent, FLOP, USD/hour, persons/mo or 1 (a pure number)"
_SAME = {"%": "percent"}


def units(text: str) -> Units | None:
    """Read a unit; None if the text is not one.

    >>> units("persons/mo")
    (('mo', -1), ('persons', 1))
    """
    if len(text) > 80 or not WORDS.match(text):
        return None
    found: Counter[str] = Counter()
    for sign, name in re.findall(rf"(^|[*/])(1|{NAME})", text):
        found[_SAME.get(name, name)] += -1 if sign == "/" else 1
    del found["1"]
    return _tidy(found)


def multiplied(a: Units, b: Units, sign: int = 1) -> Units:
    """The unit of a product (of a quotient with `sign` -1)."""
    found = Counter(dict(a))
    for name, power in b:
        found[name] += sign * power
    return _tidy(found)


def spelled(found: Units) -> str:
    """A unit in words: `persons/mo`, `1` for a pure number."""
    over = "*".join(name for name, power in found for _ in range(power))
    under = "".join(f"/{name}" for name, power in found for _ in range(-power))
    return (over or "1") + under


def _tidy(found: Mapping[str, int]) -> Units:
    return tuple(sorted((name, power) for name, power in found.items() if power))
