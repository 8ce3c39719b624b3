"""What everybody may see: orders and how far they are, exercises held, and what became of their improvement plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Column, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound

from . import alerts, copies
from .charts import timeline_chart
from .kinds import HELD, IMPROVE, IMPROVEMENT
from .standing import orders
from .words import ANSWERS, MEASURES

Query = Mapping[str, str]


def order_rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every order with its answer, newest first."""
    return [
        {
            "order": row["order"].partition(":")[2],
            "measure": MEASURES[row["measure"]].in_(reading.language),
            "addressee": row["addressee"],
            "alert": row["alert"],
            "ordered_on": row["ordered_at"][:10],
            "answer": ANSWERS[row["answer"] or ("none" if row["outcome"] else "")].in_(reading.language),
            "answered_on": (row["answered_at"] or "")[:10] or None,
        }
        for row in reversed(orders(reading.tables))
    ]


def exercise_rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every exercise held, newest first."""
    found = sorted(registry.subjects(reading.tables, HELD.noun), key=lambda row: -int(row["entry"]))
    return [_exercise_row(reading, row) for row in found if not row["erased"]]


def _exercise_row(reading: Reading, row: Row) -> Row:
    body = row["body"]
    return {
        "exercise": _said(body["title"], reading.language),
        "href": f"/exercises/{row['subject'].partition(':')[2]}",
        "held_on": body["held_on"],
        "points": f"{body['points']:g} / {body['points_max']:g}",
        "contained_after_h": _report(body).get("contained_after_h"),
        "open": sum(one["state"] in ("owed", "overdue") for one in _items(reading, row["subject"])),
    }


_NEEDED = ("summary", "objectives", "milestones", "dominant", "timeline", "bars", "contained_after_h")


def _report(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The after-action report as filed, whoever wrote it: its parts are looked for before they are shown."""
    found = body.get("report")
    return found if isinstance(found, Mapping) else {}


def _said(text: Any, language: str) -> str:
    """A text in one language, as far as it was filed in any."""
    return str(text.get(language) or text.get("en") or "") if isinstance(text, Mapping) else str(text or "")


def improvement_rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every item of an improvement plan, the most pressing first."""
    return sorted(_items(reading, ""), key=lambda row: (row["state"] == "met", row["due"], row["improvement"]))


def _items(reading: Reading, exercise: str) -> list[Row]:
    duties = {row["subject"]: row for row in obligations.duties(reading.tables, rule=IMPROVE)}
    return [
        {
            "improvement": _said(row["body"]["title"], reading.language),
            "measure": _said(row["body"].get("measure"), reading.language),
            "owner": row["body"]["owner"],
            "due": row["body"]["due"],
            "state": duties[row["subject"]]["state"] if row["subject"] in duties else "owed",
        }
        for row in registry.subjects(reading.tables, IMPROVEMENT.noun)
        if not row["erased"] and exercise in ("", row["body"].get("exercise"))
    ]


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
        "title": _said(body["title"], language),
        "summary": report["summary"][language],
        "body": body,
        "entry": row["entry"],
        "report": report,
        "dominant": next((one["title"][language] for one in stretches if one["id"] == report["dominant"]), ""),
        "objectives": [
            (
                one["title"][language], f"{one['points']:g} / {one['points_max']:g}", one["said"][language],
                _said(one["source"], language),
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
                  for one in _items(reading, subject)],
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
ITEM_COLUMNS = (
    Column("improvement", Text(en="Improvement", zh="改进事项")),
    Column("owner", Text(en="Owner", zh="负责方")),
    Column("due", Text(en="Due", zh="期限"), "date"),
    Column("state", Text(en="State", zh="状态"), "state"),
)
LISTINGS = (
    alerts.LISTING,
    copies.LISTING,
    Listing(
        "orders",
        Text(en="Orders and answers", zh="命令与答复"),
        (
            Column("order", Text(en="Order", zh="命令")),
            Column("measure", Text(en="Measure", zh="措施")),
            Column("addressee", Text(en="Addressee", zh="被通知方"), "link"),
            Column("alert", Text(en="Alert", zh="警报"), "link"),
            Column("ordered_on", Text(en="Ordered on", zh="命令日期"), "date"),
            Column("answer", Text(en="Answer", zh="答复")),
            Column("answered_on", Text(en="Answered on", zh="答复日期"), "date"),
        ),
        order_rows,
    ),
    Listing("exercises", Text(en="Exercises held", zh="已举行的演练"), EXERCISE_COLUMNS, exercise_rows),
    Listing("improvements", Text(en="Improvement plans", zh="改进计划"), ITEM_COLUMNS, improvement_rows),
)
PAGES = (
    alerts.PAGE,
    Page("exercise", "/exercises", Text(en="Exercises", zh="演练"), "overview.html", overview),
    Page("exercise_held", "/exercises/{exercise}", Text(en="Exercise", zh="演练"), "exercise.html", exercise_view),
)
