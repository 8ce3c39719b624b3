"""An incident as an officer sees it: its reports and variants, what links them, clocks, what went out, what was filed
before it happened, and what can be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Deed, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound

from ..incidents import INCIDENT
from ..publication import SHARES, embargo_of, of_incident, passings
from ..reports import STEWARDS
from ..scales import RELATIONS
from ..suggestions import alike, in_english, kept_from, of_incidents
from ..tables import linkings, links
from ..telling import path_of
from ..withholding import REASONS
from .before import BEFORE, filed_before
from .cases import about_incident, is_free
from .frame import framed
from .grouping import OF_INCIDENTS, ONTO
from .kinds import PARTS
from .pages import interests, versions
from .queue import PATH as QUEUE
from .queue import STATE_TONES, STATE_WORDS
from .staff import called
from .tables import DESK, assigned, escalations, notes, standing, watching

PATH = "/incident-reports/incidents"
ASKED_MAX, ALIKE_MAX = 60, 5
WENT_OUT = ("published_on", "status", "correction", "withheld")


def incident_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One incident, opened for who is signed in. Raises `NotFound`."""
    row = _found(reading, query)
    incident, tables, language = row["subject"], reading.tables, reading.language
    opened = dict(reading.opened(row["entry"]))
    linked = [_report(reading, one) for one in links(tables, incident=incident)]
    told = [one["opened"] for one in linked]
    return {
        "title": row["name"],
        "heading": opened.get("title", ""),
        "incident": incident,
        "path": f"{PATH}/{query['incident']}",
        "queue": QUEUE,
        "fictitious": opened.get("fictitious", False),
        "closed_on": opened.get("closed_on"),
        "summary": opened.get("summary_zh" if language == "zh" and opened.get("summary_zh") else "summary", ""),
        "frame": [one for one in framed(opened, language) if one[0] not in ("summary", "summary_zh", "variant_of")],
        "doings": [(name, one.title) for name, one in OF_INCIDENTS.items() if name != "unlink" or linked],
        "assigned": [
            {**one, "who": called(reading, one["assignee"]), "part": PARTS[one["part"]]}
            for one in assigned(tables, about=incident)
        ],
        "declared": interests(reading, incident),
        "watchers": [one["watcher"].removeprefix("party:") for one in watching(tables, about=incident)],
        "escalations": escalations(tables, incident),
        "reports": linked,
        "variant_of": opened.get("variant_of"),
        "variants": [
            _incident(reading, one) for one in registry.referring(tables, incident, "variant_of")
            if not reading.kept_out(one)
        ],
        "linkings": [
            {**one, "reasons": "", "suggested": None, **reading.part(one["entry"], "reasons", "suggested"),
             "by": called(reading, one["by"]), "words": RELATIONS.get(one["relation"])}
            for one in linkings(tables, incident)[::-1]
        ],
        "may_tell": list(_may_tell(reading, incident)),
        "alike": [
            {**_incident(reading, one.key), "score": one.score}
            for one in alike(reading, opened) if one.key != incident
        ][:ALIKE_MAX] if opened.get("title") else [],
        "clocks": obligations.clocks(
            tables,
            reading.duties(*(one["report"] for one in linked), whose=True),
        ),
        "public": [_went_out(one) for one in of_incident(tables, incident)[::-1]],
        "page": path_of(incident),
        "shared": [_went_out({**reading.part(one["entry"], *WENT_OUT), **one}) for one in _shared(reading, row)],
        "passed": [passed_on(reading, one) for one in passings(tables, incident=incident)],
        "embargo": embargo_of(tables, incident),
        "investigations": [
            one for one in registry.referring(tables, incident, "incident") if one.startswith("investigation:")
        ],
        "before": filed_before(reading, opened, told),
        "names_models": any(one.get("models") for one in (opened, *told)),
        "notes": [
            {**one, "text": reading.part(one["entry"], "text").get("text", "")} for one in notes(tables, incident)
        ],
        "versions": versions(reading, incident),
    }  # fmt: skip


def passed_on(reading: Reading, row: Row) -> dict[str, Any]:
    """What was passed on, to whom and by whom, as far as whoever is reading may read it."""
    recipient = str(reading.part(row["entry"], "recipient", "until").get("recipient", ""))
    return {**row, "who": recipient.removeprefix("party:"), "sender": row["by"].removeprefix("party:")}


def _found(reading: Reading, query: Mapping[str, str]) -> Row:
    incident = f"{INCIDENT.noun}:{query['incident']}"
    row = registry.subject(reading.tables, incident)
    if row is None:
        raise NotFound("incident", incident, f"{QUEUE} lists the reports; incidents are made of them")
    return row


