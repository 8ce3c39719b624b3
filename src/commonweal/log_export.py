"""The public log laid out at another place after each commit, so that others can host it: what is published only.

The place itself says how far it has come, by the checkpoint that lies there; `exported.json` in the authority's
folder merely tells people how the last round went, and can be deleted.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonweal.kernel.record import Keyring
from commonweal.kernel.record.exported import Place, PublicLog, Shipped, export_log
from commonweal.kernel.values import Busy, CommonwealError, stamp

FILE = "exported.json"


@dataclass
class Exporting:
    """One log and one place. `published` gives the newest published checkpoint and raises `Busy` while there is none;
    `keyring` and `keys` give the log's keys now, and what is published of them. Where it is not `noted`, how it went is
    told to whoever asked alone: it does not stand in place of how the export of the settings goes.

    One round at a time; safe from any thread.
    """

    log: PublicLog
    published: Callable[[], bytes]
    keyring: Callable[[], Keyring]
    place: Place
    folder: Path
    keys: Callable[[], bytes] = bytes
    noted: bool = True
    _last: bytes = field(default=b"", repr=False)
    _round: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def round(self, *, whole: bool = False, progress: Callable[[int, int], None] | None = None) -> Shipped | None:
        """Bring the place up to what is published; None where nothing is new, or nothing is published yet.

        Raises `Conflict` where the place holds what this log did not grow into, `Busy` where it cannot be written; in
        both cases the fault is remembered for `exported`.
        """
        with self._round:
            try:
                note = self.published()
            except Busy:
                return None
            if note == self._last and not whole:
                return None
            try:
                shipped = export_log(
                    self.log, note, self.keyring(), self.place, keys=self.keys(), whole=whole, progress=progress
                )
            except CommonwealError as error:
                self._say(fault=str(error))
                raise
            self._last = note
            self._say(size=shipped.size)
            return shipped

    def _say(self, *, size: int | None = None, fault: str = "") -> None:
        if not self.noted:
            return
        known = exported(self.folder) or {}
        known = known if known.get("target") == str(self.place) else {}
        now = stamp(datetime.now(UTC).replace(microsecond=0))
        done = (
            {"size": size, "at": now} if size is not None else {"size": known.get("size", 0), "at": known.get("at", "")}
        )
        said = {"target": str(self.place), **done, "fault": fault, "fault_at": now if fault else ""}
        draft = self.folder / (FILE + ".new")
        with suppress(OSError):  # what cannot be noted is still logged by whoever asked
            draft.write_text(json.dumps(said, ensure_ascii=False))
            draft.replace(self.folder / FILE)


def exported(folder: Path, published: int | None = None) -> dict[str, Any] | None:
    """How the last round of exporting went: target, size, when, the last fault; `lag` in entries. None without one."""
    try:
        known = json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(known, dict) or not isinstance(known.get("size"), int):
        return None
    return {**known, "lag": max(0, published - known["size"])} if published is not None else known
