"""De-identification before the working tables: what the desk lists, searches and compares names nobody."""

from .kinds import DEIDENTIFIED
from .masking import in_language, without_placeholders
from .pages import PAGE, stands
from .tables import TABLES, WORKED, check, how_many, laid_out_after, read_words, searched, told_in_words, working

KINDS = (DEIDENTIFIED,)
PAGES = (PAGE,)

__all__ = [
    "DEIDENTIFIED",
    "KINDS",
    "PAGES",
    "TABLES",
    "WORKED",
    "check",
    "how_many",
    "in_language",
    "laid_out_after",
    "read_words",
    "searched",
    "stands",
    "told_in_words",
    "without_placeholders",
    "working",
]
