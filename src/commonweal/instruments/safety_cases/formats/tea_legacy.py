"""The forms of TEA's JSON before 1.0: lists of goals, claims, strategies, evidence and contexts.

The platform wrote them nested in one another, and its documentation gives a template in which they lie side by side and
name what they belong to (`goal_id`, `parent_claim_id`, `claim_id`). Both are read here, told apart by where the lists
stand. Ids are unique within a list only. An element has a name, a short and a long description.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from commonweal.kernel.values import Fault, shown

from ..model import Case, Element, said
from .written import Written, lost, modelled, refused

NAME, FILE = "tea_legacy", "case.tea.json"
_LISTS = {
    "goals": "goal", "context": "context", "property_claims": "goal", "strategies": "strategy", "evidence": "solution",
}  # fmt: skip
_BELONGS = {
    "goal_id": ("goals",), "strategy_id": ("strategies",), "parent_claim_id": ("property_claims",),
    "property_claim_id": ("property_claims",), "claim_id": ("property_claims",), "parent_id": tuple(_LISTS),
}  # fmt: skip
_TEXTS = {"name": "name", "short_description": "text", "long_description": "detail", "URL": "reference"}


def read(content: Mapping[str, Any], name: str) -> Case:
    """The case of a form before 1.0. Raises `BadInput` with every fault."""
    reading = _Reading(name)
    if not isinstance(content.get("goals"), list):
        reading.fault("goals", content.get("goals"), "a list of goals")
    for key in ("name", "description"):
        if not isinstance(content.get(key, ""), str):
            reading.fault(key, content[key], "text")
    reading.lists(content, None, "")
    reading.belonging()
    if reading.faults:
        raise refused(reading.faults, name)
    rest = {key: value for key, value in content.items() if key not in (*_LISTS, "name", "description")}
    there = [key for key in ("name", "description", *_LISTS) if key in content]
    return modelled(
        {
            "title": content.get("name", ""),
            "description": content.get("description", ""),
            "elements": reading.elements,
            "relations": reading.relations,
            "more": {NAME: {"rest": rest, "there": there}},
        },
        name,
    )


class _Reading:
    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.elements: list[dict[str, Any]] = []
        self.relations: list[dict[str, Any]] = []
        self.ids: dict[tuple[str, str], str] = {}
        self.taken: set[str] = set()
        self.named: list[tuple[str, str, str, Any]] = []

    def fault(self, place: str, seen: object, want: str, code: str = "form") -> None:
        self.faults.append(Fault(place, shown(seen), want, code))

    def lists(self, content: Mapping[str, Any], parent: str | None, place: str) -> None:
        """Every list of a case or an element, and all that stands in it."""
        for key in _LISTS:
            items = content.get(key, [])
            if not isinstance(items, list):
                self.fault(f"{place}{key}", items, "a list")
                continue
            for number, item in enumerate(items):
                self._item(key, item, parent, f"{place}{key}[{number}]")

    def _item(self, key: str, item: Any, parent: str | None, place: str) -> None:
        if not isinstance(item, Mapping) or not isinstance(item.get("id", ""), (str, int)):
            self.fault(place, item, "an element with an id")
            return
        for field in _TEXTS:
            if not isinstance(item.get(field, ""), (str, type(None))):
                self.fault(f"{place}.{field}", item[field], "text")
                return
        name = self._id(key, item)
        inside = [one for one in _LISTS if one in item]
        kept = {field: value for field, value in item.items() if field not in (*_TEXTS, *_LISTS)}
        more = {"list": key, "kept": kept, "inside": inside, "there": [field for field in _TEXTS if field in item]}
        fields = {field: item.get(there) for there, field in _TEXTS.items()}
        if isinstance(item.get("assumption"), str) and item["assumption"]:
            below = f"{name}/assumption"
            self.relations.append({"above": name, "below": below, "kind": "in_context_of"})
            assumption = {"id": below, "kind": "assumption", "text": item["assumption"]}
        else:
            assumption = None
        self.elements.append({"id": name, "kind": _LISTS[key], **fields, "more": {NAME: more}})
        self.elements += [assumption] if assumption else []
        if parent is not None:
            self._relate(parent, name, key)
        else:
            self.named += [(name, key, field, item[field]) for field in _BELONGS if item.get(field) is not None]
        self.lists(item, name, f"{place}.")

    def _id(self, key: str, item: Mapping[str, Any]) -> str:
        raw = str(item.get("id", f"{len(self.elements) + 1}"))
        if (key, raw) in self.ids:
            self.fault(f"{key} {raw}", raw, "an id is used once in each list", "duplicate")
        name = raw if raw not in self.taken else f"{key}/{raw}"
        self.ids.setdefault((key, raw), name)
        self.taken.add(name)
        return name

    def _relate(self, above: str, below: str, key: str) -> None:
        kind = "in_context_of" if _LISTS[key] == "context" else "supported_by"
        self.relations.append({"above": above, "below": below, "kind": kind})

    def belonging(self) -> None:
        """Elements that lie side by side name what they belong to; a context that names nothing is the first goal's."""
        for name, key, field, value in self.named:
            for one in value if isinstance(value, list) else [value]:
                found = next(
                    (self.ids[where, str(one)] for where in _BELONGS[field] if (where, str(one)) in self.ids), None
                )
                if found is None:
                    self.fault(
                        f"{key} {name}, {field}", one, f"one of the ids in {' or '.join(_BELONGS[field])}", "dangling"
                    )
                elif found != name:
                    self._relate(found, name, key)
        related = {one["below"] for one in self.relations}
        goal = next((one["id"] for one in self.elements if one["kind"] == "goal"), None)
        for element in self.elements:
            if element["kind"] == "context" and element["id"] not in related and goal:
                self._relate(goal, element["id"], "context")


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(case: Case) -> Written:
    """The form that the case came in. What came from elsewhere since then is written in its lists too."""
    writing = _Writing(case)
    data = json.dumps(writing.content(), ensure_ascii=False, indent=2) + "\n"
    return Written({FILE: data.encode()}, tuple(writing.lost))


