"""What a new version of a rule takes over from the one before it.

A state, and whether it is latched, is always carried over. Where both versions count in periods of the same grid, so is
when everything began: waiting, being clear, being on and being off. Where they judge by the same words, all is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commonweal.kernel.record.tables import Reader

from ._kinds import RULE
from ._machine import Machine, State
from ._rules import ThresholdRule, judges_alike, read_rule


@dataclass(frozen=True)
class Held:
    """A rule in force, with the entry that put it there."""

    rule: ThresholdRule
    adopted: int


def replaced(held: Held, reader: Reader) -> Held | None:
    """The usable version that a rule takes the place of; None where it is the first."""
    where = {"rule": held.rule.id, "fault": "", "adopted": ("<", held.adopted)}
    for row in reader.select(RULE, where, order=("-adopted",), limit=1):
        return Held(read_rule(row["text"]), row["adopted"])
    return None


def alike(one: Held, other: Held, reader: Reader) -> bool:
    """Whether two adopted versions of a rule judge by the same words."""
    rows = [reader.get(RULE, held.rule.id, held.adopted) for held in (one, other)]
    first, second = (row["text"] if row else "" for row in rows)
    return judges_alike(first, second)


def carried(old: Machine, end: int, was: ThresholdRule | None) -> Machine:
    """A machine as a version whose newest period is `end` takes it over from one that counted in the same periods.

    Without one (`was` is None) periods say nothing: it goes on in its state, and every span begins anew.
    """
    if was is None or was.response is not None:
        base: State = "firing" if old.base == "firing" else "ok"
        return replace(Machine(), state=old.state, base=base, fired=end if base == "firing" else None)
    pending, clearing, fired, ended, last = (
        None if period is None else min(period, end)
        for period in (old.pending, old.clearing, old.fired, old.ended, old.last)
    )
    return replace(old, pending=pending, clearing=clearing, fired=fired, ended=ended, last=last)


def carried_levels(
    old: Sequence[Machine], end: int, was: ThresholdRule | None, rule: ThresholdRule
) -> tuple[Machine, ...]:
    """The machines of the levels, each from the one of its name; by place where the grid is another; () if unlike."""
    if was is None:
        return tuple(carried(level, end, None) for level in old) if len(old) == len(rule.levels) else ()
    held = dict(zip((level.name for level in was.levels), old, strict=True))
    return tuple(carried(held[level.name], end, was) if level.name in held else Machine() for level in rule.levels)
