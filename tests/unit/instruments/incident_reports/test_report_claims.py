"""What a report's duties say is true of this authority: what is owed elsewhere, what a later version claims, what a
placeholder does not meet, what only the filer states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.imprint import Imprint
from commonweal.instruments.incident_reports.reports import Report
from commonweal.kernel import obligations, retention
from commonweal.kernel.obligations.explaining import explanation
from commonweal.kernel.record import Act, Row
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.law import texts
from commonweal.settings import Settings

from ...doors.portal.people import fields_of, sign_in
from .test_report_duties import LAB, REPORT, SAID, Office

TEXTS_OF_LAW = {
    name: texts()[name] for name in ("eu.ai_act_incidents", "eu.gpai_code_incidents", "us_ca.sb53_incidents")
}
OFFICER = Caller("party:moreau", ("officer",))
CALIFORNIA, CODE = "us_ca.sb53_incidents.critical", "eu.gpai_code_incidents.death"
DEATH = "eu.ai_act_incidents.death"
STATED = {
    "about": REPORT,
    "on": "2026-12-08",
    "reference": "OES 2026-17",
    "evidence": "Their acknowledgement of 8 Dec.",
}


def opened(folder: Path, clock: ReplayClock, *jurisdictions: str) -> Authority:
    imprint = Imprint(jurisdictions=jurisdictions)
    settings = Settings(Text(en="A", zh="甲"), "r.invalid/r", clock.now(), replay=True, imprint=imprint)
    return Authority.create(folder, settings, clock=clock)


@pytest.fixture
def paris(tmp_path: Path) -> Iterator[Office]:
    """An office of a Member State."""
    clock = ReplayClock(instant("2026-12-01T00:00:00Z"))
    with opened(tmp_path / "paris", clock, "EU", "FR") as authority:
        office = Office(authority, clock)
        office.file("2026-12-01T09:00:00Z", "model_registration.organisation", {"name": "Lab", "source": "invented"})
        yield office


def both(office: Office, at: str = "2026-12-07T10:00:00Z", **said: Any) -> None:
    asked = {"jurisdictions": ["EU", "US-CA", "CN"], "frontier_model": True, "control_lost": True}
    office.report(at, **{**asked, **said})


def tick(office: Office, at: str) -> None:
    office._clock.set(instant(at))
    office.authority.tick()


def test_what_is_owed_to_another_authority_is_not_met_by_filing_here(paris: Office) -> None:
    """Nobody tells the Office of Emergency Services, the AI Office or China of what is filed in Paris."""
    both(paris)
    assert paris.duty(DEATH)["state"] == "met"
    elsewhere = {CALIFORNIA, CODE, "cn.cybersecurity_incidents.other"}
    assert {paris.duty(rule)["state"] for rule in elsewhere} == {"elsewhere"}
    assert paris.duty(CALIFORNIA)["last_day"] == "2026-12-21", "the date is told all the same"
    tick(paris, "2027-02-01T00:00:00Z")
    assert {paris.duty(rule)["state"] for rule in elsewhere} == {"elsewhere"}, "nor is it known here to be overdue"
    relays = obligations.duties(paris.authority.reader, rule="cn.cybersecurity_incidents.other_relay", private=True)
    assert {row["state"] for row in relays} <= {"not_owed", "lapsed"}, "what others pass on is not this office's"


def test_who_reported_there_states_so_with_day_reference_and_evidence(paris: Office) -> None:
    both(paris)
    act = Act(obligations.DUTY_STATED.id, {**STATED, "rule": CALIFORNIA}, "")
    with pytest.raises(BadInput, match="what you filed yourself"):
        paris.authority.act(act, Caller("party:rival", ("developer",)))
    with pytest.raises(BadInput, match="met by filing here"):
        paris.authority.act(Act(act.kind, {**STATED, "rule": DEATH}, ""), Caller("party:lab", ("developer",)))
    paris.file("2026-12-09T10:00:00Z", act.kind, dict(act.body))
    row = paris.duty(CALIFORNIA)
    assert (row["state"], row["met_on"][:10], row["late"]) == ("met", "2026-12-08", 0)
    told = obligations.explanation(paris.authority.reader, row)[-2]["en"]
    assert "Office of Emergency Services of California" in told
    assert "nobody here has verified it" in told
    assert paris.authority.store.entry(paris.authority.store.size() - 1).subject is None, "no leaf names the report"


def test_the_page_of_the_report_says_to_whom_it_is_owed_in_both_languages(paris: Office) -> None:
    both(paris)
    with TestClient(app(paris.authority), base_url="https://testserver") as browser:
        sign_in(browser, paris.authority.access.issue_key("party:lab", ("developer",), ("file", "read")))
        page, chinese = browser.get(f"/return/{REPORT}").text, browser.get(f"/zh/return/{REPORT}").text
    assert "owed to the Office of Emergency Services of California; not filed here" in page
    assert "应向加利福尼亚州应急服务办公室履行；未向本机关提交" in chinese


def test_the_headline_does_not_say_that_nothing_waits_above_duties_that_are_owed(paris: Office) -> None:
    both(paris)
    with TestClient(app(paris.authority), base_url="https://testserver") as browser:
        sign_in(browser, paris.authority.access.issue_key("party:lab", ("developer",), ("file", "read")))
        page = browser.get(f"/return/{REPORT}").text
    assert "Nothing waits for you now" not in page
    assert re.search(r"\d+ (duty is|duties are) yours, or may be", page)


def test_kinds_in_confidence_are_not_said_to_have_no_entries(paris: Office) -> None:
    """A journalist would write that the authority triaged none of its reports."""
    both(paris)
    with TestClient(app(paris.authority), base_url="https://testserver") as browser:
        listed = dict(re.findall(r'kind=incident_reports\.(\w+)">[^<]*</a> \(([^)]*)\)',
                                 browser.get("/incident_reports").text))  # fmt: skip
    quiet = {"triage", "question", "answer", "identity", "assignment", "linked"}
    assert {listed[kind] for kind in quiet} == {"in confidence: not counted here"}
    assert listed["report"] == "1 entry"
    assert listed["incident"] == "0 entries"


def test_its_debtor_states_on_the_return_page_that_it_was_done_there(paris: Office) -> None:
    """By page and in both languages: nobody who owes something elsewhere has to know of an API."""
    both(paris)
    form = f"/return/{REPORT}/stated/{CALIFORNIA}"
    with TestClient(app(paris.authority), base_url="https://testserver", follow_redirects=False) as browser:
        key = paris.authority.access.issue_key("party:lab", ("developer",), ("file", "read"), organisation=LAB)
        sign_in(browser, key)
        assert {form} < set(re.findall(r'href="([^"]*stated[^"]*)"', browser.get(f"/return/{REPORT}").text))
        assert f'href="{form}"' in browser.get("/duties/own").text, "the page of all that they owe leads there too"
        assert "您或贵组织" in browser.get("/zh/duties/own").text
        assert browser.get(f"/return/{REPORT}/stated/{DEATH}").status_code == 404, "what is filed here is met here"
        wrong = answered(browser, form, on="2027-01-01", time="9", reference="", evidence="")
        assert wrong.status_code == 422
        assert all(f'href="#f-{field}"' in wrong.text for field in ("time", "reference", "evidence")), "all at once"
        said = answered(browser, f"/zh{form}", on="2026-12-07", time="09:30", reference="OES 2026-17", evidence="Mail.")
        assert said.status_code == 303
        assert "本机关未予核实" in browser.get(said.headers["location"]).text
        assert form not in browser.get(f"/return/{REPORT}").text, "said once"
    row = paris.duty(CALIFORNIA)
    assert (row["state"], row["met_on"]) == ("met", "2026-12-07T09:30:00Z")


def test_nobody_states_what_another_owes(paris: Office) -> None:
    """Who reports on somebody else's system does not say for them that they told an authority elsewhere."""
    both(paris)
    paris.file("2026-12-08T09:00:00Z", "model_registration.organisation", {"name": "Other", "source": "invented"},
               "party:other")  # fmt: skip
    act = Act(obligations.DUTY_STATED.id, {**STATED, "rule": CALIFORNIA}, "")
    with pytest.raises(BadInput, match="what you filed yourself"):
        paris.authority.act(act, Caller("party:other", ("developer",)))


