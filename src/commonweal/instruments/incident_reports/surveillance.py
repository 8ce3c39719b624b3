"""Near misses watched as they come in: has one kind of warning been reported more often than was to be expected?

With each near miss the log-likelihood ratio of its kind of warning (Poisson MaxSPRT: Kulldorff and others, Sequential
Analysis 30 (2011)) is observed as a series. A threshold rule holds it against the critical value that goes with the
plan, so that looking after every report raises a false alarm with the agreed chance in all, and not each time; that
chance is of one kind of warning by itself. How many are expected, from when and for how long is an adopted text
(`rules/surveillance.toml`). A plan that ends without a signal begins anew. What is observed is by kind of
warning, never by model or reporter: reports are confidential. A filing that was annulled counts no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.indicators import batch_act
from commonweal.kernel.instrument import Act, Entry, Reader, Table, Tables
from commonweal.kernel.values import NotFound, stamp
from commonweal.methods.surveillance import Plan, llr

from .reports import REPORT, WITHDRAWN
from .tables import ANNULLED, withdrawn

PARAMETERS = "incident_reports.surveillance"
SERIES, SUBJECT = "incident_reports.near_miss_llr", "reports:near-misses"
UNSAID = "other"
NEAR_MISSES = Table(
    "incident_reports_near_miss",
    columns={"report": "text", "warning": "text", "on": "text"},
    key=("report", "warning"),
    indexes=(("warning", "on"),),
)
"""Near misses by warning, with the day on which each was first reported."""
TABLES = (NEAR_MISSES,)


@dataclass(frozen=True, slots=True)
class Watch:
    """What is agreed beforehand: events of one kind expected in thirty days, from when, and the plan."""

    per_30_days: float
    since: date
    plan: Plan
    alpha: float
    citation: str

    def expected(self, day: date) -> tuple[date, float]:
        """The day on which the plan of this day began, and how many events are expected from then until its end."""
        run_days = max(1, round(self.plan.limit / self.per_30_days * 30))
        gone = (day - self.since).days // run_days
        began = self.since + timedelta(days=gone * run_days)
        return began, ((day - began).days + 1) * self.per_30_days / 30


def watch(text: Mapping[str, Any]) -> Watch:
    """The plan that an adopted text of parameters gives."""
    plan = Plan(float(text["limit"]), int(text["events_min"]))
    since = date.fromisoformat(str(text["since"]))
    return Watch(float(text["per_30_days"]), since, plan, float(text["alpha"]), str(text["citation"]))


def watch_in_force(reader: Reader, at: datetime) -> Watch | None:
    """The plan in force at an instant; None where none was adopted."""
    try:
        row = registry.text_in_force(reader, PARAMETERS, at)
    except NotFound:
        return None
    return watch(registry.parsed(row["text"], row["media_type"]))


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep near misses by warning, and observe anew what their number comes to."""
    touched = _keep(entry, tables)
    agreed = watch_in_force(tables, entry.time) if touched else None
    day = entry.time.date()
    if agreed is None or day < agreed.since:
        return
    rows = [
        (f"{SERIES}{{warning={warning}}}", SUBJECT, day, float(_llr(tables, agreed, warning, day)))
        for warning in touched
    ]
    act = batch_act(
        rows, series_set=PARAMETERS, citation=agreed.citation, released_on=day, sequence=entry.index
    )  # fmt: skip
    yield replace(act, key=f"{PARAMETERS}:{entry.index}", causes=(entry.index,))


def _keep(entry: Entry, tables: Tables) -> list[str]:
    """Lay out what an entry says of near misses; gives the warnings whose number it changes."""
    annuls = entry.kind == ANNULLED and entry.body.get("kind") == REPORT.id
    if entry.kind not in (REPORT.id, WITHDRAWN.id) and not annuls:
        return []
    report = str(entry.body.get("report") if entry.kind == WITHDRAWN.id else entry.subject)
    before = tables.select(NEAR_MISSES, {"report": report})
    if annuls:  # the report is what it would be without that filing
        standing = registry.subject(tables, report)
        said = standing["body"] if standing and not (standing["erased"] or withdrawn(tables, report)) else {}
    else:
        said = entry.body if entry.kind == REPORT.id and not entry.erased else {}
    now = set(said.get("warnings") or [UNSAID]) if said.get("category") == "near_miss" else set()
    first = min((str(row["on"]) for row in before), default=stamp(entry.time)[:10])
    for row in before:
        if row["warning"] not in now:
            tables.delete(NEAR_MISSES, report, row["warning"])
    for warning in now:
        tables.put(NEAR_MISSES, {"report": report, "warning": warning, "on": first})
    return sorted(now ^ {str(row["warning"]) for row in before})


def counted(reader: Reader, agreed: Watch, warning: str, day: date) -> tuple[int, float]:
    """Near misses with a warning since the plan of this day began, and how many were expected by the day's end."""
    began, expected = agreed.expected(day)
    within = (began.isoformat(), (day + timedelta(days=1)).isoformat())
    return reader.count(NEAR_MISSES, {"warning": warning, "on": ("between", within)}), expected


def _llr(reader: Reader, agreed: Watch, warning: str, day: date) -> float:
    return float(llr(*counted(reader, agreed, warning, day)))


def name_of(subject: str, language: str) -> str:
    """What the subject of these series is called."""
    return "未遂事件报告" if language == "zh" else "Reports of near misses"
