"""A closed log through the API: every way of writing is answered plainly; reading, and the predecessor's log, go on."""

from __future__ import annotations

import json
from pathlib import Path

from commonweal import handover
from commonweal.archives import STATEMENT, Ended, archive_of, ended
from commonweal.authority import Authority
from commonweal.doors.api import app
from commonweal.kernel.record import NoteSigner
from commonweal.kernel.values import NotFound
from witnesses import founded, grow

from .conftest import OPEN, Client
from .test_api_filings import BOOKS, assert_problem

NEXT = "next.example/log"


def test_a_closed_log_says_where_it_goes_on(lab: Client, officer: Client, authority: Authority) -> None:
    first = lab.post(BOOKS, json={"name": "A History"})
    assert first.status_code == 201
    handover.close_log(authority, NEXT, NoteSigner(NEXT, bytes(32)).vkey, "https://next.example")
    problem = assert_problem(lab.post(BOOKS, json={"name": "Another"}), 409)
    assert "closed" in str(problem["title"])
    assert f"goes on as {NEXT} at https://next.example" in str(problem["detail"])
    again = lab.post(BOOKS, json={"name": "A History"})
    assert (again.status_code, again.json()["index"]) == (200, first.json()["index"]), (
        "what was filed is still answered"
    )
    assert lab.get("/log/checkpoint").status_code == 200
    document = lab.get("/api/v1/log-keys").json()
    assert (document["closed_at"], document["successor"]) == (authority.store.size(), NEXT)


class Fetched:
    """The successor's copy of the old log, as a stranger fetches it."""

    def __init__(self, client: Client, name: str) -> None:
        self.client, self.name = client, name

    def read(self, path: str) -> bytes:
        answer = self.client.get(f"/log/predecessors/{self.name}/{path}")
        if answer.status_code == 404:
            raise NotFound("file", path)
        assert answer.status_code == 200, answer.text
        return answer.content


def test_a_stranger_verifies_the_old_log_from_its_successor_alone(tmp_path: Path) -> None:
    with founded(tmp_path / "old") as old, founded(tmp_path / "new", origin=NEXT) as new:
        grow(old, *(f"a{number}" for number in range(300)))
        handover.close_log(old, NEXT, new.vkey)
        handover.accept(new, str(tmp_path / "old"))
        known, origin, end = old.vkey, old.settings.origin, old.store.root()
        stranger = Client(app(new, limits=OPEN))
        said = stranger.get("/api/v1/log-keys").json()["predecessors"][0]["says"]
        copy = Fetched(stranger, archive_of(Path(), origin).name)
        found = ended(copy, copy.read(STATEMENT), known)
        assert isinstance(found, Ended)
        assert (said["root"], said["size"]) == (end.hex(), found.checkpoint.size)
        assert found.checkpoint.root == end
        assert json.loads(copy.read(STATEMENT))["successor"] == NEXT
        for path in ("../../keys.sqlite", ".lock", "tile/x", "tile/0/999"):
            assert stranger.get(f"/log/predecessors/{copy.name}/{path}").status_code == 404
        assert stranger.get("/log/predecessors/0000/checkpoint").status_code == 404
