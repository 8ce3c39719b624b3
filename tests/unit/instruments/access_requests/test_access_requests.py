"""A request for access from its receipt to its end: whose it is, its clock, what the person is told, what is refused.

Days are those of Art. 12(3) of Regulation (EU) 2016/679, counted by hand: received on Monday 2 November 2026, a month
ends on Wednesday 2 December, three months on Tuesday 2 February 2027.
"""

from __future__ import annotations

from typing import get_args

import pytest

from commonweal import held
from commonweal.acceptance import Caller
from commonweal.instruments.access_requests import tables
from commonweal.instruments.access_requests.conversation import talk
from commonweal.instruments.access_requests.kinds import Ground
from commonweal.instruments.access_requests.words import complaint, grounds
from commonweal.kernel import notices, registry, statistics
from commonweal.kernel.disclosure import Audience, Erased
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden
from commonweal.sight import Sight

from .conftest import DESK, JANE, REQUEST, VISITOR, Office


def refused(office: Office, kind: str, caller: Caller = DESK, **body: object) -> set[str]:
    """The fields in which an act is refused; nothing of it is recorded."""
    size = office.authority.store.size()
    with pytest.raises(BadInput) as error:
        office.file(kind, caller, **body)
    assert office.authority.store.size() == size
    return {fault.where for fault in error.value.faults}


def told(office: Office) -> str:
    return "\n".join(line["en"] for one in talk(office.authority.reader, REQUEST) for line in one.lines)


def test_until_it_is_taken_in_the_clock_runs_as_if_under_each_law_and_the_person_is_told_the_day(
    office: Office,
) -> None:
    office.asked(scope="part", words="What the desk wrote about me.")
    row = office.clock_of()
    assert (row["state"], row["last_day"], row["missing"]) == ("unknown", "2026-12-02", ["under"])
    assert "due by 2 December 2026" in told(office)
    assert office.state() == "new"
    office.take_in()
    assert office.clock_of()["state"] == "owed"
    assert office.clock_of("eu.eudpr_access.answer")["state"] == "not_owed"
    assert office.letters() == ["Your request AR-1 for access to your data was received"]


def test_what_is_extended_is_told_with_its_reason_and_the_day_that_holds_then(office: Office) -> None:
    office.asked()
    office.take_in()
    office.at("2026-11-30T10:00:00Z")
    office.file("extended", months=2, reason="complexity", words="Three offices hold parts of it.")
    assert office.clock_of()["last_day"] == "2027-02-02"
    letter = next(
        row for row in notices.letters(office.authority.reader, subject=REQUEST) if "longer" in row["titles"]["en"]
    )
    words = str(office.authority.presentation(letter["entry"], Audience.of("officer", "authority")).fields["wordings"])
    assert "2 February 2027" in words
    assert "Three offices hold parts of it." in words
    assert "Art. 12(3)" in words
    assert "extended by 2 months: The request is complex." in told(office)


@pytest.mark.parametrize(
    ("at", "months"),
    [("2026-12-02T23:00:00Z", 2), ("2026-11-20T10:00:00Z", 3), ("2026-11-20T10:00:00Z", 0)],
)
def test_an_extension_too_late_or_too_long_records_nothing(office: Office, at: str, months: int) -> None:
    """Art. 12(3): within the first month, by two further months at most."""
    office.asked()
    office.take_in()
    office.at(at)
    assert "months" in refused(office, "extended", months=months, reason="number", words="Many.")
    assert office.clock_of()["last_day"] == "2026-12-02"


def test_the_time_is_extended_once(office: Office) -> None:
    office.asked()
    office.take_in()
    office.file("extended", months=1, reason="number", words="Many.")
    assert refused(office, "extended", months=1, reason="number", words="More.") == {"months"}


def test_the_clock_stands_while_they_are_asked_who_they_are_and_goes_on_when_they_answer(office: Office) -> None:
    office.asked()
    office.take_in(identity="not_confirmed")
    office.at("2026-11-05T10:00:00Z")
    asked = office.file("question", text="Which report was yours?", identity=True)
    assert office.clock_of()["stopped_on"]
    assert office.state() == "waiting"
    assert "stands since 5 November 2026" in told(office)
    assert refused(office, "answered", outcome="given") == {"request", "documents"}
    office.at("2026-11-12T10:00:00Z")
    office.file("answer", VISITOR, question=asked, text="IR-2026-7KQ2M9XD")
    assert office.clock_of()["last_day"] == "2026-12-09"
    assert refused(office, "answered", outcome="nothing_held") == {"request"}, "it is not clear yet who asks"
    office.take_in(identity="known")
    office.file("answered", outcome="nothing_held")


def test_that_it_is_clear_who_asks_lets_the_clock_go_on_too(office: Office) -> None:
    office.asked()
    office.take_in(identity="not_confirmed")
    office.file("question", text="Who are you?", identity=True)
    office.file("question", text="And what do you mean?")
    office.at("2026-11-04T10:00:00Z")
    office.take_in(identity="document")
    assert office.clock_of()["last_day"] == "2026-12-04"
    assert office.state() == "waiting", "the other question is open"


