"""One error shape for every answer that is not a success: RFC 9457 problem details, each fault named.

```
CommonwealError (kernel.values)
├── Unauthorized   401   who is asking could not be established
├── TooMany        429   too many requests; Retry-After says when (commonweal.pacing)
├── Malformed      400   a head that can be understood in two ways
├── Unsupported    415   a body in a format or encoding that is not read here
└── NoMethod       405   the address is there, the method is not
```
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from commonweal.kernel.values import BadInput, CommonwealError, Fault, RecordFault
from commonweal.pacing import TooMany

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:commonweal:problem:"
ADVICE_5XX = "This is our fault, not yours. Nothing is half written; try again, and report it if it stays."


class Unauthorized(CommonwealError):
    status = 401
    code = "unauthorized"
    title = "Who is asking could not be established"

    def __init__(self, detail: str, where: str = "Authorization", seen: str = "(withheld)", want: str = "") -> None:
        self.fault = Fault(where, seen, want or detail, self.code)
        super().__init__(detail)


class Malformed(BadInput):
    status = 400
    code = "malformed-request"
    title = "The request is not one that can be understood"


class Unsupported(BadInput):
    status = 415
    code = "unsupported-media-type"
    title = "The body is in a format that is not read here"


class NoMethod(CommonwealError):
    status = 405
    code = "method-not-allowed"
    title = "The address is there; the method is not"

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"{method} is not possible here; possible: {self.allowed}")


def problem(error: CommonwealError, instance: str) -> Response:
    """The answer for an error that was raised on purpose."""
    faults = [fault.as_dict() for fault in _faults(error)]
    about = Shape(error.status, error.code, error.title, _detail(error))
    return rendered(about, instance, faults, _headers(error))


def unforeseen(instance: str) -> Response:
    """The answer for an error that nobody meant to raise: says so and gives nothing away."""
    return rendered(Shape(500, "error", "Something went wrong", ADVICE_5XX), instance)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a problem is, whatever it was about."""

    status: int
    code: str
    title: str
    detail: str


def rendered(
    about: Shape, instance: str, faults: Iterable[Mapping[str, str]] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The problem document."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + about.code,
        "title": about.title or HTTPStatus(about.status).phrase,
        "status": about.status,
        "detail": about.detail,
        "instance": instance,
        "faults": list(faults),
    }
    all_headers = {**(headers or {}), "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body), about.status, all_headers, MEDIA_TYPE)


def _faults(error: CommonwealError) -> tuple[Fault, ...]:
    if isinstance(error, BadInput):
        return error.faults
    return (error.fault,) if isinstance(error, Unauthorized) else tuple(error.among)


def _detail(error: CommonwealError) -> str:
    if isinstance(error, BadInput):
        count = len(error.faults)
        return f"{error.about}: {count} fault{'s' if count != 1 else ''}; each is named under faults."
    if isinstance(error, RecordFault):
        return ADVICE_5XX
    return str(error)


def _headers(error: CommonwealError) -> dict[str, str]:
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="commonweal"'}
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.wait_s)}
    if isinstance(error, NoMethod):
        return {"Allow": error.allowed}
    if error.status == 503:
        return {"Retry-After": "1"}
    return {}
