"""A court is shown samples of an evaluation, and checks them on a machine that has nothing but a file and two keys.

A developer is sued. Its log was taken in months before; the court orders that two of its samples be produced. It trusts
neither the authority nor the developer: that the samples are those of then follows from the log's key, and that the log
was not made up since from a witness.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.eval_logs import header, inspect_eval, sample
from tests.witnesses import NOW, Network, policy_text, url, witness_of

from commonweal.authority import Authority
from commonweal.doors.cli import main as cli
from commonweal.instruments.evaluations import taking_in
from commonweal.kernel.disclosure import verify_disclosures
from commonweal.kernel.record import NoteSigner, NoteVerifier
from commonweal.settings import POLICY_FILE

SHOWN = "evaluations.shown"
QUESTIONS = ("How is the lock opened?", "Which tool is it done with?", "What is under the mat?")
"""What the samples ask; the third stays with the developer."""
LOG = inspect_eval(
    header({"accuracy": 2 / 3}),
    [sample(number, "C" if number else "I", input=text) for number, text in enumerate(QUESTIONS)],
)


@dataclass(frozen=True)
class Court:
    """Where the samples are checked: their files, the log's key and the witness's policy; no network, no record."""

    desk: Path
    vkey: str

    def checks(self, name: str, *more: str) -> int:
        policy = ["--policy", str(self.desk / "policy")]
        return cli(["evaluations", "check-sample", str(self.desk / name), "--vkey", self.vkey, *policy, *more])

    def altered(self, **parts: Any) -> str:
        """A file like the first, with some parts otherwise."""
        told = json.loads((self.desk / "0.json").read_text("utf-8")) | parts
        (self.desk / "altered.json").write_text(json.dumps(told), "utf-8")
        return "altered.json"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, Court]]:
    """The authority, after it produced two samples by an order, and the court that they went to."""
    place = tmp_path_factory.mktemp("office") / "house"
    desk, log = tmp_path_factory.mktemp("court"), tmp_path_factory.mktemp("developer") / "run.eval"
    log.write_bytes(LOG)
    (desk / "order.pdf").write_bytes(b"Order of 1 December 2026 (fictitious)")
    assert cli(["open", str(place), "--name", "Office", "--name-zh", "办公室", "--origin", "office.example/log"]) == 0
    assert cli(["evaluations", "import", str(place), str(log)]) == 0
    _witnessed(place, desk / "policy")
    run = taking_in.name_of(taking_in.digest_of(log))
    order = ["--to", "Example District Court", "--citation", "1 X 1/26 (fictitious)"]
    for number in (0, 1):
        produced = [str(place), run, str(log), str(number), str(desk / f"{number}.json"), *order]
        assert cli(["evaluations", "show-sample", *produced, "--document", str(desk / "order.pdf")]) == 0
    with Authority.open(place) as authority:
        yield authority, Court(desk, authority.store.keyring().keys[-1].vkey)


def _witnessed(place: Path, policy: Path) -> None:
    """A witness cosigns the log as it stands; the court knows its key from elsewhere."""
    text = policy_text("w1", 1)
    (place / POLICY_FILE).write_text(text, "utf-8")
    policy.write_text(text, "utf-8")
    with Authority.open(place) as authority:
        key = NoteVerifier.from_vkey(authority.store.keyring().keys[-1].vkey)
        network = Network({url(1): witness_of(place.parent / "w1.sqlite", 1, key)})
        authority.witnesses.port, authority.witnesses.now = network, lambda: float(NOW)
        assert authority.witnesses.ask()
        network.close()


def test_the_court_verifies_both_samples_offline(
    shown: tuple[Authority, Court], capsys: pytest.CaptureFixture[str]
) -> None:
    _, court = shown
    assert [court.checks(name) for name in ("0.json", "1.json")] == [0, 0]
    said = capsys.readouterr().out
    assert "Sample 0, epoch 1, is one of 3" in said
    assert "of the log office.example/log, signed with the key given, has this root" in said
    assert "witnessed by w1" in said


def test_nothing_of_the_third_sample_nor_of_the_result_reaches_the_court(shown: tuple[Authority, Court]) -> None:
    """What it is shown has the two questions, and neither the other nor what the whole run came to."""
    _, court = shown
    files = [(court.desk / name).read_text("utf-8") for name in ("0.json", "1.json")]
    for text, question in zip(files, QUESTIONS, strict=False):
        assert question in text
        assert not [other for other in QUESTIONS if other != question and other in text]
    fields = {name for text in files for name in _disclosed(json.loads(text))}
    assert "root" in fields
    assert not {"results", "model_named", "task"} & fields


def test_what_was_altered_or_swapped_does_not_verify(shown: tuple[Authority, Court]) -> None:
    _, court = shown
    first, second = (json.loads((court.desk / name).read_text("utf-8")) for name in ("0.json", "1.json"))
    assert court.checks(court.altered(text=first["text"].replace("opened", "closed"))) == 1
    assert court.checks(court.altered(text=second["text"])) == 1
    assert court.checks(court.altered(path=second["path"])) == 1
    assert court.checks(court.altered(entry=first["entry"] + 1)) == 1
    assert court.checks(court.altered(on_record={**first["on_record"], "disclosures": []})) == 1
    stranger = NoteSigner("office.example/log", b"\x07" * 32).verifier.vkey
    assert Court(court.desk, stranger).checks("0.json") == 1
    (court.desk / "empty.json").write_text("{}", "utf-8")
    assert court.checks("empty.json") == 1


@pytest.mark.parametrize(
    ("field", "other"),
    [("log", "other.example/log"), ("run", "Run 000000000000"), ("format", "garak"), ("rows", 4), ("root", "00" * 32)],
)
def test_nothing_said_beside_a_sample_is_told_as_proven_that_the_log_says_otherwise(
    shown: tuple[Authority, Court], capsys: pytest.CaptureFixture[str], field: str, other: Any
) -> None:
    """Of which log and run it is, and one of how many: a court would read it beside the word that it is proved."""
    _, court = shown
    assert court.checks(court.altered(**{field: other})) == 1
    said = capsys.readouterr()
    assert "Proved" not in said.out
    assert field in said.err


def test_that_samples_were_shown_and_on_which_order_is_public_and_to_whom_is_not(
    shown: tuple[Authority, Court],
) -> None:
    authority, _ = shown
    entries = [item.index for item in authority.store.entries(0, authority.store.size()) if item.kind == SHOWN]
    assert len(entries) == 2
    public = authority.presentation(entries[0]).fields
    assert (public["citation"], public["shown"]) == ("1 X 1/26 (fictitious)", 1)
    assert not {"to", "samples"} & set(public)


def _disclosed(told: dict[str, Any]) -> list[str]:
    """The names of the fields of the run's entry that a file opens."""
    on_record = told["on_record"]
    return list(verify_disclosures(base64.b64decode(on_record["leaf"]), on_record["disclosures"]))
