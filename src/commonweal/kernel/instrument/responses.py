"""What an instrument has run when something comes, who has no voice in it, and what a voice for it waits for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from commonweal.kernel.record import Entry, Reader
from commonweal.kernel.values import Fault

from .recusal import Spoke


def nobody(subject: str, reader: Reader, spoke: Spoke) -> Collection[str]:
    """That a case is nobody's own matter."""
    return ()


def nothing(subject: str, reader: Reader, at: datetime) -> Iterable[Fault]:
    """That a voice for what a case asks for waits for nothing."""
    return ()


@dataclass(frozen=True)
class Response:
    """ "When this entry comes, run that playbook": the instrument introduces rooms to each other.

    `match(entry, reader)` gives the subject of the case to open (or None), for entries of kind `on`. `apart(subject,
    reader, spoke)` gives the organisations and parties whose own matter such a case is: they approve nothing in it;
    `spoke` says for whom a party's access keys speak or spoke. `owing(subject, reader, at)` gives, as the faults of a
    voice for what such a case asks for, what has to be there by then and is not.
    """

    on: str
    playbook: str
    match: Callable[[Entry, Reader], str | None]
    apart: Callable[[str, Reader, Spoke], Collection[str]] = nobody
    owing: Callable[[str, Reader, datetime], Iterable[Fault]] = nothing
