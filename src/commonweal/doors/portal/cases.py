"""Responses that were agreed beforehand, as they run: the list of cases, one case, and the steps of a playbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from starlette.responses import Response

from commonweal.acceptance import STEWARDS
from commonweal.authority import EVERYONE
from commonweal.kernel import protocols, registry, thresholds
from commonweal.kernel.instrument import Chart, Column, Filter, Listing, Reading, Row
from commonweal.kernel.protocols.cases import Case
from commonweal.kernel.protocols.durations import Duration
from commonweal.kernel.protocols.events import Closed, Escalated, StepCompleted
from commonweal.kernel.protocols.playbooks import END, START, Playbook
from commonweal.kernel.protocols.projections import playbook_of
from commonweal.kernel.protocols.reading import read as read_playbook
from commonweal.kernel.record import Reader
from commonweal.kernel.registry.texts import TEXT
from commonweal.kernel.values import CommonwealError, NotFound, instant, is_subject, stamp
from commonweal.sight import version_seen

from . import graphs, letters, moves
from .cells import N_
from .listings import Place
from .site import Site, View
from .spans import time_left

WAITS = {
    "approval": N_("an approval"),
    "event": N_("a filing"),
    "desk": N_("work at a desk"),
    "fact": N_("a fact that is missing"),
    "delay": N_("a while that the playbook lets pass"),
    "stopped": N_("being resumed"),
    "stuck": N_("a fault to be put right"),
}


def places(site: Site) -> list[Place]:
    """The list of cases."""
    return [Place(_cases(site), "/cases")]


def pages() -> list[tuple[str, Callable[[View], Response]]]:
    """The page of one case."""
    return [("/cases/{case}", case_page)]


def _cases(site: Site) -> Listing:
    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        found = protocols.cases(reading.tables, state=query.get("state") or None)
        return [_case_row(row, playbook_of(reading.tables, row), reading.language, site) for row in found]

    def states(reading: Reading) -> list[tuple[str, str]]:
        words = {"open": N_("open"), "closed": N_("closed"), "failed": N_("failed"), "reversed": N_("reversed")}
        return [(state, site.message(message).in_(reading.language)) for state, message in words.items()]

    return Listing(
        id="cases",
        title=site.message("Cases"),
        summary=site.message(
            "Responses that were agreed beforehand, as they run: what happened, who must act next and by when."
        ),
        columns=(
            Column("what", site.message("Case")),
            Column("about", site.message("About"), "link"),
            Column("state", site.message("State"), "state"),
            Column("opened", site.message("Opened"), "date"),
            Column("waiting_for", site.message("Waiting for")),
            Column("deadline", site.message("By"), "date"),
            Column("outcome", site.message("Outcome")),
        ),
        filters=(Filter("state", site.message("State"), states),),
        rows=rows,
    )


def outcome_words(playbook: Playbook, outcome: str, language: str) -> str:
    """How a case ended, in the words of the end step that it came to."""
    named = [step.name.in_(language) for step in playbook.steps.values() if step.extension.outcome == outcome]
    return named[0] if named and named[0] else outcome.replace("_", " ").replace("-", " ")


def _case_row(row: Row, playbook: Playbook, language: str, site: Site) -> Row:
    waits = (
        [part.strip() for part in (row["waiting_for"] or "").split(",") if part.strip()]
        if row["state"] == "open"
        else []
    )
    return {
        "what": playbook.name.in_(language) or row["playbook"],
        "case": row["case"],
        "about": row["about"] or row["subject"],
        "state": row["state"],
        "opened": row["opened_at"][:10],
        "waiting_for": site.message(", ")
        .in_(language)
        .join(site.message(WAITS[part]).in_(language) if part in WAITS else part for part in waits)
        or None,
        "deadline": row["next_deadline"] if row["state"] == "open" else None,
        "outcome": outcome_words(playbook, row["outcome"], language) if row["outcome"] else None,
        "href": case_path(row["case"]),
    }


def case_path(case: str) -> str:
    return f"/cases/{case.partition(':')[2] or case}"


def case_page(view: View) -> Response:
    """One case: where it stands, who must act next and by when, how it came there, under which playbook."""
    asked = view.request.path_params["case"]
    case_id = asked if asked.startswith("case:") else f"case:{asked}"
    case = protocols.case(view.reader, case_id)
    row = protocols.find_case(view.reader, case_id)
    happened = what_happened(view, case_id)
    return view.page(
        "portal/case.html",
        {
            "title": view.text(case.playbook.name),
            "case": row,
            "about": case.subject,
            "part": row["about"].removeprefix(case.subject),
            "within": _within(view, case.subject),
            "state": case.state,
            "stopped": stamp(case.stopped_at) if case.stopped_at else "",
            "stuck": next(iter(protocols.stuck(view.reader, case_id)), None),
            "office": bool(view.sight.caller and STEWARDS & set(view.sight.caller.roles)),
            "outcome": outcome_words(case.playbook, case.outcome, view.language.code) if case.outcome else "",
            "playbook": case.playbook,
            "playbook_id": row["playbook"],
            "adopted": _adopted_on(view.reader, row),
            "cause": case.cause.index,
            "fired": fired(view, row),
            "todo": [_todo(view, case, item) for item in protocols.who_must_act(view.reader, case_id)]
            if case.state == "open"
            else [],
            "graph": _graph(view, case),
            "chart_": _spans(view, case, happened),
            "timeline": happened,
            "sealed": any(item["said"] for item in happened),
            "moves": moves.offered(view, case),
            "said": moves.said(view),
            "effects": _effects(view, case_id),
            "letters": letters.of_a_case(view, case_id),
        },
    )


def fired(view: View, row: Row) -> dict[str, Any]:
    """The threshold that opened a case, and the figures it was judged on; nothing where something else opened it.

    A rule that can be read no more is told by its id.
    """
    if view.authority.store.entry(row["cause"]).kind != thresholds.THRESHOLD_SWITCHED.id:
        return {}
    body = view.sight.part(row["cause"], thresholds.THRESHOLD_SWITCHED.schema.model_fields)
    if not body:  # erased
        return {}
    rule, subject = str(body["rule"]), str(body["subject"])
    try:
        title = view.text(thresholds.rule_of(view.reader, rule, str(body["rule_version"])).title)
    except NotFound:
        title = rule
    return {
        "title": title,
        "href": f"/thresholds/{rule}?{urlencode({'subject': subject})}",
        "at": body["at"],
        "figures": list(cast(Mapping[str, Any], body["quantities"]).items()),
    }


def _within(view: View, subject: str) -> list[str]:
    """What the subject of a case publicly says that it belongs to, where that has a case too: an order, its alert."""
    row = registry.subject(view.reader, subject) if view.subjects.shown(subject) else None
    if row is None or row["erased"]:
        return []
    named = dict.fromkeys(map(str, version_seen(view.authority, row, EVERYONE).body.values()))
    return [
        one
        for one in named
        if is_subject(one) and one != subject and view.subjects.shown(one)
        and protocols.cases(view.reader, subject=one, limit=1)
    ]  # fmt: skip


WRITTEN = ("statement", "note", "reason", "variables")
"""The fields of a case's entries that hold what people wrote: sealed, for the authority and whoever filed it."""
HERE = ("approval", "desk", "fact")  # what can be done at the portal
WAYS = {
    "on_true": N_("yes"),
    "on_false": N_("no"),
    "cases.default": N_("otherwise"),
    "cases.true": N_("yes"),
    "cases.false": N_("no"),
    "on_failure": N_("if not"),
    "deadline.escalate_to": N_("too late"),
    "at_most.then": N_("too often"),
    "reversal_step": N_("undone by"),
}


