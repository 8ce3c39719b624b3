"""What narrows who reads an entry, beside what was taken back of it: it is in confidence, or of one person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commonweal.kernel import disclosure
from commonweal.kernel.disclosure import Audience, Ruling

if TYPE_CHECKING:
    from . import Authority


def ruling_of(authority: Authority, found: Ruling, index: int) -> Ruling:
    """The ruling over an entry with what its subject and its public part narrow further."""
    kind, untold = found.kind, authority.untold
    if untold.may_close(kind) and untold.hides(kind.id, authority.store.entry(index).subject):
        found = replace(found, in_confidence=True)
    if authority.confidences.concern(kind) and _is_confided(authority, found, index):
        found = replace(found, confided=True)
    return found


def _is_confided(authority: Authority, found: Ruling, index: int) -> bool:
    """Whether an entry tells of single people for an instrument that keeps that from the office."""
    stored, plain = authority.store.entry(index), Ruling(found.kind, authority.policies)

    def public(name: str) -> object:
        try:
            return disclosure.disclose_part(stored, authority.keys, plain, Audience.of(), (name,)).get(name)
        except disclosure.Erased:
            return None

    return authority.confidences.holds(found.kind, stored.subject, public)
