"""What a rule says of itself: in both languages, as formulas, and whether anybody could enforce it."""

from __future__ import annotations

import re

import pytest

from commonweal.authority import all_kinds
from commonweal.instruments import discover
from commonweal.kernel.thresholds import check_enforceable, explained, marking, mtl, read_rule
from commonweal.kernel.values import RuleFault

HEAD = """
format = 2
id = "test.rule"
version = "1"
citation = "made for a test"
title = { en = "Test", zh = "测试" }
text = { en = "Test.", zh = "测试。" }
in_force = { from = 2000-01-01 }
"""
EVERYTHING = (
    HEAD
    + """
every = "1mo"
by = ["subject", "sector"]
expr = "always(share >= 5 percent, 3mo) and not once(a.calm > 1, 6mo)"
clear = "share < 4"
value = "share"
for = "2mo"
keep_firing_for = "1mo"
fire_at_least = "3mo"
rest_at_least = "6mo"
max_gap = "4mo"
on_missing = "hold"
lateness = "2mo"
act_on = "upper"
then = { playbook = "coordinated_pausing", silence = "serious_incident_handling" }
[units]
"a.lost" = "persons"
"a.all" = "persons"
"a.calm" = "days"
[let]
share = "100 percent * mean(a.lost{sex='f'}, 3mo) / a.all"
[[level]]
name = "half"
at = "5"
clear = "4"
scale = 0.5
[[level]]
name = "full"
at = "9"
scale = 1
"""
)
ANSWER = HEAD + 'after = { kind = "observations.batch" }\nexpect = { kind = "case.opened" }\nwithin = "3d"\n'
KINDS = {kind.id: kind for kind in all_kinds(item.instrument for item in discover().values())}
AGREED = ("playbook.coordinated_pausing", "serious_incident_handling")


def test_every_part_of_a_rule_is_said_in_both_languages() -> None:
    said = explained(read_rule(EVERYTHING), KINDS)
    for words in (
        "Judged every month, for each subject on its own and each sector.",
        "share is (100 percent × the mean of a.lost (sex: f) over 3 months) ÷ a.all.",
        "breached while throughout the last 3 months, share is at least 5 percent and it is not so that",
        "It acts on upper bounds",
        "without a break for 2 months",
        "It stops when share is below 4, and that for 1 month.",
        "on for at least 3 months",
        "off for at least 6 months",
        "When nothing new has been heard for more than 4 months",
        "leaves everything as it was",
        "What comes up to 2 months late",
        "Level half: from where share reaches 5, 50 % of the response, until it is < 4.",
        "the share rises in proportion",
        "the playbook coordinated_pausing runs",
        "falls silent, the playbook serious_incident_handling runs",
    ):
        assert words in said["en"]
    assert len(said["en"].splitlines()) == len(said["zh"].splitlines())
    latin = re.compile(r"[a-z]+ [a-z]+ [a-z]+")
    assert not [line for line in said["zh"].splitlines() if latin.search(line) and "依据" not in line]


def test_formulas_say_dwell_hysteresis_silence_and_levels() -> None:
    lines = mtl(read_rule(EVERYTHING)).splitlines()
    for line in (
        "share := (100 percent × mean[3mo](a.lost{sex=f})) ÷ a.all",
        "breached := ⌈⌉ H[0,3mo) (share ≥ 5 percent) ∧ ¬O[0,6mo) (a.calm > 1)",
        "on := H[0,2mo] breached ∧ ¬O[0,6mo) off",
        "off := H[0,1mo] (clear ∧ ¬breached) ∧ ¬O[0,3mo) on",
        "unknown := ¬heard",
        "level_full := firing ∧ (¬off_full S on_full)",
    ):
        assert line in lines
    assert mtl(read_rule(ANSWER)) == "G (observations.batch → F[0,3d] case.opened)  (same subject)"


