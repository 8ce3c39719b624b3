"""What a program that files is told at once: a company believed that it had reported, and by law it had not."""

from __future__ import annotations

from typing import Any

from commonweal.cautions import cautions
from commonweal.instruments.incident_reports.desk.kinds import NOTE
from commonweal.instruments.incident_reports.reports import REPORT

LAB = "organisation:lab"


def said(**body: Any) -> list[str]:
    return cautions(REPORT, body, LAB)


def test_a_report_without_organisation_by_who_speaks_for_one_is_taken_with_a_warning() -> None:
    (words,) = said(reporter="provider")
    assert "organisation was left out" in words
    assert f"organisation: {LAB}" in words


def test_nothing_is_said_where_it_is_named_or_nobody_speaks_for_one_or_it_is_not_asked() -> None:
    assert said(organisation=LAB) == []
    assert cautions(REPORT, {}, "") == []
    assert cautions(REPORT, {}, "authority") == []
    assert cautions(NOTE, {}, LAB) == []