class _Writing:
    def __init__(self, case: Case) -> None:
        self.case, self.known, self.lost = case, case.by_id(), list[Fault]()
        self.above: dict[str, str] = {}
        for relation in case.relations:
            self.above.setdefault(relation.below, relation.above)
        self.nested = any(said(one.more, NAME).get("inside") for one in case.elements)

    def content(self) -> dict[str, Any]:
        head = said(self.case.more, NAME)
        there, rest = head.get("there") or [], head.get("rest") or {}
        assert isinstance(there, list)
        assert isinstance(rest, dict)
        found: dict[str, Any] = {}
        if "name" in there or self.case.title:
            found["name"] = self.case.title
        if "description" in there or self.case.description:
            found["description"] = self.case.description
        top = [one for one in self.case.elements if not self.nested or one.id not in self.above]
        lists = self._lists(top, [str(key) for key in there])
        for challenge in self.case.challenges:
            self.lost.append(lost(f"{challenge.source} challenges", challenge.target, NAME))
        return {**found, **lists, **rest}

    def _lists(self, elements: list[Element], there: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {key: [] for key in _LISTS if key in there}
        for element in elements:
            if (key := self._list_of(element)) is not None:
                found.setdefault(key, []).append(self._item(element))
        return found

    def _list_of(self, element: Element) -> str | None:
        if element.id.endswith("/assumption") and element.kind == "assumption":
            return None
        if key := said(element.more, NAME).get("list"):
            return str(key)
        kinds = {"strategy": "strategies", "solution": "evidence", "context": "context"}
        if element.kind in ("justification", "assumption"):
            self.lost.append(lost(f"element {element.id}, kind", element.kind, NAME))
            return "context"
        return kinds.get(element.kind, "property_claims")

    def _item(self, element: Element) -> dict[str, Any]:
        more = said(element.more, NAME)
        kept, there = more.get("kept"), more.get("there")
        item: dict[str, Any] = dict(kept) if isinstance(kept, dict) else {"id": element.id, **self._belongs(element)}
        for field, ours in _TEXTS.items():
            value = getattr(element, ours)
            if value is not None or (isinstance(there, list) and field in there):
                item[field] = value
        below = self.known.get(f"{element.id}/assumption")
        if below is not None:
            item["assumption"] = below.text
        if self.nested:
            inside = more.get("inside")
            children = [one for one in self.case.elements if self.above.get(one.id) == element.id]
            item |= self._lists(children, [str(key) for key in inside] if isinstance(inside, list) else [])
        return item

    def _belongs(self, element: Element) -> dict[str, Any]:
        above = self.above.get(element.id)
        if above is None or self.nested:
            return {}
        of_goal = self._list_of(self.known[above]) == "goals"
        field = "goal_id" if of_goal else "claim_id" if element.kind == "solution" else "parent_claim_id"
        return {field: above}
