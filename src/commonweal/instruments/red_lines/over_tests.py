"""How a model stands at a line over all the tests of it there, at one chance of error.

Each test keeps its own chance, so ten of them are wrong about ten times as often as one. Here the arms of all of them
are one family: those that were registered before any result of any of the tests are corrected for together (Holm and
e-Benjamini-Hochberg), each that came later has its part of what is kept for such arms, however many tests bring them
(`line_decisions`); under texts that keep nothing for them they can only stand in the way of below. So that a model is
at the line, or past the warning, is said wrongly with a chance of at most the `error` over all tests, arms and looks.
That it is below takes every arm of every test, and an arm of each measure that bears on the line; there no correction
is owed (intersection and union); and of each measure one that was tried hard enough is of the weights that the model
has now (`weights`).

What a single test decided at its own chance stands beside it, and so does the hold that it opened. Tests that are made
up are a family of their own, for they show nothing of a model (`made_up`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row
from commonweal.methods import line_decisions
from commonweal.methods.line_decisions import Evidence, State

from . import eliciting, independence, requiring, unlooked, weights
from .deciding import FINAL, STANDING, arm_of, day_over, first_result, looks
from .fitting import version_of
from .lines import Proxies, proxies_in_force, proxies_of_version
from .requiring import Asked
from .unlooked import Waiting
from .weights import Outlived

NOT_TESTED, UNDECIDED = "not_tested", "undecided"
_STATES = {State.BELOW: "below", State.INCONCLUSIVE: UNDECIDED, State.EARLY_WARNING: "early_warning",
           State.CROSSED: "crossed"}  # fmt: skip


class Member(NamedTuple):
    """An arm of one of the tests: its evidence, the bound at which it alone shows danger (None: corrected for with the
    others), what its measure lacks of it, and whether it carries what is said."""

    test: Row
    arm: Mapping[str, Any]
    evidence: Evidence
    bound: float | None
    lacking: Sequence[str]
    carries: bool


class Over(NamedTuple):
    """A model at a line: the `state` over all tests, with the chance that it is wrong and what of that is kept for arms
    that come later; and what stands in the way of below: measures without an arm, or without one that was tried as hard
    as is asked for, the runs on record that are `waiting` for somebody, and measures that were taken of other weights
    than the model has now. `made_up`: it is over the tests that are, or over those that are not.

    `single`: the most serious that one test decided by itself, `by_deadline` only because its day was over, and of
    which it was `outlived`: where that is below, of other weights.
    """

    model: str
    line: str
    state: str
    error: float
    reserve: float
    members: Sequence[Member]
    uncovered: Sequence[str]
    short: Sequence[str]
    waiting: Waiting
    other_weights: Sequence[str]
    single: str
    by_deadline: bool
    outlived: Outlived
    tests: Sequence[Row]
    asked: Sequence[Asked]
    held: bool
    made_up: bool


class _Test(NamedTuple):
    row: Row
    stands: Row
    rules: Proxies
    seen: list[Row]


_Planned = tuple[_Test, Mapping[str, Any]]


def of_line(reader: Reader, model: str, line: str, at: datetime, *, made_up: bool = False) -> Over:
    """How a model stands at a line, by all that is on record at an instant: over its tests that are not `made_up`, or
    over those that are."""
    tests = list(_tests(reader, model, line, made_up))
    rules = proxies_in_force(reader)
    each = [one.rules for one in tests] or ([rules[0]] if rules else [])
    error = min((float(one.error) for one in each), default=0.0)
    reserve = min((float(one.error_later or 0) for one in each), default=0.0)
    bearing = [one.id for one in (rules[0].of_line(line) if rules else ())]
    planned = [(one, arm) for one in tests for arm in one.row["body"]["arms"]]
    covered = {arm["proxy"] for _, arm in planned}
    uncovered = [one for one in bearing if one not in covered]
    short = sorted({one for each in tests for one in eliciting.short(reader, each.row, each.rules)})
    waits = [run for one in tests for run in unlooked.waiting(reader, one.row, one.seen, one.rules).values()]
    other = weights.outlived(reader, [(one.row, arm, one.rules) for one, arm in planned]).measures
    members, state = _weighed(reader, planned, error, reserve)
    if state == "below" and (uncovered or short or waits or other):
        state, members = UNDECIDED, [one._replace(carries=False) for one in members]
    worst = max((one.stands for one in tests), key=lambda row: _seriousness(reader, row), default=None)
    asked = requiring.of_test(reader, worst["test"], day_over(at)) if worst else []
    return Over(
        model, line, state, error, reserve, members, uncovered, short, unlooked.together(waits), other,
        worst["state"] if worst else "", bool(worst and worst["by_deadline"]),
        weights.of_test(reader, worst) if worst else Outlived(), [one.row for one in tests], asked,
        any(_is_held(reader, one.row["subject"]) for one in tests), made_up,
    )  # fmt: skip


def _tests(reader: Reader, model: str, line: str, made_up: bool) -> Iterator[_Test]:
    for stands in reader.select(STANDING, family(model, line, made_up), order=("entry",)):
        row, rules = registry.subject(reader, stands["test"]), proxies_of_version(reader, stands["version"])
        if row is not None and not row["erased"] and rules is not None:
            yield _Test(row, stands, rules, looks(reader, stands["test"]))


def family(model: str, line: str, made_up: bool) -> dict[str, Any]:
    """Which rows of `STANDING` are of one family."""
    return {"model": model, "line": line, "made_up": int(made_up)}


def _weighed(reader: Reader, planned: Sequence[_Planned], error: float, reserve: float) -> tuple[list[Member], str]:
    """The arms of all tests as one family, and what is decided of them."""
    order = _later(reader, planned)
    arms = [
        arm_of(reader, one.row, arm, one.seen, one.rules)._replace(later=later)
        for (one, arm), later in zip(planned, order, strict=True)
    ]
    if not any(one.seen for one, _ in planned):
        found = [line_decisions.evidence(one) for one in arms]
        return list(_members(reader, planned, found, _bounds(order, reserve), set())), NOT_TESTED
    counted = [place for place, later in enumerate(order) if reserve or not later]
    verdict = line_decisions.decide([arms[place] for place in counted], error=error, reserve=reserve)
    found = [line_decisions.evidence(one) for one in arms]
    state = _STATES[verdict.state]
    carry = {counted[place] for place in verdict.decided_by}
    if state == "below":
        shown = all(one.below <= error for one in found)
        state, carry = ("below", set(range(len(arms)))) if shown else (UNDECIDED, set())
    return list(_members(reader, planned, found, _bounds(order, reserve), carry)), state


def _later(reader: Reader, planned: Sequence[_Planned]) -> list[int]:
    """Of each arm, as which of those that came after the first result of any test it was registered; 0 before."""
    tests = {one.row["subject"]: one for one, _ in planned}
    firsts = [first_result(reader, one.seen) for one in tests.values() if one.seen]
    since = [int(version_of(reader, one.row, arm["id"])["entry"]) for one, arm in planned]
    after = sorted((place for place in range(len(planned)) if firsts and since[place] > min(firsts)),
                   key=lambda place: (since[place], place))  # fmt: skip
    return [after.index(place) + 1 if place in after else 0 for place in range(len(planned))]


def _bounds(order: Sequence[int], reserve: float) -> list[float | None]:
    """At which bound each arm shows danger by itself; None of those that are corrected for together."""
    return [reserve / (later * (later + 1)) if later else None for later in order]


def _members(
    reader: Reader, planned: Sequence[_Planned], found: Sequence[Evidence], bounds: Sequence[float | None],
    carry: Collection[int],
) -> Iterator[Member]:  # fmt: skip
    for place, ((one, arm), evidence, bound) in enumerate(zip(planned, found, bounds, strict=True)):
        proxy = one.rules.get(arm["proxy"])
        own = independence.on_record(one.row["subject"], reader)
        lacks = eliciting.lacking(arm, proxy, own, reader) if proxy else []
        yield Member(one.row, arm, evidence, bound, lacks, place in carry)


def _seriousness(reader: Reader, row: Row) -> tuple[int, bool]:
    """How serious it is what a test decided; below of the weights that its model has goes before below of others."""
    return ["", *State].index(row["state"]), not weights.of_test(reader, row).measures


def _is_held(reader: Reader, test: str) -> bool:
    """Whether a hold on the model stands since this test: one was opened, and not lifted since."""
    stands = reader.get(STANDING, test)
    return stands is not None and stands["state"] in FINAL and not requiring.lifted(requiring.held(reader, test))
