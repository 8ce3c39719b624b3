"""What the service says of its own work: a line for each request, act and effect, and how long requests took.

**Without content.** A line holds a time, a route's template, a status, a duration, sizes, what sort of caller it was
and the id of its key: never an address as it was asked for, a query, a header, a body, a party's name, or the words of
an error, which quote what was filed. What else the house logs is told by its constant text with numbers filled in, and
an exception by its type and where in the code it was raised. Of other libraries' messages only that there was one.

On a terminal the lines are for people, elsewhere they are JSON, one object a line. Traces follow W3C Trace Context: a
`traceparent` that comes with a request is taken up, its acts carry the trace, and `traceresponse` names it.

**Of who reports, less.** Whoever files without a key, or comes back by return code, is the caller `reporter` on one
route for all of them; such a line has no trace, no key and no sizes, and their acts have no line: nothing here joins an
entry to the request, and so to the connection, that it came by.
"""

from __future__ import annotations

import bisect
import json
import logging
import os
import re
import secrets
import sys
import threading
import time
import traceback
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SEEN = "weal.seen"
FORM_VARIABLE = "COMMONWEAL_LOG"
TRACEBACK_VARIABLE = "WEAL_TRACEBACK"
FORMS = ("json", "text", "off")
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NO_ROUTE = "(none)"
REPORTER, REPORTERS_ROUTE = "reporter", "(reporter)"
_OURS, _SERVER = "commonweal", "_granian"
_LIFE_OF_SERVER = (_SERVER, "_granian.serve", "_granian.workers")
"""Its loggers that tell of starting and stopping only; those of its workers' protocol may quote what came."""
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_FRAMES_MAX = 12
_trace: ContextVar[str] = ContextVar("trace", default="")
_log = logging.getLogger(__name__)


def note(scope: MutableMapping[str, Any], **what: str) -> None:
    """What a door has found out of a request that it answers: `route` (its template), `caller` and `key`.

    Once it is a reporter's, nothing that is done for it carries its trace.
    """
    if what.get("caller") == REPORTER:
        _trace.set("")
    seen = scope.get(SEEN)
    if seen is not None:
        seen.update(what)


def told(event: str, **what: str | int | float | bool) -> None:
    """One line about something that was done. Only codes, counts and identifiers of the house: no content, no names."""
    if _log.isEnabledFor(logging.INFO):
        _log.info(event, extra={"weal": {**what, **({"trace": _trace.get()} if _trace.get() else {})}})


def warned(event: str, **what: str | int | float | bool) -> None:
    """One line about something that waits or goes wrong, under the same terms as `told`: a reason quotes nothing."""
    _log.warning(event, extra={"weal": what})


class Figures:
    """How many requests were answered and how long they took, by method, route and class of status."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str, str], list[int]] = {}
        self._sums: dict[tuple[str, str, str], float] = {}

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request. A method that is none counts as `other`, so that strangers cannot make up labels."""
        key = (method if method in _METHODS else "other", route, f"{status // 100}xx")
        with self._lock:
            counts = self._counts.setdefault(key, [0] * (len(BUCKETS_S) + 1))
            counts[bisect.bisect_left(BUCKETS_S, seconds)] += 1
            self._sums[key] = self._sums.get(key, 0.0) + seconds

    def rows(self) -> Iterator[tuple[tuple[str, str, str], list[int], float]]:
        """(method, route, class of status), the counts of each bucket (not summed up; the last is beyond), seconds."""
        with self._lock:
            found = [(key, list(counts), self._sums[key]) for key, counts in sorted(self._counts.items())]
        yield from found


class Watched:
    """Outermost of the service: each request is timed, counted, told in one line and given its trace."""

    def __init__(self, inner: ASGIApp, figures: Figures) -> None:
        self._inner, self._figures = inner, figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        trace, parent = _traced(scope)
        span, begun = secrets.token_hex(8), time.perf_counter()
        seen: dict[str, str] = {}
        status, came, went = 500, 0, 0

        async def received() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            nonlocal status, went
            if message["type"] == "http.response.start":
                status = message["status"]
                header = (b"traceresponse", f"00-{trace}-{span}-01".encode())
                more = () if seen.get("caller") == REPORTER else (header,)
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            else:
                went += len(message.get("body", b""))
            await send(message)

        token = _trace.set(trace)
        try:
            await self._inner({**scope, SEEN: seen}, received, sent)
        finally:
            seconds = time.perf_counter() - begun
            reporter = seen.get("caller") == REPORTER
            route = REPORTERS_ROUTE if reporter else seen.get("route", NO_ROUTE)
            self._figures.add(scope["method"], route, status, seconds)
            done = {
                "method": scope["method"] if scope["method"] in _METHODS else "other", "route": route,
                "status": status, "ms": round(seconds * 1000, 1),
            }  # fmt: skip
            if reporter:
                _trace.set("")
                told("request", **done, caller=REPORTER)
            else:
                told(
                    "request", span=span, **({"parent": parent} if parent else {}), **done, bytes_in=came,
                    bytes_out=went, caller=seen.get("caller", "public"),
                    **({"key": seen["key"]} if "key" in seen else {}),
                )  # fmt: skip
            _trace.reset(token)


