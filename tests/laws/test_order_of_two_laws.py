"""What two people do is in the order of things where it was confirmed, whatever came while it waited.

A reviewer's claimant filed anew while the order of a court waited for its second officer: the order was confirmed, came
before that filing by its number, and decided nothing. So any filings, what is asked for, confirmed and put aside in any
order come to the same tables, and to the same acts that follow, as the same entries of which each act of two was filed
once, by one whom that was enough of, where it was confirmed; and of what was put aside, or holds no more, as none.
"""

from __future__ import annotations

import copy
import functools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.instruments.portable_benefits.conftest import DRIVER, FUND, MEMBER, SECOND, SEVERAL, opened, table

from commonweal.authority import Authority
from commonweal.instruments import discover
from commonweal.instruments.adaptive_safety_net.control import CONTROL as NET
from commonweal.instruments.adaptive_safety_net.kinds import PLACE
from commonweal.instruments.portable_benefits.control import CONTROL as BENEFITS
from commonweal.kernel import accounts, indicators, notices, registry, thresholds
from commonweal.kernel.control import Control
from commonweal.kernel.record import AUTHORITY, Act, Entry
from commonweal.kernel.record.memory import MemoryTables
from net_house import CLAIM, CONFIRMS, PAYS, WORKER, Net

ASKS, BESIDE = "asks", "beside"
TELLS_NOTHING = (notices.WANTED.id, PLACE.id)
"""What also follows from asking: a letter, and places in the log that hide what was asked for."""
IBAN, OTHER = "GB29NWBK60161331926819", "DE89370400440532013000"
Follow = Any


@dataclass(frozen=True)
class House:
    """An instrument with the rooms that it reads, over tables that followed a record so far; `acts` are what people do
    then, by name: who, the kind and the body."""

    control: Control
    followers: Sequence[Follow]
    tables: MemoryTables
    size: int
    began: datetime
    acts: Mapping[str, tuple[str, str, str | None, Mapping[str, Any]]]


@dataclass
class Record:
    """A record that goes on from there, entry by entry, each followed and what follows from it recorded."""

    house: House
    tables: MemoryTables = field(init=False)
    entries: list[Entry | None] = field(default_factory=list)
    followed: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tables = copy.deepcopy(self.house.tables)

    def file(self, entry: Entry) -> None:
        """An entry, and all that follows from it."""
        waits = [entry]
        while waits:
            one = waits.pop(0)
            self.entries.append(one)
            made = [act for follow in self.house.followers for act in follow(one, self.tables)]
            self.followed += [_told(act) for act in made if act.kind not in TELLS_NOTHING]
            waits += [self.of(AUTHORITY, act, one.time, len(waits) + number) for number, act in enumerate(made)]

    def of(self, party: str, act: Act, time: datetime, after: int = 0) -> Entry:
        """An act as the entry that comes next, or so many after."""
        index = self.house.size + len(self.entries) + after
        found = Entry(index, act.kind, 1, time, party, act.subject or None, dict(act.body), act.key, tuple(act.causes))
        return replace(found, blob=lambda name: act.blobs[name])

    def does(self, party: str, kind: str, body: Mapping[str, Any], subject: str | None = None) -> int:
        """Somebody files an act an hour later; its entry."""
        at = self.house.began + timedelta(hours=len(self.entries) + 1)
        entry = self.of(party, Act(kind, dict(body), "", subject), at)
        self.file(entry)
        return entry.index

    def says(self) -> dict[str, list[dict[str, Any]]]:
        """Every table but those that say who asked for what and who confirmed it."""
        own = {one.name for one in self.house.control.tables} | {"registry_confirmed"}
        there = [*discover()[self.house.control.id].instrument.tables, *registry.TABLES]
        tables = {one.name: one for one in there}
        return {name: rows for name, one in tables.items() if name not in own and (rows := self.tables.select(one))}


def _told(act: Act) -> tuple[Any, ...]:
    return act.kind, act.subject, act.key, dict(act.body), tuple(act.causes)


