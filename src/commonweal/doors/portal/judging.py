"""What somebody files by a page, judged and recorded as theirs: what is refused has the pace that it has at the API.

A refused filing is on no record, and a page that refuses answers as quickly as a program asks. So whatever a page holds
against the record for somebody goes through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from commonweal.acceptance import Caller
from commonweal.forms import REPORTER
from commonweal.kernel.record import Act
from commonweal.pacing import RefusedOften
from commonweal.refusing import WHOLE
from commonweal.witnessing import Receipt

from . import paces
from .site import View


def act(view: View, act: Act, caller: Caller) -> Receipt:
    """`Authority.act`. Raises what it does, and `RefusedOften`."""
    with counted(view, caller):
        return view.authority.act(act, caller)


def act_all(view: View, acts: Sequence[Act], caller: Caller) -> list[Receipt]:
    """`Authority.act_all`. Raises what it does, and `RefusedOften`."""
    with counted(view, caller):
        return view.authority.act_all(acts, caller)


def check(view: View, act: Act, caller: Caller, also: Iterable[str] = ()) -> Act:
    """`Authority.check`. Raises what it does, and `RefusedOften`."""
    with counted(view, caller):
        return view.authority.check(act, caller, also)


def place_all(view: View, acts: Sequence[Act], caller: Caller) -> list[tuple[int, bool]]:
    """`Authority.place_all`. Raises what it does, and `RefusedOften`."""
    with counted(view, caller):
        return view.authority.place_all(acts, caller)


def may_be_told(view: View, caller: Caller) -> bool:
    """Count that somebody is told what is wrong; False where that was often, and they are told nothing now."""
    try:
        view.authority.refused.admit(_names(view, caller))
    except RefusedOften:
        return False
    view.authority.refused.count(_names(view, caller))
    return True


@contextmanager
def counted(view: View, caller: Caller) -> Iterator[None]:
    """However many acts a page holds against the record, it refuses once."""
    if view.judged:
        yield
        return
    with view.authority.refused.counted(_names(view, caller)):
        view.judged = True
        yield
        view.judged = False


def _names(view: View, caller: Caller) -> Sequence[tuple[str, int]]:
    """Against what a refusal counts: the party that files; of who has none of their own, where they come from; nothing
    for who is told of the record at once."""
    if WHOLE & set(caller.roles):
        return ()
    return paces.networks(view) if caller.roles == (REPORTER,) else [(caller.party, 1)]
