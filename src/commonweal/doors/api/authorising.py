"""Authorisations for programs: how a request stands, the text to sign, handing signatures in, opening, disclosures.

A request itself is a filing like any other: `POST /api/v1/filings/authorisation.requested`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from commonweal import authorising
from commonweal.acceptance import STEWARDS
from commonweal.authority import Authority
from commonweal.kernel import authorisations
from commonweal.kernel.record import Row
from commonweal.kernel.values import NotFound

from .operations import Answer, Asked, Body, Operation, Param, json_answer

OBJECT = {"type": "object"}
NOTE_MEDIA = "text/plain"
NOTE_BYTES_MAX = 256 << 10
_ID = Param("id", "The request's id: the SHA-256 of its text, in hex",
            {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "path", "0" * 64)  # fmt: skip


class Authorisations:
    """Who asked for something sees how it stands and opens it; so does the authority's office, but for the opening."""

    def __init__(self, authority: Authority, wake: Callable[[], None]) -> None:
        self._authority, self._wake = authority, wake

    def operations(self) -> list[Operation]:
        root = "/api/v1/authorisations"
        return [
            Operation("authorisation_policy", "GET", "/api/v1/authorisation-policies/{action}",
                      "The policy in force for an action: what a request must name, and who must approve",
                      self._policy, "authorisations",
                      (Param("action", "The action", place="path", example=authorisations.DISCLOSE),),
                      (Answer("The policy in force", OBJECT),)),
            Operation("authorisations", "GET", root, "The requests of the caller (of everyone, for the office)",
                      self._list, "authorisations", (), (Answer("Requests, newest first", OBJECT),), scope="read"),
            Operation("authorisation", "GET", root + "/{id}", "How a request stands", self._status, "authorisations",
                      (_ID,), (Answer("Who has approved, what is missing, until when", OBJECT),), scope="read"),
            Operation("authorisation_text", "GET", root + "/{id}/request", "The text that approvers sign",
                      self._text, "authorisations", (_ID,), (Answer("Two lines of text", media=(NOTE_MEDIA,)),),
                      scope="read"),
            Operation("authorisation_sign", "POST", root + "/{id}/signatures",
                      "Hand in signatures: a signed note (c2sp.org/signed-note) whose text is the request",
                      self._signed, "authorisations", (_ID,), (Answer("The state after them", OBJECT),),
                      Body(None, NOTE_MEDIA), "file", bytes_max=NOTE_BYTES_MAX),
            Operation("authorisation_open", "POST", root + "/{id}/open",
                      "Open what was authorised: the disclosure is recorded first, then the fields are handed out",
                      self._open, "authorisations", (_ID,),
                      (Answer("The evidence, with a presentation of each entry", OBJECT),), scope="read"),
            Operation("disclosures", "GET", "/api/v1/disclosures", "What was disclosed, when, why, approved by whom",
                      self._disclosures, "authorisations", (), (Answer("Disclosures, newest first", OBJECT),)),
        ]  # fmt: skip

    def _policy(self, asked: Asked) -> Response:
        self._authority.follow()
        found, entry = authorisations.policy_for(self._authority.reader, asked.values["action"])
        return json_answer(
            {"rule": found.id, "version": found.version, "sha256": found.sha256, "entry": entry,
             "title": dict(found.title), "citation": found.citation, "days_max": found.days_max,
             "bases": {code: dict(title) for code, title in found.bases.items()},
             "signers": {name: dict(item.title) for name, item in found.signers.items()},
             "needs": authorisations.needs(found)}
        )  # fmt: skip

    def _list(self, asked: Asked) -> Response:
        self._authority.follow()
        party = "" if _office(asked) else asked.asking.caller.party
        rows = authorisations.requests(self._authority.reader, party)
        for row in rows:
            asked.sight.told(row["entry"])
        return json_answer({"authorisations": [authorising.status(self._authority, row) for row in rows]})

    def _status(self, asked: Asked) -> Response:
        return json_answer(authorising.status(self._authority, self._row(asked)), headers={"Cache-Control": "no-store"})

    def _text(self, asked: Asked) -> Response:
        text = authorisations.request_text(self._row(asked)["body"])
        return Response(text, media_type=f"{NOTE_MEDIA}; charset=utf-8", headers={"Cache-Control": "no-store"})

    def _signed(self, asked: Asked) -> Response:
        text, _ = authorisations.open_file(asked.body)
        if authorisations.request_id(text) != asked.values["id"]:
            raise NotFound("signature over request", asked.values["id"], "the note's text is another request")
        row = authorising.submit(self._authority, asked.body, asked.asking.caller)
        self._wake()
        return json_answer({"id": row["id"], "state": authorisations.state_of(row, self._authority.house().now)})

    def _open(self, asked: Asked) -> Response:
        found = authorising.opened(self._authority, asked.values["id"], asked.asking.caller)
        self._wake()
        for shown in found["presentations"]:
            asked.sight.told(shown["index"], shown["fields"])
        return json_answer(found, headers={"Cache-Control": "no-store"})

    def _disclosures(self, asked: Asked) -> Response:
        self._authority.follow()
        return json_answer({"disclosures": authorising.disclosed(self._authority)})

    def _row(self, asked: Asked) -> Row:
        """The request, for those who may know of it: to anyone else it is not there."""
        self._authority.follow()
        row: dict[str, Any] = authorisations.find(self._authority.reader, asked.values["id"])
        if row["requester"] != asked.asking.caller.party and not _office(asked):
            raise NotFound("authorisation request", asked.values["id"], "your key sees the requests of its own party")
        asked.sight.told(row["entry"])
        return row


def _office(asked: Asked) -> bool:
    return bool(STEWARDS & set(asked.asking.caller.roles))
