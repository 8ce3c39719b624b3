"""What `authority.toml` says about people: roles that exclude each other.

```toml
[people]
exclusive = [["authority", "auditor"], ["officer", "auditor"]]   # so where this is not said; [] excludes nothing
```
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.kernel.persons import EXCLUSIVE
from commonweal.kernel.values import FaultCollector

GROUPS_MAX = 40
_ROLE = re.compile(r"[a-z0-9][a-z0-9:_.\-]{0,95}")
_GROUPS_WANT = f"a list of at most {GROUPS_MAX} lists, each of roles of which a person holds one at most"
_GROUP_WANT = 'at least two roles, each once, e.g. ["officer", "auditor"]'


@dataclass(frozen=True, slots=True)
class People:
    """The table `[people]`. Of each group in `exclusive` one person holds one role at most, at any time."""

    exclusive: tuple[tuple[str, ...], ...] = EXCLUSIVE

    def toml(self) -> str:
        """The table as it is written, where it says something else than holds without it."""
        if self == People():
            return ""
        return f"\n[people]\nexclusive = {json.dumps([list(group) for group in self.exclusive])}\n"


def read_people(data: Any, faults: FaultCollector) -> People:
    """The table `[people]`, every fault of it added to `faults`."""
    if data is None:
        return People()
    if not isinstance(data, Mapping):
        faults.add("people", data, "a table with exclusive")
        return People()
    for key in data.keys() - {"exclusive"}:
        faults.add(f"people.{key}", data[key], "the one key exclusive", "unknown")
    groups = data.get("exclusive", [list(group) for group in EXCLUSIVE])
    if not isinstance(groups, list) or len(groups) > GROUPS_MAX:
        faults.add("people.exclusive", groups, _GROUPS_WANT)
        return People()
    for number, group in enumerate(groups):
        if not _is_group(group):
            faults.add(f"people.exclusive[{number}]", group, _GROUP_WANT)
    return People(tuple(tuple(group) for group in groups if _is_group(group)))


def _is_group(group: Any) -> bool:
    named = isinstance(group, list) and all(isinstance(one, str) and _ROLE.fullmatch(one) for one in group)
    return named and 1 < len(group) == len(set(group))
