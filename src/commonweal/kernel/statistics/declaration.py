"""How an instrument declares a statistic: what is counted, by which dimensions, and which of them everybody knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonweal.kernel.values import Text


@dataclass(frozen=True)
class Dimension:
    """One axis of a table: its categories by id, in order.

    `public` says that the category of each filing can be known from public fields. What everybody knows is not hidden,
    and it bounds what can be.
    """

    id: str
    title: Text
    categories: Mapping[str, Text]
    public: bool


@dataclass(frozen=True)
class Statistic:
    """A table of counts of the subjects of one noun, released by quarter.

    Each subject counts once, in the quarter of its first filing, as it was first filed: so no two releases hold the
    same filing, and comparing them gives nothing away. `rule` is the parameter text with the table `[suppression]`;
    `dimensions(rule)` gives one to three axes, one of them not public, `of(body, rule)` a filing's category on each.
    """

    id: str
    title: Text
    summary: Text
    noun: str
    rule: str
    dimensions: Callable[[Mapping[str, Any]], Sequence[Dimension]]
    of: Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[str]]
