"""Text on its way into spreadsheets: none is run as a formula (OWASP, CSV injection).

In most of Europe a spreadsheet parts a line by semicolons, also within quotes that begin behind a comma: there what
follows a semicolon, a tab or a line's end within a text begins a cell of its own, and is defused as well.
"""

from __future__ import annotations

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_WITHIN = re.compile(r"""([;\t\r\n][ "]*)('*[=+\-@＝＋－＠])""")  # behind quotes of RFC 4180 a cell begins too
_DEFUSED = re.compile(r"""([;\t\r\n][ "]*)'('*[=+\-@＝＋－＠])""")


def defused(text: str) -> str:
    """Text that no spreadsheet runs as a formula: what begins like one, also within, gets an apostrophe in front."""
    risky = text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return "'" * risky + _WITHIN.sub(r"\1'\2", text)


def undefused(text: str) -> str:
    """Text as it was before `defused`."""
    if text.startswith("'") and text[1:].lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text[1:]):
        text = text[1:]
    return _DEFUSED.sub(r"\1\2", text)
