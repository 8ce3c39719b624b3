"""A small synthetic history, made here and saying so: two states, twelve years of months, one downturn in one of them.

`area:us-aa` stands at 4 percent, rises by a point a month to 10 from January 2007 and falls by half a point a month
from January 2009; `area:us-bb` stands at 5 percent throughout. A hundred thousand people in each labour force.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from commonweal.instruments.adaptive_safety_net.replaying import History, history_of
from commonweal.kernel.values import add_months

FIRST, MONTHS, PEOPLE = date(2000, 1, 1), 144, 100_000.0


def month(at: int) -> date:
    return add_months(FIRST, at)


def rate(area: str, at: int) -> float:
    if area == "area:us-bb":
        return 5.0
    up, down = at - 83, at - 107
    risen = min(10.0, 4.0 + max(0, up))
    return max(4.0, risen - 0.5 * max(0, down))


def released(day: date) -> datetime:
    """The twentieth of the month after."""
    after = add_months(day, 1)
    return datetime(after.year, after.month, 1, 14, tzinfo=UTC) + timedelta(days=19)


def rows() -> list[tuple[str, str, date, float]]:
    found = []
    for area in ("area:us-aa", "area:us-bb"):
        for at in range(MONTHS):
            found.append(("laus.labour_force", area, month(at), PEOPLE))
            found.append(("laus.unemployed", area, month(at), PEOPLE * rate(area, at) / 100))
    return found


def history() -> History:
    return history_of(rows(), released)
