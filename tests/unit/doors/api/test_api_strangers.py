"""Strangers cost little: no body is read before its sender is known, and a signature counts at one service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from commonweal.authority import Authority
from commonweal.doors.api import Limits, app
from commonweal.doors.api.addresses import Addresses
from commonweal.kernel.values import BadInput
from commonweal.settings import PUBLIC_URL_VARIABLE, Settings

from .conftest import BASE, OPEN, Client
from .test_api_callers import BODY, COVERED, Signer
from .test_api_filings import BOOKS, assert_problem

OBSERVATIONS = "/api/v1/observations/lending/csv"
PIECES = 60


class Upload:
    """A body that counts how much of it was fetched."""

    def __init__(self) -> None:
        self.fetched = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(PIECES):
            self.fetched += 1
            yield b"x" * 1000


@pytest.fixture
def signer(authority: Authority) -> Signer:
    return Signer(authority)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": "x"}, 401),
        ({"Signature-Input": 'a=("@method");keyid="ed25519-0"', "Signature": "a=:AAAA:"}, 401),
    ],
)
def test_nothing_is_read_from_whom_nobody_knows(public: Client, headers: dict[str, str], status: int) -> None:
    upload = Upload()
    assert public.post(OBSERVATIONS, content=upload, headers=headers).status_code == status
    assert upload.fetched == 0


def test_nothing_is_read_that_a_key_may_not_send(public: Client, authority: Authority) -> None:
    upload = Upload()
    reads = public.with_key(authority.access.issue_key("party:lab", ("observer",), ("read",)))
    assert_problem(reads.post(OBSERVATIONS, content=upload), 403)
    assert upload.fetched == 0


def test_false_credentials_count_against_the_address(authority: Authority) -> None:
    """Also where the request has other faults: who asks is settled first."""
    client = Client(app(authority, limits=Limits(address_per_s=0.01, address_burst=20, failed_login_costs=10)))
    for header in ({"Authorization": "x"}, {"Signature-Input": "x", "Signature": "x"}):
        answers = [client.get("/api/v1/entries?nope=1", headers=header).status_code for _ in range(2)]
        assert set(answers) <= {401, 429}
    assert client.get("/api/v1/health").status_code == 429


def test_only_so_many_large_bodies_are_in_hand_at_once(authority: Authority) -> None:
    limits = Limits(address_per_s=1e6, address_burst=1e6, large_bodies_max=3, large_bodies_of_one=2)
    served = app(authority, limits=limits)
    keys = [authority.access.issue_key(f"party:{name}", ("observer", "developer")) for name in "ab"]

    async def all_of_them() -> list[int]:
        held, go_on = [], asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"name,pages\n"
            await go_on.wait()

        async def send(client: httpx.AsyncClient, key: str, body: Any) -> int:
            answer = await client.post(OBSERVATIONS, content=body, headers={"Authorization": f"Bearer {key}"})
            return answer.status_code

        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url=BASE) as client:
            for key in (keys[0], keys[0], keys[1]):
                held.append(asyncio.create_task(send(client, key, slow())))
                await asyncio.sleep(0.05)
            refused = [await send(client, key, slow()) for key in keys]
            small = await send(client, keys[0], b"name,pages\nA,1\n")
            go_on.set()
            return [*refused, small, *[await task for task in held], await send(client, keys[0], slow())]

    statuses = asyncio.run(all_of_them())
    assert statuses[:2] == [503, 503], "of one key two, in all three"
    assert statuses[2] == 201, "a body that says it is small waits for nobody"
    assert 503 not in statuses[3:], "and a place is free again afterwards"


def test_a_key_has_its_share_of_large_bodies_and_no_more(authority: Authority) -> None:
    from starlette.requests import Request

    from commonweal.doors.api.limits import LargeBodies
    from commonweal.kernel.values import Busy

    large = LargeBodies(Limits(large_bodies_max=5, large_bodies_of_one=1))
    with large.one("a"), pytest.raises(Busy, match="of this key"), large.one("a"):
        pass
    with large.one("a"), large.one("b"):
        pass
    declared = Request({"type": "http", "headers": [(b"content-length", b"10")]})
    assert not large.is_large(declared, 64 << 20)
    assert large.is_large(Request({"type": "http", "headers": []}), 64 << 20)


# ── one service ─────────────────────────────────────────────────────────────────────────────────────────────────────


def at(authority: Authority, public_url: str = "") -> Client:
    return Client(app(authority, limits=OPEN, public_url=public_url))


def test_a_request_signed_for_another_service_is_refused(
    authority: Authority, signer: Signer, unchanged: Callable[[], None]
) -> None:
    """Its `Host` says whatever its sender likes; the address that was signed is held against the one configured."""
    meant_for_another = signer.headers()  # signed for BASE, and sent with BASE in Host
    here = at(authority, "https://register.example.gov")
    assert_problem(here.post(BOOKS, content=BODY, headers=meant_for_another), 401, "Signature")
    whole = signer.headers(covered_component_ids=("@method", "@target-uri", "content-type", "content-digest"))
    assert_problem(here.post(BOOKS, content=BODY, headers=whole), 401, "Signature")


def test_a_request_signed_for_the_address_configured_is_taken_under_any_host(
    authority: Authority, signer: Signer
) -> None:
    """Behind a proxy, the host that arrives is another."""
    here = at(authority, f"{BASE}/")
    headers = {**signer.headers(), "Host": "inside.example:8321"}
    assert here.post(BOOKS, content=BODY, headers=headers).status_code == 201


def test_unconfigured_only_loopback_and_the_origins_host_are_taken(authority: Authority, signer: Signer) -> None:
    for host in ("other.example", "log.example.other", "[::", ""):
        answer = at(authority).post(BOOKS, content=BODY, headers={**signer.headers(), "Host": host})
        assert_problem(answer, 401, "Host")
    answer = at(authority).post(BOOKS, content=BODY, headers={**signer.headers(), "Host": "log.example"})
    assert_problem(answer, 401, "Signature")  # the host would do; it is not the one signed


def test_the_address_is_read_from_the_environment_or_the_settings(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from starlette.requests import Request

    scope = {"type": "http", "method": "GET", "path": "/a", "query_string": b"b=1", "headers": [(b"host", b"x")]}
    replace(settings, public_url="https://one.example/").write(tmp_path)
    known = Settings.read(tmp_path)
    assert Addresses.of(known).url(Request(scope)) == "https://one.example/a?b=1"
    monkeypatch.setenv(PUBLIC_URL_VARIABLE, "https://two.example")
    assert Addresses.of(known).url(Request(scope)) == "https://two.example/a?b=1"
    assert Addresses.of(known, "http://three.example:8").url(Request(scope)) == "http://three.example:8/a?b=1"
    wrongs = ("register.example", "ftp://a.example", "https://a.example?x=1", "https://a.example/ b", "https://[")
    for wrong in (*wrongs, "https://a.example/below"):  # pages link from the root
        with pytest.raises(BadInput, match="public_url"):
            Addresses.of(known, wrong)
        replace(settings, public_url=wrong).write(tmp_path)
        with pytest.raises(BadInput, match="public_url"):
            Settings.read(tmp_path)


def test_a_signature_covers_what_else_changes_the_request(public: Client, signer: Signer) -> None:
    """Or a stranger could send it once more under another idempotency key, or as another media type."""
    without_type = tuple(name for name in COVERED if name != "content-type")
    answer = public.post(BOOKS, content=BODY, headers=signer.headers(covered_component_ids=without_type))
    assert "content-type" in assert_problem(answer, 401, "Signature-Input")["detail"]  # type: ignore[operator]
    answer = public.post(BOOKS, content=BODY, headers={**signer.headers(), "Idempotency-Key": "k"})
    assert "idempotency-key" in assert_problem(answer, 401, "Signature-Input")["detail"]  # type: ignore[operator]


# ── causes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("causes", [[10**9], [-1], [0] * 33, [0, 10**6]])
def test_what_an_act_follows_from_stands_in_the_record(
    lab: Client, unchanged: Callable[[], None], causes: list[int]
) -> None:
    act = {"kind": "lending.shelf", "body": {"name": "A"}, "causes": causes}
    assert_problem(lab.post("/api/v1/batches", json={"acts": [act]}), 422, "causes")


def test_an_act_may_follow_from_an_entry(lab: Client) -> None:
    act = {"kind": "lending.shelf", "body": {"name": "A"}, "causes": [0]}
    assert lab.post("/api/v1/batches", json={"acts": [act]}).status_code == 201
