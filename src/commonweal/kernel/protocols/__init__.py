"""Responses agreed beforehand: CACAO 2.0 playbooks, and cases that are a pure fold of their entries."""

from .admissible import check_approval
from .approvers import approvers
from .beside import approves, doubted
from .cases import Case, Cause
from .effects import effects
from .envelopes import (
    approval_in_words,
    approval_text,
    filing_of,
    is_for_step,
    key_name,
    new_approver_key,
    signed_by,
)
from .events import ApprovalGiven, DeadlinePassed, EventArrived, ReversalOrdered, StepDone
from .folding import advance, missed, open_case
from .foresight import foreseen, moves_now
from .kinds import APPROVAL, KINDS
from .lints import lint
from .lints import load as read_playbook
from .playbooks import EXTENSION, Playbook
from .projections import TABLES
from .queries import (
    case,
    case_at,
    cases,
    check_filing,
    complete_filing,
    counts,
    find_case,
    is_move,
    not_counted,
    playbook_text,
    playbooks,
    roles_asked,
    standing_at,
    step_named,
    stuck,
    timeline,
    turn,
    who_must_act,
    with_step,
)
from .recording import letter_of
from .room import Protocols
from .safeguards import Approver

__all__ = [
    "APPROVAL",
    "EXTENSION",
    "KINDS",
    "TABLES",
    "ApprovalGiven",
    "Approver",
    "Case",
    "Cause",
    "DeadlinePassed",
    "EventArrived",
    "Playbook",
    "Protocols",
    "ReversalOrdered",
    "StepDone",
    "advance",
    "approval_in_words",
    "approval_text",
    "approvers",
    "approves",
    "case",
    "case_at",
    "cases",
    "check_approval",
    "check_filing",
    "complete_filing",
    "counts",
    "doubted",
    "effects",
    "filing_of",
    "find_case",
    "foreseen",
    "is_for_step",
    "is_move",
    "key_name",
    "letter_of",
    "lint",
    "missed",
    "moves_now",
    "new_approver_key",
    "not_counted",
    "open_case",
    "playbook_text",
    "playbooks",
    "read_playbook",
    "roles_asked",
    "signed_by",
    "standing_at",
    "step_named",
    "stuck",
    "timeline",
    "turn",
    "who_must_act",
    "with_step",
]
