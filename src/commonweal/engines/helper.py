"""A process beside this one for what the interpreter cannot do in two threads: wrapping entry keys, making key pairs.

X25519 is half of the work of an act, and the library holds the interpreter's lock meanwhile. The helper is another
process of the same program under the same user; nothing it is sent or sends back touches a disk. It is only ever an
aid: whatever goes wrong with it is logged, and the work is done here. It ends with this process, however that ends,
because its only connection closes then.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from commonweal.kernel.disclosure.envelope import wrapped
from commonweal.kernel.disclosure.keys import made

FEWEST = 64  # acts in a batch for which asking is worth the while
PAIRS_MAX = 2_048
STARTS_MAX = 3
ANSWER_S_MAX = 10  # a helper that stands still is given up
_KEY, _WRAPPED = 32, 80
_WRAP, _PAIRS, _READY = b"w", b"p", b"ready"
Pair = tuple[bytes, bytes]
_log = logging.getLogger(__name__)


class Helper:
    """Does what can be done beside; everything here gives the same whether it runs or not. Safe from any thread.

    It starts at the first large batch, where there is a second processor, and helps from when it is ready. One thing
    is asked at a time: whoever finds it busy does the work himself.
    """

    def __init__(self, processors: int | None = None) -> None:
        self._wanted = (processors or len(os.sched_getaffinity(0))) > 1
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._ready = False
        self._starts = 0
        self._coming = 0  # key pairs asked for and not taken in yet
        self._pairs: list[Pair] = []
        os.register_at_fork(after_in_child=self._forked)

    @property
    def pid(self) -> int | None:
        """The helper's process, while there is one."""
        return self._process.pid if self._process else None

    def wrap(self, pairs: Sequence[Pair]) -> Callable[[], Sequence[bytes]]:
        """Begin to wrap entry keys to public keys (a `disclosure.Wrap`)."""
        if len(pairs) < FEWEST or not self._lock.acquire(blocking=False):
            return lambda: wrapped(pairs)
        try:
            if not self._help():
                self._lock.release()
                return lambda: wrapped(pairs)
            self._take_in()
            self._send(_WRAP + b"".join([raw + holder for raw, holder in pairs]))
        except (OSError, EOFError, ValueError) as error:
            self._lost(error)
            self._lock.release()
            return lambda: wrapped(pairs)
        return lambda: self._wrapped(pairs)

    def pairs(self, number: int) -> list[Pair]:
        """New key pairs: from those that were made beside since the last time, the rest made now."""
        found: list[Pair] = []
        if number and self._lock.acquire(blocking=False):
            try:
                if self._coming:
                    self._take_in()
                found, self._pairs = self._pairs[:number], self._pairs[number:]
                self._more(number)
            except (OSError, EOFError, ValueError) as error:
                self._lost(error)
            finally:
                self._lock.release()
        return found + made(number - len(found))

    def close(self) -> None:
        """End it. Whatever is asked afterwards is done here."""
        with self._lock:
            self._wanted = False
            self._stop()

    def _forked(self) -> None:
        """In a process that forked off: the helper, and key pairs in stock, stay the other's."""
        self._lock, self._process, self._wanted = threading.Lock(), None, False
        self._stop()

    # ── with the lock held ──────────────────────────────────────────────────────────────────────────────────────

    def _wrapped(self, pairs: Sequence[Pair]) -> Sequence[bytes]:
        """Take the answer in and give the lock back."""
        try:
            answer = self._receive(len(pairs) * _WRAPPED)
            found = [answer[at : at + _WRAPPED] for at in range(0, len(answer), _WRAPPED)]
            self._more(min(len(pairs), PAIRS_MAX))
        except (OSError, EOFError, ValueError) as error:
            self._lost(error)
            return wrapped(pairs)
        finally:
            self._lock.release()
        return found

    def _more(self, number: int) -> None:
        """Have as many pairs made for the next time as were used this time."""
        if number >= FEWEST and not self._coming and len(self._pairs) < number and self._help():
            self._coming = min(number, PAIRS_MAX) - len(self._pairs)
            self._send(_PAIRS + self._coming.to_bytes(4, "big"))

    def _take_in(self) -> None:
        """What was asked for beforehand comes before any other answer."""
        if not self._coming:
            return
        data = self._receive(self._coming * 2 * _KEY)
        self._coming = 0
        new = [(data[at : at + _KEY], data[at + _KEY : at + 2 * _KEY]) for at in range(0, len(data), 2 * _KEY)]
        if not new or X25519PrivateKey.from_private_bytes(new[0][0]).public_key().public_bytes_raw() != new[0][1]:
            raise ValueError("the helper's key pairs do not fit together")
        self._pairs += new

    def _help(self) -> bool:
        """Whether it is there and ready; starts it where it is not."""
        if not self._wanted:
            return False
        if self._connection is None:
            if self._starts < STARTS_MAX:
                self._start()
            return False
        if not self._ready and self._connection.poll(0):
            self._ready = self._connection.recv_bytes(len(_READY)) == _READY
        return self._ready

    def _start(self) -> None:
        self._starts += 1
        ours, theirs = socket.socketpair()
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            ours.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", ANSWER_S_MAX, 0))
        try:
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
            self._connection = Connection(ours.detach())
        except OSError as error:
            ours.close()
            self._lost(error)
        finally:
            theirs.close()

    def _send(self, data: bytes) -> None:
        assert self._connection is not None
        self._connection.send_bytes(data)

    def _receive(self, size: int) -> bytes:
        assert self._connection is not None
        data = self._connection.recv_bytes(size)
        if len(data) != size:
            raise ValueError(f"the helper answered {len(data)} bytes, not {size}")
        return data

    def _lost(self, error: Exception) -> None:
        _log.warning("the sealing helper is gone (%s: %s); going on without", type(error).__name__, error)
        self._stop()

    def _stop(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
        if self._process is not None:
            with suppress(OSError):
                self._process.kill()
            self._process.wait()
        self._connection = self._process = None
        self._ready, self._coming = False, 0
        self._pairs.clear()


def serve(connection: Connection) -> None:
    """Answer until the other end is gone, which may be before this has begun."""
    with suppress(EOFError, OSError):
        connection.send_bytes(_READY)
        while True:
            request = connection.recv_bytes()
            what, data = request[:1], request[1:]
            if what == _PAIRS:
                answer = b"".join([private + public for private, public in made(int.from_bytes(data, "big"))])
            else:
                keys = [data[at : at + _KEY] for at in range(0, len(data), _KEY)]
                answer = b"".join(wrapped(list(zip(keys[::2], keys[1::2], strict=True))))
            connection.send_bytes(answer)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
