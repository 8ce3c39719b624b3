"""What is held about somebody: for whoever asks about themselves, and for officers who answer for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from commonweal import held
from commonweal.authority import Authority

from .operations import INDEX, PURPOSE, Answer, Asked, Operation, Param, json_answer

OBJECT: Mapping[str, Any] = {"type": "object"}
_LIMIT = {"type": "integer", "minimum": 1, "maximum": held.MOST, "default": held.AT_ONCE}
_PARTY = {"type": "string", "minLength": 1, "maxLength": held.PARTY_CHARS_MAX}


class Held:
    """One address: an answer in pages, in the order of the record."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def operations(self) -> list[Operation]:
        params = (
            Param("party", "About whom an officer answers, with purpose; without it, about whoever asks", _PARTY),
            Param("first", "From this entry on: next of the page before", {**INDEX, "default": 0}),
            Param("limit", "How many entries at most", _LIMIT),
            PURPOSE,
        )
        return [
            Operation("held", "GET", "/api/v1/held", "What is held about somebody, what for and until when", self._held,
                      "record", params, (Answer("Entries, with fields, what is withheld, and who read them", OBJECT),),
                      scope="read"),
        ]  # fmt: skip

    def _held(self, asked: Asked) -> Response:
        self._authority.follow()
        values, page = asked.values, {"first": asked.values["first"], "most": asked.values["limit"]}
        if values["party"] is None:
            found = held.own(self._authority, asked.asking.caller.party, asked.sight, **page)
        else:
            found = held.for_another(self._authority, values["party"], asked.sight, **page)
        return json_answer(found.as_dict(), headers={"Cache-Control": "no-store"})
