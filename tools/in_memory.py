"""Run a command whose temporary files lie in memory where there is room: `python tools/in_memory.py COMMAND…`.

Tests found hundreds of authorities and wait for the disk more than for the processor. What they prove by killing holds
in memory too (a kill loses no file there either), and what they prove of a power failure they prove with a disk that
is made for it. Where there is no such place (macOS), or little room, the command runs as it would have.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PLACE = Path("/dev/shm")
NEEDED = 4 * 2**30  # bytes that the files may take; processes need memory as well, so as much again has to be free
PREFIX = "commonweal-tests-"
MEMORY, GROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def available(memory: Path = MEMORY, group: Path = GROUP) -> int:
    """Bytes of memory that processes can still have, by the machine and by the limit of a container; 0 if unknown."""
    try:
        lines = dict(line.split(":", 1) for line in memory.read_text("ascii").splitlines())
        free = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, LookupError, ValueError):
        return 0
    try:
        return min(free, int((group / "memory.max").read_text("ascii")) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return free


def has_room(place: Path) -> bool:
    """Whether tests can write and run programs there, and the memory behind it is enough."""
    try:
        there = os.statvfs(place)
    except OSError:
        return False
    return (
        os.access(place, os.W_OK | os.X_OK)
        and not there.f_flag & os.ST_NOEXEC
        and there.f_bavail * there.f_frsize >= NEEDED
        and available() >= 2 * NEEDED
    )


def sweep(place: Path) -> None:
    """Remove what runs left that were killed: a run that goes on holds the lock of its folder."""
    for left in place.glob(PREFIX + "*"):
        try:
            with open(left / "lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
        except OSError:  # another's, or in use
            continue


@contextmanager
def temporary(place: Path) -> Iterator[Mapping[str, str]]:
    """The environment of a command whose temporary files lie in a folder of its own, which is removed at the end."""
    sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    folder.chmod(0o711)  # PostgreSQL runs as another user where tests run as root, and has to come through
    try:
        with open(folder / "lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield {**os.environ, "TMPDIR": str(folder)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Its exit status. Asked to stop, it is the command that stops."""
    with subprocess.Popen(command, env=dict(environment)) as process:

        def hand_on(number: int, _frame: Any) -> None:
            process.send_signal(number)

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, hand_on)
        signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C reaches the command from the terminal itself
        return process.wait()


def main(command: Sequence[str]) -> int:
    if not has_room(PLACE):
        return run(command, os.environ)
    with temporary(PLACE) as environment:
        return run(command, environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
