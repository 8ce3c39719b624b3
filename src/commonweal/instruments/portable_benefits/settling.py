"""What the bank did with each payment, on the ledger: reserved when its file goes out, then settled or voided, once.

Each attempt is a reservation of its own; one of a file that never left is voided too. What was settled and came back is
at the bank again, and to be paid again; what the bank kept of it is a cost of the office (`….fees`). Where a bank says
of a payment that went out again that it took both, the second is a receivable, and either of the two that comes back
settles that. What two people took back of what was said is booked the other way: nothing that stands is rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from commonweal.kernel.accounts import AT_THE_BANK, TAKEN, How, Transfer
from commonweal.kernel.accounts import RETURNED as CAME_BACK
from commonweal.kernel.instrument import Act, Entry, Row, Table, Tables

from .banking import BANK, gone, payment_id
from .booking import Refused, bank_account, booked, fees_account, overdrawn, owing_account, payable_account, untold
from .owing import owes
from .programmes import Programme, newest
from .tables import MOVE, OWING, TWICE, came_back

SENT, SETTLED, VOIDED, GIVEN_BACK, DOUBLE, FEE = "sent", "settled", "voided", "given_back", "twice", "fee"
UNSETTLED, NO_FEE = "unsettled", "no_fee"
CODES = (SENT, SETTLED, VOIDED, GIVEN_BACK, FEE, UNSETTLED, NO_FEE)
"""Of the transfers by which the ledger follows the bank."""
OUT = Table(
    "portable_benefits_out",
    columns={
        "id": "text", "payment": "text", "programme": "text", "move": "integer", "cents": "integer", "state": "text",
        "fee": "integer", "anew": "integer",
    },
    key=("id",),
    indexes=(("payment",), ("programme",)),
)  # fmt: skip
"""Each attempt of a payment: `sent` while it is reserved, `settled`, `voided`, or `refused` where the ledger reserved
nothing; `twice` where the bank took it and had taken another attempt, `given_back` where that came back. `fee` is what
the bank kept of what came back; `anew` says that it was settled before, and is not by what is known now."""
TABLES = (OUT,)


def sent(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A file went out: what is in it is reserved."""
    BANK.keep(entry, tables)
    found = newest(tables, str(entry.body["programme"]))
    if found is None:
        return
    moves = {payment_id(row): row for row in gone(tables, found[0].id)}
    transfers = list[Transfer]()
    for id in entry.body["payment_ids"]:
        row = tables.get(BANK.sent, id)
        move = moves.get(row["payment"]) if row else None
        if row is None or move is None:
            continue
        told = {"id": id, "payment": row["payment"], "programme": found[0].id, "move": move["entry"]}
        tables.put(OUT, {**told, "cents": row["cents"], "state": SENT, "fee": 0, "anew": 0})
        transfers.append(_transfer(entry, found[0], id, row["cents"], SENT, how=How.PEND))
    yield from booked(entry, found[0], transfers, None, tables)


def _transfer(entry: Entry, programme: Programme, id: str, cents: int, code: str, **how: Any) -> Transfer:
    sides = payable_account(programme), bank_account(programme)
    return Transfer(id, *sides, cents, entry.day.toordinal(), code=code, **how)


def said(entry: Entry, tables: Tables) -> Iterator[Act]:
    """The bank answered, or a file never left: what is decided anew is settled, voided or given back."""
    about = {"message": entry.body["file_id"]}
    before = {row["id"]: (row["state"], row["kept"]) for row in tables.select(BANK.sent, about)}
    BANK.keep(entry, tables)
    found = newest(tables, str(entry.body["programme"]))
    if found is None:
        return
    moves, people = list[Transfer](), list[str]()
    between = {payable_account(found[0]), bank_account(found[0])}
    for row in tables.select(BANK.sent, about, order=("id",)):
        out = tables.get(OUT, row["id"])
        move = tables.get(MOVE, out["move"]) if out else None
        state, kept = before[row["id"]]
        if out is None or move is None:
            continue
        follows = _follows(state, row["state"]) if row["state"] != state else _nothing
        for one in follows(entry, found[0], out, move, tables):
            moves.append(one)
            people.append("" if {one.debit, one.credit} == between else str(move["member"]))
        for one in _costs(entry, found[0], row, row["kept"] - kept, tables):
            moves.append(one)
            people.append("")
    if any(one.code in (FEE, SETTLED) for one in moves):
        yield from overdrawn(entry, found[0], tables)
    yield from booked(entry, found[0], moves, people, tables)


_Follows = Callable[[Entry, Programme, Row, Row, Tables], Iterator[Transfer]]


def _follows(before: str, state: str) -> _Follows:
    if state == TAKEN:
        return _taken
    if state == CAME_BACK:
        return _given_back
    if before == TAKEN:
        return _not_taken
    return _nothing if state in AT_THE_BANK else _sent_back


def _nothing(*_: object) -> Iterator[Transfer]:
    yield from ()


