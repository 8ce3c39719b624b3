"""Reaching addresses that others give: never inside, whatever a name says the second time; never longer than said."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from commonweal import reaching
from commonweal.kernel.values import BadInput, Busy, Lasting
from commonweal.observing import check_address, fetched
from commonweal.reaching import refusal


@contextmanager
def answering(pieces: list[bytes], pause_s: float) -> Iterator[tuple[int, list[bytes]]]:
    """A server of one connection that sends these pieces one by one; gives its port and what it was sent."""
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            heard.append(connection.recv(4096))
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause_s)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], heard
    finally:
        listening.close()


def test_headers_that_come_a_byte_at_a_time_end_with_the_whole() -> None:
    began = time.monotonic()
    with (
        answering([b"HTTP/1.1 200 OK\r\nX-A: ", *[b"a"] * 200], 0.05) as (port, _),
        pytest.raises(Busy, match=r"too slow|timed out"),
    ):
        fetched(f"http://127.0.0.1:{port}/x", seconds=0.5)
    assert time.monotonic() - began < 5


def test_a_name_that_is_public_when_checked_and_inside_when_used_is_not_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, asked = socket.getaddrinfo, []

    def turning(host: Any, port: Any, *args: Any, **named: Any) -> Any:
        if host != "turning.example":
            return real(host, port, *args, **named)
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port))
        ]

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    with answering([], 0) as (port, heard), pytest.raises(Lasting, match="no public address"):
        fetched(f"https://turning.example:{port}/x", seconds=2)
    assert heard == []
    assert len(asked) == 2


@pytest.mark.parametrize(
    "inside",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "224.0.0.1", "::1", "fd00::1", "::ffff:127.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:5ef5:79fb::1", "::7f00:1"),
    ],
)
def test_addresses_that_lead_inside_are_no_public_ones(inside: str) -> None:
    assert not reaching.is_public(inside)


def test_public_addresses_are() -> None:
    assert reaching.is_public("93.184.216.34")
    assert reaching.is_public("2606:2800:220:1:248:1893:25c8:1946")


def test_a_name_that_nobody_knows_is_named() -> None:
    with pytest.raises((BadInput, Busy), match=r"nobody\.invalid (is no known host|cannot be looked up now)"):
        check_address("https://nobody.invalid/x")


def test_what_the_owner_wrote_down_may_lie_anywhere() -> None:
    with (
        answering([b"HTTP/1.1 204 No Content\r\n\r\n"], 0) as (port, heard),
        httpx.Client(transport=reaching.Transport(5, reaching.anywhere)) as client,
    ):
        assert client.get(f"http://localhost:{port}/x").status_code == 204
    assert b"host: localhost" in heard[0].lower(), "the name stays what was asked for, whatever address it has"


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (404, Lasting, "there is nothing at this address: correct it"),
        (410, Lasting, "gone for good"),
        (401, Lasting, "open to all"),
        (403, Lasting, "ask whoever runs it"),
        (418, Lasting, "check the address"),
        (408, Busy, "answered 408"),
        (429, Busy, "asks to wait 120 s"),
        (500, Busy, "answered 500"),
        (503, Busy, "answered 503"),
    ],
)
def test_a_refusal_says_whether_another_time_will_do(status: int, error: type[Exception], says: str) -> None:
    """RFC 9110, 15.5 and 15.6: 4xx is the asker's to change, but for time-outs and haste; 5xx is the server's."""
    found = refusal(status, "https://a.example/x", "120")
    assert type(found) is error
    assert says in str(found)


def test_a_certificate_that_is_not_good_must_be_changed(tmp_path: Path) -> None:
    """A certificate that nobody vouches for will not be vouched for later either."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    (tmp_path / "pem").write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                context.wrap_socket(listening.accept()[0], server_side=True)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(Lasting, match=r"its certificate is not good \(self-signed certificate\)"):
            fetched(f"https://localhost:{listening.getsockname()[1]}/x", seconds=5)


def test_a_host_that_nobody_knows_must_be_changed_and_one_not_looked_up_may_do_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = [(socket.EAI_NONAME, BadInput, "no known host"), (socket.EAI_AGAIN, Busy, "cannot be looked up now")]
    for number, error, says in errors:

        def fails(*_: Any, number: int = number, **__: Any) -> Any:
            raise socket.gaierror(number, "a reason")

        monkeypatch.setattr(socket, "getaddrinfo", fails)
        with pytest.raises(error, match=says):
            fetched("https://register.example/x", seconds=2)
