"""A report as an officer sees it: the frame in words, versions, clocks, the conversation, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import obligations, registry, retention
from commonweal.kernel.instrument import Deed, Kind, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound

from ..deidentifying import stands
from ..facts import DEBTORS
from ..harbour.kinds import METS, OUTCOMES, WAIVED
from ..harbour.tables import decisions, strip, strips, waivers
from ..harbour.terms import terms_of
from ..referring import BECAUSES, referrals
from ..reports import STEWARDS, of_an_organisation
from ..scales import RELATIONS, TAKEN
from ..tables import links, taken_back, thread
from . import letters
from .before import filed_before
from .bulk import BULK
from .cases import about_report, is_free
from .checking import anybody_free, given_by_another
from .conflicts import about_itself, judging
from .doing import Doing
from .forms import DOINGS as SIMPLE
from .frame import framed, said
from .grouping import MADE
from .keeping import KEEP
from .kinds import DECISIONS, PARTS, URGENCIES
from .lifting import alone, claimed, held
from .news import told as told_news
from .queue import PATH, QUEUE, STATE_TONES, STATE_WORDS, flags, passed
from .staff import called, why_not
from .tables import assigned, declared, escalations, notes, standing, triage, unheeded, watching

STANDS: Mapping[str, Text] = {
    "asked": Text(en="It is asked for, and not answered yet", zh="已请求，尚未认定"),
    "waived": WAIVED["claim"],
    **{str(code): words for code, words in OUTCOMES.items()},
}
DOINGS: Mapping[str, Doing] = {**SIMPLE, "incident": MADE}


def report_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One report, opened for who is signed in. Raises `NotFound`."""
    report = f"report:{query['slug']}"
    row = _found(reading, report)
    tables, language = reading.tables, reading.language
    opened = dict(reading.opened(row["entry"]))
    triaged, heard = triage(tables, report), stands(tables, report)
    duties, erased = reading.duties(report, whose=True), _is_erased(reading, report)
    running = obligations.clocks(tables, duties)
    return {
        "title": row["name"].removeprefix("report:"),
        "heading": opened.get("title", ""),
        "report": report,
        "path": f"{PATH}/{query['slug']}",
        "row": row,
        "state": STATE_TONES.get(row["state"], row["state"]),
        "state_words": STATE_WORDS[row["state"]].in_(language),
        "fictitious": opened.get("fictitious", False),
        "about_itself": about_itself(tables, report),
        "unheeded": row["state"] != "closed" and unheeded(tables, report),
        "news": told_news(row, language), "taken_back": _taken_back(reading, report),
        "what_happened": opened.get("what_happened", ""),
        "words": heard if opened.get("what_happened") else None,
        "frame": framed(opened, language),
        "triage": triaged and {
            **triaged, "reasons": "", "no_alert_because": "", **reading.opened(triaged["entry"]),
            "urgency": URGENCIES[triaged["urgency"]],
            "decision": DECISIONS[triaged["decision"]],
        },
        "assigned": _assigned(reading, report),
        "declared": interests(reading, report),
        "watchers": [one["watcher"].removeprefix("party:") for one in watching(tables, about=report)],
        "escalations": escalations(tables, report),
        "harbour": _harbour(reading, report, row["claim"]), "strip": strip(tables, report),
        "strips": [one for one in strips(tables, report) if one["what"] == "filed"],
        "waivers": [_waiver(reading, one) for one in waivers(tables, report)],
        "clocks": running,
        "passed": [one for one in running if passed(reading, one["at"], one["state"])],
        "flags": flags(reading, duties),
        "nothing_owed": _why_nothing(reading, opened), "to_come": _to_come(reading, opened),
        "referred": [{**one, "because": BECAUSES[one["because"]]} for one in referrals(tables, report)],
        "nobody": row["state"] != "closed" and _nobody(reading, report),
        "moves": [
            {**one, "duty": obligations.title_of(tables, one["rule"], one["body"])}
            for one in reversed(obligations.sealed_changes(tables, subject=report))
        ],
        "versions": versions(reading, report),
        "thread": [_line(reading, report, one) for one in thread(tables, report)],
        "letters": letters.shown(reading, report),
        "attachments": _attachments(row["entry"], opened),
        "notes": [
            {**one, "who": called(reading, one["by"]), "text": reading.part(one["entry"], "text").get("text", "")}
            for one in notes(tables, report)
        ],
        "links": [{**one, "words": RELATIONS[one["relation"]]} for one in links(tables, report=report)],
        "before": filed_before(reading, opened),
        "names_models": bool(opened.get("models")),
        "erased": erased, "erasures": retention.erasures(tables, report) if erased else (),
        "doings": [] if erased else _doings(reading, row),
    }  # fmt: skip


