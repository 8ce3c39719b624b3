"""Which reports and incidents an act is about, so that whoever has a conflict of interest in one keeps out of it.

Whatever an officer files is held against a conflict in every case that it names, also through an investigation, a
recommendation or a publication. What is not is named here with the reason: a new kind cannot forget to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Filer, Kind, Reader
from commonweal.kernel.registry import Ref

from ..referring import REFERRAL
from ..reports import REPORTER, STEWARDS
from ..tables import reports_as
from .kinds import ASSIGNMENT, ESCALATION, NOTE, RELEASE, VIEW, WATCH

EXEMPT: Mapping[str, str] = {
    ESCALATION.id: "alert first: whoever sees that somebody may be harmed warns, and who that is is asked later",
    NOTE.id: "a note decides nothing, and is how an officer says to the others what they know of themselves",
    RELEASE.id: "everybody recuses themselves and leaves a case; to take it from another is asked of it on its own",
    ASSIGNMENT.id: "who may be given it is asked of the assignee; who may give it, on its own",
    REFERRAL.id: "to hand it to a body outside is the way out where all have a conflict; asked of it on its own",
    WATCH.id: "it is the watcher's own, and shows them nothing that they may not read",
    VIEW.id: "it is the keeper's own, and about no case",
}
"""The kinds that an officer with a conflict of interest files nevertheless, each with the reason."""
FREE = ("alert", "release", "refer", "note", "watch")
"""What the desk's forms call the acts of these kinds that somebody with a conflict of interest may file."""
CASES = ("report", "incident")
LEADS = {
    "investigation": "incident",
    "publication": "incident",
    "sharing": "incident",
    "evidence": "investigation",
    "segment": "investigation",
    "recommendation": "investigation",
}
"""By noun, the field of its versions that leads on to a case."""


def about_report(parts: Mapping[str, str]) -> str:
    """The report that a page of the desk is of, by its address."""
    return f"report:{parts['slug']}"


def about_incident(parts: Mapping[str, str]) -> str:
    """The incident that a page of the desk is of, by its address."""
    return f"incident:{parts['incident']}"


def is_free(parts: Mapping[str, str]) -> bool:
    """Whether a form of the desk files what whoever has a conflict of interest may file all the same."""
    return parts["doing"] in FREE


def asked_of(kind: Kind, act: Act, reader: Reader, filer: Filer) -> bool:
    """Whether an act is held against a conflict of interest of its filer.

    Those concerned file what is theirs to say: who reported, and the organisation that answers or is investigated.
    """
    if kind.id in EXEMPT or not set(STEWARDS) & set(kind.files):
        return False
    if {REPORTER, "developer"}.isdisjoint(kind.files):
        return True
    return bool(set(STEWARDS) & set(filer.roles)) and not _theirs(act, reader, filer)


def _theirs(act: Act, reader: Reader, filer: Filer) -> bool:
    about = [one for one in (act.subject, act.body.get("report")) if str(one).startswith("report:")]
    return bool(about) and all(reports_as(reader, str(one), filer) for one in about)


def cases_of(kind: Kind, act: Act, reader: Reader) -> tuple[list[str], list[str]]:
    """The reports and incidents that an act is about, and the organisations to which it addresses a recommendation."""
    named = [one for name, mark in references(kind).items() for one in mark.ids_in(act.body.get(name))]
    addressed = [str(act.body["addressee"])] if kind.noun == "recommendation" else []
    cases, others = cases_behind([*named, act.subject or ""], reader)
    return cases, [*addressed, *others]


def references(kind: Kind) -> dict[str, Ref]:
    """The fields of a kind that may name a case, or something that leads to one."""
    found = registry.fields_marked(kind.schema, Ref)
    return {name: mark for name, mark in found.items() if {mark.noun, *mark.others} & {*CASES, *LEADS}}


def cases_behind(subjects: Iterable[str], reader: Reader) -> tuple[list[str], list[str]]:
    """The reports and incidents to which subjects lead, and the organisations to which a recommendation goes.

    Every version counts: nobody leaves a conflict behind by moving something to another case.
    """
    cases: list[str] = []
    addressed: list[str] = []
    for subject in dict.fromkeys(subjects):
        noun, _, name = subject.partition(":")
        if noun in CASES:
            cases.append(subject)
        elif noun in ("publication", "sharing"):
            cases.append(f"incident:{name}")
        elif noun in LEADS:
            bodies = list(_said(subject, reader))
            addressed += [str(body["addressee"]) for body in bodies if body.get("addressee")]
            behind, beside = cases_behind([str(body[LEADS[noun]]) for body in bodies if body.get(LEADS[noun])], reader)
            cases, addressed = [*cases, *behind], [*addressed, *beside]
    return list(dict.fromkeys(cases)), list(dict.fromkeys(addressed))


def _said(subject: str, reader: Reader) -> Iterator[Mapping[str, Any]]:
    for row in registry.versions(reader, subject):
        if not row["erased"]:
            yield row["body"]
