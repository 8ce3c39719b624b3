"""The page of a threshold with levels and bounds, and what another parameter would have done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app, threshold_pages
from commonweal.instruments import rule_file
from commonweal.kernel import thresholds
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)
SCORES = (1.0, 6.0, 7.0, 9.0, 4.0, 2.0)  # January to June
RULE = """
format = 2
id = "test.danger"
version = "1"
citation = "made for a test"
title = { en = "Danger", zh = "危险" }
text = { en = "On while the score is 5 or more.", zh = "得分不低于5时触发。" }
in_force = { from = 2026-01-01 }
every = "1mo"
max_gap = "12mo"
expr = "score >= line"
value = "score"
line = "line"
[let]
line = "5"
score = "eval.score"
[[level]]
name = "watchful"
at = "6"
scale = 0.5
[[level]]
name = "alarmed"
at = "9"
scale = 1.0
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", NOW, replay=True)
    with Authority.create(tmp_path_factory.mktemp("danger"), settings, clock=ReplayClock(NOW)) as house:
        house.adopt(rule_file(RULE))
        rows = [
            Observation("eval.score", "model:example", date(2026, month, 1), score, score - 0.5, score + 0.5)
            for month, score in enumerate(SCORES, 1)
        ]
        house.act(batch_act(rows, series_set="eval", citation="a test", released_on=date(2026, 7, 9)))
        last = [Observation("eval.score", "model:new", date(2026, 7, 1), 6.0, 5.5, 6.5)]
        house.act(batch_act(last, series_set="eval", citation="a test", released_on=date(2026, 7, 9)))
        house.follow()
        with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as found:
            found.app.state.reader = house.reader  # type: ignore[attr-defined]
            yield found


def tables(html: str) -> list[list[list[str]]]:
    """The tables of a page, row by row, as plain text."""
    found = re.findall(r"<table.*?</table>", html, re.S)
    rows = [re.findall(r"<tr.*?</tr>", table, re.S) for table in found]
    cell = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.S)
    return [[[_plain(text) for text in cell.findall(row)] for row in table] for table in rows]


def _plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def test_the_chart_shows_levels_and_bounds_and_its_table_the_state_of_every_month(client: TestClient) -> None:
    html = client.get("/thresholds/test.danger").text
    svg = next(text for text in re.findall(r"<svg.*?</svg>", html, re.S) if "watchful" in text)
    assert "alarmed" in svg
    assert {"2026", "Feb", "May"} <= set(re.findall(r">([^<>]+)</text>", svg))
    one = client.get("/thresholds/test.danger?since=2026-05-01").text
    drawn = {text for svg in re.findall(r"<svg.*?</svg>", one, re.S) for text in re.findall(r">([^<>]+)</text>", svg)}
    assert "Jun" in drawn
    assert not {text for text in drawn if re.match(r"\d+ (May|Jun)$", text)}, "a rule by months has no ticks by days"
    bands = re.findall(r'<path[^>]*fill="var\(--chart-band\)"[^>]*>', svg)
    corners = [len(re.findall(r"[ML]", re.search(r' d="([^"]*)"', band)[1])) for band in bands]  # type: ignore[index]
    assert 2 * len(SCORES) in corners, "a ribbon along the lower and back along the upper bounds"
    judged = next(table for table in tables(html) if table[0][-1] == "State" and len(table[0]) == 4)
    firing = [float(row[1]) for row in judged[1:] if "on" in row[3].split()]
    assert sorted(firing) == [6.0, 7.0, 9.0], "5 or more: February, March and April"
    assert len(judged) == 1 + len(SCORES)


def test_the_page_says_the_levels_and_their_shares_in_both_languages(client: TestClient) -> None:
    assert (
        "Level watchful: from where score reaches 6, 50 % of the response" in client.get("/thresholds/test.danger").text
    )
    assert "watchful" in client.get("/zh/thresholds/test.danger").text


