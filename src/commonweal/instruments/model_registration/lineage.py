"""What a model was made from and how, as filed, and the family that follows from it.

What each way of deriving takes over and adds is said by the adopted text `model_registration.lineage`, not here. A walk
passes every model once, whatever was filed; none is cut short, since whoever stops a model must find all its copies.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Text
from commonweal.kernel.values import digest

LINEAGE_ID = "model_registration.lineage"
UNSTATED = "unstated"
FIELDS = ("base_model", "base_model_name", "derived_from")
REFERENCES = ("base_model", "derived_from")


@dataclass(frozen=True, slots=True)
class Relation:
    """One way of deriving: whether the compute of what it derives from counts, whether training afterwards does, and
    whether the result is the earlier model changed."""

    id: str
    title: Text
    carries: bool
    adds: bool
    modifies: bool
    citation: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The text `model_registration.lineage`, read once."""

    version: str
    sha256: str
    relations: Mapping[str, Relation]
    shared_once: bool
    same_modifier: bool

    def of(self, relation: str) -> Relation:
        """A way of deriving; one that the text in force does not know is read like one not stated."""
        return self.relations.get(relation) or self.relations[UNSTATED]


class Way(BaseModel):
    """One way of deriving as a text has it."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    id: Annotated[str, Field(min_length=1)]
    title: registry.Words
    carries: Annotated[bool, Field(strict=True)]
    adds: Annotated[bool, Field(strict=True)]
    modifies: Annotated[bool, Field(strict=True)]
    citation: str
    url: str = ""


class Shared(BaseModel):
    """How often an ancestor counts that several share."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    counts: Literal["once", "each"]
    citation: str = ""
    url: str = ""


class Modifier(BaseModel):
    """Whether what one modifier adds in several steps counts together."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    cumulates: Annotated[bool, Field(strict=True)]
    citation: str = ""
    url: str = ""


class Guidelines(BaseModel):
    """Where the rules were published."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)
    title: str
    url: str


class Lineage(registry.Head):
    """How training compute passes along a lineage."""

    guidelines: Guidelines | None = None
    relation: list[Way]
    shared_ancestor: Shared
    same_modifier: Modifier

    @model_validator(mode="after")
    def _unstated_too(self) -> Lineage:
        if UNSTATED not in {one.id for one in self.relation}:
            raise ValueError(f"a relation {UNSTATED}, for what does not say how it was derived")
        return self


@functools.lru_cache(maxsize=8)
def read(text: str) -> Lineage:
    """What a text of lineage says. Raises `RuleFault` naming every fault."""
    return registry.read_text(Lineage, text, LINEAGE_ID)


@functools.lru_cache(maxsize=8)
def read_rules(text: str) -> Rules:
    """The rules of a lineage text."""
    data = registry.parsed(text, "application/toml")
    relations = {
        item["id"]: Relation(
            item["id"], Text(item["title"]), item["carries"], item["adds"], item["modifies"], item["citation"]
        )
        for item in data["relation"]
    }
    return Rules(
        str(data["version"]),
        digest(text.encode()),
        relations,
        data["shared_ancestor"]["counts"] == "once",
        bool(data["same_modifier"]["cumulates"]),
    )


@functools.cache
def shipped_rules() -> Rules:
    """The rules that come with the package; they count where an authority has not adopted any."""
    return read_rules((Path(__file__).parent / "rules" / "lineage.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Parent:
    """One model that another was made from: its subject if it is registered (else its name), and how."""

    model: str
    name: str
    relation: str


def parents(body: Mapping[str, Any]) -> tuple[Parent, ...]:
    """What a filing says that its model was made from, in its order."""
    found = [
        Parent(item.get("model") or "", item.get("name") or "", item["relation"])
        for item in body.get("derived_from") or ()
    ]
    if body.get("base_model"):
        found.append(Parent(body["base_model"], "", UNSTATED))
    elif body.get("base_model_name"):
        found.append(Parent("", body["base_model_name"], UNSTATED))
    return tuple(found)


def carried(body: Mapping[str, Any], rules: Rules) -> tuple[Parent, ...]:
    """The models whose compute counts in this one's, each once."""
    found = {(item.model, item.name): item for item in parents(body) if rules.of(item.relation).carries}
    return tuple(found.values())


def children(reader: Reader, subject: str) -> list[str]:
    """The models whose newest filing says that they were made from this one."""
    return sorted({other for name in REFERENCES for other in registry.referring(reader, subject, name)
                   if other.startswith("model:")})  # fmt: skip


def descendants(reader: Reader, subject: str) -> list[str]:
    """Every model made from this one, directly or through others, the nearest first."""
    found: dict[str, None] = {subject: None}
    row = [subject]
    while row:
        row = [other for one in row for other in children(reader, one) if other not in found]
        row = list(dict.fromkeys(row))
        found.update(dict.fromkeys(row))
    return list(found)[1:]


def ancestors(reader: Reader, body: Mapping[str, Any]) -> dict[str, Row | None]:
    """Every registered model that this one was made from, directly or through others, the nearest first."""
    found: dict[str, Row | None] = {}
    waiting = deque(item.model for item in parents(body) if item.model)
    while waiting:
        here = waiting.popleft()
        if here not in found:
            found[here] = row = registry.subject(reader, here)
            waiting += [item.model for item in parents(row["body"] if row else {}) if item.model]
    return found


def carrying_ancestors(reader: Reader, subject: str, rules: Rules) -> set[str]:
    """A registered model and all those whose compute its own contains."""
    found, waiting = {subject}, [subject]
    while waiting:
        row = registry.subject(reader, waiting.pop())
        for item in carried(row["body"], rules) if row else ():
            if item.model and item.model not in found:
                found.add(item.model)
                waiting.append(item.model)
    return found


@dataclass(frozen=True, slots=True)
class Edge:
    """One step of a family: `child` was made from `parent`, which is a subject or, unregistered, a name."""

    child: str
    parent: str
    relation: str
    registered: bool


def edges_of(subject: str, body: Mapping[str, Any]) -> list[Edge]:
    """The steps by which a model was made."""
    return [Edge(subject, item.model or item.name, item.relation, bool(item.model)) for item in parents(body)]


def family(reader: Reader, subject: str) -> list[Edge]:
    """Every step among a model, what it was made from and what was made from it."""
    row = registry.subject(reader, subject)
    above = ancestors(reader, row["body"]) if row else {}
    below: Iterable[str] = descendants(reader, subject)
    found: list[Edge] = []
    for each in dict.fromkeys([*above, subject, *below]):
        its = registry.subject(reader, each)
        found += edges_of(each, its["body"]) if its else []
    return found
