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

from commonweal.kernel.values import BadInput, Busy, Fault

HOW = "pip install 'commonweal[letters]' gives what is needed to lay letters out (Typst)"
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Source Han Sans CN", "Noto Serif CJK SC")
HOW_FONTS = f"install a font with Chinese ({', '.join(FONTS)}), for example Debian's package fonts-noto-cjk"
SOURCE = Path(__file__).with_name("letter.typ")
_PAGES = re.compile(rb"/Type\s*/Page\b(?!s)")
_MISSING = re.compile(r"(?:U\+|\\u\{)([0-9A-Fa-f]{2,6})")


@dataclass(frozen=True, slots=True)
class Laid:
    """A letter as PDF, its number of pages, and what laid it out."""

    pdf: bytes
    pages: int
    made_with: str


def can_typeset() -> bool:
    """Whether what laying out needs is installed."""
    return find_spec("typst") is not None


def typeset(letter: Mapping[str, Any]) -> Laid:
    """Lay a letter out. Raises `Busy` where Typst or a Chinese font is missing, `BadInput` for what the font lacks."""
    if not can_typeset():
        raise Busy(f"no letter can be laid out here yet; those that were written wait in the record: {HOW}")
    import typst

    font = _font()
    inputs = {"letter": json.dumps(letter, ensure_ascii=False), "fonts": json.dumps([font])}
    try:
        pdf = typst.compile(str(SOURCE), format="pdf", pdf_standards=["ua-1"], sys_inputs=inputs)
    except typst.TypstError as error:
        seen = _MISSING.search(str(error))
        raise BadInput(
            Fault("letter", f"U+{seen[1].upper()}" if seen else str(error)[:100], f"characters that {font} can show")
        ) from error
    return Laid(pdf, len(_PAGES.findall(pdf)), f"typst {version('typst')}, {font}")


@cache
def _font() -> str:
    import typst

    found = {item.lower(): item for item in typst.Fonts().families()}
    for name in FONTS:
        if name.lower() in found:
            return name
    raise Busy(f"no letter can be laid out here yet: {HOW_FONTS}")
