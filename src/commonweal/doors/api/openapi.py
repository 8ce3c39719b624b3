"""OpenAPI 3.1 from what is declared: kinds, listings and operations. Nothing here is written twice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from commonweal import __version__
from commonweal.authority import Authority
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.disclosure.attachments import attached_fields
from commonweal.kernel.disclosure.media import media_types, types_among

from .lateness import NOT_COUNTED
from .operations import JSON, Answer, Operation, Param
from .owing import OWED
from .problems import MEDIA_TYPE, TYPE_PREFIX

_REF = "#/components/schemas/"
_COMMON = {404: "NotFound", 429: "TooMany", 500: "Error", 503: "Busy"}
_WITH_INPUT = {422: "BadInput", 401: "Unauthorized", 403: "Forbidden"}
_WITH_BODY = {400: "BadRequest", 409: "Conflict", 413: "TooLarge", 415: "Unsupported"}
_TITLES = {
    400: "The request cannot be read", 401: "Who is asking could not be established", 403: "Not permitted",
    404: "Nothing stands under that name", 409: "This contradicts what the record holds",
    413: "The input is over a size limit", 415: "The body is in a format that is not read here",
    422: "The input has faults", 429: "Too many requests", 500: "Something went wrong", 503: "Try again later",
}  # fmt: skip
_TAGS = {
    "filings": "Writing: every body is checked whole, every fault named at once, and nothing is half written.",
    "record": "Entries and their receipts, which verify offline.",
    "registry": "Subjects as versioned filings.",
    "listings": "The instruments' public lists, as JSON and CSV.",
    "rules": "Rule texts, duties, thresholds and cases.",
    "credentials": "What the authority signs for strangers: it verifies offline, with other people's software.",
    "authorisations": "What only a quorum of organisations may allow: asked for, signed, used once, and public.",
    "log": "The transparency log, as c2sp.org/tlog-tiles has it.",
    "service": "The service itself.",
}
_RECEIPT: Mapping[str, Any] = {
    "type": "object",
    "required": ["grade", "index", "kind", "origin", "accepted_on", "leaf", "proof", "vkey", "again"],
    "properties": {
        "grade": {"type": "string", "enum": ["accepted", "witnessed"]},
        "index": {"type": "integer", "minimum": 0},
        "kind": {"type": "string"},
        "subject": {"type": ["string", "null"]},
        "origin": {"type": "string"},
        "accepted_on": {"type": "string"},
        "leaf": {"type": "string", "contentEncoding": "base64"},
        "proof": {"type": "string", "description": "c2sp.org/tlog-proof@v1"},
        "vkey": {"type": "string"},
        "again": {"type": "boolean", "description": "true where it was recorded before"},
        "warnings": {"type": "array", "items": {"type": "string"}, "description": "what to know at once of it"},
        **NOT_COUNTED,
        **OWED,
    },
}
_SIGNED = (
    "A request that is signed with a registered Ed25519 key (RFC 9421), with `Signature-Input` beside it and without "
    "`Authorization`. Covered are `@method`, `@target-uri` under the public address (or `@authority`, `@path` and "
    "`@query`), `content-digest` (RFC 9530) where there is a body, and `content-type` and `idempotency-key` where they "
    "are sent; the parameters are `created` (at most five minutes ago), `keyid` (as `weal key issue --public-key` "
    "prints it) and a `nonce` that counts once. docs/api.md has an example."
)
_FAULT: Mapping[str, Any] = {
    "type": "object",
    "required": ["where", "seen", "want", "code"],
    "properties": {name: {"type": "string"} for name in ("where", "seen", "want", "code")},
}
_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "faults"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "faults": {"type": "array", "items": {"$ref": f"{_REF}Fault"}},
    },
}


def described(authority: Authority, operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI document of an authority's API."""
    paths: dict[str, Any] = {}
    for operation in operations:
        path = re.sub(r":[a-z]+\}", "}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{authority.settings.name}: API",
            "version": __version__,
            "description": "Filing with this authority, and checking what it recorded. Errors are RFC 9457 problem "
            "details; each names every fault. An Idempotency-Key makes a filing safe to repeat; of kinds with "
            "`x-renewable` the same sent again without one is another filing.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {**_kind_schemas(authority.kinds.values()), "Receipt": _RECEIPT, "Fault": _FAULT,
                        "Problem": _PROBLEM},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A key that `weal key issue` prints."},
                "signature": {"type": "apiKey", "in": "header", "name": "Signature", "description": _SIGNED},
            },
        },
    }  # fmt: skip


def _kind_schemas(kinds: Any) -> dict[str, Any]:
    """Every kind's schema under the kind's id, and what they share under its own name."""
    kinds = list(kinds)
    named, shared = models_json_schema([(kind.schema, "validation") for kind in kinds], ref_template=_REF + "{model}")
    schemas: dict[str, Any] = dict(shared.get("$defs", {}))
    for kind in kinds:
        schemas[kind.id] = _with_markings(kind, named[kind.schema, "validation"])
    return schemas


def _with_markings(kind: Kind, schema: Mapping[str, Any]) -> dict[str, Any]:
    markings = {name: str(kind.marking(name)) for name in kind.schema.model_fields}
    files = {
        name: {
            "media_types": [media_types()[one].media_type for one in types_among(mark.types)],
            "bytes_max": mark.bytes_max,
            "count_max": mark.count_max,
        }
        for name, mark in attached_fields(kind.schema).items()
    }
    more: dict[str, Any] = {"x-attachments": files} if files else {}
    more |= {"x-renewable": True} if kind.renewable and not kind.keyed else {}
    return {**schema, "title": str(kind.title), "x-markings": markings, "x-version": kind.version, **more}


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.title,
        "tags": [operation.tag],
        "parameters": [_parameter(param) for param in operation.params],
        "responses": _responses(operation),
        "security": [*([] if operation.scope else [{}]), {"bearer": []}, {"signature": []}],
    }
    if operation.scope:
        found["description"] = f"Needs a key with the scope `{operation.scope}`, or a signed request (RFC 9421)."
    if operation.body:
        media: dict[str, Any] = {"schema": operation.body.schema} if operation.body.schema else {"schema": {}}
        if operation.body.example is not None:
            media["example"] = operation.body.example
        found["requestBody"] = {"required": True, "content": {operation.body.media: media}}
    return found


def _parameter(param: Param) -> dict[str, Any]:
    found = {
        "name": param.name,
        "in": param.place,
        "required": param.required or param.place == "path",
        "description": param.text,
        "schema": dict(param.schema),
    }
    return found if param.example is None else {**found, "example": param.example}


def _responses(operation: Operation) -> dict[str, Any]:
    answers = {str(answer.status): _answer(answer) for answer in operation.answers}
    faults = _COMMON | _WITH_INPUT | (_WITH_BODY if operation.body else {})
    for status in sorted(faults):
        answers[str(status)] = _problem(status)
    return answers


def _answer(answer: Answer) -> dict[str, Any]:
    content = {media: {"schema": answer.schema or {}} if media == JSON else {} for media in answer.media}
    return {"description": answer.text, "content": content}


def _problem(status: int) -> dict[str, Any]:
    title = _TITLES[status]
    example = {
        "type": f"{TYPE_PREFIX}…",
        "title": title,
        "status": status,
        "detail": "…",
        "instance": "/…",
        "faults": [],
    }
    return {
        "description": title,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Problem"}, "example": example}},
    }
