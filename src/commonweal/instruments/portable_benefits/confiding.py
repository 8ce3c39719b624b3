"""Which accounts are whose: a member's own, a payer's, the fund's; and under which total each is told of."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader
from commonweal.methods.suppression import may_tell

from .kinds import PAYER_NOUN
from .programmes import TOTALS

OF, RULE = "benefits", TOTALS
PAYS = "paid"
"""The code of a transfer by which a payer pays what it owes: nobody's own."""
_OWN = re.compile(r"(benefits\.\w+\.member)\.\w+\.(\w+)", re.ASCII)
_OWING = re.compile(r"(benefits\.\w+\.owing)\.\w+", re.ASCII)
_PAYABLE = re.compile(r"(benefits\.\w+)\.payable", re.ASCII)
_PAYER = re.compile(r"(benefits\.\w+\.payer)\.(\w+)", re.ASCII)


class Protection(BaseModel):
    """Behind how many people a total stands at least, and how near (per cent) none of them may work out another's part.

    Who moved less than `trifle` per cent of what each moved on average is not counted. A text from before there were
    these two has noughts. How long a pool lasts is told by so many times its line (`steps`).

    From `counts_by` 2 on what one party holds, or held since it moved, is one person's, as that stands when it is told,
    and what payers of one party move is left out together; by a text from before, people are those of when money
    moved, and payers are left out one by one.
    """

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)
    threshold: Annotated[int, Field(ge=1, le=10**6)]
    p: Annotated[int, Field(ge=0, le=100)] = 0
    trifle: Annotated[int, Field(ge=0, le=100)] = 0
    steps: Annotated[int, Field(ge=2, le=1000)] = 2
    counts_by: Literal[1, 2] = 1

    def tells(self, parts: Iterable[int]) -> bool:
        """Whether a sum is told, by what each person's part of it is."""
        return may_tell(parts, threshold=self.threshold, p=self.p, trifle=self.trifle)


class Totals(registry.Head):
    """The terms of what is told of everybody's money."""

    protection: Protection


@functools.lru_cache(maxsize=8)
def read_totals(text: str) -> Totals:
    """The terms that a text holds. Raises `RuleFault` naming every fault."""
    return registry.read_text(Totals, text, RULE)


def protection(reader: Reader) -> Protection | None:
    """The terms in force; None where none are adopted, and nothing is told."""
    found = registry.newest_read(reader, RULE, read_totals)
    return found[0].protection if found else None


def total(account: str) -> str | None:
    """The total over all members that somebody's own account is part of; None for the fund's and payers'."""
    if found := _OWN.fullmatch(account):
        return f"{found[1]}.*.{found[2]}"
    found = _OWING.fullmatch(account)
    return f"{found[1]}.*" if found else None


def through(account: str) -> str:
    """The account itself; the fund's bank for what waits to leave by it.

    What goes out is told once, when it is decided: told once more when the bank takes it, the difference of the two
    would say who waits.
    """
    found = _PAYABLE.fullmatch(account)
    return f"{found[1]}.bank" if found else account


def as_one(account: str) -> Sequence[str]:
    """The fund's bank and what waits to leave by it, for either of these: they are told as one."""
    bank = through(account)
    return (bank, f"{bank.removesuffix('.bank')}.payable") if bank.endswith(".bank") else ()


def wider(account: str) -> str | None:
    """All payers together, for a payer's account; None for any other."""
    found = _PAYER.fullmatch(account)
    return f"{found[1]}.*" if found else None


def payer_of(account: str) -> str:
    """The payer whose account it is; empty for any other."""
    found = _PAYER.fullmatch(account)
    return f"{PAYER_NOUN}:{found[2].replace('_', '-')}" if found else ""
