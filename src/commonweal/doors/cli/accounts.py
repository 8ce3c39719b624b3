"""`weal account`: accounts of the ledger, transfers between them, statements, and whether it all adds up."""

from __future__ import annotations

import csv as csv_files
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from cyclopts import App

from commonweal import listing_files
from commonweal.authority import Authority
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, Booked, How, Outcome, Transfer
from commonweal.kernel.instrument import Column, Text
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Conflict, Fault, FaultCollector, TooLarge
from commonweal.upkeep import ledger_differences

from .bank import bank_answer, bank_file, bank_never_left, bank_taken_back
from .moments import Day
from .out import as_csv, as_json, err, out, table, target
from .samples import check_sample

FILE_BYTES_MAX = 256 << 20
FAULTS_MAX = 50
DIFFERENCES_MAX = 1_000
_OPENS = ("account", "unit", "side", "floor", "ceiling")
_LINE = ("day", "transfer", "other", "amount", "balance", "entry")
_MOVES = ("id", "debit", "credit", "amount", "day", "how", "pending", "expires", "linked", "code")
_WHOLE = ("number", "id", "debit", "credit", "unit", *_MOVES[3:], "standing", "entry")


def add_to(app: App) -> None:
    group = App(name="account", help="The ledger: accounts, transfers between them, statements.")
    group.command(listed, name="list")
    group.command(opened, name="open")
    group.command(transferred, name="transfer")
    group.command(statement)
    group.command(closed, name="close")
    group.command(reconcile)
    group.command(journal)
    group.command(bank_file)
    group.command(bank_answer)
    group.command(bank_taken_back)
    group.command(bank_never_left)
    group.command(check_sample)
    app.command(group)


def listed(folder: Path, prefix: str = "", /, *, on: Day = "", json: bool = False, csv: bool = False) -> None:
    """Accounts and their balances, now or at the end of a day.

    Args:
        folder: The authority's folder.
        prefix: Only accounts whose names begin so, e.g. benefits.member.
        on: What was posted up to this day, e.g. 2026-03-31; without it, now, with what is reserved.
        json: Answer in JSON, for programs.
        csv: Answer as CSV.
    """
    day = date.fromisoformat(on).toordinal() if on else None
    with Authority.open(folder) as authority:
        authority.follow()
        today = authority.clock.now().date().toordinal()
        rows = []
        for one in accounts.kept(authority.reader, prefix, day=day, today=today):
            account, now = one.account, one.balance
            told = {"debits": now.debits, "credits": now.credits, "balance": now.on(account.side)}
            if day is None:
                told |= {"debits_pending": now.debits_pending, "credits_pending": now.credits_pending}
            written = {name: accounts.written(amount, account.unit) for name, amount in told.items()}
            rows.append({"account": account.account, "unit": account.unit, **written})
        through = accounts.closed_through(authority.reader)
    _answer("Accounts", rows, json=json, csv=csv)
    if through:
        err(f"All days up to {date.fromordinal(through).isoformat()} are closed.")


def opened(folder: Path, source: Path, /, *, of: str) -> int:
    """Open accounts, or give them other bounds, from a CSV file with the columns account, unit, side, floor, ceiling;
    refuses (1) where one of it could not be done.

    Args:
        folder: The authority's folder.
        source: The CSV file. side is credit (what is owed; the usual) or debit (what is owned).
        of: What they are for, e.g. benefits.
    """
    faults = FaultCollector(source.name)
    found = [_account(row, at, faults) for at, row in _rows(source, _OPENS, ("account", "unit"))]
    faults.done()
    with Authority.open(folder) as authority:
        authority.follow()
        asked = [one for one in found if one is not None]
        there = {one.account: one for one in accounts.accounts(authority.reader)}
        other = [one for one in asked if one.account in there and _bounds(one) != _bounds(there[one.account])]
        fresh = [one for one in asked if one.account not in there]
        wrong = [one for one in asked if one.account in there and one[1:3] != there[one.account][1:3]]
        faults.extend(
            Fault(
                one.account, f"{one.unit}, {one.side}", f"{kept.unit}, {kept.side}: an account keeps its unit and side"
            )
            for one in wrong
            for kept in (there[one.account],)
        )
        faults.done()
        acts = [*accounts.opening(of, fresh), *accounts.bounding(of, other, uuid4().hex)]
        receipts = authority.act_all(acts) if acts else []
        authority.follow()
        not_done = _say_otherwise(authority, [receipt.index for receipt in receipts])
    bounded = len(other) - not_done
    same = len(asked) - len(fresh) - len(other)
    out(f"{len(fresh)} accounts opened, {bounded} given other bounds, {same} as they were.")
    if not_done:
        err(f"{not_done} accounts keep the bounds that they had: what they hold would be outside.")
    return 1 if not_done else 0


