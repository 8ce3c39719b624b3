"""Attachments: named by an entry or swept, opened for whoever may read the field, and gone with the entry's key."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import attaching_house as h
import retaining as r
from commonweal.attaching import Attachments, Held
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel.disclosure import Audience, Erased, verify_disclosures
from commonweal.kernel.disclosure.attachments import BOUNDS, Bounds
from commonweal.kernel.values import BadInput, Busy, Conflict, NotFound, RecordFault, TooLarge
from commonweal.networks import Sender
from commonweal.upkeep import backup, fsck, restore
from engine_houses import PostgresHouse
from postgres_server import Server

SMALL = Bounds(
    bytes_max=10_000, waiting_of_one_max=2, waiting_bytes_of_one_max=15_000, waiting_max=3, waiting_bytes_max=40_000
)


@pytest.fixture
def clock() -> h.Dial:
    return h.Dial()


@pytest.fixture
def house(tmp_path: Path, clock: h.Dial) -> Iterator[Authority]:
    with h.founded(tmp_path / "house", clock) as made:
        yield made


def files(house: Authority) -> list[Path]:
    """Every file that lies in the folder of sealed files, drafts among them."""
    return sorted(path for path in (house.folder / "blobs").rglob("*") if path.is_file())


def faults(house: Authority, act: object, caller: object = h.LAB) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as refused:
        house.act(act, caller)  # type: ignore[arg-type]
    return [(fault.where, fault.code) for fault in refused.value.faults]


# ── one way through ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_uploaded_and_named_is_read_again_by_whoever_may_read_the_field(house: Authority) -> None:
    data = "Wörter 模型 ".encode() * 20_000
    named = h.uploaded(house, data, "log.txt")
    expected = (hashlib.sha256(data).hexdigest(), "log.txt", "text/plain", len(data))
    assert (named.sha256, named.name, named.media_type, named.size) == expected
    index = house.act(h.finding("one", named), h.LAB).index
    assert h.read(house, index, named.sha256, "filer") == data
    with pytest.raises(NotFound):  # the field is AMBER: the public sees neither it nor what it names
        h.read(house, index, named.sha256)
    assert house.verify() == []


def test_a_page_reads_a_file_that_was_sent_with_its_form_for_whoever_sent_it_until_an_entry_names_it(
    house: Authority,
) -> None:
    waiting = house.attachments.attach(iter((b"member,earnings\n", b"PB-1,10\n")), "file.csv", h.LAB.party)
    sha256 = waiting.attachment.sha256
    assert house.reading("en", h.LAB.party).sent(sha256) == b"member,earnings\nPB-1,10\n"
    for party in ("", "party:somebody"):
        with pytest.raises(NotFound):
            house.reading("en", party).sent(sha256)


def test_neither_the_log_nor_the_disk_says_what_was_attached(house: Authority) -> None:
    """Bytes that anybody can guess: their digest stands in no leaf and no file's name, and nothing lies open."""
    guessable = b"yes" * 50
    named = h.uploaded(house, guessable, "answer.txt")
    index = house.act(h.finding("one", named), h.LAB).index
    leaf = house.store.entry(index).leaf
    (address,) = json.loads(leaf)["blobs"]
    everything = b"".join(path.read_bytes() + path.name.encode() for path in house.folder.rglob("*") if path.is_file())
    assert address != named.sha256
    assert named.sha256.encode() not in leaf
    sealed_only = b"".join(path.read_bytes() + path.name.encode() for path in files(house))
    assert named.sha256.encode() not in sealed_only
    assert guessable not in everything
    assert b"answer.txt" not in b"".join((house.folder / name).read_bytes() for name in ("record.sqlite",))
    again = h.uploaded(house, guessable, "answer.txt")
    other = house.act(h.finding("two", again), h.LAB).index
    assert json.loads(house.store.entry(other).leaf)["blobs"] != [address]


def test_a_public_field_shows_its_picture_to_everybody(house: Authority) -> None:
    named = h.uploaded(house, h.PNG, "seen.png")
    index = house.act(h.finding("one", named, field="picture"), h.LAB).index
    assert h.read(house, index, named.sha256) == h.PNG


