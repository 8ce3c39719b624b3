"""What whoever is signed in owes: what is told to them alone is in no public list, and has a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from commonweal import dues
from commonweal.acceptance import Caller
from commonweal.kernel import obligations
from commonweal.kernel.record import Row
from commonweal.kernel.values import Forbidden

from .site import SignInFirst, View

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


def by_filing(view: View, kind: str, filed: Mapping[str, Any], by: Callable[[], Caller]) -> dict[str, Any]:
    """What whoever filed owes by it, for the page of the receipt, while it is they who look at it.

    `owed` is None where nothing is told of that: no law asks anything about what such a form files, or somebody else
    looks; `worked_out` says whether it is known yet. `by` gives as whom they look, or raises.
    """
    own = set(filed.get("for", ()))
    nothing = {"owed": None, "worked_out": True, "own": own}
    if not dues.told_with(view.authority, view.authority.kinds[kind]):
        return nothing
    try:
        caller = by()
    except (SignInFirst, Forbidden):
        return nothing
    if caller.party not in own:
        return nothing
    found = dues.of(view.authority, filed["entry"], own)
    if found is None:
        return {"owed": [], "worked_out": False, "own": own}
    view.sight_of(caller).owed(found.rows)
    return {"owed": found.clocks, "waiting": found.waiting, "worked_out": True, "own": own}
