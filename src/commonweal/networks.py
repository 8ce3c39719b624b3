"""Who is counted as one sender, and how a common room is shared between those who have no key.

Of somebody without a key nothing is known but from where they come, and there one line has many addresses: RIPE-690
(October 2017) gives a home a /56 of IPv6 and a business a /48. So what a network brings counts as that of each wider
one it lies in, and a room that is scarce is shared between the widest: the one that has most of it makes room first,
and nobody's goes for the sake of somebody who has more. What lies from where is kept in memory, never on disk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

RESERVED = 1 / 8
"""The part of a room that is kept for senders of whom nothing lies there yet; what many networks of one operator have
beyond it goes when there is no other room."""
OPERATORS = {4: 16, 6: 32}
"""By version of IP the prefix of what one operator is given at once (RIPE-738 for IPv6): it has thousands of /48s."""


@dataclass(frozen=True, slots=True)
class Senders:
    """By prefix length how many times as much as one sender a network so wide may bring, the narrowest first."""

    ipv4: Mapping[int, int] = field(default_factory=lambda: {32: 1, 24: 16})
    ipv6: Mapping[int, int] = field(default_factory=lambda: {64: 1, 56: 4, 48: 16})

    def networks(self, address: str) -> list[tuple[str, int]]:
        """The networks that an address counts against, each with how many times as much it may bring.

        >>> Senders().networks("2001:db8:1:2::7")
        [('2001:db8:1:2::/64', 1), ('2001:db8:1::/56', 4), ('2001:db8:1::/48', 16)]
        >>> Senders().networks("203.0.113.7"), Senders().networks("(unknown)")
        ([('203.0.113.7', 1), ('203.0.113.0/24', 16)], [('(unknown)', 1)])
        """
        try:
            here = ip_address(address)
        except ValueError:
            return [(address, 1)]
        ladder = self.ipv6 if isinstance(here, IPv6Address) else self.ipv4
        found = [(ip_network((here, length), strict=False), times) for length, times in sorted(ladder.items())[::-1]]
        return [(str(one).removesuffix("/32") if one.version == 4 else str(one), times) for one, times in found]

    def operator(self, address: str) -> str:
        """The network of one operator in which an address lies; "" where it is none.

        >>> Senders().operator("2001:db8:1:2::7"), Senders().operator("203.0.113.7"), Senders().operator("(unknown)")
        ('2001:db8::/32', '203.0.0.0/16', '')
        """
        try:
            here = ip_address(address)
        except ValueError:
            return ""
        return str(ip_network((here, OPERATORS[here.version]), strict=False))


@dataclass(frozen=True, slots=True)
class Sender:
    """The widest network that somebody is counted in, "" where nothing is known, for how many senders it counts, and
    the operator's in which it lies (`Senders.operator`), "" where it makes no room with its neighbours."""

    network: str = ""
    share: int = 1
    operator: str = ""


NOBODY = Sender()


@dataclass(frozen=True, slots=True)
class Lying:
    """Something that lies in a common room: whose, how large in bytes, and since when."""

    name: str
    sender: Sender
    size: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Room:
    """A room for so many things and bytes. Under pressure what lies longer than `lapses` makes room for anybody."""

    count_max: int
    bytes_max: int
    lapses: timedelta

    def makes_room(
        self, there: Sequence[Lying], sender: Sender, size: int, now: datetime, spare: int = 0
    ) -> list[str] | None:
        """What goes, so that there is room for one more of a size: nothing while there is; None where there is none.

        First goes what lay longest of the sender who has most, for as long as that is more than the newcomer would
        have; then what lapsed; then what lay longest of the sender who has most among the networks of one operator that
        have more than `RESERVED` together, where the newcomer is of another: whoever has thousands of networks and
        puts little from each keeps nobody out. `spare`: room for so many more is made too, where it can be, so that the
        next come in without asking.
        """
        return _Clearing(self, there, sender, size, now).cleared(spare)

    def _fits(self, count: int, total: int, size: int, part: float) -> bool:
        return count < self.count_max * part and total + size <= self.bytes_max * part

    def weight(self, count: int, total: int, share: int) -> float:
        """How much of the room something is: of its places or of its bytes, whichever is more."""
        return max(count / self.count_max, total / self.bytes_max) / share


class _Clearing:
    """One making of room: a sender who has something there already has no room in what is reserved."""

    def __init__(self, room: Room, there: Sequence[Lying], sender: Sender, size: int, now: datetime) -> None:
        self.room, self.sender, self.size = room, sender, size
        self.old = now - room.lapses
        self.count, self.total = len(there), sum(one.size for one in there)
        self.lies: dict[str, deque[Lying]] = {}
        self.bytes: dict[str, int] = {}
        for one in sorted(there, key=lambda one: one.since):
            self.lies.setdefault(one.sender.network, deque()).append(one)
            self.bytes[one.sender.network] = self.bytes.get(one.sender.network, 0) + one.size
        own = self.lies.get(sender.network, ())
        self.part = 1 - RESERVED if own else 1.0
        self.own = room.weight(len(own) + 1, self.bytes.get(sender.network, 0) + size, sender.share)

    def cleared(self, spare: int) -> list[str] | None:
        gone: list[str] = []
        while not self._fits(0):
            ways = (self._heavier, self._lapsed, self._of_an_operator)
            network = next((found for way in ways if (found := way()) is not None), None)
            if network is None:
                return None
            gone.append(self._take(network))
        while not self._fits(spare) and (network := self._heavier()):
            gone.append(self._take(network))
        return gone

    def _fits(self, spare: int) -> bool:
        return self.room._fits(self.count + spare, self.total, self.size, self.part)

    def _heavier(self) -> str | None:
        """Who has most, if that is more than the newcomer would have and some of it may go: of those of whom nothing is
        known, as after a start, only what lapsed."""
        able = [network for network, lies in self.lies.items() if lies and (network or self._is_old(lies[0]))]
        heaviest = max(able, key=self._weight, default=None)
        return heaviest if heaviest is not None and self._weight(heaviest) > self.own else None

    def _of_an_operator(self) -> str | None:
        """Who has most among the networks of the operator that has most, if that is another's and too much for one."""
        of: dict[str, list[str]] = {}
        for network, lies in self.lies.items():
            if lies and lies[0].sender.operator not in ("", self.sender.operator):
                of.setdefault(lies[0].sender.operator, []).append(network)
        together = {one: self._together(networks) for one, networks in of.items()}
        heaviest = max(together, key=lambda one: together[one], default=None)
        if heaviest is None or together[heaviest] <= RESERVED:
            return None
        return max(of[heaviest], key=self._weight)

    def _together(self, networks: Sequence[str]) -> float:
        count, total = (sum(map(of, networks)) for of in (lambda one: len(self.lies[one]), self.bytes.__getitem__))
        return self.room.weight(count, total, 1)

    def _lapsed(self) -> str | None:
        lapsed = [network for network, lies in self.lies.items() if lies and self._is_old(lies[0])]
        return max(lapsed, key=self._weight, default=None)

    def _is_old(self, one: Lying) -> bool:
        return one.since <= self.old

    def _weight(self, network: str) -> float:
        lies = self.lies[network]
        return self.room.weight(len(lies), self.bytes[network], lies[0].sender.share)

    def _take(self, network: str) -> str:
        one = self.lies[network].popleft()
        self.bytes[network] -= one.size
        self.count, self.total = self.count - 1, self.total - one.size
        return one.name
