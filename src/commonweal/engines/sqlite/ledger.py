"""`ledger.sqlite`: accounts and transfers. It can be deleted and made again from the record.

A batch is one transaction. Each transfer names the one before it on either account, so that an account's history is
read backwards from its newest without an index that every insertion would have to keep up.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from commonweal.kernel.accounts import (
    Account,
    Balance,
    Batch,
    Booked,
    How,
    Made,
    Outcome,
    Standing,
    State,
    Transfer,
    before,
    by_day,
    decide,
    expire,
    named,
    plain,
)
from commonweal.kernel.values import Conflict, NotFound

from ._files import connect, immediate, translated

CACHE_KIB = 65_536
PARAMETERS_MAX = 30_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    number INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, side TEXT NOT NULL,
    floor INTEGER, ceiling INTEGER, holder TEXT NOT NULL, closed INTEGER NOT NULL DEFAULT 0,
    debits INTEGER NOT NULL DEFAULT 0, credits INTEGER NOT NULL DEFAULT 0,
    debits_pending INTEGER NOT NULL DEFAULT 0, credits_pending INTEGER NOT NULL DEFAULT 0,
    newest INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS account_holder ON account (holder, account);
CREATE TABLE IF NOT EXISTS transfer (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, debit INTEGER NOT NULL, credit INTEGER NOT NULL,
    amount INTEGER NOT NULL, day INTEGER NOT NULL, how INTEGER NOT NULL, pending BLOB, expires INTEGER,
    linked INTEGER NOT NULL, code TEXT NOT NULL, standing INTEGER NOT NULL, entry INTEGER NOT NULL,
    debit_before INTEGER NOT NULL, credit_before INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS transfer_expires ON transfer (expires) WHERE standing = 1 AND expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS day (
    account INTEGER NOT NULL, day INTEGER NOT NULL, debits INTEGER NOT NULL, credits INTEGER NOT NULL,
    PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken (entry INTEGER PRIMARY KEY, outcomes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
"""
_ACCOUNT = "account, unit, side, floor, ceiling, holder"
_BALANCE = "debits, credits, debits_pending, credits_pending"
_TRANSFER = "id, debit, credit, amount, day, how, pending, expires, linked, code, standing, entry"
_INSERT = (
    f"INSERT INTO transfer (number, {_TRANSFER}, debit_before, credit_before) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_NAMED = (
    f"SELECT t.number, {', '.join('t.' + name.strip() for name in _TRANSFER.split(','))}, d.account, c.account "
    "FROM transfer t JOIN account d ON d.number = t.debit JOIN account c ON c.number = t.credit"
)
_HISTORY = f"""
WITH RECURSIVE history (number) AS (
    SELECT newest FROM account WHERE number = :account AND newest > 0
    UNION ALL
    SELECT CASE WHEN t.debit = :account THEN t.debit_before ELSE t.credit_before END
    FROM transfer t JOIN history USING (number)
    WHERE (CASE WHEN t.debit = :account THEN t.debit_before ELSE t.credit_before END) > 0
)
{_NAMED} JOIN history ON history.number = t.number
WHERE t.day BETWEEN :first AND :last ORDER BY t.number
"""


class Row(NamedTuple):
    """An account as it is stored."""

    account: Account
    number: int
    closed: bool
    newest: int
    balance: Balance


Loaded = dict[str, Row]
POSTS = (How.POST, How.SETTLE)


