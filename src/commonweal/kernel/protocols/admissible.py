"""What a case allows now: the rules for voices and desks that both the fold and the door apply."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel.values import BadInput, Conflict, Fault, Forbidden, shown

from .cases import Case, Standing, desks_of, listed, settable
from .events import ApprovalGiven, StepDone
from .playbooks import ACTION, Approval


def check_approval(case: Case, approval: ApprovalGiven) -> None:
    """Refuse at the door what the fold would ignore.

    Raises `BadInput` where the case does not stand at a step that asks for approval (or the decision is no decision),
    `Forbidden` for a role or person that may not approve, `Conflict` for who has had their say.
    """
    if approval.decision not in ("approve", "refuse"):
        raise BadInput(Fault("decision", shown(approval.decision), "approve or refuse"), "approval")
    standing = case.at(approval.step)
    standing = None if standing is None or standing.delayed else standing
    spec = case.playbook.steps[approval.step].extension.approval if standing else None
    if standing is None or spec is None:
        asked = [one.step for one in case.standing if case.playbook.steps[one.step].extension.approval]
        want = f"one of {listed(case, asked)}" if asked else f"case {case.id} asks for no approval now"
        raise BadInput(Fault("step", shown(approval.step), want, "not_asked"), "approval")
    if refused := objection(case, standing, spec, approval):
        raise refused


def check_done(case: Case, event: StepDone) -> None:
    """Refuse at the door a step reported done that the case does not stand at, or without the facts it was to find.

    So are values that it does not take. Raises `BadInput` naming every fault.
    """
    desks = desks_of(case)
    want = f"one of {listed(case, desks)}" if desks else f"case {case.id} waits for nobody's desk now"
    faults = [] if event.step in desks else [Fault("step", shown(event.step), want, "not_asked")]
    faults += _unsaid(case, event) if event.step in desks else ()
    allowed = settable(case, event.step)
    for name, value in event.variables.items():
        if name not in allowed:
            want = f"one of {', '.join(sorted(allowed))}" if allowed else "this step gives no variables"
            faults.append(Fault(f"variables.{name}", shown(name), want, "variable"))
        elif name in case.playbook.declared and (want := case.playbook.declared[name].wanted(value)):
            faults.append(Fault(f"variables.{name}", shown(value), want, "value"))
    if faults:
        raise BadInput(faults, "step done")


def _unsaid(case: Case, event: StepDone) -> Iterator[Fault]:
    """The facts that a report leaves out: what the step was to find for a later decision, or what a decision waits for.

    A step that could not be done finds nothing.
    """
    step = case.playbook.steps[event.step]
    if step.type != ACTION:
        waited = sorted(settable(case, step.id))
        if not set(waited) & event.variables.keys():
            yield Fault("variables", "(absent)", f"the fact that is waited for: {' or '.join(waited)}", "fact")
        return
    for name in step.out_args if event.outcome == "done" else ():
        if name in case.playbook.asked() and name not in event.variables:
            want = "what the step found: a decision goes by it (a step that could not be done is reported failed)"
            yield Fault(f"variables.{name}", "(absent)", want, "fact")


def objection(case: Case, standing: Standing, spec: Approval, given: ApprovalGiven) -> Forbidden | Conflict | None:
    """Why an approval does not count, or None."""
    name = case.playbook.steps[standing.step].name["en"]
    if given.role not in spec.of_roles:
        wanted = " or ".join(spec.of_roles)
        return Forbidden(f"the step {name!r} is approved in the role of {wanted}, not {shown(given.role)!r}")
    if spec.signed and not given.proof:
        return Forbidden(
            f"the step {name!r} is approved with a signature: an envelope signed with the approver's registered key, "
            "or a signed request (RFC 9421)"
        )
    if any(step in spec.separate_from and by == given.by for step, by in case.done_by):
        return Forbidden(f"who did an earlier step may not approve {name!r}; another person is needed")
    if any(one.by == given.by for one in standing.approvals):
        return Conflict(f"{shown(given.by)} has decided about {name!r} already; each person decides once")
    if spec.distinct_organisations and any(one.organisation == given.organisation for one in standing.approvals):
        organisation = shown(given.organisation)
        return Conflict(f"{organisation} has decided about {name!r} already; another organisation is needed")
    return None
