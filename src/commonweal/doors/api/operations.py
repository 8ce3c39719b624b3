"""What an address does, declared once: the route, the checks of its parameters and its OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from commonweal.kernel.disclosure.reads import PURPOSE_CHARS_MAX
from commonweal.kernel.values import FaultCollector, NotFound
from commonweal.kernel.values.patterns import plainly
from commonweal.sight import Sight

from .callers import Asking, Spending

Place = Literal["path", "query", "header"]
JSON = "application/json"
Schema = Mapping[str, Any]
INDEX: Schema = {"type": "integer", "minimum": 0, "maximum": 2**53}
TEXT_CHARS_MAX = 400


@dataclass(frozen=True)
class Param:
    """One parameter; `schema` is the JSON Schema it is checked against (integer, or string with enum or pattern)."""

    name: str
    text: str
    schema: Schema = field(default_factory=lambda: {"type": "string", "maxLength": TEXT_CHARS_MAX})
    place: Place = "query"
    example: Any = None
    required: bool = False


PURPOSE = Param("purpose", "What for: stands in the log of reads", {"type": "string", "maxLength": PURPOSE_CHARS_MAX})


@dataclass(frozen=True)
class Answer:
    """One possible success: its status, media types and the schema of its JSON."""

    text: str
    schema: Schema | None = None
    media: tuple[str, ...] = (JSON,)
    status: int = 200


@dataclass(frozen=True)
class Body:
    """What a request carries."""

    schema: Schema | None
    media: str = JSON
    example: Any = None


@dataclass(frozen=True)
class Asked:
    """A request as a handler sees it: parameters checked, caller established, body read within its limit.

    What `sight` shows of what is not public is logged before the answer leaves.

    A handler that `waits` spends the nonce of a signed request itself, before it acts.
    """

    values: Mapping[str, Any]
    asking: Asking
    body: bytes
    request: Request
    extra: Mapping[str, str]
    sight: Sight
    spending: Spending | None = None


@dataclass(frozen=True)
class Arriving:
    """A request whose body is not held: it comes in `pieces`, within its limit.

    `confirm` holds the digests of all that came against a signature, where there is one, and spends its nonce: the
    handler calls it, in a thread, before it keeps anything. Raises `Unauthorized`.
    """

    values: Mapping[str, Any]
    asking: Asking
    pieces: AsyncIterator[bytes]
    confirm: Callable[[Mapping[str, bytes]], None]


Handler = Callable[[Asked], Response]
Receiver = Callable[[Arriving], Awaitable[Response]]
AsyncHandler = Callable[[Asked], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """One method of one address. `scope` is what a key needs; `open_query` lets other query parameters through.

    `handler` runs in a thread. With `waits` it is a coroutine function that runs on the event loop and must not block;
    so is a `receiver`, which takes the place of a handler where the body is not to be held.
    """

    id: str
    method: Literal["GET", "POST"]
    path: str
    title: str
    handler: Handler | AsyncHandler | None
    tag: str
    params: tuple[Param, ...] = ()
    answers: tuple[Answer, ...] = ()
    body: Body | None = None
    scope: str = ""
    open_query: bool = False
    bytes_max: int = 0
    waits: bool = False
    encodings: tuple[str, ...] = ()
    receiver: Receiver | None = None

    def read(self, request: Request) -> tuple[dict[str, Any], dict[str, str]]:
        """The parameters, checked, and what else the query says. Raises `BadInput` naming every fault."""
        faults = FaultCollector("parameters")
        values = {param.name: self._value(param, request, faults) for param in self.params}
        known = {param.name for param in self.params if param.place == "query"}
        extra = {name: value for name, value in request.query_params.items() if name not in known}
        for name, value in {} if self.open_query else extra.items():
            faults.add(
                name, value, f"one of the parameters {', '.join(sorted(known)) or '(none)'}", "unknown_parameter"
            )
        for name in {name for name, _ in request.query_params.multi_items()}:
            if len(request.query_params.getlist(name)) > 1:
                faults.add(name, "given more than once", "given once", "repeated")
        faults.done()
        return values, extra

    @staticmethod
    def _value(param: Param, request: Request, faults: FaultCollector) -> Any:
        if param.place == "path":
            raw = request.path_params[param.name]
            found, want = _checked(raw, param.schema)
            if want:
                raise NotFound(param.name, raw, want)
            return found
        source = request.query_params if param.place == "query" else request.headers
        raw = source.get(param.name)
        if raw is None and param.required:
            faults.add(param.name, "(absent)", param.text, "missing")
        if raw is None:
            return param.schema.get("default")
        found, want = _checked(raw, param.schema)
        if want:
            faults.add(param.name, raw, want, "parameter")
        return found


def _checked(raw: str, schema: Schema) -> tuple[Any, str]:
    """The value and an empty text, or None and what would be right."""
    if schema["type"] == "integer":
        low, high = schema.get("minimum", 0), schema.get("maximum", 2**53)
        good = re.fullmatch(r"[0-9]{1,16}", raw, re.ASCII) and low <= int(raw) <= high
        return (int(raw), "") if good else (None, f"a whole number from {low} to {high}")
    if choices := schema.get("enum"):
        return (raw, "") if raw in choices else (None, f"one of {', '.join(choices)}")
    if not schema.get("minLength", 0) <= len(raw) <= schema.get("maxLength", TEXT_CHARS_MAX):
        return None, f"{schema.get('minLength', 0)} to {schema.get('maxLength', TEXT_CHARS_MAX)} characters"
    if (pattern := schema.get("pattern")) and not re.search(pattern, raw):
        return None, plainly(pattern)
    return raw, ""


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON bytes; numbers that are not finite become null."""
    return Response(msgspec.json.encode(value), status, dict(headers or {}), JSON)
