"""Persons: who holds which role for which organisation, from when until when, and who exercises it for them.

Joining, moving, leaving, delegating and revoking are entries. In public stands a number for the person, the
organisation, the roles and the dates; the name, and under which party they act, are sealed to that person's own key.
So anybody can see that *somebody* held a role on a day, and whoever is shown the `party` of the entry, with its proof,
can check who.

What holds at an instant follows from dates alone: nothing has to run for a role to end.
"""

from .checking import check_filing
from .kinds import DELEGATED, JOINED, KINDS, LEFT, MOVED, RECOVERY_ASKED, RECOVERY_CONFIRMED, REVOKED, TABLES
from .queries import history, lender, person, persons, turn
from .recovery import OPEN_MAX, last_recovered, recovery
from .room import Persons
from .standing import FOLLOWS, Standing, check_speaks, counts, person_of, standing, why_not

__all__ = [
    "DELEGATED",
    "FOLLOWS",
    "JOINED",
    "KINDS",
    "LEFT",
    "MOVED",
    "OPEN_MAX",
    "RECOVERY_ASKED",
    "RECOVERY_CONFIRMED",
    "REVOKED",
    "TABLES",
    "Persons",
    "Standing",
    "check_filing",
    "check_speaks",
    "counts",
    "history",
    "last_recovered",
    "lender",
    "person",
    "person_of",
    "persons",
    "recovery",
    "standing",
    "turn",
    "why_not",
]
