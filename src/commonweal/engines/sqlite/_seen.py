"""What the one writer of the projections has read, until it is written: followers ask for the same rows many times.

Nobody else writes while its transaction is open, and `at` tells whether anybody has since its last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from commonweal.kernel.record.tables import Taken

SEEN_MAX = 4096
ANSWER_ROWS_MAX = 10_000
"""What is longer is not kept: whoever reads so much reads it once, and in pieces."""
_Values = tuple[Any, ...]
_EXACT = {str, int}


def exact(values: Iterable[Any]) -> bool:
    """Whether equal values are the same to SQLite in whatever column: 1, 1.0 and True are not, beside text."""
    return all(type(value) in _EXACT for value in values)


class Seen:
    """Rows by key and answers by question, both as SQLite gave them, for each table."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[_Values, _Values | None]] = {}
        self._answers: dict[str, dict[_Values, list[_Values]]] = {}
        self._version: int | None = None

    def rows(self, table: str) -> dict[_Values, _Values | None]:
        """Rows by key, None where there is none."""
        return _bounded(self._rows.setdefault(table, {}))

    def answers(self, table: str) -> dict[_Values, list[_Values]]:
        """Rows by question. They are not to be changed."""
        return _bounded(self._answers.setdefault(table, {}))

    def written(self, table: str, keys: Iterable[_Values]) -> None:
        """Forget what rows with these keys may have changed."""
        self._answers.pop(table, None)
        rows = self._rows.get(table)
        if not rows:
            return
        for key in keys:
            if not exact(key):
                rows.clear()
            rows.pop(key, None)

    def at(self, version: int) -> None:
        """Forget all if the file is no longer at this version of its data (SQLite's `data_version`)."""
        if version != self._version:
            self.forget()
            self._version = version

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Forget all if the block raises: what it wrote is undone. Where it was not let in, nothing was written."""
        try:
            yield
        except Taken:
            raise
        except BaseException:
            self.forget()
            raise

    def forget(self) -> None:
        self._rows.clear()
        self._answers.clear()


def _bounded(known: dict[_Values, Any]) -> dict[_Values, Any]:
    if len(known) >= SEEN_MAX:
        known.clear()
    return known
