"""Erasing beyond one folder and one hand: by time alone, beside backups and old keys, in PostgreSQL, and in a race."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import retaining as r
from commonweal.adoption import founding_texts
from commonweal.authority import Authority, examine
from commonweal.instruments import RuleFile, discover
from commonweal.kernel import retention
from commonweal.kernel.disclosure import request_digest
from commonweal.kernel.record import Act
from commonweal.kernel.values import Conflict, ReplayClock, Text
from commonweal.settings import Settings
from commonweal.upkeep import backup, fsck, restore
from engine_houses import PostgresHouse
from postgres_server import Server

TERMS = r.text("2 years", more='erase_after = "3 years"\nautomatic = true')
AUTOMATIC = RuleFile("test.retention", "retention", "1", "application/toml", TERMS)
PAST = r.WHEN + timedelta(days=365 * 3 + 10)


def test_what_is_due_goes_by_time_alone_but_for_what_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Founded under one text that asks nobody: all texts that name a class must say so."""
    others = [rule for rule in founding_texts(discover()) if rule.room != "retention"]
    monkeypatch.setattr("commonweal.authority.founding_texts", lambda installed: [*others, AUTOMATIC])
    with r.founded(tmp_path / "a") as house:
        number = r.hold(house, about="organisation:two")
        r.wait(house, r.WHEN + timedelta(days=365 * 2 + 10))
        house.tick()
        assert retention.erasures(house.reader) == [], "its minimum has passed, but it is not due"
        r.wait(house, PAST)
        house.tick()
        (row,) = retention.erasures(house.reader)
        assert (row["holder"], row["basis"]) == (r.ONE, retention.ENDED)
        assert house.entry(row["entry"]).body["approved_by"] == "schedule"
        left = r.bytes_of(house.folder)
        assert b"SECRETOFone" not in left
        assert b"SECRETOFtwo" in left
        size = house.store.size()
        house.tick()
        assert house.store.size() == size, "and it goes once"
        r.lift(house, number)
        r.wait(house, PAST + timedelta(days=1))
        house.tick()
        assert [row["holder"] for row in retention.erasures(house.reader)] == ["organisation:two", r.ONE]
        assert b"SECRETOFtwo" not in r.bytes_of(house.folder)
        assert house.verify() == []


def test_no_backup_ever_held_the_key_and_an_old_copy_of_the_keys_is_cleaned_by_restoring(tmp_path: Path) -> None:
    with r.founded(tmp_path / "a") as house:
        private = r.private_bytes(house)
        backup(house.folder, tmp_path / "early", keys=tmp_path / "keys")
        r.wait(house)
        index = r.erase(house)
        backup(house.folder, tmp_path / "late")
        backup(house.folder, tmp_path / "early")
        for name in ("early", "late"):
            assert private not in r.bytes_of(tmp_path / name)
            assert b"SECRETOFone" not in r.bytes_of(tmp_path / name), "the payload lies there sealed"
        assert private in r.bytes_of(tmp_path / "keys"), "the one copy of the keys, not replaced since"
    restore(tmp_path / "late", tmp_path / "restored", keys=tmp_path / "keys", nothing_after=True)
    assert private not in r.bytes_of(tmp_path / "restored")
    assert b"SECRETOFone" not in r.bytes_of(tmp_path / "restored")
    assert fsck(tmp_path / "restored").found == ()
    with Authority.open(tmp_path / "restored", clock=ReplayClock(r.LATER)) as again:
        assert again.entry(r.first(again)).erased
        assert [row["entry"] for row in retention.erasures(again.reader)] == [index]
        backup(again.folder, tmp_path / "late", keys=tmp_path / "keys")
    assert private not in r.bytes_of(tmp_path / "keys"), "replaced, the copy forgets as well"