def answered(browser: TestClient, path: str, **answers: str) -> Any:
    """Send the form of a page with these answers."""
    return browser.post(path, data={**fields_of(browser.get(path).text), **answers})


def test_another_place_in_the_settings_is_judged_by_at_the_next_start(paris: Office, tmp_path: Path) -> None:
    both(paris)
    before = paris.authority.dump()
    paris.authority.rebuild()
    assert paris.authority.dump() == before
    file = tmp_path / "paris" / "authority.toml"
    file.write_text(file.read_text("utf-8").replace('["EU", "FR"]', '["US-CA"]'), "utf-8")
    paris.authority.close()
    with Authority.open(tmp_path / "paris") as moved:
        states = {
            rule: obligations.duties(moved.reader, subject=REPORT, rule=rule, private=True)[0]["state"]
            for rule in (CALIFORNIA, DEATH)
        }
    assert states == {CALIFORNIA: "met", DEATH: "elsewhere"}


def test_other_clocks_in_the_settings_move_the_end_of_the_days_at_the_next_start(paris: Office, tmp_path: Path) -> None:
    """Paris keeps Brussels' time (UTC+1); by Helsinki's (UTC+2) the day of the 14th is over an hour sooner."""
    paris.report("2026-12-05T10:00:00Z")
    assert paris.duty(DEATH)["due"] == "2026-12-14T23:00:00Z"
    file = tmp_path / "paris" / "authority.toml"
    changed = file.read_text("utf-8").replace('["EU", "FR"]', '["EU", "FI"]\ntime_zone = "Europe/Helsinki"')
    file.write_text(changed, "utf-8")
    paris.authority.close()
    with Authority.open(tmp_path / "paris") as moved:
        (row,) = obligations.duties(moved.reader, subject=REPORT, rule=DEATH, private=True)
    assert (row["due"], row["last_day"]) == ("2026-12-14T22:00:00Z", "2026-12-14")


