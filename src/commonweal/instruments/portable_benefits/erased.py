"""Nothing of an account is erased while money is in it, on its way, owed either way, or can still come back.

What can be erased then is who got money on which account, and what heirs said and showed (`rules/retention.toml`): none
of it changes a sum. What moved money is what the ledger follows from, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Reader, Unsettled
from commonweal.kernel.record import day_of

from .banking import BANK, gone, payment_id
from .control import CONTROL
from .heirs import HEIRS
from .kinds import MEMBER_NOUN
from .programmes import Programme, in_force
from .tables import MOVE, POSTED, UNBOOKED, goes, pots_of


def unsettled(subject: str, reader: Reader, at: datetime) -> Iterator[Unsettled]:
    """What of an account is under way at an instant, owed either way or not final at the bank; and that money went
    through it."""
    if not subject.startswith(f"{MEMBER_NOUN}:"):
        return
    if any(reader.select(table, {"member": subject}, limit=1) for table in (MOVE, POSTED)):
        yield Unsettled("is of an account through which money went", "alone")
    if reader.select(UNBOOKED, {"member": subject}, limit=1):
        yield Unsettled("has money that the ledger has not booked", "always")
    if reader.select(HEIRS, {"member": subject, "state": "waits"}, limit=1):
        yield Unsettled("has a claim of an heir that waits for a decision", "always")
    if any(row["body"].get(name) == subject for row in CONTROL.rows(reader) for name in ("member", "about")):
        yield Unsettled("has something that waits for a second officer", "always")
    for programme, _ in in_force(reader):
        yield from _of_a_programme(subject, programme, reader, at)


def _of_a_programme(member: str, programme: Programme, reader: Reader, at: datetime) -> Iterator[Unsettled]:
    for pot, held in pots_of(reader, programme, member, day_of(reader, at)).items():
        if held.balance:
            there = f"{accounts.written(held.balance, programme.currency)} {programme.currency}"
            yield Unsettled(f"has {there} in the pot {pot} of {programme.title.en}", "always")
        if held.owing > 0:
            owes = f"{accounts.written(held.owing, programme.currency)} {programme.currency}"
            yield Unsettled(f"owes {owes} to the pot {pot} of {programme.title.en}", "always")
    for row in gone(reader, programme.id):
        if row["member"] != member or not row["done"]:
            continue
        if why := BANK.not_final(reader, payment_id(row), day_of(reader, at)):
            yield Unsettled(why, "always")
        elif BANK.with_us(reader, payment_id(row)) and goes(reader, row):
            yield Unsettled("has a payment that the bank has not got yet", "always")
