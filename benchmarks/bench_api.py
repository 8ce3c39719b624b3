"""api.filings_per_s and api.filing_p99_ms: filings through a real server process, each answered with its receipt.

Each is signed by its filer (RFC 9421), and the signature is checked; `.bearer` is the same with an API key instead.
Against a bare Starlette application on the same server that commits each request to SQLite, under the same load in
the same run. The load comes from a process of its own; each p99 is taken at half the highest rate of the app it is
of, counted from when each request was due.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.figures import Figure, quantile
from benchmarks.filings import PARTY, founded
from benchmarks.load import CONNECTIONS, SIGNED

ROOT = Path(__file__).parents[1]
WARM_S, FULL_S, HALF_S = 1.0, 3.0, 4.0
START_S, STOP_S = 30.0, 60.0
RATE_PER_S_MAX = 1e6
SEED = bytes(range(32))


@dataclass(frozen=True)
class Measured:
    """The highest rate, and the 99th percentile at half of it."""

    per_s: float
    p99_ms: float


def measure() -> list[Figure]:
    figures: list[Figure] = []
    bare_app: Measured | None = None
    for suffix in ("", ".bearer"):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "authority"
            with founded(folder) as authority:
                access = authority.access
                token = access.issue_key(PARTY, ("developer",), ("file",), rate_per_s=RATE_PER_S_MAX)
                public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
                keyid = access.register_public_key(PARTY, public, ("developer",), ("file",), rate_per_s=RATE_PER_S_MAX)
            bare_app = bare_app or _measured(bare(), {"BENCHMARK_FILE": str(Path(scratch) / "bare.sqlite")}, "none")
            key = token if suffix else f"{SIGNED}{keyid}:{SEED.hex()}"
            ours = _measured([tool("weal"), "serve", str(folder), "--port"], {}, key)
        against = f"bare Starlette on the same server, a SQLite commit a request ({CONNECTIONS} connections)"
        at_half = f"at half its own highest rate: {against}"
        figures += [
            Figure("api.filings_per_s" + suffix, ours.per_s, "filings/s", against, bare_app.per_s, _FULL_LIMIT),
            Figure("api.filing_p99_ms" + suffix, ours.p99_ms, "ms", at_half, bare_app.p99_ms, _HALF_LIMIT),
        ]
    return figures


_FULL_LIMIT = "one interpreter for HTTP, signatures, checks and sealing"
_HALF_LIMIT = "the processors that filings share with following the record and with the load itself"


def bare() -> Sequence[str]:
    """The command that serves the bare application; a port follows it."""
    options = ["--interface", "asgi", "--workers", "1", "--no-ws", "--host", "127.0.0.1", "--log-level", "warning"]
    return [tool("granian"), *options, "benchmarks.bare:app", "--port"]


def tool(name: str) -> str:
    """A program of this environment."""
    return str(Path(sys.executable).with_name(name))


def _measured(command: Sequence[str], more: Mapping[str, str], token: str) -> Measured:
    with _served(command, more) as port:
        _load(port, token, "warm", WARM_S)
        print(f"  {Path(command[0]).name}: at full rate", file=sys.stderr, flush=True)
        full = _load(port, token, "full", FULL_S)
        per_s = len(full["taken"]) / full["seconds"]
        print(f"  {Path(command[0]).name}: {per_s:.0f}/s; now half of it", file=sys.stderr, flush=True)
        half = _load(port, token, "half", HALF_S, per_s / 2)
        return Measured(per_s, 1e3 * quantile(half["taken"], 0.99))


def _load(port: int, token: str, name: str, span: float, rate: float = 0.0) -> dict[str, Any]:
    arguments = [str(port), token, name, str(span), *([str(rate)] if rate else [])]
    command = [sys.executable, "-m", "benchmarks.load", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=START_S + 10 * span)
    found: dict[str, Any] = json.loads(done.stdout)
    assert not found["refused"], f"refused with {sorted(set(found['refused']))}"
    return found


@contextmanager
def _served(command: Sequence[str], more: Mapping[str, str]) -> Iterator[int]:
    """A server in a process of its own on a free port, from when it answers until it is asked to stop."""
    port = free_port()
    server = subprocess.Popen(
        [*command, str(port)],
        cwd=ROOT,
        env={**os.environ, **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_port(port, server)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers. Raises `TimeoutError`."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended before it answered"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing answers on port {port}")
