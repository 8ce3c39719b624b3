"""What must hold for a duty to be owed: comparisons of facts, groups of them, and what a law defines once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from commonweal.kernel.values import Text

Op = Literal[">", ">=", "<", "<=", "is", "in", "has", "before", "from"]
ActOn = Literal["point", "low", "high", "interval"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a fact. `act_on` says which figure of an interval decides; `interval` needs all of it."""

    fact: str
    op: Op
    value: Any
    act_on: ActOn = "point"


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all, or any one, must hold; `named` is the definition that says so, where one does."""

    how: Literal["all", "any"]
    parts: tuple[Condition | Group, ...]
    named: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a law calls something, said once: `{ is = "…" }` among the conditions of its rules means it.

    It stands in the text of the law itself, so that who signs the text signs all that it says. It is in force from
    `since` until `until` (exclusive), and a rule uses the one that is in force as long as the rule is.
    """

    id: str
    title: Text
    citation: str
    since: date
    until: date | None
    when: Group

    def covers(self, since: date, until: date | None) -> bool:
        """Whether it is in force throughout a span."""
        return self.since <= since and (self.until is None or (until is not None and until <= self.until))


def facts_in(part: Condition | Group) -> list[str]:
    """The facts that conditions ask for, in their order."""
    if isinstance(part, Condition):
        return [part.fact]
    return [name for inner in part.parts for name in facts_in(inner)]


def definitions_in(part: Condition | Group) -> Iterator[str]:
    """The definitions that conditions use, themselves or within another."""
    if isinstance(part, Group):
        if part.named:
            yield part.named
        for inner in part.parts:
            yield from definitions_in(inner)
