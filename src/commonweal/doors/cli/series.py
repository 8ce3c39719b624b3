"""`weal series`: what there is, the values of a series as they were known on a day, the vintages of one value."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from cyclopts import App

from commonweal.authority import Authority
from commonweal.kernel import indicators
from commonweal.kernel.instrument import Column, Text
from commonweal.kernel.values import NotFound, instant

from .drawing import check_plot, draw, line_chart
from .moments import Moment
from .out import as_csv, as_json, err, out, table

ROWS_SHOWN = 400
_THERE = ("series", "subject", "unit", "first", "last", "events", "revised", "rule")
_VALUES = ("event", "value", "low", "high", "known", "entry", "source_ref")


def add_to(app: App) -> None:
    app.command(series)


def series(
    folder: Path,
    name: str = "",
    subject: str = "",
    /,
    *,
    as_of: Moment = "",
    event: Moment = "",
    since: Moment = "",
    until: Moment = "",
    json: bool = False,
    csv: bool = False,
    plot: Path | None = None,
) -> None:
    """The values of a series about a subject, as they were known on a day. Without a series, lists what there is.

    Args:
        folder: The authority's folder.
        name: The series, e.g. laus.unemployed or laus.unemployed{age=16-24,sex=f}.
        subject: Whom or what it is about, e.g. area:us-ca.
        as_of: What was known by this day (its end) or instant, e.g. 2008-09-15; without it, what is known now.
        event: Every value ever known of this one event, oldest release first.
        since: Only events from this day or instant on.
        until: Only events up to this day.
        json: Answer in JSON, for programs.
        csv: Answer as CSV.
        plot: Draw the series into this file (.svg or .png).
    """
    check_plot(plot)
    when, first, last = moment(as_of), moment(since), moment(until)
    with Authority.open(folder) as authority:
        authority.follow()
        if not name or not subject:
            rows = indicators.catalogue(authority.reader, name)
            if name and not rows:
                raise NotFound("series", name, "`weal series DIR` lists what there is")
            _rows("Series on record", rows, _THERE, json=json, csv=csv)
            return
        if event:
            _vintages(authority, name, subject, event, json=json, csv=csv)
            return
        bounds = {"since": _text(first), "until": _text(last)[:10]}
        found = indicators.report(authority.reader, name, subject, when, **bounds)
    title = f"{found['series']} about {subject}" + (f", as known on {found['as_of']}" if when else "")
    if plot is not None:
        draw(line_chart(found["values"], title, found["unit"]), plot)
        err(f"Drawn into {plot}.")
    if json:
        as_json({**found, **{name: dict(found[name]) if found[name] else None for name in ("vintage_note", "nothing")}})
    elif csv:
        _rows(title, found["values"], _VALUES, json=False, csv=True)
    else:
        _told(found, title)


def moment(text: str) -> date | datetime | None:
    """A day or an instant from the command line (`Moment`); None for none."""
    if not text:
        return None
    return date.fromisoformat(text) if len(text) == 10 else instant(text)


def _text(when: date | datetime | None) -> str:
    return indicators.event_text(when) if when else ""


def _told(found: dict[str, Any], title: str) -> None:
    if found["nothing"]:
        out(str(found["nothing"]))
        return
    shown = found["values"][-ROWS_SHOWN:]
    unit = f" ({found['unit']})" if found["unit"] else ""
    table(f"{title}{unit}", _VALUES, [[_cell(row[column]) for column in _VALUES] for row in shown])
    if len(shown) < len(found["values"]):
        err(f"The newest {ROWS_SHOWN} of {len(found['values'])} values; --csv gives all.")
    if found["derived_by"]:
        out(f"Derived by the rule {found['derived_by']}; `weal rule show` prints it.")
    for one in found["sources"]:
        if one["citation"]:
            out(f"Source of {one['first']} to {one['last']}: {one['citation']} {one['url']}".rstrip())
    if found["vintage_note"]:
        out(str(found["vintage_note"]))


def _vintages(authority: Authority, name: str, subject: str, event: str, *, json: bool, csv: bool) -> None:
    row = indicators.known_series(authority.reader, name, subject)
    about = _text(moment(event))
    found = indicators.vintages(authority.reader, row["series"], subject, about)
    if not found:
        raise NotFound(f"value of {row['series']} about {subject}", event, f"there are {row['first']} to {row['last']}")
    columns = ("released", "sequence", "known", "entry", "value", "low", "high", "source_ref")
    _rows(f"{row['series']} about {subject}: every value known of {about}", found, columns, json=json, csv=csv)


def _rows(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...], *, json: bool, csv: bool) -> None:
    if json:
        as_json([{column: row[column] for column in columns} for row in rows])
    elif csv:
        declared = [Column(column, Text(en=column, zh=column)) for column in columns]
        as_csv(declared, rows)
    else:
        table(title, columns, [[_cell(row[column]) for column in columns] for row in rows])


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
