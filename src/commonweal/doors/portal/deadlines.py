"""Duties for other programs and in sum: a calendar to subscribe to, a feed of changes, and who kept their dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from commonweal import duty_feeds
from commonweal.kernel import obligations
from commonweal.kernel.instrument import Column, Filter, Listing, Reading, Row

from .listings import Place, unchanged
from .site import Site, View

ICS, ATOM, ON_TIME = "/duties.ics", "/duties.atom", "/duties/on-time"


def pages(_: Site) -> list[tuple[str, Callable[[View], Response]]]:
    """The calendar and the feed."""
    return [(ICS, calendar_file), (ATOM, feed)]


def calendar_file(view: View) -> Response:
    """Duties with a date as a calendar (RFC 5545): `form=tasks` for tasks, else events; filters as the feed has."""
    query = dict(view.request.query_params)
    where = duty_feeds.filters(query, also=("form",))
    data = duty_feeds.ics(view.reader, told(view), where, query.get("form") or "events")
    headers = {"Content-Disposition": 'inline; filename="duties.ics"', "Cache-Control": "public, max-age=300"}
    return unchanged(view, Response(data, media_type="text/calendar; charset=utf-8", headers=headers))


def feed(view: View) -> Response:
    """The last changes of duties (RFC 4287), by party, rule, subject, jurisdiction or state."""
    where = duty_feeds.filters(dict(view.request.query_params))
    path = ATOM + (f"?{urlencode(where)}" if where else "")
    data = duty_feeds.atom(view.reader, told(view), where, path)
    headers = {"Cache-Control": "public, max-age=60"}
    return unchanged(view, Response(data, media_type="application/atom+xml", headers=headers))


def told(view: View) -> duty_feeds.Told:
    """Whose record it is that duties are told from, and in which language."""
    settings = view.authority.settings
    return duty_feeds.Told(
        settings.origin,
        view.text(settings.name),
        view.language.code,
        view.reading.now,
        settings.address or str(view.request.base_url).rstrip("/"),
        view.href,
        view.subjects.name,
    )


def place(site: Site) -> Place:
    """Who kept their dates, by party."""

    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        where = {name: query[name] for name in ("rule", "jurisdiction") if name in query}
        itself = {obligations.THE_AUTHORITY: site.message("the authority itself").in_(reading.language)}
        found = obligations.on_time(reading.tables, reading.now, **where)
        return [{**row, "party": itself.get(row["party"], row["party"])} for row in found]

    def jurisdictions(reading: Reading) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted({law.jurisdiction for law in obligations.adopted_laws(reading.tables)})]

    listing = Listing(
        id="on_time",
        title=site.message("Who kept their dates"),
        summary=site.message(
            "For each party that owes something: how many duties were met in time and late, and how many are overdue "
            "now. Each period of a duty that recurs counts once, however much came in it; each that went by with "
            "nothing counts as late. In time is what was received in time; what the party itself "
            "says it did in time, received after the last day, counts apart and is not in the median. The median says "
            "how many days before the last day what was filed came in; below zero it came late. Few duties say little "
            "about a party."
        ),
        columns=(
            Column("party", site.message("Owed by"), "link"),
            Column("in_time", site.message("Met in time"), "number"),
            Column("stated", site.message("In time by own statement, received later"), "number"),
            Column("late", site.message("Late"), "number"),
            Column("missed", site.message("Of these, nothing came"), "number"),
            Column("overdue", site.message("Overdue now"), "number"),
            Column("open", site.message("Open"), "number"),
            Column("deemed", site.message("Deemed by silence"), "number"),
            Column("days_before", site.message("Median days before the last day"), "number"),
            Column("dated", site.message("Of how many"), "number"),
        ),
        filters=(
            Filter("jurisdiction", site.message("Jurisdiction"), jurisdictions),
            Filter("rule", site.message("Rule")),
        ),
        rows=rows,
    )
    return Place(listing, ON_TIME)
