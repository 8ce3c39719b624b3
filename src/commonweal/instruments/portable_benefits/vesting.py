"""What has become a person's own: months of service with whichever payers count together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from .due import Work
from .programmes import Pot, Programme, months_between


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


@dataclass(frozen=True)
class Vesting:
    """How what is paid into a pot vests: `under` which text by its version each period stands (`texts`), after so many
    months of service; where the person died, whole by a text that says so."""

    pot: Pot
    under: Mapping[str, Programme]
    texts: Mapping[str, str]
    months: int
    died: bool

    def of(self, parts: Iterable[Mapping[str, int]]) -> int:
        """What has vested of cents by period, those of one text taken together."""
        sums = Counter[str]()
        for period, cents in (one for each in parts for one in each.items()):
            sums[self.texts[period]] += cents
        return sum(self._under(self.under[text], cents) for text, cents in sums.items())

    def _under(self, text: Programme, cents: int) -> int:
        pot = text.pots.get(self.pot.id, self.pot)
        return cents if self.died and pot.vests_on_death else vested(pot, cents, self.months)
