"""Keys under a passphrase: nothing plain is left in any file, a wrong one damages nothing, and it stays cheap."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from commonweal.engines import custody
from commonweal.engines.sqlite import SqliteKeys
from commonweal.kernel.disclosure.custody import Locked
from commonweal.kernel.values import Busy, RecordFault

N = 1 << 10  # the rounds of scrypt: few, so that the tests are quick
HOLDERS = [(f"model:m{number}", "permanent") for number in range(300)]


@pytest.fixture(autouse=True)
def _nothing_unlocked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(custody, "SCRYPT_N", N)
    custody.forget()
    yield
    custody.forget()


def sealed(path: Path, passphrase: bytes = b"correct horse") -> list[bytes]:
    """A file whose keys are under a passphrase, and the private keys in it."""
    keys = SqliteKeys(path)
    keys.ensure(HOLDERS)
    private = [keys.private_key(*holder).private_bytes_raw() for holder in HOLDERS]
    private += [keys.log_seed(), keys.seed("witness-0x04-seed"), keys.secret("log-ed25519-seed")]
    keys.issuer_key()
    private.append(keys.secret("issuer-p256-scalar"))
    keys.convert(*custody.with_passphrase(passphrase, n=N))
    keys.close()
    custody.forget()
    return private


def anywhere(folder: Path, private: list[bytes]) -> list[str]:
    """The files that hold any of these bytes."""
    return [path.name for path in folder.iterdir() if any(item in path.read_bytes() for item in private)]


def test_no_private_byte_is_left_in_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = sealed(tmp_path / "keys.sqlite")
    assert anywhere(tmp_path, private) == []
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "correct horse")
    keys = SqliteKeys(tmp_path / "keys.sqlite")
    assert [keys.private_key(*holder).private_bytes_raw() for holder in HOLDERS] == private[: len(HOLDERS)]
    assert keys.log_seed() == private[len(HOLDERS)]
    keys.ensure([("model:later", "permanent")])  # what is made from now on is wrapped too
    keys.put_secret("later", b"L" * 32)
    later = keys.private_key("model:later", "permanent")
    assert later is not None
    assert anywhere(tmp_path, [later.private_bytes_raw(), b"L" * 32]) == []
    keys.close()


def test_the_search_would_find_keys_in_the_open(tmp_path: Path) -> None:
    """The search above can fail: before the conversion it finds every key."""
    keys = SqliteKeys(tmp_path / "keys.sqlite")
    keys.ensure(HOLDERS)
    assert anywhere(tmp_path, [keys.log_seed()])
    keys.close()
    assert anywhere(tmp_path, [SqliteKeys(tmp_path / "keys.sqlite").log_seed()]) == ["keys.sqlite"]


@pytest.mark.parametrize("given", [None, "wrong", "", "correct horse "])
def test_without_the_passphrase_the_answer_is_clear_and_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    sealed(tmp_path / "keys.sqlite")
    before = (tmp_path / "keys.sqlite").read_bytes()
    if given is not None:
        monkeypatch.setenv("COMMONWEAL_PASSPHRASE", given)
    with pytest.raises(Locked, match="passphrase") as error:
        SqliteKeys(tmp_path / "keys.sqlite")
    assert error.value.status == 503
    assert error.value.wanted == "passphrase"
    assert (tmp_path / "keys.sqlite").read_bytes() == before
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "correct horse")
    SqliteKeys(tmp_path / "keys.sqlite").close()


def test_a_passphrase_is_found_where_the_documentation_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file before systemd's credential before the environment; a newline at its end is not part of it."""
    sealed(tmp_path / "keys.sqlite")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (tmp_path / "right").write_bytes(b"correct horse\n")
    (tmp_path / "wrong").write_bytes(b"battery staple\n")
    (credentials / "commonweal-passphrase").write_bytes(b"correct horse")
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "wrong")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    SqliteKeys(tmp_path / "keys.sqlite").close()
    custody.forget()
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE_FILE", str(tmp_path / "wrong"))
    with pytest.raises(Locked):
        SqliteKeys(tmp_path / "keys.sqlite")
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE_FILE", str(tmp_path / "right"))
    SqliteKeys(tmp_path / "keys.sqlite").close()
    custody.forget()
    read, write = os.pipe()
    os.write(write, b"correct horse\n")
    os.close(write)
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE_FILE", f"/dev/fd/{read}")
    SqliteKeys(tmp_path / "keys.sqlite").close()
    os.close(read)


