"""Legal periods: a whole number of minutes, hours, days, working days, weeks, months or years; calendars end them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from .errors import BadInput, Fault, shown
from .texts import Text

Unit = Literal["minutes", "hours", "days", "working_days", "weeks", "months", "years"]
UNITS: tuple[str, ...] = get_args(Unit)
YEARS_MAX = 100
# No law counts longer; and every date reckoned from the calendar's years (1900 to 2200) stays one that can be written.
N_MAX: Mapping[str, int] = {
    "minutes": 10_000,
    "hours": 10_000,
    "days": 10_000,
    "working_days": 10_000,
    "weeks": YEARS_MAX * 52,
    "months": YEARS_MAX * 12,
    "years": YEARS_MAX,
}
PERIOD_WANT = (
    f"a whole number and a unit, e.g. '2 weeks' or {{n = 2, unit = \"weeks\"}}; units: {', '.join(UNITS)}; "
    f"at most {YEARS_MAX} years, and at most {N_MAX['days']} minutes, hours, days or working days"
)
_TEXT = re.compile(r"^\s*(\d{1,6})\s+([a-z]+(?:[ _][a-z]+)?)\s*$")
_ZH = {
    "minutes": "分钟",
    "hours": "小时",
    "days": "天",
    "working_days": "个工作日",
    "weeks": "周",
    "months": "个月",
    "years": "年",
}


@dataclass(frozen=True, slots=True)
class Period:
    """`n` ≥ 1 units of time as a law states them. When it ends depends on a calendar: see `kernel.obligations`.

    >>> str(period("2 weeks"))
    '2 weeks'
    """

    n: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.n <= N_MAX.get(self.unit, 0):
            raise ValueError(f"a period is {PERIOD_WANT}; saw {self.n} {self.unit}")

    def __str__(self) -> str:
        return f"{self.n} {self._unit_en()}"

    def _unit_en(self) -> str:
        plural = self.unit.replace("_", " ")
        return plural[:-1] if self.n == 1 else plural

    def text(self) -> Text:
        """The period in words, in every language."""
        return Text(en=str(self), zh=f"{self.n} {_ZH[self.unit]}")


def period(value: str | Mapping[str, Any], where: str = "period") -> Period:
    """Read a period from text (`2 weeks`, `1 working day`) or a table `{n, unit}`. Raises `BadInput`."""
    if isinstance(value, str):
        found = _TEXT.match(value.lower())
        n, unit = (int(found[1]), found[2].replace(" ", "_")) if found else (0, "")
    elif isinstance(value, Mapping) and set(value) == {"n", "unit"}:
        n, unit = value["n"], str(value["unit"])
    else:
        n, unit = 0, ""
    unit = unit if unit.endswith("s") else f"{unit}s"
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= N_MAX.get(unit, 0):
        raise BadInput(Fault(where, shown(value), PERIOD_WANT, "period"))
    return Period(n, cast(Unit, unit))
