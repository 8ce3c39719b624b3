"""A figure about 2001 says nothing about today, whenever it was filed: from which moment on, and who is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.api import app as api
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
            (row,) = client.get("/board.json?kind=series").json()
            # June 2001 ended with the first of July, and the four months that may be silent with that of November
            assert (row["about"], row["state"], row["since"]) == ("model:then", "out_of_date", "2001-11-01T00:00:00Z")
            assert said in row["next"]
            assert "数据已过时" in client.get("/zh/board?kind=series").text
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


def test_what_is_out_of_date_stands_on_the_board_though_its_state_is_ok(tmp_path: Path) -> None:
    """Nothing is on, so no threshold asks for attention: that nobody knows about today does. One line for all three."""
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", NOW, replay=True)
    with Authority.create(tmp_path / "a", settings, clock=ReplayClock(NOW)) as house:
        house.adopt(rule_file(RULE))
        rows = [Observation("eval.score", f"model:m{n}", date(2001, n, 1), 1.0) for n in (4, 5, 6)]
        house.act(batch_act(rows, series_set="eval", citation="a test", released_on=date(2026, 7, 1)))
        house.follow()
        (found,) = thresholds.stale(house.reader, NOW)
        assert (found["subjects"], found["oldest"], found["newest"]) == (3, "2001-04-01", "2001-06-01")
        assert thresholds.stale(house.reader, datetime(2001, 8, 31, tzinfo=UTC)) == []
        with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as client:
            (row,) = client.get("/board.json").json()
            (there,) = client.get("/zh/board.json").json()
        assert (row["kind"], row["about"], row["since"]) == ("series", None, "2001-09-01T00:00:00Z")
        assert row["next"].startswith("3 subjects. The newest figures are about June 2001")
        assert there["next"].startswith("3 个对象。最新数据是关于2001年6月")


def test_whoever_files_what_comes_too_late_is_told_for_which_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """July is judged; with two months of lateness, March and April are too late then, and May is not."""
    rule = RULE.replace("[let]", 'lateness = "2mo"\n[let]')
    mapping, table = tmp_path / "m.toml", tmp_path / "t.csv"
    mapping.write_text(
        'id = "t"\ncitation = "a test"\n[columns]\nevent = "day"\nsubject = "who"\n[values]\ns = "eval.score"\n'
    )
    lines = [f"2026-{month}-01,model:{who},1" for month in ("03", "04", "05") for who in ("a", "b")]
    table.write_text("\n".join(["day,who,s", *lines]))
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", NOW, replay=True)
    with Authority.create(tmp_path / "a", settings, clock=ReplayClock(NOW)) as house:
        house.adopt(rule_file(rule))
        first = [Observation("eval.score", f"model:{who}", date(2026, 7, 1), 1.0) for who in "ab"]
        house.act(batch_act(first, series_set="eval", citation="a test", released_on=date(2026, 7, 1)))
        house.follow()
    assert main(["observe", str(tmp_path / "a"), str(mapping), str(table)]) == 0
    said = capsys.readouterr().err
    assert "4 values about 2026-03-01 to 2026-04-01 came too late for the rule test.old" in said
    assert "they stand in the series, and the rule judges nothing again by them" in said
    with Authority.open(tmp_path / "a", clock=ReplayClock(NOW)) as house:
        batch = house.store.size() - 1
        assert thresholds.late_in(house.reader, [batch - 1, batch]) == [
            {"rule": "test.old", "entry": batch, "subjects": 2, "count": 4, "first": "2026-03-01", "last": "2026-04-01"}
        ]
        with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as client:
            page = client.get(f"/record/{batch}").text
            assert "4 values of this entry came too late" in page
            assert "它们保留在序列中" in client.get(f"/zh/record/{batch}").text
        with TestClient(api(house)) as client:
            (told,) = client.get(f"/api/v1/receipts/{batch}").json()["too_late"]
            assert (told["rule"], told["count"]) == ("test.old", 4)
            assert client.get(f"/api/v1/receipts/{batch - 1}").json()["too_late"] == []
