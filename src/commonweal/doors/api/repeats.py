"""A request that is sent once more because its answer was lost is no other filing, unless its sender says so.

Of most kinds the same filing sent again gets the receipt of the first. Of those that are `renewable` it is another one,
and money may move by it: without an Idempotency-Key nobody can tell a second taking-out from a second try.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel import registry
from commonweal.kernel.instrument import Act
from commonweal.kernel.values import Repeated

TRIES = timedelta(minutes=10)
"""For how long the same without a key is taken for another try: clients try again within seconds, and give up within
minutes; a person who so soon means another of the same gives a key."""


def meant(authority: Authority, act: Act, caller: Caller) -> Act:
    """An act under a key by which what is the same within a while is told; as it is where that needs no telling.

    Raises `Repeated` where the same party filed the same so short a while ago, and what the check of the act raises.
    """
    kind = authority.kinds.get(act.kind)
    if act.key or kind is None or not kind.renewable or kind.keyed:
        return act
    content, now = authority.check(act, caller).key.rpartition(":")[0], authority.clock.now()
    this = int(now.timestamp() // TRIES.total_seconds())
    key = ""
    for span in (this - 1, this):
        turn, key = 0, f"{content}:{span}/0"
        while (there := authority.store.placed(caller.party, key)) is not None:
            _held_against(authority, there[0].index, now)
            turn += 1
            key = f"{content}:{span}/{turn}"
    return replace(act, key=key)


def _held_against(authority: Authority, index: int, now: datetime) -> None:
    """Raise `Repeated` where an entry that says the same is new and stands."""
    when = datetime.fromisoformat(authority.store.entry(index).time)
    authority.follow()
    if now - when < TRIES and not registry.marks(authority.reader, index, "annulled"):
        raise Repeated(
            f"the same was filed at {when.isoformat().replace('+00:00', 'Z')} as entry {index}, and of this kind the "
            "same once more is another filing. If this is one, send it with an Idempotency-Key (any that you did not "
            f"use before); if it is another try of the first, GET /api/v1/receipts/{index} gives its receipt"
        )