def test_an_answer_in_time_ends_it_binds_its_documents_and_counts_without_saying_who(office: Office) -> None:
    office.asked()
    office.take_in()
    office.at("2026-12-02T22:59:00Z")
    pieces = iter((b'{"entries": []}',))
    waiting = office.authority.attachments.attach(pieces, "held.json", DESK.party)
    named = waiting.attachment.model_dump()
    office.file("answered", outcome="partly", words="A name of somebody else is kept back.", documents=[named])
    row = office.clock_of()
    assert (row["state"], bool(row["late"])) == ("met", False)
    assert named["sha256"] in told(office)
    (outcome,) = registry.subjects(office.authority.reader, "access_outcome")
    assert (outcome["body"]["outcome"], outcome["body"]["in_time"]) == ("partly", "in_time")
    assert VISITOR.party not in str(outcome["body"])
    assert refused(office, "extended", months=1, reason="number", words="Late.") == {"request"}


def test_an_answer_after_the_month_is_late_and_says_so_to_the_person(office: Office) -> None:
    office.asked()
    office.take_in()
    office.at("2026-12-03T09:00:00Z")
    assert office.clock_of()["state"] == "overdue"
    assert "is overdue" in told(office)
    office.file("answered", outcome="nothing_held")
    assert bool(office.clock_of()["late"])
    assert "It came late." in told(office)
    (outcome,) = registry.subjects(office.authority.reader, "access_outcome")
    assert outcome["body"]["in_time"] == "late"


def test_a_refusal_cites_a_ground_that_the_law_of_the_request_knows(office: Office) -> None:
    """PIPL knows no manifestly unfounded request; the Regulation does (Art. 12(5))."""
    office.asked()
    office.take_in(("cn_pipl",))
    said = {"words": "The same for the ninth time.", "complaint": "To the court."}
    assert refused(office, "refused", ground="manifestly_unfounded", **said) == {"ground"}
    office.take_in()
    office.file("refused", ground="manifestly_unfounded", **said)
    assert "Art. 12(5)(b)" in told(office)
    assert "How to complain: To the court." in told(office)
    assert office.letters()[-1] == "Your request AR-1 is refused"


def test_every_ground_is_cited_and_every_law_of_regulation_says_how_to_complain() -> None:
    assert set(grounds()) == set(get_args(Ground))
    for law in ("eu_gdpr", "eu_eudpr", "cn_pipl"):
        assert any(one.cited((law,)) for one in grounds().values())
        assert all(complaint((law,)).values())


def test_who_asked_takes_it_back_and_nothing_is_owed_any_more(office: Office) -> None:
    office.asked()
    office.take_in()
    office.file("withdrawn", VISITOR, reasons="I looked myself.")
    assert office.clock_of()["state"] == "not_owed"
    assert office.state() == "taken_back"
    assert refused(office, "answered", outcome="given") == {"request"}


def test_what_was_filed_in_error_and_annulled_never_was(office: Office) -> None:
    office.asked()
    office.take_in()
    wrong = office.file("answered", outcome="nothing_held")
    assert office.clock_of()["state"] == "met"
    office.authority.act(Act("record.annulled", {"entry": wrong, "reason_code": "filed_in_error"}, ""), DESK)
    office.authority.follow()
    assert office.clock_of()["state"] == "owed"
    assert office.state() == "open"


def test_a_letter_that_came_in_is_registered_and_becomes_the_persons_own(office: Office) -> None:
    office.asked(DESK, came_by="letter", received_on="2026-10-30", person="Jane Doe", contact="1 Home Street\nTown")
    assert office.clock_of()["last_day"] == "2026-11-30", "from Friday 30 October"
    office.take_in(identity="document", party=JANE.party)
    assert registry.filer(office.authority.reader, REQUEST) == JANE.party
    answer = held.own(office.authority, JANE.party, Sight(office.authority, JANE, "test"))
    found = {item.kind: item for item in answer.items}
    assert found["access_requests.taken_in"].fields["party"] == JANE.party
    assert "note" not in found["access_requests.taken_in"].fields
    assert office.letters(JANE.party) == ["Your request AR-1 for access to your data was received"]


def test_nobody_files_in_the_name_of_another_and_a_letter_must_find_its_way(office: Office) -> None:
    posted = {"came_by": "letter", "person": "Jane Doe", "contact": "1 Home Street"}
    for body in ({"came_by": "letter", "party": "party:jane"}, posted):
        with pytest.raises(Forbidden):
            office.asked(VISITOR, **body)
    assert refused(office, "access_request", VISITOR, name="AR-9", received_on="2026-01-01") == {"received_on"}
    assert refused(office, "access_request", name="AR-9", came_by="letter") == {"contact"}
    assert refused(office, "access_request", name="AR-9", party="party:jane") == {"party"}
    office.asked()
    assert refused(office, "taken_in", under=["eu_gdpr"], identity="key", party="party:jane") == {"party"}
    with pytest.raises(Forbidden):
        office.file("withdrawn", JANE, received_by="letter")


