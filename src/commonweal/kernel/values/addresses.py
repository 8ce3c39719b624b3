"""Web addresses as people copy them: with letters of any script (RFC 3987), and nobody's password."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

_KEPT = "%/:@!$&'()*+,;=~-._?"
"""What stands for itself in a path or query (RFC 3986, 3.3 and 3.4); `%` too, since much is escaped already."""


def as_uri(address: Any) -> Any:
    """A web address in ASCII: its host as domain names are written (IDNA), the rest escaped (RFC 3987, 3.1).

    What is no web address at all is given back as it is, for the pattern of its field to judge. Raises `ValueError` for
    one with a name or password, and for a host that no domain name can be.
    """
    if not isinstance(address, str) or (parts := _split(address)) is None:
        return address
    if parts.username is not None or parts.password is not None:
        raise ValueError("a web address without a name or password before an @: whoever reads it would have them")
    if address.isascii():
        return address
    try:
        host = str(parts.hostname).encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("a web address whose host is a domain name") from None
    port = f":{parts.port}" if parts.port is not None else ""
    path, query, fragment = (quote(part, safe=_KEPT) for part in (parts.path, parts.query, parts.fragment))
    return SplitResult(parts.scheme, host + port, path, query, fragment).geturl()


def _split(address: str) -> SplitResult | None:
    """The parts of a web address; None for what is none."""
    try:
        parts = urlsplit(address)
        named = parts.hostname, parts.port  # a port that is none is found when it is asked for
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and named[0] else None
