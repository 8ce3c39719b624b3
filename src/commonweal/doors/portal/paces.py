"""Against what a request of somebody without a key counts: where it comes from, more of it where many share that."""

from __future__ import annotations

from ipaddress import ip_address

from commonweal.networks import Sender
from commonweal.pacing import Buckets, Common

from .site import View

# Behind one of `shared_addresses`, an onion service or a newsroom, so many times more may come than behind another.
SHARED_TIMES = 20


def network(view: View) -> str:
    """The narrowest network that a request counts against, of which one customer has all."""
    return _networks(view)[0][0]


def networks(view: View) -> list[tuple[str, int]]:
    """Every network that a request counts against, each with how many times as much may come from it."""
    times = _times(view)
    return [(name, share * times) for name, share in _networks(view)]


def sender(view: View) -> Sender:
    """As whose something lies in a common room: that of the widest network that a request counts against.

    Where many people share an address who do not know each other, it has no operator.
    """
    times = _times(view)
    operator = view.authority.settings.senders.operator(view.comes_from) if times == 1 else ""
    return Sender(_networks(view)[-1][0], times, operator)


def take(view: View, buckets: Buckets, per_s: float, burst: float, cost: float = 1.0) -> None:
    """Count a request against where it comes from, the wide networks with the narrow one. Raises `TooMany`."""
    buckets.take_each(networks(view), per_s, burst, cost)


def take_common(view: View, common: Common, per_s: float, burst: float, cost: float = 1.0) -> None:
    """Count a request against what everybody may do together. Raises `TooMany`."""
    one = sender(view)
    common.take(one.network, per_s, burst, cost, one.share)


def _networks(view: View) -> list[tuple[str, int]]:
    return view.authority.settings.senders.networks(view.comes_from)


def _times(view: View) -> int:
    """For how many senders one counts: whoever runs this says where many people stand behind an address who do not know
    each other."""
    shared = view.authority.settings.shared_addresses
    try:
        return SHARED_TIMES if shared and any(ip_address(view.comes_from) in one for one in shared) else 1
    except ValueError:
        return 1