def test_a_later_version_does_not_undo_that_it_was_late(paris: Office) -> None:
    """Aware on 4 December, first reported on the 30th: whatever version two says, the ten days were over."""
    paris.report("2026-12-30T10:00:00Z")
    assert (paris.duty(DEATH)["state"], paris.duty(DEATH)["late"]) == ("met", 1)
    harmless = {"category": "near_miss", "harms": [], "outcome": "avoided"}
    paris.report("2027-01-02T10:00:00Z", **harmless)
    row = paris.duty(DEATH)
    assert (row["state"], row["late"]) == ("met", 1)
    assert "claimed" in row["why"]
    tick(paris, "2027-01-20T00:00:00Z")
    assert paris.duty(DEATH)["late"] == 1
    paris.report("2027-01-21T10:00:00Z", reporter="deployer")
    assert (paris.duty(DEATH)["late"], paris.duty(DEATH)["party"]) == (1, LAB), "who was a provider stays one"


def test_an_officer_accepts_that_nothing_was_owed(paris: Office) -> None:
    """A downgrade is a claim: until somebody here has looked at it, the duty stands, in time or not."""
    paris.report("2026-12-05T10:00:00Z")
    said = {"rule": DEATH, "about": REPORT, "decision": "lift", "decided_by": "officer", "basis": "The autopsy."}
    with pytest.raises(BadInput, match="a later filing says that it is not owed"):
        paris.authority.act(Act("duty.clock_sealed", said, ""), OFFICER)
    paris.report("2026-12-06T10:00:00Z", harms=["rights"])
    assert paris.duty(DEATH)["state"] == "met"
    paris.authority.act(Act("duty.clock_sealed", said, ""), OFFICER)
    paris.authority.follow()
    assert paris.duty(DEATH)["state"] == "not_owed"
    assert paris.duty("eu.ai_act_incidents.general")["state"] == "met"


