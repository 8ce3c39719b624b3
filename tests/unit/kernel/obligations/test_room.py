"""The room follows the record: what each entry changes, what time alone changes, and that a rebuild agrees."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.obligations import (
    DUTY_CHANGED,
    calendar,
    check_adoption,
    columns,
    duties,
    fact_title,
    standing,
)
from commonweal.kernel.record.entries import Entry
from commonweal.kernel.values import RuleFault, instant, stamp
from duty_house import FACT, FiledFacts, House
from fakes import MemoryTables
from pinned_laws import texts

TEXTS = texts()
NOTIFY = "eu.ai_act.art52_1"


@pytest.fixture
def house() -> House:
    found = House()
    for rule_id in TEXTS:
        found.adopt(rule_id, "2023-10-01")
    return found


def test_a_crossing_is_recorded_with_its_date_and_reasons(house: House) -> None:
    changed = house.file(
        "register.model", "2026-01-05T09:00:00Z", "model:a",
        compute_flop=2e25, placed_on_eu_market=True, organisation="organisation:o",
    )  # fmt: skip
    body = next(body for body in changed if body["rule"] == NOTIFY)
    assert (body["state"], body["before"], body["due"], body["last_day"], body["party"]) == (
        "owed", "not_owed", "2026-01-19T23:00:00Z", "2026-01-19", "organisation:o",
    )  # fmt: skip
    assert [step["code"] for step in body["why"]["steps"]] == ["event", "same_weekday", "ends"]
    row = duties(house.tables, subject="model:a", rule=NOTIFY)[0]
    assert house.entries[row["filed_entry"]].body["state"] == "owed"
    assert house.acts[-1].causes == (row["entry"],)


def test_a_small_model_leaves_a_row_and_no_entry(house: House) -> None:
    assert house.file("register.model", "2026-01-05", "model:a", compute_flop=1e20) == []
    assert house.state() == "not_owed"


def test_nothing_known_is_unknown_without_an_entry_until_a_clock_may_run(house: House) -> None:
    assert house.file("register.model", "2026-01-05", "model:a", name="A") == []
    assert house.state() == "unknown"
    changed = house.file("register.model", "2026-01-06", "model:a", compute_flop=2e25)
    body = next(body for body in changed if body["rule"] == NOTIFY)
    assert (body["state"], body["missing"], body["due"]) == ("unknown", ["placed_on_eu_market"], None)
    assert body["due_if_owed"] == "2026-01-20T23:00:00Z"


def test_evaluating_again_with_nothing_new_changes_nothing(house: House) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    before = duties(house.tables, subject="model:a")
    assert house.file("register.model", "2026-01-06", "model:b", touches=["model:a"], compute_flop=1e20) == []
    assert duties(house.tables, subject="model:a") == before


def test_a_filing_about_something_else_reaches_the_models_it_touches(house: House) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25)
    house.tables.put(FACT, {"subject": "model:a", "name": "placed_on_eu_market", "value": True, "on": "2026-01-06"})
    changed = house.file("register.organisation", "2026-01-06", "organisation:o", touches=["model:a"])
    assert [(body["subject"], body["state"]) for body in changed if body["rule"] == NOTIFY] == [("model:a", "owed")]


def test_time_makes_it_overdue_once(house: House) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    assert house.tick("2026-01-19T22:59:59Z") == []
    changed = house.tick("2026-01-19T23:00:00Z")
    assert [(body["rule"], body["state"], body["before"]) for body in changed] == [(NOTIFY, "overdue", "owed")]
    assert house.tick("2026-02-19") == []


def test_what_is_dated_before_the_newest_judgement_does_not_turn_time_back(house: House) -> None:
    """An entry of an older day that is followed later: what is overdue stays so, and is not owed once more."""
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    house.tick("2026-01-19T23:00:00Z")
    assert house.file("register.model", "2026-01-10", "model:a", compute_flop=3e25) == []
    assert house.state() == "overdue"


def test_a_notification_meets_it_in_time_or_late(house: House) -> None:
    for subject in ("model:a", "model:b"):
        house.file("register.model", "2026-01-05", subject, compute_flop=2e25, placed_on_eu_market=True)
    changed = house.file("model_registration.notification", "2026-01-19T22:00:00Z", rule_id=NOTIFY, about="model:a")
    assert [(body["state"], body["late"], body["met_on"]) for body in changed] == [("met", False, "2026-01-19")]
    house.tick("2026-01-20")
    assert (house.state("model:a"), house.state("model:b")) == ("met", "overdue")
    changed = house.file("model_registration.notification", "2026-01-21", rule_id=NOTIFY, about="model:b")
    assert [(body["subject"], body["state"], body["late"]) for body in changed] == [("model:b", "met", True)]


def test_a_notification_before_the_duty_counts_when_it_comes(house: House) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=9e24, placed_on_eu_market=True)
    assert house.file("model_registration.notification", "2026-01-06", rule_id=NOTIFY, about="model:a") == []
    changed = house.file("register.model", "2026-01-07", "model:a", compute_flop=2e25)
    assert [(body["state"], body["late"]) for body in changed if body["rule"] == NOTIFY] == [("met", False)]


@pytest.mark.parametrize(
    "body",
    [{"rule_id": "eu.ai_act.art99", "about": "model:a"}, {"rule_id": NOTIFY, "about": "model:zzz"}, {"rule_id": 3}],
)
def test_a_notification_of_nothing_meets_nothing(house: House, body: dict[str, Any]) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    assert house.file("model_registration.notification", "2026-01-06", **body) == []
    assert house.state("model:a") == "owed"
    assert duties(house.tables, subject="model:zzz") == []


def test_a_correction_takes_the_duty_back(house: House) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    changed = house.file("register.model", "2026-01-06", "model:a", compute_flop=2e24)
    assert [(body["state"], body["before"]) for body in changed if body["rule"] == NOTIFY] == [("not_owed", "owed")]
    assert calendar(house.tables, instant("2026-01-01"), instant("2027-01-01")) == []


def test_learning_the_placement_date_moves_the_due_date_and_says_so(house: House) -> None:
    """Art. 111(3): at first the cautious date holds; once it is known that the model is an old one, 2027 does."""
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    changed = house.file("register.model", "2026-01-06", "model:a", placed_on_eu_market_on="2025-03-01")
    dates = [(body["state"], body["before"], body["last_day"]) for body in changed if body["rule"] == NOTIFY]
    assert dates == [("owed", "owed", "2027-08-02")]


def test_a_rule_that_comes_into_force_is_asked_of_those_already_registered(house: House) -> None:
    house.file("register.model", "2024-05-01", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    assert house.state() == ""
    assert house.tick("2025-08-01T21:59:59Z") == []
    changed = house.tick("2025-08-01T22:00:00Z")
    assert (NOTIFY, "owed") in [(body["rule"], body["state"]) for body in changed]


def test_a_rule_that_ends_lets_its_duties_lapse(house: House) -> None:
    order = "us.eo14110.sec4_2"
    house.file("register.model", "2024-05-01", "model:a", compute_flop=2e26, developer_in_us=True)
    house.file("register.model", "2024-05-01", "model:b", name="nothing known")
    assert house.state(rule=order) == "owed"
    changed = house.tick("2025-01-20T05:00:00Z")
    assert [(body["subject"], body["state"]) for body in changed] == [("model:a", "lapsed")]
    assert house.state("model:b", order) == "lapsed"
    house.file("register.model", "2025-06-01", "model:c", compute_flop=2e26, developer_in_us=True)
    assert house.state("model:c", order) == ""


def newer(old: str, new: str, version: str = "2026-02") -> str:
    text = TEXTS["eu.ai_act"]
    assert old in text
    return text.replace(old, new).replace('version = "2026-01"', f'version = "{version}"')


def test_an_open_duty_keeps_the_words_it_began_under(house: House) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    changed = house.adopt("eu.ai_act", "2026-01-06", newer("1e25", "1e27").replace('"2 weeks"', '"1 day"'), "2026-02")
    assert changed == []
    house.file("register.model", "2026-01-07", "model:b", compute_flop=2e25, placed_on_eu_market=True)
    assert (house.state("model:a"), house.state("model:b")) == ("owed", "not_owed")
    row = duties(house.tables, subject="model:a", rule=NOTIFY)[0]
    assert (row["rule_version"], row["last_day"]) == ("2026-01", "2026-01-19")
    assert duties(house.tables, subject="model:b", rule=NOTIFY)[0]["rule_version"] == "2026-02"
    assert house.tick("2026-01-19T23:00:00Z")[0]["rule_version"] == "2026-01"


def test_an_amendment_reaches_those_who_owed_nothing_from_the_day_it_applies(house: House) -> None:
    """An amended rule stands in the text twice: the old words until a day, the new ones from it."""
    house.file("register.model", "2026-01-05", "model:a", compute_flop=5e24, placed_on_eu_market=True)
    text = TEXTS["eu.ai_act"].replace('version = "2026-01"', 'version = "2026-02"')
    rule = text[text.index("[[rule]]") : text.index("[[rule]]", text.index("[[rule]]") + 1)]
    old = rule.replace("from = 2025-08-02 }", "from = 2025-08-02, until = 2026-03-02 }")
    new = rule.replace("from = 2025-08-02 }", "from = 2026-03-02 }").replace("value = 1e25", "value = 1e24")
    new = new.replace("duty =", 'version = "amended"\nduty =')
    assert house.adopt("eu.ai_act", "2026-02-02", text.replace(rule, old + new), "2026-02") == []
    changed = house.tick("2026-03-01T23:00:00Z")
    assert [(body["state"], body["rule_version"], body["last_day"]) for body in changed] == [
        ("owed", "amended", "2026-03-16")
    ]


def test_a_repeal_ends_even_what_began_under_older_words(house: House) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    repealed = newer("in_force = { from = 2025-08-02 }", "in_force = { from = 2025-08-02, until = 2026-01-10 }")
    assert house.adopt("eu.ai_act", "2026-01-06", repealed, "2026-02") == []
    changed = house.tick("2026-01-09T23:00:00Z")
    assert [(body["rule"], body["state"]) for body in changed] == [(NOTIFY, "lapsed")]


def test_a_rule_missing_from_a_newer_text_stays_open_under_its_own_words(house: House) -> None:
    """Leaving a rule out by mistake must not excuse anybody: a repeal says until when."""
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    assert house.adopt("eu.ai_act", "2026-01-06", newer(NOTIFY, f"{NOTIFY}_renamed"), "2026-02") != []
    assert house.state() == "owed"
    assert house.tick("2026-01-19T23:00:00Z")[0]["state"] == "overdue"


def test_a_faulty_text_changes_nothing_and_is_kept_with_its_fault(house: House) -> None:
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    assert house.adopt("eu.ai_act", "2026-01-06", "id = 3", "2026-02") == []
    assert house.state() == "owed"
    rows = [row for row in house.dump()["obligations_text"] if row["fault"]]
    assert [(row["id"], row["what"], row["current"]) for row in rows] == [("eu.ai_act", "faulty", 0)]


def test_other_words_need_another_version(house: House) -> None:
    with pytest.raises(RuleFault, match="a new version"):
        check_adoption("eu.ai_act", TEXTS["eu.ai_act"] + "\n# other words\n", house.tables)
    check_adoption("eu.ai_act", TEXTS["eu.ai_act"], house.tables)


def test_a_law_may_not_have_another_law_s_rule(house: House) -> None:
    """Duties are kept by rule: two laws with one rule id would overwrite each other's."""
    house.adopt("eu.ai_act", "2026-01-05")
    text = TEXTS["eu.ai_act"].replace('id = "eu.ai_act"', 'id = "eu.ai_act.art52_1"', 1)
    text = text.replace('"eu.ai_act.art52_1"\ntitle', '"eu.ai_act.art52_1.x"\ntitle')
    text = text.replace("eu.ai_act.art53_1", "eu.ai_act.art52_1.y")
    check_adoption("eu.ai_act.art52_1", text, house.tables)
    house.adopt("eu.ai_act.art52_1", "2026-01-06", text)
    clash = TEXTS["eu.ai_act"].replace("eu.ai_act.art53_1", "eu.ai_act.art52_1.y").replace('"2026-01"', '"2026-02"')
    with pytest.raises(RuleFault, match="has that rule"):
        check_adoption("eu.ai_act", clash, house.tables)


