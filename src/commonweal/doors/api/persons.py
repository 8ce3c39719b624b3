"""An invitation for a person, for programs of administrators. What is done with people are filings like any other.

`POST /api/v1/filings/person.recovery_confirmed` (or `person.joined`, `person.appointment_confirmed`) says that somebody
may come in; this gives whoever administers people the code with which they do, once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from commonweal import staffing
from commonweal.authority import Authority
from commonweal.kernel import persons
from commonweal.kernel.values import Forbidden, stamp

from .operations import Answer, Asked, Operation, Param, json_answer

_TEXT = {"type": "string"}
_INVITATION: dict[str, Any] = {
    "type": "object",
    "required": ["person", "code", "half", "expires"],
    "properties": {
        "person": _TEXT,
        "code": {**_TEXT, "description": "What stands behind the # of the link `/enrol#…`; shown this once"},
        "half": {
            "type": "boolean",
            "description": "Whether it counts only with the code that another administrator gives them",
        },
        "expires": {**_TEXT, "description": "Until when it can be used"},
    },
}


class People:
    """What the office may do with people beside filing."""

    def __init__(self, authority: Authority, wake: Callable[[], None]) -> None:
        self._authority, self._wake = authority, wake

    def operations(self) -> list[Operation]:
        return [
            Operation("invite", "POST", "/api/v1/persons/{person}/invitation",
                      "Invite a person of whom no key stands: new here, or let in anew by two administrators",
                      self._invite, "service", (Param("person", "A person's number, or their party", place="path"),),
                      (Answer("The invitation, shown this once", _INVITATION, status=201),), scope="file"),
        ]  # fmt: skip

    def _invite(self, asked: Asked) -> Response:
        self._authority.follow()
        if not persons.administers(asked.asking.caller.roles):
            raise Forbidden("people are invited by who holds the role authority")
        found = staffing.member(self._authority, asked.values["person"])
        until = datetime.now(UTC) + staffing.INVITED_FOR
        code = staffing.invite(self._authority, found, until, asked.asking.caller)
        self._wake()
        half = staffing.halved(self._authority, found, asked.asking.caller)
        told = {"person": found.row["person"], "code": code, "half": half, "expires": stamp(until)}
        return json_answer(told, status=201, headers={"Cache-Control": "no-store"})
