"""Clocks that decisions move, duties that come after others, and what the authority's silence says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from commonweal.kernel.obligations import DUTY, PLAIN, check_filing, due_after, duties
from commonweal.kernel.obligations.clauses import Allowance
from commonweal.kernel.obligations.clocks import Clocked, Decision, Rounds, clocked, rounds
from commonweal.kernel.obligations.kinds import PUBLIC_DUTY
from commonweal.kernel.obligations.rows import base_of
from commonweal.kernel.record.entries import Act
from commonweal.kernel.values import BadInput, Period, Text, instant, period
from duty_house import CLAUSES, COUNCIL, DECIDE, FINAL, NATIONAL, REPORT, UPDATE, A, House
from fakes import MemoryTables


@pytest.fixture
def house() -> House:
    """A serious model since Monday 2026-06-01, 09:00: the report is due with the end of Thursday the 11th."""
    found = House()
    found.adopt("xx.law", "2025-01-01", CLAUSES, version="1")
    found.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    return found


def row(house: House, rule: str, *, private: bool = True) -> dict[str, Any]:
    return duties(house.tables, subject=A, rule=rule, private=private)[0]


def report(house: House, at: str, rule: str = REPORT) -> list[Any]:
    return house.file("register.report", at, rule=rule, about=A)


def decide(house: House, at: str, decision: str, rule: str = REPORT, **more: Any) -> list[Any]:
    """A decision about a clock, held against the record first as it is when it is filed."""
    reason = {"stop": "information_requested", "extend": "complex", "resume": ""}[decision]
    body = {"rule": rule, "about": A, "decision": decision, "reason": reason, "decided_by": "authority",
            "basis": "Order 1", **more}  # fmt: skip
    check_filing(Act("duty.clock", body, "k"), ("authority",), house.tables, instant(at))
    return house.file("duty.clock", at, **body)


def refused(house: House, at: str, decision: str, **more: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        decide(house, at, decision, **more)
    return {fault.where: f"{fault.seen} → {fault.want}" for fault in caught.value.faults}


def rebuilt(house: House) -> None:
    """A rebuild from the entries alone comes to the same tables."""
    again = MemoryTables()
    for entry in house.entries:
        house.step(entry, again)
    assert house.dump(again) == house.dump()


# ── stopping and extending ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_that_stands_has_no_date_and_goes_on_for_as_long_as_it_stood(house: House) -> None:
    assert row(house, REPORT)["last_day"] == "2026-06-11"
    changed = decide(house, "2026-06-04T10:00:00Z", "stop")
    assert [(body["rule"], body["state"], body["due"], body["stopped_on"]) for body in changed] == [
        (REPORT, "owed", None, "2026-06-04")
    ]
    house.tick("2026-06-12")
    assert row(house, REPORT)["state"] == "owed"  # its date has passed, but the clock stands
    decide(house, "2026-06-18T08:00:00Z", "resume")
    # 14 days on from Thursday the 11th: Thursday the 25th
    assert row(house, REPORT)["last_day"] == "2026-06-25"
    codes = [step["code"] for step in row(house, REPORT)["why"]["steps"]]
    assert codes == ["event", "days_counted", "stopped", "resumed", "ends"]
    rebuilt(house)


def test_a_stop_ends_by_itself_when_it_has_lasted_as_long_as_it_may(house: House) -> None:
    decide(house, "2026-06-04T10:00:00Z", "stop")
    assert house.tick("2026-07-06T23:59:59Z") == []
    changed = house.tick("2026-07-07T00:00:00Z")  # 30 days from 4 June end on Saturday 4 July, so on Monday the 6th
    assert [(body["rule"], body["due"]) for body in changed] == [(REPORT, "2026-07-15T00:00:00Z")]
    assert [step["code"] for step in changed[0]["why"]["steps"]][-2:] == ["resumed_itself", "ends"]
    house.tick("2026-07-15")
    assert row(house, REPORT)["state"] == "overdue"
    rebuilt(house)


def test_an_extension_runs_from_the_end_as_it_is(house: House) -> None:
    changed = decide(house, "2026-06-04", "extend", period="5 days")
    assert [(body["last_day"], body["state"]) for body in changed] == [("2026-06-16", "owed")]
    assert "10 days together" in refused(house, "2026-06-05", "extend", period="7 days")["decision"]
    decide(house, "2026-06-05", "extend", period="5 days")
    assert row(house, REPORT)["last_day"] == "2026-06-22"  # the 21st is a Sunday
    rebuilt(house)


@pytest.mark.parametrize(
    ("at", "decision", "more", "where", "says"),  # what is filed when, and the fault that names what is wrong
    [
        ("2026-06-04", "stop", {"reason": "holiday"}, "decision", "one of the reasons that the law allows"),
        ("2026-06-04", "stop", {"decided_by": "officer"}, "decided_by", "one of the roles of whoever files it"),
        ("2026-06-04", "resume", {}, "decision", "a clock that stands"),
        ("2026-06-12", "stop", {}, "decision", "before the clock ran out: 2026-06-12T00:00:00Z"),
        ("2026-06-04", "stop", {"on": "2026-05-01"}, "decision", "not before the clock began"),
        ("2026-06-04", "stop", {"on": "2026-06-05"}, "on", "not after the moment of filing"),
        ("2026-06-04", "stop", {"on": "0001-01-01T00:00:00+14:00"}, "on", "an instant from 1900 to 2200"),
        ("2026-06-04", "stop", {"on": "9999-12-31T23:59:59-12:00"}, "on", "an instant from 1900 to 2200"),
        ("2026-06-04", "stop", {"period": "3 days"}, "period", "unless the decision is to extend"),
        ("2026-06-04", "extend", {}, "decision", "an extension with its period"),
        ("2026-06-04", "extend", {"period": "2 fortnights"}, "period", "a whole number and a unit"),
        ("2026-06-04", "stop", {"rule": UPDATE}, "about", "a duty that is owed and has a date"),
        ("2026-06-04", "stop", {"rule": "xx.law.zzz"}, "rule", "a duty that stands on record"),
    ],
)
def test_a_decision_that_the_law_does_not_allow_is_refused(  # noqa: PLR0917 one case a line
    house: House, at: str, decision: str, more: dict[str, Any], where: str, says: str
) -> None:
    assert says in refused(house, at, decision, **more)[where]


def test_decisions_do_not_run_backwards(house: House) -> None:
    decide(house, "2026-06-04", "stop")
    assert "a clock that runs: this one stands" in refused(house, "2026-06-05", "stop")["decision"]
    assert "not before the decision before it" in refused(house, "2026-06-05", "resume", on="2026-06-03")["on"]
    decide(house, "2026-06-05", "resume")
    decide(house, "2026-06-08", "stop")
    decide(house, "2026-06-09", "resume")
    assert "at most 2 stops (Art. 5)" in refused(house, "2026-06-10", "stop")["decision"]


def test_one_that_got_in_all_the_same_moves_nothing(house: House) -> None:
    """What was checked a moment too early is on record, is named as not counting, and changes no date."""
    before = row(house, REPORT)["due"]
    body = {"rule": REPORT, "about": A, "decision": "stop", "reason": "holiday", "decided_by": "x", "basis": "Order 9"}
    assert house.file("duty.clock", "2026-06-04", **body) == []
    assert row(house, REPORT)["due"] == before
    assert row(house, REPORT)["clock"]["refused"][0][1].startswith("a decision by authority or officer")


def test_an_annulled_stop_never_stood(house: House) -> None:
    decide(house, "2026-06-04T10:00:00Z", "stop")
    stopped = next(entry.index for entry in house.entries if entry.kind == "duty.clock")
    changed = house.file("record.annulled", "2026-06-20", entry=stopped, kind="duty.clock", reason_code="ordered")
    assert [(body["rule"], body["state"], body["due"]) for body in changed] == [
        (REPORT, "overdue", "2026-06-12T00:00:00Z")
    ]
    rebuilt(house)


def test_an_amended_text_leaves_a_begun_clock_its_own_words(house: House) -> None:
    shorter = CLAUSES.replace('version = "1"', 'version = "2"').replace('period = "10 days"', 'period = "3 days"')
    house.adopt("xx.law", "2026-06-03", shorter, version="2")
    decide(house, "2026-06-04", "extend", period="5 days")
    assert row(house, REPORT)["last_day"] == "2026-06-16"


# ── what comes after ────────────────────────────────────────────────────────────────────────────────────────────────


def test_updates_recur_from_the_last_one_until_the_final_report(house: House) -> None:
    assert (row(house, UPDATE)["state"], row(house, UPDATE)["why"]["awaits"]) == ("not_owed", f"met {REPORT}")
    report(house, "2026-06-05T12:00:00Z")
    assert (row(house, UPDATE)["state"], row(house, UPDATE)["last_day"]) == ("owed", "2026-07-03")
    report(house, "2026-06-30T12:00:00Z", UPDATE)
    assert (row(house, UPDATE)["state"], row(house, UPDATE)["last_day"]) == ("owed", "2026-07-28")
    house.tick("2026-07-29")
    assert row(house, UPDATE)["state"] == "overdue"
    report(house, "2026-07-30", UPDATE)
    assert (row(house, UPDATE)["last_day"], row(house, UPDATE)["rounds"]["late"]) == ("2026-08-27", 1)
    house.file("register.model", "2026-08-01", A, resolved_on="2026-08-01")
    assert (row(house, FINAL)["state"], row(house, FINAL)["last_day"]) == ("owed", "2026-09-30")
    report(house, "2026-08-10", FINAL)
    update = row(house, UPDATE)
    assert (update["state"], update["due"], update["late"]) == ("met", None, 1)
    assert house.tick("2027-01-01") == [] or row(house, UPDATE)["state"] == "met"
    rebuilt(house)


def test_a_round_that_ran_out_before_the_end_stays_open(house: House) -> None:
    report(house, "2026-06-05")
    house.file("register.model", "2026-06-06", A, resolved_on="2026-07-10")
    house.tick("2026-07-04")
    report(house, "2026-07-11", FINAL)
    assert row(house, UPDATE)["state"] == "overdue"
    report(house, "2026-07-12", UPDATE)
    assert (row(house, UPDATE)["state"], row(house, UPDATE)["late"]) == ("met", 1)


def test_a_duty_that_lasts_as_long_as_its_conditions_ends_with_them() -> None:
    house = House()
    house.adopt("xx.law", "2025-01-01", CLAUSES.replace('{ of = "final" }', '"conditions"'), version="1")
    house.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    report(house, "2026-06-05")
    report(house, "2026-07-03", UPDATE)
    assert (row(house, UPDATE)["state"], row(house, UPDATE)["last_day"]) == ("owed", "2026-07-31")
    house.file("register.model", "2026-07-10", A, serious=False)
    assert row(house, UPDATE)["state"] == "not_owed"
    house.tick("2027-01-01")
    assert row(house, UPDATE)["state"] == "not_owed"
    rebuilt(house)


def test_an_annulled_report_starts_no_clock(house: House) -> None:
    report(house, "2026-06-05T12:00:00Z")
    filed = next(entry.index for entry in house.entries if entry.kind == "register.report")
    house.file("record.annulled", "2026-06-06", entry=filed, kind="register.report", reason_code="filed_in_error")
    states = {rule: row(house, rule)["state"] for rule in (REPORT, UPDATE, NATIONAL, DECIDE)}
    assert states == {REPORT: "owed", UPDATE: "not_owed", NATIONAL: "not_owed", DECIDE: "not_owed"}
    rebuilt(house)


def test_what_was_received_is_passed_on_down_a_chain(house: House) -> None:
    report(house, "2026-06-05T12:00:00Z")
    first = row(house, NATIONAL)
    assert (first["party"], first["due"]) == ("authority", "2026-06-05T12:30:00Z")
    assert row(house, COUNCIL)["state"] == "not_owed"
    house.file("duty.done", "2026-06-05T12:20:00Z", rule=NATIONAL, about=A)
    # 12:20 is not counted: the hour runs from 13:00 to 14:00 (Reg. 1182/71, Art. 3(1))
    assert (row(house, NATIONAL)["state"], row(house, COUNCIL)["due"]) == ("met", "2026-06-05T14:00:00Z")
    house.tick("2026-06-05T14:00:00Z")
    assert row(house, COUNCIL)["state"] == "overdue"
    rebuilt(house)


def test_several_clocks_run_on_one_fact(house: House) -> None:
    other = CLAUSES.replace("xx.law", "yy.law").replace('period = "10 days"', 'period = "2 days"')
    house.adopt("yy.law", "2026-06-01T08:00:00Z", other, version="1")
    house.file("register.model", "2026-06-02", "model:b", serious=True)
    found = {row["rule"]: row["last_day"] for row in duties(house.tables, subject="model:b", states=("owed",))}
    assert found == {"xx.law.report": "2026-06-12", "yy.law.report": "2026-06-04"}


# ── the authority's silence ─────────────────────────────────────────────────────────────────────────────────────────


def test_silence_is_deemed_to_approve_exactly_once(house: House) -> None:
    report(house, "2026-06-05T12:00:00Z")
    assert row(house, DECIDE)["last_day"] == "2026-06-19"  # 10 working days from Friday the 5th
    changed = [body for body in house.tick("2026-06-20") if body["rule"] == DECIDE]
    assert [(body["state"], body["before"]) for body in changed] == [("deemed_approved", "owed")]
    assert house.tick("2026-07-20") is not None
    house.file("duty.done", "2026-07-21", rule=DECIDE, about=A)
    house.file("register.model", "2026-07-22", A, serious=False)
    with pytest.raises(BadInput, match="a duty that is owed"):
        decide(house, "2026-07-23", "stop", DECIDE)
    deemed = [entry for entry in house.entries if entry.body.get("state") == "deemed_approved"]
    assert (len(deemed), row(house, DECIDE)["state"]) == (1, "deemed_approved")
    rebuilt(house)


def test_a_decision_in_time_leaves_nothing_to_be_deemed(house: House) -> None:
    report(house, "2026-06-05T12:00:00Z")
    house.file("duty.done", "2026-06-19T23:59:59Z", rule=DECIDE, about=A)
    house.tick("2026-06-20")
    assert (row(house, DECIDE)["state"], row(house, DECIDE)["late"]) == ("met", 0)


def test_a_decision_filed_late_with_an_earlier_date_does_not_undo_silence(house: House) -> None:
    """What counts is what was on record when the clock ran out."""
    report(house, "2026-06-05T12:00:00Z")
    house.file("duty.done", "2026-06-22", rule=DECIDE, about=A, on="2026-06-18")
    assert row(house, DECIDE)["state"] == "deemed_approved"


def test_a_stopped_clock_deems_nothing(house: House) -> None:
    report(house, "2026-06-05T12:00:00Z")
    decide(house, "2026-06-10T12:00:00Z", "stop", DECIDE)
    house.tick("2026-12-01")
    assert row(house, DECIDE)["state"] == "owed"
    decide(house, "2026-12-01T12:00:00Z", "resume", DECIDE)
    # 124 working days stood still: as many after Friday the 19th of June
    assert row(house, DECIDE)["last_day"] == "2026-12-10"
    rebuilt(house)


def test_the_public_sees_days_and_the_same_states(house: House) -> None:
    report(house, "2026-06-05T12:00:00Z")
    decide(house, "2026-06-10T12:00:00Z", "stop", DECIDE)
    report(house, "2026-06-30T12:00:00Z", UPDATE)
    for rule in (REPORT, UPDATE, FINAL, DECIDE, NATIONAL):
        own, shown = row(house, rule), row(house, rule, private=False)
        due = own["due"] if rule != NATIONAL else "2026-06-05T12:00:00Z"  # half an hour from 12:00, told to the hour
        assert (own["state"], due, own["last_day"]) == (shown["state"], shown["due"], shown["last_day"])
    assert row(house, DECIDE, private=False)["stopped_on"] == "2026-06-10"
    assert row(house, UPDATE, private=False)["rounds"]["kept"][0]["met_on"] == "2026-06-30"
    assert house.tables.count(DUTY) == house.tables.count(PUBLIC_DUTY)


def test_the_day_as_it_was_counted_is_kept_beside_the_duty_and_not_read_out_of_its_reasons() -> None:
    """Ten days from Wednesday 3 June are Saturday the 13th, and end on Monday the 15th; a stop moves on the 13th."""
    house = House()
    house.adopt("xx.law", "2025-01-01", CLAUSES, version="1")
    house.file("register.model", "2026-06-03T09:00:00Z", A, serious=True)
    found = row(house, REPORT)
    assert (found["counted"], found["last_day"], found["clock"]) == ("2026-06-13", "2026-06-15", None)
    base = base_of({**found, "why": {**found["why"], "steps": []}})
    assert base is not None
    assert base.counted == date(2026, 6, 13)
    decide(house, "2026-06-04T10:00:00Z", "stop")
    decide(house, "2026-06-05T10:00:00Z", "resume")  # one day on from Saturday: Sunday, so Monday still
    assert (row(house, REPORT)["last_day"], row(house, REPORT)["counted"]) == ("2026-06-15", "2026-06-13")
    decide(house, "2026-06-08T10:00:00Z", "stop")
    decide(house, "2026-06-10T10:00:00Z", "resume")  # two more: Tuesday the 16th, not Wednesday
    assert row(house, REPORT)["last_day"] == "2026-06-16"
    rebuilt(house)


# ── the arithmetic alone, on Reg. 1182/71's weekends ────────────────────────────────────────────────────────────────

TEN_DAYS = Period(10, "days")
BEGAN = instant("2026-03-04T09:00:00Z")  # a Wednesday: ten days are counted to Saturday 14 March, and end on Monday 16


def moved(
    *decisions: Decision,
    now: str = "2026-06-01T00:00:00Z",
    times: int = 1,
    began: datetime = BEGAN,
    length: Period = TEN_DAYS,
    each: dict[str, int] | None = None,
    most: Period | None = None,
) -> Clocked:
    reasons = dict.fromkeys(("r", "other"), Text(en="r", zh="r"))
    allowed = Allowance(("authority",), reasons, most, times, "Art. 1", each or {})
    words = SimpleNamespace(id="x", citation="Art. 1", stoppable=allowed, extendable=allowed, period=length, until=None)
    base = due_after(PLAIN, "Europe/Brussels", began, length)
    law = SimpleNamespace(time_zone="Europe/Brussels")
    return clocked(base, began, decisions, words=(law, words), calendar=PLAIN, now=instant(now))  # type: ignore[arg-type]


def said(entry: int, kind: Any, on: str, period: Period | None = None) -> Decision:
    return Decision(entry, kind, instant(on), "" if kind == "resume" else "r", "authority", "b", period)


def last_day(found: Clocked) -> str:
    assert found.due is not None
    return found.due.last_day.isoformat()


def test_a_stop_moves_on_the_day_as_it_was_counted_and_only_then_to_a_working_day() -> None:
    """Five days from Saturday 14 March are Thursday 19 March; from Monday 16 they would be a Saturday, so Monday 23."""
    assert last_day(moved()) == "2026-03-16"
    stood = [said(1, "stop", "2026-03-05T09:00:00Z"), said(2, "resume", "2026-03-10T09:00:00Z")]
    assert last_day(moved(*stood)) == "2026-03-19"


def test_a_stop_within_a_weekend_never_brings_the_end_forward() -> None:
    stood = [said(1, "stop", "2026-03-14T09:00:00Z"), said(2, "resume", "2026-03-15T09:00:00Z")]
    assert last_day(moved(*stood)) == "2026-03-16"


def test_a_clock_is_extended_and_stopped_as_often_as_the_law_says_and_no_oftener() -> None:
    longer = [said(n, "extend", f"2026-03-0{n + 4}T09:00:00Z", Period(1, "weeks")) for n in (1, 2)]
    found = moved(*longer)
    assert found.extensions == 1
    assert [(one.entry, wrong) for one, wrong in found.refused] == [(2, "at most 1 extensions (Art. 1)")]
    assert moved(*longer, times=2).extensions == 2
    days = ("05", "06", "07", "08")
    stops = [said(n, kind, f"2026-03-{days[n]}T09:00:00Z") for n, kind in enumerate(("stop", "resume") * 2)]
    assert [one.entry for one, _ in moved(*stops).refused] == [2, 3]


def test_a_reason_that_may_be_given_once_leaves_the_others_free() -> None:
    """As 5 U.S.C. 552(a)(6)(A) has it: one request for information, fees as often as there is need."""
    days = range(5, 13)
    kinds = zip(days, ("stop", "resume") * 4, ("r", "r", "other", "other", "r", "r", "other", "other"), strict=True)
    stood = [replace(said(day, kind, f"2026-03-{day:02}T09:00:00Z"), reason=reason) for day, kind, reason in kinds]
    found = moved(*stood, times=0, each={"r": 1})
    assert found.stops == 3
    assert [(one.entry, wrong) for one, wrong in found.refused] == [
        (9, "at most 1 stops for the reason r (Art. 1)"), (10, "a clock that stands: this one runs"),
    ]  # fmt: skip
    longer = [said(n, "extend", f"2026-03-0{n}T09:00:00Z", Period(1, "days")) for n in (5, 6)]
    assert [one.entry for one, _ in moved(*longer, times=0, each={"r": 1}).refused] == [6]


@pytest.mark.parametrize(
    ("most", "granted", "accepted"),  # the clock ends on Monday 16 March 2026
    [
        ("10 days", ["5 days", "5 days"], 2),
        ("10 days", ["5 days", "6 days"], 1),
        ("10 days", ["1 day"] * 11, 10),  # though weekends are passed over on the way
        ("10 days", ["1 week", "3 days", "1 day"], 2),
        ("10 days", ["240 hours"], 1),
        ("10 days", ["241 hours"], 0),
        ("15 working days", ["8 working days", "7 working days"], 2),
        ("15 working days", ["8 working days", "8 working days"], 1),
        ("15 working days", ["3 weeks"], 1),  # 15 working days from a Monday end on a Monday three weeks on
        ("2 months", ["1 month", "1 month", "1 day"], 2),
        ("2 months", ["30 days", "31 days"], 2),  # 15 of March, 30 of April, 16 of May: 61 days to 16 May
        ("2 months", ["31 days", "31 days"], 1),
    ],
)
def test_all_extensions_together_are_bounded_as_they_were_granted(most: str, granted: list[str], accepted: int) -> None:
    """What a clause allows is a length; that last days move on from weekends neither uses it up nor adds to it."""
    longer = [said(n, "extend", f"2026-03-05T09:{n:02}:00Z", period(text)) for n, text in enumerate(granted)]
    found = moved(*longer, times=0, most=period(most))
    assert found.extensions == accepted
    assert {wrong for _, wrong in found.refused} <= {f"extensions of {period(most)} together at most (Art. 1)"}


def test_an_end_that_moves_on_from_a_sunday_leaves_no_room_for_a_day_more() -> None:
    """From Thursday 12 March ten days end on Sunday 22, so on Monday 23; five and six end there too, and are eleven."""
    longer = [said(n, "extend", f"2026-03-05T09:0{n}:00Z", Period(n, "days")) for n in (5, 6)]
    found = moved(*longer, began=instant("2026-03-02T09:00:00Z"), times=0, most=Period(10, "days"))
    assert (last_day(found), found.extensions) == ("2026-03-17", 1)


def test_at_the_instant_at_which_it_ran_out_a_clock_is_stopped_no_more() -> None:
    end = "2026-03-16T23:00:00Z"  # midnight in Brussels
    assert moved(said(1, "stop", end)).stops == 0
    assert moved(said(1, "stop", "2026-03-16T22:59:59Z")).stops == 1


def test_a_week_or_a_month_too_holds_two_working_days() -> None:
    """Reg. 1182/71, Art. 3(5): any period of two days or more, whatever it is counted in."""
    closed = {date(2026, 3, 4) + timedelta(days=n): "holiday" for n in range(1, 40)}
    shut = replace(PLAIN, days=closed, last_day_rolls=False, working_days_min=2)
    for length in (Period(1, "weeks"), Period(1, "months")):
        found = due_after(shut, "Europe/Brussels", BEGAN, length)
        assert found.last_day == date(2026, 4, 14), "Monday 13 and Tuesday 14 April are the first two days open"


def test_a_stop_leaves_the_two_working_days_that_a_period_must_hold() -> None:
    """Two days from Friday 6 March end on Tuesday 10 (Art. 3(5)); a day's stop at the weekend makes it no Monday."""
    friday, two = instant("2026-03-06T09:00:00Z"), Period(2, "days")
    base = due_after(PLAIN, "Europe/Brussels", friday, two)
    assert base.last_day == date(2026, 3, 10)
    stood = [said(1, "stop", "2026-03-07T09:00:00Z"), said(2, "resume", "2026-03-08T09:00:00Z")]
    assert last_day(moved(*stood, began=friday, length=two)) == "2026-03-10"


