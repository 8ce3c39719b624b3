"""Signed submissions that come twice, out of order, or at two processes at once: each counts once, or not at all."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.doors.api import Limits, app
from commonweal.settings import Settings
from faults_api import Signer, answered
from witnesses import CREATED, Text

PATH = "/api/v1/filings/model_registration.organisation"
OPEN = Limits(address_per_s=1e6, address_burst=1e6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Authority.create(tmp_path / "office", Settings(Text(en="Test", zh="测试"), "test.example/log", CREATED)).close()
    return tmp_path / "office"


@pytest.fixture
def authority(folder: Path) -> Iterator[Authority]:
    with Authority.open(folder) as opened:
        yield opened


def body(name: str) -> bytes:
    return json.dumps({"name": name}).encode()


def filed(authority: Authority) -> list[str]:
    entries = authority.store.entries(0, authority.store.size())
    return [authority.entry(item.index).body["name"] for item in entries if item.author == "party:lab"]


def sent(asgi: Any, request: dict[str, Any]) -> int:
    return answered(asgi, "POST", PATH, **request).status_code


def test_replayed_and_reordered_submissions_count_once_each(authority: Authority) -> None:
    """Twelve signed filings, delivered three times over in any order: twelve entries, and the rest is refused."""
    asgi, signer = app(authority, limits=OPEN), Signer(authority)
    requests = [signer.signed(PATH, body(f"Laboratory {number}"), f"nonce-{number}") for number in range(12)]
    deliveries = [number for number in range(12) for _ in range(3)]
    random.Random(9).shuffle(deliveries)
    answers = [(number, sent(asgi, requests[number])) for number in deliveries]
    assert Counter(status for _, status in answers) == {201: 12, 401: 24}
    firsts = list(dict.fromkeys(number for number, _ in answers))
    assert filed(authority) == [f"Laboratory {number}" for number in firsts], "in the order in which they came"
    assert authority.verify() == []


def test_a_replay_says_that_it_is_one(authority: Authority) -> None:
    asgi, signer = app(authority, limits=OPEN), Signer(authority)
    request = signer.signed(PATH, body("Laboratory"), "once")
    assert sent(asgi, request) == 201
    again = answered(asgi, "POST", PATH, **request)
    assert again.status_code == 401
    assert "a signed request counts once" in again.json()["detail"]


def test_a_nonce_used_at_two_processes_at_once_counts_once(folder: Path, authority: Authority) -> None:
    """The same request arrives at both in the same moment, many times over: one of the two is refused each time."""
    signer = Signer(authority)
    with Authority.open(folder) as other:
        doors = [app(authority, limits=OPEN), app(other, limits=OPEN)]
        for number in range(8):
            request = signer.signed(PATH, body(f"Laboratory {number}"), f"nonce-{number}")
            answers: list[int] = []
            start = threading.Barrier(2)

            def send(asgi: Any, request: Any = request, answers: Any = answers, start: Any = start) -> None:
                start.wait()
                answers.append(sent(asgi, request))

            threads = [threading.Thread(target=send, args=(door,)) for door in doors]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(answers) == [201, 401]
    assert filed(authority) == [f"Laboratory {number}" for number in range(8)]


def test_a_nonce_used_before_a_restart_stays_used(folder: Path) -> None:
    with Authority.open(folder) as first:
        request = Signer(first).signed(PATH, body("Laboratory"), "once")
        assert sent(app(first, limits=OPEN), request) == 201
    with Authority.open(folder) as second:
        assert sent(app(second, limits=OPEN), request) == 401
        assert filed(second) == ["Laboratory"]
