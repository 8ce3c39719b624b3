"""A cluster of near misses raises an early warning by rule, with the chance of a false one that was agreed on."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority
from commonweal.instruments import discover
from commonweal.instruments.incident_reports.learning import public_view, view
from commonweal.instruments.incident_reports.surveillance import (
    PARAMETERS,
    SERIES,
    SIGNAL,
    SUBJECT,
    watch,
    watch_in_force,
)
from commonweal.kernel import thresholds
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.methods.surveillance import Plan
from commonweal.settings import Settings

from .conftest import Office

FOLDER = discover()["incident_reports"].folder / "rules"
RULE = "incident_reports.near_miss_cluster"


def text(name: str) -> str:
    return (FOLDER / f"{name}.toml").read_text("utf-8")


def near_miss(office: Office, name: str, *warnings: str, **more: Any) -> int:
    body = {
        "category": "near_miss",
        "reporter": "provider",
        "title": "t",
        "what_happened": f"In {name}",
        "warnings": warnings,
    }
    return office.file("report", **{"name": name, **body, **more})


def test_the_plan_that_comes_with_the_house_is_one_of_the_published_table() -> None:
    """TableCV.PoissonD of the R package Sequential 2.x: T = 10, M = 4, alpha = .05 gives 2.921561."""
    agreed = watch(tomllib.loads(text("surveillance")))
    assert agreed.plan == Plan(10.0, 4)
    assert agreed.alpha == 0.05
    assert f"{agreed.line:.6f}" == "2.921561"


def test_reports_of_one_kind_of_warning_fire_and_others_do_not(watching: Office) -> None:
    """Half a near miss in 30 days from 1 January: by 2 March (61 days) 61/60 = 1.0167 are expected.

    With n events the ratio is 1.0167 - n + n ln(n/1.0167): 3.98 at n = 5 and 2.50 at n = 4 (by hand); the line is
    3.468.
    """
    office = watching
    for number in range(4):
        near_miss(office, f"R {number}", "deception")
    near_miss(office, "R 9", "self_exfiltration")
    office.authority.tick()
    assert not any(row["reached"] for row in view(office.reading(), {})["watched"]["rows"])
    near_miss(office, "R 4", "deception")
    office.authority.tick()
    assert states(office) == {}, "the day is not over"
    assert [row["code"] for row in view(office.reading(), {})["watched"]["reached"]] == ["deception"]
    office.over()
    assert states(office) == {"deception": "firing"}
    held = office.authority.reading().series(f"{SERIES}{{warning=deception}}", SUBJECT)
    assert held[-1][1] == pytest.approx(1.016667 - 5 + 5 * 1.592904, abs=1e-4)  # ln(5 / 1.016667) = 1.592904


def test_a_report_counts_once_however_often_it_is_filed_anew(watching: Office) -> None:
    for number in range(4):
        near_miss(watching, f"R {number}", "deception")
    near_miss(watching, "R 3", "deception", stage="interim")
    near_miss(watching, "R 3", "deception", stage="final", title="Said again")
    watching.over()
    assert states(watching) == {}


def test_what_is_expected_begins_with_the_first_adoption(office: Office) -> None:
    """Adopted on 2 March: four on that day, where 1/60 was to be expected, and not 61/60 since the plan's 1 January."""
    agreed = watch_in_force(office.authority.reader, office.clock.now())
    assert agreed is not None
    day = date(2026, 3, 2)
    assert agreed.since == day
    assert agreed.expected(agreed.began(agreed.since, day), day) == pytest.approx(1 / 60)


def test_the_record_does_not_tell_which_report_was_a_near_miss(office: Office) -> None:
    """A near miss and a concern leave the same kinds of entries, triaged or not: what everybody sees is alike."""
    seen: dict[str, list[tuple[str, str]]] = {}
    for number, category in enumerate(("near_miss", "concern")):
        before = office.authority.store.size()
        near_miss(office, f"R {number}", *(("deception",) if category == "near_miss" else ()), category=category)
        office.file("triage", report=f"report:r-{number}", urgency="routine", decision="reject", reasons="No")
        office.over()
        entries = [office.authority.entry(at) for at in range(before, office.authority.store.size())]
        seen[category] = [(one.kind, (one.subject or "").partition(":")[0]) for one in entries]
    assert seen["near_miss"] == seen["concern"]
    assert office.authority.reading().series(f"{SERIES}{{warning=deception}}", SUBJECT) == []


