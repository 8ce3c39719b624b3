"""A safety case as it is exchanged: elements, what rests on what, what challenges what.

The words are those of the GSN Community Standard, version 3 (SCSC-141C, 2021): goals, strategies, solutions, contexts,
assumptions and justifications, the modular extension (modules, elements that cite others elsewhere), the pattern
extension (elements that are still to be instantiated, alternatives of which some are needed) and the dialectic
extension (counter goals and counter solutions that challenge elements or relations). What another format says beside
is kept with the element under the name of that format, so that it goes out as it came in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

FORMAT, VERSION = "commonweal.safety_case", 1
ELEMENTS_MAX, RELATIONS_MAX, MODULES_MAX, WORDS_MAX = 50_000, 200_000, 2_000, 20_000
Id = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(max_length=500)]
Words = Annotated[str, Field(max_length=WORDS_MAX)]
Kind = Literal[
    "goal", "strategy", "solution", "context", "assumption", "justification", "counter_goal", "counter_solution",
    "module", "contract",
]  # fmt: skip
As = Literal["supported_by", "in_context_of"]
CONTEXTUAL: tuple[Kind, ...] = ("context", "assumption", "justification")
COUNTERS: tuple[Kind, ...] = ("counter_goal", "counter_solution")
EVIDENCE: tuple[Kind, ...] = ("solution", "counter_solution")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cited(_Part):
    """What an away element stands for: an element, a module, or another case."""

    element: Id | None = None
    module: Name | None = None
    case: Name | None = None


class Comment(_Part):
    """What somebody wrote beside an element."""

    author: Name = ""
    text: Words
    at: Name | None = None


class Element(_Part):
    """One box of the drawing. `id` is its own in the whole case; `name` is what is shown instead, where it differs.

    `needs` says of how many of what supports it the element is content with; without it, of all. `abstract`: a place
    that a pattern leaves open and an instance fills. `reference` is an address or a name of what is cited. `public`:
    its module offers it to others, which may cite it.
    """

    id: Id
    kind: Kind
    text: Words | None = None
    name: Name | None = None
    detail: Words | None = None
    module: Name = ""
    cites: Cited | None = None
    public: bool = False
    undeveloped: bool = False
    abstract: bool = False
    needs: Annotated[int | None, Field(ge=1, le=1000)] = None
    reference: Annotated[str | None, Field(max_length=2000)] = None
    comments: Annotated[tuple[Comment, ...], Field(max_length=1000)] = ()
    more: dict[str, JsonValue] = Field(default_factory=dict)


class Relation(_Part):
    """`above` is supported by, or in the context of, `below`. `stated_in`: the module that says so, if not above's."""

    above: Id
    below: Id
    kind: As = "supported_by"
    stated_in: Name | None = None


class Challenge(_Part):
    """`source` challenges an element (`target`), or the relation between two (`between`), a challenge included."""

    source: Id
    target: Id | None = None
    between: tuple[Id, Id] | None = None


class Module(_Part):
    """A part of the case that is kept by itself. `binds`: it is a contract, between these modules."""

    name: Name
    binds: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    brief: Words | None = None
    file: Name | None = None
    more: dict[str, JsonValue] = Field(default_factory=dict)


class Case(_Part):
    """A whole case: what `GET /…/case.json` gives and a version of a case files."""

    format: Literal["commonweal.safety_case"] = "commonweal.safety_case"
    version: Literal[1] = 1
    title: Name = ""
    description: Words = ""
    modules: Annotated[tuple[Module, ...], Field(max_length=MODULES_MAX)] = ()
    elements: Annotated[tuple[Element, ...], Field(max_length=ELEMENTS_MAX)] = ()
    relations: Annotated[tuple[Relation, ...], Field(max_length=RELATIONS_MAX)] = ()
    challenges: Annotated[tuple[Challenge, ...], Field(max_length=RELATIONS_MAX)] = ()
    more: dict[str, JsonValue] = Field(default_factory=dict)

    def by_id(self) -> Mapping[str, Element]:
        """Elements by their id; of two with the same id the first."""
        found: dict[str, Element] = {}
        for element in self.elements:
            found.setdefault(element.id, element)
        return found

    def below(self) -> Mapping[str, list[Relation]]:
        """Of each element, the relations to what it rests on, in the order in which they were stated."""
        found: dict[str, list[Relation]] = {}
        for relation in self.relations:
            found.setdefault(relation.above, []).append(relation)
        return found

    def roots(self) -> Iterator[Element]:
        """The elements that nothing rests on and that challenge nothing, nor serve what does only."""
        rested = {relation.below for relation in self.relations} | {one.source for one in self.challenges}
        for element in self.elements:
            if element.id not in rested:
                yield element

    def goals(self) -> list[Element]:
        """What can be claimed: each goal but the heads of contracts, which say again what is claimed elsewhere."""
        contracts = {one.name for one in self.modules if one.binds}
        return [one for one in self.elements if one.kind == "goal" and not (one.cites and one.module in contracts)]

    def tops(self) -> tuple[str, ...]:
        """What the case claims, in order: each goal that rests under no other, and each that a module makes public.
        Where nothing is claimed so, the first element.

        What is no goal claims nothing, so a goal under a strategy or a challenge alone is claimed by itself; and one
        that challenges, or stands for a goal elsewhere, is claimed as much as others.
        """
        goals = self.goals()
        first = foremost([one.id for one in goals], self.relations)
        found = [one.id for one in goals if one.id in first or (one.public and not one.cites)]
        return tuple(dict.fromkeys(found)) or (self.elements[0].id,)

    def claims(self) -> tuple[str, ...]:
        """In which words the case claims what it claims, as far as there are any, white space made plain."""
        tops = set(self.tops()) if self.goals() else set[str]()
        said = (" ".join((one.text or "").split()) for one in self.elements if one.id in tops)
        return tuple(one for one in said if one)

    def says(self, claim: str) -> bool:
        """Whether one of its claims is in these words, white space, case and a full stop at the end aside."""
        return _plain(claim) in map(_plain, self.claims())


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold().rstrip(".。． ")


def foremost(claims: Collection[str], relations: Iterable[Relation]) -> set[str]:
    """Those of some claims that rest under no other of them, whatever lies between."""
    below: dict[str, list[str]] = {}
    for relation in relations:
        below.setdefault(relation.above, []).append(relation.below)
    left, seen = [one for claim in claims for one in below.get(claim, ())], set[str]()
    while left:
        here = left.pop()
        if here not in seen:
            seen.add(here)
            left += below.get(here, ())
    return set(claims) - seen


def said(more: Mapping[str, JsonValue], name: str) -> dict[str, JsonValue]:
    """What one format said beside, a copy."""
    found = more.get(name)
    return dict(found) if isinstance(found, dict) else {}
