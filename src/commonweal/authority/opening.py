"""For whom an entry is opened who filed neither it nor what it is about."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from commonweal.kernel import notices
from commonweal.kernel.disclosure import concerning, naming
from commonweal.kernel.disclosure.releasing import releases
from commonweal.kernel.instrument import Instrument, Spoke
from commonweal.kernel.record import Reader


@dataclass(frozen=True)
class Opened:
    """What is open to a party of entries that are not theirs. `spoke` says for whom a party's keys spoke."""

    instruments: Collection[Instrument]
    reader: Reader
    now: Callable[[], datetime]
    spoke: Spoke

    def fields(self, party: str, index: int) -> list[str]:
        """The fields of an entry that officers opened to a party: each by itself, or together by a mechanism's act."""
        found = [str(row["field"]) for row in releases(self.reader, party, index)]
        for item in self.instruments:
            found += item.opened_to(self.reader, party, index, self.now(), self.spoke) if item.opened_to else ()
        return found

    def to(self, party: str, index: int) -> bool:
        """Whether an entry is for a party to read."""
        return (
            concerning.concerns(self.reader, party, index)
            or naming.is_named(self.reader, party, f"entry:{index}", self.now())
            or notices.addressed(self.reader, party, index)
            or bool(self.fields(party, index))
        )
