"""Erasing something before its time, by two officers: one asks with reasons, another confirms with theirs.

What may go, on what basis and who may say so is `kernel/retention/early.py` and `erasing.py`, as for programs and the
command; the forms only ask them. What they show of a holder stands in the log of reads.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from commonweal.acceptance import STEWARDS
from commonweal.kernel import retention
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, Busy, Conflict, Fault, Forbidden, NotFound

from . import deeds, judging, people
from .cells import N_
from .site import NotForYou, View

PATH = "/record/erasures/early"
KEY_CHARS_MAX, HOLDER_CHARS_MAX, REASONS_CHARS_MAX, REFERENCE_CHARS_MAX = 40, 160, 2000, 300
ASKED, DONE = "asked", "done"
SAID = {ASKED: N_("It is asked for. Another officer confirms it within a week."), DONE: N_("It is erased.")}


def page(view: View) -> Response:
    """What waits for a second officer, and the form that asks for an erasure or confirms one."""
    _admitted(view)
    return _page(view, {})


def taken(view: View, form: Mapping[str, str]) -> Response:
    """Take a request or a confirmation; faults are shown with what was sent, and nothing is recorded then."""
    person = view.required()
    people.check_form(form, person.cookie)
    _admitted(view)
    if not person.files:
        raise Forbidden("this key may read, but not file")
    key = form.get("key", "")
    if not (0 < len(key) <= KEY_CHARS_MAX and key.isalnum()):
        raise BadInput(Fault("key", key[:KEY_CHARS_MAX], "the key that the form came with", "form"), "form")
    try:
        said, entry = _confirmed(view, form) if form.get("confirms") else _asked(view, form, key)
    except (BadInput, Conflict, Forbidden, NotFound, Busy) as error:
        for row in error.holds if isinstance(error, retention.Held) else ():
            view.sight.told(row["hold"])  # whose order stands in the way is told with it
        return _page(view, form, deeds.wrong(view, error), error.status)
    view.site.recorded()
    return RedirectResponse(view.href(f"{PATH}?said={said}&entry={entry}"), status_code=303)


def _admitted(view: View) -> None:
    """Raises `SignInFirst`, and `NotForYou` for who is not of the office or may not read."""
    view.required()
    if not admits(view):
        raise NotForYou(retention.OFFICE)


def admits(view: View) -> bool:
    """Whether the forms are for whoever looks."""
    person = view.person
    return person is not None and person.reads and bool(STEWARDS & set(person.caller.roles))


def _asked(view: View, form: Mapping[str, str], key: str) -> tuple[str, int]:
    """Ask for an erasure, as whoever is signed in."""
    body = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in ("holder", "basis", "reasons")}
    body |= {"retention_class": form.get("class", "")}
    if reference := form.get("reference", "").strip():
        body["reference"] = reference
    receipt = judging.act(view, Act(retention.ERASURE_ASKED.id, body, key=f"portal:{key}"), view.required().caller)
    view.authority.follow()
    return ASKED, receipt.index


def _confirmed(view: View, form: Mapping[str, str]) -> tuple[str, int]:
    """Confirm what another asked for: it is erased, and the entry that says so is given."""
    row = _request(view, form.get("confirms", ""))
    caller, reasons = view.required().caller, form.get("reasons", "").replace("\r\n", "\n").strip()
    reference = str(view.sight.opened(row["entry"]).get("reference") or "")
    found = view.authority.erasures.erase(
        row["holder"], row["retention"], row["basis"], caller, reference, confirms=row["entry"], reasons=reasons
    )
    return DONE, found


def _request(view: View, said: str) -> Row:
    """A request that waits and that whoever looks does not keep out of. Raises `NotFound`."""
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else -1
    found = next((row for row in _waiting(view) if row["entry"] == number), None)
    if found is None:
        raise NotFound("request to erase something", said[:KEY_CHARS_MAX], f"{PATH} lists those that wait")
    return found


def _waiting(view: View) -> list[Row]:
    rows = retention.requests(view.reader, view.authority.reading().now)
    return [row for row in rows if not _kept_out(view, row)]


def _kept_out(view: View, row: Row) -> bool:
    about = view.authority.erasures.about(row["holder"], row["retention"])
    return any(view.sight.kept_out(subject) for subject in about)


def _page(
    view: View, given: Mapping[str, str], faults: Sequence[deeds.Wrong] = (), status: int = 200
) -> Response:  # fmt: skip
    confirms = given.get("confirms") or view.asked("confirms")
    row = _request(view, confirms) if confirms else None
    holder = str(row["holder"]) if row else (given.get("holder") or view.asked("holder")).strip()[:HOLDER_CHARS_MAX]
    keys, refused = _keys(view, holder, str(row["retention"]) if row else "")
    said = SAID.get(view.asked("said"))
    return view.page(
        "portal/erase_early.html",
        {
            "title": view.say("Confirm an erasure") if row else view.say("Erase something before its time"),
            "back": PATH,
            "confirms": _told(view, row) if row else None,
            "holder": holder,
            "keys": keys,
            "bases": _bases(view, [key["code"] for key in keys]),
            "given": {name: given.get(name, "") for name in ("class", "basis", "reasons", "reference")},
            "waiting": [] if row else [_told(view, one) for one in _waiting(view)],
            "faults": [*faults, *refused],
            "said": view.say(said) if said else "",
            "entry": view.asked("entry") if view.asked("entry").isdigit() else "",
            "action": PATH,
            "form_key": secrets.token_hex(12),
        },
        status=status,
    )


def _keys(view: View, holder: str, one: str) -> tuple[list[dict[str, Any]], list[deeds.Wrong]]:
    """What is sealed for a holder, class by class; or why it is not told."""
    if not holder:
        return [], []
    try:
        plans = view.authority.erasures.plans(holder, one, caller=view.required().caller)
    except BadInput as error:
        return [], deeds.wrong(view, error)
    if not plans:
        return [], [deeds.Wrong("holder", "", str(view.say("Nothing is sealed under that name.")))]
    view.sight.kept([plan.row for plan in plans])
    for hold in (hold for plan in plans for hold in plan.holds):
        view.sight.told(hold["hold"])
    return [
        {
            "code": plan.row["retention"],
            "title": _class(view, plan.row["retention"]),
            "entries": plan.row["entries"],
            "until": plan.row["keep_until"][:10] if plan.row["keep_until"] else "",
            "held": bool(plan.holds),
        }
        for plan in plans
    ], []


def _bases(view: View, classes: Sequence[str]) -> list[tuple[str, str, str]]:
    """On what any of some classes may be erased for a cause: code, title and the law that says so."""
    found = {
        code: (code, basis.title.in_(view.language.code), basis.citation)
        for one in classes
        for code, (basis, _) in retention.bases(view.reader, one).items()
    }
    return [found[code] for code in sorted(found)]


def _class(view: View, name: str) -> str:
    """What a retention class is called, by the newest text that names it."""
    titles = [found[name].title for _, found in retention.texts(view.reader) if name in found]
    return titles[-1].in_(view.language.code) if titles else name


def _told(view: View, row: Row) -> dict[str, Any]:
    """What somebody asked to be erased, with their reasons, as whoever looks may read it."""
    body = view.sight.opened(row["entry"])
    basis = next((title for code, title, _ in _bases(view, [row["retention"]]) if code == row["basis"]), row["basis"])
    return {
        "entry": row["entry"],
        "at": row["at"],
        "until": row["until"],
        "holder": row["holder"],
        "class": _class(view, row["retention"]),
        "basis": basis,
        "by": str(row["by"]).removeprefix("party:"),
        "own": row["by"] == view.required().caller.party,
        "reasons": body.get("reasons", ""),
        "reference": body.get("reference") or "",
        "href": f"{PATH}?confirms={row['entry']}",
    }
