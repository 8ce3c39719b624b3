"""Who read what is not public: for whoever filed it on its own page, and the whole log for those who run the authority.

Whoever filed something is told day, role, organisation, fields and purpose, and never who in the authority it was:
people there answer to the authority for what they read, and the whole log names them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup, escape
from starlette.responses import Response

from commonweal.kernel.disclosure import ROLES
from commonweal.kernel.disclosure.reads import Read
from commonweal.kernel.values import BadInput, Fault, day_start, stamp

from .site import NotForYou, SignInFirst, View

PATH = "/reads"
ADMITTED = "authority"
SHOWN_MAX = 500
LINES_MAX = 5000


def read_by_others(view: View, entries: Iterable[int]) -> dict[str, Any] | None:
    """Who read these entries, told to whoever filed them: of those that whoever is signed in did not file, nothing.

    None where none of them is theirs. What they read of it themselves is left out.
    """
    caller, store = view.sight.caller, view.authority.store
    own = [index for index in entries if caller is not None and store.entry(index).author == caller.party]
    if caller is None or not own:
        return None
    lines = view.authority.reads.found(entries=own, limit=LINES_MAX)
    told = Counter(_told(line.read) for line in lines if line.read.party != caller.party)
    rows = [
        (
            day,
            _as(view, roles),
            view.office(organisation) if organisation else None,
            _fields(view, fields),
            purpose,
            times,
        )
        for (day, roles, organisation, fields, purpose), times in told.items()
    ]
    return {
        "columns": [view.say("Day"), view.say("Read as"), view.say("Organisation"), view.say("Fields"),
                    view.say("What for"), view.say("Times")],
        "forms": ["date", "text", "text", "text", "text", "number"],
        "rows": rows[:SHOWN_MAX],
        "more": len(rows) > SHOWN_MAX or len(lines) == LINES_MAX,
    }  # fmt: skip


def log_page(view: View) -> Response:
    """The whole log of reads, newest first, by party, entry and days. Raises `NotForYou` and `BadInput`."""
    if view.person is None:
        raise SignInFirst(view.path)
    if view.sight.caller is None or ADMITTED not in view.sight.caller.roles:
        raise NotForYou((ADMITTED,))
    party, entry, first, last = _asked(view)
    since, until = (stamp(day_start(day)) if day else "" for day in (first, last and last + timedelta(days=1)))
    log = view.authority.reads
    found = log.found(
        party=party, entries=None if entry is None else [entry], since=since, until=until, limit=SHOWN_MAX + 1
    )
    link = Markup('<a href="{}">{}</a>')
    say = view.say
    return view.page(
        "portal/reads.html",
        {
            "title": say("Log of reads"),
            "count": log.head()[0],
            "items": [
                {"id": id, "title": title, "value": view.asked(id), "type": type, "choices": ()}
                for id, title, type in (
                    ("party", say("Party"), "text"), ("entry", say("Entry"), "text"),
                    ("since", say("From day (UTC)"), "date"), ("until", say("To day (UTC)"), "date"),
                )
            ],
            "columns": [say("When"), say("Party"), say("Read as"), say("Organisation"), say("Entry"), say("Fields"),
                        say("Where"), say("What for")],
            "rows": [
                (escape(view.voice.formats.when(line.read.at)), line.read.party.removeprefix("party:"),
                 _as(view, line.read.roles), view.office(line.read.organisation) if line.read.organisation else None,
                 link.format(view.href(f"/record/{line.read.entry}"), line.read.entry),
                 _fields(view, line.read.fields), Markup("<code>{}</code>").format(line.read.door), line.read.purpose)
                for line in found[:SHOWN_MAX]
            ],
            "more": len(found) > SHOWN_MAX,
            "most": SHOWN_MAX,
        },
    )  # fmt: skip


def _told(read: Read) -> tuple[str, tuple[str, ...], str, tuple[str, ...], str]:
    return read.at[:10], read.roles, read.organisation, read.fields, read.purpose


def _as(view: View, roles: Iterable[str]) -> str:
    return str(view.say(", ")).join(view.text(ROLES[one]) if one in ROLES else view.office(one) for one in roles)


def _fields(view: View, fields: Iterable[str]) -> str:
    about = str(view.say("whom it is about"))
    return str(view.say(", ")).join(
        about if name.startswith("(") else view.site.field_title(name, view.language.code) for name in fields
    )


def _asked(view: View) -> tuple[str, int | None, date | None, date | None]:
    """What the filters ask for. Raises `BadInput` naming each that cannot be."""
    faults: list[Fault] = []
    party, entry = view.asked("party").strip(), view.asked("entry").strip()
    party = f"party:{party}" if party and ":" not in party else party
    if entry and not (entry.isascii() and entry.isdigit() and len(entry) < 16):
        faults.append(Fault("entry", entry, "the number of an entry, such as 17"))
    first, last = (_day(view, name, faults) for name in ("since", "until"))
    if first and last and last < first:
        faults.append(Fault("until", last.isoformat(), f"a day not before {first.isoformat()}"))
    if faults:
        raise BadInput(faults, "log of reads")
    return party, int(entry) if entry else None, first, last


def _day(view: View, name: str, faults: list[Fault]) -> date | None:
    text = view.asked(name).strip()
    try:
        found = date.fromisoformat(text) if text else None
        if found is not None and found.year > 9998:
            raise ValueError
    except ValueError:
        faults.append(Fault(name, text, "a day such as 2026-03-01"))
        return None
    return found
