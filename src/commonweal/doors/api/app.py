"""The API as one ASGI app: routes from operations, one shape of error, limits before work, work in threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import ExitStack
from typing import Any, cast

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from commonweal.authority import Authority
from commonweal.kernel.values import CommonwealError, Fault, NotFound
from commonweal.story import examples_of
from commonweal.telemetry import Figures, note

from .addresses import Addresses
from .attachments import Uploads
from .authorising import Authorisations
from .callers import Coming, Gatekeeper
from .credentials import Attestations
from .erasing import Erasing
from .filings import Filings
from .held import Held
from .letters import Letters
from .limits import InHand, LargeBodies, Limits, body_of, pieces_of
from .log import Log
from .metrics import Metrics
from .openapi import described
from .operations import JSON, PURPOSE, Arriving, Asked, AsyncHandler, Handler, Operation, Receiver, json_answer
from .persons import People
from .problems import NoMethod, Shape, Unsupported, problem, rendered, unforeseen
from .reading import Reading
from .rooms import Rooms
from .series import SeriesDoor
from .statistics import Released
from .witness import Witness

_log = logging.getLogger(__name__)
WRITING_THREADS = 64
READING_THREADS = 8
_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Location, Retry-After, Content-Disposition"),
]
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Accept, Accept-Language",
    "Access-Control-Max-Age": "86400",
}


def app(
    authority: Authority,
    *,
    limits: Limits | None = None,
    wake: Callable[[], None] | None = None,
    public_url: str = "",
    figures: Figures | None = None,
) -> ASGIApp:
    """The API of an open authority, under `/api/v1`, `/log` and `/witness`.

    `wake` is called after each act, so that whoever follows the record need not wait for its next round; without it,
    the API follows the record itself before it answers. `public_url` is the address that signed requests must name;
    without it, what is configured holds (see `addresses`). `figures` is what the service counts of its requests.
    """
    limits = limits or Limits()
    wake = wake or (lambda: _followed(authority))
    gate = Gatekeeper(authority, limits, Addresses.of(authority.settings, public_url))
    operations = [
        *Filings(authority, limits, wake, gate.spend).operations(examples_of(authority)),
        *Uploads(authority).operations(),
        *Letters(authority).operations(),
        *Reading(authority, limits).operations(),
        *Rooms(authority).operations(),
        *SeriesDoor(authority, wake).operations(),
        *Released(authority).operations(),
        *Attestations(authority).operations(),
        *Authorisations(authority, wake).operations(),
        *Erasing(authority, wake).operations(),
        *Held(authority, gate.failed).operations(),
        *People(authority, wake).operations(),
        *Log(authority).operations(),
        *Witness(authority).operations(),
        *Metrics(authority, figures).operations(),
    ]
    house = _House(authority, gate, limits)
    routes = [house.route(operation) for operation in operations]
    routes.append(Route("/api/v1/openapi.json", _schema(authority, operations), methods=["GET"]))
    inner = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_error, CommonwealError: _known, Exception: _unknown},  # type: ignore[dict-item]
    )
    inner.router.redirect_slashes = False
    return _Gate(inner)


def _followed(authority: Authority) -> None:
    authority.follow()


class _House:
    """Turns an operation into a route: caller, parameters and body in this order, then the handler in a thread."""

    def __init__(self, authority: Authority, gate: Gatekeeper, limits: Limits) -> None:
        self._authority, self._limits, self._gate = authority, limits, gate
        self._large = LargeBodies(limits)
        self._uploads = InHand(limits.uploads_max, limits.uploads_of_one, "uploads")
        self._threads: dict[str, anyio.CapacityLimiter] = {}

    def route(self, operation: Operation) -> Route:
        async def endpoint(request: Request) -> Response:
            note(request.scope, route=operation.path)
            coming = self._gate.coming(request)
            if holder := coming.asking.holder:
                note(request.scope, caller="signed" if coming.signed else "key", key=holder.keyid)
            if operation.scope:
                coming.asking.needs(operation.scope)
            values, extra = operation.read(request)
            if operation.receiver:
                return await self._received(operation.receiver, operation.bytes_max, request, coming, values)
            with ExitStack() as counted:
                if operation.scope == "file":
                    counted.enter_context(self._gate.filing(coming))
                if operation.body is not None and self._large.is_large(request, operation.bytes_max):
                    counted.enter_context(self._large.one(holder.keyid if holder else ""))
                return await self._answer(operation, request, coming, values, extra)

        return Route(operation.path, endpoint, methods=[operation.method], name=operation.id)

    async def _received(
        self, receiver: Receiver, bytes_max: int, request: Request, coming: Coming, values: dict[str, Any]
    ) -> Response:
        """The answer to a request whose body is not held."""

        def confirm(digests: Mapping[str, bytes]) -> None:
            spending = self._gate.confirm_digests(request, coming, digests)
            for refused in self._gate.spend([spending] if spending else []):
                if refused is not None:
                    raise refused

        holder = coming.asking.holder
        with self._uploads.one(holder.keyid if holder else ""):
            pieces = pieces_of(request, bytes_max, self._limits.upload_seconds_max)
            return await receiver(Arriving(values, coming.asking, pieces, confirm))

    async def _answer(
        self, operation: Operation, request: Request, coming: Coming, values: dict[str, Any], extra: dict[str, str]
    ) -> Response:
        body = await self._body(operation, request)
        sight = coming.asking.sight(self._authority, operation.id, values.get(PURPOSE.name) or "")
        if operation.waits:  # its body is small, and its nonce is spent with those of others
            spending = self._gate.confirm(request, coming, body)
            asked = Asked(values, coming.asking, body, request, extra, sight, spending)
            return await cast(AsyncHandler, operation.handler)(asked)

        def work() -> Response:
            spending = self._gate.confirm(request, coming, body)
            for refused in self._gate.spend([spending] if spending else []):  # commits: not on the event loop
                if refused is not None:
                    raise refused
            response = cast(Handler, operation.handler)(Asked(values, coming.asking, body, request, extra, sight))
            if sight.logged() and "no-store" not in response.headers.get("Cache-Control", ""):
                response.headers["Cache-Control"] = "private, no-store"
            return response

        return await anyio.to_thread.run_sync(work, limiter=self._limiter(operation.method))

    async def _body(self, operation: Operation, request: Request) -> bytes:
        if operation.body is None:
            return b""
        if operation.body.media == JSON:
            _refuse_other_media(request)
        large = self._large.is_large(request, operation.bytes_max)
        most = operation.bytes_max if large else min(operation.bytes_max, self._limits.json_bytes_max)
        return await body_of(request, most, self._limits.body_seconds_max, operation.encodings)

    def _limiter(self, method: str) -> anyio.CapacityLimiter:
        """Readers cannot take the writers' threads; made on first use because it belongs to the running loop."""
        if method not in self._threads:
            self._threads[method] = anyio.CapacityLimiter(WRITING_THREADS if method == "POST" else READING_THREADS)
        return self._threads[method]