def test_texts_for_other_rooms_are_left_alone(house: House) -> None:
    before = house.dump()
    house.file("rule.adopted", "2026-01-05", rule_id="x.y", room="thresholds", version="1", text="?", sha256="0" * 64)
    assert house.dump() == before


def test_the_calendar_of_duties_is_in_order_and_bounded(house: House) -> None:
    house.file("register.model", "2026-01-12", "model:b", compute_flop=2e25, placed_on_eu_market=True)
    house.file("register.model", "2026-01-05", "model:a", compute_flop=2e25, placed_on_eu_market=True)
    house.file("register.model", "2026-01-13", "model:c", compute_flop=2e25)
    span = instant("2026-01-01"), instant("2026-02-01")
    assert [(row["subject"], row["state"]) for row in calendar(house.tables, *span)] == [
        ("model:a", "owed"), ("model:b", "owed"), ("model:c", "unknown"),
    ]  # fmt: skip
    assert [row["subject"] for row in calendar(house.tables, *span, with_unknown=False)] == ["model:a", "model:b"]
    assert calendar(house.tables, instant("2026-02-01"), instant("2026-03-01")) == []


def test_as_of_any_date(house: House) -> None:
    """Asked about the past, the laws answer as they stood then."""
    house.file("register.model", "2024-05-01", "model:a", compute_flop=2e26, developer_in_us=True)
    then = standing(house.tables, [FiledFacts()], "model:a", instant("2024-06-01").date())
    states = {finding.rule.id: finding.state for finding in then}
    assert (states["us.eo14110.sec4_2"], states[NOTIFY]) == ("owed", "not_in_force")
    now = standing(house.tables, [FiledFacts()], "model:a", instant("2026-06-01"), law="us.eo14110")
    assert [(finding.rule.id, finding.state) for finding in now] == [("us.eo14110.sec4_2", "not_in_force")]


