"""Other people's vectors: RFC 6962 trees, C2SP notes and tiles, and logs that other implementations wrote.

A disagreement here means that strangers could not verify this record, or that it would accept what they refuse.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.engines.sqlite import SqliteWitness
from commonweal.kernel.record import (
    COSIGNATURE_V1,
    ML_DSA_44,
    Checkpoint,
    Cosigner,
    LogState,
    NoteSigner,
    NoteVerifier,
    Policy,
    TileHashes,
    TlogProof,
    bundles_of,
    consistency_proof,
    decode_bundle,
    encode_bundle,
    grow,
    inclusion_proof,
    leaf_hash,
    open_checkpoint,
    open_note,
    parse_tile_path,
    root_at,
    root_of,
    tile_path,
    tiles_of,
    verify_consistency,
    verify_inclusion,
)
from commonweal.kernel.record.cosignature import signed_message
from commonweal.kernel.record.witness import by_origin
from commonweal.kernel.values import BadInput, RecordFault

Vector = dict[str, Any]

# Upstream compares roots as opaque bytes; here a root has 32 bytes, so these 12-byte "roots" are refused.
SHORT_ROOTS = {
    "consistency/additional/sizes-are-equal-one-and-proof-is-empty",
    "subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty",
    "subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-"
    "proof-is-empty",
}


@pytest.fixture(scope="module")
def trust(shared_data: Path) -> Path:
    return shared_data / "trust"


@pytest.fixture(scope="module")
def log70000(trust: Path) -> Vector:
    found: Vector = json.loads((trust / "own" / "log70000.json").read_text())
    return found


@pytest.fixture(scope="module")
def signer(log70000: Vector) -> NoteSigner:
    return NoteSigner(log70000["origin"], bytes.fromhex(log70000["log_ed25519_seed_hex"]))


@pytest.fixture(scope="module")
def grown(log70000: Vector, signer: NoteSigner) -> tuple[dict[tuple[int, int, int], bytes], bytes]:
    """Tiles and last checkpoint of the 70,000-entry log, grown here in uneven batches."""
    tiles: dict[tuple[int, int, int], bytes] = {}
    state, checkpoint = LogState(), b""
    for start, stop in [(0, 1), (1, 255), (255, 257), (257, 40_000), (40_000, 65_537), (65_537, 70_000)]:
        growth = grow(state, [b"entry %d" % index for index in range(start, stop)], signer)
        state, checkpoint = growth.state, growth.checkpoint
        tiles.update({tile.name: tile.data for tile in growth.tiles})
    return tiles, checkpoint


@pytest.fixture(scope="module")
def read70000(grown: tuple[dict[tuple[int, int, int], bytes], bytes]) -> TileHashes:
    tiles = grown[0]
    return TileHashes(lambda *name: tiles[name], 70_000)


def test_rfc6962_roots(trust: Path) -> None:
    """The reference leaves give the reference root at every size, the empty tree included."""
    vectors = json.loads((trust / "merkle" / "rfc6962_leaves_roots.json").read_text())
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["leaves_hex"]]
    assert [root_of(hashes[:size]).hex() for size in range(9)] == vectors["root_hex_by_size"]


@pytest.mark.parametrize(("name", "count"), [("inclusion", 98), ("subtreeinclusion", 204)])
def test_inclusion_verdicts(trust: Path, name: str, count: int) -> None:
    """Every published inclusion case is judged as published; a proof in a subtree is a proof in a smaller tree."""
    cases = list(_cases(trust / "merkle" / f"{name}.jsonl"))
    assert len(cases) == count
    assert [case["case"] for case in cases if _refused(_inclusion, case) != case["wantErr"]] == []


@pytest.mark.parametrize(("name", "count"), [("consistency", 98), ("subtreeconsistency", 102)])
def test_consistency_verdicts(trust: Path, name: str, count: int) -> None:
    """Every published consistency case from the tree's beginning is judged as published, save roots of 12 bytes."""
    cases = [case for case in _cases(trust / "merkle" / f"{name}.jsonl") if not case.get("start")]
    assert len(cases) == count
    disagree = {case["case"] for case in cases if _refused(_consistency, case) != case["wantErr"]}
    assert disagree == {case for case in SHORT_ROOTS if case.startswith(f"{name}/")}