def _traced(scope: Scope) -> tuple[str, str]:
    """The trace and the parent's span of a request: those that came with it, else a new trace without a parent."""
    given = [value for name, value in scope["headers"] if name == b"traceparent"]
    found = _TRACEPARENT.fullmatch(given[0].decode("latin-1")) if len(given) == 1 else None
    if (
        found
        and found[1] != "ff"
        and not (found[1] == "00" and found[5])
        and found[2].strip("0")
        and found[3].strip("0")
    ):
        return found[2], found[3]
    return secrets.token_hex(16), ""


# ── lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def log_to_stderr(form: str = "") -> None:
    """Tell what this process does on standard error, in `form` or as the environment says; else by where it goes."""
    form = form or os.environ.get(FORM_VARIABLE, "") or ("text" if sys.stderr.isatty() else "json")
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _Handler):
            root.removeHandler(handler)
    if form == "off":
        root.addHandler(_Handler(logging.CRITICAL + 1))
        return
    handler = _Handler()
    handler.setFormatter(Lines(form))
    root.addHandler(handler)
    logging.getLogger(_OURS).setLevel(logging.INFO)


def server_logging(form: str) -> dict[str, Any]:
    """How the server that runs the app shall log (a `logging` dictionary): in the same lines, on standard error."""
    kept = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "lines"}
    level = "CRITICAL" if form == "off" else "INFO"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": Lines, "form": form}},
        "handlers": {"console": kept},
        "loggers": {
            name: {"handlers": ["console"], "level": level, "propagate": False} for name in (_SERVER, "granian.access")
        },
    }


class _Handler(logging.StreamHandler[Any]):
    """Ours, so that it is put in place once."""


class Lines(logging.Formatter):
    """A record as one line without content: JSON, or for people."""

    def __init__(self, form: str = "json") -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the record holds."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said: dict[str, Any] = getattr(record, "weal", None) or {}
        line: dict[str, Any] = {"time": at, "level": record.levelname.lower()}
        if said:
            line |= {"event": record.msg, **said}
        else:
            line |= {"event": "log", "logger": record.name, "message": _safe(record)}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["at"] = _places(record.exc_info[1])
            if os.environ.get(TRACEBACK_VARIABLE):  # for those who look for a fault on a machine of their own
                line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True) if self._form == "json" else _for_people(line)


def _safe(record: logging.LogRecord) -> str:
    """The constant text of a message of ours with its numbers; what else was to be filled in stands as `…`."""
    if record.name in _LIFE_OF_SERVER:
        return " ".join(record.getMessage().split())
    if record.name.partition(".")[0] != _OURS:
        return "(a message of another library, not told)"
    given = record.args if isinstance(record.args, tuple) else ()
    try:
        text = str(record.msg) % tuple(one if isinstance(one, int | float) else "…" for one in given)
    except (TypeError, ValueError):
        text = str(record.msg)
    return " ".join(text.split())


def _places(error: BaseException) -> list[str]:
    """Where in the code it was raised, the innermost last; the words of an error quote what was filed."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]
    return [f"{os.path.basename(os.path.dirname(one.filename))}/{os.path.basename(one.filename)}:{one.lineno}"
            for one in frames]  # fmt: skip


def _for_people(line: dict[str, Any]) -> str:
    trace = line.pop("traceback", "")
    at, level, event = line.pop("time"), line.pop("level"), line.pop("event")
    if event == "request":
        head = f"{line['method']} {line['route']} {line['status']} {line['ms']} ms"
        sizes = f", {line['bytes_out']} bytes" if "bytes_out" in line else ""
        rest = f"{line['caller']}{' ' + line['key'] if 'key' in line else ''}{sizes}"
        return f"{at[11:19]} {head} ({rest})"
    error = f" [{line.pop('error')} at {(line.pop('at') or ['?'])[-1]}]" if "error" in line else ""
    words = line.pop("message", "") or f"{event} " + " ".join(f"{name}={value}" for name, value in line.items())
    return f"{at[11:19]} {'' if level == 'info' else level + ': '}{words}{error}{trace and chr(10) + trace}"
