"""`weal key custody`, and how a passphrase reaches a server and what that starts: in no argument, in no environment."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from commonweal import keeping
from commonweal.authority import Authority
from commonweal.doors.cli import main, unlocking
from commonweal.engines import custody

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("COMMONWEAL_PASSPHRASE", "COMMONWEAL_PASSPHRASE_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.setenv(name, "")  # so that what a command sets is undone
    custody.forget()
    folder = tmp_path / "office"
    assert main(["open", str(folder)]) == 0
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    return folder


def seal(folder: Path) -> None:
    given = str(folder.parent / "passphrase")
    assert main(["key", "custody", str(folder), "--passphrase", "--new-passphrase-file", given]) == 0
    custody.forget()


def test_a_folder_is_put_under_a_passphrase_in_place(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "custody", str(office)]) == 0
    assert "in the open" in capsys.readouterr().out
    seal(office)
    assert "under a passphrase" in capsys.readouterr().out
    assert main(["status", str(office)]) == 1
    assert "--passphrase-file" in capsys.readouterr().err
    given = str(office.parent / "passphrase")
    assert main(["status", str(office), "--passphrase-file", given]) == 0
    custody.forget()
    assert main([f"--passphrase-file={given}", "verify", str(office)]) == 0
    (office.parent / "wrong").write_text("wrong")
    custody.forget()
    capsys.readouterr()
    assert main(["verify", str(office), "--passphrase-file", str(office.parent / "wrong")]) == 1
    said = capsys.readouterr().err
    assert "not the one" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("given", [b"", b"\n", b"  \n", b"x" * 5000])
def test_a_passphrase_that_nobody_could_give_again_is_refused(
    office: Path, given: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was sealed under it would be lost for good."""
    (office.parent / "new").write_bytes(given)
    code = main(["key", "custody", str(office), "--passphrase", "--new-passphrase-file", str(office.parent / "new")])
    assert code != 0
    assert "nothing was changed" in capsys.readouterr().err
    assert main(["key", "custody", str(office)]) == 0
    assert "in the open" in capsys.readouterr().out


def test_wrong_options_are_named(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "custody", str(office), "--passphrase", "--open"]) == 1
    assert "one of --passphrase" in capsys.readouterr().err
    assert main(["key", "custody", str(office), "--passphrase"]) == 1
    assert "--new-passphrase-file" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="files in memory are Linux's")
def test_a_server_unlocks_and_the_passphrase_is_in_no_argument_environment_or_log(office: Path) -> None:
    """As after a prompt: the parent holds the passphrase in memory, the workers it starts read it from there."""
    seal(office)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    asked = (
        "import sys; from commonweal.doors.cli import main, unlocking; "
        "unlocking.keep('passphrase', sys.stdin.readline().strip().encode()); "
        f"sys.exit(main(['serve', {str(office)!r}, '--port', '{port}']))"
    )
    log = office.parent / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-c", asked], stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
        )
    try:
        assert server.stdin is not None
        server.stdin.write(PASSPHRASE.encode() + b"\n")
        server.stdin.close()
        assert answers(port, server), log.read_text()
        family = [server.pid, *children(server.pid)]
        assert len(family) > 1
        for process in family:
            for name in ("cmdline", "environ"):
                assert PASSPHRASE.encode() not in Path(f"/proc/{process}/{name}").read_bytes()
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(30)
    assert PASSPHRASE not in log.read_text()


def test_what_is_kept_for_others_can_be_read_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE_FILE", "")
    unlocking.keep("passphrase", b"one two")
    path = Path(os.environ["COMMONWEAL_PASSPHRASE_FILE"])
    assert path.read_bytes() == path.read_bytes() == b"one two"


def answers(port: int, server: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/log/checkpoint", timeout=5) as answer:
                return bool(answer.read())
        except OSError:
            time.sleep(0.1)
    return False


def children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(item) for item in (task / "children").read_text().split()]
    return found + [grand for child in found for grand in children(child)]


def test_the_logs_key_is_rotated_listed_and_lost(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "rotate", str(office), "--overlap", "2"]) == 0
    assert main(["key", "rotate", str(office), "--compromised"]) == 0
    capsys.readouterr()
    assert main(["key", "signing", str(office), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [key["ended"] for key in document["keys"]] == ["rotated", "compromised", None]
    assert len(document["changes"]) == 2
    for vkey in [key["vkey"] for key in document["keys"]]:
        assert main(["verify", str(office), "--vkey", vkey]) == 0
    assert main(["key", "rotate", str(office), "--void-from", "3"]) == 1
    first, now = document["keys"][0]["vkey"], document["keys"][-1]["vkey"]
    assert main(["key", "withdraw", str(office), now]) == 1
    assert main(["key", "withdraw", str(office), first, "--void-from", "1"]) == 0
    assert "counts up to 0 entries" in capsys.readouterr().out
    assert main(["key", "lost", str(office)]) == 1
    assert "nothing is lost" in capsys.readouterr().err
    (office / "keys.sqlite").unlink()
    assert main(["status", str(office)]) == 1
    assert "keys.sqlite" in capsys.readouterr().err
    assert main(["key", "lost", str(office)]) == 0
    assert "is signed with" in capsys.readouterr().out
    assert main(["key", "signing", str(office)]) == 0
    assert "lost" in capsys.readouterr().out
    assert main(["verify", str(office)]) == 1
    assert "lost, not erased" in capsys.readouterr().err


def test_keys_whose_passphrase_is_forgotten_can_be_given_up(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal(office)
    assert main(["key", "lost", str(office)]) == 1
    assert "passphrase" in capsys.readouterr().err
    assert main(["key", "lost", str(office), "--locked-out"]) == 0
    assert (office / "keys.sqlite.lost-1").is_file()
    assert main(["status", str(office)]) == 0


def test_a_receipt_under_a_later_key_is_followed_from_the_key_known(office: Path) -> None:
    with Authority.open(office) as authority:
        old = authority.vkey
    assert main(["key", "rotate", str(office), "--overlap", "0"]) == 0
    assert main(["key", "rotate", str(office), "--overlap", "0"]) == 0
    with Authority.open(office) as authority:
        receipt, keys = office.parent / "receipt.json", office.parent / "keys.json"
        receipt.write_text(json.dumps(authority.receipt(0).as_dict()))
        keys.write_text(json.dumps(keeping.published_keys(authority)))
    assert main(["verify", str(receipt), "--vkey", old]) == 1
    assert main(["verify", str(receipt), "--vkey", old, "--keys", str(keys)]) == 0
    keys.write_text(json.dumps({"changes": []}))
    assert main(["verify", str(receipt), "--vkey", old, "--keys", str(keys)]) == 1
