"""Payments of programmes as a bank is to make them: what the ledger took, to whom, to which account, under which id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.accounts import Bank, Outgoing, Paying, bank_line
from commonweal.kernel.instrument import Reader

from . import programmes
from .kinds import BANK_ANSWER, BANK_FILE, BANK_FILE_NEVER_LEFT
from .paying import transfer_id as payment_id
from .programmes import PAYMENT, Programme, Standing


def paying_of(one: Programme) -> Paying:
    """A programme as what pays."""
    return Paying(one.id, one.name, one.unit, f"net-p{one.entry}")


def _paying(reader: Reader, id: str) -> Paying | None:
    one = programmes.programme(reader, id)
    return paying_of(one) if one else None


def _payments(reader: Reader, paying: Paying) -> Iterator[Outgoing]:
    runs = [row["entry"] for row in programmes.runs(reader, paying.id)]
    claims = {stands.claim: stands for stands in programmes.claims(reader, paying.id)}
    rows = reader.select(PAYMENT, {"run": ("in", runs), "asked": 0}, order=("month", "claim")) if runs else []
    for row in rows:
        if (stands := claims.get(row["claim"])) is not None:
            told = told_by(reader, stands, row["run"])
            body = _when_paid(reader, stands, told)
            name, account = str(body.get("person") or ""), str(body.get("paid_to") or "")
            words = f"{paying.name} {row['month']} {stands.name}"
            stopped = bool(row["stopped"]) or stands.state != "eligible"  # while a person looks at it, it stays here
            id, whose = payment_id(stands, row["month"]), stands.name
            yield Outgoing(id, bank_line(name), account, row["cents"], words, whose, told, stopped)


def told_by(reader: Reader, stands: Standing, run: int) -> int:
    """The version of a claim (entry) that says who is paid: as whose it was at the run said it last, whosever it is by
    now."""
    handed = registry.handed_over(reader, stands.claim)
    if handed is None or not handed["before"] or handed["entry"] < run:
        written = programmes.account_written(stands.steps, stands.entry)
        return written["entry"] if written else stands.entry
    there = registry.versions(reader, stands.claim)
    whose = [row["author"] for row in there if row["entry"] < run][-1:]
    return max((row["entry"] for row in there if row["author"] in whose and row["entry"] < handed["entry"]), default=0)


def _when_paid(reader: Reader, stands: Standing, entry: int) -> Mapping[str, Any]:
    """What a version of a claim says, or what was written down of its account."""
    if entry >= stands.entry:
        return stands.body
    there = registry.versions(reader, stands.claim)
    return next((row["body"] or {} for row in there if row["entry"] == entry), {})


BANK = Bank(
    "adaptive_safety_net", BANK_FILE.id, BANK_ANSWER.id, BANK_FILE_NEVER_LEFT.id, _paying,
    lambda reader: (one.id for one in programmes.programmes(reader)), _payments,
)  # fmt: skip

__all__ = ["BANK", "paying_of", "payment_id", "told_by"]
