"""For whom a key speaks, as somebody names it who issues it: one that finds no duties later is told of at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal import staffing
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

WHEN = instant("2026-06-01T09:00:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two companies of which one is called as the other's short name, and a third."""
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", WHEN, replay=True)
    with Authority.create(tmp_path / "a", settings, clock=ReplayClock(WHEN)) as house:
        for name, subject in (("Ostara Labs", "organisation:ostara"), ("Twin", "organisation:one"), ("twin", None)):
            house.act(Act("model_registration.organisation", {"name": name}, key=name, subject=subject))
        house.follow()
    return tmp_path / "a"


def speaks_for(folder: Path) -> str:
    with Authority.open(folder) as house:
        return house.access.issued()[-1].organisation


@pytest.mark.parametrize("named", ["ostara", "Ostara Labs", "OSTARA", "organisation:ostara"])
def test_a_registered_organisation_is_found_by_its_short_name_and_by_its_name(
    folder: Path, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["key", "issue", str(folder), "party:a", "--organisation", named]) == 0
    assert speaks_for(folder) == "organisation:ostara"
    assert ("is on the register as organisation:ostara" in capsys.readouterr().err) == (":" not in named)


def test_a_name_that_several_have_is_refused_with_both(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "issue", str(folder), "party:a", "--organisation", "Twin"]) == 1
    said = capsys.readouterr().err
    assert "--organisation" in said
    assert "organisation:one, organisation:twin" in said


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("organisation:ostra", "not on the register yet"),
        ("ostra", "no duties are shown to it; it may approve. Perhaps organisation:ostara is meant."),
    ],
)
def test_what_is_not_registered_is_taken_and_said(
    folder: Path, named: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key comes before a registration, and a court is on no register."""
    assert main(["key", "issue", str(folder), "party:a", "--organisation", named]) == 0
    assert speaks_for(folder) == named
    assert said in capsys.readouterr().err


def test_a_body_that_approves_already_stays_what_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Authority.open(folder) as house:
        house.access.issue_key("party:judge", ("officer",), organisation="ostara")
    assert main(["key", "issue", str(folder), "party:a", "--organisation", "ostara"]) == 0
    assert speaks_for(folder) == "ostara"
    assert "not organisation:ostara, which is on the register" in capsys.readouterr().err


def test_who_joins_for_a_registered_organisation_speaks_for_it(folder: Path) -> None:
    joined = ["person", "join", str(folder), "party:a", "--name", "A", "--role", "developer"]
    assert main([*joined, "--organisation", "ostara"]) == 0
    with Authority.open(folder) as house:
        house.follow()
        assert staffing.member(house, "party:a").standing.organisation == "organisation:ostara"


def test_who_is_named_in_the_record_is_told_what_their_key_no_longer_opens(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A first administrator who is then recorded as an officer alone would find themselves locked out of people."""
    with Authority.open(folder) as house:
        house.access.issue_key("party:jane", ("authority", "officer"))
    joined = ["person", "join", str(folder), "party:jane", "--name", "Jane", "--organisation", "authority"]
    assert main([*joined, "--role", "officer"]) == 0
    assert "no longer what a key or first link said: authority." in capsys.readouterr().err