def test_a_second_officer_confirms_on_a_form_when_a_letter_came(paris: Office) -> None:
    said = {**SAID, "name": "R 1", "received_by": "letter", "received_at": "2026-12-05T10:00:00Z"}
    paris.clock("2026-12-30T10:00:00Z")
    paris.authority.act(Act("incident_reports.report", said, ""), Caller("party:sam", ("officer",)))
    paris.authority.follow()
    desk = "/incident-reports/desk/r-1"
    assert paris.duty(DEATH)["late"] == 1
    with TestClient(app(paris.authority), base_url="https://testserver", follow_redirects=False) as browser:
        sign_in(browser, paris.authority.access.issue_key("party:moreau", ("officer",), ("file", "read")))
        assert f"{desk}/came_then" in browser.get(desk).text
        assert "确认收到日期" in browser.get(f"/zh{desk}/came_then").text
        [row] = obligations.waiting_for_a_second(paris.authority.reader, REPORT)
        assert answered(browser, f"{desk}/came_then", entry="x", basis="The postmark").status_code == 422
        asked = {"entry": str(row["entry"]), "basis": "The postmark"}
        assert answered(browser, f"{desk}/came_then", **asked).status_code == 303
        assert f"{desk}/came_then" not in browser.get(desk).text
    assert paris.duty(DEATH)["late"] == 0


def test_the_desk_accepts_on_a_form_that_nothing_was_owed_and_preserves_a_report(paris: Office) -> None:
    paris.report("2026-12-05T10:00:00Z")
    desk = "/incident-reports/desk/r-1"
    with TestClient(app(paris.authority), base_url="https://testserver", follow_redirects=False) as browser:
        sign_in(browser, paris.authority.access.issue_key("party:moreau", ("officer",), ("file", "read")))
        assert f"{desk}/not_owed" not in browser.get(desk).text
        paris.report("2026-12-06T10:00:00Z", harms=["rights"])
        assert f"{desk}/not_owed" in browser.get(desk).text
        assert "认可无须履行" in browser.get(f"/zh{desk}/not_owed").text
        assert answered(browser, f"{desk}/not_owed", rule=DEATH, decided_by="officer").status_code == 422
        said = answered(browser, f"{desk}/not_owed", rule=DEATH, decided_by="officer", basis="The autopsy.")
        assert said.status_code == 303
        assert paris.duty(DEATH)["state"] == "not_owed"
        order = {"basis": "court_order", "ordered_by": "The court", "reference": "12/26"}
        assert answered(browser, f"{desk}/preserve", **order).status_code == 303
        held = retention.holds(paris.authority.reader)
        assert [(row["about"], row["ordered_by"]) for row in held] == [(REPORT, "The court")]
        assert answered(browser, f"{desk}/preserved_no_more", hold="99", **order).status_code == 422
        lifted = answered(browser, f"{desk}/preserved_no_more", hold=str(held[0]["hold"]), **order)
        assert lifted.status_code == 303
        assert retention.holds(paris.authority.reader) == []
        assert f"{desk}/preserved_no_more" not in browser.get(desk).text


def test_a_placeholder_meets_no_deadline(tmp_path: Path) -> None:
    """Art. 73(5) lets a first report be incomplete, not be about nothing; § 22757.13(c) wants the critical incident."""
    clock = ReplayClock(instant("2026-12-01T00:00:00Z"))
    with opened(tmp_path / "any", clock) as authority:
        office = Office(authority, clock)
        office.file("2026-12-01T09:00:00Z", "model_registration.organisation", {"name": "Lab", "source": "invented"})
        both(office, "2026-12-04T11:00:00Z", category="concern", harms=[], outcome="none", cn_grade="none",
             control_lost=None)  # fmt: skip
        both(office, "2027-01-20T10:00:00Z")
        late = {rule: office.duty(rule)["late"] for rule in (DEATH, CALIFORNIA, CODE)}
        assert late == {DEATH: 1, CALIFORNIA: 1, CODE: 1}


def test_an_incomplete_report_of_a_serious_incident_meets_it(paris: Office) -> None:
    paris.report("2026-12-05T10:00:00Z", harms=[])
    paris.report("2027-01-20T10:00:00Z")
    assert (paris.duty(DEATH)["state"], paris.duty(DEATH)["late"]) == ("met", 0)


