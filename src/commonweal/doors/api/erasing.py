"""Keeping and erasing for programs: what was erased (for everyone); what is kept, what is due, erasing (the office's).

Orders to preserve are filings like any other: `POST /api/v1/filings/retention.hold_placed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.responses import Response

from commonweal.acceptance import STEWARDS
from commonweal.authority import Authority
from commonweal.kernel import retention
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, Fault, FaultCollector, Forbidden, NotFound, is_subject, read_json, shown
from commonweal.sight import Sight

from .operations import PURPOSE, Answer, Asked, Body, Operation, Param, json_answer

OBJECT = {"type": "object"}
CHARS_MAX = 400
BYTES_MAX = 16 << 10
_TEXT = {"type": "string", "minLength": 1, "maxLength": CHARS_MAX}
_ASKED: dict[str, Any] = {
    "type": "object",
    "required": ["holder", "basis"],
    "additionalProperties": False,
    "properties": {
        "holder": {**_TEXT, "description": "Whose: a subject such as organisation:example, or a party"},
        "basis": {
            **_TEXT,
            "description": "A code that a schedule names; retention_ended when its time is over",
        },
        "retention_class": {**_TEXT, "description": "Which class, where there are several"},
        "reference": {**_TEXT, "description": "The request or order it follows; not public"},
        "ask": {
            "type": "boolean",
            "description": "Ask another officer to confirm it, where it takes two (why_two in a dry run)",
        },
        "confirms": {"type": "integer", "description": "The entry by which another officer asked for it"},
        "reasons": {**_TEXT, "description": "Why it may go, of who asks or confirms; not public"},
        "dry_run": {"type": "boolean", "description": "Say what would fall and what stands in the way; write nothing"},
    },
}
_EXAMPLE = {"holder": "organisation:example", "basis": "retention_ended", "dry_run": True}
_KEPT = ("holder", "retention", "entries", "first", "last", "first_at", "last_at", "kinds", "state", "keep_until",
         "due_at", "automatic", "phase", "asked_at", "asked_on", "asked_in")  # fmt: skip
"""What is told of a key. Who filed what it holds is told by each entry, to those who may read that."""


class Erasing:
    """What the authority's office may do with what is kept."""

    def __init__(self, authority: Authority, wake: Callable[[], None]) -> None:
        self._authority, self._wake = authority, wake

    def operations(self) -> list[Operation]:
        return [
            Operation("erasures", "GET", "/api/v1/erasures", "What was erased, when and on what basis", self._all,
                      "erasing", (), (Answer("Erasures, newest first", OBJECT),)),
            Operation("retention", "GET", "/api/v1/retention", "What is kept until when, what is due, what is on hold",
                      self._kept, "erasing", (Param("holder", "Only what is sealed for this subject or party"),
                                           PURPOSE),
                      (Answer("Keys by holder and class, with what is due and the holds in force", OBJECT),),
                      scope="read"),
            Operation("erase", "POST", "/api/v1/erasures",
                      "Destroy the key of a holder's class, so that what is sealed to it can never be read again",
                      self._erase, "erasing", (),
                      (Answer("What would fall (dry_run)", OBJECT),
                       Answer("Asked for: another officer confirms it", OBJECT, status=202),
                       Answer("Erased: the entry that says so", OBJECT, status=201)),
                      Body(_ASKED, example=_EXAMPLE), "file", bytes_max=BYTES_MAX),
        ]  # fmt: skip

    def _all(self, asked: Asked) -> Response:
        self._authority.follow()
        rows = [row for row in retention.erasures(self._authority.reader) if row["entry"] < asked.sight.size]
        found = [{"entry": row["entry"], **self._authority.presentation(row["entry"]).fields} for row in rows]
        return json_answer({"count": len(found), "erasures": found})

    def _kept(self, asked: Asked) -> Response:
        _office(asked)
        self._authority.follow()
        reader, erasures = self._authority.reader, self._authority.erasures
        kept = [row for row in retention.keys_of_holder(reader, asked.values["holder"] or "") if self._told(asked, row)]
        due = [plan for plan in erasures.due() if self._told(asked, plan.row)]
        found: dict[str, Any] = {
            "time": erasures.time().isoformat(),
            "kept": [{name: row[name] for name in _KEPT} for row in kept],
            "due": [plan.as_dict() for plan in due],
            "holds": retention.holds(reader),
            "asked": [
                row for row in retention.requests(reader, self._authority.reading().now) if self._told(asked, row)
            ],
        }
        told = [*found["holds"], *({"hold": row["entry"]} for row in found["asked"])]
        _log(asked.sight, [*kept, *(plan.row for plan in due)], told)
        return json_answer(self._readable(found, asked.sight), headers={"Cache-Control": "no-store"})

    def _told(self, asked: Asked, row: Row) -> bool:
        """Whether a caller is told of what is kept for a holder: nobody with a conflict of interest in it is."""
        about = self._authority.erasures.about(row["holder"], row["retention"])
        return not any(asked.sight.kept_out(subject) for subject in about)

    def _readable(self, found: Any, seeing: Sight) -> Any:
        """What was found, without the identifiers of subjects whose names this caller may not read."""
        if isinstance(found, Mapping):
            return {name: self._readable(value, seeing) for name, value in found.items()}
        if isinstance(found, list | tuple):
            return [self._readable(value, seeing) for value in found]
        if not isinstance(found, str) or not is_subject(found):
            return found
        return found if seeing.named(found) else None

    def _erase(self, asked: Asked) -> Response:
        _office(asked)
        wanted = _wanted(asked.body)
        holder, basis, one = wanted["holder"], wanted["basis"], wanted.get("retention_class", "")
        self._authority.follow()
        caller = asked.asking.caller
        plans = self._authority.erasures.plans(holder, one, basis, caller=caller)
        if wanted.get("dry_run"):
            if not plans:
                raise NotFound("sealed entries", f"{holder} × {one or 'any'}", "nothing is sealed under that name")
            _log(asked.sight, [plan.row for plan in plans], [row for plan in plans for row in plan.holds])
            found = {"plans": [plan.as_dict() for plan in plans], "left": self._left(holder)}
            return json_answer(found, headers={"Cache-Control": "no-store"})
        if not one and len(plans) > 1:
            classes = ", ".join(sorted({plan.row["retention"] for plan in plans}))
            raise BadInput(Fault("retention_class", "(absent)", f"one of {classes}", "missing"), "erasing")
        one = one or (plans[0].row["retention"] if plans else "")
        reference = wanted.get("reference", "")
        if wanted.get("ask"):
            body = {"holder": holder, "retention_class": one, "basis": basis, "reasons": wanted.get("reasons", "")}
            act = Act(retention.ERASURE_ASKED.id, body | ({"reference": reference} if reference else {}), key="")
            return json_answer({"asked": self._authority.act(act, caller).index}, 202)
        two = {"confirms": wanted.get("confirms"), "reasons": wanted.get("reasons", "")}
        try:
            index = self._authority.erasures.erase(holder, one, basis, caller, reference, **two)
        except retention.Held as error:  # whose order stands in the way is told with it
            _log(asked.sight, (), error.holds)
            asked.sight.logged()
            raise
        self._wake()
        told = {"entry": index, "left": self._left(holder)}
        return json_answer(told, 201, headers={"Location": f"/api/v1/entries/{index}"})

    def _left(self, holder: str) -> list[dict[str, Any]]:
        """What goes on naming a holder once it is erased, sealed to who filed it (`Erasures.naming`)."""
        return [{"entry": index, "kind": kind} for index, kind in self._authority.erasures.naming(holder)]


