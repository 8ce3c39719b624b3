"""Who knows of claims, as totals count people: whoever claims, holds or held several knows of all of them.

A guardian, or who inherits, reads what is paid on each: told how much five people got, who knows four of these parts
would read the fifth. So they are one to every figure, with all whose claims they hold or held; whoever is handed
claims afterwards can take what they read off what was told before, and nobody takes that back. Somebody whose claim is
erased cannot be found to be another, and counts by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from commonweal.kernel import registry
from commonweal.kernel.control import FOR_THEM
from commonweal.kernel.instrument import Reader
from commonweal.kernel.record import AUTHORITY

from .kinds import CLAIM_NOUN
from .tables import CLAIMED

Knowers = Mapping[str, Sequence[str]]
"""The parties that know of each claim."""


def as_people(knowers: Knowers, claims: Iterable[str]) -> dict[str, str]:
    """Each of these claims with the one of them, the first by name, that stands for all of whoever knows of it."""
    claims = sorted(claims)
    first, known = dict[str, str](), dict[str, str]()

    def one(claim: str) -> str:
        while claim in first:
            claim = first[claim]
        return claim

    for claim in claims:
        for party in knowers.get(claim, ()):
            low, high = sorted((one(known.setdefault(party, claim)), one(claim)))
            if low != high:
                first[high] = low
    return {claim: one(claim) for claim in claims}


def by_person(knowers: Knowers, parts: Mapping[str, int]) -> list[int]:
    """Parts of claims, added up by whoever knows of them, where they come to anything."""
    people, found = as_people(knowers, parts), Counter[str]()
    for claim, cents in parts.items():
        found[people[claim]] += cents
    return [cents for cents in found.values() if cents]


def knowers_of(reader: Reader, claims: Collection[str]) -> Knowers:
    """Whose each of these claims was and is. From the office totals keep nothing: who entered claims for others there
    is none of them."""
    handed, there = registry.held_by(reader, CLAIM_NOUN), set(claims)
    authors = {
        row["claim"]: str(row["author"])
        for row in reader.select(CLAIMED, {}, only=("claim", "author"))
        if row["claim"] in there
    }
    found = {claim: handed.get(claim, [author]) for claim, author in authors.items()}
    often = Counter(party for parties in found.values() for party in set(parties))
    shared = [claim for claim, author in authors.items() if often[author] > 1 and author in found[claim]]
    entered = {
        claim
        for claim, rows in registry.versions_of(reader, shared).items()
        if (min(rows, key=lambda row: int(row["version"]))["body"] or {}).get("said_by") == FOR_THEM
    }
    office = {claim: {"", AUTHORITY, *((authors[claim],) if claim in entered else ())} for claim in authors}
    return {claim: [party for party in parties if party not in office[claim]] for claim, parties in found.items()}
