"""Where the public log is laid out for others to host: a folder, or a bucket that speaks S3 (or another store's way).

Buckets go through `obstore` (MIT; `pip install 'commonweal[s3]'`), which takes credentials and endpoint from the
environment, as every S3 program does (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …), and with
`COMMONWEAL_INSTANCE_CREDENTIALS=1` from the instance.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from commonweal.kernel.values import BadInput, Busy, Conflict, Fault, NotFound

INSTANCE = "COMMONWEAL_INSTANCE_CREDENTIALS"
# Without one of them the library would ask the cloud's metadata address, which nobody may do unasked.
CREDENTIALS = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SKIP_SIGNATURE", INSTANCE,
)  # fmt: skip
BUCKETS = ("s3", "gs", "az")
WANT = "file:///a/folder, or s3://bucket/prefix (gs:// and az:// too)"


def open_place(url: str) -> FolderPlace | BucketPlace:
    """The place that an address names; a path without a scheme is a folder. Raises `BadInput`."""
    parts = urlsplit(url)
    if parts.scheme in ("", "file") and parts.path and not parts.netloc:
        return FolderPlace(Path(unquote(parts.path) if parts.scheme else url))
    if parts.scheme in BUCKETS and parts.netloc and not (parts.query or parts.fragment or parts.username):
        return BucketPlace(url)
    raise BadInput(Fault("target", url, WANT), "export")


class PlaceRefuses(Conflict):
    """Trying again does not help: somebody has to change the place, or who may write there."""

    title = "The place for the export does not take it"


class FolderPlace:
    """A folder. One process at a time may write to it; each file appears whole, under its own name, or not at all."""

    at_once = 2

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drafts = folder / ".drafts"
        self._touched: set[Path] = set()
        self._lock = threading.Lock()
        self._held: Any = None

    def __str__(self) -> str:
        return str(self._folder)

    def read(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound("file", f"{self._folder}/{path}") from error

    def create(self, path: str, data: bytes, media: str, cache: str) -> bool:
        with self._writing(path) as (target, draft):
            if target.exists():
                return False
            _write(draft, data)
            draft.replace(target)
        return True

    def settle(self) -> None:
        with self._lock:
            touched, self._touched = self._touched, set()
        for folder in sorted(touched):
            _sync(folder)

    def replace(self, path: str, data: bytes, media: str, cache: str) -> None:
        with self._writing(path) as (target, draft):
            _write(draft, data)
            draft.replace(target)
        self.settle()

    def under(self, prefix: str) -> Iterator[str]:
        for folder, _, names in os.walk(self._folder / prefix):
            at = Path(folder).relative_to(self._folder).as_posix()
            yield from (f"{at}/{name}" for name in sorted(names))

    def remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            (self._folder / path).unlink()
        with suppress(OSError):  # the folder of partial tiles, once it is empty
            (self._folder / path).parent.rmdir()

    def close(self) -> None:
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None

    @contextmanager
    def _writing(self, path: str) -> Iterator[tuple[Path, Path]]:
        target = self._folder / path
        draft = self._drafts / f"{path.replace('/', '_')}"
        try:
            self._hold()
            self._make(target.parent)
            yield target, draft
        except OSError as error:
            raise Busy(f"{error.filename or target}: {error.strerror}; the export goes on from there later") from error
        with self._lock:
            self._touched.add(target.parent)

    def _hold(self) -> None:
        """Keep other processes from writing here; clear away what a killed one left."""
        with self._lock:
            if self._held is not None:
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            held = (self._folder / ".lock").open("w")
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                held.close()
                raise Busy(f"{self._folder}: another process exports to it") from error
            shutil.rmtree(self._drafts, ignore_errors=True)
            self._drafts.mkdir(exist_ok=True)
            self._held = held

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            while folder != self._folder.parent:
                self._touched.add(folder)
                folder = folder.parent


def _write(draft: Path, data: bytes) -> None:
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class BucketPlace:
    """A bucket, with an optional prefix. What is created is never overwritten; the checkpoint only from the one read.

    Both are asked of the store itself (`If-None-Match`, `If-Match`), so that two writers cannot undo one another.
    """

    at_once = 8

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._obstore = _library()
        try:
            self._store = self._obstore.store.from_url(self._url, **_options(url))
        except self._obstore.exceptions.BaseError as error:
            raise BadInput(Fault("target", url, f"{WANT}: {_said(error)}"), "export") from error
        self._seen: dict[str, str] = {}

    def __str__(self) -> str:
        return self._url

    def read(self, path: str) -> bytes:
        with self._translated(path):
            try:
                found = self._obstore.get(self._store, path)
            except FileNotFoundError as error:
                self._seen.pop(path, None)
                raise NotFound("object", f"{self._url}/{path}") from error
            self._seen[path] = found.meta["e_tag"] or ""
            return bytes(found.bytes())

    def create(self, path: str, data: bytes, media: str, cache: str) -> bool:
        with self._translated(path):
            try:
                self._obstore.put(self._store, path, data, attributes=_headers(media, cache), mode="create")
            except self._obstore.exceptions.AlreadyExistsError:
                return False
        return True

    def settle(self) -> None:
        """What a store has acknowledged is durable."""

    def replace(self, path: str, data: bytes, media: str, cache: str) -> None:
        mode: Any = {"e_tag": self._seen[path]} if self._seen.get(path) else "create"
        with self._translated(path):
            try:
                done = self._obstore.put(self._store, path, data, attributes=_headers(media, cache), mode=mode)
            except (self._obstore.exceptions.PreconditionError, self._obstore.exceptions.AlreadyExistsError) as error:
                raise Busy(f"{self._url}/{path} was written by another process meanwhile; trying again") from error
            self._seen[path] = done["e_tag"] or ""

    def under(self, prefix: str) -> Iterator[str]:
        with self._translated(prefix):
            for chunk in self._obstore.list(self._store, prefix.rstrip("/")):
                yield from (item["path"] for item in chunk)

    def remove(self, path: str) -> None:
        with self._translated(path), suppress(FileNotFoundError):
            self._obstore.delete(self._store, path)

    def close(self) -> None:
        """Connections close by themselves."""

    @contextmanager
    def _translated(self, path: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, PermissionError) as error:  # no such bucket, or not ours to write
            raise PlaceRefuses(f"{self._url}/{path}: {_said(error)}") from error
        except (self._obstore.exceptions.BaseError, OSError) as error:
            raise Busy(f"{self._url}/{path}: {_said(error)}") from error


def _library() -> Any:
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ImportError as error:
        want = "the library that speaks to buckets: pip install 'commonweal[s3]'"
        raise BadInput(Fault("obstore", "(not installed)", want), "export") from error
    return obstore


def _options(url: str) -> dict[str, Any]:
    """An endpoint on this machine may be spoken to in the clear; how long to try is bounded."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    plain = urlsplit(endpoint).scheme == "http"
    retrying = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
    options: dict[str, Any] = {"client_options": {"timeout": "30s", "allow_http": plain}, "retry_config": retrying}
    if url.startswith("s3:"):
        if not any(os.environ.get(name) for name in CREDENTIALS):
            want = f"{', '.join(CREDENTIALS[:2])}, or {INSTANCE}=1 to ask this machine's cloud for them"
            raise BadInput(Fault("credentials", "(none in the environment)", want), "export")
        options["config"] = {"aws_endpoint": endpoint} if endpoint else {}
    return options


def _headers(media: str, cache: str) -> dict[str, str]:
    return {"Content-Type": media, "Cache-Control": cache}


def _said(error: Exception) -> str:
    """The first line of what the library says; the rest is its inside."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
