"""What a given reader may see of an entry, with what they need to check it against the leaf."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.kernel.record.entries import Stored
from commonweal.kernel.record.heads import untold

from .deciding import Audience, Decision
from .keys import Erased, KeyStore
from .ruling import Ruling, TakenBack
from .sealing import check_leaf, open_entry


@dataclass(frozen=True, slots=True)
class Presentation:
    """Fields of one entry for one audience: `verify_disclosures(leaf, disclosures)` gives `fields` again.

    `withheld` counts the digests that stay closed to this audience, decoys among them, or is 0 when every field is
    open: it does not say how many fields there are. `why` names for each field the policies that opened it. `taken`
    says of the fields that were taken back from everybody why, whether or not this audience may read them still.
    """

    index: int
    kind: str
    leaf: bytes
    fields: Mapping[str, Any]
    disclosures: tuple[str, ...]
    withheld: int
    why: Mapping[str, Decision]
    taken: Mapping[str, TakenBack]


def disclose(stored: Stored, keys: KeyStore, ruling: Ruling, audience: Audience) -> Presentation:
    """The fields this audience may see, as filed.

    Which roles an audience has is the caller's to establish: `filer` means the entry's own author, `named` and
    `authorised` what the record says. Raises `Erased` when the payload's key is gone, `RecordFault` when it does not
    verify. To whoever may see nothing of what was done in confidence an erased entry looks as it did before: those that
    fell with one key would be of one person.
    """
    try:
        opened = open_entry(stored, keys)
    except Erased:
        if untold(stored.payload) and not ruling.seen(audience):
            leaf = check_leaf(stored)
            return Presentation(stored.index, stored.kind, stored.leaf, {}, (), len(leaf["_sd"]), {}, {})
        raise
    shown = {
        name: disclosure
        for name, disclosure in zip(opened.fields, opened.private["disclosures"], strict=True)
        if ruling.may_see(audience, name)
    }
    hidden = len(opened.fields) - len(shown)
    return Presentation(
        index=stored.index,
        kind=stored.kind,
        leaf=stored.leaf,
        fields={name: opened.fields[name] for name in shown},
        disclosures=tuple(shown.values()),
        withheld=len(opened.leaf["_sd"]) - len(shown) if hidden else 0,
        why={name: ruling.decide(audience, name) for name in shown},
        taken={name: one for name, one in ruling.told(audience).items() if name in opened.fields},
    )


def disclose_part(
    stored: Stored, keys: KeyStore, ruling: Ruling, audience: Audience, names: Collection[str]
) -> dict[str, Any]:
    """Of the named fields those that this audience may see and that were filed, in the order of the kind's schema.

    Nothing is opened where it may see none of them. Raises as `disclose` does.
    """
    schema = ruling.kind.schema
    wanted = [name for name in schema.model_fields if name in names and ruling.may_see(audience, name)]
    found = open_entry(stored, keys, wanted).fields if wanted else {}
    return {name: found[name] for name in wanted if name in found}
