"""The page of erasures: what, when, on what basis and how many; never of whom."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import retaining as r
from commonweal.doors.portal import app

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


@pytest.mark.parametrize(("prefix", "word"), [("", "Erasures"), ("/zh", "删除")])
def test_the_page_says_what_was_erased_and_that_an_order_stands_but_not_whom_it_concerns(
    tmp_path: Path, prefix: str, word: str
) -> None:
    with r.founded(tmp_path / "a") as house:
        r.wait(house)
        index = r.erase(house)
        number = r.hold(house, about="organisation:two")
        house.follow()
        with TestClient(app(house)) as client:
            text = client.get(f"{prefix}/record/erasures").text
            assert f"{prefix}/record/erasures" in client.get(f"{prefix}/record").text
    assert word in text
    assert "Regulation (EU) 2016/679, Art. 17(1)(a)" in text
    assert str(index) in text
    assert str(number) in text
    for hidden in ("organisation:one", "organisation:two", "District Court", "party:authority"):
        assert hidden not in text
