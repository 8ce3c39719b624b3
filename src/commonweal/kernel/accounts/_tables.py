"""The tables of the ledger. Days are ordinals (1 for 0001-01-01), amounts in the smallest part of their unit."""

from __future__ import annotations

from commonweal.kernel.record.tables import Table

ACCOUNT = Table(
    "accounts_account",
    columns={
        "account": "text",
        "number": "integer",
        "unit": "text",
        "side": "text",
        "floor": "integer",
        "ceiling": "integer",
        "opened": "integer",
        "closed": "integer",
        "debits": "integer",
        "credits": "integer",
        "debits_pending": "integer",
        "credits_pending": "integer",
    },
    key=("account",),
    indexes=(("number",),),
)
"""Accounts and what their transfers add up to now; `closed` is the entry that closed one."""

TRANSFER = Table(
    "accounts_transfer",
    columns={
        "number": "integer",
        "id": "text",
        "debit": "integer",
        "credit": "integer",
        "amount": "integer",
        "day": "integer",
        "how": "integer",
        "pending": "text",
        "expires": "integer",
        "linked": "integer",
        "code": "text",
        "standing": "integer",
        "due": "integer",
        "entry": "integer",
    },
    key=("number",),
    indexes=(("id",), ("debit", "day"), ("credit", "day"), ("due",)),
)
"""Transfers that were made, numbered in their order; `due` is the last day of one that is still reserved."""

DAY = Table(
    "accounts_day",
    columns={"account": "integer", "day": "integer", "debits": "integer", "credits": "integer"},
    key=("account", "day"),
)
"""What was posted on an account for a day."""

STEP = Table(
    "accounts_step",
    columns={
        "entry": "integer",
        "kind": "text",
        "through": "integer",
        "accounts": "integer",
        "transfers": "integer",
        "done": "integer",
        "otherwise": "json",
    },
    key=("entry",),
    indexes=(("through",),),
)
"""What became of an entry: how many transfers were made, and for each other outcome the rows (from 0) that had it."""

TABLES = (ACCOUNT, TRANSFER, DAY, STEP)
