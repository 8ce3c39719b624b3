"""What instruments' views may read, handed to them by the doors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from commonweal.kernel import credentials, disclosure, indicators, registry
from commonweal.kernel.instrument import Kept
from commonweal.kernel.record import Reader


class Seeing(Protocol):
    """How a door opens entries for whoever is reading, and logs that it did."""

    def opened(self, index: int) -> Mapping[str, Any]:
        """The body as they may read it. Raises `NotFound` and `Erased`."""

    def part(self, index: int, names: Collection[str]) -> Mapping[str, Any]:
        """The named fields of it. Empty once it is erased. Raises `NotFound`."""

    def opens(self, index: int, name: str) -> bool:
        """Whether they may read one field of it. Raises `NotFound`."""


class InPublic:
    """As everyone opens entries; nothing of it is logged."""

    def __init__(self, presentation: Callable[[int], disclosure.Presentation]) -> None:
        self._presentation = presentation

    def opened(self, index: int) -> Mapping[str, Any]:
        return self._presentation(index).fields

    def part(self, index: int, names: Collection[str]) -> Mapping[str, Any]:
        try:
            return {name: value for name, value in self.opened(index).items() if name in names}
        except disclosure.Erased:
            return {}

    def opens(self, index: int, name: str) -> bool:
        return name in self.part(index, (name,))


@dataclass(frozen=True)
class HouseReading:
    """What instruments' views may read (`kernel.instrument.Reading`)."""

    tables: Reader
    now: datetime
    language: str
    authority: str
    address: str
    public: credentials.Public
    seeing: Seeing
    keep: Callable[[str, Callable[[], Any]], Any]
    party: str = ""

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        return cast(Kept, self.keep(name, make))

    def opened(self, index: int) -> Mapping[str, Any]:
        try:
            return self.seeing.opened(index)
        except disclosure.Erased:
            return {}

    def part(self, index: int, *names: str) -> Mapping[str, Any]:
        return self.seeing.part(index, names)

    def opens(self, index: int, name: str) -> bool:
        return self.seeing.opens(index, name)

    def series(self, series: str, subject: str) -> list[tuple[str, float]]:
        return indicators.series(self.tables, series, subject)

    def rule(self, rule_id: str, as_of: datetime | None = None) -> Mapping[str, Any]:
        row = registry.text_in_force(self.tables, rule_id, as_of)
        return registry.parsed(row["text"], row["media_type"])
