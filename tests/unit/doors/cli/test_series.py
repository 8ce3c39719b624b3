"""`weal series`: as known on a day, every vintage of a value, what there is, drawn into a file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli.main import main
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "series.example/log", instant("2008-01-01T00:00:00Z"), replay=True)
NAME, US = "laus.unemployed{sex=f}", "area:us"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    where = tmp_path / "a"
    clock = ReplayClock(instant("2008-09-01T00:00:00Z"))
    with Authority.create(where, SETTINGS, clock=clock) as authority:
        for day, value in ((date(2008, 9, 5), 5.7), (date(2008, 10, 3), 6.1)):
            clock.set(instant(f"{day}T12:30:00Z"))
            rows = [Observation(NAME, US, date(2008, 8, 1), value, value - 0.2, value + 0.2, "percent", "table A-1")]
            rows += [Observation(NAME, US, date(2008, 9, 1), 6.2)] if day.month == 10 else []
            authority.act(batch_act(rows, series_set="test", citation="a test of series", released_on=day))
        authority.follow()
    return where


def said(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    assert main([str(item) for item in argv]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_what_was_known_on_a_day_is_told_with_unit_interval_and_source(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(said(capsys, "series", folder, NAME, US, "--as-of", "2008-09-15", "--json"))
    assert [(row["event"], row["value"], row["low"]) for row in found["values"]] == [("2008-08-01", 5.7, 5.5)]
    assert (found["unit"], found["citation"], found["dimensions"]) == ("percent", "a test of series", {"sex": "f"})
    now = json.loads(said(capsys, "series", folder, NAME, US, "--json"))
    assert [row["value"] for row in now["values"]] == [6.1, 6.2]
    assert now["vintage_note"] is None
    assert "table A-1" in said(capsys, "series", folder, NAME, US)


def test_where_nothing_was_known_a_sentence_says_so_and_since_when_something_was(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, "series", folder, NAME, US, "--as-of", "2008-09-04")
    assert told.startswith(f"By 2008-09-04 nothing was known here of {NAME} about {US}.")
    assert "Its first value became known on 2008-09-05" in told
    told = said(capsys, "series", folder, NAME, US, "--since", "2009-01-01")
    assert "There are values from 2008-08-01 to 2008-09-01" in told
    found = json.loads(said(capsys, "series", folder, NAME, US, "--as-of", "2008-09-04", "--json"))
    assert (found["values"], found["nothing"]["en"][:13]) == ([], "By 2008-09-04")


def test_every_value_that_was_known_of_one_event(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(said(capsys, "series", folder, NAME, US, "--event", "2008-08-01", "--json"))
    assert [(row["known"], row["value"]) for row in found] == [("2008-09-05", 5.7), ("2008-10-03", 6.1)]


def test_what_there_is_is_listed_and_a_wrong_name_answered_with_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = json.loads(said(capsys, "series", folder, "--json"))
    assert (row["events"], row["revised"]) == (2, 1)
    assert main(["series", str(folder), "laus.unemployed", US]) == 1
    assert NAME in capsys.readouterr().err
    assert main(["series", str(folder), NAME, US, "--as-of", "last summer"]) == 2
    assert "--as-of" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "starts"), [("a.svg", b"<svg"), ("a.png", b"\x89PNG")])
def test_it_is_drawn_into_a_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, starts: bytes
) -> None:
    text = said(capsys, "series", folder, NAME, US, "--csv", "--since", "2008-09-01", "--plot", tmp_path / name)
    assert text.splitlines()[1].startswith("2008-09-01,6.2,")
    assert (tmp_path / name).read_bytes().startswith(starts)
    assert main(["series", str(folder), NAME, US, "--plot", str(tmp_path / "a.txt")]) == 1


MAPPING = """
id = "bls.laus"
citation = "Bureau of Labor Statistics"
subject_prefix = "area:us-"
[columns]
event = "month"
subject = "state"
[values]
unemp = "laus.unemployed"
"""


def test_somebody_elses_table_is_observed_by_a_mapping(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping, source = tmp_path / "m.toml", tmp_path / "t.csv"
    mapping.write_text(MAPPING)
    source.write_text("month,state,unemp\n2008-01,CA,5\n2008-02,CA,6\n")
    assert "Recorded 1 entry;" in said(capsys, "observe", folder, mapping, source)
    assert "0 entries; 1 was there already" in said(capsys, "observe", folder, mapping, source)
    found = json.loads(said(capsys, "series", folder, "laus.unemployed", "area:us-ca", "--json"))
    assert [row["value"] for row in found["values"]] == [5.0, 6.0]
    source.write_text("month,state,unemp\n2008-01,CA,5.0\n2008-02,CA,6\n2008-03,CA,7\n")
    told = said(capsys, "observe", folder, mapping, source)
    assert "Recorded 1 entry;" in told
    assert "2 values were known already, unchanged" in told
    source.write_text("month,state,unemp\n2008-03,CA,7\n")
    assert "Recorded 0 entries; 0 were there already; 0 followed. 1 value was known already" in said(
        capsys, "observe", folder, mapping, source
    )
    found = json.loads(said(capsys, "series", folder, "laus.unemployed", "area:us-ca", "--json"))
    assert (len(found["values"]), found["vintage_note"]["en"][:16]) == (3, "One vintage only")
    source.write_text("month,state,unemp\n2008-01,CA,5\n2008-02,CA,six\nlater,CA,6\n")
    assert main(["observe", str(folder), str(mapping), str(source)]) == 1
    told = capsys.readouterr().err
    assert "row 3, column unemp" in told
    assert "row 4, column month" in told
    assert main(["observe", str(folder), str(mapping), str(source), "later.csv"]) == 1
    assert "later.csv" in capsys.readouterr().err, "what would not be read is not passed over"
    assert main(["observe", str(folder), str(mapping)]) == 1
    capsys.readouterr()
    assert main(["observe", str(folder), str(source), str(mapping)]) == 1
    told = capsys.readouterr().err
    assert f"the mapping first, then its table: weal observe DIR {mapping} {source}" in told, "in the wrong order"


def test_a_correction_counts_though_its_newest_figure_is_older(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table that does not say when it was released counts from the day it is filed, whatever it is about."""
    folder, mapping, table = tmp_path / "a", tmp_path / "map.toml", tmp_path / "t.csv"
    mapping.write_text(
        'id = "t"\ncitation = "a test of corrections"\n[columns]\nevent = "date"\n[values]\nvalue = "x.rate"\n'
    )
    mapping.write_text(mapping.read_text().replace('event = "date"', 'event = "date"\nsubject = "who"'))
    assert main(["open", str(folder), "--origin", "a.example/log"]) == 0
    for rows in ("2026-01-01,area:us,5\n2026-06-01,area:us,7\n", "2026-01-01,area:us,6\n"):
        table.write_text("date,who,value\n" + rows)
        said(capsys, "observe", folder, mapping, table)
    found = json.loads(said(capsys, "series", folder, "x.rate", "area:us", "--json"))
    assert [(row["event"], row["value"]) for row in found["values"]] == [("2026-01-01", 6.0), ("2026-06-01", 7.0)]