def test_who_is_shown_the_field_can_check_the_file_against_the_log(house: Authority) -> None:
    """Leaf and disclosure open to the digest of the file, as a stranger would work it out."""
    index = house.act(h.finding("one", h.uploaded(house, h.PDF, "a.pdf")), h.LAB).index
    shown = house.presentation(index, Audience.of("filer"))
    fields = verify_disclosures(house.store.entry(index).leaf, shown.disclosures)
    assert fields["evidence"][0]["sha256"] == hashlib.sha256(h.PDF).hexdigest()


def test_the_next_version_names_the_same_files_without_a_second_upload(house: Authority) -> None:
    first, second = h.uploaded(house, h.PDF, "a.pdf"), h.uploaded(house, h.JPEG, "b.jpg")
    before = house.act(h.finding("one", first), h.LAB).index
    later = house.act(h.finding("one", first, second, words="interim"), h.LAB).index
    last = house.act(h.finding("one", second, words="final"), h.LAB).index
    assert h.read(house, later, first.sha256, "filer") == h.PDF
    assert h.read(house, last, second.sha256, "filer") == h.JPEG
    leaves = [json.loads(house.store.entry(index).leaf)["blobs"] for index in (before, later, last)]
    assert [len(blobs) for blobs in leaves] == [1, 1, 0]  # so the leaves do not show that they are about one thing
    assert house.verify() == []


def test_the_same_act_again_gets_the_same_receipt_though_its_upload_is_used_up(house: Authority) -> None:
    named = h.uploaded(house, h.PDF, "a.pdf")
    first = house.act(h.finding("one", named, key="k"), h.LAB)
    again = house.act(h.finding("one", named, key="k"), h.LAB)
    assert (again.index, again.again) == (first.index, True)


def test_tables_laid_out_again_come_to_the_same(house: Authority) -> None:
    house.act(h.finding("one", h.uploaded(house, h.PDF, "a.pdf")), h.LAB)
    house.follow()
    before = house.dump()
    house.rebuild()
    assert house.dump() == before


# ── what an entry may name ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_that_names_what_is_not_there_or_is_otherwise_is_refused_with_each_fault(house: Authority) -> None:
    pdf, text = h.uploaded(house, h.PDF, "a.pdf"), h.uploaded(house, b"words", "b.txt")
    wrong = [
        pdf.model_copy(update={"size": pdf.size + 1}),
        text.model_copy(update={"name": "b.csv", "media_type": "text/csv"}),
        pdf.model_copy(update={"sha256": "0" * 64}),
    ]
    size = house.store.size()
    assert faults(house, h.finding("one", *wrong)) == [
        ("evidence.0.size", "attachment_size"),
        ("evidence.1.media_type", "attachment_type"),
        ("evidence.2.sha256", "no_attachment"),
    ]
    assert house.store.size() == size
    assert house.act(h.finding("one", pdf, text), h.LAB).index == size


def test_a_field_takes_its_own_types_sizes_and_number_and_each_file_once(house: Authority) -> None:
    texts = [h.uploaded(house, b"text %d" % number, f"{number}.txt") for number in range(4)]
    large = h.uploaded(house, b"x" * 2_000_001, "large.txt")
    assert faults(house, h.finding("one", *texts)) == [("evidence", "too_many")]
    assert faults(house, h.finding("one", large)) == [("evidence.0.size", "too_large")]
    assert faults(house, h.finding("one", texts[0], field="picture")) == [("picture.0.name", "attachment_type")]
    assert faults(house, h.finding("one", texts[0], texts[0])) == [("evidence.1.sha256", "repeated")]