def _bounds(one: Account) -> tuple[int | None, int | None]:
    return one.floor, one.ceiling


def transferred(folder: Path, source: Path, /, *, of: str, remark: str = "") -> int:
    """Record a batch of transfers from a CSV file; refuses (1) where one of them is not made.

    What was made before is not made again, whatever file it comes in; what was refused then is tried again.

    Args:
        folder: The authority's folder.
        source: The CSV file, with the columns id, debit, credit, amount and day; also how (post, pend, settle, void),
            pending, expires, linked and code where they are used. Amounts are in the accounts' unit: 12.34.
        of: What they are for, e.g. benefits.
        remark: Words about the batch, for whoever may read it.
    """
    rows = list(_rows(source, _MOVES, _MOVES[:5]))
    with Authority.open(folder) as authority:
        authority.follow()
        units = {one.account: one.unit for one in accounts.accounts(authority.reader)}
        faults = FaultCollector(source.name)
        found = [_transfer(row, at, units, faults) for at, row in rows]
        faults.done()
        wanted = [one for one in found if one is not None]
        act = accounts.transfers_act(of, wanted, remark, attempt=uuid4().hex)
        _check(act, source.name, [at for at, _ in rows], authority.clock.now())
        there = accounts.made(authority.reader, [one.id for one in wanted])
        if all(there.get(one.id) == one for one in wanted):
            out(f"All {len(wanted)} transfers were made before: nothing is recorded again.")
            return 0
        receipt = authority.act(act)
        authority.follow()
        step = accounts.caused(authority.reader, receipt.index)
        assert step is not None, "it was followed a moment ago"
        same = len(step["otherwise"].get(Outcome.SAME, ()))
        before = f", {same} were made before" if same else ""
        out(f"Entry {receipt.index}: {step['done']} of {step['transfers']} transfers made{before}.")
        if not_made := _say_otherwise(authority, [receipt.index]):
            err(
                f"{not_made} of {step['transfers']} transfers were not made. Once what stood in the way is mended, the "
                "same file can be sent again: what is made already is not made twice."
            )
        return 1 if not_made else 0


def statement(
    folder: Path, account: str, /, *, since: Day = "", until: Day = "", json: bool = False, csv: bool = False
) -> None:
    """What was posted on an account, with the balance before and after.

    Args:
        folder: The authority's folder.
        account: The account, e.g. benefits.fund.
        since: Only for this day and later.
        until: Only for this day and earlier.
        json: Answer in JSON, for programs.
        csv: Answer as CSV.
    """
    first = date.fromisoformat(since).toordinal() if since else 1
    last = date.fromisoformat(until).toordinal() if until else date.max.toordinal() - 1
    with Authority.open(folder) as authority:
        authority.follow()
        before = accounts.balance_on(authority.reader, account, first - 1)
        one = accounts.account(authority.reader, account)
        assert one is not None, "it has a balance"
        balance = before.on(one.side)
        unit = one.unit
        rows = [{**dict.fromkeys(_LINE, ""), "other": "(before)", "balance": accounts.written(balance, unit)}]
        for booked in accounts.statement(authority.reader, account, first, last):
            moved = _moved(booked, one)
            balance += moved
            transfer = booked.transfer
            other = transfer.credit if transfer.debit == account else transfer.debit
            told = (date.fromordinal(transfer.day).isoformat(), transfer.id, other, accounts.written(moved, unit))
            rows.append(dict(zip(_LINE, (*told, accounts.written(balance, unit), str(booked.entry)), strict=True)))
    _answer(f"Statement of {account}, in {one.unit}", rows, json=json, csv=csv)


