"""Cases and their outbox under `kill -9`, upgrades and two executors: nothing lost, nothing done twice."""

from __future__ import annotations

import lzma
import os
import signal
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from commonweal import sending
from commonweal.authority import Authority
from commonweal.following import Following
from commonweal.instruments import rule_file
from commonweal.kernel import protocols
from commonweal.kernel.record import Act
from dying import die, in_a_process
from plays import book, step
from receivers import Receiver
from sending_house import BOOK, installed, made

ROOT = Path(__file__).resolve().parents[2]
FROZEN = ROOT / "tests" / "fixtures" / "authority-0.1" / "authority.tar.xz"
CASES = 2
KINDS = ("case.opened", "case.advanced", "effect.requested", "effect.delivered")


def run(folder: Path) -> None:
    """All that people do, each act under a key of its own, so that it can be begun again: register, then approve."""
    with Authority.open(folder, installed=installed()) as authority:
        for number in range(CASES):
            body = {"name": f"Late {number}", "countries": ["FR"]}
            authority.act(Act("model_registration.organisation", body, f"late:{number}"))
            authority.follow()
        for row in protocols.cases(authority.reader):
            approve(authority, row["case"], row["subject"])


def approve(authority: Authority, case: str, subject: str) -> None:
    step_id = next(step.id for step in protocols.case(authority.reader, case).playbook.steps.values()
                   if step.extension.approval)  # fmt: skip
    body = {"case": case, "step": step_id, "decision": "approve", "role": "officer", "organisation": "office"}
    authority.act(Act("approval.given", body, f"approve:{case}", subject))
    authority.follow()


def begun(folder: Path) -> Path:
    """A folder with the playbook in force and nothing else."""
    made(folder, {}, cases=0).close()
    return folder


def recorded(folder: Path) -> Counter[str]:
    """How many entries of each kind of a case there are; no key is there twice."""
    with Authority.open(folder, installed=installed()) as authority:
        assert authority.verify() == []
        assert authority.faults() == []
        was = authority.dump()
        authority.rebuild()
        assert authority.dump() == was, "the record gives the same cases again"
        entries = list(authority.store.entries(0, authority.store.size()))
        keys = [(entry.author, entry.key) for entry in entries]
        assert len(set(keys)) == len(keys)
        return Counter(entry.kind for entry in entries if entry.kind in KINDS)


EXPECTED = Counter({"case.opened": CASES, "case.advanced": CASES, "effect.requested": 3 * CASES})


@pytest.mark.parametrize("after", [False, True], ids=["before what follows is recorded", "after it, before the cursor"])
def test_killed_in_the_midst_of_a_step_a_case_goes_on_once(tmp_path: Path, after: bool) -> None:
    folder, kills = begun(tmp_path / "office"), 0
    for number in range(1, 20):
        if in_a_process(partial(_dying_at, number, after, partial(run, folder))) != -signal.SIGKILL:
            break
        kills += 1
    assert kills >= 3, "each process got further than the one before it"
    run(folder)
    assert recorded(folder) == EXPECTED


def _dying_at(number: int, after: bool, work: Callable[[], None]) -> None:
    """Work, and end at the so-manieth time that something follows from a case."""
    record, seen = Following._record, 0

    def dying(self: Following, acts: Any) -> None:
        nonlocal seen
        seen += any(act.kind in KINDS for act, _ in acts)
        if seen == number and not after:
            die()
        record(self, acts)
        if seen == number:
            die()

    Following._record = dying  # type: ignore[method-assign]
    work()


def test_killed_while_it_waits_a_case_keeps_its_place(tmp_path: Path) -> None:
    folder = begun(tmp_path / "office")
    with Authority.open(folder, installed=installed()) as authority:
        authority.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, "lab"))
        authority.follow()
        was = protocols.cases(authority.reader)
    waits = "from sending_house import installed; from commonweal.authority import Authority; from pathlib import Path;"
    waits += "import sys,time; a = Authority.open(Path(sys.argv[1]), installed=installed()); print(1, flush=True);"
    waits += "time.sleep(60)"
    with _python(waits, folder) as child:
        assert child.stdout
        child.stdout.readline()
        child.kill()
    with Authority.open(folder, installed=installed()) as authority:
        (row,) = protocols.cases(authority.reader)
        assert [row] == was
        approve(authority, row["case"], row["subject"])
        assert protocols.case(authority.reader, row["case"]).standing[0].step.startswith("action--")
    assert recorded(folder)["case.advanced"] == 1


def _python(code: str, *arguments: Path) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})


