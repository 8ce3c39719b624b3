"""A sample for an auditor: drawn by nobody's choice, proven row by row, and checked where there is nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority.reading import HouseReading
from commonweal.doors.cli import main
from commonweal.instruments.portable_benefits import auditing, views
from commonweal.kernel.record import lot_of
from commonweal.kernel.values import BadInput, Forbidden, NotFound, RecordFault
from commonweal.sight import Sight

from .conftest import AUDITOR, CITY, DRIVER, FUND, SECOND, SWIFT, Fund, person, table
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


def reading(fund: Fund) -> HouseReading:
    return fund.authority.reading("en", AUDITOR.party, Sight(fund.authority, AUDITOR, "test"))


def draw(fund: Fund, rows: int = 6) -> dict[str, Any]:
    index = fund.file("drawn", AUDITOR, words="Case 7 (fictitious)", rows=rows)
    found = views.audit_file(reading(fund), {"draw": str(index)})
    told: dict[str, Any] = json.loads(json.dumps(found))
    return told


def test_each_row_is_proven_against_the_root_on_record(audited: Fund) -> None:
    told = draw(audited)
    assert len(told["sample"]) == 6
    for one in told["sample"]:
        file = audited.authority.entry(one["entry"]).body
        shown, rows = file["root"], file["rows"]
        auditing.check(one, shown, rows)
        assert one["as_recorded"]
        with pytest.raises(RecordFault):
            auditing.check({**one, "row": [*one["row"][:4], "1", *one["row"][5:]]}, shown, rows)
    entries = audited.authority.store.entries(0, audited.authority.store.size())
    there = {one.index for one in entries if one.kind == "portable_benefits.contributions"}
    assert {one["entry"] for one in told["population"]} == there, "none is left out"


def test_the_lot_follows_from_the_entry_of_the_draw_and_each_draw_is_on_record(audited: Fund) -> None:
    """Nobody tries seeds until a row is not among those drawn: each try is an entry, and draws otherwise."""
    first, second = draw(audited), draw(audited)
    assert first["lot"] == lot_of(audited.authority.entry(first["draw"])) != second["lot"]
    page = views.audit_view(reading(audited), {})
    assert [row[0] for row in page["draws"]] == [second["draw"], first["draw"]]
    assert draw(audited, 200)["asked"] == 200
    with pytest.raises(BadInput):
        draw(audited, 201)
    with pytest.raises(Forbidden):
        audited.file("drawn", FUND, words="I choose", rows=1)
    with pytest.raises(NotFound):
        views.audit_file(reading(audited), {"draw": "1"})


def test_a_file_that_is_replaced_after_the_draw_is_said_to_be(audited: Fund) -> None:
    told = draw(audited, 200)
    later = audited.send(table("PB-1,2025-04-01,2025-06-30,USD,1,1,0", period="2025-Q2"))[0]
    again = views.audit_file(reading(audited), {"draw": str(told["draw"])})
    assert [one for one in again["sample"] if one.get("replaced") == later]
    assert [(one["entry"], one["place"]) for one in again["sample"]] == [
        (one["entry"], one["place"]) for one in told["sample"]
    ]
    assert list(auditing.checked(again)) == []


def test_a_file_that_two_officers_entered_counts_from_where_it_was_confirmed_and_is_proven_where_it_stands(
    audited: Fund,
) -> None:
    """Asked for before a draw and confirmed after it, it was not among those drawn from; and its entry is another."""
    one = table("PB-2,2025-07-01,2025-09-30,USD,100.00,10,1", period="2025-Q3")
    asked, _ = audited.send(one, FUND)
    before = draw(audited, 200)
    took = audited.file("seconded", SECOND, entry=asked)
    told = json.loads(json.dumps(views.audit_file(reading(audited), {"draw": str(before["draw"])})))
    assert took not in {one["entry"] for one in told["sample"]}
    assert list(auditing.checked(told)) == []
    told = draw(audited, 200)
    (row,) = (one for one in told["sample"] if one["entry"] == took)
    assert row["record"] == f"/record/{asked}"
    assert list(auditing.checked(told)) == []
    audited.send(table("PB-2,2025-07-01,2025-09-30,USD,1,1,0", period="2025-Q3"))
    told = draw(audited, 200)
    assert list(auditing.checked(told)) == []
    assert f"that entry {took} confirmed the file that stands in entry {asked}" in auditing.left(told)


@pytest.fixture
def ended(audited: Fund) -> tuple[Fund, int]:
    """Two officers ended SWIFT's confirmation from August on, in the middle of a quarter; the entry."""
    told = {"payer": "benefits_payer:swift", "since": "2025-08-01", "words": "Nobody worked there since (fictitious)."}
    return audited, audited.two("confirmation_ended", **told)


def test_rows_of_a_payer_that_is_confirmed_no_more_are_left_out_and_the_entry_is_proven(
    ended: tuple[Fund, int],
) -> None:
    """A sample accused the fund of postings that were right, also of the other payer in the period."""
    fund, entry = ended
    told = draw(fund, 200)
    assert told["ended"] == {"benefits_payer:swift": {"since": "2025-08-01", "entry": entry}}
    assert list(auditing.checked(told)) == []
    assert any(f"that payer swift was not confirmed again since entry {entry}" in one and "2025-08-01" in one
               for one in auditing.left(told))  # fmt: skip
    assert any(f"that entry {entry} confirmed the ending that stands in entry" in one for one in auditing.left(told))
    fund.two("confirmed", payer="benefits_payer:swift")
    again = draw(fund, 200)
    assert again["ended"] == {}
    assert list(auditing.checked(again)) == []