def test_notes_of_other_implementations(trust: Path) -> None:
    """Notes signed by Go's sumdb, C2SP's own example and two witnesses open with their keys and with no other."""
    notes = json.loads((trust / "notes" / "signed_notes.json").read_text())
    assert len(notes) == 6
    stranger = NoteSigner("stranger.example", bytes(32)).verifier
    for note in notes:
        data = note["note"].encode()
        keys = [NoteVerifier.from_vkey(vkey) for vkey in note["vkeys"]]
        assert [key.vkey for key in keys] == note["vkeys"]
        assert len(open_note(data, [*keys, stranger]).signed) == len(keys), note["id"]
        with pytest.raises(RecordFault, match="no known key"):
            open_note(data, [stranger])
        with pytest.raises(RecordFault, match="does not verify"):
            open_note(b"x" + data, keys)


def test_a_witness_alone_does_not_make_a_checkpoint(trust: Path) -> None:
    """A cosignature says that a witness saw a tree, not that the log stands by it."""
    notes = json.loads((trust / "notes" / "signed_notes.json").read_text())
    note = next(item for item in notes if item["id"] == "cosignature-v1-witness")
    keys = [NoteVerifier.from_vkey(vkey) for vkey in note["vkeys"]]
    with pytest.raises(RecordFault, match="only witnesses"):
        open_checkpoint(note["note"].encode(), keys, "rome2026h1.example.org")


def test_the_checksum_database_checkpoint(trust: Path) -> None:
    """A log whose key has another name than its origin is read too: the caller says which origin it expects."""
    notes = json.loads((trust / "notes" / "signed_notes.json").read_text())
    note = next(item for item in notes if item["id"] == "go-sumdb-6476701")
    key = NoteVerifier.from_vkey(note["vkeys"][0])
    assert open_checkpoint(note["note"].encode(), [key], "go.sum database tree").size == 6_476_701
    with pytest.raises(RecordFault, match="is of the log"):
        open_checkpoint(note["note"].encode(), [key], "sum.golang.org")


def test_bad_verifier_keys_are_refused(trust: Path) -> None:
    for bad in json.loads((trust / "notes" / "vkeys_bad.json").read_text())["bad"]:
        with pytest.raises(BadInput, match="verifier key"):
            NoteVerifier.from_vkey(bad["vkey"])


def test_tessera_log_is_derived_again(trust: Path) -> None:
    """A log written by Tessera: every bundle, tile, checkpoint and proof follows from its leaves."""
    log = trust / "tessera-log"
    key = NoteVerifier.from_vkey((log / "vkey.txt").read_text().strip())
    leaves = decode_bundle((log / tile_path(-1, 0, 15)).read_bytes(), 15)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    latest = open_checkpoint((log / "checkpoint").read_bytes(), [key], "example.com/log/testdata")
    read = TileHashes(lambda *name: (log / tile_path(*name)).read_bytes(), latest.size)
    for size in range(16):
        checkpoint = open_checkpoint((log / f"checkpoint.{size}").read_bytes(), [key], latest.origin)
        assert checkpoint == Checkpoint(latest.origin, size, root_of(hashes[:size]))
        assert root_at(size, read) == checkpoint.root
        for name in bundles_of(size):
            assert (log / name.path).read_bytes() == encode_bundle(leaves[:size])
        for name in tiles_of(size):
            assert (log / name.path).read_bytes() == b"".join(hashes[:size])
        proof = consistency_proof(size, 15, read)
        verify_consistency(size, 15, proof, checkpoint.root, latest.root)
        for index in range(size):
            verify_inclusion(hashes[index], index, size, inclusion_proof(index, size, read), checkpoint.root)


