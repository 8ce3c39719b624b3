"""The simulated outside world: what will be filed when, as a function of the definition, the seed and the record.

Nothing is kept between calls. Each thing planned has a key of its own, made from its rule and how often that came to
it; its delay is drawn from the seed and that key. So the order in which anything is looked at changes nothing, and what
is in the record under its key has been done.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from commonweal.kernel.record import Entry

from .definition import Definition, Given, Point, Rule

OPENED, ADVANCED = "case.opened", "case.advanced"
StepNames = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True)
class Planned:
    """Something that will be filed: at what instant, by which actor, and what `$words` in it stand for."""

    at: datetime
    key: str
    by: str
    does: str
    given: Given
    bound: Mapping[str, Any] = field(default_factory=dict)
    cause: int | None = None

    @property
    def order(self) -> tuple[datetime, int, str]:
        """By time, then by what set it off; injects before what follows from them."""
        return self.at, -1 if self.cause is None else self.cause, self.key


@dataclass(frozen=True)
class Happened:
    """Something at a step of a case, as an entry of that case says it."""

    step: str
    what: str
    outcome: str
    number: int
    case: str
    role: str = ""
    organisation: str = ""
    to: str = ""


def planned(definition: Definition, seed: int, entries: Sequence[Entry], names: StepNames) -> list[Planned]:
    """Everything that the injects and the rules call for, given the entries so far; players' part is theirs.

    `names(case)` gives the English name of each step of a case's playbook.
    """
    found = [
        Planned(one.after.after(definition.start), f"inject:{one.id}", one.by, one.does, one.given)
        for one in definition.injects
    ]
    for rule in definition.rules:
        if not definition.actors[rule.by].player:
            found.extend(_reactions(rule, seed, entries, names))
    return sorted(found, key=lambda one: one.order)


def _reactions(rule: Rule, seed: int, entries: Sequence[Entry], names: StepNames) -> Iterator[Planned]:
    """What a rule makes of the entries; how often it came to that before is all that its draws depend on."""
    matches = ((entry, bound) for entry in entries for bound in _matches(rule.when, entry, names))
    for number, (entry, bound) in enumerate(matches, 1):
        key = f"rule:{rule.id}:{number}"
        if _chance(seed, key, "silence") < rule.silence:
            continue
        refuses = _chance(seed, key, "refusal") < rule.refusal
        at = entry.time.replace(microsecond=0) + rule.delay.draw(f"{seed}:{key}:delay")
        yield Planned(at, key, rule.by, rule.does, rule.refused if refuses else rule.given, bound, entry.index)


def _chance(seed: int, key: str, what: str) -> float:
    return random.Random(f"{seed}:{key}:{what}").random()


def _matches(point: Point, entry: Entry, names: StepNames) -> Iterator[Mapping[str, Any]]:
    """What each match of a point in an entry binds: the entry's fields, its subject and index, its case."""
    fields = {name: value for name, value in entry.body.items() if not isinstance(value, (dict, list))}
    bound = {**fields, "subject": entry.subject, "entry": entry.index}
    if point.step:
        for item in happenings(entry, names):
            if item.what == point.happened and item.step.startswith(point.step):
                yield {**bound, "case": item.case, "step": item.step}
    elif meets(point, entry):
        yield bound


def meets(point: Point, entry: Entry) -> bool:
    """Whether an entry is of the kind that a point names, with a body that says so."""
    return entry.kind == point.entry and all(entry.body.get(name) == value for name, value in point.where.items())


def happenings(entry: Entry, names: StepNames) -> Iterator[Happened]:
    """What an entry says happened in its case, with the steps by their English names."""
    if entry.kind not in (OPENED, ADVANCED):
        return
    case = str(entry.body["case"])
    named = names(case)
    for number, item in enumerate(entry.body["items"]):
        step = named.get(item.get("step") or "", "")
        yield Happened(
            step, item["what"], item.get("outcome") or "", number, case,
            item.get("role") or "", item.get("organisation") or "", named.get(item.get("to") or "", ""),
        )  # fmt: skip


def filled(value: Any, bound: Mapping[str, Any]) -> Any:
    """A template with every text of the form `$word` replaced by what it stands for."""
    if isinstance(value, str) and value[:1] == "$":
        return bound.get(value[1:])
    if isinstance(value, Mapping):
        return {name: filled(item, bound) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, bound) for item in value]
    return value
