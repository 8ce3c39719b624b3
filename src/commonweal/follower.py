"""Following beside the service: a process of its own brings reactions and tables up to date while filings come in.

Two threads of one interpreter take turns, so following would keep filings waiting. `Beside` starts the process, starts
it again when it dies, and follows in this process when it cannot be kept alive. The process lives by a socket to its
parent: when that closes, however the parent ended, it ends after the step it is in.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from commonweal.authority import Authority
from commonweal.telemetry import log_to_stderr

# While filings come in, a thread that follows works in small pieces and rests between them: filings go first.
PIECE, REST_S, BUSY_S = 8, 0.1, 0.2
# A process of its own need not rest; it lets go of the tables after so many entries. It is as urgent as the service:
# one that is less so can be put aside by the system while it holds the lock of a file that the service waits for.
PIECE_BESIDE = 32
ROUND_S, ROUND_S_MAX = 1.0, 60.0
LOOK_S = 0.05
ENDING_S_MAX = 10.0
# A process that ends sooner than this after its start, so many times in a row, is not worth starting again.
SHORT_LIFE_S, SHORT_LIVES_MAX = 5.0, 3
_log = logging.getLogger(__name__)


class Follows(Protocol):
    """What the service needs of whoever follows."""

    def start(self) -> None: ...

    def wake(self) -> None:
        """Something was recorded."""

    def stop(self) -> None:
        """End after the step that it is in."""


class Follower:
    """The thread that brings reactions and projections up to date: after each act, and each second for what time does.

    A fault does not end it: it is logged and tried again, less and less often.
    """

    def __init__(self, authority: Authority, *, piece: int = PIECE, rest_s: float = REST_S) -> None:
        self._authority, self._piece, self._rest_s = authority, piece, rest_s
        self._woken, self._ended = threading.Event(), threading.Event()
        self._woken_at = 0.0
        self._woken.set()  # there may be a backlog
        self._thread = threading.Thread(target=self.run, name="follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken_at = time.monotonic()
        self._woken.set()

    def end(self) -> None:
        """Let it end, without waiting for it."""
        self._ended.set()
        self._woken.set()

    def stop(self) -> None:
        self.end()
        if self._thread.is_alive():
            self._thread.join()

    def run(self) -> None:
        """Follow, in this thread, until it is ended."""
        pause = ROUND_S
        while not self._ended.is_set():
            self._woken.wait(pause)
            self._woken.clear()
            if self._ended.is_set():
                return
            try:
                self._authority.witnesses.notice()
                self._follow()
                if not self._ended.is_set():
                    self._authority.tick()
                pause = ROUND_S
            except Exception:
                pause = min(ROUND_S_MAX, pause * 2)
                _log.exception("following the record failed; trying again in %.0f s", pause)

    def _follow(self) -> None:
        """Follow to the end, giving way to filings."""
        while self._authority.follow(most=self._piece) and not self._ended.is_set():
            if self._rest_s and time.monotonic() - self._woken_at < BUSY_S:
                self._ended.wait(self._rest_s)


class Beside:
    """A follower in a process of its own, kept alive from a thread of this one."""

    def __init__(self, authority: Authority, command: Callable[[int], list[str]] | None = None) -> None:
        """`command` gives the command line for the descriptor of the process's end of the socket."""
        self._authority = authority
        self._command = command or (lambda number: _own_command(authority.folder, number))
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._here: Follower | None = None
        self._thread = threading.Thread(target=self._keep, name="follower's keeper", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process that follows, while there is one."""
        return self._process.pid if self._process else None

    @property
    def here(self) -> bool:
        """Whether following has come back into this process."""
        return self._here is not None

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        with self._lock:
            if self._here:
                self._here.wake()
            elif self._line:
                with contextlib.suppress(OSError):  # full: it is awake; closed: it is being started again
                    self._line.send(b"w")

    def stop(self) -> None:
        self._ended.set()
        self._hang_up()
        self._thread.join()
        if self._here:
            self._here.stop()

    def _keep(self) -> None:
        short = 0
        while not self._ended.is_set():
            began = time.monotonic()
            ended = self._run()
            if self._ended.is_set():
                return
            short = short + 1 if time.monotonic() - began < SHORT_LIFE_S else 0
            if short >= SHORT_LIVES_MAX:
                _log.error("the process that follows the record does not stay (%s); following in the service", ended)
                self._come_back()
                return
            _log.error("the process that follows the record ended (%s); starting it again", ended)

    def _run(self) -> str:
        """One life of the process; gives how it ended."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            process = subprocess.Popen(
                self._command(theirs.fileno()), pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        except OSError as error:
            ours.close()
            return str(error)
        finally:
            theirs.close()
        with self._lock:
            self._line, self._process = ours, process
        if self._ended.is_set():
            self._hang_up()
        while process.poll() is None and not self._ended.wait(LOOK_S):
            pass
        self._hang_up()
        try:
            process.wait(ENDING_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None
        return f"status {process.returncode}"

    def _hang_up(self) -> None:
        with self._lock:
            if self._line:
                self._line.close()
            self._line = None

    def _come_back(self) -> None:
        with self._lock:
            self._here = Follower(self._authority)
            self._here.start()
            self._here.wake()


def follow_beside(folder: Path, line: socket.socket) -> None:
    """Follow an authority's record until the other end of the line is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then hangs up
    with Authority.open(folder, most=PIECE_BESIDE) as authority:
        authority.share_tables()
        follower = Follower(authority, piece=PIECE_BESIDE, rest_s=0.0)
        threading.Thread(target=_listen, args=(line, follower), daemon=True).start()
        follower.run()


def _listen(line: socket.socket, follower: Follower) -> None:
    """Hand each call on; when the line is closed, end, and for certain."""
    with contextlib.suppress(OSError):
        while line.recv(4096):
            follower.wake()
    follower.end()
    time.sleep(ENDING_S_MAX)
    os._exit(1)


def _own_command(folder: Path, number: int) -> list[str]:
    return [sys.executable, "-m", __name__, str(folder), str(number)]


if __name__ == "__main__":
    log_to_stderr()
    follow_beside(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