def _way_words(view: View) -> graphs.Label:
    """What stands beside a way from step to step."""

    def label(kind: str) -> str:
        words = WAYS.get(kind, "")
        return (
            str(view.say(words)) if words else kind.removeprefix("cases.").strip() if kind.startswith("cases.") else ""
        )

    return label


def _graph(view: View, case: Case) -> str:
    standing = {one.step: "now" for one in case.standing}
    for item in case.timeline:
        if isinstance(item, StepCompleted):
            standing.setdefault(item.step, "failed" if item.outcome in ("failed", "refused") else "done")
        elif isinstance(item, Escalated):
            standing.setdefault(item.step, "failed")
        elif isinstance(item, Closed) and item.step:
            standing[item.step] = "now" if case.state == "open" else "done"

    title = str(view.say("The playbook, with where the case stands"))
    return graphs.picture(case.playbook, standing, view.language.code, title, _way_words(view))


def _spans(view: View, case: Case, happened: list[dict[str, Any]]) -> Chart | None:
    """Each visit of a step as a bar from when it began to when it was left, with its deadline."""
    now = min(view.reading.now, case.changed_at) if case.state != "open" else view.reading.now
    begun: dict[str, dict[str, Any]] = {}
    bars: list[dict[str, Any]] = []
    for item in happened:
        step, at = item.get("step"), item["at"]
        if item["what"] == "entered" and step and case.playbook.steps[step].type not in (START, END):
            begun[step] = {"step": view.text(item["name"]), "from": at, "deadline": item.get("deadline")}
        elif item["what"] in ("completed", "escalated") and step in begun:
            bars.append({**begun.pop(step), "to": at, "how": "late" if item["what"] == "escalated" else "done"})
    bars += [{**one, "to": stamp(now), "how": "now"} for one in begun.values() if case.state == "open"]
    bars = [bar for bar in bars if bar["from"] != bar["to"] or bar["deadline"]]
    if not bars:
        return None
    says = {"done": str(view.say("done")), "late": str(view.say("too late")), "now": str(view.say("now"))}
    shown = [{**bar, "how": says[bar["how"]]} for bar in bars]
    order = list(dict.fromkeys(bar["step"] for bar in shown))
    deadlines = [{"step": bar["step"], "at": bar["deadline"]} for bar in shown if bar["deadline"]]
    y = {"field": "step", "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": 220}}
    spec = {
        "height": {"step": 30},
        "layer": [
            {
                "data": {"values": shown},
                "mark": {"type": "bar", "height": 14},
                "encoding": {
                    "x": {"field": "from", "type": "temporal", "title": None},
                    "x2": {"field": "to"},
                    "y": y,
                    "color": {
                        "field": "how",
                        "type": "nominal",
                        "title": None,
                        "scale": {"domain": list(says.values()), "range": ["#1b5e8c", "#b14a21", "#4a7434"]},
                        "legend": {},
                    },
                },
            },
            {
                "data": {"values": deadlines},
                "mark": {"type": "tick", "color": "#96294f", "thickness": 3, "size": 24},
                "encoding": {"x": {"field": "at", "type": "temporal"}, "y": y},
            },
        ],
    }
    columns = [str(view.say(words)) for words in (N_("Step"), N_("From"), N_("To"), N_("Deadline"), N_("State"))]
    rows = [[bar["step"], bar["from"], bar["to"], bar["deadline"], bar["how"]] for bar in shown]
    title = str(view.say("How long each step took"))
    note = str(view.say("Red marks: deadlines.")) if deadlines else ""
    return Chart(
        title,
        spec,
        columns,
        [[view.cells.show(cell, "date" if 0 < n < 4 else "text") for n, cell in enumerate(row)] for row in rows],
        note,
    )


