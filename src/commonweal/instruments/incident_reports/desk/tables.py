"""What is laid out for the desk: where each report stands, who has it, what was noted, watched and kept as a view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry, Reader, Row, Table, Tables
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import stamp

from .. import tables as filed
from ..deidentifying import DEIDENTIFIED, searched, working
from ..harbour.kinds import DECISION, WAIVER
from ..harbour.tables import claim
from ..incidents import INCIDENT, UNLINKED, link_in
from ..referring import REFERRAL, referrals
from ..reports import ANSWER, IDENTITY, QUESTION, REPORT, WITHDRAWN
from ..scales import SEVERITIES
from .grading import gravity
from .kinds import ASSIGNMENT, CLOSING, ESCALATION, LOOKED, NOTE, RELEASE, TRIAGE, VIEW, WATCH
from .news import NEWS, UNHANDLED, UNREAD, annulled, news, stale
from .repeated import TRIAGED, left, repeating

STATES = ("new", "triaged", "assigned", "waiting", "linked", "closed")
"""Where a report stands: new, triaged, given to somebody, waiting for its reporter, linked to an incident, closed."""
LAST = 9
UNHEEDED, STALE, UNJUDGED = "unheeded", "stale", "unjudged"
PRESSING = (UNHEEDED, STALE, "immediate", "today", UNJUDGED, "week", "routine")
"""What comes first at the desk: a danger to life or health now about which no officer has decided since it was said;
what became graver since it was triaged, or repeats what nobody handles any more; then by urgency. What nobody triaged
may still be anything, so it comes before what may wait."""

DESK = Table(
    "incident_reports_desk",
    columns={
        "report": "text", "name": "text", "state": "text", "urgency": "text", "pressing": "integer",
        "danger": "integer", "decision": "text", "lead": "text", "received": "text", "changed": "text",
        "entry": "integer",
        "category": "text", "severity": "text", "grave": "integer", "stage": "text", "incident": "text",
        "question": "integer", "asked": "text", "claim": "text", "words": "text", "imported": "integer",
        "news": "text", "news_entry": "integer",
    },
    key=("report",),
    indexes=(("state",), ("lead",), ("received",)),
)  # fmt: skip
"""One row a report. `entry` is its newest version, `incident` the first it is linked to; `question` the oldest entry
that asks its reporter something and has no answer, since `asked`. `pressing` is the place in `PRESSING`, the most
pressing lowest; `danger` is -1 where its newest version says that somebody's life or health is at risk now, else 0;
`grave` puts severity in order, the gravest lowest, 9 where there is none and nobody died; `claim` is where a claim to
the safe harbour stands. `words` is what the queue is searched by, without names (`deidentifying`); `imported` is 1 for
what the authority took over from another database and nobody filed with it. `news` are the codes of what came in since
officers last dealt with it (`NEWS`, by blanks; None where nothing did), `news_entry` the newest that brought any."""
ASSIGNED = Table(
    "incident_reports_assigned",
    columns={"about": "text", "assignee": "text", "part": "text", "entry": "integer", "at": "text", "by": "text"},
    key=("about", "assignee"),
    indexes=(("assignee",),),
)
DEALT = Table(
    "incident_reports_dealt",
    columns={"report": "text", "entry": "integer", "by": "text"},
    key=("report", "by"),
)
"""The newest act of each officer by which they dealt with a report, having looked at it."""
RECUSED = Table(
    "incident_reports_recused",
    columns={"about": "text", "party": "text", "entry": "integer", "at": "text"},
    key=("about", "party"),
)
DECLARED = Table(
    "incident_reports_declared",
    columns={
        "about": "text", "party": "text", "entry": "integer", "at": "text", "by": "text", "interests": "json",
        "aside": "integer",
    },
    key=("about", "party", "entry"),
    indexes=(("party",), ("entry",)),
)  # fmt: skip
"""What each to whom something was given, or who joined a team, declared then, in the words of `by`; `aside` is 1 where
another set a conflict of interest aside for it."""
NOTES = Table(
    "incident_reports_note",
    columns={"about": "text", "entry": "integer", "at": "text", "by": "text"},
    key=("about", "entry"),
)
ESCALATED = Table(
    "incident_reports_escalated",
    columns={"about": "text", "alert": "text", "entry": "integer", "at": "text"},
    key=("about", "alert"),
    indexes=(("alert",),),
)
WATCHED = Table(
    "incident_reports_watched",
    columns={"watcher": "text", "about": "text", "entry": "integer", "at": "text"},
    key=("watcher", "about"),
    indexes=(("about",),),
)
VIEWS = Table(
    "incident_reports_view",
    columns={"keeper": "text", "name": "text", "query": "text", "entry": "integer"},
    key=("keeper", "name"),
)
TABLES = (DESK, TRIAGED, ASSIGNED, DEALT, RECUSED, DECLARED, NOTES, ESCALATED, WATCHED, VIEWS)


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what an entry says, after links and threads are; then where the reports that it touches stand."""
    if entry.kind == filed.ANNULLED and not entry.erased:
        for row in tables.select(DECLARED, {"entry": int(entry.body["entry"])}):
            tables.delete(DECLARED, row["about"], row["party"], row["entry"])
        if entry.subject and registry.subject(tables, entry.subject) is None:
            _let_go(entry.subject, tables)
    put = _PUTS.get(entry.kind)
    if put is not None and not entry.erased:
        put(entry, tables)
    if (dealt := _dealt_with(entry)) is not None:
        seen = min(int(entry.body.get("seen") or entry.index), entry.index)
        before = (tables.get(DEALT, dealt, entry.author) or {"entry": -1})["entry"]
        tables.put(DEALT, {"report": dealt, "entry": max(seen, before), "by": entry.author})
    for report in _touched(entry, tables):
        _settle(report, entry, tables)
        _settle_what_repeats(report, entry, tables)