class _Gate:
    """Outermost: CORS for reading, headers for all, HEAD without a body, and no error ever without an answer."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        method = scope["method"]
        if method == "OPTIONS":
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send)
            return
        extra = _HEADERS + (_CORS if method in {"GET", "HEAD"} else [])
        started = False

        async def answer(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *extra]
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._inner(scope, receive, answer)
        except Exception:
            _log.exception("%s %s", method, scope["path"])
            if not started:
                await unforeseen(scope["path"])(scope, receive, answer)


def _refuse_other_media(request: Request) -> None:
    given = request.headers.get("content-type", "")
    media = given.partition(";")[0].strip().lower()
    if media != JSON and not (media.startswith("application/") and media.endswith("+json")):
        raise Unsupported(Fault("Content-Type", given[:80] or "(absent)", JSON, "media_type"), "body")


def _schema(authority: Authority, operations: list[Operation]) -> Callable[[Request], Any]:
    made: dict[str, Any] = {}

    async def endpoint(request: Request) -> Response:
        note(request.scope, route="/api/v1/openapi.json")
        if not made:
            made.update(await anyio.to_thread.run_sync(described, authority, operations))
        return json_answer(made, headers={"Cache-Control": "public, max-age=60"})

    return endpoint


async def _http_error(request: Request, error: HTTPException) -> Response:
    path = request.url.path
    if error.status_code == 404:
        return problem(NotFound("address", path, "GET /api/v1/openapi.json describes what there is"), path)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "GET").split(", ")
        return problem(NoMethod(request.method, allowed), path)
    return rendered(Shape(error.status_code, "http", "", str(error.detail)), path, headers=error.headers)


async def _known(request: Request, error: CommonwealError) -> Response:
    if error.status >= 500 and error.status != 503:
        _log.error("%s %s: %s", request.method, request.url.path, error)
    return problem(error, request.url.path)


async def _unknown(request: Request, error: Exception) -> Response:
    return unforeseen(request.url.path)
