"""One log is closed and another goes on: nothing is written to the closed one, and nobody else can claim to follow."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal import handover, keeping
from commonweal.archives import STATEMENT, archive_of
from commonweal.authority import Authority, examine
from commonweal.doors.cli import main
from commonweal.kernel.disclosure.succession import proved_keyring
from commonweal.kernel.record import Checkpoint, NoteSigner, NoteVerifier, Policy, TlogProof
from commonweal.kernel.record.keyring import LogClosed
from commonweal.kernel.values import BadInput, Conflict, RecordFault
from commonweal.upkeep import fsck
from commonweal.witnessing import checkpoint_of
from witnesses import ORIGIN, Network, founded, grow, policy_text, url, witness_of

NEXT = "log.example/next"


def again(folder: Path) -> Authority:
    return Authority.open(folder, installed={})


class Two:
    """A log with two witnesses that is to be closed, and the one that goes on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.next = folder / "office", folder / "next"
        self.authority = founded(self.folder, policy_text("all", 2, "group all all w1 w2"))
        self.network = Network()
        log = NoteVerifier.from_vkey(self.authority.vkey)
        for number in (1, 2):
            self.network.witnesses[url(number)] = witness_of(folder / f"w{number}", number, log)
        self.authority.witnesses.port = self.network
        with founded(self.next, origin=NEXT) as successor:
            self.vkey = successor.vkey

    def close(self) -> handover.Closing:
        return handover.close_log(self.authority, NEXT, self.vkey, "https://next.example")

    def export(self, to: Path) -> Path:
        """The public log as files, and what proves its end, as a stranger has them."""
        keeping.exporting(self.authority, str(to)).round()
        return to

    def accepted(self, source: Path | str, **more: str) -> int:
        with again(self.next) as successor:
            return handover.accept(successor, str(source), **more)  # type: ignore[arg-type]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.authority.close()
    made.network.close()


def test_a_log_is_closed_with_its_witnesses_and_handed_over(two: Two) -> None:
    before = two.authority.receipt(grow(two.authority, "a", "b"))
    closing = two.close()
    assert closing.done
    assert closing.size == two.authority.store.size()
    last = two.authority.entry(closing.size - 1)
    assert (last.kind, last.body["successor"], last.body["successor_vkey"]) == ("log.closed", NEXT, two.vkey)
    policy = Policy.parse(policy_text("all", 2, "group all all w1 w2"))
    assert policy.satisfied_by(two.authority.witnesses.published())
    assert two.close() == closing, "to close it again is to look how it stands"
    two.authority.close()

    index = two.accepted(two.folder)
    assert two.accepted(two.folder) == index, "accepted twice, it is said once"
    with again(two.next) as successor:
        said = successor.entry(index).body
        assert (said["predecessor"], said["size"], said["root"]) == (ORIGIN, closing.size, closing.root)
        assert sum(item.kind == "log.succeeded" for item in successor.store.entries(0, successor.store.size())) == 1
        grow(successor, "goes on")
        assert successor.verify() == []
    for folder in (two.folder, two.next):
        assert examine(folder).findings == ()
        assert fsck(folder, jobs=1).sound
    proof = TlogProof.parse(before.proof.encode())
    proof.verify(before.leaf, [NoteVerifier.from_vkey(before.vkey)], ORIGIN)  # as its holder checks it, years later


def test_nothing_is_written_any_more_by_whoever_was_open(two: Two) -> None:
    """A second process, opened before the end, is told plainly where the log goes on."""
    with again(two.folder) as other:
        grow(other, "a")
        two.close()
        size = other.store.size()
        with pytest.raises(LogClosed, match=rf"closed at {size} entries.*goes on as {NEXT} at https://next\.example"):
            grow(other, "b")
        with pytest.raises(LogClosed):
            keeping.change_log_key(other)
        assert other.keys.pending() is None
        other.follow()
        assert other.tick() == 0
        assert other.store.size() == size
    with again(two.folder) as reopened:
        assert reopened.faults() == []
        assert reopened.receipt(0).grade == "witnessed"
        reopened.rebuild()
        assert reopened.verify() == []