def test_each_value_of_a_sweep_counts_the_months_at_or_above_it(client: TestClient) -> None:
    answer = client.get("/thresholds/test.danger/sweep?parameter=let.line")
    assert answer.status_code == 200
    swept = next(table for table in tables(answer.text) if len(table) > 3)
    lines = {float(row[0]): int(row[1]) for row in swept[1:]}
    assert 5.0 in lines
    assert len(lines) > 3
    assert lines == {line: sum(score >= line for score in (*SCORES, 6.0)) for line in lines}


def test_a_parameter_that_the_rule_has_not_is_refused_with_those_it_has(client: TestClient) -> None:
    answer = client.get("/thresholds/test.danger/sweep?parameter=let.nothing")
    assert answer.status_code in (400, 422)
    assert "let.line" in answer.text
    assert client.get("/thresholds/test.nobody/sweep").status_code == 404


def test_the_sweeps_chart_names_the_value_of_the_rule_by_a_legend_and_no_word_for_a_colour(client: TestClient) -> None:
    """Colours differ between light, dark and print; a legend shows what it means in each."""
    html = client.get("/thresholds/test.danger/sweep?parameter=let.line").text
    assert "as the rule states it" in "".join(re.findall(r"<svg.*?</svg>", html, re.S))
    assert "The value as the rule states it: 5" in html
    assert "darker" not in html


def test_of_very_many_periods_the_newest_or_those_asked_for_are_shown_and_all_are_counted(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threshold_pages, "PERIODS_READ_MAX", 3)

    def judged(html: str) -> list[float]:
        found = next(table for table in tables(html) if table[0][-1] == "State" and len(table[0]) == 4)
        return [float(row[1]) for row in found[1:]]

    html = client.get("/thresholds/test.danger").text
    assert judged(html) == list(SCORES[3:])
    assert "periods from April 2026 on are shown" in html
    spent = next(table for table in tables(html) if table[0] == ["State", "For", "Share"])
    assert [row[1] for row in spent[1:]] == ["3 months", "3 months"], "all six months, though three are shown"
    assert judged(client.get("/thresholds/test.danger?since=2026-02-01").text) == list(SCORES[1:4])
    assert client.get("/thresholds/test.danger?since=summer").status_code == 422


def test_the_state_at_the_beginning_of_a_part_is_the_one_that_held_then(client: TestClient) -> None:
    """Firing from February to May: who looks from March on finds it firing at once."""
    reader = client.app.state.reader  # type: ignore[attr-defined]
    whole = thresholds.history(reader, "test.danger", "model:example")
    part = thresholds.history(reader, "test.danger", "model:example", "2026-03-01")
    assert [(since, state) for since, _, state in whole] == [
        ("2026-01-01", "ok"),
        ("2026-02-01", "firing"),
        ("2026-05-01", "ok"),
    ]
    assert [(since, state) for since, _, state in part] == [("2026-03-01", "firing"), ("2026-05-01", "ok")]


def test_a_subject_with_one_figure_is_not_shown_first_and_says_so_when_it_is_asked_for(client: TestClient) -> None:
    """One point makes no line: an empty chart looked like a fault."""
    html = client.get("/thresholds/test.danger").text
    assert '<option value="model:example" selected>' in html
    html = client.get("/thresholds/test.danger?subject=model:new").text
    assert "One period only was judged so far" in html


def test_the_page_opens_on_a_subject_that_is_on_before_one_that_switched_off_later(tmp_path: Path) -> None:
    """Who opens the page of a rule that fires wants to see where."""
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", NOW, replay=True)
    scores = {"model:on": (1.0, 6.0, 6.0, 6.0), "model:off": (1.0, 1.0, 6.0, 1.0)}
    with Authority.create(tmp_path / "house", settings, clock=ReplayClock(NOW)) as house:
        house.adopt(rule_file(RULE))
        rows = [
            Observation("eval.score", subject, date(2026, month, 1), score)
            for subject, values in scores.items()
            for month, score in enumerate(values, 1)
        ]
        house.act(batch_act(rows, series_set="eval", citation="a test", released_on=date(2026, 7, 9)))
        house.follow()
        with TestClient(app(house), base_url="http://portal.example") as found:
            assert '<option value="model:on" selected>' in found.get("/thresholds/test.danger").text
