"""Conflicts of interest read the register of persons: posts held now and lately, and roles lent by others.

One authority for the module; the model that the report names is Lab's. They joined on 1 October 2026; the
clock stands at 15 October 2027.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.incident_reports.desk import checking
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.instruments.incident_reports.desk.among import may_be_kept_out
from commonweal.instruments.incident_reports.desk.conflicts import about_itself
from commonweal.instruments.incident_reports.harbour.conversation import talk
from commonweal.kernel import registry
from commonweal.kernel.disclosure.reads import REFUSAL
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Busy, instant
from commonweal.sight import Sight

from .test_desk import REPORT, House

OFFICERS = ("officer",)
CONFLICT, FOR_GOOD = f"assignee: {checking.GIVEN['en']}", f"assignee: {checking.FOR_GOOD['en']}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Former left Lab on 1 November 2026, Long on 2 October 2026; Now still holds a post there; Moreau never did."""
    found = House(tmp_path_factory.mktemp("conflicts") / "a")
    for number, (name, post) in enumerate(
        {
            "former": {"organisation": "organisation:lab", "until": "2026-11-01"},
            "long": {"organisation": "organisation:lab", "until": "2026-10-02"},
            "now": {"organisation": "organisation:lab"},
            "other": {"organisation": "ministry"},
        }.items()
    ):
        joined = {"person": f"person:{number}", "party": f"party:{name}", "name": name.title(), "roles": ["officer"]}
        found.file("person.joined", {**joined, **post})
    found.clock.set(instant("2027-10-15T09:00:00Z"))
    yield found
    found.authority.close()


def give(house: House, assignee: str, by: str = "party:chief", **more: Any) -> list[str]:
    """What was wrong with an assignment; nothing where it was recorded."""
    body = {"about": REPORT, "assignee": assignee, **more}
    try:
        house.file("incident_reports.assignment", body, Caller(by, OFFICERS))
    except BadInput as error:
        return [f"{fault.where}: {fault.want}" for fault in error.faults]
    return []


def test_who_holds_a_post_there_or_held_one_within_a_year_is_not_given_it(house: House) -> None:
    """A year from 1 November 2026 ends on 1 November 2027; one from 2 October 2026 ended on 2 October 2027."""
    assert give(house, "party:former") == [CONFLICT]
    assert give(house, "party:now") == [CONFLICT]
    back = {"person": "person:1", "party": "party:long", "name": "Long", "organisation": "ministry"}
    house.file("person.joined", {**back, "roles": ["officer"]})
    assert give(house, "party:long") == []


@pytest.mark.parametrize("ended", [False, True])
def test_for_whom_a_key_spoke_that_reported_counts_though_the_report_names_nobody(house: House, ended: bool) -> None:
    """A company's safety officer files by program without saying for whom: the key says so, also once it is ended."""
    name, party = f"R {5 + ended}", f"party:acme-{ended}".lower()
    house.authority.access.issue_key(party, ("developer",), organisation="organisation:acme-ai")
    body = {**house.report(name), "models": [], "reporter": "employee", "deployer_named": None}
    house.file("incident_reports.report", {key: value for key, value in body.items() if value is not None},
               Caller(party, ("developer",), "organisation:acme-ai"))  # fmt: skip
    if ended:
        (key,) = [one for one in house.authority.access.issued() if one.party == party]
        house.authority.access.revoke(key.id)
    report = f"report:r-{5 + ended}"
    assert give(house, "party:moreau", about=report, interests=["Acme AI"]) == [CONFLICT]
    assert give(house, "party:moreau", about=report, interests=["Somebody else"]) == []


def test_whose_own_key_speaks_for_a_company_is_given_nothing_about_it_while_it_does(house: House) -> None:
    house.authority.access.issue_key("party:other", OFFICERS, organisation="organisation:lab")
    assert give(house, "party:other") == [CONFLICT]
    (key,) = [one for one in house.authority.access.issued() if one.party == "party:other"]
    house.authority.access.revoke(key.id)
    house.clock.set(instant("2027-10-15T09:00:01Z"))
    assert give(house, "party:other") == []


def test_who_acts_for_another_has_that_other_s_conflicts(house: House) -> None:
    """The delegate is of another organisation by then: only the lender's own past stands against them."""
    back = {"person": "person:0", "party": "party:former", "name": "Former", "organisation": "ministry"}
    house.file("person.joined", {**back, "roles": ["officer", "authority"]})
    assert give(house, "party:moreau") == []
    lent = {"person": "person:0", "to": "person:moreau", "roles": ["authority"], "until": "2027-12-01"}
    delegation = house.file("person.delegated", lent)
    assert give(house, "party:moreau") == [CONFLICT]
    house.file("person.delegation_revoked", {"person": "person:0", "delegation": delegation})
    assert give(house, "party:moreau") == []