def _taken(entry: Entry, programme: Programme, out: Row, move: Row, tables: Tables) -> Iterator[Transfer]:
    reserved, anew = out["state"] == SENT, out["anew"] or int(out["state"] == GIVEN_BACK)
    if tables.select(OUT, {"payment": out["payment"], "state": SETTLED}, limit=1):
        tables.put(OUT, {**out, "state": DOUBLE, "anew": anew})
        if reserved:
            yield _transfer(entry, programme, f"{out['id']}/back", 0, VOIDED, how=How.VOID, pending=out["id"])
        before = tables.get(OWING, move["entry"], TWICE)
        want = (before["cents"] if before else 0) + out["cents"]
        yield from (one.transfer for one in owes(entry, move, TWICE, want, tables))
        return
    tables.put(OUT, {**out, "state": SETTLED, "anew": anew})
    if reserved:
        yield _transfer(
            entry, programme, f"{out['id']}/taken", out["cents"], SETTLED, how=How.SETTLE, pending=out["id"]
        )
    else:  # the bank said otherwise before, and the reservation was voided
        yield _transfer(entry, programme, f"{out['id']}/taken{entry.index if anew else ''}", out["cents"], SETTLED)


def _not_taken(entry: Entry, programme: Programme, out: Row, move: Row, tables: Tables) -> Iterator[Transfer]:
    """That the bank had settled it two people took back. Of two payments it is the second, whichever of them it was."""
    if out["state"] not in (SETTLED, DOUBLE):
        return
    others = _others(out, tables)
    tables.put(OUT, {**out, "state": VOIDED, "anew": 1})
    if not others:
        sides, day = (bank_account(programme), payable_account(programme)), entry.day.toordinal()
        yield Transfer(f"{out['id']}/unsettled{entry.index}", *sides, out["cents"], day, code=UNSETTLED)
        return
    if out["state"] == SETTLED:
        tables.put(OUT, {**others[0], "state": SETTLED})
    before = tables.get(OWING, move["entry"], TWICE)
    want = (before["cents"] if before else 0) - out["cents"]
    yield from (one.transfer for one in owes(entry, move, TWICE, want, tables))


def _others(out: Row, tables: Tables) -> list[Row]:
    """The other attempts of a payment that the bank took."""
    stand = tables.select(OUT, {"payment": out["payment"], "state": ("in", (SETTLED, DOUBLE))}, order=("id",))
    return [row for row in stand if row["id"] != out["id"]]


def _sent_back(entry: Entry, programme: Programme, out: Row, move: Row, tables: Tables) -> Iterator[Transfer]:
    if out["state"] == SENT:
        tables.put(OUT, {**out, "state": VOIDED})
        yield _transfer(entry, programme, f"{out['id']}/back", 0, VOIDED, how=How.VOID, pending=out["id"])


def _given_back(entry: Entry, programme: Programme, out: Row, move: Row, tables: Tables) -> Iterator[Transfer]:
    """What the bank had paid came back. Of two payments it is the second, whichever of them it was."""
    if out["state"] not in (SETTLED, DOUBLE):
        if out["state"] == SENT:  # that it had settled it was not said here
            yield from _sent_back(entry, programme, out, move, tables)
        return
    others = _others(out, tables)
    tables.put(OUT, {**out, "state": GIVEN_BACK})
    into = payable_account(programme)
    if others:
        into = owing_account(programme, move["member"])
        came_back(tables, move["entry"], TWICE, out["cents"], out["cents"])
        if out["state"] == SETTLED:
            tables.put(OUT, {**others[0], "state": SETTLED})
    day = entry.day.toordinal()
    id = f"{out['id']}/returned{entry.index if out['anew'] else ''}"
    yield Transfer(id, bank_account(programme), into, out["cents"], day, code=GIVEN_BACK)


def _costs(entry: Entry, programme: Programme, row: Row, cents: int, tables: Tables) -> Iterator[Transfer]:
    """What the bank kept of what it gave back is the office's to bear: the payment is due whole. Below zero: that it
    kept none after all."""
    out = tables.get(OUT, row["id"])
    if out is None or not cents:
        return
    tables.put(OUT, {**out, "fee": out["fee"] + cents})
    fees, bank, day = fees_account(programme), bank_account(programme), entry.day.toordinal()
    (debit, credit), code = ((fees, bank), FEE) if cents > 0 else ((bank, fees), NO_FEE)
    yield Transfer(f"{row['id']}/{code}{entry.index}", debit, credit, abs(cents), day, code=code)


def not_done(one: Refused, tables: Tables) -> None:
    """Take back what the ledger refused of what the bank did."""
    move = one.transfer
    if (row := tables.get(OUT, move.id if move.code == SENT else move.id.rpartition("/")[0])) is not None:
        if move.code == SENT:
            tables.put(OUT, {**row, "state": "refused"})
            BANK.hold(tables, row["id"], one.outcome)
        elif move.code in (FEE, NO_FEE):
            more = move.amount if move.code == FEE else -move.amount
            tables.put(OUT, {**row, "fee": row["fee"] - more})
        elif move.code == UNSETTLED:
            tables.put(OUT, {**row, "state": SETTLED})
        elif move.code != GIVEN_BACK:
            tables.put(OUT, {**row, "state": SENT if move.pending else VOIDED})
        elif tables.select(OUT, {"payment": row["payment"], "state": SETTLED}, limit=1):
            tables.put(OUT, {**row, "state": DOUBLE})
            came_back(tables, row["move"], TWICE, -move.amount, -move.amount)
            _untold(move, row["move"], tables)
        else:
            tables.put(OUT, {**row, "state": SETTLED})


def _untold(one: Transfer, payment: int, tables: Tables) -> None:
    row = tables.get(MOVE, payment)
    if row is not None:
        untold(tables, one, str(row["member"]))
