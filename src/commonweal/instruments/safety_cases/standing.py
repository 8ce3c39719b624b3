"""How a case stands on a day: a logical state, an interval, and the doubts that remain. Never one number.

The state of every element is computed (`weighing`) from what its bindings say that day. A case stands while all that it
claims stands (`Case.tops`), and is defeated with the first of these. The interval is of the argument under them
(`methods.arguments.bounds`): evidence counts with the bounds that somebody stated for it, evidence
for which nobody did with all from 0 to 1. An assumption that nothing would contradict and for which nobody stated
bounds is no certainty: the interval is told as given such assumptions (`assumed`), and beside it what is left of it
where each of them counts with all from 0 to 1. Challenges are among the doubts, also those that were answered: an
answer is a reason to believe, no erasure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np

from commonweal.methods.arguments import (
    COMONOTONE,
    FAILED,
    HELD,
    INDEPENDENT,
    OPEN,
    UNKNOWN,
    Argument,
    Bounds,
    bounds,
    minimal_cuts,
)

from .evidence import Binding, Known, Reason, judged, stated
from .model import CONTEXTUAL, EVIDENCE, Case, Element
from .modules import Modular
from .weighing import DEFEATED, STANDS, UNDECIDED, Weighed, weighed

Dependence = Literal["unknown", "independent", "together"]
Thing = tuple[str, int | str]
_DEPENDENCE = {"unknown": UNKNOWN, "independent": INDEPENDENT, "together": COMONOTONE}
_WORST = (DEFEATED, UNDECIDED, STANDS)
About = Literal[
    "challenge_stands", "challenge_open", "challenge_answered", "challenge_turned_away", "undeveloped", "unbound",
    "unwatched", "no_bounds", "not_independent", "unagreed", "reason",
]  # fmt: skip


_CHALLENGES = ("challenge_stands", "challenge_open", "challenge_answered", "challenge_turned_away")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that remains: what it is about, in which element, and what else has to be said of it.

    `challenge_…`: `detail` is who challenges; one that was turned away was answered by nobody.
    `undeveloped`: nobody supports it yet. `unbound`: evidence that is no
    entry of the record. `unwatched`: an assumption that nothing would contradict. `no_bounds`: evidence for which
    nobody said how likely it holds. `unagreed`: it stands for an element of another module without a contract between
    the two. `not_independent`: stated to be, and rests on something in common: on one element, or on elements that are
    bound to one entry, to versions of one subject or to one text, or to guarantees that rest on these. `reason`: see
    `reason`.
    """

    about: About
    element: str
    detail: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Failing:
    """`Cuts` by the names of elements: what fails together, up to which size every one is listed, whether there are
    more, and what speaks for the claim and for a challenge to it as well."""

    sets: tuple[tuple[str, ...], ...]
    complete: int | None
    more: bool
    shared: tuple[str, ...]


