"""A payer's file on its page and by command: every fault in one answer, what it comes to before it is recorded, and
that a file which stands already is no fault."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from tests.unit.doors.portal.people import fields_of, sign_in

from commonweal.acceptance import Caller
from commonweal.doors import portal
from commonweal.doors.cli import main
from commonweal.instruments.portable_benefits import tables
from commonweal.instruments.portable_benefits.spanning import LONG

from .conftest import CITY, FOUR, SEVERAL, SWIFT, Fund, opened, person, table

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PAGE = "/benefits/payer"
Answer = tuple[int, list[str]]


class Clerk:
    """Somebody at a payer's desk, with a browser."""

    def __init__(self, site: TestClient, language: str = "") -> None:
        self.site, self.page = site, language + PAGE

    def checks(self, data: bytes) -> Answer:
        """Add a file and have it checked: the status, and each item that the page lists or says."""
        form = fields_of(self.site.get(self.page).text)
        file = {"file.file": ("q1.csv", data, "text/csv")}
        added = self.site.post(self.page, data={**form, "change": "add:file"}, files=file)
        self.sent = fields_of(added.text)
        return self._said(self.site.post(self.page, data=self.sent, files={"none": ("", b"")}))

    def records(self) -> Answer:
        sent = {**self.sent, "confirmed": "yes", "letters_seen": ""}
        return self._said(self.site.post(self.page, data=sent, files={"none": ("", b"")}))

    def _said(self, answer: object) -> Answer:
        text = answer.text  # type: ignore[attr-defined]
        found = re.findall(r'<div class="notice success".*?<p>(.*?)</p>', text, re.DOTALL)
        for part in re.findall(r'id="faults">(.*?)</div>|class="happens">(.*?)</ul>', text, re.DOTALL):
            found += re.findall(r"<li>(.*?)</li>", "".join(part), re.DOTALL)
        return answer.status_code, [unescape(re.sub("<[^>]+>", "", one)) for one in found]  # type: ignore[attr-defined]


@contextmanager
def clerk(fund: Fund, caller: Caller = SWIFT, language: str = "") -> Iterator[Clerk]:
    key = fund.authority.access.issue_key(caller.party, caller.roles, ("file", "read"), rate_per_s=1e6)
    with TestClient(portal.app(fund.authority), base_url="https://fund.example") as site:
        sign_in(site, key)
        yield Clerk(site, language)


def places(said: list[str]) -> list[str]:
    return [one.partition(": ")[0] for one in said]


BAD = table(
    "PB-1,2025-01-01,2025-01-31,USD,-100.00,200,0", "PB-1,2025-02-01,2025-02-28,USD,100.005,200,",
    "PB-404,2025-01-01,2025-03-31,USD,100.00,200,", "PB-1,2025-03-01,2025-03-01,EUR,100.00,2,",
    "PB-1,2025-03-02,2026-12-31,USD,100.00,2,", "PB-2,2025-03-01,2025-02-01,USD,100.00,2,", "",
    "PB-404,31.10.2025,2025-03-31,USD,100.00,9000,1.5", "PB-3,2025-01-01,2025-02-01,USD,1,2,",
    "PB-3,2025-02-01,2025-02-02,EUR,1,2,", "PB-1,2025-01-15,2025-01-16,USD,1,49,",
).replace(f"{SEVERAL},SWIFT,2025-Q1,\n".encode(), b"\n")  # fmt: skip
WHERE = [
    "row 2, earnings", "row 3, earnings", "row 4, member", "row 5, currency", "row 6, from", "row 7, to",
    "row 9, from", "row 9, jobs", "row 9, member", "row 9, hours", "row 11, from", "row 11, currency",
    "row 12, from", "row 12, hours",
]  # fmt: skip


@pytest.fixture
def people(fund: Fund) -> Fund:
    for number in (2, 3):
        fund.file("member", person(number), name=f"PB-{number}")
    return fund


def test_every_fault_of_a_file_is_named_at_once_by_the_spreadsheets_own_rows(people: Fund) -> None:
    """What a cell is and what the record says of it, together: a clerk goes round once. An empty line counts."""
    with clerk(people) as desk:
        status, said = desk.checks(BAD)
    assert (status, places(said)) == (422, WHERE)
    with clerk(people, language="/zh") as desk:
        said = desk.checks(BAD)[1]
    assert said[0].startswith("第2行（earnings）：")


