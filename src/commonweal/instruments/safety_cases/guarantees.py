"""Guarantees in figures: a quantity within bounds, with a confidence, by a method, as an entry shows it.

Who binds evidence to one has its interval from there, so that no figure is typed beside the entry that says another.
The bounds themselves are held against what the entry says of that quantity, where it says a figure of it under the same
name: a number of a run of an evaluation as it follows from the samples, or the bounds of another guarantee.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf, isfinite
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fault, Filer, Reader, Row
from commonweal.kernel.values import shown

KIND = "safety_cases.guarantee"
STEWARDS = ("officer", "authority")
Span = tuple[float, float]


def interval(row: Row | None) -> tuple[float, float, str] | None:
    """Between which bounds it lies how likely a guarantee holds, and its method; None of what is no guarantee."""
    if row is None or row["kind"] != KIND or not row["body"]:
        return None
    return float(row["body"]["confidence"]), 1.0, str(row["body"]["by_method"])


def sources(reader: Reader, entry: int) -> list[int]:
    """The entries on which a guarantee rests, the nearest first: its source, and where that is a guarantee the source
    of that. None of what is no guarantee."""
    found, row = list[int](), registry.version_at(reader, entry)
    while row is not None and row["kind"] == KIND and row["body"] and int(row["body"]["source"]) not in found:
        found.append(int(row["body"]["source"]))
        row = registry.version_at(reader, found[-1])
    return found


def faults_of(body: Mapping[str, Any], reader: Reader, filer: Filer) -> Iterator[Fault]:
    """A guarantee rests on an entry that is there, that can show something, that whoever files it may read, and that
    does not say otherwise."""
    row = registry.version_at(reader, int(body["source"]))
    if row is None or row["erased"]:
        want = "an entry that stands on the register: a version of an evaluation, a test, a proof …"
        yield Fault("source", str(body["source"]), want, "reference")
    elif not may_read(row, filer):
        want = "an entry that you may read: one of yours or of your organisation; on another's an officer files it"
        yield Fault("source", str(body["source"]), want, "reader")
    else:
        yield from _of_its_bounds(body, row)
        yield from _beside_another(body, row)


def may_read(row: Row, filer: Filer) -> bool:
    """Whether somebody may read all of a version: a refusal would else tell them what it says."""
    theirs = {filer.party, *filer.speaks_for, *filer.spoke(filer.party, "")}
    author = {row["author"], *filer.spoke(row["author"], "")}
    return bool(set(STEWARDS) & set(filer.roles) or theirs & author)


def said_of(row: Row, quantity: str) -> Span | None:
    """Between which figures an entry says that a quantity lies; None where it has no figure of that name."""
    return dict(_figures(row["body"])).get(_named(quantity))


def _figures(body: Mapping[str, Any]) -> Iterator[tuple[str, Span]]:
    for name, value in body.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield _named(name), (value, value)
    for one in body.get("results") or ():
        value = one.get("recomputed") if one.get("recomputed") is not None else one.get("reported")
        if value is not None:
            yield _named(one["name"]), (value, value)
    if "quantity" in body:
        low, high = (body.get(name) for name in ("at_least", "at_most"))
        yield _named(body["quantity"]), (-inf if low is None else low, inf if high is None else high)


def _named(words: object) -> str:
    return " ".join(str(words).casefold().split())


def _of_its_bounds(body: Mapping[str, Any], row: Row) -> Iterator[Fault]:
    """That the bounds have room for what the source says."""
    said = said_of(row, str(body["quantity"]))
    if said is None:
        return
    least, most = body.get("at_least"), body.get("at_most")
    if least is not None and least > said[0]:
        yield _narrow("at_least", least, said[0], row)
    if most is not None and most < said[1]:
        yield _narrow("at_most", most, said[1], row)


def _narrow(name: str, bound: float, end: float, row: Row) -> Fault:
    if not isfinite(end):
        want = f"no bound on this side, as entry {row['entry']} has none"
    else:
        want = f"{end:g}, as entry {row['entry']} says of it, or a wider bound"
    return Fault(name, f"{bound:g}", want, "contradicts")


def _beside_another(body: Mapping[str, Any], row: Row) -> Iterator[Fault]:
    """That nobody is surer than the guarantee on which theirs rests, or says it in another unit."""
    other = row["body"]
    if row["kind"] != KIND or _named(other["quantity"]) != _named(body["quantity"]):
        return
    if body["confidence"] > other["confidence"]:
        want = f"at most {other['confidence']:g}, as sure as entry {row['entry']} is"
        yield Fault("confidence", f"{body['confidence']:g}", want, "contradicts")
    if body.get("unit", "") != other.get("unit", ""):
        want = f"the unit of entry {row['entry']}: {other.get('unit') or 'none'}"
        yield Fault("unit", shown(body.get("unit") or "(absent)"), want, "contradicts")
