"""Durations, added to an instant by the calendar: ISO 8601 (`P2W`, `P1M`, `PT36H`) or a period (`2 weeks`).

Months and years keep the day of the month (or take that month's last day), weeks and days are calendar days, hours
and less are exact. `P0D` is the instant itself. Working days depend on a legal calendar, which a playbook has none of:
such a date comes from a duty, in the entry that opened the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel.values import BadInput, Fault, add_months, period, shown

YEARS_MAX = 100
WANT = "an ISO 8601 duration or a period of at most 100 years, without working days, e.g. P14D, PT36H or '2 weeks'"
_ISO = {"hours": "PT{}H", "days": "P{}D", "weeks": "P{}W", "months": "P{}M", "years": "P{}Y"}
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


def duration(value: Any) -> Duration:
    """Read an ISO 8601 duration or a period. Raises `BadInput` for anything else, and for more than 100 years."""
    text = value if isinstance(value, str) and value.startswith("P") else _as_iso(value)
    found = _FORM.fullmatch(text)
    if found is None or not any(found.groupdict().values()):
        raise BadInput(Fault("duration", shown(value), WANT, "duration"))
    parts = {name: int(part or 0) for name, part in found.groupdict().items()}
    months = parts["years"] * 12 + parts["months"]
    days = parts["weeks"] * 7 + parts["days"]
    seconds = parts["hours"] * 3600 + parts["minutes"] * 60 + parts["seconds"]
    if months / 12 + days / 365 + seconds / 31_536_000 > YEARS_MAX:
        raise BadInput(Fault("duration", shown(value), WANT, "duration"))
    return Duration(months, days, seconds, text)


def _as_iso(value: Any) -> str:
    """A period (`2 weeks`, `{"n": 2, "unit": "weeks"}`) in ISO 8601, or nothing."""
    try:
        found = period(value)
    except BadInput:
        return ""
    return _ISO.get(found.unit, "").format(found.n)
