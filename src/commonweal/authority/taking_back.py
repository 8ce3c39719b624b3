"""What takes words back holds from the moment it is recorded, also where it is not followed yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from commonweal.following import FOLLOW_CHUNK
from commonweal.kernel.disclosure import Kind, Policies, Ruling, TakenBack, TakesBack
from commonweal.kernel.record import Reader, RecordStore, Row, Table, Where
from commonweal.kernel.values import Busy, Text

FOLLOWED_MAX = 4 * FOLLOW_CHUNK
"""How many entries whoever reads words that can be taken back may have to follow first."""
NOT_KNOWN_YET = Text(
    en="what was taken back is still being looked up here, so try again in a while",
    zh="此处仍在查明哪些内容已撤回，请稍后再试",
)


class Follows(Protocol):
    def __call__(self, *, most: int) -> int: ...


class TakingBack:
    """What is taken back of entries, by kind (`Instrument.takes_back`), held against the log and not the tables alone.

    `followed` says how far the tables are.
    """

    def __init__(
        self, declared: Mapping[str, TakesBack], store: RecordStore, followed: Callable[[], int], follow: Follows
    ) -> None:
        self._declared, self._store, self._followed, self._follow = declared, store, followed, follow
        self._kinds = sorted({kind for one in declared.values() for kind in one.by})
        self._newest: dict[str, int] = {}
        self._looked, self._looking = followed(), threading.Lock()
        self.by_table = {
            table.name: frozenset(kind for one in declared.values() if table in one.tables for kind in one.by)
            for item in declared.values()
            for table in item.tables
        }

    def __contains__(self, kind_id: str) -> bool:
        """Whether anything that entries of a kind say can be taken back."""
        return kind_id in self._declared

    def ruling(self, kind: Kind, policies: Policies, reader: Reader, index: int) -> Ruling:
        """What decides over an entry; while what may take it back is not followed, all of it counts as taken back."""
        one = self._declared.get(kind.id)
        if one is None:
            return Ruling(kind, policies)
        if self.waits(one.by):
            return Ruling(kind, policies, dict.fromkeys(kind.schema.model_fields, TakenBack(NOT_KNOWN_YET, index)))
        return Ruling(kind, policies, one.fields(reader, index))

    def waits(self, kinds: Collection[str]) -> bool:
        """Whether the record holds an entry of one of these kinds that the tables do not know of yet."""
        with self._looking:
            if (size := self._store.size()) > self._looked:
                self._newest.update(self._store.newest_of(self._kinds, self._looked))
                self._looked = size
        newest = max((self._newest.get(kind, -1) for kind in kinds), default=-1)
        return newest >= 0 and newest >= self._followed()

    def catch_up(self, kinds: Collection[str]) -> None:
        """Follow what takes words back, before they are read.

        Raises `Busy` where more than `FOLLOWED_MAX` entries would have to be followed for that.
        """
        for _ in range(0, FOLLOWED_MAX, FOLLOW_CHUNK):
            if not self.waits(kinds):
                return
            self._follow(most=FOLLOW_CHUNK)
        if self.waits(kinds):
            raise Busy(
                "what was withdrawn last is not followed yet, and nothing is read of what it may concern till then"
            )


class TakenBackFirst:
    """A reader of tables that has what takes words back followed before it reads a table that holds such words."""

    def __init__(self, reader: Reader, taking_back: TakingBack) -> None:
        self._reader, self._taking_back = reader, taking_back

    def get(self, table: Table, *key: Any) -> Row | None:
        return self._of(table).get(table, *key)

    def select(
        self,
        table: Table,
        where: Where | None = None,
        *,
        order: Sequence[str] = (),
        limit: int = -1,
        offset: int = 0,
        only: Sequence[str] = (),
    ) -> list[Row]:
        return self._of(table).select(table, where, order=order, limit=limit, offset=offset, only=only)

    def count(self, table: Table, where: Where | None = None) -> int:
        return self._of(table).count(table, where)

    def _of(self, table: Table) -> Reader:
        if kinds := self._taking_back.by_table.get(table.name):
            self._taking_back.catch_up(kinds)
        return self._reader
