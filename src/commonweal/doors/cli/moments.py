"""Options that name an instant, a day or a length of time: read as soon as given, refused under the option's name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from cyclopts import Parameter

from commonweal.kernel.protocols.durations import duration
from commonweal.kernel.values import BadInput, instant

A_MOMENT = "a date like 2026-11-22 or an instant like 2026-11-22T09:30:00Z"
A_DAY = "a day like 2026-11-22"
A_LENGTH = "a length of time like PT6H, P2D or '2 weeks'"


def is_moment(text: str) -> bool:
    """Whether a text is a date, or an instant with its time zone."""
    try:
        instant(text)
    except (BadInput, ValueError):
        return False
    return True


def _one_that(read: Callable[[str], object], want: str) -> Parameter:
    """An option whose text is read at once; what cannot be read is refused with the option's name and what is."""

    def check(_: Any, text: str) -> None:
        try:
            if text:
                read(text)
        except (BadInput, ValueError) as error:
            raise ValueError(f"Wanted: {want}.") from error

    return Parameter(validator=check)


Moment = Annotated[str, _one_that(instant, A_MOMENT)]
"""A date (its first moment in UTC) or an instant with its time zone, as text; "" for none."""
UnreadMoment = str
"""The same, which the command reads itself, to tell what is wrong with it beside whatever else is."""
Day = Annotated[str, _one_that(date.fromisoformat, A_DAY)]
"""A day of the calendar, as text; "" for none."""
Length = Annotated[str, _one_that(duration, A_LENGTH)]
"""A length of time, as text; "" for none."""
