"""What `weal --help` shows: every command once, on a shelf, with one line that says what it does."""

from __future__ import annotations

from commonweal.doors.cli.main import _SHELVES, app


def test_every_command_stands_on_one_shelf_and_says_what_it_does() -> None:
    shelved = [name for names in _SHELVES.values() for name in names]
    known = [name for name in app if not name.startswith("-")]
    assert sorted(shelved) == sorted(known)
    assert [name for name in known if not app[name].help] == []