def test_in_a_database_server_neither_key_nor_text_is_in_any_row(tmp_path: Path, postgres: Server) -> None:
    """What lies in its files and its log until they are reused is PostgreSQL's (docs/trust.md)."""
    there = PostgresHouse(postgres)
    made = Settings(Text(en="X", zh="X"), "x.example/ai", r.WHEN, database=there.url)
    with Authority.create(tmp_path / "a", made, clock=ReplayClock(r.WHEN)) as house:
        for name in ("one", "two"):
            r.file(house, name)
        house.follow()
        private = house.keys.private_key(r.ONE, r.CLASS)
        assert private is not None
        assert private.private_bytes_raw() in r.bytes_of(tmp_path / "a")
        assert "SECRETOFone" in rows_of(there)
        r.wait(house)
        r.erase(house)
        left = rows_of(there)
        assert "SECRETOFone" not in left
        assert "SECRETOFtwo" in left
        assert private.private_bytes_raw() not in r.bytes_of(tmp_path / "a")
        whole = house.dump()
        house.rebuild()
        assert house.dump() == whole
    assert examine(tmp_path / "a").findings == ()
    there.close()


def rows_of(house: PostgresHouse) -> str:
    """Every row of every table, as text."""
    database = house.database()
    schemas = f"('{house.schema}', '{house.schema}_tables')"
    query = f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN {schemas}"
    names = database.rows(query)
    rows = [row for schema, name in names for row in database.rows(f'SELECT t::text FROM "{schema}"."{name}" t')]
    return "\n".join(map(str, rows))


RACER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import retaining as r
from commonweal.authority import Authority
from commonweal.kernel.values import CommonwealError, ReplayClock

with Authority.open(Path({folder!r}), clock=ReplayClock(r.LATER)) as house:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print({act}, flush=True)
    except CommonwealError as error:
        print(type(error).__name__, flush=True)
"""


@pytest.mark.parametrize("round_", range(3))
def test_an_order_and_an_erasure_of_two_processes_have_one_order(tmp_path: Path, round_: int) -> None:
    """Whichever entry comes first wins, and the record, the key and the tables say the same."""
    r.founded(tmp_path / "a").close()
    tests = str(Path(r.__file__).parent)
    racers = []
    for act in ("r.hold(house)", "r.erase(house)"):
        script = RACER.format(tests=tests, folder=str(tmp_path / "a"), act=act)
        racers.append(
            subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers if round_ % 2 else reversed(racers):
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    held, erased = (racer.communicate(timeout=60)[0].strip() for racer in racers)
    assert held.isdigit(), held
    with Authority.open(tmp_path / "a", clock=ReplayClock(r.LATER)) as house:
        gone = house.entry(r.first(house)).erased
        assert gone == (house.keys.private_key(r.ONE, r.CLASS) is None)
        assert gone == (b"SECRETOFone" not in r.bytes_of(house.folder))
        if erased.isdigit():
            assert gone
            assert int(erased) < int(held), "an erasure never stands after an order that it should have seen"
        else:
            assert erased == "Held"
            assert not gone
            assert retention.erasures(house.reader) == []
        assert house.verify() == []


def test_what_is_kept_in_the_clear_confirms_no_guess(tmp_path: Path) -> None:
    """Whoever has record, backup and every public field, but no keys, learns nothing by trying contents out."""
    with r.founded(tmp_path / "a") as house:
        act = house.check(Act(r.KIND, {"name": "one", "contact": "SECRETOFone"}, key=""), r.FILER)
        stored = house.store.entry(r.first(house))
        assert house.act(act, r.FILER).again, "a repeat is still known as one"
        with pytest.raises(Conflict, match="was used for another act"):
            house.act(replace(act, body={**act.body, "contact": "another"}), r.FILER)
        guess = request_digest(act)
        assert guess not in stored.request + stored.key
        backup(house.folder, tmp_path / "backup")
        assert guess.encode() not in r.bytes_of(tmp_path / "backup")
        assert guess.encode() not in r.bytes_of(house.folder)
