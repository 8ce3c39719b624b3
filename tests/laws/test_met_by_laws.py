"""Laws of what meets a duty, and of what is told of it: for any filings in any order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.obligations import Obligations, duties, duties_told
from commonweal.kernel.obligations.clauses import MetBy
from commonweal.kernel.values import instant, stamp
from duty_house import CLAUSES, FACT, FiledFacts, House

START = instant("2025-06-02T00:00:00Z")
RULE, SUBJECT = "xx.law.report", "secret:s"
WHERE = 'where = { stage = ["initial", "final"] }'
CLAUSES_OF = [
    '{ kind = "register.report", subject = "about" }',
    f'{{ kind = "register.note", rule = "", subject = "about", {WHERE} }}',
    '{ kind = "register.note", subject = "about" }',
]
MET_BY = (
    MetBy("register.report", "rule", "about"),
    MetBy("register.note", "", "about", where=(("stage", ("initial", "final")),)),
    MetBy("register.note", "rule", "about"),
)
filings = st.lists(
    st.tuples(
        st.sampled_from(["register.report", "register.note", "register.other"]),
        st.sampled_from([RULE, "xx.law.decide", "", "nothing"]),
        st.sampled_from(["initial", "interim", "final", "", "Initial"]),
        st.integers(1, 200),
    ),
    max_size=6,
)
orders = st.permutations(range(len(CLAUSES_OF)))


def text(order: list[int], public: str = "true") -> str:
    clauses = "met_by = [" + ", ".join(CLAUSES_OF[number] for number in order) + "]"
    found = CLAUSES.replace('met_by = { kind = "register.report", subject = "about" }', clauses)
    head, _, rest = found.partition("[rule.stoppable]")
    found = head + rest[rest.index("[[rule.follow_up]]") :].partition('[[rule]]\nid = "xx.law.decide"')[0]
    found = found.replace('zh = "严重", public = true', f'zh = "严重", public = {public}')
    return found.replace('noun = "model"', 'noun = ["model", "secret"]')


def filed(given_: list[tuple[str, str, str, int]], order: list[int], public: str = "true", **facts: Any) -> House:
    house = House()
    house.room = Obligations([FiledFacts(), FiledFacts("secret")])
    house.adopt("xx.law", "2025-06-01T00:00:00Z", text(order, public), version="1")
    for name, value in facts.items():
        house.tables.put(FACT, {"subject": SUBJECT, "name": name, "value": value, "on": stamp(START)})
    house.file("register.secret", stamp(START), SUBJECT)
    for kind, rule, stage, hours in sorted(given_, key=lambda one: one[3]):
        house.file(kind, stamp(START + timedelta(hours=hours)), None, about=SUBJECT, rule=rule, stage=stage)
    return house


@given(filings, orders)
def test_a_duty_is_met_by_the_first_filing_that_any_clause_takes(
    given_: list[tuple[str, str, str, int]], order: list[int]
) -> None:
    taken = [
        hours for kind, rule, stage, hours in given_
        if any(one.takes(kind, {"rule": rule, "stage": stage}, RULE) for one in MET_BY)
    ]  # fmt: skip
    (row,) = duties(filed(given_, order, serious=True).tables, rule=RULE)
    assert (row["state"] == "met") == bool(taken)
    assert row["met_on"] == ((START + timedelta(hours=min(taken))).date().isoformat() if taken else None)


@given(filings, orders)
def test_in_which_order_the_text_names_them_changes_nothing(
    given_: list[tuple[str, str, str, int]], order: list[int]
) -> None:
    names = ("rule", "state", "met_on", "late", "last_day")
    rows = [
        [[row[name] for name in names] for row in duties(filed(given_, one, serious=True).tables, private=True)]
        for one in (order, list(range(len(CLAUSES_OF))))
    ]
    assert rows[0] == rows[1]


@given(filings, st.sampled_from([True, False, None]), st.booleans())
def test_of_what_is_confidential_nothing_is_told_whatever_is_filed(
    given_: list[tuple[str, str, str, int]], serious: bool | None, resolved: bool
) -> None:
    """Neither rows nor entries, in time or late; the authority has the rows that a public law would give it."""
    facts = {name: value for name, value in (("serious", serious), ("resolved_on", "2025-06-03")) if value is not None}
    facts = facts if resolved else {name: value for name, value in facts.items() if name != "resolved_on"}
    order = list(range(len(CLAUSES_OF)))
    secret, open_ = filed(given_, order, '["model"]', **facts), filed(given_, order, **facts)
    for house in (secret, open_):
        house.tick("2025-09-01T00:00:00Z")
    assert duties(secret.tables) == []
    assert [act for act in secret.acts if act.kind == "duty.changed"] == []
    assert duties_told(secret.tables, lambda party: False) == []
    names = ("rule", "state", "met_on", "late", "last_day", "due", "due_if_owed", "missing")
    own = [[[row[name] for name in names] for row in duties(house.tables, private=True)] for house in (secret, open_)]
    assert own[0] == own[1]
