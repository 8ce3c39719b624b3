"""What is owed, what is being done about it, and what is known of one subject: duties, cases, subjects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from commonweal.kernel import protocols, registry
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.instrument import Column, Filter, Listing, Reading, Row
from commonweal.kernel.obligations.adoption import law_of
from commonweal.kernel.obligations.clauses import THE_AUTHORITY
from commonweal.kernel.obligations.kinds import PUBLIC_DUTY
from commonweal.kernel.obligations.laws import Law, Transitional
from commonweal.kernel.obligations.reasons import open_clause
from commonweal.kernel.protocols.durations import Duration
from commonweal.kernel.protocols.playbooks import Playbook
from commonweal.kernel.protocols.playbooks import read as read_playbook
from commonweal.kernel.protocols.projections import playbook_of
from commonweal.kernel.record import Reader
from commonweal.kernel.registry.texts import TEXT
from commonweal.kernel.values import CommonwealError, NotFound, Text

from .cells import N_
from .formats import Formats
from .listings import Place
from .site import Site, View

DUTY_ORDER = (
    "overdue", "owed", "unknown", "not_public", "deemed_approved", "deemed_refused", "met_late", "met", "lapsed",
    "not_owed",
)  # fmt: skip
DUTY_STATES = {
    "open": N_("owed or overdue"),
    "owed": N_("owed"),
    "overdue": N_("overdue"),
    "met": N_("met"),
    "met_late": N_("met late"),
    "deemed_approved": N_("deemed approved"),
    "deemed_refused": N_("deemed refused"),
    "unknown": N_("unknown"),
    "not_public": N_("depends on a fact that is not public"),
    "not_owed": N_("not owed"),
    "lapsed": N_("lapsed"),
}
DUTIES_SHOWN_MAX = 25
VERSIONS_SHOWN_MAX = 30
EITHER_DAY = Text(
    en="if {fact} is before {before}: {due}; otherwise: {otherwise}",
    zh="若{fact}早于{before}：{due}；否则：{otherwise}",
)
WAITS = {
    "approval": N_("an approval"),
    "event": N_("a filing"),
    "desk": N_("work at a desk"),
    "fact": N_("a fact that is missing"),
}


def places(site: Site) -> list[Place]:
    """The lists of duties and of cases."""
    return [Place(_duties(site), "/duties"), Place(_cases(site), "/cases")]


def pages(site: Site) -> list[tuple[str, Callable[[View], Response]]]:
    """The page of one case."""
    return [("/cases/{case}", case_page)]


def counts(view: View) -> list[tuple[int, str, str]]:
    """Open duties and open cases, for the first page."""
    open_duties = sum(view.reader.count(PUBLIC_DUTY, {"state": state}) for state in ("owed", "overdue"))
    open_cases = protocols.counts(view.reader)["open"]
    return [
        (open_duties, str(view.say("duties owed")), "/duties?state=open"),
        (open_cases, str(view.say("open cases")), "/cases?state=open"),
    ]


# ── duties ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def duty_row(reader: Reader, row: Row, language: str) -> Row:
    """A duty as lists show it: its rule by title, what is missing by name, met late as a state of its own."""
    law = law_of(reader, row["sha256"])
    rule = law.rule(row["rule"], row["rule_version"])
    clause = open_clause(row, rule) if rule else None
    names = dict.fromkeys((*row["missing"], *([clause.fact] if clause else [])))
    missing = [law.facts[name].title.in_(language) if name in law.facts else name for name in names]
    state = "met_late" if row["state"] == "met" and row["late"] else row["state"]
    is_open = state in ("owed", "overdue", "unknown", "not_public")
    return {
        "due": (row["last_day"] if row["due"] or row["due_if_owed"] else None) if is_open or row["due"] else None,
        "duty": rule.title.in_(language) if rule else row["duty"],
        "about": row["subject"],
        "party": law.authority.in_(language) if row["party"] == THE_AUTHORITY else row["party"] or None,
        "state": state,
        "either": _either_day(law, clause, row["last_day"], language) if clause and row["due_if_owed"] else None,
        "missing": "; ".join(missing) if state in ("unknown", "not_public") else None,
        "started_on": (row["started_on"] or "")[:10] or None,
        "met_on": (row["met_on"] or "")[:10] or None,
        "rule": row["rule"],
        "entry": row["filed_entry"],
        "href": f"/regimes/{row['rule']}",
    }


def _either_day(law: Law, clause: Transitional, otherwise: str, language: str) -> str:
    """Both days on which a duty could fall due, in a sentence."""
    shown = Formats(language).date
    return EITHER_DAY.in_(language).format(
        fact=law.facts[clause.fact].title.in_(language),
        before=shown(clause.before),
        due=shown(clause.due),
        otherwise=shown(otherwise),
    )


def day_of(row: Row) -> Any:
    """The last day of a duty as a table's cell: a date, or both dates in a sentence."""
    return Markup('<span class="either">{}</span>').format(row["either"]) if row["either"] else row["due"]


