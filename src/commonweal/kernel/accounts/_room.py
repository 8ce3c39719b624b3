"""The follower of the ledger: batches of transfers become balances; it files nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import repeat
from operator import itemgetter
from typing import Any

import numpy as np

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import FIRST_ON_EARTH, BadInput, NotFound

from ._batch import Batch, by_day, plain
from ._columns import BLOB, read_columns
from ._deciding import Made, State, decide, expire, named, outside
from ._kinds import BANK_STATEMENT, BOUNDED, CLOSED, OPENED, PERIOD, TRANSFERS, consistent
from ._statements import keep_statements
from ._tables import ACCOUNT, DAY, STEP, TRANSFER
from ._transfers import Account, Balance, Booked, How, Outcome, Standing, Transfer

BALANCE = Balance._fields
POSTS = (How.POST, How.SETTLE)
NAMES_AT_ONCE = 10_000


class Accounts:
    """Follows what the ledger is told into its tables.

    What cannot be done of an entry is left undone and stands beside it with the reason: an account that is there in
    another unit, a transfer that would break a bound. A payload that cannot be read moves nothing.
    """

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == BANK_STATEMENT.id and not entry.erased:
            keep_statements(entry, tables)
        does = _DOES.get(entry.kind)
        if does is not None and not entry.erased:
            tables.put(STEP, {**_UNDONE, "entry": entry.index, "kind": entry.kind, **does(entry, tables)})
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Never: what is reserved until a day is released by the first batch after it, and reads leave it out."""
        return False


_UNDONE: Row = {"through": None, "accounts": 0, "transfers": 0, "done": 0, "otherwise": {}}


def _open(entry: Entry, tables: Tables) -> Row:
    asked = [_account(row) for row in entry.body["accounts"]]
    there = accounts_named(tables, [one.account for one in asked])
    refused: dict[str, list[int]] = defaultdict(list)
    number = _last(tables, ACCOUNT)
    kept: dict[str, Row] = {}
    for at, one in enumerate(asked):
        old = kept.get(one.account) or there.get(one.account)
        if old is not None and (old["unit"], old["side"]) != (one.unit, one.side):
            refused[Outcome.UNITS].append(at)
            continue
        if old is not None and entry.body.get("fresh"):
            if (old["floor"], old["ceiling"]) != (one.floor, one.ceiling):
                refused[Outcome.BOUNDS].append(at)
            continue
        number += old is None
        new = {"number": number, "opened": entry.index, "closed": None, **dict.fromkeys(BALANCE, 0)}
        kept[one.account] = {**(old or new), **one._asdict()}
    tables.put_many(ACCOUNT, kept.values())
    return {"accounts": len(kept), "otherwise": dict(refused)}


def _bound(entry: Entry, tables: Tables) -> Row:
    """Give accounts other bounds, but for those whose balance, with what is reserved and awaited, would be outside."""
    _release(entry.day.toordinal(), tables)
    asked = entry.body["accounts"]
    there = accounts_named(tables, [one["account"] for one in asked])
    refused: dict[str, list[int]] = defaultdict(list)
    kept: dict[str, Row] = {}
    for at, one in enumerate(asked):
        row = there.get(one["account"])
        if row is None:
            refused[Outcome.NO_ACCOUNT].append(at)
            continue
        new = {**row, "floor": one.get("floor"), "ceiling": one.get("ceiling")}
        outcome = outside(_account(new), balance_of(new))
        if outcome is not None:
            refused[outcome].append(at)
        else:
            kept[one["account"]] = new
    tables.put_many(ACCOUNT, kept.values())
    return {"accounts": len(kept), "otherwise": dict(refused)}


def _close(entry: Entry, tables: Tables) -> Row:
    there = accounts_named(tables, entry.body["accounts"])
    tables.put_many(ACCOUNT, [{**row, "closed": entry.index} for row in there.values() if row["closed"] is None])
    missing = [at for at, name in enumerate(entry.body["accounts"]) if name not in there]
    return {"accounts": len(there), "otherwise": {Outcome.NO_ACCOUNT: missing} if missing else {}}


def _close_period(entry: Entry, tables: Tables) -> Row:
    return {"through": date.fromisoformat(entry.body["through"]).toordinal()}