def _is_erased(reading: Reading, report: str) -> bool:
    newest = registry.subject(reading.tables, report)
    return newest is not None and bool(newest["erased"])


def _doings(reading: Reading, row: Row) -> list[tuple[str, Text, Text]]:
    """What can be done with a report: its name in the address, its title, and what stands above it."""
    return [(name, one.title, one.lead) for name, one in DOINGS.items() if _offered(reading, name, row)]


def _assigned(reading: Reading, report: str) -> list[dict[str, Any]]:
    """Who has it in which part, whether they are there still, and whether by now they have a conflict of interest."""
    tables = reading.tables
    return [
        {**one, "who": called(reading, one["assignee"]), "part": PARTS[one["part"]],
         "gone": bool(why_not(tables, one["assignee"], reading.now)),
         "conflict": bool(judging(tables, report, one["assignee"], reading.now, reading.spoke)),
         "despite": reading.part(one["entry"], "assignee", "part", "despite").get("despite", "")}
        for one in assigned(tables, about=report)
    ]  # fmt: skip


def _nobody(reading: Reading, report: str) -> bool:
    """Whether everybody here has a conflict of interest; the others are asked about where whoever reads it has one."""
    own = judging(reading.tables, report, reading.party, reading.now, reading.spoke)
    return bool(own) and not anybody_free(reading.tables, report, reading.now, reading.spoke)


PERSONAL_REPORT = Text(
    en="It comes from no registered organisation, so it meets no duty of one; what one owes follows from an alert.",
    zh="本报告并非出自已登记的组织，不构成任何组织义务的履行；组织的义务依警报而定。",
)