def as_if_filed_once(record: Record) -> Record:
    """The same, with what two did filed once where it was confirmed, and what came to nothing not at all."""
    house, other = record.house, Record(record.house)
    control = house.control
    waited = {row["entry"]: row for row in record.tables.select(control.waiting)}
    there = {entry.index: entry for entry in record.entries if entry is not None}
    for index in sorted(there):
        entry = there[index]
        if index < house.size + len(other.entries):  # it followed from one before, here too
            continue
        if index in waited or entry.kind == control.set_aside.id:
            other.entries.append(None)
        elif entry.kind == control.seconded.id:
            row, asked = waited[entry.body["entry"]], there[entry.body["entry"]]
            if row["took"] != index:
                other.entries.append(None)
                continue
            about = {"kind": asked.kind, "author": asked.author, "subject": asked.subject, "blob": asked.blob}
            other.file(replace(entry, **about, body={**asked.body, "alone": True}))
        else:
            other.file(entry)
    return other


def _house(authority: Authority, control: Control, acts: Any) -> House:
    """What an authority recorded, over tables in memory."""
    rooms = (registry.Registry(authority.kinds.values()), indicators.Indicators(), accounts.Accounts(),
             thresholds.Thresholds())  # fmt: skip
    instrument = discover()[control.id].instrument
    assert instrument.follow is not None
    followers, tables = (*(room.follow for room in rooms), instrument.follow), MemoryTables()
    size = authority.store.size()
    for index in range(size):
        entry = authority.entry(index)
        for follow in followers:
            list(follow(entry, tables))
    return House(control, followers, tables, size, authority.entry(size - 1).time, acts)


@contextmanager
def _somewhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "house"


@functools.cache
def ministry() -> House:
    """One who claims, granted by the text; May is over and not paid."""
    claim, prefix = "support_claim:c-1", "adaptive_safety_net."
    with _somewhere() as folder:
        net = Net.found(folder)
        with net.authority as authority:
            net.opened()
            net.at("2026-05-11T09:00:00Z")
            filed = net.claim(paid_to=IBAN)
            net.at("2026-06-01T09:00:00Z")
            about, order = {"claim": claim}, {"citation": "Wayne County Circuit Court, 26-1234-AE"}
            jobs = [{**job, "weekly_hours": 40, "same_firm": "no"} for job in CLAIM["jobs"]]
            anew = {
                f"anew {earned}": (BESIDE, prefix + "support_claim", claim,
                                   {**CLAIM, "jobs": jobs, "earned": earned, "paid_to": OTHER})
                for earned in ("4300.00", "9000.00")
            }  # fmt: skip
            written = {**about, "words": "She came by."}
            return _house(authority, NET, {
                **anew,
                "appeal": (BESIDE, prefix + "appeal", None, {**about, "words": "It is too little."}),
                "order": (ASKS, prefix + "appeal_decided", None,
                          {**about, "outcome": "allowed", "words": "Ordered.", "area": "area:us-oh", **order}),
                "account": (ASKS, prefix + "written_down", None, {**written, "what": "account", "paid_to": IBAN}),
                "back": (ASKS, prefix + "written_down", None, {**written, "what": "withdrawn"}),
                "correction": (ASKS, prefix + "correction", None,
                               {**about, "facts": filed, "words": "The slips.", "earned": "4250.00"}),
                "run": (ASKS, prefix + "payment_run", None, {"programme": CLAIM["programme"], "month": "2026-05"}),
                "hand over": (ASKS, prefix + "hand_over", claim,
                              {"about": claim, "to": "party:heir", "reason_code": "ordered"}),
            })  # fmt: skip


