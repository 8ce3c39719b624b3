"""What is owed, what is being done about it, and what is known of one subject: duties, cases, subjects."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from commonweal.authority import EVERYONE
from commonweal.kernel import obligations, protocols, registry
from commonweal.kernel.instrument import Column, Filter, Listing, Reading, Row
from commonweal.kernel.obligations.adoption import law_of
from commonweal.kernel.obligations.clauses import THE_AUTHORITY, Transitional
from commonweal.kernel.obligations.explaining import explanation
from commonweal.kernel.obligations.kinds import PUBLIC_DUTY
from commonweal.kernel.obligations.laws import Law
from commonweal.kernel.obligations.reasons import open_clause, presumed_start
from commonweal.kernel.record import Reader
from commonweal.kernel.values import NotFound, Text
from commonweal.sight import version_seen

from . import cases, reads, taken
from .cells import N_
from .formats import Formats
from .listings import Place
from .site import Site, View

DUTY_ORDER = (
    "overdue", "breached", "owed", "unknown", "not_public", "elsewhere", "deemed_approved", "deemed_refused",
    "met_late", "met", "lapsed", "not_owed",
)  # fmt: skip
DUTY_STATES = {
    "open": N_("owed or overdue"),
    "owed": N_("owed"),
    "overdue": N_("overdue"),
    "elsewhere": N_("owed to another authority; not filed here"),
    "breached": N_("broken: what is forbidden was done"),
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
STANDS = Text(en="the clock stands since {day}", zh="期限自{day}起中止")
EITHER_DAY = Text(
    en="if {fact} is before {before}: {due}; otherwise: {otherwise}",
    zh="若{fact}早于{before}：{due}；否则：{otherwise}",
)


def places(site: Site) -> list[Place]:
    """The list of duties."""
    see = [
        (N_("Calendar of duties"), "/duties/calendar"),
        (N_("Who kept their dates"), "/duties/on-time"),
        (N_("Subscribe as a calendar (.ics)"), "/duties.ics"),
        (N_("Feed of changes (Atom)"), "/duties.atom"),
    ]
    return [Place(_duties(site), "/duties", see=see)]


def counts(view: View) -> list[tuple[int, str, str]]:
    """Open duties and open cases, for the first page."""
    open_duties = sum(view.reader.count(PUBLIC_DUTY, {"state": state}) for state in ("owed", "overdue"))
    open_cases = protocols.counts(view.reader)["open"]
    return [
        (open_duties, str(view.say("duties owed, of those that are public")), "/duties?state=open"),
        (open_cases, str(view.say("open cases")), "/cases?state=open"),
    ]


# ── duties ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def duty_rows(reader: Reader, rows: Iterable[Row], language: str) -> list[Row]:
    """Duties as lists show them, each law read once."""
    law = functools.cache(functools.partial(law_of, reader))
    return [duty_row(law(row["sha256"]), row, language) for row in rows]


def duty_row(law: Law, row: Row, language: str) -> Row:
    """A duty as lists show it: its rule by title, what is missing by name, met late as a state of its own."""
    rule = law.rule(row["rule"], row["rule_version"])
    clause = open_clause(row, rule) if rule else None
    presumed = presumed_start(row, rule) if rule else ""
    names = dict.fromkeys((*row["missing"], *([clause.fact] if clause else []), *([presumed] if presumed else [])))
    missing = [law.facts[name].title.in_(language) if name in law.facts else name for name in names]
    state = "met_late" if row["state"] == "met" and row["late"] else row["state"]
    is_open = state in ("owed", "overdue", "unknown", "not_public")
    return {
        "due": obligations.ends(row, law) if is_open or row["due"] else None,
        "duty": rule.title.in_(language) if rule else row["duty"],
        "about": row["subject"],
        "party": law.authority.in_(language) if row["party"] == THE_AUTHORITY else row["party"] or None,
        "state": state,
        "either": _depends(law, clause, row, language),
        "missing": ("；" if language == "zh" else "; ").join(missing)
        if presumed or state in ("unknown", "not_public")
        else None,
        "started_on": row["started_on"],
        "met_on": row["met_on"],
        "received_on": row["received_on"],
        "rule": row["rule"],
        "entry": row["filed_entry"],
        "href": f"/regimes/{row['rule']}",
    }


def _depends(law: Law, clause: Transitional | None, row: Row, language: str) -> str | None:
    """What the day depends on: a transitional clause that may hold, or that the clock goes on."""
    if row["stopped_on"] and row["state"] in ("owed", "unknown", "not_public"):
        return STANDS.in_(language).format(day=Formats(language).date(row["stopped_on"]))
    return _either_day(law, clause, row["last_day"], language) if clause and row["due_if_owed"] else None


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
        found = duty_rows(reading.tables, reading.tables.select(PUBLIC_DUTY, where), reading.language)
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
        asked = reading.tables.select(PUBLIC_DUTY, only=("rule", "rule_version", "sha256"))
        present = {(row["rule"], row["rule_version"], row["sha256"]) for row in asked}
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
            Column("received_on", site.message("By own statement, received on"), "date"),
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
    kept = view.reader.select(PUBLIC_DUTY, {"rule": ("in", rules)})
    rows = duty_rows(view.reader, kept, view.language.code)
    reasons = {(row["rule"], row["subject"]): row for row in kept}
    tally: dict[str, int] = {}
    for row in rows:
        tally[row["state"]] = tally.get(row["state"], 0) + 1
    shown = sorted((row for row in rows if row["state"] not in ("not_owed", "lapsed")), key=_urgency)
    return {
        "tally": sorted(tally.items(), key=lambda item: DUTY_ORDER.index(item[0]) if item[0] in DUTY_ORDER else 9),
        "shown": [[row["about"], row["state"], day_of(row), row["missing"]] for row in shown[:DUTIES_SHOWN_MAX]],
        "why": [_why(view, row, reasons[row["rule"], row["about"]]) for row in shown[:DUTIES_SHOWN_MAX]],
        "total": len(shown),
        "address": view.href(f"/duties?rule={rules[0]}") if len(rules) == 1 else view.href("/duties"),
    }


def _why(view: View, row: Row, kept: Row) -> dict[str, Any]:
    """Why one duty is owed and why by that day: what it is, and sentences."""
    return {
        "duty": row["duty"],
        "about": view.subjects.name(row["about"]),
        "reasons": [words.in_(view.language.code) for words in explanation(view.reader, kept)],
    }


def duties_of(view: View, subject: str) -> list[Row]:
    """Every duty about one subject, or owed by it, the pressing ones first."""
    rows = [
        *view.reader.select(PUBLIC_DUTY, {"subject": subject}),
        *view.reader.select(PUBLIC_DUTY, {"party": subject}),
    ]
    return sorted(duty_rows(view.reader, rows, view.language.code), key=_urgency)


# ── subjects ────────────────────────────────────────────────────────────────────────────────────────────────────────


def subject_page(view: View) -> Response:
    """What is public about any registered subject; instruments have better pages for theirs. Raises `NotFound`."""
    subject = view.request.path_params["subject"]
    row = view.sight.newest(subject) if view.subjects.shown(subject) else None
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
            "fields": list(_public(view, row).items()),
            "taken": taken.told(view, version_seen(view.authority, row, EVERYONE).taken),
            **_sealed(view, row),
            "versions": (versions := _versions_of(view, subject)),
            "read_by": reads.read_by_others(view, [item["entry"] for item in versions]),
            "referring": [name for name in registry.referring(view.reader, subject) if _says_so(view, name, subject)],
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
                    "href": cases.case_path(case["case"]),
                    "state": case["state"],
                    "opened": case["opened_at"],
                    "name": view.subjects.name(case["case"]),
                }
                for case in protocols.cases(view.reader, subject=subject)
            ],
        },
    )


def _sealed(view: View, row: Mapping[str, Any]) -> dict[str, Any]:
    """What whoever is signed in may read of a version besides what is public, and as what; it is logged."""
    if view.sight.caller is None:
        return {"sealed": [], "as_roles": ""}
    public = version_seen(view.authority, row, EVERYONE).body
    found = {name: value for name, value in view.sight.version(row).body.items() if name not in public}
    shown = [(name, value) for name, value in found.items() if value not in (None, "", [], {})]
    return {"sealed": shown, "as_roles": view.roles_towards(view.authority.store.entry(row["entry"]))}


def _says_so(view: View, name: str, subject: str) -> bool:
    """Whether the public may read in one subject's filing that it refers to another: who may not, is not told here."""
    row = registry.subject(view.reader, name) if view.subjects.shown(name) else None
    if row is None:
        return False
    waiting: list[Any] = list(_public(view, row).values())
    while waiting:
        value = waiting.pop()
        if value == subject:
            return True
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, (list, tuple)):
            waiting += value
    return False


def _public(view: View, row: Mapping[str, Any]) -> dict[str, Any]:
    """What everyone may read of a version, in the order of its schema, where it says anything."""
    body, kind = version_seen(view.authority, row, EVERYONE).body, view.authority.kinds.get(row["kind"])
    names = kind.schema.model_fields if kind else ()
    return {name: body[name] for name in names if body.get(name) not in (None, "", [], {})}


def _versions_of(view: View, subject: str) -> list[dict[str, Any]]:
    """Each version with what changed in public fields, newest first."""
    found: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for row in view.sight.versions(subject):
        now = _public(view, row)
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
