"""The ledger's tables held against the same tables laid out anew from the entries: every row, every column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.kernel.record.tables import Reader, Row, Table

from ._queries import ROWS_AT_ONCE, Difference
from ._tables import ACCOUNT, DAY, STEP, TRANSFER

ACCOUNTS_AT_ONCE = 100
"""Of how many accounts the sums of days are read at once: some hundred rows of each for a year."""
ABSENT, THERE = "no such row", "a row"


def differing(kept: Reader, again: Reader) -> Iterator[Difference]:
    """Every value in which the kept tables are not those that the entries give, in the order of the tables.

    Both are read side by side, some thousand rows at a time, whatever the ledger's size.
    """
    names = _Names(kept, again)
    for table in (ACCOUNT, TRANSFER, DAY, STEP):
        for key, old, new in _side_by_side(table, kept, again):
            what = names.of(table, key)
            if old is None or new is None:
                yield Difference(what, ABSENT if old is None else THERE, ABSENT if new is None else THERE)
                continue
            for column in table.columns:
                if old[column] != new[column]:
                    of_day = f" of day {key[1]}" if table is DAY else ""
                    yield Difference(f"{what} {column}{of_day}", old[column], new[column])


class _Names:
    """What a row is called: an account or transfer by the name that people know."""

    def __init__(self, kept: Reader, again: Reader) -> None:
        self._readers = (again, kept)

    def of(self, table: Table, key: tuple[Any, ...]) -> str:
        if table is ACCOUNT:
            return str(key[0])
        if table is STEP:
            return f"entry {key[0]}"
        if table is DAY:
            return self._found(ACCOUNT, key[0], "account") or f"account {key[0]}"
        return f"transfer {self._found(TRANSFER, key[0], 'id') or key[0]}"

    def _found(self, table: Table, number: int, column: str) -> str:
        for reader in self._readers:
            if rows := reader.select(table, {"number": number}, limit=1, only=(column,)):
                return str(rows[0][column])
        return ""


def _side_by_side(
    table: Table, kept: Reader, again: Reader
) -> Iterator[tuple[tuple[Any, ...], Row | None, Row | None]]:
    """The rows that are not the same on both sides, by key; None where a side has none."""
    read = _by_account if table is DAY else _by_key
    left, right = read(table, kept), read(table, again)
    old, new = next(left, None), next(right, None)
    while old is not None or new is not None:
        here, there = _key(table, old), _key(table, new)
        if there is None or (here is not None and here < there):
            assert here is not None
            yield here, old, None
            old = next(left, None)
        elif here is None or there < here:
            yield there, None, new
            new = next(right, None)
        else:
            if old != new:
                yield here, old, new
            old, new = next(left, None), next(right, None)


def _key(table: Table, row: Row | None) -> tuple[Any, ...] | None:
    return None if row is None else tuple(row[name] for name in table.key)


def _by_key(table: Table, reader: Reader) -> Iterator[Row]:
    """All rows of a table with a key of one column, in its order."""
    (key,) = table.key
    rows = reader.select(table, limit=ROWS_AT_ONCE)
    while rows:
        yield from rows
        rows = reader.select(table, {key: (">", rows[-1][key])}, limit=ROWS_AT_ONCE)


def _by_account(table: Table, reader: Reader) -> Iterator[Row]:
    """All sums of days, by account and day."""
    newest = reader.select(table, order=("-account",), limit=1, only=("account",))
    first = reader.select(table, limit=1, only=("account",))
    if not newest or not first:
        return
    for least in range(int(first[0]["account"]), int(newest[0]["account"]) + 1, ACCOUNTS_AT_ONCE):
        yield from reader.select(table, {"account": ("between", (least, least + ACCOUNTS_AT_ONCE))})
