"""Payments of programmes as a bank is to make them: what the ledger took, to whom, to which account, under which id."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel.accounts import Bank, Outgoing, Paying, bank_line
from commonweal.kernel.instrument import Reader

from . import programmes
from .kinds import BANK_ANSWER, BANK_FILE, BANK_FILE_NEVER_LEFT
from .paying import transfer_id as payment_id
from .programmes import PAYMENT, Programme


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
            name, account = str(stands.body.get("person") or ""), str(stands.body.get("paid_to") or "")
            words = f"{paying.name} {row['month']} {stands.name}"
            id, whose = payment_id(stands, row["month"]), stands.name
            yield Outgoing(id, bank_line(name), account, row["cents"], words, whose, told=stands.entry)


BANK = Bank(
    "adaptive_safety_net", BANK_FILE.id, BANK_ANSWER.id, BANK_FILE_NEVER_LEFT.id, _paying,
    lambda reader: (one.id for one in programmes.programmes(reader)), _payments,
)  # fmt: skip

__all__ = ["BANK", "paying_of", "payment_id"]
