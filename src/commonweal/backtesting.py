"""Backtests: a rule over the values on record or in a file, as revised or as known at each moment, with charts.

As known at each moment means that the rooms which follow the live record follow the same entries here, in memory, with
the rule in force from the start: vintages, release days, silence and lateness count as they did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from commonweal.authority import Authority
from commonweal.kernel import indicators, registry, thresholds
from commonweal.kernel.expressions import Duration
from commonweal.kernel.indicators import Observation, event_of
from commonweal.kernel.instrument import Act, Chart, Entry, Row, Table
from commonweal.kernel.record.memory import MemoryTables
from commonweal.kernel.thresholds import Replayed, ThresholdRule, frame, read_rule
from commonweal.kernel.values import BadInput, Fault, RuleFault, Text, day_start

LINE, ALARM, OFF, BLANK, WAIT = "#1b5e8c", "#b14a21", "#dce8f0", "#d8d4ca", "#8f6d0e"
COLOURS = {"firing": ALARM, "pending": WAIT, "ok": OFF, "unknown": BLANK}
SUBJECTS_DRAWN_MAX = 60
CHUNK = 512
Progress = Callable[[int, int], None]
_FOLLOWED = ("observations.batch", "record.annulled")
NO_RELEASE = Text(
    en="The data name no release days: each value is taken as known at the end of its period{lag}.",
    zh="数据未注明发布日：每个数值视为在其所属期末{lag}即已知。",
)
STATES = {
    "firing": Text(en="firing", zh="触发"),
    "pending": Text(en="pending", zh="待定"),
    "ok": Text(en="ok", zh="正常"),
    "unknown": Text(en="unknown", zh="未知"),
}


@dataclass(frozen=True)
class Data:
    """What a backtest runs on: the newest values, the entries in which they came, and what must be said of them.

    `known_notes` must be said where each moment is judged on what was known then; `derived` are the texts of derived
    series, in force from the start.
    """

    values: Sequence[tuple[Any, ...]]
    entries: Sequence[Entry]
    notes: Sequence[Text] = ()
    known_notes: Sequence[Text] = ()
    derived: Sequence[str] = field(default=())

    def as_revised(self, text: str) -> Replayed:
        """A rule text over the values as they are known now."""
        rule = read_rule(text)
        return thresholds.replay(rule, frame(self.values, rule.grid))

    def as_known(self, text: str, until: datetime | None = None, progress: Progress | None = None) -> Replayed:
        """A rule text over the entries in the order they came, by the rooms that follow the live record."""
        rule = read_rule(text)
        tables, rooms = _FirstJudged(), (indicators.Indicators(), thresholds.Thresholds())
        first = self.entries[0].time if self.entries else day_start(date(2000, 1, 1))
        texts = [("indicators", item) for item in self.derived] + [("thresholds", text)]
        begun = [_adopted(room, item, number - len(texts), first) for number, (room, item) in enumerate(texts)]
        entries = [*begun, *self.entries]
        for number, entry in enumerate(entries, 1):
            for room in rooms:
                room.follow(entry, tables)
            if progress:
                progress(number, len(entries))
        if until is not None and self.entries:
            index = self.entries[-1].index + 1
            rooms[1].follow(Entry(index, "clock.tick", 1, until, "", None, {}), tables)
        found = thresholds.lived(tables, rule)
        judged = {
            name: [thresholds.judged_row(rule, tables.first[rule.id, name, one.event]) for one in track]
            for name, track in found.judged.items()
        }
        return replace(found, judged=judged)


class _FirstJudged(MemoryTables):
    """Tables that also keep each period as it was first judged: a revision judges the newest again."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[tuple[Any, ...], Row] = {}

    def put(self, table: Table, *rows: Row) -> None:
        if table is thresholds.TRACK:
            for row in rows:
                self.first.setdefault(tuple(row[name] for name in table.key), row)
        super().put(table, *rows)


def _check_judges_values(rule: ThresholdRule) -> None:
    if rule.response is not None:
        fault = Fault("after", str(rule.response.after), thresholds.FROM_ADOPTION_ON, "not_replayed")
        raise RuleFault(fault, f"rule {rule.id} over history")


def of_authority(authority: Authority, rule: ThresholdRule, *, entries: bool) -> Data:
    """The values on an authority's record that a rule reads; with `entries`, the entries in which they came, too.

    Those are read when they are followed: the authority stays open until then. Raises `RuleFault` for a rule that says
    what must follow what.
    """
    _check_judges_values(rule)
    reader = authority.reader
    rows = indicators.newest(reader, thresholds.read_from(rule))
    values = [_value(rule, row) for row in rows]
    note = indicators.vintage_note(reader, thresholds.read_from(rule))
    derived = [row["text"] for row in registry.texts(reader, "indicators")]
    return Data([v for v in values if v], _entries(authority) if entries else (), [note] if note else [], (), derived)