def test_by_command_they_are_named_at_once_too(
    people: Fund, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "q1.csv"
    file.write_bytes(BAD)
    folder = people.authority.folder
    people.authority.close()
    as_swift = ("--as", SWIFT.party, "--role", "developer")
    assert main(["import", str(folder), "portable_benefits", "contributions", str(file), *as_swift]) == 1
    told = capsys.readouterr().err
    assert sorted(re.findall(r"- (row \d+, \w+)", told)) == sorted(WHERE)


def test_whoever_nobody_confirmed_is_told_so_at_once_and_nothing_of_accounts(fund: Fund) -> None:
    me = Caller("party:me", ("developer",))
    fund.file("payer", me, name="ME", called="Me (fictitious)", sort="self_employed")
    rows = ("PB-404,2025-04-01,2025-04-01,EUR,10,0,0", "PB-1,2025-01-01,2025-01-01,USD,x,0,0")
    with clerk(fund, me) as desk:
        assert places(desk.checks(table(*rows, payer="ME"))[1]) == [
            "Payer", "row 2, from", "row 2, currency", "row 3, earnings",
        ]  # fmt: skip


def test_what_the_file_is_about_is_one_fault_and_its_rows_are_looked_at_all_the_same(fund: Fund) -> None:
    with clerk(fund) as desk:
        said = desk.checks(table("PB-404,2025-01-01,2025-01-01,USD,1,0,0", period="Q1 2025"))[1]
    assert places(said) == ["row 2, period", "row 2, member"]


ROW = "PB-{},2025-01-01,2025-03-31,USD,{}.00,0,0"


def test_the_same_file_again_is_no_fault(fund: Fund) -> None:
    file = table(ROW.format(1, 2000), programme=FOUR)
    with clerk(fund) as desk:
        assert desk.checks(file)[0] == 200
        status, _ = desk.records()
        assert status in (200, 303)
        fund.authority.follow()
        (row,) = fund.reader.select(tables.FILE, {})
        size = fund.authority.store.size()
        told = f"This file stands already, as entry {row['entry']}: nothing more needs to be done."
        assert desk.checks(file) == (200, [told])
        assert fund.authority.store.size() == size


def test_before_a_file_is_recorded_its_clerk_reads_what_it_comes_to(people: Fund) -> None:
    """Also whom it says no more: a file of one person in the place of one of three is posted as meant."""
    first = table(*(ROW.format(number, number * 1000) for number in (1, 2, 3)), programme=FOUR)
    with clerk(people) as desk:
        said = desk.checks(first)[1]
        assert "Accounts: 3; rows: 3; earnings in all: 6000.00 USD; hours: 0.00; jobs: 0." in said[0]
        assert said[1:] == [
            "Nothing was filed for this period before.",
            "Due from you for the period by these rows alone: 240.00 USD; by those that stand: 0.00 USD. What others "
            "file for the same people can change your share.",
            LONG.in_("en").format(days=7, rows=3, programme="Paid leave from a pool"),
        ]
        desk.records()
        people.authority.follow()
        said = desk.checks(table(ROW.format(1, 1500), programme=FOUR))[1]
    assert "Accounts with other rows than before: 1; as before: 0; new: 0; in it no more: 2." in said[1]
    assert "2 of 3 accounts are in it no more" in said[2]
    assert "PB-2, PB-3" in said[2]
    assert "60.00 USD; by those that stand: 240.00 USD" in said[3]


def test_nothing_that_it_comes_to_tells_what_others_say_of_the_same_people(fund: Fund, tmp_path: Path) -> None:
    """A file that is checked is on no record: whoever tries hours in one would know how many another payer says."""
    told = list[list[str]]()
    with opened(tmp_path / "other") as other:
        for each, elsewhere in ((fund, "100"), (other, "390")):
            each.send(table(f"PB-1,2025-01-01,2025-03-31,USD,900,{elsewhere},0", payer="CITY"), CITY)
            with clerk(each) as desk:
                told.append(desk.checks(table("PB-1,2025-01-01,2025-03-31,USD,300,195,0"))[1])
    assert told[0] == told[1]
    assert "Due from you" in told[0][-2]