def test_tessera_tlog_proof_round_trip(trust: Path) -> None:
    """A tlog-proof over a foreign checkpoint verifies, and says which leaf it is for."""
    log = trust / "tessera-log"
    key = NoteVerifier.from_vkey((log / "vkey.txt").read_text().strip())
    leaves = decode_bundle((log / tile_path(-1, 0, 15)).read_bytes(), 15)
    read = TileHashes(lambda *name: (log / tile_path(*name)).read_bytes(), 15)
    proof = TlogProof(7, tuple(inclusion_proof(7, 15, read)), (log / "checkpoint").read_bytes(), b"seven")
    parsed = TlogProof.parse(proof.dumps())
    assert parsed == proof
    assert parsed.verify(leaves[7], [key], "example.com/log/testdata").size == 15
    with pytest.raises(RecordFault, match="inclusion proof"):
        parsed.verify(leaves[8], [key], "example.com/log/testdata")


def test_log70000_checkpoints(log70000: Vector, signer: NoteSigner, read70000: TileHashes) -> None:
    """At each published size the root and the signed bytes are those that Go's tlog and note verified."""
    assert signer.vkey == log70000["vkeys"][0]
    for item in log70000["checkpoints"]:
        root = root_at(item["size"], read70000)
        assert root == _bytes(item["root"])
        assert Checkpoint(signer.name, item["size"], root).signed(signer).decode() == item["checkpoint"]


def test_log70000_grown_in_batches(
    log70000: Vector, grown: tuple[dict[tuple[int, int, int], bytes], bytes], read70000: TileHashes
) -> None:
    """Growing by uneven batches ends in the published checkpoint, with exactly the tiles of a tree of 70,000."""
    tiles, checkpoint = grown
    assert checkpoint.decode() == log70000["checkpoints"][-1]["checkpoint"]
    names = list(tiles_of(70_000))
    assert len(names) == 273 + 1 + 1 + 1 + 1  # as c2sp.org/tlog-tiles counts them
    assert set(names) <= set(tiles)
    assert {name[:2] for name in tiles} == {name[:2] for name in names}


def test_log70000_tile_paths(log70000: Vector) -> None:
    paths = {name.path for name in [*tiles_of(70_000), *bundles_of(70_000)]}
    assert set(log70000["tile_paths_for_70000"]) <= paths
    assert tile_path(0, 1_234_067) == f"tile/0/{log70000['npath_1234067']}"
    assert all(parse_tile_path(path).path == path for path in paths)


def test_log70000_proofs(log70000: Vector, read70000: TileHashes) -> None:
    """The proofs computed from tiles are byte for byte those that two other implementations verified."""
    root = _bytes(log70000["checkpoints"][-1]["root"])
    for item in log70000["inclusion"]:
        proof = inclusion_proof(item["index"], item["size"], read70000)
        assert proof == [_bytes(step) for step in item["proof"]]
        verify_inclusion(leaf_hash(item["entry"].encode()), item["index"], item["size"], proof, root)
    for item in log70000["consistency"]:
        proof = consistency_proof(item["old"], item["new"], read70000)
        assert proof == [_bytes(step) for step in item["proof"]]
        verify_consistency(item["old"], item["new"], proof, root_at(item["old"], read70000), root)


def test_cosigned_checkpoint_opens(log70000: Vector) -> None:
    """The log's and the witness's Ed25519 signatures verify; the post-quantum one is of a key not known, so ignored."""
    keys = [NoteVerifier.from_vkey(vkey) for vkey in log70000["vkeys"][:2]]
    data = log70000["cosigned_checkpoint_70000"].encode()
    note = open_note(data, keys)
    assert list(note.signed) == keys
    assert len(note.signatures) == 3
    assert open_checkpoint(data, keys, log70000["origin"]).size == 70_000


