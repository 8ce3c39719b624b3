"""One thing that an officer can do with a report, and how its answers are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonweal.kernel.instrument import Act, Fault, Kind, Question, Reading, Text

Given = Mapping[str, str]


@dataclass(frozen=True)
class Doing:
    """One thing that can be done with a report: what it is called, what it asks (with what stands there at first, by
    field), what is filed by the answers, and of which kind attachments come with them. `meanwhile` gives, where what it
    began from is no longer the newest version, the answers as they go on from that, and what changed."""

    title: Text
    lead: Text
    button: Text
    asks: Callable[[Reading, str], Sequence[Question]]
    acts: Callable[[Reading, str, Given], Sequence[Act]]
    begins: Callable[[Reading, str], Given] = lambda reading, about: {}
    attaches: Kind | None = None
    meanwhile: Callable[[Reading, str, Given], tuple[Given, Sequence[Fault]]] | None = None


def filled(given: Given, *names: str) -> dict[str, Any]:
    """The named answers that are not empty, without blanks around them and with plain line ends."""
    said = {name: given.get(name, "").replace("\r\n", "\n").strip() for name in names}
    return {name: value for name, value in said.items() if value}


def lines(text: str) -> list[str]:
    """The lines of an answer that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]
