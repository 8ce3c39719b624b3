"""How often somebody may come, and from where they come: token buckets by name, shared by the doors."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from commonweal.kernel.values import BadInput, CommonwealError, Conflict, Forbidden, NotFound

UNKNOWN = "(unknown)"
_FORWARDED_MAX = 50
RESERVED, FEW, FORGOTTEN_PER_S = 1 / 2, 3, 1 / 60
REFUSED_PER_S, REFUSED_BURST = 1.0, 120.0
Network = IPv4Network | IPv6Network


class TooMany(CommonwealError):
    status = 429
    code = "too-many"
    title = "Too many requests"

    def __init__(self, wait_s: float, what: str) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        super().__init__(f"too many requests from this {what}; try again in {self.wait_s} s. Nothing was written")


class RefusedOften(TooMany):
    """Somebody was refused what they filed so often that they are told nothing more for a while."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s, "party, whose filings were refused")


class Common:
    """A bucket for everybody together, the last part of which is kept for whoever took little of it lately.

    So one network, however many addresses it has, does not keep out those who come from elsewhere: once less than
    `RESERVED` of the burst is there, who took `FEW` waits until that is over, one a minute or what the rate gives.
    """

    def __init__(self, what: str, *, kept: int = 20_000, now: Callable[[], float] = time.monotonic) -> None:
        self._what, self._kept, self._now = what, kept, now
        self._lock = threading.Lock()
        self._level: tuple[float, float] | None = None
        self._took: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_s: float, burst: float, cost: float = 1.0, share: int = 1) -> None:
        """Take tokens for a name that counts for `share` others. Raises `TooMany` (and takes none)."""
        now = self._now()
        with self._lock:
            level, since = self._level or (burst, now)
            level = min(burst, level + (now - since) * per_s)
            took, when = self._took.pop(name, (0.0, now))
            took = max(0.0, took - (now - when) * FORGOTTEN_PER_S * share)
            scarce = level < burst * RESERVED and took >= FEW * share
            enough = level >= 1.0 and not scarce
            self._level = (level - cost if enough else level, now)
            if took or (enough and cost):
                self._took[name] = (took + cost if enough else took, now)
            while len(self._took) > self._kept:
                self._took.popitem(last=False)
        if not enough:
            again = (took - FEW * share) / (FORGOTTEN_PER_S * share) if scarce else (1.0 - level) / per_s
            raise TooMany(again, self._what)


class Buckets:
    """Token buckets by name: the least recently used are forgotten, which can only let somebody in sooner."""

    def __init__(self, what: str, *, kept: int = 20_000, now: Callable[[], float] = time.monotonic) -> None:
        self._what, self._kept, self._now = what, kept, now
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_s: float, burst: float, cost: float = 1.0) -> None:
        """Take tokens. Raises `TooMany` (and takes none) when there are too few."""
        self.take_each([(name, 1)], per_s, burst, cost)

    def take_each(self, names: Sequence[tuple[str, int]], per_s: float, burst: float, cost: float = 1.0) -> None:
        """Take tokens from the bucket of each name, which has so many times the rate and burst: of all or of none.

        Raises `TooMany` when one of them has too few.
        """
        now, waits = self._now(), 0.0
        with self._lock:
            levels: dict[str, float] = {}
            for name, times in names:
                level, since = self._levels.pop(name, (burst * times, now))
                levels[name] = level = min(burst * times, level + (now - since) * per_s * times)
                if level < 1.0:
                    waits = max(waits, (1.0 - level) / (per_s * times))
            for name, level in levels.items():
                self._levels[name] = (level if waits else level - cost, now)
            while len(self._levels) > self._kept:
                self._levels.popitem(last=False)
        if waits:
            raise TooMany(waits, self._what)


class Refused:
    """How often somebody may be refused what they file, at whichever door.

    A refused filing is on no record: nobody asks by it what is there as often as a door answers.
    """

    def __init__(self, per_s: float = REFUSED_PER_S, burst: float = REFUSED_BURST) -> None:
        self._per_s, self._burst = per_s, burst
        self._buckets = Buckets("party")

    @contextmanager
    def counted(self, names: Sequence[tuple[str, int]]) -> Iterator[None]:
        """Count a refusal against each name (`Buckets.take_each`). Raises `RefusedOften` before any work is done.

        What we fail at counts as refused: whoever found a fault of ours does not repeat it as fast as they like.
        """
        self.admit(names)
        try:
            yield
        except Exception as error:
            if isinstance(error, (BadInput, Conflict, Forbidden, NotFound)) or not isinstance(error, CommonwealError):
                self.count(names)
            raise

    def admit(self, names: Sequence[tuple[str, int]]) -> None:
        """Raises `RefusedOften` where one of them was refused too often."""
        try:
            self._buckets.take_each(names, self._per_s, self._burst, cost=0)
        except TooMany as error:
            raise RefusedOften(error.wait_s) from error

    def count(self, names: Sequence[tuple[str, int]]) -> None:
        """Count one refusal, also where several at once are one too many."""
        with suppress(TooMany):
            self._buckets.take_each(names, self._per_s, self._burst)


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
