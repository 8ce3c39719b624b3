"""A company sends its own table of reports: every fault by row and column, nothing half filed, nothing filed twice."""

from __future__ import annotations

import re
from typing import Any

import pytest

from commonweal.kernel import registry

from ...doors.portal.people import fields_of, sign_in
from .test_desk import House
from .test_desk_portal import client, house, shown

__all__ = ["client", "house"]

PAGE = "/forms/incident/table"
HEAD = "name,category,reporter,organisation,title,what_happened,harms,jurisdictions,aware_at"
GOOD = (
    f"{HEAD}\nL 1,serious_incident,provider,organisation:lab,T,W,death,EU,2026-09-30T09:00:00Z\n"
    "L 2,concern,provider,organisation:lab,T,W,,EU,\n"
)
BAD = (
    f"{HEAD}\nL 1,serious_incident,provider,organisation:lab,T,W,death; doom,EU,2026-09-30T09:00:00Z\n\n"
    "L 2,worry,provider,organisation:none,T,,,EU,\n"
)


def company(client: Any, house: House, organisation: str = "organisation:lab") -> None:
    key = house.authority.access.issue_key("party:lab", ("developer",), ("file", "read"), organisation=organisation)
    assert sign_in(client, key).status_code == 303


def send(client: Any, table: str = "", go: str = "file", prefix: str = "", pasted: str = "") -> Any:
    page = client.get(prefix + PAGE)
    number = next(n for n, form in enumerate(re.findall(r"<form[^>]*post[^>]*>", page.text)) if PAGE in form)
    hidden = {"token": fields_of(page.text, number)["token"]}
    files = {"table": ("reports.csv", table.encode(), "text/csv")} if table else {"table": ("", b"")}
    return client.post(prefix + PAGE, data={**hidden, "pasted": pasted, "go": go}, files=files)


def rows_of(page: str) -> list[list[str]]:
    """The cells of the first table of a page."""
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[0]
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in re.findall(r"<tr>.*?</tr>", body)]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]


def test_a_table_is_filed_whole_and_sent_again_files_nothing_twice(client: Any, house: House) -> None:
    company(client, house)
    first = send(client, GOOD)
    assert first.status_code == 200
    filed = rows_of(shown(first))
    assert [row[:2] for row in filed] == [["2", "L 1"], ["3", "L 2"]]
    assert "duties are yours, or may be" in filed[0][3]
    size = house.authority.store.size()
    again = shown(send(client, pasted=GOOD.replace(",", "\t")))
    assert "2 of them were there already and were not filed again" in again, (
        "copied out of a spreadsheet, it is the same"
    )
    assert house.authority.store.size() == size
    assert client.get("/return/report:l-1").status_code == 200, "it is theirs to come back to"
    assert registry.filer(house.authority.reader, "report:l-1") == "party:lab"


def test_every_fault_is_named_by_row_and_column_and_nothing_is_filed(client: Any, house: House) -> None:
    company(client, house)
    size = house.authority.store.size()
    answer = send(client, BAD)
    assert (answer.status_code, house.authority.store.size()) == (422, size)
    assert [row[:2] for row in rows_of(shown(answer))] == [
        ["2", "harms value 2"], ["4", "category"], ["4", "what_happened"], ["4", "organisation"],
    ]  # fmt: skip
    half = GOOD + "L 3,concern,provider,organisation:none,T,W,,EU,\n"
    answer = send(client, half)
    assert (answer.status_code, house.authority.store.size()) == (422, size), "two good rows wait for the third"
    assert [row[:2] for row in rows_of(shown(answer))] == [["4", "organisation"]]


