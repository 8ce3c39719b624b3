"""Whom an entry is about: the one party that its `PERSONAL` fields name, who may read these fields of it.

Article 15 of Regulation (EU) 2016/679 gives a person access to what is held about them, and paragraph 4 keeps it from
touching others: so it is looked only at fields that were declared to be about one person, never at what somebody wrote,
and where such fields name two parties they are opened to neither. What is `TO_OWNER` and names nobody, as a
question to whoever reported, is for whose its subject was when it came: the registry says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Table, Tables

from .kinds import Kind

CONCERNED = Table("disclosure_concerned", columns={"party": "text", "entry": "integer"}, key=("party", "entry"))
KINDS: tuple[Kind, ...] = ()
TABLES: tuple[Table, ...] = (CONCERNED,)
PARTY = "party:"


class Concerning:
    """Follows whom entries are about. What was erased is about nobody any more."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.id: kind for kind in kinds if kind.personal()}

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        kind = self._kinds.get(entry.kind)
        parties = named(kind, entry.body) if kind else set()
        if len(parties) == 1:
            note(tables, parties.pop(), entry.index)
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        return False


def named(kind: Kind, body: Mapping[str, Any]) -> set[str]:
    """The parties that the personal fields of a body name."""
    values = (body.get(name) for name in kind.personal())
    return {value for value in values if isinstance(value, str) and value.startswith(PARTY)}


def note(tables: Tables, party: str, entry: int) -> None:
    """Keep that an entry is about a party, who may then read its personal fields."""
    tables.put(CONCERNED, {"party": party, "entry": entry})


def concerns(reader: Reader, party: str, entry: int) -> bool:
    """Whether an entry is about a party."""
    return reader.get(CONCERNED, party, entry) is not None


def entries_about(reader: Reader, party: str) -> list[int]:
    """The entries about a party, in order."""
    return [row["entry"] for row in reader.select(CONCERNED, {"party": party}, order=("entry",))]
