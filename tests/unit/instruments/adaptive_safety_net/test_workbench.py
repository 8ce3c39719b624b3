"""The workbench and the page of disruption: what is changed shows, what cannot be is said in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from commonweal.instruments.adaptive_safety_net import workbench
from commonweal.instruments.adaptive_safety_net.packages import designs
from commonweal.kernel.values import BadInput
from fakes import MemoryTables


@dataclass
class House:
    """A reading of nothing on record."""

    language: str = "en"
    tables: MemoryTables = field(default_factory=MemoryTables)
    roles: tuple[str, ...] = ()

    def series(self, series: str, subject: str) -> list[tuple[str, float]]:
        return []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_changed_number_stands_beside_the_one_that_was_written(language: str) -> None:
    """A tenth of the payment costs a tenth; twice of it reaches the ceiling of 250 billion in each of six years."""
    house = House(language)
    plain = workbench.workbench_page(house, {})
    written = workbench.workbench_file(house, {})["report"]["packages"]
    cash = next(one["cost_usd"]["central"] for one in written if one["package"] == "fast_cash")
    same = workbench.workbench_page(house, {"parameter": "fast_cash.pays.usd", "value": "763"})
    tenth = workbench.workbench_page(house, {"parameter": "fast_cash.pays.usd", "value": "76.3"})
    twice = workbench.workbench_page(house, {"parameter": "fast_cash.pays.usd", "value": "1526"})
    assert len(plain["rows"]) == 5
    assert len(twice["rows"]) == 6
    assert tenth["difference"] == pytest.approx(-0.9 * cash)
    assert twice["difference"] == pytest.approx(6 * 250e9 - cash)
    assert same["totals"][0][1:] == same["totals"][1][1:], "the number that is written is as sure as it is written"
    assert [one["narrowed"] for one in (same, tenth, twice)] == [False, True, True]
    assert twice["fault"] == ""
    assert twice["chart_"].title in {dict(one.data.title.text())[language] for one in designs()["reform"].packages}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_changed_is_said_and_the_design_stands_as_written(language: str) -> None:
    house = House(language)
    for parameter, value in (
        ("fast_cash.pays.usd", "much"),
        ("wage_insurance.trigger.let.line", "1; drop"),
        ("nobody.pays.usd", "3"),
    ):
        page = workbench.workbench_page(house, {"parameter": parameter, "value": value})
        assert parameter in page["fault"] or value in page["fault"]
        assert (page["change"], page["difference"]) == ("", 0)
    with pytest.raises(BadInput):
        workbench.workbench_file(house, {"parameter": "fast_cash.pays.usd", "value": "much"})
    assert workbench.workbench_page(house, {"design": "../etc"})["design"] == "reform"


def test_a_package_of_which_nothing_can_be_judged_shows_no_noughts() -> None:
    (row,) = [row for row in workbench.workbench_page(House(), {"design": "as_law"})["rows"] if "insured" in row[0]]
    assert row[2] == row[3] == row[4] == row[6] == row[8] == row[11] == "not known"
    assert len(row) == len(workbench.HEADINGS)


@pytest.mark.parametrize(
    ("language", "reached", "times", "delay"),
    [("en", "46/306, 260 not known", "3, 46 not known", "not known"), ("zh", "46/306，260 未知", "3，46 未知", "未知")],
)
def test_what_is_not_known_stands_beside_what_was_reached(language: str, reached: str, times: str, delay: str) -> None:
    """Reached in 46 of 306, of the others nobody knows; nor of any how long it took."""
    known = workbench.report_of("reform")["packages"][0]
    some = {
        **known, "recessions_reached": 46, "recessions": 306, "recessions_unknown": 260, "delay_months": None,
        "activations": 3, "activations_unknown": 46,
    }  # fmt: skip
    house = House(language)
    at = {name: number for number, name in enumerate(workbench.HEADINGS)}
    row = workbench.row_of(house, some, "")
    assert [row[at[name]] for name in ("reached", "activations", "delay_months")] == [reached, times, delay]
    never = {**some, "recessions_reached": 0, "recessions_unknown": 0}
    assert workbench.row_of(house, never, "")[at["delay_months"]] == "–", "known never to be reached: no delay"
    columns = [column.id for column in workbench.workbench_table(house, {})["columns"]]
    assert {"recessions_unknown", "activations_unknown"} <= set(columns)


def test_how_many_people_and_how_often_stand_beside_the_cost_and_in_a_table_to_take_away() -> None:
    """Fast cash came on six times in fifty years, and for 256 million adults at most."""
    page = workbench.workbench_page(House(), {})
    at = {heading: number for number, heading in enumerate(page["headings"])}
    rows = {row[0]: row for row in page["rows"]}
    cash, aid = rows["Fast cash"], rows["Aid to states by a higher federal share of Medicaid"]
    assert cash[at["People paid, most in a month"]] == "256,414,528"
    assert cash[at["Times on"]] == "6"
    assert aid[at["People paid, most in a month"]] == "–", "governments are no people"
    file = workbench.workbench_table(House(), {"parameter": "fast_cash.pays.usd", "value": "76.3"})
    assert [column.id for column in file["columns"]] == list(file["rows"][0])
    (written, changed) = [row for row in file["rows"] if row["package"] == "fast_cash"]
    assert (written["change"], changed["change"]) == ("", "fast_cash.pays.usd=76.3")
    assert changed["cost_usd_central"] == pytest.approx(written["cost_usd_central"] / 10)
    assert changed["recipients_peak"] == written["recipients_peak"] == pytest.approx(256_414_528)
    with pytest.raises(BadInput):
        workbench.workbench_table(House(), {"parameter": "fast_cash.pays.usd", "value": "much"})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_parameter_has_a_name_and_a_value(language: str) -> None:
    design = designs()["all_packages"]
    for _, items in workbench.workbench_page(House(language), {"design": "all_packages"})["groups"]:
        for path, said in items:
            assert path.partition(".")[2] in workbench.TAILS, path
            assert said.partition(" = ")[2]
    assert set(workbench.TAILS) >= {path.partition(".")[2] for path in design.parameters()}


def test_before_any_figure_is_filed_the_page_of_disruption_says_so() -> None:
    page = workbench.disruption_page(House(), {})
    assert (page["rows"], page["newest"], page["exposure"], page["chart_"]) == ([], "", None, None)


@pytest.mark.parametrize(("roles", "leads"), [((), False), (("observer",), False), (("officer",), True)])
def test_the_workbench_leads_to_ones_own_package_who_may_open_that_page(roles: tuple[str, ...], leads: bool) -> None:
    """Whoever had signed in was led to a page that answered 403."""
    assert workbench.workbench_page(House(roles=roles), {})["office"] is leads
