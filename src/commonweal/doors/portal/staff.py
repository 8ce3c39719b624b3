"""People of the authority, for its administrators: who works here, in which role from when to when; and what is done
with them. Somebody whom the record names sees their own page, and lends and takes back their own roles.

Every page on which a name stands is noted in the log of reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from starlette.responses import Response

from commonweal import staffing
from commonweal.kernel import persons, registry
from commonweal.kernel.record import Row
from commonweal.kernel.values import NotFound, stamp

from .cells import N_
from .site import NotForYou, View
from .staff_deeds import APPOINTED, DEEDS, JOIN, JOINED_YOURSELF

PATH = "/people"
# ── who may look ────────────────────────────────────────────────────────────────────────────────────────────────────


def is_administrator(view: View) -> bool:
    """Whether whoever looks administers people here, and may read."""
    person = view.person
    return person is not None and person.reads and persons.administers(person.caller.roles)


def own_number(view: View) -> str:
    """The number of whoever looks, where the record names them."""
    row = persons.person_of(view.reader, view.required().caller.party)
    return str(row["person"]) if row else ""


def admitted(view: View, number: str = "") -> None:
    """Raises `SignInFirst`, and `NotForYou` for who is neither an administrator nor the person themselves."""
    view.required()
    if not is_administrator(view) and not (number and own_number(view) == number):
        raise NotForYou(persons.JOINED.files)


def _row(view: View) -> Row:
    number = f"person:{view.request.path_params['person']}"
    admitted(view, number)
    return persons.person(view.reader, number)


def name(view: View, row: Row) -> str:
    """What somebody is called, where whoever looks may read it; that they did is noted."""
    own = row["party"] == view.required().caller.party
    entry = row["named"]
    if entry is None:
        return str(row["person"])
    if own or view.sight.opens(entry, "name"):
        view.sight.told(entry, ("name",))
        view.sight.told(row["joined"], ("party",))
        return str(row["name"])
    return str(row["person"])


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def overview(view: View) -> Response:
    """Everybody who works here or did, and what waits for a second administrator."""
    admitted(view)
    rows = persons.persons(view.reader)
    at = view.reading.now
    found = [(row, persons.standing(view.reader, row["person"], at), _posts(view, row["person"])) for row in rows]
    here = [one for one in found if _span_now(one[2], stamp(at)) != "past"]
    return view.page(
        "portal/people.html",
        {
            "title": view.say("People"),
            "waiting": [waits(view, what, row) for what, row in persons.open_requests(view.reader, at)],
            "here": [_line(view, *one) for one in here],
            "gone": [_line(view, *one) for one in found if one not in here],
            "columns": [view.say("Name"), view.say("Number"), view.say("Organisation"), view.say("May act as"),
                        view.say("Begins"), view.say("Until")],
            "forms": ["link", "text", "text", "text", "date", "date"],
            **_said(view),
        },
    )  # fmt: skip


def person_page(view: View) -> Response:
    """One person: what they hold now, everything they ever held, lent and exercised, and what can be done."""
    row = _row(view)
    number, at = row["person"], view.reading.now
    found, history = persons.standing(view.reader, number, at), persons.history(view.reader, number)
    key = staffing.standing_key(view.authority, row) if is_administrator(view) else ""
    return view.page(
        "portal/person.html",
        {
            "title": name(view, row),
            "row": row,
            "own": own_number(view) == number,
            "admin": is_administrator(view),
            "roles": offices(view, found.roles),
            "lent": [(office(view, role), *_who(view, whose)) for role, whose in found.away.items()],
            "for_others": [(office(view, role), *_who(view, whose)) for role, whose in found.lent.items()],
            "why_not": "" if found.roles else view.say(_none(view, number, found)),
            "deeds": _offered(view, row, key),
            "waiting": [
                waits(view, what, one)
                for what, one in persons.open_requests(view.reader, at)
                if one["person"] == number and is_administrator(view)
            ],
            "posts": [_post(view, one) for one in history["posts"]],
            "delegations": [_delegation(view, one, number) for one in (*history["lent"], *history["exercised"])],
            "post_columns": [view.say("Roles"), view.say("Organisation"), view.say("Begins"), view.say("Until"),
                             view.say("Entry")],
            "delegation_columns": [view.say("Roles"), view.say("Lent by"), view.say("To whom"), view.say("Begins"),
                                   view.say("Until"), view.say("Entry")],
            **_said(view),
        },
    )  # fmt: skip


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _said(view: View) -> dict[str, Any]:
    """What was recorded a moment ago, and as which entry."""
    own = view.request.path_params.get("person") == own_number(view).partition(":")[2]
    words = {
        "join": JOINED_YOURSELF if own else JOIN.said,
        "appointed": APPOINTED,
        **{name: one.said for name, one in DEEDS.items()},
    }
    asked, entry = words.get(view.asked("said"), ""), view.asked("entry")
    return {"said": view.say(asked) if asked else "", "entry": entry if entry.isdigit() else ""}


def _offered(view: View, row: Row, key: str | None) -> list[dict[str, str]]:
    """What can be done with a person now, by whoever looks."""
    number, at = row["person"], stamp(view.reading.now)
    own, holds = own_number(view) == number, persons.holds_now_or_later(view.reader, number, at)
    names: list[str] = []
    if view.required().files and holds:
        names = ["move", "leave", "recover" if key else "invite"] if is_administrator(view) and not own else []
        names += ["delegate"]
    base = f"{PATH}/{number.partition(':')[2]}"
    found = [
        {"path": f"{base}/{name}", "title": str(view.say(DEEDS[name].title)), "about": str(view.say(DEEDS[name].about))}
        for name in names
    ]
    if view.required().files and not holds and is_administrator(view) and not own:
        title, about = view.say("They join again"), view.say("They keep their number and their party.")
        found.append({"path": f"{PATH}/join?person={number}", "title": str(title), "about": str(about)})
    return found


def _posts(view: View, number: str) -> list[Row]:
    return [row for row in persons.history(view.reader, number)["posts"] if row["since"] != row["until"]]


def _span_now(posts: Sequence[Row], at: str) -> str:
    """Whether posts hold now or later, or all are past."""
    return "now" if any(row["until"] is None or row["until"] > at for row in posts) else "past"


def _line(view: View, row: Row, found: persons.Standing, posts: Sequence[Row]) -> tuple[Any, ...]:
    at = stamp(view.reading.now)
    post = next((one for one in posts if one["until"] is None or one["until"] > at), posts[-1] if posts else None)
    number = row["person"].partition(":")[2]
    return (
        {"href": f"{PATH}/{number}", "text": name(view, row)},
        row["person"],
        body(view, post["organisation"]) if post else None,
        offices(view, found.roles) or None,
        post["since"][:10] if post else None,
        post["until"][:10] if post and post["until"] else None,
    )


def waits(view: View, what: str, row: Row) -> dict[str, Any]:
    """A recovery or an appointment that waits for a second administrator, as it was asked for."""
    number, post = row["person"], row.get("post") or {}
    there = persons.by_number(view.reader, number)
    party = ""
    if post:
        view.sight.told(post["named"], ("name",))
        view.sight.told(row["entry"], ("party",))
        party = there["party"] if there else post["party"]
    person = number.partition(":")[2]
    return {
        "what": what,
        "who": name(view, there) if there else post.get("name") or number,
        "party": party,
        "why": _why(view, row["entry"], number),
        "asked_by": _who(view, row["asked_by"])[0],
        "mine": own_number(view) in (row["asked_by"], number),
        "until": row["until"],
        "entry": row["entry"],
        "roles": offices(view, post.get("roles", ())),
        "organisation": body(view, post["organisation"]) if post else "",
        "since": post.get("since"),
        "ends": post.get("until"),
        "path": f"{PATH}/{person}/confirm-{what}?entry={row['entry']}",
    }


def _why(view: View, entry: int, number: str) -> str:
    """Why something was asked for: in the act itself, or in the words recorded in one with it (`staffing.acts_of`)."""
    store = view.authority.store
    asked = store.entry(entry)
    if own := view.sight.part(entry, ("note",)).get("note"):
        return str(own)
    with suppress(NotFound):
        beside = store.entry(entry + 1)
        if beside.kind == persons.NOTED.id and (beside.author, beside.time) == (asked.author, asked.time):
            told = view.sight.part(entry + 1, ("person", "note"))
            return str(told.get("note") or "") if told.get("person") == number else ""
    return ""


def _who(view: View, number: str) -> tuple[str, str]:
    """Somebody's name (for administrators) or number, and their page."""
    row = persons.by_number(view.reader, number)
    shown = name(view, row) if row is not None and is_administrator(view) else number
    return shown, f"{PATH}/{number.partition(':')[2]}" if is_administrator(view) else ""


