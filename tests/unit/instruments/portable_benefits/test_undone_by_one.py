"""What two did is not undone, revived or redirected by one; and what waits does not outlive what it was about.

A reviewer's officer annulled a payer's registration: the number was free, a stranger registered it, and had with it the
payer's confirmation, its files and its members' pots.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.portable_benefits import office, tables
from commonweal.instruments.portable_benefits.control import CONTROL
from commonweal.kernel import notices, registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden
from commonweal.sight import Sight

from .conftest import DRIVER, FUND, MEMBER, SECOND, SEVERAL, SWIFT, THIRD, Fund, person, table

ORDER = {"reason_code": "ordered", "citation": "Order 12/2025 of the court"}
OUT = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "reason": "health", "cents": 1_000}
IN = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "cents": 90_000, "scheme": "Old", "on": "2025-04-01"}
IBAN, OTHER = "GB29NWBK60161331926819", "DE89370400440532013000"
NEW = Caller("party:new-holder", ("observer",))
PAYER = "benefits_payer:swift"


def annul(fund: Fund, subject: str, caller: Caller = FUND, number: int = 0) -> None:
    entry = registry.versions(fund.reader, subject)[number]["entry"]
    mark = {"entry": entry, "reason_code": "filed_in_error", "citation": "Order 12/2025"}
    fund.authority.act(Act("record.annulled", mark, ""), caller)
    fund.authority.follow()


def refused(fund: Fund, kind: str, caller: Caller, **body: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as error:
        fund.file(kind, caller, **body)
    return {fault.code: fault.want for fault in error.value.faults}


def inbox(fund: Fund, caller: Caller) -> list[tuple[str, str]]:
    reading = fund.authority.reading("en", caller.party, Sight(fund.authority, caller, "portal /test"))
    return [(line.what["en"].split(":")[0], line.href) for line in CONTROL.waits(reading)]


def letters(fund: Fund, name: str) -> list[str]:
    rows = fund.reader.select(notices.LETTER)
    return [row["party"] for row in rows if row["template"].split()[0] == f"portable_benefits.{name}"]


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_payer_or_an_account_with_money_or_a_confirmation_is_annulled_by_nobody(fund: Fund) -> None:
    fund.two("brought_in", **IN)
    for subject, instead in ((PAYER, "confirmation_ended"), (MEMBER, "hand_over")):
        for caller in (FUND, SWIFT if subject == PAYER else DRIVER):
            with pytest.raises(BadInput, match=instead):
                annul(fund, subject, caller)
    assert tables.is_confirmed(fund.reader, PAYER)


def test_what_waits_about_an_account_is_put_aside_before_that_is_annulled(fund: Fund) -> None:
    asked = fund.file("brought_in", **IN)
    with pytest.raises(BadInput, match=f"/benefits/second/{asked}"):
        annul(fund, MEMBER)
    fund.file("set_aside", SECOND, entry=asked, words="No such account.")
    annul(fund, MEMBER)


def test_the_number_of_an_account_that_was_annulled_is_nobody_elses(fund: Fund) -> None:
    holder, stranger = person(7), person(8)
    fund.file("member", holder, name="PB-7")
    fund.authority.follow()
    annul(fund, "benefits_member:pb-7")
    with pytest.raises(Forbidden, match="another party's"):
        fund.file("member", stranger, name="PB-7")
    for party in (None, stranger.party):
        assert (
            "still theirs"
            in refused(fund, "member", SECOND, name="PB-7", **({"party": party} if party else {}))["used"]
        )
    fund.file("member", holder, name="PB-7")
    assert registry.filer(fund.reader, "benefits_member:pb-7") == holder.party
    assert tables.holder(fund.reader, "benefits_member:pb-7") == holder.party


def test_nobody_makes_a_payer_theirs_by_writing_of_it_and_annulling_what_it_wrote_itself(fund: Fund) -> None:
    fund.file("payer", THIRD, name="SWIFT", called="Swift, moved (fictitious)", sort="platform")
    annul(fund, PAYER, THIRD)
    assert registry.filer(fund.reader, PAYER) == SWIFT.party


def test_a_hand_over_that_two_made_once_is_not_made_again_by_one(fund: Fund) -> None:
    """The authority's own key filed a former hand-over again, and the account was the former holder's once more."""
    for to in (NEW.party, "party:third-holder"):
        fund.two("hand_over", about=MEMBER, to=to, **ORDER)
    with pytest.raises(BadInput, match="hand_over"):
        fund.authority.act(Act("registry.handed_over", {"to": NEW.party, **ORDER}, "", MEMBER))


def test_one_that_was_confirmed_no_more_by_two_is_confirmed_again_by_two(fund: Fund) -> None:
    fund.two("confirmation_ended", payer=PAYER, words="Nobody is at that address.")
    asked = fund.file("confirmed", payer=PAYER)
    assert not tables.is_confirmed(fund.reader, PAYER)
    reading = fund.authority.reading("en", SECOND.party, Sight(fund.authority, SECOND, "portal /test"))
    assert dict(CONTROL.view(reading, {"entry": str(asked)})["facts"])["What it calls itself"] == "SWIFT (fictitious)"
    assert "same_person" in refused(fund, "seconded", FUND, entry=asked)
    fund.file("seconded", SECOND, entry=asked)
    assert tables.is_confirmed(fund.reader, PAYER)
    assert [line.name for line in office.waits(reading)] == []


# ── what waits ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_lapses_as_the_account_becomes_anothers_and_who_asked_and_whose_it_was_are_told(fund: Fund) -> None:
    fund.two("brought_in", **IN)
    payee = {"member": MEMBER, "person": "A driver (fictitious)", "paid_to": IBAN}
    asked = [fund.file("taken_out", **OUT), fund.file("payee", **payee)]
    fund.two_of((SECOND, THIRD), "hand_over", about=MEMBER, to=NEW.party, **ORDER)
    for entry in asked:
        assert "became another's" in refused(fund, "seconded", SECOND, entry=entry)["holder_changed"]
    assert inbox(fund, SECOND) == []
    assert inbox(fund, FUND) == [("Asked for, and lapsed unconfirmed", f"/benefits/second/{entry}") for entry in asked]
    reading = fund.authority.reading("zh", FUND.party, Sight(fund.authority, FUND, "portal /test"))
    assert "已变更持有人" in CONTROL.view(reading, {"entry": str(asked[0])})["bar"]
    assert ["已变更持有人" in line["lapsed"] for line in CONTROL.lines(reading)] == [True, True]
    for entry in asked:
        fund.file("set_aside", entry=entry, words="The account is another's.")
    assert letters(fund, "not_entered") == [DRIVER.party, DRIVER.party], "whose it was when it was asked for"
    assert inbox(fund, FUND) == []
    before = fund.authority.dump()
    fund.authority.rebuild()
    assert fund.authority.dump() == before


def test_what_an_officer_entered_gives_way_to_what_the_holder_says_meanwhile(fund: Fund) -> None:
    told = {"member": MEMBER, "person": "A driver (fictitious)"}
    asked = fund.file("payee", **told, paid_to=OTHER)
    fund.file("payee", DRIVER, **told, paid_to=IBAN)
    assert "something newer was said" in refused(fund, "seconded", SECOND, entry=asked)["replaced"]
    anew = fund.file("payee", **told, paid_to=OTHER)
    fund.file("seconded", SECOND, entry=anew)


@pytest.mark.parametrize("kind", ["taken_out", "payee", "hand_over"])
def test_what_waits_lapses_with_the_death_of_whose_it_is(kind: str, fund: Fund) -> None:
    fund.two("brought_in", **IN)
    bodies: dict[str, dict[str, Any]] = {
        "taken_out": OUT, "payee": {"member": MEMBER, "person": "A driver (fictitious)", "paid_to": IBAN},
        "hand_over": {"about": MEMBER, "to": NEW.party, **ORDER},
    }  # fmt: skip
    asked = fund.file(kind, **bodies[kind])
    fund.file("died", THIRD, member=MEMBER, on="2025-03-31")
    assert "a death was recorded" in refused(fund, "seconded", SECOND, entry=asked)["died"]


def test_a_file_for_a_payer_lapses_as_the_payer_sends_its_own(fund: Fund) -> None:
    row = "PB-1,2025-01-01,2025-03-31,USD,{},400,300"
    entered, _ = fund.send(table(row.format("4000.00")), FUND)
    fund.send(table(row.format("5000.00")))
    assert {"replaced", "outdated"} == set(refused(fund, "seconded", SECOND, entry=entered))


def test_what_was_confirmed_before_it_lapsed_by_what_came_since_stands_as_it_was(fund: Fund) -> None:
    """And what was checked a moment before another holder came takes no effect."""
    fund.two("brought_in", **IN)
    asked = fund.file("taken_out", **OUT)
    (row,) = CONTROL.rows(fund.reader)
    fund.two_of((SECOND, THIRD), "hand_over", about=MEMBER, to=NEW.party, **ORDER)
    about = {"index": asked + 9, "kind": CONTROL.seconded.id, "author": SECOND.party, "subject": None}
    now = replace(fund.authority.entry(asked), **about, body={"entry": asked})
    old = replace(now, body=CONTROL.seconded.upcasters[3]({"entry": asked}))
    assert CONTROL.effective(now, Kept(fund.reader, row)) is None  # type: ignore[arg-type]
    assert CONTROL.effective(old, Kept(fund.reader, row)) is not None  # type: ignore[arg-type]


class Kept:
    """Tables in which what waits is written apart, so that what an entry does can be looked at twice."""

    def __init__(self, reader: Any, row: Any) -> None:
        self.reader, self.row = reader, row

    def get(self, table: Any, *key: Any) -> Any:
        return self.row if table is CONTROL.waiting else self.reader.get(table, *key)

    def select(self, *asked: Any, **more: Any) -> Any:
        return self.reader.select(*asked, **more)

    def put(self, table: Any, row: Any) -> None:
        self.row = row