def test_the_passphrase_can_be_changed_and_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change makes a new data key: who knew the old passphrase and the old file can open nothing of the new one."""
    path = tmp_path / "keys.sqlite"
    private = sealed(path)
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "correct horse")
    keys = SqliteKeys(path)
    old = keys.custody
    keys.seal_with_passphrase(b"battery staple")
    row = keys._connection.execute("SELECT private, subject FROM holder_key").fetchone()
    with pytest.raises(RecordFault):
        old.unwrap(f"holder\npermanent\n{row[1]}", row[0])
    keys.close()
    custody.forget()
    with pytest.raises(Locked):
        SqliteKeys(path)
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "battery staple")
    keys = SqliteKeys(path)
    keys.unseal()
    keys.close()
    monkeypatch.delenv("COMMONWEAL_PASSPHRASE")
    keys = SqliteKeys(path)
    assert [keys.private_key(*holder).private_bytes_raw() for holder in HOLDERS] == private[: len(HOLDERS)]
    keys.close()


def test_a_wrapped_key_moved_to_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can write the file cannot swap one subject's key for another's."""
    path = tmp_path / "keys.sqlite"
    sealed(path)
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "correct horse")
    keys = SqliteKeys(path)
    keys._connection.execute(
        "UPDATE holder_key SET private = (SELECT private FROM holder_key WHERE subject = 'model:m1') "
        "WHERE subject = 'model:m2'"
    )
    with pytest.raises(RecordFault, match="model:m2"):
        keys.private_key("model:m2", "permanent")
    keys.close()


def test_a_process_that_opened_before_the_change_writes_nothing_plain(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    before = SqliteKeys(path)
    before.ensure(HOLDERS[:1])
    other = SqliteKeys(path)
    other.seal_with_passphrase(b"correct horse")
    for write in (lambda: before.ensure(HOLDERS), lambda: before.put_secret("x", b"y"), lambda: before.seed("z")):
        with pytest.raises(Locked, match="start this one again"):
            write()
    assert before.private_key(*HOLDERS[0]) is not None  # what it holds in memory it can still read
    with pytest.raises(Locked, match="start this one again"):
        before.log_seed()
    before.close()
    other.close()


def test_a_reader_that_holds_the_log_is_named_and_the_next_opening_ends_the_cleaning(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    keys, reader = SqliteKeys(path), SqliteKeys(path)
    keys.ensure(HOLDERS)
    seed = keys.log_seed()
    keys._connection.execute("PRAGMA busy_timeout = 50")
    reader._connection.execute("BEGIN")
    reader._connection.execute("SELECT * FROM holder_key").fetchone()
    with pytest.raises(Busy, match=r"locked|repeat"):
        keys.seal_with_passphrase(b"correct horse")
    reader.close()
    keys.close()
    SqliteKeys(path).close()
    assert anywhere(tmp_path, [seed]) == []


def test_threads_share_one_unlocking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed(tmp_path / "keys.sqlite")
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "correct horse")
    keys = SqliteKeys(tmp_path / "keys.sqlite")
    stretched: list[int] = []
    monkeypatch.setattr(custody, "_stretched", lambda *_: stretched.append(1))
    threads = [threading.Thread(target=lambda at=at: keys.ensure([(f"model:t{at}", "permanent")])) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = SqliteKeys(tmp_path / "keys.sqlite")
    assert all(again.private_key(f"model:t{at}", "permanent") is not None for at in range(8))
    assert stretched == []
    keys.close()
    again.close()


@pytest.mark.parametrize("text", ["{", '{"kind": "later"}', '{"kind": "passphrase", "kdf": "scrypt", "n": 1073741824}'])
def test_a_description_nobody_wrote_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters from a file may not take all memory."""
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "x")
    with pytest.raises(RecordFault):
        custody.unlock(text)
