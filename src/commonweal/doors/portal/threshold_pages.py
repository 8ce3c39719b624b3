"""Thresholds as the public reads them: the rule in words, its states under the series, what else it would have done."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.responses import Response

from commonweal import backtesting
from commonweal.authority import Authority
from commonweal.kernel import indicators, registry, thresholds
from commonweal.kernel.instrument import Chart, Column, Listing, Reading, Row
from commonweal.kernel.thresholds import ThresholdRule
from commonweal.kernel.values import BadInput, Busy, Fault, NotFound, cited

from . import listings, rules, series_pages
from .cells import N_
from .listings import Place
from .site import Site, View
from .spans import PAST_FIGURES, duration_words, shown_period
from .thinning import thinned

PATH = "/thresholds"
SHOWN_SWITCHES_MAX = 400
TABLE_ROWS_MAX = 1200
PERIODS_READ_MAX = 5_000
SUBJECTS_A_PAGE = 100
MONTHS_TICKED_MAX = 12
POINTS_MARKED_BELOW = 3
SUBJECTS_LOOKED_AT_MAX = 20
SOURCES_SHOWN_MAX = 12
SWEPT_MAX = 9
SWEPT_VALUES_MAX = 250_000  # of which a sweep takes some seconds; anybody may ask for the page
SWEEPS_KEPT = 64
LINE, ALARM = "#1b5e8c", "#b14a21"
STATE_COLOURS = {"firing": "#b14a21", "pending": "#8f6d0e", "ok": "#dce8f0", "unknown": "#d8d4ca"}
STATE_WORDS = {"firing": N_("on"), "pending": N_("pending"), "ok": N_("off"), "unknown": N_("unknown")}
WAIT_S = 10.0


def place(site: Site) -> Place:
    """The list of thresholds."""
    return Place(listing(site), PATH)


def pages(site: Site) -> list[tuple[str, Callable[[View], Response]]]:
    """The page of one threshold, and what another parameter would have done."""
    own = {item.path: item for instrument in site.authority.instruments.values() for item in instrument.pages}
    ids = [row["rule_id"] for row in registry.texts(site.authority.reader, "thresholds")]
    instead = {rule_id: path for path in own for rule_id in ids if path.endswith("/" + rule_id)}
    return [
        (PATH + "/{rule_id}/sweep", functools.partial(sweep_page, sweeps=Sweeps(site.authority))),
        (PATH + "/{rule_id}", lambda view: page(view, instead)),
    ]


def listing(site: Site) -> Listing:
    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        found = []
        for line in thresholds.board(reading.tables):
            found.append(
                {
                    "title": line["title"].in_(reading.language),
                    "rule": line["rule"],
                    "subjects": line["subjects"],
                    "on": line["firing"],
                    "unknown": line["unknown"],
                    "switches": line["switches"],
                    "late": line["late"],
                    "event": shown_period(line["event"], thresholds.rule_of(reading.tables, line["rule"])) or None,
                    "in_force_from": line["in_force_from"],
                    "in_force_until": line["in_force_until"],
                    "citation": cited(line["citation"], reading.language),
                    "href": f"/thresholds/{line['rule']}",
                }
            )
        return found

    return Listing(
        id="thresholds",
        title=site.message("Thresholds"),
        summary=site.message(
            "Lines that were drawn beforehand over observed series. Each switch on or off is an entry of the record; "
            "silence is a state of its own."
        ),
        columns=(
            Column("title", site.message("Threshold")),
            Column("subjects", site.message("Watched"), "number"),
            Column("on", site.message("On now"), "number"),
            Column("unknown", site.message("Unknown now"), "number"),
            Column("switches", site.message("Switches so far"), "number"),
            Column("late", site.message("Came too late to be judged"), "number"),
            Column("event", site.message("Newest figures for"), "date"),
            Column("in_force_from", site.message("In force from"), "date"),
            Column("in_force_until", site.message("In force until"), "date"),
            Column("citation", site.message("Citation")),
        ),
        rows=rows,
    )


def page(view: View, instead: Mapping[str, str]) -> Response:
    """One threshold: its words and formula, its states under its series, and where the figures come from.

    Of a subject that was judged very often the newest periods are shown, or those from a day that is asked for.
    """
    rule = thresholds.rule_of(view.reader, view.request.path_params["rule_id"])
    states = thresholds.states(view.reader, rule.id)
    subject, since = _chosen(view, rule, states), series_pages.asked_day(view, "since")
    text = registry.text_in_force(view.reader, rule.id)
    data = registry.parsed(text["text"], text["media_type"])
    counted = thresholds.periods(view.reader, rule.id, subject) if subject else {}
    judged = thresholds.track(view.reader, rule.id, subject, since, PERIODS_READ_MAX) if subject else []
    names = indicators.resolved(view.reader, thresholds.read_from(rule))
    return view.page(
        "portal/threshold.html",
        {
            "title": view.text(rule.title),
            "rule": rule,
            "in_words": _in_words(view, rule),
            "mtl": thresholds.mtl(rule),
            "formula": _formula(data),
            "waits": _waits(view, data),
            **_standing(view, rule, states),
            "subject": subject,
            "since": since,
            "cut": shown_period(judged[0]["event"], rule) if len(judged) < sum(counted.values()) and judged else "",
            "asked": bool(view.request.query_params.get("subject")) or subject == rule.subject,
            "charts": [_chart(view, rule, subject, judged)] if judged else [],
            "spent": _spent(view, rule, counted),
            "vintage": view.text(indicators.vintage_note(view.reader, names, "" if rule.by == "all" else subject)),
            "sources": _sources(view, rule, subject, names),
            "past": _past(view, rule, states, subject),
            "requests": _requests(view, rule),
            "switches": [
                _switch_row(row, rule)
                for row in reversed(thresholds.switches(view.reader, rule.id, subject, SHOWN_SWITCHES_MAX))
            ],
            "versions": rules.versions_of(view, rule.id),
            "own_page": view.href(instead[rule.id]) if rule.id in instead else "",
            "in_force": rules.span_state(rule.in_force_from, rule.in_force_until, view.reading.now),
            "sweeps": thresholds.can_be_swept(text["text"]) if not rule.response else [],
            "files": [
                (view.say("The rule as a file (TOML)"), view.href(f"/regimes/{rule.id}.toml")),
                (view.say("All thresholds as CSV"), view.href(f"{PATH}.csv")),
            ],
        },
    )


def _standing(view: View, rule: ThresholdRule, states: Sequence[Row]) -> dict[str, Any]:
    """A page of the subjects and their states, and the subjects to choose from."""
    address = view.href(f"{PATH}/{rule.id}")
    pager = listings.numbered(len(states), dict(view.request.query_params), address, SUBJECTS_A_PAGE)
    here = states[max(0, pager.first - 1) : pager.last]
    offered = states[: series_pages.SUBJECTS_CHOSEN_MAX]
    return {
        "states": [_state_row(row, rule) for row in here],
        "pager": pager,
        "subjects": [(row["subject"], view.subjects.name(row["subject"])) for row in offered],
        "too_many": len(states) > len(offered),
    }


def _past(view: View, rule: ThresholdRule, states: Sequence[Row], subject: str) -> str:
    """A sentence where the state shown rests on figures about a time that is past; "" elsewhere."""
    row = next((row for row in states if row["subject"] == subject), None)
    if row is None or row["state"] == "unknown" or not row["event"] or rule.response:
        return ""
    if not thresholds.is_past(rule, row["event"], view.reading.now):
        return ""
    date = view.voice.formats.date
    return str(view.say(PAST_FIGURES, when=date(shown_period(row["event"], rule)), filed=date(row["known"])))


def _in_words(view: View, rule: ThresholdRule) -> list[str]:
    """What the rule says, sentence by sentence; its name and its source stand elsewhere on the page."""
    said = view.text(thresholds.explained(rule, view.authority.kinds))
    named = said.replace(rule.subject, view.subjects.name(rule.subject)) if rule.subject else said
    return named.split("\n")[1:-1]


def _chosen(view: View, rule: ThresholdRule, states: Sequence[Row]) -> str:
    """The subject that was asked for; else the rule's own, or of those judged twice one that is on, or the last."""
    asked, subjects = view.request.query_params.get("subject", ""), [row["subject"] for row in states]
    if asked and asked not in subjects:
        raise NotFound("subject of this threshold", asked)
    if asked or rule.subject in subjects:
        return asked or rule.subject
    newest = sorted(states, key=lambda row: (row["state"] == "firing", row["since"] or ""), reverse=True)
    for row in newest[:SUBJECTS_LOOKED_AT_MAX]:
        if len(thresholds.track(view.reader, rule.id, row["subject"], most=2)) == 2:
            return str(row["subject"])
    return str(newest[0]["subject"]) if newest else ""


