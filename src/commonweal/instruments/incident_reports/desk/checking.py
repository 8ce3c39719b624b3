"""What is wrong with what an officer files at the desk, beyond its form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from commonweal.kernel import persons
from commonweal.kernel.instrument import Act, Fault, Filer, Reader, Recusal, Text
from commonweal.kernel.record import AUTHORITY

from ..harbour.kinds import DECISION, STRIP
from ..incidents import ANNOTATED, INCIDENT, LINKED, UNLINKED
from ..publication import EMBARGO, OUT
from ..reports import ANSWER, QUESTION, REPORT, STEWARDS, WITHDRAWN
from ..tables import links, reports_as
from .conflicts import Conflict, conflicts, judging
from .kinds import ASSIGNMENT, RELEASE, TRIAGE
from .staff import why_not
from .tables import assigned, endangered_since, escalations

GIVEN = Text(
    en="somebody without a conflict of interest in it; which one there is, is not told here. Another officer may say "
    "in despite why it is given all the same, but never to who reported it or recused themselves",
    zh="须为对其无利益冲突者；具体何种冲突此处不予说明。可由另一名官员在“虽有利益冲突仍予指派的理由”中说明理由，但报告人及已回避者除外",
)
FOR_GOOD = Text(
    en="somebody who neither reported it nor recused themselves: no reason sets that aside",
    zh="须既非报告人，亦未回避；此种情形不因任何理由而例外",
)
SET_ASIDE = Text(
    en="an officer to set it aside who has no conflict of interest in it themselves",
    zh="须由自身对其无利益冲突的官员说明理由",
)
RECEIVES = Text(
    en="whoever said it, and nobody with a conflict of interest in it; which one there is, is not told here",
    zh="须为陈述者本人，且对其无利益冲突；具体何种冲突此处不予说明",
)
DECIDES = Text(
    en="an officer without a conflict of interest decides; which one there is, is not told here",
    zh="须由无利益冲突的官员决定；具体何种冲突此处不予说明",
)


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """A conflict of interest, a warning that was not given, an assignment that is not there."""
    body = act.body
    if act.kind == ASSIGNMENT.id:
        named = (body["assignee"], tuple(body.get("interests", ())), body.get("despite", ""))
        against_it = [*_given_by(reader, body, filer), *against(reader, body["about"], *named, filer=filer)]
        yield from against_it or _no_staff(reader, body["assignee"], filer)
    elif act.kind in (DECISION.id, STRIP.id, QUESTION.id):
        yield from judged(reader, body["report"], filer)
    elif act.kind in (REPORT.id, ANSWER.id, WITHDRAWN.id) and body.get("received_by"):
        about = act.subject or "" if act.kind == REPORT.id else body["report"]
        yield from () if reports_as(reader, about, filer) else judged(reader, about, filer)
    elif act.kind in (*OUT, EMBARGO.id, ANNOTATED.id):
        yield from judged(reader, body["incident"], filer)
    elif act.kind == INCIDENT.id:
        yield from judged(reader, act.subject or "", filer)
    elif act.kind in (LINKED.id, UNLINKED.id):
        yield from judged(reader, body["incident"], filer, also=body["report"])
    elif act.kind == RELEASE.id:
        yield from _of_a_release(body, reader, filer)
    elif act.kind == TRIAGE.id:
        yield from judged(reader, body["report"], filer)
        yield from _of_triage(body, reader)


def judged(reader: Reader, about: str, filer: Filer, beside: Iterable[str] = (), *, also: str = "") -> Iterator[Fault]:
    """That an officer has a conflict of interest in a report or incident that they judge (and `also` another).

    Whoever runs the machine answers as the authority, and is no officer who judges.
    """
    if filer.party == AUTHORITY:
        return
    found = judging(reader, about, filer.party, filer.at, beside)
    found += judging(reader, also, filer.party, filer.at) if also else []
    if found:
        yield refused("(whole)", filer.party, DECIDES, found)


def refused(field: str, party: str, want: Text, found: Sequence[Conflict]) -> Fault:
    """That somebody has a conflict of interest, and not which; it follows from these entries."""
    told = Text(en=f"{party} – {want['en']}", zh=f"{party}——{want['zh']}")
    return Fault(field, party, want["en"], "conflict", told, tells=tuple(sorted({one.entry for one in found})))


def _given_by(reader: Reader, body: Mapping[str, Any], filer: Filer) -> Iterator[Fault]:
    """Who has a conflict of interest does not choose who handles a case; a reason for their own is asked elsewhere."""
    if not _one_person(reader, filer.party, body["assignee"]) and not body.get("despite"):
        yield from judged(reader, body["about"], filer)


def _of_a_release(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Everybody leaves a case and recuses themselves, and nobody recuses another: that lasts. Who has a conflict of
    interest takes no case from somebody else."""
    own = filer.party == AUTHORITY or _one_person(reader, filer.party, body["assignee"])
    if body["why"] == "recused":
        if not own:
            yield Fault("assignee", body["assignee"], f"{filer.party}: everybody recuses only themselves", "own")
        return
    if not any(row["assignee"] == body["assignee"] for row in assigned(reader, about=body["about"])):
        yield Fault("assignee", body["assignee"], f"somebody to whom {body['about']} is assigned", "reference")
    elif not own:
        yield from judged(reader, body["about"], filer)


