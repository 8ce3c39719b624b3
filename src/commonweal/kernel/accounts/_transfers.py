"""What a ledger holds: accounts in one unit each, and transfers between two of them, each with an id of its own."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from ._batch import Batch

AMOUNT_MAX = 10**15
"""The largest single transfer, in the smallest part of its unit."""
TOTAL_MAX = 2**63 - 1
"""The most that an account's debits or credits can add up to: what a database keeps in eight bytes."""
ID_BYTES = 16

Side = Literal["debit", "credit"]


class Account(NamedTuple):
    """An account. `side` is the one on which its balance grows: credit for what is owed, debit for what is owned.

    `floor` and `ceiling` bound its balance, in the smallest part of `unit`; None where nothing does. `holder` is whose
    it is.
    """

    account: str
    unit: str
    side: Side = "credit"
    floor: int | None = None
    ceiling: int | None = None
    holder: str = ""


class How(IntEnum):
    """What a transfer does: it is posted at once, or reserved first and settled or voided later."""

    POST = 0
    PEND = 1
    SETTLE = 2
    VOID = 3


class Transfer(NamedTuple):
    """An amount that moves from one account to another: the first is debited, the second credited.

    `id` is 16 bytes that no other transfer has. `amount` is in the smallest part of the accounts' unit. `day` (ordinal,
    1 for 0001-01-01) is the one for which it counts. A PEND reserves until the end of the day `expires` (None: until
    settled or voided); SETTLE and VOID name it in `pending`, SETTLE with the amount that is posted of it, of which the
    rest is released. Where `linked`, it stands or falls with the next. `code` says what it is for.
    """

    id: bytes
    debit: str
    credit: str
    amount: int
    day: int
    how: How = How.POST
    pending: bytes = b""
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
    CLOSED = "closed"
    PERIOD = "period"
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


class Ledger(Protocol):
    """The ledger as an engine keeps it: it can be dropped, and made again from the entries that caused its transfers.

    Every step names its entry; one whose entry was taken before does nothing and answers as it did then.
    """

    def open(self, entry: int, accounts: Sequence[Account]) -> None:
        """Open accounts, or give those that are there other bounds. Raises `Conflict` where unit or side differ."""

    def take(self, entry: int, today: int, batch: Batch) -> list[Outcome]:
        """Make the transfers of a batch that can be made. `today` (ordinal) is the day on which it was filed."""

    def close(self, entry: int, accounts: Sequence[str]) -> None:
        """Close accounts to new transfers. What is reserved can still be settled or voided."""

    def close_through(self, entry: int, day: int) -> None:
        """Close all periods up to and with this day: nothing is posted for it any more."""

    def account(self, account: str) -> Account | None: ...

    def accounts(self, holder: str = "") -> list[Account]:
        """All accounts, or those of one holder, by name."""

    def balance(self, account: str) -> Balance:
        """What the account's transfers add up to now. Raises `NotFound`."""

    def balance_on(self, account: str, day: int) -> Balance:
        """Posted debits and credits that count for that day or one before. Raises `NotFound`."""

    def transfer(self, id: bytes) -> Booked | None: ...

    def statement(self, account: str, first: int, last: int) -> list[Booked]:
        """What was posted on the account for these days, in the order in which it was. Raises `NotFound`."""

    def entries(self) -> int:
        """The newest entry that was taken; -1 for none."""
