"""What the registrar decided about registrations, and the tables of this instrument."""

from __future__ import annotations

from collections.abc import Iterable

from commonweal.kernel.instrument import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import stamp

from .kinds import STATUS
from .largest import FIGURE
from .notices import NOTIFIED

STATUS_TABLE = Table(
    "model_registration_status",
    columns={
        "subject": "text",
        "entry": "integer",
        "status": "text",
        "reason_code": "text",
        "legal_basis": "text",
        "on": "text",
    },
    key=("subject", "entry"),
)
TABLES = (STATUS_TABLE, NOTIFIED, FIGURE)
REGISTERED = "active"


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep status decisions by what they are about. Nothing follows from them here."""
    if entry.erased:
        return []
    if entry.kind == STATUS.id:
        tables.put(
            STATUS_TABLE,
            {
                "subject": entry.body["about"],
                "entry": entry.index,
                "status": entry.body["status"],
                "reason_code": entry.body["reason_code"],
                "legal_basis": entry.body.get("legal_basis"),
                "on": stamp(entry.time)[:10],  # a day, as on the public leaf
            },
        )
    return ()


def status(reader: Reader, subject: str) -> str:
    """The status of a registration: active until the registrar decides otherwise."""
    rows = reader.select(STATUS_TABLE, {"subject": subject}, order=("-entry",), limit=1)
    return str(rows[0]["status"]) if rows else REGISTERED


def statuses(reader: Reader) -> dict[str, str]:
    """Every subject about which the registrar has decided, with its newest status."""
    return {row["subject"]: row["status"] for row in reader.select(STATUS_TABLE, order=("entry",))}


def decisions(reader: Reader, subject: str) -> list[Row]:
    """The registrar's decisions about a subject, oldest first."""
    return reader.select(STATUS_TABLE, {"subject": subject}, order=("entry",))
