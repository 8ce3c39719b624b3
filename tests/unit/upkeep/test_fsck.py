"""`weal fsck`: each kind of damage is named, told whether it can be derived again, and put right only where it can."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commonweal import keeping
from commonweal.authority import Act, Authority, examine
from commonweal.examination import BACKUP, LOOK, RECOMPUTE
from commonweal.kernel.record import NoteSigner, check
from commonweal.kernel.record.exported import LOG_KEYS
from commonweal.kernel.values import RecordFault
from commonweal.upkeep import fsck, fsck_export, open_place, repair
from commonweal.upkeep.fsck import STATE_FILE


def organisation(name: str) -> Act:
    return Act("model_registration.organisation", {"name": name, "countries": ["FR"]}, key=name)


@contextmanager
def hand(office: Path, name: str = "record.sqlite") -> Iterator[sqlite3.Connection]:
    """Somebody at the database with a tool of their own."""
    connection = sqlite3.connect(office / name)
    yield connection
    connection.commit()
    connection.close()


def found(office: Path) -> dict[str, str]:
    return {item.finding.where: item.remedy for item in fsck(office).found}


def test_a_sound_folder_has_no_findings(office: Path) -> None:
    diagnosis = fsck(office)
    assert (diagnosis.sound, diagnosis.found) == (True, ())
    assert diagnosis.size > 256


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE kind_count SET entries = entries + 1 WHERE kind = 'rule.adopted'", "kind_count rule.adopted"),
        ("DELETE FROM kind_count WHERE kind = 'rule.adopted'", "kind_count rule.adopted"),
        ("UPDATE tile SET data = zeroblob(8192) WHERE level = 0 AND n = 0", "tile/0/000"),
        ("DELETE FROM tile WHERE level = 0 AND n = 0", "tile/0/000"),
        ("INSERT INTO tile VALUES (0, 99, zeroblob(8192))", "tile/0/099"),
        ("UPDATE checkpoint SET root = zeroblob(32) WHERE size = (SELECT max(size) FROM checkpoint)", "checkpoint"),
    ],
)
def test_what_follows_from_the_leaves_is_written_again(office: Path, statement: str, where: str) -> None:
    with hand(office) as damaged:
        damaged.execute(statement)
    diagnosis = fsck(office)
    assert {item.finding.where: item.remedy for item in diagnosis.found} == {where: RECOMPUTE}
    assert repair(office, diagnosis)
    assert found(office) == {}
    with Authority.open(office) as authority:
        assert authority.verify() == []


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE entry SET leaf = CAST(leaf || ' ' AS BLOB) WHERE \"index\" = 40", "leaf 40"),
        ("UPDATE entry SET payload = CAST(payload || x'00' AS BLOB) WHERE \"index\" = 40", "payload 40"),
        ("UPDATE entry SET author = 'party:other' WHERE \"index\" = 240", "entry 240 column author"),
        ("UPDATE checkpoint SET note = x'00' WHERE size = (SELECT max(size) FROM checkpoint)", "checkpoint"),
    ],
)
def test_what_has_no_second_copy_is_not_repaired(office: Path, statement: str, where: str) -> None:
    with hand(office) as damaged:
        damaged.execute(statement)
    diagnosis = fsck(office)
    assert not diagnosis.sound
    assert any(item.finding.where == where and item.remedy == BACKUP for item in diagnosis.found)
    before = (office / "record.sqlite").read_bytes()
    repair(office, diagnosis)
    assert (office / "record.sqlite").read_bytes() == before, "no leaf, payload or note is ever written by a repair"
    assert found(office) == {item.finding.where: item.remedy for item in diagnosis.found}


def test_leaves_that_do_not_give_the_signed_root_are_no_ground_for_a_repair(office: Path) -> None:
    with hand(office) as damaged:
        damaged.execute("UPDATE entry SET leaf = CAST(leaf || ' ' AS BLOB) WHERE \"index\" = 40")
        damaged.execute("UPDATE kind_count SET entries = 0")
    diagnosis = fsck(office)
    assert not repair(office, diagnosis)
    assert "kind_count rule.adopted" in found(office)


def test_a_blob_that_no_leaf_names_is_shown_and_left(office: Path) -> None:
    with hand(office) as damaged:
        damaged.execute("INSERT INTO blob VALUES ('ff', x'00')")
    diagnosis = fsck(office)
    assert [(item.finding.where, item.remedy) for item in diagnosis.found] == [("blob ff", LOOK)]
    assert diagnosis.sound


def test_a_page_that_the_disk_garbled_is_named_with_its_file(office: Path) -> None:
    with hand(office) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("PRAGMA page_size").fetchone()[0]
    path = office / "record.sqlite"
    data = bytearray(path.read_bytes())
    data[page * 7 : page * 7 + 64] = b"\xff" * 64
    path.write_bytes(bytes(data))
    diagnosis = fsck(office)
    assert not diagnosis.sound
    assert any(item.finding.where == "record.sqlite" for item in diagnosis.found)


def test_projections_that_are_ahead_of_the_record_are_named(office: Path) -> None:
    with hand(office, "projections.sqlite") as damaged:
        tables = [row[0] for row in damaged.execute("SELECT name FROM sqlite_master WHERE name LIKE '%meta%'")]
        damaged.execute(f"UPDATE {tables[0]} SET value = '99999' WHERE name = 'cursor'")
    assert "projections.sqlite" in found(office)


def test_an_interrupted_run_goes_on_where_it_was(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "LEAVES_A_STEP", 256)

    def interrupted(done: int, total: int) -> None:
        if done > 256:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fsck(office, interrupted)
    assert (office / STATE_FILE).is_file()
    read: list[int] = []
    diagnosis = fsck(office, lambda done, total: read.append(done))
    assert (diagnosis.sound, diagnosis.resumed) == (True, 256)
    assert min(read) > 256, "what was read is not read again"
    assert not (office / STATE_FILE).exists()
    assert fsck(office).resumed == 0


def test_what_was_remembered_wrongly_is_read_again(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state file that does not fit, stale or forged, neither hides a fault nor makes one up."""
    monkeypatch.setattr(check, "LEAVES_A_STEP", 256)

    def interrupted(done: int, total: int) -> None:
        if done > 256:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fsck(office, interrupted)
    forged = json.loads((office / STATE_FILE).read_text())
    forged["peaks"] = [base64.b64encode(bytes(32)).decode() if item else item for item in forged["peaks"]]
    (office / STATE_FILE).write_text(json.dumps(forged))
    diagnosis = fsck(office)
    assert (diagnosis.sound, diagnosis.resumed) == (True, 0)