def test_a_name_that_was_changed_after_the_upload_is_held_to_the_same_rules(house: Authority) -> None:
    named = h.uploaded(house, h.PDF, "a.pdf")
    body = {"name": "one", "evidence": [{**named.model_dump(), "name": "../../a\u202efdp.pdf"}]}
    assert ("evidence.0.name", "forbidden_character") in faults(house, h.Act(h.KIND, body, key=""))
    renamed = named.model_copy(update={"name": "better.pdf"})
    assert house.act(h.finding("one", renamed), h.LAB)
    disguised = named.model_copy(update={"name": "a.txt"})
    assert faults(house, h.finding("one", disguised)) == [("evidence.0.media_type", "attachment_type")]


def test_what_another_uploaded_or_filed_cannot_be_named_by_its_digest(house: Authority) -> None:
    named = h.uploaded(house, h.PDF, "a.pdf", party="party:other")
    assert faults(house, h.finding("one", named)) == [("evidence.0.sha256", "no_attachment")]
    house.act(h.finding("theirs", named), h.OTHER)
    assert faults(house, h.finding("one", named)) == [("evidence.0.sha256", "no_attachment")]


def test_an_upload_is_one_entry_s_so_that_it_goes_with_it(house: Authority) -> None:
    named = h.uploaded(house, h.PDF, "a.pdf")
    with pytest.raises(Conflict, match="once for each entry"):
        house.act_all([h.finding("one", named), h.finding("two", named)], h.LAB)
    house.act(h.finding("one", named), h.LAB)
    assert faults(house, h.finding("two", named)) == [("evidence.0.sha256", "no_attachment")]


def test_acts_that_come_together_are_refused_each_on_its_own(house: Authority) -> None:
    named = h.uploaded(house, h.PDF, "a.pdf")
    found = house.place_each([(h.finding("one", named), h.LAB), (h.finding("two", named), h.LAB)])
    assert isinstance(found[0], tuple)
    assert isinstance(found[1], Conflict)


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def bounded(house: Authority, bounds: Bounds = SMALL) -> Attachments:
    return Attachments(house._engines.record, house.keys, house.attachments._now, bounds)


def held(attachments: Attachments, clock: h.Dial, words: str, network: str) -> Held:
    """A file that lies with a draft which somebody in a network writes, a second after the last."""
    clock.at += timedelta(seconds=1)
    until = clock.now() + timedelta(days=14)
    with attachments.holding("a.txt", until, 1_000, Sender(network)) as upload:
        upload.write(words.encode())
        return upload.finish()


def test_files_of_a_flood_make_room_for_a_stranger_and_those_of_strangers_for_nobody_who_has_more(
    house: Authority, clock: h.Dial
) -> None:
    """One line fills the room with files of drafts that it never files: who comes from elsewhere attaches theirs."""
    attachments = bounded(house, Bounds(held_max=8, held_lapses_s=6 * 3600))
    mine = held(attachments, clock, "mine", "198.51.100.0/24")
    flood = [held(attachments, clock, f"flood {at}", "2001:db8:1::/48") for at in range(6)]
    for at in range(3):
        with pytest.raises(Busy):
            held(attachments, clock, f"more {at}", "2001:db8:1::/48")
    clock.at += timedelta(minutes=5)
    other = held(attachments, clock, "other", "203.0.113.0/24")
    another = held(attachments, clock, "another", "192.0.2.0/24")
    there = attachments._held()
    assert {mine.file.address, other.file.address, another.file.address} <= there.keys()
    assert flood[0].file.address not in there
    assert not house._engines.record.files.holds(flood[0].file.address), "its room is free at once"
    attachments.hold(flood, clock.now() + timedelta(days=14))
    assert flood[0].file.address not in attachments._held(), "a draft that is saved brings nothing back"


def test_what_lies_with_drafts_lapses_in_hours_once_there_is_no_room(house: Authority, clock: h.Dial) -> None:
    attachments = bounded(house, Bounds(held_max=4, held_lapses_s=6 * 3600))
    first, *_ = [held(attachments, clock, f"{at}", f"{at}.0.0.0/24") for at in range(4)]
    with pytest.raises(Busy):
        held(attachments, clock, "more", "198.51.100.0/24")
    clock.at += timedelta(hours=7)
    attachments.hold([first], clock.now() + timedelta(days=14))  # saving its draft makes no file any younger
    held(attachments, clock, "more", "198.51.100.0/24")
    assert first.file.address not in attachments._held()