def test_columns_and_fact_names_for_a_register(house: House) -> None:
    assert NOTIFY in [rule.id for _, rule in columns(house.tables, "model")]
    assert [rule.id for _, rule in columns(house.tables, "organisation")] == ["us_ca.sb53.framework"]
    assert fact_title(house.tables, "annual_revenue_usd")["zh"].startswith("开发者集团")
    assert fact_title(house.tables, "nobody_knows") == {"en": "nobody_knows", "zh": "nobody_knows"}


def test_a_rebuild_comes_to_the_same_rows(house: House) -> None:
    house.file("register.model", "2024-05-01", "model:a", compute_flop=2e26, developer_in_us=True)
    house.tick("2025-01-20T05:00:00Z")
    house.tick("2025-08-01T22:00:00Z")
    house.file("register.model", "2026-01-05", "model:b", compute_flop=2e25, placed_on_eu_market=True)
    house.adopt("eu.ai_act", "2026-01-06", newer("1e25", "1e27"), "2026-02")
    house.tick("2026-01-19T23:00:00Z")
    house.file("model_registration.notification", "2026-01-21", rule_id=NOTIFY, about="model:b")
    house.file("register.model", "2026-01-22", "model:a", touches=["model:b"], placed_on_eu_market=True)
    again = MemoryTables()
    for entry in house.entries:
        house.step(entry, again)
    assert house.dump(again) == house.dump()


