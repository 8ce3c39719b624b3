"""`weal statistics`: statistical releases, and asking for one."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from commonweal.authority import Authority
from commonweal.kernel import statistics
from commonweal.kernel.record import Act
from commonweal.kernel.statistics import reading

from .out import as_json, err, out, table


def add_to(app: App) -> None:
    app.command(statistics_, name="statistics")


def statistics_(
    folder: Path, statistic: str = "", period: str = "", /, *, release: bool = False, json: bool = False
) -> None:
    """Tables counted from filings that are not public, small cells hidden. Without a statistic, lists what there is.

    Args:
        folder: The authority's folder.
        statistic: The statistic, e.g. model_registration.training_hardware.
        period: The quarter, e.g. 2026-Q1; without it, the newest that was released.
        release: Release this quarter now. It must be over, and is released once.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        if release:
            authority.act(Act(statistics.ASKED.id, {"statistic": statistic, "period": period}, ""))
            authority.follow()
        rows = statistics.releases(authority.reader, statistic)
        declared = authority.statistics.declared
        found = None
        if statistic:
            newest = period or (rows[0]["period"] if rows else "")
            found = statistics.release(authority.reader, statistic, newest)
    if found is not None:
        _shown(found["body"], found["entry"], json)
    elif json:
        as_json([{name: row[name] for name in ("statistic", "period", "entry")} for row in rows])
    else:
        table("Released", ("statistic", "quarter", "entry"), [(r["statistic"], r["period"], r["entry"]) for r in rows])
        table("Can be released", ("statistic", "what"), [(item.id, item.title) for item in declared.values()])


def _shown(body: dict[str, object], entry: int, json: bool) -> None:
    if json:
        as_json({"entry": entry, **body})
        return
    heads, rows = reading.grid(body, "en")
    table(f"{body['statistic']}, {body['period']}", heads, [[str(cell) for cell in row] for row in rows])
    out(f"c: hidden. Entry {entry}; rule {body['rule_id']} {body['rule_version']}: counts under {body['threshold']}.")
    err("A hidden cell may hold any count, zero too.")
