"""What a person is told where something cannot be done: what is wrong, and what mends it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from commonweal import keeping
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.engines.places import CREDENTIALS, open_place
from commonweal.engines.sqlite import _files
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput
from commonweal.log_export import exported


def test_a_founding_that_failed_early_is_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A full disk leaves keys that signed nothing; the folder is no stranger's because of them."""
    office = tmp_path / "office"
    office.mkdir()
    (office / "keys.sqlite").touch()
    assert main(["open", str(office), "--origin", "a.example/log"]) == 0, capsys.readouterr().err
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").touch()
    assert main(["open", str(tmp_path / "letters")]) == 1


@pytest.mark.parametrize(("free", "said"), [(0, "the disk is full"), (1 << 30, "the disk failed")])
def test_a_failed_write_on_a_full_disk_is_called_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    monkeypatch.setattr(_files.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    assert said in str(_files._meaning(tmp_path / "record.sqlite", error))


def test_an_export_elsewhere_leaves_the_status_of_the_one_in_the_settings(tmp_path: Path) -> None:
    office = tmp_path / "office"
    assert main(["open", str(office), "--origin", "a.example/log"]) == 0
    text = (office / "authority.toml").read_text("utf-8")
    (office / "authority.toml").write_text(f'export = "file://{tmp_path}/ours"\n{text}', "utf-8")
    with Authority.open(office) as authority:
        keeping.exporting(authority).round()
        before = exported(office)
        assert before is not None
        keeping.exporting(authority, str(tmp_path / "other")).round()
        assert (tmp_path / "other" / "checkpoint").is_file()
        assert exported(office) == before


def test_nobody_asks_the_cloud_for_credentials_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore", reason="the extra for buckets is not installed")
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BadInput, match="COMMONWEAL_INSTANCE_CREDENTIALS"):
        open_place("s3://bucket/log")


def test_a_sigstore_bundle_is_named_with_who_verifies_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}), "utf-8")
    assert main(["verify", str(file)]) == 1
    said = capsys.readouterr().err
    assert "Sigstore bundle" in said
    assert "weal trusted-root" in said


def test_every_fault_of_an_annulment_is_named_at_once(tmp_path: Path) -> None:
    assert main(["open", str(tmp_path / "office"), "--origin", "a.example/log"]) == 0
    with Authority.open(tmp_path / "office") as authority, pytest.raises(BadInput) as caught:
        authority.act(Act("record.annulled", {"entry": 99_999, "reason_code": "zz"}, ""))
    assert {fault.where for fault in caught.value.faults} == {"entry", "reason_code"}
