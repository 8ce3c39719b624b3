"""Draws by lot that whoever draws cannot steer.

A draw is an entry first, and its lot follows from that entry: from the hash of its leaf in the log. In the leaf are the
time at which it was taken and what seals its parts, so whoever draws does not know the lot before the draw is on
record, and leaves another entry with each try. Afterwards everybody who reads the log works out the same lot. Whoever
runs the log could still take an entry at another moment until the lot suits them: against that stand only the words of
whoever draws, which they do not know before, and that a draw is taken while its drawer waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from .entries import Entry
from .merkle import leaf_hash


def lot_of(entry: Entry) -> str:
    """The lot of a draw, in hexadecimal: the hash by which the log holds its entry (RFC 6962)."""
    return leaf_hash(entry.leaf).hex()


def drawn_of(lot: str, names: Iterable[str], many: int) -> list[str]:
    """So many of these names by a lot: each as likely as any other, and the same for whoever draws."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{lot}/{name}".encode()).digest())[:many]
