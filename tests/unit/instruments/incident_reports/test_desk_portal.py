"""The desk at the portal: for officers alone, every form says what is wrong, bulk work is said before it is done."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.imprint import Imprint
from commonweal.instruments import RuleFile, discover
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.instruments.incident_reports.desk.frame import said
from commonweal.instruments.incident_reports.telling import scales_words
from commonweal.kernel import notices, protocols, registry
from commonweal.kernel.protocols.outlets import Outlet, Sending
from commonweal.kernel.record import Act
from commonweal.kernel.values import RuleFault, instant

from ...doors.portal.people import fields_of, sign_in
from .test_desk import CALLER, INCIDENT, REPORT, House

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

DESK = "/incident-reports/desk"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path / "a")
    yield found
    found.authority.close()


@pytest.fixture
def client(house: House) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


def officer(client: Any, house: House, party: str = "party:moreau", *roles: str) -> None:
    key = house.authority.access.issue_key(party, roles or ("officer",), ("file", "read"))
    assert sign_in(client, key).status_code == 303


def send(client: Any, path: str, form: int = 0, /, **answers: str) -> Any:
    """Send a form of a page with these answers, as a browser would: with everything hidden in it."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    action = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page.text)[form]
    return client.post(unescape(action), data={**fields_of(page.text, form), **answers})


def shown(response: Any) -> str:
    return unescape(response.text)


def test_the_desk_is_for_officers_and_each_look_at_a_report_is_logged(client: Any, house: House) -> None:
    for path in (DESK, f"{DESK}/r-1", f"{DESK}/r-1/triage", f"{DESK}/bulk", f"{DESK}/views"):
        assert client.get(path).status_code == 403
    officer(client, house, "party:lab", "developer")
    assert client.get(f"{DESK}/r-1").status_code == 403
    assert client.post(f"{DESK}/r-1/note", data={"text": "x"}).status_code == 403
    officer(client, house)
    assert "what nobody else" not in shown(client.get(DESK))
    client.get(f"{DESK}/r-1")
    index = desk.standing(house.authority.reader, REPORT)
    assert index is not None
    read = [(one.read.party, one.read.entry, one.read.door) for one in house.authority.reads.lines()]
    assert ("party:moreau", index["entry"], f"portal {DESK}") in read
    assert ("party:moreau", index["entry"], f"portal {DESK}/{{slug}}") in read


def test_the_page_of_a_new_report_offers_a_warning_before_anything_else(client: Any, house: House) -> None:
    officer(client, house)
    page = shown(client.get(f"{DESK}/r-1"))
    assert page.index("Warn first, classify second") < page.index("Where it stands")
    answers = {"name": "A 1", "what": "incident", "about": "model:large", "capability": "wrong doses"}
    assert send(client, f"{DESK}/r-1/alert", **answers).status_code == 303
    assert [row["alert"] for row in desk.escalations(house.authority.reader, REPORT)] == ["alert:a-1"]
    page = shown(client.get(f"{DESK}/r-1"))
    assert "Warn first, classify second" not in page
    assert send(client, f"{DESK}/r-1/triage", urgency="immediate", decision="handle").status_code == 303
    assert house.state() == "triaged"


def test_what_came_in_is_marked_in_the_queue_and_on_the_page_until_it_was_looked_at(client: Any, house: House) -> None:
    """Only who opened a report would see that it is another one by now."""
    officer(client, house)
    house.desk("triage", report=REPORT, urgency="week", decision="handle")
    assert "New:" not in shown(client.get(DESK))
    house.file("incident_reports.report", house.report("R 1", harms=["death"], deaths=1), CALLER)
    assert "</strong> Graver than before" in shown(client.get(f"{DESK}?news=any"))
    assert "R 1" not in shown(client.get(f"{DESK}?news=answer"))
    assert "Something came in" not in shown(client.get("/inbox"))
    house.desk("watch", about=REPORT, watcher="party:moreau")
    inbox = shown(client.get("/inbox"))
    assert "Something came in on a report" in inbox
    assert "Graver" not in inbox, "what came in is read on the page of the report, and logged there"
    assert "Came in since it was last dealt with" in shown(client.get(f"{DESK}/r-1"))
    row = desk.standing(house.authority.reader, REPORT)
    assert row is not None
    assert send(client, f"{DESK}/r-1/looked", onto=str(row["news_entry"])).status_code == 303
    assert "Came in since" not in shown(client.get(f"{DESK}/r-1"))
    assert "Nothing waits for you." in shown(client.get("/inbox"))
    assert "R 1" not in shown(client.get(f"{DESK}?news=any"))