def _take(entry: Entry, tables: Tables) -> Row:
    try:
        batch = consistent(read_columns(entry.blob(BLOB)), entry.body)
    except (BadInput, NotFound) as error:
        return {"transfers": entry.body["transfers"], "otherwise": {"unreadable": str(error)[:2000]}}
    latest = (entry.time + FIRST_ON_EARTH).date().toordinal() if entry.body.get("in_order") else 0
    outcomes = take(entry.index, entry.day.toordinal(), batch, tables, latest)
    refused: dict[str, list[int]] = defaultdict(list)
    if isinstance(outcomes, list):
        for at, outcome in enumerate(outcomes):
            if outcome is not Outcome.DONE:
                refused[outcome].append(at)
    return {"transfers": len(batch), "done": len(batch) - sum(map(len, refused.values())), "otherwise": dict(refused)}


_DOES: Mapping[str, Callable[[Entry, Tables], Row]] = {
    OPENED.id: _open,
    BOUNDED.id: _bound,
    CLOSED.id: _close,
    PERIOD.id: _close_period,
    TRANSFERS.id: _take,
}


def take(entry: int, today: int, batch: Batch, tables: Tables, latest: int = 0) -> list[Outcome] | None:
    """Make the transfers of a batch that can be made; what became of each, or None where all were made.

    `today` (ordinal) is the day on which it was filed, `latest` the last for which anything may count (0: whichever).
    """
    _release(today, tables)
    there = accounts_named(tables, batch.accounts)
    ahead = bool(latest) and int(batch.day.max()) > latest
    if not ahead and not made_of(tables, batch.ids, only_whether=True) and _plainly(entry, batch, there, tables):
        return None
    transfers = batch.transfers
    made = made_of(tables, named(transfers)[1])
    accounts = {name: _account(row) for name, row in there.items()}
    balances = {name: balance_of(row) for name, row in there.items()}
    closed = frozenset(name for name, row in there.items() if row["closed"] is not None)
    known = {id: Made(one.transfer, one.standing) for id, one in made.items()}
    state = State(accounts, balances, dict(known), closed, closed_through(tables), latest)
    outcomes = decide(transfers, state, today)
    done = [one for one, outcome in zip(transfers, outcomes, strict=True) if outcome is Outcome.DONE]
    _store(entry, done, state, there, tables)
    for id, one in known.items():
        if state.made[id] != one:
            _stands(made[id].number, state.made[id].standing, tables)
    return outcomes


def _plainly(entry: int, batch: Batch, there: Mapping[str, Row], tables: Tables) -> bool:
    """Make the whole batch at once; False where it must be looked at one by one."""
    if len(there) != len(batch.accounts):
        return False
    rows = map(itemgetter(*ACCOUNT.columns), map(there.__getitem__, batch.accounts))
    columns: dict[str, Sequence[Any]] = dict(zip(ACCOUNT.columns, zip(*rows, strict=True), strict=True))
    adds = plain(batch, columns, closed_through(tables))
    if adds is None:
        return False
    place = np.array(columns["number"], dtype=np.int64)
    first, many = _last(tables, TRANSFER) + 1, len(batch)
    tables.put_columns(TRANSFER, {
        "number": range(first, first + many), "id": batch.ids,
        "debit": place[batch.debit].tolist(), "credit": place[batch.credit].tolist(),
        "amount": batch.amount.tolist(), "day": batch.day.tolist(), "how": repeat(How.POST.value, many),
        "pending": repeat("", many), "expires": repeat(None, many), "linked": repeat(0, many),
        "code": np.array(batch.codes, dtype=object)[batch.code].tolist(),
        "standing": repeat(Standing.POSTED.value, many), "due": repeat(None, many), "entry": repeat(entry, many),
    })  # fmt: skip
    tables.add(DAY, by_day(place[batch.debit], place[batch.credit], batch.day, batch.amount))
    tables.add(ACCOUNT, {
        "account": batch.accounts, "debits": adds.debits.tolist(), "credits": adds.credits.tolist(),
    })  # fmt: skip
    return True


