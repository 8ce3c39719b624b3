"""Nothing by which money comes in, leaves, is written off or becomes another's is done alone, or by whose it is.

Every kind of an instrument that pays says what it is to money, and what moves money on the ledger is held against that.
Each one that takes two people is then tried with every way of being a party to it, before it is asked for and after, as
who asks and as who confirms: nothing happens. What whose the money is says by themselves takes two as well where an
officer says it for them. So a new kind that moves money and is not controlled fails here. What a bank sends is no
exception: a document is as easily typed as received.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.instruments.portable_benefits.conftest import (
    DRIVER,
    LEAVE,
    MEMBER,
    REGISTRAR,
    SECOND,
    SEVERAL,
    SWIFT,
    Fund,
    opened,
    table,
)

import testing_house
from bank_house import DEBTOR, given_back, report
from commonweal import staffing
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.instruments import discover
from commonweal.instruments.adaptive_safety_net import programmes
from commonweal.instruments.adaptive_safety_net.banking import BANK as NET_BANK
from commonweal.instruments.adaptive_safety_net.banking import paying_of
from commonweal.instruments.adaptive_safety_net.control import CONTROL as NET_CONTROL
from commonweal.instruments.portable_benefits import files, hours, tables
from commonweal.instruments.portable_benefits.banking import BANK
from commonweal.instruments.portable_benefits.control import CONTROL, PAYEES
from commonweal.instruments.third_party_testing.control import CONTROL as TESTING_CONTROL
from commonweal.kernel import accounts, notices, persons, registry
from commonweal.kernel.accounts import Bank
from commonweal.kernel.control import Control
from commonweal.kernel.record import Act, Reader
from commonweal.kernel.values import BadInput, Conflict
from net_house import CONFIRMS, WORKER, Net
from net_house import PAYS as CASHIER

STEWARDS = {"officer", "authority"}
AMOUNTS = {"cents", "amount", "paid_to"}
WITHOUT = {"adaptive_safety_net.spent": "what an area says it spent: who says it is a party to the run that pays on it"}
"""Kinds of officers that name an amount and move nothing, and why."""
NOBODYS = {
    "portable_benefits.fee_made_good": "the office's own money, so nobody is a party: by two in `test_settling`",
    "adaptive_safety_net.programme": "out of the public purse, so nobody is a party: by two in `test_in_force`",
    "adaptive_safety_net.programme_closed": "of everybody under it alike: by two in `test_undone_by_one`",
    "third_party_testing.given": "into the pool of all, so nobody is a party: by two in `test_credits`",
    "third_party_testing.bounty": "nobody's before it is won, and its reviewers keep out: by two in `test_bounties`",
    "third_party_testing.sample_wanted": "it moves no credits: by two, none a party, in `test_enclave`",
}
"""Kinds that take two and have no party who could be kept apart."""
OF_THE_DEAD = {
    "portable_benefits.died": "by two, none a party: in `test_deaths` and below; payments are held meanwhile",
    "portable_benefits.estate": "by two, none a party nor one who recorded the death: in `test_heirs` and below",
    "portable_benefits.alive": "by two once two divided an account of theirs: in `test_settling` and below",
}
"""Kinds that take two and are asked for about somebody dead, of whom nothing else here can be asked for."""
ALONE = {
    "portable_benefits.lives": "it moves nothing: payments that a report held go on to whose they are",
    "portable_benefits.heir": "who files it is the heir, an officer too: it gives nothing before an estate is divided",
    "adaptive_safety_net.lives": "it moves nothing: payments that a report held go on to whose they are",
    "adaptive_safety_net.support_claim": "another account is refused, and nothing is granted without another's look",
    "adaptive_safety_net.withdrawn": "refused: what an officer writes down for whoever claims takes two",
}
"""Kinds that are for whose the money is to say and that no two officers enter for them, and what stands in the way."""
PAYS = {name: item.instrument for name, item in discover().items() if item.instrument.money}
"""What pays by a bank, or moves credits on the ledger alone."""
IBAN, OTHER_IBAN = "GB29NWBK60161331926819", "DE89370400440532013000"
ORDER = {"to": "party:new-holder", "reason_code": "ordered", "citation": "Order 12/2025 of the court"}
NOT_LEFT = {"words": "The disk was full."}
Ask = Callable[[], Mapping[str, Any]]
Relate = Callable[[Caller], None]


@pytest.mark.parametrize("name", PAYS)
def test_every_kind_of_what_pays_says_what_it_is_to_money(name: str) -> None:
    said = PAYS[name].money
    kinds = {kind.id: kind for kind in PAYS[name].kinds}
    assert set(said) == set(kinds), "each says it, in the instrument's control"
    for id, money in said.items():
        kind, named = kinds[id], AMOUNTS & set(kinds[id].schema.model_fields)
        if money == "house":
            assert not kind.files, f"{id}: the house's own code makes it"
        elif money in ("two", "decides", "answers"):
            assert STEWARDS & set(kind.files), id
        elif money == "owner":
            assert set(kind.files) - STEWARDS, f"{id}: whose it is files it"
        elif named and not set(kind.files) - STEWARDS:
            assert id in WITHOUT, f"{id}: officers say {named} by it, so it takes two"


@dataclass
class House:
    """An office in which something of each kind can be asked for: what, and how an officer becomes a party to it; and
    where the money goes."""

    control: Control
    authority: Authority
    asks: Mapping[str, Ask]
    relates: Mapping[str, Relate]
    prefix: str
    goes: Callable[[], object] = lambda: None
    owners: Mapping[str, str] = field(default_factory=dict)

    def file(self, kind: str, caller: Caller, **body: Any) -> int:
        """An act by what `asks` gives: its body, and its payload where it has one."""
        blobs = body.pop("payload", {})
        index = self.authority.act(Act(kind, body, "", blobs=blobs), caller).index
        self.authority.follow()
        return index

    def refused(self, kind: str, caller: Caller, **body: Any) -> set[str]:
        with pytest.raises(BadInput) as error:
            self.file(kind, caller, **body)
        return {fault.code for fault in error.value.faults}

    def seen(self) -> tuple[object, ...]:
        """All that a kind which takes two can change: the ledger, whose something is, and what left to the bank."""
        reader = self.authority.reader
        bank = PAYS[self.control.id].bank
        holders = sorted((one, registry.filer(reader, one)) for one in registry.newest(reader, self.control.noun))
        ledger = sum(1 for _ in accounts.everything(reader))
        sent = reader.select(bank.sent, order=("id",)) if bank else []
        carried = tuple((row["id"], row["state"]) for row in sent)
        return ledger, tuple(holders), reader.count(bank.files, {}) if bank else 0, carried, self.goes()


_numbers = itertools.count()


def officer() -> Caller:
    return Caller(f"party:officer-{next(_numbers)}", ("officer",), "authority")


def is_kept_apart(house: House, kind: str) -> None:
    """Whoever is or becomes a party to it neither asks nor confirms, and nothing happens."""
    for how, relate in house.relates.items():
        if how == "held" and kind in (house.control.hand_over.id, "portable_benefits.payee"):
            continue  # one hand-over waits at a time; and who held it says alone where theirs goes
        before, asks = officer(), house.asks[kind]
        relate(before)
        told = asks()
        seen = house.seen()
        assert "party" in house.refused(kind, before, **told)
        first, second = officer(), officer()
        asked = house.file(kind, first, **asks())
        assert "same_person" in house.refused(house.control.seconded.id, first, entry=asked)
        assert "party" in house.refused(house.control.seconded.id, before, entry=asked)
        assert house.seen() == seen
        relate(first)
        seen = house.seen()
        assert "first_party" in house.refused(house.control.seconded.id, second, entry=asked)
        relate(second)
        assert "party" in house.refused(house.control.seconded.id, second, entry=asked)
        if how == "interest":  # where it became another's it holds no more, and is anybody's to put aside
            assert "party" in house.refused(house.control.set_aside.id, second, entry=asked, words="It is fine.")
        house.file(house.control.set_aside.id, officer(), entry=asked, words="Somebody else asks for it.")
        assert house.control.rows(house.authority.reader) == []


def is_done_by_two(house: House, kind: str) -> None:
    told = house.asks[kind]()
    seen = house.seen()
    asked = house.file(kind, officer(), **told)
    assert house.seen() == seen
    answer = house.file(house.control.seconded.id, officer(), entry=asked)
    assert house.seen() != seen
    is_not_undone_by_one(house, asked, answer)
    if kind in house.control.theirs:
        letter = house.authority.reader.select(notices.LETTER, order=("-entry",), limit=1)[0]
        told = letter["template"].split()[0], letter["party"]
        assert told == (house.control.entered, house.owners[kind]), "whose it is are told that it was entered for them"


def is_not_undone_by_one(house: House, asked: int, answer: int) -> None:
    """No one alone annuls, puts aside or confirms once more what two did: an officer with an order of a court, or the
    authority itself."""
    seen, words = house.seen(), {"reason_code": "filed_in_error", "citation": "Order 12/2025 of the court"}
    for entry in (asked, answer):
        for who in (officer(), OPERATOR):
            with pytest.raises((BadInput, Conflict)):
                house.file("record.annulled", who, entry=entry, **words)
    for kind, body in ((house.control.seconded, {}), (house.control.set_aside, {"words": "It was wrong."})):
        assert house.refused(kind.id, officer(), entry=asked, **body) == {"reference"}
    assert house.seen() == seen


def holds(house: House, kinds: Iterator[str] | list[str]) -> None:
    for kind in kinds:
        is_kept_apart(house, kind)
        is_done_by_two(house, kind)
    money = PAYS[house.control.id].money
    for one in accounts.everything(house.authority.reader):
        caused = registry.says(house.authority.reader, house.authority.entry(one.entry).causes[0])
        cause = house.authority.entry(caused).kind
        assert money.get(cause, "none") not in ("none", "answers"), f"{cause} moves money and says that it does not"
        if ".bank" in one.transfer.debit + one.transfer.credit:
            assert money[cause] == "two", f"{cause} says what is at the bank, so it takes two"


# ── portable benefits ───────────────────────────────────────────────────────────────────────────────────────────────


def test_no_kind_of_portable_benefits_moves_money_by_one_or_by_a_party(tmp_path: Path) -> None:
    with opened(tmp_path / "fund") as fund:
        house = _fund(fund)
        money = PAYS["portable_benefits"].money
        kinds = {kind for kind, said in money.items() if said in ("two", "owner")}
        there = {*house.asks, *(kind for kind in (*NOBODYS, *ALONE, *OF_THE_DEAD) if kind in money)}
        assert kinds == there, "each is tried here"
        holds(house, [kind for kind in house.asks if kind in kinds])


def test_an_heir_is_who_comes_forward_and_an_officer_is_that_for_nobody_else(tmp_path: Path) -> None:
    with opened(tmp_path / "fund") as fund:
        house, hers = _fund(fund), officer()
        heir = {"member": MEMBER, "person": "A nephew", "relationship": "other", "words": "By will."}
        seen = house.seen()
        claim = house.file("portable_benefits.heir", hers, **heir)
        told = {"member": MEMBER, "to": f"heir {claim}", "person": "A nephew (fictitious)", "paid_to": OTHER_IBAN}
        house.refused("portable_benefits.taken_out", hers, **house.asks["portable_benefits.taken_out"]())
        assert house.seen() == seen
        assert "party" in house.refused("portable_benefits.estate", hers, member=MEMBER, words="Mine.",
                                        shares=[{"claim": claim, "share": "1"}])  # fmt: skip
        assert "not_yours" in house.refused("portable_benefits.payee", hers, **told)
        paid_out = house.asks["portable_benefits.bank_file"]()
        assert "party" in house.refused("portable_benefits.bank_file", hers, **paid_out)


def settled(
    reader: Reader, bank: Bank, programme: str, at_the_bank: Callable[[], str], says: Callable[[bytes], int]
) -> Mapping[str, Any]:
    """That the bank had settled a payment, which one says, was wrong."""
    if not reader.count(bank.sent, {"state": "taken"}):
        message = at_the_bank()
        says(report((reader.select(bank.sent, {"message": message})[0]["id"], "ACSC", ""), message=message))
    row = reader.select(bank.sent, {"state": "taken"})[0]
    told = {"programme": programme, "file_id": row["message"], "said": row["said"], "payment_ids": [row["id"]]}
    return {**told, "words": "It is of another payment."}


def _fund(fund: Fund) -> House:
    """A driver for whom a platform paid in, who took out more than its corrected file says."""
    row = "PB-1,2025-01-01,2025-03-31,USD,{},0,0"
    fund.send(table(row.format(5000)))
    fund.settle()
    out = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "reason": "health"}
    payment = fund.file("taken_out", DRIVER, **out, cents=50_00)
    fund.goes_out()  # what is at the bank is owed; what is here, such as the next, is put back instead
    fund.file("taken_out", DRIVER, **{**out, "pot": "leave", "reason": "emergency"}, cents=2_00)
    fund.send(table(row.format(2000)), SWIFT)
    came = {"programme": SEVERAL, "cents": 1_00, "on": "2025-04-01"}
    receipt = fund.two("brought_in", **came, member=MEMBER, pot="health", scheme="Old", reference="A mistake")
    fund.two("brought_in", **{**came, "cents": 90_00}, member=MEMBER, pot="training", scheme="Old", reference="Theirs")
    learns = {**out, "pot": "training", "reason": "training", "cents": 1_00}
    regretted = fund.file("taken_out", DRIVER, **learns)
    worked = {"programme": SEVERAL, "period": "2025-Q1", "payer": "benefits_payer:swift", "member": MEMBER}

    def one_more() -> dict[str, Any]:
        return {**came, "reference": f"R-{next(_numbers)}"}

    def bank_file() -> Mapping[str, Any]:
        paying = BANK.paying(fund.reader, SEVERAL)
        assert paying is not None
        return BANK.file_act(fund.reader, paying, DEBTOR, on=fund.clock.now().date(), made=fund.clock.now()).body

    def at_the_bank() -> str:
        """A file of which the bank said nothing yet."""
        if not fund.reader.count(BANK.sent, {"state": "sent"}):
            fund.two_of((officer(), officer()), "bank_file", **bank_file())
        return str(fund.reader.select(BANK.sent, {"state": "sent"}, limit=1)[0]["message"])

    def back() -> Mapping[str, Any]:
        """A return, as anybody can type one."""
        (row,) = fund.reader.select(BANK.sent, {"message": at_the_bank()})
        act = BANK.answer_act(fund.reader, given_back(row["id"], accounts.written(row["cents"], "USD")))
        return {**act.body, "payload": act.blobs}

    def interest(who: Caller) -> None:
        fund.file("interest", who, about=MEMBER)

    def inherits(who: Caller) -> None:
        heir = {"member": MEMBER, "person": "A nephew", "relationship": "other", "words": "By will."}
        fund.file("heir", Caller(who.party, ("observer",)), **heir)

    def holder(who: Caller) -> None:
        """The account is theirs for a while, and back."""
        for to in (who.party, DRIVER.party):
            fund.two_of((officer(), officer()), "hand_over", about=MEMBER, **{**ORDER, "to": to})

    def contributions() -> Mapping[str, Any]:
        (act,) = files.read(table(row.format(2000 + next(_numbers))), "file.csv").acts
        return {**act.body, "payload": act.blobs}

    def goes() -> object:
        where = sorted((one["to"], one["paid_to"]) for one in fund.reader.select(PAYEES))
        moves = fund.reader.count(tables.MOVE, {})
        ended = fund.reader.count(tables.CONFIRMED, {"ended": ""})
        seen = [one["entry"] for one in fund.reader.select(hours.CONFIRMED)]
        return (
            ended,
            seen,
            where,
            moves,
            sorted(one["root"] for one in fund.reader.select(tables.FILE, {"replaced": 0})),
        )

    prefix = "portable_benefits."
    payee = {"member": MEMBER, "person": "A driver (fictitious)", "paid_to": OTHER_IBAN}
    asks: dict[str, Ask] = {
        f"{prefix}contributions": contributions,
        f"{prefix}taken_out": lambda: learns,
        f"{prefix}claim": lambda: {"programme": LEAVE, "member": MEMBER, "begins": "2025-01-06", "weeks": 1},
        f"{prefix}payee": lambda: payee,
        f"{prefix}withdrawal_taken_back": lambda: {"programme": SEVERAL, "member": MEMBER, "payment": regretted},
        f"{prefix}work_confirmed": lambda: {**worked, "cents": 1, "hours_confirmed": 0, "words": "By her diary."},
        f"{prefix}recovered": lambda: {**one_more(), "member": MEMBER, "payment": payment},
        f"{prefix}paid": lambda: {**one_more(), "payer": "benefits_payer:swift", "more_than_owed": True},
        f"{prefix}brought_in": lambda: {**one_more(), "member": MEMBER, "pot": "health", "scheme": "Old"},
        f"{prefix}receipt_taken_back": lambda: {"programme": SEVERAL, "receipt": receipt, "words": "It never came."},
        f"{prefix}confirmation_ended": lambda: {"payer": "benefits_payer:swift", "words": "It is another."},
        f"{prefix}confirmed": lambda: {"payer": "benefits_payer:swift"},  # which is confirmed no more by two, just now
        f"{prefix}bank_file": bank_file,
        f"{prefix}bank_answer_taken_back": lambda: settled(fund.reader, BANK, SEVERAL, at_the_bank, fund.bank_says),
        f"{prefix}bank_file_never_left": lambda: {"programme": SEVERAL, "file_id": at_the_bank(), **NOT_LEFT},
        f"{prefix}bank_answer": back,
        f"{prefix}hand_over": lambda: {"about": MEMBER, **ORDER},
    }
    relates = {"interest": interest, "inherits": inherits, "held": holder}
    owners = {f"{prefix}{kind}": DRIVER.party for kind in ("taken_out", "withdrawal_taken_back", "claim", "payee")}
    owners[f"{prefix}contributions"] = SWIFT.party
    return House(CONTROL, fund.authority, asks, relates, prefix, goes, owners)


def test_whoever_pays_in_is_no_officer_who_says_that_it_came(fund_with_payer: tuple[Fund, Caller]) -> None:
    """A reviewer's officer recorded alone what a payer of her own never paid, and took it out of the others' money."""
    fund, mine = fund_with_payer
    told = {"programme": SEVERAL, "payer": "benefits_payer:mine", "cents": 700_00, "on": "2025-04-01"}
    house = _bare(fund)
    assert "party" in house.refused("portable_benefits.paid", mine, **told)
    asked = fund.file("paid", officer(), **told)
    assert house.refused("portable_benefits.seconded", mine, entry=asked) == {"party"}
    declared = officer()
    fund.file("interest", declared, about="benefits_payer:mine")
    assert house.refused("portable_benefits.seconded", declared, entry=asked) == {"party"}


@pytest.fixture
def fund_with_payer(tmp_path: Path) -> Iterator[tuple[Fund, Caller]]:
    with opened(tmp_path / "fund") as fund:
        mine = officer()
        fund.file("payer", mine, name="MINE", called="Mine (fictitious)", sort="self_employed")
        fund.file("confirmed", SECOND, payer="benefits_payer:mine")
        yield fund, mine


def _bare(fund: Fund) -> House:
    return House(CONTROL, fund.authority, {}, {}, "portable_benefits.")


@pytest.mark.parametrize("kind", ["died", "not_served", "alive", "estate"])
def test_who_is_a_party_decides_nothing_about_an_account(kind: str, tmp_path: Path) -> None:
    with opened(tmp_path / "fund") as fund:
        wife = officer()
        fund.file("interest", wife, about=MEMBER, words="My husband.")
        bodies: Mapping[str, dict[str, Any]] = {
            "died": {"on": "2025-04-01"}, "not_served": {"served_months": ["2025-01"], "words": "None."},
            "alive": {"words": "A mistake."}, "estate": {"shares": [{"claim": 1, "share": "1"}], "words": "By law."},
        }  # fmt: skip
        if kind in ("alive", "estate"):
            for recorded, day in ((SECOND, "2025-03-30"), (officer(), "2025-03-31")):
                fund.file("died", recorded, member=MEMBER, on=day)
        if kind == "estate":
            refused = _bare(fund).refused(f"portable_benefits.{kind}", SECOND, member=MEMBER, **bodies[kind])
            assert "same_person" in refused, "who recorded it first too, though another said it again"
        elif kind == "alive":
            first = fund.asked("alive", SECOND, member=MEMBER, **bodies[kind])
            refused = _bare(fund).refused("portable_benefits.seconded", REGISTRAR, entry=first)
            assert refused == {"same_two"}, "of two who take it back one never recorded it, in whatever entry"
            fund.asked("set_aside", SECOND, entry=first, words="Another asks.")
        assert "party" in _bare(fund).refused(f"portable_benefits.{kind}", wife, member=MEMBER, **bodies[kind])


# ── the safety net ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_kind_of_the_safety_net_moves_money_by_one_or_by_a_party(tmp_path: Path) -> None:
    net = Net.found(tmp_path / "ministry")
    with net.authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim(paid_to=IBAN)
        net.at("2026-06-01T09:00:00Z")
        house = _net(net)
        money = PAYS["adaptive_safety_net"].money
        two = {kind for kind, said in money.items() if said == "two"}
        assert two - set(NOBODYS) == set(house.asks), "each is tried here"
        assert {kind for kind, said in money.items() if said == "owner"} == {kind for kind in ALONE if kind in money}
        seen, row = house.seen(), registry.subject(house.authority.reader, "support_claim:c-1")
        assert row is not None
        elsewhere = {**row["body"], "paid_to": OTHER_IBAN}
        assert "not_yours" in house.refused("adaptive_safety_net.support_claim", officer(), **elsewhere)
        assert "not_yours" in house.refused("adaptive_safety_net.withdrawn", officer(), claim="support_claim:c-1")
        assert house.seen() == seen
        holds(house, list(house.asks))


_days = itertools.count(1)


def _net(net: Net) -> House:
    claim = "support_claim:c-1"

    def bank_file() -> Mapping[str, Any]:
        paying = paying_of(net.programme())
        return NET_BANK.file_act(net.authority.reader, paying, DEBTOR, on=date(2026, 6, 2), made=net.clock.now()).body

    def at_the_bank() -> str:
        """A file of which the bank said nothing yet."""
        if not net.authority.reader.count(NET_BANK.sent, {"state": "sent"}):
            net.two("bank_file", **bank_file())
        return str(net.authority.reader.select(NET_BANK.sent, {"state": "sent"}, limit=1)[0]["message"])

    def rejected() -> Mapping[str, Any]:
        """That the bank did not pay, as anybody can type it."""
        (row,) = net.authority.reader.select(NET_BANK.sent, {"message": at_the_bank()})
        data = report((row["id"], "RJCT", "AC04"), message=row["message"])
        act = NET_BANK.answer_act(net.authority.reader, data)
        return {**act.body, "payload": act.blobs}

    def written_down() -> Mapping[str, Any]:
        stands = programmes.standing(net.authority.reader, claim)
        assert stands is not None
        told = {"paid_to": OTHER_IBAN, "person": stands.body["person"], "facts": stands.entry}
        return {"claim": claim, "what": "account", "words": "She came here in person.", **told}

    def correction() -> Mapping[str, Any]:
        stands = programmes.standing(net.authority.reader, claim)
        assert stands is not None
        return {"claim": claim, "facts": stands.entry, "earned": "14000.00", "words": "Her pay slips say so."}

    def not_taken_back() -> Mapping[str, Any]:
        """Of what two wrote down; what one did is another's to look at again."""
        stands = programmes.standing(net.authority.reader, claim)
        assert stands is not None
        if not stands.withdrawn:
            told = {"claim": claim, "facts": stands.entry, "person": stands.body["person"]}
            net.two("written_down", **told, what="withdrawn", words="She came here in person.")
        withdrawal = programmes.standing(net.authority.reader, claim).newest(f"{prefix}withdrawn")  # type: ignore
        assert withdrawal is not None
        return {"claim": claim, "withdrawal": withdrawal["entry"], "words": "It was somebody else."}

    def ordered() -> Mapping[str, Any]:
        """An appeal that only the order of a court allows."""
        stands = programmes.standing(net.authority.reader, claim)
        assert stands is not None
        if stands.appeal is None:
            net.file("appeal", WORKER, claim=claim, words="The court says that I earned more.")
        told = {"claim": claim, "outcome": "allowed", "words": "It is ordered.", "earned": "13000.00"}
        return {**told, "citation": "Wayne County Circuit Court, 26-1234-AE"}

    def goes() -> object:
        stands = programmes.standing(net.authority.reader, claim)
        if stands is None:
            return None
        died = stands.died and stands.died["body"]["on"]
        return stands.body.get("paid_to"), stands.body.get("earned"), bool(stands.withdrawn), died

    def interest(who: Caller) -> None:
        net.file("interest", who, about=claim)

    def speaks(who: Caller) -> None:
        net.file("answer", who, claim=claim, text=f"He asked {who.party} to say so.")

    prefix = "adaptive_safety_net."
    asks: dict[str, Ask] = {
        f"{prefix}payment_run": lambda: {"programme": "programme:wi-mi-2026", "month": "2026-05"},
        f"{prefix}bank_file": bank_file,
        f"{prefix}bank_answer_taken_back": lambda: settled(
            net.authority.reader, NET_BANK, "programme:wi-mi-2026", at_the_bank, net.bank_says
        ),
        f"{prefix}bank_file_never_left": lambda: {
            "programme": "programme:wi-mi-2026",
            "file_id": at_the_bank(),
            **NOT_LEFT,
        },
        f"{prefix}bank_answer": rejected,
        f"{prefix}written_down": written_down,
        f"{prefix}correction": correction,
        f"{prefix}appeal_decided": ordered,
        f"{prefix}not_taken_back": not_taken_back,
        f"{prefix}changed": lambda: {
            "claim": claim,
            "what": "died",
            "on": f"2026-05-{next(_days):02}",
            "against_record": True,
            "words": "w",
        },
        f"{prefix}hand_over": lambda: {"about": claim, **ORDER},
    }
    return House(NET_CONTROL, net.authority, asks, {"interest": interest, "speaks": speaks}, prefix, goes)


