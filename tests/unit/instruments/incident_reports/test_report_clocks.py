"""Every regime's clock of a report at once: at the desk, in the queue, and for who filed it; nobody else is told.

One authority for the module: the tests tell one story in the order in which they stand. A provider knows of a serious
incident in the Union, in China and in California since Friday 4 December 2026, 10:00 UTC, and reports on Monday 7.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import rule_file
from commonweal.kernel import notices, obligations
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings

from ...doors.portal.people import sign_in
from .test_desk_portal import DESK, officer, shown
from .test_harbour import House
from .test_report_duties import SAID

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

LAB = Caller("party:lab", ("developer",), "organisation:lab")
THREE = {
    **SAID,
    "jurisdictions": ["EU", "CN", "US-CA"],
    "frontier_model": True,
    "control_lost": True,
    "imminent_risk_to_life": False,
}
CODE, CHINA, CALIFORNIA = "eu.gpai_code_incidents.death", "cn.cybersecurity_incidents", "us_ca.sb53_incidents"
PLAN, OFFICER = "zz.followed_up.plan", Caller("party:moreau", ("officer",), "")
FOLLOWED_UP = """
id = "zz.followed_up"
version = "1"
title = { en = "Terms of a test", zh = "测试条款" }
jurisdiction = "ZZ"
authority = { en = "the authority", zh = "主管机关" }
time_zone = "UTC"
calendar = "calendar.eu_1182_71"
[source]
citation = "Terms of a test"
[facts]
what = { en = "what was reported", zh = "报告事项", public = [] }
aware_at = { en = "when it became known", zh = "知悉之时", public = [] }
organisation = { en = "who reports", zh = "报告方", public = [] }
[[rule]]
id = "zz.followed_up.plan"
title = { en = "Send a plan", zh = "提交方案" }
text = { en = "A plan within ten days.", zh = "十日内提交方案。" }
column = { en = "Plan", zh = "方案" }
citation = "Terms of a test, 1"
noun = "report"
duty = "plan"
owed_by = { en = "who reports", zh = "报告方" }
party = "organisation"
in_force = { from = 2026-01-01 }
start = { event = "fact", fact = "aware_at" }
period = "10 days"
met_by = { kind = "incident_reports.answer", rule = "", subject = "report" }
when = { all = [{ fact = "what", op = "is", value = "incident" }] }
[rule.extendable]
by = ["authority", "officer"]
reasons = { complex = { en = "the matter is complex", zh = "情况复杂" } }
max = "5 days"
times = 1
citation = "Terms of a test, 2"
"""

LETTERS = """
id = "test.letters"
version = "1"
[[letter]]
template = "incident_reports.reminder"
on = "duty.due"
days_before = 5
where = { rule = "zz.followed_up.plan" }
to = "debtor"
values = { name = "$name", duty = "$title", law = "$citation", until = "$last_day" }
[[letter]]
template = "incident_reports.demand"
on = "duty.changed"
where = { rule = "zz.followed_up.plan", state = "overdue" }
to = "debtor"
values = { name = "$name", duty = "$title", law = "$citation", last_day = "$last_day", until = "P14D" }
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    clock = ReplayClock(instant("2026-12-07T10:00:00Z"))
    settings = Settings(Text(en="Test", zh="测试"), "clocks.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path_factory.mktemp("clocks") / "a", settings, clock=clock) as authority:
        authority.adopt(rule_file(FOLLOWED_UP))
        authority.act(Act("model_registration.organisation", {"name": "Lab", "source": "invented"}, "lab"), LAB)
        near = {"name": "R 0", "category": "near_miss", "reporter": "user", "title": "Nearly", "what_happened": "w"}
        authority.act(Act("incident_reports.report", near, "r0"), Caller("party:other", ("observer",)))
        later = {**THREE, "name": "R 2", "title": "A second one", "jurisdictions": ["EU"], "harms": ["rights"]}
        del later["cn_grade"]
        authority.act(Act("incident_reports.report", later, "r2"), LAB)
        authority.act(Act("incident_reports.report", THREE, "r1"), LAB)
        authority.follow()
        yield House(authority, clock)


@pytest.fixture
def client(house: House) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


def clocks(house: House, report: str = "report:r-1") -> dict[str, dict[str, Any]]:
    rows = obligations.duties(house.authority.reader, subject=report, private=True)
    return {one["rule"]: one for one in obligations.clocks(house.authority.reader, rows)}


def report(house: House, at: str, **more: Any) -> None:
    house.at(at)
    house.authority.act(Act("incident_reports.report", {**THREE, **more}, ""), LAB)
    house.authority.follow()


def test_three_regimes_run_at_once_and_the_soonest_stands_first(house: House) -> None:
    """Filed on 7 December: China's four hours ended on 4 December at 22:00, Article 73's two days end with Tuesday
    8 December (Reg. 1182/71, two working days), its ten with Monday 14; SB 53's fifteen with Saturday 19, so with
    Monday 21 (Code Civ. Proc. § 12a).
    """
    told = clocks(house)
    assert {rule: (told[rule]["state"], told[rule]["ends"]) for rule in (
        f"{CHINA}.other", "eu.ai_act_incidents.widespread", "eu.ai_act_incidents.death", f"{CALIFORNIA}.critical"
    )} == {
        f"{CHINA}.other": ("met_late", "2026-12-04T22:00:00+08:00"),
        "eu.ai_act_incidents.widespread": ("met", "2026-12-08"),
        "eu.ai_act_incidents.death": ("met", "2026-12-14"),
        f"{CALIFORNIA}.critical": ("met", "2026-12-21"),
    }  # fmt: skip
    waiting = [one["at"] for one in told.values() if one["state"] in ("owed", "overdue", "unknown") and one["at"]]
    assert waiting == sorted(waiting)


def test_the_queue_is_in_order_of_the_next_deadline_and_names_the_duty(house: House, client: Any) -> None:
    officer(client, house)  # type: ignore[arg-type]
    page = shown(client.get(f"{DESK}?sort=clock"))
    assert page.index("A wrong dose") < page.index("A second one") < page.index("Nearly")
    assert re.search(r"#clocks\"[^>]*>\d+ more", page), "how many more clocks run beside the first"


def decide(house: House, **more: Any) -> list[str]:
    """What was wrong with a decision about the plan's clock; nothing where it was recorded."""
    said = {"rule": PLAN, "about": "report:r-1", "decided_by": "officer", "basis": "Order 1", **more}
    try:
        house.authority.act(Act("duty.clock_sealed", said, ""), OFFICER)
    except BadInput as error:
        return [fault.want for fault in error.faults]
    house.authority.follow()
    return []


def test_an_extension_is_granted_once_and_the_second_is_refused_with_the_clause(house: House) -> None:
    """Ten days from 4 December end with Monday 14; five more with Saturday 19, moved on to Monday 21 (Reg. 1182/71)."""
    assert clocks(house)[PLAN]["ends"] == "2026-12-14"
    (wrong,) = decide(house, decision="extend", reason="holidays", period="5 days")
    assert "complex" in wrong, "which reasons the terms allow"
    assert decide(house, decision="extend", reason="complex", period="5 days") == []
    told = clocks(house)[PLAN]
    assert told["ends"] == "2026-12-21"
    assert any("extended" in words["en"].lower() for words in told["why"])
    (again,) = decide(house, decision="extend", reason="complex", period="1 day")
    assert again.startswith("at most 1"), again
    assert clocks(house)[PLAN]["ends"] == "2026-12-21"


def test_what_is_decided_or_done_about_it_in_confidence_names_neither_rule_nor_report_in_public(house: House) -> None:
    """`duty.clock` and `duty.done` are public; of a report's clock the same is filed sealed, and only so."""
    open_kind = {"rule": PLAN, "about": "report:r-1", "decided_by": "officer", "basis": "Order 1", "decision": "stop"}
    with pytest.raises(BadInput, match=r"duty\.clock_sealed, about no subject"):
        house.authority.act(Act("duty.clock", open_kind, ""), OFFICER)
    relay = f"{CHINA}.other_relay"
    with pytest.raises(BadInput, match=r"duty\.done_sealed"):
        house.authority.act(Act("duty.done", {"rule": relay, "about": "report:r-1"}, ""), OFFICER)
    assert clocks(house)[relay]["state"] in ("owed", "overdue")
    named = Act("duty.done_sealed", {"rule": relay, "about": "report:r-1"}, "", "report:r-1")
    with pytest.raises(BadInput, match="about no subject"):
        house.authority.act(named, OFFICER)
    done = house.authority.act(Act("duty.done_sealed", {"rule": relay, "about": "report:r-1"}, ""), OFFICER).index
    house.authority.follow()
    assert clocks(house)[relay]["state"] in ("met", "met_late")
    entry = house.authority.store.entry(done)
    assert entry.subject is None
    assert dict(house.authority.presentation(done).fields) == {}
    assert relay.encode() not in entry.leaf


def test_interim_and_final_reports_meet_what_follows_in_turn(house: House) -> None:
    """From the report of 7 December four weeks are 4 January 2027; resolved on 29 January, 60 days end on 30 March."""
    assert clocks(house)[f"{CODE}.update"]["ends"] == "2027-01-04"
    report(house, "2027-01-04T10:00:00Z", stage="interim")
    assert clocks(house)[f"{CODE}.update"]["ends"] == "2027-02-01"
    report(house, "2027-01-30T10:00:00Z", stage="interim", resolved_on="2027-01-29")
    told = clocks(house)
    assert (told[f"{CODE}.update"]["state"], told[f"{CODE}.final"]["ends"]) == ("met", "2027-03-30")
    report(house, "2027-03-01T10:00:00Z", stage="final", resolved_on="2027-01-29")
    assert clocks(house)[f"{CODE}.final"]["state"] == "met"


def test_whoever_filed_it_sees_their_clocks_with_reasons_in_both_languages(house: House, client: Any) -> None:
    key = house.authority.access.issue_key("party:lab", ("developer",), ("file", "read"), organisation=LAB.organisation)
    assert sign_in(client, key).status_code == 303
    page = shown(client.get("/return/report:r-1"))
    assert "First report under the code: death (10 days)" in page
    assert "yours to do" in page
    assert "It must hold at least 2 working days and holds 1: on to Tuesday 2026-12-08." in page
    assert "由您履行" in shown(client.get("/zh/return/report:r-1"))


def test_what_became_of_them_is_laid_out_for_officers_and_no_leaf_says_so(house: House, client: Any) -> None:
    """A final report is owed from the day on which it was resolved, and met when it came; each once."""
    moved = obligations.sealed_changes(house.authority.reader, subject="report:r-1")
    assert [one["state"] for one in moved if one["rule"] == f"{CODE}.final"] == ["owed", "met"]
    assert [one["state"] for one in moved if one["rule"] == PLAN] == ["owed", "owed", "overdue"], "extended, then over"
    made = next(one for one in moved if one["rule"] == f"{CODE}.final")
    by = house.authority.store.entry(made["entry"])
    assert (by.kind, made["body"]["before"], made["on"]) == ("incident_reports.report", "not_owed", "2027-01-30")
    officer(client, house)  # type: ignore[arg-type]
    assert "What became of the clocks" in shown(client.get(f"{DESK}/r-1"))


def test_a_letter_follows_from_a_duty_told_in_confidence_and_its_leaf_names_nothing(house: House) -> None:
    """A plan is asked for anew of a second report, aware on 1 March 2027: ten days end with Thursday 11 March."""
    house.authority.adopt(rule_file(LETTERS))
    house.at("2027-03-02T09:00:00Z")
    other = {**THREE, "name": "R 9", "title": "Another", "aware_at": "2027-03-01T10:00:00Z"}
    house.authority.act(Act("incident_reports.report", other, "r9"), LAB)
    house.authority.follow()
    house.at("2027-03-08T09:00:00Z")
    house.at("2027-03-12T09:00:00Z")
    written = notices.letters(house.authority.reader)
    assert {row["party"] for row in written} == {"party:lab"}
    assert sorted(row["template"].split()[0] for row in written) == [
        "incident_reports.demand", "incident_reports.reminder"
    ]  # fmt: skip
    for row in written:
        entry = house.authority.store.entry(row["entry"])
        assert entry.subject is None
        public = dict(house.authority.presentation(row["entry"]).fields)
        assert {name for name, value in public.items() if value not in (None, "", [])} <= {"prefix", "year"}
        assert not any(word in entry.leaf for word in (b"r-9", PLAN.encode(), b"reminder", b"demand"))


def test_nobody_else_is_told_that_any_clock_runs(house: House, client: Any) -> None:
    for path in ("/board", "/duties", "/duties.atom", "/duties/calendar", "/api/v1/duties", f"/regimes/{PLAN}"):
        found = client.get(path)
        assert "r-1" not in found.text, path
    store = house.authority.store
    assert [one for one in store.entries(0, store.size()) if one.kind.startswith("duty.") and one.subject] == []
