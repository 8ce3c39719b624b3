"""Processes that end themselves on purpose, as a `kill -9` in the midst of something would."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_process(work: Callable[[], None]) -> int:
    """The exit status of a process that does this and nothing else."""
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