def _let_go(about: str, tables: Tables) -> None:
    """What was decided on a report or incident of which no version is left, who had and who watched it: should it be
    filed again, it is new."""
    tables.delete(TRIAGED, about)
    for row in tables.select(ASSIGNED, {"about": about}):
        tables.delete(ASSIGNED, about, row["assignee"])
    for row in tables.select(WATCHED, {"about": about}):
        tables.delete(WATCHED, row["watcher"], about)


def _triaged(entry: Entry, tables: Tables) -> None:
    named = {name: entry.body.get(name) for name in ("report", "urgency", "decision", "duplicate_of")}
    said = entry.body.get("seen")
    seen = entry.index if said is None else min(int(said), entry.index)
    tables.put(TRIAGED, {**named, **_filed(entry), "by": entry.author, "seen": seen})


def _escalated(entry: Entry, tables: Tables) -> None:
    tables.put(ESCALATED, {**_named(entry, "about", "alert"), **_filed(entry)})


def _assigned(entry: Entry, tables: Tables) -> None:
    row = {**_named(entry, "about", "assignee", "part"), **_filed(entry), "by": entry.author}
    before = tables.get(ASSIGNED, row["about"], row["assignee"])
    if before is not None and row["by"] == row["assignee"]:
        row["by"] = before["by"]  # who takes another part has it from whom they had it
    if row["part"] == "lead":
        for former in tables.select(ASSIGNED, {"about": row["about"], "part": "lead"}):
            tables.delete(ASSIGNED, former["about"], former["assignee"])
    tables.put(ASSIGNED, row)
    declare(entry, entry.body["about"], entry.body["assignee"], entry.body, tables)


def declare(entry: Entry, about: str, party: str, said: Mapping[str, Any], tables: Tables) -> None:
    """Keep what a party declared when it was given a report or incident, and whether a conflict was set aside."""
    row = {"about": about, "party": party, **_filed(entry), "by": entry.author}
    tables.put(DECLARED, {**row, "interests": list(said.get("interests", ())), "aside": int(bool(said.get("despite")))})


def _released(entry: Entry, tables: Tables) -> None:
    about, party = entry.body["about"], entry.body["assignee"]
    tables.delete(ASSIGNED, about, party)
    if entry.body["why"] == "recused":
        tables.put(RECUSED, {"about": about, "party": party, **_filed(entry)})


