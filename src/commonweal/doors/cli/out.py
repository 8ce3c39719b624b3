"""What a person sees: answers on standard output, everything else (progress, remarks, errors) on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid

Done = Callable[[int, int], None]


def out(text: str = "") -> None:
    """One line of the answer, as it is: no colour codes, no wrapping."""
    sys.stdout.write(_printable(text) + "\n")


def err(text: str) -> None:
    sys.stderr.write(_printable(text) + "\n")
    sys.stderr.flush()


def as_json(value: Any) -> None:
    out(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on standard output, as wide as it needs when that is not a terminal."""
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 200)
    grid = Grid(title=escape(title) or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        grid.add_column(escape(heading), overflow="fold")
    for row in rows:
        grid.add_row(*(escape(_printable(str(cell))) for cell in row))
    console.print(grid)


@contextmanager
def bar(label: str) -> Iterator[Done]:
    """A progress bar on standard error; gives `done(so_far, total)`. Silent where standard error is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(escape(label), total=None)
        yield lambda so_far, total: progress.update(task, completed=so_far, total=total)


def _printable(text: str) -> str:
    """Text from a record or a file cannot steer the terminal: control characters are shown, not obeyed."""
    return "".join(ch if ch in "\n\t" or ch.isprintable() else "�" for ch in text)