def _effects(view: View, case_id: str) -> list[list[Any]]:
    """What was to leave the house because of the case, and the evidence of what became of it."""
    return [
        [
            row["target"],
            row["requested_at"],
            {"wanted": "waiting", "delivered": "delivered", "failed": "failed"}.get(row["state"], row["state"]),
            row["attempts"],
            {"href": f"/record/{row['evidence']}", "text": str(row["evidence"])}
            if row["evidence"] is not None
            else None,
        ]
        for row in protocols.effects(view.reader, case=case_id)
    ]


def what_happened(view: View, case_id: str, newest: int = 0) -> list[dict[str, Any]]:
    """What happened in a case (the `newest` of it), each with what people wrote to it that whoever looks may read.

    That they read it is logged. What one entry says stands once, where it is first told of.
    """
    found, told = [], set[int]()
    for item in protocols.timeline(view.reader, case_id)[-newest:]:
        entry = item.get("entry")
        said = _said(view, entry) if isinstance(entry, int) and entry not in told else []
        told |= {entry} if isinstance(entry, int) else set()
        found.append({**in_words(view, item), "said": said})
    return found


def _said(view: View, entry: int) -> list[tuple[str, str]]:
    """What somebody wrote in an entry of a case, by field in words; nothing for the public."""
    if view.sight.caller is None or not protocols.is_move(view.authority.store.entry(entry).kind):
        return []
    shown = view.sight.part(entry, WRITTEN)
    texts = [(name, value) for name, value in shown.items() if isinstance(value, str) and value]
    given = shown.get("variables")
    if isinstance(given, Mapping):
        texts += [("variables", "; ".join(f"{name} = {value}" for name, value in given.items()))] if given else []
    return [(view.site.field_title(name, view.language.code), value) for name, value in texts]


def in_words(view: View, item: Mapping[str, Any]) -> dict[str, Any]:
    """What happened, with who approved it by the names of their office."""
    text = view.text(item["text"])
    for code in (item.get("organisation"), item.get("role")):
        if code:
            text = text.replace(code, view.office(code), 1)
    return {**item, "text": text}


