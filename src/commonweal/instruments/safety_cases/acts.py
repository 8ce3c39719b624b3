"""What is wrong with an act about a safety case beyond its form: every fault, before anything is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Fault, Filer, Reader
from commonweal.kernel.values import shown

from . import approving, grounds, guarantees, proofs, reviewing
from .checking import FAULTS_MAX, faults_in
from .dialogue import Statement, may_turn_away, may_weigh, name_of, with_statements
from .evidence import Binding
from .filed import FiledCase, filed_case, statements
from .kinds import APPROVED, ASSIGNED, CASE, GUARANTEE, KINDS, PROOF, REMARKED, SAID, STEWARDS
from .model import CONTEXTUAL, EVIDENCE, Case


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """The faults of an act of this instrument's kinds."""
    if act.kind == CASE.id:
        before = filed_case(reader, act.subject) if act.subject else None
        yield from _of_whose_it_is(act, reader, filer)
        yield from _of_a_version(act.body)
        yield from _of_its_day(act.body, before, filer)
        yield from _of_its_grounds(act, before, reader, filer)
    elif act.kind == PROOF.id:
        yield from proofs.faults_of(act.body, act.subject, reader, filer)
    elif act.kind == GUARANTEE.id:
        yield from guarantees.faults_of(act.body, reader, filer)
    elif act.kind in {kind.id for kind in KINDS}:
        case = filed_case(reader, str(act.body["case"]))
        if case is not None:
            yield from _about_a_case(act, case, reader, filer)


