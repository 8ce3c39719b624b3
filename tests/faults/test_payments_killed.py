"""Money under `kill -9`: a run of payments, and the ledger on PostgreSQL, ended after any number of calls.

Opened again, every claim and month is paid once and every batch was taken once, whatever had been acknowledged.
"""

from __future__ import annotations

import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.instruments import discover
from commonweal.kernel import accounts
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock
from dying import die, in_a_process
from engine_houses import PostgresHouse
from net_house import JUDGE, NET, OFFICER, WORKER, Net
from postgres_server import Server

sys.path.insert(0, str(Path(__file__).parent))
from ledger_world import ACCOUNTS, FIRST, SETTINGS, Senders, check, live

RUNS, LIVES, CALLS_A_LIFE = 8, 8, 250_000
INSTALLED = {"adaptive_safety_net": discover()["adaptive_safety_net"]}
RUN = {"programme": "programme:wi-mi-2026", "month": "2026-06"}


def killed_after(calls: int, work: Callable[[], None]) -> int:
    """How a process ended that did this, and was killed after so many calls of functions."""

    def mortal() -> None:
        left = calls

        def called(frame: object, event: str, argument: object) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                die()

        sys.setprofile(called)
        work()

    return in_a_process(mortal)


@pytest.fixture(scope="module")
def due(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ReplayClock]:
    """A ministry to which three people's months of May and June are due."""
    folder = tmp_path_factory.mktemp("due") / "net"
    net = Net.found(folder)
    net.opened()
    net.month("2026-04")
    for number in range(1, 4):
        net.claim(
            replace(WORKER, party=f"party:worker-{number}"), name=f"C-{number}", person=f"Person {number} (fictitious)"
        )
    net.at("2026-07-02T12:00:00Z")
    net.authority.close()
    return folder, net.clock


def pay(folder: Path, clock: ReplayClock) -> None:
    """What an officer does who pays the month, and what follows from it."""
    with Authority.open(folder, clock=ReplayClock(clock.now()), installed=INSTALLED) as authority:
        run = authority.act(Act(f"{NET}payment_run", RUN, "the-run"), OFFICER).index
        authority.act(Act(f"{NET}seconded", {"entry": run}, "the-second"), JUDGE)
        authority.follow()


def paid(folder: Path, clock: ReplayClock) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """What each claim was paid by month, and what each account holds."""
    with Authority.open(folder, clock=ReplayClock(clock.now()), installed=INSTALLED) as authority:
        assert authority.verify() == []
        assert list(accounts.reconciled(authority.reader)) == []
        net = Net(authority, clock)
        return {f"c-{n}": net.paid(f"support_claim:c-{n}") for n in range(1, 4)}, net.ledger()


def test_a_run_that_is_killed_anywhere_pays_every_month_once(due: tuple[Path, ReplayClock], tmp_path: Path) -> None:
    folder, clock = due
    # The first time compiles and reads more than any later one: what is killed is warm, so a warm one is counted.
    for name in ("first", "whole"):
        shutil.copytree(folder, tmp_path / name)
    pay(tmp_path / "first", clock)
    calls = 0

    def called(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(called)
    pay(tmp_path / "whole", clock)
    sys.setprofile(None)
    want = paid(tmp_path / "whole", clock)
    assert want[0] == {f"c-{n}": {"2026-06": 83_332} for n in range(1, 4)}, "May as well: it was due and not paid"
    chance = random.Random(2026)
    for number in range(RUNS):
        left = shutil.copytree(folder, tmp_path / f"killed{number}")
        step = calls * number // RUNS + chance.randrange(1, calls // RUNS)
        ended = killed_after(step, partial(pay, left, clock))
        done_early = (ended, number) == (0, RUNS - 1)  # a count that is a few calls off, at the very end
        assert ended == -signal.SIGKILL or done_early, f"{step} of {calls} calls"
        pay(left, clock)
        assert paid(left, clock) == want, f"killed after {step} of {calls} calls"


@pytest.fixture
def house(postgres: Server) -> Iterator[PostgresHouse]:
    made = PostgresHouse(postgres)
    yield made
    made.close()


def test_the_ledger_on_postgresql_takes_every_batch_once_however_often_it_is_killed(
    house: PostgresHouse, tmp_path: Path
) -> None:
    """The senders, the network and the plain model are those of the worlds on SQLite (`ledger_world.py`)."""
    dice, folder, answers = random.Random(29), tmp_path / "ledger", tmp_path / "answers"
    senders, ends = Senders(dice), Counter[int]()

    def founded() -> None:
        settings = replace(SETTINGS, database=house.url)
        with Authority.create(folder, settings, clock=ReplayClock(FIRST), installed={}) as authority:
            authority.act_all(accounts.opening("world", ACCOUNTS))

    assert in_a_process(founded) == 0
    for day in range(1, LIVES + 1):
        mail = [(number, senders.sent[number]) for number in senders.mail((FIRST + timedelta(days=day)).toordinal())]
        work = partial(live, folder, answers, day, mail)
        ended = in_a_process(work) if day == LIVES else killed_after(dice.randint(1, CALLS_A_LIFE), work)
        assert ended in ((0,) if day == LIVES else (0, -signal.SIGKILL)), f"day {day} ended with {ended}"
        ends[ended] += 1
        senders.told(answers)
    assert ends[-signal.SIGKILL] >= LIVES // 2, f"few were killed: {ends}"
    assert len(senders.answers) == len(senders.sent)
    assert check(folder, senders)
