"""Who follows beside the service: a process that is kept alive, ends with its parent, and can be done without."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal import follower
from commonweal.authority import Authority
from commonweal.follower import Beside
from commonweal.kernel import registry
from commonweal.kernel.instrument import Act
from commonweal.kernel.values import Text
from commonweal.settings import Settings

WAIT_S = 60.0
SETTINGS = Settings(Text(en="A", zh="甲"), "follower.example/log", datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with Authority.create(tmp_path / "authority", SETTINGS) as found:
        yield found


def await_that(what: Callable[[], bool], why: str) -> None:
    until = time.monotonic() + WAIT_S
    while not what():
        assert time.monotonic() < until, why
        time.sleep(0.02)


def file(authority: Authority, number: int) -> None:
    authority.place_all([Act("model_registration.organisation", {"name": f"Lab {number}"}, f"lab-{number}")])


def followed(authority: Authority) -> bool:
    return bool(authority._tables.cursor() == authority.store.size())


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_another_process_follows_and_one_that_is_killed_is_started_again(authority: Authority) -> None:
    beside = Beside(authority)
    beside.start()
    try:
        for number in range(2):
            file(authority, number)
            beside.wake()
            await_that(lambda: followed(authority), "nobody followed")
            pid = beside.pid
            assert pid not in (None, os.getpid())
            assert not beside.here
            if number == 0:
                os.kill(int(pid or 0), signal.SIGKILL)
                await_that(lambda pid=pid: beside.pid not in (None, pid), "it was not started again")  # type: ignore[misc]
    finally:
        beside.stop()
    assert not running(int(pid or 0)), "stopped, it is gone"
    names = [row["name"] for row in registry.subjects(authority.reader, "organisation")]
    assert names == ["Lab 0", "Lab 1"]
    before = authority.dump()
    authority.rebuild()
    assert authority.dump() == before


def test_where_the_process_does_not_stay_the_service_follows_itself(authority: Authority) -> None:
    """A service that cannot start another process still has to serve."""
    beside = Beside(authority, lambda number: [sys.executable, "-c", "raise SystemExit(3)"])
    beside.start()
    try:
        await_that(lambda: beside.here, "it went on trying for ever")
        file(authority, 1)
        beside.wake()
        await_that(lambda: followed(authority), "nobody followed")
    finally:
        beside.stop()


def test_a_command_that_is_not_there_ends_in_the_service_too(authority: Authority) -> None:
    beside = Beside(authority, lambda number: ["/no/such/program"])
    beside.start()
    await_that(lambda: beside.here, "it went on trying for ever")
    beside.stop()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(tmp_path: Path, how: signal.Signals) -> None:
    folder = tmp_path / "authority"
    Authority.create(folder, SETTINGS).close()
    program = (
        "import sys, time; from pathlib import Path; from commonweal.authority import Authority\n"
        "from commonweal.follower import Beside\n"
        "beside = Beside(Authority.open(Path(sys.argv[1]))); beside.start()\n"
        "while beside.pid is None: time.sleep(0.01)\n"
        "print(beside.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(how)
    await_that(lambda: not running(pid), "the follower outlives its parent")


def test_one_that_hangs_is_not_waited_for_for_ever(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "ENDING_S_MAX", 0.2)
    beside = Beside(authority, lambda number: [sys.executable, "-c", "import time; time.sleep(60)"])
    beside.start()
    await_that(lambda: beside.pid is not None, "it was never started")
    pid = int(beside.pid or 0)
    beside.stop()
    assert not running(pid)
