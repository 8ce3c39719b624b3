"""What was taken back from everybody of what an entry says: told in its place, with why and by which entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel.disclosure import TakenBack

from .site import View


def told(view: View, taken: Mapping[str, TakenBack]) -> list[dict[str, Any]]:
    """The fields that were taken back, together where one entry took them back for one reason."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for name, one in taken.items():
        why = one.why.in_(view.language.code)
        line = found.setdefault((one.entry, why), {"entry": one.entry, "why": why, "fields": []})
        line["fields"].append(name)
    return list(found.values())