def _store(entry: int, done: Sequence[Transfer], state: State, there: Mapping[str, Row], tables: Tables) -> None:
    sums: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    rows = []
    for number, one in enumerate(done, _last(tables, TRANSFER) + 1):
        debit, credit, standing = there[one.debit]["number"], there[one.credit]["number"], state.made[one.id].standing
        due = one.expires if standing is Standing.PENDING else None
        rows.append({
            "number": number, "id": one.id, "debit": debit, "credit": credit, "amount": one.amount, "day": one.day,
            "how": one.how.value, "pending": one.pending, "expires": one.expires, "linked": int(one.linked),
            "code": one.code, "standing": standing.value, "due": due, "entry": entry,
        })  # fmt: skip
        if one.how in POSTS:
            sums[debit, one.day][0] += one.amount
            sums[credit, one.day][1] += one.amount
    tables.put_many(TRANSFER, rows)
    tables.add(DAY, {
        "account": [account for account, _ in sums], "day": [day for _, day in sums],
        "debits": [total[0] for total in sums.values()], "credits": [total[1] for total in sums.values()],
    })  # fmt: skip
    moved = sorted({name for one in done for name in (one.debit, one.credit)})
    tables.put_many(ACCOUNT, [{**there[name], **state.balances[name]._asdict()} for name in moved])


def _release(today: int, tables: Tables) -> None:
    """Release what was reserved until a day that is over."""
    rows = tables.select(TRANSFER, {"due": ("<", today)})
    if not rows:
        return
    over = booked(rows, tables)
    there = accounts_named(tables, {name for one in over for name in (one.transfer.debit, one.transfer.credit)})
    balances = {name: balance_of(row) for name, row in there.items()}
    expire((one.transfer for one in over), balances)
    tables.put_many(ACCOUNT, [{**row, **balances[name]._asdict()} for name, row in there.items()])
    tables.put_many(TRANSFER, [{**row, "standing": Standing.EXPIRED.value, "due": None} for row in rows])


def _stands(number: int, standing: Standing, tables: Tables) -> None:
    row = tables.get(TRANSFER, number)
    assert row is not None, "it was read a moment ago"
    tables.put(TRANSFER, {**row, "standing": standing.value, "due": None})


def _last(tables: Reader, table: Table) -> int:
    """The newest number of a table's rows; 0 for none."""
    newest = tables.select(table, order=("-number",), limit=1, only=("number",))
    return int(newest[0]["number"]) if newest else 0


def made_of(tables: Reader, ids: Iterable[str], only_whether: bool = False) -> dict[str, Booked]:
    """The transfers with these ids that are on the ledger."""
    rows: list[Row] = []
    for part in _parts(list(dict.fromkeys(ids))):
        rows += tables.select(TRANSFER, {"id": ("in", part)})
        if rows and only_whether:
            break
    return {row["id"]: one for row, one in zip(rows, booked(rows, tables), strict=True)}


def _parts(names: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (names[at : at + NAMES_AT_ONCE] for at in range(0, len(names), NAMES_AT_ONCE))


def accounts_named(reader: Reader, names: Iterable[str]) -> dict[str, Row]:
    """The rows of accounts by name; names that no account has are left out."""
    found: dict[str, Row] = {}
    for part in _parts(list(dict.fromkeys(names))):
        for row in reader.select(ACCOUNT, {"account": ("in", part)}):
            found[row["account"]] = row
    return found


def closed_through(reader: Reader) -> int:
    """The last day (ordinal) of all periods that are closed; 0 for none."""
    found = reader.select(STEP, {"through": (">", 0)}, order=("-through",), limit=1, only=("through",))
    return int(found[0]["through"]) if found else 0


def balance_of(row: Mapping[str, Any]) -> Balance:
    """What an account's row says its transfers add up to."""
    return Balance(*(row[name] for name in BALANCE))


def booked(rows: Sequence[Row], reader: Reader) -> list[Booked]:
    """Rows of transfers as transfers between named accounts."""
    numbers = sorted({number for row in rows for number in (row["debit"], row["credit"])})
    names: dict[int, str] = {}
    for part in _parts(numbers):
        for row in reader.select(ACCOUNT, {"number": ("in", part)}, only=("number", "account")):
            names[row["number"]] = row["account"]
    return [
        Booked(
            row["number"],
            Transfer(
                row["id"], names[row["debit"]], names[row["credit"]], row["amount"], row["day"], How(row["how"]),
                row["pending"], row["expires"], bool(row["linked"]), row["code"],
            ),
            Standing(row["standing"]),
            row["entry"],
        )
        for row in rows
    ]  # fmt: skip


def _account(row: Mapping[str, Any]) -> Account:
    return Account(row["account"], row["unit"], row.get("side", "credit"), row.get("floor"), row.get("ceiling"))
