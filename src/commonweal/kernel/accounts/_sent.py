"""Where payments stand at a bank, as it is laid out: the tables of an instrument's bank, and what can be asked of them
without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from commonweal.kernel.record.tables import Column, Reader, Row, Table

from ._answers import REFUSED, REJECTED, RETURNED, TAKEN, WAITS

SENT, UNSENT, HELD = "sent", "unsent", "held"
SENT_BACK = (REFUSED, REJECTED, RETURNED)
"""How a payment stands of which a bank says that it was not made, or came back: it can go out again."""
FINALITY: Mapping[str, int] = {
    SENT: 0, UNSENT: 1, WAITS: 2, HELD: 3, REFUSED: 4, REJECTED: 5, TAKEN: 6, RETURNED: 7,
}  # fmt: skip


class BankTables(NamedTuple):
    """Each payment in a file: where it stands since which entry (`said`) and why, for what reason the bank rejected it
    `also`, how many cents it `kept` of what it gave back, and what of its movements is `odd`. And the files that were
    made, by the id that the bank answers to and by whom."""

    sent: Table
    files: Table


def bank_tables(instrument: str) -> BankTables:
    """The tables of an instrument's bank."""
    columns: dict[str, Column] = dict.fromkeys(("id", "message", "payment", "state", "reason", "also", "odd"), "text")
    columns |= dict.fromkeys(("attempt", "cents", "said", "kept"), "integer")
    of: dict[str, Column] = dict.fromkeys(("message", "programme", "by"), "text")
    of |= {"entry": "integer", "body": "json"}
    return BankTables(
        Table(f"{instrument}_sent", columns, ("id",), (("message",), ("payment",))),
        Table(f"{instrument}_message", of, ("message",), (("programme",),)),
    )


def sent_back(reader: Reader, sent: Table, body: Mapping[str, Any]) -> list[str]:
    """The payments (ids) of which an answer says anew that they were not made or came back, or that more was kept of
    what came: what it says of others sends no money out again."""
    found = list[str]()
    for one in body.get("bank_said", ()):
        row = reader.get(sent, one["id"])
        if row is None or one["state"] not in SENT_BACK:
            continue
        if FINALITY[one["state"]] > FINALITY[row["state"]] or one.get("kept", 0) > row["kept"]:
            found.append(str(one["id"]))
    return found


def attempts(reader: Reader, sent: Table, ids: Sequence[str]) -> list[Row]:
    """The attempts that came before these, of the same payments, in the order of their ids."""
    bases = sorted({base for id in ids for base in (id, id.rpartition("/")[0])})
    rows = reader.select(sent, {"payment": ("in", bases)}, order=("payment", "attempt")) if bases else []
    return [row for row in rows if row["id"] not in ids]


def of_files(reader: Reader, sent: Table, messages: Iterable[str]) -> list[Row]:
    """The payments in some files."""
    return reader.select(sent, {"message": ("in", sorted(messages))}, order=("id",))
