"""What meets a duty: any of several kinds, named or not, by what they say; and what is told of duties in confidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pytest

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.obligations import Obligations, check_adoption, duties, duties_told, read_law, standing
from commonweal.kernel.obligations.clauses import MetBy
from commonweal.kernel.values import RuleFault, Text, instant
from duty_house import CLAUSES, FACT, FiledFacts, House

NAMED = 'met_by = { kind = "register.report", subject = "about" }'
EITHER = """met_by = [
    { kind = "register.report", subject = "about" },
    { kind = "register.model", rule = "", party = "organisation", where = { stage = ["initial", "final"] } },
]"""
# Anybody's report of anything is about `model`; facts of a `secret` are confidential, those of a model are not.
LAW = CLAUSES.replace(NAMED, EITHER).replace('noun = "model"', 'noun = ["model", "secret"]')
LAW = LAW.replace('start = { event = "fact", fact = "resolved_on" }', 'start = { event = "met" }')
LAW = LAW.replace(
    'period = "60 days"',
    'period = "60 days"\nmet_by = { kind = "register.model", rule = "", where = { stage = "final" } }',
)
LAW = LAW.replace('resolved_on = { en = "resolved on", zh = "解决日", public = true }\n', "")
REPORT, FINAL, UPDATE = "xx.law.report", "xx.law.report.final", "xx.law.report.update"
SECRET, MODEL = "secret:s", "model:a"


def confidential(text: str = LAW) -> str:
    """The law with facts that are public of models only; clocks that a public decision moves are not for these."""
    head, _, rest = text.replace('zh = "严重", public = true', 'zh = "严重", public = ["model"]').partition(
        "[rule.stoppable]"
    )
    return head + rest[rest.index("[[rule.follow_up]]") :].partition('[[rule]]\nid = "xx.law.decide"')[0]


class Both(House):
    """Facts of models and of secrets, straight from what is filed."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Obligations([FiledFacts(), FiledFacts("secret")])

    def step(self, entry: Any, tables: Any) -> Any:
        if entry.kind == "register.secret":
            for name, value in entry.body.items():
                tables.put(FACT, {"subject": entry.subject, "name": name, "value": value, "on": entry.time.isoformat()})
        return super().step(entry, tables)


@pytest.fixture
def house() -> Both:
    found = Both()
    found.adopt("xx.law", "2025-06-01T00:00:00Z", LAW, version="1")
    return found


def own(house: House, rule: str, subject: str = MODEL) -> Mapping[str, Any]:
    return duties(house.tables, subject=subject, rule=rule, private=True)[0]


def test_either_kind_meets_it_and_one_need_not_name_the_rule(house: Both) -> None:
    house.file("register.model", "2025-06-02T10:00:00Z", MODEL, serious=True)
    assert own(house, REPORT)["state"] == "owed"
    house.file("register.report", "2025-06-03T10:00:00Z", None, about=MODEL, rule=REPORT)
    assert (own(house, REPORT)["state"], own(house, REPORT)["met_on"]) == ("met", "2025-06-03T10:00:00Z")
    other = Both()
    other.adopt("xx.law", "2025-06-01T00:00:00Z", LAW, version="1")
    other.file("register.model", "2025-06-02T10:00:00Z", MODEL, serious=True, stage="initial")
    assert (own(other, REPORT)["state"], own(other, REPORT)["met_on"]) == ("met", "2025-06-02T10:00:00Z")


def test_a_filing_counts_only_where_it_says_what_the_text_asks_for(house: Both) -> None:
    """A final report meets the first duty and the final one; a note of another stage meets neither."""
    house.file("register.model", "2025-06-02T10:00:00Z", MODEL, serious=True, stage="note")
    assert own(house, REPORT)["state"] == "owed"
    house.file("register.model", "2025-06-03T10:00:00Z", MODEL, serious=True, stage=["note", "initial"])
    assert own(house, REPORT)["met_on"] == "2025-06-03T10:00:00Z"
    assert (own(house, FINAL)["state"], own(house, FINAL)["last_day"]) == ("owed", "2025-08-04"), (
        "60 days: 2 August, a Saturday"
    )
    house.file("register.model", "2025-07-01T10:00:00Z", MODEL, serious=True, stage="final")
    assert (own(house, FINAL)["state"], own(house, FINAL)["late"]) == ("met", 0)


