"""Three authorities that witness each other, each in a server process of its own, over HTTP on this machine.

Each publishes only what another has cosigned; a forked copy of one of them is refused by the others, stops writing and
says so on its page; and while all witnesses are away, acts are accepted and published late.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from commonweal.authority import Authority
from commonweal.kernel.record import NoteVerifier, Policy, TlogProof
from commonweal.kernel.values import Text
from commonweal.settings import POLICY_FILE, Settings, WitnessSettings
from witnesses import CREATED, grow

NAMES = ("ada", "bo", "cy")
WAIT_S = 90


class Town:
    """Three folders, their ports and their server processes."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.ports = dict(zip((*NAMES, "fork"), _free_ports(4), strict=True))
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.keys: dict[str, str] = {}
        self.logs: dict[str, str] = {}
        self._found()

    def folder(self, name: str) -> Path:
        return self.place / name

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def _found(self) -> None:
        """Founding each gives its log's key; knowing all of them, each becomes the others' witness; then its keys."""
        for name in NAMES:
            with Authority.create(self.folder(name), _settings(name)) as authority:
                self.logs[name] = authority.vkey
                self.keys[name] = authority.access.issue_key("party:lab", ("developer",), ("file", "read"), None)
        witness_keys = {}
        for name in NAMES:
            others = tuple(NoteVerifier.from_vkey(self.logs[other]) for other in NAMES if other != name)
            witness = WitnessSettings(f"{name}.example/log/witness", others)
            _settings(name, witness).write(self.folder(name))
            with Authority.open(self.folder(name)) as authority:
                assert authority.witness is not None
                witness_keys[name] = authority.witness.cosigners[-1].vkey
        for name in NAMES:
            lines = [f"witness {other} {witness_keys[other]} {self.address(other)}/witness"
                     for other in NAMES if other != name]  # fmt: skip
            others_ = " ".join(other for other in NAMES if other != name)
            text = "\n".join([f"log {self.logs[name]}", *lines, f"group peers any {others_}", "quorum peers"])
            (self.folder(name) / POLICY_FILE).write_text(text + "\n")

    def start(self, name: str) -> None:
        environment = {**os.environ, "COMMONWEAL_FOLDER": str(self.folder(name))}
        command = ["--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port", str(self.ports[name]),
                   "--no-ws", "commonweal.serve:from_environment"]  # fmt: skip
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "granian", *command], env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        eventually(lambda: httpx.get(f"{self.address(name)}/api/v1/health", timeout=2).status_code == 200)

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def file(self, name: str, organisation: str) -> httpx.Response:
        return httpx.post(
            f"{self.address(name)}/api/v1/filings/model_registration.organisation",
            json={"name": organisation},
            headers={"Authorization": f"Bearer {self.keys.get(name, self.keys['ada'])}"},
            timeout=20,
        )

    def status(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.address(name)}/api/v1/status", timeout=20).json()["witnesses"]
        return found


def _settings(name: str, witness: WitnessSettings | None = None) -> Settings:
    return Settings(Text(en=name, zh="机关"), f"{name}.example/log", CREATED, witness=witness)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for item in sockets:
        item.bind(("127.0.0.1", 0))
    ports = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


def eventually(holds: Callable[[], Any]) -> None:
    until = time.monotonic() + WAIT_S
    while True:
        try:
            if holds():
                return
        except (httpx.HTTPError, KeyError):
            pass
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.2)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    found = Town(tmp_path)
    try:
        yield found
    finally:
        for name in list(found.running):
            found.stop(name)


def test_three_authorities_witness_each_other(town: Town) -> None:
    town.start("ada")

    # Alone, it accepts and publishes nothing.
    receipt = town.file("ada", "Alpha").json()
    assert receipt["grade"] == "accepted", receipt
    assert httpx.get(f"{town.address('ada')}/log/checkpoint").status_code == 503
    assert town.status("ada")["waiting"] > 0

    # Once another is there, what was accepted is published late, and the receipt at the same address is witnessed.
    town.start("bo")
    at = f"{town.address('ada')}/api/v1/receipts/{receipt['index']}"
    eventually(lambda: httpx.get(at).json()["grade"] == "witnessed")
    policy = Policy.parse((town.folder("ada") / POLICY_FILE).read_bytes())
    proof = TlogProof.parse(httpx.get(at).json()["proof"].encode())
    assert list(policy.verify(proof.checkpoint)[1]) == ["bo"]
    published = httpx.get(f"{town.address('ada')}/log/checkpoint")
    assert policy.verify(published.content)[0].size > receipt["index"]

    town.start("cy")
    for name in NAMES:
        eventually(lambda name=name: town.status(name)["waiting"] == 0)

    # A copy of ada's folder goes its own way. Its witnesses have seen ada go another.
    town.stop("ada")
    shutil.copytree(town.folder("ada"), town.folder("fork"))
    town.start("ada")
    assert town.file("ada", "Beta").status_code == 201
    eventually(lambda: town.status("ada")["waiting"] == 0)
    with Authority.open(town.folder("fork")) as fork:  # what was written to it while no witness was asked
        grow(fork, "another history")
    town.start("fork")
    eventually(lambda: town.status("fork")["halted"])
    refused = town.file("fork", "Gamma")
    assert refused.status_code == 409
    assert "found a new authority" in refused.json()["detail"]
    assert {item["alarm"] for item in town.status("fork")["alarms"]} <= {"log-shrunk", "log-forked"}
    page = httpx.get(f"{town.address('fork')}/record/witnesses")
    assert page.status_code == 200
    assert "Nothing is written at present" in page.text
    assert "目前停止写入" in httpx.get(f"{town.address('fork')}/zh/record/witnesses").text
    assert town.status("ada")["alarms"] == []
