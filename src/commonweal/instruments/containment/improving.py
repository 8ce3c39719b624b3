"""Improvement plans: each item with its owner and how far it is, as its duty says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Column, Reading, Row, Text

from .kinds import IMPROVE, IMPROVEMENT
from .words import said

ITEM_COLUMNS = (
    Column("improvement", Text(en="Improvement", zh="改进事项")),
    Column("owner", Text(en="Owner", zh="负责方"), "link"),
    Column("due", Text(en="Due", zh="期限"), "date"),
    Column("state", Text(en="State", zh="状态"), "state"),
)


def improvement_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every item of an improvement plan, the most pressing first."""
    return sorted(improvements(reading), key=lambda row: (row["state"] == "met", row["due"], row["improvement"]))


def improvements(reading: Reading, **of: str) -> list[Row]:
    """The items that follow from an exercise (`exercise=…`) or from an alert (`alert=…`); else every one."""
    duties = {row["subject"]: row for row in obligations.duties(reading.tables, rule=IMPROVE)}
    return [
        {
            "improvement": said(row["body"]["title"], reading.language),
            "measure": said(row["body"].get("measure"), reading.language),
            "owner": row["body"]["owner"],
            "due": row["body"]["due"],
            "state": duties[row["subject"]]["state"] if row["subject"] in duties else "owed",
        }
        for row in registry.subjects(reading.tables, IMPROVEMENT.noun)
        if not row["erased"] and all(row["body"].get(name) == value for name, value in of.items())
    ]
