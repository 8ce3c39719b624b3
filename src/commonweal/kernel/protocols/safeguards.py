"""What a playbook owes to those whom it restricts and to those who act under it: the faults that keep it from adoption.

These checks may grow stricter: they are made where a playbook is linted and adopted, never where a record is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from commonweal.kernel.disclosure.kinds import Kind
from commonweal.kernel.values import Fault, shown

from .conditions import VARIABLE, comparisons
from .playbooks import ACTION, DECISIONS, END, EXTENSION, IF, PARALLEL, WHILE, Approval, Playbook, Step

Graph = Mapping[str, tuple[str, ...]]
_NAMED = re.compile(rf"({VARIABLE.pattern}):value")
DESK_ROLE = "officer"  # who reports steps done (`kinds.STEP_DONE`)


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who can approve: as whom, for which organisation, in which roles."""

    party: str
    organisation: str
    roles: tuple[str, ...]


def safeguards(playbook: Playbook, approvers: Iterable[Approver] | None = None) -> list[Fault]:
    """The faults of a playbook that could be run and should not be, in the order of its steps."""
    people = None if approvers is None else tuple(approvers)
    ungated, again = _ungated(playbook), _again(playbook)
    found: list[Fault] = []
    for step in playbook.steps.values():
        found += [
            *_agents(playbook, step),
            *_variables(playbook, step),
            *_never(playbook, step),
            *_marked(step, ungated, again),
            *_signed(playbook, step),
            *_evaded(playbook, step),
            *_undone(playbook, step),
            *_lifted(playbook, step),
            *_stated(playbook, step),
            *_ends(step),
        ]
        found += _can_be_given(playbook, step, people) if people is not None else ()
    return found


def _fault(step: Step, field: str, seen: object, want: str, code: str) -> Fault:
    return Fault(f"workflow.{step.id}.{field}", shown(seen), want, code)


