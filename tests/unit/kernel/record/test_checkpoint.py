"""Checkpoints are read strictly: one tree, one spelling."""

from __future__ import annotations

import base64

import pytest

from commonweal.kernel.record import EMPTY_ROOT, Checkpoint, NoteSigner, open_checkpoint, sign_note
from commonweal.kernel.values import BadInput, RecordFault

SIGNER = NoteSigner("log.example", bytes(range(32)))
ROOT = base64.b64encode(bytes(range(32))).decode()
EMPTY = base64.b64encode(EMPTY_ROOT).decode()


def test_text_round_trips() -> None:
    checkpoint = Checkpoint("log.example", 20_852_163, bytes(range(32)))
    assert checkpoint.text() == f"log.example\n20852163\n{ROOT}\n"
    assert Checkpoint.from_text(checkpoint.text()) == checkpoint
    assert open_checkpoint(checkpoint.signed(SIGNER), [SIGNER.verifier], "log.example") == checkpoint


def test_extension_lines_of_others_are_kept() -> None:
    text = f"log.example\n3\n{ROOT}\nextension one\ntwo\n"
    assert Checkpoint.from_text(text).extension == ("extension one", "two")
    assert Checkpoint.from_text(text).text() == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "three lines"),
        (f"log.example\n3\n{ROOT}", "three lines"),
        ("log.example\n3\n", "three lines"),
        (f"\n3\n{ROOT}\n", "line 1 is empty"),
        (f"log.example\n3\n{ROOT}\n\nmore\n", "line 4 is empty"),
        (f"log.example\n03\n{ROOT}\n", "leading zeroes"),
        (f"log.example\n+3\n{ROOT}\n", "leading zeroes"),
        (f"log.example\n-3\n{ROOT}\n", "leading zeroes"),
        (f"log.example\n1_0\n{ROOT}\n", "leading zeroes"),
        (f"log.example\n 3\n{ROOT}\n", "leading zeroes"),
        (f"log.example\n٣\n{ROOT}\n", "leading zeroes"),
        (f"log.example\n9223372036854775808\n{ROOT}\n", "leading zeroes"),
        (f"log.example\n{'9' * 5000}\n{ROOT}\n", "leading zeroes"),
        (f"log.example\n3\n{ROOT[:-1]}\n", "base64 of 32 bytes"),
        (f"log.example\n3\n{ROOT} \n", "base64 of 32 bytes"),
        ("log.example\n3\nAAAA\n", "base64 of 32 bytes"),
        (f"log.example\n3\n{ROOT.replace('8=', '9=')}\n", "base64 of 32 bytes"),
        (f"log.example\n0\n{ROOT}\n", "empty tree"),
    ],
)
def test_other_spellings_are_refused(text: str, problem: str) -> None:
    with pytest.raises(RecordFault, match=problem):
        Checkpoint.from_text(text)


def test_the_empty_log_has_a_checkpoint() -> None:
    assert Checkpoint.from_text(f"log.example\n0\n{EMPTY}\n").size == 0


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint("two\nlines", 1, bytes(32)),
        Checkpoint("", 1, bytes(32)),
        Checkpoint("log.example", -1, bytes(32)),
        Checkpoint("log.example", 1, bytes(31)),
        Checkpoint("log.example", 0, bytes(32)),
        Checkpoint("log.example", 1, bytes(32), ("",)),
    ],
)
def test_a_checkpoint_that_could_not_be_read_back_is_not_written(checkpoint: Checkpoint) -> None:
    with pytest.raises(BadInput):
        checkpoint.signed(SIGNER)


def test_another_logs_checkpoint_is_refused() -> None:
    """The key is known, but it speaks for another log."""
    other = sign_note(f"other.example\n3\n{ROOT}\n", SIGNER)
    with pytest.raises(RecordFault, match="is of the log 'other"):
        open_checkpoint(other, [SIGNER.verifier], "log.example")