def _duties(site: Site) -> Listing:
    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        where = {name: query[name] for name in ("rule",) if query.get(name)}
        found = [duty_row(reading.tables, row, reading.language) for row in reading.tables.select(PUBLIC_DUTY, where)]
        wanted, about = query.get("state", ""), query.get("about", "").casefold()
        if wanted:
            states = ("owed", "overdue") if wanted == "open" else (wanted,)
            found = [row for row in found if row["state"] in states]
        if about:
            found = [row for row in found if _about(reading, row, about)]
        return sorted(found, key=_urgency)

    def states(reading: Reading) -> list[tuple[str, str]]:
        return [(state, site.message(message).in_(reading.language)) for state, message in DUTY_STATES.items()]

    def rules(reading: Reading) -> list[tuple[str, str]]:
        present = {(row["rule"], row["rule_version"], row["sha256"]) for row in reading.tables.select(PUBLIC_DUTY)}
        titles = {}
        for rule_id, version, sha256 in sorted(present):
            rule = law_of(reading.tables, sha256).rule(rule_id, version)
            titles[rule_id] = (
                f"{law_of(reading.tables, sha256).jurisdiction}: {rule.title.in_(reading.language)}"
                if rule
                else rule_id
            )
        return sorted(titles.items(), key=lambda item: item[1])

    return Listing(
        id="duties",
        title=site.message("Duties"),
        summary=site.message(
            "Who owes which filing to whom by when. Where a fact is missing the duty is unknown, "
            "the missing fact is named, and the last day is the one that would hold."
        ),
        columns=(
            Column("duty", site.message("Duty")),
            Column("about", site.message("About"), "link"),
            Column("party", site.message("Owed by"), "link"),
            Column("state", site.message("State"), "state"),
            Column("due", site.message("Last day"), "date"),
            Column("either", site.message("What the day depends on")),
            Column("missing", site.message("What is missing")),
            Column("met_on", site.message("Met on"), "date"),
        ),
        filters=(
            Filter("state", site.message("State"), states),
            Filter("rule", site.message("Rule"), rules),
            Filter("about", site.message("About or owed by")),
        ),
        rows=rows,
    )


def _about(reading: Reading, row: Row, wanted: str) -> bool:
    for identifier in (row["about"], row["party"]):
        if identifier:
            found = registry.subject(reading.tables, identifier)
            if wanted in identifier or (found and wanted in str(found["name"]).casefold()):
                return True
    return False


def _urgency(row: Row) -> tuple[int, str, str]:
    rank = DUTY_ORDER.index(row["state"]) if row["state"] in DUTY_ORDER else len(DUTY_ORDER)
    return rank, row["due"] or "9999", str(row["about"])


def duties_under(view: View, rules: list[str]) -> dict[str, Any]:
    """The duties under some rules: how many in each state, and those that somebody must act on."""
    rows = [
        duty_row(view.reader, row, view.language.code)
        for row in view.reader.select(PUBLIC_DUTY, {"rule": ("in", rules)})
    ]
    tally: dict[str, int] = {}
    for row in rows:
        tally[row["state"]] = tally.get(row["state"], 0) + 1
    shown = sorted((row for row in rows if row["state"] not in ("not_owed", "lapsed")), key=_urgency)
    return {
        "tally": sorted(tally.items(), key=lambda item: DUTY_ORDER.index(item[0]) if item[0] in DUTY_ORDER else 9),
        "shown": [[row["about"], row["state"], day_of(row), row["missing"]] for row in shown[:DUTIES_SHOWN_MAX]],
        "total": len(shown),
        "address": view.href(f"/duties?rule={rules[0]}") if len(rules) == 1 else view.href("/duties"),
    }


def duties_of(view: View, subject: str) -> list[Row]:
    """Every duty about one subject, or owed by it, the pressing ones first."""
    rows = [
        *view.reader.select(PUBLIC_DUTY, {"subject": subject}),
        *view.reader.select(PUBLIC_DUTY, {"party": subject}),
    ]
    return sorted((duty_row(view.reader, row, view.language.code) for row in rows), key=_urgency)