# ── rounds, to the instant ──────────────────────────────────────────────────────────────────────────────────────────

ENDS = instant("2026-03-10T00:00:00Z")  # a week from Monday 2 March ends with Monday 9, at this midnight


def weekly(*answers: Any, over: Any = None) -> Rounds:
    return rounds(
        instant("2026-03-02T09:00:00Z"),
        Period(1, "weeks"),
        [(at, at) for at in answers],
        over,
        zone="UTC",
        calendar=PLAIN,
    )


def test_what_is_answered_at_the_instant_at_which_a_round_is_over_is_late() -> None:
    before = weekly(ENDS - timedelta(seconds=1))
    assert (before.met, before.late, before.kept[0]["late"]) == (1, 0, False)
    at = weekly(ENDS)
    assert (at.met, at.late, at.kept[0]["late"]) == (1, 1, True)


def test_a_duty_that_is_over_at_the_instant_at_which_its_round_ends_asks_for_that_round_no_more() -> None:
    assert (weekly(over=ENDS).over, weekly(over=ENDS).due) == (True, None)
    later = weekly(over=ENDS + timedelta(seconds=1))
    assert later.due is not None, "that round had run out unanswered"
    assert later.due.at == ENDS


def test_an_answer_at_the_instant_at_which_a_duty_is_over_belongs_to_no_further_round() -> None:
    over = ENDS - timedelta(days=2)
    assert weekly(over - timedelta(seconds=1), over=over).met == 1
    assert weekly(over, over=over).met == 0