def test_a_reference_that_an_alert_has_is_refused_in_words(client: Any, house: House) -> None:
    """What a program calls an empty answer is no word for people."""
    officer(client, house)
    given = {"name": "A 1", "what": "incident", "about": "model:large", "capability": "wrong doses"}
    house.file("containment.alert", {**given, "developer": "organisation:lab"})
    assert protocols.cases(house.authority.reader, subject="alert:a-1") != []
    page = shown(send(client, f"{DESK}/r-1/alert", **given))
    assert "organisation:lab, as when the case of this alert was opened; another alert takes another reference" in page
    assert "None" not in page


def test_an_alert_that_is_refused_leaves_no_escalation(client: Any, house: House) -> None:
    officer(client, house)
    found = send(client, f"{DESK}/r-1/alert", name="A 1", what="incident", about="model:nowhere", capability="c")
    assert found.status_code == 422
    assert "a registered model" in shown(found)
    assert desk.escalations(house.authority.reader, REPORT) == []


def test_of_a_system_that_is_only_named_in_words_others_are_warned_too(client: Any, house: House) -> None:
    """No model is registered: the alert says what the report calls it, and later which model that is."""
    officer(client, house)
    house.file("incident_reports.report", house.report("R 2", system_named="HeartFriend"), CALLER)
    answers = {"name": "A 2", "capability": "urges children to hurt themselves"}
    refused = send(client, f"{DESK}/r-2/alert", **answers, what="shutdown")
    assert (refused.status_code, "the registered model that is to be shut down" in shown(refused)) == (422, True)
    assert send(client, f"{DESK}/r-2/alert", **answers, what="incident").status_code == 303
    row = registry.subject(house.authority.reader, "alert:a-2")
    assert row is not None
    assert (row["body"]["system_named"], row["body"].get("about")) == ("HeartFriend", None)
    assert protocols.cases(house.authority.reader, subject="alert:a-2") != []
    assert "HeartFriend" not in client.get("/alerts/a-2").text
    send(client, f"{DESK}/r-2/triage", urgency="immediate", decision="handle")
    assert house.state("report:r-2") == "triaged"
    known = {"name": "A 2", "what": "incident", "capability": answers["capability"], "about": "model:large"}
    house.file("containment.alert", {**known, "system_named": "HeartFriend"})


def test_a_form_that_is_refused_says_what_is_wrong_by_field_and_keeps_what_was_written(
    client: Any, house: House
) -> None:
    officer(client, house)
    found = send(client, f"{DESK}/r-1/assign", assignee="party:caller", part="lead", reasons="She knows the matter.")
    page = shown(found)
    assert found.status_code == 422
    assert '<a href="#f-assignee">' in page
    assert "somebody without a conflict of interest" in page
    assert "filed report:r-1" not in page, "who reported is not found out by trying"
    assert "She knows the matter.</textarea>" in page
    assert 'aria-invalid="true"' in page
    assert "未作任何记录" in shown(client.post(f"/zh{DESK}/r-1/triage", data=fields_of(client.get(f"{DESK}/r-1").text)))


