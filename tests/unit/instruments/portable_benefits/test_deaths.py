"""A death that somebody reported: money is held, nobody owes, and who lives says so; what stood by mistake is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.portable_benefits import office, statements, tables, views
from commonweal.instruments.portable_benefits.banking import BANK
from commonweal.instruments.portable_benefits.control import CONTROL
from commonweal.instruments.portable_benefits.kinds import ALIVE
from commonweal.kernel import notices
from commonweal.kernel.control import LAPSES_AFTER
from commonweal.kernel.values import BadInput, instant, stamp
from commonweal.sight import Sight

from .conftest import ANSWERER, CITY, DRIVER, FUND, MEMBER, SECOND, SEVERAL, SWIFT, THIRD, Fund, table
from .test_heirs import CHILD

WORK = "PB-1,2025-01-01,2025-03-31,USD,{earnings},0,0"
OUT = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "cents": 10_00, "reason": "health"}


@pytest.fixture
def paid(fund: Fund) -> Fund:
    """The driver took out what is not at the bank yet."""
    fund.send(table(WORK.format(earnings="20000")))
    fund.settle()
    fund.file("taken_out", DRIVER, **OUT)
    fund.file("payee", DRIVER, member=MEMBER, person="A member (fictitious)", paid_to="GB29NWBK60161331926819")
    return fund


def goes(fund: Fund) -> int:
    paying = BANK.paying(fund.reader, SEVERAL)
    assert paying is not None
    return len(BANK.ready(fund.reader, paying).payments)


def said(fund: Fund) -> list[str]:
    reading = fund.authority.reading("en", DRIVER.party)
    return list(views.member_view(reading, {})["statements"][0]["warnings"])


def refused(fund: Fund, kind: str, who: object = DRIVER, **body: object) -> set[str]:
    with pytest.raises(BadInput) as error:
        fund.asked(kind, who, **body)  # type: ignore[arg-type]
    return {fault.code for fault in error.value.faults}


def test_a_death_that_was_reported_holds_money_and_makes_nobody_a_debtor(paid: Fund) -> None:
    """One officer's word made a living man owe what he had taken out, and shut his account."""
    report = paid.asked("died", member=MEMBER, on="2025-03-01")
    assert paid.reader.select(tables.OWING) == []
    assert tables.death_of(paid.reader, MEMBER) is None
    assert goes(paid) == 0
    assert refused(paid, "taken_out", **OUT) == {"reported"}
    (line,) = said(paid)
    assert line.startswith("On 2 April 2025 somebody reported that the person whose account this is died on 1 March")
    reading = paid.authority.reading("en", DRIVER.party)
    assert [one.name for one in statements.waits(reading)] == ["PB-1"]
    assert views.member_view(reading, {})["contested"] == [True]
    (letter,) = paid.reader.select(notices.LETTER)
    assert (letter["template"].split()[0], letter["party"]) == ("portable_benefits.death_reported", DRIVER.party)
    paid.asked("seconded", SECOND, entry=report)
    assert tables.death_of(paid.reader, MEMBER) is not None, "two said it"
    assert [row["why"] for row in paid.reader.select(tables.OWING)] == ["after_death"]


def test_who_lives_says_so_and_a_mere_report_ends(paid: Fund) -> None:
    assert refused(paid, "lives", member=MEMBER) == {"alive"}
    report = paid.asked("died", member=MEMBER, on="2025-03-01")
    assert refused(paid, "lives", CHILD, member=MEMBER) == {"not_yours"}
    paid.file("lives", DRIVER, member=MEMBER)
    assert said(paid) == []
    assert goes(paid) == 1
    assert refused(paid, "seconded", SECOND, entry=report) == {"replaced"}
    paid.file("taken_out", DRIVER, **OUT)
    paid.file("set_aside", FUND, entry=report, words="He lives.")
    again = paid.asked("died", THIRD, member=MEMBER, on="2025-03-01", known_by="register")
    paid.file("lives", DRIVER, member=MEMBER)
    assert goes(paid) == 0, "what a register says is held against a word"
    reading = paid.authority.reading("en", SECOND.party)
    facts = dict(CONTROL.view(reading, {"entry": str(again)})["facts"])
    assert facts["How it is known"] == "An officer saw the entry in a register of deaths"
    assert facts["What the person says"] == "On 2 April 2025: that they live"
    paid.file("set_aside", SECOND, entry=again, words="The register meant another.")
    assert (goes(paid), said(paid)) == (2, [])


