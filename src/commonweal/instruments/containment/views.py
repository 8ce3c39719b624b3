"""What everybody may see: alerts, orders and copies, exercises held, and what became of improvement plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Column, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound

from . import alerts, called, copies
from .charts import timeline_chart
from .improving import ITEM_COLUMNS, improvement_rows, improvements
from .kinds import HELD
from .words import said

Query = Mapping[str, str]


def exercise_rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every exercise held, newest first."""
    found = sorted(registry.subjects(reading.tables, HELD.noun), key=lambda row: -int(row["entry"]))
    return [_exercise_row(reading, row) for row in found if not row["erased"]]


def _exercise_row(reading: Reading, row: Row) -> Row:
    body = row["body"]
    return {
        "exercise": said(body["title"], reading.language),
        "href": f"/exercises/{row['subject'].partition(':')[2]}",
        "held_on": body["held_on"],
        "points": f"{body['points']:g} / {body['points_max']:g}",
        "contained_after_h": _report(body).get("contained_after_h"),
        "open": sum(one["state"] in ("owed", "overdue") for one in improvements(reading, exercise=row["subject"])),
    }


_NEEDED = ("summary", "objectives", "milestones", "dominant", "timeline", "bars", "contained_after_h")


def _report(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The after-action report as filed, whoever wrote it: its parts are looked for before they are shown."""
    found = body.get("report")
    return found if isinstance(found, Mapping) else {}


def exercise_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """One exercise: scores, where the time went, its timeline and what became of the improvement plan."""
    subject = f"{HELD.noun}:{query['exercise']}"
    row = registry.subject(reading.tables, subject)
    if row is None or row["erased"]:
        raise NotFound("exercise", subject, "/containment/exercises lists those that were held")
    body, language = row["body"], reading.language
    report = _report(body)
    if not set(_NEEDED) <= set(report):
        raise NotFound("report of the exercise", subject, f"it was filed without {', '.join(_NEEDED)}")
    stretches = report["milestones"]
    return {
        "title": said(body["title"], language),
        "summary": report["summary"][language],
        "body": body,
        "entry": row["entry"],
        "report": report,
        "dominant": next((one["title"][language] for one in stretches if one["id"] == report["dominant"]), ""),
        "objectives": [
            (
                one["title"][language], f"{one['points']:g} / {one['points_max']:g}", one["said"][language],
                said(one["source"], language),
            )
            for one in report["objectives"]
        ],
        "milestones": [(one["title"][language], one["hours"], one["took"]) for one in report["milestones"]],
        "timeline": [
            {**one, "text": one["text"][language], "by": one["by"][language] if one["by"] else ""}
            for one in report["timeline"]
        ],
        "timeline_chart": timeline_chart(report, language),
        "items": [(one["improvement"], one["measure"], one["owner"], one["due"], one["state"])
                  for one in improvements(reading, exercise=subject)],
    }  # fmt: skip


def overview(reading: Reading, query: Query) -> Mapping[str, Any]:
    """Exercises held, and what is still to be improved."""
    return {
        "exercises": exercise_rows(reading, query),
        "items": improvement_rows(reading, query),
        "columns": EXERCISE_COLUMNS,
        "item_columns": ITEM_COLUMNS,
    }


EXERCISE_COLUMNS = (
    Column("exercise", Text(en="Exercise", zh="演练"), "link"),
    Column("held_on", Text(en="Held on", zh="举行日期"), "date"),
    Column("points", Text(en="Points", zh="得分")),
    Column("contained_after_h", Text(en="Contained after (h)", zh="遏制用时（小时）"), "number"),
    Column("open", Text(en="Improvements open", zh="未完成的改进事项"), "number"),
)
LISTINGS = (
    alerts.LISTING,
    copies.LISTING,
    called.LISTING,
    Listing("exercises", Text(en="Exercises held", zh="已举行的演练"), EXERCISE_COLUMNS, exercise_rows),
    Listing("improvements", Text(en="Improvement plans", zh="改进计划"), ITEM_COLUMNS, improvement_rows),
)
PAGES = (
    alerts.LIST_PAGE,
    alerts.PAGE,
    Page("exercise", "/exercises", Text(en="Exercises", zh="演练"), "overview.html", overview),
    Page("exercise_held", "/exercises/{exercise}", Text(en="Exercise", zh="演练"), "exercise.html", exercise_view),
)
