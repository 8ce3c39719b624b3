"""Signed notes: where the text ends, which signatures count, and what is refused unread."""

from __future__ import annotations

import base64

import pytest

from commonweal.kernel.record import NoteSigner, NoteVerifier, open_note, sign_note
from commonweal.kernel.record.notes import COSIGNATURE_V1, NOTE_BYTES_MAX, key_id
from commonweal.kernel.values import BadInput, RecordFault

ALICE = NoteSigner("alice.example/log", bytes(range(32)))
BOB = NoteSigner("bob.example", bytes(range(1, 33)))
NOTE = sign_note("hello\n", ALICE)


def test_a_note_round_trips() -> None:
    note = open_note(NOTE, [ALICE.verifier, BOB.verifier])
    assert note.text == "hello\n"
    assert note.signed == (ALICE.verifier,)
    assert NoteVerifier.from_vkey(ALICE.vkey) == ALICE.verifier
    assert ALICE.verifier.key_id == ALICE.key_id == key_id(ALICE.name, 1, ALICE.verifier.public)


def test_the_text_ends_at_the_last_blank_line() -> None:
    """A text may hold blank lines, even what looks like a signature after one."""
    text = "first\n\n— alice.example/log AAAAAAAA\n\n\nlast\n"
    assert open_note(sign_note(text, ALICE), [ALICE.verifier]).text == text


def test_the_blank_line_cannot_be_moved() -> None:
    """Were the text to end at the first blank line, a signed prefix could carry unsigned lines."""
    forged = NOTE.replace(b"\n\n", b"\n\nadded\n\n", 1)
    with pytest.raises(RecordFault, match="does not verify"):
        open_note(forged, [ALICE.verifier])


def test_two_signers_sign_one_text() -> None:
    note = open_note(sign_note("hello\n", [ALICE, BOB]), [BOB.verifier, ALICE.verifier])
    assert note.signed == (ALICE.verifier, BOB.verifier)


def test_a_known_key_that_fails_refuses_the_whole_note() -> None:
    """A good signature beside it does not help."""
    bob_elsewhere = BOB.signature(b"other text\n").line.encode()
    for data in (NOTE + bob_elsewhere, bob_elsewhere.join(NOTE.rpartition("—".encode())[::2])):
        with pytest.raises(RecordFault):
            open_note(data, [ALICE.verifier, BOB.verifier])
    assert open_note(NOTE + bob_elsewhere, [ALICE.verifier]).signed == (ALICE.verifier,)


def test_a_known_key_must_verify_every_time_it_is_named() -> None:
    twice = NOTE + NOTE.splitlines(keepends=True)[-1]
    assert open_note(twice, [ALICE.verifier]).signed == (ALICE.verifier,)
    with pytest.raises(RecordFault, match="does not verify"):
        open_note(NOTE + ALICE.signature(b"other\n").line.encode(), [ALICE.verifier])


def test_same_name_with_another_id_is_another_key() -> None:
    namesake = NoteSigner(ALICE.name, bytes(32))
    both = NOTE + namesake.signature(b"unrelated\n").line.encode()
    assert open_note(both, [ALICE.verifier]).signed == (ALICE.verifier,)
    with pytest.raises(RecordFault, match="no known key"):
        open_note(NOTE, [namesake.verifier])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no blank line"),
        (b"hello\n", "no blank line"),
        (b"hello\n\n", "no blank line"),
        (NOTE[:-1], "no blank line"),
        (NOTE + b"\n", "no blank line"),
        (NOTE + b"trailing\n", "malformed signature"),
        (NOTE.replace("—".encode(), b"-"), "malformed signature"),
        (NOTE.replace(b"log ", b"log  "), "malformed signature"),
        (NOTE.replace(b"alice.example/log ", b"a+b "), "malformed signature"),
        (NOTE.replace(b"alice.example/log ", "a\u2003b ".encode()), "malformed signature"),
        (NOTE.replace(b"=\n", b"\n"), "malformed signature"),
        ("hello\n\n— alice.example/log AAAAAA==\n".encode(), "malformed signature"),
        (NOTE.replace(b"hello", b"hel\tlo"), "control character"),
        (NOTE.replace(b"hello\n", b"hello\r\n"), "control character"),
        (NOTE.replace(b"hello", b"hel\x00lo"), "control character"),
        (NOTE.replace(b"hello", b"hel\xfflo"), "not UTF-8"),
        (b"x" * (NOTE_BYTES_MAX + 1), "at most"),
    ],
)
def test_malformed_notes_are_refused(data: bytes, problem: str) -> None:
    with pytest.raises(RecordFault, match=problem):
        open_note(data, [ALICE.verifier])


