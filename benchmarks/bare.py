"""The peer of the API: Starlette and sqlite3, a durable commit for each request, and nothing else.

It reads the JSON and keeps it; it checks nothing, seals nothing, proves nothing.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.peers import durable

FILE_VARIABLE = "BENCHMARK_FILE"


class Kept:
    """One connection, one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = durable(path, any_thread=True)
        self._connection.execute("CREATE TABLE IF NOT EXISTS filing (number INTEGER PRIMARY KEY, name TEXT, body BLOB)")

    def keep(self, body: bytes) -> int:
        name = json.loads(body)["name"]
        with self._lock:
            done = self._connection.execute("INSERT INTO filing VALUES (NULL, ?, ?)", (name, body))
        return int(done.lastrowid or 0)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.kept = Kept(Path(os.environ[FILE_VARIABLE]))
    yield


async def _file(request: Request) -> JSONResponse:
    index = await run_in_threadpool(request.app.state.kept.keep, await request.body())
    return JSONResponse({"index": index}, 201)


app = Starlette(routes=[Route("/api/v1/filings/{kind}", _file, methods=["POST"])], lifespan=_lifespan)
