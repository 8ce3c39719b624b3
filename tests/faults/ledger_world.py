"""A ledger's world from a seed: senders, a network that repeats and reorders, processes that are killed, a disk that
tears what was not synced.

`python ledger_world.py FOLDER SEED LIVES [lies]` lets LIVES processes, one a day, take batches one after the other;
most are ended at a random write to disk, by SIGKILL or by a power failure (`power_loss.py`). What was not
acknowledged is sent again, and so is some of what was. In the end everything is sent once more to a process that
nobody ends, and the whole is checked: against the plain model told the record's entries in order, against every
answer that was ever given, and against itself. Prints what happened; exits with 1 where anything is lost, twice, half
or does not add up, and with 77 where writes cannot be watched. A disk that `lies` says that it synced and did not.
"""

from __future__ import annotations

import functools
import json
import os
import random
import shutil
import signal
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from power_loss import Disk, watch

from commonweal.authority import Authority
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Account, How, Outcome, Transfer
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings
from dying import die, in_a_process
from ledger_model import Model

FIRST = datetime(2026, 1, 1, 9, tzinfo=UTC)
SETTINGS = Settings(Text(en="World", zh="世界"), "world.example/log", FIRST, replay=True)
ACCOUNTS = (
    Account("fund", "EUR", "debit"),
    *(Account(f"member.m{number}", "EUR", floor=0) for number in range(6)),
    Account("till", "EUR", "debit", floor=0, ceiling=900),
    Account("hours", "hour"),
)
MESSAGES_A_DAY, STEPS_MAX = 14, 600
HOW = ("kill", "lost", "torn", "reordered")
Batch = tuple[Transfer, ...]


