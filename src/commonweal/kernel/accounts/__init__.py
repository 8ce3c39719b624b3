"""A double-entry ledger for anything that is pooled, routed or paid: money, hours, API credits, FLOP allowances.

Entries say which transfers shall be made; which of them are follows from those before, by `decide`. The ledger is
therefore a layout of the record: dropped and made again, it comes out the same.
"""

from ._batch import Batch
from ._columns import read_columns, write_columns
from ._deciding import Made, State, decide
from ._exports import beancount
from ._kinds import CLOSED, KINDS, OPENED, PERIOD, TRANSFERS, check_filing, opening, transfers_act
from ._queries import (
    Difference,
    account,
    accounts,
    balance,
    balance_on,
    caused,
    reconciled,
    statement,
    transfer,
)
from ._room import Accounts
from ._tables import TABLES
from ._transfers import (
    AMOUNT_MAX,
    STANDS,
    TOTAL_MAX,
    Account,
    Balance,
    Booked,
    How,
    Outcome,
    Standing,
    Transfer,
)
from ._units import amount_of, places, written

__all__ = [
    "AMOUNT_MAX",
    "CLOSED",
    "KINDS",
    "OPENED",
    "PERIOD",
    "STANDS",
    "TABLES",
    "TOTAL_MAX",
    "TRANSFERS",
    "Account",
    "Accounts",
    "Balance",
    "Batch",
    "Booked",
    "Difference",
    "How",
    "Made",
    "Outcome",
    "Standing",
    "State",
    "Transfer",
    "account",
    "accounts",
    "amount_of",
    "balance",
    "balance_on",
    "beancount",
    "caused",
    "check_filing",
    "decide",
    "opening",
    "places",
    "read_columns",
    "reconciled",
    "statement",
    "transfer",
    "transfers_act",
    "write_columns",
    "written",
]
