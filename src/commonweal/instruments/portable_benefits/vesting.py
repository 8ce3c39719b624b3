"""What has become a person's own: months of service with whichever payers count together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from .due import Work
from .programmes import Pot, months_between


def service(works: Iterable[Work], until: date, stays: Iterable[int] = ()) -> int:
    """In how many calendar months up to a day the person worked for anybody.

    A month counts once, when any payer says that there was work in a span that lies in it; a gap takes none away, and a
    month that counted `stays` though the payer now says otherwise.
    """
    return len(months_of(works, until) | set(stays))


def months_of(works: Iterable[Work], until: date) -> set[int]:
    """The months up to a day in which payers say that there was work, as numbers that follow one another."""
    return {
        month
        for one in works
        if one.any and one.first <= until
        for month in months_between(one.first, min(one.last, until))
    }


def vested(pot: Pot, paid_in: int, months: int) -> int:
    """So many cents of what payers paid into a pot are the person's own after so many months of service."""
    share = max(Fraction(one.share) for one in pot.vests if one.months <= months)
    return int(paid_in * share)
