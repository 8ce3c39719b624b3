"""The load: filings over kept-alive HTTP/1.1 connections, from a process of its own.

`closed` keeps every connection busy and tells how many answers a second came; `open` sends at a fixed rate whatever
comes back, and measures each answer from the moment its request was due, so that waiting counts.
Plain sockets: an HTTP library in the same process would be what is measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.filings import MODEL, body

CONNECTIONS = 64
SIGNED = "signed:"
RATE_PER_S_MOST = 4_000  # how many a second are made ready for a server at its full rate


@dataclass
class Tally:
    """What came back: seconds for each answer, and what was not 201."""

    taken: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


class Connection:
    """One connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, request: bytes) -> int:
        """Send a request; the status of its answer."""
        return (await self.exchange(request))[0]

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; the status of its answer, and its body."""
        status, _, body = await self.whole(request)
        return status, body

    async def whole(self, request: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Send a request; the status of its answer, its headers with names in small letters, and its body."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        lines = [line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:] if line]
        return int(head[9:12]), [(name.lower(), value.strip()) for name, _, value in lines], body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])


def requests(key: str, name: str, port: int = 80) -> Iterator[bytes]:
    """Filings without end, each of a model of its own, under a bearer token or signed (see `signer`)."""
    sign = signer(key.removeprefix(SIGNED), port) if key.startswith(SIGNED) else None
    for number in count():
        data = json.dumps(body(number, name)).encode()
        credentials = sign(f"{name}-{number}", data) if sign else f"authorization: Bearer {key}\r\n"
        head = (
            f"POST /api/v1/filings/{MODEL} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{credentials}"
            f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        )
        yield head.encode() + data


def signer(key: str, port: int) -> Callable[[str, bytes], str]:
    """Header lines that sign one filing (RFC 9421): given its nonce and its body. `key` is `<key id>:<seed in hex>`."""
    keyid, _, seed = key.partition(":")
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    covered = '("@method" "@target-uri" "content-digest" "content-type")'

    def sign(nonce: str, data: bytes) -> str:
        digest = f"sha-256=:{b64encode(hashlib.sha256(data).digest()).decode()}:"
        params = f'{covered};created={int(time.time())};keyid="{keyid}";alg="ed25519";nonce="{nonce}"'
        base = (
            f'"@method": POST\n"@target-uri": http://127.0.0.1:{port}/api/v1/filings/{MODEL}\n'
            f'"content-digest": {digest}\n"content-type": application/json\n"@signature-params": {params}'
        )
        signature = b64encode(private.sign(base.encode())).decode()
        return f"content-digest: {digest}\r\nsignature-input: filer={params}\r\nsignature: filer=:{signature}:\r\n"

    return sign


async def closed(port: int, sent: Iterator[bytes], seconds: float) -> Tally:
    """Every connection sends as soon as it has its answer."""
    tally, until = Tally(), time.perf_counter() + seconds

    async def busy() -> None:
        connection = Connection(port)
        while (start := time.perf_counter()) < until and (request := next(sent, None)):
            await _one(connection, request, start, tally)
        connection.close()

    await asyncio.gather(*(busy() for _ in range(CONNECTIONS)))
    return tally


async def open_loop(port: int, sent: Iterator[bytes], seconds: float, rate: float) -> Tally:
    """`rate` requests a second, evenly, on whichever connection is free; waiting for one counts."""
    tally, start = Tally(), time.perf_counter()
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Connection(port))
    running: list[asyncio.Task[None]] = []

    async def one(due: float, request: bytes) -> None:
        connection = await free.get()
        await _one(connection, request, due, tally)
        free.put_nowait(connection)

    for number in range(int(seconds * rate)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        running.append(asyncio.create_task(one(due, next(sent))))
    await asyncio.gather(*running)
    while not free.empty():
        free.get_nowait().close()
    return tally


async def _one(connection: Connection, request: bytes, since: float, tally: Tally) -> None:
    status = await connection.post(request)
    tally.taken.append(time.perf_counter() - since)
    if status != 201:
        tally.refused.append(status)


def main(port: str, key: str, name: str, seconds: str, rate: str = "") -> None:
    span = float(seconds)
    made = int(span * (float(rate) if rate else RATE_PER_S_MOST)) + CONNECTIONS
    sent = iter(list(islice(requests(key, name, int(port)), made)))  # made beforehand: signing is the sender's work
    start = time.perf_counter()
    tally = asyncio.run(open_loop(int(port), sent, span, float(rate)) if rate else closed(int(port), sent, span))
    took = time.perf_counter() - start
    print(json.dumps({"taken": tally.taken, "refused": tally.refused, "seconds": took}))


if __name__ == "__main__":
    main(*sys.argv[1:])
