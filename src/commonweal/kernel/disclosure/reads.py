"""The log of reads: whoever reads what is not public stands in it before the answer leaves.

It is no part of the public record, because it says who looked at whom. It is a chain of its own, each line bound to the
one before by SHA-256: a line that is altered or taken out from between others breaks it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from commonweal.kernel.values import canonical

PURPOSE_CHARS_MAX = 200
NO_LINK = bytes(32)
NO_ENTRY = -1
"""What a line names as its entry where somebody asked for something and nothing was found."""

# What stands among the fields of a line beside those of its kind: what follows from an entry was told, and no field.
ABOUT = "(about)"
"""Whom an entry is about, where that is not for everyone."""
WHOSE = "(whose)"
"""Whose an entry is: who filed it, or who owes what follows from it."""
OWED = "(what is owed)"
"""Duties that follow from an entry and that the public is told nothing of."""
SEARCH = "(search)"
"""That words stand in an entry. They follow it where the line names no entry: who filed one is not told them."""
COUNTED = "(counted)"
"""That figures were told that are made of many entries of a kind, how many and which follow it: the line names none."""
COUNTED_LEAST = 10
"""Figures of fewer entries tell of each of them: then each has its line."""
REFUSAL = "(refusal)"
"""Why an act was refused, in words that tell something of an entry."""
ASKED = "(held about)"
"""That nothing is held about the party that follows it: somebody asked, and the line names no entry."""


@dataclass(frozen=True, slots=True)
class Read:
    """One party read some fields of one entry that are not for everybody.

    `at` is an instant; `roles` are those that it had towards this entry; `keyid` names the key that it came with and
    `organisation` whom that key is for (each empty for none); `door` says where: `api entry`, `portal /record/{index}`,
    `weal held`. `purpose` is what the reader stated, empty for nothing. It holds names of fields, never their values.
    """

    at: str
    party: str
    roles: tuple[str, ...]
    keyid: str
    organisation: str
    entry: int
    fields: tuple[str, ...]
    door: str
    purpose: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "roles": list(self.roles), "fields": list(self.fields)}


@dataclass(frozen=True, slots=True)
class Alike:
    """How often an entry was read on one day (UTC) in the same roles, for the same organisation, at the same door, and
    the same fields of it."""

    entry: int
    day: str
    roles: tuple[str, ...]
    organisation: str
    fields: tuple[str, ...]
    door: str
    times: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A read as it stands in the log: its number, from 1, and the link that binds it to all before it."""

    number: int
    read: Read
    link: bytes


def linked(before: bytes, read: Read) -> bytes:
    """The next link of the chain: SHA-256 over the link before and the read's RFC 8785 bytes."""
    return hashlib.sha256(before + canonical(read.as_dict())).digest()


class ReadLog(Protocol):
    """Where reads are kept, in order. Nothing is ever changed or taken out."""

    def append(self, reads: Sequence[Read]) -> None:
        """Write reads durably, all or none. Raises `Busy` and `RecordFault`: then nothing may be shown."""

    def head(self) -> tuple[int, bytes]:
        """How many reads there are, and the last link."""

    def lines(self, start: int = 1) -> Iterator[Logged]:
        """Every read in order, from a number on."""

    def found(
        self,
        *,
        party: str = "",
        entries: Collection[int] | None = None,
        since: str = "",
        until: str = "",
        below: int = 0,
        limit: int = 1000,
    ) -> list[Logged]:
        """The newest reads first: by one party, of these entries, from one instant on and before another.

        With `below`, only lines with a smaller number: those after a page whose last line has that number.
        """

    def alike(self, entries: Collection[int], but: str) -> list[Alike]:
        """Every read of these entries by another than one party, those that are alike together, the newest first."""
