"""The text of a threshold rule that is in force."""

from __future__ import annotations

from commonweal.kernel import registry
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import BadInput, Fault


def adopted_text(rule: str, reader: Reader) -> str:
    """The text of an adopted threshold rule. Raises `NotFound`, or `BadInput` where it is a rule of another room."""
    row = registry.text_in_force(reader, rule)
    if row["room"] != "thresholds":
        raise BadInput(Fault("rule", rule, f"a threshold rule; this one is of the room {row['room']}"), "rule")
    return str(row["text"])
