"""A sample for an auditor: drawn by nobody's choice, proven row by row, and checked where there is nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commonweal.doors.cli import main
from commonweal.instruments.portable_benefits import auditing, views
from commonweal.kernel.record import lot_of
from commonweal.kernel.values import BadInput, Forbidden, NotFound, RecordFault

from .conftest import AUDITOR, CITY, DRIVER, FUND, SWIFT, Fund, person, table
from .test_money import worked


@pytest.fixture
def audited(fund: Fund) -> Fund:
    """Two people and two payers for a year; one of the people has two accounts."""
    fund.at("2026-01-05T09:00:00Z")
    fund.file("member", person(2), name="PB-2")
    fund.file("member", DRIVER, name="PB-3")
    worked(fund, SWIFT, hours="100")
    worked(fund, CITY, hours="100")
    rows = [f"PB-{number},2025-04-01,2025-06-30,USD,1234.56,17.5,9" for number in (1, 2, 3)]
    fund.send(table(*rows, period="2025-Q2"))
    return fund


def draw(fund: Fund, rows: int = 6) -> dict[str, Any]:
    index = fund.file("drawn", AUDITOR, words="Case 7 (fictitious)", rows=rows)
    found = views.audit_file(fund.authority.reading("en", AUDITOR.party), {"draw": str(index)})
    told: dict[str, Any] = json.loads(json.dumps(found))
    return told


def test_each_row_is_proven_against_the_root_on_record(audited: Fund) -> None:
    told = draw(audited)
    assert len(told["sample"]) == 6
    for one in told["sample"]:
        shown = audited.authority.entry(one["entry"]).body["root"]
        auditing.check(one, shown)
        assert one["as_recorded"]
        with pytest.raises(RecordFault):
            auditing.check({**one, "row": [*one["row"][:4], "1", *one["row"][5:]]}, shown)
    entries = audited.authority.store.entries(0, audited.authority.store.size())
    there = {one.index for one in entries if one.kind == "portable_benefits.contributions"}
    assert {one["entry"] for one in told["population"]} == there, "none is left out"


def test_the_lot_follows_from_the_entry_of_the_draw_and_each_draw_is_on_record(audited: Fund) -> None:
    """Nobody tries seeds until a row is not among those drawn: each try is an entry, and draws otherwise."""
    first, second = draw(audited), draw(audited)
    assert first["lot"] == lot_of(audited.authority.entry(first["draw"])) != second["lot"]
    page = views.audit_view(audited.authority.reading("en", AUDITOR.party), {})
    assert [row[0] for row in page["draws"]] == [second["draw"], first["draw"]]
    assert draw(audited, 200)["asked"] == 200
    with pytest.raises(BadInput):
        draw(audited, 201)
    with pytest.raises(Forbidden):
        audited.file("drawn", FUND, words="I choose", rows=1)
    with pytest.raises(NotFound):
        views.audit_file(audited.authority.reading("en", AUDITOR.party), {"draw": "1"})


def test_a_file_that_is_replaced_after_the_draw_is_said_to_be(audited: Fund) -> None:
    told = draw(audited, 200)
    later = audited.send(table("PB-1,2025-04-01,2025-06-30,USD,1,1,0", period="2025-Q2"))[0]
    again = views.audit_file(audited.authority.reading("en", AUDITOR.party), {"draw": str(told["draw"])})
    assert [one for one in again["sample"] if one.get("replaced") == later]
    assert [(one["entry"], one["place"]) for one in again["sample"]] == [
        (one["entry"], one["place"]) for one in told["sample"]
    ]
    assert list(auditing.checked(again)) == []


def _hidden(told: dict[str, Any]) -> None:
    told["population"] = [one for one in told["population"] if one["entry"] != told["sample"][-1]["entry"]]
    told["sample"] = [one for one in told["sample"] if one["entry"] in {each["entry"] for each in told["population"]}]


def _cheaper(told: dict[str, Any]) -> None:
    told["sample"][0]["posted"]["health"] -= 1


def _other_earnings(told: dict[str, Any]) -> None:
    told["sample"][0]["row"][4] = "1"


def _without_another_payer(told: dict[str, Any]) -> None:
    one = next(one for one in told["sample"] if {each["payer"] for each in one["beside"]} - {one["payer"]})
    one["beside"] = [each for each in one["beside"] if each["payer"] == one["payer"]]


def _another_lot(told: dict[str, Any]) -> None:
    told["lot"] = "ab" * 32


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (_hidden, "drawn"), (_another_lot, "drawn"), (_cheaper, "posted"), (_other_earnings, "proof"),
        (_without_another_payer, "posted"),
    ],
)  # fmt: skip
def test_a_sample_is_checked_with_nothing_but_itself(
    audited: Fund, tmp_path: Path, capsys: pytest.CaptureFixture[str], alter: Callable[[dict[str, Any]], None],
    code: str,
) -> None:  # fmt: skip
    told = draw(audited, 20)
    assert list(auditing.checked(told)) == []
    file = tmp_path / "sample.json"
    file.write_text(json.dumps(told))
    assert main(["account", "check-sample", str(file)]) == 0
    assert "all hold" in capsys.readouterr().out
    wrong = copy.deepcopy(told)
    alter(wrong)
    assert code in {fault.code for fault in auditing.checked(wrong)}
    file.write_text(json.dumps(wrong))
    assert main(["account", "check-sample", str(file)]) != 0