# ── cases ───────────────────────────────────────────────────────────────────────────────────────────────────────────


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
        "about": row["subject"],
        "state": row["state"],
        "opened": row["opened_at"][:10],
        "waiting_for": ", ".join(site.message(WAITS[part]).in_(language) if part in WAITS else part for part in waits)
        or None,
        "deadline": row["next_deadline"] if row["state"] == "open" else None,
        "outcome": outcome_words(playbook, row["outcome"], language) if row["outcome"] else None,
        "href": case_path(row["case"]),
    }


def case_path(case: str) -> str:
    return f"/cases/{case.partition(':')[2] or case}"


def case_page(view: View) -> Response:
    """One case: what happened, who must act next and by when, under which playbook."""
    asked = view.request.path_params["case"]
    case_id = asked if asked.startswith("case:") else f"case:{asked}"
    case = protocols.case(view.reader, case_id)
    row = next(row for row in protocols.cases(view.reader, subject=case.subject) if row["case"] == case_id)
    return view.page(
        "portal/case.html",
        {
            "title": view.text(case.playbook.name),
            "case": row,
            "about": case.subject,
            "state": case.state,
            "outcome": outcome_words(case.playbook, case.outcome, view.language.code) if case.outcome else "",
            "playbook": case.playbook,
            "playbook_id": row["playbook"],
            "adopted": _adopted_on(view.reader, row),
            "cause": case.cause.index,
            "todo": [_todo(view, item) for item in protocols.who_must_act(view.reader, case_id)],
            "timeline": [in_words(view, item) for item in protocols.timeline(view.reader, case_id)],
        },
    )


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


def _todo(view: View, item: Mapping[str, Any]) -> dict[str, Any]:
    """Who must do one thing, in words."""
    given = item.get("given")
    given = len(given) if isinstance(given, list | tuple | dict) else given
    return {**item, "who": _who(view, item), "given": given, "needed": item.get("needed")}


def _who(view: View, item: Mapping[str, Any]) -> str:
    if item["kind"] == "approval":
        return _approvers(view, item["needed"], item["roles"])
    if item["kind"] == "event":
        kind = view.authority.kinds.get(item["event"])
        return view.say("a filing: %(kind)s", kind=kind.title.in_(view.language.code) if kind else item["event"])
    desk = view.text(item["agent"]) if item["kind"] == "desk" else ""
    waits = WAITS[item["kind"]]
    return desk or view.say(waits)


def _approvers(view: View, needed: int, roles: Iterable[str]) -> str:
    named = ", ".join(view.office(role) for role in roles)
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


# ── subjects ────────────────────────────────────────────────────────────────────────────────────────────────────────


def subject_page(view: View) -> Response:
    """What is public about any registered subject; instruments have better pages for theirs. Raises `NotFound`."""
    subject = view.request.path_params["subject"]
    row = registry.subject(view.reader, subject) if view.subjects.shown(subject) else None
    if row is None:
        raise NotFound("subject", subject)
    kind = view.authority.kinds[row["kind"]]
    duties = duties_of(view, subject)[:DUTIES_SHOWN_MAX]
    return view.page(
        "portal/subject.html",
        {
            "title": row["name"],
            "about": subject,
            "kind_title": kind.title.in_(view.language.code),
            "row": row,
            "fields": list(_public(view, kind, row["body"]).items()),
            "versions": _versions_of(view, kind, subject),
            "referring": [name for name in registry.referring(view.reader, subject) if view.subjects.shown(name)],
            "duties": duties,
            "duty_rows": [
                [
                    {"href": row["href"], "text": row["duty"]},
                    row["about"],
                    row["state"],
                    day_of(row),
                    row["missing"],
                ]
                for row in duties
            ],
            "cases": [
                {
                    "href": case_path(case["case"]),
                    "state": case["state"],
                    "opened": case["opened_at"],
                    "name": case["playbook"],
                }
                for case in protocols.cases(view.reader, subject=subject)
            ],
        },
    )


def _public(view: View, kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in view.public_fields(kind) if body.get(name) not in (None, "", [], {})}


def _versions_of(view: View, kind: Kind, subject: str) -> list[dict[str, Any]]:
    """Each version with what changed in public fields, newest first."""
    found: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for row in registry.versions(view.reader, subject):
        now = _public(view, view.authority.kinds.get(row["kind"], kind), row["body"])
        found.append(
            {
                "number": row["version"],
                "entry": row["entry"],
                "on": row["filed_on"][:10],
                "changes": registry.diff(before, now) if before else [],
            }
        )
        before = now
    return found[::-1][:VERSIONS_SHOWN_MAX]