def _noted(entry: Entry, tables: Tables) -> None:
    tables.put(NOTES, {"about": entry.body["about"], **_filed(entry), "by": entry.author})


def _annulled(entry: Entry, tables: Tables) -> None:
    for row in tables.select(NOTES, {"entry": entry.body["entry"]}):
        tables.delete(NOTES, row["about"], row["entry"])


def _watched(entry: Entry, tables: Tables) -> None:
    if entry.body["watches"]:
        tables.put(WATCHED, {**_named(entry, "watcher", "about"), **_filed(entry)})
    else:
        tables.delete(WATCHED, entry.body["watcher"], entry.body["about"])


def _viewed(entry: Entry, tables: Tables) -> None:
    row = _named(entry, "keeper", "name", "query")
    if row["query"]:
        tables.put(VIEWS, {**row, "entry": entry.index})
    else:
        tables.delete(VIEWS, row["keeper"], row["name"])


_PUTS: Mapping[str, Callable[[Entry, Tables], None]] = {
    TRIAGE.id: _triaged,
    ESCALATION.id: _escalated,
    ASSIGNMENT.id: _assigned,
    RELEASE.id: _released,
    NOTE.id: _noted,
    filed.ANNULLED: _annulled,
    WATCH.id: _watched,
    VIEW.id: _viewed,
}
_OF_A_REPORT = {
    kind.id for kind in (REPORT, IDENTITY, DEIDENTIFIED, QUESTION, ANSWER, WITHDRAWN, TRIAGE, ASSIGNMENT, RELEASE,
                         DECISION, WAIVER, REFERRAL)
}  # fmt: skip


_DEALS = {kind.id: field for field, kinds in {
    "report": (QUESTION, UNLINKED, DECISION, REFERRAL), "about": (NOTE, LOOKED),
}.items() for kind in kinds}  # fmt: skip
"""The kinds by which an officer deals with a report beside triage, each with the field that names it."""


def _dealt_with(entry: Entry) -> str | None:
    if entry.erased:
        return None
    if link := link_in(entry):
        return str(link["report"])
    if entry.kind not in _DEALS:
        return None
    about = str(entry.body[_DEALS[entry.kind]])
    return about if about.startswith("report:") else None


def _news(
    tables: Reader, report: str, triaged: Mapping[str, Any], lead: str | None, unhandled: int | None
) -> dict[str, int]:  # fmt: skip
    """What came in since a report was triaged, or whoever has it last dealt with it; before either, that it was taken
    back or made milder. Since entry `unhandled` nobody handles what it repeats.

    Where nobody has it, what any officer did about it counts.
    """
    dealt = tables.select(DEALT, {"report": report, **({"by": lead} if lead else {})})
    given = tables.get(ASSIGNED, report, lead) if lead else None
    began = [row.get("seen", row["entry"]) for row in (triaged, given, *dealt) if row]
    if began:
        more = {UNHANDLED: unhandled} if unhandled is not None and unhandled > max(began) else {}
        return news(tables, report, max(began)) | more
    return {code: entry for code, entry in news(tables, report, -1).items() if code in UNREAD}


def _named(entry: Entry, *names: str) -> Row:
    return {name: entry.body[name] for name in names}


def _filed(entry: Entry) -> Row:
    return {"entry": entry.index, "at": stamp(entry.time)}


def _touched(entry: Entry, tables: Reader) -> Iterable[str]:
    """The reports whose place on the desk an entry may change."""
    if entry.kind in (*_OF_A_REPORT, filed.ANNULLED) and (entry.subject or "").startswith("report:"):
        return (str(entry.subject),)
    dealt = [one] if (one := _dealt_with(entry)) else []
    if entry.kind in (INCIDENT.id, filed.ANNULLED) and entry.subject:
        return {*dealt, *(row["report"] for row in filed.links(tables, incident=entry.subject))}
    return dealt


def _settle_what_repeats(report: str, entry: Entry, tables: Tables) -> None:
    """Open what repeats a report that nobody handles any more, and close what repeats one that is handled again."""
    for other in repeating(tables, report):
        row = tables.get(DESK, other)
        if row is not None and (row["state"] == "closed") == (left(tables, other) is not None):
            _settle(other, entry, tables)


