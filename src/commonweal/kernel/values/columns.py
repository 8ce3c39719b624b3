"""What a column of somebody's table holds, in the words that a person has for it."""

from __future__ import annotations

import re

_KINDS = {
    "String": "text",
    "Categorical": "text by category",
    "Enum": "text by category",
    "Date": "days",
    "Datetime": "instants",
    "Time": "times of day",
    "Duration": "lengths of time",
    "Boolean": "true or false",
    "Float": "floating-point numbers",
    "Int": "whole numbers",
    "UInt": "whole numbers from 0",
    "Decimal": "decimal numbers",
    "Binary": "bytes",
    "List": "lists",
    "Array": "lists",
    "Struct": "records",
    "Null": "nothing",
}
_UNITS = {"ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def column_kind(found: object) -> str:
    """The type of a column in words: `floating-point numbers of 64 bits`, `instants in microseconds UTC`."""
    text = str(found)
    name, bits = re.match(r"([A-Za-z]*)(\d*)", text).groups()  # type: ignore[union-attr]
    kind = _KINDS.get(name, "values of another kind")
    if bits:
        return f"{kind} of {bits} bits"
    if name != "Datetime":
        return kind
    unit, zone = re.search(r"'(\w\w)'", text), re.search(r"time_zone='([^']+)'", text)
    return f"{kind} in {_UNITS[unit[1]] if unit else 'some unit'} {zone[1] if zone else 'without a time zone'}"
