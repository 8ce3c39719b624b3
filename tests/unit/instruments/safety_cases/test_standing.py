"""How a case stands on a day: state, interval and doubts, from what its elements are bound to. Never one number."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from case_office import TODAY, Office, well
from commonweal.instruments.safety_cases.evidence import Binding
from commonweal.instruments.safety_cases.formats import ltac
from commonweal.instruments.safety_cases.model import Case, Challenge, Cited, Element, Kind, Module, Relation
from commonweal.instruments.safety_cases.standing import CaseStanding, stale, standing
from commonweal.methods.arguments import FAILED, HELD, OPEN

OUTLINE = """\
- Claim Top: Safe enough here
  - Assumption Weights: The weights stay where they are
  - Claim Able: It lacks the capability
    - Evidence Evals: Evaluation log
  - Claim Watched: What it does is watched
    - Evidence Monitor: Monitor's record
"""


def case(more: str = "") -> Case:
    return ltac.read({"case.ltac": (OUTLINE + more).encode()})


def bound(element: str, **more: Any) -> Binding:
    return Binding(element=element, entry=7, **more)


WEIGHTS = {"subject": "model:m", "rule": "leak.line"}
BY_LAB = {"lower": 0.9, "upper": 0.99, "stated_by": "lab"}
ACCURACY = {"subject": "model:m", "series": "evals.cyber", "at_most": 0.2, "days_max": 90}


def on(office: Office, today: date = TODAY, more: str = "", **stated: Any) -> CaseStanding:
    bindings = [
        bound("Evals", since=date(2026, 9, 1), expires=date(2027, 3, 1), conditions=[ACCURACY], **BY_LAB),
        Binding(element="Monitor", entry=8, expires=date(2027, 6, 1), lower=0.95, upper=1.0, stated_by="developer"),
        Binding(element="Weights", conditions=(WEIGHTS,)),
    ]
    return standing(case(more), bindings, today, office, **stated)


def under(kind: Kind, *challenges: Challenge) -> CaseStanding:
    """Two claims: that the model is safe, on evidence that expired, and that somebody tried; an element of a kind is
    above the first."""
    elements = [
        Element(id="G1", kind="goal", text="The model is safe"),
        Element(id="Sn1", kind="solution"),
        Element(id="X", kind=kind, text="x"),
        Element(id="G0", kind="goal", text="We tried"),
        Element(id="Sn0", kind="solution"),
    ]
    relations = tuple(Relation(above=one, below=other) for one, other in (("G1", "Sn1"), ("X", "G1"), ("G0", "Sn0")))
    bindings = [Binding(element="Sn1", entry=5, expires=date(2026, 1, 1)), Binding(element="Sn0", entry=6)]
    made = Case(elements=tuple(elements), relations=relations, challenges=challenges)
    return standing(made, bindings, TODAY, well())


@pytest.mark.parametrize("kind", ["strategy", "justification", "context", "counter_goal", "module", "contract"])
def test_a_claim_is_one_whatever_is_put_above_it_that_claims_nothing(kind: Kind) -> None:
    """A strategy at the head took the goal under it out of what is claimed, and the case stood by what was left."""
    found = under(kind)
    assert (found.tops, found.state) == (("G1", "G0"), "defeated")
    challenging = under(kind, Challenge(source="X", target="Sn0"), Challenge(source="G1", target="Sn0"))
    assert (challenging.tops, challenging.state) == (("G1", "G0"), "defeated")


@pytest.mark.parametrize(
    "cites", [Cited(case="Another"), Cited(element="G0"), Cited(element="G0", module="N"), Cited(module="N")]
)
def test_a_claim_at_the_head_is_one_though_it_says_that_it_stands_for_another(cites: Cited) -> None:
    """That it stands for a goal elsewhere took a claim out of what is judged, with what it rested on."""
    found = under("strategy")
    elements = [
        one.model_copy(update={"cites": cites} if one.id == "G1" else {"module": "N", "public": one.kind == "goal"})
        for one in found.case.elements
        if one.id != "X"
    ]
    relations = [one for one in found.case.relations if one.above != "X"]
    modules = (Module(name="N"),)
    made = Case(modules=modules, elements=tuple(elements), relations=tuple(relations))
    bindings = list(found.bound.values())
    again = standing(made, bindings, TODAY, well())
    assert (again.tops, again.state) == (("G1", "G0"), "defeated")


def test_a_claim_that_rests_under_another_is_told_with_that_one() -> None:
    assert under("goal").tops == ("X", "G0")


def test_a_case_that_stands_has_an_interval_and_the_doubts_that_remain() -> None:
    found = on(well())
    assert found.state == "stands"
    assert found.interval("Top") == (pytest.approx(0.85), pytest.approx(0.99))
    assert [(doubt.about, doubt.element) for doubt in found.doubts] == []
    independent = on(well(), dependence={"Top": "independent"})
    assert independent.interval("Top") == (pytest.approx(0.9 * 0.95), pytest.approx(0.99))
    assert set(found.cuts().sets) == {("Weights",), ("Evals",), ("Monitor",)}


@pytest.mark.parametrize(
    ("office", "today", "first"),
    [
        (Office({"leak.line": "firing"}, {"evals.cyber": (date(2026, 11, 1), 0.1, 0.1)}), TODAY, "Weights"),
        (Office({"leak.line": "ok"}, {"evals.cyber": (date(2026, 11, 1), 0.4, 0.4)}), TODAY, "Evals"),
        (well(), date(2027, 6, 1), "Monitor"),
    ],
)
def test_an_assumption_a_measure_or_an_expiry_that_fails_defeats_the_case(
    office: Office, today: date, first: str
) -> None:
    """No hand marks anything: the rule, the series or the day does."""
    office.values = {name: (max(day, today), low, high) for name, (day, low, high) in office.values.items()}
    found = on(office, today)
    assert found.state == "defeated"
    assert found.interval("Top") == (0, 0)
    assert first in [reason.element for reason in found.reasons]
    assert found.because[-1] == "Top"


def test_what_nobody_knows_leaves_the_case_open_and_says_so() -> None:
    found = on(Office({}, {"evals.cyber": (date(2026, 8, 1), 0.1, 0.1)}))
    assert found.state == "open"
    assert [(reason.element, reason.why) for reason in found.reasons] == [("Evals", "old"), ("Weights", "unknown")]
    assert found.interval("Top")[0] == 0


def test_a_measure_that_is_not_sure_to_be_within_its_bound_leaves_the_case_open() -> None:
    office = Office({"leak.line": "ok"}, {"evals.cyber": (date(2026, 11, 1), 0.15, 0.25)})
    assert [(reason.element, reason.why) for reason in on(office).reasons] == [("Evals", "unsure")]
    assert on(office).state == "open"


def test_a_rule_that_begins_to_fire_is_a_warning_and_no_defeat() -> None:
    office = Office({"leak.line": "pending"}, well().values)
    found = on(office)
    assert found.state == "stands"
    assert [(doubt.about, doubt.element, doubt.detail) for doubt in found.doubts] == [
        ("reason", "Weights", "leak.line")
    ]


def test_evidence_whose_entry_is_gone_supports_nothing_and_refutes_nothing() -> None:
    """Annulled, it is as if it had never been brought: the claim is open, with nothing to say for itself."""
    office = well()
    office.gone = {7}
    found = on(office)
    assert {reason.why for reason in found.reasons} == {"gone"}
    assert (found.state, found.because) == ("open", [])
    assert found.interval("Top")[0] == 0
    assert {one.why for one in stale(found, found.case, review_by=None, today=TODAY)} == {"undecided", "evidence"}


def test_a_challenge_without_evidence_leaves_the_claim_open_and_an_answered_one_stays_a_doubt() -> None:
    challenge = "  - Evidence Doubt: Other scaffolding succeeds {iscounter}\n"
    found = on(well(), more=challenge)
    assert found.state == "open"
    assert ("challenge_open", "Top", "Doubt") in [(one.about, one.element, one.detail) for one in found.doubts]
    answered = challenge + "    - Evidence Answer: That run had the answers {iscounter}\n"
    bindings = [*on(well()).bound.values(), bound("Doubt"), bound("Answer")]
    found = standing(case(answered), bindings, TODAY, well())
    assert found.state == "stands"
    assert ("challenge_answered", "Top", "Doubt") in [(one.about, one.element, one.detail) for one in found.doubts]
    assert ("Answer",) in found.cuts().sets, "were the answer to fail, the challenge would stand"
    found = standing(case(challenge), [*on(well()).bound.values(), bound("Doubt")], TODAY, well())
    assert (found.state, found.because) == ("defeated", ["Doubt", "Top"])


def test_evidence_out_of_the_record_and_assumptions_nobody_watches_are_doubts() -> None:
    found = standing(case(), [], TODAY, well())
    assert {(one.about, one.element) for one in found.doubts} == {
        ("unbound", "Evals"),
        ("unbound", "Monitor"),
        ("no_bounds", "Evals"),
        ("no_bounds", "Monitor"),
        ("unwatched", "Weights"),
    }
    assert found.interval("Top") == (0, 1), "nothing is known, and nothing is claimed"


def test_independence_that_cannot_be_is_told_and_not_used() -> None:
    text = "- Claim T: t\n  - Claim A: a\n    - Evidence E: e\n  - Claim B: b\n    - Link E\n"
    shared = ltac.read({"case": text.encode()})
    found = standing(
        shared, [bound("E", lower=0.9, upper=0.9, stated_by="x")], TODAY, well(), dependence={"T": "independent"}
    )
    assert ("not_independent", "T") in [(one.about, one.element) for one in found.doubts]
    assert found.interval("T") == (pytest.approx(0.9), pytest.approx(0.9))


@pytest.mark.parametrize(
    "same", [{"entry": 17}, {"entry": 17, "subject": "evaluation:x"}, {"entry": 17, "sha256": "ab" * 32}]
)
def test_two_documents_that_are_one_entry_are_one_thing(same: dict[str, Any]) -> None:
    """Both pieces of evidence are the same run: that they are independent is told, and not used."""
    text = "- Claim T: t\n  - Evidence E: e\n  - Evidence F: f\n"
    made = ltac.read({"case": text.encode()})
    bindings = [Binding(element=one, lower=0.9, upper=0.9, stated_by="x", **same) for one in "EF"]
    found = standing(made, bindings, TODAY, well(), dependence={"T": "independent"})
    assert ("not_independent", "T") in [(one.about, one.element) for one in found.doubts]
    assert found.interval("T") == (pytest.approx(0.8), pytest.approx(0.9))


def test_guarantees_of_one_run_are_one_thing() -> None:
    """Said thrice with nine tenths each, what one run shows is no surer than said once."""
    text = "- Claim T: t\n  - Evidence E: e\n  - Evidence F: f\n"
    made = ltac.read({"case": text.encode()})
    office = well()
    office.guarantees = {21: (0.9, 1.0, "m"), 22: (0.9, 1.0, "m")}
    bindings = [Binding(element="E", entry=21), Binding(element="F", entry=22)]
    apart = standing(made, bindings, TODAY, office, dependence={"T": "independent"})
    assert apart.interval("T") == (pytest.approx(0.81), 1.0)
    office.sources = {21: (17,), 22: (20, 17)}
    found = standing(made, bindings, TODAY, office, dependence={"T": "independent"})
    assert ("not_independent", "T") in [(one.about, one.element) for one in found.doubts]
    assert found.interval("T") == (pytest.approx(0.8), 1.0)


def test_an_approval_grows_stale_with_time_evidence_and_every_change() -> None:
    found = on(well())
    assert stale(found, found.case, review_by=None, today=TODAY) == []
    assert [one.why for one in stale(found, case("  - Claim New: n\n"), review_by=TODAY, today=TODAY)] == [
        "review_due",
        "changed",
    ]
    expired = on(well(), date(2027, 3, 1))
    assert [(one.why, one.detail) for one in stale(expired, expired.case, review_by=None, today=TODAY)] == [
        ("defeated", "Evals"),
        ("evidence", "Evals"),
        ("evidence", "Evals"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"lower": 0.9},
        {"lower": 0.9, "upper": 0.1, "stated_by": "x"},
        {"lower": 0.1, "upper": 0.9},
        {"since": "2026-02-01", "expires": "2026-01-01"},
        {"conditions": [{"subject": "model:m"}]},
        {"conditions": [{"subject": "model:m", "series": "s"}]},
        {"conditions": [{"subject": "model:m", "series": "s", "rule": "r", "at_most": 1}]},
        {"sha256": "abc"},
    ],
)
def test_a_binding_that_says_nothing_or_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Binding.model_validate({"element": "E", **wrong})


TWO = """\
- Claim Here: Safe for its users
  - Evidence Trial: Trial

