"""Investigations: team, evidence, flight recorder, timeline, factors, recommendations, final report."""

from . import pages, recommended
from .kinds import KINDS, RECOMMENDATION
from .recommended import LISTINGS, waits
from .recommending import TAKES_BACK, incident_of, versions_of
from .tables import TABLES, check, follow, in_which
from .teams import not_theirs
from .words import FIELDS

PAGES = (*pages.PAGES, *recommended.PAGES)

__all__ = [
    "FIELDS",
    "KINDS",
    "LISTINGS",
    "PAGES",
    "RECOMMENDATION",
    "TABLES",
    "TAKES_BACK",
    "check",
    "follow",
    "in_which",
    "incident_of",
    "not_theirs",
    "versions_of",
    "waits",
]
