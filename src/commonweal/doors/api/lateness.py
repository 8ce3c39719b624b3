"""What an answer says of what came too late: values that no rule judges, reports and voices that no case counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.authority import Authority
from commonweal.kernel import protocols, thresholds

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


NOT_COUNTED: dict[str, Any] = {
    "not_counted": {
        "type": "object",
        "description": "Of a report, voice or hand-over that came after its step's deadline: why it does not count, by "
        "language. It is kept, and the case's timeline says the same. Absent where it counts.",
        "additionalProperties": {"type": "string"},
    }
}


def not_counted(authority: Authority, kind: str, body: Mapping[str, Any], index: int) -> dict[str, Any]:
    """`not_counted` of the answer to a filing for a case, where there is anything to say."""
    if not protocols.is_move(kind):
        return {}
    authority.follow()
    why = protocols.not_counted(authority.reader, str(body.get("case")), index)
    return {"not_counted": dict(why)} if why is not None else {}


def too_late(authority: Authority, entries: Sequence[int]) -> dict[str, Any]:
    """`too_late` of an answer about entries, as its schema says."""
    followed = not entries or authority.followed > max(entries)
    return {"too_late": thresholds.late_in(authority.reader, entries) if followed else None}
