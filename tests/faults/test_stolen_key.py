"""An API key in a thief's hands: what was filed with it is known by it, and once revoked it opens no door anywhere."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from commonweal.authority import Authority
from commonweal.doors.api import Limits, app
from commonweal.doors.cli import main
from faults_api import answered
from witnesses import CREATED, Settings, Text

FILING = "/api/v1/filings/model_registration.organisation"
OPEN = Limits(address_per_s=1e6, address_burst=1e6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Authority.create(tmp_path / "office", Settings(Text(en="Test", zh="测试"), "test.example/log", CREATED)).close()
    return tmp_path / "office"


@pytest.fixture
def two(folder: Path) -> Iterator[list[Authority]]:
    """Two service processes' worth of the same authority: nothing is shared between them but the folder."""
    with Authority.open(folder) as one, Authority.open(folder) as other:
        yield [one, other]


def post(authority: Authority, token: str, name: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return answered(app(authority, limits=OPEN), "POST", FILING, json={"name": name}, headers=headers)


def test_a_revoked_key_is_refused_at_once_by_every_process(folder: Path, two: list[Authority]) -> None:
    """Revoked with the command, while services run that have let the key in a moment before."""
    token = two[0].access.issue_key("party:lab", ("developer",), ("file", "read"), rate_per_s=1e5)
    held = next(key for key in two[0].access.issued() if key.party == "party:lab")
    assert [post(item, token, f"By the thief {n}").status_code for n, item in enumerate(two)] == [201, 201]
    size = two[0].store.size()
    assert main(["key", str(folder), "revoke", held.id]) == 0
    refused = [post(item, token, f"Too late {n}") for n, item in enumerate(two)]
    assert [answer.status_code for answer in refused] == [401, 401]
    assert "key" in refused[0].json()["detail"]
    assert two[0].store.size() == size


def test_what_the_thief_filed_can_be_told_by_author_and_time(two: list[Authority]) -> None:
    """Until it is revoked a thief is the party: every such entry stands under it, and none under another's name."""
    owner = two[0].access.issue_key("party:lab", ("developer",), ("file", "read"), rate_per_s=1e5)
    other = two[0].access.issue_key("party:other", ("developer",), ("file", "read"), rate_per_s=1e5)
    stolen = [post(two[1], owner, f"By the thief {number}").json()["index"] for number in range(3)]
    honest = post(two[0], other, "Honest").json()["index"]
    entries = two[0].store.entries(0, two[0].store.size())
    assert [item.index for item in entries if item.author == "party:lab"] == stolen
    assert entries[honest].author == "party:other"
    assert post(two[1], owner, "Honest").status_code in (201, 403, 409, 422)
    assert two[0].store.entry(honest).author == "party:other", "what others filed is not the thief's to change"


def test_revoked_in_the_midst_of_filing_every_answer_is_true(two: list[Authority]) -> None:
    """Accepted means recorded and refused means not, also for what was on its way when the key was revoked."""
    token = two[0].access.issue_key("party:lab", ("developer",), ("file", "read"), rate_per_s=1e5)
    held = next(key for key in two[0].access.issued() if key.party == "party:lab")
    answers: dict[str, int] = {}

    def file(number: int) -> None:
        for at in range(12):
            name = f"Filing {number} {at}"
            answers[name] = post(two[number % 2], token, name).status_code

    threads = [threading.Thread(target=file, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    while len(answers) < 4:
        pass
    two[1].access.revoke(held.id)
    for thread in threads:
        thread.join()
    assert set(answers.values()) <= {201, 401}
    two[0].follow()
    entries = two[0].store.entries(0, two[0].store.size())
    filed = {two[0].entry(item.index).body["name"] for item in entries if item.author == "party:lab"}
    assert filed == {name for name, status in answers.items() if status == 201}


def test_the_file_holds_no_key_that_opens(folder: Path, two: list[Authority]) -> None:
    """Whoever copies the folder learns which keys there are, and can come in with none of them."""
    token = two[0].access.issue_key("party:lab", ("developer",))
    with sqlite3.connect(folder / "keys.sqlite") as file:
        dump = "\n".join(file.iterdump())
    assert token not in dump
    assert token[-20:] not in dump
