"""Changes of the authority's own keys that were begun: recorded, then put into effect, by whoever comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from commonweal.kernel import credentials, disclosure
from commonweal.kernel.record import Act, Keyring
from commonweal.kernel.values import Conflict


class Begun(Protocol):
    """Keys in which a change may have been begun."""

    def pending(self) -> dict[str, Any] | None: ...

    def settle(self, vkey: str) -> None: ...

    def issuer_pending(self) -> dict[str, Any] | None: ...

    def settle_issuer(self, kid: str) -> None: ...


def end_changes(keys: Begun, keyring: Callable[[], Keyring], turn: Callable[[Act], int]) -> int | None:
    """Record what `keys` has begun, and go over to it; the index of the last entry, or None where nothing was begun.

    Safe to repeat after a crash. Raises `Conflict` where another process changed the same key meanwhile, or the log is
    closed: then the old key stays.
    """
    index = None
    if (begun := keys.issuer_pending()) is not None:
        try:
            index = turn(credentials.key_published(begun))
        except Conflict:
            keys.settle_issuer("")
            raise
        keys.settle_issuer(begun["kid"])
    if (begun := keys.pending()) is None:
        return index
    try:
        return turn(disclosure.succession.key_change(begun))
    finally:
        ring = keyring()
        if ring.current != begun["old_key"] or ring.closed is not None:
            keys.settle(ring.current)