def _one_person(reader: Reader, party: str, other: str) -> bool:
    ours, theirs = (persons.person_of(reader, one) for one in (party, other))
    return party == other or bool(ours and theirs and ours["person"] == theirs["person"])


def _recused(subject: str, party: str, reader: Reader, at: datetime) -> bool:
    return bool(judging(reader, subject, party, at))


RECUSAL = Recusal(("report", "incident"), STEWARDS, _recused)
"""Who has a conflict of interest in a report or incident that nobody set aside reads of it what everybody reads."""


def _no_staff(reader: Reader, assignee: str, filer: Filer) -> Iterator[Fault]:
    if why := why_not(reader, assignee, filer.at):
        want = f"a person of this authority who holds the role {' or '.join(STEWARDS)} today: {why}"
        yield Fault("assignee", assignee, want, "no_staff")


def against(
    reader: Reader, about: str, assignee: str, interests: Sequence[str], despite: str, *, filer: Filer,
    field: str = "assignee",
) -> Iterator[Fault]:  # fmt: skip
    """What stands against giving a report or incident to somebody, unless another sets it aside with a reason."""
    found = conflicts(reader, about, assignee, interests, filer.at)
    if found and despite:
        yield from _not_theirs_to_set_aside(reader, about, assignee, filer)
        found = [one for one in found if one.lasting]
    if found:
        yield refused(field, assignee, FOR_GOOD if despite else GIVEN, found)


def _not_theirs_to_set_aside(reader: Reader, about: str, assignee: str, filer: Filer) -> Iterator[Fault]:
    if _one_person(reader, filer.party, assignee):
        want = f"another officer than {assignee} to say why a conflict of interest is set aside"
        yield Fault("despite", filer.party, want, "own")
    elif found := conflicts(reader, about, filer.party, (), filer.at):
        yield refused("despite", filer.party, SET_ASIDE, found)


def _of_triage(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    report = body["report"]
    if body.get("duplicate_of") == report:
        yield Fault("duplicate_of", report, "another report than the one that repeats it", "circle")
    about = [report, *(row["incident"] for row in links(reader, report=report))]
    alerted = any(escalations(reader, one) for one in about)
    if body["urgency"] == "immediate" and not alerted and not body.get("no_alert_because"):
        want = (
            f"alert first: give an alert and file incident_reports.escalation about {report}, or say here why nobody "
            "is warned"
        )
        told = Text(
            en="Warn first: give an alert about it, or say here why nobody need be warned",
            zh="先行示警：就此发出警报，或在此说明无须示警的理由",
        )
        yield Fault("no_alert_because", "", want, "alert_first", told)
    waits = body["urgency"] != "immediate" and body["decision"] == "handle" and not body.get("reasons")
    if waits and endangered_since(reader, report) is not None:
        want = "why it may wait: the report says that somebody's life or health is at risk now"
        told = Text(en=want, zh="可以等待的理由：报告称目前有人生命或健康面临危险")
        yield Fault("reasons", "", want, "danger_now", told)
