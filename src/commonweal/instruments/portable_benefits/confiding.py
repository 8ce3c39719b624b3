"""Which accounts are whose: a member's own, a payer's, the fund's; and under which total each is told of."""

from __future__ import annotations

import re
import sys

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader
from commonweal.kernel.values import NotFound

OF, RULE = "benefits", "portable_benefits.totals"
PAYS = "paid"
"""The code of a transfer by which a payer pays what it owes: nobody's own."""
_OWN = re.compile(r"(benefits\.\w+\.member)\.\w+\.(\w+)", re.ASCII)
_OWING = re.compile(r"(benefits\.\w+\.owing)\.\w+", re.ASCII)
_PAYABLE = re.compile(r"(benefits\.\w+)\.payable", re.ASCII)
_PAYER = re.compile(r"(benefits\.\w+\.payer)\.\w+", re.ASCII)


def least(reader: Reader) -> int:
    """How many people stand at least behind a total that is told; where no rule is adopted, no number is enough."""
    try:
        row = registry.text_in_force(reader, RULE)
    except NotFound:
        return sys.maxsize
    return int(registry.parsed(row["text"], row["media_type"])["protection"]["threshold"])


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


def wider(account: str) -> str | None:
    """All payers together, for a payer's account; None for any other."""
    found = _PAYER.fullmatch(account)
    return f"{found[1]}.*" if found else None