- Claim There: Safe for everybody else
  - Evidence Spread: Study of who else is reached
"""


def claims(office: Office, *, stated: bool = True, **more: Any) -> CaseStanding:
    """A case of two claims, each on evidence of its own."""
    figures = {"lower": 0.9, "upper": 0.99, "stated_by": "lab"} if stated else {}
    bindings = [bound("Trial", **figures), Binding(element="Spread", entry=8, **figures, **more)]
    return standing(ltac.read({"case": TWO.encode()}), bindings, TODAY, office)


def test_a_case_of_several_claims_stands_while_all_of_them_stand() -> None:
    """The first alone was judged: a case whose second claim had fallen stood."""
    found = claims(well())
    assert (found.tops, found.state) == (("Here", "There"), "stands")
    assert found.interval("There") == (pytest.approx(0.9), pytest.approx(0.99))
    assert found.whole() == (pytest.approx(0.8), pytest.approx(0.99)), "both hold: doubts add up (Fréchet 1935)"
    assert set(found.cuts().sets) == {("Trial",), ("Spread",)}
    fallen = claims(well(), expires=TODAY)
    assert (fallen.state, fallen.falling(), fallen.because) == ("defeated", ["There"], ["Spread", "There"])
    assert fallen.whole() == (0, 0)
    assert fallen.interval("Here") == (pytest.approx(0.9), pytest.approx(0.99))
    assert {one.why for one in stale(fallen, fallen.case, review_by=None, today=TODAY)} == {"defeated", "evidence"}


def test_what_nobody_watches_and_nobody_measured_is_assumed_and_never_certain() -> None:
    """An assumption that counted as 1 made a claim look as sure as its evidence (found by an outsider)."""
    bindings = [Binding(element=one, entry=7, **BY_LAB) for one in ("Evals", "Monitor")]
    assumed = standing(case(), bindings, TODAY, well())
    assert assumed.assumed == ("Weights",)
    assert assumed.whole() == (pytest.approx(0.8), pytest.approx(0.99)), "if it holds: doubts of 0.1 and 0.1"
    assert assumed.whole(given=False) == (0, pytest.approx(0.99)), "and of it nothing is known"
    assert assumed.interval("Weights", given=False) == (0, 1)
    measured = Binding(element="Weights", entry=9, lower=0.95, upper=1.0, stated_by="lab")
    found = standing(case(), [*bindings, measured], TODAY, well())
    assert (found.assumed, found.whole()) == ((), found.whole(given=False)), "somebody said how likely it holds"
    assert found.whole()[0] == pytest.approx(0.75)
    watched = standing(case(), [*bindings, Binding(element="Weights", conditions=(WEIGHTS,))], TODAY, well())
    assert watched.assumed == (), "what would contradict it is watched"


def test_what_is_assumed_elsewhere_in_the_file_is_no_condition_of_a_claim_that_does_not_rest_on_it() -> None:
    more = "  - Assumption Alone: It rains\n"
    two = standing(case(more), [], TODAY, well())
    assert two.assumed == ("Weights", "Alone")
    loose = case(more).model_copy(
        update={"relations": tuple(one for one in case(more).relations if one.below != "Alone")}
    )
    assert standing(loose, [], TODAY, well()).assumed == ("Weights",)


CARRIED = "safety_case:b"


def carrying(value: int, *challenges: Challenge, **more: Any) -> CaseStanding:
    """A claim on evidence that is bound to another case, of which this was found; beside it a counter goal on that."""
    office = well()
    office.found[CARRIED] = value
    elements = [
        Element(id="G", kind="goal", text="It is safe"),
        Element(id="Sn", kind="solution"),
        Element(id="CG", kind="counter_goal", text="It is not"),
        Element(id="CSn", kind="counter_solution"),
    ]
    ends = [("G", "Sn"), ("CG", "CSn"), *more.get("relations", ())]
    relations = tuple(Relation(above=one, below=other) for one, other in ends)
    bindings = [bound(one, subject=CARRIED) for one in more.get("bound", ("Sn",))]
    bindings += [Binding(element=one, entry=9) for one in {"Sn", "CSn"} - {binding.element for binding in bindings}]
    made = Case(elements=tuple(elements), relations=relations, challenges=challenges)
    return standing(made, bindings, TODAY, office)


def test_what_a_claim_rests_on_stands_and_falls_with_the_subject_it_is_bound_to() -> None:
    assert [carrying(value).state for value in (HELD, OPEN, FAILED)] == ["stands", "open", "defeated"]
    assert [one.why for value in (OPEN, FAILED) for one in carrying(value).reasons] == ["undecided", "finding"]


def test_evidence_of_danger_is_not_gone_because_what_it_is_bound_to_found_danger() -> None:
    """A test that was crossed is bound to what challenges the claim: the challenge would fall with what it shows."""
    against = Challenge(source="CG", target="G")
    assert carrying(FAILED, against, bound=("CSn",)).state == "defeated"
    assert carrying(FAILED, against, bound=("Sn",), relations=[("CG", "Sn")]).state != "stands", "of use to both sides"
