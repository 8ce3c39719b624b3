"""The log changes its key: each tree is believed under the keys in force at its size, old receipts stay good, and
nothing that a lost or stolen key can do goes unnoticed."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from commonweal import keeping
from commonweal.authority import Authority, examine
from commonweal.kernel.disclosure.succession import proved_keyring
from commonweal.kernel.record import (
    Checkpoint,
    NoteSigner,
    NoteVerifier,
    Policy,
    TlogProof,
    consistency_proof,
    sign_note,
)
from commonweal.kernel.record.notes import split_note
from commonweal.kernel.record.witness import AddCheckpoint
from commonweal.kernel.values import BadInput, Conflict, RecordFault
from commonweal.witnessing import checkpoint_of
from witnesses import NOW, ORIGIN, Network, founded, grow, policy_text, url, witness_of


def again(folder: Path) -> Authority:
    return Authority.open(folder, installed={})


def signed_by(note: bytes, *vkeys: str) -> list[bool]:
    named = {(item.name, item.key_id) for item in split_note(note)[1]}
    return [(key.name, key.key_id) in named for key in map(NoteVerifier.from_vkey, vkeys)]


def proof_of(receipt) -> tuple[TlogProof, bytes]:  # type: ignore[no-untyped-def]
    return TlogProof.parse(receipt.proof.encode()), receipt.leaf


def test_both_keys_sign_in_the_overlap_and_then_the_new_one_alone(tmp_path: Path) -> None:
    with founded(tmp_path / "office") as authority:
        old = authority.vkey
        before = authority.receipt(grow(authority, "a"))
        changed = keeping.change_log_key(authority, overlap=3)
        new, index = authority.vkey, authority.store.size() - 1
        assert (changed.vkey, changed.start, changed.entry) == (new, index + 1, index) != old
        seen = {}
        for number in range(6):
            seen[authority.store.size()] = signed_by(authority.store.checkpoint(), old, new)
            grow(authority, f"b{number}")
        assert seen == {index + 1 + at: [at <= 3, True] for at in range(6)}
        late = authority.receipt(index)
        assert late.vkey == new
        assert authority.verify() == []
        ring = authority.store.keyring()
        proof, leaf = proof_of(before)
        proof.verify(leaf, [NoteVerifier.from_vkey(before.vkey)], ORIGIN)  # as its holder checks it, years later
        assert before.vkey == old
        ring.open(proof.checkpoint)
        ring.open(proof_of(late)[0].checkpoint)
        tree = checkpoint_of(authority.store.checkpoint())
    found = examine(tmp_path / "office")
    assert found.findings == ()
    assert found.ring == ring
    forged = tree.signed(NoteSigner(ORIGIN, _seed(tmp_path / "office")))
    with pytest.raises(RecordFault, match="was replaced"):
        ring.open(forged)
    early = Checkpoint(ORIGIN, index, tree.root)
    with pytest.raises(RecordFault, match=f"signs trees of {index + 1} entries and more"):
        ring.open(early.signed(_signer(tmp_path / "office", new)))


def _seed(folder: Path) -> bytes:
    from commonweal.engines.sqlite import SqliteKeys

    keys = SqliteKeys(folder / "keys.sqlite")
    seed = keys.log_seed()
    keys.close()
    return seed


def _signer(folder: Path, vkey: str) -> NoteSigner:
    from commonweal.engines.sqlite import SqliteKeys

    keys = SqliteKeys(folder / "keys.sqlite")
    signer = keys.signer_of(ORIGIN, vkey)
    keys.close()
    return signer


def test_without_overlap_the_tree_that_holds_the_change_still_carries_both(tmp_path: Path) -> None:
    """Or nobody who only knows the old key could come to believe the new one."""
    with founded(tmp_path / "office") as authority:
        old = authority.vkey
        keeping.change_log_key(authority, overlap=0)
        assert signed_by(authority.store.checkpoint(), old, authority.vkey) == [True, True]
        grow(authority, "b")
        assert signed_by(authority.store.checkpoint(), old, authority.vkey) == [False, True]
        assert authority.verify() == []


def test_a_stranger_follows_the_keys_from_the_one_they_know(tmp_path: Path) -> None:
    with founded(tmp_path / "office") as authority:
        keys = [authority.vkey]
        for number in range(3):
            keeping.change_log_key(authority, overlap=1)
            keys.append(authority.vkey)
            grow(authority, *(f"{number}.{at}" for at in range(3)))
        document = keeping.published_keys(authority)
        ring = authority.store.keyring()
    for known in keys:
        assert proved_keyring(document, known) == ring, "from the first key on, and from the last one back"
    stranger = NoteSigner(ORIGIN, bytes(32)).vkey
    with pytest.raises(RecordFault, match="none of the keys in it"):
        proved_keyring(document, stranger)
    shortened = {**document, "changes": document["changes"][1:]}
    with pytest.raises(RecordFault):
        proved_keyring(shortened, keys[0])
    swapped = {**document, "changes": [{**item, "disclosures": []} for item in document["changes"]]}
    with pytest.raises((BadInput, RecordFault, ValueError)):
        proved_keyring(swapped, keys[0])
    with pytest.raises(BadInput, match="log-keys"):
        proved_keyring({"changes": "all"}, keys[0])


def test_another_process_that_writes_takes_the_new_key(tmp_path: Path) -> None:
    """It was opened before the change; its next act is signed as the record says, and nothing is lost."""
    folder = tmp_path / "office"
    with founded(folder) as writer, again(folder) as other:
        grow(writer, "a")
        keeping.change_log_key(other, overlap=0)
        grow(writer, "b")
        assert writer.vkey == other.vkey
        assert signed_by(writer.store.checkpoint(), writer.vkey) == [True]
        assert writer.receipt(writer.store.size() - 1).vkey == writer.vkey
        assert other.verify() == []


def test_one_rotates_again_and_again_while_others_write(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    with founded(folder) as writer, again(folder) as other:
        done = threading.Event()

        def write() -> None:
            number = 0
            while not done.is_set():
                grow(writer, f"w{number}")
                number += 1

        threads = [threading.Thread(target=write) for _ in range(1)]
        for thread in threads:
            thread.start()
        for overlap in (0, 1, 5, 0):
            keeping.change_log_key(other, overlap=overlap)
        done.set()
        for thread in threads:
            thread.join()
        assert len(other.store.keyring().keys) == 5
        assert other.verify() == []


def test_two_cannot_change_the_same_key(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    with founded(folder) as authority:
        old = authority.vkey
        body = {"old_key": old, "change": "rotated", "overlap": 0, "void_from": 0}
        begun = authority.keys.begin_change(ORIGIN, body)
        assert authority.keys.begin_change(ORIGIN, body) == begun, "what was begun is ended before another begins"
        keeping.change_log_key(authority)
        assert authority.vkey == begun["new_key"]
        with pytest.raises(Conflict, match="does not follow"):
            authority.turn(keeping_act(body, ORIGIN))
        assert authority.verify() == []


def keeping_act(body: dict[str, object], origin: str):  # type: ignore[no-untyped-def]
    from commonweal.kernel.disclosure.succession import key_change

    return key_change({**body, "new_key": NoteSigner(origin, bytes(32)).vkey})


def test_old_keys_put_back_after_a_change_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    founded(folder).close()
    shutil.copy(folder / "keys.sqlite", tmp_path / "old")
    with again(folder) as authority:
        keeping.change_log_key(authority, overlap=0)
        key = authority.vkey
    for path in folder.glob("keys.sqlite*"):
        path.unlink()
    shutil.copy(tmp_path / "old", folder / "keys.sqlite")
    with pytest.raises(RecordFault, match=r"older than the record.*weal key lost") as error:
        again(folder)
    assert key in str(error.value)
    lost = keeping.lose_keys(folder)
    with again(folder) as authority:
        assert authority.vkey == lost.vkey
        assert [item.ended for item in authority.store.keyring().keys] == ["rotated", "lost", ""]
        grow(authority, "b")
        assert authority.verify() == []


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_lost_keys_are_named_as_lost_and_the_log_goes_on(tmp_path: Path, how: str) -> None:
    """What was sealed is gone and said to be lost, not erased; receipts from before and the history stay good."""
    folder = tmp_path / "office"
    with founded(folder) as authority:
        before = authority.receipt(grow(authority, "a"))
        size = authority.store.size()
        with pytest.raises(Conflict, match="nothing is lost"):
            keeping.lose_keys(folder)
    for path in folder.glob("keys.sqlite*"):
        path.unlink()
    if how == "damaged":
        (folder / "keys.sqlite").write_bytes(b"not a database " * 1000)
    with pytest.raises(RecordFault, match=r"keys\.sqlite"):
        again(folder)
    key = keeping.lose_keys(folder)
    assert (folder / "keys.sqlite.lost-1").exists() == (how == "damaged")
    with again(folder) as authority:
        assert authority.vkey == key.vkey != before.vkey
        change = authority.entry(size).body
        assert (change["change"], change["sealed_data_lost"], change["old_key"]) == ("lost", True, before.vkey)
        grow(authority, "b")
        proof, leaf = proof_of(before)
        proof.verify(leaf, [NoteVerifier.from_vkey(before.vkey)], ORIGIN)
        authority.store.keyring().open(proof.checkpoint)
        assert authority.entry(0).erased
        with pytest.raises(Conflict, match="were lost"):
            authority.rebuild()
        document = keeping.published_keys(authority)
    found = examine(folder)
    assert [item.where for item in found.findings] == [f"payloads 0 to {size - 1}"]
    assert "lost, not erased" in found.findings[0].problem
    with pytest.raises(RecordFault, match="is not proved"):
        proved_keyring(document, before.vkey)
    assert proved_keyring(document, key.vkey) == found.ring


def test_a_record_set_back_is_not_gone_on_with_under_a_new_key(tmp_path: Path) -> None:
    """Losing the keys also loses what they remember; what the witnesses signed is remembered apart."""
    folder, network = tmp_path / "office", Network()
    with founded(folder, policy_text("w1", 1)) as authority:
        network.witnesses[url(1)] = witness_of(tmp_path / "w1", 1, NoteVerifier.from_vkey(authority.vkey))
        authority.witnesses.port = network
        grow(authority, "a")
        shutil.copytree(folder, tmp_path / "copy")
        grow(authority, "b")
        assert authority.witnesses.ask()
    for path in [*folder.glob("keys.sqlite*"), *folder.glob("record.sqlite*")]:
        path.unlink()
    for path in (tmp_path / "copy").glob("record.sqlite*"):
        shutil.copy(path, folder / path.name)
    with pytest.raises(Conflict, match="rolled back or forked"):
        keeping.lose_keys(folder)
    network.close()


def test_a_thief_with_the_stolen_key_is_refused_by_witnesses_and_by_who_has_the_list(tmp_path: Path) -> None:
    folder, network = tmp_path / "office", Network()
    with founded(folder, policy_text("w1", 1)) as authority:
        old = NoteVerifier.from_vkey(authority.vkey)
        witness = network.witnesses[url(1)] = witness_of(tmp_path / "w1", 1, old)
        authority.witnesses.port = network
        grow(authority, "a", "b")
        assert authority.witnesses.ask()
        stolen, honest = NoteSigner(ORIGIN, _seed(folder)), authority.store.size()
        shutil.copytree(folder, tmp_path / "thief")
        grow(authority, "c")
        voided = authority.store.checkpoint()
        keeping.change_log_key(authority, "compromised", void_from=honest + 1)
        ring = authority.store.keyring()
        assert signed_by(authority.store.checkpoint(), stolen.vkey, authority.vkey) == [False, True]
        assert authority.verify() == [], "what the key signed before it was known to be stolen is held against the tree"
        new = NoteVerifier.from_vkey(authority.vkey)

        with again(tmp_path / "thief") as thief:  # the thief's own history, under the stolen key
            grow(thief, *(f"forged{number}" for number in range(10)))
            fork = thief.store.checkpoint()
            size = checkpoint_of(fork).size
            proof = consistency_proof(honest, size, thief.hashes(size))
        for note in (fork, voided):
            with pytest.raises(RecordFault, match="was stolen"):
                ring.open(note)
        ring.open(sign_note(Checkpoint(ORIGIN, honest, bytes(32)).text(), stolen))  # what came before it still counts
        answer = witness.add_checkpoint(AddCheckpoint(honest, tuple(proof), fork).dumps(), NOW)
        assert answer.status == 200, "until it has cosigned a longer history, a witness cannot know who is the thief"
        witness.close()

        fresh = network.witnesses[url(1)] = witness_of(tmp_path / "w2", 1, new)  # told of the change
        refused = fresh.add_checkpoint(AddCheckpoint(0, (), fork).dumps(), NOW)
        assert refused.status == 403
        assert authority.witnesses.ask(everyone=True)
        document = keeping.published_keys(authority)
        policy = Policy.parse(policy_text("w1", 1))
        assert proved_keyring(document, stolen.vkey, policy) == ring, "witnesses vouch for what the old key cannot"
        with pytest.raises(RecordFault, match="is not proved"):
            proved_keyring(document, stolen.vkey)
    network.close()


def test_a_witness_that_saw_the_newer_tree_refuses_the_thief(tmp_path: Path) -> None:
    network = Network()
    with founded(tmp_path / "office", policy_text("w1", 1)) as authority:
        witness = network.witnesses[url(1)] = witness_of(tmp_path / "w1", 1, NoteVerifier.from_vkey(authority.vkey))
        authority.witnesses.port = network
        shutil.copytree(tmp_path / "office", tmp_path / "thief")
        grow(authority, "a", "b")
        assert authority.witnesses.ask()
        held = authority.store.size()
    with again(tmp_path / "thief") as thief:
        grow(thief, *(f"forged{number}" for number in range(5)))
        fork, size = thief.store.checkpoint(), thief.store.size()
        proof = consistency_proof(held, size, thief.hashes(size))
    assert witness.add_checkpoint(AddCheckpoint(held, tuple(proof), fork).dumps(), NOW).status == 422
    network.close()


@pytest.mark.parametrize(("overlap", "void"), [(-1, None), ((1 << 20) + 1, None), (0, 0), (0, 10_000)])
def test_a_change_that_cannot_be_meant_is_refused(tmp_path: Path, overlap: int, void: int | None) -> None:
    with founded(tmp_path / "office") as authority:
        with pytest.raises(BadInput, match="overlap"):
            keeping.change_log_key(authority, "compromised", overlap=overlap, void_from=void)
        assert authority.keys.pending() is None


def test_a_turn_that_is_kept_otherwise_than_its_entry_says_is_found(tmp_path: Path) -> None:
    """Whoever edits the file cannot stretch the reach of an old key unseen."""
    folder = tmp_path / "office"
    with founded(folder) as authority:
        keeping.change_log_key(authority, overlap=0)
        authority.store._connection.execute("""UPDATE turn SET turn = replace(turn, '"overlap": 0', '"overlap": 9')""")
        assert [item.where for item in authority.verify()] == [f"turn {authority.store.size() - 1}"]
        authority.store._connection.execute('DELETE FROM turn WHERE "index" >= 0')
    assert "turns" in [item.where for item in examine(folder).findings]


def test_a_replaced_key_that_leaked_is_given_up_by_itself(tmp_path: Path) -> None:
    """What it signs counts for nothing from the size said; nothing else changes, and the log's own past stays good."""
    with founded(tmp_path / "office") as authority:
        old = authority.vkey
        grow(authority, "a", "b")
        keeping.change_log_key(authority, overlap=50)
        grow(authority, "c")
        tree = checkpoint_of(authority.store.checkpoint())
        stolen = _signer(tmp_path / "office", old)
        fork = sign_note(Checkpoint(ORIGIN, tree.size, bytes(32)).text(), stolen)
        authority.store.keyring().open(fork)
        with pytest.raises(BadInput, match="an earlier key of this log"):
            keeping.withdraw_log_key(authority, authority.vkey)
        with pytest.raises(BadInput, match="void_from"):
            keeping.withdraw_log_key(authority, old, void_from=authority.store.size() + 2)
        began = authority.store.keyring().keys[1].start
        assert keeping.withdraw_log_key(authority, old).stop == began - 1
        assert signed_by(authority.store.checkpoint(), old, authority.vkey) == [False, True]
        assert keeping.withdraw_log_key(authority, old, void_from=2).stop == 1, "more became known"
        with pytest.raises(Conflict, match="was given up already"):
            keeping.withdraw_log_key(authority, old, void_from=3)
        ring = authority.store.keyring()
        with pytest.raises(RecordFault, match="was stolen"):
            ring.open(fork)
        assert authority.verify() == []
        assert proved_keyring(keeping.published_keys(authority), authority.vkey) == ring
    assert examine(tmp_path / "office").ring == ring


def test_a_theft_that_began_under_the_key_before_leaves_the_past_readable(tmp_path: Path) -> None:
    """Void from a size at which another key signed: strangers ask anew, the record itself is whole."""
    with founded(tmp_path / "office") as authority:
        grow(authority, "a", "b", "c")
        keeping.change_log_key(authority, overlap=0)
        grow(authority, "d")
        keeping.change_log_key(authority, "compromised", void_from=2)
        assert authority.verify() == []
    assert examine(tmp_path / "office").findings == ()
