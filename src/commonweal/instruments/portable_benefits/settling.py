"""What the bank did with each payment, on the ledger: reserved when its file goes out, then settled or voided, once.

Each attempt is a reservation of its own. Where a bank says of a payment that went out again that it took both, the
second is a receivable. What is to come back and was sent back by the bank has come back by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.kernel.accounts import REJECTED, TAKEN, How, Transfer
from commonweal.kernel.instrument import Act, Entry, Row, Table, Tables

from .banking import BANK, gone, payment_id
from .booking import Refused, bank_account, booked, owing_account, payable_account
from .owing import AFTER_DEATH, NOT_DEAD, OWED, open_of, owes
from .programmes import Programme, newest
from .tables import MOVE, OWING, TWICE, came_back, leaves

SENT, SETTLED, VOIDED, RETURNED = "sent", "settled", "voided", "returned"
OUT = Table(
    "portable_benefits_out",
    columns={
        "id": "text", "payment": "text", "programme": "text", "move": "integer", "cents": "integer", "state": "text",
    },
    key=("id",),
    indexes=(("payment",), ("programme",)),
)  # fmt: skip
"""Each attempt of a payment: `sent` while it is reserved, `settled`, `voided`, or `refused` where the ledger reserved
nothing; `twice` where the bank took it and had taken another attempt."""
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
        tables.put(OUT, {**told, "cents": leaves(move), "state": SENT})
        transfers.append(_transfer(entry, found[0], id, leaves(move), SENT, how=How.PEND))
    yield from booked(entry, found[0], transfers, None, tables)


def _transfer(entry: Entry, programme: Programme, id: str, cents: int, code: str, **how: Any) -> Transfer:
    sides = payable_account(programme), bank_account(programme)
    return Transfer(id, *sides, cents, entry.time.date().toordinal(), code=code, **how)


def said(entry: Entry, tables: Tables) -> Iterator[Act]:
    """The bank answered: what it decided anew is settled or voided."""
    about = {"message": entry.body["file_id"]}
    before = {row["id"]: row["state"] for row in tables.select(BANK.sent, about)}
    BANK.keep(entry, tables)
    found = newest(tables, str(entry.body["programme"]))
    if found is None:
        return
    moves, people = list[Transfer](), list[str]()
    for row in tables.select(BANK.sent, about, order=("id",)):
        out = tables.get(OUT, row["id"])
        if out is None or row["state"] == before[row["id"]]:
            continue
        move = tables.get(MOVE, out["move"])
        if move is not None and row["state"] == TAKEN:
            theirs = list(_taken(entry, found[0], out, move, tables))
        elif move is not None and row["state"] == REJECTED:
            theirs = list(_sent_back(entry, found[0], out, move, tables))
        else:
            continue
        moves += theirs
        people += [str(move["member"]) if one.code in (OWED, RETURNED) else "" for one in theirs]
    yield from booked(entry, found[0], moves, people, tables)


def _taken(entry: Entry, programme: Programme, out: Row, move: Row, tables: Tables) -> Iterator[Transfer]:
    reserved = out["state"] == SENT
    if tables.select(OUT, {"payment": out["payment"], "state": SETTLED}, limit=1):
        tables.put(OUT, {**out, "state": "twice"})
        if reserved:
            yield _transfer(entry, programme, f"{out['id']}/back", 0, VOIDED, how=How.VOID, pending=out["id"])
        before = tables.get(OWING, move["entry"], TWICE)
        want = (before["cents"] if before else 0) + out["cents"]
        yield from (one.transfer for one in owes(entry, move, TWICE, want, tables))
        return
    tables.put(OUT, {**out, "state": SETTLED})
    if reserved:
        yield _transfer(
            entry, programme, f"{out['id']}/taken", out["cents"], SETTLED, how=How.SETTLE, pending=out["id"]
        )
    else:  # the bank said otherwise before, and the reservation was voided
        yield _transfer(entry, programme, f"{out['id']}/taken", out["cents"], SETTLED)


def _sent_back(entry: Entry, programme: Programme, out: Row, move: Row, tables: Tables) -> Iterator[Transfer]:
    if out["state"] == SENT:
        tables.put(OUT, {**out, "state": VOIDED})
        yield _transfer(entry, programme, f"{out['id']}/back", 0, VOIDED, how=How.VOID, pending=out["id"])
    for why in (AFTER_DEATH, NOT_DEAD):
        row = tables.get(OWING, move["entry"], why)
        if row is not None and (cents := min(open_of(row), out["cents"])) > 0:
            came_back(tables, move["entry"], why, cents, cents)
            day = entry.time.date().toordinal()
            sides = payable_account(programme), owing_account(programme, move["member"])
            yield Transfer(f"benefits.{entry.index}.{why}.{move['entry']}", *sides, cents, day, code=RETURNED)


def not_done(one: Refused, tables: Tables) -> None:
    """Take back what the ledger refused of what the bank did."""
    move = one.transfer
    if move.code == RETURNED:
        _, _, why, payment = move.id.split(".")
        came_back(tables, int(payment), why, -move.amount, -move.amount)
    elif (row := tables.get(OUT, move.id if move.code == SENT else move.id.rpartition("/")[0])) is not None:
        if move.code == SENT:
            tables.put(OUT, {**row, "state": "refused"})
            BANK.hold(tables, row["id"], one.outcome)
        else:
            tables.put(OUT, {**row, "state": SENT if move.pending else VOIDED})
