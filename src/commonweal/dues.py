"""What whoever filed something owes by it: told with its receipt, on a page, to a program and in a letter.

Duties follow a moment after what they follow from is recorded. Whoever waits for a receipt waits no longer for that:
where much came at once, the answer says that it is not worked out yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.cautions import FOR_WHOM
from commonweal.kernel import obligations
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.record import Row
from commonweal.kernel.values import Busy

FOLLOWED_AT_ONCE, FOLLOWED_WITHIN_S = 64, 0.5
_TOLD = ("rule", "duty", "law", "citation", "party", "to", "state", "ends", "missing")
STILL_TO_MEET = ("owed", "overdue", "unknown", "elsewhere")
"""States of a duty that is still to be met, or may be, here or with another authority."""


@dataclass(frozen=True, slots=True)
class Dues:
    """What is owed on one thing by some parties: `rows` of `obligations.duties_told`, for `sight.Sight.owed`, and the
    same as `clocks` of `obligations`, as people are told them, soonest first."""

    rows: Sequence[Row]
    clocks: Sequence[Mapping[str, Any]]

    @property
    def waiting(self) -> Sequence[Mapping[str, Any]]:
        """Those that are still to be met, or may be, whose day comes first before the others."""
        found = [one for one in self.clocks if one["state"] in STILL_TO_MEET]
        return sorted(found, key=lambda one: one["at"] or "9999")


def told_with(authority: Authority, kind: Kind) -> bool:
    """Whether the receipt of an entry of a kind says what is owed by it: it is what people report by a form, and come
    back to, and a law that was adopted here asks something about it."""
    reported = any(form.kind == kind.id for form in authority.forms.values())
    return reported and obligations.asks_of(authority.reader, kind.noun)


def catch_up(authority: Authority) -> None:
    """Follow what was recorded, where that is soon done. In a rush it is left to whoever follows: nobody waits long
    until what others filed is laid out, also where the tables cannot be written now."""
    if authority.store.size() - authority.followed <= FOLLOWED_AT_ONCE:
        with suppress(Busy):
            authority.follow(within_s=FOLLOWED_WITHIN_S)


def of(authority: Authority, index: int, own: Collection[str]) -> Dues | None:
    """What these parties owe, and have met, on what an entry is about; None while that is not worked out."""
    subject = authority.store.entry(index).subject
    if authority.followed <= index or subject is None:
        return None
    rows = obligations.duties_told(authority.reader, own.__contains__, subject=subject)
    rows = [row for row in rows if row["party"] in own and row["state"] not in ("not_owed", "lapsed")]
    return Dues(rows, obligations.clocks(authority.reader, rows))


def speaking(caller: Caller, body: Mapping[str, Any]) -> set[str]:
    """The parties whose duties are a filer's own: they themselves, their organisation and the one they filed for."""
    return {caller.party, caller.organisation, str(body.get(FOR_WHOM) or "")} - {""}


def as_data(found: Dues, *, why: bool) -> list[dict[str, Any]]:
    """Duties for a program: texts in each language, days where the law applies, instants in UTC.

    `ends` is the last day, or the instant of a clock that ends within a day; None without a date. With `why` those that
    are still to be met have their reasons in sentences.
    """
    return [
        {name: one[name] for name in _TOLD} | ({"why": one["why"]} if why and one["state"] in STILL_TO_MEET else {})
        for one in found.clocks
    ]
