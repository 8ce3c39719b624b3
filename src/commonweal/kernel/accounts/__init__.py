"""A double-entry ledger for anything that is pooled, routed or paid: money, hours, API credits, FLOP allowances.

Entries say which transfers shall be made; which of them are follows from those before. The ledger is
therefore a layout of the record: dropped and made again, it comes out the same.
"""

from ._bank import Credit, Payer, bank_account, credit_transfers, read_report
from ._beside import differing
from ._carrying import (
    FILE_PAYMENTS_MAX,
    Bank,
    BankSaid,
    Debtor,
    Digest,
    Outgoing,
    Paying,
    PaymentId,
    bank_line,
)
from ._columns import BLOB, read_columns, write_columns
from ._confided import Block, Confided, Moved, Sum, months, of_account, summed, told_as, told_balance, told_totals
from ._exports import beancount, everything
from ._kinds import CLOSED, KINDS, OPENED, PERIOD, TRANSFERS, check_filing, faults_of_account, opening, transfers_act
from ._queries import (
    Counted,
    Difference,
    Kept,
    account,
    accounts,
    balance,
    balance_after,
    balance_on,
    balances,
    caused,
    how_many,
    kept,
    reconciled,
    statement,
    totals,
)
from ._room import Accounts
from ._shares import apportioned
from ._tables import TABLES
from ._transfers import (
    STANDS,
    Account,
    Booked,
    How,
    Outcome,
    Transfer,
)
from ._units import amount_of, written

__all__ = [
    "BLOB",
    "CLOSED",
    "FILE_PAYMENTS_MAX",
    "KINDS",
    "OPENED",
    "PERIOD",
    "STANDS",
    "TABLES",
    "TRANSFERS",
    "Account",
    "Accounts",
    "Bank",
    "BankSaid",
    "Block",
    "Booked",
    "Confided",
    "Counted",
    "Credit",
    "Debtor",
    "Difference",
    "Digest",
    "How",
    "Kept",
    "Moved",
    "Outcome",
    "Outgoing",
    "Payer",
    "Paying",
    "PaymentId",
    "Sum",
    "Transfer",
    "account",
    "accounts",
    "amount_of",
    "apportioned",
    "balance",
    "balance_after",
    "balance_on",
    "balances",
    "bank_account",
    "bank_line",
    "beancount",
    "caused",
    "check_filing",
    "credit_transfers",
    "differing",
    "everything",
    "faults_of_account",
    "how_many",
    "kept",
    "months",
    "of_account",
    "opening",
    "read_columns",
    "read_report",
    "reconciled",
    "statement",
    "summed",
    "told_as",
    "told_balance",
    "told_totals",
    "totals",
    "transfers_act",
    "write_columns",
    "written",
]
