"""Against what a request of somebody without a key counts: where it comes from, more of it where many share that."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from commonweal.pacing import Buckets

from .site import View

# Behind one of `shared_addresses`, an onion service or a newsroom, so many times more may come than behind another.
SHARED_TIMES = 20


def network(view: View) -> str:
    """What one sender is counted as: an address of IPv4, or the /64 network of IPv6 that one customer has whole."""
    here = view.comes_from
    try:
        address = ip_address(here)
    except ValueError:
        return here
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64)) + "/64"
    return here


def take(view: View, buckets: Buckets, per_s: float, burst: float, cost: float = 1.0) -> None:
    """Count a request against where it comes from. Raises `TooMany`."""
    times = SHARED_TIMES if _is_shared(view) else 1
    buckets.take(network(view), per_s * times, burst * times, cost)


def _is_shared(view: View) -> bool:
    """Whether whoever runs this says that many people stand behind an address who do not know each other."""
    shared = view.authority.settings.shared_addresses
    try:
        return bool(shared) and any(ip_address(view.comes_from) in one for one in shared)
    except ValueError:
        return False