def test_it_is_closed_for_one_successor_only(two: Two) -> None:
    two.close()
    other = NoteSigner("log.example/other", bytes(32)).vkey
    with pytest.raises(LogClosed, match=NEXT):
        handover.close_log(two.authority, "log.example/other", other)
    with pytest.raises(LogClosed):
        handover.close_log(two.authority)


@pytest.mark.parametrize(("successor", "vkey"), [
    (NEXT, ""),
    ("", NoteSigner(NEXT, bytes(32)).vkey),
    (NEXT, NoteSigner("log.example/other", bytes(32)).vkey),
    (ORIGIN, NoteSigner(ORIGIN, bytes(32)).vkey),
])  # fmt: skip
def test_a_successor_that_cannot_be_meant_is_refused(two: Two, successor: str, vkey: str) -> None:
    with pytest.raises(BadInput, match="another log"):
        handover.close_log(two.authority, successor, vkey)
    assert two.authority.store.keyring().closed is None


def test_witnesses_that_are_away_keep_the_end_unpublished_and_not_the_log_open(two: Two) -> None:
    two.network.away.add(url(2))
    closing = two.close()
    assert not closing.done
    with pytest.raises(LogClosed):
        grow(two.authority, "late")
    two.authority.close()
    with pytest.raises((Conflict, RecordFault)):
        two.accepted(two.folder)
    two.authority = again(two.folder)
    two.authority.witnesses.port = two.network
    two.network.away.clear()
    assert two.close().done


def test_a_log_that_is_open_cannot_be_taken_over(two: Two) -> None:
    with pytest.raises(Conflict, match="not closed"):
        two.accepted(two.folder)
    assert not archive_of(two.next, ORIGIN).exists()


def test_another_than_the_one_named_cannot_take_over(two: Two, tmp_path: Path) -> None:
    """Neither under another origin, nor under the right origin with another key."""
    two.close()
    for name, origin, match in (("forger", "log.example/forger", "says that it goes on as"), ("twin", NEXT, "none of")):
        with founded(tmp_path / name, origin=origin) as forger:
            with pytest.raises(Conflict, match=match):
                handover.accept(forger, str(two.folder))
            assert "log.succeeded" not in forger.store.counts()
            assert not archive_of(tmp_path / name, ORIGIN).exists()


def test_a_stranger_hands_over_from_files_alone(two: Two, tmp_path: Path) -> None:
    grow(two.authority, *(f"a{number}" for number in range(300)))
    keeping.change_log_key(two.authority, overlap=2)
    old = two.authority.store.keyring().keys[0].vkey
    for number in (1, 2):  # the witnesses are told of the new key
        two.network.witnesses[url(number)].close()
        logs = [NoteVerifier.from_vkey(key) for key in two.authority.store.keyring().vkeys]
        two.network.witnesses[url(number)] = witness_of(tmp_path / f"w{number}", number, *logs)
    assert two.close().done
    files = two.export(tmp_path / "files")
    with pytest.raises(BadInput, match="--vkey"):
        two.accepted(files)
    with pytest.raises(RecordFault):
        two.accepted(files, vkey=NoteSigner(ORIGIN, bytes(32)).vkey)
    index = two.accepted(files, vkey=old)
    shutil.rmtree(files)
    assert examine(two.next).findings == ()
    assert archive_of(two.next, ORIGIN).is_dir()
    assert index == two.accepted(two.folder)


def tampered_root(files: Path) -> None:
    path = next((files / "tile" / "entries").rglob("*.p/*"))
    path.write_bytes(path.read_bytes().replace(b"log.closed", b"log.clozed"))


def tampered_successor(files: Path) -> None:
    document = json.loads((files / STATEMENT).read_text())
    document["closing"]["disclosures"] = []
    (files / STATEMENT).write_text(json.dumps(document))


def tampered_end(files: Path) -> None:
    document = json.loads((files / STATEMENT).read_text())
    del document["closing"]
    (files / STATEMENT).write_text(json.dumps(document))


