"""The service: portal and API of one authority in one app, who follows the record, and the threads that ask witnesses.

`weal serve DIR` starts it by name. One worker holds the one group-commit writer; a process beside it follows.
"""

from __future__ import annotations

import functools
import gc
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commonweal import keeping
from commonweal.authority import Authority
from commonweal.authority.condition import ahead_of_clock
from commonweal.doors import api, portal
from commonweal.follower import Beside, Follower, Follows
from commonweal.health import health
from commonweal.kernel.values import NotFound
from commonweal.letters import Clerk
from commonweal.observing import Puller
from commonweal.sending import Postman
from commonweal.telemetry import Figures, Watched, log_to_stderr, note

FOLDER_VARIABLE = "COMMONWEAL_FOLDER"
# A thread that follows must not keep answers waiting: each time another has done something outside Python, such as a
# signature or a write, it would otherwise wait five milliseconds to go on.
SWITCH_S = 0.0005
ROUND_S = 1.0
ROUND_S_MAX = 60.0
ASKING_S = 0.5
LOOKING_S = 1.0
CLOSING_S = 10.0
# A service that ended in the middle of a rush takes filings again at once: the rest is the follower's, behind them.
FOLLOWED_FIRST = 256
API_PREFIXES = ("/api/", "/v1/", "/log/", "/witness/", "/.well-known/jwt-vc-issuer")

HEALTH = ("/healthz", "/readyz")
_UNKEPT = {"Cache-Control": "no-store"}
_HSTS = (b"strict-transport-security", b"max-age=31536000")

_log = logging.getLogger(__name__)


def app(
    folder: Path, *, limits: api.Limits | None = None, follows: Callable[[Authority], Follows] = Follower
) -> ASGIApp:
    """The whole service for an authority's folder. The authority is open from the lifespan's start to its end.

    `follows` makes whoever follows the record: a thread, or (`follower.Beside`) a process beside this one.
    """
    return _House(folder, limits, follows).asgi


def from_environment() -> ASGIApp:
    """The service for the folder named in `COMMONWEAL_FOLDER` (what the server's worker starts)."""
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if not folder:
        raise NotFound("folder in the environment", FOLDER_VARIABLE, "`weal serve DIR` sets it")
    log_to_stderr()
    _end_with_the_server()
    sys.setswitchinterval(SWITCH_S)
    made = app(Path(folder), follows=Beside)
    gc.collect()
    gc.freeze()  # what was loaded stays: looking through it for garbage again would stop every answer for 50 ms
    return made


def _end_with_the_server() -> None:
    """In a worker: close when the server that started it is gone, as after kill -9, which tells nobody."""
    if server := multiprocessing.parent_process():
        threading.Thread(target=_outlive_by_a_moment, args=(server.pid,), name="server's end", daemon=True).start()


