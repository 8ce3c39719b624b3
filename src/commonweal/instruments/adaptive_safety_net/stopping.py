"""What was paid on the ledger and is not at the bank yet goes out no more once it is not due any more.

What the office still holds is kept and not set off later: the payment is stopped and its money is in the fund again.
Of who died, whose claim is refused or taken back the newest month goes back first, until no more is out than is due; of
anybody else each month of which, by what is on file now, a run would pay less. What of a stopped payment is due comes
with the next run. What the ledger did not put back goes out as little, and the next run asks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Transfer
from commonweal.kernel.instrument import Act, Entry, Reader, Row, Tables
from commonweal.kernel.retention import ERASED

from . import banking, erased, owed, programmes
from .erased import BEHIND, CODE
from .kinds import (
    APPEAL_DECIDED,
    BANK_ANSWER,
    BANK_ANSWER_TAKEN_BACK,
    BANK_FILE_NEVER_LEFT,
    CHANGED,
    DECIDED,
    PAID,
    PLACE,
    RETENTION,
    WITHDRAWN,
)
from .paying import OF, outcomes, transfer_id
from .programmes import BACK, HELD, PAYMENT, STOPPED, Programme, Standing

_SAYS = (BANK_ANSWER.id, BANK_FILE_NEVER_LEFT.id, BANK_ANSWER_TAKEN_BACK.id)
_ENDING = frozenset(kind.id for kind in (CHANGED, DECIDED, APPEAL_DECIDED, WITHDRAWN, PAID))

_PARTLY = {
    DECIDED.id: 2, APPEAL_DECIDED.id: 3, BANK_ANSWER.id: 5, BANK_ANSWER_TAKEN_BACK.id: 2, BANK_FILE_NEVER_LEFT.id: 3,
}  # fmt: skip
"""From which version of a kind on also what is due in part is held against what is on file: before, only what had
ended was, and records say so."""
_AS_ONE = {
    CHANGED.id: 4, DECIDED.id: 3, APPEAL_DECIDED.id: 4, WITHDRAWN.id: 2, PAID.id: 2, BANK_ANSWER.id: 6,
    BANK_ANSWER_TAKEN_BACK.id: 3, BANK_FILE_NEVER_LEFT.id: 4,
}  # fmt: skip
"""From which version of a kind on what is due is counted by the rule of now (`owed`), for the same reason."""


def follow(entry: Entry, tables: Tables) -> Iterator[Act]:
    """The act that puts back what an entry makes undue, and is here still."""
    if entry.kind in _ENDING:
        claims = [str(entry.body["claim"]), *_named(entry, tables)]
        yield from _asked(entry, [move for claim in claims for move in _of(claim, tables, entry)], tables)
    elif entry.kind in _SAYS:  # what is not due any more, or less of it, since it is here again
        rows = tables.select(banking.BANK.sent, {"message": entry.body["file_id"]})
        back = {row["payment"].split("/")[1] for row in rows if row["state"] not in accounts.AT_THE_BANK}
        every = programmes.claims(tables, str(entry.body["programme"])) if back else ()
        mine = [one.claim for one in every if f"c{one.first}" in back]
        yield from _asked(entry, [move for claim in mine for move in _of(claim, tables, entry)], tables)
        yield from erased.came_back(entry, back, tables)
    elif entry.kind == ERASED.id and entry.body["retention_class"] == RETENTION:
        yield from _erased(entry, tables)


def _erased(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Of a claim that is erased what is here still goes back first, and where the bank had money its marks are kept;
    in the log one looks like the other."""
    claim = str(entry.body["holder"])
    stands = programmes.standing(tables, claim)
    one = programmes.programme(tables, str(stands.body["programme"])) if stands else None
    if stands is None or one is None:
        return
    rows = tables.select(PAYMENT, {"claim": claim, "stopped": ("!=", BACK)}, order=("-month",))
    here = [row for row in rows if banking.BANK.with_us(tables, transfer_id(stands, row["month"]))]
    yield from _asked(entry, [(stands, one, row) for row in here], tables)
    if paid := {row["month"]: row["cents"] for row in rows if row not in here}:
        yield erased.kept(entry, stands, paid, tables)
    else:
        yield Act(PLACE.id, {"of": entry.index}, f"net:marks:{entry.index}", causes=(entry.index,))


def again(entry: Entry, one: Programme, tables: Tables) -> Iterator[Act]:
    """What the ledger did not put back, asked for once more."""
    runs = [row["entry"] for row in programmes.runs(tables, one.id)]
    rows = tables.select(PAYMENT, {"run": ("in", runs), "stopped": HELD}) if runs else []
    found = [(stands, one, row) for row in rows if (stands := programmes.standing(tables, row["claim"]))]
    yield from _asked(entry, found, tables)


def _partly(entry: Entry) -> bool:
    return entry.filed_version >= _PARTLY.get(entry.kind, entry.filed_version + 1)


