"""Lists at stable addresses: the page with filters, order and pages of rows; the same rows as CSV and as JSON."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from commonweal import listing_files
from commonweal.kernel.instrument import Export, Filter, Interval, Listing, Row
from commonweal.kernel.values import BadInput, Fault, NotFound, Turns
from commonweal.listing_files import DAYS
from commonweal.pacing import Buckets

from . import owing, paces
from .cells import Head
from .site import View

ROWS_A_PAGE = 50
_OWN = ("sort", "page")
DEAR_PER_S, DEAR_BURST = 1 / 5, 30
WAITING_MAX, WAIT_S = 4, 10


@dataclass(frozen=True, slots=True)
class Place:
    """A list and where it stands: `path` is its language-free address, `crumbs` the pages above it.

    `see` are pages that show the same in another way: message ids with language-free addresses. `does` are pages where
    something of it is done, each for a role.
    """

    listing: Listing
    path: str
    crumbs: Sequence[tuple[str, str]] = ()
    see: Sequence[tuple[str, str]] = ()
    does: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Pager:
    """One page of rows among all, with the addresses of its neighbours ("" where there is none)."""

    number: int
    count: int
    total: int
    first: int
    last: int
    before: str
    after: str


def page(
    view: View, place: Place, template: str = "portal/listing.html", *, leave_out: Sequence[str] = (), **values: Any
) -> Response:
    """The list as a page. Parameters to `leave_out` are the page's own, not filters of its rows."""
    asked = dict(view.request.query_params)
    query = {name: value for name, value in asked.items() if name not in (*_OWN, *leave_out) and value != ""}
    columns = listing_files.columns_of(place.listing, view.reading)
    rows = ordered(listing_files.rows_of(place.listing, view.reading, query), asked.get("sort", ""))
    pager, shown = paged(rows, asked, view.href(place.path))
    heads = [_sortable(head, asked, view.href(place.path)) for head in view.cells.headings(columns)]
    owed = owing.lines(view) if place.path in owing.SAID_ON else []
    charts = place.listing.charts(view.reading, query) if place.listing.charts else ()
    return view.page(
        template,
        {
            "title": view.text(place.listing.title),
            "summary": view.text(place.listing.summary),
            "crumbs": place.crumbs,
            "see": [(view.say(words), view.href(path)) for words, path in (*place.see, *_done(view, place))] + owed,
            "heads": heads,
            "rows": shown,
            "total": len(rows),
            "pager": pager,
            "filters": [_filter(view, item, query) for item in place.listing.filters],
            "action": view.href(place.path),
            "sort": asked.get("sort", ""),
            "downloads": downloads(view, place.path, query, place.listing.exports),
            "lacking": [
                (view.text(item.title), [view.text(one) for one in item.lacks])
                for item in place.listing.exports
                if item.offered and item.lacks
            ],
            "charts": charts,
            "query": query,
            **values,
        },
    )


def _done(view: View, place: Place) -> list[tuple[str, str]]:
    caller = view.sight.caller
    return [(words, path) for words, path, role in place.does if caller is not None and role in caller.roles]


