"""What instruments' views may read, handed to them by the doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from commonweal.kernel import credentials, disclosure, indicators, registry
from commonweal.kernel.instrument import Kept
from commonweal.kernel.record import Reader


@dataclass(frozen=True)
class HouseReading:
    """What instruments' views may read (`kernel.instrument.Reading`)."""

    tables: Reader
    now: datetime
    language: str
    authority: str
    address: str
    public: credentials.Public
    open: Callable[[int], Mapping[str, Any]]
    keep: Callable[[str, Callable[[], Any]], Any]
    party: str = ""
    jurisdictions: tuple[str, ...] = ()

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        return cast(Kept, self.keep(name, make))

    def opened(self, index: int) -> Mapping[str, Any]:
        try:
            return self.open(index)
        except disclosure.Erased:
            return {}

    def series(self, series: str, subject: str) -> list[tuple[str, float]]:
        return indicators.series(self.tables, series, subject)

    def rule(self, rule_id: str, as_of: datetime | None = None) -> Mapping[str, Any]:
        row = registry.text_in_force(self.tables, rule_id, as_of)
        return registry.parsed(row["text"], row["media_type"])
