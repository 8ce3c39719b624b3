"""What whoever is signed in owes: what is told to them alone is in no public list, and has a page of its own."""

from __future__ import annotations

from commonweal.kernel import obligations
from commonweal.kernel.record import Row

from .site import View

OWN = "/duties/own"
SAID_ON = ("/duties", "/board", "/deadlines")
"""The public lists on which somebody looks for what they owe."""
OPEN = ("owed", "overdue", "broken")


def own_rows(view: View) -> list[Row]:
    """Every duty of whoever is signed in and of their organisation, told in confidence or not."""
    caller = view.required().caller
    own = {caller.party, caller.organisation} - {""}
    reader = view.reader
    return [row for one in sorted(own) for row in obligations.duties_told(reader, own.__contains__, party=one)]


def line(view: View) -> tuple[str, str] | None:
    """How many duties of theirs are open, in words, and where they stand; None for none, or for a stranger."""
    if view.person is None or not view.person.reads:
        return None
    count = sum(row["state"] in OPEN for row in own_rows(view))
    if not count:
        return None
    words = view.voice.words.count(
        "%(num)s duty of yours is open: what you owe", "%(num)s duties of yours are open: what you owe", count
    )
    return str(words), view.href(OWN)