def test_a_form_counts_once_however_often_it_is_sent_and_none_counts_from_another_site(
    client: Any, house: House
) -> None:
    officer(client, house)
    page = client.get(f"{DESK}/r-1/note").text
    fields = {**fields_of(page), "text": "Seen."}
    first, second = (client.post(f"{DESK}/r-1/note", data=fields) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert len(desk.notes(house.authority.reader, REPORT)) == 1
    assert client.post(f"{DESK}/r-1/note", data={**fields, "token": "forged"}).status_code == 403
    assert client.post(f"{DESK}/r-1/note", data={**fields, "key": "!"}).status_code == 422


def test_a_question_and_a_note_stand_on_the_page_and_only_the_question_makes_it_wait(client: Any, house: House) -> None:
    officer(client, house)
    send(client, f"{DESK}/r-1/note", text="Call the pharmacy.")
    assert house.state() == "new"
    send(client, f"{DESK}/r-1/ask", text="Which tablets?")
    assert house.state() == "waiting"
    page = shown(client.get(f"{DESK}/r-1"))
    assert "Call the pharmacy." in page
    assert "Which tablets?" in page
    house.file("incident_reports.answer", {"report": REPORT, "text": "The blue ones."}, CALLER)
    assert send(client, f"{DESK}/r-1/answer", text="She rang: the red ones.").status_code == 422
    send(client, f"{DESK}/r-1/answer", text="She rang: the red ones.", received_by="telephone")
    house.file("incident_reports.withdrawal", {"report": REPORT, "reasons": "It was my own mistake."}, CALLER)
    page = shown(client.get(f"{DESK}/r-1"))
    lines = re.findall(r'<span class="on">[^<]* · (?:<[^>]*>)?([^<]*)</span><p class="wrap">([^<]*)</p>', page)
    assert [one for one in lines if one[1] != "Call the pharmacy."] == [
        ("moreau", "Which tablets?"), ("who reported", "The blue ones."),
        ("moreau (By telephone)", "She rang: the red ones."), ("who reported", "It was my own mistake."),
    ]  # fmt: skip


def test_who_reported_reads_what_was_written_down_for_them_and_by_whom_and_corrects_it(
    client: Any, house: House
) -> None:
    """Words that somebody else put on file as theirs must not stand there unknown to them."""
    taken = house.desk("answer", report=REPORT, text="She said: the red ones.", received_by="telephone")
    key = house.authority.access.issue_key(CALLER.party, CALLER.roles, ("file", "read"))
    assert sign_in(client, key).status_code == 303
    page = shown(client.get(f"/return/{REPORT}"))
    assert "Written down for you by authority (By telephone). It is recorded as theirs, not as yours." in page
    assert "由 authority 代为记录（电话）" in shown(client.get(f"/zh/return/{REPORT}"))
    forms = [fields_of(page, at) for at in range(page.count("<form"))]
    correcting = next(one for one in forms if one.get("corrects") == str(taken))
    empty = client.post(f"/return/{REPORT}/answer", data={**correcting, "text": " "})
    assert (empty.status_code, "Write something" in empty.text) == (422, True)
    wrong = client.post(f"/return/{REPORT}/answer", data={**correcting, "corrects": "0", "text": "No."})
    assert (wrong.status_code, "somebody wrote down" in shown(wrong)) == (422, True)
    assert client.post(f"/return/{REPORT}/answer", data={**correcting, "text": "The blue ones."}).status_code == 303
    page = shown(client.get(f"/return/{REPORT}"))
    assert f"You corrected entry {taken}." in page
    assert "You said that this is not what you said" in page
    officer(client, house)
    page = shown(client.get(f"{DESK}/r-1"))
    assert "Who reported says that this is not what they said" in page
    assert f"corrects what was written down in entry {taken}" in page


def test_a_link_is_made_and_undone(client: Any, house: House) -> None:
    officer(client, house)
    house.incident()
    assert f"{DESK}/r-1/unlink" not in client.get(f"{DESK}/r-1").text
    send(client, f"{DESK}/r-1/link", incident="incident:i-1", relation="same")
    assert house.state() == "linked"
    send(client, f"{DESK}/r-1/unlink", incident="incident:i-1", reasons="Another model.")
    assert house.state() == "new"


def test_versions_are_shown_with_what_changed_in_words(client: Any, house: House) -> None:
    officer(client, house)
    house.file("incident_reports.report", house.report("R 1", severity="critical", stage="interim"), CALLER)
    page = shown(client.get(f"/zh{DESK}/r-1"))
    assert "严重：对一人或数人造成持久损害" in page
    assert "重大：死亡，或对多人造成持久损害" in page
    assert "Serious" not in page


def test_what_was_on_file_of_the_model_before_it_happened_is_shown(client: Any, house: House) -> None:
    officer(client, house)
    house.file("incident_reports.report", house.report("R 2", models=["model:large"], occurred="2020"), CALLER)
    house.clock.set(instant("2026-10-02T08:00:00Z"))
    before = [client.get(f"{DESK}/{slug}").text.partition("What was on file before")[2] for slug in ("r-1", "r-2")]
    assert "/models/large" in before[0]
    assert "Nothing was filed about them before." in before[1]


def test_the_queue_filters_sorts_and_counts_by_its_address(client: Any, house: House) -> None:
    officer(client, house)
    for number in range(2, 31):
        severity = "critical" if number == 30 else "minor"
        house.file("incident_reports.report", house.report(f"R {number}", severity=severity), CALLER)
    house.desk("triage", report="report:r-7", urgency="today", decision="handle")
    house.desk("triage", report="report:r-8", urgency="today", decision="not_ai", reasons="A toaster.")

    def listed(query: str) -> list[str]:
        return re.findall(rf'<th scope="row"><a href="{DESK}/([\w-]+)"', client.get(DESK + query).text)

    house.file(
        "incident_reports.report", {**house.report("R 9"), "severity": None, "harms": ["death"], "deaths": 1}, CALLER
    )
    assert listed("")[:4] == ["r-7", "r-30", "r-9", "r-1"], "a death that nobody graded is critical by that word"
    house.file("incident_reports.report", house.report("R 9", severity="minor"), CALLER)
    assert listed("")[:3] == ["r-7", "r-30", "r-1"]  # what is urgent, then what is gravest
    assert len(listed("")) == 25
    assert len(listed("?page=2")) == 4
    assert listed("?state=closed") == ["r-8"]
    assert listed("?state=all&q=R+30") == ["r-30"]
    assert listed("?severity=critical") == ["r-30"]
    assert listed("?lead=me") == []
    house.desk("assignment", about="report:r-9", assignee="party:moreau")
    assert listed("?lead=me") == ["r-9"]
    assert "r-9" not in listed("?lead=nobody&q=R+9")
    send(client, f"{DESK}/r-12", 0)
    assert listed("?watched=me") == ["r-12"]
    assert client.get(f"{DESK}?page=9").status_code == 404
    wrong = client.get(f"{DESK}?state=lost&severity=huge")
    assert wrong.status_code == 422
    assert ("lost" in wrong.text, "huge" in wrong.text) == (True, True)


def test_many_are_given_to_somebody_after_a_page_that_says_which(client: Any, house: House) -> None:
    officer(client, house)
    for number in (2, 3):
        house.file("incident_reports.report", house.report(f"R {number}"), CALLER)
    path = f"{DESK}/bulk?what=assign&r.r-2=1&r.r-3=1"
    answers = {"r.r-2": "1", "r.r-3": "1", "assignee": "party:weaver", "part": "lead"}
    preview = send(client, path, **answers)
    assert preview.status_code == 200
    assert "R 2: weaver leads" in shown(preview)
    assert desk.assigned(house.authority.reader, assignee="party:weaver") == []
    done = client.post(f"{DESK}/bulk", data={**fields_of(preview.text), "confirmed": "yes"})
    assert done.status_code == 303
    found = desk.assigned(house.authority.reader, assignee="party:weaver")
    assert sorted(row["about"] for row in found) == ["report:r-2", "report:r-3"]


def test_a_conflict_over_one_of_many_is_named_and_nothing_is_recorded(client: Any, house: House) -> None:
    officer(client, house)
    house.file("incident_reports.report", house.report("R 2"), Caller("party:weaver", ("officer",)))
    path = f"{DESK}/bulk?what=assign&r.r-1=1&r.r-2=1"
    found = send(client, path, **{"r.r-1": "1", "r.r-2": "1", "assignee": "party:weaver", "part": "lead"})
    assert found.status_code == 422
    assert "R 2: To whom: party:weaver" in shown(found)
    assert "R 1:" not in shown(found)
    assert desk.assigned(house.authority.reader, assignee="party:weaver") == []
    picked_none = {name: value for name, value in fields_of(found.text).items() if not name.startswith("r.")}
    assert client.post(f"{DESK}/bulk", data={**picked_none, "assignee": "party:x"}).status_code == 422


def test_what_a_leaver_holds_needs_a_new_holder_and_a_name_finds_one(client: Any, house: House) -> None:
    officer(client, house)
    house.desk("assignment", about=REPORT, assignee="party:weaver")
    assert "needs a new holder" not in shown(client.get(DESK))
    house.file("person.left", {"person": "person:weaver"})
    for path in (f"{DESK}?lead=gone", f"{DESK}/r-1"):
        assert "no longer here: needs a new holder" in shown(client.get(path))
    form = shown(client.get(f"{DESK}/r-1/assign"))
    assert ('value="party:moreau">Moreau 5' in form, "party:weaver" in form) == (True, False)
    assert send(client, f"{DESK}/r-1/assign", assignee="Moreau 5", part="lead").status_code == 303
    assert "needs a new holder" not in shown(client.get(f"{DESK}/r-1"))
    assert "No report stands under these filters" in shown(client.get(f"{DESK}?lead=gone"))


def test_how_to_reach_who_reported_is_one_look_away_and_each_look_is_logged(client: Any, house: House) -> None:
    """For who has the report, and says what for: Directive (EU) 2019/1937, Article 16(1), names the staff members
    competent to receive or follow up on reports, and nobody beyond them."""
    strip = house.file("incident_reports.identity", {"report": REPORT, "person": "Ann", "contact": "+44 20 1"}, CALLER)
    officer(client, house)
    page = client.get(f"{DESK}/r-1")
    assert ("+44 20 1" in page.text, f'href="{DESK}/r-1/reporter"' in page.text) == (False, True)

    def looked() -> list[str]:
        return [one.read.door for one in house.authority.reads.lines() if one.read.entry == strip]

    assert looked() == []
    stranger = shown(client.get(f"{DESK}/r-1/reporter?purpose=To call back"))
    assert ("+44 20 1" in stranger, "Ann" in stranger, f'href="{DESK}/r-1/assign"' in stranger) == (False, False, True)
    assert 'name="purpose"' not in stranger, "no reason opens it to who was not given the report"
    house.desk("assignment", about=REPORT, assignee="party:moreau", part="support")
    asked = shown(client.get(f"{DESK}/r-1/reporter"))
    assert ("+44 20 1" in asked, "Ann" in asked, 'name="purpose"' in asked) == (False, False, True)
    assert looked() == []
    opened = shown(client.get(f"/zh{DESK}/r-1/reporter?purpose=To call back"))
    assert ("+44 20 1" in opened, "Ann" in opened) == (True, True)
    assert looked() == [f"portal {DESK}/{{slug}}/reporter"]
    assert [one.read.purpose for one in house.authority.reads.lines() if one.read.entry == strip] == ["To call back"]
    house.desk("release", about=REPORT, assignee="party:moreau", why="done")
    assert "+44 20 1" not in client.get(f"{DESK}/r-1/reporter?purpose=To call back").text, (
        "who gave it back looks no more"
    )
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    assert "They gave no name and no address." in shown(client.get(f"{DESK}/r-2/reporter"))
    house.authority.keys.erase(REPORT, "reporter_identity")
    house.authority.rebuild()
    assert "+44 20 1" not in client.get(f"{DESK}/r-1/reporter").text
    officer(client, house, "party:lab", "developer")
    assert client.get(f"{DESK}/r-1/reporter").status_code == 403


def test_the_queue_is_searched_by_words_and_shows_imports_on_request(client: Any, house: House) -> None:
    """What the authority took over from another database is no new work of the desk."""
    officer(client, house)
    house.file("incident_reports.report", house.report("R 2", what_happened="It named a Secret Garden."), CALLER)
    house.desk("report", **house.report("AVID-1", source="AVID-2026-1"))
    house.file("incident_reports.report", house.report("R 3", source="A newspaper"), CALLER)

    def listed(query: str) -> list[str]:
        return re.findall(rf'<th scope="row"><a href="{DESK}/([\w-]+)"', client.get(DESK + query).text)

    assert listed("?q=secret+garden") == ["r-2"]
    assert sorted(listed("")) == ["r-1", "r-2", "r-3"]
    assert listed("?source=imported") == ["avid-1"]
    assert len(listed("?source=all")) == 4
    assert '<span class="figure">3</span> <span class="of">new</span>' in client.get(DESK).text


def test_faults_are_said_without_tables_or_entities_and_once(client: Any, house: House) -> None:
    officer(client, house)
    page = send(client, f"{DESK}/r-1/triage", urgency="week", decision="duplicate").text
    assert "Which report it repeats: the report it repeats, with the decision duplicate and with no other" in page
    page = send(client, f"{DESK}/r-1/alert", name="A 1", what="incident", about="model:x", capability='a "b"').text
    assert ("file it first" in page, "alert:a-1" in page) == (True, False)
    house.incident()
    opened = {"name": "V 1", "incident": "incident:i-1", "mandate": "m", "legal_basis": "l"}
    page = send(client, "/incident-reports/investigating/open", **opened, team="party:a\nparty:b").text
    assert "Team: one member in charge" in page
    assert ("&amp;#" in page, "[{" in page) == (False, False)


def test_several_are_triaged_as_repeats_of_one_that_is_named(client: Any, house: House) -> None:
    officer(client, house)
    for number in (2, 3):
        house.file("incident_reports.report", house.report(f"R {number}"), CALLER)
    answers = {"r.r-2": "1", "r.r-3": "1", "urgency": "routine", "decision": "duplicate", "duplicate_of": "R 1"}
    preview = send(client, f"{DESK}/bulk?what=triage&r.r-2=1&r.r-3=1", **answers)
    assert client.post(f"{DESK}/bulk", data={**fields_of(preview.text), "confirmed": "yes"}).status_code == 303
    rows = [desk.triage(house.authority.reader, f"report:r-{number}") for number in (2, 3)]
    assert [row and row["duplicate_of"] for row in rows] == [REPORT, REPORT]


def test_whom_nobody_is_called_is_told_by_the_names_of_the_boxes(client: Any, house: House) -> None:
    """The box says "by name": an officer knows no parties and no names of fields."""
    officer(client, house)
    refused = shown(send(client, f"{DESK}/r-1/assign", assignee="Nobody Known", part="lead"))
    assert "To whom: Nobody Known – an officer of this authority, by name as the box offers it" in refused
    assert "party: and a short name" not in refused


def test_a_letter_that_was_written_is_not_written_again_unawares(client: Any, house: House) -> None:
    """Two officers acknowledge receipt within a minute: the second is told of the first."""
    officer(client, house)
    path = f"{DESK}/r-1/letter_received"
    assert "written already" not in client.get(path).text
    wanted = {"template": "incident_reports.received", "party": CALLER.party, "to": ["Jo"], "basis": 5}
    wanted["values"] = {"name": "R 1", "received": "2026-10-01"}
    house.authority.act(Act("letter.wanted_to_reporter", wanted, "", subject=REPORT))
    house.authority.follow()
    (letter,) = notices.letters(house.authority.reader, subject=REPORT)
    refused = send(client, path, to="Jo")
    assert refused.status_code == 422
    assert f"Such a letter was written already: {letter['reference']}, dated" in shown(refused)
    assert "Write another one" in shown(refused)
    assert send(client, path, to="Jo", again="yes").status_code == 200, "laid out, to be confirmed"
    assert "written already" not in client.get(f"{DESK}/r-1/letter_information").text


def test_before_a_letter_goes_out_it_is_said_where_its_words_go_and_who_can_read_them(tmp_path: Path) -> None:
    """A confirmation of receipt went by mail to the press, in clear, and its page had said `press-list`."""
    outlets = {
        "press-list": Outlet("press-list", "mail", ("press@news.example",), whole=True),
        "board": Outlet("board", "mail", ("chair@board.example",)),
        "print": Outlet("print", "folder", ("/srv/print",)),
        "partner": Outlet("partner", "webhook", ("https://partner.example/in/secret",)),
    }
    house = House(tmp_path / "a", sending=Sending(outlets))
    with house.authority, TestClient(app(house.authority), base_url="http://portal.example") as browser:
        sign_in(browser, house.authority.access.issue_key("party:moreau", ("officer",), ("file", "read")))
        path = f"{DESK}/r-1/letter_received"
        page = shown(send(browser, path, deliver="\n".join(outlets)))
        assert "by mail to press@news.example: the whole letter goes there, and every server on the way" in page
        assert "Also to board, by mail to chair@board.example: only word that it waits" in page
        assert "Also to print: the whole letter as PDF, into a folder of this authority" in page
        assert "Also to partner, at partner.example: its reference and its SHA-256" in page
        assert "/in/secret" not in page
        assert "declared in authority.toml" in shown(send(browser, path, deliver="nobody"))


def test_whoever_warns_at_once_finds_the_model_that_the_report_names_in_its_box(client: Any, house: House) -> None:
    officer(client, house)
    assert re.search(r'id="f-about"[^>]*value="model:large"', client.get(f"{DESK}/r-1/alert").text)


def test_as_how_grave_an_ungraded_death_counts_is_an_adopted_text(house: House) -> None:
    """Law is data: an office whose scale puts a death elsewhere adopts its own; what names no severity is not
    put in force."""
    died = {**house.report("R 9"), "severity": None, "harms": ["death"], "deaths": 1}
    shipped = (discover()["incident_reports"].folder / "rules" / "severity.toml").read_text("utf-8")
    places = []

    def adopt(version: str, grade: str) -> None:
        text = re.sub('version = ".*"', f'version = "{version}"', shipped).replace('"critical"', f'"{grade}"')
        house.authority.adopt(RuleFile("incident_reports.severity", "parameters", version, "application/toml", text))

    for version, grade in (("a", "critical"), ("b", "catastrophic")):
        adopt(version, grade)
        house.file("incident_reports.report", {**died, "title": f"Told {version}"}, CALLER)
        row = desk.standing(house.authority.reader, "report:r-9")
        assert row is not None
        places.append(row["grave"])
    assert places[0] > places[1]
    with pytest.raises(RuleFault, match="grim"):
        adopt("c", "grim")


@pytest.mark.parametrize(
    ("told", "en", "zh"),
    [
        ("2026-11", "November 2026", "2026年11月"),
        ("2026-11-05", "5 November 2026", "2026年11月5日"),
        ("2026~", "about 2026", "约2026年"),
        ("2026-13", "2026-13", "2026-13"),
    ],
)
def test_when_it_happened_is_said_as_precisely_as_it_was_told(told: str, en: str, zh: str) -> None:
    """At the desk, and on the published page alike."""
    assert [said("occurred", told, language) for language in ("en", "zh")] == [en, zh]
    assert [scales_words("occurred", told, language) for language in ("en", "zh")] == [en, zh]


def test_a_link_that_stands_is_not_made_again(house: House) -> None:
    house.incident()
    first = house.desk("linked", report=REPORT, incident=INCIDENT, relation="same")
    ((where, want),) = house.refused("linked", report=REPORT, incident=INCIDENT, relation="same")
    assert (where, want) == ("incident", f"an incident to which {REPORT} is not linked so already; entry {first} did")
    house.desk("linked", report=REPORT, incident=INCIDENT, relation="variant")


def test_the_queue_says_of_whom_a_later_version_says_that_they_may_not_have_it(client: Any, house: House) -> None:
    """Given while nothing stood against it; then a version names the company for which the lead's key speaks."""
    officer(client, house)
    house.file("incident_reports.report", house.report("R 2", models=[]), CALLER)
    house.authority.access.issue_key("party:weaver", ("officer",), organisation="organisation:acme")
    house.desk("assignment", about="report:r-2", assignee="party:weaver")
    assert "needs a new holder" not in shown(client.get(DESK))
    house.file("incident_reports.report", house.report("R 2", models=[], developer_named="Acme"), CALLER)
    for path in (DESK, f"{DESK}/r-2"):
        assert "has a conflict of interest in it now: needs a new holder" in shown(client.get(path))


def test_what_came_in_since_they_were_picked_is_named_and_nothing_is_triaged_blindly(client: Any, house: House) -> None:
    """Whoever rejects ten reports at once rejects what the queue showed, and not a version that says otherwise."""
    officer(client, house)
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    page = client.get(DESK).text
    picked = {f"r.r-{number}": re.findall(rf'name="r.r-{number}" value="([^"]+)"', page)[0] for number in (1, 2)}
    house.file("incident_reports.report", house.report("R 2", severity="critical"), CALLER)
    path = f"{DESK}/bulk?what=triage&" + "&".join(f"{name}={value}" for name, value in picked.items())
    form = client.get(path)
    assert "R 2: something newer came in since you picked it" in shown(form)
    ticked = re.findall(r'name="(r\.r-\d)" value="[^"]+"( checked)?', form.text)
    assert ticked == [("r.r-1", " checked"), ("r.r-2", "")]
    answers = {"urgency": "routine", "decision": "reject", "reasons": "No"}
    refused = send(client, path, **answers, **picked)
    assert refused.status_code == 422
    assert "R 2: Newest entry seen" in shown(refused)
    assert "R 1:" not in shown(refused)
    assert desk.triage(house.authority.reader, REPORT) is None
    anew = dict(re.findall(r'name="(r\.r-\d)" value="([^"]+)"', refused.text))
    preview = send(client, path, **answers, **anew)
    assert client.post(f"{DESK}/bulk", data={**fields_of(preview.text), "confirmed": "yes"}).status_code == 303
    assert desk.triage(house.authority.reader, "report:r-2") is not None


def test_filters_are_kept_under_a_name_by_each_for_themselves(client: Any, house: House) -> None:
    officer(client, house)
    send(client, f"{DESK}/views?state=waiting&severity=critical", name="Grave & waiting")
    assert "Grave & waiting" in shown(client.get(DESK))
    refused = client.post(f"{DESK}/views", data=fields_of(client.get(f"{DESK}/views?state=lost").text) | {"name": "n"})
    assert refused.status_code == 422
    send(client, f"{DESK}/views", 0, name="Grave & waiting", remove="yes")
    assert "Grave & waiting" not in shown(client.get(DESK))


def test_a_report_that_was_erased_is_shown_as_such(client: Any, house: House) -> None:
    officer(client, house)
    house.authority.keys.erase(REPORT, "incident_reports")
    house.authority.rebuild()
    page = client.get(f"{DESK}/r-1")
    assert page.status_code == 200
    assert "This report was erased" in page.text
    assert "Warn first" not in page.text, "there is nothing left to decide about"
    for gone in (f"{DESK}/r-1/", "What happened", "Clocks", "names stand here"):
        assert gone not in page.text, gone
    assert "/r-1" not in shown(client.get(f"{DESK}?state=new"))
    assert client.get(DESK).status_code == 200


def test_what_there_is_not_is_said(client: Any, house: House) -> None:
    officer(client, house)
    for path in (f"{DESK}/r-99", f"{DESK}/r-1/dance", f"{DESK}/r-99/note"):
        assert client.get(path).status_code == 404


def test_nobody_is_sent_to_a_page_for_officers_by_the_name_of_a_report(client: Any, house: House) -> None:
    row = desk.standing(house.authority.reader, REPORT)
    assert row is not None
    links = re.findall(r'href="(/[^"?#]*r-1[^"]*)"', client.get(f"/record/{row['entry']}").text)
    assert links
    assert [link for link in links if client.get(link).status_code == 403] == []


def test_an_instant_that_was_stated_is_told_where_the_authority_is(client: Any, house: House) -> None:
    """When it became known decides clocks in hours: an officer in Beijing is not left to add eight of them."""
    said = house.report("R 3", aware_at="2026-09-30T20:15:00Z", occurred="2026-09-30T19:00:00Z")
    house.file("incident_reports.report", said, CALLER)
    there = replace(house.authority.settings, imprint=Imprint(time_zone="Asia/Shanghai"))
    house.authority.settings = there
    officer(client, house)
    page = shown(client.get(f"{DESK}/r-3"))
    assert "1 October 2026 04:15 UTC+8" in page
    assert "1 October 2026 03:00 UTC+8" in page
    assert "2026-09-30T" not in re.sub(r'datetime="[^"]*"', "", page)


def test_the_record_links_an_incident_to_a_page_that_there_is_for_everybody(client: Any, house: House) -> None:
    """Before anything of it is published to what is public of any subject; then to its own page."""

    def linked() -> str:
        (address,) = set(
            re.findall(r'href="([^"]*)"[^>]*>I 1<', client.get("/record?kind=incident_reports.incident").text)
        )
        assert client.get(address).status_code == 200
        return str(address)

    house.incident()
    assert linked() == f"/subjects/{INCIDENT}"
    said = {"name": "I 1", "incident": INCIDENT, "published_on": "2026-10-01", "title": "t"}
    house.desk("publication", **said)
    assert linked() == f"/incidents/{INCIDENT.partition(':')[2]}"