@dataclass(frozen=True)
class CaseStanding:
    """A case on a day. `tops` are the elements it is all about: each that it claims. `below` are the things on which
    that rests to which an element is bound, where it is a guarantee."""

    found: Weighed
    reasons: tuple[Reason, ...]
    bound: Mapping[str, Binding]
    stated: Mapping[str, Dependence]
    below: Mapping[str, frozenset[Thing]] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.found.case

    @cached_property
    def tops(self) -> tuple[str, ...]:
        """The claims at the heads of the case."""
        return self.case.tops()

    @property
    def state(self) -> str:
        """`stands`, `open` or `defeated`: that of the claim of which the least can be said."""
        return min((self.found.status(top) for top in self.tops), key=_WORST.index)

    @property
    def because(self) -> list[str]:
        """Through which elements the first claim that is defeated was, from the first cause."""
        return next((way for top in self.tops if (way := self.found.because(top))), [])

    def falling(self) -> list[str]:
        """The claims that do not stand."""
        return [top for top in self.tops if self.found.status(top) != STANDS]

    @cached_property
    def _whole(self) -> tuple[Argument, int]:
        """The argument with one element at its head that rests on all claims, and the place of that."""
        argument, places = self.found.argument, [self.found.place[top] for top in self.tops]
        if len(places) == 1:
            return argument, places[0]
        head = argument.size
        supports = np.vstack([argument.supports, [(head, place) for place in places]])
        always = np.append(argument.always, np.ones(len(places), bool))  # type: ignore[arg-type]
        base, need = np.append(argument.base, HELD), np.append(argument.need, -1)  # type: ignore[arg-type]
        return Argument(base, supports, argument.attacks, always, need), head

    @cached_property
    def _bounds(self) -> Bounds:
        return self._bounded(self.found.argument, self.found.standing.elements)

    @cached_property
    def _bounds_of_none(self) -> Bounds:
        return self._bounded(self.found.argument, self.found.standing.elements, given=False)

    def is_assumed(self, element: Element) -> bool:
        """Whether an element is an assumption that nothing would contradict and that nobody measured."""
        return element.kind == "assumption" and self._unwatched(element) and not self._has_bounds(element)

    def _unwatched(self, element: Element) -> bool:
        binding = self.bound.get(element.id)
        return binding is None or not binding.conditions

    def _has_bounds(self, element: Element) -> bool:
        binding = self.bound.get(element.id)
        return binding is not None and binding.lower is not None

    @cached_property
    def assumed(self) -> tuple[str, ...]:
        """The assumptions on which what is claimed rests and that are merely assumed (`is_assumed`)."""
        below: dict[int, list[int]] = {}
        for above, under in self.found.argument.supports.tolist():
            below.setdefault(above, []).append(under)
        left, seen = [self.found.place[top] for top in self.tops], set[int]()
        while left:
            place = left.pop()
            if place not in seen:
                seen.add(place)
                left += below.get(place, ())
        elements = (one for number, one in enumerate(self.case.elements) if number in seen)
        return tuple(one.id for one in elements if self.is_assumed(one))

    def _bounded(self, argument: Argument, labels: np.ndarray | None, *, given: bool = True) -> Bounds:
        """The bounds of an argument whose first elements are the case's; more hold where what is below them does.

        What is merely assumed holds where it is `given`, and else counts with all from 0 to 1.
        """
        low, high = np.ones(argument.size), np.ones(argument.size)
        for number, element in enumerate(self.case.elements):
            binding = self.bound.get(element.id)
            if binding is not None and binding.lower is not None and binding.upper is not None:
                low[number], high[number] = binding.lower, binding.upper
            elif element.kind in EVIDENCE or (not given and self.is_assumed(element)):
                low[number] = 0.0
        dependence = [_DEPENDENCE[self.stated.get(element.id, "unknown")] for element in self.case.elements]
        more = [UNKNOWN] * (argument.size - len(dependence))
        return bounds(argument, low, high, [*dependence, *more], labels=labels, things=self._things)

    @cached_property
    def _things(self) -> list[list[int]]:
        """Of each element the numbers of what it is bound to and another is too: an entry, what an entry is a version
        of, the text with a digest, and what a guarantee rests on. Two pieces of evidence that are one are not
        independent."""
        told = [
            _bound_to(self.bound.get(element.id)) | self.below.get(element.id, frozenset())
            for element in self.case.elements
        ]
        times = Counter(one for each in told for one in each)
        numbers = {one: number for number, one in enumerate(one for one, many in times.items() if many > 1)}
        return [[numbers[one] for one in each if one in numbers] for each in told]

    def interval(self, element: str, *, given: bool = True) -> tuple[float, float]:
        """Between which bounds the probability lies that all holds on which an element rests: as long as what is merely
        assumed holds, or, where that is not `given`, whatever becomes of it."""
        place, found = self.found.place[element], self._bounds if given else self._bounds_of_none
        return float(found.lower[place]), float(found.upper[place])

    def whole(self, *, given: bool = True) -> tuple[float, float]:
        """Between which bounds the probability lies that all holds on which all claims rest; `given` as in
        `interval`."""
        argument, place = self._whole
        if argument is self.found.argument:
            return self.interval(self.tops[0], given=given)
        found = self._bounded(argument, None, given=given)
        return float(found.lower[place]), float(found.upper[place])

    def cuts(self, *, limit: int = 1000, size_max: int = 4) -> Failing:
        """What would have to fail for some claim to stand no longer: evidence, contexts and assumptions."""
        argument, place = self._whole
        may_fail = [element.kind in EVIDENCE or element.kind in CONTEXTUAL for element in self.case.elements]
        may_fail += [False] * (argument.size - len(may_fail))
        found = minimal_cuts(argument, place, may_fail, limit=limit, size_max=size_max)
        names = [element.id for element in self.case.elements]
        sets = tuple(tuple(names[one] for one in together) for together in found.sets)
        return Failing(sets, found.complete, found.more, tuple(names[one] for one in found.shared))

    @cached_property
    def doubts(self) -> Sequence[Doubt]:
        """Everything that remains, the gravest first."""
        return [*self._challenges(), *self._unknown(), *self._unfounded()]

    def _challenges(self) -> list[Doubt]:
        found = []
        for number, challenge in enumerate(self.case.challenges):
            standing, base = int(self.found.standing.attacks[number]), np.asarray(self.found.argument.base)
            source = self.found.place[challenge.source]
            away = self.case.elements[source].kind == "counter_goal" and base[source] == FAILED
            about: About = (
                "challenge_stands" if standing == HELD else "challenge_open" if not self.found.answered(number)
                else "challenge_turned_away" if away else "challenge_answered"
            )  # fmt: skip
            found.append(Doubt(about, challenge.target or " → ".join(challenge.between or ()), challenge.source))
        return sorted(found, key=lambda one: _CHALLENGES.index(one.about))

    def _unknown(self) -> list[Doubt]:
        reasons = [
            Doubt("reason", one.element, one.detail, one) for one in sorted(self.reasons, key=lambda one: one.value)
        ]
        supported, modular = (
            {one.above for one in self.case.relations if one.kind == "supported_by"},
            Modular(self.case),
        )
        bare = [
            Doubt("undeveloped", one.id)
            for one in self.case.elements
            if one.kind in ("goal", "strategy", "counter_goal", "module", "contract")
            and one.id not in supported
            and not (one.cites and modular.stands_for(one))
        ]
        return [*reasons, *bare]

    def _unfounded(self) -> list[Doubt]:
        found, modular = list[Doubt](), Modular(self.case)
        for element in self.case.elements:
            binding = self.bound.get(element.id)
            if element.kind in EVIDENCE and (binding is None or binding.entry is None):
                found.append(Doubt("unbound", element.id))
            if element.kind == "assumption" and self._unwatched(element):
                found.append(Doubt("unwatched", element.id))
            if element.kind in EVIDENCE and not self._has_bounds(element):
                found.append(Doubt("no_bounds", element.id))
        names = [self.case.elements[number].id for number in self._bounds.shared]
        found += [Doubt("unagreed", one.id, (one.cites and one.cites.element) or "") for one in modular.unagreed()]
        return [*(Doubt("not_independent", name) for name in names), *found]


