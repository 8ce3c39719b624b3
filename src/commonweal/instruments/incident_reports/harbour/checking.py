"""What is wrong with a decision, a waiver, or what is said of the identity strip, beyond its form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Act, Fault, Filer, Reader, Text
from commonweal.kernel.values import NotFound

from ..reports import IDENTITY, STEWARDS
from ..tables import reported_by, reports_as, withdrawn
from .kinds import DECISION, STRIP, TAKEN_BACK, WAIVER
from .tables import claim, is_who_reported, keeps_address, strip
from .terms import Terms, came_in_time, terms_of


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """A term that was left open, a finding against the clock, a strip that is not there any more."""
    body = act.body
    report = str(body.get("report", ""))
    if act.kind in (WAIVER.id, TAKEN_BACK.id) and not reports_as(reader, report, filer):
        yield Fault("report", report, f"filed by whoever filed it: {filer.party} did not", "not_theirs")
    elif _is_their_own(act) and not _is_about(report, reader, filer):
        want = "filed by who reported themselves, and by no colleague: it is about them"
        told = Text(en=f"{report} – {want}", zh=f"{report}——只能由报告人本人提交，同事不得代为提交")
        yield Fault("report", report, want, "not_theirs", told)
    if act.kind == DECISION.id:
        yield from _of_a_decision(body, report, reader)
    elif act.kind == WAIVER.id and body["waives"] == "claim" and claim(reader, report) in (None, "waived"):
        yield Fault("waives", "claim", f"a claim that stands; {report} has none", "reference")
    elif act.kind == STRIP.id and strip(reader, report).state != "held":
        yield Fault("report", report, "a report whose identity strip is held here, and that nobody disposed of", "gone")
    elif act.kind == TAKEN_BACK.id:
        yield from _of_a_strip(body, report, reader)


def _is_their_own(act: Act) -> bool:
    """Whether an act is about who reported, and not about what was: so no organisation speaks for them in it."""
    return act.kind in (IDENTITY.id, TAKEN_BACK.id) or (act.kind == WAIVER.id and act.body["waives"] == "confidence")


def _is_about(report: str, reader: Reader, filer: Filer) -> bool:
    """Whether somebody files about themselves; an officer writes down who said that they reported."""
    if set(STEWARDS) & set(filer.roles) or (registry.filer(reader, report) is None and not reported_by(reader, report)):
        return True
    return is_who_reported(reader, report, filer.party)


def _of_a_strip(body: Mapping[str, Any], report: str, reader: Reader) -> Iterator[Fault]:
    held = strip(reader, report)
    if body["how"] == "shred" and keeps_address(reader, report):
        return
    if held.state not in ("held", "going"):
        yield Fault("report", report, "a report whose identity strip is held here", "gone")
    elif body["how"] == "taken" and held.basis != "returned":
        yield Fault("how", "taken", "shred: nobody has given it back yet", "not_given")


def _of_a_decision(body: Mapping[str, Any], report: str, reader: Reader) -> Iterator[Fault]:
    row = registry.subject(reader, report)
    if row is None or row["erased"]:
        return
    try:
        terms = terms_of(reader, report)
    except NotFound:
        yield Fault("terms_version", body["terms_version"], "published terms; this authority adopted none", "reference")
        return
    if claim(reader, report) in (None, "waived"):
        yield Fault("report", report, "a report that asks for the safe harbour, and does not give it up", "not_asked")
    if row["body"]["category"] not in terms.categories:
        kinds = ", ".join(terms.categories)
        yield Fault("report", row["body"]["category"], f"a report of a category of the scheme: {kinds}", "category")
    if withdrawn(reader, report):
        yield Fault("report", report, "a report that was not withdrawn", "withdrawn")
    if body["terms_version"] != terms.version:
        want = f"{terms.version}, the terms in force when it was first filed"
        yield Fault("terms_version", body["terms_version"], want, "version")
        return
    yield from _of_findings(body["findings"], report, terms, reader)


def _of_findings(findings: Iterable[Mapping[str, Any]], report: str, terms: Terms, reader: Reader) -> Iterator[Fault]:
    said = {one["term"]: one["finding"] for one in findings}
    known = [one.code for one in terms.terms]
    named = [one["term"] for one in findings]
    for code in known:
        if named.count(code) != 1:
            seen = f"{code}: {named.count(code)} times" if code in named else f"nothing about {code}"
            yield Fault("findings", seen, f"each term once: {', '.join(known)}", "missing")
    for code in dict.fromkeys(named):
        if code not in known:
            yield Fault("findings", code, f"a term of version {terms.version}: {', '.join(known)}", "unknown_name")
    clock = came_in_time(obligations.duties(reader, subject=report, rule=terms.clock, private=True), terms)
    if said.get(terms.timely) == "met" and clock is not None and clock["late"]:
        want = f"not_met: the clock {terms.clock} ended with {clock['last_day']} and it came on {clock['met_on'][:10]}"
        row = registry.subject(reader, report)
        yield Fault("findings", f"{terms.timely}: met", want, "late", tells=(row["entry"],) if row else ())