def test_nothing_is_divided_while_the_holder_says_that_they_live(paid: Fund) -> None:
    claim = paid.file("heir", CHILD, member=MEMBER, person="A child", relationship="child", words="By law.")
    paid.file("died", member=MEMBER, on="2025-03-01")
    paid.file("lives", DRIVER, member=MEMBER, words="It is my brother who died.")
    body = {"member": MEMBER, "shares": [{"claim": claim, "share": "1"}], "refused": [], "words": "As proved."}
    assert "living" in refused(paid, "estate", THIRD, **body)
    assert said(paid)[1] == "On 2 April 2025 you said that you live. An officer of the fund answers it."
    officer = paid.authority.reading("en", THIRD.party)
    paid.file("died", member=MEMBER, on="2025-03-01", known_by="register")
    assert "living" not in refused(paid, "estate", THIRD, **body), "two recorded it anew"
    assert [one.name for one in office.waits(officer)] == []


def test_a_statement_says_which_rows_are_to_be_sent_anew_after_a_death_that_was_none(fund: Fund) -> None:
    """It showed noughts, and said nothing of the months of which no file could say work meanwhile."""
    fund.send(table(WORK.format(earnings="20000")))
    fund.send(table(WORK.format(earnings="900"), payer="CITY"), CITY)
    fund.file("died", member=MEMBER, on="2025-03-31")
    assert not any("by mistake" in line for line in said(fund))
    fund.at("2025-10-02T09:00:00Z")
    row = "PB-1,2025-04-01,2025-06-30,USD,5000.00,0,0"
    with pytest.raises(BadInput, match="takes no contributions"):
        fund.send(table(row, period="2025-Q2"))
    fund.file("alive", THIRD, member=MEMBER, words="He came here in person.")
    lines = said(fund)
    assert [line.rpartition("Ask ")[2] for line in lines] == [
        f"{name} (fictitious) to send these periods anew, with your rows: 2025-Q2, 2025-Q3, 2025-Q4."
        for name in ("CITY", "SWIFT")
    ]
    fund.send(table(row, period="2025-Q2"), SWIFT)
    assert said(fund)[1].endswith("with your rows: 2025-Q3, 2025-Q4.")
    fund.send(table("PB-1,2025-07-01,2025-09-30,USD,5000.00,0,0", period="2025-Q3"), SWIFT)
    assert said(fund)[1].endswith("with your rows: 2025-Q4.")


def recorded(fund: Fund, on: str) -> None:
    report = fund.asked("died", FUND, member=MEMBER, on=on, known_by="register")
    fund.asked("seconded", SECOND, entry=report)


def test_who_confirmed_a_death_recorded_it_too_and_does_not_answer_the_holder_alone(paid: Fund) -> None:
    """Only who had asked counted: a reviewer's second officer divided the account of the death that they confirmed."""
    recorded(paid, "2025-03-01")
    assert tables.recorders(paid.reader, MEMBER) == {FUND.party, SECOND.party}
    paid.asked("lives", DRIVER, member=MEMBER)
    assert refused(paid, "alive", SECOND, member=MEMBER, words="w") == {"same_person"}
    paid.asked("alive", THIRD, member=MEMBER, words="w")
    assert tables.death_of(paid.reader, MEMBER) is None, "he says it himself"