def test_who_claims_after_asking_for_a_run_is_not_paid_by_it(tmp_path: Path) -> None:
    net = Net.found(tmp_path / "ministry")
    with net.authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim()
        net.at("2026-06-01T09:00:00Z")
        house, first = _net(net), officer()
        asked = net.file("payment_run", first, programme="programme:wi-mi-2026", month="2026-05")
        net.claim(Caller(first.party, ("observer",)), name="C-2", earned="4100.00")
        assert house.refused("adaptive_safety_net.seconded", officer(), entry=asked) == {"first_party"}
        assert net.paid("support_claim:c-2") == {}


def test_nobody_says_of_their_own_claim_that_a_death_was_a_mistake(tmp_path: Path) -> None:
    net = Net.found(tmp_path / "ministry")
    with net.authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        mine, judge = officer(), officer()
        net.claim(mine)
        told = {"claim": "support_claim:c-1", "on": "2026-05-01"}
        house, kind = _net(net), "adaptive_safety_net.changed"
        assert house.refused(kind, mine, **told, what="died") == {"party"}
        second = officer()
        net.file("seconded", second, entry=net.file("changed", judge, **told, what="died"))
        assert house.refused(kind, mine, **told, what="alive", words="I live.") == {"party"}
        asked = net.file("changed", judge, **told, what="alive", words="She came here in person.")
        for hand, code in ((judge, "same_person"), (second, "same_two"), (mine, "party")):
            assert code in house.refused("adaptive_safety_net.seconded", hand, entry=asked)
        net.file("seconded", officer(), entry=asked)
        assert net.standing().died is None


