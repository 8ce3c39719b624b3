"""Series as the public reads them: what there is, and what was known of one on a day, each value with its vintages."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from commonweal import listing_files
from commonweal.kernel import indicators
from commonweal.kernel.instrument import Chart, Column, Filter, Listing, Reading, Row, Text
from commonweal.kernel.record import Reader
from commonweal.kernel.values import BadInput, Fault, NotFound

from . import listings
from .listings import Place
from .site import Site, View
from .thinning import POINTS_MAX, thinned

PATH = "/series"
VALUES_READ_MAX = 5_000
ROWS_A_PAGE = 100
SUBJECTS_CHOSEN_MAX = 300
LINE, ONCE = "#1b5e8c", "#b14a21"
_ASKED = ("subject", "as_of", "since", "event", "page")


def place(site: Site) -> Place:
    """The list of series."""
    return Place(_listing(site), PATH)


def pages(site: Site) -> list[tuple[str, Callable[[View], Response]]]:
    """One series about one subject, as a page and as a file."""
    return [
        *((PATH + "/{series}." + form, functools.partial(download, form=form)) for form in listing_files.FORMATS),
        (PATH + "/{series}", page),
    ]


def address(series: str, subject: str = "", **asked: str) -> str:
    """The language-free address of a series about a subject."""
    query = urlencode({name: value for name, value in {"subject": subject, **asked}.items() if value})
    return f"{PATH}/{quote(series, safe='')}" + (f"?{query}" if query else "")


def _listing(site: Site) -> Listing:
    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        of_series: dict[str, list[Row]] = defaultdict(list)
        for row in indicators.catalogue(reading.tables, subject=query.get("subject", "")):
            if query.get("name", "").lower() in row["series"]:
                of_series[row["series"]].append(row)
        return [_listed(reading.tables, series, of_series[series]) for series in sorted(of_series)]

    return Listing(
        id="series",
        title=site.message("Series"),
        summary=site.message(
            "What is measured, about whom, and since when. A revision adds a vintage and overwrites nothing, so what "
            "was known on any day can be asked of each series."
        ),
        columns=(
            Column("series", site.message("Series")),
            Column("unit", site.message("Unit")),
            Column("subjects", site.message("Subjects"), "number"),
            Column("first", site.message("First figure about"), "date"),
            Column("last", site.message("Newest figure about"), "date"),
            Column("values", site.message("Values"), "number"),
            Column("revised", site.message("Later vintages"), "number"),
            Column("source", site.message("Source")),
        ),
        filters=(Filter("name", site.message("Name")), Filter("subject", site.message("Identifier of the subject"))),
        rows=rows,
    )


def _listed(reader: Reader, series: str, rows: Sequence[Row]) -> Row:
    newest = max(rows, key=lambda row: row["entry"])
    sources = indicators.cited(reader, series, rows)
    first, last = min(row["first"] for row in rows), max(row["last"] for row in rows)
    whole = len(sources) == 1 and (sources[0]["first"], sources[0]["last"]) == (first, last)
    told = (one["citation"] if whole else f"{one['citation']} ({one['first']} – {one['last']})" for one in sources)
    return {
        "series": series,
        "unit": newest["unit"],
        "subjects": len(rows),
        "first": first,
        "last": last,
        "values": sum(row["events"] for row in rows),
        "revised": sum(row["revised"] for row in rows),
        "source": "; ".join(told) or newest["rule"],
        "href": address(series),
    }


def page(view: View) -> Response:
    """What is known of a series about a subject, or was on a day. Raises `NotFound` and `BadInput`."""
    name, there = _there(view)
    subject = _chosen(view, name, there)
    row = next(row for row in there if row["subject"] == subject)
    as_of, since, event = asked_day(view, "as_of"), asked_day(view, "since"), view.asked("event")
    start = since or _start(view.reader, row)
    found = indicators.report(view.reader, name, subject, as_of, since=start)
    values, made_up = found["values"], indicators.made_up_from(view.reader, [name], subject)
    kept = {"subject": subject, "as_of": view.asked("as_of"), "since": since}
    pager = listings.numbered(len(values), {**kept, "page": view.asked("page")}, view.href(address(name)), ROWS_A_PAGE)
    shown = list(reversed(values))[max(0, pager.first - 1) : pager.last]
    query = {item: value for item, value in kept.items() if value}
    return view.page(
        "portal/series.html",
        {
            "title": name,
            "row": row,
            "found": found,
            "subject": subject,
            "subjects": [
                (item["subject"], view.subjects.name(item["subject"])) for item in there[:SUBJECTS_CHOSEN_MAX]
            ],
            "too_many": len(there) > SUBJECTS_CHOSEN_MAX,
            "as_of": kept["as_of"],
            "since": since,
            "cut": start if start and not since else "",
            "today": view.reading.now.date().isoformat(),
            "charts": _charts(view, found, start) if len(values) > 1 else [],
            "rows": [_value_row(view, found, item, kept) for item in shown],
            "pager": pager,
            "event": event,
            "vintages": _vintages(view, name, subject, event) if event else [],
            "sources": _sources(view, found),
            "made_up": made_up if values and made_up and made_up <= values[-1]["event"] else "",
            "nothing": view.text(found["nothing"]),
            "note": view.text(found["vintage_note"]),
            "action": view.href(address(name)),
            "files": listings.downloads(view, address(name), query),
        },
    )


def download(view: View, form: str) -> Response:
    """The values of a series about a subject, all of them, as a file. Raises like `page`."""
    name, there = _there(view)
    as_of, since = asked_day(view, "as_of"), asked_day(view, "since")
    found = indicators.report(view.reader, name, _chosen(view, name, there), as_of, since=since)
    head = {"series": name, "subject": found["subject"], "unit": found["unit"]}
    rows = [{**head, **row, "source": indicators.source_of(view.reader, row)["citation"]} for row in found["values"]]
    names = (*head, "event", "value", "low", "high", "released", "known", "vintages", "entry", "source", "source_ref")
    columns = [Column(item, Text(en=item, zh=item)) for item in names]
    if form == "json":
        return listings.unchanged(view, Response(listing_files.as_json(columns, rows), media_type="application/json"))
    return listings.unchanged(
        view,
        Response(
            listing_files.as_csv(columns, rows),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="series.csv"'},
        ),
    )


def _there(view: View) -> tuple[str, list[Row]]:
    """The full name of the series that an address names, and the catalogue's rows of it."""
    asked = view.request.path_params["series"]
    full = indicators.series_name(asked) or asked
    rows = [row for row in indicators.catalogue(view.reader, full.partition("{")[0]) if row["series"] == full]
    found = [row for row in rows if view.subjects.shown(row["subject"])]
    if not found:
        raise NotFound("series", asked, "the list of series says which there are")
    return full, found