def _why_nothing(reading: Reading, opened: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What keeps a report from making somebody owe something: sentences, or the name of a law with its first day."""
    found = [(PERSONAL_REPORT.in_(reading.language), "")] if opened and not of_an_organisation(opened) else []
    places = opened.get("jurisdictions") or ()
    coming = [one for one in obligations.to_come(reading.tables, "report") if one[0].jurisdiction in places]
    days = [(law.title.in_(reading.language), obligations.day_text(at, law.time_zone)) for law, at in coming]
    return [*found, *((title, day) for title, day in days if day)]


def _to_come(reading: Reading, opened: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the law will ask of whoever reports so, each with its first day: titles of duties."""
    places, debtors = opened.get("jurisdictions") or (), DEBTORS.get(opened.get("reporter", ""), ((), ()))[0]
    return [
        (rule.title.in_(reading.language), rule.in_force_from.isoformat())
        for law, rule in obligations.rules_to_come(reading.tables, "report")
        if law.jurisdiction in places and rule.party in debtors
    ]


def interests(reading: Reading, about: str) -> list[dict[str, Any]]:
    """What whoever was given a report or incident, or investigates it, declared: who, when, and which organisations."""
    return [
        {"who": called(reading, row["party"]), "by": called(reading, row["by"]), "at": row["at"],
         "entry": row["entry"], "names": named}
        for row in declared(reading.tables, about=about)
        if (named := _declared(reading.opened(row["entry"]), row["party"]))
    ]  # fmt: skip


def _declared(opened: Mapping[str, Any], party: str) -> Sequence[str]:
    said = next((one for one in opened.get("team", ()) if one["party"] == party), opened)
    return list(said.get("interests", ()))


def _found(reading: Reading, report: str) -> Row:
    row = standing(reading.tables, report)
    if row is None:
        raise NotFound("report", report, f"{PATH} lists those that there are")
    return row


def _offered(reading: Reading, name: str, row: Row) -> bool:
    if name == "harbour":
        return row["claim"] not in (None, "waived")
    if name == "strip":
        return strip(reading.tables, row["report"]).state == "held"
    if name == "looked":
        return bool(row["news"])
    if name == "not_owed":
        return bool(claimed(reading, row["report"]))
    if name == "came_then":
        return bool(alone(reading, row["report"]))
    if name == "preserved_no_more":
        return bool(held(reading, row["report"]))
    return name != "unlink" or bool(links(reading.tables, report=row["report"]))


def _harbour(reading: Reading, report: str, stands: str | None) -> Mapping[str, Any] | None:
    """The claim to the safe harbour with the newest decision on it; None where it was not asked for."""
    if stands is None:
        return None
    made = decisions(reading.tables, report)
    try:
        terms = terms_of(reading.tables, report)
    except NotFound:
        return None
    newest = made[-1] if made else None
    opened = reading.part(newest["entry"], "outcome", "findings", "terms_version") if newest else {}
    findings = {one["term"]: one for one in opened.get("findings", ())}
    return {
        "stands": STANDS[stands],
        "granted": stands == "granted",
        "version": terms.version,
        "decision": newest,
        "terms": [
            {"title": one.title, "finding": METS[found["finding"]], "reasons": found["reasons"]}
            for one in terms.terms
            if (found := findings.get(one.code))
        ],
        "follows": terms.follows,
    }


def _taken_back(reading: Reading, report: str) -> dict[str, Any] | None:
    """When and why whoever filed a report took it back; None where that does not stand."""
    gone = taken_back(reading.tables, report)
    row = next((one for one in thread(reading.tables, report) if one["entry"] == gone), None)
    return row and {**row, "reasons": reading.part(row["entry"], "reasons").get("reasons", "")}


def _waiver(reading: Reading, row: Row) -> dict[str, Any]:
    """What who reported gave up, and towards whom: as far as whoever is reading may read it."""
    opened = reading.part(row["entry"], "waives", "towards")
    return {**row, "words": WAIVED[row["waives"]], "towards": list(opened.get("towards", ()))}


def _line(reading: Reading, report: str, row: Row) -> dict[str, Any]:
    """One line of the conversation: what was said, or why the report was taken back, and by whom."""
    opened = reading.part(row["entry"], "text", "reasons", "received_by", "attachments")
    theirs = row["what"] != "question" and not opened.get("received_by")
    return {
        **row,
        "text": opened.get("text") or opened.get("reasons") or "",
        "who": "" if theirs else row["by"].removeprefix("party:"),
        "taken": TAKEN.get(opened.get("received_by") or ""),
        "files": _attachments(row["entry"], opened),
    }


def _attachments(entry: int, opened: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files that an entry names, each with the address that gives it to who may read them."""
    return [{**one, "href": f"/record/{entry}/attachments/{one['sha256']}"} for one in opened.get("attachments") or ()]


def versions(reading: Reading, subject: str) -> list[dict[str, Any]]:
    """Every version, newest first, with what changed in it against the one before."""
    rows = registry.versions(reading.tables, subject)
    opened = [dict(reading.opened(row["entry"])) for row in rows]
    found = []
    for number, row in enumerate(rows):
        changes = registry.diff(opened[number - 1], opened[number]) if number else []
        found.append(
            {
                "version": row["version"],
                "filed_on": row["filed_on"],
                "entry": row["entry"],
                "erased": row["erased"],
                "changes": [
                    (name.partition(".")[0], said(name, before, reading.language), said(name, after, reading.language))
                    for name, before, after in changes
                ],
            }
        )
    return found[::-1]


REPORT_PAGE = Page(
    "desk_report", PATH + "/{slug}", Text(en="Report", zh="报告"), "desk_report.html", report_view, roles=STEWARDS,
    about=about_report,
)  # fmt: skip


# ── who reported ────────────────────────────────────────────────────────────────────────────────────────────────────


STRIP = ("person", "contact", "may_be_named_to")


def reporter_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Who reported and how they can be reached, as far as who is signed in may read it. Raises `NotFound`.

    It is a page of its own so that each look is meant. Only who was given the report looks, and says what for, which
    stands in the log of reads.
    """
    report = f"report:{query['slug']}"
    row, kept = _found(reading, report), strip(reading.tables, report)
    opened = reading.part(row["entry"], "organisation", "reporter")
    given = [{**dict.fromkeys(STRIP), **reading.part(one["entry"], *STRIP), "entry": one["entry"], "at": one["at"]}
             for one in strips(reading.tables, report) if one["what"] == "filed"]  # fmt: skip
    return {
        "title": REPORTER.title.in_(reading.language),
        "name": row["name"],
        "back": f"{PATH}/{query['slug']}",
        "organisation": opened.get("organisation"),
        "reporter": said("reporter", opened.get("reporter"), reading.language),
        "gone": kept.state == "gone",
        "going": kept.at if kept.state == "going" else "",
        "given": [one for one in given if one.get("contact")],
        "closed": any(not one.get("contact") for one in given) and kept.state != "gone",
        "has": given_by_another(report, reading.party, reading.tables),
        "here": f"{PATH}/{query['slug']}/reporter",
        "assign": f"{PATH}/{query['slug']}/assign",
    }


REPORTER = Page(
    "desk_reporter", PATH + "/{slug}/reporter", Text(en="Who reported", zh="报告人"), "desk_reporter.html",
    reporter_view, roles=STEWARDS, about=about_report,
)  # fmt: skip


# ── one thing done ──────────────────────────────────────────────────────────────────────────────────────────────────


def doing_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form of one thing that can be done with a report. Raises `NotFound`."""
    report, doing = f"report:{query['slug']}", DOINGS.get(query["doing"])
    row = _found(reading, report)
    if doing is None:
        raise NotFound("page of a report", query["doing"], "one of: " + ", ".join(DOINGS))
    return {
        "title": doing.title.in_(reading.language),
        "name": row["name"],
        "lead": doing.lead,
        "button": doing.button,
        "asks": doing.asks(reading, report),
        "begins": doing.begins(reading, report),
        "back": f"{PATH}/{query['slug']}",
        "action": f"{PATH}/{query['slug']}/{query['doing']}",
    }


def doing_attaches(query: Mapping[str, str]) -> Kind | None:
    """Of which kind the form of one thing that can be done takes attachments."""
    doing = DOINGS.get(query["doing"])
    return doing.attaches if doing else None


def doing_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What the answers come to. Raises `NotFound`."""
    report, doing = f"report:{given['slug']}", DOINGS.get(given["doing"])
    _found(reading, report)
    if doing is None:
        raise NotFound("page of a report", given["doing"], "one of: " + ", ".join(DOINGS))
    return Deed(doing.acts(reading, report, given), f"{PATH}/{given['slug']}")


DOING = Page(
    "desk_doing", PATH + "/{slug}/{doing}", Text(en="At the desk", zh="受理台"), "desk_doing.html", doing_view,
    roles=STEWARDS, act=doing_deed, attaches=doing_attaches, about=about_report, free=is_free,
)  # fmt: skip
PAGES = (QUEUE, BULK, KEEP, REPORT_PAGE, REPORTER, DOING)
