"""What is held about somebody: for whoever asks about themselves, and for officers who answer for another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from commonweal import held
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.forms import REPORTER, Mistyped, party_of, read_code
from commonweal.kernel.values import BadInput, Fault, FaultCollector, Forbidden, read_json
from commonweal.sight import Sight

from .operations import INDEX, PURPOSE, Answer, Asked, Body, Operation, Param, json_answer

OBJECT: Mapping[str, Any] = {"type": "object"}
BYTES_MAX, CODE_CHARS_MAX = 4 << 10, 60
_TOLD = Answer("Entries, with fields, what is withheld, and who read them", OBJECT)
_LIMIT = {"type": "integer", "minimum": 1, "maximum": held.MOST, "default": held.AT_ONCE}
_PARTY = {"type": "string", "minLength": 1, "maxLength": held.PARTY_CHARS_MAX}
_PAGE = (
    Param("first", "From this entry on: next of the page before", {**INDEX, "default": 0}),
    Param("limit", "How many entries at most", _LIMIT),
)
_CODE: Mapping[str, Any] = {
    "type": "object",
    "required": ["code"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "minLength": 1, "maxLength": CODE_CHARS_MAX, "description": "The return code"}
    },
}


class Held:
    """An answer in pages, in the order of the record."""

    def __init__(self, authority: Authority, failed: Callable[[Request], None]) -> None:
        """`failed` counts a code that opened nothing against where it came from, and raises `TooMany`."""
        self._authority, self._failed = authority, failed

    def operations(self) -> list[Operation]:
        whom = Param("party", "About whom an officer answers, with purpose; without it, about whoever asks", _PARTY)
        return [
            Operation("held", "GET", "/api/v1/held", "What is held about somebody, what for and until when", self._held,
                      "record", (whom, *_PAGE, PURPOSE), (_TOLD,), scope="read"),
            Operation("held_by_code", "POST", "/api/v1/held",
                      "What is held about who filed without a name, by return code, which no address holds",
                      self._by_code, "record", _PAGE, (_TOLD,),
                      Body(_CODE, example={"code": "0000-0000-0000-0000-0000-0000"}), bytes_max=BYTES_MAX),
        ]  # fmt: skip

    def _held(self, asked: Asked) -> Response:
        self._authority.follow()
        values, page = asked.values, _page(asked)
        if values["party"] is None:
            found = held.own(self._authority, asked.asking.caller.party, asked.sight, **page)
        else:
            found = held.for_another(self._authority, values["party"], asked.sight, **page)
        return json_answer(found.as_dict(), headers={"Cache-Control": "no-store"})

    def _by_code(self, asked: Asked) -> Response:
        self._authority.follow()
        try:
            party = party_of(_code(asked.body))
        except BadInput:
            self._failed(asked.request)
            raise
        seeing = Sight(self._authority, Caller(party, (REPORTER,)), "api held_by_code")
        found = held.own(self._authority, party, seeing, **_page(asked))
        if not found.count:
            self._failed(asked.request)
            raise Forbidden("this is a code, but nothing was filed under it here; perhaps it is another authority's")
        seeing.logged()
        return json_answer(found.as_dict(), headers={"Cache-Control": "no-store"})


def _page(asked: Asked) -> dict[str, int]:
    return {"first": asked.values["first"], "most": asked.values["limit"]}


def _code(data: bytes) -> str:
    """The return code in a body. Raises `BadInput` naming every fault; what was typed is never shown."""
    body = read_json(data, bytes_max=BYTES_MAX)
    faults = FaultCollector("held")
    given = body.get("code") if isinstance(body, dict) else None
    if isinstance(body, dict):
        for name in set(body) - {"code"}:
            faults.add(name, "(a field)", "nothing but code", "unknown_field")
    if not isinstance(given, str):
        faults.add("code", "(absent)" if given is None else "(no text)", "the return code of a receipt", "missing")
    faults.done()
    try:
        return read_code(str(given))
    except Mistyped as error:
        want = "a return code as it stands on the receipt: 24 letters and digits"
        raise BadInput(Fault("code", f"{len(str(given))} characters that are no code", want, "code"), "held") from error
