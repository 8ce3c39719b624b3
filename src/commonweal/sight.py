"""Who sees what, asked by the doors: the audience that a caller is towards an entry, and the whole matrix for people.

Roles that only the house can give (`filer`, `named`, `authorised`) are given here, from the record, whatever a key
carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commonweal.acceptance import Caller
from commonweal.authority import EVERYONE, Authority
from commonweal.kernel import authorisations
from commonweal.kernel.disclosure import GIVEN_BY_THE_HOUSE, ROLES, Audience, Decision, Kind, Presentation, naming
from commonweal.kernel.record import Row

BASIS_SHOWN = "(a legal basis)"


def audience(authority: Authority, caller: Caller, author: str, subject: str | None, index: int | None) -> Audience:
    """As whom a caller, who may read at all, reads one entry (or a subject, without `index`)."""
    roles = set(caller.roles) - GIVEN_BY_THE_HOUSE
    if author == caller.party:
        roles.add("filer")
    abouts = [item for item in (subject, None if index is None else f"entry:{index}") if item]
    now = authority.reading().now
    if any(naming.is_named(authority.reader, caller.party, about, now) for about in abouts):
        roles.add("named")
    bases = {} if index is None else authorisations.bases(authority.reader, caller.party, index, now)
    return Audience.of(*roles, *(("authorised",) if bases else ()), bases=bases)


def authorised(request: Row, index: int) -> Audience:
    """As whom the requester of an authorisation reads an entry, by that authorisation alone."""
    return Audience.of("authorised", bases=authorisations.bases_in(request, index))


def reasons(shown: Presentation, who: Audience) -> dict[str, dict[str, object]]:
    """Why each field is shown: the policies that opened it, and the legal basis where one did."""
    found: dict[str, dict[str, object]] = {}
    for name, decision in shown.why.items():
        basis = who.basis(name) if "authorised" in decision.why else ""
        found[name] = {"policies": list(decision.why), **({"basis": basis} if basis else {})}
    return found


def body_seen(authority: Authority, kind: Kind | None, body: Mapping[str, object], who: Audience) -> dict[str, object]:
    """The part of a body that an audience may read; of a kind that is no longer known, nothing."""
    if kind is None:
        return {}
    return {name: value for name, value in body.items() if authority.policies.may_see(who, kind, name)}


def name_seen(authority: Authority, noun: str, who: Audience) -> bool:
    """Whether an audience may read what subjects of a noun are called: their identifiers are made of names."""
    named = [kind for kind in authority.kinds.values() if kind.noun == noun]
    return all(authority.policies.may_see(who, kind, kind.name_field) for kind in named)


def hidden_nouns(authority: Authority) -> frozenset[str]:
    """Nouns whose subjects' names are not for everyone."""
    nouns = {kind.noun for kind in authority.kinds.values() if kind.noun}
    return frozenset(noun for noun in nouns if not name_seen(authority, noun, EVERYONE))


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a kind: its marking, and the decision for each role."""

    field: str
    marking: str
    decisions: Mapping[str, Decision]


def matrix(authority: Authority, kind: Kind) -> list[Line]:
    """Every field of a kind by every role, as the policies in force decide. `authorised` stands on a legal basis."""
    every = dict.fromkeys(kind.schema.model_fields, BASIS_SHOWN)
    audiences = {role: Audience.of(role, bases=every if role == "authorised" else {}) for role in ROLES}
    decide = authority.policies.decide
    return [
        Line(name, str(kind.marking(name)), {role: decide(who, kind, name) for role, who in audiences.items()})
        for name in kind.schema.model_fields
    ]
