"""Recommendations: their addressee finds and answers them, and they go out and are taken back as publications are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.investigating import recommending
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, instant

from .test_desk import INCIDENT
from .test_desk_portal import officer, send, shown
from .test_investigating import ABOUT, ADVICE, MOREAU, PATH, WEAVER, Inquiry, TestClient, confirm

PAGE = "/recommendations/rec-1"
LISTED = "/incident_reports/recommendations.json"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Inquiry]:
    found = Inquiry(tmp_path / "a")
    found.recommend()
    yield found
    found.authority.close()


@pytest.fixture
def client(house: Inquiry) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


def embargo(house: Inquiry, until: str = "2026-12-01") -> None:
    house.desk("embargo", incident=INCIDENT, until=until, reasons="The developer mends it first.")


def version(**more: Any) -> dict[str, Any]:
    body = {"name": "REC 1", "investigation": ABOUT, "addressee": "organisation:lab", "due": "2026-10-20"}
    return {**body, "text": "Close the filter.", **more}


def refused(house: Inquiry, kind: str, body: dict[str, Any], caller: Caller = MOREAU) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as caught:
        house.authority.check(Act(f"incident_reports.{kind}", body, ""), caller)
    return [(fault.where, fault.code) for fault in caught.value.faults]


def test_whoever_speaks_for_the_addressee_finds_it_in_the_inbox_and_answers_on_its_page(
    house: Inquiry, client: Any
) -> None:
    """They were told nothing, and could answer by the API alone."""
    officer(client, house, "party:lab", "developer")
    assert "A recommendation to your organisation waits for an answer" in shown(client.get("/inbox"))
    assert f'href="{PAGE}"' in client.get("/inbox").text
    assert "Close the filter." in shown(client.get("/zh/incident-reports/recommended-to-you"))
    told = send(client, PAGE, answer="rejected")
    assert "reasons" in confirm(client, told).text, "a rejection gives reasons"
    told = send(client, PAGE, answer="rejected", reasons="It stops good requests, says jo@home.example.")
    for words in (
        "Lab answers REC 1: Rejected. Public at once for everybody",
        "“jo@home.example” (looks like an address",
    ):
        assert words in shown(told)
    assert house.stands() == "open", "it is public for good, so how it reads is shown first"
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    assert house.stands() == "rejected"
    assert "Nothing waits for you." in shown(client.get("/inbox"))
    told = send(client, f"/zh{PAGE}", answer="accepted", evidence="已排期。")
    assert "官员可读：落实的证明。" in shown(told)
    confirm(client, told)
    house.authority.follow()
    assert "有一项对贵组织的建议" not in shown(client.get("/zh/inbox"))
    assert "贵组织尚未说明已落实" in shown(client.get("/zh/inbox"))


def test_nobody_else_is_asked_to_answer(house: Inquiry, client: Any) -> None:
    """Not strangers, and not an officer, though the office may have registered the organisation."""
    page = shown(client.get(PAGE))
    assert ("Close the filter." in page, 'name="answer"' in page, "Sign in" in page) == (True, False, True)
    for party, role in (("party:other", "developer"), ("party:weaver", "officer")):
        officer(client, house, party, role)
        assert 'name="answer"' not in client.get(PAGE).text
        assert "recommendation to your organisation" not in shown(client.get("/inbox"))
        assert "Nothing is recommended to" in shown(client.get("/incident-reports/recommended-to-you"))


def test_who_leads_sees_every_state_and_is_told_what_is_said_to_be_done(house: Inquiry, client: Any) -> None:
    house.answer("implemented", evidence="A configuration.")
    officer(client, house, "party:moreau")
    assert "Said to be carried out: verify it" in shown(client.get("/inbox"))
    page = shown(client.get(PATH))
    assert f'href="{PAGE}"' in page
    assert "implemented" in page
    house.desk("recommendation_finding", recommendation=ADVICE, finding="verified", reasons="Tried.")
    assert "Nothing waits for you." in shown(client.get("/inbox"))
    assert "A configuration." not in shown(client.get(PAGE)), "what shows it is for officers alone"


def test_an_embargo_holds_for_recommendations_and_for_what_is_answered(house: Inquiry, client: Any) -> None:
    """Both are public at once; what is out is withdrawn all the same."""
    embargo(house)
    assert refused(house, "recommendation", version(name="REC 2")) == [("investigation", "embargo")]
    answer = {"recommendation": ADVICE, "organisation": "organisation:lab", "answer": "accepted"}
    assert refused(house, "recommendation_answer", answer, Caller("party:lab", ("developer",))) == [
        ("recommendation", "embargo")
    ]
    officer(client, house, "party:lab", "developer")
    page = shown(client.get(PAGE))
    assert ("under embargo until 1 December 2026" in page, 'name="answer"' in page) == (True, False)
    house.file("incident_reports.recommendation", version(status="withdrawn", correction="Too early."), WEAVER)
    assert house.stands() == "withdrawn"
    entry = recommending.versions_of(house.authority.reader, ADVICE)[-1]["entry"]
    annulled = Act("record.annulled", {"entry": entry, "reason_code": "filed_in_error", "citation": "s. 9"}, "")
    with pytest.raises(BadInput, match="set an embargo"):
        house.authority.check(annulled, MOREAU)
    house.clock.set(instant("2026-12-01T08:00:00Z"))
    house.authority.check(annulled, MOREAU)


def test_a_correction_says_what_it_corrects_and_the_name_that_it_takes_out_is_shown_no_more(
    house: Inquiry, client: Any
) -> None:
    named = version(text="Have Dr Jane Doe close the filter.", correction="By whom.")
    first = house.file("incident_reports.recommendation", named, MOREAU)
    assert refused(house, "recommendation", version()) == [("correction", "missing")]
    officer(client, house, "party:moreau")
    told = send(client, f"{PAGE}/correct", text="Close the filter.", correction="A name was taken out.")
    for words in ("shown no more", "What should be done", "As it will read", "A name was taken out."):
        assert words in shown(told), words
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    everybody = TestClient(app(house.authority), base_url="http://portal.example")
    for path in (PAGE, f"/record/{first}", LISTED, "/subjects/recommendation:rec-1"):
        assert "Jane Doe" not in shown(everybody.get(path)), path
    page = shown(everybody.get(PAGE))
    assert "A name was taken out." in page
    assert "What earlier versions said of What should be done is no longer shown" in page


def test_what_is_withdrawn_stays_in_sight_as_withdrawn_and_is_answered_no_more(house: Inquiry, client: Any) -> None:
    """Anybody at the desk does it, so that nobody is harmed while the team is looked for; the team alone corrects."""
    officer(client, house, "party:weaver")
    assert "party:moreau leads it" in shown(send(client, f"{PAGE}/correct", text="Open it.", correction="Better so."))
    told = send(
        client, f"{PAGE}/correct", status="withdrawn", withdrawn_for="personal", correction="It named somebody."
    )
    assert "is withdrawn" in shown(told)
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    page = shown(client.get(PAGE))
    assert ("This recommendation was withdrawn" in page, "Close the filter." in page) == (True, False)
    assert "It named somebody." in page
    [row] = client.get(LISTED).json()
    assert (row["state"], row["text"]) == ("withdrawn", "")
    with pytest.raises(BadInput, match="not withdrawn already"):
        house.answer("accepted")
    for finding in ("closed", "verified"):
        body = {"recommendation": ADVICE, "finding": finding, "reasons": "r"}
        assert refused(house, "recommendation_finding", body) == [("recommendation", "over")]


def test_only_what_was_said_is_withdrawn_or_hidden(house: Inquiry) -> None:
    new = version(name="REC 2", status="withdrawn")
    assert refused(house, "recommendation", new) == [("status", "reference")]
    body = version(correction="c", hidden={"text": "personal"})
    assert refused(house, "recommendation", body) == [("hidden.text", "contradiction")]
    assert refused(house, "recommendation", version(withdrawn_for="personal")) == [("withdrawn_for", "contradiction")]


def test_recommendations_are_laid_out_again_from_the_record_alone(house: Inquiry) -> None:
    house.file(
        "incident_reports.recommendation", version(text="A", correction="c", hidden={"text": "personal"}), MOREAU
    )
    house.answer("accepted")
    house.file("incident_reports.recommendation", version(status="withdrawn", correction="c"), WEAVER)
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before


def clock(house: Inquiry, subject: str = ADVICE) -> tuple[Any, Any]:
    row = recommending.recommendation(house.authority.reader, subject)
    assert row is not None
    return row["clock"], row["until"]


def test_a_clock_runs_for_the_answer_and_one_for_what_the_office_says_of_it(house: Inquiry, client: Any) -> None:
    """Ninety days, and sixty, from the day of what is to be answered, by the adopted text."""
    house.desk("recommendation", **version(name="REC 2"))
    second = "recommendation:rec-2"
    assert clock(house, second) == ("answer", "2026-12-30")
    officer(client, house, "party:lab", "developer")
    assert "waits for an answer, by 30 December 2026" in shown(client.get("/inbox"))
    house.clock.set(instant("2026-12-31T08:00:00Z"))
    assert "Answer of the addressee: none came by 30 December 2026" in shown(client.get("/recommendations/rec-2"))
    assert "受文者答复" in shown(client.get("/zh/recommendations/rec-2"))
    house.answer("accepted", recommendation=second)
    assert clock(house, second) == ("assess", "2027-03-01")
    officer(client, house, "party:moreau")
    assert "say whether that will do, by 1 March 2027" in shown(client.get("/inbox"))
    house.desk("recommendation_finding", recommendation=second, finding="adequate", reasons="It will.")
    row = recommending.recommendation(house.authority.reader, second)
    assert row is not None
    assert (row["state"], row["clock"]) == ("accepted", None)


def test_an_answer_is_sent_back_with_a_reason_that_its_addressee_reads(house: Inquiry, client: Any) -> None:
    """What an officer found was sealed: the addressee could not read why, nor was anything asked of them again."""
    back = {"recommendation": ADVICE, "finding": "sent_back", "reasons": "Within."}
    assert refused(house, "recommendation_finding", {**back, "told": "w"}) == [("finding", "not_answered")]
    house.answer("rejected", reasons="Too dear, says Jo Doe of 1 Home Street.")
    assert refused(house, "recommendation_finding", back) == [("told", "missing")]
    officer(client, house, "party:moreau")
    form = {**back, "told": "Say what it costs.", "hides": "personal"}
    told = send(client, f"{PATH}/v-1/verify", **form)
    for words in ("Everybody reads this, with the day: Say what it costs.", "shown no more"):
        assert words in shown(told), words
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    assert (house.stands(), clock(house)) == ("sent_back", ("answer", "2026-12-30"))
    officer(client, house, "party:lab", "developer")
    assert "An answer of your organisation was sent back" in shown(client.get("/inbox"))
    page = shown(client.get(PAGE))
    assert ("Say what it costs." in page, "Within." in page, "Jo Doe" in page) == (True, False, False)
    house.answer("accepted")
    assert house.stands() == "accepted"


def test_an_answer_is_corrected_and_the_words_that_it_takes_back_are_read_nowhere(house: Inquiry, client: Any) -> None:
    """An answer is public for good: one that named somebody, or was wrong, had no way back."""
    first = house.file(
        "incident_reports.recommendation_answer",
        {
            "recommendation": ADVICE,
            "organisation": "organisation:lab",
            "answer": "rejected",
            "reasons": "Jane Doe says no.",
        },
        Caller("party:lab", ("developer",)),
    )
    officer(client, house, "party:lab", "developer")
    page = client.get(PAGE).text
    assert "Answer anew, or correct your answer" in page
    form = {"how": "correct", "answer": "accepted", "correction": "It named somebody.", "hides": "personal"}
    told = send(client, PAGE, **form)
    for words in (f"takes the place of the answer in entry {first}", "shown no more", "As it will read"):
        assert words in shown(told), words
    assert confirm(client, told).status_code == 303
    house.authority.follow()
    assert house.stands() == "accepted"
    everybody = TestClient(app(house.authority), base_url="http://portal.example")
    for path in (PAGE, f"/record/{first}", f"/zh{PAGE}"):
        assert "Jane Doe" not in shown(everybody.get(path)), path
    assert "It named somebody." in shown(everybody.get(PAGE))


def test_only_the_answer_that_stands_is_corrected_and_after_a_finding_in_its_words_alone(house: Inquiry) -> None:
    lab = Caller("party:lab", ("developer",))
    body = {"recommendation": ADVICE, "organisation": "organisation:lab", "answer": "implemented"}
    first = house.file("incident_reports.recommendation_answer", body, lab)
    wrong = refused(house, "recommendation_answer", {**body, "corrects": first + 1, "hides": "investigation"}, lab)
    assert set(wrong) == {("corrects", "reference"), ("correction", "missing"), ("hides", "unknown_name")}
    assert refused(house, "recommendation_answer", {**body, "correction": "c"}, lab) == [
        ("correction", "contradiction")
    ]
    house.desk("recommendation_finding", recommendation=ADVICE, finding="verified", reasons="Tried.")
    again = {**body, "corrects": first, "correction": "A name."}
    other = refused(house, "recommendation_answer", {**again, "answer": "accepted"}, lab)
    assert set(other) == {("answer", "found_upon"), ("recommendation", "over")}
    house.file("incident_reports.recommendation_answer", again, lab)
    assert house.stands() == "verified", "what was found of it stays"
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before