def test_another_who_has_no_conflict_may_set_it_aside_and_says_why(house: House) -> None:
    reason = "Nobody else here reads the language, and the post was in the canteen."
    (own,) = give(house, "party:former", by="party:former", despite=reason)
    assert own.startswith("despite: another officer")
    (other,) = give(house, "party:former", by="party:now", despite=reason)
    assert other == "despite: an officer to set it aside who has no conflict of interest in it themselves"
    assert give(house, "party:former", despite=reason) == []
    given = desk.assigned(house.authority.reader, about=REPORT)[0]
    opened = house.authority.presentation(given["entry"]).fields
    assert "despite" not in opened, "why is for officers"


def test_whom_the_reporter_works_for_is_concerned_whether_or_not_the_report_says_so(house: House) -> None:
    """Over the API a report need not name its organisation; the register of persons knows it."""
    for name, role in (("maker", "developer"), ("friend", "officer")):
        joined = {"person": f"person:{name}", "party": f"party:{name}", "name": name.title(), "roles": [role]}
        house.file("person.joined", {**joined, "organisation": "organisation:acme"})
    said = {"name": "S 1", "category": "concern", "reporter": "provider", "title": "T", "what_happened": "W"}
    house.file("incident_reports.report", said, Caller("party:maker", ("developer",)))
    assert give(house, "party:friend", about="report:s-1") == [CONFLICT]
    assert give(house, "party:other", about="report:s-1") == []


def test_who_filed_it_or_recused_themselves_is_not_given_it_for_any_reason(house: House) -> None:
    assert give(house, "party:caller", despite="She knows it best.") == [FOR_GOOD]
    house.desk("release", about=REPORT, assignee="party:moreau", why="recused")
    assert give(house, "party:moreau", despite="He is free.") == [FOR_GOOD]


def test_of_whom_the_reporter_works_for_no_reason_sets_it_aside_where_the_report_does_not_name_them(
    house: House,
) -> None:
    """Else what can be set aside and what cannot would tell apart the colleague who reported from every other; where
    the report names them itself, officers read it there."""
    assert give(house, "party:friend", about="report:s-1", despite="She left it.") == [FOR_GOOD]
    named = {"name": "S 2", "category": "concern", "reporter": "provider", "title": "T", "what_happened": "W"}
    house.file("incident_reports.report", {**named, "developer_named": "Acme"}, Caller("party:maker", ("developer",)))
    assert give(house, "party:friend", about="report:s-2") == [CONFLICT]
    assert give(house, "party:friend", about="report:s-2", despite="She left it.") == []


def test_who_recused_themselves_from_a_report_keeps_out_of_the_incident_made_of_it(house: House) -> None:
    """It is the same matter under another name: its lead reads, writes and lets out what the report told."""
    said = {"name": "S 3", "category": "concern", "reporter": "public", "title": "T", "what_happened": "W"}
    house.file("incident_reports.report", said, Caller("party:somebody", ("observer",)))
    house.file("incident_reports.release", {"about": "report:s-3", "assignee": "party:other", "why": "recused"},
               Caller("party:other", OFFICERS))  # fmt: skip
    house.desk("incident", name="I 9", title="T", category="concern")
    assert give(house, "party:other", about="incident:i-9") == []
    house.desk("linked", report="report:s-3", incident="incident:i-9", relation="variant")
    assert give(house, "party:other", about="incident:i-9") == [CONFLICT]
    assert give(house, "party:other", about="incident:i-9", despite="He is free.") == [FOR_GOOD]
    assert Sight(house.authority, Caller("party:other", OFFICERS), "portal /test").kept_out("incident:i-9")


def test_no_refusal_says_who_reported_nor_which_of_many_names_is_in_a_report_and_each_is_logged(house: House) -> None:
    """Else whoever may assign learns who reported by trying names, and leaves no trace.

    The same words, whether they reported it, declare one fitting name among fifty, or hold a post there.
    """
    many = [f"Company {number}" for number in range(49)]
    tried = [("party:caller", []), ("party:other", [*many, "LAB"]), ("party:now", [])]
    before = house.authority.reads.head()[0]
    words = [give(house, party, interests=names) for party, names in tried]
    assert words == [[CONFLICT]] * 3
    lines = [line.read for line in house.authority.reads.lines(before + 1)]
    report = registry.subject(house.authority.reader, REPORT)
    assert report is not None
    assert {(one.party, one.entry, one.fields, one.door) for one in lines} == {
        ("party:chief", report["entry"], (REFUSAL,), "refused incident_reports.assignment")
    }
    assert [one.purpose for one in lines] == [f"assignee: {party}" for party, _ in tried]
    assert give(house, "party:weaver", interests=many) == []
    assert house.authority.reads.head()[0] == before + 3, "what is recorded is its own trace"


