"""Investigations: team, evidence, flight recorder, timeline, factors, recommendations, final report."""

from .kinds import KINDS
from .pages import LISTINGS, PAGES
from .tables import TABLES, check, follow
from .words import FIELDS

__all__ = ["FIELDS", "KINDS", "LISTINGS", "PAGES", "TABLES", "check", "follow"]
