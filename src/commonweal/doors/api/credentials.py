"""Credentials and their status for programs: a holder's file, status lists, issuer metadata, presentations."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from commonweal import attestations
from commonweal.authority import Authority
from commonweal.kernel import credentials
from commonweal.kernel.values import NotFound, shown

from .operations import INDEX, PURPOSE, Answer, Asked, Operation, Param, json_answer

OBJECT = {"type": "object"}
_SUBJECT = Param("subject", "A subject, e.g. model:gpt-4", {"type": "string", "maxLength": 130}, "path",
                 "model:example-1")  # fmt: skip
_TYPE = Param("type", "Only this type, e.g. model_registration.certificate")
_FIELDS = Param("fields", "Only these fields, parted by commas", {"type": "string", "maxLength": 4000})
_FORMAT = Param("format", "json (the default) or sd-jwt", {"type": "string", "enum": ["json", "sd-jwt"]})
WELL_KNOWN = "/.well-known/jwt-vc-issuer"


class Attestations:
    """What the authority signs for strangers. All of it is public; a key shows its holder more fields."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def operations(self) -> list[Operation]:
        return [
            Operation("credential", "GET", "/api/v1/credentials/{subject}",
                      "The credential of a subject, with everything that proves it", self._credential, "credentials",
                      (_SUBJECT, _TYPE, _FIELDS, _FORMAT), _either(attestations.CREDENTIAL_MEDIA_TYPE)),
            Operation("status_list", "GET", "/api/v1/status-lists/{id}", "A signed Token Status List", self._status,
                      "credentials", (Param("id", "The list, as a credential names it", place="path",
                                            example="model_registration.certificate.0"),),
                      (Answer("A JWT (draft-ietf-oauth-status-list)", media=(credentials.MEDIA_TYPE,)),)),
            Operation("credential_type", "GET", "/api/v1/credential-types/{type}",
                      "What a type of credential says (SD-JWT VC type metadata)", self._type, "credentials",
                      (Param("type", "The type", place="path", example="model_registration.certificate"),),
                      (Answer("Type metadata", OBJECT),)),
            Operation("entry_presentation", "GET", "/api/v1/entries/{index}/presentation",
                      "Chosen fields of an entry as an SD-JWT whose payload is the leaf, with its receipt",
                      self._presentation, "credentials",
                      (Param("index", "The entry's index in the log", INDEX, "path", 0), _FIELDS, _FORMAT, PURPOSE),
                      _either(attestations.SD_JWT_MEDIA_TYPE)),
            Operation("bundle", "GET", "/api/v1/entries/{index}/bundle",
                      "The leaf of an entry, signed, as a Sigstore bundle: where its authority made one",
                      self._bundle, "credentials", (Param("index", "The entry's index in the log", INDEX, "path", 0),),
                      (Answer("A Sigstore bundle (v0.3)", OBJECT, (credentials.BUNDLE_MEDIA_TYPE,)),)),
            Operation("trusted_root", "GET", "/api/v1/trusted-root", "This log as Sigstore's trusted root",
                      self._trusted_root, "credentials", (), (Answer("A Sigstore trusted root", OBJECT),)),
            *(Operation(f"issuer_metadata{suffix}", "GET", path, "The issuer's keys, and the log's",
                        self._metadata, "credentials", params, (Answer("Issuer metadata (SD-JWT VC)", OBJECT),))
              for suffix, path, params in (
                  ("", WELL_KNOWN, ()),
                  ("_at", WELL_KNOWN + "/{path:path}",
                   (Param("path", "The path of the origin", place="path", example="ai"),)))),
        ]  # fmt: skip

    def _credential(self, asked: Asked) -> Response:
        self._authority.follow()
        row = attestations.held(self._authority, asked.values["subject"], asked.values["type"] or "")
        asked.sight.stored(row["entry"])  # its proof says how far the log has come
        found = attestations.evidence(self._authority, row, _names(asked.values["fields"]))
        name = f"{row['credential']}-{row['subject'].partition(':')[2]}"
        return _file(asked, found, "credential", attestations.CREDENTIAL_MEDIA_TYPE, name)

    def _status(self, asked: Asked) -> Response:
        found = attestations.status_list(self._authority, asked.values["id"])
        headers = {"Cache-Control": f"public, max-age={min(found.ttl_s, 60)}"}
        return Response(found.token, headers=headers, media_type=credentials.MEDIA_TYPE)

    def _type(self, asked: Asked) -> Response:
        return json_answer(attestations.type_metadata(self._authority, asked.values["type"]))

    def _metadata(self, asked: Asked) -> Response:
        path = self._authority.settings.origin.partition("/")[2]
        if asked.values.get("path", path) != path:
            raise NotFound("issuer", shown(asked.values["path"]), f"the origin is {self._authority.settings.origin}")
        return json_answer(attestations.metadata(self._authority), headers={"Cache-Control": "public, max-age=300"})

    def _bundle(self, asked: Asked) -> Response:
        index = asked.sight.stored(asked.values["index"]).index
        found = credentials.dumps(attestations.bundle(self._authority, index, asked.sight.stored))
        headers = {"Content-Disposition": f'attachment; filename="leaf-{asked.values["index"]}.sigstore.json"'}
        return Response(found, headers=headers, media_type=credentials.BUNDLE_MEDIA_TYPE)

    def _trusted_root(self, asked: Asked) -> Response:
        return json_answer(attestations.trusted_root(self._authority), headers={"Cache-Control": "public, max-age=300"})

    def _presentation(self, asked: Asked) -> Response:
        stored = asked.sight.stored(asked.values["index"])
        audience = asked.sight.audience_of(stored)
        names = _names(asked.values["fields"])
        found = attestations.presentation(self._authority, stored.index, audience, names)
        asked.sight.reads(stored.index, self._authority.kinds.get(stored.kind), found["fields"], audience)
        return _file(asked, found, "sd_jwt", attestations.SD_JWT_MEDIA_TYPE, f"entry-{stored.index}")


def _either(media: str) -> tuple[Answer, ...]:
    return (Answer("The token with what proves it, or the token alone", OBJECT, ("application/json", media)),)


def _names(fields: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (fields or "").split(",") if name.strip())


def _file(asked: Asked, found: dict[str, Any], token: str, media: str, name: str) -> Response:
    """The whole file as JSON, or the token alone."""
    if asked.values["format"] == "sd-jwt":
        headers = {"Content-Disposition": f'attachment; filename="{name}.sd-jwt"', "Cache-Control": "no-store"}
        return Response(found[token], headers=headers, media_type=media)
    return json_answer(found, headers={"Cache-Control": "no-store"})
