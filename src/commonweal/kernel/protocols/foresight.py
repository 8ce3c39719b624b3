"""What a move of a case would lead to, told before anybody files it: the same fold, recorded nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel.record.tables import Reader

from .cases import REVERSIBLE, Case, desks_of, reversals
from .events import Resumed
from .folding import advance
from .kinds import HANDED_OVER, MOVED_BY, RESUMED, REVERSED, STOPPED
from .queries import case, told

_AWHILE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The deadline of a step that a case stands at, before a move and after it.

    `moves`: it is later by as long as the case stands still; else it was set by a fact of the law and runs on.
    """

    step: str
    before: datetime
    after: datetime | None
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A case `before` and `after` a move, what would be said of it (as `timeline` gives it), and its deadlines."""

    before: Case
    after: Case
    happens: tuple[Mapping[str, Any], ...]
    deadlines: tuple[Deadline, ...]


def foreseen(reader: Reader, kind: str, body: Mapping[str, Any], at: datetime) -> Foreseen:
    """What a filing of this kind would lead to at this instant. Raises `NotFound`; what is refused, the door says.

    Of a stop, which deadlines would move by as long as it lasts is seen by letting it last a moment.
    """
    before = case(reader, body["case"])
    after, intents = advance(before, MOVED_BY[kind](before.seen + 1, body, ""), at)
    then = advance(after, Resumed(before.seen + 2), at + _AWHILE)[0] if kind == STOPPED.id else after
    deadlines = []
    for one in before.standing:
        if one.deadline is not None:
            left = then.at(one.step)
            due = left.deadline if left is not None and left.visit == one.visit else None
            deadlines.append(Deadline(one.step, one.deadline, due, due is not None and due > one.deadline))
    return Foreseen(before, after, tuple(told(before.playbook, intent) for intent in intents), tuple(deadlines))


def moves_now(found: Case) -> tuple[str, ...]:
    """The kinds of what may be filed now to hand a case over, to stop it, to let it go on, or to undo what it did."""
    going = found.state == "open" and found.stopped_at is None
    may = {
        HANDED_OVER.id: going and bool(desks_of(found)),
        STOPPED.id: going,
        RESUMED.id: found.stopped_at is not None,
        REVERSED.id: found.state in REVERSIBLE and not found.reversing and bool(reversals(found)),
    }
    return tuple(kind for kind, possible in may.items() if possible)
