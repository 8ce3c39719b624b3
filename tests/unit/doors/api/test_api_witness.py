"""The witness at the API's door: the specification's path, statuses and media types, and nothing without settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors import api
from commonweal.instruments import Installed
from commonweal.kernel.record import EMPTY_ROOT, Checkpoint, NoteSigner, open_checkpoint
from commonweal.kernel.record.witness import REQUEST_BYTES_MAX, AddCheckpoint, origin_hash
from commonweal.settings import Settings, WitnessSettings

LOG = NoteSigner("peer.example/log", bytes(range(32)))
EMPTY = AddCheckpoint(0, (), Checkpoint(LOG.name, 0, EMPTY_ROOT).signed(LOG)).dumps()


@pytest.fixture
def house(tmp_path: Path, lending: Mapping[str, Installed], settings: Settings) -> Iterator[Authority]:
    wanted = WitnessSettings("w.example/witness", (LOG.verifier,))
    with Authority.create(tmp_path / "w", replace(settings, witness=wanted), installed=lending) as authority:
        yield authority


def test_settings_of_a_witness_are_read_back_as_written(house: Authority) -> None:
    assert Settings.read(house.folder) == house.settings


def test_add_checkpoint_as_specified(house: Authority) -> None:
    client = TestClient(api.app(house))
    found = client.post("/witness/add-checkpoint", content=EMPTY)
    assert (found.status_code, found.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert house.witness is not None
    keys = [item.verifier for item in house.witness.cosigners]
    note = EMPTY.partition(b"\n\n")[2] + found.content
    assert open_checkpoint(note, [LOG.verifier, *keys], LOG.name).size == 0
    assert found.content.count("—".encode()) == len(keys)
    shown = client.get(f"/witness/{origin_hash(LOG.name)}/checkpoint")
    assert shown.content == note
    other = NoteSigner("stranger.example", bytes(32))
    unknown = AddCheckpoint(0, (), Checkpoint(other.name, 0, EMPTY_ROOT).signed(other)).dumps()
    assert client.post("/witness/add-checkpoint", content=unknown).status_code == 404
    assert client.post("/witness/add-checkpoint", content=b"old 1\n\n").status_code == 400
    assert client.post("/witness/add-checkpoint", content=b"x" * (REQUEST_BYTES_MAX + 1)).status_code == 413
    assert client.get(f"/witness/{origin_hash('never')}/checkpoint").status_code == 404
    assert client.get("/witness/add-checkpoint").status_code == 405


def test_a_conflict_names_the_size_in_the_media_type_of_the_specification(house: Authority) -> None:
    client = TestClient(api.app(house))
    body = AddCheckpoint(1, (), Checkpoint(LOG.name, 1, bytes(32)).signed(LOG)).dumps()
    found = client.post("/witness/add-checkpoint", content=body)
    assert (found.status_code, found.content) == (409, b"0\n")
    assert found.headers["content-type"] == "text/x.tlog.size"


def test_without_settings_there_is_no_witness(authority: Authority) -> None:
    client = TestClient(api.app(authority))
    assert client.post("/witness/add-checkpoint", content=EMPTY).status_code == 404
    assert "/witness/add-checkpoint" not in client.get("/api/v1/openapi.json").json()["paths"]