def _report(reading: Reading, link: Row) -> dict[str, Any]:
    """A linked report: where it stands, and its own title and day."""
    row = standing(reading.tables, link["report"]) or {"name": link["report"], "entry": None, "state": "new"}
    opened = reading.part(row["entry"], "title", *BEFORE) if row["entry"] is not None else {}
    return {
        "report": link["report"],
        "name": row["name"],
        "href": f"{QUEUE}/{link['report'].partition(':')[2]}",
        "title": opened.get("title", ""),
        "occurred": opened.get("occurred", ""),
        "state": STATE_TONES.get(row["state"], row["state"]),
        "state_words": STATE_WORDS[row["state"]],
        "relation": RELATIONS[link["relation"]],
        "opened": opened,
    }


def _incident(reading: Reading, incident: str) -> dict[str, Any]:
    row = registry.subject(reading.tables, incident)
    opened = reading.part(row["entry"], "title") if row else {}
    slug = incident.partition(":")[2]
    return {"title": opened.get("title") or slug, "name": row["name"] if row else slug, "href": f"{PATH}/{slug}"}


def _erased(reading: Reading, report: str) -> bool:
    filed = registry.subject(reading.tables, report)
    return filed is None or bool(filed["erased"])


def _may_tell(reading: Reading, incident: str) -> Iterator[Mapping[str, Any]]:
    """Open reports, the newest first, to which this incident is suggested and that are linked to none; one whose link
    to it was undone is not suggested again."""
    undone = {row["report"] for row in linkings(reading.tables, incident)}
    hidden, waiting = kept_from(reading), {"incident": None, "state": ("!=", "closed")}
    for row in reading.tables.select(DESK, waiting, order=("-received",), limit=ASKED_MAX):
        if row["report"] in undone or reading.kept_out(row["report"]) or _erased(reading, row["report"]):
            continue
        found = of_incidents(reading, row["report"], hidden)
        one = next((one for one in found.incidents if one.key == incident), None)
        if one is not None:
            opened = reading.part(row["entry"], "title", "what_happened")
            slug = row["report"].partition(":")[2]
            yield {
                "name": row["name"],
                "title": opened.get("title", ""),
                "score": one.score,
                "chance_new": found.chance_new if in_english(reading.tables, opened) else None,
                "href": f"{QUEUE}/{slug}",
                "why": f"/incident-reports/suggestions/{slug}",
                "link": f"{PATH}/{incident.partition(':')[2]}/link?report={row['report']}",
            }


def _shared(reading: Reading, row: Row) -> list[Row]:
    return registry.versions(reading.tables, f"{SHARES.noun}:{row['subject'].partition(':')[2]}")[::-1]


def _went_out(one: Mapping[str, Any]) -> dict[str, Any]:
    """A version of what went out: when, whether it was withdrawn, why it was corrected, what it kept back."""
    return {
        "entry": one["entry"],
        "version": one["version"],
        "on": str(one.get("published_on") or ""),
        "withdrawn": one.get("status") == "withdrawn",
        "correction": one.get("correction", ""),
        "withheld": [(field, REASONS[why].title) for field, why in (one.get("withheld") or {}).items()],
    }


PAGE = Page(
    "desk_incident", PATH + "/{incident}", Text(en="Incident at the desk", zh="受理台上的事件"), "desk_incident.html",
    incident_view, roles=STEWARDS, about=about_incident,
)  # fmt: skip


def doing_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form of one thing that can be done with an incident. Raises `NotFound`."""
    row, doing = _found(reading, query), OF_INCIDENTS.get(query["doing"])
    if doing is None:
        raise NotFound("page of an incident", query["doing"], "one of: " + ", ".join(OF_INCIDENTS))
    sent = ONTO in query and doing.meanwhile is not None
    return {
        "title": doing.title.in_(reading.language),
        "name": row["name"],
        "lead": doing.lead,
        "button": doing.button,
        "asks": doing.asks(reading, row["subject"]),
        "went_on": doing.meanwhile(reading, row["subject"], query)[0] if sent and doing.meanwhile else None,
        "begins": doing.begins(reading, row["subject"]),
        "back": f"{PATH}/{query['incident']}",
        "action": f"{PATH}/{query['incident']}/{query['doing']}",
    }


def doing_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What the answers come to. Raises `NotFound`."""
    row, doing = _found(reading, given), OF_INCIDENTS.get(given["doing"])
    if doing is None:
        raise NotFound("page of an incident", given["doing"], "one of: " + ", ".join(OF_INCIDENTS))
    return Deed(doing.acts(reading, row["subject"], given), f"{PATH}/{given['incident']}")


DOING = Page(
    "desk_incident_doing", PATH + "/{incident}/{doing}", Text(en="At the desk", zh="受理台"), "desk_doing.html",
    doing_view, roles=STEWARDS, act=doing_deed, about=about_incident, free=is_free,
)  # fmt: skip
PAGES = (PAGE, DOING)
