"""What two decided of an estate is decided anew by two, as far as its money is here still.

Shares were the wrong way round, an heir was not one, another came forward late: what the bank does not have of what the
earlier decision gave is put back into the pots, and divided by the shares of the new one with all that is free. What is
at the bank stands as it was decided; who had it and should not have had is for a court.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from commonweal.kernel.instrument import (
    Act,
    Choice,
    Deed,
    Entry,
    Fault,
    Filer,
    Page,
    Question,
    Reader,
    Reading,
    Row,
    Tables,
    Text,
)

from . import heirs, undue
from .banking import BANK, payment_id
from .booking import booked
from .kinds import MEMBER_NOUN, STEWARDS
from .owing import REDIVIDED, Booking
from .programmes import newest
from .tables import MOVE, goes

BEFORE = Text(en="What was divided before and is not at the bank", zh="此前已分割而尚未送交银行的款项")
ANEW = (
    Choice("stands", Text(en="Stays as it was decided", zh="维持原决定")),
    Choice("anew", Text(en="Is divided anew by these shares", zh="按上述份额重新分割")),
)


def here(reader: Reader, member: str) -> list[Row]:
    """What earlier decisions gave to heirs of an account and the bank does not have, nor by what waits for a second
    officer."""
    about, asked = {"member": member, "what": "taken_out", "done": 1}, BANK.asked(reader)
    rows = reader.select(MOVE, about, order=("entry",))
    return [row for row in rows if _is_here(reader, row) and payment_id(row) not in asked]


def _is_here(reader: Reader, row: Row) -> bool:
    return undue.is_heirs(row) and bool(row["done"] and goes(reader, row)) and undue.is_here(reader, row)


def divided(entry: Entry, tables: Tables) -> Iterator[Act]:
    """A decision: what it divides anew is put back first, and then divided with what is free."""
    back = defaultdict[str, list[Booking]](list)
    for payment in entry.body.get("anew") or ():
        row = tables.get(MOVE, payment)
        found = newest(tables, row["programme"]) if row else None
        if row is not None and found is not None and row["member"] == entry.body["member"] and _is_here(tables, row):
            back[found[0].id] += undue.given_up(entry, row, REDIVIDED, tables)
            back[found[0].id] += undue.taken_back(entry, found[0], [payment], tables)
    for id, made in back.items():
        found = newest(tables, id)
        assert found is not None, "it was there a moment ago"
        yield from booked(entry, found[0], [one.transfer for one in made], [one.member for one in made], tables)
    yield from heirs.divided(entry, tables)


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """The faults of a decision; what it divides anew is here. Which payments these are, is not told: the page knows."""
    anew, there = list(act.body.get("anew") or ()), {row["entry"] for row in here(reader, str(act.body["member"]))}
    for payment in anew:
        if payment not in there or anew.count(payment) > 1:
            want = "once, the entry of a payment to an heir of this account that is not at the bank"
            told = Text(en=f"{payment} – {want}", zh=f"{payment}——须为本账户一笔尚未送交银行的继承付款条目，且仅列一次")
            yield Fault("anew", str(payment), want, "reference", told)
    yield from heirs.check(act, reader, filer, more=bool(there.intersection(anew)))


# ── the officer ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _member(parts: Mapping[str, str]) -> str:
    return f"{MEMBER_NOUN}:{parts['slug']}"


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The page of an estate (`heirs.view`), and whether what was divided before is divided anew, where it can be."""
    told = heirs.view(reading, query)
    if not here(reading.tables, _member(query)):
        return told
    hint = Text(en="What the bank has stands as it was decided.", zh="已送交银行的款项维持原决定。")
    *shares, words = told["asks"]
    asks = Question("anew", BEFORE, "one", choices=ANEW, required=True, hint=hint)
    return {**told, "asks": (*shares, asks, words)}


def deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The decision that its answers come to. Raises `NotFound`, `BadInput`."""
    found = heirs.deed(reading, given)
    rows = here(reading.tables, _member(given)) if given.get("anew") == "anew" else []
    if not rows:
        return found
    (act,) = found.acts
    return replace(found, acts=(replace(act, body={**act.body, "anew": [row["entry"] for row in rows]}),))


ESTATES = Page(
    "benefits_estate", heirs.PATH + "/{slug}", Text(en="Account of somebody who died", zh="身故者账户"), "estate.html",
    view, roles=STEWARDS, act=deed,
)  # fmt: skip
