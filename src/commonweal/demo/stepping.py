"""What reaches the authority of the demonstration at an instant, and how that is let happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel.control import Control
from commonweal.kernel.record import Act, Reader
from commonweal.kernel.values import ReplayClock, stamp

from .powers import Power

ORIGIN = "demo.commonweal.example/record"
SECOND = Caller("party:second-desk", ("officer",))


@dataclass(frozen=True, order=True)
class Step:
    """Something that reaches the authority at an instant; `stream` and `number` order what comes at the same time."""

    when: datetime
    stream: int
    number: int
    caller: Caller
    acts: tuple[Act | Callable[[Reader], Act], ...]
    power: Power | None = None


def take(authority: Authority, clock: ReplayClock, step: Step) -> None:
    """Let time pass up to a step, take it, and let everything that follows from it happen."""
    clock.set(step.when)
    authority.tick(step.when)
    acts = [act(authority.reader) if callable(act) else act for act in step.acts]
    authority.place_all(acts, step.caller)
    if step.power is not None:
        step.power(authority)
    authority.follow()


def seconds(control: Control, asked: datetime) -> Power:
    """A second officer confirms what the authority asked for by then: nobody pays alone.

    What somebody who looks at the demonstration asks for later waits for a person.
    """

    def confirm(authority: Authority) -> None:
        for row in control.rows(authority.reader):
            if row["by"] == OPERATOR.party and row["at"] <= stamp(asked):
                body = {"entry": row["entry"]}
                authority.act(Act(control.seconded.id, body, f"practice:second:{row['entry']}"), SECOND)

    return confirm
