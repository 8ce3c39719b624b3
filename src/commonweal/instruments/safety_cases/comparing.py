"""What changed between two versions of a case: elements, what rests on what, what challenges what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .model import Case, Challenge, Element, Relation

FIELDS = (
    "kind",
    "text",
    "name",
    "detail",
    "module",
    "cites",
    "public",
    "undeveloped",
    "abstract",
    "needs",
    "reference",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `element` came, went or says otherwise in `fields`; of a relation or challenge its ends."""

    what: Literal["element", "relation", "challenge"]
    how: Literal["added", "removed", "changed"]
    name: str
    fields: tuple[tuple[str, str, str], ...] = ()
    """Which field, what it said, what it says."""


def compared(before: Case, after: Case) -> Sequence[Change]:
    """Every difference, elements first. The order of elements, and what only a format keeps, are none."""
    return [*_elements(before, after), *_ties(before, after)]


def _elements(before: Case, after: Case) -> list[Change]:
    then, now = before.by_id(), after.by_id()
    found = [Change("element", "removed", name) for name in then if name not in now]
    for name, element in now.items():
        if name not in then:
            found.append(Change("element", "added", name))
        elif fields := _fields(then[name], element):
            found.append(Change("element", "changed", name, fields))
    return found


def _fields(then: Element, now: Element) -> tuple[tuple[str, str, str], ...]:
    found = []
    for field in FIELDS:
        one, other = getattr(then, field), getattr(now, field)
        if one != other:
            found.append((field, _said(one), _said(other)))
    return tuple(found)


def _said(value: object) -> str:
    if value is None:
        return ""
    dump = getattr(value, "model_dump", None)
    return " ".join(f"{key} {item}" for key, item in dump(exclude_none=True).items()) if dump else str(value)


def _ties(before: Case, after: Case) -> list[Change]:
    found: list[Change] = []
    pairs = (
        ("relation", {_relation(one) for one in before.relations}, {_relation(one) for one in after.relations}),
        ("challenge", {_challenge(one) for one in before.challenges}, {_challenge(one) for one in after.challenges}),
    )
    for what, then, now in pairs:
        found += [Change(what, "removed", name) for name in sorted(then - now)]  # type: ignore[arg-type]
        found += [Change(what, "added", name) for name in sorted(now - then)]  # type: ignore[arg-type]
    return found


def _relation(one: Relation) -> str:
    return f"{one.above} → {one.below}" + (" (context)" if one.kind == "in_context_of" else "")


def _challenge(one: Challenge) -> str:
    return f"{one.source} ⇥ {one.target or ' → '.join(one.between or ())}"
