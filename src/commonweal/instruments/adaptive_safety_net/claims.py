"""Weekly claims for unemployment insurance by state, as Opportunity Insights publishes them: insured rates, delivery.

The file has a row a week and state, with counts of initial and continued claims and, beside each, the same per hundred
people in the state's labour force of 2019. The statute's insured rate has covered jobs under it, which are fewer: the
rate here is lower by some hundredths of itself, and says so. It begins in January 2020, so that a look-back over two
years is not known before 2022.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from commonweal.kernel.values import BadInput, Fault, FaultCollector, Text, TooLarge, shown

from .laus import areas

INSURED_RATE = "ui.insured_rate13"
BYTES_MAX, ROWS_MAX, FAULTS_MAX = 64 << 20, 200_000, 50
WEEKS = 13
COLUMNS = ("year", "month", "day_endofweek", "statefips", "initclaims_count_regular", "contclaims_count_regular",
           "contclaims_rate_regular")  # fmt: skip
NOT_KNOWN = Text(
    en="How long a first payment takes and how many claims wait are not known: no file of those (ETA 9050, 9052) ships "
    "with this. An office lays them out as a table and files it: weal observe DIR adaptive_safety_net delivery FILE.",
    zh="首次付款所需时间与待处理申领数未知：本软件未附带相关文件（ETA 9050、9052）。机关可将其整理成表后提交："
    "weal observe DIR adaptive_safety_net delivery FILE。",
)


@dataclass(frozen=True, slots=True)
class Week:
    """One week of one area; None where the file has no figure."""

    area: str
    ends: date
    initial: float | None
    continued: float | None
    rate: float | None


def read(data: bytes, name: str) -> list[Week]:
    """The weeks of a file, by area and time. Raises `BadInput` naming every fault by row, `TooLarge`."""
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault(name, f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"))
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        heading = tuple(rows.fieldnames or ())
    except UnicodeDecodeError as error:
        raise BadInput(
            Fault(name, f"byte 0x{data[error.start]:02x}", "must be UTF-8 text", "encoding"), name
        ) from error
    faults = FaultCollector(name)
    for column in COLUMNS:
        if column not in heading:
            faults.add("line 1", shown(", ".join(heading)), f"a column {column}", "heading")
    faults.done()
    reader = _Reader(faults)
    for number, row in enumerate(rows, 2):
        if number > ROWS_MAX:
            raise TooLarge(Fault(name, f"more than {ROWS_MAX} rows", f"at most {ROWS_MAX} rows", "too_large"))
        reader.row(number, row)
        if faults.count >= FAULTS_MAX:
            faults.add("(further rows)", f"from row {number + 1}", "mend these first", "more")
            break
    if not reader.weeks and not faults.count:
        faults.add("(whole)", "no rows", "at least one week of one state", "empty")
    faults.done()
    return sorted(reader.weeks.values(), key=lambda week: (week.area, week.ends))


class _Reader:
    def __init__(self, faults: FaultCollector) -> None:
        self.faults = faults
        self.weeks: dict[tuple[str, date], Week] = {}
        self.subjects = {int(area.fips): area.subject for area in areas().values()}

    def row(self, number: int, row: Mapping[str, str | None]) -> None:
        before = self.faults.count
        parts = [self._whole(number, row, name) for name in ("year", "month", "day_endofweek", "statefips")]
        initial, continued, rate = (self._figure(number, row, name) for name in COLUMNS[4:])
        if self.faults.count > before:
            return
        year, month, day, fips = parts
        try:
            ends = date(year, month, day)
        except ValueError:
            self.faults.add(f"row {number}", f"{year}-{month}-{day}", "a day that exists", "date")
            return
        area = self.subjects.get(fips)
        if area is None:
            self.faults.add(f"row {number}, statefips", fips, "the code of one of the 51 areas", "area")
        elif (area, ends) in self.weeks:
            self.faults.add(f"row {number}", f"{area}, {ends}", "each week of a state once", "duplicate")
        else:
            self.weeks[area, ends] = Week(area, ends, initial, continued, rate)

    def _whole(self, number: int, row: Mapping[str, str | None], name: str) -> int:
        text = (row.get(name) or "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            self.faults.add(f"row {number}, {name}", text or "(empty)", "a whole number", "number")
            return 0
        return int(text)

    def _figure(self, number: int, row: Mapping[str, str | None], name: str) -> float | None:
        text = (row.get(name) or "").strip()
        if text in ("", "."):
            return None
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value < 1e9:
            self.faults.add(
                f"row {number}, {name}", text, "a number not below zero, or nothing where unknown", "number"
            )
            return None
        return value


def insured_rates(weeks: Sequence[Week]) -> list[tuple[str, str, date, float]]:
    """`(series, area, month, percent)`: the mean rate of the thirteen weeks up to the last that ended in each month.

    A month has none where one of those weeks is missing.
    """
    by_area: dict[str, dict[date, float]] = defaultdict(dict)
    for week in weeks:
        if week.rate is not None:
            by_area[week.area][week.ends] = week.rate
    found = []
    for area, rates in by_area.items():
        last = {day.replace(day=1): day for day in sorted(rates)}
        for month, day in last.items():
            span = [rates.get(day - timedelta(weeks=back)) for back in range(WEEKS)]
            known = [rate for rate in span if rate is not None]
            if len(known) == WEEKS and (day + timedelta(weeks=1)).month != month.month:
                found.append((INSURED_RATE, area, month, sum(known) / WEEKS))
    return found


def delivery(weeks: Sequence[Week], unemployed: Mapping[tuple[str, date], float]) -> list[dict[str, Any]]:
    """How unemployment insurance was delivered, by area: how many it reached, how far claims rose above their usual.

    `unemployed` are persons by area and month. `take_up` is the median month's share of them who drew regular benefits
    (more than all where people on short time draw them); `surge` the highest week of initial claims over the median,
    `surge_newest` the newest one over it.
    """
    by_area: dict[str, list[Week]] = defaultdict(list)
    for week in weeks:
        by_area[week.area].append(week)
    return [_delivered(area, rows, unemployed) for area, rows in sorted(by_area.items())]


def _delivered(area: str, rows: Sequence[Week], unemployed: Mapping[tuple[str, date], float]) -> dict[str, Any]:
    monthly: dict[date, list[float]] = defaultdict(list)
    for week in rows:
        if week.continued is not None:
            monthly[week.ends.replace(day=1)].append(week.continued)
    shares = {
        month: sum(counts) / len(counts) / unemployed[area, month]
        for month, counts in monthly.items()
        if unemployed.get((area, month))
    }
    initial = {week.ends: week.initial for week in rows if week.initial is not None}
    usual = median(initial.values()) if initial else 0.0
    peak = max(initial, key=lambda day: initial[day]) if initial else None
    return {
        "area": area,
        "weeks": len(rows),
        "from": rows[0].ends.isoformat(),
        "to": rows[-1].ends.isoformat(),
        "take_up": round(float(median(shares.values())), 3) if shares else None,
        "take_up_newest": round(float(shares[max(shares)]), 3) if shares else None,
        "take_up_month": max(shares).isoformat()[:7] if shares else None,
        "initial_usual": round(usual),
        "initial_peak": round(initial[peak]) if peak else None,
        "initial_peak_week": peak.isoformat() if peak else None,
        "surge": round(initial[peak] / usual, 1) if peak and usual else None,
        "initial_newest": round(initial[max(initial)]) if initial else None,
        "initial_newest_week": max(initial).isoformat() if initial else None,
        "surge_newest": round(initial[max(initial)] / usual, 2) if usual else None,
        "delay_weeks": None,
        "backlog": None,
    }
