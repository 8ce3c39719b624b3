"""Breaking words into lines for a drawing, without measuring a font: wide characters count double."""

from __future__ import annotations

import unicodedata


def units(text: str) -> int:
    """How wide a text is, in characters of a Latin text of ordinary width."""
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def wrapped(text: str, units_max: int, lines_max: int) -> list[str]:
    """A text on at most `lines_max` lines of about `units_max` units; what does not fit is cut with an ellipsis."""
    rows: list[str] = [""]
    for part in _parts(text):
        if rows[-1] and units(rows[-1] + part) > units_max:
            rows.append("")
        rows[-1] = (rows[-1] + part).lstrip()
    if len(rows) > lines_max:
        last = rows[lines_max - 1]
        while last and units(last) >= units_max:
            last = last[:-1]
        rows = [*rows[: lines_max - 1], last.rstrip() + "…"]
    return [row.strip() for row in rows]


def _parts(text: str) -> list[str]:
    """Words with the space after them; characters of scripts that are written without spaces one by one."""
    parts: list[str] = []
    for ch in text:
        wide = unicodedata.east_asian_width(ch) in "WF"
        if (
            parts
            and not wide
            and not parts[-1].endswith(" ")
            and unicodedata.east_asian_width(parts[-1][-1]) not in "WF"
        ):
            parts[-1] += ch
        else:
            parts.append(ch)
    return parts