def test_a_system_altered_before_the_authority_was_told_is_shown(paris: Office) -> None:
    """Art. 73(6): by what the first version says of it."""
    paris.report("2026-12-05T10:00:00Z", system_altered=True)
    altered = "eu.ai_act_incidents.altered"
    assert paris.duty(altered)["state"] == "breached"
    paris.report("2026-12-06T10:00:00Z", system_altered=False)
    assert paris.duty(altered)["state"] == "breached", "a later version does not undo it"


@pytest.mark.parametrize(
    ("first", "later", "state"),
    [
        ({}, {"system_altered": True, "altered_at": "2026-12-07T08:00:00Z"}, "breached"),
        ({"system_altered": False}, {"system_altered": True, "altered_at": "2026-12-07T08:00:00Z"}, "breached"),
        (
            {},
            {
                "system_altered": True,
                "altered_at": "2026-12-07T08:00:00Z",
                "alteration_told_at": "2026-12-06T08:00:00Z",
            },
            "not_owed",
        ),
        ({}, {"system_altered": True}, "unknown"),
        ({"system_altered": False}, {"system_altered": False}, "not_owed"),
        ({"system_altered": True, "alteration_told_at": "2026-12-04T08:00:00Z"}, {}, "unknown"),
        (
            {
                "system_altered": True,
                "altered_at": "2026-12-05T08:00:00Z",
                "alteration_told_at": "2026-12-05T07:00:00Z",
            },
            {"system_altered": False},
            "not_owed",
        ),
    ],
)
def test_a_step_that_alters_the_system_is_told_before_it_is_taken_also_after_the_report(
    paris: Office, first: dict[str, Any], later: dict[str, Any], state: str
) -> None:
    """Art. 73(6), second subparagraph: by when it was altered and when this authority was told of that step."""
    paris.report("2026-12-05T10:00:00Z", **first)
    paris.report("2026-12-08T10:00:00Z", **later)
    assert paris.duty("eu.ai_act_incidents.altered")["state"] == state


def test_the_authority_is_late_where_nothing_says_that_it_acted(paris: Office) -> None:
    """Art. 73(8): within seven days of the report, which came on 5 December; `duty.done_sealed` says what was done."""
    paris.report("2026-12-05T10:00:00Z")
    measures = "eu.ai_act_incidents.measures"
    tick(paris, "2026-12-15T10:00:00Z")
    assert paris.duty(measures)["state"] == "overdue"


def test_a_duty_that_no_filing_meets_says_so(paris: Office) -> None:
    paris.report("2026-12-05T10:00:00Z")
    told = [one["en"] for one in explanation(paris.authority.reader, paris.duty("eu.ai_act_incidents.evidence"))]
    assert any("it is not called met or overdue here" in one for one in told)
    assert "A serious incident that is reported under this Act" in " ".join(told), "what is defined once is named"


def test_what_was_broken_or_missed_is_flagged_at_the_desk_and_filtered_by(paris: Office) -> None:
    """Who has a hundred reports in the queue opens none of them to see that a system was altered too early."""
    paris.report("2026-12-05T10:00:00Z", system_altered=True)
    paris.report("2026-12-05T11:00:00Z", name="R 2", system_altered=False)
    desk = "/incident-reports/desk"
    with TestClient(app(paris.authority), base_url="https://testserver", follow_redirects=False) as browser:
        sign_in(browser, paris.authority.access.issue_key("party:moreau", ("officer",), ("file", "read")))
        seen = [browser.get(f"{desk}?flag={flag}").text for flag in ("breached", "any", "overdue")]
        assert [(f'{desk}/r-1"' in page, f'{desk}/r-2"' in page) for page in seen] == [
            (True, False),
            (True, False),
            (False, False),
        ]
        assert "What is forbidden was done" in seen[0].partition("<tbody>")[2]
        assert "实施了被禁止的行为" in browser.get(f"/zh{desk}").text.partition("<tbody>")[2]
        page = browser.get(f"{desk}/r-1").text.partition("A duty on this report was broken or missed")[2]
        assert "The system was altered before the authority was told" in page.partition("</ul>")[0]
        assert browser.get(f"{desk}?flag=none").status_code == 422


