"""What the answer to a report says of what whoever filed it owes by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonweal import dues
from commonweal.authority import Authority
from commonweal.kernel.instrument import Act

from .operations import Asked

_TEXT = {"type": "object", "description": "A text by language", "additionalProperties": {"type": "string"}}
_SENTENCES = {"type": "array", "items": _TEXT}
OWED: dict[str, Any] = {
    "owed": {
        "type": ["array", "null"],
        "description": "Of what people report: what the filer and their organisation owe on it, or have met by it, as "
        "far as the facts go, soonest first. null where that is not worked out yet: ask "
        "GET /api/v1/duties?subject=… in a moment. Absent for other filings, and for keys that may not read.",
        "items": {
            "type": "object",
            "required": ["rule", "duty", "law", "citation", "party", "to", "state", "ends", "missing"],
            "properties": {
                "rule": {"type": "string", "description": "GET /regimes/{rule} has it in words"},
                "duty": _TEXT,
                "law": _TEXT,
                "citation": {"type": "string"},
                "party": {"type": "string", "description": "Who owes it"},
                "to": {**_TEXT, "type": ["object", "null"], "description": "To whom, in the law's words"},
                "state": {
                    "type": "string",
                    "description": "As GET /api/v1/duties has it; met_late for what was met after its last day",
                },
                "ends": {
                    "type": ["string", "null"],
                    "description": "The last day where the law applies, or the instant (UTC) of a clock that ends "
                    "within a day; of what is unknown, the one that would hold; null without a date",
                },
                "missing": {**_SENTENCES, "description": "The facts that are not known"},
                "why": {
                    **_SENTENCES,
                    "description": "Why it is owed, and why by then; of what is still to be met, and not "
                    "in answers about several filings",
                },
            },
        },
    }
}


def owed(authority: Authority, filed: Sequence[tuple[Act, int]], asked: Asked) -> list[dict[str, Any]]:
    """`owed` of the answer, for each act and the entry that it is, as its schema says; that it is told is logged.

    Waits for what follows from the entries where that is soon done.
    """
    told = {kind for kind in {act.kind for act, _ in filed} if dues.told_with(authority, authority.kinds[kind])}
    if not told or not asked.asking.may_read:
        return [{} for _ in filed]
    dues.catch_up(authority)
    answers = [_of(authority, act, index, asked, len(filed) == 1) if act.kind in told else {} for act, index in filed]
    asked.sight.logged()
    return answers


def _of(authority: Authority, act: Act, index: int, asked: Asked, why: bool) -> dict[str, Any]:
    found = dues.of(authority, index, dues.speaking(asked.asking.caller, act.body))
    if found is None:
        return {"owed": None}
    asked.sight.owed(found.rows)
    return {"owed": dues.as_data(found, why=why)}
