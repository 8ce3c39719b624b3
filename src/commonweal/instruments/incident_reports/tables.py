"""What is laid out of reports and incidents: links between them, the conversation, classifications."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Row, Table, Tables, Talk, Text
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import apart, instant, shown, stamp

from .incidents import ANNOTATED, LINKED, UNLINKED, link_in
from .reports import ANSWER, QUESTION, REPORT, STEWARDS, WITHDRAWN, is_reference, of_an_organisation
from .scales import FOR_THEIR_ORGANISATION, STAGES, TAKEN
from .taxonomies import faults_of

LINKS = Table(
    "incident_reports_link",
    columns={"report": "text", "incident": "text", "relation": "text", "entry": "integer", "at": "text"},
    key=("report", "incident"),
    indexes=(("incident",),),
)
LINKINGS = Table(
    "incident_reports_linking",
    columns={
        "incident": "text", "report": "text", "entry": "integer", "at": "text", "by": "text", "what": "text",
        "relation": "text",
    },
    key=("entry",),
    indexes=(("incident",),),
)  # fmt: skip
"""Each link as it was made (`what` is linked) or undone (unlinked), and by whom."""
THREAD = Table(
    "incident_reports_thread",
    columns={
        "report": "text", "entry": "integer", "at": "text", "what": "text", "question": "integer",
        "by": "text", "taken": "text", "corrects": "integer",
    },
    key=("report", "entry"),
    indexes=(("what", "report"),),
)  # fmt: skip
"""Questions, answers and withdrawals about a report in their order; `question` is what an answer names, if it does.
What they say stands in their entries alone.

`taken` says how somebody else than who reported took it, `corrects` is the entry that who reported puts right by it."""
ANNOTATIONS = Table(
    "incident_reports_annotation",
    columns={
        "incident": "text", "taxonomy": "text", "version": "text", "annotator": "text", "entry": "integer",
        "at": "text", "codes": "json",
    },
    key=("entry",),
)  # fmt: skip
"""Every classification that was not annulled."""
TABLES = (LINKS, LINKINGS, THREAD, ANNOTATIONS)
ANNULLED = "record.annulled"
NO_WORDS = (
    "a reference that gives nothing away, e.g. IR-2026-7KQ2M3XV: up to six letters, then groups with a digit in each; "
    "words belong in title"
)
_TALK = {QUESTION.id: "question", ANSWER.id: "answer", WITHDRAWN.id: "withdrawal"}


DAY_OFF = timedelta(days=1)
"""A day told elsewhere on earth may be another than the one here: what is wrong by no more is taken."""


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Lay out what an entry says; nothing follows from it here. What was annulled is taken out again."""
    if entry.erased:
        return ()
    if entry.kind == ANNULLED:
        _annul(int(entry.body["entry"]), tables)
    body, at = entry.body, stamp(entry.time)
    if named := link_in(entry):
        tables.put(LINKS, {**named, "entry": entry.index, "at": at})
        tables.put(LINKINGS, {**named, "entry": entry.index, "at": at, "by": entry.author, "what": "linked"})
    elif entry.kind == UNLINKED.id:
        tables.delete(LINKS, body["report"], body["incident"])
        undone = {"report": body["report"], "incident": body["incident"], "what": "unlinked", "relation": None}
        tables.put(LINKINGS, {**undone, "entry": entry.index, "at": at, "by": entry.author})
    elif entry.kind in _TALK:
        row = {"report": body["report"], "entry": entry.index, "at": at, "what": _TALK[entry.kind], "by": entry.author}
        row |= {"taken": body.get("received_by"), "corrects": body.get("corrects")}
        tables.put(THREAD, {**row, "question": body.get("question")})
    elif entry.kind == ANNOTATED.id:
        named = {name: body[name] for name in ("incident", "taxonomy", "version")}
        # nobody agrees with themselves: who files for others, from elsewhere, is the authority alone
        own = entry.author != AUTHORITY
        named["annotator"] = entry.author.removeprefix("party:") if own else body["annotator"]
        codes = {name: list(given) for name, given in body["codes"].items()}
        tables.put(ANNOTATIONS, {**named, "entry": entry.index, "at": at, "codes": codes})
    return ()