def tampered_proof(files: Path) -> None:
    document = json.loads((files / STATEMENT).read_text())
    proof = TlogProof.parse(document["closing"]["proof"].encode())
    checkpoint = checkpoint_of(proof.checkpoint)
    forged = Checkpoint(ORIGIN, checkpoint.size, checkpoint.root).signed(NoteSigner(ORIGIN, bytes(32)))
    document["closing"] = {
        **document["closing"],
        "proof": TlogProof(proof.index, proof.hashes, forged, proof.extra).text(),
    }
    (files / STATEMENT).write_text(json.dumps(document))


@pytest.mark.parametrize("tamper", [tampered_root, tampered_successor, tampered_end, tampered_proof])
def test_forged_files_are_not_taken_over(two: Two, tmp_path: Path, tamper) -> None:  # type: ignore[no-untyped-def]
    two.close()
    files = two.export(tmp_path / "files")
    vkey = two.authority.vkey
    tamper(files)
    with pytest.raises((BadInput, Conflict, RecordFault)):
        two.accepted(files, vkey=vkey)
    with again(two.next) as successor:
        assert "log.succeeded" not in successor.store.counts()


@pytest.mark.parametrize("tamper", [tampered_root, tampered_successor, tampered_end, tampered_proof])
def test_an_archive_that_was_changed_afterwards_is_found(two: Two, tamper) -> None:  # type: ignore[no-untyped-def]
    two.close()
    two.accepted(two.folder)
    tamper(archive_of(two.next, ORIGIN))
    assert examine(two.next).findings
    assert main(["verify", str(two.next)]) == 1


def test_whoever_goes_on_in_the_name_of_a_closed_log_is_refused(two: Two) -> None:
    """Its key still signs, in a thief's hands; who knows of the end does not believe a larger tree."""
    two.close()
    document = json.loads(handover.statement(two.authority))
    ring = proved_keyring(document, two.authority.vkey)
    assert ring == two.authority.store.keyring()
    ring.open(two.authority.store.checkpoint())
    signer = two.authority.keys.log_signer(ORIGIN)
    with pytest.raises(RecordFault, match="was closed at"):
        ring.open(Checkpoint(ORIGIN, ring.closed + 1, bytes(32)).signed(signer))


def test_a_closed_log_takes_over_no_other(two: Two, tmp_path: Path) -> None:
    two.close()
    with founded(tmp_path / "third", origin="log.example/third") as third:
        handover.close_log(third, ORIGIN, two.authority.vkey)
    with pytest.raises(LogClosed):
        handover.accept(two.authority, str(tmp_path / "third"))


def test_logs_are_handed_over_in_a_row_and_two_into_one(two: Two, tmp_path: Path) -> None:
    two.close()
    two.accepted(two.folder)
    with founded(tmp_path / "beside", origin="log.example/beside") as beside:
        handover.close_log(beside, NEXT, two.vkey)
    two.accepted(tmp_path / "beside")
    with founded(tmp_path / "third", origin="log.example/third") as third, again(two.next) as successor:
        assert len(keeping.published_keys(successor)["predecessors"]) == 2
        handover.close_log(successor, "log.example/third", third.vkey)
        handover.accept(third, str(two.next))
    for folder in (two.next, tmp_path / "third"):
        assert examine(folder).findings == ()


def test_the_commands_close_accept_and_list(two: Two, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two.authority.close()
    (two.folder / "policy.txt").unlink()
    assert main(["handover", "close", str(two.folder), "--successor", NEXT, "--vkey", two.vkey]) == 0
    assert "The log is closed at" in capsys.readouterr().out
    assert main(["handover", "accept", str(two.next), "--predecessor", str(two.folder)]) == 0
    assert "goes on from log.example/test" in capsys.readouterr().out
    assert main(["handover", str(two.next), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["predecessors"][0]["archive"] is True
    assert main(["verify", str(two.folder)]) == 0
    assert NEXT in capsys.readouterr().out
    assert main(["key", "rotate", str(two.folder)]) == 1
    assert "This log was closed; nothing was written" in capsys.readouterr().err
