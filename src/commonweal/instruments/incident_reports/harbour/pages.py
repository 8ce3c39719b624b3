"""The published terms as a page for everyone, and what of one report may be used as a file for who has to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Page, Reading, Text
from commonweal.kernel.values import NotFound

from ..reports import STEWARDS
from ..scales import CATEGORIES
from .tables import claim, decisions, strip, waivers
from .terms import terms_at, terms_of

PATH = "/incident-reports/safe-harbour"


def terms_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The terms in force. Raises `NotFound` where this authority adopted none."""
    terms = terms_at(reading.tables)
    return {
        "title": terms.title.in_(reading.language),
        "terms": terms,
        "categories": [words for code, words in CATEGORIES.items() if code in terms.categories],
    }


def statement_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """What of a report may be used, by whom it may be known who reported: for whoever decides about sanctions.

    Raises `NotFound` where the safe harbour was not asked for.
    """
    report = f"report:{query['slug']}"
    stands = claim(reading.tables, report)
    if stands is None:
        raise NotFound("claim to the safe harbour", report)
    terms, made = terms_of(reading.tables, report), decisions(reading.tables, report)
    held = strip(reading.tables, report)
    waived = [
        one
        for row in waivers(reading.tables, report)
        for one in reading.part(row["entry"], "towards").get("towards", ())
    ]
    asked = registry.subject(reading.tables, report)
    if asked is not None:
        reading.told(asked["entry"], "safe_harbour")
    if made:
        reading.told(made[-1]["entry"], "outcome", "terms_version")
    return {
        "report": report,
        "claim": stands,
        "protected": stands == "granted",
        "decided_in": made[-1]["entry"] if made else None,
        "terms": {"version": terms.version, "citation": terms.citation},
        "what_follows": [dict(one.text) for one in terms.follows] if stands == "granted" else [],
        "identity": {"state": held.state, "destroyed_by": held.at or None, "may_be_told_to": waived},
    }


TERMS_PAGE = Page("safe_harbour", PATH, Text(en="Safe harbour", zh="安全港"), "safe_harbour.html", terms_view)
STATEMENT = Page(
    "desk_statement", "/incident-reports/desk/{slug}/safe-harbour.json", Text(en="Safe harbour", zh="安全港"), "",
    statement_view, roles=STEWARDS, about=lambda parts: f"report:{parts['slug']}",
)  # fmt: skip
PAGES = (TERMS_PAGE, STATEMENT)
