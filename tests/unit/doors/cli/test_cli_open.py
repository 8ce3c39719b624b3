"""`weal open` with what an authority says of itself: as options, by being asked, and again on a folder that says it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel import registry
from commonweal.settings import Settings

WEAL = [sys.executable, "-c", "import sys; from commonweal.doors.cli import main; sys.exit(main())"]
OFFICE = (
    "--name", "Office", "--origin", "register.example/ai", "--jurisdiction", "EU", "--jurisdiction", "FR",
    "--time-zone", "Europe/Paris", "--address", "Office for AI", "--address", "75001 Paris",
    "--email", "office@register.example", "--phone", "+33 1 23 45 67 89",
    "--administrator", "party:jane-doe", "--public-url", "https://register.example/",
)  # fmt: skip
RETENTION = """
id = "office.retention"
version = "2026-01"
title = { en = "How long we keep things", zh = "保存期限" }
jurisdiction = "FR"
time_zone = "Europe/Paris"

[source]
citation = "Decision of the office of 2 January 2026"

[[schedule]]
class = "correspondence"
title = { en = "Letters", zh = "信函" }
text = { en = "Letters are kept for five years.", zh = "信函保存五年。" }
citation = "Decision of the office of 2 January 2026, point 3"
keep = "5 years"
"""


@pytest.fixture
def weal(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*argv: object) -> tuple[int, str, str]:
        code = main([str(item) for item in argv])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return run


def test_the_options_become_the_file_and_the_administrator_gets_a_link_that_makes_a_key(
    weal: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "retention.toml").write_text(RETENTION, "utf-8")
    folder = tmp_path / "office"
    code, said, _ = weal("open", folder, *OFFICE, "--retention", tmp_path / "retention.toml", "--language", "zh")
    assert code == 0
    settings = Settings.read(folder)
    imprint = settings.imprint
    assert (imprint.jurisdictions, imprint.time_zone, imprint.languages) == (("EU", "FR"), "Europe/Paris", ("zh", "en"))
    assert (imprint.lines("en"), imprint.phone) == (("Office for AI", "75001 Paris"), "+33 1 23 45 67 89")
    assert (settings.public_url, imprint.administrators) == ("https://register.example", ("party:jane-doe",))
    link = next(line.strip() for line in said.splitlines() if "/enrol#" in line)
    assert link.startswith("https://register.example/enrol#")
    with Authority.open(folder) as authority:
        assert registry.text_in_force(authority.reader, "office.retention")["version"] == "2026-01"
        invited = authority.access.invitation_of(link.partition("#")[2])
        assert invited is not None
        assert (invited.party, invited.roles) == ("party:jane-doe", ("authority", "officer"))


def test_the_same_again_changes_nothing_and_another_is_refused_by_name(
    weal: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "office"
    assert weal("open", folder, *OFFICE)[0] == 0
    before = (folder / "authority.toml").read_bytes()
    code, said, _ = weal("open", folder, *OFFICE)
    assert code == 0
    assert "/enrol#" not in said, "a link that was given once is not given out again"
    code, _, refused = weal("open", folder, "--time-zone", "Asia/Shanghai", "--email", "office@register.example")
    assert code == 1
    assert "--time-zone" in refused
    assert "--email" not in refused
    assert (folder / "authority.toml").read_bytes() == before


def test_every_fault_is_told_under_the_name_of_its_option_and_nothing_is_made(
    weal: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    wrong = ("--origin", "https://x", "--jurisdiction", "eu", "--time-zone", "CET+1", "--email", "x", "--phone", "012",
             "--administrator", "jane", "--public-url", "x", "--database", "mysql://x")  # fmt: skip
    code, said, refused = weal("open", tmp_path / "office", *wrong)
    assert (code, said) == (1, "")
    for option in wrong[::2]:
        assert option in refused, option
    assert not (tmp_path / "office").exists()


def test_a_retention_text_with_faults_founds_nothing(weal: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    (tmp_path / "retention.toml").write_text(RETENTION.replace("5 years", "some years"), "utf-8")
    code, _, refused = weal("open", tmp_path / "office", "--retention", tmp_path / "retention.toml")
    assert code == 1
    assert "some years" in refused
    assert not (tmp_path / "office").exists()


def test_asking_needs_a_terminal(weal: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    code, _, refused = weal("open", tmp_path / "office", "--ask")
    assert code == 2, "what was typed cannot be meant here; it contradicts nothing on record"
    assert refused.startswith("The command line has a fault.\n")
    assert "a terminal to ask on" in refused
    assert not (tmp_path / "office").exists()


def test_an_office_of_blanks_is_refused(weal: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    code, _, refused = weal("open", tmp_path / "office", "--name", "   ", "--name-zh", "\t")
    assert code == 1
    assert "--name: " in refused
    assert "--name-zh: " in refused
    assert not (tmp_path / "office").exists()


def test_a_name_in_one_language_is_told_to_stand_on_the_pages_of_the_other(
    weal: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """Nobody who opens an office in English looks at its Chinese pages; whoever reads them should find its name."""
    told = "Pages and letters in Chinese will show the name Office for AI"
    assert told in weal("open", tmp_path / "one", "--name", "Office for AI")[2]
    assert told not in weal("open", tmp_path / "two", "--name", "Office for AI", "--name-zh", "人工智能办公室")[2]
    assert told not in weal("open", tmp_path / "three")[2], "a name that is filled in is in both"


def test_the_package_itself_is_the_command() -> None:
    """As whoever has not found .venv/bin tries it."""
    for typed, status in (("--help", 0), ("opne", 2)):
        command = [sys.executable, "-m", "commonweal", typed]
        said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert said.returncode == status
        assert "weal" in said.stdout + said.stderr


def test_asked_at_a_terminal_a_wrong_answer_is_asked_for_again(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    answers = ["Office", "人工智能办公室", "register.example/ai", "", "eu", "EU FR", "Europe/Pari", "Europe/Paris",
               "party:jane-doe", "Office for AI; 75001 Paris", "", "+33 1 23 45 67 89"]  # fmt: skip
    os.write(master, "".join(f"{answer}\n" for answer in answers).encode())
    run = subprocess.run(
        [*WEAL, "open", str(tmp_path / "office"), "--ask"], stdin=slave, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    os.close(slave)
    os.close(master)
    assert run.returncode == 0, run.stderr
    assert "eu" in run.stderr
    assert "Europe/Pari'" in run.stderr
    settings = Settings.read(tmp_path / "office")
    assert settings.imprint.lines("en") == ("Office for AI", "75001 Paris")
    assert (settings.name["en"], settings.name["zh"]) == ("Office", "人工智能办公室"), (
        "a page in Chinese said the English"
    )
    assert (settings.imprint.jurisdictions, settings.imprint.time_zone) == (("EU", "FR"), "Europe/Paris")
