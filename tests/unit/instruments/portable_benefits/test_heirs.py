"""An account whose holder died: who comes forward, who decides, and that the parts come to what was there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments import rule_file
from commonweal.instruments.portable_benefits import books, files, heirs, owing, redividing, statements, tables, views
from commonweal.instruments.portable_benefits.banking import BANK
from commonweal.instruments.portable_benefits.control import CONTROL, PAYEES
from commonweal.instruments.portable_benefits.kinds import PAYEE
from commonweal.kernel import accounts, notices
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput
from commonweal.sight import Sight

from .conftest import DRIVER, FUND, MEMBER, SECOND, SHOP, SWIFT, Fund, table
from .test_money import agrees, held

CHOICE = Path(heirs.__file__).parent / "choices" / "estates.toml"
JUDGE = Caller("party:second-officer", ("officer",), "authority", "")
ROW = "PB-1,2025-01-01,2025-03-31,USD,{earnings},0,0"
IBAN = "GB29NWBK60161331926819"
SPOUSE, CHILD, STRANGER = (Caller(f"party:{name}", ("observer",)) for name in ("spouse", "child", "stranger"))


@pytest.fixture
def estate(fund: Fund) -> Fund:
    """The driver earned 2,000.00 in a quarter and died in May; spouse, child and a stranger come forward."""
    fund.authority.adopt(rule_file(CHOICE.read_text("utf-8")))
    fund.send(table(ROW.format(earnings="2000")))
    fund.settle()
    fund.at("2025-06-02T09:00:00Z")
    for caller, relation in ((SPOUSE, "spouse"), (CHILD, "child"), (STRANGER, "other")):
        words = f"By law, as {relation} (fictitious)"
        fund.file("heir", caller, member=MEMBER, person=f"A {relation}", relationship=relation, words=words)
    return fund


def claims(fund: Fund) -> list[int]:
    return [row["entry"] for row in fund.reader.select(heirs.HEIRS, order=("entry",))]


def decision(fund: Fund, *shares: str, **changed: Any) -> dict[str, Any]:
    """The first heirs get these shares, the rest are refused."""
    found = claims(fund)
    told = [{"claim": claim, "share": share} for claim, share in zip(found, shares, strict=False)]
    body = {"member": MEMBER, "shares": told, "refused": found[len(shares) :], "words": "By the law of the place."}
    return {**body, **changed}


def wrong(fund: Fund, caller: Caller = JUDGE, **body: Any) -> set[str]:
    with pytest.raises(BadInput) as error:
        fund.file("estate", caller, **body)
    return {fault.code for fault in error.value.faults}


def test_it_is_divided_once_others_had_time_by_somebody_else_than_who_recorded_the_death(estate: Fund) -> None:
    assert wrong(estate, **decision(estate, "1/2", "1/2")) == {"alive"}
    estate.file("died", member=MEMBER, on="2025-05-20")
    assert wrong(estate, FUND, **decision(estate, "1/2", "1/2")) == {"same_person", "too_early"}
    estate.at("2025-08-31T09:00:00Z")
    assert wrong(estate, **decision(estate, "1/2", "1/2", refused=[])) == {"missing"}
    assert wrong(estate, **decision(estate, "1/2", "1/3")) == {"whole"}
    assert wrong(estate, **decision(estate, "1/2", "1/2", refused=[claims(estate)[1], 999])) == {
        "duplicate", "reference", "missing",
    }  # fmt: skip
    spouse_too = Caller(SPOUSE.party, ("officer",), "authority", "")
    assert wrong(estate, spouse_too, **decision(estate, "1/2", "1/2")) == {"party"}
    estate.two_of((JUDGE, SECOND), "estate", **decision(estate, "1/2", "1/2"))


def test_nothing_is_divided_before_the_office_chose_how_long_to_wait(fund: Fund) -> None:
    """Ninety days is no law's figure: what ships is an example, and nobody's choice until somebody adopts one."""
    assert heirs.chosen(fund.reader, fund.clock.now().date()) is None
    fund.at("2025-06-02T09:00:00Z")
    told = {"member": MEMBER, "person": "A child", "relationship": "child", "words": "By law (fictitious)"}
    fund.file("heir", CHILD, **told)
    fund.file("died", member=MEMBER, on="2025-05-20")
    fund.at("2026-06-02T09:00:00Z")
    assert wrong(fund, **decision(fund, "1")) == {"no_rule"}
    assert heirs.view(fund.authority.reading("en", JUDGE.party), {"slug": "pb-1"})["wait"] is None
    fund.authority.adopt(rule_file(CHOICE.read_text("utf-8").replace("wait_days = 90", "wait_days = 30")))
    fund.authority.follow()
    wait = heirs.chosen(fund.reader, fund.clock.now().date())
    assert wait is not None
    assert wait.days == 30
    fund.two_of((JUDGE, SECOND), "estate", **decision(fund, "1"))


def test_an_heir_has_one_claim_that_waits_and_may_come_again_once_it_is_answered(estate: Fund) -> None:
    told = {"member": MEMBER, "person": "A child", "relationship": "child", "words": "Again."}
    with pytest.raises(BadInput, match="waits"):
        estate.file("heir", CHILD, **told)
    divided(estate)
    estate.file("heir", CHILD, **told)


def test_whose_death_is_recorded_is_written_to_and_reads_on_their_page_how_to_object(fund: Fund) -> None:
    """A living member's page said nothing of it, and only a withdrawal was refused, in words of the house."""
    reading = fund.authority.reading("en", DRIVER.party)
    assert statements.waits(reading) == []
    fund.file("heir", CHILD, member=MEMBER, person="A child", relationship="child", words="By law (fictitious)")
    (line,) = statements.statement(fund.reader, MEMBER, reading.today, "en")["warnings"]
    assert line.startswith("Somebody says that they inherit")
    fund.file("died", member=MEMBER, on="2025-03-30")
    (line,) = views.member_view(reading, {})["statements"][0]["warnings"]
    assert line.startswith(
        "On 2 April 2025 it was recorded that the person whose account this is died on 30 March 2025."
    )
    assert [one.name for one in statements.waits(reading)] == ["PB-1"]
    told = [(one["template"].split()[0], one["party"]) for one in fund.reader.select(notices.LETTER)]
    assert told == [(f"portable_benefits.death_{how}", DRIVER.party) for how in ("reported", "recorded")]
    fund.file("alive", JUDGE, member=MEMBER, words="He came here in person (fictitious).")
    assert statements.statement(fund.reader, MEMBER, reading.today, "en")["warnings"] == []


