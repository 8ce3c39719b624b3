"""What was erased and on what basis, what orders preserve, and how long each class of sealed things is kept."""

from __future__ import annotations

from starlette.responses import Response

from commonweal.kernel import retention
from commonweal.kernel.retention import Schedule
from commonweal.kernel.values import cited

from . import early
from .cells import N_
from .site import View

BASES = {
    "court_order": N_("A court's order"),
    "authority_order": N_("An authority's order"),
    "litigation": N_("Litigation"),
    "investigation": N_("An investigation"),
    "audit": N_("An audit"),
}


def erasures_page(view: View) -> Response:
    """Erasures, holds in force and schedules, as the public may read them: no holder, no name."""
    reader, say, language = view.authority.reader, view.say, view.language.code
    bases = {code: say(words) for code, words in BASES.items()}
    in_force = retention.texts(reader)
    classes = {name: one for _, found in in_force for name, one in found.items()}
    return view.page(
        "portal/erasures.html",
        {
            "title": say("Erasures"),
            "early": early.PATH if early.admits(view) else "",
            "columns": [say("Day"), say("What it was"), say("Entries"), say("Legal basis"), say("Recorded as entry")],
            "forms": ["date", "text", "number", "text", "link"],
            "rows": [
                (
                    row["at"][:10],
                    _class(classes, row["retention"], language),
                    row["entries"],
                    row["legal_basis"],
                    _entry(row["entry"]),
                )
                for row in retention.erasures(reader)
                if row["entry"] < view.sight.size
            ],
            "hold_columns": [say("Since"), say("Reason"), say("Legal basis"), say("Recorded as entry")],
            "hold_forms": ["date", "text", "text", "link"],
            "holds": [
                (row["placed_at"][:10], bases[row["basis"]], row["legal_basis"] or "–", _entry(row["hold"]))
                for row in retention.holds(reader)
                if row["hold"] < view.sight.size
            ],
            "schedule_columns": [say("What it is"), say("Kept at least"), say("Counted from"), say("Source")],
            "schedules": [
                (one.title.in_(language), _kept(view, one), _from(view, one), cited(one.citation, language))
                for one in classes.values()
            ],
            "words": [one.text.in_(language) for one in classes.values()],
            "shortened": [_class(classes, row["retention"], language) for row in retention.shortened(reader)],
        },
    )


def _entry(index: int) -> dict[str, str]:
    return {"href": f"/record/{index}", "text": str(index)}


def _class(classes: dict[str, Schedule], name: str, code: str) -> str:
    return classes[name].title.in_(code) if name in classes else name


def _kept(view: View, one: Schedule) -> str:
    if one.for_good:
        return view.say("For good")
    return one.keep.text().in_(view.language.code) if one.keep else view.say("No minimum")


def _from(view: View, one: Schedule) -> str:
    if one.for_good:
        return "–"
    return view.say("A day that is on file") if one.event_kind else view.say("The newest entry")
