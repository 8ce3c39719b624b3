"""Delivery of unemployment insurance as filed: with its intervals on the public page, unknown where nobody did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.instruments.adaptive_safety_net import delivered, exposure, insured, laus, workbench
from commonweal.kernel.values import BadInput
from net_house import Net

HEADING = "year,month,day_endofweek,statefips,initclaims_count_regular,contclaims_count_regular,contclaims_rate_regular"
DELIVERY = b"""series,subject,event,value,low,high
ui.first_payments_21d,area:us-mi,2025-11-01,0.874,,
ui.backlog,area:us-mi,2025-11-01,12345,,
ui.improper_share,area:us-mi,2025-11-01,0.121,0.09,0.155
"""


def weekly(first: date, counts: list[tuple[int, int]]) -> bytes:
    """Weeks of Michigan from a Saturday on: initial and continued claims."""
    days = [first + timedelta(weeks=at) for at in range(len(counts))]
    lines = [
        f"{day.year},{day.month},{day.day},26,{new},{drawn},2.0" for day, (new, drawn) in zip(days, counts, strict=True)
    ]
    return "\n".join([HEADING, *lines]).encode()


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found


def page(net: Net, language: str = "en") -> list[list[str]]:
    shown: dict[str, Any] = workbench.disruption_page(net.authority.reading(language, ""), {})
    return list(shown["delivery"])


def file(net: Net, acts: Any) -> None:
    net.authority.act_all(acts)
    net.authority.follow()


def test_take_up_and_surge_come_of_weekly_claims_and_what_nobody_filed_is_not_known(net: Net) -> None:
    """In November 2025 4 percent of five million are out of work: 50,000 of 200,000 draw it. October's four weeks and
    November's five have 1,000 and 3,000 initial claims: 1.5 times the median of both, 2,000."""
    shipped = ["Michigan", "19.1%", "0.49 (2026-08-15)", "48.6 (2020-04-04)", "–", "–", "–", "–"]
    assert page(net)[22] == shipped, "as it ships, until somebody files; what was in 2020 is not taken for what is"
    told = [(1000, 40_000)] * 4 + [(3000, 50_000)] * 5 + [(9000, 90_000)]
    file(net, insured.parse_claims(weekly(date(2025, 10, 4), told), "claims.csv").acts)
    assert page(net) == [["Michigan", "25.0%", "1.5 (2025-11)", "1.5 (2025-11)", *"––––"]], (
        "December's one week of four is left out"
    )


def test_the_table_that_ships_is_what_the_published_weeks_come_to() -> None:
    """Each of 51 areas once; made again from the file where it is there, it is the same to the byte."""
    rows = delivered.shipped()
    assert len({row["area"] for row in rows}) == len(rows) == 51
    assert all(0 < row["take_up"] < 1 and row["surge"] > 1 and row["initial_peak_week"] < "2021" for row in rows)
    assert set(delivered.source()["text"]) == {"en", "zh"}
    file = Path(__file__).parents[5] / "shared" / "data" / "economy" / "oi_ui_claims_state_weekly.csv"
    if not file.exists():
        pytest.skip(f"needs {file}")
    assert delivered.written(delivered.made(file.read_bytes(), file.name)) == delivered.TABLE.read_text("utf-8")


def test_delay_backlog_and_errors_are_told_with_the_interval_of_their_sample(net: Net) -> None:
    file(net, insured.parse_delivery(DELIVERY, "delivery.csv").acts)
    assert page(net, "zh") == [["密歇根州", "–", "–", "–", "87.4%", "12,345", "12.1% (9.0%–15.5%)", "2025-11"]]
    (row,) = insured.rows(net.authority.reading("en", ""), {})
    assert (row["improper_low"], row["improper_high"]) == (0.09, 0.155)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"0.874", b"1.2"), (b"12345", b"-1"), (b"ui.backlog", b"ui.other"), (b"area:us-mi,2025-11-01,0.874",
         b"area:fr,2025-11-01,0.874"), (b"0.155", b"1.5"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(BadInput):
        insured.parse_delivery(DELIVERY.replace(old, new, 1), "delivery.csv")


def test_weeks_without_a_whole_month_are_refused() -> None:
    with pytest.raises(BadInput, match="month"):
        insured.parse_claims(weekly(date(2025, 10, 11), [(1, 1)] * 3), "claims.csv")


def test_employment_of_all_adults_and_job_postings_stand_beside_unemployment_once_they_are_filed(net: Net) -> None:
    reading = net.authority.reading("en", "")
    assert {"employed", "postings"}.isdisjoint(one.id for one in workbench.disruption_page(reading, {})["columns"])
    ratio = "series_id\tyear\tperiod\tvalue\tfootnote_codes\nLASST260000000000007\t2025\tM12\t58.4\t"
    file(net, laus.parse(ratio.encode(), "ratio").acts)
    file(net, exposure.parse_postings(b"subject,event,value\narea:us-mi,2025-12-01,96.5\n", "postings.csv").acts)
    shown = workbench.disruption_page(net.authority.reading("en", ""), {})
    (michigan,) = (row for row in shown["rows"] if row["subject"] == "area:us-mi")
    assert (michigan["employed"], michigan["postings"]) == (58.4, 96.5)
    assert {"employed", "postings"} <= {one.id for one in shown["columns"]}
    with pytest.raises(BadInput):
        exposure.parse_postings(b"subject,event,value\narea:us-mi,2025-12-01,many\n", "postings.csv")