@pytest.mark.parametrize(
    "alter",
    [{"since": "2025-04-01"}, {"since": "2025-12-31"}, {"entry": 1}, None],
    ids=["earlier", "later", "of nothing", "untold"],
)
def test_who_leaves_rows_out_by_another_day_or_entry_than_is_on_record_is_found(
    ended: tuple[Fund, int], alter: dict[str, Any] | None
) -> None:
    told = draw(ended[0], 200)
    if alter is None:
        del told["ended"]
    else:
        told["ended"]["benefits_payer:swift"].update(alter)
    assert {fault.code for fault in auditing.checked(told)} >= {"ended" if alter else "posted"}
    told = draw(ended[0], 200)
    told["ended"]["benefits_payer:city"] = told["ended"]["benefits_payer:swift"]
    assert "ended" in {fault.code for fault in auditing.checked(told)}, "it is said of another payer"


def _hidden(told: dict[str, Any]) -> None:
    told["population"] = [one for one in told["population"] if one["entry"] != told["sample"][-1]["entry"]]
    told["sample"] = [one for one in told["sample"] if one["entry"] in {each["entry"] for each in told["population"]}]


def _cheaper(told: dict[str, Any]) -> None:
    told["sample"][0]["posted"]["health"] -= 1


def _other_earnings(told: dict[str, Any]) -> None:
    told["sample"][0]["row"][4] = "1"


def _without_another_payer(told: dict[str, Any]) -> None:
    """No row shows what other payers sent for its person: of some the half that falls to them is then wrong."""
    for one in told["sample"]:
        one["beside"] = [each for each in one["beside"] if each["payer"] == one["payer"]]


def _fewer_asked(told: dict[str, Any]) -> None:
    """Two rows fewer than the draw on record asked for."""
    told["asked"], told["sample"] = told["asked"] - 2, told["sample"][:-2]


def _replaced_by_nothing(told: dict[str, Any]) -> None:
    """The row that was drawn is not shown: its file was replaced after the draw, says who shows the sample."""
    one = told["sample"][0]
    next(each for each in told["population"] if each["entry"] == one["entry"])["replaced"] = told["draw"] + 1
    told["sample"] = [
        {"entry": each["entry"], "place": each["place"], "replaced": told["draw"] + 1}
        if each["entry"] == one["entry"] else each for each in told["sample"]
    ]  # fmt: skip


def _replaced_by_another_files(told: dict[str, Any]) -> None:
    """The same, by an entry that is a file: of another period."""
    first, *_, last = sorted(each["entry"] for each in told["population"])
    next(each for each in told["population"] if each["entry"] == first)["replaced"] = last


def _another_lot(told: dict[str, Any]) -> None:
    told["lot"] = "ab" * 32


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (_hidden, "drawn"), (_another_lot, "drawn"), (_cheaper, "posted"), (_other_earnings, "proof"),
        (_without_another_payer, "posted"), (_fewer_asked, "draw"), (_another_lot, "draw"),
        (_replaced_by_nothing, "replaced"), (_replaced_by_another_files, "replaced"),
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
    said = capsys.readouterr().out
    assert "all hold" in said
    assert f"that the draw is entry {told['draw']} of" in said
    wrong = copy.deepcopy(told)
    alter(wrong)
    assert code in {fault.code for fault in auditing.checked(wrong)}
    file.write_text(json.dumps(wrong))
    assert main(["account", "check-sample", str(file)]) != 0


def test_another_row_does_not_stand_for_the_one_drawn(fund: Fund) -> None:
    """The last of three rows has the same way up as the second of two: how many there are the file says."""
    for number in (2, 3):
        fund.file("member", person(number), name=f"PB-{number}")
    fund.send(table(*(f"PB-{number},2025-01-01,2025-03-31,USD,{number}00000,500,0" for number in (1, 2, 3))))
    told = draw(fund, 3)
    one, third = (next(row for row in told["sample"] if row["place"] == at) for at in (1, 2))
    forged = {**third, "place": 1, "rows": 2}
    with pytest.raises(RecordFault):
        auditing.check(forged, one["root"], one["rows"])
    told["sample"] = [forged if row["place"] == 1 else row for row in told["sample"]]
    assert {fault.code for fault in auditing.checked(told)} == {"proof"}


def test_what_replaced_a_file_is_shown_with_its_proof_and_left_to_hold_against_the_record(audited: Fund) -> None:
    """By it a drawn row is not shown: who hides one so has to name an entry, and the record says what that is."""
    told = draw(audited, 200)
    later = audited.send(table("PB-1,2025-04-01,2025-06-30,USD,1,1,0", period="2025-Q2"))[0]
    again = json.loads(json.dumps(views.audit_file(reading(audited), {"draw": str(told["draw"])})))
    assert list(auditing.checked(again)) == []
    (old,) = (entry for entry, by in auditing.replaced(again).items() if by == later)
    assert {str(old), str(later), str(told["draw"])} <= set(again["entries"])
    assert any(f"entry {old} was replaced by entry {later}" in one for one in auditing.left(again))
