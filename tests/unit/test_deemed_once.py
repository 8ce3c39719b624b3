"""What silence is deemed to say is recorded once, also when the authority dies between recording it and noting that."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.instruments import rule_file
from commonweal.kernel.obligations import duties
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant, stamp
from commonweal.settings import Settings
from duty_house import CLAUSES

WHEN = instant("2026-06-01T09:00:00Z")
LAW = (
    CLAUSES.replace('kind = "register.report"', 'kind = "model_registration.notification", rule = "rule_id"')
    .replace('serious = { en = "serious"', 'placed_on_eu_market = { en = "placed"')
    .replace('fact = "serious"', 'fact = "placed_on_eu_market"')
)
REPORT, DECIDE, MODEL = "xx.law.report", "xx.law.decide", "model:m"

CURSOR_MOVES = "commonweal.engines.sqlite.tables._Writer.set_cursor"  # where the crash is to be


class Died(Exception):
    """The process ended here."""


@pytest.fixture
def house(tmp_path: Path) -> Any:
    clock = ReplayClock(WHEN)
    made = Authority.create(
        tmp_path / "a", Settings(Text(en="X", zh="X"), "x.example/ai", WHEN, replay=True), clock=clock
    )
    with made:
        made.adopt(rule_file(LAW))
        made.act(Act("model_registration.organisation", {"name": "O"}, key="1"))
        body = {"name": "M", "organisation": "organisation:o", "placed_on_eu_market": True,
                "access": "api", "compute_flop": 1e20, "compute_confidence": "declared"}  # fmt: skip
        made.act(Act("model_registration.model", body, key="2"))
        notice = {"rule_id": REPORT, "about": MODEL, "statement": "It is."}
        made.act(Act("model_registration.notification", notice, key="3"))
        made.follow()
        yield made


def state(house: Authority, rule: str = DECIDE) -> str:
    return str(duties(house.reader, subject=MODEL, rule=rule)[0]["state"])


def deemed(house: Authority) -> int:
    entries = (house.entry(index) for index in range(house.store.size()))
    return sum(1 for entry in entries if entry.body.get("state") == "deemed_approved")


def test_deemed_once_whatever_dies(house: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state(house) == "owed"
    house.clock.set(instant("2026-06-20"))  # type: ignore[attr-defined]
    dying: list[int] = []

    def die(*_: Any) -> None:
        dying.append(1)
        raise Died

    # The acts are recorded, then the process ends before the cursor moves: the tables know of nothing.
    with monkeypatch.context() as patched:
        patched.setattr(CURSOR_MOVES, die)
        with pytest.raises(Died):
            house.tick()
    house.follow()
    house.tick()
    assert dying
    assert (state(house), deemed(house)) == ("deemed_approved", 1)
    before = house.dump()
    house.rebuild()
    assert (house.dump(), deemed(house)) == (before, 1)
    assert house.verify() == []


def test_a_clock_is_stopped_through_the_door_and_the_decision_annulled(house: Authority) -> None:
    stop = {"rule": DECIDE, "about": MODEL, "decision": "stop", "reason": "information_requested", "basis": "Order 1",
            "decided_by": "authority"}  # fmt: skip
    with pytest.raises(BadInput, match=r"decided_by.*one of the roles"):
        house.act(Act("duty.clock", stop, key="x"), Caller("party:o", ("officer",)))
    with pytest.raises(BadInput, match="one of the reasons that the law allows"):
        house.act(Act("duty.clock", {**stop, "reason": "summer"}, key="y"))
    with pytest.raises(BadInput, match=r"a duty that is met by duty\.done"):
        house.act(Act("duty.done", {"rule": REPORT, "about": MODEL}, key="z"))
    receipt = house.act(Act("duty.clock", stop, key="s"))
    house.clock.set(instant("2026-07-01"))  # type: ignore[attr-defined]
    house.tick()
    assert (state(house), deemed(house)) == ("owed", 0)
    wrong = {"entry": receipt.index, "reason_code": "ordered", "citation": "Court order 7"}
    house.act(Act("record.annulled", wrong, key="a"))
    house.follow()
    assert (state(house), deemed(house)) == ("deemed_approved", 1)
    before = house.dump()
    house.rebuild()
    assert house.dump() == before


def test_the_same_stop_again_is_a_repeat_until_the_clock_went_on(house: Authority) -> None:
    """A second stop says what the first said; it is one of its own once there was something between them."""
    stop = {"rule": DECIDE, "about": MODEL, "decision": "stop", "reason": "information_requested", "basis": "Order 1",
            "decided_by": "authority"}  # fmt: skip
    first = house.act(Act("duty.clock", stop, key=""))
    assert house.act(Act("duty.clock", stop, key="")).index == first.index
    assert house.entry(first.index).subject == MODEL
    house.clock.set(instant("2026-06-02"))  # type: ignore[attr-defined]
    house.act(Act("duty.clock", {**stop, "decision": "resume", "reason": ""}, key=""))
    house.clock.set(instant("2026-06-03"))  # type: ignore[attr-defined]
    assert house.act(Act("duty.clock", stop, key="")).index > first.index
    house.follow()
    assert duties(house.reader, subject=MODEL, rule=DECIDE)[0]["stopped_on"] == "2026-06-03"


def test_a_stop_that_is_filed_after_the_end_and_dated_before_it_undoes_no_silence(house: Authority) -> None:
    """Nobody looked when the silence ran out; a decision written later must not be able to say that it came before."""
    due = instant(str(duties(house.reader, subject=MODEL, rule=DECIDE, private=True)[0]["due"]))
    house.clock.set(due + timedelta(hours=9))  # type: ignore[attr-defined]
    body = {
        "rule": DECIDE, "about": MODEL, "decision": "stop", "reason": "information_requested",
        "decided_by": "authority", "basis": "Order 1", "on": stamp(due - timedelta(days=1)),
    }  # fmt: skip
    with pytest.raises(BadInput, match="before the duty's end"):
        house.act(Act("duty.clock", body, key="late"))
    house.tick()
    assert (state(house), deemed(house)) == ("deemed_approved", 1)
