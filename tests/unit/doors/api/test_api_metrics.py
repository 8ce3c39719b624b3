"""Who is given the figures: counts from minute to minute say when somebody files, so they are not for everybody."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.doors import api

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HERE, ELSEWHERE = ("127.0.0.1", 40000), ("198.51.100.7", 40000)


@pytest.mark.parametrize(
    ("peer", "headers", "role", "status"),
    [
        (HERE, {}, "", 200),
        (("::1", 40000), {}, "", 200),
        (HERE, {"X-Forwarded-For": "198.51.100.7"}, "", 401),  # a proxy on this machine passed somebody on
        (HERE, {"Forwarded": "for=127.0.0.1"}, "", 401),
        (ELSEWHERE, {}, "", 401),
        (ELSEWHERE, {}, "developer", 403),
        (ELSEWHERE, {}, "officer", 200),
    ],
)
def test_figures_are_for_the_machine_itself_and_for_the_office(
    authority: Authority, peer: tuple[str, int], headers: dict[str, str], role: str, status: int
) -> None:
    client: Any = TestClient(api.app(authority), client=peer)
    if role:
        headers = {"Authorization": f"Bearer {authority.access.issue_key(f'party:{role}', (role,), ('read',))}"}
    answer = client.get("/api/v1/metrics", headers=headers)
    assert answer.status_code == status
    assert ("commonweal_entries" in answer.text) == (status == 200)
