"""Which release of the software wrote in a folder: `release.json`, and a folder of a later release refused in words.

A release is `major.minor.patch`. What another patch of the same minor release wrote can be read; what a later minor or
major release wrote may be laid out in ways that this one does not know, so it is not opened. A folder without a note is
of release 0.1, which wrote none.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonweal import __version__
from commonweal.kernel.values import Lasting, RecordFault, stamp

RELEASE_FILE = "release.json"
BEFORE_NOTES = "0.1"
_FORMAT = 1
_RELEASE = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})(\.[0-9A-Za-z.+\-]{1,40})?")


@dataclass(frozen=True, slots=True)
class Noted:
    """Which release wrote in a folder last, the earlier ones with the day each began, and an upgrade under way.

    `release` is "" where there is no note.
    """

    release: str = ""
    since: str = ""
    earlier: tuple[tuple[str, str], ...] = ()
    upgrading_to: str = ""

    @property
    def told(self) -> str:
        """The release in words."""
        return self.release or f"{BEFORE_NOTES} (no later one left a note)"


def noted(folder: Path) -> Noted:
    """What the folder's note says. Raises `RecordFault` where it cannot be read."""
    path = folder / RELEASE_FILE
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != _FORMAT:
            raise ValueError(f"format {data['format']}")
        earlier = tuple((_checked(release), str(since)) for release, since in data["earlier"])
        return Noted(_checked(data["release"]), str(data["since"]), earlier, str(data.get("upgrading_to", "")))
    except FileNotFoundError:
        return Noted()
    except (ValueError, LookupError, TypeError) as error:
        problem = f"in {folder} cannot be read ({error}): a later release may have written it. Put back its copy"
        raise RecordFault(RELEASE_FILE, problem) from error


def written_by_this(folder: Path) -> bool:
    """Whether this very release wrote in the folder last. Raises `RecordFault` where its note cannot be read."""
    return noted(folder).release == __version__


def refuse_later(folder: Path) -> None:
    """Raise `Lasting` where a later minor release wrote in the folder, or is about to."""
    note = noted(folder)
    for release in (note.release, note.upgrading_to):
        if release and _minor(release) > _minor(__version__):
            raise Lasting(
                f"{folder} was written by release {release}, and this is {__version__}: it may be laid out in ways "
                f"that this release does not know. Use release {release} or a later one, or restore a backup made "
                "before the upgrade"
            )


def note_release(folder: Path, *, upgrading: bool = False) -> None:
    """Note that this release writes in the folder from now on; `upgrading`: that it is being brought up to it.

    A disk that is full keeps nobody from working: the note is made at the next opening.
    """
    there = noted(folder)
    ours = there.release == __version__
    if ours and not there.upgrading_to:
        return
    if upgrading:
        made = Noted(there.release or BEFORE_NOTES, there.since, there.earlier, __version__)
    else:
        earlier = there.earlier if ours or not there.release else (*there.earlier, (there.release, there.since))
        since = there.since if ours else stamp(datetime.now(UTC).replace(microsecond=0))
        made = Noted(__version__, since, earlier)
    with suppress(OSError):
        _write(folder, made)


def _write(folder: Path, made: Noted) -> None:
    data: dict[str, Any] = {"format": _FORMAT, "release": made.release, "since": made.since, "earlier": made.earlier}
    if made.upgrading_to:
        data["upgrading_to"] = made.upgrading_to
    draft = folder / f"{RELEASE_FILE}.{os.getpid()}.new"  # several processes may open a folder at the same time
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(data, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / RELEASE_FILE)


def _minor(release: str) -> tuple[int, int]:
    found = _RELEASE.fullmatch(release)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _checked(release: Any) -> str:
    if not (isinstance(release, str) and _RELEASE.fullmatch(release)):
        raise ValueError(f"no release: {release!r}")
    return release
