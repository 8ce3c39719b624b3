"""Reaching addresses that others give: each host resolved once, held against where it may lie, and bounded in time.

A name is resolved when the connection is made, what it resolves to is checked, and the connection goes to just that
address: between a check and the use of a name, its server could answer otherwise. All that is waited for, from the
look-up to the last byte, has one end.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

from commonweal.kernel.values import Busy, CommonwealError, Lasting

IDLE_S_MAX = 15.0
_LATER = frozenset((408, 421, 423, 425, 429))
_CHANGES = {
    401: "it asks for a sign-in, and none is sent: use an address that is open to all",
    403: "it refuses this address to us: ask whoever runs it, or use one that is open to all",
    404: "there is nothing at this address: correct it",
    410: "what was at this address is gone for good: find where it is now, and correct the address",
}
_CARRIED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))
"""IPv6 ranges that carry an IPv4 address: they lead wherever that does (RFC 6052, 8215, 3056, 4380, 4291)."""


class Unreachable(OSError):
    """A host that cannot be resolved, or lies where it may not. `lasting`: asking again gives the same."""

    def __init__(self, said: str, *, lasting: bool) -> None:
        super().__init__(said)
        self.lasting = lasting


def refusal(status: int, at: str, retry_after: str = "") -> CommonwealError:
    """What an HTTP status other than success comes to: `Busy` where another time may do, else `Lasting`."""
    if status in _LATER or status >= 500:
        when = f" and asks to wait {retry_after} s" if retry_after.isdecimal() and len(retry_after) < 8 else ""
        return Busy(f"{at} answered {status}{when}; nothing was filed")
    return Lasting(
        f"{at} answered {status}: {_CHANGES.get(status, 'it does not take this request: check the address')}"
    )


def failure(error: Exception, at: str) -> CommonwealError:
    """What a failed exchange comes to: `Lasting` for a certificate or a host that must change, else `Busy`."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            what = f"its certificate is not good ({seen.verify_message})"
            return Lasting(f"{at}: {what}: whoever runs it must renew it, or the address names the wrong host")
        if isinstance(seen, Unreachable) and seen.lasting:
            return Lasting(f"{at}: {seen}: correct the address")
        if isinstance(seen, httpx.InvalidURL | httpx.UnsupportedProtocol):
            return Lasting(f"{at} is no address that can be asked: {seen}")
        seen = seen.__cause__ or seen.__context__
    return Busy(f"could not fetch {at}: {str(error) or 'no answer'}; nothing was filed")


def is_public(address: str) -> bool:
    """Whether an IP address lies in the public internet, also by way of what it carries."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in network for network in _CARRIED):
            return False
    return found.is_global and not found.is_multicast


def anywhere(address: str) -> bool:
    """Every address will do: for those that whoever runs this has written down."""
    return True


def resolved(host: str, port: int, allowed: Callable[[str], bool]) -> list[str]:
    """The addresses of a host, all of which must be allowed. Raises `Unreachable`."""
    try:
        found = {str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise Unreachable(f"{host} cannot be looked up now: {error.strerror}", lasting=False) from error
        raise Unreachable(f"{host} is no known host", lasting=True) from error
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} is no host that can be looked up", lasting=True) from error
    if refused := sorted(address for address in found if not allowed(address)):
        raise Unreachable(f"{host} is {', '.join(refused)}, which is no public address", lasting=True)
    return sorted(found, key=lambda address: (":" in address, address))


class Transport(httpx.HTTPTransport):
    """A transport for one exchange that ends `seconds` after it was made; hosts lie where `allowed` says they may."""

    def __init__(self, seconds: float, allowed: Callable[[str], bool]) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=1,
            network_backend=_Backend(time.monotonic() + seconds, allowed),
        )


class _Backend(httpcore.NetworkBackend):
    def __init__(self, ends: float, allowed: Callable[[str], bool]) -> None:
        self._ends, self._allowed, self._inner = ends, allowed, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolved(host, port, self._allowed)
        except Unreachable as error:
            raise httpcore.ConnectError(str(error)) from error
        for number, address in enumerate(addresses, 1):
            left = _left(self._ends, timeout, httpcore.ConnectTimeout)
            try:
                stream = self._inner.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _Stream(stream, self._ends)
        raise httpcore.ConnectError(f"{host} has no address")


class _Stream(httpcore.NetworkStream):
    """A connection on which nothing is waited for beyond its end."""

    def __init__(self, inner: httpcore.NetworkStream, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._ends, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._ends, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._ends, timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(ends: float, timeout: float | None, over: type[Exception]) -> float:
    """How long may still be waited. Raises `over` where that is no time."""
    left = ends - time.monotonic()
    if left <= 0:
        raise over("too slow: its time is over")
    return min(left, IDLE_S_MAX if timeout is None else timeout)
