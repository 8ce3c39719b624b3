"""What a case is: one playbook run for one subject, the steps it stands at, and what can be told from that.

A case is never changed: `folding.advance` gives the case after an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel.values import quoted, shown

from .events import ApprovalGiven, EventArrived, Intent, Reversing, State, StepCompleted
from .playbooks import ACTION, FROM_CAUSE, Approval, AwaitEvent, Playbook

ANY = "*"
REVERSIBLE = ("open", "closed", "failed")
"""The states from which what a case did can be undone: failure after an effect is where that matters most."""
TIMED_OUT = "timed_out"
REVERSING, KEPT = "(reversal)", "(kept)"
"""Frames of what undoes a case, and of what follows where others refused that it be undone."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The entry that opened a case, with those of its fields that the playbook reads."""

    index: int
    kind: str
    facts: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """A step that the case stands at. `frames` are the parallel, while or if steps that it is inside of.

    `desk` is who took it over from the playbook's own agent; `delayed`: not begun, `deadline` is when. `stood` is for
    how long the case was stopped meanwhile: by so much later its own deadlines are. `since` is the newest entry that
    there was when the case came to it.
    """

    step: str
    entered_at: datetime
    visit: int
    frames: tuple[str, ...] = ()
    deadline: datetime | None = None
    approvals: tuple[ApprovalGiven, ...] = ()
    desk: str = ""
    delayed: bool = False
    stood: timedelta = timedelta(0)
    since: int = field(default=0, compare=False)

    @property
    def counts_from(self) -> datetime:
        """The instant that its own deadlines are counted from."""
        return self.entered_at + self.stood


@dataclass(frozen=True, slots=True)
class Case:
    """The state of a case. `seen` is the newest entry that changed it; `arrived` awaits a step that awaits it.

    `stood` is for how long it was stopped, in all, up to the last time that it went on.
    """

    id: str
    playbook: Playbook
    subject: str
    cause: Cause
    opened_at: datetime
    changed_at: datetime
    seen: int
    state: State = "open"
    outcome: str = ""
    standing: tuple[Standing, ...] = ()
    variables: Mapping[str, str | None] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    done_by: tuple[tuple[str, str], ...] = ()
    arrived: tuple[EventArrived, ...] = ()
    reversing: tuple[str, ...] = ()
    timeline: tuple[Intent, ...] = ()
    stopped_at: datetime | None = None
    stood: timedelta = timedelta(0)

    def at(self, step: str) -> Standing | None:
        """How the case stands at a step, if it does."""
        return next((standing for standing in self.standing if standing.step == step), None)

    @property
    def asking(self) -> Standing | None:
        """The approval that an ordered reversal waits for before anything is undone or dropped; None for none."""
        return next((one for one in self.standing if asks_first(self.playbook, one)), None)

    def next_deadline(self) -> datetime | None:
        """The next instant at which time alone moves the case; none while it is stopped."""
        if self.stopped_at is not None:
            return None
        return min((one.deadline for one in self.standing if one.deadline is not None), default=None)


def asks_first(playbook: Playbook, standing: Standing) -> bool:
    """Whether a step is the approval with which a reversal begins."""
    gate = playbook.steps[standing.step].extension.approval is not None
    return playbook.asks_first and gate and standing.frames == (REVERSING,)


def waiting_for(case: Case, standing: Standing) -> dict[str, Any]:
    """What a step waits for: `{"kind": "approval" | "event" | "desk" | "fact", …}` as JSON values."""
    step = case.playbook.steps[standing.step]
    approval, await_event = step.extension.approval, step.extension.await_event
    if standing.delayed:
        return {"kind": "delay"}
    if approval is not None:
        given = voices(approval, standing.approvals, "approve")
        roles = list(approval.of_roles)
        return {"kind": "approval", "roles": roles, "needed": approval.n, "given": given}
    if await_event is not None:
        return {"kind": "event", "event": await_event.kind}
    if step.type == ACTION:
        handed = {"handed_to": standing.desk} if standing.desk else {}
        return {"kind": "desk", "agent": step.agent, **handed}
    return {"kind": "fact", "variables": [name for name in step.asks() if case.variables.get(name) is None]}


