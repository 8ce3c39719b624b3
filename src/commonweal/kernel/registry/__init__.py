"""The things policy is about and how they relate, as versioned filings; and the rule texts that are in force."""

from .references import NotFuture, Ref, RuleRef, dates_in, fields_marked, ids_in
from .subjects import TABLES, Registry, diff, filer, leads_to, referring, subject, subjects, versions
from .texts import RULE_ADOPTED, parsed, text_in_force, texts

KINDS = (RULE_ADOPTED,)

__all__ = [
    "KINDS",
    "RULE_ADOPTED",
    "TABLES",
    "NotFuture",
    "Ref",
    "Registry",
    "RuleRef",
    "dates_in",
    "diff",
    "fields_marked",
    "filer",
    "ids_in",
    "leads_to",
    "parsed",
    "referring",
    "subject",
    "subjects",
    "text_in_force",
    "texts",
    "versions",
]
