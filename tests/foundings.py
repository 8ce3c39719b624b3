"""Authorities that are founded alike again and again: a worker founds them once or twice, then copies the folder.

Most tests begin with a new authority that differs from the last test's in nothing. To found one (schemas, keys, the
texts of law, the rooms that follow them) costs three times what it costs to copy and open one that was founded.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commonweal.authority import Authority
from commonweal.instruments import Installed, discover
from commonweal.kernel.values import ReplayClock
from commonweal.settings import Settings

_TESTS, _SOURCE = Path(__file__).resolve().parent, Path(__file__).resolve().parent.parent / "src"


class Foundings:
    """What was founded in this worker so far.

    No two authorities of one test are copies of one: where a test makes two, each has keys of its own. Only what stands
    on a clock that is set is copied, with instruments whose folders no test writes in.
    """

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._seen: set[Any] = set()
        self._copies: dict[Any, Path] = {}
        self._here: set[Any] = set()
        self._may = False

    @contextmanager
    def in_test(self, *, may_copy: bool) -> Iterator[None]:
        """While one test runs. A test that replaces something of the house (`may_copy` is false) founds by itself."""
        self._here, self._may = set(), may_copy
        try:
            yield
        finally:
            self._may = False

    def found(
        self,
        create: Callable[..., Authority],
        folder: Path,
        settings: Settings,
        clock: Any,
        installed: Mapping[str, Installed] | None,
    ) -> Authority:
        """The authority in a folder: founded there, or the copy of one that was founded with the same arguments."""
        known = discover() if installed is None else installed
        alike = self._alike(settings, clock, known)
        if alike is None or alike in self._here or (folder.exists() and any(folder.iterdir())):
            return create(folder, settings, clock=clock, installed=installed)
        self._here.add(alike)
        if alike not in self._seen:  # most settings that are met once are never met again
            self._seen.add(alike)
            return create(folder, settings, clock=clock, installed=installed)
        if alike not in self._copies:
            place = self._kept / str(len(self._copies))
            create(place, settings, clock=clock, installed=installed).close()
            self._copies[alike] = place
        shutil.copytree(self._copies[alike], folder, dirs_exist_ok=True)
        return Authority.open(folder, clock=clock, installed=known)

    def _alike(self, settings: Settings, clock: Any, installed: Mapping[str, Installed]) -> Any:
        """What is equal for two foundings that come to the same; nothing where they may not."""
        if not self._may or settings.database or settings.keys:
            return None
        if type(clock) is not ReplayClock and not (clock is None and settings.replay):
            return None
        folders = [item.folder.resolve() for item in installed.values()]
        if not all(folder.is_relative_to(_TESTS) or folder.is_relative_to(_SOURCE) for folder in folders):
            return None
        instruments = [(name, item.instrument) for name, item in installed.items()]
        return repr(settings), clock and clock.now(), tuple((name, id(one)) for name, one in instruments), *folders
