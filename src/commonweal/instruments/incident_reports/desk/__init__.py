"""The desk: triage, assignment without conflicts of interest, escalation, notes, watchers and kept views."""

from . import incidents, pages
from .checking import HANDLING, check, check_judged, unsettled
from .keeping_out import RECUSAL
from .kinds import KINDS
from .queue import waits
from .tables import TABLES, follow
from .words import FIELDS

PAGES = (*pages.PAGES, *incidents.PAGES)

__all__ = [
    "FIELDS",
    "HANDLING",
    "KINDS",
    "PAGES",
    "RECUSAL",
    "TABLES",
    "check",
    "check_judged",
    "follow",
    "unsettled",
    "waits",
]
