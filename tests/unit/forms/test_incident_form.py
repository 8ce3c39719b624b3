"""The form of incident reports keeps up with the kind: what the frame gains is asked, or left out on purpose."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from commonweal.authority.declared import all_kinds
from commonweal.forms import asked_pages, body_of, notices_of, read_forms, shape_of
from commonweal.instruments import discover
from commonweal.instruments.incident_reports.reports import REPORT
from commonweal.kernel.instrument import Form

# `developer` is found by the desk from `developer_named`; who files something made up does so by a story.
LEFT_OUT = {"developer", "fictitious"}
LAW = {
    "EU": {
        "weights_breached",
        "high_risk_system",
        "equivalent_reporting",
        "systemic_risk_model",
        "signed_safety_chapter",
    },
    "US-CA": {"frontier_model", "weights_breached"},
    "CN": {"critical_infrastructure_operator", "central_organ", "cn_grade"},
}
CONDUCT = {
    "control_lost", "catastrophic_harm", "developer_deceived", "elicited",
    "catastrophic_risk_raised",
}  # fmt: skip


@pytest.fixture(scope="module")
def form() -> Form:
    found = discover()
    kinds = {kind.id: kind for kind in all_kinds([item.instrument for item in found.values()])}
    return read_forms([(name, item.folder) for name, item in found.items()], kinds)["incident"]


def asked(form: Form, answers: Mapping[str, object]) -> set[str]:
    return {question.field for page in asked_pages(form, answers) for question in page.questions}


def test_every_field_of_the_frame_is_asked_or_left_out_on_purpose(form: Form) -> None:
    questions = {question.field for page in form.pages if not page.also for question in page.questions}
    assert set(REPORT.schema.model_fields) - questions - {form.reference} == LEFT_OUT


def test_every_value_of_a_scale_can_be_chosen(form: Form) -> None:
    for question in form.questions():
        shape = shape_of(REPORT.schema, question.field)
        if question.control in ("one", "several") and shape is not None:
            assert {choice.value for choice in question.choices} == set((shape.of or shape).choices), question.field


def test_a_member_of_the_public_is_asked_for_no_law_and_an_organisation_for_that_of_its_places_alone(
    form: Form,
) -> None:
    law = set().union(*LAW.values())
    assert asked(form, {"category": "concern", "reporter": "public", "jurisdictions": ["EU", "CN"]}) & law == set()
    for place, fields in LAW.items():
        answers = {"category": "serious_incident", "reporter": "provider", "jurisdictions": [place]}
        assert asked(form, answers) & law == fields


@pytest.mark.parametrize(("reporter", "field"), [("provider", "developer_named"), ("deployer", "deployer_named")])
def test_who_reports_for_an_organisation_names_it_and_is_told_what_a_personal_report_meets(
    form: Form, reporter: str, field: str
) -> None:
    """A report that names nobody leaves open who owes what; one in words is its writer's own, and meets no duty."""

    def missing(**more: object) -> bool:
        answers = {"category": "serious_incident", "reporter": reporter, **more}
        problems = body_of(form, answers, REPORT.schema, roles=more and ("developer",))[1]
        return any((one.where, one.code) == (field, "missing") for one in problems)

    assert missing()
    assert not missing(**{field: "Lab"})
    chosen = {"organisation": {"ids": ["organisation:lab"], "search": ""}}
    assert not missing(**chosen)
    said = {"reporter": reporter, "category": "serious_incident"}
    assert "meets no duty" in notices_of(form, said, roles=("developer",))[0].text["en"]
    assert "meets no duty" in notices_of(form, {**said, **chosen}, roles=None)[0].text["en"], "not asked without a key"
    assert notices_of(form, {**said, **chosen}, roles=("developer",)) == []
    assert notices_of(form, {**said, "reporter": "affected"}) == []


def test_what_a_frontier_model_did_is_asked_where_its_law_asks_whatever_the_category(form: Form) -> None:
    """Cal. Bus. & Prof. Code § 22757.11(d): what makes it critical; (4) needs no harm, so near misses count."""
    said = {"reporter": "provider", "jurisdictions": ["US-CA"]}
    for category in ("serious_incident", "near_miss", "concern"):
        assert asked(form, {**said, "category": category, "frontier_model": "yes"}) >= CONDUCT
    assert not CONDUCT & asked(form, {**said, "category": "near_miss", "frontier_model": "no"})


def test_what_is_asked_follows_from_what_is_reported(form: Form) -> None:
    def only(category: str) -> set[str]:
        return asked(form, {"category": category, "reporter": "public"})

    assert "harms" in only("serious_incident")
    assert {"harms", "severity", "reversibility", "safeguards"} <= only("near_miss"), "what nearly came, and what held"
    assert not {"harms", "safeguards"} & only("concern")
    assert "warnings" in only("near_miss")
    assert "misuses" in only("misuse")
    assert "misuses" not in only("concern")
