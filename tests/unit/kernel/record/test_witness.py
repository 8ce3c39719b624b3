"""A witness without storage: each status of the specification, and what is remembered with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from commonweal.kernel.record import (
    COSIGNATURE_V1,
    EMPTY_ROOT,
    ML_DSA_44,
    Checkpoint,
    Cosigner,
    NoteSigner,
    NoteVerifier,
    consistency_proof,
    has_ml_dsa,
    leaf_hash,
    open_note,
    root_of,
    sign_note,
)
from commonweal.kernel.record.merkle import node_hash
from commonweal.kernel.record.witness import (
    AddCheckpoint,
    Answer,
    Seen,
    admit,
    by_origin,
    cosignatures_in,
    decide,
)
from commonweal.kernel.values import BadInput, RecordFault

LOG = NoteSigner("log.example", bytes(range(32)))
LEAVES = [b"%d" % number for number in range(40)]
COSIGNER = Cosigner("witness.example/w", bytes(range(1, 33)))


def tree_hash(leaves: list[bytes], level: int, index: int) -> bytes:
    if level == 0:
        return leaf_hash(leaves[index])
    return node_hash(tree_hash(leaves, level - 1, 2 * index), tree_hash(leaves, level - 1, 2 * index + 1))


def request(old: int, new: int, leaves: list[bytes] = LEAVES, signer: NoteSigner = LOG) -> AddCheckpoint:
    root = root_of(leaf_hash(leaf) for leaf in leaves[:new])
    proof = consistency_proof(min(old, new), new, lambda level, index: tree_hash(leaves, level, index))
    return AddCheckpoint(old, tuple(proof), Checkpoint(signer.name, new, root).signed(signer))


@dataclass
class Memory:
    """A witness that remembers in a variable."""

    seen: Seen | None = None
    cosigners: list[Cosigner] = field(default_factory=lambda: [COSIGNER])

    def ask(self, body: bytes, now: int = 1_700_000_000) -> Answer:
        asked = admit(body, by_origin([LOG.verifier]))
        if isinstance(asked, Answer):
            return asked
        answer, new = decide(asked, self.seen, self.cosigners, now)
        self.seen = new or self.seen
        return answer


def test_growth_is_cosigned_and_the_cosignature_verifies() -> None:
    witness = Memory()
    for old, new in [(0, 0), (0, 3), (3, 3), (3, 40)]:
        asked = request(old, new)
        answer = witness.ask(asked.dumps())
        assert answer.status == 200
        note = open_note(asked.note + answer.body, [LOG.verifier, COSIGNER.verifier])
        assert note.signed == (LOG.verifier, COSIGNER.verifier)
        assert witness.seen is not None
        assert witness.seen.size == new
        assert open_note(witness.seen.note, [LOG.verifier, COSIGNER.verifier]) == note


def test_both_algorithms_sign_the_same_checkpoint() -> None:
    if not has_ml_dsa():
        pytest.skip("this cryptography library has no ML-DSA-44")
    quantum = Cosigner("witness.example/w", bytes(32), ML_DSA_44)
    asked = request(0, 5)
    answer = Memory(cosigners=[COSIGNER, quantum]).ask(asked.dumps())
    assert open_note(asked.note + answer.body, [quantum.verifier, COSIGNER.verifier]).signed == (
        COSIGNER.verifier,
        quantum.verifier,
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old 1", 400),
        (b"old 01\n\n", 400),
        (b"old -1\n\n", 400),
        (b"old 0\n\n", 400),
        (b"old 0\n\nno signatures\n", 400),
        (b"old 1\nAAAA\n\n" + request(1, 2).note, 400),
        (b"old 0\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n" + request(0, 2).note, 400),
        (b"x" * 300_000, 400),
        (AddCheckpoint(9, (), request(0, 3).note).dumps(), 400),
        (request(0, 3, signer=NoteSigner("unknown.example", bytes(32))).dumps(), 404),
        (request(0, 3, signer=NoteSigner(LOG.name, bytes(32))).dumps(), 403),
        (request(0, 3).dumps().replace(b"\n3\n", b"\n4\n"), 403),
        (AddCheckpoint(0, (), sign_note("log.example\nx\ny\n", LOG)).dumps(), 400),
        (AddCheckpoint(0, (bytes(32),), request(0, 3).note).dumps(), 422),
        (AddCheckpoint(0, (), sign_note(f"log.example\n0\n{'A' * 43}=\n", LOG)).dumps(), 422),
    ],
)
def test_a_fresh_witness_refuses(body: bytes, status: int) -> None:
    witness = Memory()
    assert witness.ask(body).status == status
    assert witness.seen is None


def test_another_size_is_told_and_changes_nothing() -> None:
    witness = Memory()
    witness.ask(request(0, 7).dumps())
    before = witness.seen
    for old, new in [(0, 9), (3, 9), (8, 9), (0, 0)]:
        answer = witness.ask(request(old, new).dumps())
        assert (answer.status, answer.body, answer.media) == (409, b"7\n", "text/x.tlog.size")
    assert witness.seen == before


def test_a_fork_is_refused_at_the_same_size_and_later() -> None:
    witness = Memory()
    witness.ask(request(0, 7).dumps())
    forked = [*LEAVES[:6], b"other", *LEAVES[7:]]
    assert witness.ask(request(7, 7, forked).dumps()).status == 422
    assert witness.ask(request(7, 9, forked).dumps()).status == 422
    assert witness.ask(request(7, 9).dumps()).status == 200


def test_a_clock_that_goes_back_does_not_make_a_larger_tree_look_older() -> None:
    witness = Memory()
    witness.ask(request(0, 3).dumps(), now=2_000_000_000)
    witness.ask(request(3, 4).dumps(), now=1_000_000_000)
    assert witness.seen is not None
    assert witness.seen.time == 2_000_000_000


def test_the_log_takes_only_its_witness_s_lines() -> None:
    asked = request(0, 3)
    text = asked.note.rpartition(b"\n\n")[0] + b"\n"
    stranger = Cosigner("stranger.example", bytes(32)).signature(text, 17).line
    mine = COSIGNER.signature(text, 17).line
    assert cosignatures_in((stranger + mine).encode(), text, COSIGNER.verifier) == [mine]
    for bad in (stranger, COSIGNER.signature(b"log.example\n4\n", 17).line, "", "nonsense\n"):
        with pytest.raises(RecordFault):
            cosignatures_in(bad.encode(), text, COSIGNER.verifier)


def test_a_cosigner_needs_a_seed_of_32_bytes_and_a_checkpoint_to_sign() -> None:
    with pytest.raises(BadInput, match="32 bytes"):
        Cosigner("w.example", bytes(31), COSIGNATURE_V1)
    with pytest.raises(BadInput, match="0x04 or 0x06"):
        Cosigner("w.example", bytes(32), 0x01)
    with pytest.raises(ValueError, match="only a checkpoint"):
        Cosigner("w.example", bytes(32), ML_DSA_44).signature(b"no checkpoint\n", 17)
    with pytest.raises(ValueError, match="time"):
        COSIGNER.signature(b"log\n0\n", 0)


def test_a_cosignature_far_in_time_or_of_another_length_is_refused() -> None:
    text = Checkpoint("log.example", 0, EMPTY_ROOT).text().encode()
    good = COSIGNER.signature(text, 17).value
    verifier = NoteVerifier.from_vkey(COSIGNER.vkey)
    assert verifier.verifies(text, good)
    assert not verifier.verifies(text, b"\xff" + good[1:])
    assert not verifier.verifies(text, good + b"\x00")
    assert not verifier.verifies(text, (18).to_bytes(8, "big") + good[8:])
