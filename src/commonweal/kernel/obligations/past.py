"""What a duty was before a filing changed it, kept so that annulling that filing gives it back.

A duty that has begun goes on while later filings are silent about the facts that began it: its row alone remembers
them. So the row before each filing that changes or ends such a duty is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from commonweal.kernel.record.entries import Entry
from commonweal.kernel.record.tables import Row, Table, Tables

from .kinds import ADOPTED, BEGUN, DUTY, OWN, PAST, PUBLIC_DUTY, TICK

ANNULLED = "record.annulled"


def remember(table: Table, before: Row | None, row: Row, entry: Entry, tables: Tables) -> None:
    """Keep what a duty was before a filing. What time or law did is never annulled, so nothing is kept of that."""
    if before is None or before["state"] not in BEGUN or entry.kind in (ANNULLED, TICK, ADOPTED):
        return
    if tables.get(PAST, table.name, row["rule"], row["subject"], entry.index) is None:
        kept = {"duties": table.name, "rule": row["rule"], "subject": row["subject"], "entry": entry.index}
        tables.put(PAST, {**kept, "ended": int(row["state"] not in BEGUN), "row": before})


def take_back(entry: Entry, touched: Sequence[str], tables: Tables) -> None:
    """What an annulled filing began is judged as if it had never begun; what it changed or ended is as it was before.

    A duty that has not changed since before the annulled filing does not rest on it, nor does one that a later filing
    ended. What later filings changed goes by what is on file now.
    """
    dropped = entry.body["entry"]
    for subject in touched:
        kept = tables.select(OWN, {"subject": subject})
        for table in (DUTY, PUBLIC_DUTY):
            for row in kept if table is DUTY and kept else tables.select(table, {"subject": subject}):
                was, ended = _without(table, row, dropped, tables)
                if was is not None and not ended:
                    filed = {name: row[name] for name in ("filed_state", "filed_entry", "changed_on", "entry")}
                    tables.put(OWN if row in kept else table, {**was, **filed})
                elif was is None and row["state"] in BEGUN and (row["entry"] or 0) >= dropped:
                    tables.put(OWN if row in kept else table, {**row, "state": "unknown"})


def _without(table: Table, row: Row, dropped: int, tables: Tables) -> tuple[Row | None, bool]:
    """The duty as it was before the filing, if that is kept, and whether a later filing ended it.

    What is kept of filings after it, up to the one that ended the duty, rests on it: it is as it was before, too; or,
    where that is not kept, it is forgotten, so that nothing is owed by a filing that does not count.
    """
    names = {"duties": table.name, "rule": row["rule"], "subject": row["subject"]}
    at = tables.get(PAST, table.name, row["rule"], row["subject"], dropped)
    tables.delete(PAST, table.name, row["rule"], row["subject"], dropped)
    ended = False
    for later in tables.select(PAST, {**names, "entry": (">", dropped)}, order=("entry",)):
        if at is None:
            tables.delete(PAST, table.name, row["rule"], row["subject"], later["entry"])
        else:
            tables.put(PAST, {**later, "row": at["row"]})
        if later["ended"]:
            ended = True
            break
    return (at["row"] if at else None), ended
