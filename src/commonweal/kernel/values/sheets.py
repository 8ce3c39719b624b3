"""Text on its way into spreadsheets: none is run as a formula (OWASP, CSV injection)."""

from __future__ import annotations

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


def defused(text: str) -> str:
    """Text that no spreadsheet runs as a formula: one that begins like a formula gets an apostrophe in front."""
    risky = text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return "'" + text if risky else text
