"""What is recorded of a letter: that one was asked for, what it says, and its PDF; and who wants to be told by mail."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from commonweal.kernel.disclosure.kinds import PERSONAL, PUBLIC, WHO_REPORTED, Filing, Index, Kind, Marking
from commonweal.kernel.persons.kinds import HOLDERS
from commonweal.kernel.registry import Day
from commonweal.kernel.values import Text

from .templates import TEXT_CHARS_MAX

PDF = "pdf"
MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,250}[A-Za-z0-9])?")
"""An address that a header can hold as it stands: no spaces, quotes, comments or line ends."""
LINES_MAX, PARAGRAPHS_MAX = 10, 60
Language = Literal["en", "zh"]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=6000)]
Target = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.\-]{0,60}$")]
Party = Annotated[str, Field(pattern=r"^(party:[a-z0-9][a-z0-9:_.\-]{0,95})?$")]
Every = Literal["day", "week", "never"]


class Wording(BaseModel):
    """A letter in one language: whose it is (name and postal lines), and what it says."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, str_strip_whitespace=True)
    language: Language
    office: list[Line] = Field(min_length=1, max_length=LINES_MAX)
    title: Annotated[str, Field(min_length=1, max_length=300)]
    paragraphs: list[Words] = Field(min_length=1, max_length=PARAGRAPHS_MAX)
    legal_basis: Words
    remedy: Words


Told = (
    Annotated[str, Field(max_length=TEXT_CHARS_MAX)] | dict[Language, Annotated[str, Field(max_length=TEXT_CHARS_MAX)]]
)


class LetterWanted(Filing):
    """A letter is to be written: from which template, to whom, with which values (one for each language, where not the
    same in both).

    `party` is who may read it by signing in or by return code; `to` stands on it (left out, how that party is called);
    `basis` names the entry on which it rests, `deliver` the targets that get it.
    """

    template: Annotated[str, Field(max_length=120)]
    party: Party = ""
    to: list[Line] = Field(default=[], max_length=LINES_MAX)
    values: dict[Annotated[str, Field(max_length=60)], Told] = Field(default={}, max_length=40)
    languages: list[Language] = Field(default=["en", "zh"], min_length=1, max_length=2)
    basis: Annotated[int | None, PUBLIC, Field(ge=0)] = None
    deliver: list[Target] = Field(default=[], max_length=20)


class LetterToReporter(LetterWanted):
    """The same of one to whoever reported something, with name and address: these say who they are, as what they may
    have left to be reached by does. They are kept with that and destroyed with it, and stand in this entry and in the
    PDF alone: what `letter.written` says is addressed to whoever filed the report.
    """

    party: Annotated[Party, Marking.RED] = ""
    to: Annotated[list[Line], Marking.RED, Field(min_length=1, max_length=LINES_MAX)]