def test_a_follow_up_takes_over_the_clause_of_its_rule_for_the_same_kind() -> None:
    text = LAW.replace(
        'every = "4 weeks"', 'every = "4 weeks"\nmet_by = [{ kind = "register.model", where = { stage = "interim" } }]'
    )
    rules = {rule.id: rule for rule in read_law(text).rules}
    assert rules[UPDATE].met_by == (MetBy("register.model", "", "", "", "organisation", (("stage", ("interim",)),)),)
    assert rules[FINAL].met_by[0].party == "organisation"


def test_what_came_late_for_a_duty_that_is_not_known_to_be_owed_leaves_it_open() -> None:
    """It names no rule: in time it meets whatever is owed; late, whether it was late at all is not known before."""
    seen = 'start = { event = "fact", fact = "seen_on" }\nperiod = "10 days"'
    text = LAW.replace('period = "10 days"', seen, 1)
    text = text.replace("[facts]", '[facts]\nseen_on = { en = "seen on", zh = "发现日", public = true }')
    for filed, open_, then in (("2025-06-11", "met", 0), ("2025-06-13", "unknown", 1)):
        house = Both()
        house.adopt("xx.law", "2025-06-01T00:00:00Z", text, version="1")
        house.file("register.model", f"{filed}T10:00:00Z", MODEL, seen_on="2025-06-02", stage="initial")
        assert own(house, REPORT)["state"] == open_
        assert own(house, REPORT)["last_day"] == "2025-06-12"
        house.file("register.model", "2025-06-20T10:00:00Z", MODEL, serious=True)
        assert (own(house, REPORT)["state"], own(house, REPORT)["late"]) == ("met", then)


def test_an_annulled_report_meets_nothing(house: Both) -> None:
    house.file("register.model", "2025-06-02T10:00:00Z", MODEL, serious=True)
    house.file("register.model", "2025-06-03T10:00:00Z", MODEL, serious=True, stage="initial")
    reported = next(entry.index for entry in house.entries if entry.body.get("stage") == "initial")
    assert own(house, REPORT)["state"] == "met"
    house.file("record.annulled", "2025-06-04T10:00:00Z", MODEL, entry=reported, kind="register.model")
    assert own(house, REPORT)["state"] == "owed"


# ── what the text may say ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("met_by = []", "met_by"),
        ("met_by = [7]", "met_by[0]"),
        ('met_by = ["register.report", "register.report"]', "met_by"),
        ('met_by = { kind = "register.report", where = { stage = [] } }', "met_by.where.stage"),
        ('met_by = { kind = "register.report", where = { stage = [1] } }', "met_by.where.stage"),
        ('met_by = { kind = "register.report", where = { "Stage!" = "x" } }', "met_by.where.Stage!"),
        ('met_by = { kind = "register.report", stage = "x" }', "met_by.stage"),
        ("met_by = [" + ", ".join(f'"register.k{letter}"' for letter in "abcdefghi") + "]", "met_by"),
    ],
)
def test_what_the_text_gets_wrong_is_named_in_its_place(written: str, where: str) -> None:
    with pytest.raises(RuleFault) as caught:
        read_law(CLAUSES.replace(NAMED, written, 1))
    assert any(where in fault.where for fault in caught.value.faults), [fault.where for fault in caught.value.faults]


class Said(Filing):
    about: Annotated[str, PUBLIC]
    rule: Annotated[str, PUBLIC] = ""
    stage: Annotated[Literal["initial", "final"] | None, PUBLIC] = None
    organisation: str = ""
    on: str = ""


KINDS = {
    name: Kind(name, Said, Text(en="a report", zh="报告"))
    for name in ("register.report", "register.model", "duty.done")
}


