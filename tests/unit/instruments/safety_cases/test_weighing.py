"""What of a case stands is computed, not marked by hand."""

from __future__ import annotations

from pathlib import Path

from commonweal.instruments.safety_cases.formats import gsn2x, ltac
from commonweal.instruments.safety_cases.weighing import DEFEATED, STANDS, UNDECIDED, weighed
from commonweal.methods.arguments import FAILED, HELD


def test_the_standard_s_dialectic_example_is_computed(shared_data: Path) -> None:
    """What authors marked as defeated in the first example is what is found, and all above falls with it."""
    file = shared_data / "cases" / "gsn2x" / "dialectic" / "first.gsn.yaml"
    case = gsn2x.read({file.name: file.read_bytes()})
    found = weighed(case, unbound=HELD)
    defeated = {one.id for one in case.elements if found.status(one.id) == DEFEATED}
    marked = {one.id for one in case.elements if (one.more.get("gsn2x") or {}).get("defeated")}  # type: ignore[union-attr]
    assert marked == {"G2", "G5", "Sn3", "S2"}
    assert defeated == marked | {"G6", "G3", "G4", "S1", "G1"}
    assert found.because("G4") == ["CG4", "S2", "G4"]


def test_a_challenge_that_was_itself_answered_defeats_nothing_whatever_is_marked(shared_data: Path) -> None:
    """In the second example counter-evidence answers three challenges; the elements' marks stayed in the file."""
    file = shared_data / "cases" / "gsn2x" / "dialectic" / "second.gsn.yaml"
    found = weighed(gsn2x.read({file.name: file.read_bytes()}), unbound=HELD)
    assert [found.status(name) for name in ("G2", "G5", "Sn3")] == [STANDS] * 3
    assert found.status("S2") == DEFEATED
    assert [
        found.answered(one) for one, on in enumerate(found.case.challenges) if on.target in ("G2", "G5", "Sn3", "S2")
    ] == [
        True,
        True,
        True,
        False,
    ]


CASE = """\
- Claim Top: Safe
  - Assumption Bound: Nobody copies the weights
  - Claim Left: Evaluated
    - Evidence Test: Report
  - Claim Right: Watched
"""


def test_a_claim_that_nobody_developed_and_evidence_that_nobody_gave_leave_it_open() -> None:
    case = ltac.read({"case": CASE.encode()})
    assert weighed(case, unbound=HELD).status("Top") == UNDECIDED, "nothing supports Right"
    assert weighed(case, {"Right": HELD}).status("Left") == UNDECIDED, "the report is not in the record"
    assert weighed(case, {"Right": HELD, "Test": HELD}).status("Top") == STANDS


def test_an_assumption_that_fails_defeats_everything_above_it() -> None:
    found = weighed(ltac.read({"case": CASE.encode()}), {"Right": HELD, "Test": HELD, "Bound": FAILED})
    assert found.status("Top") == DEFEATED
    assert found.status("Left") == STANDS
    assert found.because("Top") == ["Bound", "Top"]


def test_an_away_element_stands_as_what_it_cites_stands() -> None:
    text = "- Claim Top: Safe\n  - Claim ^Ops\n\n- Claim Ops: Run well\n  - Evidence Log: Log\n"
    case = ltac.read({"case": text.encode()})
    assert weighed(case, {"Log": HELD}).status("Top") == STANDS
    assert weighed(case, {"Log": FAILED}).because("Top") == ["Log", "Ops", "Top"]
