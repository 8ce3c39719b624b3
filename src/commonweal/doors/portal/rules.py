"""Rules as the public reads them: each with its words, citation, dates in force, versions and adopted text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from starlette.responses import Response

from commonweal.kernel import obligations, registry, thresholds
from commonweal.kernel.instrument import Chart, Column, Filter, Instrument, Listing, Reading, Row
from commonweal.kernel.obligations import Law, Rule
from commonweal.kernel.registry.texts import TEXT
from commonweal.kernel.thresholds import ThresholdRule
from commonweal.kernel.values import NotFound, instant

from . import cases, matters
from .cells import N_
from .listings import Place, downloads
from .site import Site, View
from .spans import duration_words, shown_period

SHOWN_SWITCHES_MAX = 400
TABLE_ROWS_MAX = 1200
CALENDARS = "calendar."
ROOMS = {
    "obligations": N_("Law: who owes what to whom"),
    "thresholds": N_("Threshold"),
    "protocols": N_("Playbook"),
    "parameters": N_("Parameters"),
    "authorisations": N_("Who must approve"),
    "retention": N_("How long things are kept"),
}


def places(site: Site) -> list[Place]:
    """The lists about rules."""
    return [
        Place(_regimes(site), "/regimes"),
        Place(_thresholds(site), "/thresholds"),
        Place(_texts(site), "/texts"),
    ]


def pages(site: Site) -> list[tuple[str, Callable[[View], Response]]]:
    """The pages about one rule, and the adopted text as a file."""
    own = {item.path: item for instrument in site.authority.instruments.values() for item in instrument.pages}
    instead = {rule_id: path for path in own for rule_id in _rule_ids(site) if path.endswith("/" + rule_id)}
    return [
        ("/regimes/{rule_id}.toml", text_file),
        ("/regimes/{rule_id}.json", text_file),
        ("/regimes/{rule_id}", regime_page),
        ("/thresholds/{rule_id}", lambda view: threshold_page(view, instead)),
    ]


def _rule_ids(site: Site) -> list[str]:
    return [row["rule_id"] for row in registry.texts(site.authority.reader, "thresholds")]


# ── laws ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def laws(reading: Reading) -> list[Law]:
    """Every adopted law in its newest text."""
    rows = registry.texts(reading.tables, "obligations")
    return [obligations.read_law(row["text"]) for row in rows if not row["rule_id"].startswith(CALENDARS)]


def as_of(reading: Reading, query: Mapping[str, str]) -> datetime:
    """The end of the day that was asked about, or now. Raises `BadInput`."""
    asked = query.get("as_of", "")
    if not asked:
        return reading.now
    return datetime.combine(instant(asked).date(), time(23, 59, 59), UTC)


def span_state(since: date, until: date | None, at: datetime) -> str:
    """Whether something with these dates is in force."""
    if at.date() < since:
        return "not_yet_in_force"
    return "in_force" if until is None or at.date() <= until else "no_longer_in_force"


def _regimes(site: Site) -> Listing:
    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        at = as_of(reading, query)
        found = [_rule_row(law, rule, reading.language, at) for law in laws(reading) for rule in law.rules]
        wanted = query.get("jurisdiction", "")
        return [row for row in found if not wanted or row["jurisdiction"] == wanted]

    def jurisdictions(reading: Reading) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted({law.jurisdiction for law in laws(reading)})]

    return Listing(
        id="regimes",
        title=site.message("Regimes"),
        summary=site.message(
            "The legal rules that this authority applies: each with its words, its citation and the dates it is "
            "in force. Ask as of any date."
        ),
        columns=(
            Column("rule", site.message("Rule")),
            Column("law", site.message("Law")),
            Column("jurisdiction", site.message("Jurisdiction")),
            Column("in_force_from", site.message("In force from"), "date"),
            Column("in_force_until", site.message("In force until"), "date"),
            Column("state", site.message("State"), "state"),
            Column("citation", site.message("Citation")),
        ),
        filters=(
            Filter("as_of", site.message("As of")),
            Filter("jurisdiction", site.message("Jurisdiction"), jurisdictions),
        ),
        rows=rows,
    )


def _rule_row(law: Law, rule: Rule, language: str, at: datetime) -> Row:
    state = "in_force" if rule.in_force(at) else "not_yet_in_force" if at < rule.starts else "no_longer_in_force"
    return {
        "rule": rule.title.in_(language),
        "law": law.title.in_(language),
        "jurisdiction": law.jurisdiction,
        "in_force_from": rule.in_force_from.isoformat(),
        "in_force_until": rule.in_force_until.isoformat() if rule.in_force_until else None,
        "state": state,
        "citation": rule.citation,
        "rule_id": rule.id,
        "href": f"/regimes/{rule.id}",
    }


def regime_page(view: View) -> Response:
    """A law, one of its rules, or any other adopted text. Raises `NotFound`."""
    asked = view.request.path_params["rule_id"]
    texts = {row["rule_id"]: row for row in registry.texts(view.reader)}
    if asked in texts and (texts[asked]["room"] != "obligations" or asked.startswith(CALENDARS)):
        return _text_page(view, texts[asked])
    for law in laws(view.reading):
        rules = [rule for rule in law.rules if asked in (law.id, rule.id)]
        if rules:
            return _law_page(view, law, rules, texts[law.id], whole=asked == law.id)
    raise NotFound("rule", asked, "the regimes page lists the rules")


def named(view: View, rule_id: str) -> tuple[str, str] | None:
    """The title and address of an adopted rule, or None for what is no rule's id."""
    if not rule_id:
        return None
    for row in registry.texts(view.reader):
        if row["rule_id"] == rule_id:
            data = registry.parsed(row["text"], row["media_type"])
            folder = "thresholds" if row["room"] == "thresholds" else "regimes"
            return _name_of(data, rule_id, view.language.code), view.href(f"/{folder}/{rule_id}")
    for law in laws(view.reading):
        for rule in law.rules:
            if rule.id == rule_id:
                return rule.title.in_(view.language.code), view.href(f"/regimes/{rule_id}")
    return None


