"""A client that speaks to the API in process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from commonweal.authority import Authority
from commonweal.doors.api import Limits, app

BASE = "http://localhost"


class Client:
    """Synchronous calls to an ASGI app, with the headers that a caller always sends."""

    def __init__(self, asgi: Any, headers: dict[str, str] | None = None) -> None:
        self.asgi, self.headers = asgi, headers or {}

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        given = more.pop("headers", {})  # a list of pairs says the same header twice
        headers = {**self.headers, **given} if isinstance(given, dict) else given

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self.asgi, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(call())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def with_key(self, token: str) -> Client:
        return Client(self.asgi, {"Authorization": f"Bearer {token}"})


OPEN = Limits(address_per_s=1e6, address_burst=1e6)


@pytest.fixture
def public(authority: Authority) -> Client:
    return Client(app(authority, limits=OPEN))


@pytest.fixture
def lab(public: Client, authority: Authority) -> Client:
    return public.with_key(authority.access.issue_key("party:lab", ("developer", "observer"), rate_per_s=1e5))


@pytest.fixture
def officer(public: Client, authority: Authority) -> Client:
    return public.with_key(authority.access.issue_key("party:office", ("officer", "authority"), rate_per_s=1e5))


@pytest.fixture
def unchanged(authority: Authority) -> Iterator[Callable[[], None]]:
    """Nothing was written: neither an entry nor a projection."""
    size, dump = authority.store.size(), authority.dump()

    def check() -> None:
        authority.follow()
        assert authority.store.size() == size
        assert authority.dump() == dump

    yield check
    check()
