"""What reports teach together: how their number changes, what is reported with what, and near misses being watched.

Each figure has its uncertainty: trends are negative binomial rate ratios with profile intervals; pairs are shown by the
lower ends of shrunk ratios (IC025 and EB05), never by observed over expected. None says what causes what.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from commonweal.kernel import registry
from commonweal.kernel.instrument import Chart, Page, Reading, Text
from commonweal.kernel.values import instant
from commonweal.methods.surveillance import Plan, critical_value, events_to_signal

from . import scales
from .publication import standing
from .reports import REPORT
from .surveillance import counted, watch_in_force
from .tables import withdrawals

MONTHS, CELL_LEAST, PAIRS_SHOWN, NAMES_MAX = 24, 3, 20, 200
PERIODS_LEAST, EVENTS_LEAST = 3, 5
Report = Mapping[str, Any]
_WORDS: Mapping[str, Text] = {
    "month": Text(en="Month", zh="月份"),
    "category": Text(en="Category", zh="类别"),
    "reports": Text(en="Reports", zh="报告数"),
    "events": Text(en="Near misses", zh="未遂事件数"),
    "expected": Text(en="Expected so far", zh="累计预期数"),
    "bound": Text(en="Signals from", zh="触发所需数"),
    "by_month": Text(en="Reports by month", zh="每月报告数"),
    "watched": Text(en="Near misses against what would signal", zh="未遂事件与触发界线"),
}


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """For officers: all reports that were not withdrawn, by the day on which each came in first."""
    rows, taken_back = registry.subjects(reading.tables, REPORT.noun), withdrawals(reading.tables)
    came = registry.first_filed(reading.tables, REPORT.noun)
    found = [
        {**row["body"], "on": came[row["subject"]][:10]}
        for row in rows
        if not row["erased"] and row["subject"] not in taken_back
    ]
    return {**_learnt(reading, found, found and min(one["on"] for one in found)), "watched": _watched(reading)}


def public_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """For everybody: what is published, by the day of its first publication."""
    found = [{**one, "on": one["first_published"]} for one in standing(reading.tables)]
    return _learnt(reading, found, found and min(one["on"] for one in found))


def _learnt(reading: Reading, found: Sequence[Report], since: Any) -> dict[str, Any]:
    months = _months(str(since)[:7], reading.now.strftime("%Y-%m")) if found else []
    counts: dict[Any, np.ndarray[Any, Any]] = {
        category: np.array(
            [sum(one["on"][:7] == month for one in found if one.get("category") == category) for month in months]
        )
        for category in scales.CATEGORIES
        if any(one.get("category") == category for one in found)
    }
    return {
        "total": len(found),
        "chart_": _by_month(reading, months, counts) if len(months) > 1 else None,
        "trends": [
            (
                scales.CATEGORIES[category].in_(reading.language),
                sum(one.get("category") == category for one in found),
                int(number.sum()),
                *_trend(number),
            )
            for category, number in counts.items()
        ],
        "months": len(months),
        "pairs": _pairs(found, reading.language),
        "least": CELL_LEAST,
    }


def _months(first: str, last: str) -> list[str]:
    """The months from the first to the last, at most two years of them, the unfinished one left out."""
    year, month = int(last[:4]), int(last[5:7])
    found: list[str] = []
    while len(found) < MONTHS:
        month -= 1
        if month == 0:
            year, month = year - 1, 12
        name = f"{year}-{month:02d}"
        if name < first:
            break
        found.append(name)
    return found[::-1]


def _trend(counts: np.ndarray[Any, Any]) -> tuple[float | None, float | None, float | None]:
    """The rate ratio a month with its 95 % interval; None where too little is known to say."""
    from commonweal.methods.trends import negative_binomial_trend

    if len(counts) < PERIODS_LEAST or counts.sum() < EVENTS_LEAST:
        return None, None, None
    found = negative_binomial_trend(counts, 1.0, np.arange(len(counts), dtype=float))
    ends = (found.ratio, found.low, found.high)
    return tuple(end if math.isfinite(end) else None for end in ends)  # type: ignore[return-value]


def _by_month(reading: Reading, months: Sequence[str], counts: Mapping[Any, Any]) -> Chart:
    language = reading.language
    cells = [
        (month, scales.CATEGORIES[category].in_(language), int(number[at]))
        for category, number in counts.items()
        for at, month in enumerate(months)
    ]
    names = tuple(_WORDS[word].in_(language) for word in ("month", "category", "reports"))
    spec = {
        "data": {"values": [dict(zip(("month", "category", "reports"), cell, strict=True)) for cell in cells]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "title": names[0]},
            "y": {"field": "reports", "type": "quantitative", "title": names[2], "axis": {"tickMinStep": 1}},
            "color": {"field": "category", "type": "nominal", "title": names[1]},
        },
    }
    return Chart(_WORDS["by_month"].in_(language), spec, names, cells)


# ── what is reported with what ──────────────────────────────────────────────────────────────────────────────────────


def _named(one: Report) -> Iterable[str]:
    """Who or what a report is about: registered models, else the names that it gives."""
    found = [str(model).partition(":")[2] for model in one.get("models") or ()]
    for field in ("developers_named", "deployers_named"):
        found += [str(name) for name in one.get(field) or ()]
    found += [str(one[field]) for field in ("developer_named", "deployer_named") if one.get(field)]
    return dict.fromkeys(found)


def _told(one: Report) -> Iterable[tuple[str, str]]:
    for field in ("harms", "misuses", "warnings"):
        for code in one.get(field) or ():
            yield field, str(code)


def _pairs(found: Sequence[Report], language: str) -> list[tuple[Any, ...]]:
    """Pairs of a name and of a harm, misuse or warning: (name, words, observed, expected, IC, IC025, EB05 or None).

    The highest IC025 first, of pairs that at least `CELL_LEAST` reports name.
    """
    from commonweal.methods.disproportionality import fit_prior, independent, information_component, shrunk_ratio

    names = Counter(name for one in found for name in _named(one))
    rows = [name for name, number in names.most_common(NAMES_MAX) if number >= CELL_LEAST]
    told = Counter(told for one in found for told in _told(one))
    columns = [one for one, number in told.items() if number >= CELL_LEAST]
    if not rows or not columns:
        return []
    both = Counter((name, told) for one in found for name in _named(one) for told in _told(one))
    observed = np.array([[both[name, told] for told in columns] for name in rows], dtype=float)
    expected = independent([names[name] for name in rows], [told[one] for one in columns], len(found))
    component = information_component(observed, expected)
    try:
        shrunk = shrunk_ratio(observed, expected, fit_prior(observed, expected).prior)
    except (ValueError, ArithmeticError):  # too few cells, or a table that tells nothing of its own spread
        shrunk = None
    cells = [
        (
            rows[i],
            _words(*columns[j], language),
            int(observed[i, j]),
            float(expected[i, j]),
            float(component.point[i, j]),
            float(component.low[i, j]),
            float(shrunk.low[i, j]) if shrunk is not None else None,
        )
        for i in range(len(rows))
        for j in range(len(columns))
        if observed[i, j] >= CELL_LEAST
    ]
    return sorted(cells, key=lambda cell: (-cell[5], cell[0]))[:PAIRS_SHOWN]


def _words(field: str, code: str, language: str) -> str:
    known = scales.SCALES[field]
    return known[code].in_(language) if code in known else code


# ── near misses being watched ───────────────────────────────────────────────────────────────────────────────────────


def _watched(reading: Reading) -> dict[str, Any] | None:
    """Each kind of warning against the number that would signal, under the plan in force."""
    agreed = watch_in_force(reading.tables, instant(reading.now.isoformat()))
    day = reading.now.date()
    if agreed is None or day < agreed.since:
        return None
    line = critical_value(agreed.plan, agreed.alpha)
    began, expected = agreed.expected(day)
    bound = float(events_to_signal(agreed.plan, line, min(expected, agreed.plan.limit)))
    rows = []
    for code, words in scales.WARNINGS.items():
        events, _ = counted(reading.tables, agreed, code, day)
        rows.append((words.in_(reading.language), events, bound, events >= bound))
    return {
        "began": began.isoformat(),
        "expected": expected,
        "limit": agreed.plan.limit,
        "alpha": agreed.alpha,
        "line": line,
        "bound": bound,
        "rows": rows,
        "chart_": _bounds(
            reading.language, agreed.plan, line, [(words, events, expected) for words, events, *_ in rows]
        ),
    }


def _bounds(language: str, plan: Plan, line: float, stands: Sequence[tuple[str, int, float]]) -> Chart:
    """The number of near misses that signals at each expected count, with where each kind of warning stands."""
    at = np.linspace(plan.limit / 60, plan.limit, 60)
    needed = events_to_signal(plan, line, at)
    names = tuple(_WORDS[word].in_(language) for word in ("expected", "bound"))
    here = [{"expected": expected, "events": events, "warning": words} for words, events, expected in stands if events]
    spec = {
        "layer": [
            {
                "data": {
                    "values": [{"expected": float(x), "bound": float(y)} for x, y in zip(at, needed, strict=True)]
                },
                "mark": {"type": "line", "interpolate": "step-after"},
                "encoding": {
                    "x": {"field": "expected", "type": "quantitative", "title": names[0]},
                    "y": {"field": "bound", "type": "quantitative", "title": _WORDS["events"].in_(language)},
                },
            },
            {
                "data": {"values": here},
                "mark": {"type": "point", "filled": True, "size": 80},
                "encoding": {
                    "x": {"field": "expected", "type": "quantitative"},
                    "y": {"field": "events", "type": "quantitative"},
                },
            },
        ]
    }
    cells = [(float(x), float(y)) for x, y in zip(at[9::10], needed[9::10], strict=True)]
    return Chart(_WORDS["watched"].in_(language), spec, names, cells)


PAGES = (
    Page(
        "incident-learning",
        "/incident-reports/learning",
        Text(en="What reports teach", zh="报告的启示"),
        "learning.html",
        view,
        roles=("officer", "authority"),
    ),
    Page(
        "incident-trends",
        "/incidents-trends",
        Text(en="Trends of published incidents", zh="已公布事件趋势"),
        "learning.html",
        public_view,
    ),
)