def test_a_second_spelling_of_a_signature_is_refused() -> None:
    """Base64 with stray bits at the end would make two notes out of one signature."""
    line = NOTE.splitlines()[-1]
    assert line.endswith(b"=")
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    pads = len(line) - len(line.rstrip(b"="))
    at = len(line) - pads - 1
    stray = line[:at] + alphabet[alphabet.index(line[at]) + 1 :][:1] + line[at + 1 :]
    assert base64.b64decode(stray.split()[-1]) == base64.b64decode(line.split()[-1])
    with pytest.raises(RecordFault, match="malformed"):
        open_note(NOTE.replace(line, stray), [ALICE.verifier])


@pytest.mark.parametrize(("strangers", "opens"), [(15, True), (99, True), (100, False)])
def test_signatures_are_bounded_but_sixteen_always_fit(strangers: int, opens: bool) -> None:
    """c2sp.org/signed-note: verifiers must accept at least 16."""
    lines = b"".join(f"— s{number}.example {'A' * 96}\n".encode() for number in range(strangers))
    if opens:
        assert len(open_note(NOTE + lines, [ALICE.verifier]).signatures) == strangers + 1
    else:
        with pytest.raises(RecordFault, match="101 signatures"):
            open_note(NOTE + lines, [ALICE.verifier])


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "carriage\r\n"])
def test_a_text_that_could_not_be_read_back_is_not_signed(text: str) -> None:
    with pytest.raises(BadInput):
        sign_note(text, ALICE)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\x1bb"])
def test_names_that_would_break_a_signature_line_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="verifier key"):
        NoteSigner(name, bytes(32))


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(64)])
def test_a_private_key_is_32_bytes_and_never_shown(seed: bytes) -> None:
    with pytest.raises(BadInput, match="32 bytes"):
        NoteSigner("log.example", seed)
    assert bytes(range(32)).hex() not in repr(vars(ALICE))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "alice.example/log",
        ALICE.vkey.replace("+", " "),
        ALICE.vkey[:-1],
        ALICE.vkey.replace(ALICE.key_id.hex(), "00000000"),
        ALICE.vkey.replace(ALICE.key_id.hex(), ALICE.key_id.hex().upper() + "A"),
        "x" * 100_000 + ALICE.vkey,
        "alice.example/log+00000000+AQ==",
    ],
)
def test_bad_verifier_keys_name_what_is_wrong(vkey: str) -> None:
    with pytest.raises(BadInput, match="verifier key"):
        NoteVerifier.from_vkey(vkey)


def test_two_keys_under_one_name_and_id_are_refused() -> None:
    """Otherwise which of them decides would depend on their order."""
    double = NoteVerifier(ALICE.name, BOB.verifier.public)
    double.__dict__["key_id"] = ALICE.key_id
    with pytest.raises(BadInput, match="one key for each name"):
        open_note(NOTE, [ALICE.verifier, double])
    assert open_note(NOTE, [ALICE.verifier, ALICE.verifier]).signed == (ALICE.verifier,)


def test_a_truncated_cosignature_does_not_verify() -> None:
    witness = NoteVerifier("witness.example", BOB.verifier.public, COSIGNATURE_V1)
    assert not witness.verifies(b"text\n", b"short")