def test_one_report_with_three_harms_makes_the_authority_owe_one_answer(paris: Office) -> None:
    paris.report("2026-12-05T10:00:00Z", harms=["death", "rights", "infrastructure"])
    rows = obligations.duties(paris.authority.reader, subject=REPORT, private=True)
    assert [row["rule"] for row in rows if row["duty"] == "measures" and row["state"] == "owed"] == [
        "eu.ai_act_incidents.measures"
    ]


def deployers(office: Office) -> dict[str, Row]:
    found = obligations.duties(office.authority.reader, subject=REPORT, private=True)
    return {row["rule"].rpartition(".")[2]: row for row in found if "deployer" in row["rule"]}


BY_A_DEPLOYER = {"reporter": "deployer", "aware_at": "2027-12-03T10:00:00Z", "high_risk_annex": "annex_iii"}


def test_a_deployer_is_told_what_it_owes_itself(paris: Office) -> None:
    """Art. 26(5): the provider first, the authority too; the provider's days only where it is not reached."""
    paris.report("2027-12-05T10:00:00Z", **BY_A_DEPLOYER)
    rows = deployers(paris)
    assert (rows["deployer_provider"]["state"], rows["deployer_provider"]["party"]) == ("owed", LAB)
    assert rows["deployer_authority"]["state"] == "met"
    assert rows["deployer_death"]["missing"] == ["provider_reached"], "left open, and said so"
    paris.report("2027-12-05T11:00:00Z", **BY_A_DEPLOYER, provider_reached=False)
    rows = deployers(paris)
    assert (rows["deployer_death"]["state"], rows["deployer_death"]["last_day"]) == ("met", "2027-12-13")
    assert (rows["measures_deployer"]["state"], rows["measures_deployer"]["last_day"]) == ("owed", "2027-12-13")
    said = {**STATED, "rule": "eu.ai_act_incidents.deployer_provider", "on": "2027-12-05"}
    paris.file("2027-12-09T10:00:00Z", obligations.DUTY_STATED.id, said)
    assert deployers(paris)["deployer_provider"]["state"] == "met"


def test_what_a_deployer_tells_is_not_narrowed_by_equivalent_reports_of_the_provider(paris: Office) -> None:
    """Art. 73(9) and (10) limit the provider's notification; Art. 26(5) asks of deployers without them."""
    paris.report("2027-12-05T10:00:00Z", **BY_A_DEPLOYER, harms=["death"], equivalent_reporting=True,
                 provider_reached=False)  # fmt: skip
    states = {rule: row["state"] for rule, row in deployers(paris).items()}
    assert (states["deployer_provider"], states["deployer_authority"]) == ("owed", "met")
    assert states.get("deployer_death", "not_owed") == "not_owed"


def test_while_the_annex_is_not_said_nothing_is_presumed_of_a_deployer_nor_of_the_authority(paris: Office) -> None:
    """Art. 113 as amended: Art. 26 binds for Annex III from 2 December 2027, for Annex I from 2 August 2028."""
    paris.report("2027-12-05T10:00:00Z", **{**BY_A_DEPLOYER, "high_risk_annex": None}, provider_reached=False)
    rows = deployers(paris)
    assert (rows["deployer_provider"]["state"], rows["measures_deployer"]["state"]) == ("unknown", "unknown")
    assert {tuple(row["missing"]) for row in rows.values()} <= {(), ("high_risk_annex",)}


def test_a_deployer_of_a_system_of_annex_i_owes_nothing_before_august_2028(paris: Office) -> None:
    paris.report("2027-12-05T10:00:00Z", **{**BY_A_DEPLOYER, "high_risk_annex": "annex_i"}, provider_reached=False)
    assert {row["state"] for row in deployers(paris).values()} <= {"not_owed"}


