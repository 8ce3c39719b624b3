"""Whether the service can do its work: what a supervisor, a load balancer and whoever is on call ask it.

Alive is not ready. A process that answers is alive, and is not to be killed because a disk is full. It is ready when it
may write, when the record is followed, and when there is room on the disk.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime

from commonweal.authority import Authority

FREE_BYTES_MIN = 256 << 20
BEHIND_S_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Health:
    """What was found: why nothing may be written ("" if it may), how far following is behind, the room on the disk."""

    halted: str
    closed: bool
    writable: bool
    lag_entries: int
    behind_s: float
    free_bytes: int

    @property
    def checks(self) -> dict[str, bool]:
        """Each thing that must hold, and whether it does."""
        return {
            "record_may_be_written": not self.halted and not self.closed,
            "folder_is_writable": self.writable,
            "record_is_followed": self.behind_s <= BEHIND_S_MAX,
            "disk_has_room": self.free_bytes >= FREE_BYTES_MIN,
        }

    @property
    def ready(self) -> bool:
        """Whether all of it holds."""
        return all(self.checks.values())


def health(authority: Authority) -> Health:
    """How the authority stands now. Reads a row or two; writes nothing.

    Following is behind by the age of the oldest entry that it has yet to reach. Under a replay, time stands still
    between acts, so nothing there is ever late.
    """
    size, followed = authority.store.size(), authority.followed
    behind = 0.0
    if followed < size and not authority.settings.replay:
        since = datetime.fromisoformat(authority.store.entry(followed).time)
        behind = max(0.0, (authority.clock.now() - since).total_seconds())
    return Health(
        halted=authority.witnesses.halted,
        closed=authority.store.keyring().closed is not None,
        writable=os.access(authority.folder, os.W_OK),
        lag_entries=max(0, size - followed),
        behind_s=behind,
        free_bytes=shutil.disk_usage(authority.folder).free,
    )
