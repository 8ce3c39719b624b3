"""`weal credential check --policy`, over HTTP: who relies on a certificate says which witnesses must have seen it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from attested import START, Office
from commonweal.doors.api import Limits, app
from commonweal.doors.cli import main
from commonweal.kernel.record import NoteVerifier, Policy
from witnesses import NOW, Network, policy_text, url, witness_of

TWO = policy_text("q", 2, "group q all w1 w2")


class Served:
    """An office with two witnesses, its API on a port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.office = Office.found(folder / "office")
        self.office.register(compute_flop=1e24)
        authority = self.office.authority
        log = NoteVerifier.from_vkey(authority.vkey)
        self.network = Network({url(n): witness_of(folder / f"w{n}.sqlite", n, log) for n in (1, 2)})
        authority.witnesses.policy = Policy.parse(TWO)
        authority.witnesses.port, authority.witnesses.now = self.network, lambda: float(NOW)
        asgi = app(authority, limits=Limits(address_per_s=1e6, address_burst=1e6))

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = asyncio.run(_answer(asgi, self.path))
                self.send_response(answer.status_code)
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def check(self, *more: str) -> int:
        address = f"http://127.0.0.1:{self.server.server_port}/api/v1/credentials/model:m"
        vkey = self.office.authority.vkey
        return main(["credential", "check", address, "--vkey", vkey, "--now", START.isoformat(), *more])

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.network.close()
        self.office.authority.close()


async def _answer(asgi: object, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(asgi)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path)
    yield found
    found.close()


def test_a_quorum_that_has_not_signed_refuses_and_one_that_has_accepts(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two, strangers = tmp_path / "two.txt", tmp_path / "strangers.txt"
    two.write_text(TWO)
    strangers.write_text(policy_text("q", 4, "group q all w3 w4"))
    assert served.check() == 0, "without a policy the log's own word is enough"
    capsys.readouterr()
    assert served.check("--policy", str(two)) == 1
    assert "quorum" in capsys.readouterr().err.lower()
    served.network.away = {url(2)}
    served.office.authority.witnesses.ask(everyone=True)
    assert served.check("--policy", str(two)) == 1, "one of two is no quorum"
    served.network.away = set()
    assert served.office.authority.witnesses.ask(everyone=True)
    capsys.readouterr()
    assert served.check("--policy", str(two)) == 0
    assert capsys.readouterr().out.startswith("valid: model:m")
    assert served.check("--policy", str(strangers)) == 1, "other people's witnesses have signed nothing"
    assert "quorum" in capsys.readouterr().err.lower()
