"""What whoever is signed in owes: what is told to them alone is in no public list, and has a page of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
OVERDUE = "overdue"
OPEN = ("owed", OVERDUE, "broken")


def own_rows(view: View, states: Sequence[str] = ()) -> list[Row]:
    """Every duty of whoever is signed in and of their organisation, told in confidence or not; in these states."""
    caller = view.required().caller
    own = {caller.party, caller.organisation} - {""}
    reader = view.reader
    return [
        row
        for one in sorted(own)
        for row in obligations.duties_told(reader, own.__contains__, party=one, states=states)
    ]


def lines(view: View) -> list[tuple[str, str]]:
    """How many duties of theirs are open and which are overdue, in words, and where they stand; none for a stranger.

    A duty that is overdue is named by what it asks and not by what it is about, so that no page that is loaded again
    and again tells whose filing it is.
    """
    if view.person is None or not view.person.reads:
        return []
    rows = own_rows(view, OPEN)
    if not rows:
        return []
    count_of, href = view.voice.words.count, view.href(OWN)
    opened = count_of(
        "%(num)s duty of yours is open: what you owe", "%(num)s duties of yours are open: what you owe", len(rows)
    )
    named = Counter(
        view.text(obligations.title_of(view.reader, row["rule"], {**row, "law_sha256": row["sha256"]}))
        for row in rows
        if row["state"] == OVERDUE
    )
    told = [
        count_of("Overdue: %(duty)s (%(num)s of yours)", "Overdue: %(duty)s (%(num)s of yours)", count, duty=duty)
        for duty, count in sorted(named.items())
    ]
    return [(str(words), href) for words in (opened, *told)]


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