class SqliteLedger:
    """Accounts and transfers in one SQLite file (`Ledger`). Safe from any thread; one batch at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db = connect(path)
        self._db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        with translated(path):
            self._db.executescript(_SCHEMA)

    def open(self, entry: int, accounts: Sequence[Account]) -> None:
        with self._step(entry) as again:
            if again is not None:
                return
            there = {name: row.account for name, row in self._accounts([one.account for one in accounts]).items()}
            for one in accounts:
                old = there.get(one.account)
                if old is not None and (old.unit, old.side) != (one.unit, one.side):
                    raise Conflict(f"{one.account} is there in {old.unit}, growing on its {old.side} side")
            columns = f"INSERT INTO account ({_ACCOUNT}) VALUES (?, ?, ?, ?, ?, ?)"
            bounds = "floor = excluded.floor, ceiling = excluded.ceiling, holder = excluded.holder"
            self._db.executemany(f"{columns} ON CONFLICT (account) DO UPDATE SET {bounds}", accounts)

    def take(self, entry: int, today: int, batch: Batch) -> list[Outcome]:
        with self._step(entry) as again:
            if again is not None:
                return again
            self._expire(today)
            loaded = self._accounts(batch.accounts)
            self._db.execute("SAVEPOINT fresh")
            try:
                outcomes = self._plainly(entry, batch, loaded) or self._one_by_one(entry, today, batch, loaded)
            except sqlite3.IntegrityError:  # some were made before: look which
                self._db.execute("ROLLBACK TO fresh")
                outcomes = self._one_by_one(entry, today, batch, loaded)
            self._db.execute("RELEASE fresh")
            others = {at: outcome for at, outcome in enumerate(outcomes) if outcome is not Outcome.DONE}
            told = msgspec.json.encode((len(outcomes), others))
            self._db.execute("UPDATE taken SET outcomes = ? WHERE entry = ?", (told, entry))
        return outcomes

    def close(self, entry: int, accounts: Sequence[str]) -> None:
        with self._step(entry) as again:
            if again is None:
                self._db.executemany("UPDATE account SET closed = 1 WHERE account = ?", [(name,) for name in accounts])

    def close_through(self, entry: int, day: int) -> None:
        with self._step(entry) as again:
            if again is None:
                later = "DO UPDATE SET value = max(value, excluded.value)"
                self._db.execute(f"INSERT INTO meta VALUES ('closed', ?) ON CONFLICT (name) {later}", (day,))

    @contextmanager
    def _step(self, entry: int) -> Iterator[list[Outcome] | None]:
        """One transaction for one entry; where it was taken before, its outcomes."""
        with self._lock, immediate(self._db, self._path):
            found = self._db.execute("SELECT outcomes FROM taken WHERE entry = ?", (entry,)).fetchone()
            if found is not None:
                many, others = msgspec.json.decode(found[0], type=tuple[int, dict[int, Outcome]])
                yield [others.get(at, Outcome.DONE) for at in range(many)]
                return
            self._db.execute("INSERT INTO taken VALUES (?, ?)", (entry, msgspec.json.encode((0, {}))))
            yield None

    def _plainly(self, entry: int, batch: Batch, loaded: Loaded) -> list[Outcome] | None:
        """Make the whole batch at once; None where it must be looked at one by one."""
        closed = [name for name, row in loaded.items() if row.closed]
        accounts = {name: row.account for name, row in loaded.items()}
        balances = {name: row.balance for name, row in loaded.items()}
        adds = plain(batch, accounts, balances, closed, self._meta("closed"))
        if adds is None:
            return None
        number = self._last_number()
        rows = [loaded[name] for name in batch.accounts]
        place = np.array([row.number for row in rows], dtype=np.int64)
        newest = np.array([row.newest for row in rows], dtype=np.int64)
        debit_before, credit_before = before(batch, number + 1, newest)
        codes = np.array(batch.codes, dtype=object)[batch.code].tolist()
        columns = (place[batch.debit], place[batch.credit], batch.amount, batch.day, batch.expires)
        debit, credit, amount, day, expires = (column.tolist() for column in columns)
        many = len(batch)
        same = (repeat(value, many) for value in (How.POST.value, None, None, 0))
        how, pending, expires, linked = same
        self._db.executemany(_INSERT, zip(
            range(number + 1, number + 1 + many), batch.ids, debit, credit, amount, day, how, pending, expires, linked,
            codes, repeat(Standing.POSTED.value, many), repeat(entry, many), debit_before.tolist(),
            credit_before.tolist(), strict=True,
        ))  # fmt: skip
        for places, column in ((batch.debit, "debits"), (batch.credit, "credits")):
            self._add_days(
                column, [(rows[at].number, day, total) for at, day, total in by_day(places, batch.day, batch.amount)]
            )
        sums = zip(adds.debits.tolist(), adds.credits.tolist(), newest.tolist(), place.tolist(), strict=True)
        self._db.executemany(
            "UPDATE account SET debits = debits + ?, credits = credits + ?, newest = ? WHERE number = ?", sums
        )
        return [Outcome.DONE] * many

    def _one_by_one(self, entry: int, today: int, batch: Batch, loaded: Loaded) -> list[Outcome]:
        transfers = batch.transfers
        there = self._made(named(transfers)[1])
        closed = frozenset(name for name, row in loaded.items() if row.closed)
        accounts = {name: row.account for name, row in loaded.items()}
        balances = {name: row.balance for name, row in loaded.items()}
        state = State(accounts, balances, dict(there), closed, self._meta("closed"))
        outcomes = decide(transfers, state, today)
        done = [one for one, outcome in zip(transfers, outcomes, strict=True) if outcome is Outcome.DONE]
        self._store(entry, done, state, loaded)
        changed = [(made.standing, id) for id, made in state.made.items() if id in there and made != there[id]]
        self._db.executemany("UPDATE transfer SET standing = ? WHERE id = ?", changed)
        return outcomes

    def _store(self, entry: int, done: Sequence[Transfer], state: State, loaded: Loaded) -> None:
        last = self._last_number()
        newest = {name: row.newest for name, row in loaded.items()}
        debited: defaultdict[tuple[int, int], int] = defaultdict(int)
        credited: defaultdict[tuple[int, int], int] = defaultdict(int)
        rows = []
        for number, one in enumerate(done, last + 1):
            debit, credit = loaded[one.debit].number, loaded[one.credit].number
            rows.append((
                number, one.id, debit, credit, one.amount, one.day, one.how, one.pending or None, one.expires,
                one.linked, one.code, state.made[one.id].standing, entry, newest[one.debit], newest[one.credit],
            ))  # fmt: skip
            newest[one.debit] = newest[one.credit] = number
            if one.how in POSTS:
                debited[debit, one.day] += one.amount
                credited[credit, one.day] += one.amount
        self._db.executemany(_INSERT, rows)
        self._add_days("debits", [(*key, total) for key, total in sorted(debited.items())])
        self._add_days("credits", [(*key, total) for key, total in sorted(credited.items())])
        self._write(
            {
                name: loaded[name]._replace(balance=state.balances[name], newest=newest[name])
                for one in done
                for name in (one.debit, one.credit)
            }
        )

    def _add_days(self, column: str, sums: Iterable[tuple[int, int, int]]) -> None:
        more = f"DO UPDATE SET {column} = {column} + excluded.{column}"
        values = "?, ?, ?, 0" if column == "debits" else "?, ?, 0, ?"
        self._db.executemany(f"INSERT INTO day VALUES ({values}) ON CONFLICT (account, day) {more}", sums)

    def _write(self, rows: Mapping[str, Row]) -> None:
        sets = ", ".join(f"{name.strip()} = ?" for name in _BALANCE.split(","))
        values = sorted((*row.balance, row.newest, row.number) for row in rows.values())
        self._db.executemany(f"UPDATE account SET {sets}, newest = ? WHERE number = ?", values)

    def _expire(self, today: int) -> None:
        due = "t.standing = 1 AND t.expires IS NOT NULL AND t.expires < ?"
        over = [_booked(row) for row in self._db.execute(f"{_NAMED} WHERE {due} ORDER BY t.number", (today,))]
        if not over:
            return
        loaded = self._accounts({name for one in over for name in (one.transfer.debit, one.transfer.credit)})
        balances = {name: row.balance for name, row in loaded.items()}
        expire((one.transfer for one in over), balances)
        self._write({name: row._replace(balance=balances[name]) for name, row in loaded.items()})
        self._db.executemany(
            "UPDATE transfer SET standing = ? WHERE number = ?", [(Standing.EXPIRED, one.number) for one in over]
        )

    def _last_number(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(number), 0) FROM transfer").fetchone()[0])

    def _accounts(self, names: Iterable[str]) -> Loaded:
        wanted = msgspec.json.encode(sorted(set(names))).decode()
        sql = f"SELECT {_ACCOUNT}, number, closed, newest, {_BALANCE} FROM account WHERE account IN "
        rows = self._db.execute(sql + "(SELECT value FROM json_each(?))", (wanted,))
        return {row[0]: Row(Account(*row[:6]), row[6], bool(row[7]), row[8], Balance(*row[9:])) for row in rows}

    def _made(self, ids: Iterable[bytes]) -> dict[bytes, Made]:
        wanted, found = sorted(ids), {}
        for begin in range(0, len(wanted), PARAMETERS_MAX):
            part = wanted[begin : begin + PARAMETERS_MAX]
            for row in self._db.execute(f"{_NAMED} WHERE t.id IN ({', '.join('?' * len(part))})", part):
                booked = _booked(row)
                found[booked.transfer.id] = Made(booked.transfer, booked.standing)
        return found

    def _meta(self, name: str) -> int:
        found = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return int(found[0]) if found else 0

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def account(self, account: str) -> Account | None:
        with self._lock, translated(self._path):
            found = self._accounts([account]).get(account)
        return found.account if found else None

    def accounts(self, holder: str = "") -> list[Account]:
        where, values = (" WHERE holder = ?", (holder,)) if holder else ("", ())
        with self._lock, translated(self._path):
            rows = self._db.execute(f"SELECT {_ACCOUNT} FROM account{where} ORDER BY account", values).fetchall()
        return [Account(*row) for row in rows]

    def balance(self, account: str) -> Balance:
        with self._lock, translated(self._path):
            return self._row(account).balance

    def balance_on(self, account: str, day: int) -> Balance:
        sql = "SELECT coalesce(sum(debits), 0), coalesce(sum(credits), 0) FROM day WHERE account = ? AND day <= ?"
        with self._lock, translated(self._path):
            return Balance(*self._db.execute(sql, (self._row(account).number, day)).fetchone())

    def transfer(self, id: bytes) -> Booked | None:
        with self._lock, translated(self._path):
            found = self._db.execute(f"{_NAMED} WHERE t.id = ?", (id,)).fetchone()
        return _booked(found) if found else None

    def statement(self, account: str, first: int, last: int) -> list[Booked]:
        with self._lock, translated(self._path):
            asked = {"account": self._row(account).number, "first": first, "last": last}
            booked = [_booked(row) for row in self._db.execute(_HISTORY, asked)]
        return [one for one in booked if one.transfer.how in POSTS]

    def entries(self) -> int:
        with self._lock, translated(self._path):
            return int(self._db.execute("SELECT coalesce(max(entry), -1) FROM taken").fetchone()[0])

    def _row(self, account: str) -> Row:
        found = self._accounts([account]).get(account)
        if found is None:
            raise NotFound("account", account)
        return found

    def shut(self) -> None:
        with self._lock:
            self._db.close()


def _booked(row: Sequence[Any]) -> Booked:
    number, id, _, _, amount, day, how, pending, expires, linked, code, standing, entry, debit, credit = row
    one = Transfer(id, debit, credit, amount, day, How(how), pending or b"", expires, bool(linked), code)
    return Booked(number, one, Standing(standing), entry)