def test_what_two_recorded_takes_two_to_undo_where_the_person_does_not_say_that_they_live(paid: Fund) -> None:
    """One officer undid the word of two as long as nothing was divided, and payments went on."""
    recorded(paid, "2025-03-01")
    asked = paid.asked("alive", THIRD, member=MEMBER, words="Another person of that name.")
    assert tables.death_of(paid.reader, MEMBER) is not None
    paid.asked("seconded", ANSWERER, entry=asked)
    assert tables.death_of(paid.reader, MEMBER) is None


@pytest.mark.parametrize(("asks", "confirms"), [(FUND, THIRD), (THIRD, SECOND)])
def test_in_an_office_of_three_who_recorded_a_death_takes_it_back_with_whoever_had_no_hand_in_that(
    paid: Fund, asks: Caller, confirms: Caller
) -> None:
    """It took two who never recorded it, so four people: an office of three could not undo a mistake of its own."""
    recorded(paid, "2025-03-01")
    first = paid.asked("alive", FUND, member=MEMBER, words="Another person of that name.")
    assert refused(paid, "seconded", SECOND, entry=first) == {"same_two"}, "not by the two who recorded it"
    paid.asked("set_aside", FUND, entry=first, words="Somebody else asks.")
    asked = paid.asked("alive", asks, member=MEMBER, words="Another person of that name.")
    paid.asked("seconded", confirms, entry=asked)
    assert tables.death_of(paid.reader, MEMBER) is None


def test_that_they_live_as_a_guardian_says_it_is_not_their_own_word(paid: Fund) -> None:
    guardian = Caller("party:guardian", ("observer",))
    paid.file("member", guardian, name="PB-9")
    paid.two_of(
        (THIRD, SECOND), "hand_over", about=MEMBER, to=guardian.party, reason_code="ordered", citation="Order 1"
    )
    recorded(paid, "2025-03-01")
    paid.asked("lives", guardian, member=MEMBER)
    paid.asked("alive", THIRD, member=MEMBER, words="w")
    assert tables.death_of(paid.reader, MEMBER) is not None
    paid.asked("lives", DRIVER, member=MEMBER)
    paid.asked("alive", ANSWERER, member=MEMBER, words="w")
    assert tables.death_of(paid.reader, MEMBER) is None


def test_one_that_one_officer_undid_before_two_were_asked_for_stands_as_it_was_done(paid: Fund) -> None:
    recorded(paid, "2025-03-01")
    now = {"member": MEMBER, "words": "w"}
    two = CONTROL.two[ALIVE.id]
    assert two.when(paid.reader, now)
    assert not two.when(paid.reader, ALIVE.upcasters[2](now))


def test_a_report_that_nobody_confirmed_in_time_holds_nothing_any_more(paid: Fund) -> None:
    """It could be confirmed no more, and held a living man's payments for good."""
    report = paid.asked("died", member=MEMBER, on="2025-03-01", known_by="register")
    paid.asked("lives", DRIVER, member=MEMBER)
    days = LAPSES_AFTER.days
    paid.at(stamp(instant("2025-04-02T09:00:00Z") + timedelta(days=days)))
    assert (goes(paid), len(paid.reader.select(tables.REPORTS.lives))) == (0, 1), "it can be confirmed still"
    paid.at(stamp(instant("2025-04-02T09:00:00Z") + timedelta(days=days, hours=1)))
    assert refused(paid, "seconded", SECOND, entry=report) == {"lapsed"}
    assert (goes(paid), said(paid), paid.reader.select(tables.REPORTS.lives)) == (1, [], [])
    paid.file("taken_out", DRIVER, **OUT)
    before = paid.authority.dump()
    paid.authority.rebuild()
    assert paid.authority.dump() == before


