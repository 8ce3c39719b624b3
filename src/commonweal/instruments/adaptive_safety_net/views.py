"""What the pages and lists show: pure functions of a reading."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from commonweal.kernel.instrument import Column, Filter, Listing, Reading, Row, Text
from commonweal.kernel.thresholds import (
    ThresholdRule,
    backtest,
    frame,
    history,
    intervals,
    read_rule,
    replay,
    rule_of,
    states,
    switches,
    track,
)
from commonweal.kernel.values import NotFound
from commonweal.methods.series import runs

from . import charts
from .laus import NATION, area_name, areas
from .months import (
    NATIONAL,
    TOTAL_RATE,
    Share,
    counts,
    in_law_from,
    is_made_up,
    line_of,
    look_back_of,
    made_up_from,
    made_up_since,
    share,
    with_made_up,
)
from .words import SHOWN, word

VARIANT = Path(__file__).parent / "rules" / "variants" / "sahm_gap_rounded.toml"
DAY_ONE = "1976-01-01"


# --- the national gap -------------------------------------------------------------------------------------------------


@functools.cache
def rounded_rule() -> ThresholdRule:
    """The comparison that works on rounded rates; it is not in force anywhere."""
    return read_rule(VARIANT.read_text("utf-8"))


def national_runs(reading: Reading) -> list[Row]:
    """Runs in which the gap stands at its line, from unrounded rates (as adopted) and from rounded ones (to compare).

    Each has `rates` (unrounded or rounded), `from` and `until` (first month, first month after), `months` and `peak`.
    """
    rows = [row for row in track(reading.tables, NATIONAL, NATION) if row["value"] is not None]
    found = [
        _run("unrounded", start, until, [row["value"] for row in rows if start <= row["event"] < (until or "9999")])
        for start, until, state in history(reading.tables, NATIONAL, NATION)
        if state == "firing"
    ]
    return found + rounded_runs([(row["event"], row["quantities"]["national"]) for row in rows_known(reading)])


def rows_known(reading: Reading) -> list[Row]:
    """Months whose national rate is known."""
    return [row for row in track(reading.tables, NATIONAL, NATION) if row["quantities"].get("national") is not None]


def rounded_runs(rates: Sequence[tuple[str, float]]) -> list[Row]:
    """The runs that the comparison rule finds in unrounded national rates `(event, percent)` once they are rounded."""
    if not rates:
        return []
    rule = rounded_rule()
    observed = [("us.rate", NATION, date.fromisoformat(event), rate) for event, rate in rates]
    result = backtest(rule, frame(observed, rule.grid))
    gap = result.quantities["gap"][:, 0]
    firing = result.states[:, 0] == 3
    found = []
    for first, last in runs(firing):
        start, until = rule.grid.start(result.start + first), rule.grid.start(result.start + last + 1)
        over = last + 1 < len(firing)
        values = [float(value) for value in gap[first : last + 1]]
        found.append(_run("rounded", start.isoformat(), until.isoformat() if over else None, values))
    return found


def _run(rates: str, start: str, until: str | None, values: Sequence[float]) -> Row:
    peak = max(values) if values else None
    return {
        "rates": rates,
        "from": start,
        "until": until,
        "months": len(values),
        "peak": None if peak is None else round(peak, 2),
    }


def _listed_runs(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    wanted = query.get("rates", "")
    found = [row for row in national_runs(reading) if not wanted or row["rates"] == wanted]
    named: dict[str, Callable[[Any], str | None]] = {
        "from": _month,
        "until": _month,
        "rates": functools.partial(word, reading),
    }
    return [row | {name: shown(row[name]) for name, shown in named.items()} for row in found]


def _month(day: str | None) -> str | None:
    """The month that begins on a day, as lists show months and files write them: `1976-01`."""
    return day[:7] if day else None


# --- the states -------------------------------------------------------------------------------------------------------


def _listed_states(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    wanted, made_up = query.get("state", ""), made_up_since(reading.tables)
    rows = []
    for row in states(reading.tables, TOTAL_RATE):
        shown = SHOWN[row["state"]]
        if wanted in ("", shown):
            figures = row["quantities"]
            rows.append(
                {
                    "area": area_name(row["subject"], reading.language),
                    "href": f"/unemployment/{row['subject'].removeprefix('area:')}",
                    "subject": row["subject"],
                    "state": shown,
                    "since": _month(row["since"]),
                    "month": _month(row["event"]),
                    "rate": row["value"],
                    "of_year_before": figures.get("of_year_before"),
                    "of_two_years_before": figures.get("of_two_years_before"),
                    "made_up": is_made_up(made_up, row["subject"], row["event"]),
                }
            )
    return sorted(rows, key=lambda row: str(row["subject"]))


def _listed_switches(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    subject, made_up = query.get("area", ""), made_up_since(reading.tables)
    return [
        {
            "at": _month(row["at"]),
            "href": f"/record/{row['filed']}" if row["filed"] is not None else "",
            "rule": row["rule"],
            "area": area_name(row["subject"], reading.language),
            "subject": row["subject"],
            "from": SHOWN[row["from_state"]],
            "to": SHOWN[row["to_state"]],
            "value": row["value"],
            "known": row["known"][:10],
            "cause": word(reading, row["cause"]),
            "counterfactual": bool(row["counterfactual"]),
            "made_up": is_made_up(made_up, row["subject"], row["at"]),
        }
        for rule in _rules_of(query)
        for row in switches(reading.tables, rule, subject)
    ]


def _rules_of(query: Mapping[str, str]) -> Sequence[str]:
    both = (NATIONAL, TOTAL_RATE)
    return [rule for rule in both if query.get("rule", "") in ("", rule)]


def _listed_months(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    made_up = made_up_since(reading.tables)
    return [
        row | {"event": _month(row["event"]), "made_up": is_made_up(made_up, NATION, row["event"])}
        for row in counts(reading.tables)
    ]


def _area_choices(reading: Reading) -> list[tuple[str, str]]:
    nation = [(NATION, area_name(NATION, reading.language))]
    return nation + [(subject, area_name(subject, reading.language)) for subject in areas()]


def _state_choices(reading: Reading) -> list[tuple[str, str]]:
    return [(name, word(reading, name)) for name in ("on", "off", "pending", "unknown")]


def _rule_choices(reading: Reading) -> list[tuple[str, str]]:
    return [(rule.id, rule.title.in_(reading.language)) for rule in _adopted(reading)]


def _rate_choices(reading: Reading) -> list[tuple[str, str]]:
    return [(name, word(reading, name)) for name in ("unrounded", "rounded")]


def _adopted(reading: Reading) -> list[ThresholdRule]:
    found = []
    for rule_id in (NATIONAL, TOTAL_RATE):
        try:
            found.append(rule_of(reading.tables, rule_id))
        except NotFound:
            continue
    return found


STATE_COLUMNS = (
    Column("area", Text(en="Area", zh="地区")),
    Column("subject", Text(en="Identifier", zh="标识")),
    Column("state", Text(en="State", zh="状态"), "state"),
    Column("since", Text(en="Since", zh="自"), "date"),
    Column("month", Text(en="Newest month", zh="最新月份"), "date"),
    Column("rate", Text(en="Rate over three months, %", zh="三个月失业率（%）"), "number"),
    Column("of_year_before", Text(en="Ratio to a year before", zh="与上年同期之比"), "number"),
    Column("of_two_years_before", Text(en="Ratio to two years before", zh="与两年前同期之比"), "number"),
)

STATES_LISTING = Listing(
    id="states",
    title=Text(en="Total-rate trigger by state", zh="各州总失业率触发状态"),
    summary=Text(
        en="Where the extended-benefits total-rate criterion stands, as of the newest figures.",
        zh="按最新数据，各州延长失业保险金总失业率条件的状态。",
    ),
    columns=lambda reading: with_made_up(reading.tables, STATE_COLUMNS),
    rows=_listed_states,
    filters=(Filter("state", Text(en="State", zh="状态"), _state_choices),),
)

RUNS_LISTING = Listing(
    id="national_runs",
    title=Text(en="Runs of the national gap", zh="全国缺口触发时段"),
    summary=Text(
        en="Months in which the Sahm-type gap stood at its line: from unrounded rates, as the rule in force does, "
        "and from rates rounded to one decimal, to compare.",
        zh="萨姆式缺口达到界线的时段：按未舍入的失业率（现行规则），以及按舍入到一位小数的失业率（供比较）。",
    ),
    columns=(
        Column("from", Text(en="First month", zh="首月"), "date"),
        Column("until", Text(en="Over in", zh="结束于"), "date"),
        Column("months", Text(en="Months", zh="月数"), "number"),
        Column("peak", Text(en="Widest gap, percentage points", zh="最大缺口（个百分点）"), "number"),
        Column("rates", Text(en="Rates", zh="失业率"), "text"),
    ),
    rows=_listed_runs,
    filters=(Filter("rates", Text(en="Rates", zh="失业率"), _rate_choices),),
)

SWITCH_COLUMNS = (
    Column("at", Text(en="Month", zh="月份"), "date"),
    Column("rule", Text(en="Rule", zh="规则")),
    Column("area", Text(en="Area", zh="地区")),
    Column("subject", Text(en="Identifier", zh="标识")),
    Column("from", Text(en="From", zh="从"), "state"),
    Column("to", Text(en="To", zh="到"), "state"),
    Column("value", Text(en="Figure", zh="数值"), "number"),
    Column("known", Text(en="Decided on", zh="判定日"), "date"),
    Column("cause", Text(en="Because of", zh="原因")),
    Column("counterfactual", Text(en="Before it was law", zh="先于法律"), "boolean"),
)

SWITCHES_LISTING = Listing(
    id="switches",
    title=Text(en="Switches of the unemployment thresholds", zh="失业阈值的切换"),
    summary=Text(en="Every change of state, each an entry of the record.", zh="每次状态变化，均为记录中的一个条目。"),
    columns=lambda reading: with_made_up(reading.tables, SWITCH_COLUMNS),
    rows=_listed_switches,
    filters=(
        Filter("rule", Text(en="Rule", zh="规则"), _rule_choices),
        Filter("area", Text(en="Area", zh="地区"), _area_choices),
    ),
)


def _month_columns(reading: Reading) -> tuple[Column, ...]:
    at = line_of(reading.tables)
    columns = (
        Column("event", Text(en="Month", zh="月份"), "date"),
        Column("judged", Text(en="States judged", zh="判定州数"), "number"),
        Column("high", Text(en=f"At {at} % or above", zh=f"不低于 {at}%"), "number"),
        Column("on_met", Text(en="Criterion met", zh="满足条件"), "number"),
        Column("off_look_back", Text(en="Off only for the look-back", zh="仅因回溯比较而未触发"), "number"),
        Column("look_back_unknown", Text(en="Look-back not known", zh="回溯比较未知"), "number"),
        Column("firing", Text(en="Trigger on", zh="触发"), "number"),
    )
    return with_made_up(reading.tables, columns)


MONTHS_LISTING = Listing(
    id="months",
    title=Text(en="States at the line of the total-rate trigger, by month", zh="逐月失业率达到触发界线的州数"),
    columns=_month_columns,
    rows=_listed_months,
)

LISTINGS = (STATES_LISTING, RUNS_LISTING, SWITCHES_LISTING, MONTHS_LISTING)


# --- pages ------------------------------------------------------------------------------------------------------------


def overview(reading: Reading, query: Mapping[str, str]) -> dict[str, Any]:
    """The page of both thresholds over fifty years."""
    months = counts(reading.tables)
    found = national_runs(reading)
    in_law = share(months, in_law_from(reading.tables))
    return {
        "rules": [_rule_line(rule, reading) for rule in _adopted(reading)],
        "newest": months[-1]["event"] if months else "",
        "made_up": made_up_from(reading.tables),
        "runs": [row for row in found if row["rates"] == "unrounded"],
        "only_rounded": _only_rounded(found),
        "share": share(months),
        "share_in_law": in_law,
        "percent": _percents(share(months), in_law),
        "states_on": [row for row in _listed_states(reading, {}) if row["state"] == "on"],
        "gap_chart": charts.gap(reading, track(reading.tables, NATIONAL, NATION), found),
        "strip_chart": charts.strip(reading, state_histories(reading), months[-1]["event"] if months else ""),
        "share_chart": charts.shares(reading, months),
        "since": in_law_from(reading.tables)[:7],
        "line": line_of(reading.tables),
        "look_back": look_back_of(reading.tables),
    }


def _percents(whole: Share, in_law: Share) -> dict[str, str]:
    parts = {
        "off_of_known": whole.off_of_known,
        "not_on": whole.not_on,
        "off_in_law": in_law.off_of_known,
    }
    return {name: "–" if part is None else f"{100 * part:.1f}" for name, part in parts.items()}


def _only_rounded(found: Sequence[Row]) -> list[Row]:
    """Runs from rounded rates that overlap none from unrounded ones."""
    firm = [row for row in found if row["rates"] == "unrounded"]
    return [
        row
        for row in found
        if row["rates"] == "rounded"
        and not any(
            row["from"] < (other["until"] or "9999") and other["from"] < (row["until"] or "9999") for other in firm
        )
    ]


def state_histories(reading: Reading) -> dict[str, list[tuple[str, str | None, str]]]:
    """By area in alphabetical order, the intervals `(from, to, state)` of the total-rate trigger."""
    decided: dict[str, list[Row]] = {}
    for row in switches(reading.tables, TOTAL_RATE):
        decided.setdefault(row["subject"], []).append(row)
    held = {row["subject"] for row in states(reading.tables, TOTAL_RATE)}
    first = counts(reading.tables)
    start = first[0]["event"] if first else DAY_ONE
    return {area: intervals(decided.get(area, []), start) for area in areas() if area in held}


def area_page(reading: Reading, query: Mapping[str, str]) -> dict[str, Any]:
    """One state: its rate, its trigger and every switch. Raises `NotFound` for an area that has no figures."""
    subject = f"area:{query.get('area', '')}"
    rows = track(reading.tables, TOTAL_RATE, subject) if subject in areas() else []
    if not rows:
        raise NotFound("area with figures", query.get("area", ""), "see /unemployment for the list")
    spans = history(reading.tables, TOTAL_RATE, subject)
    newest = rows[-1]
    now = next((row for row in states(reading.tables, TOTAL_RATE) if row["subject"] == subject), newest)  # or silence
    return {
        "title": area_name(subject, reading.language),
        "subject": subject,
        "state": SHOWN[now["state"]],
        "newest": newest["event"],
        "made_up": made_up_from(reading.tables, subject),
        "rate": newest["value"],
        "times_on": sum(state == "firing" for _, _, state in spans),
        "months_on": sum(row["state"] == "firing" for row in rows),
        "months_high": sum(_reaches(row) for row in rows),
        "months": len(rows),
        "switches": _listed_switches(reading, {"area": subject, "rule": TOTAL_RATE}),
        "columns": [
            column
            for column in with_made_up(reading.tables, SWITCH_COLUMNS)
            if column.id not in ("rule", "area", "subject")
        ],
        "chart_": charts.area(reading, rows, spans, area_name(subject, reading.language)),
        "revised": _revised(reading, subject, rows),
        "since": in_law_from(reading.tables)[:7],
        "line": line_of(reading.tables),
        "look_back": look_back_of(reading.tables),
    }


def _revised(reading: Reading, subject: str, rows: Sequence[Row]) -> list[tuple[str, float, float]]:
    """The months that were judged by another rate than the figures give now, newest first: month, rate then, rate now.

    A month is shown as it was judged when its figures came; what is revised afterwards changes none of these.
    """
    rule = rule_of(reading.tables, TOTAL_RATE)
    known = [
        (name, subject, date.fromisoformat(event), value)
        for name in rule.series
        for event, value in reading.series(name, subject)
    ]
    judged = replay(rule, frame(known, rule.grid)).judged.get(subject, ()) if known else ()
    now = {one.event: one.value for one in judged}
    return [
        (row["event"][:7], row["value"], found)
        for row in reversed(rows)
        if row["value"] is not None
        and (found := now.get(row["event"])) is not None
        and round(found, 1) != round(row["value"], 1)
    ]


def _reaches(row: Row) -> bool:
    rate, line = row["value"], row["quantities"].get("line")
    return rate is not None and line is not None and rate >= line


def _rule_line(rule: ThresholdRule, reading: Reading) -> dict[str, Any]:
    language = reading.language
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title.in_(language),
        "text": rule.text.in_(language),
        "citation": rule.citation,
        "url": rule.url,
        "expr": rule.expr.text,
        "lets": [(name, let.text) for name, let in rule.lets.items()],
        "in_force_from": rule.in_force_from.isoformat(),
    }
