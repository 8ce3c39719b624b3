"""The helper process: what it gives is what would have been made here, and nothing depends on it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from commonweal.engines.helper import FEWEST, PAIRS_MAX, Helper
from commonweal.kernel.disclosure.envelope import EntryKey, payload_of, unwrap
from commonweal.kernel.disclosure.keys import id_of, made

WAIT_S = 30.0


@pytest.fixture
def helper() -> Iterator[Helper]:
    """A helper that is up and ready."""
    found = Helper(processors=2)
    await_ready(found)
    yield found
    found.close()


def await_ready(helper: Helper) -> None:
    until = time.monotonic() + WAIT_S
    while not helper._ready:
        assert time.monotonic() < until, "the helper never came up"
        with helper._lock:
            helper._help()
        time.sleep(0.01)


def some_keys(number: int) -> tuple[list[X25519PrivateKey], list[tuple[bytes, bytes]]]:
    holders = [X25519PrivateKey.generate() for _ in range(number)]
    return holders, [(EntryKey().raw, holder.public_key().public_bytes_raw()) for holder in holders]


def opened(pairs: list[tuple[bytes, bytes]], heads: list[bytes], holders: list[X25519PrivateKey]) -> list[bytes]:
    """What each holder gets out of a payload with its head."""
    found = []
    for (raw, public), head, holder in zip(pairs, heads, holders, strict=True):
        payload = payload_of(id_of(public), head, EntryKey(raw).seal(b"words", b"leaf"))
        found.append(unwrap(payload, holder, "test").open(payload, b"leaf", "test"))
    return found


def test_a_helper_whose_parent_is_gone_before_it_began_ends_in_silence() -> None:
    """The first command that somebody types may end before its helper has begun, which then showed its traceback."""
    ours, theirs = socket.socketpair()
    ours.close()
    command = [sys.executable, "-m", "commonweal.engines.helper", str(theirs.fileno())]
    done = subprocess.run(command, pass_fds=[theirs.fileno()], capture_output=True, timeout=WAIT_S, check=False)
    theirs.close()
    assert (done.returncode, done.stderr) == (0, b"")


def test_keys_wrapped_beside_open_like_those_wrapped_here(helper: Helper) -> None:
    holders, pairs = some_keys(FEWEST)
    heads = list(helper.wrap(pairs)())
    assert helper.pid is not None
    assert opened(pairs, heads, holders) == [b"words"] * FEWEST
    assert len({head[:32] for head in heads}) == FEWEST, "each key has an encapsulation of its own"


def test_several_keys_of_one_holder_in_a_batch_share_nothing(helper: Helper) -> None:
    """A shared encapsulation to one holder would be one key and one nonce for two entry keys."""
    holder = X25519PrivateKey.generate()
    pairs = [(EntryKey().raw, holder.public_key().public_bytes_raw()) for _ in range(FEWEST)]
    heads = list(helper.wrap(pairs)())
    assert len({head[:32] for head in heads}) == len({head[32:] for head in heads}) == FEWEST
    assert opened(pairs, heads, [holder] * FEWEST) == [b"words"] * FEWEST


def test_key_pairs_made_beforehand_fit_and_are_given_once(helper: Helper) -> None:
    found = [pair for number in (FEWEST, FEWEST, 3, FEWEST + 9, 1) for pair in helper.pairs(number)]
    assert len(found) == 3 * FEWEST + 13
    assert len({private for private, _ in found}) == len(found), "no key is given to two holders"
    for private, public in found:
        assert X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == public


def test_more_than_the_pipe_holds_goes_through(helper: Helper) -> None:
    """Key pairs that nobody has taken in yet must not block a large request, nor the other way round."""
    helper.pairs(PAIRS_MAX)
    holders, pairs = some_keys(1)
    many = pairs * 4_096
    heads = list(helper.wrap(many)())
    assert opened([many[-1]], [heads[-1]], holders) == [b"words"]
    assert len(helper.pairs(PAIRS_MAX)) == PAIRS_MAX


def test_a_helper_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever for an aid, neither to be heard nor to be answered."""
    monkeypatch.setattr("commonweal.engines.helper.ANSWER_S_MAX", 1)
    helper = Helper(processors=2)
    await_ready(helper)
    holders, pairs = some_keys(1)
    for number in (FEWEST, 8_192):
        await_ready(helper)
        assert helper.pid is not None
        os.kill(helper.pid, signal.SIGSTOP)
        assert opened(pairs, list(helper.wrap(pairs * number)())[-1:], holders) == [b"words"]
        assert helper.pid is None
    helper.close()


@pytest.mark.parametrize("when", ["before it is asked", "while it works"])
def test_a_helper_that_was_killed_is_done_without(helper: Helper, when: str) -> None:
    holders, pairs = some_keys(FEWEST)
    pid = helper.pid
    assert pid is not None
    if when == "before it is asked":
        os.kill(pid, signal.SIGKILL)
        answer = helper.wrap(pairs)
    else:
        os.kill(pid, signal.SIGSTOP)
        answer = helper.wrap(pairs)
        os.kill(pid, signal.SIGKILL)
    assert opened(pairs, list(answer()), holders) == [b"words"] * FEWEST
    assert len(helper.pairs(FEWEST)) == FEWEST
    assert not Path(f"/proc/{pid}").exists(), "and leaves no zombie"


def test_small_batches_and_single_processors_start_none() -> None:
    single, unused = Helper(processors=1), Helper(processors=2)
    holders, pairs = some_keys(FEWEST)
    assert opened(pairs, list(single.wrap(pairs)()), holders) == [b"words"] * FEWEST
    assert unused.wrap(pairs[:1])()
    assert len(unused.pairs(FEWEST - 1)) == FEWEST - 1
    assert single.pid is None
    assert unused.pid is None


def test_it_answers_one_at_a_time_and_the_other_goes_on_alone(helper: Helper) -> None:
    holders, pairs = some_keys(FEWEST)
    first, second = helper.wrap(pairs), helper.wrap(pairs)
    assert opened(pairs, list(second()), holders) == opened(pairs, list(first()), holders) == [b"words"] * FEWEST


def test_a_process_that_forks_off_takes_neither_helper_nor_keys_with_it(helper: Helper) -> None:
    """Two processes with the same key pairs in stock would give one key to two holders."""
    helper.pairs(FEWEST)
    until = time.monotonic() + WAIT_S
    while not helper._pairs:
        assert time.monotonic() < until
        helper.pairs(1)
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, b"".join(private for private, _ in helper.pairs(FEWEST)))
        os._exit(0 if helper.pid is None else 1)
    theirs = os.read(read, 32 * FEWEST)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    ours = [private for private, _ in helper.pairs(2 * FEWEST)]
    assert not {theirs[at : at + 32] for at in range(0, len(theirs), 32)} & set(ours)
    os.close(read)
    os.close(write)


def test_it_ends_with_its_parent_even_when_that_is_killed() -> None:
    program = (
        "import sys, time; from commonweal.engines.helper import *\n"
        "helper = Helper(processors=2); helper.pairs(FEWEST); print(helper.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    until = time.monotonic() + WAIT_S
    while _running(pid):
        assert time.monotonic() < until, "the helper outlives its parent"
        time.sleep(0.02)


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_made_gives_pairs_that_fit() -> None:
    [(private, public)] = made(1)
    assert X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == public