def test_an_upload_is_cut_off_at_the_first_byte_too_many_and_leaves_nothing(house: Authority) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1_000
            yield b"x" * 1_000

    with pytest.raises(TooLarge, match="at most 10000 bytes"):
        bounded(house).attach(endless(), "a.txt", "party:lab")
    assert taken == 11_000
    assert files(house) == []
    assert house.attachments.waiting() == []
    assert bounded(house).attach(h.in_pieces(b"x" * 10_000, 1_000), "a.txt", "party:lab").attachment.size == 10_000


def test_a_file_is_never_held_whole(house: Authority) -> None:
    """25 MiB in pieces of 64 KiB: what the upload itself holds stays below half a mebibyte."""
    import tracemalloc

    piece = b"0123456789abcdef" * 4_096
    tracemalloc.start()
    named = house.attachments.attach((piece for _ in range(BOUNDS.bytes_max // len(piece))), "a.txt", "party:lab")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert named.attachment.size == BOUNDS.bytes_max
    assert peak < 1 << 19


def test_uploads_that_wait_are_bounded_for_one_party_and_for_all(house: Authority, clock: h.Dial) -> None:
    small = bounded(house)
    small.attach([b"a" * 9_000], "a.txt", "party:lab")
    with pytest.raises(Conflict, match="File that entry first"):
        small.attach([b"b" * 9_000], "b.txt", "party:lab")
    small.attach([b"b" * 10], "b.txt", "party:lab")
    with pytest.raises(Conflict, match="2 uploads of party:lab"):
        small.attach([b"c"], "c.txt", "party:lab")
    small.attach([b"c"], "c.txt", "party:other")
    with pytest.raises(Busy, match="too many uploads wait"):
        small.attach([b"d"], "d.txt", "party:third")
    clock.at += timedelta(days=1)
    assert small.attach([b"d"], "d.txt", "party:third")


def test_what_is_refused_for_want_of_room_is_not_kept_either(house: Authority) -> None:
    small = bounded(house)
    small.attach([b"a" * 9_000], "a.txt", "party:lab")
    for _ in range(3):
        with pytest.raises(Conflict):
            small.attach([b"b" * 9_000], "b.txt", "party:lab")
    assert len(files(house)) == 1


def test_the_same_file_sent_again_is_kept_once_under_its_newest_name(house: Authority, clock: h.Dial) -> None:
    for name in ("a.txt", "b.csv", "c.txt"):
        named = h.uploaded(house, b"a,b\n", name)
    assert len(files(house)) == len(house.attachments.waiting()) == 1
    clock.at += timedelta(hours=13)
    late = house.attachments.attach([b"a,b\n"], "d.csv", "party:lab")
    assert (len(files(house)), late.until - clock.at) == (2, timedelta(days=1))
    assert faults(house, h.finding("one", named)) == [("evidence.0.media_type", "attachment_type")]
    assert house.act(h.finding("one", late.attachment), h.LAB)


def test_a_file_that_is_refused_leaves_nothing(house: Authority) -> None:
    with pytest.raises(BadInput, match="nothing after it"):
        h.uploaded(house, h.PDF + h.ZIP, "a.pdf")
    with pytest.raises(BadInput) as refused:
        h.uploaded(house, h.PDF, "a\u202efdp.exe")
    assert [(fault.where, fault.code) for fault in refused.value.faults] == [("name", "file_name")]
    assert "\u202e" not in str(refused.value)
    assert files(house) == []


def test_an_upload_that_breaks_off_leaves_nothing(house: Authority) -> None:
    def broken() -> Iterator[bytes]:
        yield b"some"
        raise OSError("the line went dead")

    with pytest.raises(OSError, match="went dead"):
        house.attachments.attach(broken(), "a.txt", "party:lab")
    assert files(house) == []


# ── swept, erased ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_no_entry_names_within_a_day_is_swept_and_what_one_names_stays(house: Authority, clock: h.Dial) -> None:
    loose, named = h.uploaded(house, h.PDF, "loose.pdf"), h.uploaded(house, h.JPEG, "named.jpg")
    index = house.act(h.finding("one", named), h.LAB).index
    clock.at += timedelta(hours=23)
    assert house.attachments.sweep() == 0
    clock.at += timedelta(hours=1)
    assert faults(house, h.finding("two", loose)) == [("evidence.0.sha256", "no_attachment")]
    clock.at += timedelta(hours=2)
    house.tick()
    assert len(files(house)) == 1
    assert house.keys.secrets("upload:") == {}
    assert h.read(house, index, named.sha256, "filer") == h.JPEG
    assert house.verify() == []


def test_a_file_that_an_entry_holds_is_not_swept_though_a_crash_kept_its_upload(
    house: Authority, clock: h.Dial
) -> None:
    named = h.uploaded(house, h.PDF, "a.pdf")
    kept = house.keys.secrets("upload:")
    index = house.act(h.finding("one", named), h.LAB).index
    for name, data in kept.items():  # as if the process had ended between the record and this
        house.keys.put_secret(name, data)
    assert faults(house, h.finding("two", named)) == [("evidence.0.sha256", "no_attachment")]
    clock.at += timedelta(days=2)
    house.attachments.sweep()
    assert house.keys.secrets("upload:") == {}
    assert h.read(house, index, named.sha256, "filer") == h.PDF


def test_where_the_record_was_rolled_back_the_files_of_the_lost_entries_stay(tmp_path: Path) -> None:
    """An old copy of the record knows of no entry that names the file: it is no reason to remove it."""
    folder, clock = tmp_path / "house", h.Dial()
    h.founded(folder, clock).close()
    old = (folder / "record.sqlite").read_bytes()
    with h.opened(folder, clock) as house:
        house.act(h.finding("one", h.uploaded(house, h.PDF, "a.pdf")), h.LAB)
    for path in folder.glob("record.sqlite*"):
        path.unlink()
    (folder / "record.sqlite").write_bytes(old)
    clock.at += timedelta(days=3)
    with h.opened(folder, clock) as house:
        assert house.witnesses.halted
        with suppress(Busy, Conflict):
            house.tick()
        assert len(files(house)) == 1


def test_a_draft_that_a_killed_process_left_is_taken_away_after_a_day(house: Authority) -> None:
    h.uploaded(house, h.PDF, "a.pdf")
    drafts = house.folder / "blobs" / ".drafts"
    old, new = drafts / "old", drafts / "new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000, time.time() - 90_000))
    house.attachments.sweep()
    assert [path.name for path in drafts.iterdir()] == ["new"]


def test_an_upload_that_is_swept_between_check_and_record_is_refused_not_lost(house: Authority) -> None:
    named = h.uploaded(house, h.PDF, "a.pdf")
    act = house.check(h.finding("one", named), h.LAB)
    files(house)[0].unlink()
    size = house.store.size()
    with pytest.raises(Conflict, match="swept"):
        house._writing.append([(act, h.LAB)], house.clock.now())
    assert house.store.size() == size


def test_erasing_an_entry_s_key_takes_its_attachments_with_it(tmp_path: Path) -> None:
    """Also where a crash had left the upload's own key beside it, and in every version that names the file."""
    clock = h.Dial()
    with Authority.create(tmp_path / "e", h.SETTINGS, clock=clock, installed=h.with_schedules()) as house:
        named = h.uploaded(house, h.PDF, "a.pdf")
        kept = house.keys.secrets("upload:")
        first = house.act(h.finding("one", named), h.LAB).index
        second = house.act(h.finding("one", named, words="more"), h.LAB).index
        other = h.uploaded(house, h.PDF, "a.pdf")
        third = house.act(h.finding("two", other), h.LAB).index
        for name, data in kept.items():
            house.keys.put_secret(name, data)
        clock.at += timedelta(days=800)
        house.follow()
        house.erasures.erase("finding:one", "registration", r.ASKED, OPERATOR)
        for index in (first, second):
            with pytest.raises(Erased):
                h.read(house, index, named.sha256, "filer")
        assert house.keys.secrets("upload:") == {}
        assert h.read(house, third, other.sha256, "filer") == h.PDF
        assert faults(house, h.finding("one", named, words="again")) == [("evidence.0.sha256", "no_attachment")]
        assert house.verify() == []


# ── kept whole ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_missing_and_an_altered_file_are_found_and_named(house: Authority, tmp_path: Path) -> None:
    one = house.act(h.finding("one", first := h.uploaded(house, h.PDF, "a.pdf")), h.LAB).index
    two = house.act(h.finding("two", second := h.uploaded(house, h.JPEG, "b.jpg")), h.LAB).index
    addresses = [json.loads(house.store.entry(index).leaf)["blobs"][0] for index in (one, two)]
    paths = [house.folder / "blobs" / address[:2] / address for address in addresses]
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-1] + b"?")
    found = {item.where: item.problem for item in house.verify()}
    assert f"blob {addresses[0]} of leaf {one}" in found
    assert "its SHA-256 is" in found[f"blob {addresses[1]} of leaf {two}"]
    with pytest.raises(RecordFault, match="missing"):
        h.read(house, one, first.sha256, "filer")
    with pytest.raises(RecordFault, match="altered"):
        h.read(house, two, second.sha256, "filer")
    house.close()
    diagnosis = fsck(house.folder)
    assert [item.remedy for item in diagnosis.found] == ["backup", "backup"]
    made = backup(house.folder, tmp_path / "backup")
    assert sorted(made.files_missing) == sorted(addresses)


def test_backup_and_restore_bring_attachments_back_and_copy_each_once(house: Authority, tmp_path: Path) -> None:
    named = h.uploaded(house, h.PDF, "a.pdf")
    index = house.act(h.finding("one", named), h.LAB).index
    h.uploaded(house, h.JPEG, "waits.jpg")
    backup(house.folder, tmp_path / "backup")
    (copied,) = [path for path in (tmp_path / "backup" / "blobs").rglob("*") if path.is_file()]
    was = copied.stat().st_ino
    more = h.uploaded(house, h.PNG, "c.png")
    house.act(h.finding("two", more), h.LAB)
    made = backup(house.folder, tmp_path / "backup", keys=tmp_path / "keys")
    assert (made.files_missing, copied.stat().st_ino) == ((), was)
    house.close()
    shutil.rmtree(house.folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("commonweal.authority.discover", h.installed)
        restore(tmp_path / "backup", house.folder, keys=tmp_path / "keys", nothing_after=True)
    with h.opened(house.folder) as back:
        assert h.read(back, index, named.sha256, "filer") == h.PDF
        assert back.verify() == []
    assert fsck(house.folder).sound


def test_in_a_database_it_is_the_same(postgres: Server, tmp_path: Path) -> None:
    """Through PostgreSQL from upload to sweep, with nothing of it in the folder."""
    place, clock = PostgresHouse(postgres), h.Dial()
    try:
        settings = replace(h.SETTINGS, database=place.url)
        with Authority.create(tmp_path / "d", settings, clock=clock, installed=h.installed()) as house:
            named, loose = h.uploaded(house, h.PDF, "a.pdf"), h.uploaded(house, h.JPEG, "b.jpg")
            index = house.act(h.finding("one", named), h.LAB).index
            assert h.read(house, index, named.sha256, "filer") == h.PDF
            assert faults(house, h.finding("two", named)) == [("evidence.0.sha256", "no_attachment")]
            clock.at += timedelta(days=2)
            assert house.attachments.sweep() == 1
            assert faults(house, h.finding("two", loose)) == [("evidence.0.sha256", "no_attachment")]
            assert house.verify() == []
            place.sql(f"UPDATE {place.schema}.sealed_file SET data = 'x'")
            assert [item.where.split()[0] for item in house.verify()] == ["blob"]
        assert not (tmp_path / "d" / "blobs").exists()
    finally:
        place.close()
