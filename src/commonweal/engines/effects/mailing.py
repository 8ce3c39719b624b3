"""What is sent by mail: one message to each address, so that each is taken or refused for itself and sees no other.

A message says that something waits, under which reference, and where to sign in: mail is read under way, and nothing
that is not public is said in it. Only for a target that the settings call `whole` does it hold what is said.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from commonweal.kernel.protocols.outlets import Outlet, Relay
from commonweal.kernel.values import LANGUAGES, Text

SUBJECT_CHARS_MAX = 150
TIMEOUT_S = 10.0
_SUBJECT = Text(en="{office}: something waits for you ({reference})", zh="{office}：有内容等待您查看（{reference}）")
_BODY = Text(
    en="Something waits for you at {office}.\nReference: {reference}\n{where}\nThis message was sent automatically. It "
    "holds nothing of what it is about, because mail can be read on its way.",
    zh="{office}有内容等待您查看。\n编号：{reference}\n{where}\n本邮件由系统自动发送。邮件在传输途中可能被他人读取，因此不含所涉内容。",
)
_LINK = Text(en="Sign in to read it: {link}", zh="请登录查看：{link}")
_NO_LINK = Text(en="Sign in to the service to read it.", zh="请登录服务查看。")


@dataclass(frozen=True, slots=True)
class Office:
    """In whose name mail is sent: the log's origin, the authority's name, and the address of its service ("": none)."""

    origin: str
    name: Text
    address: str = ""

    @property
    def host(self) -> str:
        return str(urlsplit(f"//{self.origin}").hostname)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with what is said."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mailed:
    """What became of a message to several addresses: the marks of those who have it, and what to say of it.

    `later` says that it may be tried again with some who neither took nor refused it.
    """

    taken: tuple[str, ...]
    later: bool
    status: str


def message(
    office: Office,
    outlet: Outlet,
    row: Mapping[str, Any],
    *,
    sender: str,
    to: str,
    enclosures: Sequence[Enclosure] = (),
) -> EmailMessage:
    """The message to one address: the same bytes, under the same Message-ID, each time it is sent.

    `row` is the effect: `reference` names what waits (else its case), `path` where on the service it stands,
    `unsubscribe` the address where one says, in one click and without signing in, that one wants no more (RFC 8058).
    """
    languages = (outlet.language,) if outlet.language else LANGUAGES
    letter = EmailMessage(policy=SMTP)
    letter["From"] = _address(sender, one_line(office.name.in_(languages[0])))
    letter["To"] = _address(to)
    letter["Date"] = format_datetime(datetime.fromisoformat(row["requested_at"]))
    letter["Message-ID"] = f"<{own_id(row['effect'], to)}@{office.host}>"
    letter["Auto-Submitted"] = "auto-generated"
    if "unsubscribe" in row:
        letter["List-Unsubscribe"] = f"<{row['unsubscribe']}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    reference = str(row.get("reference") or row["case"])
    subject, body = _whole(office, reference, row, languages) if outlet.whole else _waits(office, row, languages)
    letter["Subject"] = one_line(subject)[:SUBJECT_CHARS_MAX]
    letter.set_content(body, cte="quoted-printable" if body.isascii() else "base64")
    letter["Content-Language"] = ", ".join({"zh": "zh-CN"}.get(one, one) for one in languages)
    for enclosed in enclosures if outlet.whole else ():
        main, _, sub = enclosed.media_type.partition("/")
        letter.add_attachment(enclosed.data, maintype=main, subtype=sub, filename=enclosed.name)
    if letter.is_multipart():
        letter.set_boundary(f"={sha256(letter['Message-ID'].encode()).hexdigest()[:40]}")
    return letter


def own_id(effect: str, address: str) -> str:
    """By what a message is found again: of its effect and address; short, as some read no Message-ID that is folded."""
    return f"{effect.removeprefix('effect:')[:24]}.{mark(address)[:8]}"


def mark(address: str) -> str:
    """By what an address is told from others where it is not to be read."""
    return sha256(address.encode()).hexdigest()[:16]


def _address(plain: str, name: str = "") -> Address:
    user, _, domain = plain.rpartition("@")
    return Address(name, user, domain)


def _waits(office: Office, row: Mapping[str, Any], languages: Sequence[str]) -> tuple[str, str]:
    reference = str(row.get("reference") or row["case"])
    link = f"{office.address}{row.get('path') or '/'}" if office.address else ""
    subjects, bodies = [], []
    for language in languages:
        where = _LINK.in_(language).format(link=link) if link else _NO_LINK.in_(language)
        values = {"office": one_line(office.name.in_(language)), "reference": reference, "where": where}
        subjects.append(_SUBJECT.in_(language).format(**values))
        bodies.append(_BODY.in_(language).format(**values))
    return " / ".join(subjects), "\n\n".join(bodies) + "\n"


def _whole(office: Office, reference: str, row: Mapping[str, Any], languages: Sequence[str]) -> tuple[str, str]:
    said = [text for language in languages if (text := row["text"].get(language))] or list(row["text"].values())
    first = next((line for text in said for line in text.splitlines() if line.strip()), "")
    named = [] if row.get("bare") else [f"{reference}\n{row['effect']}"]
    body = "\n\n".join([*dict.fromkeys(said), *named]) + "\n"
    return f"{one_line(office.name.in_(languages[0]))}: {first or reference}", body


def one_line(text: str) -> str:
    """Text as one line of printable characters: what a header may hold, whoever wrote it."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())


def mail(
    relay: Relay, letters: Callable[[str], EmailMessage], addresses: Sequence[str], taken: Collection[str] = ()
) -> Mailed:
    """Hand one message for each address to the relay, but for those who are marked as having `taken` theirs.

    Raises `OSError` and `SMTPException` where the relay could not be spoken to at all. What it did not confirm counts
    as not taken: cut off after the last line, it may come twice, under one Message-ID.
    """
    done, later, said = list(taken), False, ""
    with smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT_S) as smtp:
        if relay.starttls:
            smtp.starttls(context=ssl.create_default_context())
        if relay.user:
            smtp.login(relay.user, os.path.expandvars(relay.password))
        smtp.ehlo_or_helo_if_needed()
        for address in [one for one in addresses if mark(one) not in taken]:
            try:
                letter = letters(address)
                options = _asked_back(letter) if smtp.has_extn("dsn") else ()
                smtp.sendmail(relay.sender, [address], bytes(letter), options)
                done.append(mark(address))
            except (smtplib.SMTPException, OSError) as error:
                code, words = _answer(error)
                later, said = later or code < 500, said or f"{address}: {words}"
                if smtp.sock is None:  # cut off: the others wait for another connection
                    later = later or address != addresses[-1]
                    break
    return Mailed(tuple(done), later, _status(done, addresses, said))


def _asked_back(letter: EmailMessage) -> tuple[str, ...]:
    """Under which envelope a server is to say that it cannot deliver, and with no more than headers (RFC 3461)."""
    return "RET=HDRS", f"ENVID={str(letter['Message-ID']).strip('<>').partition('@')[0]}"


def _answer(error: Exception) -> tuple[int, str]:
    """What a server answered about one message: its code (0 where it said nothing) and its words."""
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    else:
        return 0, one_line(str(error)) or "no answer in time"
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return (code if code > 0 else 0), one_line(f"{code} {text}")


def _status(done: Sequence[str], addresses: Sequence[str], said: str) -> str:
    if not said:
        return "250 accepted by the relay" + (f" for {len(addresses)} addresses" if len(addresses) > 1 else "")
    return f"{len(done)} of {len(addresses)} taken; {said}"[:200]
