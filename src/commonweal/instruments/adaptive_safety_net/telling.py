"""What is told of a run of payments, decided once, as it is recorded; and what stands in the log beside it.

How many people a run paid and how much in all is told where enough people stand behind it and no one of them can be
worked out by who knows their own part (`methods.suppression.may_tell`), which of whoever knows of several claims is
all of these (`knowers`); and where the same holds of what each got more or less than in any run that was told before:
one sum can be taken from the other (A. Hundepool and others 2012, section 4.2, on linked tables). Else neither is told,
nor whether the budget reached: where all get the same, the count tells the sum. Sums of more than two runs at once are
not looked at. The answer stands in the entry: what was told once stays told when claims are erased, and what was not
stays so.

Each payment is an entry, and entries in confidence can be counted in the log. So as many that say nothing (`PLACE`)
follow a run as make their number a multiple of the threshold; and one follows a claim that is not granted at once.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Reader, Row
from commonweal.methods.suppression import may_tell, stands_out

from . import programmes
from .kinds import PLACE
from .knowers import as_people, by_person, knowers_of
from .programmes import PAYMENT, Programme

RULE = "adaptive_safety_net.payments"
NO_NUMBER = 2**31
PLACES_MAX = 20
"""How far the number of entries is rounded up at most, also where no rule is adopted and nothing is told."""


class Protection(BaseModel):
    """Of how many people a run is told at least, and how near (per cent) none of them may work out another's sum.

    Who got less than `trifle` per cent of what each got on average is not counted; a text from before that has nought.
    From `counts_by` 2 on what a month's delivery comes to is counted by who knows of claims, as it stood when the month
    was over; runs are, whatever the text.
    """

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)
    threshold: Annotated[int, Field(ge=1, le=NO_NUMBER)]
    p: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    trifle: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 0.0
    counts_by: Literal[1, 2] = 1

    def tells(self, parts: Iterable[int]) -> bool:
        """Whether a sum is told, by what each person's part of it is."""
        return may_tell(parts, threshold=self.threshold, p=self.p, trifle=self.trifle)


UNTOLD = Protection(threshold=NO_NUMBER, p=100.0)
"""Where no terms are adopted, no number of people is enough."""


class Payments(registry.Head):
    """The terms of the totals of payments."""

    protection: Protection


@functools.lru_cache(maxsize=8)
def read_payments(text: str) -> Payments:
    """The terms that a text holds. Raises `RuleFault` naming every fault."""
    return registry.read_text(Payments, text, RULE)


def protection(reader: Reader) -> Protection:
    """The terms in force."""
    found = registry.newest_read(reader, RULE, read_payments)
    return found[0].protection if found else UNTOLD


def least(reader: Reader) -> int:
    """Of how many people at least something is told."""
    return protection(reader).threshold


def may(reader: Reader, one: Programme, run: int, got: Mapping[str, int], due: Collection[str]) -> bool:
    """Whether a run's figures are told: on which claims it paid how much, and on which anything was due.

    What an area's government was paid is nobody's own, and told.
    """
    if one.text.aid is not None:
        return True
    before = [row for row in programmes.runs(reader, one.id) if row["entry"] != run]
    told = [row for row, tell in zip(before, told_of(reader, one, before), strict=True) if tell]
    found = [differences(reader, got, row) for row in told]
    rule, knowers = protection(reader), knowers_of(reader, {*got, *due}.union(*(each.changed for each in found)))
    if len(set(as_people(knowers, due).values())) < rule.threshold:
        return False
    sums = [by_person(knowers, got), *([*by_person(knowers, each.changed), *each.gone] for each in found)]
    return all(not parts or rule.tells(parts) for parts in sums)


class Differences(NamedTuple):
    """By how many cents what was paid on claims differs from another run: by claim, where it does; and of those that
    can be read no more."""

    changed: Mapping[str, int]
    gone: Sequence[int]


def differences(reader: Reader, got: Mapping[str, int], run: Row) -> Differences:
    """By how much what was paid on claims differs from another run.

    Whom that paid and can be read no more are gone from the new. What each of them got is not known: it is taken to be
    as much as its largest as often as can be, by which somebody stands out soonest.
    """
    before: dict[str, int] = {row["claim"]: row["cents"] for row in reader.select(PAYMENT, {"run": run["entry"]})}
    changed = {one: got.get(one, 0) - before.get(one, 0) for one in got.keys() | before.keys()}
    gone = max(int(run["paid"]) - len(before), 0)
    return Differences(
        {one: cents for one, cents in changed.items() if cents},
        [*_at_worst(int(run["cents"]) - sum(before.values()), gone, run)],
    )


def _at_worst(cents: int, many: int, run: Row) -> Iterator[int]:
    """What so many people got of so many cents, where nobody got more than the run's largest, nor less than a cent."""
    for left in reversed(range(many)):
        most = max(min(int(run["largest"]), cents - left), 1)
        cents -= most
        yield most


def told_of(reader: Reader, one: Programme, rows: Sequence[Row]) -> list[bool | None]:
    """Of each run whether its figures are told; None where an earlier release did not write it down, and it cannot be
    worked out any more because not all whom it paid can be read."""
    found = list[bool | None]()
    for at, row in enumerate(rows):
        said = row["told"]
        found.append(bool(said) if said is not None else _as_before(reader, one, rows[:at], found, row))
    return found


def _as_before(
    reader: Reader, one: Programme, before: Sequence[Row], tells: Sequence[bool | None], row: Row
) -> bool | None:
    """The same of a run that says nothing of it, as it was told then: by how many people differ, not by how much."""
    if one.text.aid is not None:
        return True
    rule, got = protection(reader), {
        each["claim"]: each["cents"] for each in reader.select(PAYMENT, {"run": row["entry"]})
    }  # fmt: skip
    if row["paid"] < rule.threshold or stands_out(row["cents"], row["largest"], row["second"], rule.p):
        return False
    if len(got) != row["paid"]:
        return None
    found = (differences(reader, got, each) for each, tell in zip(before, tells, strict=True) if tell)
    others = (len(each.changed) + len(each.gone) for each in found)
    return all(many == 0 or many >= rule.threshold for many in others)


def places(entry: Entry, of: int, there: int, reader: Reader) -> Iterator[Act]:
    """Entries that say nothing, so that those which follow `of` in confidence are a multiple of the threshold."""
    step = min(least(reader), PLACES_MAX)
    for at in range(-there % step if there else step):
        yield Act(PLACE.id, {"of": of}, f"net:place:{of}:{at}", causes=(entry.index,))
