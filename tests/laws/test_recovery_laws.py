"""No acts by fewer than two distinct entitled persons let anybody in anew, in whatever order they are tried.

What is tried is judged beside the house by a plain list of who asked for whom.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonweal import staffing
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import persons
from commonweal.kernel.record import Act
from commonweal.kernel.values import CommonwealError, ReplayClock, Text, stamp
from commonweal.settings import Settings

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ROLES = {"ann": "authority", "ben": "authority", "cho": "officer", "dan": "authority"}
CALLERS = {name: Caller(f"party:{name}", (role,), "authority") for name, role in ROLES.items()} | {"house": OPERATOR}
Op = tuple[str, str, str, int]
names, people = st.sampled_from(sorted(CALLERS)), st.sampled_from(sorted(ROLES))
ops = st.lists(
    st.tuples(st.sampled_from(("ask", "ask", "confirm", "confirm", "confirm", "wait", "leave")), names, people,
              st.integers(0, 3)), min_size=1, max_size=10)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(ops)
@example([("ask", "ann", "cho", 0), ("confirm", "ben", "cho", 0), ("confirm", "ben", "cho", 0)])
@example([("ask", "ann", "cho", 0), ("ask", "ann", "cho", 0), ("confirm", "ann", "cho", 0)])
@example([("ask", "ann", "cho", 0), ("leave", "house", "ann", 0), ("confirm", "ben", "cho", 0)])
def test_an_invitation_needs_two_distinct_persons_who_hold_the_role(given: list[Op]) -> None:
    clock = ReplayClock(START)
    house = Settings(Text(en="Office", zh="办公室"), "people.example/log", START, replay=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Authority.create(Path(folder) / "office", house, clock=clock, installed={}) as office,
    ):
        for name, role in ROLES.items():
            body = {"person": f"person:{name}", "party": f"party:{name}", "name": name, "organisation": "authority",
                    "roles": [role]}  # fmt: skip
            staffing.record(office, persons.JOINED.id, body)
            office.access.issue_key(f"party:{name}", (role,))
        asked: list[tuple[int, str, str, datetime]] = []
        spent: set[int] = set()
        gone: set[str] = set()
        for verb, who, whom, pick in given:
            clock.set(clock.now() + timedelta(hours=1))
            boss = ROLES.get(who) == "authority" and who not in gone and who != whom
            if verb == "wait":
                clock.set(clock.now() + timedelta(days=pick))
            elif verb == "leave" and whom not in gone:
                staffing.record(office, persons.LEFT.id, {"person": f"person:{whom}"})
                gone.add(whom)
            elif verb == "ask":
                until = clock.now() + timedelta(days=2)
                body = {"person": f"person:{whom}", "until": stamp(until)}
                try:
                    receipt = office.act(Act(persons.RECOVERY_ASKED.id, body, ""), CALLERS[who])
                except CommonwealError:
                    continue
                assert boss
                assert whom not in gone
                asked.append((receipt.index, who, whom, until))
            elif verb == "confirm" and asked:
                entry, first, _, until = asked[-1 - pick % len(asked)]
                body = {"person": f"person:{whom}", "recovery": entry}
                fits = asked[-1 - pick % len(asked)][2] == whom and clock.now() < until and entry not in spent
                entitled = boss and first != who and first not in gone and whom not in gone
                try:
                    staffing.record(office, persons.RECOVERY_CONFIRMED.id, body, CALLERS[who])
                    found = staffing.member(office, f"person:{whom}")
                    code = staffing.invite(office, found, datetime.now(UTC) + timedelta(days=1), CALLERS[who])
                except CommonwealError:
                    assert not (fits and entitled)
                    assert len(office.access.invitations()) == 2 * len(spent)
                    continue
                assert fits
                assert entitled
                invitation = office.access.invitation_of(code)
                assert invitation is not None
                assert invitation.party == f"party:{whom}"
                with pytest.raises(persons.HalfACode):
                    office.access.accept(code)
                other = staffing.invite(office, found, datetime.now(UTC) + timedelta(days=1), CALLERS[first])
                office.access.accept(code, second=other)
                spent.add(entry)