def of_table(data: bytes, name: str, rule: ThresholdRule, mapping: str = "", lag: Duration | None = None) -> Data:
    """The values in a CSV or Parquet file, read by a mapping. Raises `BadInput`, also like `of_authority`.

    Where it names no release days, a value is taken as known `lag` after the end of its period.
    """
    _check_judges_values(rule)
    found = indicators.read_table(data, name, indicators.read_mapping(mapping or _PLAIN))
    by_day: dict[datetime, list[Observation]] = {}
    notes: list[Text] = []
    undated: list[Text] = []
    for day, rows in found.by_day.items():
        for row in rows:
            known = day_start(day) if day else _end_of(rule, row.event, lag)
            by_day.setdefault(known, []).append(row)
        if day is None:
            said = f" + {lag}" if lag else ""
            undated.append(Text({language: text.replace("{lag}", said) for language, text in NO_RELEASE.items()}))
    identities = [(row.series, row.subject, row.event) for row in found.observations]
    newest = {(row.series, row.subject, row.event): row for row in found.observations}
    if len(set(identities)) == len(identities):
        notes.append(indicators.ONE_VINTAGE)
    entries = [_batch(number, when, by_day[when]) for number, when in enumerate(sorted(by_day))]
    rows_of = [{**row._asdict(), "event": indicators.event_text(row.event)} for row in newest.values()]
    values = [_value(rule, row) for row in rows_of]
    if not any(values):
        there = ", ".join(sorted({row.series for row in found.observations})[:8])
        want = f"values of what the rule reads: {', '.join(sorted(thresholds.read_from(rule)))}"
        raise BadInput(Fault("series", there, want, "missing"), name)
    return Data([value for value in values if value], entries, notes, undated)


def run(
    text: str,
    data: Data,
    *,
    since: str = "",
    until: str = "",
    near: float = thresholds.NEAR,
    sweep: str = "",
    as_known: bool = False,
    progress: Progress | None = None,
    sweep_progress: Progress | None = None,
) -> dict[str, Any]:
    """The report of a backtest (see `thresholds.backtest_report`), with `sweep` rows where one is asked for."""
    end = _end(until)

    def replayed(other: str) -> Replayed:
        return data.as_known(other, end, progress) if as_known else data.as_revised(other)

    path, values = thresholds.sweep_of(sweep) if sweep else ("", [])
    for value in values:
        thresholds.varied(text, path, value)  # a fault in the last of them is told before the first is tried
    found = thresholds.backtest_report(replayed(text), since=since, until=until, near=near)
    found["as_known"] = as_known
    found["notes"] = [dict(note) for note in (*data.notes, *(data.known_notes if as_known else ()))]
    found["sweep"] = None
    if sweep:
        rows = thresholds.sweep(text, path, values, replayed, since=since, until=until, progress=sweep_progress)
        found["sweep"] = {"parameter": path, "rows": rows}
    return found


def sweep_of_adopted(authority: Authority, rule_id: str, sweep: str) -> dict[str, Any]:
    """A sweep of an adopted rule over the record as it is known now, for a page."""
    text = registry.text_in_force(authority.reader, rule_id)["text"]
    rule = read_rule(text)
    return run(text, of_authority(authority, rule, entries=False), sweep=sweep)


def sweep_chart(report: Mapping[str, Any], language: str = "en") -> Chart:
    """What other values of a parameter would have done: the share of periods in which the rule fires."""
    zh = language == "zh"
    swept = report["sweep"]
    rows = swept["rows"]
    whose = ("规则原文的取值", "其他取值") if zh else ("as the rule states it", "another value")
    data = [
        {"value": row["value"], "share": round(100 * row["share"], 3), "whose": whose[0 if row["as_written"] else 1]}
        for row in rows
    ]
    x = {"field": "value", "type": "ordinal", "title": swept["parameter"], "sort": [row["value"] for row in rows]}
    share = "触发时期占比（%）" if zh else "share of periods firing, %"
    spec = {
        "height": 240,
        "data": {"values": data},
        "mark": "bar",
        "encoding": {
            "x": {**x, "axis": {"labelAngle": 0}},
            "y": {"field": "share", "type": "quantitative", "title": share},
            "color": {
                "field": "whose",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(whose), "range": [ALARM, LINE]},
            },
        },
    }
    heads = ("取值", "触发时期", "占比（%）", "触发次数", "对象", "首次", "与原规则不同")
    english = ("value", "periods firing", "share, %", "times on", "subjects", "first", "differs from as written")
    cells = [
        [row["value"], row["firing"], round(100 * row["share"], 2), row["runs"], row["subjects"], row["first"],
         row["differs"]]
        for row in rows
    ]  # fmt: skip
    title = f"{report['rule']}: {swept['parameter']}"
    written = ", ".join(f"{row['value']}" for row in rows if row["as_written"])
    note = f"规则原文的取值：{written}。" if zh else f"The value as the rule states it: {written}."
    return Chart(title, spec, heads if zh else english, cells, note)


