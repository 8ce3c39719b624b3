"""A receipt that was none is taken back, or is another payer's: nothing that was taken out on it is lost.

A payment was booked to the wrong payer or with two noughts too many, a cheque or direct debit bounced. The movement
stands no more, what a payer owed it owes again, and the bank has what really came. Whoever took money out on it owes
that (`covering`), until the payer pays or it comes back; a repayment that was none is owed again. The bank's reference
is free to be booked anew. Where the ledger does not make it, the receipt stands as before.
"""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel.accounts import Transfer
from commonweal.kernel.instrument import Act, Entry, Fault, Reader, Row, Tables, Text

from . import owing
from .booking import bank_account, booked, other_account, overdrawn, payer_account, untold
from .confiding import PAYS
from .programmes import Programme, newest
from .tables import COMES, MOVE, Withheld

BACK = "back"
"""What the id of the transfer says by which a receipt is taken back: `benefits.<entry>.back.<receipt>`."""


def taken_back(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A receipt stands no more; or, where the entry names another `payer`, it is that one's."""
    row = tables.get(MOVE, int(entry.body["receipt"]))
    found = newest(tables, row["programme"]) if row else None
    if row is None or found is None or not _stands(row):
        return
    programme, to = found[0], str(entry.body.get("payer") or "")
    if to:
        tables.put(MOVE, {**row, "entry": entry.index, "payer": to, "body": {**row["body"], "payer": to}})
    tables.put(MOVE, {**row, "done": 0, "body": {**row["body"], "taken_back": entry.index}})
    owing.set_against(entry, programme, _of(row), -1, tables)
    if not to:
        yield from overdrawn(entry, programme, tables)
    other = payer_account(programme, to) if to else bank_account(programme)
    id, day = f"benefits.{entry.index}.{BACK}.{row['entry']}", entry.day.toordinal()
    one = Transfer(id, other_account(programme, row), other, row["cents"], day, code=row["what"])
    yield from booked(entry, programme, [one], [str(row["member"])], tables)


def not_taken_back(entry: Entry, one: Transfer, tables: Tables) -> None:
    """What the ledger refused of it: the receipt stands as before."""
    _, by, _, receipt = one.id.split(".")
    row, moved = tables.get(MOVE, int(receipt)), tables.get(MOVE, int(by))
    found = newest(tables, row["programme"]) if row else None
    if row is None or found is None or row["body"].get("taken_back") != int(by):
        return
    tables.put(MOVE, {**row, "done": 1, "body": {name: at for name, at in row["body"].items() if name != "taken_back"}})
    if moved is not None:
        tables.put(MOVE, {**moved, "done": 0})
    owing.set_against(entry, found[0], _of(row), 1, tables)
    untold(tables, one, str(row["member"]))


def is_of_one(one: Transfer) -> bool:
    """Whether by a transfer a receipt is taken back."""
    return one.id.split(".")[2:3] == [BACK]


def _stands(row: Row) -> bool:
    return bool(row["done"]) and row["what"] in COMES


def _of(row: Row) -> list[Withheld]:
    return [Withheld(*one) for one in row["body"].get("of") or ()]


def check(programme: Programme, receipt: int, to: str, reader: Reader) -> Iterator[Fault]:
    """Only a receipt of this programme that stands; and only a payer's payment is another payer's."""
    row = reader.get(MOVE, receipt)
    if row is None or row["what"] not in COMES or row["programme"] != programme.id:
        want = (
            "the entry by which money came to this programme: of a payer, from another scheme, paid back or made good"
        )
        told = Text(en=f"{receipt} – {want}", zh=f"{receipt}——须为本方案一笔到账的条目：缴费方付款、转入、收回或补足")
        yield Fault("receipt", str(receipt), want, "reference", told)
    elif not row["done"]:
        by = row["body"].get("taken_back")
        want = f"a receipt that stands: this one was taken back by entry {by}" if by else "a receipt that stands"
        told = Text(en=f"{receipt} – {want}", zh=f"{receipt}——该笔到账现已无效" + (f"（条目 {by}）" if by else ""))
        yield Fault("receipt", str(receipt), want, "duplicate", told)
    elif to and (row["what"] != PAYS or row["payer"] == to):
        want = "another payer than the one that it was booked to; only a payer's payment is another payer's"
        told = Text(en=f"{to} – {want}", zh=f"{to}——须为另一缴费方；且仅缴费方的付款可以改记")
        yield Fault("payer", to.partition(":")[2], want, "payer", told)
