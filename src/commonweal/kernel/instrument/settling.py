"""What an instrument says of a subject that somebody wants to erase: why it does not go as it stands."""

from __future__ import annotations

from typing import Literal, NamedTuple

Stops = Literal["alone", "for_a_cause", "always"]


class Unsettled(NamedTuple):
    """Why what is sealed of a subject is not erased as it stands; `why` goes on from what it is: "… is under appeal".

    With `alone` it takes two officers, with `for_a_cause` nobody erases it before its time has ended, with `always`
    nobody does then either, until it is settled.
    """

    why: str
    stops: Stops