class Mortal(Disk):
    """A disk that ends the process at one of its steps, as it is or as a power failure leaves it."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.how, self.image, self.dice, self.lies = -1, "kill", Path(), random.Random(), False

    def begins(self, folder: Path, image: Path, step: int, how: str, dice: random.Random) -> None:
        """All that lies in a folder is surely on the disk; so many steps from now the process ends."""
        self.synced = {str(path): bytearray(path.read_bytes()) for path in folder.iterdir() if ".sqlite" in path.name}
        self.synced = {name: content for name, content in self.synced.items() if not name.endswith("-shm")}
        self.waiting, self.image, self.left, self.how, self.dice = {}, image, step, how, dice

    def _step(self) -> None:
        if self.left > 0:
            self.left -= 1
            if self.left == 0:
                if self.how != "kill":
                    self.fail(self.image, self.dice, self.how)
                die()

    def write(self, name: str, offset: int, data: bytes | None) -> None:
        self._step()
        super().write(name, offset, data)

    def sync(self, name: str) -> None:
        self._step()
        if not self.lies:
            super().sync(name)

    def delete(self, name: str, sync_folder: bool) -> None:
        self._step()
        super().delete(name, sync_folder)


class Senders:
    """Whoever sends batches: they know what they sent and what was answered, and nothing else."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.sent, self.reserved = dice, list[Batch](), list[Transfer]()
        self.answers: dict[int, tuple[int, dict[str, list[int]]]] = {}

    def new(self, day: int) -> None:
        """Another batch: new transfers, among them ends of what was ever reserved, and some that were sent before."""
        dice, number = self.dice, len(self.sent)
        rows = [self._one(f"t{number}.{at}", day) for at in range(dice.randint(1, 12))]
        if self.sent and dice.random() < 0.3:
            rows += dice.sample(earlier := dice.choice(self.sent), dice.randint(1, len(earlier)))
        dice.shuffle(rows)
        self.sent.append(tuple(rows))

    def _one(self, id: str, day: int) -> Transfer:
        dice, linked, on = self.dice, self.dice.random() < 0.12, day + self.dice.randint(-2, 1)
        if self.reserved and dice.random() < 0.25:
            first, settle = dice.choice(self.reserved), dice.random() < 0.7
            amount = dice.choice((first.amount, max(1, first.amount // 2), first.amount + 1)) if settle else 0
            how = How.SETTLE if settle else How.VOID
            return Transfer(id, first.debit, first.credit, amount, on, how, first.id, linked=linked)
        names = [one.account for one in ACCOUNTS]
        debit, credit = ("fund", dice.choice(names[1:7])) if dice.random() < 0.5 else dice.sample(names, 2)
        made = Transfer(id, debit, credit, dice.randint(1, 400), on, linked=linked, code=dice.choice(("", "pay")))
        if dice.random() < 0.25:
            made = made._replace(how=How.PEND, expires=dice.choice((None, day, day + 1, day + 3)))
            self.reserved.append(made)
        return made

    def mail(self, day: int) -> list[int]:
        """What arrives on a day, by number: what is new or unanswered, some of it twice, in any order."""
        for _ in range(self.dice.randint(2, MESSAGES_A_DAY)):
            self.new(day)
        waiting = [number for number in range(len(self.sent)) if number not in self.answers]
        again = self.dice.choices(range(len(self.sent)), k=self.dice.randint(0, 4))
        found = [*waiting, *again]
        self.dice.shuffle(found)
        return found

    def told(self, answers: Path) -> None:
        """Take in what was answered (a line cut short is none). To be answered otherwise than before is a fault."""
        lines = answers.read_bytes().split(b"\n")[:-1] if answers.is_file() else []
        for number, index, otherwise in map(json.loads, lines):
            assert self.answers.setdefault(number, (index, otherwise)) == (index, otherwise), f"message {number}"


def live(folder: Path, answers: Path, day: int, mail: list[tuple[int, Batch]]) -> None:
    """One process: takes what arrives, follows, and answers what became of each batch."""
    file = os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with Authority.open(folder, clock=ReplayClock(FIRST + timedelta(days=day)), installed={}) as authority:
        authority.follow()
        for number, batch in mail:
            receipt = authority.act(accounts.transfers_act("world", batch))
            authority.follow()
            step = accounts.caused(authority.reader, receipt.index)
            assert step is not None
            os.write(file, json.dumps([number, receipt.index, step["otherwise"]]).encode() + b"\n")
        assert list(accounts.reconciled(authority.reader)) == []


def check(folder: Path, senders: Senders) -> Counter[str]:
    """Everything that was ever acknowledged, the plain model's ledger, and money neither made nor lost on any day."""
    seen: Counter[str] = Counter()
    model, by_digest = Model(ACCOUNTS), {accounts.transfers_act("world", one).key: one for one in senders.sent}
    with Authority.open(folder, installed={}) as authority:
        assert (found := authority.verify()) == [], found
        answered = {index: number for number, (index, _) in senders.answers.items()}
        for index in range(authority.store.size()):
            stored = authority.store.entry(index)
            if stored.kind != "accounts.transfers":
                continue
            batch = by_digest[stored.key]
            today = date.fromisoformat(stored.time[:10]).toordinal()
            want: dict[str, list[int]] = defaultdict(list)
            for at, outcome in enumerate(model.take(today, list(batch))):
                seen[outcome] += 1
                if outcome is not Outcome.DONE:
                    want[outcome].append(at)
            step = accounts.caused(authority.reader, index)
            assert step is not None
            assert step["otherwise"] == want, f"entry {index}: {step['otherwise']}, the model says {dict(want)}"
            assert senders.sent[number := answered.pop(index)] == batch
            assert senders.answers[number] == (index, want), f"message {number} was answered otherwise"
        assert not answered, f"acknowledged and gone: {answered}"
        before = authority.dump()
        _whole(authority.reader, model)
        authority.rebuild()
        assert authority.dump() == before, "the tables are not those that the record gives"
    return seen


def _whole(reader: Any, model: Model) -> None:
    assert list(accounts.reconciled(reader)) == []
    for one in ACCOUNTS:
        assert accounts.balance(reader, one.account) == model.sums(one.account), one.account
    days = {one.day for one in model.made}
    for day in range(min(days), max(days) + 1):
        sums: Counter[str] = Counter()
        for kept in accounts.kept(reader, day=day):
            sums[kept.account.unit] += kept.balance.debits - kept.balance.credits
        assert not any(sums.values()), f"day {day}: {sums}"
    ids = [line.transfer.id for one in ACCOUNTS for line in accounts.statement(reader, one.account, 1, 10**6)]
    assert set(Counter(ids).values()) <= {2}, "a transfer is posted twice, or on one account alone"


def main(place: Path, seed: int, lives: int, lies: bool) -> Counter[str]:
    dice, disk = random.Random(seed), Mortal()
    disk.lies = lies
    kept, senders, ends = watch(disk), Senders(dice), Counter[str]()
    folder, answers = place / "live", place / "answers"

    def founded() -> None:
        with Authority.create(folder, SETTINGS, clock=ReplayClock(FIRST), installed={}) as authority:
            authority.act_all(accounts.opening("world", ACCOUNTS))

    assert in_a_process(founded) == 0
    for day in range(1, lives + 1):
        last, image = day == lives, place / f"day{day}"
        mail = [(number, senders.sent[number]) for number in senders.mail(FIRST.toordinal() + day)]
        how, step = dice.choice(HOW), dice.randint(1, STEPS_MAX)
        disk.begins(folder, image, -1 if last else step, how, random.Random(dice.random()))
        ended = in_a_process(functools.partial(live, folder, answers, day, mail))
        assert ended in ((0,) if last else (0, -signal.SIGKILL)), f"day {day}: a process ended with {ended}"
        ends[how if ended else "clean"] += 1
        if image.is_dir():
            for file in folder.iterdir():
                if ".sqlite" not in file.name:
                    shutil.copy(file, image)
            shutil.rmtree(folder)
            image.rename(folder)
        senders.told(answers)
    assert len(senders.answers) == len(senders.sent)
    seen = check(folder, senders)
    del kept
    return seen + ends


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), "lies" in sys.argv)))