def test_two_executors_move_each_case_once(tmp_path: Path) -> None:
    """Both do everything, at once: each act has its key, each follower finds what the other recorded."""
    folder = begun(tmp_path / "office")
    code = "import sys; from pathlib import Path; from test_cases_killed import run; run(Path(sys.argv[1]))"
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'tests' / 'faults')!r}); " + code
    with _python(code, folder) as one, _python(code, folder) as other:
        assert (one.wait(60), other.wait(60)) == (0, 0)
    assert recorded(folder) == EXPECTED


# upgrades


def test_a_newer_playbook_adopted_meanwhile_is_for_new_cases(tmp_path: Path) -> None:
    folder = begun(tmp_path / "office")
    with Authority.open(folder, installed=installed()) as authority:
        authority.act(Act("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, "lab"))
        authority.follow()
        (first,) = protocols.cases(authority.reader)
        newer = book(step("start", "end"), step("end", ext={"outcome": "newer"}), modified="2026-02-01T00:00:00.000Z")
        authority.adopt(rule_file(newer, ".json"))
        authority.act(Act("model_registration.organisation", {"name": "Other", "countries": ["FR"]}, "other"))
        authority.follow()
        outcomes = {row["subject"]: row["outcome"] for row in protocols.cases(authority.reader)}
        assert outcomes == {first["subject"]: "", "organisation:other": "newer"}
        approve(authority, first["case"], first["subject"])
        assert len(protocols.effects(authority.reader)) == 3, "it went on as it was written when it began"
    assert recorded(folder)["case.opened"] == 2
    assert '"newer"' not in BOOK


def test_a_case_that_an_earlier_release_left_open_goes_on(tmp_path: Path) -> None:
    """Release 0.1 knew no signatures, no hand-over and no outbox; its open case is followed to the same place."""
    with tarfile.open(fileobj=BytesIO(lzma.decompress(FROZEN.read_bytes()))) as tar:
        tar.extractall(tmp_path, filter="data")
    with Authority.open(tmp_path) as authority:
        (row,) = protocols.cases(authority.reader, state="open")
        handed = {"case": row["case"], "to": "ministry-of-labour", "reason": "It is theirs."}
        authority.act(Act("case.handed_over", handed, "", row["subject"]))
        authority.follow()
        (asked,) = protocols.who_must_act(authority.reader, row["case"])
        assert asked["handed_to"] == "ministry-of-labour"
        authority.act(Act("case.step_done", {"case": row["case"], "step": asked["step"]}, "", row["subject"]))
        authority.follow()
        after = protocols.find_case(authority.reader, row["case"])
        assert after["sha256"] == row["sha256"]
        assert after["steps"] != row["steps"]
        was = authority.dump()
        authority.rebuild()
        assert authority.dump() == was
        assert authority.verify() == []


# the outbox

SENDS = """
import sys
from pathlib import Path
from commonweal import sending
from commonweal.authority import Authority
from commonweal.engines.effects.carrying import Carrier
from dying import die
from sending_house import installed

if sys.argv[2] == "before the evidence is filed":
    sending.Sender._file = lambda *_: die()
else:
    attempt = Carrier.attempt
    def once(self, effect):
        attempt(self, effect)
        die()
    Carrier.attempt = once
with Authority.open(Path(sys.argv[1]), installed=installed()) as authority:
    sending.Sender(authority).send(20)
"""


@pytest.mark.parametrize("when", ["before the answer is noted", "before the evidence is filed"])
@pytest.mark.parametrize("lost", [False, True], ids=["its file kept", "its file lost"])
def test_killed_between_sending_and_recording_the_receiver_acts_once(tmp_path: Path, when: str, lost: bool) -> None:
    pytest.importorskip("dbos")
    folder = tmp_path / "office"
    with Receiver() as receiver:
        made(folder, {"peer": ("webhook", receiver.url)}).close()
        with _python(SENDS, folder, Path(when)) as child:
            assert child.wait(60) == -signal.SIGKILL
        assert len(receiver.posts) == 1
        if lost:
            for path in folder.glob("effects.sqlite*"):
                path.unlink()
        with Authority.open(folder, installed=installed()) as authority:
            sender = sending.Sender(authority)
            try:
                assert sender.send(30) == 0
            finally:
                sender.close()
            (row,) = protocols.cases(authority.reader)
            assert row["outcome"] == "told", "the evidence moved the case"
        noted = when == "before the evidence is filed" and not lost
        assert len(receiver.posts) == (1 if noted else 2), "what was noted is not sent again; else once more at most"
        assert len({post.headers["idempotency-key"] for post in receiver.posts}) == 1
        assert len(receiver.acted) == 1
    assert recorded(folder)["effect.delivered"] == 1
