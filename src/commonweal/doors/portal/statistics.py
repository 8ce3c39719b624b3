"""Statistical releases: which there are, and each table with its chart, its rule and its entry."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from commonweal import listing_files
from commonweal.kernel import statistics
from commonweal.kernel.instrument import Chart, Column
from commonweal.kernel.statistics import reading
from commonweal.kernel.values import Text

from .formats import raised
from .site import View

PATH = "/statistics"


def overview(view: View) -> Response:
    """Every release, newest quarter first, and the statistics that are declared."""
    rows = [
        {"href": f"{PATH}/{row['statistic']}/{row['period']}", "title": view.text(row["body"]["title"]),
         "period": row["period"], "entry": row["entry"]}
        for row in statistics.releases(view.reader)
    ]  # fmt: skip
    declared = [
        (view.text(item.title), view.text(item.summary))
        for instrument in view.authority.instruments.values()
        for item in instrument.statistics
    ]
    columns = (
        Column("title", view.site.message("Table")),
        Column("period", view.site.message("Quarter")),
        Column("entry", view.site.message("Entry")),
    )
    return view.page(
        "portal/statistics.html",
        {"title": view.say("Statistics"), "columns": columns, "rows": rows, "declared": declared},
    )


def release_page(view: View) -> Response:
    """One released table."""
    row = _asked(view)
    body, language = row["body"], view.language.code
    heads, cells = reading.grid(body, language)
    path = f"{PATH}/{row['statistic']}/{row['period']}"
    return view.page(
        "portal/statistic.html",
        {
            "title": f"{view.text(body['title'])}, {row['period']}",
            "heads": [raised(head) for head in heads],
            "rows": [[raised(cell) if isinstance(cell, str) else cell for cell in line] for line in cells],
            "forms": ["text"] * len(heads),
            "chart_": _chart(view, body) if any(line["count"] for line in reading.inner(body, "en")) else None,
            "body": body,
            "hidden": body["cells"].count(statistics.HIDDEN),
            "entry": row["entry"],
            "downloads": [(form.upper(), view.href(f"{path}.{form}")) for form in ("csv", "json")],
        },
    )


def download(view: View, form: str) -> Response:
    """The table as CSV, one line a cell, or as JSON."""
    row = _asked(view)
    if form == "json":
        return JSONResponse({"entry": row["entry"], **row["body"]})
    names = [*(axis["id"] for axis in row["body"]["dimensions"]), "count"]
    columns = [Column(name, Text(en=name, zh=name)) for name in names]
    name = f"{row['statistic']}-{row['period']}.csv"
    return Response(
        listing_files.as_csv(columns, list(reading.lines(row["body"]))),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _asked(view: View) -> Any:
    return statistics.release(view.reader, view.request.path_params["statistic"], view.request.path_params["period"])


def _chart(view: View, body: Any) -> Chart:
    """Published counts as bars; a hidden cell is not drawn, and the table beside says so."""
    first, last = body["dimensions"][0], body["dimensions"][-1]
    data = list(reading.inner(body, view.language.code))
    axis = {"title": None, "labelLimit": 200}  # long labels leave no room for it; the table beside names the axis
    spec: dict[str, Any] = {
        "data": {"values": data},
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": first["id"], "type": "nominal", "sort": None, "axis": axis},
            "x": {
                "field": "count", "type": "quantitative", "aggregate": "sum",
                "axis": {"title": view.say("Count"), "tickMinStep": 1},
            },
            "color": {"field": last["id"], "type": "nominal", "sort": None, "title": view.text(last["title"])},
        },
    }  # fmt: skip
    if first is last:
        del spec["encoding"]["color"]
    columns = [*(view.text(item["title"]) for item in body["dimensions"]), str(view.say("Count"))]
    return Chart(
        title=str(view.say("Published counts")),
        spec=spec,
        columns=columns,
        rows=[list(line.values()) for line in data],
        note=str(view.say("Hidden cells and totals are not drawn.")),
    )
