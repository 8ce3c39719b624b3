"""The things policy is about and how they relate, as versioned filings; and the rule texts that are in force."""

from .marking import check_mark, complete, named
from .marks import (
    ANNULLED,
    CORRECTED,
    HANDED_OVER,
    MARKS,
    annulled,
    as_filed,
    handed_over,
    marks,
    moved,
    plain,
)
from .references import (
    CLAIMED,
    Day,
    Instant,
    NotFuture,
    Occurred,
    Ref,
    RuleRef,
    SaidBy,
    StatedBy,
    dates_in,
    fields_marked,
    speaks,
)
from .subjects import TABLES, Registry, count, diff, filer, leads_to, referring, subject, subjects, versions
from .texts import RULE_ADOPTED, parsed, text_in_force, texts, texts_of_version

KINDS = (RULE_ADOPTED, ANNULLED, CORRECTED, HANDED_OVER)

__all__ = [
    "CLAIMED",
    "KINDS",
    "MARKS",
    "RULE_ADOPTED",
    "TABLES",
    "Day",
    "Instant",
    "NotFuture",
    "Occurred",
    "Ref",
    "Registry",
    "RuleRef",
    "SaidBy",
    "StatedBy",
    "annulled",
    "as_filed",
    "check_mark",
    "complete",
    "count",
    "dates_in",
    "diff",
    "fields_marked",
    "filer",
    "handed_over",
    "leads_to",
    "marks",
    "moved",
    "named",
    "parsed",
    "plain",
    "referring",
    "speaks",
    "subject",
    "subjects",
    "text_in_force",
    "texts",
    "texts_of_version",
    "versions",
]
