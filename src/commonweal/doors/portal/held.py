"""What is held about whoever looks, signed in or by return code; and for officers who answer for somebody else."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response

from commonweal import held, releasing
from commonweal.acceptance import STEWARDS, Caller
from commonweal.forms import REPORTER
from commonweal.kernel.disclosure.releasing import RELEASED
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Conflict, Fault, Forbidden, NotFound

from . import deeds, judging, people
from .cells import N_
from .fields import code_words
from .reads import as_roles, field_words
from .site import SignInFirst, View

PATH, FILE, RELEASE = "/held", "/held.json", "/held/release"
KEY_CHARS_MAX = 40
SHOWN, READERS_SHOWN = 20, 100
EMPTY: tuple[Any, ...] = (None, "", [], (), {})
WHY = {
    releasing.FILED: N_("You filed it."),
    releasing.ABOUT: N_("It is about you, or for you."),
    releasing.YOURS: N_("It is about something that you filed."),
}
THEIR_WHY = {
    releasing.FILED: N_("They filed it."),
    releasing.ABOUT: N_("It is about them, or for them."),
    releasing.YOURS: N_("It is about something that they filed."),
}
SOURCES = {"you": N_("from yourself"), "authority": N_("from the authority"), "another": N_("from somebody else")}
THEIR_SOURCES = {**SOURCES, "you": N_("from themselves")}
REQUEST = "access_request"
STATES = {
    "for_good": N_("for good"),
    "no_event": N_("its time has not begun to run"),
    "unscheduled": N_("as long as no schedule says until when"),
}


def page(view: View) -> Response:
    """The answer in pages; where nobody is known, how one comes to it."""
    if view.person is None and not view.visitor:
        return view.page("portal/held.html", {"title": _title(view), "answer": None, **_said(view)})
    answer = _answer(view, SHOWN)
    return view.page(
        "portal/held.html",
        {
            "title": view.say("What is held about %(party)s", party=answer.party.removeprefix("party:"))
            if answer.behalf else _title(view),
            "answer": answer,
            "by_code": bool(view.visitor),
            "file": _address(view, FILE),
            "onward": _address(view, PATH, first=answer.onward) if answer.onward is not None else "",
            "begin": _address(view, PATH) if _first(view) else "",
            "items": [_shown(view, answer, item) for item in answer.items],
            "keys": _keys(view, answer),
            "reads": _reads(view, answer),
            "answers": bool(view.sight.caller and STEWARDS & set(view.sight.caller.roles)),
            "recorded": view.asked("said") if view.asked("said").isdigit() else "",
            **_said(view),
        },
    )  # fmt: skip


def release_page(view: View) -> Response:
    """One entry of somebody's, with what of it can be released or was. Raises `Forbidden`, `NotFound`, `BadInput`."""
    return _release_page(view, {})


def release(view: View, form: Mapping[str, str]) -> Response:
    """Release a field, or withdraw a release, as an act of whoever is signed in; faults are shown with what was sent.

    Raises `SignInFirst` and `Forbidden`.
    """
    person = view.required()
    people.check_form(form, person.cookie)
    if not person.files:
        raise Forbidden("this key may read, but not file")
    key = form.get("key", "")
    if not (0 < len(key) <= KEY_CHARS_MAX and key.isalnum()):
        raise BadInput(Fault("key", key[:KEY_CHARS_MAX], "the key that the form came with", "form"), "form")
    body = {
        "party": _whole(view.asked("party")),
        "entry": _number(view, "entry"),
        "field": form.get("field", ""),
        "reason": form.get("reason", ""),
        "withdrawn": form.get("withdrawn") == "yes",
    }
    try:
        receipt = judging.act(view, Act(RELEASED.id, body, key=f"portal:{key}"), person.caller)
    except (BadInput, Conflict) as error:
        return _release_page(view, form, deeds.wrong(view, error), error.status)
    view.authority.follow()
    view.site.recorded()
    return RedirectResponse(_address(view, PATH, first=body["entry"], said=receipt.index), status_code=303)


def _release_page(
    view: View, given: Mapping[str, str], faults: Sequence[deeds.Wrong] = (), status: int = 200
) -> Response:
    view.required()
    index = _number(view, "entry")
    answer = held.for_another(view.authority, _whole(view.asked("party")), view.sight, first=index, most=1)
    item = next((one for one in answer.items if one.index == index), None)
    if item is None:
        raise NotFound("entry among what is held about " + answer.party, index)
    values = {
        "title": view.say("Release something to %(party)s", party=answer.party.removeprefix(held.PARTY)),
        "answer": answer,
        "one": _shown(view, answer, item),
        "back": _address(view, PATH, first=index),
        "action": _address(view, RELEASE, entry=index),
        "choices": [(name, _named(view, name)) for name in item.releasable],
        "given": {name: given.get(name, "") for name in ("field", "reason", "withdrawn")},
        "faults": faults,
        "form_key": secrets.token_hex(12),
    }
    return view.page("portal/release.html", values, status=status)


def file(view: View) -> Response:
    """The answer as JSON, which programs can read, in pages of `held.MOST` entries. Raises `SignInFirst`."""
    if view.person is None and not view.visitor:
        raise SignInFirst(view.path)
    found = _answer(view, held.MOST).as_dict()
    name = "held.json" if not found["next"] and not _first(view) else f"held-{_first(view)}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return JSONResponse(found, headers=headers)