def test_acts_are_the_same_when_an_entry_is_followed_twice(house: House) -> None:
    """Killed between filing acts and keeping tables, the follower runs the entry again: same keys, same bodies."""
    entry = Entry(len(house.entries), "register.model", 1, instant("2026-01-05"), "party:x", "model:a", {})
    house.tables.put(FACT, {"subject": "model:a", "name": "compute_flop", "value": 2e25, "on": "2026-01-05"})
    first = house.room.follow(entry, copy.deepcopy(house.tables))
    second = house.room.follow(entry, house.tables)
    assert first == second
    assert len({act.key for act in first}) == len(first) > 0


RISK = "us_ca.sb53.risk_summary"
RICH = {"compute_flop": 3e26, "deployed": True, "deployed_on": "2026-02-20", "organisation": "organisation:o"}


def told(revenue: float | None, outcome: str = "") -> House:
    """A model that is deployed by a developer whose revenue is on file in confidence; then the law is amended."""
    found = House()
    text = TEXTS["us_ca.sb53"].replace('duty = "risk_summary"', f'duty = "risk_summary"{outcome}')
    found.adopt("us_ca.sb53", "2026-01-01", text)
    found.file("register.model", "2026-02-01T10:11:12Z", "model:a", annual_revenue_usd=revenue)
    found.file("register.model", "2026-02-01T10:11:13Z", "model:a", **RICH)
    found.tick("2026-02-25")
    amended = text.replace('version = "2026-01"', 'version = "2026-02"').replace("500_000_000", "600_000_000")
    found.adopt("us_ca.sb53", "2026-02-26", amended, "2026-02")
    found.file("register.model", "2026-02-27", "model:a", name="A")
    return found


def public_of(found: House) -> tuple[Any, ...]:
    recorded = [(entry.body, entry.causes) for entry in found.entries if entry.kind == DUTY_CHANGED.id]
    then = [
        (finding.rule.id, finding.state, finding.missing)
        for finding in standing(found.tables, [FiledFacts()], "model:a", instant("2026-02-26"))
    ]
    return duties(found.tables), recorded, then


