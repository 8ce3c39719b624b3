"""A programme's text is read before it is in force; on an old record one that was not changes nothing of the money."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.adoption import adoption
from commonweal.authority import OPERATOR, Authority
from commonweal.following import FAULT
from commonweal.instruments import discover, portable_benefits, rule_file
from commonweal.instruments.portable_benefits import statements, tables
from commonweal.instruments.portable_benefits.programmes import Programme, adopted_as, in_force, newest, stopped
from commonweal.kernel.values import BadInput, RuleFault
from commonweal.releases import RELEASE_FILE

from .conftest import CITY, DRIVER, FOUR, FUND, LEAVE, MEMBER, SECOND, SEVERAL, Fund, opened, table

RULES = Path(portable_benefits.__file__).parent / "rules"
WORK = "PB-1,2025-01-01,2025-03-31,USD,40000.00,400,300"


def text(name: str, version: str, *changed: tuple[str, str]) -> str:
    """A shipped programme under another version, with words of it changed."""
    found = (RULES / f"{name}.toml").read_text("utf-8")
    for old, new in changed:
        assert old in found
        found = found.replace(old, new)
    return re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', found)


UNREADABLE = text("several_payers", "2027-01", ('shares = { health = "0.3"', 'shares = { health = "0.25"'))
EURO = text("several_payers", "2027-02", ('currency = "USD"', 'currency = "EUR"'))
MENDED = text("several_payers", "2027-03")


def without_training(version: str) -> str:
    found = re.sub(r'\[\[pot\]\]\nid = "training".*?(?=\[\[pot\]\])', "", text("several_payers", version), flags=re.S)
    found = found.replace('to = { training = "1" }', 'to = { leave = "1" }')
    return re.sub(r"shares = \{.*\}", 'shares = { health = "0.3", retirement = "0.5", leave = "0.2" }', found)


def unread(fund: Fund, written: str) -> None:
    """A text on record as a release before took it: unread."""
    fund.authority.act(adoption(rule_file(written), "old"), replace(OPERATOR, pen=True))
    fund.authority.follow()


def paid(fund: Fund) -> None:
    fund.send(table(WORK))
    fund.settle()


def refused(fund: Fund, kind: str, caller: Caller = FUND, **body: Any) -> set[str]:
    with pytest.raises(BadInput) as caught:
        fund.file(kind, caller, **body)
    return {fault.code for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("words", "where"),
    [(('currency = "USD"', 'currency = "EUR"'), "currency"), (('period = "quarter"', 'period = "month"'), "period")],
)
def test_what_is_booked_is_not_said_otherwise(fund: Fund, words: tuple[str, str], where: str) -> None:
    """500 dollars that are due would go to the bank as 500 of something else."""
    with pytest.raises(RuleFault) as caught:
        fund.authority.adopt(rule_file(text("several_payers", "2027-01", words)))
    assert [fault.where for fault in caught.value.faults] == [where]


def test_an_amount_a_period_has_no_other_bound(fund: Fund) -> None:
    """`at_most` stood in the text, was read, and 300.00 were due all the same. On an old record it stays as it was."""
    bounded = ('amount = "300"\nshared_by = "earnings"', 'amount = "300"\nat_most = "100"\nshared_by = "earnings"')
    with pytest.raises(BadInput) as caught:
        fund.authority.adopt(rule_file(text("several_payers", "2027-01", bounded)))
    assert [(one.where, one.seen) for one in caught.value.faults] == [("contribution.health.at_most", "100")]
    unread(fund, text("several_payers", "2027-01", bounded))
    found = newest(fund.reader, SEVERAL)
    assert found is not None
    assert found[0].version == "2027-01"


def test_the_leave_pool_says_that_the_law_pays_part_of_a_week_with_work(fund: Fund) -> None:
    """It pays none, so whoever takes leave in hours or days gets nothing: the text named all else, and not that."""
    found = newest(fund.reader, LEAVE)
    assert found is not None
    assert all("WAC 192-620-035" in told for told in (found[0].source.verified.en, found[0].source.verified.zh))


def test_a_pool_stays_a_pool(fund: Fund) -> None:
    """Its money is in an account of its own: under a text without it nobody would be paid from it."""
    whole = text("pooled_leave", "2027-01")
    for new in (
        re.sub(r"\[pays\].*?(?=\n\[|\Z)", "", whole, flags=re.S),
        whole.replace("pooled = true", "pooled = false"),
    ):
        with pytest.raises(RuleFault):
            fund.authority.adopt(rule_file(new))


def test_money_in_a_pot_that_a_new_text_has_no_more_is_still_there_and_leaves(fund: Fund) -> None:
    paid(fund)
    fund.file("taken_out", DRIVER, programme=SEVERAL, member=MEMBER, pot="training", cents=500, reason="training")
    fund.authority.adopt(rule_file(without_training("2027-01")))
    fund.authority.follow()
    told = statements.statement(fund.reader, MEMBER, fund.clock.now().date(), "en")
    pots = {one["pot"]: one["balance"] for one in told["programmes"][0]["pots"]}
    assert pots["training"] == "185.00"
    fund.file("taken_out", DRIVER, programme=SEVERAL, member=MEMBER, pot="training", cents=18500, reason="training")
    assert fund.held("benefits.several_payers.member.pb_1.training") == 0
    found = newest(fund.reader, SEVERAL)
    assert found is not None
    assert found[0].closed == {"training"}
    assert fund.authority.reader.select(FAULT) == []


def test_nothing_on_a_statement_is_called_as_something_else_is_or_was(fund: Fund) -> None:
    """A reviewer's closed programme had its name taken by another text: a statement told both under one heading."""

    def wrong(written: str) -> list[str]:
        with pytest.raises(RuleFault) as caught:
            fund.authority.adopt(rule_file(written))
        assert {fault.code for fault in caught.value.faults} == {"taken"}
        return [fault.where for fault in caught.value.faults]

    other = text("quarterly_four_percent", "2027-01").replace(FOUR, "portable_benefits.other")
    assert wrong(other) == ["title.en", "title.zh"], "another programme, also of an older text of it"
    fund.authority.adopt(rule_file(without_training("2027-01")))
    again = re.sub(r'(id = "training"\ntitle = \{ en = )"[^"]*"', r'\1"Gifts"', text("several_payers", "2027-02"))
    assert wrong(again) == ["pot.training.title.en"], "money of the pot that was closed would be called so"
    fund.authority.adopt(rule_file(text("several_payers", "2027-02")))


