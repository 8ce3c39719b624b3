"""What an outbox is told of an effect when it carries it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from commonweal.engines.effects.mailing import Enclosure
from commonweal.kernel import notices
from commonweal.kernel.protocols.effects import effect
from commonweal.kernel.record import Entry, Reader


def to_send(reader: Reader, entry: Callable[[int], Entry], named: str) -> dict[str, Any]:
    """An effect's row, with the addresses that took it in an earlier run that failed for others.

    Of one that sends a letter also its `reference`, `sha256` and the PDF as an `enclosure`.
    """
    row = dict(effect(reader, named))
    if row["evidence"] is not None:
        row["taken"] = tuple(entry(row["evidence"]).body.get("taken", ()))
    letter = notices.enclosed(reader, named)
    if letter is not None:
        name = f"{letter['reference']}.pdf"
        data = entry(letter["issued"]).blob(notices.PDF)
        row |= {"reference": letter["reference"], "sha256": letter["sha256"], "path": f"/record/{letter['entry']}"}
        row["enclosure"] = Enclosure(name, "application/pdf", bytes(data))
    return row