def _law_page(view: View, law: Law, rules: list[Rule], row: Row, *, whole: bool) -> Response:
    now = view.reading.now
    language = view.language.code
    spans = [
        {
            "id": rule.id,
            "title": rule.title,
            "text": rule.text,
            "note": rule.note,
            "citation": rule.citation,
            "version": rule.version,
            "from": rule.in_force_from,
            "until": rule.in_force_until,
            "state": _rule_row(law, rule, language, now)["state"],
            "owed_by": rule.owed_by,
            "owed_to": rule.owed_to or law.authority,
            "asks": [law.facts[name].title for name in rule.facts() if name in law.facts],
            "period": rule.period.text() if rule.period else None,
            "at_once": rule.timing == "at_once",
        }
        for rule in rules
    ]
    return view.page(
        "portal/regime.html",
        {
            "title": view.text(law.title if whole else rules[-1].title),
            "law": law,
            "whole": whole,
            "spans": spans,
            "versions": _versions(view, law.id),
            "row": row,
            "duties": matters.duties_under(view, [rule.id for rule in rules]),
        },
    )


def _versions(view: View, rule_id: str) -> list[dict[str, Any]]:
    rows = view.reader.select(TEXT, {"rule_id": rule_id}, order=("-adopted",))
    return [
        {"version": row["version"], "on": row["adopted_on"], "entry": row["adopted"], "sha256": row["sha256"]}
        for row in rows
    ]


def _text_page(view: View, row: Row) -> Response:
    """A playbook, a set of parameters or a threshold rule, as adopted."""
    data = registry.parsed(row["text"], row["media_type"])
    named = data.get("title", data.get("name", row["rule_id"]))
    words = ROOMS[row["room"]]
    return view.page(
        "portal/text.html",
        {
            "title": _name_of(data, row["rule_id"], view.language.code) or view.text(named),
            "row": row,
            "room": view.say(words),
            "versions": _versions(view, row["rule_id"]),
            "citation": _citation(data),
            "words": cases.playbook_text(data, "description", view.language.code) or view.text(data.get("text", "")),
            "playbook": cases.playbook_steps(view, row) if row["room"] == "protocols" else [],
            "is_threshold": row["room"] == "thresholds",
        },
    )


