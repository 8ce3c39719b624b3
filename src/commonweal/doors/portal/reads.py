"""Who read what is not public: for whoever filed it on its own page, and the whole log for those who run the authority.

Whoever filed something is told day, role, organisation, fields and the kind of purpose, and never who in the authority
it was nor what they wrote: people there answer to the authority for what they read, and the whole log names them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape
from starlette.responses import Response

from commonweal import held
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR
from commonweal.kernel.disclosure import ROLES
from commonweal.kernel.disclosure.reads import (
    ABOUT,
    ASKED,
    COUNTED,
    NO_ENTRY,
    OWED,
    REFUSAL,
    SEARCH,
    WHOSE,
    Logged,
    Read,
)
from commonweal.kernel.values import BadInput, Fault, day_start, stamp

from .cells import N_
from .site import NotForYou, SignInFirst, View

PATH, MINE = "/reads", "/reads/mine"
ADMITTED = "authority"
SHOWN_MAX = 500
FOLLOWS = {
    ABOUT: N_("whom it is about"),
    WHOSE: N_("whose it is"),
    OWED: N_("what is owed on it"),
    SEARCH: N_("that words searched for stand in it"),
    REFUSAL: N_("something of it, by the refusal of an act"),
}
"""What follows from an entry and was told, where no field of it was."""
_Told = tuple[str, tuple[str, ...], str, tuple[str, ...], str]


def read_by_others(view: View, entries: Iterable[int], caller: Caller | None = None) -> dict[str, Any] | None:
    """Who read these entries, told to whoever filed them: of those that whoever looks did not file, nothing.

    None where none of them is theirs. What they read of it themselves is left out.
    """
    caller, store = caller or view.sight.caller, view.authority.store
    own = [index for index in entries if caller is not None and store.entry(index).author == caller.party]
    if caller is None or not own:
        return None
    told: Counter[_Told] = Counter()
    for one in view.authority.reads.alike(own, caller.party):
        told[one.day, one.roles, one.organisation, one.fields, held.purpose_of(one.roles, one.door)] += one.times
    return {
        **_table(view, [(*_told_words(view, one), times) for one, times in told.items()][:SHOWN_MAX]),
        "more": len(told) > SHOWN_MAX,
    }


def mine_page(view: View) -> Response:
    """Who read anything that whoever looks filed, newest first, in pages. Raises `SignInFirst` and `BadInput`."""
    caller = view.sight.caller
    if caller is None:
        raise SignInFirst(view.path)
    faults: list[Fault] = []
    below = _number(view, "below", faults)
    if faults:
        raise BadInput(faults, "log of reads")
    filed = {index: subject for index, subject, author in view.authority.store.around(caller.party)
             if author == caller.party}  # fmt: skip
    lines = view.authority.reads.found(entries=filed, below=below or 0, limit=SHOWN_MAX + 1)
    told = Counter((line.read.entry, _told(line.read)) for line in lines[:SHOWN_MAX] if line.read.party != caller.party)
    rows = [
        ({"href": f"/record/{index}", "text": str(index)}, *_told_words(view, one), times)
        for (index, one), times in told.items()
    ]
    return view.page(
        "portal/reads_mine.html",
        {"title": view.say("Who read what you filed"), **_table(view, rows, view.say("Entry")),
         "older": _older(view, MINE, lines), "begin": view.href(MINE) if below else ""},
    )  # fmt: skip


def log_page(view: View) -> Response:
    """The whole log of reads, newest first, by party, entry and days. Raises `NotForYou` and `BadInput`."""
    if view.person is None:
        raise SignInFirst(view.path)
    if view.sight.caller is None or ADMITTED not in view.sight.caller.roles:
        raise NotForYou((ADMITTED,))
    asked = _asked(view)
    since, until = (
        stamp(day_start(day)) if day else "" for day in (asked.first, asked.last and asked.last + timedelta(days=1))
    )
    log = view.authority.reads
    found = log.found(
        party=asked.party, entries=None if asked.entry is None else [asked.entry], since=since, until=until,
        below=asked.below or 0, limit=SHOWN_MAX + 1,
    )  # fmt: skip
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
                 as_roles(view, line.read.roles), _office(view, line.read.organisation),
                 "" if line.read.entry == NO_ENTRY
                 else link.format(view.href(f"/record/{line.read.entry}"), line.read.entry),
                 field_words(view, line.read.fields), Markup("<code>{}</code>").format(line.read.door),
                 line.read.purpose)
                for line in found[:SHOWN_MAX]
            ],
            "older": _older(view, PATH, found),
            "begin": _address(view, PATH) if asked.below else "",
        },
    )  # fmt: skip


def _table(view: View, rows: Sequence[Any], *first: Any) -> dict[str, Any]:
    say = view.say
    columns = [say("Day"), say("Read as"), say("Organisation"), say("Fields"), say("What for"), say("Times")]
    forms = ["date", "text", "text", "text", "text", "number"]
    return {"columns": [*first, *columns], "forms": ["link"] * len(first) + forms, "rows": rows}


def _told_words(view: View, told: _Told) -> tuple[Any, ...]:
    day, roles, organisation, fields, purpose = told
    words = view.text(held.read_for()[purpose])
    return day, as_roles(view, roles), _office(view, organisation), field_words(view, fields), words


def _office(view: View, organisation: str) -> str | None:
    return view.office(organisation) if organisation else None


def _older(view: View, path: str, lines: Sequence[Logged]) -> str:
    """The address of the lines after these, "" where there are none."""
    return _address(view, path, below=lines[SHOWN_MAX - 1].number) if len(lines) > SHOWN_MAX else ""


def _address(view: View, path: str, **more: Any) -> str:
    kept = {name: view.asked(name) for name in ("party", "entry", "since", "until") if view.asked(name)}
    query = urlencode({**kept, **more})
    return view.href(path) + (f"?{query}" if query else "")


def _told(read: Read) -> _Told:
    return read.at[:10], read.roles, read.organisation, read.fields, held.purpose_of(read.roles, read.door)


def as_roles(view: View, roles: Iterable[str]) -> str:
    """Roles in words: who has all that the command line has is whoever runs the machine, and no developer looked."""
    roles = tuple(roles)
    if set(OPERATOR.roles) <= set(roles):
        return str(view.say("Whoever runs the machine"))
    return str(view.say(", ")).join(view.text(ROLES[one]) if one in ROLES else view.office(one) for one in roles)


def field_words(view: View, fields: Iterable[str]) -> str:
    """The fields of a line of the log in words."""
    return str(view.say(", ")).join(_field_words(view, name) for name in fields)


def _field_words(view: View, name: str) -> str:
    if name in FOLLOWS:
        return str(view.say(FOLLOWS[name]))
    if name.startswith(f"{ASKED} "):
        return str(view.say("what is held about %(party)s: nothing", party=name.removeprefix(f"{ASKED} ")))
    if name.startswith(f"{COUNTED} "):
        number, _, kind = name.removeprefix(f"{COUNTED} ").partition(" ")
        title = view.site.kind_title(kind, view.language.code)
        count = view.voice.formats.number(int(number))
        return str(view.say("figures made of %(count)s entries (%(kind)s)", count=count, kind=title))
    if name.startswith(f"{SEARCH} "):
        return str(view.say("where the words “%(words)s” stand", words=name.removeprefix(f"{SEARCH} ")))
    return view.site.field_title(name, view.language.code)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filters of the whole log ask for."""

    party: str
    entry: int | None
    first: date | None
    last: date | None
    below: int | None


def _asked(view: View) -> Asked:
    """What the filters ask for. Raises `BadInput` naming each that cannot be."""
    faults: list[Fault] = []
    party = view.asked("party").strip()
    party = f"party:{party}" if party and ":" not in party else party
    entry, below = (_number(view, name, faults) for name in ("entry", "below"))
    first, last = (_day(view, name, faults) for name in ("since", "until"))
    if first and last and last < first:
        faults.append(Fault("until", last.isoformat(), f"a day not before {first.isoformat()}"))
    if faults:
        raise BadInput(faults, "log of reads")
    return Asked(party, entry, first, last, below)


def _number(view: View, name: str, faults: list[Fault]) -> int | None:
    raw = view.asked(name).strip()
    if raw and not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        faults.append(Fault(name, raw, f"the number of {'an entry' if name == 'entry' else 'a line'}, such as 17"))
        return None
    return int(raw) if raw else None


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
