"""`weal backtest`: a rule over history: time in each state, switches, near misses, and other values of a parameter."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal import backtesting
from commonweal.authority import Authority
from commonweal.kernel import thresholds
from commonweal.kernel.expressions import DURATION_WANT, duration
from commonweal.kernel.instrument import Column, Text
from commonweal.kernel.values import BadInput, Fault, FaultCollector, NotFound

from .adopted import adopted_text
from .drawing import check_plot, draw
from .filing import FILE_BYTES_MAX, MAPPING_BYTES_MAX, read_bytes
from .moments import Moment
from .out import as_csv, as_json, bar, err, out, table
from .rules import RULE_BYTES_MAX
from .series import moment

SHOWN = 25
_STATES = ("subject", "periods", *thresholds.STATES, "switches", "runs", "first_on", "last_on")
_SWITCHES = ("subject", "at", "from_state", "to_state", "cause", "value", "known", "counterfactual")
_MISSES = ("subject", "kind", "from", "to", "periods", "closest", "value", "line", "distance")
_SWEEP = ("value", "as_written", "firing", "share", "runs", "subjects", "first", "differs")


def add_to(app: App) -> None:
    app.command(backtest)


def backtest(
    rule: str,
    /,
    *,
    data: Path,
    from_: Annotated[Moment, Parameter(name="--from")] = "",
    to: Moment = "",
    as_known: Annotated[bool, Parameter(negative="")] = False,
    near: float = thresholds.NEAR,
    sweep: str = "",
    mapping: Path | None = None,
    lag: str = "",
    json: bool = False,
    csv: bool = False,
    plot: Path | None = None,
) -> None:
    """Replay a rule over history and say what it would have done. Writes nothing to any record.

    Args:
        rule: A rule file (.toml), or the id of an adopted rule where the data are an authority's.
        data: An authority's folder, or a table of values (CSV, perhaps gzipped, or Parquet).
        from_: Report only periods from this day on; what came before still counts as history.
        to: Report only periods up to this day.
        as_known: Judge each moment on what was known then: first values before revisions, releases when they came.
        near: How close is a near miss, as a share of the line (0.05: within 5 % of it).
        sweep: Also try other values of one parameter, e.g. let.line=4..8/0.5 or for=0mo,1mo,3mo.
        mapping: What is what in the table (see `weal observe`); without it, its columns have our names.
        lag: How long after a period its values came, where the table does not say, e.g. 35d.
        json: Answer in JSON, for programs.
        csv: Answer as CSV: the sweep where there is one, else the switches.
        plot: Draw the sweep where there is one, else states over time, into this file (.svg or .png).
    """
    check_plot(plot)
    since, until = (str(moment(text) or "")[:10] for text in (from_, to))
    _check_asked(since, until, near)
    with ExitStack() as stack:
        text, found = _data(stack, rule, data, mapping, lag=lag, as_known=as_known)
        with bar("Replaying") as done, bar("Trying") as tried:
            report = backtesting.run(
                text, found, since=since, until=until, near=near, sweep=sweep, as_known=as_known,
                progress=done if as_known and not sweep else None, sweep_progress=tried,
            )  # fmt: skip
        if plot is not None:
            chart = backtesting.sweep_chart(report) if sweep else _states(text, found, report)
            draw({**chart.spec, "title": chart.title}, plot)
            err(f"Drawn into {plot}.")
    if json:
        as_json(report)
    elif csv:
        _csv(report["sweep"]["rows"] if sweep else report["switches"], _SWEEP if sweep else _SWITCHES)
    else:
        _told(report)


def _states(text: str, found: backtesting.Data, report: Mapping[str, Any]) -> Any:
    replayed = found.as_known(text) if report["as_known"] else found.as_revised(text)
    return backtesting.states_chart(report, replayed)


def _check_asked(since: str, until: str, near: float) -> None:
    """Refuse spans and shares that can hold nothing. Raises `BadInput` naming each."""
    faults = FaultCollector("backtest")
    if since and until and since > until:
        faults.add("--to", until, f"a day not before --from ({since})", "order")
    if not 0 <= near <= 1:  # nan is in no range
        faults.add("--near", near, "a share of the line from 0 to 1, e.g. 0.05", "range")
    faults.done()


def _data(
    stack: ExitStack, rule: str, data: Path, mapping: Path | None, *, lag: str, as_known: bool
) -> tuple[str, backtesting.Data]:
    """The rule's text and what it is replayed on; an authority stays open as long as the stack."""
    wait = duration(lag) if lag else None
    if lag and wait is None:
        raise BadInput(Fault("--lag", lag, DURATION_WANT, "duration"), "backtest")
    if data.is_dir():
        authority = stack.enter_context(Authority.open(data))
        authority.follow()
        text = _text(rule, authority)
        return text, backtesting.of_authority(authority, thresholds.read_rule(text), entries=as_known)
    text = _text(rule, None)
    said = read_bytes(str(mapping), MAPPING_BYTES_MAX).decode("utf-8", "replace") if mapping else ""
    table_bytes = read_bytes(str(data), FILE_BYTES_MAX)
    return text, backtesting.of_table(table_bytes, data.name, thresholds.read_rule(text), said, wait)


