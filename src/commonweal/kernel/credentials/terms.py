"""For how long a credential is good, and how fresh its status must be: an adopted text, never code."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel.values import FaultCollector, RuleFault, add_months, day_start, read_toml

from .statuslist import AGE_MAX

MONTHS_MAX = 1200
SECONDS_MAX = int(AGE_MAX.total_seconds())


@dataclass(frozen=True, slots=True)
class Validity:
    """`months` a credential is good for (None: until revoked); a status token `lives_s`, asked again each `ttl_s`."""

    months: int | None
    lives_s: int
    ttl_s: int

    def expires(self, issued: datetime) -> datetime | None:
        """The instant from which a credential is no longer good: it is good through the last day of its months."""
        if self.months is None:
            return None
        return day_start(add_months(issued.date(), self.months)) + timedelta(days=1)


@functools.lru_cache(maxsize=64)
def read_terms(text: str) -> Validity:
    """Read a text of terms: a TOML with a table `[credential]`. Raises `RuleFault` naming every fault."""
    faults = FaultCollector("credential terms", RuleFault)
    data: Mapping[str, Any] = read_toml(text, "credential terms").get("credential", {})
    if not isinstance(data, Mapping):
        faults.add("credential", data, "a table", "type")
        data = {}
    names = ("valid_months", "status_lives_seconds", "status_ttl_seconds")
    for name in sorted(set(data) - set(names)):
        faults.add(f"credential.{name}", data[name], f"one of {', '.join(names)}", "unknown")
    months, lives, ttl = (data.get(name) for name in names)
    if months is not None:
        _whole("valid_months", months, MONTHS_MAX, faults)
    _whole("status_lives_seconds", lives, SECONDS_MAX, faults)
    _whole("status_ttl_seconds", ttl, lives if isinstance(lives, int) else SECONDS_MAX, faults)
    faults.done()
    return Validity(months, int(lives or 0), int(ttl or 0))


def _whole(name: str, value: Any, most: int, faults: FaultCollector) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        faults.add(f"credential.{name}", value, f"a whole number from 1 to {most}", "range")
