"""The form path of `bench_intake`: people without keys who fill in the report form, page by page, to its receipt.

Each has an address of its own (as a proxy would say) and a cookie of its own, runs no script, and asks for every page
that a browser would. It reads its task as JSON from standard input and writes what it saw as JSON: how long each
request took, and for each report when its receipt came, which entry it names and under which title it was filed.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlencode

from benchmarks.load import Connection

FORM = "/forms/incident"
ANSWERS = {"category": "concern", "reporter": "public", "what_happened": "It told my child how. " * 20}
PAGES_MAX = 20
WORDS_MAX = 400
HIDDEN = re.compile(r'<input[^>]*name="token"[^>]*value="([^"]*)"')
ASKED = re.compile(r'name="q\.([a-z_]+)"')
ENTRY = re.compile(r'href="(?:/zh)?/record/([0-9]+)"')


def words(page: bytes) -> str:
    """What a page says to whoever reads it, in one line."""
    text = page.decode("utf-8", "replace")
    main = re.search(r"<main.*?</main>", text, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main[0] if main else text)).split())[:WORDS_MAX]


class Somebody:
    """One person with a browser."""

    def __init__(self, port: int, number: int, title: str) -> None:
        self._connection = Connection(port)
        address = f"{20 + number % 150}.{number % 251}.{number >> 8 & 255}.7"  # a network of its own, as people have
        self._head = f"host: 127.0.0.1\r\nx-forwarded-for: {address}\r\n"
        self._cookies: dict[str, str] = {}
        self._page = ""
        self._title = title
        self.taken: list[float] = []

    async def report(self) -> int:
        """Fill in the form from its first page to its receipt; gives the entry that the receipt names."""
        try:
            await self._asks("GET", FORM)
            path = await self._asks("POST", FORM)
            for _ in range(PAGES_MAX):
                await self._asks("GET", path)
                if path.endswith("/check"):
                    break
                said = {**ANSWERS, "title": self._title}
                fields = {f"q.{name}": said.get(name, "") for name in dict.fromkeys(ASKED.findall(self._page))}
                path = await self._asks("POST", path, **fields, go="next")
            receipt = await self._asks("POST", path.removesuffix("/check") + "/file")
            await self._asks("GET", receipt)
            found = ENTRY.search(self._page)
            assert found, "the receipt names its entry"
            return int(found[1])
        finally:
            self._connection.close()

    async def _asks(self, method: str, path: str, **fields: str) -> str:
        """Ask for a page, or send one with its token; gives where a sent page leads. Raises `AssertionError`."""
        body = b""
        if method == "POST":
            token = HIDDEN.search(self._page)
            assert token, f"the page before {path} has a form"
            body = urlencode({"token": unescape(token[1]), **fields}).encode()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        head = f"{method} {path} HTTP/1.1\r\n{self._head}" + (f"cookie: {cookies}\r\n" if cookies else "")
        if body:
            head += f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n"
        since = time.perf_counter()
        status, headers, answer = await self._connection.whole(f"{head}\r\n".encode() + body)
        self.taken.append(time.perf_counter() - since)
        for name, value in headers:
            if name == "set-cookie":
                kept, _, text = value.partition(";")[0].partition("=")
                self._cookies[kept] = text
        wanted = 303 if method == "POST" else 200
        assert status == wanted, f"{method} {path}: {status} {words(answer)}"
        if method == "GET":
            self._page = answer.decode()
            return path
        return next(value for name, value in headers if name == "location").partition("#")[0]


async def run(task: Mapping[str, Any]) -> dict[str, Any]:
    start = time.perf_counter()
    taken: list[float] = []
    filed: list[dict[str, Any]] = []

    async def one(number: int) -> None:
        title = f"{task['name']} {number}"
        somebody = Somebody(int(task["port"]), number, title)
        index = await somebody.report()
        filed.append({"at": time.perf_counter() - start, "index": index, "title": title})
        taken.extend(somebody.taken)

    first = int(task["first"])
    await asyncio.gather(*(one(number) for number in range(first, first + int(task["people"]))))
    return {"taken": taken, "filed": filed}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.loads(sys.stdin.read())))))
