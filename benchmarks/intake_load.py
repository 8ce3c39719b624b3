"""The load of `bench_intake`: filers who report without a pause, each on a connection of its own, and one officer.

It reads its task as JSON from standard input and writes what it saw as JSON: for each report that was acknowledged
when it was sent, how long that took, the index in its receipt, who filed it and under which reference; and how long
each page of the queue took. Where the task says so, it kills the server with all its processes after so many receipts,
while everybody waits for the next one; what was acknowledged until then counts.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
import zlib
from collections.abc import Mapping
from typing import Any

from benchmarks.load import Connection

REPORT = "incident_reports.report"
PAUSE_S = 0.2
GONE = (ConnectionError, asyncio.IncompleteReadError)


def report(reference: str) -> dict[str, Any]:
    """A report of twelve fields, as a provider files it."""
    return {
        "name": reference,
        "category": "serious_incident",
        "reporter": "provider",
        "title": f"Dosage advice was wrong ({reference})",
        "what_happened": "The assistant advised ten times the dose that the leaflet names. A nurse noticed it. " * 4,
        "occurred": "2026-01",
        "system_named": "Ward assistant",
        "outcome": "avoided",
        "harms": ["health"],
        "affected_min": 1,
        "affected_max": 3,
        "evidence_preserved": True,
    }


class Load:
    """One run against a server."""

    def __init__(self, task: Mapping[str, Any]) -> None:
        self._task, self._start = task, time.perf_counter()
        self._run = zlib.crc32(task["name"].encode())  # the name of a report is a reference and no words
        self.filed: list[dict[str, Any]] = []
        self.pages: list[float] = []
        self.refused: list[int] = []

    async def run(self) -> dict[str, Any]:
        filers = [self._files(number, token) for number, token in enumerate(self._task["tokens"])]
        await asyncio.gather(*filers, *([self._reads()] if self._task["paths"] else []))
        return {"filed": self.filed, "pages": self.pages, "refused": self.refused,
                "seconds": time.perf_counter() - self._start}  # fmt: skip

    def _goes_on(self) -> bool:
        return time.perf_counter() - self._start < float(self._task["seconds"])

    async def _files(self, filer: int, token: str) -> None:
        connection, number = Connection(self._task["port"]), 0
        try:
            while self._goes_on():
                reference = f"IR-{self._run}-{filer}-{number}"
                number += 1
                since = time.perf_counter()
                status, body = await connection.exchange(self._request(token, reference))
                took = time.perf_counter() - since
                if status != 201:
                    self.refused.append(status)
                    continue
                index = json.loads(body)["index"]
                self.filed.append(
                    {"at": since - self._start, "took": took, "index": index, "filer": filer, "reference": reference}
                )
                if len(self.filed) == self._task["kills_after"]:
                    os.killpg(self._task["server"], signal.SIGKILL)
        except GONE:
            return
        finally:
            connection.close()

    def _request(self, token: str, reference: str) -> bytes:
        data = json.dumps(report(reference)).encode()
        head = (
            f"POST /api/v1/filings/{REPORT} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data

    async def _reads(self) -> None:
        """An officer goes through the pages of the queue, again and again."""
        connection, paths = Connection(self._task["port"]), self._task["paths"]
        try:
            number = 0
            while self._goes_on():
                since = time.perf_counter()
                path = paths[number % len(paths)]
                head = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {self._task['cookie']}\r\n\r\n"
                status, _ = await connection.exchange(head.encode())
                if status == 200:
                    self.pages.append(time.perf_counter() - since)
                elif status != 404:  # the queue is not yet so long
                    self.refused.append(status)
                number += 1
                await asyncio.sleep(PAUSE_S)
        except GONE:
            return
        finally:
            connection.close()


def main() -> None:
    print(json.dumps(asyncio.run(Load(json.loads(sys.stdin.read())).run())))


if __name__ == "__main__":
    main()
