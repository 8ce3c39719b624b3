"""Durations in ISO 8601 form, added to an instant by the calendar.

`P2W`, `P1M`, `P1Y6M`, `PT36H`: months and years keep the day of the month (or take that month's last day), weeks and
days are calendar days, hours and less are exact. `P0D` is the instant itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from commonweal.kernel.values import BadInput, Fault, add_months, shown

YEARS_MAX = 100
WANT = "an ISO 8601 duration of at most 100 years, e.g. P14D, P1M or PT36H"
_FORM = re.compile(
    r"P(?:(?P<weeks>\d{1,5})W|(?:(?P<years>\d{1,5})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,10})S)?)?)"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of whole calendar `months`, then `days`, then exact `seconds`, each ≥ 0; `text` as it was written."""

    months: int
    days: int
    seconds: int
    text: str

    def after(self, start: datetime) -> datetime:
        """The instant this long after `start` (same time of day where only months and days are counted)."""
        day = add_months(start.date(), self.months)
        return datetime.combine(day, start.timetz()) + timedelta(days=self.days, seconds=self.seconds)


def duration(text: str) -> Duration:
    """Read an ISO 8601 duration. Raises `BadInput` for anything else, and for more than 100 years."""
    found = _FORM.fullmatch(text) if isinstance(text, str) and text not in ("P", "") else None
    parts = {name: int(value or 0) for name, value in found.groupdict().items()} if found else {}
    if found is None or not any(found.groupdict().values()):
        raise BadInput(Fault("duration", shown(text), WANT, "duration"))
    months = parts["years"] * 12 + parts["months"]
    days = parts["weeks"] * 7 + parts["days"]
    seconds = parts["hours"] * 3600 + parts["minutes"] * 60 + parts["seconds"]
    if months / 12 + days / 365 + seconds / 31_536_000 > YEARS_MAX:
        raise BadInput(Fault("duration", shown(text), WANT, "duration"))
    return Duration(months, days, seconds, text)
