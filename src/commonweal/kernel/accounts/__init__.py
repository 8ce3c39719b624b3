"""A double-entry ledger for anything that is pooled, routed or paid: money, hours, API credits, FLOP allowances.

Entries say which transfers shall be made; which of them are follows from those before, by `decide`. The ledger that an
engine keeps is therefore a layout of the record: dropped and made again, it comes out the same.
"""

from ._batch import NEVER, Batch, Plain, before, by_day, plain
from ._deciding import Made, State, decide, expire, named
from ._transfers import (
    AMOUNT_MAX,
    ID_BYTES,
    STANDS,
    TOTAL_MAX,
    Account,
    Balance,
    Booked,
    How,
    Ledger,
    Outcome,
    Side,
    Standing,
    Transfer,
)

__all__ = [
    "AMOUNT_MAX",
    "ID_BYTES",
    "NEVER",
    "STANDS",
    "TOTAL_MAX",
    "Account",
    "Balance",
    "Batch",
    "Booked",
    "How",
    "Ledger",
    "Made",
    "Outcome",
    "Plain",
    "Side",
    "Standing",
    "State",
    "Transfer",
    "before",
    "by_day",
    "decide",
    "expire",
    "named",
    "plain",
]
