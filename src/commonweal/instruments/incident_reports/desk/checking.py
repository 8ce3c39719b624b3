"""What is wrong with what an officer files at the desk, beyond its form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from commonweal.kernel import persons, registry
from commonweal.kernel.instrument import Act, Fault, Filer, Handling, Kind, Reader, Spoke, Text, Unsettled
from commonweal.kernel.record import AUTHORITY

from ..harbour.tables import report_of_strip
from ..referring import REFERRAL
from ..reports import IDENTITY, STEWARDS
from ..tables import links, taken_back
from .cases import asked_of, cases_behind, cases_of
from .conflicts import Conflict, about_itself, conflicts, judging, reports_of
from .kinds import ASSIGNMENT, ESCALATION, RELEASE, TRIAGE, VIEW, WATCH
from .news import annulled
from .repeated import TRIAGED, unhandled
from .staff import why_not
from .tables import assigned, endangered_since, escalations, newest, standing

GIVEN = Text(
    en="somebody without a conflict of interest in it; which one there is, is not told here. Another officer may say "
    "why it is given in spite of that, though some conflicts no reason sets aside",
    zh="须为对其无利益冲突者；具体何种冲突此处不予说明。可由另一名官员说明“虽有利益冲突仍予指派的理由”，但部分冲突不因任何理由而例外",
)
FOR_GOOD = Text(
    en="somebody else: what stands against this one no reason sets aside, and what it is, is not told here",
    zh="须为其他人：对此人存在的冲突不因任何理由而例外，具体何种冲突此处不予说明",
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
    en="an officer without a conflict of interest decides; which one there is, is not told here. Where nobody here is "
    "without one, refer the report to a body outside",
    zh="须由无利益冲突的官员决定；具体何种冲突此处不予说明。本机关无人不存在冲突的，请将报告移送外部机构",
)

_OWN = {WATCH.id: "watcher", VIEW.id: "keeper"}


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """A warning that was not given, an assignment that is not there, one to somebody with a conflict of interest."""
    body = act.body
    if act.kind == ASSIGNMENT.id:
        named = (body["assignee"], tuple(body.get("interests", ())), body.get("despite", ""))
        against_it = [*_given_by(reader, body, filer), *against(reader, body["about"], *named, filer=filer)]
        yield from against_it or _no_staff(reader, body["assignee"], filer)
    elif act.kind == RELEASE.id:
        yield from _of_a_release(body, reader, filer)
    elif act.kind == TRIAGE.id:
        yield from _of_triage(body, reader)
    elif act.kind == ESCALATION.id:
        yield from _of_an_escalation(act, reader)
    elif act.kind == REFERRAL.id:
        yield from _of_a_referral(body, reader, filer)
    elif act.kind in _OWN and body[_OWN[act.kind]] != filer.party and filer.party != AUTHORITY:
        want = f"{filer.party}: what is watched and which views are kept everybody says for themselves"
        told = Text(en=want, zh=f"{filer.party}：关注与视图只能由本人设定")
        yield Fault(_OWN[act.kind], body[_OWN[act.kind]], want, "own", told)


def check_judged(
    kind: Kind, act: Act, reader: Reader, filer: Filer, more: Iterable[str] = ()
) -> Iterable[Fault]:  # fmt: skip
    """That whoever files an act about a report or incident, or about `more` of them than it names, has a conflict of
    interest in one (`cases`)."""
    if asked_of(kind, act, reader, filer):
        about, beside = cases_of(kind, act, reader)
        yield from judged(reader, [*about, *more], filer, beside)


def judged(reader: Reader, about: Iterable[str], filer: Filer, beside: Iterable[str] = ()) -> Iterator[Fault]:
    """That an officer has a conflict of interest in one of the reports or incidents that they judge.

    Whoever runs the machine answers as the authority, and is no officer who judges.
    """
    if filer.party == AUTHORITY:
        return
    if found := [
        one for case in about for one in judging(reader, case, filer.party, filer.at, filer.spoke, beside=beside)
    ]:
        yield refused("(whole)", filer.party, DECIDES, found)


def refused(field: str, party: str, want: Text, found: Sequence[Conflict]) -> Fault:
    """That somebody has a conflict of interest, and not which; it follows from these entries."""
    told = Text(en=f"{party} – {want['en']}", zh=f"{party}——{want['zh']}")
    return Fault(field, party, want["en"], "conflict", told, tells=tuple(sorted({one.entry for one in found})))


def _given_by(reader: Reader, body: Mapping[str, Any], filer: Filer) -> Iterator[Fault]:
    """Who has a conflict of interest does not choose who handles a case; a reason for their own is asked elsewhere."""
    if not one_person(reader, filer.party, body["assignee"]) and not body.get("despite"):
        yield from judged(reader, [body["about"]], filer)


def _of_a_release(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Everybody leaves a case and recuses themselves, and nobody recuses another: that lasts. Who has a conflict of
    interest takes no case from somebody else."""
    own = filer.party == AUTHORITY or one_person(reader, filer.party, body["assignee"])
    if body["why"] == "recused":
        if not own:
            want = f"{filer.party}: everybody recuses only themselves"
            told = Text(en=want, zh=f"{filer.party}：回避只能由本人提出")
            yield Fault("assignee", body["assignee"], want, "own", told)
        return
    if not any(row["assignee"] == body["assignee"] for row in assigned(reader, about=body["about"])):
        yield Fault("assignee", body["assignee"], f"somebody to whom {body['about']} is assigned", "reference")
    elif not own:
        yield from judged(reader, [body["about"]], filer)


