"""`weal duties`, as somebody types it who owes something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icalendar import Calendar

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

WHEN = instant("2026-06-01T09:00:00Z")
RULE = "eu.ai_act.art52_1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One model over the line, on the EU market, not notified."""
    made = tmp_path_factory.mktemp("duties") / "a"
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", WHEN, replay=True)
    with Authority.create(made, settings, clock=ReplayClock(WHEN)) as house:
        house.act(Act("model_registration.organisation", {"name": "Lab"}, key="1"))
        body = {"name": "Big", "organisation": "organisation:lab", "compute_flop": 3e25, "placed_on_eu_market": True,
                "compute_confidence": "declared", "placed_on_eu_market_on": "2026-05-01"}  # fmt: skip
        house.act(Act("model_registration.model", body, key="2"))
        house.follow()
    return made


def test_what_is_owed_and_why_by_that_day(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["duties", str(folder), "--rule", RULE]) == 0
    assert "2026-06-15" in capsys.readouterr().out
    assert main(["duties", str(folder), "--rule", RULE, "--why"]) == 0
    told = capsys.readouterr().out
    assert "more than 1e+25 is asked for; on file is 3e+25" in told
    assert "The clock runs from when all that is asked for was known here." in told
    assert "2 weeks end on the same day of the week: Monday 2026-06-15." in told


def test_why_in_the_other_language_and_in_one_that_there_is_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["duties", str(folder), "--rule", RULE, "--why", "--language", "zh"]) == 0
    told = capsys.readouterr().out
    assert "2026-06-15（星期一）" in told
    assert "The clock" not in told
    assert main(["duties", str(folder), "--why", "--language", "fr"]) == 1
    assert "one of: en, zh" in capsys.readouterr().err


def test_duties_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--party", "organisation:lab", "--jurisdiction", "EU", "--due-before", "2026-07-01", "--json"]
    assert main(["duties", str(folder), *asked]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["rule"], row["state"], row["due"]) == (RULE, "owed", "2026-06-15T22:00:00Z")
    assert main(["duties", str(folder), "--due-before", "2026-06-15", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["duties", str(folder), "--on-time", "--json", "--rule", RULE]) == 0
    assert json.loads(capsys.readouterr().out)[0]["open"] == 1


def test_a_calendar_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["duties", str(folder), "--ics", str(tmp_path / "duties.ics")]) == 0
    assert "1 deadlines" in capsys.readouterr().err
    [event] = Calendar.from_ical((tmp_path / "duties.ics").read_bytes()).walk("VEVENT")
    assert str(event["SUMMARY"]).endswith(": Big")


def test_a_state_that_there_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["duties", str(folder), "--state", "late"]) == 1
    assert "not_public" in capsys.readouterr().err
