"""What a new version of a case keeps: of a changed outline what that has no place for, and what elements rest on.

Names, details, comments, what other formats say beside, challenges to a relation: none of these has a line. So what is
filed is the case as it was with the differences between its outline as it was and as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from .formats import ltac
from .model import Case, Challenge, Element, Relation

Tie = TypeVar("Tie", Relation, Challenge)


def edited(before: Case, outline: str) -> Case:
    """The case as its changed outline says. Raises `BadInput` with every line that cannot be read."""
    typed = ltac.read({"outline": outline.encode("utf-8", "surrogatepass")})
    told = ltac.read({"outline": ltac.write(before).only})
    if told == before:
        return typed
    extra = {one.name for one in typed.modules} - {one.name for one in told.modules}
    modules = [*before.modules, *(one for one in typed.modules if before.modules and one.name in extra)]
    known = {one.name for one in modules}
    elements = [_element(one, before, told, known) for one in typed.elements]
    beside = [one for one in before.elements if one.id not in told.by_id()]
    there = {one.id for one in [*elements, *beside]}
    relations = _merged(before.relations, told.relations, typed.relations)
    challenges = _merged(before.challenges, told.challenges, typed.challenges)
    return before.model_copy(
        update={
            "elements": (*elements, *beside),
            "relations": tuple(one for one in relations if _ends(one) <= there),
            "challenges": tuple(one for one in challenges if _ends(one) <= there),
            "modules": tuple(modules),
        }
    )


def carried(body: Mapping[str, Any], argument: Case) -> dict[str, Any]:
    """The body of a case with another argument: what its elements rest on stays, as far as they are still there."""
    known = argument.by_id()
    dependence = {name: how for name, how in (body.get("dependence") or {}).items() if name in known}
    return {
        **body,
        "argument": argument.model_dump(mode="json", exclude_defaults=True),
        "bindings": [one for one in body.get("bindings", ()) if one["element"] in known],
        "dependence": dependence,
    }


def _element(typed: Element, before: Case, told: Case, modules: set[str]) -> Element:
    """One element: of what its line says, what was typed anew; of the rest, what it was."""
    was, line = before.by_id().get(typed.id), told.by_id().get(typed.id)
    if was is None or line is None:
        return typed.model_copy(update={"module": typed.module if typed.module in modules else ""})
    names = [name for name in Element.model_fields if name not in ("id", "more", "module")]
    anew = {name: getattr(typed, name) for name in names if getattr(typed, name) != getattr(line, name)}
    return was.model_copy(update=anew)


def _merged(before: Iterable[Tie], told: Iterable[Tie], typed: Iterable[Tie]) -> list[Tie]:
    """Ties as they were, without those whose line went, with those whose line came."""
    was, now = {_key(one) for one in told}, {_key(one) for one in typed}
    kept = [one for one in before if _key(one) in now or _key(one) not in was]
    return kept + [one for one in typed if _key(one) not in was]


def _key(tie: Relation | Challenge) -> tuple[object, ...]:
    if isinstance(tie, Relation):
        return tie.above, tie.below, tie.kind
    return tie.source, tie.target, tie.between


def _ends(tie: Relation | Challenge) -> set[str]:
    if isinstance(tie, Relation):
        return {tie.above, tie.below}
    return {tie.source, *((tie.target,) if tie.target else tie.between or ())}
