"""Processes that end themselves on purpose, as a `kill -9` in the midst of something would."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence


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


def killed_at(step: int, steps: Sequence[str], work: Callable[[], object]) -> bool:
    """Do this in a child that is killed before its n-th step, an audit event of these names; whether it came so far."""
    child = os.fork()
    if not child:
        left = step

        def count(event: str, given: object) -> None:
            nonlocal left
            if event in steps:
                left -= 1
                if left == 0:
                    die()

        try:
            sys.addaudithook(count)
            work()
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL), f"step {step} ended with {ended}"
    return ended != 0
