"""Mail that was taken and came back: delivery status notices (RFC 3464) about messages that were sent from here.

Anybody can write such a notice, so it is read as what a stranger sent: its first part only, bounded, and nothing in it
is believed but which message of ours it names and what it says became of that. A message is found by its Message-ID,
which `mailing.message` makes of the effect and the address, or by the envelope that it was sent under (RFC 3461).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser, HeaderParser

from commonweal.kernel.values import BadInput, Fault

from .mailing import mark, one_line

READ_BYTES_MAX, READ_LINES_MAX = 256 * 1024, 5_000
"""How much of a notice is read: the report comes first, the message that it returns after it (RFC 3462)."""
PARTS_MAX, RECIPIENTS_MAX = 50, 100
WORDS_CHARS_MAX = 400
_NESTS = re.compile(rb"(?:multipart|message)\s*/", re.IGNORECASE)
_REPORT = "multipart/report with report-type=delivery-status (RFC 3464)"


@dataclass(frozen=True, slots=True)
class Returned:
    """What a notice says of a message: how the effect that it carried and the address begin (as `own_id` has them),
    what became of it (`action`: failed, delayed, delivered, relayed or expanded), and with which words.
    """

    effect: str
    mark: str
    action: str
    words: str


def read_returned(data: bytes, host: str) -> Returned:
    """What a notice says of a message that was sent from `host`. Raises `BadInput` for what is no such notice."""
    report = _parsed(data)
    named = next(_named(report, host), None)
    if named is None:
        raise BadInput(
            Fault("Message-ID", "(none of ours)", f"that of a message sent from {host}, or its envelope", "reference"),
            "notice",
        )
    effect, address = named
    found = [one for part in _of_type(report, "message/delivery-status") for one in _recipients(part)]
    if not found:
        raise BadInput(Fault("Action", "(absent)", "what became of the message, for each recipient"), "notice")
    theirs = [one for one in found if mark(_address(one)).startswith(address)] or found
    said = next((one for one in theirs if _action(one) == "failed"), theirs[0])
    return Returned(effect, address, _action(said), _words(said))


def _parsed(data: bytes) -> Message:
    """The report, its first lines. Raises `BadInput` where it is none."""
    head = b"\n".join(data[:READ_BYTES_MAX].splitlines()[:READ_LINES_MAX])
    if len(_NESTS.findall(head)) > PARTS_MAX:
        raise BadInput(Fault("parts", f"more than {PARTS_MAX}", f"at most {PARTS_MAX}, one inside another", "nested"),
                       "notice")  # fmt: skip
    report = BytesParser(policy=policy.compat32).parsebytes(head)
    kind, of = report.get_content_type(), str(report.get_param("report-type", "")).lower()
    if kind != "multipart/report" or of != "delivery-status":
        raise BadInput(Fault("Content-Type", one_line(str(report.get("Content-Type", "(absent)")))[:100], _REPORT),
                       "notice")  # fmt: skip
    return report


def _of_type(report: Message, kind: str) -> Iterator[Message]:
    return (part for part in report.walk() if part.get_content_type() == kind)


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a delivery status: the first about the message, then one a recipient."""
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _recipients(part: Message) -> list[Message]:
    return [one for one in _blocks(part)[: RECIPIENTS_MAX + 1] if "Action" in one]


def _named(report: Message, host: str) -> Iterator[tuple[str, str]]:
    """The messages of ours that a notice names: by their own header, then by their envelope."""
    own = re.compile(rf"<?([0-9a-f]{{24}})\.([0-9a-f]{{8}})(?:@{re.escape(host)}>?)")
    headers = [one for part in _of_type(report, "message/rfc822") for one in _inner(part)]
    for part in _of_type(report, "text/rfc822-headers"):
        headers.append(HeaderParser(policy=policy.compat32).parsestr(str(part.get_payload())))
    for one in headers:
        if found := own.fullmatch(_field(one, "Message-ID")):
            yield found[1], found[2]
    envelope = re.compile(r"([0-9a-f]{24})\.([0-9a-f]{8})")
    for part in _of_type(report, "message/delivery-status"):
        for one in _blocks(part)[:1]:
            if found := envelope.fullmatch(_field(one, "Original-Envelope-Id")):
                yield found[1], found[2]


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _field(one: Message, name: str) -> str:
    return one_line(str(one.get(name, "")))


def _action(one: Message) -> str:
    return _field(one, "Action").lower()[:20]


def _address(one: Message) -> str:
    """The address that was written to: as it was when it was sent, where the notice still knows it."""
    for name in ("Original-Recipient", "Final-Recipient"):
        if address := _field(one, name).partition(";")[2].strip():
            return address
    return ""


def _words(one: Message) -> str:
    """The status (RFC 3463) and the words of the server that refused it, as one line."""
    diagnostic = _field(one, "Diagnostic-Code").partition(";")[2].strip()
    return one_line(f"{_field(one, 'Status')} {diagnostic}")[:WORDS_CHARS_MAX] or "no reason is given"