def test_a_signal_names_no_entry_and_stands_on_four_at_least(office: Office) -> None:
    for number in range(3):
        near_miss(office, f"R {number}", "deception")
    office.over()
    assert not any(office.authority.entry(at).kind == SIGNAL.id for at in range(office.authority.store.size()))
    last = near_miss(office, "R 3", "deception")
    office.over()
    (signal,) = (
        one for one in map(office.authority.entry, range(office.authority.store.size())) if one.kind == SIGNAL.id
    )
    assert signal.body["incidents"] == 4
    assert last not in signal.causes


def test_what_is_observed_names_no_model_and_nobody(office: Office) -> None:
    for number in range(4):
        near_miss(office, f"R {number}", "deception", system_named="Secret system", developer_named="Secret lab")
    office.over()
    bodies = [office.authority.entry(at) for at in range(office.authority.store.size())]
    (batch,) = [one for one in bodies if one.kind == "observations.batch"]
    assert "ecret" not in str(batch.body)
    assert batch.body["series_set"] == PARAMETERS


def test_before_the_plan_is_in_force_nothing_is_observed(tmp_path: Path) -> None:
    clock = ReplayClock(instant("2025-12-01"))
    settings = Settings(Text(en="Test", zh="测试"), "early.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path / "early", settings, clock=clock) as authority:
        office = Office(authority, clock)
        near_miss(office, "R 1", "deception")
        office.over()
        assert all(authority.entry(at).kind != "observations.batch" for at in range(authority.store.size()))
        assert view(authority.reading(), {})["watched"] is None


def test_what_was_annulled_counts_no_more(watching: Office) -> None:
    """Entries filed in error raise no warning; where a later version says the same, that counts."""
    office = watching
    filed = [near_miss(office, f"R {number}", "deception") for number in range(5)]
    office.over()
    assert states(office)["deception"] == "firing"
    again = near_miss(office, "R 4", "deception", stage="interim")
    office.annul(filed[4])
    office.over()
    assert states(office)["deception"] == "firing"
    office.annul(again)
    office.over()
    assert states(office)["deception"] == "ok"
    near_miss(office, "R 5", "deception")
    office.over()
    assert states(office)["deception"] == "firing"
    was = office.authority.dump()
    office.authority.rebuild()
    assert office.authority.dump() == was


def test_a_report_stands_in_the_month_in_which_it_came_in_whatever_is_filed_of_it_later(office: Office) -> None:
    """Thirteen in March and their final versions in May are no rise from none to thirteen."""
    office.clock.set(instant("2026-03-10"))
    body = {"category": "minor_incident", "reporter": "public", "title": "t", "what_happened": "w"}
    for number in range(13):
        office.file("report", name=f"R {number}", **body)
    office.clock.set(instant("2026-05-10"))
    for number in range(13):
        office.file("report", name=f"R {number}", stage="final", **body)
    office.clock.set(instant("2026-07-10"))
    office.file("report", name="R 99", **body)
    page = view(office.reading(), {})
    cells = {month: count for month, _, count in page["chart_"].rows}
    assert cells == {"2026-03": 13, "2026-04": 0, "2026-05": 0, "2026-06": 0}
    assert [row[1:3] for row in page["trends"]] == [(14, 13)]


def test_a_rebuild_lays_out_the_same(office: Office) -> None:
    for number in range(5):
        near_miss(office, f"R {number}", "deception")
    was = office.authority.dump()
    office.authority.rebuild()
    assert office.authority.dump() == was


def test_pairs_are_ranked_by_what_is_surely_more_than_chance(office: Office) -> None:
    """Five of five reports about one system tell of one harm that the other forty do not: that pair comes first."""
    for number in range(5):
        body = {"category": "minor_incident", "reporter": "public", "title": "t", "what_happened": "w"}
        office.file("report", name=f"A {number}", developer_named="Acme", harms=["privacy"], **body)
    for number in range(20):
        office.file("report", name=f"B {number}", developer_named="Other", harms=["economic"], **body)
    page = view(office.reading(), {})
    assert page["total"] == 25
    assert [row[1:3] for row in page["trends"]] == [(25, 0)], "all are counted; this month is not over yet"
    name, _, told, observed, expected, more, ic025, *_ = page["pairs"].rows[0]
    assert (name, told, observed) == ("Acme", "Loss of privacy", 5)
    assert expected == pytest.approx(5 * 5 / 25)
    assert more
    assert 0 < ic025 < 1.874469  # log2((5 + .5) / (1 + .5))
    assert public_view(office.authority.reading(), {})["total"] == 0, "reports are not public"


def states(office: Office) -> dict[str, str]:
    rows = thresholds.states(office.authority.reader, RULE)
    return {row["subject"].partition("warning=")[2].rstrip("}"): row["state"] for row in rows}