def _settle(report: str, entry: Entry, tables: Tables) -> None:
    """Write down where a report stands now; one whose only version was annulled stands nowhere."""
    newest = registry.subject(tables, report)
    if newest is None:
        tables.delete(DESK, report)
        return
    body, triaged, before = newest["body"], tables.get(TRIAGED, report) or {}, tables.get(DESK, report)
    lead = next(iter(tables.select(ASSIGNED, {"about": report, "part": "lead"})), {})
    linked = filed.links(tables, report=report)
    asked = unanswered(tables, report)
    danger = endangered_since(tables, report)
    words = working(tables, report)
    alone = left(tables, report)
    since = alone.entry if alone else None
    came = _news(tables, report, triaged, lead.get("assignee"), since)
    overtaken = alone is not None or bool(triaged and stale(news(tables, report, triaged["seen"])))
    row = {
        "report": report,
        "name": newest["name"],
        "urgency": triaged.get("urgency"),
        "pressing": PRESSING.index(_presses(triaged, _pressed(tables, report, danger, since), overtaken)),
        "danger": -int(danger is not None),
        "decision": triaged.get("decision"),
        "lead": lead.get("assignee"),
        "received": registry.versions(tables, report)[0]["filed_on"],
        "changed": before["changed"] if before and entry.kind == LOOKED.id else stamp(entry.time),
        "entry": newest["entry"],
        "category": body.get("category"),
        "severity": body.get("severity"),
        "grave": _place(reversed(tuple(SEVERITIES)), gravity(tables, body)),
        "stage": body.get("stage"),
        "incident": linked[0]["incident"] if linked else None,
        "question": asked["entry"] if asked else None,
        "asked": asked["at"] if asked else None,
        "claim": claim(tables, report),
        "words": "\n".join([newest["name"], *searched(words)]),
        "imported": int(bool(words and words["sourced"]) and registry.filer(tables, report) == AUTHORITY),
        "news": " ".join(code for code in NEWS if code in came) or None,
        "news_entry": max(came.values(), default=None),
    }
    decided = None if overtaken else row["decision"]
    gone = _is_referred(tables, report, triaged.get("entry", -1)) or _is_gone(row, decided, triaged, tables)
    tables.put(
        DESK,
        {
            **row,
            "state": "closed" if gone or newest["erased"] else _state({**row, "decision": decided}, linked, tables),
        },
    )


def _is_gone(row: Row, decided: str | None, triaged: Mapping[str, Any], tables: Reader) -> bool:
    """Whether a report that was taken back is closed by that: not where somebody was in danger or it was under work,
    for whoever is watched must not silence a warning, nor where an officer decided since to handle it.
    """
    gone = filed.taken_back(tables, row["report"])
    if gone is None:
        return False
    begun = decided is not None or row["lead"] is not None or row["incident"] is not None
    return not (row["danger"] or begun or triaged.get("entry", -1) > gone)


def _pressed(tables: Reader, report: str, danger: int | None, unhandled: int | None) -> int | None:
    """The entry after which an officer has to decide about a danger: since it was said, taken back with the rest, or
    nobody handles any more what it repeats."""
    if danger is None:
        return None
    return max(danger, *(-1 if one is None else one for one in (filed.taken_back(tables, report), unhandled)))


def _is_referred(tables: Reader, report: str, triaged: int) -> bool:
    """Whether a report was handed to a body outside and nobody here has triaged it since, nor has it become graver."""
    newest = max((int(row["entry"]) for row in referrals(tables, report)), default=-1)
    return newest > triaged and not stale(news(tables, report, newest))


def _state(row: Mapping[str, Any], linked: list[Row], tables: Reader) -> str:
    """Where a report stands; a decision that was taken before it became graver turns nothing away any more."""
    found = {
        "closed": row["decision"] in CLOSING or _all_closed(linked, tables),
        "waiting": row["question"] is not None,
        "linked": bool(linked),
        "assigned": row["lead"] is not None,
        "triaged": row["decision"] is not None,
    }
    return next((state for state, holds in found.items() if holds), "new")


