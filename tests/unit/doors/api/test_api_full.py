"""More filings than can be written: the queue is bounded, who is refused is told when to come again, nobody is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from commonweal.authority import Authority
from commonweal.doors.api import app, batching

from .conftest import BASE, OPEN

WAITING, BATCH, SENT = 48, 12, 150
ADDRESS = "/api/v1/filings/lending.book"


@pytest.fixture
def token(authority: Authority) -> str:
    return authority.access.issue_key("party:lab", ("developer",), rate_per_s=1e6)


async def post_all(asgi: Any, token: str, numbers: list[int], answered: Callable[[int], None]) -> list[httpx.Response]:
    transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
    done = 0

    async def one(client: httpx.AsyncClient, number: int) -> httpx.Response:
        nonlocal done
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"n{number}"}
        found = await client.post(ADDRESS, json={"name": f"Book {number}"}, headers=headers, timeout=None)
        done += 1
        answered(done)
        return found

    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        return await asyncio.gather(*(one(client, number) for number in numbers))


def test_a_full_queue_refuses_with_a_time_to_come_again_and_loses_nothing(
    authority: Authority, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process holds the record's write lock while ever more filings come: the queue really fills."""
    monkeypatch.setattr(batching, "WAITING_MAX", WAITING)
    monkeypatch.setattr(batching, "BATCH_MAX", BATCH)
    asgi, before = app(authority, limits=OPEN), authority.store.size()
    lock = sqlite3.connect(authority.folder / "record.sqlite", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")

    def release(answered: int) -> None:
        """Nobody can be answered but by refusal until the lock is let go."""
        if answered == SENT - WAITING - BATCH:
            assert authority.store.size() == before
            lock.execute("ROLLBACK")

    answers = asyncio.run(post_all(asgi, token, list(range(SENT)), release))
    accepted = {number: answer for number, answer in enumerate(answers) if answer.status_code == 201}
    refused = {number: answer for number, answer in enumerate(answers) if answer.status_code == 503}
    assert len(accepted) + len(refused) == SENT, {answer.status_code for answer in answers}
    assert WAITING <= len(accepted) <= WAITING + BATCH
    for answer in refused.values():
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "nothing was written" in answer.json()["detail"]

    recorded = {item.key: item.index for item in authority.store.entries(before, authority.store.size())}
    filed = {number: recorded.get(f"key:n{number}") for number in range(SENT)}
    for number, answer in accepted.items():
        assert answer.json()["index"] == filed[number], "what was acknowledged is where its receipt says"
    assert {number for number, index in filed.items() if index is None} == set(refused), "what was refused is nowhere"

    again = asyncio.run(post_all(asgi, token, list(refused)[:WAITING], lambda answered: None))
    assert {answer.status_code for answer in again} == {201}, "who comes again is taken"
    repeated = asyncio.run(post_all(asgi, token, list(accepted)[:WAITING], lambda answered: None))
    assert {answer.status_code for answer in repeated} == {200}
    assert [answer.json()["index"] for answer in repeated] == [filed[number] for number in list(accepted)[:WAITING]]
    assert authority.verify() == []
    lock.close()
