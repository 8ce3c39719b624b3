"""What a binding names, held against the record when it is filed: an entry that is there, of the subject it says, with
the digest it says.

Evidence is a version of a subject on the register (an evaluation, a mitigation, a proof, a guarantee): only of such a
one is it seen when it is replaced, annulled or erased. A context may also be bound to an adopted text. What a version
before said in the same words is not held against it again: how it stands now is told by the case's state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from commonweal.kernel import registry
from commonweal.kernel.instrument import Fault, Filer, Reader, Row
from commonweal.kernel.values import shown

from . import guarantees
from .evidence import Binding
from .model import EVIDENCE


class Bound(NamedTuple):
    """What is bound: an element of a `kind`, of a `case` (its subject); `where` begins the place of each fault. `real`:
    the case is not marked as made up."""

    kind: str
    case: str | None
    where: str
    real: bool


def faults_of(binding: Binding, of: Bound, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """The faults of what one element is bound to."""
    where, case = of.where, of.case
    if of.real:
        yield from _of_what_is_made_up(binding, where, reader)
    if binding.entry is None:
        for name in ("subject", "sha256"):
            if getattr(binding, name) is not None:
                want = "left out, or with the entry of the record that it is of"
                yield Fault(f"{where}{name}", shown(getattr(binding, name)), want, "reference")
        return
    row = registry.version_at(reader, binding.entry)
    if row is None:
        if of.kind in EVIDENCE:
            want = "an entry that stands on the register: a version of an evaluation, a mitigation, a proof …"
            yield Fault(f"{where}entry", str(binding.entry), want, "reference")
        elif registry.text_at(reader, binding.entry) is None:
            want = "an entry that stands on the register, or that put a text in force"
            yield Fault(f"{where}entry", str(binding.entry), want, "reference")
        return
    if row["erased"]:
        yield Fault(f"{where}entry", str(binding.entry), "an entry that was not erased", "erased")
    elif case is not None and row["subject"] == case:
        want = "something else than this case: it shows nothing of itself"
        yield Fault(f"{where}entry", str(binding.entry), want, "own")
    if binding.subject is not None and row["subject"] != binding.subject:
        want = f"{row['subject']}, of which entry {binding.entry} is a version, or nothing"
        yield Fault(f"{where}subject", shown(binding.subject), want, "subject")
    typed, said = (binding.lower, binding.upper), guarantees.interval(row)
    if said is not None and typed != (None, None) and typed != said[:2]:
        want = f"{said[0]:g} to 1, as entry {binding.entry} says, or nothing"
        yield Fault(f"{where}lower", f"{binding.lower:g} to {binding.upper:g}", want, "contradicts")
    if binding.sha256 is not None and binding.sha256 not in _digests(row, filer):
        want = f"a digest that entry {binding.entry} names, as far as you may read it, or nothing"
        yield Fault(f"{where}sha256", binding.sha256, want, "digest")


def _of_what_is_made_up(binding: Binding, where: str, reader: Reader) -> Iterator[Fault]:
    """What was made up to try this shows nothing for a case that was not, whether it is bound or has to stay so."""
    want = "something that was not made up, for a case that was not; a case that is made up may rest on it"
    if binding.entry is not None and any(made_up(reader, one) for one in _below(reader, binding.entry)):
        yield Fault(f"{where}entry", f"{binding.entry}, marked as made up", want, "made_up")
    for one in binding.conditions:
        row = registry.subject(reader, one.subject)
        if one.found and row is not None and made_up(reader, int(row["entry"])):
            yield Fault(f"{where}conditions", f"{shown(one.subject)}, marked as made up", want, "made_up")


def _below(reader: Reader, entry: int) -> Collection[int]:
    """An entry, and those on which it rests where it is a guarantee: each as it was filed, and as it stands now."""
    found, waits = set[int](), [entry]
    while waits:
        one = waits.pop()
        if one in found:
            continue
        found.add(one)
        waits += guarantees.sources(reader, one)
        row = registry.version_at(reader, one)
        newest = registry.subject(reader, row["subject"]) if row is not None and one != entry else None
        waits += [int(newest["entry"])] if newest is not None else []
    return found


def made_up(reader: Reader, entry: int) -> bool:
    """Whether a version is marked as made up to try this."""
    row = registry.version_at(reader, entry)
    return row is not None and bool(row["body"]) and bool(row["body"].get("fictitious"))


def _digests(row: Row, filer: Filer) -> Collection[str]:
    """The digests that a version names, for who may read it: else whoever holds a file could ask whose it is."""
    return set(_named(row["body"])) if guarantees.may_read(row, filer) else set()


def _named(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named(item, str(key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _named(item, name)
    elif isinstance(value, str) and (name == "sha256" or name.endswith("_sha256")):
        yield value
