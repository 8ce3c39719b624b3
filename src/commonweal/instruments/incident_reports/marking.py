"""What it takes to annul an entry about a case (an act of judgement, which opens no embargo) or to hand one over.

What an investigation took in is annulled by its team alone, which added it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Fault, Filer, Reader, Text
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import instant

from . import investigating
from .desk.cases import cases_behind
from .desk.checking import RECEIVES, judged, refused
from .desk.conflicts import judging
from .incidents import ANNOTATED, INCIDENT
from .publication import EMBARGOES, PUBLISHED, of_incident
from .reports import ANSWER, IDENTITY, REPORT
from .tables import ANNOTATIONS, binding, links, reported_by, reports_as

HANDED_OVER = "registry.handed_over"
LINKED_TOLD = 5
_THEIRS = (REPORT.id, IDENTITY.id, ANSWER.id)
"""What who reported says, and annuls themselves: they judge nothing by it."""
_STANDING = (REPORT.id, INCIDENT.id)
"""Of which more hangs on the last version than its words."""


def check_marked(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """Of an annulment: a conflict of interest in the case that the entry is about, and an embargo on what would be
    public again. Of a hand-over: whether the report is somebody's who reported it."""
    if act.kind == HANDED_OVER:
        yield from _handed_over(act.subject or "", str(act.body["to"]), reader, filer)
        return
    kind, entry, subject = str(act.body["kind"]), int(act.body["entry"]), act.subject or ""
    if kind == REPORT.id and binding(reader, subject) and reports_as(reader, subject, filer):
        want = "an entry that nobody owed: what an organisation reported of a serious incident the authority annuls"
        told = Text(en=f"{entry} – {want}", zh=f"{entry}——组织对严重事件的报告只能由主管机关作废")
        yield Fault("entry", str(entry), want, "owed", told)
    elif kind in _STANDING and [row["entry"] for row in registry.versions(reader, subject)] == [entry]:
        yield from _of_the_last(kind, entry, subject, reader, filer)
    elif kind == REPORT.id and filer.party != AUTHORITY and reports_as(reader, subject, filer):
        yield from _of_an_admission(entry, subject, reader)
    if not (subject.startswith(f"{REPORT.noun}:") and kind in _THEIRS and reports_as(reader, subject, filer)):
        classified = reader.get(ANNOTATIONS, entry) if kind == ANNOTATED.id else None
        about, addressed = cases_behind([subject, *([classified["incident"]] if classified else [])], reader)
        yield from judged(reader, about, filer, addressed)
    if investigation := investigating.in_which(kind, entry, subject, reader):
        yield from investigating.not_theirs(investigation, "entry", reader, filer)
    if kind == PUBLISHED.id:
        incident = f"{INCIDENT.noun}:{subject.partition(':')[2]}"
        yield from _embargoed(entry, incident, of_incident(reader, incident), reader, filer)
    elif kind == investigating.RECOMMENDATION.id and investigation:
        incident = investigating.incident_of(reader, investigation)
        yield from _embargoed(entry, incident, investigating.versions_of(reader, subject), reader, filer)


def _of_an_admission(entry: int, subject: str, reader: Reader) -> Iterator[Fault]:
    """To have known is admitted once: the version that says so first is not its filer's own to take away, though
    nothing is owed by it yet."""
    said = {row["entry"]: row["body"].get("aware_at") for row in registry.versions(reader, subject) if row["body"]}
    rest = [instant(at) for one, at in said.items() if at and one != entry]
    if (at := said.get(entry)) and all(instant(at) < other for other in rest):
        told = Text(
            en=f"{entry} – an entry that does not alone say that it was known as early: file a version that says what "
            "is so; an officer annuls this one, or accepts the later time",
            zh=f"{entry}——仅此版本载明最早的知悉时间：请提交新版本说明实情；作废或认可较晚时间由官员办理",
        )
        yield Fault("entry", str(entry), told["en"].partition(" – ")[2], "admitted", told)