def test_where_it_cannot_be_logged_nothing_is_told(house: House) -> None:
    class Full:
        def append(self, reads: object) -> None:
            raise Busy("no room")

    acceptance = replace(house.authority._acceptance, log_reads=Full().append)
    act = Act("incident_reports.assignment", {"about": REPORT, "assignee": "party:caller"}, "")
    with pytest.raises(Busy):
        acceptance.check(act, Caller("party:chief", OFFICERS), set())


def test_the_team_of_an_investigation_is_held_against_the_same(house: House) -> None:
    house.incident()
    house.desk("linked", report=REPORT, incident="incident:i-1", relation="same")
    body: dict[str, Any] = {
        "name": "V 1",
        "incident": "incident:i-1",
        "mandate": "Find out why.",
        "legal_basis": "Act, 3",
    }
    team = [{"party": "party:weaver", "role": "lead"}, {"party": "party:now"}]
    with pytest.raises(BadInput) as caught:
        house.desk("investigation", **body, team=team)
    assert [fault.where for fault in caught.value.faults] == ["team.1.party"]
    team[1]["despite"] = "The only one who knows the format of the recorder."
    chief = Caller("party:chief", OFFICERS)
    house.authority.act(Act("incident_reports.investigation", {**body, "team": team}, ""), chief)


def test_what_is_reported_about_the_authority_itself_can_be_handled_here(tmp_path: Path) -> None:
    """Everybody here holds a post at the authority: were that a conflict, one report would leave nobody to read it."""
    house = House(tmp_path / "own")
    with closing(house.authority):
        for number, name in enumerate(("ours", "inside")):
            post = "authority" if name == "ours" else "organisation:lab"
            joined = {
                "person": f"person:{number}",
                "party": f"party:{name}",
                "name": name.title(),
                "roles": ["officer"],
            }
            house.file("person.joined", {**joined, "organisation": post})
        house.file(
            "incident_reports.report",
            house.report("R 9", deployer_named="Authority"),
            Caller("party:reporter-9", ("reporter",)),
        )
        triage = {"report": "report:r-9", "urgency": "week", "decision": "handle", "reasons": "It is ours."}
        house.file("incident_reports.triage", triage, Caller("party:ours", OFFICERS))
        words = about_itself(house.authority.reader, "report:r-9")
        assert words is not None
        assert {"It concerns this authority", "本报告涉及本机关"} <= {words["en"][:26], words["zh"][:8]}
        assert about_itself(house.authority.reader, REPORT) is None
        with pytest.raises(BadInput):
            house.file("incident_reports.triage", {**triage, "report": REPORT}, Caller("party:inside", OFFICERS))


def test_what_nobody_here_may_judge_is_referred_to_a_body_outside_and_who_reported_reads_where(tmp_path: Path) -> None:
    """All officers hold their post at the ministry, and the report names it: without a way out nobody could end it."""
    house, reporter = House(tmp_path / "all"), Caller("party:reporter-9", ("reporter",))
    report = "report:r-9"
    with closing(house.authority):
        house.file("incident_reports.report", house.report("R 9", deployer_named="Ministry"), reporter)
        officer = Caller("party:moreau", OFFICERS)
        triage = {"report": report, "urgency": "week", "decision": "reject", "reasons": "None."}
        with pytest.raises(BadInput, match="refer the report to a body outside"):
            house.file("incident_reports.triage", triage, officer)
        said = {"report": report, "referred_to": "The ombudsman", "reference": "O 7", "reasons": "We all work there."}
        with pytest.raises(BadInput, match="names this authority nowhere"):
            house.file("incident_reports.referral", {**said, "referred_because": "about_itself"}, officer)
        quiet = house.file("incident_reports.referral", {**said, "referred_because": "all_conflicted"}, officer)
        reading = Sight(house.authority, reporter, "portal /test")
        assert not [one for one in talk(house.authority.reader, report) if one.what == "referral"]
        assert reading.kind(house.authority.store.entry(quiet)) == "record.in_confidence", "nobody decided to tell them"
        said["told_to_reporter"] = True
        entry = house.file("incident_reports.referral", {**said, "referred_because": "all_conflicted"}, officer)
        assert house.state(report) == "closed"
        told = [line for one in talk(house.authority.reader, report) if one.what == "referral" for line in one.lines]
        assert [line["en"] for line in told] == [
            "Your report was referred to The ombudsman: every officer here has a conflict of interest in it. Who you "
            "are was not handed over; you may go there yourself.",
            "There it is known by O 7.",
        ]
        assert told[0]["zh"].startswith("您的报告已移送至The ombudsman：本机关全体官员均有利益冲突。")
        own = Sight(house.authority, reporter, "portal /test").part(entry, ("referred_to", "reasons"))
        assert own == {"referred_to": "The ombudsman"}, "the reasons are the office's"
        worse = house.report("R 9", deployer_named="Ministry", harms=["death"], deaths=1, imminent_risk_to_life=True)
        house.file("incident_reports.report", worse, reporter)
        assert house.state(report) != "closed", "what became graver is looked at again"


