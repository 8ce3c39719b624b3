"""Guarantees in figures: a quantity within bounds, with a confidence, by a method, as an entry shows it.

Who binds evidence to one has its interval from there, so that no figure is typed beside the entry that says another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fault, Reader, Row

KIND = "safety_cases.guarantee"


def interval(row: Row | None) -> tuple[float, float, str] | None:
    """Between which bounds it lies how likely a guarantee holds, and its method; None of what is no guarantee."""
    if row is None or row["kind"] != KIND or not row["body"]:
        return None
    return float(row["body"]["confidence"]), 1.0, str(row["body"]["by_method"])


def faults_of(body: Mapping[str, Any], reader: Reader) -> Iterator[Fault]:
    """A guarantee rests on an entry that is there, and that can show something."""
    row = registry.version_at(reader, int(body["source"]))
    if row is None or row["erased"]:
        want = "an entry that stands on the register: a version of an evaluation, a test, a proof …"
        yield Fault("source", str(body["source"]), want, "reference")