def _name_of(data: Mapping[str, Any], rule_id: str, language: str) -> str:
    title = data.get("title")
    if isinstance(title, Mapping):
        return str(title.get(language) or title.get("en") or rule_id)
    return cases.playbook_text(data, "name", language) or str(title or data.get("name") or rule_id)


def _citation(data: Mapping[str, Any]) -> tuple[str, str]:
    source = data.get("source")
    if isinstance(source, Mapping):
        return str(source.get("citation", "")), str(source.get("url", ""))
    return str(data.get("citation", "")), str(data.get("url", ""))


def text_file(view: View) -> Response:
    """The adopted text, byte for byte as the record holds it."""
    row = registry.text_in_force(view.reader, view.request.path_params["rule_id"])
    form = "json" if row["media_type"].endswith("json") else "toml"
    if not view.path.endswith("." + form):
        raise NotFound("adopted text", view.path, f"it is at …/{row['rule_id']}.{form}")
    name = f"{row['rule_id']}.{form}"
    return Response(
        row["text"],
        media_type=f"application/{form}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "ETag": f'"{row["sha256"]}"'},
    )


def _texts(site: Site) -> Listing:
    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        found = []
        for row in registry.texts(reading.tables, query.get("room", "")):
            data, words = registry.parsed(row["text"], row["media_type"]), ROOMS[row["room"]]
            found.append(
                {
                    "rule": _name_of(data, row["rule_id"], reading.language),
                    "id": row["rule_id"],
                    "room": site.message(words).in_(reading.language),
                    "version": row["version"].removesuffix("T00:00:00.000Z"),
                    "adopted_on": row["adopted_on"],
                    "entry": {"href": f"/record/{row['adopted']}", "text": str(row["adopted"])},
                    "sha256": row["sha256"],
                    "href": f"/regimes/{row['rule_id']}",
                }
            )
        return found

    def rooms(reading: Reading) -> list[tuple[str, str]]:
        return [(room, site.message(words).in_(reading.language)) for room, words in ROOMS.items()]

    return Listing(
        id="texts",
        title=site.message("Adopted texts"),
        summary=site.message("Every text that a signed act put in force: laws, thresholds, playbooks and parameters."),
        columns=(
            Column("rule", site.message("Title")),
            Column("room", site.message("Kind")),
            Column("version", site.message("Version")),
            Column("adopted_on", site.message("Adopted"), "date"),
            Column("entry", site.message("Entry"), "link"),
            Column("id", site.message("Identifier")),
        ),
        filters=(Filter("room", site.message("Kind"), rooms),),
        rows=rows,
    )


def of_instrument(view: View, instrument: Instrument) -> list[dict[str, str]]:
    """The adopted rules that an instrument applies: the shared laws it names and the files in its folder."""
    folder = view.site.folder(instrument.id)
    found = {row["rule_id"]: row for row in registry.texts(view.reader)}
    own = _texts_of(view, instrument.id) if folder else set()
    rules = []
    for rule_id, row in found.items():
        if rule_id in instrument.law or rule_id in own:
            data = registry.parsed(row["text"], row["media_type"])
            path = "/thresholds/" if row["room"] == "thresholds" else "/regimes/"
            rules.append({"title": _name_of(data, rule_id, view.language.code), "address": view.href(path + rule_id)})
    return rules


def _texts_of(view: View, instrument: str) -> set[str]:
    from commonweal.instruments import rule_files

    return {file.rule_id for file in rule_files(view.authority.installed[instrument])}


# ── thresholds ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _thresholds(site: Site) -> Listing:
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
                    "event": shown_period(line["event"], thresholds.rule_of(reading.tables, line["rule"])) or None,
                    "in_force_from": line["in_force_from"],
                    "in_force_until": line["in_force_until"],
                    "citation": line["citation"],
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
            Column("event", site.message("Newest figures for"), "date"),
            Column("in_force_from", site.message("In force from"), "date"),
            Column("in_force_until", site.message("In force until"), "date"),
            Column("citation", site.message("Citation")),
        ),
        rows=rows,
    )


