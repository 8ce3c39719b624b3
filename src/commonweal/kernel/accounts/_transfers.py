"""What a ledger holds: accounts in one unit each, and transfers between two of them, each with an id of its own."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Literal, NamedTuple

AMOUNT_MAX = 10**15
"""The largest single transfer, in the smallest part of its unit."""
TOTAL_MAX = 2**53 - 1
"""The most that an account's debits or credits can add up to: what every reader of JSON holds exactly (RFC 8785)."""

Side = Literal["debit", "credit"]


class Account(NamedTuple):
    """An account. `side` is the one on which its balance grows: credit for what is owed, debit for what is owned.

    `floor` and `ceiling` bound its balance, in the smallest part of `unit`; None where nothing does. The name tells
    nobody's identity: whose an account is stands elsewhere, where it can be erased.
    """

    account: str
    unit: str
    side: Side = "credit"
    floor: int | None = None
    ceiling: int | None = None


class How(IntEnum):
    """What a transfer does: it is posted at once, or reserved first and settled or voided later."""

    POST = 0
    PEND = 1
    SETTLE = 2
    VOID = 3


class Transfer(NamedTuple):
    """An amount that moves from one account to another: the first is debited, the second credited.

    `id` is a name that no other transfer has. `amount` is in the smallest part of the accounts' unit. `day` (ordinal,
    1 for 0001-01-01) is the one for which it counts. A PEND reserves until the end of the day `expires` (None: until
    settled or voided); SETTLE and VOID name it in `pending`, SETTLE with the amount that is posted of it, of which the
    rest is released. Where `linked`, it stands or falls with the next. `code` says what it is for.
    """

    id: str
    debit: str
    credit: str
    amount: int
    day: int
    how: How = How.POST
    pending: str = ""
    expires: int | None = None
    linked: bool = False
    code: str = ""


class Outcome(StrEnum):
    """What became of a transfer: `DONE`, `SAME` (the very same was done before), or why it was refused."""

    DONE = "done"
    SAME = "same"
    LINKED = "linked"
    ID_TAKEN = "id_taken"
    NO_AMOUNT = "no_amount"
    ONE_ACCOUNT = "one_account"
    NO_ACCOUNT = "no_account"
    UNITS = "units"
    BOUNDS = "bounds"
    CLOSED = "closed"
    PERIOD = "period"
    AHEAD = "ahead"
    BEFORE = "before"
    FLOOR = "floor"
    CEILING = "ceiling"
    TOO_MUCH = "too_much"
    NOT_PENDING = "not_pending"
    SETTLED = "settled"
    VOIDED = "voided"
    EXPIRED = "expired"
    ACCOUNTS_DIFFER = "accounts_differ"


STANDS = frozenset({Outcome.DONE, Outcome.SAME})


class Standing(IntEnum):
    """What became of a transfer since: posted for good, or still reserved, or no longer."""

    POSTED = 0
    PENDING = 1
    SETTLED = 2
    VOIDED = 3
    EXPIRED = 4


class Balance(NamedTuple):
    """What an account's transfers add up to: debits and credits, posted and reserved."""

    debits: int = 0
    credits: int = 0
    debits_pending: int = 0
    credits_pending: int = 0

    def on(self, side: Side) -> int:
        """The posted balance, as it grows on that side."""
        return self.credits - self.debits if side == "credit" else self.debits - self.credits


class Booked(NamedTuple):
    """A transfer as it stands on the ledger: its place in the order, and the entry that caused it."""

    number: int
    transfer: Transfer
    standing: Standing
    entry: int
