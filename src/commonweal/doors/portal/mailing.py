"""Being told by mail: asked for by whoever is signed in or came back by code, confirmed and stopped by links in mails.

A link is shown first and does what it says only when it is sent (RFC 8058): what merely looks at links, as mail
scanners do, changes nothing. Sending one asks for no cookie and no signing in, for mail programs send it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.acceptance import Caller
from commonweal.authority.outgoing import CONFIRM, MAIL_PATH, leaves
from commonweal.forms import REPORTER
from commonweal.kernel import notices
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, Conflict, Fault, Forbidden, TooLarge
from commonweal.pacing import Buckets, RefusedOften

from . import drafting, forms, judging, paces, people
from .cells import N_
from .site import SignInFirst, View

EVERY = {"never": N_("No digests"), "day": N_("Every day"), "week": N_("Every Monday")}
TONGUES = {"en": "English", "zh": "中文"}
SAID = {
    "asked": N_("It is recorded. Follow the link in the mail that goes to that address: then it begins."),
    "kept": N_("It is recorded."),
    "ended": N_("It is recorded: you get no mail any more."),
}
WRONG = {"mail": N_("an address is like ada@home.example: without spaces, in plain Latin letters and digits")}
_ASKED = Buckets("address")


def _caller(view: View) -> Caller:
    """As whom somebody asks: signed in, or by return code. Raises `SignInFirst`."""
    if view.visitor:
        return Caller(view.visitor, (REPORTER,))
    if view.person is None:
        raise SignInFirst(view.path)
    if not view.person.files:
        raise Forbidden("this key may read, but not file")
    return view.person.caller


def sends(view: View) -> bool:
    """Whether mail that is asked for can leave: one that never comes is worse than none that is offered."""
    settings = view.authority.settings
    return bool(settings.sending.relay and settings.address) and leaves(settings)


def page(view: View, fault: str = "", given: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """What somebody is told by mail, and the form that changes it."""
    caller = _caller(view)
    row = notices.asked_by(view.reader, caller.party)
    now = {"mail": _address(view, row), "every": row["every"], "language": row["language"]} if row else {}
    values = {
        "title": view.say("Mail and digests"),
        "token": people.form_token(view.draft_cookie),
        "sends": sends(view),
        "by_code": caller.roles == (REPORTER,),
        "row": row,
        "given": given or {"every": "never", "language": view.language.code, "mail": "", **now},
        "every": {code: view.say(words) for code, words in EVERY.items()},
        "tongues": TONGUES,
        "said": view.say(SAID[view.asked("said")]) if view.asked("said") in SAID else "",
        "fault": fault,
        "action": MAIL_PATH,
    }
    return drafting.with_cookie(view, view.page("portal/mail.html", values, status=status))


def _address(view: View, row: Row) -> str:
    """The address that somebody gave; of who filed without a key it stands in their own entry alone."""
    if not row["sealed"]:
        return str(row["mail"])
    return str(view.sight.entry(row["asked"]).fields.get("mail", ""))


def ask(view: View, form: Mapping[str, str]) -> Response:
    """Record what somebody asks for."""
    people.check_form(form, view.draft_cookie)
    caller = _caller(view)
    paces.take(view, _ASKED, forms.FILED_PER_S, forms.FILED_BURST)
    body = {name: form.get(name, "").strip() for name in ("mail", "every", "language")}
    kind = notices.OF_REPORTER if caller.roles == (REPORTER,) else notices.ASKED
    try:
        judging.act(view, Act(kind.id, body, ""), caller)
    except (BadInput, Forbidden, Conflict, RefusedOften) as error:
        faults = _told(view, error)
        words = view.say("It was not recorded: %(faults)s", faults=faults)
        return page(view, str(words), body, error.status)
    view.site.recorded()
    row = notices.asked_by(view.reader, caller.party)
    said = "ended" if row is None else "kept" if row["confirmed"] else "asked"
    return RedirectResponse(view.href(f"{MAIL_PATH}?said={said}"), status_code=303)


def _told(view: View, error: Exception) -> str:
    """What was wrong with what somebody asks for, in the language of the page."""
    if not isinstance(error, BadInput):
        return str(error)
    return "; ".join(str(view.say(WRONG[one.where])) if one.where in WRONG else str(one) for one in error.faults)


def link_page(view: View) -> Response:
    """What a link out of a mail does, and the button that does it. Raises `NotFound` for no link of ours."""
    token = view.request.path_params["token"]
    what, asked = view.authority.mail_links.read(token)
    row = notices.asked_in(view.reader, asked)
    confirms = what == CONFIRM
    over = row is None or (bool(row["confirmed"]) if confirms else row["every"] == "never")
    values = {
        "title": view.say("Confirm your address") if confirms else view.say("Get no more digests"),
        "confirms": confirms,
        "gone": row is None,
        "over": over,
        "path": f"{MAIL_PATH}/{token}",
    }
    return view.page("portal/mail_link.html", values)


def follow_link(view: View, form: Mapping[str, str]) -> Response:
    """Do what a link says, once. Raises `NotFound` for no link of ours."""
    what, asked = view.authority.mail_links.read(view.request.path_params["token"])
    if notices.asked_in(view.reader, asked) is not None:
        kind = notices.CONFIRMED if what == CONFIRM else notices.STOPPED
        view.authority.act(Act(kind.id, {"asked": asked}, f"{kind.id}:{asked}"))
        view.site.recorded()
    return link_page(view)


async def read(request: Request) -> dict[str, str]:
    """What was sent: of the page's own form its fields; what is sent to a link of a mail says no more than that."""
    if "token" not in request.path_params:
        return await people.read_form(request)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > people.FORM_BYTES_MAX:
            want = f"at most {people.FORM_BYTES_MAX} bytes"
            raise TooLarge(Fault("(whole)", f"more than {people.FORM_BYTES_MAX} bytes", want, "too_large"), "form")
    return {}


def paths() -> Iterator[tuple[str, Any, Any]]:
    """`(path, page, form)` of everything here."""
    yield MAIL_PATH, page, ask
    yield MAIL_PATH + "/{token}", link_page, follow_link
