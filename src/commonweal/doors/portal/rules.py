"""Rules as the public reads them: each with its words, citation, dates in force, versions and adopted text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from starlette.responses import Response

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Column, Filter, Instrument, Listing, Reading, Row
from commonweal.kernel.obligations import Law, Rule
from commonweal.kernel.obligations.clauses import Allowance
from commonweal.kernel.registry.texts import TEXT
from commonweal.kernel.values import NotFound, cited, instant, jurisdictions

from . import cases, matters
from .cells import N_
from .listings import Place
from .site import Site, View

SHOWN_SWITCHES_MAX = 400
TABLE_ROWS_MAX = 1200
CALENDARS = "calendar."
ROOMS = {
    "obligations": N_("Law: who owes what to whom"),
    "indicators": N_("Derived series"),
    "thresholds": N_("Threshold"),
    "protocols": N_("Playbook"),
    "parameters": N_("Parameters"),
    "authorisations": N_("Who must approve"),
    "retention": N_("How long things are kept"),
    "notices": N_("Letters that are written by themselves"),
}


def places(site: Site) -> list[Place]:
    """The lists about rules."""
    return [
        Place(_regimes(site), "/regimes"),
        Place(_texts(site), "/texts", does=((N_("Put a rule text in force"), "/texts/adopt", "authority"),)),
    ]


def pages() -> list[tuple[str, Callable[[View], Response]]]:
    """The pages about one rule, and the adopted text as a file."""
    return [
        ("/regimes/{rule_id}.toml", text_file),
        ("/regimes/{rule_id}.json", text_file),
        ("/regimes/{rule_id}", regime_page),
    ]


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

    def acted_in(reading: Reading) -> list[tuple[str, str]]:
        codes = sorted({law.jurisdiction for law in laws(reading)})
        return [(code, jurisdictions.named(code, reading.language)) for code in codes]

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
            Filter("jurisdiction", site.message("Jurisdiction"), acted_in),
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
        "citation": cited(rule.citation, language),
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
            "clock": _clock(view, law, rule),
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
            "versions": versions_of(view, law.id),
            "row": row,
            "duties": matters.duties_under(view, [rule.id for rule in rules]),
        },
    )


def _clock(view: View, law: Law, rule: Rule) -> list[tuple[str, str]]:
    """What else the text says of a duty's clock and of those that follow from it: pairs of a heading and words."""
    say = view.say
    found: list[tuple[str, str]] = []
    if rule.role:
        parent = next((one.title for one in law.rules if one.id == rule.parent), None)
        words = N_("follows from “%(duty)s”") if rule.role == "follow_up" else N_("passes on “%(duty)s”")
        found.append((say("Depends on"), say(words, duty=view.text(parent) if parent else rule.parent)))
    if rule.every:
        found.append((say("Recurs"), say("every %(span)s", span=view.text(rule.every.text()))))
        found.append((say("Ends"), _until(view, law, rule)))
    later = [one for one in law.rules if one.parent == rule.id]
    for role, heading in (("follow_up", N_("Follow-ups")), ("relay", N_("Passed on"))):
        named = [view.text(one.title) for one in later if one.role == role]
        if named:
            found.append((say(heading), "; ".join(dict.fromkeys(named))))
    for allowance, heading in ((rule.stoppable, N_("May be stopped")), (rule.extendable, N_("May be extended"))):
        if allowance:
            found.append((say(heading), _allowance(view, allowance)))
    if rule.on_silence:
        found.append((say("Silence means"), say(matters.DUTY_STATES[rule.on_silence])))
    return [(str(heading), str(words)) for heading, words in found]


def _until(view: View, law: Law, rule: Rule) -> str:
    until = rule.until
    parts = []
    if until.fact:
        parts.append(view.text(law.facts[until.fact].title) if until.fact in law.facts else until.fact)
    if until.rule:
        parts.append(next((view.text(one.title) for one in law.rules if one.id == until.rule), until.rule))
    if until.period:
        parts.append(str(view.say("after %(span)s", span=view.text(until.period.text()))))
    if until.conditions:
        parts.append(str(view.say("when its conditions no longer hold")))
    return "; ".join(parts) or str(view.say("not by itself"))


def _allowance(view: View, allowance: Allowance) -> str:
    """Who may move a clock, for which reasons, how far and how often."""
    by = str(view.say(", ")).join(view.office(role) for role in allowance.by)
    reasons = "; ".join(_reason(view, code, allowance) for code in allowance.reasons)
    parts = [str(view.say("by %(who)s", who=by)), reasons]
    if allowance.max:
        parts.append(str(view.say("at most %(span)s", span=view.text(allowance.max.text()))))
    if allowance.times:
        parts.append(_times(view, allowance.times))
    return " – ".join(part for part in [*parts, cited(allowance.citation, view.language.code)] if part)


def _reason(view: View, code: str, allowance: Allowance) -> str:
    words = view.text(allowance.reasons[code])
    return f"{words} ({_times(view, allowance.each[code])})" if code in allowance.each else words


def _times(view: View, times: int) -> str:
    return str(view.voice.words.count("%(num)s time", "%(num)s times", times))


def versions_of(view: View, rule_id: str) -> list[dict[str, Any]]:
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
            "versions": versions_of(view, row["rule_id"]),
            "citation": _citation(data),
            "words": cases.playbook_text(data, "description", view.language.code) or view.text(data.get("text", "")),
            "playbook": cases.playbook_steps(view, row) if row["room"] == "protocols" else [],
            "graph": cases.playbook_graph(view, row) if row["room"] == "protocols" else "",
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
