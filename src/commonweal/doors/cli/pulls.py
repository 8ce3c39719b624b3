"""`weal pull`: fetch what is new from the adopted sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cyclopts import App

from commonweal import observing
from commonweal.authority import Authority
from commonweal.kernel.values import Busy, CommonwealError, Lasting, NotFound

from .filing import too_late
from .out import as_json, err, table

_COLUMNS = ("source", "outcome", "entries", "unchanged", "address")


def add_to(app: App) -> None:
    app.command(pull)


def pull(folder: Path, source: str = "", /, *, list: bool = False, json: bool = False) -> None:
    """Fetch what is new from the sources that adopted texts name, and file it. Without a source, all are asked.

    Args:
        folder: The authority's folder.
        source: One source, e.g. bls.laus.
        list: Only list the sources; ask none.
        json: Answer in JSON, for programs.
    """
    failed: dict[str, bool] = {}
    with Authority.open(folder) as authority:
        sources = [item for item in observing.pull_sources(authority) if source in ("", item.id)]
        if not sources:
            hint = "`weal rule adopt DIR SOURCES.toml` adopts a text with [[pull]] tables"
            raise NotFound("source", source or "(any)", hint)
        rows = []
        for item in sources:
            row: dict[str, Any] = {
                "source": item.id,
                "outcome": "",
                "entries": (),
                "unchanged": 0,
                "address": item.address,
            }
            try:
                if not list:
                    found = observing.pull(authority, item)
                    row |= {"outcome": found.outcome, "entries": found.entries, "unchanged": found.unchanged}
                    too_late(authority, found.entries)
                    for remark in found.remarks:
                        err(f"note: {item.id}: {remark}")
            except CommonwealError as error:
                row["outcome"] = "failed"
                failed[item.id] = isinstance(error, Busy)
                err(f"{item.id}: {error}")
            rows.append(row)
    if json:
        as_json(rows)
    else:
        table("", _COLUMNS, [[_cell(row[name]) for name in _COLUMNS] for row in rows])
    later, changed = ([name for name, busy in failed.items() if busy is wanted] for wanted in (True, False))
    if changed:
        more = f"; {', '.join(later)} can be tried again later" if later else ""
        raise Lasting(f"{', '.join(changed)} could not be pulled: mend what is said above{more}")
    if later:
        raise Busy(f"{', '.join(later)} could not be pulled; nothing of theirs was filed")


def _cell(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
