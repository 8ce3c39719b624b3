"""Under which address this service is known: what a signed request must name, so that none counts at another service.

A signature covers the address that its maker meant. What the request itself says in `Host` proves nothing about it: the
receiver of a signed request could send it on to another service with the same `Host`. So the address signed is held
against the one configured. It is, in this order: what `app` was given, `COMMONWEAL_PUBLIC_URL`, and `public_url` in
`authority.toml`. Where none is configured, only loopback addresses and the host of the log's origin are accepted; that
does not tell apart services on one host, so a service that others reach should be configured.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from commonweal.settings import FILE, Settings, checked_public_url

from .problems import Unauthorized

LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Addresses:
    """The addresses a signed request may name."""

    def __init__(self, public_url: str, origin: str) -> None:
        self._base = checked_public_url(public_url)
        self._hosts = LOOPBACK | {origin.partition("/")[0].partition(":")[0].lower()}

    @classmethod
    def of(cls, settings: Settings, given: str = "") -> Addresses:
        """The addresses of an authority's service, as configured. Raises `BadInput` for what is no address."""
        return cls(given or settings.address, settings.origin)

    def url(self, request: Request) -> str:
        """The address that a signature of this request has to cover. Raises `Unauthorized` where there is none."""
        query = f"?{request.url.query}" if request.url.query else ""
        if self._base:
            return f"{self._base}{request.url.path}{query}"
        host = request.headers.get("host", "")
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            name = None
        if name not in self._hosts:
            raise Unauthorized(
                "this service is not configured to be known under this host, so no signed request is taken under it; "
                f"its operator sets public_url in {FILE}",
                "Host",
                host[:100],
            )
        return str(request.url)