def _post(view: View, row: Row) -> tuple[Any, ...]:
    never = row["since"] == row["until"]
    until = view.say("never began") if never else row["until"][:10] if row["until"] else None
    entry = {"href": f"/record/{row['entry']}", "text": str(row["entry"])}
    return (offices(view, row["roles"]), body(view, row["organisation"]), row["since"][:10], until, entry)


def _delegation(view: View, row: Row, number: str) -> dict[str, Any]:
    at = stamp(view.reading.now)
    mine = row["person"] == number and view.required().files
    return {
        "roles": offices(view, row["roles"]),
        "by": _who(view, row["person"]),
        "to": _who(view, row["to"]),
        "since": row["since"],
        "until": row["until"],
        "entry": row["entry"],
        "revoke": f"{PATH}/{number.partition(':')[2]}/revoke?entry={row['entry']}"
        if mine and row["until"] > at
        else "",
    }


def body(view: View, organisation: str) -> str:
    """For whom somebody acts, in words; of a body that is on no register, that it is not."""
    if organisation in persons.ADMINISTRATORS:
        return view.office(organisation)
    row = registry.subject(view.reader, organisation)
    if row is not None and not row["erased"]:
        return str(row["name"])
    return str(view.say("%(body)s (not on the register)", body=view.office(organisation)))


def offices(view: View, roles: Sequence[str]) -> str:
    return str(view.say(", ")).join(office(view, role) for role in roles)


def office(view: View, role: str) -> str:
    """A role in words: who holds `authority` administers people, and is not the authority."""
    return str(view.say("administrator")) if role in persons.ADMINISTRATORS else view.office(role)


def _none(view: View, number: str, found: persons.Standing) -> str:
    """Why somebody holds nothing now (a message id)."""
    if found.away:
        return N_("Another exercises what they hold until the delegation ends.")
    if persons.holds_now_or_later(view.reader, number, stamp(view.reading.now)):
        return N_("What they hold begins on a day to come.")
    return N_("They hold nothing any more.")
