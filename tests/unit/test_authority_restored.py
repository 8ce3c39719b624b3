"""A record that was lost or restored from an old copy is read, never written to: writing would fork the log."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from commonweal.authority import HOUSE, Authority, examine
from commonweal.instruments import Installed, discover
from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Entry, Tables
from commonweal.kernel.values import BadInput, Conflict, Forbidden, RecordFault, Text, digest, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))


def organisation(name: str) -> Act:
    return Act("model_registration.organisation", {"name": name, "countries": ["FR"]}, key=name)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    with Authority.create(tmp_path / "office", SETTINGS) as authority:
        authority.act(organisation("First"))
        authority.follow()
    return tmp_path / "office"


def lose(office: Path) -> None:
    for path in office.glob("record.sqlite*"):
        path.unlink()


def test_a_lost_record_is_not_founded_anew_under_the_same_key(office: Path) -> None:
    lose(office)
    with pytest.raises(RecordFault, match=r"record\.sqlite: is missing, though its key signed \d+ entries"):
        Authority.open(office)
    assert not (office / "record.sqlite").exists(), "looking must not make an empty one in its place"


def test_a_record_restored_from_an_old_copy_is_not_written_to(office: Path, tmp_path: Path) -> None:
    shutil.copytree(office, tmp_path / "copy")
    with Authority.open(office) as authority:
        authority.act(organisation("Second"))
    lose(office)
    for path in (tmp_path / "copy").glob("record.sqlite*"):
        shutil.copy(path, office / path.name)
    with Authority.open(office) as authority:
        with pytest.raises(Conflict, match=r"rolled back or forked"):
            authority.act(organisation("Third"))
        before = authority.dump()
        with pytest.raises(Conflict, match=r"rolled back or forked"):
            authority.rebuild()
        assert authority.dump() == before, "the tables may be all that is left of the newest entries"
        assert [fault["room"] for fault in authority.status()["faults"]] == ["record"]
    assert [finding.where for finding in examine(office).findings] == ["checkpoint"]


def test_a_record_without_its_keys_is_not_opened_with_new_ones(office: Path) -> None:
    for path in office.glob("keys.sqlite*"):
        path.unlink()
    with pytest.raises(RecordFault, match=r"keys\.sqlite: is missing"):
        Authority.open(office)
    assert not (office / "keys.sqlite").exists()


def test_a_filing_that_a_room_cannot_follow_stops_nothing_else(tmp_path: Path) -> None:
    """The room's rows about it are undone, the fault is named, later entries are followed, and a rebuild agrees."""

    def stumbles(entry: Entry, tables: Tables) -> list[Act]:
        if entry.subject == "organisation:odd":
            raise ZeroDivisionError("cannot divide")
        return []

    installed = discover()
    held = installed["model_registration"]
    odd = type(held.instrument)(**{**held.instrument.__dict__, "follow": stumbles})
    installed["model_registration"] = Installed(odd, held.folder)
    with Authority.create(tmp_path / "office", SETTINGS, installed=installed) as authority:
        authority.act_all([organisation("Odd"), organisation("Even")])
        authority.follow()
        status = authority.status()
        assert [fault["problem"] for fault in status["faults"]] == ["ZeroDivisionError: cannot divide"]
        assert status["subjects"]["organisation"] == 2
        before = authority.dump()
        authority.rebuild()
        assert authority.dump() == before


def test_nobody_files_what_only_the_authority_records_and_time_only_when_it_has_passed(office: Path) -> None:
    with Authority.open(office) as authority:
        for kind in ("duty.changed", "clock.tick"):
            with pytest.raises(Forbidden, match="nobody files it"):
                authority.act(Act(kind, {}, key="t"))
        with pytest.raises(BadInput, match="not after the moment of filing"):
            authority.act(Act("clock.tick", {"at": "2099-01-01T00:00:00Z"}, key="t"), HOUSE)


def test_adopting_what_is_in_force_gives_its_receipt_again(office: Path) -> None:
    from commonweal.adoption import founding_texts

    with Authority.open(office) as authority:
        size = authority.store.size()
        text = next(iter(founding_texts(authority.installed)))
        assert authority.adopt(text).again
        assert authority.store.size() == size


def test_a_text_is_recorded_byte_for_byte_and_its_digest_is_of_just_these_bytes(office: Path) -> None:
    """Whoever holds the file can compare it: its last newline, and what stands before its first word, count too."""
    from commonweal.adoption import adoption, founding_texts

    with Authority.open(office) as authority:
        for row in registry.texts(authority.reader):
            assert digest(row["text"].encode()) == row["sha256"], row["rule_id"]
        shipped = next(file for file in founding_texts(authority.installed) if file.room == "retention")
        text = replace(
            shipped, version="2099-01-01", text=f"\n{shipped.text.replace(shipped.version, '2099-01-01')}\n\n"
        )
        entry = authority.entry(authority.adopt(text).index)
        assert (entry.body["text"], entry.body["sha256"]) == (text.text, digest(text.text.encode()))
        assert authority.adopt(text).again
        act = adoption(text, "once more")
        with pytest.raises(BadInput, match=f"the SHA-256 of the text, which is {entry.body['sha256']}"):
            authority.act(replace(act, body=act.body | {"sha256": "0" * 64}), HOUSE)


def test_faults_of_shape_and_faults_against_the_record_are_named_at_once(office: Path) -> None:
    body = {"name": "Q", "organisation": "organisation:nope", "publication_date": "2030-01-01", "compute_flop": -1}
    with Authority.open(office) as authority, pytest.raises(BadInput) as refused:
        authority.act(Act("model_registration.model", body, key="q"))
    assert {fault.where for fault in refused.value.faults} == {"organisation", "publication_date", "compute_flop"}