def test_who_says_that_they_inherit_of_the_living_gets_nothing_and_is_answered(estate: Fund) -> None:
    """A reviewer's officer took a living man's money out to herself, as his heir, alone."""
    hers = claims(estate)[0]
    with pytest.raises(BadInput, match="your own claim that inherits"):
        estate.file("payee", SPOUSE, member=MEMBER, to=f"heir {hers}", person="A spouse", paid_to=IBAN)
    free = held(estate)["health"].free
    about = {"programme": "portable_benefits.several_payers", "member": MEMBER, "pot": "health", "cents": free}
    with pytest.raises(BadInput, match="a scheme to which money moves"):
        estate.file("taken_out", JUDGE, **about, reason="health", to=f"heir {hers}")
    estate.file("alive", JUDGE, member=MEMBER, words="He came here in person (fictitious).")
    assert {row["state"] for row in estate.reader.select(heirs.HEIRS)} == {"refused"}
    assert held(estate)["health"].free == free


def test_whose_the_account_once_was_says_nothing_of_what_goes_to_an_heir(estate: Fund) -> None:
    """An officer who had opened it at the counter, or held it for a while, sent an heir's money where she liked."""
    once = Caller("party:once", ("officer",), "authority", "")
    for to in (once.party, DRIVER.party):
        estate.two("hand_over", about=MEMBER, to=to, reason_code="ordered", citation="Order 12/2025 of the court")
    divided(estate)
    hers = f"heir {claims(estate)[0]}"
    estate.file("payee", SPOUSE, member=MEMBER, to=hers, person="A spouse", paid_to=IBAN)
    with pytest.raises(BadInput) as error:
        estate.file("payee", once, member=MEMBER, to=hers, person="Mallory", paid_to="DE89370400440532013000")
    assert {fault.code for fault in error.value.faults} == {"party"}
    assert [row["paid_to"] for row in estate.reader.select(PAYEES, {"to": hers})] == [IBAN]


