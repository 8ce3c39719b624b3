"""What leaves the fund by its bank: withdrawals and what a pool pays, each to the account that whoever gets it named.

The ledger books what is taken out when it is decided, as what the fund owes; a file carries it to the bank, whose
answer settles it (`settling`). Where no account is on file it waits, and where the bank sends it back it goes out again
once another account is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel.accounts import Bank, Outgoing, Paying
from commonweal.kernel.control import FOR_THEM
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Tables
from commonweal.kernel.values import digest

from . import control, heirs
from .control import PAYEES
from .kinds import BANK_ANSWER, BANK_ANSWER_TAKEN_BACK, BANK_FILE, BANK_FILE_NEVER_LEFT, PAYEE
from .programmes import PREFIX, in_force, newest
from .tables import MOVE, goes, holder, leaves, reported

NAME_MAX, DIGEST_SIGNS = 24, 6
"""Of the 35 signs that an id has in a bank's file (`kernel/accounts`), how many are a programme's name."""
GONE = ("taken_out", "claim")
"""What of the movements goes out by the bank."""


def payment_id(row: Row) -> str:
    """How a movement is called at the bank: `pb/e12`."""
    return f"pb/e{row['entry']}"


def never_sent(reader: Reader, row: Row) -> int:
    """Cents of a movement that no file has had."""
    sent = reader.select(BANK.sent, {"payment": payment_id(row)}, only=("cents",))
    return leaves(row) - max((one["cents"] or 0 for one in sent), default=0)


def entry_of(payment: str) -> int | None:
    """The entry of the movement that a payment is of; None for one that is not named so."""
    name = payment.removeprefix("pb/e")
    return int(name) if name != payment and name.isdigit() else None


def _paying(reader: Reader, id: str) -> Paying | None:
    found = newest(reader, id)
    if found is None:
        return None
    return Paying(id, found[0].title.en, found[0].currency, f"pb-{_short(found[0].short)}")


def _short(name: str) -> str:
    """A programme's name in the ids of its files, no other's: one that does not fit has some of its digest with it."""
    whole = name.replace("_", "-")
    if len(whole) <= NAME_MAX and whole == whole.strip("-"):
        return whole
    return f"{whole[: NAME_MAX - DIGEST_SIGNS - 1].strip('-')}-{digest(name.encode())[:DIGEST_SIGNS]}"


def _payments(reader: Reader, paying: Paying) -> Iterator[Outgoing]:
    for row in gone(reader, paying.id):
        told = payee(reader, row)
        number = row["member"].partition(":")[2]
        words = f"{paying.id.removeprefix(PREFIX)} {row['on']} {number}"
        name, account, entry = (told["person"], told["paid_to"], told["entry"]) if told else ("", "", 0)
        cents = goes(reader, row)
        stopped = not cents or (not _of_an_heir(row) and reported(reader, row["member"]) is not None)
        yield Outgoing(payment_id(row), name, account, cents, words, number, entry, stopped=stopped)


def _of_an_heir(row: Row) -> bool:
    return str(row["body"].get("to") or "").startswith(heirs.HEIR_WORD)


def gone(reader: Reader, programme: str) -> list[Row]:
    """The movements by which money leaves a programme, also those of which nothing is due any more."""
    rows = reader.select(MOVE, {"programme": programme, "what": ("in", GONE)}, order=("entry",))
    return [row for row in rows if row["done"] and leaves(row)]


def payee(reader: Reader, row: Row) -> Row | None:
    """Where the money of a movement goes, as whose the account was at that time said; None where nobody did."""
    member, to = str(row["member"]), str(row["body"].get("to") or "")
    party = "" if _of_an_heir(row) else control.holder_at(reader, member, int(row["entry"]))
    return reader.get(PAYEES, member, to, party)


BANK = Bank(
    "portable_benefits", BANK_FILE.id, BANK_ANSWER.id, BANK_FILE_NEVER_LEFT.id, BANK_ANSWER_TAKEN_BACK.id, _paying,
    lambda reader: (one.id for one, _ in in_force(reader)), _payments, control.CONTROL.rows,
)  # fmt: skip


def keep(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Lay out where money goes."""
    told = {name: str(entry.body.get(name) or "") for name in ("member", "to", "person", "paid_to")}
    party = "" if told["to"].startswith(heirs.HEIR_WORD) else holder(tables, told["member"])
    if party and control.held_once(tables, told["member"], (entry.author,)) and entry.author != party:
        party = entry.author  # what was theirs to take out when the account was
    tables.put(PAYEES, {**told, "party": party, "entry": entry.index})
    yield from ()


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Only whoever gets money says where it goes: the holder of the account, or the heir; or two officers for them."""
    if act.kind != PAYEE.id:
        yield from BANK.check(act, reader, at=filer.at, today=filer.today)
        return
    member, to = str(act.body["member"]), str(act.body.get("to") or "")
    for_them = act.body.get("said_by") == FOR_THEM
    if to.startswith(heirs.HEIR_WORD):
        theirs = heirs.party_of(reader, member, to)
        if theirs is None or (theirs not in filer.speaks_for and not for_them):
            yield Fault("to", to, "your own claim that inherits of this account, by its entry: heir 12", "not_yours")
    elif for_them or control.held_once(reader, member, (filer.party,)):
        return
    elif holder(reader, member) not in filer.speaks_for:
        yield Fault("member", member, "an account of yours: only whoever gets money says where it goes", "not_yours")
