"""What a given reader may see of an entry, with what they need to check it against the leaf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from commonweal.kernel.record.entries import Stored

from .keys import KeyStore
from .kinds import Kind, Marking
from .sealing import open_entry

Audience = Literal["public", "peer", "filer", "authority"]
_SEES: Mapping[str, frozenset[Marking]] = {
    "public": frozenset([Marking.CLEAR]),
    "peer": frozenset([Marking.CLEAR, Marking.GREEN]),
    "filer": frozenset(Marking),
    "authority": frozenset(Marking),
}


@dataclass(frozen=True, slots=True)
class Presentation:
    """Fields of one entry for one audience: `verify_disclosures(leaf, disclosures)` gives `fields` again.

    `withheld` counts the digests that stay closed to this audience, decoys among them, or is 0 when every field is
    open: it does not say how many fields there are.
    """

    index: int
    kind: str
    leaf: bytes
    fields: Mapping[str, Any]
    disclosures: tuple[str, ...]
    withheld: int


def disclose(stored: Stored, keys: KeyStore, kind: Kind, audience: Audience) -> Presentation:
    """The fields this audience may see, as filed. `filer` means the entry's own author: the caller checks that.

    Raises `Erased` when the payload's key is gone, `RecordFault` when it does not verify.
    """
    opened = open_entry(stored, keys)
    sees = _SEES[audience]
    shown = {
        name: disclosure
        for name, disclosure in zip(opened.fields, opened.private["disclosures"], strict=True)
        if kind.marking(name) in sees
    }
    hidden = len(opened.fields) - len(shown)
    return Presentation(
        index=stored.index,
        kind=stored.kind,
        leaf=stored.leaf,
        fields={name: opened.fields[name] for name in shown},
        disclosures=tuple(shown.values()),
        withheld=len(opened.leaf["_sd"]) - len(shown) if hidden else 0,
    )
