"""The page from which an incident goes out: what an officer decides field by field is what its readers get."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any

import pytest

from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.publication import passings, standing
from commonweal.instruments.incident_reports.publishing.differences import spans
from commonweal.kernel.disclosure import Audience
from commonweal.kernel.values import BadInput, instant

from ...doors.portal.people import answers_of, fields_of
from .test_desk import CALLER, House
from .test_desk_portal import officer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

TOLD = "A patient was told to take two tablets of a thing and fell ill."
ON_FILE: dict[str, Any] = {
    "category": "serious_incident",
    "title": "Assistant told a patient to take a double dose",
    "summary": "Mrs Sample was told to take two tablets at Harbour Clinic.",
    "summary_zh": "一名女士被要求服用两片药物。",
    "occurred": "2026-09-30",
    "severity": "serious",
    "affected_max": 1,
    "harmed_named": ["Mrs Sample"],
    "deployers_named": ["Harbour Clinic"],
}
CUT = {"summary": "A patient was told to take two tablets.", "occurred": "2026-09", "keep.affected_max": "personal"}
RECORDED = "What will be recorded"


@dataclass
class Desk:
    """An officer at the page of one incident."""

    house: House
    client: Any
    name: str

    @property
    def incident(self) -> str:
        return "incident:" + self.name.lower().replace(" ", "-")

    @property
    def page(self) -> str:
        return "/incident-reports/publish/" + self.incident.partition(":")[2]

    def answers(self, to: str = "public") -> dict[str, str]:
        """The form as it stands, with all that a browser would send of it."""
        page = self.client.get(f"{self.page}?to={to}").text
        return answers_of(re.findall(r'<form class="publish".*?</form>', page, re.DOTALL)[0])

    def send(self, to: str = "public", **answers: str) -> Any:
        return self.client.post(f"{self.page}?to={to}", data={**self.answers(to), **answers})

    def out(self, to: str = "public", **answers: str) -> str:
        """Sent, looked at and recorded: the page that was looked at."""
        looked = self.send(to, **answers)
        assert RECORDED in looked.text, shown(looked)
        done = self.client.post(f"{self.page}?to={to}", data={**fields_of(looked.text), "confirmed": "yes"})
        assert done.status_code == 303, shown(done)
        return str(looked.text)

    def public(self) -> dict[str, Any]:
        return next((one for one in standing(self.house.authority.reading()) if one["incident"] == self.incident), {})


def shown(response: Any) -> str:
    return unescape(re.sub(r"<[^>]+>", "", response.text if hasattr(response, "text") else response))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("publishing") / "a")
    told = found.report("R 2", title="A dose", what_happened=TOLD)
    found.file("incident_reports.report", told, CALLER)
    yield found
    found.authority.close()


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    """A new incident for each test, with a confidential report linked to it."""
    name = f"I {house.authority.store.size()}"
    house.desk("incident", name=name, **ON_FILE)
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as client:
        officer(client, house, "party:moreau", "officer")
        found = Desk(house, client, name)
        house.desk("linked", report="report:r-2", incident=found.incident, relation="same")
        yield found


def test_the_page_that_was_looked_at_is_the_page_that_everybody_gets(desk: Desk) -> None:
    """Line for line, but for the entry that it has since."""
    looked = desk.out(**CUT)
    sheet = re.findall(r'<section class="sheet"[^>]*>(.*?)</section>', looked, re.DOTALL)[0]
    desk.client.cookies.clear()
    page = desk.client.get(f"/incidents/{desk.incident.partition(':')[2]}").text
    main = (
        page[page.index("<h1>") :].partition('<ul class="downloads">')[0].replace(f"Entry {desk.public()['entry']}", "")
    )
    assert shown(main).split() == shown(sheet).replace("not recorded yet", "").split()
    assert "Sample" not in page, "the name of who was harmed is kept back at first, unless an officer decides otherwise"


def test_nothing_is_recorded_before_it_was_looked_at(desk: Desk) -> None:
    size = desk.house.authority.store.size()
    looked = desk.send(**CUT)
    assert looked.status_code == 200
    told = shown(looked)
    assert "Kept back: At most so many persons affected (protects people); Who was harmed, as named" in told
    assert desk.house.authority.store.size() == size
    changed = desk.client.post(desk.page, data={**fields_of(looked.text), "change": "yes"})
    assert CUT["summary"] in shown(changed), "what was typed is still there"


def test_what_was_rewritten_is_marked_against_what_is_on_file(desk: Desk) -> None:
    page = desk.client.post(desk.page, data={**desk.answers(), **CUT, "change": "yes"}).text
    marked = re.findall(r"<(del|ins)>(.*?)</\1>", page)
    assert "Mrs Sample" in " ".join(words for tag, words in marked if tag == "del")
    assert "A patient" in " ".join(words for tag, words in marked if tag == "ins")


def test_warnings_stand_next_to_the_field_that_causes_them(desk: Desk) -> None:
    answers = {"summary": TOLD + " Mrs Sample wrote to jane@example.org.", "deployers_named": "Harbour Clinic"}
    page = desk.client.post(desk.page, data={**desk.answers(), **answers, "change": "yes"}).text

    def told(field: str) -> str:
        return shown(page.partition(f'id="f-{field}-all"')[2].partition("</fieldset>")[0])

    for words in ("jane@example.org", "copied word for word", "Mrs Sample” is kept back in a field of its own"):
        assert words in told("summary")
    assert "exact" not in told("title")
    assert "a month may do" in told("occurred")
    assert "about one person" in told("affected_max")


def test_a_correction_says_why_and_leaves_the_earlier_version_in_sight(desk: Desk) -> None:
    desk.out(**CUT)
    refused = desk.send(summary="A patient was told to take three tablets.")
    assert refused.status_code == 422
    assert '<a href="#f-correction">' in refused.text
    desk.out(
        summary="A patient was told to take three tablets.", correction="It was three.", **{"hide.summary": "in_sight"}
    )
    page = shown(desk.client.get(f"/incidents/{desk.incident.partition(':')[2]}"))
    assert "It was three." in page
    assert CUT["summary"] in page
    desk.out(status="withdrawn", withdrawn_for="personal", correction="It told too much.")
    assert desk.public() == {}
    page = shown(desk.client.get(f"/incidents/{desk.incident.partition(':')[2]}"))
    assert "This publication was withdrawn, and what was said is no longer shown here: it protects people." in page
    assert "It told too much." in page
    assert CUT["summary"] not in page


NAMED = "Mrs Sample told staff to keep quiet."


def test_a_name_that_is_rewritten_away_is_in_public_sight_no_more(desk: Desk) -> None:
    """Publishing anew without a name is how an officer takes it out: it must not go on under "Versions"."""
    kept = {"keep.harmed_named": "personal"}
    desk.out(**{**CUT, **kept, "summary": NAMED})
    first = desk.public()["entry"]
    away = {"summary": "A supervisor told staff to keep quiet.", "correction": "A person's name was taken out."}
    form = desk.client.post(desk.page, data={**desk.answers(), **away, "change": "yes"})
    assert "It will no longer be shown (protects people)" in shown(form), "before anything is looked at"
    looked = desk.out(**away)
    assert "these words are shown no more, on the page, in snapshots or in the record: Summary (protects" in shown(
        looked
    )
    desk.client.cookies.clear()
    address = f"/incidents/{desk.incident.partition(':')[2]}"
    for path in (address, f"/record/{first}", f"/subjects/publication:{desk.incident.partition(':')[2]}"):
        page = desk.client.get(path)
        assert page.status_code == 200, path
        assert "Sample" not in page.text, path
    page = shown(desk.client.get(address))
    assert "A person's name was taken out." in page, "that there was a correction stays in sight"
    assert "What earlier versions said of Summary is no longer shown (protects people)." in page
    assert "此前各版本的摘要不再显示（保护个人）" in shown(desk.client.get("/zh" + address))


def test_old_words_stay_or_go_as_the_officer_decides(desk: Desk) -> None:
    """Without a warning a correction leaves what it corrects in sight, unless somebody says otherwise; words and
    numbers that were only wrong stay."""
    desk.out(**{**CUT, "summary": "It fell.", "title": "A fall"})
    plain = desk.out(summary="It broke.", correction="It broke.")
    assert "these words stay in sight under “Versions”: Summary" in shown(plain)
    by_hand = desk.out(summary="It split.", title="A split", correction="It split.", **{"hide.summary": "security"})
    assert "Summary (would help to repeat it)" in shown(by_hand)
    page = shown(desk.client.get(f"/incidents/{desk.incident.partition(':')[2]}"))
    assert ("It fell." in page, "It broke." in page.replace("It broke.", "", 1), "A fall" in page) == (
        False,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("hidden", "told"),
    [
        ({"summary": "personal"}, "no earlier version says anything else there"),
        ({"title": "investigation"}, "a reason for which earlier words are hidden too"),
        ({"moon": "personal"}, "a field of a publication"),
    ],
)
def test_what_cannot_be_hidden_is_refused(desk: Desk, hidden: dict[str, str], told: str) -> None:
    """Else a filing says that words are gone which stay in sight."""
    desk.out(**{**CUT, "summary": "It fell.", "title": "A fall"})
    said = {"name": desk.name, "incident": desk.incident, "published_on": "2026-10-01", "title": "A split"}
    with pytest.raises(BadInput, match=told):
        desk.house.desk("publication", **said, summary="It fell.", correction="Anew.", hidden=hidden)


def test_what_is_wrong_is_said_by_field_and_what_changed_meanwhile_is_not_published(desk: Desk) -> None:
    wrong = desk.send(**{"title": "", "affected_max": "some", "occurred": "yesterday", "keep.severity": "boredom"})
    assert wrong.status_code == 422
    for field in ("title", "affected_max", "occurred", "withheld"):
        assert f'<a href="#f-{field}">' in wrong.text, field
        assert f'id="f-{field}"' in wrong.text, field
    answers = desk.answers()
    desk.house.desk("incident", name=desk.name, **{**ON_FILE, "severity": "minor"})
    stale = desk.client.post(desk.page, data=answers)
    assert stale.status_code == 422
    assert "look at it again" in shown(stale)
    assert desk.client.get(f"{desk.page}?to=moon").status_code == 422
    assert desk.client.get("/incident-reports/publish/i-nowhere").status_code == 404


def test_an_embargo_is_set_here_and_holds(desk: Desk) -> None:
    page = desk.client.get(desk.page).text
    hold = {**fields_of(page, -1), "until": "2026-09-30", "reasons": "The clinic mends it first."}
    assert hold["what"] == "embargo"
    assert "not before the day of filing" in shown(desk.client.post(desk.page, data=hold))
    hold["until"] = "2026-10-09"
    assert desk.client.post(desk.page, data=hold).status_code == 303
    held = desk.send(**CUT)
    assert held.status_code == 422
    assert "Under embargo until 9 October 2026" in shown(held)


def test_fellow_authorities_read_more_than_the_public(desk: Desk) -> None:
    desk.out("authorities", **CUT, **{"keep.harmed_named": ""})
    assert desk.public() == {}
    officer(desk.client, desk.house, "party:peer-x", "peer")
    listed = desk.client.get("/incident-reports/for-you").text
    (entry,) = re.findall(
        rf'href="/incident-reports/for-you/(\d+)">{ON_FILE["title"]}</a> <span[^>]*>{desk.name}', listed
    )
    assert "Mrs Sample" in shown(desk.client.get(f"/incident-reports/for-you/{entry}"))
    officer(desk.client, desk.house, "party:lab", "developer")
    assert desk.client.get(f"/incident-reports/for-you/{entry}").status_code == 404


def test_one_named_reader_reads_it_until_a_day_and_nobody_else_but_its_sender(desk: Desk) -> None:
    named = {"recipient": "party:scholar", "until": "2026-10-05", "purpose": "A study.", "terms": "Not to be quoted."}
    missing = desk.send("reader")
    assert {f"#f-{field}" for field in ("recipient", "until", "purpose")} <= set(re.findall(r"#f-\w+", missing.text))
    officer(desk.client, desk.house, "party:scholar", "observer")
    officer(desk.client, desk.house)
    nobody = desk.send("reader", **{**named, "recipient": "party:scholr"})
    assert nobody.status_code == 422, "it would have gone to nobody, and been told as sent"
    assert "party:scholr cannot sign in here. Who can: party:scholar, " in shown(nobody)
    looked = shown(desk.out("reader", **{**named, "recipient": "scholar"}))
    for words in (
        "party:scholar (the record names nobody behind it)",
        "5 October 2026",
        "A study.",
        "Not to be quoted.",
    ):
        assert words in looked.partition("Goes out:")[0], "what goes to the wrong reader cannot be called back"
    (row,) = passings(desk.house.authority.reader, incident=desk.incident)
    assert "summary" in row["fields"]
    address = f"/incident-reports/for-you/{row['entry']}"
    officer(desk.client, desk.house, "party:scholar", "observer")
    assert ON_FILE["title"] in shown(desk.client.get("/incident-reports/for-you"))
    page = shown(desk.client.get(address))
    assert "Not to be quoted." in page
    assert "A study." not in page
    told = desk.house.authority.presentation(row["entry"], Audience.of("officer")).fields
    assert ("recipient" in told, "summary" in told) == (True, False)
    before = desk.house.clock.now()
    try:
        desk.house.clock.set(instant("2026-10-06T08:00:00Z"))
        assert desk.client.get(address).status_code == 404
    finally:
        desk.house.clock.set(before)
    officer(desk.client, desk.house, "party:rival", "observer")
    assert desk.client.get(address).status_code == 404
    desk.client.cookies.clear()
    assert "Sign in" in shown(desk.client.get("/incident-reports/for-you"))
    assert desk.client.get(address).status_code == 404


def test_it_is_for_officers_and_in_chinese_too(desk: Desk) -> None:
    page = shown(desk.client.get("/zh" + desk.page))
    assert "公布后的样子" in page
    assert "As it will read" not in page
    officer(desk.client, desk.house, "party:lab", "developer")
    assert desk.client.get(desk.page).status_code == 403
    assert desk.client.post(desk.page, data={"title": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Mrs Sample fell ill.", "A woman fell ill."),
        ("一名女士服用两片药物。", "一人服用三片药物。"),
        ("", "New."),
        ("One. " * 4000, "One. " * 4000 + "Two."),
        ("一。" * 4000 + "二", "三" + "一！" * 4000),
    ],
)
def test_the_marks_make_up_both_texts(before: str, after: str) -> None:
    found = spans(before, after)
    assert "".join(words for change, words in found if change != "new") == before
    assert "".join(words for change, words in found if change != "gone") == after
    assert all(one[0] != other[0] for one, other in pairwise(found))