def _adopted_on(reader: Reader, case: Row) -> str:
    """The day on which the playbook was adopted that a case goes by."""
    where = {"rule_id": case["playbook"], "version": case["version"], "adopted": ("<=", case["cause"])}
    rows = reader.select(TEXT, where, order=("-adopted",), limit=1)
    return str(rows[0]["adopted_on"])[:10] if rows else ""


def _todo(view: View, case: Case, item: Mapping[str, Any]) -> dict[str, Any]:
    """Who must do one thing, by when, on what basis, what was decided so far, and what follows if nobody does."""
    given = item.get("given")
    given = len(given) if isinstance(given, list | tuple | dict) else given
    deadline = case.playbook.steps[item["step"]].extension.deadline
    onward = case.playbook.steps.get(deadline.escalate_to) if deadline else None
    standing = case.at(item["step"])
    until = item["until"]
    return {
        **item,
        "who": who(view, item),
        "given": given,
        "needed": item.get("needed"),
        "left": time_left(view.voice, view.reading.now, instant(until)) if until else "",
        "passed": bool(until and instant(until) <= view.reading.now),
        "otherwise": view.text(onward.name) if onward else "",
        "proportionality": [view.text(words) for words in (item.get("proportionality") or {}).values()],
        "voices": [
            {"decision": one.decision, "role": view.office(one.role), "organisation": view.office(one.organisation),
             "entry": one.index, "proof": one.proof}
            for one in (standing.approvals if standing else ())
        ],
        "path": f"/inbox/{case.id.partition(':')[2]}/{item['step']}" if item["kind"] in HERE else "",
    }  # fmt: skip


def who(view: View, item: Mapping[str, Any]) -> str:
    if item["kind"] == "approval":
        return _approvers(view, item["needed"], item["roles"])
    if item["kind"] == "event":
        kind = view.authority.kinds.get(item["event"])
        return view.say("a filing: %(kind)s", kind=kind.title.in_(view.language.code) if kind else item["event"])
    if item.get("handed_to"):
        return view.office(item["handed_to"])
    desk = view.text(item["agent"]) if item["kind"] == "desk" else ""
    waits = WAITS[item["kind"]]
    return desk or view.say(waits)


def _approvers(view: View, needed: int, roles: Iterable[str]) -> str:
    named = str(view.say(", ")).join(view.office(role) for role in roles)
    return view.say("approval by %(needed)s of: %(roles)s", needed=needed, roles=named)


def _period(view: View, duration: Duration) -> str:
    """A playbook's duration in words; "" for none, where the date comes from elsewhere."""
    count_of = view.voice.words.count
    parts = []
    if duration.months:
        parts.append(count_of("%(num)s month", "%(num)s months", duration.months))
    if duration.days:
        parts.append(count_of("%(num)s day", "%(num)s days", duration.days))
    if duration.seconds:
        parts.append(count_of("%(num)s hour", "%(num)s hours", round(duration.seconds / 3600)))
    return " ".join(parts)


def playbook_text(data: Mapping[str, Any], name: str, language: str) -> str:
    """The `name` or `description` of a CACAO playbook in a language, in English where its text gives no other."""
    if data.get("type") != "playbook":
        return ""
    for extension in (data.get("playbook_extensions") or {}).values():
        texts = extension.get("texts") if isinstance(extension, Mapping) else None
        words = texts.get(language) if isinstance(texts, Mapping) else None
        if isinstance(words, Mapping) and words.get(name):
            return str(words[name])
    return str(data.get(name, ""))


def playbook_graph(view: View, row: Row) -> str:
    """The picture of an adopted playbook; empty where it cannot be read."""
    try:
        playbook = read_playbook(row["text"])
    except CommonwealError:
        return ""
    return graphs.picture(playbook, {}, view.language.code, view.text(playbook.name), _way_words(view))


def playbook_steps(view: View, row: Row) -> list[dict[str, Any]]:
    """The steps of an adopted playbook, in the order of its text."""
    try:
        playbook = read_playbook(row["text"])
    except CommonwealError:
        return []
    steps = []
    for step in playbook.steps.values():
        if step.type in ("start", "end"):
            continue
        approval, deadline = step.extension.approval, step.extension.deadline
        steps.append(
            {
                "name": view.text(step.name),
                "description": view.text(step.description),
                "basis": view.text(step.extension.legal_basis),
                "approval": _approvers(view, approval.n, approval.of_roles) if approval else "",
                "deadline": _period(view, deadline.duration) if deadline else "",
            }
        )
    return steps
