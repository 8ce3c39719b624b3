"""What is done about a subject that is in confidence: that it was done is an entry, and about what is not public.

That a report came in confidence is public; when its reporter came back, had who they are destroyed or took it back, and
when an officer asked or warned, would tell whoever knows one report by its reference how it fares and who is behind it.
So an entry about such a subject has no public subject, no public field and in its leaf no reference to other entries,
whatever its kind: a kind that should say something all the same gives the reason (`Kind.tells`), and its subject stays
untold even so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .kinds import Kind


@dataclass(frozen=True)
class Confidences:
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
        """Whether nothing that an entry says is public."""
        kind = self.kinds.get(kind_id)
        return self.hides(kind_id, subject) and not (kind and kind.tells)

    def may_close(self, kind: Kind) -> bool:
        """Whether an entry of a kind may have public fields that are closed in confidence: what it is about decides."""
        return bool(self.nouns) and not kind.noun and not kind.tells and bool(kind.public_fields())
