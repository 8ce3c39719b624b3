"""Reading and writing cases as others do: each format a module with `read` and `write`.

`read(files)` takes files by name (most formats take one) and gives a `Case` or names every fault; `write(case)` gives
files, and names what the format has no place for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from . import gsn2x, ltac, own, tea
from .written import Written

__all__ = ["FORMATS", "Written", "gsn2x", "ltac", "own", "tea"]

FORMATS: Mapping[str, ModuleType] = {"commonweal": own, "gsn2x": gsn2x, "ltac": ltac, "tea": tea}
"""By the name that an address and a command give."""