def test_who_has_a_conflict_does_not_send_away_what_a_colleague_may_judge(tmp_path: Path) -> None:
    house = House(tmp_path / "one")
    said = {"report": REPORT, "referred_to": "A friend", "referred_because": "not_ours"}
    with closing(house.authority):
        inside = {"person": "person:in", "party": "party:in", "name": "In", "roles": ["officer"]}
        house.file("person.joined", {**inside, "organisation": "organisation:lab"})
        with pytest.raises(BadInput, match="an officer without a conflict of interest decides"):
            house.file("incident_reports.referral", said, Caller("party:in", OFFICERS))
        with pytest.raises(BadInput, match="somebody here has no conflict"):
            house.file("incident_reports.referral", {**said, "referred_because": "all_conflicted"})
        house.file("incident_reports.referral", said, Caller("party:moreau", OFFICERS))
        assert house.state() == "closed"
        house.desk("triage", report=REPORT, urgency="week", decision="handle")
        assert house.state() == "triaged", "who triages it again takes it back"


def test_a_list_asks_about_the_reports_in_which_something_may_stand_against_its_reader_and_misses_none(
    tmp_path: Path,
) -> None:
    """What reports name is kept between views: what comes, changes or is taken back counts with the next view."""
    with closing((house := House(tmp_path / "many")).authority) as authority:
        parties = ["party:moreau", "party:officer", "party:stand-in", "party:friend"]

        def hidden(party: str) -> set[str]:
            """The reports that somebody keeps out of; every one of them is among those that a list asks about."""
            sight = Sight(authority, Caller(party, OFFICERS), "portal /test")
            perhaps = set(may_be_kept_out(authority.reading("en", party, sight)))
            kept = {one for one in registry.names(authority.reader, "report") if sight.kept_out(one)}
            assert kept <= perhaps
            return perhaps

        def everybody() -> list[list[str]]:
            return [sorted(one.removeprefix("report:") for one in hidden(party)) for party in parties]

        def filed(name: str, by: str = "party:somebody", role: str = "observer", **said: Any) -> int:
            return house.file("incident_reports.report", {**house.report(name), **said}, Caller(by, (role,)))

        filed("R 2")
        assert everybody() == [[], [], [], []], "of most of an office nothing is asked"
        joined = {"person": "person:friend", "party": "party:friend", "name": "Friend", "roles": ["officer"]}
        house.file("person.joined", {**joined, "organisation": "organisation:lab"})
        assert everybody()[3] == ["r-1"], "the developer of a model that a report names"
        house.desk("release", about="report:r-2", assignee="party:moreau", why="recused")
        assert everybody()[0] == ["r-2"]
        written = filed("R 2", developer_named="Lab Ltd")
        assert everybody()[3] == ["r-1", "r-2"]
        house.file("record.annulled", {"entry": written, "reason_code": "filed_in_error"},
                   Caller("party:somebody", ("observer",)))  # fmt: skip
        assert everybody()[3] == ["r-1"]
        filed("R 3", by="party:friend", role="officer")
        filed("R 4", by="party:acme")
        authority.access.issue_key("party:acme", ("developer",), organisation="organisation:acme-ai")
        authority.access.issue_key("party:officer", OFFICERS, organisation="organisation:acme-ai")
        assert everybody()[1] == ["r-4"], "whose reporter's key speaks for the same company"
        assert everybody()[3] == ["r-1", "r-3"], "what they reported themselves"
        house.file("model_registration.organisation", {"name": "Acme AI", "countries": ["FR"]})
        house.file("model_registration.model", {"name": "Large", "organisation": "organisation:acme-ai"})
        assert everybody()[1] == ["r-1", "r-4"], "whose model it is by now"
        for name, roles in (("lender", ["officer", "authority"]), ("stand-in", ["officer"])):
            one = {"person": f"person:{name}", "party": f"party:{name}", "name": name.title(), "roles": roles}
            house.file("person.joined", {**one, "organisation": "ministry"})
        filed("R 5", by="party:lender", role="officer")
        lent = {"person": "person:lender", "to": "person:stand-in", "roles": ["authority"], "until": "2026-12-01"}
        house.file("person.delegated", lent)
        assert everybody()[2] == ["r-5"], "who acts for somebody has their conflicts"
