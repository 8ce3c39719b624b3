"""What leaves is what is published: nothing sealed, nothing that still waits for its witnesses."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from tests.witnesses import Network, founded, grow, policy_text, url, witness_of

from commonweal import keeping
from commonweal.kernel.record import tiles_of
from commonweal.kernel.values import BadInput, Conflict
from commonweal.log_export import exported
from commonweal.serve import Exporter
from commonweal.settings import FILE, Settings


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {".lock"}


def test_entries_that_wait_for_witnesses_do_not_leave(tmp_path: Path) -> None:
    with founded(tmp_path / "office", policy_text("w1", 1)) as authority:
        network = Network({url(1): witness_of(tmp_path / "w1.sqlite", 1, authority.witnesses.verifier)})
        authority.witnesses.port = network
        exporting = keeping.exporting(authority, str(tmp_path / "public"))
        assert exporting.round() is None, "nothing is published yet"
        assert not (tmp_path / "public").exists() or not files(tmp_path / "public")
        authority.witnesses.ask()
        published = authority.store.size()
        grow(authority, *(str(number) for number in range(5)))
        done = exporting.round()
        assert done is not None
        assert done.size == published
        names = {tile.path for tile in tiles_of(published)} | {"checkpoint", f"tile/entries/000.p/{published}"}
        assert files(tmp_path / "public") == names
        assert (tmp_path / "public" / "checkpoint").read_bytes() == authority.witnesses.published()
        network.close()


def test_nothing_sealed_leaves(tmp_path: Path) -> None:
    with founded(tmp_path / "office") as authority:
        grow(authority, "a", "b")
        keeping.exporting(authority, str(tmp_path / "public")).round()
        payloads = [entry.payload for entry in authority.store.entries(0, 10)]
    bundle = next((tmp_path / "public" / "tile" / "entries").rglob("3")).read_bytes()
    assert payloads
    assert not any(payload in bundle or payload[:64] in bundle for payload in payloads)


def test_the_status_says_how_far_it_has_come_and_what_failed_last(tmp_path: Path) -> None:
    with founded(tmp_path / "office") as authority:
        assert authority.status()["export"] is None
        exporting = keeping.exporting(authority, str(tmp_path / "public"))
        exporting.round()
        grow(authority, "a", "b")
        said = authority.status()["export"]
        assert (said["size"], said["lag"], said["fault"]) == (1, 2, "")
        (tmp_path / "public" / "checkpoint").write_text("something else")
        with pytest.raises(Conflict, match="is not one of this log"):
            exporting.round()
        said = exported(tmp_path / "office", 3)
        assert said is not None
        assert said["lag"] == 2
        assert "is not one of this log" in said["fault"]


def test_the_service_exports_by_its_setting(tmp_path: Path) -> None:
    founded(tmp_path / "office").close()
    path = tmp_path / "office" / FILE
    path.write_text(f'export = "file://{tmp_path}/public"\n' + path.read_text())
    with founded(tmp_path / "office") as authority:
        assert authority.settings.export == f"file://{tmp_path}/public"
        exporter = Exporter(authority)
        exporter.start()
        until = time.monotonic() + 20
        while not (tmp_path / "public" / "checkpoint").is_file() and time.monotonic() < until:
            time.sleep(0.05)
        exporter.stop()
        assert (tmp_path / "public" / "checkpoint").read_bytes() == authority.witnesses.published()
        authority.settings.write(tmp_path / "again")
    assert Settings.read(tmp_path / "again").export == f"file://{tmp_path}/public"


@pytest.mark.parametrize("target", ["here", "file://host/x", "s3://", "https://x.example", 7])
def test_an_export_setting_that_names_no_place_is_refused(tmp_path: Path, target: object) -> None:
    founded(tmp_path / "office").close()
    path = tmp_path / "office" / FILE
    path.write_text(f"export = {json.dumps(target)}\n" + path.read_text())
    with pytest.raises(BadInput, match="export"):
        Settings.read(tmp_path / "office")
