"""Who sees what of one entry: what its kind's markings say, less what an instrument took back from its readers since.

What an entry says stays as it was filed and committed to in its leaf. A field that was taken back is shown to whom it
would be shown if it were marked AMBER, a release aside, and to nobody who could not read it before. So is what an entry
in confidence would say in public (`Untold`). What the house records of a single person for an instrument that says so
(`confided`) is read as if it were marked RED.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from commonweal.kernel.record.tables import Reader, Table
from commonweal.kernel.values import Text

from .deciding import Audience, Decision, Policies, house_policies
from .kinds import PUBLIC, Kind, Marking


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Why a field of an entry is not for all whom it was for any longer, and the entry that says so."""

    why: Text
    entry: int

    def as_dict(self) -> dict[str, object]:
        return {"why": dict(self.why), "entry": self.entry}


@dataclass(frozen=True, slots=True)
class TakesBack:
    """How what entries of a kind say is taken back from all whom it was for.

    `fields(reader, index)` gives the fields of an entry that were, and is asked at every reading. Entries of the kinds
    in `by` say so: from the moment one of them is recorded until it is followed, all that can be taken back counts as
    taken back, and nothing is read of `tables`, which hold such words.
    """

    fields: Callable[[Reader, int], Mapping[str, TakenBack]]
    by: tuple[str, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What decides over the fields of one entry: every door asks this, and nothing else, of an entry that there is."""

    kind: Kind
    policies: Policies = field(default_factory=house_policies)
    taken: Mapping[str, TakenBack] = field(default_factory=dict)
    in_confidence: bool = False
    confided: bool = False

    def decide(self, audience: Audience, name: str) -> Decision:
        """Whether an audience may read one top-level field, and why."""
        red = Marking.RED if self.confided and self.kind.marking(name) is not PUBLIC else None
        found = self.policies.decide(audience, self.kind, name, red)
        if name in self.taken and found.allowed:
            unreleased = replace(audience, released=frozenset())  # it was taken back to protect somebody
            return self.policies.decide(unreleased, self.kind, name, Marking.AMBER)
        return self.policies.decide(audience, self.kind, name, Marking.AMBER) if self._closed(name) else found

    def may_see(self, audience: Audience, name: str) -> bool:
        """Whether an audience may read one field, also one that only an older version of the kind had."""
        seen = self.policies.may_see(audience, self.kind, name)
        return seen and (not self._narrowed(name) or self.decide(audience, name).allowed)

    def seen(self, audience: Audience) -> frozenset[str]:
        """The fields of the entry's kind that an audience may read."""
        seen = self.policies.seen(audience, self.kind)
        return frozenset(name for name in seen if not self._narrowed(name) or self.decide(audience, name).allowed)

    def told(self, audience: Audience) -> dict[str, TakenBack]:
        """What was taken back of the fields that an audience may read, or might before."""
        return {name: one for name, one in self.taken.items() if self.policies.may_see(audience, self.kind, name)}

    def _narrowed(self, name: str) -> bool:
        return self.confided or name in self.taken or self._closed(name)

    def _closed(self, name: str) -> bool:
        return self.in_confidence and self.kind.marking(name) is Marking.CLEAR and name not in self.kind.tells
