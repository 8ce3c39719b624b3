"""What is done with people, by forms: one asks, the next says what will be recorded before anything is.

What one administrator may do alone, and what takes two, is `kernel/persons/law.py`; the forms only ask it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal import staffing
from commonweal.kernel import persons
from commonweal.kernel.record import Row
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Conflict,
    Fault,
    Forbidden,
    NotFound,
    faults_of,
    instant,
    stamp,
)

from . import judging, people, refusing, staff
from .site import View
from .staff import PATH
from .staff_deeds import APPOINTED_BY_TWO, DEEDS, JOIN, Asks, Deed, name_of

NOTE_CHARS_MAX = 2000
FORM_KEY_CHARS_MAX = 40
_NUMBER = re.compile(r"\bperson:[a-z0-9][a-z0-9.\-]*[a-z0-9]")
OWN = ("token", "key", "confirmed", "change", "person")


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came: what was given, what is wrong with it by field, and the act it would be."""

    given: Mapping[str, str]
    wrong: Sequence[tuple[str, str]] = ()
    confirm: bool = False
    kind: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """Whom a form is about: their number, and what the record says of them where it does."""

    number: str
    row: Row | None

    @property
    def path(self) -> str:
        return f"{PATH}/{self.number.partition(':')[2]}"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of one that stands there more than once, all, parted by spaces."""
    found: dict[str, str] = {}
    for name, value in await people.read_pairs(request, people.FORM_BYTES_MAX, people.FORM_FIELDS_MAX):
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


# ── the two forms ───────────────────────────────────────────────────────────────────────────────────────────────────


def _about(view: View, deed: Deed) -> About:
    """Whom the address names. Raises `NotForYou` and `NotFound`."""
    number = f"person:{view.request.path_params['person']}"
    staff.admitted(view, number if deed.own else "")
    row = persons.by_number(view.reader, number)
    if row is None and deed.kind != persons.APPOINTMENT_CONFIRMED.id:
        raise NotFound("person", number)
    return About(number, row)


def join_page(view: View) -> Response:
    """The form for somebody who joins, or joins again."""
    staff.admitted(view)
    row = persons.by_number(view.reader, view.asked("person"))
    given = {"organisation": persons.ADMINISTRATORS[0]}
    if row is not None:
        given |= {"name": staff.name(view, row), "party": row["party"]}
    return _form(view, JOIN, About(row["person"] if row else staffing.new_person(), None), Filled(given))


def deed_page(view: View) -> Response:
    """The form for one thing that is done with a person."""
    deed = _deed(view)
    about = _about(view, deed)
    post = persons.post_at(view.reader, about.number, stamp(view.reading.now)) or {}
    given = {"organisation": post.get("organisation", "")} if deed.kind == persons.MOVED.id else {}
    return _form(view, deed, about, Filled({**given, "entry": view.asked("entry")}))


# ── what was sent ───────────────────────────────────────────────────────────────────────────────────────────────────


def join(view: View, form: Mapping[str, str]) -> Response:
    """Take the form for somebody who joins."""
    staff.admitted(view)
    return _taken(view, JOIN, About(form.get("person", ""), None), form)


def deed(view: View, form: Mapping[str, str]) -> Response:
    """Take the form for one thing that is done with a person."""
    found = _deed(view)
    return _taken(view, found, _about(view, found), form)


def _taken(view: View, deed: Deed, about: About, form: Mapping[str, str]) -> Response:
    """What was sent: shown again with what is wrong, or with what will be recorded, or (once confirmed) recorded."""
    person = view.required()
    people.check_form(form, person.cookie)
    if not person.files:
        raise Forbidden("this key may read, but not file")
    given = {name: value.replace("\r\n", "\n").strip() for name, value in form.items() if name not in OWN}
    key = form.get("key", "")
    if not key or len(key) > FORM_KEY_CHARS_MAX or not key.isalnum():
        raise BadInput(Fault("key", key, "the key that the form came with", "form"), "form")
    filled = Filled(given)
    if "change" in form:
        return _form(view, deed, about, filled, key=key)
    try:
        if deed.kind == persons.INVITED.id:
            assert about.row is not None, "looked at a moment ago"
            return _invited(view, about.row)
        kind, body = _act(view, deed, about, given)
        filled = Filled(given, (), True, kind, body)
        if "confirmed" not in form:
            for act in staffing.acts_of(kind, body, f"portal:{key}"):
                judging.check(view, act, person.caller)
            return _form(view, deed, about, filled, key=key)
        receipt = staffing.record(view.authority, kind, body, person.caller, f"portal:{key}")
    except (BadInput, Conflict, Forbidden, NotFound) as error:
        return _form(view, deed, about, Filled(given, _wrong(view, error)), status=error.status, key=key)
    view.site.recorded()
    said = "appointed" if kind == persons.APPOINTMENT_ASKED.id else name_of(deed)
    number = str(body["person"])
    if deed.kind == persons.DELEGATED.id and view.authority.access.holder_of(person.keyid) is None:
        # they lent all that they held, and no page of theirs would say so
        return RedirectResponse(view.href("/sign-in?said=lent"), status_code=303)
    there = persons.by_number(view.reader, number) is not None
    path = f"{PATH}/{number.partition(':')[2]}" if there else PATH
    return RedirectResponse(view.href(f"{path}?said={said}&entry={receipt.index}"), status_code=303)


def _act(view: View, deed: Deed, about: About, given: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The kind and body that a form stands for. Raises `BadInput` for what is missing or no day."""
    faults: list[Fault] = []
    body: dict[str, Any] = {"person": about.number}
    for asks in deed.asks:
        given_here = given.get(asks.field, "")
        if asks.required and not given_here:
            faults.append(Fault(asks.field, "", "an answer", "missing"))
        elif given_here:
            body[asks.field] = _value(view, asks, given_here, faults)
    if deed.entry:
        body[deed.entry] = _entry(deed.entry, given.get("entry", ""), faults)
    if faults:
        named = {fault.where for fault in faults}
        raise BadInput([*faults, *(one for one in _faults(view, deed, body) if one.where not in named)], "form")
    return _completed(view, deed, about, body)


