"""What is held about somebody is told to them whole, to others not at all, and each telling stands in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from commonweal import held
from commonweal.acceptance import Caller
from commonweal.authority import all_kinds
from commonweal.kernel.disclosure.reads import NO_ENTRY, Read
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden, NotFound
from commonweal.sight import Sight
from held_office import DESK, JANE, LAB, START, VISITOR, Office, held_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with held_office(tmp_path_factory.mktemp("held") / "office") as found:
        yield found


def said(answer: held.Answer) -> str:
    return json.dumps(answer.as_dict(), ensure_ascii=False)


def test_who_filed_without_a_name_is_told_everything_of_their_own_and_what_is_asked_of_them(office: Office) -> None:
    """Not what the office notes about it, nor who has it: a provider that reports of itself would read how it is looked
    into."""
    answer = office.own(VISITOR.party)
    assert office.labels(answer) >= {"mine", "identity", "question"}
    assert office.labels(answer).isdisjoint({"theirs", "note", "lent", "note-lab", "joined", "named"})
    mine = office.item(answer, "mine")
    assert (mine.why, mine.source, mine.withheld) == ("filed", "you", ())
    assert mine.fields["what_happened"] == "Words-of-mine"
    assert office.item(answer, "identity").fields["contact"] == "me@home.example"
    assert office.item(answer, "question").fields["text"] == "Question-of-desk", "it is asked of them"
    for word in ("Words-of-lab", "Note-on-lab", "Note-of-desk", "Reasons-of-desk", JANE, "Jane Doe", "party:desk"):
        assert word not in said(answer), word


def test_that_the_offices_own_work_is_withheld_is_told_whether_there_is_any_or_not(office: Office) -> None:
    """Whoever is refused a part is told so, why, and where to go (GDPR, Art. 12(4)); told to those alone of whom
    something is noted, it would be a warning."""
    told = {json.dumps(office.own(one).as_dict()["own_work"]) for one in (VISITOR.party, JANE, "party:nobody")}
    assert len(told) == 1
    assert "this stands in every answer" in told.pop()


def test_each_entry_says_what_for_until_when_and_by_which_text(office: Office) -> None:
    """Five years and ninety days are those of rules/retention.toml of the mechanism; the ninetieth day, 30 May 2026, is
    a Saturday, so that it is the end of Monday (Regulation 1182/71, Art. 3(4)), in Brussels."""
    answer = office.own(VISITOR.party)
    kept = office.item(answer, "mine").kept
    assert (kept.retention, kept.state) == ("incident_reports", "until")
    assert "Measure 9.4" in kept.source
    assert str(kept.until).startswith("2031-03-0")
    identity = office.item(answer, "identity").kept
    assert identity.retention == "reporter_identity"
    assert identity.due == "2026-06-01T22:00:00Z"
    assert "front door" in str(office.item(answer, "mine").purpose)


def test_who_works_here_is_told_what_is_filed_about_them_and_not_what_others_said_of_it(office: Office) -> None:
    answer = office.own(JANE)
    assert {"joined", "lent", "named"} <= office.labels(answer)
    assert office.labels(answer).isdisjoint({"mine", "theirs", "note", "note-lab"})
    joined = office.item(answer, "joined")
    assert (joined.fields["name"], joined.fields["party"]) == ("Jane Doe", JANE)
    assert joined.withheld == (("note", "office"),)
    lent = office.item(answer, "lent")
    assert (lent.fields["assignee"], lent.fields["part"]) == (JANE, "lead")
    assert {name for name, _ in lent.withheld} >= {"interests", "reasons"}
    named = office.item(answer, "named")
    assert set(named.fields) == {"party", "until", "withdrawn"}
    assert named.withheld == (("", "named"),), "not even how many fields there are for named persons"
    for word in ("Note-on-jane", "Reasons-of-desk", "Reason-to-name", "Words-of-lab", "report:lab-1"):
        assert word not in said(answer), word
    assert [key["label"] for key in answer.keys or ()] == ["her laptop"]


def test_that_somebody_is_named_in_anothers_report_is_not_told(office: Office) -> None:
    """Who reported could be told from it: Directive (EU) 2019/1937, Art. 16. The answer says that it does not look."""
    answer = office.own(JANE)
    assert "theirs" not in office.labels(answer)
    assert "not told here" in answer.as_dict()["not_listed"]["text"]["en"]


def test_whoever_filed_nothing_is_told_nothing(office: Office) -> None:
    assert office.own("party:nobody").count == 0


def test_an_answer_shows_who_else_read_it_by_role_and_never_by_name(office: Office) -> None:
    seeing = Sight(office.authority, Caller("party:mallory", ("officer",), "ministry"), "desk", purpose="Triage")
    seeing.entry(office.at["mine"])
    seeing.entry(office.at["joined"])
    seeing.logged()
    answer = office.own(VISITOR.party)
    told = next(one for one in office.item(answer, "mine").shown_to if one.organisation == "ministry")
    assert (told.roles, told.organisation, told.times) == (("officer",), "ministry", 1)
    assert "what_happened" in told.fields
    assert "mallory" not in said(answer)
    jane = office.item(office.own(JANE), "joined").shown_to
    assert "note" in next(one for one in jane if one.organisation == "ministry").fields


def test_what_a_reader_wrote_as_purpose_is_not_told_and_what_kind_of_purpose_it_was_is(office: Office) -> None:
    """Dates and purposes of consultations are the person's to know (C-579/21); an officer's free words may name a third
    person or an inquiry under way (Regulation (EU) 2016/679, Art. 15(4), Art. 23(1)(d))."""
    read = Read("2026-03-01T09:00:00Z", "party:m", ("officer",), "", "", office.at["mine"], ("title",), "api held",
                "Inquiry into Jo Third")  # fmt: skip
    others = (replace(read, door="portal /record/{index}"), replace(read, roles=("peer",), door="api entry"))
    office.authority.reads.append([read, *others, replace(read, roles=("authorised", "auditor"), door="api entry")])
    answer = office.own(VISITOR.party)
    told = {one.purpose for one in office.item(answer, "mine").shown_to}
    assert told == {"handling", "answering", "passed_on", "authorised"}
    assert "Jo Third" not in said(answer)
    assert "Jo Third" not in said(office.for_another(VISITOR.party))
    assert set(answer.as_dict()["read_for"]) >= told
    assert "stays in the log of reads" in answer.as_dict()["purposes"]["text"]["en"]
    assert all(one["en"] != one["zh"] for one in answer.as_dict()["read_for"].values())


def test_nobody_who_read_is_left_out_however_often_others_did(office: Office) -> None:
    """An early reader was cut off once, when more than 5,000 lines came after."""
    early = Read("2026-02-01T00:00:00Z", "party:early", ("peer",), "", "abroad", office.at["mine"], ("title",), "x")
    often = replace(early, at="2026-02-02T00:00:00Z", party="party:often", roles=("officer",), organisation="")
    office.authority.reads.append([early, *[often] * 5200])
    found = {(one.day, one.organisation): one.times for one in office.item(office.own(VISITOR.party), "mine").shown_to}
    assert (found["2026-02-01", "abroad"], found["2026-02-02", ""]) == (1, 5200)


def test_a_request_that_finds_nothing_stands_in_the_log_of_reads(office: Office) -> None:
    before = office.authority.reads.head()[0]
    office.for_another("party:nobody")
    (line,) = office.authority.reads.lines(before + 1)
    assert (line.read.party, line.read.entry, line.read.purpose) == (DESK.party, NO_ENTRY, "Letter of 1 March")
    assert line.read.fields == ("(held about) party:nobody",)
    assert {"at", "entry"} <= set((office.own(DESK.party).reads or ())[0])
    assert None in {read["entry"] for read in office.own(DESK.party).reads or ()}


def test_an_answer_is_logged_as_a_read_of_the_party_itself_and_told_to_it(office: Office) -> None:
    before = office.authority.reads.head()[0]
    office.own(JANE)
    lines = list(office.authority.reads.lines(before + 1))
    assert {(line.read.party, line.read.entry) for line in lines} >= {(JANE, office.at["joined"])}
    assert {line.read.roles for line in lines if line.read.entry == office.at["joined"]} == {("concerned",)}
    reads = office.own(JANE).reads or ()
    assert office.at["joined"] in {read["entry"] for read in reads}


def test_an_officer_answers_for_another_with_a_reason_and_each_entry_is_logged(office: Office) -> None:
    before = office.authority.reads.head()[0]
    answer = office.for_another("person:77")
    assert answer.party == JANE
    assert answer.behalf
    assert office.item(answer, "joined").fields["name"] == "Jane Doe"
    assert "Note-on-jane" not in said(answer), "an officer may read it, and it is not for the person"
    assert answer.keys is None, "keys and reads of somebody are told to those who administer people"
    lines = list(office.authority.reads.lines(before + 1))
    assert {line.read.entry for line in lines} == {item.index for item in answer.items}
    assert all(line.read.party == DESK.party and "(whose)" in line.read.fields for line in lines)
    assert all(line.read.purpose == "Letter of 1 March" for line in lines)
    administrator = Caller("party:admin", ("authority",))
    assert [key["label"] for key in office.for_another(JANE, administrator).keys or ()] == ["her laptop"]


def test_what_an_officer_may_not_read_is_not_read_by_answering(office: Office) -> None:
    """A field for named persons only, of which whoever filed it reads all, stays closed to who answers for them."""
    filer = Caller("party:segment", ("officer",))
    office.file("naming", "disclosure.named", Caller("party:segment", ("authority",)), party="party:other",
                about="entry:4", until="2026-06-01", reason="Reason-sealed")  # fmt: skip
    assert office.item(office.own(filer.party), "naming").fields["reason"] == "Reason-sealed"
    answer = office.for_another(filer.party)
    assert "Reason-sealed" not in said(answer)
    assert ("", "theirs") in office.item(answer, "naming").withheld


@pytest.mark.parametrize(
    ("caller", "asked", "error", "wanted"),
    [
        (LAB, (JANE, "why"), Forbidden, "officers who answer for them"),
        (Caller(JANE), (JANE, "why"), Forbidden, "officers who answer for them"),
        (DESK, (JANE, " "), BadInput, "why you answer for them"),
        (DESK, ("jane", ""), BadInput, "party:jane-doe"),
        (DESK, ("party:authority", "why"), BadInput, "party:jane-doe"),
        (DESK, ("party:" + "x" * 200, "why"), BadInput, "party:jane-doe"),
        (DESK, ("person:none", "why"), NotFound, "person:none"),
    ],
)
def test_who_may_not_answer_or_says_not_why_is_refused_and_nothing_is_told(
    office: Office, caller: Caller, asked: tuple[str, str], error: type[Exception], wanted: str
) -> None:
    with pytest.raises(error, match=wanted):
        office.for_another(asked[0], caller, asked[1])


def test_pages_follow_one_another_and_hold_every_entry_once(office: Office) -> None:
    whole = [item.index for item in office.own(VISITOR.party).items]
    seen, first = [], 0
    while first is not None:
        page = office.own(VISITOR.party, first=first, most=2)
        assert page.count == len(whole)
        seen += [item.index for item in page.items]
        first = page.onward  # type: ignore[assignment]
    assert seen == whole


def test_every_kind_of_the_house_says_what_it_is_kept_for_in_both_languages(office: Office) -> None:
    unknown = held.purpose(office.authority, "gone.thing")
    assert "not in use here any more" in str(unknown)
    for kind in all_kinds([]):
        said = held.purpose(office.authority, kind.id)
        assert said != unknown, kind.id
        assert said["en"] != said["zh"]


def test_a_letter_is_told_to_whom_it_is_addressed_and_to_nobody_else(office: Office) -> None:
    wording = {"language": "en", "office": ["Office"], "title": "Notice", "paragraphs": ["Words-to-jane"],
               "legal_basis": "Art. 1", "remedy": "None"}  # fmt: skip
    body = {"prefix": "COM", "year": 2026, "dated": "2026-03-02", "template": "plain", "template_sha256": "0" * 64,
            "to": ["Jane Doe"], "wordings": [wording]}  # fmt: skip
    office.at["letter"] = office.authority.turn(Act("letter.written", {**body, "party": JANE}, "to jane"))
    office.at["stranger"] = office.authority.turn(Act("letter.written", body, "to nobody", subject="report:nr-1"))
    office.authority.follow()
    letter = office.item(office.own(JANE), "letter")
    assert letter.why == "about"
    assert "Words-to-jane" in str(letter.fields["wordings"])
    others = {"letter", "stranger"}
    assert others.isdisjoint(office.labels(office.own(VISITOR.party))), "though one is about what is theirs"


def test_what_was_shredded_is_told_as_shredded_by_which_entry_and_why(office: Office) -> None:
    """Last, because it changes the record: who reported is destroyed after ninety days, and the report stays."""
    office.clock.set(START + timedelta(days=120))
    office.authority.tick()
    answer = office.own(VISITOR.party)
    gone = office.item(answer, "identity")
    assert (gone.state, dict(gone.fields), gone.withheld) == ("erased", {}, ())
    assert gone.erased is not None
    assert office.authority.store.entry(gone.erased["entry"]).kind == "retention.erased"
    assert "me@home.example" not in said(answer)
    assert office.item(answer, "mine").fields["what_happened"] == "Words-of-mine"


def test_what_somebody_is_called_is_told_to_them_also_where_it_was_recorded_apart(office: Office) -> None:
    """So that it can be erased on its own. Why it was recorded stays the office's, and nobody else is told the name."""
    person = office.authority.entry(office.at["joined"]).body["person"]
    index = office.file("named apart", "person.noted", person=person, name="Jane Roe", note="Married-since.")
    item = next(one for one in office.own(JANE).items if one.index == index)
    assert (item.fields["name"], item.withheld) == ("Jane Roe", (("note", "office"),))
    seeing = Sight(office.authority, LAB, "test")
    assert "name" not in seeing.entry(index).fields
