"""Shared law as data: one TOML file a law text or legal calendar, dated and cited, in words of our own.

The files are only offered here. A text is in force for an authority once it is adopted in its record; the format is
described in `commonweal.kernel.obligations`. `eu/ai_act.toml` is offered as `eu.ai_act`, `calendars/us_ca.toml` as
`calendar.us_ca`.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["texts"]

_CALENDARS = "calendars"


def texts() -> dict[str, str]:
    """Every shared text by its id, calendars first, so that adopting them in this order lets each law find its own."""
    found = {name: item.read_text("utf-8") for name, item in _walk(files(__name__), "")}
    return dict(sorted(found.items(), key=lambda pair: (not pair[0].startswith("calendar."), pair[0])))


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for item in folder.iterdir():
        if item.is_dir():
            part = "calendar" if item.name == _CALENDARS else item.name
            found.extend(_walk(item, f"{prefix}{part}."))
        elif item.name.endswith(".toml"):
            found.append((f"{prefix}{item.name.removesuffix('.toml')}", item))
    return found
