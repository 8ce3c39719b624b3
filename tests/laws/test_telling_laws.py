"""Nothing that is told of a small fund comes to fewer people's money than its rule says, whatever is put together.

Each movement of money is the same large amount and another power of three, so that a figure says which movements it
adds up and which it takes off. The figures of all pages and days, put under each other, are a matrix with a column for
each movement. Some sum or difference of them is about these people alone exactly where the matrix loses rank once their
columns are left out: that is asked of every group of people that is too small, also for whoever holds payers, who knows
what all of these paid for their own people.

Where amounts differ, whoever is in a sum can take off their own part, and a payer those of its people: what is left
beside somebody else's part must be a tenth of it at least. It is enough to ask that of each block. As blocks do not
overlap, what can be had of any sum or difference of them is had of them one by one, and what is left beside somebody's
parts of several is left beside each.
"""

from __future__ import annotations

import re
import warnings
from calendar import monthrange
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes import MemoryTables
from tests.unit.doors.portal.people import sign_in

from commonweal import settings as houses
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors import portal
from commonweal.instruments import discover
from commonweal.instruments.portable_benefits import files, following, tables, telling
from commonweal.instruments.portable_benefits.confiding import Protection
from commonweal.kernel import accounts
from commonweal.kernel.accounts import Block, Transfer
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text, instant
from searched import examples

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

RULE = Protection(threshold=3, p=10, trifle=10, counts_by=2)
PARTY = {"swift": "holding", "city": "holding", "uno": "uno's"}
"""Who holds a payer, where that is not a party of its own: one holds two."""
ENOUGH, SKIPPED, LARGE = RULE.threshold, 4, 3**33
"""How many people are enough; powers that are left out, so that small numbers of other things decode to nothing; what
every movement has beside its power, so that nobody's stands out."""


class Movement(NamedTuple):
    """Whose money moved (empty: nobody's own), and which payer knows how much."""

    person: str
    payer: str = ""


def weight(at: int, large: int = LARGE) -> int:
    return int(large + 3 ** (SKIPPED + at))