def _of_the_last(kind: str, entry: int, subject: str, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """With its last version a report leaves the desk: who reported takes it back instead, and an officer looks at that,
    for whoever is watched must not silence a warning. With an incident goes what its reports are part of."""
    if kind == REPORT.id and filer.party != AUTHORITY and reports_as(reader, subject, filer):
        told = Text(
            en=f"{entry} – an entry that leaves a version of {subject}: what was reported is not unsaid. Take the "
            "report back (incident_reports.withdrawal), or file a version that says what is so; an officer annuls it",
            zh=f"{entry}——这是{subject}仅存的版本，已报告之事不得抹去：请撤回报告（incident_reports.withdrawal），或提交"
            "新版本说明实情；作废由官员办理",
        )
        yield Fault("entry", str(entry), told["en"].partition(" – ")[2], "take_back", told)
    elif kind == INCIDENT.id and (linked := [row["report"] for row in links(reader, incident=subject)]):
        named = ", ".join(linked[:LINKED_TOLD]) + (" …" if len(linked) > LINKED_TOLD else "")
        told = Text(
            en=f"{entry} – an entry that leaves a version of {subject}, or one to which no report is linked; there "
            f"are: {named}. Undo each link first, with the reason: then the report stands for itself again",
            zh=f"{entry}——这是{subject}仅存的版本，且仍有报告与其关联：{named}。请先逐一撤销关联并说明理由，各报告即恢复独立",
        )
        yield Fault("entry", str(entry), told["en"].partition(" – ")[2], "linked", told)


def _handed_over(report: str, to: str, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A report speaks for whoever reported it, and nobody else makes another party its reporter.

    What an officer wrote down goes to whoever said it, once they have a key; a version that was annulled was said too.
    """
    if not report.startswith(f"{REPORT.noun}:"):
        return
    said = {row["author"] for row in registry.annulled_of(reader, report) if not (row["body"] or {}).get("received_by")}
    reporters = {*reported_by(reader, report), *said}
    if not reporters:
        yield from judged(reader, [report], filer)
        yield from _given_to(report, to, reader, filer)
    elif reporters.isdisjoint(filer.speaks_for):
        want = (
            "a report that an officer wrote down and nobody filed under a key of their own; this one is its reporter's"
        )
        told = Text(
            en=f"{report} – {want}",
            zh=f"{report}——只有由官员代为记录、尚无人以自己的密钥提交的报告可以移交；本报告属于其报告人",
        )
        yield Fault("subject", report, want, "not_theirs", told)


def _given_to(report: str, to: str, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What somebody said of an organisation is not given to who speaks for that organisation."""
    if found := judging(reader, report, to, filer.at, filer.spoke):
        yield refused("to", to, RECEIVES, found)


def _embargoed(
    entry: int, incident: str, versions: Sequence[Mapping[str, Any]], reader: Reader, filer: Filer
) -> Iterator[Fault]:
    """Nothing is public again before the end of an embargo because what took it back is annulled."""
    embargo = reader.get(EMBARGOES, incident)
    if embargo is None or embargo["until"] <= filer.today.isoformat():
        return
    annulled = next((one for one in versions if one["entry"] == entry), None)
    left = [one for one in versions if one["entry"] != entry]
    again = annulled is versions[-1] and bool(left) and left[-1]["status"] == "published" if annulled else False
    if again or (annulled is not None and annulled["status"] == "withdrawn"):
        want = (
            f"an entry whose annulment makes nothing public before {embargo['until']}: entry {embargo['entry']} set an "
            "embargo. Move the embargo first"
        )
        told = Text(
            en=f"{entry} – {want}",
            zh=f"{entry}——作废后不得在{embargo['until']}之前使内容再次公开：条目{embargo['entry']}设有禁发。请先变更禁发日期",
        )
        yield Fault("entry", str(entry), want, "embargo", told)
