"""How a case moves: a pure fold of the events that concern it.

`open_case` and `advance` depend on nothing but their arguments. Events that do not apply, or that were seen before,
change nothing, so folding the same events again gives the same case. A case keeps the playbook it began under.
Both raise `TooLarge` where more than `LOOK_ITEMS_MAX` things would follow at once.

Time passes first: `advance(case, event, now)` lets every deadline at or before `now` pass before it looks at the
event, so what arrives late is late whether or not a clock tick was recorded in between; and then again for the steps
that the event led to. So no case ever stands at a step whose deadline has passed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from commonweal.kernel.values import Fault, TooLarge

from .admissible import objection
from .cases import (
    KEPT,
    REVERSIBLE,
    REVERSING,
    TIMED_OUT,
    Case,
    Cause,
    Standing,
    as_fact,
    asks_first,
    matches,
    on_desk,
    reversals,
    settable,
    succeeded,
    voices,
)
from .deadlines import NO_TIME, Leaving, must_leave
from .events import (
    ApprovalCounted,
    ApprovalGiven,
    ApproverWithdrawn,
    CauseJoined,
    Closed,
    EffectWanted,
    Escalated,
    Event,
    EventArrived,
    HandedOver,
    HandOver,
    Intent,
    Joined,
    LetterAsked,
    Noticed,
    Paused,
    Resumed,
    ReversalOrdered,
    Reversing,
    State,
    StepCompleted,
    StepDone,
    StepEntered,
    Stopped,
    VoiceStruck,
)
from .playbooks import (
    ACTION,
    DECISIONS,
    END,
    FROM_CAUSE,
    FROM_OPENED,
    PARALLEL,
    RECORD,
    START,
    SWITCH,
    WHILE,
    Playbook,
    Step,
)
from .reading import LOOK_ITEMS_MAX
from .runs import awaits_max

WITHDRAWN = "withdrawn"


def open_case(playbook: Playbook, subject: str, cause: Cause, at: datetime, id: str = "") -> Case:
    """A case at the first steps where it must wait; `timeline` holds what that took.

    `playbook` has no faults (`lints.load` it); the fold of a playbook that `lint` refuses may not end.
    """
    given = {name: cause.facts.get(name.strip("_")) for name in playbook.external}
    variables = {**playbook.variables, **{name: value for name, value in given.items() if value is not None}}
    case = Case(id, playbook, subject, cause, at, at, cause.index, variables=variables)
    run = _Run(case, at, cause.index)
    run.begin(playbook.start, ())
    run.settle()
    run.elapse()
    return run.case(cause.index)


def advance(case: Case, event: Event, now: datetime) -> tuple[Case, list[Intent]]:
    """The case after an event, and what is to be recorded because of it (nothing where the event does not apply)."""
    if event.index <= case.seen:
        return case, []
    run = _Run(case, max(now, case.changed_at), event.index - 1)
    run.elapse()
    run.index = event.index
    run.take(event)
    run.settle()
    run.elapse()
    if not run.changed:
        return case, []
    after = run.case(event.index)
    return after, list(after.timeline[len(case.timeline) :])


def fold(case: Case, events: Iterable[tuple[Event, datetime]]) -> Case:
    """The case after events, each with the instant of its entry."""
    for event, now in events:
        case, _ = advance(case, event, now)
    return case


def missed(case: Case, step: str, now: datetime) -> datetime | None:
    """The deadline by which a case leaves a step before `now`, so that what comes for it then does not count.

    None where it stands there still, or again: a reminder leads back to its step.
    """
    standing = case.at(step)
    if standing is None or standing.deadline is None:
        return None
    run = _Run(case, max(now, case.changed_at), case.seen)
    run.elapse()
    return standing.deadline if run._at(step) is None else None


class _Run:
    """One advance in progress: the only place where a case's parts are changed, and only its own copies."""

    def __init__(self, case: Case, now: datetime, index: int) -> None:
        self.before, self.now, self.index = case, now, index
        self.playbook = case.playbook
        self.standing = list(case.standing)
        self.variables = dict(case.variables)
        self.visits = dict(case.visits)
        self.done_by = list(case.done_by)
        self.arrived = list(case.arrived)
        self.reversing = case.reversing
        self.state, self.outcome = case.state, case.outcome
        self.timeline = list(case.timeline)
        self.queue: deque[tuple[str, tuple[str, ...]]] = deque()
        self.noted = False
        self.stopped_at, self.stood = case.stopped_at, case.stood

    @property
    def changed(self) -> bool:
        return self.noted or len(self.timeline) != len(self.before.timeline)

    def case(self, seen: int) -> Case:
        return replace(
            self.before,
            changed_at=self.now,
            seen=seen,
            state=self.state,
            outcome=self.outcome,
            standing=tuple(self.standing),
            variables=self.variables,
            visits=self.visits,
            done_by=tuple(self.done_by),
            arrived=tuple(self.arrived),
            reversing=self.reversing,
            timeline=tuple(self.timeline),
            stopped_at=self.stopped_at,
            stood=self.stood,
        )

    # time

    def elapse(self) -> None:
        """Leave every step whose deadline has passed, earliest first, until none is left.

        What takes over begins at that deadline, whenever it is noticed: so a chain of steps that nobody does goes as
        far in one look as in many.
        """
        noticed = self.now
        while self.stopped_at is None and (late := self._late(noticed)):
            first = min(late, key=lambda one: (one.deadline or noticed, one.step))
            if self.playbook.punctual and first.deadline is not None:
                self.now = max(first.deadline, self.before.changed_at, *(item.at for item in self.timeline[-1:]))
            self._pass(first)
            self.settle()
        self.now = noticed

    def _late(self, noticed: datetime) -> list[Standing]:
        return [one for one in self.standing if one.deadline is not None and one.deadline <= noticed]

    def _pass(self, one: Standing) -> None:
        """What a step's own time leads to: it begins after its delay, is escalated, or has timed out and so failed."""
        assert one.deadline is not None
        step, self.standing = self.playbook.steps[one.step], [other for other in self.standing if other is not one]
        deadline = step.extension.deadline
        if one.delayed:
            self._stand(step, one.frames, one.visit, one.since)
        elif deadline is not None and not self._timed_out(step, one):
            self.timeline.append(Escalated(one.step, self.now, deadline.escalate_to, one.deadline))
            self.begin(deadline.escalate_to, self._frames_without(one))
        else:
            self.timeline.append(StepCompleted(one.step, self.now, TIMED_OUT))
            self._fail(step, self._frames_without(one))

    def _timed_out(self, step: Step, one: Standing) -> bool:
        if self.playbook.gives_back:
            return self._leaving(step, one.entered_at, one.stood).timed_out
        left = must_leave(step, one.counts_from, self.before.opened_at, self.before.cause.facts)
        return left.timeout is not None and one.deadline == left.timeout != left.agreed

    def _leaving(self, step: Step, entered_at: datetime, stood: timedelta = NO_TIME) -> Leaving:
        case, given = self.before, self.stood if self.playbook.gives_back else NO_TIME
        return must_leave(step, entered_at, case.opened_at, case.cause.facts, stood=stood, case_stood=given)

    # events

    def take(self, event: Event) -> None:
        match event:
            case ReversalOrdered():
                self._reverse(event)
            case _ if self.state != "open":
                return
            case CauseJoined():
                self.timeline.append(Joined(self.now, event.index))
            case Resumed():
                self._resume(event)
            case EventArrived():
                self._arrival(event)
            case ApproverWithdrawn():  # also while the case is stopped: a key that is withdrawn is so at once
                self._strike(event)
            case _ if self.stopped_at is not None:
                return
            case Stopped():
                self.stopped_at = self.now
                self.timeline.append(Paused(self.now, False, event.index))
            case StepDone():
                self._step_done(event)
            case ApprovalGiven():
                self._approval(event)
            case HandedOver():
                self._hand_over(event)

    def _resume(self, event: Resumed) -> None:
        """Go on where it stood. What a step's own clock was given is given again; what the law's facts set stays."""
        if self.stopped_at is None:
            return
        self._go_on_with_all(event.index)
        for one in list(self.standing):
            self._at_once(self.playbook.steps[one.step], one)

    def _go_on_with_all(self, index: int) -> None:
        stood = self._go_on()
        self.standing = [self._later(one, stood) for one in self.standing]
        self.timeline.append(Paused(self.now, True, index))

    def _go_on(self) -> timedelta:
        """End a stop, if there is one; gives how long it was."""
        stood = self.now - self.stopped_at if self.stopped_at is not None else NO_TIME
        self.stood, self.stopped_at = self.stood + stood, None
        return stood

    def _later(self, one: Standing, stood: timedelta) -> Standing:
        step, given = self.playbook.steps[one.step], one.stood + stood
        if self.playbook.gives_back and one.deadline is not None:
            left = one.deadline + stood if one.delayed else self._leaving(step, one.entered_at, given).at
            return replace(one, deadline=left, stood=given)
        deadline = step.extension.deadline
        fixed = deadline is not None and deadline.from_event.startswith(FROM_CAUSE)
        if one.deadline is None or (fixed and not one.delayed):
            return one
        return replace(one, deadline=one.deadline + stood, stood=given)

    def _hand_over(self, event: HandedOver) -> None:
        for one in list(self.standing):
            if event.step in ("", one.step) and on_desk(self._so_far(), one):
                self.standing[self.standing.index(one)] = replace(one, desk=event.to)
                self.timeline.append(HandOver(one.step, self.now, event.to, event.index))

    def _at(self, step: str) -> Standing | None:
        return next((one for one in self.standing if one.step == step), None)

    def _step_done(self, event: StepDone) -> None:
        one = self._at(event.step)
        if one is None or not on_desk(self._so_far(), one):
            return
        allowed = settable(self.before, event.step)
        stated = {name: value for name, value in event.variables.items() if name in allowed}
        self._set(stated)
        acts = self.playbook.steps[one.step].type == ACTION
        if acts or self.playbook.owns_facts:
            self.done_by.append((event.step, event.by))
        if self.playbook.owns_facts:
            whose = (name for name, step in self.playbook.steps.items() if step.says() & stated.keys())
            self.done_by.extend((name, event.by) for name in whose if name != event.step)
        if acts:
            self._complete(one, event.outcome, event.index)

    def _approval(self, event: ApprovalGiven) -> None:
        one = self._at(event.step)
        one = None if one is None or one.delayed else one
        spec = self.playbook.steps[event.step].extension.approval if one else None
        if one is None or spec is None or objection(self._so_far(), one, spec, event) is not None:
            return
        after = replace(one, approvals=(*one.approvals, event))
        self.standing[self.standing.index(one)] = after
        counted = ApprovalCounted(event.step, self.now, event.role, event.organisation, event.decision, event.index)
        self.timeline.append(counted)
        if voices(spec, after.approvals, "approve") >= spec.n:
            self._decided(after, "approved", event.index)
        elif voices(spec, after.approvals, "refuse") >= spec.refusals:
            self._decided(after, "refused", event.index)

    def _decided(self, one: Standing, outcome: str, index: int) -> None:
        """Everybody whose voice counted has done the step, also who refused: nobody judges their own appeal."""
        if self.playbook.remembers:
            self.done_by.extend((one.step, given.by) for given in one.approvals)
        self._complete(one, outcome, index)

    def _strike(self, event: ApproverWithdrawn) -> None:
        """What a withdrawn key said about steps that are not decided yet counts no more; what was decided stands."""
        for one in list(self.standing):
            struck = [given for given in one.approvals if given.key == event.key]
            if struck:
                kept = tuple(given for given in one.approvals if given.key != event.key)
                self.standing[self.standing.index(one)] = replace(one, approvals=kept)
            for given in struck:
                said = VoiceStruck(one.step, self.now, given.role, given.organisation, given.index)
                self.timeline.append(said)

    def _arrival(self, event: EventArrived) -> None:
        """Withdraw the case, or complete every step that awaits this; otherwise keep it for a later step that will."""
        if any(matches(self.before, wait, event) for wait in self.playbook.withdrawn_by):
            self._withdraw(event)
            return
        standing = [one for one in self.standing if self._awaits(one.step, event) and not one.delayed]
        standing = [] if self.stopped_at is not None else standing  # it is kept, and looked at when the case goes on
        for one in standing:
            self._arrive(one, event)
        if not standing and self._is_to_be_kept(event):
            self.arrived.append(event)
            self.noted = True

    def _is_to_be_kept(self, event: EventArrived) -> bool:
        """Whether a step may yet take what came early, and has not enough of it: one, and before version 1.4 as many
        as the case can come to steps that await something.
        """
        enough = 1 if self.playbook.awaits_news else awaits_max(self.playbook)
        since = {one.step: one.since for one in self.standing}
        takers = [
            (step, since.get(step, event.index))
            for step in self.playbook.steps
            if self._takes(step, since.get(step, event.index), event)
        ]
        return any(sum(self._takes(*taker, item) for item in self.arrived) < enough for taker in takers)

    def _withdraw(self, event: EventArrived) -> None:
        self.standing.clear()
        self.stopped_at, self.reversing = None, ()
        self.state, self.outcome = "closed", WITHDRAWN
        self.timeline.append(Closed("", self.now, "closed", WITHDRAWN, event.index))

    def _awaits(self, step: str, event: EventArrived) -> bool:
        wait = self.playbook.steps[step].extension.await_event
        return wait is not None and matches(self.before, wait, event)

    def _takes(self, step: str, since: int, event: EventArrived) -> bool:
        """Whether an entry completes a step that the case came to when `since` was the newest."""
        wait = self.playbook.steps[step].extension.await_event
        early = not self.playbook.awaits_news or (wait is not None and wait.since == FROM_OPENED)
        return self._awaits(step, event) and (early or event.index > since)

    def _arrive(self, one: Standing, event: EventArrived) -> None:
        wait = self.playbook.steps[one.step].extension.await_event
        assert wait is not None
        self._set({name: event.fields[source] for name, source in wait.sets if source in event.fields})
        self._complete(one, "arrived", event.index)

    def _reverse(self, event: ReversalOrdered) -> None:
        steps = reversals(self._so_far())  # with what was escalated, and done, on the way to this moment
        if self.before.reversing or self.state not in REVERSIBLE or not steps:
            return
        if not self.playbook.asks_first or self.playbook.steps[steps[0]].extension.approval is None:
            self.standing.clear()
            self._go_on()
        elif self.stopped_at is not None:
            self._go_on_with_all(event.index)
        self.state, self.outcome = "open", ""
        self.reversing = steps
        self.timeline.append(Reversing(self.now, steps, event.index))
        self.begin(steps[0], (REVERSING,))

    def _frames_without(self, one: Standing) -> tuple[str, ...]:
        """Where what follows a step not done belongs: a reversal refused, or left undecided, is given up."""
        if not asks_first(self.playbook, one):
            return one.frames
        self.reversing = ()
        return (KEPT,)

    def _keep(self) -> None:
        """A reversal was given up: whatever waits goes on; a case that had ended has ended as it had."""
        if self.standing or self.queue:
            return
        since = max(n for n, item in enumerate(self.timeline) if isinstance(item, Reversing))
        undone = any(isinstance(item, StepCompleted) and item.outcome == "approved" for item in self.timeline[since:])
        ended = next((item for item in reversed(self.timeline[:since]) if isinstance(item, Closed)), None)
        if ended is None or undone:
            ended = Closed("", self.now, "failed", "failed")
        self.state, self.outcome = ended.state, ended.outcome
        self.timeline.append(replace(ended, at=self.now))

    def _so_far(self) -> Case:
        return replace(
            self.before, standing=tuple(self.standing), variables=self.variables, timeline=tuple(self.timeline)
        )

    def _set(self, values: Mapping[str, str]) -> None:
        if any(self.variables.get(name) != value for name, value in values.items()):
            self.noted = True
        self.variables.update(values)

    # moving on

    def begin(self, step: str, frames: tuple[str, ...]) -> None:
        self.queue.append((step, frames))

    def settle(self) -> None:
        """Enter what is queued, and decide what can be decided, until the case stands still."""
        while True:
            while self.queue:
                self._enter(*self.queue.popleft())
            ready = next((one for one in self.standing if self._decidable(one)), None)
            if ready is None:
                return
            self._decide(ready)

    def _enter(self, name: str, frames: tuple[str, ...]) -> None:
        if (long := len(self.timeline) - len(self.before.timeline)) > LOOK_ITEMS_MAX:
            want = f"at most {LOOK_ITEMS_MAX} things that follow from one entry: a playbook whose loops are shorter"
            raise TooLarge(Fault(f"workflow.{name}", f"{long} and more", want, "too_long"), f"case {self.before.id}")
        step = self.playbook.steps[name]
        visit = self.visits.get(name, 0) + 1
        bound = step.extension.at_most
        if bound is not None and visit > bound.visits:
            self.begin(bound.then, frames)
            return
        self.visits[name] = visit
        self.variables.update(dict.fromkeys(step.out_args))
        if step.delay_s and step.type == ACTION:
            begins = self.now + timedelta(seconds=step.delay_s)
            self.standing.append(Standing(name, self.now, visit, frames, begins, delayed=True, since=self.index))
            self.timeline.append(StepEntered(name, self.now, visit))
            return
        self._stand(step, frames, visit, self.index)

    def _stand(self, step: Step, frames: tuple[str, ...], visit: int, since: int) -> None:
        """Begin a step: go on from it at once, or stand there and wait."""
        name = step.id
        left = self._leaving(step, self.now)
        one = Standing(name, self.now, visit, frames, left.at, since=since)
        self.timeline.append(StepEntered(name, self.now, visit, left.at, left.at_assumed))
        if step.type == END:
            self._end(step, frames)
        elif step.type == START:
            self.begin(step.next, frames)
        elif step.type == PARALLEL:
            for branch in step.next_steps:
                self.begin(branch, (*frames, name))
        else:
            self.standing.append(one)
            self._at_once(step, one)

    def _at_once(self, step: Step, one: Standing) -> None:
        """Complete an action that need not wait: only notices to file, or what it awaits is there already."""
        if step.type != ACTION or step.extension.approval or one.delayed:
            return
        if step.extension.await_event:
            event = next((item for item in self.arrived if self._takes(step.id, one.since, item)), None)
            if event is not None:
                self.arrived.remove(event)
                self._arrive(one, event)
        elif step.unattended:
            self._complete(one, "done", None)

    def _complete(self, one: Standing, outcome: str, index: int | None) -> None:
        step = self.playbook.steps[one.step]
        self.standing = [other for other in self.standing if other.step != one.step or other.visit != one.visit]
        self.timeline.append(StepCompleted(one.step, self.now, outcome, index))
        if not succeeded(outcome):
            self._fail(step, self._frames_without(one))
            return
        if asks_first(self.playbook, one):
            self.standing.clear()
        for n, command in enumerate(step.commands):
            if command.type == RECORD:
                self.timeline.append(Noticed(one.step, self.now, one.visit, n))
        if step.extension.letter is not None:
            self.timeline.append(LetterAsked(one.step, self.now, one.visit))
        for n in step.effects() if step.extension.deliver else ():
            self.timeline += [EffectWanted(one.step, self.now, one.visit, n, to) for to in step.extension.deliver]
        self.begin(step.next, one.frames)

    def _fail(self, step: Step, frames: tuple[str, ...]) -> None:
        """To the step's own on_failure; else everything is dropped for the exception step; else the case has failed."""
        if step.on_failure:
            self.begin(step.on_failure, frames)
            return
        if frames == (KEPT,):
            self._keep()
            return
        self.standing.clear()
        self.queue.clear()
        self.reversing = ()
        if self.playbook.exception and not self.visits.get(self.playbook.exception):
            self.begin(self.playbook.exception, ())
        else:
            self._close(step, "failed", "failed")

    def _close(self, step: Step, state: State, outcome: str) -> None:
        self.state, self.outcome = state, outcome
        self.timeline.append(Closed(step.id, self.now, state, outcome))

    def _end(self, step: Step, frames: tuple[str, ...]) -> None:
        """An end step ends the branch that it is in; outside every branch it closes the case."""
        if not frames:
            self.standing, self.reversing = [], ()  # what was asked about undoing it is void
            self._close(step, "closed", step.extension.outcome or "closed")
        elif frames == (KEPT,):
            self._keep()
        elif frames == (REVERSING,):
            self.reversing = self.reversing[1:]
            if self.reversing:
                self.begin(self.reversing[0], frames)
            else:
                self._close(step, "reversed", step.extension.outcome or "reversed")
        elif not self._alive(frames):
            self._join(self.playbook.steps[frames[-1]], step, frames[:-1])

    def _alive(self, frames: tuple[str, ...]) -> bool:
        inside = [*(one.frames for one in self.standing), *(other for _, other in self.queue)]
        return any(other[: len(frames)] == frames for other in inside)

    def _join(self, step: Step, end: Step, frames: tuple[str, ...]) -> None:
        if step.type == WHILE:
            self.begin(step.id, frames)
            return
        self.timeline.append(StepCompleted(step.id, self.now, "joined"))
        if step.next:
            self.begin(step.next, frames)
        else:
            self._end(end, frames)

    # decisions

    def _decidable(self, one: Standing) -> bool:
        step = self.playbook.steps[one.step]
        if step.type not in DECISIONS:
            return False
        return self._answer(step) is not None

    def _answer(self, step: Step) -> str | None:
        """`true` or `false`, or the switch's value; None while it is unknown."""
        if step.type == SWITCH:
            return self.variables.get(step.switch)
        assert step.condition is not None
        return as_fact(step.condition.holds(self.variables))

    def _decide(self, one: Standing) -> None:
        step = self.playbook.steps[one.step]
        answer = self._answer(step)
        self.standing.remove(one)
        self.timeline.append(StepCompleted(one.step, self.now, "decided"))
        branch = self._branch(step, answer or "")
        if branch:
            self.begin(branch, (*one.frames, step.id) if step.joins else one.frames)
        elif step.next:
            self.begin(step.next, one.frames)
        else:
            self._end(step, one.frames)

    def _branch(self, step: Step, answer: str) -> str:
        if step.type == SWITCH:
            cases = dict(step.cases)
            return cases.get(answer, cases.get("default", ""))
        return step.on_true if answer == "true" else step.on_false
