"""Disk lost, restored from copies, with and without keys: what comes back, and what must not be written to."""

from __future__ import annotations

import shutil
import stat
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.unit.upkeep.conftest import SETTINGS
from tests.witnesses import Network, founded, grow, policy_text, url, witness_of

from commonweal import keeping, serve
from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.kernel.record import NoteSigner
from commonweal.kernel.record.exported import LOG_KEYS
from commonweal.kernel.values import BadInput, Busy, Conflict, NotFound, RecordFault
from commonweal.settings import POLICY_FILE
from commonweal.upkeep import backup, fsck, open_place, restore
from commonweal.upkeep.copies import LOST_LEAVES, MANIFEST


def organisation(name: str) -> Act:
    return Act("model_registration.organisation", {"name": name, "countries": ["FR"]}, key=name)


def file(office: Path, *names: str) -> int:
    with Authority.open(office) as authority:
        authority.place_all([organisation(name) for name in names])
        authority.follow()
        return authority.store.size()


def state(office: Path) -> tuple[bytes, bytes]:
    with Authority.open(office) as authority:
        return authority.dump(), authority.store.checkpoint()


def test_restored_it_is_the_same_authority_and_goes_on(office: Path, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    before = state(office)
    shutil.rmtree(office)
    done = restore(tmp_path / "backup", office, keys=tmp_path / "keys", nothing_after=True)
    assert (done.halted, done.lost) == ("", None)
    assert fsck(office).sound
    assert state(office) == before
    assert file(office, "A new one") > done.size


def test_a_second_backup_copies_only_what_is_new_and_comes_to_the_same(office: Path, tmp_path: Path) -> None:
    first = backup(office, tmp_path / "backup")
    size = file(office, *(f"More {number}" for number in range(40)))
    second = backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    assert (first.before, second.before, second.size) == (0, first.size, size)
    again = backup(office, tmp_path / "backup")
    assert (again.before, again.size) == (size, size)
    restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys", nothing_after=True)
    assert fsck(tmp_path / "restored").found == ()
    assert state(tmp_path / "restored") == state(office)


def test_a_backup_of_a_running_authority_is_of_one_moment(office: Path, tmp_path: Path) -> None:
    ended = threading.Event()

    def filing() -> None:
        number = 0
        with Authority.open(office) as authority:
            while not ended.is_set():
                authority.place_all([organisation(f"While copied {number}")])
                number += 1

    thread = threading.Thread(target=filing)
    thread.start()
    try:
        for _ in range(5):
            backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    finally:
        ended.set()
        thread.join()
    done = restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys", nothing_after=True)
    assert done.halted == ""
    assert fsck(tmp_path / "restored").found == (), "every entry's key is in the copy of the keys"


def test_the_keys_are_not_in_the_backup_and_both_are_their_owners_alone(office: Path, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    assert not list((tmp_path / "backup").glob("keys*"))
    for path in [*(tmp_path / "backup").glob("[a-z]*"), tmp_path / "keys" / "keys.sqlite"]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    for inside in (tmp_path / "backup" / "keys", tmp_path / "backup", office / "copy"):
        with pytest.raises(BadInput, match="undo erasures"):
            backup(office, tmp_path / "backup", keys=inside)


def test_nothing_is_restored_while_it_is_not_known_how_far_the_log_had_come(office: Path, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    with pytest.raises(BadInput, match="--nothing-after"):
        restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys")
    assert not (tmp_path / "restored").exists()


def test_below_what_was_exported_nothing_is_written_and_the_lost_leaves_are_shown(office: Path, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    with Authority.open(office) as authority:
        size = authority.store.size()
    grown = file(office, "Lost one", "Lost two")
    with Authority.open(office) as authority:
        keeping.exporting(authority, str(tmp_path / "public")).round()
        leaves = [entry.leaf for entry in authority.store.entries(size, grown)]
        vkey = authority.vkey
    shutil.rmtree(office)
    place = open_place(str(tmp_path / "public"))
    done = restore(tmp_path / "backup", office, keys=tmp_path / "keys", export=place)
    assert done.lost == (size, grown)
    assert (office / LOST_LEAVES).read_bytes().splitlines() == leaves
    assert f"there are {size} here" in done.halted
    with Authority.open(office) as authority:
        with pytest.raises(Conflict, match="nothing is written"):
            authority.act(organisation("Would fork the log"))
        assert authority.vkey == vkey
    with pytest.raises(BadInput, match="--vkey"):
        restore(tmp_path / "backup", tmp_path / "without", export=place)
    bare = restore(tmp_path / "backup", tmp_path / "without", export=place, vkey=vkey)
    assert (bare.keys, bare.lost) == (False, (size, grown))
    with pytest.raises(RecordFault, match=r"keys\.sqlite"):
        Authority.open(tmp_path / "without")


def test_an_export_that_is_behind_or_level_lets_it_be_written(office: Path, tmp_path: Path) -> None:
    with Authority.open(office) as authority:
        keeping.exporting(authority, str(tmp_path / "public")).round()
    file(office, "After the export")
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    place = open_place(str(tmp_path / "public"))
    done = restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys", export=place)
    assert (done.halted, done.lost) == ("", None)
    assert file(tmp_path / "restored", "Goes on")


def test_an_export_that_the_backup_did_not_grow_into_stops_writing(office: Path, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    file(office, "One history")
    with Authority.open(office) as authority:
        keeping.exporting(authority, str(tmp_path / "public")).round()
    shutil.rmtree(office)
    restore(tmp_path / "backup", office, keys=tmp_path / "keys", nothing_after=True)  # which was not true
    file(office, "Another history", "and more of it")
    backup(office, tmp_path / "second", keys=tmp_path / "keys")
    place = open_place(str(tmp_path / "public"))
    done = restore(tmp_path / "second", tmp_path / "restored", keys=tmp_path / "keys", export=place)
    assert "another tree" in done.halted


def test_witnesses_are_asked_how_far_the_log_had_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = tmp_path / "office"
    with founded(office, policy_text("w1", 1)) as authority:
        network = Network({url(1): witness_of(tmp_path / "w1.sqlite", 1, authority.witnesses.verifier)})
        authority.witnesses.port = network
        grow(authority, "a")
        authority.witnesses.ask()
        backup(office, tmp_path / "backup", keys=tmp_path / "keys")
        grow(authority, "b")
        authority.witnesses.ask()
    shutil.rmtree(office)
    monkeypatch.setattr("commonweal.upkeep.copies.HttpWitnesses", lambda: network)
    done = restore(tmp_path / "backup", office, keys=tmp_path / "keys")
    assert done.known == "its witnesses"
    assert "cosigned 3 entries" in done.halted or "there are 2 here" in done.halted
    network.close()


def test_a_witness_that_does_not_answer_is_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = tmp_path / "office"
    with founded(office, policy_text("w1", 1)) as authority:
        grow(authority, "a")
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    network = Network({}, away={url(1)})
    monkeypatch.setattr("commonweal.upkeep.copies.HttpWitnesses", lambda: network)
    with pytest.raises(Busy, match="0 witnesses answered"):
        restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys")
    assert not (tmp_path / "restored").exists(), "nobody shall write to what might be too old"


def test_another_records_backup_is_not_overwritten(office: Path, tmp_path: Path) -> None:
    with founded(tmp_path / "other") as other:
        grow(other, "a")
    backup(tmp_path / "other", tmp_path / "backup")
    before = (tmp_path / "backup" / "record.sqlite").read_bytes()
    with pytest.raises(Conflict, match="did not grow out of"):
        backup(office, tmp_path / "backup")
    assert (tmp_path / "backup" / "record.sqlite").read_bytes() == before


def test_a_folder_with_anything_in_it_is_not_restored_over(office: Path, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    with pytest.raises(Conflict, match="is not empty"):
        restore(tmp_path / "backup", office, keys=tmp_path / "keys", nothing_after=True)
    with pytest.raises(NotFound, match="backup in folder"):
        restore(office, tmp_path / "x", nothing_after=True)
    with pytest.raises(NotFound, match="copy of the keys"):
        restore(tmp_path / "backup", tmp_path / "x", keys=tmp_path / "nowhere", nothing_after=True)


def test_a_backup_that_was_interrupted_says_so(office: Path, tmp_path: Path) -> None:
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    (tmp_path / "backup" / MANIFEST).write_text("{")
    with pytest.raises(RecordFault, match="interrupted"):
        restore(tmp_path / "backup", tmp_path / "x", nothing_after=True)
    backup(office, tmp_path / "backup")
    assert restore(tmp_path / "backup", tmp_path / "x", nothing_after=True).size > 300


def test_two_backups_to_one_folder_at_a_time_are_one_too_many(office: Path, tmp_path: Path) -> None:
    import fcntl

    backup(office, tmp_path / "backup")
    with (tmp_path / "backup" / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="another process"):
            backup(office, tmp_path / "backup")


def test_after_its_key_was_rotated_a_log_is_restored_from_older_copies(office: Path, tmp_path: Path) -> None:
    """The keys and the backup know the first key; the export is signed by the third, and tells how it came to it."""
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    with Authority.open(office) as authority:
        first, size = authority.vkey, authority.store.size()
        for number in range(2):
            keeping.change_log_key(authority, overlap=0)
            authority.act(organisation(f"Lost {number}"))
        keeping.exporting(authority, str(tmp_path / "public")).round()
        grown, last = authority.store.size(), authority.vkey
    place = open_place(str(tmp_path / "public"))
    done = restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys", export=place)
    assert done.lost == (size, grown)
    assert "nothing is written" in done.halted or f"there are {size} here" in done.halted
    for number, known in enumerate((first, last)):
        bare = restore(tmp_path / "backup", tmp_path / f"bare{number}", export=place, vkey=known)
        assert bare.lost == (size, grown)
    stranger = NoteSigner("test.example/log", bytes(32)).vkey
    with pytest.raises(RecordFault, match="is not proved from"):
        restore(tmp_path / "backup", tmp_path / "no", export=place, vkey=stranger)


def test_after_its_key_was_rotated_a_log_is_restored_whole_and_goes_on(office: Path, tmp_path: Path) -> None:
    with Authority.open(office) as authority:
        keeping.change_log_key(authority, overlap=0)
        authority.act(organisation("Under the new key"))
        keeping.exporting(authority, str(tmp_path / "public")).round()
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    (tmp_path / "public" / LOG_KEYS).unlink()  # as an export of an earlier release is: the record tells the keys
    place = open_place(str(tmp_path / "public"))
    done = restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys", export=place)
    assert (done.halted, done.lost) == ("", None)
    assert fsck(tmp_path / "restored").found == ()
    assert file(tmp_path / "restored", "Goes on") == done.size + 1


def test_while_the_silent_witnesses_are_enough_for_a_quorum_nothing_is_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The witness that answers may be the one that missed the rest."""
    office = tmp_path / "office"
    with founded(office, policy_text("q", 3, "group q 2 w1 w2 w3")) as authority:
        log = authority.witnesses.verifier
        network = Network({url(n): witness_of(tmp_path / f"w{n}.sqlite", n, log) for n in (1, 2, 3)})
        authority.witnesses.port = network
        grow(authority, "a")
        assert authority.witnesses.ask()
        backup(office, tmp_path / "backup", keys=tmp_path / "keys")
        network.away = {url(1)}
        grow(authority, "b")
        assert authority.witnesses.ask()
    monkeypatch.setattr("commonweal.upkeep.copies.HttpWitnesses", lambda: network)
    monkeypatch.setattr(network, "close", lambda: None)
    network.away = {url(2), url(3)}
    with pytest.raises(Busy, match="1 witness answered, and without w2, w3"):
        restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys")
    assert not (tmp_path / "restored").exists()
    network.away = {url(3)}
    assert restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys").halted


def test_what_a_witness_without_an_address_cosigned_before_the_backup_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = tmp_path / "office"
    with founded(office, policy_text("q", 3, "group q 2 w1 w2 w3")) as authority:
        log = authority.witnesses.verifier
        network = Network({url(n): witness_of(tmp_path / f"w{n}.sqlite", n, log) for n in (1, 2, 3)})
        authority.witnesses.port = network
        assert authority.witnesses.ask()
        backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    policy = tmp_path / "backup" / POLICY_FILE
    policy.write_text(policy.read_text().replace(f" {url(2)}", "").replace(f" {url(3)}", ""))
    monkeypatch.setattr("commonweal.upkeep.copies.HttpWitnesses", lambda: network)
    with pytest.raises(Busy, match="1 witness answered, and without w2, w3"):
        restore(tmp_path / "backup", tmp_path / "restored", keys=tmp_path / "keys")


def test_an_export_from_before_a_rotation_restores_the_log(office: Path, tmp_path: Path) -> None:
    """It is signed by a key that is not in force any more; the restored record tells how one led to the other."""
    with Authority.open(office) as authority:
        keeping.exporting(authority, str(tmp_path / "public")).round()
        keeping.change_log_key(authority, overlap=0)
        grow(authority, "later")
        backup(office, tmp_path / "backup", keys=tmp_path / "keys")
        size = authority.store.size()
    done = restore(
        tmp_path / "backup", tmp_path / "back", keys=tmp_path / "keys", export=open_place(str(tmp_path / "public"))
    )
    assert (done.halted, done.size) == ("", size)


def test_nothing_is_signed_before_the_witnesses_were_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup between an act and what follows from it: following it again would sign another tree of that size."""
    office = tmp_path / "office"
    Authority.create(office, SETTINGS).close()
    (office / POLICY_FILE).write_text(policy_text("w1", 1))
    with Authority.open(office) as authority:
        network = Network({url(1): witness_of(tmp_path / "w1.sqlite", 1, authority.witnesses.verifier)})
        monkeypatch.setattr(network, "close", lambda: None)
        authority.witnesses.port = network
        laboratory = Caller("party:lab", ("developer",))
        authority.act(organisation("Lab"), laboratory)
        authority.follow()
        model = Act("model_registration.model", {"name": "M", "organisation": "organisation:lab"}, key="m")
        authority.act(model, laboratory)
        backup(office, tmp_path / "backup", keys=tmp_path / "keys")
        size = authority.store.size()
        authority.act(organisation("Another"))
        authority.follow()
        assert authority.witnesses.ask()
        assert authority.store.size() > size + 1, "something followed from what was backed up"
    shutil.rmtree(office)
    monkeypatch.setattr("commonweal.upkeep.copies.HttpWitnesses", lambda: network)
    done = restore(tmp_path / "backup", office, keys=tmp_path / "keys")
    assert done.halted
    with Authority.open(office) as authority:
        assert authority.store.size() == size


def test_who_serves_a_folder_put_back_by_hand_asks_before_following(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot of the whole folder contradicts nothing in it; what follows from its last act would fork the log."""
    office, snapshot = tmp_path / "office", tmp_path / "snapshot"
    Authority.create(office, SETTINGS).close()
    (office / POLICY_FILE).write_text(policy_text("w1", 1))
    network = Network({})
    monkeypatch.setattr(network, "close", lambda: None)
    monkeypatch.setattr("commonweal.authority.HttpWitnesses", lambda: network)
    laboratory = Caller("party:lab", ("developer",))
    with Authority.open(office) as authority:
        network.witnesses[url(1)] = witness_of(tmp_path / "w1.sqlite", 1, authority.witnesses.verifier)
        authority.act(organisation("Lab"), laboratory)
        authority.follow()
        model = Act("model_registration.model", {"name": "M", "organisation": "organisation:lab"}, key="m")
        authority.act(model, laboratory)
        size = authority.store.size()
    shutil.copytree(office, snapshot)
    with Authority.open(office) as authority:
        authority.act(organisation("Another"))
        assert authority.witnesses.ask()
        assert authority.store.size() > size + 1, "something followed from what was backed up"
    network.asked.clear()
    with TestClient(serve.app(snapshot)):
        assert network.asked == [url(1)]
    with Authority.open(snapshot) as authority:
        assert authority.store.size() == size
        assert authority.witnesses.halted


def test_while_witnesses_are_away_the_service_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = tmp_path / "office"
    Authority.create(office, SETTINGS).close()
    (office / POLICY_FILE).write_text(policy_text("w1", 1))
    network = Network({}, away={url(1)})
    monkeypatch.setattr("commonweal.authority.HttpWitnesses", lambda: network)
    with TestClient(serve.app(office)) as client:
        assert client.get("/log/checkpoint").status_code == 503, "nothing is published meanwhile"
    assert network.asked
    assert file(office, "Goes on")


@pytest.mark.parametrize("wrong", ["nowhere", "another key"])
def test_a_restore_that_fails_leaves_nothing_that_could_be_written_to(office: Path, tmp_path: Path, wrong: str) -> None:
    backup(office, tmp_path / "backup", keys=tmp_path / "keys")
    with Authority.open(office) as authority:
        keeping.exporting(authority, str(tmp_path / "public")).round()
    place = open_place(str(tmp_path / ("mistyped" if wrong == "nowhere" else "public")))
    vkey = "" if wrong == "nowhere" else NoteSigner("test.example/log", bytes(32)).vkey
    with pytest.raises((NotFound, RecordFault)):
        restore(tmp_path / "backup", tmp_path / "back", keys=tmp_path / "keys", export=place, vkey=vkey)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("back.") or path.name == "back"]