def test_who_works_for_the_office_no_more_confirms_nothing(tmp_path: Path) -> None:
    """By name alone anybody could be the second of two: it is somebody who holds the post at that moment."""
    net = Net.found(tmp_path / "ministry")
    with net.authority as authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim(WORKER)
        net.at("2026-06-01T09:00:00Z")
        joined = {"person": "person:1", "party": "party:here", "organisation": "authority", "roles": ["officer"]}
        staffing.record(authority, persons.JOINED.id, joined)
        here, ghost = Caller("party:here", ("officer",), "authority"), officer()
        run = {"programme": "programme:wi-mi-2026", "month": "2026-05"}
        house = _net(net)
        assert house.refused("adaptive_safety_net.payment_run", ghost, **run) == {"no_post"}
        asked = net.file("payment_run", here, **run)
        assert house.refused("adaptive_safety_net.seconded", ghost, entry=asked) == {"no_post"}
        assert net.paid() == {}


# ── third-party testing ─────────────────────────────────────────────────────────────────────────────────────────────


def test_no_kind_of_third_party_testing_moves_credits_by_one_or_by_a_party(tmp_path: Path) -> None:
    """No bank carries anything there, and credits are worth as much as money to whoever gets them."""
    with testing_house.house(tmp_path / "institute") as office:
        unit = {"unit": "usd_api.e-2", "amount": "100.00"}
        office.two("given", **{**unit, "amount": "1000.00"}, given_by="A developer", citation="Agreement 1")
        prefix = "third_party_testing."

        def granted() -> Mapping[str, Any]:
            told = {"name": f"G {next(_numbers)}", "evaluator": testing_house.FOX, "until": "2026-02-28"}
            return {**told, **unit, "purpose": "Runs of the task"}

        asks: dict[str, Ask] = {
            f"{prefix}granted": granted,
            f"{prefix}hand_over": lambda: {"about": testing_house.FOX, **ORDER},
        }
        relates: dict[str, Relate] = {"interest": lambda who: _interested(office, who)}
        house = House(TESTING_CONTROL, office.authority, asks, relates, prefix)
        two = {kind for kind, said in PAYS["third_party_testing"].money.items() if said == "two"}
        assert two - set(NOBODYS) == set(asks), "each is tried here"
        holds(house, list(asks))


