"""No room and no instrument falls over an entry whose key was erased, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from commonweal.instruments import discover
from commonweal.kernel import accounts, indicators, obligations, protocols, registry, thresholds
from commonweal.kernel.record.entries import Entry
from fakes import MemoryTables

INSTRUMENTS = [item.instrument for item in discover().values()]
KINDS = [kind for instrument in INSTRUMENTS for kind in instrument.kinds]
ROOM_KINDS = [
    kind for room in (registry, obligations, indicators, accounts, thresholds, protocols) for kind in room.KINDS
]
FOLLOWERS: dict[str, Callable[[Entry, Any], Iterable[Any]]] = {
    "registry": registry.Registry(KINDS).follow,
    "obligations": obligations.Obligations([facts for item in INSTRUMENTS for facts in item.facts]).follow,
    "indicators": indicators.Indicators().follow,
    "accounts": accounts.Accounts().follow,
    "thresholds": thresholds.Thresholds().follow,
    "protocols": protocols.Protocols([response for item in INSTRUMENTS for response in item.responses]).follow,
    **{item.id: item.follow for item in INSTRUMENTS if item.follow},
}


@pytest.mark.parametrize("name", sorted(FOLLOWERS))
def test_nothing_follows_from_an_erased_entry(name: str) -> None:
    tables = MemoryTables()
    when = datetime(2026, 1, 1, tzinfo=UTC)
    for index, kind in enumerate([*ROOM_KINDS, *KINDS, registry.RULE_ADOPTED]):
        subject = f"{kind.noun}:one" if kind.noun else None
        entry = Entry(index, kind.id, kind.version, when, "party:a", subject, {}, erased=True)
        assert list(FOLLOWERS[name](entry, tables)) == [], kind.id
