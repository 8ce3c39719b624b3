"""Kills a writer at each of its steps: before its first write to disk, before its second, and so on.

A step is a write, a truncation, a sync or a deletion, seen in SQLite's layer for the operating system (power_loss.py).
The process forks for every kill, so that a kill takes milliseconds and not the time that Python takes to start: one
child writes and is ended by SIGKILL from within at its step; another opens what is left and checks all of it.

`python kill_steps.py FOLDER KILLS [what]` goes on from where FOLDER/done says that it came to, prints how far it is,
and can be interrupted and started again. `what` is `record` (the log alone), `threads` (the log, written to by three
threads at once) or `authority` (acts, tables and cursor).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from power_loss import watch
from writer_process import ORIGIN, SIGNER, draft

from commonweal.authority import HOUSE, Authority
from commonweal.engines.sqlite import SqliteRecord
from commonweal.engines.sqlite import record as module
from commonweal.kernel.record import Act, check_log
from commonweal.kernel.values import Text
from commonweal.settings import Settings

STEPS = {"record": 250, "threads": 250, "authority": 900}  # how many steps there are to be killed at
STRIDE = 37  # prime to all, so that few kills spread over all steps and many reach every one
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
THREADS, WAIT_S = 3, 120.0
A_FOLDER = 100  # kills after which a new folder is begun, so that checking stays quick
Kill = tuple[int, int]


class Steps:
    """Counts what is done to files, and ends the process at one of these steps."""

    def __init__(self) -> None:
        self.left = -1

    def _step(self) -> None:
        if self.left > 0:
            self.left -= 1
            if self.left <= 0:  # several threads may count at once
                os.kill(os.getpid(), signal.SIGKILL)

    def write(self, name: str, offset: int, data: bytes | None) -> None:
        self._step()

    def sync(self, name: str) -> None:
        self._step()

    def delete(self, name: str, sync_folder: bool) -> None:
        self._step()


def in_a_child(work: Callable[[], None]) -> int:
    """How a child ended that did this: 0, 1 for an exception (which it prints), or minus the signal."""
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def acknowledged(folder: Path) -> list[list[Any]]:
    """What was answered: lines that a process wrote after each answer, a line cut short left out."""
    path = folder / "answers"
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    return [json.loads(line) for line in lines]


def _answered(folder: Path) -> Callable[[Any], None]:
    file = os.open(folder / "answers", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    return lambda answer: [os.write(file, json.dumps(answer).encode() + b"\n")][0] and None


# ── the log alone ───────────────────────────────────────────────────────────────────────────────────────────────────


def write_record(folder: Path, kill: int) -> None:
    """Append groups of acts until the end comes, and note each answer."""
    _append(_record(folder), f"w{kill}", kill, _answered(folder))


def write_threads(folder: Path, kill: int) -> None:
    """The same by several threads, whose groups the record commits together."""
    record, answered = _record(folder), _answered(folder)
    names = [f"w{kill}.{number}" for number in range(THREADS)]
    for name in names:
        threading.Thread(target=_append, args=(record, name, kill, answered), daemon=True).start()
    threading.Event().wait(WAIT_S)


def _record(folder: Path) -> SqliteRecord:
    module.WAL_PAGES = 30  # so that the write-ahead log is moved into the database often
    return SqliteRecord(folder, SIGNER)


def _append(record: SqliteRecord, name: str, kill: int, answered: Callable[[Any], None]) -> None:
    number = 0
    while True:
        stop = number + 1 + (kill + number) % 5
        group = [draft(name, at, (number, stop)) for at in range(number, stop)]
        answered([name, number, stop, record.append(group)[0].index])
        number = stop


def check_record(folder: Path) -> None:
    """Every acknowledged act stands where it was said to, every group is whole, and the log verifies."""
    record = SqliteRecord(folder, SIGNER)
    whole = record.entries(0, record.size())
    assert [entry.index for entry in whole] == list(range(len(whole)))
    for name, first, stop, index in acknowledged(folder):
        entries = whole[index : index + stop - first]
        assert [(item.author, item.key) for item in entries] == [(name, str(n)) for n in range(first, stop)]
    present = {(item.author, int(item.key)) for item in whole}
    assert len(present) == len(whole), "an act stands there twice"
    for item in whole:
        _, first, stop = json.loads(item.payload)
        assert {(item.author, number) for number in range(first, stop)} <= present, "half a group is there"
    assert (found := check_log(record, SIGNER.verifier, ORIGIN)) == [], found
    record.close()


# ── a whole authority ───────────────────────────────────────────────────────────────────────────────────────────────


def write_authority(folder: Path, kill: int) -> None:
    """Open the authority, act and follow until the end comes, and note each answer."""
    answered, number = _answered(folder), 0
    with Authority.open(folder, installed={}) as authority:
        while True:
            key = f"{kill}-{number}"
            receipt = authority.act(Act("clock.tick", {"at": "2026-06-01T00:00:00Z"}, key=key), HOUSE)
            answered([kill, number, receipt.index])
            authority.follow()
            number += 1


def check_authority(folder: Path) -> None:
    """What was acknowledged stands, all verifies, and the tables are those that the record gives."""
    with Authority.open(folder, installed={}) as authority:
        for kill, number, index in acknowledged(folder):
            assert authority.store.entry(index).key == f"{kill}-{number}"
        assert (found := authority.verify()) == [], found
        before = authority.dump()
        authority.rebuild()
        assert authority.dump() == before, "the tables are not those that the record gives"


def found_authority(folder: Path) -> None:
    Authority.create(folder, Settings(Text(en="Test", zh="测试"), ORIGIN, CREATED), installed={}).close()


WRITERS = {
    "record": (write_record, check_record),
    "threads": (write_threads, check_record),
    "authority": (write_authority, check_authority),
}


def kills(place: Path, count: int, what: str, progress: Callable[[int], None] = lambda done: None) -> int:
    """Kill and check up to `count` times in all, going on from what was done; gives how often. Raises on a loss."""
    steps, (write, check) = Steps(), WRITERS[what]
    kept, mark = watch(steps), place / "done"
    done = int(mark.read_text()) if mark.is_file() else 0
    folder = place / what
    for kill in range(done, count):
        if kill % A_FOLDER == 0 or not folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            if what == "authority":
                assert in_a_child(lambda: found_authority(folder)) == 0

        def work(kill: int = kill) -> None:
            steps.left = 1 + kill * STRIDE % STEPS[what]
            write(folder, kill)

        ended = in_a_child(work)
        assert ended == -signal.SIGKILL, f"kill {kill} of {what}: the writer ended with {ended}"
        assert in_a_child(lambda: check(folder)) == 0, f"kill {kill} of {what}: see {folder}"
        mark.write_text(str(kill + 1))
        progress(kill + 1)
    del kept
    return count


def main(place: str, count: str, what: str = "record") -> None:
    folder, wanted = Path(place), int(count)
    folder.mkdir(parents=True, exist_ok=True)

    def progress(done: int) -> None:
        if done % 100 == 0 or done == wanted:
            print(f"{what}: killed and checked {done} of {wanted}", flush=True)

    print(f"{what}: {kills(folder, wanted, what, progress)} kills, no acknowledged act lost, no half act")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("interrupted; started again, it goes on from here")