def _formula(data: Mapping[str, Any]) -> str:
    lines = [f"{name} = {value}" for name, value in data.get("let", {}).items()]
    lines += ["", f"on   when  {data.get('expr', '')}"]
    lines += [f"off  when  {data['clear']}"] if data.get("clear") else [f"off  when  not ({data.get('expr', '')})"]
    return "\n".join(lines).strip()


def _waits(view: View, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How long things must last, as words and durations."""
    names = {
        "every": view.say("Judged every"),
        "for": view.say("On only after lasting"),
        "keep_firing_for": view.say("Off only after lasting"),
        "fire_at_least": view.say("Once on, on at least"),
        "rest_at_least": view.say("Once off, off at least"),
        "max_gap": view.say("Silence is unknown after"),
    }
    return [
        (str(words), duration_words(view.voice.words, str(data[name])))
        for name, words in names.items()
        if data.get(name)
    ]


def _state_row(row: Row, rule: ThresholdRule) -> list[Any]:
    since, event = shown_period(row["since"], rule), shown_period(row["event"], rule)
    return [row["subject"], row["state"], since, row["value"], event]


def _switch_row(row: Row, rule: ThresholdRule) -> list[Any]:
    entry = {"href": f"/record/{row['filed']}", "text": str(row["filed"])} if row["filed"] is not None else None
    known = row["known"][:10]
    return [shown_period(row["at"], rule), row["from_state"], row["to_state"], row["value"], known, entry]


# ── the chart ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _chart(view: View, rule: ThresholdRule, subject: str, judged: Sequence[Row]) -> Chart:
    """The quantity judged with its line, levels and uncertainty, and its states as a band under it."""
    words = {state: str(view.say(said)) for state, said in STATE_WORDS.items()}
    first, last = judged[0]["event"], judged[-1]["event"]
    ended = [
        (since, min(until or last, last), state)
        for since, until, state in thresholds.history(view.reader, rule.id, subject, first)
    ]
    history = [
        {"from": since, "to": until, "state": words[state], "code": state}
        for since, until, state in ended
        if since < until or since == first == last
    ]
    layers = [*_shading(history), *_ribbon(view, rule, subject, first, last), *_lines(view, rule, judged)]
    if rule.grid.every.unit == "mo" and len(judged) <= MONTHS_TICKED_MAX:
        for layer in layers:
            if "x" in layer["encoding"]:
                layer["encoding"]["x"]["axis"] = {"tickCount": "month"}
    upper = {"height": 240, "layer": layers}
    band = {
        "height": 16,
        "data": {"values": history},
        "mark": {"type": "rect"},
        "encoding": {
            "x": {"field": "from", "type": "temporal", "title": None, "axis": {"labels": False, "ticks": False}},
            "x2": {"field": "to"},
            "color": {
                "field": "state",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(words.values()), "range": list(STATE_COLOURS.values())},
                "legend": {"orient": "bottom"},
            },
        },
    }
    spec = {"vconcat": [upper, band], "spacing": 4, "resolve": {"scale": {"x": "shared", "color": "independent"}}}
    heads = [view.say("Period"), view.say("Value"), view.say("Line"), view.say("State")]
    rows = [
        [
            shown_period(row["event"], rule),
            row["value"],
            row["quantities"].get(rule.line),
            view.cells.state(row["state"]),
        ]
        for row in judged
    ]
    if not rule.line:
        heads.pop(2)
        rows = [[row[0], row[1], row[3]] for row in rows]
    title = f"{view.text(rule.title)}{view.say(': ')}{view.subjects.name(subject)}"
    note = str(view.say("The band below says the state; the series is shaded while the threshold is on."))
    if len(judged) == 1:
        note = str(view.say("One period only was judged so far: one point, and no line yet."))
    return Chart(title, spec, [str(head) for head in heads], rows[-TABLE_ROWS_MAX:], note)


def _shading(history: Sequence[Row]) -> list[dict[str, Any]]:
    spans = [span for span in history if span["code"] == "firing"]
    return [
        {
            "data": {"values": spans},
            "mark": {"type": "rect", "color": "#f3ddd0"},
            "encoding": {"x": {"field": "from", "type": "temporal", "title": None}, "x2": {"field": "to"}},
        }
    ]


def _lines(view: View, rule: ThresholdRule, judged: Sequence[Row]) -> list[dict[str, Any]]:
    """The value judged, its line, and the levels that are plain numbers."""
    value, line = str(view.say("value")), str(view.say("line"))
    drawn = [(value, [(row["event"], row["value"]) for row in judged])]
    if rule.line:
        drawn.append((line, [(row["event"], row["quantities"].get(rule.line)) for row in judged]))
    points = [
        {"at": at, "what": what, "value": number}
        for what, pairs in drawn
        for at, number in thinned([pair for pair in pairs if pair[1] is not None], lambda pair: pair[1])
    ]
    y = {"field": "value", "type": "quantitative", "title": view.text(rule.unit) or None, "scale": {"zero": False}}
    color = {
        "field": "what",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [value, line] if rule.line else [value], "range": [LINE, ALARM]},
        "legend": {} if rule.line else None,
    }
    x = {"field": "at", "type": "temporal", "title": None}
    found: list[dict[str, Any]] = [
        {
            "data": {"values": points},
            "mark": {"type": "line", "point": len(judged) < POINTS_MARKED_BELOW},
            "encoding": {"x": x, "y": y, "color": color},
        }
    ]
    levels = [{"value": at, "name": level.name} for level in rule.levels if (at := _number(level.at.text)) is not None]
    if levels:
        found.append(
            {
                "data": {"values": levels},
                "mark": {"type": "rule", "color": ALARM, "strokeDash": [4, 4]},
                "encoding": {"y": {"field": "value", "type": "quantitative"}},
            }
        )
        found.append(
            {
                "data": {"values": levels},
                "mark": {"type": "text", "align": "left", "dx": 4, "dy": -6, "x": 0},
                "encoding": {"y": {"field": "value", "type": "quantitative"}, "text": {"field": "name"}},
            }
        )
    return found


def _ribbon(view: View, rule: ThresholdRule, subject: str, first: str, last: str) -> list[dict[str, Any]]:
    """The bounds of the series, where the value judged is a series itself and its figures have bounds."""
    value = rule.lets.get(rule.value)
    if value is None or len(value.series) != 1 or value.text.strip() not in value.series:
        return []
    rows = indicators.values(view.reader, value.text.strip(), subject, since=first, until=last[:10])
    points = [{"at": row["event"], "low": row["low"], "high": row["high"]} for row in rows if row["low"] is not None]
    if not any(point["low"] != point["high"] for point in points):
        return []
    points = thinned([point for point in points if point["high"] is not None], lambda point: float(point["high"]))
    x = {"field": "at", "type": "temporal", "title": None}
    y = {"field": "low", "type": "quantitative"}
    return [
        {
            "data": {"values": points},
            "mark": {"type": "area", "color": "#dce8f0"},
            "encoding": {"x": x, "y": y, "y2": {"field": "high"}},
        }
    ]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


# ── time, sources, requests ─────────────────────────────────────────────────────────────────────────────────────────


def _spent(view: View, rule: ThresholdRule, counted: Mapping[str, int]) -> list[list[Any]]:
    """How long the threshold was in each state, of the periods in which it was judged."""
    every, words = rule.grid.every, view.voice.words
    return [
        [
            view.cells.state(state),
            duration_words(words, f"{counted[state] * every.count}{every.unit}"),
            view.voice.formats.percent(counted[state] / sum(counted.values())),
        ]
        for state in STATE_COLOURS
        if counted.get(state)
    ]


def _sources(view: View, rule: ThresholdRule, subject: str, names: Sequence[str]) -> list[list[Any]]:
    """The series that the rule reads, each with its unit, source, vintage and the newest batch that it came in."""
    found: list[list[Any]] = []
    for name in names[:SOURCES_SHOWN_MAX]:
        about = indicators.catalogue(view.reader, name.partition("{")[0])
        rows = [row for row in about if row["series"] == name]
        row = next((row for row in rows if row["subject"] == subject), rows[0] if rows else None)
        newest = indicators.latest(view.reader, name, row["subject"]) if row else None
        if row is None or newest is None:
            found.append([name, "", "", "", None, None])
            continue
        source = indicators.source_of(view.reader, newest)
        cited: Any = source["citation"] or source["rule"]
        if source["url"]:
            cited = {"href": source["url"], "text": cited}
        elif source["rule"]:
            cited = {"href": f"/regimes/{source['rule']}", "text": source["rule"]}
        entry = {"href": f"/record/{newest['entry']}", "text": str(newest["entry"])}
        period = f"{shown_period(row['first'], rule)} – {shown_period(row['last'], rule)}"
        linked = {"href": series_pages.address(name, row["subject"]), "text": name}
        found.append([linked, indicators.unit_of(view.reader, name), cited, source["vintage"], period, entry])
    return found


def _requests(view: View, rule: ThresholdRule) -> list[list[Any]]:
    """What had to follow what, for a rule about answers: the newest first."""
    if rule.response is None:
        return []
    rows = thresholds.requests(view.reader, rule.id)[-SHOWN_SWITCHES_MAX:]
    return [
        [row["subject"], row["opened"], row["due"], row["state"], row["answered"], _entry(row["answer"])]
        for row in reversed(rows)
    ]


def _entry(index: int | None) -> dict[str, str] | None:
    return {"href": f"/record/{index}", "text": str(index)} if index is not None else None


# ── what another parameter would have done ──────────────────────────────────────────────────────────────────────────


def sweep_page(view: View, sweeps: Sweeps) -> Response:
    """What other values of one parameter would have done over all that is on record. Raises `BadInput` and `Busy`."""
    rule = thresholds.rule_of(view.reader, view.request.path_params["rule_id"])
    text = registry.text_in_force(view.reader, rule.id)["text"]
    possible = thresholds.can_be_swept(text) if not rule.response else []
    if not possible:
        raise NotFound("parameter of this threshold that can be varied", rule.id)
    asked = view.asked("parameter") or possible[0]
    if asked not in possible:
        raise BadInput(Fault("parameter", asked, f"one of {', '.join(possible)}", "parameter"), "address")
    report = sweeps.of(rule.id, f"{asked}={','.join(_around(text, asked))}")
    return view.page(
        "portal/sweep.html",
        {
            "title": view.say("What another parameter would have done"),
            "rule": rule,
            "parameter": asked,
            "parameters": possible,
            "chart_": backtesting.sweep_chart(report, view.language.code),
            "notes": [view.text(note) for note in report["notes"]],
            "address": view.href(f"{PATH}/{rule.id}"),
        },
    )


def _around(text: str, parameter: str) -> list[str]:
    """Values around the one that a rule states: from half of it to half more, or none to three times of a span."""
    data = registry.parsed(text, "application/toml")
    stated = str(data["let"][parameter.removeprefix("let.")] if parameter.startswith("let.") else data[parameter])
    digits = "".join(ch for ch in stated if ch.isdigit() or ch in ".-")
    unit = stated.removeprefix(digits)
    try:
        middle = Decimal(digits)
    except InvalidOperation:
        return [stated]
    if unit:
        whole = max(1, int(middle))
        least = 1 if parameter == "max_gap" else 0
        return [f"{n}{unit}" for n in sorted({least, 1, 2, 3, whole, 2 * whole, 3 * whole})]
    step = Decimal(f"{middle / 8:.0e}")  # of one digit, so that the values can be read
    return [f"{(middle + step * n).normalize():f}" for n in range(-SWEPT_MAX // 2 + 1, SWEPT_MAX // 2 + 1)]


class Sweeps:
    """Sweeps that were worked out, kept while the record brings no new figures.

    One is worked out at a time, so that readers cannot keep the house busy with them.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str, int], dict[str, Any]] = {}

    def of(self, rule_id: str, sweep: str) -> dict[str, Any]:
        """The report of a sweep. Raises `Busy` where another takes too long."""
        reader = self._authority.reader
        sha256 = registry.text_in_force(reader, rule_id)["sha256"]
        series = sorted(thresholds.rule_of(reader, rule_id).series)
        values = reader.count(indicators.OBSERVATION, {"series": ("in", series)})
        if values > SWEPT_VALUES_MAX:
            want = f"at most {SWEPT_VALUES_MAX} values for a page; `weal backtest` sweeps any number"
            raise BadInput(Fault("sweep", f"{values} values", want, "too_many"), rule_id)
        key = (sha256, sweep, reader.count(indicators.BATCH))
        if key not in self._kept:
            if not self._lock.acquire(timeout=WAIT_S):
                raise Busy("another sweep is being worked out; try again in a moment")
            try:
                if key not in self._kept:
                    found = backtesting.sweep_of_adopted(self._authority, rule_id, sweep)
                    while len(self._kept) >= SWEEPS_KEPT:
                        del self._kept[next(iter(self._kept))]
                    self._kept[key] = found
            finally:
                self._lock.release()
        return self._kept[key]