def closed(folder: Path, accounts_: list[str] | None = None, /, *, of: str = "", through: Day = "") -> None:
    """Close accounts to new transfers, or all days up to one.

    Args:
        folder: The authority's folder.
        accounts_: The accounts.
        of: What they are for, e.g. benefits.
        through: Instead of accounts: the last day of the period that is closed.
    """
    if bool(accounts_) == bool(through):
        raise BadInput(Fault("ACCOUNT", "(none)" if not accounts_ else "with --through", "accounts, or --through DAY"))
    if accounts_ and not of:
        raise BadInput(Fault("--of", "(absent)", "what the accounts are for, e.g. benefits", "missing"))
    with Authority.open(folder) as authority:
        authority.follow()
        faults = FaultCollector("accounts")
        for name in accounts_ or ():
            if accounts.account(authority.reader, name) is None:
                faults.add("ACCOUNT", name, "an account that is open (weal account list)")
        faults.done()
        if through:
            act = Act(accounts.PERIOD.id, {"through": through}, "")
        else:
            act = Act(accounts.CLOSED.id, {"of": of, "accounts": list(accounts_ or ())}, "")
        receipt = authority.act(act)
        authority.follow()
        out(f"Entry {receipt.index}: closed.")
        _say_otherwise(authority, [receipt.index])


def reconcile(folder: Path, /, *, json: bool = False) -> None:
    """Add every transfer up anew, lay the ledger out again beside from the entries, hold it against what statements of
    each instrument say, and name every value that differs; refuses (1) where one does.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        found = list(islice(accounts.reconciled(authority.reader), DIFFERENCES_MAX))
        said = {one.what for one in found}
        different = (one for one in ledger_differences(authority) if one.what not in said)
        beside = list(islice(different, DIFFERENCES_MAX - len(found)))
        said_otherwise = list(islice(_said_otherwise(authority), DIFFERENCES_MAX))
        many = len(accounts.accounts(authority.reader))
    if json:
        differences = [one._asdict() for one in (*found, *beside)]
        as_json({"accounts": many, "differences": differences, "books": [one._asdict() for one in said_otherwise]})
    else:
        for one in found:
            out(f"{one.what}: {one.stored} is kept, the transfers give {one.counted}")
        for one in beside:
            out(f"{one.what}: {one.stored} is kept, the entries give {one.counted}")
        for one in said_otherwise:
            out(f"{one.what}: {one.stored} is on the ledger, statements say {one.counted}")
        differ = len(found) + len(beside) + len(said_otherwise)
        told = f"{differ} differences" if differ else "all adds up, as the entries give it"
        out(f"{many} accounts: {told}.")
    if found or beside:
        raise Conflict("the ledger's tables are not what the entries give: weal rebuild lays them out again")
    if said_otherwise:
        raise Conflict("statements do not say what the ledger holds: a transfer was filed by hand, or one is missing")


def _said_otherwise(authority: Authority) -> Iterator[accounts.Difference]:
    """Where the ledger does not hold what an instrument's own books say."""
    for item in authority.instruments.values():
        if item.books is not None:
            yield from accounts.apart(authority.reader, item.books)


def journal(folder: Path, target_: Path, /) -> None:
    """Write the whole ledger: as a Beancount journal with every balance asserted at its end, or as CSV.

    Args:
        folder: The authority's folder.
        target_: The file to write. One that ends in .csv becomes a line for every transfer, with what became of it and
            the entry that caused it; any other a Beancount journal, e.g. ledger.beancount.
    """
    with Authority.open(folder) as authority, target(target_) as put:
        authority.follow()
        if target_.suffix == ".csv":
            put(listing_files.as_csv(_columns(_WHOLE), _whole_rows(authority)))
        else:
            put("".join(f"{line}\n" for line in accounts.beancount(authority.reader)))
    err(f"Written into {target_}.")


