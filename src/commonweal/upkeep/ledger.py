"""The ledger laid out a second time from the entries, in a file of its own, and held against the tables in use."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from commonweal.authority import Authority
from commonweal.engines.sqlite import SqliteTables
from commonweal.kernel import accounts, disclosure
from commonweal.kernel.accounts import Difference
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.record import Stored
from commonweal.kernel.record.tables import Reader

READ_AT_ONCE = 256
KINDS: Mapping[str, Kind] = {kind.id: kind for kind in accounts.KINDS}


class Entries(Protocol):
    """Where entries lie."""

    def entries(self, start: int, stop: int) -> list[Stored]: ...

    def blob(self, sha256: str) -> bytes: ...


def ledger_differences(authority: Authority) -> Iterator[Difference]:
    """Every value of the ledger's tables that is not what the entries give. The record may grow meanwhile.

    Raises `RecordFault` where an entry does not open.
    """
    authority.follow()
    with (
        authority.followed_state() as (reader, size),
        beside(authority.store, authority.keys, size, authority.folder) as again,
    ):
        yield from accounts.differing(reader, again)


@contextmanager
def beside(store: Entries, keys: disclosure.KeyStore, size: int, folder: Path) -> Iterator[Reader]:
    """The ledger as the first `size` entries give it, in a file beside the authority's own that goes afterwards."""
    room = accounts.Accounts()
    with tempfile.TemporaryDirectory(prefix="ledger-", dir=folder) as scratch:
        tables = SqliteTables(Path(scratch) / "projections.sqlite")
        try:
            tables.declare(accounts.TABLES)
            for start in range(0, size, READ_AT_ONCE):
                moved = [one for one in store.entries(start, min(size, start + READ_AT_ONCE)) if one.kind in KINDS]
                if moved:
                    with tables.transaction() as writer:
                        for stored in moved:
                            room.follow(disclosure.unseal(stored, keys, store.blob, KINDS), writer)
            yield tables.reader()
        finally:
            tables.close()
