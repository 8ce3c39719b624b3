"""What passes along a lineage: compute by each way of deriving, whose a model is, and decisions about those above."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.instruments.model_registration import family, lineage
from commonweal.instruments.model_registration.estimates import assess, modification, shipped
from commonweal.instruments.model_registration.facts import FACTS, model_facts, run_facts
from commonweal.instruments.model_registration.kinds import MODEL
from commonweal.instruments.model_registration.lineage import Edge
from commonweal.kernel.disclosure import validate
from commonweal.kernel.values import BadInput, instant
from commonweal.methods import compute
from commonweal.methods.compute import Estimate

A, B = "organisation:a", "organisation:b"
BASE = {"name": "Base", "organisation": A, "compute_flop": 3e24, "compute_confidence": "declared"}
NOW = instant("2026-06-01")


@pytest.fixture
def filed(house):
    for subject, name in ((A, "A"), (B, "B")):
        house.file("organisation", subject, "2024-01-01", name=name)
    house.file("model", "model:base", "2024-02-01", **BASE)
    house.file("model", "model:teacher", "2024-02-02", **{**BASE, "name": "Teacher", "compute_flop": 2e25})
    return house


def derive(house, subject, *steps, at="2024-06-01", organisation=B, **more):
    made = [{key: value for key, value in step.items() if value} for step in steps]
    return house.file("model", subject, at, name=subject, organisation=organisation, derived_from=made, **more)


def of(model, relation):
    return {"model": model, "relation": relation}


def point(house, subject):
    found = assess(lineage.registry.subject(house.tables, subject)["body"], shipped(), house.tables).interval
    return found.point if found else None


TRAINED = {"modification_flop": 2e24, "modification_confidence": "declared"}


@pytest.mark.parametrize(
    ("relation", "trained", "whole"),
    [
        # C(2025) 5045, Annex, points 119 to 121: what trained the weights, and what was trained on them
        ("fine_tune", TRAINED, 5e24),
        ("continued_pretraining", TRAINED, 5e24),
        ("adapter", TRAINED, 5e24),
        ("pruning", TRAINED, 5e24),
        ("unstated", TRAINED, 5e24),
        # point 118: rounding or copying weights updates no parameter
        ("quantisation", {}, 3e24),
        ("copy", {}, 3e24),
        # a step of which nobody says what it trained
        ("fine_tune", {}, None),
    ],
)
def test_compute_passes_along_each_way_of_deriving(filed, relation, trained, whole):
    derive(filed, "model:child", of("model:base", relation), **trained)
    found = point(filed, "model:child")
    assert found == (pytest.approx(whole) if whole else None)


def test_a_student_counts_its_own_training_and_the_data_made_for_it_not_its_teacher(filed):
    """C(2025) 5045, Annex, points 120 and 122. Own training: 6 × 1e10 × 1e12 = 6e22; data: 1e22."""
    own = {"parameters": 1e10, "architecture": "dense", "training_tokens": 1e12}
    derive(filed, "model:student", of("model:teacher", "distillation"), **own, synthetic_data_flop=1e22)
    assert point(filed, "model:student") == pytest.approx(7e22)
    facts = model_facts("model:student", filed.tables, NOW)
    assert facts["modifies_anothers_model"].value is False, "a student is no changed version of its teacher"


def test_merged_models_sum_and_what_they_share_counts_once(filed):
    """C(2025) 5045, Annex, point 121; the common base by our own setting: (3 + 2) + (3 + 1) − 3 = 6 × 10^24."""
    derive(filed, "model:one", of("model:base", "fine_tune"), **TRAINED)
    derive(
        filed, "model:two", of("model:base", "fine_tune"), modification_flop=1e24, modification_confidence="declared"
    )
    derive(filed, "model:both", of("model:one", "merge"), of("model:two", "merge"), modification_flop=0.0)
    assert point(filed, "model:both") == pytest.approx(6e24)
    derive(filed, "model:apart", of("model:base", "merge"), of("model:teacher", "merge"), modification_flop=0.0)
    assert point(filed, "model:apart") == pytest.approx(2.3e25)


def test_a_parent_known_by_name_alone_leaves_the_whole_unknown(filed):
    derive(filed, "model:child", of("model:base", "merge"), {"name": "Elsewhere-7B", "relation": "merge"}, **TRAINED)
    assert point(filed, "model:child") is None
    facts = model_facts("model:child", filed.tables, NOW)
    assert facts["modifies_anothers_model"].value is True, "one of them is another's all the same"
    assert facts["original_compute_known"].value is False
    assert facts["modification_flop"].value.point == 2e24


def test_a_family_that_doubles_at_every_step_is_walked_once(filed):
    """Forty generations of merges of two: followed path by path this would be 2^40 models."""
    derive(filed, "model:g0a", of("model:base", "copy"))
    derive(filed, "model:g0b", of("model:base", "copy"))
    for number in range(1, 12):
        for side in "ab":
            above = [of(f"model:g{number - 1}{each}", "merge") for each in "ab"]
            derive(filed, f"model:g{number}{side}", *above, modification_flop=0.0)
    assert point(filed, "model:g11a") is not None
    assert len(lineage.descendants(filed.tables, "model:base")) == 24


# ── whose it is, and how much was trained ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("organisation", "said", "another"),
    [(B, None, True), (A, None, False), (None, None, None), (B, True, False), (A, False, True), (None, False, True)],
)
def test_whose_model_is_modified_follows_from_the_organisations_unless_it_is_said(filed, organisation, said, another):
    more = {} if said is None else {"for_original_provider": said}
    derive(filed, "model:child", of("model:base", "fine_tune"), organisation=organisation, **TRAINED, **more)
    assert model_facts("model:child", filed.tables, NOW)["modifies_anothers_model"].value is another


def test_steps_of_one_modifier_count_together(filed):
    """Our own setting, cited in rules/lineage.toml: 0.8 + 0.6 = 1.4, of 3 (× 10^24): above one third together."""
    step = lambda flop: {"modification_flop": flop, "modification_confidence": "declared"}  # noqa: E731
    derive(filed, "model:first", of("model:base", "fine_tune"), **step(8e23))
    derive(filed, "model:second", of("model:first", "fine_tune"), **step(6e23))
    facts = model_facts("model:second", filed.tables, NOW)
    assert facts["modification_flop"].value.point == pytest.approx(1.4e24)
    assert facts["original_compute_flop"].value.point == 3e24
    assert facts["modification_share"].value.point == pytest.approx(1.4 / 3)
    first = model_facts("model:first", filed.tables, NOW)
    assert first["modification_share"].value.point == pytest.approx(0.8 / 3)


def test_a_step_that_is_not_on_file_leaves_the_share_unknown(filed):
    derive(filed, "model:first", of("model:base", "fine_tune"))
    derive(filed, "model:second", of("model:first", "fine_tune"), **TRAINED)
    facts = model_facts("model:second", filed.tables, NOW)
    assert facts["modification_flop"].value is None
    assert facts["modification_share"].value is None


def test_a_copy_has_trained_nothing_for_certain(filed):
    derive(filed, "model:copy", of("model:base", "copy"))
    facts = model_facts("model:copy", filed.tables, NOW)
    assert (facts["modification_flop"].value.high, facts["modification_share"].value.high) == (0.0, 0.0)


def test_hardware_hours_of_a_derived_model_are_what_came_after():
    body = {"base_model": "model:x", "hardware": {"name": "NVIDIA A100", "chips": 8, "hours": 100, "utilisation": 0.4}}
    found = modification(body, shipped())
    assert found.estimate.point == pytest.approx(8 * 100 * 3600 * 3.12e14 * 0.4)


def test_a_run_that_goes_on_from_anothers_model_is_measured_by_what_it_trains_itself(filed):
    run = {"name": "R", "organisation": B, "status": "planned", "expected_total_flop": 2e24, "base_model": "model:base"}
    filed.file("training_run", "training_run:r", "2025-09-01", **run)
    facts = run_facts("training_run:r", filed.tables, NOW)
    assert facts["modifies_anothers_model"].value is True
    assert facts["modification_share"].value.point == pytest.approx(2 / 3)
    filed.file("training_run", "training_run:r", "2025-09-02", **{**run, "organisation": A})
    assert run_facts("training_run:r", filed.tables, NOW)["modifies_anothers_model"].value is False
    del run["base_model"]
    filed.file("training_run", "training_run:r", "2025-09-03", **run, base_model_flop=3e24)
    assert run_facts("training_run:r", filed.tables, NOW)["modifies_anothers_model"].value is None


def test_an_entry_about_a_model_touches_all_that_descend_from_it(filed):
    derive(filed, "model:child", of("model:base", "fine_tune"), **TRAINED)
    derive(filed, "model:grandchild", of("model:child", "quantisation"), organisation=A)
    entry = filed.file("model", "model:base", "2025-01-01", **BASE)
    touched = {facts.noun: list(facts.touches(entry, filed.tables)) for facts in FACTS}
    assert touched["model"] == ["model:child", "model:grandchild"]


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"derived_from": [{"relation": "copy"}]}, "derived_from"),
        ({"derived_from": [{"model": "model:x", "name": "X", "relation": "copy"}]}, "derived_from"),
        ({"derived_from": [{"model": "model:x", "relation": "stolen"}]}, "derived_from"),
        ({"derived_from": [of("model:x", "copy"), of("model:x", "copy")]}, "derived_from"),
        ({"base_model": "model:y", "derived_from": [of("model:x", "copy")]}, "derived_from"),
        ({"modification_flop": 1e20}, "modification_flop"),
        ({"base_model_name": "X", "modification_flop": 0.5}, "modification_flop"),
        ({"base_model_name": "X", "modification_confidence": "likely"}, "modification_confidence"),
        ({"provided_in_china_on": "2025-01-01"}, "provided_in_china_on"),
        (
            {"provided_in_china": True, "provided_in_china_on": "2025-01-02", "china_service_ended_on": "2025-01-01"},
            "china_service_ended_on",
        ),
    ],
)
def test_a_lineage_that_cannot_be_is_refused(body, where):
    with pytest.raises(BadInput) as caught:
        validate(MODEL, {"name": "M", **body})
    assert where in str(caught.value)


def test_what_was_filed_before_derivations_were_is_read_as_it_was_meant():
    assert lineage.parents({"base_model": "model:x"}) == (lineage.Parent("model:x", "", "unstated"),)
    assert lineage.parents({"base_model_name": "X"}) == (lineage.Parent("", "X", "unstated"),)
    assert lineage.parents({"name": "M"}) == ()


# ── the family, for people ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_about_an_ancestor_is_shown_on_all_below(filed):
    derive(filed, "model:child", of("model:base", "fine_tune"), **TRAINED)
    derive(filed, "model:grandchild", of("model:child", "quantisation"))
    status = {"about": "model:base", "status": "suspended", "reason_code": "dangerous"}
    filed.file("status", "model:base", "2025-01-01", **status)
    body = lineage.registry.subject(filed.tables, "model:grandchild")["body"]
    assert family.suspended_above(filed.tables, body) == [
        {"subject": "model:base", "name": "Base", "status": "suspended"}
    ]
    rows = family.lineage_rows(filed, {"status": "suspended"})
    assert {row["subject"] for row in rows} == {"model:child", "model:grandchild"}


def test_the_picture_places_every_model_after_what_it_was_made_from(filed):
    derive(filed, "model:child", of("model:base", "fine_tune"), **TRAINED)
    derive(filed, "model:both", of("model:child", "merge"), of("model:teacher", "merge"), modification_flop=0.0)
    view = family.lineage_view(filed, "model:child")
    assert [step["name"] for step in view["made_from"]] == ["Base"]
    assert [step["subject"] for step in view["used_by"]] == ["model:both"]
    chart = view["chart"]
    assert len(chart.rows) == 3
    assert len(chart.spec["layer"][1]["data"]["values"]) == 4


names = st.sampled_from([f"m{number}" for number in range(7)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(names, names), max_size=15))
def test_generations_rise_along_every_step_unless_it_is_in_a_circle(pairs):
    steps = [Edge(child, parent, "merge", True) for child, parent in pairs if child < parent]
    found = family.layers(steps)
    assert all(found[edge.child] > found[edge.parent] for edge in steps)
    assert len(set(family.positions(steps).values())) == len(found), "no two models at one place"


positive = st.floats(min_value=1e18, max_value=1e27)
estimates = st.tuples(positive, positive, positive).map(lambda three: Estimate(*sorted(three)))


@settings(max_examples=60, deadline=None)
@given(st.lists(estimates, min_size=1, max_size=5), estimates)
def test_sums_hold_their_parts_and_shares_undo_products(parts, under):
    whole = compute.summed(parts)
    assert all(part.point <= whole.point * (1 + 1e-12) for part in parts)
    assert whole.low <= whole.point <= whole.high
    share = compute.ratio(whole, under)
    assert share.low <= share.point <= share.high
    assert share.point * under.point == pytest.approx(whole.point)


def test_saying_later_whose_an_own_model_is_does_not_put_off_its_clock(filed):
    """That it was made from nothing was known before: only what says so dates it."""
    body = {"name": "Own", "compute_flop": 3e25, "compute_confidence": "declared"}
    filed.file("model", "model:own", "2025-09-01", **body)
    filed.file("model", "model:own", "2025-10-01", **body, organisation=A)
    assert model_facts("model:own", filed.tables, NOW)["modifies_anothers_model"].known_on == instant("2025-09-01")


def test_filing_a_fine_tune_or_its_base_anew_does_not_move_its_date(filed):
    """Otherwise a clock that runs could be set back by saying the same again."""
    derive(filed, "model:child", of("model:base", "fine_tune"), **TRAINED, at="2025-09-01")
    first = model_facts("model:child", filed.tables, NOW)["modification_share"]
    derive(filed, "model:child", of("model:base", "fine_tune"), **TRAINED, at="2025-10-01", domains=["language"])
    filed.file("model", "model:base", "2025-11-01", **BASE, domains=["language"])
    again = model_facts("model:child", filed.tables, NOW)["modification_share"]
    assert again.known_on == first.known_on == instant("2025-09-01")


def test_every_registered_copy_of_a_model_is_listed_however_far_down(filed):
    """For whoever must stop a model and all of them."""
    derive(filed, "model:child", of("model:base", "fine_tune"), **TRAINED)
    derive(filed, "model:copy", of("model:child", "copy"))
    derive(filed, "model:apart", of("model:teacher", "copy"))
    rows = family.lineage_rows(filed, {"from": "model:base"})
    assert [row["subject"] for row in rows] == ["model:child", "model:copy"]


KINDS_OF = st.sampled_from(["fine_tune", "merge", "quantisation", "copy", "adapter", "pruning", "distillation"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.lists(st.integers(0, 6), max_size=3, unique=True), KINDS_OF, st.booleans()), max_size=6)
)
def test_a_lineage_of_any_shape_counts_the_same_in_any_order_and_never_less_than_what_it_holds(house, steps):
    """Compute that contributed to the weights counts with them (C(2025) 5045, Annex, point 119): nothing is lost."""
    house = type(house)()
    house.file("model", "model:m0", "2025-01-01", **{**BASE, "organisation": None})
    for number, (above, relation, trained) in enumerate(steps, start=1):
        made = [of(f"model:m{each}", relation) for each in above if each < number]
        more = TRAINED if made and trained and relation not in ("copy", "quantisation") else {}
        body = {"name": f"M{number}", "derived_from": made, **more}
        if not made:
            body = {"name": f"M{number}", "compute_flop": 1e23, "compute_confidence": "declared"}
        house.file("model", f"model:m{number}", "2025-01-02", **body)
        found = assess(body, shipped(), house.tables).interval
        turned = assess({**body, "derived_from": made[::-1]}, shipped(), house.tables).interval
        assert (found is None) == (turned is None)
        if found is None or turned is None:
            continue
        assert turned.point == pytest.approx(found.point)
        assert found.low <= found.point <= found.high
        held = [point(house, item["model"]) for item in made if relation != "distillation"]
        assert all(found.point >= each * (1 - 1e-9) for each in held if each is not None)
