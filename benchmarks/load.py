"""The load: filings over kept-alive HTTP/1.1 connections, from a process of its own.

`closed` keeps every connection busy and tells how many answers a second came; `open` sends at a fixed rate whatever
comes back, and measures each answer from the moment its request was due, so that waiting counts.
Plain sockets: an HTTP library in the same process would be what is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from benchmarks.filings import MODEL, body

CONNECTIONS = 64


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
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        return int(head[9:12])

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])


def requests(token: str, name: str) -> Iterator[bytes]:
    """Filings without end, each of a model of its own."""
    for number in count():
        data = json.dumps(body(number, name)).encode()
        head = (
            f"POST /api/v1/filings/{MODEL} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        )
        yield head.encode() + data


async def closed(port: int, sent: Iterator[bytes], seconds: float) -> Tally:
    """Every connection sends as soon as it has its answer."""
    tally, until = Tally(), time.perf_counter() + seconds

    async def busy() -> None:
        connection = Connection(port)
        while (start := time.perf_counter()) < until:
            await _one(connection, next(sent), start, tally)
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


def main(port: str, token: str, name: str, seconds: str, rate: str = "") -> None:
    sent = requests(token, name)
    span = float(seconds)
    start = time.perf_counter()
    tally = asyncio.run(open_loop(int(port), sent, span, float(rate)) if rate else closed(int(port), sent, span))
    took = time.perf_counter() - start
    print(json.dumps({"taken": tally.taken, "refused": tally.refused, "seconds": took}))


if __name__ == "__main__":
    main(*sys.argv[1:])
