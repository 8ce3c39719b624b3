"""How often somebody may come, and from where they come: token buckets by name, shared by the doors."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from commonweal.kernel.values import CommonwealError

UNKNOWN = "(unknown)"
_FORWARDED_MAX = 50
Network = IPv4Network | IPv6Network


class TooMany(CommonwealError):
    status = 429
    code = "too-many"
    title = "Too many requests"

    def __init__(self, wait_s: float, what: str) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        super().__init__(f"too many requests from this {what}; try again in {self.wait_s} s. Nothing was written")


class Buckets:
    """Token buckets by name: the least recently used are forgotten, which can only let somebody in sooner."""

    def __init__(self, what: str, *, kept: int = 20_000, now: Callable[[], float] = time.monotonic) -> None:
        self._what, self._kept, self._now = what, kept, now
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_s: float, burst: float, cost: float = 1.0) -> None:
        """Take tokens. Raises `TooMany` (and takes none) when there are too few."""
        now = self._now()
        with self._lock:
            level, since = self._levels.pop(name, (burst, now))
            level = min(burst, level + (now - since) * per_s)
            enough = level >= 1.0
            self._levels[name] = (level - cost if enough else level, now)
            if len(self._levels) > self._kept:
                self._levels.popitem(last=False)
        if not enough:
            raise TooMany((1.0 - level) / per_s, self._what)


def comes_from(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address that a request counts against.

    It is the peer's, unless the peer is a trusted proxy: then it is the right-most entry of X-Forwarded-For that is not
    a trusted proxy too. What stands left of that anybody can have written, so nothing there is believed. An entry that
    is no address ends the walk at the proxy that passed it on.

    Args:
        peer: The address that the connection comes from; "" where it has none.
        forwarded: The values of the X-Forwarded-For headers, in the order they came.
        trusted: The networks of the proxies in front of this service (`trusted_proxies` in `authority.toml`).
    """
    here = _read(peer)
    if here is None:
        return peer or UNKNOWN
    entries = ",".join(forwarded).rsplit(",", _FORWARDED_MAX)[-_FORWARDED_MAX:]
    while entries and any(here in network for network in trusted):
        further = _read(entries.pop())
        if further is None:
            break
        here = further
    return str(here)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without a port; one of IPv4 mapped into IPv6 is that of IPv4."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
