"""Duties by the day on which they fall due: a month as a table, and each of its days as a list with the reasons."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date, get_day_names
from starlette.responses import Response

from commonweal import duty_feeds
from commonweal.kernel import obligations
from commonweal.kernel.instrument import Row
from commonweal.kernel.obligations.adoption import law_of
from commonweal.kernel.values import BadInput, Fault

from . import deadlines, matters
from .site import View

PATH = "/duties/calendar"
IN_A_CELL_MAX, LISTED_MAX = 3, 300
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
# The days of a month are those of the law's place; this much around it is looked at so that none is missed.
_AROUND = timedelta(days=2)


def page(view: View) -> Response:
    """One month of duties. Raises `BadInput` for what is no month, and for filters that there are not."""
    query = {name: value for name, value in view.request.query_params.items() if value}
    first = _month(query.get("month", ""), view.reading.today)
    where = duty_feeds.filters(query, also=("month",))
    days = _days(view, first, where)
    total = sum(len(rows) for rows in days.values())
    values = {
        "title": view.say("Calendar of duties"),
        "month": first.isoformat()[:7],
        "named": str(
            format_date(first, "y年M月" if view.language.code == "zh" else "MMMM y", locale=view.voice.formats.locale)
        ),
        "weekdays": _weekdays(view),
        "weeks": _weeks(view, first, days),
        "days": _listed(view, days),
        "total": total,
        "listed_max": LISTED_MAX,
        "before": _address(view, _shifted(first, -1), where),
        "after": _address(view, _shifted(first, 1), where),
        "today": _address(view, view.reading.today, where),
        "where": where,
        "action": view.href(PATH),
        "states": [
            (state, view.say(words)) for state, words in matters.DUTY_STATES.items() if state in obligations.STATES
        ],
        "parties": _parties(view, days, where),
        "jurisdictions": sorted({law.jurisdiction for law in obligations.adopted_laws(view.reader)}),
        "files": [
            (view.say("Subscribe as a calendar (.ics)"), _with(view.href(deadlines.ICS), where)),
            (view.say("Feed of changes (Atom)"), _with(view.href(deadlines.ATOM), where)),
            (view.say("The whole list"), view.href("/duties")),
            (view.say("Who kept their dates"), view.href(deadlines.ON_TIME)),
        ],
    }
    return view.page("portal/month.html", values)


def _month(asked: str, today: date) -> date:
    if not asked:
        return today.replace(day=1)
    if not _MONTH.fullmatch(asked) or not 1900 <= int(asked[:4]) <= 2200:
        raise BadInput(Fault("month", asked, "a month such as 2026-11, from 1900 to 2200", "month"), "address")
    return date.fromisoformat(f"{asked}-01")


def _shifted(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _days(view: View, first: date, where: Mapping[str, str]) -> dict[str, list[Row]]:
    """Everything with a last day in the month, by that day."""
    since = datetime.combine(first, time(), UTC) - _AROUND
    until = datetime.combine(_shifted(first, 1), time(), UTC) + _AROUND
    rows = obligations.deadlines(view.reader, since, until, **where)
    found = obligations.by_day(rows)
    return {day: duties for day, duties in found.items() if day[:7] == first.isoformat()[:7]}


def _weekdays(view: View) -> list[tuple[str, str]]:
    """Short and whole names of the days, from Monday."""
    names = {width: get_day_names(width, locale=view.voice.formats.locale) for width in ("abbreviated", "wide")}
    return [(names["abbreviated"][day], names["wide"][day]) for day in range(7)]


def _weeks(view: View, first: date, days: Mapping[str, list[Row]]) -> list[list[dict[str, Any]]]:
    """The weeks that the month touches, each with seven days; days of other months are empty."""
    today = view.reading.today
    weeks = []
    for week in calendar.Calendar().monthdatescalendar(first.year, first.month):
        line = []
        for day in week:
            rows = days.get(day.isoformat(), []) if day.month == first.month else []
            shown = [_brief(view, row) for row in rows[:IN_A_CELL_MAX]]
            line.append(
                {
                    "day": day.day if day.month == first.month else None,
                    "date": day.isoformat(),
                    "today": day == today,
                    "rows": shown,
                    "more": len(rows) - len(shown),
                    "count": len(rows),
                }
            )
        weeks.append(line)
    return weeks


def _brief(view: View, row: Row) -> dict[str, Any]:
    return {
        "title": row["title"].in_(view.language.code),
        "about": view.subjects.name(row["subject"]),
        "state": _state(row),
    }


def _state(row: Row) -> str:
    return "met_late" if row["state"] == "met" and row["late"] else str(row["state"])


def _listed(view: View, days: Mapping[str, list[Row]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The days that have duties, each duty with why it is due that day; at most `LISTED_MAX` duties."""
    left, found = LISTED_MAX, []
    for day, rows in days.items():
        if left > 0:
            found.append((day, [_full(view, row) for row in rows[:left]]))
            left -= len(rows)
    return found


def _full(view: View, row: Row) -> dict[str, Any]:
    shown = matters.duty_row(law_of(view.reader, row["sha256"]), row, view.language.code)
    why = [words.in_(view.language.code) for words in obligations.explanation(view.reader, row)]
    return {
        **_brief(view, row),
        "subject": row["subject"],
        "party": shown["party"] if row["party"] != row["subject"] else "",
        "rule": f"/regimes/{row['rule']}",
        "jurisdiction": row["jurisdiction"],
        "missing": shown["missing"],
        "either": shown["either"],
        "why": why,
    }


def _parties(view: View, days: Mapping[str, list[Row]], where: Mapping[str, str]) -> list[tuple[str, str]]:
    """Those who owe something this month, by name, and whoever is asked for."""
    found = {row["party"] for rows in days.values() for row in rows if row["party"]} | (
        {where["party"]} if where.get("party") else set()
    )
    named = {party: view.subjects.name(party) for party in found}
    if obligations.THE_AUTHORITY in named:
        named[obligations.THE_AUTHORITY] = str(view.say("the authority itself"))
    return sorted(named.items(), key=lambda item: item[1].casefold())


def _address(view: View, first: date, where: Mapping[str, str]) -> str:
    return _with(view.href(PATH), {"month": first.isoformat()[:7], **where})


def _with(path: str, query: Mapping[str, str]) -> str:
    return path + (f"?{urlencode(query)}" if query else "")
