"""What was said against a case and in its favour after it was filed, as part of the same argument.

Whoever may file can challenge an element or a relation; an answer is a challenge to a challenge, and can be challenged
in turn. A statement counts by what became of it: until somebody who may weigh it has done so it is open, and so is what
it is said against; admitted it stands, with the evidence it brings, until it is answered; turned away, with reasons, it
counts no more. Nobody weighs what they said themselves, nor what is said about a case of theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from commonweal.kernel.values import Fault
from commonweal.methods.arguments import FAILED, HELD, OPEN

from .evidence import Binding
from .model import Case, Challenge, Element, Relation

Verdict = Literal["unweighed", "admitted", "turned_away"]
_COUNTS = {"unweighed": OPEN, "admitted": HELD, "turned_away": FAILED}


@dataclass(frozen=True, slots=True)
class Statement:
    """A challenge or an answer as it was filed: `entry`, `by` whom, and exactly one of what it is said against: an
    element, the relation of two (`between`), or an earlier statement by its entry."""

    entry: int
    by: str
    text: str
    element: str | None = None
    between: tuple[str, str] | None = None
    statement: int | None = None
    evidence: Binding | None = None
    verdict: Verdict = "unweighed"


def name_of(entry: int) -> str:
    """What a statement is called as an element of the case."""
    return f"said/{entry}"


def with_statements(case: Case, statements: Iterable[Statement]) -> tuple[Case, tuple[Binding, ...], Mapping[str, int]]:
    """The case with what was said about it, the bindings of evidence that statements bring, and how each statement
    counts by itself.

    What was said of an element or a tie that a newer version has no more is said of all that it claims until somebody
    turns it away: else whoever writes the case drops a challenge by calling what it is against something else.
    """
    elements, relations, challenges = list(case.elements), list(case.relations), list(case.challenges)
    known = set(case.by_id())
    tied = {(one.above, one.below) for one in relations} | {(one.source, one.target) for one in challenges}
    bindings: list[Binding] = []
    counts: dict[str, int] = {}
    for one in sorted(statements, key=lambda one: one.entry):
        target = name_of(one.statement) if one.statement is not None else one.element
        targets: tuple[str | None, ...] = (target,)
        on_relation = one.between is not None and (one.between in tied or one.between[::-1] in tied)
        between = one.between if on_relation else None
        if target not in known and between is None:
            if one.verdict == "turned_away":
                continue
            targets = case.tops()
        name = name_of(one.entry)
        known.add(name)
        elements.append(Element(id=name, kind="counter_goal", text=one.text, name=f"#{one.entry}"))
        if between is None:
            challenges += [Challenge(source=name, target=target) for target in targets]
        else:
            challenges.append(Challenge(source=name, between=between))
        counts[name] = _COUNTS[one.verdict]
        if one.evidence is not None:
            below = f"{name}/evidence"
            elements.append(Element(id=below, kind="counter_solution", name=f"#{one.entry}+"))
            relations.append(Relation(above=name, below=below))
            bindings.append(one.evidence.model_copy(update={"element": below}))
    changed = {"elements": tuple(elements), "relations": tuple(relations), "challenges": tuple(challenges)}
    return case.model_copy(update=changed), tuple(bindings), counts


def unanswered(statements: Sequence[Statement]) -> list[Statement]:
    """What was admitted and that no admitted statement answers: the author's next thing to do."""
    answered = {one.statement for one in statements if one.verdict == "admitted"}
    return [one for one in statements if one.verdict == "admitted" and one.entry not in answered]


def may_weigh(party: str, statement: Statement, authors: Collection[str]) -> list[Fault]:
    """Why somebody may not weigh a statement: their own, or one about a case of theirs."""
    faults = []
    if party == statement.by:
        faults.append(Fault("statement", str(statement.entry), "said by somebody else: nobody weighs their own", "own"))
    if party in authors:
        want = "about a case of somebody else: an author does not weigh what is said about it"
        faults.append(Fault("statement", str(statement.entry), want, "author"))
    return faults


def may_approve(
    party: str, authors: Collection[str], statements: Sequence[Statement], state: str, stale: Collection[str]
) -> list[Fault]:
    """Why an approval is not taken: by an author, of a case that does not stand, or with statements nobody weighed."""
    faults = []
    if party in authors:
        faults.append(
            Fault("party", party, "an expert who is no author of the case: nobody approves their own", "author")
        )
    if state != "stands":
        faults.append(Fault("case", state, "a case whose top claim stands as it is computed today", "state"))
    faults += [
        Fault("statement", str(one.entry), "weighed before the case is approved", "unweighed")
        for one in statements
        if one.verdict == "unweighed"
    ]
    return [*faults, *(Fault("case", why, "a case that is not stale", "stale") for why in sorted(set(stale)))]
