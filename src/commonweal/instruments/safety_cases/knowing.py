"""What the record says of what a case rests on: states of rules, newest values of series, entries that are gone."""

from __future__ import annotations

from datetime import date

from commonweal.kernel import indicators, registry, thresholds
from commonweal.kernel.instrument import Reader

from .findings import FINDING


class OfTheRecord:
    """`evidence.Known` as the authority's tables have it now."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

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
        row = self._reader.get(FINDING, subject)
        return None if row is None else str(row["found"])

    def gone(self, entry: int, subject: str | None) -> bool:
        """Whether an entry was annulled; of a subject also whether it was erased, or is not the newest version."""
        if registry.marks(self._reader, entry, "annulled"):
            return True
        if subject is None:
            return False
        newest = registry.subject(self._reader, subject)
        return newest is None or bool(newest["erased"]) or newest["entry"] != entry