def _answer(view: View, most: int) -> held.Answer:
    """Raises `Forbidden`, `NotFound` and `BadInput` naming every fault."""
    named, first = view.asked("party").strip(), _first(view)
    if named:
        return held.for_another(view.authority, _whole(named), view.sight, first=first, most=most)
    caller = _caller(view)
    return held.own(view.authority, caller.party, view.sight_of(caller), first=first, most=most)


def _caller(view: View) -> Caller:
    """As whom somebody asks: signed in, or by return code."""
    if view.visitor:
        return Caller(view.visitor, (REPORTER,))
    person = view.required()
    if not person.reads:
        raise Forbidden("this key may file, but not read: whoever issued it can issue another")
    return person.caller


def _whole(named: str) -> str:
    return named.strip() if ":" in named else f"party:{named.strip()}"


def _first(view: View) -> int:
    return _number(view, "first")


def _number(view: View, name: str) -> int:
    raw = view.asked(name) or "0"
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        raise BadInput(Fault(name, raw, "the number of an entry, such as 17"), "address")
    return int(raw)


def _address(view: View, path: str, **more: Any) -> str:
    kept = {name: view.asked(name) for name in ("party", "purpose") if view.asked(name)}
    query = urlencode({**kept, **more})
    return view.href(path) + (f"?{query}" if query else "")


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _title(view: View) -> str:
    return str(view.say("What is held about you"))


def _said(view: View) -> dict[str, Any]:
    imprint = view.authority.settings.imprint
    return {
        "words": {name: (view.text(one.text), one.source) for name, one in held.words().items()},
        "reasons": {code: (view.text(one.text), one.source) for code, one in held.reasons().items()},
        "contact": [*imprint.lines(view.language.code), *(one for one in (imprint.email, imprint.phone) if one)],
        "asked": {name: view.asked(name) for name in ("party", "purpose")},
        "ask": _form(view),
    }


def _form(view: View) -> str:
    """Where somebody asks for an answer in writing; empty where this authority has no form for that."""
    authority = view.authority
    forms = (form.id for form in authority.forms.values() if authority.kinds[form.kind].noun == REQUEST)
    return next((f"/forms/{name}" for name in forms), "")


def _shown(view: View, answer: held.Answer, item: held.Item) -> dict[str, Any]:
    whys, sources = (THEIR_WHY, THEIR_SOURCES) if answer.behalf else (WHY, SOURCES)
    kept = item.kept
    until = view.voice.formats.date(kept.until[:10]) if kept.state == "until" and kept.until else ""
    return {
        "item": item,
        "title": view.text(item.title),
        "why": view.say(whys[item.why]),
        "source": view.say(sources[item.source]),
        "purpose": view.text(item.purpose),
        "kept": view.say("at least until %(day)s", day=until) if until else view.say(STATES[kept.state]),
        "erased_after": kept.due[:10] if kept.due else "",
        "class_": view.text(kept.title) if kept.title else "",
        "says": view.text(kept.says) if kept.says else "",
        "fields": [_field(view, name, value) for name, value in item.fields.items() if value not in EMPTY],
        "empty": str(view.say(", ")).join(_named(view, name) for name, value in item.fields.items() if value in EMPTY),
        "withheld": _withheld(view, item),
        "released": [(one.field, _named(view, one.field), one.day, one.act) for one in item.released],
        "release": _address(view, RELEASE, entry=item.index)
        if answer.behalf and (item.releasable or item.released) else "",
        "readers": [
            (one.day, as_roles(view, one.roles), view.office(one.organisation) if one.organisation else None,
             field_words(view, one.fields), view.text(held.read_for()[one.purpose]), one.times)
            for one in item.shown_to[:READERS_SHOWN]
        ],
        "more_readers": max(0, len(item.shown_to) - READERS_SHOWN),
    }  # fmt: skip


def _field(view: View, name: str, value: Any) -> dict[str, Any]:
    long = isinstance(value, str) and (len(value) > 200 or "\n" in value)
    words = code_words(name, value)
    return {"name": name, "title": _named(view, name), "value": value, "words": words, "long": long}


def _named(view: View, name: str) -> str:
    """What a field is called here, where no `party` is one that owes a duty."""
    return str(view.say("Party")) if name == "party" else view.site.field_title(name, view.language.code)


def _withheld(view: View, item: held.Item) -> list[tuple[str, str]]:
    """The fields that are withheld for one reason, with that reason."""
    found: dict[str, list[str]] = {}
    for name, why in item.withheld:
        title = _named(view, name) if name else str(view.say("what there may be more"))
        found.setdefault(why, []).append(title)
    reasons = held.reasons()
    return [(str(view.say(", ")).join(names), view.text(reasons[why].text)) for why, names in found.items()]


def _keys(view: View, answer: held.Answer) -> list[tuple[Any, ...]]:
    rows = [(key["issued"], key["label"] or key["id"], key["expires"], key["revoked"]) for key in answer.keys or ()]
    return [tuple(one[:10] if at != 1 and one else one for at, one in enumerate(row)) for row in rows]


def _reads(view: View, answer: held.Answer) -> list[tuple[Any, ...]]:
    return [
        (read["at"][:10], None if read["entry"] is None else {"href": f"/record/{read['entry']}",
         "text": str(read["entry"])},
         field_words(view, read["fields"]), read["purpose"])
        for read in (answer.reads or ())[:SHOWN]
    ]  # fmt: skip
