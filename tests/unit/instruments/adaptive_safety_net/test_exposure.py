"""Occupational exposure, derived from shares of employment and scores; each total worked out again from the table."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.instruments.adaptive_safety_net.exposure import TABLE, parse
from commonweal.instruments.adaptive_safety_net.workbench import disruption_page
from commonweal.kernel import indicators
from commonweal.kernel.values import BadInput, Text, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "exposure.example/log", instant("2026-01-01T00:00:00Z"))


def test_the_national_exposure_is_the_sum_over_groups_of_share_times_score(tmp_path: Path) -> None:
    """From the strictest reading of the lower rater to the widest of the higher: 0.110 to 0.549."""
    found: dict[str, dict[str, float]] = {}
    bounds: dict[str, tuple[float, float]] = {}
    for row in csv.DictReader(TABLE.read_text("utf-8").splitlines()):
        found.setdefault(row["series"], {})[row["occupation"]] = float(row["value"])
        if row["low"]:
            bounds[row["occupation"]] = (float(row["low"]), float(row["high"]))
    shares, scores = found["us.employment_share"], found["us.exposure_score"]
    assert len(shares) == len(scores) == 22, "the major groups of SOC 2018 without the armed forces"
    assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
    worked = sum(shares[group] * scores[group] for group in shares)
    assert worked == pytest.approx(0.30845, abs=1e-4)
    with Authority.create(tmp_path / "a", SETTINGS) as authority:
        authority.place_all(parse(TABLE.read_bytes(), TABLE.name).acts)
        authority.follow()
        (value,) = indicators.values(authority.reader, "us.occupational_exposure", "area:us")
        assert (value["event"], value["value"]) == ("2024-05-01", pytest.approx(worked))
        assert all(low <= scores[group] <= high for group, (low, high) in bounds.items())
        told = tuple(sum(shares[group] * bounds[group][at] for group in shares) for at in (0, 1))
        assert (value["low"], value["high"]) == (pytest.approx(told[0]), pytest.approx(told[1]))
        assert told == (pytest.approx(0.110, abs=1e-3), pytest.approx(0.549, abs=1e-3))
        assert disruption_page(authority.reading("en", ""), {})["exposed"] == (0.11, 0.549)
        other = "series,subject,event,occupation,value\n" + "".join(
            f"us.employment_share,area:us-xx,2024-05-01,{group},{share}\n"
            for group, share in (("15", 0.25), ("43", 0.75))
        )
        authority.place_all(parse(other.encode(), "state.csv").acts)
        authority.follow()
        (value,) = indicators.values(authority.reader, "us.occupational_exposure", "area:us-xx")
        assert value["value"] == pytest.approx(0.25 * scores["15"] + 0.75 * scores["43"])


def test_a_table_with_a_fault_is_refused_by_row() -> None:
    with pytest.raises(BadInput, match="row 2, column value"):
        parse(b"series,event,occupation,value\nus.employment_share,2024-05-01,11,a lot\n", "t.csv")
