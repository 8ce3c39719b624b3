"""Letters laid out as PDF by Typst: tagged (PDF/UA-1), the same bytes for the same letter, fonts and version.

Everything in a letter is data to the layout, never markup. Fonts are embedded; those of the system are used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from commonweal.kernel.values import BadInput, Busy, Fault, Turns

HOW = "pip install 'commonweal[letters]' gives what is needed to lay letters out (Typst)"
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Source Han Sans CN", "Noto Serif CJK SC")
HOW_FONTS = f"install a font with Chinese ({', '.join(FONTS)}), for example Debian's package fonts-noto-cjk"
SOURCE = Path(__file__).with_name("letter.typ")
_PAGES = re.compile(rb"/Type\s*/Page\b(?!s)")
_MISSING = re.compile(r'the text `"(?:\\u\{([0-9A-Fa-f]{1,6})\}|([^\\"]))')
REPLACED_MAX = 40
# Laying out takes a core and memory for as long as it lasts: one at a time leaves the rest to who files.
TURNS = Turns("a letter or a PDF", at_once=1, waiting_max=8, wait_s=30)


@dataclass(frozen=True, slots=True)
class Laid:
    """A letter as PDF, its number of pages, and what laid it out."""

    pdf: bytes
    pages: int
    made_with: str


def can_typeset() -> bool:
    """Whether what laying out needs is installed."""
    return find_spec("typst") is not None


def typeset(letter: Mapping[str, Any], *, lenient: bool = False) -> Laid:
    """Lay a letter out. Raises `Busy` where Typst or a Chinese font is missing, `BadInput` for what the font lacks.

    `lenient`: a character that no font here can show stands as its number, `[U+13000]`, at most `REPLACED_MAX` of them.
    """
    check_ready()
    import typst

    font, text, replaced = _font(), json.dumps(letter, ensure_ascii=False), 0
    while True:
        inputs = {"letter": text, "fonts": json.dumps([font])}
        try:
            pdf = typst.compile(str(SOURCE), format="pdf", pdf_standards=["ua-1"], sys_inputs=inputs)
            break
        except typst.TypstError as error:
            missing = _missing(str(error))
            if not (lenient and missing and missing in text and replaced < REPLACED_MAX):
                seen = f"U+{ord(missing):04X}" if missing else str(error)[:100]
                raise BadInput(Fault("letter", seen, f"characters that {font} can show")) from error
            text, replaced = text.replace(missing, f"[U+{ord(missing):04X}]"), replaced + 1
    return Laid(pdf, len(_PAGES.findall(pdf)), f"typst {version('typst')}, {font}")


def check_ready() -> None:
    """Raise `Busy` where Typst or a Chinese font is missing."""
    if not can_typeset():
        raise Busy(f"no PDF can be laid out here yet; letters that were written wait in the record: {HOW}")
    _font()


def _missing(problem: str) -> str:
    """The character that could not be shown, as Typst names it; "" where it says something else."""
    seen = _MISSING.search(problem)
    if seen is None:
        return ""
    return chr(int(seen[1], 16)) if seen[1] else seen[2]


@cache
def ready() -> bool:
    """Whether letters can be laid out in this process: Typst is installed, and a font with Chinese."""
    try:
        return can_typeset() and bool(_font())
    except Busy:
        return False


@cache
def _font() -> str:
    import typst

    found = {item.lower(): item for item in typst.Fonts().families()}
    for name in FONTS:
        if name.lower() in found:
            return name
    raise Busy(f"no PDF can be laid out here yet: {HOW_FONTS}")
