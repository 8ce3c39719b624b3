"""Mail that was taken and comes back: the notice (RFC 3464) is read as what a stranger sent, and recorded once.

The notices are written as RFC 3464, appendix E, shows them, about a message that was really sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiosmtpd.smtp import SMTP

from commonweal import sending
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.engines.effects.mailing import own_id
from commonweal.engines.effects.returned import Returned, read_returned
from commonweal.kernel import protocols
from commonweal.kernel.record import Row
from commonweal.kernel.values import BadInput, Conflict, NotFound
from mail_server import MailServer
from sending_house import made

pytest.importorskip("dbos")
ONE, TWO = "one@desk.example", "two@desk.example"
HOST = "test.example"
GONE = "550 5.1.1 <one@desk.example>: Recipient address rejected: User unknown"


def notice(
    message: EmailMessage | None, to: str = ONE, action: str = "failed", *, envelope: str = "", status: str = "5.1.1"
) -> bytes:
    """A delivery status notice with the headers of the message, or with its envelope alone."""
    headers = "" if message is None else "".join(f"{name}: {value}\n" for name, value in message.items())
    ours = f"Original-Envelope-Id: {envelope}\n" if envelope else ""
    return f"""\
From: MAILER-DAEMON@relay.example
To: register@test.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="A1/relay"

--A1/relay
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--A1/relay
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
{ours}Arrival-Date: Mon, 2 Mar 2026 10:00:00 +0000

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {GONE}

--A1/relay
Content-Type: text/rfc822-headers

{headers}
--A1/relay--
""".encode()


@contextmanager
def house(folder: Path, server: MailServer, to: list[str]) -> Iterator[Authority]:
    with made(folder / "office", {"press": ("mail", to), "drop": ("folder", str(folder / "drop"))},
              server.relay) as authority:  # fmt: skip
        send(authority)
        yield authority


def send(authority: Authority, again: tuple[str, ...] = ()) -> Row:
    sender = sending.Sender(authority)
    try:
        sender.send(15, again)
    finally:
        sender.close()
    return press(authority)


def press(authority: Authority) -> Row:
    return next(row for row in protocols.effects(authority.reader) if row["target"] == "press")


def test_what_came_back_stands_as_failed_and_goes_again_only_to_whom_it_did_not_reach(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    with MailServer() as server, house(tmp_path, server, [ONE, TWO]) as authority:
        assert press(authority)["state"] == "delivered"
        letter = next(letter for to, letter in server.taken if to == ONE)
        found = sending.came_back(authority, notice(letter))
        assert found.entry is not None
        row = press(authority)
        assert (row["state"], row["evidence"]) == ("failed", found.entry)
        assert GONE in row["status"]
        size = authority.store.size()
        for again in (notice(letter), notice(letter) + b"\n"):
            assert sending.came_back(authority, again).entry is None, "the same, or of the same"
        assert authority.store.size() == size
        before = authority.dump()
        authority.rebuild()
        assert authority.dump() == before
        assert send(authority, (row["effect"],))["state"] == "delivered"
        assert [to for to, _ in server.taken].count(ONE) == 2
        assert [to for to, _ in server.taken].count(TWO) == 1, "who had it gets no second one"
        assert sending.came_back(authority, notice(letter)).entry is None, "an old notice says nothing of the new try"
        assert press(authority)["state"] == "delivered"


def test_a_delay_is_no_failure_and_what_never_was_mail_did_not_come_back(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    with MailServer() as server, house(tmp_path, server, [ONE]) as authority:
        [(_, letter)] = server.taken
        size = authority.store.size()
        late = sending.came_back(authority, notice(letter, action="delayed", status="4.4.1"))
        assert (late.entry, late.said.action) == (None, "delayed")
        rows = {row["target"]: row["effect"] for row in protocols.effects(authority.reader)}
        with pytest.raises(Conflict, match="no mail"):
            sending.came_back(authority, notice(None, envelope=own_id(rows["drop"], ONE)))
        with pytest.raises(Conflict, match="not sent yet"):
            sending.came_back(authority, notice(None, envelope=own_id(rows["peer"], ONE)))
        with pytest.raises(NotFound, match="effect"):
            sending.came_back(authority, notice(None, envelope="0" * 24 + ".00000000"))
        assert authority.store.size() == size
        sending.done_by_hand(authority, rows["peer"], "By telephone.")
        authority.follow()
        with pytest.raises(Conflict, match="was delivered"):
            sending.came_back(authority, notice(None, envelope=own_id(rows["peer"], ONE)))


def test_a_maildir_is_read_and_what_is_no_notice_stays_for_somebody_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "drop").mkdir()
    with MailServer() as server, house(tmp_path, server, [ONE]):
        [(_, letter)] = server.taken
    box = tmp_path / "Maildir"
    for part in ("new", "cur", "tmp"):
        (box / part).mkdir(parents=True)
    (box / "new" / "1.a.host").write_bytes(notice(letter))
    (box / "new" / "2.b.host").write_bytes(b"Subject: I am on holiday\n\nBack on Monday.\n")
    (box / "new" / "3.c.host").symlink_to("/etc/passwd")
    folder = str(tmp_path / "office")
    assert main(["letter", "bounce", folder, str(box)]) == 0
    said = capsys.readouterr()
    assert "recorded as entry" in said.out
    assert "2.b.host: left where it is" in said.err
    assert "multipart/report" in said.err
    assert {path.name for path in (box / "new").iterdir()} == {"2.b.host", "3.c.host"}
    assert [path.name for path in (box / "cur").iterdir()] == ["1.a.host:2,S"]
    assert main(["letter", "bounce", folder, str(box / "cur" / "1.a.host:2,S")]) == 0
    assert "on record already" in capsys.readouterr().out
    for path in (box / "new" / "2.b.host", tmp_path / "nowhere", tmp_path):
        assert main(["letter", "bounce", folder, str(path)]) == 1
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert said.out == ""


class _Asking(SMTP):
    """A server that offers RFC 3461 and keeps what it was asked with MAIL FROM."""

    asked: ClassVar[list[str]] = []

    async def smtp_EHLO(self, hostname: str) -> None:
        await self.push("250-relay.example\r\n250 DSN")
        self.session.host_name = hostname
        self.session.extended_smtp = True

    async def smtp_MAIL(self, arg: str | None) -> None:
        head, *options = str(arg).split(" ")
        self.asked.append(" ".join(one for one in options if not one.startswith("size=")))
        await super().smtp_MAIL(head)


def test_a_server_that_can_is_asked_to_send_headers_back_under_our_envelope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 3461, 4.3 and 4.4: RET=HDRS returns no contents, ENVID comes back as Original-Envelope-Id."""
    (tmp_path / "drop").mkdir()
    monkeypatch.setattr("mail_server._Controller.factory", lambda self: _Asking(self.handler))
    with MailServer() as server, house(tmp_path, server, [ONE]) as authority:
        row = press(authority)
        assert row["state"] == "delivered"
        assert _Asking.asked == [f"RET=HDRS ENVID={own_id(row['effect'], ONE)}"]
        found = sending.came_back(authority, notice(None, envelope=own_id(row["effect"], ONE)))
        assert found.entry is not None


