"""Letters: listed for officers and for whoever they are addressed to, and each as the PDF that was issued.

Whoever may not read a letter is told what they are told of one that there is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from starlette.responses import Response

from commonweal import letters
from commonweal.acceptance import STEWARDS
from commonweal.kernel import notices, protocols
from commonweal.kernel.protocols.cases import Case
from commonweal.kernel.protocols.effects import FAILED, effect, effects
from commonweal.kernel.protocols.playbooks import Step
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, NotFound, canonical, digest
from commonweal.sight import Sight

from .forms import RETURN
from .site import SignInFirst, View

PATH = "/letters"
SHOWN_MAX = 200
ASKS = frozenset((notices.WANTED.id, notices.TO_REPORTER.id))
_NOT_YET = {"text": "…", "day": "P0D", "number": "0", "entry": "0"}
STATES = {"wanted": "waiting", "delivered": "delivered", "failed": "failed"}
HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff", "Vary": "Cookie"}


def sights(view: View) -> list[Sight]:
    """As whom somebody may read letters: signed in, or by return code."""
    return [view.sight] if view.sight.caller is not None else []


def page(view: View) -> Response:
    """The letters that whoever looks may read, newest first; for officers those that could not be delivered on top."""
    seeing = sights(view)
    if not seeing:
        raise SignInFirst(view.path, RETURN if view.asked("by") == "code" else "/sign-in")
    rows = list(islice(_readable(view, seeing), SHOWN_MAX + 1))
    for row in rows[:SHOWN_MAX]:
        next(one for one in seeing if one.may_read(row)).lists(row)
    shown = [told(view, row, desk=any(map(_desk, seeing))) for row in rows[:SHOWN_MAX]]
    return private(
        view.page(
            "portal/letters.html",
            {
                "title": view.say("Letters"),
                "letters": shown,
                "said": view.asked("said") == "recorded",
                "failed": _failed(view) if any(map(_desk, seeing)) else [],
                "more": len(rows) > SHOWN_MAX,
                "to_you": {row["entry"] for row in rows if any(_to(one, row) for one in seeing)},
            },
        )
    )


def download(view: View) -> Response:
    """The PDF of one letter. Raises `NotFound`, also for who may not read it."""
    reference, missing = view.request.path_params["reference"], None
    for one in sights(view):
        try:
            row, pdf = one.letter(reference)
        except NotFound as error:
            missing = error
            continue
        name = {"Content-Disposition": f'inline; filename="{row["reference"]}.pdf"'}
        return Response(pdf, media_type="application/pdf", headers={**HEADERS, **name})
    raise missing or NotFound("letter to you", reference[:60])


def _readable(view: View, seeing: Sequence[Sight]) -> Iterator[Row]:
    """The letters that somebody may read, newest first: a desk looks through all, others through those to them."""
    parties = [one.caller.party for one in seeing if one.caller is not None]
    narrow = [{}] if any(map(_desk, seeing)) else [{"party": party} for party in parties]
    rows = {row["entry"]: row for where in narrow for row in notices.letters(view.reader, **where)}
    return (rows[at] for at in sorted(rows, reverse=True) if any(one.may_read(rows[at]) for one in seeing))


def _failed(view: View) -> list[dict[str, Any]]:
    """Whatever could not be delivered and still is to be, newest first: letters, and other notices."""
    rows = [row for row in effects(view.reader, state=FAILED) if notices.still_wanted(view.reader, row)]
    found = [(row, notices.enclosed(view.reader, row["effect"])) for row in reversed(rows[-SHOWN_MAX:])]
    return [{**row, "letter": letter["reference"] if letter else ""} for row, letter in found]


def _desk(one: Sight) -> bool:
    return one.caller is not None and bool(STEWARDS & set(one.caller.roles))


def told(view: View, row: Row, *, desk: bool) -> dict[str, Any]:
    """A letter as a page shows it, with how it was delivered: whole for a `desk`, to others what went to themselves.

    It `asks` what for where it says who reported.
    """
    found = [effect(view.reader, one) for one in notices.sent(view.reader, row["entry"])]
    sent = [one for one in found if desk or one["target"] == notices.ADDRESSEE]
    title = row["titles"].get(view.language.code) or next(iter(row["titles"].values()), "")
    asks = desk and row["issued"] is not None and not view.sight.reads_who_reported(row)
    shown = [{**one, "target": _to_whom(view, one["target"]), "tone": STATES[one["state"]]} for one in sent]
    return {**row, "title": title, "sent": shown, "asks": asks}


def _to_whom(view: View, target: str) -> str:
    """A target as people call it: those of the settings by their name, the addressee in words."""
    return str(view.say("its addressee")) if target == notices.ADDRESSEE else target


def of_a_case(view: View, case: str) -> Sequence[Mapping[str, Any]]:
    """The letters of a case that whoever looks may read."""
    rows = [row for row in notices.letters(view.reader, case=case) if view.sight.may_read(row)]
    for row in rows:
        view.sight.lists(row)
    return [told(view, row, desk=_desk(view.sight)) for row in rows]


def drafted(view: View, case: Case, step: Step) -> dict[str, Any] | None:
    """The letter that a step will write once it is decided or done, in the language of the page; None for none.

    What cannot be known before then (a deadline that begins with it) stands there as its name.
    """
    if step.extension.letter is None:
        return None
    asked = protocols.letter_of(case, step.id)
    template = view.authority.letterhead.templates.get(asked["template"])
    open_ = {name: _NOT_YET[value.type] for name, value in template.values.items()} if template else {}
    try:
        body = view.authority.notices.drafted(
            {**asked, "values": {**open_, **asked["values"]}, "languages": [view.language.code]},
            case.subject, view.reading.now, view.reader,
        )  # fmt: skip
    except (BadInput, NotFound) as error:
        return {"problem": str(error)}
    pending = sorted(set(open_) - set(asked["values"]))
    return {
        "to": body["to"],
        "deliver": body["deliver"],
        **body["wordings"][0],
        "pending": [view.text(template.values[name].title) for name in pending] if template else [],
        "problem": "",
    }


def asked_for(view: View, acts: Sequence[Act]) -> list[dict[str, Any]]:
    """What would be written of the letters that acts ask for, as `letter.written` says it. Raises `BadInput`."""
    now, reader = view.authority.house().now, view.reader
    wanted = [act for act in acts if act.kind in ASKS]
    return [view.authority.notices.drafted(act.body, act.subject, now, reader) for act in wanted]


def seen(bodies: Sequence[Mapping[str, Any]]) -> str:
    """By what it is known that letters still are what somebody was shown; "" for none."""
    return digest(canonical(list(bodies))) if bodies else ""


def in_words(body: Mapping[str, Any]) -> dict[str, Any]:
    """A letter that would be written, as a page shows it: each language under its own headings."""
    tags = {"en": "en", "zh": "zh-Hans"}
    wordings = [
        {**one, "tag": tags[(language := one["language"])], "legal_title": letters.LEGAL[language],
         "remedy_title": letters.REMEDY[language]}
        for one in body["wordings"]
    ]  # fmt: skip
    return {**body, "wordings": wordings}


def pages(view: View, body: Mapping[str, Any]) -> int:
    """How many pages a letter would have. Raises `Busy`, and `BadInput` for what no font here shows."""
    return letters.draft(view.authority, body)[1]


def draft(view: View, body: Mapping[str, Any]) -> Response:
    """A letter as it would leave, as PDF marked as a draft: made for this answer, kept nowhere. Raises `Busy`."""
    pdf, _ = letters.draft(view.authority, body)
    name = {"Content-Disposition": 'inline; filename="draft.pdf"'}
    return Response(pdf, media_type="application/pdf", headers={**HEADERS, **name})


def private(response: Response) -> Response:
    """An answer that is for one reader, by a cookie: no cache keeps it."""
    response.headers.update(HEADERS)
    return response


def _to(one: Sight, row: Row) -> bool:
    return one.caller is not None and row["party"] == one.caller.party
