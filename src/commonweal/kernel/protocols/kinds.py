"""The entries of a case: what people file about it, and what the authority records as it moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from commonweal.kernel.disclosure.kinds import PERSONAL, PUBLIC, Filing, Kind
from commonweal.kernel.values import BadInput, Text, instant, stamp

from .effects import KINDS as EFFECTS
from .envelopes import ENVELOPE_BYTES_MAX
from .events import (
    ApprovalCounted,
    Closed,
    EffectWanted,
    Escalated,
    Event,
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
    StepCompleted,
    StepDone,
    StepEntered,
    Stopped,
    VoiceStruck,
)

ITEMS_MAX = 2000
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:_.\-]{0,95}$")]
CaseId = Annotated[str, Field(pattern=r"^case:[a-z0-9][a-z0-9.\-]{0,95}$")]
StepId = Annotated[str, Field(min_length=1, max_length=120)]
Index = Annotated[int, Field(ge=0)]
# Whoever a playbook may ask: the roles that a key can be issued for, and `approver` beside any other that it names.
APPROVERS = ("officer", "authority", "developer", "observer", "auditor", "peer", "court", "approver")
Words = Annotated[str, Field(max_length=8000)]


def _instant(value: str | None) -> str | None:
    try:
        return stamp(instant(value)) if value is not None else None
    except BadInput as error:
        raise ValueError(error.faults[0].want) from error


class Item(Filing):
    """One thing that happened in a case: its structure, never anybody's words. Its time is its entry's."""

    what: Literal[
        "entered",
        "completed",
        "approval",
        "struck",
        "notice",
        "effect",
        "letter",
        "handed_over",
        "stopped",
        "resumed",
        "joined",
        "escalated",
        "reversing",
        "closed",
    ]
    step: StepId | None = None
    outcome: Annotated[str | None, Field(max_length=80)] = None
    role: Code | None = None
    organisation: Code | None = None
    to: Annotated[str | None, Field(min_length=1, max_length=120)] = None  # a step, a desk or a target
    deadline: str | None = None
    deadline_assumed: bool | None = None
    entry: Index | None = None


Items = Annotated[list[Item], Field(max_length=ITEMS_MAX)]
Steps = Annotated[list[StepId], Field(max_length=500)]
State = Literal["open", "closed", "failed", "reversed"]


class CaseOpened(Filing):
    """A case begins under one version of a playbook, which it keeps.

    `about` is the subject with its dimensions, where the cause names one: each has a case of its own.
    """

    case: Annotated[CaseId, PUBLIC]
    playbook: Annotated[str, PUBLIC]
    playbook_version: Annotated[str, PUBLIC]
    playbook_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), PUBLIC]
    subject: Annotated[str, PUBLIC]
    about: Annotated[str, PUBLIC, Field(max_length=500)] = ""
    cause: Annotated[Index, PUBLIC]
    state: Annotated[State, PUBLIC]
    outcome: Annotated[str, PUBLIC] = ""
    steps: Annotated[Steps, PUBLIC]
    items: Annotated[Items, PUBLIC]


class CaseAdvanced(Filing):
    """A case moved: `steps` are where it stands now, `items` what happened, in order."""

    case: Annotated[CaseId, PUBLIC]
    playbook: Annotated[str, PUBLIC]
    subject: Annotated[str, PUBLIC]
    state: Annotated[State, PUBLIC]
    outcome: Annotated[str, PUBLIC] = ""
    steps: Annotated[Steps, PUBLIC]
    items: Annotated[Items, PUBLIC]


class CaseNotice(Filing):
    """A notice that a playbook's `record` command puts on the record, in the playbook's own words."""

    case: Annotated[CaseId, PUBLIC]
    step: Annotated[StepId, PUBLIC]
    subject: Annotated[str, PUBLIC]
    notice: Annotated[dict[str, str], PUBLIC]


class CaseLetter(Filing):
    """A step of a case asks for a formal letter: from which template, to whom, with which values. The room for notices
    writes it. `to` is `filer`, of the case's subject, or the lines of an address; `deliver` names targets that get it.
    """

    case: Annotated[CaseId, PUBLIC]
    step: Annotated[StepId, PUBLIC]
    template: Annotated[str, Field(max_length=120)]
    to: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=10)]
    values: Annotated[dict[str, str | dict[str, str]], Field(max_length=40)]
    languages: Annotated[list[Literal["en", "zh"]], Field(min_length=1, max_length=2)]
    deliver: list[str] = Field(default=[], max_length=20)


class CaseStepDone(Filing):
    """Somebody at a desk did, or could not do, what a step asks."""

    case: Annotated[CaseId, PUBLIC]
    step: Annotated[StepId, PUBLIC]
    outcome: Annotated[Literal["done", "failed"], PUBLIC] = "done"
    variables: Annotated[dict[str, Annotated[str, Field(max_length=200)]], Field(max_length=50)] = Field(
        default_factory=dict
    )
    note: Words = ""


class CaseReversed(Filing):
    """What a case has done is to be undone, by the reversal steps of its playbook."""

    case: Annotated[CaseId, PUBLIC]
    reason: Words


class CaseHandedOver(Filing):
    """Another desk takes over a step of a case, or all that it stands at. Deadlines run on."""

    case: Annotated[CaseId, PUBLIC]
    step: Annotated[str, Field(max_length=120), PUBLIC] = ""
    to: Annotated[Code, PUBLIC]
    reason: Annotated[str, Field(min_length=1, max_length=8000)]


class CaseStopped(Filing):
    """Nothing more is done in a case until it is resumed."""

    case: Annotated[CaseId, PUBLIC]
    reason: Annotated[str, Field(min_length=1, max_length=8000)]


class CaseResumed(Filing):
    """A case that was stopped goes on."""

    case: Annotated[CaseId, PUBLIC]
    reason: Words = ""


class ApprovalGivenFiling(Filing):
    """A person approves or refuses a step, in a role and for the organisation that their key is issued for.

    `envelope` is the signed note by which they did (`envelopes`). `signed_by` is filled in by the door where the
    request itself was signed: the identifier of the key.
    """

    case: Annotated[CaseId, PUBLIC]
    step: Annotated[StepId, PUBLIC]
    decision: Annotated[Literal["approve", "refuse"], PUBLIC]
    role: Annotated[Code, PUBLIC]
    organisation: Annotated[Code, PUBLIC]
    statement: Words = ""
    envelope: Annotated[str, StringConstraints(strip_whitespace=False, max_length=ENVELOPE_BYTES_MAX)] = ""
    signed_by: Annotated[str, Field(max_length=100)] = ""


class ApproverRegistered(Filing):
    """A key with which one person signs approvals: in which roles and for which organisation, until when.

    `key` is the Ed25519 public key, 32 bytes in base64.
    """

    party: Annotated[str, PERSONAL, Field(min_length=1, max_length=128)]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$"), PUBLIC]
    roles: Annotated[list[Code], Field(min_length=1, max_length=20), PUBLIC]
    organisation: Annotated[Code, PUBLIC]
    until: Annotated[str | None, AfterValidator(_instant), PUBLIC] = None


class PasskeyRegistered(Filing):
    """A passkey with which one person signs approvals: in which roles and for which organisation, until when.

    `credential` is its id in base64url; `key` its public key (a COSE key in CBOR) in base64. It counts for the relying
    party `rp_id`, on pages of `web_origin`.
    """

    party: Annotated[str, Field(min_length=1, max_length=128)]
    credential: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,1364}$"), PUBLIC]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{20,1368}={0,2}$"), PUBLIC]
    rp_id: Annotated[str, Field(pattern=r"^[a-z0-9.:\-\[\]]{1,253}$"), PUBLIC]
    web_origin: Annotated[str, Field(pattern=r"^https?://[a-z0-9.:\-\[\]]{1,261}$"), PUBLIC]
    roles: Annotated[list[Code], Field(min_length=1, max_length=20), PUBLIC]
    organisation: Annotated[Code, PUBLIC]
    until: Annotated[str | None, AfterValidator(_instant), PUBLIC] = None


class ApproverWithdrawnFiling(Filing):
    """A key signs no approvals any more; what it said about steps that are not yet decided counts no more."""

    key_id: Annotated[str, Field(pattern=r"^(ed25519|passkey)-[0-9a-f]{16}$"), PUBLIC]
    reason: Words = ""


OPENED = Kind(
    id="case.opened",
    schema=CaseOpened,
    title=Text(en="Case opened", zh="案件开启"),
    files=(),
)
ADVANCED = Kind(
    id="case.advanced",
    schema=CaseAdvanced,
    title=Text(en="Case advanced", zh="案件推进"),
    files=(),
)
NOTICE = Kind(
    id="case.notice",
    schema=CaseNotice,
    title=Text(en="Notice in a case", zh="案件公告"),
    files=(),
)
CASE_LETTER = Kind(
    id="case.letter",
    schema=CaseLetter,
    title=Text(en="Letter of a case asked for", zh="案件请求拟函"),
    files=(),
)
STEP_DONE = Kind(
    id="case.step_done",
    schema=CaseStepDone,
    title=Text(en="Step of a case done", zh="案件步骤完成"),
    files=("officer", "authority"),
)
REVERSED = Kind(
    id="case.reversed",
    schema=CaseReversed,
    title=Text(en="Case to be reversed", zh="案件撤销"),
    files=("officer", "authority"),
)
HANDED_OVER = Kind(
    id="case.handed_over",
    schema=CaseHandedOver,
    title=Text(en="Step of a case handed over", zh="案件步骤移交"),
    files=("officer", "authority"),
)
STOPPED = Kind(
    id="case.stopped",
    schema=CaseStopped,
    title=Text(en="Case stopped", zh="案件中止"),
    files=("officer", "authority"),
)
RESUMED = Kind(
    id="case.resumed",
    schema=CaseResumed,
    title=Text(en="Case resumed", zh="案件恢复"),
    files=("officer", "authority"),
)
APPROVAL = Kind(
    id="approval.given",
    schema=ApprovalGivenFiling,
    title=Text(en="Approval given or refused", zh="批准或拒绝"),
    files=APPROVERS,
)
APPROVER_REGISTERED = Kind(
    id="approver.registered",
    schema=ApproverRegistered,
    title=Text(en="Key of an approver registered", zh="批准人密钥登记"),
    files=APPROVERS,
)
PASSKEY_REGISTERED = Kind(
    id="approver.passkey_registered",
    schema=PasskeyRegistered,
    title=Text(en="Passkey of an approver registered", zh="批准人通行密钥登记"),
    files=APPROVERS,
)
APPROVER_WITHDRAWN = Kind(
    id="approver.withdrawn",
    schema=ApproverWithdrawnFiling,
    title=Text(en="Key of an approver withdrawn", zh="批准人密钥撤销"),
    files=APPROVERS,
)
KINDS = (
    OPENED,
    ADVANCED,
    NOTICE,
    CASE_LETTER,
    STEP_DONE,
    REVERSED,
    HANDED_OVER,
    STOPPED,
    RESUMED,
    APPROVAL,
    APPROVER_REGISTERED,
    PASSKEY_REGISTERED,
    APPROVER_WITHDRAWN,
    *EFFECTS,
)


MOVED_BY: Mapping[str, Callable[[int, Mapping[str, Any], str], Event]] = {
    STEP_DONE.id: lambda index, body, by: StepDone(
        index, body["step"], by, body.get("outcome", "done"), dict(body.get("variables") or {})
    ),
    REVERSED.id: lambda index, body, by: ReversalOrdered(index, by),
    STOPPED.id: lambda index, body, by: Stopped(index, by),
    RESUMED.id: lambda index, body, by: Resumed(index, by),
    HANDED_OVER.id: lambda index, body, by: HandedOver(index, body["to"], body.get("step", ""), by),
}
"""For each kind by which people move a case: the event that an entry is for it, from its index, body and author."""


def item_of(intent: Intent) -> dict[str, Any]:
    """An intent as an `Item`, with only the fields that say something."""
    what = ("resumed" if intent.on else "stopped") if isinstance(intent, Paused) else _WHAT[type(intent)]
    found = {"what": what, **_said(intent)}
    return {name: value for name, value in found.items() if value is not None}


_WHAT: dict[type, str] = {
    StepEntered: "entered",
    StepCompleted: "completed",
    ApprovalCounted: "approval",
    VoiceStruck: "struck",
    Noticed: "notice",
    EffectWanted: "effect",
    LetterAsked: "letter",
    HandOver: "handed_over",
    Joined: "joined",
    Escalated: "escalated",
    Reversing: "reversing",
    Closed: "closed",
}


def _said(intent: Intent) -> dict[str, Any]:
    match intent:
        case StepEntered(step=step, deadline=deadline, deadline_assumed=assumed):
            return {
                "step": step,
                "deadline": stamp(deadline) if deadline else None,
                "deadline_assumed": assumed or None,
            }
        case StepCompleted(step=step, outcome=outcome, index=index):
            return {"step": step, "outcome": outcome, "entry": index}
        case ApprovalCounted(step=step, role=role, organisation=organisation, decision=decision, index=index):
            return {"step": step, "outcome": decision, "role": role, "organisation": organisation, "entry": index}
        case VoiceStruck(step=step, role=role, organisation=organisation, index=index):
            return {"step": step, "role": role, "organisation": organisation, "entry": index}
        case Noticed(step=step) | LetterAsked(step=step):
            return {"step": step}
        case EffectWanted(step=step, target=target):
            return {"step": step, "to": target}
        case HandOver(step=step, to=to, index=index):
            return {"step": step, "to": to, "entry": index}
        case Paused(index=index) | Joined(index=index):
            return {"entry": index}
        case Escalated(step=step, to=to, deadline=deadline):
            return {"step": step, "to": to, "deadline": stamp(deadline)}
        case Reversing(index=index):
            return {"entry": index}
        case Closed(step=step, state=state, outcome=outcome, index=index):
            return {"step": step or None, "outcome": outcome or state, "entry": index}