def decoded(figure: int, many: int, large: int = LARGE) -> list[int] | None:
    """How often each movement stands in a figure (-1, 0, 1); None where it is no such sum."""
    times = (figure + large // 2) // large
    found = powers(figure - times * large, many)
    return found if found is not None and sum(found) == times else None


def powers(figure: int, many: int) -> list[int] | None:
    """How often each power stands in a figure."""
    found, left = [], figure
    if left % 3**SKIPPED:
        return None
    left //= 3**SKIPPED
    for _ in range(many):
        digit = (left + 1) % 3 - 1
        found.append(digit)
        left = (left - digit) // 3
    return found if left == 0 else None


def party_of(payer: str) -> str:
    return PARTY.get(payer, payer)


def told_of_few(rows: Sequence[Sequence[int]], movements: Sequence[Movement]) -> list[tuple[str, ...]]:
    """The groups of fewer people than are enough of whom alone something can be had; and whose payers tell it."""
    matrix = np.array(sorted({tuple(row) for row in rows if any(row)}) or [[0] * len(movements)])
    people = sorted({one.person for one in movements} - {""})
    found = []
    for knower in sorted({party_of(one.payer) for one in movements}):
        hidden = [
            at for at, one in enumerate(movements) if one.person and not (knower and party_of(one.payer) == knower)
        ]
        rank = np.linalg.matrix_rank(matrix[:, hidden])
        for size in range(1, ENOUGH):
            for few in combinations(people, size):
                rest = [at for at in hidden if movements[at].person not in few]
                if rank != (np.linalg.matrix_rank(matrix[:, rest]) if rest else 0):
                    found.append((*few, knower))
    return found


def test_the_test_sees_what_a_difference_tells() -> None:
    """Otherwise it would hold of anything: a bank's balance less what payers paid is what one person took out."""
    movements = [Movement("ada"), Movement("", "swift"), Movement("bo"), Movement("cy")]
    assert told_of_few([[1, 0, 1, 1]], movements) == []
    assert ("ada", "") in told_of_few([[-1, 1, 0, 0]], movements)
    assert ("ada", "") in told_of_few([[1, 0, 1, 1], [0, 0, 1, 1]], movements), "yesterday's total and today's"
    knowing = [Movement("ada", "solo"), Movement("bo", "city"), Movement("cy", "city")]
    assert ("bo", "cy", "solo") in told_of_few([[1, 1, 1]], knowing), "a payer takes off its own"
    several = [Movement("ada", "swift"), Movement("bo", "city"), *(Movement(one, "solo") for one in ("cy", "di"))]
    assert ("cy", "di", "holding") in told_of_few([[1, 1, 1, 1]], several), "who holds two payers what both paid"
    assert decoded(weight(0) - weight(2), 3) == [1, 0, -1]
    assert decoded(weight(0) + 1, 3) is None


# ── the rule ────────────────────────────────────────────────────────────────────────────────────────────────────────

STEPS = st.lists(
    st.tuples(
        st.integers(0, 4), st.sampled_from("abcdef"), st.sampled_from(("", "swift", "city", "solo", "uno")),
        st.sampled_from(("contribution", "taken_back")), st.sampled_from(("taken_out", "brought_in")),
        st.sampled_from(("health", "savings")),
    ),
    min_size=1, max_size=24,
)  # fmt: skip
OF_PAYERS = st.lists(
    st.tuples(
        st.sampled_from((0, 0, 0, 4)), st.sampled_from("abcdefgh"), st.sampled_from(("swift", "city", "solo")),
        st.just("contribution"), st.just(""), st.just("health"),
    ),
    min_size=8, max_size=16,
)  # fmt: skip
"""What payers with few people pay, two of them of one party."""


def transfer(at: int, person: str, payer: str, what: tuple[str, str], pot: str) -> Transfer:
    """A movement between a member's pot and a payer, or the bank where no payer is named."""
    own = f"benefits.four.member.{person}.{pot}"
    other = f"benefits.four.payer.{payer}" if payer else "benefits.four.bank"
    code = what[0] if payer else what[1]
    sides = (other, own) if code in ("contribution", "brought_in") else (own, other)
    return Transfer(f"benefits.{at}.1", *sides, weight(at), 1, code=f"{code}.2025-q1" if payer else code)


def payers() -> MemoryTables:
    """Each payer with its holder."""
    tables_ = MemoryTables()
    for payer in ("swift", "city", "solo", "uno"):
        put_holder(tables_, f"benefits_payer:{payer}", party_of(payer))
    return tables_


def put_holder(tables_: MemoryTables, subject: str, party: str, person: str = "") -> None:
    """Who holds an account or payer, for a person or for themselves."""
    told = {"subject": subject, "noun": subject.partition(":")[0], "party": party, "person": person or party}
    tables_.put(tables.HOLDER, {**told, "for_another": int(told["person"] != party)})


@settings(max_examples=examples(300), deadline=None)
@given(STEPS | OF_PAYERS)
def test_no_sums_or_differences_of_blocks_are_about_few(steps: Sequence[Any]) -> None:
    """Months pass between steps; after each, all that was told by then is looked at again."""
    kept, now = payers(), datetime(2025, 1, 5, tzinfo=UTC)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(telling, "protection", lambda reader: RULE)
        movements, rows = list[Movement](), list[list[int]]()
        for at, (days, person, payer, paid, other, pot) in enumerate(steps):
            now += timedelta(days=days * 9)
            telling.moved(
                kept,
                SimpleNamespace(time=now, day=now.date()),
                [transfer(at, person, payer, (paid, other), pot)],
                [person],
            )
            movements.append(Movement(person, payer))
        telling.over(now + timedelta(days=40), kept)
        for one in telling.blocks(kept):
            row = decoded(one.amount, len(movements))
            assert row is not None
            assert min(row) >= 0, "what is told once is not told again"
            rows.append(row)
    assert told_of_few(rows, movements) == []
    assert not rows or np.sum(rows, axis=0).max() == 1, "no movement stands in two blocks"


PARTS = 3**40
"""Amounts are multiples of it, beside the power that says whose they are."""
UNEVEN = st.lists(
    st.tuples(
        st.integers(0, 4), st.sampled_from("abcdef"), st.sampled_from(("", "swift", "city", "solo")),
        st.sampled_from((1, 8, 60, 100, 700)),
    ),
    min_size=6, max_size=24,
)  # fmt: skip


@settings(max_examples=examples(100), deadline=None)
@given(UNEVEN)
def test_nobody_in_a_block_works_out_nearly_what_somebody_elses_part_of_it_is(steps: Sequence[Any]) -> None:
    """Neither who knows their own part, nor a payer who knows its people's; and a trifle hides nobody."""
    kept, now = payers(), datetime(2025, 1, 5, tzinfo=UTC)
    moves, sizes = list[Movement](), list[int]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(telling, "protection", lambda reader: RULE)
        for at, (days, person, payer, size) in enumerate(steps):
            now += timedelta(days=days * 9)
            one = transfer(at, person, payer, ("contribution", "taken_out"), "health")._replace(
                amount=size * PARTS + weight(at, 0)
            )
            telling.moved(kept, SimpleNamespace(time=now, day=now.date()), [one], [person])
            moves.append(Movement(person, payer))
            sizes.append(size)
        telling.over(now + timedelta(days=40), kept)
    for block in telling.blocks(kept):
        inside = powers(block.amount % PARTS, len(moves))
        assert inside is not None
        parts, of_payers = Counter[str](), dict[str, Counter[str]]()
        for at in (at for at, digit in enumerate(inside) if digit):
            parts[moves[at].person] += sizes[at]
            of_payers.setdefault(party_of(moves[at].payer), Counter())[moves[at].person] += sizes[at]
        own = [Counter({person: parts[person]}) for person in parts]
        wide = block.debit.endswith("payer.*") or block.credit.endswith("payer.*")
        for known in [*own, *(of_payers.values() if wide else ())]:
            left = +Counter({person: cents - known[person] for person, cents in parts.items()})
            for person, cents in left.items():
                assert (left.total() - cents) * 100 >= RULE.p * cents, (person, known, parts)
        counted = [one for one in parts.values() if one * 100 * len(parts) >= RULE.trifle * parts.total()]
        assert len(counted) >= RULE.threshold


HANDED = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from("abcdef"), st.sampled_from(("", "", "give back", *"abg")),
        st.sampled_from(("", "swift", "city", "solo")), st.sampled_from((100, 140)),
    ),
    min_size=6, max_size=24,
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(HANDED)
def test_whoever_held_accounts_since_money_moved_is_one_with_whose_they_are(steps: Sequence[Any]) -> None:
    """Accounts are handed on before money moves, while it waits, and back. Each block is told of enough of those who
    know of it by then, none of whom knows another's part nearly."""
    kept, now = payers(), datetime(2025, 1, 5, tzinfo=UTC)
    moves, sizes, held = list[Movement](), list[int](), list[tuple[str, str, int, int]]()
    holds = {person: (person, 0) for person in "abcdef"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(telling, "protection", lambda reader: RULE)
        for person in "abcdef":
            put_holder(kept, f"benefits_member:{person}", person)
        for at, (days, person, to, payer, size) in enumerate(steps):
            now += timedelta(days=days * 9)
            account = f"benefits_member:{person}"
            if to:
                party, since = holds[person]
                held.append((party, person, since, at))
                hand_over(kept, account, person if to == "give back" else to, now.date())
                holds[person] = (kept.get(tables.HOLDER, account)["party"], at)
            one = transfer(at, person, payer, ("contribution", "taken_out"), "health")._replace(
                amount=size * PARTS + weight(at, 0)
            )
            known = tables.knowers_of(kept, [account])[account]
            before = telling.blocks(kept)
            telling.moved(kept, SimpleNamespace(time=now, day=now.date()), [one], [known])
            moves.append(Movement(person, payer))
            sizes.append(size)
            every = [*held, *((party, whose, since, len(steps)) for whose, (party, since) in holds.items())]
            assert_told_of_enough(new_of(kept, before), moves, sizes, every)
        before = telling.blocks(kept)
        telling.over(now.date() + timedelta(days=40), kept)
        assert_told_of_enough(new_of(kept, before), moves, sizes, every)


def new_of(kept: MemoryTables, before: Sequence[Block]) -> list[Block]:
    return [one for one in telling.blocks(kept) if one not in before]


def hand_over(kept: MemoryTables, account: str, to: str, on: date) -> None:
    """As an entry does it."""
    body = {"to": to, "reason_code": "ordered"}
    entry: Any = SimpleNamespace(subject=account, body=body, day=on, index=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(following, "handed_on", lambda *told: None)
        assert list(following._handed_over(entry, kept)) == []


def assert_told_of_enough(
    blocks: Iterable[Block], moves: Sequence[Movement], sizes: Sequence[int], held: Iterable[tuple[str, str, int, int]]
) -> None:
    """That each block is of enough people, as those count who held an account since its first movement."""
    for block in blocks:
        inside = powers(block.amount % PARTS, MANY_STEPS)
        assert inside is not None
        there = [at for at, digit in enumerate(inside) if digit]
        one = {name: name for name in "abcdefg"}
        for party, person, _, until in held:
            if until >= min(there):
                one = {name: one[person] if found == one[party] else found for name, found in one.items()}
        parts = Counter[str]()
        for at in there:
            parts[one[moves[at].person]] += sizes[at]
        assert len(parts) >= RULE.threshold, (parts, held)
        for known, other in permutations(parts, 2):
            assert (parts.total() - parts[known] - parts[other]) * 100 >= RULE.p * parts[other]


MANY_STEPS = 24


def test_two_trifles_hide_nobody_and_a_large_part_waits_for_others() -> None:
    """Whoever opens two accounts and takes a cent out of each would read what a third person took out."""
    assert not RULE.tells([1, 1, 70_000])
    assert not RULE.tells([1, 1, 1, 1, 70_000]), "nor does whoever opens four"
    assert not RULE.tells([3_000, 3_000, 70_000]), "each of two knows the other's nearly"
    assert RULE.tells([8_000, 9_000, 70_000])
    assert not RULE.tells([50_000, 50_000, 50_000, 2_000_000])
    assert RULE.tells([500] * 500 + [50_000]), "many small ones together are no trifle"
    assert not RULE.tells([])
    assert not RULE.tells([0, 0, 5])
    assert RULE.tells([-500, -600, -700]), "what corrected files take back is told like what they pay"


def test_a_payers_cell_is_told_among_others_once_each_can_be_left_out() -> None:
    def cell(payer: str) -> telling.Cell:
        return telling.Cell(f"benefits.four.payer.{payer}", "benefits.four.member.*.savings", "contribution")

    def all_alike(people: str) -> dict[str, int]:
        return dict.fromkeys(people, 500)

    def told(waiting: Mapping[telling.Cell, telling.Parts]) -> list[tuple[telling.Cell, list[telling.Cell]]]:
        return list(telling.ripe(waiting, RULE.tells))

    swift, city, solo = cell("swift"), cell("city"), cell("solo")
    waiting = {swift: all_alike("ab"), city: all_alike("c"), solo: all_alike("d")}
    assert told(waiting) == [], "without swift's two only two are left"
    waiting[cell("uno")] = all_alike("e")
    assert [(wide.debit, len(cells)) for wide, cells in told(waiting)] == [("benefits.four.payer.*", 4)]
    waiting[cell("uno")] = {"e": 90_000}
    assert told(waiting) == [], "what the one of uno got stands out"
    waiting[cell("uno")] = all_alike("e")
    waiting[swift] = all_alike("abx")
    assert [wide for wide, _ in told(waiting)] == [swift], "three of its own are enough; three others wait"


# ── every page, on every day ────────────────────────────────────────────────────────────────────────────────────────

FOUR = "portable_benefits.quarterly_four_percent"
HEADING = "programme,payer,period,member,from,to,currency,earnings,hours,jobs"
MANY, OUTS = 16, 4
"""How many movements there are, and how many of them take money out."""
SHARED = 3**21
"""What every movement has beside its power, small enough for a row of a payer's file."""
FUND = Caller("party:fund", ("officer",))
PAYERS = {name: Caller(f"party:{name.lower()}", ("developer",)) for name in ("SWIFT", "CITY", "SOLO")}


def person_called(name: str) -> Caller:
    """Each account is another person's."""
    return Caller(f"party:person-{name}", ("observer",))


AMOUNT = re.compile(r"(?<![\d.,])-?\d[\d,]*\.\d\d(?!\d)")


class Small:
    """A fund of five people and three payers, whose every movement is another power of three."""

    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self.clock = authority, clock
        self.movements, self.outs = [Movement("")] * MANY, 0
        self.others = OUTS
        self.told = Counter[str]()

    def file(self, kind: str, caller: Caller, **body: object) -> int:
        receipt = self.authority.act(Act(f"portable_benefits.{kind}", body, ""), caller)
        self.authority.follow()
        return receipt.index

    def two(self, kind: str, **body: object) -> None:
        self.file("seconded", Caller("party:second", ("officer",)), entry=self.file(kind, FUND, **body))

    def next(self, person: str, payer: str = "") -> int:
        at, self.others = self.others, self.others + 1
        self.movements[at] = Movement(person, payer)
        return weight(at, SHARED)

    def next_out(self, person: str) -> int:
        """What is taken out is less than what came in."""
        at, self.outs = self.outs, self.outs + 1
        assert at < OUTS
        self.movements[at] = Movement(person)
        return weight(at, SHARED)

    def send(self, payer: str, *people: str) -> None:
        """What is 4 percent of it is earned."""
        rows = []
        for person in people:
            earned = accounts.written(25 * self.next(person, payer), "USD")
            rows.append(f"{FOUR},{payer},2025-Q1,{person},2025-01-01,2025-03-31,USD,{earned},0,0")
        self.authority.act(files.read("\n".join([HEADING, *rows]).encode(), "f.csv").acts[0], PAYERS[payer])
        self.authority.follow()

    def pays(self, payer: str) -> None:
        body = {"programme": FOUR, "payer": f"benefits_payer:{payer.lower()}", "on": "2025-04-01"}
        self.two("paid", **body, cents=self.next("", payer), more_than_owed=True)

    def moves(self, kind: str, person: str) -> None:
        body: dict[str, object] = {"programme": FOUR, "member": f"benefits_member:{person}", "pot": "savings"}
        body |= {"scheme": "before", "on": "2025-04-01"} if kind == "brought_in" else {"reason": "health"}
        cents = self.next(person) if kind == "brought_in" else self.next_out(person)
        if kind == "brought_in":
            self.two(kind, **body, cents=cents)
        else:
            self.file(kind, person_called(person), **body, cents=cents)

    def figures(self, client: TestClient, addresses: Iterable[str]) -> Iterator[int]:
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code in (200, 404), address
            for found in AMOUNT.findall(answer.text):
                yield int(found.replace(",", "").replace(".", ""))

    def addresses(self) -> Iterator[str]:
        yield from ("/benefits/fund", "/benefits/designs", "/ledger", "/ledger/check", "/account", "/desk")
        yield from ("/portable_benefits/benefits_totals", "/portable_benefits/benefits_totals.csv")
        for month in range(4, 9):
            yield from (f"/ledger?on=2025-{month:02}-{day:02}" for day in (1, 15, 28))
        for one in accounts.accounts(self.authority.reader):
            yield from (f"/ledger/{one.account}", f"/ledger/{one.account}?since=2025-05-01&until=2025-06-30")

    def balances(self) -> Iterator[tuple[str, int | None, int | None, int]]:
        """Each line of the ledger now and at the end of days: what is told of its balance, and what it is."""
        today = self.clock.now().date()
        days = [None, *(date(2025, month, day).toordinal() for month in range(3, today.month) for day in (15, 28, 31)
                        if day <= monthrange(2025, month)[1])]  # fmt: skip
        kept = [one.account for one in accounts.kept(self.authority.reader)]
        among = telling.among(self.authority.reader)
        for day in (*days, today.replace(day=1).toordinal() - 1):
            lines = accounts.summed(self.authority.reader, self.authority.confidences.ledgers, day=day)
            assert sorted(one.account for one in lines if one.opened) == sorted(
                one.account for one in kept if ".member." not in one.account and ".owing." not in one.account
            )
            for one in lines:
                parts = [account for account in kept if stands_for(one, account.account, among)]
                assert one.opened or len(parts) == one.many, one
                true = 0
                for account in parts:
                    held = accounts.balance_on(self.authority.reader, account.account, day or today.toordinal())
                    true += held.on(one.side)
                yield one.account, day, None if one.balance is None else one.balance.on(one.side), true


def stands_for(line: accounts.Sum, account: str, among: Collection[str]) -> bool:
    """Whether an account is in a line of the ledger."""
    if line.opened is not None:
        return account == line.account
    if line.account.endswith("payer.*"):
        return account in among
    if " + " in line.account:
        return account in line.account.split(" + ")
    begin, _, end = line.account.partition("*")
    return account.startswith(begin) and account.endswith(end)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Small, Mapping[str, list[list[int]]]]]:
    """What an officer and a payer were shown on all pages in each of five months, decoded."""
    start = instant("2025-04-02T09:00:00Z")
    clock, shown = ReplayClock(start), {"officer": list[list[int]](), "payer": list[list[int]]()}
    house = houses.Settings(Text(en="Fund", zh="基金"), "fund.example/log", start, replay=True)
    installed = {name: item for name, item in discover().items() if name == "portable_benefits"}
    folder: Path = tmp_path_factory.mktemp("small") / "fund"
    with Authority.create(folder, house, clock=clock, installed=installed) as authority:
        small = Small(authority, clock)
        for person in "abcde":
            small.file("member", person_called(person), name=person)
        for payer, caller in PAYERS.items():
            small.file("payer", caller, name=payer, called=f"{payer} (fictitious)", sort="platform")
            small.file("confirmed", FUND, payer=f"benefits_payer:{payer.lower()}")
        officer, payer = (_client(authority, one) for one in (Caller("party:moreau", ("officer",)), PAYERS["SWIFT"]))

        def look(month: int) -> None:
            clock.set(instant(f"2025-{month:02}-03T09:00:00Z"))
            authority.tick()
            for line, day, told, true in small.balances():
                small.told["withheld" if told is None else "told" if told else "nothing"] += 1
                assert told in (None, true), (line, day, "what is withheld of a balance is missing in it")
            for name, client in (("officer", officer), ("payer", payer)):
                own = ("/benefits/payer", "/portable_benefits/benefits_totals")
                for figure in small.figures(client, small.addresses() if name == "officer" else own):
                    row = decoded(figure, MANY, SHARED)
                    shown[name] += [row] if row is not None else []

        small.send("SWIFT", "a", "b", "c")
        look(4)
        small.send("CITY", "c", "d")
        small.send("SOLO", "e")
        small.pays("SWIFT")
        for person in "abc":
            small.moves("brought_in", person)
        look(5)
        small.pays("SOLO")
        small.moves("taken_out", "a")
        look(6)
        small.moves("taken_out", "b")
        small.moves("taken_out", "c")
        look(7)
        small.moves("brought_in", "d")
        small.moves("taken_out", "d")
        look(8)
        assert authority.faults() == []
        yield small, shown


