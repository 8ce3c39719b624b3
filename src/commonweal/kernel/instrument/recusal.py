"""Who keeps out of what for a conflict of interest, and to whom of the authority's people something was given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import Text

Spoke = Callable[[str, str], Collection[str]]
"""The bodies for which a party's access keys spoke at an instant (as `stamp` writes it, "" for the first) or later."""


def for_nobody(party: str, since: str) -> Collection[str]:
    """As `Spoke` where no access key says for whom anybody speaks."""
    return ()


@dataclass(frozen=True)
class Recusal:
    """Who may not read in a role of the authority what is about a subject, nor file anything about it by a kind of
    another room, though they hold that role. What the instrument's own kinds ask, its `check` says.

    `holds(subject, party, reader, at, spoke)` says whether something stands against it; it is asked of subjects of
    `nouns`, for who comes in one of `roles`. What they may read otherwise, as whoever filed it, they read still.
    `want` says who may file, to who may not; `ways(subject)` gives what they may still do about it, each with its
    address. `behind(subject, reader)` gives which of them another's subject was given or made of: who decides about a
    duty on that one decides in those too. `free(party, reader, at, spoke)` says, without asking of each, that it holds
    of none: of most of an office that is so.
    """

    nouns: tuple[str, ...]
    roles: tuple[str, ...]
    holds: Callable[[str, str, Reader, datetime, Spoke], bool]
    want: Text
    ways: Callable[[str], Sequence[tuple[Text, str]]] = lambda subject: ()
    behind: Callable[[str, Reader], Iterable[str]] = lambda subject, reader: ()
    free: Callable[[str, Reader, datetime, Spoke], bool] = lambda party, reader, at, spoke: False


@dataclass(frozen=True, slots=True)
class Handling:
    """To whom of the authority's people entries of some kinds are open as those who handle what they belong to.

    `holds(index, party, reader)` says of one entry whether a party was given that. Who was, and says what for, has the
    role `handling` towards the entry: what that opens the instrument's policies say. The authority itself has it.
    `given(subject, party, reader)` says the same of a subject of these `nouns`: a letter that says who reported it is
    read by nobody else either.
    """

    kinds: tuple[str, ...]
    holds: Callable[[int, str, Reader], bool]
    nouns: frozenset[str]
    given: Callable[[str, str, Reader], bool]
