"""Work that is dear is done a few at a time: who comes beyond waits a little, and is then told to come again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import Crowded


class Turns:
    """So many at a time; at most `waiting_max` wait for their turn, none longer than `wait_s` seconds.

    Who waits holds a thread of a door, so that few may: else those who ask for little wait behind those who ask for
    much.

    >>> turns = Turns("such a file", at_once=1, waiting_max=0, wait_s=1)
    >>> with turns.one():
    ...     with turns.one():
    ...         pass
    Traceback (most recent call last):
    commonweal.kernel.values.errors.Crowded: others wait for such a file too; try again in 1 s. Nothing was written
    """

    def __init__(self, what: str, *, at_once: int, waiting_max: int, wait_s: float) -> None:
        self._what, self._most, self._wait_s = what, at_once + waiting_max, wait_s
        self._lock, self._here = threading.Lock(), 0
        self._free = threading.Semaphore(at_once)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Have one's turn. Raises `Crowded`, and nothing was begun then."""
        with self._lock:
            if self._here >= self._most:
                raise Crowded(self._what, self._wait_s)
            self._here += 1
        try:
            if not self._free.acquire(timeout=self._wait_s):
                raise Crowded(self._what, self._wait_s)
            try:
                yield
            finally:
                self._free.release()
        finally:
            with self._lock:
                self._here -= 1