def download(view: View, place: Place, form: str) -> Response:
    """The same rows as CSV or JSON, in the order in which the instrument gives them."""
    query = {name: value for name, value in view.request.query_params.items() if name not in _OWN and value != ""}
    columns = listing_files.columns_of(place.listing, view.reading)
    rows = listing_files.rows_of(place.listing, view.reading, query)
    if form == "json":
        return unchanged(view, Response(listing_files.as_json(columns, rows), media_type="application/json"))
    name = place.path.strip("/").replace("/", "-")
    found = Response(
        listing_files.as_csv(columns, rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
    return unchanged(view, found)


class Exports:
    """Lists in their other forms, for one door.

    Forms that are dear are made one at a time, and for whoever has no key not many of them: else a handful of requests
    keep the one process busy that takes what people file.
    """

    def __init__(self) -> None:
        self._pace = Buckets("address")
        self._turns = Turns("such a file", at_once=1, waiting_max=WAITING_MAX, wait_s=WAIT_S)

    def send(self, view: View, place: Place, item: Export) -> Response:
        """The rows of a list in one of its forms. Raises `TooMany` and `Crowded`."""
        if not item.dear:
            return export(view, place, item)
        if view.sight.caller is None:
            paces.take(view, self._pace, DEAR_PER_S, DEAR_BURST)
        with self._turns.one():
            return export(view, place, item)


def export(view: View, place: Place, item: Export) -> Response:
    """The same rows in one of the listing's other forms."""
    query = {name: value for name, value in view.request.query_params.items() if name not in _OWN and value != ""}
    listing_files.rows_of(replace(place.listing, rows=lambda reading, query: ()), view.reading, query)
    name = f"{place.path.strip('/').replace('/', '-')}.{item.suffix}"
    shown = "inline" if item.media_type.startswith("application/atom") else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{name}"'}
    return unchanged(view, Response(item.make(view.reading, query), media_type=item.media_type, headers=headers))


def unchanged(view: View, response: Response) -> Response:
    """The answer under an ETag made of its content; 304 without it for a reader who has that already."""
    tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    known = [item.strip() for item in view.request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        kept = {name: response.headers[name] for name in ("cache-control", "vary") if name in response.headers}
        return Response(status_code=304, headers={**kept, "ETag": tag})
    response.headers["ETag"] = tag
    return response


def downloads(
    view: View, path: str, query: Mapping[str, str] | None = None, exports: Sequence[Export] = ()
) -> list[tuple[str, str]]:
    """Links to a list's CSV, JSON and other forms under the same filters."""
    tail = f"?{urlencode(query)}" if query else ""
    named = [(form.upper(), form) for form in listing_files.FORMATS]
    named += [(view.text(item.title), item.suffix) for item in exports if item.offered]
    return [(title, view.href(f"{path}.{form}") + tail) for title, form in named]


def ordered(rows: Sequence[Row], sort: str) -> Sequence[Row]:
    """Rows by one column (`-column`: falling), those without a value last; as given where no column is named."""
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    if not name or not rows or name not in rows[0]:
        return rows
    with_value = [row for row in rows if row.get(name) not in (None, "")]
    without = [row for row in rows if row.get(name) in (None, "")]
    return [*sorted(with_value, key=lambda row: _rank(row[name]), reverse=falling), *without]


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers before text; text without regard to case; an interval by its point."""
    if isinstance(value, Interval):
        value = value.point
    if isinstance(value, Mapping):
        value = value.get("point", value.get("en", value.get("text", value.get("state", ""))))
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    if isinstance(value, int | float):
        return (0, float(value) if math.isfinite(value) else 0.0, "")
    return (1, 0.0, str(value).casefold())


def paged(rows: Sequence[Any], asked: Mapping[str, str], path: str) -> tuple[Pager, Sequence[Any]]:
    """The page of rows that was asked for. Raises `BadInput` for a page that is no number, `NotFound` for none."""
    pager = numbered(len(rows), asked, path)
    return pager, rows[pager.first - 1 : pager.last] if rows else rows


def numbered(total: int, asked: Mapping[str, str], path: str, size: int = ROWS_A_PAGE) -> Pager:
    """Which rows a page shows, and the addresses of its neighbours."""
    raw = asked.get("page") or "1"
    if not (raw.isascii() and raw.isdigit() and len(raw) < 9 and int(raw) > 0):
        raise BadInput(Fault("page", raw, "a page number from 1", "page"), "address")
    number, count = int(raw), max(1, -(-total // size))
    if number > count:
        raise NotFound("page", number, f"the last one is {count}")
    first = (number - 1) * size + 1
    rest = {name: value for name, value in asked.items() if name != "page" and value != ""}

    def address(to: int) -> str:
        query = urlencode({**rest, **({"page": to} if to > 1 else {})})
        return path + (f"?{query}" if query else "")

    return Pager(
        number, count, total, min(first, total), min(first + size - 1, total),
        address(number - 1) if number > 1 else "", address(number + 1) if number < count else "",
    )  # fmt: skip


def _sortable(head: Head, asked: Mapping[str, str], path: str) -> Head:
    sort = asked.get("sort", "")
    here = sort.removeprefix("-") == head.id
    rising = here and not sort.startswith("-")
    first_falling = head.form in ("number", "flop", "date") and not here
    to = f"-{head.id}" if rising or first_falling else head.id
    rest = {name: value for name, value in asked.items() if name not in _OWN and value != ""}
    direction = ("ascending" if rising else "descending") if here else ""
    return replace(head, sorted=direction, address=f"{path}?{urlencode({**rest, 'sort': to})}")


def _filter(view: View, item: Filter, query: Mapping[str, str]) -> dict[str, Any]:
    choices, value = list(item.choices(view.reading) if item.choices else ()), query.get(item.id, "")
    if item.form and value and value not in [choice for choice, _ in choices]:
        choices.append((value, value))
    return {
        "id": item.id,
        "title": view.text(item.title),
        "value": value,
        "type": "date" if item.id in DAYS else "search",
        "choices": [(str(value), view.text(words)) for value, words in choices],
    }