def _client(authority: Authority, caller: Caller) -> TestClient:
    site = TestClient(portal.app(authority), base_url="https://fund.example")
    sign_in(site, authority.access.issue_key(caller.party, caller.roles, ("file", "read"), rate_per_s=1e6))
    return site


def test_no_difference_of_what_the_fund_shows_is_about_fewer_than_three_people(
    seen: tuple[Small, Mapping[str, list[list[int]]]],
) -> None:
    small, shown = seen
    plain = [one._replace(payer="") for one in small.movements]
    assert told_of_few(shown["officer"], plain) == []
    knowing = [one if one.payer == "SWIFT" else one._replace(payer="") for one in small.movements]
    assert [few for few in told_of_few(shown["payer"], knowing) if few[-1]] == [], "with what a payer knows itself"


def test_and_yet_the_fund_shows_what_enough_people_stand_behind(
    seen: tuple[Small, Mapping[str, list[list[int]]]],
) -> None:
    """Otherwise the law above would hold of a fund that shows nothing: of three each came a block."""
    small, shown = seen
    rows = {tuple(row) for row in shown["officer"]}
    swift = [int(one.payer == "SWIFT" and one.person != "") for one in small.movements]
    out = [int(at < 3) for at in range(MANY)]
    brought = [int(11 <= at < 14) for at in range(MANY)]
    for block in (swift, out, brought):
        assert tuple(block) in rows
    assert small.told["told"] > 20, "and balances of months that are over"