def _named(entry: Entry, reader: Reader) -> list[str]:
    """The other claims of whoever is granted one, where the grant says that they have some: what was paid on these is
    held against it from then on."""
    if entry.kind != DECIDED.id or not entry.body.get("same_as") or entry.filed_version < _AS_ONE[DECIDED.id]:
        return []
    stands = programmes.standing(reader, str(entry.body["claim"]))
    one = programmes.programme(reader, str(stands.body["programme"])) if stands else None
    return sorted(owed.of_the_person(reader, one, stands)) if stands is not None and one is not None else []


def _of(claim: str, reader: Reader, entry: Entry) -> list[tuple[Standing, Programme, Row]]:
    """The payments on a claim that go out no more by an entry; of one that was not ended only where by that what is due
    in part counts."""
    stands = programmes.standing(reader, claim)
    one = programmes.programme(reader, str(stands.body["programme"])) if stands else None
    if stands is None or one is None:
        return []
    rule = owed.AS_ONE if entry.filed_version >= _AS_ONE[entry.kind] else owed.BY_FIRST
    if _ended(stands, one):
        return (_too_large if rule == owed.AS_ONE else _too_many)(stands, one, reader, rule)
    return _too_large(stands, one, reader, rule) if _partly(entry) and stands.state == "eligible" else []


def _too_many(stands: Standing, one: Programme, reader: Reader, rule: int) -> list[tuple[Standing, Programme, Row]]:
    """The newest of what is here, as many as were paid too much."""
    rows = reader.select(PAYMENT, {"claim": stands.claim, "asked": 0, "stopped": ""}, order=("-month",))
    if not rows:
        return []
    through = date.fromisoformat(f"{rows[0]['month']}-01")
    over, found = owed.overpaid(reader, one, stands, through, rule=rule), []
    for row in rows:
        if over > 0 and banking.BANK.with_us(reader, transfer_id(stands, row["month"])):
            found.append((stands, one, row))
            over -= row["cents"]
    return found


def _too_large(stands: Standing, one: Programme, reader: Reader, rule: int) -> list[tuple[Standing, Programme, Row]]:
    """What is here and more than a run for that month would pay by now, after what it would have paid before."""
    found, before = [], owed.twice(reader, {"claim": stands.claim}).get(stands.claim, [])
    for row in reader.select(PAYMENT, {"claim": stands.claim, "stopped": ("!=", BACK)}, order=("month",)):
        paid, payment = owed.paid(row), transfer_id(stands, row["month"])
        if not row["asked"] and not row["stopped"] and banking.BANK.with_us(reader, payment):
            made = owed.to_pay(reader, one, stands, paid.month, before, rule=rule)
            if made.cents < row["cents"]:
                found.append((stands, one, row))
                paid = made.as_paid(paid.month)
        before.append(paid)
    return found


def _ended(stands: Standing, one: Programme) -> bool:
    return stands.state == "not_eligible" or (stands.state == "eligible" and stands.worker(one.text).ends is not None)


def _asked(entry: Entry, found: Iterable[tuple[Standing, Programme, Row]], tables: Tables) -> Iterator[Act]:
    """Lay out at once that they are stopped, so that no file takes them, and ask the ledger.

    The act names no cause: what was said about a claim is sealed, and whose payments were stopped would follow from it.
    """
    moves = []
    for stands, one, row in found:
        tables.put(PAYMENT, {**row, "stopped": BACK})
        id = f"{transfer_id(stands, row['month'])}{BEHIND}"
        moves.append(Transfer(id, one.account(stands.first), one.fund, row["cents"], entry.day.toordinal(), code=CODE))
    if moves:
        yield replace(accounts.transfers_act(OF, moves), key=f"net:stopped:{entry.index}")


def answered(entry: Entry, tables: Tables) -> None:
    """What the ledger put back is in the fund again, also where nobody can read any more whose it was; what it did not
    stays counted as paid."""
    done = outcomes(entry, tables)
    if not any(id.endswith(BEHIND) for id in done):
        return
    batch = accounts.read_columns(entry.blob(accounts.BLOB))
    paid = accounts.made(tables, [id.removesuffix(BEHIND) for id in batch.ids])
    for id, fund, cents in zip(batch.ids, batch.credit, batch.amount, strict=True):
        if done[id] not in accounts.STANDS:
            if (payment := _payment(id, tables)) is not None:
                tables.put(PAYMENT, {**payment, "stopped": HELD})
        elif (before := paid.get(id.removesuffix(BEHIND))) is not None:
            told = {"fund": batch.accounts[int(fund)], "day": date.fromordinal(before.day).isoformat()}
            tables.put(STOPPED, {"transfer": id, **told, "cents": int(cents)})


def _payment(id: str, reader: Reader) -> Row | None:
    claim = programmes.claim_of(reader, id)
    return reader.get(PAYMENT, claim, _month(id)) if claim else None


def _month(id: str) -> str:
    return id.removesuffix(BEHIND).rpartition("/")[2]