def reversals(case: Case) -> tuple[str, ...]:
    """The reversal steps for what this case has done and not undone yet, newest first, each once."""
    left: dict[str, None] = {}
    undoing: tuple[str, ...] = ()
    for item in case.timeline:
        if isinstance(item, Reversing) and case.playbook.remembers:
            undoing = item.steps
        if not isinstance(item, StepCompleted) or not succeeded(item.outcome):
            continue
        undone_by = case.playbook.steps[item.step].extension.reversal_step
        left.pop(item.step if item.step in undoing else undone_by, None)
        left.update({undone_by: None} if undone_by and item.step not in undoing else {})
    return tuple(reversed(left))


def arrival(playbook: Playbook, index: int, kind: str, subject: str | None, body: Mapping[str, Any]) -> EventArrived:
    """An entry as the playbook sees it: only the fields that it names for this kind."""
    waits = [wait for wait in playbook.awaited() if wait.kind == kind]
    named = {name for wait in waits for name, _ in wait.match} | {name for wait in waits for _, name in wait.sets}
    fields = {name: value for name in sorted(named) if (value := as_fact(body.get(name))) is not None}
    return EventArrived(index, kind, subject, fields)


def as_fact(value: Any) -> str | None:
    """A field's value as a variable holds it (CACAO: text); None for what is absent or has parts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else None


def voices(spec: Approval, approvals: Iterable[ApprovalGiven], decision: str) -> int:
    """How many voices among `approvals` are for a `decision`, by person or by organisation as the step counts them."""
    chosen = [one for one in approvals if one.decision == decision]
    return len({one.organisation if spec.distinct_organisations else one.by for one in chosen})


def desks_of(case: Case) -> list[str]:
    """The steps that lie on somebody's desk now."""
    return [one.step for one in case.standing if on_desk(case, one)]


def listed(case: Case, steps: Iterable[str]) -> str:
    """Steps as somebody can name them: by their names and by their identifiers."""
    return ", ".join(f"{quoted(shown(case.playbook.steps[step].name['en']))} ({step})" for step in steps)


def steps_named(case: Case, named: str) -> list[str]:
    """The steps that a name means: an identifier, else all of that name, else all whose name begins so.

    In either language, in capitals or not. Of several, those at which the case stands, where there are such.
    """
    steps, wanted = case.playbook.steps, named.strip().casefold()
    if named in steps or not wanted:
        return [named] if named in steps else []
    names = {key: [name.casefold() for name in step.name.values()] for key, step in steps.items()}
    found = [key for key, both in names.items() if wanted in both]
    found = found or [key for key, both in names.items() if any(name.startswith(wanted) for name in both)]
    standing = {one.step for one in case.standing}
    return [key for key in found if key in standing] or found if len(found) > 1 else found


def on_desk(case: Case, standing: Standing) -> bool:
    """Whether a step waits for somebody to do it or to find a fact."""
    return waiting_for(case, standing)["kind"] in ("desk", "fact")


def settable(case: Case, step: str) -> frozenset[str]:
    """The variables that whoever does a step may set."""
    found = case.playbook.steps.get(step)
    if found is None or found.type == ACTION:
        return frozenset(found.out_args if found else ())
    return frozenset(found.asks())


def matches(case: Case, wait: AwaitEvent, event: EventArrived) -> bool:
    """Whether an entry is one that a case waits for."""
    wanted = {"subject": "$subject", **dict(wait.match)}
    seen = {**event.fields, "subject": event.subject}
    return event.kind == wait.kind and all(
        want == ANY or (seen.get(name) is not None and seen.get(name) == resolved(case, want))
        for name, want in wanted.items()
    )


def resolved(case: Case, want: str) -> str | None:
    """What a match asks for, in one case: a literal, the case's subject, or a field of what opened it."""
    if want == "$subject":
        return case.subject
    if want == "$case":
        return case.id
    if want.startswith(f"${FROM_CAUSE}"):
        return case.cause.facts.get(want.removeprefix(f"${FROM_CAUSE}"))
    return want


def succeeded(outcome: str) -> bool:
    """Whether a step with this outcome was done, and not failed, refused or late."""
    return outcome not in ("failed", "refused", TIMED_OUT)
