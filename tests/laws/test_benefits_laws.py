"""Portable benefits: no cent is lost or made, the order of files does not count, and what has vested stays vested."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from commonweal.instruments import portable_benefits
from commonweal.instruments.portable_benefits.due import Work, by_payer, due, due_by_account
from commonweal.instruments.portable_benefits.programmes import PUBLIC_PURSE, Programme, read_programme
from commonweal.instruments.portable_benefits.vesting import service, vested

RULES = Path(str(portable_benefits.__file__)).parent / "rules"
PROGRAMMES = [read_programme((RULES / f"{name}.toml").read_text("utf-8")) for name in
              ("several_payers", "quarterly_four_percent", "pooled_leave")]  # fmt: skip
BEGINS = date(2025, 4, 1)

days = st.integers(0, 90).map(lambda n: BEGINS + timedelta(days=n))
works = st.lists(
    st.builds(
        Work, st.sampled_from(["a", "b", "c"]), days, days, st.integers(0, 10**8), st.integers(0, 10**5),
        st.integers(0, 10**4),
    ).map(lambda one: one._replace(first=min(one.first, one.last), last=max(one.first, one.last))),
    max_size=8,
)  # fmt: skip
programmes = st.sampled_from(PROGRAMMES)


@given(programmes, works, st.randoms())
def test_what_is_due_does_not_depend_on_the_order_in_which_payers_speak(
    programme: Programme, said: list[Work], random: object
) -> None:
    shuffled = list(said)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert due(programme, BEGINS, shuffled) == due(programme, BEGINS, said)


@given(programmes, works)
def test_no_part_is_below_zero_and_who_did_not_speak_owes_nothing(programme: Programme, said: list[Work]) -> None:
    parts = due(programme, BEGINS, said)
    assert all(part > 0 for part in parts.values())
    assert {payer for payer, _ in parts} <= {one.payer for one in said} | {PUBLIC_PURSE}


@given(works)
def test_four_percent_are_routed_to_the_cent(said: list[Work]) -> None:
    """What lands in pots is what the rates come to, each payer's rounded to the cent: nothing is lost in routing."""
    parts = due(PROGRAMMES[1], BEGINS, said)
    owed: Counter[str] = Counter()
    for (payer, _), part in parts.items():
        owed[payer] += part
    for payer, sums in by_payer(said).items():
        exact = Fraction(sums.earnings * 4, 100) if sums.earnings >= 100_000 else Fraction(0)
        assert abs(owed[payer] - exact) <= Fraction(1, 2)


@given(works)
def test_a_shared_contribution_is_borne_whole(said: list[Work]) -> None:
    """However many payers share it, together they bear what one alone would have borne for the same work."""
    rule = PROGRAMMES[0].model_copy(update={"contribution": (PROGRAMMES[0].contribution[3],)})
    alone = [one._replace(payer="a") for one in said]
    assert sum(due(rule, BEGINS, said).values()) == sum(due(rule, BEGINS, alone).values())


@given(programmes, works, st.data())
def test_a_persons_accounts_come_together_to_what_one_account_would(
    programme: Programme, said: list[Work], data: st.DataObject
) -> None:
    """However payers spread a person's work over their accounts, each owes the same, and each account gets its part."""
    spread: dict[str, list[Work]] = {"first": [], "second": [], "third": []}
    for one in said:
        spread[data.draw(st.sampled_from(sorted(spread)))].append(one)
    parts = due_by_account(programme, BEGINS, spread)
    together: Counter[tuple[str, str]] = Counter()
    for account, found in parts.items():
        assert all(part > 0 for part in found.values())
        assert {payer for payer, _ in found} <= {one.payer for one in spread[account]} | {PUBLIC_PURSE}
        together.update(found)
    assert dict(together) == due(programme, BEGINS, said)


@given(works)
def test_the_public_purse_adds_a_quarter_within_its_limit(said: list[Work]) -> None:
    parts = due(PROGRAMMES[0], BEGINS, said)
    others = sum(part for (payer, _), part in parts.items() if payer != PUBLIC_PURSE)
    added = sum(part for (payer, _), part in parts.items() if payer == PUBLIC_PURSE)
    assert added == min(15_000, (others + 2) // 4)


@given(works, days)
def test_service_is_the_same_whoever_the_payers_were_and_never_falls(said: list[Work], until: date) -> None:
    months = service(said, until)
    assert months == service([one._replace(payer="a") for one in said], until)
    assert months <= service(said, until + timedelta(days=40))
    assert months <= 4


@given(st.integers(0, 10**9), st.integers(0, 40))
def test_what_has_vested_stays_vested_and_is_never_more_than_was_paid_in(paid_in: int, months: int) -> None:
    for pot in itertools.chain.from_iterable(programme.pot for programme in PROGRAMMES):
        assert 0 <= vested(pot, paid_in, months) <= vested(pot, paid_in, months + 1) <= paid_in
