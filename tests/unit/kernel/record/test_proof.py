"""Offline proof files: written as the specification says and read strictly."""

from __future__ import annotations

import base64

import pytest

from commonweal.kernel.record import Checkpoint, NoteSigner, TlogProof, leaf_hash, node_hash
from commonweal.kernel.values import RecordFault

SIGNER = NoteSigner("log.example", bytes(range(32)))
LEFT, RIGHT = leaf_hash(b"left"), leaf_hash(b"right")
SIGNED = Checkpoint("log.example", 2, node_hash(LEFT, RIGHT)).signed(SIGNER)
PROOF = TlogProof(1, (LEFT,), SIGNED, b"extra bytes")
FILE = PROOF.dumps()


def test_the_file_is_laid_out_as_specified() -> None:
    """Source: c2sp.org/tlog-proof, Format."""
    lines = FILE.decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra ZXh0cmEgYnl0ZXM=", "index 1"]
    assert lines[3:5] == [base64.b64encode(LEFT).decode(), ""]
    assert FILE.endswith(b"\n\n" + SIGNED)
    assert PROOF.text().encode() == FILE


def test_a_proof_verifies_with_the_logs_key_alone() -> None:
    assert TlogProof.parse(FILE) == PROOF
    assert PROOF.verify(b"right", [SIGNER.verifier], "log.example").size == 2


def test_the_only_leaf_needs_no_hashes() -> None:
    only = TlogProof(0, (), Checkpoint("log.example", 1, LEFT).signed(SIGNER))
    assert b"extra" not in only.dumps()
    assert TlogProof.parse(only.dumps()).verify(b"left", [SIGNER.verifier], "log.example").root == LEFT


def test_leaf_index_key_and_origin_must_all_fit() -> None:
    stranger = NoteSigner("log.example", bytes(32)).verifier
    with pytest.raises(RecordFault, match="inclusion proof"):
        PROOF.verify(b"left", [SIGNER.verifier], "log.example")
    with pytest.raises(RecordFault, match="inclusion proof"):
        TlogProof(0, (LEFT,), SIGNED).verify(b"right", [SIGNER.verifier], "log.example")
    with pytest.raises(RecordFault, match="no known key"):
        PROOF.verify(b"right", [stranger], "log.example")
    with pytest.raises(RecordFault, match="is of the log"):
        PROOF.verify(b"right", [SIGNER.verifier], "other.example")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "must begin"),
        (FILE.replace(b"@v1", b"@v2"), "must begin"),
        (FILE.partition(b"\n\n")[0], "must begin"),
        (FILE.replace(b"index 1", b"index 01"), "index 17"),
        (FILE.replace(b"index 1", b"index -1"), "index 17"),
        (FILE.replace(b"index 1\n", b""), "index 17"),
        (FILE.replace(b"index 1", b"Index 1"), "index 17"),
        (FILE.replace(b"extra ZXh0cmEgYnl0ZXM=", b"extra "), "no base64"),
        (FILE.replace(b"extra ZXh0cmEgYnl0ZXM=", b"extra !"), "no base64"),
        (FILE.replace(b"\n\nlog", b"\nAAAA\n\nlog"), "base64 of 32 bytes"),
        (FILE.replace(b"\n\nlog", b"\r\n\nlog"), "base64 of 32 bytes"),
        (FILE.replace(b"index 1", "index １".encode()), "not ASCII"),
        (FILE.replace(b"index 1\n", b"index 1\n" + (base64.b64encode(LEFT) + b"\n") * 63), "more than 63"),
        (b"x" * 2_000_000, "at most"),
    ],
)
def test_malformed_files_are_refused(data: bytes, problem: str) -> None:
    with pytest.raises(RecordFault, match=problem):
        TlogProof.parse(data)
