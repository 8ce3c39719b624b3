"""Files that somebody sent and that no entry names yet, for checks that read what is filed."""

from __future__ import annotations

from collections.abc import Callable

from commonweal.kernel.values import NotFound

Sent = Callable[[str], bytes]
"""A file by its SHA-256. Raises `NotFound`."""


def nothing_sent(sha256: str) -> bytes:
    """Nobody sent anything."""
    raise NotFound("upload that waits for an entry", sha256)
