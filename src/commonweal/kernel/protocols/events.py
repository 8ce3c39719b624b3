"""What happens to a case (events) and what follows from it (intents, which are also its timeline)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Decision = Literal["approve", "refuse"]
State = Literal["open", "closed", "failed", "reversed"]


# what happens to a case: events. `index` is the entry that says so; a case takes entries in their order.


@dataclass(frozen=True, slots=True)
class StepDone:
    """Somebody at a desk did (or could not do) what a step asks, and may have found facts: `variables`."""

    index: int
    step: str
    by: str = ""
    outcome: Literal["done", "failed"] = "done"
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    """A person decided, in a role and for an organisation; the statement itself stays in its entry.

    `proof` says what shows that it was they: `envelope`, `request` (it was signed), or nothing but their access key;
    `key` the identifier of the key that signed.
    """

    index: int
    step: str
    by: str
    organisation: str
    role: str
    decision: Decision
    statement_digest: str = ""
    proof: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ApproverWithdrawn:
    """A key that approved may do so no more: its voice is struck from every step that is not yet decided."""

    index: int
    key: str


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The clock was read: every deadline at or before `now` has passed."""

    index: int


@dataclass(frozen=True, slots=True)
class EventArrived:
    """An entry of a kind that the playbook awaits; `fields` are those that its matches and variables name."""

    index: int
    kind: str
    subject: str | None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReversalOrdered:
    """Everything done is to be undone, newest first, by the reversal steps that the playbook names."""

    index: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Another desk takes a step over (or every step the case stands at, where `step` is empty). Its time runs on."""

    index: int
    to: str
    step: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing more is done in the case until it is resumed, and no deadline passes in it."""

    index: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A case that was stopped goes on: time that its own steps were given is given again for as long as it stood."""

    index: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class CauseJoined:
    """Another entry would open such a case, and finds this one open."""

    index: int


Event = (
    StepDone
    | ApprovalGiven
    | ApproverWithdrawn
    | DeadlinePassed
    | EventArrived
    | ReversalOrdered
    | HandedOver
    | Stopped
    | Resumed
    | CauseJoined
)
_EVENTS: Mapping[str, type[Event]] = {
    "step_done": StepDone,
    "approval": ApprovalGiven,
    "approver_withdrawn": ApproverWithdrawn,
    "deadline": DeadlinePassed,
    "arrived": EventArrived,
    "reversal": ReversalOrdered,
    "handed_over": HandedOver,
    "stopped": Stopped,
    "resumed": Resumed,
    "joined": CauseJoined,
}


# what follows and is to be recorded: intents, which are also the case's timeline


@dataclass(frozen=True, slots=True)
class StepEntered:
    """A case now stands at a step; `visit` counts how often, `deadline` is exclusive."""

    step: str
    at: datetime
    visit: int
    deadline: datetime | None = None
    deadline_assumed: bool = False


@dataclass(frozen=True, slots=True)
class StepCompleted:
    """`outcome`: done, approved, arrived, decided, joined; or failed, refused."""

    step: str
    at: datetime
    outcome: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class ApprovalCounted:
    """One voice for or against a step, counted once for each person."""

    step: str
    at: datetime
    role: str
    organisation: str
    decision: Decision
    index: int


@dataclass(frozen=True, slots=True)
class VoiceStruck:
    """A voice that had been counted counts no more: whoever gave it may not approve any longer."""

    step: str
    at: datetime
    role: str
    organisation: str
    index: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """A `record` command: a notice about the subject is to be filed. `command` is its place in the step."""

    step: str
    at: datetime
    visit: int
    command: int


@dataclass(frozen=True, slots=True)
class EffectWanted:
    """A command of a step is to leave the house for a target: an intent, which the outbox carries out."""

    step: str
    at: datetime
    visit: int
    command: int
    target: str


@dataclass(frozen=True, slots=True)
class LetterAsked:
    """A formal letter is to be written as the step says."""

    step: str
    at: datetime
    visit: int


@dataclass(frozen=True, slots=True)
class HandOver:
    """Another desk took a step over."""

    step: str
    at: datetime
    to: str
    index: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The case was stopped, or (`on`) goes on."""

    at: datetime
    on: bool
    index: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Another cause joined: what the case does answers it too."""

    at: datetime
    index: int


@dataclass(frozen=True, slots=True)
class Escalated:
    """A deadline passed: the case went on to the step that the playbook names for that."""

    step: str
    at: datetime
    to: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Reversing:
    """`steps` are the reversal steps to be run, in this order."""

    at: datetime
    steps: tuple[str, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Closed:
    """`state` closed, failed or reversed; `outcome` as the end step names it, or withdrawn (then `step` is empty)."""

    step: str
    at: datetime
    state: State
    outcome: str
    index: int | None = None


Intent = (
    StepEntered
    | StepCompleted
    | ApprovalCounted
    | VoiceStruck
    | Noticed
    | EffectWanted
    | LetterAsked
    | HandOver
    | Paused
    | Joined
    | Escalated
    | Reversing
    | Closed
)


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as a case's row keeps it."""
    name = next(name for name, form in _EVENTS.items() if isinstance(event, form))
    return {"event": name, **asdict(event)}


def event_from_json(value: Mapping[str, Any]) -> Event:
    """The event that `event_to_json` wrote."""
    return _EVENTS[value["event"]](**{name: item for name, item in value.items() if name != "event"})