def _annul(index: int, tables: Tables) -> None:
    """What an entry said is said no more; a question that it answered is open again, or answered by what was before."""
    tables.delete(ANNOTATIONS, index)
    for row in tables.select(THREAD, {"entry": index}):
        tables.delete(THREAD, row["report"], index)


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """What is wrong with a filing beyond its form: a question that was not asked, words put into another's mouth, a
    link that is not there, a stage that goes back."""
    body = act.body
    if act.kind in (ANSWER.id, WITHDRAWN.id):
        yield from _of_the_conversation(body, reader, filer)
        yield from _of_a_withdrawal(body["report"], reader) if act.kind == WITHDRAWN.id else ()
    elif act.kind == REPORT.id:
        yield from apart(
            _of_its_name(act, reader),
            _of_who_reports(act, reader, filer),
            _of_whose_it_is(act, reader, filer),
            _of_a_later_stage(act, reader),
            _of_what_was_resolved(act, reader),
            _of_what_is_made_up(act.body, reader),
        )
    elif act.kind == LINKED.id:
        yield from _of_a_link(body, reader)
    elif act.kind == UNLINKED.id and reader.get(LINKS, body["report"], body["incident"]) is None:
        yield Fault(
            "incident", body["incident"], f"an incident to which {shown(body['report'])} is linked", "reference"
        )
    elif act.kind == QUESTION.id and withdrawn(reader, body["report"]):
        yield Fault("report", body["report"], "a report that was not withdrawn", "withdrawn")
    elif act.kind == ANNOTATED.id:
        yield from faults_of(body["taxonomy"], body["codes"])


