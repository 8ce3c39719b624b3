"""How a case stands on a day: a logical state, an interval, and the doubts that remain. Never one number.

The state of every element is computed (`weighing`) from what its bindings say that day. The interval is of the argument
under the top claim (`methods.arguments.bounds`): evidence counts with the bounds that somebody stated for it, evidence
for which nobody did with all from 0 to 1, and what is taken as given (steps, contexts, assumptions without a figure) is
named among the doubts. So are challenges, also those that were answered: an answer is a reason to believe, no erasure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np

from commonweal.methods.arguments import (
    COMONOTONE,
    HELD,
    INDEPENDENT,
    OPEN,
    UNKNOWN,
    Bounds,
    bounds,
    minimal_cuts,
)

from .evidence import Binding, Known, Reason, judged
from .model import CONTEXTUAL, EVIDENCE, Case
from .weighing import DEFEATED, STANDS, Weighed, weighed

Dependence = Literal["unknown", "independent", "together"]
_DEPENDENCE = {"unknown": UNKNOWN, "independent": INDEPENDENT, "together": COMONOTONE}
About = Literal[
    "challenge_stands", "challenge_open", "challenge_answered", "undeveloped", "unbound", "unwatched", "no_bounds",
    "not_independent", "reason",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that remains: what it is about, in which element, and what else has to be said of it.

    `challenge_…`: `detail` is who challenges. `undeveloped`: nobody supports it yet. `unbound`: evidence that is no
    entry of the record. `unwatched`: an assumption that nothing would contradict. `no_bounds`: evidence for which
    nobody said how likely it holds. `not_independent`: stated to be, and rests on something in common. `reason`: see
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
    """A case on a day. `top` is the element it is all about: the first that nothing rests on."""

    found: Weighed
    reasons: tuple[Reason, ...]
    bound: Mapping[str, Binding]
    stated: Mapping[str, Dependence]

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.found.case

    @cached_property
    def top(self) -> str:
        """The claim at the head of the case."""
        return self.case.top()

    @property
    def state(self) -> str:
        """`stands`, `open` or `defeated`: of the top claim."""
        return self.found.status(self.top)

    @property
    def because(self) -> list[str]:
        """Through which elements the top claim was defeated, from the first cause."""
        return self.found.because(self.top)

    @cached_property
    def _bounds(self) -> Bounds:
        low, high = np.ones(len(self.case.elements)), np.ones(len(self.case.elements))
        for number, element in enumerate(self.case.elements):
            binding = self.bound.get(element.id)
            if binding is not None and binding.lower is not None and binding.upper is not None:
                low[number], high[number] = binding.lower, binding.upper
            elif element.kind in EVIDENCE:
                low[number] = 0.0
        dependence = [_DEPENDENCE[self.stated.get(element.id, "unknown")] for element in self.case.elements]
        return bounds(self.found.argument, low, high, dependence, labels=self.found.standing.elements)

    def interval(self, element: str) -> tuple[float, float]:
        """Between which bounds the probability lies that all holds on which an element rests."""
        place = self.found.place[element]
        return float(self._bounds.lower[place]), float(self._bounds.upper[place])

    def cuts(self, *, limit: int = 1000, size_max: int = 4) -> Failing:
        """What would have to fail for the top claim to stand no longer: evidence, contexts and assumptions."""
        may_fail = [element.kind in EVIDENCE or element.kind in CONTEXTUAL for element in self.case.elements]
        place = self.found.place[self.top]
        found = minimal_cuts(self.found.argument, place, may_fail, limit=limit, size_max=size_max)
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
            standing = int(self.found.standing.attacks[number])
            about: About = (
                "challenge_stands" if standing == HELD
                else "challenge_answered" if self.found.answered(number) else "challenge_open"
            )  # fmt: skip
            found.append(Doubt(about, challenge.target or " → ".join(challenge.between or ()), challenge.source))
        return sorted(
            found, key=lambda one: ("challenge_stands", "challenge_open", "challenge_answered").index(one.about)
        )

    def _unknown(self) -> list[Doubt]:
        reasons = [
            Doubt("reason", one.element, one.detail, one) for one in sorted(self.reasons, key=lambda one: one.value)
        ]
        supported = {one.above for one in self.case.relations if one.kind == "supported_by"}
        bare = [
            Doubt("undeveloped", one.id)
            for one in self.case.elements
            if one.kind in ("goal", "strategy", "counter_goal", "module", "contract")
            and one.id not in supported
            and not (one.cites and one.cites.element in self.found.place)
        ]
        return [*reasons, *bare]

    def _unfounded(self) -> list[Doubt]:
        found: list[Doubt] = []
        for element in self.case.elements:
            binding = self.bound.get(element.id)
            if element.kind in EVIDENCE and (binding is None or binding.entry is None):
                found.append(Doubt("unbound", element.id))
            if element.kind == "assumption" and (binding is None or not binding.conditions):
                found.append(Doubt("unwatched", element.id))
            if element.kind in EVIDENCE and (binding is None or binding.lower is None):
                found.append(Doubt("no_bounds", element.id))
        names = [self.case.elements[number].id for number in self._bounds.shared]
        return [*(Doubt("not_independent", name) for name in names), *found]


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
    condition rests on nothing, and leaves open what rests on it.

    `counts` says of elements how they count where no binding does: of what was said about the case, by its verdict.
    """
    bound = {binding.element: binding for binding in bindings}
    values: dict[str, int] = dict(counts or {})
    reasons: list[Reason] = []
    kinds = {element.id: element.kind for element in case.elements}
    for binding in bound.values():
        kind = kinds.get(binding.element)
        if kind not in (*EVIDENCE, *CONTEXTUAL):
            continue
        value, why = judged(binding, today, known)
        rests = kind in CONTEXTUAL or binding.entry is not None or bool(binding.conditions)
        values[binding.element] = value if rests else min(value, OPEN)
        reasons += why
    return CaseStanding(weighed(case, values), tuple(reasons), bound, dependence or {})


@dataclass(frozen=True, slots=True)
class Stale:
    """Why an approval no longer says what it said: the case was to be reviewed, or what it rested on has changed."""

    why: Literal["review_due", "defeated", "undecided", "evidence", "changed"]
    detail: str


def stale(now: CaseStanding, approved: Case, *, review_by: date | None, today: date) -> list[Stale]:
    """Every way in which an approved case is no longer what was approved. An approval is of one text on one day."""
    found = [Stale("review_due", review_by.isoformat())] if review_by is not None and today >= review_by else []
    if now.state == DEFEATED:
        found.append(Stale("defeated", now.because[0] if now.because else now.top))
    elif now.state != STANDS:
        found.append(Stale("undecided", now.top))
    found += [Stale("evidence", reason.element) for reason in now.reasons if reason.value != HELD]
    return [*found, *([Stale("changed", now.top)] if now.case != approved else [])]
