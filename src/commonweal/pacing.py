"""How often somebody may come: token buckets by name, shared by the doors."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from commonweal.kernel.values import CommonwealError


class TooMany(CommonwealError):
    status = 429
    code = "too-many"
    title = "Too many requests"

    def __init__(self, wait_s: float, what: str) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        super().__init__(f"too many requests from this {what}; try again in {self.wait_s} s. Nothing was written")


class Buckets:
    """Token buckets by name: the least recently used are forgotten, which can only let somebody in sooner."""

    def __init__(self, what: str, *, kept: int = 20_000, now: Callable[[], float] = time.monotonic) -> None:
        self._what, self._kept, self._now = what, kept, now
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_s: float, burst: float, cost: float = 1.0) -> None:
        """Take tokens. Raises `TooMany` (and takes none) when there are too few."""
        now = self._now()
        with self._lock:
            level, since = self._levels.pop(name, (burst, now))
            level = min(burst, level + (now - since) * per_s)
            enough = level >= 1.0
            self._levels[name] = (level - cost if enough else level, now)
            if len(self._levels) > self._kept:
                self._levels.popitem(last=False)
        if not enough:
            raise TooMany((1.0 - level) / per_s, self._what)