def _of_what_is_made_up(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    """What is made up is nobody's duty: it is reported for an organisation that is made up too, and meets its alone."""
    named = body.get("organisation") if body.get("fictitious") else None
    rows = registry.versions(reader, named) if named else []
    if rows and not (rows[-1]["body"] or {}).get("fictitious"):
        want = f"false: {named} is not made up, and a report for it meets duties that are real"
        yield Fault("fictitious", "true", want, "fictitious")


def _of_a_link(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    """A link that stands is not made again; in another relation it takes the former's place."""
    row = reader.get(LINKS, body["report"], body["incident"])
    if row is not None and row["relation"] == body["relation"]:
        want = f"an incident to which {shown(body['report'])} is not linked so already; entry {row['entry']} did"
        told = Text(
            en=f"{body['report']} is linked to it so already, by entry {row['entry']}",
            zh=f"{body['report']}已作此关联（条目{row['entry']}）",
        )
        yield Fault("incident", body["incident"], want, "again", told)


def _of_the_conversation(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    asked = body.get("question")
    row = reader.get(THREAD, body["report"], asked) if asked is not None else None
    if asked is not None and (row is None or row["what"] != "question"):
        yield Fault("question", shown(asked), f"the entry of a question about {body['report']}", "reference")
    theirs = reports_as(reader, body["report"], filer)
    if not theirs and not body.get("received_by"):
        want = (
            f"filed by whoever filed {body['report']}; where {filer.party} writes down what they said, how it was "
            f"received_by: {', '.join(TAKEN)}"
        )
        yield Fault("received_by", "", want, "not_theirs")
    elif theirs and body.get("received_by"):
        yield Fault("received_by", body["received_by"], "only where somebody else writes it down", "theirs")
    yield from _of_a_correction(body, reader, theirs)


def _of_a_correction(body: Mapping[str, Any], reader: Reader, theirs: bool) -> Iterator[Fault]:
    """Who reported corrects what somebody else wrote down as their words, and nobody else does."""
    corrects = body.get("corrects")
    if corrects is None:
        return
    row = reader.get(THREAD, body["report"], corrects)
    if row is None or not row["taken"]:
        want = f"the entry of what somebody wrote down about {body['report']} for who reported"
        yield Fault("corrects", shown(corrects), want, "reference")
    elif not theirs:
        yield Fault("corrects", shown(corrects), "filed by who reported: it is what they said", "not_theirs")


def _of_its_name(act: Act, reader: Reader) -> Iterator[Fault]:
    """The name of a report is public, so it says nothing. One that is on file already keeps the name that it has."""
    name = str(act.body["name"])
    if not is_reference(name) and registry.subject(reader, act.subject or "") is None:
        yield Fault("name", name[:200], NO_WORDS, "reference")


def _of_who_reports(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Only an officer writes down what another reports, and says so; who reported files a version as their own."""
    taken, report = act.body.get("received_by"), act.subject or ""
    if taken and not set(STEWARDS) & set(filer.roles):
        yield Fault(
            "received_by", taken, f"left out: only {' or '.join(STEWARDS)} write down what others report", "role"
        )
    elif reports_as(reader, report, filer):
        if taken and registry.filer(reader, report) is not None:
            yield Fault("received_by", taken, "only where somebody else writes it down", "theirs")
    elif not taken and filer.party != AUTHORITY:
        want = (
            f"filed by who reported {report}; where {filer.party} writes down what they said, how it was received_by: "
            f"{', '.join(TAKEN)}"
        )
        yield Fault("received_by", "", want, "not_theirs")


def _of_whose_it_is(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A colleague goes on with what their organisation reports, and makes it nobody's own."""
    owner = registry.filer(reader, act.subject or "")
    if owner in (None, filer.party) or owner not in filer.speaks_for or of_an_organisation(act.body):
        return
    want = (
        f"{', '.join(sorted(FOR_THEIR_ORGANISATION))}, with the organisation: {act.subject} is its report; what you "
        "report for yourself is a report of your own"
    )
    told = Text(
        en=f"{act.body['reporter']} – {want}",
        zh=f"{act.body['reporter']}——{act.subject}系组织的报告，须填写该组织及其报告身份；您本人要报告的事项请另行报告",
    )
    yield Fault("reporter", str(act.body["reporter"]), want, "not_theirs", told)


def before_record(day: str, subject: str, reader: Reader) -> str:
    """The day on which a subject was first recorded, where a day lies before it by more than a day; else ""."""
    versions = registry.versions(reader, subject)
    if not versions:
        return ""
    recorded = instant(versions[0]["filed_on"]).date()
    return recorded.isoformat() if instant(day).date() < recorded - DAY_OFF else ""


def _before(act: Act, reader: Reader) -> Mapping[str, Any] | None:
    """The version before, where a later one has to go on from it: it says not why it is open again."""
    row = registry.subject(reader, act.subject or "")
    return None if row is None or row["erased"] or act.body.get("reopened_because") else row["body"]


def _of_a_later_stage(act: Act, reader: Reader) -> Iterator[Fault]:
    """Stages go forward, unless a version says why it is open again."""
    before, body, stages = _before(act, reader), act.body, list(STAGES)
    if before is None:
        return
    stage, was = body.get("stage", stages[0]), before.get("stage", stages[0])
    if stages.index(stage) < stages.index(was):
        want = f"{was} or later, as it was; or in reopened_because why it is open again"
        yield Fault("stage", stage, want, "back")


def _of_what_was_resolved(act: Act, reader: Reader) -> Iterator[Fault]:
    """What was resolved stays so, unless a version says why it is open again."""
    before, body = _before(act, reader), act.body
    if before is not None and before.get("resolved_on") and not body.get("resolved_on"):
        want = f"{before['resolved_on']}, as it was; or in reopened_because why it is open again"
        yield Fault("resolved_on", "", want, "back")


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def links(reader: Reader, **where: str) -> list[Row]:
    """Which reports are linked to which incidents, oldest link first: `links(reader, incident="incident:…")`."""
    return reader.select(LINKS, where, order=("entry",))


def linkings(reader: Reader, incident: str) -> list[Row]:
    """Links to an incident as they were made and undone, oldest first."""
    return reader.select(LINKINGS, {"incident": incident}, order=("entry",))


def thread(reader: Reader, report: str) -> list[Row]:
    """The conversation about a report, oldest first; `answered` of a question is its newest answer.

    An answer that names no question answers all that were asked before it; one that corrects another, what that one
    did. `corrected` is the newest that corrects it.
    """
    rows = reader.select(THREAD, {"report": report}, order=("entry",))
    newest: dict[int, int] = {}
    corrected: dict[int, int] = {}
    asked: list[int] = []
    for row in rows:
        if row["what"] == "question":
            asked.append(row["entry"])
        elif row["what"] == "answer":
            named = asked if row["question"] is None else [row["question"]]
            if row["corrects"] is not None:
                was = (row["corrects"], corrected.get(row["corrects"]))
                named = [one for one, answer in newest.items() if answer in was]
                corrected[row["corrects"]] = row["entry"]
            newest |= dict.fromkeys(named, row["entry"])
    return [{**row, "answered": newest.get(row["entry"]), "corrected": corrected.get(row["entry"])} for row in rows]


def talk(reader: Reader, report: str) -> list[Talk]:
    """The conversation about a report as whoever filed it reads it: the page opens the words."""
    return [
        Talk(
            row["what"], row["entry"], row["at"], "", row["answered"], by=row["by"] if row["taken"] else "",
            taken=TAKEN.get(row["taken"]), corrects=row["corrects"], corrected=row["corrected"],
        )
        for row in thread(reader, report)
    ]  # fmt: skip


def reported_by(reader: Reader, report: str) -> set[str]:
    """The parties who reported: whose it is by a hand-over, and who filed a version, but nobody who wrote down what
    another said. Where every version was annulled, who filed those: what is kept of them is nobody else's."""
    held = registry.handed_over(reader, report)
    said = registry.versions(reader, report) or registry.annulled_of(reader, report)
    own = [row["author"] for row in said if not (row["body"] or {}).get("received_by")]
    return {*own, *([str(held["party"])] if held else [])}


def reports_as(reader: Reader, report: str, filer: Filer) -> bool:
    """Whether somebody files about a report as who reported it; about one that there is not yet, everybody does."""
    reporters = reported_by(reader, report)
    return not reporters.isdisjoint(filer.speaks_for) or (not reporters and registry.filer(reader, report) is None)


def withdrawn(reader: Reader, report: str) -> bool:
    """Whether whoever filed a report took it back, and neither corrected that nor filed a version since."""
    return taken_back(reader, report) is not None


def taken_back(reader: Reader, report: str) -> int | None:
    """The entry by which whoever filed a report took it back, where that stands (`withdrawn`)."""
    rows = reader.select(THREAD, {"report": report})
    corrected = {row["corrects"] for row in rows if row["what"] == "answer"}
    withdrawals = [row["entry"] for row in rows if row["what"] == "withdrawal" and row["entry"] not in corrected]
    own = [int(row["entry"]) for row in registry.versions(reader, report) if not row["body"].get("received_by")]
    newest = max(map(int, withdrawals), default=-1)
    return newest if max(own, default=0) < newest else None


def binding(reader: Reader, report: str) -> bool:
    """Whether an organisation reported a serious incident by it, or what a law had it report: that stays reported.

    What was owed on it decides, and not what it calls itself; a scheme of the authority's own binds nobody.
    """
    said = [row["body"] for row in registry.versions(reader, report)]
    if not any(of_an_organisation(one) for one in said):
        return False
    owed = obligations.duties(reader, subject=report, states=obligations.BEGUN, private=True, only=("sha256", "party"))
    texts = {row["sha256"] for row in owed if row["party"] not in ("", obligations.THE_AUTHORITY)}
    laws = (obligations.law_of(reader, text).jurisdiction != obligations.OF_NO_COUNTRY for text in texts)
    return any(one.get("category") == "serious_incident" for one in said) or any(laws)


def _of_a_withdrawal(report: str, reader: Reader) -> Iterator[Fault]:
    """Nobody reports in time and then takes back that they did: what was wrong is put right by a version."""
    if binding(reader, report):
        want = (
            "a report that no organisation owes: of a serious incident file a new version that says what is so, and "
            "an officer closes what was reported by mistake"
        )
        told = Text(
            en=f"{report} – {want}",
            zh=f"{report}——组织对严重事件的报告不得撤回：请提交新版本予以更正；误报由官员结案",
        )
        yield Fault("report", report, want, "owed", told)


def classified(reader: Reader, taxonomy: str) -> list[Row]:
    """The newest classification of every incident by each annotator in a taxonomy: `incident`, `annotator`, `entry`."""
    columns = ("incident", "annotator", "entry")
    rows = reader.select(ANNOTATIONS, {"taxonomy": taxonomy}, order=columns, only=columns)
    return list({(row["incident"], row["annotator"]): row for row in rows}.values())


def classified_by(reader: Reader) -> list[str]:
    """The taxonomies by which anything was classified, by name."""
    return sorted({row["taxonomy"] for row in reader.select(ANNOTATIONS, only=("taxonomy",))})