class LetterWritten(Filing):
    """A letter, with everything that stands in it but its number, which follows from its place in the record.

    `prefix` and `year` begin its reference; `basis` is the entry on which it rests; `deliver` names the targets that
    get it. `party` is to whom it is addressed, where that is a party here, `until` the day it sets, and `wanted` the
    entry that asked for it: of a case, where there is a `case`.
    """

    prefix: Annotated[str, PUBLIC, Field(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]
    year: Annotated[int, PUBLIC, Field(ge=1900, le=2200)]
    dated: Day
    basis: Annotated[int | None, PUBLIC, Field(ge=0)] = None
    template: Annotated[str, Field(max_length=120)]
    template_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    to: list[Line] = Field(min_length=1, max_length=LINES_MAX)
    wordings: list[Wording] = Field(min_length=1, max_length=2)
    deliver: list[Target] = Field(default=[], max_length=20)
    party: Annotated[Party, PERSONAL] = ""
    until: Day | None = None
    case: Annotated[str, PUBLIC, Field(max_length=120)] = ""
    wanted: Annotated[int | None, PUBLIC, Field(ge=0)] = None


class LetterIssued(Filing):
    """The PDF of a letter exists: its digest, and which software laid it out. The file itself is sealed beside."""

    letter: Annotated[int, PUBLIC, Field(ge=0)]
    reference: Annotated[str, PUBLIC, Field(max_length=60)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(gt=0)]
    pages: Annotated[int, PUBLIC, Field(gt=0)]
    made_with: Annotated[str, Field(max_length=200)]


def _address(value: str) -> str:
    if value and not MAIL.fullmatch(value):
        raise ValueError("a mail address such as ada@home.example, in ASCII; or nothing")
    return value


class LetterWithdrawn(Filing):
    """A letter that was written and not issued is not issued any more; it keeps its number."""

    letter: Annotated[Index, PUBLIC]
    reasons: Annotated[str, Field(min_length=1, max_length=2000)]


class LetterLaidOut(Filing):
    """The PDF of a letter that says who reported: sealed beside this, apart from the entry of its issue."""

    letter: Annotated[int, Field(ge=0)]


class MailAsked(Filing):
    """Whoever files this wants to be told by mail, at this address: of letters to them, and in a digest `every` so
    often. It counts once the address is confirmed; an empty address ends it.
    """

    mail: Annotated[str, Marking.AMBER_STRICT, Field(max_length=320), AfterValidator(_address)]
    every: Annotated[Every, Marking.AMBER_STRICT] = "never"
    language: Annotated[Language, Marking.AMBER_STRICT] = "en"


class MailOfReporter(MailAsked):
    """The same of somebody who filed without a key: the address says who they are, as what they may have left to be
    reached by does. It is kept with that and destroyed with it, it stands in no table, and no officer reads it.
    """

    mail: Annotated[str, Marking.RED, Field(max_length=320), AfterValidator(_address)]
    every: Annotated[Every, Marking.RED] = "never"
    language: Annotated[Language, Marking.RED] = "en"


class MailConfirmed(Filing):
    """Whoever reads the mail of an address that was given said that it is theirs: `asked` is the entry that gave it."""

    asked: Annotated[int, PUBLIC, Field(ge=0)]


class DigestsStopped(Filing):
    """Whoever gets the digests asked for by an entry wants none any more, and said so by the link in one of them."""

    asked: Annotated[int, PUBLIC, Field(ge=0)]


def _kind(id: str, schema: type[Filing], en: str, zh: str, files: tuple[str, ...] = ()) -> Kind:
    """A kind that roles file, or else the house itself."""
    return Kind(id=id, schema=schema, title=Text(en=en, zh=zh), files=files, by_house=not files)


WANTED = _kind("letter.wanted", LetterWanted, "Letter asked for", "请求拟函", ("authority", "officer"))
WRITTEN = _kind("letter.written", LetterWritten, "Letter written", "公函拟定")
ISSUED = _kind("letter.issued", LetterIssued, "Letter issued", "公函签发")
WITHDRAWN = _kind("letter.withdrawn", LetterWithdrawn, "Letter withdrawn", "公函撤回", ("authority",))
ASKED = Kind(
    id="notice.asked",
    schema=MailAsked,
    title=Text(en="Mail asked for", zh="请求邮件通知"),
    files=HOLDERS,
)
TO_REPORTER = Kind(
    id="letter.wanted_to_reporter",
    schema=LetterToReporter,
    title=Text(en="Letter to a reporter asked for", zh="请求拟致报告人函"),
    files=("authority", "officer"),
    retention=WHO_REPORTED,
    confidential=True,
)
LAID_OUT = Kind(
    id="letter.laid_out_to_reporter",
    schema=LetterLaidOut,
    title=Text(en="Letter to a reporter laid out", zh="致报告人函已排版"),
    files=(),
    by_house=True,
    retention=WHO_REPORTED,
    confidential=True,
)
OF_REPORTER = Kind(
    id="notice.asked_by_reporter",
    schema=MailOfReporter,
    title=Text(en="Mail asked for by a reporter", zh="报告人请求邮件通知"),
    files=("reporter",),
    retention=WHO_REPORTED,
    confidential=True,
)
CONFIRMED = Kind(
    id="notice.confirmed",
    schema=MailConfirmed,
    title=Text(en="Mail address confirmed", zh="邮件地址已确认"),
    files=(),
    by_house=True,
    confidential=True,  # else it would say of which entry in confidence that it gave an address
)
STOPPED = _kind("notice.stopped", DigestsStopped, "Digests stopped", "摘要已停发")
KINDS = (WANTED, TO_REPORTER, WRITTEN, LAID_OUT, ISSUED, WITHDRAWN, ASKED, OF_REPORTER, CONFIRMED, STOPPED)
