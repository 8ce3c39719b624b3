"""The other side of what is sent: a web server and a mail server in threads of their own, which keep what they get."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Post:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A web server that acts once on each idempotency key. `answers` are the statuses it gives in turn, then 200."""

    answers: list[int] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    acted: set[str] = field(default_factory=set)
    before: Callable[[], object] = lambda: None

    def __enter__(self) -> Receiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.posts.append(Post(self.path, headers, body))
                receiver.before()
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.acted.add(headers["idempotency-key"])
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"taken" if status == 200 else b"not now")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/notices"


@dataclass
class MailSink:
    """A mail server that takes everything, or answers 451 so many times first."""

    busy: int = 0
    letters: list[str] = field(default_factory=list)

    def __enter__(self) -> MailSink:
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line: str) -> None:
                self.wfile.write(line.encode() + b"\r\n")

            def handle(self) -> None:
                self.say("220 sink")
                while line := self.rfile.readline():
                    word = line[:4].strip().upper()
                    if word == b"DATA":
                        self.take()
                    elif word == b"MAIL" and sink.busy:
                        sink.busy -= 1
                        self.say("451 not now")
                    else:
                        self.say("221 bye" if word == b"QUIT" else "250 ok")
                        if word == b"QUIT":
                            return

            def take(self) -> None:
                self.say("354 go on")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.decode())
                sink.letters.append("".join(lines))
                self.say("250 taken")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def relay(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"