def states_chart(report: Mapping[str, Any], replayed: Replayed, language: str = "en") -> Chart:
    """States over time, a strip a subject (those that fired longest first)."""
    rows = sorted(report["by_subject"], key=lambda row: (-row["firing"], row["subject"]))[:SUBJECTS_DRAWN_MAX]
    order = [row["subject"] for row in rows]
    first, last = report["first"], report["last"]
    values: list[dict[str, str]] = []
    for subject in order:
        track = [one for one in replayed.judged[subject] if first <= one.event <= last]
        for at, one in enumerate(track):
            if at and values[-1]["state"] == STATES[one.state].in_(language):
                values[-1]["until"] = _after(replayed.rule, one.event)
            else:
                named = STATES[one.state].in_(language)
                values.append(
                    {"subject": subject, "state": named, "event": one.event, "until": _after(replayed.rule, one.event)}
                )
    color = {
        "field": "state",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [STATES[name].in_(language) for name in COLOURS], "range": list(COLOURS.values())},
    }
    spec = {
        "height": {"step": 14},
        "data": {"values": values},
        "mark": {"type": "bar", "height": {"band": 0.85}},
        "encoding": {
            "x": {"field": "event", "type": "temporal", "title": None, "scale": {"type": "utc"}},
            "x2": {"field": "until"},
            "y": {"field": "subject", "type": "nominal", "title": None, "sort": order},
            "color": color,
        },
    }
    columns = ("对象", "自", "至", "时期数") if language == "zh" else ("subject", "from", "until", "periods")
    cells = [[run["subject"], run["from"], run["until"] or "", run["periods"]] for run in report["runs"]]
    return Chart(f"{report['rule']} {report['version']}", spec, columns, cells)


_PLAIN = 'id = "backtest"\ncitation = "the file given"\n'


def _value(rule: ThresholdRule, row: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """A value as a rule's frame takes it; None where the rule does not read the series."""
    at = thresholds.placed(rule, row["series"], row["subject"])
    if at is None:
        return None
    return at[1], at[2], event_of(row["event"]), row["value"], row["low"], row["high"]


def _entries(authority: Authority) -> list[Entry]:
    """The entries that say what was known, in the order of the record."""
    found, size = [], authority.store.size()
    for start in range(0, size, CHUNK):
        for stored in authority.store.entries(start, min(size, start + CHUNK)):
            if stored.kind in _FOLLOWED:
                found.append(authority.entry(stored.index))
    return found


def _adopted(room: str, text: str, index: int, when: datetime) -> Entry:
    rule: Any = read_rule(text) if room == "thresholds" else indicators.read_derived(text)
    body = {"rule_id": rule.id, "room": room, "version": rule.version, "text": text}
    return Entry(index, "rule.adopted", 1, when, "", None, body)


def _batch(index: int, when: datetime, rows: Sequence[Observation]) -> Entry:
    act: Act = indicators.batch_act(
        rows, series_set="backtest", citation="the file given", released_on=max(when.date(), _newest_day(rows))
    )
    return Entry(index, act.kind, 1, when, "", None, act.body, blob=lambda name: act.blobs[name])


def _newest_day(rows: Sequence[Observation]) -> date:
    return max(row.event.date() if isinstance(row.event, datetime) else row.event for row in rows)


def _end_of(rule: ThresholdRule, event: date, lag: Duration | None) -> datetime:
    after = rule.grid.start(rule.grid.period(event) + 1)
    when = after if isinstance(after, datetime) else day_start(after)
    return lag.after(when) if lag else when


def _after(rule: ThresholdRule, event: str) -> str:
    return indicators.event_text(rule.grid.start(rule.grid.period(event_of(event)) + 1))


def _end(until: str) -> datetime | None:
    return day_start(date.fromisoformat(until[:10])) + timedelta(days=1) if until else None