def test_a_pot_of_which_nobody_ever_had_anything_is_not_told_of_once_it_is_gone(fund: Fund) -> None:
    """Its title would stand with nought on everybody's statement for ever."""
    fund.authority.adopt(rule_file(without_training("2027-01")))
    fund.authority.follow()
    paid(fund)
    told = statements.statement(fund.reader, MEMBER, fund.clock.now().date(), "en")
    assert "training" not in {one["pot"] for one in told["programmes"][0]["pots"]}


@pytest.mark.parametrize("old", [UNREADABLE, EURO], ids=["unreadable", "another currency"])
def test_an_unread_text_on_an_old_record_stops_its_programme_only(fund: Fund, old: str) -> None:
    """Every programme was shut, and members, payers and deaths of that time were receipted and lost."""
    paid(fund)
    before = tables.pots_of(fund.reader, newest_of(fund), MEMBER, fund.clock.now().date())
    unread(fund, old)
    assert stopped(fund.reader, SEVERAL)
    assert not stopped(fund.reader, LEAVE)
    assert {one.id for one, _ in in_force(fund.reader)} >= {SEVERAL, LEAVE}
    assert tables.pots_of(fund.reader, newest_of(fund), MEMBER, fund.clock.now().date()) == before
    body = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "cents": 500, "reason": "health"}
    assert refused(fund, "taken_out", DRIVER, **body) == {"stopped"}
    fund.file("paid", programme=LEAVE, payer="benefits_payer:city", cents=5, on="2025-04-01", reference="another")
    fund.file("member", Caller("party:zoe", ("observer",)), name="PB-9")
    fund.payer(CITY, "CITY-TWO")
    assert tables.holder(fund.reader, "benefits_member:pb-9") == "party:zoe"
    fund.authority.adopt(rule_file(MENDED))
    fund.authority.follow()
    fund.file("taken_out", DRIVER, **body)
    assert fund.authority.reader.select(FAULT) == []
    laid_out = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == laid_out


def test_a_death_while_a_text_cannot_be_read_is_followed(fund: Fund) -> None:
    """The account of somebody who died stayed open, and paid."""
    paid(fund)
    unread(fund, UNREADABLE)
    fund.file("died", member=MEMBER, on="2025-04-01")
    assert tables.death_of(fund.reader, MEMBER) is not None


def test_what_another_release_could_not_follow_is_followed_by_this_one(tmp_path: Path) -> None:
    """It was receipted: an account that somebody opened while a text could not be read would be nobody's for ever."""
    folder = tmp_path / "fund"
    with opened(folder) as fund:
        unread(fund, UNREADABLE)
        entry = fund.file("member", Caller("party:zoe", ("observer",)), name="PB-9")
        with fund.authority._tables.transaction() as laid_out:
            laid_out.delete(tables.HOLDER, "benefits_member:pb-9")
            laid_out.put(FAULT, {"entry": entry, "room": "portable_benefits", "problem": "RuleFault: shares"})
    note = folder / RELEASE_FILE
    for release, followed in ((None, False), ("0.1.0-before", True)):
        if release is not None:
            note.write_text(json.dumps({**json.loads(note.read_text("utf-8")), "release": release}), "utf-8")
        with Authority.open(folder, installed={"portable_benefits": discover()["portable_benefits"]}) as authority:
            assert bool(tables.holder(authority.reader, "benefits_member:pb-9")) is followed
            assert (authority.reader.select(FAULT) == []) is followed


def test_what_was_asked_for_before_is_confirmed_once_it_can_be_followed(fund: Fund) -> None:
    """A confirmation of what cannot be followed is refused: receipted, the money would be in nobody's pot."""
    told = {
        "programme": SEVERAL,
        "member": MEMBER,
        "pot": "health",
        "cents": 90000,
        "scheme": "Old",
        "on": "2025-04-01",
    }
    asked = fund.file("brought_in", **told)
    unread(fund, UNREADABLE)
    assert refused(fund, "seconded", SECOND, entry=asked) == {"outdated"}
    fund.authority.adopt(rule_file(MENDED))
    fund.authority.follow()
    fund.file("seconded", SECOND, entry=asked)
    assert fund.held("benefits.several_payers.member.pb_1.health") == 90000


def test_a_programme_stands_for_a_period_by_the_text_of_that_time(fund: Fund) -> None:
    unread(fund, UNREADABLE)
    rows = fund.reader.select(tables.FILE)
    assert rows == []
    last = fund.authority.store.size()
    stands = adopted_as(fund.reader, SEVERAL, last)
    assert stands is not None
    assert stands[0].version != "2027-01"
    assert adopted_as(fund.reader, SEVERAL, -1) is None


def newest_of(fund: Fund) -> Programme:
    found = newest(fund.reader, SEVERAL)
    assert found is not None
    return found[0]
