"""When a step must be left: the deadline agreed in our extension, or CACAO's timeout where that comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from commonweal.kernel.values import BadInput, instant

from .playbooks import FROM_CAUSE, FROM_OPENED, Step

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Leaving:
    """When a step must be left (None: whenever): by the deadline `agreed`, which may be `assumed`, or its `timeout`."""

    agreed: datetime | None
    timeout: datetime | None
    assumed: bool = False

    @property
    def timed_out(self) -> bool:
        """Whether the timeout is what comes first: the step has then failed instead of being escalated."""
        return self.timeout is not None and (self.agreed is None or self.timeout < self.agreed)

    @property
    def at(self) -> datetime | None:
        """The earlier of the two."""
        return self.timeout if self.timed_out else self.agreed

    @property
    def at_assumed(self) -> bool:
        """Whether `at` was assumed."""
        return self.assumed and not self.timed_out


def must_leave(
    step: Step,
    entered_at: datetime,
    opened_at: datetime,
    facts: Mapping[str, str | None],
    *,
    stood: timedelta = NO_TIME,
    case_stood: timedelta = NO_TIME,
) -> Leaving:
    """When a step must be left. `facts` are those of the entry that opened the case, at `opened_at`.

    `stood` is for how long the case was stopped since the step was entered, `case_stood` since the case was opened:
    so much is given again to what is counted from there, and nothing to what is counted from a fact. Where the fact is
    unknown it counts from the opening (cautious), which is then assumed.
    """
    timeout = entered_at + timedelta(seconds=step.timeout_s) + stood if step.timeout_s else None
    deadline = step.extension.deadline
    if deadline is None:
        return Leaving(None, timeout)
    if deadline.from_event == FROM_OPENED:
        return Leaving(deadline.duration.after(opened_at) + case_stood, timeout)
    if not deadline.from_event.startswith(FROM_CAUSE):
        return Leaving(deadline.duration.after(entered_at) + stood, timeout)
    known = facts.get(deadline.from_event.removeprefix(FROM_CAUSE))
    try:
        return Leaving(deadline.duration.after(instant(known or "")), timeout)
    except BadInput:
        return Leaving(deadline.duration.after(opened_at), timeout, assumed=True)