def _whole_rows(authority: Authority) -> list[dict[str, Any]]:
    units = {one.account: one.unit for one in accounts.accounts(authority.reader)}
    rows = []
    for number, transfer, standing, entry in accounts.everything(authority.reader):
        told = {
            **transfer._asdict(),
            "unit": units[transfer.debit],
            "amount": accounts.written(transfer.amount, units[transfer.debit]),
            "day": date.fromordinal(transfer.day).isoformat(),
            "how": transfer.how.name.lower(),
            "expires": date.fromordinal(transfer.expires).isoformat() if transfer.expires else "",
            "linked": "yes" if transfer.linked else "",
        }
        rows.append({**told, "number": number, "standing": standing.name.lower(), "entry": entry})
    return rows


def _moved(booked: Booked, one: Account) -> int:
    grows = (booked.transfer.credit if one.side == "credit" else booked.transfer.debit) == one.account
    return booked.transfer.amount if grows else -booked.transfer.amount


def _answer(title: str, rows: list[dict[str, Any]], *, json: bool, csv: bool) -> None:
    if json:
        as_json(rows)
        return
    names = list(rows[0]) if rows else ["account"]
    if csv:
        as_csv(_columns(names), rows)
        return
    cells = (["" if row[name] is None else row[name] for name in names] for row in rows)
    table(title, names, cells)


def _columns(names: Iterable[str]) -> list[Column]:
    return [Column(name, Text(en=name, zh=name)) for name in names]


def _say_otherwise(authority: Authority, entries: Iterable[int]) -> int:
    """Say of each row that was not done why; gives how many there are."""
    many = 0
    for entry in entries:
        step = accounts.caused(authority.reader, entry)
        for outcome, places in (step["otherwise"] if step else {}).items():
            if outcome == "unreadable":
                err(f"unreadable: {places}")
                many += int(step["transfers"]) if step else 0
                continue
            rows = ", ".join(str(at + 1) for at in places[:20]) + (", …" if len(places) > 20 else "")
            err(f"{outcome.replace('_', ' ')}: row {rows} ({len(places)}): {_WORDS[Outcome(outcome)]}")
            many += len(places) if outcome != Outcome.SAME else 0
    return many


_WORDS = {
    Outcome.SAME: "made before, and not again",
    Outcome.LINKED: "another one that it is linked with was not made",
    Outcome.ID_TAKEN: "another transfer has this id",
    Outcome.NO_AMOUNT: "an amount above nothing, and no more than one transfer may move",
    Outcome.ONE_ACCOUNT: "both sides are one account",
    Outcome.NO_ACCOUNT: "there is no such account",
    Outcome.UNITS: "the accounts are in different units",
    Outcome.BOUNDS: "the account is there with other bounds",
    Outcome.CLOSED: "an account is closed",
    Outcome.PERIOD: "its day is in a period that is closed",
    Outcome.AHEAD: "its day is not yet",
    Outcome.BEFORE: "its day is before that of the reservation",
    Outcome.FLOOR: "an account would hold less than its floor",
    Outcome.CEILING: "an account would hold more than its ceiling",
    Outcome.TOO_MUCH: "more than was reserved, or than an account can add up to",
    Outcome.NOT_PENDING: "nothing is reserved under the id that it names",
    Outcome.SETTLED: "what it names was settled before",
    Outcome.VOIDED: "what it names was released before",
    Outcome.EXPIRED: "the last day of the reservation is over",
    Outcome.ACCOUNTS_DIFFER: "its accounts are not those of the reservation",
}


