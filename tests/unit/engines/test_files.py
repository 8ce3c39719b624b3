"""Sealed files in either engine: whole or not there, one entry's and no other's, swept only while nobody's."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from commonweal.engines.postgres import PostgresRecord
from commonweal.engines.sqlite import SqliteRecord
from commonweal.kernel.record import Draft, NoteSigner, check_log
from commonweal.kernel.values import Conflict, NotFound
from engine_houses import House

Record = SqliteRecord | PostgresRecord
ORIGIN = "example.org/log"
SIGNER = NoteSigner(ORIGIN, bytes(range(32)))
CAME = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = CAME + timedelta(days=2)


@pytest.fixture
def record(engine: House) -> Record:
    return engine.record(SIGNER)


def kept(record: Record, data: bytes, at: datetime = CAME) -> str:
    address = hashlib.sha256(data).hexdigest()
    with record.files.draft() as draft:
        for start in range(0, len(data), 700_000):
            draft.write(data[start : start + 700_000])
        draft.keep(address, at)
    return address


def naming(number: int, *addresses: str) -> Draft:
    payload = f"payload {number}".encode()
    claims = {"kind": "test.act/1", "payload_sha256": hashlib.sha256(payload).hexdigest(), "blobs": list(addresses)}
    leaf = json.dumps(claims).encode()
    draft = Draft(leaf, payload, "test.act", None, "party:a", "2026-11-22T00:00:00Z", f"k{number}", "r")
    return dataclasses.replace(draft, attached=addresses)


def test_a_file_of_several_pieces_is_read_again_and_checked_with_the_log(record: Record) -> None:
    data = bytes(number % 251 for number in range(2_500_001))
    address = kept(record, data)
    assert not record.attached(address)
    record.append([naming(0, address)])
    assert record.attached(address)
    assert (record.files.holds(address), record.files.size(address)) == (True, len(data))
    pieces = list(record.files.pieces(address))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 1 << 20
    assert check_log(record, SIGNER.verifier, ORIGIN) == []


def test_another_process_finds_it(record: Record, engine: House) -> None:
    address = kept(record, b"one")
    record.append([naming(0, address)])
    other = engine.record()
    assert other.attached(address)
    assert other.blob(address) == b"one"


def test_what_is_not_kept_is_not_there(record: Record) -> None:
    address = hashlib.sha256(b"half").hexdigest()
    with record.files.draft() as draft:
        draft.write(b"half")
    assert not record.files.holds(address)
    for asked in (address, "no-address", "../../keys.sqlite", "A" * 64):
        with pytest.raises(NotFound):
            list(record.files.pieces(asked))
        with pytest.raises(NotFound):
            record.files.size(asked)
        with pytest.raises(NotFound):
            record.blob(asked)


def test_kept_twice_it_is_there_once(record: Record) -> None:
    assert kept(record, b"same") == (address := kept(record, b"same", LATER))
    assert record.blob(address) == b"same"


def test_an_entry_that_names_a_file_which_is_not_there_or_another_s_is_not_written(record: Record) -> None:
    address = kept(record, b"one")
    with pytest.raises(Conflict, match="swept"):
        record.append([naming(0, "0" * 64)])
    with pytest.raises(Conflict, match="once for each entry"):
        record.append([naming(0, address), naming(1, address)])
    assert record.size() == 0
    record.append([naming(0, address)])
    with pytest.raises(Conflict, match="once for each entry"):
        record.append([naming(1, address)])
    assert record.append([naming(0, address)])[0].again
    assert record.size() == 1


def test_only_what_is_old_and_nobody_s_is_swept(record: Record) -> None:
    named, loose, new = kept(record, b"named"), kept(record, b"loose"), kept(record, b"new", LATER)
    record.append([naming(0, named)])
    assert record.sweep(CAME) == 0
    assert record.sweep(LATER - timedelta(hours=1)) == 1
    assert [record.files.holds(address) for address in (named, loose, new)] == [True, False, True]
    assert record.sweep(LATER) == 0
    assert check_log(record, SIGNER.verifier, ORIGIN) == []
