"""The page of learning: what it counts, from when on, and what of reports it reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.instruments import RuleFile, discover
from commonweal.instruments.incident_reports import scales
from commonweal.instruments.incident_reports.learning import PARAMETERS as LEARNING
from commonweal.instruments.incident_reports.learning import READ, public_view, view
from commonweal.instruments.incident_reports.surveillance import PARAMETERS
from commonweal.kernel.disclosure.reads import COUNTED_LEAST, NO_ENTRY
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, RuleFault, Text, instant
from commonweal.settings import Settings

from .conftest import DESK, Office

HARMS = ("privacy", "economic", "property", "environment")
MINOR = {"category": "minor_incident", "reporter": "public", "title": "t", "what_happened": "w"}


def minor(office: Office, name: str, **more: Any) -> int:
    return office.file("report", name=name, **{**MINOR, **more})


def versioned(text: str, version: str) -> str:
    return re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', text)


def test_counting_begins_with_the_watch_and_not_with_the_first_report(office: Office) -> None:
    """Nothing from March to September, 8 in October. Begun with the first report there is no trend."""
    office.at("2026-10-05T09:00:00Z")
    for number in range(8):
        minor(office, f"R {number}")
    office.at("2026-11-10T09:00:00Z")
    page = view(office.reading(), {})
    assert (page["since"], page["months"]) == ("2026-03-02", 8)
    assert "adopted" in page["why"]["en"]
    assert [count for _, _, count in page["chart_"].rows] == [0, 0, 0, 0, 0, 0, 0, 8]
    ((_, whole, in_months, words, _, low, _),) = page["trends"]
    assert (whole, in_months, words) == (8, 8, "More each month")
    assert low > 1


def test_a_category_has_the_same_colour_in_every_language_and_month(office: Office) -> None:
    """Misuse was blue and a serious incident orange in English, and the other way round in Chinese."""
    office.at("2026-04-05T09:00:00Z")
    minor(office, "R 1", category="misuse")
    minor(office, "R 2")
    office.at("2026-05-10T09:00:00Z")
    colours = [view(office.reading(tag), {})["chart_"].spec["encoding"]["color"] for tag in ("en", "zh")]
    domains = [one["scale"]["domain"] for one in colours]
    assert domains == [
        [words[tag] for words in (*scales.CATEGORIES.values(), scales.NOT_CLASSIFIED)] for tag in ("en", "zh")
    ]
    assert colours[0]["legend"]["values"] == ["Minor incident", "Misuse"], "what is there, and nothing else"


def test_it_goes_two_years_back_at_most(office: Office) -> None:
    office.at("2029-05-10T09:00:00Z")
    minor(office, "R 1")
    page = view(office.reading(), {})
    assert (page["since"], page["months"], page["total"]) == ("2027-05-01", 24, 1)
    assert public_view(office.authority.reading(), {})["since"] == "2027-05-01"


def test_a_month_counted_in_part_weighs_so_much(tmp_path: Path) -> None:
    """One a day from 22 March until the end of June is no rise, though March has 10, April 30, May 31 and June 30."""
    clock = ReplayClock(instant("2026-03-22T08:00:00Z"))
    settings = Settings(Text(en="Test", zh="测试"), "parts.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path / "parts", settings, clock=clock) as authority:
        office = Office(authority, clock)
        days = [*((3, day) for day in range(22, 32)), *((m, d) for m in (4, 5, 6) for d in range(1, 31 + (m == 5)))]
        for month, day in days:
            office.at(f"2026-{month:02d}-{day:02d}T09:00:00Z")
            minor(office, f"R {month} {day}")
        office.at("2026-07-02T09:00:00Z")
        ((_, _, number, words, ratio, low, high),) = view(office.reading(), {})["trends"]
        assert (number, words) == (101, "No clear change")
        assert ratio == pytest.approx(1, abs=1e-3)
        assert low < 1 < high


def test_several_reports_of_one_incident_are_no_pair_reported_often(office: Office) -> None:
    for number in range(5):
        minor(office, f"A {number}", developer_named="Acme", harms=["privacy"])
        if number:
            again = {"urgency": "routine", "decision": "duplicate", "duplicate_of": "report:a-0"}
            office.file("triage", report=f"report:a-{number}", **again)
    for number in range(5):
        minor(office, f"B {number}", developer_named="Other", harms=["economic"])
    page = view(office.reading(), {})
    assert page["total"] == 6
    assert [(row[0], row[3]) for row in page["pairs"].rows] == [("Other", 5)]


def test_a_small_table_does_not_tell_how_far_ratios_differ(office: Office) -> None:
    """With six cells five parameters fit anything: 6 where 2.6 were expected would have EB05 2.2 and IC025 below 0. The
    plain ratio stands there with its exact interval: of a count of 6 that is 2.20 to 13.06 (Garwood's table)."""
    for number in range(14):
        harm = "privacy" if number < 6 or number == 9 else "economic"
        minor(office, f"R {number}", developer_named="Acme" if number < 6 else "Other", harms=[harm, "health"])
    page = view(office.reading(), {})
    assert (page["pairs"].compared, page["pairs"].held) == (6, False)
    *_, expected, _, _, ratio, low, high = next(row for row in page["pairs"].rows if row[2] == "Loss of privacy")
    assert (ratio * expected, low * expected, high * expected) == pytest.approx((6, 2.20, 13.06), abs=0.01)


def test_pairs_that_nobody_named_do_not_tell_how_far_ratios_differ(office: Office) -> None:
    """Sixty pairs that could be compared, of which four were named: EB05 would rest on these four."""
    for number in range(60):
        minor(office, f"R {number}", developer_named=f"Lab {number % 15}", harms=[HARMS[number % 15 % 4]])
    page = view(office.reading(), {})
    assert (page["pairs"].compared, page["pairs"].told, page["pairs"].held) == (60, 15, False)


def test_what_was_not_asked_is_no_incident_without_it(office: Office) -> None:
    """Five near misses of one developer that tell of deception, and 95 minor incidents of another, whose form does not
    ask for warnings: of those who were asked, five in five do. Among all, five where .25 were expected would be twenty
    times what chance explains."""
    near = {"category": "near_miss", "reporter": "provider", "title": "t", "what_happened": "w"}
    for number in range(5):
        office.file("report", name=f"N {number}", **near, developer_named="Acme", warnings=["deception"])
    for number in range(95):
        minor(office, f"M {number}", developer_named="Other", harms=["economic"])
    ((name, _, _, seen, expected, more, *_), *_) = (
        row for row in view(office.reading(), {})["pairs"].rows if row[0] == "Acme"
    )
    assert (name, seen, expected, more) == ("Acme", 5, 5, False)


def test_what_another_database_tells_is_not_among_what_is_published_here(office: Office) -> None:
    """It went public in a day, and has no harms since nobody there was asked: next to it whatever is told here would be
    more than chance. That it is left out is said."""
    for number in range(3):
        body = {"name": f"AIID {number + 1}", "title": "t", "external": [f"AIID {number + 1}"]}
        office.file("incident", **body)
        office.file("publication", incident=f"incident:aiid-{number + 1}", published_on="2026-03-02", **body)
    office.file("incident", name="I 1", title="t")
    office.file("publication", name="I 1", incident="incident:i-1", published_on="2026-03-02", title="t")
    page = public_view(office.authority.reading(), {})
    assert (page["total"], page["taken_over"]) == (1, 3)
    assert [row[:2] for row in page["trends"]] == [("Not classified", 1)], "the rows sum to the total"


def test_what_is_counted_is_what_the_authority_adopted(office: Office) -> None:
    """One year back and pairs from two incidents on, by a text of the authority's own; a text that lacks a number is
    not put in force."""
    for number in range(2):
        minor(office, f"R {number}", developer_named="Acme", harms=["privacy"])
    assert view(office.reading(), {})["pairs"].rows == ()
    shipped = (discover()["incident_reports"].folder / "rules" / "learning.toml").read_text("utf-8")
    own = shipped.replace("years_back = 2", "years_back = 1").replace("pair_least = 3", "pair_least = 2")
    office.authority.adopt(RuleFile(LEARNING, "parameters", "own", "application/toml", versioned(own, "own")))
    office.authority.follow()
    page = view(office.reading(), {})
    assert [(row[0], row[3]) for row in page["pairs"].rows] == [("Acme", 2)]
    assert page["by"].version == "own"
    office.at("2029-05-10T09:00:00Z")
    assert view(office.reading(), {})["since"] == "2028-05-01"
    short = versioned(own.replace("pair_least = 2", ""), "short")
    with pytest.raises(RuleFault, match="pair_least"):
        office.authority.adopt(RuleFile(LEARNING, "parameters", "short", "application/toml", short))
    assert view(office.reading(), {})["since"] == "2028-05-01"


def test_of_many_reports_the_log_of_reads_has_one_line_and_none_is_opened(office: Office) -> None:
    """A line for each would bury what was read, and tell who reported that somebody read them when nobody did."""
    for number in range(COUNTED_LEAST):
        minor(office, f"R {number}", developer_named="Acme", harms=["privacy"])
    reading = office.reading()

    def opens_nothing(index: int, names: Collection[str]) -> Mapping[str, object]:
        raise AssertionError(f"entry {index} was opened")

    office.sight.part = opens_nothing  # type: ignore[method-assign]
    page = view(reading, {})
    assert (page["total"], page["pairs"].rows[0][:4]) == (
        COUNTED_LEAST,
        ("Acme", "Developer", "Loss of privacy", COUNTED_LEAST),
    )
    (line,) = office.logged().items()
    assert line[0] == NO_ENTRY
    assert line[1] == {f"(counted) {COUNTED_LEAST} incident_reports.report", "category", "harms", "developer_named"}


def test_nobody_is_told_figures_about_an_organisation_in_which_they_have_an_interest(office: Office) -> None:
    for number in range(3):
        minor(office, f"R {number}", developer_named="Acme Ltd", deployer_named="Ward", harms=["privacy"])
        minor(office, f"R 1{number}", developer_named="Other", harms=["economic"])
    assert {row[0] for row in view(office.reading(), {})["pairs"].rows} == {"Acme Ltd", "Other", "Ward"}
    post = {"person": "person:0", "party": DESK.party, "name": "Desk", "organisation": "acme", "roles": ["officer"]}
    office.authority.act(Act("person.joined", post, ""))
    office.authority.follow()
    page = view(office.reading(), {})
    assert {row[0] for row in page["pairs"].rows} == {"Other"}, "nor what a report about it says of others"
    assert (page["total"], page["watched"], page["kept_out"]) == (3, None, True), "one more in a row would tell of one"


def test_what_was_taken_over_from_another_database_is_not_what_was_told_here(office: Office) -> None:
    """1,745 that came in a day made the months after it a crash, and a pair of five was 170 times what was expected."""
    minor(office, "R 1")
    taken = {**MINOR, "name": "AVID 1", "source_url": "https://avidml.org/database/avid-1", "source": "AVID"}
    office.authority.act(Act("incident_reports.report", taken, ""))
    office.authority.follow()
    page = view(office.reading(), {})
    assert (page["total"], page["taken_over"]) == (1, 1)


def test_one_company_is_one_whatever_its_spellings_and_counts_through_the_register_too(office: Office) -> None:
    """Six of one company in three spellings are six with IC025 of 6 where 1 was expected: log2(6.5 / 1.5) less what a
    gamma of shape 6.5 leaves open (its 2.5 % quantile is 2.505, worked out with scipy), so log2(2.505 / 1.5) = 0.74."""
    office.authority.act(Act("model_registration.organisation", {"name": "Lab Inc."}, ""))
    office.authority.act(
        Act("model_registration.model", {"name": "Large 1", "organisation": "organisation:lab-inc"}, "")
    )
    office.authority.follow()
    as_provider = {"organisation": "organisation:lab-inc", "reporter": "provider"}
    spellings = ({"developer": "organisation:lab-inc"}, {"developer_named": "LAB, Inc."}, as_provider)
    by_system = ({"models": ["model:large-1"]}, {"system_named": "large 1"}, {"system_named": "Large-1"})
    for number, told in enumerate(spellings):
        minor(office, f"R {number}", **told, harms=["property"])
    for number, told in enumerate(by_system):
        minor(office, f"S {number}", **told, developer_named="Lab", harms=["property"])
    for number in range(30):
        minor(office, f"Q {number}", developer_named="Other", harms=["economic"])
    found = {row[0]: row for row in view(office.reading(), {})["pairs"].rows}
    assert found["Lab Inc."][1:5] == ("Developer", "Damage to property", 6, 1)
    assert found["Lab Inc."][6] == pytest.approx(0.74, abs=0.01)
    assert found["Large 1"][1:4] == ("System", "Damage to property", 3)


def test_of_each_report_the_log_of_reads_has_what_was_counted_and_no_more(office: Office) -> None:
    told = {"developer_named": "Acme", "harms": ["privacy"], "harmed_named": "Somebody"}
    counted = minor(office, "R 1", **told)
    away = minor(office, "R 2", **told)
    office.file("triage", report="report:r-2", urgency="routine", decision="reject", reasons="No")
    assert view(office.reading(), {})["total"] == 1
    read = office.logged()
    assert set(read) == {counted}
    assert away not in read
    assert read[counted] <= set(READ)
    assert {"category", "harms", "developer_named"} <= read[counted]


def test_a_plan_that_is_replaced_makes_no_new_beginning(tmp_path: Path) -> None:
    folder = discover()["incident_reports"].folder
    text = (folder / "rules" / "surveillance.toml").read_text("utf-8")
    clock = ReplayClock(instant("2025-01-10T08:00:00Z"))
    settings = Settings(Text(en="Test", zh="测试"), "late.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path / "late", settings, clock=clock) as authority:
        office = Office(authority, clock)
        office.at("2025-09-10T09:00:00Z")
        later = text.replace('version = "', 'version = "later-')
        authority.adopt(RuleFile(PARAMETERS, "parameters", later.split('version = "')[1].split('"')[0],
                                 "application/toml", later))  # fmt: skip
        authority.follow()
        assert view(office.reading(), {})["since"] == "2025-01-10"