def threshold_page(view: View, instead: Mapping[str, str]) -> Response:
    """One threshold: its words, its expression, and its states through time."""
    rule = thresholds.rule_of(view.reader, view.request.path_params["rule_id"])
    states = thresholds.states(view.reader, rule.id)
    newest = sorted(states, key=lambda row: row["since"] or "", reverse=True)
    subject = _chosen(view, rule, [row["subject"] for row in newest])
    text = registry.text_in_force(view.reader, rule.id)
    switches = thresholds.switches(view.reader, rule.id, subject)
    data = registry.parsed(text["text"], text["media_type"])
    return view.page(
        "portal/threshold.html",
        {
            "title": view.text(rule.title),
            "rule": rule,
            "formula": _formula(data),
            "waits": _waits(view, data),
            "states": [_state_row(row, rule) for row in states],
            "subject": subject,
            "asked": bool(view.request.query_params.get("subject")) or subject == rule.subject,
            "subjects": [(row["subject"], view.subjects.name(row["subject"])) for row in states],
            "charts": _charts(view, rule, subject) if subject else [],
            "switches": [_switch_row(row, rule) for row in reversed(switches[-SHOWN_SWITCHES_MAX:])],
            "versions": _versions(view, rule.id),
            "own_page": view.href(instead[rule.id]) if rule.id in instead else "",
            "in_force": span_state(rule.in_force_from, rule.in_force_until, view.reading.now),
            "downloads": downloads(view, "/thresholds"),
        },
    )


def _chosen(view: View, rule: ThresholdRule, subjects: list[str]) -> str:
    asked = view.request.query_params.get("subject", "")
    if asked and asked not in subjects:
        raise NotFound("subject of this threshold", asked)
    if asked:
        return asked
    return rule.subject if rule.subject in subjects else subjects[0] if subjects else ""


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


def _charts(view: View, rule: ThresholdRule, subject: str) -> list[Chart]:
    """The quantity judged, its line, and the stretches in which the threshold was on."""
    judged = thresholds.track(view.reader, rule.id, subject)
    if not judged:
        return []
    value, line = str(view.say("value")), str(view.say("line"))
    points = [{"at": row["event"], "what": value, "value": row["value"]} for row in judged if row["value"] is not None]
    if rule.line:
        lined = [(row["event"], row["quantities"].get(rule.line)) for row in judged]
        points += [{"at": at, "what": line, "value": level} for at, level in lined if level is not None]
    last = judged[-1]["event"]
    spans = [
        {"from": since, "to": until or last}
        for since, until, state in thresholds.history(view.reader, rule.id, subject)
        if state == "firing"
    ]
    unit = view.text(rule.unit)
    spec = {
        "height": 240,
        "layer": [
            {
                "data": {"values": spans},
                "mark": {"type": "rect", "color": "#f3ddd0"},
                "encoding": {"x": {"field": "from", "type": "temporal", "title": None}, "x2": {"field": "to"}},
            },
            {
                "data": {"values": points},
                "mark": "line",
                "encoding": {
                    "x": {"field": "at", "type": "temporal", "title": None},
                    "y": {"field": "value", "type": "quantitative", "title": unit or None},
                    "color": {
                        "field": "what",
                        "type": "nominal",
                        "title": None,
                        "scale": {"domain": [value, line] if rule.line else [value], "range": ["#1b5e8c", "#b14a21"]},
                        "legend": {} if rule.line else None,
                    },
                },
            },
        ],
    }
    rows = [
        [
            shown_period(row["event"], rule),
            row["value"],
            row["quantities"].get(rule.line),
            view.cells.state(row["state"]),
        ]
        for row in judged
    ]
    title = f"{view.text(rule.title)}: {view.subjects.name(subject)}"
    columns = [view.say("Period"), view.say("Value"), view.say("Line"), view.say("State")]
    if not rule.line:
        columns.pop(2)
        rows = [[row[0], row[1], row[3]] for row in rows]
    note = str(view.say("Shaded: the threshold is on."))
    return [Chart(title, spec, [str(item) for item in columns], rows[-TABLE_ROWS_MAX:], note)]
