"""Pulling: what is new is filed once, what is not costs nothing, and no server can hold up, fill up or misdirect."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli.main import main
from commonweal.instruments import rule_file
from commonweal.kernel import indicators
from commonweal.kernel.values import BadInput, Busy, Text, TooLarge, instant
from commonweal.observing import Puller, check_address, fetched, pull, pull_sources
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "pull.example/log", instant("2026-01-01T00:00:00Z"))
FIRST = b"series,subject,event,value\nx.rate,area:us,2025-07-01,5\n"
SECOND = FIRST + b"x.rate,area:us,2025-08-01,6\n"


class Server:
    """A server on this machine that says what a test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.body, self.etag, self.modified = FIRST, '"one"', "Mon, 01 Sep 2025 00:00:00 GMT"
        self.redirect, self.status, self.slow, self.coding = "", 200, 0.0, ""
        self.asked: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: Any) -> None:
                """Nothing: tests are quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}/t.csv"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(dict(request.headers))
        known = self.etag and request.headers.get("If-None-Match") == self.etag
        status = 302 if self.redirect else 304 if known else self.status
        request.send_response(status)
        if self.redirect:
            request.send_header("Location", self.redirect)
        for name, text in (("ETag", self.etag), ("Last-Modified", self.modified), ("Content-Encoding", self.coding)):
            if text:
                request.send_header(name, text)
        body = self.body if status == 200 else b""
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            for at in range(0, len(body), 10 if self.slow else 1 << 16):
                request.wfile.write(body[at : at + (10 if self.slow else 1 << 16)])
                time.sleep(self.slow)
        except OSError:
            return


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Path:
    text = 'id = "sources.test"\nversion = "1"\n[[pull]]\nid = "x.table"\ncitation = "a test"\nevery = "1h"\n'
    with Authority.create(tmp_path / "a", SETTINGS) as authority:
        authority.adopt(rule_file(f'{text}address = "{server.address}"\n'))
    return tmp_path / "a"


def test_what_is_new_is_filed_and_what_is_not_files_nothing(folder: Path, server: Server) -> None:
    with Authority.open(folder) as authority:
        authority.follow()
        (source,) = pull_sources(authority)
        found = pull(authority, source)
        assert (found.outcome, len(found.entries)) == ("new", 1)
        assert authority.entry(found.entries[0]).body["retrieved"]["etag"] == '"one"'
        size = authority.store.size()
        assert pull(authority, source).outcome == "unchanged"
        assert server.asked[-1]["If-None-Match"] == '"one"'
        assert server.asked[-1]["If-Modified-Since"] == server.modified
        server.etag = '"another name for the same bytes"'
        assert pull(authority, source).outcome == "same"
        assert authority.store.size() == size
    with Authority.open(folder) as authority:
        server.body, server.etag = SECOND, '"two"'
        assert pull(authority, source).outcome == "new", "what was said survives a restart, and this is something else"
        assert server.asked[-1]["If-None-Match"] == '"one"'
        assert [value for _, value in indicators.series(authority.reader, "x.rate", "area:us")] == [5.0, 6.0]
        server.body, server.etag = FIRST, '"one"'
        size = authority.store.size()
        assert pull(authority, source).outcome == "same", "of a shorter file every value is known as it stands"
        assert authority.store.size() == size
        server.body, server.etag = FIRST.replace(b",5", b",4"), '"three"'
        assert pull(authority, source).outcome == "new"
        server.body, server.etag = FIRST, '"one"'
        assert pull(authority, source).outcome == "new", "going back to an old value is said anew"
        authority.rebuild()
        assert pull(authority, source).outcome == "unchanged"


def test_a_value_pulled_again_as_it_stands_is_no_revision(
    folder: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source that lays out its whole file again every month has revised nothing: one vintage is still one vintage."""

    def asked(*words: str) -> Any:
        assert main([words[0], str(folder), *words[1:], "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert [(row["outcome"], row["unchanged"]) for row in asked("pull")] == [("new", 0)]
    server.body, server.etag = SECOND, '"two"'
    (row,) = asked("pull")
    assert (row["outcome"], row["unchanged"], len(row["entries"])) == ("new", 1, 1)
    assert [(row["events"], row["revised"]) for row in asked("series")] == [(2, 0)]
    told = asked("series", "x.rate", "area:us")
    assert [row["value"] for row in told["values"]] == [5.0, 6.0]
    assert told["vintage_note"]["en"].startswith("One vintage only")
    server.body, server.etag = SECOND.replace(b",6", b",7"), '"three"'
    assert [(row["outcome"], row["unchanged"]) for row in asked("pull")] == [("new", 1)]
    assert [(row["events"], row["revised"]) for row in asked("series")] == [(2, 1)]
    assert asked("series", "x.rate", "area:us")["vintage_note"] is None
    server.body, server.etag = SECOND.replace(b",6", b",7.0"), '"four"'
    assert [(row["outcome"], row["unchanged"], row["entries"]) for row in asked("pull")] == [("same", 2, [])]


def test_a_table_with_faults_files_nothing_and_is_asked_for_again(folder: Path, server: Server) -> None:
    server.body = FIRST + b"x.rate,area:us,later,many\n"
    with Authority.open(folder) as authority:
        authority.follow()
        (source,) = pull_sources(authority)
        size = authority.store.size()
        with pytest.raises(BadInput, match="row 3, column event"):
            pull(authority, source)
        assert authority.store.size() == size
        server.body = FIRST
        assert pull(authority, source).outcome == "new"


def test_a_server_is_bounded_in_size_and_time(server: Server) -> None:
    server.body = b"x" * 5000
    with pytest.raises(TooLarge, match="at most 1000 bytes"):
        fetched(server.address, bytes_max=1000)
    server.slow = 0.05
    began = time.monotonic()
    with pytest.raises(Busy, match=r"timed out|too slow"):
        fetched(server.address, seconds=0.3)
    assert time.monotonic() - began < 5
    server.slow, server.status = 0.0, 503
    with pytest.raises(Busy, match="answered 503"):
        fetched(server.address)
    server.status, server.coding = 200, "gzip"
    with pytest.raises(BadInput, match="the bytes as they are"):
        fetched(server.address)
    with pytest.raises(Busy, match="could not fetch"):
        fetched("http://127.0.0.1:9/")


def test_redirects_end_and_never_lead_inside(server: Server) -> None:
    server.redirect = "/again.csv"
    with pytest.raises(BadInput, match="at most 3 redirects"):
        fetched(server.address)
    assert len(server.asked) == 4
    for inside in ("http://192.168.0.1/", "https://10.0.0.1/x", "https://[fd00::1]/", "https://169.254.169.254/latest"):
        server.redirect = inside
        with pytest.raises(BadInput, match="address"):
            fetched(server.address)
    for address in ("http://example.org/", "https://127.0.0.1/", "https://user@example.org/", "file:///etc/passwd"):
        with pytest.raises(BadInput, match="address"):
            check_address(address)


def test_a_thread_asks_on_schedule_and_less_often_after_a_fault(folder: Path, server: Server) -> None:
    woken = []
    with Authority.open(folder) as authority:
        authority.follow()
        puller = Puller(authority, lambda: woken.append(1))
        (source,) = pull_sources(authority)
        server.status = 500
        puller.ask(source)
        puller.ask(source)
        assert puller._pause[source.id] == 120.0
        server.status = 200
        puller.ask(source)
        assert (woken, puller._pause) == ([1], {})
        assert puller._next[source.id] - time.monotonic() == pytest.approx(3600, abs=60)


def test_weal_pull_says_whether_something_must_change_or_another_time_will_do(
    folder: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that moved, or is no such table, stays so however often it is asked for; an overloaded server does not."""
    for status, body, says, later in (
        (404, FIRST, "there is nothing at this address: correct it", False),
        (200, b"<html>moved</html>", "t.csv", False),
        (429, FIRST, "answered 429", True),
        (503, FIRST, "answered 503", True),
    ):
        server.status, server.body, server.etag = status, body, ""
        assert main(["pull", str(folder)]) == 1
        said = capsys.readouterr().err
        assert says in said
        assert ("Try again later" in said) is later
        assert ("This stays so until something is changed" in said) is not later


def test_weal_pull_says_what_came_of_each_source(
    folder: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pull", str(folder), "--list"]) == 0
    assert (server.address in capsys.readouterr().out, server.asked) == (True, [])
    assert main(["pull", str(folder), "--json"]) == 0
    assert [row["outcome"] for row in json.loads(capsys.readouterr().out)] == ["new"]
    server.status, server.etag = 404, ""
    assert main(["pull", str(folder), "x.table"]) == 1
    told = capsys.readouterr()
    assert "failed" in told.out
    assert "answered 404" in told.err
    assert main(["pull", str(folder), "x.no"]) == 1


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('address = "http://example.org/t.csv"', "pull[0].address"),
        ('every = "5s"', "pull[0].every"),
        ('every = "1mo"', "pull[0].every"),
        ('format = "Some Thing"', "pull[0].format"),
        ("colour = 1", "pull[0].colour"),
        ('id = "Bad Id"', "pull[0].id"),
    ],
)
def test_a_source_that_cannot_be_is_refused_before_it_is_adopted(line: str, where: str) -> None:
    given = {"id": "x.t", "citation": "a test", "every": "1h", "address": "https://example.org/t.csv"}
    key = line.split(" =", maxsplit=1)[0]
    lines = [f'{name} = "{text}"' for name, text in given.items() if name != key]
    with pytest.raises(BadInput) as refused:
        indicators.read_sources("\n".join(['id = "s"', 'version = "1"', "[[pull]]", *lines, line]))
    assert where in {fault.where for fault in refused.value.faults}