@functools.cache
def fund() -> House:
    """A driver for whom a platform paid in, and who brought something in."""
    prefix, out = "portable_benefits.", {"programme": SEVERAL, "member": MEMBER, "pot": "health", "reason": "health"}
    with _somewhere() as folder, opened(folder) as found:
        found.send(table("PB-1,2025-01-01,2025-03-31,USD,5000,0,0"))
        found.settle()
        came = {"programme": SEVERAL, "on": "2025-04-01"}
        receipt = found.two("brought_in", **came, cents=90_00, member=MEMBER, pot="health", scheme="Old", reference="A")
        payee, for_them = {"member": MEMBER, "person": "A driver (fictitious)"}, {"said_by": "officer"}
        return _house(found.authority, BENEFITS, {
            "takes out": (BESIDE, prefix + "taken_out", MEMBER, {**out, "cents": 30_00, "said_by": "self"}),
            "says where": (BESIDE, prefix + "payee", MEMBER, {**payee, "paid_to": IBAN, "said_by": "self"}),
            "taken out": (ASKS, prefix + "taken_out", MEMBER, {**out, "cents": 40_00, **for_them}),
            "payee": (ASKS, prefix + "payee", MEMBER, {**payee, "paid_to": OTHER, **for_them}),
            "brought in": (ASKS, prefix + "brought_in", None,
                           {**came, "cents": 20_00, "member": MEMBER, "pot": "health", "scheme": "Old"}),
            "paid": (ASKS, prefix + "paid", None, {**came, "cents": 10_00, "payer": "benefits_payer:swift"}),
            "none": (ASKS, prefix + "receipt_taken_back", None,
                     {"programme": SEVERAL, "receipt": receipt, "words": "No."}),
            "hand over": (ASKS, prefix + "hand_over", MEMBER,
                          {"about": MEMBER, "to": "party:heir", "reason_code": "ordered"}),
        })  # fmt: skip


def played(house: House, told: Sequence[tuple[str, int]]) -> Record:
    """People do what is named; `confirm` and `aside` answer what waits, whichever a number points at."""
    record = Record(house)
    first, second = (FUND, SECOND) if house.control is BENEFITS else (PAYS, CONFIRMS)
    whose = DRIVER if house.control is BENEFITS else WORKER
    for name, number in told:
        waits = [row["entry"] for row in house.control.rows(record.tables)]
        if name not in house.acts:
            kind = house.control.seconded.id if name == "confirm" else house.control.set_aside.id
            if waits:
                record.does(second.party, kind, {"entry": waits[number % len(waits)], "words": "No."})
            continue
        how, kind, subject, body = house.acts[name]
        record.does((first if how == ASKS else whose).party, kind, body, subject)
    return record


def steps(house: House) -> st.SearchStrategy[list[tuple[str, int]]]:
    asks = [name for name, (how, *_) in house.acts.items() if how == ASKS]
    beside = [name for name in house.acts if name not in asks]
    one = st.one_of(*map(st.sampled_from, (asks, beside, ["confirm"], ["confirm", "aside"])))
    return st.lists(st.tuples(one, st.integers(0, 9)), min_size=2, max_size=14)


def holds(house: House, told: Sequence[tuple[str, int]]) -> None:
    record = played(house, told)
    other = as_if_filed_once(record)
    assert record.says() == other.says()
    assert record.followed == other.followed
    confirmed = {one.index for one in record.entries if one is not None and one.kind == house.control.seconded.id}
    for row in record.tables.select(house.control.waiting):
        assert bool(row["why"]) == (row["state"] == "aside" and row["done"] in confirmed), "never without a reason"
        assert (row["state"] == "done") == (row["took"] is not None), "it took effect, or waits, or came to nothing"
        assert row["took"] in (None, row["done"]) or row["entry"] < house.size


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_of_claims_what_two_did_comes_where_it_was_confirmed(data: st.DataObject) -> None:
    holds(ministry(), data.draw(steps(ministry())))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_of_accounts_what_two_did_comes_where_it_was_confirmed(data: st.DataObject) -> None:
    holds(fund(), data.draw(steps(fund())))


def test_the_order_of_a_court_decides_though_a_claim_was_filed_anew_while_it_waited() -> None:
    record = played(ministry(), [("appeal", 0), ("order", 0), ("anew 9000.00", 0), ("confirm", 0)])
    (row,) = record.tables.select(NET.waiting, {"kind": "adaptive_safety_net.appeal_decided"})
    filed = registry.subject(record.tables, "support_claim:c-1")
    assert filed is not None
    assert row["entry"] < filed["entry"] < row["took"]
    holds(ministry(), [("appeal", 0), ("order", 0), ("anew 9000.00", 0), ("confirm", 0)])
