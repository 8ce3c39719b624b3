"""The desk: triage, assignment without conflicts of interest, escalation, notes, watchers and kept views."""

from .checking import check
from .kinds import KINDS
from .pages import PAGES
from .tables import TABLES, follow
from .words import FIELDS

__all__ = ["FIELDS", "KINDS", "PAGES", "TABLES", "check", "follow"]