def _office(asked: Asked) -> None:
    if not STEWARDS & set(asked.asking.caller.roles):
        raise Forbidden(f"keeping and erasing are the office's; {asked.asking.caller.party} is neither")


def _log(seeing: Sight, keys: Iterable[Mapping[str, Any]], holds: Iterable[Mapping[str, Any]]) -> None:
    seeing.kept(keys)
    for row in holds:
        seeing.told(row["hold"])


def _wanted(data: bytes) -> dict[str, Any]:
    """The body of a request, every fault named. Raises `BadInput`."""
    body = read_json(data, bytes_max=BYTES_MAX)
    if not isinstance(body, dict):
        raise BadInput(Fault("(whole)", shown(body), "an object", "type"), "erasing")
    faults = FaultCollector("erasing")
    names: dict[str, Any] = _ASKED["properties"]
    for name in _ASKED["required"]:
        if name not in body:
            faults.add(name, "(absent)", names[name]["description"], "missing")
    for name, value in body.items():
        if name not in names:
            faults.add(name, value, f"one of {', '.join(names)}", "unknown_field")
        elif names[name]["type"] == "integer" and (isinstance(value, bool) or not isinstance(value, int)):
            faults.add(name, value, "the number of an entry", "type")
        elif names[name]["type"] == "boolean" and not isinstance(value, bool):
            faults.add(name, value, "true or false", "type")
        elif names[name]["type"] == "string" and not (isinstance(value, str) and 1 <= len(value) <= CHARS_MAX):
            faults.add(name, value, f"text of 1 to {CHARS_MAX} characters", "type")
    faults.done()
    return body
