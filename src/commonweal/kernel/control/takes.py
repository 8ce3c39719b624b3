"""What an act takes: two people, one who is no party, or whose the money is.

Who takes money out, claims, says where it goes or files what they pay in does so alone. Where one of the office writes
that down for them, on paper or over the counter, it waits for a second, none of both a party to it; and whose it is are
told by a letter. Else an officer alone acts for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from commonweal.kernel.instrument import Reader, Reading, Row, Text

from .apart import REVIEW

SELF, FOR_THEM = "self", "officer"
Speaker = Literal["self", "officer", "other"]
"""For whom its filer speaks, as the door says (`registry.SaidBy`): for themselves, for whose it is, or for neither."""


def by_themselves(body: dict[str, Any]) -> dict[str, Any]:
    """A body from before it was asked for whom its filer speaks: it stands as it was done."""
    return {**body, "said_by": SELF}


@dataclass(frozen=True)
class Two:
    """A kind of act that takes two people.

    `concerns(reader, body)` are the subjects whose money it moves; `parties(body)` whoever else gains by it. Of those
    for which `one_of(body)` is alike one waits at a time (empty: any number). `says(reading, row)` tells the second
    what they confirm, as pairs of a label and words; `row` is one of the table of what waits. `payload` names the texts
    that come with it and wait with it, `within(payload)` the subjects that these name.
    """

    concerns: Callable[[Reader, Mapping[str, Any]], Iterable[str]]
    says: Callable[[Reading, Row], Sequence[tuple[Text, str]]]
    parties: Callable[[Mapping[str, Any]], Iterable[str]] = lambda body: ()
    one_of: Callable[[Mapping[str, Any]], str] = lambda body: ""
    payload: tuple[str, ...] = ()
    within: Callable[[Mapping[str, bytes]], Iterable[str]] = lambda payload: ()


@dataclass(frozen=True)
class Decides:
    """A kind by which one of the office decides about money, who is no party to what it `concerns(reader, body)`, as
    its field `where` names that; and none of those who did `before(reader, body)` what it looks at again (`why`)."""

    where: str
    concerns: Callable[[Reader, Mapping[str, Any]], Iterable[str]]
    before: Callable[[Reader, Mapping[str, Any]], Collection[str]] = lambda reader, body: ()
    why: Text = REVIEW


class Moved(NamedTuple):
    """An act by which money moves."""

    kind: str
    body: Mapping[str, Any]
    two: Two
    payload: Mapping[str, bytes] = MappingProxyType({})

    def concerns(self, reader: Reader) -> list[str]:
        """The subjects whose money moves."""
        within = self.two.within(self.payload) if self.payload else ()
        return [*self.two.concerns(reader, self.body), *within]


@dataclass(frozen=True)
class Theirs:
    """A kind by which whose the money is says something, with a field `said_by` that the door fills in.

    `two` is what it takes where one of the office enters it for them, `whose(reader, body)` the parties whose it is.
    `speaks(reader, body, party)` says who speaks of their own though its subject is not theirs, or not any more.
    """

    two: Two
    whose: Callable[[Reader, Mapping[str, Any]], Collection[str]]
    speaks: Callable[[Reader, Mapping[str, Any], str], bool] = lambda reader, body, party: False

    def entered_for(self, reader: Reader, body: Mapping[str, Any], party: str) -> bool:
        """Whether somebody of the office enters it for whose it is."""
        return body.get("said_by") == FOR_THEM and not self.speaks(reader, body, party)
