"""Mail: nothing that is not public under way, nothing lost, nothing twice, whatever the server on the other side does.

What a server may answer, and what the one who sends does then, is RFC 5321 (4.2.1, 4.5.4): 4xx is tried again, 5xx is
not, and what was not confirmed was not taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sending_house
from commonweal import sending
from commonweal.authority import Authority
from commonweal.engines.effects.mailing import Office, message
from commonweal.kernel import protocols
from commonweal.kernel.protocols.outlets import Outlet
from commonweal.kernel.record import Row
from commonweal.kernel.values import BadInput, Text
from commonweal.settings import Settings
from mail_server import MailServer, certificate
from sending_house import declare, made

pytest.importorskip("dbos")
SECRET = "Access to the model is suspended."
ONE, TWO = "one@desk.example", "two@desk.example"


def send(authority: Authority, again: tuple[str, ...] = ()) -> Row:
    """Send what waits; the effect that goes to `press`, as it stands then."""
    sender = sending.Sender(authority)
    try:
        sender.send(15, again)
    finally:
        sender.close()
    return press(authority)


def press(authority: Authority) -> Row:
    return next(row for row in protocols.effects(authority.reader) if row["target"] == "press")


@contextmanager
def office(
    folder: Path, server: MailServer, to: list[str] | None = None, *more: str, **effects: Any
) -> Iterator[Authority]:
    targets = {"press": ("mail", to or [ONE], *more)}
    with made(folder / "office", targets, server.relay, **effects) as authority:
        yield authority


def test_a_mail_says_that_something_waits_and_nothing_of_what(tmp_path: Path) -> None:
    with MailServer() as server, office(tmp_path, server) as authority:
        assert send(authority)["state"] == "delivered"
        case = press(authority)["case"]
    ((to, letter),), (raw,) = server.taken, server.raw
    body = letter.get_content()
    assert (to, letter["To"]) == (ONE, ONE)
    assert SECRET not in raw.decode("ascii"), "7-bit, for relays of every age"
    assert SECRET not in body
    assert case in body
    assert case in letter["Subject"]
    assert "something waits for you" in letter["Subject"], "no language is known: both are there"
    assert "有内容等待您查看" in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"]
    assert not list(letter.iter_attachments())


def test_a_mail_is_in_the_language_of_its_target_and_leads_to_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(sending_house.SETTINGS, public_url="https://register.test.example")
    monkeypatch.setattr(sending_house, "SETTINGS", own)
    with MailServer() as server, office(tmp_path, server, [ONE], 'language = "zh"') as authority:
        send(authority)
    ((_, letter),) = server.taken
    assert letter["Content-Language"] == "zh-CN"
    assert "https://register.test.example/" in letter.get_content()
    assert "Something waits" not in letter.get_content()
    assert letter["From"].addresses[0].display_name == "测试"


def test_only_a_target_that_is_declared_so_gets_the_whole(tmp_path: Path) -> None:
    with MailServer() as server, office(tmp_path, server, [ONE], "whole = true") as authority:
        send(authority)
    assert SECRET in server.taken[0][1].get_content()


def test_it_goes_over_tls_and_to_nobody_whose_certificate_is_not_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = certificate(tmp_path)
    with MailServer(certificate=pair) as server, office(tmp_path, server, tls=True, attempts=2) as authority:
        row = send(authority)
        assert (row["state"], row["attempts"]) == ("failed", 2)
        assert "CERTIFICATE_VERIFY_FAILED" in row["status"]
        assert server.taken == []
        monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
        assert send(authority, (row["effect"],))["state"] == "delivered"
        assert server.encrypted == [True]


def test_a_server_that_offers_no_tls_gets_nothing(tmp_path: Path) -> None:
    with MailServer() as server, office(tmp_path, server, tls=True, attempts=1) as authority:
        row = send(authority)
    assert (row["state"], server.taken) == ("failed", [])
    assert "STARTTLS" in row["status"]


def test_greylisting_is_waited_out(tmp_path: Path) -> None:
    """RFC 6647: the first attempt of a stranger is put off with 450 or 451."""
    seen: list[str] = []

    def grey(address: str) -> str | None:
        seen.append(address)
        return "450 4.7.1 greylisted, come later" if len(seen) < 3 else None

    with MailServer(recipient=grey) as server, office(tmp_path, server) as authority:
        row = send(authority)
    assert (row["state"], row["attempts"], len(server.taken)) == ("delivered", 3, 1)


def test_a_refusal_for_good_is_not_tried_again_and_says_why(tmp_path: Path) -> None:
    with (
        MailServer(recipient=lambda address: "550 5.1.1 no such user") as server,
        office(tmp_path, server) as authority,
    ):
        row = send(authority)
        assert (row["state"], row["attempts"]) == ("failed", 1)
        assert "550 5.1.1 no such user" in row["status"]
        server.recipient, server.data = (lambda address: None), (lambda address: "554 5.7.1 not wanted")
        row = send(authority, (row["effect"],))
        assert (row["state"], row["attempts"], server.taken) == ("failed", 1, [])
        assert "554 5.7.1 not wanted" in row["status"]


def test_of_several_addresses_each_gets_it_once_and_sees_no_other(tmp_path: Path) -> None:
    """One is put off at first, another is refused for good until somebody has it tried again."""
    put_off, closed = iter(["451 4.3.0 busy"]), ["550 5.2.1 closed"]
    three = "three@desk.example"

    def answer(address: str) -> str | None:
        return next(put_off, None) if address == TWO else closed[0] if address == three and closed else None

    with MailServer(recipient=answer) as server, office(tmp_path, server, [ONE, TWO, three]) as authority:
        row = send(authority)
        assert (row["state"], row["attempts"]) == ("failed", 2)
        assert "2 of 3 taken; three@desk.example: 550" in row["status"]
        assert [to for to, _ in server.taken] == [ONE, TWO]
        closed.clear()
        assert send(authority, (row["effect"],))["state"] == "delivered"
        was = authority.dump()
        authority.rebuild()
        assert authority.dump() == was
    assert [to for to, _ in server.taken] == [ONE, TWO, three]
    assert [letter["To"] for _, letter in server.taken] == [ONE, TWO, three]
    assert not any(TWO in raw.decode() for raw in (server.raw[0], server.raw[2]))


def test_a_connection_cut_before_the_mail_is_taken_loses_nothing(tmp_path: Path) -> None:
    with MailServer(cut=["before"]) as server, office(tmp_path, server, [ONE, TWO]) as authority:
        row = send(authority)
    assert (row["state"], row["attempts"]) == ("delivered", 2)
    assert [to for to, _ in server.taken] == [ONE, TWO]


def test_a_connection_cut_after_the_mail_was_taken_sends_it_again_under_the_same_identifier(tmp_path: Path) -> None:
    """No sender can know which it was (RFC 5321, 4.5.4.1): it must send again, and the receiver can tell."""
    with MailServer(cut=["after"]) as server, office(tmp_path, server) as authority:
        row = send(authority)
    assert (row["state"], row["attempts"]) == ("delivered", 2)
    assert server.raw[0] == server.raw[1], "the same bytes"
    assert len({letter["Message-ID"] for _, letter in server.taken}) == 1


def test_nothing_in_a_header_ends_it(tmp_path: Path) -> None:
    """Names come from settings and from filings: neither may add a header or a second message."""
    bad = "Office\r\nBcc: all@desk.example\r\n\r\nbody\u202e\x00"
    row = {
        "effect": "effect:" + "0" * 40,
        "case": "case:x",
        "reference": "R-1\r\nX: y",
        "requested_at": "2026-01-02T03:04:05Z",
        "text": {"en": "First\r\nBcc: all@desk.example", "zh": ""},
    }
    for whole in (True, False):
        named = Office("test.example/log", Text(en=bad, zh=bad))
        letter = message(named, Outlet("press", "mail", (ONE,), whole), row, sender="office@test.example", to=ONE)
        head = bytes(letter).partition(b"\r\n\r\n")[0].decode("ascii")
        names = [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith(" ")]
        assert "Bcc" not in names
        assert "X" not in names
        assert len(names) == len(set(names))
        assert all(len(line) <= 998 for line in head.split("\r\n")), "RFC 5322, 2.1.1"


@pytest.mark.parametrize(
    "address", ["a b@x.example", "a@x.example\nBcc: b@x.example", "<a@x.example>", "a@", "@x", "a,b@x"]
)
def test_what_is_no_address_is_refused_when_the_settings_are_read(tmp_path: Path, address: str) -> None:
    made(tmp_path / "office", {}).close()
    declare(tmp_path / "office", {"press": ("mail", [address], "whole = 1", 'language = "fr"')}, "relay.example:25")
    with pytest.raises(BadInput) as error:
        Settings.read(tmp_path / "office")
    where = "effects.targets.press"
    assert {fault.where for fault in error.value.faults} == {where, f"{where}.whole", f"{where}.language"}
