"""What a text's yearly ceiling leaves for a programme that is opened: it may pay in several years, each with its own.

Whatever is paid in a year stays below that year's ceiling when it is paid (`programmes.left`). Before that, no budgets
are promised that could not all be paid: of the programmes that can pay only in some years on end, no more in all than
those years' ceilings together.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Reader
from commonweal.kernel.values import add_months

from . import programmes
from .packages import Written

Years = tuple[int, int]


def years_of(text: Written, opens: date, closes: date | None) -> Years:
    """The first and last budget year in which a programme can pay, by its text."""
    last = closes or last_enrolment(text, opens)
    if text.pays.how == "at_start" or last is None:
        last = opens
    elif text.pays.how == "enrols":
        last = add_months(last, text.pays.months)
    else:
        last = add_months(last, 1)
    return programmes.year_of(text, opens), programmes.year_of(text, last)


def left_to_open(body: Mapping[str, Any], text: Written, reader: Reader) -> tuple[int, Years]:
    """The largest budget, in cents, that a decision may give, and the years in which it is paid. Needs a ceiling."""
    assert text.budget is not None
    closes = body.get("closes_on")
    mine = years_of(
        text, date.fromisoformat(str(body["opens_on"])), date.fromisoformat(str(closes)) if closes else None
    )
    promised = [
        (years_of(one.text, one.opens_on, one.closes_on), one.budget)
        for one in programmes.programmes(reader)
        if one.body["package"] == body["package"]
    ]
    a_year = accounts.amount_of(f"{text.budget.usd_a_year:.2f}", str(text.unit))
    firsts = {mine[0], *(first for (first, _), _ in promised if first < mine[0])}
    lasts = {mine[1], *(last for (_, last), _ in promised if last > mine[1])}
    left = min(
        a_year * (until - since + 1)
        - sum(cents for (first, last), cents in promised if since <= first and last <= until)
        for since in firsts
        for until in lasts
    )
    return left, mine


def last_enrolment(text: Written, opens_on: date) -> date | None:
    """The last day to which a decision may let people come under a package; None where its text sets no end."""
    if text.expiry is None:
        return None
    assert text.longest is not None
    return add_months(opens_on, text.longest + (text.over or 0)) - timedelta(days=1)