def _rows(source: Path, known: Iterable[str], needed: Iterable[str]) -> Iterable[tuple[int, Mapping[str, str]]]:
    """The rows of a CSV file with the line each stands on. Raises `BadInput` for columns that are no such."""
    if source.stat().st_size > FILE_BYTES_MAX:
        raise TooLarge(Fault(source.name, f"{source.stat().st_size} bytes", f"at most {FILE_BYTES_MAX}", "too_large"))
    try:
        reader = csv_files.DictReader(io.StringIO(source.read_text("utf-8-sig")), restkey="(further)", restval="")
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv_files.Error) as error:
        raise BadInput(Fault(source.name, str(error), "a CSV file in UTF-8", "csv")) from error
    heads = set(reader.fieldnames or ())
    wrong = [Fault(name, "(absent)", "a column of this name", "missing") for name in needed if name not in heads]
    wrong += [Fault(name, name, f"one of {', '.join(known)}", "unknown_column") for name in sorted(heads - set(known))]
    wrong += [Fault(f"row {at}", "more cells than columns", "as many", "csv") for at, row in rows if "(further)" in row]
    if wrong:
        raise BadInput(wrong[:FAULTS_MAX], source.name)
    return rows


def _check(act: Act, name: str, lines: Sequence[int], now: datetime) -> None:
    """Raises `BadInput` naming the lines of the file in which something cannot be."""
    try:
        accounts.check_filing(act, now)
    except BadInput as error:

        def of_line(where: str) -> str:
            return re.sub(r"^row (\d+)", lambda found: f"row {lines[int(found[1]) - 1]}", where)

        raise BadInput([replace(fault, where=of_line(fault.where)) for fault in error.faults], name) from error


def _account(row: Mapping[str, str], at: int, faults: FaultCollector) -> Account | None:
    unit, bounds = row["unit"], {}
    for name in ("floor", "ceiling"):
        if text := row.get(name):
            try:
                bounds[name] = accounts.amount_of(text, unit)
            except ValueError as error:
                faults.add(f"row {at}, {name}", text, str(error))
    if len(bounds) > 1 and bounds["floor"] > bounds["ceiling"]:
        faults.add(f"row {at}, floor", row["floor"], f"at most the ceiling, {row['ceiling']}")
        bounds = {}
    one = Account(row["account"], unit, row.get("side") or "credit", **bounds)  # type: ignore[arg-type]
    for fault in accounts.faults_of_account(one):
        faults.add(f"row {at}, {fault.where}", fault.seen, fault.want, fault.code)
    return one


def _transfer(row: Mapping[str, str], at: int, units: Mapping[str, str], faults: FaultCollector) -> Transfer | None:
    before = faults.count
    unit = units.get(row["debit"]) or units.get(row["credit"])
    for side in ("debit", "credit"):
        if row[side] not in units:
            faults.add(f"row {at}, {side}", row[side], "an account that is open (weal account list)")
    how = {one.name.lower(): one for one in How}.get(row.get("how") or "post")
    if how is None:
        faults.add(f"row {at}, how", row["how"], "one of post, pend, settle, void")
    amount, days = 0, {}
    try:
        amount = accounts.amount_of(row["amount"], unit) if unit and (how is not How.VOID or row["amount"]) else 0
    except ValueError as error:
        faults.add(f"row {at}, amount", row["amount"], str(error))
    else:
        if amount <= 0 and unit and how is not How.VOID:
            faults.add(f"row {at}, amount", row["amount"], "more than nothing; the other way round, swap the accounts")
    for name in ("day", "expires"):
        if text := row.get(name) or ("" if name == "expires" else "(absent)"):
            try:
                days[name] = date.fromisoformat(text).toordinal()
            except ValueError:
                faults.add(f"row {at}, {name}", text, "a day such as 2026-03-31")
    linked = (row.get("linked") or "").lower()
    if linked not in ("", "true", "false", "yes", "no", "1", "0"):
        faults.add(f"row {at}, linked", linked, "yes where it stands or falls with the next, else no")
    if faults.count > before or how is None:
        return None
    return Transfer(
        row["id"], row["debit"], row["credit"], amount, days["day"], how, row.get("pending") or "", days.get("expires"),
        linked in ("true", "yes", "1"), row.get("code") or "",
    )  # fmt: skip