def test_a_law_is_held_against_the_kinds_that_are_filed() -> None:
    check_adoption("xx.law", LAW, None, KINDS)
    wrong = (
        LAW.replace('"register.report"', '"register.reprot"')
        .replace('party = "organisation", where', 'party = "organization", where')
        .replace('stage = ["initial", "final"]', 'stage = ["intial", "final"]')
    )
    with pytest.raises(RuleFault) as caught:
        check_adoption("xx.law", wrong, None, KINDS)
    found = {(fault.seen, fault.want) for fault in caught.value.faults}
    assert ("register.reprot", "a kind that is filed here, such as register.report, register.model") in found
    assert ("organization", "a field of register.model: about, rule, stage, organisation, on") in found
    assert ("intial", "one of: initial, final") in found


def test_without_the_kinds_a_text_is_read_as_it_always_was() -> None:
    check_adoption("xx.law", LAW.replace("register.report", "nobody.files"))


# ── what is told in confidence ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def discreet() -> Both:
    found = Both()
    found.adopt("xx.law", "2025-06-01T00:00:00Z", confidential(), version="1")
    return found


def test_nothing_is_told_of_a_subject_whose_facts_are_confidential(discreet: Both) -> None:
    """No row, no entry, no answer to a question: not even that there is such a subject."""
    discreet.file("register.secret", "2025-06-02T10:00:00Z", SECRET, serious=True)
    discreet.tick("2025-07-02T10:00:00Z")
    assert own(discreet, REPORT, SECRET)["state"] == "overdue"
    assert duties(discreet.tables, subject=SECRET) == []
    assert [act for act in discreet.acts if act.subject == SECRET] == []
    at = instant("2025-06-03T00:00:00Z")
    assert standing(discreet.tables, [FiledFacts("secret")], SECRET, at) == []


def test_of_others_it_is_told_as_before(discreet: Both) -> None:
    discreet.file("register.model", "2025-06-02T10:00:00Z", MODEL, serious=True)
    (shown,) = duties(discreet.tables, subject=MODEL, rule=REPORT)
    assert (shown["state"], shown["last_day"]) == ("owed", "2025-06-12")
    assert [act.body["rule"] for act in discreet.acts] == [REPORT]


def test_whoever_owes_it_and_officers_are_told(discreet: Both) -> None:
    discreet.file("register.secret", "2025-06-02T10:00:00Z", SECRET, serious=True)
    discreet.file("register.model", "2025-06-02T10:00:00Z", MODEL, serious=True)
    told = duties_told(discreet.tables, lambda party: True, states=("owed",))
    assert [(row["subject"], row["rule"], row["started_on"]) for row in told] == [
        (MODEL, REPORT, "2025-06-02"), (SECRET, REPORT, "2025-06-02"),
    ]  # fmt: skip
    assert told[1]["why"]["conditions"]["truth"] == "yes"
    stranger = duties_told(discreet.tables, lambda party: False, states=("owed",))
    assert [row["subject"] for row in stranger] == [MODEL]


@pytest.mark.parametrize("written", ['["modle"]', '["Model!"]', '"model"', "[1]", "3"])
def test_of_what_a_fact_is_public_is_checked(written: str) -> None:
    with pytest.raises(RuleFault) as caught:
        read_law(confidential().replace('public = ["model"]', f"public = {written}"))
    assert any("facts" in fault.where and "public" in fault.where for fault in caught.value.faults)


def test_what_only_some_may_know_is_no_ground_for_decisions_that_all_may_read() -> None:
    """Who stops a public clock is public, so its rule may not rest on a fact that is not.

    Of a noun of which the rule is told to nobody decisions are sealed: there it may.
    """
    told = 'zh = "严重", public = {}'
    with pytest.raises(RuleFault) as caught:
        read_law(LAW.replace(told.format("true"), told.format("false")))
    assert {fault.code for fault in caught.value.faults} == {"public"}
    assert read_law(LAW.replace(told.format("true"), told.format('["model"]'))).rules
