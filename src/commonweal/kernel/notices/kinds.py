"""What is recorded of a letter: that it was written, with all that it says; and that it was issued, with its PDF."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.registry import Day
from commonweal.kernel.values import Text

PDF = "pdf"
LINES_MAX, PARAGRAPHS_MAX = 10, 60
Language = Literal["en", "zh"]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=6000)]
Target = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.\-]{0,60}$")]


class Wording(BaseModel):
    """A letter in one language: whose it is (name and postal lines), and what it says."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    language: Language
    office: list[Line] = Field(min_length=1, max_length=LINES_MAX)
    title: Annotated[str, Field(min_length=1, max_length=300)]
    paragraphs: list[Words] = Field(min_length=1, max_length=PARAGRAPHS_MAX)
    legal_basis: Words
    remedy: Words


class LetterWritten(Filing):
    """A letter, with everything that stands in it but its number, which follows from its place in the record.

    `prefix` and `year` begin its reference; `basis` is the entry on which it rests; `deliver` names the targets that
    get it.
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


class LetterIssued(Filing):
    """The PDF of a letter exists: its digest, and which software laid it out. The file itself is sealed beside."""

    letter: Annotated[int, PUBLIC, Field(ge=0)]
    reference: Annotated[str, PUBLIC, Field(max_length=60)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(gt=0)]
    pages: Annotated[int, PUBLIC, Field(gt=0)]
    made_with: Annotated[str, Field(max_length=200)]


WRITTEN = Kind(
    id="letter.written", schema=LetterWritten, title=Text(en="Letter written", zh="公函拟定"), files=("authority",)
)
ISSUED = Kind(
    id="letter.issued", schema=LetterIssued, title=Text(en="Letter issued", zh="公函签发"), files=("authority",)
)
KINDS = (WRITTEN, ISSUED)