def _chosen(view: View, name: str, there: Sequence[Row]) -> str:
    """The subject that was asked for; else the one with the most figures."""
    faults = [
        Fault(item, value, f"one of {', '.join(_ASKED)}", "unknown_filter")
        for item, value in view.request.query_params.items()
        if item not in _ASKED
    ]
    if faults:
        raise BadInput(faults, "address")
    asked = view.asked("subject")
    if asked and asked not in {row["subject"] for row in there}:
        raise NotFound(f"subject of {name}", asked, f"there are: {', '.join(row['subject'] for row in there[:6])}")
    return asked or str(max(there, key=lambda row: row["events"])["subject"])


def asked_day(view: View, name: str) -> Any:
    """A day that was asked for: of `as_of` the day itself, of the others its text. Raises `BadInput`."""
    text = view.asked(name)
    if not text:
        return None if name == "as_of" else ""
    today = view.reading.now.date()
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise BadInput(Fault(name, text, "a day like 2008-09-15", "date"), "address")
    if name == "as_of" and day > today:
        raise BadInput(Fault(name, text, f"a day up to today, {today}: nobody knows yet what comes", "date"), "address")
    return day if name == "as_of" else text


def _start(reader: Reader, row: Row) -> str:
    """From which event on a page reads: of a very long series only its newest values."""
    if row["events"] + row["revised"] <= VALUES_READ_MAX:
        return ""
    about = {"series": row["series"], "subject": row["subject"]}
    found = reader.select(indicators.OBSERVATION, about, order=("-event",), limit=1, offset=VALUES_READ_MAX - 1)
    return str(found[0]["event"]) if found else ""