def test_what_an_officer_writes_down_says_how_it_came_in(office: Office) -> None:
    office.asked(DESK, came_by="email", received_on="2026-11-01", person="Kim", contact="kim@home.example")
    office.take_in(identity="not_confirmed")
    assert refused(office, "answer", text="It was that of May.") == {"received_by"}
    assert refused(office, "withdrawn") == {"received_by"}
    office.file("answer", text="It was that of May.", received_by="email")


def test_a_day_before_the_act_counts_as_the_authoritys_own_statement(office: Office) -> None:
    office.asked()
    office.take_in()
    office.at("2026-12-04T09:00:00Z")
    assert refused(office, "answered", outcome="nothing_held", on="2026-11-01") == {"on"}
    office.file("answered", outcome="nothing_held", on="2026-12-02")
    (outcome,) = registry.subjects(office.authority.reader, "access_outcome")
    assert outcome["body"]["in_time"] == "stated"


def test_the_log_says_neither_who_asks_nor_under_which_law_nor_that_it_was_late(office: Office) -> None:
    office.asked(person="Jane Secret", contact="Secret Street")
    office.take_in(identity="not_confirmed")
    office.file("question", text="Secret question", identity=True)
    office.at("2027-06-03T09:00:00Z")
    store = office.authority.store
    entries = [store.entry(index) for index in range(store.size())]
    leaves = b"".join(one.leaf for one in entries if one.kind.startswith(("access_requests.", "duty.", "letter.")))
    assert b"access_requests.question" in leaves
    for word in (b"Secret", b"eu_gdpr", b"gdpr_access"):
        assert word not in leaves
    assert "duty.changed" not in {one.kind for one in entries}


def test_what_no_letter_can_carry_is_refused_before_anything_is_recorded(office: Office) -> None:
    """Else the act would stand, its clock moved, and the person would not be told."""
    office.asked()
    assert refused(office, "taken_in", under=["eu_gdpr"], identity="code", deliver=["nowhere"]) == {"deliver"}
    office.take_in()
    said = {"months": 1, "reason": "number"}
    assert refused(office, "extended", **said, words="A\x07bell") == {"words"}
    assert refused(office, "extended", **said, words="x", deliver=["nowhere"]) == {"deliver"}


def test_one_shredding_takes_everything_about_it_and_it_is_on_no_list(office: Office) -> None:
    """All of it is sealed to the request's own key (`keep = 1 day`, then on request: Art. 17)."""
    office.asked(person="Jane Doe", contact="1 Home Street")
    office.take_in(note="Jane rang twice.")
    office.file("question", text="Which letter, Jane?")
    office.at("2026-11-05T10:00:00Z")
    office.authority.erasures.erase(REQUEST, "access_requests", "no_longer_needed", DESK)
    office.authority.follow()
    office.authority.rebuild()
    assert tables.every(office.authority.reader) == []
    assert tables.steps(office.authority.reader, REQUEST) == ()
    store = office.authority.store
    about = [index for index in range(store.size()) if store.entry(index).kind.startswith("access_requests.")]
    assert len(about) == 3
    for index in about:
        with pytest.raises(Erased):
            office.authority.presentation(index, Audience.of("officer", "authority"))


def test_it_goes_by_itself_three_years_after_the_last_that_was_filed_about_it(office: Office) -> None:
    office.asked()
    office.take_in()
    office.at("2026-11-20T10:00:00Z")
    office.file("answered", outcome="nothing_held")
    office.at("2029-11-20T09:00:00Z")
    assert tables.standing(office.authority.reader, REQUEST) is not None
    office.at("2029-11-21T10:00:00Z")
    office.authority.tick()
    assert office.authority.store.newest("retention.erased") is not None


def test_totals_are_released_by_quarter_and_a_small_count_is_hidden(office: Office) -> None:
    """Of nine that ended, one was late: neither it nor what would give it away is published."""
    for number in range(9):
        request = f"access_request:ar-{number}"
        office.asked(VISITOR, name=f"AR-{number}")
        office.take_in(request=request)
        if number == 8:
            office.at("2026-12-03T09:00:00Z")
        outcome = "nothing_held" if number < 5 else "partly"
        office.file("answered", request=request, outcome=outcome, words="A name of another is kept back.")
    office.at("2027-01-04T09:00:00Z")
    office.authority.act(Act("statistics.asked", {"statistic": "access_requests.ended", "period": "2026-Q4"}, ""))
    office.authority.follow()
    body = statistics.release(office.authority.reader, "access_requests.ended", "2026-Q4")["body"]
    rows = [body["cells"][at : at + 5] for at in range(0, 30, 5)]  # by outcome: in time, stated, late, no day, together
    assert rows[1][2] == rows[5][2] == "c", "the one that was late, in its own cell and as the sum of all outcomes"
    assert rows[1].count("c") > 1, "three in time would tell of the one that was late"
    true = {1: [3, 0, 1, 0, 4], 2: [5, 0, 0, 0, 5], 5: [8, 0, 1, 0, 9]}  # what else is hidden is drawn by a secret seed
    for outcome, counts in true.items():
        assert all(cell in ("c", count) for cell, count in zip(rows[outcome], counts, strict=True))
