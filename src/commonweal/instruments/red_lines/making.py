"""How a run came to be that is one of an arm, and what speaks against taking it whole.

A person edited scores of it afterwards, its own log reports another number than its samples come to, or it broke off:
each of these may hide a danger. So what came counts towards danger alone. So it does where its log says that it brings
a part of its data set (`is_part`), until somebody independent says why nobody chose that part: who chooses the items
chooses the rate. Looks from before this was asked count as they did.
"""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader

WHOLE = "success"
"""What a log says of itself whose run came to its end."""


def doubts(reader: Reader, run: str) -> Iterator[str]:
    """What speaks against a run on record: codes of `words.DOUBTS`."""
    row = registry.subject(reader, run)
    body = row["body"] if row is not None and not row["erased"] else {}
    if body.get("edited"):
        yield "edited"
    if body.get("differs"):
        yield "differs"
    if body.get("status", WHOLE) != WHOLE:
        yield "broke_off"


def is_part(reader: Reader, run: str) -> bool:
    """Whether a run on record leaves out items of its data set, or epochs of them, as its log itself says; of runs from
    before that was kept nobody knows."""
    row = registry.subject(reader, run)
    body = row["body"] if row is not None and not row["erased"] else {}
    size = body.get("data_set")
    if size is None:
        return bool(body.get("part_taken"))
    return bool(body.get("items", 0) < size or body["samples"] < size * body.get("tries_planned", 1))