def test_several_processes_find_the_same(office: Path) -> None:
    with hand(office) as damaged:
        damaged.execute("UPDATE entry SET author = 'party:other' WHERE \"index\" IN (40, 290)")
    alone, together = fsck(office, jobs=1), fsck(office, jobs=2)
    assert len(alone.found) == 2
    assert set(alone.found) == set(together.found)


def test_an_exported_log_is_checked_without_the_authority(office: Path, tmp_path: Path) -> None:
    with Authority.open(office) as authority:
        keeping.exporting(authority, str(tmp_path / "public")).round()
        vkey = authority.vkey
    shutil.rmtree(office)
    place = open_place(str(tmp_path / "public"))
    assert fsck_export(place, vkey).sound
    tile = tmp_path / "public" / "tile" / "0" / "000"
    tile.write_bytes(tile.read_bytes()[::-1])
    assert any(item.finding.where.startswith("tile/0/000") for item in fsck_export(place, vkey).found)


def test_verify_and_fsck_see_the_same_record(office: Path) -> None:
    with hand(office) as damaged:
        damaged.execute("UPDATE entry SET payload = CAST(payload || x'00' AS BLOB) WHERE \"index\" = 40")
    assert set(examine(office).findings) <= {item.finding for item in fsck(office).found}
    assert examine(office).findings


def test_tiles_are_put_right_under_a_key_that_was_rotated(office: Path) -> None:
    with Authority.open(office) as authority:
        keeping.change_log_key(authority, overlap=2)
        authority.act(organisation("Under both"))
        authority.act(organisation("Under both, for the last time"))
        authority.act(organisation("Under the new one"))
    with hand(office) as damaged:
        damaged.execute("DELETE FROM tile WHERE level = 0")
    found = fsck(office)
    assert {item.remedy for item in found.found} == {"recompute"}
    assert repair(office, found)
    assert fsck(office).found == ()


def test_a_stranger_follows_an_exported_log_from_the_key_they_know(office: Path, tmp_path: Path) -> None:
    with Authority.open(office) as authority:
        known = [authority.vkey]
        exporting = keeping.exporting(authority, str(tmp_path / "public"))
        exporting.round()
        for number in range(2):  # by the exporter that began before the key was changed
            keeping.change_log_key(authority, overlap=0)
            authority.act(organisation(f"Later {number}"))
            known.append(authority.vkey)
            exporting.round()
        size = authority.store.size()
    place = open_place(str(tmp_path / "public"))
    for vkey in known:
        found = fsck_export(place, vkey)
        assert (found.found, found.size, found.vkey) == ((), size, known[-1])
    with pytest.raises(RecordFault, match="is not proved from"):
        fsck_export(place, NoteSigner("test.example/log", bytes(32)).vkey)
    said = tmp_path / "public" / LOG_KEYS
    whole = json.loads(said.read_text())
    said.write_text(json.dumps({**whole, "changes": whole["changes"][:1]}))
    assert [item.finding.where for item in fsck_export(place, known[0]).found] == ["checkpoint", LOG_KEYS], (
        "a change that is kept quiet shows, since its leaf is in the log"
    )
    said.unlink()
    assert not fsck_export(place, known[0]).sound


def test_what_only_a_stolen_key_signed_is_no_export(office: Path, tmp_path: Path) -> None:
    with Authority.open(office) as authority:
        stolen, size = authority.vkey, authority.store.size()
        keeping.exporting(authority, str(tmp_path / "public")).round()
        keeping.change_log_key(authority, "compromised", void_from=size - 10)
        said = json.dumps(keeping.published_keys(authority))
        fresh = authority.vkey
    (tmp_path / "public" / LOG_KEYS).write_text(said)  # and the checkpoint stays the one that the stolen key signed
    place = open_place(str(tmp_path / "public"))
    with pytest.raises(RecordFault, match="is not proved from"):
        fsck_export(place, stolen)
    (found,) = fsck_export(place, fresh).found
    assert "was stolen" in found.finding.problem
