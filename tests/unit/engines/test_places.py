"""Folders and buckets as places: whole files or none, one writer at a time, and a real S3 server on this machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal.engines.places import FolderPlace, PlaceRefuses, open_place
from commonweal.kernel.record import LogState, NoteSigner, examine_log, grow
from commonweal.kernel.record.exported import ExportedLog, Place, export_log
from commonweal.kernel.values import BadInput, Busy, Conflict, NotFound

SIGNER = NoteSigner("log.example", bytes(range(32)))
BUCKET = "public-log"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = pytest.importorskip("moto.server", reason="moto speaks S3 here; `make test` installs it")
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    import boto3

    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    for name, value in {**keys, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=BUCKET)
    return f"s3://{BUCKET}/{request.node.name.partition('[')[0]}"


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    url = request.getfixturevalue("bucket") if request.param == "bucket" else f"file://{tmp_path}/public"
    opened = open_place(url)
    yield opened
    opened.close()


class Log:
    def __init__(self, size: int) -> None:
        self.grown = grow(LogState(), [b'{"n": %d}' % n for n in range(size)], SIGNER)

    def tile(self, level: int, n: int, width: int) -> bytes:
        if level < 0:
            from commonweal.kernel.record import encode_bundle

            return encode_bundle(self.grown.leaves[n * 256 : n * 256 + width])
        return next(tile.data for tile in self.grown.tiles if (tile.level, tile.n) == (level, n))[: width * 32]


def test_a_file_is_created_once_and_never_changed(place: Place) -> None:
    assert place.create("tile/0/000", b"first", "application/octet-stream", "immutable")
    assert not place.create("tile/0/000", b"second", "application/octet-stream", "immutable")
    place.settle()
    assert place.read("tile/0/000") == b"first"
    assert list(place.under("tile/0/")) == ["tile/0/000"]
    place.remove("tile/0/000")
    place.remove("tile/0/000")
    with pytest.raises(NotFound):
        place.read("tile/0/000")


def test_a_log_that_grows_can_be_checked_from_its_files_alone(place: Place) -> None:
    for size in (3, 250, 600):
        log = Log(size)
        export_log(log, log.grown.checkpoint, SIGNER.verifier, place)
        passed = examine_log(ExportedLog(place), SIGNER.verifier, "log.example", payloads=False)
        assert (passed.findings, passed.state.size) == ((), size)
    with pytest.raises(Conflict, match="put back from an older copy"):
        export_log(Log(10), Log(10).grown.checkpoint, SIGNER.verifier, place)


def test_what_is_served_says_what_it_is_and_how_long_it_keeps(bucket: str, endpoint: str) -> None:
    import boto3

    export_log(Log(300), Log(300).grown.checkpoint, SIGNER.verifier, open_place(bucket))
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    prefix = bucket.partition(BUCKET + "/")[2]
    tile = client.head_object(Bucket=BUCKET, Key=f"{prefix}/tile/0/000")
    note = client.head_object(Bucket=BUCKET, Key=f"{prefix}/checkpoint")
    assert (tile["ContentType"], tile["CacheControl"]) == (
        "application/octet-stream",
        "public, max-age=31536000, immutable",
    )
    assert note["ContentType"] == "text/plain; charset=utf-8"


def test_a_checkpoint_that_another_process_wrote_meanwhile_is_not_overwritten(bucket: str) -> None:
    one, two = open_place(bucket), open_place(bucket)
    one.replace("checkpoint", b"1", "text/plain", "no-store")
    assert two.read("checkpoint") == b"1"
    two.replace("checkpoint", b"2", "text/plain", "no-store")
    with pytest.raises(Busy, match="written by another process"):
        one.replace("checkpoint", b"1b", "text/plain", "no-store")
    assert one.read("checkpoint") == b"2"


def test_a_bucket_that_is_not_there_is_named_and_not_tried_again(bucket: str) -> None:
    with pytest.raises(PlaceRefuses, match="s3://no-such-bucket/x/tile/0/000"):
        open_place("s3://no-such-bucket/x").create("tile/0/000", b"x", "text/plain", "no-store")


def test_two_processes_do_not_write_to_one_folder(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    place.create("tile/0/000", b"x", "", "")
    script = (
        "import sys; from pathlib import Path; from commonweal.engines.places import FolderPlace\n"
        "from commonweal.kernel.values import Busy\n"
        "try: FolderPlace(Path(sys.argv[1])).create('tile/0/001', b'x', '', '')\n"
        "except Busy as error: sys.exit(str(error))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "another process exports to it" in done.stderr
    place.close()
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 0


def test_what_a_killed_process_left_half_written_is_cleared_away_and_never_under_its_name(tmp_path: Path) -> None:
    (tmp_path / ".drafts").mkdir()
    (tmp_path / ".drafts" / "tile_0_000").write_bytes(b"hal")
    place = FolderPlace(tmp_path)
    place.create("tile/0/001", b"x", "", "")
    assert not (tmp_path / ".drafts" / "tile_0_000").exists()
    place.close()


def test_a_folder_that_cannot_be_written_is_busy_and_named(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a file stands where the folder should")
    with pytest.raises(Busy, match="public"):
        FolderPlace(tmp_path / "public").create("tile/0/000", b"x", "", "")


@pytest.mark.parametrize("url", ["ftp://x/y", "s3:///x", "file://host/x", "", "s3://user@bucket/x", "s3://b?x=1"])
def test_an_address_that_is_no_place_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="s3://bucket/prefix"):
        open_place(url)


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(BadInput, match=r"pip install 'commonweal\[s3\]'"):
        open_place("s3://bucket/x")