def test_payers_are_told_which_rows_of_somebody_who_lives_they_are_to_send(fund: Fund) -> None:
    """Their rows were refused meanwhile, and only the statement said so."""
    fund.send(table(WORK.format(earnings="20000")))
    fund.send(table(WORK.format(earnings="900"), payer="CITY"), CITY)
    fund.file("died", member=MEMBER, on="2025-03-31")
    fund.at("2025-10-02T09:00:00Z")
    fund.file("alive", THIRD, member=MEMBER, words="He came here in person.")
    entries = map(fund.authority.entry, range(fund.authority.store.size()))
    wanted = [one.body for one in entries if one.kind == notices.WANTED.id]
    told = {one["party"]: one["values"] for one in wanted if one["template"].endswith("lives_after_all")}
    assert told.keys() == {SWIFT.party, CITY.party}
    assert told[CITY.party] == {"accounts": "PB-1", "day": "2025-03-31", "periods": "2025-Q2, 2025-Q3, 2025-Q4"}


def test_who_gets_the_account_of_somebody_dead_is_alive_and_keeps_what_they_had(paid: Fund) -> None:
    """A reviewer's widow was dead by another day of her husband's death, and the pages of fund and payers fell over."""
    widow, hers = Caller("party:widow", ("observer",)), "benefits_member:pb-9"
    paid.file("member", widow, name="PB-9")
    paid.send(table("PB-9,2025-01-01,2025-03-31,USD,20000,0,0"))
    recorded(paid, "2025-02-20")
    paid.two_of(
        (THIRD, SECOND), "hand_over", about=MEMBER, to=widow.party, reason_code="succession", citation="Order 1"
    )
    recorded(paid, "2025-02-10")
    assert tables.died_on(paid.reader, [MEMBER, hers]) == {MEMBER: "2025-02-10"}
    assert {row["member"] for row, _ in tables.beyond_deaths(paid.reader, {})} <= {MEMBER}
    assert views.payer_view(paid.authority.reading("en", SWIFT.party), {})["payers"]
    paid.asked("died", FUND, member=MEMBER, on="2025-02-11")
    assert tables.reported(paid.reader, hers) is None, "what is said of the dead holds nothing of hers"


def test_a_report_that_lapses_unconfirmed_holds_nothing(paid: Fund) -> None:
    """Payments were held for ever by one officer's word that nobody confirmed or put aside."""
    report = paid.asked("died", member=MEMBER, on="2025-03-01")
    paid.at("2025-05-02T08:00:00Z")
    assert goes(paid) == 0
    paid.at("2025-05-03T09:00:01Z")
    assert (goes(paid), said(paid)) == (1, [])
    assert "lapsed" in refused(paid, "seconded", SECOND, entry=report)


def test_a_day_of_death_before_what_is_on_record_is_asked_about(paid: Fund) -> None:
    """A slip of the year emptied every pot of somebody who had opened the account and taken money out."""
    slip = {"member": MEMBER, "on": "1990-03-01", "known_by": "register"}
    with pytest.raises(BadInput) as error:
        paid.asked("died", FUND, **slip, against_record=False)
    (fault,) = error.value.faults
    assert fault.where == "on"
    assert "they opened an account (2 April 2025); " in fault.want
    assert fault.want.endswith("payers say work that began later"), "no day of anybody's work is told"
    assert refused(paid, "died", FUND, **slip, words=" ") == {"missing"}
    reading = paid.authority.reading("en", FUND.party)
    given = {"doing": "died", **slip, "member": "PB-1", "against_record": "yes", "words": "Somebody used their name."}
    (act,) = office.deed(reading, given).acts
    asked = paid.authority.act(act, FUND).index
    paid.authority.follow()
    seen = paid.authority.reading("en", SECOND.party, Sight(paid.authority, SECOND, "portal /test"))
    facts = dict(CONTROL.view(seen, {"entry": str(asked)})["facts"])
    assert facts["What is on record after that day"].startswith("they opened an account (2 April 2025)")
    assert facts["Why"] == "Somebody used their name."