def _about_a_case(act: Act, case: FiledCase, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """The faults of what is filed about a case that is there."""
    if act.kind == APPROVED.id:
        return approving.faults_of(act.body, case, reader, filer)
    if act.kind == ASSIGNED.id:
        return reviewing.faults_of_asking(act.body, case, filer)
    if act.kind == REMARKED.id:
        return reviewing.faults_of_remarking(act.body, case, reader, filer)
    said = statements(reader, case.subject)
    if act.kind == SAID.id:
        return _of_a_statement(act.body, case, said, reader, filer)
    return _of_a_verdict(act.body, case, said, reader, filer)


def _of_whose_it_is(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """Nobody argues for another's model, nor goes on with another's case: who speaks for some model could else take up
    what began as somebody's word alone (`registry.SaidBy`)."""
    if act.body.get("system") and act.body.get("said_by") == registry.CLAIMED:
        want = "a model that you registered; of another's an officer files a case"
        yield Fault("system", str(act.body["system"]), want, "not_yours")
    owner = registry.filer(reader, act.subject) if act.subject else None
    first = registry.versions(reader, str(act.subject))[:1] if owner not in (None, *filer.speaks_for) else []
    if any(row["body"].get("said_by") == registry.CLAIMED for row in first) and not set(STEWARDS) & set(filer.roles):
        yield Fault(
            "name", shown(act.body["name"]), "another name: somebody else filed a case of this one", "not_yours"
        )


def _of_its_day(body: Mapping[str, Any], before: FiledCase | None, filer: Filer) -> Iterator[Fault]:
    """No review is promised for a day that is over; what a version before said stays as it was said."""
    day = body.get("review_by")
    if day is not None and str(day) < filer.today.isoformat() and (before is None or str(before.review_by) != str(day)):
        want = f"today ({filer.today.isoformat()}) or later"
        yield Fault("review_by", str(day), want, "past")


def _of_a_version(body: Mapping[str, Any]) -> Iterator[Fault]:
    """The argument's own faults, that it claims nothing, and bindings of what is not in it."""
    case = Case.model_validate(body["argument"])
    found = faults_in(case)
    yield from (Fault(f"argument, {one.where}", one.seen, one.want, one.code) for one in found[:FAULTS_MAX])
    if len(found) > FAULTS_MAX:
        yield Fault("argument", f"{len(found) - FAULTS_MAX} more faults", "mend these first", "more")
    if case.elements and not case.goals():
        want = "a claim: a goal that rests under no other, and says what the case argues for"
        yield Fault("argument", "no goal", want, "no_claim")
    known = case.by_id()
    for element in case.elements:
        if element.id.startswith(name_of(0)[:-1]):
            want = "another id: those that begin so are what was said about the case"
            yield Fault("argument, element", element.id, want, "reserved")
    times = Counter(one["element"] for one in body.get("bindings", ()))
    for name, many in times.items():
        if name not in known:
            yield Fault("bindings, element", name, "an element of the argument", "dangling")
        elif known[name].kind not in (*EVIDENCE, *CONTEXTUAL):
            want = "evidence, a context, an assumption or a justification: a claim stands by what is below it"
            yield Fault("bindings, element", f"{name}, a {known[name].kind}", want, "kind")
        elif many > 1:
            yield Fault("bindings, element", name, "one binding an element: several conditions go into it", "duplicate")
    for name in body.get("dependence") or {}:
        if name not in known:
            yield Fault("dependence", name, "an element of the argument", "dangling")


def _of_its_grounds(act: Act, before: FiledCase | None, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What its elements are bound to is there, as they say; of what the version before said so already, nothing. One
    that was made up stays so: what it rests on, and what was said of it, was asked of something that is made up."""
    kinds = {element.id: element.kind for element in Case.model_validate(act.body["argument"]).elements}
    real = not act.body.get("fictitious")
    kept = {*before.bindings} if before else set()
    if before and real and not before.is_real:
        want = "as it was filed: a case that was made up is another than one that is not"
        yield Fault("fictitious", "no", want, "registered")
    for one in map(Binding.model_validate, act.body.get("bindings", ())):
        if one not in kept and (kind := kinds.get(one.element)) in (*EVIDENCE, *CONTEXTUAL):
            of = grounds.Bound(str(kind), act.subject, f"bindings, {one.element}, ", real)
            yield from grounds.faults_of(one, of, reader, filer)


def _of_a_statement(
    body: Mapping[str, Any], case: FiledCase, said: list[Statement], reader: Reader, filer: Filer
) -> Iterator[Fault]:
    """What is said is said against something that is there now, and so is the evidence that it brings.

    Which elements there are is not told by trying: what somebody says who may not read the argument is taken under any
    name, and counts, as what is said of a name that is there no more, against all that is claimed until it is weighed.
    """
    if body.get("evidence"):
        brought = Binding.model_validate(body["evidence"])
        of = grounds.Bound(EVIDENCE[1], case.subject, "evidence, ", case.is_real)
        yield from grounds.faults_of(brought, of, reader, filer)
    argument, _, _ = with_statements(case.argument, said)
    known = argument.by_id()
    element, between, statement = body.get("element"), body.get("between"), body.get("statement")
    reads = reviewing.is_open_to(case, reader, filer)
    if reads and element is not None and element not in known:
        yield Fault("element", shown(element), f"an element of the newest version (entry {case.entry})", "dangling")
    if statement is not None and name_of(int(statement)) not in known:
        yield Fault("statement", shown(statement), "the entry of a statement about this case", "reference")
    if reads and between is not None:
        tied = {(one.above, one.below) for one in argument.relations}
        tied |= {(one.source, one.target) for one in argument.challenges if one.target}
        if tuple(between) not in tied and tuple(between[::-1]) not in tied:
            yield Fault(
                "between", " → ".join(between), f"a relation of the newest version (entry {case.entry})", "dangling"
            )


def _of_a_verdict(
    body: Mapping[str, Any], case: FiledCase, said: list[Statement], reader: Reader, filer: Filer
) -> Iterator[Fault]:
    """Who weighs a statement reads it and the argument, and has no part in either. What there is to weigh is told to
    nobody else."""
    if not reviewing.is_open_to(case, reader, filer):
        want = (
            "weighed by the authority or by who was asked to review the case: they read the argument and what is said"
        )
        yield Fault("statement", shown(body["statement"]), want, "reader")
        return
    statement = next((one for one in said if one.entry == body["statement"]), None)
    if statement is None:
        yield Fault("statement", shown(body["statement"]), "the entry of a statement about this case", "reference")
        return
    parties = {filer.party, *filer.speaks_for}
    names = {*reviewing.with_bodies(parties, filer.spoke), filer.organisation} - {""}
    said_by, authors = (reviewing.with_bodies(one, filer.spoke) for one in ([statement.by], case.authors))
    yield from may_weigh(names, statement, said_by, authors)
    if body["verdict"] == "turned_away":
        yield from may_turn_away(parties, statement)
