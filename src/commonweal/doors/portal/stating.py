"""What whoever is signed in owes, or their organisation; and the form by which a debtor states that it was done there.

A duty to another authority is met by nothing that is filed here, and some are met by telling somebody else: their
debtor says when that was done, what it is known by there, and what shows it (`duty.stated`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from starlette.responses import RedirectResponse, Response

from commonweal.kernel import obligations, registry
from commonweal.kernel.instrument import Question
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, Conflict, Fault, Forbidden, NotFound, Text
from commonweal.pacing import Buckets, RefusedOften

from . import deeds, drafting, forms, judging, paces, people
from .forms import Sent, last
from .owing import own_rows
from .returning import Filing, check_token, filing_of, form_key, owed_on, speaks_for
from .site import View

STATED = "/stated/{rule}"
ASKS = (
    Question("on", Text(en="On which day it was done", zh="履行日期"), "day", required=True),
    Question(
        "time", Text(en="At what time", zh="履行时刻"), "text",
        hint=Text(
            en="Hours and minutes by the clocks of this office, e.g. 16:30. It matters where a duty ends at an hour.",
            zh="按本机关时钟填写时和分，例如16:30；期限以时刻计算时尤为重要。",
        ),
    ),
    Question(
        "reference", Text(en="Its reference there", zh="对方的编号"), "text", required=True,
        hint=Text(en="What it is known by where it was done.", zh="受理方据以识别的编号。"),
    ),
    Question(
        "evidence", Text(en="What shows it", zh="证明"), "long_text", required=True,
        hint=Text(
            en="For example the words of their acknowledgement, where it was published, or the digest of a file.",
            zh="例如回执原文、公布之处，或文件的摘要值。",
        ),
    ),
)  # fmt: skip
A_TIME = Text(en="hours and minutes of a day, e.g. 16:30", zh="某日的时和分，例如16:30")


def own_page(view: View) -> Response:
    """Every duty of whoever is signed in and of their organisation, told in confidence or not."""
    person = view.required()
    own = sorted({person.caller.party, person.caller.organisation} - {""})
    rows = own_rows(view)
    view.sight_of(person.caller).owed(rows)
    values = {
        "title": view.say("What you owe"),
        "clocks": obligations.clocks(view.reader, rows),
        "own": own,
        "theirs": {one for row in rows if _is_theirs(view, one := row["subject"])},
    }
    return view.page("portal/own_duties.html", values)


def _is_theirs(view: View, subject: str) -> bool:
    caller = view.required().caller
    return registry.filer(view.reader, subject) == caller.party or view.authority.speaks_for(caller, subject)


class Stating:
    """The form on what somebody filed, by return code or signed in, for one duty that follows from it."""

    def __init__(self) -> None:
        self._sent = Buckets("address")

    def page(self, view: View, sent: deeds.Sent | None = None, status: int = 200) -> Response:
        """The duty and what is asked. Raises `NotFound` for one that its debtor can state nothing of."""
        filing, row = _asked_for(view)
        values = {
            "title": view.say("It was done there"),
            "path": filing.path,
            "action": f"{filing.path}/stated/{row['rule']}",
            "clocks": obligations.clocks(view.reader, [row]),
            "own": speaks_for(filing),
            "asks": ASKS,
            "sent": sent or deeds.Sent({}, people.form_token(view.draft_cookie), secrets.token_hex(12)),
        }
        return drafting.with_cookie(view, view.page("portal/stated.html", values, status=status))

    def taken(self, view: View, sent: Sent) -> Response:
        """Record the statement, or show the form again with everything that is wrong."""
        check_token(view, sent)
        filing, row = _asked_for(view)
        paces.take(view, self._sent, forms.FILED_PER_S, forms.FILED_BURST)
        given = {one.field: last(sent, one.field).replace("\r\n", "\n").strip() for one in ASKS}
        body, wrong = _body(view, row, given)
        act = Act(obligations.DUTY_STATED.id, body, form_key(sent))
        try:
            if wrong:
                _refuse(view, filing, act, wrong)
            receipt = judging.act(view, act, filing.caller)
        except (BadInput, Forbidden, Conflict, RefusedOften) as error:
            again = deeds.Sent(given, last(sent, "token"), last(sent, "key"), wrong=deeds.wrong(view, error))
            return self.page(view, again, error.status)
        view.site.recorded()
        return RedirectResponse(view.href(f"{filing.path}?said=stated&entry={receipt.index}"), status_code=303)


def _asked_for(view: View) -> tuple[Filing, Row]:
    filing, rule = filing_of(view), view.request.path_params["rule"]
    row = next((one for one in owed_on(filing) if one["rule"] == rule), None)
    if row is None or row["party"] not in speaks_for(filing) or not obligations.is_stated(row, view.reader):
        raise NotFound("duty of yours that is met elsewhere", rule)
    return filing, row


def _body(view: View, row: Row, given: dict[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """What is filed: the day, or with a time its instant by the clocks of the office; and what is wrong with that."""
    body: dict[str, Any] = {"rule": row["rule"], "about": row["subject"]}
    body |= {name: given[name] for name in ("on", "reference", "evidence")}
    if not given["time"]:
        return body, []
    try:
        at = datetime.fromisoformat(f"{given['on']}T{given['time']}")
    except ValueError:
        return body, [Fault("time", given["time"][:40], "hours and minutes of a day, e.g. 16:30", "time", A_TIME)]
    there = at.replace(tzinfo=view.authority.settings.imprint.zone).astimezone(UTC)
    return {**body, "on": there.strftime("%Y-%m-%dT%H:%M:%SZ")}, []


def _refuse(view: View, filing: Filing, act: Act, wrong: Sequence[Fault]) -> NoReturn:
    """Raises `BadInput` with what is wrong with the answers and with what comes of them."""
    more: Sequence[Fault] = ()
    try:
        judging.check(view, act, filing.caller)
    except BadInput as error:
        more = error.faults
    raise BadInput([*wrong, *more], act.kind)