def test_post_quantum_cosignature(log70000: Vector) -> None:
    """The ML-DSA-44 cosignature that other software verified verifies, over exactly the bytes that it signed."""
    log, witness, quantum = (NoteVerifier.from_vkey(vkey) for vkey in log70000["vkeys"])
    data = log70000["cosigned_checkpoint_70000"].encode()
    note = open_note(data, [log, witness, quantum])
    assert note.signed == (log, witness, quantum)
    value = next(line.value for line in note.signatures if line.key_id == quantum.key_id)
    message = signed_message(ML_DSA_44, quantum.name, quantum.time_of(value), note.text.encode())
    assert message is not None
    assert message.hex() == log70000["mldsa_signed_message_hex"]
    with pytest.raises(RecordFault, match="does not verify"):
        open_note(data.replace(b"\n70000\n", b"\n70001\n"), [quantum])
    policy = f"witness a {witness.vkey}\nwitness b {quantum.vkey}\ngroup both all a b\nquorum both\n"
    checkpoint, cosigned = Policy.parse(policy).verify(data, [log])
    assert (checkpoint.size, set(cosigned)) == (70_000, {"a", "b"})


def test_the_time_in_a_cosignature(trust: Path) -> None:
    vector = json.loads((trust / "notes" / "cosig_timestamp.json").read_text())
    assert NoteVerifier("w", bytes(32), COSIGNATURE_V1).time_of(_bytes(vector["sig_base64"])[4:]) == vector["unix"]


def test_bad_verifier_keys(trust: Path) -> None:
    for case in json.loads((trust / "notes" / "vkeys_bad.json").read_text())["bad"]:
        with pytest.raises(BadInput, match="verifier key"):
            NoteVerifier.from_vkey(case["vkey"])


def test_a_witness_answers_as_litewitness_does(trust: Path, tmp_path: Path) -> None:
    """Request by request against a fresh witness. One status differs by decision: the sequence was recorded when an
    unknown origin was 403; the specification of today says 404."""
    vector = json.loads((trust / "witness" / "litewitness_sequence.json").read_text())
    log = NoteVerifier(vector["log_origin"], bytes.fromhex(vector["log_key_ed25519_hex"]))
    witness = SqliteWitness(tmp_path / "witness.sqlite", by_origin([log]), [Cosigner("example.com/witness", bytes(32))])
    for request in vector["requests"]:
        answer = witness.add_checkpoint(request["body"].encode(), 1_750_000_000)
        unknown = 'body contains "unknown log"' in request["asserts"]
        assert answer.status == (404 if unknown else request["status"])
        for said in request["asserts"]:
            verb, wanted = re.fullmatch(r"body (contains|==) (.*)", said).groups()  # type: ignore[union-attr]
            body = answer.body.decode()
            assert json.loads(wanted) in body if verb == "contains" else json.loads(wanted) == body
    witness.close()


def _cases(path: Path) -> Iterator[Vector]:
    return (json.loads(line) for line in path.read_text().splitlines())


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text) if text else b""


def _refused(verify: Callable[[Vector], None], case: Vector) -> bool:
    try:
        verify(case)
    except RecordFault:
        return True
    return False


def _inclusion(case: Vector) -> None:
    start, size = case.get("start", 0), case.get("end", case.get("treeSize"))
    proof = [_bytes(step) for step in case["proof"] or []]
    verify_inclusion(_bytes(case["leafHash"]), case["leafIdx"] - start, size - start, proof, _bytes(case["root"]))


def _consistency(case: Vector) -> None:
    old, new = case.get("size1", case.get("end")), case.get("size2", case.get("size"))
    proof = [_bytes(step) for step in case["proof"] or []]
    verify_consistency(old, new, proof, _bytes(case["root1"]), _bytes(case["root2"]))
