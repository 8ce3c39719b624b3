"""What the record says of what a case rests on: states of rules, newest values of series, entries that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

from commonweal.kernel import indicators, registry, thresholds
from commonweal.kernel.instrument import Reader

from . import findings, guarantees, terms
from .evidence import Bounds, Lost


class OfTheRecord:
    """`evidence.Known` as the authority's tables have it now, of entries `before` what names them, where that is
    known."""

    def __init__(self, reader: Reader, before: int | None = None) -> None:
        self._reader, self._before = reader, before

    @cached_property
    def soon(self) -> timedelta:
        """How long before it expires evidence is said to, by the text in force."""
        return terms.soon(self._reader)

    def state(self, rule: str, subject: str) -> str | None:
        """How a rule in force stands about a subject; None where it was never judged or fell silent."""
        row = self._reader.get(thresholds.STATE, rule, subject)
        return None if row is None or row["state"] == "unknown" else str(row["state"])

    def newest(self, series: str, subject: str) -> tuple[date, float, float] | None:
        """The newest value known, with its interval; a value without one is taken as exact."""
        row = indicators.latest(self._reader, series, subject)
        if row is None or row["value"] is None:
            return None
        low = row["value"] if row["low"] is None else row["low"]
        high = row["value"] if row["high"] is None else row["high"]
        return date.fromisoformat(str(row["event"])[:10]), float(low), float(high)

    def finding(self, subject: str) -> str | None:
        """What another instrument found of a subject last."""
        return findings.found(self._reader, subject)

    def carried(self, subject: str) -> int | None:
        """What evidence is that is bound to a subject, by what was found of that last."""
        return findings.carried(self._reader, subject)

    def lost(self, entry: int, subject: str | None) -> Lost | None:
        """Whether an entry was annulled or erased, was not there yet; of a subject also whether it is not the newest
        version; of a guarantee all of this of what it rests on, too."""
        if self._before is not None and entry >= self._before:
            return "absent"
        return self._of_itself(entry, subject) or self._below(entry)

    def _below(self, entry: int) -> Lost | None:
        """What became of the entries on which a guarantee rests; another guarantee has to be the newest version."""
        for source in self.rests_on(entry):
            row = registry.version_at(self._reader, source)
            another = row is not None and row["kind"] == guarantees.KIND
            if why := self._of_itself(source, str(row["subject"]) if row is not None and another else None):
                return why
        return None

    def _of_itself(self, entry: int, subject: str | None) -> Lost | None:
        if registry.marks(self._reader, entry, "annulled"):
            return "gone"
        row = registry.version_at(self._reader, entry)
        if row is not None and row["erased"]:
            return "erased"
        if subject is None:
            return None
        newest = registry.subject(self._reader, subject)
        return "gone" if newest is None or newest["entry"] != entry else None

    def subject(self, entry: int) -> str | None:
        """Of what an entry is a version."""
        row = registry.version_at(self._reader, entry)
        return None if row is None else str(row["subject"])

    def rests_on(self, entry: int) -> Sequence[int]:
        """The entries on which a guarantee rests, the nearest first; none of what is no guarantee."""
        return guarantees.sources(self._reader, entry)

    def guaranteed(self, entry: int) -> Bounds | None:
        """What a guarantee says that an entry is."""
        return guarantees.interval(registry.version_at(self._reader, entry))
