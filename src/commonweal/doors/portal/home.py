"""The first page, the pages about the authority, and each instrument's own front page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from commonweal.imprint import UTC_NAME
from commonweal.kernel import registry
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.instrument import Instrument
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.record.heads import IN_CONFIDENCE
from commonweal.kernel.registry import Ref
from commonweal.kernel.values import CommonwealError, jurisdictions

from . import board, matters, owing, rules
from .formats import offset
from .languages import LANGUAGES
from .listings import Place
from .record import Ledger, Line
from .site import View

LATELY, LATELY_OF_A_KIND = 12, 3
PRESSING = 5
_QUIET = ("clock.", "observations.", "rule.", "authority.", IN_CONFIDENCE)


def home_page(view: View, ledger: Ledger) -> Response:
    """What this authority is, what stands where, and what happened lately; who comes first gets its first language."""
    first = LANGUAGES[view.authority.settings.imprint.languages[0]]
    # Who comes from a page of this site has chosen; what no browser says, such as a program's request, is a visit too.
    if not view.language.prefix and first.prefix and view.request.headers.get("sec-fetch-site") != "same-origin":
        return RedirectResponse(first.address("/"), status_code=302, headers={"Vary": "Sec-Fetch-Site"})
    lines = ledger.lines(view.sight.size)
    pressing, total = board.pressing(view, view.site, PRESSING)
    return view.page(
        "portal/home.html",
        {
            "counts": _counts(view, len(lines)),
            "instruments": [_card(view, item) for item in view.authority.instruments.values()],
            "owed": owing.lines(view),
            "pressing": pressing,
            "pressing_total": total,
            "happened": [_event(view, line) for line in lately(lines)],
            "next_batch": view.next_batch(),
            "reached": _contact(view),
        },
    )


def lately(lines: Sequence[Line]) -> list[Line]:
    """The newest entries that say something to a reader: few of each kind, so that no kind crowds out the others."""
    found: list[Line] = []
    seen: Counter[str] = Counter()
    for line in reversed(lines):
        if line.kind.startswith(_QUIET) or seen[line.kind] == LATELY_OF_A_KIND:
            continue
        seen[line.kind] += 1
        found.append(line)
        if len(found) == LATELY:
            break
    return found


def _event(view: View, line: Line) -> dict[str, Any]:
    kind = view.authority.kinds.get(line.kind)
    return {
        "index": line.index,
        "time": line.time,
        "what": kind.title.in_(view.language.code) if kind else line.kind,
        "words": view.subjects.name(line.subject) if line.subject and view.subjects.shown(line.subject) else "",
        "state": _state(view, line.index),
    }


def _state(view: View, index: int) -> str:
    """The state that an entry of a room says in public, if it says one."""
    try:
        fields = view.authority.presentation(index).fields
    except CommonwealError:
        return ""
    state = fields.get("to_state", fields.get("state", ""))
    return state if isinstance(state, str) else ""


def _counts(view: View, size: int) -> list[tuple[str, Any, str]]:
    number = view.voice.formats.number
    counts: list[tuple[str, Any, str]] = []
    for kind in _nouns(view):
        count = registry.count(view.reader, kind.noun, view.sight.size)
        if count:
            title = kind.title.in_(view.language.code)
            words = title if view.language.code == "zh" or count == 1 else plural(title)
            counts.append((number(count), _of_whom(view, kind, words), _list_of(view, kind)))
    counts += [(number(count), words, view.href(path)) for count, words, path in matters.counts(view)]
    counts.append((number(size), view.say("entries in the record"), view.href("/record")))
    return counts


def _of_whom(view: View, kind: Kind, words: str) -> str:
    """What a count is of; of what people report, also how many of them the authority entered itself, as an import does:
    they were not reported here."""
    if not any(form.kind == kind.id for form in view.authority.forms.values()):
        return words
    own = registry.count(view.reader, kind.noun, view.sight.size, AUTHORITY)
    said = view.say(
        "%(what)s, %(own)s of them entered by this authority itself", what=words, own=view.voice.formats.number(own)
    )
    return str(said) if own else words


def plural(title: str) -> str:
    """The plural of an English title, by the rules that most nouns keep: of *publication of an incident* and of
    *account opened*, the first."""
    found = _WHAT_OF_IT.search(title)
    noun, rest = (title[: found.start()], title[found.start() :]) if found else (title, "")
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies" + rest
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s") + rest


_WHAT_OF_IT = re.compile(r" of | for | held\b| \w+ed\b")
"""What follows the noun of a title: whose it is, or what became of it."""


def _nouns(view: View) -> list[Kind]:
    """One kind for each noun the instruments register."""
    found: dict[str, Kind] = {}
    for instrument in view.authority.instruments.values():
        for kind in instrument.kinds:
            if kind.noun:
                found.setdefault(kind.noun, kind)
    return list(found.values())


def _list_of(view: View, kind: Kind) -> str:
    instrument = kind.id.split(".")[0]
    declared = view.authority.instruments.get(instrument)
    for listing in declared.listings if declared else ():
        if listing.id in (kind.noun, kind.noun + "s"):
            return view.href(f"/{instrument}/{listing.id}")
    return view.href(f"/record?kind={kind.id}")


def _card(view: View, instrument: Instrument) -> dict[str, Any]:
    return {
        "title": view.text(instrument.title),
        "summary": view.text(instrument.summary),
        "address": view.href(f"/{instrument.id}"),
        "links": [(item["title"], item["address"]) for item in _links(view, instrument)],
    }


def _links(view: View, instrument: Instrument) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for form in view.authority.forms.values():
        if form.instrument == instrument.id:
            lead = view.text(form.lead) if form.lead else ""
            found[form.id] = {
                "title": view.text(form.title),
                "address": view.href(f"/forms/{form.id}"),
                "summary": lead,
            }
    for page in instrument.pages:
        if "{" not in page.path and view.admits(page):
            found[page.path] = {"title": view.text(page.title), "address": view.href(page.path), "summary": ""}
    for listing in instrument.listings:
        path = f"/{instrument.id}/{listing.id}"
        if any(one["title"] == view.text(listing.title) for one in found.values()):
            continue  # a page shows it, with a link to the list
        found.setdefault(
            path,
            {
                "title": view.text(listing.title),
                "address": view.href(path),
                "summary": view.text(listing.summary),
            },
        )
    return list(found.values())


def instrument_page(view: View, instrument: Instrument) -> Response:
    """An instrument's front page, derived from its declaration."""
    counts = view.authority.counted.by_kind(view.authority.public_size)
    return view.page(
        "portal/instrument.html",
        {
            "title": view.text(instrument.title),
            "summary": view.text(instrument.summary),
            "links": _links(view, instrument),
            "rules": rules.of_instrument(view, instrument),
            "kinds": [
                {
                    "title": kind.title.in_(view.language.code),
                    "address": view.href(f"/record?kind={kind.id}"),
                    "count": None if _in_confidence(view, kind) else counts.get(kind.id, 0),
                }
                for kind in instrument.kinds
            ],
        },
    )