def _of_a_referral(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Whoever has a conflict of interest hands a report on only where nobody here is without one: else an officer who
    has none decides whether it goes. Why it goes is true as far as the record knows."""
    report, because = body["report"], body["referred_because"]
    free = anybody_free(reader, report, filer.at, filer.spoke)
    if free:
        yield from judged(reader, [report], filer)
    if because == "all_conflicted" and free:
        want = "another reason: somebody here has no conflict of interest in it"
        yield Fault(
            "referred_because", because, want, "not_so", Text(en=want, zh="请选择其他原因：本机关有人对其无利益冲突")
        )
    if because == "about_itself" and about_itself(reader, report) is None:
        want = "another reason: the report names this authority nowhere"
        yield Fault("referred_because", because, want, "not_so", Text(en=want, zh="请选择其他原因：报告未提及本机关"))


def anybody_free(reader: Reader, report: str, at: datetime, spoke: Spoke) -> bool:
    """Whether somebody can judge a report here: as far as the record has the people of this authority, who of them has
    no conflict of interest; where it has none, that is not known, and so it is taken that somebody can."""
    there = [row["party"] for row in persons.persons(reader) if not why_not(reader, row["party"], at)]
    return not there or any(not judging(reader, report, party, at, spoke) for party in there)


def one_person(reader: Reader, party: str, other: str) -> bool:
    """Whether two parties are one person by the register of persons."""
    ours, theirs = (persons.person_of(reader, one) for one in (party, other))
    return party == other or bool(ours and theirs and ours["person"] == theirs["person"])


def unsettled(subject: str, reader: Reader, at: datetime) -> Iterator[Unsettled]:
    """That something belongs to a report that is still open, or to an incident of one."""
    cases, _ = cases_behind([subject], reader)
    reports = {one for case in cases for one in reports_of(reader, case)}
    if any(row["state"] != "closed" for one in reports if (row := standing(reader, one))):
        yield Unsettled("belongs to what is still being handled", "alone")


def given_by_another(report: str, party: str, reader: Reader) -> bool:
    """Whether a party has a report, as its lead or in support, because somebody else gave it to them.

    Whoever takes the work for themselves does it all the same; who reported is not theirs to open by that.
    """
    return any(not one_person(reader, row["by"], party) for row in assigned(reader, about=report, assignee=party))


def _has_report_of(strip: int, party: str, reader: Reader) -> bool:
    report = report_of_strip(reader, strip)
    return report is not None and given_by_another(report, party, reader)


HANDLING = Handling((IDENTITY.id,), _has_report_of, frozenset(("report",)), given_by_another)
"""Who was given a report by another, as its lead or in support, calls back who reported; nobody else of the office
learns who that is (Directive (EU) 2019/1937, Art. 16(1))."""


def _no_staff(reader: Reader, assignee: str, filer: Filer) -> Iterator[Fault]:
    if why := why_not(reader, assignee, filer.at):
        want = f"a person of this authority who holds the role {' or '.join(STEWARDS)} today: {why}"
        yield Fault("assignee", assignee, want, "no_staff")


def against(
    reader: Reader, about: str, assignee: str, interests: Sequence[str], despite: str, *, filer: Filer,
    field: str = "assignee",
) -> Iterator[Fault]:  # fmt: skip
    """What stands against giving a report or incident to somebody, unless another sets it aside with a reason."""
    found = conflicts(reader, about, assignee, interests, filer.at, spoke=filer.spoke)
    if found and despite:
        yield from _not_theirs_to_set_aside(reader, about, assignee, filer)
        found = [one for one in found if one.lasting]
    if found:
        yield refused(field, assignee, FOR_GOOD if despite else GIVEN, found)


def _not_theirs_to_set_aside(reader: Reader, about: str, assignee: str, filer: Filer) -> Iterator[Fault]:
    if one_person(reader, filer.party, assignee):
        want = f"another officer than {assignee} to say why a conflict of interest is set aside"
        yield Fault("despite", filer.party, want, "own")
    elif found := conflicts(reader, about, filer.party, (), filer.at, spoke=filer.spoke):
        yield refused("despite", filer.party, SET_ASIDE, found)


def _of_triage(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    report, standing = body["report"], reader.get(TRIAGED, body["report"])
    if standing is not None and body.get("seen") is not None and standing["entry"] > body["seen"]:
        want = f"the decision of entry {standing['entry']}, made meanwhile: read the report again, and decide anew"
        told = Text(en=want, zh=f"其间已作出决定（条目{standing['entry']}）：请重新查看报告后再作决定")
        yield Fault("seen", str(body["seen"]), want, "superseded", told)
    elif body.get("seen") is not None and (newer := newest(reader, report)) > body["seen"]:
        came = _MEANWHILE[newer == taken_back(reader, report), newer == annulled(reader, report)]
        want = f"{came['en']}, in entry {newer}: read the report again, and decide then"
        told = Text(en=want, zh=f"{came['zh']}（条目{newer}）：请重新查看报告后再作决定")
        yield Fault("seen", str(body["seen"]), want, "superseded", told)
    if repeats := body.get("duplicate_of"):
        yield from _of_a_duplicate(report, repeats, reader)
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


def _of_a_duplicate(report: str, repeats: str, reader: Reader) -> Iterator[Fault]:
    """What a report repeats is handled or still open in the end: else nobody handles the matter of either."""
    found = unhandled(reader, report, repeats)
    if found is None:
        return
    if found.why == "circle":
        yield Fault("duplicate_of", found.report, "another report than the one that repeats it", "circle")
        return
    became, code = _BECAME[found.why], "turned_away" if found.why == "turned_away" else "gone"
    told = Text({language: words.format(report=found.report) for language, words in became.items()})
    yield Fault("duplicate_of", repeats, told["en"], code, told)


_MEANWHILE: Mapping[tuple[bool, bool], Text] = {
    (True, False): Text(en="it was taken back meanwhile", zh="其间报告人已撤回"),
    (False, True): Text(en="a version was annulled meanwhile", zh="其间有版本已作废"),
    (False, False): Text(en="a newer version came in meanwhile", zh="其间收到更新的版本"),
}
"""What came since a page was shown, by whether the report was taken back by it, and whether a version was annulled."""
_BECAME: Mapping[str, Text] = {
    "turned_away": Text(
        en="a report that is handled or open; {report} was turned away: say the same of this one, and why",
        zh="须为已受理或尚待处理的报告；{report}未予受理：请对本报告作同样决定并说明理由",
    ),
    "taken_back": Text(
        en="a report that is handled or open; {report} was taken back by whoever reported it, who speaks for nobody "
        "else: handle it all the same first, or decide on this one by itself",
        zh="须为已受理或尚待处理的报告；{report}已由其报告人撤回，撤回不及于他人：请先决定仍予受理，或就本报告单独作出决定",
    ),
    "annulled": Text(
        en="a report that is handled or open; {report} was annulled: decide on this one by itself",
        zh="须为已受理或尚待处理的报告；{report}已作废：请就本报告单独作出决定",
    ),
}


def _of_an_escalation(act: Act, reader: Reader) -> Iterator[Fault]:
    """Nothing of it is public, and it warns of what was reported: an alert from before is none, unless it says why."""
    if act.subject:
        want = "no subject: the log is public, and would join the alert to the report in confidence behind it"
        told = Text(en=want, zh="不得指明主体：公开日志会将警报与其背后的保密报告联系起来")
        yield Fault("subject", act.subject, want, "confidential", told)
    first = [registry.versions(reader, one)[:1] for one in (act.body["about"], act.body["alert"])]
    if all(first) and first[1][0]["entry"] < first[0][0]["entry"] and not act.body.get("reasons"):
        want = f"why {act.body['alert']}, which was given before {act.body['about']} came, warns of it too"
        told = Text(en=want, zh=f"请说明{act.body['alert']}先于{act.body['about']}发出，为何亦足以就此示警")
        yield Fault("reasons", "", want, "alert_first", told)
