"""README.md tells one story that a stranger types: its commands are run, in its order, in an empty folder."""

from __future__ import annotations

import io
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal import demo
from commonweal.doors.cli import main

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
STORY = README.partition("## Open an office of your own")[2].partition("\n## ")[0]
PAGES = re.findall(r"<http://127\.0\.0\.1:8321(/[^>]*)>", STORY)
DESK, TODAY = "/incident-reports/desk", "$(date -u +%F)"
TRIES, BETWEEN_S = 300, 0.1


def commands() -> Iterator[tuple[str, str]]:
    """Each line that is typed, and what stands below it up to END."""
    rest = iter("".join(re.findall(r"```sh\n(.*?)```", STORY, re.S)).splitlines())
    for line in rest:
        reads = line.endswith("<<'END'")
        yield line.removesuffix("<<'END'"), "\n".join(iter(lambda: next(rest), "END")) if reads else ""


class Typing:
    """Somebody at a shell in an empty folder, who puts what was printed before for ENTRY and VKEY."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self._printed: dict[str, str] = {}

    def type(self, line: str, given: str) -> str:
        """Run a command, which reads what stands below it or behind `<<<`; gives what it printed."""
        words = [self._printed.get(word, word) for word in shlex.split(line)]
        to = words[words.index(">") + 1 :] if ">" in words else []
        words = words[: len(words) - 2 * len(to)]
        if "<<<" in words:
            given, words = words[-1].replace(TODAY, f"{datetime.now(UTC):%F}"), words[: words.index("<<<")]
        printed = given if words[0] == "cat" else self._weal(words[1:], given)
        for name in to:
            Path(name).write_text(printed, "utf-8")
        return printed

    def _weal(self, words: list[str], given: str) -> str:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        self._capsys.readouterr()
        status = main(words)
        told = self._capsys.readouterr()
        assert status == 0, f"{words}: {told.err}"
        for name, printed in (("ENTRY", r"Recorded as entry (\d+)"), ("VKEY", r"verifier key (\S+)")):
            self._printed.update((name, found) for found in re.findall(printed, told.out + told.err))
        return told.out


@pytest.fixture
def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.fixture
def serving() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What was begun with `&`, ended at the end."""
    begun: list[subprocess.Popen[bytes]] = []
    yield begun
    for process in begun:
        process.terminate()
        process.wait(60)


def begun(command: str, port: str) -> subprocess.Popen[bytes]:
    words = shlex.split(command.removesuffix("&"))
    words[words.index("8321")] = port
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-m", "commonweal", *words[1:]], env=environ, stderr=subprocess.DEVNULL)


def page(port: str, path: str, served: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The status and the page of the office that is served, waited for while it starts."""
    for _ in range(TRIES):
        assert served.poll() is None, "weal serve ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (ConnectionError, urllib.error.URLError):
            time.sleep(BETWEEN_S)
    raise AssertionError(f"{path} is not served")


def test_the_story_can_be_typed_as_it_stands(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    free_port: str,
    serving: list[subprocess.Popen[bytes]],
) -> None:
    """The office is written to by the commands while it is served, as a reader of the page does."""
    monkeypatch.chdir(tmp_path)
    shell, told = Typing(monkeypatch, capsys), dict[str, str]()
    for command, given in commands():
        if command.endswith("&"):
            serving.append(begun(command, free_port))
        elif not command.startswith("export "):
            told[command] = shell.type(command, given)
    assert all(name in told["weal person list office"] for name in ("Jane Doe", "Li Wei", "Maya Okafor", "Sam Weaver"))
    assert "eu.ai_act_incidents.measures about report:ir-2026-1: owed" in told["weal duties office --why"]
    assert "An assistant doubled a dose" in told["weal export office incident_reports incidents"]
    shown = {path: page(free_port, path, serving[0]) for path in PAGES}
    assert {path: status for path, (status, _) in shown.items()} == {
        path: 403 if path == DESK else 200 for path in PAGES
    }
    assert "An assistant doubled a dose" in shown["/incident_reports/incidents"][1]


def test_each_key_that_the_page_offers_is_of_somebody_whom_the_demonstration_names() -> None:
    """Its parties are drawn from a seed: another draw would leave the page with people who are not there."""
    offered = dict(re.findall(r"^weal key issue demo (party:\S+)(?: --role (\w+))?", README, re.M))
    named = {one.party: "" if one.role == "developer" else one.role for one in demo.people()}
    assert offered.items() <= named.items()
    assert offered.keys() >= {demo.people()[0].party, *(one.party for one in demo.people() if "synthetic" in one.party)}


def test_one_office_is_opened_once_and_has_one_name() -> None:
    """A stranger who types everything from top to bottom is never told that the office is there already."""
    assert len(re.findall(r"^weal open ", README, re.M)) == 1
    named = set(re.findall(r"weal (?:\w+ )?(?:\w+ )?(office\w*)", README))
    assert named == {"office"}


def test_more_colleagues_than_two_join_and_the_administrator_by_two_persons() -> None:
    """The page shows the rule that docs/people.md tells."""
    asked, confirmed = re.findall(r"^weal person (appoint|confirm) .*--key-file (\w+\.key)$", STORY, re.M)
    assert (asked[0], confirmed[0]) == ("appoint", "confirm")
    assert asked[1] != confirmed[1]
