"""Files of an authority are their owner's alone, whoever makes them first and whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteAccess, SqliteKeys, SqliteRecord, SqliteTables
from commonweal.kernel.values import Text
from commonweal.settings import Settings


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_file_is_the_owners_alone(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.sqlite")
    held = [
        keys,
        SqliteAccess(tmp_path / "keys.sqlite"),
        SqliteRecord(tmp_path, keys.log_signer("example.org/log")),
        SqliteTables(tmp_path),
    ]
    names = {path.name: oct(mode(path)) for path in tmp_path.iterdir()}
    assert {"keys.sqlite", "record.sqlite", "projections.sqlite", "projections.sqlite-wal"} <= set(names)
    assert set(names.values()) == {oct(0o600)}, names
    for one in held:
        one.close()


def test_a_folder_that_is_made_is_the_owners_alone(tmp_path: Path) -> None:
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", datetime(2026, 1, 1, tzinfo=UTC))
    settings.write(tmp_path / "made")
    assert mode(tmp_path / "made") == 0o700
    given = tmp_path / "given"
    given.mkdir(mode=0o755)
    settings.write(given)
    assert mode(given) == 0o755, "a folder that was there keeps the mode that somebody chose"
    assert Settings.read(given) == settings


def test_a_folders_names_are_synced_after_the_settings_are_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a power failure could leave a record whose authority has no settings."""
    synced: list[tuple[str, bool]] = []
    real = os.fsync

    def note(handle: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        synced.append((path.name, (tmp_path / "made" / "authority.toml").is_file()))
        real(handle)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc to name an open file")
    monkeypatch.setattr(os, "fsync", note)
    Settings(Text(en="X", zh="X"), "x.example/ai", datetime(2026, 1, 1, tzinfo=UTC)).write(tmp_path / "made")
    assert synced == [("authority.toml.new", False), ("made", True), (tmp_path.name, True)]