def _in_confidence(view: View, kind: Kind) -> bool:
    """Whether what is filed by a kind stands in the log as done in confidence: no number of it is public, nor none.

    What is a subject of its own is not, for naming one in confidence.
    """
    if kind.noun:
        return kind.confidential
    refs = {mark.noun for info in kind.schema.model_fields.values() for mark in info.metadata if isinstance(mark, Ref)}
    return any(view.authority.untold.closes(kind.id, f"{noun}:") for noun in refs or {""})


def about_page(view: View) -> Response:
    cards = [_card(view, item) for item in view.authority.instruments.values()]
    values = {"title": view.say("About"), "instruments": cards, "who": [*_contact(view), *_place(view)]}
    return view.page("portal/about.html", values)


def _contact(view: View) -> list[tuple[str, Any]]:
    """How to reach the authority: label and value, for what is known of it."""
    imprint = view.authority.settings.imprint
    lines = Markup("<br>").join(imprint.lines(view.language.code))
    mail = Markup('<a href="mailto:{0}">{0}</a>').format(imprint.email)
    phone = Markup('<a href="tel:{}">{}</a>').format(re.sub(r"[^+0-9]", "", imprint.phone), imprint.phone)
    found = (
        (view.say("Address"), lines if imprint.address else ""),
        (view.say("E-mail"), mail if imprint.email else ""),
        (view.say("Telephone"), phone if imprint.phone else ""),
    )
    return [(label, value) for label, value in found if value]


def _place(view: View) -> list[tuple[str, Any]]:
    """Where the authority acts, in which time and languages, and what says how long it keeps things."""
    settings = view.authority.settings
    imprint = settings.imprint
    zone = f"{imprint.time_zone} ({offset(view.reading.now.astimezone(imprint.zone))})"
    kept = Markup('<a href="{}">{}</a>').format(view.href(f"/regimes/{imprint.retention}"), imprint.retention)
    acts_in = [jurisdictions.named(code, view.language.code) for code in imprint.jurisdictions]
    found = (
        (view.say("Jurisdictions"), ("、" if view.language.code == "zh" else ", ").join(acts_in)),
        (view.say("Times of day"), zone if imprint.time_zone != UTC_NAME else UTC_NAME),
        (view.say("Languages"), ", ".join(LANGUAGES[code].name for code in imprint.languages)),
        (view.say("How long things are kept"), kept if imprint.retention else ""),
        (view.say("Address of this service"), settings.address),
        (view.say("In operation since"), view.voice.formats.date(settings.created.date())),
    )
    return [(label, value) for label, value in found if value]


def accessibility_page(view: View) -> Response:
    return view.page("portal/accessibility.html", {"title": view.say("Accessibility")})


def lists_page(view: View, own: Sequence[Place]) -> Response:
    """Every list of the portal with its addresses."""
    rows = []
    for instrument in view.authority.instruments.values():
        for listing in instrument.listings:
            rows.append(_list_row(view, f"/{instrument.id}/{listing.id}", listing.title, view.text(instrument.title)))
    rows += [_list_row(view, place.path, place.listing.title, view.say("All instruments")) for place in own]
    return view.page("portal/lists.html", {"title": view.say("All lists as CSV and JSON"), "rows": rows})


def _list_row(view: View, path: str, title: Mapping[str, str], owner: str) -> list[Any]:
    named = view.text(title)
    files = [{"href": f"{path}.{form}", "text": f"{named} ({form.upper()})"} for form in ("csv", "json")]
    return [{"href": path, "text": named}, owner, *files]
