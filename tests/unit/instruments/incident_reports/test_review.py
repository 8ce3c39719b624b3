"""What could give people away is pointed out before something goes out; how much of it, is measured and said.

The cases are in `review_cases.toml`. What is measured here stands in docs/incidents.md.
"""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from commonweal.instruments.incident_reports.people import names_in
from commonweal.instruments.incident_reports.review import warnings

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "review_cases.toml").read_text("utf-8"))["case"]


def measured(risk: str) -> tuple[int, int, int]:
    """Over the cases: what was rightly pointed out, what was pointed out besides, and what was missed."""
    right = besides = missed = 0
    for case in CASES:
        seen = [one.seen for one in warnings({"summary": case["text"]}) if one.risk == risk]
        wanted = case.get(risk, [])
        hit = [one for one in wanted if any(one in found or found in one for found in seen)]
        right += len(hit)
        missed += len(wanted) - len(hit)
        besides += sum(not any(one in found or found in one for one in wanted) for found in seen)
    return right, besides, missed


def test_an_untitled_name_is_pointed_out() -> None:
    assert ("person", "John Smith") in {(one.risk, one.seen) for one in warnings({"summary": "John Smith was hurt."})}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Supervisor Zhang San told staff to keep quiet.", "Supervisor Zhang San"),
        ("Ms O'Neill and Dr Li Wei were there.", "Dr Li Wei"),
        ("主管张三要求员工保持沉默。", "张三"),
        ("由王经理批准。", "王经理"),
        ("李博士在会上提出异议。", "李博士"),
    ],
)
def test_a_name_beside_a_role_is_pointed_out_in_no_list_of_names(text: str, name: str) -> None:
    """A colleague is named by what they do: of such a name it was said that nothing could give people away."""
    assert name in {one.seen for one in warnings({"summary": text}) if one.risk == "person"}


@pytest.mark.parametrize(
    "text", ["由于主管部门要求，对方经理到场。", "担任主任的是原经理。", "The Nurse Call System failed."]
)
def test_an_office_or_a_product_is_nobody(text: str) -> None:
    """Warnings that point at everything are read by nobody."""
    assert [one.seen for one in warnings({"summary": text}) if one.risk == "person"] == []


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"affected_min": 1}, {"affected_min"}),
        ({"affected_min": 1, "affected_max": 1}, {"affected_max"}),
        ({"affected_min": 1, "affected_max": 5000}, set()),
        ({"affected_min": 2}, set()),
    ],
)
def test_one_person_is_pointed_out_also_where_only_the_least_is_said(said: dict[str, int], fields: set[str]) -> None:
    assert {one.field for one in warnings(said) if one.risk == "one_person"} == fields


def test_few_at_least_and_the_day_are_pointed_out_together() -> None:
    said = {"affected_min": 1, "occurred": "2026-02-27", "sectors": ["health"], "countries": ["FR"]}
    assert {one.risk for one in warnings(said)} == {"one_person", "exact_day", "web_of_facts"}


@pytest.mark.parametrize(
    ("said", "risks"),
    [
        ({"harms": ["death"]}, {"exact_day"}),
        ({"harms": ["death"], "affected_min": 5000}, set()),
        ({"harms": ["economic"]}, set()),
    ],
)
def test_the_day_is_pointed_out_where_nobody_says_how_many_were_hurt(said: dict[str, Any], risks: set[str]) -> None:
    """One death in one hospital is as easily found when the report leaves the number open."""
    assert {one.risk for one in warnings({"occurred": "2026-02-27", **said})} == risks


@pytest.mark.parametrize(("risk", "recall", "precision"), [("person", 0.85, 0.9), ("contact", 1, 1), ("number", 1, 1)])
def test_of_the_cases_as_much_is_pointed_out_as_the_documentation_says(
    risk: str, recall: float, precision: float
) -> None:
    right, besides, missed = measured(risk)
    assert right / (right + missed) >= recall, (right, missed)
    assert right / (right + besides) >= precision, (right, besides)


def test_who_was_harmed_in_published_incidents_is_found_where_the_text_names_them(shared_data: Path) -> None:
    """Harmed parties of two or three words that stand in the description; some of them are organisations."""
    there = found = 0
    with (shared_data / "aiid" / "incidents.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = row["description"]
            for slug in json.loads(row["Alleged harmed or nearly harmed parties"] or "[]"):
                name = " ".join(word.capitalize() for word in slug.split("-"))
                if len(name.split()) in (2, 3) and name in text:
                    there += 1
                    found += any(name in one or one in name for one in names_in(text))
    assert there > 400
    assert found / there > 0.74


def test_words_of_an_answer_or_a_cause_are_the_reporter_s_too() -> None:
    said = "our shift lead ordered me to switch the filter off before Monday"
    for told in ({"text": said}, {"causes": [{"cause": said}]}, {"safeguards": [{"safeguard": said}]}):
        assert [one.risk for one in warnings({"summary": f"They said: {said}."}, [told])] == ["copied"]


def test_who_reported_is_looked_for_and_not_repeated() -> None:
    """A name in any script; the warning does not say what stands in the identity strip."""
    strip = {"person": "Иван Петров", "contact": "by mail: ivan@home.example"}
    for summary in ("As Иван Петров told us, it was off.", "Write to ivan@home.example."):
        found = [one for one in warnings({"summary": summary}, strips=[strip]) if one.risk == "identity"]
        assert [(one.field, one.seen) for one in found] == [("summary", "–")]
    assert warnings({"summary": "It was off."}, strips=[strip]) == []