def test_a_table_can_be_checked_before_anything_is_filed(client: Any, house: House) -> None:
    company(client, house)
    size = house.authority.store.size()
    assert "2 rows, and nothing wrong with them" in shown(send(client, GOOD, go="check"))
    half = GOOD + "L 3,concern,provider,organisation:none,T,W,,EU,\n"
    assert [row[:2] for row in rows_of(shown(send(client, half, go="check")))] == [["4", "organisation"]]
    assert house.authority.store.size() == size


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "a table: a file, or rows in the box below it"),
        ("PK\x03\x04 and so on", "is saved as CSV UTF-8 first"),
        (GOOD.replace(",", ";"), "cells parted by commas"),
        ("name,colour\nx,red\n", "colour"),
    ],
)
def test_what_is_no_such_table_is_told_what_to_do(client: Any, house: House, data: str, says: str) -> None:
    company(client, house)
    answer = send(client, data)
    assert answer.status_code == 422
    assert says in shown(answer)


def test_a_page_in_chinese_tells_faults_in_chinese(client: Any, house: House) -> None:
    company(client, house)
    page = shown(send(client, BAD, prefix="/zh"))
    assert [row[0] for row in rows_of(page)] == ["2", "4", "4", "4"]
    cells = "name,deaths,children_concerned,causes\nx,1_0,maybe,worn\n"
    unsound = (BAD, "PK\x03\x04", GOOD.replace(",", ";"), "name,colour\nx,red\n", "name,nmae\n", "name,title\nx\n",
               HEAD, "", cells, "name,name\n", 'name\n"x')  # fmt: skip
    for wrong in unsound:
        for row in rows_of(shown(send(client, wrong, prefix="/zh"))):
            assert re.search(r"[\u4e00-\u9fff]", row[3]), row
            assert row[3] != "此项无法照此接受。请核对，或不填。", f"{row} is told in general words"


def test_rows_that_name_no_organisation_are_told_as_personal(client: Any, house: House) -> None:
    company(client, house)
    page = shown(send(client, GOOD.replace("organisation:lab", "", 1)))
    assert "No organisation is named in row 2: what is filed there counts as yours alone" in page


def test_strangers_and_who_may_not_file_are_kept_out(client: Any, house: House) -> None:
    assert client.get(PAGE).headers["location"].startswith("/sign-in"), "strangers file by the form alone"
    assert client.get(PAGE + ".csv").status_code == 403
    company(client, house)
    assert client.get(PAGE + ".csv").text.removeprefix("\ufeff").startswith("name,")
    assert client.get("/forms/nope/table").status_code == 404
    token = {"token": "0" * 64, "go": "file", "pasted": GOOD}
    assert client.post(PAGE, data=token).status_code == 403
    assert client.post(PAGE, data=token, files={"table": ("a.csv", b"name")}).status_code == 403
    assert house.authority.store.placed("party:lab", "") is None


def test_the_empty_table_has_every_column_that_the_page_describes(client: Any, house: House) -> None:
    company(client, house)
    page = shown(client.get(PAGE))
    described = [row[0].split()[0] for row in rows_of(page)]
    blank = client.get(PAGE + ".csv").text.removeprefix("\ufeff").strip().split(",")
    assert described == blank
    assert "attachments" not in blank, "a cell holds no file"


def test_an_address_in_any_script_is_taken_and_one_with_a_password_is_not(client: Any, house: House) -> None:
    """It was refused for a reason that was untrue: that it does not begin with https://."""
    company(client, house)
    table = "name,category,reporter,title,what_happened,source_url\nL 1,concern,public,T,W,{}\n"
    assert send(client, table.format("https://пример.рф/текст")).status_code == 200
    row = registry.subject(house.authority.reader, "report:l-1")
    assert row is not None
    kept = house.authority.entry(row["entry"]).body["source_url"]
    assert kept == "https://xn--e1afmkfd.xn--p1ai/%D1%82%D0%B5%D0%BA%D1%81%D1%82"
    refused = send(client, table.format("https://me:secret@news.example/a"), prefix="/zh")
    assert [row[1::2] for row in rows_of(shown(refused))] == [
        ["source_url", "网址中 @ 之前不得含用户名或密码：任何读到该网址的人都会知悉"],
    ]  # fmt: skip
