"""An authority with one mechanism whose filings carry attachments, and small whole files of each type."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from commonweal.authority import Act, Authority, Caller
from commonweal.instruments import Installed, discover
from commonweal.kernel.disclosure import PUBLIC, Attached, Attachment, Audience, Filing, Kind
from commonweal.kernel.instrument import Instrument
from commonweal.kernel.values import Text, instant
from commonweal.settings import Settings

WORDS = Text(en="Finding", zh="发现")
SETTINGS = Settings(Text(en="Test authority", zh="测试机关"), "log.example/files", instant("2026-01-01T00:00:00Z"))
LAB, OTHER = Caller("party:lab", ("developer",)), Caller("party:other", ("developer",))
KIND = "locker.finding"


class Finding(Filing):
    """What somebody found, with what shows it."""

    name: Annotated[str, PUBLIC]
    words: str | None = None
    evidence: Annotated[tuple[Attachment, ...] | None, Attached(bytes_max=2_000_000, count_max=3)] = None
    picture: Annotated[tuple[Attachment, ...] | None, PUBLIC, Attached(types=("png", "jpeg"), count_max=1)] = None


def installed() -> Mapping[str, Installed]:
    kinds = (Kind(KIND, Finding, WORDS, noun="finding", retention="registration", files=("developer", "officer")),)
    return {"locker": Installed(Instrument("locker", WORDS, WORDS, kinds=kinds), Path("."))}


def with_schedules() -> Mapping[str, Installed]:
    """The same beside the mechanism that brings schedules of retention with it."""
    return {**installed(), "model_registration": discover()["model_registration"]}


class Dial:
    """A clock that stands where it was put."""

    def __init__(self, now: str = "2026-03-01T09:00:00Z") -> None:
        self.at = instant(now)

    def now(self) -> datetime:
        return self.at


def founded(folder: Path, clock: Dial | None = None) -> Authority:
    return Authority.create(folder, SETTINGS, clock=clock or Dial(), installed=installed())


def opened(folder: Path, clock: Dial | None = None) -> Authority:
    return Authority.open(folder, clock=clock or Dial(), installed=installed())


def finding(name: str, *items: Attachment, field: str = "evidence", key: str = "", **more: Any) -> Act:
    return Act(KIND, {"name": name, field: [item.model_dump() for item in items], **more}, key=key)


def read(authority: Authority, index: int, sha256: str, *roles: str) -> bytes:
    """A file of an entry as somebody in these roles gets it."""
    shown = authority.presentation(index, Audience.of(*roles))
    return b"".join(authority.attachments.shown(shown, authority.kinds[KIND], sha256).pieces)


def uploaded(authority: Authority, data: bytes, name: str, party: str = LAB.party) -> Attachment:
    return authority.attachments.attach(in_pieces(data), name, party).attachment


def in_pieces(data: bytes, size: int = 50_000) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    """A chunk of a PNG (Third Edition, 5.3): length, type, data, CRC-32 of type and data."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\x00\xff"))
    + chunk(b"IEND")
)
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 40 + b"\xff\xd9"
ZIP = b"PK\x03\x04" + b"\x00" * 40 + b"PK\x05\x06" + b"\x00" * 18
