"""Who sees what of money: the member theirs, a payer its own, the fund totals, and no total of a few people."""

from __future__ import annotations

import re
import sys

from commonweal.kernel import accounts, registry
from commonweal.kernel.instrument import Reader
from commonweal.kernel.values import NotFound

OF, RULE = "benefits", "portable_benefits.totals"
PAYS = "paid"
"""The code of a transfer by which a payer pays what it owes: nobody's own."""
_OWN = re.compile(r"(benefits\.\w+\.member)\.\w+\.(\w+)", re.ASCII)


def least(reader: Reader) -> int:
    """How many people stand at least behind a total that is told; where no rule is adopted, no number is enough."""
    try:
        row = registry.text_in_force(reader, RULE)
    except NotFound:
        return sys.maxsize
    return int(registry.parsed(row["text"], row["media_type"])["protection"]["threshold"])


def total(account: str) -> str | None:
    """The total of a pot over all members that somebody's own account is part of; None for the fund's and payers'."""
    found = _OWN.fullmatch(account)
    return f"{found[1]}.*.{found[2]}" if found else None


def programme_of(account: str) -> str:
    """`benefits.<programme>`: money moves within a programme and never between two."""
    return ".".join(account.split(".")[:2])


ACCOUNTS = accounts.Confided(OF, total, programme_of, least, frozenset((PAYS,)))
