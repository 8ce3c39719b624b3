"""What is done about a subject that is in confidence: that it was done is an entry, and about what is not public.

That a report came in confidence is public; when its reporter came back, had who they are destroyed or took it back, and
when an officer asked or warned, would tell whoever knows one report by its reference how it fares and who is behind it.
So an entry about such a subject has no public subject and no public field, and its leaf says no more than that
something was done in confidence on that day: not its kind, its retention class or what it follows from. So is every
entry of a kind that is `confidential`. A kind that should say something all the same names the fields and the reason
(`Kind.tells`); its subject stays untold even so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commonweal.kernel.record.heads import IN_CONFIDENCE
from commonweal.kernel.values import Text

from .kinds import Filing, Kind


class InConfidence(Filing):
    """What stands in the log for something done in confidence: the entry itself is of another kind, which is sealed."""

    kind: str


KINDS = (Kind(IN_CONFIDENCE, InConfidence, Text(en="Done in confidence", zh="保密事项"), files=(), confidential=True),)
TABLES = ()


@dataclass(frozen=True)
class Untold:
    """Which entries are in confidence, by what they are about and their kind."""

    kinds: Mapping[str, Kind]
    nouns: Mapping[str, Kind] = field(init=False)

    def __post_init__(self) -> None:
        nouns = {kind.noun: kind for kind in self.kinds.values() if kind.noun and kind.confides}
        object.__setattr__(self, "nouns", nouns)

    def noun(self, subject: str | None) -> Kind | None:
        """The kind that files a subject, where that is in confidence."""
        return self.nouns.get(subject.partition(":")[0]) if subject else None

    def hides(self, kind_id: str, subject: str | None) -> bool:
        """Whether it is not public what an entry is about: it is no version of it, and it is in confidence."""
        filed = self.noun(subject)
        return filed is not None and filed.id != kind_id

    def closes(self, kind_id: str, subject: str | None) -> bool:
        """Whether the log says no more of an entry than that something was done in confidence."""
        kind = self.kinds.get(kind_id)
        return kind is not None and (kind.confidential or (self.hides(kind_id, subject) and not kind.tells))

    def may_close(self, kind: Kind) -> bool:
        """Whether an entry of a kind may have public fields that are closed in confidence: what it is about decides."""
        return bool(self.nouns) and not kind.noun and not set(kind.public_fields()) <= set(kind.tells)