def _outlive_by_a_moment(server: int) -> None:
    while os.getppid() == server:
        time.sleep(LOOKING_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(CLOSING_S)
    os._exit(1)


class Asker:
    """The thread that publishes each batch when it is due, and asks the witnesses: at most every half second.

    It is not the follower's thread: a witness that answers slowly must not keep reactions waiting.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="asker", daemon=True)

    def start(self) -> None:
        if self._authority.witnesses.wanted or self._authority.witnesses.batched:
            self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(ASKING_S):
            self._round()

    def _round(self) -> None:
        _ask(self._authority)


def _ask(authority: Authority, everyone: bool = False) -> None:
    try:
        authority.witnesses.ask(everyone)
    except Exception:
        _log.exception("asking the witnesses failed; trying again")


def ask_first(authority: Authority) -> None:
    """Ask everyone once before anything is followed, signed or accepted: who was put back from an old copy hears it.

    While they are away the service begins all the same.
    """
    if authority.store.size():
        _ask(authority, everyone=True)


class Exporter:
    """The thread that lays out the public log at the place that the settings name, as soon as more is published.

    A place that cannot be reached keeps nobody waiting: it is tried again, less and less often.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exporter", daemon=True)

    def start(self) -> None:
        if self._authority.settings.export:
            self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause, exporting = ROUND_S, None
        while not self._ended.wait(pause):
            try:
                exporting = exporting or keeping.exporting(self._authority)
                exporting.round()
                pause = ROUND_S
            except Exception as error:
                pause = min(ROUND_S_MAX, pause * 2)
                _log.error("exporting the public log failed; trying again in %.0f s: %s", pause, error)


class Timekeeper:
    """The thread that says in the service's log while the newest entry is dated well after what the clock says.

    Nothing stops by that, and everything that is filed meanwhile is dated too late.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority, self._said = authority, False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timekeeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def round(self) -> None:
        """Say it when it begins and when it has ended, once."""
        ahead = None if self._authority.settings.replay else ahead_of_clock(self._authority)
        if ahead is not None and not self._said:
            _log.error("entry %d: %s", *ahead)
        elif ahead is None and self._said:
            _log.warning("the newest entry is no longer dated after what the clock says")
        self._said = ahead is not None

    def _run(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            pause = ROUND_S_MAX
            try:
                self.round()
            except Exception:
                _log.exception("comparing the record with the clock failed; trying again in %.0f s", pause)


class _House:
    """Opens the authority with the server, sends each request to its door, and closes with the server."""

    def __init__(self, folder: Path, limits: api.Limits | None, follows: Callable[[Authority], Follows]) -> None:
        self._folder, self._limits, self._follows = folder, limits, follows
        self._api: ASGIApp | None = None
        self._portal: ASGIApp | None = None
        self._authority: Authority | None = None
        self._figures, self._secure = Figures(), False
        self.asgi: ASGIApp = Watched(Router(default=self._door, lifespan=self._lifespan), self._figures)

    @asynccontextmanager
    async def _lifespan(self, app: ASGIApp) -> AsyncIterator[None]:
        opened = functools.partial(Authority.open, self._folder, first=ask_first, most=FOLLOWED_FIRST)
        authority = await anyio.to_thread.run_sync(opened)
        self._authority, self._secure = authority, authority.settings.address.startswith("https://")
        authority.share_tables()
        follower, asker = self._follows(authority), Asker(authority)
        exporter, postman, timekeeper = Exporter(authority), Postman(authority), Timekeeper(authority)
        puller, clerk = Puller(authority, follower.wake), Clerk(authority)
        self._api = api.app(authority, limits=self._limits, wake=follower.wake, figures=self._figures)
        self._portal = portal.app(authority, wake=follower.wake)
        asker.start()
        follower.start()
        exporter.start()
        clerk.start()
        postman.start()
        puller.start()
        timekeeper.start()
        try:
            yield
        finally:
            self._api = self._portal = self._authority = None
            await anyio.to_thread.run_sync(timekeeper.stop)
            await anyio.to_thread.run_sync(postman.stop)
            await anyio.to_thread.run_sync(clerk.stop)
            await anyio.to_thread.run_sync(puller.stop)
            await anyio.to_thread.run_sync(exporter.stop)
            await anyio.to_thread.run_sync(asker.stop)
            await anyio.to_thread.run_sync(follower.stop)
            await anyio.to_thread.run_sync(authority.close)

    async def _door(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._secure:
            send = _only_by_https(send)
        if scope["path"] in HEALTH:
            answer = await self._health(scope)
            await answer(scope, receive, send)
            return
        door = self._api if scope["path"].startswith(API_PREFIXES) else self._portal
        assert door is not None, "the lifespan has not begun: start this app with a server that speaks lifespan"
        await door(scope, receive, send)

    async def _health(self, scope: Scope) -> Response:
        """`/healthz`: this process answers. `/readyz`: it can do its work, else 503 and which check does not hold."""
        note(scope, route=scope["path"])
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("GET or HEAD\n", 405, {"Allow": "GET, HEAD"})
        if scope["path"] == HEALTH[0]:
            return PlainTextResponse("alive\n", headers=_UNKEPT)
        assert self._authority is not None
        try:
            found = await anyio.to_thread.run_sync(health, self._authority)
        except Exception:
            _log.exception("looking whether the service is ready failed")
            return JSONResponse({"ready": False, "checks": {}}, 503, _UNKEPT)
        body = {"ready": found.ready, "checks": found.checks}  # figures, which tell when somebody files, are in metrics
        return JSONResponse(body, 200 if found.ready else 503, _UNKEPT)


def _only_by_https(send: Send) -> Send:
    """Every answer of a service that is known under https tells browsers to come by https only (RFC 6797)."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), _HSTS]}
        await send(message)

    return sent
