"""No run of payments that is told, and no difference of two, tells whoever knows their own part somebody else's.

Some know of several claims: whoever filed these, or holds or held them for others. The rule is written here a second
time, in whole numbers and over every pair of people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import combinations, permutations
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes import MemoryTables

from commonweal.instruments.adaptive_safety_net import programmes, telling
from commonweal.instruments.adaptive_safety_net.tables import CLAIMED
from commonweal.instruments.adaptive_safety_net.telling import Protection
from commonweal.kernel.accounts import written
from commonweal.kernel.registry.marks import follow_hand_over

RULE = Protection(threshold=3, p=10, trifle=10)
PROGRAMME: Any = SimpleNamespace(id="programme:p", text=SimpleNamespace(aid=None))
CLAIMS = [f"support_claim:{letter}" for letter in "abcdefgh"]
EACH = {claim: [f"party:{claim[-1]}"] for claim in CLAIMS}
"""Each claim is another's."""
sizes = st.sampled_from((0, 1, 40, 500, 510, 900, 10_000))
runs = st.lists(
    st.dictionaries(st.sampled_from(CLAIMS), sizes, min_size=3),
    min_size=2,
    max_size=5,
)
whose = st.fixed_dictionaries({
    claim: st.tuples(st.sampled_from((*own, *own, "party:a")), st.sampled_from(("", "", "party:g", "party:a")))
    for claim, own in EACH.items()
}).map(lambda told: {claim: [party for party in parties if party] for claim, parties in told.items()})  # fmt: skip
"""By claim who filed it, and to whom it was handed, if to anybody."""


def added_up(parts: Mapping[str, int], knows: Mapping[str, Sequence[str]]) -> list[int]:
    """The parts of people: of all claims that somebody knows of, and of those that who knows of these does."""
    left, found = {claim: part for claim, part in parts.items() if part}, list[int]()
    while left:
        claim, sum_ = left.popitem()
        people = {*knows[claim]}
        while more := [one for one in left if people & {*knows[one]}]:
            people.update(*(knows[one] for one in more))
            sum_ += sum(left.pop(one) for one in more)
        found.append(sum_)
    return [part for part in found if part]


def tells_of_somebody(parts: Collection[int]) -> bool:
    """Whether a sum of such parts is of too few people, or near one of them to one who knows their own."""
    of = [abs(part) for part in parts if part]
    counted = [part for part in of if 100 * len(of) * part >= RULE.trifle * sum(of)]
    near = any(100 * (sum(of) - own - other) < RULE.p * other for own, other in permutations(of, 2))
    return bool(of) and (len(counted) < RULE.threshold or near)


def told(
    paid: list[dict[str, int]], erased: Collection[str] = (), knows: Mapping[str, Sequence[str]] = EACH
) -> list[Mapping[str, int]]:
    """Those of some runs, one after the other, that are told; who is erased can be read no more after the first."""
    tables, found = MemoryTables(), list[Mapping[str, int]]()
    for first, (claim, (author, *to)) in enumerate(knows.items()):
        about = {"claim": claim, "programme": PROGRAMME.id, "author": author, "first": first, "filed_on": ""}
        tables.put(CLAIMED, about)
        for party in to:
            handed: Any = SimpleNamespace(subject=claim, body={"to": party}, index=first)
            follow_hand_over(handed, tables, author)
    for run, everybody in enumerate(paid):
        got = {name: cents for name, cents in everybody.items() if cents and not (run and name in erased)}
        largest, second = [*sorted(got.values(), reverse=True), 0, 0][:2]
        body = {
            "programme": PROGRAMME.id, "run": run, "month": f"2026-0{run + 1}", "state": "paid", "paid": len(got),
            "cents": sum(got.values()), "largest": largest, "second": second, "wanted": sum(got.values()),
        }  # fmt: skip
        body["told"] = telling.may(tables, PROGRAMME, run, got, got)
        day = date(2026, 9, 1)
        programmes.put_run(tables, body, day)
        for name, cents in got.items():
            if name not in erased:
                paid_ = {"run": run, "month": body["month"], "amount": written(cents, "USD"), "unit": "USD"}
                programmes.put_payment(tables, name, {**paid_, "overpaid": "0.00", "steps": []}, day)
        found += [got] if body["told"] else []
    return found


def differences(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) - other.get(name, 0) for name in {*one, *other}}


@pytest.fixture(autouse=True)
def rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "protection", lambda reader: RULE)


@settings(max_examples=300)
@given(runs, whose)
def test_no_told_run_and_no_difference_of_two_is_about_few_or_near_somebody(
    paid: list[dict[str, int]], knows: Mapping[str, Sequence[str]]
) -> None:
    shown = told(paid, knows=knows)
    assert not [one for one in shown if tells_of_somebody(added_up(one, knows))]
    changed = [added_up(differences(one, other), knows) for one, other in combinations(shown, 2)]
    assert not [parts for parts in changed if tells_of_somebody(parts)]


@settings(max_examples=200)
@given(runs, st.sets(st.sampled_from(CLAIMS), max_size=3))
def test_nor_where_some_of_the_people_of_an_earlier_run_can_be_read_no_more(
    paid: list[dict[str, int]], erased: set[str]
) -> None:
    """What each of them got is not known by then: it is taken at its worst."""
    for one, other in combinations(told(paid, erased), 2):
        parts = [abs(part) for part in differences(one, other).values() if part]
        near = [pair for pair in permutations(parts, 2) if 100 * (sum(parts) - sum(pair)) < RULE.p * pair[1]]
        assert not near
        assert not 0 < len(parts) < RULE.threshold


def of(letters: str, cents: int) -> dict[str, int]:
    return {f"support_claim:{letter}": cents for letter in letters}


def test_and_yet_runs_are_told() -> None:
    """Otherwise the laws would hold of a rule that tells nothing."""
    alike = of("abcd", 500)
    assert len(told([alike, alike])) == 2, "the same again says nothing new"
    assert len(told([alike, alike | of("efg", 510)])) == 2
    assert len(told([alike, alike | of("ef", 1) | of("g", 10_000)])) == 1
    assert len(told([alike, of("defg", 510)], of("abc", 0))) == 2
    held = EACH | {claim: [*EACH[claim], "party:guardian"] for claim in CLAIMS[:2]}
    assert told([alike], knows=held) == [alike], "of a and b, c, d"
    assert told([of("abc", 500)], knows=held) == []
    assert len(told([of("cdef", 500), of("abcdef", 500)], knows=held)) == 1, "what a and b came to is one person's"
    assert len(told([of("cdef", 500), of("abcdefgh", 500)], knows=held)) == 2
