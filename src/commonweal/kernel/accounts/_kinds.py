"""What is recorded of the ledger: accounts opened and closed, transfers by the batch, periods closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind, Marking
from commonweal.kernel.record.entries import Act
from commonweal.kernel.values import BadInput, Fault, Text, canonical, digest, faults_of, shown

from ._batch import Batch
from ._columns import ACCOUNT_NAME, BLOB, ROWS_MAX, read_columns, write_columns
from ._transfers import TOTAL_MAX, Account, Transfer

ACCOUNTS_MAX = 1_000
Name = Annotated[str, Field(pattern=f"^{ACCOUNT_NAME}$", max_length=120)]
Bound = Annotated[int, Field(ge=-TOTAL_MAX, le=TOTAL_MAX)]
Of = Annotated[str, PUBLIC, Field(pattern=r"^[a-z][a-z0-9_.\-]{0,63}$")]


class OpenedAccount(Filing):
    """One account: in which unit, on which side it grows, between which bounds its balance stays."""

    account: Name
    unit: Annotated[str, Field(pattern=r"^(?:[A-Z]{3}|[a-z][a-z0-9_.\-]{0,22}[a-z0-9])$")]
    side: Literal["debit", "credit"] = "credit"
    floor: Bound | None = None
    ceiling: Bound | None = None

    @model_validator(mode="after")
    def _in_order(self) -> OpenedAccount:
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise ValueError(f"floor {self.floor} must not be above ceiling {self.ceiling}")
        return self


class AccountsOpened(Filing):
    """Accounts that are opened.

    `fresh` says that those that are there keep their bounds: only `accounts.bounded` changes them, and nothing is filed
    without it any more (`check_filing`). By entries that once were, accounts are given these bounds unchecked.
    """

    of: Of
    accounts: Annotated[tuple[OpenedAccount, ...], Field(min_length=1, max_length=ACCOUNTS_MAX)]
    fresh: Annotated[bool, PUBLIC] = False


class BoundedAccount(Filing):
    """Between which bounds the balance of an account stays from now on."""

    account: Name
    floor: Bound | None = None
    ceiling: Bound | None = None

    @model_validator(mode="after")
    def _in_order(self) -> BoundedAccount:
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise ValueError(f"floor {self.floor} must not be above ceiling {self.ceiling}")
        return self


class AccountsBounded(Filing):
    """Accounts that are given other bounds; each filing counts, also one in the words of an earlier one."""

    of: Of
    accounts: Annotated[tuple[BoundedAccount, ...], Field(min_length=1, max_length=ACCOUNTS_MAX)]


class AccountsClosed(Filing):
    """Accounts that take no transfers any more."""

    of: Of
    accounts: Annotated[tuple[Name, ...], Field(min_length=1, max_length=ACCOUNTS_MAX)]
    reason: Annotated[str, Field(max_length=500)] = ""


class Transfers(Filing):
    """What a batch of transfers says about itself; they are in its payload `movements`.

    How many they are is not public: it is to how many people something was paid.
    `in_order` says that none of them counts for a day after the one on which it is recorded, and nothing is settled for
    a day before its reservation's. Batches that were once filed without it are taken as they were then.
    """

    of: Of
    transfers: Annotated[int, Marking.AMBER_STRICT, Field(ge=1, le=ROWS_MAX)]
    day_from: Annotated[date, PUBLIC]
    day_to: Annotated[date, PUBLIC]
    remark: Annotated[str, Field(max_length=500)] = ""
    in_order: Annotated[bool, PUBLIC] = False


class PeriodClosed(Filing):
    """All days up to this one are closed: nothing is posted for them any more."""

    through: Annotated[date, PUBLIC]


class OneStatement(Filing):
    """One statement: of which account, from which day to which, how much came (`credits`, their number)."""

    account: Annotated[str, Field(min_length=1, max_length=80)]
    first: date
    last: date
    credits: Annotated[int, Field(ge=0)]


class BankStatements(Filing):
    """Statements of account as a bank sent them, which are the payload: what came back to an account is held against
    them."""

    statements: Annotated[tuple[OneStatement, ...], Marking.RED, Field(min_length=1, max_length=1000)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


OPENED = Kind(
    id="accounts.opened", schema=AccountsOpened, title=Text(en="Accounts opened", zh="开立账户"), files=("authority",)
)
BOUNDED = Kind(
    id="accounts.bounded",
    schema=AccountsBounded,
    title=Text(en="Bounds of accounts changed", zh="变更账户限额"),
    files=("authority",),
    renewable=True,
)
CLOSED = Kind(
    id="accounts.closed", schema=AccountsClosed, title=Text(en="Accounts closed", zh="关闭账户"), files=("authority",)
)
TRANSFERS = Kind(
    id="accounts.transfers",
    schema=Transfers,
    title=Text(en="Batch of transfers", zh="转账批次"),
    files=("authority",),
)
PERIOD = Kind(
    id="accounts.period_closed",
    schema=PeriodClosed,
    title=Text(en="Accounting period closed", zh="会计期间结账"),
    files=("authority",),
)
BANK_STATEMENT = Kind(
    id="accounts.bank_statement",
    schema=BankStatements,
    title=Text(en="Bank's statement of account", zh="银行对账单"),
    files=("authority",),
)
KINDS = (OPENED, BOUNDED, CLOSED, TRANSFERS, PERIOD, BANK_STATEMENT)


_WANTED = {
    "account": "the name of an account such as benefits.member.7f3a",
    "unit": "a currency such as EUR, or a unit in small letters such as hour",
}


def faults_of_account(one: Account) -> list[Fault]:
    """Everything because of which an account cannot be opened."""
    try:
        OpenedAccount.model_validate(_told(one))
    except ValidationError as error:
        return [replace(fault, want=_WANTED.get(fault.where, fault.want)) for fault in faults_of(error)]
    return []


def opening(of: str, accounts: Iterable[Account]) -> list[Act]:
    """Acts that open accounts for a programme, a thousand in each. Sent again they are the same acts: an account that
    is there keeps its bounds (`bounding` changes them)."""
    return [
        Act(
            OPENED.id, {"of": of, "accounts": part, "fresh": True},
            f"accounts/{of}/opened/fresh/{digest(canonical(part))[:32]}",
        )
        for part in _parts(_told(one) for one in accounts)
    ]  # fmt: skip


def bounding(of: str, accounts: Iterable[Account], change: str) -> list[Act]:
    """Acts that give accounts other bounds, a thousand in each. `change` names this change and no other: under another
    name the same bounds count again, so that they can be set back."""
    told = ({name: value for name, value in _told(one).items() if name not in ("unit", "side")} for one in accounts)
    return [
        Act(BOUNDED.id, {"of": of, "accounts": part}, f"accounts/{of}/bounded/{change}/{at}")
        for at, part in enumerate(_parts(told))
    ]


def _parts(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    told = list(rows)
    return (told[at : at + ACCOUNTS_MAX] for at in range(0, len(told), ACCOUNTS_MAX))


def _told(one: Account) -> dict[str, Any]:
    bounds = {name: value for name in ("floor", "ceiling") if (value := getattr(one, name)) is not None}
    return {"account": one.account, "unit": one.unit, "side": one.side, **bounds}


def transfers_act(of: str, transfers: Sequence[Transfer], remark: str = "", *, attempt: str = "") -> Act:
    """One act for a batch of transfers. Raises `BadInput`.

    The same batch sent again is the same act, with what became of it then. Under another `attempt` it is another act:
    what was made is the same by its id and not made again, what was refused is tried once more.
    """
    if not transfers:
        raise BadInput(Fault("transfers", "0", "at least one", "empty"))
    data = write_columns(transfers)
    days = [one.day for one in transfers]
    body = {
        "of": of,
        "transfers": len(transfers),
        "day_from": date.fromordinal(min(days)).isoformat(),
        "day_to": date.fromordinal(max(days)).isoformat(),
        "remark": remark,
        "in_order": True,
    }
    key = f"accounts/{of}/in_order/{digest(data)[:32]}"
    return Act(TRANSFERS.id, body, f"{key}/{attempt}" if attempt else key, blobs={BLOB: data})


def check_filing(act: Act, now: datetime, books: tzinfo = UTC) -> Batch | None:
    """The batch in an act of transfers; None for acts of other kinds. `now` is by the clocks of the authority, `books`
    those by which its record counts days.

    Raises `BadInput` where its payload is missing, cannot be read, or is not what the body says, for a period that
    is not over: nothing opens one again, and for accounts that would be opened with other bounds than they have.
    """
    if act.kind == OPENED.id and not act.body.get("fresh"):
        want = "true: accounts that are there keep their bounds, which accounts.bounded changes"
        raise BadInput(Fault("fresh", shown(act.body.get("fresh", "(absent)")), want, "not_fresh"), act.kind)
    first = min(now.date(), now.astimezone(books).date())  # what is booked now is booked for a day there
    if act.kind == PERIOD.id and date.fromisoformat(str(act.body["through"])) >= first:
        want = f"a day that is over, before {first.isoformat()}: nothing opens a period again"
        raise BadInput(Fault("through", str(act.body["through"]), want, "not_over"), act.kind)
    if act.kind != TRANSFERS.id:
        return None
    if set(act.blobs) != {BLOB}:
        seen = ", ".join(sorted(act.blobs)) or "(absent)"
        raise BadInput(Fault("(payload)", seen, f"one payload named {BLOB}", "missing"), act.kind)
    return consistent(read_columns(act.blobs[BLOB]), act.body)


def consistent(batch: Batch, body: Any) -> Batch:
    """The batch, if it is what the body says. Raises `BadInput`."""
    first, last = (date.fromordinal(int(day)).isoformat() for day in (batch.day.min(), batch.day.max()))
    told = (("transfers", len(batch)), ("day_from", first), ("day_to", last))
    wrong = [
        Fault(name, str(body[name]), f"{seen}, as in the payload", "mismatch")
        for name, seen in told
        if body[name] != seen
    ]
    if wrong:
        raise BadInput(wrong, TRANSFERS.id)
    return batch
