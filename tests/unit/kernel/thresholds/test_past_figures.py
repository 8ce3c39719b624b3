"""A figure about 2001 says nothing about today, whenever it was filed: from which moment on, and who is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.cli.main import main
from commonweal.doors.portal import app
from commonweal.instruments import rule_file
from commonweal.kernel import thresholds
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.thresholds import is_past, read_rule
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)
RULE = """
id = "test.old"
version = "1"
citation = "made for a test"
title = { en = "Old", zh = "旧" }
text = { en = "On while the score is 5 or more.", zh = "得分不低于5时触发。" }
in_force = { from = 2000-01-01 }
every = "1mo"
max_gap = "4mo"
expr = "score >= 5"
value = "score"
[let]
score = "eval.score"
"""


@pytest.mark.parametrize(
    ("lateness", "last", "first"),
    [
        # January ends when February begins; four months of silence from there on end with the first of June
        ("", datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)),
        ('lateness = "2mo"', datetime(2026, 7, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)),
    ],
)
def test_figures_are_past_once_their_period_lateness_and_silence_are_over(
    lateness: str, last: datetime, first: datetime
) -> None:
    rule = read_rule(RULE.replace("[let]", f"{lateness}\n[let]"))
    assert not is_past(rule, "2026-01-01", last)
    assert is_past(rule, "2026-01-01", first)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two subjects, both on by their newest figures: of one these are about June 2001, of the other about June 2026."""
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", NOW, replay=True)
    with Authority.create(tmp_path / "a", settings, clock=ReplayClock(NOW)) as house:
        house.adopt(rule_file(RULE))
        house.follow()
        for subject, event in (("model:then", date(2001, 6, 1)), ("model:now", date(2026, 6, 1))):
            row = Observation("eval.score", subject, event, 7.0)
            house.act(batch_act([row], series_set="eval", citation="a test", released_on=date(2026, 7, 1)))
        house.follow()
    return tmp_path / "a"


def test_the_page_the_board_and_the_status_say_of_when_they_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Authority.open(folder, clock=ReplayClock(NOW)) as house:
        assert [row["subject"] for row in thresholds.past_figures(house.reader, NOW)] == ["model:then"]
        with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as client:
            said = "The newest figures are about June 2001 and were filed on 10 July 2026"
            assert said in client.get("/thresholds/test.old?subject=model:then").text
            assert "The newest figures are about" not in client.get("/thresholds/test.old?subject=model:now").text
            assert "最新数据是关于2001年6月" in client.get("/zh/thresholds/test.old?subject=model:then").text
            rows = {row["about"]: row for row in client.get("/board.json?kind=threshold").json()}
            assert (said in rows["model:then"]["next"], rows["model:then"]["urgency"]) == (True, "watch")
            assert rows["model:now"]["urgency"] == "soon"
    assert main(["status", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "model:then: newest figures about 2001-06-01, filed 2026-07-10; they say nothing about today" in told
    assert main(["status", str(folder), "--json"]) == 0
    assert [row["subject"] for row in json.loads(capsys.readouterr().out)["past_figures"]] == ["model:then"]


def test_the_board_calls_silent_what_has_fallen_silent(folder: Path) -> None:
    later = datetime(2026, 11, 20, tzinfo=UTC)
    with Authority.open(folder, clock=ReplayClock(later)) as house:
        house.tick(later)
        with TestClient(app(house), base_url="http://portal.example") as client:
            rows = client.get("/board.json?kind=series").json()
    assert {row["about"]: (row["state"], row["since"]) for row in rows} == {
        "model:then": ("silent", "2026-11-10"),  # filed on 10 July 2026, and four months
        "model:now": ("silent", "2026-11-10"),
    }
