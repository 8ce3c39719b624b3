"""No report stands closed as a duplicate of what nobody handles, whatever is filed in whichever order.

What becomes of a report, and what repeats it, come in any order: it is turned away, taken back, annulled, handled all
the same, filed again. A model of a few lines says which duplicates stand; the desk must say the same, refuse what would
break it, and lay out the same from the record alone.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.kernel import registry
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings

CLOCK = ReplayClock(instant("2026-11-02T08:00:00Z"))
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/record", CLOCK.now(), replay=True)
CALLER, OFFICER = Caller("party:caller", ("observer",)), Caller("party:officer", ("officer",))
REPORTS = ("r-1", "r-2", "r-3")
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # an example takes a second: shrinking would take minutes
WHICH = st.sampled_from(REPORTS)
ACTS = st.one_of(
    st.tuples(st.just("duplicate"), WHICH, WHICH),
    st.tuples(st.sampled_from(["handle", "reject", "taken_back", "annulled", "filed"]), WHICH, st.just("")),
)


@dataclass
class Known:
    """What a report would be by what was accepted: `gone` where it was taken back and nobody decided since."""

    there: bool = True
    decision: str = ""
    of: str = ""
    gone: bool = False


def report(name: str, **more: Any) -> Act:
    """A danger to life, so that nothing but an officer's decision closes it."""
    said = {"category": "concern", "reporter": "user", "title": "t", "what_happened": "w"}
    return Act("incident_reports.report", {"name": name, **said, "imminent_risk_to_life": True, **more}, "")


def alone(known: dict[str, Known], one: str, of: str) -> bool:
    """Whether nobody would handle a report if it repeated another."""
    seen = [one]
    while of not in seen:
        seen.append(of)
        other = known[of]
        if not other.there:
            return True
        if other.decision != "duplicate":
            return other.decision == "reject" or other.gone
        of = other.of
    return True


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offices")
    with Authority.create(folder / "founded", SETTINGS, clock=CLOCK) as authority:
        authority.act_all([report(name.upper().replace("-", " ")) for name in REPORTS], CALLER)
        authority.follow()
    return folder


def attempt(authority: Authority, what: str, one: str, of: str) -> bool:
    """File it, and say whether it was accepted."""
    about, newest = f"report:{one}", registry.subject(authority.reader, f"report:{one}")
    body: dict[str, Any] = {"report": about, "urgency": "routine", "decision": what, "reasons": "r"}
    if what == "annulled" and newest is None:
        return False
    if what == "filed":
        act, caller = report(one.upper().replace("-", " "), measures_taken=str(authority.store.size())), CALLER
    elif what == "taken_back":
        act, caller = (
            Act("incident_reports.withdrawal", {"report": about, "reasons": str(authority.store.size())}, ""),
            CALLER,
        )
    elif what == "annulled":
        assert newest is not None
        for row in registry.versions(authority.reader, about)[:-1]:
            mark = {"entry": row["entry"], "reason_code": "ordered", "citation": "Order 7"}
            authority.act(Act("record.annulled", mark, ""), OFFICER)
        mark = {"entry": newest["entry"], "reason_code": "ordered", "citation": "Order 7"}
        act, caller = Act("record.annulled", mark, ""), OFFICER
    else:
        body |= {"duplicate_of": f"report:{of}"} if of else {}
        act, caller = Act("incident_reports.triage", body, ""), OFFICER
    try:
        authority.act(act, caller)
    except BadInput:
        return False
    authority.follow()
    return True


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)
@given(acts=st.lists(ACTS, min_size=4, max_size=10))
@example(acts=[("handle", "r-1", ""), ("duplicate", "r-2", "r-1"), ("duplicate", "r-3", "r-2"), ("reject", "r-1", "")])
@example(acts=[("duplicate", "r-2", "r-1"), ("annulled", "r-1", ""), ("filed", "r-1", ""), ("duplicate", "r-1", "r-2")])
@example(acts=[("duplicate", "r-2", "r-1"), ("taken_back", "r-1", ""), ("handle", "r-1", ""), ("reject", "r-1", "")])
@example(
    acts=[("duplicate", "r-3", "r-2"), ("duplicate", "r-2", "r-1"), ("annulled", "r-2", ""), ("handle", "r-3", "")]
)
def test_a_duplicate_is_closed_as_long_as_somebody_handles_what_it_repeats(
    founded: Path, acts: list[tuple[str, str, str]]
) -> None:
    folder = shutil.copytree(founded / "founded", founded / str(len(list(founded.iterdir()))))
    known = {one: Known() for one in REPORTS}
    with Authority.open(folder, clock=CLOCK) as authority:
        for what, one, of in acts:
            done, was = attempt(authority, what, one, of), known[one]
            if what == "duplicate":
                assert done == (was.there and not alone(known, one, of)), (what, one, of)
            if not done:
                continue
            if what == "filed":
                known[one] = Known(decision=was.decision, of=was.of) if was.there else Known()
            elif what == "taken_back":
                was.gone = True
            elif what == "annulled":
                known[one] = Known(there=False)
            else:
                known[one] = Known(decision=what, of=of)
            for other, it in known.items():
                row = desk.standing(authority.reader, f"report:{other}")
                assert (row is not None) == it.there
                if row is None:
                    continue
                left = it.decision == "duplicate" and alone(known, other, it.of)
                closed = it.decision in ("duplicate", "reject") and not left
                assert (row["state"] == "closed") == closed, (other, known)
                if left:
                    assert (row["pressing"], "unhandled" in row["news"]) == (0, True), "at the head, and says why"
        whole = authority.dump()
        authority.rebuild()
        assert authority.dump() == whole
