"""Persons: who holds which role for which organisation, from when until when, and who exercises it for them.

Joining, moving, leaving, delegating and revoking are entries. In public stands a number for the person, the
organisation, the roles and the dates; the name, and under which party they act, are sealed to that person's own key.
So anybody can see that *somebody* held a role on a day, and whoever is shown the `party` of the entry, with its proof,
can check who.

What holds at an instant follows from dates alone: nothing has to run for a role to end.
"""

from .checking import check_filing
from .kinds import (
    ADMINISTRATORS,
    ANONYMOUS,
    APPOINTMENT_ASKED,
    APPOINTMENT_CONFIRMED,
    DELEGATED,
    INVITED,
    JOINED,
    KINDS,
    LEFT,
    LINKED,
    MOVED,
    NOTED,
    RECOVERY_ASKED,
    RECOVERY_CONFIRMED,
    RETENTION,
    REVOKED,
    TABLES,
    UNLINKED,
)
from .law import EXCLUSIVE, OPEN_MAX, HalfACode, administers, brought_in_by_one, let_in_by_two, needs_two
from .queries import by_number, history, lender, person, persons, posts, turn
from .room import Persons
from .standing import (
    FOLLOWS,
    Standing,
    check_speaks,
    counts,
    last_recovered,
    lent_until,
    person_of,
    post_at,
    standing,
    why_not,
)
from .two import appointment, holds_now_or_later, open_requests, recovery

__all__ = [
    "ADMINISTRATORS",
    "ANONYMOUS",
    "APPOINTMENT_ASKED",
    "APPOINTMENT_CONFIRMED",
    "DELEGATED",
    "EXCLUSIVE",
    "FOLLOWS",
    "INVITED",
    "JOINED",
    "KINDS",
    "LEFT",
    "LINKED",
    "MOVED",
    "NOTED",
    "OPEN_MAX",
    "RECOVERY_ASKED",
    "RECOVERY_CONFIRMED",
    "RETENTION",
    "REVOKED",
    "TABLES",
    "UNLINKED",
    "HalfACode",
    "Persons",
    "Standing",
    "administers",
    "appointment",
    "brought_in_by_one",
    "by_number",
    "check_filing",
    "check_speaks",
    "counts",
    "history",
    "holds_now_or_later",
    "last_recovered",
    "lender",
    "lent_until",
    "let_in_by_two",
    "needs_two",
    "open_requests",
    "person",
    "person_of",
    "persons",
    "post_at",
    "posts",
    "recovery",
    "standing",
    "turn",
    "why_not",
]
