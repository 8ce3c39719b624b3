"""One request to an ASGI app, from any thread."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

BASE = "http://localhost"


def answered(asgi: Any, method: str, path: str, **more: Any) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, **more)

    return asyncio.run(call())