def test_nothing_public_depends_on_a_fact_that_is_not() -> None:
    """Rich, poor or not on file: the same rows, entries and answers, though the authority's own rows differ."""
    rich, poor, unknown = told(9e8), told(1e8), told(None)
    own = [duties(found.tables, rule=RISK, private=True)[0] for found in (rich, poor, unknown)]
    assert [row["state"] for row in own] == ["overdue", "not_owed", "unknown"]
    assert public_of(rich) == public_of(poor) == public_of(unknown)
    row = duties(rich.tables, rule=RISK)[0]
    assert (row["state"], row["missing"], row["last_day"]) == ("not_public", ["annual_revenue_usd"], "2026-02-20")
    revenue = next(item for item in row["why"]["conditions"]["all"] if item["fact"] == "annual_revenue_usd")
    assert set(revenue) == {"fact", "op", "value", "act_on"}


def test_a_text_may_say_that_an_outcome_is_public() -> None:
    found = told(9e8, "\npublic_outcome = true")
    row = duties(found.tables, rule=RISK)[0]
    assert row["state"] == "overdue"
    revenue = next(item for item in row["why"]["conditions"]["all"] if item["fact"] == "annual_revenue_usd")
    assert not {"truth", "known_on", "seen"} & set(revenue)


def test_what_is_shown_and_recorded_says_days() -> None:
    found = told(9e8)
    shown = [duties(found.tables), [entry.body for entry in found.entries if entry.kind == DUTY_CHANGED.id]]
    for row in shown[0]:
        row.pop("began")
    assert "10:11" not in str(shown)


MOVES = st.one_of(
    st.tuples(
        st.just("file"),
        st.sampled_from(["model:a", "model:b"]),
        st.dictionaries(
            st.sampled_from(["compute_flop", "placed_on_eu_market", "placed_on_eu_market_on", "developer_in_us"]),
            st.sampled_from([None, True, False, 1e24, 2e25, 2e26, "2025-03-01", "2026-01-01", "soon"]),
            max_size=3,
        ),
    ),
    st.tuples(
        st.just("notify"), st.sampled_from(["model:a", "model:b"]), st.sampled_from([NOTIFY, "us.eo14110.sec4_2"])
    ),
    st.tuples(st.just("tick"), st.just(""), st.just("")),
    st.tuples(
        st.just("adopt"),
        st.sampled_from(["1e25", "1e24", "1e27"]),
        st.sampled_from(["}", ", until = 2026-01-08 }", ", until = 2025-09-01 }"]),
    ),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(MOVES, st.integers(0, 200)), max_size=14))
def test_any_history_is_followed_settles_and_rebuilds(history: list[tuple[Any, int]]) -> None:
    """Whatever happens in whatever order: time settles after one tick, states are sound, and a rebuild agrees."""
    house, now = House(), instant("2024-12-01")
    for rule_id in TEXTS:
        house.adopt(rule_id, stamp(now))
    for number, ((move, what, how), days) in enumerate(history):
        now += timedelta(days=days)
        if move == "file":
            house.file("register.model", stamp(now), what, **how)
        elif move == "notify":
            house.file("model_registration.notification", stamp(now), rule_id=how, about=what)
        elif move == "adopt":
            text = newer("value = 1e25", f"value = {what}", f"v{number}").replace(
                "from = 2025-08-02 }", f"from = 2025-08-02 {how}"
            )
            house.adopt("eu.ai_act", stamp(now), text, f"v{number}")
        house.tick(stamp(now))
    for row in (*duties(house.tables), *duties(house.tables, private=True)):
        assert (row["state"] == "met") == (row["met_on"] is not None)
        undecided = row["state"] in ("unknown", "not_public")
        assert undecided == bool(row["missing"]) or row["state"] in ("met", "lapsed")
        assert row["watch"] is None or row["watch"] > stamp(now)
        assert row["state"] != "overdue" or row["due"] <= stamp(now)
    again = MemoryTables()
    for entry in house.entries:
        house.step(entry, again)
    assert house.dump(again) == house.dump()


def test_a_law_counts_with_a_calendar_that_is_adopted_and_no_other(house: House) -> None:
    """One that nobody adopted would count weekends alone, and say a firm day all the same."""
    text = TEXTS["us_ca.sb53"].replace('calendar = "calendar.us_ca"', 'calendar = "calendar.none"')
    text = text.replace('version = "', 'version = "9-', 1)
    check_adoption("us_ca.sb53", text)
    with pytest.raises(RuleFault, match=r"calendar\.none") as refused:
        check_adoption("us_ca.sb53", text, house.tables)
    assert "calendar.us_ca" in refused.value.faults[0].want