def test_where_an_heirs_money_goes_as_a_former_holder_once_said_it_stands_as_it_was(estate: Fund) -> None:
    """Laid out anew it waited for a second officer, and the heir's money for an account."""
    once = Caller("party:once", ("officer",), "authority", "")
    for to in (once.party, DRIVER.party):
        estate.two("hand_over", about=MEMBER, to=to, reason_code="ordered", citation="Order 12/2025 of the court")
    divided(estate)
    hers = f"heir {claims(estate)[0]}"
    now = {"member": MEMBER, "to": hers, "person": "A spouse", "paid_to": IBAN, "said_by": "officer"}
    payee = CONTROL.theirs[PAYEE.id]
    assert payee.entered_for(estate.reader, now, once.party)
    old = PAYEE.upcasters[2](now)
    assert not payee.entered_for(estate.reader, old, once.party)
    assert payee.entered_for(estate.reader, old, JUDGE.party), "any other officer's took two before, too"


def divided(estate: Fund) -> Fund:
    estate.file("died", member=MEMBER, on="2025-05-20")
    estate.at("2025-08-31T09:00:00Z")
    estate.two_of((JUDGE, SECOND), "estate", **decision(estate, "1/3", "2/3"))
    return estate


def paid(fund: Fund) -> dict[str, int]:
    """Cents by to whom they went."""
    found: dict[str, int] = {}
    for row in fund.reader.select(tables.MOVE, {"member": MEMBER, "what": "taken_out", "done": 1}):
        found[row["body"]["to"]] = found.get(row["body"]["to"], 0) + row["cents"]
    return found


def test_all_that_was_paid_in_vests_by_death_and_the_parts_come_to_it_to_the_cent(estate: Fund) -> None:
    """4 percent of 2,000.00 and a quarter of top-up: 100.00, of which half for retirement had not vested."""
    divided(estate)
    first, second, _ = claims(estate)
    there = paid(estate)
    assert set(there) == {heirs.named(first), heirs.named(second)}
    assert sum(there.values()) == 100_00
    assert all(one.balance == 0 for one in held(estate, on="2025-08-18").values())
    assert abs(there[heirs.named(second)] - 2 * there[heirs.named(first)]) <= 4, "a cent for each of four pots"
    agrees(estate)
    before = estate.authority.dump()
    estate.authority.rebuild()
    assert estate.authority.dump() == before


def test_two_decide_who_inherits_and_neither_of_them_recorded_the_death(estate: Fund) -> None:
    """A reviewer's officer had an estate to give away alone, and a slip of hers stood at once."""
    estate.file("died", member=MEMBER, on="2025-05-20")
    estate.at("2025-08-31T09:00:00Z")
    asked = estate.file("estate", JUDGE, **decision(estate, "1/100", "99/100"))
    assert not paid(estate)
    officer = estate.authority.reading("en", SECOND.party, Sight(estate.authority, SECOND, "portal /test"))
    facts = dict(CONTROL.view(officer, {"entry": str(asked)})["facts"])
    assert (facts["What is free in it now"], facts["Share of A spouse"]) == ("100.00 USD", "1/100 (Spouse)")
    assert facts["Share of A other"].startswith("does not inherit")
    with pytest.raises(BadInput, match="whoever recorded a death"):
        estate.file("seconded", FUND, entry=asked)
    estate.file("set_aside", SECOND, entry=asked, words="The wrong way round.")
    estate.two_of((JUDGE, SECOND), "estate", **decision(estate, "99/100", "1/100"))
    assert paid(estate)[heirs.named(claims(estate)[0])] == 99_00