@pytest.mark.parametrize("aware_at", ["2026-12-04T10:00:00Z", None], ids=["stated", "left open"])
def test_before_article_26_applies_its_duties_are_to_come_and_what_was_known_by_then_is_never_owed(
    paris: Office, aware_at: str | None
) -> None:
    """Whoever reports it in December 2026 knew of it then, also where they do not say since when."""
    paris.report("2026-12-05T10:00:00Z", reporter="deployer", provider_reached=False, high_risk_annex="annex_iii",
                 aware_at=aware_at)  # fmt: skip
    assert deployers(paris) == {}
    with TestClient(app(paris.authority), base_url="https://testserver") as browser:
        sign_in(browser, paris.authority.access.issue_key("party:moreau", ("officer",), ("file", "read")))
        english, chinese = (browser.get(f"{place}/incident-reports/desk/r-1").text for place in ("", "/zh"))
    assert "Tell the market surveillance authority (deployer, EU) applies from" in english
    assert "2 December 2027" in english
    assert "通知市场监督机关（部署者，欧盟）自2027年12月2日起适用。" in chinese
    tick(paris, "2027-12-03T10:00:00Z")
    assert {row["state"] for row in deployers(paris).values()} <= {"not_owed"}


def test_an_office_that_says_where_it_acts_is_addressed_by_what_is_told_there() -> None:
    """A Member State's authority, a body of the Union, a state's office, and one that says nothing."""
    laws = {name: obligations.read_law(text) for name, text in TEXTS_OF_LAW.items()}
    addressed = {
        place: {name for name, law in laws.items() if law.addresses(place)}
        for place in (("EU", "FR"), ("FR",), ("EU",), ("US-CA",), ())
    }
    eu, code, california = "eu.ai_act_incidents", "eu.gpai_code_incidents", "us_ca.sb53_incidents"
    assert addressed == {
        ("EU", "FR"): {eu}, ("FR",): {eu}, ("EU",): {eu, code}, ("US-CA",): {california}, (): set(),
    }  # fmt: skip
    assert replace(laws[eu], jurisdiction="ZZ").addresses(("JP",)), "a scheme is whose it is who adopted it"


@pytest.mark.parametrize(
    ("occurred", "aware", "taken"),
    [
        ("2026-12-05T10:00:00Z", "2026-12-05T09:59:59Z", False),
        ("2026-12-05T10:00:00Z", "2026-12-05T11:00:00+01:00", True),
        ("2026-12-05", "2026-12-04T09:59:00Z", False),
        ("2026-12-05", "2026-12-04T10:00:00Z", True),
        ("2026-12", "2026-12-01T00:00:00Z", True),
        ("2026-12", "2026-11-29T00:00:00Z", False),
        ("2026", "2026-03-01T00:00:00Z", True),
        ("2026-12~", "2026-11-01T00:00:00Z", True),
        (None, "2026-11-01T00:00:00Z", True),
    ],
)
def test_nobody_was_aware_of_what_had_not_happened(occurred: str | None, aware: str, taken: bool) -> None:
    """Every clock runs from there. A day that begins first in Kiribati, a month or a year is taken at its widest."""
    body = {**SAID, "occurred": occurred, "aware_at": aware}
    if taken:
        Report.model_validate(body)
        return
    with pytest.raises(ValidationError) as caught:
        Report.model_validate(body)
    assert [(one["loc"], one["type"]) for one in caught.value.errors()] == [(("aware_at",), "aware_before")]


@pytest.mark.parametrize(
    ("said", "where", "why"),
    [
        ({"category": "near_miss", "outcome": "realised"}, "outcome", "harm_in_near_miss"),
        ({"category": "near_miss", "deaths": 1}, "deaths", "dead_in_near_miss"),
        ({"outcome": "none", "deaths": 1}, "deaths", "dead_unharmed"),
        ({"harms": ["death"], "deaths": 0}, "deaths", "nobody_dead"),
        ({"received_at": "2026-11-01T00:00:00Z"}, "received_at", "not_taken"),
        (
            {"received_by": "letter", "received_at": "2026-11-01T00:00:00Z", "aware_at": "2026-11-01T00:00:01Z"},
            "received_at",
            "received_before",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(said: dict[str, Any], where: str, why: str) -> None:
    """It would start no clock by the one half, and be filed in time by the other."""
    with pytest.raises(ValidationError) as caught:
        Report.model_validate({**SAID, **said})
    assert [(one["loc"], one["type"]) for one in caught.value.errors()] == [((where,), why)]