def _below(binding: Binding, known: Known) -> frozenset[Thing]:
    """The entries on which the guarantee rests to which an element is bound, and what they are versions of."""
    entries = known.rests_on(binding.entry) if binding.entry is not None else ()
    named = {("subject", subject) for one in entries if (subject := known.subject(one)) is not None}
    return frozenset({*(("entry", one) for one in entries), *named})


def _bound_to(binding: Binding | None) -> set[Thing]:
    if binding is None:
        return set()
    told = {"entry": binding.entry, "subject": binding.subject, "sha256": binding.sha256}
    return {(name, one) for name, one in told.items() if one is not None}


def standing(
    case: Case,
    bindings: Sequence[Binding],
    today: date,
    known: Known,
    *,
    dependence: Mapping[str, Dependence] | None = None,
    counts: Mapping[str, int] | None = None,
) -> CaseStanding:
    """How a checked case stands on a day, by what its elements are bound to; of each the last binding counts.

    Of a claim or a strategy none counts: these stand by what is below them. Evidence that is bound to no entry and no
    condition rests on nothing, and leaves open what rests on it. What a claim rests on stands and falls with the
    subject that it is bound to; what speaks against one alone does not, for a test that found danger is such evidence.

    `counts` says of elements how they count where no binding does: of what was said about the case, by its verdict.
    """
    bound = {binding.element: stated(binding, known) for binding in bindings}
    values: dict[str, int] = dict(counts or {})
    reasons: list[Reason] = []
    kinds = {element.id: element.kind for element in case.elements}
    carries = any(one.subject is not None and known.carried(one.subject) is not None for one in bound.values())
    serves, against = _served(case) if carries else (set[str](), set[str]())
    for binding in bound.values():
        kind = kinds.get(binding.element)
        if kind not in (*EVIDENCE, *CONTEXTUAL):
            continue
        carries_from = None if binding.element not in serves else OPEN if binding.element in against else FAILED
        value, why = judged(binding, today, known, carries_from)
        rests = kind in CONTEXTUAL or binding.entry is not None or bool(binding.conditions)
        values[binding.element] = value if rests else min(value, OPEN)
        reasons += why
    below = {binding.element: _below(binding, known) for binding in bound.values()}
    return CaseStanding(weighed(case, values), tuple(reasons), bound, dependence or {}, below)


def _served(case: Case) -> tuple[set[str], set[str]]:
    """The elements on which a claim rests, and those on which a challenge does."""
    argument, names = weighed(case).argument, [element.id for element in case.elements]
    below: dict[int, list[int]] = {}
    for above, rests_on in argument.supports.tolist():
        below.setdefault(above, []).append(rests_on)

    def reached(left: list[int]) -> set[str]:
        seen = set[int]()
        while left:
            if (place := left.pop()) not in seen:
                seen.add(place)
                left += below.get(place, ())
        return {names[place] for place in seen if place < len(names)}

    place = {name: number for number, name in enumerate(names)}
    return reached([place[top] for top in case.tops()]), reached(argument.attacks[:, 0].tolist())


@dataclass(frozen=True, slots=True)
class Stale:
    """Why an approval no longer says what it said: the case was to be reviewed, or what it rested on has changed."""

    why: Literal["review_due", "defeated", "undecided", "evidence", "changed"]
    detail: str


def stale(now: CaseStanding, approved: Case, *, review_by: date | None, today: date) -> list[Stale]:
    """Every way in which an approved case is no longer what was approved. An approval is of one text on one day."""
    found = [Stale("review_due", review_by.isoformat())] if review_by is not None and today >= review_by else []
    if now.state == DEFEATED:
        found.append(Stale("defeated", now.because[0] if now.because else now.tops[0]))
    elif now.state != STANDS:
        found.append(Stale("undecided", ", ".join(now.falling())))
    found += [Stale("evidence", reason.element) for reason in now.reasons if reason.value != HELD]
    return [*found, *([Stale("changed", now.tops[0])] if now.case != approved else [])]
