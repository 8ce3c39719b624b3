"""Where other people's software comes from: installed once into `.peers`, which git ignores.

Each function gives what a test runs, or skips the test and says what is missing. `python runtimes.py` installs
everything beforehand: `.ci/run` does so, and lets the summary name each test that skipped, with its reason. Nothing is
compiled from sources that we wrote but the small programs beside.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".peers"
SECONDS = 240
GO_PATH = Path("/usr/share/gocode")
SUMDB = GO_PATH / "src/golang.org/x/mod/sumdb"
Case = dict[str, Any]


@contextmanager
def _only_one() -> Iterator[None]:
    """Test processes run beside each other; one installs, the others wait."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _once(stamp: Path, wanted: str, install: Callable[[], None]) -> None:
    """Install unless `stamp` says that exactly this is there already."""
    with _only_one():
        if not (stamp.is_file() and stamp.read_text() == wanted):
            install()
            stamp.write_text(wanted)


def _run(command: list[str], what: str, **more: Any) -> None:
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, **more)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{what} took too long: is the registry reachable?")
    if done.returncode:
        pytest.skip(f"{what} did not work: {done.stderr.decode(errors='replace').strip()[-300:]}")


def plain() -> dict[str, str]:
    """The environment without this project's Python path."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "GOFLAGS"}}


def node(program: str) -> list[str]:
    """The command of a program beside this file (`sd_jwt/check.mjs`), with npm's packages within its reach."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("needs node and npm: `.ci/run` installs them")
    folder, package = CACHE / "npm", HERE / "package.json"

    def install() -> None:
        folder.mkdir(exist_ok=True)
        shutil.copy(package, folder / "package.json")
        command = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--no-package-lock",
            "--loglevel=error",
        ]
        _run(command, "npm install", cwd=folder, env=plain())

    _once(folder / "installed", package.read_text(), install)
    with _only_one():
        place = folder / program.replace("/", "_")
        if not place.is_file() or place.read_bytes() != (HERE / program).read_bytes():
            shutil.copy(HERE / program, place)
    return [found, str(place)]


def npm_version(package: str) -> str:
    return str(json.loads((CACHE / "npm/node_modules" / package / "package.json").read_text())["version"])


def go(folder: str) -> list[str]:
    """The program in a folder beside this file, compiled against Debian's Go packages, without any network."""
    known = [shutil.which("go") or "", *(str(item) for item in sorted(Path("/usr/lib").glob("go-*/bin/go")))]
    compiler = next((item for item in known if item), None)
    if compiler is None or not SUMDB.is_dir():
        pytest.skip("needs Debian's golang-1.19-go and golang-golang-x-mod-dev: `.ci/run` installs them")
    source, program = HERE / folder / "main.go", CACHE / folder

    def build() -> None:
        settings = {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOCACHE": str(CACHE / "go"), "CGO_ENABLED": "0"}
        command = [compiler, "build", "-o", str(program), str(source)]
        _run(command, "go build", env={**plain(), **settings, "GOPROXY": "off"})

    _once(CACHE / f"{folder}.built", source.read_text(), build)
    return [str(program)]


def go_package_version(package: str) -> str:
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False
    )
    return done.stdout or "unknown"


def python(program: str, package: str) -> list[str]:
    """A Python program beside this file, with a package that is no part of our own environment.

    aics-tlog says that it wants Python 3.12 and runs on 3.11 as well, so what it says is not held against it.
    """
    folder, wanted = CACHE / "python", (HERE / "requirements.txt").read_text()

    def install() -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--ignore-requires-python", "--upgrade", "--target", str(folder)]
        _run([*command, "-r", str(HERE / "requirements.txt")], f"pip install {package}")

    _once(CACHE / "python.installed", wanted, install)
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); sys.argv = sys.argv[1:]; "
            f"import runpy; runpy.run_path({str(HERE / program)!r}, run_name='__main__')", program]  # fmt: skip


def answers(command: list[str], *arguments: str, cases: object = None) -> dict[str, Case]:
    """What a peer made of each case, by the case's name: it reads cases on its standard input, or takes folders."""
    given = None if cases is None else json.dumps(cases).encode()
    done = subprocess.run([*command, *arguments], input=given, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return {item["name"]: item for item in json.loads(done.stdout)}


def main() -> None:
    """Install what can be installed here, and say what cannot."""
    for what, get in (("npm", lambda: node("sd_jwt/check.mjs")), ("Go", lambda: go("sumdb")),
                      ("PyPI", lambda: python("aics_tlog/check.py", "aics-tlog"))):  # fmt: skip
        try:
            get()
            print(f"peers: {what} is ready")
        except pytest.skip.Exception as error:
            print(f"peers: {what}: {error}")


if __name__ == "__main__":
    main()
