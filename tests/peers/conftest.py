"""What every peer is given: the bytes of one real authority, as its own doors hand them out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from world import Tell, World

sys.path.insert(0, str(Path(__file__).parent))  # for `runtimes`


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.founded(tmp_path_factory.mktemp("peers_world"))
    yield made
    made.close()


@pytest.fixture
def tell() -> Tell:
    """`tell(peer, version, accepted=…, refused=[…])`: a line of `make peers`, kept where PEERS_REPORT says."""

    def kept(peer: str, version: str, accepted: str, refused: Iterable[str]) -> None:
        line = {"peer": peer, "version": version, "accepted": accepted, "refused": list(refused)}
        if place := os.environ.get("PEERS_REPORT"):
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    return kept