def _all_closed(linked: list[Row], tables: Reader) -> bool:
    incidents = [registry.subject(tables, row["incident"]) for row in linked]
    return bool(incidents) and all(one is not None and one["body"].get("closed_on") for one in incidents)


def _presses(triaged: Mapping[str, Any], danger: int | None, graver: bool) -> str:
    if danger is not None and triaged.get("entry", -1) < danger:
        return UNHEEDED
    if graver:
        return STALE
    return str(triaged.get("urgency") or UNJUDGED)


def _place(scale: Iterable[str], value: str | None) -> int:
    return next((place for place, one in enumerate(scale) if one == value), LAST)


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def unanswered(reader: Reader, report: str) -> Row | None:
    """The oldest question to a report's reporter that waits for an answer."""
    asked = (row for row in filed.thread(reader, report) if row["what"] == "question")
    return next((row for row in asked if row["answered"] is None), None)


def standing(reader: Reader, report: str) -> Row | None:
    """Where a report stands at the desk, or None where there is no such report."""
    return reader.get(DESK, report)


def endangered_since(reader: Reader, report: str) -> int | None:
    """The entry since which every version of a report says that somebody's life or health is at risk now; None where
    the newest does not."""
    since = None
    for row in reversed(registry.versions(reader, report)):
        if not row["body"].get("imminent_risk_to_life"):
            break
        since = int(row["entry"])
    return since


def unheeded(reader: Reader, report: str) -> bool:
    """Whether a report tells of a danger to life or health now about which no officer has decided since it did."""
    row = standing(reader, report)
    return row is not None and row["pressing"] == PRESSING.index(UNHEEDED)


def triage(reader: Reader, report: str) -> Row | None:
    """The newest triage of a report."""
    return reader.get(TRIAGED, report)


def newest(reader: Reader, report: str) -> int:
    """The newest of a report that its page shows: its version, that one was annulled or all of it taken back, the
    decision on it."""
    rows = [row for row in (registry.subject(reader, report), triage(reader, report)) if row]
    gone = (filed.taken_back(reader, report) or 0, annulled(reader, report))
    return max((*(int(row["entry"]) for row in rows), *gone))


def assigned(reader: Reader, **where: str) -> list[Row]:
    """Who has what: `assigned(reader, about="report:…")`, `assigned(reader, assignee="party:…")`; the lead first."""
    return reader.select(ASSIGNED, where, order=("part", "entry"))


def declared(reader: Reader, **where: str) -> list[Row]:
    """What was declared, oldest first: `declared(reader, about="incident:…")`, `declared(reader, party="party:…")`."""
    return reader.select(DECLARED, where, order=("entry", "party"))


def has_seen(reader: Reader, row: Row, party: str) -> bool:
    """Whether a party looked at, or dealt with, all that came in on a report (its row at the desk)."""
    dealt = reader.get(DEALT, row["report"], party)
    return dealt is not None and row["news_entry"] is not None and dealt["entry"] >= row["news_entry"]


def recused(reader: Reader, about: str, party: str) -> Row | None:
    """The act by which a party recused itself from a report or incident; None where it did not."""
    return reader.get(RECUSED, about, party)


def recusals(reader: Reader, party: str) -> list[Row]:
    """From which reports and incidents a party recused itself."""
    return reader.select(RECUSED, {"party": party})


def notes(reader: Reader, about: str) -> list[Row]:
    """Notes about a report or incident, oldest first: their text is in their entries."""
    return reader.select(NOTES, {"about": about}, order=("entry",))


def escalations(reader: Reader, about: str) -> list[Row]:
    """Which alerts were given about a report or incident, oldest first."""
    return reader.select(ESCALATED, {"about": about}, order=("entry",))


def watching(reader: Reader, **where: str) -> list[Row]:
    """Who watches what: `watching(reader, watcher="party:…")`, `watching(reader, about="report:…")`."""
    return reader.select(WATCHED, where, order=("about", "watcher"))


def views(reader: Reader, keeper: str) -> list[Row]:
    """The views of the queue that somebody keeps, by name."""
    return reader.select(VIEWS, {"keeper": keeper}, order=("name",))
