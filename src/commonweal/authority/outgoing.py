"""What an outbox is told of an effect when it carries it out."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonweal.engines.effects import HOW, can_send
from commonweal.engines.effects.mailing import Enclosure, mark
from commonweal.engines.effects.returned import READ_BYTES_MAX, Returned, read_returned
from commonweal.kernel import notices, persons
from commonweal.kernel.protocols.effects import effect
from commonweal.kernel.protocols.outlets import Outlet
from commonweal.kernel.record import AUTHORITY, Entry, Reader, RecordStore, Row
from commonweal.kernel.values import NotFound, Text
from commonweal.settings import Settings

CONFIRM, STOP = "confirm", "stop"
MAIL_PATH, LETTERS_PATH, RETURN_PATH = "/mail", "/letters", "/return"
__all__ = ["READ_BYTES_MAX", "MailLinks", "Returned", "marks_of", "pdf_of", "read_returned", "taken_out", "to_send"]
_CONFIRM = Text(
    en="Confirm this address\n\nSomebody asked at {office} that notices be sent to this address. If it was you, "
    "confirm it here: {link}\n\nIf it was not, do nothing: you will get no further mail.",
    zh="请确认此地址\n\n有人在{office}请求将通知发送至此地址。如系您本人，请在此确认：{link}\n\n如非您本人，无需任何操作，您将不会再收到邮件。",
)
_DIGEST = Text(
    en="{said}\n\nRead it here: {read}\nGet no more of these: {link}\nIt says only how many, because mail can be read "
    "on its way.",
    zh="{said}\n\n请在此查看：{read}\n不再接收此类邮件：{link}\n邮件在传输途中可能被他人读取，因此仅列数量。",
)


@dataclass(frozen=True)
class MailLinks:
    """Links in mails that do one thing without signing in, to nobody but who can read the mail: under a `seed` of ours.

    `address` is that of the service ("": it has none, and no such mail can be sent), `office` what it is called.
    """

    office: Text
    address: str
    seed: Callable[[], bytes]

    def token(self, asked: int, what: str) -> str:
        """For the mails that an entry asked for: `confirm` their address, or `stop` the digests."""
        sealed = hmac.new(self.seed(), f"{what}\n{asked}".encode(), "sha256").hexdigest()[:40]
        return f"{what}-{asked}-{sealed}"

    def read(self, token: str) -> tuple[str, int]:
        """What a token is for, and of which entry. Raises `NotFound` for one that is not ours."""
        what, _, rest = token.partition("-")
        asked = rest.partition("-")[0]
        known = what in (CONFIRM, STOP) and asked.isascii() and asked.isdigit() and len(asked) < 16
        if not known or not hmac.compare_digest(self.token(int(asked), what).encode(), token.encode()):
            raise NotFound("link of a mail", token[:80], "copy the whole address out of the mail")
        return what, int(asked)

    def link(self, asked: int, what: str) -> str:
        return f"{self.address}{MAIL_PATH}/{self.token(asked, what)}"


def pdf_of(entry: Callable[[int], Entry], store: RecordStore, letter: Row) -> bytes | None:
    """The PDF of a letter that was issued; None where it said who reported, and was destroyed with what did."""
    apart = store.placed(AUTHORITY, notices.laid_out(letter["entry"]))
    found = entry(letter["issued"] if apart is None else apart[0].index)
    return None if found.erased else bytes(found.blob(notices.PDF))


def taken_out(reader: Reader, outlets: Mapping[str, Outlet], pdf: Callable[[Row], bytes | None]) -> None:
    """Take every letter that was destroyed out of the folders that it was put into; what was fetched there is not ours
    any more.
    """
    folders = {name: Path(one.addresses[0]) for name, one in outlets.items() if one.way == "folder"}
    for letter in notices.letters(reader):
        into = [folders[name] for name in letter["deliver"] if name in folders]
        if into and letter["issued"] is not None and pdf(letter) is None:
            for folder in into:
                (folder / f"{letter['reference']}.pdf").unlink(missing_ok=True)


def to_send(
    reader: Reader, entry: Callable[[int], Entry], pdf: Callable[[Row], bytes | None], links: MailLinks, named: str
) -> dict[str, Any]:
    """An effect's row, with the addresses that took it in an earlier run that failed for others.

    Of one that sends a letter also its `reference`, `sha256` and the PDF as an `enclosure`, or that it is `destroyed`;
    of one that goes to a person's own address the `outlet` (None where they want none any more).
    """
    row = dict(effect(reader, named))
    if row["evidence"] is not None:
        row["taken"] = tuple(entry(row["evidence"]).body.get("taken", ()))
    letter = notices.enclosed(reader, named)
    if letter is not None:
        name = f"{letter['reference']}.pdf"
        data = pdf(letter)
        row |= {"reference": letter["reference"], "sha256": letter["sha256"], "path": f"/record/{letter['entry']}"}
        row |= {"destroyed": True} if data is None else {"enclosure": Enclosure(name, "application/pdf", data)}
    own = notices.own(reader, named)
    if own is None:  # of a person whose address was destroyed nothing is left here
        return {**row, "outlet": None} if row["target"] == notices.ADDRESSEE else row
    return row | _own(row, {**own, "mail": address_of(own, entry)}, links)


def address_of(own: Mapping[str, Any], entry: Callable[[int], Entry]) -> str:
    """The address that an effect for one person goes to (`notices.own`), read where it is sealed; "" for none."""
    return str(entry(own["asked"]).body.get("mail", "")) if own["sealed"] else str(own["mail"])


def _own(row: dict[str, Any], own: dict[str, Any], links: MailLinks) -> dict[str, Any]:
    """What goes to a person's own address: where to, in their language, with the links that are for them alone."""
    said = own["what"] in ("confirm", "digest")
    where = Outlet(row["target"], "mail", (own["mail"],), whole=said, language=own["language"])
    path = RETURN_PATH if own["party"].startswith(persons.ANONYMOUS) else LETTERS_PATH
    found: dict[str, Any] = {"outlet": where if own["mail"] and links.address else None, "path": path, "bare": said}
    found["reference"] = row.get("reference") or row["effect"].removeprefix("effect:")[:12]
    if own["what"] == "confirm":
        link = links.link(own["asked"], CONFIRM)
        found["text"] = {one: _CONFIRM[one].format(office=links.office.in_(one), link=link) for one in _CONFIRM}
    if own["what"] == "digest":
        found["unsubscribe"] = links.link(own["asked"], STOP)
        values = {"read": f"{links.address}{path}", "link": found["unsubscribe"]}
        found["text"] = {one: _DIGEST[one].format(said=said_, **values) for one, said_ in row["text"].items()}
    return found


def marks_of(addresses: Sequence[str]) -> list[str]:
    """By what evidence names the mail addresses that have something, which are not to be read from it."""
    return [mark(one) for one in addresses]


def lacks_to_send() -> str:
    """What is to be installed before anything can be sent from here; empty: nothing."""
    return "" if can_send() else HOW


def leaves(settings: Settings) -> bool:
    """Whether anything can leave this process: what sending needs is installed, and it is no replay or exercise."""
    return can_send() and not (settings.replay or settings.exercise)