def test_of_an_estate_that_was_divided_nobody_is_told_another_share(estate: Fund) -> None:
    """A second decision was taken, moved nothing, and the heirs' pages told them its shares."""
    divided(estate)
    shares = [row["share"] for row in estate.reader.select(heirs.HEIRS, order=("entry",))]
    assert wrong(estate, **decision(estate, "2/3", "1/3")) == {"nothing"}
    assert wrong(estate, **decision(estate, "1/3", "2/3")) == {"nothing"}
    estate.file("heir", STRANGER, member=MEMBER, person="A other", relationship="other", words="Once more.")
    assert wrong(estate, **decision(estate, "1/3", "1/3", "1/3")) == {"nothing"}
    estate.two_of((JUDGE, SECOND), "estate", **decision(estate, "1/3", "2/3"))
    assert [row["share"] for row in estate.reader.select(heirs.HEIRS, order=("entry",))] == [*shares, ""]


def test_what_was_divided_and_is_not_at_the_bank_is_divided_anew_by_two(estate: Fund) -> None:
    """Two had the shares the wrong way round: what lay there for a month could not be put right by anybody."""
    divided(estate)
    (spouse, child, stranger), before = claims(estate), paid(estate)
    estate.file("payee", SPOUSE, member=MEMBER, to=heirs.named(spouse), person="A spouse", paid_to=IBAN)
    sent = estate.reader.get(BANK.files, estate.goes_out())["body"]["payment_ids"]
    reading = estate.authority.reading("en", JUDGE.party, Sight(estate.authority, JUDGE, "portal /test"))
    given = {"slug": "pb-1", f"share-{spouse}": "0", f"share-{child}": "25", f"share-{stranger}": "75", "words": "Law."}
    assert redividing.view(reading, given)["asks"][-2].field == "anew"
    assert not redividing.deed(reading, {**given, "anew": "stands"}).acts[0].body.get("anew")
    (act,) = redividing.deed(reading, {**given, "anew": "anew"}).acts
    mine = [row["entry"] for row in estate.reader.select(tables.MOVE, {"what": "taken_out"}, order=("entry",))]
    assert act.body["anew"] == [one for one in mine if f"pb/e{one}" not in sent], "the child's, which is here"
    assert wrong(estate, **{**act.body, "anew": mine}) == {"reference"}, "the spouse's is at the bank"
    asked = estate.file("estate", JUDGE, **act.body)
    assert paid(estate) == before, "one alone changes nothing"
    officer = estate.authority.reading("en", SECOND.party, Sight(estate.authority, SECOND, "portal /test"))
    childs = before[heirs.named(child)]
    facts = dict(CONTROL.view(officer, {"entry": str(asked)})["facts"])
    assert facts[heirs.DIVIDED_ANEW["en"]] == f"{accounts.written(childs, 'USD')} USD"
    estate.file("seconded", SECOND, entry=asked)
    goes = Counter[str]()
    for row in estate.reader.select(tables.MOVE, {"what": "taken_out", "done": 1}):
        goes[row["body"]["to"]] += tables.goes(estate.reader, row)
    assert goes[heirs.named(spouse)] == before[heirs.named(spouse)], "what the bank has stands"
    assert goes[heirs.named(child)] + goes[heirs.named(stranger)] == childs, "to the cent"
    assert abs(goes[heirs.named(stranger)] - 3 * goes[heirs.named(child)]) <= 16, "a cent for each of four pots"
    agrees(estate)
    assert not list(accounts.apart(estate.reader, books.BOOKS))
    estate.file("payee", STRANGER, member=MEMBER, to=heirs.named(stranger), person="A other", paid_to=IBAN)
    assert estate.goes_out()
    dump = estate.authority.dump()
    estate.authority.rebuild()
    assert estate.authority.dump() == dump


