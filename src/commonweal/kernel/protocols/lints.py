"""What is wrong with a playbook: everything that would keep a case from being run to an end as written.

CACAO's own schema accepts broken graphs; these checks do not. A playbook without faults has three properties that the
fold in `cases` relies on: every step named exists, every case ends after a bounded number of steps, and no step is
entered twice except in a loop with a stated bound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from commonweal.kernel.disclosure.kinds import Kind
from commonweal.kernel.values import Fault, RuleFault, shown

from .conditions import VARIABLE
from .playbooks import (
    ACTION,
    DECISIONS,
    END,
    EXTENSION,
    FROM_CAUSE,
    FROM_ENTERED,
    FROM_OPENED,
    IF,
    LETTER,
    MANUAL,
    NOTIFY,
    PARALLEL,
    RECORD,
    START,
    STEP_TYPES,
    SWITCH,
    WHILE,
    AwaitEvent,
    Playbook,
    Step,
)
from .reading import PEOPLE, read
from .recording import unwritable
from .runs import too_long
from .safeguards import Approver, reached, safeguards, unknown_kinds

Graph = Mapping[str, tuple[str, ...]]


def lint(
    playbook: Playbook,
    roles: Collection[str] | None = None,
    approvers: Iterable[Approver] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> list[Fault]:
    """Every fault of a playbook, in the order of its steps; none means that it may be adopted.

    `roles`, if given, are the roles that anybody can hold: an approval that asks for another is a fault. `approvers`,
    if given, are those who could approve: an approval that they cannot give between them is a fault. `kinds`, if given,
    are those of which entries are filed: what is awaited of another is a fault.
    """
    found = unexecutable(playbook)
    for step in playbook.steps.values():
        found.extend(_roles(step, roles))
    found += [*safeguards(playbook, approvers), *unwritable(playbook)]
    found += unknown_kinds(playbook, kinds) if kinds is not None else ()
    return found if {"dangling", "unbounded"} & {fault.code for fault in found} else [*found, *too_long(playbook)]


def unexecutable(playbook: Playbook) -> list[Fault]:
    """What keeps a playbook from being run at all. A playbook in the record that has none is run, whatever else
    `lint` has learnt to ask for since it was adopted: these checks never grow stricter.
    """
    found = [*playbook.faults, *_whole(playbook)]
    for step in playbook.steps.values():
        for check in _STEP_CHECKS:
            found.extend(check(playbook, step))
    if not {"dangling", "start"} & {fault.code for fault in found}:
        found.extend(_unreachable(playbook))
    return [*found, *_loops(playbook), *_shared(playbook), *_apart(playbook)]


def load(text: str, approvers: Iterable[Approver] | None = None, kinds: Mapping[str, Kind] | None = None) -> Playbook:
    """A playbook that may be adopted. Raises `RuleFault` naming every fault that `lint` finds."""
    playbook = read(text)
    if found := lint(playbook, approvers=approvers, kinds=kinds):
        raise RuleFault(found, f"playbook {playbook.id or '(no id)'}")
    return playbook


def _fault(step: Step, field: str, seen: object, want: str, code: str) -> Fault:
    return Fault(f"workflow.{step.id}.{field}", shown(seen), want, code)


# the playbook as a whole


def _whole(playbook: Playbook) -> Iterator[Fault]:
    starts = [step.id for step in playbook.steps.values() if step.type == START]
    if len(starts) != 1:
        yield Fault("workflow", f"{len(starts)} start steps", "exactly one step of type start", "start")
    if playbook.start not in starts:
        want = "the identifier of the start step"
        yield Fault("workflow_start", shown(playbook.start or "(absent)"), want, "start")
    if not any(step.type == END for step in playbook.steps.values()):
        yield Fault("workflow", "no end step", "at least one step of type end", "end")
    if playbook.exception and playbook.exception not in playbook.steps:
        yield Fault("workflow_exception", playbook.exception, "a step of this workflow", "dangling")
    if not playbook.id.startswith("playbook--"):
        yield Fault("id", shown(playbook.id or "(absent)"), "an identifier like playbook--<uuid>", "id")
    if playbook.document.get("revoked") is True:
        yield Fault("revoked", "true", "a playbook that its author has not withdrawn", "revoked")
    yield from _extension_defined(playbook)
    for n, wait in enumerate(playbook.withdrawn_by):
        yield from _awaited(wait, f"playbook_extensions.withdrawn_by[{n}]")


def _awaited(wait: AwaitEvent, where: str) -> Iterator[Fault]:
    if not wait.kind:
        yield Fault(f"{where}.kind", "(absent)", "the kind of entry that is awaited", "await")
    if wait.since not in (FROM_ENTERED, FROM_OPENED):
        yield Fault(f"{where}.since", shown(wait.since), f"'{FROM_ENTERED}' or '{FROM_OPENED}'", "await")
    for name, want in wait.match:
        if (
            want.startswith("$")
            and want not in ("$subject", "$case")
            and not want.removeprefix("$").startswith(FROM_CAUSE)
        ):
            yield Fault(f"{where}.match.{name}", shown(want), "a literal, $subject, $case or $cause.<field>", "await")


def _extension_defined(playbook: Playbook) -> Iterator[Fault]:
    places = [_object(_raw(playbook, name).get("step_extensions")) for name in playbook.steps]
    places.append(_object(playbook.document.get("playbook_extensions")))
    if any(EXTENSION in place for place in places) and EXTENSION not in _object(
        playbook.document.get("extension_definitions")
    ):
        yield Fault("extension_definitions", "(absent)", f"must define {EXTENSION}, which its steps use", "extension")


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _raw(playbook: Playbook, step: str) -> Mapping[str, Any]:
    """A step as it was written."""
    return _object(_object(playbook.document.get("workflow")).get(step))


# one step at a time


def _type(playbook: Playbook, step: Step) -> Iterator[Fault]:
    if step.type == "playbook-action":
        yield _fault(step, "type", step.type, "playbooks inside playbooks are not run; write its steps here", "refused")
    elif step.type not in STEP_TYPES:
        yield _fault(step, "type", step.type or "(absent)", f"one of {', '.join(STEP_TYPES)}", "refused")
    elif not step.id.startswith(f"{step.type}--"):
        yield _fault(step, "type", step.type, f"an identifier that begins with {step.type}--", "id")
    for field, value in (("delay", step.delay_s), ("timeout", step.timeout_s)):
        if value and step.type != ACTION:
            yield _fault(step, field, _raw(playbook, step.id)[field], "only an action step waits", "refused")


def _dangling(playbook: Playbook, step: Step) -> Iterator[Fault]:
    approval, reversal = step.extension.approval, step.extension.reversal_step
    named = [*step.branches(), *step.exits()]
    named += [("approval.separate_from", other) for other in (approval.separate_from if approval else ())]
    named += [("reversal_step", reversal)] if reversal else []
    for label, target in named:
        if target not in playbook.steps:
            yield _fault(step, label, target, "a step of this workflow", "dangling")


def _exits(playbook: Playbook, step: Step) -> Iterator[Fault]:
    if step.type == END and (step.next or step.on_failure):
        yield _fault(step, "on_completion", step.next or step.on_failure, "nothing follows an end step", "end")
    if step.type in (START, ACTION) and not step.next:
        yield _fault(step, "on_completion", "(absent)", "the step that follows (or an end step)", "no_exit")
    if step.type in (IF, WHILE) and (step.condition is None or not step.on_true):
        yield _fault(step, "condition", "(absent)", "a condition and an on_true step", "no_exit")
    if step.type == IF and not (step.on_false or step.next):
        yield _fault(step, "on_false", "(absent)", "where to go when the condition is false", "no_exit")
    if step.type == SWITCH and not (step.switch and step.cases):
        yield _fault(step, "switch", step.switch or "(absent)", "a variable and at least one case", "no_exit")
    if step.type == SWITCH and not (step.next or any(value == "default" for value, _ in step.cases)):
        yield _fault(step, "cases", "no default", "a case 'default', or on_completion", "no_exit")
    if step.type == PARALLEL and len(step.next_steps) < 2:
        yield _fault(step, "next_steps", step.next_steps, "at least two steps", "no_exit")


def _waits(playbook: Playbook, step: Step) -> Iterator[Fault]:
    extension = step.extension
    if extension.approval and extension.await_event:
        yield _fault(step, "step_extensions", "approval and await_event", "one of them; use two steps", "two_waits")
    waits = bool(extension.approval or extension.await_event or (extension.deadline and step.type not in DECISIONS))
    if step.type != ACTION and waits:
        want = "only an action step waits, or a decision for its fact"
        yield _fault(step, "step_extensions", f"a {step.type} step that waits", want, "two_waits")
    if step.type != END and extension.outcome:
        yield _fault(step, "outcome", extension.outcome, "only an end step has an outcome", "outcome")
    if extension.await_event:
        yield from _awaited(extension.await_event, f"workflow.{step.id}.await_event")
    if not (extension.approval or extension.await_event):
        yield from _commands(playbook, step)
    yield from _deliveries(step)


def _commands(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """A command for a machine is put before people, or leaves for a target; nothing is ever executed here."""
    if step.type == ACTION and not step.commands:
        yield _fault(step, "commands", "(absent)", "what is to be done", "no_command")
    for n, command in enumerate(step.commands):
        handed = step.agent in playbook.people or step.extension.deliver
        filed = (MANUAL, RECORD, NOTIFY, *((LETTER,) if step.extension.letter else ()))
        if not command.type or (command.type not in filed and not handed):
            want = (
                f"'{MANUAL}' (somebody does it) or '{RECORD}' (a notice is filed); a command for a machine is not "
                f"executed here: name people as its agent ({', '.join(PEOPLE)}), or a target in deliver"
            )
            yield _fault(step, f"commands[{n}].type", command.type or "(absent)", want, "refused")


def _deliveries(step: Step) -> Iterator[Fault]:
    """What is to leave the house has a target, and a target something to get."""
    asked = sum(command.type == LETTER for command in step.commands)
    if step.extension.letter and (step.type != ACTION or step.extension.await_event or asked != 1):
        want = f"an action step that awaits nothing, with one command of type {LETTER} that says what the letter is"
        yield _fault(step, "letter", step.extension.letter.template, want, "letter")
    if step.extension.deliver and not (step.effects() or step.extension.letter):
        want = f"a command that leaves the house, e.g. of type {NOTIFY}"
        yield _fault(step, "deliver", ", ".join(step.extension.deliver), want, "effect")
    if NOTIFY in {command.type for command in step.commands} and not step.extension.deliver:
        want = "in deliver, the targets that get it, as the authority declares them"
        yield _fault(step, "commands", NOTIFY, want, "effect")


def _approval(playbook: Playbook, step: Step) -> Iterator[Fault]:
    approval = step.extension.approval
    if approval is None:
        return
    if not any(approval.of_roles):
        yield _fault(step, "approval.of_roles", approval.of_roles, "at least one role, or nobody can approve", "nobody")
    if len(set(approval.of_roles)) != len(approval.of_roles):
        yield _fault(step, "approval.of_roles", approval.of_roles, "each role once", "nobody")
    if step.id in approval.separate_from:
        yield _fault(step, "approval.separate_from", step.id, "another step", "nobody")


def _roles(step: Step, roles: Collection[str] | None) -> Iterator[Fault]:
    if roles is None or step.extension.approval is None:
        return
    for role in step.extension.approval.of_roles:
        if role not in roles:
            want = f"a role that somebody can hold: {', '.join(sorted(roles))}"
            yield _fault(step, "approval.of_roles", role, want, "nobody")


def _deadline(playbook: Playbook, step: Step) -> Iterator[Fault]:
    deadline = step.extension.deadline
    if deadline is None:
        return
    if not deadline.escalate_to:
        want = "the step that takes over when the deadline passes"
        yield _fault(step, "deadline.escalate_to", "(absent)", want, "no_escalation")
    if deadline.escalate_to == step.id:
        yield _fault(step, "deadline.escalate_to", step.id, "another step", "no_escalation")
    source = deadline.from_event
    if source not in (FROM_OPENED, FROM_ENTERED) and not (source.startswith(FROM_CAUSE) and source != FROM_CAUSE):
        want = f"'{FROM_OPENED}', '{FROM_ENTERED}' or '{FROM_CAUSE}<field>'"
        yield _fault(step, "deadline.from_event", source or "(absent)", want, "deadline")


def _variables(playbook: Playbook, step: Step) -> Iterator[Fault]:
    """A variable that is asked for must be declared, and something must be able to give it a value."""
    settable = _settable(playbook)
    for name in step.asks():
        if name not in playbook.variables:
            yield _fault(step, "condition", name, "a variable declared in playbook_variables", "variable")
        elif name not in settable:
            want = "a variable with a value, or external, or set by a step before it"
            yield _fault(step, "condition", name, want, "variable")
    given = (*step.out_args, *(name for name, _ in (step.extension.await_event or _NOTHING).sets))
    for name in given:
        if not VARIABLE.fullmatch(name) or name not in playbook.variables:
            yield _fault(step, "out_args", name, "a variable declared in playbook_variables", "variable")


class _NOTHING:
    sets: tuple[tuple[str, str], ...] = ()


def _settable(playbook: Playbook) -> set[str]:
    found = {name for name, value in playbook.variables.items() if value is not None} | set(playbook.external)
    for step in playbook.steps.values():
        found.update(step.out_args)
    for wait in playbook.awaited():
        found.update(name for name, _ in wait.sets)
    return found


_STEP_CHECKS: tuple[Callable[[Playbook, Step], Iterable[Fault]], ...] = (
    _type,
    _dangling,
    _exits,
    _waits,
    _approval,
    _deadline,
    _variables,
)


# the graph


def _all_edges(step: Step) -> tuple[str, ...]:
    reversal = (step.extension.reversal_step,) if step.extension.reversal_step else ()
    return tuple(dict.fromkeys((*(to for _, to in (*step.branches(), *step.exits())), *reversal)))


def _flow(step: Step) -> tuple[str, ...]:
    return tuple(dict.fromkeys(to for _, to in (*step.branches(), *step.exits())))


def _unreachable(playbook: Playbook) -> Iterator[Fault]:
    graph = {name: _all_edges(step) for name, step in playbook.steps.items()}
    starts = [step for step in (playbook.start, playbook.exception) if step]
    found = reached(starts, graph)
    for name, step in playbook.steps.items():
        if name not in found:
            yield _fault(step, "type", step.name["en"], "reachable from workflow_start", "unreachable")


def _loops(playbook: Playbook) -> Iterator[Fault]:
    """Ways around that never end. A step with `at_most` lets a case through a stated number of times, then elsewhere.

    So a case goes on for ever only along a cycle in which every bounded step leads to its `then`: that graph must have
    no cycle.
    """
    graph = {name: _exhausted(step) for name, step in playbook.steps.items()}
    for step in playbook.steps.values():
        if step.type == WHILE and step.extension.at_most is None:
            yield _fault(step, "at_most", "(absent)", "a bound on how often it may repeat", "unbounded")
        elif step.id in reached(graph[step.id], graph):
            want = "no way back to itself without a step that has at_most"
            yield _fault(step, "on_completion", step.name["en"], want, "unbounded")


def _exhausted(step: Step) -> tuple[str, ...]:
    bound = step.extension.at_most
    if bound is not None:
        return (bound.then,)
    return _flow(step)


def _shared(playbook: Playbook) -> Iterator[Fault]:
    """Steps that belong to two branches which both run: they would be entered twice."""
    graph = {name: _flow(step) for name, step in playbook.steps.items()}
    ends = {name for name, step in playbook.steps.items() if step.type == END}
    for step in playbook.steps.values():
        for label, first, second in _both_run(step):
            common = sorted((reached(first, graph) & reached(second, graph)) - ends)
            if common and step.id not in common:
                want = f"no step in common with {label}: both of them run"
                yield _fault(step, "next_steps", ", ".join(common), want, "shared")
            elif common:
                yield _fault(step, "next_steps", step.id, "branches that end before the step repeats", "shared")


def _apart(playbook: Playbook) -> Iterator[Fault]:
    """What runs after an exception or in reversal may not be part of the ordinary way: it would be entered twice."""
    graph = {name: _flow(step) for name, step in playbook.steps.items()}
    ends = {name for name, step in playbook.steps.items() if step.type == END}
    taken = reached([playbook.start], graph) - ends
    apart = [("workflow_exception", playbook.exception)] if playbook.exception else []
    reversals = {step.extension.reversal_step: step.id for step in playbook.steps.values()}
    apart += [(f"workflow.{step}.reversal_step", target) for target, step in reversals.items() if target]
    for where, target in apart:
        region = reached([target], graph) - ends
        if common := sorted(region & taken):
            yield Fault(where, shown(", ".join(common)), "steps of its own, apart from the ordinary way", "shared")
        taken |= region


def _both_run(step: Step) -> Iterator[tuple[str, list[str], list[str]]]:
    branches = step.branches()
    if step.type == PARALLEL:
        for n, (_, one) in enumerate(branches):
            for label, other in branches[n + 1 :]:
                yield label, [one], [other]
    if step.joins:
        yield "on_completion", [to for _, to in branches], [to for _, to in step.exits()]
