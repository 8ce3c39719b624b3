"""What an answer says of values that came too late to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonweal.authority import Authority
from commonweal.kernel import thresholds

_COUNT = {"type": "integer", "minimum": 0}
TOO_LATE: dict[str, Any] = {
    "too_late": {
        "type": ["array", "null"],
        "description": "By rule, the values that came later than it allows: they stand in the series, and it judges "
        "nothing again by them. null where the record was not followed so far yet: ask for the receipt again.",
        "items": {
            "type": "object",
            "required": ["rule", "entry", "subjects", "count", "first", "last"],
            "properties": {
                "rule": {"type": "string"},
                "entry": _COUNT,
                "subjects": {**_COUNT, "description": "About how many subjects"},
                "count": {**_COUNT, "description": "How many values"},
                "first": {"type": "string", "description": "The first period that they are about"},
                "last": {"type": "string", "description": "The last one"},
            },
        },
    }
}


def too_late(authority: Authority, entries: Sequence[int]) -> dict[str, Any]:
    """`too_late` of an answer about entries, as its schema says."""
    followed = not entries or authority.followed > max(entries)
    return {"too_late": thresholds.late_in(authority.reader, entries) if followed else None}