def test_what_comes_later_for_work_before_the_death_is_divided_by_another_decision(estate: Fund) -> None:
    divided(estate)
    (act,) = files.read(table(ROW.format(earnings="1000"), payer="CITY"), "file.csv").acts
    asked = estate.authority.act(act, JUDGE).index  # no row of its own stands there: officers enter it for the payer
    estate.authority.follow()
    estate.file("seconded", SECOND, entry=asked)
    assert not any(one.free for one in held(estate, on="2025-08-18").values()), "it was not paid yet"
    estate.settle()
    more = sum(one.free for one in held(estate, on="2025-08-18").values())
    assert more > 0
    estate.two_of((JUDGE, SECOND), "estate", **decision(estate, "1/3", "2/3"))
    assert sum(paid(estate).values()) == 100_00 + more
    with pytest.raises(BadInput, match="open here"):
        estate.send(table("PB-1,2025-07-01,2025-09-30,USD,1000,0,0", payer="SHOP", period="2025-Q3"), SHOP)


def test_parts_that_were_decided_leave_together_and_what_is_corrected_later_is_owed_alike(estate: Fund) -> None:
    """A payer's file comes between the decision and the withdrawals that follow from it: heirs fare alike."""
    estate.file("died", member=MEMBER, on="2025-05-20")
    estate.at("2025-08-31T09:00:00Z")
    asked = estate.file("estate", JUDGE, **decision(estate, "1/2", "1/2"))
    estate.authority.act(Act("portable_benefits.seconded", {"entry": asked}, ""), SECOND)
    (act,) = files.read(table(ROW.format(earnings="1000")), "file.csv").acts
    estate.authority.act(act, SWIFT)
    estate.authority.follow()
    first, second = paid(estate).values()
    assert abs(first - second) <= 4, "a cent for each of four pots"
    assert first + second == 100_00
    owed = Counter[str]()
    for row in estate.reader.select(tables.OWING, {"why": owing.CORRECTED}):
        owed[row["to"]] += row["cents"]
    assert sum(owed.values()) == 50_00
    assert abs(owed[heirs.named(claims(estate)[0])] - owed[heirs.named(claims(estate)[1])]) <= 4
    assert not list(accounts.apart(estate.reader, books.BOOKS))


def test_each_heir_reads_their_own_and_the_office_what_proves_it(estate: Fund) -> None:
    divided(estate)

    def seen(caller: Caller) -> list[list[str]]:
        reading = estate.authority.reading("en", caller.party, Sight(estate.authority, caller, "portal /test"))
        return list(views.member_view(reading, {})["inherits"])

    (mine,) = seen(CHILD)
    assert mine[:4] == ["PB-1", "2025-06-02", "inherits", "2/3"]
    assert mine[4].startswith("66.6")
    assert [row[2] for row in seen(STRANGER)] == ["does not inherit"]
    assert seen(SWIFT) == []
    officer = estate.authority.reading("en", JUDGE.party, Sight(estate.authority, JUDGE, "portal /test"))
    told = heirs.view(officer, {"slug": "pb-1"})
    assert [one["person"] for one in told["claims"]] == ["A spouse", "A child", "A other"]
    assert not views.fund_view(officer, {})["estates"]


def test_the_form_of_an_officer_takes_percent_and_nothing_that_never_ends(estate: Fund) -> None:
    reading = estate.authority.reading("en", JUDGE.party, Sight(estate.authority, JUDGE, "portal /test"))
    first, second, third = claims(estate)
    given = {
        "slug": "pb-1",
        f"share-{first}": "100/3",
        f"share-{second}": "200/3",
        f"share-{third}": "0",
        "words": "By law.",
    }
    (act,) = heirs.deed(reading, given).acts
    assert [one["share"] for one in act.body["shares"]] == ["1/3", "2/3"]
    assert act.body["refused"] == [third]
    for share in ("1e999999999", "half", "-5", "1/0"):
        with pytest.raises(BadInput, match="percent"):
            heirs.deed(reading, {**given, f"share-{first}": share})


def test_who_comes_forward_names_an_account_that_there_is(estate: Fund) -> None:
    reading = estate.authority.reading("en", CHILD.party)
    given = {"member": "PB-1", "person": "A child", "relationship": "child", "words": "A will of 2020."}
    assert heirs.acts(reading, given)[0].body["member"] == MEMBER
    with pytest.raises(BadInput, match="member"):
        heirs.acts(reading, {**given, "member": "PB-99"})
