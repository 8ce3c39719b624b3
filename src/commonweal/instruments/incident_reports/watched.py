"""Near misses being watched, as officers see it: how each kind of warning stands, and the closing of a signal.

What is shown is what signals are made of (`surveillance.stand`): the page has no count of its own. That a bound was
reached is shown at once, the signal is recorded when the day is over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from commonweal.kernel.instrument import Act, Chart, Choice, Deed, Question, Reading, Row, Text
from commonweal.kernel.values import instant
from commonweal.methods.surveillance import events_to_signal

from .desk.doing import filled
from .scales import WARNINGS
from .surveillance import CLOSED, FIELDS, FINDINGS, Stand, Watch, near_misses, signals, stand, watch_in_force

PATH = "/incident-reports/learning"
CLOSED_SHOWN = 10
_WORDS: Mapping[str, Text] = {
    "warning": FIELDS["warning"],
    "incidents": FIELDS["incidents"],
    "expected": Text(en="To be expected", zh="预期数"),
    "needed": Text(en="Signals from", zh="触发所需数"),
    "told": Text(en="Told of", zh="已获知"),
    "chart": Text(en="Near misses told of, and how many would be a signal", zh="已获知的未遂事件与触发信号所需数"),
    "note": Text(
        en="Bars: incidents told of in this period. Dot: how many were to be expected. Upright line: from so many on, "
        "a signal.",
        zh="条形：本期内已获知的事件数；圆点：预期数；竖线：达到此数即构成信号。",
    ),
}
REASONS = Text(
    en="What the reports show when they are read together, and what was done.",
    zh="合并研读各报告的结论及所采取的措施。",
)


def watched(reading: Reading) -> dict[str, Any] | None:
    """Each kind of warning against the number that would signal, under the plan in force; None where there is none."""
    agreed = watch_in_force(reading.tables, instant(reading.now.isoformat()))
    day = reading.now.date()
    if agreed is None or day < agreed.since:
        return None
    near = near_misses(reading.tables, agreed)
    rows = [_row(stand(reading.tables, agreed, code, day, near), agreed, reading.language) for code in WARNINGS]
    rows.sort(key=lambda row: (row["signal_on"] is None, -row["incidents"]))
    told = signals(reading.tables)
    return {
        "rows": rows,
        "table": [
            tuple(
                row[name]
                for name in (
                    "words",
                    "began",
                    "in_all",
                    "incidents",
                    "filers",
                    "waiting",
                    "expected",
                    "needed",
                    "signal_on",
                )
            )
            for row in rows
        ],
        "unnamed": len({row["report"] for row in near.rows if not row["warning"]}),
        "open": [_told(row, reading.language) for row in told if row["closed"] is None],
        "closed": [_told(row, reading.language) for row in told if row["closed"] is not None][:CLOSED_SHOWN],
        "reached": [row for row in rows if row["reached"]],
        "nears": [row for row in rows if row["nears"]],
        "quiet": not any(row["signal_on"] or row["reached"] or row["nears"] for row in rows),
        "asks": asks(reading),
        "path": PATH,
        "version": agreed.version,
        "per_30_days": agreed.per_30_days,
        "limit": agreed.plan.limit,
        "alpha": agreed.alpha,
        "line": agreed.line,
        "handled_only": agreed.handled_only,
        "copies_from": agreed.resemblance,
        "filer_days": agreed.filer_days,
        "filers_min": agreed.filers_min,
        "within_days": agreed.within_days,
        "share": agreed.share,
        "chart_": _chart(reading.language, rows),
    }


def _row(found: Stand, agreed: Watch, language: str) -> dict[str, Any]:
    plan = replace(agreed.plan, limit=max(agreed.plan.limit, found.expected))  # a share of all may lie past it
    needed = float(events_to_signal(plan, found.line, found.expected))
    return {
        "code": found.warning,
        "words": WARNINGS[found.warning].in_(language),  # type: ignore[index]
        "began": found.began.isoformat(),
        "in_all": found.in_all,
        "incidents": found.incidents,
        "filers": found.filers,
        "looked_over": found.looked_over,
        "waiting": found.waiting,
        "expected": found.expected,
        "needed": needed if math.isfinite(needed) and found.signal is None else None,
        "signal_on": found.signal["on"] if found.signal else None,
        "reached": found.crossed is not None and found.signal is None,
        "nears": found.nears and found.crossed is None and found.signal is None,
    }


def _told(row: Row, language: str) -> dict[str, Any]:
    finding = FINDINGS[row["finding"]].in_(language) if row["finding"] else None
    return {
        **{name: row[name] for name in ("entry", "on", "began", "incidents", "looked_over", "filers", "expected")},
        "words": WARNINGS[row["warning"]].in_(language),
        **({"entry": row["closed"], "closed_on": row["closed_at"][:10], "finding": row["finding"],
            "finding_words": finding, "signal": row["entry"]} if row["closed"] is not None else {}),
    }  # fmt: skip


def _chart(language: str, rows: Sequence[Mapping[str, Any]]) -> Chart:
    words = {name: text.in_(language) for name, text in _WORDS.items()}
    values = [{name: row[name] for name in ("words", "incidents", "expected", "needed")} for row in rows]
    y = {"field": "words", "type": "nominal", "title": None, "sort": None}

    def across(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": words["incidents"], "axis": {"tickMinStep": 1}}

    spec = {
        "layer": [
            {"data": {"values": values}, "mark": {"type": "bar", "height": 12},
             "encoding": {"y": y, "x": across("incidents")}},
            {"data": {"values": values}, "mark": {"type": "point", "filled": True, "size": 60, "color": "#1d2733"},
             "encoding": {"y": y, "x": across("expected")}},
            {"data": {"values": [one for one in values if one["needed"] is not None]},
             "mark": {"type": "tick", "thickness": 3, "size": 18, "color": "#b14a21"},
             "encoding": {"y": y, "x": across("needed")}},
        ]
    }  # fmt: skip
    names = [words[name] for name in ("warning", "told", "expected", "needed")]
    cells = [tuple(row.values()) for row in values]
    return Chart(words["chart"], spec, names, cells, words["note"])


# ── closing a signal ────────────────────────────────────────────────────────────────────────────────────────────────


def asks(reading: Reading) -> Sequence[Question]:
    """What closing a signal asks; nothing where none stands."""
    there = [row for row in signals(reading.tables) if row["closed"] is None]
    which = tuple(
        Choice(str(row["entry"]), Text(en=f"{WARNINGS[row['warning']]['en']}, {row['on']}",
                                       zh=f"{WARNINGS[row['warning']]['zh']}，{row['on']}"))
        for row in there
    )  # fmt: skip
    findings = tuple(Choice(code, words) for code, words in FINDINGS.items() if code != "annulled")
    return (
        Question("signal", FIELDS["signal"], "one", choices=which, required=True),
        Question("finding", FIELDS["finding"], "one", choices=findings, required=True),
        Question("reasons", Text(en="Reasons", zh="理由"), "long_text", hint=REASONS, required=True),
    ) if there else ()  # fmt: skip


def closing(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The act by which an officer closes a signal; what is amiss with it is said by the kind."""
    body: dict[str, Any] = filled(given, "signal", "finding", "reasons")
    if (named := body.get("signal", "")).isascii() and named.isdigit():
        body["signal"] = int(named[:20])
    return Deed((Act(CLOSED.id, body, key=""),), PATH)