def _charts(view: View, found: Mapping[str, Any], start: str) -> list[Chart]:
    """The values as a line with their bounds; as of a day, beside what is known now."""
    values = found["values"]
    now = str(view.say("as known now"))
    lines = [(now, values)]
    if found["as_of"]:
        then = str(view.say("as known on %(day)s", day=view.voice.formats.date(found["as_of"])))
        newest = indicators.values(view.reader, found["series"], found["subject"], since=start)
        lines = [(then, values), (now, newest)]
    points = [
        {"at": row["event"], "what": what, "value": row["value"]}
        for what, rows in reversed(lines)
        for row in thinned(rows, lambda row: float(row["value"]))
    ]
    x = {"field": "at", "type": "temporal", "title": None}
    y = {"field": "value", "type": "quantitative", "title": found["unit"] or None, "scale": {"zero": False}}
    names = [what for what, _ in lines]
    color = {
        "field": "what",
        "type": "nominal",
        "title": None,
        "scale": {"domain": names, "range": [ONCE, LINE] if len(lines) > 1 else [LINE]},
        "legend": {} if len(lines) > 1 else None,
    }
    mark = {"type": "line", "point": len(points) < 60}
    layers: list[dict[str, Any]] = [
        {"data": {"values": points}, "mark": mark, "encoding": {"x": x, "y": y, "color": color}}
    ]
    wide = [row for row in values if row["low"] is not None and row["high"] is not None]
    if wide:
        data = [
            {"at": row["event"], "low": row["low"], "high": row["high"]}
            for row in thinned(wide, lambda row: float(row["high"]))
        ]
        band = {"x": x, "y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
        layers.insert(0, {"data": {"values": data}, "mark": {"type": "area", "color": "#dce8f0"}, "encoding": band})
    drawn = {row["event"] for row in thinned(values, lambda row: float(row["value"]))}
    rows = [[row["event"], row["value"]] for row in values if row["event"] in drawn]
    note = ""
    if len(values) > POINTS_MAX:
        note = str(view.say("Of each short stretch the lowest and the highest value are drawn."))
    title = f"{found['series']}{view.say(': ')}{view.subjects.name(found['subject'])}"
    heads = [str(view.say("About the time")), str(view.say("Value"))]
    return [Chart(title, {"height": 260, "layer": layers}, heads, rows, note)]


def _value_row(view: View, found: Mapping[str, Any], row: Row, kept: Mapping[str, str]) -> list[Any]:
    """When it is about, value, bounds, when it was released and known, how many vintages there are, its entry."""
    number = view.voice.formats.number
    bounds = f"{number(row['low'], 6)} – {number(row['high'], 6)}" if row["low"] is not None else None
    count = view.voice.words.count("%(num)s vintage", "%(num)s vintages", row["vintages"])
    link = address(found["series"], **{**kept, "event": row["event"]}) + "#vintages"
    vintages = {"href": link, "text": str(count)}
    return [
        row["event"],
        number(row["value"], 6),
        bounds,
        row["released"],
        row["known"],
        vintages,
        {"href": f"/record/{row['entry']}", "text": str(row["entry"])},
    ]


def _vintages(view: View, name: str, subject: str, event: str) -> list[list[Any]]:
    """Every value ever known of one event, oldest release first. Raises `NotFound`."""
    rows = indicators.vintages(view.reader, name, subject, event)
    if not rows:
        raise NotFound(f"value of {name} about {subject}", event)
    number = view.voice.formats.number
    return [
        [
            row["released"],
            row["known"],
            view.say("withdrawn") if row["value"] is None else number(row["value"], 6),
            f"{number(row['low'], 6)} – {number(row['high'], 6)}" if row["low"] is not None else None,
            {"href": f"/record/{row['entry']}", "text": str(row["entry"])},
        ]
        for row in rows
    ]


def _sources(view: View, found: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Where the values that are shown come from: words, an address where there is one, and between which events where
    there are several."""
    if found["derived_by"]:
        rule = found["derived_by"]
        return [{"words": rule, "address": view.href(f"/regimes/{rule}"), "derived": "yes", "first": "", "last": ""}]
    several = len(found["sources"]) > 1
    return [
        {
            "words": one["citation"],
            "address": one["url"],
            "derived": "",
            "first": one["first"] if several else "",
            "last": one["last"] if several else "",
        }
        for one in found["sources"]
        if one["citation"]
    ]
