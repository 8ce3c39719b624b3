"""What was disclosed: which sealed fields of which entries, when, on what legal basis, approved by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from commonweal import authorising
from commonweal.kernel.instrument import Column, Listing, Reading, Row
from commonweal.kernel.values import cited

from . import listings
from .listings import Place
from .site import Site, View

PATH = "/record/disclosures"


def disclosures_listing(site: Site) -> Listing:
    """Every disclosure, newest first, as its leaf says it in public."""

    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        return [_row(site, found, reading.language) for found in authorising.disclosed(site.authority)]

    return Listing(
        id="disclosures",
        title=site.message("Disclosures"),
        summary=site.message(
            "Sealed fields that were opened to a party, each time on a legal basis and with the approval of several "
            "organisations. What was read is not public; that it was read, why and by whose approval, is."
        ),
        columns=(
            Column("entry", site.message("Entry")),
            Column("at", site.message("When"), "date"),
            Column("entries", site.message("From these entries")),
            Column("fields", site.message("Fields")),
            Column("basis", site.message("Legal basis")),
            Column("citation", site.message("Citation")),
            Column("approved_by", site.message("Approved by")),
            Column("granted", site.message("Approval"), "link"),
            Column("expires", site.message("Good until"), "date"),
            Column("proof", site.message("Proof"), "link"),
        ),
        rows=rows,
    )


def _row(site: Site, found: Mapping[str, Any], language: str) -> Row:
    say = site.voice(language).words
    fields = list(found["fields"])
    if more := int(found["further_fields"]):
        fields.append(say.count("%(num)s further field", "%(num)s further fields", more))
    return {
        "entry": found["entry"],
        "href": f"/record/{found['entry']}",
        "at": found["at"],
        "entries": [{"href": f"/record/{index}", "text": str(index)} for index in found["entries"]],
        "fields": fields,
        "basis": found["basis"],
        "citation": cited(found["citation"], language),
        "approved_by": [item["title"] for item in found["approved_by"]],
        "granted": {"href": f"/record/{found['granted']}", "text": str(found["granted"])},
        "expires": found["expires"],
        "proof": {"href": f"/record/{found['entry']}.tlog-proof", "text": str(say.say("Receipt"))},
    }


def place(site: Site) -> Place:
    """Where the list stands: page, CSV and JSON."""
    return Place(disclosures_listing(site), PATH)


def disclosures_page(view: View, site: Site) -> Response:
    """The list, with what it says and what it does not."""
    crumbs = [(view.say("Record"), view.href("/record"))]
    here = Place(disclosures_listing(site), PATH, crumbs)
    return listings.page(view, here, "portal/disclosures.html", witnesses=view.authority.witnesses.wanted,
                         vkey=view.authority.vkey)  # fmt: skip
