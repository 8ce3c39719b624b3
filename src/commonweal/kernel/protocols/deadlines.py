"""When a step must be left: the deadline agreed in our extension, or CACAO's timeout where that comes first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from commonweal.kernel.values import BadInput, instant

from .playbooks import FROM_CAUSE, FROM_OPENED, Step


def must_leave(
    step: Step, entered_at: datetime, opened_at: datetime, facts: Mapping[str, str | None]
) -> tuple[datetime | None, bool]:
    """When a step must be left (None: whenever), and whether that was assumed.

    `facts` are those of the entry that opened the case, at `opened_at`.
    """
    agreed, assumed = agreed_for(step, entered_at, opened_at, facts)
    timeout = entered_at + timedelta(seconds=step.timeout_s) if step.timeout_s else None
    if timeout is None or (agreed is not None and agreed <= timeout):
        return agreed, assumed
    return timeout, False


def agreed_for(
    step: Step, entered_at: datetime, opened_at: datetime, facts: Mapping[str, str | None]
) -> tuple[datetime | None, bool]:
    """The deadline of our extension. An unknown instant counts from the opening (cautious), which is then assumed."""
    deadline = step.extension.deadline
    if deadline is None:
        return None, False
    if deadline.from_event == FROM_OPENED:
        return deadline.duration.after(opened_at), False
    if not deadline.from_event.startswith(FROM_CAUSE):
        return deadline.duration.after(entered_at), False
    known = facts.get(deadline.from_event.removeprefix(FROM_CAUSE))
    try:
        return deadline.duration.after(instant(known or "")), False
    except BadInput:
        return deadline.duration.after(opened_at), True
