"""What an instrument has run when something comes, and who has no voice in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from commonweal.kernel.record import Entry, Reader


def nobody(subject: str, reader: Reader) -> Collection[str]:
    """That a case is nobody's own matter."""
    return ()


@dataclass(frozen=True)
class Response:
    """ "When this entry comes, run that playbook": the instrument introduces rooms to each other.

    `match(entry, reader)` gives the subject of the case to open (or None), for entries of kind `on`. `apart(subject,
    reader)` gives the organisations and parties whose own matter such a case is: they approve nothing in it.
    """

    on: str
    playbook: str
    match: Callable[[Entry, Reader], str | None]
    apart: Callable[[str, Reader], Collection[str]] = nobody