def _interested(office: testing_house.House, who: Caller) -> None:
    office.do("interest", who, about=testing_house.FOX)


# ── what a bank is said to have done ────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_never_left_is_not_said_so_by_the_two_who_sent_it(tmp_path: Path) -> None:
    """Whoever had it sent could have it paid twice: one of two who say that it did not leave had no hand in it."""
    net = Net.found(tmp_path / "ministry")
    with net.authority:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim(paid_to=IBAN)
        net.run("2026-05")
        house, act = _net(net), paying_of(net.programme())
        file = NET_BANK.file_act(net.authority.reader, act, DEBTOR, on=date(2026, 6, 2), made=net.clock.now())
        net.two("bank_file", **file.body)
        told = {"programme": "programme:wi-mi-2026", "file_id": file.body["file_id"], **NOT_LEFT}
        asked = net.file("bank_file_never_left", CONFIRMS, **told)
        assert house.refused("adaptive_safety_net.seconded", CASHIER, entry=asked) == {"same_two"}
        answer = NET_BANK.answer_act(net.authority.reader, report(group="ACSC", message=str(file.body["file_id"])))
        net.authority.act(answer, CONFIRMS)
        net.authority.follow()
        assert house.refused("adaptive_safety_net.seconded", officer(), entry=asked) == {"outdated"}, "it did leave"


def test_what_only_settles_is_taken_by_one_and_what_is_put_aside_can_be_asked_for_once_more(tmp_path: Path) -> None:
    with opened(tmp_path / "fund") as fund:
        house = _fund(fund)
        asks = house.asks["portable_benefits.bank_answer"]
        first, second = officer(), officer()
        asked = house.file("portable_benefits.bank_answer", first, **asks())
        house.file("portable_benefits.set_aside", second, entry=asked, words="The bank knows nothing of it.")
        assert house.file("portable_benefits.bank_answer", first, **asks()) != asked
        (row,) = fund.reader.select(BANK.sent)
        data = report(group="ACSC", message=row["message"])
        act = BANK.answer_act(fund.reader, data)
        house.file(act.kind, first, **act.body, payload=act.blobs)
        assert fund.reader.select(BANK.sent)[0]["state"] == "taken"
