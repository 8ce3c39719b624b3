"""A case as an outline: what the drawing says, for who reads, listens or prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from .model import Case, Element

SUPPORTS, CONTEXT, CHALLENGES = "supported_by", "in_context_of", "challenged_by"
As = Literal["top", "supported_by", "in_context_of", "challenged_by"]


@dataclass(frozen=True)
class Line:
    """One element at one place: how deep, as what it stands under the one above, and which relation it challenges.

    `again`: it stood above with all that is under it, which is not repeated.
    """

    depth: int
    element: Element
    as_what: As
    again: bool = False
    between: tuple[str, str] | None = None


@dataclass(frozen=True)
class Outlined:
    """The ties of a case, in the order in which they are shown: contexts, what supports, what challenges."""

    case: Case

    @cached_property
    def under(self) -> dict[str, list[tuple[str, As, tuple[str, str] | None]]]:
        """What stands under each element. A challenge to a relation stands under the relation's first element."""
        found: dict[str, list[tuple[str, As, tuple[str, str] | None]]] = {}
        for wanted in ("in_context_of", "supported_by"):
            for relation in self.case.relations:
                if relation.kind == wanted:
                    found.setdefault(relation.above, []).append((relation.below, relation.kind, None))
        for challenge in self.case.challenges:
            above = challenge.target or (challenge.between or ("",))[0]
            found.setdefault(above, []).append((challenge.source, "challenged_by", challenge.between))
        return found

    def lines(self) -> Iterator[Line]:
        """The whole case from its tops down; an element under several others is unfolded once."""
        known, seen = self.case.by_id(), set[str]()
        below = {name for rows in self.under.values() for name, _, _ in rows}
        tops = [element.id for element in self.case.elements if element.id not in below]
        for top in [*tops, *(element.id for element in self.case.elements)]:
            stack: list[tuple[int, str, As, tuple[str, str] | None]] = [] if top in seen else [(0, top, "top", None)]
            while stack:
                depth, name, as_what, between = stack.pop()
                if name not in known:
                    continue
                rows = self.under.get(name, [])
                again = name in seen and bool(rows)
                yield Line(depth, known[name], as_what, again, between)
                if name not in seen:
                    seen.add(name)
                    stack += [(depth + 1, *row) for row in reversed(rows)]


def outlined(case: Case) -> Sequence[Line]:
    """All lines of a checked case."""
    return list(Outlined(case).lines())