def _faults(view: View, deed: Deed, body: Mapping[str, Any]) -> list[Fault]:
    """What the kind says of what was answered, where not all was: nobody is told of the rest in the next round."""
    try:
        view.authority.kinds[deed.kind].schema.model_validate(body)
    except ValidationError as error:
        return [one for one in faults_of(error) if one.code not in ("missing", "extra_forbidden")]
    return []


def _completed(view: View, deed: Deed, about: About, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a form need not ask: until when it can be confirmed, and that two are needed for it."""
    if deed is JOIN and (known := persons.person_of(view.reader, body["party"])) is not None:
        body["person"] = known["person"]
    if "organisation" in body:
        body["organisation"], _ = staffing.speaks_for(view.authority, body["organisation"])
    latest = stamp(view.authority.house().now + persons.OPEN_MAX)
    if deed.kind == persons.RECOVERY_ASKED.id:
        body["until"] = latest
    if deed.kind in (persons.JOINED.id, persons.MOVED.id) and _by_two(view, body):
        named = {name: about.row[name] for name in ("party", "name") if about.row[name]} if about.row else {}
        return persons.APPOINTMENT_ASKED.id, {**body, **named, "confirm_by": latest}
    return deed.kind, body


def _by_two(view: View, body: Mapping[str, Any]) -> bool:
    return persons.administers(body["roles"]) and persons.needs_two(view.reader)


def _value(view: View, asks: Asks, given: str, faults: list[Fault]) -> Any:
    """What was answered, as the act has it; where it cannot be read, a fault."""
    if asks.control == "roles":
        return given.split()
    if asks.control == "person":
        return _person_named(view, given, faults)
    return _day(asks.field, given, faults) if asks.control == "day" else given


def _entry(name: str, given: str, faults: list[Fault]) -> int:
    if given.isascii() and given.isdigit() and len(given) < 16:
        return int(given)
    faults.append(Fault(name, given, "the number of an entry, such as 17"))
    return 0


def _person_named(view: View, value: str, faults: list[Fault]) -> str:
    """The number of somebody who is named by it or by their party; where nobody is, a fault that says only that."""
    try:
        return str(persons.person(view.reader, value)["person"])
    except NotFound:
        faults.append(Fault("to", value, "the number or party of somebody who works here"))
        return ""


def _day(name: str, value: str, faults: list[Fault]) -> str:
    try:
        return stamp(instant(value))
    except BadInput as error:
        faults.append(Fault(name, value, error.faults[0].want))
        return ""


def _invited(view: View, row: Row) -> Response:
    """An invitation, shown this once: its link, and its code for who types it."""
    person = view.required()
    until = datetime.now(UTC) + staffing.INVITED_FOR
    found = staffing.member(view.authority, row["person"])
    code = staffing.invite(view.authority, found, until, person.caller)
    view.site.recorded()
    base = view.authority.settings.address or str(view.request.base_url).rstrip("/")
    values = {
        "title": view.say("Invitation"), "name": staff.name(view, row), "link": f"{base}{view.href('/enrol')}#{code}",
        "until": stamp(until), "back": f"{PATH}/{row['person'].partition(':')[2]}",
        "half": staffing.halved(view.authority, found, person.caller),
    }  # fmt: skip
    response = view.page("portal/person_invited.html", values)
    response.headers["Cache-Control"] = "no-store"
    return response


def _form(view: View, deed: Deed, about: About, filled: Filled, *, status: int = 200, key: str = "") -> Response:
    """A form as it is asked, or with what it would record."""
    row = about.row
    lender = about.number if deed.kind == persons.DELEGATED.id else ""
    answered = [asks for asks in deed.asks if filled.given.get(asks.field)] if filled.confirm else []
    return view.page(
        "portal/person_form.html",
        {
            "title": view.say(deed.title),
            "about": view.say(deed.about),
            "who": staff.name(view, row) if row else "",
            "back": about.path if row else PATH,
            "path": f"{PATH}/join" if deed is JOIN else f"{about.path}/{name_of(deed)}",
            "number": about.number,
            "form_key": key or secrets.token_hex(12),
            "given": filled.given,
            "questions": [_question(view, asks, filled, lender) for asks in deed.asks],
            "summary_items": _summary(view, deed, filled),
            "confirm": [_answer(view, asks, filled) for asks in answered],
            "confirming": filled.confirm,
            "two": view.say(APPOINTED_BY_TWO) if filled.kind == persons.APPOINTMENT_ASKED.id else "",
            "asked_for": _asked_for(view, deed, filled),
            "plain": not deed.asks,
        },
        status=status,
    )


def _summary(view: View, deed: Deed, filled: Filled) -> list[tuple[str, Any]]:
    """Every fault with the address of its question, or of the page where it belongs to none."""
    labels = {asks.field: view.say(asks.label) for asks in deed.asks}
    return [
        (f"#f-{name}", view.say("%(field)s: %(fault)s", field=labels[name], fault=words))
        if name in labels
        else ("#content", words)
        for name, words in filled.wrong
    ]


def _asked_for(view: View, deed: Deed, filled: Filled) -> Mapping[str, Any] | None:
    """What a confirmation confirms, as it was asked for; None for other forms."""
    entry = filled.given.get("entry", "")
    if deed.entry not in ("recovery", "appointment") or not entry.isdigit():
        return None
    find = persons.recovery if deed.entry == "recovery" else persons.appointment
    return staff.waits(view, deed.entry, find(view.reader, int(entry)))


def _question(view: View, asks: Asks, filled: Filled, lender: str) -> dict[str, Any]:
    given = filled.given.get(asks.field, "")
    chosen = set(given.split()) if asks.control == "roles" else set()
    control = {"roles": "several", "person": "text"}.get(asks.control, asks.control)
    choices: list[dict[str, Any]] = [
        {"id": f"f-{asks.field}" if number == 0 else f"f-{asks.field}-{role}", "value": role,
         "label": staff.office(view, role), "hint": "", "checked": role in chosen}
        for number, role in enumerate(_choices(view, lender, asks))
    ]  # fmt: skip
    return {
        "id": f"f-{asks.field}", "name": asks.field, "label": view.say(asks.label), "required": asks.required,
        "hint": view.say(asks.hint) if asks.hint else "", "control": control, "value": given, "choices": choices,
        "wrong": [words for field, words in filled.wrong if field == asks.field], "chars_max": NOTE_CHARS_MAX,
    }  # fmt: skip


def _choices(view: View, lender: str, asks: Asks) -> list[str]:
    """The roles to choose from: of a delegation those that its lender holds of their own."""
    if asks.control != "roles":
        return []
    if lender:
        return list(persons.standing(view.reader, lender, view.reading.now).own)
    return view.authority.roles_known()


def _answer(view: View, asks: Asks, filled: Filled) -> tuple[str, str]:
    given = filled.given[asks.field]
    if asks.control == "roles":
        given = staff.offices(view, given.split())
    if asks.control == "day":
        given = view.voice.formats.date(given)
    if asks.field == "organisation":
        given = staff.body(view, filled.body["organisation"])
    return str(view.say(asks.label)), given


def _wrong(view: View, error: CommonwealError) -> list[tuple[str, str]]:
    """A refusal, field by field, in the language of the page."""
    if not isinstance(error, BadInput):
        return [("", refusing.error_told(view, error))]
    return [
        (
            fault.where,
            _named(view, refusing.fault_told(view, fault)) if str(fault.seen) else str(view.say("This is needed.")),
        )
        for fault in error.faults
    ]


def _named(view: View, words: str) -> str:
    """A refusal with the name of whoever is told of by number, as far as who looks may read it."""

    def called(found: re.Match[str]) -> str:
        row = persons.by_number(view.reader, found[0])
        return staff.name(view, row) if row is not None and staff.is_administrator(view) else found[0]

    return _NUMBER.sub(called, words)


def _deed(view: View) -> Deed:
    name = str(view.request.path_params["deed"])
    if name not in DEEDS:
        raise NotFound("page of a person", name, "one of: " + ", ".join(DEEDS))
    return DEEDS[name]
