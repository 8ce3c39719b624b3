"""The safe harbour: a claim answered by published terms, what is waived, and what becomes of the identity strip."""

from .checking import check
from .conversation import THREADS
from .kinds import KINDS
from .pages import PAGES
from .tables import TABLES, follow
from .words import FIELDS

__all__ = ["FIELDS", "KINDS", "PAGES", "TABLES", "THREADS", "check", "follow"]