def _text(rule: str, authority: Authority | None) -> str:
    if Path(rule).is_file():
        return read_bytes(rule, RULE_BYTES_MAX).decode("utf-8", "replace")
    if authority is None:
        raise NotFound("rule file", rule, "an adopted rule's id needs --data FOLDER of the authority")
    return adopted_text(rule, authority.reader)


def _told(report: Mapping[str, Any]) -> None:
    how = "as known at each moment" if report["as_known"] else "on the values as they are known now"
    out(f"{report['rule']} {report['version']}: {report['title']['en']}")
    out(f"{report['first']} to {report['last']}, {report['subjects']} subjects, {report['periods']} periods; {how}.")
    shares = [f"{state} {report['states'][state]} ({report['share'][state]:.1%})" for state in thresholds.STATES]
    out(f"Periods of {report['every']} in each state: {', '.join(shares)}.")
    before = _begun_before(report)
    already = f", {before} of them on already before {report['first']}" if before else ""
    out(f"Switches: {len(report['switches'])}; times it fired: {len(report['runs'])}{already}.")
    rows = sorted(report["by_subject"], key=lambda row: -row["firing"])
    _shown("By subject, those that fired longest first", rows, _STATES)
    near = report["near"]
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(near["counts"].items())) or "none"
    out(f"Near misses: {counts}.")
    out(near["definition"]["en"])
    _shown("Near misses, closest first", sorted(near["misses"], key=_closeness), _MISSES)
    if report["sweep"]:
        rows = [{**row, "share": f"{row['share']:.1%}"} for row in report["sweep"]["rows"]]
        table(f"With other values of {report['sweep']['parameter']}", _SWEEP, _cells(rows, _SWEEP))
    for note in report["notes"]:
        out(note["en"])


def _begun_before(report: Mapping[str, Any]) -> int:
    """How many runs of firing were under way in the first period that is told of: they have no switch in it."""
    begun = {(row["subject"], row["at"]) for row in report["switches"]}
    return sum(run["from"] == report["first"] and (run["subject"], run["from"]) not in begun for run in report["runs"])


def _closeness(miss: Mapping[str, Any]) -> tuple[int, float]:
    return ("dwell", "condition", "line").index(miss["kind"]), miss["distance"] or 0.0


def _shown(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    if rows:
        more = f" (the first {SHOWN} of {len(rows)}; --json gives all)" if len(rows) > SHOWN else ""
        table(title + more, columns, _cells(rows[:SHOWN], columns))


def _cells(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> list[list[str]]:
    return [[_cell(row[column]) for column in columns] for row in rows]


def _cell(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "yes" if value is True else f"{value:.4g}" if isinstance(value, float) else str(value)


def _csv(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    declared = [Column(column, Text(en=column, zh=column)) for column in columns]
    as_csv(declared, rows)