def _agents(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """Whoever is to act is defined, and a step that waits for a person says for whom."""
    if step.agent and step.agent not in playbook.agents:
        yield _fault(step, "agent", step.agent, "an agent that agent_definitions defines", "agent")
    for n, target in enumerate(step.targets):
        if target not in playbook.targets:
            yield _fault(step, f"targets[{n}]", target, "a target that target_definitions defines", "agent")
    waits = step.type == ACTION and not step.unattended and step.extension.await_event is None
    if waits and step.extension.approval is None and step.commands and not step.agent:
        yield _fault(step, "agent", "(absent)", "the agent whose desk the step lies on", "agent")


def _variables(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """A command or instruction speaks of no variable that is not declared."""
    for n, command in enumerate(step.commands):
        for name in dict.fromkeys(_NAMED.findall(command.text["en"])):
            if name not in playbook.variables:
                want = "a variable declared in playbook_variables or step_variables"
                yield _fault(step, f"commands[{n}]", name, want, "variable")
    raw = _raw(playbook, step.id).get("in_args", [])
    for name in raw if isinstance(raw, list) else ():
        if name not in playbook.variables:
            yield _fault(step, "in_args", name, "a variable declared in playbook_variables", "variable")


def _never(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """A decision asks for no value that its variable cannot hold: that way would never be gone."""
    asked = [(step.switch, value, f"cases.{value}") for value, _ in step.cases if value != "default"]
    for one in comparisons(step.condition) if step.condition else ():
        asked += [(one.variable, value, "condition") for value in one.among]
    for name, value, where in asked:
        if name in playbook.declared and (want := playbook.declared[name].wanted(value)):
            yield _fault(step, where, value, want, "value")


def _raw(playbook: Playbook, step: str) -> Mapping[str, Any]:
    workflow = playbook.document.get("workflow")
    found = workflow.get(step) if isinstance(workflow, dict) else None
    return found if isinstance(found, dict) else {}


# what restricts somebody, and what cannot be undone


def _marked(step: Step, ungated: frozenset[str], again: frozenset[str]) -> Iterator[Fault]:
    extension = step.extension
    if not (extension.restrictive or extension.irreversible):
        return
    if step.type != ACTION:
        yield _fault(step, "step_extensions", f"a {step.type} step so marked", "only an action step acts", "gate")
    if extension.proportionality is None:
        want = "{statement, least_intrusive}: why this is proportionate, and why nothing less intrusive would do"
        yield _fault(step, "proportionality", "(absent)", want, "proportionality")
    if extension.irreversible and extension.reversal_step:
        want = "no reversal_step, or restrictive instead of irreversible"
        yield _fault(step, "irreversible", "true, and a reversal_step", want, "reversal")
    if extension.irreversible and extension.approval is None and step.id in ungated:
        want = "an approval on every way to this step, those after a deadline or a failure included"
        yield _fault(step, "irreversible", step.name["en"], want, "gate")
    elif extension.irreversible and step.id in again:
        want = "an approval on every way back to this step, or at_most with 1 visit: one approval is for once"
        yield _fault(step, "irreversible", step.name["en"], want, "gate")


def _ungated(playbook: Playbook) -> frozenset[str]:
    """The steps that a case can come to without any approval having been given."""
    reversals = (step.extension.reversal_step for step in playbook.steps.values())
    starts = [name for name in (playbook.start, playbook.exception, *reversals) if name]
    return frozenset(reached(starts, _without_approval(playbook)))


def _again(playbook: Playbook) -> frozenset[str]:
    """The irreversible steps that a case can do more than once after one approval."""
    graph = {name: (*ways, *back) for (name, ways), back in zip(
        _without_approval(playbook).items(), _joining(playbook), strict=True
    )}  # fmt: skip
    found = []
    for name, step in playbook.steps.items():
        bound, extension = step.extension.at_most, step.extension
        bounded = extension.approval is not None or (bound is not None and bound.visits == 1)
        if extension.irreversible and not bounded and name in reached([step.next], graph):
            found.append(name)
    return frozenset(found)


def _without_approval(playbook: Playbook) -> dict[str, tuple[str, ...]]:
    """Where a case can go on to from each step while no approval is given: past a join only if its branches end so."""
    steps = playbook.steps
    shut = {name for name, step in steps.items() if step.type == PARALLEL or (step.joins and step.type != WHILE)}
    graph = {
        name: _unless_done(step) if step.extension.approval or name in shut else _ways(step)
        for name, step in steps.items()
    }
    while opened := {name for name in shut if _passes(steps[name], playbook, graph, shut)}:
        shut -= opened
        graph.update({name: _ways(steps[name]) for name in opened})
    return graph


def _passes(step: Step, playbook: Playbook, graph: Graph, shut: set[str]) -> bool:
    """Whether what a step begins can end without an approval: all branches of a parallel step, one of a decision."""
    within = {name: _exits(one, shut) if one.joins else graph[name] for name, one in playbook.steps.items()}
    ended = [_can_end(playbook, reached([to], within), shut) for _, to in step.branches()]
    if step.type == PARALLEL:
        return all(ended)
    answered = step.on_false if step.type == IF else dict(step.cases).get("default")
    return any(ended) or not answered


def _exits(step: Step, shut: set[str]) -> tuple[str, ...]:
    """What may follow a step in the branch that it is in, once all that was begun inside it has ended."""
    return tuple(to for label, to in step.exits() if label != "on_completion" or step.id not in shut)


def _can_end(playbook: Playbook, names: set[str], shut: set[str]) -> bool:
    """Whether a branch that comes to these steps ends there: at an end step, or where a join leads nowhere further."""
    found = [playbook.steps[name] for name in names & playbook.steps.keys()]
    return any(
        step.type == END or (step.type in (PARALLEL, WHILE) and not step.next and step.id not in shut) for step in found
    )


def _joining(playbook: Playbook) -> Iterator[tuple[str, ...]]:
    """For each step, where the case comes back to when a branch ends there without an approval: to what joins it."""
    open_ = _without_approval(playbook)
    whole = {name: _ways(step) for name, step in playbook.steps.items()}
    joins = []
    for name, step in playbook.steps.items():
        onward = name if step.type == WHILE else step.next
        if step.joins and onward and (step.type == WHILE or onward in open_[name]):
            joins.append((onward, reached((to for _, to in step.branches()), whole)))
    for name, step in playbook.steps.items():
        yield tuple(onward for onward, region in joins if step.type == END and name in region)


# what is waited for


def _ends(step: Step) -> Iterator[Fault]:
    """Every wait ends by itself. What withdraws a case, or fails another branch, may never come: neither is an end."""
    awaits = step.extension.await_event is not None
    if (awaits or step.waits_for_people) and not (step.extension.deadline or step.timeout_s):
        want = "a deadline, or a timeout: nobody has to act, and the case could wait here without end"
        yield _fault(step, "deadline", "(absent)", want, "endless")


def unknown_kinds(playbook: Playbook, kinds: Mapping[str, Kind]) -> Iterator[Fault]:
    """What is awaited and never comes: a kind that nobody files here, or a field that entries of a kind do not have."""
    patient = {name for step in playbook.steps.values() if not step.extension.deadline for name in step.asks()}
    places = [(f"playbook_extensions.withdrawn_by[{n}]", wait) for n, wait in enumerate(playbook.withdrawn_by)]
    for step in playbook.steps.values():
        if step.extension.await_event:
            places.append((f"workflow.{step.id}.await_event", step.extension.await_event))
    for where, wait in places:
        kind = kinds.get(wait.kind)
        if kind is None:
            near = get_close_matches(wait.kind, kinds, cutoff=0.5) or sorted(kinds)[:3]
            yield Fault(
                f"{where}.kind", shown(wait.kind), f"a kind that is filed here, e.g. {', '.join(near)}", "await"
            )
            continue
        named = [(f"match.{name}", name) for name, _ in wait.match if name != "subject"]
        named += [(f"sets.{variable}", name) for variable, name in wait.sets]
        for label, name in named:
            if name not in kind.schema.model_fields:
                want = f"a field of {wait.kind}: {', '.join(sorted(kind.schema.model_fields))}"
                yield Fault(f"{where}.{label}", shown(name), want, "await")
        for variable, name in wait.sets:
            field = kind.schema.model_fields.get(name)
            if field is not None and field.default is None and variable in patient:
                want = f"a field that every {wait.kind} has, or a deadline where {variable} decides"
                yield Fault(f"{where}.sets.{variable}", shown(name), want, "fact")


# what a decision asks for


def _stated(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """A decision that a case can come to before anybody said its fact has a deadline, or silence would end the case."""
    if step.type not in DECISIONS or step.extension.deadline is not None:
        return
    for name in step.asks():
        if step.id in _unsaid(playbook, name):
            want = f"a deadline: on a way to here nobody has to say {name}, and the case would wait without end"
            yield _fault(step, "deadline", "(absent)", want, "fact")


def _unsaid(playbook: Playbook, variable: str) -> set[str]:
    """The steps that a case can come to while a variable is not known. A step that is to say it forgets it first.

    What comes from outside may not have come; a value that the playbook itself gives is there from the beginning. None
    where no step says it and nobody gives it from outside: that is a fault of its own.
    """
    saying = [name for name, step in playbook.steps.items() if variable in step.says()]
    starts = [name for name in (playbook.start, playbook.exception) if name]
    if playbook.variables.get(variable) is not None:
        starts = []
    elif not saying and variable not in playbook.external:
        return set()
    graph = {name: _unless_done(step) if name in saying else _ways(step) for name, step in playbook.steps.items()}
    return reached(
        [*starts, *(name for name in saying if name in graph and _forgets(playbook.steps[name], variable))], graph
    )


def _forgets(step: Step, variable: str) -> bool:
    """Whether a variable is not known any more once a step is entered: what it is to report is asked anew."""
    return variable in step.out_args


def _ways(step: Step) -> tuple[str, ...]:
    return tuple(to for _, to in (*step.branches(), *step.exits()))


def _unless_done(step: Step) -> tuple[str, ...]:
    return tuple(to for label, to in (*step.branches(), *step.exits()) if label != "on_completion")


def _undone(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """What several approved because it cannot be undone is not given up by the one who orders a reversal.

    Reversal steps run newest first: so the one that an approval names stands before all that undo what came earlier.
    """
    approval = step.extension.approval
    if approval is None or approval.n < 2 or not any(one.extension.reversal_step for one in playbook.steps.values()):
        return
    graph = {name: _everywhere(one) for name, one in playbook.steps.items()}
    ahead = reached([step.id], graph)
    if not any(playbook.steps[name].extension.irreversible for name in ahead & playbook.steps.keys()):
        return
    back = step.extension.reversal_step
    asked = [playbook.steps[name].extension.approval for name in reached([back], graph) & playbook.steps.keys()]
    if not any(one is not None and one.n >= approval.n for one in asked):
        want = "a reversal step that asks for as many approvals: one order reverses the case, and this with it"
        yield _fault(step, "reversal_step", back or "(absent)", want, "reversal")


def _lifted(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """What several put in force is lifted by as many, unless the playbook says what lifting it asks for instead.

    The mark `restrictive` stands on the approval or on a step that it leads to: either way it is what they approved.
    Where one officer suffices, the order to reverse the case is that one's voice.
    """
    given, extension = step.extension.approval, step.extension
    if given is None:
        return
    asked = extension.reversal_approval or given
    if asked.n == 1 and DESK_ROLE in asked.of_roles:
        return
    for name in (step.id, *_until_next_approval(playbook, step)):
        restricts = extension.restrictive or playbook.steps[name].extension.restrictive
        back = playbook.steps[name].extension.reversal_step if restricts else ""
        gate = playbook.steps[back].extension.approval if back in playbook.steps else None
        if back and not (gate is not None and _as_strong(gate, asked)):
            apart = ", of distinct organisations" if asked.distinct_organisations else ""
            want = (
                f"a step that asks for an approval by at least {asked.n} of {' or '.join(asked.of_roles)}{apart}, as "
                f"{step.name['en']!r} does; or there reversal_approval, which says what lifting it asks for"
            )
            yield _fault(playbook.steps[name], "reversal_step", back, want, "reversal")


def _until_next_approval(playbook: Playbook, step: Step) -> list[str]:
    """The steps that an approval leads to when it is given, up to the next approval."""
    graph = {name: () if one.extension.approval else _ways(one) for name, one in playbook.steps.items()}
    found = reached([step.next], graph) & playbook.steps.keys()
    return sorted(name for name in found if playbook.steps[name].extension.approval is None)


def _as_strong(gate: Approval, asked: Approval) -> bool:
    apart = gate.distinct_organisations or not asked.distinct_organisations
    return gate.n >= asked.n and set(gate.of_roles) <= set(asked.of_roles) and apart


def _everywhere(step: Step) -> tuple[str, ...]:
    return tuple(to for _, to in (*step.branches(), *step.exits()))


# approvals


def _signed(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """Whether approvals are signed was not asked before version 1.1 of our extension: a new adoption says it."""
    approval = step.extension.approval
    if approval is None or approval.signed or _says_signed(playbook, step):
        return
    want = "signed: true or false, or version 1.1.0 of the extension (then they are signed)"
    yield _fault(step, "approval.signed", "(absent)", want, "unsigned")


def _evaded(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """What an approval is separate from has somebody who did it, and nobody else can do it in that one's place."""
    approval = step.extension.approval
    for name in approval.separate_from if approval else ():
        other = playbook.steps.get(name)
        if other is None:
            continue
        if other.type not in DECISIONS and not other.waits_for_people:
            want = "a step at somebody's desk, an approval or a decision: of this one nobody is known to have done it"
            yield _fault(step, "approval.separate_from", other.name["en"], want, "separate")
        elif not playbook.owns_facts and (by := _stand_in(playbook, other, approval)):
            want = f"version 1.4.0 of the extension: before it, who states a fact at {by!r} has not done this step"
            yield _fault(step, "approval.separate_from", other.name["en"], want, "separate")


def _stand_in(playbook: Playbook, step: Step, approval: Approval | None) -> str:
    """Where somebody can say what a step is to find, and has not done that step; empty for nowhere."""
    if step.type in DECISIONS:
        return step.name["en"]
    apart = approval.separate_from if approval else ()
    for name in sorted(playbook.asked().intersection(step.out_args)):
        unsaid = _unsaid(playbook, name)
        for other in playbook.steps.values():
            asked = other.type in DECISIONS and name in other.asks() and other.id in unsaid
            if asked or (name in other.out_args and other.id not in (step.id, *apart)):
                return other.name["en"]
    return ""


def _says_signed(playbook: Playbook, step: Step) -> bool:
    whole, own = playbook.document.get("playbook_extensions"), _raw(playbook, step.id).get("step_extensions")
    places = [place.get(EXTENSION) for place in (whole, own) if isinstance(place, dict)]
    approvals = [place.get("approval") for place in places if isinstance(place, dict)]
    return any(isinstance(place, dict) and "signed" in place for place in (*places, *approvals))


def _can_be_given(playbook: Playbook, step: Step, people: tuple[Approver, ...]) -> Iterator[Fault]:
    """An approval that those there are cannot give between them: they are too few, or too few did not do the work."""
    approval = step.extension.approval
    if approval is None:
        return
    able = [one for one in people if set(one.roles) & set(approval.of_roles)]
    unit = "organisations" if approval.distinct_organisations else "people"
    voices, decided = _voices(able, approval.distinct_organisations), _decided(approval)
    if voices < approval.n:
        want = f"at most {voices}: so many {unit} hold the role of {' or '.join(approval.of_roles)}"
        yield _fault(step, "approval.n", approval.n, want, "nobody")
        return
    if voices < decided:
        want = (
            f"at most {voices - approval.n + 1}: so many refusals among the {voices} {unit} who hold the role leave "
            f"too few for {approval.n} approvals, and the step must fail by them"
        )
        yield _fault(step, "approval.refusals", approval.refusals, want, "nobody")
        return
    yield from _apart(playbook, step, approval, people)
    if not any(playbook.steps[other].extension.approval is None for other in approval.separate_from):
        return
    doers = [one.party for one in people if DESK_ROLE in one.roles]
    left = [_voices([one for one in able if one.party != doer], approval.distinct_organisations) for doer in doers]
    if doers and max(left) < decided:
        want = f"{decided} {unit} beside whoever did those steps; there are {max(left)}"
        yield _fault(step, "approval.separate_from", ", ".join(approval.separate_from), want, "nobody")


def _decided(approval: Approval) -> int:
    """With so many voices an approval is decided, however they fall: `n` of them approve, or `refusals` refuse."""
    return approval.n + approval.refusals - 1


def _apart(playbook: Playbook, step: Step, approval: Approval, people: tuple[Approver, ...]) -> Iterator[Fault]:
    """An approval and one that it is separate from, which those there cannot give both without somebody giving both."""
    for name in approval.separate_from if playbook.remembers else ():
        other = playbook.steps[name].extension.approval
        if other is None:
            continue
        most, needed = _together(approval, other, people), _decided(approval) + _decided(other)
        if most < needed:
            want = f"{needed} voices of different people for both steps; those there can give {most}"
            yield _fault(step, "approval.separate_from", name, want, "nobody")


def _together(one: Approval, other: Approval, people: tuple[Approver, ...]) -> int:
    """How many voices there are for two approvals, at most, if nobody speaks in both.

    Each organisation gives to either what it can, and to both no more than it has people for (Hall); so the sum over
    organisations is reached. Where neither asks for distinct organisations, all are as one.
    """
    by_organisation = one.distinct_organisations or other.distinct_organisations
    able: dict[str, tuple[set[str], set[str]]] = {}
    for person in people:
        sides = able.setdefault(person.organisation if by_organisation else "", (set(), set()))
        for spec, side in zip((one, other), sides, strict=True):
            if set(person.roles) & set(spec.of_roles):
                side.add(person.party)
    return sum(
        min(_at_most(one, first) + _at_most(other, second), len(first | second)) for first, second in able.values()
    )


def _at_most(spec: Approval, able: set[str]) -> int:
    return min(len(able), 1) if spec.distinct_organisations else len(able)


def _voices(able: Iterable[Approver], by_organisation: bool) -> int:
    return len({one.organisation if by_organisation else one.party for one in able})


def reached(start: Iterable[str], graph: Graph) -> set[str]:
    """Every node that can be reached from `start`, which are among them."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(graph.get(node, ()))
    return found