WHOLE = notice(None, envelope="a" * 24 + ".0" + "1" * 7)
HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "zeros": bytes(100_000),
    "no report": b"Subject: hello\n\nhello\n",
    "no status": WHOLE.replace(b"message/delivery-status", b"text/plain"),
    "another house's": notice(None, envelope="0001"),
    "no action": WHOLE.replace(b"Action:", b"X-Action:"),
    "nested": b"Content-Type: multipart/report; report-type=delivery-status; boundary=a\n\n"
    + b"".join(b"--%d\nContent-Type: multipart/mixed; boundary=%d\n\n" % (n, n + 1) for n in range(3000)),
    "returned inside returned": WHOLE + b"--A1/relay\n" + b"Content-Type: message/rfc822\n\n" * 3000,
    "blank lines": WHOLE.replace(b"Reporting-MTA", b"\n" * 3_000_000 + b"Reporting-MTA"),
    "long header": b"Content-Type: multipart/report; " + b"a=b; " * 500_000 + b"\n\n",
    "wrong bytes": WHOLE.replace(b"Content-Type: multipart/report", b"Content-Type: \xff\xfe\x00/report"),
    "wrong charset": WHOLE.replace(b"report-type=delivery-status", b"report-type*=no-such''delivery%ff"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_notice_of_ours_is_refused_plainly(name: str) -> None:
    with pytest.raises(BadInput) as error:
        read_returned(HOSTILE[name], HOST)
    assert "notice" in str(error.value)


def test_only_the_beginning_of_a_long_notice_is_read_and_its_words_stay_one_short_line() -> None:
    long = WHOLE.replace(GONE.encode(), b"550 no\x1b[31m\r\n " + "\u202e".encode() + b"x" * 2_000)
    said = read_returned(long + b"x" * 10_000_000, HOST)
    assert (said.effect, said.mark, said.action) == ("a" * 24, "0" + "1" * 7, "failed")
    assert said.words.isprintable()
    assert len(said.words) <= 400


def test_of_several_recipients_the_one_who_was_written_to_counts() -> None:
    """RFC 3464, 2.3: one group of fields a recipient; a list may have delivered to some and failed for others."""
    ours = own_id("effect:" + "a" * 40, ONE)
    other = f"Final-Recipient: rfc822; {TWO}\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient"
    found = read_returned(notice(None, envelope=ours).replace(b"Final-Recipient", other.encode()), HOST)
    assert found == Returned("a" * 24, ours[-8:], "failed", f"5.1.1 {GONE}")
    theirs: Any = own_id("effect:" + "a" * 40, TWO)
    found = read_returned(notice(None, envelope=theirs).replace(b"Final-Recipient", other.encode()), HOST)
    assert found.action == "delivered"
