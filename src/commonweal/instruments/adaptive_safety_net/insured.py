"""How the help that exists is delivered: unemployment insurance by state, as measured, with the interval of a sample.

Two files bring it in. Weekly claims (`weal observe DIR adaptive_safety_net claims FILE`) give who draws benefits among
the unemployed and how far claims rose above their usual. A table (`delivery`) gives what the states report of delay,
of what waits, and of payments found wrong in a sample. What nobody filed is not known, and said to be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from commonweal.kernel.indicators import BLOB, Observation, batch_act, newest, read_columns, read_mapping, table_acts
from commonweal.kernel.instrument import Column, Imported, Listing, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault, FaultCollector, add_months

from . import claims, delivered
from .laus import UNEMPLOYED, area_name, areas

HERE = Path(__file__).parent
MAPPING = HERE / "data" / "delivery.toml"
INITIAL, CONTINUED = "ui.initial_claims", "ui.continued_claims"
IN_TIME, BACKLOG, IMPROPER = "ui.first_payments_21d", "ui.backlog", "ui.improper_share"
SHARES = (IN_TIME, IMPROPER)
SET = "ui.claims"
CITATION = (
    "Opportunity Insights, Economic Tracker, weekly claims for unemployment insurance by state (from the Department "
    "of Labor and state agencies); means of the weeks that ended in a month"
)
URL = "https://github.com/OpportunityInsights/EconomicTracker"


def parse_claims(data: bytes, name: str) -> Imported:
    """Weekly claims as a batch of monthly means, of months whose every week is there. Raises as `claims.read`."""
    by_month: dict[tuple[str, str, date], list[float]] = defaultdict(list)
    weeks = claims.read(data, name)
    last = max(week.ends for week in weeks)
    for week in weeks:
        for series, count in ((INITIAL, week.initial), (CONTINUED, week.continued)):
            if count is not None:
                by_month[series, week.area, week.ends.replace(day=1)].append(count)
    rows = [
        Observation(series, area, month, sum(counts) / len(counts), unit="persons")
        for (series, area, month), counts in sorted(by_month.items())
        if len(counts) == _weeks_in(month)
    ]
    if not rows:
        raise BadInput(Fault(name, "no whole month", "every week of at least one month of a state", "empty"), name)
    return Imported((batch_act(rows, series_set=SET, citation=CITATION, url=URL, released_on=last),))


def _weeks_in(month: date) -> int:
    """How many Saturdays, on which these weeks end, a month has."""
    first = month + timedelta(days=(5 - month.weekday()) % 7)
    return ((add_months(month, 1) - first).days + 6) // 7


def parse_delivery(data: bytes, name: str) -> Imported:
    """A table of delay, backlog and accuracy by state and month. Raises `BadInput` naming every fault by row."""
    found = tuple(table_acts(data, name, read_mapping(MAPPING.read_text("utf-8"), MAPPING.name)))
    faults = FaultCollector(name)
    for act in found:
        for row in read_columns(act.blobs[BLOB]):
            if row.series not in (*SHARES, BACKLOG):
                faults.add("series", row.series, f"one of {IN_TIME}, {BACKLOG}, {IMPROPER}", "series")
            elif row.value < 0 or (row.series in SHARES and max(row.value, row.high or 0) > 1):
                faults.add(f"{row.series}, {row.event}", row.value, "a count from 0, or a share from 0 to 1", "range")
            if row.subject not in areas():
                faults.add("subject", row.subject, "one of the 51 areas, such as area:us-mi", "area")
    faults.done()
    return Imported(found)


def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """A row for each state of which anything is known, by name; None for what is not."""
    known: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in newest(reading.tables, (INITIAL, CONTINUED, IN_TIME, BACKLOG, IMPROPER)):
        known[row["subject"], row["series"]].append(row)
    subjects = sorted({subject for subject, _ in known}, key=lambda one: area_name(one, reading.language))
    return [_row(reading, subject, known) for subject in subjects]


def _row(reading: Reading, subject: str, known: Mapping[tuple[str, str], Sequence[Row]]) -> dict[str, Any]:
    last = [_last(known.get((subject, series))) for series in (IN_TIME, BACKLOG, IMPROPER)]
    in_time, backlog, wrong = last
    take_up, month = _take_up(reading, subject, known.get((subject, CONTINUED)) or ())
    return {
        "area": area_name(subject, reading.language), "subject": subject, "take_up": take_up, "take_up_month": month,
        **_surge(known.get((subject, INITIAL)) or ()),
        "in_time": in_time and in_time["value"], "backlog": backlog and backlog["value"],
        "improper": wrong and wrong["value"], "improper_low": wrong and wrong["low"],
        "improper_high": wrong and wrong["high"],
        "month": max((row["event"][:7] for row in last if row), default=None),
    }  # fmt: skip


def as_shipped(language: str) -> list[Row]:
    """The same of the table that ships, where nobody filed any: newest take-up, newest and highest week of claims."""
    rows = [
        {
            "area": area_name(row["area"], language), "subject": row["area"], "take_up": row["take_up_newest"],
            "take_up_month": row["take_up_month"], "surge": row["surge_newest"],
            "surge_of": row["initial_newest_week"], "peak": row["surge"], "peak_of": row["initial_peak_week"],
            **dict.fromkeys(("month", "in_time", "backlog", "improper", "improper_low", "improper_high")),
        }
        for row in delivered.shipped()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: str(row["area"]))


def _last(found: Sequence[Row] | None) -> Row | None:
    return found[-1] if found else None


def _take_up(reading: Reading, subject: str, drawn: Sequence[Row]) -> tuple[float | None, str | None]:
    """The share of the unemployed who drew benefits in the newest month for which both are known."""
    unemployed = dict(reading.series(UNEMPLOYED, subject)) if drawn else {}
    for row in reversed(drawn):
        if unemployed.get(row["event"]):
            return round(row["value"] / unemployed[row["event"]], 3), row["event"][:7]
    return None, None


def _surge(initial: Sequence[Row]) -> dict[str, Any]:
    """The newest and the highest month's initial claims over the median month's, each with its month."""
    usual = median(row["value"] for row in initial) if initial else 0
    if not usual:
        return dict.fromkeys(("surge", "surge_of", "peak", "peak_of"))
    highest = max(initial, key=lambda row: row["value"])
    return {
        "surge": round(initial[-1]["value"] / usual, 2), "surge_of": initial[-1]["event"][:7],
        "peak": round(highest["value"] / usual, 2), "peak_of": highest["event"][:7],
    }  # fmt: skip


def cells(row: Row) -> list[str]:
    """A row for the page: shares in percent with the interval of a sample, what is not known as a dash."""
    wrong = _percent(row["improper"])
    if row["improper_low"] is not None:
        wrong += f" ({_percent(row['improper_low'])}–{_percent(row['improper_high'])})"
    waits = "–" if row["backlog"] is None else f"{row['backlog']:,.0f}"
    return [row["area"], _percent(row["take_up"]), _times(row, "surge"), _times(row, "peak"), _percent(row["in_time"]),
            waits, wrong, row["month"] or "–"]  # fmt: skip


def _times(row: Row, name: str) -> str:
    """How many times the usual, and of which week or month that is said."""
    return "–" if row[name] is None else f"{row[name]:g} ({row[f'{name}_of']})"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


LISTING = Listing(
    "insurance_delivery",
    Text(en="Delivery of unemployment insurance", zh="失业保险发放情况"),
    (
        Column("area", Text(en="Area", zh="地区")),
        Column("take_up", Text(en="Unemployed who draw it, %", zh="失业者中领取者（%）"), "number"),
        Column("surge", Text(en="Initial claims now, times their usual", zh="目前初次申领为平常的倍数"), "number"),
        Column("peak", Text(en="At their highest", zh="最高时的倍数"), "number"),
        Column("in_time", Text(en="First payments within 21 days, %", zh="21日内首次发放（%）"), "number"),
        Column("backlog", Text(en="Claims that wait", zh="待处理申领"), "number"),
        Column("improper", Text(en="Paid wrongly, of a sample (interval)", zh="抽样误付率（区间）"), "number"),
        Column("month", Text(en="Month of the last three", zh="后三项所属月份")),
        Column("improper_low", Text(en="Lower bound", zh="下限"), "number"),
        Column("improper_high", Text(en="Upper bound", zh="上限"), "number"),
        Column("take_up_month", Text(en="Month of the first", zh="首项所属月份")),
        Column("surge_of", Text(en="Month of the claims now", zh="目前申领所属月份")),
        Column("peak_of", Text(en="Month of the highest claims", zh="申领最高月份")),
        Column("subject", Text(en="Identifier", zh="标识")),
    ),
    rows,
    summary=Text(
        en="How the help that exists reaches people: who draws it, how far claims rose, how fast it is paid, what "
        "waits, and what was paid wrongly. Shares are from 0 to 1; empty where nobody filed it.",
        zh="现有援助的送达情况：领取比例、申领激增、发放速度、待处理量与误付率。比例为0至1；无人提交者为空。",
    ),
)
SHOWN = LISTING.columns[:8]  # type: ignore[index]
