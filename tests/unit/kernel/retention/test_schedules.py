"""A text of schedules: read whole, or refused with every fault and its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import retaining as r
from commonweal.instruments import rule_file
from commonweal.kernel import retention
from commonweal.kernel.retention import room
from commonweal.kernel.values import RuleFault

SHIPPED = Path(__file__).parents[4] / "src/commonweal/instruments/model_registration/rules/retention.toml"


def test_the_shipped_schedules_say_what_the_law_says() -> None:
    """Regulation (EU) 2024/1689: Art. 18(1) ten years; Arts. 19(1) and 26(6) at least six months."""
    text = SHIPPED.read_text("utf-8")
    assert rule_file(text).room == "retention"
    found = retention.check_adoption("model_registration.retention", text).classes
    assert {name: str(item.keep or ("for good" if item.for_good else "none")) for name, item in found.items()} == {
        "permanent": "for good", "technical_documentation": "10 years", "registration": "2 years", "logs": "6 months"
    }  # fmt: skip
    assert found["technical_documentation"].event_field == "placed_on_eu_market_on"
    assert [name for name, item in found.items() if item.automatic] == ["logs"]


@pytest.mark.parametrize(
    ("more", "keep", "named"),
    [
        ("", "3 fortnights", "keep"),
        ('erase_after = "1 year"', "2 years", "erase_after"),
        ('erase_after = "1 year"', "for_good", "erase_after"),
        ("automatic = true", "2 years", "automatic"),
        ('counted_from = { kind = "no kind", field = "x" }', "2 years", "counted_from.kind"),
        ("colour = 3", "2 years", "colour"),
        ('basis = "mine"', "2 years", "line 16"),
        ('ended_by = [{ kind = "a.b", basis = "unheard_of" }]', "2 years", "one of this schedule's bases"),
        ('ended_by = [{ kind = "no kind", basis = "x" }]', "2 years", "ended_by.0.kind"),
        ('ended_by = [{ kind = "a.b", basis = "x", after = "soon" }]', "2 years", "ended_by.0.after"),
        ('ended_by = [{ kind = "a.b", basis = "x", where = { how = 3 } }]', "2 years", "ended_by.0.where"),
        ("ended_by = [3]", "2 years", "a table {kind, where, after, basis}"),
    ],
)
def test_what_is_wrong_is_named(more: str, keep: str, named: str) -> None:
    with pytest.raises(RuleFault) as error:
        retention.read_schedules(r.text(keep, more=more))
    assert named in str(error.value)


def test_all_faults_come_at_once_with_their_places() -> None:
    text = r.text("soon").replace("Europe/Brussels", "Mars/Olympus").replace('citation = "Act 1"', "")
    with pytest.raises(RuleFault) as error:
        retention.read_schedules(text)
    assert [fault.where.split(" (")[0] for fault in error.value.faults] == [
        "source.citation", f"schedule {r.CLASS}, keep", "time_zone"
    ]  # fmt: skip


def test_of_two_promises_of_one_version_the_later_end_holds() -> None:
    """Something filed later with an earlier day (an event put back, a shorter branch) takes nothing from the first."""

    def until(kept: str, due: str | None) -> dict[str, str | None]:
        return {"state": "until", "keep_until": kept, "due_at": due}

    long, short = until("2030-01-01", "2031-01-01"), until("2027-01-01", "2028-01-01")
    assert room._longer(long, short) == room._longer(short, long) == long
    assert room._longer(long, until("2027-01-01", None)) == until("2030-01-01", None)
