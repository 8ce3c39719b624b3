"""A claim that is erased leaves no money behind that nobody can reach, and none that is paid twice.

Nothing of it is erased while somebody waits for an answer or money is on its way (`unsettled`); where money was paid it
takes two. What is still here goes back to the fund (`stopping`). What shows a second claim of the same person stays
while the programme pays: keyed digests, sealed to a key of their own. What the bank sends back later reaches the fund.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

from commonweal.kernel import accounts
from commonweal.kernel.accounts import Transfer
from commonweal.kernel.instrument import Act, Entry, Reader, Tables, Unsettled
from commonweal.kernel.record import day_of

from . import banking, owed, programmes
from .amounts import month_of
from .control import CONTROL
from .kinds import CLAIM_NOUN, MARKS_KEPT
from .paying import OF, transfer_id
from .programmes import HELD, PAYMENT, STOPPED, Programme, Standing
from .sameness import MARK
from .tables import KEPT

CODE, BEHIND = "stopped", "/back"


def unsettled(subject: str, reader: Reader, at: datetime) -> Iterator[Unsettled]:
    """What of a claim is under way at an instant, owed either way or not final at the bank; and that it was paid on."""
    if not subject.startswith(f"{CLAIM_NOUN}:"):
        return
    stands = programmes.standing(reader, subject)
    if stands is None:
        yield from _of_marks(subject, reader, day_of(reader, at))
        return
    rows = reader.select(PAYMENT, {"claim": subject}, order=("month",))
    if rows:
        yield Unsettled("is of a claim on which money was paid", "alone")
    one = programmes.programme(reader, str(stands.body["programme"]))
    if one is None or one.text.claims is None:
        return
    for row in rows:
        if row["asked"] or row["stopped"] == HELD:
            yield Unsettled(f"has a payment for {row['month']} that the ledger has not booked", "always")
        elif why := banking.BANK.not_final(reader, transfer_id(stands, row["month"]), day_of(reader, at)):
            yield Unsettled(why, "always")
        elif not row["stopped"] and banking.BANK.with_us(reader, transfer_id(stands, row["month"])):
            yield Unsettled(f"has a payment for {row['month']} that the bank has not got yet", "for_a_cause")
    if stands.appeal is not None:
        yield Unsettled("is under appeal", "always")
    if any(row["subject"] == subject or row["body"].get("about") == subject for row in CONTROL.rows(reader)):
        yield Unsettled("has something that waits for a second officer", "always")
    yield from _of_what_is_due(reader, one, stands, day_of(reader, at))


def _of_what_is_due(reader: Reader, one: Programme, stands: Standing, day: date) -> Iterator[Unsettled]:
    """What a claim still brings, or took too much of."""
    if stands.state == "waits":
        if not stands.withdrawn or programmes.paid_before(reader, stands.claim):
            yield Unsettled("waits for a decision", "for_a_cause")
        return
    through = month_of(day)
    lines = owed.due(reader, one, stands, through, programmes.shares(reader, one, through))
    more = sum(line.cents for line in lines) - programmes.paid_before(reader, stands.claim)
    open_ = one.closes_on is None or day <= one.closes_on
    if stands.state == "eligible" and stands.worker(one.text).ends is None and open_:
        yield Unsettled("stands: whoever claims takes it back first", "for_a_cause")
    elif more > 0:
        yield Unsettled(f"is owed {accounts.written(more, one.unit)} {one.unit}", "for_a_cause")
    elif over := owed.overpaid(reader, one, stands, programmes.newest_month(one, day)):
        yield Unsettled(f"owes {accounts.written(over, one.unit)} {one.unit}", "for_a_cause")


def _of_marks(claim: str, reader: Reader, day: date) -> Iterator[Unsettled]:
    """The marks of an erased claim stay while its programme takes claims, or somebody has one under it."""
    row = reader.get(KEPT, claim)
    one = programmes.programme(reader, row["programme"]) if row else None
    if one is None:
        return
    if one.files_until is None or day <= one.files_until or any(True for _ in programmes.claims(reader, one.id)):
        yield Unsettled("shows whether a second claim is of somebody who was paid, and the programme pays", "always")


def kept(entry: Entry, stands: Standing, paid: Mapping[str, int], tables: Tables) -> Act:
    """The act by which the marks of a claim outlast it, with what the bank had for which month."""
    rows = tables.select(MARK, {"claim": stands.claim}, order=("what", "mark"))
    body = {
        "claim": stands.claim, "programme": stands.body["programme"], "first": stands.first, "paid": dict(paid),
        "marks": [{name: row[name] for name in ("what", "mark", "born", "entry")} for row in rows],
    }  # fmt: skip
    return Act(MARKS_KEPT.id, body, f"net:marks:{entry.index}", stands.claim, causes=(entry.index,))


def came_back(entry: Entry, back: Collection[str], tables: Tables) -> Iterator[Act]:
    """What the bank sent back of claims that nobody can read any more goes into the fund. `back` are the claims of
    which something came back, by the entry that brought each: `c12`."""
    one = programmes.programme(tables, str(entry.body["programme"])) if back else None
    firsts = [int(each[1:]) for each in back if each[1:].isdigit()]
    rows = tables.select(KEPT, {"first": ("in", firsts)}, order=("first",)) if one and firsts else []
    sent = tables.select(banking.BANK.sent) if rows else []
    moves = []
    for row in rows:
        for month, cents in sorted(row["paid"].items()):
            id = f"net/c{row['first']}/{month}"
            tries = [each["state"] for each in sent if each["id"] == id or each["id"].startswith(f"{id}/")]
            here = not any(state in accounts.AT_THE_BANK for state in tries)
            if one and here and tables.get(STOPPED, f"{id}{BEHIND}") is None:
                moves.append(
                    Transfer(
                        f"{id}{BEHIND}", one.account(row["first"]), one.fund, cents, entry.day.toordinal(), code=CODE
                    )
                )
    if moves:
        act = accounts.transfers_act(OF, moves)
        yield Act(
            act.kind, act.body, f"net:returned:{entry.index}", act.subject, blobs=act.blobs, causes=(entry.index,)
        )