def test_every_shape_of_expression_has_its_words() -> None:
    expr = (
        "(since(a.b > 1, a.c != 2, 3mo) or known(last(a.b, 2mo))) and count(a.b <= 1, 3mo) < 2 "
        "and least(a.b, 1) == greatest(-a.c, abs(a.b)) and (a.b > 1 ? rate(a.b, 1mo) : round(a.c, 1)) > 0 "
        "and sum_over(job, j.n * j.s) > 1 and max(a.b, 2mo) - min(a.b, 2mo) > lag(a.b, 1mo) and true"
    )
    rule = read_rule(f'{HEAD}every = "1mo"\nmax_gap = "2mo"\nexpr = "{expr}"\n')
    said = explained(rule, KINDS)
    for words in (
        "ever since",
        "is known",
        "the number of periods",
        "the smaller of",
        "otherwise",
        "the sum over every job",
    ):
        assert words in said["en"]
    assert "S[0,3mo)" in mtl(rule)
    assert "Σ_job" in mtl(rule)


def test_every_kind_is_causable_suppressible_or_only_observable() -> None:
    assert marking(KINDS["observations.batch"]) == "observable"
    assert marking(KINDS["threshold.switched"]) == "observable"
    assert marking(KINDS["case.opened"]) == "causable"
    assert marking(KINDS["model_registration.model"]) == "suppressible"
    assert {marking(kind) for kind in KINDS.values()} == {"causable", "suppressible", "observable"}


def refused(text: str) -> dict[str, str]:
    with pytest.raises(RuleFault) as found:
        check_enforceable(read_rule(text), KINDS, AGREED, ["test.rule", "us.sahm_gap"])
    return {fault.where: f"{fault.seen} | {fault.want}" for fault in found.value.faults}


def test_what_can_be_enforced_passes_with_its_marks() -> None:
    assert check_enforceable(read_rule(EVERYTHING), KINDS, AGREED) == {}
    marks = check_enforceable(read_rule(ANSWER), KINDS, AGREED)
    assert marks == {"observations.batch": "observable", "case.opened": "causable"}


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        (ANSWER.replace('"case.opened"', '"observations.batch"'), "expect", "only says what was measured"),
        (ANSWER.replace('kind = "case.opened"', 'rule = "us.sahm_gap", state = "ok"'), "expect", "somebody can file"),
        (ANSWER.replace('"case.opened"', '"case.openned"'), "expect.kind", "case.opened"),
        (
            ANSWER.replace('"case.opened"', '"case.opened", where = { colour = "red" }'),
            "expect.where",
            "a field of case",
        ),
        (
            ANSWER.replace('kind = "observations.batch"', 'rule = "us.sam", state = "firing"'),
            "after.rule",
            "us.sahm_gap",
        ),
        (ANSWER + 'same = "colour"\n', "same", "a field of"),
        (ANSWER + 'then = "coordinated_pause"\n', "then", "like coordinated_pausing"),
        (ANSWER + 'then = { silence = "nothing_agreed" }\n', "then.silence", "a playbook that is agreed on"),
        (ANSWER + 'then = { suppresses = ["model_registration.model"] }\n', "then.suppresses", "nothing here keeps"),
        (ANSWER + 'then = { causes = ["model_registration.status"] }\n', "then.causes", "fires: containment.alert"),
        (ANSWER + 'then = { causes = ["containment.call"] }\n', "then.causes", "fires: containment.alert"),
        (ANSWER + 'then = { causes = ["containment.alret"] }\n', "then.causes", "like containment.alert"),
    ],
)
def test_what_nobody_can_enforce_is_refused(text: str, where: str, says: str) -> None:
    assert says in refused(text)[where]


def test_of_what_is_to_follow_only_what_really_follows_is_said_to() -> None:
    """A text adopted before such were refused is read on, and says what nothing carries out."""
    then = 'then = { causes = ["containment.alert", "containment.call"], suppresses = ["model_registration.model"] }\n'
    said = explained(read_rule(ANSWER + then), KINDS)
    assert "When it fires about a registered model, the authority files containment.alert." in said["en"]
    assert "It names containment.call to be filed; nothing here does that." in said["en"]
    assert "It names model_registration.model to be kept away; nothing here does that." in said["en"]
    assert "就已登记的模型触发时，主管机关提交containment.alert。" in said["zh"]


def test_all_faults_come_in_one_answer() -> None:
    text = ANSWER.replace('"case.opened"', '"observations.batch"')
    text += 'then = { playbook = "none_such", suppresses = ["observations.batch"] }\n'
    assert set(refused(text)) == {"then", "then.suppresses", "expect"}
